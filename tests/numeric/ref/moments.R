# Prints moments_ref.h, the reference values of test_num_moments.c and test_num_htest.c: Rscript moments.R > moments_ref.h
# (made with R 4.2.2).
array <- function(name, x, kind = "double") {
    words <- ifelse(is.na(x), "NAN", sprintf("%.17g", x))
    cat("static const", kind, sprintf("%s[] = {", name))
    cat("", strwrap(paste(words, collapse = ", "), 108, prefix = "    "), sep = "\n")
    cat("};\n")
}
# Sample skewness and excess kurtosis as SAS and SPSS (type 2 of Joanes and Gill 1998).
skewness <- function(x) {
    n <- length(x); d <- x - mean(x)
    mean(d^3) / mean(d^2)^1.5 * sqrt(n * (n - 1)) / (n - 2)
}
kurtosis <- function(x) {
    n <- length(x); d <- x - mean(x)
    ((n + 1) * (mean(d^4) / mean(d^2)^2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
}
cat("/* Made by moments.R with", R.version.string, "*/\n")
x <- faithful$eruptions
y <- faithful$waiting
array("eruptions", x)
array("waiting", y)
array("eruptions_summary", c(mean(x), var(x), sd(x), skewness(x), kurtosis(x), min(x), max(x), sum(x)))
probs <- c(0, 0.01, 0.1, 0.25, 0.333, 0.5, 0.75, 0.9, 0.999, 1)
array("quantile_probs", probs)
array("eruptions_quantiles", quantile(x, probs, names = FALSE))
array("faithful_cor", c(cor(x, y), cor(x, y, method = "spearman"), cor(x, y, method = "kendall")))
a <- airquality
array("ozone", a$Ozone)
array("solar", a$Solar.R)
array("temperature", a$Temp)
pairs <- function(u, v)
    c(sapply(c("pearson", "spearman", "kendall"), function(m) cor(u, v, use = "complete.obs", method = m)),
      sum(complete.cases(u, v)))
array("ozone_solar", pairs(a$Ozone, a$Solar.R))
array("ozone_temperature", pairs(a$Ozone, a$Temp))
array("solar_temperature", pairs(a$Solar.R, a$Temp))
# Student's sleep data, paired; and the corrected resampled test and rope from the formulas in num/htest.h.
d <- sleep$extra[11:20] - sleep$extra[1:10]
t <- t.test(d)
array("sleep", d)
array("sleep_t", c(t$statistic, t$parameter, t$p.value, t$estimate, t$conf.int))
folds <- c(0.021, -0.004, 0.013, 0.018, 0.009, 0.027, -0.011, 0.016, 0.005, 0.012)
array("folds", folds)
scale <- sqrt((1 / 10 + 1 / 9) * var(folds))
statistic <- mean(folds) / scale
array("folds_t", c(statistic, 9, 2 * pt(-abs(statistic), 9), mean(folds), mean(folds) + c(-1, 1) * qt(0.975, 9) * scale))
array("folds_rope", c(pt((0.01 - mean(folds)) / scale, 9) - pt((-0.01 - mean(folds)) / scale, 9),
                      pt((0.01 - mean(folds)) / scale, 9, lower.tail = FALSE)))

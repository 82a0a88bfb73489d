# Prints dist_ref.h, the reference values of test_num_dist.c: Rscript dist.R > dist_ref.h (made with R 4.2.2).
# F quantiles come from both ends of the beta quantile, as R's own qf loses digits near 0: qf(1e-6, 1, 2) is
# 2 p^2 / (1 - p^2) = 2.000000000002e-12 by hand, and qf gives 2.000178e-12.
f_quantile <- function(p, df1, df2)
    qbeta(p, df1 / 2, df2 / 2) / qbeta(p, df2 / 2, df1 / 2, lower.tail = FALSE) * df2 / df1
row <- function(name, a, b, c, value)
    cat(sprintf("    {\"%s\", %.17g, %.17g, %.17g, %.17g},\n", name, a, b, c, value), sep = "")
cat("/* Made by dist.R with", R.version.string, "*/\n")
cat("static const struct reference references[] = {\n")
for (x in c(-30, -10, -5, -1.96, -0.5, 0, 0.3, 1, 2.5, 6, 8.2, 20, 37)) {
    row("norm_d", x, 0, 0, dnorm(x))
    row("norm_p", x, 0, 0, pnorm(x))
    row("norm_upper", x, 0, 0, pnorm(x, lower.tail = FALSE))
}
probs <- c(1e-30, 1e-10, 1e-4, 0.005, 0.025, 0.2, 0.45, 0.6, 0.9, 0.975, 0.9995, 1 - 1e-9)
dfs <- c(1, 2, 3.5, 7, 30, 250, 5000)
for (p in probs) row("norm_q", p, 0, 0, qnorm(p))
for (df in dfs) for (x in c(-8, -2.5, -0.7, 0, 0.01, 0.5, 1, 2, 3.3, 6, 12, 40)) {
    row("t_p", x, df, 0, pt(x, df))
    row("t_upper", x, df, 0, pt(x, df, lower.tail = FALSE))
    row("t_two_sided", x, df, 0, 2 * pt(abs(x), df, lower.tail = FALSE))
}
for (df in dfs) for (p in probs[-1]) row("t_q", p, df, 0, qt(p, df))
for (df in dfs) for (x in c(1e-3, 0.2, 1, 3, 8, 25, 90, 240, 400)) {
    row("chisq_p", x, df, 0, pchisq(x, df))
    row("chisq_upper", x, df, 0, pchisq(x, df, lower.tail = FALSE))
}
for (df in dfs) for (p in probs) row("chisq_q", p, df, 0, qchisq(p, df))
for (df1 in c(1, 3, 12, 200)) for (df2 in c(2, 9, 40, 1000)) {
    for (x in c(0.02, 0.4, 1, 2.2, 5, 18)) {
        row("f_p", x, df1, df2, pf(x, df1, df2))
        row("f_upper", x, df1, df2, pf(x, df1, df2, lower.tail = FALSE))
    }
    for (p in c(1e-6, 0.01, 0.3, 0.8, 0.95, 0.999)) row("f_q", p, df1, df2, f_quantile(p, df1, df2))
}
for (a in c(0.4, 1, 3, 25, 300)) for (b in c(0.5, 2, 10, 120)) {
    for (x in c(0.001, 0.1, 0.35, 0.5, 0.77, 0.95)) {
        row("beta_p", x, a, b, pbeta(x, a, b))
        row("beta_upper", x, a, b, pbeta(x, a, b, lower.tail = FALSE))
    }
    for (p in c(1e-6, 0.01, 0.3, 0.8, 0.99)) row("beta_q", p, a, b, qbeta(p, a, b))
}
for (a in c(0.1, 0.7, 2, 15, 100, 1e4)) for (z in c(-2.5, -1, -0.2, 0, 0.5, 1, 3, 8)) {
    x <- a * exp(z / sqrt(a))
    row("gamma_p", x, a, 0, pgamma(x, a))
    row("gamma_upper", x, a, 0, pgamma(x, a, lower.tail = FALSE))
}
for (a in c(0.1, 0.7, 2, 15, 100, 1e4)) for (p in probs[3:11]) row("gamma_q", p, a, 0, qgamma(p, a))
for (n in c(5, 40, 1000)) for (k in c(0, 1, 4, 13, 300)) for (p in c(0.01, 0.3, 0.5, 0.9))
    if (k < n) row("binom_p", k, n, p, pbinom(k, n, p))
cat("};\n")

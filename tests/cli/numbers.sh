#!/usr/bin/env bash
# Numbers of the whole program against those that others computed: NIST, R 4.2 (the calls stand beside them).
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- describe: summary, sd; skewness and kurtosis of type 2 as in e1071 ----
lines 'load titanic; describe'
for row in 'n 714 0' 'missing 177 0' 'mean 29.699117647058824 1e-13' 'sd 14.526497332334042 1e-13' 'min 0.42 0' \
    'q1 20.125 0' 'median 28 0' 'q3 38 0' 'max 80 0' 'skewness 0.38910778230082593 1e-13' 'kurtosis 0.178274153642102 1e-12'; do
    read -r column value tolerance <<<"$row"
    near "describe titanic: age $column" describe "$column" age "$value" "$tolerance"
done
near "describe titanic: fare sd" describe sd fare 49.693428597180898 1e-12
near "describe titanic: fare kurtosis" describe kurtosis fare 33.398140880898673 1e-11
near "describe titanic: pclass skewness" describe skewness pclass -0.63054790687528439 1e-13

# ---- corr: cor(age, fare, use = "pairwise.complete.obs", method = …); cor(ozone, solar_r, …) ----
while read -r method titanic airquality; do
    lines "load titanic; corr age fare method=$method"
    near "corr titanic $method" corr fare age "$titanic" 1e-13
    lines "load airquality; corr ozone solar_r method=$method"
    near "corr airquality $method" corr solar_r ozone "$airquality" 1e-13
done <<'X'
pearson 0.096066691769038898 0.34834169299360268
spearman 0.13505121773428777 0.34818646995676311
kendall 0.093248907203839312 0.24031942144921251
X

# ---- freq: table(titanic$embarked) ----
lines 'load titanic; freq embarked'
is "freq embarked" "$(json cell freq n S) $(json cell freq n C) $(json cell freq n Q)" '644 168 77'
lines 'load titanic; freq pclass by=survived'
is "freq pclass by=survived" "$(json get 1 rows)" '[["1",80,136,216],["2",97,87,184],["3",372,119,491]]'

# ---- NIST StRD, Longley (units of the file: prices and counts over 1000): 9 digits ----
lines 'load longley; target employed; train linear; show linear'
while read -r term estimate error; do
    near "longley $term" coefficients estimate "$term" "$estimate" "$(awk "BEGIN { x = $estimate; print (x < 0 ? -x : x) * 1e-9 }")"
    near "longley $term: error" coefficients std_error "$term" "$error" "$(awk "BEGIN { print $error * 1e-9 }")"
done <<'X'
(Intercept) -3482.25863459582 890.420383607373
gnp_deflator 0.0150618722713733 0.0849149257747669
gnp -0.0358191792925910 0.0334910077722432
unemployed -0.0202022980381683 0.00488399681651699
armed_forces -0.0103322686717359 0.00214274163161675
population -0.0511041056535807 0.226073200069370
year 1.82915146461355 0.455478499142212
X
near "longley r2" summary value r2 0.995479004577296 1e-12

# ---- lm(mpg ~ wt + hp + qsec, mtcars) ----
lines 'load mtcars; train linear mpg ~ wt + hp + qsec; show linear'
near "lm: qsec" coefficients estimate qsec 0.510833694245057979 1e-12
near "lm: t of wt" coefficients statistic wt -5.7908794058437785 1e-11
near "lm: p of hp" coefficients p hp 0.24417624090336248 1e-12
near "lm: R²" summary value r2 0.83476776170582978 1e-12
near "lm: F" summary value f_statistic 47.152818701457782 1e-9
near "lm: AIC" summary value aic 157.14261083999838 1e-9
near "lm: BIC" summary value bic 164.47129035399701 1e-9

# ---- lm(mpg ~ 0 + wt, mtcars) ----
lines 'load mtcars; train linear mpg ~ 0 + wt; show linear'
is "lm without a constant: one term" "$(json cell coefficients term 0)$(json cell coefficients term 1)" wt
near "lm without a constant" coefficients estimate wt 5.2916241007542588 1e-12
fails "a tree has no constant" 1 'no constant' '0 +' "$lathe" -e 'load mtcars; train tree mpg ~ 0 + wt'

# ---- glm(survived ~ pclass + sex + age + fare, binomial) on the rows whose age is known ----
lines 'load titanic; filter age is not null; train logistic survived ~ pclass + sex + age + fare penalty=none tol=1e-12; show logistic'
while read -r term estimate error; do
    near "glm $term" coefficients estimate "$term" "$estimate" 1e-6
    near "glm $term: error" coefficients std_error "$term" "$error" 1e-6
done <<'X'
(Intercept) 4.98804031412692516767 0.5721893767929111529
pclass -1.26974097496170923449 0.1586252259482680838
sex=male -2.51819685944122495513 0.2078562491748397745
age -0.03670731050223542680 0.0076795121209729863
fare 0.00053734121023515881 0.0021821242254672982
X

# ---- robust z: mad(x, constant = 1 / qnorm(0.75)), abs(x - median(x)) / mad; the mean deviation where mad is 0 ----
lines 'load mtcars; select model wt hp qsec; train robustz; show robustz; predict robustz'
near "mad of hp" columns deviation hp 77.0953153622913 1e-12
near "mad of qsec" columns deviation qsec 1.41588511867285 1e-13
near "robust z of Mazda RX4" predictions score 'Mazda RX4' 0.9188700944700248 1e-13
near "robust z of Merc 230" predictions score 'Merc 230' 3.6655516267200650 1e-13
near "robust z of Maserati Bora" predictions score 'Maserati Bora' 2.7498428277224871 1e-13
lines 'load mtcars; select model wt hp qsec; train robustz combine=rms; predict robustz'
near "root mean square of robust z" predictions score 'Merc 230' 2.1307430358025705 1e-13
lines 'load mtcars; train robustz; show robustz'
near "a column whose mad is 0" columns deviation vs 0.5483249350755313 1e-13
done_testing

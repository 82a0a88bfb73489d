#!/usr/bin/env bash
# What the host does around the algorithms: labels for transformers, products of numbers, training
# again as before, learning from more rows.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- transformers that learn from classes ----
run "$lathe" -e 'load iris; target species; split test=0.2 seed=1; train ldaproj; show ldaproj; predict ldaproj as z; schema z; models'
is "ldaproj is trained on a target of classes" "$status" 0
like "its output is columns" "$out" 'ldaproj2'
like "its model knows its target" "$out" 'ldaproj +ldaproj +transformation +species'
run "$lathe" -e 'load iris; train ldaproj species ~ . '
like "a formula names the classes" "$out" 'trained ldaproj: Discriminant projection on 150 rows, 4 columns'
run "$lathe" -e 'load iris; target species; train ldaproj; save ldaproj p.lathe; load p.lathe as q; predict q as z; sql select round(ldaproj1, 6) as first from z limit 1'
like "saved and loaded it projects the same" "$out" '-8\.14365$'
printf 'x,y,g\n1,2,a\n2,4,b\n3,1,a\n5,2,b\n4,4,a\n' >few.csv
fails "without a target" 1 'has no target' 'target COLUMN' "$lathe" -e 'load few.csv; train ldaproj'
fails "with a number as target" 1 "mpg is a number; ldaproj can't learn classes from it" 'ldaproj COLUMN' "$lathe" -e 'load mtcars; train ldaproj mpg ~ .'
fails "a projection is not judged" 1 "'ldaproj' has no target to be judged by" 'show ldaproj' "$lathe" -e 'load iris; target species; train ldaproj; eval ldaproj'
run "$lathe" -e 'load iris; target species; train ldaproj; train tree; eval'
is "eval of all passes projections by" "$status" 0

# ---- products of numbers ----
# lm(mpg ~ wt + hp + I(wt^2) + I(wt*hp) + I(hp^2), mtcars), R 4.2
lines 'load mtcars; train linear mpg ~ wt + hp degree=2; show linear'
while read -r term estimate error; do
    near "degree=2: ${term//_/ }" coefficients estimate "${term//_/ }" "$estimate" 1e-9
    near "degree=2: the error of ${term//_/ }" coefficients std_error "${term//_/ }" "$error" 1e-9
done <<'X'
(Intercept) 49.88390645557223 3.651031493513222
wt -8.375136125147140 2.758787880955253
hp -0.12041099622239613 0.05716542667801128
wt^2 0.44560262190088767 0.790341918249022
wt_hp 0.012034928900499118 0.02170595818376134
hp^2 0.00013785152323290983 0.00010495747024525778
X
# lm(waiting ~ poly(eruptions, 4, raw = TRUE), faithful)
lines 'load faithful; train linear waiting ~ eruptions degree=4; show linear'
near "degree=4" coefficients estimate 'eruptions^4' 1.6052058637172024 1e-9
near "degree=4: the constant" coefficients estimate '(Intercept)' 225.20048952547387 1e-9
# a gap is filled with the median first; lm(ozone ~ poly(as.matrix(d), degree = 3, raw = TRUE))$fitted
lines 'load airquality; filter ozone is not null; train linear ozone ~ solar_r + wind + temp degree=3; show linear; predict linear as z; sql select round(prediction, 9) as p from z limit 5'
near "degree=3 of three columns, one with gaps" summary value r2 0.77559256198694004 1e-9
is "degree=3: predictions" "$(tail -1 <<<"$out" | grep -o '"rows":.*')" '"rows":[[30.681200712],[22.727240347],[16.327071778],[26.938002462],[17.64449566]]}'
# make_pipeline(SimpleImputer(strategy="median"), PolynomialFeatures(2, interaction_only=True), StandardScaler(),
# KNeighborsRegressor(5)), scikit-learn 1.9.1
lines 'load airquality; filter ozone is not null; train knn ozone ~ solar_r + wind + temp degree=2 interaction_only=yes; predict knn as z; sql select round(prediction, 9) as p from z limit 5'
is "products are scaled after they are made" "$(tail -1 <<<"$out" | grep -o '"rows":.*')" '"rows":[[26.4],[26.4],[17.2],[22],[18.8]]}'
run "$lathe" -e 'load mtcars; train linear mpg ~ wt + hp degree=2; save linear p.lathe; load p.lathe as q; show q; importance linear method=permutation; train forest mpg ~ wt + hp degree=2 as f; importance f; history'
is "products are kept in the file" "$status" 0
like "show says the degree" "$out" 'fit_intercept=yes poly_degree=2'
like "a loaded model has the terms" "$out" '^wt hp +0.012'
like "the log says it in full" "$out" 'train linear mpg ~ wt \+ hp poly_degree=2'
run "$lathe" -e 'load titanic; target survived; train logistic degree=2 as two; train logistic as one; compare one two folds=3; cv logistic degree=2 folds=3'
is "products in compare and cv" "$status" 0
like "made anew in every fold" "$out" 'note: two: multiplied numbers with each other'
like "cv says so too" "$out" 'note: logistic: multiplied numbers with each other'
run "$lathe" -e 'load iris; target species; train svm kernel=poly degree=2; show svm; train svm poly_degree=2 as p; show p'
like "an algorithm keeps a degree of its own" "$out" 'kernel=poly.* degree=2'
like "and takes products by the whole name" "$out" 'poly_degree=2'
fails "too many products" 1 'degree=3 would make [0-9]+ columns of 60 numbers; at most 20000 are made' 'interaction_only=yes' "$lathe" -e 'load sonar; train logistic degree=3'
fails "no degree" 1 'poly_degree' '' "$lathe" -e 'load mtcars; train linear degree=0'
run "$lathe" -e 'load german_credit; select class purpose housing; target class; train logistic degree=2'
like "nothing to multiply" "$out" 'degree=2: there are no numbers to multiply'

# ---- trained again as before ----
run "$lathe" -e 'load diabetes; target progression; split seed=1; train gbm n_estimators=500 early_stopping=yes patience=3 as g; show g; compare g folds=3; save g g.lathe; load g.lathe as h; compare h folds=3'
like "what it was told is kept" "$out" 'early_stopping=yes patience=3'
is "compare stops early as the training did" "$(grep -c '^note: [gh]: stopped early' <<<"$out")" 2
run "$lathe" -e 'load diabetes; target progression; split seed=1; train gbm n_estimators=500 early_stopping=yes patience=3 as g; step g 2; models'
like "a step goes on from where it stopped" "$out" 'trained g: .* rounds'
run "$lathe" -e 'load titanic; target survived; train gbm steps=3 as g; compare g folds=3; show g'
like "a model of three steps is compared after three" "$out" 'note: g: stopped after round 3'

# ---- more rows ----
parts='load titanic; sql as early select * from titanic limit 400; sql as later select * from titanic limit 1000 offset 400'
same() { # NAME COMMANDS: the models a and b predict the same for titanic
    run "$lathe" --json -e "$2; predict a on=titanic as pa; predict b on=titanic as pb; sql select max(abs(pa.p_1 - pb.p_1)) < 1e-9 as same, count(*) as n from pa join pb on pa.rowid = pb.rowid"
    is "$1" "$status $(tail -1 <<<"$out" | grep -o '"rows":.*')" '0 "rows":[[1,891]]}'
}
same "naive Bayes in two parts is that of all rows" "$parts; use titanic; target survived; train nb as b; use early; target survived; train nb as a; update a later"
run "$lathe" -e "$parts; save later later.csv; save later later.csv.gz; save later later.ndjson; save early early.csv"
same "from a file" "$parts; use early; target survived; train nb as a; update a later; train nb as b; update b later.csv"
same "from a compressed file" "$parts; use early; target survived; train nb as a; update a later; train nb as b; update b later.csv.gz"
same "from another kind of file" "$parts; use early; target survived; train nb as a; update a later; train nb as b; update b later.ndjson"
same "in batches of another size" "$parts; use early; target survived; train nb as a; update a later batch=7; train nb as b; update b later batch=1000 judge=no"
same "saved and loaded between" "$parts; use early; target survived; train nb as a; save a a.lathe; update a later; load a.lathe as b; update b later"
run "$lathe" -e "$parts; use early; target survived; train nb; update nb later; models; show nb; update nb later judge=no as twice; show twice; undo; history save=log.lathe"
is "update: all well" "$status" 0
like "it says how many rows" "$out" '^updated nb: 491 rows more of later, 891 in all; accuracy 0\.7[0-9]+ on them before'
like "models count them" "$out" '^nb +nb +classification +survived +early +891'
like "show counts them" "$out" '400 of .*, and 491 more in 1 update'
like "and once more" "$out" '400 of .*, and 982 more in 2 updates'
like "as keeps both" "$out" '^undone: update nb later judge=no as twice'
run "$lathe" --json log.lathe
like "the log repeats it" "$out" 'updated nb: 491 rows more'
lines "$parts; use early; target survived; train nb; update nb later"
like "the picture is there" "$out" '"view":"plot","id":"prequential"'
lines 'load wine; split seed=1; train mbkmeans as m; update m wine; train sgd cultivar ~ . as s; update s wine; train sgd alcohol ~ . as r; update r wine batch=10; train perceptron cultivar ~ . as p; update p wine; show r'
is "others learn more too" "$status" 0
like "and the split is heeded" "$out" 'on the training part alone'
fails "an algorithm that can't" 1 "forest can't learn from more rows" 'what can: .*nb' "$lathe" -e "$parts; use early; target survived; train forest; update forest later"
fails "an ensemble can't" 1 "vote can't learn from more rows" 'what can' "$lathe" -e "$parts; use early; target survived; vote nb logistic as v; update v later"
fails "balanced weights" 1 'weights=balanced, which needs all rows' 'column of weights' "$lathe" -e "$parts; use early; target survived; train nb weights=balanced; update nb later"
printf 'x,g\n1,a\n2,b\n3,a\n4,b\n' >ab.csv
printf 'x,g\n1,a\n2,c\n' >c.csv
printf 'x,g\n1,a\n2,\n' >gap.csv
printf 'z,g\n1,a\n' >other.csv
fails "a class it never saw" 3 "row 2 has the class 'c' of g, which the model never saw" 'it knows a, b' "$lathe" -e 'load ab.csv; target g; train nb; update nb c.csv'
fails "a column is missing" 1 "no column 'x'" '' "$lathe" -e 'load ab.csv; target g; train nb; update nb other.csv'
fails "no such file" 3 "nosuch" '' "$lathe" -e 'load ab.csv; target g; train nb; update nb nosuch'
run "$lathe" -e 'load ab.csv; target g; train nb; update nb gap.csv'
like "rows without a target are left out" "$out" '1 rows? without g'
fails "steps are refused then" 1 "'nb' has learned from more rows since its training" 'undo' "$lathe" -e 'load ab.csv; target g; train nb; update nb ab.csv; step nb'
run "$lathe" -e 'load titanic; filter embarked <> '"'C'"' as early; use early; target survived; train nb; update nb titanic'
like "levels that it had not count as missing" "$out" 'values? (was|were) never seen in training and counted as missing'

done_testing

#!/usr/bin/env bash
# What a session does between its commands: undo, redo, names, results as tables, SQL, settings, help.
. "${top_srcdir:-.}/tests/cli/cli.sh"

lines 'load titanic; filter age > 30; undo; describe age; redo; describe age'
is "undo and redo of a filter" "$(grep '"id":"describe"' <<<"$out" | grep -o '"real",[0-9]*,[0-9]*' | tr '\n' ' ')" \
    '"real",714,177 "real",305,0 '
lines 'load titanic; undo; tables'
is "undo of a load" "$status $(tail -1 <<<"$out" | grep -o '"rows":\[\]')" '0 "rows":[]'
lines 'load iris; target species; train tree; undo; models; redo; models'
is "undo of a training" "$(grep '"id":"models"' <<<"$out" | grep -c '"tree"')" 1
lines 'load iris; filter sepal_length > 5 as big; tables'
is "as NAME keeps the old table" "$(json cell tables rows iris) $(json cell tables current big)" '150 true'
lines 'load iris; load wine; use iris; drop wine; undo; tables'
is "use, drop and undo" "$(json cell tables current iris) $(json cell tables rows wine)" 'true 178'
fails "nothing to undo" 1 'nothing to undo' '' "$lathe" -e 'undo'

lines 'load titanic; select survived age sex; mutate decade = floor(age / 10), old = age > 60; rename sex gender; sort -age; head 1'
is "select, mutate, rename, sort" "$(json columns head) $(json cell head age 0) $(json cell head decade 0)" \
    'survived,age,gender,decade,old 80 8'
lines 'load titanic; sql select sex, count(*) as n, avg(survived) as rate from titanic group by sex order by sex'
is "sql: columns" "$(json columns sql)" 'sex,n,rate'
near "sql: 74 % of the women" sql rate female 0.74203821656050961 1e-12
lines 'load titanic; target survived; split seed=1; train tree; train logistic; eval; sql select model, auc from metrics order by auc desc'
is "sql over results" "$(json columns sql) $(json cell sql model 0)" "model,auc $(json cell metrics model 0)"
lines 'load iris; sql as small select species, sepal_length from this where sepal_length > 7; freq species'
is "sql as NAME makes a table" "$(json cell freq n 0)" 12
lines 'load iris; load wine; sql select count(*) as n from iris, wine'
is "sql joins tables" "$(json cell sql n 0)" 26700
fails "sql: a wrong table" 1 "no table 'irsi'" 'iris' "$lathe" -e 'load iris; sql select * from irsi'
fails "sql: only questions" 1 '' '' "$lathe" -e 'load iris; sql drop table iris'

lines 'load titanic; target survived; train tree as a; train tree as a max_depth=2; train tree; train tree; models'
is "names: replaced when said, else free" "$(json cell models model 0) $(json cell models model 1) $(json cell models model 2)" \
    'a tree tree2'
lines 'load titanic; train logistic survived ~ sex + fare as m; show m'
is "a formula without a target" "$(grep -o '"(Intercept)"\|"fare"\|"sex[^"]*"' <<<"$out" | tr '\n' ' ')" '"(Intercept)" "sex=male" "fare" '
lines 'load iris; target species; train gbm steps=3 as g; step g 2; step g -1; models'
is "step: three, five, four" "$(json cell models steps g)" 4

run "$lathe" -e 'load iris; set digits 3; describe petal_width; set max_rows 7; head 20; set graphics off; hist petal_width'
like "set digits is obeyed" "$out" '^petal_width .* 1\.20 '
like "set max_rows is obeyed" "$out" '^… 7 of '
unlike "set graphics off is obeyed" "$out" '█'
lines 'set max_rows 5; load titanic; head 800'
is "JSON is never cut" "$(json get 2 rows.799 | grep -c .)" 1
lines 'set digits 7; set'
is "set" "$(json cell settings value digits) $(json cell settings origin digits) $(json cell settings origin seed)" '7 set default'
lines 'set seed' --seed 42
is "--seed is a setting" "$(json cell settings value 0) $(json cell settings origin 0)" '42 command line'
fails "a wrong setting" 1 "digist" 'digits' "$lathe" -e 'set digist 7'

run "$lathe" -e 'help'
for verb in load describe train compare roc undo; do like "help lists $verb" "$out" "^$verb "; done
run "$lathe" -e 'help forest; help train; help auc; help digits; ?eval; help n_estimators'
is "help on algorithms, verbs, metrics, settings, and a search" "$status $err" "0 "
like "help: an algorithm's parameter" "$out" '^forest n_estimators +parameter'
like "help: a parameter with its default" "$out" 'n_estimators.* 100 '
fails "help on nothing" 1 "'frobnicate'" '' "$lathe" -e 'help frobnicate'
run "$lathe" -e 'history; load iris; head 2; history'
like "history" "$out" '^ *2 +head 2'
unlike "… holds no history" "$out" '^ *[0-9]+ +history'
run "$lathe" -e 'doctor'
like "doctor" "$out" '^threads +ok'
run "$lathe" -e 'example roc'
like "example runs it" "$status $out" 'auc 0\.8'
fails "a terminal is needed for the shell" 1 '' '' "$lathe" -e '!true'
done_testing

#!/usr/bin/env bash
# The main job in batch: from a table to models judged and drawn.
. "${top_srcdir:-.}/tests/cli/cli.sh"
job='load titanic; target survived; split test=0.25 seed=1; train logistic; train forest n_estimators=200 as rf; train knn; eval; confusion rf; roc'

run "$lathe" -e "$job"
is "the main job works" "$status $err" "0 "
for model in rf logistic knn; do like "$model is on the board" "$out" "^.{0,2} *$model +.* test +223 "; done
like "what was prepared is said" "$out" 'age: [0-9]+ missing filled with the median'
like "the confusion matrix has its numbers" "$out" '^0 +116 +21 '
like "the ROC curve is drawn" "$out" 'auc 0\.8'
like "the test rows are counted" "$out" '668 rows to train, 223 rows to test'

lines "$job"
is "with --json it works" "$status $err" "0 "
is "every line is a view" "$(json check)" ""
is "the views are those that are documented" "$(json ids | grep -v '^note' | tr '\n' ';')" \
    'table metrics;table confusion;plot confusion;plot roc;'
is "metrics: columns" "$(json columns metrics)" \
    'model,algo,on,n,accuracy,balanced_accuracy,precision,recall,f1,auc,ap,logloss,brier,mcc,kappa,fit_s,predict_s'
is "metrics: the best comes first" "$(json cell metrics model 0)" rf
is "metrics: on the rows held out" "$(json cell metrics on 0) $(json cell metrics n 0)" 'test 223'
is "confusion: columns" "$(json columns confusion)" 'truth,0,1,recall'
n=$(($(json cell confusion 0 0) + $(json cell confusion 1 0) + $(json cell confusion 0 1) + $(json cell confusion 1 1)))
is "confusion: all rows are in it" "$n" 223
roc=$(printf '%s\n' "$out" | grep '"view":"plot","id":"roc"')
is "roc: a curve a model, and the diagonal" "$(grep -o '"mark":"[a-z]*"' <<<"$roc" | tr '\n' ' ')" \
    '"mark":"rule" "mark":"line" "mark":"line" "mark":"line" '

# The steps of scikit-learn on the same table, as rows of the table of its documentation of metrics: recomputed here
# from the confusion matrix that was printed.
near "accuracy is that of the matrix" metrics accuracy rf "$(awk 'BEGIN { printf "%.17g", (116 + 57) / 223 }')" 1e-12
near "recall is that of the matrix" metrics recall rf "$(awk 'BEGIN { printf "%.17g", 57 / 86 }')" 1e-12
near "precision is that of the matrix" metrics precision rf "$(awk 'BEGIN { printf "%.17g", 57 / 78 }')" 1e-12

ready='load titanic; target survived; split test=0.25 seed=1; train logistic; train tree'
if command -v gnuplot >/dev/null 2>&1; then
    run "$lathe" -e "$ready; roc > roc.png"
    is "> roc.png works" "$status $err" "0 "
    is "it is a PNG" "$(head -c 8 roc.png | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a
    run "$lathe" -e "$ready; confusion tree > c.svg; roc > r.pdf; roc > r.gp"
    is "> .svg, .pdf and .gp work" "$status $err" "0 "
    like "it is an SVG" "$(head -c 400 c.svg)" '<svg'
    like "it is a PDF" "$(head -c 5 r.pdf)" '^%PDF-'
    like "the script sets its labels" "$(cat r.gp)" "false positive rate"
else
    skip "pictures in files" "gnuplot is not installed"
fi

run "$lathe" -e "$ready; eval > s.csv; eval > s.md; eval > s.html; eval > s.json; eval > s.txt"
is "results go to files" "$status $err" "0 "
like ".csv" "$(head -1 s.csv)" '^model,algo,on,n,accuracy'
like ".md" "$(cat s.md)" '^\| *model'
like ".html" "$(cat s.html)" '<table'
like ".json" "$(cat s.json)" '"id":"metrics"'
like ".txt" "$(cat s.txt)" 'logistic'

lines "$ready; eval; eval tree on=train; eval"
like "looks at the held-out rows are counted" "$out" 'looked at 2 times'
lines 'load iris; target species; split seed=1; train tree; train nb; eval; confusion tree'
is "three classes" "$status $(json columns confusion)" '0 truth,setosa,versicolor,virginica,recall'
lines 'load mtcars; target mpg; train linear; show linear'
is "coefficients: columns" "$(json columns coefficients)" 'term,estimate,std_error,statistic,p,ci_low,ci_high'
is "coefficients: the constant" "$(json cell coefficients term 0)" '(Intercept)'
lines 'load auto_mpg; target mpg; split seed=1; train linear; train tree; eval'
is "metrics of a regression" "$(json columns metrics)" 'model,algo,on,n,rmse,mae,r2,mape,fit_s,predict_s'
lines 'load iris; load wine; tables'
is "tables: columns" "$(json columns tables)" 'name,rows,columns,target,current'
lines 'load titanic; target survived; compare logistic tree folds=3'
like "compare: columns" "$(json columns compare)" '^model,algo,auc_mean,auc_sd,delta,p,verdict,ci_low,ci_high,p_equivalent,'
is "compare: the baseline takes part" "$(json cell compare algo dummy)" dummy
done_testing

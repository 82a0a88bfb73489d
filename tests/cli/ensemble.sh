#!/usr/bin/env bash
# vote, stack, blend: against scikit-learn 1.9.1 where the folds leave one row out, so that both cut the same; that no
# row is predicted by a model that saw it; that an ensemble is a model like any other; and wrong input.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- StackingRegressor([LinearRegression(), Ridge(alpha=1)], final_estimator=LinearRegression(), cv=LeaveOneOut()) ----
mtcars='load mtcars; target mpg wt hp qsec; train linear; train ridge alpha=1 scale=no'
lines "$mtcars; stack linear ridge final=linear folds=32; show stack"
near "stack: constant" coefficients estimate '(Intercept)' 1.0444412958438818 1e-9
near "stack: linear" coefficients estimate linear 0.95520518045837 1e-9
near "stack: ridge" coefficients estimate ridge -0.00436669540356 1e-9
lines "$mtcars; stack linear ridge final=linear folds=32 passthrough=yes; show stack"
near "stack with raw features: constant" coefficients estimate '(Intercept)' 150.09030630221451 1e-6
near "stack with raw features: linear" coefficients estimate linear -6.6400546763602 1e-7
near "stack with raw features: wt" coefficients estimate wt -25.80059904479738 1e-7
near "stack with raw features: hp" coefficients estimate hp -0.09320937558715 1e-8

# ---- VotingClassifier([LDA(), GaussianNB()], voting="soft", weights=[2, 1]); rows 51, 71, 134 of iris ----
pick='sql select p_versicolor from p limit 1 offset'
lines "load iris; target species; vote lda nb weights=2,1; predict vote as p; $pick 50; $pick 70; $pick 133"
votes=$(printf '%s\n' "$out" | sed -n 's/.*"id":"sql".*"rows":\[\[\(.*\)\]\]}/\1/p' | tr '\n' ' ')
is "vote: three probabilities" "$(echo "$votes" | awk '
    function off(x, y) { return x - y > 1e-9 || y - x > 1e-9 }
    { print off($1, 0.934618003125216) + off($2, 0.217549584283126) + off($3, 0.726457426544527), NF }')" "0 3"

# ---- StackingClassifier([LDA(), GaussianNB()], LogisticRegression(C=1, tol=1e-12), cv=LeaveOneOut()) ----
fails "parameters of the final need its name" 1 "takes no 'tol='" '' "$lathe" -e 'load iris; stack lda nb tol=1e-12'
lines "load iris; stack lda nb folds=150 final=logistic tol=1e-12; predict stack as p; $pick 50; $pick 70; $pick 133"
stacked=$(printf '%s\n' "$out" | sed -n 's/.*"id":"sql".*"rows":\[\[\(.*\)\]\]}/\1/p' | tr '\n' ' ')
is "stack: three probabilities" "$(echo "$stacked" | awk '
    function off(x, y) { return x - y > 1e-6 || y - x > 1e-6 }
    { print off($1, 0.94758367256876) + off($2, 0.13186585966869) + off($3, 0.82412008098612), NF }')" "0 3"

# ---- nothing leaks: a nearest neighbour remembers its rows, and must not be judged by them ----
awk 'BEGIN { srand(7); print "x,y"; for (i = 0; i < 400; i++) printf "%.6f,%s\n", rand(), rand() < 0.5 ? "a" : "b" }' >"$tap_dir/noise.csv"
noise="load $tap_dir/noise.csv as noise; target y"
for verb in stack blend; do
    lines "$noise; train knn n_neighbors=1; $verb knn nb; show $verb"
    accuracy=$(json cell members accuracy knn)
    is "$verb: one neighbour is no better than a coin on rows it has not seen" \
        "$(awk "BEGIN { print ($accuracy > 0.35 && $accuracy < 0.65) }")" 1
done

# ---- a model like any other ----
three='load titanic; split test=0.25 seed=1; train forest n_estimators=20; train logistic; train tree max_depth=4'
for made in 'vote' 'vote forest tree voting=hard' 'stack forest logistic knn' 'blend forest tree final=tree max_depth=2'; do
    verb=${made%% *}
    rm -f "$tap_dir/m.lathe"
    run "$lathe" --json -e "$three; $made; save $verb $tap_dir/m.lathe; predict $verb as p; sql select \"p_1\" from p"
    before=$(printf '%s\n' "$out" | grep '"id":"sql"')
    run "$lathe" --json -e "load $tap_dir/m.lathe as m; load titanic; predict m as p; sql select \"p_1\" from p"
    like "$made: predicts" "$before" '"rows":\[\[[01]'
    is "$made: saved and loaded it predicts the same" "$(printf '%s\n' "$out" | grep '"id":"sql"')" "$before"
    for threads in 1 2; do
        run "$lathe" --threads $threads -e "$three; $made; save $verb $tap_dir/m$threads.lathe"
    done
    ok "$made: the same bytes at 1 and 2 threads" cmp "$tap_dir/m1.lathe" "$tap_dir/m2.lathe"
done
lines "$three; stack forest logistic; vote stack tree as deep; eval; compare stack deep folds=3; cv stack folds=3; importance stack"
is "an ensemble of an ensemble is judged" "$(json cell metrics algo deep) $(json cell metrics algo stack)" 'vote stack'
is "… and compared" "$(json cell compare algo deep)" vote
like "… and cross-validated" "$out" '"id":"cv"'
is "… and its raw columns have an importance" "$(printf '%s\n' "$out" | grep -c '"id":"importance","title":"Importance to stack by permutation","columns"')" 1
lines 'load auto_mpg; target mpg; split; vote linear forest gbm; eval'
is "numbers: a vote" "$(json cell metrics algo vote)" vote
lines 'load wine; split; stack lda qda knn; show stack'
is "three classes: a column for each" "$(json cell members algo qda)" qda

# ---- wrong input ----
fails "one model is no vote" 1 'needs two models at least' 'vote forest logistic' "$lathe" -e 'load iris; vote forest'
fails "no model at all" 1 'this table has fewer' 'vote forest logistic' "$lathe" -e 'load iris; vote'
fails "who is that?" 1 "'forrest'" 'forest' "$lathe" -e 'load iris; vote forrest tree'
fails "what can't predict the target" 1 "can't predict classes" 'what can' "$lathe" -e 'load iris; stack linear tree'
fails "no target" 1 'target' '' "$lathe" -e "load $tap_dir/noise.csv; vote forest tree"
fails "weights for the wrong number of models" 1 'weights has 3 numbers, and there are 2 models' '' "$lathe" -e 'load iris; vote tree nb weights=1,2,3'
fails "weights that are nothing" 1 'the weights add up to 0' '' "$lathe" -e 'load iris; vote tree nb weights=0,0'
fails "hard votes for numbers" 1 'voting=hard counts classes' '' "$lathe" -e 'load mtcars; target mpg; vote linear tree voting=hard'
fails "more folds than rows" 1 '40 folds of 32 rows' '' "$lathe" -e 'load mtcars; target mpg; stack linear tree folds=40'
fails "a share of all" 1 'holdout' '' "$lathe" -e 'load iris; blend nb tree holdout=1'
fails "voting can't be trained on columns" 1 'combines what other models predict' 'vote forest logistic' "$lathe" -e 'load iris; train voting'
fails "a model's name like the target's" 1 "is called like the target" 'another name' "$lathe" -e 'load mtcars; target mpg; train linear as mpg; train tree; vote mpg tree'
done_testing

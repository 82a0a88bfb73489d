#!/usr/bin/env bash
# Same seed, same bytes: of JSON (but for what a clock measured) and of saved models, at 1 and 2 threads and anew.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# twice NAME COMMANDS [OPTION…]: the views at 1 and 2 threads
twice() {
    local name=$1 commands=$2 one two
    shift 2
    lines "$commands" --threads 1 "$@"
    one=$(json strip) && [ $status = 0 ] || diag "$err"
    lines "$commands" --threads 2 "$@"
    two=$(json strip)
    is "$name" "$(md5sum <<<"$two")" "$(md5sum <<<"$one")"
    like "$name: there is something" "$one" '"view":"(table|plot)"'
}

lines algos
algorithms=$(sed 's/.*"rows"://' <<<"$out" | grep -o '\["[a-z]*","[^"]*","[^"]*"' | tr -d '["' | tr ' ' '_' | tr ',' ' ')
is "there are algorithms" "$(($(wc -l <<<"$algorithms") >= 10))" 1
while read -r algo _ tasks; do
    case $tasks in
    *classification*) ready='load titanic; target survived; split seed=1' ;;
    *regression*) ready='load auto_mpg; target mpg; split seed=1' ;;
    *) ready='load wine' ;;
    esac
    case $tasks in *classification* | *regression*) judge='; eval; predict m' ;; *) judge='; predict m' ;; esac
    twice "$algo: views" "$ready; train $algo as m$judge; show m"
    for threads in 1 2; do
        run "$lathe" --threads $threads -e "$ready; train $algo as m; save m $algo-$threads.lathe"
        [ $status = 0 ] || diag "$err"
    done
    ok "$algo: saved models" cmp "$algo-1.lathe" "$algo-2.lathe"
    run "$lathe" --json -e "$ready; train $algo as m; predict m"
    fresh=$(tail -1 <<<"$out" | md5sum)
    run "$lathe" --json -e "$ready; load $algo-1.lathe as m; predict m"
    is "$algo: the loaded model predicts the same" "$status $(tail -1 <<<"$out" | md5sum)" "0 $fresh"
done <<<"$algorithms"

twice "a regression by several" 'load auto_mpg; target mpg; split seed=1; train tree; train forest n_estimators=30; train gbm n_estimators=30; train net max_iter=20; train knn; eval'
twice "compare" 'load titanic; target survived; compare logistic forest gbm knn tree nb folds=4 repeats=2'
twice "cv" 'load wine; target cultivar; cv net folds=3 max_iter=20'
twice "exploring" 'load titanic; describe; corr; corr method=kendall; freq sex by=pclass; missing'
twice "permutation importance" 'load wine; target cultivar; split; train knn; importance knn method=permutation'
twice "pictures" 'load titanic; hist age by=sex; box fare pclass; scatter age fare; bar embarked'

lines 'load titanic; sample 20; head 20' --seed 5
five=$(json strip)
lines 'load titanic; sample 20 seed=5; head 20'
is "--seed is the seed that commands take" "$(json strip)" "$five"
lines 'load titanic; sample 20; head 20' --seed 6
is "another seed draws other rows" "$([ "$(json strip)" = "$five" ] && echo same)" ""

# A log repeats what was done.
lines 'load titanic; target survived; split test=0.3 seed=4; train forest trees=20 as rf; eval; filter age > 30 as old; history save=again.lathe'
first=$(json strip | grep '"metrics"')
run "$lathe" --json again.lathe
is "the log, run again, gives the same" "$status $(json strip | grep '"metrics"')" "0 $first"

# The state of a model opens in Python, where there is its library.
if python3 -c 'import safetensors.numpy' 2>/dev/null; then
    for file in *-1.lathe; do
        ok "${file%-1.lathe} opens in Python" python3 -c '
import sys
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as f:
    assert f.metadata()["format"] == "lathe-model", f.metadata()
    assert sum(f.get_tensor(k).size for k in f.keys()) > 0
' "$file"
    done
else
    skip "models open in Python" "safetensors is not installed"
fi
done_testing

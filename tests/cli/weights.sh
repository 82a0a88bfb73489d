#!/usr/bin/env bash
# A row of weight 3 is three rows, and one of weight 0 is none, for every algorithm that takes weights.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- rows with a weight of 0 to 3 (weighted), so often (repeated), and without theirs (new) ----
for task in c r u; do
    awk -v task=$task 'BEGIN {
        seed = 11
        head = task == "u" ? "x1,x2,x3,x4" : "x1,x2,x3,x4,y"
        print head ",w" >("weighted_" task ".csv")
        print head >("repeated_" task ".csv")
        print "x1,x2,x3,x4" >("new_" task ".csv")
        for (i = 0; i < 90; i++) {
            x = ""
            sum = 0
            for (j = 0; j < 4; j++) {
                seed = (seed * 16807) % 2147483647
                v = int(1000 * (0.5 + 9.5 * seed / 2147483647)) / 1000
                sum += j < 3 ? v : 0
                x = x (j ? "," : "") v
            }
            y = task == "c" ? "," (sum + i % 5 > 17 ? "a" : "b") : task == "r" ? "," 1 + sum + (i % 7) / 7 : ""
            print x y "," i % 4 >("weighted_" task ".csv")
            for (k = 0; k < i % 4; k++)
                print x y >("repeated_" task ".csv")
            if (i % 4)
                print x >("new_" task ".csv")
        }
    }'
done

# How near the two models must predict, and with what said. Random ones draw other rows; what the host finds out of the
# columns (means, bins, gamma=scale) it finds of the rows as they are. -: the two may differ.
how() {
    case $1 in
    bagging | forest | kmeans | mbkmeans | net | sgd | perceptron) echo '-' ;;
    adaboost) [ $2 = c ] && echo '1e-9' || echo '-' ;;
    catnb) echo '-' ;; # quantiles of the rows
    svr | nusvr) echo '-' ;; # the target's mean and sd; tests/plugin/test_svm.c has them
    dbscan) echo '-' ;; # a row of weight 0 can join others, as in scikit-learn
    gbm) echo '0.05 min_samples_leaf=1' ;; # gradients are rounded to a grid
    svm | nusvm | ocsvm | libsvm) echo '1e-4 scale=no gamma=0.1 tol=1e-8' ;; # kernels in floats
    linearsvm) echo '1e-6 scale=no tol=1e-10' ;;
    xgboost) echo '1e-5' ;;
    *) echo '1e-7' ;;
    esac
}

# predictions: those of $out, a row a line
predictions() { grep '"id":"predictions"' <<<"$out" | sed 's/.*"rows":\[\[//; s/\]\]}*$//; s/\],\[/\n/g'; }

lines algos
sed 's/.*"rows"://' <<<"$out" | grep -o '\["[a-z0-9_]*","[^"]*","[^"]*"' | tr -d '["' >algorithms
while IFS=, read -r algo _ tasks; do
    kinds=
    case $tasks in *classification*) kinds=c ;; esac
    case $tasks in *regression*) kinds+=r ;; esac
    [ $algo = ldaproj ] && kinds=c
    for kind in $(grep -o . <<<"${kinds:-u}"); do
        [ $kind = u ] && target= || target='target y;'
        read -r nearness said <<<"$(how $algo $kind)"
        lines "load weighted_$kind.csv as t; $target train $algo weights=w $said as m; predict m on=new_$kind.csv"
        grep -q "can't take weights" <<<"$out" && continue
        is "$algo, $kind: weights are taken" "$status $err" "0 "
        [ "$nearness" = - ] && continue
        predictions >one
        lines "load repeated_$kind.csv as t; $target train $algo $said as m; predict m on=new_$kind.csv"
        predictions >two
        ok "$algo, $kind: a row of weight 3 is three rows" awk -F, -v near="$nearness" '
            NR == FNR { line[FNR] = $0; n = FNR; next }
            {
                split(line[FNR], a, ",")
                for (j = 5; j <= NF; j++)
                    if ($j + 0 == $j && a[j] + 0 == a[j] ? ($j - a[j]) ^ 2 > near ^ 2 : $j != a[j])
                        print "row " FNR ": " a[j] " and " $j
                m = FNR
            }
            END { if (m != n || n != 67) print n " and " m " rows" }' one two
        is "… all of them" "$(cat "$tap_dir/ok.out")" ""
    done
done <algorithms
done_testing

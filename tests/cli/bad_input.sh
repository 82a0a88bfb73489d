#!/usr/bin/env bash
# Bad tables for every algorithm there is: each gets a clear refusal, or a right answer. One session an algorithm and
# task; json_lines judges each table: an error in one sentence, or a prediction for every row, finite, with
# probabilities that add up to 1.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- the tables: NAME_c.csv with classes, NAME_r.csv with numbers to predict, NAME_u.csv without a target ----

# tables NAME ROWS COLUMNS CELLS [CLASS [AMOUNT [WEIGHT]]]: expressions of awk over i (row), j (column, from 1), x (an
# even number in [0.5, 10)); of the row: sum (of its x), n (rows)
tables() {
    local task class=${5:-'i == 1 ? "a" : i == 2 ? "b" : sum / p + 2 * even() > 6 ? "a" : "b"'}
    local amount=${6:-'int(1000 * (1 + sum + even())) / 1000'}
    for task in c r u; do
        awk -v n="$2" -v p="$3" -v task=$task '
        function even() {
            seed = (seed * 16807) % 2147483647
            return seed / 2147483647
        }
        BEGIN {
            seed = 20 + n
            for (j = 1; j <= p; j++)
                printf "x%d%s", j, j < p ? "," : ""
            print task == "u" ? "" : ",y"
            for (i = 1; i <= n; i++) {
                sum = 0
                for (j = 1; j <= p; j++) {
                    x = int(1000 * (0.5 + 9.5 * even())) / 1000
                    sum += x
                    printf "%s%s", '"$4"', j < p ? "," : ""
                }
                if (task == "c")
                    printf ",%s", ('"$class"')
                if (task == "r")
                    printf ",%s", ('"$amount"')
                print '"${7:+\",\" ($7)}"'
            }
        }' | sed "1s/\$/${7:+,w}/" >"$1_$task.csv"
    done
    cases+=" $1"
}

cases=
tables plain 60 4 'x'
tables constant_column 60 4 'j == 2 ? 3 : x'
tables constant_category 60 4 'j == 2 ? "only" : x'
tables all_constant 60 3 '3'
tables zeros 60 3 '0'
tables one_class 60 4 'x' '"a"' '5'
tables one_row 1 4 'x'
tables two_rows 2 4 'x'
tables three_rows 3 4 'x'
tables wide 20 60 'x'
tables very_wide 20 500 'x'
tables missing 60 4 '(4 * i + j) % 7 ? x : ""'
tables nothing 60 4 'j == 2 ? "" : x'
tables all_nothing 60 2 '""'
tables infinite 60 4 'j == 2 && i == 6 ? "inf" : j == 2 && i == 8 ? "-Infinity" : x'
tables overflowing 60 4 'j == 2 && i == 6 ? "1e400" : x'
tables huge 60 4 'j == 2 && i == 6 ? "1e300" : x'
tables all_huge 60 4 'j == 2 ? x "e300" : x'
tables square_overflows 60 4 'x "e200"'
tables tiny 60 4 'j == 2 ? x "e-310" : x'
tables text 200 2 'j == 2 ? "words that go on and on, the " i "th of their kind" : x'
sed -i 's/words[^,]*, the [^,]*/"&"/' text_?.csv
tables all_classes_different 60 3 'x' '"k" i' 'i'
tables huge_target 60 4 'x' '' 'i == 3 ? "1e300" : sum'
tables infinite_target 60 4 'x' '' 'i == 3 ? "inf" : sum'
tables missing_target 60 4 'x' 'i % 5 == 3 ? "" : i % 2 ? "a" : "b"' 'i % 5 == 3 ? "" : sum'
tables negative_target 60 4 'x' '' 'sum - 30'
tables almost_zero_target 60 4 'x' '' 'i == 60 ? 2.5 : 0'
tables negative 60 4 'x - 5'
tables same_rows 60 2 'j + 0.5'
tables repeated_rows 60 3 'j == 1 ? i % 3 : j == 2 ? 2 : i % 2'
tables separable 60 4 'j == 1 ? (i % 2 ? 1 : 9) + x / 10 : x' 'i % 2 ? "a" : "b"'
tables collinear 60 4 '(j == 1 ? first = x : j == 4 ? 2 * first : x)'
tables rare_class 60 4 'x' 'i == 60 ? "b" : "a"'
unweighted=$cases cases=
tables many_levels 10000 3 'j == 2 ? "k" i : x'
tables many_classes 10000 2 'x' '"k" i' 'i'
cases=
tables weights 60 4 'x' '' '' '1 + i % 3'
tables weights_all_zero 60 4 'x' '' '' '0'
tables weights_some_zero 60 4 'x' '' '' 'i > 10'
tables weight_one_row 60 4 'x' '' '' 'i == 7'
tables weight_negative 60 4 'x' '' '' 'i == 4 ? -1 : 1'
tables weight_missing 60 4 'x' '' '' 'i == 4 ? "" : 1'
tables weight_infinite 60 4 'x' '' '' 'i == 4 ? "inf" : 1'
tables weights_huge 60 4 'x' '' '' 'i > 30 ? "1e300" : 1'
tables weights_large 60 4 'x' '' '' 'i > 30 ? "1e20" : 1'
tables weights_tiny 60 4 'x' '' '' '"1e-300"'
tables weights_words 60 4 'x' '' '' 'i % 2 ? "p" : "q"'
weighted=$cases

# What is asked for is more than the table has: these parameters, where an algorithm has them.
greedy='n_neighbors=1000 n_clusters=1000 n_components=1000 min_samples=1000 min_cluster_size=1000 perplexity=1000
n_bins=100000 max_bins=65535 batch_size=1000000 max_features=1000 max_samples=1000 min_samples_leaf=1000
min_samples_split=1000 max_leaf_nodes=1000 n_landmarks=1000'
# What a model learned from plain rows says to others.
printf 'x1,x2,x3,x4\n1,2,3,4\n1,inf,3,4\n-inf,2,3,1\n' >new_infinite.csv
printf 'x1,x2,x3,x4\n1,2,3,4\n1,1e300,3,4\n-1e300,2,3,1\n' >new_huge.csv
printf 'x1,x2,x3,x4\n1,2,3,4\n1,,3,4\n,,,\n' >new_missing.csv
printf 'x1,x2,x3,x4\n,,,\n,,,\n' >new_nothing.csv
printf 'x1,x2,x3,x4\na,2,3,4\nb,2,3,4\n' >new_words.csv
printf 'x1,x2,x3\n1,2,3\n' >new_narrow.csv
printf 'x1,x2,x3,x4\n-1,-2,-3,-4\n1,2,3,4\n' >new_negative.csv
printf 'x4,y,x3,x2,x1,z\n1,a,3,4,2,7\n' >new_reordered.csv

# ---- every algorithm, every task ----

# try CASE FILE OPTIONS-OF-LOAD PARAMETERS-OF-TRAIN: the commands for one table (in session: of $algo, with $target)
try() { echo "load $2 ${3:-} as case_$1; $target train $algo ${4:-} as m_$1; predict m_$1"; }

# session ALGO TASK(c, r or u): the commands for all tables
session() {
    local algo=$1 task=$2 target='target y;' case word
    [ $task = u ] && target=
    for case in $unweighted; do try $case ${case}_$task.csv; done
    for case in $weighted; do try $case ${case}_$task.csv "" weights=w; done
    try balanced plain_$task.csv "" weights=balanced
    try many_levels many_levels_$task.csv types=x2:category
    [ $task = c ] && try many_classes many_classes_c.csv types=y:category
    for word in $greedy; do
        grep -q "^$algo ${word%=*}\$" parameters && try ${word%=*} plain_$task.csv "" $word
    done
    echo "load plain_$task.csv as t; $target train $algo as m"
    for case in infinite huge missing nothing words narrow negative reordered; do
        echo "load new_$case.csv as case_new_$case; predict m"
    done
}

"$lathe" --doc=parameters |
    awk '/^## / { sub(":", "", $2); algo = $2 } /^\| `/ { gsub("[`,]", "", $2); print algo, $2 }' >parameters
lines algos
sed 's/.*"rows"://' <<<"$out" | grep -o '\["[a-z0-9_]*","[^"]*","[^"]*"' | tr -d '["' >algorithms
is "there are algorithms, and they have parameters" "$(($(wc -l <algorithms) >= 50 && $(wc -l <parameters) >= 300))" 1
while IFS=, read -r algo _ tasks; do
    kinds=
    case $tasks in *classification*) kinds=c ;; esac
    case $tasks in *regression*) kinds+=r ;; esac
    # A transformer may learn from classes.
    [ -z "$kinds" ] && ! "$lathe" -e "load plain_u.csv; train $algo" >out 2>&1 && kinds=c
    for kind in $(grep -o . <<<"${kinds:-u}"); do
        session $algo $kind >session.lathe
        run timeout 120 "$lathe" --json --keep-going session.lathe
        name="$algo, $(case $kind in c) echo classes ;; r) echo numbers ;; u) echo no target ;; esac)"
        wanted=$(grep -o ' as case_[a-z_]*' session.lathe | wc -l)
        if said=$(json judge $wanted) && grep -qx '[013]' <<<$status; then
            pass "$name: $said"
        else
            fail "$name: $wanted tables"
            diag "exit status $status" "$(head -20 <<<"$said")" "$(grep -aE 'Sanitizer|runtime error|^lathe: ' <<<"$err" | head -5)"
        fi
    done
done <algorithms
done_testing

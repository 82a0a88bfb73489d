#!/usr/bin/env bash
# Mistakes and bad luck: one clear sentence, a hint, the documented exit status, and the session goes on.
. "${top_srcdir:-.}/tests/cli/cli.sh"
modules=$top_builddir/tests/plugin/.libs

# alive NAME: the last run (with --keep-going) answered a question after the mistake
alive() { like "$1: the session goes on" "$out" '^ *sepal_length'; }
after='load iris; describe sepal_length'

# ---- data that can't be read: 3 ----
fails "a missing file" 3 "no file and no bundled dataset called 'nosuch.csv'" 'datasets' "$lathe" --keep-going -e "load nosuch.csv; $after"
alive "a missing file"
fails "a misspelt dataset" 3 "'titanik'" "did you mean 'titanic'" "$lathe" -e 'load titanik'
printf 'a,b\n1,\000\001\002\377\n' >binary.csv
fails "a binary file" 3 'binary.csv' '' "$lathe" --keep-going -e "load binary.csv; $after"
alive "a binary file"
fails "a program" 3 'broken_abi.so is a program' '' "$lathe" -e "load '$modules/broken_abi.so'"
printf 'a,b\n1,2\n3\n4,5\n' >ragged.csv
fails "ragged rows" 3 'ragged.csv: line 3 has 1 field, the header has 2' 'sep=' "$lathe" --keep-going -e "load ragged.csv; $after"
alive "ragged rows"
: >empty.csv
fails "an empty file" 3 'empty.csv is empty' 'header' "$lathe" --keep-going -e "load empty.csv; $after"
alive "an empty file"
mkdir folder.csv
fails "a folder" 3 'folder.csv' '' "$lathe" -e 'load folder.csv'
printf 'not a model' >bad.lathe
fails "a file that is no model" 3 'bad.lathe' '' "$lathe" --keep-going -e "load bad.lathe; $after"
alive "a file that is no model"
printf '\037\213\010broken' >bad.csv.gz
fails "a broken .gz" 3 'bad.csv.gz' '' "$lathe" -e 'load bad.csv.gz'
fails "predicting a missing file" 3 "'nosuch.csv'" '' "$lathe" -e 'load iris; target species; train tree; predict tree on=nosuch.csv'

# ---- a command that fails: 1 ----
fails "a wrong column" 1 "no column 'agee'" "did you mean 'age'" "$lathe" --keep-going -e "load titanic; describe agee; $after"
alive "a wrong column"
fails "a wrong column in a condition" 1 "no column 'agee'" "did you mean 'age'" "$lathe" -e 'load titanic; filter agee > 3'
like "the place is marked" "$err" '^ +\^\^\^\^$'
like "the place is told" "$err" '^-e:1:22: error'
fails "a condition without an end" 1 'ends too early' '' "$lathe" -e 'load titanic; filter age >'
fails "a wrong verb" 1 "no verb 'trian'" "did you mean 'train'" "$lathe" -e 'trian tree'
fails "a wrong algorithm" 1 "'forrest'" "did you mean 'forest'" "$lathe" -e 'load iris; target species; train forrest'
fails "a wrong parameter" 1 "'n_estimatrs='" "did you mean 'n_estimators'" "$lathe" -e 'load iris; target species; train forest n_estimatrs=5'
fails "a parameter of other programs" 1 "'n_jobs='" 'set threads' "$lathe" -e 'load iris; target species; train forest n_jobs=2'
fails "… that is not needed" 1 "'warm_start='" 'step MODEL' "$lathe" -e 'load iris; target species; train net warm_start=yes'
run "$lathe" --json -e 'load iris; target species; train tree random_state=4 class_weight=balanced as a; train tree seed=4 weights=balanced as b; predict a; predict b'
is "random_state and class_weight are known" "$status $(grep '"predictions"' <<<"$out" | sort -u | wc -l)" '0 1'
fails "more folds than rows" 1 '1000 folds of 150 rows' 'folds=150' "$lathe" -e 'load iris; target species; cv tree folds=1000'
printf 'a,b\n1,x\n2,y\n' >two.csv
fails "two rows and early stopping" 1 '2 rows are too few' 'without early_stopping' \
    "$lathe" -e 'load two.csv; target b; train gbm early_stopping=yes'
fails "folds without a class" 1 "all rows are of class" 'fewer folds' \
    "$lathe" -e "load iris; target species; filter species = 'setosa' or petal_width = 1.1 and petal_length = 3; cv lda"
fails "a value out of range" 1 'n_estimators' '' "$lathe" -e 'load iris; target species; train forest n_estimators=0'
fails "a verb cut short in a script" 1 "no verb 'trai'" "train" "$lathe" -e 'load iris; trai tree'
printf 'a,b\n1,x\n2,x\n3,x\n' >one.csv
fails "a target with one level" 1 'one value only' 'choose another' "$lathe" --keep-going -e "load one.csv; target b; $after"
alive "a target with one level"
fails "no table" 1 'no table is loaded' 'load titanic' "$lathe" -e 'describe'
fails "no target" 1 'no target' 'target COLUMN' "$lathe" -e 'load one.csv; train tree'
fails "no model" 1 'no model' 'train' "$lathe" -e 'load iris; target species; eval'
fails "a regression of classes" 1 '' '' "$lathe" -e 'load iris; target species; train linear'
fails "a missing script" 1 'nosuch.lathe' 'script' "$lathe" nosuch.lathe
fails "an open quote" 1 'has no end' 'close it' "$lathe" -e 'load "iris'

# ---- the disk ----
if [ -w /dev/full ]; then
    fails "a full disk: a table" 1 'No space left' 'free some space' "$lathe" --keep-going -e "load iris; save iris /dev/full; describe sepal_length"
    alive "a full disk: a table"
    fails "a full disk: a model" 1 'No space left' 'free some space' "$lathe" -e 'load iris; target species; train tree; save tree /dev/full'
    "$lathe" -e 'load iris; describe' >/dev/full 2>"$tap_dir/err"
    is "a full disk: standard output" "$? $(cat "$tap_dir/err")" '1 lathe: error: cannot write to standard output: No space left on device'
fi
fails "a folder that is not there" 1 'nofolder' '' "$lathe" -e 'load iris; save iris nofolder/x.csv'
fails "a redirect to nowhere stops the script" 1 'nofolder' '' "$lathe" -e 'load iris; head > nofolder/x.csv; describe'
unlike "… and nothing after it runs" "$out" 'sepal_length'
"$lathe" -e 'load iris; head; describe' | head -1 >/dev/null
is "a closed pipe is no error" "${PIPESTATUS[0]}" 0

# ---- modules: 4 ----
fails "a module of another interface" 4 'broken_abi.so: it speaks interface version' '' \
    "$lathe" --keep-going -e "plugins load=$modules/broken_abi.so; $after"
alive "a module of another interface"
fails "a file that is no module" 4 'one.csv' '' "$lathe" -e 'plugins load=one.csv'
mkdir modules && cp "$modules/broken_symbol.so" modules/
run "$lathe" --plugin-path modules -e 'load iris; target species; train tree; plugins'
is "a bad module in a folder does not stop the others" "$status $err" "0 "
like "… and is told of" "$out" 'broken_symbol.so'

# ---- gnuplot ----
ready='load titanic; target survived; split seed=1; train logistic'
LATHE_GNUPLOT=/nonexistent fails "gnuplot absent" 1 'gnuplot, which is not installed' 'LATHE_GNUPLOT' \
    "$lathe" --keep-going -e "$ready; roc > x.png; $after"
alive "gnuplot absent"
LATHE_GNUPLOT=/nonexistent run "$lathe" -e "$ready; roc"
is "gnuplot absent: a picture is told in words" "$status" 0
like "gnuplot absent: its twin" "$out" 'Area under the ROC curve: logistic 0\.80'
if command -v gnuplot >/dev/null 2>&1; then
    cat >dies-once <<'SH'
#!/bin/sh
[ -e died ] && exec gnuplot "$@"
: >died
kill -9 $$
SH
    chmod +x dies-once
    LATHE_GNUPLOT=$PWD/dies-once run "$lathe" --keep-going -e "$ready; roc > first.png; roc > second.png; $after"
    like "gnuplot killed: a sentence" "$err" 'error: gnuplot ended before its picture was done'
    like "gnuplot killed: a hint" "$err" 'hint: try again'
    is "gnuplot killed: the next picture is drawn" "$(head -c 4 second.png | tail -c 3)" PNG
    alive "gnuplot killed"
fi

# ---- usage: 2 ----
for words in --frob 'one.csv two.csv' '--seed=x -e head' '--threads=-1 -e head' 'plugin frob' '-e'; do
    run "$lathe" $words
    is "usage: lathe $words" "$status" 2
    like "usage: lathe $words: a sentence" "$err" '^lathe: '
done

# ---- interrupted: 130 ----
"$lathe" -e 'load diamonds; target price; train gbm n_estimators=100000 as slow; describe' >"$tap_dir/out" 2>"$tap_dir/err" &
pid=$!
for _ in $(seq 50); do grep -q 'diamonds: ' "$tap_dir/out" && break; sleep 0.1; done
sleep 0.3
kill -INT $pid
wait $pid
is "interrupted: exit status" "$?" 130
unlike "interrupted: the rest is not run" "$(cat "$tap_dir/out")" '^ *carat'

# ---- JSON ----
lines 'load iris; describe nosuch'
is "with --json a failure is a view" "$(json check)$(json get 1 view) $(json get 1 code)" 'error NOT_FOUND'
like "… with a sentence" "$(json get 1 message)" "no column 'nosuch'"
is "… and the line" "$(json get 1 line)" 1
done_testing

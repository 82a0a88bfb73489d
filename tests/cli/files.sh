#!/usr/bin/env bash
# Data from anywhere, scripts, saving and loading; and nothing is written where nobody asked for it.
. "${top_srcdir:-.}/tests/cli/cli.sh"
printf 'name,x,when\nann,1.5,2024-01-02\n"b, ""c""",,2024-02-03\n' >small.csv

run bash -c "'$lathe' - -e 'describe' <small.csv"
like "a table from standard input" "$out" '^x +real +1 +1 '
run bash -c "'$lathe' - <small.csv"
like "… is shown when nothing is asked" "$out" 'ann'
run bash -c "printf 'load small.csv\nschema\n' | '$lathe'"
like "commands from standard input" "$status $out" 'when'
run bash -c "printf 'schema\n' | '$lathe' small.csv"
like "… about a file that is named" "$status $out" 'when'
run "$lathe" small.csv -e schema
like "a file and -e" "$status $out" 'when'
run "$lathe" titanic -e schema
like "a bundled name" "$status $out" 'survived'
gzip -k small.csv
lines 'load small.csv.gz; head'
is ".gz" "$(json cell head name 1)" 'b, "c"'
printf 'a;b\n1,5;x\n' >semi.csv
lines 'load semi.csv; schema'
is "a semicolon is found" "$(json columns schema) $(json cell schema column 1)" 'column,type,missing,distinct,example b'
printf '?\t1\n-\t2\n3\t4\n' >tab.txt
lines "load tab.txt sep=tab header=no na='?,-' as t; describe"
is "said separator, header and missing codes" "$(json cell describe missing 0)" 2
lines 'load small.csv types="x:text"; schema'
is "said types" "$(json cell schema type x)" text

# ---- scripts ----
cat >job.lathe <<'X'
# a comment
load small.csv   # and one behind
select name \
    x
schema; source inner.lathe
X
echo 'head 1' >inner.lathe
run "$lathe" job.lathe
is "a script" "$status $err" "0 "
like "… sources another" "$out" 'ann'
echo 'describe nosuch' >inner.lathe
run "$lathe" job.lathe
like "a mistake is placed in its file" "$err" '^inner\.lathe:1:10: error'
is "… and is a failure" "$status" 1
run "$lathe" --keep-going -e 'bogus; load iris; source inner.lathe; head 1'
is "--keep-going keeps going" "$status $(grep -c 'error:' <<<"$err") $(grep -c setosa <<<"$out")" '1 2 1'
mkdir -p "$XDG_CONFIG_HOME/lathe"
echo 'set digits 3' >"$XDG_CONFIG_HOME/lathe/latherc"
lines 'set digits'
is "latherc is read" "$(json cell settings value 0)" 3
lines 'set digits' --no-init
is "--no-init leaves it" "$(json cell settings value 0)" 5
rm -r "$XDG_CONFIG_HOME/lathe"

# ---- saving and loading ----
for kind in csv tsv csv.gz json ndjson; do
    lines "load titanic; save titanic t.$kind; load t.$kind as back; schema; describe"
    is "titanic to .$kind and back" "$status $(json cell schema type 'age') $(json cell describe missing age) $(json cell describe distinct name)" '0 real 177 891'
done
lines 'load small.csv; save small again.csv; load again.csv; head'
is "quotes and dates survive" "$(json cell head name 1)$(json cell head when 1)" 'b, "c"2024-02-03'
run "$lathe" -e 'load small.csv; save again2.csv'
ok "saving under a file name alone" test -s again2.csv
lines 'load iris; target species; split seed=1; train tree; eval; save metrics m.csv; load m.csv as m; head'
is "a result is saved" "$(json cell head model 0)" tree
before=$(md5sum <again.csv)
run bash -c "ulimit -f 1; '$lathe' -e 'load titanic; save titanic again.csv' 2>&1"
is "a file is replaced whole or not at all" "$(md5sum <again.csv)" "$before"
is "nothing half-written stays" "$(find . -name '.*' -type f) $(find . -name '*tmp*')" ' '

# ---- where things are written ----
empty=$tap_dir/empty && mkdir "$empty" && cd "$empty" || exit 99
run "$lathe" -e 'load titanic; target survived; split; train gbm n_estimators=5; eval; roc; describe; sql select 1 as x; example freq'
is "nothing is written to the working directory" "$status$(ls -A)" 0
is "… nor to home" "$(find "$HOME" -type f)" ""
is "batch leaves nothing in the XDG folders" "$(find "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" -type f 2>/dev/null)" ""
chmod 500 "$empty"
run "$lathe" -e 'load iris; target species; train tree; hist sepal_length'
is "a folder that can't be written to is enough" "$status" 0
chmod 700 "$empty"

# ---- the program's options ----
run "$lathe" --version
like "--version" "$out" '^lathe [0-9]+\.[0-9]+'
run "$lathe" --help
like "--help" "$out" '^ +-e, --eval=COMMANDS'
run "$lathe" --plain -b -e 'load iris; head 1'
is "--plain and -b" "$status" 0
NO_COLOR=1 run "$lathe" -e 'load iris; describe'
unlike "no escape sequences in batch" "$out" "$(printf '\033')"
COLUMNS=60 run "$lathe" -e 'load titanic; describe; head'
ok "output fits the width" test "$(wc -L <<<"$out")" -le 60
done_testing

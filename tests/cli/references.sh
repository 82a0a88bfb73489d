#!/usr/bin/env bash
# Every algorithm is checked against numbers that somebody else computed: tests/plugin/references.tsv says where.
. "${top_srcdir:-.}/tests/cli/cli.sh"
tests=$(cd "$OLDPWD" && cd "$top_srcdir/tests" && pwd)

# there ALGO TEST FUNCTION SOURCE TABLES: is what a line says in the test's file?
there() {
    local file=$tests/plugin/$2.c table
    [ -e "$tests/cli/$2" ] && { grep -q "train $1" "$tests/cli/$2" && grep -qF "$4" "$tests/cli/$2" && return; }
    [ -e "$file" ] || { echo "there is no $2.c"; return; }
    grep -q "^static void $3(void \*\*state)" "$file" || echo "$2.c has no $3"
    grep -q "cmocka_unit_test($3)" "$file" || echo "$3 of $2.c is not run"
    tr '\n' ' ' <"$file" | sed 's/ \* / /g' | grep -qF "$4" || echo "$2.c says nothing of $4"
    grep -q "\"$1\"" "$file" || echo "$2.c says nothing of $1"
    for table in ${5//,/ }; do
        [ "$table" = - ] || grep -Eq "datasets/(classics/)?$table\.csv" "$file" || echo "$2.c doesn't read $table"
    done
}

grep -v '^#' "$tests/plugin/references.tsv" >references
while IFS=$'\t' read -r algo test function source tables nearness; do
    said=$(there "$algo" "$test" "$function" "$source" "$tables")
    is "$algo: $source on $tables, $nearness" "$said" ""
done <references
lines algos
for algo in $(sed 's/.*"rows"://' <<<"$out" | grep -o '\["[a-z0-9_]*","[^"]*","[^"]*"' | sed 's/\["//; s/".*//'); do
    ok "$algo has a reference" grep -q "^$algo	" references
done
done_testing

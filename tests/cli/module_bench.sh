#!/usr/bin/env bash
# `lathe plugin bench` measures the algorithms of a module on made-up tables.
. "${top_srcdir:-.}/tests/cli/cli.sh"
nearest=$top_builddir/tests/plugin/example/.libs/nearest.so
baseline=$top_builddir/plugins/baseline/.libs/baseline.so
columns=task,rows,columns,fit,rows_s,fit_one,speedup,predict,memory,growth,stop

run "$lathe" --json --threads 2 plugin bench "$nearest" rows=400,100 columns=3
is "it runs" "$status $err" "0 "
is "a table an algorithm" "$(json ids)" "table bench"
is "its columns" "$(json columns bench)" "$columns"
is "a row a size, the smaller first" "$(json cell bench rows 0) $(json cell bench rows 1)" "100 400"
is "as wide as asked for" "$(json cell bench columns 1)" 3
is "the task" "$(json cell bench task 0)" classify
for column in fit rows_s fit_one speedup predict; do
    like "$column is a number above 0" "$(json cell bench $column 1)" '^[0-9.e-]*[1-9]'
done
is "nothing to grow from at first" "$(json cell bench growth 0)" null
like "growth is a number then" "$(json cell bench growth 1)" '^-?[0-9]'
like "the caption says how many threads" "$out" 'seconds with 2 threads'

run "$lathe" --threads 1 plugin bench "$baseline" dummy rows=50 columns=2
is "a table for people" "$status $err" "0 "
like "… with its head" "$out" '^task +rows +columns +fit +rows/s +1 thread +speedup +predict +memory +growth +stop'
like "… a row for each task" "$out" '^classify +50 +2 '
like "… and the other" "$out" '^regress +50 +2 '
run "$lathe" --json plugin bench "$top_builddir/plugins/linear/.libs/linear.so" ridge linear rows=60 columns=2
is "several algorithms have tables of their own" "$status $(json ids | wc -l)" "0 2"

# mistakes
run "$lathe" plugin bench
is "no module: usage" "$status" 2
like "… is said" "$err" 'plugin bench MODULE\.so \[ID\]'
run "$lathe" plugin bench missing.so
is "a module that isn't there" "$status" 4
run "$lathe" plugin bench "$nearest" farthest
is "an algorithm that it doesn't have" "$status" 1
like "… and which it has" "$err" 'hint: it has nearest'
for word in rows=0 rows=ten rows=100, columns=0 columns=20000 seconds=-1 seconds=soon size=3; do
    run "$lathe" plugin bench "$nearest" $word
    is "$word is refused" "$status" 2
    like "… with a sentence" "$err" "^lathe: .*(${word%%=*}|'$word')"
done

# Ctrl-C: what is known so far is shown. A busy machine may need more time for the first row.
for patience in 1 4 16; do
    "$lathe" plugin bench "$top_builddir/plugins/tree/.libs/tree.so" forest rows=100,1000000 columns=20 >out 2>err &
    job=$!
    sleep $patience
    kill -INT $job
    wait $job
    status=$?
    grep -q '^classify +100 ' -E out && break
done
is "interrupted: the exit status" "$status" 130
like "… the rows until then" "$(cat out)" '^classify +100 '
is "… and a word" "$(cat err)" "lathe: stopped"

# one that is slow and doesn't listen is given up, and that shows
read -ra compiler <<<"${CC:-cc}"
if command -v "${compiler[0]}" >/dev/null 2>&1; then
    run "$lathe" plugin new slow
    sed -i 's/^#include <math.h>/#include <time.h>\n&/' slow.c
    sed -i 's/^    if (units == 0 || m->taken)/    nanosleep(\&(struct timespec){0, 300000000}, NULL);\n&/' slow.c
    ok "a slow one compiles" "${compiler[@]}" -O1 -shared -fPIC -I "$top_srcdir/src/api" slow.c -o slow.so -lm
    run "$lathe" --json plugin bench slow.so rows=100,200 columns=2 seconds=0.02
    is "it is given up" "$status" 0
    like "… which is said" "$out" 'classify, 100 x 2: given up after 0.1 s'
    is "… and no larger table is tried" "$(json cell bench task 1)" regress
    near "… the wait is what it was" bench stop 0 0.2 0.1
else
    skip "a slow one is given up" "no C compiler"
fi
done_testing

#!/usr/bin/env bash
# What the host does around the algorithms: labels for transformers.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- transformers that learn from classes ----
run "$lathe" -e 'load iris; target species; split test=0.2 seed=1; train ldaproj; show ldaproj; predict ldaproj as z; schema z; models'
is "ldaproj is trained on a target of classes" "$status" 0
like "its output is columns" "$out" 'ldaproj2'
like "its model knows its target" "$out" 'ldaproj +ldaproj +transformation +species'
run "$lathe" -e 'load iris; train ldaproj species ~ . '
like "a formula names the classes" "$out" 'trained ldaproj: Discriminant projection on 150 rows, 4 columns'
run "$lathe" -e 'load iris; target species; train ldaproj; save ldaproj p.lathe; load p.lathe as q; predict q as z; sql select round(ldaproj1, 6) as first from z limit 1'
like "saved and loaded it projects the same" "$out" '-8\.14365$'
printf 'x,y,g\n1,2,a\n2,4,b\n3,1,a\n5,2,b\n4,4,a\n' >few.csv
fails "without a target" 1 'has no target' 'target COLUMN' "$lathe" -e 'load few.csv; train ldaproj'
fails "with a number as target" 1 "mpg is a number; ldaproj can't learn classes from it" 'ldaproj COLUMN' "$lathe" -e 'load mtcars; train ldaproj mpg ~ .'
fails "a projection is not judged" 1 "'ldaproj' has no target to be judged by" 'show ldaproj' "$lathe" -e 'load iris; target species; train ldaproj; eval ldaproj'
run "$lathe" -e 'load iris; target species; train ldaproj; train tree; eval'
is "eval of all passes projections by" "$status" 0

done_testing

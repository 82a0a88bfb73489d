#!/usr/bin/env bash
# `lathe plugin new` writes an algorithm that compiles and passes `lathe plugin check`.
. "${top_srcdir:-.}/tests/lib/tap.sh"
cd "$tap_dir" || exit 99

run "$lathe" plugin new nearest_mean
is "a skeleton is written" "$status" 0
like "how to build it is said" "$out" '^build it:  cc .* nearest_mean\.c -o nearest_mean\.so'
before=$(cksum <nearest_mean.c)
run "$lathe" plugin new nearest_mean
is "a file that exists is refused" "$status" 1
is "… and left alone" "$(cksum <nearest_mean.c)" "$before"
run "$lathe" plugin new 9Lives
is "a name that can't be one is refused" "$status" 1
like "… with an example" "$err" 'for example'

build="${CC:-cc} -O1 -shared -fPIC -Wall -Wextra -Werror -I $top_srcdir/src/api nearest_mean.c -o nearest_mean.so -lm"
ok "it compiles without a warning" $build
run "$lathe" plugin check ./nearest_mean.so
is "it passes the suite" "$status" 0
like "the summary counts" "$out" '^1 algorithm: [1-9][0-9]* passed, 0 failed'
run "$lathe" plugin check nearest_mean.so
is "a path without a slash is found too" "$status" 0
run "$lathe" plugin check nearest_mean.c
is "what is no module is refused" "$status" 4
like "… with a sentence" "$err" 'nearest_mean\.c'
run "$lathe" plugin check missing.so
is "what is not there is refused" "$status" 4
run env LATHE_PLUGIN_PATH="$tap_dir" "$lathe" --no-init -e 'load iris; target species; train nearest_mean; eval on=train'
is "it trains in a session" "$status" 0
like "… and is judged" "$out" 'nearest_mean .*0\.3333'

# an algorithm that breaks its contract is found out
sed 's/out->value\[i\] = m->value\[0\];/out->value[i] = NAN;/' nearest_mean.c >broken.c
sed -i 's/"nearest_mean"/"broken"/g' broken.c
ok "a broken one compiles" ${CC:-cc} -O1 -shared -fPIC -I "$top_srcdir/src/api" broken.c -o broken.so -lm
run "$lathe" plugin check ./broken.so
is "… and fails the suite" "$status" 1
like "… by name" "$out" '^FAILED +broken: regress'
run "$lathe" plugin paint x
is "an unknown word is a mistake of usage" "$status" 2
done_testing

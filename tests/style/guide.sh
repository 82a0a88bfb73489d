#!/usr/bin/env bash
# The plugin guide: its C code, put together, is the example module, and that compiles with nothing but lathe.h.
. "${top_srcdir:-.}/tests/lib/tap.sh"
guide=$top_srcdir/docs/plugin-guide.md
example=$top_srcdir/plugins/example/nearest.c

# The C blocks of a guide, with a blank line between them.
code_of() { awk '/^```c$/ { if (n++) print ""; inside = 1; next } /^```$/ { inside = 0 } inside' "$1"; }

code_of "$guide" >"$tap_dir/guide.c"
is "the guide's code is the example" "$(diff "$tap_dir/guide.c" "$example")" ""
sed 's/held < m->k/held <= m->k/' "$guide" >"$tap_dir/other.md"
code_of "$tap_dir/other.md" >"$tap_dir/other.c"
unlike "a changed line is seen" "$(diff -q "$tap_dir/other.c" "$example" >/dev/null && echo same)" same

read -ra compiler <<<"${CC:-cc}"
if command -v "${compiler[0]}" >/dev/null 2>&1; then
    run "${compiler[@]}" -std=c11 -O2 -Wall -Wextra -Werror -shared -fPIC -I "$top_srcdir/src/api" "$example" \
        -o "$tap_dir/nearest.so"
    is "it compiles outside the tree without a warning" "$status $err" "0 "
else
    skip "it compiles outside the tree without a warning" "no C compiler"
fi
done_testing

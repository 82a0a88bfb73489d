#!/usr/bin/env bash
# The references are what the program says of itself, and the guide's commands run.
. "${top_srcdir:-.}/tests/cli/cli.sh"
docs=$top_srcdir/docs

for page in commands parameters json; do
    run "$lathe" --doc=$page
    is "docs/$page.md is current (make docs writes it)" "$(diff <(printf '%s\n' "$out") "$docs/$page.md" | head -5)" ""
done
run "$lathe" --doc=man
is "docs/lathe.1 is current (make docs writes it)" "$(diff <(printf '%s\n' "$out") "$docs/lathe.1" | head -5)" ""
run "$lathe" --doc=frob
is "an unknown page is a mistake" "$status" 2
if command -v man >/dev/null 2>&1; then
    is "the manual page is sound" "$(MANWIDTH=100 man --warnings -l "$docs/lathe.1" 2>&1 >/dev/null | head -3)" ""
else
    skip "the manual page is sound" "man is not installed"
fi

# Every block ```lathe of the guide and the README is a script that runs, one after another in one session.
for page in "$docs/guide.md" "$top_srcdir/README.md"; do
    awk '/^```lathe$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" >script.lathe
    name=$(basename "$page")
    ok "$name has commands" test -s script.lathe
    run "$lathe" script.lathe
    is "$name: they run" "$status $err" "0 "
done
# Links to files of the tree lead somewhere.
for page in "$top_srcdir"/README.md "$top_srcdir"/CONTRIBUTING.md "$docs"/*.md; do
    grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -vE "^https?:|\.png$" | sort -u | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || echo "$(basename "$page"): $link"
    done
done >broken
is "links lead somewhere" "$(cat broken)" ""
done_testing

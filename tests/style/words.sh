#!/usr/bin/env bash
# Words and shapes that do not belong in the sources: unsafe or locale-dependent functions, printing outside the
# front ends, tabs, trailing blanks, long lines.
. "${top_srcdir:-.}/tests/lib/tap.sh"
export LC_ALL=C.UTF-8

# Blanks out comments and string literals, keeps the lines: "file:line:code".
code_of() {
    awk '
        FNR == 1 { comment = 0 }
        {
            out = ""; text = $0
            while (text != "") {
                if (comment) {
                    at = index(text, "*/")
                    if (!at) break
                    text = substr(text, at + 2); comment = 0
                } else if (match(text, /\/\*|\/\/|"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047/)) {
                    out = out substr(text, 1, RSTART - 1)
                    token = substr(text, RSTART, 2)
                    if (token == "//") break
                    if (token == "/*") { comment = 1; text = substr(text, RSTART + 2) }
                    else text = substr(text, RSTART + RLENGTH)
                } else { out = out text; break }
            }
            if (out != "") print FILENAME ":" FNR ":" out
        }' "$@"
}
sources() { (cd "$1" && find src plugins ui tests -name '*.[ch]' ! -path '*/.libs/*' | sort); }

# calls ROOT 'FUNCTIONS' [REGEX of files that may]: the lines that call one of them
calls() {
    (cd "$1" && code_of $(sources .)) | grep -aE ":(.*[^A-Za-z0-9_])?($2)[[:space:]]*\(" |
        if [ -n "${3:-}" ]; then grep -aEv "$3"; else cat; fi
}
unbounded='strcpy|sprintf|vsprintf|strcat|gets|strtok'
careless='atof|atoi|atol|system|popen|rand|srand|tmpnam|mktemp'
# Plugins see nothing of base, and the program keeps LC_NUMERIC at "C" for them.
locale_bound='strtod|strtof|strtold'
may_parse='^(\./)?(src/base/number\.c|plugins/|tests/)'
printing='printf|vprintf|puts|putchar'

check_words() {
    calls "$1" "$unbounded"
    calls "$1" "$careless"
    calls "$1" "$printing" '^(\./)?(ui|tests)/'
    calls "$1" "$locale_bound" "$may_parse"
}
is "no unbounded string functions" "$(calls "$top_srcdir" "$unbounded")" ""
is "no careless functions: numbers without checking, shells, hidden state" "$(calls "$top_srcdir" "$careless")" ""
is "only the front ends print" "$(calls "$top_srcdir" "$printing" '^(\./)?(ui|tests)/')" ""
is "numbers are parsed by number_parse" \
    "$(calls "$top_srcdir" "$locale_bound" "$may_parse")" ""

shape() { (cd "$1" && grep -aHnE "$2" $(sources .) | cut -c1-100); }
tab=$(printf '\t')
is "no tabs" "$(shape "$top_srcdir" "$tab")" ""
is "no blanks at the end of a line" "$(shape "$top_srcdir" ' $')" ""
is "no line beyond 120 columns" "$(shape "$top_srcdir" '.{121,}')" ""

# The checks themselves can fail.
fake=$tap_dir/fake
mkdir -p "$fake"/{src,plugins,ui,tests}
cat >"$fake/src/bad.c" <<'C'
strcpy(a, b);
x = atof("3");
if (system ("ls")) return;
printf("hello");
y = strtod(s, 0);
C
cat >"$fake/src/fine.c" <<'C'
/* strcpy(a, b) in a comment
   and atof(x) in its second line */ my_system(1); operand(2);
snprintf(a, 1, "system(%d)", 1); // rand()
fprintf(stderr, "printf(\"x\")");
C
found=$(check_words "$fake")
for line in 1 2 3 4 5; do like "bad line $line is seen" "$found" "bad\.c:$line:"; done
unlike "comments, strings and longer names pass" "$found" 'fine\.c'
done_testing

# cli.sh: what the tests of the whole program share. Source it first: it sources tap.sh, goes to a folder of its own
# (as $PWD), and gives helpers for JSON lines.
. "${top_srcdir:-.}/tests/lib/tap.sh"
json_lines=$top_builddir/tests/cli/json_lines
export LATHE_PLUGIN_PATH='' TERM=dumb
mkdir -p "$tap_dir/work" && cd "$tap_dir/work" || exit 99

# lines COMMANDS [OPTION…]: runs them with --json; sets $out, $err, $status
lines() { local commands=$1; shift; run "$lathe" --json "$@" -e "$commands"; }
# json QUESTION…: asks json_lines about $out
json() { printf '%s\n' "$out" | "$json_lines" "$@"; }
# near NAME ID COLUMN ROW VALUE TOLERANCE: a number of the last table of that id in $out
near() { local name=$1 said; shift; if said=$(json near "$@"); then pass "$name"; else fail "$name"; diag "$said"; fi; }
# fails NAME STATUS REGEX-OF-THE-SENTENCE REGEX-OF-THE-HINT COMMAND…: one clear sentence, a hint, this exit status
fails() {
    local name=$1 wanted=$2 sentence=$3 hint=$4
    shift 4
    run "$@"
    is "$name: exit status" "$status" "$wanted"
    like "$name: a sentence" "$err" "error: .*$sentence"
    [ -z "$hint" ] || like "$name: a hint" "$err" "^  hint: .*$hint"
    is "$name: one error" "$(grep -c 'error: ' <<<"$err")" 1
}

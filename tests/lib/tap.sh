# tap.sh: shell tests. Source it first; each test gets its own HOME and XDG folders under a temporary directory and
# ends with `done_testing`. Results are TAP lines; a failed check says what was wanted and what came.
set -u
tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/lathe-test.XXXXXX") || exit 99
trap 'rm -rf "$tap_dir"' EXIT
export HOME=$tap_dir/home XDG_CONFIG_HOME=$tap_dir/config XDG_STATE_HOME=$tap_dir/state \
    XDG_DATA_HOME=$tap_dir/data XDG_CACHE_HOME=$tap_dir/cache XDG_RUNTIME_DIR=$tap_dir/run
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
: "${top_builddir:=$PWD}" "${top_srcdir:=$PWD}"
lathe=$top_builddir/lathe
tap_count=0

skip_all() { echo "1..0 # SKIP $*"; exit 0; }
requires() { for tool; do command -v "$tool" >/dev/null 2>&1 || skip_all "$tool is not installed"; done; }
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }
pass() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $*"; }
fail() { tap_count=$((tap_count + 1)); echo "not ok $tap_count - $*"; }
skip() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $1 # SKIP ${2:-}"; }
# ok NAME COMMAND…: passes when the command exits 0
ok() { local name=$1; shift; if "$@" >"$tap_dir/ok.out" 2>&1; then pass "$name"; else fail "$name"; diag "$(tail -20 "$tap_dir/ok.out")"; fi; }
# is NAME GOT WANTED
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1"; diag "wanted: $3"; diag "got:    $2"; fi; }
# like NAME TEXT REGEX (extended)
like() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then pass "$1"; else fail "$1"; diag "wanted a line like: $3"; diag "got: $2"; fi; }
unlike() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then fail "$1"; diag "did not want: $3"; diag "got: $2"; else pass "$1"; fi; }
# run COMMAND…: sets $out, $err, $status
run() { "$@" >"$tap_dir/out" 2>"$tap_dir/err" </dev/null; status=$?; out=$(cat "$tap_dir/out"); err=$(cat "$tap_dir/err"); }
done_testing() { echo "1..$tap_count"; exit 0; }

# screen.sh: tests of the workbench in a real terminal: tmux on a socket of its own. Source it after tap.sh.
requires tmux
[ -x "$lathe" ] || skip_all "the program was not built"
tm() { tmux -L "lathe-$$" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$tap_dir"' EXIT

tm_session=t0
# begin COLSxROWS [COMMAND…]: a shell in a fresh window of that size, then the command (lathe) in it
begin() {
    local size=$1 before=$tm_session
    shift
    [ $# -gt 0 ] || set -- "$lathe" --no-init
    tm_session=t$((${before#t} + 1))
    tm set -g default-terminal tmux-256color \; set -g status off \; set -g escape-time 10 >/dev/null 2>&1
    tm new-session -d -x "${size%x*}" -y "${size#*x}" -s "$tm_session" "env PS1='shell> ' \
        TERM=${screen_term:-tmux-256color} LC_ALL=${screen_locale:-C.UTF-8} ${screen_env:-A=1} sh -i" || return 1
    tm set -g status off \; set -g escape-time 10 \; set -g default-terminal tmux-256color >/dev/null
    tm kill-session -t "$before" 2>/dev/null
    await 'shell>' || return 1
    tm resize-window -t "$tm_session" -x "${size%x*}" -y "${size#*x}"
    press -l "$(printf '%q ' "$@")"
    press Enter
}
screen() { tm capture-pane -p -t $tm_session; }
press() { tm send-keys -t $tm_session "$@"; }          # names of keys: Enter C-c Up F1
type_text() { tm send-keys -t $tm_session -l -- "$1"; } # as it is
enter() { type_text "$1"; press Enter; }
# await REGEX [SECONDS]: until a line of the screen matches
await() {
    local n=$((${2:-20} * 20))
    while [ $n -gt 0 ]; do
        screen | grep -Eq -- "$1" && return 0
        sleep 0.05
        n=$((n - 1))
    done
    return 1
}
await_no() {
    local n=$((${2:-20} * 20))
    while [ $n -gt 0 ]; do
        screen | grep -Eq -- "$1" || return 0
        sleep 0.05
        n=$((n - 1))
    done
    return 1
}
# shows NAME REGEX [SECONDS]; shows_no NAME REGEX
shows() { if await "$2" "${3:-20}"; then pass "$1"; else fail "$1"; diag "wanted on the screen: $2"; diag "$(screen)"; fi; }
shows_no() { if await_no "$2" "${3:-20}"; then pass "$1"; else fail "$1"; diag "did not want on the screen: $2"; diag "$(screen)"; fi; }
# the prompt line as it stands
prompt_line() { screen | grep -E '^(›|>|…)' | tail -1; }
# the process of the program in our window, and no other's
lathe_pid() {
    local pane dir
    pane=$(tm display -p -t "$tm_session" '#{pane_pid}')
    for dir in /proc/[0-9]*; do # a small system has no pgrep
        case $(tr '\0' ' ' 2>/dev/null <"$dir/cmdline") in "$lathe --no-init"*) ;; *) continue ;; esac
        set -- $(sed 's/.*) //' "$dir/stat")
        [ "$4" = "$pane" ] && echo "${dir#/proc/}" # the fourth after the name is the session
    done
}

#!/usr/bin/env bash
# Start and end: the screen is taken and given back, whatever ends the program.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

begin 120x36
shows "the first screen says what to type" 'load titanic'
shows "three panes at 120x36" 'work.*picture'
shows "the shelf is there" 'shelf'
press C-d
shows "Ctrl-D leaves, and the shell is as before" '^shell> .*lathe'
shows_no "nothing of the workbench is left" 'picture'
type_text "stty -a | grep -o '[-]*echo ' ; echo 'status '\$?"; press Enter
shows "the terminal echoes again" '(^|> )echo$'

type_text "$(printf '%q ' "$lathe" --no-init)"; press Enter
await 'load titanic'
enter 'load iris'
await '150 rows'
enter 'quit'
shows "quit leaves too" '^shell>$'
like "history is kept" "$(cat "$XDG_STATE_HOME/lathe/history")" '^load iris$'
is "history is private" "$(stat -c %a "$XDG_STATE_HOME/lathe/history")" 600
is "nothing was written to HOME" "$(find "$HOME" -type f)" ""

# suspended and continued
tm send-keys -t $tm_session clear Enter
type_text "$(printf '%q ' "$lathe" --no-init)"; press Enter
await 'load titanic'
type_text 'half a line'
press C-z
shows "Ctrl-Z gives the shell back" 'shell>'
shows_no "the workbench is gone while it is suspended" 'picture'
enter 'fg'
shows "fg brings it back with the line" '› half a line'
press C-c

# ended from outside
pid=$(lathe_pid)
kill -TERM "$pid"
shows "a termination restores the screen" '^shell> '
shows_no "… wholly" 'picture'

# killed: the journal offers what was done
type_text "$(printf '%q ' "$lathe" --no-init)"; press Enter
await 'load titanic'
enter 'load iris'
await '150 rows'
pid=$(lathe_pid)
kill -KILL "$pid"
sleep 0.3
begin 120x36
shows "a session that died is offered" 'without a goodbye'
enter 'resume'
shows "resume runs it again" 'iris +150'
press C-d
await '^shell> '

# a fault is said, and the terminal is whole
type_text "$(printf '%q ' "$lathe" --no-init)"; press Enter
await 'load titanic'
pid=$(lathe_pid)
kill -SEGV "$pid"
shows "a fault has last words" 'the program failed'
shows "… that name the way back" 'type resume'
shows_no "… on a restored screen" 'Pictures appear'

# a module that faults is named
if command -v "${CC:-cc}" >/dev/null 2>&1; then
    (cd "$tap_dir" && "$lathe" plugin new crasher >/dev/null)
    sed -i 's/    m->taken = 1;$/    m->taken = *(volatile uint64_t *)8;/' "$tap_dir/crasher.c"
    ok "a module with a fault compiles" ${CC:-cc} -shared -fPIC -I "$top_srcdir/src/api" "$tap_dir/crasher.c" \
        -o "$tap_dir/crasher.so" -lm
    screen_env="LATHE_PLUGIN_PATH=$tap_dir" begin 120x36
    await 'load titanic'
    enter 'load iris; target species; train crasher'
    shows "the module that faulted is named" 'in the module crasher.so'
    shows_no "… on a restored screen" 'Pictures appear'
    press Enter
    shows "… with a shell that goes on" '^shell>$'
else
    skip "a module that faults is named" "no compiler"
fi
done_testing

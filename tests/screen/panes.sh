#!/usr/bin/env bash
# Panes: keys run commands that are logged; focus, zoom, sizes.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

begin 120x36
await 'load titanic'
enter 'load titanic'
await '891 rows'

# the browser: each key is a command
enter 'browse'
shows "the table is there, cell by cell" 'Braund, Mr. Owen'
press Right
type_text ']'
shows "] sorts down" '\] → sort -pclass'
type_text '['
shows "[ sorts up" '\[ → sort pclass'
type_text 'F'
shows "F counts, as a sheet of its own" 'titanic › freq pclass'
type_text 'q'
shows_no "q goes back to the table" 'titanic › freq'
type_text 'I'
shows "I describes" 'titanic › describe pclass'
type_text 'q'
type_text '.'
shows ". plots" '(hist|bar) pclass'
type_text 't'
shows "t sets the target" 't → target pclass'
type_text 'u'
shows "u takes it back" 'u → undo'
press End
type_text '-'
shows "- leaves a column out" 'select -embarked'
shows "… and the table follows" '891 × 10'
type_text 'u'
shows "undo brings it back" '891 × 11'
type_text 'f2'
press Home
type_text '/'
type_text '1'
press Enter
shows "search finds a cell" 'row [2-9]'
type_text 'G'
shows "G goes to the end" 'row 891'
type_text '?'
shows "? lists the keys of this place" 'keep columns up to this one'
press Escape
sleep 0.1 # or the next key would be read as Alt and that key
type_text 'q'
enter 'history'
for line in 'sort -pclass' 'sort pclass' 'freq pclass' 'describe pclass' 'target pclass' 'undo' 'select -embarked'; do
    shows "logged: $line" "[0-9]  $line"
done

# panes
press F6
shows "F6 chooses the next pane" 'do what the line says'
press q
shows "q goes back to the prompt" 'Tab completes'
press C-x s
shows "C-x s goes to the shelf" 'Enter open'
press G
press Enter
shows "Enter on the shelf opens" 'row [0-9]+, '
type_text 'q'
press C-x 1
shows_no "C-x 1 zooms" 'tables'
press C-x 1
shows "… and back" 'tables'
press F1
shows "F1 lists keys and verbs" 'type to search'
type_text 'crosstab'
press Escape
sleep 0.1 # or the next key would be read as Alt and that key
press C-x 2
shows "C-x 2 is a command" 'set layout two'
shows_no "two panes" 'shelf'
enter 'set layout auto'
await 'shelf'

# errors lead on, blocks can be walked
enter 'datasets'
await 'air_passengers'
press C-x w
press '['
shows "the work pane moves by blocks" '›'
press Enter
shows "Enter on a command puts it at the prompt" '^› datasets'
press C-c

# the mouse: bytes as a terminal sends them (SGR), 1-based
mouse() { # BUTTON X Y
    tm send-keys -t "$tm_session" -H 1b 5b 3c $(printf '%s;%s;%sM' "$1" "$2" "$3" | od -An -tx1)
}
enter 'clear'
enter 'datasets'
await 'air_passengers'
mouse 65 10 10
mouse 65 10 10
shows_no "the wheel scrolls the pane under the pointer" '^› datasets'
mouse 64 10 10
mouse 64 10 10
shows "… and back" '^› datasets'
mouse 0 100 29
shows "a click focuses" 'Enter open'
mouse 0 5 35
shows "a click at the prompt goes back" 'Tab completes'
enter 'set mouse off'
shows "the mouse can be left to the terminal" 'mouse +no'

# how the panes stood is remembered
press C-x s
await 'Enter open'
press C-x 0
shows_no "C-x 0 closes a pane" '─ shelf'
press C-d
await '^shell>'
begin 120x36
await 'load titanic'
shows_no "a closed pane stays closed in the next session" '─ shelf'
press C-x 0
shows "C-x 0 at the prompt brings all back" '─ shelf'
press C-d
await '^shell>'
done_testing

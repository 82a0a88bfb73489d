#!/usr/bin/env bash
# The prompt: editing, completion, history, pastes, interrupts.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

begin 120x36
await 'load titanic'
type_text 'größe αβ日本'
shows "letters beyond ASCII" '^› größe αβ日本'
press Left
type_text 'x'
shows "inserted before a wide one" '^› größe αβ日x本'
press C-a
type_text '# '
shows "C-a goes to the start" '^› # größe'
press Enter
press C-r
type_text 'β'
shows "C-r searches for a letter of two bytes" "reverse-i-search\).*β"
press C-c
shows "C-c ends the search" '^›\s*$'
type_text 'abc'
press C-c
shows "C-c clears the line" '^›\s*$'
press C-c
shows "C-c on an empty line says how to leave" 'quit'
press C-s
type_text 'still here'
shows "C-s does not freeze" 'still here'
press C-c
press C-c

# completion
type_text 'desc'
press Tab
shows "Tab completes a verb" '^› describe'
press C-u
enter 'load titanic'
await '891 rows'
type_text 'freq '
press Tab
shows "Tab lists columns with their types" 'embarked.*column.*category'
press Tab
press Tab
press Enter
shows "the second of the list is put in" '^› freq pclass'
press C-u
type_text 'train forest n_est'
press Tab
shows "parameters complete" '^› train forest n_estimators='
shows "the status line explains" 'n_estimators:'
press C-u
type_text 'freq '
press Tab
await 'embarked.*column'
press Escape
shows_no "Escape closes the list" 'embarked.*column'
press C-u

# history
enter 'freq sex'
await '577'
enter 'schema'
await 'pclass'
type_text 'fr'
press Up
shows "Up looks for the beginning typed" '^› freq sex'
press C-c

# pastes
printf 'load iris\nfreq species\nhead 3\n' >"$tap_dir/paste"
tm load-buffer -b p "$tap_dir/paste"
tm paste-buffer -p -b p -t $tm_session
shows "pasted lines run one by one" '› head 3'
shows "… all of them" 'iris +150'
printf 'load wine\nnonsense here\nload penguins\n' >"$tap_dir/paste"
tm load-buffer -b p "$tap_dir/paste"
tm paste-buffer -p -b p -t $tm_session
shows "a paste stops at its first error" "there is no verb 'nonsense'"
shows_no "what follows the error is not run" 'penguins +344'
printf 'pasted größe' >"$tap_dir/paste"
tm load-buffer -b p "$tap_dir/paste"
tm paste-buffer -p -b p -t $tm_session
shows "one pasted line is only put in" '^› pasted größe'
press C-c
press -H 1b 5b 32 30 30 7e 61 62 63
shows "a paste without end is taken after a while" '^› abc' 4
press C-c

# a command over two lines
type_text 'load \'
press Enter
shows "an open line is continued" '^…'
type_text 'wine'
press Enter
shows "… and run as one" 'wine +178'

# errors
enter 'frq sex'
shows "an error underlines its place" '\^\^\^'
shows "… and suggests" 'freq'

# a script names the line that failed
printf 'load iris\nnonsense\n' >"$tap_dir/a.lathe"
enter "source $tap_dir/a.lathe"
shows "an error of a script names file and line" 'a\.lathe:2'
enter 'keys'
shows "the keys as a table" 'F +table +count'
enter 'log'
shows "what modules said" 'have said nothing'
press C-d
shows "all over" '^shell> '
done_testing

#!/usr/bin/env bash
# The line prompt.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

begin 100x40 "$lathe" --plain --no-init
shows "the prompt" '^lathe>'
enter 'load titanic'
shows "results follow" '891 rows'
type_text 'freq '
press Tab Tab
shows "Tab lists what could come" 'sex +column'
type_text 'sex'
press Enter
shows "and it runs" '577'
type_text 'load \'
press Enter
shows "an open line is continued" '^\.\.\.'
enter 'iris'
shows "… and run" '150 rows'
type_text 'abc'
press C-c
enter 'frq'
shows "an error, with its place" '\^\^\^'
enter 'load california_housing'
await '20640 rows'
enter 'train gbm trees=1000000'
sleep 0.5
press C-c
shows "Ctrl-C stops the job" 'stopped'
enter 'models'
shows "what is whole is kept" 'gbm +regression'
await '^lathe>$'
press C-d
shows "Ctrl-D leaves" 'shell>$'
like "history is kept" "$(cat "$XDG_STATE_HOME/lathe/history")" '^freq sex$'
done_testing

#!/usr/bin/env bash
# A job that takes long: it is watched live, keys answer, Ctrl-C stops it and nothing else.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

begin 120x36
await 'load titanic'
enter 'load california_housing'
await '20640 rows'
enter 'train gbm trees=1000000'
shows "a bar after a second" '[0-9] %.*C-c stops' 8
shows "the picture is live" 'train gbm'
type_text 'größe'
shows "keys answer while it runs" '^› größe' 1
press C-u
enter 'tables'
shows "a quick command runs beside it" '› tables' 2
shows "… to its end" 'median_house_value' 2
for size in 40x12 200x50 20x5 80x24 100x30 121x37; do
    tm resize-window -t $tm_session -x "${size%x*}" -y "${size#*x}"
done
tm resize-window -t $tm_session -x 120 -y 36
shows "a storm of sizes is outlived" 'C-c stops'
press C-d
shows "Ctrl-D asks while a job runs" 'C-d again'
press C-c
shows "Ctrl-C stops the job" 'stopped'
enter 'models'
shows "what is whole is kept" 'gbm'
enter 'freq median_house_value'
shows "the session goes on" '› freq'
press C-d
shows "all over" '^shell> '
done_testing

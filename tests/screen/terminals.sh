#!/usr/bin/env bash
# Terminals: sizes, types, locales, no colours.
. "${top_srcdir:-.}/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/screen.sh"

session() { # NAME: load and count on the terminal that was begun
    shows "$1: starts" '^(›|>)'
    enter 'load titanic'
    enter 'freq sex'
    shows "$1: results" '577'
    shows "$1: no line is wider than the screen" 'freq sex'
    press C-d
    shows "$1: leaves" 'shell>'
}

begin 80x24
await 'load titanic'
shows "80x24: tabs" 'work . picture . shelf'
enter 'load titanic'
enter 'hist age'
shows "80x24: a picture comes to the front" '(0 .*80|rows)'
session 80x24
begin 40x12 && session 40x12
begin 20x5 "$lathe" --no-init
await '›'
enter 'load iris'
shows "20x5: still a workbench" '(150|iris)'
press C-d
shows "20x5: leaves" 'shell>'
screen_term=vt100 begin 80x24 && session vt100
screen_term=linux begin 80x24 && session linux
screen_locale=C begin 100x30
shows "C locale: plain characters" '^>'
shows_no "C locale: no others" '[›│─]'
session "C locale"
screen_env='NO_COLOR=1' begin 120x36
await 'load titanic'
enter 'load titanic'
enter 'freq sex'
await '577'
unlike "NO_COLOR: no colour is sent" "$(tm capture-pane -e -p -t $tm_session)" $'\033\\[[0-9;]*(3[0-8]|4[0-8])[;m]'
press C-d
await 'shell>'
screen_env="LATHE_GNUPLOT=$tap_dir/none" begin 120x36
await 'load titanic'
enter 'load titanic'
enter 'hist age'
shows "without gnuplot: the picture in words" 'half of it between.*half of it|│.*age of 714 rows'
press C-d
await 'shell>'
printf 'a,b\n1,2\n3,4\n5,6\n' >"$tap_dir/x.csv"
begin 120x36 sh -c "cat $tap_dir/x.csv | $lathe --no-init -"
shows "data from standard input, keys from the terminal" '3 × 2'
enter 'describe'
shows "… and it is there" 'most frequent|mean'
press C-d
await 'shell>'
screen_term=dumb begin 80x48
shows "dumb: the line prompt" 'lathe>'
enter 'load titanic'
shows "dumb: results" '891 rows'
enter 'freq sex'
shows "dumb: counts" '577'
press C-d
shows "dumb: leaves" 'shell>'
done_testing

#!/usr/bin/env bash
# The floors hold: no #include that the tables of docs/architecture.md do not allow.
. "${top_srcdir:-.}/tests/lib/tap.sh"
table=$top_srcdir/docs/architecture.md

# Prints "file:line: what" for each forbidden #include below a folder that has src, plugins and ui.
wrong_arrows() {
    (cd "$1" && find src plugins ui -name '*.[ch]' ! -path '*/.libs/*' -exec awk '
        function room_of(path,   part, n) {
            n = split(path, part, "/")
            if (part[1] == "src") return "src/" part[2]
            return part[1]
        }
        function has(list, word) { return index(" " list " ", " " word " ") > 0 }
        # What a quoted name is: the room, or "" when it is none.
        function target_of(name,   part, n) {
            n = split(name, part, "/")
            if (name == "config.h") return "config"
            if (part[1] == "plugins" && part[2] == "kit") return "plugins/kit"
            if (part[1] == "plugins" && n > 2) return "plugins/" part[2]
            if (part[1] == "ui" && n > 1) return "ui"
            return n > 1 && ("src/" part[1]) in may ? "src/" part[1] : ""
        }
        FILENAME == ARGV[1] {
            gsub(/\r/, "")
            if ($0 ~ /^\| room /) table = "rooms"
            else if ($0 ~ /^\| header /) table = "headers"
            else if ($0 !~ /^\|/) table = ""
            else if ($0 !~ /^\|-/ && split($0, cell, /[ \t]*\|[ \t]*/) >= 3) {
                if (table == "rooms") may[cell[2]] = cell[3]
                else if (table == "headers") owner[cell[2]] = cell[3]
            }
            next
        }
        FNR == 1 {
            room = room_of(FILENAME)
            split(FILENAME, path, "/")
            family = path[1] "/" path[2]
            if (!(room in may) && FILENAME !~ /^src\/[^\/]*$/)
                print FILENAME ":1: a room that the table does not know"
        }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            split($0, quoted, "\"")
            target = target_of(quoted[2])
            if (target == "")
                print FILENAME ":" FNR ": \"" quoted[2] "\" is not written as \"room/header.h\""
            else if (target != "config" && target != room && target != family && !has(may[room], target))
                print FILENAME ":" FNR ": " family " may not include " quoted[2]
        }
        /^[ \t]*#[ \t]*include[ \t]*</ {
            name = $0
            sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
            folder = name
            sub(/\/.*/, "/", folder)
            rule = name in owner ? name : folder in owner ? folder : ""
            if (rule != "" && !has(owner[rule], room))
                print FILENAME ":" FNR ": <" name "> belongs to " owner[rule]
        }' "$table" {} +)
}

wrong=$(wrong_arrows "$top_srcdir")
is "every #include goes down" "$wrong" ""
like "the table was read" "$(grep -c '^| src/' "$table")" '^(9|[1-9][0-9])$'

# The check itself can fail: each of these lines is a wrong arrow.
fake=$tap_dir/fake
mkdir -p "$fake"/src/{base,num,ops,view,attic} "$fake"/plugins/{tree,linear} "$fake/ui"
echo '#include "data/table.h"' >"$fake/src/base/up.c"
echo '#include "base/err.h"' >"$fake/src/num/side.c"
echo '#include "engine/session.h"' >"$fake/src/ops/session.c"
echo '#include "../base/str.h"' >"$fake/src/view/dots.c"
echo '  #  include <sqlite3.h>' >"$fake/src/view/sql.c"
echo '#include <readline/readline.h>' >"$fake/src/view/line.c"
echo '#include "plugins/tree/grow.h"' >"$fake/plugins/linear/sideways.c"
echo '#include "base/mem.h"' >"$fake/plugins/tree/down.c"
echo '#include "data/table.h"' >"$fake/ui/deep.c"
echo 'int x;' >"$fake/src/attic/room.c"
# and these are fine
printf '#include "num/la.h"\n#include "api/lathe.h"\n#include "plugins/tree/grow.h"\n#include "plugins/kit/rows.h"\n' \
    >"$fake/plugins/tree/fine.c"
printf '#include <curses.h>\n#include "ui/tui/pane.h"\n#include "base/str.h"\n' >"$fake/ui/fine.c"
wrong=$(wrong_arrows "$fake")
for file in src/base/up.c src/num/side.c src/ops/session.c src/view/dots.c src/view/sql.c src/view/line.c \
    plugins/linear/sideways.c plugins/tree/down.c ui/deep.c src/attic/room.c; do
    like "a wrong arrow in $file is seen" "$wrong" "^$file:1: "
done
unlike "right arrows are not complained about" "$wrong" 'fine\.c'
done_testing

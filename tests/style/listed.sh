# listed.sh: every source file is named in a makefile fragment, or a distributed copy would lack it.
. "$(dirname "$0")/../lib/tap.sh"
missing=
for file in $(cd "$top_srcdir" && find src ui plugins tests share -name '*.[ch]' -o -name '*.sh' -o -name '*.lua' | sort); do
    case $file in */build*) continue ;; esac
    (cd "$top_srcdir" && grep -qF "${file%.*}" src/local.mk src/*/local.mk ui/local.mk ui/*/local.mk plugins/local.mk \
        plugins/*/local.mk share/local.mk tests/*.mk tests/*/*.mk) || missing="$missing $file"
done
is "every source is listed" "$missing" ""
done_testing

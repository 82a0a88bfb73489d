#!/usr/bin/env bash
# What `make install` gives to people who write modules: outside the tree, with the installed header alone, the
# guide's example, a module that `lathe plugin new` began, and one in C++ are built, and they work.
. "${top_srcdir:-.}/tests/cli/cli.sh"
requires make pkg-config
read -ra compiler <<<"${CC:-cc}"
requires "${compiler[0]}"
unset MAKEFLAGS MFLAGS MAKELEVEL

# These two need no linking, so they take no time and touch nothing that other tests look at.
stage=$tap_dir/stage
ok "the header is installed" make -s -C "$top_builddir" DESTDIR="$stage" install-includeHEADERS install-pkgconfigDATA
header=$(find "$stage" -name lathe.h)
ok "… as it is" cmp "$header" "$top_srcdir/src/api/lathe.h"
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
PKG_CONFIG_PATH=$(dirname "$(find "$stage" -name lathe-plugin.pc)")
run pkg-config --cflags lathe-plugin
flags=${out% }
is "pkg-config says where" "$status $(readlink -f "${flags#-I}")" "0 $(readlink -f "$(dirname "$header")")"
like "… and where modules go" "$(pkg-config --variable=plugindir lathe-plugin)" '/lathe/plugins$'
is "… and of which version" "lathe $(pkg-config --modversion lathe-plugin)" "$("$lathe" --version)"

# trains MODULE ALGO: the built program takes it, and it learns
trains() {
    run "$lathe" plugin check "./$1.so"
    is "$1: passes the suite" "$status $(tail -n 1 <<<"$out" | sed 's/[0-9]* passed.*, \([0-9]* failed\).*/\1/')" \
        "0 1 algorithm: 0 failed"
    run env LATHE_PLUGIN_PATH=. "$lathe" --json --no-init -e "load iris; target species; split seed=1; train $2; eval"
    is "$1: trains in a session" "$status" 0
    near "$1: is judged" metrics accuracy 0 "$3" 0.07
}

cp "$top_srcdir/plugins/example/nearest.c" .
run "${compiler[@]}" -std=c11 -pedantic -O2 -Wall -Wextra -Werror $flags -shared -fPIC nearest.c -o nearest.so
is "the guide's example: compiles without a warning" "$status $err" "0 "
trains nearest nearest 0.95

run "$lathe" plugin new mine
build=$(sed -n 's/^build it: *//p' <<<"$out")
is "a new module: says in the file how to build it as well" "$(sed -n 's/^ \* build: *//p' mine.c)" "$build"
build=$(sed "s|-I [^ ]* |$flags |; s|^cc |${compiler[*]} -Wall -Wextra -Werror |" <<<"$build")
ok "a new module: compiles as it says" bash -c "$build"
trains mine mine 0.33

# C++ has no names in initialisers before 2020, so the rows are filled by a function.
cat >means.cc <<'C'
#include <lathe.h>
#include <vector>

namespace {
struct Means {
    std::vector<double> share;
};

int begin(lt_ctx *ctx, const lt_params *, const lt_data *data, void **model)
{
    if (data->n == 0)
        return ctx->fail(ctx, LT_INVALID, "there are no rows to learn from");
    *model = new Means{std::vector<double>(data->n_classes)};
    return LT_OK;
}

int step(lt_ctx *, void *model, const lt_data *data, uint64_t)
{
    auto &share = static_cast<Means *>(model)->share;
    share.assign(share.size(), 0);
    for (size_t i = 0; i < data->n; i++)
        share[static_cast<size_t>(data->label[i])] += 1.0 / static_cast<double>(data->n);
    return LT_DONE;
}

int predict(lt_ctx *, const void *model, const lt_data *data, lt_out *out)
{
    const auto &share = static_cast<const Means *>(model)->share;
    for (size_t i = 0; i < data->n; i++)
        for (size_t c = 0; c < share.size(); c++)
            out->proba[i * share.size() + c] = share[c];
    return LT_OK;
}

int describe(lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"what:text", "number:int", "share:real", "nothing:real"};
    const auto &share = static_cast<const Means *>(model)->share;
    ctx->emit_table(ctx, "summary", "Shares", columns, 4);
    for (size_t c = 0; c < share.size(); c++) {
        const lt_cell row[] = {LT_CTEXT("class"), LT_CINT(c), LT_CREAL(share[c]), LT_CNONE};
        ctx->emit_row(ctx, row);
    }
    return LT_OK;
}

int save(lt_ctx *ctx, const void *model)
{
    const auto &share = static_cast<const Means *>(model)->share;
    const lt_tensor tensor = {LT_T_F64, 1, {share.size(), 0, 0, 0}, share.data()};
    return ctx->put_tensor(ctx, "share", &tensor);
}

int load(lt_ctx *ctx, const lt_params *, const lt_info *info, void **model)
{
    lt_tensor tensor;
    if (ctx->get_tensor(ctx, "share", LT_T_F64, 1, &tensor) != LT_OK || tensor.shape[0] != info->n_classes)
        return ctx->fail(ctx, LT_INVALID, "the shares are missing, or of another number of classes");
    const double *first = static_cast<const double *>(tensor.data);
    *model = new Means{std::vector<double>(first, first + tensor.shape[0])};
    return LT_OK;
}

void release(void *model)
{
    delete static_cast<Means *>(model);
}

lt_algo describe_means()
{
    lt_algo a{};
    a.abi = LT_ABI;
    a.size = sizeof a;
    a.param_size = sizeof(lt_param);
    a.state_version = 1;
    a.id = "means";
    a.name = "Means";
    a.version = "1";
    a.summary = "how frequent each class was";
    a.doc = "Looks at no feature.";
    a.tasks = LT_CLASSIFY;
    a.traits = LT_MISSING_OK | LT_NO_FEATURES_OK;
    a.layout = LT_COLUMNS;
    a.unit = "pass";
    a.begin = begin;
    a.step = step;
    a.predict = predict;
    a.describe = describe;
    a.save = save;
    a.load = load;
    a.free = release;
    return a;
}

const lt_algo means = describe_means();
} // namespace

LATHE_ALGOS(&means)
C
if command -v "${CXX:-g++}" >/dev/null 2>&1; then
    run "${CXX:-g++}" -std=c++17 -pedantic -O1 -Wall -Wextra -Werror $flags -shared -fPIC means.cc -o means.so
    is "C++: compiles without a warning" "$status $err" "0 "
    trains means means 0.33
else
    skip "C++" "no C++ compiler"
fi
done_testing

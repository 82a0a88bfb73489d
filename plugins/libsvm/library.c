#include "plugins/libsvm/library.h"

#include "plugins/kit/foreign.h"

#define LIBSVM_SYMBOL(name) {#name, offsetof(struct libsvm, name)},
static const struct kit_symbol SYMBOLS[] = {LIBSVM_FUNCTIONS(LIBSVM_SYMBOL)};

static struct libsvm table;
static struct kit_foreign library = {
    .file = LIBSVM_SONAME,
    .what = "LIBSVM",
    .symbol = SYMBOLS,
    .n_symbols = sizeof SYMBOLS / sizeof SYMBOLS[0],
    .table = &table,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

const struct libsvm *library_open(struct lt_ctx *ctx)
{
    if (kit_foreign_load(ctx, &library) != LT_OK)
        return NULL;
    if (*table.libsvm_version == LIBSVM_VERSION)
        return &table;
    ctx->fail(ctx, LT_INVALID, "LIBSVM is of version %d.%02d, and lathe was built beside %d.%02d; build it again",
              *table.libsvm_version / 100, *table.libsvm_version % 100, LIBSVM_VERSION / 100,
              LIBSVM_VERSION % 100);
    return NULL;
}

/* foreign: the functions of somebody else's library, looked up when a wrapper first needs them. A program that never
 * uses the wrapper neither waits for that library (a large one costs as much as the whole start) nor needs it. */
#ifndef LATHE_KIT_FOREIGN_H
#define LATHE_KIT_FOREIGN_H

#include "api/lathe.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct kit_symbol {
    const char *name;
    size_t offset; /* of the pointer in the caller's table */
};

/* One a library, static in the wrapper; `ready` is written under the lock, once. */
struct kit_foreign {
    const char *file; /* as the loader knows it: "libsvm.so.3" */
    const char *what; /* "LIBSVM" */
    const struct kit_symbol *symbol;
    size_t n_symbols;
    void *table; /* of pointers, filled in here */
    pthread_mutex_t lock;
    int ready;
};

static inline int kit_foreign_fill(struct lt_ctx *ctx, struct kit_foreign *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror();
        return ctx->fail(ctx, LT_INVALID, "%s can't be loaded (%s); install its library, %s", library->what,
                         why ? why : "unknown reason", library->file);
    }
    for (size_t i = 0; i < library->n_symbols; i++) {
        void *symbol = dlsym(handle, library->symbol[i].name);
        if (!symbol) {
            dlclose(handle);
            return ctx->fail(ctx, LT_INVALID, "%s of %s lacks %s; build lathe again beside it", library->file,
                             library->what, library->symbol[i].name);
        }
        memcpy((char *)library->table + library->symbol[i].offset, &symbol, sizeof symbol);
    }
    library->ready = 1;
    return LT_OK;
}

/* LT_OK: the table is filled. Otherwise a failure that was said; the next call tries again. */
static inline int kit_foreign_load(struct lt_ctx *ctx, struct kit_foreign *library)
{
    pthread_mutex_lock(&library->lock);
    const int status = library->ready ? LT_OK : kit_foreign_fill(ctx, library);
    pthread_mutex_unlock(&library->lock);
    return status;
}

#endif

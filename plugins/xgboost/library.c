#include "plugins/xgboost/library.h"

#include <stdlib.h>

#include "plugins/kit/foreign.h"

#define XGB_SYMBOL(name) {#name, offsetof(struct xgb, name)},
static const struct kit_symbol SYMBOLS[] = {XGB_FUNCTIONS(XGB_SYMBOL)};

static struct xgb table;
static struct kit_foreign library = {
    .file = XGBOOST_SONAME,
    .what = "XGBoost",
    .symbol = SYMBOLS,
    .n_symbols = sizeof SYMBOLS / sizeof SYMBOLS[0],
    .table = &table,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

/* XGBoost's threads (OpenMP's) wait for each other many times a round, by default awake: beside other work that made
 * two threads ten times as slow as one. They read this when the library is loaded; what the user set stays. */
static void be_patient(void)
{
    setenv("OMP_WAIT_POLICY", "passive", 0);
}

static void swallow(const char *line)
{
    (void)line;
}

/* Messages and their level belong to a thread, so each call sees to its own. */
const struct xgb *library_open(struct lt_ctx *ctx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, be_patient);
    if (kit_foreign_load(ctx, &library) != LT_OK)
        return NULL;
    table.XGBRegisterLogCallback(swallow);
    table.XGBSetGlobalConfig("{\"verbosity\": 0}");
    return &table;
}

/* "[12:00:00] ../src/data/data.cc:1104: Check failed: valid: Input …\nStack trace:…": what is before and after the
 * sentence is for the library's own authors. */
int library_status(struct lt_ctx *ctx, const struct xgb *xgb, int status, const char *doing)
{
    if (!status)
        return LT_OK;
    const char *text = xgb->XGBGetLastError();
    const char *end = strchr(text, '\n');
    size_t length = end ? (size_t)(end - text) : strlen(text);
    const char *place = memmem(text, length, ".cc:", 4);
    if (!place)
        place = memmem(text, length, ".h:", 3);
    for (const char *at = place; at && at + 1 < text + length; at++)
        if (at[0] == ':' && at[1] == ' ') {
            length -= (size_t)(at + 2 - text);
            text = at + 2;
            break;
        }
    return ctx->fail(ctx, LT_INVALID, "XGBoost failed while %s: %.*s", doing, (int)(length < 400 ? length : 400),
                     text);
}

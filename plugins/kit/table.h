/* table: what describe emits, and the names that it needs after training is over. */
#ifndef LATHE_KIT_TABLE_H
#define LATHE_KIT_TABLE_H

#include "api/lathe.h"
#include "plugins/kit/check.h"
#include "plugins/kit/memory.h"

/* A number, or an empty cell when it is NaN. */
static inline struct lt_cell kit_cell(double x)
{
    return isnan(x) ? LT_CNONE : LT_CREAL(x);
}

/* One row of a "statistic:text value:real" table. */
static inline void kit_statistic(struct lt_ctx *ctx, const char *name, double value)
{
    struct lt_cell cells[] = {LT_CTEXT(name), kit_cell(value)};
    ctx->emit_row(ctx, cells);
}

static inline void kit_summary(struct lt_ctx *ctx)
{
    static const char *const columns[] = {"statistic:text", "value:real"};
    ctx->emit_table(ctx, "summary", "Summary", columns, 2);
}

/* Copies of the names of columns or classes, in one block of memory: free() gives it back. NULL when out of memory
 * (said). Names that are missing become "column 3". */
static inline char **kit_names(struct lt_ctx *ctx, size_t n, const char *const *names,
                               const struct lt_column *column)
{
    char buffer[32];
    size_t bytes = n * sizeof(char *);
    for (size_t i = 0; i < n; i++)
        bytes += strlen(names && names[i] ? names[i] : kit_column_name(column, i, buffer, sizeof buffer)) + 1;
    char **copy = (char **)kit_alloc(ctx, bytes, 1);
    char *to = copy ? (char *)(copy + n) : NULL;
    for (size_t i = 0; copy && i < n; i++) {
        const char *name = names && names[i] ? names[i] : kit_column_name(column, i, buffer, sizeof buffer);
        size_t length = strlen(name) + 1;
        copy[i] = (char *)memcpy(to, name, length);
        to += length;
    }
    return copy;
}

static inline char **kit_column_names(struct lt_ctx *ctx, const struct lt_column *column, size_t p)
{
    return kit_names(ctx, p, NULL, column);
}

static inline char **kit_class_names(struct lt_ctx *ctx, const char *const *names, size_t k)
{
    return kit_names(ctx, k, names, NULL);
}

#endif

/* placed: rows and where an embedding has put them. Such a map is no formula: a new row can only be placed between
 * the rows that it resembles, at the mean of their positions weighted by 1 / distance^2. */
#ifndef LATHE_REDUCE_PLACED_H
#define LATHE_REDUCE_PLACED_H

#include "api/lathe.h"
#include "plugins/kit/nearest_rows.h"

struct placed {
    size_t n, p, d;
    double *x; /* n x p: the rows of training */
    double *y; /* n x d: their positions */
    struct nearest_rows rows;
};

/* Copies the rows (layout LT_ROWS_F64, finite) and makes them searchable; positions are 0. LT_OK or a failure that
 * was said. */
int placed_begin(struct lt_ctx *ctx, struct placed *m, const struct lt_data *data, size_t d);
void placed_free(struct placed *m);

/* out[n x d] with leading dimension ld. The training rows themselves, as a whole, get their own positions. */
int placed_predict(struct lt_ctx *ctx, const struct placed *m, const struct lt_data *data, double *out, size_t ld);

int placed_save(struct lt_ctx *ctx, const struct placed *m);
int placed_load(struct lt_ctx *ctx, struct placed *m, size_t p, size_t d);

/* A picture of the positions, and of the trace when it is wanted. */
int placed_view(struct lt_ctx *ctx, const struct placed *m, const char *title);

#endif

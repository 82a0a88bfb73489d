/* nearest_rows: the k nearest of n rows, exactly, by looking at all of them.
 *
 * Copies of 8 bits, or single-precision panels, say which rows can't be among the k; the few that may be are
 * measured in double, by differences of the original values. Rows at equal distance come in the order of the
 * table. */
#ifndef LATHE_KIT_NEAREST_ROWS_H
#define LATHE_KIT_NEAREST_ROWS_H

#include "api/lathe.h"
#include "plugins/kit/coarse.h"
#include "plugins/kit/panel.h"

struct neighbour {
    double distance; /* squared while searching, in the metric's own unit when found is called */
    uint32_t row;
};

struct nearest_rows {
    size_t n, p;
    const double *x; /* n x p, dense; the caller's */
    struct panel_set points;
    struct coarse_set coarse; /* x NULL: none */
};

/* LT_OK or a failure that was said. The answer is the same either way. */
enum nearest_way { NEAREST_PANELS, NEAREST_COARSE };
int nearest_rows_build_by(struct lt_ctx *ctx, struct nearest_rows *rows, enum nearest_way way,
                          enum panel_metric metric, const double *x, size_t n, size_t p);
/* The way that is faster. */
int nearest_rows_build(struct lt_ctx *ctx, struct nearest_rows *rows, enum panel_metric metric, const double *x,
                       size_t n, size_t p);
void nearest_rows_free(struct nearest_rows *rows);

/* Called for each query by any worker: list[k], nearest first. */
typedef void neighbours_fn(void *arg, size_t query, const struct neighbour *list, size_t k);

/* q[m x p] with leading dimension ld, finite; 1 <= k <= n. LT_OK, LT_MEMORY or LT_CANCELLED. */
int nearest_rows_find(struct lt_ctx *ctx, const struct nearest_rows *rows, const double *q, size_t m, size_t ld,
                      size_t k, neighbours_fn *found, void *arg);

/* All rows at most `radius` away, in the order of the table, if any. */
int nearest_rows_within(struct lt_ctx *ctx, const struct nearest_rows *rows, const double *q, size_t m, size_t ld,
                        double radius, neighbours_fn *found, void *arg);

#endif

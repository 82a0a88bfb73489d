/* within: which rows lie within a distance of which, as rows of bits. Exact: single-precision panels decide where
 * rounding can't, the rest is compared in double as d^2 <= eps^2. */
#ifndef LATHE_CLUSTER_WITHIN_H
#define LATHE_CLUSTER_WITHIN_H

#include "api/lathe.h"
#include "plugins/kit/panel.h"

enum { WITHIN_ROWS = 64 }; /* rows that are looked at together */

struct within {
    size_t n, p;
    size_t words;    /* of 64 bits in a row of n bits */
    const double *x; /* n x p, dense; the caller's */
    double eps;
    struct panel_set points; /* sizes lowered: distances come out as lower bounds */
    float *doubt;            /* a lane each: what the upper bound adds for the point */
};

int within_build(struct lt_ctx *ctx, struct within *w, const double *x, size_t n, size_t p, double eps);
void within_free(struct within *w);

/* bits[m x words]: bit j of row i is set when rows list[i] and j are within eps of each other (a row is within
 * reach of itself). Spread over the threads; m in any number. LT_OK, LT_MEMORY or LT_CANCELLED. */
int within_find(struct lt_ctx *ctx, const struct within *w, const uint32_t *list, size_t m, uint64_t *bits);

/* The same for all rows, in half the time: bits[n x words] is zero before, and each pair is measured once. */
int within_matrix(struct lt_ctx *ctx, const struct within *w, uint64_t *bits);

#endif

/* lanes: points in blocks of eight, column by column, from which points can be taken away. Scans of all points run
 * at the speed of the vector unit; the order of the points is arbitrary, their numbers are kept. */
#ifndef LATHE_CLUSTER_LANES_H
#define LATHE_CLUSTER_LANES_H

#include <math.h>

#include "api/lathe.h"
#include "num/simd.h"

enum { LANES = 8, LANES_PIECE = 256 }; /* points of a block; points that kernels look at together */

struct lanes {
    size_t n, p;      /* points that are left */
    double *x;        /* ceil(n / 8) x p x 8 */
    double *extra;    /* a number that goes with each point (its size, or its core distance squared) */
    double *value;    /* what a scan leaves for each point */
    uint32_t *number; /* which point is here */
    uint32_t *place;  /* where a point is */
    double *least;    /* a chunk each, for scans */
};

/* LT_OK, or LT_NUMERIC (said) when the rows are so far apart that squared distances could overflow. */
int lanes_check(struct lt_ctx *ctx, const double *x, size_t n, size_t p);

/* n rows of x, extra `extra[i]`, or 0 without. LT_OK or LT_MEMORY; freed by lanes_free in any case. */
int lanes_begin(struct lt_ctx *ctx, struct lanes *l, const double *x, size_t n, size_t p, const double *extra);
void lanes_free(struct lanes *l);
void lanes_take_away(struct lanes *l, size_t place);
void lanes_get(const struct lanes *l, size_t place, double *x);
void lanes_set(struct lanes *l, size_t place, const double *x);

/* out[end - begin, rounded up to blocks] = squared distances of q to the points at [begin, end); begin is that of a
 * block. */
void lanes_squares(const struct lanes *l, const double *q, size_t begin, size_t end, double *out);

/* A kernel fills value[begin, end) (whole blocks) from query q and returns the least value among points. */
typedef double lanes_kernel(const struct lanes *l, const double *q, double extra, uint32_t mark, void *arg,
                            size_t begin, size_t end);

/* The least of n values, for clones of kernels. */
NUM_INLINE double lanes_least(size_t n, const double *value)
{
    double low[LANES], least = INFINITY;
    size_t at = 0;
    for (size_t i = 0; i < LANES; i++)
        low[i] = INFINITY;
    for (; at + LANES <= n; at += LANES)
        for (size_t i = 0; i < LANES; i++)
            low[i] = value[at + i] < low[i] ? value[at + i] : low[i];
    for (; at < n; at++)
        least = value[at] < least ? value[at] : least;
    for (size_t i = 0; i < LANES; i++)
        least = low[i] < least ? low[i] : least;
    return least;
}

/* Runs the kernel over all points and returns the place of the least value; of equals, the lowest number. SIZE_MAX
 * without points. */
size_t lanes_scan(struct lt_ctx *ctx, struct lanes *l, lanes_kernel *kernel, const double *q, double extra,
                  uint32_t mark, void *arg);

#endif

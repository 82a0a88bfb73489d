/* lanes: points in blocks of eight, column by column, from which points can be taken away. Scans of all points run
 * at the speed of the vector unit; the order of the points is arbitrary, their numbers are kept. */
#ifndef LATHE_CLUSTER_LANES_H
#define LATHE_CLUSTER_LANES_H

#include "api/lathe.h"

enum { LANES = 8 };

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

/* A kernel fills value[begin, end) (whole blocks) from query q and returns the least value among points. */
typedef double lanes_kernel(const struct lanes *l, const double *q, double extra, uint32_t mark, void *arg,
                            size_t begin, size_t end);

/* Runs the kernel over all points and returns the place of the least value; of equals, the lowest number. SIZE_MAX
 * without points. */
size_t lanes_scan(struct lt_ctx *ctx, struct lanes *l, lanes_kernel *kernel, const double *q, double extra,
                  uint32_t mark, void *arg);

#endif

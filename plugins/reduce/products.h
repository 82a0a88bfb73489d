/* products: x'x of a piece of few columns, kept apart by lane so that sums need no order: sum[a x b x LANES] of
 * column a times column b, lane by lane, in registers while the rows pass by. Twice as fast as a library's product
 * where columns are few and rows many. */
#ifndef LATHE_REDUCE_PRODUCTS_H
#define LATHE_REDUCE_PRODUCTS_H

#include <stddef.h>

enum {
    PRODUCTS_ROWS = 128, /* rows of a piece; what is missing of it is zeros */
    PRODUCTS_TILE = 4,   /* columns come in multiples of this, the rest is zeros */
    PRODUCTS_LANES = 8,
    PRODUCTS_COLUMNS = 64 /* the most columns */
};

/* x[p x PRODUCTS_ROWS], column by column, aligned to 64. sum[p x p x PRODUCTS_LANES], aligned to 64: the tiles on
 * and below the diagonal are added to. */
void products_add(size_t p, const double *x, double *sum);
/* The same in plain C. */
void products_add_plain(size_t p, const double *x, double *sum);

/* c[p x p] (leading dimension ldc) from sum of columns rounded up to `padded`; both triangles. */
void products_total(size_t p, size_t padded, const double *sum, double *c);

/* out[i] = x[i] - less; returns the sum of out[n]. out may be x. */
double products_shift(size_t n, const double *x, double less, double *out);

#endif

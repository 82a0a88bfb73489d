/* gram: products of a few long columns with one another, in registers. */
#ifndef LATHE_NUM_GRAM_H
#define LATHE_NUM_GRAM_H

#include <stddef.h>

/* The lower triangle of c[p x p] += x x', for x[p x n] with leading dimension ldx: column after column. Faster than
 * BLAS while all of x stays in the cache: for tens of columns and hundreds of rows. */
void gram_lower(size_t n, size_t p, const double *x, size_t ldx, double *c, size_t ldc);

#endif

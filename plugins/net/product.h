/* product: products of a few dozen rows with a layer's weights. A library packs its operands first, which pays for
 * larger ones; here tiles of c stay in registers while a and b pass by as they lie. The machine's widest vectors are
 * found when it runs. */
#ifndef LATHE_NET_PRODUCT_H
#define LATHE_NET_PRODUCT_H

#include <stddef.h>

/* c[m x n] = a b, or += where `add` says so, for b[k x n]. Element (i, t) of a is a[i * row + t * column]: a matrix as
 * it lies has column 1, its transpose row 1. Leading dimensions ldb, ldc. */
void product(size_t m, size_t n, size_t k, const float *a, size_t row, size_t column, const float *b, size_t ldb,
             int add, float *c, size_t ldc);

/* The same in plain C. */
void product_plain(size_t m, size_t n, size_t k, const float *a, size_t row, size_t column, const float *b,
                   size_t ldb, int add, float *c, size_t ldc);

#endif

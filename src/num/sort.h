/* sort: ranks and orders by radix sort, linear in n. NaN sorts last; -0 equals +0; equal keys keep their order.
 * n is below 2^32. */
#ifndef LATHE_NUM_SORT_H
#define LATHE_NUM_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sorts x[n] in place (a zero keeps its sign, the negative ones first); work: n doubles. */
void sort_f64(size_t n, double *x, double *work);
/* order[0..n): indices that sort x ascending, stable; work: 2*n uint64 + n uint32. */
void sort_order_f64(size_t n, const double *x, uint32_t *order, void *work);
size_t sort_order_work(size_t n); /* bytes that sort_order_f64 and sort_ranks need */
/* ranks[n] from 1, ties get their mean (NaN gets NaN); returns the sum of t^3 - t over groups of ties.
 * ranks may be x. */
double sort_ranks(size_t n, const double *x, double *ranks, void *work);

#endif

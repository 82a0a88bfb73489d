/* select: the k-th smallest of many numbers, without sorting them. */
#ifndef LATHE_HOST_SELECT_H
#define LATHE_HOST_SELECT_H

#include <stddef.h>

/* Reorders x[n] (no NaN) so that x[k] is what it would be if x were sorted, nothing before it is larger and
 * nothing after it smaller; returns x[k]. Linear in n for any order of the input that people have. */
double select_nth(double *x, size_t n, size_t k);

#endif

/* sum: how we add up. A reduction runs in 8 explicit lanes, which the compiler maps to vectors without
 * being allowed to reorder anything; blocks of at most 1024 terms are then merged pairwise, so that the error
 * grows with log n and the result depends on the data alone. For .c files, here and in
 * plugins. */
#ifndef LATHE_NUM_SUM_H
#define LATHE_NUM_SUM_H

#include "num/simd.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { NUM_LANES = 8, NUM_BLOCK = 1024 };

NUM_INLINE double lanes_total(const double lane[NUM_LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Sum of x[n], n <= NUM_BLOCK. */
NUM_INLINE double block_sum(size_t n, const double *x)
{
    double lane[NUM_LANES] = {0};
    size_t whole = n - n % NUM_LANES;
    for (size_t i = 0; i < whole; i += NUM_LANES)
        for (size_t l = 0; l < NUM_LANES; l++)
            lane[l] += x[i + l];
    for (size_t i = whole; i < n; i++)
        lane[i - whole] += x[i];
    return lanes_total(lane);
}

/* Smallest and largest of x[n] besides NaN; +inf and -inf when there is none. */
NUM_INLINE void block_range(size_t n, const double *x, double *min, double *max)
{
    double low[NUM_LANES], high[NUM_LANES];
    size_t whole = n - n % NUM_LANES;
    for (size_t l = 0; l < NUM_LANES; l++) {
        low[l] = INFINITY;
        high[l] = -INFINITY;
    }
    for (size_t i = 0; i < whole; i += NUM_LANES)
        for (size_t l = 0; l < NUM_LANES; l++)
            low[l] = x[i + l] < low[l] ? x[i + l] : low[l];
    for (size_t i = 0; i < whole; i += NUM_LANES)
        for (size_t l = 0; l < NUM_LANES; l++)
            high[l] = x[i + l] > high[l] ? x[i + l] : high[l];
    *min = low[0];
    *max = high[0];
    for (size_t l = 1; l < NUM_LANES; l++) {
        *min = low[l] < *min ? low[l] : *min;
        *max = high[l] > *max ? high[l] : *max;
    }
    for (size_t i = whole; i < n; i++) {
        *min = x[i] < *min ? x[i] : *min;
        *max = x[i] > *max ? x[i] : *max;
    }
}

/* A sum of block sums: level i holds the sum of 2^i blocks whenever bit i of `blocks` is set. */
struct sum_tree {
    uint64_t blocks;
    double level[64];
};

static inline void sum_tree_add(struct sum_tree *t, double block)
{
    int i = 0;
    for (; t->blocks >> i & 1; i++)
        block = t->level[i] + block;
    t->level[i] = block;
    t->blocks++;
}

static inline double sum_tree_total(const struct sum_tree *t)
{
    double total = 0;
    for (int i = 0; i < 64 && t->blocks >> i; i++)
        if (t->blocks >> i & 1)
            total = t->level[i] + total;
    return total;
}

#endif

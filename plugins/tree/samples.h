/* samples: the rows that a tree grows on, each with how often it was drawn and what is to be learned. A node
 * owns a stretch of the list; splitting it moves its rows, so that the rows of every node stay side by side, in
 * ascending order. Two forms:
 *
 *     words    two classes without weights: row, count and class in 32 bits; most forests are made of these
 *     rows     all else: 16 bytes; `value` is the weight (classes) or the target (numbers)
 *
 * Sums of samples are `width` doubles: the number of draws, then the weight of each class; or draws, weight,
 * and weight times target. Words are summed as two 32-bit counts in one 64-bit number instead. */
#ifndef LATHE_TREE_SAMPLES_H
#define LATHE_TREE_SAMPLES_H

#include "api/lathe.h"
#include "plugins/tree/bins.h"
#include "plugins/tree/values.h"

/* What all trees of a model learn from; the arrays are the host's or the model's. */
struct sample_source {
    const struct bin_table *table;
    const struct bin_map *map;
    const struct value_table *values; /* for random thresholds; NULL: they are drawn by codes */
    uint32_t n_classes; /* 0: numbers */
    const int32_t *label;
    const double *y;
    double centre; /* taken off y, so that sums of squares keep their digits */
    const double *weight;
    int words;
};

enum { WORD_ROW = 5, WORD_COUNT = 1, WORD_MAX_COUNT = 15, WORD_MAX_ROWS = 1 << 27 };

struct sample {
    uint32_t row;
    uint32_t count : 8, label : 24;
    double value;
};

struct samples {
    const struct sample_source *source;
    size_t n;
    uint32_t *word, *word_spare; /* one pair is NULL */
    struct sample *row, *row_spare;
};

NUM_INLINE uint32_t word_row(uint32_t word)
{
    return word >> WORD_ROW;
}

/* Draws in the low half for class 0, in the high half for class 1. */
NUM_INLINE uint64_t word_counts(uint32_t word)
{
    return (uint64_t)(word >> WORD_COUNT & WORD_MAX_COUNT) << (word & 1 ? 32 : 0);
}

/* The weight of a sample of numbers; of classes it is `value`. */
NUM_INLINE double sample_weight(const struct sample_source *src, const struct sample *s)
{
    return src->weight ? src->weight[s->row] * s->count : s->count;
}

uint32_t samples_width(const struct sample_source *source); /* doubles in a sum */
/* Adds the sums of samples [begin, end) to sum[width]; *pure: nothing differs among them. */
void samples_sum(const struct samples *s, size_t begin, size_t end, double *sum, int *pure);

/* Room for n rows, each drawn up to 255 times. 0 or -1. */
int samples_new(struct samples *s, const struct sample_source *source, size_t n);
void samples_free(struct samples *s);
/* Row i is taken drawn[i] times (NULL: all once); rows of weight 0 are left out. */
void samples_fill(struct samples *s, const uint8_t *drawn);

struct level_set;
/* Moves the samples of [begin, end) that go left before those that go right; the number that goes left. A
 * number goes left if its code is at most `split` (missing: left, unless missing_right); a category if it is in
 * the set. */
size_t samples_split(struct samples *s, size_t begin, size_t end, uint32_t feature, uint32_t split,
                     int missing_right, const struct level_set *set);

#endif

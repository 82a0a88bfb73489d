/* hist: sums of gradients by code, in whole numbers. A row's gradient g, curvature h and its count of one are
 * rounded to integers and packed into one 64-bit word, so that a row joins a bin by a single addition:
 *
 *     63          g_shift      h_shift          0
 *     | g, signed | h            | rows         |
 *
 * h and the count are never negative and their fields are wide enough for `flush` rows, so no sum ever runs
 * into its neighbour; more rows than that are summed in parts, which go on into cells of two words. Integer
 * sums do not depend on order: any number of threads makes the same histogram, and parent minus child is exact.
 * When h is the same for all rows, the count says it all and g takes its bits.
 *
 * Rows wait in half of that: g in the upper 16 bits and h in the lower, or g alone in all 32 when h is constant.
 *
 * Cells lie [column][code] with HIST_STRIDE codes a column; 256 would put the columns on top of each other in
 * the cache. */
#ifndef LATHE_TREE_HIST_H
#define LATHE_TREE_HIST_H

#include "plugins/tree/bins.h"

enum { HIST_STRIDE = 264, HIST_TILE = BIN_TILE * HIST_STRIDE };

struct hist_form {
    uint32_t flush; /* rows that one word can sum */
    uint32_t h_shift, g_shift;
    uint64_t n_mask, h_mask;
    int32_t g_most, h_most; /* greatest |g| and h of a row, as integers */
    int constant_h;
    double g_unit, h_unit; /* what one of these integers stands for */
};

/* A bin of a large node. */
struct hist_cell {
    int64_t g;
    uint64_t h_n; /* h in the upper half, rows in the lower */
};

/* A sum, taken apart. */
struct hist_sum {
    int64_t g;
    uint64_t h, n;
};

/* How to pack the words of n rows. precise: gradients may be of very different sizes, so spend more bits on
 * them. */
struct hist_form hist_form_make(size_t n, int constant_h, int precise);
/* word[i] of rows begin + i, from g and h (of a constant h: NULL) scaled by the form's units and rounded at random,
 * without bias. */
void hist_pack(const struct hist_form *form, uint32_t key, size_t begin, size_t n, const float *g, const float *h,
               uint32_t *word);

/* Codes of some neighbouring columns: row i's begin at code[i * step]. */
struct hist_tile {
    const uint8_t *code;
    size_t step;
    uint32_t columns; /* 1 … 32 */
};

/* Adds rows[0 … n) to the packed cells of one tile; n is at most form->flush. Meanwhile the codes of next[0 … n_next),
 * the rows that are visited after these, come into the cache. */
void hist_add_rows(const struct hist_form *form, struct hist_tile tile, const uint32_t *rows, size_t n,
                   const uint32_t *next, size_t n_next, const uint32_t *word, uint64_t *cell);
/* Cells that a tile of so many columns uses: columns come in fours. */
NUM_INLINE size_t hist_used(uint32_t columns)
{
    return (size_t)(columns + 3) / 4 * 4 * HIST_STRIDE;
}
/* Adds a packed tile to a wide one, and empties it. */
void hist_flush(const struct hist_form *form, uint32_t columns, uint64_t *from, struct hist_cell *to);
/* Adds a tile to another one; both are packed, or both wide. */
void hist_add_tile(uint32_t columns, const void *from, int packed, void *to);

/* Parent minus child, in the parent's place; the result is packed when `packed`, and so is each when it says
 * so. */
void hist_subtract(const struct hist_form *form, size_t n, void *parent, int parent_packed, const void *child,
                   int child_packed, int packed);

NUM_INLINE struct hist_sum hist_unpack(const struct hist_form *form, uint64_t word)
{
    return (struct hist_sum){(int64_t)word >> form->g_shift, word >> form->h_shift & form->h_mask,
                             word & form->n_mask};
}

NUM_INLINE struct hist_sum hist_sum_of(const struct hist_form *form, const void *cells, int packed, size_t at)
{
    if (packed)
        return hist_unpack(form, ((const uint64_t *)cells)[at]);
    const struct hist_cell *c = (const struct hist_cell *)cells + at;
    return (struct hist_sum){c->g, c->h_n >> 32, c->h_n & 0xffffffffu};
}

#endif

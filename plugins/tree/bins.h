/* bins: what trees see of a table. Each value becomes a small code: 0 is missing, 1 … n_codes-1 are bins in
 * ascending order (numbers) or groups of levels (categories). Codes keep the order of the values, so a split
 * "code <= s" is the split "x <= edge[s-1]", and a tree that was grown on codes can be written, drawn and applied
 * with real thresholds.
 *
 *     bin_map      how the values of each column become codes; learned from the training rows, kept by the model
 *     bin_table    the codes of some rows
 *
 * A column with few distinct values has one bin for each, with edges halfway between neighbours: nothing is lost.
 * Other columns are cut at quantiles of a sample. */
#ifndef LATHE_TREE_BINS_H
#define LATHE_TREE_BINS_H

#include "api/lathe.h"
#include "num/simd.h"

enum {
    BIN_NARROW = 256, /* codes that fit a byte */
    BIN_WIDE = 65536, /* codes that fit two */
    BIN_TILE = 32     /* columns whose codes of a row lie side by side */
};

struct bin_column {
    uint32_t category;
    uint32_t n_codes; /* codes are below this; 1: the column has no value at all */
    double *edge;     /* numbers: n_codes-2 ascending edges, then +inf up to a power of two less one */
    uint32_t steps;   /* halvings that a search in `edge` takes */
    double *value;    /* numbers with one bin per distinct value: value[code]; else NULL */
    uint32_t n_levels;
    uint16_t *code_of; /* categories: the code of each level */
};

struct bin_map {
    size_t p;
    struct bin_column *column;
};

/* Codes of n rows by p columns, a row's codes of 32 neighbouring columns side by side:
 * rows[((j / 32) * n + i) * step + j % 32], in bytes or, when `wide`, in uint16. A step of 32 keeps the codes of a row
 * in one cache line; a tight table of at most 32 columns has no more than it needs, in fours. Codes between p and the
 * next multiple of four are 0. */
struct bin_table {
    size_t n, p, tiles, step;
    int wide;
    void *rows;
};

/* Learns the map: at most max_bins bins a column (2 … 65535), missing apart. LT_OK or a failure. */
int bin_map_learn(struct lt_ctx *ctx, const struct lt_data *data, uint32_t max_bins, struct bin_map *map);
/* A map with room for p columns, all empty; and numeric column j with these n ascending edges. 0 or -1. */
int bin_map_new(struct bin_map *map, size_t p);
int bin_map_set_edges(struct bin_map *map, size_t j, size_t n, const double *edge);
int bin_map_set_levels(struct bin_map *map, size_t j, uint32_t n_levels, const uint16_t *code_of,
                       uint32_t n_codes);
void bin_map_free(struct bin_map *map);
int bin_map_wide(const struct bin_map *map);
int bin_map_save(struct lt_ctx *ctx, const struct bin_map *map);
int bin_map_load(struct lt_ctx *ctx, const struct lt_info *info, struct bin_map *map);

/* The threshold of a split between codes a < b of column j, and the code that it belongs after. With one bin per
 * value the threshold lies halfway between the two values, else at the middle one of the edges between. */
double bin_threshold(const struct bin_column *column, uint32_t a, uint32_t b);

/* All rows of the data, kept. */
int bin_table_make(struct lt_ctx *ctx, const struct lt_data *data, const struct bin_map *map, int tight,
                   struct bin_table *table);
void bin_table_free(struct bin_table *table);

/* Rows [begin, begin + n) of the data into rows 0 … of the table, whose memory is the caller's. */
void bin_table_fill(const struct lt_data *data, const struct bin_map *map, size_t begin, size_t n,
                    struct bin_table *table, size_t at);
size_t bin_table_bytes(const struct bin_map *map, size_t n);
void bin_table_place(struct bin_table *table, const struct bin_map *map, size_t n, void *memory);

NUM_INLINE size_t bin_place(const struct bin_table *t, size_t i, size_t j)
{
    return ((j / BIN_TILE) * t->n + i) * t->step + j % BIN_TILE;
}

NUM_INLINE uint32_t bin_code(const struct bin_table *t, int wide, size_t place)
{
    return wide ? ((const uint16_t *)t->rows)[place] : ((const uint8_t *)t->rows)[place];
}

#endif

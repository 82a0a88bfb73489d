/* values: numbers as random thresholds see them. A node that draws one threshold a column needs the least and the
 * greatest value of its rows, and the sums on the left of the threshold: two visits of the rows, which many columns
 * go through side by side when a row's values lie side by side.
 *
 * Values are moved and scaled, column by column, into [0, 1] in single precision; a uniform draw between two of them
 * stays one. A table is made only where that keeps nearly all codes apart. */
#ifndef LATHE_TREE_VALUES_H
#define LATHE_TREE_VALUES_H

#include "plugins/tree/bins.h"

enum {
    VALUES_LANE = 16,  /* rows are this many values wide, or a multiple; what is beyond p is 0 */
    VALUES_BLOCK = 64, /* columns that are visited together */
    VALUES_STEPS = 2048
};

struct value_table {
    size_t n, p, step;
    float *rows;      /* rows[i * step + j] */
    float **of_code;  /* of_code[j][code], ascending from code 1 on */
    uint32_t **first; /* first[j][k]: the last code whose value is at most k / VALUES_STEPS */
};

/* The values of the codes. *made says whether there is a table: not with categories or missing values, nor where
 * single precision can't tell many codes apart. LT_OK, LT_CANCELLED or LT_MEMORY. */
int value_table_make(struct lt_ctx *ctx, const struct bin_map *map, const struct bin_table *codes,
                     struct value_table *table, int *made);
void value_table_free(struct value_table *table);

/* The last code of column j whose value is at most x, which is in [0, 1]. */
uint32_t value_code(const struct value_table *table, size_t j, float x);

#endif

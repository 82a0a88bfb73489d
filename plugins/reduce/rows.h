/* rows: pieces of a table as dense rows of doubles, minus a shift, whatever the layout is (rows of doubles, columns
 * in place, compressed rows). What is read goes into a panel of the caller that stays in the cache. */
#ifndef LATHE_REDUCE_ROWS_H
#define LATHE_REDUCE_ROWS_H

#include "api/lathe.h"

enum { ROWS_PANEL = 256 }; /* rows that are read at a time */

/* Whether rows are compressed and mostly empty. Others, with a cell in 8 or more, are better written out a panel at a
 * time: products of whole rows are that much faster than those of single cells. */
int rows_are_sparse(const struct lt_data *data);

/* panel[(end - begin) x p] gets rows [begin, end) minus shift[p] (NULL: nothing). */
void rows_read(const struct lt_data *data, size_t begin, size_t end, const double *shift, double *panel);

/* Row number i of a sample of `most` rows, a multiple of 16, of n: all in order when they are no more. Groups of 8
 * neighbours at even distances: they share cache lines where columns lie in place. */
size_t rows_sample(size_t n, size_t most, size_t i);

/* Any shift near the rows: the mean of a sample of them. shift[p]; work[p] is overwritten. */
void rows_typical(const struct lt_data *data, double *shift, double *work);

/* LT_OK, LT_MEMORY, LT_CANCELLED, or LT_INVALID with a sentence that names the cell that isn't finite. */
int rows_check_finite(struct lt_ctx *ctx, const struct lt_data *data);

#endif

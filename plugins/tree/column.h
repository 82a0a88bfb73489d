/* column: blocks of a table's column as doubles (NaN is missing) or as level codes (-1 is missing), whatever its
 * storage type, through the row index. */
#ifndef LATHE_TREE_COLUMN_H
#define LATHE_TREE_COLUMN_H

#include "api/lathe.h"

/* out[i] = the value of row begin + i, for i in [0, n). */
void column_values(const struct lt_data *data, size_t j, size_t begin, size_t n, double *out);
void column_levels(const struct lt_data *data, size_t j, size_t begin, size_t n, int32_t *out);
/* The value of one row. */
double column_value(const struct lt_data *data, size_t j, size_t row);

#endif

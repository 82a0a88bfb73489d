/* rows: the host's columns as XGBoost wants them: single precision, row after row, missing as NaN, a category as
 * the number of its level. */
#ifndef LATHE_XGBOOST_ROWS_H
#define LATHE_XGBOOST_ROWS_H

#include "api/lathe.h"

/* Can all numbers be held in single precision? LT_OK or a failure that names the first that can't. */
int rows_check(struct lt_ctx *ctx, const struct lt_data *data);

/* Rows [begin, begin + n) into x[n x p]. What is beyond single precision becomes the largest number there is, which
 * is on the same side of any split. LT_OK or LT_CANCELLED. */
int rows_copy(struct lt_ctx *ctx, const struct lt_data *data, size_t begin, size_t n, float *x);

#endif

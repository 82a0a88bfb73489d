/* spread: where the columns lie and how far they spread, for large tables as a sample of their rows sees it. */
#ifndef LATHE_LINEAR_SPREAD_H
#define LATHE_LINEAR_SPREAD_H

#include "plugins/kit/kit.h"

/* Rows drawn by hash, enough for that many unknowns; *n stays 0 when the table is too small to gain by it. The
 * caller frees *sample. */
int spread_sample(struct lt_ctx *ctx, const struct lt_data *data, size_t unknowns, uint32_t **sample, size_t *n);
/* centre and scale [p]: with a constant mean and 1/sd, without 0 and 1/root mean square; scale 0: a constant
 * column. n_sample 0: of all rows. All rows are looked at as well when a column doesn't vary in the sample. */
int spread_measure(struct lt_ctx *ctx, const struct lt_data *data, const uint32_t *sample, size_t n_sample,
                   bool intercept, double *centre, double *scale);

#endif

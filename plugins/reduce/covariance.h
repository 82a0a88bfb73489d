/* covariance: means and covariances of the columns in one pass over the rows. Rows are summed about a provisional
 * centre, so that little is lost to cancellation, and the result is put right by the mean's distance from it. */
#ifndef LATHE_REDUCE_COVARIANCE_H
#define LATHE_REDUCE_COVARIANCE_H

#include "api/lathe.h"

/* mean[p]; covariance[p x p] with the divisor n - 1 (n >= 2), both triangles. LT_OK, LT_MEMORY, LT_CANCELLED, or
 * a failure that says which cell isn't finite. */
int covariance_of(struct lt_ctx *ctx, const struct lt_data *data, double *mean, double *covariance);

/* mean[p] and *total, the sum of the columns' variances, alone. */
int variances_of(struct lt_ctx *ctx, const struct lt_data *data, double *mean, double *total);

#endif

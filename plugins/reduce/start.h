/* start: where the points of an embedding begin: by the first principal components, or anywhere. */
#ifndef LATHE_REDUCE_START_H
#define LATHE_REDUCE_START_H

#include "api/lathe.h"

enum start { START_PCA, START_RANDOM };

/* y[n x d]: the first d components of the rows, or normal numbers; then all are scaled so that the first column has
 * the standard deviation `spread`. Components that the rows don't have are random and a hundredth of that. LT_OK or a
 * failure that was said. */
int start_points(struct lt_ctx *ctx, const struct lt_data *data, enum start how, size_t d, double spread,
                 double *y);

/* y[n x d]: the first d principal components as they are; 0 where the rows have none. */
int start_components(struct lt_ctx *ctx, const struct lt_data *data, size_t d, double *y);

#endif

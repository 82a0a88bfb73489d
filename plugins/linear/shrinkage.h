/* shrinkage: covariances that few rows can't tell well, pulled to a diagonal. Everything lies in scratch memory. */
#ifndef LATHE_LINEAR_SHRINKAGE_H
#define LATHE_LINEAR_SHRINKAGE_H

#include "plugins/linear/scatter.h"

/* The parameter `shrinkage`: none (0), auto (NaN), or a number from 0 to 1; LT_INVALID for other words. */
int shrinkage_read(struct lt_ctx *ctx, const struct lt_value *given, double *shrinkage);

/* cov[p x p]: the mean over the classes of s (measured with `each`), weighted by their priors, of each one's
 * covariance pulled to a diagonal: to a multiple of the identity for a number, to one on the scale of its standard
 * deviations, by as much as Ledoit and Wolf (2004) find best, for NaN. *used: by how much, in the mean. */
int shrinkage_covariance(struct lt_ctx *ctx, const struct lt_data *data, const struct scatter *s,
                         const double *prior, double shrinkage, double *cov, double *used);

/* white[*rank x p]: rows that make the covariance of the spread within classes the identity; directions in which
 * the standardised columns spread less than tol are left out. mean[k x p] says how large the columns are. cov is
 * lost. */
int shrinkage_whiten(struct lt_ctx *ctx, size_t p, double *cov, const double *mean, size_t k, double tol,
                     double *white, size_t *rank);

#endif

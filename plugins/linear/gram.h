/* gram: products of centred columns with one another and with the target, in fixed blocks of rows. */
#ifndef LATHE_LINEAR_GRAM_H
#define LATHE_LINEAR_GRAM_H

#include "plugins/kit/kit.h"

/* mean[p + 1]: weighted, of the columns and of y; zeros when `centred` is false. LT_OK, LT_MEMORY or
 * LT_CANCELLED. */
int gram_means(struct lt_ctx *ctx, const struct lt_data *data, bool centred, double *mean);
/* Rows [begin, end) centred and times the root of their weight: x[(end - begin) x p], y[end - begin]. */
void gram_centre_rows(const struct lt_data *data, const double *mean, size_t begin, size_t end, double *x,
                      double *y);
/* *gram[p x p] = x'wx, xy[p] = x'wy, *yy = y'wy of the centred values. *gram lies in scratch memory. */
int gram_products(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double **gram, double *xy,
                  double *yy);

#endif

/* component_view: what linear projections show of themselves: how much each component explains, what it is made of,
 * the scree picture, and the biplot of rows and columns in the plane of the first two. */
#ifndef LATHE_REDUCE_COMPONENT_VIEW_H
#define LATHE_REDUCE_COMPONENT_VIEW_H

#include "api/lathe.h"

/* Table "explained" and picture "scree": variance[k], of `total` in all. */
int view_explained(struct lt_ctx *ctx, size_t k, const double *variance, double total);

/* Table `id`: a row for each column of the data, a column for each component (the first 32), named PREFIX1, …. */
int view_loadings(struct lt_ctx *ctx, const char *id, const char *title, const char *prefix, size_t k, size_t p,
                  const double *axis, char *const *name);

/* Picture "biplot": m rows by their first two scores[m x 2], and the longest of the loadings axis[2 x p] as arrows,
 * stretched to the size of the cloud. */
int view_biplot(struct lt_ctx *ctx, size_t m, const double *scores, size_t p, const double *axis,
                char *const *name);

/* Picture `id` of m points[m x 2], thinned as far as the caller likes. */
int view_points(struct lt_ctx *ctx, const char *id, const char *title, const char *x_label, const char *y_label,
                size_t m, const double *points);

#endif

/* seeding: the rows from which k-means starts. Each of `chosen` is a row number; the draws are those of
 * `stream`. */
#ifndef LATHE_CLUSTER_SEEDING_H
#define LATHE_CLUSTER_SEEDING_H

#include "api/lathe.h"
#include "plugins/kit/panel.h"

/* k different rows. LT_OK or LT_MEMORY. */
int seed_random(struct lt_ctx *ctx, size_t n, size_t k, uint64_t stream, size_t *chosen);

/* Greedy k-means++ (Arthur and Vassilvitskii 2007): a row is drawn with probability proportional to its squared
 * distance from the rows chosen before; of 2 + log k rows drawn the one that leaves the smallest sum of distances
 * is kept. x[n x p] with leading dimension ld, weight[n] or NULL. LT_OK, LT_MEMORY or LT_CANCELLED. */
int seed_plus_plus(struct lt_ctx *ctx, const struct panel_set *points, const double *x, size_t ld,
                   const double *weight, size_t k, uint64_t stream, size_t *chosen);

#endif

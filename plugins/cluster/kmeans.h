/* kmeans: k-means as a part of other methods. */
#ifndef LATHE_CLUSTER_KMEANS_H
#define LATHE_CLUSTER_KMEANS_H

#include "api/lathe.h"

/* label[n] of the best of n_init runs with k clusters; finite data, 1 <= k <= n. Each `run` has random numbers of
 * its own. LT_OK or a failure that was said. */
int kmeans_labels(struct lt_ctx *ctx, const struct lt_data *data, size_t k, size_t n_init, uint64_t run,
                  int32_t *label);

#endif

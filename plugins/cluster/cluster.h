/* cluster: groups of rows that nobody has named. */
#ifndef LATHE_CLUSTER_CLUSTER_H
#define LATHE_CLUSTER_CLUSTER_H

#include "api/lathe.h"

extern const struct lt_algo cluster_kmeans;
extern const struct lt_algo cluster_dbscan;
extern const struct lt_algo cluster_gmm;
extern const struct lt_algo cluster_hclust;
extern const struct lt_algo cluster_hdbscan;
extern const struct lt_algo cluster_mbkmeans;
extern const struct lt_algo cluster_spectral;

#endif

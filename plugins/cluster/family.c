#include "plugins/cluster/cluster.h"

LATHE_ALGOS(&cluster_kmeans, &cluster_dbscan, &cluster_gmm, &cluster_hclust, &cluster_hdbscan, &cluster_mbkmeans,
            &cluster_spectral)

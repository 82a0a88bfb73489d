#include "plugins/reduce/reduce.h"

LATHE_ALGOS(&reduce_pca, &reduce_tsvd, &reduce_tsne, &reduce_umap, &reduce_nmf, &reduce_ica, &reduce_mds)

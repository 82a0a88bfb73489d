/* reduce: few columns that say most of what many said. Each algorithm is in the file of its name. */
#ifndef LATHE_REDUCE_REDUCE_H
#define LATHE_REDUCE_REDUCE_H

#include "api/lathe.h"

extern const struct lt_algo reduce_pca, reduce_tsvd, reduce_tsne, reduce_umap, reduce_nmf, reduce_ica, reduce_mds;

#endif

/* dendrogram: merges in the order of their heights, as a tree. Nodes 0 … n-1 are the rows; merge i makes node
 * n + i. */
#ifndef LATHE_CLUSTER_DENDROGRAM_H
#define LATHE_CLUSTER_DENDROGRAM_H

#include "plugins/cluster/spanning.h"

struct join {
    uint32_t left, right; /* nodes, left < right */
    uint32_t size;        /* rows */
    double height;
};

/* join[m] from merge[m], sorted, each naming any row of the two clusters that it joins. Scratch memory of this
 * call. LT_OK, LT_MEMORY, or LT_INVALID (said) when a merge joins a cluster with itself. */
int dendrogram_build(struct lt_ctx *ctx, const struct edge *merge, size_t m, size_t n, struct join *join);

/* Clusters after the first `m` joins, numbered by their first rows: label[n]. LT_OK or LT_MEMORY. */
int dendrogram_cut(struct lt_ctx *ctx, const struct join *join, size_t m, size_t n, int32_t *label);

/* The picture: the last joins as one line, and the height of the cut. LT_OK or LT_MEMORY. */
int dendrogram_draw(struct lt_ctx *ctx, const struct join *join, size_t m, size_t n, double cut);

#endif

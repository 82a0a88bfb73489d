/* condensed: a dendrogram without what is too small to be a cluster. Going down from the root, a split that leaves
 * fewer than min_size rows on one side is no split: these rows fall out of the cluster. Levels are densities,
 * lambda = 1 / height. */
#ifndef LATHE_CLUSTER_CONDENSED_H
#define LATHE_CLUSTER_CONDENSED_H

#include "plugins/cluster/dendrogram.h"

/* Scratch memory of the call that built it. Cluster 0 is the root; children have greater numbers. */
struct condensed {
    size_t n, k;
    int32_t *parent;   /* k; -1 at the root */
    double *birth;     /* k: lambda at which it parts from its parent */
    double *stability; /* k: sum over its rows of lambda where they leave it - birth */
    uint32_t *size;    /* k: rows at birth */
    int32_t *row;      /* n: the cluster that the row fell out of … */
    double *lambda;    /* n: … and where */
    double deepest;    /* greatest lambda at which the root lost rows or split */
};

enum selection { SELECT_EOM, SELECT_LEAF };

int condensed_build(struct lt_ctx *ctx, const struct join *join, size_t n, size_t min_size, struct condensed *c);

/* Which clusters are kept: chosen[k]. Clusters that part from their parents at distances below eps are not told
 * apart. LT_OK or LT_MEMORY. */
int condensed_select(struct lt_ctx *ctx, const struct condensed *c, enum selection method, int allow_single,
                     double eps, uint8_t *chosen);

/* The chosen cluster that row i is in, or -1. */
int32_t condensed_cluster_of(const struct condensed *c, const uint8_t *chosen, size_t i);

#endif

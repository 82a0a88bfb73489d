/* prune: minimal cost-complexity pruning (Breiman et al., 1984). With R(T) the impurity of a tree's leaves,
 * weighted by their share of the rows, and |T| their number, the cost is R(T) + alpha |T|. As alpha grows, the
 * best subtree loses one branch after another: always the one whose leaves are worth the least, the weakest link. */
#ifndef LATHE_TREE_PRUNE_H
#define LATHE_TREE_PRUNE_H

#include "plugins/tree/nodes.h"

/* From the whole tree (alpha 0) to its root alone: from alpha[i] on, this is what is left. */
struct prune_path {
    size_t n;
    double *alpha, *impurity, *leaves;
};

/* The path of a single tree of n nodes, and what it is with `alpha`: is_leaf by node, 1 where it was cut. impurity
 * and weight are by node. 0, or -1 without memory. */
int prune_find(size_t n, const struct node *node, const double *impurity, const double *weight, double alpha,
               struct prune_path *path, uint8_t *is_leaf);
void prune_free(struct prune_path *path);

/* The table and the picture "pruning", with a mark at the alpha that was asked for. */
void prune_emit(struct lt_ctx *ctx, const struct prune_path *path, double alpha);
int prune_save(struct lt_ctx *ctx, const struct prune_path *path);
int prune_load(struct lt_ctx *ctx, struct prune_path *path);

#endif

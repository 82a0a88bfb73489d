/* importance: how much each column's splits gained, as shares of one. */
#ifndef LATHE_TREE_IMPORTANCE_H
#define LATHE_TREE_IMPORTANCE_H

#include "plugins/tree/names.h"
#include "plugins/tree/nodes.h"

/* share[p]. per_tree: each tree's shares are taken first and then averaged (forests), weighted by vote[n_trees] unless
 * that is NULL; else gains add up. */
void importance_shares(const struct nodes *f, int per_tree, const double *vote, size_t p, double *share);
/* The table "importance", greatest first. LT_OK or a failure. */
int importance_emit(struct lt_ctx *ctx, const struct names *names, const struct nodes *f, int per_tree,
                    const double *vote, const char *title);

#endif

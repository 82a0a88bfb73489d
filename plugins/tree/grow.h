/* grow: a tree from its samples. A grow_node is a leaf that may still be split; measuring it sums its samples,
 * searching finds its best split, splitting turns it into two. In which order that happens is the caller's affair:
 * a forest goes depth first, a single tree level by level or best first, and all get the same splits, because the
 * features that a node draws depend on its place in the tree alone. */
#ifndef LATHE_TREE_GROW_H
#define LATHE_TREE_GROW_H

#include "plugins/tree/split.h"

struct grow_rules {
    struct split_rules split;
    uint64_t max_depth;
    double min_split;    /* draws */
    double min_decrease; /* of the impurity, weighted by the node's share */
    int all_values;      /* inner nodes have a value as well */
};

struct grow_node {
    size_t begin, end; /* of the samples */
    uint32_t at;       /* in the tree */
    uint32_t depth;
    uint64_t key; /* names the node's place: where its random numbers come from */
    int open;     /* may be split, by its size, depth and purity */
    struct split best;
};

struct growth {
    const struct grow_rules *rules;
    struct samples *samples;
    struct nodes *nodes; /* the tree is the last one there, not yet ended */
    double weight;       /* of all samples */
    double *threshold;   /* real thresholds by node; NULL: not kept */
    double *score;       /* by node, with `threshold`: its impurity */
    double *draws;       /* by node, with `threshold` */
    double *rows_weight; /* by node, with `threshold`: the weight of its rows */
    size_t threshold_cap, score_cap, draws_cap, rows_weight_cap;
    int keep_thresholds;
    uint32_t pure_values; /* the first n_classes values are those of the pure leaves */
};

/* The root. 0 or -1 without memory, as all of these. */
int grow_root(struct growth *g, struct split_work *w, uint64_t key, struct grow_node *root);
/* The best split of an open node, over all features or a draw of them; total is scratch of samples_width
 * doubles. */
void grow_search(const struct growth *g, struct split_work *w, struct grow_node *node, double *total);
/* The same over `n` of all the features, from `first` on, into *best. */
void grow_search_some(const struct growth *g, struct split_work *w, const struct grow_node *node, size_t first,
                      size_t n, double *total, struct split *best);
/* Is the split that was found good enough? */
int grow_accepts(const struct growth *g, const struct grow_node *node);
int grow_split(struct growth *g, struct split_work *w, const struct grow_node *node, struct grow_node *left,
               struct grow_node *right);

/* The whole tree, depth first, and its end in g->nodes. `cancelled` is polled. LT_OK, LT_CANCELLED, LT_MEMORY. */
int grow_whole(struct lt_ctx *ctx, struct growth *g, struct split_work *w, uint64_t key);

#endif

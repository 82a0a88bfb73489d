/* nodes: grown trees as flat arrays. A tree is a run of nodes, its root first; the two children of a node are
 * neighbours (left, then right) and come after it. A leaf is its own left child with a test that always answers
 * "left", so a walk may simply go on: many rows walk side by side, without a branch.
 *
 *     numbers      left if code <= split; a missing value (code 0) goes left, or right with NODE_MISSING_RIGHT
 *     categories   left if bit `code` of set[split] is on; bit 0 answers for missing and unknown levels
 *
 * Values belong to nodes by `value` and are `width` doubles each: class shares, a mean, a boosting step. */
#ifndef LATHE_TREE_NODES_H
#define LATHE_TREE_NODES_H

#include "api/lathe.h"
#include "plugins/tree/bins.h"

#define NODE_MISSING_RIGHT 0x80000000u
#define NODE_CATEGORY 0x40000000u
#define NODE_FEATURE 0x3fffffffu
#define NODE_NEVER 0xffffffffu /* the split of a leaf: no code is above it */

struct node {
    uint32_t child; /* within the tree */
    uint32_t feature;
    uint32_t split;
    uint32_t value; /* index of the value, in the whole forest; of a leaf at least */
};

struct level_set {
    uint64_t bit[4];
};

struct nodes {
    size_t n, node_cap, n_trees, tree_cap, n_values, value_cap, n_sets, set_cap, cover_cap, gain_cap;
    struct node *node;
    float *cover;  /* weight of the training rows in each node */
    float *gain;   /* what its split gained; 0 at leaves */
    size_t *start; /* n_trees + 1 */
    uint32_t width;
    double *value; /* n_values x width */
    struct level_set *set;
    int categories; /* some split is one of categories */
};

void nodes_init(struct nodes *f, uint32_t width);
void nodes_free(struct nodes *f);
/* All of these return 0, or -1 without memory. */
int nodes_add(struct nodes *f, double cover, uint32_t *at); /* a leaf at the end of the last tree, without value */
int nodes_add_value(struct nodes *f, const double *value, uint32_t *at);
int nodes_add_set(struct nodes *f, const struct level_set *set, uint32_t *at);
int nodes_end_tree(struct nodes *f); /* what was added since the last end is a tree */
int nodes_append(struct nodes *f, const struct nodes *trees);
void nodes_truncate(struct nodes *f, size_t n_trees);

size_t nodes_depth(const struct nodes *f, size_t tree);
size_t nodes_leaves(const struct nodes *f, size_t tree);

/* leaf[i] = the node that row rows[i] (NULL: row i) of the table ends in. */
void nodes_walk(const struct nodes *f, size_t tree, const struct bin_table *table, size_t n, const uint32_t *rows,
                uint32_t *leaf);

/* Blocks of rows become codes and go to fn, which adds up what trees say; the blocks run side by side. */
enum { NODES_BLOCK = 1024 }; /* rows a block, at most */
typedef void nodes_rows_fn(void *arg, const struct bin_table *codes, size_t begin, size_t n);
int nodes_each_block(struct lt_ctx *ctx, const struct bin_map *map, const struct lt_data *data, nodes_rows_fn *fn,
                     void *arg);

int nodes_save(struct lt_ctx *ctx, const struct nodes *f);
int nodes_load(struct lt_ctx *ctx, const struct bin_map *map, struct nodes *f);

NUM_INLINE int node_is_leaf(const struct nodes *f, size_t tree, uint32_t at)
{
    return f->node[f->start[tree] + at].child == at;
}

NUM_INLINE uint32_t set_has(const struct level_set *s, uint32_t code)
{
    return (uint32_t)(s->bit[code >> 6 & 3] >> (code & 63) & 1);
}

NUM_INLINE void set_add(struct level_set *s, uint32_t code)
{
    s->bit[code >> 6 & 3] |= (uint64_t)1 << (code & 63);
}

/* 1 when a value with this code goes right. */
NUM_INLINE uint32_t node_goes_right(const struct node *nd, const struct level_set *set, int categories,
                                    uint32_t code)
{
    if (categories && (nd->feature & NODE_CATEGORY))
        return !set_has(&set[nd->split], code);
    uint32_t shift = nd->feature >> 31;
    return code - shift > nd->split - shift;
}

#endif

/* boost: one tree of a boosted model, grown on packed gradients. Of two children only the smaller is summed; the
 * other is the parent minus it. Rows of a node are a stretch of a list that is parted in place at each split; within
 * a leaf they lie in runs that ascend.
 *
 * A booster is the workshop: made once for a training, used for every tree. */
#ifndef LATHE_TREE_BOOST_H
#define LATHE_TREE_BOOST_H

#include "plugins/tree/cut.h"

struct boost_rules {
    struct cut_rules cut;
    uint64_t max_depth;
    uint64_t max_leaves;    /* 0: level by level; else best first */
    const uint64_t *member; /* by column: the groups it is in; on a path all columns share one. NULL: no groups */
};

enum { BOOST_MOST_LEAVES = 65535 }; /* of a tree: leaf numbers are 16 bits wide */

struct boost_leaf {
    uint32_t at; /* node */
    size_t begin, end;
    const uint32_t *rows; /* rows[begin … end) */
    double lower, upper;  /* where its value must lie, before the learning rate */
};

struct booster;

struct booster *booster_new(struct lt_ctx *ctx, const struct bin_table *table, const struct bin_map *map,
                            const struct boost_rules *rules);
void booster_free(struct booster *b);

/* Grows a tree on n rows (NULL: all of the table) and adds it to `trees`, with one value for each leaf, which
 * is the caller's to set. use: by column, 0 where this tree may not split. LT_OK, LT_CANCELLED or LT_MEMORY;
 * then `trees` is as before. The leaves stay valid until the next tree. */
int booster_grow(struct lt_ctx *ctx, struct booster *b, const struct hist_form *form, const uint32_t *word,
                 const uint32_t *rows, size_t n, const uint8_t *use, struct nodes *trees);
size_t booster_leaves(const struct booster *b, const struct boost_leaf **leaf);

#endif

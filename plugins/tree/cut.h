/* cut: the best split of a node of a boosted tree, from its histogram. With G and H the sums of gradients and
 * curvatures on a side, a side scores G^2 / (H + lambda), and a split gains what its sides score more than the
 * node (Chen and Guestrin, 2016).
 *
 * Where a column is monotone, values are kept between bounds: a split on it must put the sides' values in its
 * order, and all that comes below them stays on its side of their middle. */
#ifndef LATHE_TREE_CUT_H
#define LATHE_TREE_CUT_H

#include "plugins/tree/hist.h"
#include "plugins/tree/nodes.h"

struct cut_rules {
    double lambda, min_gain, min_weight;
    uint64_t min_leaf;
    const int8_t *monotone; /* by column: +1, -1 or 0; NULL: all free */
};

struct cut {
    int found;
    uint32_t feature, code;
    int category, missing_right;
    int missing_seen;
    struct level_set set, seen;
    double gain;
    uint64_t n_left;
    double middle; /* with constraints: halfway between the values of the sides */
};

struct cut_node {
    const struct hist_form *form;
    const struct cut_rules *rules;
    struct hist_sum total;
    double lower, upper; /* with constraints: where the values below this node must lie */
};

/* Sums of all rows of the node: of any one column's cells. */
struct hist_sum cut_total(const struct hist_form *form, const void *cells, int packed, size_t at,
                          uint32_t n_codes);
/* Looks at the column whose cells begin at `at`; *best changes when it is beaten. */
void cut_column(const struct cut_node *node, const struct bin_column *column, uint32_t feature, const void *cells,
                int packed, size_t at, struct cut *best);

#endif

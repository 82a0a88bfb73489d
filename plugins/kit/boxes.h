/* boxes: a KD-tree (Bentley 1975; Friedman, Bentley and Finkel 1977) over n rows. Each node knows the box that holds
 * its rows; a node of more than BOXES_LEAF rows is cut at the middle row of the box's widest side. Where boxes are
 * too far away, or wholly near, nobody has to look at their rows. The tree depends on the rows alone. */
#ifndef LATHE_KIT_BOXES_H
#define LATHE_KIT_BOXES_H

#include "api/lathe.h"

enum { BOXES_LEAF = 32 };

struct boxes_node {
    uint32_t begin, end;  /* of `row` */
    uint32_t left, right; /* nodes, both greater than this one; 0: a leaf */
};

struct boxes {
    size_t n, p, n_nodes;
    const double *x; /* n x p, dense; the caller's */
    struct boxes_node *node;
    double *box;   /* a node: p lows, p highs */
    uint32_t *row; /* n: rows, leaf by leaf */
    double *lane;  /* the rows again: a leaf's begin at lane[begin * p], column by column */
};

/* n up to UINT32_MAX, finite. LT_OK or a failure that was said. */
int boxes_build(struct lt_ctx *ctx, struct boxes *t, const double *x, size_t n, size_t p);
void boxes_free(struct boxes *t);

/* What lies between a row, or a box, and the node's box, squared. Rounding is on the safe side: nearest is never too
 * large, farthest never too small. low and high of a row are the row itself. */
double boxes_nearest(const struct boxes *t, size_t node, const double *low, const double *high);
double boxes_farthest(const struct boxes *t, size_t node, const double *low, const double *high);

/* Distances of q to all rows of a leaf, up to rounding: sums of squares, sums of absolutes, the largest. */
enum boxes_metric { BOXES_SQUARED, BOXES_ABSOLUTE, BOXES_LARGEST };
void boxes_leaf(const struct boxes *t, size_t leaf, enum boxes_metric metric, const double *q, double *out);

#endif

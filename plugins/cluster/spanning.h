/* spanning: the shortest tree that joins all rows, edge by edge as Prim's method grows it from row 0. With core
 * distances the length of an edge is the mutual reachability max(core_i, core_j, |x_i - x_j|). */
#ifndef LATHE_CLUSTER_SPANNING_H
#define LATHE_CLUSTER_SPANNING_H

#include "plugins/cluster/lanes.h"

struct edge {
    uint32_t a, b;
    double length;
};

struct spanning {
    struct lanes outside; /* rows that aren't in the tree; value: squared length to the tree */
    uint32_t *from;       /* n, by place: the row of the tree that is so near */
    double *q;            /* the row that joined last … */
    double core;          /* … its core distance squared, */
    uint32_t newest;      /* … and its number */
};

/* core[n]: distances, or NULL. LT_OK or LT_MEMORY. */
int spanning_begin(struct lt_ctx *ctx, struct spanning *s, const double *x, size_t n, size_t p,
                   const double *core);
void spanning_free(struct spanning *s);
/* The next edge; there are n - 1. */
struct edge spanning_next(struct lt_ctx *ctx, struct spanning *s);

/* The distance of two rows as the tree measures it, to the last bit. */
double spanning_distance(size_t p, const double *a, const double *b);

/* In the order of their lengths; of equals, in the order given. LT_OK or LT_MEMORY. */
int edges_sort(struct lt_ctx *ctx, struct edge *edge, size_t n);

/* Numbers "taken" and tensors "merged" and "height"; loaded into new memory for n - 1 edges, with row numbers and
 * lengths that can be. */
int edges_save(struct lt_ctx *ctx, const struct edge *edge, size_t n_edges);
int edges_load(struct lt_ctx *ctx, size_t n, struct edge **edge, size_t *n_edges);

#endif

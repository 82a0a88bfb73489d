/* graph: who is near whom. Each row's k nearest others, and the symmetric graph that joins i to j when either is
 * among the other's. */
#ifndef LATHE_REDUCE_GRAPH_H
#define LATHE_REDUCE_GRAPH_H

#include "api/lathe.h"
#include "plugins/kit/nearest_rows.h"

/* index[n x k] and distance[n x k] of the k nearest rows beside each row itself, nearest first; k < n. LT_OK or a
 * failure that was said. */
int graph_nearest(struct lt_ctx *ctx, const struct nearest_rows *rows, size_t k, uint32_t *index,
                  double *distance);

/* Compressed: the neighbours of i are to[start[i]] … to[start[i + 1] - 1], ascending. */
struct graph {
    size_t n;
    size_t *start; /* n + 1 */
    uint32_t *to;
    float *value;
};

/* value of i-j from what i says of j and what j says of i (0 when it doesn't name it). */
typedef double graph_join_fn(double there, double back);

/* LT_OK, LT_MEMORY or LT_CANCELLED; then there is nothing to free. */
int graph_symmetric(struct lt_ctx *ctx, size_t n, size_t k, const uint32_t *index, const double *value,
                    graph_join_fn *join, struct graph *g);
void graph_free(struct graph *g);

#endif

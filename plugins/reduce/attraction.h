/* attraction: what the edges of a graph do to points when i-j pulls with value q d, q = 1 / (1 + |d|^2). */
#ifndef LATHE_REDUCE_ATTRACTION_H
#define LATHE_REDUCE_ATTRACTION_H

#include "api/lathe.h"
#include "plugins/reduce/graph.h"

/* force[n x d] of points y[n x d], d 1 to 3. *spread, when given, gets the sum of value * log(1 + |d|^2). LT_OK,
 * LT_MEMORY or LT_CANCELLED. */
int attraction_of(struct lt_ctx *ctx, const struct graph *g, size_t d, const float *y, float *force,
                  double *spread);

/* What the n edges of one point, at own[d], do to it: force[d]. In the fastest way, and in plain C for comparison. y
 * and own are aligned to 8. */
void attraction_row(size_t n, const uint32_t *to, const float *value, size_t d, const float *y, const float *own,
                    float *force);
void attraction_plain(size_t n, const uint32_t *to, const float *value, size_t d, const float *y, const float *own,
                      float *force);

#endif

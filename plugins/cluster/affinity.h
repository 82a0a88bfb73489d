/* affinity: how alike rows are, as a symmetric matrix A, normalised to M = D^-1/2 A D^-1/2 with the degrees
 * d_i = sum_j a_ij and nothing on the diagonal; a row that is like no other has m_ii = 1. */
#ifndef LATHE_CLUSTER_AFFINITY_H
#define LATHE_CLUSTER_AFFINITY_H

#include "api/lathe.h"

struct affinity {
    size_t n;
    double *dense; /* n x n, or NULL */
    size_t *start; /* else row i has entries start[i] … start[i + 1] - 1 */
    uint32_t *column;
    double *value;
    double *root; /* n: d_i^-1/2, 1 for a row that is like no other */
};

/* a_ij = exp(-gamma |x_i - x_j|^2). LT_OK or a failure that was said; freed by affinity_free in any case. */
int affinity_rbf(struct lt_ctx *ctx, struct affinity *a, const double *x, size_t n, size_t p, double gamma);
/* a_ij: 1 when each is among the k nearest of the other (itself counted), 1/2 when one is. */
int affinity_neighbours(struct lt_ctx *ctx, struct affinity *a, const double *x, size_t n, size_t p, size_t k);
void affinity_free(struct affinity *a);

/* out[b x n] = v[b x n] M. LT_OK or LT_CANCELLED. */
int affinity_multiply(struct lt_ctx *ctx, const struct affinity *a, const double *v, size_t b, double *out);

#endif

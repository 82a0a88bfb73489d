/* lsq: least squares by orthogonal transformations. The design is [1 x] (or x), each row times the root of its
 * weight; blocks of rows are reduced to triangles side by side, the triangles again, until one is left (Demmel et
 * al. 2012, "tall skinny QR"). Where there are many rows, and no column comes near a combination of others, the
 * triangle is Cholesky's of the columns' products instead, which one fast pass gives. Columns that are combinations
 * of earlier ones move to the end, as in R. */
#ifndef LATHE_LINEAR_LSQ_H
#define LATHE_LINEAR_LSQ_H

#include "plugins/kit/kit.h"

struct lsq {
    size_t q;           /* columns of the design: p, and 1 for the constant, which comes first */
    size_t rank;        /* of them can be estimated: pivot[0 … rank-1] */
    int *pivot;         /* q; column of the design at each place */
    double *r;          /* q x q; its leading rank x rank upper triangle belongs to those */
    double *effects;    /* q; Q'y: its squares add up to what the columns explain, in order of pivot */
    double rss;         /* squares left */
    size_t n;           /* rows with a weight above 0 */
    double log_weights; /* sum of the logs of their weights */
};

/* y may be NULL: then only the rank and the pivots matter. Everything lies in scratch memory. */
int lsq_reduce(struct lt_ctx *ctx, const struct lt_data *data, const double *y, bool intercept, struct lsq *out);
/* coef[q]: NaN where the column is left out; cov[q x q], or NULL: (x'x)^-1, NaN rows likewise. */
int lsq_solve(struct lt_ctx *ctx, const struct lsq *lsq, double *coef, double *cov);

#endif

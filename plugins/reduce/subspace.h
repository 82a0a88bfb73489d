/* subspace: the leading right singular vectors of a tall or wide matrix A[n x p] by randomised subspace iteration
 * (Halko, Martinsson and Tropp 2011): l random directions are drawn through A'A again and again, turned to the
 * principal ones (Rayleigh-Ritz) and made orthogonal. One pass over the rows an iteration; A may be centred
 * without being written down. */
#ifndef LATHE_REDUCE_SUBSPACE_H
#define LATHE_REDUCE_SUBSPACE_H

#include "api/lathe.h"

struct subspace {
    const struct lt_data *data;
    const double *mean; /* p: subtracted from every row; NULL: nothing is */
    size_t l;
    double *axis; /* l x p: orthonormal rows, the first belongs to the largest value; a zero row beyond the rank */
    double *square; /* l: squared singular values by these axes, descending */
};

/* Takes memory, and starts from l random directions of the stream. */
int subspace_begin(struct lt_ctx *ctx, struct subspace *s, const struct lt_data *data, const double *mean,
                   size_t l, uint64_t stream);
void subspace_free(struct subspace *s);

/* One iteration. LT_OK, LT_MEMORY, LT_NUMERIC, or LT_CANCELLED: then nothing has changed. */
int subspace_step(struct lt_ctx *ctx, struct subspace *s);

/* Turns the axes to the principal ones without going on (a pass over the rows as well): what `square` then says
 * belongs to the axes as they are. */
int subspace_finish(struct lt_ctx *ctx, struct subspace *s);

#endif

/* principal: the axes along which rows vary most.
 *
 *   BY_COVARIANCE  eigenvectors of the p x p covariance, one pass over the rows: fastest when n is large and p isn't;
 *                  components whose standard deviation is below 1e-5 of the largest's lose digits
 *   BY_FULL        singular vectors of the centred table itself (of the triangle of its blockwise QR when n >= p):
 *                  every component to full precision
 *   BY_RANDOM      subspace iteration from a few random directions: for a few of many columns
 *   BY_AUTO        the cheapest that gives full precision */
#ifndef LATHE_REDUCE_PRINCIPAL_H
#define LATHE_REDUCE_PRINCIPAL_H

#include "api/lathe.h"

enum principal_method { BY_AUTO, BY_FULL, BY_COVARIANCE, BY_RANDOM };

struct principal_options {
    enum principal_method method;
    size_t k;           /* components that are wanted, 1 … min(n, p) */
    size_t oversamples; /* BY_RANDOM: further directions … */
    size_t iterations;  /* … and passes; 0: as many as scikit-learn takes */
    uint64_t stream;
};

struct principal {
    size_t p, k;
    enum principal_method method; /* the one that was taken */
    double *mean;                 /* p */
    double *axis;                 /* k x p, orthonormal rows; the largest loading of each is positive */
    double *variance;             /* k, descending, with the divisor n - 1 */
    double total;                 /* of all columns */
};

/* n >= 2. LT_OK or a failure that was said; then there is nothing to free. */
int principal_fit(struct lt_ctx *ctx, const struct lt_data *data, const struct principal_options *o,
                  struct principal *out);
void principal_free(struct principal *a);

/* The sign of each row of axis[k x p] becomes that of its largest loading. */
void principal_signs(size_t k, size_t p, double *axis);

/* out[n x k] with leading dimension ld: (row - mean) times each axis, divided by scale[k] where given. mean may be
 * NULL. LT_OK, LT_MEMORY, LT_CANCELLED, or a failure that says which cell isn't finite. */
int principal_project(struct lt_ctx *ctx, const struct lt_data *data, size_t k, const double *axis,
                      const double *mean, const double *scale, double *out, size_t ld);

#endif

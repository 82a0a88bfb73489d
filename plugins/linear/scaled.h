/* scaled: the columns on a standard scale, z = (x - centre) * scale, with a constant 1 after them: sums z v of all
 * rows, and the products that Newton's method needs. Constant columns are left out beside a free constant. */
#ifndef LATHE_LINEAR_SCALED_H
#define LATHE_LINEAR_SCALED_H

#include "plugins/kit/kit.h"

struct scaled {
    const struct lt_data *data;
    size_t n_active, q; /* q = n_active, and 1 for the constant */
    bool intercept;
    double weight;          /* of all rows */
    uint32_t *active;       /* columns in use */
    double *centre, *scale; /* of each of them */
};

/* `omit`[p] (or NULL): columns to leave out as well. LT_OK or a failure that was said; free in either case. */
int scaled_new(struct lt_ctx *ctx, struct scaled *z, const struct lt_data *data, bool intercept,
               const unsigned char *omit);
void scaled_free(struct scaled *z);

/* panel[q x ld]: z of rows [begin, begin + n), n <= ld, column after column. */
void scaled_fill(const struct scaled *z, size_t begin, size_t n, double *panel, size_t ld);

/* The coefficients v[q] in the columns' own units: b[p], *constant. */
void scaled_publish(const struct scaled *z, const double *v, size_t p, double *b, double *constant);
/* eta[n] = z v. LT_OK, LT_MEMORY or LT_CANCELLED. */
int scaled_values(struct lt_ctx *ctx, const struct scaled *z, const double *v, double *eta);
/* hessian[q x q] = sum d_i z_i z_i' (d >= 0; both NULL: not wanted), gradient[q] = sum r_i z_i. */
int scaled_products(struct lt_ctx *ctx, const struct scaled *z, const double *d, const double *r, double *hessian,
                    double *gradient);
/* In-place Cholesky factor; what floating point made indefinite gets a growing ridge. */
int scaled_factorise(struct lt_ctx *ctx, size_t q, double *hessian);
/* Variances of b[p] and, last, the constant, from cov[q x q] of v: variance[p + 1], NaN for columns left out. */
void scaled_variances(const struct scaled *z, const double *cov, size_t p, double *variance);

#endif

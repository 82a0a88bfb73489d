/* descend: the elastic net by coordinate descent. Minimises over b
 *     1/2 r'r + l1 |b|_1 + l2/2 |b|^2,   r = y - x b,
 * where products are per unit of weight. With few columns all that is needed are their products with one another
 * (a sweep costs p a coordinate that moves); with many, the columns themselves, of which only those take part that
 * the strong rule (Tibshirani et al. 2012) doesn't rule out, until none of the others breaks the conditions of the
 * optimum.
 *
 * The stop is scikit-learn's: a duality gap below tol y'y. */
#ifndef LATHE_LINEAR_DESCEND_H
#define LATHE_LINEAR_DESCEND_H

#include "plugins/kit/kit.h"

struct descend {
    size_t n, p;
    double *mean; /* p, then that of y; zeros without a constant */
    double weight;
    double *gram;   /* p x p, per unit of weight; NULL: by columns */
    double *column; /* p x n: centred, times the root of the weight over the total */
    double *target; /* n, likewise */
    double *square; /* p: x_j'x_j */
    double *xy;     /* p */
    double yy;
    double tol;
    size_t max_iter;
};

enum { DESCEND_GRAM_MOST = 2000 }; /* columns */

/* LT_OK or a failure that was said; what was allocated is given back by descend_free in either case. */
int descend_new(struct lt_ctx *ctx, struct descend *d, const struct lt_data *data, bool intercept);
void descend_free(struct descend *d);
double descend_largest(const struct descend *d); /* the smallest l1 at which all coefficients are 0 */

struct descend_end {
    size_t sweeps;
    double gap;      /* of the objective above */
    double residual; /* r'r */
    bool converged;
};
/* b[p]: where to start and where it ends; l1_before: of the solution that b is, for the strong rule. LT_OK,
 * LT_MEMORY or LT_CANCELLED. */
int descend_solve(struct lt_ctx *ctx, const struct descend *d, double l1, double l2, double l1_before, double *b,
                  struct descend_end *end);

#endif

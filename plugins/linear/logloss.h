/* logloss: the objective of logistic regression, its gradient and Hessian.
 *
 * Unknowns. Columns are used as z = (x - centre) * scale, a constant 1 after them: q in all. Two classes need one
 * vector v[q], for the log odds of the second. K > 2 classes have vectors W[K x q] of which only differences
 * matter; W = B v with v[(K-1) x q] and an orthonormal B[K x (K-1)] whose columns sum to 0: so the vectors sum to
 * 0 over the classes, as they do at the optimum, and |W|^2 = |v|^2, so that the penalty keeps its form. d = 1 or
 * K-1 rows of unknowns.
 *
 * Value: mean over the weighted rows of the log loss, plus 1/2 sum ridge_j v_aj^2. */
#ifndef LATHE_LINEAR_LOGLOSS_H
#define LATHE_LINEAR_LOGLOSS_H

#include "plugins/linear/scaled.h"

struct logloss {
    struct scaled z;         /* the columns, and the rows with their labels and weights */
    const int32_t *class_of; /* label -> 0 … k-1 */
    const double *ridge;     /* q */
    size_t k, d;
    const double *basis; /* k x d */
};

struct logloss_point {
    double *v; /* d x q */
    double value;
    double *gradient; /* d x q */
    double *hessian;  /* dq x dq, or NULL */
};

/* Scratch that evaluations share: allocated once a call of the module. */
struct logloss_work {
    size_t panel_rows, max_blocks, width;
    double *slots;   /* a block: value, k x q gradient, then d (d+1) / 2 blocks q x q of the Hessian */
    double *panels;  /* a worker */
    double *vectors; /* k x q */
};

int logloss_work_new(struct lt_ctx *ctx, const struct logloss *f, bool hessian, struct logloss_work *work);
/* At point->v: value and gradient, and the Hessian if asked for. LT_OK or LT_CANCELLED. */
int logloss_evaluate(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work, bool hessian,
                     struct logloss_point *point);
/* The orthonormal contrasts of Helmert: basis[k x (k-1)]. */
void logloss_basis(size_t k, double *basis);
/* vectors[k x q] = basis v, for two classes the vector itself. */
void logloss_vectors(const struct logloss *f, const double *v, double *vectors);

#endif

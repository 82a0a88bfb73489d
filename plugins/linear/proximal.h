/* proximal: one iteration towards the minimum of a logloss plus sum lasso_i |v_i|, which has corners that Newton's
 * method can't take. Prox-Newton (Friedman, Hastie and Tibshirani 2010; Lee, Sun and Saunders 2014): the loss
 * becomes its quadratic at the present point, coordinate descent finds the minimum of that with the penalty, and a line
 * search goes there. With too many unknowns for a Hessian: accelerated proximal gradient (FISTA, Beck and Teboulle
 * 2009, with O'Donoghue and Candes' restart). */
#ifndef LATHE_LINEAR_PROXIMAL_H
#define LATHE_LINEAR_PROXIMAL_H

#include "plugins/linear/descent.h"

struct proximal {
    const double *lasso; /* size */
    double *before;      /* size: the point before, for FISTA; free with proximal_free */
    double momentum, curvature;
};

int proximal_new(struct lt_ctx *ctx, size_t size, const double *lasso, struct proximal *proximal);
void proximal_free(struct proximal *proximal);
/* sum lasso_i |v_i| */
double proximal_penalty(const struct proximal *proximal, size_t size, const double *v);
/* How far the point is from the optimum: the largest component of the smallest subgradient. */
double proximal_slope(const struct proximal *proximal, const struct descent *descent);
/* One iteration; a failure or LT_CANCELLED leaves the point as it was. */
int proximal_advance(struct lt_ctx *ctx, const struct logloss *f, const struct logloss_work *work,
                     struct proximal *proximal, struct descent *descent);

#endif

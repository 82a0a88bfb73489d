/* scatter: weights, means and scatter of the columns within classes. Classes that don't occur are left out: the
 * others are numbered 0 … k-1 in the order of the labels. Everything lies in scratch memory. */
#ifndef LATHE_LINEAR_SCATTER_H
#define LATHE_LINEAR_SCATTER_H

#include "plugins/kit/kit.h"

struct scatter {
    size_t p, k;
    int32_t *class_of;     /* label -> 0 … k-1 */
    int32_t *present;      /* k: label */
    double total, *weight; /* of the rows, of each class */
    double *mean;          /* k x p */
    double *within;        /* p x p: sums of products of what is left of the class means; or k of them */
};

/* `each`: a matrix for each class instead of one for all. LT_OK or a failure that was said. */
int scatter_measure(struct lt_ctx *ctx, const struct lt_data *data, bool each, struct scatter *s);
/* fourth[k]: weighted sums of the squares of |(x - mean) / sd|^2, with sd[k x p] (0: the column is left out). */
int scatter_fourth(struct lt_ctx *ctx, const struct lt_data *data, const struct scatter *s, const double *sd,
                   double *fourth);
/* prior[k]: `given` (a number for each label, or none), or the shares of the weights. */
int scatter_priors(struct lt_ctx *ctx, const struct lt_value *given, const struct lt_data *data,
                   const struct scatter *s, double *prior);

#endif

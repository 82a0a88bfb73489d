/* loss: what boosting reduces. From the scores of some rows come their loss, its gradient and its curvature; a
 * score is on the scale of the link: log odds, log mean, or the target's own. */
#ifndef LATHE_TREE_LOSS_H
#define LATHE_TREE_LOSS_H

#include "api/lathe.h"

enum loss_kind { LOSS_AUTO, LOSS_LOGISTIC, LOSS_SQUARED, LOSS_ABSOLUTE, LOSS_HUBER, LOSS_QUANTILE, LOSS_POISSON };
#define LOSS_CHOICES "auto,log_loss,squared_error,absolute_error,huber,quantile,poisson"

struct loss {
    enum loss_kind kind;
    uint32_t width; /* scores a row: the classes, or 1 (two classes have one score) */
    double alpha;   /* the quantile; for huber that of the residuals where the loss turns straight */
    double delta;   /* huber: where, this round */
};

enum { LOSS_BLOCK = 1024 }; /* rows of one call, at most */

/* The curvature is 1 for every row of weight 1. */
int loss_constant_h(enum loss_kind kind);
/* Leaves take a quantile of their rows' residuals, instead of a Newton step. */
int loss_renews(enum loss_kind kind);
/* LT_OK, or a failure when loss, task and targets don't go together. */
int loss_check(struct lt_ctx *ctx, enum loss_kind kind, uint32_t task);
int loss_check_targets(struct lt_ctx *ctx, enum loss_kind kind, const struct lt_data *data);
enum loss_kind loss_for(enum loss_kind chosen, uint32_t task);

/* The best constant scores, base[width]; sorted and work: n doubles each. */
void loss_base(const struct loss *loss, const struct lt_data *data, double *sorted, double *work, double *base);

/* Rows [begin, begin + n): score[n x width]; g and h (NULL: not wanted) of class k of row i go to
 * g[k * stride + i]. Returns the sum of the weighted losses. */
double loss_gradients(const struct loss *loss, const struct lt_data *data, size_t begin, size_t n,
                      const double *score, size_t stride, float *g, float *h);
/* The curvature of rows of weight 1 where their gradients say it, so that it need not be kept. */
int loss_curvature_is_known(enum loss_kind kind);
void loss_curvature(const struct loss *loss, size_t n, const float *g, float *h);

/* Scores to predictions, in place or into out: probabilities (n x n_classes), or values. */
void loss_predictions(const struct loss *loss, size_t n, const double *score, double *out);

/* The weighted alpha-quantile of n values (weight NULL: all 1), which are sorted on the way. */
double loss_quantile(size_t n, double *x, double *weight, double alpha, double *work);

#endif

/* scores: probabilities of classes from weighted sums of the columns. */
#ifndef LATHE_LINEAR_SCORES_H
#define LATHE_LINEAR_SCORES_H

#include "plugins/linear/coefficients.h"

enum scores_link {
    SCORES_SOFTMAX, /* proportional to exp(sum) */
    SCORES_RIVALS   /* each class against the rest: 1 / (1 + exp(-sum)), then divided by their total */
};

/* One row of coefficients is the log odds of present[1] against present[0]; else row r is about present[r].
 * proba[n x n_classes]. LT_OK, LT_MEMORY or LT_CANCELLED. */
int scores_predict(struct lt_ctx *ctx, const struct lt_data *data, const struct coefficients *c,
                   enum scores_link link, const int32_t *present, size_t n_classes, double *proba);
/* present[k] as load found it: labels in order, below n_classes. */
int scores_check_present(struct lt_ctx *ctx, const int32_t *present, size_t k, size_t n_classes);

#endif

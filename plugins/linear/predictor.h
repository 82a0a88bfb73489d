/* predictor: intercept + x b for many rows. */
#ifndef LATHE_LINEAR_PREDICTOR_H
#define LATHE_LINEAR_PREDICTOR_H

#include "plugins/kit/kit.h"

/* value[n] = intercept + x64 coef, in fixed blocks of rows. LT_OK or LT_CANCELLED. */
int predictor_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *coef, double intercept,
                    double *value);
/* Weighted sum of (y - value)^2 (rows added in order), and of (y - mean y)^2 or y^2 into *total. */
double predictor_rss(const struct lt_data *data, const double *value, bool centred, double *total);

#endif

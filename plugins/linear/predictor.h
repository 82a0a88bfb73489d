/* predictor: constant + x b for many rows. */
#ifndef LATHE_LINEAR_PREDICTOR_H
#define LATHE_LINEAR_PREDICTOR_H

#include "plugins/kit/kit.h"

enum { PREDICTOR_ROWS = 512 };

/* n <= PREDICTOR_ROWS rows of columns from `begin` on, for k sums: value[k x PREDICTOR_ROWS], sum after sum, with
 * b[k x p] and constant[k]. */
void predictor_sums(const struct lt_data *data, size_t begin, size_t n, size_t k, const double *b,
                    const double *constant, double *value);
/* value[n] = constant + x b, in fixed blocks of rows, for either layout. LT_OK or LT_CANCELLED. */
int predictor_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *b, double constant,
                    double *value);

#endif

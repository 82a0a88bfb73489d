/* coefficients: what most linear models are when training is over: for each of `rows` sums a weight a column and a
 * constant, and some numbers about the fit. */
#ifndef LATHE_LINEAR_COEFFICIENTS_H
#define LATHE_LINEAR_COEFFICIENTS_H

#include "plugins/kit/kit.h"

struct coefficients {
    size_t p, rows, n_statistics;
    bool intercept;
    double *b;         /* rows x p */
    double *constant;  /* rows */
    double *statistic; /* n_statistics; what they are is the model's business */
    char **name;       /* p */
};

/* All zero. LT_OK or LT_MEMORY; what was allocated is given back by coefficients_free in either case. */
int coefficients_new(struct lt_ctx *ctx, struct coefficients *c, size_t p, size_t rows, size_t n_statistics,
                     bool intercept, const struct lt_column *column);
void coefficients_free(struct coefficients *c);

/* The table; of several rows with the class that each is about (row_name[rows]). */
void coefficients_describe(struct lt_ctx *ctx, const struct coefficients *c, const char *title,
                           char *const *row_name);
int coefficients_save(struct lt_ctx *ctx, const struct coefficients *c);
int coefficients_load(struct lt_ctx *ctx, struct coefficients *c);

/* Rows, columns, a finite target and weights: what a linear regression must be given, beside finite cells. */
int coefficients_check_regression(struct lt_ctx *ctx, const struct lt_data *data);

#endif

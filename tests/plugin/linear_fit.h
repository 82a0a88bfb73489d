/* linear_fit: a trained linear model with what it says of itself, and checks of numbers. Included after cmocka.h. */
#ifndef LATHE_TESTS_LINEAR_FIT_H
#define LATHE_TESTS_LINEAR_FIT_H

#include "mini_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void near(double value, double expected, double relative, const char *what)
{
    if (!(fabs(value - expected) <= relative * (fabs(expected) > 1e-300 ? fabs(expected) : 1)))
        fail_msg("%s is %.17g, not %.17g", what, value, expected);
}

/* A trained model with what it says of itself. */
struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_params *params;
    struct mini_data *data;
    void *model;
    int status;
};

static inline struct fit fit_data(const char *id, const char *text, struct mini_data *data)
{
    struct fit fit = {.algo = mini_algo("linear", id), .host = mini_host_new(2, 1), .data = data};
    fit.params = mini_params_new(fit.algo, text);
    fit.status = mini_train(fit.host, fit.algo, fit.params, data, 1, &fit.model);
    if (fit.model)
        assert_int_equal(fit.algo->describe(&fit.host->ctx, fit.model), LT_OK);
    return fit;
}

static inline void fit_free(struct fit *fit)
{
    if (fit->model)
        fit->algo->free(fit->model);
    mini_data_free(fit->data);
    mini_params_free(fit->params);
    mini_host_free(fit->host);
}

static inline double of(const struct fit *fit, const char *term, const char *column)
{
    return mini_cell(fit->host, "coefficients", term, column);
}

static inline double summary(const struct fit *fit, const char *name)
{
    return mini_cell(fit->host, "summary", name, "value");
}

static inline struct mini_csv *csv_or_skip(const char *path, const char *target, const char *columns)
{
    struct mini_csv *csv = mini_csv_load(path, target, columns);
    if (!csv)
        skip();
    return csv;
}

#endif

/* svr: support vector regression, with epsilon (svr) and with nu (nusvr). Each point is in the problem twice, once
 * for what pulls its prediction up and once for what pulls it down. */
#include "plugins/svm/svm.h"

#include "plugins/kit/kit.h"
#include "plugins/svm/options.h"
#include "plugins/svm/single.h"

enum { C_PARAM = N_KERNEL_PARAMS, WIDTH, N_PARAMS }; /* WIDTH: epsilon or nu */

#define C_ROW                                                                                                     \
    {                                                                                                             \
        .name = "C", .aliases = "c,cost", .type = LT_REAL, .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE, .def = "1",   \
        .min = 0, .max = 1e9, .doc = "What an error costs: small is smooth, large follows the rows"               \
    }

static const struct lt_param svr_params[N_PARAMS] = {
    KERNEL_PARAMS,
    [C_PARAM] = C_ROW,
    [WIDTH] = {.name = "epsilon",
               .type = LT_REAL,
               .flags = LT_TUNE,
               .def = "0.1",
               .min = 0,
               .max = 1e9,
               .doc = "Errors up to this cost nothing, in standard deviations of the target"},
};

static const struct lt_param nusvr_params[N_PARAMS] = {
    KERNEL_PARAMS,
    [C_PARAM] = C_ROW,
    [WIDTH] =
        {.name = "nu",
         .type = LT_REAL,
         .flags = LT_OPEN_MIN | LT_TUNE,
         .def = "0.5",
         .min = 0,
         .max = 1,
         .doc = "At most this share of the rows lies outside the tube, at least this share are support vectors"},
};

/* ---- the problems ------------------------------------------------------------------------------------------- */

static double limit_of(const struct single_problem *q, const double *weight, size_t i)
{
    return q->c * (weight ? weight[i] : 1);
}

static void fill_epsilon(const struct single_problem *q, const double *y, const double *weight, struct smo *smo)
{
    const size_t n = smo->span[0].n;
    for (size_t i = 0; i < n; i++) {
        smo->limit[i] = smo->limit[n + i] = limit_of(q, weight, i);
        smo->g[i] = y[i] - q->epsilon;
        smo->g[n + i] = y[i] + q->epsilon;
    }
    smo_start(smo, true);
}

/* Both spans start with the same sum, on the same points: so K b is 0. */
static void fill_nu(const struct single_problem *q, const double *y, const double *weight, struct smo *smo)
{
    const size_t n = smo->span[0].n;
    double left = 0;
    for (size_t i = 0; i < n; i++)
        left += limit_of(q, weight, i) * q->nu / 2;
    for (size_t i = 0; i < n; i++) {
        smo->limit[i] = smo->limit[n + i] = limit_of(q, weight, i);
        smo->b[i] = fmin(left, smo->limit[i]);
        smo->b[n + i] = -smo->b[i];
        left -= smo->b[i];
        smo->g[i] = smo->g[n + i] = y[i];
    }
    smo_start(smo, true);
}

static int svr_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const int status = options_check(ctx, params, data);
    return status == LT_OK ? kit_need_target(ctx, data) : status;
}

static int svr_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    const struct single_problem q = {
        .n_spans = 2, .c = kit_real(params, C_PARAM), .epsilon = kit_real(params, WIDTH), .fill = fill_epsilon};
    return single_begin(ctx, params, data, &q, model);
}

static int nusvr_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                       void **model)
{
    const struct single_problem q = {.n_spans = 2,
                                     .grouped = true,
                                     .c = kit_real(params, C_PARAM),
                                     .nu = kit_real(params, WIDTH),
                                     .fill = fill_nu};
    return single_begin(ctx, params, data, &q, model);
}

static int svr_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return single_predict(ctx, model, data, 1, out->value);
}

static int svr_describe(struct lt_ctx *ctx, const void *model)
{
    single_summary(ctx, model);
    return single_weights(ctx, model);
}

static int nusvr_describe(struct lt_ctx *ctx, const void *model)
{
    const struct single *m = model;
    single_summary(ctx, m);
    kit_statistic(ctx, "epsilon", -m->scale);
    return single_weights(ctx, m);
}

/* ---- descriptors -------------------------------------------------------------------------------------------- */

#define SVR_REST                                                                                                  \
    .tasks = LT_REGRESS, .traits = LT_WANTS_SCALED | LT_WEIGHTS_OK | LT_TARGET_SCALED, .layout = LT_ROWS_F64,     \
    .n_params = N_PARAMS, .unit = "round", .check = svr_check, .step = single_step, .predict = svr_predict,       \
    .save = single_save, .load = single_load, .free = single_free, .units = single_units

const struct lt_algo svm_svr = {
    LT_HEADER(1),
    .id = "svr",
    .name = "Support vector regression",
    .version = "1",
    .summary = "A smooth curve with a tube around it in which errors cost nothing",
    .doc =
        "The prediction is a weighted sum of kernels,\n\n"
        "    f(x) = sum_i b_i k(x_i, x) - rho\n\n"
        "as flat as it can be while few rows lie more than epsilon away from it:\n\n"
        "    minimise  1/2 |w|^2 + C sum_i w_i max(0, |y_i - f(x_i)| - epsilon)\n\n"
        "Rows inside the tube have no coefficient; those on its wall or outside are the support vectors. The cost "
        "grows with the error, not its square, so single wild values pull little. A wide tube makes a sparse and "
        "coarse model. Columns and the target are scaled first, so epsilon counts standard deviations of the "
        "target. See `svm` for kernels, steps and `gap`.",
    .reference =
        "Smola and Schoelkopf, A tutorial on support vector regression, Statistics and Computing 14 (2004); "
        "Fan, Chen and Lin, JMLR 6 (2005)",
    .params = svr_params,
    .begin = svr_begin,
    .describe = svr_describe,
    SVR_REST,
};

const struct lt_algo svm_nusvr = {
    LT_HEADER(1),
    .id = "nusvr",
    .name = "Nu support vector regression",
    .version = "1",
    .summary = "Support vector regression that finds the width of its tube",
    .doc =
        "Support vector regression (see `svr`) where the width epsilon of the tube is a variable, at a price:\n\n"
        "    minimise  1/2 |w|^2 + C (nu n epsilon + sum_i max(0, |y_i - f(x_i)| - epsilon))\n\n"
        "At most nu of the rows end outside the tube, and at least nu of them are support vectors. The summary "
        "says what epsilon became.",
    .reference =
        "Schoelkopf, Smola, Williamson and Bartlett, New support vector algorithms, Neural Computation 12 "
        "(2000)",
    .params = nusvr_params,
    .begin = nusvr_begin,
    .describe = nusvr_describe,
    SVR_REST,
};

/* ocsvm: the one-class support vector machine, which learns where rows usually are. */
#include "plugins/svm/svm.h"

#include "plugins/kit/kit.h"
#include "plugins/svm/options.h"
#include "plugins/svm/single.h"

enum { NU = N_KERNEL_PARAMS, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    KERNEL_PARAMS,
    [NU] = {.name = "nu",
            .type = LT_REAL,
            .flags = LT_OPEN_MIN | LT_TUNE,
            .def = "0.5",
            .min = 0,
            .max = 1,
            .doc = "At most this share of the training rows is called strange (score above 0)"},
};

/* The sum starts on the first rows. */
static void fill(const struct single_problem *q, const double *y, const double *weight, struct smo *smo)
{
    double left = 0;
    (void)y;
    for (size_t i = 0; i < smo->n; i++)
        left += q->nu * (weight ? weight[i] : 1);
    for (size_t i = 0; i < smo->n; i++) {
        smo->limit[i] = weight ? weight[i] : 1;
        smo->b[i] = fmin(left, smo->limit[i]);
        left -= smo->b[i];
        smo->g[i] = 0;
    }
    smo_start(smo, false);
}

static int check(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data)
{
    return options_check(ctx, given, data);
}

static int begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    const struct single_problem q = {.n_spans = 1, .nu = kit_real(given, NU), .fill = fill};
    return single_begin(ctx, given, data, &q, model);
}

static int predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return single_predict(ctx, model, data, -1, out->value);
}

static int describe(struct lt_ctx *ctx, const void *model)
{
    single_summary(ctx, model);
    return LT_OK;
}

const struct lt_algo svm_ocsvm = {
    LT_HEADER(1),
    .id = "ocsvm",
    .name = "One-class support vector machine",
    .version = "1",
    .summary = "A boundary around most of the rows; what lies outside is strange",
    .doc =
        "In the space of the kernel, the rows are cut off from the origin by the plane that is farthest from "
        "it:\n\n"
        "    minimise  1/2 |w|^2 - rho + 1/(nu n) sum_i max(0, rho - w'x_i)\n\n"
        "With `rbf` that is a boundary around where the rows are dense. At most nu of the rows end outside, and "
        "at "
        "least nu of them are support vectors, so nu is the share of strange rows one expects. The score is\n\n"
        "    rho - sum_i b_i k(x_i, x)\n\n"
        "above 0 outside, and larger the stranger; scikit-learn's decision_function is minus that. A small gamma "
        "gives a smooth boundary. See `svm` for kernels, steps and `gap`.",
    .reference = "Schoelkopf, Platt, Shawe-Taylor, Smola and Williamson, Estimating the support of a "
                 "high-dimensional distribution, Neural Computation 13 (2001)",
    .tasks = LT_ANOMALY,
    .traits = LT_WANTS_SCALED | LT_WEIGHTS_OK,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "round",
    .check = check,
    .begin = begin,
    .step = single_step,
    .predict = predict,
    .describe = describe,
    .save = single_save,
    .load = single_load,
    .free = single_free,
    .units = single_units,
};

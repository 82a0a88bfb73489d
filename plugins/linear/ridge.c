/* ridge: least squares with a penalty on the squares of the coefficients. Minimises
 *     sum w_i (y_i - b0 - x_i b)^2 + alpha |b|^2,
 * the constant unpenalised, on centred columns: (x'wx + alpha) b = x'wy, or for more columns than rows the equal
 * problem of n unknowns, b = x'w^1/2 (w^1/2 x x' w^1/2 + alpha)^-1 w^1/2 y. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/linear/gram.h"
#include "plugins/linear/predictor.h"

enum { ALPHA, FIT_INTERCEPT, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [ALPHA] = {.name = "alpha",
               .aliases = "lambda",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "1",
               .min = 0,
               .max = INFINITY,
               .doc = "Strength of the penalty on the squares of the coefficients; 0 is none"},
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether the model has a constant; it is not penalised"},
};

enum statistic { N_ROWS, EFFECTIVE_DF, R2, N_STATISTICS };

struct ridge {
    size_t p;
    bool intercept, done;
    double alpha;
    double *coef; /* p, then the constant */
    double statistic[N_STATISTICS];
    char **name;
};

static void ridge_free(void *model)
{
    struct ridge *m = model;
    if (!m)
        return;
    free(m->coef);
    free(m->name);
    free(m);
}

static struct ridge *ridge_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns,
                               const struct lt_column *column)
{
    struct ridge *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = columns;
    m->alpha = kit_real(p, ALPHA);
    m->intercept = kit_bool(p, FIT_INTERCEPT);
    m->coef = kit_alloc_f64(ctx, columns + 1);
    m->name = kit_column_names(ctx, column, columns);
    if (m->coef && m->name)
        return m;
    ridge_free(m);
    return NULL;
}

static int ridge_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_target(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = kit_check_finite(ctx, data);
    if (status == LT_OK && !(*model = ridge_new(ctx, p, data->p, data->column)))
        status = LT_MEMORY;
    return status;
}

/* ---- the two ways to the answer */

/* Solves the symmetric a[k x k] + alpha for b; *trace gets that of a (a + alpha)^-1. */
static int solve(struct lt_ctx *ctx, size_t k, double *a, double alpha, double *b, double *trace)
{
    for (size_t j = 0; j < k; j++) {
        a[j * k + j] += alpha;
        if (!isfinite(a[j * k + j]))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the numbers are too large for ridge regression; rescale the columns");
    }
    if (la_cholesky(k, a, k))
        return ctx->fail(ctx, LT_NUMERIC,
                         "the columns are combinations of one another, so alpha=%g leaves no single "
                         "answer; use a larger alpha, or 'linear'",
                         alpha);
    la_cholesky_solve(k, a, k, b);
    *trace = (double)k;
    if (la_cholesky_inverse(k, a, k))
        return ctx->fail(ctx, LT_NUMERIC,
                         "the columns are too nearly combinations of one another; use a larger alpha");
    for (size_t j = 0; j < k; j++)
        *trace -= alpha * a[j * k + j];
    return LT_OK;
}

static int solve_columns(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double alpha,
                         double *coef, double *trace)
{
    double *gram, yy;
    int status = gram_products(ctx, data, mean, &gram, coef, &yy);
    return status == LT_OK ? solve(ctx, data->p, gram, alpha, coef, trace) : status;
}

static int solve_rows(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double alpha,
                      double *coef, double *trace)
{
    size_t n = data->n, p = data->p;
    double *x = kit_scratch(ctx, n, p * sizeof *x), *y = kit_scratch_f64(ctx, n);
    double *kernel = kit_scratch(ctx, n, n * sizeof *kernel);
    if (!x || !y || !kernel)
        return LT_MEMORY;
    gram_centre_rows(data, mean, 0, n, x, y);
    la_gemm(0, 1, n, n, p, 1.0, x, p, x, p, 0.0, kernel, n);
    int status = solve(ctx, n, kernel, alpha, y, trace);
    if (status == LT_OK)
        la_gemv(1, n, p, 1.0, x, p, y, 0.0, coef);
    return status;
}

static int ridge_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct ridge *m = model;
    size_t p = m->p;
    double trace = 0, total = 0;
    double *mean = kit_scratch_f64(ctx, p + 1), *coef = kit_scratch_f64(ctx, p + 1);
    double *fitted = kit_scratch_f64(ctx, data->n);
    (void)units;
    if (m->done)
        return LT_DONE;
    if (!mean || !coef || !fitted)
        return LT_MEMORY;
    int status = gram_means(ctx, data, m->intercept, mean);
    if (status == LT_OK)
        status = p <= data->n || m->alpha == 0 ? solve_columns(ctx, data, mean, m->alpha, coef, &trace)
                                               : solve_rows(ctx, data, mean, m->alpha, coef, &trace);
    if (status != LT_OK)
        return status;
    coef[p] = m->intercept ? mean[p] - la_dot(p, mean, coef) : 0;
    for (size_t j = 0; j <= p; j++)
        if (!isfinite(coef[j]))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the numbers are too large or too small for ridge regression; rescale them");
    status = predictor_apply(ctx, data, coef, coef[p], fitted);
    if (status != LT_OK)
        return status;
    double rss = predictor_rss(data, fitted, m->intercept, &total);
    memcpy(m->coef, coef, (p + 1) * sizeof *coef);
    m->statistic[N_ROWS] = (double)data->n;
    m->statistic[EFFECTIVE_DF] = trace + m->intercept;
    m->statistic[R2] = total > 0 ? 1 - rss / total : NAN;
    m->done = true;
    return LT_DONE;
}

static int ridge_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct ridge *m = model;
    return predictor_apply(ctx, data, m->coef, m->coef[m->p], out->value);
}

static int ridge_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"term:text", "estimate:real"};
    const struct ridge *m = model;
    ctx->emit_table(ctx, "coefficients", "Coefficients", columns, 2);
    for (size_t j = m->intercept ? 0 : 1; j <= m->p; j++) {
        struct lt_cell cells[] = {LT_CTEXT(j ? m->name[j - 1] : "(Intercept)"),
                                  kit_cell(j ? m->coef[j - 1] : m->coef[m->p])};
        ctx->emit_row(ctx, cells);
    }
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->statistic[N_ROWS]);
    kit_statistic(ctx, "alpha", m->alpha);
    kit_statistic(ctx, "effective_df", m->statistic[EFFECTIVE_DF]);
    kit_statistic(ctx, "r2", m->statistic[R2]);
    return LT_OK;
}

static int ridge_save(struct lt_ctx *ctx, const void *model)
{
    const struct ridge *m = model;
    int status = kit_put_f64(ctx, "coef", m->coef, m->p + 1, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0);
    return status;
}

static int ridge_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct ridge *m = ridge_new(ctx, p, info->p, info->column);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "coef", m->coef, m->p + 1, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0);
    if (status != LT_OK) {
        ridge_free(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

static int ridge_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct ridge *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo linear_ridge = {
    LT_HEADER(1),
    .id = "ridge",
    .name = "Ridge regression",
    .version = "1",
    .summary = "Least squares with a penalty that shrinks the coefficients",
    .doc = "Minimises `sum (y - b0 - x b)^2 + alpha |b|^2`. The penalty pulls coefficients towards 0, which costs "
           "a little "
           "bias and saves much variance when columns are correlated or many. `alpha=0` is ordinary least "
           "squares.\n\n"
           "The penalty counts in the units of the columns: standardise columns of different units first "
           "(`prep scale`), otherwise those with small numbers are shrunk most.",
    .reference = "Hoerl and Kennard (1970), Ridge regression, Technometrics 12(1)",
    .tasks = LT_REGRESS,
    .traits = LT_DROP_FIRST | LT_WEIGHTS_OK,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "solution",
    .begin = ridge_begin,
    .step = ridge_step,
    .predict = ridge_predict,
    .describe = ridge_describe,
    .save = ridge_save,
    .load = ridge_load,
    .free = ridge_free,
    .units = ridge_units,
};

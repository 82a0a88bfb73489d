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

struct solution {
    double *coef; /* p */
    double trace; /* of a (a + alpha)^-1 */
    double rss;
};

static int solve_columns(struct lt_ctx *ctx, struct gram *g, double alpha, struct solution *at)
{
    size_t p = g->p;
    double *factor = kit_scratch(ctx, p, p * sizeof *factor);
    if (!factor)
        return LT_MEMORY;
    memcpy(factor, g->xx, p * p * sizeof *factor);
    memcpy(at->coef, g->xy, p * sizeof *at->coef);
    int status = solve(ctx, p, factor, alpha, at->coef, &at->trace);
    at->rss = g->yy;
    for (size_t j = 0; j < p; j++)
        at->rss += at->coef[j] * (la_dot(p, g->xx + j * p, at->coef) - 2 * g->xy[j]);
    return status;
}

static int solve_rows(struct lt_ctx *ctx, const struct lt_data *data, const struct gram *g, double alpha,
                      struct solution *at)
{
    size_t n = data->n, p = data->p;
    double *x = kit_scratch(ctx, n, (p + 2) * sizeof *x), *y = x + p * n, *root = y + n;
    double *kernel = kit_scratch(ctx, n, n * sizeof *kernel);
    if (!x || !kernel)
        return LT_MEMORY;
    gram_fill(data, g->mean, 0, n, x, n, root);
    memset(kernel, 0, n * n * sizeof *kernel);
    la_gram(p, n, 1.0, x, n, kernel, n);
    memcpy(root, y, n * sizeof *root);
    int status = solve(ctx, n, kernel, alpha, root, &at->trace);
    if (status != LT_OK)
        return status;
    la_gemv(0, p, n, 1.0, x, n, root, 0.0, at->coef);
    la_gemv(1, p, n, -1.0, x, n, at->coef, 1.0, y);
    at->rss = la_dot(n, y, y);
    return LT_OK;
}

static int ridge_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct ridge *m = model;
    size_t p = m->p;
    struct gram g;
    struct solution at = {.coef = kit_scratch_f64(ctx, p + 1)};
    bool by_columns = p <= data->n || m->alpha == 0;
    (void)units;
    if (m->done)
        return LT_DONE;
    if (!at.coef)
        return LT_MEMORY;
    int status = by_columns ? gram_products(ctx, data, m->intercept, &g) : gram_means(ctx, data, m->intercept, &g);
    if (status == LT_OK)
        status = by_columns ? solve_columns(ctx, &g, m->alpha, &at) : solve_rows(ctx, data, &g, m->alpha, &at);
    if (status != LT_OK)
        return status;
    at.coef[p] = m->intercept ? g.mean[p] - la_dot(p, g.mean, at.coef) : 0;
    for (size_t j = 0; j <= p; j++)
        if (!isfinite(at.coef[j]))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the numbers are too large or too small for ridge regression; rescale them");
    memcpy(m->coef, at.coef, (p + 1) * sizeof *at.coef);
    m->statistic[N_ROWS] = (double)data->n;
    m->statistic[EFFECTIVE_DF] = at.trace + m->intercept;
    m->statistic[R2] = g.yy > 0 ? 1 - at.rss / g.yy : NAN;
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
    .layout = LT_COLUMNS,
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

/* ridge: least squares with a penalty on the squares of the coefficients. Minimises
 *     sum w_i (y_i - b0 - x_i b)^2 + alpha |b|^2,
 * the constant unpenalised, on centred columns: (x'wx + alpha) b = x'wy, or for more columns than rows the equal
 * problem of n unknowns, b = x'w^1/2 (w^1/2 x x' w^1/2 + alpha)^-1 w^1/2 y. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/linear/predictor.h"

enum { ALPHA, FIT_INTERCEPT, N_PARAMS };
enum { PANEL = 256 };

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

/* ---- one pass for the means, one for the products of the centred rows */

struct pass {
    const struct lt_data *data;
    size_t width;       /* doubles a slot */
    double *slot;       /* a block each */
    const double *mean; /* p, then that of y */
    double *panel;      /* a worker: PANEL x p, then PANEL */
};

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1.0;
}

/* slot: weighted sums of the p columns and y, and of the weights. */
static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    double *sum = pass->slot + block * pass->width;
    (void)worker;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t i = begin; i < end; i++) {
        const double *x = d->x64 + i * d->ld, w = weight_of(d, i);
        for (size_t j = 0; j < d->p; j++)
            sum[j] += w * x[j];
        sum[d->p] += w * d->y[i];
        sum[d->p + 1] += w;
    }
}

/* Rows [begin, end) centred and times the root of their weight. */
static void centre_rows(const struct lt_data *d, const double *mean, size_t begin, size_t end, double *x,
                        double *y)
{
    for (size_t i = begin; i < end; i++, x += d->p) {
        const double *from = d->x64 + i * d->ld, root = d->weight ? sqrt(d->weight[i]) : 1.0;
        for (size_t j = 0; j < d->p; j++)
            x[j] = root * (from[j] - mean[j]);
        *y++ = root * (d->y[i] - mean[d->p]);
    }
}

/* slot: x'x, then x'y. */
static void product_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    size_t p = pass->data->p;
    double *gram = pass->slot + block * pass->width, *xy = gram + p * p;
    double *x = pass->panel + worker * (PANEL * p + PANEL), *y = x + PANEL * p;
    memset(gram, 0, pass->width * sizeof *gram);
    for (size_t at = begin; at < end; at += PANEL) {
        size_t rows = end - at < PANEL ? end - at : PANEL;
        centre_rows(pass->data, pass->mean, at, at + rows, x, y);
        la_gram(rows, p, 1.0, x, p, gram, p);
        la_gemv(1, rows, p, 1.0, x, p, y, 1.0, xy);
    }
}

/* mean[p + 1]: of the columns and y; zeros without a constant. */
static int means(struct lt_ctx *ctx, const struct lt_data *data, bool intercept, double *mean)
{
    size_t rows = kit_block_rows(data->n, 1024, 64), blocks = kit_block_count(data->n, rows), width = data->p + 2;
    struct pass pass = {.data = data, .width = width, .slot = kit_scratch(ctx, blocks, width * sizeof(double))};
    if (!pass.slot)
        return LT_MEMORY;
    memset(mean, 0, (data->p + 1) * sizeof *mean);
    int status = intercept ? kit_blocks(ctx, data->n, rows, sum_block, &pass) : LT_OK;
    if (status != LT_OK || !intercept)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    for (size_t j = 0; j <= data->p; j++)
        mean[j] = pass.slot[j] / pass.slot[data->p + 1];
    return LT_OK;
}

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
    size_t p = data->p, width = p * p + p;
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    size_t rows = kit_block_rows(data->n, PANEL, most < 4 ? 4 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(data->n, rows);
    struct pass pass = {data, width, kit_scratch(ctx, blocks, width * sizeof(double)), mean,
                        kit_scratch_f64(ctx, ctx->threads * (PANEL * p + PANEL))};
    if (!pass.slot || !pass.panel)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, rows, product_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    memcpy(coef, pass.slot + p * p, p * sizeof *coef);
    return solve(ctx, p, pass.slot, alpha, coef, trace);
}

static int solve_rows(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double alpha,
                      double *coef, double *trace)
{
    size_t n = data->n, p = data->p;
    double *x = kit_scratch(ctx, n, p * sizeof *x), *y = kit_scratch_f64(ctx, n);
    double *kernel = kit_scratch(ctx, n, n * sizeof *kernel);
    if (!x || !y || !kernel)
        return LT_MEMORY;
    centre_rows(data, mean, 0, n, x, y);
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
    int status = means(ctx, data, m->intercept, mean);
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

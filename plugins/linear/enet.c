/* enet: least squares with a penalty that sets coefficients to 0: the lasso and the elastic net. Minimises
 *     1/(2n) sum w_i (y_i - b0 - x_i b)^2 + alpha (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2).
 * A step is one value of alpha on the way down from the smallest that makes all coefficients 0 to the one that was
 * asked for: each answer is the start of the next, and all of them are the path. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/linear/coefficients.h"
#include "plugins/linear/descend.h"
#include "plugins/linear/predictor.h"

enum { ALPHA, FIT_INTERCEPT, MAX_ITER, TOL, N_ALPHAS, N_LASSO_PARAMS, L1_RATIO = N_LASSO_PARAMS, N_PARAMS };
enum { PICTURE_MOST = 24 }; /* columns that a picture can tell apart */

#define SHARED_ROWS                                                                                               \
    [ALPHA] = {.name = "alpha",                                                                                   \
               .aliases = "lambda",                                                                               \
               .type = LT_REAL,                                                                                   \
               .flags = LT_LOG | LT_TUNE,                                                                         \
               .def = "1",                                                                                        \
               .min = 0,                                                                                          \
               .max = INFINITY,                                                                                   \
               .doc = "Strength of the penalty; 0 is none"},                                                      \
    [FIT_INTERCEPT] = {.name = "fit_intercept",                                                                   \
                       .aliases = "intercept",                                                                    \
                       .type = LT_BOOL,                                                                           \
                       .def = "yes",                                                                              \
                       .doc = "Whether the model has a constant; it is not penalised"},                           \
    [MAX_ITER] = {.name = "max_iter",                                                                             \
                  .aliases = "iterations",                                                                        \
                  .type = LT_INT,                                                                                 \
                  .def = "1000",                                                                                  \
                  .min = 1,                                                                                       \
                  .max = 1e7,                                                                                     \
                  .doc = "Most sweeps over the columns for one value of alpha"},                                  \
    [TOL] = {.name = "tol",                                                                                       \
             .type = LT_REAL,                                                                                     \
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,                                                         \
             .def = "1e-4",                                                                                       \
             .min = 0,                                                                                            \
             .max = 1,                                                                                            \
             .doc = "Stop when the duality gap is below this share of the target's squares"},                     \
    [N_ALPHAS] = {.name = "n_alphas",                                                                             \
                  .type = LT_INT,                                                                                 \
                  .flags = LT_ADVANCED,                                                                           \
                  .def = "100",                                                                                   \
                  .min = 1,                                                                                       \
                  .max = 10000,                                                                                   \
                  .doc = "How many values of alpha the path has, the last being alpha itself"}

static const struct lt_param lasso_params[N_LASSO_PARAMS] = {SHARED_ROWS};
static const struct lt_param enet_params[N_PARAMS] = {
    SHARED_ROWS,
    [L1_RATIO] = {.name = "l1_ratio",
                  .type = LT_REAL,
                  .flags = LT_TUNE,
                  .def = "0.5",
                  .min = 0,
                  .max = 1,
                  .doc = "Share of the penalty on absolute values: 1 is the lasso, 0 is ridge"},
};

enum statistic { N_ROWS, TOTAL, SWEEPS, N_STATISTICS }; /* TOTAL: mean square of the centred target */

struct enet {
    struct coefficients at; /* those of the last step */
    double alpha, l1_ratio;
    size_t planned, taken;
    double *path_alpha;      /* planned */
    double *path;            /* planned x (p + 1): coefficients, then the constant */
    double *error;           /* planned x 2: mean square of what is left, duality gap */
    struct descend *descend; /* NULL after load */
};

static void enet_free(void *model)
{
    struct enet *m = model;
    if (!m)
        return;
    coefficients_free(&m->at);
    free(m->path_alpha);
    free(m->path);
    free(m->error);
    if (m->descend)
        descend_free(m->descend);
    free(m->descend);
    free(m);
}

static struct enet *enet_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns, size_t planned,
                             const struct lt_column *column)
{
    struct enet *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->alpha = kit_real(p, ALPHA);
    m->l1_ratio = p->n > L1_RATIO ? kit_real(p, L1_RATIO) : 1;
    m->planned = planned;
    int status = coefficients_new(ctx, &m->at, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column);
    m->path_alpha = kit_alloc_f64(ctx, planned);
    m->path = kit_alloc(ctx, planned, (columns + 1) * sizeof(double));
    m->error = kit_alloc_f64(ctx, 2 * planned);
    if (status == LT_OK && m->path_alpha && m->path && m->error)
        return m;
    enet_free(m);
    return NULL;
}

/* Even steps on a logarithmic scale from the smallest alpha that leaves nothing, to alpha; an alpha of 0 comes
 * after a thousandth of the first. */
static void plan_path(struct enet *m, size_t n_alphas)
{
    double top = descend_largest(m->descend) / (m->l1_ratio > 1e-3 ? m->l1_ratio : 1e-3);
    double bottom = m->alpha > 0 ? m->alpha : 1e-3 * top;
    m->planned = m->alpha >= top || n_alphas == 1 ? 1 : n_alphas;
    size_t last = m->planned - 1;
    for (size_t k = 0; k < last; k++)
        m->path_alpha[k] =
            top * pow(bottom / top, (double)k / (double)(m->alpha > 0 || last == 1 ? last : last - 1));
    m->path_alpha[last] = m->alpha;
}

static int enet_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = coefficients_check_regression(ctx, data);
    if (status != LT_OK)
        return status;
    size_t n_alphas = (size_t)kit_int(p, N_ALPHAS);
    struct enet *m = enet_new(ctx, p, data->p, n_alphas, data->column);
    if (!m)
        return LT_MEMORY;
    m->descend = kit_alloc(ctx, 1, sizeof *m->descend);
    status = m->descend ? descend_new(ctx, m->descend, data, m->at.intercept) : LT_MEMORY;
    if (status != LT_OK) {
        enet_free(m);
        return status;
    }
    m->descend->tol = kit_real(p, TOL);
    m->descend->max_iter = (size_t)kit_int(p, MAX_ITER);
    plan_path(m, n_alphas);
    m->at.statistic[N_ROWS] = (double)data->n;
    m->at.statistic[TOTAL] = m->descend->yy;
    m->at.constant[0] = m->descend->mean[data->p];
    *model = m;
    return LT_OK;
}

/* The model becomes that of the first `units` steps. */
static void show_step(struct enet *m, size_t units)
{
    const size_t p = m->at.p;
    const double *row = m->path + (units - 1) * (p + 1);
    memcpy(m->at.b, row, p * sizeof *row);
    m->at.constant[0] = row[p];
    m->taken = units;
}

static int solve_next(struct lt_ctx *ctx, struct enet *m)
{
    const struct descend *d = m->descend;
    size_t p = m->at.p, k = m->taken;
    double *b = kit_scratch_f64(ctx, p), *row = m->path + k * (p + 1);
    double alpha = m->path_alpha[k], before = k ? m->path_alpha[k - 1] * m->l1_ratio : descend_largest(d);
    struct descend_end end;
    if (!b)
        return LT_MEMORY;
    memcpy(b, m->at.b, p * sizeof *b);
    int status = descend_solve(ctx, d, alpha * m->l1_ratio, alpha * (1 - m->l1_ratio), before, b, &end);
    if (status != LT_OK)
        return status;
    memcpy(row, b, p * sizeof *b);
    row[p] = m->at.intercept ? d->mean[p] - la_dot(p, d->mean, b) : 0;
    m->error[2 * k] = end.residual;
    m->error[2 * k + 1] = end.gap;
    m->at.statistic[SWEEPS] += (double)end.sweeps;
    show_step(m, k + 1);
    ctx->metric(ctx, "loss", k + 1, end.residual);
    if (!end.converged && m->taken == m->planned)
        ctx->note(ctx, LT_WARNING,
                  "stopped after %zu sweeps with a duality gap of %.2g, before tol was reached; raise max_iter, "
                  "or alpha",
                  end.sweeps, end.gap);
    return LT_OK;
}

static int enet_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct enet *m = model;
    (void)data;
    for (; units > 0 && m->taken < m->planned; units--) {
        int status = solve_next(ctx, m);
        if (status != LT_OK)
            return status;
    }
    return m->taken < m->planned ? LT_MORE : LT_DONE;
}

static int enet_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct coefficients *c = &((const struct enet *)model)->at;
    return predictor_apply(ctx, data, c->b, c->constant[0], out->value);
}

/* ---- describe ---------------------------------------------------------------------------------------------- */

/* The columns whose coefficients are largest anywhere on the path, in the order of the table. size[p] is lost. */
static size_t choose_columns(const struct enet *m, double *size, uint32_t *chosen)
{
    size_t p = m->at.p, n = 0;
    for (size_t j = 0; j < p; j++) {
        size[j] = 0;
        for (size_t k = 0; k < m->taken; k++)
            size[j] = fmax(size[j], fabs(m->path[k * (p + 1) + j]));
    }
    for (size_t turn = 0; turn < PICTURE_MOST; turn++) {
        size_t best = 0;
        for (size_t j = 1; j < p; j++)
            best = size[j] > size[best] ? j : best;
        if (!(size[best] > 0))
            break;
        size[best] = -1;
    }
    for (size_t j = 0; j < p; j++)
        if (size[j] < 0)
            chosen[n++] = (uint32_t)j;
    return n;
}

static int describe_path(struct lt_ctx *ctx, const struct enet *m)
{
    size_t p = m->at.p, k = 0, n;
    double *size = kit_scratch_f64(ctx, p), *x = kit_scratch_f64(ctx, m->planned);
    double *y = kit_scratch(ctx, PICTURE_MOST, m->planned * sizeof *y);
    uint32_t chosen[PICTURE_MOST];
    struct lt_series series[PICTURE_MOST];
    if (!size || !x || !y)
        return LT_MEMORY;
    while (k < m->taken && m->path_alpha[k] > 0) {
        x[k] = log10(m->path_alpha[k]);
        k++;
    }
    n = choose_columns(m, size, chosen);
    for (size_t s = 0; s < n; s++) {
        for (size_t i = 0; i < k; i++)
            y[s * m->planned + i] = m->path[i * (p + 1) + chosen[s]];
        series[s] = (struct lt_series){LT_LINE, m->at.name[chosen[s]], k, x, y + s * m->planned, NULL};
    }
    if (n && k > 1 && ctx->emit_plot)
        ctx->emit_plot(ctx, "path", "Path of the coefficients", "log10 alpha", "coefficient", series, n);
    return LT_OK;
}

static int enet_describe(struct lt_ctx *ctx, const void *model)
{
    const struct enet *m = model;
    size_t nonzero = 0;
    double total = m->at.statistic[TOTAL];
    for (size_t j = 0; j < m->at.p; j++)
        nonzero += m->at.b[j] != 0;
    coefficients_describe(ctx, &m->at, "Coefficients", NULL);
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->at.statistic[N_ROWS]);
    kit_statistic(ctx, "alpha", m->taken ? m->path_alpha[m->taken - 1] : NAN);
    kit_statistic(ctx, "l1_ratio", m->l1_ratio);
    kit_statistic(ctx, "nonzero", (double)nonzero);
    kit_statistic(ctx, "r2", m->taken && total > 0 ? 1 - m->error[2 * (m->taken - 1)] / total : NAN);
    kit_statistic(ctx, "duality_gap", m->taken ? m->error[2 * (m->taken - 1) + 1] : NAN);
    kit_statistic(ctx, "sweeps", m->at.statistic[SWEEPS]);
    return describe_path(ctx, m);
}

/* ---- save and load ----------------------------------------------------------------------------------------- */

static int enet_save(struct lt_ctx *ctx, const void *model)
{
    const struct enet *m = model;
    int status = coefficients_save(ctx, &m->at);
    if (status == LT_OK)
        status = kit_put_count(ctx, "planned", m->planned);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "path_alpha", m->path_alpha, m->planned, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "taken", m->taken);
    if (status == LT_OK && m->taken)
        status = kit_put_f64(ctx, "path", m->path, m->taken, m->at.p + 1);
    return status == LT_OK && m->taken ? kit_put_f64(ctx, "error", m->error, m->taken, 2) : status;
}

static int enet_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    uint64_t planned = 0, taken = 0;
    int status = kit_get_count(ctx, "planned", 1, (uint64_t)kit_int(p, N_ALPHAS), &planned);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, planned, &taken);
    if (status != LT_OK)
        return status;
    struct enet *m = enet_new(ctx, p, info->p, planned, info->column);
    if (!m)
        return LT_MEMORY;
    m->taken = taken;
    status = coefficients_load(ctx, &m->at);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "path_alpha", m->path_alpha, planned, 0);
    if (status == LT_OK && taken)
        status = kit_get_f64(ctx, "path", m->path, taken, info->p + 1);
    if (status == LT_OK && taken)
        status = kit_get_f64(ctx, "error", m->error, taken, 2);
    if (status != LT_OK)
        enet_free(m);
    else
        *model = m;
    return status;
}

static int enet_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct enet *m = model;
    *taken = m->taken;
    *planned = m->planned;
    return LT_OK;
}

static int enet_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct enet *m = model;
    if (units < 1 || units > m->taken)
        return ctx->fail(ctx, LT_INVALID, "the path has %zu steps, so it can't be cut to %llu", m->taken,
                         (unsigned long long)units);
    show_step(m, units);
    return LT_OK;
}

#define SHARED_CALLS                                                                                              \
    .version = "1", .tasks = LT_REGRESS, .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST,                  \
    .layout = LT_COLUMNS, .unit = "alpha", .begin = enet_begin, .step = enet_step, .predict = enet_predict,       \
    .describe = enet_describe, .save = enet_save, .load = enet_load, .free = enet_free, .units = enet_units,      \
    .truncate = enet_truncate

const struct lt_algo linear_lasso = {
    LT_HEADER(1),
    .id = "lasso",
    .name = "Lasso",
    .summary = "Least squares with a penalty that sets coefficients to 0",
    .doc = "Minimises `sum (y - b0 - x b)^2 / (2n) + alpha |b|_1`, where `|b|_1` is the sum of the absolute "
           "coefficients. Unlike the squares of ridge, absolute values have a corner at 0: a column whose "
           "correlation with what the others leave is below alpha gets exactly no weight. So the lasso chooses "
           "columns.\n\n"
           "The path starts at the alpha that leaves nothing and goes down to the one asked for; its picture "
           "shows in which order columns come in. Solved by coordinate descent: each coefficient in turn goes to "
           "`soft(x_j'r / n, alpha) / (x_j'x_j / n)`, until the duality gap says that no better answer exists.\n\n"
           "Of columns that say nearly the same it takes one and leaves the others out; `elasticnet` shares. The "
           "penalty counts in the units of the columns: standardise columns of different units first.",
    .reference = "Tibshirani (1996), Regression shrinkage and selection via the lasso, JRSS B 58(1); Friedman, "
                 "Hastie and Tibshirani (2010), Regularization paths, J. Statistical Software 33(1)",
    .n_params = N_LASSO_PARAMS,
    .params = lasso_params,
    SHARED_CALLS,
};

const struct lt_algo linear_enet = {
    LT_HEADER(1),
    .id = "elasticnet",
    .name = "Elastic net",
    .summary = "Least squares with the penalties of lasso and ridge together",
    .doc = "Minimises `sum (y - b0 - x b)^2 / (2n) + alpha (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2)`. The first "
           "penalty sets coefficients to 0, as the lasso does; the second lets columns that go together share "
           "their weight, as ridge does.\n\n"
           "The path starts at the alpha that leaves nothing and goes down to the one asked for. Solved by "
           "coordinate descent until the duality gap is small. The penalty counts in the units of the columns: "
           "standardise columns of different units first.",
    .reference = "Zou and Hastie (2005), Regularization and variable selection via the elastic net, JRSS B 67(2); "
                 "Friedman, Hastie and Tibshirani (2010), J. Statistical Software 33(1)",
    .n_params = N_PARAMS,
    .params = enet_params,
    SHARED_CALLS,
};

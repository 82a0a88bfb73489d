/* ols: linear regression by least squares, with the inference that R's lm gives. */
#include "plugins/linear/linear.h"

#include "num/dist.h"
#include "plugins/kit/kit.h"
#include "plugins/linear/lsq.h"
#include "plugins/linear/predictor.h"

enum { FIT_INTERCEPT, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether the model has a constant; without, predictions go through the origin"},
};

enum statistic { N_ROWS, RANK, RSS, EXPLAINED, LOG_WEIGHTS, N_STATISTICS };

struct ols {
    size_t p, q; /* q = p + intercept; the constant comes first */
    bool intercept;
    double *coef;    /* q; NaN: can't be estimated */
    double *unit_se; /* q; root of the diagonal of (x'x)^-1 */
    double statistic[N_STATISTICS];
    char **name; /* p */
    bool done;
};

static void ols_free(void *model)
{
    struct ols *m = model;
    if (!m)
        return;
    free(m->coef);
    free(m->unit_se);
    free(m->name);
    free(m);
}

static struct ols *ols_new(struct lt_ctx *ctx, size_t p, bool intercept, const struct lt_column *column)
{
    struct ols *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = p;
    m->intercept = intercept;
    m->q = p + intercept;
    m->coef = kit_alloc_f64(ctx, m->q);
    m->unit_se = kit_alloc_f64(ctx, m->q);
    m->name = kit_column_names(ctx, column, p);
    if (m->coef && m->unit_se && m->name)
        return m;
    ols_free(m);
    return NULL;
}

static const char *term(const struct ols *m, size_t j)
{
    return m->intercept ? j ? m->name[j - 1] : "(Intercept)" : m->name[j];
}

static int ols_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    bool intercept = kit_bool(p, FIT_INTERCEPT);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK && !intercept)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_target(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK && !(*model = ols_new(ctx, data->p, intercept, data->column)))
        status = LT_MEMORY;
    return status;
}

/* Says which columns have no coefficient of their own. */
static void note_aliased(struct lt_ctx *ctx, const struct ols *m)
{
    char list[256] = "";
    size_t aliased = 0, length = 0;
    for (size_t j = 0; j < m->q; j++) {
        if (!isnan(m->coef[j]))
            continue;
        if (aliased++ < 5 && length < sizeof list)
            length +=
                (size_t)snprintf(list + length, sizeof list - length, "%s%s", length ? ", " : "", term(m, j));
    }
    if (aliased)
        ctx->note(ctx, LT_WARNING,
                  "%zu coefficient%s can't be estimated, because %s columns are exact combinations of "
                  "the others; predictions leave %s out: %s%s",
                  aliased, aliased == 1 ? "" : "s", aliased == 1 ? "its" : "their", aliased == 1 ? "it" : "them",
                  list, aliased > 5 ? ", …" : "");
}

static int ols_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct ols *m = model;
    struct lsq lsq;
    double *coef, *cov;
    (void)units;
    if (m->done)
        return LT_DONE;
    coef = kit_scratch_f64(ctx, m->q + 1);
    cov = kit_scratch(ctx, m->q + 1, m->q * sizeof(double));
    if (!coef || !cov)
        return LT_MEMORY;
    int status = lsq_reduce(ctx, data, data->y, m->intercept, &lsq);
    if (status == LT_OK)
        status = lsq_solve(ctx, &lsq, coef, cov);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < lsq.rank; i++)
        if (!isfinite(coef[lsq.pivot[i]]))
            return ctx->fail(
                ctx, LT_NUMERIC,
                "the numbers are too large or too small for least squares; rescale the columns or the "
                "target");
    double explained = 0;
    for (size_t i = m->intercept; i < lsq.rank; i++)
        explained += lsq.effects[i] * lsq.effects[i];
    memcpy(m->coef, coef, m->q * sizeof *coef);
    for (size_t j = 0; j < m->q; j++)
        m->unit_se[j] = sqrt(cov[j * m->q + j]);
    m->statistic[N_ROWS] = (double)lsq.n;
    m->statistic[RANK] = (double)lsq.rank;
    m->statistic[RSS] = lsq.rss;
    m->statistic[EXPLAINED] = explained;
    m->statistic[LOG_WEIGHTS] = lsq.log_weights;
    m->done = true;
    note_aliased(ctx, m);
    return LT_DONE;
}

static int ols_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct ols *m = model;
    double *coef = kit_scratch_f64(ctx, m->p + 1);
    if (!coef)
        return LT_MEMORY;
    for (size_t j = 0; j < m->p; j++) {
        double b = m->coef[j + m->intercept];
        coef[j] = isnan(b) ? 0 : b;
    }
    return predictor_apply(ctx, data, coef, m->intercept ? m->coef[0] : 0, out->value);
}

/* ---- what lm's summary says */

static void emit_coefficients(struct lt_ctx *ctx, const struct ols *m, double df, double sigma)
{
    static const char *const columns[] = {"term:text", "estimate:real", "std_error:real", "statistic:real",
                                          "p:p",       "ci_low:real",   "ci_high:real"};
    double width = df > 0 ? t_q(0.975, df) : NAN;
    ctx->emit_table(ctx, "coefficients", "Coefficients", columns, 7);
    for (size_t j = 0; j < m->q; j++) {
        double b = m->coef[j], se = m->unit_se[j] * sigma, t = b / se;
        struct lt_cell cells[] = {LT_CTEXT(term(m, j)),
                                  kit_cell(b),
                                  kit_cell(se),
                                  kit_cell(t),
                                  kit_cell(isnan(t) ? NAN : t_two_sided(t, df)),
                                  kit_cell(b - width * se),
                                  kit_cell(b + width * se)};
        ctx->emit_row(ctx, cells);
    }
}

static int ols_describe(struct lt_ctx *ctx, const void *model)
{
    const struct ols *m = model;
    double n = m->statistic[N_ROWS], rank = m->statistic[RANK], rss = m->statistic[RSS];
    double explained = m->statistic[EXPLAINED], df = n - rank, df_model = rank - m->intercept;
    double sigma = df > 0 ? sqrt(rss / df) : NAN;
    double r2 = explained + rss > 0 ? explained / (explained + rss) : NAN;
    double f = df > 0 && df_model > 0 ? explained / df_model / (rss / df) : NAN;
    double log_likelihood = 0.5 * (m->statistic[LOG_WEIGHTS] - n * (log(2 * M_PI) + 1 - log(n) + log(rss)));
    emit_coefficients(ctx, m, df, sigma);
    kit_summary(ctx);
    kit_statistic(ctx, "n", n);
    kit_statistic(ctx, "df_residual", df);
    kit_statistic(ctx, "r2", r2);
    kit_statistic(ctx, "adj_r2", df > 0 ? 1 - (1 - r2) * ((n - m->intercept) / df) : NAN);
    kit_statistic(ctx, "sigma", sigma);
    kit_statistic(ctx, "f_statistic", f);
    kit_statistic(ctx, "f_p", isnan(f) ? NAN : f_upper(f, df_model, df));
    kit_statistic(ctx, "log_likelihood", log_likelihood);
    kit_statistic(ctx, "aic", -2 * log_likelihood + 2 * (rank + 1));
    kit_statistic(ctx, "bic", -2 * log_likelihood + log(n) * (rank + 1));
    return LT_OK;
}

static int ols_save(struct lt_ctx *ctx, const void *model)
{
    const struct ols *m = model;
    int status = kit_put_count(ctx, "intercept", m->intercept);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "coef", m->coef, m->q, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "unit_se", m->unit_se, m->q, 0);
    return status == LT_OK ? kit_put_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0) : status;
}

static int ols_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    uint64_t intercept = 0;
    int status = kit_get_count(ctx, "intercept", 0, 1, &intercept);
    (void)p;
    if (status != LT_OK)
        return status;
    struct ols *m = ols_new(ctx, info->p, intercept, info->column);
    if (!m)
        return LT_MEMORY;
    status = kit_get_f64(ctx, "coef", m->coef, m->q, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "unit_se", m->unit_se, m->q, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0);
    if (status != LT_OK) {
        ols_free(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

static int ols_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct ols *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo linear_ols = {
    LT_HEADER(1),
    .id = "linear",
    .name = "Linear regression",
    .version = "1",
    .summary = "Least squares, with standard errors, tests and intervals",
    .doc =
        "Fits `y = b0 + b1 x1 + … + bp xp` so that the sum of squared differences between y and the prediction "
        "is as "
        "small as it can be. A coefficient says by how much the prediction changes when its column grows by "
        "one and "
        "the others stay.\n\n"
        "Solved by QR decomposition, not by normal equations, so that correlated columns lose few digits; by the "
        "products of the centred columns where there are many rows and no column comes near a combination of "
        "others, so that nothing is lost by it. A column that is an exact combination of earlier ones gets no "
        "coefficient. Standard errors, t statistics, p "
        "values "
        "and 95 % intervals assume independent errors of equal variance; look at the residual plots before you "
        "believe them.",
    .reference = "Golub and Van Loan, Matrix Computations, 4th edition, chapter 5",
    .tasks = LT_REGRESS,
    .traits = LT_DROP_FIRST | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "solution",
    .begin = ols_begin,
    .step = ols_step,
    .predict = ols_predict,
    .describe = ols_describe,
    .save = ols_save,
    .load = ols_load,
    .free = ols_free,
    .units = ols_units,
};

/* glm: generalised linear models of positive targets, log(mean) = b0 + x b: counts (Poisson) and positive amounts
 * (gamma). Minimises, as scikit-learn does,
 *     1/(2 W) sum w_i deviance(y_i, mean_i) + alpha/2 |b|^2,
 * the constant unpenalised. Without a penalty that is maximum likelihood, with the inference of R's glm. */
#include "plugins/linear/linear.h"

#include "num/dist.h"
#include "num/la.h"
#include "num/simd.h"
#include "num/sum.h"
#include "num/vmath.h"
#include "plugins/linear/coefficients.h"
#include "plugins/linear/lsq.h"
#include "plugins/linear/newton.h"
#include "plugins/linear/predictor.h"

enum { ALPHA, FIT_INTERCEPT, MAX_ITER, TOL, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [ALPHA] = {.name = "alpha",
               .aliases = "lambda",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "1",
               .min = 0,
               .max = INFINITY,
               .doc = "Strength of the penalty on the squares of the coefficients; 0 is none, and gives standard "
                      "errors"},
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether the model has a constant; it is not penalised"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "100",
                  .min = 1,
                  .max = 1e6,
                  .doc = "Most iterations"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc = "Stop when no component of the gradient is larger, columns being on a standard scale"},
};

enum statistic { N_ROWS, WEIGHT, RANK, DEVIANCE, NULL_DEVIANCE, PEARSON, AIC, ITERATIONS, N_STATISTICS };

struct glm {
    struct coefficients c;
    bool gamma, has_errors;
    double alpha;
    double *error;          /* p, then the constant's: standard errors without the dispersion */
    unsigned char *aliased; /* p */
    uint64_t max_iter;
    struct newton *newton; /* NULL after load */
    bool done;
};

static void glm_free(void *model)
{
    struct glm *m = model;
    if (!m)
        return;
    coefficients_free(&m->c);
    free(m->error);
    free(m->aliased);
    if (m->newton)
        newton_free(m->newton);
    free(m->newton);
    free(m);
}

static struct glm *glm_new(struct lt_ctx *ctx, const struct lt_params *p, bool gamma, size_t columns,
                           const struct lt_column *column)
{
    struct glm *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->gamma = gamma;
    m->alpha = kit_real(p, ALPHA);
    m->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    m->error = kit_alloc_f64(ctx, columns + 1);
    m->aliased = kit_alloc(ctx, columns, 1);
    int status = coefficients_new(ctx, &m->c, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column);
    if (status == LT_OK && m->error && m->aliased)
        return m;
    glm_free(m);
    return NULL;
}

/* ---- the two losses: half the deviance of a row ------------------------------------------------------------- */

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1;
}

static void read_weights(const struct lt_data *d, size_t begin, size_t n, double *w)
{
    for (size_t i = 0; i < n; i++)
        w[i] = weight_of(d, begin + i);
}

/* The sum of mean - y eta + (y log y - y); term may be log_y. */
NUM_CLONES static double poisson_loss(size_t n, const double *y, const double *eta, const double *w,
                                      const double *mean, const double *log_y, double *term)
{
    for (size_t i = 0; i < n; i++) {
        double loss = mean[i] - y[i] * eta[i] + (y[i] > 0 ? y[i] * log_y[i] - y[i] : 0);
        term[i] = w[i] > 0 ? w[i] * loss : 0;
    }
    return block_sum(n, term);
}

static void poisson_rows(const void *arg, const struct lt_data *d, size_t begin, size_t n, const double *eta,
                         double s, double *first, double *second, double *cross, double sums[3])
{
    const double *y = d->y + begin;
    double w[NEWTON_ROWS], mean[NEWTON_ROWS], work[NEWTON_ROWS];
    (void)arg;
    (void)s;
    (void)cross;
    read_weights(d, begin, n, w);
    vmath_exp(n, eta, mean);
    vmath_log(n, y, work);
    sums[0] = poisson_loss(n, y, eta, w, mean, work, work);
    for (size_t i = 0; first && i < n; i++) {
        first[i] = w[i] * (mean[i] - y[i]);
        second[i] = w[i] * mean[i];
    }
}

/* The sum of y / mean + eta - log y - 1; ratio: y / mean; term may be log_y. */
NUM_CLONES static double gamma_loss(size_t n, const double *eta, const double *w, const double *ratio,
                                    const double *log_y, double *term)
{
    for (size_t i = 0; i < n; i++) {
        double loss = ratio[i] + eta[i] - log_y[i] - 1;
        term[i] = w[i] > 0 ? w[i] * loss : 0;
    }
    return block_sum(n, term);
}

static void gamma_rows(const void *arg, const struct lt_data *d, size_t begin, size_t n, const double *eta,
                       double s, double *first, double *second, double *cross, double sums[3])
{
    const double *y = d->y + begin;
    double w[NEWTON_ROWS], ratio[NEWTON_ROWS], work[NEWTON_ROWS];
    (void)arg;
    (void)s;
    (void)cross;
    read_weights(d, begin, n, w);
    vmath_exp(n, eta, ratio);
    for (size_t i = 0; i < n; i++)
        ratio[i] = y[i] / ratio[i];
    vmath_log(n, y, work);
    sums[0] = gamma_loss(n, eta, w, ratio, work, work);
    for (size_t i = 0; first && i < n; i++) {
        first[i] = w[i] * (1 - ratio[i]);
        second[i] = w[i] * ratio[i];
    }
}

/* ---- begin ------------------------------------------------------------------------------------------------- */

static int check_target(struct lt_ctx *ctx, const struct lt_data *data, bool gamma)
{
    double total = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (gamma ? !(data->y[i] > 0) : !(data->y[i] >= 0))
            return ctx->fail(ctx, LT_INVALID, "the target of row %zu is %g; %s", i + 1, data->y[i],
                             gamma ? "gamma regression needs targets above 0"
                                   : "Poisson regression needs targets of 0 or more");
        total += weight_of(data, i) * data->y[i];
    }
    return total > 0 ? LT_OK
                     : ctx->fail(ctx, LT_INVALID, "all targets are 0, so the log of their mean is infinite");
}

/* Without a penalty, columns that are combinations of earlier ones have no coefficient of their own. */
static int find_aliased(struct lt_ctx *ctx, struct glm *m, const struct lt_data *data)
{
    struct lsq lsq;
    size_t aliased = 0, last = 0;
    int status = lsq_reduce(ctx, data, NULL, m->c.intercept, &lsq);
    for (size_t i = lsq.rank; status == LT_OK && i < lsq.q; i++) {
        last = (size_t)lsq.pivot[i] - m->c.intercept;
        m->aliased[last] = 1;
        aliased++;
    }
    if (aliased)
        ctx->note(ctx, LT_WARNING,
                  "%zu coefficient%s can't be estimated, because the column is an exact combination of others "
                  "('%s'%s); predictions leave it out",
                  aliased, aliased == 1 ? "" : "s", m->c.name[last], aliased == 1 ? "" : " and others");
    return status;
}

static double mean_target(const struct lt_data *data, double weight)
{
    double mean = 0;
    for (size_t i = 0; i < data->n; i++)
        mean += weight_of(data, i) / weight * data->y[i];
    return mean;
}

static void publish(struct glm *m)
{
    const struct newton *newton = m->newton;
    double penalty = 0;
    for (size_t j = 0; j < newton->z.q; j++)
        penalty += 0.5 * newton->ridge[j] * newton->v[j] * newton->v[j];
    scaled_publish(&newton->z, newton->v, m->c.p, m->c.b, m->c.constant);
    m->c.statistic[DEVIANCE] = 2 * newton->z.weight * (newton->value - penalty);
}

/* Half the deviance where all rows have the same sum *arg. */
static void null_loss(const void *arg, const struct newton *newton, size_t begin, size_t n, double *to)
{
    double eta[NEWTON_ROWS], sums[3];
    for (size_t i = 0; i < n; i++)
        eta[i] = *(const double *)arg;
    newton->rows(newton->arg, newton->z.data, begin, n, eta, 0, NULL, NULL, NULL, sums);
    to[0] += sums[0];
}

static int glm_setup(struct lt_ctx *ctx, struct glm *m, const struct lt_params *p, const struct lt_data *data)
{
    double null[NEWTON_SUMS];
    struct newton *newton = m->newton = kit_alloc(ctx, 1, sizeof *m->newton);
    int status = newton ? LT_OK : LT_MEMORY;
    if (status == LT_OK && m->alpha == 0)
        status = find_aliased(ctx, m, data);
    if (status == LT_OK)
        status = newton_new(ctx, newton, data, m->c.intercept, m->aliased, m->alpha, kit_real(p, TOL));
    if (status != LT_OK)
        return status;
    double start = log(mean_target(data, newton->z.weight));
    if (m->c.intercept)
        newton->v[newton->z.n_active] = start;
    newton->rows = m->gamma ? gamma_rows : poisson_rows;
    status = newton_start(ctx, newton);
    if (status == LT_OK)
        status = newton_sum(ctx, newton, null_loss, m->c.intercept ? &start : &(double){0}, null);
    if (status != LT_OK)
        return status;
    m->c.statistic[N_ROWS] = (double)data->n;
    m->c.statistic[WEIGHT] = newton->z.weight;
    m->c.statistic[RANK] = (double)newton->z.q;
    m->c.statistic[NULL_DEVIANCE] = 2 * null[0];
    publish(m);
    return LT_OK;
}

static int glm_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, bool gamma,
                     void **model)
{
    int status = coefficients_check_regression(ctx, data);
    if (status == LT_OK)
        status = check_target(ctx, data, gamma);
    if (status != LT_OK)
        return status;
    struct glm *m = glm_new(ctx, p, gamma, data->p, data->column);
    status = m ? glm_setup(ctx, m, p, data) : LT_MEMORY;
    if (status != LT_OK)
        glm_free(m);
    else
        *model = m;
    return status;
}

static int poisson_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    return glm_begin(ctx, p, data, false, model);
}

static int gamma_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    return glm_begin(ctx, p, data, true, model);
}

/* ---- steps ------------------------------------------------------------------------------------------------- */

/* The expected information: sum w z z' mean for counts, sum w z z' for amounts. */
static int standard_errors(struct lt_ctx *ctx, struct glm *m, const struct lt_data *data)
{
    const struct newton *newton = m->newton;
    size_t q = newton->z.q, p = m->c.p;
    double *weight = kit_scratch_f64(ctx, data->n), *zero = kit_scratch_f64(ctx, data->n);
    double *cov = kit_scratch(ctx, q, q * sizeof *cov), *unused = kit_scratch_f64(ctx, q);
    if (!weight || !zero || !cov || !unused)
        return LT_MEMORY;
    for (size_t i = 0; i < data->n; i++) {
        weight[i] = weight_of(data, i) * (m->gamma ? 1 : exp(newton->eta[i]));
        zero[i] = 0;
    }
    int status = scaled_products(ctx, &newton->z, weight, zero, cov, unused);
    if (status != LT_OK || la_cholesky(q, cov, q) || la_cholesky_inverse(q, cov, q))
        return status;
    scaled_variances(&newton->z, cov, p, m->error);
    for (size_t j = 0; j <= p; j++)
        m->error[j] = sqrt(m->error[j]);
    m->has_errors = true;
    return LT_OK;
}

/* log gamma(x); the sign is not asked for, and lgamma() would leave it where other threads write it too. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* Of n rows: the log likelihood, and the squares of Pearson's residuals. */
static void judge_rows(const void *arg, const struct newton *newton, size_t begin, size_t n, double *to)
{
    const struct glm *m = arg;
    const struct lt_data *d = newton->z.data;
    const double *eta = newton->eta + begin, *y = d->y + begin;
    double mean[NEWTON_ROWS], log_y[NEWTON_ROWS];
    double shape = m->c.statistic[WEIGHT] / m->c.statistic[DEVIANCE], log_shape = log(shape);
    double of_shape = m->gamma ? log_gamma(shape) : 0;
    vmath_exp(n, eta, mean);
    vmath_log(n, y, log_y);
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(d, begin + i), left = y[i] - mean[i];
        if (!(w > 0))
            continue;
        to[0] += w * (m->gamma ? (shape - 1) * log_y[i] - y[i] * shape / mean[i] - shape * (eta[i] - log_shape) -
                                     of_shape
                               : y[i] * eta[i] - mean[i] - log_gamma(y[i] + 1));
        to[1] += w * left * left / (m->gamma ? mean[i] * mean[i] : mean[i]);
    }
}

/* What is known of the fit once it has ended; AIC as R counts it. */
static int judge(struct lt_ctx *ctx, struct glm *m)
{
    double sums[NEWTON_SUMS], *statistic = m->c.statistic;
    int status = newton_sum(ctx, m->newton, judge_rows, m, sums);
    if (status != LT_OK)
        return status;
    statistic[PEARSON] = sums[1];
    statistic[AIC] = -2 * sums[0] + 2 * (statistic[RANK] + m->gamma);
    return LT_OK;
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int glm_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct glm *m = model;
    double *iterations = &m->c.statistic[ITERATIONS];
    (void)units;
    if (m->done)
        return LT_DONE;
    if (m->newton->state == NEWTON_GOES_ON && *iterations < (double)m->max_iter) {
        int status = newton_advance(ctx, m->newton);
        if (status != LT_OK)
            return status;
        *iterations += 1;
        publish(m);
        ctx->metric(ctx, "loss", (uint64_t)*iterations, m->newton->value);
    }
    if (m->newton->state == NEWTON_GOES_ON && *iterations < (double)m->max_iter)
        return LT_MORE;
    int status = m->alpha == 0 ? standard_errors(ctx, m, data) : LT_OK;
    if (status == LT_OK)
        status = judge(ctx, m);
    if (status != LT_OK)
        return status;
    if (m->newton->state != NEWTON_CONVERGED)
        ctx->note(ctx, LT_WARNING,
                  "stopped after %.0f iterations, before tol was reached (largest gradient %.2g); raise max_iter, "
                  "or alpha",
                  *iterations, m->newton->slope);
    m->done = true;
    return LT_DONE;
}

static int glm_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct coefficients *c = &((const struct glm *)model)->c;
    int status = predictor_apply(ctx, data, c->b, c->constant[0], out->value);
    for (size_t i = 0; i < data->n; i++) /* beyond all reach the largest number will do */
        out->value[i] = out->value[i] < 709 ? out->value[i] : 709;
    vmath_exp(data->n, out->value, out->value);
    return status;
}

/* ---- describe ---------------------------------------------------------------------------------------------- */

static void emit_coefficients(struct lt_ctx *ctx, const struct glm *m, double dispersion, double df)
{
    static const char *const columns[] = {"term:text", "estimate:real", "std_error:real", "statistic:real",
                                          "p:p",       "ci_low:real",   "ci_high:real"};
    double width = !m->gamma ? norm_q(0.975) : df > 0 ? t_q(0.975, df) : NAN;
    ctx->emit_table(ctx, "coefficients", "Coefficients of the log of the mean", columns, m->has_errors ? 7 : 2);
    for (size_t j = m->c.intercept ? 0 : 1; j <= m->c.p; j++) {
        double b = !j ? m->c.constant[0] : m->aliased[j - 1] ? NAN : m->c.b[j - 1];
        double se = m->error[j ? j - 1 : m->c.p] * sqrt(dispersion), t = b / (se > 0 ? se : NAN);
        double tail = isnan(t) ? NAN : m->gamma ? t_two_sided(t, df) : 2 * norm_upper(fabs(t));
        struct lt_cell cells[] = {LT_CTEXT(j ? m->c.name[j - 1] : "(Intercept)"),
                                  kit_cell(b),
                                  kit_cell(se),
                                  kit_cell(t),
                                  kit_cell(tail),
                                  kit_cell(b - width * se),
                                  kit_cell(b + width * se)};
        ctx->emit_row(ctx, cells);
    }
}

static int glm_describe(struct lt_ctx *ctx, const void *model)
{
    const struct glm *m = model;
    const double *statistic = m->c.statistic;
    double df = statistic[N_ROWS] - statistic[RANK];
    double dispersion = !m->gamma ? 1 : df > 0 ? statistic[PEARSON] / df : NAN;
    emit_coefficients(ctx, m, dispersion, df);
    kit_summary(ctx);
    kit_statistic(ctx, "n", statistic[N_ROWS]);
    kit_statistic(ctx, "iterations", statistic[ITERATIONS]);
    kit_statistic(ctx, "deviance", statistic[DEVIANCE]);
    kit_statistic(ctx, "null_deviance", statistic[NULL_DEVIANCE]);
    kit_statistic(ctx, "explained", 1 - statistic[DEVIANCE] / statistic[NULL_DEVIANCE]);
    kit_statistic(ctx, "pearson", m->done ? statistic[PEARSON] : NAN);
    if (m->alpha == 0 && m->done) {
        kit_statistic(ctx, "df_residual", df);
        kit_statistic(ctx, "dispersion", m->gamma ? dispersion : statistic[PEARSON] / df);
        kit_statistic(ctx, "aic", statistic[AIC]);
    }
    return LT_OK;
}

/* ---- save and load ----------------------------------------------------------------------------------------- */

static int glm_save(struct lt_ctx *ctx, const void *model)
{
    const struct glm *m = model;
    int status = coefficients_save(ctx, &m->c);
    if (status == LT_OK)
        status = kit_put(ctx, "aliased", LT_T_U8, m->aliased, m->c.p, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "done", m->done);
    if (status == LT_OK)
        status = kit_put_count(ctx, "has_errors", m->has_errors);
    return status == LT_OK && m->has_errors ? kit_put_f64(ctx, "error", m->error, m->c.p + 1, 0) : status;
}

static int load_into(struct lt_ctx *ctx, struct glm *m)
{
    uint64_t has_errors = 0, done = 0;
    int status = coefficients_load(ctx, &m->c);
    if (status == LT_OK)
        status = kit_get(ctx, "aliased", LT_T_U8, 1, m->aliased, m->c.p, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "done", 0, 1, &done);
    if (status == LT_OK)
        status = kit_get_count(ctx, "has_errors", 0, 1, &has_errors);
    m->has_errors = has_errors;
    m->done = done;
    return status == LT_OK && has_errors ? kit_get_f64(ctx, "error", m->error, m->c.p + 1, 0) : status;
}

static int glm_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, bool gamma,
                    void **model)
{
    struct glm *m = glm_new(ctx, p, gamma, info->p, info->column);
    int status = m ? load_into(ctx, m) : LT_MEMORY;
    if (status != LT_OK)
        glm_free(m);
    else
        *model = m;
    return status;
}

static int poisson_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return glm_load(ctx, p, info, false, model);
}

static int gamma_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return glm_load(ctx, p, info, true, model);
}

static int glm_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = (uint64_t)((const struct glm *)model)->c.statistic[ITERATIONS];
    *planned = 0;
    return LT_OK;
}

#define SHARED                                                                                                    \
    .version = "1",                                                                                               \
    .reference = "McCullagh and Nelder, Generalized Linear Models, 2nd edition, chapters 6 and 8",                \
    .tasks = LT_REGRESS, .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST, .layout = LT_COLUMNS,            \
    .n_params = N_PARAMS, .params = params, .unit = "iteration", .step = glm_step, .predict = glm_predict,        \
    .describe = glm_describe, .save = glm_save, .free = glm_free, .units = glm_units

const struct lt_algo linear_poisson = {
    LT_HEADER(1),
    .id = "poisson",
    .name = "Poisson regression",
    .summary = "A model of counts: the log of the mean is linear in the columns",
    .doc =
        "For counts and rates: `log(mean) = b0 + x b`, with a variance equal to the mean. A column that grows by "
        "one multiplies the mean by `exp(b)`.\n\n"
        "Minimises `deviance / (2n) + alpha |b|^2 / 2`, where the deviance is `2 sum (y log(y / mean) - y + "
        "mean)`. With `alpha=0` it is maximum likelihood and gives the standard errors, z statistics and "
        "intervals of R's glm. A `dispersion` far above 1 says that counts vary more than Poisson's law "
        "allows; the standard errors are then too small. Newton's method.\n\n"
        "The penalty counts in the units of the columns: standardise columns of different units first.",
    .begin = poisson_begin,
    .load = poisson_load,
    SHARED,
};

const struct lt_algo linear_gamma = {
    LT_HEADER(1),
    .id = "gamma",
    .name = "Gamma regression",
    .summary = "A model of positive amounts: the log of the mean is linear in the columns",
    .doc = "For positive, skewed amounts such as costs and waiting times: `log(mean) = b0 + x b`, with a standard "
           "deviation proportional to the mean. A column that grows by one multiplies the mean by `exp(b)`.\n\n"
           "Minimises `deviance / (2n) + alpha |b|^2 / 2`, where the deviance is `2 sum (log(mean / y) + y / mean "
           "- 1)`. With `alpha=0` it is maximum likelihood and gives the standard errors, t statistics and "
           "intervals of R's glm with a log link, the dispersion being Pearson's. Newton's method.\n\n"
           "The penalty counts in the units of the columns: standardise columns of different units first.",
    .begin = gamma_begin,
    .load = gamma_load,
    SHARED,
};

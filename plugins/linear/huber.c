/* huber: linear regression that outliers can't pull far. Minimises, as scikit-learn does, over b0, b and s > 0
 *     sum w_i (s + h((y_i - b0 - x_i b) / s) s) + alpha |b|^2,
 *     h(z) = z^2 for |z| < epsilon, else 2 epsilon |z| - epsilon^2:
 * Huber's proposal 2, which learns the scale s of the errors along with the coefficients. */
#include "plugins/linear/linear.h"

#include "plugins/linear/coefficients.h"
#include "plugins/linear/newton.h"
#include "plugins/linear/predictor.h"

enum { EPSILON, ALPHA, FIT_INTERCEPT, MAX_ITER, TOL, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [EPSILON] = {.name = "epsilon",
                 .type = LT_REAL,
                 .flags = LT_TUNE,
                 .def = "1.35",
                 .min = 1,
                 .max = INFINITY,
                 .doc = "Errors of more than so many scales count by their size, not by their square"},
    [ALPHA] = {.name = "alpha",
               .aliases = "lambda",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "1e-4",
               .min = 0,
               .max = INFINITY,
               .doc = "Strength of the penalty on the squares of the coefficients"},
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
             .def = "1e-5",
             .min = 0,
             .max = 1,
             .doc = "Stop when no component of the gradient is larger, columns being on a standard scale"},
};

enum statistic { N_ROWS, SCALE, OUTLIERS, LOSS, ITERATIONS, N_STATISTICS };

struct huber {
    struct coefficients c;
    double epsilon;
    uint64_t max_iter;
    struct newton *newton; /* NULL after load */
    bool done;
};

static void huber_free(void *model)
{
    struct huber *m = model;
    if (!m)
        return;
    coefficients_free(&m->c);
    if (m->newton)
        newton_free(m->newton);
    free(m->newton);
    free(m);
}

static struct huber *huber_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns,
                               const struct lt_column *column)
{
    struct huber *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->epsilon = kit_real(p, EPSILON);
    m->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    if (coefficients_new(ctx, &m->c, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column) == LT_OK)
        return m;
    huber_free(m);
    return NULL;
}

/* The loss and its derivatives: those of r^2 / s inside, of 2 epsilon |r| - epsilon^2 s outside. */
static void huber_rows(const void *arg, const struct lt_data *d, const double *eta, double s, double *first,
                       double *second, double *cross, double sums[3])
{
    double epsilon = *(const double *)arg;
    sums[0] = sums[1] = sums[2] = 0;
    for (size_t i = 0; i < d->n; i++) {
        double w = d->weight ? d->weight[i] : 1, r = d->y[i] - eta[i], z = r / s;
        bool inside = fabs(z) <= epsilon;
        sums[0] += w * (s + (inside ? r * z : 2 * epsilon * fabs(r) - epsilon * epsilon * s));
        if (!first)
            continue;
        sums[1] += w * (1 - (inside ? z * z : epsilon * epsilon));
        sums[2] += inside ? 2 * w * z * z / s : 0;
        first[i] = -2 * w * (inside ? z : copysign(epsilon, r));
        second[i] = inside ? 2 * w / s : 0;
        cross[i] = inside ? 2 * w * z / s : 0;
    }
}

static void publish(struct huber *m, const struct lt_data *data)
{
    const struct newton *newton = m->newton;
    double *statistic = m->c.statistic;
    scaled_publish(&newton->z, newton->v, m->c.p, m->c.b, m->c.constant);
    statistic[SCALE] = newton->s;
    statistic[LOSS] = newton->value;
    statistic[OUTLIERS] = 0;
    for (size_t i = 0; i < data->n; i++)
        statistic[OUTLIERS] += fabs(data->y[i] - newton->eta[i]) > m->epsilon * newton->s;
}

/* The start: the mean, and the spread about it. */
static int start(struct lt_ctx *ctx, struct huber *m, const struct lt_data *data)
{
    struct newton *newton = m->newton;
    double mean = 0, square = 0, most = 0;
    for (size_t i = 0; i < data->n && m->c.intercept; i++)
        mean += (data->weight ? data->weight[i] : 1) / newton->z.weight * data->y[i];
    for (size_t i = 0; i < data->n; i++) {
        double left = data->y[i] - mean;
        square += (data->weight ? data->weight[i] : 1) / newton->z.weight * left * left;
        most = fmax(most, fabs(data->y[i]));
    }
    if (m->c.intercept)
        newton->v[newton->z.n_active] = mean;
    newton->has_s = true;
    newton->least_s = fmax(1e-9 * sqrt(square), fmax(1e-14 * most, 1e-290));
    newton->s = fmax(sqrt(square), newton->least_s);
    newton->rows = huber_rows;
    newton->arg = &m->epsilon;
    return newton_start(ctx, newton);
}

static int huber_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = coefficients_check_regression(ctx, data);
    if (status != LT_OK)
        return status;
    struct huber *m = huber_new(ctx, p, data->p, data->column);
    if (!m)
        return LT_MEMORY;
    double weight = 0;
    for (size_t i = 0; i < data->n; i++)
        weight += data->weight ? data->weight[i] : 1;
    m->newton = kit_alloc(ctx, 1, sizeof *m->newton);
    status = m->newton ? newton_new(ctx, m->newton, data, m->c.intercept, NULL, 2 * kit_real(p, ALPHA) / weight,
                                    kit_real(p, TOL))
                       : LT_MEMORY;
    if (status == LT_OK)
        status = start(ctx, m, data);
    if (status != LT_OK) {
        huber_free(m);
        return status;
    }
    m->c.statistic[N_ROWS] = (double)data->n;
    publish(m, data);
    *model = m;
    return LT_OK;
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int huber_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct huber *m = model;
    (void)units;
    if (m->done)
        return LT_DONE;
    int status = newton_advance(ctx, m->newton);
    if (status != LT_OK)
        return status;
    m->c.statistic[ITERATIONS] += 1;
    publish(m, data);
    ctx->metric(ctx, "loss", (uint64_t)m->c.statistic[ITERATIONS], m->newton->value);
    bool exact = m->newton->s <= 1.0000001 * m->newton->least_s;
    if (m->newton->state == NEWTON_GOES_ON && !exact && m->c.statistic[ITERATIONS] < (double)m->max_iter)
        return LT_MORE;
    if (exact)
        ctx->note(
            ctx, LT_WARNING,
            "the scale of the errors went to 0: most rows are fitted exactly, so that the others don't count");
    else if (m->newton->state != NEWTON_CONVERGED)
        ctx->note(ctx, LT_WARNING,
                  "stopped after %.0f iterations, before tol was reached (largest gradient %.2g); raise max_iter",
                  m->c.statistic[ITERATIONS], m->newton->slope);
    m->done = true;
    return LT_DONE;
}

static int huber_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct coefficients *c = &((const struct huber *)model)->c;
    return predictor_apply(ctx, data, c->b, c->constant[0], out->value);
}

static int huber_describe(struct lt_ctx *ctx, const void *model)
{
    const struct huber *m = model;
    coefficients_describe(ctx, &m->c, "Coefficients", NULL);
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->c.statistic[N_ROWS]);
    kit_statistic(ctx, "scale", m->c.statistic[SCALE]);
    kit_statistic(ctx, "outliers", m->c.statistic[OUTLIERS]);
    kit_statistic(ctx, "loss", m->c.statistic[LOSS]);
    kit_statistic(ctx, "iterations", m->c.statistic[ITERATIONS]);
    return LT_OK;
}

static int huber_save(struct lt_ctx *ctx, const void *model)
{
    return coefficients_save(ctx, &((const struct huber *)model)->c);
}

static int huber_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct huber *m = huber_new(ctx, p, info->p, info->column);
    int status = m ? coefficients_load(ctx, &m->c) : LT_MEMORY;
    if (status != LT_OK) {
        huber_free(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

static int huber_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = (uint64_t)((const struct huber *)model)->c.statistic[ITERATIONS];
    *planned = 0;
    return LT_OK;
}

const struct lt_algo linear_huber = {
    LT_HEADER(1),
    .id = "huber",
    .name = "Huber regression",
    .version = "1",
    .summary = "A linear model that outliers can't pull far",
    .doc = "Least squares lets one wild row move the whole line, because its error counts squared. Here errors "
           "count squared only up to `epsilon` times their scale `s`, and by their size beyond:\n\n"
           "    sum (s + h((y - b0 - x b) / s) s) + alpha |b|^2,\n"
           "    h(z) = z^2 if |z| < epsilon, else 2 epsilon |z| - epsilon^2\n\n"
           "`s` is learnt along with the coefficients, so nothing depends on the units of the target. With "
           "epsilon 1.35 the estimate is 95 % as precise as least squares if the errors are normal. Newton's "
           "method on coefficients and scale together.",
    .reference = "Huber and Ronchetti, Robust Statistics, 2nd edition, section 7.7; Owen (2007), A robust hybrid "
                 "of lasso and ridge regression",
    .tasks = LT_REGRESS,
    .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "iteration",
    .begin = huber_begin,
    .step = huber_step,
    .predict = huber_predict,
    .describe = huber_describe,
    .save = huber_save,
    .load = huber_load,
    .free = huber_free,
    .units = huber_units,
};

/* huber: linear regression that outliers can't pull far. Minimises, as scikit-learn does, over b0, b and s > 0
 *     sum w_i (s + h((y_i - b0 - x_i b) / s) s) + alpha |b|^2,
 *     h(z) = z^2 for |z| < epsilon, else 2 epsilon |z| - epsilon^2:
 * Huber's proposal 2, which learns the scale s of the errors along with the coefficients. */
#include "plugins/linear/linear.h"

#include "num/simd.h"
#include "num/sum.h"
#include "plugins/linear/newton.h"
#include "plugins/linear/regression.h"

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
    struct regression r;
    double epsilon;
    struct newton *newton; /* NULL after load */
};

static void huber_free(void *model)
{
    struct huber *m = model;
    if (!m)
        return;
    coefficients_free(&m->r.c);
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
    m->r.max_iter = (uint64_t)kit_int(p, MAX_ITER);
    if (coefficients_new(ctx, &m->r.c, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column) == LT_OK)
        return m;
    huber_free(m);
    return NULL;
}

/* The loss and its derivatives: those of r^2 / s inside, of 2 epsilon |r| - epsilon^2 s outside. */
NUM_CLONES static void huber_rows(const void *arg, const struct lt_data *d, size_t begin, size_t n,
                                  const double *eta, double s, double *first, double *second, double *cross,
                                  double sums[3])
{
    const double epsilon = *(const double *)arg, inverse = 1 / s, *y = d->y + begin;
    double w[NEWTON_ROWS], value[NEWTON_ROWS], value_s[NEWTON_ROWS], value_ss[NEWTON_ROWS];
    for (size_t i = 0; i < n; i++)
        w[i] = d->weight ? d->weight[begin + i] : 1;
    for (size_t i = 0; i < n; i++) {
        double r = y[i] - eta[i], z = r * inverse, size = fabs(r);
        value[i] = w[i] * (s + (fabs(z) <= epsilon ? r * z : 2 * epsilon * size - epsilon * epsilon * s));
    }
    sums[0] = block_sum(n, value);
    if (!first)
        return;
    for (size_t i = 0; i < n; i++) {
        double r = y[i] - eta[i], z = r * inverse, inside = fabs(z) <= epsilon ? w[i] : 0, outside = w[i] - inside;
        first[i] = -2 * (inside * z + outside * copysign(epsilon, r));
        second[i] = 2 * inside * inverse;
        cross[i] = 2 * inside * z * inverse;
        value_s[i] = w[i] - inside * z * z - outside * epsilon * epsilon;
        value_ss[i] = 2 * inside * z * z * inverse;
    }
    sums[1] = block_sum(n, value_s);
    sums[2] = block_sum(n, value_ss);
}

NUM_CLONES static size_t count_beyond(size_t n, const double *y, const double *eta, double most)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += fabs(y[i] - eta[i]) > most;
    return count;
}

static void publish(struct huber *m, const struct lt_data *data)
{
    const struct newton *newton = m->newton;
    double *statistic = m->r.c.statistic;
    scaled_publish(&newton->z, newton->v, m->r.c.p, m->r.c.b, m->r.c.constant);
    statistic[SCALE] = newton->s;
    statistic[LOSS] = newton->value;
    statistic[OUTLIERS] = (double)count_beyond(data->n, data->y, newton->eta, m->epsilon * newton->s);
}

/* Weighted sums of the targets less *arg, and of their squares. */
static void sum_target(const void *arg, const struct newton *m, size_t begin, size_t n, double *to)
{
    const double about = *(const double *)arg;
    const struct lt_data *d = m->z.data;
    for (size_t i = begin; i < begin + n; i++) {
        double w = d->weight ? d->weight[i] : 1, left = d->y[i] - about;
        to[0] += w * left;
        to[1] += w * left * left;
    }
}

/* The start: the mean, and the spread about it. */
static int start(struct lt_ctx *ctx, struct huber *m, const struct lt_data *data)
{
    struct newton *newton = m->newton;
    double mean = 0, most = 0, sums[NEWTON_SUMS];
    int status = newton_sum(ctx, newton, sum_target, &mean, sums);
    if (status == LT_OK && m->r.c.intercept) {
        mean = sums[0] / newton->z.weight;
        status = newton_sum(ctx, newton, sum_target, &mean, sums);
        newton->v[newton->z.n_active] = mean;
    }
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < data->n; i++)
        most = fmax(most, fabs(data->y[i]));
    double spread = sqrt(sums[1] / newton->z.weight);
    newton->has_s = true;
    newton->least_s = fmax(1e-9 * spread, fmax(1e-14 * most, 1e-290));
    newton->s = fmax(spread, newton->least_s);
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
    status = m->newton ? newton_new(ctx, m->newton, data, m->r.c.intercept, NULL, 2 * kit_real(p, ALPHA) / weight,
                                    kit_real(p, TOL))
                       : LT_MEMORY;
    if (status == LT_OK)
        status = start(ctx, m, data);
    if (status != LT_OK) {
        huber_free(m);
        return status;
    }
    m->r.c.statistic[N_ROWS] = (double)data->n;
    publish(m, data);
    *model = m;
    return LT_OK;
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int huber_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct huber *m = model;
    struct newton *newton = m->newton;
    (void)units;
    if (m->r.done)
        return LT_DONE;
    int status = newton_advance(ctx, newton);
    if (status != LT_OK)
        return status;
    publish(m, data);
    double iterations = *regression_iterations(&m->r) += 1;
    ctx->metric(ctx, "loss", (uint64_t)iterations, newton->value);
    bool exact = newton->s <= 1.0000001 * newton->least_s;
    if (exact)
        ctx->note(
            ctx, LT_WARNING,
            "the scale of the errors went to 0: most rows are fitted exactly, so that the others don't count");
    return regression_continue(ctx, &m->r, newton->state != NEWTON_GOES_ON || exact,
                               newton->state == NEWTON_CONVERGED || exact, newton->slope);
}

static int huber_describe(struct lt_ctx *ctx, const void *model)
{
    const struct regression *m = model;
    const double *statistic = m->c.statistic;
    const struct regression_line lines[] = {{"n", statistic[N_ROWS]},
                                            {"scale", statistic[SCALE]},
                                            {"outliers", statistic[OUTLIERS]},
                                            {"loss", statistic[LOSS]},
                                            {"iterations", statistic[ITERATIONS]}};
    return regression_describe(ctx, m, lines, sizeof lines / sizeof *lines);
}

static int huber_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return regression_load(ctx, (struct regression *)huber_new(ctx, p, info->p, info->column), huber_free, model);
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
    .predict = regression_predict,
    .describe = huber_describe,
    .save = regression_save,
    .load = huber_load,
    .free = huber_free,
    .units = regression_units,
};

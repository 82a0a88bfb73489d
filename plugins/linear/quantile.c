/* quantile: linear quantile regression. Minimises, as scikit-learn does,
 *     1/W sum w_i rho(y_i - b0 - x_i b) + alpha |b|_1,   rho(u) = u (quantile - [u < 0]),
 * by Portnoy and Koenker's (1997) interior point method on the dual problem,
 *     max sum_i y_i a_i  subject to  z'a = (1 - quantile) z'1,  0 <= a <= 1,
 * in which the penalty is two more rows a column, +c e_j and -c e_j with target 0. The end is a corner: the rows
 * that the best plane goes through say where exactly. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "num/sort.h"
#include "plugins/linear/coefficients.h"
#include "plugins/linear/predictor.h"
#include "plugins/linear/scaled.h"

enum { QUANTILE, ALPHA, FIT_INTERCEPT, MAX_ITER, TOL, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [QUANTILE] = {.name = "quantile",
                  .aliases = "tau",
                  .type = LT_REAL,
                  .flags = LT_OPEN_MIN | LT_OPEN_MAX,
                  .def = "0.5",
                  .min = 0,
                  .max = 1,
                  .doc = "Which quantile of the target is predicted: 0.5 is the median"},
    [ALPHA] = {.name = "alpha",
               .aliases = "lambda",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "1",
               .min = 0,
               .max = INFINITY,
               .doc = "Strength of the penalty on the absolute coefficients; 0 is none"},
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether the model has a constant; it is not penalised"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .flags = LT_ADVANCED,
                  .def = "100",
                  .min = 1,
                  .max = 1e6,
                  .doc = "Most iterations"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-10",
             .min = 0,
             .max = 1,
             .doc = "Stop when the duality gap is below this share of the loss at the start"},
};

enum statistic { N_ROWS, LOSS, BELOW, GAP, ITERATIONS, N_STATISTICS };

/* The interior point: N rows, those of the table times their weights, then the penalty's. */
struct interior {
    struct scaled z;
    size_t n_rows;         /* N */
    double *cost;          /* n_active: c_j */
    double *a;             /* N: strictly between 0 and 1 */
    double *above, *below; /* N: multipliers; their difference is plane - target */
    double *v;             /* q */
    double scale;          /* sum of |plane - target| at the start */
    double gap;
    bool ended;
};

struct quantile {
    struct coefficients c;
    double tau, alpha, tol;
    uint64_t max_iter;
    struct interior *at; /* NULL after load */
    bool done;
};

static void quantile_free(void *model)
{
    struct quantile *m = model;
    if (!m)
        return;
    coefficients_free(&m->c);
    if (m->at) {
        scaled_free(&m->at->z);
        free(m->at->cost);
        free(m->at->a);
        free(m->at->above);
        free(m->at->below);
        free(m->at->v);
    }
    free(m->at);
    free(m);
}

static struct quantile *quantile_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns,
                                     const struct lt_column *column)
{
    struct quantile *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->tau = kit_real(p, QUANTILE);
    m->alpha = kit_real(p, ALPHA);
    m->tol = kit_real(p, TOL);
    m->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    if (coefficients_new(ctx, &m->c, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column) == LT_OK)
        return m;
    quantile_free(m);
    return NULL;
}

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1;
}

/* ---- the rows of the problem -------------------------------------------------------------------------------- */

/* value[N]: each row times v. */
static int rows_times(struct lt_ctx *ctx, const struct interior *at, const double *v, double *value)
{
    const struct lt_data *d = at->z.data;
    int status = scaled_values(ctx, &at->z, v, value);
    for (size_t i = 0; d->weight && i < d->n; i++)
        value[i] *= d->weight[i];
    for (size_t j = 0; 2 * j < at->n_rows - d->n; j++) {
        value[d->n + 2 * j] = at->cost[j] * v[j];
        value[d->n + 2 * j + 1] = -at->cost[j] * v[j];
    }
    return status;
}

/* hessian = sum share_i row_i row_i' (or NULL), gradient = sum r_i row_i. Both arrays are used up. */
static int rows_products(struct lt_ctx *ctx, const struct interior *at, double *share, double *r, double *hessian,
                         double *gradient)
{
    const struct lt_data *d = at->z.data;
    size_t q = at->z.q;
    for (size_t i = 0; d->weight && i < d->n; i++) {
        r[i] *= d->weight[i];
        if (hessian)
            share[i] *= d->weight[i] * d->weight[i];
    }
    int status = scaled_products(ctx, &at->z, hessian ? share : NULL, r, hessian, gradient);
    for (size_t j = 0; 2 * j < at->n_rows - d->n; j++) {
        size_t i = d->n + 2 * j;
        gradient[j] += at->cost[j] * (r[i] - r[i + 1]);
        if (hessian)
            hessian[j * q + j] += at->cost[j] * at->cost[j] * (share[i] + share[i + 1]);
    }
    return status;
}

static double loss_at(const struct quantile *m, const struct interior *at, const double *value)
{
    const struct lt_data *d = at->z.data;
    double sum = 0;
    for (size_t i = 0; i < at->n_rows; i++) {
        double left = (i < d->n ? weight_of(d, i) * d->y[i] : 0) - value[i];
        sum += left * (m->tau - (left < 0));
    }
    return sum;
}

/* ---- begin: the plane of least squares, and multipliers to match -------------------------------------------- */

static int start(struct lt_ctx *ctx, struct quantile *m, const struct lt_data *data)
{
    struct interior *at = m->at;
    size_t n = at->n_rows, q = at->z.q;
    double *value = kit_scratch_f64(ctx, n), *share = kit_scratch_f64(ctx, n);
    double *hessian = kit_scratch(ctx, q, q * sizeof *hessian);
    if (!value || !share || !hessian)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++) {
        share[i] = 1;
        value[i] = i < data->n ? weight_of(data, i) * data->y[i] : 0;
    }
    int status = rows_products(ctx, at, share, value, hessian, at->v);
    if (status == LT_OK)
        status = scaled_factorise(ctx, q, hessian);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(q, hessian, q, at->v);
    status = rows_times(ctx, at, at->v, value);
    at->scale = 0;
    double size = 0;
    for (size_t i = 0; i < n; i++) {
        double y = i < data->n ? weight_of(data, i) * data->y[i] : 0;
        value[i] -= y;
        at->scale += fabs(value[i]);
        size += fabs(y);
    }
    if (status == LT_OK && !isfinite(at->scale + size))
        return ctx->fail(ctx, LT_NUMERIC, "the numbers are too large for quantile regression; rescale them");
    if (at->scale <= 1e-13 * size)
        at->ended = true; /* least squares leaves nothing */
    for (size_t i = 0; i < n; i++) {
        at->a[i] = 1 - m->tau;
        at->above[i] = fmax(value[i], 0) + 1e-3 * at->scale / (double)n;
        at->below[i] = at->above[i] - value[i];
    }
    return status;
}

static void publish(struct quantile *m)
{
    scaled_publish(&m->at->z, m->at->v, m->c.p, m->c.b, m->c.constant);
}

static int setup(struct lt_ctx *ctx, struct quantile *m, const struct lt_data *data)
{
    struct interior *at = m->at = kit_alloc(ctx, 1, sizeof *m->at);
    int status = at ? scaled_new(ctx, &at->z, data, m->c.intercept, NULL) : LT_MEMORY;
    if (status != LT_OK)
        return status;
    at->n_rows = data->n + (m->alpha > 0 ? 2 * at->z.n_active : 0);
    at->cost = kit_alloc_f64(ctx, at->z.n_active);
    at->a = kit_alloc_f64(ctx, at->n_rows);
    at->above = kit_alloc_f64(ctx, at->n_rows);
    at->below = kit_alloc_f64(ctx, at->n_rows);
    at->v = kit_alloc_f64(ctx, at->z.q);
    if (!at->cost || !at->a || !at->above || !at->below || !at->v)
        return LT_MEMORY;
    for (size_t j = 0; j < at->z.n_active; j++)
        at->cost[j] = at->z.weight * m->alpha * at->z.scale[j];
    status = start(ctx, m, data);
    if (status == LT_OK)
        publish(m);
    return status;
}

static int quantile_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = coefficients_check_regression(ctx, data);
    if (status != LT_OK)
        return status;
    struct quantile *m = quantile_new(ctx, p, data->p, data->column);
    status = m ? setup(ctx, m, data) : LT_MEMORY;
    if (status != LT_OK) {
        quantile_free(m);
        return status;
    }
    m->c.statistic[N_ROWS] = (double)data->n;
    *model = m;
    return LT_OK;
}

/* ---- an iteration: Mehrotra's predictor and corrector ------------------------------------------------------- */

/* The part of a step that keeps x[n] + step dx[n] above 0, at most 1. */
static double room(size_t n, const double *x, const double *dx)
{
    double most = INFINITY;
    for (size_t i = 0; i < n; i++)
        if (dx[i] < 0)
            most = fmin(most, -x[i] / dx[i]);
    return fmin(0.9995 * most, 1);
}

struct move {
    double *da, *above, *below, *v; /* changes */
    double primal, dual;            /* how far to go */
};

/* The Newton step towards above a = mu, below (1 - a) = mu, with `second` what the predictor told of the products
 * of changes (NULL: none, and mu 0). */
static int solve(struct lt_ctx *ctx, const struct interior *at, const double *factor, const double *share,
                 const double *target, double mu, const double *second_above, const double *second_below,
                 double *work, struct move *move)
{
    size_t n = at->n_rows, q = at->z.q;
    double *r = move->da; /* room until the end */
    for (size_t i = 0; i < n; i++)
        r[i] = share[i] * target[i];
    int status = rows_products(ctx, at, NULL, r, NULL, move->v);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(q, factor, q, move->v); /* minus the change of v */
    status = rows_times(ctx, at, move->v, work);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        double a = at->a[i], rest = 1 - a, da = share[i] * (work[i] - target[i]);
        move->da[i] = da;
        move->above[i] = mu / a - at->above[i] - (at->above[i] * da + (second_above ? second_above[i] : 0)) / a;
        move->below[i] =
            mu / rest - at->below[i] + (at->below[i] * da + (second_below ? second_below[i] : 0)) / rest;
    }
    for (size_t j = 0; j < q; j++)
        move->v[j] = -move->v[j];
    double rest = INFINITY;
    for (size_t i = 0; i < n; i++)
        if (move->da[i] > 0)
            rest = fmin(rest, (1 - at->a[i]) / move->da[i]);
    move->primal = fmin(room(n, at->a, move->da), 0.9995 * rest);
    move->dual = fmin(room(n, at->above, move->above), room(n, at->below, move->below));
    return LT_OK;
}

static int move_scratch(struct lt_ctx *ctx, const struct interior *at, struct move *move)
{
    size_t n = at->n_rows;
    move->da = kit_scratch_f64(ctx, n);
    move->above = kit_scratch_f64(ctx, n);
    move->below = kit_scratch_f64(ctx, n);
    move->v = kit_scratch_f64(ctx, at->z.q);
    return move->da && move->above && move->below && move->v ? LT_OK : LT_MEMORY;
}

static double gap_after(const struct interior *at, const struct move *move)
{
    double gap = 0;
    for (size_t i = 0; i < at->n_rows; i++) {
        double a = at->a[i] + move->primal * move->da[i];
        gap += (at->above[i] + move->dual * move->above[i]) * a +
               (at->below[i] + move->dual * move->below[i]) * (1 - a);
    }
    return gap;
}

static int advance(struct lt_ctx *ctx, struct interior *at)
{
    size_t n = at->n_rows, q = at->z.q;
    struct move predictor, corrector;
    double *share = kit_scratch_f64(ctx, n), *target = kit_scratch_f64(ctx, n), *work = kit_scratch_f64(ctx, n);
    double *copy = kit_scratch_f64(ctx, n), *factor = kit_scratch(ctx, q, q * sizeof *factor);
    double *unused = kit_scratch_f64(ctx, q), gap = 0;
    int status = move_scratch(ctx, at, &predictor);
    if (status == LT_OK)
        status = move_scratch(ctx, at, &corrector);
    if (status != LT_OK || !share || !target || !work || !copy || !factor || !unused)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++) {
        share[i] = 1 / (at->above[i] / at->a[i] + at->below[i] / (1 - at->a[i]));
        target[i] = at->above[i] - at->below[i];
        gap += at->above[i] * at->a[i] + at->below[i] * (1 - at->a[i]);
        copy[i] = share[i];
        work[i] = 0;
    }
    status = rows_products(ctx, at, copy, work, factor, unused);
    if (status == LT_OK)
        status = scaled_factorise(ctx, q, factor);
    if (status == LT_OK)
        status = solve(ctx, at, factor, share, target, 0, NULL, NULL, work, &predictor);
    if (status != LT_OK)
        return status;
    struct move *move = &predictor;
    if (fmin(predictor.primal, predictor.dual) < 1) {
        double ratio = gap_after(at, &predictor) / gap, mu = gap * ratio * ratio * ratio / (2 * (double)n);
        for (size_t i = 0; i < n; i++) { /* the products of changes that the predictor left out */
            double da = predictor.da[i];
            copy[i] = da * predictor.above[i];
            predictor.below[i] *= da;
            target[i] += copy[i] / at->a[i] + predictor.below[i] / (1 - at->a[i]) -
                         mu * (1 / at->a[i] - 1 / (1 - at->a[i]));
        }
        status = solve(ctx, at, factor, share, target, mu, copy, predictor.below, work, &corrector);
        if (status != LT_OK)
            return status;
        move = &corrector;
    }
    for (size_t i = 0; i < n; i++) {
        at->a[i] += move->primal * move->da[i];
        at->above[i] += move->dual * move->above[i];
        at->below[i] += move->dual * move->below[i];
    }
    for (size_t j = 0; j < q; j++)
        at->v[j] += move->dual * move->v[j];
    at->gap = 0;
    for (size_t i = 0; i < n; i++)
        at->gap += at->above[i] * at->a[i] + at->below[i] * (1 - at->a[i]);
    return LT_OK;
}

/* ---- the corner --------------------------------------------------------------------------------------------- */

static void fill_row(const struct interior *at, size_t i, double *row, double *target)
{
    const struct scaled *z = &at->z;
    const struct lt_data *d = z->data;
    memset(row, 0, z->q * sizeof *row);
    *target = 0;
    if (i >= d->n) {
        row[(i - d->n) / 2] = at->cost[(i - d->n) / 2];
        return;
    }
    scaled_fill(z, i, 1, row, 1);
    *target = d->y[i];
}

/* The plane through the q independent rows whose a is furthest from 0 and 1, if it is no worse. */
static int take_corner(struct lt_ctx *ctx, const struct quantile *m, struct interior *at)
{
    size_t n = at->n_rows, q = at->z.q, few = n < 4 * q ? n : 4 * q;
    double *key = kit_scratch_f64(ctx, n), *rows = kit_scratch(ctx, few, (q + 1) * sizeof *rows);
    double *columns = kit_scratch(ctx, q, few * sizeof *columns), *tau = kit_scratch_f64(ctx, few);
    double *target = kit_scratch_f64(ctx, few), *system = kit_scratch(ctx, q, q * sizeof *system);
    double *right = kit_scratch_f64(ctx, q), *v = kit_scratch_f64(ctx, q), *value = kit_scratch_f64(ctx, n);
    uint32_t *order = kit_scratch(ctx, n, sizeof *order);
    int *pivot = kit_scratch(ctx, few + q, sizeof *pivot);
    void *work = kit_scratch(ctx, sort_order_work(n), 1);
    if (!key || !rows || !columns || !tau || !target || !system || !right || !v || !value || !order || !pivot ||
        !work)
        return LT_MEMORY;
    if (n < q)
        return LT_OK;
    for (size_t i = 0; i < n; i++)
        key[i] = i < at->z.data->n && !(weight_of(at->z.data, i) > 0) ? 1 : -fmin(at->a[i], 1 - at->a[i]);
    sort_order_f64(n, key, order, work);
    for (size_t k = 0; k < few; k++) {
        fill_row(at, order[k], rows + k * q, target + k);
        for (size_t j = 0; j < q; j++)
            columns[j * few + k] = rows[k * q + j];
    }
    if (la_qr_pivot(q, few, columns, few, pivot, tau, 1e-9) < (int)q)
        return LT_OK;
    double *kept = key; /* q: 0 where a row of the penalty holds the coefficient at 0 */
    for (size_t j = 0; j < q; j++)
        kept[j] = 1;
    for (size_t k = 0; k < q; k++) {
        memcpy(system + k * q, rows + (size_t)pivot[k] * q, q * sizeof *system);
        right[k] = target[pivot[k]];
        if (order[pivot[k]] >= at->z.data->n)
            kept[(order[pivot[k]] - at->z.data->n) / 2] = 0;
    }
    if (la_qr_pivot(q, q, system, q, pivot, tau, 1e-12) < (int)q ||
        la_qr_apply_qt(q, q, system, q, tau, right) < 0)
        return LT_OK;
    la_upper_solve(q, system, q, right);
    for (size_t k = 0; k < q; k++)
        v[pivot[k]] = kept[pivot[k]] > 0 ? right[k] : 0;
    int status = rows_times(ctx, at, at->v, value);
    double before = loss_at(m, at, value);
    if (status == LT_OK)
        status = rows_times(ctx, at, v, value);
    if (status == LT_OK && loss_at(m, at, value) <= before * (1 + 1e-13))
        memcpy(at->v, v, q * sizeof *v);
    return status;
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int quantile_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct quantile *m = model;
    struct interior *at = m->at;
    double *iterations = &m->c.statistic[ITERATIONS];
    (void)units;
    if (m->done)
        return LT_DONE;
    if (!at->ended && *iterations < (double)m->max_iter) {
        int status = advance(ctx, at);
        if (status != LT_OK)
            return status;
        *iterations += 1;
        at->ended = !(at->gap > m->tol * at->scale);
    }
    bool last = at->ended || *iterations >= (double)m->max_iter;
    double *value = kit_scratch_f64(ctx, at->n_rows);
    int status = value ? LT_OK : LT_MEMORY;
    if (status == LT_OK && last)
        status = take_corner(ctx, m, at);
    if (status == LT_OK)
        status = rows_times(ctx, at, at->v, value);
    if (status != LT_OK)
        return status;
    publish(m);
    m->c.statistic[GAP] = at->gap / at->z.weight;
    m->c.statistic[LOSS] = loss_at(m, at, value) / at->z.weight;
    m->c.statistic[BELOW] = 0;
    double exact = 1e-9 * at->scale / (double)at->n_rows; /* rows that the plane goes through, but for rounding */
    for (size_t i = 0; i < data->n; i++)
        if (weight_of(data, i) * data->y[i] < value[i] - exact)
            m->c.statistic[BELOW] += weight_of(data, i) / at->z.weight;
    ctx->metric(ctx, "loss", (uint64_t)*iterations + (*iterations == 0), m->c.statistic[LOSS]);
    if (!last)
        return LT_MORE;
    if (!at->ended)
        ctx->note(ctx, LT_WARNING, "stopped after %.0f iterations, before tol was reached; raise max_iter",
                  *iterations);
    m->done = true;
    return LT_DONE;
}

static int quantile_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct coefficients *c = &((const struct quantile *)model)->c;
    return predictor_apply(ctx, data, c->b, c->constant[0], out->value);
}

/* ---- describe, save and load ------------------------------------------------------------------------------- */

static int quantile_describe(struct lt_ctx *ctx, const void *model)
{
    const struct quantile *m = model;
    coefficients_describe(ctx, &m->c, "Coefficients", NULL);
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->c.statistic[N_ROWS]);
    kit_statistic(ctx, "quantile", m->tau);
    kit_statistic(ctx, "loss", m->c.statistic[LOSS]);
    kit_statistic(ctx, "share_below", m->c.statistic[BELOW]);
    kit_statistic(ctx, "duality_gap", m->c.statistic[GAP]);
    kit_statistic(ctx, "iterations", m->c.statistic[ITERATIONS]);
    return LT_OK;
}

static int quantile_save(struct lt_ctx *ctx, const void *model)
{
    return coefficients_save(ctx, &((const struct quantile *)model)->c);
}

static int quantile_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct quantile *m = quantile_new(ctx, p, info->p, info->column);
    int status = m ? coefficients_load(ctx, &m->c) : LT_MEMORY;
    if (status != LT_OK) {
        quantile_free(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

static int quantile_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = (uint64_t)((const struct quantile *)model)->c.statistic[ITERATIONS];
    *planned = 0;
    return LT_OK;
}

const struct lt_algo linear_quantile = {
    LT_HEADER(1),
    .id = "quantile",
    .name = "Quantile regression",
    .version = "1",
    .summary = "A linear model of the median, or of any other quantile",
    .doc =
        "Least squares predicts the mean; this predicts the value that a share `quantile` of the targets lies "
        "below. Minimises\n\n"
        "    sum rho(y - b0 - x b) / n + alpha |b|_1,   rho(u) = quantile u if u > 0, else (quantile - 1) u\n\n"
        "An error above costs `quantile` a unit, one below `1 - quantile`: at the best plane the two balance. "
        "For 0.5 that is the least sum of absolute errors, which outliers hardly touch. Two models, of 0.05 and "
        "0.95, give an interval that holds 90 % of the rows.\n\n"
        "Solved as a linear program: an interior point method comes close in some ten to twenty iterations, and "
        "the rows that the plane goes through give the exact corner. The penalty counts in the units of the "
        "columns; the default is scikit-learn's and strong: set `alpha=0` for the plain quantile.",
    .reference = "Koenker and Bassett (1978), Regression quantiles, Econometrica 46; Portnoy and Koenker (1997), "
                 "The Gaussian hare and the Laplacian tortoise, Statistical Science 12",
    .tasks = LT_REGRESS,
    .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "iteration",
    .begin = quantile_begin,
    .step = quantile_step,
    .predict = quantile_predict,
    .describe = quantile_describe,
    .save = quantile_save,
    .load = quantile_load,
    .free = quantile_free,
    .units = quantile_units,
};

/* quantile: linear quantile regression. Minimises, as scikit-learn does,
 *     1/W sum w_i rho(y_i - b0 - x_i b) + alpha |b|_1,   rho(u) = u (quantile - [u < 0]),
 * by Portnoy and Koenker's (1997) interior point method on the dual problem,
 *     max sum_i y_i a_i  subject to  z'a = (1 - quantile) z'1,  0 <= a <= 1,
 * in which the penalty is two more rows a column, +c e_j and -c e_j with target 0. The end is a corner: the rows
 * that the best plane goes through say where exactly. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "num/sort.h"
#include "plugins/linear/regression.h"
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
    struct regression r;
    double tau, alpha, tol;
    struct interior *at; /* NULL after load */
};

static void quantile_free(void *model)
{
    struct quantile *m = model;
    if (!m)
        return;
    coefficients_free(&m->r.c);
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
    m->r.max_iter = (uint64_t)kit_int(p, MAX_ITER);
    if (coefficients_new(ctx, &m->r.c, columns, 1, N_STATISTICS, kit_bool(p, FIT_INTERCEPT), column) == LT_OK)
        return m;
    quantile_free(m);
    return NULL;
}

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1;
}

/* ---- passes over the N rows, in fixed blocks ---------------------------------------------------------------- */

/* What a pass found in its rows. */
struct found {
    double sum[2], most[2]; /* added up; the largest, at least 0 */
};

/* Rows [begin, end): reads and writes what `arg` points to. */
typedef void pass_fn(void *arg, size_t begin, size_t end, struct found *found);

enum { PASS_ROWS = 4096 };

struct pass {
    pass_fn *fn;
    void *arg;
    size_t n;
    struct found *found; /* a block each */
};

static void pass_block(void *arg, size_t block, unsigned worker)
{
    const struct pass *pass = arg;
    size_t begin = block * PASS_ROWS, end = pass->n - begin < PASS_ROWS ? pass->n : begin + PASS_ROWS;
    (void)worker;
    pass->found[block] = (struct found){0};
    pass->fn(pass->arg, begin, end, &pass->found[block]);
}

/* Never cancelled, so that all rows are at the same point. LT_OK or LT_MEMORY. */
static int pass_run(struct lt_ctx *ctx, size_t n, pass_fn *fn, void *arg, struct found *total)
{
    size_t blocks = kit_block_count(n, PASS_ROWS);
    struct pass pass = {fn, arg, n, kit_scratch(ctx, blocks, sizeof *pass.found)};
    if (!pass.found)
        return LT_MEMORY;
    ctx->parallel(ctx, blocks, pass_block, &pass);
    *total = (struct found){0};
    for (size_t b = 0; b < blocks; b++)
        for (int k = 0; k < 2; k++) {
            total->sum[k] += pass.found[b].sum[k];
            total->most[k] = fmax(total->most[k], pass.found[b].most[k]);
        }
    return LT_OK;
}

/* ---- the rows of the problem -------------------------------------------------------------------------------- */

/* The target of row i, times its weight. */
static double target_of(const struct interior *at, size_t i)
{
    const struct lt_data *d = at->z.data;
    return i < d->n ? weight_of(d, i) * d->y[i] : 0;
}

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

/* The plane's value at each row is judged: sums of the loss, and of the weights of rows that lie below. */
struct judged {
    const struct quantile *m;
    const double *value;
    double exact; /* rows that the plane goes through, but for rounding */
};

static void judge_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct judged *job = arg;
    const struct interior *at = job->m->at;
    for (size_t i = begin; i < end; i++) {
        double left = target_of(at, i) - job->value[i];
        found->sum[0] += left * (job->m->tau - (left < 0));
        if (i < at->z.data->n && left < -job->exact)
            found->sum[1] += weight_of(at->z.data, i);
    }
}

static int judge(struct lt_ctx *ctx, const struct quantile *m, const double *value, struct found *found)
{
    struct judged job = {m, value, 1e-9 * m->at->scale / (double)m->at->n_rows};
    return pass_run(ctx, m->at->n_rows, judge_rows, &job, found);
}

/* ---- begin: the plane of least squares, and multipliers to match -------------------------------------------- */

struct starting {
    const struct quantile *m;
    struct interior *at;
    double *value, *share;
};

static void target_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct starting *job = arg;
    for (size_t i = begin; i < end; i++) {
        job->share[i] = 1;
        job->value[i] = target_of(job->at, i);
        found->sum[0] += fabs(job->value[i]);
    }
}

static void residual_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct starting *job = arg;
    for (size_t i = begin; i < end; i++) {
        job->value[i] -= target_of(job->at, i);
        found->sum[0] += fabs(job->value[i]);
    }
}

static void start_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct starting *job = arg;
    struct interior *at = job->at;
    (void)found;
    for (size_t i = begin; i < end; i++) {
        at->a[i] = 1 - job->m->tau;
        at->above[i] = fmax(job->value[i], 0) + 1e-3 * at->scale / (double)at->n_rows;
        at->below[i] = at->above[i] - job->value[i];
    }
}

static int start(struct lt_ctx *ctx, struct quantile *m)
{
    struct interior *at = m->at;
    size_t n = at->n_rows, q = at->z.q;
    struct starting job = {m, at, kit_scratch_f64(ctx, n), kit_scratch_f64(ctx, n)};
    struct found target, residual, nothing;
    double *hessian = kit_scratch(ctx, q, q * sizeof *hessian);
    if (!job.value || !job.share || !hessian)
        return LT_MEMORY;
    int status = pass_run(ctx, n, target_rows, &job, &target);
    if (status == LT_OK)
        status = rows_products(ctx, at, job.share, job.value, hessian, at->v);
    if (status == LT_OK)
        status = scaled_factorise(ctx, q, hessian);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(q, hessian, q, at->v);
    status = rows_times(ctx, at, at->v, job.value);
    if (status == LT_OK)
        status = pass_run(ctx, n, residual_rows, &job, &residual);
    if (status != LT_OK)
        return status;
    at->scale = residual.sum[0];
    if (!isfinite(at->scale + target.sum[0]))
        return ctx->fail(ctx, LT_NUMERIC, "the numbers are too large for quantile regression; rescale them");
    if (at->scale <= 1e-13 * target.sum[0])
        at->ended = true; /* least squares leaves nothing */
    return pass_run(ctx, n, start_rows, &job, &nothing);
}

static void publish(struct quantile *m)
{
    scaled_publish(&m->at->z, m->at->v, m->r.c.p, m->r.c.b, m->r.c.constant);
}

static int setup(struct lt_ctx *ctx, struct quantile *m, const struct lt_data *data)
{
    struct interior *at = m->at = kit_alloc(ctx, 1, sizeof *m->at);
    int status = at ? scaled_new(ctx, &at->z, data, m->r.c.intercept, NULL) : LT_MEMORY;
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
    status = start(ctx, m);
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
    m->r.c.statistic[N_ROWS] = (double)data->n;
    *model = m;
    return LT_OK;
}

/* ---- an iteration: Mehrotra's predictor and corrector ------------------------------------------------------- */

struct move {
    double *da, *above, *below, *v; /* changes */
    double primal, dual;            /* how far to go */
};

/* All that an iteration works with: N numbers each, but for v. */
struct iteration {
    struct interior *at;
    double *share;      /* 1 / (above / a + below / (1 - a)) */
    double *target;     /* what a would have to move for, were it alone */
    double *product[2]; /* of changes, that the predictor left out: of above, of below; NULL: none */
    double *work;
    double mu; /* where above a and below (1 - a) are to end */
    bool corrects;
    struct move *move;
};

static void weigh_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    const struct interior *at = it->at;
    for (size_t i = begin; i < end; i++) {
        double a = at->a[i], rest = 1 - a;
        it->share[i] = it->product[0][i] = 1 / (at->above[i] / a + at->below[i] / rest);
        it->target[i] = at->above[i] - at->below[i];
        it->work[i] = 0;
        found->sum[0] += at->above[i] * a + at->below[i] * rest;
    }
}

static void right_side_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    (void)found;
    for (size_t i = begin; i < end; i++)
        it->move->da[i] = it->share[i] * it->target[i];
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The changes, and what share of each of a, 1 - a, above and below they would use up at most. */
static void change_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    const struct interior *at = it->at;
    struct move *move = it->move;
    bool second = it->corrects;
    for (size_t i = begin; i < end; i++) {
        double a = at->a[i], rest = 1 - a, da = it->share[i] * (it->work[i] - it->target[i]);
        double above = at->above[i], below = at->below[i];
        double up = it->mu / a - above - (above * da + (second ? it->product[0][i] : 0)) / a;
        double down = it->mu / rest - below + (below * da + (second ? it->product[1][i] : 0)) / rest;
        move->da[i] = da;
        move->above[i] = up;
        move->below[i] = down;
        found->most[0] = larger(found->most[0], larger(-da / a, da / rest));
        found->most[1] = larger(found->most[1], larger(-up / above, -down / below));
    }
}

/* The part of the changes that leaves everything above 0; at most all of them. */
static double room(double most)
{
    return most > 0 ? fmin(0.9995 / most, 1) : 1;
}

/* The Newton step towards above a = mu, below (1 - a) = mu. */
static int solve(struct lt_ctx *ctx, struct iteration *it, const double *factor)
{
    const struct interior *at = it->at;
    struct move *move = it->move;
    struct found found;
    size_t q = at->z.q;
    int status = pass_run(ctx, at->n_rows, right_side_rows, it, &found); /* in da, until it is known */
    if (status == LT_OK)
        status = rows_products(ctx, at, NULL, move->da, NULL, move->v);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(q, factor, q, move->v); /* minus the change of v */
    status = rows_times(ctx, at, move->v, it->work);
    if (status == LT_OK)
        status = pass_run(ctx, at->n_rows, change_rows, it, &found);
    if (status != LT_OK)
        return status;
    for (size_t j = 0; j < q; j++)
        move->v[j] = -move->v[j];
    move->primal = room(found.most[0]);
    move->dual = room(found.most[1]);
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

static void gap_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    const struct interior *at = it->at;
    const struct move *move = it->move;
    for (size_t i = begin; i < end; i++) {
        double a = at->a[i] + move->primal * move->da[i];
        found->sum[0] += (at->above[i] + move->dual * move->above[i]) * a +
                         (at->below[i] + move->dual * move->below[i]) * (1 - a);
    }
}

/* The products of changes that the predictor left out; its arrays take them. */
static void correct_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    const struct interior *at = it->at;
    (void)found;
    for (size_t i = begin; i < end; i++) {
        double a = at->a[i], rest = 1 - a, da = it->move->da[i];
        double above = da * it->move->above[i], below = da * it->move->below[i];
        it->product[0][i] = above;
        it->product[1][i] = below;
        it->target[i] += above / a + below / rest - it->mu * (1 / a - 1 / rest);
    }
}

static void move_rows(void *arg, size_t begin, size_t end, struct found *found)
{
    const struct iteration *it = arg;
    struct interior *at = it->at;
    const struct move *move = it->move;
    for (size_t i = begin; i < end; i++) {
        at->a[i] += move->primal * move->da[i];
        at->above[i] += move->dual * move->above[i];
        at->below[i] += move->dual * move->below[i];
        found->sum[0] += at->above[i] * at->a[i] + at->below[i] * (1 - at->a[i]);
    }
}

/* Where the predictor went tells how far the gap can be closed; the corrector aims there. */
static int correct(struct lt_ctx *ctx, struct iteration *it, const double *factor, double gap, struct move *move)
{
    struct found after, nothing;
    int status = pass_run(ctx, it->at->n_rows, gap_rows, it, &after);
    if (status != LT_OK)
        return status;
    double ratio = after.sum[0] / gap;
    it->mu = gap * ratio * ratio * ratio / (2 * (double)it->at->n_rows);
    status = pass_run(ctx, it->at->n_rows, correct_rows, it, &nothing);
    it->corrects = true;
    it->move = move;
    return status == LT_OK ? solve(ctx, it, factor) : status;
}

static int advance(struct lt_ctx *ctx, struct interior *at)
{
    size_t n = at->n_rows, q = at->z.q;
    struct move predictor, corrector;
    struct iteration it = {.at = at, .move = &predictor};
    struct found found;
    double *factor = kit_scratch(ctx, q, q * sizeof *factor), *unused = kit_scratch_f64(ctx, q);
    it.share = kit_scratch_f64(ctx, n);
    it.target = kit_scratch_f64(ctx, n);
    it.product[0] = kit_scratch_f64(ctx, n);
    it.product[1] = kit_scratch_f64(ctx, n);
    it.work = kit_scratch_f64(ctx, n);
    if (!it.share || !it.target || !it.product[0] || !it.product[1] || !it.work || !factor || !unused ||
        move_scratch(ctx, at, &predictor) != LT_OK || move_scratch(ctx, at, &corrector) != LT_OK)
        return LT_MEMORY;
    int status = pass_run(ctx, n, weigh_rows, &it, &found);
    double gap = found.sum[0];
    if (status == LT_OK)
        status = rows_products(ctx, at, it.product[0], it.work, factor, unused);
    if (status == LT_OK)
        status = scaled_factorise(ctx, q, factor);
    if (status == LT_OK)
        status = solve(ctx, &it, factor);
    if (status == LT_OK && fmin(predictor.primal, predictor.dual) < 1)
        status = correct(ctx, &it, factor, gap, &corrector);
    if (status == LT_OK)
        status = pass_run(ctx, n, move_rows, &it, &found);
    if (status != LT_OK)
        return status;
    for (size_t j = 0; j < q; j++)
        at->v[j] += it.move->dual * it.move->v[j];
    at->gap = found.sum[0];
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
    struct found before, after;
    int status = rows_times(ctx, at, at->v, value);
    if (status == LT_OK)
        status = judge(ctx, m, value, &before);
    if (status == LT_OK)
        status = rows_times(ctx, at, v, value);
    if (status == LT_OK)
        status = judge(ctx, m, value, &after);
    if (status == LT_OK && after.sum[0] <= before.sum[0] * (1 + 1e-13))
        memcpy(at->v, v, q * sizeof *v);
    return status;
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int quantile_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct quantile *m = model;
    struct interior *at = m->at;
    struct found found;
    double *statistic = m->r.c.statistic, iterations = *regression_iterations(&m->r);
    (void)data;
    (void)units;
    if (m->r.done)
        return LT_DONE;
    int status = LT_OK;
    if (!at->ended && iterations < (double)m->r.max_iter) {
        status = advance(ctx, at);
        if (status != LT_OK)
            return status;
        iterations += 1;
        at->ended = !(at->gap > m->tol * at->scale);
    }
    double *value = kit_scratch_f64(ctx, at->n_rows);
    if (!value)
        return LT_MEMORY;
    if (at->ended || iterations >= (double)m->r.max_iter)
        status = take_corner(ctx, m, at);
    if (status == LT_OK)
        status = rows_times(ctx, at, at->v, value);
    if (status == LT_OK)
        status = judge(ctx, m, value, &found);
    if (status != LT_OK)
        return status;
    publish(m);
    *regression_iterations(&m->r) = iterations;
    statistic[GAP] = at->gap / at->z.weight;
    statistic[LOSS] = found.sum[0] / at->z.weight;
    statistic[BELOW] = found.sum[1] / at->z.weight;
    ctx->metric(ctx, "loss", (uint64_t)iterations + (iterations == 0), statistic[LOSS]);
    return regression_continue(ctx, &m->r, at->ended, at->ended, NAN);
}

/* ---- describe and load -------------------------------------------------------------------------------------- */

static int quantile_describe(struct lt_ctx *ctx, const void *model)
{
    const struct quantile *m = model;
    const double *statistic = m->r.c.statistic;
    const struct regression_line lines[] = {
        {"n", statistic[N_ROWS]},        {"quantile", m->tau},
        {"loss", statistic[LOSS]},       {"share_below", statistic[BELOW]},
        {"duality_gap", statistic[GAP]}, {"iterations", statistic[ITERATIONS]}};
    return regression_describe(ctx, &m->r, lines, sizeof lines / sizeof *lines);
}

static int quantile_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return regression_load(ctx, (struct regression *)quantile_new(ctx, p, info->p, info->column), quantile_free,
                           model);
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
    .predict = regression_predict,
    .describe = quantile_describe,
    .save = regression_save,
    .load = quantile_load,
    .free = quantile_free,
    .units = regression_units,
};

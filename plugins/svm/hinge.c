#include "plugins/svm/hinge.h"

#include <math.h>

#include "num/la.h"
#include "num/simd.h"
#include "plugins/kit/ahead.h"
#include "plugins/kit/kit.h"

enum { ROWS = 1024, GATHER = 256, DIRECT_MOST = 1200, SLOT_NUMBERS = 1 << 22, AHEAD = 16 };

/* ---- rows --------------------------------------------------------------------------------------------------- */

static double sign_of(const struct hinge_problem *q, size_t i)
{
    return q->data->label[i] == q->positive ? 1 : -1;
}

/* C times the weight; 0 for rows that don't take part. */
static double cost_of(const struct hinge_problem *q, size_t i)
{
    if (q->fold && q->fold[i] == q->held_out)
        return 0;
    return q->c * (q->data->weight ? q->data->weight[i] : 1);
}

struct apply_job {
    const struct lt_data *data;
    const double *w;
    double *f;
};

static void apply_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct apply_job *job = arg;
    const struct lt_data *d = job->data;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        job->f[i] = job->w[d->p];
    la_gemv(0, end - begin, d->p, 1, d->x64 + begin * d->ld, d->ld, job->w, 1, job->f + begin);
}

int hinge_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *w, double *f)
{
    struct apply_job job = {data, w, f};
    return kit_blocks(ctx, data->n, ROWS, apply_block, &job);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

int hinge_new(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *q)
{
    const size_t n = q->data->n, width = q->data->p + 1;
    *h = (struct hinge){.q = width, .violation = INFINITY};
    h->w = kit_alloc_f64(ctx, width);
    bool good = h->w != NULL;
    if (q->squared) {
        h->f = kit_alloc_f64(ctx, n);
        h->along = kit_alloc_f64(ctx, n);
        good = good && h->f && h->along;
    } else {
        h->a = kit_alloc_f64(ctx, n);
        h->kept = kit_alloc_f64(ctx, n + width);
        h->square = kit_alloc_f64(ctx, n);
        h->order = kit_alloc(ctx, n, sizeof *h->order);
        good = good && h->a && h->kept && h->square && h->order;
        for (size_t i = 0; good && i < n; i++) {
            const double *x = q->data->x64 + i * q->data->ld;
            h->square[i] = la_dot(q->data->p, x, x) + q->intercept;
        }
    }
    if (good)
        return LT_OK;
    hinge_free(h);
    return LT_MEMORY;
}

void hinge_free(struct hinge *h)
{
    free(h->w);
    free(h->f);
    free(h->along);
    free(h->a);
    free(h->kept);
    free(h->square);
    free(h->order);
    *h = (struct hinge){0};
}

/* ---- squared hinge: Newton's method ------------------------------------------------------------------------- */

/* Sums over the rows inside the margin: of the gradient, and of the Hessian or its product with a direction. */
struct sum_job {
    const struct hinge_problem *problem;
    const struct hinge *h;
    const double *direction, *along; /* along[n] = x'direction: only the product is wanted */
    size_t width;                    /* of a slot: q, and q x q or q */
    double *slot;                    /* a block */
    double *gather;                  /* a worker: GATHER x (q + 1) */
};

/* Rows [begin, end) that lie inside the margin, times the root of what they count; `residual` times the same root.
 * Returns how many. */
static size_t gather_rows(const struct sum_job *job, size_t begin, size_t end, double *x, double *residual)
{
    const struct lt_data *d = job->problem->data;
    size_t m = 0;
    for (size_t i = begin; i < end; i++) {
        const double y = sign_of(job->problem, i), cost = cost_of(job->problem, i);
        if (!(y * job->h->f[i] < 1) || cost == 0)
            continue;
        const double root = sqrt(2 * cost);
        double *to = x + m * job->h->q;
        for (size_t j = 0; j < d->p; j++)
            to[j] = root * d->x64[i * d->ld + j];
        to[d->p] = job->problem->intercept ? root : 0;
        residual[m++] = root * (job->along ? job->along[i] : job->h->f[i] - y);
    }
    return m;
}

static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct sum_job *job = arg;
    const size_t q = job->h->q;
    double *slot = job->slot + block * job->width, *x = job->gather + worker * GATHER * (q + 1);
    double *residual = x + GATHER * q;
    memset(slot, 0, job->width * sizeof *slot);
    for (size_t i = begin; i < end; i += GATHER) {
        const size_t m = gather_rows(job, i, end - i < GATHER ? end : i + GATHER, x, residual);
        if (!m)
            continue;
        la_gemv(1, m, q, 1, x, q, residual, 1, slot);
        if (job->width > q)
            la_gram(m, q, 1, x, q, slot + q, q);
    }
}

/* sums[q], or sums[q + q x q] with the Hessian: scratch that was made before by sums_new. */
static int sum_rows(struct lt_ctx *ctx, struct sum_job *job, size_t rows)
{
    const size_t n = job->problem->data->n;
    const int status = kit_blocks(ctx, n, rows, sum_block, job);
    kit_add_slots(job->slot, kit_block_count(n, rows), job->width);
    return status;
}

static int sums_new(struct lt_ctx *ctx, struct sum_job *job, size_t *rows)
{
    const size_t most = SLOT_NUMBERS / job->width;
    *rows = kit_block_rows(job->problem->data->n, ROWS, most < 1 ? 1 : most > 64 ? 64 : most);
    job->slot = kit_scratch_f64(ctx, kit_block_count(job->problem->data->n, *rows) * job->width);
    job->gather = kit_scratch(ctx, ctx->threads * GATHER, (job->h->q + 1) * sizeof(double));
    return job->slot && job->gather ? LT_OK : LT_MEMORY;
}

/* Many columns: (1 + Hessian) step = -gradient by conjugate gradients, products instead of the matrix. */
static int solve_by_products(struct lt_ctx *ctx, const struct hinge *h, const struct hinge_problem *problem,
                             const double *gradient, double *step)
{
    const size_t q = h->q;
    double *r = kit_scratch_f64(ctx, q), *d = kit_scratch_f64(ctx, q), *along = h->along;
    struct sum_job job = {.problem = problem, .h = h, .along = along, .width = q};
    size_t rows;
    if (!r || !d || sums_new(ctx, &job, &rows) != LT_OK)
        return LT_MEMORY;
    memset(step, 0, q * sizeof *step);
    for (size_t j = 0; j < q; j++)
        d[j] = r[j] = -gradient[j];
    double square = la_dot(q, r, r);
    const double enough = 1e-20 * square;
    for (size_t i = 0; i < 2 * q && square > enough; i++) {
        int status = hinge_apply(ctx, problem->data, d, along);
        if (status == LT_OK)
            status = sum_rows(ctx, &job, rows);
        if (status != LT_OK)
            return status;
        for (size_t j = 0; j < q; j++)
            job.slot[j] += d[j];
        const double length = square / la_dot(q, d, job.slot);
        for (size_t j = 0; j < q; j++) {
            step[j] += length * d[j];
            r[j] -= length * job.slot[j];
        }
        const double next = la_dot(q, r, r);
        for (size_t j = 0; j < q; j++)
            d[j] = r[j] + next / square * d[j];
        square = next;
    }
    return LT_OK;
}

/* The objective at w + length * step. */
static double value_at(const struct hinge *h, const struct hinge_problem *problem, const double *step,
                       const double *along, double length)
{
    double norm = 0, sum = 0;
    for (size_t j = 0; j < h->q; j++) {
        const double w = h->w[j] + length * step[j];
        norm += w * w;
    }
    for (size_t i = 0; i < problem->data->n; i++) {
        const double slack = 1 - sign_of(problem, i) * (h->f[i] + length * along[i]);
        if (slack > 0)
            sum += cost_of(problem, i) * slack * slack;
    }
    return norm / 2 + sum;
}

static int newton_iteration(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *problem)
{
    const size_t q = h->q, n = problem->data->n;
    const bool direct = q <= DIRECT_MOST;
    struct sum_job job = {.problem = problem, .h = h, .width = direct ? q + q * q : q};
    double *step = kit_scratch_f64(ctx, q), *along = h->along;
    size_t rows;
    int status = step ? sums_new(ctx, &job, &rows) : LT_MEMORY;
    if (status == LT_OK)
        status = sum_rows(ctx, &job, rows);
    if (status != LT_OK)
        return status;
    double *gradient = job.slot, *hessian = gradient + q;
    for (size_t j = 0; j < q; j++)
        gradient[j] += h->w[j];
    const double norm = sqrt(la_dot(q, gradient, gradient));
    if (h->iterations == 0)
        h->first = norm;
    h->violation = h->first > 0 ? norm / h->first : 0;
    if (h->violation <= problem->tol) {
        h->solved = true;
        return LT_OK;
    }
    if (!direct)
        status = solve_by_products(ctx, h, problem, gradient, step);
    else {
        for (size_t j = 0; j < q; j++) {
            hessian[j * q + j] += 1;
            step[j] = -gradient[j];
        }
        if (la_cholesky(q, hessian, q) != 0)
            return ctx->fail(ctx, LT_NUMERIC, "the columns are too large for a plane; scale them");
        la_cholesky_solve(q, hessian, q, step);
    }
    if (status == LT_OK)
        status = hinge_apply(ctx, problem->data, step, along);
    if (status != LT_OK)
        return status;
    const double slope = la_dot(q, gradient, step), before = value_at(h, problem, step, along, 0);
    double length = 1;
    while (length > 1e-10 && !(value_at(h, problem, step, along, length) <= before + 1e-4 * length * slope))
        length /= 2;
    if (length <= 1e-10) { /* rounding is all that is left */
        h->solved = true;
        return LT_OK;
    }
    for (size_t j = 0; j < q; j++)
        h->w[j] += length * step[j];
    for (size_t i = 0; i < n; i++)
        h->f[i] += length * along[i];
    h->iterations++;
    return LT_OK;
}

/* ---- hinge: dual coordinate ascent -------------------------------------------------------------------------- */

NUM_CLONES static double row_product(size_t p, const double *x, const double *w)
{
    enum { LANES = 8 };
    const size_t whole = p - p % LANES;
    double lane[LANES] = {0}, rest = 0;
    for (size_t j = 0; j < whole; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += x[j + l] * w[j + l];
    for (size_t j = whole; j < p; j++)
        rest += x[j] * w[j];
    return rest + (((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7])));
}

NUM_CLONES static void row_add(size_t p, double change, const double *x, double *w)
{
    for (size_t j = 0; j < p; j++)
        w[j] += change * x[j];
}

/* The best a_i while all others stay; *range widens by the projected gradient. */
static void improve(struct hinge *h, const struct hinge_problem *problem, size_t i, double range[2])
{
    const struct lt_data *d = problem->data;
    const double *x = d->x64 + i * d->ld, y = sign_of(problem, i), limit = cost_of(problem, i);
    if (limit == 0)
        return;
    const double gradient = y * (h->w[d->p] + row_product(d->p, x, h->w)) - 1;
    const double projected = h->a[i] <= 0 ? fmin(gradient, 0) : h->a[i] >= limit ? fmax(gradient, 0) : gradient;
    range[0] = fmin(range[0], projected);
    range[1] = fmax(range[1], projected);
    if (projected == 0)
        return;
    const double best = h->square[i] > 0 ? h->a[i] - gradient / h->square[i] : limit;
    const double a = best < 0 ? 0 : best > limit ? limit : best, change = (a - h->a[i]) * y;
    h->a[i] = a;
    row_add(d->p, change, x, h->w);
    h->w[d->p] += problem->intercept ? change : 0;
}

/* Another order of the rows for each pass. */
static void shuffle(struct hinge *h, uint64_t seed, size_t n)
{
    for (uint32_t i = 0; i < n; i++)
        h->order[i] = i;
    for (uint32_t i = (uint32_t)n; i > 1; i--) {
        const uint32_t j = lt_below(seed, 0xdca0000 + h->iterations, i, i), t = h->order[i - 1];
        h->order[i - 1] = h->order[j];
        h->order[j] = t;
    }
}

static int ascent_pass(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *problem)
{
    const size_t n = problem->data->n;
    double range[2] = {INFINITY, -INFINITY};
    memcpy(h->kept, h->a, n * sizeof *h->a);
    memcpy(h->kept + n, h->w, h->q * sizeof *h->w);
    shuffle(h, ctx->seed, n);
    for (size_t i = 0; i < n; i++) {
        if (i % 1024 == 0 && ctx->cancelled(ctx)) {
            memcpy(h->a, h->kept, n * sizeof *h->a);
            memcpy(h->w, h->kept + n, h->q * sizeof *h->w);
            return LT_CANCELLED;
        }
        if (i + AHEAD < n) {
            const uint32_t next = h->order[i + AHEAD];
            kit_ask_row(problem->data->x64 + next * problem->data->ld, problem->data->p);
            KIT_ASK(h->a + next);
            KIT_ASK(h->square + next);
        }
        improve(h, problem, h->order[i], range);
    }
    h->iterations++;
    h->violation = range[1] >= range[0] ? range[1] - range[0] : 0;
    h->solved = h->violation <= problem->tol;
    return LT_OK;
}

int hinge_advance(struct lt_ctx *ctx, struct hinge *h, const struct hinge_problem *problem)
{
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    return problem->squared ? newton_iteration(ctx, h, problem) : ascent_pass(ctx, h, problem);
}

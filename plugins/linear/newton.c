#include "plugins/linear/newton.h"

#include "num/la.h"
#include "num/simd.h"

enum { HALVINGS = 50 };

int newton_new(struct lt_ctx *ctx, struct newton *m, const struct lt_data *data, bool intercept,
               const unsigned char *omit, double alpha, double tol)
{
    int status = scaled_new(ctx, &m->z, data, intercept, omit);
    m->tol = tol;
    m->ridge = kit_alloc_f64(ctx, m->z.q);
    m->v = kit_alloc_f64(ctx, m->z.q);
    m->eta = kit_alloc_f64(ctx, data->n);
    if (status == LT_OK && (!m->ridge || !m->v || !m->eta))
        status = LT_MEMORY;
    for (size_t j = 0; status == LT_OK && j < m->z.n_active; j++)
        m->ridge[j] = alpha * m->z.scale[j] * m->z.scale[j];
    return status;
}

void newton_free(struct newton *m)
{
    scaled_free(&m->z);
    free(m->ridge);
    free(m->v);
    free(m->eta);
    *m = (struct newton){0};
}

/* ---- sums over the rows ------------------------------------------------------------------------------------ */

struct summing {
    const struct newton *m;
    newton_sum_fn *fn;
    const void *arg;
    double *slot; /* a block: NEWTON_SUMS */
};

static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct summing *job = arg;
    double *slot = job->slot + block * NEWTON_SUMS;
    (void)worker;
    memset(slot, 0, NEWTON_SUMS * sizeof *slot);
    for (size_t at = begin; at < end; at += NEWTON_ROWS)
        job->fn(job->arg, job->m, at, end - at < NEWTON_ROWS ? end - at : NEWTON_ROWS, slot);
}

int newton_sum(struct lt_ctx *ctx, const struct newton *m, newton_sum_fn *fn, const void *arg,
               double total[NEWTON_SUMS])
{
    size_t rows = kit_block_rows(m->z.data->n, NEWTON_ROWS, 256), blocks = kit_block_count(m->z.data->n, rows);
    struct summing job = {m, fn, arg, kit_scratch(ctx, blocks, NEWTON_SUMS * sizeof(double))};
    if (!job.slot)
        return LT_MEMORY;
    int status = kit_blocks(ctx, m->z.data->n, rows, sum_block, &job);
    if (status != LT_OK)
        return status;
    kit_add_slots(job.slot, blocks, NEWTON_SUMS);
    memcpy(total, job.slot, NEWTON_SUMS * sizeof *total);
    return LT_OK;
}

/* ---- the value along a line -------------------------------------------------------------------------------- */

struct line {
    const double *along; /* n: z d; NULL: stay */
    double length, s;
    double *eta; /* n: where the sums end up; NULL with along */
};

NUM_CLONES static void step_along(size_t n, const double *x, double length, const double *along, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = x[i] + length * along[i];
}

static void line_value(const void *arg, const struct newton *m, size_t begin, size_t n, double *to)
{
    const struct line *line = arg;
    const double *eta = m->eta + begin;
    double sums[3];
    if (line->along) {
        step_along(n, eta, line->length, line->along + begin, line->eta + begin);
        eta = line->eta + begin;
    }
    m->rows(m->arg, m->z.data, begin, n, eta, line->s, NULL, NULL, NULL, sums);
    to[0] += sums[0];
}

static int value_at(struct lt_ctx *ctx, const struct newton *m, const double *v, const struct line *line,
                    double *value)
{
    double total[NEWTON_SUMS];
    int status = newton_sum(ctx, m, line_value, line, total);
    if (status != LT_OK)
        return status;
    *value = total[0] / m->z.weight;
    for (size_t j = 0; j < m->z.q; j++)
        *value += 0.5 * m->ridge[j] * v[j] * v[j];
    return LT_OK;
}

int newton_start(struct lt_ctx *ctx, struct newton *m)
{
    int status = scaled_values(ctx, &m->z, m->v, m->eta);
    if (status == LT_OK)
        status = value_at(ctx, m, m->v, &(struct line){.s = m->s}, &m->value);
    if (status == LT_OK && !isfinite(m->value))
        status = ctx->fail(ctx, LT_NUMERIC, "the numbers are too large or too small; rescale the columns");
    return status;
}

/* ---- derivatives ------------------------------------------------------------------------------------------- */

struct derivatives {
    const struct newton *m;
    size_t width;               /* of a slot: sums in s, gradient, mixed, hessian */
    double *slot;               /* a block each */
    double *panel;              /* a worker: q x NEWTON_ROWS, then three stretches of rows */
    double *gradient, *hessian; /* size, size x size; size: q, and 1 for s */
    size_t size;
};

NUM_CLONES static void take_root(size_t n, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = sqrt(x[i]);
}

NUM_CLONES static void multiply(size_t n, const double *by, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by[i];
}

static void derive_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct derivatives *at = arg;
    const struct newton *m = at->m;
    size_t q = m->z.q;
    double *slot = at->slot + block * at->width, *gradient = slot + 2, *mixed = gradient + q, *hessian = mixed + q;
    double *panel = at->panel + worker * (q + 3) * NEWTON_ROWS, *first = panel + q * NEWTON_ROWS;
    double *second = first + NEWTON_ROWS, *cross = second + NEWTON_ROWS, sums[3];
    memset(slot, 0, at->width * sizeof *slot);
    for (size_t row = begin; row < end; row += NEWTON_ROWS) {
        size_t n = end - row < NEWTON_ROWS ? end - row : NEWTON_ROWS;
        m->rows(m->arg, m->z.data, row, n, m->eta + row, m->s, first, second, cross, sums);
        scaled_fill(&m->z, row, n, panel, NEWTON_ROWS);
        la_gemv(0, q, n, 1.0, panel, NEWTON_ROWS, first, 1.0, gradient);
        if (m->has_s) {
            slot[0] += sums[1];
            slot[1] += sums[2];
            la_gemv(0, q, n, 1.0, panel, NEWTON_ROWS, cross, 1.0, mixed);
        }
        take_root(n, second);
        for (size_t j = 0; j < q; j++)
            multiply(n, second, panel + j * NEWTON_ROWS);
        la_gram_t(n, q, panel, NEWTON_ROWS, hessian, q);
    }
}

static int derive(struct lt_ctx *ctx, const struct newton *m, struct derivatives *at)
{
    size_t n = m->z.data->n, q = m->z.q, size = q + m->has_s, width = 2 + 2 * q + q * q;
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    size_t rows = kit_block_rows(n, NEWTON_ROWS, most < 4 ? 4 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(n, rows);
    double inverse = 1 / m->z.weight;
    *at = (struct derivatives){.m = m, .width = width, .size = size};
    at->slot = kit_scratch(ctx, blocks, width * sizeof(double));
    at->panel = kit_scratch(ctx, ctx->threads * (q + 3), NEWTON_ROWS * sizeof(double));
    at->gradient = kit_scratch_f64(ctx, size);
    at->hessian = kit_scratch(ctx, size, size * sizeof(double));
    if (!at->slot || !at->panel || !at->gradient || !at->hessian)
        return LT_MEMORY;
    int status = kit_blocks(ctx, n, rows, derive_block, at);
    if (status != LT_OK)
        return status;
    kit_add_slots(at->slot, blocks, width);
    const double *gradient = at->slot + 2, *mixed = gradient + q, *hessian = mixed + q;
    for (size_t i = 0; i < q; i++) {
        at->gradient[i] = gradient[i] * inverse + m->ridge[i] * m->v[i];
        for (size_t j = 0; j < q; j++)
            at->hessian[i * size + j] = hessian[i * q + j] * inverse + (i == j ? m->ridge[i] : 0);
        if (m->has_s)
            at->hessian[i * size + q] = at->hessian[q * size + i] = mixed[i] * inverse;
    }
    if (m->has_s) {
        at->gradient[q] = at->slot[0] * inverse;
        at->hessian[q * size + q] = at->slot[1] * inverse;
    }
    return LT_OK;
}

/* ---- an iteration ------------------------------------------------------------------------------------------ */

/* The first of 1, 1/2, 1/4, … times direction that lowers the value enough. v[q] and eta[n] are room. */
static int search(struct lt_ctx *ctx, struct newton *m, const double *direction, const double *along, double slope,
                  double *v, double *eta)
{
    size_t q = m->z.q;
    double length = 1, value;
    if (m->has_s && m->s + direction[q] < 0.1 * m->s)
        length = -0.9 * m->s / direction[q];
    for (int halving = 0; halving < HALVINGS; halving++, length /= 2) {
        double s = m->has_s ? fmax(m->s + length * direction[q], m->least_s) : 0;
        for (size_t j = 0; j < q; j++)
            v[j] = m->v[j] + length * direction[j];
        int status = value_at(ctx, m, v, &(struct line){along, length, s, eta}, &value);
        if (status != LT_OK)
            return status;
        if (!(value <= m->value + 1e-4 * length * slope + 1e-13 * fabs(m->value)))
            continue;
        memcpy(m->v, v, q * sizeof *v);
        memcpy(m->eta, eta, m->z.data->n * sizeof *eta);
        m->value = value;
        m->s = s;
        return LT_OK;
    }
    m->state = m->slope <= m->tol ? NEWTON_CONVERGED : NEWTON_STUCK;
    return LT_OK;
}

int newton_advance(struct lt_ctx *ctx, struct newton *m)
{
    struct derivatives at;
    size_t n = m->z.data->n, q = m->z.q;
    int status = derive(ctx, m, &at);
    if (status != LT_OK)
        return status;
    double *direction = kit_scratch_f64(ctx, at.size), *v = kit_scratch_f64(ctx, q);
    double *along = kit_scratch_f64(ctx, n), *eta = kit_scratch_f64(ctx, n), steepest = 0;
    if (!direction || !v || !along || !eta)
        return LT_MEMORY;
    for (size_t i = 0; i < at.size; i++) {
        direction[i] = -at.gradient[i];
        steepest = fmax(steepest, fabs(at.gradient[i]));
    }
    status = scaled_factorise(ctx, at.size, at.hessian);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(at.size, at.hessian, at.size, direction);
    status = scaled_values(ctx, &m->z, direction, along);
    if (status != LT_OK)
        return status;
    double before = m->slope;
    m->slope = steepest;
    status = search(ctx, m, direction, along, la_dot(at.size, at.gradient, direction), v, eta);
    if (status != LT_OK) {
        m->slope = before;
        return status;
    }
    if (steepest <= 1e-6 * m->tol && m->state == NEWTON_GOES_ON) /* the step that it still took is tiny */
        m->state = NEWTON_CONVERGED;
    return LT_OK;
}

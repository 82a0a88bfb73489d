#include "plugins/linear/descend.h"

#include "num/la.h"
#include "num/simd.h"
#include "plugins/linear/gram.h"

enum { GAP_EVERY = 10, EXACT_MOST = 300 };

/* ---- what all solutions share ------------------------------------------------------------------------------ */

struct fill {
    struct descend *d;
    const struct lt_data *data;
    double *root; /* n: of the shares of the weight */
};

NUM_CLONES static void centre(size_t n, const double *x, double mean, const double *root, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = root[i] * (x[i] - mean);
}

static void keep_column(void *arg, size_t j, unsigned worker)
{
    const struct fill *fill = arg;
    struct descend *d = fill->d;
    double *column = d->column + j * d->n;
    (void)worker;
    centre(d->n, kit_piece(fill->data, j, 0, d->n, column), d->mean[j], fill->root, column);
    d->square[j] = la_dot(d->n, d->column + j * d->n, d->column + j * d->n);
    d->xy[j] = la_dot(d->n, d->column + j * d->n, d->target);
}

static int keep_columns(struct lt_ctx *ctx, struct descend *d, const struct lt_data *data)
{
    struct fill fill = {d, data, kit_scratch_f64(ctx, d->n)};
    d->column = kit_alloc(ctx, d->p, d->n * sizeof(double));
    d->target = kit_alloc_f64(ctx, d->n);
    if (!fill.root || !d->column || !d->target)
        return LT_MEMORY;
    for (size_t i = 0; i < d->n; i++)
        fill.root[i] = sqrt((data->weight ? data->weight[i] : 1) / d->weight);
    centre(d->n, data->y, d->mean[d->p], fill.root, d->target);
    ctx->parallel(ctx, d->p, keep_column, &fill);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

static int keep_gram(struct lt_ctx *ctx, struct descend *d, const struct gram *g)
{
    size_t p = d->p;
    if (!(d->gram = kit_alloc(ctx, p, p * sizeof *d->gram)))
        return LT_MEMORY;
    for (size_t i = 0; i < p * p; i++)
        d->gram[i] = g->xx[i] / g->weight;
    for (size_t j = 0; j < p; j++) {
        d->square[j] = d->gram[j * p + j];
        d->xy[j] = g->xy[j] / g->weight;
    }
    return LT_OK;
}

int descend_new(struct lt_ctx *ctx, struct descend *d, const struct lt_data *data, bool intercept)
{
    d->n = data->n;
    d->p = data->p;
    d->mean = kit_alloc_f64(ctx, d->p + 1);
    d->square = kit_alloc_f64(ctx, d->p);
    d->xy = kit_alloc_f64(ctx, d->p);
    if (!d->mean || !d->square || !d->xy)
        return LT_MEMORY;
    struct gram g;
    bool products = d->p <= DESCEND_GRAM_MOST && d->p <= 2 * d->n;
    int status = products ? gram_products(ctx, data, intercept, &g) : gram_means(ctx, data, intercept, &g);
    if (status != LT_OK)
        return status;
    memcpy(d->mean, g.mean, (d->p + 1) * sizeof *d->mean);
    d->weight = g.weight;
    d->yy = g.yy / g.weight;
    status = products ? keep_gram(ctx, d, &g) : keep_columns(ctx, d, data);
    double check = d->yy;
    for (size_t j = 0; j < d->p; j++) {
        /* what rounding leaves of a constant column is no column */
        double floor = 1e-26 * d->mean[j] * d->mean[j];
        d->square[j] = d->square[j] > floor ? d->square[j] : 0;
        check += d->square[j] + fabs(d->xy[j]);
    }
    if (status == LT_OK && !isfinite(check))
        status = ctx->fail(ctx, LT_NUMERIC, "the numbers are too large for the elastic net; rescale the columns");
    return status;
}

void descend_free(struct descend *d)
{
    free(d->mean);
    free(d->gram);
    free(d->column);
    free(d->target);
    free(d->square);
    free(d->xy);
    *d = (struct descend){0};
}

double descend_largest(const struct descend *d)
{
    double most = 0;
    for (size_t j = 0; j < d->p; j++)
        most = d->square[j] > 0 && fabs(d->xy[j]) > most ? fabs(d->xy[j]) : most;
    return most;
}

/* ---- one solution ------------------------------------------------------------------------------------------ */

struct solution {
    struct lt_ctx *ctx;
    const struct descend *d;
    double l1, l2;
    double *b;
    double *q;     /* p: x'r */
    double *r;     /* n, by columns only */
    uint8_t *part; /* p, by columns only: takes part */
};

NUM_CLONES static void add_scaled(size_t n, double by, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += by * x[i];
}

static double soft(double x, double by)
{
    return x > by ? x - by : x < -by ? x + by : 0;
}

static void correlate_column(void *arg, size_t j, unsigned worker)
{
    struct solution *s = arg;
    (void)worker;
    s->q[j] = la_dot(s->d->n, s->d->column + j * s->d->n, s->r);
}

/* q of all columns at the present b. */
static void correlate(struct solution *s)
{
    const struct descend *d = s->d;
    if (d->gram) {
        memcpy(s->q, d->xy, d->p * sizeof *s->q);
        for (size_t j = 0; j < d->p; j++)
            if (s->b[j] != 0)
                add_scaled(d->p, -s->b[j], d->gram + j * d->p, s->q);
        return;
    }
    memcpy(s->r, d->target, d->n * sizeof *s->r);
    for (size_t j = 0; j < d->p; j++)
        if (s->b[j] != 0)
            add_scaled(d->n, -s->b[j], d->column + j * d->n, s->r);
    s->ctx->parallel(s->ctx, d->p, correlate_column, s);
}

static double move(struct solution *s, size_t j, double q)
{
    const struct descend *d = s->d;
    double b = soft(q + d->square[j] * s->b[j], s->l1) / (d->square[j] + s->l2), by = b - s->b[j];
    if (by == 0)
        return 0;
    s->b[j] = b;
    if (d->gram)
        add_scaled(d->p, -by, d->gram + j * d->p, s->q);
    else
        add_scaled(d->n, -by, d->column + j * d->n, s->r);
    return fabs(by) * sqrt(d->square[j]);
}

/* Each coordinate in turn to its best value; returns the largest move, in units of the target. */
static double sweep(struct solution *s)
{
    const struct descend *d = s->d;
    double most = 0;
    for (size_t j = 0; j < d->p; j++) {
        if (!(d->square[j] > 0) || (s->part && !s->part[j]))
            continue;
        if (!d->gram && s->ctx->cancelled(s->ctx))
            break;
        double q = d->gram ? s->q[j] : la_dot(d->n, d->column + j * d->n, s->r), by = move(s, j, q);
        most = by > most ? by : most;
    }
    return most;
}

/* The duality gap, from an up-to-date q. */
static double gap_of(const struct solution *s, double *residual)
{
    const struct descend *d = s->d;
    double dual = 0, absolute = 0, square = 0, rr = d->yy, ry = d->yy;
    for (size_t j = 0; j < d->p; j++) {
        double b = s->b[j], slope = fabs(s->q[j] - s->l2 * b);
        dual = d->square[j] > 0 && slope > dual ? slope : dual;
        absolute += fabs(b);
        square += b * b;
        rr -= b * (d->xy[j] + s->q[j]); /* y'y - 2 b'x'y + b'x'xb, with x'xb = x'y - q */
        ry -= b * d->xy[j];
    }
    rr = rr > 0 ? rr : 0;
    *residual = rr;
    double share = dual > s->l1 ? s->l1 / dual : 1;
    return 0.5 * rr * (1 + share * share) + s->l1 * absolute - share * ry +
           0.5 * s->l2 * (1 + share * share) * square;
}

/* With the right columns and signs the optimum is the answer of linear equations. Takes it over when it has the
 * signs that were assumed and no other column wants in. */
static int take_exact(struct solution *s)
{
    const struct descend *d = s->d;
    size_t p = d->p, k = 0;
    uint32_t *at = kit_scratch(s->ctx, p, sizeof *at);
    if (!at)
        return LT_MEMORY;
    for (size_t j = 0; j < p; j++)
        if (d->square[j] > 0 && (s->b[j] != 0 || s->l1 == 0))
            at[k++] = (uint32_t)j;
    if (!k || k > EXACT_MOST)
        return LT_OK;
    double *a = kit_scratch(s->ctx, k, k * sizeof *a), *b = kit_scratch_f64(s->ctx, k);
    double *q = kit_scratch_f64(s->ctx, p);
    if (!a || !b || !q)
        return LT_MEMORY;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++)
            a[i * k + j] = d->gram[at[i] * p + at[j]] + (i == j ? s->l2 : 0);
        b[i] = d->xy[at[i]] - copysign(s->l1, s->b[at[i]]);
    }
    if (la_cholesky(k, a, k))
        return LT_OK;
    la_cholesky_solve(k, a, k, b);
    memcpy(q, d->xy, p * sizeof *q);
    for (size_t i = 0; i < k; i++) {
        if (!isfinite(b[i]) || (s->l1 > 0 && b[i] * s->b[at[i]] <= 0))
            return LT_OK;
        add_scaled(p, -b[i], d->gram + at[i] * p, q);
    }
    for (size_t j = 0; j < p; j++)
        if (d->square[j] > 0 && s->b[j] == 0 && fabs(q[j]) > s->l1 * (1 + 1e-9))
            return LT_OK;
    for (size_t i = 0; i < k; i++)
        s->b[at[i]] = b[i];
    memcpy(s->q, q, p * sizeof *q);
    return LT_OK;
}

static void admit(struct solution *s, double above)
{
    for (size_t j = 0; s->part && j < s->d->p; j++)
        s->part[j] = s->part[j] || s->b[j] != 0 || fabs(s->q[j]) >= above;
}

static int iterate(struct solution *s, double target, struct descend_end *end)
{
    bool settled = false;
    for (size_t turn = 1; end->sweeps < s->d->max_iter && !settled; turn++) {
        double most = sweep(s);
        end->sweeps++;
        if (s->ctx->cancelled(s->ctx))
            return LT_CANCELLED;
        settled = !(most > 1e-15 * sqrt(s->d->yy));
        if (!settled && turn % GAP_EVERY && most * most > target)
            continue;
        if (!s->d->gram)
            s->ctx->parallel(s->ctx, s->d->p, correlate_column, s);
        end->gap = gap_of(s, &end->residual);
        if (end->gap <= target) {
            end->converged = true;
            return LT_OK;
        }
        for (size_t j = 0; s->part && settled && j < s->d->p; j++)
            settled = s->part[j] || fabs(s->q[j]) <= s->l1; /* a column that was ruled out wants in after all */
        admit(s, s->l1);
    }
    return LT_OK;
}

int descend_solve(struct lt_ctx *ctx, const struct descend *d, double l1, double l2, double l1_before, double *b,
                  struct descend_end *end)
{
    struct solution s = {ctx, d, l1, l2, b, kit_scratch_f64(ctx, d->p), NULL, NULL};
    *end = (struct descend_end){0};
    if (!d->gram) {
        s.r = kit_scratch_f64(ctx, d->n);
        s.part = kit_scratch(ctx, d->p, 1);
    }
    if (!s.q || (!d->gram && (!s.r || !s.part)))
        return LT_MEMORY;
    correlate(&s);
    if (s.part)
        memset(s.part, 0, d->p);
    admit(&s, 2 * l1 - l1_before);
    int status = iterate(&s, d->tol * d->yy, end);
    if (status == LT_OK && d->gram)
        status = take_exact(&s);
    double gap = gap_of(&s, &end->residual);
    if (status == LT_OK && d->gram && gap > 1e-12 * d->yy && end->converged) { /* once more, with fewer guesses */
        end->converged = false;
        status = iterate(&s, 1e-3 * d->tol * d->yy, end);
        end->converged = true;
        if (status == LT_OK)
            status = take_exact(&s);
        gap = gap_of(&s, &end->residual);
    }
    end->converged = end->converged || gap <= d->tol * d->yy;
    end->gap = gap;
    return status;
}

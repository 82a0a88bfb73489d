#include "plugins/linear/lsq.h"

#include "num/la.h"

#include <float.h>

/* One level of the reduction: m rows become one triangle a block. */
struct level {
    const struct lt_data *data; /* the first level reads these rows … */
    const double *y;
    bool intercept;
    const double *rows, *rhs; /* … the others m x q rows of triangles, and Q'y beside */
    size_t m, q;
    double tol;
    double *work;    /* a worker: block x q, block, q */
    size_t block;    /* rows a block */
    double *out_r;   /* a block: q x q, zero rows at the end when it has fewer */
    double *out_rhs; /* a block: q */
    double *out_rss; /* a block */
    int *pivot;      /* a block: q */
    int *rank;       /* a block; -1: no memory */
};

static size_t work_size(const struct level *level)
{
    return level->block * level->q + level->block + level->q;
}

/* Rows of weight 0 become rows of zeros, which change nothing. */
static void read_rows(const struct level *level, size_t begin, size_t end, double *a, double *b)
{
    const struct lt_data *d = level->data;
    size_t q = level->q;
    if (!d) {
        memcpy(a, level->rows + begin * q, (end - begin) * q * sizeof *a);
        memcpy(b, level->rhs + begin, (end - begin) * sizeof *b);
        return;
    }
    for (size_t i = begin; i < end; i++, a += q) {
        double root = d->weight ? sqrt(d->weight[i]) : 1.0;
        const double *x = d->x64 + i * d->ld;
        double *to = a;
        if (level->intercept)
            *to++ = root;
        for (size_t j = 0; j < d->p; j++)
            to[j] = root * x[j];
        *b++ = level->y ? root * level->y[i] : 0;
    }
}

static void reduce_block(void *arg, size_t index, size_t begin, size_t end, unsigned worker)
{
    const struct level *level = arg;
    size_t q = level->q, m = end - begin, k = m < q ? m : q;
    double *a = level->work + worker * work_size(level), *b = a + level->block * q, *tau = b + level->block;
    double *r = level->out_r + index * q * q;
    int *pivot = level->pivot + index * q;
    read_rows(level, begin, end, a, b);
    level->rank[index] = la_qr_pivot(m, q, a, q, pivot, tau, level->tol);
    if (level->rank[index] < 0 || la_qr_apply_qt(m, q, a, q, tau, b) < 0) {
        level->rank[index] = -1;
        return;
    }
    /* The triangle in the order of the factorisation at the last level, in that of the design before. */
    bool last = level->m <= level->block;
    memset(r, 0, q * q * sizeof *r);
    for (size_t i = 0; i < k; i++)
        for (size_t j = i; j < q; j++)
            r[i * q + (last ? j : (size_t)pivot[j])] = a[i * q + j];
    for (size_t i = 0; i < q; i++)
        level->out_rhs[index * q + i] = i < k ? b[i] : 0;
    size_t kept = last ? (size_t)level->rank[index] : k;
    level->out_rss[index] = m > kept ? la_dot(m - kept, b + kept, b + kept) : 0;
}

static int reduce_level(struct lt_ctx *ctx, struct level *level)
{
    size_t blocks = kit_block_count(level->m, level->block), q = level->q;
    level->work = kit_scratch_f64(ctx, ctx->threads * work_size(level));
    level->out_r = kit_scratch(ctx, blocks * q, q * sizeof(double));
    level->out_rhs = kit_scratch_f64(ctx, blocks * q);
    level->out_rss = kit_scratch_f64(ctx, blocks);
    level->pivot = kit_scratch(ctx, blocks * q, sizeof(int));
    level->rank = kit_scratch(ctx, blocks, sizeof(int));
    if (!level->work || !level->out_r || !level->out_rhs || !level->out_rss || !level->pivot || !level->rank)
        return LT_MEMORY;
    int status = kit_blocks(ctx, level->m, level->block, reduce_block, level);
    for (size_t b = 0; status == LT_OK && b < blocks; b++)
        if (level->rank[b] < 0)
            status = ctx->fail(ctx, LT_MEMORY, "not enough memory to factorise %zu columns", q);
    return status;
}

int lsq_reduce(struct lt_ctx *ctx, const struct lt_data *data, const double *y, bool intercept, struct lsq *out)
{
    size_t q = data->p + intercept;
    struct level level = {.data = data, .y = y, .intercept = intercept, .m = data->n, .q = q};
    level.block = 4 * q > 1024 ? 4 * q : 1024;
    *out = (struct lsq){.q = q};
    for (;;) {
        bool last = level.m <= level.block;
        size_t blocks = kit_block_count(level.m, level.block);
        level.tol = last ? 1e-7 : DBL_MIN; /* R's tolerance decides once, at the end */
        int status = reduce_level(ctx, &level);
        if (status != LT_OK)
            return status;
        kit_add_slots(level.out_rss, blocks, 1);
        out->rss += level.out_rss[0];
        if (last)
            break;
        level.data = NULL;
        level.rows = level.out_r;
        level.rhs = level.out_rhs;
        level.m = blocks * q;
    }
    out->rank = (size_t)level.rank[0];
    out->pivot = level.pivot;
    out->r = level.out_r;
    out->effects = level.out_rhs;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        out->n += w > 0;
        out->log_weights += w > 0 && data->weight ? log(w) : 0;
    }
    return LT_OK;
}

int lsq_solve(struct lt_ctx *ctx, const struct lsq *lsq, double *coef, double *cov)
{
    size_t q = lsq->q, k = lsq->rank;
    double *b = kit_scratch_f64(ctx, q + 1), *inverse = kit_scratch(ctx, k + 1, (k + 1) * sizeof(double));
    if (!b || !inverse)
        return LT_MEMORY;
    for (size_t j = 0; j < q; j++)
        coef[j] = NAN;
    for (size_t j = 0; cov && j < q * q; j++)
        cov[j] = NAN;
    memcpy(b, lsq->effects, k * sizeof *b);
    if (k)
        la_upper_solve(k, lsq->r, q, b);
    for (size_t i = 0; i < k; i++)
        coef[lsq->pivot[i]] = b[i];
    if (!cov || !k)
        return LT_OK;
    if (la_upper_inverse(k, lsq->r, q, inverse, k))
        return ctx->fail(ctx, LT_NUMERIC,
                         "the columns are too nearly combinations of one another to be told apart");
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            size_t from = i > j ? i : j;
            cov[(size_t)lsq->pivot[i] * q + (size_t)lsq->pivot[j]] =
                la_dot(k - from, inverse + i * k + from, inverse + j * k + from);
        }
    return LT_OK;
}

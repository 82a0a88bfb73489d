#include "plugins/linear/lsq.h"

#include "num/la.h"
#include "plugins/linear/gram.h"

enum { READ_ROWS = 64, MANY_ROWS = 20000, FEW_COLUMNS = 1000 };

/* The design with y as its last column: `width` columns in all. */
struct design {
    const struct lt_data *data;
    const double *y; /* NULL: 0 */
    bool intercept;
    size_t width;
};

/* Rows [begin, end) of the design; rows of weight 0 become rows of zeros, which change nothing. Some rows at a
 * time, so that what is read by columns and written by rows stays in the cache. */
static void read_rows(const struct design *design, size_t begin, size_t end, double *a)
{
    const struct lt_data *d = design->data;
    size_t width = design->width, first = design->intercept;
    double root[READ_ROWS], buffer[READ_ROWS];
    for (size_t at = begin; at < end; at += READ_ROWS, a += READ_ROWS * width) {
        size_t n = end - at < READ_ROWS ? end - at : READ_ROWS;
        for (size_t i = 0; i < n; i++) {
            root[i] = d->weight ? sqrt(d->weight[at + i]) : 1;
            a[i * width] = root[i]; /* the constant, if there is one */
            a[i * width + width - 1] = design->y ? root[i] * design->y[at + i] : 0;
        }
        for (size_t j = 0; j < d->p; j++) {
            const double *x = kit_piece(d, j, at, n, buffer);
            for (size_t i = 0; i < n; i++)
                a[i * width + first + j] = root[i] * x[i];
        }
    }
}

/* ---- blocks of rows become triangles ----------------------------------------------------------------------- */

struct level {
    const struct design *design;
    const double *rows; /* m x width: the triangles of the level before; NULL: the design itself */
    size_t width, block;
    double *work;          /* a worker: block x width */
    double *triangle;      /* a block: width x width, with rows of zeros when it has fewer */
    unsigned char *failed; /* a block */
};

static void reduce_block(void *arg, size_t index, size_t begin, size_t end, unsigned worker)
{
    const struct level *level = arg;
    size_t width = level->width, m = end - begin;
    double *a = level->work + worker * level->block * width, *r = level->triangle + index * width * width;
    if (level->rows)
        memcpy(a, level->rows + begin * width, m * width * sizeof *a);
    else
        read_rows(level->design, begin, end, a);
    level->failed[index] = la_qr_triangle(m, width, a, width) != 0;
    memset(r, 0, width * width * sizeof *r);
    for (size_t i = 0; i < m && i < width; i++)
        memcpy(r + i * width + i, a + i * width + i, (width - i) * sizeof *r);
}

static int reduce_level(struct lt_ctx *ctx, struct level *level, size_t m)
{
    size_t blocks = kit_block_count(m, level->block), width = level->width;
    level->triangle = kit_scratch(ctx, blocks * width, width * sizeof(double));
    level->failed = kit_scratch(ctx, blocks, 1);
    if (!level->triangle || !level->failed)
        return LT_MEMORY;
    int status = kit_blocks(ctx, m, level->block, reduce_block, level);
    for (size_t b = 0; status == LT_OK && b < blocks; b++)
        if (level->failed[b])
            status = ctx->fail(ctx, LT_MEMORY, "not enough memory to factorise %zu columns", width);
    return status;
}

/* Few rows that have the triangle of all: *rows [*m x width]. */
static int reduce(struct lt_ctx *ctx, const struct design *design, double **rows, size_t *m)
{
    size_t width = design->width, few = 2 * width > 1024 ? 2 * width : 1024;
    struct level level = {.design = design, .width = width, .block = 2 * few};
    *m = design->data->n;
    if (*m <= few) {
        *rows = kit_scratch(ctx, *m, width * sizeof **rows);
        if (*rows)
            read_rows(design, 0, *m, *rows);
        return *rows ? LT_OK : LT_MEMORY;
    }
    if (!(level.work = kit_scratch(ctx, ctx->threads * level.block, width * sizeof(double))))
        return LT_MEMORY;
    while (*m > few) {
        int status = reduce_level(ctx, &level, *m);
        if (status != LT_OK)
            return status;
        *m = kit_block_count(*m, level.block) * width;
        level.rows = *rows = level.triangle;
    }
    return LT_OK;
}

/* ---- many rows, columns far from combinations of one another ------------------------------------------------ */

/* Where no column comes nearer to the span of those before it than this share of its length, Cholesky's factor of
 * the products of the columns on a standard scale has the digits of QR but for ten or eleven of its sixteen, after
 * one look at the table, and much sooner. */
#define FAR_APART 1e-3

/* The triangle of the centred and scaled design, in place of its products z[(p + 1) x (p + 1)], y the last. False:
 * it takes QR. */
static bool factorise_products(size_t q, double *z, double *length)
{
    for (size_t j = 0; j < q; j++) {
        length[j] = sqrt(z[j * q + j]);
        if (!(length[j] > 0 && isfinite(length[j])))
            return false;
    }
    for (size_t i = 0; i < q; i++)
        for (size_t j = 0; j < q; j++)
            z[i * q + j] /= length[i] * length[j];
    if (la_cholesky(q, z, q))
        return false;
    for (size_t j = 0; j < q; j++)
        if (z[j * q + j] < FAR_APART)
            return false;
    return true;
}

/* As reduce(), if that is good enough (*m stays 0 otherwise). With a constant the triangle of [1 x y] is that of the
 * centred columns under a row of the root of the weight times 1 and the means. */
static int reduce_products(struct lt_ctx *ctx, const struct design *design, double **rows, size_t *m)
{
    size_t p = design->data->p, q = p + 1, first = design->intercept, width = design->width;
    struct lt_data data = *design->data;
    struct gram g;
    data.y = design->y;
    int status = gram_products(ctx, &data, design->intercept, &g);
    if (status != LT_OK)
        return status;
    double *z = kit_scratch(ctx, q, q * sizeof *z), *length = kit_scratch_f64(ctx, q);
    *rows = kit_scratch(ctx, width, width * sizeof **rows);
    if (!z || !length || !*rows)
        return LT_MEMORY;
    for (size_t i = 0; i < q; i++)
        for (size_t j = 0; j < q; j++)
            z[i * q + j] = i < p && j < p ? g.xx[i * p + j] : i < p ? g.xy[i] : j < p ? g.xy[j] : g.yy;
    if (!factorise_products(q, z, length))
        return LT_OK;
    memset(*rows, 0, width * width * sizeof **rows);
    if (first) {
        (*rows)[0] = sqrt(g.weight);
        for (size_t j = 0; j < q; j++)
            (*rows)[1 + j] = sqrt(g.weight) * g.mean[j];
    }
    for (size_t i = 0; i < q; i++)
        for (size_t j = i; j < q; j++)
            (*rows)[(first + i) * width + first + j] = z[j * q + i] * length[j];
    *m = width;
    return LT_OK;
}

/* ---- the answer ----------------------------------------------------------------------------------------------- */

int lsq_reduce(struct lt_ctx *ctx, const struct lt_data *data, const double *y, bool intercept, struct lsq *out)
{
    size_t q = data->p + intercept, m = 0;
    struct design design = {data, y, intercept, q + 1};
    double *rows = NULL;
    *out = (struct lsq){.q = q};
    bool by_products = y && data->n >= MANY_ROWS && q <= FEW_COLUMNS;
    int status = by_products ? reduce_products(ctx, &design, &rows, &m) : kit_check_finite(ctx, data);
    if (status == LT_OK && !m)
        status = reduce(ctx, &design, &rows, &m);
    double *effects = status == LT_OK ? kit_scratch_f64(ctx, m + q) : NULL, *tau = kit_scratch_f64(ctx, q + 1);
    out->r = kit_scratch(ctx, q + 1, q * sizeof(double));
    out->pivot = kit_scratch(ctx, q + 1, sizeof(int));
    if (status != LT_OK)
        return status;
    if (!effects || !tau || !out->r || !out->pivot)
        return LT_MEMORY;
    memset(effects, 0, (m + q) * sizeof *effects);
    for (size_t i = 0; i < m; i++)
        effects[i] = rows[i * (q + 1) + q];
    int rank = la_qr_pivot(m, q, rows, q + 1, out->pivot, tau, 1e-7); /* R's tolerance */
    if (rank < 0 || la_qr_apply_qt(m, q, rows, q + 1, tau, effects) < 0)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory to factorise %zu columns", q);
    out->rank = (size_t)rank;
    out->effects = effects;
    out->rss = la_dot(m - out->rank, effects + out->rank, effects + out->rank);
    for (size_t i = 0; i < out->rank; i++)
        memcpy(out->r + i * q, rows + i * (q + 1), q * sizeof(double));
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

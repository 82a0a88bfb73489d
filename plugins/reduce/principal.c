#include "plugins/reduce/principal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/covariance.h"
#include "plugins/reduce/rows.h"
#include "plugins/reduce/subspace.h"

/* The largest p whose p x p matrix is worth its eigenvectors, and the least share of the largest variance that an
 * eigenvalue keeps enough digits of. */
enum { MOST_COLUMNS = 1000 };
static const double LEAST_SHARE = 1e-10;

void principal_free(struct principal *a)
{
    free(a->mean);
    free(a->axis);
    free(a->variance);
    *a = (struct principal){0};
}

void principal_signs(size_t k, size_t p, double *axis)
{
    for (size_t a = 0; a < k; a++) {
        double *row = axis + a * p, largest = 0;
        for (size_t j = 0; j < p; j++)
            largest = fabs(row[j]) > fabs(largest) ? row[j] : largest;
        for (size_t j = 0; largest < 0 && j < p; j++)
            row[j] = -row[j];
    }
}

static int not_converged(struct lt_ctx *ctx)
{
    return ctx->fail(ctx, LT_NUMERIC, "the principal axes could not be found; look for columns of extreme values");
}

/* ---- by the covariance ---------------------------------------------------------------------------------------- */

static int by_covariance(struct lt_ctx *ctx, const struct lt_data *data, struct principal *a)
{
    const size_t p = data->p;
    double *c = kit_scratch(ctx, p, p * sizeof *c), *value = kit_scratch_f64(ctx, p);
    if (!c || !value)
        return LT_MEMORY;
    const int status = covariance_of(ctx, data, a->mean, c);
    if (status != LT_OK)
        return status;
    a->total = 0;
    for (size_t j = 0; j < p; j++)
        a->total += c[j * p + j];
    if (la_eigen_sym(p, c, p, value) != 0)
        return not_converged(ctx);
    for (size_t i = 0; i < a->k; i++) {
        a->variance[i] = fmax(0, value[p - 1 - i]);
        memcpy(a->axis + i * p, c + (p - 1 - i) * p, p * sizeof *a->axis);
    }
    return LT_OK;
}

static int lost_digits(const struct principal *a)
{
    return a->variance[a->k - 1] < LEAST_SHARE * a->variance[0];
}

/* ---- by the singular values of the rows ------------------------------------------------------------------------ */

/* Rows are folded into a triangle, a panel at a time: the triangle of [R; next rows] has the same R'R as all. */
struct folding {
    struct lt_ctx *ctx;
    const struct lt_data *data;
    const double *mean;
    double *slot;  /* blocks x p x p */
    double *stack; /* a worker each: (p + panel) x p */
    size_t panel;
    atomic_int *failed;
};

/* The upper triangle of the first p rows of stack, zeros below. */
static void keep_triangle(size_t rows, size_t p, double *stack)
{
    for (size_t i = 0; i < p; i++)
        memset(stack + i * p, 0, (i < rows ? i : p) * sizeof *stack);
}

static void fold_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct folding *f = arg;
    const size_t p = f->data->p;
    double *stack = f->stack + worker * (p + f->panel) * p;
    memset(stack, 0, p * p * sizeof *stack);
    for (size_t at = begin; at < end; at += f->panel) {
        const size_t n = end - at < f->panel ? end - at : f->panel;
        if (f->ctx->cancelled(f->ctx))
            return;
        rows_read(f->data, at, at + n, f->mean, stack + p * p);
        if (la_qr_triangle(p + n, p, stack, p) != 0)
            atomic_store(f->failed, 1);
        keep_triangle(p, p, stack);
    }
    memcpy(f->slot + block * p * p, stack, p * p * sizeof *stack);
}

/* r[p x p] from all rows, n >= p. */
static int fold_rows(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double *r)
{
    const size_t n = data->n, p = data->p, panel = p > ROWS_PANEL ? p : ROWS_PANEL;
    const size_t room = ((size_t)256 << 20) / sizeof(double) / (p * p) + 1;
    const size_t rows = kit_block_rows(n, 4 * panel, room < 64 ? room : 64), blocks = kit_block_count(n, rows);
    atomic_int failed = 0;
    struct folding f = {.ctx = ctx, .data = data, .mean = mean, .panel = panel, .failed = &failed};
    f.slot = kit_scratch(ctx, blocks * p, p * sizeof(double));
    f.stack = kit_scratch(ctx, (size_t)ctx->threads * (p + panel), p * sizeof(double));
    if (!f.slot || !f.stack)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, n, rows, fold_block, &f);
    if (status != LT_OK)
        return status;
    memcpy(r, f.slot, p * p * sizeof *r);
    for (size_t b = 1; b < blocks; b++) {
        if (ctx->cancelled(ctx))
            return LT_CANCELLED;
        memcpy(f.stack, r, p * p * sizeof *r);
        memcpy(f.stack + p * p, f.slot + b * p * p, p * p * sizeof *r);
        if (la_qr_triangle(2 * p, p, f.stack, p) != 0)
            atomic_store(&failed, 1);
        keep_triangle(p, p, f.stack);
        memcpy(r, f.stack, p * p * sizeof *r);
    }
    if (atomic_load(&failed))
        kit_no_memory(ctx, p, p);
    return atomic_load(&failed) ? LT_MEMORY : LT_OK;
}

static int by_full(struct lt_ctx *ctx, const struct lt_data *data, struct principal *a)
{
    const size_t n = data->n, p = data->p, m = n < p ? n : p;
    double *x = kit_scratch(ctx, m, p * sizeof *x), *u = kit_scratch(ctx, m, m * sizeof *u);
    double *vt = kit_scratch(ctx, m, p * sizeof *vt), *s = kit_scratch_f64(ctx, m);
    if (!x || !u || !vt || !s)
        return LT_MEMORY;
    int status = variances_of(ctx, data, a->mean, &a->total);
    if (status == LT_OK && n >= p)
        status = fold_rows(ctx, data, a->mean, x);
    else if (status == LT_OK)
        rows_read(data, 0, n, a->mean, x);
    if (status != LT_OK)
        return status;
    if (la_svd(m, p, x, p, s, u, m, vt, p) != 0)
        return not_converged(ctx);
    for (size_t i = 0; i < a->k; i++)
        a->variance[i] = s[i] * s[i] / (double)(n - 1);
    memcpy(a->axis, vt, a->k * p * sizeof *vt);
    return LT_OK;
}

/* ---- by random directions -------------------------------------------------------------------------------------- */

static int by_random(struct lt_ctx *ctx, const struct lt_data *data, const struct principal_options *o,
                     struct principal *a)
{
    const size_t n = data->n, p = data->p, m = n < p ? n : p;
    const size_t l = o->k + o->oversamples < m ? o->k + o->oversamples : m;
    const size_t iterations = o->iterations ? o->iterations : o->k * 10 < m ? 7 : 4;
    struct subspace s = {0};
    int status = variances_of(ctx, data, a->mean, &a->total);
    if (status == LT_OK)
        status = subspace_begin(ctx, &s, data, a->mean, l, o->stream);
    for (size_t i = 0; i <= iterations && status == LT_OK; i++)
        status = subspace_step(ctx, &s);
    if (status == LT_OK)
        status = subspace_finish(ctx, &s);
    for (size_t i = 0; i < a->k && status == LT_OK; i++) {
        a->variance[i] = s.square[i] / (double)(n - 1);
        memcpy(a->axis + i * p, s.axis + i * p, p * sizeof *a->axis);
    }
    subspace_free(&s);
    return status;
}

/* ---- the choice ------------------------------------------------------------------------------------------------ */

static enum principal_method choose(const struct lt_data *data, const struct principal_options *o)
{
    const size_t n = data->n, p = data->p, directions = o->k + o->oversamples;
    if (o->method != BY_AUTO)
        return o->method;
    if (p <= MOST_COLUMNS && n >= p)
        return BY_COVARIANCE;
    return 4 * directions * (4 + 1) < (n < p ? n : p) ? BY_RANDOM : BY_FULL; /* 4 power iterations */
}

int principal_fit(struct lt_ctx *ctx, const struct lt_data *data, const struct principal_options *o,
                  struct principal *out)
{
    struct principal *a = out;
    *a = (struct principal){.p = data->p, .k = o->k, .method = choose(data, o)};
    a->mean = kit_alloc_f64(ctx, a->p);
    a->axis = kit_alloc(ctx, a->k, a->p * sizeof *a->axis);
    a->variance = kit_alloc_f64(ctx, a->k);
    int status = a->mean && a->axis && a->variance ? LT_OK : LT_MEMORY;
    if (status == LT_OK && a->method == BY_COVARIANCE) {
        status = by_covariance(ctx, data, a);
        if (status == LT_OK && o->method == BY_AUTO && data->n >= data->p && lost_digits(a))
            a->method = BY_FULL;
    }
    if (status == LT_OK && a->method == BY_FULL)
        status = by_full(ctx, data, a);
    if (status == LT_OK && a->method == BY_RANDOM)
        status = by_random(ctx, data, o, a);
    if (status == LT_OK)
        principal_signs(a->k, a->p, a->axis);
    else
        principal_free(a);
    return status;
}

/* ---- projection ------------------------------------------------------------------------------------------------ */

struct projection {
    const struct lt_data *data;
    size_t k, ld;
    const double *axis, *mean, *scale;
    int sparse;    /* rows_are_sparse */
    double *panel; /* a worker each */
    double *out;
    unsigned char *bad; /* a block each */
};

static void project_sparse(const struct projection *j, size_t begin, size_t end, double *out)
{
    const struct lt_data *d = j->data;
    for (size_t i = begin; i < end; i++, out += j->ld)
        for (size_t c = 0; c < j->k; c++) {
            double sum = 0;
            for (size_t e = d->indptr[i]; e < d->indptr[i + 1]; e++)
                sum += (double)d->values[e] * j->axis[c * d->p + d->indices[e]];
            out[c] = sum;
        }
}

static void project_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct projection *j = arg;
    const size_t p = j->data->p, k = j->k;
    double *panel = j->panel + worker * ROWS_PANEL * p, *out = j->out + begin * j->ld;
    int bad = 0;
    if (j->sparse && !j->mean) {
        project_sparse(j, begin, end, out);
    } else {
        rows_read(j->data, begin, end, j->mean, panel);
        la_gemm(0, 1, end - begin, k, p, 1, panel, p, j->axis, p, 0, out, j->ld);
    }
    for (size_t i = 0; i < end - begin; i++)
        for (size_t c = 0; c < k; c++) {
            out[i * j->ld + c] /= j->scale ? j->scale[c] : 1;
            bad |= !isfinite(out[i * j->ld + c]);
        }
    j->bad[block] = (unsigned char)bad;
}

int principal_project(struct lt_ctx *ctx, const struct lt_data *data, size_t k, const double *axis,
                      const double *mean, const double *scale, double *out, size_t ld)
{
    const size_t blocks = kit_block_count(data->n, ROWS_PANEL);
    struct projection j = {
        data, k, ld, axis, mean, scale, rows_are_sparse(data), 0, out, kit_scratch(ctx, blocks, 1)};
    j.panel = kit_scratch(ctx, (size_t)ctx->threads * ROWS_PANEL, data->p * sizeof(double));
    if (!j.panel || !j.bad)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, ROWS_PANEL, project_block, &j);
    for (size_t b = 0; b < blocks && status == LT_OK; b++) {
        if (!j.bad[b])
            continue;
        status = rows_check_finite(ctx, data);
        if (status == LT_OK)
            status =
                ctx->fail(ctx, LT_INVALID, "a row between %zu and %zu has values too large to be projected",
                          b * ROWS_PANEL + 1, (b + 1) * ROWS_PANEL < data->n ? (b + 1) * ROWS_PANEL : data->n);
    }
    return status;
}

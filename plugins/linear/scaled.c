#include "plugins/linear/scaled.h"

#include "num/la.h"
#include "num/simd.h"
#include "plugins/linear/predictor.h"
#include "plugins/linear/spread.h"

enum { PANEL = 256, LINE = 8, AHEAD = 512 };

int scaled_new(struct lt_ctx *ctx, struct scaled *z, const struct lt_data *data, bool intercept,
               const unsigned char *omit)
{
    size_t p = data->p;
    double *centre = kit_scratch_f64(ctx, p + 1), *scale = kit_scratch_f64(ctx, p + 1);
    *z = (struct scaled){.data = data, .intercept = intercept};
    z->active = kit_alloc(ctx, p + 1, sizeof *z->active);
    z->centre = kit_alloc_f64(ctx, p + 1);
    z->scale = kit_alloc_f64(ctx, p + 1);
    if (!centre || !scale || !z->active || !z->centre || !z->scale)
        return LT_MEMORY;
    int status = spread_measure(ctx, data, NULL, intercept, centre, scale);
    for (size_t j = 0; status == LT_OK && j < p; j++) {
        if (scale[j] == 0 || (omit && omit[j]))
            continue;
        z->active[z->n_active] = (uint32_t)j;
        z->centre[z->n_active] = centre[j];
        z->scale[z->n_active++] = scale[j];
    }
    z->q = z->n_active + intercept;
    for (size_t i = 0; i < data->n; i++)
        z->weight += data->weight ? data->weight[i] : 1;
    if (status == LT_OK && !z->q)
        status =
            ctx->fail(ctx, LT_INVALID, "all columns are 0 and there is no constant, so nothing can be learnt");
    return status;
}

void scaled_free(struct scaled *z)
{
    free(z->active);
    free(z->centre);
    free(z->scale);
    *z = (struct scaled){0};
}

/* x may be to. Memory is asked for what lies AHEAD, which the next panel reads. */
NUM_CLONES static void standardise(size_t n, const double *x, double centre, double scale, double *to)
{
    size_t i = 0;
    for (; i + LINE <= n; i += LINE) {
        __builtin_prefetch(x + i + AHEAD);
        for (size_t k = 0; k < LINE; k++)
            to[i + k] = (x[i + k] - centre) * scale;
    }
    for (; i < n; i++)
        to[i] = (x[i] - centre) * scale;
}

void scaled_fill(const struct scaled *z, size_t begin, size_t n, double *panel, size_t ld)
{
    for (size_t j = 0; j < z->n_active; j++, panel += ld)
        standardise(n, kit_piece(z->data, z->active[j], begin, n, panel), z->centre[j], z->scale[j], panel);
    for (size_t i = 0; z->intercept && i < n; i++)
        panel[i] = 1;
}

void scaled_publish(const struct scaled *z, const double *v, size_t p, double *b, double *constant)
{
    memset(b, 0, p * sizeof *b);
    *constant = z->intercept ? v[z->n_active] : 0;
    for (size_t j = 0; j < z->n_active; j++) {
        b[z->active[j]] = v[j] * z->scale[j];
        *constant -= z->centre[j] * z->scale[j] * v[j];
    }
}

int scaled_values(struct lt_ctx *ctx, const struct scaled *z, const double *v, double *eta)
{
    double constant, *b = kit_scratch_f64(ctx, z->data->p);
    if (!b)
        return LT_MEMORY;
    scaled_publish(z, v, z->data->p, b, &constant);
    return predictor_apply(ctx, z->data, b, constant, eta);
}

struct pass {
    const struct scaled *z;
    const double *d, *r;
    size_t width;
    double *slot;  /* a block: q gradient, then q x q */
    double *panel; /* a worker: q x PANEL, then PANEL */
};

NUM_CLONES static void roots(size_t n, const double *x, double *root)
{
    for (size_t i = 0; i < n; i++)
        root[i] = sqrt(x[i]);
}

NUM_CLONES static void times(size_t n, const double *by, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by[i];
}

static void product_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct scaled *z = pass->z;
    size_t q = z->q;
    double *slot = pass->slot + block * pass->width, *panel = pass->panel + worker * PANEL * (q + 1);
    double *root = panel + PANEL * q;
    memset(slot, 0, pass->width * sizeof *slot);
    for (size_t at = begin; at < end; at += PANEL) {
        size_t n = end - at < PANEL ? end - at : PANEL;
        scaled_fill(z, at, n, panel, PANEL);
        la_gemv(0, q, n, 1.0, panel, PANEL, pass->r + at, 1.0, slot);
        if (!pass->d)
            continue;
        roots(n, pass->d + at, root);
        for (size_t j = 0; j < q; j++)
            times(n, root, panel + j * PANEL);
        la_gram_t(n, q, panel, PANEL, slot + q, q);
    }
}

int scaled_products(struct lt_ctx *ctx, const struct scaled *z, const double *d, const double *r, double *hessian,
                    double *gradient)
{
    size_t q = z->q, width = q + (d ? q * q : 0), most = ((size_t)1 << 23) / width;
    size_t rows = kit_block_rows(z->data->n, PANEL, most < 4 ? 4 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(z->data->n, rows);
    struct pass pass = {z,
                        d,
                        r,
                        width,
                        kit_scratch(ctx, blocks, width * sizeof(double)),
                        kit_scratch(ctx, ctx->threads * PANEL, (q + 1) * sizeof(double))};
    if (!pass.slot || !pass.panel)
        return LT_MEMORY;
    int status = kit_blocks(ctx, z->data->n, rows, product_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    memcpy(gradient, pass.slot, q * sizeof *gradient);
    if (d)
        memcpy(hessian, pass.slot + q, q * q * sizeof *hessian);
    return LT_OK;
}

int scaled_factorise(struct lt_ctx *ctx, size_t q, double *hessian)
{
    double *copy = kit_scratch(ctx, q, q * sizeof *copy), trace = 0, jitter = 0;
    if (!copy)
        return LT_MEMORY;
    memcpy(copy, hessian, q * q * sizeof *copy);
    for (size_t i = 0; i < q; i++)
        trace += hessian[i * q + i];
    for (int attempt = 0; attempt < 14; attempt++) {
        if (!la_cholesky(q, hessian, q))
            return LT_OK;
        jitter = jitter > 0 ? 10 * jitter : 1e-14 * (trace / (double)q) + 1e-300;
        memcpy(hessian, copy, q * q * sizeof *copy);
        for (size_t i = 0; i < q; i++)
            hessian[i * q + i] += jitter;
    }
    return ctx->fail(ctx, LT_NUMERIC, "the curvature of the loss can't be inverted; rescale the columns");
}

void scaled_variances(const struct scaled *z, const double *cov, size_t p, double *variance)
{
    size_t q = z->q, n = z->n_active;
    for (size_t j = 0; j <= p; j++)
        variance[j] = NAN;
    double constant = z->intercept ? cov[n * q + n] : 0;
    for (size_t i = 0; i < n; i++) {
        variance[z->active[i]] = cov[i * q + i] * z->scale[i] * z->scale[i];
        for (size_t j = 0; j < n; j++)
            constant += z->centre[i] * z->scale[i] * cov[i * q + j] * z->centre[j] * z->scale[j];
        constant -= z->intercept ? 2 * z->centre[i] * z->scale[i] * cov[i * q + n] : 0;
    }
    variance[p] = z->intercept ? constant : NAN;
}

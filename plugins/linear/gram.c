#include "plugins/linear/gram.h"

#include "num/la.h"
#include "num/simd.h"

enum { PANEL = 512, SHIFT_ROWS = 512 };

struct pass {
    const struct lt_data *data;
    size_t width;        /* doubles a slot */
    double *slot;        /* a block each */
    const double *shift; /* p + 1 */
    bool products;
    double *panel; /* a worker: (p + 2) x PANEL */
};

NUM_CLONES static void shifted(size_t n, const double *x, double by, const double *root, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (x[i] - by) * root[i];
}

NUM_CLONES static void roots(size_t n, const double *weight, double *root)
{
    for (size_t i = 0; i < n; i++)
        root[i] = sqrt(weight[i]);
}

void gram_fill(const struct lt_data *d, const double *mean, size_t begin, size_t n, double *panel, size_t ld,
               double *root)
{
    if (d->weight)
        roots(n, d->weight + begin, root);
    for (size_t i = 0; !d->weight && i < n; i++)
        root[i] = 1;
    for (size_t j = 0; j < d->p; j++, panel += ld)
        shifted(n, kit_piece(d, j, begin, n, panel), mean[j], root, panel);
    shifted(n, d->y + begin, mean[d->p], root, panel);
}

/* slot: the weight, the weighted sums of the p columns and y, and the products of all of them, or of y alone. */
static void add_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    size_t q = pass->data->p + 1;
    double *slot = pass->slot + block * pass->width, *panel = pass->panel + worker * PANEL * (q + 1);
    double *root = panel + PANEL * q;
    memset(slot, 0, pass->width * sizeof *slot);
    for (size_t at = begin; at < end; at += PANEL) {
        size_t n = end - at < PANEL ? end - at : PANEL;
        gram_fill(pass->data, pass->shift, at, n, panel, PANEL, root);
        slot[0] += la_dot(n, root, root);
        la_gemv(0, q, n, 1.0, panel, PANEL, root, 1.0, slot + 1);
        if (pass->products)
            la_gram_t(n, q, panel, PANEL, slot + 1 + q, q);
        else
            slot[1 + q] += la_dot(n, panel + (q - 1) * PANEL, panel + (q - 1) * PANEL);
    }
}

/* Numbers near the means: the means of some rows at even distances. What is summed up is then small enough for
 * one pass, and a constant column becomes a column of zeros. */
static void choose_shift(const struct lt_data *d, double *shift)
{
    size_t stride = d->n / SHIFT_ROWS + 1;
    for (size_t j = 0; j <= d->p; j++) {
        double first = j < d->p ? kit_element(d, 0, j) : d->y[0], sum = 0;
        for (size_t i = 0; i < d->n; i += stride)
            sum += (j < d->p ? kit_element(d, i, j) : d->y[i]) - first;
        shift[j] = first + sum / (double)kit_block_count(d->n, stride);
    }
}

static int run(struct lt_ctx *ctx, const struct lt_data *data, bool centred, bool products, struct gram *g,
               const double **slot)
{
    size_t p = data->p, q = p + 1, width = 1 + q + (products ? q * q : 1);
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    size_t rows = kit_block_rows(data->n, PANEL, most < 4 ? 4 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(data->n, rows);
    struct pass pass = {data, width,    kit_scratch(ctx, blocks, width * sizeof(double)),
                        NULL, products, kit_scratch(ctx, ctx->threads * PANEL, (q + 1) * sizeof(double))};
    *g = (struct gram){.p = p, .mean = kit_scratch_f64(ctx, q)};
    if (!pass.slot || !pass.panel || !g->mean)
        return LT_MEMORY;
    memset(g->mean, 0, q * sizeof *g->mean);
    if (centred)
        choose_shift(data, g->mean);
    pass.shift = g->mean;
    int status = kit_blocks(ctx, data->n, rows, add_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    g->weight = pass.slot[0];
    *slot = pass.slot + 1;
    return LT_OK;
}

int gram_means(struct lt_ctx *ctx, const struct lt_data *data, bool centred, struct gram *g)
{
    const double *sum = NULL;
    int status = run(ctx, data, centred, false, g, &sum);
    if (status != LT_OK)
        return status;
    size_t p = g->p;
    double check = g->yy = sum[p + 1] - (centred ? sum[p] / g->weight * sum[p] : 0);
    for (size_t j = 0; j <= p; j++) {
        g->mean[j] += centred ? sum[j] / g->weight : 0;
        check += fabs(sum[j]);
    }
    return isfinite(check) ? LT_OK : kit_check_finite(ctx, data);
}

int gram_products(struct lt_ctx *ctx, const struct lt_data *data, bool centred, struct gram *g)
{
    size_t p = data->p, q = p + 1;
    const double *sum = NULL;
    int status = run(ctx, data, centred, true, g, &sum);
    if (status != LT_OK)
        return status;
    const double *product = sum + q;
    double check = 0;
    g->xx = kit_scratch(ctx, p, p * sizeof *g->xx);
    g->xy = kit_scratch_f64(ctx, p);
    if (!g->xx || !g->xy)
        return LT_MEMORY;
    for (size_t i = 0; i < q; i++) {
        double shift = centred ? sum[i] / g->weight : 0;
        for (size_t j = 0; i < p && j < p; j++)
            g->xx[i * p + j] = product[i * q + j] - shift * sum[j];
        double with_y = product[i * q + p] - shift * sum[p];
        if (i < p)
            g->xy[i] = with_y;
        else
            g->yy = with_y;
        g->mean[i] += shift;
        check += fabs(product[i * q + i]) + fabs(with_y);
    }
    return isfinite(check) ? LT_OK : kit_check_finite(ctx, data);
}

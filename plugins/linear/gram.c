#include "plugins/linear/gram.h"

#include "num/la.h"

enum { PANEL = 256 };

struct pass {
    const struct lt_data *data;
    size_t width;       /* doubles a slot */
    double *slot;       /* a block each */
    const double *mean; /* p, then that of y */
    double *panel;      /* a worker: PANEL x p, then PANEL */
};

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1.0;
}

/* slot: weighted sums of the p columns and y, and of the weights. */
static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    double *sum = pass->slot + block * pass->width;
    (void)worker;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t i = begin; i < end; i++) {
        const double *x = d->x64 + i * d->ld, w = weight_of(d, i);
        for (size_t j = 0; j < d->p; j++)
            sum[j] += w * x[j];
        sum[d->p] += w * d->y[i];
        sum[d->p + 1] += w;
    }
}

int gram_means(struct lt_ctx *ctx, const struct lt_data *data, bool centred, double *mean)
{
    size_t rows = kit_block_rows(data->n, 1024, 64), blocks = kit_block_count(data->n, rows), width = data->p + 2;
    struct pass pass = {.data = data, .width = width, .slot = kit_scratch(ctx, blocks, width * sizeof(double))};
    if (!pass.slot)
        return LT_MEMORY;
    memset(mean, 0, (data->p + 1) * sizeof *mean);
    int status = centred ? kit_blocks(ctx, data->n, rows, sum_block, &pass) : LT_OK;
    if (status != LT_OK || !centred)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    for (size_t j = 0; j <= data->p; j++)
        mean[j] = pass.slot[j] / pass.slot[data->p + 1];
    return LT_OK;
}

void gram_centre_rows(const struct lt_data *d, const double *mean, size_t begin, size_t end, double *x, double *y)
{
    for (size_t i = begin; i < end; i++, x += d->p) {
        const double *from = d->x64 + i * d->ld, root = d->weight ? sqrt(d->weight[i]) : 1.0;
        for (size_t j = 0; j < d->p; j++)
            x[j] = root * (from[j] - mean[j]);
        *y++ = root * (d->y[i] - mean[d->p]);
    }
}

/* slot: x'x, then x'y, then y'y. */
static void product_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    size_t p = pass->data->p;
    double *gram = pass->slot + block * pass->width, *xy = gram + p * p, *yy = xy + p;
    double *x = pass->panel + worker * (PANEL * p + PANEL), *y = x + PANEL * p;
    memset(gram, 0, pass->width * sizeof *gram);
    for (size_t at = begin; at < end; at += PANEL) {
        size_t rows = end - at < PANEL ? end - at : PANEL;
        gram_centre_rows(pass->data, pass->mean, at, at + rows, x, y);
        la_gram(rows, p, 1.0, x, p, gram, p);
        la_gemv(1, rows, p, 1.0, x, p, y, 1.0, xy);
        *yy += la_dot(rows, y, y);
    }
}

int gram_products(struct lt_ctx *ctx, const struct lt_data *data, const double *mean, double **gram, double *xy,
                  double *yy)
{
    size_t p = data->p, width = p * p + p + 1;
    size_t most = ((size_t)1 << 23) / width; /* slots of 64 MB together, but enough for some threads */
    size_t rows = kit_block_rows(data->n, PANEL, most < 4 ? 4 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(data->n, rows);
    struct pass pass = {data, width, kit_scratch(ctx, blocks, width * sizeof(double)), mean,
                        kit_scratch_f64(ctx, ctx->threads * (PANEL * p + PANEL))};
    if (!pass.slot || !pass.panel)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, rows, product_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    *gram = pass.slot;
    memcpy(xy, pass.slot + p * p, p * sizeof *xy);
    *yy = pass.slot[p * p + p];
    return LT_OK;
}

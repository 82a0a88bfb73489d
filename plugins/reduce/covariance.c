#include "plugins/reduce/covariance.h"

#include <math.h>
#include <string.h>

#include "num/la.h"
#include "plugins/kit/column.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/products.h"
#include "plugins/reduce/rows.h"

enum { MOST_SLOTS = 64 };

struct pass {
    const struct lt_data *data;
    const double *shift;
    double *slot;  /* blocks x width: sums of d, then of d d' (or of d^2) */
    double *panel; /* a worker each, of panel_size */
    size_t width, panel_size;
};

static void add_up(size_t n, size_t p, const double *x, double *sum)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            sum[j] += x[i * p + j];
}

static void products_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const size_t p = pass->data->p;
    double *sum = pass->slot + block * pass->width, *panel = pass->panel + worker * pass->panel_size;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t at = begin; at < end; at += ROWS_PANEL) {
        const size_t n = end - at < ROWS_PANEL ? end - at : ROWS_PANEL;
        rows_read(pass->data, at, at + n, pass->shift, panel);
        add_up(n, p, panel, sum);
        la_gram(n, p, 1, panel, p, sum + p, p);
    }
}

static size_t padded_columns(size_t p)
{
    return (p + PRODUCTS_TILE - 1) / PRODUCTS_TILE * PRODUCTS_TILE;
}

/* A piece of column j minus its shift, straight from where the column lies. Returns its sum. */
static double shifted_piece(const struct pass *pass, size_t j, size_t at, size_t n, double *to)
{
    const struct lt_data *d = pass->data;
    const struct lt_column *column = &d->column[j];
    if (column->storage == LT_F64 && !column->valid && !d->rows) {
        const double *from = (const double *)column->data + at;
        if (d->n - at >= 2 * PRODUCTS_ROWS) /* the columns are too many for the processor to foresee this */
            for (size_t i = 0; i < PRODUCTS_ROWS; i += 8)
                __builtin_prefetch(from + PRODUCTS_ROWS + i, 0, 2);
        return products_shift(n, from, pass->shift[j], to);
    }
    kit_read_column(column, d->rows ? d->rows + at : 0, at, n, to);
    return products_shift(n, to, pass->shift[j], to);
}

/* Few columns, in place: their products are made column by column, no row is put together. */
static void columns_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const size_t p = pass->data->p, padded = padded_columns(p);
    double *sum = pass->slot + block * pass->width;
    double *x = pass->panel + worker * pass->panel_size, *lanes = x + padded * PRODUCTS_ROWS;
    memset(sum, 0, p * sizeof *sum);
    memset(x, 0, pass->panel_size * sizeof *x);
    for (size_t at = begin; at < end; at += PRODUCTS_ROWS) {
        const size_t n = end - at < PRODUCTS_ROWS ? end - at : PRODUCTS_ROWS;
        for (size_t j = 0; j < p; j++) {
            sum[j] += shifted_piece(pass, j, at, n, x + j * PRODUCTS_ROWS);
            memset(x + j * PRODUCTS_ROWS + n, 0, (PRODUCTS_ROWS - n) * sizeof *x);
        }
        products_add(padded, x, lanes);
    }
    products_total(p, padded, lanes, sum + p);
}

static void squares_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const size_t p = pass->data->p;
    double *sum = pass->slot + block * pass->width, *panel = pass->panel + worker * pass->panel_size;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t at = begin; at < end; at += ROWS_PANEL) {
        const size_t n = end - at < ROWS_PANEL ? end - at : ROWS_PANEL;
        rows_read(pass->data, at, at + n, pass->shift, panel);
        add_up(n, p, panel, sum);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < p; j++)
                sum[p + j] += panel[i * p + j] * panel[i * p + j];
    }
}

/* The sums over all rows are in pass->slot afterwards; slots take no more than 256 MB. */
static int run(struct lt_ctx *ctx, struct pass *pass, kit_block_fn *fn)
{
    const size_t n = pass->data->n, room = ((size_t)256 << 20) / sizeof(double) / pass->width + 1;
    const size_t rows = kit_block_rows(n, 4 * ROWS_PANEL, room < MOST_SLOTS ? room : MOST_SLOTS);
    const size_t blocks = kit_block_count(n, rows);
    pass->slot = kit_scratch(ctx, blocks, pass->width * sizeof(double));
    pass->panel = kit_scratch(ctx, (size_t)ctx->threads * pass->panel_size, sizeof(double));
    if (!pass->slot || !pass->panel)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, n, rows, fn, pass);
    if (status == LT_OK)
        kit_add_slots(pass->slot, blocks, pass->width);
    return status;
}

static int too_large(struct lt_ctx *ctx, const struct lt_data *data)
{
    const int status = rows_check_finite(ctx, data);
    return status != LT_OK
               ? status
               : ctx->fail(ctx, LT_NUMERIC,
                           "the columns' variances are more than a double can hold; scale the columns");
}

int covariance_of(struct lt_ctx *ctx, const struct lt_data *data, double *mean, double *covariance)
{
    const size_t p = data->p;
    const double n = (double)data->n;
    double *shift = kit_scratch_f64(ctx, 2 * p), *off = shift ? shift + p : 0;
    struct pass pass = {.data = data, .shift = shift, .width = p + p * p, .panel_size = ROWS_PANEL * p};
    const int in_place = data->layout == LT_COLUMNS && p <= PRODUCTS_COLUMNS;
    const size_t padded = padded_columns(p);
    if (!shift)
        return LT_MEMORY;
    if (in_place)
        pass.panel_size = padded * PRODUCTS_ROWS + padded * padded * PRODUCTS_LANES;
    rows_typical(data, shift, off);
    const int status = run(ctx, &pass, in_place ? columns_block : products_block);
    if (status != LT_OK)
        return status;
    for (size_t j = 0; j < p; j++) {
        off[j] = pass.slot[j] / n;
        mean[j] = shift[j] + off[j];
    }
    double trace = 0;
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++)
            covariance[i * p + j] = (pass.slot[p + i * p + j] - n * off[i] * off[j]) / (n - 1);
        double *own = &covariance[i * p + i];
        *own = *own < 0 ? 0 : *own;
        trace += *own;
    }
    return isfinite(trace) ? LT_OK : too_large(ctx, data);
}

int variances_of(struct lt_ctx *ctx, const struct lt_data *data, double *mean, double *total)
{
    const size_t p = data->p;
    const double n = (double)data->n;
    double *shift = kit_scratch_f64(ctx, 2 * p);
    struct pass pass = {.data = data, .shift = shift, .width = 2 * p, .panel_size = ROWS_PANEL * p};
    if (!shift)
        return LT_MEMORY;
    rows_typical(data, shift, shift + p);
    const int status = run(ctx, &pass, squares_block);
    if (status != LT_OK)
        return status;
    *total = 0;
    for (size_t j = 0; j < p; j++) {
        const double off = pass.slot[j] / n, centred = pass.slot[p + j] - n * off * off;
        mean[j] = shift[j] + off;
        *total += (centred < 0 ? 0 : centred) / (n - 1);
    }
    return isfinite(*total) ? LT_OK : too_large(ctx, data);
}

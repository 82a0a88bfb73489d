#include "plugins/reduce/placed.h"

#include <math.h>

#include "plugins/kit/kit.h"
#include "plugins/reduce/component_view.h"

enum { BETWEEN = 10, MOST_POINTS = 5000 }; /* rows that a new one is placed between; points of the picture */

static int alloc(struct lt_ctx *ctx, struct placed *m, size_t n, size_t p, size_t d)
{
    *m = (struct placed){.n = n, .p = p, .d = d};
    m->x = kit_alloc(ctx, n, p * sizeof *m->x);
    m->y = kit_alloc(ctx, n, d * sizeof *m->y);
    return m->x && m->y ? LT_OK : LT_MEMORY;
}

int placed_begin(struct lt_ctx *ctx, struct placed *m, const struct lt_data *data, size_t d)
{
    int status = alloc(ctx, m, data->n, data->p, d);
    for (size_t i = 0; i < data->n && status == LT_OK; i++)
        memcpy(m->x + i * m->p, data->x64 + i * data->ld, m->p * sizeof *m->x);
    if (status == LT_OK)
        status = nearest_rows_build(ctx, &m->rows, PANEL_SQUARED, m->x, m->n, m->p);
    if (status != LT_OK)
        placed_free(m);
    return status;
}

void placed_free(struct placed *m)
{
    nearest_rows_free(&m->rows);
    free(m->x);
    free(m->y);
    m->x = m->y = 0;
}

/* ---- new rows -------------------------------------------------------------------------------------------------- */

struct answer {
    const struct placed *m;
    double *out;
    size_t ld;
};

/* Rows at distance 0 count alone. */
static void place_between(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    const struct answer *a = arg;
    const size_t d = a->m->d;
    double *out = a->out + query * a->ld, total = 0;
    memset(out, 0, d * sizeof *out);
    for (size_t i = 0; i < k; i++) {
        const double near = list[0].distance, far = list[i].distance;
        const double weight = near > 0 ? near / far * (near / far) : far == 0;
        const double *y = a->m->y + list[i].row * d;
        for (size_t c = 0; c < d; c++)
            out[c] += weight * y[c];
        total += weight;
    }
    for (size_t c = 0; c < d; c++)
        out[c] /= total;
}

static int is_training(const struct placed *m, const struct lt_data *data)
{
    int same = data->n == m->n;
    for (size_t i = 0; i < m->n && same; i++)
        same = !memcmp(m->x + i * m->p, data->x64 + i * data->ld, m->p * sizeof *m->x);
    return same;
}

int placed_predict(struct lt_ctx *ctx, const struct placed *m, const struct lt_data *data, double *out, size_t ld)
{
    struct answer a = {m, out, ld};
    const int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    if (is_training(m, data)) {
        for (size_t i = 0; i < m->n; i++)
            memcpy(out + i * ld, m->y + i * m->d, m->d * sizeof *out);
        return LT_OK;
    }
    return nearest_rows_find(ctx, &m->rows, data->x64, data->n, data->ld, m->n < BETWEEN ? m->n : BETWEEN,
                             place_between, &a);
}

/* ---- the file, and what there is to see --------------------------------------------------------------------- */

int placed_save(struct lt_ctx *ctx, const struct placed *m)
{
    const int status = kit_put_f64(ctx, "rows", m->x, m->n, m->p);
    return status == LT_OK ? kit_put_f64(ctx, "positions", m->y, m->n, m->d) : status;
}

int placed_load(struct lt_ctx *ctx, struct placed *m, size_t p, size_t d)
{
    struct lt_tensor rows;
    int status = kit_find(ctx, "rows", LT_T_F64, 2, &rows);
    if (status != LT_OK)
        return status;
    if (rows.shape[1] != p || rows.shape[0] < 1)
        return ctx->fail(ctx, LT_INVALID, "the model's rows are %zu x %zu; the file is damaged", rows.shape[0],
                         rows.shape[1]);
    status = alloc(ctx, m, rows.shape[0], p, d);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rows", m->x, m->n, p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "positions", m->y, m->n, d);
    int bad = 0;
    for (size_t i = 0; i < m->n * p && status == LT_OK; i++)
        bad |= !isfinite(m->x[i]);
    for (size_t i = 0; i < m->n * d && status == LT_OK; i++)
        bad |= !isfinite(m->y[i]);
    if (bad)
        status =
            ctx->fail(ctx, LT_INVALID, "the model has rows or positions that aren't finite; the file is damaged");
    if (status == LT_OK)
        status = nearest_rows_build(ctx, &m->rows, PANEL_SQUARED, m->x, m->n, p);
    if (status != LT_OK)
        placed_free(m);
    return status;
}

int placed_view(struct lt_ctx *ctx, const struct placed *m, const char *title)
{
    const size_t stride = m->n / MOST_POINTS + 1, shown = kit_block_count(m->n, stride);
    double *points = kit_scratch(ctx, shown, 2 * sizeof *points);
    if (!points)
        return LT_MEMORY;
    for (size_t i = 0; i < shown; i++)
        for (size_t c = 0; c < 2; c++)
            points[2 * i + c] = c < m->d ? m->y[i * stride * m->d + c] : 0;
    if (stride > 1)
        ctx->note(ctx, LT_NOTE, "the picture shows %zu of %zu rows", shown, m->n);
    return view_points(ctx, "embedding", title, "component 1", "component 2", shown, points);
}

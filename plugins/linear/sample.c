#include "plugins/linear/sample.h"

enum { SAMPLE_FROM = 32768 }; /* rows from which a sample is worth drawing */

/* One row of each of `want` stretches of the table, unless its weight is 0. */
static size_t draw_rows(struct lt_ctx *ctx, const struct lt_data *data, size_t want, uint32_t *row)
{
    size_t n = 0;
    for (size_t s = 0; s < want; s++) {
        size_t begin = data->n * s / want, end = data->n * (s + 1) / want;
        size_t i = begin + lt_below(ctx->seed, 0x5a3b, s, (uint32_t)(end - begin));
        if (!data->weight || data->weight[i] > 0)
            row[n++] = (uint32_t)i;
    }
    return n;
}

struct copy {
    const struct lt_data *data;
    struct lt_data *sample;
    const uint32_t *element; /* of the columns */
    double *x;
};

static void copy_column(void *arg, size_t j, unsigned worker)
{
    const struct copy *copy = arg;
    size_t n = copy->sample->n;
    (void)worker;
    kit_read_column(&copy->data->column[j], copy->element, 0, n, copy->x + j * n);
}

int sample_draw(struct lt_ctx *ctx, const struct lt_data *data, size_t unknowns, struct lt_data *sample)
{
    size_t want = data->n / 20 > 20 * unknowns ? data->n / 20 : 20 * unknowns, p = data->p;
    *sample = (struct lt_data){.n = 0};
    if (data->n < SAMPLE_FROM || data->n > UINT32_MAX || want > data->n / 4)
        return LT_OK;
    uint32_t *row = kit_scratch(ctx, want, sizeof *row), *element = kit_scratch(ctx, want, sizeof *element);
    struct lt_column *column = kit_scratch(ctx, p, sizeof *column);
    int32_t *label = kit_scratch(ctx, want, sizeof *label);
    double *weight = kit_scratch_f64(ctx, want), *x = kit_scratch(ctx, want, (p + 1) * sizeof *x);
    if (!row || !element || !column || !label || !weight || !x)
        return LT_MEMORY;
    *sample = *data;
    sample->n = draw_rows(ctx, data, want, row);
    sample->column = column;
    sample->rows = NULL;
    sample->y = NULL;
    for (size_t s = 0; s < sample->n; s++) {
        element[s] = data->rows ? data->rows[row[s]] : row[s];
        label[s] = data->label ? data->label[row[s]] : 0;
        weight[s] = data->weight ? data->weight[row[s]] : 1;
    }
    sample->label = data->label ? label : NULL;
    sample->weight = data->weight ? weight : NULL;
    for (size_t j = 0; j < p; j++)
        column[j] = (struct lt_column){.name = data->column[j].name, .storage = LT_F64, .data = x + j * sample->n};
    struct copy copy = {data, sample, element, x};
    ctx->parallel(ctx, p, copy_column, &copy);
    return LT_OK;
}

#include "plugins/linear/spread.h"

enum { SAMPLE_FROM = 32768 }; /* rows from which a sample is worth drawing */

int spread_sample(struct lt_ctx *ctx, const struct lt_data *data, size_t unknowns, uint32_t **sample, size_t *n)
{
    size_t want = data->n / 20 > 20 * unknowns ? data->n / 20 : 20 * unknowns, room = want + want / 4;
    if (data->n < SAMPLE_FROM || data->n > UINT32_MAX || want > data->n / 4)
        return LT_OK;
    uint64_t threshold = (uint64_t)((double)want / (double)data->n * 0x1p64);
    if (!(*sample = kit_alloc(ctx, room, sizeof **sample)))
        return LT_MEMORY;
    for (size_t i = 0; i < data->n && *n < room; i++)
        if (lt_random(ctx->seed, 0x5a3b, i) < threshold && (!data->weight || data->weight[i] > 0))
            (*sample)[(*n)++] = (uint32_t)i;
    return LT_OK;
}

struct spread_job {
    const struct lt_data *data;
    const uint32_t *sample; /* NULL: all rows */
    double *slot;           /* a block: sums of the differences to the first row, then of their squares */
};

static void spread_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct spread_job *job = arg;
    const struct lt_data *d = job->data;
    double *sum = job->slot + block * 2 * d->p, *square = sum + d->p;
    (void)worker;
    memset(sum, 0, 2 * d->p * sizeof *sum);
    for (size_t i = begin; i < end; i++) {
        const double *x = d->x64 + (job->sample ? job->sample[i] : i) * d->ld, *first = d->x64;
        for (size_t j = 0; j < d->p; j++) {
            double difference = x[j] - first[j];
            sum[j] += difference;
            square[j] += difference * difference;
        }
    }
}

/* Over n rows: sum of the differences to the first row in *sums [p], of their squares in the p after them. */
static int sum_columns(struct lt_ctx *ctx, const struct lt_data *data, const uint32_t *sample, size_t n,
                       double **sums)
{
    size_t rows = kit_block_rows(n, 1024, 64), blocks = kit_block_count(n, rows);
    struct spread_job job = {data, sample, kit_scratch(ctx, blocks, (2 * data->p + 1) * sizeof(double))};
    if (!job.slot)
        return LT_MEMORY;
    int status = kit_blocks(ctx, n, rows, spread_block, &job);
    kit_add_slots(job.slot, blocks, 2 * data->p);
    *sums = job.slot;
    return status;
}

int spread_measure(struct lt_ctx *ctx, const struct lt_data *data, const uint32_t *sample, size_t n_sample,
                   bool intercept, double *centre, double *scale)
{
    size_t p = data->p, n = n_sample ? n_sample : data->n;
    double *sums = NULL;
    int status = sum_columns(ctx, data, n_sample ? sample : NULL, n, &sums);
    bool varies = true;
    char name[32];
    for (size_t j = 0; status == LT_OK && j < p; j++)
        varies = varies && sums[p + j] > 0;
    if (status == LT_OK && !varies && n < data->n)
        status = sum_columns(ctx, data, NULL, n = data->n, &sums);
    for (size_t j = 0; status == LT_OK && j < p; j++) {
        double mean = sums[j] / (double)n, square = sums[p + j] / (double)n, first = data->x64[j];
        double variance = square > mean * mean ? square - mean * mean : square;
        double about_zero = variance + (first + mean) * (first + mean);
        centre[j] = intercept ? first + mean : 0;
        scale[j] = intercept ? (square > 0 ? 1 / sqrt(variance) : 0) : about_zero > 0 ? 1 / sqrt(about_zero) : 0;
        if (!isfinite(scale[j]) || !isfinite(square)) {
            status = kit_check_finite(ctx, data);
            if (status == LT_OK)
                status = ctx->fail(ctx, LT_NUMERIC, "the numbers of '%s' are too large or too small; rescale it",
                                   kit_column_name(data->column, j, name, sizeof name));
        }
    }
    return status;
}

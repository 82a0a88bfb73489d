#include "plugins/linear/spread.h"

#include "num/simd.h"

enum { PIECE = 1024, LANES = 32 };

struct spread_job {
    const struct lt_data *data;
    const double *first; /* p: some value of each column */
    double *slot;        /* a block: sums of the differences to it, then of their squares */
};

/* One sum a loop, which is the form that compilers turn into vectors. */
NUM_INLINE double sum_about(size_t n, const double *x, double first, bool squares)
{
    double lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (x[i + l] - first) * (squares ? x[i + l] - first : 1);
    for (; i < n; i++)
        sum += (x[i] - first) * (squares ? x[i] - first : 1);
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

/* Adds to *sum and *square. */
NUM_CLONES static void add_differences(size_t n, const double *x, double first, double *sum, double *square)
{
    *sum += sum_about(n, x, first, false);
    *square += sum_about(n, x, first, true);
}

static void spread_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct spread_job *job = arg;
    const struct lt_data *d = job->data;
    double *sum = job->slot + block * 2 * d->p, *square = sum + d->p, buffer[PIECE];
    (void)worker;
    memset(sum, 0, 2 * d->p * sizeof *sum);
    for (size_t at = begin; at < end; at += PIECE)
        for (size_t j = 0, n = end - at < PIECE ? end - at : PIECE; j < d->p; j++)
            add_differences(n, kit_piece(d, j, at, n, buffer), job->first[j], &sum[j], &square[j]);
}

/* Sums of the differences to first[p] in *sums [p], of their squares in the p after them. */
static int sum_columns(struct lt_ctx *ctx, const struct lt_data *data, const double *first, double **sums)
{
    size_t rows = kit_block_rows(data->n, PIECE, 64), blocks = kit_block_count(data->n, rows);
    struct spread_job job = {data, first, kit_scratch(ctx, blocks, (2 * data->p + 1) * sizeof(double))};
    if (!job.slot)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, rows, spread_block, &job);
    kit_add_slots(job.slot, blocks, 2 * data->p);
    *sums = job.slot;
    return status;
}

int spread_measure(struct lt_ctx *ctx, const struct lt_data *data, const struct lt_data *sample, bool intercept,
                   double *centre, double *scale)
{
    size_t p = data->p, n = sample && sample->n ? sample->n : data->n;
    double *sums = NULL, *first = kit_scratch_f64(ctx, p);
    bool varies = true;
    char name[32];
    if (!first)
        return LT_MEMORY;
    for (size_t j = 0; j < p; j++)
        first[j] = kit_element(data, 0, j);
    int status = sum_columns(ctx, n < data->n ? sample : data, first, &sums);
    for (size_t j = 0; status == LT_OK && j < p; j++)
        varies = varies && sums[p + j] > 0;
    if (status == LT_OK && !varies && n < data->n) {
        n = data->n;
        status = sum_columns(ctx, data, first, &sums);
    }
    for (size_t j = 0; status == LT_OK && j < p; j++) {
        double mean = sums[j] / (double)n, square = sums[p + j] / (double)n;
        double variance = square > mean * mean ? square - mean * mean : square;
        double about_zero = variance + (first[j] + mean) * (first[j] + mean);
        centre[j] = intercept ? first[j] + mean : 0;
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

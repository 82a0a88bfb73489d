#include "plugins/linear/predictor.h"

#include "num/la.h"
#include "num/simd.h"

enum { ROWS = 4 * PREDICTOR_ROWS, TOGETHER = 4 }; /* columns, so that the sums are loaded and stored less often */

NUM_CLONES static void add_four(size_t n, const double *const x[TOGETHER], const double *b, double *value)
{
    const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
    for (size_t i = 0; i < n; i++)
        value[i] += (b0 * x0[i] + b1 * x1[i]) + (b2 * x2[i] + b3 * x3[i]);
}

NUM_CLONES static void add_one(size_t n, const double *x, double b, double *value)
{
    for (size_t i = 0; i < n; i++)
        value[i] += b * x[i];
}

void predictor_sums(const struct lt_data *data, size_t begin, size_t n, size_t k, const double *b,
                    const double *constant, double *value)
{
    double buffer[TOGETHER][PREDICTOR_ROWS];
    const double *x[TOGETHER];
    size_t p = data->p;
    for (size_t r = 0; r < k; r++)
        for (size_t i = 0; i < n; i++)
            value[r * PREDICTOR_ROWS + i] = constant[r];
    for (size_t j = 0; j < p; j += TOGETHER) {
        size_t columns = p - j < TOGETHER ? p - j : TOGETHER;
        for (size_t c = 0; c < columns; c++)
            x[c] = kit_piece(data, j + c, begin, n, buffer[c]);
        for (size_t r = 0; r < k; r++)
            if (columns == TOGETHER)
                add_four(n, x, b + r * p + j, value + r * PREDICTOR_ROWS);
            else
                for (size_t c = 0; c < columns; c++)
                    add_one(n, x[c], b[r * p + j + c], value + r * PREDICTOR_ROWS);
    }
}

struct job {
    const struct lt_data *data;
    const double *b;
    double constant, *value;
};

static void apply_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct lt_data *d = job->data;
    (void)block;
    (void)worker;
    if (d->layout == LT_COLUMNS) {
        for (size_t at = begin; at < end; at += PREDICTOR_ROWS)
            predictor_sums(d, at, end - at < PREDICTOR_ROWS ? end - at : PREDICTOR_ROWS, 1, job->b, &job->constant,
                           job->value + at);
        return;
    }
    for (size_t i = begin; i < end; i++)
        job->value[i] = job->constant;
    if (d->p)
        la_gemv(0, end - begin, d->p, 1.0, d->x64 + begin * d->ld, d->ld, job->b, 1.0, job->value + begin);
}

int predictor_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *b, double constant,
                    double *value)
{
    struct job job = {data, b, constant, value};
    return kit_blocks(ctx, data->n, ROWS, apply_block, &job);
}

#include "plugins/xgboost/rows.h"

#include <float.h>

#include "plugins/kit/column.h"
#include "plugins/kit/kit.h"

enum { PIECE = 1024 }; /* rows that are copied at a time, a column after the other */

struct copy_job {
    const struct lt_data *data;
    size_t begin; /* of the rows, in the data */
    float *x;
};

/* Rows [begin, begin + n) of one column, as doubles. */
static void read_piece(const struct lt_data *data, size_t j, size_t begin, size_t n, double *out)
{
    const struct lt_column *column = &data->column[j];
    const uint32_t *index = data->rows ? data->rows + begin : NULL;
    if (column->kind != LT_CATEGORY) {
        kit_read_column(column, index, begin, n, out);
        return;
    }
    int32_t code[PIECE];
    kit_read_codes(column, column->n_levels, index, begin, n, code);
    for (size_t i = 0; i < n; i++)
        out[i] = code[i] < 0 ? NAN : (double)code[i];
}

static float single(double x)
{
    return x > FLT_MAX ? FLT_MAX : x < -FLT_MAX ? -FLT_MAX : (float)x;
}

static void copy_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct copy_job *job = arg;
    const size_t p = job->data->p;
    double piece[PIECE];
    (void)block;
    (void)worker;
    for (size_t j = 0; j < p; j++) {
        read_piece(job->data, j, job->begin + begin, end - begin, piece);
        for (size_t i = begin; i < end; i++)
            job->x[i * p + j] = single(piece[i - begin]);
    }
}

int rows_copy(struct lt_ctx *ctx, const struct lt_data *data, size_t begin, size_t n, float *x)
{
    struct copy_job job = {data, begin, x};
    return kit_blocks(ctx, n, PIECE, copy_block, &job);
}

int rows_check(struct lt_ctx *ctx, const struct lt_data *data)
{
    double piece[PIECE];
    char name[32];
    for (size_t j = 0; j < data->p; j++)
        for (size_t begin = 0; begin < data->n; begin += PIECE) {
            const size_t n = data->n - begin < PIECE ? data->n - begin : PIECE;
            if (ctx->cancelled(ctx))
                return LT_CANCELLED;
            read_piece(data, j, begin, n, piece);
            for (size_t i = 0; i < n; i++)
                if (fabs(piece[i]) > FLT_MAX)
                    return ctx->fail(ctx, LT_INVALID,
                                     "'%s' of row %zu is %g, which XGBoost can't hold: it learns in single "
                                     "precision; scale the column",
                                     kit_column_name(data->column, j, name, sizeof name), begin + i + 1, piece[i]);
        }
    return LT_OK;
}

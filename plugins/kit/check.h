/* check: sentences about data that no algorithm can work with. Each returns LT_OK or the code of its failure. The
 * host has dealt with missing values before a module sees the rows; these guard what is left. */
#ifndef LATHE_KIT_CHECK_H
#define LATHE_KIT_CHECK_H

#include "api/lathe.h"
#include "plugins/kit/block.h"
#include "plugins/kit/column.h"
#include "plugins/kit/memory.h"

#include <math.h>
#include <stdio.h>

static inline int kit_need_rows(struct lt_ctx *ctx, const struct lt_data *data, size_t min)
{
    if (data->n >= min)
        return LT_OK;
    return ctx->fail(ctx, LT_INVALID, "there %s %zu row%s to learn from; at least %zu %s needed",
                     data->n == 1 ? "is" : "are", data->n, data->n == 1 ? "" : "s", min, min == 1 ? "is" : "are");
}

static inline int kit_need_columns(struct lt_ctx *ctx, const struct lt_data *data)
{
    if (data->p > 0)
        return LT_OK;
    return ctx->fail(ctx, LT_INVALID, "there are no columns to learn from; add features to the formula");
}

/* The name of column j, or "column 4" written into buffer. */
static inline const char *kit_column_name(const struct lt_column *column, size_t j, char *buffer, size_t size)
{
    if (column && column[j].name)
        return column[j].name;
    snprintf(buffer, size, "column %zu", j + 1);
    return buffer;
}

/* Weights are finite, not negative, and not all 0. */
static inline int kit_check_weights(struct lt_ctx *ctx, const struct lt_data *data)
{
    double total = 0;
    if (!data->weight)
        return LT_OK;
    for (size_t i = 0; i < data->n; i++) {
        if (!(data->weight[i] >= 0) || isinf(data->weight[i]))
            return ctx->fail(ctx, LT_INVALID,
                             "the weight of row %zu is %g; weights must be finite and not negative", i + 1,
                             data->weight[i]);
        total += data->weight[i];
    }
    if (data->n && !(total > 0 && isfinite(total)))
        return ctx->fail(ctx, LT_INVALID, "the weights add up to %g; some must be above 0", total);
    return LT_OK;
}

/* Classes are given, in range, and at least two of them occur with a weight above 0. */
static inline int kit_need_classes(struct lt_ctx *ctx, const struct lt_data *data)
{
    int32_t first = -1;
    size_t different = 0;
    if (!data->label)
        return ctx->fail(ctx, LT_INVALID, "there are no classes to learn; set a target that has them");
    for (size_t i = 0; i < data->n; i++) {
        int32_t label = data->label[i];
        if (label < 0 || (uint32_t)label >= data->n_classes)
            return ctx->fail(ctx, LT_INVALID, "row %zu has no class; drop rows whose target is missing", i + 1);
        if (data->weight && !(data->weight[i] > 0))
            continue;
        if (first < 0)
            first = label;
        different += label != first;
    }
    if (first >= 0 && !different)
        return ctx->fail(ctx, LT_INVALID, "all rows are of class '%s'; at least two classes are needed",
                         data->class_names ? data->class_names[first] : "?");
    return LT_OK;
}

static inline int kit_need_target(struct lt_ctx *ctx, const struct lt_data *data)
{
    if (!data->y)
        return ctx->fail(ctx, LT_INVALID, "there are no target values to learn; set a numeric target");
    for (size_t i = 0; i < data->n; i++)
        if (!isfinite(data->y[i]))
            return ctx->fail(ctx, LT_INVALID, "the target of row %zu is not a finite number; drop or repair it",
                             i + 1);
    return LT_OK;
}

/* ---- every cell, of rows or of numeric columns, is a finite number */

#define KIT_CHECK_ROWS 4096

struct kit_finite_job {
    const struct lt_data *data;
    unsigned char *bad; /* a block each */
};

/* Is there something else among n numbers? */
static inline int kit_not_finite(size_t n, const double *x)
{
    int bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= !(fabs(x[i]) <= 0x1.fffffffffffffp1023);
    return bad;
}

static inline void kit_finite_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct kit_finite_job *job = (const struct kit_finite_job *)arg;
    const struct lt_data *d = job->data;
    int bad = 0;
    (void)worker;
    if (d->layout == LT_COLUMNS) {
        double buffer[KIT_CHECK_ROWS];
        for (size_t j = 0; j < d->p; j++)
            if (d->column[j].kind == LT_NUMERIC_COLUMN)
                bad |= kit_not_finite(end - begin, kit_piece(d, j, begin, end - begin, buffer));
    }
    for (size_t i = begin; i < end; i++) {
        int here = 0;
        if (d->x64)
            here = kit_not_finite(d->p, d->x64 + i * d->ld);
        else if (d->x32)
            for (size_t j = 0; j < d->p; j++)
                here |= !(fabsf(d->x32[i * d->ld + j]) <= 0x1.fffffep127f);
        bad |= here;
    }
    job->bad[block] = (unsigned char)bad;
}

static inline int kit_check_finite(struct lt_ctx *ctx, const struct lt_data *data)
{
    size_t blocks = kit_block_count(data->n, KIT_CHECK_ROWS);
    struct kit_finite_job job = {data, (unsigned char *)kit_scratch(ctx, blocks, 1)};
    if (!job.bad)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, KIT_CHECK_ROWS, kit_finite_block, &job);
    if (status != LT_OK)
        return status;
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = b * KIT_CHECK_ROWS; job.bad[b] && i < data->n; i++)
            for (size_t j = 0; j < data->p; j++) {
                char name[32];
                double x = data->layout == LT_COLUMNS ? kit_element(data, i, j)
                           : data->x64                ? data->x64[i * data->ld + j]
                                                      : (double)data->x32[i * data->ld + j];
                if (!isfinite(x))
                    return ctx->fail(ctx, LT_INVALID,
                                     "'%s' of row %zu is not a finite number; repair or drop the row",
                                     kit_column_name(data->column, j, name, sizeof name), i + 1);
            }
    return LT_OK;
}

#endif

/* state: save and load. Loading copies into the caller's array after checking the shape, and says what is wrong
 * with the file; the callers give up at the first code that isn't LT_OK. Empty arrays are neither put nor looked
 * for. */
#ifndef LATHE_KIT_STATE_H
#define LATHE_KIT_STATE_H

#include "api/lathe.h"

#include <math.h>
#include <string.h>

/* rows x cols in C order; cols 0 means a plain vector of `rows` elements. */
static inline int kit_put(struct lt_ctx *ctx, const char *name, uint32_t dtype, const void *data, size_t rows,
                          size_t cols)
{
    struct lt_tensor tensor = {dtype, cols ? 2 : 1, {rows, cols, 0, 0}, data};
    return rows ? ctx->put_tensor(ctx, name, &tensor) : LT_OK;
}

static inline int kit_get(struct lt_ctx *ctx, const char *name, uint32_t dtype, size_t element, void *out,
                          size_t rows, size_t cols)
{
    struct lt_tensor tensor = {0};
    if (!rows)
        return LT_OK;
    if (ctx->get_tensor(ctx, name, dtype, cols ? 2 : 1, &tensor) != LT_OK)
        return ctx->fail(ctx, LT_INVALID, "the model has no '%s' of the right kind; the file is damaged", name);
    if (tensor.shape[0] != rows || (cols && tensor.shape[1] != cols))
        return ctx->fail(ctx, LT_INVALID,
                         "'%s' of the model has %zu x %zu elements, not %zu x %zu; the file is damaged", name,
                         tensor.shape[0], cols ? tensor.shape[1] : 1, rows, cols ? cols : 1);
    memcpy(out, tensor.data, rows * (cols ? cols : 1) * element);
    return LT_OK;
}

static inline int kit_put_f64(struct lt_ctx *ctx, const char *name, const double *data, size_t rows, size_t cols)
{
    return kit_put(ctx, name, LT_T_F64, data, rows, cols);
}

static inline int kit_get_f64(struct lt_ctx *ctx, const char *name, double *out, size_t rows, size_t cols)
{
    return kit_get(ctx, name, LT_T_F64, sizeof *out, out, rows, cols);
}

static inline int kit_put_f32(struct lt_ctx *ctx, const char *name, const float *data, size_t rows, size_t cols)
{
    return kit_put(ctx, name, LT_T_F32, data, rows, cols);
}

static inline int kit_get_f32(struct lt_ctx *ctx, const char *name, float *out, size_t rows, size_t cols)
{
    return kit_get(ctx, name, LT_T_F32, sizeof *out, out, rows, cols);
}

static inline int kit_put_i32(struct lt_ctx *ctx, const char *name, const int32_t *data, size_t rows, size_t cols)
{
    return kit_put(ctx, name, LT_T_I32, data, rows, cols);
}

static inline int kit_get_i32(struct lt_ctx *ctx, const char *name, int32_t *out, size_t rows, size_t cols)
{
    return kit_get(ctx, name, LT_T_I32, sizeof *out, out, rows, cols);
}

/* For arrays whose length only the file knows: its shape and a pointer that is valid during the call. */
static inline int kit_find(struct lt_ctx *ctx, const char *name, uint32_t dtype, uint32_t ndim,
                           struct lt_tensor *out)
{
    if (ctx->get_tensor(ctx, name, dtype, ndim, out) != LT_OK)
        return ctx->fail(ctx, LT_INVALID, "the model has no '%s' of the right kind; the file is damaged", name);
    return LT_OK;
}

static inline int kit_put_count(struct lt_ctx *ctx, const char *name, uint64_t value)
{
    return ctx->put_number(ctx, name, (double)value);
}

/* A whole number in [min, max]; max is at most 2^53. */
static inline int kit_get_count(struct lt_ctx *ctx, const char *name, uint64_t min, uint64_t max, uint64_t *out)
{
    double value = 0;
    if (ctx->get_number(ctx, name, &value) != LT_OK)
        return ctx->fail(ctx, LT_INVALID, "the model has no number '%s'; the file is damaged", name);
    if (!(value >= (double)min && value <= (double)max) || value != floor(value))
        return ctx->fail(ctx, LT_INVALID, "'%s' of the model is %g, which can't be; the file is damaged", name,
                         value);
    *out = (uint64_t)value;
    return LT_OK;
}

static inline int kit_get_real(struct lt_ctx *ctx, const char *name, double *out)
{
    if (ctx->get_number(ctx, name, out) != LT_OK)
        return ctx->fail(ctx, LT_INVALID, "the model has no number '%s'; the file is damaged", name);
    return LT_OK;
}

#endif

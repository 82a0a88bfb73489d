#include "plugins/cluster/restarts.h"

#include <math.h>

#include "plugins/kit/check.h"
#include "plugins/kit/state.h"

void restarts_init(struct restarts *r, uint64_t n_init, uint64_t max_iter)
{
    *r = (struct restarts){.n_init = n_init, .max_iter = max_iter};
    r->now.height = r->best.height = -INFINITY;
}

/* The run goes on where the last step left it, which may have been given up half-way. */
static int go_on(struct lt_ctx *ctx, struct restarts *r, const struct restarts_way *way, void *model,
                 const struct lt_data *data)
{
    int status = LT_OK, settled = 0;
    if (r->phase == RESTARTS_START) {
        status = way->start(ctx, model, data);
        if (status != LT_OK)
            return status;
        r->now.iterations = 0;
        r->phase = RESTARTS_CLIMB;
    }
    if (r->phase == RESTARTS_CLIMB) {
        status = way->climb(ctx, model, data, &settled);
        if (status != LT_OK)
            return status;
        if (++r->now.iterations >= r->max_iter || settled)
            r->phase = RESTARTS_FINISH;
    }
    return r->phase == RESTARTS_FINISH ? way->finish(ctx, model, data) : status;
}

int restarts_step(struct lt_ctx *ctx, struct restarts *r, const struct restarts_way *way, void *model,
                  const struct lt_data *data, uint64_t units)
{
    for (uint64_t u = 0; u < units && r->phase != RESTARTS_OVER; u++) {
        const int status = go_on(ctx, r, way, model, data);
        if (status != LT_OK)
            return status;
        r->taken++;
        const int is_best =
            r->now.height > r->best.height || (r->best.iterations > 0 && r->best.number == r->now.number);
        if (is_best)
            r->best = r->now;
        way->stepped(ctx, model, data, is_best);
        if (r->phase == RESTARTS_CLIMB)
            continue;
        r->phase = ++r->now.number < r->n_init ? RESTARTS_START : RESTARTS_OVER;
        if (r->phase == RESTARTS_OVER)
            way->over(ctx, model);
    }
    return r->phase == RESTARTS_OVER ? LT_DONE : LT_MORE;
}

int restarts_check(struct lt_ctx *ctx, const struct lt_data *data, const char *method, const char *count, size_t k)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK && k > data->n)
        return ctx->fail(ctx, LT_INVALID, "%s=%zu is more than there are rows (%zu); use %zu or less", count, k,
                         data->n, data->n);
    if (status == LT_OK && data->n >= UINT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "%s can take at most %u rows; train on a sample", method,
                         UINT32_MAX - 1);
    return status;
}

int restarts_save(struct lt_ctx *ctx, const struct restarts *r)
{
    int status = kit_put_count(ctx, "iterations", r->best.iterations);
    if (status == LT_OK)
        status = kit_put_count(ctx, "run", r->best.number);
    return status == LT_OK ? kit_put_count(ctx, "taken", r->taken) : status;
}

int restarts_load(struct lt_ctx *ctx, struct restarts *r)
{
    const uint64_t most = 1ull << 53;
    int status = kit_get_count(ctx, "iterations", 0, most, &r->best.iterations);
    if (status == LT_OK)
        status = kit_get_count(ctx, "run", 0, r->n_init - 1, &r->best.number);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, most, &r->taken);
    r->phase = RESTARTS_OVER;
    return status;
}

/* block: loops over fixed blocks of rows. The cut depends on the data alone, each block writes to a slot of its
 * own, and slots are added pairwise in block order: so the sums are the same bytes at any number of threads. */
#ifndef LATHE_KIT_BLOCK_H
#define LATHE_KIT_BLOCK_H

#include "api/lathe.h"

/* Rows [begin, end) are block number `block`; `worker` < ctx->threads may index scratch. */
typedef void kit_block_fn(void *arg, size_t block, size_t begin, size_t end, unsigned worker);

static inline size_t kit_block_count(size_t n, size_t rows)
{
    return n / rows + (n % rows != 0);
}

/* Rows a block so that there are at most `max_blocks`, in multiples of `unit`: for loops whose slots are large. */
static inline size_t kit_block_rows(size_t n, size_t unit, size_t max_blocks)
{
    size_t units = kit_block_count(n, unit);
    size_t each = kit_block_count(units, max_blocks);
    return unit * (each ? each : 1);
}

struct kit_block_loop {
    struct lt_ctx *ctx;
    size_t n, rows;
    kit_block_fn *fn;
    void *arg;
};

static inline void kit_block_run(void *arg, size_t i, unsigned worker)
{
    const struct kit_block_loop *loop = (const struct kit_block_loop *)arg;
    if (loop->ctx->cancelled(loop->ctx))
        return;
    size_t begin = i * loop->rows;
    size_t end = loop->n - begin < loop->rows ? loop->n : begin + loop->rows;
    loop->fn(loop->arg, i, begin, end, worker);
}

/* All blocks of [0, n), spread over the threads. LT_OK, or LT_CANCELLED: then some blocks were left out. */
static inline int kit_blocks(struct lt_ctx *ctx, size_t n, size_t rows, kit_block_fn *fn, void *arg)
{
    struct kit_block_loop loop = {ctx, n, rows, fn, arg};
    ctx->parallel(ctx, kit_block_count(n, rows), kit_block_run, &loop);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

/* slots[n_slots x width]: adds all of them into the first, pairwise. */
static inline void kit_add_slots(double *slots, size_t n_slots, size_t width)
{
    for (size_t step = 1; step < n_slots; step *= 2)
        for (size_t i = 0; i + step < n_slots; i += 2 * step) {
            double *into = slots + i * width;
            const double *from = slots + (i + step) * width;
            for (size_t j = 0; j < width; j++)
                into[j] += from[j];
        }
}

#endif

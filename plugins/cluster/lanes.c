#include "plugins/cluster/lanes.h"

#include <math.h>

#include "plugins/kit/kit.h"

enum { CHUNK = 2048, LEAST_WORK = 65536 }; /* points at a time; coordinates below which one thread is faster */

int lanes_check(struct lt_ctx *ctx, const double *x, size_t n, size_t p)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < p; j++)
            sum += (x[i * p + j] - x[j]) * (x[i * p + j] - x[j]);
        if (!(sum < 1e280 / (double)n))
            return ctx->fail(ctx, LT_NUMERIC, "the values span more than a double can hold; scale the columns");
    }
    return LT_OK;
}

int lanes_begin(struct lt_ctx *ctx, struct lanes *l, const double *x, size_t n, size_t p, const double *extra)
{
    const size_t padded = kit_block_count(n, LANES) * LANES;
    *l = (struct lanes){.n = n, .p = p};
    l->x = kit_alloc(ctx, padded, p * sizeof *l->x);
    l->extra = kit_alloc_f64(ctx, padded);
    l->value = kit_alloc_f64(ctx, padded);
    l->number = kit_alloc(ctx, padded, sizeof *l->number);
    l->place = kit_alloc(ctx, n, sizeof *l->place);
    l->least = kit_alloc_f64(ctx, kit_block_count(padded, CHUNK));
    if (!l->x || !l->extra || !l->value || !l->number || !l->place || !l->least)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++) {
        lanes_set(l, i, x + i * p);
        l->extra[i] = extra ? extra[i] : 0;
        l->number[i] = l->place[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < padded; i++)
        l->value[i] = INFINITY;
    return LT_OK;
}

void lanes_free(struct lanes *l)
{
    free(l->x);
    free(l->extra);
    free(l->value);
    free(l->number);
    free(l->place);
    free(l->least);
    *l = (struct lanes){0};
}

void lanes_get(const struct lanes *l, size_t place, double *x)
{
    for (size_t j = 0; j < l->p; j++)
        x[j] = l->x[(place / LANES * l->p + j) * LANES + place % LANES];
}

void lanes_set(struct lanes *l, size_t place, const double *x)
{
    for (size_t j = 0; j < l->p; j++)
        l->x[(place / LANES * l->p + j) * LANES + place % LANES] = x[j];
}

/* The last point moves to where the one was. */
void lanes_take_away(struct lanes *l, size_t place)
{
    const size_t last = --l->n;
    for (size_t j = 0; j < l->p; j++)
        l->x[(place / LANES * l->p + j) * LANES + place % LANES] =
            l->x[(last / LANES * l->p + j) * LANES + last % LANES];
    l->extra[place] = l->extra[last];
    l->value[place] = l->value[last];
    l->number[place] = l->number[last];
    l->place[l->number[place]] = (uint32_t)place;
}

/* ---- squared distances -------------------------------------------------------------------------------------- */

/* One body, built for each register width: four blocks at a time, so that the sums don't wait for each other. */
#define VECTOR(bytes) double __attribute__((vector_size(bytes)))
#define DEFINE_SQUARES(name, target_attribute, bytes)                                                             \
    target_attribute static void name(size_t p, const double *x, const double *q, size_t blocks, double *out)     \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(double), PARTS = LANES / WIDTH, TOGETHER = 4 };                           \
        for (size_t b = 0; b < blocks; b += TOGETHER) {                                                           \
            const size_t many = blocks - b < TOGETHER ? blocks - b : TOGETHER;                                    \
            const double *from[TOGETHER];                                                                         \
            for (size_t i = 0; i < TOGETHER; i++)                                                                 \
                from[i] = x + (b + (i < many ? i : 0)) * p * LANES;                                               \
            for (size_t v = 0; v < PARTS; v++) {                                                                  \
                VECTOR(bytes) sum[TOGETHER] = {{0}}, at;                                                          \
                for (size_t j = 0; j < p; j++)                                                                    \
                    UNROLL for (size_t i = 0; i < TOGETHER; i++)                                                  \
                    {                                                                                             \
                        memcpy(&at, from[i] + j * LANES + v * WIDTH, sizeof at);                                  \
                        at -= q[j];                                                                               \
                        sum[i] += at * at;                                                                        \
                    }                                                                                             \
                for (size_t i = 0; i < many; i++) {                                                               \
                    at = sum[i];                                                                                  \
                    memcpy(out + (b + i) * LANES + v * WIDTH, &at, sizeof at);                                    \
                }                                                                                                 \
            }                                                                                                     \
        }                                                                                                         \
    }

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 4")
#else
#define UNROLL
#endif

typedef void squares_fn(size_t p, const double *x, const double *q, size_t blocks, double *out);

DEFINE_SQUARES(squares_plain, , 16)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
DEFINE_SQUARES(squares_v3, __attribute__((target("arch=x86-64-v3"))), 32)
DEFINE_SQUARES(squares_v4, __attribute__((target("arch=x86-64-v4"))), 64)

static squares_fn *squares_of_this_machine(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return squares_v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return squares_v3;
    return squares_plain;
}
#else
static squares_fn *squares_of_this_machine(void)
{
    return squares_plain;
}
#endif

void lanes_squares(const struct lanes *l, const double *q, size_t begin, size_t end, double *out)
{
    squares_of_this_machine()(l->p, l->x + begin * l->p, q, kit_block_count(end - begin, LANES), out);
}

/* ---- scans -------------------------------------------------------------------------------------------------- */

struct scan {
    struct lanes *l;
    lanes_kernel *kernel;
    const double *q;
    double extra;
    uint32_t mark;
    void *arg;
};

static void scan_chunk(void *arg, size_t chunk, unsigned worker)
{
    const struct scan *s = arg;
    const size_t begin = chunk * CHUNK, end = s->l->n - begin < CHUNK ? s->l->n : begin + CHUNK;
    (void)worker;
    s->l->least[chunk] = s->kernel(s->l, s->q, s->extra, s->mark, s->arg, begin, end);
}

size_t lanes_scan(struct lt_ctx *ctx, struct lanes *l, lanes_kernel *kernel, const double *q, double extra,
                  uint32_t mark, void *arg)
{
    struct scan s = {l, kernel, q, extra, mark, arg};
    const size_t chunks = kit_block_count(l->n, CHUNK);
    if (l->n * l->p < LEAST_WORK)
        for (size_t c = 0; c < chunks; c++)
            scan_chunk(&s, c, 0);
    else
        ctx->parallel(ctx, chunks, scan_chunk, &s);

    double least = INFINITY;
    for (size_t c = 0; c < chunks; c++)
        least = fmin(least, l->least[c]);
    size_t best = SIZE_MAX;
    for (size_t c = 0; c < chunks; c++) {
        if (l->least[c] > least)
            continue;
        const size_t end = l->n - c * CHUNK < CHUNK ? l->n : (c + 1) * CHUNK;
        for (size_t i = c * CHUNK; i < end; i++)
            if (l->value[i] <= least && (best == SIZE_MAX || l->number[i] < l->number[best]))
                best = i;
    }
    return best;
}

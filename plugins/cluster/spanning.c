#include "plugins/cluster/spanning.h"

#include <math.h>

#include "num/simd.h"
#include "num/sort.h"
#include "plugins/kit/kit.h"

/* The first row starts the tree. */
static void join(struct spanning *s, size_t place)
{
    struct lanes *l = &s->outside;
    lanes_get(l, place, s->q);
    s->core = l->extra[place];
    s->newest = l->number[place];
    lanes_take_away(l, place);
    s->from[place] = s->from[l->n];
}

int spanning_begin(struct lt_ctx *ctx, struct spanning *s, const double *x, size_t n, size_t p, const double *core)
{
    *s = (struct spanning){.q = kit_alloc_f64(ctx, p), .from = kit_alloc(ctx, n + LANES, sizeof *s->from)};
    double *squared = kit_scratch_f64(ctx, n);
    if (!s->q || !s->from || !squared)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++)
        squared[i] = core ? core[i] * core[i] : 0;
    const int status = lanes_begin(ctx, &s->outside, x, n, p, squared);
    if (status == LT_OK)
        join(s, 0);
    return status;
}

void spanning_free(struct spanning *s)
{
    lanes_free(&s->outside);
    free(s->from);
    free(s->q);
    *s = (struct spanning){0};
}

/* Is the newest row nearer than the tree was so far? value, extra, from: n each; returns the least value. */
NUM_CLONES static double come_nearer(size_t n, const double *squared, const double *extra, double core,
                                     uint32_t newest, double *value, uint32_t *from)
{
    for (size_t i = 0; i < n; i++) {
        double reach = squared[i] > extra[i] ? squared[i] : extra[i];
        reach = reach > core ? reach : core;
        from[i] = reach < value[i] ? newest : from[i];
        value[i] = reach < value[i] ? reach : value[i];
    }
    return lanes_least(n, value);
}

static double approach(const struct lanes *l, const double *q, double core, uint32_t newest, void *arg,
                       size_t begin, size_t end)
{
    uint32_t *from = arg;
    double least = INFINITY;
    _Alignas(64) double squared[LANES_PIECE];
    for (size_t at = begin; at < end; at += LANES_PIECE) {
        const size_t n = end - at < LANES_PIECE ? end - at : LANES_PIECE;
        lanes_squares(l, q, at, at + n, squared);
        least = fmin(least, come_nearer(n, squared, l->extra + at, core, newest, l->value + at, from + at));
    }
    return least;
}

NUM_CLONES double spanning_distance(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

struct edge spanning_next(struct lt_ctx *ctx, struct spanning *s)
{
    struct lanes *l = &s->outside;
    size_t place = lanes_scan(ctx, l, approach, s->q, s->core, s->newest, s->from);
    if (place == SIZE_MAX) { /* lengths beyond all numbers */
        place = 0;
        s->from[0] = s->newest;
    }
    const struct edge edge = {s->from[place], l->number[place], sqrt(l->value[place])};
    join(s, place);
    return edge;
}

int edges_sort(struct lt_ctx *ctx, struct edge *edge, size_t n)
{
    double *length = kit_scratch_f64(ctx, n);
    uint32_t *order = kit_scratch(ctx, n, sizeof *order);
    struct edge *sorted = kit_scratch(ctx, n, sizeof *sorted);
    void *work = kit_scratch(ctx, sort_order_work(n), 1);
    if (!length || !order || !sorted || !work)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++)
        length[i] = edge[i].length;
    sort_order_f64(n, length, order, work);
    for (size_t i = 0; i < n; i++)
        sorted[i] = edge[order[i]];
    memcpy(edge, sorted, n * sizeof *edge);
    return LT_OK;
}

int edges_save(struct lt_ctx *ctx, const struct edge *edge, size_t n_edges)
{
    int32_t *pair = kit_scratch(ctx, n_edges, 2 * sizeof *pair);
    double *length = kit_scratch_f64(ctx, n_edges);
    if (!pair || !length)
        return LT_MEMORY;
    for (size_t i = 0; i < n_edges; i++) {
        pair[2 * i] = (int32_t)edge[i].a;
        pair[2 * i + 1] = (int32_t)edge[i].b;
        length[i] = edge[i].length;
    }
    int status = kit_put_count(ctx, "taken", n_edges);
    if (status == LT_OK)
        status = kit_put_i32(ctx, "merged", pair, n_edges, 2);
    return status == LT_OK ? kit_put_f64(ctx, "height", length, n_edges, 0) : status;
}

int edges_load(struct lt_ctx *ctx, size_t n, struct edge **edge, size_t *n_edges)
{
    uint64_t taken = 0;
    int status = kit_get_count(ctx, "taken", 0, n ? n - 1 : 0, &taken);
    if (status != LT_OK)
        return status;
    *n_edges = taken;
    *edge = kit_alloc(ctx, n, sizeof **edge);
    int32_t *pair = kit_scratch(ctx, taken, 2 * sizeof *pair);
    double *length = kit_scratch_f64(ctx, taken);
    if (!*edge || !pair || !length)
        return LT_MEMORY;
    status = kit_get_i32(ctx, "merged", pair, taken, 2);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "height", length, taken, 0);
    for (size_t i = 0; i < taken && status == LT_OK; i++) {
        if (pair[2 * i] < 0 || pair[2 * i + 1] < 0 || (size_t)pair[2 * i] >= n || (size_t)pair[2 * i + 1] >= n ||
            !(length[i] >= 0) || !isfinite(length[i]))
            return ctx->fail(ctx, LT_INVALID, "merge %zu of the model can't be; the file is damaged", i + 1);
        (*edge)[i] = (struct edge){(uint32_t)pair[2 * i], (uint32_t)pair[2 * i + 1], length[i]};
    }
    return status;
}

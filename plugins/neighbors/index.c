#include "plugins/neighbors/index.h"

#include <math.h>
#include <stdbool.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"
#include "plugins/kit/nearest_heap.h"

enum { TREE_COLUMNS = 8, TREE_ROWS = 256, QUERIES = 64, LANES = 8 };

/* ---- distances, up to a monotone function: squares instead of roots ----------------------------------------- */

NUM_INLINE double add_lanes(const double *s)
{
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

NUM_CLONES static double sum_squares(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    for (size_t l = 0; j + l < p; l++)
        s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    return add_lanes(s);
}

NUM_CLONES static double sum_absolutes(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += fabs(a[j + l] - b[j + l]);
    for (size_t l = 0; j + l < p; l++)
        s[l] += fabs(a[j + l] - b[j + l]);
    return add_lanes(s);
}

static double largest(size_t p, const double *a, const double *b)
{
    double most = 0;
    for (size_t j = 0; j < p; j++)
        most = fmax(most, fabs(a[j] - b[j]));
    return most;
}

static double sum_powers(size_t p, const double *a, const double *b, double power)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += pow(fabs(a[j] - b[j]), power);
    return sum;
}

static double reduced(const struct index *t, const double *a, const double *b)
{
    switch (t->metric) {
    case INDEX_EUCLIDEAN:
        return sum_squares(t->p, a, b);
    case INDEX_MANHATTAN:
        return sum_absolutes(t->p, a, b);
    case INDEX_CHEBYSHEV:
        return largest(t->p, a, b);
    default:
        return sum_powers(t->p, a, b, t->power);
    }
}

static double whole(const struct index *t, double distance)
{
    return t->metric == INDEX_EUCLIDEAN   ? sqrt(distance)
           : t->metric == INDEX_MINKOWSKI ? pow(distance, 1 / t->power)
                                          : distance;
}

/* What a radius is among reduced distances, rounded up a little: whole() decides in the end. */
static double reduced_radius(const struct index *t, double radius)
{
    double r = t->metric == INDEX_EUCLIDEAN   ? radius * radius
               : t->metric == INDEX_MINKOWSKI ? pow(radius, t->power)
                                              : radius;
    return r * (1 + 1e-12);
}

/* A lower bound of the distance to any row of the box; at[p] is room for the box's nearest point. */
static double box_distance(const struct index *t, size_t node, const double *q, double *at)
{
    const double *low = t->tree.box + node * 2 * t->p, *high = low + t->p;
    if (t->metric == INDEX_EUCLIDEAN)
        return boxes_nearest(&t->tree, node, q, q);
    for (size_t j = 0; j < t->p; j++)
        at[j] = q[j] < low[j] ? low[j] : q[j] > high[j] ? high[j] : q[j];
    return reduced(t, q, at) * (1 - 1e-12);
}

int index_build(struct lt_ctx *ctx, struct index *index, enum index_way way, enum index_metric metric,
                double power, const double *x, size_t n, size_t p)
{
    if (metric == INDEX_MINKOWSKI && (power == 1 || power == 2))
        metric = power == 1 ? INDEX_MANHATTAN : INDEX_EUCLIDEAN;
    *index = (struct index){.n = n, .p = p, .x = x, .metric = metric, .power = power};
    if (way == INDEX_TREE || (way == INDEX_AUTO && p <= TREE_COLUMNS && n >= TREE_ROWS))
        return boxes_build(ctx, &index->tree, x, n, p);
    if (metric == INDEX_EUCLIDEAN || metric == INDEX_MANHATTAN)
        return nearest_rows_build(ctx, &index->panels, metric == INDEX_EUCLIDEAN ? PANEL_SQUARED : PANEL_ABSOLUTE,
                                  x, n, p);
    return LT_OK;
}

void index_free(struct index *index)
{
    nearest_rows_free(&index->panels);
    boxes_free(&index->tree);
    *index = (struct index){0};
}

/* ---- the search --------------------------------------------------------------------------------------------- */

struct search {
    struct lt_ctx *ctx;
    const struct index *t;
    const double *q;
    size_t ld, k;               /* k 0: all within the radius */
    double radius, limit, sure; /* reduced: nothing beyond the limit is wanted, all within `sure` is */
    enum index_wish wish;
    struct neighbour **list; /* a worker: k, or n */
    double **at;             /* a worker: p */
    neighbours_fn *found;
    void *arg;
};

/* What one query has found so far. */
struct hunt {
    const struct search *s;
    const double *q;
    struct neighbour *list;
    double *at;
    size_t held;
    double limit; /* nothing beyond matters */
    double sure;  /* what is nearer needs no exact distance */
};

static void look_at(struct hunt *h, uint32_t row)
{
    const struct index *t = h->s->t;
    struct neighbour candidate = {reduced(t, t->x + row * t->p, h->q), row};
    if (h->s->k) {
        if (keep_best(h->list, &h->held, h->s->k, candidate))
            h->limit = h->list[0].distance;
    } else if (candidate.distance <= h->limit && whole(t, candidate.distance) <= h->s->radius) {
        h->list[h->held++] = candidate;
    }
}

/* Measured again is only what may matter. */
static void look_at_leaf(struct hunt *h, size_t leaf)
{
    static const enum boxes_metric metrics[] = {BOXES_SQUARED, BOXES_ABSOLUTE, BOXES_LARGEST};
    const struct index *t = h->s->t;
    const struct boxes_node *node = &t->tree.node[leaf];
    const uint32_t *row = t->tree.row + node->begin;
    double distance[BOXES_LEAF] = {0};
    if (t->metric != INDEX_MINKOWSKI)
        boxes_leaf(&t->tree, leaf, metrics[t->metric], h->q, distance);
    for (size_t i = 0; i < node->end - node->begin; i++)
        if (distance[i] <= h->sure)
            h->list[h->held++] = (struct neighbour){distance[i], row[i]};
        else if (distance[i] * (1 - 1e-12) <= h->limit)
            look_at(h, row[i]);
}

/* The nearer child first; the other if it still may hold something. */
static void descend_node(struct hunt *h, size_t k)
{
    const struct index *t = h->s->t;
    const struct boxes_node *node = &t->tree.node[k];
    if (!node->left) {
        look_at_leaf(h, k);
        return;
    }
    double left = box_distance(t, node->left, h->q, h->at), right = box_distance(t, node->right, h->q, h->at);
    size_t first = left <= right ? node->left : node->right, second = left <= right ? node->right : node->left;
    if (fmin(left, right) <= h->limit)
        descend_node(h, first);
    if (fmax(left, right) <= h->limit)
        descend_node(h, second);
}

static int by_row(const void *a, const void *b)
{
    uint32_t x = ((const struct neighbour *)a)->row, y = ((const struct neighbour *)b)->row;
    return (x > y) - (x < y);
}

static void search_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct search *s = arg;
    const struct index *t = s->t;
    (void)block;
    for (size_t i = begin; i < end; i++) {
        struct hunt h = {s, s->q + i * s->ld,           s->list[worker], s->at[worker],
                         0, s->k ? INFINITY : s->limit, s->sure};
        if (s->ctx->cancelled(s->ctx))
            return;
        if (t->tree.node)
            descend_node(&h, 0);
        for (size_t row = 0; !t->tree.node && row < t->n; row++)
            look_at(&h, (uint32_t)row);
        if (s->k)
            heap_to_order(h.list, h.held);
        else if (h.held > 1 && s->wish == INDEX_LIST)
            qsort(h.list, h.held, sizeof *h.list, by_row);
        for (size_t j = 0; j < h.held; j++)
            h.list[j].distance = whole(t, h.list[j].distance);
        s->found(s->arg, i, h.list, h.held);
    }
}

static int run(struct lt_ctx *ctx, struct search *s, size_t m)
{
    s->list = kit_scratch(ctx, ctx->threads, sizeof *s->list);
    s->at = kit_scratch(ctx, ctx->threads, sizeof *s->at);
    if (!s->list || !s->at)
        return LT_MEMORY;
    for (uint32_t w = 0; w < ctx->threads; w++) {
        s->list[w] = kit_scratch(ctx, s->k ? s->k : s->t->n, sizeof **s->list);
        s->at[w] = kit_scratch_f64(ctx, s->t->p);
        if (!s->list[w] || !s->at[w])
            return LT_MEMORY;
    }
    return kit_blocks(ctx, m, QUERIES, search_block, s);
}

static bool has_panels(const struct index *index)
{
    return !index->tree.node && (index->metric == INDEX_EUCLIDEAN || index->metric == INDEX_MANHATTAN);
}

int index_find(struct lt_ctx *ctx, const struct index *index, const double *q, size_t m, size_t ld, size_t k,
               neighbours_fn *found, void *arg)
{
    struct search s = {.ctx = ctx, .t = index, .q = q, .ld = ld, .k = k, .sure = -1, .found = found, .arg = arg};
    if (has_panels(index))
        return nearest_rows_find(ctx, &index->panels, q, m, ld, k, found, arg);
    return run(ctx, &s, m);
}

int index_within(struct lt_ctx *ctx, const struct index *index, const double *q, size_t m, size_t ld,
                 double radius, enum index_wish wish, neighbours_fn *found, void *arg)
{
    struct search s = {.ctx = ctx,
                       .t = index,
                       .q = q,
                       .ld = ld,
                       .radius = radius,
                       .limit = reduced_radius(index, radius),
                       .sure = -1,
                       .wish = wish,
                       .found = found,
                       .arg = arg};
    if (wish == INDEX_SET && index->metric != INDEX_MINKOWSKI)
        s.sure = s.limit * (1 - 1e-11);
    if (has_panels(index))
        return nearest_rows_within(ctx, &index->panels, q, m, ld, radius, found, arg);
    return run(ctx, &s, m);
}

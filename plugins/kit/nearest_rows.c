#include "plugins/kit/nearest_rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"
#include "plugins/kit/nearest_heap.h"

enum { QUERIES = 64, PANELS_BETWEEN_POLLS = 64 };

int nearest_rows_build(struct lt_ctx *ctx, struct nearest_rows *rows, enum panel_metric metric, const double *x,
                       size_t n, size_t p)
{
    *rows = (struct nearest_rows){.n = n, .p = p, .x = x};
    const int status = panel_set_build(ctx, &rows->points, metric, x, n, p, p);
    if (status == LT_OK)
        panel_lower(metric, p, rows->points.n_panels * PANEL_LANES, rows->points.size);
    return status;
}

void nearest_rows_free(struct nearest_rows *rows)
{
    panel_set_free(&rows->points);
}

/* ---- the true distance -------------------------------------------------------------------------------------- */

enum { LANES = 8 };

NUM_INLINE double add_lanes(const double *s)
{
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

NUM_CLONES static double squared_distance(size_t p, const double *a, const double *b)
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

NUM_CLONES static double absolute_distance(size_t p, const double *a, const double *b)
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

static double true_distance(const struct nearest_rows *rows, const double *q, size_t row)
{
    const double *x = rows->x + row * rows->p;
    return rows->points.metric == PANEL_SQUARED ? squared_distance(rows->p, x, q)
                                                : absolute_distance(rows->p, x, q);
}

/* ---- a block of queries against all panels ------------------------------------------------------------------ */

/* What one worker needs, reused from block to block. */
struct desk {
    float *row;             /* QUERIES x p */
    struct neighbour *heap; /* QUERIES x k */
};

struct search {
    struct lt_ctx *ctx;
    const struct nearest_rows *rows;
    const double *q;
    size_t ld, k;
    struct desk *desk; /* a worker each */
    neighbours_fn *found;
    void *arg;
};

/* A query so far out that single precision can't hold it. */
static void search_in_double(const struct search *s, const double *q, struct neighbour *heap, size_t *held)
{
    for (size_t i = 0; i < s->rows->n; i++)
        keep_best(heap, held, s->k, (struct neighbour){true_distance(s->rows, q, i), (uint32_t)i});
}

static void search_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct search *s = arg;
    const struct nearest_rows *rows = s->rows;
    const struct panel_set *points = &rows->points;
    const struct desk *desk = &s->desk[worker];
    const size_t n = end - begin, padded = kit_block_count(n, PANEL_ROWS) * PANEL_ROWS;
    float base[QUERIES], limit[QUERIES];
    _Alignas(64) float distance[QUERIES * PANEL_LANES];
    uint8_t near[QUERIES / PANEL_ROWS];
    size_t held[QUERIES] = {0};

    panel_rows(&points->frame, points->metric, s->q + begin * s->ld, n, s->ld, desk->row, base);
    panel_lower(points->metric, rows->p, padded, base);
    for (size_t r = 0; r < padded; r++) {
        const int in_range = base[r] < FLT_MAX * 0x1p-10f;
        limit[r] = in_range ? FLT_MAX : -FLT_MAX;
        if (!in_range && r < n) {
            memset(desk->row + r * rows->p, 0, rows->p * sizeof *desk->row);
            search_in_double(s, s->q + (begin + r) * s->ld, desk->heap + r * s->k, &held[r]);
        }
    }

    for (size_t b = 0; b < points->n_panels; b++) {
        if (b % PANELS_BETWEEN_POLLS == 0 && s->ctx->cancelled(s->ctx))
            return;
        panel_distances(points->metric, rows->p, points->x + b * PANEL_LANES * rows->p,
                        points->size + b * PANEL_LANES, desk->row, base, padded, limit, distance, near);
        for (size_t r = 0; r < n; r++) {
            if (!near[r / PANEL_ROWS]) {
                r |= PANEL_ROWS - 1;
                continue;
            }
            const float *d = distance + r * PANEL_LANES;
            for (size_t l = 0; l < PANEL_LANES; l++) {
                if (d[l] > limit[r])
                    continue;
                const size_t row = b * PANEL_LANES + l;
                struct neighbour *heap = desk->heap + r * s->k;
                const double exact = true_distance(rows, s->q + (begin + r) * s->ld, row);
                if (keep_best(heap, &held[r], s->k, (struct neighbour){exact, (uint32_t)row}))
                    limit[r] = panel_limit(&points->frame, points->metric, heap[0].distance);
            }
        }
    }

    for (size_t r = 0; r < n; r++) {
        struct neighbour *list = desk->heap + r * s->k;
        heap_to_order(list, s->k);
        for (size_t i = 0; i < s->k && points->metric == PANEL_SQUARED; i++)
            list[i].distance = sqrt(list[i].distance);
        s->found(s->arg, begin + r, list, s->k);
    }
}

int nearest_rows_find(struct lt_ctx *ctx, const struct nearest_rows *rows, const double *q, size_t m, size_t ld,
                      size_t k, neighbours_fn *found, void *arg)
{
    struct search s = {ctx, rows, q, ld, k, kit_scratch(ctx, ctx->threads, sizeof *s.desk), found, arg};
    if (!s.desk)
        return LT_MEMORY;
    for (uint32_t w = 0; w < ctx->threads; w++) {
        s.desk[w].row = kit_scratch(ctx, QUERIES * sizeof(float), rows->p);
        s.desk[w].heap = kit_scratch(ctx, QUERIES * sizeof(struct neighbour), k);
        if (!s.desk[w].row || !s.desk[w].heap)
            return LT_MEMORY;
    }
    return kit_blocks(ctx, m, QUERIES, search_block, &s);
}

#include "plugins/reduce/graph.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/kit/kit.h"

enum { ROWS = 256 };

/* ---- nearest --------------------------------------------------------------------------------------------------- */

struct nearest {
    size_t k;
    uint32_t *index;
    double *distance;
};

/* The row itself is left out by its number: another one may be at distance 0 too. */
static void keep_others(void *arg, size_t row, const struct neighbour *list, size_t k)
{
    const struct nearest *nearest = arg;
    size_t kept = 0;
    for (size_t i = 0; i < k && kept < nearest->k; i++) {
        if (list[i].row == row)
            continue;
        nearest->index[row * nearest->k + kept] = list[i].row;
        nearest->distance[row * nearest->k + kept++] = list[i].distance;
    }
}

int graph_nearest(struct lt_ctx *ctx, const struct nearest_rows *rows, size_t k, uint32_t *index, double *distance)
{
    struct nearest nearest = {k, index, distance};
    return nearest_rows_find(ctx, rows, rows->x, rows->n, rows->p, k + 1, keep_others, &nearest);
}

/* ---- symmetric ------------------------------------------------------------------------------------------------- */

struct edge {
    uint32_t to;
    float value;
};

struct join {
    size_t n, k;
    const uint32_t *index;
    const double *value;
    graph_join_fn *fn;
    struct edge *there, *back; /* n x k by the row that says so; by the row that is said of, from back_start */
    size_t *back_start;        /* n + 1 */
    struct graph *g;
};

static int by_target(const void *a, const void *b)
{
    const uint32_t i = ((const struct edge *)a)->to, j = ((const struct edge *)b)->to;
    return (i > j) - (i < j);
}

static void sort_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct join *j = arg;
    (void)block, (void)worker;
    for (size_t i = begin; i < end; i++) {
        struct edge *row = j->there + i * j->k;
        for (size_t e = 0; e < j->k; e++)
            row[e] = (struct edge){j->index[i * j->k + e], (float)j->value[i * j->k + e]};
        qsort(row, j->k, sizeof *row, by_target);
    }
}

/* What is said of each row, in the order of those who say it. */
static void turn_round(struct join *j)
{
    size_t *at = j->back_start;
    memset(at, 0, (j->n + 1) * sizeof *at);
    for (size_t e = 0; e < j->n * j->k; e++)
        at[j->index[e]]++;
    for (size_t i = 0, before = 0; i <= j->n; i++) {
        const size_t here = i < j->n ? at[i] : 0;
        at[i] = before;
        before += here;
    }
    for (size_t i = 0; i < j->n; i++)
        for (size_t e = i * j->k; e < (i + 1) * j->k; e++)
            j->back[at[j->there[e].to]++] = (struct edge){(uint32_t)i, j->there[e].value};
    memmove(at + 1, at, j->n * sizeof *at); /* each has run to the start of the next */
    at[0] = 0;
}

/* Merges two ascending lists into to and value (NULL: counts only); returns how many edges there are. */
static size_t merge_row(const struct join *j, size_t i, uint32_t *to, float *value)
{
    const struct edge *a = j->there + i * j->k, *a_end = a + j->k;
    const struct edge *b = j->back + j->back_start[i], *b_end = j->back + j->back_start[i + 1];
    size_t n = 0;
    while (a < a_end || b < b_end) {
        const uint32_t next = b == b_end || (a < a_end && a->to <= b->to) ? a->to : b->to;
        double there = 0, back = 0;
        if (a < a_end && a->to == next)
            there = (double)a++->value;
        if (b < b_end && b->to == next)
            back = (double)b++->value;
        if (to) {
            to[n] = next;
            value[n] = (float)j->fn(there, back);
        }
        n++;
    }
    return n;
}

static void count_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct join *j = arg;
    (void)block, (void)worker;
    for (size_t i = begin; i < end; i++)
        j->g->start[i + 1] = merge_row(j, i, 0, 0);
}

static void merge_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct join *j = arg;
    (void)block, (void)worker;
    for (size_t i = begin; i < end; i++)
        merge_row(j, i, j->g->to + j->g->start[i], j->g->value + j->g->start[i]);
}

void graph_free(struct graph *g)
{
    free(g->start);
    free(g->to);
    free(g->value);
    *g = (struct graph){0};
}

int graph_symmetric(struct lt_ctx *ctx, size_t n, size_t k, const uint32_t *index, const double *value,
                    graph_join_fn *join, struct graph *g)
{
    struct join j = {n, k, index, value, join, 0, 0, 0, g};
    *g = (struct graph){.n = n, .start = kit_alloc(ctx, n + 1, sizeof *g->start)};
    j.there = kit_scratch(ctx, n, k * sizeof *j.there);
    j.back = kit_scratch(ctx, n, k * sizeof *j.back);
    j.back_start = kit_scratch(ctx, n + 1, sizeof *j.back_start);
    int status = g->start && j.there && j.back && j.back_start ? LT_OK : LT_MEMORY;
    if (status == LT_OK)
        status = kit_blocks(ctx, n, ROWS, sort_block, &j);
    if (status == LT_OK) {
        turn_round(&j);
        status = kit_blocks(ctx, n, ROWS, count_block, &j);
    }
    if (status == LT_OK) {
        for (size_t i = 0; i < n; i++)
            g->start[i + 1] += g->start[i];
        g->to = kit_alloc(ctx, g->start[n], sizeof *g->to);
        g->value = kit_alloc(ctx, g->start[n], sizeof *g->value);
        status = g->to && g->value ? kit_blocks(ctx, n, ROWS, merge_block, &j) : LT_MEMORY;
    }
    if (status != LT_OK)
        graph_free(g);
    return status;
}

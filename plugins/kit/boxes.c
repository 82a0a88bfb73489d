#include "plugins/kit/boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

/* ---- growing ------------------------------------------------------------------------------------------------ */

struct key {
    double at;
    uint32_t row;
};

static int comes_before(struct key a, struct key b)
{
    return a.at < b.at || (a.at == b.at && a.row < b.row);
}

/* Puts the key that belongs at `middle` there, those before it to the left: Hoare's selection. */
static void select_middle(struct key *key, size_t n, size_t middle)
{
    size_t begin = 0, end = n;
    while (end - begin > 1) {
        const struct key pivot = key[begin + (end - begin) / 2];
        size_t i = begin, j = end - 1;
        while (i <= j) {
            while (comes_before(key[i], pivot))
                i++;
            while (comes_before(pivot, key[j]))
                j--;
            if (i > j)
                break;
            const struct key kept = key[i];
            key[i++] = key[j];
            key[j] = kept;
            if (j == 0)
                break;
            j--;
        }
        if (middle <= j && j + 1 < end)
            end = j + 1;
        else if (middle >= i && i > begin)
            begin = i;
        else
            return;
    }
}

/* The box of a node's rows; returns its widest side. */
static size_t fill_box(struct boxes *t, size_t node)
{
    const size_t p = t->p;
    double *low = t->box + node * 2 * p, *high = low + p;
    size_t widest = 0;
    for (size_t j = 0; j < p; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    for (size_t i = t->node[node].begin; i < t->node[node].end; i++) {
        const double *x = t->x + (size_t)t->row[i] * p;
        for (size_t j = 0; j < p; j++) {
            low[j] = x[j] < low[j] ? x[j] : low[j];
            high[j] = x[j] > high[j] ? x[j] : high[j];
        }
    }
    for (size_t j = 1; j < p; j++)
        if (high[j] - low[j] > high[widest] - low[widest])
            widest = j;
    return widest;
}

static void copy_leaf(struct boxes *t, const struct boxes_node *node)
{
    const size_t p = t->p, n = node->end - node->begin;
    double *to = t->lane + node->begin * p;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            to[j * n + i] = t->x[(size_t)t->row[node->begin + i] * p + j];
}

/* The nodes of one level. Each cuts its own piece of `row`. */
struct level {
    struct boxes *t;
    struct key *key; /* n */
    size_t first;
};

static void cut_node(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct level *level = arg;
    struct boxes *t = level->t;
    (void)block;
    (void)worker;
    for (size_t k = level->first + begin; k < level->first + end; k++) {
        const struct boxes_node *node = &t->node[k];
        const size_t n = node->end - node->begin, side = fill_box(t, k);
        struct key *key = level->key + node->begin;
        uint32_t *row = t->row + node->begin;
        if (n <= BOXES_LEAF) {
            copy_leaf(t, node);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            key[i] = (struct key){t->x[(size_t)row[i] * t->p + side], row[i]};
        select_middle(key, n, n / 2);
        for (size_t i = 0; i < n; i++)
            row[i] = key[i].row;
    }
}

static int grow(struct lt_ctx *ctx, struct boxes *t)
{
    struct level level = {t, kit_scratch(ctx, t->n, sizeof(struct key)), 0};
    if (!level.key)
        return LT_MEMORY;
    t->node[0] = (struct boxes_node){0, (uint32_t)t->n, 0, 0};
    t->n_nodes = 1;
    while (level.first < t->n_nodes) {
        const size_t last = t->n_nodes, nodes = last - level.first;
        const int status = kit_blocks(ctx, nodes, nodes / 256 + 1, cut_node, &level);
        if (status != LT_OK)
            return status;
        for (size_t k = level.first; k < last; k++) {
            struct boxes_node *node = &t->node[k];
            const uint32_t half = node->begin + (node->end - node->begin) / 2;
            if (node->end - node->begin <= BOXES_LEAF)
                continue;
            node->left = (uint32_t)t->n_nodes++;
            node->right = (uint32_t)t->n_nodes++;
            t->node[node->left] = (struct boxes_node){node->begin, half, 0, 0};
            t->node[node->right] = (struct boxes_node){half, node->end, 0, 0};
        }
        level.first = last;
    }
    return LT_OK;
}

int boxes_build(struct lt_ctx *ctx, struct boxes *t, const double *x, size_t n, size_t p)
{
    const size_t most = 4 * (n / BOXES_LEAF + 1); /* a leaf has more than BOXES_LEAF / 2 rows */
    *t = (struct boxes){.n = n, .p = p, .x = x};
    t->node = kit_alloc(ctx, most, sizeof *t->node);
    t->box = kit_alloc(ctx, most, 2 * p * sizeof *t->box);
    t->row = kit_alloc(ctx, n, sizeof *t->row);
    t->lane = kit_alloc(ctx, n, p * sizeof *t->lane);
    for (size_t i = 0; t->row && i < n; i++)
        t->row[i] = (uint32_t)i;
    const int status = t->node && t->box && t->row && t->lane ? grow(ctx, t) : LT_MEMORY;
    if (status != LT_OK)
        boxes_free(t);
    return status;
}

void boxes_free(struct boxes *t)
{
    free(t->node);
    free(t->box);
    free(t->row);
    free(t->lane);
    *t = (struct boxes){0};
}

/* ---- looking ------------------------------------------------------------------------------------------------ */

static const double safe = 1e-12;

double boxes_nearest(const struct boxes *t, size_t node, const double *low, const double *high)
{
    const double *from = t->box + node * 2 * t->p, *to = from + t->p;
    double sum = 0;
    for (size_t j = 0; j < t->p; j++) {
        const double left = from[j] - high[j], right = low[j] - to[j], gap = left > right ? left : right;
        sum += gap > 0 ? gap * gap : 0;
    }
    return sum * (1 - safe);
}

double boxes_farthest(const struct boxes *t, size_t node, const double *low, const double *high)
{
    const double *from = t->box + node * 2 * t->p, *to = from + t->p;
    double sum = 0;
    for (size_t j = 0; j < t->p; j++) {
        const double left = high[j] - from[j], right = to[j] - low[j], span = left > right ? left : right;
        sum += span * span;
    }
    return sum * (1 + safe);
}

NUM_CLONES void boxes_leaf(const struct boxes *t, size_t leaf, enum boxes_metric metric, const double *q,
                           double *out)
{
    const size_t begin = t->node[leaf].begin, n = t->node[leaf].end - begin;
    const double *lane = t->lane + begin * t->p;
    double sum[BOXES_LEAF] = {0};
    for (size_t j = 0; j < t->p; j++, lane += n) {
        const double at = q[j];
        if (metric == BOXES_SQUARED)
            for (size_t i = 0; i < n; i++)
                sum[i] += (lane[i] - at) * (lane[i] - at);
        else if (metric == BOXES_ABSOLUTE)
            for (size_t i = 0; i < n; i++)
                sum[i] += fabs(lane[i] - at);
        else
            for (size_t i = 0; i < n; i++)
                sum[i] = fabs(lane[i] - at) > sum[i] ? fabs(lane[i] - at) : sum[i];
    }
    memcpy(out, sum, n * sizeof *out);
}

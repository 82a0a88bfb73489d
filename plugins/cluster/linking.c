#include "plugins/cluster/linking.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "plugins/cluster/centres.h"
#include "plugins/kit/block.h"
#include "plugins/kit/boxes.h"
#include "plugins/kit/memory.h"

enum { DEEPEST = 128, LEAVES = 4 }; /* nodes that wait during a descent; leaves (or cells) a block */

struct linking {
    struct lt_ctx *ctx;
    struct boxes tree;
    double eps2, need;
    const double *weight; /* n, or NULL */
    double *node_weight;  /* a node each */
    uint32_t *node_core;  /* a node each: its core rows */
    uint32_t *leaf, *cell;
    size_t n_leaves, n_cells;
    uint8_t *core;                 /* n */
    int32_t *label;                /* n */
    _Atomic uint32_t *parent;      /* n: links to a row of the same cluster with a lower number */
    _Atomic unsigned char *is_one; /* a node each: its core rows are known to be in one cluster */
    uint8_t *is_cell;              /* a node each */
    uint32_t *speaker;             /* a node each: a core row of a cell */
};

/* ---- sets of rows ------------------------------------------------------------------------------------------- */

/* The first row of the set, as far as is known. Sets only ever grow together, so several threads may join: which of
 * them comes first changes the way, not the sets. */
static uint32_t find_first(_Atomic uint32_t *parent, uint32_t i)
{
    for (;;) {
        uint32_t up = atomic_load_explicit(&parent[i], memory_order_relaxed);
        const uint32_t above = atomic_load_explicit(&parent[up], memory_order_relaxed);
        if (up == above)
            return up;
        atomic_compare_exchange_weak_explicit(&parent[i], &up, above, memory_order_relaxed, memory_order_relaxed);
        i = above;
    }
}

static void join(_Atomic uint32_t *parent, uint32_t a, uint32_t b)
{
    for (;;) {
        a = find_first(parent, a);
        b = find_first(parent, b);
        if (a == b)
            return;
        uint32_t later = a > b ? a : b;
        const uint32_t first = a > b ? b : a;
        if (atomic_compare_exchange_weak_explicit(&parent[later], &later, first, memory_order_relaxed,
                                                  memory_order_relaxed))
            return;
    }
}

static bool same_set(const struct linking *g, uint32_t a, uint32_t b)
{
    return find_first(g->parent, a) == find_first(g->parent, b);
}

static bool is_one(const struct linking *g, size_t node)
{
    return atomic_load_explicit(&g->is_one[node], memory_order_relaxed);
}

static void set_one(const struct linking *g, size_t node)
{
    atomic_store_explicit(&g->is_one[node], 1, memory_order_relaxed);
}

/* ---- pieces of the tree ------------------------------------------------------------------------------------- */

static const double *row_at(const struct linking *g, uint32_t row)
{
    return g->tree.x + (size_t)row * g->tree.p;
}

static const double *low_of(const struct linking *g, size_t node)
{
    return g->tree.box + node * 2 * g->tree.p;
}

static const double *high_of(const struct linking *g, size_t node)
{
    return low_of(g, node) + g->tree.p;
}

/* Bit i: the leaf's i-th row is within eps of q. What rounding leaves open is measured as everywhere else. */
static uint32_t within_leaf(const struct linking *g, const double *q, size_t leaf)
{
    const struct boxes_node *node = &g->tree.node[leaf];
    const double sure = g->eps2 * (1 - 1e-12), most = g->eps2 * (1 + 1e-12);
    double distance[BOXES_LEAF];
    uint32_t near = 0;
    boxes_leaf(&g->tree, leaf, BOXES_SQUARED, q, distance);
    for (uint32_t i = 0; i < node->end - node->begin; i++) {
        bool hit = distance[i] <= sure;
        if (!hit && distance[i] <= most)
            hit = squared_distance(g->tree.p, q, row_at(g, g->tree.row[node->begin + i])) <= g->eps2;
        near |= (uint32_t)hit << i;
    }
    return near;
}

/* ---- who is core -------------------------------------------------------------------------------------------- */

static double weight_of(const struct linking *g, size_t leaf, uint32_t near)
{
    double sum = 0;
    if (!g->weight)
        return __builtin_popcount(near);
    for (; near; near &= near - 1)
        sum += g->weight[g->tree.row[g->tree.node[leaf].begin + (uint32_t)__builtin_ctz(near)]];
    return sum;
}

/* The children, so that the nearer one is looked at first. */
static void push_children(const struct linking *g, size_t node, const double *low, const double *high,
                          uint32_t *stack, size_t *n)
{
    const uint32_t left = g->tree.node[node].left, right = g->tree.node[node].right;
    const bool left_first = boxes_nearest(&g->tree, left, low, high) <= boxes_nearest(&g->tree, right, low, high);
    stack[(*n)++] = left_first ? right : left;
    stack[(*n)++] = left_first ? left : right;
}

/* The rows of a leaf that their own leaf doesn't make core go on together until each has enough, or has seen all. */
static void count_leaf(const struct linking *g, size_t leaf)
{
    const struct boxes_node *own = &g->tree.node[leaf];
    const double *low = low_of(g, leaf), *high = high_of(g, leaf);
    uint32_t open[BOXES_LEAF], stack[DEEPEST];
    double total[BOXES_LEAF] = {0};
    size_t n_open = 0, waiting = 0;
    for (uint32_t i = own->begin; i < own->end; i++) {
        const uint32_t row = g->tree.row[i];
        g->core[row] = weight_of(g, leaf, within_leaf(g, row_at(g, row), leaf)) >= g->need;
        if (!g->core[row])
            open[n_open++] = row;
    }
    stack[waiting++] = 0;
    while (waiting && n_open) {
        const size_t node = stack[--waiting];
        if (boxes_nearest(&g->tree, node, low, high) > g->eps2)
            continue;
        const bool all = boxes_farthest(&g->tree, node, low, high) <= g->eps2;
        if (!all && g->tree.node[node].left) {
            push_children(g, node, low, high, stack, &waiting);
            continue;
        }
        size_t kept = 0;
        for (size_t i = 0; i < n_open; i++) {
            const double *q = row_at(g, open[i]);
            double sum = total[i];
            if (all)
                sum += g->node_weight[node];
            else if (boxes_nearest(&g->tree, node, q, q) <= g->eps2)
                sum += weight_of(g, node, within_leaf(g, q, node));
            if (sum >= g->need) {
                g->core[open[i]] = 1;
                continue;
            }
            open[kept] = open[i];
            total[kept++] = sum;
        }
        n_open = kept;
    }
}

static void count_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct linking *g = arg;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        count_leaf(g, g->leaf[i]);
}

/* ---- cells: the largest boxes in which all rows are within eps of each other, and leaves --------------------- */

static void find_cells(struct linking *g)
{
    uint32_t stack[DEEPEST];
    size_t waiting = 0;
    stack[waiting++] = 0;
    while (waiting) {
        const uint32_t k = stack[--waiting];
        const struct boxes_node *node = &g->tree.node[k];
        if (!g->node_core[k])
            continue;
        const bool whole = boxes_farthest(&g->tree, k, low_of(g, k), high_of(g, k)) <= g->eps2;
        if (!whole && node->left) {
            stack[waiting++] = node->right;
            stack[waiting++] = node->left;
            continue;
        }
        g->is_cell[k] = 1;
        g->is_one[k] = whole;
        g->cell[g->n_cells++] = k;
    }
}

static bool all_in_one(const struct linking *g, size_t node)
{
    for (uint32_t i = g->tree.node[node].begin; i < g->tree.node[node].end; i++)
        if (g->core[g->tree.row[i]] && !same_set(g, g->tree.row[i], g->speaker[node]))
            return false;
    return true;
}

/* Joins the core rows of a cell among themselves. */
static void link_within(const struct linking *g, size_t cell)
{
    const struct boxes_node *node = &g->tree.node[cell];
    uint32_t first = node->begin;
    while (!g->core[g->tree.row[first]])
        first++;
    g->speaker[cell] = g->tree.row[first];
    for (uint32_t i = first; i < node->end; i++) {
        const uint32_t row = g->tree.row[i];
        if (!g->core[row])
            continue;
        if (is_one(g, cell)) {
            join(g->parent, row, g->speaker[cell]);
            continue;
        }
        for (uint32_t near = within_leaf(g, row_at(g, row), cell); near; near &= near - 1) {
            const uint32_t other = g->tree.row[node->begin + (uint32_t)__builtin_ctz(near)];
            if (g->core[other])
                join(g->parent, row, other);
        }
    }
    if (all_in_one(g, cell))
        set_one(g, cell);
}

static void within_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct linking *g = arg;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        link_within(g, g->cell[i]);
}

/* Joins a core row with the core rows of a cell that are within eps; one will do where the cell is in one cluster. */
static bool link_row(const struct linking *g, uint32_t row, size_t cell)
{
    const double *q = row_at(g, row);
    uint32_t stack[DEEPEST];
    size_t waiting = 0;
    bool any = false;
    stack[waiting++] = (uint32_t)cell;
    while (waiting) {
        const size_t k = stack[--waiting];
        const struct boxes_node *node = &g->tree.node[k];
        if (!g->node_core[k] || boxes_nearest(&g->tree, k, q, q) > g->eps2)
            continue;
        if (node->left) {
            push_children(g, k, q, q, stack, &waiting);
            continue;
        }
        for (uint32_t near = within_leaf(g, q, k); near; near &= near - 1) {
            const uint32_t other = g->tree.row[node->begin + (uint32_t)__builtin_ctz(near)];
            if (!g->core[other])
                continue;
            join(g->parent, row, other);
            any = true;
            if (is_one(g, cell))
                return true;
        }
    }
    return any;
}

static void link_cells(const struct linking *g, size_t a, size_t b)
{
    bool any = false;
    for (uint32_t i = g->tree.node[a].begin; i < g->tree.node[a].end; i++) {
        const uint32_t row = g->tree.row[i];
        if (i % 256 == 0 && g->ctx->cancelled(g->ctx))
            return;
        if (!g->core[row])
            continue;
        if (is_one(g, b) && same_set(g, row, g->speaker[b])) {
            if (is_one(g, a))
                return;
            continue;
        }
        any |= link_row(g, row, b);
    }
    if (any && !is_one(g, a) && all_in_one(g, a))
        set_one(g, a);
    if (any && !is_one(g, b) && all_in_one(g, b))
        set_one(g, b);
}

/* Each pair once, from the cell that comes first in the order of rows. */
static void between_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct linking *g = arg;
    (void)block;
    (void)worker;
    for (size_t c = begin; c < end; c++) {
        const size_t cell = g->cell[c];
        const double *low = low_of(g, cell), *high = high_of(g, cell);
        uint32_t stack[DEEPEST];
        size_t waiting = 0;
        stack[waiting++] = 0;
        while (waiting) {
            const size_t k = stack[--waiting];
            if (!g->node_core[k] || g->tree.node[k].end <= g->tree.node[cell].end ||
                boxes_nearest(&g->tree, k, low, high) > g->eps2)
                continue;
            if (g->is_cell[k])
                link_cells(g, cell, k);
            else
                push_children(g, k, low, high, stack, &waiting);
        }
    }
}

/* ---- numbers, and the border -------------------------------------------------------------------------------- */

/* Clusters in the order of their first core rows. */
static void number_clusters(const struct linking *g)
{
    int32_t next = 0;
    for (size_t i = 0; i < g->tree.n; i++) {
        const uint32_t first = g->core[i] ? find_first(g->parent, (uint32_t)i) : 0;
        g->label[i] = !g->core[i] ? -1 : first == i ? next++ : g->label[first];
    }
}

static int32_t lowest_label(const struct linking *g, const double *q)
{
    uint32_t stack[DEEPEST];
    size_t waiting = 0;
    int32_t lowest = -1;
    stack[waiting++] = 0;
    while (waiting) {
        const size_t k = stack[--waiting];
        const struct boxes_node *node = &g->tree.node[k];
        if (!g->node_core[k] || boxes_nearest(&g->tree, k, q, q) > g->eps2)
            continue;
        if (node->left) {
            stack[waiting++] = node->left;
            stack[waiting++] = node->right;
            continue;
        }
        for (uint32_t near = within_leaf(g, q, k); near; near &= near - 1) {
            const uint32_t row = g->tree.row[node->begin + (uint32_t)__builtin_ctz(near)];
            if (g->core[row] && (lowest < 0 || g->label[row] < lowest))
                lowest = g->label[row];
        }
    }
    return lowest;
}

/* Labels of core rows are read, those of other rows written. */
static void border_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct linking *g = arg;
    (void)block;
    (void)worker;
    for (size_t l = begin; l < end; l++) {
        const struct boxes_node *leaf = &g->tree.node[g->leaf[l]];
        for (uint32_t i = leaf->begin; i < leaf->end; i++)
            if (!g->core[g->tree.row[i]])
                g->label[g->tree.row[i]] = lowest_label(g, row_at(g, g->tree.row[i]));
    }
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static int linking_ready(struct linking *g)
{
    const size_t nodes = g->tree.n_nodes, n = g->tree.n;
    g->node_weight = kit_scratch_f64(g->ctx, nodes);
    g->node_core = kit_scratch(g->ctx, nodes, sizeof *g->node_core);
    g->leaf = kit_scratch(g->ctx, nodes, sizeof *g->leaf);
    g->cell = kit_scratch(g->ctx, nodes, sizeof *g->cell);
    g->parent = kit_scratch(g->ctx, n, sizeof *g->parent);
    g->is_one = kit_scratch(g->ctx, nodes, sizeof *g->is_one);
    g->is_cell = kit_scratch(g->ctx, nodes, 1);
    g->speaker = kit_scratch(g->ctx, nodes, sizeof *g->speaker);
    if (!g->node_weight || !g->node_core || !g->leaf || !g->cell || !g->parent || !g->is_one || !g->is_cell ||
        !g->speaker)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++)
        atomic_init(&g->parent[i], (uint32_t)i);
    for (size_t k = 0; k < nodes; k++) {
        atomic_init(&g->is_one[k], 0);
        g->is_cell[k] = 0;
        if (!g->tree.node[k].left)
            g->leaf[g->n_leaves++] = (uint32_t)k;
    }
    return LT_OK;
}

/* Children come behind their parents. */
static void sum_nodes(struct linking *g, bool cores)
{
    for (size_t k = g->tree.n_nodes; k-- > 0;) {
        const struct boxes_node *node = &g->tree.node[k];
        double weight = 0;
        uint32_t n = 0;
        for (uint32_t i = node->begin; !node->left && i < node->end; i++) {
            weight += g->weight ? g->weight[g->tree.row[i]] : 1;
            n += cores && g->core[g->tree.row[i]];
        }
        g->node_weight[k] = node->left ? g->node_weight[node->left] + g->node_weight[node->right] : weight;
        g->node_core[k] = node->left ? g->node_core[node->left] + g->node_core[node->right] : n;
    }
}

static int link_all(struct linking *g)
{
    int status = linking_ready(g);
    if (status != LT_OK)
        return status;
    sum_nodes(g, false);
    status = kit_blocks(g->ctx, g->n_leaves, LEAVES, count_block, g);
    if (status != LT_OK)
        return status;
    sum_nodes(g, true);
    find_cells(g);
    status = kit_blocks(g->ctx, g->n_cells, LEAVES, within_block, g);
    if (status == LT_OK)
        status = kit_blocks(g->ctx, g->n_cells, LEAVES, between_block, g);
    if (status != LT_OK)
        return status;
    number_clusters(g);
    return kit_blocks(g->ctx, g->n_leaves, LEAVES, border_block, g);
}

int link_rows(struct lt_ctx *ctx, const double *x, size_t n, size_t p, const double *weight, double eps,
              double min_samples, uint8_t *core, int32_t *label)
{
    struct linking g = {
        .ctx = ctx, .eps2 = eps * eps, .need = min_samples, .weight = weight, .core = core, .label = label};
    int status = boxes_build(ctx, &g.tree, x, n, p);
    if (status == LT_OK)
        status = link_all(&g);
    boxes_free(&g.tree);
    return status;
}

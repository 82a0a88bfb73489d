#include "plugins/tree/nodes.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/room.h"

void nodes_init(struct nodes *f, uint32_t width)
{
    *f = (struct nodes){.width = width};
}

void nodes_free(struct nodes *f)
{
    room_free(f->node);
    room_free(f->cover);
    room_free(f->gain);
    room_free(f->start);
    room_free(f->value);
    room_free(f->set);
    *f = (struct nodes){.width = f->width};
}

#define GROW(array, cap, need) room_grow((void **)&f->array, &f->cap, need, sizeof *f->array)

static int reserve_nodes(struct nodes *f, size_t need)
{
    return GROW(node, node_cap, need) || GROW(cover, cover_cap, need) || GROW(gain, gain_cap, need) ? -1 : 0;
}

static size_t tree_begin(const struct nodes *f)
{
    return f->n_trees ? f->start[f->n_trees] : 0;
}

int nodes_add(struct nodes *f, double cover, uint32_t *at)
{
    if (reserve_nodes(f, f->n + 1) != 0)
        return -1;
    *at = (uint32_t)(f->n - tree_begin(f));
    f->node[f->n] = (struct node){*at, 0, NODE_NEVER, 0};
    f->cover[f->n] = (float)cover;
    f->gain[f->n] = 0;
    f->n++;
    return 0;
}

int nodes_add_value(struct nodes *f, const double *value, uint32_t *at)
{
    if (room_grow((void **)&f->value, &f->value_cap, f->n_values + 1, f->width * sizeof *f->value) != 0)
        return -1;
    memcpy(f->value + f->n_values * f->width, value, f->width * sizeof *value);
    *at = (uint32_t)f->n_values++;
    return 0;
}

int nodes_add_set(struct nodes *f, const struct level_set *set, uint32_t *at)
{
    if (GROW(set, set_cap, f->n_sets + 1) != 0)
        return -1;
    f->set[f->n_sets] = *set;
    *at = (uint32_t)f->n_sets++;
    f->categories = 1;
    return 0;
}

int nodes_end_tree(struct nodes *f)
{
    if (GROW(start, tree_cap, f->n_trees + 2) != 0)
        return -1;
    f->start[0] = 0;
    f->start[++f->n_trees] = f->n;
    return 0;
}

int nodes_append(struct nodes *f, const struct nodes *g)
{
    size_t n = f->n + g->n;
    if (reserve_nodes(f, n) || GROW(start, tree_cap, f->n_trees + g->n_trees + 1) ||
        room_grow((void **)&f->value, &f->value_cap, f->n_values + g->n_values, f->width * sizeof *f->value) ||
        GROW(set, set_cap, f->n_sets + g->n_sets))
        return -1;
    for (size_t i = 0; i < g->n; i++) {
        struct node nd = g->node[i];
        nd.value += (uint32_t)f->n_values;
        if (nd.feature & NODE_CATEGORY)
            nd.split += (uint32_t)f->n_sets;
        f->node[f->n + i] = nd;
    }
    memcpy(f->cover + f->n, g->cover, g->n * sizeof *g->cover);
    memcpy(f->gain + f->n, g->gain, g->n * sizeof *g->gain);
    memcpy(f->value + f->n_values * f->width, g->value, g->n_values * g->width * sizeof *g->value);
    if (g->n_sets)
        memcpy(f->set + f->n_sets, g->set, g->n_sets * sizeof *g->set);
    f->start[0] = 0;
    for (size_t t = 1; t <= g->n_trees; t++)
        f->start[f->n_trees + t] = f->n + g->start[t];
    f->n = n;
    f->n_trees += g->n_trees;
    f->n_values += g->n_values;
    f->n_sets += g->n_sets;
    f->categories |= g->categories;
    return 0;
}

void nodes_truncate(struct nodes *f, size_t n_trees)
{
    if (n_trees >= f->n_trees)
        return;
    f->n_trees = n_trees;
    f->n = f->start[n_trees];
    f->n_values = f->n_sets = 0;
    f->categories = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct node *nd = &f->node[i];
        if (nd->value >= f->n_values)
            f->n_values = nd->value + 1;
        if (nd->feature & NODE_CATEGORY) {
            f->categories = 1;
            if (nd->split >= f->n_sets)
                f->n_sets = nd->split + 1;
        }
    }
}

size_t nodes_depth(const struct nodes *f, size_t tree)
{
    size_t begin = f->start[tree], n = f->start[tree + 1] - begin, deepest = 0;
    uint32_t *depth = room_zero(n, sizeof *depth);
    for (size_t i = 0; depth && i < n; i++) {
        uint32_t child = f->node[begin + i].child;
        if (child != i)
            depth[child] = depth[child + 1] = depth[i] + 1;
        deepest = depth[i] > deepest ? depth[i] : deepest;
    }
    room_free(depth);
    return deepest;
}

size_t nodes_leaves(const struct nodes *f, size_t tree)
{
    return (f->start[tree + 1] - f->start[tree] + 1) / 2;
}

/* ---- walking ------------------------------------------------------------------------------------------------ */

enum { ABREAST = 16 };

/* `n` rows, at most ABREAST, go down together until none of them moves. */
NUM_INLINE void walk_abreast(const struct node *node, const struct level_set *set, int categories,
                             const struct bin_table *t, int wide, int tiled, size_t n, const size_t *row,
                             uint32_t *at)
{
    uint32_t moved = 1;
    for (size_t i = 0; i < n; i++)
        at[i] = 0;
    while (moved) {
        moved = 0;
        for (size_t i = 0; i < n; i++) {
            const struct node *nd = &node[at[i]];
            uint32_t feature = nd->feature & NODE_FEATURE;
            size_t place = tiled ? bin_place(t, row[i], feature) : row[i] + feature;
            uint32_t next = nd->child + node_goes_right(nd, set, categories, bin_code(t, wide, place));
            moved |= next ^ at[i];
            at[i] = next;
        }
    }
}

NUM_INLINE void walk_rows(const struct node *node, const struct level_set *set, int categories,
                          const struct bin_table *t, int wide, int tiled, size_t n, const uint32_t *rows,
                          uint32_t *leaf)
{
    size_t row[ABREAST], step = tiled ? 1 : t->step; /* rows, or where their codes begin */
    for (size_t i = 0; i < n; i += ABREAST) {
        size_t m = n - i < ABREAST ? n - i : ABREAST;
        for (size_t k = 0; k < m; k++)
            row[k] = (rows ? rows[i + k] : i + k) * step;
        if (m == ABREAST)
            walk_abreast(node, set, categories, t, wide, tiled, ABREAST, row, leaf + i);
        else
            walk_abreast(node, set, categories, t, wide, tiled, m, row, leaf + i);
    }
}

void nodes_walk(const struct nodes *f, size_t tree, const struct bin_table *t, size_t n, const uint32_t *rows,
                uint32_t *leaf)
{
    const struct node *node = f->node + f->start[tree];
    if (f->categories)
        walk_rows(node, f->set, 1, t, t->wide, 1, n, rows, leaf);
    else if (t->tiles > 1)
        walk_rows(node, f->set, 0, t, t->wide, 1, n, rows, leaf);
    else if (t->wide)
        walk_rows(node, f->set, 0, t, 1, 0, n, rows, leaf);
    else
        walk_rows(node, f->set, 0, t, 0, 0, n, rows, leaf);
}

struct block_walk {
    struct lt_ctx *ctx;
    const struct bin_map *map;
    const struct lt_data *data;
    nodes_rows_fn *fn;
    void *arg;
    char *memory;
    size_t bytes;
};

static void walk_block(void *arg, size_t i, unsigned worker)
{
    struct block_walk *w = arg;
    struct bin_table codes;
    if (w->ctx->cancelled(w->ctx))
        return;
    size_t begin = i * NODES_BLOCK, n = w->data->n - begin < NODES_BLOCK ? w->data->n - begin : NODES_BLOCK;
    bin_table_place(&codes, w->map, n, w->memory + worker * w->bytes);
    bin_table_fill(w->data, w->map, begin, n, &codes, 0);
    w->fn(w->arg, &codes, begin, n);
}

int nodes_each_block(struct lt_ctx *ctx, const struct bin_map *map, const struct lt_data *data, nodes_rows_fn *fn,
                     void *arg)
{
    struct block_walk w = {ctx, map, data, fn, arg, NULL, 0};
    w.bytes = (bin_table_bytes(map, data->n < NODES_BLOCK ? data->n : NODES_BLOCK) + 63) / 64 * 64;
    w.memory = ctx->scratch(ctx, w.bytes * (ctx->threads ? ctx->threads : 1) + 64);
    if (w.memory == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the codes of %d rows", NODES_BLOCK);
    ctx->parallel(ctx, (data->n + NODES_BLOCK - 1) / NODES_BLOCK, walk_block, &w);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

/* ---- saving and loading ------------------------------------------------------------------------------------- */

int nodes_save(struct lt_ctx *ctx, const struct nodes *f)
{
    int64_t *start = ctx->scratch(ctx, (f->n_trees + 1) * sizeof *start);
    if (start == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to save %zu trees", f->n_trees);
    for (size_t t = 0; t <= f->n_trees; t++)
        start[t] = f->n_trees ? (int64_t)f->start[t] : 0;
    const struct {
        const char *name;
        struct lt_tensor tensor;
    } rows[] = {
        {"trees.start", {LT_T_I64, 1, {f->n_trees + 1}, start}},
        {"trees.nodes", {LT_T_U32, 2, {f->n, 4}, f->node}},
        {"trees.cover", {LT_T_F32, 1, {f->n}, f->cover}},
        {"trees.gain", {LT_T_F32, 1, {f->n}, f->gain}},
        {"trees.values", {LT_T_F64, 2, {f->n_values, f->width}, f->value}},
        {"trees.sets", {LT_T_I64, 2, {f->n_sets, 4}, f->set}},
    };
    size_t n = sizeof rows / sizeof rows[0] - (f->n_sets == 0);
    for (size_t i = 0; i < n; i++) {
        int status = ctx->put_tensor(ctx, rows[i].name, &rows[i].tensor);
        if (status != LT_OK)
            return status;
    }
    return LT_OK;
}

/* Every index of a tree leads where it may: forward, and inside. */
static int tree_is_sound(const struct nodes *f, size_t tree, const struct bin_map *map)
{
    size_t n = f->start[tree + 1] - f->start[tree];
    for (size_t i = 0; i < n; i++) {
        const struct node *nd = &f->node[f->start[tree] + i];
        uint32_t feature = nd->feature & NODE_FEATURE;
        if (nd->value >= f->n_values)
            return 0;
        if (nd->child == i) {
            if (nd->feature != 0 || nd->split != NODE_NEVER)
                return 0;
            continue;
        }
        if (nd->child < i || n < 2 || nd->child > n - 2 || feature >= map->p)
            return 0;
        int category = (nd->feature & NODE_CATEGORY) != 0;
        if (category != (int)map->column[feature].category || (category && nd->split >= f->n_sets) ||
            (!category && (nd->split < 1 || nd->split >= map->column[feature].n_codes)))
            return 0;
    }
    return 1;
}

static int is_sound(const struct nodes *f, const struct bin_map *map)
{
    if (f->start[0] != 0 || f->start[f->n_trees] != f->n)
        return 0;
    for (size_t t = 0; t < f->n_trees; t++)
        if (f->start[t] >= f->start[t + 1] || f->start[t + 1] > f->n || !tree_is_sound(f, t, map))
            return 0;
    return 1;
}

int nodes_load(struct lt_ctx *ctx, const struct bin_map *map, struct nodes *f)
{
    struct lt_tensor start, node, cover, gain, value, set;
    if (ctx->get_tensor(ctx, "trees.start", LT_T_I64, 1, &start) || start.shape[0] == 0 ||
        ctx->get_tensor(ctx, "trees.nodes", LT_T_U32, 2, &node) || node.shape[1] != 4 ||
        ctx->get_tensor(ctx, "trees.cover", LT_T_F32, 1, &cover) || cover.shape[0] != node.shape[0] ||
        ctx->get_tensor(ctx, "trees.gain", LT_T_F32, 1, &gain) || gain.shape[0] != node.shape[0] ||
        ctx->get_tensor(ctx, "trees.values", LT_T_F64, 2, &value) || value.shape[1] != f->width)
        return ctx->fail(ctx, LT_INVALID, "the saved model has no trees, or trees of another shape");
    if (ctx->get_tensor(ctx, "trees.sets", LT_T_I64, 2, &set) != LT_OK || set.shape[1] != 4)
        set = (struct lt_tensor){LT_T_I64, 2, {0, 4}, NULL};
    f->n = node.shape[0];
    f->n_trees = start.shape[0] - 1;
    f->n_values = value.shape[0];
    f->n_sets = set.shape[0];
    if (reserve_nodes(f, f->n + 1) || GROW(start, tree_cap, f->n_trees + 1) || GROW(set, set_cap, f->n_sets + 1) ||
        room_grow((void **)&f->value, &f->value_cap, f->n_values + 1, f->width * sizeof *f->value)) {
        nodes_free(f);
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu nodes", node.shape[0]);
    }
    memcpy(f->node, node.data, f->n * sizeof *f->node);
    memcpy(f->cover, cover.data, f->n * sizeof *f->cover);
    memcpy(f->gain, gain.data, f->n * sizeof *f->gain);
    memcpy(f->value, value.data, f->n_values * f->width * sizeof *f->value);
    if (f->n_sets)
        memcpy(f->set, set.data, f->n_sets * sizeof *f->set);
    for (size_t t = 0; t <= f->n_trees; t++)
        f->start[t] = (size_t)((const int64_t *)start.data)[t];
    f->categories = f->n_sets > 0;
    if (!is_sound(f, map)) {
        nodes_free(f);
        return ctx->fail(ctx, LT_INVALID, "the trees of the saved model are damaged");
    }
    return LT_OK;
}

#include "plugins/tree/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EDGE_ROOM = 256, LABEL_ROOM = 128, MOST_NODES = 2047, MOST_LEVELS = 8 };

/* Shortest text that reads back as the threshold to seven digits: more say nothing. */
static void number_text(double x, char *text, size_t room)
{
    snprintf(text, room, "%.7g", x);
}

static void append(char *text, size_t room, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s", more);
}

static void levels_text(const struct tree_family *f, uint32_t column, const struct level_set *set, int right,
                        char *text, size_t room)
{
    const struct bin_column *c = &f->map.column[column];
    uint32_t shown = 0, count = 0;
    char rest[32];
    append(text, room, " in {");
    for (uint32_t k = 0; k < c->n_levels && k < f->names.n_levels[column]; k++)
        if (set_has(set, c->code_of[k]) != (uint32_t)right && ++count <= MOST_LEVELS) {
            append(text, room, shown++ ? ", " : "");
            append(text, room, f->names.level[column][k]);
        }
    if (count > shown) {
        snprintf(rest, sizeof rest, ", and %u more", count - shown);
        append(text, room, rest);
    }
    append(text, room, "}");
}

void draw_edge(const struct tree_family *f, size_t tree, uint32_t at, int right, int missing, char *text,
               size_t room)
{
    const struct node *nd = &f->trees.node[f->trees.start[tree] + at];
    uint32_t column = nd->feature & NODE_FEATURE;
    const struct bin_column *c = &f->map.column[column];
    const char *name = f->names.column[column];
    char number[32];
    if (nd->feature & NODE_CATEGORY) {
        snprintf(text, room, "%s", name);
        levels_text(f, column, &f->trees.set[nd->split], right, text, room);
        if (missing && set_has(&f->trees.set[nd->split], 0) != (uint32_t)right)
            append(text, room, " or missing");
        return;
    }
    int missing_right = (nd->feature & NODE_MISSING_RIGHT) != 0;
    if (nd->split + 1 >= c->n_codes) {
        snprintf(text, room, right ? "%s missing" : "%s known", name);
        return;
    }
    number_text(c->edge[nd->split - 1], number, sizeof number);
    snprintf(text, room, "%s %s %s%s", name, right ? ">" : "<=", number,
             missing && missing_right == right ? " or missing" : "");
}

/* Class with the greatest share, or the mean. */
static void label_text(const struct tree_family *f, const struct node *nd, char *text, size_t room)
{
    const double *value = f->trees.value + (size_t)nd->value * f->trees.width;
    uint32_t best = 0;
    if (f->n_classes == 0) {
        snprintf(text, room, "%.5g", value[0]);
        return;
    }
    for (uint32_t k = 1; k < f->n_classes; k++)
        if (value[k] > value[best])
            best = k;
    snprintf(text, room, "%s", f->names.class_name[best]);
}

struct drawing {
    struct lt_tree_node *node;
    char (*edge)[EDGE_ROOM];
    char (*label)[LABEL_ROOM], (*detail)[LABEL_ROOM];
};

static void detail_text(const struct draw_facts *facts, uint32_t at, char *text, size_t room)
{
    snprintf(text, room, "n=%.0f, %s %.4g", facts->rows[at], facts->impurity_name, facts->impurity[at]);
}

/* How many nodes the levels down to `depth` have. */
static size_t nodes_down_to(const struct nodes *f, size_t tree, uint32_t *level, uint32_t depth)
{
    const struct node *node = f->node + f->start[tree];
    size_t n = f->start[tree + 1] - f->start[tree], count = 0;
    level[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (node[i].child != i)
            level[node[i].child] = level[node[i].child + 1] = level[i] + 1;
        count += level[i] <= depth;
    }
    return count;
}

int draw_tree(struct lt_ctx *ctx, const struct tree_family *f, size_t tree, const struct draw_facts *facts,
              const char *title)
{
    const struct nodes *trees = &f->trees;
    const struct node *node = trees->node + trees->start[tree];
    size_t n = trees->start[tree + 1] - trees->start[tree], m = 0;
    uint32_t *level = ctx->scratch(ctx, n * sizeof *level), *place = ctx->scratch(ctx, n * sizeof *place);
    uint32_t deepest = (uint32_t)nodes_depth(trees, tree), depth = deepest;
    if (level == NULL || place == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to draw a tree of %zu nodes", n);
    while (nodes_down_to(trees, tree, level, depth) > MOST_NODES && depth > 1)
        depth--;
    size_t shown = nodes_down_to(trees, tree, level, depth);
    struct drawing d = {ctx->scratch(ctx, shown * sizeof *d.node), ctx->scratch(ctx, shown * sizeof *d.edge),
                        ctx->scratch(ctx, shown * sizeof *d.label), ctx->scratch(ctx, shown * sizeof *d.detail)};
    if (!d.node || !d.edge || !d.label || !d.detail)
        return ctx->fail(ctx, LT_MEMORY, "no memory to draw a tree of %zu nodes", n);
    place[0] = 0;
    d.node[0].parent = -1;
    d.edge[0][0] = '\0';
    double whole = (double)trees->cover[trees->start[tree]];
    for (size_t i = 0, next = 1; i < n; i++) {
        if (level[i] > depth)
            continue;
        size_t at = m++ == 0 ? 0 : place[i];
        label_text(f, &node[i], d.label[at], LABEL_ROOM);
        detail_text(facts, (uint32_t)i, d.detail[at], LABEL_ROOM);
        d.node[at].edge = d.edge[at];
        d.node[at].label = d.label[at];
        d.node[at].detail = d.detail[at];
        d.node[at].weight = whole > 0 ? (double)trees->cover[trees->start[tree] + i] / whole : -1;
        for (int right = 0; right < 2 && node[i].child != i && level[i] < depth; right++) {
            place[node[i].child + (uint32_t)right] = (uint32_t)next;
            d.node[next].parent = (int32_t)at;
            draw_edge(f, tree, (uint32_t)i, right, facts->missing[node[i].feature & NODE_FEATURE], d.edge[next],
                      EDGE_ROOM);
            next++;
        }
    }
    ctx->emit_tree(ctx, "tree", title, d.node, shown);
    if (depth < deepest)
        ctx->note(ctx, LT_NOTE, "the tree has %zu nodes on %u levels; %u levels are drawn", n, deepest + 1,
                  depth + 1);
    return LT_OK;
}

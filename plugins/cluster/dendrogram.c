#include "plugins/cluster/dendrogram.h"

#include <math.h>

#include "plugins/kit/kit.h"

/* The root of the tree that holds `i`, halving the path to it. */
static uint32_t root_of(uint32_t *parent, uint32_t i)
{
    for (; parent[i] != i; i = parent[i])
        parent[i] = parent[parent[i]];
    return i;
}

static uint32_t *forest(struct lt_ctx *ctx, size_t nodes)
{
    uint32_t *parent = kit_scratch(ctx, nodes, sizeof *parent);
    for (size_t i = 0; parent && i < nodes; i++)
        parent[i] = (uint32_t)i;
    return parent;
}

int dendrogram_build(struct lt_ctx *ctx, const struct edge *merge, size_t m, size_t n, struct join *join)
{
    uint32_t *parent = forest(ctx, n + m);
    if (!parent)
        return LT_MEMORY;
    for (size_t i = 0; i < m; i++) {
        const uint32_t a = root_of(parent, merge[i].a), b = root_of(parent, merge[i].b);
        if (a == b)
            return ctx->fail(ctx, LT_INVALID,
                             "merge %zu of the model joins a cluster with itself; the file is damaged", i + 1);
        join[i] = (struct join){a < b ? a : b, a < b ? b : a, 0, merge[i].length};
        join[i].size = (a < n ? 1 : join[a - n].size) + (b < n ? 1 : join[b - n].size);
        parent[a] = parent[b] = (uint32_t)(n + i);
    }
    return LT_OK;
}

int dendrogram_cut(struct lt_ctx *ctx, const struct join *join, size_t m, size_t n, int32_t *label)
{
    uint32_t *parent = forest(ctx, n + m);
    int32_t *number = kit_scratch(ctx, n + m, sizeof *number), next = 0;
    if (!parent || !number)
        return LT_MEMORY;
    for (size_t i = 0; i < m; i++)
        parent[join[i].left] = parent[join[i].right] = (uint32_t)(n + i);
    for (size_t i = 0; i < n + m; i++)
        number[i] = -1;
    for (size_t i = 0; i < n; i++) {
        int32_t *of_root = &number[root_of(parent, (uint32_t)i)];
        if (*of_root < 0)
            *of_root = next++;
        label[i] = *of_root;
    }
    return LT_OK;
}

/* ---- the picture -------------------------------------------------------------------------------------------- */

enum { MOST_JOINS = 63 }; /* beyond, leaves would touch: lower joins are left out, and their clusters are leaves */

struct drawing {
    const struct join *join;
    size_t n, first; /* joins before `first` are leaves of the picture */
    double leaves;   /* placed so far, from left to right */
    double x[MOST_JOINS];
    size_t points;
    double line[2][10 * MOST_JOINS];
};

static int is_drawn(const struct drawing *d, uint32_t node)
{
    return node >= d->n + d->first;
}

/* Where the stem of a node stands: above the middle of its branches. */
static double place(struct drawing *d, uint32_t node)
{
    if (!is_drawn(d, node))
        return ++d->leaves;
    const size_t i = node - d->n;
    const double left = place(d, d->join[i].left), right = place(d, d->join[i].right);
    return d->x[i - d->first] = (left + right) / 2;
}

static void draw_to(struct drawing *d, double x, double y)
{
    d->line[0][d->points] = x;
    d->line[1][d->points++] = y;
}

/* One stroke round the branches of a node, from its stem and back to it. */
static void draw(struct drawing *d, uint32_t node)
{
    const size_t i = node - d->n;
    const uint32_t child[2] = {d->join[i].left, d->join[i].right};
    draw_to(d, d->x[i - d->first], d->join[i].height);
    for (size_t c = 0; c < 2; c++) {
        const double x = is_drawn(d, child[c]) ? d->x[child[c] - d->n - d->first] : ++d->leaves;
        draw_to(d, x, d->join[i].height);
        if (is_drawn(d, child[c]))
            draw(d, child[c]);
        else
            draw_to(d, x, child[c] < d->n ? 0 : d->join[child[c] - d->n].height);
        draw_to(d, x, d->join[i].height);
    }
    draw_to(d, d->x[i - d->first], d->join[i].height);
}

int dendrogram_draw(struct lt_ctx *ctx, const struct join *join, size_t m, size_t n, double cut)
{
    if (!m || m + 1 < n)
        return LT_OK;
    struct drawing *d = kit_scratch(ctx, 1, sizeof *d);
    if (!d)
        return LT_MEMORY;
    *d = (struct drawing){.join = join, .n = n, .first = m > MOST_JOINS ? m - MOST_JOINS : 0};
    place(d, (uint32_t)(n + m - 1));
    const double span[2] = {0.5, d->leaves + 0.5}, height[2] = {cut, cut};
    d->leaves = 0;
    draw(d, (uint32_t)(n + m - 1));
    const struct lt_series series[] = {
        {.mark = LT_LINE, .name = "merges", .n = d->points, .x = d->line[0], .y = d->line[1]},
        {.mark = LT_LINE, .name = "cut", .n = 2, .x = span, .y = height},
    };
    ctx->emit_plot(ctx, "dendrogram", d->first ? "Dendrogram: the last 63 merges" : "Dendrogram", "rows", "height",
                   series, isfinite(cut) ? 2 : 1);
    return LT_OK;
}

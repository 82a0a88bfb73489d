#include "plugins/cluster/condensed.h"

#include <math.h>

#include "plugins/kit/kit.h"

static const double most_lambda = 1e100; /* of rows at no distance */

static double lambda_at(double height)
{
    return height * most_lambda > 1 ? 1 / height : most_lambda;
}

/* What is known of a node of the dendrogram when its turn comes, from the top down. */
struct branch {
    int32_t cluster; /* that it is in, or fell out of */
    double fell;     /* lambda at which it fell out; negative: it is still in */
};

static int32_t new_cluster(struct condensed *c, int32_t parent, double birth, uint32_t size)
{
    const size_t k = c->k++;
    c->parent[k] = parent;
    c->birth[k] = birth;
    c->stability[k] = 0;
    c->size[k] = size;
    return (int32_t)k;
}

static uint32_t size_of(const struct join *join, size_t n, uint32_t node)
{
    return node < n ? 1 : join[node - n].size;
}

/* One join of the dendrogram: what becomes of its two sides. */
static void split(struct condensed *c, const struct join *join, size_t i, size_t min_size, struct branch *branch)
{
    const struct branch own = branch[c->n + i];
    const uint32_t side[2] = {join[i].left, join[i].right};
    const double lambda = lambda_at(join[i].height);
    const uint32_t size[2] = {size_of(join, c->n, side[0]), size_of(join, c->n, side[1])};
    const int is_split = size[0] >= min_size && size[1] >= min_size;
    for (size_t s = 0; s < 2; s++) {
        branch[side[s]] = own;
        if (own.fell >= 0)
            continue;
        if (is_split)
            branch[side[s]].cluster = new_cluster(c, own.cluster, lambda, size[s]);
        else if (size[s] < min_size)
            branch[side[s]].fell = lambda;
        else
            continue;
        c->stability[own.cluster] += (lambda - c->birth[own.cluster]) * size[s];
        if (own.cluster == 0)
            c->deepest = fmax(c->deepest, lambda);
    }
}

int condensed_build(struct lt_ctx *ctx, const struct join *join, size_t n, size_t min_size, struct condensed *c)
{
    const size_t most = 2 * (n / min_size) + 1;
    *c = (struct condensed){.n = n};
    struct branch *branch = kit_scratch(ctx, 2 * n, sizeof *branch);
    c->parent = kit_scratch(ctx, most, sizeof *c->parent);
    c->birth = kit_scratch_f64(ctx, most);
    c->stability = kit_scratch_f64(ctx, most);
    c->size = kit_scratch(ctx, most, sizeof *c->size);
    c->row = kit_scratch(ctx, n, sizeof *c->row);
    c->lambda = kit_scratch_f64(ctx, n);
    if (!branch || !c->parent || !c->birth || !c->stability || !c->size || !c->row || !c->lambda)
        return LT_MEMORY;
    branch[2 * n - 2] = (struct branch){new_cluster(c, -1, 0, (uint32_t)n), n > 1 ? -1 : 0};
    for (size_t i = n - 1; i-- > 0;)
        split(c, join, i, min_size, branch);
    for (size_t i = 0; i < n; i++) {
        c->row[i] = branch[i].cluster;
        c->lambda[i] = branch[i].fell;
    }
    return LT_OK;
}

/* ---- which clusters to keep --------------------------------------------------------------------------------- */

/* Excess of mass: a cluster is kept when it is at least as stable as the best choice below it. */
static void select_mass(const struct condensed *c, size_t top, double *below, uint8_t *chosen)
{
    for (size_t i = 0; i < c->k; i++)
        below[i] = 0;
    for (size_t i = c->k; i-- > top;) {
        chosen[i] = !(below[i] > c->stability[i]);
        if (i)
            below[c->parent[i]] += chosen[i] ? c->stability[i] : below[i];
    }
}

static void select_leaves(const struct condensed *c, size_t top, uint8_t *chosen)
{
    for (size_t i = top; i < c->k; i++)
        chosen[i] = 1;
    for (size_t i = 1; i < c->k; i++)
        chosen[c->parent[i]] = 0;
}

/* A chosen cluster whose birth is nearer than eps gives way to the first ancestor that is born farther. */
static void widen(const struct condensed *c, size_t top, double eps, const uint8_t *chosen, uint8_t *wide)
{
    for (size_t i = top; i < c->k; i++) {
        if (!chosen[i])
            continue;
        size_t at = i;
        while (at && c->birth[at] * eps > 1 && c->parent[at] >= (int32_t)top)
            at = (size_t)c->parent[at];
        wide[at] = 1;
    }
}

/* Of clusters within each other, the outermost. */
static void keep_highest(const struct condensed *c, uint8_t *covered, uint8_t *chosen)
{
    covered[0] = 0;
    for (size_t i = 1; i < c->k; i++)
        covered[i] = chosen[c->parent[i]] || covered[c->parent[i]];
    for (size_t i = 0; i < c->k; i++)
        chosen[i] = chosen[i] && !covered[i];
}

int condensed_select(struct lt_ctx *ctx, const struct condensed *c, enum selection method, int allow_single,
                     double eps, uint8_t *chosen)
{
    const size_t top = allow_single ? 0 : 1;
    double *below = kit_scratch_f64(ctx, c->k);
    uint8_t *first = kit_scratch(ctx, c->k, 1), *covered = kit_scratch(ctx, c->k, 1);
    if (!below || !first || !covered)
        return LT_MEMORY;
    memset(first, 0, c->k);
    memset(chosen, 0, c->k);
    if (method == SELECT_LEAF)
        select_leaves(c, top, first);
    else
        select_mass(c, top, below, first);
    keep_highest(c, covered, first);
    widen(c, top, eps, first, chosen);
    keep_highest(c, covered, chosen);
    return LT_OK;
}

int32_t condensed_cluster_of(const struct condensed *c, const uint8_t *chosen, size_t i)
{
    int32_t at = c->row[i];
    while (at >= 0 && !chosen[at])
        at = c->parent[at];
    /* Rows that left the root before its last went are not of a single cluster. */
    return at == 0 && c->row[i] == 0 && c->lambda[i] < c->deepest ? -1 : at;
}

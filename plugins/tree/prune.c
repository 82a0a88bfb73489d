/* The weakest link comes out of a heap. Cutting it changes its ancestors' links alone, which join the heap anew;
 * entries that have become old are passed over. */
#include "plugins/tree/prune.h"

#include <math.h>
#include <string.h>

#include "plugins/kit/state.h"
#include "plugins/tree/room.h"

/* An inner node as a candidate: what its branch saves for each leaf more than one. */
struct link {
    double alpha;
    uint32_t at, version;
};

struct pruning {
    const struct node *node;
    double *cost;   /* R of the node as a leaf */
    double *branch; /* R of the leaves below it */
    uint32_t *leaves, *parent, *version;
    uint8_t *cut; /* a branch was cut here */
    struct link *heap;
    size_t n_heap, heap_cap;
};

static int goes_before(const struct link *a, const struct link *b)
{
    return a->alpha != b->alpha ? a->alpha < b->alpha : a->at < b->at;
}

static int push_link(struct pruning *q, uint32_t at)
{
    struct link link = {(q->cost[at] - q->branch[at]) / (q->leaves[at] - 1.0), at, ++q->version[at]};
    if (room_grow((void **)&q->heap, &q->heap_cap, q->n_heap + 1, sizeof *q->heap) != 0)
        return -1;
    size_t i = q->n_heap++;
    for (; i > 0 && goes_before(&link, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = link;
    return 0;
}

static struct link pop_link(struct pruning *q)
{
    struct link top = q->heap[0], last = q->heap[--q->n_heap];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < q->n_heap; i = child) {
        child += child + 1 < q->n_heap && goes_before(&q->heap[child + 1], &q->heap[child]);
        if (goes_before(&last, &q->heap[child]))
            break;
        q->heap[i] = q->heap[child];
    }
    if (q->n_heap)
        q->heap[i] = last;
    return top;
}

/* Costs, and the sums of every branch: children come after their parents. */
static int measure(struct pruning *q, size_t n, const double *impurity, const double *weight)
{
    for (size_t i = 0; i < n; i++)
        q->cost[i] = weight[i] / weight[0] * impurity[i];
    for (size_t i = n; i-- > 0;) {
        uint32_t child = q->node[i].child;
        int leaf = child == i;
        q->branch[i] = leaf ? q->cost[i] : q->branch[child] + q->branch[child + 1];
        q->leaves[i] = leaf ? 1 : q->leaves[child] + q->leaves[child + 1];
        if (!leaf)
            q->parent[child] = q->parent[child + 1] = (uint32_t)i;
    }
    for (size_t i = 0; i < n; i++)
        if (q->node[i].child != i && push_link(q, (uint32_t)i) != 0)
            return -1;
    return 0;
}

/* Is the node below a cut, or cut itself? */
static int is_gone(const struct pruning *q, uint32_t at)
{
    while (at && !q->cut[at])
        at = q->parent[at];
    return q->cut[at];
}

static int cut_branch(struct pruning *q, uint32_t at)
{
    double cost = q->cost[at] - q->branch[at];
    uint32_t leaves = q->leaves[at] - 1;
    q->cut[at] = 1;
    for (uint32_t a = at;; a = q->parent[a]) {
        q->branch[a] += cost;
        q->leaves[a] -= leaves;
        if (a != at && push_link(q, a) != 0)
            return -1;
        if (a == 0)
            return 0;
    }
}

static void add_point(struct prune_path *path, double alpha, double impurity, double leaves)
{
    path->alpha[path->n] = alpha;
    path->impurity[path->n] = impurity;
    path->leaves[path->n++] = leaves;
}

static int path_room(struct prune_path *path, size_t n)
{
    *path = (struct prune_path){0, room_new(n, sizeof(double)), room_new(n, sizeof(double)),
                                room_new(n, sizeof(double))};
    return path->alpha && path->impurity && path->leaves ? 0 : -1;
}

int prune_find(size_t n, const struct node *node, const double *impurity, const double *weight, double alpha,
               struct prune_path *path, uint8_t *is_leaf)
{
    struct pruning q = {.node = node,
                        .cost = room_new(n, sizeof *q.cost),
                        .branch = room_new(n, sizeof *q.branch),
                        .leaves = room_new(n, sizeof *q.leaves),
                        .parent = room_zero(n, sizeof *q.parent),
                        .version = room_zero(n, sizeof *q.version),
                        .cut = room_zero(n, 1)};
    int status = q.cost && q.branch && q.leaves && q.parent && q.version && q.cut && path_room(path, n) == 0 &&
                         measure(&q, n, impurity, weight) == 0
                     ? 0
                     : -1;
    memset(is_leaf, 0, n);
    if (status == 0)
        add_point(path, 0, q.branch[0], q.leaves[0]);
    while (status == 0 && q.n_heap > 0) {
        struct link link = pop_link(&q);
        if (q.version[link.at] != link.version || is_gone(&q, link.at))
            continue;
        is_leaf[link.at] = link.alpha <= alpha;
        status = cut_branch(&q, link.at);
        add_point(path, link.alpha > 0 ? link.alpha : 0, q.branch[0], q.leaves[0]);
    }
    room_free(q.cost);
    room_free(q.branch);
    room_free(q.leaves);
    room_free(q.parent);
    room_free(q.version);
    room_free(q.cut);
    room_free(q.heap);
    return status;
}

void prune_free(struct prune_path *path)
{
    room_free(path->alpha);
    room_free(path->impurity);
    room_free(path->leaves);
    *path = (struct prune_path){0};
}

void prune_emit(struct lt_ctx *ctx, const struct prune_path *path, double alpha)
{
    enum { MOST_ROWS = 100 };
    static const char *const columns[] = {"ccp_alpha:real", "impurity:real", "leaves:int"};
    if (path->n < 2)
        return;
    size_t shown = path->n < MOST_ROWS ? path->n : MOST_ROWS, at = 0;
    ctx->emit_table(ctx, "pruning", "Cost-complexity pruning: what is left from each ccp_alpha on", columns, 3);
    for (size_t i = 0; i < shown; i++) {
        size_t k = i * (path->n - 1) / (shown - 1);
        ctx->emit_row(ctx, (struct lt_cell[]){LT_CREAL(path->alpha[k]), LT_CREAL(path->impurity[k]),
                                              LT_CINT(path->leaves[k])});
    }
    if (shown < path->n)
        ctx->note(ctx, LT_NOTE, "pruning has %zu stages; %zu of them are listed", path->n, shown);
    while (at + 1 < path->n && path->alpha[at + 1] <= alpha)
        at++;
    const struct lt_series series[] = {
        {LT_STEPS, "impurity of the leaves", path->n, path->alpha, path->impurity, NULL},
        {LT_POINTS, "this tree", 1, &alpha, &path->impurity[at], NULL}};
    ctx->emit_plot(ctx, "pruning", "Cost-complexity pruning", "ccp_alpha", "impurity", series, 2);
}

int prune_save(struct lt_ctx *ctx, const struct prune_path *path)
{
    int status = kit_put_f64(ctx, "pruning.alpha", path->alpha, path->n, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "pruning.impurity", path->impurity, path->n, 0);
    return status == LT_OK ? kit_put_f64(ctx, "pruning.leaves", path->leaves, path->n, 0) : status;
}

/* A tree that was saved while it grew has no path. */
int prune_load(struct lt_ctx *ctx, struct prune_path *path)
{
    struct lt_tensor alpha;
    if (ctx->get_tensor(ctx, "pruning.alpha", LT_T_F64, 1, &alpha) != LT_OK)
        return LT_OK;
    if (path_room(path, alpha.shape[0]) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu stages of pruning", alpha.shape[0]);
    int status = kit_get_f64(ctx, "pruning.alpha", path->alpha, alpha.shape[0], 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "pruning.impurity", path->impurity, alpha.shape[0], 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "pruning.leaves", path->leaves, alpha.shape[0], 0);
    path->n = alpha.shape[0];
    for (size_t i = 0; i < path->n && status == LT_OK; i++)
        if (!isfinite(path->alpha[i]) || !isfinite(path->impurity[i]) ||
            !(path->leaves[i] >= 1 && path->leaves[i] <= UINT32_MAX))
            status = ctx->fail(ctx, LT_INVALID, "the pruning of the saved tree is damaged");
    return status;
}

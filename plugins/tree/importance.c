#include "plugins/tree/importance.h"

#include <stdlib.h>

static void tree_gains(const struct nodes *f, size_t tree, double scale, double *share)
{
    for (size_t i = f->start[tree]; i < f->start[tree + 1]; i++)
        if (f->node[i].child != i - f->start[tree])
            share[f->node[i].feature & NODE_FEATURE] += scale * (double)f->gain[i];
}

static double all_gains(const struct nodes *f, size_t tree)
{
    double sum = 0;
    for (size_t i = f->start[tree]; i < f->start[tree + 1]; i++)
        sum += (double)f->gain[i];
    return sum;
}

void importance_shares(const struct nodes *f, int per_tree, const double *vote, size_t p, double *share)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        share[j] = 0;
    for (size_t t = 0; t < f->n_trees; t++) {
        double whole = per_tree ? all_gains(f, t) : 1;
        if (whole > 0)
            tree_gains(f, t, (vote ? vote[t] : 1) / whole, share);
    }
    for (size_t j = 0; j < p; j++)
        sum += share[j];
    for (size_t j = 0; j < p && sum > 0; j++)
        share[j] /= sum;
}

struct ranked {
    double share;
    size_t j;
};

static int greater(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    return x->j < y->j ? -1 : 1;
}

int importance_emit(struct lt_ctx *ctx, const struct names *names, const struct nodes *f, int per_tree,
                    const double *vote, const char *title)
{
    static const char *const columns[] = {"feature:text", "importance:real"};
    double *share = ctx->scratch(ctx, (names->p + 1) * sizeof *share);
    struct ranked *rank = ctx->scratch(ctx, (names->p + 1) * sizeof *rank);
    if (share == NULL || rank == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the importance of %zu columns", names->p);
    importance_shares(f, per_tree, vote, names->p, share);
    for (size_t j = 0; j < names->p; j++)
        rank[j] = (struct ranked){share[j], j};
    qsort(rank, names->p, sizeof *rank, greater);
    ctx->emit_table(ctx, "importance", title, columns, 2);
    for (size_t j = 0; j < names->p; j++)
        ctx->emit_row(ctx, (struct lt_cell[]){LT_CTEXT(names->column[rank[j].j]), LT_CREAL(rank[j].share)});
    return LT_OK;
}

#include "plugins/cluster/affinity.h"

#include <math.h>

#include "num/la.h"
#include "num/vmath.h"
#include "plugins/cluster/centres.h"
#include "plugins/kit/kit.h"
#include "plugins/kit/nearest_rows.h"

enum { ROWS = 16 };

static double root_of_degree(double degree)
{
    return degree > 0 ? 1 / sqrt(degree) : 1;
}

struct job {
    struct affinity *a;
    const double *x, *v;
    size_t p, b;
    double gamma;
    double *out;
};

static void rbf_rows(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const size_t n = job->a->n;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        double *row = job->a->dense + i * n, degree = 0;
        for (size_t j = 0; j < n; j++)
            row[j] = -job->gamma * squared_distance(job->p, job->x + i * job->p, job->x + j * job->p);
        vmath_exp(n, row, row);
        row[i] = 0;
        for (size_t j = 0; j < n; j++)
            degree += row[j];
        job->a->root[i] = root_of_degree(degree);
        row[i] = degree > 0 ? 0 : 1;
    }
}

static void normalise_rows(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct affinity *a = job->a;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j < a->n; j++)
            a->dense[i * a->n + j] *= a->root[i] * a->root[j];
}

int affinity_rbf(struct lt_ctx *ctx, struct affinity *a, const double *x, size_t n, size_t p, double gamma)
{
    *a = (struct affinity){.n = n, .root = kit_alloc_f64(ctx, n)};
    if (!a->root)
        return LT_MEMORY;
    a->dense = malloc(n * n * sizeof *a->dense);
    if (!a->dense)
        return ctx->fail(ctx, LT_MEMORY,
                         "there is no memory for the affinities of %zu rows; use affinity=nearest_neighbors", n);
    struct job job = {.a = a, .x = x, .p = p, .gamma = gamma};
    const int status = kit_blocks(ctx, n, ROWS, rbf_rows, &job);
    return status == LT_OK ? kit_blocks(ctx, n, ROWS, normalise_rows, &job) : status;
}

struct lists {
    uint32_t *near; /* n x k, itself left out where it is found */
    size_t k;
};

static void keep_list(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    const struct lists *job = arg;
    for (size_t i = 0; i < k; i++)
        job->near[query * k + i] = list[i].row;
}

/* Each pair that is near adds half an entry to both rows; equal entries are added up when they are used. */
int affinity_neighbours(struct lt_ctx *ctx, struct affinity *a, const double *x, size_t n, size_t p, size_t k)
{
    *a = (struct affinity){.n = n, .root = kit_alloc_f64(ctx, n)};
    a->start = kit_alloc(ctx, n + 1, sizeof *a->start);
    a->column = kit_alloc(ctx, 2 * n, k * sizeof *a->column);
    a->value = kit_alloc(ctx, 2 * n, k * sizeof *a->value);
    struct lists lists = {kit_scratch(ctx, n, k * sizeof(uint32_t)), k};
    size_t *at = kit_scratch(ctx, n, sizeof *at);
    struct nearest_rows rows;
    if (!a->root || !a->start || !a->column || !a->value || !lists.near || !at)
        return LT_MEMORY;
    int status = nearest_rows_build(ctx, &rows, PANEL_SQUARED, x, n, p);
    if (status != LT_OK)
        return status;
    status = nearest_rows_find(ctx, &rows, x, n, p, k, keep_list, &lists);
    nearest_rows_free(&rows);
    if (status != LT_OK)
        return status;
    for (size_t e = 0; e < n * k; e++)
        if (lists.near[e] != e / k) {
            a->start[e / k + 1]++;
            a->start[lists.near[e] + 1]++;
        }
    for (size_t i = 0; i < n; i++) {
        a->root[i] = root_of_degree((double)a->start[i + 1] / 2);
        a->start[i + 1] += a->start[i];
        at[i] = a->start[i];
    }
    for (size_t e = 0; e < n * k; e++) {
        const size_t i = e / k, j = lists.near[e];
        if (i == j)
            continue;
        a->column[at[i]] = (uint32_t)j;
        a->value[at[i]++] = 0.5 * a->root[i] * a->root[j];
        a->column[at[j]] = (uint32_t)i;
        a->value[at[j]++] = 0.5 * a->root[i] * a->root[j];
    }
    return LT_OK;
}

void affinity_free(struct affinity *a)
{
    free(a->dense);
    free(a->start);
    free(a->column);
    free(a->value);
    free(a->root);
    *a = (struct affinity){0};
}

static void multiply_rows(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct affinity *a = job->a;
    const size_t n = a->n;
    (void)block;
    (void)worker;
    if (a->dense) {
        la_gemm(0, 1, job->b, end - begin, n, 1, job->v, n, a->dense + begin * n, n, 0, job->out + begin, n);
        return;
    }
    for (size_t r = 0; r < job->b; r++)
        for (size_t i = begin; i < end; i++) {
            double sum = 0;
            for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
                sum += a->value[e] * job->v[r * n + a->column[e]];
            job->out[r * n + i] = sum;
        }
}

int affinity_multiply(struct lt_ctx *ctx, const struct affinity *a, const double *v, size_t b, double *out)
{
    struct affinity shared = *a;
    struct job job = {.a = &shared, .v = v, .b = b, .out = out};
    return kit_blocks(ctx, a->n, 4 * ROWS, multiply_rows, &job);
}

#include "plugins/reduce/start.h"

#include <math.h>

#include "plugins/kit/kit.h"
#include "plugins/reduce/principal.h"

enum { STREAM = 77 };

static double normal(uint64_t seed, uint64_t index)
{
    const double u = 1 - lt_uniform(seed, STREAM, 2 * index), v = lt_uniform(seed, STREAM, 2 * index + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double deviation(size_t n, size_t d, const double *y)
{
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i * d] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (y[i * d] - mean) * (y[i * d] - mean) / (double)n;
    return sqrt(square);
}

/* How many components were found: none of rows that are all the same. */
static int by_pca(struct lt_ctx *ctx, const struct lt_data *data, size_t d, double *y, size_t *found)
{
    const size_t most = data->n < data->p ? data->n : data->p;
    const struct principal_options o = {BY_AUTO, d < most ? d : most, 10, 0, 0};
    struct principal a = {0};
    int status = principal_fit(ctx, data, &o, &a);
    if (status != LT_OK)
        return status;
    while (*found < a.k && a.variance[*found] > 0 && a.variance[*found] > 1e-20 * a.total)
        ++*found;
    status = principal_project(ctx, data, *found, a.axis, a.mean, 0, y, d);
    principal_free(&a);
    return status;
}

int start_components(struct lt_ctx *ctx, const struct lt_data *data, size_t d, double *y)
{
    size_t found = 0;
    memset(y, 0, data->n * d * sizeof *y);
    return by_pca(ctx, data, d, y, &found);
}

int start_points(struct lt_ctx *ctx, const struct lt_data *data, enum start how, size_t d, double spread,
                 double *y)
{
    const size_t n = data->n;
    size_t found = 0;
    if (how == START_PCA && n > 1) {
        const int status = by_pca(ctx, data, d, y, &found);
        if (status != LT_OK)
            return status;
    }
    const double scale = found ? spread / deviation(n, d, y) : 0;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < d; c++)
            y[i * d + c] =
                c < found ? y[i * d + c] * scale : spread * (found ? 0.01 : 1) * normal(ctx->seed, i * d + c);
    return LT_OK;
}

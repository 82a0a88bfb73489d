#include "plugins/reduce/attraction.h"

#include <math.h>

#include "num/simd.h"
#include "plugins/kit/kit.h"

enum { ROWS = 256, LANES = 8 };

/* Up to eight edges side by side. */
NUM_INLINE void pull_lanes(size_t lanes, const uint32_t *to, const float *value, size_t d, const float *y,
                           const float *own, float f[3][LANES])
{
    float delta[3][LANES], w[LANES];
    for (size_t c = 0; c < d; c++)
        for (size_t l = 0; l < lanes; l++)
            delta[c][l] = own[c] - y[to[l] * d + c];
    for (size_t l = 0; l < lanes; l++) {
        float square = 1;
        for (size_t c = 0; c < d; c++)
            square += delta[c][l] * delta[c][l];
        w[l] = value[l] / square;
    }
    for (size_t c = 0; c < d; c++)
        for (size_t l = 0; l < lanes; l++)
            f[c][l] += w[l] * delta[c][l];
}

/* All edges of one row. */
NUM_INLINE void pull_row(size_t n, const uint32_t *to, const float *value, size_t d, const float *y,
                         const float *own, float *force)
{
    float f[3][LANES] = {{0}};
    size_t e = 0;
    for (; e + LANES <= n; e += LANES)
        pull_lanes(LANES, to + e, value + e, d, y, own, f);
    pull_lanes(n - e, to + e, value + e, d, y, own, f);
    for (size_t c = 0; c < d; c++)
        force[c] = ((f[c][0] + f[c][4]) + (f[c][2] + f[c][6])) + ((f[c][1] + f[c][5]) + (f[c][3] + f[c][7]));
}

NUM_CLONES static void pull_rows(const struct graph *g, size_t begin, size_t end, size_t d, const float *y,
                                 float *force)
{
    for (size_t i = begin; i < end; i++) {
        const size_t at = g->start[i], n = g->start[i + 1] - at;
        if (d == 2)
            pull_row(n, g->to + at, g->value + at, 2, y, y + i * 2, force + i * 2);
        else
            pull_row(n, g->to + at, g->value + at, d, y, y + i * d, force + i * d);
    }
}

static double spread_rows(const struct graph *g, size_t begin, size_t end, size_t d, const float *y)
{
    double sum = 0;
    for (size_t i = begin; i < end; i++)
        for (size_t e = g->start[i]; e < g->start[i + 1]; e++) {
            double square = 0;
            for (size_t c = 0; c < d; c++) {
                const double delta = (double)y[i * d + c] - (double)y[g->to[e] * d + c];
                square += delta * delta;
            }
            sum += (double)g->value[e] * log1p(square);
        }
    return sum;
}

struct pull {
    const struct graph *g;
    size_t d;
    const float *y;
    float *force;
    double *spread; /* a block each, or NULL */
};

static void pull_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pull *pull = arg;
    (void)worker;
    pull_rows(pull->g, begin, end, pull->d, pull->y, pull->force);
    if (pull->spread)
        pull->spread[block] = spread_rows(pull->g, begin, end, pull->d, pull->y);
}

int attraction_of(struct lt_ctx *ctx, const struct graph *g, size_t d, const float *y, float *force,
                  double *spread)
{
    const size_t blocks = kit_block_count(g->n, ROWS);
    struct pull pull = {g, d, y, force, spread ? kit_scratch_f64(ctx, blocks) : 0};
    if (spread && !pull.spread)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, g->n, ROWS, pull_block, &pull);
    if (status == LT_OK && spread) {
        kit_add_slots(pull.spread, blocks, 1);
        *spread = pull.spread[0];
    }
    return status;
}

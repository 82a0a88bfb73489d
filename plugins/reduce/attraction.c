#include "plugins/reduce/attraction.h"

#include <string.h>

#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/kit/kit.h"

enum { ROWS = 256, LANES = 8, PIECE = 256 };

/* ---- all edges of one row -------------------------------------------------------------------------------------- */

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

NUM_CLONES void attraction_plain(size_t n, const uint32_t *to, const float *value, size_t d, const float *y,
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

/* In the plane a point is as large as a double, and a register holds several of them: x and y in turn. One body for
 * each register width; what is missing of the last few edges pulls with 0. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define HAVE_PLANE 1
#endif
#endif

#ifdef HAVE_PLANE
typedef double __attribute__((may_alias)) point;

#define POINTS_2(y, to) y[(to)[0]], y[(to)[1]]
#define POINTS_4(y, to) POINTS_2(y, to), y[(to)[2]], y[(to)[3]]
#define POINTS_8(y, to) POINTS_4(y, to), y[(to)[4]], y[(to)[5]], y[(to)[6]], y[(to)[7]]
#define TWICE_2 0, 0, 1, 1
#define TWICE_4 TWICE_2, 2, 2, 3, 3
#define TWICE_8 TWICE_4, 4, 4, 5, 5, 6, 6, 7, 7
#define SWAPPED_2 1, 0, 3, 2
#define SWAPPED_4 SWAPPED_2, 5, 4, 7, 6
#define SWAPPED_8 SWAPPED_4, 9, 8, 11, 10, 13, 12, 15, 14

#define DEFINE_PULL(name, target_attribute, EDGES)                                                                \
    typedef float name##_floats __attribute__((vector_size(8 * EDGES)));                                          \
    typedef float name##_values __attribute__((vector_size(4 * EDGES)));                                          \
    typedef double name##_points __attribute__((vector_size(8 * EDGES)));                                         \
                                                                                                                  \
    target_attribute NUM_INLINE name##_floats name##_few(const uint32_t *to, const float *value, const point *y,  \
                                                         name##_floats own)                                       \
    {                                                                                                             \
        const name##_points at = {POINTS_##EDGES(y, to)};                                                         \
        name##_values v;                                                                                          \
        memcpy(&v, value, sizeof v);                                                                              \
        const name##_floats delta = own - (name##_floats)at, square = delta * delta;                              \
        const name##_floats both = square + __builtin_shufflevector(square, square, SWAPPED_##EDGES) + 1.0f;      \
        return __builtin_shufflevector(v, v, TWICE_##EDGES) / both * delta;                                       \
    }                                                                                                             \
                                                                                                                  \
    target_attribute static void name(size_t n, const uint32_t *to, const float *value, const float *y,           \
                                      const float *own, float *force)                                             \
    {                                                                                                             \
        const point self = *(const point *)own;                                                                   \
        name##_points selves;                                                                                     \
        name##_floats sum = {0};                                                                                  \
        uint32_t last[EDGES];                                                                                     \
        float none[EDGES] = {0};                                                                                  \
        size_t e = 0;                                                                                             \
        for (size_t l = 0; l < EDGES; l++)                                                                        \
            selves[l] = self;                                                                                     \
        for (; e + EDGES <= n; e += EDGES)                                                                        \
            sum += name##_few(to + e, value + e, (const point *)y, (name##_floats)selves);                        \
        for (size_t l = 0; e < n && l < EDGES; l++) {                                                             \
            last[l] = to[e + l < n ? e + l : e];                                                                  \
            none[l] = e + l < n ? value[e + l] : 0;                                                               \
        }                                                                                                         \
        if (e < n)                                                                                                \
            sum += name##_few(last, none, (const point *)y, (name##_floats)selves);                               \
        force[0] = force[1] = 0;                                                                                  \
        for (size_t l = 0; l < 2 * EDGES; l++)                                                                    \
            force[l % 2] += sum[l];                                                                               \
    }

DEFINE_PULL(pull_narrow, , 2)
#if defined(NUM_HAVE_CLONES)
DEFINE_PULL(pull_v3, __attribute__((target("arch=x86-64-v3"))), 4)
DEFINE_PULL(pull_v4, __attribute__((target("arch=x86-64-v4"))), 8)
#endif
#endif

void attraction_row(size_t n, const uint32_t *to, const float *value, size_t d, const float *y, const float *own,
                    float *force)
{
#ifdef HAVE_PLANE
    if (d == 2) {
#if defined(NUM_HAVE_CLONES)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq"))
            pull_v4(n, to, value, y, own, force);
        else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            pull_v3(n, to, value, y, own, force);
        else
#endif
            pull_narrow(n, to, value, y, own, force);
        return;
    }
#endif
    attraction_plain(n, to, value, d, y, own, force);
}

/* ---- all rows -------------------------------------------------------------------------------------------------- */

/* The logarithms of a piece are taken together. */
static double spread_rows(const struct graph *g, size_t begin, size_t end, size_t d, const float *y)
{
    double sum = 0, log_of[PIECE];
    for (size_t i = begin; i < end; i++)
        for (size_t from = g->start[i]; from < g->start[i + 1]; from += PIECE) {
            const size_t n = g->start[i + 1] - from < PIECE ? g->start[i + 1] - from : PIECE;
            for (size_t e = 0; e < n; e++) {
                log_of[e] = 1;
                for (size_t c = 0; c < d; c++) {
                    const double delta = (double)y[i * d + c] - (double)y[g->to[from + e] * d + c];
                    log_of[e] += delta * delta;
                }
            }
            vmath_log(n, log_of, log_of);
            for (size_t e = 0; e < n; e++)
                sum += (double)g->value[from + e] * log_of[e];
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
    for (size_t i = begin; i < end; i++) {
        const size_t at = pull->g->start[i], n = pull->g->start[i + 1] - at;
        attraction_row(n, pull->g->to + at, pull->g->value + at, pull->d, pull->y, pull->y + i * pull->d,
                       pull->force + i * pull->d);
    }
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

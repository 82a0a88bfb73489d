#include "num/gram.h"

#include "num/simd.h"

#include <string.h>

enum { TILE = 4 };

/* Accumulators are registers only when the loops over them are gone, at any level of optimisation. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

/* sum[a][b] = x_a . y_b for TILE x columns, `columns` of them at once: TILE x columns accumulators have to fit the
 * registers. One body, built once for each register width. */
#define DEFINE_TILE(name, target_attribute, bytes, columns)                                                       \
    target_attribute static void name(size_t n, const double *const x[TILE], const double *const y[TILE],         \
                                      double sum[TILE][TILE])                                                     \
    {                                                                                                             \
        typedef double vector __attribute__((vector_size(bytes)));                                                \
        enum { WIDTH = (bytes) / sizeof(double) };                                                                \
        for (int first = 0; first < TILE; first += columns) {                                                     \
            vector acc[TILE][columns], left[TILE], right;                                                         \
            double lane[WIDTH];                                                                                   \
            size_t i = 0;                                                                                         \
            EACH (a, TILE)                                                                                        \
                EACH (b, columns)                                                                                 \
                    acc[a][b] = (vector){0};                                                                      \
            for (; i + WIDTH <= n; i += WIDTH) {                                                                  \
                EACH (a, TILE)                                                                                    \
                    memcpy(&left[a], x[a] + i, sizeof left[a]);                                                   \
                EACH (b, columns) {                                                                               \
                    memcpy(&right, y[first + b] + i, sizeof right);                                               \
                    EACH (a, TILE)                                                                                \
                        acc[a][b] += left[a] * right;                                                             \
                }                                                                                                 \
            }                                                                                                     \
            EACH (a, TILE)                                                                                        \
                EACH (b, columns) {                                                                               \
                    double total = 0;                                                                             \
                    memcpy(lane, &acc[a][b], sizeof lane);                                                        \
                    for (int l = 0; l < WIDTH; l++)                                                               \
                        total += lane[l];                                                                         \
                    for (size_t rest = i; rest < n; rest++)                                                       \
                        total += x[a][rest] * y[first + b][rest];                                                 \
                    sum[a][first + b] = total;                                                                    \
                }                                                                                                 \
        }                                                                                                         \
    }

typedef void tile_fn(size_t n, const double *const x[TILE], const double *const y[TILE], double sum[TILE][TILE]);

DEFINE_TILE(tile_plain, , 16, 2)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
DEFINE_TILE(tile_v3, __attribute__((target("arch=x86-64-v3"))), 32, 2)
DEFINE_TILE(tile_v4, __attribute__((target("arch=x86-64-v4"))), 64, 4)

static tile_fn *tile_of_this_machine(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return tile_v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return tile_v3;
    return tile_plain;
}
#else
static tile_fn *tile_of_this_machine(void)
{
    return tile_plain;
}
#endif

/* Beyond the last column the last one stands in; its sums are dropped. */
static void choose(const double *x, size_t ldx, size_t p, size_t first, const double *column[TILE])
{
    for (size_t k = 0; k < TILE; k++)
        column[k] = x + (first + k < p ? first + k : p - 1) * ldx;
}

void gram_lower(size_t n, size_t p, const double *x, size_t ldx, double *c, size_t ldc)
{
    tile_fn *tile = tile_of_this_machine();
    const double *left[TILE], *right[TILE];
    double sum[TILE][TILE];
    for (size_t i = 0; i < p; i += TILE) {
        choose(x, ldx, p, i, left);
        for (size_t j = 0; j <= i; j += TILE) {
            choose(x, ldx, p, j, right);
            tile(n, left, right, sum);
            for (size_t a = i; a < p && a < i + TILE; a++)
                for (size_t b = j; b <= a && b < j + TILE; b++)
                    c[a * ldc + b] += sum[a - i][b - j];
        }
    }
}

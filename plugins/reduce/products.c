#include "plugins/reduce/products.h"

#include <string.h>

#include "num/simd.h"

enum { ROWS = PRODUCTS_ROWS, TILE = PRODUCTS_TILE, LANES = PRODUCTS_LANES };

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

/* One body for each register width. A tile of 4 x `across` columns has its sums in registers; lanes that a register
 * doesn't hold are visited one after the other, so every machine adds in the same order. */
#define DEFINE_PRODUCTS(name, target_attribute, bytes, across)                                                    \
    target_attribute static void name##_tile(const double *a, const double *b, double *sum, size_t stride)        \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(double) };                                                                \
        typedef double vector __attribute__((vector_size(bytes)));                                                \
        for (size_t lane = 0; lane < LANES; lane += WIDTH) {                                                      \
            vector acc[TILE][across], x[TILE], y;                                                                 \
            EACH (r, TILE)                                                                                        \
                EACH (c, across)                                                                                  \
                    memcpy(&acc[r][c], sum + r * stride + c * LANES + lane, bytes);                               \
            for (size_t i = lane; i < ROWS; i += LANES) {                                                         \
                EACH (r, TILE)                                                                                    \
                    memcpy(&x[r], a + r * ROWS + i, bytes);                                                       \
                EACH (c, across) {                                                                                \
                    memcpy(&y, b + c * ROWS + i, bytes);                                                          \
                    EACH (r, TILE)                                                                                \
                        acc[r][c] += x[r] * y;                                                                    \
                }                                                                                                 \
            }                                                                                                     \
            EACH (r, TILE)                                                                                        \
                EACH (c, across)                                                                                  \
                    memcpy(sum + r * stride + c * LANES + lane, &acc[r][c], bytes);                               \
        }                                                                                                         \
    }                                                                                                             \
    target_attribute static void name(size_t p, const double *x, double *sum)                                     \
    {                                                                                                             \
        for (size_t a = 0; a < p; a += TILE)                                                                      \
            for (size_t b = 0; b < a + TILE; b += (across))                                                       \
                name##_tile(x + a * ROWS, x + b * ROWS, sum + (a * p + b) * LANES, p * LANES);                    \
    }

DEFINE_PRODUCTS(products_narrow, , 16, 2)

#if defined(NUM_HAVE_CLONES)
DEFINE_PRODUCTS(products_v3, __attribute__((target("arch=x86-64-v3"))), 32, 2)
DEFINE_PRODUCTS(products_v4, __attribute__((target("arch=x86-64-v4"))), 64, 4)
#endif

void products_add(size_t p, const double *x, double *sum)
{
#if defined(NUM_HAVE_CLONES)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        products_v4(p, x, sum);
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        products_v3(p, x, sum);
    else
#endif
        products_narrow(p, x, sum);
}

void products_add_plain(size_t p, const double *x, double *sum)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < a / TILE * TILE + TILE; b++)
            for (size_t i = 0; i < ROWS; i++)
                sum[(a * p + b) * LANES + i % LANES] += x[a * ROWS + i] * x[b * ROWS + i];
}

void products_total(size_t p, size_t padded, const double *sum, double *c)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b <= a; b++) {
            const double *s = sum + (a * padded + b) * LANES;
            c[a * p + b] = c[b * p + a] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
        }
}

NUM_CLONES double products_shift(size_t n, const double *x, double less, double *out)
{
    double s[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            out[i + l] = x[i + l] - less;
            s[l] += out[i + l];
        }
    for (size_t l = 0; i + l < n; l++) {
        out[i + l] = x[i + l] - less;
        s[l] += out[i + l];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

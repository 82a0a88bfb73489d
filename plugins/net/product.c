#include "plugins/net/product.h"

#include <string.h>

#include "num/simd.h"

/* Rows of b that all tiles of a strip meet before more of them are looked at, so that they stay in the first cache;
 * and the floats of the widest register. */
enum { DEEP = 256, WIDEST = 16 };

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

/* A tile of ROWS x VECTORS registers. */
#define DEFINE_TILE(name, target_attribute, bytes, ROWS, VECTORS)                                                 \
    target_attribute static void name(size_t k, const float *a, size_t row, size_t column, const float *b,        \
                                      size_t ldb, int add, float *c, size_t ldc)                                  \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(float) };                                                                 \
        typedef float vector __attribute__((vector_size(bytes)));                                                 \
        vector sum[ROWS][VECTORS], y[VECTORS];                                                                    \
        EACH (i, ROWS)                                                                                            \
            EACH (v, VECTORS) {                                                                                   \
                if (add)                                                                                          \
                    memcpy(&sum[i][v], c + i * ldc + v * WIDTH, bytes);                                           \
                else                                                                                              \
                    sum[i][v] = (vector){0};                                                                      \
            }                                                                                                     \
        for (size_t t = 0; t < k; t++, a += column, b += ldb) {                                                   \
            EACH (v, VECTORS)                                                                                     \
                memcpy(&y[v], b + v * WIDTH, bytes);                                                              \
            EACH (i, ROWS) {                                                                                      \
                const float x = a[i * row];                                                                       \
                EACH (v, VECTORS)                                                                                 \
                    sum[i][v] += x * y[v];                                                                        \
            }                                                                                                     \
        }                                                                                                         \
        EACH (i, ROWS)                                                                                            \
            EACH (v, VECTORS)                                                                                     \
                memcpy(c + i * ldc + v * WIDTH, &sum[i][v], bytes);                                               \
    }

/* All rows of a strip of columns, by tiles of ROWS, then of half as many, then of one. */
#define DEFINE_STRIP(name, target_attribute, bytes, ROWS, HALF, VECTORS)                                          \
    DEFINE_TILE(name##_rows, target_attribute, bytes, ROWS, VECTORS)                                              \
    DEFINE_TILE(name##_half, target_attribute, bytes, HALF, VECTORS)                                              \
    DEFINE_TILE(name##_one, target_attribute, bytes, 1, VECTORS)                                                  \
    target_attribute static void name(size_t m, size_t k, const float *a, size_t row, size_t column,              \
                                      const float *b, size_t ldb, int add, float *c, size_t ldc)                  \
    {                                                                                                             \
        size_t i = 0;                                                                                             \
        for (; i + (ROWS) <= m; i += (ROWS))                                                                      \
            name##_rows(k, a + i * row, row, column, b, ldb, add, c + i * ldc, ldc);                              \
        for (; i + (HALF) <= m; i += (HALF))                                                                      \
            name##_half(k, a + i * row, row, column, b, ldb, add, c + i * ldc, ldc);                              \
        for (; i < m; i++)                                                                                        \
            name##_one(k, a + i * row, row, column, b, ldb, add, c + i * ldc, ldc);                               \
    }

typedef void strip_fn(size_t m, size_t k, const float *a, size_t row, size_t column, const float *b, size_t ldb,
                      int add, float *c, size_t ldc);
struct kernels {
    size_t width;        /* floats of a register */
    strip_fn *two, *one; /* strips of two registers, of one */
};

#define DEFINE_KERNELS(name, target_attribute, bytes, ROWS, HALF)                                                 \
    DEFINE_STRIP(name##_two, target_attribute, bytes, ROWS, HALF, 2)                                              \
    DEFINE_STRIP(name##_one, target_attribute, bytes, ROWS, HALF, 1)                                              \
    static const struct kernels name = {(bytes) / sizeof(float), name##_two, name##_one};

DEFINE_KERNELS(narrow, , 16, 4, 2)
#if defined(NUM_HAVE_CLONES)
DEFINE_KERNELS(v3, __attribute__((target("arch=x86-64-v3"))), 32, 4, 2)
DEFINE_KERNELS(v4, __attribute__((target("arch=x86-64-v4"))), 64, 8, 4)
#endif

static const struct kernels *kernels_of_this_machine(void)
{
#if defined(NUM_HAVE_CLONES)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return &v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &v3;
#endif
    return &narrow;
}

/* The last columns, fewer than a register holds: b and c are met in copies that are as wide as one. */
static void last_columns(const struct kernels *kernels, size_t m, size_t n, size_t k, const float *a, size_t row,
                         size_t column, const float *b, size_t ldb, int add, float *c, size_t ldc)
{
    enum { ROWS = 32 };
    float part[DEEP * WIDEST], tile[ROWS * WIDEST];
    const size_t width = kernels->width;
    memset(part, 0, k * width * sizeof *part);
    for (size_t t = 0; t < k; t++)
        for (size_t j = 0; j < n; j++)
            part[t * width + j] = b[t * ldb + j];
    for (size_t at = 0; at < m; at += ROWS) {
        const size_t rows = m - at < ROWS ? m - at : ROWS;
        kernels->one(rows, k, a + at * row, row, column, part, width, 0, tile, width);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < n; j++) {
                float *to = &c[(at + i) * ldc + j];
                *to = tile[i * width + j] + (add ? *to : 0);
            }
    }
}

/* One output has a single column; b and c are vectors without gaps then. Rows of a by the vector: */
NUM_CLONES static void rows_by_vector(size_t m, size_t k, const float *a, size_t lda, const float *b, int add,
                                      float *c)
{
    enum { LANES = 16 };
    for (size_t i = 0; i < m; i++, a += lda) {
        float sum[LANES] = {0};
        size_t t = 0;
        for (; t + LANES <= k; t += LANES)
            for (size_t l = 0; l < LANES; l++)
                sum[l] += a[t + l] * b[t + l];
        for (; t < k; t++)
            sum[t % LANES] += a[t] * b[t];
        for (size_t step = LANES / 2; step; step /= 2)
            for (size_t l = 0; l < step; l++)
                sum[l] += sum[l + step];
        c[i] = sum[0] + (add ? c[i] : 0);
    }
}

/* … and columns of a, which are rows of its transpose, as much of each as the vector says. */
NUM_CLONES static void columns_by_vector(size_t m, size_t k, const float *restrict a, size_t lda,
                                         const float *restrict b, int add, float *restrict c)
{
    for (size_t i = 0; i < m && !add; i++)
        c[i] = 0;
    for (size_t t = 0; t < k; t++)
        for (size_t i = 0; i < m; i++)
            c[i] += a[t * lda + i] * b[t];
}

static void deep_product(const struct kernels *kernels, size_t m, size_t n, size_t k, const float *a, size_t row,
                         size_t column, const float *b, size_t ldb, int add, float *c, size_t ldc)
{
    const size_t width = kernels->width;
    size_t j = 0;
    for (; j + 2 * width <= n; j += 2 * width)
        kernels->two(m, k, a, row, column, b + j, ldb, add, c + j, ldc);
    for (; j + width <= n; j += width)
        kernels->one(m, k, a, row, column, b + j, ldb, add, c + j, ldc);
    if (j < n)
        last_columns(kernels, m, n - j, k, a, row, column, b + j, ldb, add, c + j, ldc);
}

void product(size_t m, size_t n, size_t k, const float *a, size_t row, size_t column, const float *b, size_t ldb,
             int add, float *c, size_t ldc)
{
    const struct kernels *kernels = kernels_of_this_machine();
    const int vector = n == 1 && ldb == 1 && ldc == 1;
    size_t t = 0;
    if (vector && column == 1) {
        rows_by_vector(m, k, a, row, b, add, c);
    } else if (vector && row == 1) {
        columns_by_vector(m, k, a, column, b, add, c);
    } else {
        do { /* once when k is 0 as well: then c becomes 0 */
            deep_product(kernels, m, n, k - t < DEEP ? k - t : DEEP, a + t * column, row, column, b + t * ldb, ldb,
                         add || t, c, ldc);
        } while ((t += DEEP) < k);
    }
}

void product_plain(size_t m, size_t n, size_t k, const float *a, size_t row, size_t column, const float *b,
                   size_t ldb, int add, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            float sum = add ? c[i * ldc + j] : 0;
            for (size_t t = 0; t < k; t++)
                sum += a[i * row + t * column] * b[t * ldb + j];
            c[i * ldc + j] = sum;
        }
}

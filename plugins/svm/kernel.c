#include "plugins/svm/kernel.h"

#include <math.h>

#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/kit/memory.h"

/* ---- points ------------------------------------------------------------------------------------------------- */

int points_new(struct lt_ctx *ctx, struct points *points, size_t n, size_t p)
{
    const size_t panels = n / KERNEL_LANES + (n % KERNEL_LANES != 0);
    *points = (struct points){n, p, panels, NULL, NULL};
    points->x = kit_alloc(ctx, panels * KERNEL_LANES, (p + 1) * sizeof *points->x);
    points->norm = kit_alloc_f64(ctx, panels * KERNEL_LANES);
    if (points->x && points->norm)
        return LT_OK;
    points_free(points);
    return LT_MEMORY;
}

void points_free(struct points *points)
{
    free(points->x);
    free(points->norm);
    points->x = points->norm = NULL;
}

static double *point_at(const struct points *points, size_t i)
{
    return points->x + i / KERNEL_LANES * points->p * KERNEL_LANES + i % KERNEL_LANES;
}

void points_put(struct points *points, size_t i, const double *row)
{
    double *to = point_at(points, i), norm = 0;
    for (size_t k = 0; k < points->p; k++) {
        to[k * KERNEL_LANES] = row[k];
        norm += row[k] * row[k];
    }
    points->norm[i] = norm;
}

void points_get(const struct points *points, size_t i, double *row)
{
    const double *from = point_at(points, i);
    for (size_t k = 0; k < points->p; k++)
        row[k] = from[k * KERNEL_LANES];
}

/* ---- products: one body, built for each register width ------------------------------------------------------ */

/* Accumulators are registers only when the loops over them are gone, at any level of optimisation. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

/* 3 vectors a row: 8 rows of 64 bytes fill the 32 registers of x86-64-v4, 4 rows those of narrower machines. */
#define DEFINE_PRODUCTS(name, target_attribute, bytes, tall)                                                      \
    target_attribute static void name(size_t p, const double *panel, const double *rows, double *out)             \
    {                                                                                                             \
        typedef double vector __attribute__((vector_size(bytes)));                                                \
        enum { WIDTH = (bytes) / sizeof(double), STRIP = 3 * WIDTH };                                             \
        for (size_t first = 0; first < KERNEL_ROWS; first += (tall))                                              \
            for (size_t s = 0; s < KERNEL_LANES; s += STRIP) {                                                    \
                vector acc[tall][3], x[3];                                                                        \
                EACH (r, tall)                                                                                    \
                    EACH (v, 3)                                                                                   \
                        acc[r][v] = (vector){0};                                                                  \
                for (size_t k = 0; k < p; k++) {                                                                  \
                    EACH (v, 3)                                                                                   \
                        memcpy(&x[v], panel + k * KERNEL_LANES + s + v * WIDTH, bytes);                           \
                    EACH (r, tall) {                                                                              \
                        const double q = rows[(first + (size_t)r) * p + k];                                       \
                        EACH (v, 3)                                                                               \
                            acc[r][v] += x[v] * q;                                                                \
                    }                                                                                             \
                }                                                                                                 \
                EACH (r, tall)                                                                                    \
                    EACH (v, 3)                                                                                   \
                        memcpy(out + (first + (size_t)r) * KERNEL_LANES + s + v * WIDTH, &acc[r][v], bytes);      \
            }                                                                                                     \
    }

typedef void products_fn(size_t p, const double *panel, const double *rows, double *out);

DEFINE_PRODUCTS(products_v1, , 16, 4)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
DEFINE_PRODUCTS(products_v3, __attribute__((target("arch=x86-64-v3"))), 32, 4)
DEFINE_PRODUCTS(products_v4, __attribute__((target("arch=x86-64-v4"))), 64, 8)

static products_fn *products_of_this_machine(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return products_v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return products_v3;
    return products_v1;
}
#else
static products_fn *products_of_this_machine(void)
{
    return products_v1;
}
#endif

void kernel_products(size_t p, const double *panel, const double *rows, double *out)
{
    products_of_this_machine()(p, panel, rows, out);
}

void kernel_products_plain(size_t p, const double *panel, const double *rows, double *out)
{
    for (size_t r = 0; r < KERNEL_ROWS; r++)
        for (size_t l = 0; l < KERNEL_LANES; l++) {
            double sum = 0;
            for (size_t k = 0; k < p; k++)
                sum += panel[k * KERNEL_LANES + l] * rows[r * p + k];
            out[r * KERNEL_LANES + l] = sum;
        }
}

/* ---- from products to kernels ------------------------------------------------------------------------------- */

/* -gamma |x - z|^2 */
NUM_CLONES static void to_exponents(double gamma, const double *norm, const double *norms, double *out)
{
    for (size_t r = 0; r < KERNEL_ROWS; r++)
        for (size_t l = 0; l < KERNEL_LANES; l++) {
            double square = norms[r] + norm[l] - 2 * out[r * KERNEL_LANES + l];
            out[r * KERNEL_LANES + l] = -gamma * (square > 0 ? square : 0);
        }
}

NUM_CLONES static void to_lines(double gamma, double coef0, double *out)
{
    for (size_t i = 0; i < KERNEL_TILE; i++)
        out[i] = gamma * out[i] + coef0;
}

NUM_CLONES static void to_powers(unsigned degree, double *out)
{
    double base[KERNEL_TILE];
    memcpy(base, out, sizeof base);
    for (size_t i = 0; i < KERNEL_TILE; i++)
        out[i] = 1;
    for (; degree; degree /= 2) {
        if (degree % 2)
            for (size_t i = 0; i < KERNEL_TILE; i++)
                out[i] *= base[i];
        for (size_t i = 0; i < KERNEL_TILE; i++)
            base[i] *= base[i];
    }
}

void kernel_tile(const struct kernel *kernel, const struct points *points, size_t panel, const double *rows,
                 const double *norms, double *out)
{
    kernel_products(points->p, points->x + panel * points->p * KERNEL_LANES, rows, out);
    switch (kernel->shape) {
    case KERNEL_RBF:
        to_exponents(kernel->gamma, points->norm + panel * KERNEL_LANES, norms, out);
        vmath_exp(KERNEL_TILE, out, out);
        break;
    case KERNEL_LINEAR:
        break;
    case KERNEL_POLY:
        to_lines(kernel->gamma, kernel->coef0, out);
        to_powers(kernel->degree, out);
        break;
    case KERNEL_SIGMOID:
        to_lines(kernel->gamma, kernel->coef0, out);
        vmath_tanh(KERNEL_TILE, out, out);
        break;
    }
}

double kernel_self(const struct kernel *kernel, double norm)
{
    switch (kernel->shape) {
    case KERNEL_RBF:
        return 1;
    case KERNEL_LINEAR:
        return norm;
    case KERNEL_POLY:
        return pow(kernel->gamma * norm + kernel->coef0, kernel->degree);
    case KERNEL_SIGMOID:
        return tanh(kernel->gamma * norm + kernel->coef0);
    }
    return 0;
}

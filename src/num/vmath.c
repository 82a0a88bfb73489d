/* vmath: argument reduction after Cody and Waite (1980), then a Taylor polynomial on the short interval that is
 * left.
 *
 * exp: x = k ln 2 + r with |r| <= ln 2 / 2, so exp x = 2^k exp r. The integer k is found by adding 1.5 * 2^52,
 * whose last mantissa bits are then k; 2^k is made from the same bits. It is applied in two halves, so that
 * results in the subnormal range and next to overflow come out without a branch. ln 2 is split so that k * LN2_HI
 * is exact.
 *
 * log: x = 2^k m with m near 1, s = f / (2 + f) for f = m - 1, log m = 2 artanh s = f - s (f - R(s^2)). */
#include "num/vmath.h"

#include "num/simd.h"
#include "num/sum.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MAGIC 0x1.8p52
#define LOG2E 1.44269504088896340736
#define LN2_HI 6.93147180369123816490e-01 /* 33 significant bits */
#define LN2_LO 1.90821492927058770002e-10
#define MAGIC_F 0x1.8p23f
#define LOG2E_F 1.44269504088896340736f
#define LN2_HI_F 0.693359375f
#define LN2_LO_F (-2.12194440e-4f)

NUM_INLINE uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

NUM_INLINE double of_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* 2^k for t = MAGIC + k. */
NUM_INLINE double power_of_two(double t)
{
    return of_bits((bits_of(t) + 1023) << 52);
}

NUM_INLINE float power_of_two_f32(float t)
{
    uint32_t u;
    memcpy(&u, &t, sizeof u);
    u = (u + 127) << 23;
    memcpy(&t, &u, sizeof t);
    return t;
}

/* exp(r) - 1 for |r| <= ln 2 / 2. */
NUM_INLINE double expm1_short(double r)
{
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    return p * (r * r) + r;
}

NUM_INLINE float expm1_short_f32(float r)
{
    float p = 1.0f / 40320;
    p = p * r + 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    return p * (r * r) + r;
}

NUM_INLINE double exp_one(double x)
{
    x = x > 1000 ? 1000 : x; /* a NaN passes both */
    x = x < -1000 ? -1000 : x;
    double k = (x * LOG2E + MAGIC) - MAGIC;
    double p = 1 + expm1_short((x - k * LN2_HI) - k * LN2_LO);
    double upper = k * 0.5 + MAGIC;
    double lower = (k - (upper - MAGIC)) + MAGIC;
    return p * power_of_two(upper) * power_of_two(lower);
}

NUM_INLINE float exp_one_f32(float x)
{
    x = x > 150 ? 150 : x; /* beyond both ends of float, and 2^(k/2) is still one */
    x = x < -150 ? -150 : x;
    float k = (x * LOG2E_F + MAGIC_F) - MAGIC_F;
    float p = 1 + expm1_short_f32((x - k * LN2_HI_F) - k * LN2_LO_F);
    float upper = k * 0.5f + MAGIC_F;
    float lower = (k - (upper - MAGIC_F)) + MAGIC_F;
    return p * power_of_two_f32(upper) * power_of_two_f32(lower);
}

/* The R of log(1 + f) = f - s (f - R), s = f / (2 + f), |s| <= 0.1716: 2 (s^2/3 + s^4/5 + ...). */
NUM_INLINE double log_tail(double s)
{
    double z = s * s;
    double p = 2.0 / 21;
    p = p * z + 2.0 / 19;
    p = p * z + 2.0 / 17;
    p = p * z + 2.0 / 15;
    p = p * z + 2.0 / 13;
    p = p * z + 2.0 / 11;
    p = p * z + 2.0 / 9;
    p = p * z + 2.0 / 7;
    p = p * z + 2.0 / 5;
    p = p * z + 2.0 / 3;
    return p * z;
}

/* log(1 + e) for e in [0, 1]. */
NUM_INLINE double log1p_unit(double e)
{
    int wide = e > 0.41421356237309504880; /* then log 2 + log((1 + e) / 2) */
    double f = wide ? (e - 1) * 0.5 : e;
    double s = f / (2 + f);
    double shift_hi = wide ? LN2_HI : 0, shift_lo = wide ? LN2_LO : 0;
    return shift_hi + ((f - s * (f - log_tail(s))) + shift_lo);
}

NUM_INLINE double log_one(double x)
{
    const uint64_t half_root = UINT64_C(0x3fe6a09e00000000); /* sqrt(1/2), rounded down */
    int tiny = x < 0x1p-1022;
    uint64_t u = bits_of(tiny ? x * 0x1p54 : x) - half_root;
    double m = of_bits((u & UINT64_C(0x000fffffffffffff)) + half_root);
    /* The exponent is the top of u, signed; 1024 makes it positive, the mantissa of 2^52 turns it into a double. */
    double k = of_bits(((u + (UINT64_C(1024) << 52)) >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1024);
    k = tiny ? k - 54 : k;
    double f = m - 1;
    double s = f / (2 + f);
    double y = k * LN2_HI + ((f - s * (f - log_tail(s))) + k * LN2_LO);
    y = x == 0 ? -INFINITY : y;
    y = x < 0 ? NAN : y;
    return x < INFINITY ? y : x; /* +inf and NaN stay */
}

NUM_INLINE double sigmoid_one(double x)
{
    double e = exp_one(x > 0 ? -x : x);
    return (x > 0 ? 1 : e) / (1 + e);
}

NUM_INLINE float sigmoid_one_f32(float x)
{
    float e = exp_one_f32(x > 0 ? -x : x);
    return (x > 0 ? 1 : e) / (1 + e);
}

/* tanh |x| = m / (m + 2) with m = exp(2 |x|) - 1, which is 2^k (exp r - 1) + (2^k - 1) without cancellation. */
NUM_INLINE double tanh_one(double x)
{
    double a = 2 * fabs(x);
    a = a > 50 ? 50 : a;
    double t = a * LOG2E + MAGIC, k = t - MAGIC;
    double scale = power_of_two(t);
    double m = scale * expm1_short((a - k * LN2_HI) - k * LN2_LO) + (scale - 1);
    return copysign(m / (m + 2), x);
}

NUM_INLINE float tanh_one_f32(float x)
{
    float a = 2 * fabsf(x);
    a = a > 25 ? 25 : a;
    float t = a * LOG2E_F + MAGIC_F, k = t - MAGIC_F;
    float scale = power_of_two_f32(t);
    float m = scale * expm1_short_f32((a - k * LN2_HI_F) - k * LN2_LO_F) + (scale - 1);
    return copysignf(m / (m + 2), x);
}

NUM_CLONES void vmath_exp(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = exp_one(x[i]);
}

NUM_CLONES void vmath_exp_f32(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = exp_one_f32(x[i]);
}

NUM_CLONES void vmath_log(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = log_one(x[i]);
}

NUM_CLONES void vmath_sigmoid(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = sigmoid_one(x[i]);
}

NUM_CLONES void vmath_sigmoid_f32(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = sigmoid_one_f32(x[i]);
}

NUM_CLONES void vmath_log1p_exp(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double positive = x[i] > 0 ? x[i] : 0;
        y[i] = positive + log1p_unit(exp_one(x[i] > 0 ? -x[i] : x[i]));
    }
}

NUM_CLONES void vmath_tanh(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = tanh_one(x[i]);
}

NUM_CLONES void vmath_tanh_f32(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = tanh_one_f32(x[i]);
}

/* Largest of x[n]; -inf when n is 0, NaN when there is one. */
NUM_INLINE double largest(size_t n, const double *x)
{
    double top[NUM_LANES];
    size_t whole = n - n % NUM_LANES;
    if (whole == 0) { /* a row of few classes */
        double few = -INFINITY;
        for (size_t i = 0; i < n; i++)
            few = x[i] > few || x[i] != x[i] ? x[i] : few;
        return few;
    }
    for (size_t l = 0; l < NUM_LANES; l++)
        top[l] = -INFINITY;
    for (size_t i = 0; i < whole; i += NUM_LANES)
        for (size_t l = 0; l < NUM_LANES; l++)
            top[l] = x[i + l] > top[l] || x[i + l] != x[i + l] ? x[i + l] : top[l];
    for (size_t i = whole; i < n; i++)
        top[0] = x[i] > top[0] || x[i] != x[i] ? x[i] : top[0];
    for (size_t l = 1; l < NUM_LANES; l++)
        top[0] = top[l] > top[0] || top[l] != top[l] ? top[l] : top[0];
    return top[0];
}

NUM_INLINE float largest_f32(size_t n, const float *x)
{
    float top = -INFINITY;
    for (size_t i = 0; i < n; i++)
        top = x[i] > top || x[i] != x[i] ? x[i] : top;
    return top;
}

/* Rows come in groups of about 2048 numbers; when they are next to each other, one loop takes exp of the whole
 * group: rows of two or three classes fill the vectors as well as long ones. */
NUM_INLINE size_t rows_at_once(size_t k)
{
    return k < 2048 ? 2048 / (k ? k : 1) : 1;
}

NUM_CLONES void vmath_softmax(size_t n, size_t k, double *x, size_t ld)
{
    size_t group = rows_at_once(k);
    for (size_t start = 0; start < n; start += group) {
        size_t rows = n - start < group ? n - start : group;
        double *first = x + start * ld;
        for (size_t i = 0; i < rows; i++) {
            double *row = first + i * ld, top = largest(k, row);
            for (size_t j = 0; j < k; j++)
                row[j] -= top;
        }
        size_t lines = ld == k ? 1 : rows, length = ld == k ? rows * k : k;
        for (size_t i = 0; i < lines; i++)
            for (size_t j = 0; j < length; j++)
                first[i * ld + j] = exp_one(first[i * ld + j]);
        for (size_t i = 0; i < rows; i++) {
            double *row = first + i * ld, sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += row[j];
            for (size_t j = 0; j < k; j++)
                row[j] /= sum;
        }
    }
}

NUM_CLONES void vmath_softmax_f32(size_t n, size_t k, float *x, size_t ld)
{
    size_t group = rows_at_once(k);
    for (size_t start = 0; start < n; start += group) {
        size_t rows = n - start < group ? n - start : group;
        float *first = x + start * ld;
        for (size_t i = 0; i < rows; i++) {
            float *row = first + i * ld, top = largest_f32(k, row);
            for (size_t j = 0; j < k; j++)
                row[j] -= top;
        }
        size_t lines = ld == k ? 1 : rows, length = ld == k ? rows * k : k;
        for (size_t i = 0; i < lines; i++)
            for (size_t j = 0; j < length; j++)
                first[i * ld + j] = exp_one_f32(first[i * ld + j]);
        for (size_t i = 0; i < rows; i++) {
            float *row = first + i * ld;
            double sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += (double)row[j];
            for (size_t j = 0; j < k; j++)
                row[j] = (float)((double)row[j] / sum);
        }
    }
}

NUM_CLONES double vmath_log_sum_exp(size_t n, const double *x)
{
    double top = largest(n, x);
    if (!(fabs(top) < (double)INFINITY)) /* nothing but -inf, a +inf, a NaN */
        return top;
    struct sum_tree sum = {0};
    double block[NUM_BLOCK];
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        size_t m = n - start < NUM_BLOCK ? n - start : NUM_BLOCK;
        for (size_t i = 0; i < m; i++)
            block[i] = exp_one(x[start + i] - top);
        sum_tree_add(&sum, block_sum(m, block));
    }
    return top + log(sum_tree_total(&sum));
}

/* Vector math against the C library in long double, over dense grids, with the values that have to be exact. */
#include "num/vmath.h"

#include "near.h"

#include <stdlib.h>

enum { N = 20011 };

struct range {
    double low, high;
};

/* Worst relative error of f over a grid; results that are subnormal in the type are left out. */
static double worst_f64(void (*f)(size_t, const double *, double *), long double (*truth)(long double),
                        struct range range)
{
    static double x[N], y[N];
    long double worst = 0;
    for (int i = 0; i < N; i++)
        x[i] = range.low + (range.high - range.low) * ((double)i * 7919 - floor((double)i * 7919 / N) * N) / N;
    f(N, x, y);
    for (int i = 0; i < N; i++) {
        long double want = truth(x[i]);
        if (fabsl(want) < 2.3e-308L)
            continue;
        long double error = fabsl((y[i] - want) / want);
        worst = error > worst || isnan(y[i]) ? error : worst;
    }
    return (double)worst;
}

static double worst_f32(void (*f)(size_t, const float *, float *), long double (*truth)(long double),
                        struct range range)
{
    static float x[N], y[N];
    long double worst = 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)(range.low + (range.high - range.low) * i / N);
    f(N, x, y);
    for (int i = 0; i < N; i++) {
        long double want = truth((long double)x[i]);
        if (fabsl(want) < 1.2e-38L)
            continue;
        long double error = fabsl(((long double)y[i] - want) / want);
        worst = error > worst || isnan(y[i]) ? error : worst;
    }
    return (double)worst;
}

static long double sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

static long double log1p_exp(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static void test_accuracy(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*f)(size_t, const double *, double *);
        long double (*truth)(long double);
        struct range range;
    } f64[] = {
        {"exp", vmath_exp, expl, {-1, 1}},
        {"exp", vmath_exp, expl, {-708.3, 709.7}},
        {"log", vmath_log, logl, {0.4, 2.5}},
        {"log", vmath_log, logl, {1e-308, 1e-300}},
        {"log", vmath_log, logl, {1, 1e9}},
        {"sigmoid", vmath_sigmoid, sigmoid, {-40, 40}},
        {"sigmoid", vmath_sigmoid, sigmoid, {-708, 708}},
        {"log1p_exp", vmath_log1p_exp, log1p_exp, {-40, 40}},
        {"log1p_exp", vmath_log1p_exp, log1p_exp, {-708, 708}},
        {"tanh", vmath_tanh, tanhl, {-2, 2}},
        {"tanh", vmath_tanh, tanhl, {-1e-3, 1e-3}},
        {"tanh", vmath_tanh, tanhl, {-30, 30}},
    };
    static const struct {
        const char *name;
        void (*f)(size_t, const float *, float *);
        long double (*truth)(long double);
        struct range range;
    } f32[] = {
        {"exp", vmath_exp_f32, expl, {-87.3, 88.7}},        {"exp", vmath_exp_f32, expl, {-1, 1}},
        {"sigmoid", vmath_sigmoid_f32, sigmoid, {-80, 80}}, {"tanh", vmath_tanh_f32, tanhl, {-4, 4}},
        {"tanh", vmath_tanh_f32, tanhl, {-0.01, 0.01}},
    };
    for (size_t i = 0; i < COUNT_OF(f64); i++) {
        double worst = worst_f64(f64[i].f, f64[i].truth, f64[i].range);
        if (!(worst < 4e-16))
            fail_msg("%s on [%g, %g]: %.2e", f64[i].name, f64[i].range.low, f64[i].range.high, worst);
    }
    for (size_t i = 0; i < COUNT_OF(f32); i++) {
        double worst = worst_f32(f32[i].f, f32[i].truth, f32[i].range);
        if (!(worst < 2e-7))
            fail_msg("%s f32 on [%g, %g]: %.2e", f32[i].name, f32[i].range.low, f32[i].range.high, worst);
    }
}

static void test_exact(void **state)
{
    (void)state;
    const double x[] = {0, -0.0, INFINITY, -INFINITY, NAN, 710, -746};
    const float xf[] = {0, -0.0f, INFINITY, -INFINITY, NAN, 89, -104};
    double y[COUNT_OF(x)];
    float f[COUNT_OF(x)];
    vmath_exp(COUNT_OF(x), x, y);
    assert_true(y[0] == 1 && y[1] == 1 && y[2] == INFINITY && y[3] == 0 && isnan(y[4]));
    assert_true(y[5] == INFINITY && y[6] == 0);
    vmath_exp_f32(COUNT_OF(x), xf, f);
    assert_true(f[0] == 1 && f[1] == 1 && f[2] == INFINITY && f[3] == 0 && isnan(f[4]));
    assert_true(f[5] == INFINITY && f[6] == 0);
    vmath_log(COUNT_OF(x), x, y);
    assert_true(y[0] == -INFINITY && y[1] == -INFINITY && y[2] == INFINITY && isnan(y[3]));
    assert_true(isnan(y[4]) && isnan(y[6]));
    vmath_log(1, (const double[]){1}, y);
    assert_true(y[0] == 0);
    vmath_sigmoid(COUNT_OF(x), x, y);
    assert_true(y[0] == 0.5 && y[1] == 0.5 && y[2] == 1 && y[3] == 0 && isnan(y[4]) && y[5] == 1 && y[6] == 0);
    vmath_sigmoid_f32(COUNT_OF(x), xf, f);
    assert_true(f[0] == 0.5f && f[2] == 1 && f[3] == 0 && isnan(f[4]) && f[5] == 1 && f[6] == 0);
    vmath_log1p_exp(COUNT_OF(x), x, y);
    assert_true(y[0] == log(2) && y[2] == INFINITY && y[3] == 0 && isnan(y[4]) && y[5] == 710 && y[6] == 0);
    vmath_tanh(COUNT_OF(x), x, y);
    assert_true(y[0] == 0 && signbit(y[1]) && y[2] == 1 && y[3] == -1 && isnan(y[4]) && y[5] == 1 && y[6] == -1);
    vmath_tanh_f32(COUNT_OF(x), xf, f);
    assert_true(f[0] == 0 && signbit(f[1]) && f[2] == 1 && f[3] == -1 && isnan(f[4]) && f[5] == 1 && f[6] == -1);
}

/* Any length, in place, gives what one number at a time gives. */
static void test_lengths(void **state)
{
    (void)state;
    double x[40], y[40], one;
    for (size_t n = 0; n < COUNT_OF(x); n++) {
        for (size_t i = 0; i < COUNT_OF(x); i++)
            x[i] = y[i] = (double)i * 0.37 - 5;
        vmath_exp(n, y, y);
        for (size_t i = 0; i < COUNT_OF(x); i++) {
            vmath_exp(1, x + i, &one);
            assert_near(y[i], i < n ? one : x[i], i < n ? 3e-16 : 0);
        }
    }
}

static void test_softmax(void **state)
{
    (void)state;
    enum { ROWS = 700 };
    static const size_t widths[][2] = {{2, 2}, {3, 3}, {3, 5}, {10, 10}, {17, 20}};
    static double x[ROWS * 20], y[ROWS * 20];
    static float f[ROWS * 20];
    for (size_t w = 0; w < COUNT_OF(widths); w++) {
        size_t k = widths[w][0], ld = widths[w][1];
        for (size_t i = 0; i < ROWS * ld; i++) {
            x[i] = y[i] = (double)(i * 7919 % 1009) * 0.1 - 30;
            f[i] = (float)x[i];
        }
        vmath_softmax(ROWS, k, y, ld);
        vmath_softmax_f32(ROWS, k, f, ld);
        for (size_t i = 0; i < ROWS; i++) {
            long double sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += expl(x[i * ld + j]);
            for (size_t j = 0; j < k; j++) {
                assert_near(y[i * ld + j], (double)(expl(x[i * ld + j]) / sum), 1e-14);
                if (y[i * ld + j] > 1e-37) /* normal in float; 1e-5 is what rounding x to float does */
                    assert_near((double)f[i * ld + j], y[i * ld + j], 1e-5);
            }
            for (size_t j = k; j < ld; j++)
                assert_true(y[i * ld + j] == x[i * ld + j]);
        }
    }
    double rows[] = {1000, 1001, -INFINITY, 0, NAN, 1, 5, 2, 3};
    vmath_softmax(3, 3, rows, 3);
    assert_near(rows[0], 1 / (1 + exp(1)), 1e-15);
    assert_true(rows[2] == 0 && isnan(rows[3]) && isnan(rows[5]));
    assert_near(rows[6] + rows[7] + rows[8], 1, 1e-15);
}

static void test_log_sum_exp(void **state)
{
    (void)state;
    static double x[5000];
    long double sum = 0;
    for (int i = 0; i < 5000; i++) {
        x[i] = -3000 + i % 300 * 0.1;
        sum += expl(x[i] + 3000);
    }
    assert_near(vmath_log_sum_exp(5000, x), (double)(-3000 + logl(sum)), 1e-15);
    assert_true(vmath_log_sum_exp(0, x) == -INFINITY);
    assert_true(vmath_log_sum_exp(2, (const double[]){-INFINITY, -INFINITY}) == -INFINITY);
    assert_true(vmath_log_sum_exp(2, (const double[]){-INFINITY, 3}) == 3);
    assert_true(vmath_log_sum_exp(2, (const double[]){INFINITY, 3}) == INFINITY);
    assert_true(isnan(vmath_log_sum_exp(3, (const double[]){1, NAN, 3})));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_accuracy), cmocka_unit_test(test_exact),
                                       cmocka_unit_test(test_lengths), cmocka_unit_test(test_softmax),
                                       cmocka_unit_test(test_log_sum_exp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

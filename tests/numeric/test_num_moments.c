/* Moments, quantiles and correlations: NIST StRD (univariate) and R (the numbers and how they were made:
 * ref/moments.R). */
#include "num/moments.h"
#include "num/sort.h"

#include "near.h"

#include <stdlib.h>

#include "ref/moments_ref.h"

/* NIST StRD NumAcc1 to 4: certified mean and standard deviation are exact by construction. */
static void test_nist(void **state)
{
    (void)state;
    enum { N = 1001 };
    static const struct {
        double first, low, high, mean, sd, tolerance; /* first, then low and high in turn 500 times */
    } sets[] = {
        {1.2, 1.1, 1.3, 1.2, 0.1, 1e-13},
        {1000000.2, 1000000.1, 1000000.3, 1000000.2, 0.1, 2e-9}, /* the digits that the data keep as doubles */
        {10000000.2, 10000000.1, 10000000.3, 10000000.2, 0.1, 2e-8},
    };
    const double acc1[] = {10000001, 10000003, 10000002};
    struct moments m = moments_of(3, acc1);
    assert_near(m.mean, 10000002, 0);
    assert_near(moments_sd(&m), 1, 0);
    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        double x[N];
        for (int i = 0; i < N; i++)
            x[i] = i == 0 ? sets[s].first : i % 2 ? sets[s].low : sets[s].high;
        m = moments_of(N, x);
        assert_near(m.mean, sets[s].mean, 1e-15);
        assert_near(moments_sd(&m), sets[s].sd, sets[s].tolerance);
        /* Of the stored doubles: the deviations are exact, so nothing but the last rounding may be lost. */
        double low = sets[s].low - sets[s].first, high = sets[s].high - sets[s].first;
        double shift = 500 * (low + high) / N;
        double exact = sqrt((500 * (low * low + high * high) - N * shift * shift) / 1000);
        assert_near(moments_sd(&m), exact, 1e-13);
    }
}

static void test_r(void **state)
{
    (void)state;
    size_t n = COUNT_OF(eruptions);
    struct moments m = moments_of(n, eruptions);
    assert_int_equal(m.n, n);
    assert_int_equal(m.missing, 0);
    assert_near(m.mean, eruptions_summary[0], 1e-15);
    assert_near(moments_var(&m), eruptions_summary[1], 1e-14);
    assert_near(moments_sd(&m), eruptions_summary[2], 1e-14);
    assert_near(moments_skewness(&m), eruptions_summary[3], 1e-13);
    assert_near(moments_kurtosis(&m), eruptions_summary[4], 1e-13);
    assert_near(m.min, eruptions_summary[5], 0);
    assert_near(m.max, eruptions_summary[6], 0);
    assert_near(m.sum, eruptions_summary[7], 1e-15);
    double sorted[COUNT_OF(eruptions)], work[COUNT_OF(eruptions)];
    memcpy(sorted, eruptions, sizeof sorted);
    sort_f64(n, sorted, work);
    for (size_t i = 0; i < COUNT_OF(quantile_probs); i++)
        assert_near(quantile_sorted(n, sorted, quantile_probs[i]), eruptions_quantiles[i], 1e-15);
}

static void test_quantile_ends(void **state)
{
    (void)state;
    const double x[] = {-INFINITY, 1, 2, INFINITY};
    assert_true(isnan(quantile_sorted(0, x, 0.5)) && isnan(quantile_sorted(4, x, NAN)));
    assert_near(quantile_sorted(1, x + 1, 0.3), 1, 0);
    assert_near(quantile_sorted(4, x, 0), -INFINITY, 0);
    assert_near(quantile_sorted(4, x, 1), INFINITY, 0);
    assert_near(quantile_sorted(4, x, 0.5), 1.5, 0);
    assert_near(quantile_sorted(4, x, 0.9), INFINITY, 0);
    assert_near(quantile_sorted(4, x, -3), -INFINITY, 0);
}

/* Blocks, the short last one, missing values among them, and merging by hand all give the same. */
static void test_blocks(void **state)
{
    (void)state;
    enum { N = 10007 };
    static double x[N], y[N + N / 3 + 1];
    size_t m = 0;
    for (int i = 0; i < N; i++) {
        x[i] = 1e4 + (i * 7919 % 10007) * 0.01 + (i % 13 == 0) * 55;
        y[m++] = x[i];
        if (i % 3 == 0)
            y[m++] = NAN;
    }
    struct moments a = moments_of(N, x), b = moments_of(m, y);
    struct moments c = moments_merge(moments_of(4000, x), moments_of(N - 4000, x + 4000));
    assert_int_equal(b.n, N);
    assert_int_equal(b.missing, m - N);
    for (const struct moments *o = &b;; o = &c) {
        assert_near(o->mean, a.mean, 1e-15);
        assert_near(o->m2, a.m2, 1e-13);
        assert_near(o->m3, a.m3, 1e-12);
        assert_near(o->m4, a.m4, 1e-12);
        assert_true(o->min == a.min && o->max == a.max);
        if (o == &c)
            break;
    }
    long double mean = 0, m2 = 0, m3 = 0, m4 = 0;
    for (int i = 0; i < N; i++)
        mean += x[i];
    mean /= N;
    for (int i = 0; i < N; i++) {
        long double d = x[i] - mean;
        m2 += d * d;
        m3 += d * d * d;
        m4 += d * d * d * d;
    }
    assert_near(a.m2, (double)m2, 1e-13);
    assert_near(a.m3, (double)m3, 1e-12);
    assert_near(a.m4, (double)m4, 1e-12);
}

static void test_few(void **state)
{
    (void)state;
    const double x[] = {NAN, 4, NAN}, same[] = {0.1, 0.1, 0.1, 0.1, 0.1}, infinite[] = {1, INFINITY, 2};
    struct moments none = moments_of(0, x), missing = moments_of(1, x), one = moments_of(3, x);
    assert_true(none.n == 0 && isnan(none.mean) && isnan(none.min) && none.sum == 0 && isnan(moments_var(&none)));
    assert_true(missing.n == 0 && missing.missing == 1 && isnan(missing.max));
    assert_true(one.n == 1 && one.missing == 2 && one.mean == 4 && one.m2 == 0 && isnan(moments_sd(&one)));
    struct moments s = moments_of(5, same), i = moments_of(3, infinite);
    assert_true(s.mean == 0.1 && moments_sd(&s) == 0 && isnan(moments_skewness(&s)) &&
                isnan(moments_kurtosis(&s)));
    assert_true(i.mean == INFINITY && i.max == INFINITY && i.min == 1 && isnan(moments_sd(&i)));
}

static void check_pair(size_t n, const double *x, const double *y, const double *expected, void *work)
{
    size_t used[3];
    assert_near(cor_pearson(n, x, y, &used[0]), expected[0], 1e-14);
    assert_near(cor_spearman(n, x, y, &used[1], work), expected[1], 1e-14);
    assert_near(cor_kendall(n, x, y, &used[2], work), expected[2], 1e-14);
    for (int i = 0; i < 3; i++)
        assert_int_equal(used[i], expected[3]);
}

static void test_correlations(void **state)
{
    (void)state;
    void *work = malloc(cor_work(COUNT_OF(eruptions)));
    double faithful[4] = {faithful_cor[0], faithful_cor[1], faithful_cor[2], COUNT_OF(eruptions)};
    check_pair(COUNT_OF(eruptions), eruptions, waiting, faithful, work);
    check_pair(COUNT_OF(ozone), ozone, solar, ozone_solar, work);
    check_pair(COUNT_OF(ozone), ozone, temperature, ozone_temperature, work);
    check_pair(COUNT_OF(ozone), temperature, solar, solar_temperature, work);
    const double x[] = {1, 2, 3, NAN}, flat[] = {5, 5, 5, 5}, down[] = {3, 2, 1, 0};
    size_t used;
    assert_true(isnan(cor_pearson(4, x, flat, &used)) && used == 3);
    assert_true(isnan(cor_spearman(4, x, flat, NULL, work)) && isnan(cor_kendall(4, flat, x, NULL, work)));
    assert_true(cor_pearson(4, x, down, NULL) == -1 && cor_kendall(4, x, down, &used, work) == -1 && used == 3);
    assert_true(isnan(cor_pearson(1, x, down, NULL)) && isnan(cor_kendall(0, x, down, NULL, work)));
    free(work);
}

/* Kendall by its definition, over all pairs. */
static void test_kendall_pairs(void **state)
{
    (void)state;
    enum { N = 700 };
    double x[N], y[N];
    void *work = malloc(cor_work(N));
    for (int i = 0; i < N; i++) {
        x[i] = i * 7919 % 101;
        y[i] = (i * 104729 % 53) + (x[i] > 50 ? 20 : 0);
    }
    double agree = 0, in_x = 0, in_y = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++) {
            double a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
            agree += a * b;
            in_x += a * a;
            in_y += b * b;
        }
    assert_near(cor_kendall(N, x, y, NULL, work), agree / sqrt(in_x * in_y), 1e-14);
    free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nist),          cmocka_unit_test(test_r),
                                       cmocka_unit_test(test_quantile_ends), cmocka_unit_test(test_blocks),
                                       cmocka_unit_test(test_few),           cmocka_unit_test(test_correlations),
                                       cmocka_unit_test(test_kendall_pairs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

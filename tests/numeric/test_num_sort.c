/* Sorting against the C library's qsort, on sizes around every change of method. */
#include "num/sort.h"

#include "near.h"

#include <stdlib.h>

static uint64_t seed = 1;

static uint64_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 11;
}

static double any_value(void)
{
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, 5e-324, -5e-324, 1e308, -1e308};
    switch (next_random() % 8) {
    case 0:
        return special[next_random() % COUNT_OF(special)];
    case 1:
    case 2:
        return (double)(next_random() % 20) - 10; /* ties */
    case 3: {
        uint64_t bits = next_random() << 11 ^ next_random();
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    default:
        return ((double)next_random() - 0x1p52) * 1e-12;
    }
}

static int compare(double x, double y) /* NaN last */
{
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
    return compare(*(const double *)a, *(const double *)b);
}

static const double *sorted_by;

static int by_value_then_place(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    int c = compare(sorted_by[i], sorted_by[j]);
    return c ? c : (i > j) - (i < j);
}

static const size_t sizes[] = {0, 1, 2, 3, 31, 32, 33, 100, 1000, 4095, 4096, 4097, 20000, 262144, 262145};

static void test_values(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        size_t n = sizes[s];
        double *x = malloc((n + 1) * sizeof *x), *y = malloc((n + 1) * sizeof *y);
        double *work = malloc((n + 1) * sizeof *work);
        for (size_t i = 0; i < n; i++)
            x[i] = y[i] = any_value();
        sort_f64(n, x, work);
        qsort(y, n, sizeof *y, by_value);
        for (size_t i = 0; i < n; i++)
            assert_true(compare(x[i], y[i]) == 0);
        free(x);
        free(y);
        free(work);
    }
}

static void test_order(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        size_t n = sizes[s];
        double *x = malloc((n + 1) * sizeof *x);
        uint32_t *got = malloc((n + 1) * sizeof *got), *want = malloc((n + 1) * sizeof *want);
        void *work = malloc(sort_order_work(n));
        for (size_t i = 0; i < n; i++) {
            x[i] = any_value();
            want[i] = (uint32_t)i;
        }
        sort_order_f64(n, x, got, work);
        sorted_by = x;
        qsort(want, n, sizeof *want, by_value_then_place);
        assert_memory_equal(got, want, n * sizeof *got);
        for (size_t i = 0; i < n; i++) /* an odd and an even number of passes */
            x[i] = (double)(next_random() % 5);
        sort_order_f64(n, x, got, work);
        qsort(want, n, sizeof *want, by_value_then_place);
        assert_memory_equal(got, want, n * sizeof *got);
        free(x);
        free(got);
        free(want);
        free(work);
    }
}

/* R: rank(c(3, 1, 4, 1, 5, 9, NA, 2, 6, 5, 3, 5, 0, 0), na.last = "keep"); ties 3 3, 1 1, 5 5 5, 0 0. */
static void test_ranks(void **state)
{
    (void)state;
    double x[] = {3, 1, 4, 1, 5, 9, NAN, 2, 6, 5, 3, 5, -0.0, 0.0};
    const double want[] = {6.5, 3.5, 8, 3.5, 10, 13, NAN, 5, 12, 10, 6.5, 10, 1.5, 1.5};
    void *work = malloc(sort_order_work(COUNT_OF(x)));
    double ranks[COUNT_OF(x)];
    assert_near(sort_ranks(COUNT_OF(x), x, ranks, work), 6 + 6 + 24 + 6, 0);
    for (size_t i = 0; i < COUNT_OF(x); i++)
        assert_near(ranks[i], want[i], 0);
    sort_ranks(COUNT_OF(x), x, x, work);
    for (size_t i = 0; i < COUNT_OF(x); i++)
        assert_near(x[i], want[i], 0);
    free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_ranks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

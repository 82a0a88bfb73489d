/* Tests on differences against R (ref/moments.R), and what is certain without numbers. */
#include "num/htest.h"

#include "near.h"

#include "ref/moments_ref.h"

static void check(struct htest t, const double *expected)
{
    assert_near(t.statistic, expected[0], 1e-12);
    assert_near(t.df, expected[1], 0);
    assert_near(t.p, expected[2], 1e-12);
    assert_near(t.effect, expected[3], 1e-13);
    assert_near(t.ci_low, expected[4], 1e-12);
    assert_near(t.ci_high, expected[5], 1e-12);
}

static void test_r(void **state)
{
    (void)state;
    check(htest_t_paired(COUNT_OF(sleep), sleep), sleep_t);
    check(htest_corrected_t(COUNT_OF(folds), folds, 1.0 / 9), folds_t);
    double equivalent, better;
    htest_rope(COUNT_OF(folds), folds, 1.0 / 9, 0.01, &equivalent, &better);
    assert_near(equivalent, folds_rope[0], 1e-12);
    assert_near(better, folds_rope[1], 1e-12);
}

static void test_no_variance(void **state)
{
    (void)state;
    const double zero[] = {0, 0, 0}, same[] = {0.1, 0.1, 0.1};
    double equivalent, better;
    struct htest t = htest_corrected_t(3, zero, 0.5);
    assert_true(isnan(t.statistic) && t.p == 1 && t.effect == 0 && t.ci_low == 0 && t.ci_high == 0);
    t = htest_t_paired(3, same);
    assert_true(t.statistic == INFINITY && t.p == 0 && t.effect == 0.1 && t.df == 2);
    htest_rope(3, same, 0.5, 0.2, &equivalent, &better);
    assert_true(equivalent == 1 && better == 0);
    htest_rope(3, same, 0.5, 0.05, &equivalent, &better);
    assert_true(equivalent == 0 && better == 1);
}

static void test_too_few(void **state)
{
    (void)state;
    const double d[] = {1, NAN};
    double equivalent, better;
    assert_true(isnan(htest_t_paired(0, d).p) && isnan(htest_t_paired(1, d).p) &&
                isnan(htest_t_paired(1, d).ci_low));
    struct htest t = htest_t_paired(2, d); /* the missing one does not count */
    assert_true(isnan(t.p) && t.effect == 1);
    htest_rope(1, d, 0.5, 0.1, &equivalent, &better);
    assert_true(isnan(equivalent) && isnan(better));
}

/* The three probabilities of the Bayesian test sum to one, and turning the sign swaps the outer two. */
static void test_rope_symmetry(void **state)
{
    (void)state;
    double turned[COUNT_OF(folds)], equivalent, better, equivalent2, worse;
    for (size_t i = 0; i < COUNT_OF(folds); i++)
        turned[i] = -folds[i];
    htest_rope(COUNT_OF(folds), folds, 1.0 / 9, 0.005, &equivalent, &better);
    htest_rope(COUNT_OF(folds), turned, 1.0 / 9, 0.005, &equivalent2, &worse);
    assert_near(equivalent, equivalent2, 1e-14);
    assert_near(equivalent + better + worse, 1, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_r), cmocka_unit_test(test_no_variance),
                                       cmocka_unit_test(test_too_few), cmocka_unit_test(test_rope_symmetry)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

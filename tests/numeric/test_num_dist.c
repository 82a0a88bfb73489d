/* Distributions against R (the table and how it was made: ref/dist.R), limits of the domain, and round trips. */
#include "num/dist.h"

#include "near.h"

struct reference {
    const char *function;
    double a, b, c, value;
};

#include "ref/dist_ref.h"

struct function {
    const char *name;
    double (*one)(double), (*two)(double, double), (*three)(double, double, double);
};

static const struct function functions[] = {
    {"norm_d", norm_d, NULL, NULL},
    {"norm_p", norm_p, NULL, NULL},
    {"norm_upper", norm_upper, NULL, NULL},
    {"norm_q", norm_q, NULL, NULL},
    {"t_p", NULL, t_p, NULL},
    {"t_upper", NULL, t_upper, NULL},
    {"t_two_sided", NULL, t_two_sided, NULL},
    {"t_q", NULL, t_q, NULL},
    {"chisq_p", NULL, chisq_p, NULL},
    {"chisq_upper", NULL, chisq_upper, NULL},
    {"chisq_q", NULL, chisq_q, NULL},
    {"gamma_p", NULL, gamma_p, NULL},
    {"gamma_upper", NULL, gamma_upper, NULL},
    {"gamma_q", NULL, gamma_q, NULL},
    {"f_p", NULL, NULL, f_p},
    {"f_upper", NULL, NULL, f_upper},
    {"f_q", NULL, NULL, f_q},
    {"beta_p", NULL, NULL, beta_p},
    {"beta_upper", NULL, NULL, beta_upper},
    {"beta_q", NULL, NULL, beta_q},
    {"binom_p", NULL, NULL, binom_p},
};

static double call(const struct reference *r)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++)
        if (strcmp(functions[i].name, r->function) == 0)
            return functions[i].one   ? functions[i].one(r->a)
                   : functions[i].two ? functions[i].two(r->a, r->b)
                                      : functions[i].three(r->a, r->b, r->c);
    fail_msg("no function %s", r->function);
    return 0;
}

/* 1e-13, and in tails below 1e-100, where R itself differs from others by as much, 1e-12. */
static void test_r(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        const struct reference *r = &references[i];
        double got = call(r), tolerance = fabs(r->value) > 1e-100 ? 1e-13 : 1e-12;
        if (r->value == got || fabs(got - r->value) <= tolerance * fabs(r->value))
            continue;
        wrong++;
        print_message("%s(%.17g, %.17g, %.17g) = %.17g, not %.17g (%.1e)\n", r->function, r->a, r->b, r->c, got,
                      r->value, fabs(got / r->value - 1));
    }
    assert_int_equal(wrong, 0);
}

static void test_limits(void **state)
{
    (void)state;
    assert_true(norm_p(-INFINITY) == 0 && norm_p(INFINITY) == 1 && norm_d(INFINITY) == 0);
    assert_true(norm_q(0) == -INFINITY && norm_q(1) == INFINITY && norm_q(0.5) == 0);
    assert_true(isnan(norm_q(-0.1)) && isnan(norm_q(1.1)) && isnan(norm_q(NAN)) && isnan(norm_p(NAN)));
    assert_true(t_two_sided(0, 5) == 1 && t_two_sided(INFINITY, 5) == 0 && t_p(0, 3) == 0.5 && t_q(0.5, 3) == 0);
    assert_true(t_p(INFINITY, 2) == 1 && t_p(-INFINITY, 2) == 0 && t_q(0, 2) == -INFINITY &&
                t_q(1, 2) == INFINITY);
    assert_true(isnan(t_p(1, 0)) && isnan(t_p(1, -1)) && isnan(t_p(NAN, 3)) && isnan(t_q(2, 3)));
    assert_near(t_p(1, INFINITY), norm_p(1), 0);
    assert_true(chisq_p(0, 3) == 0 && chisq_upper(0, 3) == 1 && chisq_p(INFINITY, 3) == 1 && chisq_p(-1, 3) == 0);
    assert_true(chisq_q(0, 3) == 0 && chisq_q(1, 3) == INFINITY && isnan(chisq_q(0.5, 0)));
    assert_true(f_p(0, 2, 3) == 0 && f_upper(-1, 2, 3) == 1 && f_upper(INFINITY, 2, 3) == 0 &&
                isnan(f_p(1, 0, 3)));
    assert_true(beta_p(0, 2, 3) == 0 && beta_p(1, 2, 3) == 1 && beta_q(0, 2, 3) == 0 && beta_q(1, 2, 3) == 1);
    assert_true(binom_p(-1, 5, 0.5) == 0 && binom_p(5, 5, 0.5) == 1 && binom_p(2, 5, 0) == 1 &&
                binom_p(2, 5, 1) == 0);
}

static void test_closed_forms(void **state)
{
    (void)state;
    for (double x = 0.01; x < 600; x *= 1.7) {
        assert_near(chisq_upper(x, 2) / exp(-x / 2), 1, 1e-13);
        assert_near(t_upper(x, 1) / (atan(1 / x) / acos(-1.0)), 1, 1e-13);
    }
    for (double x = 0.001; x < 1; x += 0.037) {
        assert_near(beta_p(x, 3, 1) / (x * x * x), 1, 1e-13);
        assert_near(beta_upper(x, 1, 4) / pow(1 - x, 4), 1, 1e-13);
    }
    /* x = a of a large shape: P = 1/2 + 1/(3 sqrt(2 pi a)) + ...; the switch to the uniform expansion is smooth. */
    assert_near(gamma_p(1e10, 1e10), 0.5 + 1 / (3 * sqrt(2 * acos(-1.0) * 1e10)), 1e-14);
    for (double z = -6; z <= 6; z += 1.5) {
        double below = gamma_upper(1e8 + z * 1e4, 1e8), above = gamma_upper(1e8 + 1e-6 + z * 1e4, 1e8 + 1e-6);
        assert_near(below / above, 1, 1e-9);
    }
}

static void test_round_trips(void **state)
{
    (void)state;
    for (double p = 1e-12; p < 1; p = p < 0.1 ? p * 3 : p + 0.07) {
        assert_near(norm_p(norm_q(p)) / p, 1, 1e-13);
        for (double df = 0.6; df < 1e5; df *= 4) {
            assert_near(t_p(t_q(p, df), df) / p, 1, 2e-13);
            assert_near(chisq_p(chisq_q(p, df), df) / p, 1, 2e-12); /* slope df/2 on a relative error */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

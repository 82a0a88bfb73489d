/* Measures of clusterings against scikit-learn (the numbers and how they were made: ref/cluster.py), to 1e-10; and
 * numbers read off curves. */
#include "num/choose.h"
#include "num/cluster.h"

#include "near.h"

#include <stdlib.h>

#define TOLERANCE 1e-10

struct spread_case {
    const char *name;
    size_t k;
    const int32_t *label;
    const double *silhouette; /* of the rows that are no noise */
    double expected[4];       /* mean silhouette, Davies-Bouldin, Calinski-Harabasz, inertia */
};

struct agreement_case {
    const char *name;
    size_t rows, cols;
    const double *count;
    double expected[4]; /* ari, nmi, homogeneity, completeness */
};

#include "ref/cluster_ref.h"

enum { ROWS = 150, COLUMNS = 4 };

static void near_or_fail(const char *name, const char *what, double is, double want)
{
    if (fabs(is - want) > TOLERANCE * fmax(1, fabs(want)))
        fail_msg("%s: %s is %.17g, not %.17g", name, what, is, want);
}

/* All rows in pieces of `piece`, from the last piece to the first: order and cut must not matter. */
static void silhouettes(const double *x, size_t n, size_t p, size_t ld, const int32_t *label, size_t k,
                        size_t piece, double *value, int32_t *next)
{
    struct silhouette s;
    void *work = malloc(silhouette_work(n, p, k));
    double *scratch = malloc(4 * k * sizeof *scratch + 1);
    silhouette_begin(&s, n, p, x, ld, label, k, work);
    for (size_t pieces = (s.n + piece - 1) / piece; pieces > 0; pieces--) {
        const size_t begin = (pieces - 1) * piece, end = begin + piece < s.n ? begin + piece : s.n;
        silhouette_rows(&s, begin, end, value, next, scratch);
    }
    free(scratch);
    free(work);
}

static void test_spread(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spread_cases); i++) {
        const struct spread_case *c = &spread_cases[i];
        double value[ROWS], again[ROWS];
        int32_t next[ROWS];
        void *work = malloc(cluster_spread_work(COLUMNS, c->k));
        silhouettes(iris, ROWS, COLUMNS, COLUMNS, c->label, c->k, 37, value, next);
        silhouettes(iris, ROWS, COLUMNS, COLUMNS, c->label, c->k, ROWS, again, NULL);
        for (size_t r = 0, at = 0; r < ROWS; r++)
            if (c->label[r] >= 0) {
                near_or_fail(c->name, "a silhouette", value[r], c->silhouette[at++]);
                assert_true(value[r] == again[r] && next[r] >= 0 && next[r] != c->label[r]);
            }
        struct cluster_spread s = cluster_spread(ROWS, COLUMNS, iris, COLUMNS, c->label, c->k, work);
        near_or_fail(c->name, "silhouette", silhouette_mean(ROWS, c->label, c->k, value), c->expected[0]);
        near_or_fail(c->name, "davies_bouldin", s.davies_bouldin, c->expected[1]);
        near_or_fail(c->name, "calinski_harabasz", s.calinski_harabasz, c->expected[2]);
        near_or_fail(c->name, "inertia", s.inertia, c->expected[3]);
        free(work);
    }
}

static void test_spread_undefined(void **state)
{
    (void)state;
    static const double x[] = {0, 1, 3, 4, 10};
    static const int32_t one[5] = {0}, each[] = {0, 1, 2, 3, 4}, noise[] = {-1, -1, -1, -1, -1};
    double value[5] = {9, 9, 9, 9, 9};
    int32_t next[5];
    char work[4096];
    assert_true(cluster_spread_work(1, 5) <= sizeof work);
    struct cluster_spread s = cluster_spread(5, 1, x, 1, one, 1, work);
    assert_near(s.inertia, 12.96 + 6.76 + 0.36 + 0.16 + 40.96, 1e-14);
    assert_true(isnan(s.davies_bouldin) && isnan(s.calinski_harabasz));
    silhouettes(x, 5, 1, 1, one, 1, 5, value, next);
    for (int i = 0; i < 5; i++)
        assert_true(value[i] == 0 && next[i] == -1);
    assert_true(isnan(silhouette_mean(5, one, 1, value)));

    s = cluster_spread(5, 1, x, 1, each, 5, work); /* scikit-learn refuses n clusters of n rows */
    assert_true(s.inertia == 0 && isnan(s.davies_bouldin) && isnan(s.calinski_harabasz));
    silhouettes(x, 5, 1, 1, each, 5, 2, value, next);
    for (int i = 0; i < 5; i++)
        assert_true(value[i] == 0);
    assert_true(next[0] == 1 && next[4] == 3 && isnan(silhouette_mean(5, each, 5, value)));

    assert_true(isnan(cluster_spread(5, 1, x, 1, noise, 0, work).inertia));
    assert_true(isnan(silhouette_mean(5, noise, 0, value)));
}

/* Rows that are all equal: every distance is 0. davies_bouldin_score gives 0, calinski_harabasz_score 1, and
 * silhouette_samples 0. */
static void test_spread_of_equal_rows(void **state)
{
    (void)state;
    static const double x[] = {2, 5, 9, 2, 5, 9, 2, 5, 9, 2, 5, 9}; /* a leading dimension of 3 */
    static const int32_t label[] = {0, 0, 1, 1};
    double value[4];
    char work[4096];
    struct cluster_spread s = cluster_spread(4, 2, x, 3, label, 2, work);
    assert_true(s.inertia == 0 && s.davies_bouldin == 0 && s.calinski_harabasz == 1);
    silhouettes(x, 4, 2, 3, label, 2, 4, value, NULL);
    for (int i = 0; i < 4; i++)
        assert_true(value[i] == 0);
}

static void test_agreement(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(agreement_cases); i++) {
        const struct agreement_case *c = &agreement_cases[i];
        struct cluster_agreement a = cluster_agreement(c->rows, c->cols, c->count);
        near_or_fail(c->name, "ari", a.ari, c->expected[0]);
        near_or_fail(c->name, "nmi", a.nmi, c->expected[1]);
        near_or_fail(c->name, "homogeneity", a.homogeneity, c->expected[2]);
        near_or_fail(c->name, "completeness", a.completeness, c->expected[3]);
        assert_true(a.homogeneity <= 1 && a.completeness <= 1 && a.nmi <= 1);
    }
    static const double with_gaps[] = {2, 0, 1, 0, 0, 0, 1, 0, 3}, without[] = {2, 1, 1, 3};
    struct cluster_agreement a = cluster_agreement(3, 3, with_gaps), b = cluster_agreement(2, 2, without);
    assert_true(a.ari == b.ari && a.nmi == b.nmi && a.homogeneity == b.homogeneity);
    assert_true(isnan(cluster_agreement(2, 2, (const double[]){0, 0, 0, 0}).ari));
}

static void test_elbow(void **state)
{
    (void)state;
    static const double k[] = {1, 2, 3, 4, 5, 6}, bent[] = {100, 60, 20, 15, 11, 8},
                        straight[] = {6, 5, 4, 3, 2, 1};
    static const double rising[] = {1, 2, 3, 4, 5, 6}, bulging[] = {10, 9.9, 9.5, 8, 5, 0};
    assert_int_equal(curve_elbow(6, k, bent), 2);
    assert_int_equal(curve_elbow(6, k, straight), 6);
    assert_int_equal(curve_elbow(6, k, rising), 6);
    assert_int_equal(curve_elbow(6, k, bulging), 6);
    assert_int_equal(curve_elbow(2, k, bent), 2);
    static const double slight[] = {100, 75, 55, 35, 18, 0}, more[] = {100, 67, 44, 27, 13, 0};
    assert_int_equal(curve_elbow(6, k, slight), 6); /* 0.05 below the line at k = 3 */
    assert_int_equal(curve_elbow(6, k, more), 2);   /* 0.16 */
    static const double uneven[] = {1, 2, 10}, steep[] = {10, 3, 0};
    assert_int_equal(curve_elbow(3, uneven, steep), 1);
}

/* The rule "Tibs2001SEmax" of R's cluster::maxSE. */
static void test_gap_choice(void **state)
{
    (void)state;
    static const double gap[] = {0.1, 0.5, 0.9, 0.92, 0.8}, se[] = {0.01, 0.01, 0.01, 0.05, 0.01};
    static const double growing[] = {1, 2, 3}, small[] = {0.1, 0.1, 0.1};
    assert_int_equal(gap_choice(5, gap, se), 2);
    assert_int_equal(gap_choice(3, growing, small), 2);
    assert_int_equal(gap_choice(1, gap, se), 0);
    assert_int_equal(gap_choice(2, (const double[]){1, 0.5}, small), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_spread_undefined),
        cmocka_unit_test(test_spread_of_equal_rows),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_elbow),
        cmocka_unit_test(test_gap_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

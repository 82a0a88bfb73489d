/* ops: parts of judging clusters: numbering, sampling, the reference box, the gap. The verbs are checked as a whole
 * against scikit-learn in tests/cli/clusters.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/progress.h"
#include "ops/clustering.h"
#include "ops/gap.h"
#include "tests/numeric/near.h"

static void labels_are_numbered_anew(void **state)
{
    int32_t label[] = {7, 7, -1, 3, 90, 3, -1, 7}, none[] = {-1, -1}, *number = NULL;
    static const int32_t wanted[] = {1, 1, -1, 0, 2, 0, -1, 1};
    (void)state;
    assert_int_equal(clusters_renumber(8, label, &number), 3);
    assert_memory_equal(label, wanted, sizeof wanted);
    assert_true(number[0] == 3 && number[1] == 7 && number[2] == 90);
    mem_free(number);
    assert_int_equal(clusters_renumber(2, none, NULL), 0);
    assert_int_equal(clusters_renumber(0, none, NULL), 0);
    assert_true(none[0] == -1);
}

static void rows_are_drawn_evenly(void **state)
{
    enum { N = 50, TAKE = 10, TRIES = 4000 };
    uint32_t row[N], again[N];
    int hits[N] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < TRIES; seed++) {
        assert_int_equal(rows_drawn(N, TAKE, seed, row), TAKE);
        for (int i = 0; i < TAKE; i++) {
            assert_true(row[i] < N && (i == 0 || row[i] > row[i - 1]));
            hits[row[i]]++;
        }
    }
    for (int i = 0; i < N; i++) /* 800 wanted, sd 25 */
        assert_in_range(hits[i], 690, 910);
    rows_drawn(N, TAKE, 5, row);
    rows_drawn(N, TAKE, 5, again);
    assert_memory_equal(row, again, TAKE * sizeof *row);
    assert_int_equal(rows_drawn(3, 10, 1, row), 3);
    assert_true(row[0] == 0 && row[1] == 1 && row[2] == 2);
}

/* R 4.2, of the rows below: apply(prcomp(x)$x, 2, range), the signs of the components being free. */
static void the_reference_box_follows_the_data(void **state)
{
    enum { N = 6, P = 2, DRAWN = 2000 };
    static const double x[N * P] = {1, 2, 2, 3.5, 3, 5, 4, 9, 5, 9.5, 6, 13};
    static double drawn[DRAWN * P], again[DRAWN * P];
    static const double width[P] = {0.71223750326042601, 12.08242517661913240}; /* ascending eigenvalues */
    struct reference_box b;
    struct err e = ERR_INIT;
    (void)state;
    assert_true(reference_box_fit(&b, N, P, x, P, true, &e));
    for (int a = 0; a < P; a++)
        assert_near(b.high[a] - b.low[a], width[a], 1e-12);
    reference_box_draw(&b, DRAWN, 11, 3, drawn);
    reference_box_draw(&b, DRAWN, 11, 3, again);
    assert_memory_equal(drawn, again, sizeof drawn);
    reference_box_draw(&b, DRAWN, 11, 4, again);
    assert_true(memcmp(drawn, again, sizeof drawn) != 0);
    double least[P] = {INFINITY, INFINITY}, most[P] = {-INFINITY, -INFINITY};
    for (int i = 0; i < DRAWN; i++)
        for (int a = 0; a < P; a++) {
            double at =
                b.axis[a * P] * (drawn[i * P] - b.mean[0]) + b.axis[a * P + 1] * (drawn[i * P + 1] - b.mean[1]);
            assert_true(at >= b.low[a] - 1e-12 && at <= b.high[a] + 1e-12);
            least[a] = fmin(least[a], at);
            most[a] = fmax(most[a], at);
        }
    for (int a = 0; a < P; a++)
        assert_true(most[a] - least[a] > 0.99 * width[a]);
    reference_box_done(&b);

    assert_true(reference_box_fit(&b, N, P, x, P, false, &e));
    assert_near(b.low[0] + b.mean[0], 1, 1e-14);
    assert_near(b.high[1] + b.mean[1], 13, 1e-14);
    reference_box_done(&b);

    static const double same[] = {4, 4, 4}; /* a box without width, leading dimension 1 */
    assert_true(reference_box_fit(&b, 3, 1, same, 1, true, &e));
    reference_box_draw(&b, 5, 1, 0, drawn);
    for (int i = 0; i < 5; i++)
        assert_near(drawn[i], 4, 1e-14);
    reference_box_done(&b);
}

/* clusGap: mean(logWks) - logW; sqrt((1 + 1/B) * var(logWks)). In R: w <- c(5.2, 5.35, 5.1, 5.27) */
static void the_gap_is_that_of_clusgap(void **state)
{
    static const double w[] = {5.2, 5.35, 5.1, 5.27};
    double gap, se;
    (void)state;
    gap_of(4.9, 4, w, &gap, &se);
    assert_near(gap, 0.33, 1e-13);
    assert_near(se, 0.11867322079278593, 1e-13);
    gap_of(4.9, 1, w, &gap, &se);
    assert_true(isnan(se));
}

static void silhouettes_do_not_depend_on_threads(void **state)
{
    enum { N = 500, P = 3, K = 4 };
    static double x[N * P], one[N], three[N];
    static int32_t label[N], next[N];
    struct err e = ERR_INIT;
    (void)state;
    for (int i = 0; i < N; i++) {
        label[i] = i % 7 == 0 ? -1 : i % K;
        for (int j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(3, (uint64_t)j, (uint64_t)i) + (j == 0 ? i % K : 0);
    }
    pool_set_threads(1);
    assert_true(clusters_silhouettes(N, P, x, P, label, K, NULL, one, NULL, &e));
    pool_set_threads(3);
    assert_true(clusters_silhouettes(N, P, x, P, label, K, NULL, three, next, &e));
    pool_set_threads(1);
    assert_memory_equal(one, three, sizeof one);
    for (int i = 0; i < N; i++)
        assert_true(label[i] < 0 ? one[i] == 0 && next[i] == -1 : next[i] >= 0 && next[i] != label[i]);

    struct progress *p = progress_new(), *quiet = progress_listener(p);
    progress_report(quiet, 0.5, "unheard");
    assert_true(progress_done(p) < 0);
    progress_cancel(p);
    assert_false(clusters_silhouettes(N, P, x, P, label, K, quiet, one, NULL, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    progress_free(quiet);
    progress_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_numbered_anew),
        cmocka_unit_test(rows_are_drawn_evenly),
        cmocka_unit_test(the_reference_box_follows_the_data),
        cmocka_unit_test(the_gap_is_that_of_clusgap),
        cmocka_unit_test(silhouettes_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

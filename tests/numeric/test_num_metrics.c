/* Metrics and curves against scikit-learn (the numbers and how they were made: ref/metrics.py), to 1e-10 relative.
 * */
#include "num/curve.h"
#include "num/metrics.h"
#include "num/sort.h"

#include "near.h"

#include <stdlib.h>

#define TOLERANCE 1e-10

struct classify_case {
    const char *name;
    size_t n;
    int k, positive;
    const int32_t *truth, *pred;
    const double *proba, *weight;
    double expected[METRIC_KAPPA + 1];
};

struct regress_case {
    const char *name;
    size_t n;
    const double *truth, *pred, *weight;
    double expected[4]; /* rmse, mae, r2, mape */
};

#include "ref/metrics_ref.h"

static void check(const char *name, const double *got, const double *expected, int first, int count)
{
    for (int i = 0; i < count; i++) {
        double want = expected[i], is = got[first + i];
        if (is == want || (isnan(is) && isnan(want)) || fabs(is - want) <= TOLERANCE * fabs(want) ||
            (want == 0 && fabs(is) < 1e-15))
            continue;
        fail_msg("%s: %s is %.17g, not %.17g", name, metric_table[first + i].name, is, want);
    }
}

static void test_classify(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(classify_cases); i++) {
        const struct classify_case *c = &classify_cases[i];
        double out[METRIC_COUNT];
        void *work = malloc(metrics_work(c->n, c->k));
        out[METRIC_RMSE] = -7;
        metrics_classify(c->n, c->k, c->truth, c->pred, c->proba, c->positive, c->weight, out, work);
        check(c->name, out, c->expected, 0, METRIC_KAPPA + 1);
        assert_true(out[METRIC_RMSE] == -7); /* other tasks' untouched */
        metrics_classify(c->n, c->k, c->truth, c->pred, NULL, c->positive, c->weight, out, work);
        check(c->name, out, c->expected, 0, METRIC_AUC);
        for (int id = METRIC_AUC; id <= METRIC_BRIER; id++)
            assert_true(isnan(out[id]));
        free(work);
    }
}

static void test_regress(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(regress_cases); i++) {
        const struct regress_case *c = &regress_cases[i];
        double out[METRIC_COUNT];
        metrics_regress(c->n, c->truth, c->pred, c->weight, out);
        check(c->name, out, c->expected, METRIC_RMSE, 4);
    }
}

/* Rows that ref/metrics.py computes by the same formulas. */
static void test_large(void **state)
{
    (void)state;
    enum { N = 3000, K = 4 };
    static int32_t truth[N], pred[N];
    static double proba[N * K], weight[N], y[N], f[N], out[METRIC_COUNT];
    for (int i = 0; i < N; i++) {
        double total = 0;
        truth[i] = (i * 7 + i / 3) % 13 % K;
        pred[i] = (i * 5 + i / 7) % K;
        for (int c = 0; c < K; c++)
            total += proba[i * K + c] = (i * (37 + 10 * c) + 11 * c) % 101 + 1 + 60 * (truth[i] == c);
        for (int c = 0; c < K; c++)
            proba[i * K + c] /= total;
        weight[i] = 1 + i % 5 * 0.25;
        y[i] = i % 97 * 0.5 + 3;
        f[i] = i * 13 % 89 * 0.5 + 5;
    }
    void *work = malloc(metrics_work(N, K));
    metrics_classify(N, K, truth, pred, proba, 1, weight, out, work);
    check("large", out, large_expected, 0, METRIC_KAPPA + 1);
    metrics_regress(N, y, f, weight, out);
    check("large", out, large_regress_expected, METRIC_RMSE, 4);
    free(work);
}

static void test_refused(void **state)
{
    (void)state;
    double out[METRIC_COUNT];
    const int32_t truth[] = {0, 1}, pred[] = {0, 1};
    char work[512];
    const double missing[] = {0.5, 0.5, NAN, 0.5}, outside[] = {0.5, 0.5, -0.5, 1.5};
    assert_true(metrics_work(2, 2) <= sizeof work);
    metrics_classify(2, 2, truth, pred, missing, 1, NULL, out, work);
    assert_true(isnan(out[METRIC_LOGLOSS]) && isnan(out[METRIC_BRIER]) && out[METRIC_ACCURACY] == 1);
    metrics_classify(2, 2, truth, pred, missing, 0, NULL, out, work);
    assert_true(isnan(out[METRIC_AUC]) && isnan(out[METRIC_AP]));
    metrics_classify(2, 2, truth, pred, outside, 1, NULL, out, work);
    assert_true(isnan(out[METRIC_LOGLOSS]) && isnan(out[METRIC_BRIER]) && out[METRIC_AUC] == 1);
    metrics_classify(0, 2, truth, pred, outside, 1, NULL, out, work);
    for (int id = 0; id <= METRIC_KAPPA; id++)
        assert_true(isnan(out[id]));
    metrics_regress(0, missing, missing, NULL, out);
    for (int id = METRIC_RMSE; id <= METRIC_MAPE; id++)
        assert_true(isnan(out[id]));
}

static void test_table(void **state)
{
    (void)state;
    for (int id = 0; id < METRIC_COUNT; id++) {
        const struct metric *m = &metric_table[id];
        assert_int_equal(metric_find(m->name), id);
        assert_true(m->title[0] && m->formula[0] && m->reading[0]);
        assert_true(m->higher_is_better == (m->best > m->worst));
    }
    assert_int_equal(metric_find("speed"), -1);
}

static void test_confusion(void **state)
{
    (void)state;
    const int32_t truth[] = {0, 0, 1, 2, 2, 2}, pred[] = {0, 1, 1, 2, 0, 2};
    const double weight[] = {1, 2, 3, 4, 5, 6}, plain[] = {1, 1, 0, 0, 1, 0, 1, 0, 2};
    const double weighted[] = {1, 2, 0, 0, 3, 0, 5, 0, 10};
    double counts[9];
    confusion_counts(6, 3, truth, pred, NULL, counts);
    assert_memory_equal(counts, plain, sizeof plain);
    confusion_counts(6, 3, truth, pred, weight, counts);
    assert_memory_equal(counts, weighted, sizeof weighted);
}

static void test_auc(void **state)
{
    (void)state;
    char work[512];
    const uint8_t truth[] = {0, 1, 0, 1};
    const double score[] = {0.1, 0.4, 0.4, 0.8}, weight[] = {1, 2, 3, 4};
    assert_true(sort_order_work(4) <= sizeof work);
    /* Pairs (0.4 | 0.1): 1, (0.4 | 0.4): 1/2, (0.8 | both): 2, of 4. */
    assert_near(auc_of(4, score, truth, NULL, work), 3.5 / 4, 0);
    assert_near(auc_of(4, score, truth, weight, work), (2 * 1 + 2 * 3 * 0.5 + 4 * 4) / (6.0 * 4), 1e-15);
    assert_true(isnan(auc_of(4, score, (const uint8_t[]){1, 1, 1, 1}, NULL, work)));
    assert_true(isnan(auc_of(0, score, truth, NULL, work)));
}

static void assert_points(size_t n, const double *got, const double *want)
{
    for (size_t i = 0; i < n; i++)
        assert_near(got[i], want[i], 1e-14);
}

static void test_curves(void **state)
{
    (void)state;
    enum { N = COUNT_OF(curve_truth) };
    double a[N + 1], b[N + 1], c[N + 1];
    void *work = malloc(sort_order_work(N));
    assert_int_equal(curve_roc(N, curve_score, curve_truth, a, b, c, work), COUNT_OF(roc_fpr));
    assert_points(COUNT_OF(roc_fpr), a, roc_fpr);
    assert_points(COUNT_OF(roc_fpr), b, roc_tpr);
    assert_points(COUNT_OF(roc_fpr), c, roc_threshold);
    assert_int_equal(curve_pr(N, curve_score, curve_truth, a, b, c, work), COUNT_OF(pr_recall));
    assert_points(COUNT_OF(pr_recall), a, pr_precision);
    assert_points(COUNT_OF(pr_recall), b, pr_recall);
    assert_points(COUNT_OF(pr_recall), c, pr_threshold);
    assert_int_equal(curve_calibration(N, curve_score, curve_truth, 5, a, b, c), COUNT_OF(calibration_mean));
    assert_points(COUNT_OF(calibration_mean), a, calibration_mean);
    assert_points(COUNT_OF(calibration_mean), b, calibration_share);
    assert_near(c[0] + c[1] + c[2] + c[3] + c[4], N, 0);
    assert_int_equal(curve_roc(0, curve_score, curve_truth, a, b, c, work), 1);
    assert_int_equal(curve_calibration(2, (double[]){0.2, 0.9}, (uint8_t[]){0, 1}, 10, a, b, c), 2);
    assert_true(a[0] == 0.2 && b[0] == 0 && c[0] == 1 && a[1] == 0.9 && b[1] == 1);
    free(work);
}

static void test_thin(void **state)
{
    (void)state;
    double x[] = {0, 0, 0, 0.5, 1, 1}, y[] = {0, 0.2, 0.6, 0.8, 1, 1};
    assert_int_equal(curve_thin(6, x, y, 100), 3); /* up, then one slope; the end came twice */
    assert_true(x[0] == 0 && y[0] == 0 && x[1] == 0 && y[1] == 0.6 && x[2] == 1 && y[2] == 1);
    enum { N = 5000 };
    static double u[N], v[N];
    for (int i = 0; i < N; i++) {
        u[i] = i / (N - 1.0);
        v[i] = sqrt(u[i]);
    }
    size_t n = curve_thin(N, u, v, 100);
    assert_true(n > 80 && n <= 101 && u[0] == 0 && u[n - 1] == 1 && v[n - 1] == 1);
    for (size_t i = 1; i < n; i++)
        assert_true(u[i] > u[i - 1] && hypot(u[i] - u[i - 1], v[i] - v[i - 1]) < 0.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classify), cmocka_unit_test(test_regress), cmocka_unit_test(test_large),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_table),   cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_auc),      cmocka_unit_test(test_curves),  cmocka_unit_test(test_thin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

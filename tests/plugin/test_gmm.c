/* Gaussian mixtures: against scikit-learn 1.9.1's GaussianMixture on the bundled tables, and against what EM must
 * satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

/* GaussianMixture(k, covariance_type).fit(x), started from the labels of KMeans(k, n_init=20, tol=0): score(x) * n
 * and n_iter_; and with tol=1e-12, max_iter=10000: score(x) * n, bic, aic, sizes in ascending order. */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *type;
        size_t k;
        double first, iterations, likelihood, bic, aic;
        size_t size[3];
    } table[] = {
        {"datasets/iris.csv",
         "species",
         "full",
         3,
         -180.19573591460193,
         17,
         -180.18547758505142,
         580.838908110338,
         448.37095517010283,
         {45, 50, 55}},
        {"datasets/iris.csv",
         "species",
         "tied",
         3,
         -256.78502060372705,
         9,
         -256.3540432268984,
         632.9633335121069,
         560.7080864537968,
         {49, 50, 51}},
        {"datasets/iris.csv",
         "species",
         "diag",
         3,
         -307.17834565596087,
         4,
         -307.177571730159,
         744.6316611068206,
         666.355143460318,
         {36, 50, 64}},
        {"datasets/iris.csv",
         "species",
         "spherical",
         3,
         -384.31427025165164,
         2,
         -384.31409507356864,
         853.8089901467736,
         802.6281901471373,
         {38, 50, 62}},
        {"datasets/classics/faithful.csv",
         "",
         "full",
         2,
         -1130.2640657692968,
         4,
         -1130.2639601930969,
         2322.1917431154498,
         2282.5279203861937,
         {97, 175, 0}},
        {"datasets/classics/faithful.csv",
         "",
         "tied",
         2,
         -1140.1867600231433,
         3,
         -1140.1867594421988,
         2325.2199354147656,
         2296.3735188843975,
         {98, 174, 0}},
        {"datasets/classics/faithful.csv",
         "",
         "diag",
         2,
         -1147.806352581468,
         4,
         -1147.8063525443208,
         2346.0649236853055,
         2313.6127050886416,
         {97, 175, 0}},
        {"datasets/classics/faithful.csv",
         "",
         "spherical",
         2,
         -1709.5293302130387,
         2,
         -1709.5292821774228,
         3458.2991788189174,
         3433.0585643548457,
         {100, 172, 0}},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, 0);
        char text[128];
        if (!csv) {
            skip();
            return;
        }
        snprintf(text, sizeof text, "k=%zu covariance_type=%s", table[t].k, table[t].type);
        struct cluster_fit f = cluster_fit("gmm", text, csv->n, csv->p, csv->x, NULL);
        assert_close(cluster_summary(&f, "log-likelihood"), table[t].first, 1e-7);
        assert_close(cluster_summary(&f, "iterations"), table[t].iterations, 0);
        cluster_unfit(&f);
        snprintf(text, sizeof text, "k=%zu covariance_type=%s tol=1e-12 max_iter=10000", table[t].k,
                 table[t].type);
        f = cluster_fit("gmm", text, csv->n, csv->p, csv->x, NULL);
        assert_close(cluster_summary(&f, "log-likelihood"), table[t].likelihood, 1e-7);
        assert_close(cluster_summary(&f, "BIC"), table[t].bic, 1e-6);
        assert_close(cluster_summary(&f, "AIC"), table[t].aic, 1e-6);
        for (size_t c = 0; c < table[t].k; c++) {
            size_t same = 0;
            for (size_t other = 0; other < table[t].k; other++)
                same += cluster_size(&f, (int)other) == table[t].size[c];
            assert_true(same > 0);
        }
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

enum { N = 900, P = 4 };

/* The likelihood never falls within a run; weights of 2 are rows written twice. */
static void test_climbs(void **state)
{
    static double x[2 * N * P], weight[N];
    static const char *const type[] = {"full", "tied", "diag", "spherical"};
    (void)state;
    cluster_blobs(N, P, 5, 2, x);
    size_t rows = N;
    for (size_t i = 0; i < N; i++) {
        weight[i] = 1 + (double)(i % 2);
        if (i % 2) {
            memcpy(x + rows * P, x + i * P, P * sizeof *x);
            rows++;
        }
    }
    for (size_t t = 0; t < 4; t++) {
        char text[128];
        snprintf(text, sizeof text, "k=5 covariance=%s tol=1e-11 max_iter=3000 init_params=random reg_covar=0",
                 type[t]);
        struct cluster_fit f = cluster_fit("gmm", text, N, P, x, NULL);
        for (size_t i = 0; i + 1 < f.host->n_metrics; i++)
            assert_true(f.host->metric[i + 1].value >= f.host->metric[i].value - 1e-9);
        assert_true(f.host->n_metrics > 5);
        cluster_unfit(&f);
        snprintf(text, sizeof text, "k=1 covariance=%s", type[t]);
        f = cluster_fit("gmm", text, N, P, x, weight);
        const double weighted = cluster_summary(&f, "log-likelihood");
        cluster_unfit(&f);
        f = cluster_fit("gmm", text, rows, P, x, NULL);
        assert_close(cluster_summary(&f, "log-likelihood"), weighted, 1e-8 * fabs(weighted));
        cluster_unfit(&f);
    }
}

/* Far from the origin the same mixture is found. */
static void test_shifted(void **state)
{
    static double x[N * P], far[N * P];
    (void)state;
    cluster_blobs(N, P, 3, 1, x);
    for (size_t i = 0; i < N * P; i++) {
        x[i] = round(x[i] * 0x1p20) / 0x1p20;
        far[i] = x[i] + 0x1p25;
    }
    struct cluster_fit a = cluster_fit("gmm", "k=3", N, P, x, NULL),
                       b = cluster_fit("gmm", "k=3", N, P, far, NULL);
    assert_close(cluster_summary(&a, "log-likelihood"), cluster_summary(&b, "log-likelihood"), 1e-3);
    cluster_unfit(&a);
    cluster_unfit(&b);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 3, NAN}, same[] = {3, 3, 3, 3, 3, 3};
    (void)state;
    struct cluster_fit f = cluster_fit("gmm", "k=2", 6, 1, same, NULL); /* reg_covar keeps it in bounds */
    assert_true(isfinite(cluster_summary(&f, "log-likelihood")));
    cluster_unfit(&f);
    f = cluster_fit("gmm", "", 1, 6, same, NULL);
    assert_close(f.label[0], 0, 0);
    cluster_unfit(&f);
    cluster_refused("gmm", "k=4", 3, 1, x, "n_components=4 is more than there are rows (3)");
    cluster_refused("gmm", "", 0, 1, x, "0 rows");
    cluster_refused("gmm", "", 3, 0, x, "no columns");
    cluster_refused("gmm", "", 4, 1, x, "'x1' of row 4 is not a finite number");
}

/* Without reg_covar a constant column has no density. */
static void test_singular(void **state)
{
    static const double same[] = {3, 3, 3, 3, 3, 3};
    const struct lt_algo *algo = mini_algo("cluster", "gmm");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "reg_covar=0");
    struct mini_data *data = mini_data_new(algo, 6, 1, same);
    void *model;
    (void)state;
    data->data.task = LT_CLUSTER;
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_NUMERIC);
    assert_non_null(strstr(host->error, "component 1 is singular"));
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    enum { ROWS = 3000, COLUMNS = 3 };
    static double x[ROWS * COLUMNS], weight[ROWS];
    const struct lt_algo *algo = mini_algo("cluster", "gmm");
    (void)state;
    cluster_blobs(ROWS, COLUMNS, 4, 1, x);
    for (size_t i = 0; i < ROWS; i++)
        weight[i] = (double)lt_below(3, 2, i, 3);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    mini_conform(algo, "k=4", data);
    mini_conform(algo, "k=3 covariance_type=tied n_init=3", data);
    mini_data_weights(data, weight);
    mini_conform(algo, "k=3 covariance_type=diag init_params=random", data);
    mini_conform(algo, "k=3 covariance_type=spherical max_iter=3", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets), cmocka_unit_test(test_climbs),   cmocka_unit_test(test_shifted),
        cmocka_unit_test(test_edges),    cmocka_unit_test(test_singular), cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

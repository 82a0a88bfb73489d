/* HDBSCAN: against scikit-learn 1.9.1's HDBSCAN on the bundled tables, where both of its algorithms agree. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

/* Clusters, noise rows and labels (numbered by the clusters' first rows). NAN: a row whose core distance is the
 * height at which two clusters join belongs to either, by the order of equal edges. */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double clusters, noise, checksum;
    } table[] = {
        {"datasets/iris.csv", "species", "", 0, 2, 0, 32700},
        {"datasets/iris.csv", "species", "min_cluster_size=10", 0, 2, 0, 32700},
        {"datasets/iris.csv", "species", "min_cluster_size=8 min_samples=3", 0, 2, 0, 32700},
        {"datasets/iris.csv", "species", "min_samples=2 cluster_selection_epsilon=0.6", 0, 2, 0, 32700},
        {"datasets/iris.csv", "species", "min_cluster_size=20 allow_single_cluster=yes", 0, 2, 3, 31962},
        {"datasets/wheat_seeds.csv", "variety", "min_cluster_size=10", 1, 2, 83, 40467},
        {"datasets/wheat_seeds.csv", "variety", "min_cluster_size=8 min_samples=3", 1, 3, 37, 49705},
        {"datasets/wheat_seeds.csv", "variety", "min_samples=2 cluster_selection_epsilon=0.6", 1, 5, 36, 59519},
        {"datasets/wheat_seeds.csv", "variety", "min_cluster_size=20 allow_single_cluster=yes", 1, 1, 99, 33825},
        {"datasets/wine.csv", "cultivar", "", 1, 2, 58, NAN},
        {"datasets/wine.csv", "cultivar", "min_cluster_size=10", 1, 2, 75, NAN},
        {"datasets/wine.csv", "cultivar", "min_cluster_size=8 min_samples=3", 1, 2, 39, 34431},
        {"datasets/wine.csv", "cultivar", "cluster_selection_method=leaf", 1, 5, 141, NAN},
        {"datasets/wine.csv", "cultivar", "min_samples=2 cluster_selection_epsilon=0.6", 1, 6, 39, 45190},
        {"datasets/wine.csv", "cultivar", "min_cluster_size=20 allow_single_cluster=yes", 1, 1, 158, 16709},
        {"datasets/classics/faithful.csv", "", "min_cluster_size=8 min_samples=3", 1, 2, 1, 87170},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, table[t].scaled);
        if (!csv) {
            skip();
            return;
        }
        struct cluster_fit f = cluster_fit("hdbscan", table[t].text, csv->n, csv->p, csv->x, NULL);
        assert_close(cluster_summary(&f, "clusters"), table[t].clusters, 0);
        assert_close(cluster_summary(&f, "noise rows"), table[t].noise, 0);
        if (!isnan(table[t].checksum))
            assert_close(cluster_checksum(&f), table[t].checksum, 0);
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

/* Two dense groups, one loose one, and rows that come later. */
static void test_predict(void **state)
{
    double x[60];
    static const double later[] = {0.95, 10.35, 55, 300, 10.1};
    static const int label[] = {0, 1, 2, -1, 1};
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        x[i] = 0.1 * (double)i + 0.001 * (double)(i * i % 7);
        x[20 + i] = 10 + 0.1 * (double)i + 0.001 * (double)(i * i % 5);
        x[40 + i] = 40 + 2 * (double)i + 0.01 * (double)(i * i % 11);
    }
    struct cluster_fit f = cluster_fit("hdbscan", "", 60, 1, x, NULL);
    assert_close(cluster_summary(&f, "clusters"), 3, 0);
    double *got = cluster_predict(&f, 5, 1, later);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal((int)got[i], label[i]);
    free(got);
    cluster_unfit(&f);
}

static void test_edges(void **state)
{
    static const double same[] = {3, 3, 3, 3, 3, 3}, bad[] = {1, 2, 3, NAN}, two[] = {1, 1, 1, 1, 2, 2, 2, 2};
    (void)state;
    struct cluster_fit f = cluster_fit("hdbscan", "min_cluster_size=3", 8, 1, two, NULL);
    assert_int_equal(cluster_size(&f, 0), 4);
    assert_int_equal(cluster_size(&f, 1), 4);
    cluster_unfit(&f);
    f = cluster_fit("hdbscan", "", 6, 1, same, NULL);
    assert_int_equal(cluster_size(&f, -1), 6);
    assert_true(mini_noted(f.host, "all rows are noise"));
    cluster_unfit(&f);
    f = cluster_fit("hdbscan", "allow_single_cluster=yes", 6, 1, same, NULL);
    assert_int_equal(cluster_size(&f, 0), 6);
    cluster_unfit(&f);
    f = cluster_fit("hdbscan", "min_samples=1", 1, 6, same, NULL);
    assert_int_equal(cluster_size(&f, -1), 1);
    cluster_unfit(&f);
    cluster_refused("hdbscan", "", 4, 1, same, "min_samples=5 is more than there are rows (4)");
    cluster_refused("hdbscan", "", 0, 1, same, "0 rows");
    cluster_refused("hdbscan", "", 3, 0, same, "no columns");
    cluster_refused("hdbscan", "min_samples=2", 4, 1, bad, "'x1' of row 4 is not a finite number");
}

static void test_conform(void **state)
{
    enum { ROWS = 400, COLUMNS = 3 };
    static double x[ROWS * COLUMNS];
    const struct lt_algo *algo = mini_algo("cluster", "hdbscan");
    (void)state;
    cluster_blobs(ROWS, COLUMNS, 5, 1, x);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    mini_conform(algo, "min_cluster_size=8", data);
    mini_conform(algo, "cluster_selection_method=leaf min_samples=3", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

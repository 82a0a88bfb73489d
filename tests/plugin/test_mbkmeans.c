/* Mini-batch k-means: within a band of scikit-learn 1.9.1's MiniBatchKMeans on the bundled tables, and against what
 * its rule must satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

/* Least and greatest inertia_ of MiniBatchKMeans(k, n_init=1) with random_state 0 to 19. */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double best, worst; /* best: of KMeans, which none can beat */
    } table[] = {
        {"datasets/iris.csv", "species", "k=3", 0, 78.85144142614601, 84.17793396782072},
        {"datasets/wheat_seeds.csv", "variety", "k=3", 1, 428.60821613629435, 443.67652462900276},
        {"datasets/digits.csv", "digit", "k=10", 0, 1165000, 1248397.8861004664},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, table[t].scaled);
        if (!csv) {
            skip();
            return;
        }
        struct cluster_fit f = cluster_fit("mbkmeans", table[t].text, csv->n, csv->p, csv->x, NULL);
        assert_true(cluster_summary(&f, "inertia") >= table[t].best * (1 - 1e-12));
        assert_true(cluster_summary(&f, "inertia") <= table[t].worst);
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

/* One cluster: the centre is the mean of all that it was given; update goes on from there. */
static void test_update(void **state)
{
    enum { N = 500, P = 3 };
    static double x[N * P], more[N * P];
    double mean[P] = {0}, moved[P] = {0};
    const struct lt_algo *algo = mini_algo("cluster", "mbkmeans");
    (void)state;
    cluster_blobs(N, P, 1, 1, x);
    for (size_t i = 0; i < N * P; i++)
        more[i] = x[i] + 100;
    struct cluster_fit f = cluster_fit("mbkmeans", "k=1 max_iter=1 batch_size=50", N, P, x, NULL);
    const struct mini_table *t = mini_table(f.host, "centres");
    const double batches = cluster_summary(&f, "batches");
    assert_close(batches, 10, 0);
    for (size_t j = 0; j < P; j++)
        mean[j] = t->cell[2 + j].r;
    struct mini_data *data = mini_data_new(algo, N, P, more);
    data->data.task = LT_CLUSTER;
    assert_int_equal(algo->update(&f.host->ctx, f.model, &data->data), LT_OK);
    mini_host_forget(f.host);
    assert_int_equal(algo->describe(&f.host->ctx, f.model), LT_OK);
    t = mini_table(f.host, "centres");
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < P; j++)
            moved[j] += more[i * P + j] / N;
    for (size_t j = 0; j < P; j++) /* 50 rows of ten batches, then 500 more */
        assert_close(t->cell[2 + j].r, (mean[j] * 50 * batches + moved[j] * N) / (50 * batches + N), 1e-9);
    mini_data_free(data);
    cluster_unfit(&f);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 3, NAN}, same[] = {3, 3, 3, 3, 5, 5};
    (void)state;
    struct cluster_fit f = cluster_fit("mbkmeans", "k=2", 6, 1, same, NULL);
    assert_close(cluster_summary(&f, "inertia"), 0, 1e-20);
    cluster_unfit(&f);
    f = cluster_fit("mbkmeans", "k=1", 1, 6, same, NULL);
    assert_close(cluster_summary(&f, "inertia"), 0, 0);
    cluster_unfit(&f);
    cluster_refused("mbkmeans", "k=4", 3, 1, x, "n_clusters=4 is more than there are rows (3)");
    cluster_refused("mbkmeans", "k=3 init_size=2", 3, 1, x, "init_size=2 is less than n_clusters=3");
    cluster_refused("mbkmeans", "k=1", 0, 1, x, "0 rows");
    cluster_refused("mbkmeans", "k=1", 3, 0, x, "no columns");
    cluster_refused("mbkmeans", "k=1", 4, 1, x, "'x1' of row 4 is not a finite number");
}

static void test_conform(void **state)
{
    enum { ROWS = 5000, COLUMNS = 3 };
    static double x[ROWS * COLUMNS], weight[ROWS];
    const struct lt_algo *algo = mini_algo("cluster", "mbkmeans");
    (void)state;
    cluster_blobs(ROWS, COLUMNS, 5, 1, x);
    for (size_t i = 0; i < ROWS; i++)
        weight[i] = (double)lt_below(3, 2, i, 3);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    mini_conform(algo, "k=5 batch_size=200", data);
    mini_data_weights(data, weight);
    mini_conform(algo, "k=7 max_iter=2 max_no_improvement=none", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

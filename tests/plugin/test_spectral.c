/* Spectral clustering: eigenvalues of the normalised Laplacian (numpy's eigvalsh) and labels of scikit-learn 1.9.1's
 * SpectralClustering(n_init=50) on bundled tables (nearest neighbours: those without ties among them). */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double eigenvalue[3], checksum;
    } table[] = {
        {"datasets/iris.csv",
         "species",
         "k=3 n_init=50",
         0,
         {0, 0.002127262612244183, 0.28996262227045955},
         37068},
        {"datasets/wheat_seeds.csv",
         "variety",
         "k=3 n_init=50",
         1,
         {0, 0.02555375600414092, 0.09960096000419903},
         74638},
        {"datasets/wheat_seeds.csv",
         "variety",
         "k=3 n_init=50 affinity=nearest_neighbors",
         1,
         {0, 0.011735694634595346, 0.04006269196991674},
         68665},
        {"datasets/wine.csv",
         "cultivar",
         "k=3 n_init=50 gamma=0.1",
         1,
         {0, 0.3176532706409537, 0.5250759354952941},
         53353},
        {"datasets/wine.csv",
         "cultivar",
         "k=3 n_init=50 affinity=nearest_neighbors",
         1,
         {0, 0.02146768961341402, 0.0696795110805597},
         53420},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, table[t].scaled);
        if (!csv) {
            skip();
            return;
        }
        struct cluster_fit f = cluster_fit("spectral", table[t].text, csv->n, csv->p, csv->x, NULL);
        const struct mini_table *values = mini_table(f.host, "eigenvalues");
        for (size_t i = 0; i < 3; i++)
            assert_close(values->cell[i * 2 + 1].r, table[t].eigenvalue[i], 1e-12);
        assert_close(cluster_checksum(&f), table[t].checksum, 0);
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

/* Two rings, one within the other: what k-means alone can't tell apart. */
static void test_rings(void **state)
{
    enum { N = 300 };
    static double x[2 * N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        const double angle = 6.283185307179586 * (double)i / N * 2, radius = i % 2 ? 1 : 3;
        x[2 * i] = radius * cos(angle);
        x[2 * i + 1] = radius * sin(angle);
    }
    struct cluster_fit f = cluster_fit("spectral", "k=2 affinity=nearest_neighbors n_neighbors=5", N, 2, x, NULL);
    for (size_t i = 0; i < N; i++)
        assert_int_equal((int)f.label[i], (int)(i % 2));
    cluster_unfit(&f);
}

/* More pieces than a vector alone could tell apart, rows that are like no other, and as many clusters as rows. */
static void test_edges(void **state)
{
    static const double x[] = {0, 0.1, 10, 10.1, 20, 20.1, 30, 30.1, 1e4}, same[] = {3, 3, 3, 3, 3, 3};
    static const double bad[] = {1, 2, 3, NAN};
    (void)state;
    struct cluster_fit f = cluster_fit("spectral", "k=5", 9, 1, x, NULL);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal((int)f.label[i], (int)(i / 2));
    cluster_unfit(&f);
    f = cluster_fit("spectral", "k=2", 6, 1, same, NULL);
    assert_true(cluster_size(&f, -1) == 0);
    cluster_unfit(&f);
    f = cluster_fit("spectral", "k=1", 1, 6, x, NULL);
    assert_close(f.label[0], 0, 0);
    cluster_unfit(&f);
    f = cluster_fit("spectral", "k=9", 9, 1, x, NULL);
    assert_close(cluster_summary(&f, "clusters"), 9, 0);
    cluster_unfit(&f);
    cluster_refused("spectral", "k=4", 3, 1, x, "n_clusters=4 is more than there are rows (3)");
    cluster_refused("spectral", "k=2 affinity=nearest_neighbors", 3, 1, x,
                    "n_neighbors=10 is more than there are rows (3)");
    cluster_refused("spectral", "k=1", 0, 1, x, "0 rows");
    cluster_refused("spectral", "k=1", 3, 0, x, "no columns");
    cluster_refused("spectral", "k=1", 4, 1, bad, "'x1' of row 4 is not a finite number");
}

static void test_conform(void **state)
{
    enum { ROWS = 300, COLUMNS = 3 };
    static double x[ROWS * COLUMNS];
    const struct lt_algo *algo = mini_algo("cluster", "spectral");
    (void)state;
    cluster_blobs(ROWS, COLUMNS, 4, 1, x);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    mini_conform(algo, "k=4", data);
    mini_conform(algo, "k=3 affinity=nearest_neighbors", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets),
        cmocka_unit_test(test_rings),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

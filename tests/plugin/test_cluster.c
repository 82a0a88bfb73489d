/* k-means: against scikit-learn 1.9's KMeans (tol=0, the best of many starts) on the bundled tables, and against
 * what Lloyd's algorithm must satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

static const struct lt_algo *kmeans(void)
{
    return mini_algo("cluster", "kmeans");
}

/* A trained and described model, and what it was trained on. */
struct fit {
    struct mini_host *host;
    struct mini_data *data;
    void *model;
    double *label; /* n */
};

static struct fit fit(const char *text, size_t n, size_t p, const double *x, const double *weight)
{
    struct fit f = {mini_host_new(2, 7), mini_data_new(kmeans(), n, p, x), NULL, NULL};
    struct mini_params *params = mini_params_new(kmeans(), text);
    f.data->data.task = LT_CLUSTER;
    if (weight)
        mini_data_weights(f.data, weight);
    if (mini_train(f.host, kmeans(), params, f.data, 1, &f.model) != LT_DONE)
        fail_msg("'%s': %s", text, f.host->error);
    f.label = mini_predict(f.host, kmeans(), f.model, f.data, &f.data->data);
    assert_int_equal(kmeans()->describe(&f.host->ctx, f.model), LT_OK);
    mini_params_free(params);
    return f;
}

static void unfit(struct fit *f)
{
    kmeans()->free(f->model);
    mini_data_free(f->data);
    mini_host_free(f->host);
    free(f->label);
}

static double inertia(const struct fit *f)
{
    return mini_cell(f->host, "summary", "inertia", "value");
}

/* Cell `column` of the cluster whose centre is the rank-th by its first coordinate. */
static double centre(const struct fit *f, size_t rank, size_t column)
{
    const struct mini_table *t = mini_table(f->host, "centres");
    for (size_t r = 0; r < t->n_rows; r++) {
        size_t below = 0;
        for (size_t other = 0; other < t->n_rows; other++)
            below += t->cell[other * t->n_columns + 2].r < t->cell[r * t->n_columns + 2].r;
        const struct lt_cell *cell = &t->cell[r * t->n_columns + column];
        if (below == rank)
            return cell->type == LT_CELL_INT ? (double)cell->i : cell->r;
    }
    return NAN;
}

/* KMeans(k, n_init=20 or more, tol=0): inertia, sizes and centres by the first coordinate */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double inertia, first[3][2]; /* the first two coordinates of each centre */
        size_t size[3];
    } table[] = {
        {"datasets/wheat_seeds.csv",
         "variety",
         "k=3 tol=0 n_init=5",
         1,
         428.60821613629435,
         {{-1.0277966629607849, -1.0042491464937138},
          {-0.14078309300950018, -0.16963724113651329},
          {1.2536859602515067, 1.2589579502722361}},
         {72, 71, 67}},
        {"datasets/iris.csv",
         "species",
         "n_clusters=3 tol=0 n_init=10",
         0,
         78.851441426145996,
         {{NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
         {50, 62, 38}},
        {"datasets/iris.csv",
         "species",
         "n_clusters=3 tol=0 init=random",
         0,
         78.851441426145996,
         {{NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
         {50, 62, 38}},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = dataset_load(table[t].path, table[t].target);
        if (!csv) {
            skip();
            return;
        }
        if (table[t].scaled)
            dataset_scale(csv);
        struct fit f = fit(table[t].text, csv->n, csv->p, csv->x, NULL);
        assert_close(inertia(&f), table[t].inertia, 1e-10 * table[t].inertia);
        for (size_t c = 0; c < 3; c++) {
            assert_int_equal((size_t)centre(&f, c, 1), table[t].size[c]);
            for (size_t j = 0; j < 2 && !isnan(table[t].first[c][j]); j++)
                assert_close(centre(&f, c, 2 + j), table[t].first[c][j], 1e-12);
        }
        unfit(&f);
        mini_csv_free(csv);
    }
}

/* datasets/README.md: k=2 of the scaled table, both columns used */
static void test_faithful(void **state)
{
    struct mini_csv *csv = mini_csv_load("datasets/classics/faithful.csv", "waiting", "eruptions,waiting");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    dataset_scale(csv);
    struct fit f = fit("k=2 tol=0", csv->n, csv->p, csv->x, NULL);
    assert_close(inertia(&f), 79.283400813687763, 1e-10);
    assert_int_equal((size_t)centre(&f, 0, 1), 98);
    assert_close(centre(&f, 0, 2), -1.2577669230870727, 1e-12);
    assert_close(centre(&f, 1, 3), 0.67549971691309474, 1e-12);
    unfit(&f);
    mini_csv_free(csv);
}

/* KMeans(3, n_init=50, tol=0).fit(iris, sample_weight=1 + i % 3) */
static void test_weights(void **state)
{
    static const double first[3] = {4.9888888888888889, 5.8991735537190086, 6.8312500000000007};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    double weight[150];
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t i = 0; i < 150; i++)
        weight[i] = 1 + (double)(i % 3);
    struct fit f = fit("k=3 tol=0 n_init=10", csv->n, csv->p, csv->x, weight);
    assert_close(inertia(&f), 159.49894008264465, 1e-10);
    for (size_t c = 0; c < 3; c++)
        assert_close(centre(&f, c, 2), first[c], 1e-12);
    unfit(&f);
    mini_csv_free(csv);
}

/* Within 1 % of the best of 100 starts of KMeans(10) on the digits. */
static void test_digits(void **state)
{
    struct mini_csv *csv = dataset_load("datasets/digits.csv", "digit");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    struct fit f = fit("k=10 n_init=10", csv->n, csv->p, csv->x, NULL);
    assert_true(inertia(&f) > 1165127.47 * 0.999);
    assert_true(inertia(&f) < 1165127.47 * 1.01);
    unfit(&f);
    mini_csv_free(csv);
}

/* The inertia of each run falls from step to step; at the end every row is with its nearest centre, and the
 * centres are the means of their rows. */
static void test_lloyd(void **state)
{
    enum { N = 1000, P = 5, K = 70 };
    static double x[N * P];
    double mean[K * P] = {0}, rows[K] = {0}, total = 0;
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = 0x1p20 + lt_uniform(8, 0, i) + (i / P % 2 ? 0x1p14 : 0); /* two groups, too far apart for floats */
    struct fit f = fit("k=70 tol=0", N, P, x, NULL);
    for (size_t i = 0; i + 1 < f.host->n_metrics; i++)
        assert_true(f.host->metric[i + 1].value <= f.host->metric[i].value * (1 + 1e-12));
    assert_true(f.host->n_metrics > 3);
    const struct mini_table *t = mini_table(f.host, "centres");
    for (size_t i = 0; i < N; i++) {
        double least = INFINITY, own = 0;
        for (size_t c = 0; c < K; c++) {
            double d = 0;
            for (size_t j = 0; j < P; j++)
                d += pow(x[i * P + j] - t->cell[c * t->n_columns + 2 + j].r, 2);
            least = fmin(least, d);
            own = (double)c == f.label[i] ? d : own;
        }
        assert_close(own, least, 1e-15);
        total += own;
        const size_t c = (size_t)f.label[i];
        rows[c]++;
        for (size_t j = 0; j < P; j++)
            mean[c * P + j] += x[i * P + j] - 0x1p20;
    }
    assert_close(total, inertia(&f), 1e-9);
    for (size_t c = 0; c < K; c++) {
        assert_int_equal((size_t)rows[c], (size_t)t->cell[c * t->n_columns + 1].i);
        for (size_t j = 0; j < P; j++)
            assert_close(mean[c * P + j] / rows[c], t->cell[c * t->n_columns + 2 + j].r - 0x1p20, 2e-10);
    }
    unfit(&f);
}

/* As many clusters as rows; more clusters than different rows; one cluster; constant columns; one row. */
static void test_edges(void **state)
{
    static const double x[] = {1, 2, 4, 8, 16, 32}, same[] = {3, 3, 3, 3, 5, 5};
    (void)state;
    struct fit f = fit("k=6", 6, 1, x, NULL);
    assert_close(inertia(&f), 0, 0);
    unfit(&f);
    f = fit("k=6 init=random", 6, 1, same, NULL);
    assert_close(inertia(&f), 0, 0);
    assert_true(mini_noted(f.host, "fewer different rows than clusters"));
    unfit(&f);
    f = fit("k=1", 6, 1, x, NULL);
    assert_close(centre(&f, 0, 2), 10.5, 1e-14);
    assert_close(inertia(&f), 1365 - 6 * 10.5 * 10.5, 1e-10);
    unfit(&f);
    f = fit("k=2", 4, 1, same, NULL);
    assert_close(inertia(&f), 0, 0);
    unfit(&f);
    f = fit("k=1", 1, 6, x, NULL);
    assert_close(inertia(&f), 0, 0);
    unfit(&f);
    /* Where both starts are equal rows, one cluster is left empty and takes the farthest row at
     * once. */
    for (size_t at = 0; at < 10; at++) {
        double far[10] = {0};
        far[at] = 100;
        f = fit("k=2 init=random n_init=1", 10, 1, far, NULL);
        assert_close(mini_metric(f.host, "inertia", 1), 0, 0);
        assert_close(centre(&f, 1, 2), 100, 0);
        unfit(&f);
    }
}

static void refused(const char *text, size_t n, size_t p, const double *x, const char *part)
{
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(kmeans(), text);
    struct mini_data *data = mini_data_new(kmeans(), n, p, x);
    void *model;
    data->data.task = LT_CLUSTER;
    assert_int_equal(mini_train(host, kmeans(), params, data, 1, &model), LT_INVALID);
    if (!strstr(host->error, part))
        fail_msg("'%s' says: %s", text, host->error);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_refused(void **state)
{
    static const double x[] = {1, 2, 3, NAN};
    (void)state;
    refused("k=4", 3, 1, x, "n_clusters=4 is more than there are rows (3)");
    refused("k=1", 0, 1, x, "0 rows");
    refused("k=1", 3, 0, x, "no columns");
    refused("k=2", 4, 1, x, "'x1' of row 4 is not a finite number");
}

static void test_conform(void **state)
{
    enum { N = 7000, P = 3 };
    static double x[N * P], weight[N];
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = i % P == 1 ? 7 : lt_uniform(3, 0, i) + 4 * lt_below(3, 1, i / P, 3);
    for (size_t i = 0; i < N; i++)
        weight[i] = (double)lt_below(3, 2, i, 3);
    struct mini_data *data = mini_data_new(kmeans(), N, P, x);
    data->data.task = LT_CLUSTER;
    mini_conform(kmeans(), "max_iter=20", data);
    mini_conform(kmeans(), "k=30 init=random n_init=3 max_iter=4", data);
    mini_data_weights(data, weight);
    mini_conform(kmeans(), "k=5 n_init=2 max_iter=6 tol=0", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets), cmocka_unit_test(test_faithful), cmocka_unit_test(test_weights),
        cmocka_unit_test(test_digits),   cmocka_unit_test(test_lloyd),    cmocka_unit_test(test_edges),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* DBSCAN: against scikit-learn 1.9.1's DBSCAN on the bundled tables, and against its definition. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

/* Labels, core rows and sizes of DBSCAN(eps, min_samples).fit(x); scaled: sample standard deviation. */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double core, noise, checksum;
        size_t clusters, size[3];
    } table[] = {
        {"datasets/iris.csv", "species", "eps=0.5", 0, 117, 17, 29330, 2, {49, 84, 0}},
        {"datasets/wheat_seeds.csv", "variety", "eps=0.8", 1, 115, 59, 46682, 3, {107, 15, 29}},
        {"datasets/wine.csv", "cultivar", "eps=2.2", 1, 86, 55, 32324, 2, {86, 37, 0}},
        {"datasets/classics/faithful.csv", "", "eps=0.3 min_samples=10", 1, 231, 15, 84471, 2, {165, 92, 0}},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, table[t].scaled);
        if (!csv) {
            skip();
            return;
        }
        struct cluster_fit f = cluster_fit("dbscan", table[t].text, csv->n, csv->p, csv->x, NULL);
        assert_close(cluster_summary(&f, "core rows"), table[t].core, 0);
        assert_close(cluster_summary(&f, "noise rows"), table[t].noise, 0);
        assert_close(cluster_summary(&f, "clusters"), (double)table[t].clusters, 0);
        assert_close(cluster_checksum(&f), table[t].checksum, 0);
        for (size_t c = 0; c < table[t].clusters; c++)
            assert_int_equal(cluster_size(&f, (int)c), table[t].size[c]);
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

enum { N = 700, P = 7 };

/* The textbook, word for word: expand in the order of the rows. */
static void by_definition(const double *x, size_t n, size_t p, double eps, double min, const double *weight,
                          int *label)
{
    uint8_t *near = calloc(n, n), *core = calloc(n, 1);
    size_t *stack = calloc(n, sizeof *stack);
    assert_true(near && core && stack);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            double d = 0;
            for (size_t k = 0; k < p; k++)
                d += (x[i * p + k] - x[j * p + k]) * (x[i * p + k] - x[j * p + k]);
            near[i * n + j] = d <= eps * eps;
            sum += near[i * n + j] * (weight ? weight[j] : 1);
        }
        core[i] = sum >= min;
        label[i] = -1;
    }
    for (size_t i = 0, next = 0; i < n; i++) {
        if (label[i] >= 0 || !core[i])
            continue;
        size_t held = 0;
        stack[held++] = i;
        label[i] = (int)next;
        while (held) {
            const size_t at = stack[--held];
            for (size_t j = 0; core[at] && j < n; j++)
                if (near[at * n + j] && label[j] < 0) {
                    label[j] = (int)next;
                    stack[held++] = j;
                }
        }
        next++;
    }
    free(near);
    free(core);
    free(stack);
}

/* As many columns as the bits take, and as few as the tree takes. whole: many distances are equal, some to eps. */
static void compare_with_definition(size_t p, double eps, int min, int whole, const double *weight)
{
    static double x[N * P];
    static int label[N];
    char text[64];
    cluster_blobs(N, p, 9, 1, x);
    for (size_t i = 0; whole && i < N * p; i++)
        x[i] = floor(2 * x[i]);
    snprintf(text, sizeof text, "eps=%.17g min_samples=%d", eps, min);
    struct cluster_fit f = cluster_fit("dbscan", text, N, p, x, weight);
    by_definition(x, N, p, eps, min, weight, label);
    for (size_t i = 0; i < N; i++)
        assert_int_equal((int)f.label[i], label[i]);
    cluster_unfit(&f);
}

static void test_definition(void **state)
{
    static double weight[N];
    (void)state;
    for (size_t i = 0; i < N; i++)
        weight[i] = (double)lt_below(3, 2, i, 3) / 2;
    for (int k = 0; k < 6; k++)
        compare_with_definition(P, 1.2 + 0.35 * k, 3 + k, 0, k % 2 ? weight : NULL);
    for (size_t p = 1; p <= 5; p++)
        for (int k = 0; k < 6; k++) {
            compare_with_definition(p, 0.02 * pow(2.5, k) * (double)p, 3 + k, 0, k % 2 ? weight : NULL);
            compare_with_definition(p, k < 3 ? 1 : k, 2 + 9 * k, 1, k % 2 ? weight : NULL);
        }
}

/* Distances of exactly eps count, at any distance from the origin; the next number below doesn't. */
static void test_boundary(void **state)
{
    double x[64];
    (void)state;
    for (size_t i = 0; i < 64; i++)
        x[i] = 0x1p30 + 0.25 * (double)i;
    struct cluster_fit f = cluster_fit("dbscan", "eps=0.25 min_samples=3", 64, 1, x, NULL);
    assert_int_equal(cluster_size(&f, 0), 64);
    assert_close(cluster_summary(&f, "border rows"), 2, 0);
    cluster_unfit(&f);
    f = cluster_fit("dbscan", "eps=0.24999999999999997 min_samples=2", 64, 1, x, NULL);
    assert_int_equal(cluster_size(&f, -1), 64);
    assert_true(mini_noted(f.host, "all rows are noise"));
    cluster_unfit(&f);
}

/* Rows to come: near a core row, near a border row alone, far away, and rows of the training. */
static void test_predict(void **state)
{
    static const double x[] = {0, 0.1, 0.2, 0.3, 1.2, 9}, later[] = {1.25, 2.1, -0.9, 1.2, 9, 0.3, 1e300};
    static const int label[] = {0, -1, 0, 0, -1, 0, -1};
    (void)state;
    struct cluster_fit f = cluster_fit("dbscan", "eps=1 min_samples=4", 6, 1, x, NULL);
    assert_close(cluster_summary(&f, "core rows"), 4, 0);
    assert_close(cluster_summary(&f, "border rows"), 1, 0);
    double *got = cluster_predict(&f, 7, 1, later);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal((int)got[i], label[i]);
    free(got);
    cluster_unfit(&f);
}

/* More rows than a matrix of bits would have room for: runs of 10000 rows with a gap between them, in the first of
 * the columns. One column goes by the tree, nine by bits that are found again. */
static void many_rows(size_t p)
{
    enum { MANY = 48000 };
    double *x = calloc(MANY, p * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < MANY; i++)
        x[i * p] = (double)((i * 7919) % MANY) + 100.0 * (double)((i * 7919) % MANY / 10000);
    struct cluster_fit f = cluster_fit("dbscan", "eps=60 min_samples=62", MANY, p, x, NULL);
    assert_close(cluster_summary(&f, "clusters"), 5, 0);
    assert_close(cluster_summary(&f, "border rows"), 10, 0);
    int of_run[5] = {-1, -1, -1, -1, -1};
    for (size_t i = 0; i < MANY; i++) {
        int *run = &of_run[(i * 7919) % MANY / 10000];
        *run = *run < 0 ? (int)f.label[i] : *run;
        assert_int_equal((int)f.label[i], *run);
    }
    for (int c = 0; c < 4; c++)
        assert_true(cluster_size(&f, c) == 10000 || cluster_size(&f, c) == 8000);
    cluster_unfit(&f);
    free(x);
}

static void test_many_rows(void **state)
{
    (void)state;
    many_rows(1);
    many_rows(9);
}

static void test_edges(void **state)
{
    static const double same[] = {3, 3, 3, 3, 3, 3}, x[] = {1, 2, 3, NAN};
    (void)state;
    struct cluster_fit f = cluster_fit("dbscan", "eps=1e-9", 6, 1, same, NULL);
    assert_int_equal(cluster_size(&f, 0), 6);
    cluster_unfit(&f);
    f = cluster_fit("dbscan", "min_samples=1 eps=1e150", 1, 6, same, NULL);
    assert_int_equal(cluster_size(&f, 0), 1);
    cluster_unfit(&f);
    cluster_refused("dbscan", "", 0, 1, x, "0 rows");
    cluster_refused("dbscan", "", 3, 0, x, "no columns");
    cluster_refused("dbscan", "", 4, 1, x, "'x1' of row 4 is not a finite number");
}

static void test_conform(void **state)
{
    enum { ROWS = 3000, COLUMNS = 6 };
    static double x[ROWS * COLUMNS], weight[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        weight[i] = (double)lt_below(3, 2, i, 3);
    for (size_t p = 3; p <= COLUMNS; p += 3) {
        cluster_blobs(ROWS, p, 12, 0.5, x);
        struct mini_data *data = mini_data_new(mini_algo("cluster", "dbscan"), ROWS, p, x);
        data->data.task = LT_CLUSTER;
        mini_conform(mini_algo("cluster", "dbscan"), p == 3 ? "eps=0.4" : "eps=1", data);
        mini_data_weights(data, weight);
        mini_conform(mini_algo("cluster", "dbscan"), p == 3 ? "eps=0.3 min_samples=4" : "eps=0.9", data);
        mini_data_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets), cmocka_unit_test(test_definition), cmocka_unit_test(test_boundary),
        cmocka_unit_test(test_predict),  cmocka_unit_test(test_many_rows),  cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

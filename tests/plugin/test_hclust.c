/* Hierarchical clustering: heights of scipy 1.17.1's linkage and labels of scikit-learn 1.9.1's
 * AgglomerativeClustering on the bundled tables, and the textbook's algorithm word for word. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_fit.h"

static double height(const struct cluster_fit *f, size_t from_last)
{
    const struct mini_table *t = mini_table(f->host, "merges");
    return t->cell[(t->n_rows - from_last) * t->n_columns + 3].r;
}

/* Z = linkage(x, method): Z[-1, 2], Z[-2, 2], Z[-10, 2], Z[:, 2].sum(); the checksum of three clusters, numbered by
 * their first rows. Tables without ties. */
static void test_datasets(void **state)
{
    static const struct {
        const char *path, *target, *linkage;
        int scaled;
        double height[3], sum, checksum;
    } table[] = {
        {"datasets/iris.csv",
         "species",
         "ward",
         0,
         {32.44760699959244, 12.300396052792589, 1.9160802792063898},
         138.16224196388305,
         37146},
        {"datasets/iris.csv",
         "species",
         "single",
         0,
         {1.6401219466856727, 0.818535277187245, 0.5291502622129179},
         43.52377963829875,
         32950},
        {"datasets/wheat_seeds.csv",
         "variety",
         "ward",
         1,
         {39.69476418205474, 21.55147702967679, 5.571672393471306},
         342.8466906167547,
         74245},
        {"datasets/wheat_seeds.csv",
         "variety",
         "complete",
         1,
         {8.015110830781655, 6.0924097389796, 3.4577810330159386},
         242.05300522839823,
         77541},
        {"datasets/wheat_seeds.csv",
         "variety",
         "average",
         1,
         {4.483344542223369, 3.138032754466017, 2.1554270792636827},
         185.31072788778954,
         73617},
        {"datasets/wheat_seeds.csv",
         "variety",
         "single",
         1,
         {1.3695391013921598, 1.310788904107122, 0.9789676442068417},
         125.09699795167,
         44882},
        {"datasets/wine.csv",
         "cultivar",
         "ward",
         1,
         {35.30195126043306, 27.57423282121746, 8.230174647063198},
         617.4303340870911,
         53679},
        {"datasets/wine.csv",
         "cultivar",
         "complete",
         1,
         {11.179958739325546, 9.783145910788496, 6.364510435828744},
         516.1379957417677,
         52579},
        {"datasets/wine.csv",
         "cultivar",
         "average",
         1,
         {6.762462488221318, 6.33526813227697, 4.5346322315773815},
         432.65133027138063,
         32204},
        {"datasets/wine.csv",
         "cultivar",
         "single",
         1,
         {3.9921881650107864, 3.8966054509443238, 2.9273404368571425},
         341.84854656246335,
         32255},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = cluster_table(table[t].path, table[t].target, table[t].scaled);
        char text[64];
        if (!csv) {
            skip();
            return;
        }
        snprintf(text, sizeof text, "n_clusters=3 linkage=%s", table[t].linkage);
        struct cluster_fit f = cluster_fit("hclust", text, csv->n, csv->p, csv->x, NULL);
        double sum = 0;
        for (size_t i = 1; i < csv->n; i++)
            sum += height(&f, i);
        assert_close(height(&f, 1), table[t].height[0], 1e-11);
        assert_close(height(&f, 2), table[t].height[1], 1e-11);
        assert_close(height(&f, 10), table[t].height[2], 1e-11);
        assert_close(sum, table[t].sum, 1e-9);
        assert_close(cluster_checksum(&f), table[t].checksum, 0);
        cluster_unfit(&f);
        snprintf(text, sizeof text, "distance_threshold=%.17g linkage=%s",
                 (table[t].height[0] + table[t].height[1]) / 2, table[t].linkage);
        f = cluster_fit("hclust", text, csv->n, csv->p, csv->x, NULL);
        assert_close(cluster_summary(&f, "clusters"), 2, 0);
        cluster_unfit(&f);
        mini_csv_free(csv);
    }
}

enum { N = 120, P = 3 };

/* The distance of two groups, from all pairs, or from their means. */
static double apart(const double *x, const int *group, int a, int b, const char *linkage)
{
    double least = INFINITY, most = 0, sum = 0, pairs = 0, mean[2][P] = {{0}}, size[2] = {0}, squared = 0;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N && group[i] == a; j++) {
            double d = 0;
            for (size_t k = 0; k < P; k++)
                d += pow(x[i * P + k] - x[j * P + k], 2);
            d = sqrt(d);
            if (group[j] != b)
                continue;
            least = fmin(least, d);
            most = fmax(most, d);
            sum += d;
            pairs++;
        }
        for (size_t k = 0; k < P && (group[i] == a || group[i] == b); k++)
            mean[group[i] == b][k] += x[i * P + k];
        size[group[i] == b] += group[i] == a || group[i] == b;
    }
    for (size_t k = 0; k < P; k++)
        squared += pow(mean[0][k] / size[0] - mean[1][k] / size[1], 2);
    return !strcmp(linkage, "single")     ? least
           : !strcmp(linkage, "complete") ? most
           : !strcmp(linkage, "average")  ? sum / pairs
                                          : sqrt(2 * size[0] * size[1] / (size[0] + size[1]) * squared);
}

/* Join the nearest two, by trying all, until `k` groups are left: the same heights, the same groups. */
static void test_definition(void **state)
{
    static const char *const linkage[] = {"ward", "complete", "average", "single"};
    static double x[N * P];
    (void)state;
    cluster_blobs(N, P, 6, 3, x);
    for (size_t l = 0; l < 4; l++) {
        int group[N];
        char text[64];
        snprintf(text, sizeof text, "k=5 linkage=%s", linkage[l]);
        struct cluster_fit f = cluster_fit("hclust", text, N, P, x, NULL);
        for (size_t i = 0; i < N; i++)
            group[i] = (int)i;
        for (size_t step = 1; step <= N - 5; step++) {
            double best = INFINITY;
            int from = 0, to = 0;
            for (int a = 0; a < N; a++)
                for (int b = a + 1; b < N && group[a] == a; b++) {
                    /* a group is called by its first row; single steps of the slow way only near the end */
                    if (group[b] != b)
                        continue;
                    const double d = step > N - 30 ? apart(x, group, a, b, linkage[l]) : INFINITY;
                    if (d < best) {
                        best = d;
                        to = a;
                        from = b;
                    }
                }
            if (step <= N - 30) { /* the table's own merge, whose height is checked once it counts */
                const struct mini_table *t = mini_table(f.host, "merges");
                int node[2] = {(int)t->cell[(step - 1) * 5 + 1].i, (int)t->cell[(step - 1) * 5 + 2].i};
                for (int c = 0; c < 2; c++)
                    while (node[c] >= N)
                        node[c] = (int)t->cell[((size_t)node[c] - N) * 5 + 1].i;
                to = group[node[0]] < group[node[1]] ? group[node[0]] : group[node[1]];
                from = group[node[0]] < group[node[1]] ? group[node[1]] : group[node[0]];
                best = apart(x, group, to, from, linkage[l]);
            }
            assert_close(height(&f, N - step), best, 1e-11);
            for (size_t i = 0; i < N; i++)
                group[i] = group[i] == from ? to : group[i];
        }
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < i; j++)
                assert_int_equal(group[i] == group[j], (int)f.label[i] == (int)f.label[j]);
        cluster_unfit(&f);
    }
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 4, 8, 16, 32}, same[] = {3, 3, 3, 3, 3, 3}, huge[] = {1e200, -1e200, 0};
    static const double later[] = {30, 3, -5};
    static const double bad[] = {1, 2, 3, NAN};
    (void)state;
    struct cluster_fit f = cluster_fit("hclust", "k=3 linkage=single", 6, 1, x, NULL);
    double *got = cluster_predict(&f, 3, 1, later);
    assert_close(got[0], 2, 0);
    assert_close(got[1], 0, 0);
    assert_close(got[2], 0, 0);
    free(got);
    cluster_unfit(&f);
    f = cluster_fit("hclust", "k=2", 6, 1, same, NULL);
    assert_close(height(&f, 1), 0, 0);
    assert_close(cluster_summary(&f, "clusters"), 2, 0);
    cluster_unfit(&f);
    f = cluster_fit("hclust", "k=1", 1, 6, x, NULL);
    assert_close(f.label[0], 0, 0);
    cluster_unfit(&f);
    f = cluster_fit("hclust", "distance_threshold=0 linkage=average", 6, 1, x, NULL);
    assert_close(cluster_summary(&f, "clusters"), 6, 0);
    cluster_unfit(&f);
    cluster_refused("hclust", "k=4", 3, 1, x, "n_clusters=4 is more than there are rows (3)");
    cluster_refused("hclust", "k=2 distance_threshold=1", 3, 1, x, "can't both be given");
    cluster_refused("hclust", "", 0, 1, x, "0 rows");
    cluster_refused("hclust", "", 3, 0, x, "no columns");
    cluster_refused("hclust", "", 4, 1, bad, "'x1' of row 4 is not a finite number");
    const struct lt_algo *algo = mini_algo("cluster", "hclust");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = mini_data_new(algo, 3, 1, huge);
    void *model;
    data->data.task = LT_CLUSTER;
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_NUMERIC);
    assert_non_null(strstr(host->error, "scale the columns"));
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    enum { ROWS = 300, COLUMNS = 3 };
    static double x[ROWS * COLUMNS];
    const struct lt_algo *algo = mini_algo("cluster", "hclust");
    (void)state;
    cluster_blobs(ROWS, COLUMNS, 4, 1, x);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    mini_conform(algo, "k=4", data);
    mini_conform(algo, "k=3 linkage=single", data);
    mini_conform(algo, "k=3 linkage=complete", data);
    mini_conform(algo, "distance_threshold=2.5 linkage=average", data);
    mini_data_free(data);
}

/* Enough rows for the threads to share a scan. */
static void test_threads(void **state)
{
    enum { ROWS = 5000, COLUMNS = 16 };
    double *x = malloc(ROWS * COLUMNS * sizeof *x);
    const struct lt_algo *algo = mini_algo("cluster", "hclust");
    static const char *const text[] = {"k=7", "k=7 linkage=single"};
    (void)state;
    assert_non_null(x);
    cluster_blobs(ROWS, COLUMNS, 7, 1, x);
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    data->data.task = LT_CLUSTER;
    for (size_t t = 0; t < 2; t++) {
        struct mini_params *params = mini_params_new(algo, text[t]);
        struct mini_host *host[2] = {mini_host_new(1, 1), mini_host_new(2, 1)};
        const char *name;
        for (size_t h = 0; h < 2; h++) {
            void *model;
            assert_int_equal(mini_train(host[h], algo, params, data, 1000000, &model), LT_DONE);
            assert_int_equal(algo->save(&host[h]->ctx, model), LT_OK);
            algo->free(model);
        }
        if (!mini_store_equal(host[0], host[1], &name))
            fail_msg("a second thread changes '%s'", name);
        mini_host_free(host[0]);
        mini_host_free(host[1]);
        mini_params_free(params);
    }
    mini_data_free(data);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datasets), cmocka_unit_test(test_definition), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),  cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

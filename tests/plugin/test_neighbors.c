/* k-nearest neighbours: against scikit-learn 1.9's KNeighborsClassifier and KNeighborsRegressor
 * (algorithm='brute') on the bundled tables, the leave-one-out figures of datasets/README.md, and a plain search
 * in double. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

static const struct lt_algo *knn(void)
{
    return mini_algo("neighbors", "knn");
}

/* Trains on rows whose keep[i] is nonzero and predicts the others; returns their answers, n_asked of them. */
static double *train_and_ask(const struct mini_csv *csv, uint32_t task, const char *text, const uint8_t *keep,
                             size_t *n_asked)
{
    struct mini_csv part[2] = {*csv, *csv};
    size_t at[2] = {0, 0};
    for (int k = 0; k < 2; k++) {
        part[k].x = calloc(csv->n * csv->p + 1, sizeof(double));
        part[k].y = calloc(csv->n, sizeof(double));
        part[k].label = calloc(csv->n, sizeof(int32_t));
    }
    for (size_t i = 0; i < csv->n; i++) {
        const int k = keep[i] ? 0 : 1;
        memcpy(part[k].x + at[k] * csv->p, csv->x + i * csv->p, csv->p * sizeof(double));
        if (csv->y)
            part[k].y[at[k]] = csv->y[i];
        if (csv->label)
            part[k].label[at[k]] = csv->label[i];
        at[k]++;
    }
    part[0].n = at[0];
    *n_asked = part[1].n = at[1];
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_params *params = mini_params_new(knn(), text);
    struct mini_data *train = mini_csv_data(knn(), &part[0], task), *ask = mini_csv_data(knn(), &part[1], task);
    void *model;
    assert_int_equal(mini_train(host, knn(), params, train, 1, &model), LT_DONE);
    double *out = mini_predict(host, knn(), model, ask, &train->data);
    assert_non_null(out);
    knn()->free(model);
    mini_data_free(train);
    mini_data_free(ask);
    mini_params_free(params);
    mini_host_free(host);
    for (int k = 0; k < 2; k++) {
        free(part[k].x);
        free(part[k].y);
        free(part[k].label);
    }
    return out;
}

/* Share of rows whose class is the most frequent one among their k nearest others (the lower class of a tie). */
static double leave_one_out(const struct mini_csv *csv, size_t k)
{
    struct mini_host *host = mini_host_new(2, 1);
    char text[64];
    snprintf(text, sizeof text, "n_neighbors=%zu", k + 1);
    struct mini_params *params = mini_params_new(knn(), text);
    struct mini_data *data = mini_csv_data(knn(), csv, LT_CLASSIFY);
    void *model;
    assert_int_equal(mini_train(host, knn(), params, data, 1, &model), LT_DONE);
    double *proba = mini_predict(host, knn(), model, data, &data->data);
    size_t right = 0;
    for (size_t i = 0; i < csv->n; i++) {
        double *row = proba + i * csv->n_classes;
        uint32_t most = 0;
        row[csv->label[i]] -= 1.0 / (double)(k + 1); /* the row itself */
        for (uint32_t c = 1; c < csv->n_classes; c++)
            if (row[c] > row[most] + 1e-9)
                most = c;
        right += (int32_t)most == csv->label[i];
    }
    free(proba);
    knn()->free(model);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
    return (double)right / (double)csv->n;
}

/* datasets/README.md, computed there with R 4.2.2 */
static void test_leave_one_out(void **state)
{
    static const struct {
        const char *path, *target;
        size_t k;
        int scaled;
        double accuracy;
    } table[] = {
        {"datasets/iris.csv", "species", 1, 0, 0.9600},
        {"datasets/iris.csv", "species", 5, 0, 0.9667},
        {"datasets/wine.csv", "cultivar", 1, 0, 0.7697},
        {"datasets/wine.csv", "cultivar", 1, 1, 0.9551},
        {"datasets/breast_cancer.csv", "diagnosis", 1, 1, 0.9508},
        {"datasets/breast_cancer.csv", "diagnosis", 5, 1, 0.9701},
        {"datasets/sonar.csv", "object", 1, 0, 0.8269},
        {"datasets/digits.csv", "digit", 1, 0, 0.9883},
        {"datasets/digits.csv", "digit", 3, 0, 0.9889},
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
        const double accuracy = leave_one_out(csv, table[t].k);
        if (fabs(accuracy - table[t].accuracy) > 6e-5)
            fail_msg("%s, k=%zu: %.5f, not %.4f", table[t].path, table[t].k, accuracy, table[t].accuracy);
        mini_csv_free(csv);
    }
}

/* KNeighborsRegressor(7, weights, metric).fit(X[:342], y[:342]).predict(X[342:]): the first four, and the sum */
static void test_diabetes(void **state)
{
    static const struct {
        const char *text;
        double value[5];
    } table[] = {
        {"n_neighbors=7", {160.14285714285714, 176.85714285714286, 131, 141.42857142857142, 15556.714285714286}},
        {"k=7 metric=manhattan",
         {200.71428571428572, 184.28571428571428, 129.42857142857142, 163.14285714285714, 15415.142857142857}},
        {"k=7 weights=distance",
         {153.11440533042881, 172.75371961920405, 121.28930806313561, 146.4363932794835, 15524.434346148999}},
        {"k=7 weights=distance metric=manhattan",
         {189.82188087389451, 174.69400466714865, 120.97424719739639, 162.04713986781576, 15358.981431928201}},
    };
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/diabetes.csv", "progression");
    if (!csv) {
        skip();
        return;
    }
    uint8_t *keep = calloc(csv->n, 1);
    memset(keep, 1, 342);
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        size_t n;
        double sum = 0, *value = train_and_ask(csv, LT_REGRESS, table[t].text, keep, &n);
        assert_int_equal(n, 100);
        for (size_t i = 0; i < n; i++)
            sum += value[i];
        for (size_t i = 0; i < 4; i++)
            assert_close(value[i], table[t].value[i], 1e-10 * table[t].value[i]);
        assert_close(sum, table[t].value[4], 1e-10 * table[t].value[4]);
        free(value);
    }
    free(keep);
    mini_csv_free(csv);
}

/* KNeighborsClassifier(5, weights, metric): trained on rows whose number isn't a multiple of 3; the row 21 of the
 * table (the eighth asked), and the sums of the three columns of probabilities */
static void test_wine(void **state)
{
    static const struct {
        const char *text;
        double row[3], sum[3];
    } table[] = {
        {"", {0.6, 0.2, 0.2}, {20.2, 26.4, 13.4}},
        {"metric=manhattan", {0.6, 0.2, 0.2}, {20, 27, 13}},
        {"weights=distance",
         {0.55821477067049252, 0.25927845235406205, 0.18250677697544535},
         {20.444574083769215, 27.253669977113894, 12.301755939116894}},
        {"weights=distance metric=manhattan",
         {0.57440063786538498, 0.24032177315201261, 0.18527758898260238},
         {20.185027348046859, 27.366846469210746, 12.448126182742396}},
    };
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    if (!csv) {
        skip();
        return;
    }
    uint8_t *keep = calloc(csv->n, 1);
    for (size_t i = 0; i < csv->n; i++)
        keep[i] = i % 3 != 0;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        size_t n;
        double sum[3] = {0}, *proba = train_and_ask(csv, LT_CLASSIFY, table[t].text, keep, &n);
        for (size_t i = 0; i < 3 * n; i++)
            sum[i % 3] += proba[i];
        for (size_t c = 0; c < 3; c++) {
            assert_close(proba[7 * 3 + c], table[t].row[c], 1e-12);
            assert_close(sum[c], table[t].sum[c], 1e-11);
        }
        free(proba);
    }
    free(keep);
    mini_csv_free(csv);
}

/* The mean of y over the k nearest rows, found by a full sort in double. */
struct pair {
    double distance;
    size_t row;
};

static int by_distance_then_row(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static double plain_search(size_t n, size_t p, const double *x, const double *y, const double *q, size_t k,
                           int manhattan)
{
    struct pair *list = malloc(n * sizeof *list);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        list[i] = (struct pair){0, i};
        for (size_t j = 0; j < p; j++) {
            const double d = x[i * p + j] - q[j];
            list[i].distance += manhattan ? fabs(d) : d * d;
        }
    }
    qsort(list, n, sizeof *list, by_distance_then_row);
    for (size_t i = 0; i < k; i++)
        sum += y[list[i].row];
    free(list);
    return sum / (double)k;
}

/* Where single precision alone would be wrong: a large common offset, many ties, a far outlier, tiny and huge
 * units, queries out of reach of a float. All coordinates are small whole numbers times the unit, so double is
 * exact. */
static void test_exact(void **state)
{
    enum { N = 700, Q = 70 };
    static const struct {
        size_t p, k;
        double unit, offset, outlier, query;
        int manhattan;
        double apart; /* between two groups of rows; within one, single precision sees no difference */
    } table[] = {
        {1, 3, 1, 0, 0, 1, 0, 0},        {3, 5, 1, 0, 0, 1, 0, 0},         {3, 5, 1, 0x1p30, 0, 1, 0, 0},
        {5, 9, 1, 0, 0x1p40, 1, 0, 0},   {2, 64, 0x1p-300, 0, 0, 1, 0, 0}, {4, 700, 0x1p300, 0, 0, 1, 0, 0},
        {3, 5, 1, 0, 0, 0x1p100, 0, 0},  {3, 5, 1, 0x1p30, 0, 1, 1, 0},    {5, 9, 1, 0, 0x1p40, 1, 1, 0},
        {70, 11, 1, 0x1p20, 0, 1, 0, 0}, {70, 11, 1, 0x1p20, 0, 1, 1, 0},  {3, 1, 1, 0, 0, 0x1p100, 1, 0},
        {70, 11, 1, 0, 0, 1, 0, 0x1p15}, {70, 11, 1, 0, 0, 1, 1, 0x1p25},  {28, 1, 1, 0, 0, 1, 0, 0x1p12},
    };
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        const size_t p = table[t].p;
        double *x = calloc(N * p, sizeof *x), *q = calloc(Q * p, sizeof *q), y[N];
        for (size_t i = 0; i < N * p; i++)
            x[i] = table[t].unit * (table[t].offset + lt_below(5, t, i, 6)) + table[t].apart * (double)(i / p % 2);
        for (size_t i = 0; i < Q * p; i++)
            q[i] = table[t].unit * (table[t].offset + table[t].query * lt_below(6, t, i, 6)) +
                   table[t].apart * (double)(i / p % 2);
        x[0] += table[t].outlier;
        for (size_t i = 0; i < N; i++)
            y[i] = lt_below(7, t, i, 1000);
        char text[64];
        snprintf(text, sizeof text, "k=%zu metric=%s", table[t].k, table[t].manhattan ? "manhattan" : "euclidean");
        struct mini_host *host = mini_host_new(2, 1);
        struct mini_params *params = mini_params_new(knn(), text);
        struct mini_data *train = mini_data_new(knn(), N, p, x), *ask = mini_data_new(knn(), Q, p, q);
        mini_data_target(train, y);
        void *model;
        assert_int_equal(mini_train(host, knn(), params, train, 1, &model), LT_DONE);
        double *value = mini_predict(host, knn(), model, ask, &train->data);
        for (size_t i = 0; i < Q; i++) {
            const double wanted = plain_search(N, p, x, y, q + i * p, table[t].k, table[t].manhattan);
            if (fabs(value[i] - wanted) > 1e-9)
                fail_msg("case %zu, query %zu: %.12g, not %.12g", t, i, value[i], wanted);
        }
        free(value);
        knn()->free(model);
        mini_data_free(train);
        mini_data_free(ask);
        mini_params_free(params);
        mini_host_free(host);
        free(x);
        free(q);
    }
}

/* weights=distance: rows at distance 0 decide alone. */
static void test_zero_distance(void **state)
{
    static const double x[] = {0, 0, 1, 2, 5}, y[] = {1, 3, 100, 100, 100}, ask[] = {0, 1.5};
    (void)state;
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(knn(), "k=4 weights=distance");
    struct mini_data *train = mini_data_new(knn(), 5, 1, x), *data = mini_data_new(knn(), 2, 1, ask);
    mini_data_target(train, y);
    void *model;
    assert_int_equal(mini_train(host, knn(), params, train, 1, &model), LT_DONE);
    double *value = mini_predict(host, knn(), model, data, &train->data);
    assert_close(value[0], 2, 1e-15);
    assert_close(value[1], (200 / 0.5 + 4 / 1.5) / (2 / 0.5 + 2 / 1.5), 1e-12);
    free(value);
    knn()->free(model);
    mini_data_free(train);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void refused(const char *text, size_t n, size_t p, const double *x, const int32_t *label, const char *part)
{
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(knn(), text);
    struct mini_data *data = mini_data_new(knn(), n, p, x);
    mini_data_classes(data, label, 2);
    void *model;
    assert_int_equal(mini_train(host, knn(), params, data, 1, &model), LT_INVALID);
    if (!strstr(host->error, part))
        fail_msg("'%s' says: %s", text, host->error);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_refused(void **state)
{
    static const double x[] = {1, 2, 3, 4, INFINITY, 6};
    static const int32_t two[] = {0, 1, 0, 1, 0, 1}, one[] = {1, 1, 1, 1, 1, 1};
    (void)state;
    refused("k=4", 3, 1, x, two, "n_neighbors=4 is more than there are rows to learn from (3)");
    refused("k=1", 0, 1, x, two, "0 rows");
    refused("k=1", 3, 0, x, two, "no columns");
    refused("k=1", 6, 1, x, two, "'x1' of row 5 is not a finite number");
    refused("k=1", 4, 1, x, one, "all rows are of class");
}

static void test_conform(void **state)
{
    enum { N = 150, P = 3 };
    double x[N * P], y[N];
    int32_t label[N];
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = i % P == 1 ? 7 : lt_uniform(3, 0, i); /* the second column is constant */
    for (size_t i = 0; i < N; i++) {
        y[i] = x[i * P] + 2 * x[i * P + 2];
        label[i] = (int32_t)lt_below(3, 1, i, 3);
    }
    struct mini_data *data = mini_data_new(knn(), N, P, x);
    mini_data_classes(data, label, 3);
    mini_conform(knn(), "", data);
    mini_conform(knn(), "k=150 weights=distance metric=manhattan", data);
    mini_data_free(data);
    data = mini_data_new(knn(), N, P, x);
    mini_data_target(data, y);
    mini_conform(knn(), "weights=distance", data);
    mini_data_free(data);
    data = mini_data_new(knn(), 1, P, x);
    mini_data_target(data, y);
    mini_conform(knn(), "k=1", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leave_one_out), cmocka_unit_test(test_diabetes),      cmocka_unit_test(test_wine),
        cmocka_unit_test(test_exact),         cmocka_unit_test(test_zero_distance), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The tutorial's module does what every algorithm must, and gives the same answers as the one in plugins/neighbors. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

static const struct lt_algo *nearest(void)
{
    return mini_algo("tests/plugin/example/nearest", "nearest");
}

static double *probabilities(const struct lt_algo *algo, const struct mini_csv *csv, const char *text)
{
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_params *params = mini_params_new(algo, text);
    struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
    void *model;
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    double *proba = mini_predict(host, algo, model, data, &data->data);
    assert_non_null(proba);
    algo->free(model);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
    return proba;
}

static void test_same_answers(void **state)
{
    static const char *const text[] = {"k=1", "k=2", "", "n_neighbors=149", "k=150"};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < sizeof text / sizeof text[0]; t++) {
        double *simple = probabilities(nearest(), csv, text[t]);
        double *fast = probabilities(mini_algo("neighbors", "knn"), csv, text[t]);
        for (size_t i = 0; i < csv->n * 3; i++)
            assert_close(simple[i], fast[i], 1e-12);
        free(simple);
        free(fast);
    }
    mini_csv_free(csv);
}

static void test_refused(void **state)
{
    static const double x[] = {1, 2, 3};
    static const int32_t label[] = {0, 1, 0};
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(nearest(), "");
    struct mini_data *data = mini_data_new(nearest(), 3, 1, x), *none = mini_data_new(nearest(), 3, 0, x);
    void *model;
    (void)state;
    mini_data_classes(data, label, 2);
    mini_data_classes(none, label, 2);
    assert_int_equal(mini_train(host, nearest(), params, data, 1, &model), LT_INVALID);
    assert_string_equal(host->error, "n_neighbors=5, but there are only 3 rows");
    assert_int_equal(mini_train(host, nearest(), params, none, 1, &model), LT_INVALID);
    assert_string_equal(host->error, "there are no columns to measure distances by");
    mini_data_free(data);
    mini_data_free(none);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    enum { N = 200, P = 3 };
    double x[N * P];
    int32_t label[N];
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = i % P == 1 ? 7 : lt_uniform(3, 0, i);
    for (size_t i = 0; i < N; i++)
        label[i] = (int32_t)lt_below(3, 1, i, 3);
    struct mini_data *data = mini_data_new(nearest(), N, P, x);
    mini_data_classes(data, label, 3);
    mini_conform(nearest(), "", data);
    mini_conform(nearest(), "k=200", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answers),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Baselines against scikit-learn 1.9.1's DummyClassifier and DummyRegressor on the same rows, and against the
 * definitions. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

static const double X[] = {1, 2, NAN, 4, 5, 6, 7};
static const double Y[] = {3, 1, 4, 1, 5, 9, 2.5};
static const double W[] = {1, 2, 0.5, 1, 1, 3, 1};
static const int32_t CLASS[] = {0, 1, 1, 2, 1, 0, 1};
enum { N = 7 };

/* The prediction for the first row: the number, or the k-th probability. */
static double predict(const char *text, bool classes, bool weights, size_t k)
{
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    struct mini_host *host = mini_host_new(2, 3);
    struct mini_params *params = mini_params_new(algo, text);
    struct mini_data *data = mini_data_new(algo, N, 1, X);
    void *model;
    if (classes)
        mini_data_classes(data, CLASS, 3);
    else
        mini_data_target(data, Y);
    if (weights)
        mini_data_weights(data, W);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    double *out = mini_predict(host, algo, model, data, &data->data);
    double result = out[k];
    free(out);
    algo->free(model);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
    return result;
}

static void refused(const char *text, bool classes, const char *part)
{
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    struct mini_host *host = mini_host_new(1, 3);
    struct mini_params *params = mini_params_new(algo, text);
    struct mini_data *data = mini_data_new(algo, N, 1, X);
    void *model;
    if (classes)
        mini_data_classes(data, CLASS, 3);
    else
        mini_data_target(data, Y);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
    if (!strstr(host->error, part))
        fail_msg("'%s' says: %s", text, host->error);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

/* DummyRegressor(strategy).fit(X, Y[, W]).predict(X)[0] */
static void test_numbers(void **state)
{
    (void)state;
    assert_float_equal(predict("strategy=auto", false, false, 0), 25.5 / 7, 1e-14);
    assert_float_equal(predict("strategy=median", false, false, 0), 3, 0);
    assert_float_equal(predict("strategy=quantile quantile=0.9", false, false, 0), 6.6, 1e-14);
    assert_float_equal(predict("strategy=quantile q=0", false, false, 0), 1, 0);
    assert_float_equal(predict("strategy=quantile q=1", false, false, 0), 9, 0);
    assert_float_equal(predict("strategy=constant constant=-2.5", false, false, 0), -2.5, 0);
    assert_float_equal(predict("strategy=mean", false, true, 0), 42.5 / 9.5, 1e-14);
    assert_float_equal(predict("strategy=median", false, true, 0), 3, 0);
    assert_float_equal(predict("strategy=quantile quantile=0.3", false, true, 0), 1, 0);
}

static void test_classes(void **state)
{
    (void)state;
    assert_float_equal(predict("", true, false, 0), 2.0 / 7, 1e-15);
    assert_float_equal(predict("", true, false, 1), 4.0 / 7, 1e-15);
    assert_float_equal(predict("", true, true, 0), 4.0 / 9.5, 1e-15);
    assert_float_equal(predict("strategy=most_frequent", true, false, 1), 1, 0);
    assert_float_equal(predict("strategy=most_frequent", true, false, 0), 0, 0);
    assert_float_equal(predict("strategy=uniform", true, false, 2), 1.0 / 3, 1e-15);
    assert_float_equal(predict("strategy=constant constant=c2", true, false, 2), 1, 0);
}

/* DummyRegressor on diabetes, DummyClassifier on wine. */
static void test_datasets(void **state)
{
    static const struct {
        const char *file, *target, *text;
        uint32_t task;
        double value[3];
    } rows[] = {{"datasets/diabetes.csv", "progression", "strategy=mean", LT_REGRESS, {152.13348416289594}},
                {"datasets/diabetes.csv", "progression", "strategy=median", LT_REGRESS, {140.5}},
                {"datasets/diabetes.csv", "progression", "strategy=quantile quantile=0.9", LT_REGRESS, {265}},
                {"datasets/wine.csv", "cultivar", "", LT_CLASSIFY, {59. / 178, 71. / 178, 48. / 178}}};
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mini_csv *csv = dataset_load(rows[i].file, rows[i].target);
        if (!csv) {
            skip();
            return;
        }
        struct mini_data *data = mini_csv_data(algo, csv, rows[i].task);
        struct mini_host *host = mini_host_new(1, 1);
        struct mini_params *params = mini_params_new(algo, rows[i].text);
        void *model;
        assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
        double *out = mini_predict(host, algo, model, data, &data->data);
        for (size_t k = 0; k < (rows[i].task == LT_CLASSIFY ? 3 : 1); k++)
            assert_close(out[k], rows[i].value[k], 1e-12 * rows[i].value[k]);
        free(out);
        algo->free(model);
        mini_params_free(params);
        mini_host_free(host);
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

static void test_refused(void **state)
{
    (void)state;
    refused("strategy=mean", true, "does not predict classes");
    refused("strategy=prior", false, "does not predict numbers");
    refused("strategy=constant", false, "constant=");
    refused("strategy=constant constant=abc", false, "not a number");
    refused("strategy=constant constant=c9", true, "not one of the 3 classes");
}

/* Shares of the draws approach the shares of the classes, and repeat with the seed. */
static void test_stratified(void **state)
{
    enum { ROWS = 20000 };
    static double x[ROWS];
    static int32_t label[ROWS];
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    struct mini_host *host = mini_host_new(1, 11);
    struct mini_params *params = mini_params_new(algo, "strategy=stratified");
    void *model;
    double count[3] = {0};
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        label[i] = i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2;
    struct mini_data *data = mini_data_new(algo, ROWS, 1, x);
    mini_data_classes(data, label, 3);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    double *first = mini_predict(host, algo, model, data, &data->data);
    double *second = mini_predict(host, algo, model, data, &data->data);
    assert_memory_equal(first, second, 3 * ROWS * sizeof *first);
    for (size_t i = 0; i < 3 * ROWS; i++)
        count[i % 3] += first[i];
    assert_float_equal(count[0] / ROWS, 0.5, 0.015);
    assert_float_equal(count[1] / ROWS, 0.3, 0.015);
    assert_float_equal(count[2] / ROWS, 0.2, 0.015);
    free(first);
    free(second);
    algo->free(model);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_edges(void **state)
{
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *none = mini_data_new(algo, 0, 0, X);
    struct mini_data *featureless = mini_data_new(algo, N, 0, X);
    void *model;
    (void)state;
    mini_data_target(none, Y);
    assert_int_equal(mini_train(host, algo, params, none, 1, &model), LT_INVALID);
    assert_non_null(strstr(host->error, "0 rows"));
    mini_data_target(featureless, Y);
    mini_conform(algo, "", featureless);
    mini_data_free(none);
    mini_data_free(featureless);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    const struct lt_algo *algo = mini_algo("baseline", "dummy");
    struct mini_data *data = mini_data_new(algo, N, 1, X);
    (void)state;
    mini_data_classes(data, CLASS, 3);
    mini_conform(algo, "", data);
    mini_conform(algo, "strategy=uniform", data);
    mini_data_target(data, Y);
    mini_data_weights(data, W);
    mini_conform(algo, "strategy=median", data);
    mini_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_datasets),   cmocka_unit_test(test_classes),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_stratified), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

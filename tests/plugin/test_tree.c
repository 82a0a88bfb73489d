/* The trees: against scikit-learn 1.9's DecisionTreeClassifier, DecisionTreeRegressor and RandomForestClassifier on
 * the bundled tables, and against what such models must satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_data *data;
    void *model;
    double *out;
};

static struct fit fit_data(const char *id, const char *text, struct mini_data *data)
{
    struct fit f = {mini_algo("tree", id), mini_host_new(2, 7), data, NULL, NULL};
    struct mini_params *params = mini_params_new(f.algo, text);
    if (mini_train(f.host, f.algo, params, data, 1000, &f.model) != LT_DONE)
        fail_msg("%s %s: %s", id, text, f.host->error);
    f.out = mini_predict(f.host, f.algo, f.model, data, &data->data);
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    assert_int_equal(f.algo->save(&f.host->ctx, f.model), LT_OK);
    mini_params_free(params);
    return f;
}

static void unfit(struct fit *f)
{
    f->algo->free(f->model);
    mini_host_free(f->host);
    free(f->out);
}

/* Share of rows whose most probable class is theirs. */
static double accuracy(const struct fit *f)
{
    const struct lt_data *d = &f->data->data;
    double right = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < d->n_classes; k++)
            if (f->out[i * d->n_classes + k] > f->out[i * d->n_classes + best])
                best = k;
        right += best == (uint32_t)d->label[i];
    }
    return right / (double)d->n;
}

/* The thresholds of the saved tree, by column, ascending. */
static void check_edges(const struct fit *f, size_t n, const double *wanted)
{
    for (size_t i = 0; i < f->host->n_items; i++)
        if (strcmp(f->host->item[i].name, "bins.edges") == 0) {
            assert_int_equal(f->host->item[i].tensor.shape[0], n);
            for (size_t k = 0; k < n; k++)
                assert_close(((const double *)f->host->item[i].tensor.data)[k], wanted[k], 1e-5);
            return;
        }
    fail_msg("no edges were saved");
}

static void test_iris_as_sklearn(void **state)
{
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "tree"), csv, LT_CLASSIFY);
    struct fit f = fit_data("tree", "max_depth=3", data);
    /* The root could ask for petal_width <= 0.8 as well; scikit-learn draws which, we take the first column. */
    check_edges(&f, 4, (const double[]){2.45, 4.85, 4.95, 1.75});
    static const struct {
        size_t row;
        double p[3];
    } wanted[] = {{0, {1, 0, 0}},
                  {50, {0, 0.97916667, 0.02083333}},
                  {70, {0, 1. / 3, 2. / 3}},
                  {77, {0, 1. / 3, 2. / 3}},
                  {100, {0, 0, 1}},
                  {106, {0, 0.97916667, 0.02083333}}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        for (size_t k = 0; k < 3; k++)
            assert_close(f.out[3 * wanted[i].row + k], wanted[i].p[k], 1e-7);
    unfit(&f);
    f = fit_data("tree", "", data);
    assert_close(accuracy(&f), 1, 0);
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

static void test_diabetes_as_sklearn(void **state)
{
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/diabetes.csv", "progression");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "tree"), csv, LT_REGRESS);
    struct fit f = fit_data("tree", "max_depth=3 min_samples_leaf=10", data);
    /* columns age, sex, bmi, bp, tc, ldl, hdl, tch, ltg, glu: bmi 24.35 26.95 27.75 32.75, hdl 55.5, ltg 4.143 4.60015 */
    check_edges(&f, 7, (const double[]){24.35, 26.95, 27.75, 32.75, 55.5, 4.143, 4.60015});
    static const double wanted[] = {208.57142857, 83.36904762, 208.57142857, 176.86486486};
    for (size_t i = 0; i < 4; i++)
        assert_close(f.out[i], wanted[i], 1e-7);
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

static void test_best_first_as_sklearn(void **state)
{
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/breast_cancer.csv", "diagnosis");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "tree"), csv, LT_CLASSIFY);
    struct fit f = fit_data("tree", "criterion=entropy max_leaf_nodes=6 min_samples_leaf=5", data);
    /* worst_texture, worst_perimeter twice, worst_smoothness, worst_concave_points */
    check_edges(&f, 5, (const double[]){25.67, 105.95, 117.45, 0.1361, 0.13505});
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

static void conform(const char *file, const char *target, uint32_t task)
{
    static const struct {
        const char *id, *params;
    } rows[] = {{"gbm", "n_estimators=12 min_samples_leaf=3"},
                {"gbm", "n_estimators=12 subsample=0.6 colsample_bytree=0.5 max_leaf_nodes=7 max_depth=none"},
                {"tree", ""},
                {"tree", "max_leaf_nodes=12 max_features=0.5"},
                {"forest", "n_estimators=20"},
                {"forest", "n_estimators=20 oob_score=yes max_features=2 max_depth=4"}};
    struct mini_csv *csv = dataset_load(file, target);
    if (!csv)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct lt_algo *algo = mini_algo("tree", rows[i].id);
        struct mini_data *data = mini_csv_data(algo, csv, task);
        mini_conform(algo, rows[i].params, data);
        mini_data_free(data);
    }
    mini_csv_free(csv);
}

static void test_conform(void **state)
{
    (void)state;
    conform("datasets/iris.csv", "species", LT_CLASSIFY);
    conform("datasets/breast_cancer.csv", "diagnosis", LT_CLASSIFY);
    conform("datasets/diabetes.csv", "progression", LT_REGRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iris_as_sklearn),
        cmocka_unit_test(test_diabetes_as_sklearn),
        cmocka_unit_test(test_best_first_as_sklearn),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

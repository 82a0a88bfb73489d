/* More of the trees, against scikit-learn 1.9.1 on the bundled tables and against what such models must
 * satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "num/simd.h"
#include "tree_fit.h"

/* ---- isolation forest --------------------------------------------------------------------------------------- */

/* scikit-learn's _average_path_length of 1, 2, 5, 150, 178 and 256 rows. */
static void test_usual_path(void **state)
{
    static const struct {
        size_t n;
        double path;
    } rows[] = {{1, 0},
                {2, 1},
                {5, 2.327020052042847},
                {150, 9.175657275027318},
                {178, 9.517966750006902},
                {256, 10.244770920119917},
                {300, 10.244770920119917}};
    (void)state;
    double x[300];
    for (size_t i = 0; i < 300; i++)
        x[i] = lt_uniform(3, 0, i);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mini_data *data = mini_data_new(mini_algo("tree", "iforest"), rows[i].n, 1, x);
        data->data.task = LT_ANOMALY;
        struct fit f = fit_data("iforest", "n_estimators=3", data);
        assert_close(mini_table(f.host, "summary")->cell[4].r, rows[i].path, 1e-12);
        if (rows[i].n == 1)
            assert_close(f.out[0], 0.5, 0); /* one row is neither strange nor usual */
        unfit(&f);
        mini_data_free(data);
    }
}

/* Every third row of wine: the mean of six forests of 1000 trees, whose standard deviation is up to 0.006; the
 * threshold of contamination 0.1 was 0.493 … 0.498. */
static void test_isolation_as_sklearn(void **state)
{
    static const double wanted[] = {
        0.4478, 0.5067, 0.4295, 0.4228, 0.4035, 0.4323, 0.5021, 0.4234, 0.4097, 0.4099, 0.4381, 0.4710,
        0.4111, 0.4908, 0.4502, 0.4483, 0.4054, 0.4276, 0.4091, 0.4070, 0.4919, 0.4501, 0.4800, 0.5443,
        0.4197, 0.4519, 0.4931, 0.3905, 0.4425, 0.4558, 0.4230, 0.4290, 0.4984, 0.4820, 0.4076, 0.4635,
        0.4233, 0.4164, 0.4200, 0.4108, 0.4276, 0.4857, 0.4280, 0.4322, 0.4614, 0.4453, 0.4419, 0.4445,
        0.4728, 0.4498, 0.5008, 0.4788, 0.4521, 0.5019, 0.4329, 0.4577, 0.4483, 0.4682, 0.4284, 0.4867};
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "iforest"), csv, LT_ANOMALY);
    struct fit f = fit_data("iforest", "n_estimators=4000 contamination=0.1", data);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_close(f.out[3 * i], wanted[i], 0.012);
    double threshold = mini_table(f.host, "summary")->cell[5].r, above = 0;
    assert_close(threshold, 0.4955, 0.006);
    for (size_t i = 0; i < csv->n; i++)
        above += f.out[i] > threshold;
    assert_close(above, 18, 0); /* 17.7 of 178 */
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

/* A crowd, a few rows far away, a rare level and a lone missing value: the last three score above the crowd. */
static void test_strange_rows(void **state)
{
    enum { ROWS = 400 };
    static const char *const levels[] = {"a", "b", "rare"};
    static double x[ROWS], y[ROWS];
    static int32_t kind[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = lt_uniform(1, 1, i) + lt_uniform(1, 2, i);
        y[i] = lt_uniform(1, 3, i) + lt_uniform(1, 4, i);
        kind[i] = (int32_t)(i % 2);
    }
    x[0] = 9;
    y[0] = -7;
    x[1] = INFINITY;
    y[1] = -7;
    kind[2] = 2;
    x[3] = y[3] = NAN;
    const struct lt_column column[] = {
        {.name = "x", .storage = LT_F64, .data = x},
        {.name = "y", .storage = LT_F64, .data = y},
        {.name = "kind", .kind = LT_CATEGORY, .storage = LT_I32, .data = kind, .n_levels = 3, .levels = levels}};
    struct mini_data data = {.data = {.size = sizeof(struct lt_data),
                                      .layout = LT_COLUMNS,
                                      .n = ROWS,
                                      .p = 3,
                                      .column = column,
                                      .task = LT_ANOMALY}};
    struct fit f = fit_data("iforest", "n_estimators=300 max_samples=400", &data);
    double mean = 0;
    for (size_t i = 4; i < ROWS; i++)
        mean += f.out[i] / (ROWS - 4);
    assert_true(mean < 0.5);
    assert_true(f.out[0] > 0.68);
    assert_true(f.out[1] > 0.68);
    assert_true(f.out[2] > mean + 0.04);
    assert_true(f.out[3] > mean + 0.01);
    unfit(&f);
}

static void test_isolation_conform(void **state)
{
    static const char *const params[] = {"", "n_estimators=30 contamination=0.05 max_features=0.5",
                                         "n_estimators=70 max_samples=1.0 bootstrap=yes"};
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/breast_cancer.csv", "diagnosis");
    if (!csv)
        skip();
    const struct lt_algo *algo = mini_algo("tree", "iforest");
    struct mini_data *data = mini_csv_data(algo, csv, LT_ANOMALY);
    for (size_t i = 0; i < 3; i++)
        mini_conform(algo, params[i], data);
    mini_data_free(data);
    mini_csv_free(csv);
}

/* ---- ensembles ---------------------------------------------------------------------------------------------- */

/* 300 trees, held-out rows, five seeds of ExtraTrees and Bagging: RMSE 58.9 … 59.5 (extra trees), 58.1 … 59.6
 * (bagging), 58.9 … 60.5 (half of the rows and columns) on diabetes; log loss 0.114 … 0.125, 0.117 or 0.278, and
 * 0.118 or 0.29 on breast_cancer, where one row may get a share of 0. */
static void test_ensembles_as_sklearn(void **state)
{
    static const struct {
        const char *id, *params;
        double rmse, loss;
    } rows[] = {{"extratrees", "n_estimators=300", 60.2, 0.13},
                {"bagging", "n_estimators=300", 60.2, 0.285},
                {"bagging", "n_estimators=300 max_samples=0.5 max_features=0.5 bootstrap=no", 61, 0.295}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct halves h = {0};
        if (halves_load(&h, "datasets/diabetes.csv", "progression", LT_REGRESS) != 0)
            skip();
        struct fit f = fit_data(rows[i].id, rows[i].params, h.train);
        double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
        double error = absolute_error(&h.test->data, p, 2);
        if (error > rows[i].rmse || error < 57)
            fail_msg("%s %s: RMSE %.3f", rows[i].id, rows[i].params, error);
        free(p);
        unfit(&f);
        halves_free(&h);
        if (halves_load(&h, "datasets/breast_cancer.csv", "diagnosis", LT_CLASSIFY) != 0)
            skip();
        f = fit_data(rows[i].id, rows[i].params, h.train);
        p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
        double loss = log_loss(&h.test->data, p);
        if (loss > rows[i].loss || loss < 0.1)
            fail_msg("%s %s: log loss %.4f", rows[i].id, rows[i].params, loss);
        free(p);
        unfit(&f);
        halves_free(&h);
    }
}

/* Where all columns are the same, equal splits are shared among them: no place in the table wins. */
static void test_equal_columns_share(void **state)
{
    enum { ROWS = 200, COLUMNS = 5 };
    static double x[ROWS * COLUMNS], y[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = lt_uniform(5, 0, i);
        for (size_t j = 0; j < COLUMNS; j++)
            x[i * COLUMNS + j] = y[i];
    }
    static const char *const ids[] = {"forest", "extratrees", "bagging"};
    for (size_t a = 0; a < 3; a++) {
        struct mini_data *data = mini_data_new(mini_algo("tree", ids[a]), ROWS, COLUMNS, x);
        mini_data_target(data, y);
        struct fit f = fit_data(ids[a], "n_estimators=100 max_depth=1", data);
        for (size_t j = 0; j < COLUMNS; j++)
            assert_close(mini_table(f.host, "importance")->cell[2 * j + 1].r, 0.2, 0.15);
        unfit(&f);
        mini_data_free(data);
    }
}

/* Two rows: the thresholds of extra trees lie anywhere between them, so their mean rises along the way. */
static void test_random_thresholds(void **state)
{
    enum { ROWS = 101 };
    static double x[ROWS], y[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = (double)i;
        y[i] = i == 0 ? 0 : i == ROWS - 1 ? 1 : NAN;
    }
    /* rows of weight 0 give their values to the bins, and nothing else */
    double weight[ROWS] = {0};
    weight[0] = weight[ROWS - 1] = 1;
    for (size_t i = 1; i + 1 < ROWS; i++)
        y[i] = 0.5;
    struct mini_data *data = mini_data_new(mini_algo("tree", "extratrees"), ROWS, 1, x);
    mini_data_target(data, y);
    mini_data_weights(data, weight);
    struct fit f = fit_data("extratrees", "n_estimators=4000", data);
    for (size_t i = 0; i < ROWS; i += 10)
        assert_close(f.out[i], x[i] / 100, 0.03);
    unfit(&f);
    mini_data_free(data);
}

/* ---- pruning ------------------------------------------------------------------------------------------------ */

/* DecisionTreeClassifier().cost_complexity_pruning_path(X, y), and the leaves of the tree with ccp_alpha. */
static void test_pruning_as_sklearn(void **state)
{
    static const struct {
        const char *file, *target;
        size_t n;
        double alpha[14], impurity[14];
        double cut_at[3];
        int leaves[3];
    } rows[] = {
        {"datasets/iris.csv",
         "species",
         7,
         {0.0, 0.006521739130434777, 0.008888888888888889, 0.013055555555555572, 0.02966049382716049,
          0.25979602791196993, 0.3333333333333334},
         {0.0, 0.013043478260869554, 0.030821256038647334, 0.043876811594202904, 0.07353730542136339,
          0.3333333333333333, 0.6666666666666667},
         {0.003, 0.01, 0.02},
         {9, 5, 4}},
        {"datasets/breast_cancer.csv",
         "diagnosis",
         14,
         {0.0, 0.0017464506283365669, 0.0017472513998446914, 0.0023015189383346745, 0.0026362038664323375,
          0.0032806092560046874, 0.003420448843617802, 0.003454103923392378, 0.0046865846514352666,
          0.005182992630962293, 0.014738627912161835, 0.018038524905524298, 0.05007101023712404,
          0.3252108798364008},
         {0.0, 0.0069858025133462676, 0.01048030531303565, 0.017384862128039674, 0.02002106599447201,
          0.023301675250476696, 0.026722124094094496, 0.030176228017486872, 0.03954939732035741,
          0.0447323899513197, 0.07420964577564337, 0.09224817068116767, 0.1423191809182917, 0.4675300607546925},
         {0.003, 0.01, 0.02},
         {12, 6, 3}}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mini_csv *csv = dataset_load(rows[i].file, rows[i].target);
        if (!csv)
            skip();
        struct mini_data *data = mini_csv_data(mini_algo("tree", "tree"), csv, LT_CLASSIFY);
        struct fit f = fit_data("tree", "", data);
        const struct mini_table *t = mini_table(f.host, "pruning");
        assert_non_null(t);
        assert_int_equal(t->n_rows, rows[i].n);
        for (size_t k = 0; k < rows[i].n; k++) {
            assert_close(t->cell[3 * k].r, rows[i].alpha[k], 1e-14);
            assert_close(t->cell[3 * k + 1].r, rows[i].impurity[k], 1e-14);
        }
        assert_int_equal(t->cell[3 * rows[i].n - 1].i, 1);
        unfit(&f);
        for (size_t k = 0; k < 3; k++) {
            char params[64];
            snprintf(params, sizeof params, "ccp_alpha=%g", rows[i].cut_at[k]);
            f = fit_data("tree", params, data);
            assert_int_equal(mini_table(f.host, "summary")->cell[0].i, rows[i].leaves[k]);
            assert_int_equal(mini_table(f.host, "pruning")->n_rows, rows[i].n);
            mini_conform(f.algo, params, data);
            unfit(&f);
        }
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

/* DecisionTreeRegressor(max_depth=4, min_samples_leaf=10, ccp_alpha=50 and 200): 10 and 4 leaves. */
static void test_pruned_numbers(void **state)
{
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/diabetes.csv", "progression");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "tree"), csv, LT_REGRESS);
    struct fit f = fit_data("tree", "max_depth=4 min_samples_leaf=10 ccp_alpha=50", data);
    const struct mini_table *t = mini_table(f.host, "pruning");
    assert_int_equal(t->n_rows, 15);
    assert_close(t->cell[3].r, 13.042102995044218, 1e-9);
    assert_close(t->cell[3 * 14].r, 1728.8084308440657, 1e-9);
    assert_close(t->cell[3 * 14 + 1].r, 5929.884896910378, 1e-9);
    assert_int_equal(mini_table(f.host, "summary")->cell[0].i, 10);
    assert_close(f.out[0], 231.34090909, 1e-7);
    assert_close(f.out[1], 83.36904762, 1e-7);
    assert_close(f.out[2], 178.21212121, 1e-7);
    unfit(&f);
    f = fit_data("tree", "max_depth=4 min_samples_leaf=10 ccp_alpha=200", data);
    assert_int_equal(mini_table(f.host, "summary")->cell[0].i, 4);
    assert_close(f.out[0], 225.87962963, 1e-7);
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

/* ---- adaboost ----------------------------------------------------------------------------------------------- */

/* AdaBoostClassifier(n_estimators=20, learning_rate=0.5).predict_proba of rows 0, 61, 100 and 170; the weighted
 * errors of trees 1, 2 and 20; two of feature_importances_. */
static void test_adaboost_classes(void **state)
{
    static const struct {
        const char *file, *target;
        size_t k;
        double p[12], error[3];
        const char *column[2];
        double importance[2];
    } rows[] = {{"datasets/wine.csv",
                 "cultivar",
                 3,
                 {0.417420095935, 0.310278293194, 0.272301610871, 0.276554459445, 0.371438532636, 0.352007007919,
                  0.279728266044, 0.436154504028, 0.284117229928, 0.265877727919, 0.325974092688, 0.408148179393},
                 {0.303370786517, 0.311075208924, 0.268472136023},
                 {"flavanoids", "hue"},
                 {0.428020650311, 0.0986256017789}},
                {"datasets/breast_cancer.csv",
                 "diagnosis",
                 2,
                 {0.24472169479, 0.75527830521, 0.755801235727, 0.244198764273, 0.341847663334, 0.658152336666,
                  0.848009330416, 0.151990669584},
                 {0.0773286467487, 0.0962791605254, 0.387662914104},
                 {"worst_concave_points", "se_area"},
                 {0.205491010445, 0.136690830737}}};
    static const size_t row[4] = {0, 61, 100, 170};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mini_csv *csv = dataset_load(rows[i].file, rows[i].target);
        if (!csv)
            skip();
        struct mini_data *data = mini_csv_data(mini_algo("tree", "adaboost"), csv, LT_CLASSIFY);
        struct fit f = fit_data("adaboost", "n_estimators=20 learning_rate=0.5", data);
        for (size_t r = 0; r < 4; r++)
            for (size_t k = 0; k < rows[i].k; k++)
                assert_close(f.out[row[r] * rows[i].k + k], rows[i].p[r * rows[i].k + k], 1e-10);
        assert_close(mini_metric(f.host, "error", 1), rows[i].error[0], 1e-10);
        assert_close(mini_metric(f.host, "error", 2), rows[i].error[1], 1e-10);
        assert_close(mini_metric(f.host, "error", 20), rows[i].error[2], 1e-10);
        assert_true(mini_metric(f.host, "loss", 20) < mini_metric(f.host, "loss", 10));
        for (size_t k = 0; k < 2; k++)
            assert_close(mini_cell(f.host, "importance", rows[i].column[k], "importance"), rows[i].importance[k],
                         1e-10);
        mini_conform(f.algo, "n_estimators=12", data);
        unfit(&f);
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

/* AdaBoostRegressor, held-out rows of diabetes, six seeds: RMSE 59.4 … 61.5 for each loss. */
/* staged_predict_proba and staged_score of AdaBoostClassifier(n_estimators=20, learning_rate=0.5): a model of fewer
 * rounds is the beginning of one of more. */
static void test_adaboost_stages(void **state)
{
    static const struct {
        uint64_t rounds;
        double score, p[12]; /* wine */
    } rows[] = {{12,
                 0.9775280898876404,
                 {0.422938311659, 0.309868963292, 0.267192725049, 0.290389837613, 0.362526778384, 0.347083384003,
                  0.283844355421, 0.425789544209, 0.29036610037, 0.272624784335, 0.313984633607, 0.413390582058}},
                {5,
                 0.9325842696629213,
                 {0.404116865395, 0.340816623451, 0.255066511154, 0.299334448004, 0.349436805362, 0.351228746634,
                  0.251545440691, 0.452282712524, 0.296171846786, 0.296968014638, 0.298941020613, 0.404090964749}},
                {1,
                 0.6966292134831461,
                 {0.514209377719, 0.24289531114, 0.24289531114, 0.24289531114, 0.514209377719, 0.24289531114,
                  0.24289531114, 0.514209377719, 0.24289531114, 0.24289531114, 0.514209377719, 0.24289531114}}};
    static const size_t row[4] = {0, 61, 100, 170};
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "adaboost"), csv, LT_CLASSIFY);
    struct fit f = fit_data("adaboost", "n_estimators=20 learning_rate=0.5", data);
    assert_close(accuracy(&f), 1, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(f.algo->truncate(&f.host->ctx, f.model, rows[i].rounds), LT_OK);
        free(f.out);
        f.out = mini_predict(f.host, f.algo, f.model, data, &data->data);
        for (size_t k = 0; k < 12; k++)
            assert_close(f.out[row[k / 3] * 3 + k % 3], rows[i].p[k], 1e-10);
        assert_close(accuracy(&f), rows[i].score, 1e-12);
    }
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

static void test_adaboost_numbers(void **state)
{
    static const char *const losses[] = {"loss=linear", "loss=square", "loss=exponential"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct halves h = {0};
        if (halves_load(&h, "datasets/diabetes.csv", "progression", LT_REGRESS) != 0)
            skip();
        struct fit f = fit_data("adaboost", losses[i], h.train);
        double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
        double error = absolute_error(&h.test->data, p, 2);
        if (error < 58.5 || error > 62.5)
            fail_msg("%s: RMSE %.3f", losses[i], error);
        mini_conform(f.algo, losses[i], h.train);
        free(p);
        unfit(&f);
        halves_free(&h);
    }
}

/* ---- boosting ----------------------------------------------------------------------------------------------- */

/* HistGradientBoostingRegressor(early_stopping=False) with (max_depth=6, max_leaf_nodes=None,
 * l2_regularization=1) and with its defaults. No column has more than 255 values, so that both cut at the same
 * places, and grow the same trees for 100 rounds. */
static void test_boosting_as_sklearn(void **state)
{
    static const struct {
        const char *params;
        double error, first[6];
    } rows[] = {{"",
                 833.5555081340849,
                 {183.27058109999726, 80.00298240600398, 143.85273129549384, 217.8186073781647, 114.70786993781483,
                  121.5118011422636}},
                {"max_depth=none max_leaf_nodes=31 reg_lambda=0",
                 526.7095313303762,
                 {194.2635985977742, 80.66912723995127, 141.7925670876702, 221.6199016495512, 122.44240882179314,
                  113.46601264028143}}};
    (void)state;
    struct mini_csv *csv = mini_csv_load("datasets/diabetes.csv", "progression", "age,sex,bmi,bp,hdl,tch,ltg,glu");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "gbm"), csv, LT_REGRESS);
    for (size_t i = 0; i < 2; i++) {
        struct fit f = fit_data("gbm", rows[i].params, data);
        for (size_t k = 0; k < 6; k++)
            assert_close(f.out[k], rows[i].first[k], 1e-9);
        assert_close(mini_metric(f.host, "loss", 100), rows[i].error, 1e-9);
        unfit(&f);
    }
    mini_data_free(data);
    mini_csv_free(csv);
}

/* A number of kilobytes that /proc/self/status gives; 0: it doesn't say. */
static double status_of(const char *name)
{
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kb == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtod(line + strlen(name), NULL);
    if (f)
        fclose(f);
    return kb;
}

/* Boosting keeps a row's codes once (a byte a column), its score, gradient, packed gradient and place in a list:
 * with 28 columns 48 bytes, where the table has 224. Histograms and samples come on top, whatever the rows. */
static void test_boosting_memory(void **state)
{
    enum { N = 200000, P = 28, A_ROW = 52 };
    const double fixed = 6e6;
    (void)state;
#ifdef NUM_SANITIZED
    skip(); /* the sanitizer's own memory counts as well */
#endif
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    const char *preload = getenv("LD_PRELOAD");
    if (!reset || (preload && strstr(preload, "vgpreload")))
        skip();
    double *x = malloc(sizeof(double) * N * P);
    int32_t *label = malloc(sizeof *label * N);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(5, j, i);
        label[i] = x[i * P] * x[i * P + 1] + lt_uniform(6, 0, i) / 2 > 0.5;
    }
    const struct lt_algo *algo = mini_algo("tree", "gbm");
    struct mini_data *data = mini_data_new(algo, N, P, x);
    mini_data_classes(data, label, 2);
    struct mini_host *host = mini_host_new(2, 7);
    struct mini_params *params = mini_params_new(algo, "n_estimators=3 max_depth=6");
    void *model = NULL;
    fputs("5", reset); /* the peak from here on */
    fclose(reset);
    double before = status_of("VmRSS:");
    assert_int_equal(mini_train(host, algo, params, data, 1000, &model), LT_DONE);
    double took = 1024 * (status_of("VmHWM:") - before);
    if (took > (double)A_ROW * N + fixed)
        fail_msg("boosting took %.1f MB, more than %d bytes a row and %.0f MB", took / 1e6, A_ROW, fixed / 1e6);
    algo->free(model);
    mini_params_free(params);
    mini_host_free(host);
    mini_data_free(data);
    free(x);
    free(label);
}

/* Column j is moved over its range in every row: the predictions follow its direction. Returns how often they
 * moved. */
static size_t check_direction(const struct fit *f, const struct mini_csv *csv, size_t j, int sign)
{
    enum { STAGES = 12 };
    double low = INFINITY, high = -INFINITY, *x = malloc(csv->n * csv->p * sizeof *x), *last = NULL;
    size_t moved = 0;
    for (size_t i = 0; i < csv->n; i++) {
        low = fmin(low, csv->x[i * csv->p + j]);
        high = fmax(high, csv->x[i * csv->p + j]);
    }
    for (size_t s = 0; s < STAGES; s++) {
        memcpy(x, csv->x, csv->n * csv->p * sizeof *x);
        for (size_t i = 0; i < csv->n; i++)
            x[i * csv->p + j] = low + (high - low) * (double)s / (STAGES - 1);
        struct mini_data *data = mini_data_new(f->algo, csv->n, csv->p, x);
        double *out = mini_predict(f->host, f->algo, f->model, data, &f->data->data);
        for (size_t i = 0; last && i < csv->n; i++) {
            if (sign * (out[i] - last[i]) < -1e-9)
                fail_msg("row %zu goes from %g to %g", i, last[i], out[i]);
            moved += out[i] != last[i];
        }
        free(last);
        last = out;
        mini_data_free(data);
    }
    free(last);
    free(x);
    return moved;
}

/* With monotonic_cst={'bmi': 1, 'ltg': 1, 'age': -1} the training error of scikit-learn's defaults is 903.5,
 * that of LightGBM 4.7 is 913.7: each has its own gain where a value is bounded. */
static void test_monotone(void **state)
{
    static const char *const columns = "age,sex,bmi,bp,hdl,tch,ltg,glu";
    static const char *const params[] = {
        "max_depth=none max_leaf_nodes=31 reg_lambda=0 monotone=x3:+1,x7:1,x1:-1", "monotone=x3:+,x7:+1,x1:-,x2:0",
        "n_estimators=40 loss=absolute_error monotone=x3:+1,x7:+1,x1:-1 top_rate=0.3",
        "n_estimators=40 subsample=0.5 loss=poisson monotone=x3:+1,x7:+1,x1:-1"};
    (void)state;
    struct mini_csv *csv = mini_csv_load("datasets/diabetes.csv", "progression", columns);
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "gbm"), csv, LT_REGRESS);
    static const char *const names[] = {"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};
    mini_data_names(data, names);
    for (size_t i = 0; i < 4; i++) {
        struct fit f = fit_data("gbm", params[i], data);
        if (i == 0)
            assert_close(mini_metric(f.host, "loss", 100), 900, 40);
        assert_true(check_direction(&f, csv, 2, 1) > csv->n);
        assert_true(check_direction(&f, csv, 6, 1) > csv->n);
        check_direction(&f, csv, 0, -1);
        unfit(&f);
    }
    mini_data_free(data);
    mini_csv_free(csv);
}

/* interaction_cst=[{0, 1}, {2, 3, 6}], the rest a group of its own: the same trees as scikit-learn's. */
static void test_interaction_as_sklearn(void **state)
{
    static const double wanted[] = {194.89388765198458, 76.6547041092629,  151.3700410065317,
                                    226.887931564512,   127.2791462414274, 115.67992610504723};
    (void)state;
    struct mini_csv *csv = mini_csv_load("datasets/diabetes.csv", "progression", "age,sex,bmi,bp,hdl,tch,ltg,glu");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "gbm"), csv, LT_REGRESS);
    static const char *const names[] = {"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};
    mini_data_names(data, names);
    struct fit f =
        fit_data("gbm", "max_depth=none max_leaf_nodes=31 reg_lambda=0 interaction=x1,x2;x3,x4,x7", data);
    for (size_t i = 0; i < 6; i++)
        assert_close(f.out[i], wanted[i], 1e-9);
    assert_close(mini_metric(f.host, "loss", 100), 1014.5168128855217, 1e-8);
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

static void test_constraints_refused(void **state)
{
    static const struct {
        const char *params, *error;
    } rows[] = {
        {"monotone=x9:+1", "monotone names 'x9', which is not a column of the features"},
        {"monotone=x1:up", "monotone wants a column and a direction, as in age:+1,fare:-1; 'x1:up' is not one"},
        {"interaction=x1;x2,x9", "interaction names 'x9', which is not a column of the features"},
        {"top_rate=0.2 subsample=0.5", "top_rate and subsample both choose rows; give one of them"},
        {"top_rate=0.8 other_rate=0.5",
         "top_rate and other_rate are shares of the rows; 0.8 and 0.5 are more than all"}};
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 2, 3};
    (void)state;
    const struct lt_algo *algo = mini_algo("tree", "gbm");
    struct mini_data *data = mini_data_new(algo, 3, 2, x);
    mini_data_target(data, y);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mini_host *host = mini_host_new(1, 1);
        struct mini_params *params = mini_params_new(algo, rows[i].params);
        void *model = NULL;
        assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
        assert_string_equal(host->error, rows[i].error);
        mini_params_free(params);
        mini_host_free(host);
    }
    mini_data_free(data);
}

/* Rows drawn by gradient do about as well as all of them, and better than as many drawn blindly would have to. */
static void test_rows_by_gradient(void **state)
{
    (void)state;
    struct halves h = {0};
    if (halves_load(&h, "datasets/breast_cancer.csv", "diagnosis", LT_CLASSIFY) != 0)
        skip();
    const char *const params = "n_estimators=60 max_depth=3 min_samples_leaf=3 top_rate=0.3 other_rate=0.2";
    struct fit f = fit_data("gbm", params, h.train);
    double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
    double loss = log_loss(&h.test->data, p);
    if (loss > 0.13)
        fail_msg("log loss %.4f", loss);
    mini_conform(f.algo, params, h.train);
    free(p);
    unfit(&f);
    halves_free(&h);
    if (halves_load(&h, "datasets/wine.csv", "cultivar", LT_CLASSIFY) != 0)
        skip();
    mini_conform(mini_algo("tree", "gbm"), "n_estimators=20 min_samples_leaf=3 top_rate=0.3 interaction=x1,x2;x3",
                 h.train);
    halves_free(&h);
}

/* A model of some rows of a table is the model of a table of those rows, for every algorithm. */
static void test_row_subset(void **state)
{
    static const struct {
        const char *id, *params;
        uint32_t task;
    } rows[] = {{"tree", "ccp_alpha=10", LT_REGRESS},
                {"forest", "n_estimators=5", LT_REGRESS},
                {"extratrees", "n_estimators=5", LT_REGRESS},
                {"bagging", "max_features=0.5", LT_REGRESS},
                {"adaboost", "n_estimators=5", LT_REGRESS},
                {"gbm", "n_estimators=5 subsample=0.5", LT_REGRESS},
                {"gbm", "n_estimators=20 top_rate=0.2 monotone=x3:+1", LT_REGRESS},
                {"iforest", "n_estimators=20 contamination=0.1", LT_ANOMALY}};
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/diabetes.csv", "progression");
    if (!csv)
        skip();
    for (size_t a = 0; a < sizeof rows / sizeof rows[0]; a++) {
        const struct lt_algo *algo = mini_algo("tree", rows[a].id);
        size_t n = 0, all = csv->n, p = csv->p;
        double *x = malloc(all * p * sizeof *x), *y = malloc(all * sizeof *y);
        uint32_t *index = malloc(all * sizeof *index);
        for (size_t k = 0; k < all; k++) {
            size_t i = k * 5 % all; /* another order as well */
            if (i % 3 == 0)
                continue;
            memcpy(x + n * p, csv->x + i * p, p * sizeof *x);
            y[n] = csv->y[i];
            index[n++] = (uint32_t)i;
        }
        struct mini_data *copied = mini_data_new(algo, n, p, x), *whole = mini_data_new(algo, all, p, csv->x);
        mini_data_target(copied, y);
        mini_data_target(whole, csv->y);
        copied->data.task = whole->data.task = rows[a].task;
        struct mini_data some = *whole;
        some.data.n = n;
        some.data.rows = index;
        some.data.y = y;
        struct fit f = fit_data(rows[a].id, rows[a].params, copied),
                   g = fit_data(rows[a].id, rows[a].params, &some);
        const char *name = NULL;
        if (!mini_store_equal(f.host, g.host, &name))
            fail_msg("%s: %s differs", rows[a].id, name);
        assert_memory_equal(f.out, g.out, n * sizeof *f.out);
        unfit(&f);
        unfit(&g);
        mini_data_free(copied);
        mini_data_free(whole);
        free(x);
        free(y);
        free(index);
    }
    mini_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_path),
        cmocka_unit_test(test_isolation_as_sklearn),
        cmocka_unit_test(test_strange_rows),
        cmocka_unit_test(test_isolation_conform),
        cmocka_unit_test(test_ensembles_as_sklearn),
        cmocka_unit_test(test_equal_columns_share),
        cmocka_unit_test(test_random_thresholds),
        cmocka_unit_test(test_pruning_as_sklearn),
        cmocka_unit_test(test_pruned_numbers),
        cmocka_unit_test(test_adaboost_classes),
        cmocka_unit_test(test_adaboost_stages),
        cmocka_unit_test(test_adaboost_numbers),
        cmocka_unit_test(test_boosting_as_sklearn),
        cmocka_unit_test(test_boosting_memory),
        cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_interaction_as_sklearn),
        cmocka_unit_test(test_constraints_refused),
        cmocka_unit_test(test_rows_by_gradient),
        cmocka_unit_test(test_row_subset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

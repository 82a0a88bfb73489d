/* The trees: against scikit-learn 1.9's trees, forests and histogram gradient boosting and XGBoost 3.2 on the
 * bundled tables, and against what such models must satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tree_fit.h"

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
    } wanted[] = {
        {0, {1, 0, 0}},   {50, {0, 0.97916667, 0.02083333}}, {70, {0, 1. / 3, 2. / 3}}, {77, {0, 1. / 3, 2. / 3}},
        {100, {0, 0, 1}}, {106, {0, 0.97916667, 0.02083333}}};
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
    /* columns age, sex, bmi, bp, tc, ldl, hdl, tch, ltg, glu: bmi 24.35 26.95 27.75 32.75, hdl 55.5, ltg 4.143
     * 4.60015 */
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

/* ---- held-out rows ------------------------------------------------------------------------------------------ */

/* scikit-learn's HistGradientBoostingClassifier and XGBoost 3.2, 50 rounds of depth 3: held-out log loss 0.1160
 * and 0.1123 (breast_cancer), 0.0860 and 0.1032 (wine); on the training rows 0.0219, 0.0214 and 0.0096, 0.0190. */
static void test_boosted_classes(void **state)
{
    static const struct {
        const char *file, *target;
        double test, training;
    } rows[] = {{"datasets/breast_cancer.csv", "diagnosis", 0.125, 0.024},
                {"datasets/wine.csv", "cultivar", 0.11, 0.019}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct halves h = {0};
        if (halves_load(&h, rows[i].file, rows[i].target, LT_CLASSIFY) != 0)
            skip();
        struct fit f = fit_data("gbm", "n_estimators=50 max_depth=3 min_samples_leaf=5", h.train);
        double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
        double test = log_loss(&h.test->data, p), training = log_loss(&h.train->data, f.out);
        if (test > rows[i].test || training > rows[i].training)
            fail_msg("%s: log loss %.4f, in training %.4f", rows[i].file, test, training);
        assert_close(training, mini_metric(f.host, "loss", 50), 1e-9);
        assert_true(mini_metric(f.host, "loss", 10) > mini_metric(f.host, "loss", 20));
        free(p);
        unfit(&f);
        halves_free(&h);
    }
}

/* Held-out means over the rows, of scikit-learn's HistGradientBoostingRegressor: pinball loss of the quantiles 0.1, 0.5
 * and 0.9 10.37, 24.14 and 10.28 (GradientBoostingRegressor 10.05, 24.86, 10.06), and the Poisson deviance 22.94. */
static void test_losses_as_sklearn(void **state)
{
    static const struct {
        const char *params;
        double quantile, most; /* quantile 0: the deviance */
    } rows[] = {{"loss=quantile alpha=0.1", 0.1, 10.7},
                {"loss=quantile alpha=0.5", 0.5, 24.9},
                {"loss=absolute_error", 0.5, 24.9},
                {"loss=quantile alpha=0.9", 0.9, 10.7},
                {"loss=poisson", 0, 23.8}};
    struct halves h = {0};
    (void)state;
    if (halves_load(&h, "datasets/diabetes.csv", "progression", LT_REGRESS) != 0)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char params[128];
        snprintf(params, sizeof params, "n_estimators=50 max_depth=3 min_samples_leaf=5 %s", rows[i].params);
        struct fit f = fit_data("gbm", params, h.train);
        double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data), sum = 0, q = rows[i].quantile;
        for (size_t k = 0; k < h.test->data.n; k++) {
            double y = h.test->data.y[k], over = y - p[k];
            sum += q > 0 ? fmax(q * over, (q - 1) * over) : 2 * (y * log(y / p[k]) - over);
        }
        sum /= (double)h.test->data.n;
        if (!(sum < rows[i].most))
            fail_msg("%s: %.4f, not below %g", rows[i].params, sum, rows[i].most);
        free(p);
        unfit(&f);
    }
    halves_free(&h);
}

/* The same with numbers, HistGradientBoostingRegressor: held-out RMSE 56.80, mean absolute error 48.28
 * (absolute_error), share below the 0.9-quantile 0.818; poisson RMSE 57.64; GradientBoostingRegressor with
 * huber 56.93. */
static void test_boosted_numbers(void **state)
{
    static const struct {
        const char *params;
        double power, most;
    } rows[] = {{"loss=squared_error", 2, 58.5},
                {"loss=absolute_error", 1, 49.5},
                {"loss=huber", 2, 58.5},
                {"loss=poisson", 2, 59.5}};
    struct halves h = {0};
    (void)state;
    if (halves_load(&h, "datasets/diabetes.csv", "progression", LT_REGRESS) != 0)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char params[128];
        snprintf(params, sizeof params, "n_estimators=50 max_depth=3 min_samples_leaf=5 %s", rows[i].params);
        struct fit f = fit_data("gbm", params, h.train);
        double *p = mini_predict(f.host, f.algo, f.model, h.test, &h.train->data);
        double error = absolute_error(&h.test->data, p, rows[i].power);
        if (error > rows[i].most)
            fail_msg("%s: %.3f", rows[i].params, error);
        free(p);
        unfit(&f);
    }
    struct fit f =
        fit_data("gbm", "n_estimators=50 max_depth=3 min_samples_leaf=5 loss=quantile alpha=0.9", h.train);
    double below = 0;
    for (size_t i = 0; i < h.train->data.n; i++)
        below += h.train->data.y[i] <= f.out[i];
    assert_close(below / (double)h.train->data.n, 0.9, 0.03);
    unfit(&f);
    halves_free(&h);
}

/* RandomForestClassifier(200), five seeds: out-of-bag accuracy 0.958 … 0.967 (breast_cancer), 0.972 … 0.978
 * (wine); RandomForestRegressor: out-of-bag R^2 0.418 … 0.424. */
static void test_out_of_bag(void **state)
{
    static const struct {
        const char *file, *target;
        uint32_t task;
        double low, high;
    } rows[] = {{"datasets/breast_cancer.csv", "diagnosis", LT_CLASSIFY, 0.952, 0.972},
                {"datasets/wine.csv", "cultivar", LT_CLASSIFY, 0.966, 0.989},
                {"datasets/diabetes.csv", "progression", LT_REGRESS, 0.41, 0.435}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mini_csv *csv = dataset_load(rows[i].file, rows[i].target);
        if (!csv)
            skip();
        struct mini_data *data = mini_csv_data(mini_algo("tree", "forest"), csv, rows[i].task);
        struct fit f = fit_data("forest", "n_estimators=200 oob_score=yes", data);
        const struct mini_table *t = mini_table(f.host, "summary");
        double score = t->cell[3].r;
        if (!(score >= rows[i].low && score <= rows[i].high))
            fail_msg("%s: out-of-bag score %.4f", rows[i].file, score);
        unfit(&f);
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

/* RandomForestClassifier(500) on iris: 0.094, 0.025, 0.436, 0.445; the shares of ours lie near, and sum to one. */
static void test_importance(void **state)
{
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    if (!csv)
        skip();
    struct mini_data *data = mini_csv_data(mini_algo("tree", "forest"), csv, LT_CLASSIFY);
    struct fit f = fit_data("forest", "n_estimators=500", data);
    assert_close(mini_cell(f.host, "importance", "sepal_length", "importance"), 0.094, 0.03);
    assert_close(mini_cell(f.host, "importance", "sepal_width", "importance"), 0.025, 0.015);
    assert_close(mini_cell(f.host, "importance", "petal_length", "importance"), 0.436, 0.05);
    assert_close(mini_cell(f.host, "importance", "petal_width", "importance"), 0.445, 0.05);
    unfit(&f);
    mini_data_free(data);
    mini_csv_free(csv);
}

/* ---- a table of our own: missing values, categories, weights ------------------------------------------------ */

enum { OWN_ROWS = 600, OWN_LEVELS = 12 };

/* Column "size" is missing where size says nothing; "kind" is a category. Of its levels 1, 4, 6 and 11 are
 * class b, and so are rows of unknown size. */
struct own_table {
    double size[OWN_ROWS];
    int32_t kind[OWN_ROWS], label[OWN_ROWS];
    double y[OWN_ROWS];
    struct lt_column column[2];
    struct mini_data data;
};

static int own_class(const struct own_table *t, size_t i)
{
    return isnan(t->size[i]) || t->kind[i] == 1 || t->kind[i] == 4 || t->kind[i] == 6 || t->kind[i] == 11;
}

static void own_fill(struct own_table *t, uint32_t task, int with_missing)
{
    static const char *const levels[OWN_LEVELS] = {"a0", "b1", "a2", "a3", "b4",  "a5",
                                                   "b6", "a7", "a8", "a9", "a10", "b11"};
    static const char *const classes[] = {"a", "b"};
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < OWN_ROWS; i++) {
        t->size[i] = lt_uniform(1, 1, i);
        if (with_missing && i % 5 == 0)
            t->size[i] = NAN;
        t->kind[i] = (int32_t)lt_below(1, 2, i, OWN_LEVELS);
        t->label[i] = own_class(t, i);
        t->y[i] = 10 * t->label[i];
    }
    t->column[0] = (struct lt_column){.name = "size", .storage = LT_F64, .data = t->size};
    t->column[1] = (struct lt_column){.name = "kind",
                                      .kind = LT_CATEGORY,
                                      .storage = LT_I32,
                                      .data = t->kind,
                                      .n_levels = OWN_LEVELS,
                                      .levels = levels};
    t->data.data = (struct lt_data){.size = sizeof(struct lt_data),
                                    .layout = LT_COLUMNS,
                                    .n = OWN_ROWS,
                                    .p = 2,
                                    .column = t->column,
                                    .task = task};
    if (task == LT_CLASSIFY) {
        t->data.data.label = t->label;
        t->data.data.n_classes = 2;
        t->data.data.class_names = classes;
    } else
        t->data.data.y = t->y;
}

static void test_missing_and_categories(void **state)
{
    static const struct {
        const char *id, *params;
        double tolerance;
    } rows[] = {{"tree", "max_depth=2", 0},
                {"tree", "criterion=entropy max_leaf_nodes=3", 0},
                {"forest", "n_estimators=30 max_features=all", 0.05},
                {"gbm", "n_estimators=60 max_depth=2 learning_rate=0.3", 0.02}};
    struct own_table t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        own_fill(&t, LT_CLASSIFY, 1);
        t.data.algo = mini_algo("tree", rows[i].id);
        struct fit f = fit_data(rows[i].id, rows[i].params, &t.data);
        for (size_t r = 0; r < OWN_ROWS; r++)
            assert_close(f.out[2 * r + 1], t.label[r], rows[i].tolerance);
        unfit(&f);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strstr(rows[i].params, "criterion"))
            continue;
        own_fill(&t, LT_REGRESS, 1);
        t.data.algo = mini_algo("tree", rows[i].id);
        struct fit f = fit_data(rows[i].id, rows[i].params, &t.data);
        for (size_t r = 0; r < OWN_ROWS; r++)
            assert_close(f.out[r], t.y[r], 10 * rows[i].tolerance + 1e-9);
        unfit(&f);
    }
}

static char drawn[4096];

static void draw(struct lt_ctx *ctx, const char *id, const char *title, const struct lt_tree_node *node, size_t n)
{
    (void)ctx;
    (void)title;
    assert_string_equal(id, "tree");
    drawn[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(drawn);
        snprintf(drawn + used, sizeof drawn - used, "%d|%s|%s\n", node[i].parent, node[i].edge, node[i].label);
    }
}

static void test_drawing(void **state)
{
    struct own_table t;
    (void)state;
    own_fill(&t, LT_CLASSIFY, 0);
    t.data.algo = mini_algo("tree", "tree");
    struct fit f = fit_data("tree", "", &t.data);
    f.host->ctx.emit_tree = draw;
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    assert_string_equal(drawn, "-1||a\n"
                               "0|kind in {a0, a2, a3, a5, a7, a8, a9, a10}|a\n"
                               "0|kind in {b1, b4, b6, b11}|b\n");
    unfit(&f);

    own_fill(&t, LT_CLASSIFY, 1);
    f = fit_data("tree", "max_leaf_nodes=2", &t.data);
    f.host->ctx.emit_tree = draw;
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    assert_non_null(strstr(drawn, "b6, b11}|b"));
    unfit(&f);

    for (size_t i = 0; i < OWN_ROWS; i++) /* now the size alone decides */
        t.label[i] = !(t.size[i] <= 0.5);
    f = fit_data("tree", "", &t.data);
    f.host->ctx.emit_tree = draw;
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    const char *threshold = strstr(drawn, "0|size <= ");
    assert_non_null(threshold);
    assert_close(strtod(threshold + strlen("0|size <= "), NULL), 0.5, 0.005);
    assert_non_null(strstr(drawn, " or missing|b\n"));
    unfit(&f);
}

/* A row of weight 3 is three rows. */
static void test_weights(void **state)
{
    static const struct {
        const char *id, *params;
        double tolerance;
    } rows[] = {{"tree", "max_depth=5", 1e-12}, {"gbm", "n_estimators=10 min_samples_leaf=1", 0.05}};
    enum { N = 200, P = 3 };
    static double x[3 * N * P], y[3 * N], weight[N];
    int32_t label[3 * N];
    size_t m = N;
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = floor(20 * lt_uniform(3, 1, i));
    for (size_t i = 0; i < N; i++) {
        weight[i] = 1 + lt_below(3, 2, i, 3);
        label[i] = x[i * P] + x[i * P + 1] > 10 + 20 * lt_uniform(3, 3, i);
        y[i] = x[i * P] * x[i * P + 1] + lt_uniform(3, 3, i);
    }
    for (size_t i = 0; i < N; i++)
        for (int k = 1; k < (int)weight[i]; k++, m++) {
            memcpy(x + m * P, x + i * P, P * sizeof *x);
            label[m] = label[i];
            y[m] = y[i];
        }
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        const struct lt_algo *algo = mini_algo("tree", rows[i / 2].id);
        struct mini_data *heavy = mini_data_new(algo, N, P, x), *many = mini_data_new(algo, m, P, x);
        if (i % 2) {
            mini_data_classes(heavy, label, 2);
            mini_data_classes(many, label, 2);
        } else {
            mini_data_target(heavy, y);
            mini_data_target(many, y);
        }
        mini_data_weights(heavy, weight);
        struct fit a = fit_data(rows[i / 2].id, rows[i / 2].params, heavy);
        struct fit b = fit_data(rows[i / 2].id, rows[i / 2].params, many);
        double most = 0;
        for (size_t r = 0; r < N * (1 + i % 2); r++)
            most = fmax(most, fabs(a.out[r] - b.out[r]) / (i % 2 ? 1 : 400));
        if (most > rows[i / 2].tolerance)
            fail_msg("%s: weights and copies differ by %g", rows[i / 2].id, most);
        unfit(&a);
        unfit(&b);
        mini_data_free(heavy);
        mini_data_free(many);
    }
}

/* No rows are refused; one row, one class, a constant and an empty column have their obvious answers. */
static void test_little_data(void **state)
{
    static const char *const ids[] = {"tree", "forest", "gbm", "extratrees", "bagging", "adaboost"};
    const double x[] = {1, NAN, 1, NAN, 1, NAN, 1, NAN};
    (void)state;
    for (size_t a = 0; a < sizeof ids / sizeof ids[0]; a++) {
        const struct lt_algo *algo = mini_algo("tree", ids[a]);
        for (size_t n = 0; n <= 4; n += n ? 3 : 1) {
            for (uint32_t classes = 1; classes <= 3; classes++) {
                struct mini_data *data = mini_data_new(algo, n, 2, x);
                mini_data_classes(data, (const int32_t[]){0, 0, 0, 0}, classes);
                if (n == 0) {
                    struct mini_host *host = mini_host_new(1, 1);
                    struct mini_params *params = mini_params_new(algo, "");
                    void *model = NULL;
                    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
                    assert_string_equal(host->error, "there are no rows to learn from");
                    mini_params_free(params);
                    mini_host_free(host);
                } else {
                    struct fit f = fit_data(ids[a], "", data);
                    /* the votes of adaboost are never that sure */
                    assert_close(f.out[0], 1, strcmp(ids[a], "adaboost") == 0 ? 0.49 : 1e-6);
                    unfit(&f);
                }
                mini_data_free(data);
            }
            if (n == 0)
                continue;
            struct mini_data *data = mini_data_new(algo, n, 2, x);
            mini_data_target(data, (const double[]){5, 5, 5, 5});
            struct fit f = fit_data(ids[a], "", data);
            assert_close(f.out[n - 1], 5, 1e-12);
            unfit(&f);
            mini_data_free(data);
        }
    }
}

/* Infinities are the least and the greatest numbers there are: a tree cuts below and above them. */
static void test_infinities(void **state)
{
    const double x[] = {-INFINITY, -INFINITY, 1, 2, 3, INFINITY, INFINITY, INFINITY};
    const int32_t label[] = {0, 0, 1, 1, 1, 0, 0, 0};
    (void)state;
    struct mini_data *data = mini_data_new(mini_algo("tree", "tree"), 8, 1, x);
    mini_data_classes(data, label, 2);
    struct fit f = fit_data("tree", "", data);
    assert_close(accuracy(&f), 1, 0);
    unfit(&f);
    mini_data_free(data);
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
                {"forest", "n_estimators=20 oob_score=yes max_features=2 max_depth=4"},
                {"extratrees", "n_estimators=20"},
                {"extratrees", "n_estimators=20 bootstrap=yes oob_score=yes max_features=2 min_samples_leaf=3"},
                {"bagging", ""},
                {"bagging", "max_samples=0.6 max_features=0.5 bootstrap=no bootstrap_features=yes oob_score=yes"}};
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
        cmocka_unit_test(test_boosted_classes),
        cmocka_unit_test(test_boosted_numbers),
        cmocka_unit_test(test_losses_as_sklearn),
        cmocka_unit_test(test_out_of_bag),
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_missing_and_categories),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_little_data),
        cmocka_unit_test(test_infinities),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

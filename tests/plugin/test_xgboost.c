/* The wrapper around XGBoost: its predictions are those of the library's own Python package (3.2.0) on the bundled
 * tables, and it keeps what a module owes. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"
#include "optional.h"

struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_params *params;
    struct mini_data *data;
    void *model;
    double *out;
};

static struct fit fit_on(const char *text, struct mini_data *data, unsigned threads)
{
    struct fit f = {.algo = mini_algo("xgboost", "xgboost"), .host = mini_host_new(threads, 7), .data = data};
    f.params = mini_params_new(f.algo, text);
    if (mini_train(f.host, f.algo, f.params, data, 10, &f.model) != LT_DONE)
        fail_msg("%s: %s", text, f.host->error);
    f.out = mini_predict(f.host, f.algo, f.model, data, &data->data);
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    assert_int_equal(f.algo->save(&f.host->ctx, f.model), LT_OK);
    return f;
}

static void fit_free(struct fit *f)
{
    f->algo->free(f->model);
    mini_params_free(f->params);
    mini_host_free(f->host);
    free(f->out);
}

/* ---- the numbers of its own package -------------------------------------------------------------------------- */

/* b = xgboost.train({'tree_method': 'hist', 'eta': 0.3, 'base_score': 0.5, …}, DMatrix(X, label=y), 30); of
 * p = b.predict(DMatrix(X)) the sum and the sum of squares (for two classes, of the second's probability). */
static const struct reference {
    const char *path, *target, *text;
    uint32_t task;
    double sum, squares;
} REFERENCES[] = {
    {"datasets/breast_cancer.csv", "diagnosis", "", LT_CLASSIFY, 211.97726069483906, 207.1345947549293},
    {"datasets/breast_cancer.csv", "diagnosis", "tree_method=exact max_depth=3", LT_CLASSIFY, 212.03081172454404,
     206.2623954505665},
    {"datasets/wine.csv", "cultivar", "", LT_CLASSIFY, 178, 174.92816733260344},
    {"datasets/diabetes.csv", "progression", "", LT_REGRESS, 67222.61743927002, 12633289.579172302},
    {"datasets/diabetes.csv", "progression", "objective=count:poisson max_depth=3 eta=0.1", LT_REGRESS,
     1804.7238073349, 7368.8416759307165},
    {"datasets/diabetes.csv", "progression",
     "tree_method=approx reg_alpha=1 reg_lambda=2 gamma=3 min_child_weight=5", LT_REGRESS, 67219.72789382935,
     12397919.51020109},
    {"datasets/diabetes.csv", "progression", "objective=reg:tweedie grow_policy=lossguide max_leaves=7 max_bin=32",
     LT_REGRESS, 66487.0502281189, 11538558.700972062},
};

static void test_references(void **state)
{
    (void)state;
    need_wrapper("xgboost");
    for (size_t t = 0; t < sizeof REFERENCES / sizeof REFERENCES[0]; t++) {
        const struct reference *r = &REFERENCES[t];
        struct mini_csv *csv = dataset_load(r->path, r->target);
        char text[160];
        if (!csv)
            skip();
        snprintf(text, sizeof text, "n_estimators=30 base_score=0.5 %s", r->text);
        struct mini_data *data = mini_csv_data(mini_algo("xgboost", "xgboost"), csv, r->task);
        struct fit f = fit_on(text, data, 2);
        const size_t k = r->task == LT_CLASSIFY ? csv->n_classes : 1;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < csv->n * k; i++)
            if (k != 2 || i % 2) {
                sum += f.out[i];
                squares += f.out[i] * f.out[i];
            }
        assert_close(sum, r->sum, 1e-7 * fabs(r->sum));
        assert_close(squares, r->squares, 1e-7 * r->squares);
        fit_free(&f);
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

/* ---- rows made up by counting -------------------------------------------------------------------------------- */

enum { N = 600, P = 4 };

struct made {
    double x[N * P], y[N];
    int32_t two[N], three[N];
};

static void make(struct made *m)
{
    for (size_t i = 0; i < N; i++) {
        double *x = m->x + i * P;
        for (size_t j = 0; j < P; j++)
            x[j] = lt_uniform(4, i, j) * 2 - 1;
        m->two[i] = x[0] + x[1] * x[2] + lt_uniform(4, i, P) > 0.5;
        m->three[i] = m->two[i] + (x[3] > 0.3);
        m->y[i] = 3 * x[0] + x[1] * x[2] + m->two[i];
    }
}

static struct mini_data *numbers_of(const struct made *m)
{
    struct mini_data *data = mini_data_new(mini_algo("xgboost", "xgboost"), N, P, m->x);
    mini_data_target(data, m->y);
    return data;
}

/* A row of weight 2 is two rows, one of weight 0 is none. */
static void test_weights(void **state)
{
    static const char text[] = "n_estimators=20 tree_method=exact min_child_weight=3";
    struct made *m = malloc(sizeof *m);
    double *x = malloc(2 * N * P * sizeof *x), *y = malloc(2 * N * sizeof *y), weight[N];
    size_t n = 0;
    (void)state;
    need_wrapper("xgboost");
    make(m);
    for (size_t i = 0; i < N; i++) {
        weight[i] = (double)(i % 3);
        for (size_t c = 0; c < i % 3; c++, n++) {
            memcpy(x + n * P, m->x + i * P, P * sizeof *x);
            y[n] = m->y[i];
        }
    }
    struct mini_data *weighted = numbers_of(m), *many = mini_data_new(mini_algo("xgboost", "xgboost"), n, P, x);
    mini_data_weights(weighted, weight);
    mini_data_target(many, y);
    struct fit a = fit_on(text, weighted, 1), b = fit_on(text, many, 1);
    double *theirs = mini_predict(b.host, b.algo, b.model, weighted, &weighted->data);
    for (size_t i = 0; i < N; i++)
        if (weight[i] > 0) /* others may lie on either side of a split */
            assert_close(a.out[i], theirs[i], 1e-5);
    free(theirs);
    fit_free(&a);
    fit_free(&b);
    mini_data_free(weighted);
    mini_data_free(many);
    free(x);
    free(y);
    free(m);
}

/* What a missing value says is learned, not filled in. */
static void test_missing(void **state)
{
    struct made *m = malloc(sizeof *m);
    double worst = 0;
    (void)state;
    need_wrapper("xgboost");
    make(m);
    for (size_t i = 0; i < N; i++) {
        m->y[i] = i % 4 ? 10 : -10;
        m->x[i * P] = i % 4 ? m->x[i * P] : NAN;
    }
    struct mini_data *data = numbers_of(m);
    struct fit f = fit_on("", data, 2);
    for (size_t i = 0; i < N; i++)
        worst = fmax(worst, fabs(f.out[i] - m->y[i]));
    assert_true(worst < 0.01);
    fit_free(&f);
    mini_data_free(data);
    free(m);
}

/* Levels without an order: a tree puts any of them together. Unknown ones are missing. */
static void test_categories(void **state)
{
    enum { LEVELS = 9 };
    static const char *const levels[LEVELS] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    int32_t *code = malloc(N * sizeof *code);
    struct made *m = malloc(sizeof *m);
    (void)state;
    need_wrapper("xgboost");
    make(m);
    for (size_t i = 0; i < N; i++) {
        code[i] = (int32_t)(i % LEVELS);
        m->y[i] = code[i] % 2 ? 1 : 5;
    }
    struct mini_data *data = numbers_of(m);
    struct lt_column column[P];
    memcpy(column, data->data.column, sizeof column);
    column[1] = (struct lt_column){"letter", LT_CATEGORY, LT_I32, code, NULL, LEVELS, levels};
    data->data.column = column;
    struct fit f = fit_on("max_depth=1 n_estimators=40 max_cat_to_onehot=1", data, 2);
    for (size_t i = 0; i < N; i++)
        assert_close(f.out[i], m->y[i], 0.05);
    for (size_t i = 0; i < N; i++)
        code[i] = i % 2 ? -1 : 12;
    double *unknown = mini_predict(f.host, f.algo, f.model, data, &data->data);
    for (size_t i = 0; i < N; i++)
        assert_true(isfinite(unknown[i]) && unknown[i] == unknown[0]);
    free(unknown);
    fit_free(&f);

    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *exact = mini_params_new(mini_algo("xgboost", "xgboost"), "tree_method=exact");
    void *model = NULL;
    assert_int_equal(mini_train(host, mini_algo("xgboost", "xgboost"), exact, data, 10, &model), LT_INVALID);
    assert_non_null(strstr(host->error, "'letter'"));
    mini_params_free(exact);
    mini_host_free(host);
    mini_data_free(data);
    free(code);
    free(m);
}

/* Along a constrained column predictions rise. Columns of different groups don't act together: then a change of
 * one adds the same whatever the other is. */
static void test_constraints(void **state)
{
    struct made *m = malloc(sizeof *m);
    (void)state;
    need_wrapper("xgboost");
    make(m);
    for (size_t i = 0; i < N; i++)
        m->y[i] = sin(4 * m->x[i * P]) + m->x[i * P + 1] * m->x[i * P + 2];
    struct mini_data *data = numbers_of(m);
    struct fit f = fit_on("monotone=x1:+1", data, 1);
    double grid[50 * P] = {0}, apart[4 * P] = {0};
    for (size_t i = 0; i < 50; i++)
        grid[i * P] = (double)i / 25 - 1;
    struct mini_data *line = mini_data_new(f.algo, 50, P, grid);
    double *along = mini_predict(f.host, f.algo, f.model, line, &data->data);
    for (size_t i = 1; i < 50; i++)
        assert_true(along[i] >= along[i - 1]);
    free(along);
    mini_data_free(line);
    fit_free(&f);

    f = fit_on("interaction=x1,x2;x3,x4", data, 1);
    for (size_t i = 0; i < 4; i++) {
        apart[i * P + 1] = i & 1 ? 0.8 : -0.8;
        apart[i * P + 2] = i & 2 ? 0.8 : -0.8;
    }
    struct mini_data *corners = mini_data_new(f.algo, 4, P, apart);
    double *c = mini_predict(f.host, f.algo, f.model, corners, &data->data);
    assert_close(c[3] - c[2], c[1] - c[0], 1e-5);
    free(c);
    mini_data_free(corners);
    fit_free(&f);
    mini_data_free(data);
    free(m);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *part;
        int classes;
    } trial[] = {
        {"monotone=nobody:1", "'nobody'", 0},
        {"monotone=x1", "'x1'", 0},
        {"interaction=x1,nobody", "'nobody'", 0},
        {"objective=count:poisson", "count:poisson takes targets", 0},
        {"objective=binary:logistic", "auto", 0},
        {"objective=reg:gamma", "for numbers", 3},
        {"objective=binary:logistic", "3", 3},
        {"grow_policy=lossguide max_depth=0", "max_leaves", 0},
        {"tree_method=exact max_depth=0", "max_depth", 0},
    };
    struct made *m = malloc(sizeof *m);
    (void)state;
    need_wrapper("xgboost");
    make(m);
    const struct lt_algo *algo = mini_algo("xgboost", "xgboost");
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        struct mini_data *data = mini_data_new(algo, N, P, m->x);
        if (trial[t].classes)
            mini_data_classes(data, m->three, 3);
        else
            mini_data_target(data, m->y);
        struct mini_host *host = mini_host_new(1, 1);
        struct mini_params *params = mini_params_new(algo, trial[t].text);
        void *model = NULL;
        assert_int_equal(mini_train(host, algo, params, data, 10, &model), LT_INVALID);
        if (!strstr(host->error, trial[t].part))
            fail_msg("%s: %s", trial[t].text, host->error);
        mini_params_free(params);
        mini_host_free(host);
        mini_data_free(data);
    }
    free(m);
}

/* A table large enough for several threads: the bytes don't tell how many there were, nor what was drawn before. */
static void test_threads(void **state)
{
    enum { ROWS = 30000, COLUMNS = 6 };
    static const char *const texts[] = {
        "n_estimators=12", "n_estimators=8 colsample_bytree=0.5 colsample_bynode=0.5",
        "n_estimators=8 subsample=0.6 ", "n_estimators=6 tree_method=approx colsample_bylevel=0.7",
        "n_estimators=6 tree_method=exact max_depth=4"};
    double *x = malloc((size_t)ROWS * COLUMNS * sizeof *x), *y = malloc(ROWS * sizeof *y);
    (void)state;
    need_wrapper("xgboost");
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < COLUMNS; j++)
            x[i * COLUMNS + j] = lt_uniform(9, i, j);
        y[i] = x[i * COLUMNS] + sin(6 * x[i * COLUMNS + 1]) + lt_uniform(9, i, 99);
    }
    struct mini_data *data = mini_data_new(mini_algo("xgboost", "xgboost"), ROWS, COLUMNS, x);
    mini_data_target(data, y);
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        struct fit one = fit_on(texts[t], data, 1);
        for (unsigned threads = 2; threads <= 3; threads++) {
            struct fit more = fit_on(texts[t], data, threads);
            const char *name = "";
            if (!mini_store_equal(one.host, more.host, &name))
                fail_msg("%s: %s differs at %u threads", texts[t], name, threads);
            assert_memory_equal(one.out, more.out, ROWS * sizeof(double));
            fit_free(&more);
        }
        fit_free(&one);
    }
    mini_data_free(data);
    free(x);
    free(y);
}

/* What is cut back can go on: with all rows and columns it ends where it would have. */
static void test_truncate(void **state)
{
    struct made *m = malloc(sizeof *m);
    (void)state;
    need_wrapper("xgboost");
    make(m);
    struct mini_data *data = numbers_of(m);
    struct fit whole = fit_on("n_estimators=10", data, 1), few = fit_on("n_estimators=4", data, 1);
    struct mini_params *params = mini_params_new(whole.algo, "n_estimators=10");
    for (uint64_t keep = 0; keep <= 4; keep += 4) {
        void *model = NULL;
        uint64_t taken = 0, planned = 0;
        assert_int_equal(whole.algo->begin(&whole.host->ctx, &params->params, &data->data, &model), LT_OK);
        assert_int_equal(whole.algo->step(&whole.host->ctx, model, &data->data, 8), LT_MORE);
        assert_int_equal(whole.algo->truncate(&whole.host->ctx, model, keep), LT_OK);
        whole.algo->units(model, &taken, &planned);
        assert_int_equal(taken, keep);
        if (keep) {
            double *after = mini_predict(whole.host, whole.algo, model, data, &data->data);
            assert_memory_equal(after, few.out, N * sizeof *after);
            free(after);
        }
        assert_int_equal(whole.algo->step(&whole.host->ctx, model, &data->data, 100), LT_DONE);
        double *end = mini_predict(whole.host, whole.algo, model, data, &data->data);
        for (size_t i = 0; i < N; i++)
            assert_close(end[i], whole.out[i], 1e-5);
        free(end);
        whole.algo->free(model);
    }
    mini_params_free(params);
    fit_free(&whole);
    fit_free(&few);
    mini_data_free(data);
    free(m);
}

static void test_describe(void **state)
{
    struct made *m = malloc(sizeof *m);
    double shares = 0;
    (void)state;
    need_wrapper("xgboost");
    make(m);
    struct mini_data *data = numbers_of(m);
    struct fit f = fit_on("n_estimators=10", data, 1);
    const struct mini_table *summary = mini_table(f.host, "summary");
    assert_non_null(summary);
    assert_int_equal(strncmp(summary->cell[0].text, "XGBoost ", 8), 0);
    assert_int_equal(summary->cell[1].i, 10);
    assert_close(summary->cell[3].r, mini_metric(f.host, "loss", 10), 0);
    assert_true(mini_metric(f.host, "loss", 10) < mini_metric(f.host, "loss", 1));
    const struct mini_table *importance = mini_table(f.host, "importance");
    assert_string_equal(importance->cell[0].text, "x1");
    for (size_t i = 0; i < importance->n_rows; i++)
        shares += importance->cell[i * importance->n_columns + 1].r;
    assert_close(shares, 1, 1e-9);
    assert_true(mini_cell(f.host, "splits", "x1", "splits") > 10);
    assert_true(mini_cell(f.host, "splits", "x1", "gain") > mini_cell(f.host, "splits", "x4", "gain"));
    fit_free(&f);
    mini_data_free(data);
    free(m);
}

static void test_conform(void **state)
{
    static const struct {
        const char *text;
        int classes;
    } trial[] = {{"n_estimators=9", 2},
                 {"n_estimators=5 subsample=0.7 colsample_bynode=0.5", 3},
                 {"n_estimators=9 objective=multi:softprob", 2},
                 {"n_estimators=9", 0},
                 {"n_estimators=5 num_parallel_tree=3 subsample=0.5 objective=reg:absoluteerror", 0}};
    struct made *m = malloc(sizeof *m);
    (void)state;
    need_wrapper("xgboost");
    make(m);
    const struct lt_algo *algo = mini_algo("xgboost", "xgboost");
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        struct mini_data *data = mini_data_new(algo, N, P, m->x);
        if (trial[t].classes)
            mini_data_classes(data, trial[t].classes == 2 ? m->two : m->three, (uint32_t)trial[t].classes);
        else
            mini_data_target(data, m->y);
        mini_conform(algo, trial[t].text, data);
        mini_data_free(data);
    }
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references), cmocka_unit_test(test_weights),     cmocka_unit_test(test_missing),
        cmocka_unit_test(test_categories), cmocka_unit_test(test_constraints), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_threads),    cmocka_unit_test(test_truncate),    cmocka_unit_test(test_describe),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Penalties with absolute values against scikit-learn 1.9.1: Lasso and ElasticNet (tol 1e-14), LogisticRegression
 * (solver saga, tol 1e-12 to 1e-13); and the conditions of the optimum themselves. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "linear_fit.h"

static struct fit mtcars(const char *id, const char *text, bool weights)
{
    struct mini_csv *csv = csv_or_skip("datasets/classics/mtcars.csv", "mpg", "wt,hp,qsec,am");
    struct mini_csv *carb = csv_or_skip("datasets/classics/mtcars.csv", "carb", "wt");
    struct mini_data *data = mini_csv_data(mini_algo("linear", id), csv, LT_REGRESS);
    if (weights)
        mini_data_weights(data, carb->y);
    struct fit fit = fit_data(id, text, data);
    mini_csv_free(csv);
    mini_csv_free(carb);
    return fit;
}

static void test_mtcars(void **state)
{
    static const struct {
        const char *id, *text;
        bool weights;
        double value[5];
    } sk[] = {
        {"lasso",
         "alpha=0.3 tol=1e-12",
         false,
         {34.338090361155324, -3.0407517691565724, -0.03760860978308521, 0.04411165151405713, 0.651737540328495}},
        {"lasso", /* whatever tol is: the last digits come from equations */
         "alpha=0.3",
         true,
         {32.61854937945278, -3.0974141720038326, -0.02806123826440428, 0.06956900255075057, 0.07916020437645606}},
        {"elasticnet",
         "alpha=0.5 l1_ratio=0.4",
         false,
         {32.99556425721836, -1.9313454855217809, -0.048305735485327704, 0, 0.9711497355830022}},
        {"elasticnet",
         "alpha=0.5 l1_ratio=0.4 fit_intercept=no n_alphas=1",
         false,
         {NAN, -2.269460632384416, -0.01026930426387353, 1.566298555627759, 2.0036959866318393}},
    };
    static const char *const terms[] = {"(Intercept)", "wt", "hp", "qsec", "am"};
    (void)state;
    for (size_t i = 0; i < sizeof sk / sizeof sk[0]; i++) {
        struct fit fit = mtcars(sk[i].id, sk[i].text, sk[i].weights);
        assert_int_equal(fit.status, LT_DONE);
        for (size_t j = 0; j < 5; j++)
            if (!isnan(sk[i].value[j]))
                near(of(&fit, terms[j], "estimate"), sk[i].value[j], 1e-8, terms[j]);
        fit_free(&fit);
    }
}

/* Lasso(alpha=2) on diabetes; alpha=0 is least squares: R 4.2's residual standard error is 54.1542. */
static void test_diabetes(void **state)
{
    static const char *const terms[] = {"(Intercept)", "age", "sex", "bmi", "bp", "tc",
                                        "ldl",         "hdl", "tch", "ltg", "glu"};
    static const double sk[] = {-98.64139105197185,
                                0,
                                -12.57838853508249,
                                6.099096011045744,
                                1.087893818506377,
                                1.1953922614345676,
                                -1.302049768176044,
                                -2.208448512010526,
                                0,
                                1.459171484952982,
                                0.3594446958864319};
    struct mini_csv *csv =
        csv_or_skip("datasets/diabetes.csv", "progression", "age,sex,bmi,bp,tc,ldl,hdl,tch,ltg,glu");
    const struct lt_algo *algo = mini_algo("linear", "lasso");
    (void)state;
    struct fit fit = fit_data("lasso", "alpha=2", mini_csv_data(algo, csv, LT_REGRESS));
    for (size_t j = 0; j < 11; j++)
        near(of(&fit, terms[j], "estimate"), sk[j], 1e-7, terms[j]);
    near(summary(&fit, "nonzero"), 8, 0, "nonzero");
    assert_true(summary(&fit, "duality_gap") < 1e-9 * 6000);
    double *last = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
    uint64_t taken, planned;
    algo->units(fit.model, &taken, &planned);
    assert_int_equal(taken, 100);
    assert_int_equal(algo->truncate(&fit.host->ctx, fit.model, 1), LT_OK); /* the first step leaves nothing */
    double *first = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
    near(first[0], 152.13348416289594, 1e-12, "the mean of the target");
    free(first);
    free(last);
    fit_free(&fit);
    fit = fit_data("lasso", "alpha=0", mini_csv_data(algo, csv, LT_REGRESS));
    near(summary(&fit, "r2"), 0.517748422217, 1e-9, "r2");
    near(of(&fit, "bmi", "estimate"), 5.6029620919238, 1e-8, "bmi");
    fit_free(&fit);
    mini_csv_free(csv);
}

/* The first 20 rows of sonar with y = row % 7 + 1: more columns than rows, solved by columns and by products. */
static void test_wide(void **state)
{
    static const double sk[] = {
        1.302372124841921,   0.2873810489308556,    -0.8948876242836206, -0.3408317028106329,  7.677476669227899,
        -2.6917433348664472, -0.012050662408807157, 1.7673219380387137,  -0.45320546863142724, 1.6906582721362327,
        1.000531570374079,   0.17082065859964715,   -5.86222158615177};
    static const size_t at[] = {16, 17, 19, 20, 23, 24, 28, 31, 34, 36, 39, 40, 43};
    char columns[1024] = "";
    (void)state;
    for (size_t p = 0; p < 60; p++)
        snprintf(columns + strlen(columns), 16, "%sband_%02zu", p ? "," : "", p + 1);
    struct mini_csv *csv = csv_or_skip("datasets/sonar.csv", "object", columns);
    double y[20];
    for (size_t i = 0; i < 20; i++)
        y[i] = (double)(i % 7) + 1;
    struct mini_data *data = mini_data_new(mini_algo("linear", "lasso"), 20, 60, csv->x);
    mini_data_target(data, y);
    struct fit fit = fit_data("lasso", "alpha=0.02 tol=1e-14 max_iter=100000", data);
    assert_int_equal(fit.status, LT_DONE);
    for (size_t j = 0, k = 0; j < 60; j++) {
        char name[16];
        snprintf(name, sizeof name, "x%zu", j + 1);
        near(of(&fit, name, "estimate"), k < 13 && at[k] == j + 1 ? sk[k] : 0, 1e-6, name);
        k += k < 13 && at[k] == j + 1;
    }
    fit_free(&fit);
    mini_csv_free(csv);
}

/* So many columns that their products aren't kept: the conditions of the optimum hold. */
static void test_gap_of_many_columns(void **state)
{
    enum { N = 60, P = 2100 };
    double *x = malloc((size_t)N * P * sizeof *x), y[N];
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = lt_uniform(3, 1, i) - 0.5;
    for (size_t i = 0; i < N; i++)
        y[i] = 3 * x[i * P] - 2 * x[i * P + 7] + 0.1 * lt_uniform(3, 2, i);
    struct mini_data *data = mini_data_new(mini_algo("linear", "lasso"), N, P, x);
    mini_data_target(data, y);
    struct fit fit = fit_data("lasso", "alpha=0.02 tol=1e-10 max_iter=100000 n_alphas=20", data);
    assert_int_equal(fit.status, LT_DONE);
    assert_true(summary(&fit, "duality_gap") <= 1e-9);
    assert_true(of(&fit, "x1", "estimate") > 1.5);
    assert_true(of(&fit, "x8", "estimate") < -1);
    double *fitted = mini_predict(fit.host, fit.algo, fit.model, data, &data->data), mean = 0;
    for (size_t i = 0; i < N; i++)
        mean += (y[i] - fitted[i]) / N;
    near(mean, 0, 1e-12, "the mean residual");
    for (size_t j = 0; j < P; j++) { /* no column's correlation with the residuals exceeds alpha */
        double slope = 0;
        for (size_t i = 0; i < N; i++)
            slope += x[i * P + j] * (y[i] - fitted[i]) / N;
        assert_true(fabs(slope) <= 0.02 + 1e-5);
    }
    free(fitted);
    fit_free(&fit);
    free(x);
}

/* ---- logistic: saga is within 6e-7 of the optimum, whose conditions hold here to 1e-12 ---------------------- */

static void test_logistic_two_classes(void **state)
{
    static const struct {
        const char *text;
        double value[8];
    } sk[] = {{"penalty=l1 C=0.1 tol=1e-9",
               {-8.807432407810497, 0.05149171386232655, 0.030872900571312267, -0.0012916262854079056, 0,
                0.08310977824939704, 0, 0.040184454232335055}},
              {"penalty=elasticnet C=0.1 l1_ratio=0.5 tol=1e-9",
               {-8.910331343185259, 0.06678513447295373, 0.0312238465501476, -0.003858504826861995, 0,
                0.08907771530306241, 0, 0.0396345219957118}}};
    static const char *const terms[] = {"(Intercept)", "npreg", "glu", "bp", "skin", "bmi", "ped", "age"};
    struct mini_csv *csv =
        csv_or_skip("datasets/classics/pima_train.csv", "type", "npreg,glu,bp,skin,bmi,ped,age");
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct fit fit =
            fit_data("logistic", sk[t].text, mini_csv_data(mini_algo("linear", "logistic"), csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        assert_int_equal(fit.host->n_notes, 0);
        for (size_t j = 0; j < 8; j++)
            assert_true(fabs(of(&fit, terms[j], "estimate") - sk[t].value[j]) <= 1e-6);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

/* LogisticRegression(l1_ratio, C=0.5, saga) on iris: probabilities of rows 0, 75 and 149. */
static void test_logistic_many_classes(void **state)
{
    static const struct {
        const char *text;
        double proba[9];
    } sk[] = {
        {"penalty=l1 C=0.5 tol=1e-9",
         {0.9853857919425951, 0.014614203937864202, 4.119540734808226e-09, 0.0036570587196141204,
          0.9007502957077426, 0.09559264557264331, 0.00010910989059163, 0.25941467195127094, 0.7404762381481373}},
        {"penalty=elasticnet C=0.5 l1_ratio=0.3 tol=1e-9",
         {0.9723632322311409, 0.027636441834657813, 3.259342012654183e-07, 0.011272400164650122,
          0.8570942610775332, 0.13163333875781658, 0.0009609338080127214, 0.2924841441937792,
          0.7065549219982081}}};
    static const size_t rows[] = {0, 75, 149};
    struct mini_csv *csv =
        csv_or_skip("datasets/iris.csv", "species", "sepal_length,sepal_width,petal_length,petal_width");
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct fit fit = fit_data("logistic", sk[t].text, mini_csv_data(algo, csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        double *proba = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
        for (size_t i = 0; i < 3; i++)
            for (size_t c = 0; c < 3; c++)
                assert_true(fabs(proba[rows[i] * 3 + c] - sk[t].proba[i * 3 + c]) < 1e-6);
        free(proba);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

/* More unknowns than a Hessian can have: the conditions of the optimum, C |sum (p - y) x_j| <= 1, with equality
 * where a coefficient isn't 0. */
static void test_logistic_wide(void **state)
{
    enum { N = 80, P = 1100 };
    double *x = malloc((size_t)N * P * sizeof *x);
    int32_t label[N];
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = lt_uniform(9, 1, i) - 0.5;
    for (size_t i = 0; i < N; i++)
        label[i] = x[i * P] + x[i * P + 1] + 0.2 * lt_uniform(9, 2, i) > 0.1;
    struct mini_data *data = mini_data_new(algo, N, P, x);
    mini_data_classes(data, label, 2);
    struct fit fit = fit_data("logistic", "penalty=l1 max_iter=5000", data);
    assert_int_equal(fit.status, LT_DONE);
    assert_int_equal(fit.host->n_notes, 0);
    double *proba = mini_predict(fit.host, algo, fit.model, data, &data->data);
    size_t active = 0;
    for (size_t j = 0; j < P; j++) {
        double slope = 0;
        char name[16];
        for (size_t i = 0; i < N; i++)
            slope += (proba[2 * i + 1] - label[i]) * x[i * P + j];
        snprintf(name, sizeof name, "x%zu", j + 1);
        assert_true(fabs(slope) <= 1 + 1e-5);
        if (of(&fit, name, "estimate") != 0) {
            active++;
            near(fabs(slope), 1, 1e-5, name);
        }
    }
    assert_true(active > 0 && active < N);
    free(proba);
    fit_free(&fit);
    free(x);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 5, 2, 5, 3, 5, 4, 5}, y[] = {1, 2, 2, 4}, flat[] = {3, 3, 3, 3};
    (void)state;
    struct mini_data *data = mini_data_new(mini_algo("linear", "lasso"), 4, 2, x);
    mini_data_target(data, y);
    struct fit fit = fit_data("lasso", "alpha=0.01", data); /* a constant column says nothing */
    assert_int_equal(fit.status, LT_DONE);
    near(of(&fit, "x2", "estimate"), 0, 0, "x2");
    near(of(&fit, "x1", "estimate"), (4.5 / 4 - 0.01) / 1.25, 1e-12, "x1"); /* soft(x'y, alpha) / x'x, centred */
    fit_free(&fit);
    data = mini_data_new(mini_algo("linear", "lasso"), 4, 2, x);
    mini_data_target(data, flat);
    fit = fit_data("lasso", "", data);
    near(of(&fit, "(Intercept)", "estimate"), 3, 1e-15, "a constant target");
    near(of(&fit, "x1", "estimate"), 0, 0, "x1");
    fit_free(&fit);
}

static void test_conform(void **state)
{
    enum { N = 3000, P = 4, WIDE = 2100 };
    double *x = malloc((size_t)N * P * sizeof *x), y[N], *wide = malloc((size_t)30 * WIDE * sizeof *wide);
    int32_t two[N], three[N];
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = lt_uniform(2, 1, i) + lt_uniform(2, 2, i) - 1;
    for (size_t i = 0; i < (size_t)30 * WIDE; i++)
        wide[i] = lt_uniform(2, 3, i) - 0.5;
    for (size_t i = 0; i < N; i++) {
        y[i] = x[i * P] - 2 * x[i * P + 2] + lt_uniform(1, 1, i);
        two[i] = x[i * P] + lt_uniform(1, 2, i) > 0.5;
        three[i] = two[i] + (lt_uniform(1, 3, i) > 0.5);
    }
    static const struct {
        const char *id, *text;
        int classes;
    } trial[] = {{"lasso", "alpha=0.01 n_alphas=12", 0},
                 {"elasticnet", "alpha=0.02 n_alphas=12", 0},
                 {"logistic", "penalty=l1 C=0.05", 2},
                 {"logistic", "penalty=elasticnet C=0.05", 3}};
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        const struct lt_algo *algo = mini_algo("linear", trial[t].id);
        struct mini_data *data = mini_data_new(algo, N, P, x);
        if (trial[t].classes)
            mini_data_classes(data, trial[t].classes == 2 ? two : three, (uint32_t)trial[t].classes);
        else
            mini_data_target(data, y);
        mini_conform(algo, trial[t].text, data);
        mini_data_free(data);
    }
    struct mini_data *data = mini_data_new(mini_algo("linear", "lasso"), 30, WIDE, wide);
    mini_data_target(data, y);
    mini_conform(mini_algo("linear", "lasso"), "alpha=0.02 n_alphas=5", data);
    mini_data_free(data);
    free(x);
    free(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mtcars),
        cmocka_unit_test(test_diabetes),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_gap_of_many_columns),
        cmocka_unit_test(test_logistic_two_classes),
        cmocka_unit_test(test_logistic_many_classes),
        cmocka_unit_test(test_logistic_wide),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Discriminant analysis against scikit-learn 1.9.1 (LinearDiscriminantAnalysis svd and lsqr,
 * QuadraticDiscriminantAnalysis) and the leave-one-out figures of R's MASS in datasets/README.md. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "dataset.h"
#include "linear_fit.h"

static void test_two_classes(void **state)
{
    static const struct {
        const char *text;
        double value[8];
    } sk[] = {{"",
               {-10.696695925211234, 0.12199408858554373, 0.03687715566406409, -0.002781457966280443,
                -0.0012763278555696714, 0.07594240077617184, 1.9228523528904407, 0.04824164820040262}},
              {"shrinkage=auto",
               {-11.551061842066929, 0.12490710369247363, 0.03719132201454889, 0.002335252691773204,
                0.01690063396196792, 0.06595043681169577, 1.8855777863165688, 0.05517931650706709}},
              {"shrinkage=0.3",
               {-10.736227326611406, 0.019618706184830668, 0.04903699953479396, 0.006289063349258717,
                0.020120251642869395, 0.032052547280207344, 0.0031367583453141383, 0.04635552534790968}},
              {"priors=0.5,0.5",
               {-10.033401707800973, 0.12199408858554381, 0.0368771556640641, -0.002781457966280417,
                -0.0012763278555696677, 0.07594240077617187, 1.9228523528904407, 0.048241648200402644}}};
    static const char *const terms[] = {"(Intercept)", "npreg", "glu", "bp", "skin", "bmi", "ped", "age"};
    struct mini_csv *csv =
        csv_or_skip("datasets/classics/pima_train.csv", "type", "npreg,glu,bp,skin,bmi,ped,age");
    (void)state;
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct fit fit = fit_data("lda", sk[t].text, mini_csv_data(mini_algo("linear", "lda"), csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        for (size_t j = 0; j < 8; j++)
            near(of(&fit, terms[j], "estimate"), sk[t].value[j], 1e-9, terms[j]);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

/* Probabilities of rows 0, 70 and 133 of iris. */
static void test_iris(void **state)
{
    static const struct {
        const char *id, *text;
        double proba[9];
    } sk[] = {{"lda",
               "",
               {1, 1.4247331046891172e-22, 3.699975405916221e-43, 2.0942270071290433e-28, 0.24907733395274803,
                0.750922666047252, 3.5032547218729635e-29, 0.7333635677090267, 0.2666364322909732}},
              {"lda",
               "shrinkage=auto",
               {1, 5.688628682900186e-21, 1.845104690602993e-40, 2.7684001030701724e-26, 0.3004880111048074,
                0.6995119888951926, 4.68436340670098e-27, 0.7711841380758803, 0.22881586192411968}},
              {"qda",
               "",
               {1, 1.5312975572378587e-26, 4.631660181814275e-42, 8.144832004443735e-106, 0.3284513343009155,
                0.6715486656990844, 2.5061784219118366e-113, 0.6022879816361068, 0.3977120183638932}},
              {"qda",
               "reg_param=0.2",
               {0.999999816809584, 1.8318954804194887e-07, 8.680743801808157e-13, 4.655175162351097e-14,
                0.5506061001682381, 0.44939389983171546, 1.907578157776506e-16, 0.4830080799945413,
                0.5169919200054585}}};
    static const size_t rows[] = {0, 70, 133};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        const struct lt_algo *algo = mini_algo("linear", sk[t].id);
        struct fit fit = fit_data(sk[t].id, sk[t].text, mini_csv_data(algo, csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        double *proba = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
        for (size_t i = 0; i < 9; i++)
            near(proba[rows[i / 3] * 3 + i % 3], sk[t].proba[i], 1e-8, "a probability");
        free(proba);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

/* The share of rows that a model of all the others gets right. */
static double leave_one_out(const char *id, const struct mini_csv *csv)
{
    const struct lt_algo *algo = mini_algo("linear", id);
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
    double *weight = calloc(csv->n, sizeof *weight);
    size_t right = 0;
    assert_non_null(weight);
    for (size_t i = 0; i < csv->n; i++)
        weight[i] = 1;
    mini_data_weights(data, weight);
    double *live = (double *)(uintptr_t)data->data.weight;
    for (size_t i = 0; i < csv->n; i++) {
        void *model = NULL;
        live[i] = 0;
        assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
        double *proba = mini_predict(host, algo, model, data, &data->data), *mine = proba + i * csv->n_classes;
        size_t best = 0;
        for (size_t c = 1; c < csv->n_classes; c++)
            best = mine[c] > mine[best] ? c : best;
        right += (int32_t)best == csv->label[i];
        live[i] = 1;
        free(proba);
        algo->free(model);
        mini_host_forget(host);
    }
    free(weight);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
    return (double)right / (double)csv->n;
}

static void test_leave_one_out(void **state)
{
    static const struct {
        const char *path, *target, *columns, *id;
        double accuracy; /* datasets/README.md */
    } r[] = {{"datasets/iris.csv", "species", NULL, "lda", 0.9800},
             {"datasets/iris.csv", "species", NULL, "qda", 0.9733},
             {"datasets/wine.csv", "cultivar", NULL, "lda", 0.9888},
             {"datasets/wine.csv", "cultivar", NULL, "qda", 0.9944},
             {"datasets/wheat_seeds.csv", "variety", NULL, "lda", 0.9667},
             {"datasets/sonar.csv", "object", NULL, "lda", 0.7548},
             {"datasets/breast_cancer.csv", "diagnosis", NULL, "lda", 0.9578},
             {"datasets/penguins.csv", "species", "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g",
              "lda", 0.9854}};
    (void)state;
    for (size_t i = 0; i < sizeof r / sizeof r[0]; i++) {
        struct mini_csv *csv = r[i].columns ? mini_csv_load(r[i].path, r[i].target, r[i].columns)
                                            : dataset_load(r[i].path, r[i].target);
        if (!csv) {
            skip();
            return;
        }
        assert_close(leave_one_out(r[i].id, csv), r[i].accuracy, 5.1e-5);
        mini_csv_free(csv);
    }
}

static void test_edges(void **state)
{
    static const double x[] = {1, 5, 2, 5, 4, 5, 3, 5, 7, 5, 8, 5, 9, 5, 9.5, 5};
    static const double step[] = {1, 5, 2, 5, 4, 5, 3, 5, 7, 6, 8, 6, 9, 6, 9.5, 6};
    static const int32_t label[] = {0, 0, 0, 0, 1, 1, 1, 1};
    (void)state;
    struct mini_data *data = mini_data_new(mini_algo("linear", "lda"), 8, 2, x);
    mini_data_classes(data, label, 2);
    struct fit fit = fit_data("lda", "", data); /* a constant column says nothing, and is said to */
    assert_int_equal(fit.status, LT_DONE);
    near(of(&fit, "x2", "estimate"), 0, 0, "x2");
    assert_true(mini_noted(fit.host, "directions"));
    fit_free(&fit);
    data = mini_data_new(mini_algo("linear", "qda"), 8, 2, x);
    mini_data_classes(data, label, 2);
    fit = fit_data("qda", "", data);
    assert_int_equal(fit.status, LT_DONE);
    assert_true(mini_noted(fit.host, "'x2' has the same value in all rows"));
    fit_free(&fit);
    data = mini_data_new(mini_algo("linear", "qda"), 8, 2, step);
    mini_data_classes(data, label, 2);
    fit = fit_data("qda", "", data); /* constant in each class */
    assert_int_equal(fit.status, LT_NUMERIC);
    assert_non_null(strstr(fit.host->error, "reg_param"));
    fit_free(&fit);
    data = mini_data_new(mini_algo("linear", "lda"), 8, 2, x);
    mini_data_classes(data, label, 2);
    fit = fit_data("lda", "shrinkage=2", data);
    assert_int_equal(fit.status, LT_INVALID);
    fit_free(&fit);
}

static void test_conform(void **state)
{
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    static const char *const trial[][2] = {
        {"lda", ""}, {"lda", "shrinkage=auto"}, {"qda", ""}, {"qda", "reg_param=0.1"}};
    for (size_t t = 0; t < 4; t++) {
        const struct lt_algo *algo = mini_algo("linear", trial[t][0]);
        struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
        mini_conform(algo, trial[t][1], data);
        mini_data_free(data);
    }
    mini_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_classes), cmocka_unit_test(test_iris),    cmocka_unit_test(test_leave_one_out),
        cmocka_unit_test(test_edges),       cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

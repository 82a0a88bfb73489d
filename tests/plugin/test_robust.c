/* Quantile regression against scikit-learn 1.9.1's QuantileRegressor (solver highs, whose corners are exact). Huber
 * regression against Newton's method in numpy 2 on the loss of scikit-learn's HuberRegressor, to a gradient below
 * 1e-10 (HuberRegressor itself stops 3e-6 to 5e-3 short of that), and the conditions of the optimum themselves. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "linear_fit.h"

static const char *const TERMS[] = {"(Intercept)", "wt", "hp", "qsec", "am"};

static struct fit mtcars(const char *id, const char *text, bool weights)
{
    struct mini_csv *csv = csv_or_skip("datasets/classics/mtcars.csv", "mpg", "wt,hp,qsec,am");
    struct mini_data *data = mini_csv_data(mini_algo("linear", id), csv, LT_REGRESS);
    double weight[32];
    for (size_t i = 0; i < 32; i++)
        weight[i] = 1 + (double)(i % 3);
    if (weights)
        mini_data_weights(data, weight);
    struct fit fit = fit_data(id, text, data);
    mini_csv_free(csv);
    return fit;
}

static void test_huber(void **state)
{
    static const struct {
        const char *text;
        bool weights;
        double value[5], scale;
    } best[] = {
        {"",
         false,
         {21.06497901562498, -3.508115133572327, -0.01767177759087993, 0.6558983355533203, 2.095375950188893},
         1.4320804668510942},
        {"epsilon=1.5 alpha=0.5",
         true,
         {24.173118510041316, -2.934704181800182, -0.02656283201020544, 0.44086210271887943, 2.1657399685017915},
         1.6549566078298314},
        {"fit_intercept=no",
         false,
         {NAN, -3.4725794896851614, 0.0008014757653291875, 1.6517862375657697, 3.864512360442974},
         1.616301420797809}};
    (void)state;
    for (size_t t = 0; t < sizeof best / sizeof best[0]; t++) {
        struct fit fit = mtcars("huber", best[t].text, best[t].weights);
        assert_int_equal(fit.status, LT_DONE);
        assert_int_equal(fit.host->n_notes, 0);
        for (size_t j = 0; j < 5; j++)
            if (!isnan(best[t].value[j]))
                near(of(&fit, TERMS[j], "estimate"), best[t].value[j], 1e-8, TERMS[j]);
        near(summary(&fit, "scale"), best[t].scale, 1e-8, "scale");
        fit_free(&fit);
    }
}

/* At the optimum the clipped residuals are orthogonal to the columns, and their squares give the scale. */
static void test_huber_optimum(void **state)
{
    enum { N = 4000, P = 5 };
    static double x[N * P], y[N];
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = 100 * (double)(i % P) + lt_uniform(4, 1, i);
    for (size_t i = 0; i < N; i++)
        y[i] = x[i * P] - 3 * x[i * P + 2] + lt_uniform(4, 2, i) + (i % 10 ? 0 : 50 * lt_uniform(4, 3, i));
    struct mini_data *data = mini_data_new(mini_algo("linear", "huber"), N, P, x);
    mini_data_target(data, y);
    struct fit fit = fit_data("huber", "alpha=0", data);
    assert_int_equal(fit.status, LT_DONE);
    near(of(&fit, "x3", "estimate"), -3, 0.02, "x3");
    double *fitted = mini_predict(fit.host, fit.algo, fit.model, data, &data->data);
    double scale = summary(&fit, "scale"), sum[P + 1] = {0}, squares = 0;
    for (size_t i = 0; i < N; i++) {
        double z = (y[i] - fitted[i]) / scale, clipped = z > 1.35 ? 1.35 : z < -1.35 ? -1.35 : z;
        squares += clipped * clipped;
        sum[P] += clipped;
        for (size_t j = 0; j < P; j++)
            sum[j] += clipped * (x[i * P + j] - 100 * (double)j);
    }
    near(squares / N, 1, 1e-9, "the scale's equation");
    for (size_t j = 0; j <= P; j++)
        near(sum[j] / N, 0, 1e-9, "a coefficient's equation");
    free(fitted);
    fit_free(&fit);
}

static void test_quantile(void **state)
{
    static const struct {
        const char *text;
        bool weights;
        double value[5];
    } sk[] = {
        {"alpha=0",
         false,
         {25.519328007967932, -3.038778251180853, -0.02850722093391752, 0.41751133065388296, 1.6512203403471883}},
        {"quantile=0.9 alpha=0",
         false,
         {9.966979681721835, -1.7918726887439274, -0.01840521599423824, 1.064510879350703, 7.233679242669769}},
        {"quantile=0.25 alpha=0.05",
         false,
         {31.365080779733006, -2.8716626213592225, -0.028726107402912635, 0, 0.7687044902912659}},
        {"tau=0.3 alpha=0.1",
         true,
         {37.70451819069233, -2.738076843723103, -0.04052990366585985, -0.25700692489681726, 0}}};
    (void)state;
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct fit fit = mtcars("quantile", sk[t].text, sk[t].weights);
        assert_int_equal(fit.status, LT_DONE);
        for (size_t j = 0; j < 5; j++)
            near(of(&fit, TERMS[j], "estimate"), sk[t].value[j], 1e-8, TERMS[j]);
        fit_free(&fit);
    }
}

/* QuantileRegressor(quantile=0.9, alpha=0) on concrete. */
static void test_quantile_concrete(void **state)
{
    static const char *const terms[] = {"(Intercept)",  "cement",    "slag",    "ash", "water",
                                        "superplastic", "coarseagg", "fineagg", "age"};
    static const double sk[] = {36.224739242214774,    0.13081577336629005,   0.1242087991918225,
                                0.09269782725194349,   -0.26697572209519393,  0.43353715312034913,
                                0.0032150511022831256, -0.005068167126829755, 0.16032809893009523};
    struct mini_csv *csv = csv_or_skip("datasets/concrete.csv", "strength",
                                       "cement,slag,ash,water,superplastic,coarseagg,fineagg,age");
    (void)state;
    struct fit fit = fit_data("quantile", "quantile=0.9 alpha=0",
                              mini_csv_data(mini_algo("linear", "quantile"), csv, LT_REGRESS));
    assert_int_equal(fit.status, LT_DONE);
    for (size_t j = 0; j < 9; j++)
        near(of(&fit, terms[j], "estimate"), sk[j], 1e-7, terms[j]);
    near(summary(&fit, "loss"), 1.602195521600086, 1e-11, "loss");
    assert_true(summary(&fit, "share_below") <= 0.9 && summary(&fit, "share_below") > 0.88);
    assert_true(summary(&fit, "iterations") < 40);
    fit_free(&fit);
    mini_csv_free(csv);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 5, 2, 5, 3, 5, 4, 5}, line[] = {3, 5, 7, 9}, flat[] = {2, 2, 2, 2};
    static const char *const ids[] = {"huber", "quantile"};
    (void)state;
    for (size_t t = 0; t < 2; t++) { /* an exact line; a constant target; a constant column */
        struct mini_data *data = mini_data_new(mini_algo("linear", ids[t]), 4, 2, x);
        mini_data_target(data, line);
        struct fit fit = fit_data(ids[t], "alpha=0", data);
        assert_int_equal(fit.status, LT_DONE);
        near(of(&fit, "x1", "estimate"), 2, 1e-6, "x1");
        near(of(&fit, "x2", "estimate"), 0, 0, "x2");
        fit_free(&fit);
        data = mini_data_new(mini_algo("linear", ids[t]), 4, 2, x);
        mini_data_target(data, flat);
        fit = fit_data(ids[t], "alpha=0", data);
        assert_int_equal(fit.status, LT_DONE);
        near(of(&fit, "(Intercept)", "estimate"), 2, 1e-9, "a constant target");
        fit_free(&fit);
    }
}

static void test_conform(void **state)
{
    enum { N = 3000, P = 3 };
    static double x[N * P], y[N];
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = lt_uniform(2, 1, i) - 0.5;
    for (size_t i = 0; i < N; i++)
        y[i] = 5 * x[i * P] + lt_uniform(2, 2, i) + (i % 9 ? 0 : 30);
    static const char *const trial[][2] = {{"huber", ""},
                                           {"huber", "epsilon=1.1 alpha=3"},
                                           {"quantile", "alpha=0 quantile=0.8"},
                                           {"quantile", "alpha=0.1"}};
    for (size_t t = 0; t < 4; t++) {
        const struct lt_algo *algo = mini_algo("linear", trial[t][0]);
        struct mini_data *data = mini_data_new(algo, N, P, x);
        mini_data_target(data, y);
        mini_conform(algo, trial[t][1], data);
        mini_data_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_huber),    cmocka_unit_test(test_huber_optimum),
        cmocka_unit_test(test_quantile), cmocka_unit_test(test_quantile_concrete),
        cmocka_unit_test(test_edges),    cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

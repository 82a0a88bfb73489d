/* Poisson and gamma regression against R 4.2.2's glm (epsilon 1e-14; started again
 * at its own answer for gamma, where R's steps converge slowly) and scikit-learn 1.9.1's PoissonRegressor and
 * GammaRegressor (tol 1e-12) on MASS::quine; the gamma's target is days + 1. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "linear_fit.h"

static const char *const TERMS[] = {"(Intercept)", "ethN", "sexM", "ageF1", "ageF2", "ageF3", "lrnSL"};

static struct fit quine(const char *id, const char *text, bool weights)
{
    struct mini_csv *csv = csv_or_skip("datasets/classics/quine.csv", "days", "eth,sex,age,lrn");
    for (size_t i = 0; i < csv->n && !strcmp(id, "gamma"); i++)
        csv->y[i] += 1;
    struct mini_data *data = mini_csv_data(mini_algo("linear", id), csv, LT_REGRESS);
    double weight[146];
    for (size_t i = 0; i < 146; i++)
        weight[i] = 1 + (double)(i % 3);
    if (weights)
        mini_data_weights(data, weight);
    struct fit fit = fit_data(id, text, data);
    mini_csv_free(csv);
    return fit;
}

static void test_poisson(void **state)
{
    static const double r[][4] = {
        {2.71538021894764414, 0.064683115638577704, 41.9797375580987335, 0},
        {-0.53360432524745127, 0.041883105849391269, -12.7403236800598130, 3.5292754443610974e-37},
        {0.16159658907163937, 0.042534552578521082, 3.7991839404757659, 1.4517331950753652e-04},
        {-0.33390136411244059, 0.070093498043823421, -4.7636567360882802, 1.9011581107404832e-06},
        {0.25782835190907599, 0.062419395038095654, 4.1305807554161458, 3.6184795471842467e-05},
        {0.42769382852919535, 0.067686372216367099, 6.3187583338345261, 2.6367323232732156e-10},
        {0.34894296428480126, 0.052043140144836561, 6.7048791313070204, 2.0157314451591144e-11}};
    (void)state;
    struct fit fit = quine("poisson", "alpha=0", false);
    assert_int_equal(fit.status, LT_DONE);
    assert_int_equal(fit.host->n_notes, 0);
    for (size_t j = 0; j < 7; j++) {
        near(of(&fit, TERMS[j], "estimate"), r[j][0], 1e-9, TERMS[j]);
        near(of(&fit, TERMS[j], "std_error"), r[j][1], 1e-9, TERMS[j]);
        near(of(&fit, TERMS[j], "statistic"), r[j][2], 1e-9, TERMS[j]);
        near(of(&fit, TERMS[j], "p"), r[j][3], 1e-7, TERMS[j]);
    }
    near(summary(&fit, "deviance"), 1696.7065524935949, 1e-11, "deviance");
    near(summary(&fit, "null_deviance"), 2073.5327609654969, 1e-11, "null_deviance");
    near(summary(&fit, "aic"), 2299.1836302853608, 1e-11, "aic");
    fit_free(&fit);
    fit = quine("poisson", "alpha=0", true);
    near(of(&fit, "(Intercept)", "estimate"), 2.79936508366905423, 1e-9, "weighted intercept");
    near(of(&fit, "ageF3", "std_error"), 0.046413141277202863, 1e-9, "weighted ageF3");
    near(summary(&fit, "deviance"), 3336.9453961720869, 1e-11, "weighted deviance");
    near(summary(&fit, "aic"), 4548.2724809687170, 1e-11, "weighted aic");
    fit_free(&fit);
}

static void test_gamma(void **state)
{
    static const double r[][4] = {
        {2.954050537292667311, 0.21252623729297232, 13.89969810278267204, 4.4388106749138771e-28},
        {-0.532598925941720425, 0.14266501793693617, -3.73321318458846818, 2.7486814265167649e-04},
        {0.073620502642837524, 0.14865810194783016, 0.49523370524852917, 6.2121713668273670e-01},
        {-0.414240821657350600, 0.22166956161859608, -1.86873118091891580, 6.3764805470169397e-02},
        {0.085124017278211617, 0.22037401976863327, 0.38627065643936520, 6.9988685371061643e-01},
        {0.333141226774026689, 0.23170379898674706, 1.43778923017607330, 1.5274136187600498e-01},
        {0.267392497249993921, 0.17237049412354427, 1.55126605983007670, 1.2311182956866677e-01}};
    (void)state;
    struct fit fit = quine("gamma", "alpha=0", false);
    assert_int_equal(fit.status, LT_DONE);
    for (size_t j = 0; j < 7; j++) {
        near(of(&fit, TERMS[j], "estimate"), r[j][0], 1e-9, TERMS[j]);
        near(of(&fit, TERMS[j], "std_error"), r[j][1], 1e-9, TERMS[j]);
        near(of(&fit, TERMS[j], "statistic"), r[j][2], 1e-8, TERMS[j]);
        near(of(&fit, TERMS[j], "p"), r[j][3], 1e-7, TERMS[j]);
    }
    near(summary(&fit, "deviance"), 113.21310760005790996, 1e-11, "deviance");
    near(summary(&fit, "null_deviance"), 133.63027408539551288, 1e-11, "null_deviance");
    near(summary(&fit, "dispersion"), 0.73825444258633943, 1e-9, "dispersion");
    near(summary(&fit, "aic"), 1113.18126488813959440, 1e-11, "aic");
    fit_free(&fit);
}

static void test_penalty(void **state)
{
    static const struct {
        const char *id, *text;
        double value[7];
    } sk[] = {{"poisson",
               "",
               {2.814496581794557, -0.42907209102860405, 0.11522607801498372, -0.2848223504424166,
                0.19932537972168318, 0.2504552859441145, 0.20824599955551404}},
              {"poisson",
               "alpha=0.01",
               {2.7175583960141054, -0.5322917471892968, 0.160807154347501, -0.33373241184790947,
                0.2566655686794564, 0.42442365121552184, 0.34662723815187757}},
              {"gamma",
               "",
               {2.8705092092354074, -0.10340432548797406, 0.02736632238650904, -0.07608594009329031,
                0.05087972654985061, 0.03786907889586467, 0.019660965620178456}},
              {"gamma",
               "alpha=0.01",
               {2.9482473252219705, -0.5102256182915036, 0.07350749760595222, -0.39212654846475475,
                0.09473424910045633, 0.3112000037963357, 0.24322882362376372}}};
    (void)state;
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct fit fit = quine(sk[t].id, sk[t].text, false);
        assert_int_equal(fit.status, LT_DONE);
        for (size_t j = 0; j < 7; j++)
            near(of(&fit, TERMS[j], "estimate"), sk[t].value[j], 1e-6, TERMS[j]);
        fit_free(&fit);
    }
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 3, 4}, bad[] = {1, -1, 2, 3}, none[] = {0, 0, 0, 0}, zero[] = {1, 0, 2, 3};
    static const struct {
        const char *id;
        const double *y;
        const char *part;
    } trial[] = {
        {"poisson", bad, "row 2 is -1"}, {"poisson", none, "all targets are 0"}, {"gamma", zero, "above 0"}};
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        struct mini_data *data = mini_data_new(mini_algo("linear", trial[t].id), 4, 1, x);
        mini_data_target(data, trial[t].y);
        struct fit fit = fit_data(trial[t].id, "", data);
        assert_int_equal(fit.status, LT_INVALID);
        assert_non_null(strstr(fit.host->error, trial[t].part));
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
        y[i] = 0.1 + exp(x[i * P] + 2 * lt_uniform(2, 2, i));
    static const char *const trial[][2] = {
        {"poisson", ""}, {"poisson", "alpha=0"}, {"gamma", "alpha=0"}, {"gamma", "fit_intercept=no"}};
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
        cmocka_unit_test(test_poisson), cmocka_unit_test(test_gamma),   cmocka_unit_test(test_penalty),
        cmocka_unit_test(test_edges),   cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Linear models against certified and published numbers: NIST StRD (Longley), R 4.2's lm and glm, scikit-learn
 * 1.9's Ridge and LogisticRegression (solver newton-cg, tol 1e-13). Bundled datasets are read where a test names
 * them. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "linear_fit.h"

/* ---- linear ------------------------------------------------------------------------------------------------ */

/* NIST StRD, Longley.dat, certified values. */
static const double LONGLEY_X[16][6] = {
    {83.0, 234289, 2356, 1590, 107608, 1947},  {88.5, 259426, 2325, 1456, 108632, 1948},
    {88.2, 258054, 3682, 1616, 109773, 1949},  {89.5, 284599, 3351, 1650, 110929, 1950},
    {96.2, 328975, 2099, 3099, 112075, 1951},  {98.1, 346999, 1932, 3594, 113270, 1952},
    {99.0, 365385, 1870, 3547, 115094, 1953},  {100.0, 363112, 3578, 3350, 116219, 1954},
    {101.2, 397469, 2904, 3048, 117388, 1955}, {104.6, 419180, 2822, 2857, 118734, 1956},
    {108.4, 442769, 2936, 2798, 120445, 1957}, {110.8, 444546, 4681, 2637, 121950, 1958},
    {112.6, 482704, 3813, 2552, 123366, 1959}, {114.2, 502601, 3931, 2514, 125368, 1960},
    {115.7, 518173, 4806, 2572, 127852, 1961}, {116.9, 554894, 4007, 2827, 130081, 1962}};
static const double LONGLEY_Y[16] = {60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761,
                                     66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551};

static void test_longley(void **state)
{
    static const struct {
        const char *term;
        double estimate, std_error;
    } certified[] = {{"(Intercept)", -3482258.63459582, 890420.383607373},
                     {"x1", 15.0618722713733, 84.9149257747669},
                     {"x2", -0.358191792925910E-01, 0.334910077722432E-01},
                     {"x3", -2.02022980381683, 0.488399681651699},
                     {"x4", -1.03322686717359, 0.214274163161675},
                     {"x5", -0.511041056535807E-01, 0.226073200069370},
                     {"x6", 1829.15146461355, 455.478499142212}};
    struct mini_data *data = mini_data_new(mini_algo("linear", "linear"), 16, 6, &LONGLEY_X[0][0]);
    (void)state;
    mini_data_target(data, LONGLEY_Y);
    struct fit fit = fit_data("linear", "", data);
    assert_int_equal(fit.status, LT_DONE);
    for (size_t i = 0; i < 7; i++) {
        near(of(&fit, certified[i].term, "estimate"), certified[i].estimate, 1e-9, certified[i].term);
        near(of(&fit, certified[i].term, "std_error"), certified[i].std_error, 1e-9, certified[i].term);
    }
    near(summary(&fit, "sigma"), 304.854073561965, 1e-9, "sigma");
    near(summary(&fit, "r2"), 0.995479004577296, 1e-9, "r2");
    near(summary(&fit, "f_statistic"), 330.285339234588, 1e-9, "f_statistic");
    near(summary(&fit, "df_residual"), 9, 0, "df_residual");
    fit_free(&fit);
}

static struct fit mtcars(const char *id, const char *text, const char *columns, bool weights)
{
    struct mini_csv *csv = csv_or_skip("datasets/classics/mtcars.csv", "mpg", columns);
    struct mini_csv *carb = csv_or_skip("datasets/classics/mtcars.csv", "carb", "wt");
    struct mini_data *data = mini_csv_data(mini_algo("linear", id), csv, LT_REGRESS);
    if (weights)
        mini_data_weights(data, carb->y);
    struct fit fit = fit_data(id, text, data);
    mini_csv_free(csv);
    mini_csv_free(carb);
    return fit;
}

/* summary(lm(mpg ~ wt + hp + qsec + am, mtcars)), confint, logLik, AIC, BIC */
static void test_lm(void **state)
{
    static const struct {
        const char *term;
        double estimate, std_error, t, p, low, high;
    } r[] = {{"(Intercept)", 17.4401911020553690, 9.3188687677376265, 1.87149229554924, 0.07214934205450656,
              -1.6805482146637232, 36.5609304187744613},
             {"wt", -3.2380968198705045, 0.8898985817320356, -3.63872567767004, 0.00114140711901208,
              -5.0640178864408201, -1.4121757533001886},
             {"hp", -0.0176465425166296, 0.0141506031935528, -1.24705231821281, 0.22308793197538768,
              -0.0466811819757646, 0.0113880969425054},
             {"qsec", 0.8106025419653583, 0.4388702640304680, 1.84702088157215, 0.07573120244996638,
              -0.0898848585481160, 1.7110899424788326},
             {"am", 2.9255039413585786, 1.3971471010806089, 2.09391261599861, 0.04579078775504670,
              0.0587948833494196, 5.7922129993677380}};
    struct fit fit = mtcars("linear", "", "wt,hp,qsec,am", false);
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        near(of(&fit, r[i].term, "estimate"), r[i].estimate, 1e-11, r[i].term);
        near(of(&fit, r[i].term, "std_error"), r[i].std_error, 1e-11, r[i].term);
        near(of(&fit, r[i].term, "statistic"), r[i].t, 1e-10, r[i].term);
        near(of(&fit, r[i].term, "p"), r[i].p, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "ci_low"), r[i].low, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "ci_high"), r[i].high, 1e-9, r[i].term);
    }
    near(summary(&fit, "n"), 32, 0, "n");
    near(summary(&fit, "r2"), 0.857851019062361, 1e-11, "r2");
    near(summary(&fit, "adj_r2"), 0.836791910775303, 1e-11, "adj_r2");
    near(summary(&fit, "sigma"), 2.43482800511141, 1e-11, "sigma");
    near(summary(&fit, "f_statistic"), 40.7353914215624, 1e-11, "f_statistic");
    near(summary(&fit, "f_p"), 4.58939467333835e-11, 1e-8, "f_p");
    near(summary(&fit, "log_likelihood"), -71.1636843006602, 1e-11, "log_likelihood");
    near(summary(&fit, "aic"), 154.32736860132, 1e-11, "aic");
    near(summary(&fit, "bic"), 163.121784018119, 1e-11, "bic");
    fit_free(&fit);
}

/* lm(mpg ~ wt + hp, mtcars, weights = carb) and lm(mpg ~ 0 + wt + hp, mtcars) */
static void test_lm_weights_and_origin(void **state)
{
    struct fit fit = mtcars("linear", "", "wt,hp", true);
    (void)state;
    near(of(&fit, "(Intercept)", "estimate"), 35.0540559225938111, 1e-11, "intercept");
    near(of(&fit, "hp", "estimate"), -0.0265240444193519, 1e-11, "hp");
    near(of(&fit, "wt", "std_error"), 0.48441611144826957, 1e-11, "wt");
    near(of(&fit, "wt", "p"), 5.15952568132177e-08, 1e-9, "wt");
    near(summary(&fit, "r2"), 0.830600792986946, 1e-11, "r2");
    near(summary(&fit, "adj_r2"), 0.818918089055011, 1e-11, "adj_r2");
    near(summary(&fit, "log_likelihood"), -71.9796710651758, 1e-11, "log_likelihood");
    near(summary(&fit, "bic"), 157.82228574155, 1e-11, "bic");
    fit_free(&fit);
    fit = mtcars("linear", "fit_intercept=no", "wt,hp", false);
    near(of(&fit, "wt", "estimate"), 6.8404499708353015, 1e-11, "wt");
    near(of(&fit, "hp", "std_error"), 0.0393981150048478, 1e-11, "hp");
    near(summary(&fit, "r2"), 0.726425946595343, 1e-11, "r2");
    near(summary(&fit, "adj_r2"), 0.708187676368365, 1e-11, "adj_r2");
    near(summary(&fit, "f_statistic"), 39.8297611316697, 1e-11, "f_statistic");
    near(summary(&fit, "aic"), 250.025229625354, 1e-11, "aic");
    assert_true(isnan(of(&fit, "(Intercept)", "estimate")));
    fit_free(&fit);
}

/* A third column 2 wt - hp, before am: R gives it NA and the others what they get without it. */
static void test_aliased(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/classics/mtcars.csv", "mpg", "wt,hp,cyl,am");
    const struct lt_algo *algo = mini_algo("linear", "linear");
    (void)state;
    for (size_t i = 0; i < csv->n; i++)
        csv->x[i * 4 + 2] = 2 * csv->x[i * 4] - csv->x[i * 4 + 1];
    struct fit fit = fit_data("linear", "", mini_csv_data(algo, csv, LT_REGRESS));
    near(of(&fit, "(Intercept)", "estimate"), 34.0028751229140696, 1e-10, "intercept");
    near(of(&fit, "wt", "estimate"), -2.8785754138071877, 1e-10, "wt");
    near(of(&fit, "hp", "estimate"), -0.0374787259533821, 1e-10, "hp");
    near(of(&fit, "am", "estimate"), 2.0837101303232912, 1e-10, "am");
    assert_true(isnan(of(&fit, "cyl", "estimate")));
    near(summary(&fit, "sigma"), 2.5375119399427, 1e-10, "sigma");
    near(summary(&fit, "df_residual"), 28, 0, "df_residual");
    assert_true(mini_noted(fit.host, "cyl"));
    double *predicted = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
    const double *row = csv->x;
    near(predicted[0],
         34.0028751229140696 - 2.8785754138071877 * row[0] - 0.0374787259533821 * row[1] +
             2.0837101303232912 * row[3],
         1e-10, "prediction");
    free(predicted);
    fit_free(&fit);
    mini_csv_free(csv);
}

/* A column of numbers that lt_random draws, with a known answer added. */
static double *random_rows(size_t n, size_t p, uint64_t seed)
{
    double *x = malloc((n * p + 1) * sizeof *x);
    for (size_t i = 0; i < n * p; i++)
        x[i] = lt_uniform(seed, 1, i) + lt_uniform(seed, 2, i) + lt_uniform(seed, 3, i) - 1.5;
    return x;
}

/* Many rows take the way through blocks: it must find the coefficients that the target was made with. */
static void test_many_rows(void **state)
{
    enum { N = 20011, P = 5 };
    const struct lt_algo *algo = mini_algo("linear", "linear");
    double *x = random_rows(N, P, 5), *y = malloc(N * sizeof *y);
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i * P + 3] = 1000 + x[i * P + 3];
        x[i * P + 4] = x[i * P] - x[i * P + 1]; /* aliased */
        y[i] = 7 + 3 * x[i * P] - 2 * x[i * P + 1] + 0.5 * x[i * P + 2] - 0.01 * x[i * P + 3];
    }
    struct mini_data *data = mini_data_new(algo, N, P, x);
    mini_data_target(data, y);
    struct fit fit = fit_data("linear", "", data);
    near(of(&fit, "(Intercept)", "estimate"), 7, 1e-9, "intercept");
    near(of(&fit, "x1", "estimate"), 3, 1e-11, "x1");
    near(of(&fit, "x2", "estimate"), -2, 1e-11, "x2");
    near(of(&fit, "x4", "estimate"), -0.01, 1e-9, "x4");
    assert_true(isnan(of(&fit, "x5", "estimate")));
    near(summary(&fit, "r2"), 1, 1e-12, "r2");
    fit_free(&fit);
    free(x);
    free(y);
}

/* Each row twice, or once with a weight of 2, is the same problem; the first has so many rows that products take the
 * place of QR, unless `apart`, how far a column is from being another one, is too small for that. */
static void check_twice(double apart, double tolerance)
{
    enum { N = 15000, P = 4 };
    const struct lt_algo *algo = mini_algo("linear", "linear");
    double *x = random_rows(2 * N, P, 11), *y = malloc(2 * N * sizeof *y), *weight = malloc(N * sizeof *weight);
    for (size_t i = 0; i < N; i++) {
        double *row = x + i * P;
        row[1] = 0.9 * row[0] + 0.4 * row[1];
        row[2] = 1000 + 20 * row[2];
        row[3] = row[0] + apart * row[3];
        weight[i] = 2;
        y[i] = 3 + row[0] - 2 * row[1] + 0.05 * row[2] + row[3] + lt_uniform(12, 1, i);
    }
    memcpy(x + N * P, x, N * P * sizeof *x);
    memcpy(y + N, y, N * sizeof *y);
    struct mini_data *once = mini_data_new(algo, N, P, x), *twice = mini_data_new(algo, 2 * N, P, x);
    mini_data_target(once, y);
    mini_data_target(twice, y);
    mini_data_weights(once, weight);
    struct fit a = fit_data("linear", "", once), b = fit_data("linear", "", twice);
    static const char *const term[] = {"(Intercept)", "x1", "x2", "x3", "x4"};
    double df = sqrt((2.0 * N - P - 1) / (N - P - 1.0)); /* there are as many errors as rows */
    for (size_t j = 0; j <= P; j++) {
        near(of(&b, term[j], "estimate"), of(&a, term[j], "estimate"), tolerance, term[j]);
        near(of(&b, term[j], "std_error") * df, of(&a, term[j], "std_error"), tolerance, term[j]);
    }
    near(summary(&b, "r2"), summary(&a, "r2"), 1e-10, "r2");
    fit_free(&a);
    fit_free(&b);
    free(weight);
    free(x);
    free(y);
}

static void test_twice(void **state)
{
    (void)state;
    check_twice(1, 1e-10);
    check_twice(1e-2, 1e-8);
    check_twice(1e-5, 1e-8);
}

static void test_few_rows(void **state)
{
    static const double x[] = {1, 2, 5, 3, 1, 4}, y[] = {1, 4, 2};
    const struct lt_algo *algo = mini_algo("linear", "linear");
    struct mini_data *data = mini_data_new(algo, 3, 2, x);
    (void)state;
    mini_data_target(data, y);
    struct fit fit = fit_data("linear", "", data); /* no rows left for errors */
    assert_int_equal(fit.status, LT_DONE);
    near(summary(&fit, "df_residual"), 0, 0, "df_residual");
    near(summary(&fit, "r2"), 1, 1e-12, "r2");
    assert_true(isnan(of(&fit, "x1", "std_error")));
    assert_true(isnan(of(&fit, "x1", "p")));
    assert_false(isnan(of(&fit, "x1", "estimate")));
    fit_free(&fit);
    data = mini_data_new(algo, 1, 2, x); /* one row: its value for all */
    mini_data_target(data, y);
    fit = fit_data("linear", "", data);
    assert_int_equal(fit.status, LT_DONE);
    near(of(&fit, "(Intercept)", "estimate"), 1, 1e-15, "intercept");
    assert_true(isnan(of(&fit, "x1", "estimate")));
    fit_free(&fit);
}

/* ---- ridge ------------------------------------------------------------------------------------------------- */

static void test_ridge(void **state)
{
    static const struct {
        const char *text;
        bool weights;
        double value[5];
    } sk[] = {
        {"alpha=1",
         false,
         {20.613540481448492, -3.124162849100982, -0.02227657283627696, 0.6604538746307209, 2.4805320072072363}},
        {"lambda=25",
         false,
         {35.841946368172714, -1.3363207661771435, -0.057681827758153774, -0.1855540526693798,
          0.7903203044122699}},
        {"alpha=1 fit_intercept=no",
         false,
         {0, -3.2134281780730154, 8.337097152496261e-05, 1.6148707483309872, 3.802640726425765}},
        {"alpha=2",
         true,
         {17.07674867709843, -3.1314749961750965, -0.015706331149218523, 0.8028749456648185, 2.1715652993816588}},
    };
    static const char *const terms[] = {"(Intercept)", "wt", "hp", "qsec", "am"};
    (void)state;
    for (size_t i = 0; i < sizeof sk / sizeof sk[0]; i++) {
        struct fit fit = mtcars("ridge", sk[i].text, "wt,hp,qsec,am", sk[i].weights);
        for (size_t j = strstr(sk[i].text, "=no") ? 1 : 0; j < 5; j++)
            near(of(&fit, terms[j], "estimate"), sk[i].value[j], 1e-8, terms[j]);
        fit_free(&fit);
    }
}

/* More columns than rows: Ridge(alpha=0.5) on the first three cars. */
static void test_ridge_wide(void **state)
{
    static const double x[] = {2.62, 110, 16.46, 1, 2.875, 110, 17.02, 1, 2.32, 93, 18.61, 1},
                        y[] = {21, 21, 22.8};
    struct mini_data *data = mini_data_new(mini_algo("linear", "ridge"), 3, 4, x);
    (void)state;
    mini_data_target(data, y);
    struct fit fit = fit_data("ridge", "alpha=0.5", data);
    near(of(&fit, "(Intercept)", "estimate"), 32.35470845393473, 1e-8, "intercept");
    near(of(&fit, "x1", "estimate"), -0.0036949900143235658, 1e-8, "x1");
    near(of(&fit, "x2", "estimate"), -0.10451133881782095, 1e-8, "x2");
    near(of(&fit, "x3", "estimate"), 0.009153389040808285, 1e-8, "x3");
    near(of(&fit, "x4", "estimate"), 0, 1e-12, "x4");
    fit_free(&fit);
    data = mini_data_new(mini_algo("linear", "ridge"), 3, 4, x);
    mini_data_target(data, y);
    fit = fit_data("ridge", "alpha=0", data);
    assert_int_equal(fit.status, LT_NUMERIC);
    assert_non_null(strstr(fit.host->error, "alpha"));
    fit_free(&fit);
}

/* ---- logistic ---------------------------------------------------------------------------------------------- */

/* summary(glm(low ~ …, binomial, MASS::birthwt, control = glm.control(epsilon = 1e-14))) */
static void test_glm_birthwt(void **state)
{
    static const struct {
        const char *term;
        double estimate, std_error, z, p;
    } r[] = {{"(Intercept)", -0.0789746006776019, 1.2762594814473456, -0.0618797367037309, 0.9506586043363776},
             {"age", -0.0358454042482891, 0.0364717691976454, -0.9828260333091630, 0.3256930667560474},
             {"lwt", -0.0123866238681890, 0.0066144855965633, -1.8726511211430792, 0.0611165771169964},
             {"race", 0.4534239556447713, 0.2152952640690332, 2.1060563389791218, 0.0351994587991882},
             {"smoke", 0.9372754302429164, 0.3984606272730083, 2.3522410147709145, 0.0186606794620646},
             {"ptl", 0.5420869848652360, 0.3461685915259679, 1.5659623609283202, 0.1173574290525331},
             {"ht", 1.8307198800649982, 0.6941376038379792, 2.6374019645999645, 0.0083543769852402},
             {"ui", 0.7219648875901881, 0.4631753785364331, 1.5587289848426145, 0.1190605385053312},
             {"ftv", 0.0634606000118584, 0.1697653618513743, 0.3738135937731318, 0.7085430051524193}};
    struct mini_csv *csv = csv_or_skip("datasets/classics/birthwt.csv", "low", "age,lwt,race,smoke,ptl,ht,ui,ftv");
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    (void)state;
    struct fit fit = fit_data("logistic", "penalty=none", mini_csv_data(algo, csv, LT_CLASSIFY));
    assert_int_equal(fit.status, LT_DONE);
    for (size_t i = 0; i < sizeof r / sizeof r[0]; i++) {
        near(of(&fit, r[i].term, "estimate"), r[i].estimate, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "std_error"), r[i].std_error, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "statistic"), r[i].z, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "p"), r[i].p, 1e-8, r[i].term);
        near(of(&fit, r[i].term, "ci_high") - of(&fit, r[i].term, "ci_low"),
             2 * 1.959963984540054 * r[i].std_error, 1e-9, r[i].term);
    }
    near(summary(&fit, "deviance"), 204.19282343203, 1e-11, "deviance");
    near(summary(&fit, "null_deviance"), 234.671996193219, 1e-11, "null_deviance");
    near(summary(&fit, "aic"), 222.19282343203, 1e-11, "aic");
    near(summary(&fit, "bic"), 251.368546567567, 1e-11, "bic");
    fit_free(&fit);
    mini_csv_free(csv);
}

/* glm(survived ~ pclass + sex + age + sibsp + fare, binomial, titanic), rows without age left out; started again
 * at its own answer, because R takes standard errors from the iteration before the last */
static void test_glm_titanic(void **state)
{
    static const struct {
        const char *term;
        double estimate, std_error, p;
    } r[] = {{"(Intercept)", 5.389857664674259752, 0.602887028798799407, 3.888922609428908e-19},
             {"pclass", -1.254155278744320423, 0.161315337317503554, 7.571191655345207e-15},
             {"sexmale", -2.613101035777774417, 0.214887476214701251, 5.055862969549757e-34},
             {"age", -0.043923316892503873, 0.008175885236623015, 7.773817635445275e-08},
             {"sibsp", -0.392416329038901501, 0.123149449754762969, 1.440030324439670e-03},
             {"fare", 0.001870446980121681, 0.002387171123286551, 4.333093564320644e-01}};
    struct mini_csv *csv = csv_or_skip("datasets/titanic.csv", "survived", "pclass,sex,age,sibsp,fare");
    (void)state;
    struct fit fit =
        fit_data("logistic", "penalty=none", mini_csv_data(mini_algo("linear", "logistic"), csv, LT_CLASSIFY));
    assert_int_equal(fit.data->data.n, 714);
    for (size_t i = 0; i < sizeof r / sizeof r[0]; i++) {
        near(of(&fit, r[i].term, "estimate"), r[i].estimate, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "std_error"), r[i].std_error, 1e-9, r[i].term);
        near(of(&fit, r[i].term, "p"), r[i].p, 1e-8, r[i].term);
    }
    near(summary(&fit, "deviance"), 636.065069442986, 1e-11, "deviance");
    fit_free(&fit);
    mini_csv_free(csv);
}

/* LogisticRegression(C=0.5, solver="newton-cg", tol=1e-13) on MASS::Pima.tr, plain and weighted 1, 2, 3, 1, … */
static void test_l2_two_classes(void **state)
{
    static const char *const terms[] = {"(Intercept)", "npreg", "glu", "bp", "skin", "bmi", "ped", "age"};
    static const double plain[] = {-9.331157103111652,    0.09398987129113981,    0.031323692905469144,
                                   -0.004371264566456068, -0.0013215286406524779, 0.0868422914108578,
                                   0.9863660470233403,    0.039360656693555617};
    static const double weighted[] = {-8.28028933538161,     0.09408904597604612,   0.02675106013800703,
                                      -0.010421634403997512, 0.0063358651069166565, 0.0785017604452585,
                                      0.9435697611563331,    0.04053648615059752};
    struct mini_csv *csv =
        csv_or_skip("datasets/classics/pima_train.csv", "type", "npreg,glu,bp,skin,bmi,ped,age");
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    double weight[200];
    (void)state;
    assert_int_equal(csv->n, 200);
    for (size_t i = 0; i < 200; i++)
        weight[i] = 1 + (double)(i % 3);
    for (int turn = 0; turn < 2; turn++) {
        struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
        if (turn)
            mini_data_weights(data, weight);
        struct fit fit = fit_data("logistic", "C=0.5", data);
        for (size_t j = 0; j < 8; j++)
            near(of(&fit, terms[j], "estimate"), (turn ? weighted : plain)[j], 1e-6, terms[j]);
        assert_true(isnan(of(&fit, "glu", "std_error")));
        assert_true(mini_metric(fit.host, "loss", 1) > mini_metric(fit.host, "loss", 3));
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

static const char WINE[] = "alcohol,malic_acid,ash,flavanoids,color_intensity";

/* LogisticRegression(C, solver="newton-cg", tol=1e-12): the multinomial, symmetric in the classes. */
static const double WINE_1[3][6] = {{-23.85964798112097, 1.5323584721652126, -0.030794489495191913,
                                     0.5497383031880959, 1.2899650832045182, 0.11554830021688264},
                                    {26.442542587314936, -1.5383535395483814, -0.34240970249250996,
                                     -0.9164405799435399, 0.6499609393637376, -0.9374535321168502},
                                    {-2.582894606192875, 0.005995067383177847, 0.37320419198770843,
                                     0.3667022767554427, -1.9399260225682438, 0.8219052318999575}};
static const double WINE_01[3][6] = {{-12.149795462934497, 0.7752889973180014, -0.08917961701605366,
                                      0.16400882102038358, 0.741932505576021, 0.1427419779470006},
                                     {13.606613657892622, -0.7072397241864111, -0.2784717096810559,
                                      -0.22769754338740253, 0.1994583027301708, -0.7265895955517209},
                                     {-1.4568181949580505, -0.06804927313174469, 0.36765132669710027,
                                      0.06368872236703607, -0.9413908083061593, 0.583847617604775}};

static void compare_wine(const struct fit *fit, const double expected[3][6], double relative)
{
    const struct mini_table *table = mini_table(fit->host, "coefficients");
    assert_int_equal(table->n_rows, 18);
    for (size_t i = 0; i < 18; i++)
        near(table->cell[3 * i + 2].r, expected[i / 6][i % 6], relative, table->cell[3 * i + 1].text);
}

static void test_l2_many_classes(void **state)
{
    static const double first[] = {0.9932211502317516, 0.0045443844115204786, 0.0022344653567279286};
    struct mini_csv *csv = csv_or_skip("datasets/wine.csv", "cultivar", WINE);
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    (void)state;
    struct fit fit = fit_data("logistic", "", mini_csv_data(algo, csv, LT_CLASSIFY));
    compare_wine(&fit, WINE_1, 1e-6);
    double *proba = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
    for (size_t k = 0; k < 3; k++)
        near(proba[k], first[k], 1e-6, "probability");
    free(proba);
    fit_free(&fit);
    fit = fit_data("logistic", "c=0.1", mini_csv_data(algo, csv, LT_CLASSIFY));
    compare_wine(&fit, WINE_01, 1e-6);
    fit_free(&fit);
    mini_csv_free(csv);
}

/* The likelihood's maximum for race ~ age + lwt + smoke in MASS::birthwt, by Newton's method in long double (numpy)
 * from the textbook's formulas with class 1 as the reference, then shifted so that the classes sum to 0. */
static void test_many_classes_without_penalty(void **state)
{
    static const double expected[3][4] = {
        {-1.52910388981273, 0.06774730540191064, 0.002088022208852086, 0.8847018746325195},
        {-1.503490739658025, -0.06756469645819219, 0.01709624910576382, 0.1822249425366605},
        {3.032594629470755, -0.000182608943718456, -0.01918427131461591, -1.06692681716918}};
    struct mini_csv *csv = csv_or_skip("datasets/classics/birthwt.csv", "race", "age,lwt,smoke");
    (void)state;
    struct fit fit =
        fit_data("logistic", "penalty=none", mini_csv_data(mini_algo("linear", "logistic"), csv, LT_CLASSIFY));
    const struct mini_table *table = mini_table(fit.host, "coefficients");
    assert_int_equal(table->n_rows, 12);
    for (size_t i = 0; i < 12; i++)
        near(table->cell[3 * i + 2].r, expected[i / 4][i % 4], 1e-8, table->cell[3 * i + 1].text);
    fit_free(&fit);
    mini_csv_free(csv);
}

/* The largest component of the objective's gradient at the coefficients shown, against that where all are 0. */
static double gradient_ratio(const struct fit *fit, double c)
{
    const struct lt_data *d = &fit->data->data;
    size_t p = d->p, k = d->n_classes;
    const struct mini_table *table = mini_table(fit->host, "coefficients");
    double *proba = mini_predict(fit->host, fit->algo, fit->model, fit->data, d);
    double worst = 0, start = 0;
    for (size_t j = 0; j <= p; j++)
        for (size_t class = 0; class < k; class ++) {
            double g = 0, zero = 0;
            for (size_t i = 0; i < d->n; i++) {
                double x = j ? fit->data->x[i * p + j - 1] : 1, y = d->label[i] == (int32_t) class;
                g += c * (proba[i * k + class] - y) * x;
                zero += c * (1.0 / (double)k - y) * x;
            }
            if (j && k == 2 && class == 1)
                g += table->cell[j * table->n_columns + 1].r;
            else if (j && k == 2)
                continue;
            else if (j)
                g += table->cell[(class * (p + 1) + j) * table->n_columns + 2].r;
            worst = fabs(g) > worst ? fabs(g) : worst;
            start = fabs(zero) > start ? fabs(zero) : start;
        }
    free(proba);
    return worst / start;
}

/* Two ways to the optimum: for a table large enough to start from a sample, and for more than 1000 unknowns. */
static void test_gradient_vanishes(void **state)
{
    enum { N = 40000, P = 6 };
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    double *x = random_rows(N, P, 9);
    int32_t *label = malloc(N * sizeof *label);
    (void)state;
    for (uint32_t k = 2; k <= 4; k++) {
        for (size_t i = 0; i < N; i++) {
            double eta = 2 * x[i * P] - x[i * P + 1] + 0.3;
            label[i] = (int32_t)(lt_uniform(7, 1, i) < 1 / (1 + exp(-eta))) +
                       (k > 2 ? (int32_t)lt_below(7, 2, i, k - 1) : 0);
        }
        struct mini_data *data = mini_data_new(algo, N, P, x);
        mini_data_classes(data, label, k);
        struct fit fit = fit_data("logistic", "C=0.01", data);
        assert_int_equal(fit.status, LT_DONE);
        assert_true(gradient_ratio(&fit, 0.01) < 1e-8);
        assert_true(mini_table(fit.host, "summary") && summary(&fit, "iterations") <= 4);
        fit_free(&fit);
    }
    free(x);
    x = random_rows(300, 400, 3);
    for (size_t i = 0; i < 300; i++)
        label[i] = (int32_t)(i % 4);
    struct mini_data *data = mini_data_new(algo, 300, 400, x);
    mini_data_classes(data, label, 4);
    struct fit fit = fit_data("logistic", "C=0.3 tol=1e-11 max_iter=500", data);
    assert_int_equal(fit.status, LT_DONE);
    assert_true(gradient_ratio(&fit, 0.3) < 1e-8);
    fit_free(&fit);
    free(x);
    free(label);
}

static void test_separation(void **state)
{
    static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const int32_t perfect[] = {0, 0, 0, 0, 1, 1, 1, 1}, quasi[] = {0, 0, 0, 1, 1, 1, 1, 1};
    static const double tied[] = {1, 2, 3, 3, 3, 4, 5, 6};
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    (void)state;
    struct mini_data *data = mini_data_new(algo, 8, 1, x);
    mini_data_classes(data, perfect, 2);
    struct fit fit = fit_data("logistic", "penalty=none", data);
    assert_int_equal(fit.status, LT_DONE);
    assert_true(mini_noted(fit.host, "separate"));
    assert_true(summary(&fit, "iterations") < 40);
    fit_free(&fit);
    data = mini_data_new(algo, 8, 1, tied);
    mini_data_classes(data, quasi, 2);
    fit = fit_data("logistic", "penalty=none", data);
    assert_true(mini_noted(fit.host, "separate"));
    fit_free(&fit);
    data = mini_data_new(algo, 8, 1, x);
    mini_data_classes(data, perfect, 2);
    fit = fit_data("logistic", "", data);
    assert_int_equal(fit.host->n_notes, 0);
    fit_free(&fit);
}

static void refused(const char *id, size_t n, size_t p, const double *x, const double *y, const int32_t *label,
                    const char *part)
{
    struct mini_data *data = mini_data_new(mini_algo("linear", id), n, p, x);
    if (label)
        mini_data_classes(data, label, 2);
    else
        mini_data_target(data, y);
    struct fit fit = fit_data(id, "", data);
    assert_int_equal(fit.status, LT_INVALID);
    if (!strstr(fit.host->error, part))
        fail_msg("%s says: %s", id, fit.host->error);
    fit_free(&fit);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4}, y[] = {1, 2, 3, INFINITY};
    static const int32_t one[] = {1, 1, 1, 1}, two[] = {0, 1, 1, 0};
    static const double flat[] = {5, 5, 5, 5};
    (void)state;
    refused("linear", 0, 1, x, x, NULL, "0 rows");
    refused("ridge", 0, 1, x, x, NULL, "0 rows");
    refused("ridge", 4, 0, x, x, NULL, "no columns");
    refused("logistic", 1, 1, x, NULL, two, "row");
    refused("logistic", 4, 1, x, NULL, one, "'c1'");
    refused("logistic", 4, 1, bad, NULL, two, "'x1' of row 2");
    refused("linear", 4, 1, bad, x, NULL, "'x1' of row 2");
    refused("linear", 4, 1, x, y, NULL, "row 4");
    struct mini_data *data = mini_data_new(mini_algo("linear", "logistic"), 4, 1, flat);
    mini_data_classes(data, two, 2);
    struct fit fit = fit_data("logistic", "", data); /* a constant column says nothing */
    assert_int_equal(fit.status, LT_DONE);
    near(of(&fit, "x1", "estimate"), 0, 0, "x1");
    fit_free(&fit);
}

static void test_absent_class(void **state)
{
    static const double x[] = {1, 2, 3, 4, 2.5, 1.5};
    static const int32_t label[] = {0, 2, 2, 0, 0, 2};
    const struct lt_algo *algo = mini_algo("linear", "logistic");
    struct mini_data *data = mini_data_new(algo, 6, 1, x);
    (void)state;
    mini_data_classes(data, label, 3);
    mini_conform(algo, "", data);
    struct fit fit = fit_data("logistic", "", data);
    double *proba = mini_predict(fit.host, algo, fit.model, fit.data, &fit.data->data);
    near(proba[1], 0, 0, "the absent class");
    near(proba[0] + proba[2], 1, 1e-15, "the others");
    free(proba);
    fit_free(&fit);
}

static void test_conform(void **state)
{
    enum { N = 5000, P = 4 };
    double *x = random_rows(N, P, 2), y[N];
    int32_t two[N], three[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        y[i] = x[i * P] - 2 * x[i * P + 2] + lt_uniform(1, 1, i);
        two[i] = x[i * P] + lt_uniform(1, 2, i) > 0.5;
        three[i] = two[i] + (lt_uniform(1, 3, i) > 0.5);
    }
    static const struct {
        const char *id, *text;
        int classes;
    } trial[] = {{"linear", "", 0},
                 {"ridge", "", 0},
                 {"logistic", "", 2},
                 {"logistic", "penalty=none", 2},
                 {"logistic", "C=0.1", 3},
                 {"logistic", "fit_intercept=no", 3},
                 {"linear", "fit_intercept=no", 0}};
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
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longley),
        cmocka_unit_test(test_lm),
        cmocka_unit_test(test_lm_weights_and_origin),
        cmocka_unit_test(test_aliased),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_ridge),
        cmocka_unit_test(test_ridge_wide),
        cmocka_unit_test(test_glm_birthwt),
        cmocka_unit_test(test_glm_titanic),
        cmocka_unit_test(test_l2_two_classes),
        cmocka_unit_test(test_l2_many_classes),
        cmocka_unit_test(test_many_classes_without_penalty),
        cmocka_unit_test(test_gradient_vanishes),
        cmocka_unit_test(test_separation),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_absent_class),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The discriminant projection against scikit-learn 1.9.1, LinearDiscriminantAnalysis(...).transform, whose signs are
 * turned so that the largest weight of each discriminant is positive; its solver=eigen leaves the centre in, which
 * is taken out (less xbar_ @ scalings_). */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "dataset.h"
#include "linear_fit.h"

struct reference {
    const char *text;
    size_t width;
    double share[2];
    double point[3][2]; /* of the first row, row 70 and the last */
    double weight[2];   /* of the first column */
};

static struct fit project(const char *text, const struct mini_csv *csv)
{
    struct mini_data *data = mini_csv_data(mini_algo("linear", "ldaproj"), csv, LT_CLASSIFY);
    data->data.task = LT_TRANSFORM;
    return fit_data("ldaproj", text, data);
}

static void check(const char *path, const char *target, const struct reference *refs, size_t n)
{
    struct mini_csv *csv = dataset_load(path, target);
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < n; t++) {
        const struct reference *r = &refs[t];
        struct fit fit = project(r->text, csv);
        if (fit.status != LT_DONE)
            fail_msg("%s: %s", r->text, fit.host->error);
        assert_int_equal(fit.algo->width(fit.model), r->width);
        double *rows = mini_predict(fit.host, fit.algo, fit.model, fit.data, &fit.data->data);
        const size_t at[] = {0, 70, csv->n - 1};
        for (size_t a = 0; a < r->width; a++) {
            const char *column = a ? "ld2" : "ld1";
            for (size_t i = 0; i < 3; i++)
                near(rows[at[i] * r->width + a], r->point[i][a], 1e-6, r->text);
            near(mini_table(fit.host, "explained")->cell[4 * a + 2].r, r->share[a], 1e-9, "a share");
            near(mini_cell(fit.host, "scalings", csv->name[0], column), r->weight[a], 1e-8, "a weight");
            assert_int_equal(mini_table(fit.host, "explained")->cell[4 * a].i, a + 1);
        }
        free(rows);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

static void test_iris(void **state)
{
    static const struct reference sk[] = {{"",
                                           2,
                                           {0.9912126049653671, 0.008787395034632777},
                                           {{-8.143647564470609, 0.30347065512173094},
                                            {3.7536219477327846, 1.0551188999474657},
                                            {4.730700188998697, 0.3354047988719603}},
                                           {-0.8377979357297177, 0.024346847017233924}},
                                          {"n_components=1",
                                           1,
                                           {0.9912126049653671},
                                           {{-8.143647564470609}, {3.7536219477327846}, {4.730700188998697}},
                                           {-0.8377979357297177}},
                                          {"solver=eigen",
                                           2,
                                           {0.9912126049653676, 0.008787395034632751},
                                           {{-8.143647564470616, 0.30347065512172566},
                                            {3.753621947732788, 1.0551188999474919},
                                            {4.730700188998701, 0.33540479887199215}},
                                           {-0.8377979357297213, 0.02434684701717569}},
                                          {"solver=eigen shrinkage=auto",
                                           2,
                                           {0.9787571100254726, 0.017512545062608346},
                                           {{-7.853986283216785, 0.1943381544781162},
                                            {3.5738721813967134, 0.6613427697020571},
                                            {4.472921480523741, -0.09634270460253624}},
                                           {-0.5696458918361971, 0.6787064888598667}},
                                          {"solver=eigen shrinkage=0.3",
                                           2,
                                           {0.6779102416622831, 0.16294693158278556},
                                           {{-7.103182961125863, 0.22536614526792154},
                                            {3.1681299854811886, -0.3048114945589798},
                                            {4.0740398016446315, -0.6937580406368159}},
                                           {-0.5557315928415214, 1.2493972729860474}},
                                          {"priors=0.5,0.3,0.2",
                                           2,
                                           {0.9931660962259973, 0.0068339037740027045},
                                           {{-6.027592853778766, 0.19107284579139977},
                                            {5.852228180899601, 1.1809461275640554},
                                            {6.843530605914746, 0.4809534283154813}},
                                           {-0.8381175703509361, 0.007555682742144981}}};
    (void)state;
    check("datasets/iris.csv", "species", sk, sizeof sk / sizeof sk[0]);
}

static void test_wine(void **state)
{
    static const struct reference sk[] = {{"",
                                           2,
                                           {0.6874788878860785, 0.31252111211392153},
                                           {{4.740360616560036, 1.9960303035510414},
                                            {-1.1899502671363873, -0.9080271962831018},
                                            {-5.585353693026168, 3.068021068448093}},
                                           {0.4068427998105439, 0.8792338284886582}},
                                          {"solver=eigen",
                                           2,
                                           {0.6874788878860777, 0.3125211121139214},
                                           {{4.740360616560029, 1.9960303035510485},
                                            {-1.1899502671363873, -0.9080271962831077},
                                            {-5.5853536930261765, 3.0680210684480755}},
                                           {0.4068427998105413, 0.8792338284886586}},
                                          {"solver=eigen shrinkage=auto",
                                           2,
                                           {0.6945871165339708, 0.3426043563995645},
                                           {{4.263567450041098, -2.0999397244225158},
                                            {-1.6146774558793755, 0.7866703959995842},
                                            {-5.189565332407042, -2.908927415086609}},
                                           {0.25047075520126905, -0.9789273034836038}},
                                          {"solver=eigen shrinkage=0.3",
                                           2,
                                           {0.08056958522796845, 0.0778703631968799},
                                           {{-1.8045348350045427, 0.042570769285093235},
                                            {-0.5948578696670226, -0.021071103124334023},
                                            {1.0757974099750145, 0.1369145081780524}},
                                           {-0.008024247656551926, 0.016400064611630728}},
                                          {"priors=0.5,0.3,0.2",
                                           2,
                                           {0.7293482329120536, 0.27065176708794647},
                                           {{4.09751594635427, 0.7775652328953471},
                                            {-2.290089033155792, -0.8959459757224746},
                                            {-5.812072863391959, 3.8710405964581676}},
                                           {0.5727358013434185, 0.7813750000966337}}};
    (void)state;
    check("datasets/wine.csv", "cultivar", sk, sizeof sk / sizeof sk[0]);
}

/* A weight of 2 is the row twice. */
static void test_weights(void **state)
{
    enum { N = 30, P = 3 };
    double x[2 * N * P], weight[N];
    int32_t label[2 * N];
    size_t n = N;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        label[i] = (int32_t)(i % 3);
        weight[i] = 1 + (i % 4 == 0);
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = 4 * lt_uniform(5, j, i) + (double)(label[i] * (int32_t)(j + 1));
    }
    for (size_t i = 0; i < N; i += 4) {
        memcpy(x + n * P, x + i * P, P * sizeof *x);
        label[n++] = label[i];
    }
    const struct lt_algo *algo = mini_algo("linear", "ldaproj");
    struct mini_data *few = mini_data_new(algo, N, P, x), *many = mini_data_new(algo, n, P, x);
    mini_data_classes(few, label, 3);
    mini_data_classes(many, label, 3);
    mini_data_weights(few, weight);
    few->data.task = many->data.task = LT_TRANSFORM;
    struct fit a = fit_data("ldaproj", "", few), b = fit_data("ldaproj", "", many);
    for (size_t j = 0; j < P; j++) {
        const char *term = mini_table(a.host, "scalings")->cell[j * 3].text;
        near(mini_cell(a.host, "scalings", term, "ld1"), mini_cell(b.host, "scalings", term, "ld1"), 1e-9, "ld1");
        near(mini_cell(a.host, "scalings", term, "ld2"), mini_cell(b.host, "scalings", term, "ld2"), 1e-9, "ld2");
    }
    fit_free(&a);
    fit_free(&b);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"n_components=3", "n_components=3, but 3 classes of 4 columns have only 2; use 2 or less"},
               {"shrinkage=0.5", "solver=svd can't shrink"},
               {"solver=eigen shrinkage=2", "not none, auto or a number from 0 to 1"},
               {"priors=0.5,0.5", "priors has 2 numbers, but there are 3 classes"}};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < sizeof bad / sizeof bad[0]; t++) {
        struct fit fit = project(bad[t].text, csv);
        assert_int_equal(fit.status, LT_INVALID);
        if (!strstr(fit.host->error, bad[t].says))
            fail_msg("%s: %s", bad[t].text, fit.host->error);
        fit_free(&fit);
    }
    mini_csv_free(csv);
}

static void test_no_spread(void **state)
{
    static const double x[] = {1, 1, 2, 2}, same[] = {1, 2, 1, 2};
    static const int32_t label[] = {0, 0, 1, 1};
    const struct lt_algo *algo = mini_algo("linear", "ldaproj");
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct mini_data *data = mini_data_new(algo, 4, 1, k ? same : x);
        mini_data_classes(data, label, 2);
        data->data.task = LT_TRANSFORM;
        struct fit fit = fit_data("ldaproj", "", data);
        assert_int_equal(fit.status, LT_INVALID);
        assert_non_null(strstr(fit.host->error, k ? "the means of the classes are the same" : "no column varies"));
        fit_free(&fit);
    }
}

static void test_no_labels(void **state)
{
    static const double x[] = {1, 2, 3, 4};
    const struct lt_algo *algo = mini_algo("linear", "ldaproj");
    (void)state;
    struct mini_data *data = mini_data_new(algo, 4, 1, x);
    data->data.task = LT_TRANSFORM;
    struct fit fit = fit_data("ldaproj", "", data);
    assert_int_equal(fit.status, LT_INVALID);
    assert_non_null(strstr(fit.host->error, "there are no classes to learn"));
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
    const struct lt_algo *algo = mini_algo("linear", "ldaproj");
    struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
    data->data.task = LT_TRANSFORM;
    mini_conform(algo, "", data);
    mini_conform(algo, "solver=eigen shrinkage=auto n_components=1", data);
    mini_data_free(data);
    mini_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iris),     cmocka_unit_test(test_wine),      cmocka_unit_test(test_weights),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_no_spread), cmocka_unit_test(test_no_labels),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

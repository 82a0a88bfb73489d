/* Support vector machines against scikit-learn 1.9.1 (LIBSVM and LIBLINEAR inside) on the bundled tables: support
 * vectors, constants and decision values at tol 1e-8, and the duality gap. Columns are scaled where the table says
 * so, by the standard deviation with n - 1. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"
#include "plugins/svm/kernel.h"
#include "plugins/svm/platt.h"

struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_params *params;
    struct mini_data *data;
    void *model;
    int status;
};

static struct fit fit_data(const char *id, const char *text, struct mini_data *data)
{
    struct fit fit = {.algo = mini_algo("svm", id), .host = mini_host_new(2, 1), .data = data};
    fit.params = mini_params_new(fit.algo, text);
    fit.status = mini_train(fit.host, fit.algo, fit.params, data, 1, &fit.model);
    if (fit.model) {
        assert_int_equal(fit.algo->describe(&fit.host->ctx, fit.model), LT_OK);
        assert_int_equal(fit.algo->save(&fit.host->ctx, fit.model), LT_OK);
    }
    return fit;
}

static void fit_free(struct fit *fit)
{
    if (fit->model)
        fit->algo->free(fit->model);
    mini_data_free(fit->data);
    mini_params_free(fit->params);
    mini_host_free(fit->host);
}

static const struct mini_item *saved(const struct fit *fit, const char *name)
{
    for (size_t i = 0; i < fit->host->n_items; i++)
        if (!strcmp(fit->host->item[i].name, name))
            return &fit->host->item[i];
    fail_msg("the model has no %s", name);
    return NULL;
}

static struct mini_csv *csv_or_skip(const char *path, const char *target, int scaled)
{
    struct mini_csv *csv = dataset_load(path, target);
    if (!csv)
        skip();
    else if (scaled)
        dataset_scale(csv);
    return csv;
}

/* ---- by the definition, with no code of the module ---------------------------------------------------------- */

static double plain_kernel(const struct fit *fit, size_t p, const double *x, const double *z)
{
    const struct lt_value *v = fit->params->params.v;
    const double gamma = saved(fit, "gamma")->number;
    double dot = 0, square = 0;
    for (size_t j = 0; j < p; j++) {
        dot += x[j] * z[j];
        square += (x[j] - z[j]) * (x[j] - z[j]);
    }
    switch (v[0].i) {
    case 0:
        return exp(-gamma * square);
    case 1:
        return dot;
    case 2:
        return pow(gamma * dot + v[3].r, (double)v[2].i);
    default:
        return tanh(gamma * dot + v[3].r);
    }
}

/* f of all pairs of k classes (or the only output), positive for the second: n x outputs */
static double *decisions(const struct fit *fit, size_t k)
{
    const struct lt_data *d = &fit->data->data;
    const struct mini_item *support = saved(fit, "support");
    const double *vector = support->data, *coef = saved(fit, "coef")->data, *rho = saved(fit, "rho")->data;
    const int32_t *count = saved(fit, "count")->data;
    const size_t outputs = k > 1 ? k * (k - 1) / 2 : 1, n = support->tensor.shape[0];
    double *f = calloc(d->n * outputs, sizeof *f);
    for (size_t i = 0; i < d->n; i++) {
        for (size_t o = 0; o < outputs; o++)
            f[i * outputs + o] = -rho[o];
        for (size_t v = 0, c = 0, left = (size_t)count[0]; v < n; v++, left--) {
            while (!left)
                left = (size_t)count[++c];
            const double kernel = plain_kernel(fit, d->p, d->x64 + i * d->ld, vector + v * d->p);
            for (size_t a = 0, o = 0; a < (k > 1 ? k : 2); a++)
                for (size_t b = a + 1; b < (k > 1 ? k : 2); b++, o++)
                    if (k < 2 || a == c || b == c)
                        f[i * outputs + o] += coef[(k < 2 ? 0 : a == c ? b - 1 : a) * n + v] * kernel;
        }
    }
    return f;
}

static size_t supports(const struct fit *fit)
{
    return saved(fit, "support")->tensor.shape[0];
}

/* ---- classes ------------------------------------------------------------------------------------------------ */

struct classifier {
    const char *path, *target, *id, *text;
    int scaled;
    size_t n_support[3], sum_of_rows; /* 0: rows that are equal share what they support, in any way */
    double intercept[3], sum, sum_squares;
};

/* m = SVC(…, tol=1e-8).fit(X, y): m.n_support_, m.support_.sum(), m.intercept_, and of d = m.decision_function(X)
 * (decision_function_shape='ovo') d.sum() and (d**2).sum(). With three classes scikit-learn's pairs are positive
 * for the first. */
static const struct classifier CLASSIFIERS[] = {
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "svm",
     "",
     1,
     {59, 60},
     31712,
     {0.23536713727982},
     -250.79212495666866,
     1676.3449193393833},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "svm",
     "kernel=linear C=0.1",
     1,
     {31, 29},
     15390,
     {-0.216685118011238},
     -123.2938321483947,
     9371.904179452764},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "svm",
     "kernel=poly degree=2 coef0=1 C=0.5",
     1,
     {42, 41},
     21882,
     {-0.362071326170616},
     -93.57335932201991,
     5351.839627068599},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "svm",
     "kernel=sigmoid gamma=0.01",
     1,
     {58, 58},
     31112,
     {-0.389523526198276},
     -209.18039711405422,
     2768.273807340426},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "nusvm",
     "nu=0.2",
     1,
     {70, 70},
     36988,
     {0.299520499316516},
     -232.400824154526,
     1353.3648662336864},
    {"datasets/sonar.csv",
     "object",
     "svm",
     "",
     1,
     {83, 74},
     15579,
     {-0.199063471138547},
     -18.28319489833487,
     206.56156281950837},
    {"datasets/sonar.csv",
     "object",
     "svm",
     "C=10 gamma=0.02",
     1,
     {77, 69},
     14276,
     {-0.084097810792074},
     -16.320755883196,
     257.82143539465915},
    {"datasets/sonar.csv",
     "object",
     "nusvm",
     "nu=0.3",
     1,
     {74, 66},
     13543,
     {-0.084195572153259},
     -16.187028532544417,
     269.59221255084975},
    {"datasets/iris.csv",
     "species",
     "svm",
     "",
     0,
     {0},
     0,
     {0.125996626662639, -0.065204235290065, -0.107043147087097},
     7.170864437933176,
     764.7422779239296},
    {"datasets/iris.csv",
     "species",
     "svm",
     "kernel=linear",
     0,
     {0},
     0,
     {1.450560145594415, 1.507260163552916, 6.781126542524367},
     193.5662446996118,
     6407.385222751971},
    {"datasets/iris.csv",
     "species",
     "nusvm",
     "nu=0.3",
     0,
     {0},
     0,
     {0.049829718533268, -0.045204701792902, -0.362015841113579},
     47.92518185217193,
     924.3038201702128},
    {"datasets/wine.csv",
     "cultivar",
     "svm",
     "",
     1,
     {19, 31, 19},
     6069,
     {-0.784598398040446, -0.08396883817668, 0.466277726443267},
     50.04212482538804,
     631.3677018916981},
    {"datasets/wine.csv",
     "cultivar",
     "svm",
     "kernel=poly coef0=1",
     1,
     {10, 20, 12},
     3753,
     {-0.0320660489933, 0.513451149408279, 0.745174961707897},
     116.72202261953512,
     1231.8006361579635},
};

static void check_support(const struct fit *fit, const struct classifier *c, size_t k)
{
    const int32_t *count = saved(fit, "count")->data;
    const uint32_t *row = saved(fit, "row")->data;
    size_t sum = 0;
    for (size_t i = 0; i < supports(fit); i++)
        sum += row[i];
    for (size_t i = 0; i < k && c->sum_of_rows; i++)
        assert_int_equal(count[i], c->n_support[i]);
    if (c->sum_of_rows)
        assert_int_equal(sum, c->sum_of_rows);
}

/* What predict says is what the decision values say. */
static void check_probabilities(const struct fit *fit, const double *f, size_t k)
{
    const size_t n = fit->data->data.n, outputs = k * (k - 1) / 2;
    double *proba = mini_predict(fit->host, fit->algo, fit->model, fit->data, &fit->data->data);
    for (size_t i = 0; i < n; i++) {
        if (k == 2)
            assert_close(proba[2 * i + 1], 1 / (1 + exp(-2 * f[i])), 1e-10);
        int votes[3] = {0};
        size_t best = 0;
        for (size_t a = 0, o = 0; a < k; a++)
            for (size_t b = a + 1; b < k; b++, o++)
                votes[f[i * outputs + o] > 0 ? b : a]++;
        for (size_t c = 1; c < k; c++)
            best = proba[i * k + c] > proba[i * k + best] ? c : best;
        for (size_t c = 0; c < k; c++)
            assert_true(votes[c] <= votes[best]);
    }
    free(proba);
}

static void test_classifiers(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof CLASSIFIERS / sizeof CLASSIFIERS[0]; t++) {
        const struct classifier *c = &CLASSIFIERS[t];
        struct mini_csv *csv = csv_or_skip(c->path, c->target, c->scaled);
        char text[160];
        if (!csv)
            return;
        snprintf(text, sizeof text, "tol=1e-8 %s", c->text);
        struct fit fit = fit_data(c->id, text, mini_csv_data(mini_algo("svm", c->id), csv, LT_CLASSIFY));
        const size_t k = csv->n_classes, outputs = k * (k - 1) / 2;
        const double sign = k == 2 ? 1 : -1, *rho = saved(&fit, "rho")->data;
        assert_int_equal(fit.status, LT_DONE);
        double *f = decisions(&fit, k), sum = 0, squares = 0;
        for (size_t i = 0; i < csv->n * outputs; i++) {
            sum += sign * f[i];
            squares += f[i] * f[i];
        }
        check_support(&fit, c, k);
        for (size_t o = 0; o < outputs; o++)
            assert_close(-sign * rho[o], c->intercept[o], 1e-6 * (1 + fabs(c->intercept[o])));
        assert_close(sum, c->sum, 1e-6 * (double)csv->n);
        assert_close(squares, c->sum_squares, 1e-6 * c->sum_squares);
        check_probabilities(&fit, f, k);
        free(f);
        fit_free(&fit);
        mini_csv_free(csv);
    }
}

/* Primal minus dual at the answer, in shares of the dual; C-machines of two classes. */
static double relative_gap(const struct fit *fit, const int32_t *label, double c)
{
    double *f = decisions(fit, 2), square = 0, sum = 0, hinge = 0;
    const double *coef = saved(fit, "coef")->data, *rho = saved(fit, "rho")->data;
    const uint32_t *row = saved(fit, "row")->data;
    for (size_t v = 0; v < supports(fit); v++) {
        square += coef[v] * (f[row[v]] + rho[0]);
        sum += fabs(coef[v]);
    }
    for (size_t i = 0; i < fit->data->data.n; i++)
        hinge += fmax(0, 1 - (label[i] ? 1 : -1) * f[i]);
    free(f);
    const double primal = square / 2 + c * hinge, dual = sum - square / 2;
    assert_true(dual > 0);
    return fabs(primal - dual) / dual;
}

static void test_duality_gap(void **state)
{
    static const char *const texts[] = {"tol=1e-8", "tol=1e-8 kernel=linear C=0.1", "tol=1e-8 C=30 gamma=0.05",
                                        "tol=1e-8 kernel=poly coef0=1"};
    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        struct mini_csv *csv = csv_or_skip("datasets/sonar.csv", "object", 1);
        if (!csv)
            return;
        struct fit fit = fit_data("svm", texts[t], mini_csv_data(mini_algo("svm", "svm"), csv, LT_CLASSIFY));
        const double gap = relative_gap(&fit, csv->label, fit.params->params.v[7].r);
        if (!(gap < 1e-6))
            fail_msg("%s: the duality gap is %g of the dual", texts[t], gap);
        fit_free(&fit);
        mini_csv_free(csv);
    }
}

/* A row of weight 2 is two rows, one of weight 0 is none. */
static void test_weights(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/sonar.csv", "object", 1);
    (void)state;
    if (!csv)
        return;
    const struct lt_algo *algo = mini_algo("svm", "svm");
    const size_t n = csv->n, p = csv->p;
    double *x = calloc(2 * n * p, sizeof *x), *weight = calloc(n, sizeof *weight);
    int32_t *label = calloc(2 * n, sizeof *label);
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        weight[i] = (double)(i % 3);
        for (size_t c = 0; c < i % 3; c++, rows++) {
            memcpy(x + rows * p, csv->x + i * p, p * sizeof *x);
            label[rows] = csv->label[i];
        }
    }
    struct mini_data *weighted = mini_csv_data(algo, csv, LT_CLASSIFY), *many = mini_data_new(algo, rows, p, x);
    mini_data_weights(weighted, weight);
    mini_data_classes(many, label, 2);
    struct fit a = fit_data("svm", "tol=1e-8 gamma=0.02", weighted),
               b = fit_data("svm", "tol=1e-8 gamma=0.02", many);
    double *pa = mini_predict(a.host, algo, a.model, a.data, &a.data->data);
    double *pb = mini_predict(b.host, algo, b.model, a.data, &a.data->data);
    for (size_t i = 0; i < 2 * n; i++)
        assert_close(pa[i], pb[i], 1e-6);
    free(pa);
    free(pb);
    fit_free(&a);
    fit_free(&b);
    free(x);
    free(weight);
    free(label);
    mini_csv_free(csv);
}

/* ---- numbers and strange rows ------------------------------------------------------------------------------- */

struct predictor {
    const char *path, *target, *id, *text;
    double sign; /* of the values against scikit-learn's */
    size_t n_support, sum_of_rows;
    double intercept, sum, sum_squares;
};

/* m = SVR(…, tol=1e-8).fit(X, y) and the others: m.support_.size, m.support_.sum(), m.intercept_, and of
 * m.predict(X) or m.decision_function(X) the sum and the sum of squares. */
static const struct predictor PREDICTORS[] = {
    {"datasets/diabetes.csv", "progression", "svr", "C=100 epsilon=5", 1, 408, 90459, 164.00517358306612,
     65750.01448783797, 11567143.556718508},
    {"datasets/diabetes.csv", "progression", "svr", "kernel=linear epsilon=10", 1, 378, 82343, 149.11693952658794,
     65909.68727075188, 11061034.62619389},
    {"datasets/diabetes.csv", "progression", "svr", "kernel=poly degree=2 coef0=1 C=10 epsilon=20", 1, 316, 68522,
     141.13258490414714, 65791.29020164968, 11179748.755591512},
    {"datasets/diabetes.csv", "progression", "nusvr", "C=100 nu=0.3", 1, 177, 38940, 171.44324258029437,
     68562.21934422603, 11738905.829138558},
    {"datasets/breast_cancer.csv", "diagnosis", "ocsvm", "", -1, 288, 77066, -64.08836171874852,
     -2886.666572867043, 195827.6991281384},
    {"datasets/breast_cancer.csv", "diagnosis", "ocsvm", "gamma=0.01 nu=0.1", -1, 61, 15644, -17.34709011414425,
     1434.6825046638196, 7102.5467045579935},
    {"datasets/sonar.csv", "object", "ocsvm", "", -1, 114, 11284, -16.23619006344681, -192.57709106206312,
     3775.1179506754193},
    {"datasets/sonar.csv", "object", "ocsvm", "nu=0.1 gamma=0.01", -1, 37, 3763, -3.44198942445657,
     96.32085481416652, 81.29722000554055},
};

/* Rows without a target, or with one. */
static struct mini_data *predictor_data(const struct lt_algo *algo, const struct mini_csv *csv)
{
    if (algo->tasks & LT_REGRESS)
        return mini_csv_data(algo, csv, LT_REGRESS);
    struct mini_data *data = mini_data_new(algo, csv->n, csv->p, csv->x);
    data->data.task = LT_ANOMALY;
    return data;
}

static void test_predictors(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof PREDICTORS / sizeof PREDICTORS[0]; t++) {
        const struct predictor *c = &PREDICTORS[t];
        struct mini_csv *csv = csv_or_skip(c->path, c->target, 1);
        char text[160];
        if (!csv)
            return;
        snprintf(text, sizeof text, "tol=1e-8 %s", c->text);
        struct fit fit = fit_data(c->id, text, predictor_data(mini_algo("svm", c->id), csv));
        assert_int_equal(fit.status, LT_DONE);
        const uint32_t *row = saved(&fit, "row")->data;
        double *value = mini_predict(fit.host, fit.algo, fit.model, fit.data, &fit.data->data);
        double *f = decisions(&fit, 1), sum = 0, squares = 0;
        size_t rows = 0;
        for (size_t i = 0; i < supports(&fit); i++)
            rows += row[i];
        for (size_t i = 0; i < csv->n; i++) {
            assert_close(value[i], c->sign * f[i], 1e-8 * (1 + fabs(f[i])));
            sum += f[i];
            squares += f[i] * f[i];
        }
        assert_int_equal(supports(&fit), c->n_support);
        assert_int_equal(rows, c->sum_of_rows);
        assert_close(-((const double *)saved(&fit, "rho")->data)[0], c->intercept, 1e-6 * fabs(c->intercept));
        assert_close(sum, c->sum, 1e-6 * fabs(c->sum));
        assert_close(squares, c->sum_squares, 1e-6 * c->sum_squares);
        free(value);
        free(f);
        fit_free(&fit);
        mini_csv_free(csv);
    }
}

/* nu bounds what it promises to: the rows outside from above, the support vectors from below. */
static void test_nu(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/diabetes.csv", "progression", 1);
    (void)state;
    if (!csv)
        return;
    struct fit fit = fit_data("nusvr", "nu=0.4 C=100 tol=1e-6", predictor_data(mini_algo("svm", "nusvr"), csv));
    double *value = mini_predict(fit.host, fit.algo, fit.model, fit.data, &fit.data->data);
    const double epsilon = mini_cell(fit.host, "summary", "epsilon", "value");
    size_t outside = 0;
    for (size_t i = 0; i < csv->n; i++)
        outside += fabs(value[i] - csv->y[i]) > epsilon + 1e-3;
    assert_true(epsilon > 0);
    assert_true((double)outside <= 0.4 * (double)csv->n && (double)supports(&fit) >= 0.4 * (double)csv->n);
    free(value);
    fit_free(&fit);
    mini_csv_free(csv);
}

/* ---- planes ------------------------------------------------------------------------------------------------- */

/* m = LinearSVC(tol=1e-12, max_iter=3000000, dual=(loss == 'hinge'), …).fit(X, y): m.intercept_, m.coef_[:, 0],
 * m.coef_[:, -1], and of d = m.decision_function(X) the sum and the sum of squares. */
static const struct plane {
    const char *path, *target, *text;
    double intercept[3], first[3], last[3], sum, sum_squares;
} PLANES[] = {
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "tol=1e-10",
     {0.21118659803104992},
     {-0.260928206002316},
     {0.6736611934359835},
     120.16517427966681,
     13179.241065234797},
    {"datasets/sonar.csv",
     "object",
     "tol=1e-10 C=0.1",
     {-0.2426587757351422},
     {-0.24964234247039005},
     {-0.02898072344329602},
     -50.47302535290956,
     532.5519976415115},
    {"datasets/sonar.csv",
     "object",
     "tol=1e-9 max_iter=100000 loss=hinge C=0.01",
     {-0.07918413998814539},
     {-0.09106693756788636},
     {0.0013190188140695528},
     -16.470301117534234,
     306.5681663390897},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "tol=1e-9 max_iter=100000 loss=hinge C=0.01",
     {-0.17022250478643558},
     {0.1569498916497761},
     {0.07993310745092955},
     -96.85660522348209,
     3103.8240000665064},
    {"datasets/wine.csv",
     "cultivar",
     "tol=1e-10 C=0.5",
     {-0.605988674582145, -0.7207727709136976, -0.9851002694799731},
     {0.6294906074513175, -0.6244263939609976, 0.31686566886598455},
     {0.7261563275827733, -0.9824825025768608, 0.04199200823024969},
     -411.51138526569525,
     3102.66221524943},
    {"datasets/breast_cancer.csv",
     "diagnosis",
     "tol=1e-10 fit_intercept=no C=0.2",
     {0},
     {0.04745534207361918},
     {0.2712571847784908},
     0,
     6975.835466601831},
};

static void test_planes(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof PLANES / sizeof PLANES[0]; t++) {
        const struct plane *c = &PLANES[t];
        struct mini_csv *csv = csv_or_skip(c->path, c->target, 1);
        if (!csv)
            return;
        struct fit fit =
            fit_data("linearsvm", c->text, mini_csv_data(mini_algo("svm", "linearsvm"), csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        assert_int_equal(fit.host->n_notes, 0);
        const size_t p = csv->p, outputs = csv->n_classes == 2 ? 1 : csv->n_classes;
        const double *w = saved(&fit, "weights")->data;
        double sum = 0, squares = 0;
        double *proba = mini_predict(fit.host, fit.algo, fit.model, fit.data, &fit.data->data);
        for (size_t o = 0; o < outputs; o++, w += p + 1) {
            assert_close(w[p], c->intercept[o], 1e-6);
            assert_close(w[0], c->first[o], 1e-6);
            assert_close(w[p - 1], c->last[o], 1e-6);
            for (size_t i = 0; i < csv->n; i++) {
                double f = w[p];
                for (size_t j = 0; j < p; j++)
                    f += w[j] * csv->x[i * p + j];
                sum += f;
                squares += f * f;
                if (outputs == 1)
                    assert_close(proba[2 * i + 1], 1 / (1 + exp(-2 * f)), 1e-10);
            }
        }
        assert_close(sum, c->sum, 1e-6 * (1 + fabs(c->sum)));
        assert_close(squares, c->sum_squares, 1e-6 * c->sum_squares);
        free(proba);
        fit_free(&fit);
        mini_csv_free(csv);
    }
}

/* More columns than the matrix of second derivatives is built for: the gradient vanishes all the same. */
static void test_wide_plane(void **state)
{
    enum { N = 60, P = 1300 };
    double *x = calloc(N * P, sizeof *x), norm = 0, start = 0;
    int32_t label[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(9, i, j) - 0.5;
        label[i] = x[i * P] + x[i * P + 1] > 0;
    }
    struct mini_data *data = mini_data_new(mini_algo("svm", "linearsvm"), N, P, x);
    mini_data_classes(data, label, 2);
    struct fit fit = fit_data("linearsvm", "tol=1e-9 C=0.1", data);
    const double *w = saved(&fit, "weights")->data;
    for (size_t j = 0; j <= P; j++) {
        double g = w[j], zero = 0;
        for (size_t i = 0; i < N; i++) {
            double f = w[P], y = label[i] ? 1 : -1, z = j < P ? x[i * P + j] : 1;
            for (size_t k = 0; k < P; k++)
                f += w[k] * x[i * P + k];
            g -= 0.2 * fmax(0, 1 - y * f) * y * z;
            zero -= 0.2 * y * z;
        }
        norm += g * g;
        start += zero * zero;
    }
    assert_true(sqrt(norm) < 1e-8 * sqrt(start));
    fit_free(&fit);
    free(x);
}

/* ---- kernels ------------------------------------------------------------------------------------------------ */

static void test_kernel(void **state)
{
    static const struct kernel kernels[] = {{KERNEL_RBF, 0.07, 0, 0},
                                            {KERNEL_LINEAR, 0, 0, 0},
                                            {KERNEL_POLY, 0.1, 0.5, 5},
                                            {KERNEL_SIGMOID, 0.02, 0.1, 0}};
    enum { P = 37, N = 30 };
    struct mini_host *host = mini_host_new(1, 1);
    struct points points;
    double x[N][P], norms[KERNEL_ROWS] = {0}, rows[KERNEL_ROWS * P], back[P];
    _Alignas(64) double tile[KERNEL_TILE], plain[KERNEL_TILE];
    (void)state;
    assert_int_equal(points_new(&host->ctx, &points, N, P), LT_OK);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i][j] = lt_uniform(3, i, j) * 2 - 1;
        points_put(&points, i, x[i]);
        points_get(&points, i, back);
        assert_memory_equal(back, x[i], sizeof back);
    }
    memcpy(rows, x[11], sizeof rows);
    for (size_t r = 0; r < KERNEL_ROWS; r++)
        for (size_t j = 0; j < P; j++)
            norms[r] += rows[r * P + j] * rows[r * P + j];
    for (size_t panel = 0; panel < points.n_panels; panel++) {
        kernel_products(P, points.x + panel * P * KERNEL_LANES, rows, tile);
        kernel_products_plain(P, points.x + panel * P * KERNEL_LANES, rows, plain);
        for (size_t i = 0; i < KERNEL_TILE; i++)
            assert_close(tile[i], plain[i], 1e-14);
        for (size_t t = 0; t < 4; t++) {
            kernel_tile(&kernels[t], &points, panel, rows, norms, tile);
            for (size_t r = 0; r < KERNEL_ROWS; r++)
                for (size_t l = 0; l < KERNEL_LANES && panel * KERNEL_LANES + l < N; l++) {
                    const double *z = x[panel * KERNEL_LANES + l];
                    double dot = 0, square = 0;
                    for (size_t j = 0; j < P; j++) {
                        dot += rows[r * P + j] * z[j];
                        square += (rows[r * P + j] - z[j]) * (rows[r * P + j] - z[j]);
                    }
                    const double wanted[] = {exp(-0.07 * square), dot, pow(0.1 * dot + 0.5, 5),
                                             tanh(0.02 * dot + 0.1)};
                    assert_close(tile[r * KERNEL_LANES + l], wanted[t], 1e-13);
                }
        }
    }
    points_free(&points);
    mini_host_free(host);
}

/* ---- probabilities ------------------------------------------------------------------------------------------ */

/* Decision values as counts: P(positive | f) of the likelihood with Platt's targets, against a search on a
 * grid. */
static void test_sigmoid(void **state)
{
    enum { N = 40 };
    double f[N], weight[N];
    uint8_t positive[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        f[i] = (double)i / 10 - 1.7;
        positive[i] = lt_uniform(5, 0, i) < 1 / (1 + exp(-1.5 * f[i] + 0.4));
        weight[i] = 1;
    }
    const struct sigmoid best = platt_fit(N, f, positive, NULL), same = platt_fit(N, f, positive, weight);
    assert_close(best.slope, same.slope, 0);
    double n1 = 0, gradient[2] = {0, 0};
    for (size_t i = 0; i < N; i++)
        n1 += positive[i];
    for (size_t i = 0; i < N; i++) { /* the gradient of the likelihood vanishes */
        const double t = positive[i] ? (n1 + 1) / (n1 + 2) : 1 / (N - n1 + 2);
        const double d = t - platt_probability(best, f[i]);
        gradient[0] += d * f[i];
        gradient[1] += d;
    }
    assert_close(gradient[0], 0, 1e-6);
    assert_close(gradient[1], 0, 1e-6);
    assert_true(best.slope < 0);
}

/* Pairs that come from probabilities give them back. */
static void test_coupling(void **state)
{
    static const double truth[4] = {0.1, 0.25, 0.6, 0.05};
    double pair[16], p[4], work[20];
    (void)state;
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++)
            pair[a * 4 + b] = truth[a] / (truth[a] + truth[b]);
    platt_couple(4, pair, p, work);
    for (size_t a = 0; a < 4; a++)
        assert_close(p[a], truth[a], 1e-9);
}

/* Calibrated: on average what is said is what is true; the classes are nearly those of the decision values. Mean
 * log loss of SVC(probability=True) on its training rows, three seeds: 0.0438 to 0.0446, 0.0261 to 0.0274. */
static void test_calibrated(void **state)
{
    static const struct {
        const char *path, *target;
        double loss;
    } table[] = {{"datasets/breast_cancer.csv", "diagnosis", 0.0442}, {"datasets/wine.csv", "cultivar", 0.0268}};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct mini_csv *csv = csv_or_skip(table[t].path, table[t].target, 1);
        if (!csv)
            return;
        struct fit fit =
            fit_data("svm", "probability=yes", mini_csv_data(mini_algo("svm", "svm"), csv, LT_CLASSIFY));
        assert_int_equal(fit.status, LT_DONE);
        const size_t k = csv->n_classes;
        double *proba = mini_predict(fit.host, fit.algo, fit.model, fit.data, &fit.data->data), loss = 0, mean = 0;
        for (size_t i = 0; i < csv->n; i++) {
            loss -= log(proba[i * k + (size_t)csv->label[i]]) / (double)csv->n;
            mean += (proba[i * k] - (csv->label[i] == 0)) / (double)csv->n;
        }
        assert_close(loss, table[t].loss, 0.002);
        assert_close(mean, 0, 0.01);
        free(proba);
        fit_free(&fit);
        mini_csv_free(csv);
    }
}

/* ---- edges -------------------------------------------------------------------------------------------------- */

static void refused(const char *id, const char *text, size_t n, size_t p, const double *x, const int32_t *label,
                    const char *part)
{
    struct mini_data *data = mini_data_new(mini_algo("svm", id), n, p, x);
    mini_data_classes(data, label, 2);
    struct fit fit = fit_data(id, text, data);
    assert_true(fit.status == LT_INVALID || fit.status == LT_NUMERIC);
    if (!strstr(fit.host->error, part))
        fail_msg("%s says: %s", id, fit.host->error);
    fit_free(&fit);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4}, flat[] = {5, 5, 5, 5},
                        huge[] = {1e30, 2, 3, 4};
    static const int32_t one[] = {1, 1, 1, 1}, two[] = {0, 1, 1, 0}, few[] = {0, 1, 1, 1};
    (void)state;
    refused("svm", "", 0, 1, x, two, "0 rows");
    refused("svm", "", 4, 0, x, two, "no columns");
    refused("svm", "", 4, 1, x, one, "'c1'");
    refused("svm", "", 4, 1, bad, two, "'x1' of row 2");
    refused("svm", "gamma=wide", 4, 1, x, two, "gamma=wide");
    refused("svm", "gamma=-1", 4, 1, x, two, "gamma=-1");
    refused("svm", "kernel=linear", 4, 1, huge, two, "single precision");
    refused("linearsvm", "", 0, 1, x, two, "0 rows");
    refused("linearsvm", "", 4, 1, x, one, "'c1'");
    refused("linearsvm", "", 4, 1, bad, two, "'x1' of row 2");
    refused("nusvm", "nu=0.9", 4, 1, x, few, "nu=0.9");
    struct mini_data *data = mini_data_new(mini_algo("svm", "svm"), 4, 1, flat);
    mini_data_classes(data, two, 2);
    struct fit fit = fit_data("svm", "", data); /* nothing to tell the classes apart by */
    double *proba = mini_predict(fit.host, fit.algo, fit.model, data, &data->data);
    assert_close(proba[0], proba[2], 0);
    free(proba);
    fit_free(&fit);
}

static void test_max_iter(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/sonar.csv", "object", 1);
    (void)state;
    if (!csv)
        return;
    struct fit fit = fit_data("svm", "max_iter=10", mini_csv_data(mini_algo("svm", "svm"), csv, LT_CLASSIFY));
    assert_int_equal(fit.status, LT_DONE);
    assert_true(mini_noted(fit.host, "max_iter"));
    assert_close(mini_cell(fit.host, "summary", "iterations", "value"), 10, 0);
    fit_free(&fit);
    mini_csv_free(csv);
}

/* Little memory for rows changes nothing but the time. */
static void test_small_cache(void **state)
{
    enum { N = 900, P = 3 };
    double *x = calloc(N * P, sizeof *x);
    int32_t label[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(1, i, j);
        label[i] = x[i * P] + lt_uniform(1, i, P) > 1;
    }
    double *proba[2];
    for (int small = 0; small < 2; small++) {
        struct mini_data *data = mini_data_new(mini_algo("svm", "svm"), N, P, x);
        mini_data_classes(data, label, 2);
        struct fit fit = fit_data("svm", small ? "cache_size=0.1" : "", data);
        proba[small] = mini_predict(fit.host, fit.algo, fit.model, data, &data->data);
        fit_free(&fit);
    }
    assert_memory_equal(proba[0], proba[1], 2 * N * sizeof(double));
    free(proba[0]);
    free(proba[1]);
    free(x);
}

/* With more rows pairs come from working sets: the duality gap closes all the same, whatever the memory. */
static void test_working_sets(void **state)
{
    enum { N = 2700, P = 3 };
    static const char *const texts[] = {"tol=1e-6", "tol=1e-6 cache_size=1"};
    double *x = calloc(N * P, sizeof *x), *y = calloc(N, sizeof *y);
    int32_t *label = calloc(N, sizeof *label);
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(1, i, j) * 3;
        label[i] = sin(3 * x[i * P]) + lt_uniform(1, i, P) > x[i * P + 1] - 1;
        y[i] = sin(3 * x[i * P]) + x[i * P + 1];
    }
    for (size_t t = 0; t < 2; t++) {
        struct mini_data *data = mini_data_new(mini_algo("svm", "svm"), N, P, x);
        mini_data_classes(data, label, 2);
        struct fit fit = fit_data("svm", texts[t], data);
        assert_int_equal(fit.status, LT_DONE);
        assert_true(relative_gap(&fit, label, 1) < 1e-6);
        if (t == 1)
            mini_conform(fit.algo, texts[t], data);
        fit_free(&fit);
        for (size_t r = 0; r < 2; r++) {
            data = mini_data_new(mini_algo("svm", r ? "nusvr" : "svr"), N, P, x);
            mini_data_target(data, y);
            fit = fit_data(r ? "nusvr" : "svr", texts[t], data);
            assert_int_equal(fit.status, LT_DONE);
            double *value = mini_predict(fit.host, fit.algo, fit.model, data, &data->data), worst = 0;
            for (size_t i = 0; i < N; i++)
                worst = fmax(worst, fabs(value[i] - y[i]));
            assert_true(worst < 0.5);
            assert_true(mini_cell(fit.host, "summary", "gap", "value") < 1e-6);
            free(value);
            fit_free(&fit);
        }
    }
    free(x);
    free(y);
    free(label);
}

static void test_conform(void **state)
{
    enum { N = 700, P = 4 };
    static const struct {
        const char *id, *text;
        int classes;
    } trial[] = {{"svm", "", 2},
                 {"svm", "", 3},
                 {"svm", "probability=yes", 2},
                 {"svm", "probability=yes kernel=poly", 3},
                 {"nusvm", "nu=0.3", 3},
                 {"nusvm", "nu=0.3 probability=yes", 2},
                 {"svr", "", 0},
                 {"nusvr", "", 0},
                 {"ocsvm", "nu=0.2", 0},
                 {"linearsvm", "", 2},
                 {"linearsvm", "loss=hinge max_iter=30", 3},
                 {"linearsvm", "probability=yes", 3}};
    double *x = calloc(N * P, sizeof *x);
    int32_t two[N], three[N];
    double y[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(4, i, j) * 2 - 1;
        two[i] = x[i * P] + x[i * P + 1] * x[i * P + 2] + lt_uniform(4, i, P) > 0.5;
        y[i] = x[i * P] + two[i];
        three[i] = two[i] + (lt_uniform(1, 3, i) > 0.5);
    }
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        const struct lt_algo *algo = mini_algo("svm", trial[t].id);
        struct mini_data *data = mini_data_new(algo, N, P, x);
        data->data.task = algo->tasks;
        if (trial[t].classes)
            mini_data_classes(data, trial[t].classes == 2 ? two : three, (uint32_t)trial[t].classes);
        else if (algo->tasks & LT_REGRESS)
            mini_data_target(data, y);
        mini_conform(algo, trial[t].text, data);
        mini_data_free(data);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel),       cmocka_unit_test(test_classifiers),
        cmocka_unit_test(test_predictors),   cmocka_unit_test(test_nu),
        cmocka_unit_test(test_planes),       cmocka_unit_test(test_wide_plane),
        cmocka_unit_test(test_duality_gap),  cmocka_unit_test(test_weights),
        cmocka_unit_test(test_sigmoid),      cmocka_unit_test(test_coupling),
        cmocka_unit_test(test_calibrated),   cmocka_unit_test(test_edges),
        cmocka_unit_test(test_max_iter),     cmocka_unit_test(test_small_cache),
        cmocka_unit_test(test_working_sets), cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

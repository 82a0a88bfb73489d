/* The wrapper around LIBSVM: what it predicts is what scikit-learn 1.9.1 (LIBSVM inside) does on the bundled tables,
 * and it keeps what a module owes. That its support vectors are those of svm: test_svm_same.c. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static struct fit fit_on(const char *text, struct mini_data *data)
{
    struct fit f = {.algo = mini_algo("libsvm", "libsvm"), .host = mini_host_new(2, 7), .data = data};
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
    mini_data_free(f->data);
    mini_params_free(f->params);
    mini_host_free(f->host);
    free(f->out);
}

static struct mini_csv *csv_or_skip(const char *path, const char *target)
{
    struct mini_csv *csv = dataset_load(path, target);
    if (!csv)
        skip();
    else
        dataset_scale(csv);
    return csv;
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* m = SVC(…, tol=1e-8).fit(X, y) and so on, columns scaled by their standard deviation (n - 1): support vectors, and
 * of the values (decision_function, for two classes, or predict) the sum and the sum of squares. */
static const struct reference {
    const char *path, *target, *text;
    uint32_t task;
    int support;
    double sum, squares;
} REFERENCES[] = {
    {"datasets/breast_cancer.csv", "diagnosis", "", LT_CLASSIFY, 119, -250.7921249566687, 1676.344919339383},
    {"datasets/breast_cancer.csv", "diagnosis", "kernel=poly degree=2 coef0=1 C=0.5 shrinking=no", LT_CLASSIFY, 83,
     -93.57335932201991, 5351.839627068599},
    {"datasets/sonar.csv", "object", "class_weight=balanced C=10 gamma=auto", LT_CLASSIFY, 140, -16.8936826947826,
     278.2179167624099},
    {"datasets/sonar.csv", "object", "svm_type=nu_svc nu=0.3", LT_CLASSIFY, 140, -16.18702853254442,
     269.5922125508498},
    {"datasets/diabetes.csv", "progression", "C=100 epsilon=5", LT_REGRESS, 408, 65750.01448783797,
     11567143.55671851},
    {"datasets/diabetes.csv", "progression", "svm_type=nu_svr C=50 nu=0.3 kernel=linear", LT_REGRESS, 139,
     68106.74836939242, 11718898.4970699},
    {"datasets/wine.csv", "cultivar", "nu=0.2", LT_ANOMALY, 48, 100.2314105650641, 155.7577277846877},
};

static void test_references(void **state)
{
    (void)state;
    need_wrapper("libsvm");
    for (size_t t = 0; t < sizeof REFERENCES / sizeof REFERENCES[0]; t++) {
        const struct reference *r = &REFERENCES[t];
        struct mini_csv *csv = csv_or_skip(r->path, r->target);
        char text[160];
        snprintf(text, sizeof text, "tol=1e-8 %s", r->text);
        struct mini_data *data = mini_csv_data(mini_algo("libsvm", "libsvm"), csv, r->task);
        data->data.task = r->task;
        struct fit f = fit_on(text, data);
        double sum = 0, squares = 0;
        for (size_t i = 0; i < csv->n; i++) {
            /* p of the second class is 1 / (1 + exp(-2 f)) */
            const double value = r->task == LT_CLASSIFY  ? log(f.out[2 * i + 1] / f.out[2 * i]) / 2
                                 : r->task == LT_ANOMALY ? -f.out[i]
                                                         : f.out[i];
            sum += value;
            squares += value * value;
        }
        assert_int_equal(mini_table(f.host, "summary")->cell[4].i, r->support);
        assert_close(sum, r->sum, 1e-6 * (double)csv->n);
        assert_close(squares, r->squares, 1e-6 * r->squares);
        fit_free(&f);
        mini_csv_free(csv);
    }
}

/* Three classes: the class of SVC.predict; and probabilities that fit, as SVC(probability=True)'s do: its mean log
 * loss on the training rows was 0.0261 to 0.0274. */
static void test_classes(void **state)
{
    (void)state;
    need_wrapper("libsvm");
    for (int calibrated = 0; calibrated < 2; calibrated++) {
        struct mini_csv *csv = csv_or_skip("datasets/wine.csv", "cultivar");
        struct fit f = fit_on(calibrated ? "probability=yes" : "",
                              mini_csv_data(mini_algo("libsvm", "libsvm"), csv, LT_CLASSIFY));
        double loss = 0;
        size_t right = 0;
        for (size_t i = 0; i < csv->n; i++) {
            const double *p = f.out + 3 * i;
            size_t best = p[1] > p[0];
            best = p[2] > p[best] ? 2 : best;
            right += best == (size_t)csv->label[i];
            loss -= log(p[csv->label[i]]) / (double)csv->n;
        }
        assert_int_equal(right, 178);
        if (calibrated)
            assert_close(loss, 0.0268, 0.002);
        const struct mini_table *support = mini_table(f.host, "support");
        assert_string_equal(support->cell[0].text, csv->class_name[0]);
        assert_int_equal(support->cell[1].i + support->cell[4].i + support->cell[7].i,
                         mini_table(f.host, "summary")->cell[4].i);
        fit_free(&f);
        mini_csv_free(csv);
    }
}

/* A linear machine shows its weights; f made of them is f, whichever class came first in the table. */
static void test_weights_of_columns(void **state)
{
    (void)state;
    need_wrapper("libsvm");
    for (int turned = 0; turned < 2; turned++) {
        struct mini_csv *csv = csv_or_skip("datasets/breast_cancer.csv", "diagnosis");
        for (size_t i = 0; turned && i < csv->n; i++)
            csv->label[i] = 1 - csv->label[i];
        struct fit f = fit_on("kernel=linear", mini_csv_data(mini_algo("libsvm", "libsvm"), csv, LT_CLASSIFY));
        const struct mini_table *w = mini_table(f.host, "coefficients");
        assert_int_equal(w->n_rows, csv->p + 1);
        for (size_t i = 0; i < csv->n; i++) {
            double value = w->cell[1].r;
            for (size_t j = 0; j < csv->p; j++)
                value += w->cell[2 * (j + 1) + 1].r * csv->x[i * csv->p + j];
            assert_close(f.out[2 * i + 1], 1 / (1 + exp(-2 * value)), 1e-9);
        }
        fit_free(&f);
        mini_csv_free(csv);
    }
}

/* ---- edges -------------------------------------------------------------------------------------------------- */

static void test_refusals(void **state)
{
    static const double x[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4};
    static const int32_t one[] = {1, 1, 1, 1}, two[] = {0, 1, 1, 0}, few[] = {0, 1, 1, 1};
    static const struct {
        const char *text;
        size_t n;
        const double *x;
        const int32_t *label;
        const char *part;
    } trial[] = {
        {"", 0, x, two, "0 rows"},
        {"", 4, x, one, "'c1'"},
        {"", 4, bad, two, "'x1' of row 2"},
        {"gamma=wide", 4, x, two, "gamma=wide"},
        {"gamma=-1", 4, x, two, "gamma=-1"},
        {"svm_type=nu_svr", 4, x, two, "nu_svr"},
        {"svm_type=nu_svc nu=0.9", 4, x, few, "nu=0.9"},
    };
    (void)state;
    need_wrapper("libsvm");
    const struct lt_algo *algo = mini_algo("libsvm", "libsvm");
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        struct mini_data *data = mini_data_new(algo, trial[t].n, 1, trial[t].x);
        struct mini_host *host = mini_host_new(1, 1);
        struct mini_params *params = mini_params_new(algo, trial[t].text);
        void *model = NULL;
        mini_data_classes(data, trial[t].label, 2);
        assert_int_equal(mini_train(host, algo, params, data, 10, &model), LT_INVALID);
        if (!strstr(host->error, trial[t].part))
            fail_msg("%s: %s", trial[t].text, host->error);
        mini_params_free(params);
        mini_host_free(host);
        mini_data_free(data);
    }
}

/* A class that is rare counts as much as the other when the weights are balanced. */
static void test_balanced(void **state)
{
    enum { N = 220 };
    double x[2 * N], said[2] = {0, 0};
    int32_t label[N];
    (void)state;
    need_wrapper("libsvm");
    for (size_t i = 0; i < N; i++) {
        label[i] = i < 20;
        x[2 * i] = lt_uniform(2, i, 0) + (label[i] ? 0.5 : 0);
        x[2 * i + 1] = lt_uniform(2, i, 1);
    }
    for (int balanced = 0; balanced < 2; balanced++) {
        struct mini_data *data = mini_data_new(mini_algo("libsvm", "libsvm"), N, 2, x);
        mini_data_classes(data, label, 2);
        struct fit f = fit_on(balanced ? "class_weight=balanced kernel=linear" : "kernel=linear", data);
        for (size_t i = 0; i < N; i++)
            said[balanced] += f.out[2 * i + 1] > 0.5;
        fit_free(&f);
    }
    assert_true(said[1] > said[0] + 20);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A training that would take long is given up at once, and leaves a model that can be freed or begin anew. */
static void test_cancel(void **state)
{
    enum { N = 4000, P = 20 };
    (void)state;
    need_wrapper("libsvm");
    const struct lt_algo *algo = mini_algo("libsvm", "libsvm");
    double *x = malloc(N * P * sizeof *x);
    int32_t label[N];
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < P; j++)
            x[i * P + j] = lt_uniform(3, i, j);
        label[i] = lt_uniform(3, i, P) > 0.5;
    }
    for (int calibrated = 0; calibrated < 2; calibrated++) {
        struct mini_data *data = mini_data_new(algo, N, P, x);
        struct mini_host *host = mini_host_new(1, 1);
        struct mini_params *params =
            mini_params_new(algo, calibrated ? "C=1e6 kernel=linear probability=yes" : "C=1e6 kernel=linear");
        void *model = NULL;
        mini_data_classes(data, label, 2);
        assert_int_equal(algo->begin(&host->ctx, &params->params, &data->data, &model), LT_OK);
        atomic_store(&host->cancel_after, 10); /* polls, 5 ms apart */
        const double start = seconds();
        assert_int_equal(algo->step(&host->ctx, model, &data->data, 1), LT_CANCELLED);
        assert_true(seconds() - start < 2);
        algo->free(model);
        mini_params_free(params);
        mini_host_free(host);
        mini_data_free(data);
    }
    free(x);
}

static void test_conform(void **state)
{
    enum { N = 300, P = 4 };
    static const struct {
        const char *text;
        uint32_t task;
        uint32_t classes;
    } trial[] = {{"", LT_CLASSIFY, 2},
                 {"kernel=poly probability=yes", LT_CLASSIFY, 3},
                 {"svm_type=nu_svc nu=0.3 kernel=sigmoid gamma=0.1", LT_CLASSIFY, 2},
                 {"", LT_REGRESS, 0},
                 {"svm_type=nu_svr kernel=linear", LT_REGRESS, 0},
                 {"", LT_ANOMALY, 0}};
    double x[N * P], y[N];
    int32_t label[N];
    (void)state;
    need_wrapper("libsvm");
    const struct lt_algo *algo = mini_algo("libsvm", "libsvm");
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < P; j++)
                x[i * P + j] = lt_uniform(4, i, j) * 2 - 1;
            y[i] = x[i * P] + x[i * P + 1] * x[i * P + 2] + lt_uniform(4, i, P);
            label[i] = (y[i] > 0.5) + (trial[t].classes == 3 && x[i * P + 3] > 0);
        }
        struct mini_data *data = mini_data_new(algo, N, P, x);
        if (trial[t].classes)
            mini_data_classes(data, label, trial[t].classes);
        else if (trial[t].task == LT_REGRESS)
            mini_data_target(data, y);
        data->data.task = trial[t].task;
        mini_conform(algo, trial[t].text, data);
        mini_data_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_weights_of_columns),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_balanced),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

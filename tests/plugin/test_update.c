/* More rows for a model that is there: naive Bayes in parts is that of all rows; stochastic gradient descent goes the
 * steps of scikit-learn 1.9.1's partial_fit (SGDClassifier and SGDRegressor, shuffle=False, on standardised
 * columns). */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "dataset.h"
#include "linear_fit.h"

static void scale(struct mini_csv *csv)
{
    for (size_t j = 0; j < csv->p; j++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < csv->n; i++)
            mean += csv->x[i * csv->p + j] / (double)csv->n;
        for (size_t i = 0; i < csv->n; i++)
            square += (csv->x[i * csv->p + j] - mean) * (csv->x[i * csv->p + j] - mean) / (double)csv->n;
        for (size_t i = 0; i < csv->n; i++)
            csv->x[i * csv->p + j] = (csv->x[i * csv->p + j] - mean) / sqrt(square);
    }
}

/* Rows [begin, begin + n) with their targets. */
static struct mini_data *part(const struct lt_algo *algo, const struct mini_csv *csv, uint32_t task, size_t begin,
                              size_t n, const double *weight)
{
    struct mini_data *data = mini_data_new(algo, n, csv->p, csv->x + begin * csv->p);
    if (task == LT_CLASSIFY)
        mini_data_classes(data, csv->label + begin, csv->n_classes);
    else
        mini_data_target(data, csv->y + begin);
    if (weight)
        mini_data_weights(data, weight + begin);
    mini_data_names(data, (const char *const *)csv->name);
    return data;
}

static void check_sgd(const char *path, const char *target, const char *columns, const char *text, uint32_t task,
                      size_t first, const double *sk, double tolerance)
{
    struct mini_csv *csv = columns ? csv_or_skip(path, target, columns) : dataset_load(path, target);
    if (!csv)
        return;
    scale(csv);
    const struct lt_algo *algo = mini_algo("linear", "sgd");
    struct fit fit = fit_data("sgd", text, part(algo, csv, task, 0, first, NULL));
    assert_int_equal(fit.status, LT_DONE);
    struct mini_data *more = part(algo, csv, task, first, csv->n - first, NULL);
    assert_int_equal(algo->update(&fit.host->ctx, fit.model, &more->data), LT_OK);
    mini_host_forget(fit.host);
    assert_int_equal(algo->describe(&fit.host->ctx, fit.model), LT_OK);
    near(of(&fit, "(Intercept)", "estimate"), sk[0], tolerance, text);
    for (size_t j = 0; j < csv->p; j++)
        near(of(&fit, csv->name[j], "estimate") + 1, sk[j + 1] + 1, tolerance, csv->name[j]);
    mini_data_free(more);
    fit_free(&fit);
    mini_csv_free(csv);
}

static void test_sgd_classes(void **state)
{
    static const struct {
        const char *text;
        double sk[8];
    } trial[] = {{"loss=hinge learning_rate=constant eta0=0.01 shuffle=no max_iter=1 tol=none",
                  {-0.45000000000000023, 0.23717312789748604, 0.4940017040045839, 0.06434638236426515,
                   0.07238045413902579, 0.18272566702343332, 0.2591002263175012, 0.3205148742490023}},
                 {"loss=log_loss learning_rate=constant eta0=0.01 shuffle=no max_iter=1 tol=none",
                  {-0.26016776547760667, 0.15009392489892953, 0.3151898886382784, 0.08647563078395201,
                   0.10518369495773403, 0.15619101822748319, 0.14780001936004658, 0.20533810242135603}},
                 {"loss=log_loss alpha=0.01 shuffle=no max_iter=1 tol=none",
         {-1.065639820755745, 0.9135696772449977, 0.7316907554303179, -0.05665728965276593, 0.16666919324503612,
          1.2987575574050725, 0.5128857175996476, 0.7617623231562165}}};
    (void)state;
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++)
        check_sgd("datasets/classics/pima_train.csv", "type", "npreg,glu,bp,skin,bmi,ped,age", trial[t].text,
                  LT_CLASSIFY, 120, trial[t].sk, 1e-6);
}

static void test_sgd_numbers(void **state)
{
    static const double sk[] = {108.4058226986169, 2.0097435303142324,   -3.543085482708062,  21.174083628962922,
                                13.69180753147816, -0.12288557015446873, -2.2009324414635976, -9.756577436182065,
                                7.559081258700293, 18.112458978674137,   6.303129492586771};
    (void)state;
    check_sgd("datasets/diabetes.csv", "progression", NULL, "shuffle=no max_iter=1 tol=none", LT_REGRESS, 221, sk,
              1e-6);
}

/* Probabilities of all rows by naive Bayes that learned the rows in parts; the last one through a file. */
static double *in_parts(const struct mini_csv *csv, const double *weight, const size_t *end, size_t parts)
{
    const struct lt_algo *algo = mini_algo("bayes", "nb");
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = part(algo, csv, LT_CLASSIFY, 0, end[0], weight);
    struct mini_data *all = part(algo, csv, LT_CLASSIFY, 0, csv->n, NULL);
    void *model = NULL;
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    for (size_t k = 1; k < parts; k++) {
        struct mini_data *more = part(algo, csv, LT_CLASSIFY, end[k - 1], end[k] - end[k - 1], weight);
        if (k + 1 == parts) {
            assert_int_equal(algo->save(&host->ctx, model), LT_OK);
            algo->free(model);
            assert_int_equal(mini_load(host, algo, params, data, &model), LT_OK);
        }
        if (algo->update(&host->ctx, model, &more->data) != LT_OK)
            fail_msg("%s", host->error);
        mini_data_free(more);
    }
    double *proba = mini_predict(host, algo, model, all, &data->data);
    algo->free(model);
    mini_data_free(data);
    mini_data_free(all);
    mini_params_free(params);
    mini_host_free(host);
    return proba;
}

static void test_nb(void **state)
{
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    const size_t whole[] = {csv->n}, halves[] = {csv->n / 2, csv->n}, many[] = {70, 71, 100, 150, csv->n};
    double *weight = calloc(csv->n, sizeof *weight);
    for (size_t i = 0; i < csv->n; i++) {
        weight[i] = 0.5 + (double)(i % 3);
        if (i % 11 == 3)
            csv->x[i * csv->p + i % csv->p] = NAN;
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        double *a = in_parts(csv, weighted ? weight : NULL, whole, 1);
        double *b = in_parts(csv, weighted ? weight : NULL, halves, 2);
        double *c = in_parts(csv, weighted ? weight : NULL, many, 5);
        for (size_t i = 0; i < csv->n * csv->n_classes; i++) {
            assert_true(fabs(a[i] - b[i]) < 1e-9);
            assert_true(fabs(a[i] - c[i]) < 1e-9);
        }
        free(a);
        free(b);
        free(c);
    }
    free(weight);
    mini_csv_free(csv);
}

/* Refused: a class beyond the model's, other columns. Cancelled: nothing has changed. */
static void test_nb_edges(void **state)
{
    static const double x[] = {1, 2, 3, 4, 5, 6};
    static const int32_t label[] = {0, 1, 0, 1, 0, 1}, strange[] = {0, 1, 2, 0, 1, 2};
    const struct lt_algo *algo = mini_algo("bayes", "nb");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = mini_data_new(algo, 6, 1, x), *odd = mini_data_new(algo, 6, 1, x);
    struct mini_data *wide = mini_data_new(algo, 3, 2, x);
    void *model = NULL;
    (void)state;
    mini_data_classes(data, label, 2);
    mini_data_classes(odd, strange, 3);
    mini_data_classes(wide, label, 2);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    double *before = mini_predict(host, algo, model, data, &data->data);
    assert_int_equal(algo->update(&host->ctx, model, &odd->data), LT_INVALID);
    assert_string_equal(host->error, "row 3 is of no class that the model knows");
    assert_int_equal(algo->update(&host->ctx, model, &wide->data), LT_INVALID);
    assert_string_equal(host->error, "the new rows have 2 columns, the model 1");
    host->cancel_after = 0;
    assert_int_equal(algo->update(&host->ctx, model, &data->data), LT_CANCELLED);
    host->cancel_after = -1;
    double *after = mini_predict(host, algo, model, data, &data->data);
    assert_memory_equal(before, after, 12 * sizeof *before);
    free(before);
    free(after);
    algo->free(model);
    mini_data_free(data);
    mini_data_free(odd);
    mini_data_free(wide);
    mini_params_free(params);
    mini_host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd_classes),
        cmocka_unit_test(test_sgd_numbers),
        cmocka_unit_test(test_nb),
        cmocka_unit_test(test_nb_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

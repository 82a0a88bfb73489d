/* Multinomial, complement, Bernoulli and categorical naive Bayes against scikit-learn 1.9.1 on digits (pixels of 0 to
 * 16): how many rows are right, and the log likelihood of the true classes, which all probabilities enter. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "dataset.h"

struct score {
    size_t right;
    double log_likelihood;
};

static struct score score_of(const char *id, const char *text, const struct mini_csv *csv, bool weights,
                             size_t parts)
{
    const struct lt_algo *algo = mini_algo("bayes", id);
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_params *params = mini_params_new(algo, text);
    struct mini_data *all = mini_data_new(algo, csv->n, csv->p, csv->x), *data = all;
    double *weight = malloc(csv->n * sizeof *weight);
    void *model = NULL;
    struct score score = {0, 0};
    for (size_t i = 0; i < csv->n; i++)
        weight[i] = 1 + (double)(i % 3);
    mini_data_classes(all, csv->label, csv->n_classes);
    if (weights)
        mini_data_weights(all, weight);
    const size_t each = csv->n / parts;
    if (parts > 1) {
        data = mini_data_new(algo, each, csv->p, csv->x);
        mini_data_classes(data, csv->label, csv->n_classes);
    }
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    for (size_t at = each; parts > 1 && at < csv->n; at += each) {
        const size_t n = csv->n - at < each ? csv->n - at : each;
        struct mini_data *more = mini_data_new(algo, n, csv->p, csv->x + at * csv->p);
        mini_data_classes(more, csv->label + at, csv->n_classes);
        assert_int_equal(algo->update(&host->ctx, model, &more->data), LT_OK);
        mini_data_free(more);
    }
    double *proba = mini_predict(host, algo, model, all, &all->data);
    for (size_t i = 0; i < csv->n; i++) {
        const double *mine = proba + i * csv->n_classes;
        size_t best = 0;
        for (size_t c = 1; c < csv->n_classes; c++)
            best = mine[c] > mine[best] ? c : best;
        score.right += (int32_t)best == csv->label[i];
        score.log_likelihood += log(mine[csv->label[i]]);
    }
    free(proba);
    free(weight);
    algo->free(model);
    if (data != all)
        mini_data_free(data);
    mini_data_free(all);
    mini_params_free(params);
    mini_host_free(host);
    return score;
}

static struct mini_csv *digits(void)
{
    struct mini_csv *csv = dataset_load("datasets/digits.csv", "digit");
    if (!csv)
        skip();
    return csv;
}

static void test_digits(void **state)
{
    static const struct {
        const char *id, *text;
        bool weights;
        size_t parts, right;
        double log_likelihood;
    } sk[] = {{"mnb", "", false, 1, 1627, -4397.120043298972},
              {"mnb", "", false, 5, 1627, -4397.120043298972}, /* in parts, as MultinomialNB.partial_fit */
              {"mnb", "alpha=0.1 fit_prior=no", false, 1, 1626, -4402.228415104946},
              {"mnb", "", true, 1, 1624, -4463.978420109749},
              {"cnb", "", false, 1, 1477, -1260.8714553110874},
              {"cnb", "norm=yes", false, 1, 1302, -4090.0214772130494},
              {"bnb", "binarize=7", false, 1, 1615, -780.552135673923}};
    struct mini_csv *csv = digits();
    (void)state;
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        const struct score score = score_of(sk[t].id, sk[t].text, csv, sk[t].weights, sk[t].parts);
        assert_int_equal(score.right, sk[t].right);
        assert_close(score.log_likelihood, sk[t].log_likelihood, 1e-8 * fabs(sk[t].log_likelihood));
    }
    mini_csv_free(csv);
}

/* Three rows' probabilities, of a model of the rows of `first` to which those of `more` (or none) were added. */
static void check_levels(const char *text, const struct mini_data *all, const struct mini_data *first,
                         const struct mini_data *more, const double expected[9])
{
    static const size_t rows[] = {0, 70, 133};
    const struct lt_algo *algo = mini_algo("bayes", "catnb");
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_params *params = mini_params_new(algo, text);
    void *model = NULL;
    assert_int_equal(mini_train(host, algo, params, first, 1, &model), LT_DONE);
    if (more)
        assert_int_equal(algo->update(&host->ctx, model, &more->data), LT_OK);
    double *proba = mini_predict(host, algo, model, all, &first->data);
    for (size_t i = 0; i < 9; i++)
        assert_close(proba[rows[i / 3] * 3 + i % 3], expected[i], 1e-12);
    free(proba);
    algo->free(model);
    mini_params_free(params);
    mini_host_free(host);
}

/* Every other row, from `begin` on. */
static struct mini_data *half(const struct mini_csv *csv, size_t begin)
{
    double *x = calloc(csv->n * csv->p, sizeof *x);
    int32_t *label = calloc(csv->n, sizeof *label);
    size_t n = 0;
    for (size_t i = begin; i < csv->n; i += 2) {
        memcpy(x + n * csv->p, csv->x + i * csv->p, csv->p * sizeof *x);
        label[n++] = csv->label[i];
    }
    struct mini_data *data = mini_data_new(mini_algo("bayes", "catnb"), n, csv->p, x);
    mini_data_classes(data, label, csv->n_classes);
    free(x);
    free(label);
    return data;
}

/* CategoricalNB on iris, its columns made levels 0, 1, 2 by two thresholds each; learnt at once and in two parts,
 * and with a class_prior. */
static void test_levels(void **state)
{
    static const double low[] = {5.5, 3, 4, 1.2}, high[] = {6, 3.2, 5, 1.7};
    static const double learnt[] = {0.9976942830912682,     0.0023014862355046563, 4.2306732270306156e-06,
                                    0.0007849293563579272,  0.18681318681318654,   0.8124018838304559,
                                    2.1272823967381635e-05, 0.14940613366424377,   0.8505725935117889};
    static const double given[] = {0.9965411961080534,    0.003448239432899838, 1.0564459046874478e-05,
                                   0.0003395009336275673, 0.12120183330504149,  0.8784586657613311,
                                   9.050101361135236e-06, 0.09534281783955975,  0.9046481320590792};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t i = 0; i < csv->n * 4; i++)
        csv->x[i] = (csv->x[i] > low[i % 4]) + (csv->x[i] > high[i % 4]);
    struct mini_data *all = mini_csv_data(mini_algo("bayes", "catnb"), csv, LT_CLASSIFY);
    struct mini_data *even = half(csv, 0), *odd = half(csv, 1);
    check_levels("", all, all, NULL, learnt);
    check_levels("", all, even, odd, learnt);
    check_levels("class_prior=0.2,0.3,0.5", all, all, NULL, given);
    mini_data_free(all);
    mini_data_free(even);
    mini_data_free(odd);
    mini_csv_free(csv);
}

/* A missing value says nothing: the prior is what is left. */
static void test_missing(void **state)
{
    static const double x[] = {1, 1, 2, 2, 2, NAN}, asked[] = {NAN};
    static const int32_t label[] = {0, 0, 1, 1, 1, 1};
    const struct lt_algo *algo = mini_algo("bayes", "catnb");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = mini_data_new(algo, 6, 1, x), *question = mini_data_new(algo, 1, 1, asked);
    void *model = NULL;
    (void)state;
    mini_data_classes(data, label, 2);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
    double *proba = mini_predict(host, algo, model, question, &data->data);
    assert_close(proba[1], 4.0 / 6, 1e-15);
    free(proba);
    algo->free(model);
    mini_data_free(question);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_refusals(void **state)
{
    static const double x[] = {1, -1, 2, 2};
    static const int32_t label[] = {0, 0, 1, 1};
    const struct lt_algo *algo = mini_algo("bayes", "mnb");
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, "");
    struct mini_data *data = mini_data_new(algo, 4, 1, x);
    void *model = NULL;
    (void)state;
    mini_data_classes(data, label, 2);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
    assert_non_null(strstr(host->error, "'x1' of row 2 is -1"));
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    static const char *const ids[] = {"mnb", "cnb", "bnb", "catnb"};
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < 4; t++) {
        const struct lt_algo *algo = mini_algo("bayes", ids[t]);
        struct mini_data *data = mini_csv_data(algo, csv, LT_CLASSIFY);
        mini_conform(algo, t == 2 ? "binarize=2" : "", data);
        mini_data_free(data);
    }
    mini_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),   cmocka_unit_test(test_levels),  cmocka_unit_test(test_missing),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

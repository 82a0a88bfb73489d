/* The KD-tree against looking at all rows, radius neighbours and the local outlier factor against scikit-learn 1.9.1
 * (KNeighborsClassifier, RadiusNeighborsClassifier, LocalOutlierFactor) on bundled tables. */
#include "mini_host.h"

#include <setjmp.h>

#include <cmocka.h>

#include "dataset.h"

struct asked {
    struct mini_host *host;
    double *out;
};

/* Trains on the first n rows and asks all; the host keeps what was said. */
static struct asked ask(const char *id, const char *text, const struct mini_data *train,
                        const struct mini_data *all)
{
    const struct lt_algo *algo = mini_algo("neighbors", id);
    struct asked asked = {mini_host_new(2, 1), NULL};
    struct mini_params *params = mini_params_new(algo, text);
    void *model = NULL;
    assert_int_equal(mini_train(asked.host, algo, params, train, 1, &model), LT_DONE);
    asked.out = mini_predict(asked.host, algo, model, all, &train->data);
    assert_non_null(asked.out);
    algo->free(model);
    mini_params_free(params);
    return asked;
}

static void asked_free(struct asked *asked)
{
    free(asked->out);
    mini_host_free(asked->host);
}

/* Whole numbers, so that many distances are equal. */
static void test_tree_equals_brute(void **state)
{
    enum { N = 3000, P = 3 };
    static const char *const metrics[] = {"euclidean", "manhattan", "chebyshev", "minkowski p=3"};
    static double x[N * P], y[N];
    (void)state;
    for (size_t i = 0; i < (size_t)N * P; i++)
        x[i] = (double)lt_below(3, 1, i, i % 2 ? 40 : 7);
    for (size_t i = 0; i < N; i++)
        y[i] = lt_uniform(3, 2, i);
    struct mini_data *data = mini_data_new(mini_algo("neighbors", "knn"), N, P, x);
    mini_data_target(data, y);
    for (size_t t = 0; t < 8; t++) {
        static const char *const forms[] = {"n_neighbors=7 weights=distance", "radius=2.5"};
        const char *id = t < 4 ? "knn" : "radius";
        char text[2][120];
        for (int way = 0; way < 2; way++)
            snprintf(text[way], sizeof text[way], "%s algorithm=%s metric=%s", forms[t / 4],
                     way ? "kd_tree" : "brute", metrics[t % 4]);
        struct asked brute = ask(id, text[0], data, data), tree = ask(id, text[1], data, data);
        for (size_t i = 0; i < N; i++)
            assert_close(tree.out[i], brute.out[i], 1e-12);
        asked_free(&brute);
        asked_free(&tree);
    }
    mini_data_free(data);
}

/* KNeighborsClassifier(7, metric=…) on the standardised wine table: the sum of the
 * probabilities of each row's own class. */
static void test_metrics(void **state)
{
    static const struct {
        const char *text;
        double sum;
    } sk[] = {{"n_neighbors=7 metric=chebyshev", 161.57142857142858},
              {"n_neighbors=7 metric=minkowski p=3", 166.57142857142853},
              {"n_neighbors=7 metric=minkowski p=1.5", 168.71428571428572}};
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    dataset_scale(csv);
    struct mini_data *data = mini_csv_data(mini_algo("neighbors", "knn"), csv, LT_CLASSIFY);
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct asked asked = ask("knn", sk[t].text, data, data);
        double sum = 0;
        for (size_t i = 0; i < csv->n; i++)
            sum += asked.out[3 * i + (size_t)csv->label[i]];
        assert_close(sum, sk[t].sum, 1e-9);
        asked_free(&asked);
    }
    mini_data_free(data);
    mini_csv_free(csv);
}

/* RadiusNeighborsClassifier on iris, at radii between the distances that occur. (By distance it says 149.999999: its
 * distance of a row to itself is not quite 0.) */
static void test_radius(void **state)
{
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    struct mini_data *data = mini_csv_data(mini_algo("neighbors", "radius"), csv, LT_CLASSIFY);
    static const struct {
        const char *text;
        double sum;
    } sk[] = {{"radius=1.0123", 132.2198465397891},
              {"radius=0.5123 weights=distance", 150},
              {"radius=0.7512 metric=manhattan", 142.9469724719725},
              {"radius=0.4512 metric=chebyshev algorithm=kd_tree", 141.64426673687507}};
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct asked asked = ask("radius", sk[t].text, data, data);
        double sum = 0;
        for (size_t i = 0; i < csv->n; i++)
            sum += asked.out[3 * i + (size_t)csv->label[i]];
        assert_close(sum, sk[t].sum, 1e-9);
        assert_int_equal(asked.host->n_notes, 0);
        asked_free(&asked);
    }
    double far[4] = {100, 100, 100, 100};
    struct mini_data *alone = mini_data_new(mini_algo("neighbors", "radius"), 1, 4, far);
    struct asked asked = ask("radius", "", data, alone); /* nobody near: the shares of all */
    assert_close(asked.out[0], 1.0 / 3, 1e-12);
    assert_true(mini_noted(asked.host, "no training row within"));
    asked_free(&asked);
    mini_data_free(alone);
    mini_data_free(data);
    mini_csv_free(csv);
}

/* LocalOutlierFactor on iris and wine: -negative_outlier_factor_ of some rows and their sum; novelty=True for a row
 * that training didn't have. */
static void test_lof(void **state)
{
    static const struct {
        const char *path, *target, *text;
        double first, hundredth, sum, most, novel;
    } sk[] = {{"datasets/iris.csv", "species", "n_neighbors=20", 0.9744183918937873, 0.9887263144815476,
               161.97018821090273, 1.777582161686805, 2.990858705550722},
              {"datasets/wine.csv", "cultivar", "n_neighbors=10", 1.0120688479099822, 0.9975063120169839,
               202.98925400742186, 4.115043156255854, 1.0188830230307835},
              {"datasets/wine.csv", "cultivar", "n_neighbors=20 metric=manhattan algorithm=kd_tree",
               0.9797654830975777, 0.9809979378944634, 187.38041468560533, 2.0740104483078836,
               0.9816189871039913}};
    (void)state;
    for (size_t t = 0; t < sizeof sk / sizeof sk[0]; t++) {
        struct mini_csv *csv = dataset_load(sk[t].path, sk[t].target);
        if (!csv) {
            skip();
            return;
        }
        const struct lt_algo *algo = mini_algo("neighbors", "lof");
        struct mini_data *data = mini_csv_data(algo, csv, LT_ANOMALY);
        struct asked asked = ask("lof", sk[t].text, data, data);
        double sum = 0, most = 0;
        for (size_t i = 0; i < csv->n; i++) {
            sum += asked.out[i];
            most = fmax(most, asked.out[i]);
        }
        assert_close(asked.out[0], sk[t].first, 1e-9);
        assert_close(asked.out[99], sk[t].hundredth, 1e-9);
        assert_close(sum, sk[t].sum, 1e-8);
        assert_close(most, sk[t].most, 1e-9);
        asked_free(&asked);
        for (size_t j = 0; j < csv->p; j++)
            csv->x[j] += 1;
        struct mini_data *novel = mini_data_new(algo, 1, csv->p, csv->x);
        asked = ask("lof", sk[t].text, data, novel);
        assert_close(asked.out[0], sk[t].novel, 1e-9);
        asked_free(&asked);
        mini_data_free(novel);
        mini_data_free(data);
        mini_csv_free(csv);
    }
}

static void test_conform(void **state)
{
    struct mini_csv *csv = dataset_load("datasets/iris.csv", "species");
    (void)state;
    if (!csv) {
        skip();
        return;
    }
    static const struct {
        const char *id, *text;
        uint32_t task;
    } trial[] = {{"radius", "", LT_CLASSIFY},
                 {"radius", "algorithm=kd_tree metric=chebyshev", LT_CLASSIFY},
                 {"knn", "algorithm=kd_tree", LT_CLASSIFY},
                 {"lof", "", LT_ANOMALY},
                 {"lof", "algorithm=kd_tree n_neighbors=5", LT_ANOMALY}};
    for (size_t t = 0; t < sizeof trial / sizeof trial[0]; t++) {
        const struct lt_algo *algo = mini_algo("neighbors", trial[t].id);
        struct mini_data *data = mini_csv_data(algo, csv, trial[t].task);
        mini_conform(algo, trial[t].text, data);
        mini_data_free(data);
    }
    mini_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_equals_brute),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_radius),
        cmocka_unit_test(test_lof),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

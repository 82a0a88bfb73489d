/* The net against an independent implementation in double precision: loops over single rows, written from the
 * formulas of backpropagation and of Adam (Kingma and Ba 2015, the form at the end of section 2), whose gradient
 * is itself checked by finite differences; and against scikit-learn 1.9.1's MLPClassifier and MLPRegressor on bundled
 * tables, in bands. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/net/product.h" /* a module exports nothing: its kernels are built into the test */
#include "dataset.h"

/* ---- the independent net: one hidden layer more than one, any widths --------------------------------------- */

enum { MOST_LAYERS = 4, MOST_WIDTH = 8 };
enum kind { NUMBERS, TWO, MANY };

struct naive {
    int layers, width[MOST_LAYERS + 1];
    char activation; /* r, t, l, i */
    enum kind kind;
    double alpha;
    double w[MOST_LAYERS][MOST_WIDTH + 1][MOST_WIDTH]; /* the last row: biases */
};

static double bend(char activation, double z)
{
    return activation == 'r'   ? (z > 0 ? z : 0)
           : activation == 't' ? tanh(z)
           : activation == 'l' ? 1 / (1 + exp(-z))
                               : z;
}

static double bend_slope(char activation, double z)
{
    double a = bend(activation, z);
    return activation == 'r' ? z > 0 : activation == 't' ? 1 - a * a : activation == 'l' ? a * (1 - a) : 1;
}

struct traces {
    double z[MOST_LAYERS + 1][MOST_WIDTH], a[MOST_LAYERS + 1][MOST_WIDTH];
};

static void naive_forward(const struct naive *net, const double *x, struct traces *t)
{
    memcpy(t->a[0], x, (size_t)net->width[0] * sizeof *x);
    for (int l = 0; l < net->layers; l++)
        for (int j = 0; j < net->width[l + 1]; j++) {
            double z = net->w[l][net->width[l]][j];
            for (int i = 0; i < net->width[l]; i++)
                z += t->a[l][i] * net->w[l][i][j];
            t->z[l + 1][j] = z;
            t->a[l + 1][j] = l + 1 < net->layers ? bend(net->activation, z) : z;
        }
    double *out = t->a[net->layers], sum = 0;
    int k = net->width[net->layers];
    if (net->kind == TWO)
        out[0] = 1 / (1 + exp(-out[0]));
    for (int j = 0; net->kind == MANY && j < k; j++)
        sum += exp(out[j]);
    for (int j = 0; net->kind == MANY && j < k; j++)
        out[j] = exp(out[j]) / sum;
}

static double row_loss(const struct naive *net, const struct traces *t, double y)
{
    const double *out = t->a[net->layers];
    if (net->kind == NUMBERS)
        return 0.5 * (out[0] - y) * (out[0] - y);
    if (net->kind == TWO)
        return -log(y > 0 ? out[0] : 1 - out[0]);
    return -log(out[(int)y]);
}

static double naive_loss(const struct naive *net, int n, const double *x, const double *y, const double *weight)
{
    double loss = 0, total = 0;
    struct traces t;
    for (int i = 0; i < n; i++)
        total += weight[i];
    for (int i = 0; i < n; i++) {
        naive_forward(net, x + i * net->width[0], &t);
        loss += weight[i] * n / total * row_loss(net, &t, y[i]);
    }
    for (int l = 0; l < net->layers; l++)
        for (int i = 0; i < net->width[l]; i++)
            for (int j = 0; j < net->width[l + 1]; j++)
                loss += 0.5 * net->alpha * net->w[l][i][j] * net->w[l][i][j];
    return loss / n;
}

/* The gradient, in a net of the same shape. */
static void naive_gradient(const struct naive *net, int n, const double *x, const double *y, const double *weight,
                           struct naive *g)
{
    double total = 0;
    memset(g->w, 0, sizeof g->w);
    for (int i = 0; i < n; i++)
        total += weight[i];
    for (int r = 0; r < n; r++) {
        struct traces t;
        double delta[MOST_LAYERS + 1][MOST_WIDTH];
        naive_forward(net, x + r * net->width[0], &t);
        for (int j = 0; j < net->width[net->layers]; j++)
            delta[net->layers][j] =
                (t.a[net->layers][j] - (net->kind == MANY ? j == (int)y[r] : y[r])) * weight[r] * n / total;
        for (int l = net->layers - 1; l >= 0; l--) {
            for (int j = 0; j < net->width[l + 1]; j++) {
                for (int i = 0; i < net->width[l]; i++)
                    g->w[l][i][j] += t.a[l][i] * delta[l + 1][j] / n;
                g->w[l][net->width[l]][j] += delta[l + 1][j] / n;
            }
            for (int i = 0; l > 0 && i < net->width[l]; i++) {
                double sum = 0;
                for (int j = 0; j < net->width[l + 1]; j++)
                    sum += net->w[l][i][j] * delta[l + 1][j];
                delta[l][i] = sum * bend_slope(net->activation, t.z[l][i]);
            }
        }
    }
    for (int l = 0; l < net->layers; l++)
        for (int i = 0; i < net->width[l]; i++)
            for (int j = 0; j < net->width[l + 1]; j++)
                g->w[l][i][j] += net->alpha * net->w[l][i][j] / n;
}

/* ---- weights of a model through its save ------------------------------------------------------------------- */

static void read_weights(struct mini_host *host, struct naive *net)
{
    for (int l = 0; l < net->layers; l++) {
        char name[32];
        struct lt_tensor w, b;
        snprintf(name, sizeof name, "weight.%d", l + 1);
        assert_int_equal(host->ctx.get_tensor(&host->ctx, name, LT_T_F32, 2, &w), LT_OK);
        snprintf(name, sizeof name, "bias.%d", l + 1);
        assert_int_equal(host->ctx.get_tensor(&host->ctx, name, LT_T_F32, 1, &b), LT_OK);
        for (int j = 0; j < net->width[l + 1]; j++) {
            for (int i = 0; i < net->width[l]; i++)
                net->w[l][i][j] = (double)((const float *)w.data)[i * net->width[l + 1] + j];
            net->w[l][net->width[l]][j] = (double)((const float *)b.data)[j];
        }
    }
}

enum { N = 50, P = 5 };

struct trial {
    const char *text;
    char activation;
    enum kind kind;
    int hidden[MOST_LAYERS], n_hidden;
    double alpha;
    bool weights;
};

static void trial_rows(const struct trial *trial, double *x, double *y, int32_t *label, double *weight)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < P; j++)
            x[i * P + j] = (double)(float)(3 * lt_uniform(4, (uint64_t)j, (uint64_t)i) - 1.5);
        y[i] = x[i * P] * x[i * P + 1] + x[i * P + 2];
        label[i] = (y[i] > 0) + (trial->kind == MANY && y[i] > 0.7);
        weight[i] = trial->weights ? 0.5 + lt_uniform(4, 99, (uint64_t)i) : 1;
        y[i] = trial->kind == NUMBERS ? (double)(float)y[i] : label[i];
    }
}

static void naive_shape(const struct trial *trial, struct naive *net)
{
    *net = (struct naive){.layers = trial->n_hidden + 1, .activation = trial->activation, .kind = trial->kind};
    net->alpha = trial->alpha;
    net->width[0] = P;
    for (int l = 0; l < trial->n_hidden; l++)
        net->width[l + 1] = trial->hidden[l];
    net->width[net->layers] = trial->kind == MANY ? 3 : 1;
}

static void check_finite_differences(struct naive *net, const double *x, const double *y, const double *weight)
{
    struct naive g = *net;
    naive_gradient(net, N, x, y, weight, &g);
    for (int l = 0; l < net->layers; l++)
        for (int i = 0; i <= net->width[l]; i++)
            for (int j = 0; j < net->width[l + 1]; j++) {
                double kept = net->w[l][i][j], h = 1e-6;
                net->w[l][i][j] = kept + h;
                double above = naive_loss(net, N, x, y, weight);
                net->w[l][i][j] = kept - h;
                double below = naive_loss(net, N, x, y, weight);
                net->w[l][i][j] = kept;
                assert_float_equal((above - below) / (2 * h), g.w[l][i][j], 1e-7);
            }
}

/* Some full-batch steps side by side: the losses and all weights must agree. */
static void run_trial(const struct trial *trial)
{
    enum { STEPS = 12 };
    const double rate = 0.01, b1 = 0.9, b2 = 0.999;
    double x[N * P], y[N], weight[N];
    int32_t label[N];
    static struct naive net, g, first, second;
    const struct lt_algo *algo = mini_algo("net", "net");
    struct mini_host *host = mini_host_new(2, 5);
    struct mini_params *params = mini_params_new(algo, trial->text);
    void *model = NULL;
    trial_rows(trial, x, y, label, weight);
    struct mini_data *data = mini_data_new(algo, N, P, x);
    if (trial->kind == NUMBERS)
        mini_data_target(data, y);
    else
        mini_data_classes(data, label, trial->kind == MANY ? 3 : 2);
    if (trial->weights)
        mini_data_weights(data, weight);
    assert_int_equal(algo->begin(&host->ctx, &params->params, &data->data, &model), LT_OK);
    assert_int_equal(algo->save(&host->ctx, model), LT_OK);
    naive_shape(trial, &net);
    read_weights(host, &net);
    check_finite_differences(&net, x, y, weight);
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    for (int step = 1; step <= STEPS; step++) {
        double loss = naive_loss(&net, N, x, y, weight);
        naive_gradient(&net, N, x, y, weight, &g);
        assert_true(algo->step(&host->ctx, model, &data->data, 1) >= 0);
        assert_float_equal(mini_metric(host, "loss", (uint64_t)step), loss, 2e-7 * (1 + loss));
        for (int l = 0; l < net.layers; l++)
            for (int i = 0; i <= net.width[l]; i++)
                for (int j = 0; j < net.width[l + 1]; j++) {
                    double *m = &first.w[l][i][j], *v = &second.w[l][i][j], d = g.w[l][i][j];
                    *m = b1 * *m + (1 - b1) * d;
                    *v = b2 * *v + (1 - b2) * d * d;
                    net.w[l][i][j] -=
                        rate * sqrt(1 - pow(b2, step)) / (1 - pow(b1, step)) * *m / (sqrt(*v) + 1e-8);
                }
    }
    mini_host_clear_store(host);
    assert_int_equal(algo->save(&host->ctx, model), LT_OK);
    g = net;
    read_weights(host, &g);
    for (int l = 0; l < net.layers; l++)
        for (int i = 0; i <= net.width[l]; i++)
            for (int j = 0; j < net.width[l + 1]; j++)
                assert_float_equal(g.w[l][i][j], net.w[l][i][j], 1e-5);
    algo->free(model);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

#define COMMON " learning_rate_init=0.01 batch_size=50 tol=0"

static void test_against_loops(void **state)
{
    static const struct trial trial[] = {
        {"layers=6,4 activation=tanh alpha=0.3" COMMON, 't', MANY, {6, 4}, 2, 0.3, false},
        {"layers=7 activation=relu alpha=0" COMMON, 'r', NUMBERS, {7}, 1, 0, true},
        {"layers=5,6,3 activation=logistic alpha=2" COMMON, 'l', TWO, {5, 6, 3}, 3, 2, true},
        {"layers=4 activation=identity" COMMON, 'i', MANY, {4}, 1, 0.0001, false},
        {"layers=8,8 activation=tanh" COMMON, 't', NUMBERS, {8, 8}, 2, 0.0001, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof trial / sizeof trial[0]; i++)
        run_trial(&trial[i]);
}

/* ---- what it learns ---------------------------------------------------------------------------------------- */

static double share_right(const double *proba, const int32_t *label, size_t n, size_t k)
{
    size_t right = 0;
    for (size_t i = 0; i < n; i++) {
        size_t best = 0;
        for (size_t c = 1; c < k; c++)
            best = proba[i * k + c] > proba[i * k + best] ? c : best;
        right += (int32_t)best == label[i];
    }
    return (double)right / (double)n;
}

static struct mini_data *spirals(const struct lt_algo *algo, size_t n)
{
    double *x = malloc(n * 2 * sizeof *x);
    int32_t *label = malloc(n * sizeof *label);
    for (size_t i = 0; i < n; i++) {
        double t = 1 + 9 * lt_uniform(3, 1, i), turn = i % 2 ? M_PI : 0;
        label[i] = (int32_t)(i % 2);
        x[2 * i] = t * cos(t + turn) / 5 + 0.02 * lt_uniform(3, 2, i);
        x[2 * i + 1] = t * sin(t + turn) / 5 + 0.02 * lt_uniform(3, 3, i);
    }
    struct mini_data *data = mini_data_new(algo, n, 2, x);
    mini_data_classes(data, label, 2);
    free(x);
    free(label);
    return data;
}

static void test_spirals(void **state)
{
    static const char *const text[] = {"layers=32,32 epochs=300 lr=0.01 batch=64 patience=50",
                                       "layers=64,64 epochs=300 lr=0.01 batch=64 dropout=0.1 patience=50"};
    const struct lt_algo *algo = mini_algo("net", "net");
    struct mini_data *data = spirals(algo, 1000);
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct mini_host *host = mini_host_new(1, 2);
        struct mini_params *params = mini_params_new(algo, text[t]);
        void *model;
        assert_int_equal(mini_train(host, algo, params, data, 10, &model), LT_DONE);
        double *proba = mini_predict(host, algo, model, data, &data->data);
        assert_true(share_right(proba, data->data.label, 1000, 2) > 0.97);
        assert_true(mini_metric(host, "loss", 1) > 0.5);
        free(proba);
        algo->free(model);
        mini_params_free(params);
        mini_host_free(host);
    }
    mini_data_free(data);
}

/* Rows i with i % 4 == 3 are for testing. */
static struct mini_data *quarter(const struct lt_algo *algo, const struct mini_csv *csv, bool classes, bool test,
                                 double mean, double sd)
{
    double *x = malloc(csv->n * csv->p * sizeof *x), *y = malloc(csv->n * sizeof *y);
    int32_t *label = malloc(csv->n * sizeof *label);
    size_t n = 0;
    for (size_t i = 0; i < csv->n; i++)
        if ((i % 4 == 3) == test) {
            memcpy(x + n * csv->p, csv->x + i * csv->p, csv->p * sizeof *x);
            y[n] = classes ? 0 : (csv->y[i] - mean) / sd;
            label[n++] = classes ? csv->label[i] : 0;
        }
    struct mini_data *data = mini_data_new(algo, n, csv->p, x);
    if (classes)
        mini_data_classes(data, label, csv->n_classes);
    else
        mini_data_target(data, y);
    free(x);
    free(y);
    free(label);
    return data;
}

static double determination(const double *value, const double *y, size_t n)
{
    double mean = 0, rest = 0, all = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        rest += (y[i] - value[i]) * (y[i] - value[i]);
        all += (y[i] - mean) * (y[i] - mean);
    }
    return 1 - rest / all;
}

/* MLPClassifier and MLPRegressor with tol=0, n_iter_no_change=1000 and random_state 0 … 11: the training loss at the
 * end lies from low to high (median), and the share of rows that are right, or R^2, on the other rows is at least
 * worst. Columns have mean 0 and sd 1, numbers to predict too (by the training rows' 35.5 and 16.6). */
static void test_as_sklearn(void **state)
{
    static const struct {
        const char *file, *target, *text;
        bool classes;
        double low, middle, high, worst;
    } rows[] = {{"datasets/breast_cancer.csv", "diagnosis", "layers=32,16 epochs=30 batch=64", true, 0.0487,
                 0.0600, 0.0708, 0.9648},
                {"datasets/wine.csv", "cultivar", "layers=50 epochs=60 activation=tanh", true, 0.1568, 0.2471,
                 0.3105, 0.8409},
                {"datasets/concrete.csv", "strength", "layers=64,32 epochs=100 batch=64", false, 0.0248, 0.0262,
                 0.0307, 0.8998}};
    const struct lt_algo *algo = mini_algo("net", "net");
    enum { SEEDS = 6 };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct mini_csv *csv = dataset_load(rows[r].file, rows[r].target);
        if (!csv) {
            skip();
            return;
        }
        dataset_scale(csv);
        double mean = 0, square = 0, score = 0, loss = 0;
        size_t n = 0;
        for (size_t i = 0; i < csv->n; i++)
            if (i % 4 != 3 && !rows[r].classes) {
                mean += csv->y[i];
                square += csv->y[i] * csv->y[i];
                n++;
            }
        mean /= n ? (double)n : 1;
        double sd = n ? sqrt((square - (double)n * mean * mean) / (double)(n - 1)) : 1;
        struct mini_data *train = quarter(algo, csv, rows[r].classes, false, mean, sd);
        struct mini_data *test = quarter(algo, csv, rows[r].classes, true, mean, sd);
        char text[160];
        snprintf(text, sizeof text, "%s tol=0 n_iter_no_change=1000", rows[r].text);
        struct mini_params *params = mini_params_new(algo, text);
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct mini_host *host = mini_host_new(2, seed);
            void *model;
            assert_int_equal(mini_train(host, algo, params, train, 100, &model), LT_DONE);
            uint64_t taken, planned;
            algo->units(model, &taken, &planned);
            loss += mini_metric(host, "loss", taken) / SEEDS;
            double *out = mini_predict(host, algo, model, test, &train->data);
            score += (rows[r].classes ? share_right(out, test->data.label, test->data.n, (uint32_t)csv->n_classes)
                                      : determination(out, test->data.y, test->data.n)) /
                     SEEDS;
            free(out);
            algo->free(model);
            mini_host_free(host);
        }
        if (!(loss >= rows[r].low && loss <= rows[r].high && score >= rows[r].worst))
            fail_msg("%s: the loss is %g (scikit-learn's %g), the score %g", rows[r].file, loss, rows[r].middle,
                     score);
        mini_params_free(params);
        mini_data_free(train);
        mini_data_free(test);
        mini_csv_free(csv);
    }
}

/* With a large tol nothing is better: 1 + n_iter_no_change epochs follow the first, as in scikit-learn. */
static void test_stops(void **state)
{
    const struct lt_algo *algo = mini_algo("net", "net");
    struct mini_data *data = spirals(algo, 100);
    struct mini_host *host = mini_host_new(1, 2);
    struct mini_params *params = mini_params_new(algo, "tol=10 n_iter_no_change=4");
    uint64_t taken, planned;
    void *model;
    (void)state;
    assert_int_equal(mini_train(host, algo, params, data, 1000, &model), LT_DONE);
    assert_int_equal(algo->units(model, &taken, &planned), LT_OK);
    assert_int_equal(taken, 6);
    assert_int_equal(planned, 200);
    assert_int_equal(algo->describe(&host->ctx, model), LT_OK);
    assert_int_equal(mini_cell(host, "layers", "hidden 1", "parameters"), 300);
    assert_int_equal(mini_cell(host, "layers", "output", "parameters"), 101);
    assert_int_equal(mini_cell(host, "summary", "epochs", "value"), 6);
    algo->free(model);
    mini_params_free(params);
    mini_host_free(host);
    mini_data_free(data);
}

static void test_edges(void **state)
{
    static const double x[] = {1, 1, 1, 2}, y[] = {1, 2, 3, 4};
    static const int32_t same[] = {1, 1, 1, 1};
    const struct lt_algo *algo = mini_algo("net", "net");
    struct mini_host *host = mini_host_new(1, 2);
    struct mini_params *params = mini_params_new(algo, "epochs=3");
    void *model;
    (void)state;
    struct mini_data *data = mini_data_new(algo, 0, 1, x);
    mini_data_target(data, y);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
    assert_non_null(strstr(host->error, "0 rows"));
    mini_data_free(data);
    data = mini_data_new(algo, 4, 1, x);
    mini_data_classes(data, same, 2);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
    assert_non_null(strstr(host->error, "c1"));
    mini_data_free(data);
    data = mini_data_new(algo, 1, 1, x);
    mini_data_target(data, y);
    mini_conform(algo, "epochs=3", data);
    mini_data_free(data);
    mini_params_free(params);
    params = mini_params_new(algo, "lr=10 layers=50,50 epochs=100 tol=0 activation=identity");
    data = mini_data_new(algo, 4, 1, (const double[]){1e30, -1e30, 1e28, 1e32});
    mini_data_target(data, y);
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_NUMERIC);
    assert_non_null(strstr(host->error, "learning_rate_init"));
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_conform(void **state)
{
    enum { ROWS = 700, COLUMNS = 6 };
    static double x[ROWS * COLUMNS], y[ROWS];
    static int32_t label[ROWS];
    const struct lt_algo *algo = mini_algo("net", "net");
    (void)state;
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        x[i] = 2 * lt_uniform(8, 1, i) - 1;
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = x[i * COLUMNS] - x[i * COLUMNS + 1];
        label[i] = (y[i] > 0) + (y[i] > 0.6);
    }
    struct mini_data *data = mini_data_new(algo, ROWS, COLUMNS, x);
    mini_data_classes(data, label, 3);
    mini_conform(algo, "layers=20,10 epochs=6 dropout=0.2", data);
    mini_conform(algo, "layers=300,200 epochs=3 batch=600", data); /* much work: groups side by side */
    mini_data_target(data, y);
    mini_conform(algo, "layers=16 epochs=5 activation=tanh batch=37", data);
    mini_data_free(data);
}

/* Tiles, their rests and single columns against plain C; what lies around the result stays as it was. */
static void test_product(void **state)
{
    static const size_t shape[][3] = {{32, 128, 28}, {32, 64, 128}, {128, 64, 32}, {32, 1, 64},
                                      {64, 1, 32},   {1, 1, 1},     {7, 37, 5},    {13, 3, 300},
                                      {33, 100, 17}, {5, 16, 600},  {32, 32, 0},   {3, 1, 100}};
    enum { GAP = 3, SIDE = 640 };
    static float a[SIDE * SIDE], b[SIDE * SIDE], fast[SIDE * SIDE], plain[SIDE * SIDE];
    (void)state;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        a[i] = (float)lt_uniform(1, 1, i) - 0.5f;
        b[i] = (float)lt_uniform(1, 2, i) - 0.5f;
    }
    for (size_t s = 0; s < 8 * sizeof shape / sizeof shape[0]; s++) {
        const size_t m = shape[s / 8][0], n = shape[s / 8][1], k = shape[s / 8][2], gap = s % 2 ? GAP : 0;
        const int turned = s / 2 % 2, add = s / 4 % 2;
        const size_t row = turned ? 1 : k + gap, column = turned ? m + gap : 1;
        for (size_t i = 0; i < m * (n + gap) + 1; i++)
            fast[i] = plain[i] = (float)lt_uniform(1, 3, i);
        product(m, n, k, a, row, column, b, n + gap, add, fast, n + gap);
        product_plain(m, n, k, a, row, column, b, n + gap, add, plain, n + gap);
        for (size_t i = 0; i < m * (n + gap) + 1; i++) {
            const int inside = i < m * (n + gap) && i % (n + gap) < n;
            if (!(fabs((double)fast[i] - (double)plain[i]) <= (inside ? 2e-5 : 0)))
                fail_msg("%zu x %zu x %zu, turned %d, add %d, gap %zu: cell %zu is %g, not %g", m, n, k, turned,
                         add, gap, i, (double)fast[i], (double)plain[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_loops), cmocka_unit_test(test_spirals), cmocka_unit_test(test_as_sklearn),
        cmocka_unit_test(test_stops),         cmocka_unit_test(test_edges),   cmocka_unit_test(test_conform),
        cmocka_unit_test(test_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Naive Bayes: against scikit-learn 1.9's GaussianNB and CategoricalNB on the bundled tables, and, with missing
 * values and both kinds of columns, against the formula by numpy (nanmean, nanvar) and scipy.stats.norm.logpdf,
 * which equals GaussianNB times CategoricalNB on the complete rows to 4e-15. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"

static const struct lt_algo *nb(void)
{
    return mini_algo("bayes", "nb");
}

/* Trains on `train` and returns the probabilities of the rows of `ask`; the host has what describe says. */
static double *probabilities(struct mini_host *host, const char *text, const struct mini_data *train,
                             const struct mini_data *ask)
{
    struct mini_params *params = mini_params_new(nb(), text);
    void *model;
    if (mini_train(host, nb(), params, train, 1, &model) != LT_DONE)
        fail_msg("'%s': %s", text, host->error);
    double *proba = mini_predict(host, nb(), model, ask, &train->data);
    assert_non_null(proba);
    assert_int_equal(nb()->describe(&host->ctx, model), LT_OK);
    nb()->free(model);
    mini_params_free(params);
    return proba;
}

/* The rows of a table whose number is (or isn't) a multiple of 3. */
static struct mini_data *third(const struct mini_csv *csv, int multiples, int weighted)
{
    double *x = calloc(csv->n * csv->p + 1, sizeof *x), *weight = calloc(csv->n + 1, sizeof *weight);
    int32_t *label = calloc(csv->n + 1, sizeof *label);
    size_t n = 0;
    for (size_t i = 0; i < csv->n; i++) {
        if ((i % 3 == 0) != multiples)
            continue;
        memcpy(x + n * csv->p, csv->x + i * csv->p, csv->p * sizeof *x);
        weight[n] = 1 + (double)(i % 4);
        label[n++] = csv->label[i];
    }
    struct mini_data *data = mini_data_new(nb(), n, csv->p, x);
    mini_data_classes(data, label, csv->n_classes);
    if (weighted)
        mini_data_weights(data, weight);
    free(x);
    free(weight);
    free(label);
    return data;
}

/* GaussianNB(...).fit(rows not a multiple of 3).predict_proba(the others): rows 0, 20, 21 and the sums of
 * columns */
static void test_wine(void **state)
{
    static const struct {
        const char *text;
        int weighted;
        double row[3][3], sum[3];
    } table[] = {
        {"",
         0,
         {{0.99999999901574199, 9.8425970963843441e-10, 5.1225991435184842e-41},
          {9.8362024223624695e-18, 0.99993600146387951, 6.3998536121148689e-05},
          {0.0012842634825110829, 0.99871573651749035, 5.8811000389207802e-29}},
         {19.995821768032023, 24.004169283071608, 16.000008948896372}},
        {"var_smoothing=1e-3 priors=0.2,0.3,0.5",
         1,
         {{0.99391191116358857, 0.0046024369694381744, 0.0014856518669765042},
          {0.029574992109999185, 0.18955065510912456, 0.7808743527808738},
          {0.0016575689793080889, 0.68639237086475657, 0.31195006015593385}},
         {18.068463363424272, 19.037133074602675, 22.894403561973078}},
        {"", 1, {{NAN}}, {20.085902508154106, 23.913963671737481, 16.00013382010841}},
    };
    (void)state;
    struct mini_csv *csv = dataset_load("datasets/wine.csv", "cultivar");
    if (!csv) {
        skip();
        return;
    }
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_host *host = mini_host_new(2, 1);
        struct mini_data *train = third(csv, 0, table[t].weighted), *ask = third(csv, 1, 0);
        double sum[3] = {0}, *proba = probabilities(host, table[t].text, train, ask);
        for (size_t i = 0; i < 3 * ask->data.n; i++)
            sum[i % 3] += proba[i];
        for (size_t c = 0; c < 3; c++) {
            assert_close(sum[c], table[t].sum[c], 1e-10);
            for (size_t r = 0; r < 3 && !isnan(table[t].row[0][0]); r++)
                assert_close(proba[(r ? 19 + r : 0) * 3 + c], table[t].row[r][c], 1e-10 * table[t].row[r][c]);
        }
        const struct mini_table *centres = mini_table(host, "centres");
        assert_int_equal(centres->n_rows, 3 * 13);
        if (t == 0) { /* theta_ and sqrt(var_) of the first class: alcohol and proline */
            assert_close(centres->cell[2].r, 13.711538461538462, 1e-12);
            assert_close(centres->cell[3].r, 0.48412285600641125, 1e-12);
            assert_close(centres->cell[12 * 4 + 2].r, 1096.0769230769231, 1e-9);
            assert_close(centres->cell[12 * 4 + 3].r, 212.56122935344857, 1e-9);
        }
        if (t == 2) /* class_prior_ */
            assert_close(mini_cell(host, "priors", "c1", "prior"), 0.39931740614334471, 1e-14);
        free(proba);
        mini_data_free(train);
        mini_data_free(ask);
        mini_host_free(host);
    }
    mini_csv_free(csv);
}

/* ---- category columns --------------------------------------------------------------------------------------- */

static const char *const LEVELS[] = {"a", "b", "c", "d"};

/* Turns column j of the data into a category with n_levels levels; NaN becomes -1. Codes live in code[n]. */
static void make_category(struct mini_data *data, size_t j, uint32_t n_levels, int32_t *code)
{
    struct lt_column *column = (struct lt_column *)(uintptr_t)&data->data.column[j]; /* the test's own memory */
    for (size_t i = 0; i < data->data.n; i++)
        code[i] = isnan(data->x[i * data->data.p + j]) ? -1 : (int32_t)data->x[i * data->data.p + j];
    column->kind = LT_CATEGORY;
    column->storage = LT_I32;
    column->data = code;
    column->n_levels = n_levels;
    column->levels = LEVELS;
}

/* CategoricalNB(alpha) on sex, embarked and pclass of the 889 rows that have them */
static void test_titanic(void **state)
{
    enum { N = 889 };
    static double x[N * 3];
    static int32_t code[3][N];
    static const double share[2][2] = {{0.14882032667876585, 0.85117967332123368},
                                       {0.67836257309941539, 0.321637426900585}};
    (void)state;
    struct mini_csv *csv = mini_csv_load("datasets/titanic.csv", "survived", "sex,embarked,pclass");
    if (!csv) {
        skip();
        return;
    }
    assert_int_equal(csv->n, N);
    assert_int_equal(csv->p, 4);
    for (size_t i = 0; i < N; i++) {
        const double *row = csv->x + i * 4;
        x[i * 3] = row[0];
        x[i * 3 + 1] = row[1] + 2 * row[2];
        x[i * 3 + 2] = row[3] - 1;
    }
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_data *data = mini_data_new(nb(), N, 3, x);
    int32_t label[N];
    for (size_t i = 0; i < N; i++)
        label[i] = csv->label ? csv->label[i] : (int32_t)csv->y[i];
    mini_data_classes(data, label, 2);
    make_category(data, 0, 2, code[0]);
    make_category(data, 1, 3, code[1]);
    make_category(data, 2, 3, code[2]);
    double sum = 0, *proba = probabilities(host, "", data, data);
    for (size_t i = 0; i < N; i++)
        sum += proba[2 * i + 1];
    assert_close(sum, 339.51687142136359, 1e-10);
    assert_close(proba[0], 0.90965508500256365, 1e-12);
    assert_close(proba[3], 0.93777840986975769, 1e-12);
    const struct mini_table *levels = mini_table(host, "levels");
    assert_int_equal(levels->n_rows, 2 * (2 + 3 + 3));
    for (size_t c = 0; c < 2; c++)
        for (size_t l = 0; l < 2; l++)
            assert_close(levels->cell[(c * 8 + l) * 4 + 3].r, share[c][l], 1e-14);
    assert_null(mini_table(host, "centres"));
    free(proba);
    proba = probabilities(host, "alpha=0.25", data, data);
    sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += proba[2 * i + 1];
    assert_close(sum, 339.93280838836461, 1e-10);
    assert_close(proba[0], 0.91002642856000993, 1e-12);
    free(proba);
    mini_data_free(data);
    mini_host_free(host);
    mini_csv_free(csv);
}

/* ---- missing values, both kinds of columns ------------------------------------------------------------------ */

enum { PENGUINS = 344, MEASURES = 4 };

static int32_t level_of(const char *text, const char *const *levels, int32_t n)
{
    for (int32_t l = 0; l < n; l++)
        if (!strcmp(text, levels[l]))
            return l;
    return -1;
}

/* Four measurements, island, sex; NaN where the table says NA. */
static int read_penguins(double *x, int32_t *label)
{
    static const char *const species[] = {"Adelie", "Chinstrap", "Gentoo"},
                             *const island[] = {"Biscoe", "Dream", "Torgersen"}, *const sex[] = {"female", "male"};
    const char *top = getenv("top_srcdir");
    char path[4096], line[512], *field[8];
    snprintf(path, sizeof path, "%s/datasets/penguins.csv", top ? top : ".");
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    assert_non_null(fgets(line, sizeof line, file));
    for (size_t i = 0; i < PENGUINS; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        for (size_t f = 0, at = 0; f < 8; f++) {
            field[f] = line + at;
            at += strcspn(line + at, ",\n");
            line[at++] = '\0';
        }
        label[i] = level_of(field[0], species, 3);
        for (size_t j = 0; j < MEASURES; j++)
            x[i * 6 + j] = strcmp(field[2 + j], "NA") ? strtod(field[2 + j], NULL) : NAN;
        const int32_t where = level_of(field[1], island, 3), which = level_of(field[6], sex, 2);
        x[i * 6 + 4] = where;
        x[i * 6 + 5] = which < 0 ? NAN : which;
    }
    fclose(file);
    return 1;
}

static void test_penguins(void **state)
{
    static double x[PENGUINS * 6];
    static int32_t label[PENGUINS], code[2][PENGUINS];
    static const size_t row[] = {3, 8, 171, 293}; /* no measurement and no sex; no sex; complete; complete */
    static const double wanted[4][3] = {{0.96412196662589023, 0.017766209645574096, 0.018111823728535689},
                                        {0.99999611833522384, 3.881664494510316e-06, 2.8246635214645212e-13},
                                        {1.3093211555646953e-13, 2.1652163053542476e-11, 0.99999999997821654},
                                        {6.4071715954111773e-10, 0.99999999935812411, 1.1574200857079061e-12}};
    static const double sums[] = {153.26092131812263, 66.98804195386812, 123.7510367280092};
    (void)state;
    if (!read_penguins(x, label)) {
        skip();
        return;
    }
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_data *data = mini_data_new(nb(), PENGUINS, 6, x);
    mini_data_classes(data, label, 3);
    make_category(data, 4, 3, code[0]);
    make_category(data, 5, 2, code[1]);
    double sum[3] = {0}, *proba = probabilities(host, "", data, data);
    size_t right = 0;
    for (size_t i = 0; i < PENGUINS; i++) {
        for (size_t c = 0; c < 3; c++)
            sum[c] += proba[3 * i + c];
        right += proba[3 * i + (size_t)label[i]] > 0.5;
    }
    for (size_t c = 0; c < 3; c++) {
        assert_close(sum[c], sums[c], 1e-10);
        for (size_t r = 0; r < 4; r++)
            assert_close(proba[row[r] * 3 + c], wanted[r][c], 1e-10 * wanted[r][c]);
    }
    assert_int_equal(right, 338); /* accuracy 0.98256 */
    free(proba);
    mini_data_free(data);
    mini_host_free(host);
}

/* The same numbers as other storages, through an index and with a validity bitmap, give the same bytes. */
static void test_storages(void **state)
{
    enum { N = 200, M = 3 * N };
    static double x[N], f64[M];
    static float f32[M];
    static int64_t i64[M];
    static int32_t i32[M], label[N];
    static uint8_t u8[M];
    static uint32_t rows[N];
    uint64_t valid[(M + 63) / 64];
    const struct {
        uint32_t storage;
        const void *data;
    } way[] = {{LT_F64, f64}, {LT_F32, f32}, {LT_I64, i64}, {LT_I32, i32}, {LT_U8, u8}};
    (void)state;
    memset(valid, 0xff, sizeof valid);
    for (size_t i = 0; i < N; i++) {
        const size_t at = rows[i] = (uint32_t)(M - 1 - 3 * i);
        const uint8_t value = (uint8_t)lt_below(1, 0, i, 200);
        f64[at] = i64[at] = i32[at] = u8[at] = value;
        f32[at] = value;
        x[i] = i % 7 == 3 ? NAN : value;
        if (i % 7 == 3)
            valid[at / 64] &= ~(1ull << (at % 64));
        label[i] = (int32_t)lt_below(1, 1, i, 2);
    }
    struct mini_host *host = mini_host_new(2, 1);
    struct mini_data *data = mini_data_new(nb(), N, 1, x);
    mini_data_classes(data, label, 2);
    double *wanted = probabilities(host, "", data, data);
    struct lt_column column = data->data.column[0];
    data->data.column = &column;
    data->data.rows = rows;
    column.valid = valid;
    for (size_t w = 0; w < sizeof way / sizeof way[0]; w++) {
        column.storage = way[w].storage;
        column.data = way[w].data;
        double *proba = probabilities(host, "", data, data);
        assert_memory_equal(proba, wanted, 2 * N * sizeof *proba);
        free(proba);
    }
    free(wanted);
    mini_data_free(data);
    mini_host_free(host);
}

/* A column without values says nothing; a class without values takes those of the column; a value beyond all reach
 * leaves the priors; a constant column says nothing. */
static void test_edges(void **state)
{
    static const double x[] = {NAN, 1, 5, NAN, 2, 5, NAN, NAN, 5, NAN, 3, 5};
    static const double ask[] = {4, 1.5, 5, 4, NAN, 5.001, 4, 1e200, 5};
    static const int32_t label[] = {0, 0, 1, 0};
    (void)state;
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_data *train = mini_data_new(nb(), 4, 3, x), *data = mini_data_new(nb(), 3, 3, ask);
    mini_data_classes(train, label, 2);
    double *proba = probabilities(host, "", train, data);
    for (size_t i = 0; i < 3; i++)
        assert_close(proba[2 * i], 0.75, 1e-12);
    free(proba);
    mini_data_free(train);
    mini_data_free(data);
    mini_host_free(host);
}

static void refused(const char *text, size_t n, const double *x, const int32_t *label, const char *part)
{
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(nb(), text);
    struct mini_data *data = mini_data_new(nb(), n, 1, x);
    mini_data_classes(data, label, 2);
    void *model;
    assert_true(mini_train(host, nb(), params, data, 1, &model) < 0);
    if (!strstr(host->error, part))
        fail_msg("'%s' says: %s", text, host->error);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void test_refused(void **state)
{
    static const double x[] = {1, 1, 3, 4}, far[] = {1, 2, INFINITY, 4};
    static const int32_t two[] = {0, 0, 1, 1}, one[] = {1, 1, 1, 1};
    (void)state;
    refused("priors=0.5,0.4", 4, x, two, "must add up to 1");
    refused("priors=0.5,0.2,0.3", 4, x, two, "there are 2 classes");
    refused("", 0, x, two, "0 rows");
    refused("", 4, x, one, "all rows are of class");
    refused("", 4, far, two, "infinite");
    refused("var_smoothing=0", 4, x, two, "'x1' is constant in class 'c0'");
}

static void test_conform(void **state)
{
    enum { N = 9000, P = 4 };
    static double x[N * P], weight[N];
    static int32_t label[N], code[N];
    (void)state;
    for (size_t i = 0; i < N * P; i++)
        x[i] = i % P == 1 ? 7 : i % P == 2 ? lt_below(3, 3, i, 4) : lt_uniform(3, 0, i);
    for (size_t i = 0; i < N; i++) {
        label[i] = (int32_t)lt_below(3, 1, i, 3);
        weight[i] = (double)lt_below(3, 2, i, 3);
        if (i % 11 == 5)
            x[i * P] = NAN;
    }
    struct mini_data *data = mini_data_new(nb(), N, P, x);
    mini_data_classes(data, label, 3);
    mini_conform(nb(), "", data);
    mini_data_weights(data, weight);
    mini_conform(nb(), "var_smoothing=0.1 priors=0.5,0.25,0.25", data);
    mini_data_free(data);
    /* with a category column, which the host's one-row trials do not know: threads and steps alone */
    double *first = NULL;
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct mini_host *host = mini_host_new(threads, 1);
        data = mini_data_new(nb(), N, P, x);
        mini_data_classes(data, label, 3);
        make_category(data, 2, 4, code);
        double *proba = probabilities(host, "", data, data);
        if (first)
            assert_memory_equal(first, proba, 3 * N * sizeof *proba);
        free(first);
        first = proba;
        mini_data_free(data);
        mini_host_free(host);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wine),     cmocka_unit_test(test_titanic), cmocka_unit_test(test_penguins),
        cmocka_unit_test(test_storages), cmocka_unit_test(test_edges),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_conform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

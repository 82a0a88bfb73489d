/* The support vector machines here and LIBSVM's find the same answer: on small tables the same rows are support
 * vectors, with the same coefficients and constants. Once against numbers that LIBSVM 3.24 gave (they stand below),
 * and once against the wrapper, where there is one.
 *
 * Rows that are equal share a coefficient in any way, so it is points that are compared: equal rows count as one. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"
#include "optional.h"

/* ---- problems ----------------------------------------------------------------------------------------------- */

struct problem {
    const char *file, *target;
    int scaled;       /* columns to standard deviation 1 (n - 1) */
    int a, b;         /* the classes; -1: a target of numbers, or none */
    const char *id;   /* of the algorithm here */
    const char *type; /* of LIBSVM */
    const char *text;
    /* What LIBSVM 3.24 says at tol=1e-8: how many points have a coefficient, the sum of their places (from 1, of
     * equal rows the first) and of the squares of these, the constant for the second class, and the sum of absolute
     * coefficients. */
    size_t points, places, squares;
    double rho, total;
};

static const struct problem PROBLEMS[] = {
#define IRIS "datasets/iris.csv", "species", 0
#define WINE "datasets/wine.csv", "cultivar", 1
#define CANCER "datasets/breast_cancer.csv", "diagnosis", 1
#define SONAR "datasets/sonar.csv", "object", 1
#define DIABETES "datasets/diabetes.csv", "progression", 1
    {IRIS, 0, 1, "svm", "c_svc", "kernel=linear", 3, 165, 12141, 1.45056014559, 1.49611447913},
    {IRIS, 0, 2, "svm", "c_svc", "kernel=linear", 3, 106, 4450, 1.50726016355, 0.407368020671},
    {IRIS, 1, 2, "svm", "c_svc", "kernel=linear", 23, 1193, 85517, 6.78112654252, 20.4904656325},
    {IRIS, 0, 1, "svm", "c_svc", "", 11, 579, 38733, 0.134192817732, 8.21147667659},
    {IRIS, 0, 2, "svm", "c_svc", "", 7, 364, 22884, -0.0559499831131, 4.27289267609},
    {IRIS, 1, 2, "svm", "c_svc", "", 45, 2231, 155701, -0.113418467363, 44.8423322655},
    {IRIS, 1, 2, "svm", "c_svc", "kernel=poly gamma=0.1 coef0=1 C=10", 10, 584, 41200, 7.21928364957,
     64.2099961695},
    {IRIS, 1, 2, "nusvm", "nu_svc", "nu=0.3", 32, 1643, 114389, -0.357608685375, 84.7441050368},
    {WINE, 0, 1, "svm", "c_svc", "", 40, 2538, 207394, -0.745901347518, 22.0613784997},
    {WINE, 0, 2, "svm", "c_svc", "", 26, 1387, 91575, -0.0836871088633, 9.21978253289},
    {WINE, 1, 2, "svm", "c_svc", "", 38, 2111, 156755, 0.46235007526, 21.3374998521},
    {WINE, 0, 1, "svm", "c_svc", "kernel=linear C=0.1", 25, 1512, 118390, -0.197800929917, 1.93488656784},
    {WINE, 1, 2, "nusvm", "nu_svc", "nu=0.2", 39, 2178, 160496, 0.465634317073, 20.1399164906},
    {CANCER, 0, 1, "svm", "c_svc", "", 119, 31831, 12082097, -0.235367137963, 89.9456990554},
    {CANCER, 0, 1, "svm", "c_svc", "kernel=linear C=0.1", 60, 15450, 5689186, 0.216685122396, 5.44399904565},
    {CANCER, 0, 1, "svm", "c_svc", "C=10 gamma=0.02", 77, 21192, 8095460, -0.304838961618, 340.762067972},
    {CANCER, 0, 1, "nusvm", "nu_svc", "nu=0.2", 140, 37128, 13982160, -0.299520499169, 65.2238007579},
    {SONAR, 0, 1, "svm", "c_svc", "", 157, 15736, 2096312, 0.199063469874, 118.936205607},
    {SONAR, 0, 1, "svm", "c_svc", "kernel=poly coef0=1", 117, 11226, 1477620, 0.159933397091, 41.8159545266},
    {SONAR, 0, 1, "svm", "c_svc", "kernel=sigmoid gamma=0.005 C=2", 138, 13702, 1857950, 0.161846156184,
     261.319376064},
    {DIABETES, -1, -1, "svr", "epsilon_svr", "C=100 epsilon=5", 408, 90867, 26867527, -164.005173583,
     34645.8599616},
    {DIABETES, -1, -1, "svr", "epsilon_svr", "kernel=linear epsilon=10", 378, 82721, 24214615, -149.116939527,
     373.694756501},
    {DIABETES, -1, -1, "nusvr", "nu_svr", "C=50 nu=0.3", 165, 37632, 11284478, -169.176495677, 6630},
    {WINE, -1, -1, "ocsvm", "one_class", "nu=0.2", 48, 4691, 573851, 4.15721418364, 35.6},
    {CANCER, -1, -1, "ocsvm", "one_class", "nu=0.1 gamma=0.05", 90, 24196, 9129340, 1.89168459795, 56.9},
};
enum { N_PROBLEMS = sizeof PROBLEMS / sizeof PROBLEMS[0] };

/* The rows of the problem's classes, as 0 and 1. NULL when the table isn't there. */
static struct mini_data *data_of(const struct problem *p, const struct lt_algo *algo, uint32_t task)
{
    struct mini_csv *csv = dataset_load(p->file, p->target);
    size_t n = 0;
    if (!csv)
        return NULL;
    if (p->scaled)
        dataset_scale(csv);
    int32_t *label = malloc(csv->n * sizeof *label);
    for (size_t i = 0; i < csv->n; i++) {
        if (p->a >= 0 && csv->label[i] != p->a && csv->label[i] != p->b)
            continue;
        memmove(csv->x + n * csv->p, csv->x + i * csv->p, csv->p * sizeof *csv->x);
        csv->y[n] = csv->y[i];
        label[n++] = csv->label ? csv->label[i] == p->b : 0;
    }
    struct mini_data *data = mini_data_new(algo, n, csv->p, csv->x);
    if (task == LT_CLASSIFY)
        mini_data_classes(data, label, 2);
    else if (task == LT_REGRESS)
        mini_data_target(data, csv->y);
    else
        data->data.task = task;
    free(label);
    mini_csv_free(csv);
    return data;
}

/* ---- answers ------------------------------------------------------------------------------------------------- */

/* The coefficient of each row (of equal ones the first), positive for the second class, and the constant. */
struct answer {
    size_t n;
    double *coef, rho;
};

static const struct mini_item *saved(const struct mini_host *host, const char *name)
{
    for (size_t i = 0; i < host->n_items; i++)
        if (!strcmp(host->item[i].name, name))
            return &host->item[i];
    fail_msg("the model has no %s", name);
    return NULL;
}

static size_t first_equal(const struct lt_data *d, size_t i)
{
    size_t first = 0;
    while (memcmp(d->x64 + first * d->ld, d->x64 + i * d->ld, d->p * sizeof *d->x64) != 0 ||
           (d->label && d->label[first] != d->label[i]) || (d->y && d->y[first] != d->y[i]))
        first++;
    return first;
}

static struct answer answer_of(const struct problem *p, const char *family, const char *id, const char *text)
{
    const struct lt_algo *algo = mini_algo(family, id);
    const uint32_t task = p->a >= 0 ? LT_CLASSIFY : !strcmp(p->id, "ocsvm") ? LT_ANOMALY : LT_REGRESS;
    struct mini_data *data = data_of(p, algo, task);
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, text);
    void *model = NULL;
    if (mini_train(host, algo, params, data, 1000, &model) != LT_DONE)
        fail_msg("%s %s: %s", id, text, host->error);
    assert_int_equal(algo->save(&host->ctx, model), LT_OK);
    const struct mini_item *coef = saved(host, "coef"), *row = saved(host, "row");
    const int theirs = !strcmp(id, "libsvm");
    /* LIBSVM's first class is that of the first row, and positive; here the second class is. */
    const int flip = theirs && task == LT_CLASSIFY && *(const int32_t *)saved(host, "label")->data == 0;
    struct answer a = {data->data.n, calloc(data->data.n, sizeof(double)),
                       *(const double *)saved(host, "rho")->data};
    for (size_t v = 0; v < row->tensor.shape[0]; v++) {
        const size_t i = ((const uint32_t *)row->data)[v];
        a.coef[first_equal(&data->data, i)] += ((const double *)coef->data)[v] * (flip ? -1 : 1);
    }
    a.rho *= flip ? -1 : 1;
    algo->free(model);
    mini_params_free(params);
    mini_host_free(host);
    mini_data_free(data);
    return a;
}

static struct answer ours(const struct problem *p)
{
    char text[200];
    snprintf(text, sizeof text, "tol=1e-8 %s", p->text);
    return answer_of(p, "svm", p->id, text);
}

static int table_there(const struct problem *p)
{
    char *columns = dataset_columns(p->file, p->target);
    free(columns);
    return columns != NULL;
}

static void test_same_as_the_numbers(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_PROBLEMS; t++) {
        const struct problem *p = &PROBLEMS[t];
        size_t points = 0, places = 0, squares = 0;
        double total = 0;
        if (!table_there(p))
            skip();
        struct answer a = ours(p);
        for (size_t i = 0; i < a.n; i++)
            if (a.coef[i] != 0) {
                points++;
                places += i + 1;
                squares += (i + 1) * (i + 1);
                total += fabs(a.coef[i]);
            }
        if (points != p->points || places != p->places || squares != p->squares)
            fail_msg("%s %d %d, %s %s: %zu points %zu %zu, LIBSVM has %zu points %zu %zu", p->file, p->a, p->b,
                     p->id, p->text, points, places, squares, p->points, p->places, p->squares);
        assert_close(a.rho, p->rho, 1e-6 * (1 + fabs(p->rho)));
        assert_close(total, p->total, 1e-6 * p->total);
        free(a.coef);
    }
}

static void test_same_as_the_wrapper(void **state)
{
    (void)state;
    need_wrapper("libsvm");
    for (size_t t = 0; t < N_PROBLEMS; t++) {
        const struct problem *p = &PROBLEMS[t];
        char text[200];
        double largest = 0;
        if (!table_there(p))
            skip();
        snprintf(text, sizeof text, "tol=1e-8 svm_type=%s %s", p->type, p->text);
        struct answer a = ours(p), b = answer_of(p, "libsvm", "libsvm", text);
        for (size_t i = 0; i < a.n; i++)
            largest = fmax(largest, fabs(b.coef[i]));
        for (size_t i = 0; i < a.n; i++) {
            if ((a.coef[i] != 0) != (b.coef[i] != 0))
                fail_msg("%s %s on %s: the coefficient of row %zu is %g here and %g there", p->id, p->text,
                         p->file, i + 1, a.coef[i], b.coef[i]);
            assert_close(a.coef[i], b.coef[i], 1e-6 * largest);
        }
        assert_close(a.rho, b.rho, 1e-6 * (1 + fabs(b.rho)));
        free(a.coef);
        free(b.coef);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_the_numbers),
        cmocka_unit_test(test_same_as_the_wrapper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

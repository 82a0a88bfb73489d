/* Dimension reduction: against scikit-learn 1.9 on the bundled tables (PCA, TruncatedSVD, TSNE, NMF, FastICA, MDS), the
 * variance shares of datasets/README.md, constants of the UMAP paper's code, and what each method must satisfy. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset.h"
#include "plugins/reduce/attraction.h" /* a module exports nothing: its kernels are built into the test */
#include "plugins/reduce/products.h"
#include "plugins/reduce/repulsion.h"

static const struct lt_algo *algo(const char *id)
{
    return mini_algo("reduce", id);
}

/* A trained and described model, and what it makes of its training rows. */
struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_data *data;
    void *model;
    size_t n, width;
    double *rows; /* n x width */
};

static struct fit fit_rows(const char *id, const char *text, size_t n, size_t p, const double *x,
                           const char *const *names)
{
    struct fit f = {.algo = algo(id), .host = mini_host_new(2, 7), .n = n};
    struct mini_params *params = mini_params_new(f.algo, text);
    f.data = mini_data_new(f.algo, n, p, x);
    f.data->data.task = LT_TRANSFORM;
    if (names)
        mini_data_names(f.data, names);
    if (mini_train(f.host, f.algo, params, f.data, 1, &f.model) != LT_DONE)
        fail_msg("%s %s: %s", id, text, f.host->error);
    f.rows = mini_predict(f.host, f.algo, f.model, f.data, &f.data->data);
    f.width = f.algo->width(f.model);
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    mini_params_free(params);
    return f;
}

static struct fit fit(const char *id, const char *text, const struct mini_csv *csv)
{
    return fit_rows(id, text, csv->n, csv->p, csv->x, (const char *const *)csv->name);
}

static void unfit(struct fit *f)
{
    f->algo->free(f->model);
    mini_data_free(f->data);
    mini_host_free(f->host);
    free(f->rows);
}

static struct mini_csv *csv_or_skip(const char *path, const char *target)
{
    struct mini_csv *csv = dataset_load(path, target);
    if (!csv) {
        skip();
        abort();
    }
    return csv;
}

static double cell(const struct fit *f, const char *table, size_t row, size_t column)
{
    const struct mini_table *t = mini_table(f->host, table);
    assert_non_null(t);
    assert_true(row < t->n_rows && column < t->n_columns);
    const struct lt_cell *c = &t->cell[row * t->n_columns + column];
    return c->type == LT_CELL_INT ? (double)c->i : c->r;
}

static double summary(const struct fit *f, const char *name)
{
    return mini_cell(f->host, "summary", name, "value");
}

/* What training refuses, and in which words. */
static void refuses(const char *id, const char *text, size_t n, size_t p, const double *x, const char *why)
{
    struct mini_host *host = mini_host_new(2, 7);
    struct mini_params *params = mini_params_new(algo(id), text);
    struct mini_data *data = mini_data_new(algo(id), n, p, x);
    void *model = NULL;
    data->data.task = LT_TRANSFORM;
    assert_true(mini_train(host, algo(id), params, data, 1, &model) < 0);
    if (!strstr(host->error, why))
        fail_msg("%s %s: '%s' doesn't say '%s'", id, text, host->error, why);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

static void conforms(const char *id, const char *text, size_t n, size_t p, int positive)
{
    double *x = malloc(n * p * sizeof *x);
    for (size_t i = 0; i < n * p; i++)
        x[i] = lt_uniform(3, 1, i) + (positive ? 0 : (double)(i % p)) + 0.5 * lt_uniform(3, 2, i / p);
    struct mini_data *data = mini_data_new(algo(id), n, p, x);
    data->data.task = LT_TRANSFORM;
    mini_conform(algo(id), text, data);
    mini_data_free(data);
    free(x);
}

/* ---- pca ------------------------------------------------------------------------------------------------------- */

/* PCA().fit(x): explained_variance_, its shares, components_[0], noise_variance_, transform(x)[0] */
static void test_pca_datasets(void **state)
{
    static const struct {
        const char *path, *target, *text;
        int scaled;
        double variance[3], share[3], first[4], noise, row[2];
    } table[] = {
        {"datasets/iris.csv",
         "species",
         "",
         0,
         {4.228241706034864, 0.2426707479286182, 0.07820950004290911},
         {0.9246187232017327, 0.05306648311706482, 0.01710260980792762},
         {0.36138659178536736, -0.08452251406456968, 0.8566706059498354, 0.3582891971515502},
         0,
         {-2.684125625969534, 0.3193972465850976}},
        {"datasets/iris.csv",
         "species",
         "n_components=2 whiten=yes",
         0,
         {4.228241706034864, 0.2426707479286182},
         {0.9246187232017327, 0.05306648311706482},
         {0.36138659178536736, -0.08452251406456968, 0.8566706059498354, 0.3582891971515502},
         0.05102229650817785,
         {-1.3053378633198545, 0.6483693157802539}},
        {"datasets/wine.csv",
         "cultivar",
         "",
         1,
         {4.705850252990422, 2.4969737334111626, 1.4460719697124966},
         {0.36198848099926334, 0.1920749025700895, 0.11123630536249977},
         {0.14432939540601133, -0.2451875802572207, -0.002051061444371144, -0.2393204054875348},
         0,
         {3.307420974289218, 1.439402253182292}},
        {"datasets/digits.csv",
         "digit",
         "n_components=10",
         0,
         {179.00693009797206, 163.7177468816774, 141.78843909228425},
         {0.1489059358406384, 0.1361877123963544, 0.11794593763975808},
         {0, -0.017309465109545813, -0.22342883465920332, -0.13591330431606555},
         5.827594276606523,
         {-1.2594664501014998, -21.274883480738428}},
        {"datasets/classics/us_arrests.csv",
         "state",
         "",
         1,
         {2.480241579149494, 0.989765152539841, 0.35656318058082964},
         {0.6200603947873734, 0.2474412881349602, 0.0891407951452074},
         {0.5358994749381549, 0.5831836349096706, 0.278190874619433, 0.5434320914456827},
         0,
         {0.9756604483336053, -1.1220012104334105}},
    };
    static const char *const solvers[] = {"", " svd_solver=full", " svd_solver=covariance_eigh",
                                          " svd_solver=randomized iterated_power=20"};
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        struct mini_csv *csv = csv_or_skip(table[t].path, table[t].target);
        if (table[t].scaled)
            dataset_scale(csv);
        for (size_t s = 0; s < 4; s++) {
            char text[128];
            snprintf(text, sizeof text, "%s%s", table[t].text, solvers[s]);
            struct fit f = fit("pca", text, csv);
            for (size_t i = 0; i < 3 && i < f.width; i++) {
                assert_close(cell(&f, "explained", i, 1), table[t].variance[i], 1e-9 * table[t].variance[0]);
                assert_close(cell(&f, "explained", i, 2), table[t].share[i], 1e-10);
            }
            for (size_t j = 0; j < 4; j++)
                assert_close(cell(&f, "components", j, 1), table[t].first[j], 1e-8);
            assert_close(summary(&f, "noise variance"), table[t].noise, 1e-8);
            for (size_t i = 0; i < 2; i++)
                assert_close(f.rows[i], table[t].row[i], 1e-7);
            unfit(&f);
        }
        mini_csv_free(csv);
    }
}

/* More columns than rows, directly and from random directions: PCA(5, svd_solver='full') */
static void test_pca_wide(void **state)
{
    static const double variance[] = {1302383.879699186, 766742.0912275725, 277456.6345774784, 220531.5030179326};
    static const char *const texts[] = {"n_components=5", "n_components=5 svd_solver=full"};
    struct mini_csv *csv = csv_or_skip("datasets/fashion_mnist_train.csv", "label");
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct fit f = fit("pca", texts[t], csv);
        assert_true(mini_noted(f.host, t ? "full" : "randomized"));
        for (size_t i = 0; i < 4; i++)
            assert_close(cell(&f, "explained", i, 1) / variance[i], 1, t ? 1e-11 : 1e-8);
        assert_close(f.rows[0], 1171.3505429629372, t ? 1e-6 : 1e-3);
        unfit(&f);
    }
    mini_csv_free(csv);
}

/* PCA(.9) of digits keeps 21 components. */
static void test_pca_share(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/digits.csv", "digit");
    struct fit f = fit("pca", "n_components=0.9", csv);
    (void)state;
    assert_int_equal(f.width, 21);
    unfit(&f);
    f = fit("pca", "whiten=yes", csv); /* 3 columns are constant */
    assert_int_equal(f.width, 61);
    assert_true(mini_noted(f.host, "3 components without variance are left out"));
    unfit(&f);
    mini_csv_free(csv);
}

/* Variances 12 digits apart, about a mean of 1e6: the covariance would lose the smaller one. */
static void test_pca_digits_kept(void **state)
{
    enum { N = 1000 };
    static double x[N * 2];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        const double a = lt_uniform(1, 1, i) - 0.5, b = i % 2 ? 1e-6 : -1e-6;
        x[2 * i] = a + b;
        x[2 * i + 1] = a - b;
    }
    struct fit f = fit_rows("pca", "", N, 2, x, NULL);
    assert_true(mini_noted(f.host, "full"));
    assert_close(cell(&f, "explained", 1, 1) / 2.0020e-12, 1, 2e-3);
    unfit(&f);
}

static void test_pca_refusals(void **state)
{
    static const double same[] = {1, 2, 1, 2, 1, 2}, line[] = {1, 1, 2, 2, 4, 4},
                        bad[] = {1, 2, INFINITY, 4, 5, 6}, huge[] = {1e300, 1, -1e300, 2, 0, 3};
    (void)state;
    refuses("pca", "", 3, 2, same, "constant");
    refuses("pca", "", 1, 2, same, "at least 2");
    refuses("pca", "n_components=3", 3, 2, line, "use 2 or less");
    refuses("pca", "n_components=1.5", 3, 2, line, "neither a whole number");
    refuses("pca", "n_components=2 whiten=yes", 3, 2, line, "can't be whitened");
    refuses("pca", "n_components=0.5 svd_solver=randomized", 3, 2, line, "svd_solver=auto");
    refuses("pca", "", 3, 2, bad, "row 2 is not a finite number");
    refuses("pca", "", 3, 2, huge, "scale the columns");
}

static void test_pca_conforms(void **state)
{
    (void)state;
    conforms("pca", "", 700, 5, 0);
    conforms("pca", "n_components=2 whiten=yes svd_solver=full", 700, 5, 0);
    conforms("pca", "n_components=2 svd_solver=randomized", 700, 9, 0);
    conforms("pca", "", 6, 9, 0);
}

/* The kernel of few columns against its twin in plain C: other roundings, the same sums. */
static void test_products(void **state)
{
    enum { P = 12 };
    _Alignas(64) static double x[P * PRODUCTS_ROWS], fast[P * P * PRODUCTS_LANES], plain[P * P * PRODUCTS_LANES];
    (void)state;
    for (size_t i = 0; i < P * PRODUCTS_ROWS; i++)
        x[i] = lt_uniform(1, 2, i) - 0.5;
    for (int twice = 0; twice < 2; twice++) {
        products_add(P, x, fast);
        products_add_plain(P, x, plain);
    }
    for (size_t a = 0; a < P; a++)
        for (size_t b = 0; b <= a; b++)
            for (size_t l = 0; l < PRODUCTS_LANES; l++) {
                const size_t at = (a * P + b) * PRODUCTS_LANES + l;
                assert_close(fast[at], plain[at], 1e-13);
            }
}

/* ---- tsvd ------------------------------------------------------------------------------------------------------ */

/* The table with times - 1 empty columns for each of its own behind them. */
static double *widened(const struct mini_csv *csv, size_t times)
{
    double *x = calloc(csv->n * csv->p * times, sizeof *x);
    for (size_t i = 0; x && i < csv->n; i++)
        memcpy(x + i * csv->p * times, csv->x + i * csv->p, csv->p * sizeof *x);
    assert_non_null(x);
    return x;
}

/* TruncatedSVD(4, algorithm='arpack') of digits: singular_values_, explained_variance_, its ratio, components_[1],
 * transform(x)[0] */
static void test_tsvd_digits(void **state)
{
    static const double value[] = {2193.119336832609, 566.9967718352448, 542.0049327587236, 504.1516975014135},
                        variance[] = {34.492661638694585, 178.9007856860983, 163.47016500172384,
                                      141.42944468822515},
                        share[] = {0.028708507746387512, 0.14890050079355202, 0.13605747643987398,
                                   0.11771281529182855},
                        second[] = {-0.017361937118448918, -0.2242008003399152, -0.13746466700577437},
                        row[] = {45.861277194390475, -1.192115742931279, -21.100059323204135, 9.488968278187905};
    static const struct {
        const char *text;
        double tolerance;
        size_t widen; /* with empty columns: then compressed rows are worked on as they are */
    } table[] = {{"n_components=4 algorithm=exact", 1e-9, 1},
                 {"n_components=4", 1e-4, 1},
                 {"n_components=4 algorithm=exact", 1e-9, 8}};
    struct mini_csv *csv = csv_or_skip("datasets/digits.csv", "digit");
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        const double tolerance = table[t].tolerance;
        double *x = widened(csv, table[t].widen);
        struct fit f = fit_rows("tsvd", table[t].text, csv->n, csv->p * table[t].widen, x, NULL);
        for (size_t i = 0; i < 4; i++) {
            assert_close(cell(&f, "singular_values", i, 1) / value[i], 1, tolerance);
            assert_close(cell(&f, "explained", i, 1) / variance[i], 1, tolerance);
            assert_close(cell(&f, "explained", i, 2), share[i], tolerance);
            assert_close(f.rows[i], row[i], 1000 * tolerance);
        }
        for (size_t j = 0; j < 3; j++)
            assert_close(cell(&f, "components", j + 1, 2), second[j], 100 * tolerance);
        unfit(&f);
        free(x);
    }
    mini_csv_free(csv);
}

static void test_tsvd_refusals(void **state)
{
    static const double nothing[] = {0, 0, 0, 0}, bad[] = {1, 2, NAN, 4}, line[] = {1, 2, 3, 4};
    (void)state;
    refuses("tsvd", "n_components=1", 2, 2, nothing, "all cells are 0");
    refuses("tsvd", "n_components=1", 2, 2, bad, "row 2 is infinite or above 3e38");
    refuses("tsvd", "n_components=3", 2, 2, line, "use 2 or less");
}

static void test_tsvd_conforms(void **state)
{
    (void)state;
    conforms("tsvd", "", 700, 5, 0);
    conforms("tsvd", "n_components=3 algorithm=exact", 50, 30, 0);
}

/* ---- maps ------------------------------------------------------------------------------------------------------ */

static double apart(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* How many rows are nearer to i than j is. */
static size_t rank_of(size_t n, size_t p, const double *x, size_t i, size_t j)
{
    const double d = apart(p, x + i * p, x + j * p);
    size_t rank = 0;
    for (size_t other = 0; other < n; other++) {
        const double o = apart(p, x + i * p, x + other * p);
        rank += other != i && other != j && (o < d || (o == d && other < j));
    }
    return rank;
}

/* sklearn.manifold.trustworthiness: neighbours on the map that are none among the rows cost their rank. */
static double trustworthiness(size_t n, size_t p, const double *x, size_t d, const double *y, size_t k)
{
    double cost = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t *taken = calloc(n, 1);
        for (size_t m = 0; m < k; m++) { /* the k nearest on the map */
            size_t best = n;
            for (size_t j = 0; j < n; j++)
                if (j != i && !taken[j] &&
                    (best == n || apart(d, y + i * d, y + j * d) < apart(d, y + i * d, y + best * d)))
                    best = j;
            taken[best] = 1;
            const size_t rank = rank_of(n, p, x, i, best) + 1;
            cost += rank > k ? (double)(rank - k) : 0;
        }
        free(taken);
    }
    return 1 - cost * 2 / ((double)(n * k) * (double)(2 * n - 3 * k - 1));
}

static double trust(const struct fit *f, const struct mini_csv *csv)
{
    return trustworthiness(csv->n, csv->p, csv->x, f->width, f->rows, 5);
}

/* Rows that training saw keep their places; one between two others is placed near them. */
static void places_rows(const struct fit *f, const struct mini_csv *csv)
{
    struct mini_data *few = mini_data_rows(f->data, 0, csv->n / 2);
    double *again = mini_predict(f->host, f->algo, f->model, f->data, &f->data->data);
    double *half = mini_predict(f->host, f->algo, f->model, few, &f->data->data);
    assert_memory_equal(again, f->rows, f->n * f->width * sizeof(double));
    size_t moved = 0;
    for (size_t i = 0; i < csv->n / 2; i++)
        moved += apart(f->width, half + i * f->width, f->rows + i * f->width) > 0;
    assert_true(moved < 5); /* those with a twin get the mean of both */
    free(again);
    free(half);
    mini_data_free(few);
}

/* ---- tsne ------------------------------------------------------------------------------------------------------ */

/* Exact sums against plain C in double, and the tree against exact sums. */
static void test_repulsion(void **state)
{
    enum { N = 2500 };
    static float y[3 * N], force[3 * N], far[3 * N];
    (void)state;
    for (size_t d = 1; d <= 3; d++) {
        struct mini_host *host = mini_host_new(2, 1);
        struct repulsion r;
        double z, z_tree, total = 0, error = 0, size = 0;
        static float at[3][N], mass[N];
        for (size_t i = 0; i < N; i++) {
            mass[i] = 1;
            for (size_t c = 0; c < d; c++)
                at[c][i] = y[i * d + c] =
                    (float)(20 * lt_uniform(1, c, i) * (1 + (double)(i % 3)) + 3 * lt_uniform(2, c, i));
        }
        assert_int_equal(repulsion_room(&host->ctx, &r, N, d, 0), LT_OK);
        assert_int_equal(repulsion_of(&r, y, force, &z), LT_OK);
        for (size_t i = 0; i < N; i++) {
            const float *list[3] = {at[0], at[1], at[2]};
            float plain[3] = {0};
            total += repulsion_plain(N, d, list, mass, y + i * d, plain) - 1;
            for (size_t c = 0; c < d; c++)
                assert_close((double)force[i * d + c], (double)plain[c], 2e-4);
        }
        assert_close(z / total, 1, 1e-6);
        if (d == 2) {
            assert_int_equal(repulsion_room(&host->ctx, &r, N, d, 0.5), LT_OK);
            assert_int_equal(repulsion_of(&r, y, far, &z_tree), LT_OK);
            for (size_t i = 0; i < N * d; i++) {
                error += (double)((far[i] - force[i]) * (far[i] - force[i]));
                size += (double)(force[i] * force[i]);
            }
            assert_true(sqrt(error / size) < 0.02);
            assert_close(z_tree / z, 1, 0.01);
        }
        mini_host_free(host);
    }
}

/* Vector registers against plain C, for every number of edges that is left over. */
static void test_attraction(void **state)
{
    enum { POINTS = 100, EDGES = 40 };
    static _Alignas(8) float y[3 * POINTS];
    uint32_t to[EDGES];
    float value[EDGES];
    (void)state;
    for (size_t i = 0; i < 3 * POINTS; i++)
        y[i] = (float)(10 * lt_uniform(5, 0, i));
    for (size_t e = 0; e < EDGES; e++) {
        to[e] = lt_below(5, 1, e, POINTS);
        value[e] = (float)lt_uniform(5, 2, e);
    }
    for (size_t d = 1; d <= 3; d++)
        for (size_t n = 0; n <= EDGES; n++) {
            float fast[3], plain[3];
            attraction_row(n, to, value, d, y, y + 4 * d, fast);
            attraction_plain(n, to, value, d, y, y + 4 * d, plain);
            for (size_t c = 0; c < d; c++)
                assert_close((double)fast[c], (double)plain[c], 1e-5);
        }
}

/* TSNE(random_state=0).fit(x): kl_divergence_ 0.7530 on digits; 0.1221 on iris (method='exact'); 2.2519 on the rows of
 * test_tsne_noise. */
static const double KL_DIGITS = 0.7530, KL_IRIS = 0.1221, KL_NOISE = 2.2519;

static void test_tsne_digits(void **state)
{
    static const char *const methods[] = {"", "method=barnes_hut"};
    struct mini_csv *csv = csv_or_skip("datasets/digits.csv", "digit");
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct fit f = fit("tsne", methods[t], csv);
        assert_true(mini_metric(f.host, "kl", 1000) < KL_DIGITS + 0.005);
        assert_true(mini_metric(f.host, "kl", 1000) > KL_DIGITS - 0.05);
        assert_true(mini_metric(f.host, "kl", 300) > mini_metric(f.host, "kl", 1000));
        assert_close(summary(&f, "kl divergence"), mini_metric(f.host, "kl", 1000), 1e-12);
        if (t == 0)
            assert_true(trust(&f, csv) > 0.993);
        places_rows(&f, csv);
        unfit(&f);
    }
    mini_csv_free(csv);
}

static void test_tsne_iris(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/iris.csv", "species");
    struct fit f = fit("tsne", "method=exact", csv);
    (void)state;
    assert_close(summary(&f, "kl divergence"), KL_IRIS, 0.02);
    places_rows(&f, csv);
    unfit(&f);
    f = fit("tsne", "n_components=3 perplexity=10 max_iter=500", csv);
    assert_int_equal(f.width, 3);
    assert_true(trust(&f, csv) > 0.97);
    unfit(&f);
    mini_csv_free(csv);
}

/* Rows without groups shrink to a point while attraction is exaggerated; they must come apart again. */
static void test_tsne_noise(void **state)
{
    enum { N = 1200, P = 12 };
    static double x[N * P];
    (void)state;
    for (size_t i = 0; i < N * P; i++) /* nearly normal */
        x[i] = lt_uniform(1, 1, i) + lt_uniform(1, 2, i) + lt_uniform(1, 3, i) + lt_uniform(1, 4, i);
    struct fit f = fit_rows("tsne", "", N, P, x, NULL);
    assert_true(mini_noted(f.host, "no clear groups"));
    assert_true(mini_metric(f.host, "kl", 1000) < KL_NOISE);
    assert_true(mini_metric(f.host, "kl", 1000) < 0.75 * mini_metric(f.host, "kl", 50));
    assert_true(trustworthiness(N, P, x, 2, f.rows, 5) > 0.7);
    unfit(&f);
}

static void test_tsne_refusals(void **state)
{
    static const double line[] = {1, 2, 3, 4}, bad[] = {1, 2, NAN, 4};
    (void)state;
    refuses("tsne", "perplexity=4", 4, 1, line, "less than the number of rows (4)");
    refuses("tsne", "", 1, 4, line, "at least 2");
    refuses("tsne", "perplexity=1", 4, 1, bad, "row 3 is not a finite number");
}

static void test_tsne_conforms(void **state)
{
    (void)state;
    conforms("tsne", "perplexity=5 max_iter=260", 60, 4, 0);
    conforms("tsne", "perplexity=5 max_iter=20 method=barnes_hut init=random", 300, 4, 0);
    conforms("tsne", "perplexity=5 max_iter=20 n_components=1 method=exact", 40, 1, 0);
}

/* ---- umap ------------------------------------------------------------------------------------------------------ */

/* umap-learn fits a = 1.5769434602, b = 0.8950608780 to min_dist 0.1 and spread 1; its maps of digits have a
 * trustworthiness of 0.985 to 0.99. */
static void test_umap_digits(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/digits.csv", "digit");
    struct fit f = fit("umap", "", csv);
    (void)state;
    assert_close(summary(&f, "a"), 1.5769434602, 1e-6);
    assert_close(summary(&f, "b"), 0.8950608780, 1e-6);
    assert_close(summary(&f, "epochs"), 500, 0);
    assert_true(trust(&f, csv) > 0.985);
    places_rows(&f, csv);
    unfit(&f);
    mini_csv_free(csv);
}

static void test_umap_refusals(void **state)
{
    static const double line[] = {1, 2, 3, 4}, bad[] = {1, 2, NAN, 4};
    (void)state;
    refuses("umap", "n_neighbors=5", 4, 1, line, "use 4 or less");
    refuses("umap", "n_neighbors=3 min_dist=2", 4, 1, line, "must not be more than spread");
    refuses("umap", "n_neighbors=2", 4, 1, bad, "row 3 is not a finite number");
}

static void test_umap_conforms(void **state)
{
    (void)state;
    conforms("umap", "n_neighbors=5 n_epochs=30", 60, 4, 0);
    conforms("umap", "n_neighbors=4 n_epochs=3 n_components=3 init=random", 2100, 4, 0);
}

/* ---- nmf ------------------------------------------------------------------------------------------------------- */

/* NMF(random_state=0, …).fit(x): reconstruction_err_, n_iter_; components_[0] of iris */
static void test_nmf(void **state)
{
    static const struct {
        const char *path, *target, *text;
        double error, tolerance, first[2];
    } table[] = {
        {"datasets/digits.csv", "digit", "n_components=10 tol=1e-6 max_iter=2000", 857.6303417996306, 1e-3, {0}},
        {"datasets/digits.csv",
         "digit",
         "n_components=6 alpha_W=0.01 l1_ratio=0.5 max_iter=500",
         1022.7391282359389,
         1e-2,
         {0}},
        {"datasets/iris.csv",
         "species",
         "n_components=2 tol=1e-10 max_iter=20000",
         3.9408898878793757,
         1e-7,
         {11.089501390081901, 8.019691749044837}},
    };
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        struct mini_csv *csv = csv_or_skip(table[t].path, table[t].target);
        struct fit f = fit("nmf", table[t].text, csv);
        assert_close(summary(&f, "reconstruction error"), table[t].error, table[t].tolerance);
        for (size_t j = 0; j < 2 && table[t].first[j] > 0; j++)
            assert_close(cell(&f, "components", j, 1), table[t].first[j], 1e-4);
        double square = 0; /* what the rows' own W leave, which is at its optimum, penalties apart */
        for (size_t i = 0; i < csv->n; i++)
            for (size_t j = 0; j < csv->p; j++) {
                double x = csv->x[i * csv->p + j];
                for (size_t c = 0; c < f.width; c++) {
                    assert_true(f.rows[i * f.width + c] >= 0);
                    x -= f.rows[i * f.width + c] * cell(&f, "components", j, c + 1);
                }
                square += x * x;
            }
        assert_close(sqrt(square) / table[t].error, 1, 1e-4);
        unfit(&f);
        mini_csv_free(csv);
    }
}

static void test_nmf_refusals(void **state)
{
    static const double negative[] = {1, 2, -3, 4}, nothing[] = {0, 0, 0, 0}, fine[] = {1, 2, 3, 4};
    (void)state;
    refuses("nmf", "", 2, 2, negative, "'x1' of row 2 is negative (-3)");
    refuses("nmf", "", 2, 2, nothing, "all cells are 0");
    refuses("nmf", "n_components=3", 2, 2, fine, "use 2 or less, or init=random");
}

static void test_nmf_conforms(void **state)
{
    (void)state;
    conforms("nmf", "n_components=2", 700, 5, 1);
    conforms("nmf", "n_components=6 init=random max_iter=20", 40, 4, 1);
}

/* ---- ica ------------------------------------------------------------------------------------------------------- */

/* FastICA(whiten='unit-variance', tol=1e-10).fit(iris), sources by the length of their column of mixing_: mean fourth
 * powers, lengths, |S[0]| */
static void test_ica_iris(void **state)
{
    static const double fourth[] = {1.56205692, 2.73703718, 3.82401337, 3.74043051},
                        length[] = {2.02347366, 0.45867923, 0.44038494, 0.20904422},
                        first[] = {1.3927588, 0.26169749, 0.37410411, 0.02402567};
    struct mini_csv *csv = csv_or_skip("datasets/iris.csv", "species");
    struct fit f = fit("ica", "tol=1e-12 max_iter=2000", csv);
    (void)state;
    assert_int_equal(f.width, 4);
    for (size_t c = 0; c < 4; c++) {
        double sum = 0, square = 0, mixing = 0, largest = 0;
        for (size_t i = 0; i < f.n; i++) {
            const double s = f.rows[i * 4 + c];
            square += s * s / (double)f.n;
            sum += s * s * s * s / (double)f.n;
        }
        for (size_t j = 0; j < 4; j++) {
            const double m = cell(&f, "mixing", j, c + 1);
            mixing += m * m;
            largest = fabs(m) > fabs(largest) ? m : largest;
        }
        assert_close(square, 1, 1e-12);
        assert_close(sum, fourth[c], 2e-5);
        assert_close(sqrt(mixing), length[c], 2e-5);
        assert_close(fabs(f.rows[c]), first[c], 2e-5);
        assert_true(largest > 0);
    }
    unfit(&f);
    mini_csv_free(csv);
}

/* Two uniform sources and a saw, mixed: they are found again. */
static void test_ica_sources(void **state)
{
    enum { N = 2000 };
    static const char *const funs[] = {"fun=logcosh", "fun=exp", "fun=cube"};
    static double x[N * 3], s[N * 3];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        s[3 * i] = lt_uniform(1, 1, i) - 0.5;
        s[3 * i + 1] = lt_uniform(1, 2, i) < 0.5 ? -1 : 1;
        s[3 * i + 2] = (double)(i % 37) / 37;
        x[3 * i] = s[3 * i] + 0.5 * s[3 * i + 1] + 0.3 * s[3 * i + 2];
        x[3 * i + 1] = 0.2 * s[3 * i] - s[3 * i + 1] + 2 * s[3 * i + 2];
        x[3 * i + 2] = -0.7 * s[3 * i] + 0.1 * s[3 * i + 1] + s[3 * i + 2];
    }
    for (size_t t = 0; t < 3; t++) {
        struct fit f = fit_rows("ica", funs[t], N, 3, x, NULL);
        for (size_t a = 0; a < 3; a++) {
            double best = 0;
            for (size_t b = 0; b < 3; b++) {
                double xy = 0, xx = 0, mean = 0;
                for (size_t i = 0; i < N; i++)
                    mean += s[3 * i + a] / N;
                for (size_t i = 0; i < N; i++) {
                    xy += (s[3 * i + a] - mean) * f.rows[3 * i + b] / N;
                    xx += (s[3 * i + a] - mean) * (s[3 * i + a] - mean) / N;
                }
                best = fmax(best, fabs(xy) / sqrt(xx));
            }
            assert_true(best > 0.995);
        }
        unfit(&f);
    }
}

static void test_ica_refusals(void **state)
{
    static const double same[] = {1, 2, 1, 2, 1, 2}, line[] = {1, 1, 2, 2, 4, 4};
    (void)state;
    refuses("ica", "", 3, 2, same, "constant");
    refuses("ica", "n_components=2", 3, 2, line, "use n_components=1 or less");
    refuses("ica", "n_components=3", 3, 2, line, "use 2 or less");
}

static void test_ica_conforms(void **state)
{
    (void)state;
    conforms("ica", "", 700, 5, 0);
    conforms("ica", "n_components=2 max_iter=3", 300, 4, 0);
}

/* ---- mds ------------------------------------------------------------------------------------------------------- */

/* MDS(2, init='classical_mds', eps=…).fit(iris): stress_ and n_iter_ */
static void test_mds_iris(void **state)
{
    struct mini_csv *csv = csv_or_skip("datasets/iris.csv", "species");
    struct fit f = fit("mds", "max_iter=3000 eps=1e-12", csv);
    (void)state;
    assert_close(summary(&f, "stress"), 109.3863177222793, 1e-8);
    assert_close(summary(&f, "iterations"), 219, 1);
    for (size_t i = 1; i < f.host->n_metrics; i++)
        assert_true(f.host->metric[i].value <= f.host->metric[i - 1].value * (1 + 1e-12));
    places_rows(&f, csv);
    unfit(&f);
    f = fit("mds", "", csv);
    assert_close(summary(&f, "stress"), 111.07966607928795, 1e-8);
    assert_close(summary(&f, "iterations"), 17, 0);
    unfit(&f);
    mini_csv_free(csv);
}

/* Points of a plane in space are drawn as they are. */
static void test_mds_plane(void **state)
{
    static double x[40 * 3];
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        const double a = lt_uniform(1, 1, i), b = lt_uniform(1, 2, i);
        x[3 * i] = a + b;
        x[3 * i + 1] = a - 2 * b;
        x[3 * i + 2] = 3 * b - a;
    }
    struct fit f = fit_rows("mds", "max_iter=0", 40, 3, x, NULL);
    assert_close(summary(&f, "stress-1"), 0, 1e-12);
    assert_close(sqrt(apart(2, f.rows, f.rows + 2)), sqrt(apart(3, x, x + 3)), 1e-12);
    unfit(&f);
}

static void test_mds_conforms(void **state)
{
    static const double same[] = {1, 2, 1, 2, 1, 2};
    (void)state;
    refuses("mds", "", 3, 2, same, "all rows are the same");
    conforms("mds", "max_iter=10", 300, 4, 0);
    conforms("mds", "max_iter=5 n_components=3 init=random", 40, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pca_datasets),
        cmocka_unit_test(test_pca_wide),
        cmocka_unit_test(test_pca_share),
        cmocka_unit_test(test_pca_digits_kept),
        cmocka_unit_test(test_pca_refusals),
        cmocka_unit_test(test_pca_conforms),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_tsvd_digits),
        cmocka_unit_test(test_tsvd_refusals),
        cmocka_unit_test(test_tsvd_conforms),
        cmocka_unit_test(test_repulsion),
        cmocka_unit_test(test_attraction),
        cmocka_unit_test(test_tsne_digits),
        cmocka_unit_test(test_tsne_iris),
        cmocka_unit_test(test_tsne_noise),
        cmocka_unit_test(test_tsne_refusals),
        cmocka_unit_test(test_tsne_conforms),
        cmocka_unit_test(test_umap_digits),
        cmocka_unit_test(test_umap_refusals),
        cmocka_unit_test(test_umap_conforms),
        cmocka_unit_test(test_nmf),
        cmocka_unit_test(test_nmf_refusals),
        cmocka_unit_test(test_nmf_conforms),
        cmocka_unit_test(test_ica_iris),
        cmocka_unit_test(test_ica_sources),
        cmocka_unit_test(test_ica_refusals),
        cmocka_unit_test(test_ica_conforms),
        cmocka_unit_test(test_mds_iris),
        cmocka_unit_test(test_mds_plane),
        cmocka_unit_test(test_mds_conforms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

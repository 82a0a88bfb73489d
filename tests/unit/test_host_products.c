/* Products of numbers in a recipe: which there are and in what order (that of scikit-learn's PolynomialFeatures), their
 * values in every layout, how they are scaled (by hand beside the numbers), files, and limits. And what a training was
 * told, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "host/asked.h"
#include "host/recipe_parts.h"

enum { N = 6 };
static const double as[N] = {1, 2, NAN, 4, 5, 6}; /* median 4 */
static const int64_t bs[N] = {3, 1, 4, 1, 5, 9};
static const uint8_t flags[N] = {1, 0, 1, 1, 0, 0};
static const int32_t kinds[N] = {0, 1, 2, 0, 1, 2};

static struct table *numbers(void)
{
    static const char *const words[] = {"x", "y", "z"};
    struct table_builder *t = table_builder_new(N, "numbers");
    double *a = column_buffer(COLUMN_F64, N, NULL);
    int64_t *b = column_buffer(COLUMN_I64, N, NULL);
    uint8_t *f = column_buffer(COLUMN_BOOL, N, NULL);
    int32_t *k = column_buffer(COLUMN_CATEGORY, N, NULL);
    memcpy(a, as, sizeof as);
    memcpy(b, bs, sizeof bs);
    memcpy(f, flags, sizeof flags);
    memcpy(k, kinds, sizeof kinds);
    table_builder_add(t, "a", column_from_f64(a, N));
    table_builder_add(t, "kind", column_from_codes(k, N, dictionary_new(words, 3, NULL)));
    table_builder_add(t, "b", column_from_i64(COLUMN_I64, b, NULL, N));
    table_builder_add(t, "flag", column_from_bool(f, NULL, N));
    return table_builder_done(t);
}

static const char *const features[] = {"a", "kind", "b", "flag"};

static struct recipe *fit(const struct table *t, uint32_t traits, int degree, bool interaction_only,
                          const uint32_t *rows, size_t n)
{
    struct lt_algo algo = {.id = "test", .traits = traits};
    struct recipe_options o = {true, true, true, degree, interaction_only};
    struct err e = ERR_INIT;
    struct recipe *r = recipe_fit(t, features, 4, rows, n, &algo, &o, &e);
    if (!r)
        fail_msg("%s", e.text);
    return r;
}

static void check_names(const struct recipe *r, const char *const *names, size_t n)
{
    const struct lt_column *c;
    assert_int_equal(recipe_outputs(r, &c), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(c[i].name, names[i]);
}

static void test_which(void **state)
{
    static const char *const two[] = {"a",   "kind=x", "kind=y", "kind=z", "b",     "flag",
                                      "a^2", "a b",    "a flag", "b^2",    "b flag"};
    static const char *const three[] = {"a",     "kind=x",   "kind=y", "kind=z",   "b",      "flag",
                                        "a^2",   "a b",      "a flag", "b^2",      "b flag", "a^3",
                                        "a^2 b", "a^2 flag", "a b^2",  "a b flag", "b^3",    "b^2 flag"};
    static const char *const different[] = {"a",    "kind=x", "kind=y", "kind=z", "b",
                                            "flag", "a b",    "a flag", "b flag", "a b flag"};
    struct table *t = numbers();
    (void)state;
    struct recipe *r = fit(t, 0, 2, false, NULL, N);
    check_names(r, two, sizeof two / sizeof *two);
    const char *const *notes;
    size_t n = recipe_notes(r, &notes), said = 0;
    for (size_t i = 0; i < n; i++)
        said +=
            strstr(notes[i], "multiplied numbers with each other, after filling and before scaling: a^2, a b, ") &&
            strstr(notes[i], "categories take no part");
    assert_int_equal(said, 1);
    recipe_unref(r);
    r = fit(t, 0, 3, false, NULL, N);
    check_names(r, three, sizeof three / sizeof *three);
    recipe_unref(r);
    r = fit(t, 0, 3, true, NULL, N);
    check_names(r, different, sizeof different / sizeof *different);
    recipe_unref(r);
    r = fit(t, 0, 1, false, NULL, N);
    assert_int_equal(r->n_products, 0);
    recipe_unref(r);
    table_unref(t);
}

/* What a cell of the unscaled design is: output j of row i. */
static double expected(size_t i, size_t j, bool filled)
{
    double a = isnan(as[i]) && filled ? 4 : as[i], b = (double)bs[i], f = flags[i];
    const double cells[] = {a,     kinds[i] == 0, kinds[i] == 1, kinds[i] == 2, b,    f,
                            a * a, a * b,         a * f,         b * b,         b * f};
    return cells[j];
}

static void assert_cell(double got, double wanted)
{
    if (!(got == wanted || (isnan(got) && isnan(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static void test_rows(void **state)
{
    static const uint32_t some[] = {5, 2, 0};
    struct table *t = numbers();
    struct recipe *r = fit(t, 0, 2, false, NULL, N);
    struct design d;
    (void)state;
    for (int pick = 0; pick < 2; pick++) {
        size_t n = pick ? 3 : N;
        assert_true(design_build(&d, r, t, pick ? some : NULL, n, LT_ROWS_F64, NULL, NULL));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 11; j++)
                assert_cell(d.data.x64[i * d.data.ld + j], expected(pick ? some[i] : i, j, true));
        design_done(&d);
        assert_true(design_build(&d, r, t, pick ? some : NULL, n, LT_ROWS_F32, NULL, NULL));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 11; j++)
                assert_cell(d.data.x32[i * d.data.ld + j], expected(pick ? some[i] : i, j, true));
        design_done(&d);
    }
    assert_true(design_build(&d, r, t, NULL, N, LT_SPARSE, NULL, NULL));
    for (size_t i = 0; i < N; i++)
        for (size_t k = d.data.indptr[i]; k < d.data.indptr[i + 1]; k++)
            assert_cell(d.data.values[k], expected(i, d.data.indices[k], true));
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

/* Columns, for algorithms that take gaps and categories: the products of what is missing are missing. */
static void test_columns(void **state)
{
    static const uint32_t some[] = {5, 2, 0};
    static const size_t place[] = {0, 4, 5, 6,
                                   7, 8, 9, 10}; /* output -> cell of expected(), beside kind's codes */
    struct table *t = numbers();
    struct recipe *r = fit(t, LT_MISSING_OK | LT_CATEGORY_OK, 2, false, NULL, N);
    struct design d;
    (void)state;
    for (int pick = 0; pick < 2; pick++) {
        size_t n = pick ? 3 : N;
        assert_true(design_build(&d, r, t, pick ? some : NULL, n, LT_COLUMNS, NULL, NULL));
        assert_int_equal(d.data.p, 9);
        for (size_t j = 4; j < 9; j++)
            for (size_t i = 0; i < n; i++) {
                size_t row = pick ? some[i] : i;
                assert_int_equal(d.data.column[j].storage, LT_F64);
                assert_cell(((const double *)d.data.column[j].data)[row], expected(row, place[j - 1], false));
            }
        design_done(&d);
    }
    recipe_unref(r);
    table_unref(t);
}

/* Scaled by the training rows alone, of whose kinds there are two. Rows 0, 1 and 3: a b is 3, 2, 4; b^2 is 9, 1, 1. */
static void test_scaled(void **state)
{
    static const uint32_t train[] = {0, 1, 3};
    struct table *t = numbers();
    struct recipe *r = fit(t, LT_WANTS_SCALED, 2, false, train, 3);
    struct design d;
    (void)state;
    assert_true(design_build(&d, r, t, NULL, N, LT_ROWS_F64, NULL, NULL));
    const double sd_ab = sqrt(2.0 / 3), mean_bb = 11.0 / 3, sd_bb = sqrt((81.0 + 1 + 1) / 3 - mean_bb * mean_bb);
    for (size_t i = 0; i < N; i++) {
        double a = isnan(as[i]) ? 2 : as[i], b = (double)bs[i]; /* 2: the median of 1, 2, 4 */
        assert_true(fabs(d.data.x64[i * d.data.ld + 6] - (a * b - 3) / sd_ab) < 1e-12);
        assert_true(fabs(d.data.x64[i * d.data.ld + 8] - (b * b - mean_bb) / sd_bb) < 1e-12);
    }
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

static void test_infinite(void **state)
{
    static const char *const only[] = {"big"};
    struct table_builder *b = table_builder_new(2, "big");
    double *x = column_buffer(COLUMN_F64, 2, NULL);
    struct lt_algo algo = {.id = "test", .traits = LT_WANTS_SCALED};
    struct recipe_options o = {true, true, true, 2, false};
    struct err e = ERR_INIT;
    (void)state;
    x[0] = 1e200;
    x[1] = 2e200;
    table_builder_add(b, "big", column_from_f64(x, 2));
    struct table *t = table_builder_done(b);
    assert_null(recipe_fit(t, only, 1, NULL, 2, &algo, &o, &e));
    assert_string_equal(e.text, "big^2 has infinite values, so it can't be scaled");
    table_unref(t);
}

static void test_too_many(void **state)
{
    enum { P = 300 };
    static char name[P][8];
    const char *names[P];
    struct table_builder *b = table_builder_new(2, "wide");
    struct lt_algo algo = {.id = "test"};
    struct recipe_options o = {true, true, true, 2, false};
    struct err e = ERR_INIT;
    (void)state;
    for (size_t j = 0; j < P; j++) {
        double *x = column_buffer(COLUMN_F64, 2, NULL);
        x[0] = 1;
        x[1] = (double)j;
        snprintf(name[j], sizeof name[j], "x%zu", j);
        names[j] = name[j];
        table_builder_add(b, name[j], column_from_f64(x, 2));
    }
    struct table *t = table_builder_done(b);
    /* 300 + 300 * 301 / 2 */
    assert_null(recipe_fit(t, names, P, NULL, 2, &algo, &o, &e));
    assert_string_equal(e.text, "degree=2 would make 45450 columns of 300 numbers; at most 20000 are made");
    o.degree = 10;
    assert_null(recipe_fit(t, names, P, NULL, 2, &algo, &o, &e));
    assert_non_null(strstr(e.text, "degree=10 would make"));
    o.degree = 11;
    assert_null(recipe_fit(t, names, P, NULL, 2, &algo, &o, &e));
    o.degree = 2;
    struct recipe *r = recipe_fit(t, names, 198, NULL, 2, &algo, &o, &e); /* 198 + 198 * 199 / 2 = 19899 */
    assert_non_null(r);
    assert_int_equal(r->n_outputs, 19899);
    recipe_unref(r);
    table_unref(t);
}

/* As many rows as would fill any machine's memory. */
static void test_too_large(void **state)
{
    struct table *t = numbers();
    struct recipe *r = fit(t, 0, 1, false, NULL, N);
    struct err e = ERR_INIT;
    (void)state;
    assert_false(products_make(r, 2, false, (size_t)1 << 50, &e));
    assert_int_equal(e.code, ERR_MEMORY);
    assert_non_null(strstr(e.text, "of 11 columns and products would take"));
    recipe_unref(r);
    table_unref(t);
}

static void test_file(void **state)
{
    struct table *t = numbers();
    struct recipe *r = fit(t, LT_WANTS_SCALED, 3, false, NULL, N);
    struct err e = ERR_INIT;
    struct design a, b;
    json_t *j = recipe_to_json(r);
    struct recipe *back = recipe_from_json(j, &e);
    (void)state;
    assert_non_null(back);
    assert_true(design_build(&a, r, t, NULL, N, LT_ROWS_F64, NULL, NULL));
    assert_true(design_build(&b, back, t, NULL, N, LT_ROWS_F64, NULL, NULL));
    assert_int_equal(a.data.p, b.data.p);
    assert_memory_equal(a.data.x64, b.data.x64, a.data.n * a.data.ld * sizeof(double));
    for (size_t k = 0; k < a.data.p; k++)
        assert_string_equal(a.data.column[k].name, b.data.column[k].name);
    design_done(&a);
    design_done(&b);
    recipe_unref(back);
    recipe_unref(r);
    json_decref(j);
    table_unref(t);
}

static void test_damage(void **state)
{
    static const char *const bad[] = {"3",
                                      "[3]",
                                      "[{}]",
                                      "[{\"of\":[0]}]",
                                      "[{\"of\":[0,1]}]",
                                      "[{\"of\":[0,9]}]",
                                      "[{\"of\":[0,-1]}]",
                                      "[{\"of\":[2,0]}]",
                                      "[{\"of\":[0,0.5]}]",
                                      "[{\"of\":[0,2],\"scale\":1}]",
                                      "[{\"of\":[0,2],\"center\":0,\"scale\":0}]",
                                      "[{\"of\":[0,2],\"center\":0,\"scale\":\"x\"}]",
                                      "[{\"of\":[0,2]},{\"of\":[0,2]}]",
                                      "[{\"of\":[0,0,0]},{\"of\":[0,2]}]",
                                      "[{\"of\":[0,0,0,0,0,0,0,0,0,0,0]}]"};
    struct table *t = numbers();
    struct recipe *r = fit(t, 0, 2, false, NULL, N);
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = ERR_INIT;
        json_t *j = recipe_to_json(r);
        json_t *products = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        assert_non_null(products);
        json_object_set_new(j, "products", products);
        struct recipe *back = recipe_from_json(j, &e);
        if (back)
            fail_msg("%s was read", bad[i]);
        assert_int_equal(e.code, ERR_DATA);
        json_decref(j);
    }
    recipe_unref(r);
    table_unref(t);
}

static void test_asked(void **state)
{
    static const char *const bad[] = {"3",
                                      "{\"scale\":1}",
                                      "{\"poly_degree\":0}",
                                      "{\"poly_degree\":11}",
                                      "{\"poly_degree\":1.5}",
                                      "{\"balance\":\"odd\"}",
                                      "{\"balance_k\":0}",
                                      "{\"validation_fraction\":2}",
                                      "{\"patience\":0}",
                                      "{\"min_gain\":-1}"};
    struct train_options o, back;
    struct str text = STR_INIT;
    (void)state;
    train_options_init(&o);
    asked_text(&o, &text);
    assert_string_equal(str_get(&text), "");
    o.impute = false;
    o.degree = 3;
    o.interaction_only = true;
    o.early_stopping = true;
    o.validation_fraction = 0.25;
    o.n_iter_no_change = 7;
    o.tol = 0.5;
    o.balance.method = BALANCE_SMOTE;
    asked_text(&o, &text);
    assert_string_equal(str_get(&text), " impute=no poly_degree=3 interaction_only=yes balance=smote "
                                        "early_stopping=yes validation_fraction=0.25 patience=7 min_gain=0.5");
    json_t *j = asked_to_json(&o);
    train_options_init(&back);
    assert_true(asked_from_json(&back, j));
    assert_memory_equal(&back, &o, sizeof o);
    json_decref(j);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        j = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        if (asked_from_json(&back, j))
            fail_msg("%s was taken", bad[i]);
        json_decref(j);
    }
    str_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which),     cmocka_unit_test(test_rows),     cmocka_unit_test(test_columns),
        cmocka_unit_test(test_scaled),    cmocka_unit_test(test_infinite), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_file),     cmocka_unit_test(test_damage),
        cmocka_unit_test(test_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

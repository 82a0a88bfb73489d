/* recipe: what is filled, encoded, scaled and left out, for each kind of algorithm; and the design it makes.
 * Medians, means and standard deviations are worked out by hand beside the numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "data/table.h"
#include "host/recipe.h"

enum { N = 8 };
static const double ages[N] = {20, NAN, 30, 40, 50, 60, NAN, 70}; /* median 45, mean 45 */
static const int64_t classes[N] = {1, 2, 3, 1, 2, 3, 1, 3};       /* mean 2 */
static const int32_t sexes[N] = {0, 1, 1, 1, 0, -1, 1, 1};        /* female male */
static const uint8_t alone[N] = {1, 0, 1, 1, 0, 0, 0, 1};
static const int64_t days[N] = {0, 1, 2, 3, 4, 5, 6, 7};

static struct column *f64_column(const double *x, size_t n)
{
    double *data = column_buffer(COLUMN_F64, n, NULL);
    memcpy(data, x, n * sizeof *x);
    return column_from_f64(data, n);
}

static struct column *codes_column(const int32_t *x, size_t n, const char *const *words, size_t k)
{
    int32_t *data = column_buffer(COLUMN_CATEGORY, n, NULL);
    memcpy(data, x, n * sizeof *x);
    return column_from_codes(data, n, dictionary_new(words, k, NULL));
}

static struct column *ints_column(enum column_type type, const int64_t *x, size_t n)
{
    int64_t *data = column_buffer(type, n, NULL);
    memcpy(data, x, n * sizeof *x);
    return column_from_i64(type, data, NULL, n);
}

static struct column *text_column(size_t n)
{
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, NULL);
    char *bytes = mem_bulk(n + 64, 1, NULL);
    for (size_t i = 0; i <= n; i++)
        offsets[i] = i;
    memset(bytes, 'x', n + 64);
    return column_from_text(offsets, bytes, NULL, n);
}

static struct table *people(void)
{
    static const char *const words[] = {"female", "male"};
    struct table_builder *b = table_builder_new(N, "people");
    uint8_t *bits = column_buffer(COLUMN_BOOL, N, NULL);
    memcpy(bits, alone, N);
    table_builder_add(b, "age", f64_column(ages, N));
    table_builder_add(b, "pclass", ints_column(COLUMN_I64, classes, N));
    table_builder_add(b, "sex", codes_column(sexes, N, words, 2));
    table_builder_add(b, "alone", column_from_bool(bits, NULL, N));
    table_builder_add(b, "day", ints_column(COLUMN_DATE, days, N));
    table_builder_add(b, "name", text_column(N));
    return table_builder_done(b);
}

static const char *const features[] = {"age", "pclass", "sex", "alone", "day", "name"};
static const struct recipe_options all = {true, true, true};

static struct recipe *fit(const struct table *t, uint32_t traits, const uint32_t *rows, size_t n)
{
    struct lt_algo algo = {.id = "test", .traits = traits};
    struct err e = ERR_INIT;
    struct recipe *r = recipe_fit(t, features, 6, rows, n, &algo, &all, &e);
    if (!r)
        fail_msg("%s", e.text);
    return r;
}

static struct design build(const struct recipe *r, const struct table *t, const uint32_t *rows, size_t n,
                           enum lt_layout layout, size_t *unseen)
{
    struct design d;
    struct err e = ERR_INIT;
    if (!design_build(&d, r, t, rows, n, layout, unseen, &e))
        fail_msg("%s", e.text);
    return d;
}

static bool says(const struct recipe *r, const char *sentence)
{
    const char *const *notes;
    size_t n = recipe_notes(r, &notes);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(notes[i], sentence))
            return true;
    for (size_t i = 0; i < n; i++)
        print_message("said: %s\n", notes[i]);
    return false;
}

static void plain_rows(void **state)
{
    (void)state;
    struct table *t = people();
    struct recipe *r = fit(t, 0, NULL, N);
    assert_true(says(r, "age: 2 missing filled with the median 45"));
    assert_true(says(r, "sex: 1 missing filled with the most frequent level 'male'"));
    assert_true(says(r, "encoded as 0/1 columns: sex (2 levels)"));
    assert_true(says(r, "left out: name (text)"));
    assert_true(says(r, "taken as numbers since 1970: day (days)"));
    const struct lt_column *columns;
    assert_int_equal(recipe_outputs(r, &columns), 6);
    assert_string_equal(columns[2].name, "sex=female");
    assert_string_equal(columns[3].name, "sex=male");
    assert_int_equal(recipe_inputs(r), 5);
    struct design d = build(r, t, NULL, N, LT_ROWS_F64, NULL);
    const double *x = d.data.x64;
    assert_int_equal(d.data.p, 6);
    assert_true(x[0 * d.data.ld + 0] == 20 && x[1 * d.data.ld + 0] == 45 && x[6 * d.data.ld + 0] == 45);
    assert_true(x[5 * d.data.ld + 2] == 0 && x[5 * d.data.ld + 3] == 1);
    assert_true(x[0 * d.data.ld + 2] == 1 && x[0 * d.data.ld + 3] == 0);
    assert_true(x[7 * d.data.ld + 4] == 1 && x[7 * d.data.ld + 5] == 7);
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

/* Only training rows are looked at: rows 0 to 3 have ages 20 30 40, and one row of female, three of male. */
static void training_rows_alone(void **state)
{
    (void)state;
    static const uint32_t rows[] = {0, 1, 2, 3};
    struct table *t = people();
    struct recipe *r = fit(t, 0, rows, 4);
    assert_true(says(r, "age: 1 missing filled with the median 30"));
    struct design d = build(r, t, NULL, N, LT_ROWS_F32, NULL);
    assert_true(d.data.x32[6 * d.data.ld] == 30.0f);
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

static void scaled(void **state)
{
    (void)state;
    struct table *t = people();
    struct recipe *r = fit(t, LT_WANTS_SCALED | LT_DROP_FIRST, NULL, N);
    assert_true(says(r, "scaled 3 columns (mean 0, sd 1)"));
    assert_true(
        says(r, "encoded as 0/1 columns: sex (2 levels); the first level of each is the one compared with"));
    struct design d = build(r, t, NULL, N, LT_ROWS_F64, NULL);
    assert_int_equal(d.data.p, 5);
    assert_string_equal(d.data.column[2].name, "sex=male");
    size_t measured[] = {0, 1, 4};
    for (size_t k = 0; k < 3; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < N; i++) {
            double v = d.data.x64[i * d.data.ld + measured[k]];
            sum += v;
            squares += v * v;
        }
        assert_true(fabs(sum) < 1e-12 && fabs(squares / N - 1) < 1e-12);
    }
    /* pclass: mean 2, variance 6/8 */
    assert_true(fabs(d.data.x64[1] - (1 - 2) / sqrt(0.75)) < 1e-15);
    assert_true(d.data.x64[0 * d.data.ld + 2] == 0 && d.data.x64[1 * d.data.ld + 2] == 1); /* 0/1 columns stay */
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

/* Columns that need nothing lie where they lay. */
static void zero_copy(void **state)
{
    (void)state;
    static const uint32_t rows[] = {7, 0, 3};
    struct table *t = people();
    struct recipe *r = fit(t, LT_MISSING_OK | LT_CATEGORY_OK, NULL, N);
    struct design d = build(r, t, rows, 3, LT_COLUMNS, NULL);
    assert_int_equal(d.data.p, 5);
    assert_ptr_equal(d.data.rows, rows);
    assert_ptr_equal(d.data.column[0].data, column_f64(table_column(t, 0)));
    assert_ptr_equal(d.data.column[1].data, column_i64(table_column(t, 1)));
    assert_int_equal(d.data.column[1].storage, LT_I64);
    assert_ptr_equal(d.data.column[2].data, column_codes(table_column(t, 2)));
    assert_int_equal(d.data.column[2].kind, LT_CATEGORY);
    assert_int_equal(d.data.column[2].n_levels, 2);
    assert_string_equal(d.data.column[2].levels[1], "male");
    assert_int_equal(d.data.column[3].storage, LT_U8);
    assert_int_equal(d.data.column[4].storage, LT_I64);
    design_done(&d);
    recipe_unref(r);
    table_unref(t);
}

/* The same recipe gives the same numbers in all layouts. */
static void layouts_agree(void **state)
{
    (void)state;
    static const uint32_t rows[] = {6, 5, 4, 1};
    static const uint32_t kinds[] = {0,
                                     LT_DROP_FIRST | LT_WANTS_SCALED,
                                     LT_MISSING_OK,
                                     LT_MISSING_OK | LT_CATEGORY_OK,
                                     LT_CATEGORY_OK,
                                     LT_WANTS_SCALED | LT_MISSING_OK};
    struct table *t = people();
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct recipe *r = fit(t, kinds[k], NULL, N);
        struct design dense = build(r, t, rows, 4, LT_ROWS_F64, NULL),
                      cols = build(r, t, rows, 4, LT_COLUMNS, NULL),
                      sparse = build(r, t, rows, 4, LT_SPARSE, NULL);
        for (size_t i = 0; i < 4; i++) {
            size_t entry = sparse.data.indptr[i];
            for (size_t j = 0; j < dense.data.p; j++) {
                const struct lt_column *c = &cols.data.column[j];
                size_t at = cols.data.rows[i];
                double want = dense.data.x64[i * dense.data.ld + j], got = NAN;
                if (c->storage == LT_F64)
                    got = ((const double *)c->data)[at];
                else if (c->storage == LT_I64)
                    got = (double)((const int64_t *)c->data)[at];
                else if (c->storage == LT_I32)
                    got = ((const int32_t *)c->data)[at] < 0 ? NAN : ((const int32_t *)c->data)[at];
                else if (c->storage == LT_U8)
                    got = ((const uint8_t *)c->data)[at];
                assert_true(want == got || (isnan(want) && isnan(got)));
                if (want != 0) {
                    assert_int_equal(sparse.data.indices[entry], j);
                    assert_true(sparse.data.values[entry] == (float)want || isnan(want));
                    entry++;
                }
            }
            assert_int_equal(entry, sparse.data.indptr[i + 1]);
        }
        design_done(&dense);
        design_done(&cols);
        design_done(&sparse);
        recipe_unref(r);
    }
    table_unref(t);
}

/* Another table: other dictionary, unknown levels, a column of another kind, a column that isn't there. */
static void other_tables(void **state)
{
    (void)state;
    static const char *const words[] = {"diverse", "female", "male"};
    static const int32_t codes[] = {0, 1, 2, -1};
    static const double numbers[] = {1, 2, 3, 4};
    struct table *t = people();
    uint32_t kinds[] = {0, LT_CATEGORY_OK | LT_MISSING_OK};
    struct table_builder *b = table_builder_new(4, "");
    for (size_t i = 0; i < 6; i++)
        if (i != 2)
            table_builder_add(b, features[i], f64_column(numbers, 4));
    table_builder_add(b, "sex", codes_column(codes, 4, words, 3));
    struct table *other = table_builder_done(b);
    for (size_t k = 0; k < 2; k++) {
        struct recipe *r = fit(t, kinds[k], NULL, N);
        size_t unseen = 99;
        struct design d;
        struct err e = ERR_INIT;
        /* day was a date and is a number here */
        assert_false(design_build(&d, r, other, NULL, 4, LT_ROWS_F64, &unseen, &e));
        assert_string_equal(e.text, "day is a number here, but was a date in training");
        recipe_unref(r);
        struct lt_algo algo = {.id = "test", .traits = kinds[k]};
        r = recipe_fit(t, features, 4, NULL, N, &algo, &all, NULL);
        d = build(r, other, NULL, 4, LT_ROWS_F64, &unseen);
        assert_int_equal(unseen, 1);
        double *x = (double *)(uintptr_t)d.data.x64;
        if (k == 0) { /* unknown and missing: the most frequent level */
            assert_true(x[2] == 0 && x[3] == 1);
            assert_true(x[d.data.ld + 2] == 1 && x[d.data.ld + 3] == 0);
            assert_true(x[3 * d.data.ld + 3] == 1);
        } else {
            assert_true(isnan(x[2]) && x[d.data.ld + 2] == 0 && x[2 * d.data.ld + 2] == 1 &&
                        isnan(x[3 * d.data.ld + 2]));
        }
        design_done(&d);
        d = build(r, other, NULL, 4, LT_COLUMNS, &unseen);
        assert_int_equal(unseen, 1);
        design_done(&d);
        static const int few[] = {1};
        struct table *lacking = table_select(other, few, 1);
        assert_false(design_build(&d, r, lacking, NULL, 4, LT_ROWS_F64, NULL, &e));
        assert_int_equal(e.code, ERR_NOT_FOUND);
        table_unref(lacking);
        recipe_unref(r);
    }
    table_unref(other);
    table_unref(t);
}

static void no_thanks(void **state)
{
    (void)state;
    struct table *t = people();
    struct lt_algo algo = {.id = "knn"};
    struct err e = ERR_INIT;
    struct recipe_options o = {false, true, true};
    assert_null(recipe_fit(t, features, 6, NULL, N, &algo, &o, &e));
    assert_string_equal(e.text, "age has 2 missing values, which knn can't take");
    o = (struct recipe_options){true, false, true};
    struct recipe *r = recipe_fit(t, features, 6, NULL, N, &algo, &o, &e);
    assert_true(says(r, "left out: sex (category, encode=no), name (text)"));
    recipe_unref(r);
    algo.traits = LT_WANTS_SCALED;
    o = (struct recipe_options){true, true, false};
    r = recipe_fit(t, features, 6, NULL, N, &algo, &o, &e);
    struct design d = build(r, t, NULL, N, LT_ROWS_F64, NULL);
    assert_true(d.data.x64[0] == 20);
    design_done(&d);
    recipe_unref(r);
    static const char *const wrong[] = {"agee"};
    assert_null(recipe_fit(t, wrong, 1, NULL, N, &algo, &o, &e));
    assert_non_null(strstr(e.hint, "age"));
    table_unref(t);
}

/* Ids in disguise, constant columns, huge values, nothing at all. */
static void odd_columns(void **state)
{
    (void)state;
    enum { M = 100 };
    double same[M], huge[M], none[M], infinite[M];
    int32_t ids[M], one[M];
    char text[M][16];
    const char *words[M];
    for (int i = 0; i < M; i++) {
        same[i] = 0.1;
        huge[i] = i % 2 ? 1e300 : -1e300;
        none[i] = NAN;
        infinite[i] = i ? i : INFINITY;
        ids[i] = i;
        one[i] = 0;
        snprintf(text[i], sizeof text[i], "c%03d", i);
        words[i] = text[i];
    }
    struct table_builder *b = table_builder_new(M, "");
    table_builder_add(b, "same", f64_column(same, M));
    table_builder_add(b, "huge", f64_column(huge, M));
    table_builder_add(b, "none", f64_column(none, M));
    table_builder_add(b, "cabin", codes_column(ids, M, words, M));
    table_builder_add(b, "one", codes_column(one, M, words, 1));
    table_builder_add(b, "infinite", f64_column(infinite, M));
    struct table *t = table_builder_done(b);
    static const char *const names[] = {"same", "huge", "none", "cabin", "one", "infinite"};
    struct lt_algo algo = {.id = "test", .traits = LT_WANTS_SCALED};
    struct err e = ERR_INIT;
    struct recipe *r = recipe_fit(t, names, 5, NULL, M, &algo, &all, &e);
    assert_true(
        says(r, "left out: none (all values missing), cabin (100 levels for 100 rows), one (one level only)"));
    assert_true(says(r, "the same value in all rows: same"));
    struct design d = build(r, t, NULL, M, LT_ROWS_F64, NULL);
    assert_int_equal(d.data.p, 2);
    assert_true(fabs(d.data.x64[0]) < 1e-15);
    assert_true(d.data.x64[1] == -1 && d.data.x64[d.data.ld + 1] == 1);
    design_done(&d);
    recipe_unref(r);
    assert_null(recipe_fit(t, names, 6, NULL, M, &algo, &all, &e));
    assert_string_equal(e.text, "infinite has infinite values, so it can't be scaled");
    table_unref(t);
}

static void json_round_trip(void **state)
{
    (void)state;
    struct table *t = people();
    static const uint32_t kinds[] = {0, LT_DROP_FIRST | LT_WANTS_SCALED, LT_MISSING_OK | LT_CATEGORY_OK};
    for (size_t k = 0; k < 3; k++) {
        struct recipe *r = fit(t, kinds[k], NULL, N);
        json_t *j = recipe_to_json(r);
        struct err e = ERR_INIT;
        struct recipe *back = recipe_from_json(j, &e);
        if (!back)
            fail_msg("%s", e.text);
        json_t *again = recipe_to_json(back);
        assert_true(json_equal(j, again));
        struct design a = build(r, t, NULL, N, LT_ROWS_F64, NULL), b = build(back, t, NULL, N, LT_ROWS_F64, NULL);
        assert_memory_equal(a.data.x64, b.data.x64, N * a.data.ld * sizeof(double));
        design_done(&a);
        design_done(&b);
        json_decref(j);
        json_decref(again);
        recipe_unref(r);
        recipe_unref(back);
    }
    table_unref(t);
}

static void broken_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"inputs\":[{}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"f64\",\"use\":\"code\"}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"text\",\"use\":\"number\"}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"f64\",\"use\":\"number\",\"center\":1}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"f64\",\"use\":\"number\",\"center\":1,\"scale\":0}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"f64\",\"use\":\"number\",\"fill\":\"x\"}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"category\",\"use\":\"levels\",\"levels\":[]}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"category\",\"use\":\"levels\",\"levels\":[1]}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"category\",\"use\":\"levels\",\"levels\":[\"a\",\"a\"]}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"category\",\"use\":\"levels\",\"levels\":[\"a\"],\"fill\":1}]}",
        "{\"inputs\":[{\"name\":\"a\",\"type\":\"category\",\"use\":\"levels\",\"levels\":[\"a\"],\"unseen\":[5]}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *j = json_loads(texts[i], 0, NULL);
        struct err e = ERR_INIT;
        assert_non_null(j);
        assert_null(recipe_from_json(j, &e));
        assert_int_equal(e.code, ERR_DATA);
        json_decref(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows),  cmocka_unit_test(training_rows_alone), cmocka_unit_test(scaled),
        cmocka_unit_test(zero_copy),   cmocka_unit_test(layouts_agree),       cmocka_unit_test(other_tables),
        cmocka_unit_test(no_thanks),   cmocka_unit_test(odd_columns),         cmocka_unit_test(json_round_trip),
        cmocka_unit_test(broken_json),
    };
    return cmocka_run_group_tests_name("host/recipe", tests, NULL, NULL);
}

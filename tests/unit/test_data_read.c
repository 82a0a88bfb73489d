/* The bundled datasets, names and paths, JSON. */
#include "data_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "data/catalog.h"
#include "data/json_table.h"
#include "data/read.h"

static void every_bundled_dataset_is_as_stated(void **state)
{
    (void)state;
    size_t n;
    struct err e = ERR_INIT;
    const struct catalog_entry *all = catalog_entries(&n, &e);
    assert_non_null(all);
    assert_true(n > 50);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || strcmp(all[i - 1].name, all[i].name) < 0);
        assert_ptr_equal(catalog_find(all[i].name), &all[i]);
        struct str note = STR_INIT;
        struct table *t = table_read(all[i].name, NULL, NULL, &note, &e);
        if (!t)
            fail_msg("%s: %s", all[i].name, e.text);
        if ((long)table_rows(t) != all[i].rows || (long)table_cols(t) != all[i].cols)
            fail_msg("%s has %zu x %zu", all[i].name, table_rows(t), table_cols(t));
        if (*all[i].target && table_find(t, all[i].target) < 0)
            fail_msg("%s has no column %s", all[i].name, all[i].target);
        if (note.len)
            fail_msg("%s: %s", all[i].name, str_get(&note));
        assert_string_equal(table_source(t), all[i].name);
        assert_true(*all[i].title && *all[i].licence && *all[i].source);
        str_done(&note);
        table_unref(t);
    }
}

static enum column_type type_of(const char *name, const char *column)
{
    struct table *t = table_read(name, NULL, NULL, NULL, NULL);
    enum column_type type = column_type(table_column(t, (size_t)table_find(t, column)));
    table_unref(t);
    return type;
}

static void types_are_what_a_person_expects(void **state)
{
    (void)state;
    static const struct {
        const char *name, *column;
        enum column_type type;
    } cases[] = {
        {"iris", "sepal_length", COLUMN_F64},     {"iris", "species", COLUMN_CATEGORY},
        {"titanic", "survived", COLUMN_I64},      {"titanic", "name", COLUMN_TEXT},
        {"titanic", "sex", COLUMN_CATEGORY},      {"titanic", "ticket", COLUMN_TEXT},
        {"titanic", "age", COLUMN_F64},           {"titanic", "embarked", COLUMN_CATEGORY},
        {"air_passengers", "month", COLUMN_DATE}, {"machine_temperature", "timestamp", COLUMN_TIME},
        {"sms_spam", "text", COLUMN_TEXT},        {"sms_spam", "label", COLUMN_CATEGORY},
        {"airquality", "ozone", COLUMN_I64},      {"mtcars", "model", COLUMN_TEXT},
        {"diamonds", "cut", COLUMN_CATEGORY},     {"concrete", "cement", COLUMN_F64},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (type_of(cases[i].name, cases[i].column) != cases[i].type)
            fail_msg("%s.%s is %s", cases[i].name, cases[i].column,
                     column_type_name(type_of(cases[i].name, cases[i].column)));
}

/* Facts of the datasets that others published (their README names R). */
static void values_are_right(void **state)
{
    (void)state;
    struct table *t = table_read("titanic", NULL, NULL, NULL, NULL);
    double sum = 0;
    const struct column *c = table_column(t, 0);
    for (size_t i = 0; i < table_rows(t); i++)
        sum += column_number(c, i);
    assert_true(sum == 342);
    assert_int_equal(column_missing(table_column(t, (size_t)table_find(t, "age"))), 177);
    assert_int_equal(column_missing(table_column(t, (size_t)table_find(t, "cabin"))), 687);
    assert_int_equal(column_missing(table_column(t, (size_t)table_find(t, "embarked"))), 2);
    table_unref(t);
    t = table_read("machine_temperature", NULL, NULL, NULL, NULL);
    sum = 0;
    c = table_column(t, 1);
    for (size_t i = 0; i < table_rows(t); i++)
        sum += column_number(c, i);
    assert_true(fabs(sum / (double)table_rows(t) - 85.92650) < 5e-6);
    table_unref(t);
    static const char *const code[] = {"?"};
    t = table_read("thyroid_sick", &(struct csv_options){.missing = code, .n_missing = 1}, NULL, NULL, NULL);
    size_t missing = 0;
    for (size_t j = 0; j < table_cols(t); j++)
        missing += column_missing(table_column(t, j));
    assert_int_equal(missing, 6064);
    assert_int_equal(column_missing(table_column(t, (size_t)table_find(t, "tbg"))), 3772);
    table_unref(t);
}

/* Every bundled table comes back equal from CSV and from JSON. */
static void tables_go_round(void **state)
{
    (void)state;
    static const char *const names[] = {"iris",         "titanic", "penguins",     "air_passengers",
                                        "karate_nodes", "lung",    "co2_mauna_loa"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct table *t = table_read(names[i], NULL, NULL, NULL, NULL);
        struct str s = STR_INIT;
        csv_print(t, NULL, &s);
        struct table *back = csv_read_memory(s.s, s.len, "x", NULL, NULL, NULL, NULL);
        assert_true(table_hash(back) == table_hash(t));
        table_unref(back);
        for (int lines = 0; lines < 2; lines++) {
            struct err e = ERR_INIT;
            str_clear(&s);
            json_print_table(t, lines, &s);
            back = json_read_memory(s.s, s.len, "x", NULL, &e);
            if (!back)
                fail_msg("%s", e.text);
            for (size_t j = 0; j < table_cols(t); j++) {
                const struct column *a = table_column(t, j), *b = table_column(back, j);
                for (size_t r = 0; r < table_rows(t); r++)
                    assert_string_equal(printed(a, r), printed(b, r));
            }
            table_unref(back);
        }
        str_done(&s);
        table_unref(t);
    }
}

static struct table *json(const char *text, struct err *e)
{
    return json_read_memory(text, strlen(text), "x.json", NULL, e);
}

static void json_shapes_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,2]},\"e\":true},{\"a\":2.5,\"b\":{\"c\":null,\"d\":[]},\"f\":"
        "\"2020-01-01\"}]",
        "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,2]},\"e\":true}\n{\"a\":2.5,\"b\":{\"c\":null,\"d\":[]},\"f\":"
        "\"2020-01-01\"}\n",
        "{\"n\":2,\"data\":[{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,2]},\"e\":true},"
        "{\"a\":2.5,\"b\":{\"c\":null,\"d\":[]},\"f\":\"2020-01-01\"}]}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct err e = ERR_INIT;
        struct table *t = json(texts[i], &e);
        if (!t)
            fail_msg("%s", e.text);
        static const struct {
            const char *name, *first, *second;
            enum column_type type;
        } want[] = {{"a", "1", "2.5", COLUMN_F64},
                    {"b.c", "x", "", COLUMN_CATEGORY},
                    {"b.d", "[1,2]", "[]", COLUMN_CATEGORY},
                    {"e", "true", "", COLUMN_BOOL},
                    {"f", "", "2020-01-01", COLUMN_DATE}};
        assert_int_equal(table_cols(t), COUNT(want));
        for (size_t j = 0; j < COUNT(want); j++) {
            assert_string_equal(table_name(t, j), want[j].name);
            assert_int_equal(column_type(table_column(t, j)), want[j].type);
            assert_string_equal(printed(table_column(t, j), 0), want[j].first);
            assert_string_equal(printed(table_column(t, j), 1), want[j].second);
        }
        table_unref(t);
    }
    struct table *t = json("{\"x\":[1,2,3],\"y\":[\"a\",null,\"b\"]}", NULL);
    assert_int_equal(table_rows(t), 3);
    assert_string_equal(printed(table_column(t, 1), 2), "b");
    table_unref(t);
    t = json("[1, \"two\", 3.5]", NULL);
    assert_int_equal(column_type(table_column(t, 0)), COLUMN_CATEGORY);
    assert_string_equal(printed(table_column(t, 0), 2), "3.5");
    table_unref(t);
    static const struct {
        const char *text, *want;
        int line;
    } bad[] = {{"[{\"a\":1},\n{\"a\":}]", "x.json: line 2 is not valid JSON", 2},
               {"{\"a\":1}\n{\"a\":2}\n{\"a\"\n", "x.json: line 4 is not valid JSON", 4},
               {"17", "x.json holds a JSON value, but no records", 0},
               {"[]", "x.json holds no records", 0}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err e = ERR_INIT;
        assert_null(json(bad[i].text, &e));
        if (strncmp(e.text, bad[i].want, strlen(bad[i].want)) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(e.line, bad[i].line);
        assert_int_equal(e.code, ERR_DATA);
    }
}

static void names_are_found_or_suggested(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_null(table_read("titanc", NULL, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_string_equal(e.hint, "did you mean 'titanic'?");
    char dir[] = "/tmp/lathe-read-XXXXXX", path[128], near[128];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/sales.csv", dir);
    snprintf(near, sizeof near, "%s/sale.csv", dir);
    struct table *t = table_read("iris", NULL, NULL, NULL, NULL);
    assert_true(table_write(t, path, NULL, &e));
    assert_null(table_read(near, NULL, NULL, NULL, &e));
    assert_non_null(strstr(e.hint, "sales.csv"));
    assert_null(table_read(dir, NULL, NULL, NULL, &e));
    assert_non_null(strstr(e.text, "is a folder"));
    unlink(path);
    static const char *const endings[] = {"json", "ndjson", "tsv", "csv.gz"};
    for (size_t i = 0; i < COUNT(endings); i++) {
        snprintf(path, sizeof path, "%s/x.%s", dir, endings[i]);
        assert_true(table_write(t, path, NULL, &e));
        struct table *back = table_read(path, NULL, NULL, NULL, &e);
        assert_true(table_hash(back) == table_hash(t));
        table_unref(back);
        unlink(path);
    }
    rmdir(dir);
    table_unref(t);
    static const char *const cases[][2] = {{"x/titanic.csv.gz", "titanic"},
                                           {"a b-c.csv", "a_b_c"},
                                           {"2020.csv", "t2020"},
                                           {"-", "table"},
                                           {"x.y.tsv", "x_y"},
                                           {"iris", "iris"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *name = table_name_from_path(cases[i][0]);
        assert_string_equal(name, cases[i][1]);
        mem_free(name);
    }
}

int main(void)
{
    const char *top = getenv("top_srcdir");
    setenv("LATHE_DATA_DIR", top ? top : ".", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bundled_dataset_is_as_stated),
        cmocka_unit_test(types_are_what_a_person_expects),
        cmocka_unit_test(values_are_right),
        cmocka_unit_test(tables_go_round),
        cmocka_unit_test(json_shapes_are_read),
        cmocka_unit_test(names_are_found_or_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

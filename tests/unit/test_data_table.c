/* Columns, dictionaries, dates and tables. */
#include "data_make.h"

#include "base/pool.h"

static void dates_parse_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t days;
    } good[] = {{"1970-01-01", 0},        {"2000-02-29", 11016},    {"2020-12-31", 18627},  {"1969-12-31", -1},
                {"0001-01-01", DATE_MIN}, {"9999-12-31", DATE_MAX}, {"1600-03-01", -135080}};
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t days = 42;
        assert_true(date_parse(good[i].text, 10, &days));
        assert_int_equal(days, good[i].days);
        struct str s = STR_INIT;
        date_print(days, &s);
        assert_string_equal(str_get(&s), good[i].text);
        str_done(&s);
    }
    static const char *const bad[] = {"2021-02-29", "1900-02-29", "2020-13-01", "2020-00-10", "2020-01-32",
                                      "2020-1-01",  "20-01-2020", "2020/01/01", "2020-01-0x", "0000-01-01"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t days;
        assert_false(date_parse(bad[i], strlen(bad[i]), &days));
    }
}

static void every_day_goes_round(void **state)
{
    (void)state;
    for (int64_t day = DATE_MIN; day <= DATE_MAX; day += 97) {
        struct str s = STR_INIT;
        int64_t back;
        date_print(day, &s);
        assert_int_equal(s.len, 10);
        assert_true(date_parse(s.s, s.len, &back));
        assert_int_equal(back, day);
        str_done(&s);
    }
}

static void times_parse_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *text, *print;
        int64_t us;
    } good[] = {
        {"1970-01-01 00:00", "1970-01-01 00:00:00", 0},
        {"1970-01-01T00:00:01Z", "1970-01-01 00:00:01", 1000000},
        {"1970-01-01 00:00:00.5", "1970-01-01 00:00:00.5", 500000},
        {"1970-01-01 00:00:00.000001", "1970-01-01 00:00:00.000001", 1},
        {"1969-12-31 23:59:59.25", "1969-12-31 23:59:59.25", -750000},
        {"2013-12-02 21:15:00", "2013-12-02 21:15:00", INT64_C(1386018900) * 1000000},
        {"1970-01-01T02:00:00+02:00", "1970-01-01 00:00:00", 0},
        {"1970-01-01T02:00:00-0130", "1970-01-01 03:30:00", INT64_C(12600) * 1000000},
        {"2020-02-29", "2020-02-29 00:00:00", INT64_C(18321) * 86400 * 1000000},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t us = 42, back;
        assert_true(time_parse(good[i].text, strlen(good[i].text), &us));
        assert_int_equal(us, good[i].us);
        struct str s = STR_INIT;
        time_print(us, &s);
        assert_string_equal(s.s, good[i].print);
        assert_true(time_parse(s.s, s.len, &back));
        assert_int_equal(back, us);
        str_done(&s);
    }
    static const char *const bad[] = {"1970-01-01 24:00",     "1970-01-01 00:60",  "1970-01-01 00:00:60",
                                      "1970-01-01 00:00:00.", "1970-01-01 0:00",   "1970-01-01x00:00",
                                      "1970-01-01 00:00+2",   "1970-01-01 00:00 Z"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t us;
        assert_false(time_parse(bad[i], strlen(bad[i]), &us));
    }
}

static void missing_is_known_to_every_type(void **state)
{
    (void)state;
    struct column *f = make_f64((double[]){1, NAN, 0.1}, 3);
    struct column *k = make_i64(COLUMN_I64, (int64_t[]){7, INT64_MIN, -3}, 3);
    struct column *t = make_text((const char *const[]){"a", NULL, ""}, 3);
    struct column *c = make_category((const char *const[]){"b", NULL, "a"}, 3);
    struct column *d = make_i64(COLUMN_DATE, (int64_t[]){0, INT64_MIN, 1}, 3);
    struct column *all[] = {f, k, t, c, d};
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(column_missing(all[i]), 1);
        assert_false(column_is_missing(all[i], 0));
        assert_true(column_is_missing(all[i], 1));
        assert_true(isnan(column_number(all[i], 1)));
        assert_string_equal(printed(all[i], 1), "");
        assert_int_equal(column_distinct(all[i], NULL), 2);
    }
    assert_string_equal(printed(f, 2), "0.1");
    assert_string_equal(printed(k, 2), "-3");
    assert_string_equal(printed(c, 0), "b");
    assert_string_equal(printed(d, 2), "1970-01-02");
    assert_true(column_number(c, 0) == 1 && column_number(c, 2) == 0);
    size_t n = 9;
    assert_null(column_text(t, 1, &n));
    assert_non_null(column_text(t, 2, &n));
    assert_int_equal(n, 0);
    struct column *whole = make_i64(COLUMN_I64, (int64_t[]){1, 2}, 2);
    assert_null(column_valid(whole));
    column_unref(whole);
    uint32_t rows[] = {2, 1, 1, 0};
    for (size_t i = 0; i < COUNT(all); i++) {
        struct column *taken = column_take(all[i], rows, 4, NULL);
        assert_int_equal(column_missing(taken), 2);
        for (size_t j = 0; j < 4; j++)
            assert_string_equal(printed(taken, j), printed(all[i], rows[j]));
        column_unref(taken);
        column_unref(all[i]);
    }
}

static void categories_are_sorted(void **state)
{
    (void)state;
    struct column *words = make_category((const char *const[]){"pear", "Apple", "apple", "fig", "fig"}, 5);
    const struct dictionary *d = column_dictionary(words);
    assert_int_equal(dictionary_size(d), 4);
    assert_string_equal(dictionary_word(d, 0), "Apple");
    assert_string_equal(dictionary_word(d, 3), "pear");
    assert_int_equal(dictionary_find(d, "fig"), 2);
    assert_int_equal(dictionary_find(d, "plum"), -1);
    column_unref(words);

    struct column *numbers = make_category((const char *const[]){"10", "9", "-1", "2.5", "9"}, 5);
    d = column_dictionary(numbers);
    static const char *const sorted[] = {"-1", "2.5", "9", "10"};
    for (int32_t i = 0; i < 4; i++)
        assert_string_equal(dictionary_word(d, i), sorted[i]);
    column_unref(numbers);

    struct column *f = make_f64((double[]){2, NAN, -0.0, 0, 10, 2}, 6), *c = column_to_category(f, NULL);
    assert_int_equal(dictionary_size(column_dictionary(c)), 3);
    assert_string_equal(printed(c, 2), "0");
    assert_string_equal(printed(c, 4), "10");
    assert_int_equal(column_codes(c)[4], 2);
    assert_int_equal(column_missing(c), 1);
    column_unref(f);
    column_unref(c);
}

static void casts_count_what_they_lose(void **state)
{
    (void)state;
    static const char *const words[] = {"1", "2.5", "abc", NULL, "true", "2020-02-29", "007"};
    struct column *text = make_text(words, COUNT(words));
    static const struct {
        enum column_type to;
        size_t lost;
        const char *first, *last;
    } want[] = {{COLUMN_F64, 3, "1", "7"}, {COLUMN_I64, 4, "1", "7"}, {COLUMN_BOOL, 4, "true", ""},
                {COLUMN_DATE, 5, "", ""},  {COLUMN_TIME, 5, "", ""},  {COLUMN_CATEGORY, 0, "1", "007"}};
    for (size_t i = 0; i < COUNT(want); i++) {
        size_t lost = 99;
        struct column *c = column_cast(text, want[i].to, &lost, NULL);
        assert_int_equal(column_type(c), want[i].to);
        assert_int_equal(lost, want[i].lost);
        assert_int_equal(column_missing(c), 1 + want[i].lost);
        assert_string_equal(printed(c, 0), want[i].first);
        assert_string_equal(printed(c, 6), want[i].last);
        column_unref(c);
    }
    column_unref(text);

    struct column *f = make_f64((double[]){1, 0, 1.5, NAN, 1e300, INFINITY}, 6);
    size_t lost;
    struct column *k = column_cast(f, COLUMN_I64, &lost, NULL);
    assert_int_equal(lost, 3);
    struct column *b = column_cast(f, COLUMN_BOOL, &lost, NULL);
    assert_int_equal(lost, 3);
    struct column *t = column_cast(f, COLUMN_TEXT, &lost, NULL);
    assert_int_equal(lost, 0);
    struct column *again = column_cast(t, COLUMN_F64, &lost, NULL);
    assert_int_equal(lost, 0);
    assert_true(column_hash(again) == column_hash(f));
    struct column *day = make_i64(COLUMN_DATE, (int64_t[]){-1, 18321}, 2);
    struct column *time = column_cast(day, COLUMN_TIME, &lost, NULL);
    assert_string_equal(printed(time, 0), "1969-12-31 00:00:00");
    struct column *back = column_cast(time, COLUMN_DATE, &lost, NULL);
    assert_true(column_hash(back) == column_hash(day));
    struct column *all[] = {f, k, b, t, again, day, time, back};
    for (size_t i = 0; i < COUNT(all); i++)
        column_unref(all[i]);
}

static void type_names_have_aliases(void **state)
{
    (void)state;
    enum column_type t;
    for (int i = COLUMN_F64; i <= COLUMN_TIME; i++) {
        assert_true(column_type_from_name(column_type_name((enum column_type)i), &t));
        assert_int_equal(t, i);
    }
    assert_true(column_type_from_name("factor", &t) && t == COLUMN_CATEGORY);
    assert_true(column_type_from_name("Datetime", &t) && t == COLUMN_TIME);
    assert_false(column_type_from_name("blob", &t));
}

static struct table *fruit(void)
{
    struct table_builder *b = table_builder_new(5, "fruit");
    table_builder_add(b, "name", make_text((const char *const[]){"fig", "apple", NULL, "fig", "kiwi"}, 5));
    table_builder_add(b, "kg", make_f64((double[]){2, NAN, -1, 1, 2}, 5));
    table_builder_add(b, "", make_i64(COLUMN_I64, (int64_t[]){5, 4, 3, 2, INT64_MIN}, 5));
    table_builder_add(b, "kg", make_category((const char *const[]){"b", "a", "b", NULL, "a"}, 5));
    return table_builder_done(b);
}

static void tables_share_columns(void **state)
{
    (void)state;
    struct table *t = fruit();
    assert_string_equal(table_name(t, 2), "V3");
    assert_string_equal(table_name(t, 3), "kg_2");
    assert_int_equal(table_find(t, "kg_2"), 3);
    assert_int_equal(table_find(t, "nope"), -1);
    struct err e = ERR_INIT;
    assert_int_equal(table_require(t, "nam", &e), -1);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.hint, "name"));

    struct table *u = table_renamed(t, 1, "weight");
    assert_int_equal(table_find(u, "weight"), 1);
    assert_ptr_equal(table_column(u, 1), table_column(t, 1));
    assert_true(table_hash(u) != table_hash(t));
    struct table *back = table_renamed(u, 1, "kg");
    assert_true(table_hash(back) == table_hash(t));
    struct table *w = table_with(t, "kg", make_f64((double[]){1, 2, 3, 4, 5}, 5));
    assert_int_equal(table_cols(w), 4);
    assert_ptr_equal(table_column(w, 0), table_column(t, 0));
    assert_string_equal(printed(table_column(w, 1), 1), "2");
    assert_true(table_hash(w) != table_hash(t));
    struct table *wide = table_with(t, "new", make_f64((double[]){1, 2, 3, 4, 5}, 5));
    assert_int_equal(table_cols(wide), 5);
    struct table *two = table_select(t, (int[]){3, 0}, 2);
    assert_string_equal(table_name(two, 0), "kg_2");
    struct table *taken = table_take(t, (uint32_t[]){4, 4, 0}, 3, NULL);
    assert_int_equal(table_rows(taken), 3);
    assert_string_equal(printed(table_column(taken, 0), 1), "kiwi");
    struct table *none = table_take(t, NULL, 0, NULL);
    assert_int_equal(table_rows(none), 0);
    assert_int_equal(table_cols(none), 4);
    struct table *all[] = {t, u, back, w, wide, two, taken, none};
    for (size_t i = 0; i < COUNT(all); i++)
        table_unref(all[i]);
}

static void order_is_stable_with_missing_last(void **state)
{
    (void)state;
    struct table *t = fruit();
    static const struct {
        int col[2];
        bool descending[2];
        size_t keys;
        uint32_t want[5];
    } cases[] = {
        {{0}, {false}, 1, {1, 0, 3, 4, 2}},          {{0}, {true}, 1, {4, 0, 3, 1, 2}},
        {{1}, {false}, 1, {2, 3, 0, 4, 1}},          {{1}, {true}, 1, {0, 4, 3, 2, 1}},
        {{2}, {true}, 1, {0, 1, 2, 3, 4}},           {{3, 1}, {false, true}, 2, {4, 1, 0, 2, 3}},
        {{1, 2}, {true, false}, 2, {0, 4, 3, 2, 1}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t order[5];
        assert_true(table_order(t, cases[i].col, cases[i].descending, cases[i].keys, order, NULL));
        assert_memory_equal(order, cases[i].want, sizeof order);
    }
    table_unref(t);
}

static void hash_does_not_depend_on_threads(void **state)
{
    (void)state;
    size_t n = 300000;
    double *x = column_buffer(COLUMN_F64, n, NULL), *y = column_buffer(COLUMN_F64, n, NULL);
    for (size_t i = 0; i < n; i++)
        x[i] = y[i] = i % 97 == 0 ? NAN : (double)i / 3;
    pool_set_threads(1);
    struct column *a = column_from_f64(x, n);
    uint64_t one = column_hash(a);
    pool_set_threads(3);
    struct column *b = column_from_f64(y, n);
    assert_true(column_hash(b) == one);
    assert_int_equal(column_missing(b), (n + 96) / 97);
    pool_set_threads(0);
    column_unref(a);
    column_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_parse_and_print),
        cmocka_unit_test(every_day_goes_round),
        cmocka_unit_test(times_parse_and_print),
        cmocka_unit_test(missing_is_known_to_every_type),
        cmocka_unit_test(categories_are_sorted),
        cmocka_unit_test(casts_count_what_they_lose),
        cmocka_unit_test(type_names_have_aliases),
        cmocka_unit_test(tables_share_columns),
        cmocka_unit_test(order_is_stable_with_missing_last),
        cmocka_unit_test(hash_does_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

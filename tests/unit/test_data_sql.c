/* SQL over columns in place: the same answers as SQLite gives on tables of its own. */
#include "data_make.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/lathe.h"
#include "base/progress.h"
#include "data/read.h"
#include "data/sql.h"

static struct table *titanic, *cities;

static int set_up(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    const char *top = getenv("top_srcdir");
    setenv("LATHE_DATA_DIR", top ? top : ".", 1);
    titanic = table_read("titanic", NULL, NULL, NULL, &e);
    struct table_builder *b = table_builder_new(6, "cities");
    table_builder_add(b, "city", make_text((const char *const[]){"S", "C", "Q", "X", NULL, "S"}, 6));
    table_builder_add(b, "founded", make_i64(COLUMN_DATE, (int64_t[]){0, 18321, -1, INT64_MIN, 11016, 3}, 6));
    table_builder_add(b, "moment", make_i64(COLUMN_TIME, (int64_t[]){0, 1500000, -1, INT64_MIN, 5, 60000000}, 6));
    table_builder_add(b, "size", make_f64((double[]){1.5, NAN, -0.0, 1e300, 2, INFINITY}, 6));
    table_builder_add(b, "n", make_i64(COLUMN_I64, (int64_t[]){INT64_MAX, INT64_MIN, -3, 0, 1, 2}, 6));
    cities = table_builder_done(b);
    return titanic && cities ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    table_unref(titanic);
    table_unref(cities);
    return 0;
}

/* The table as SQLite's own, value by value. */
static void insert_table(sqlite3 *db, const char *name, const struct table *t)
{
    static const char *const types[] = {"REAL", "INTEGER", "INT", "TEXT", "TEXT", "TEXT", "TEXT"};
    struct str sql = STR_INIT, marks = STR_INIT;
    str_printf(&sql, "CREATE TABLE %s(", name);
    for (size_t j = 0; j < table_cols(t); j++) {
        str_printf(&sql, "%s\"%s\" %s", j ? "," : "", table_name(t, j), types[column_type(table_column(t, j))]);
        str_add(&marks, j ? ",?" : "?");
    }
    str_addc(&sql, ')');
    assert_int_equal(sqlite3_exec(db, sql.s, NULL, NULL, NULL), SQLITE_OK);
    str_clear(&sql);
    str_printf(&sql, "INSERT INTO %s VALUES(%s)", name, marks.s);
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(db, sql.s, -1, &s, NULL), SQLITE_OK);
    for (size_t i = 0; i < table_rows(t); i++) {
        for (size_t j = 0; j < table_cols(t); j++) {
            const struct column *c = table_column(t, j);
            int k = (int)j + 1;
            if (column_is_missing(c, i))
                sqlite3_bind_null(s, k);
            else if (column_type(c) == COLUMN_F64)
                sqlite3_bind_double(s, k, column_f64(c)[i]);
            else if (column_type(c) == COLUMN_I64)
                sqlite3_bind_int64(s, k, column_i64(c)[i]);
            else
                sqlite3_bind_text(s, k, printed(c, i), -1, SQLITE_TRANSIENT);
        }
        assert_int_equal(sqlite3_step(s), SQLITE_DONE);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    str_done(&sql);
    str_done(&marks);
}

static const struct sql_source *sources(void)
{
    static struct sql_source s[2];
    s[0] = (struct sql_source){"titanic", titanic};
    s[1] = (struct sql_source){"cities", cities};
    return s;
}

static void answers_equal_those_of_sqlite(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "select * from titanic",
        "select * from cities",
        "select sex, count(*) as n, avg(age) as a, sum(survived) from titanic group by sex order by sex",
        "select name, fare from titanic where age > 60 and fare < 20 order by fare desc, name limit 7",
        "select pclass, embarked, max(fare), min(age) from titanic group by 1, 2 having count(*) > 20 order by 1, "
        "2",
        "select t.name, c.founded from titanic t join cities c on t.embarked = c.city where t.age < 2 order by 1, "
        "2",
        "select a.name, b.name from titanic a, titanic b where a.ticket = b.ticket and a.rowid < b.rowid order by "
        "1, 2",
        "select count(*) from titanic a left join titanic b on a.sibsp = b.parch and a.pclass = b.pclass",
        "with s as (select *, fare / (sibsp + parch + 1) as each from titanic) select sex, total(each) from s "
        "group by sex",
        "select distinct cabin from titanic where cabin like 'B%' order by cabin",
        "select survived, row_number() over (partition by sex order by fare, name) as r from titanic order by "
        "name",
        "select upper(sex), length(name), substr(ticket, 1, 3), fare * 2, pclass + 1.5 from titanic where "
        "embarked is null",
        "select case when age is null then 'unknown' when age < 18 then 'child' else 'adult' end as g, count(*) "
        "from "
        "titanic group by g order by g",
        "select * from cities where founded >= '1970-01-02' order by founded",
        "select * from cities where city = 'S' or n = 0 or size = 2",
        "select embarked from titanic where embarked = 'Q' union all select city from cities order by 1",
        "select (select max(founded) from cities), n from cities where n in (select sibsp from titanic)",
        "values (1, 'a'), (2.5, null), ('x', 3)",
        "select name from titanic where 0",
    };
    sqlite3 *db;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    insert_table(db, "titanic", titanic);
    insert_table(db, "cities", cities);
    for (size_t q = 0; q < COUNT(queries); q++) {
        struct err e = ERR_INIT;
        struct table *t = sql_query(sources(), 2, queries[q], NULL, &e);
        if (!t)
            fail_msg("%s: %s", queries[q], e.text);
        sqlite3_stmt *s;
        assert_int_equal(sqlite3_prepare_v2(db, queries[q], -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_column_count(s), table_cols(t));
        size_t row = 0;
        for (; sqlite3_step(s) == SQLITE_ROW; row++) {
            assert_true(row < table_rows(t));
            for (int j = 0; j < sqlite3_column_count(s); j++) {
                const struct column *c = table_column(t, (size_t)j);
                const char *text = (const char *)sqlite3_column_text(s, j);
                bool equal;
                if (sqlite3_column_type(s, j) == SQLITE_NULL)
                    equal = column_is_missing(c, row);
                else if (column_is_numeric(c))
                    equal = column_number(c, row) == sqlite3_column_double(s, j);
                else
                    equal = strcmp(printed(c, row), text) == 0;
                if (!equal)
                    fail_msg("%s: row %zu column %d: %s, not %s", queries[q], row, j, printed(c, row), text);
            }
        }
        assert_int_equal(row, table_rows(t));
        sqlite3_finalize(s);
        table_unref(t);
    }
    sqlite3_close(db);
}

static void types_follow_their_source(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct table *t = sql_query(
        sources(), 2,
        "select survived, age, name, sex, founded, moment, sex || '!' as loud, date(founded, '+1 day') as d, "
        "age > 30 as old, null as none, upper(name) as u from titanic, cities",
        NULL, &e);
    if (!t)
        fail_msg("%s", e.text);
    static const enum column_type want[] = {COLUMN_I64,  COLUMN_F64,  COLUMN_TEXT,     COLUMN_CATEGORY,
                                            COLUMN_DATE, COLUMN_TIME, COLUMN_CATEGORY, COLUMN_DATE,
                                            COLUMN_I64,  COLUMN_F64,  COLUMN_CATEGORY};
    for (size_t j = 0; j < COUNT(want); j++)
        if (column_type(table_column(t, j)) != want[j])
            fail_msg("%s is %s", table_name(t, j), column_type_name(column_type(table_column(t, j))));
    table_unref(t);
    t = sql_query(sources(), 2, "select name, sex, age from titanic where age > 1000", NULL, &e);
    assert_int_equal(table_rows(t), 0);
    assert_int_equal(column_type(table_column(t, 0)), COLUMN_TEXT);
    assert_int_equal(column_type(table_column(t, 1)), COLUMN_CATEGORY);
    table_unref(t);
}

static double value(const char *expression)
{
    struct str sql = STR_INIT;
    struct err e = ERR_INIT;
    str_printf(&sql, "select %s", expression);
    struct table *t = sql_query(sources(), 2, sql.s, NULL, &e);
    if (!t)
        fail_msg("%s: %s", sql.s, e.text);
    double x = column_number(table_column(t, 0), 0);
    str_done(&sql);
    table_unref(t);
    return x;
}

/* Statistics of the ages by R: median(age), sd(age), var(fare), quantile(fare, .9). */
static void functions_are_right(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        double want;
    } cases[] = {
        {"median(age) from titanic", 28},
        {"sd(age) from titanic", 14.526497332334042},
        {"var(fare) from titanic", 2469.4368457431165},
        {"quantile(fare, 0.9) from titanic", 77.9583},
        {"median(column1) from (values (1), (null), (10), (2))", 2},
        {"log(exp(2))", 2},
        {"log10(1000)", 3},
        {"log2(8)", 3},
        {"pow(2, 10)", 1024},
        {"sqrt(2)", 1.4142135623730951},
        {"floor(-1.5)", -2},
        {"ceil(1.2)", 2},
        {"year('2020-02-29')", 2020},
        {"month('2020-02-29')", 2},
        {"day('2020-02-29 23:59')", 29},
        {"weekday('2020-02-29')", 6},
        {"weekday('1969-12-29')", 1},
        {"hour('1969-12-29 13:45:59')", 13},
        {"second('1969-12-29 13:45:59')", 59},
        {"max(d) from (select sd(column1) over (order by column1 rows 2 preceding) as d from (values "
         "(1),(2),(4),(8)))",
         3.0550504633038935},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!(fabs(value(cases[i].expression) - cases[i].want) <= 1e-12 * fabs(cases[i].want)))
            fail_msg("%s is %.17g", cases[i].expression, value(cases[i].expression));
    static const char *const undefined[] = {"sqrt(-1)",
                                            "log(0) - log(0)",
                                            "sd(column1) from (values (1))",
                                            "year('x')",
                                            "median(age) from titanic where 0",
                                            "sqrt('x')"};
    for (size_t i = 0; i < COUNT(undefined); i++)
        assert_true(isnan(value(undefined[i])));
}

static void filters_and_values_per_row(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    uint32_t *rows;
    size_t n, want = 0;
    assert_true(sql_filter(titanic, "sex = 'female' and age > 30 -- women", &rows, &n, NULL, &e));
    const struct column *sex = table_column(titanic, (size_t)table_find(titanic, "sex"));
    const struct column *age = table_column(titanic, (size_t)table_find(titanic, "age"));
    for (size_t i = 0; i < table_rows(titanic); i++)
        if (strcmp(printed(sex, i), "female") == 0 && column_number(age, i) > 30)
            assert_int_equal(rows[want++], i);
    assert_int_equal(n, want);
    mem_bulk_free(rows);
    assert_true(sql_filter(titanic, "age > 1000", &rows, &n, NULL, &e));
    assert_int_equal(n, 0);
    mem_bulk_free(rows);
    assert_true(sql_filter(titanic, "1", &rows, &n, NULL, &e));
    assert_int_equal(n, table_rows(titanic));
    mem_bulk_free(rows);

    struct column *c = sql_compute(titanic, "fare / (sibsp + parch + 1)", NULL, &e);
    const struct column *fare = table_column(titanic, (size_t)table_find(titanic, "fare"));
    assert_true(column_f64(c)[0] == column_number(fare, 0) / 2);
    column_unref(c);
    c = sql_compute(titanic, "rank() over (order by fare desc)", NULL, &e); /* comes in another order */
    double top = 0;
    for (size_t i = 0; i < column_size(c); i++)
        if (column_i64(c)[i] == 1)
            top = column_number(fare, i);
    assert_true(fabs(top - 512.3292) < 1e-9);
    column_unref(c);
    c = sql_compute(titanic, "(age - avg(age) over ()) / sd(age) over ()", NULL, &e);
    assert_int_equal(column_missing(c), 177);
    column_unref(c);
    c = sql_compute(titanic, "sex", NULL, &e);
    assert_int_equal(column_type(c), COLUMN_CATEGORY);
    column_unref(c);
    struct table_builder *b = table_builder_new(2, "");
    table_builder_add(b, "rowid", make_f64((double[]){7, 8}, 2));
    table_builder_add(b, "A", make_f64((double[]){1, 2}, 2));
    table_builder_add(b, "a", make_f64((double[]){3, 4}, 2));
    struct table *odd = table_builder_done(b);
    assert_true(sql_filter(odd, "rowid = 8", &rows, &n, NULL, &e));
    assert_true(n == 1 && rows[0] == 1);
    mem_bulk_free(rows);
    c = sql_compute(odd, "A + a_2", NULL, &e);
    assert_true(column_f64(c)[1] == 6);
    column_unref(c);
    table_unref(odd);
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *text, *hint;
        int from, to;
    } cases[] = {
        {"agee > 3", "no column 'agee'", "age", 0, 4},
        {"age > 3 and sexx = 'male'", "no column 'sexx'", "sex", 12, 16},
        {"sex = \"female\"", "no column 'female'", "single quotes: 'female'", 6, 14},
        {"age > ", "the expression ends too early", "age > 30", 0, 0},
        {"age > 3 && fare < 2", "the expression can't be understood near '&'", "'and'", 9, 10},
        {"sqroot(age) > 1", "no function 'sqroot'", "sqrt", 0, 6},
        {"", "the expression is empty", "age > 30", 0, 0},
        {"age > 3) or (1", "the expression has a ')' without a '('", "", 7, 8},
        {"(age > 3", "the expression has a '(' without a ')'", "", 0, 1},
        {"1; drop table x", "the expression has a ';' in it", "", 1, 2},
        {"sex = 'male", "the expression has a quote that is never closed", "twice", 6, 7},
        {"random() > 0", "random numbers in SQL can't be repeated", "seed", 0, 0},
        {"load_extension('x')", "the function load_extension is refused here", "", 0, 0},
        {"avg(age) > 3", "the expression fails: misuse of aggregate", "over ()", 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        uint32_t *rows;
        size_t n;
        assert_false(sql_filter(titanic, cases[i].expression, &rows, &n, NULL, &e));
        assert_null(rows);
        if (strncmp(e.text, cases[i].text, strlen(cases[i].text)) != 0 || !strstr(e.hint, cases[i].hint))
            fail_msg("%s: %s | %s", cases[i].expression, e.text, e.hint);
#if SQLITE_VERSION_NUMBER >= 3038000
        if (cases[i].to && (e.from != cases[i].from || e.to != cases[i].to))
            fail_msg("%s: marked %d to %d", cases[i].expression, e.from, e.to);
#endif
    }
    struct err e = ERR_INIT;
    assert_null(sql_compute(titanic, "avg(age)", NULL, &e));
    assert_non_null(strstr(e.hint, "over ()"));
    static const struct {
        const char *query, *text;
    } queries[] = {
        {"select * from titanik", "no table 'titanik'"},
        {"delete from titanic", "SQL here may read tables and not change them"},
        {"create table x(a)", "SQL here may read tables and not change them"},
        {"attach 'x.db' as y", "SQL here may read tables and nothing else: other databases are refused"},
        {"pragma temp_store", "SQL here may read tables and nothing else: PRAGMA is refused"},
        {"vacuum into 'x.db'", "the query does not select anything"},
        {"select 1; select 2", "the query holds more than one statement"},
        {"", "the query is empty"},
        {"begin", "SQL here may read tables and not change them"},
        {"select", "the query"},
    };
    for (size_t i = 0; i < COUNT(queries); i++) {
        e = ERR_INIT;
        assert_null(sql_query(sources(), 2, queries[i].query, NULL, &e));
        if (strncmp(e.text, queries[i].text, strlen(queries[i].text)) != 0)
            fail_msg("%s: %s", queries[i].query, e.text);
    }
}

static void a_query_can_be_cancelled(void **state)
{
    (void)state;
    struct progress *p = progress_new();
    struct err e = ERR_INIT;
    progress_cancel(p);
    assert_null(sql_query(sources(), 2,
                          "with recursive c(x) as (select 1 union all select x + 1 from c) select sum(x) from c",
                          p, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    progress_free(p);
}

/* Without an index 20,000 x 20,000 rows would take minutes. */
static void joins_are_indexed(void **state)
{
    (void)state;
    enum { N = 20000 };
    int64_t *id = malloc(N * sizeof *id), *other = malloc(N * sizeof *other);
    for (int i = 0; i < N; i++) {
        id[i] = i;
        other[i] = (int64_t)lt_below(3, 0, (uint64_t)i, N);
    }
    struct table_builder *b = table_builder_new(N, "");
    table_builder_add(b, "id", make_i64(COLUMN_I64, id, N));
    table_builder_add(b, "other", make_i64(COLUMN_I64, other, N));
    struct table *t = table_builder_done(b);
    struct sql_source s = {"t", t};
    struct err e = ERR_INIT;
    double before = clock_seconds();
    struct table *r = sql_query(&s, 1, "select count(*), sum(b.id) from t a join t b on a.other = b.id", NULL, &e);
    assert_non_null(r);
    assert_true(clock_seconds() - before < 20);
    int64_t sum = 0;
    for (int i = 0; i < N; i++)
        sum += other[i];
    assert_int_equal(column_i64(table_column(r, 0))[0], N);
    assert_int_equal(column_i64(table_column(r, 1))[0], sum);
    free(id);
    free(other);
    table_unref(r);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_those_of_sqlite),
        cmocka_unit_test(types_follow_their_source),
        cmocka_unit_test(functions_are_right),
        cmocka_unit_test(filters_and_values_per_row),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(a_query_can_be_cancelled),
        cmocka_unit_test(joins_are_indexed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

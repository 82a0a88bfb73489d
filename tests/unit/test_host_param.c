/* param: every type read, refused with a sentence, printed and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "host/param.h"

static const struct lt_param rows[] = {
    {.name = "n_estimators",
     .aliases = "trees,ntree",
     .type = LT_INT,
     .def = "100",
     .min = 1,
     .max = 100000,
     .doc = "number of trees"},
    {.name = "max_depth",
     .aliases = "depth",
     .type = LT_INT,
     .flags = LT_NULLABLE,
     .def = "none",
     .min = 1,
     .max = INFINITY,
     .doc = "how deep a tree may grow"},
    {.name = "learning_rate",
     .aliases = "lr",
     .type = LT_REAL,
     .flags = LT_OPEN_MIN | LT_LOG,
     .def = "0.1",
     .min = 0,
     .max = 1,
     .doc = "step size"},
    {.name = "criterion",
     .type = LT_CHOICE,
     .def = "gini",
     .choices = "gini,entropy,log_loss",
     .doc = "what is split by"},
    {.name = "hidden_layer_sizes",
     .aliases = "layers",
     .type = LT_INT_LIST,
     .def = "100",
     .min = 1,
     .max = 65536,
     .doc = "units of each layer"},
    {.name = "bootstrap", .type = LT_BOOL, .def = "yes", .doc = "draw rows with replacement"},
    {.name = "quantiles", .type = LT_REAL_LIST, .def = "0.25,0.5", .min = 0, .max = 1, .doc = "which quantiles"},
    {.name = "label", .type = LT_STRING, .def = "", .doc = "a text"},
    {.name = "alpha",
     .type = LT_REAL,
     .flags = LT_OPEN_MIN,
     .def = "1",
     .min = 0,
     .max = INFINITY,
     .doc = "penalty"},
    {.name = "time", .type = LT_COLUMN, .doc = "the column of times"},
    {.name = "as", .type = PARAM_NAME, .doc = "name of the result"},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static const struct lt_param *row(const char *name)
{
    int i = param_find(rows, sizeof rows[0], N_ROWS, name);
    assert_true(i >= 0);
    return &rows[i];
}

static struct lt_value good(struct arena *a, const char *name, const char *text)
{
    struct lt_value v;
    struct err e = ERR_INIT;
    if (!param_parse(row(name), text, &v, a, &e))
        fail_msg("%s=%s: %s", name, text, e.text);
    assert_int_equal(v.given, 1);
    return v;
}

static struct err bad(struct arena *a, const char *name, const char *text)
{
    struct lt_value v;
    struct err e = ERR_INIT;
    if (param_parse(row(name), text, &v, a, &e))
        fail_msg("%s=%s was taken", name, text);
    return e;
}

static void numbers(void **state)
{
    struct arena *a = *state;
    assert_int_equal(good(a, "trees", "300").i, 300);
    assert_true(good(a, "trees", "300").r == 300.0);
    assert_int_equal(good(a, "trees", "1e5").i, 100000);
    assert_string_equal(bad(a, "trees", "0").text, "n_estimators must be between 1 and 100000, not 0");
    assert_string_equal(bad(a, "trees", "0").hint, "n_estimators: number of trees (default 100)");
    assert_int_equal(bad(a, "trees", "0").code, ERR_RANGE);
    assert_string_equal(bad(a, "trees", "3.5").text, "n_estimators must be a whole number, not '3.5'");
    assert_string_equal(bad(a, "trees", "1e300").text, "n_estimators must be between 1 and 100000, not 1e300");
    assert_string_equal(bad(a, "trees", "").text, "n_estimators must be a whole number, not ''");
    assert_string_equal(bad(a, "trees", "12x").text, "n_estimators must be a whole number, not '12x'");
    assert_true(good(a, "max_depth", "None").is_none);
    assert_string_equal(bad(a, "max_depth", "0").text, "max_depth must be at least 1 (or none), not 0");
    assert_true(good(a, "lr", "1").r == 1.0);
    assert_string_equal(bad(a, "lr", "0").text, "learning_rate must be above 0 and at most 1, not 0");
    assert_string_equal(bad(a, "lr", "fast").text, "learning_rate must be a number, not 'fast'");
    assert_string_equal(bad(a, "alpha", "-1").text, "alpha must be above 0, not -1");
    assert_string_equal(bad(a, "alpha", "nan").text, "alpha must be a number, not 'nan'");
    bad(a, "lr", "none");
}

static void words(void **state)
{
    struct arena *a = *state;
    assert_int_equal(good(a, "criterion", "entropy").i, 1);
    assert_string_equal(good(a, "criterion", "ent").s, "entropy");
    assert_string_equal(good(a, "criterion", "GINI").s, "gini");
    struct err e = bad(a, "criterion", "ginni");
    assert_string_equal(e.text, "criterion cannot be 'ginni'");
    assert_non_null(strstr(e.hint, "gini"));
    bad(a, "criterion", "");
    const char *yes[] = {"yes", "true", "1", "on", "True"}, *no[] = {"no", "false", "0", "off"};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(good(a, "bootstrap", yes[i]).i, 1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(good(a, "bootstrap", no[i]).i, 0);
    assert_string_equal(bad(a, "bootstrap", "2").text, "bootstrap must be yes or no, not '2'");
    assert_string_equal(good(a, "label", "two words").s, "two words");
    assert_string_equal(good(a, "label", "").s, "");
    assert_int_equal(good(a, "time", "when").i, -1);
    assert_string_equal(good(a, "time", "when").s, "when");
    good(a, "as", "rf_2");
    bad(a, "as", "2rf");
    bad(a, "as", "a b");
    bad(a, "as", "");
}

static void lists(void **state)
{
    struct arena *a = *state;
    const char *same[] = {"64,32", "(64, 32)", "[64,32]", "64x32", "64 32", "(64,32,)"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct lt_value v = good(a, "layers", same[i]);
        assert_int_equal(v.n, 2);
        assert_true(v.list[0] == 64 && v.list[1] == 32);
    }
    assert_int_equal(good(a, "layers", "7").n, 1);
    assert_string_equal(bad(a, "layers", "64,0").text,
                        "each number of hidden_layer_sizes must be between 1 and 65536, not 0");
    const char *wrong[] = {"", "()", ",", "64,,32", "64,3.5", "a", "64-32"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        bad(a, "layers", wrong[i]);
    assert_true(good(a, "quantiles", "0.1, 0.9").list[1] == 0.9);
    bad(a, "quantiles", "0.1,1.5");
}

static void round_trip(void **state)
{
    struct arena *a = *state;
    const struct {
        const char *name, *text;
    } cases[] = {
        {"trees", "7"},      {"max_depth", "none"}, {"lr", "0.30000000000000004"}, {"criterion", "log_loss"},
        {"layers", "64,32"}, {"bootstrap", "no"},   {"quantiles", "0.1,0.2"},      {"label", "x y"},
        {"time", "when"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str out = STR_INIT;
        struct lt_value v = good(a, cases[i].name, cases[i].text);
        param_print(row(cases[i].name), &v, &out);
        assert_string_equal(str_get(&out), cases[i].text);
        str_done(&out);
    }
}

static void defaults(void **state)
{
    struct lt_value v[N_ROWS];
    struct err e = ERR_INIT;
    assert_true(param_defaults(rows, sizeof rows[0], N_ROWS, v, *state, &e));
    const struct lt_value *trees = param_value(rows, sizeof rows[0], N_ROWS, v, "n_estimators");
    assert_int_equal(trees->i, 100);
    assert_int_equal(trees->given, 0);
    assert_true(param_value(rows, sizeof rows[0], N_ROWS, v, "time")->is_none);
    assert_int_equal(param_value(rows, sizeof rows[0], N_ROWS, v, "time")->i, -1);
}

static void finding(void **state)
{
    (void)state;
    size_t stride = sizeof rows[0];
    assert_int_equal(param_find(rows, stride, N_ROWS, "ntree"), 0);
    assert_int_equal(param_find(rows, stride, N_ROWS, "ntre"), -1);
    assert_int_equal(param_find_prefix(rows, stride, N_ROWS, "n_est"), 0);
    assert_int_equal(param_find_prefix(rows, stride, N_ROWS, "tre"), 0);
    assert_int_equal(param_find_prefix(rows, stride, N_ROWS, "l"), -2);
    assert_int_equal(param_find_prefix(rows, stride, N_ROWS, ""), -1);
    struct err e = ERR_INIT;
    assert_false(param_unknown(rows, stride, N_ROWS, "n_estimator", "train forest", &e));
    assert_string_equal(e.text, "train forest has no parameter 'n_estimator'");
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.hint, "n_estimators"));
    assert_int_equal(choice_index("a,bb, c", "c", 1), 2);
    assert_int_equal(choice_index("a,bb", "b", 1), -1);
}

static void ranges(void **state)
{
    (void)state;
    const struct {
        const char *name, *range, *type;
    } cases[] = {{"trees", "1 … 100000", "integer"},  {"max_depth", ">= 1 | none", "integer"},
                 {"lr", "> 0, <= 1", "number"},       {"criterion", "gini | entropy | log_loss", "word"},
                 {"alpha", "> 0", "number"},          {"label", "", "text"},
                 {"bootstrap", "yes | no", "yes/no"}, {"as", "", "name"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str out = STR_INIT;
        param_range(row(cases[i].name), &out);
        assert_string_equal(str_get(&out), cases[i].range);
        assert_string_equal(param_type_word(row(cases[i].name)), cases[i].type);
        str_done(&out);
    }
}

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),    cmocka_unit_test(words),    cmocka_unit_test(lists),
        cmocka_unit_test(round_trip), cmocka_unit_test(defaults), cmocka_unit_test(finding),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests_name("host/param", tests, set_up, tear_down);
}

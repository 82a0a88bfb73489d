/* Formulas. */
#include "data_make.h"

#include "data/formula.h"

static struct table *table(void)
{
    struct table_builder *b = table_builder_new(1, "t");
    static const char *const names[] = {"y", "a", "b", "long name", "c.d", "id"};
    for (size_t j = 0; j < COUNT(names); j++)
        table_builder_add(b, names[j], make_f64((double[]){0}, 1));
    return table_builder_done(b);
}

static void formulas_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int target;
        int feature[6];
        size_t n;
        bool intercept;
    } cases[] = {
        {"y ~ a + b", 0, {1, 2}, 2, true},
        {"y~b+a", 0, {2, 1}, 2, true},
        {"y ~ .", 0, {1, 2, 3, 4, 5}, 5, true},
        {"y ~ . - id", 0, {1, 2, 3, 4}, 4, true},
        {"a ~ . - id - `long name`", 1, {0, 2, 4}, 3, true},
        {"y ~ 0 + a", 0, {1}, 1, false},
        {"y ~ a - 1", 0, {1}, 1, false},
        {"y ~ a + 0", 0, {1}, 1, false},
        {"y ~ 1", 0, {0}, 0, true},
        {"y ~ \"long name\" + c.d", 0, {3, 4}, 2, true},
        {"~ a + b", -1, {1, 2}, 2, true},
        {"a + b", -1, {1, 2}, 2, true},
        {"y ~ a + a + b", 0, {1, 2}, 2, true},
        {"y ~ a + b - a + a", 0, {2, 1}, 2, true},
        {"y ~ -1 + a", 0, {1}, 1, false},
        {" y  ~\n. - a - b - id - y ", 0, {3, 4}, 2, true},
    };
    struct table *t = table();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct formula f;
        if (!formula_parse(cases[i].text, t, &f, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        assert_int_equal(f.target, cases[i].target);
        assert_int_equal(f.n_features, cases[i].n);
        assert_int_equal(f.intercept, cases[i].intercept);
        for (size_t j = 0; j < f.n_features; j++)
            assert_int_equal(f.feature[j], cases[i].feature[j]);
        formula_done(&f);
    }
    table_unref(t);
}

static void mistakes_are_marked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what, *hint;
        int from, to;
        enum err_code code;
    } cases[] = {
        {"y ~ aa", "no column 'aa' in t", "a", 4, 6, ERR_NOT_FOUND},
        {"z ~ a", "no column 'z' in t", "", 0, 1, ERR_NOT_FOUND},
        {"y ~ a:b", "interactions (a:b) aren't part of formulas here", "mutate", 5, 6, ERR_INPUT},
        {"y ~ a*b", "interactions (a*b) aren't part of formulas here", "mutate", 5, 6, ERR_INPUT},
        {"y ~ log(a)", "functions aren't part of formulas here", "mutate log_x = log(x)", 4, 7, ERR_INPUT},
        {"y ~ a + y", "'y' is the target, and can't be a feature too", "", 8, 9, ERR_INPUT},
        {"y ~", "the formula ends where a column is expected", "y ~ a + b", 3, 4, ERR_INPUT},
        {"", "the formula ends where a column is expected", "y ~ a + b", 0, 1, ERR_INPUT},
        {"y ~ a +", "the formula ends where a column is expected", "y ~ a + b", 7, 8, ERR_INPUT},
        {"y ~ a b", "the formula can't be understood near 'b'", "y ~ a + b", 6, 7, ERR_INPUT},
        {"y ~ `a", "the formula has a quote that is never closed", "", 4, 5, ERR_INPUT},
        {"y ~ a ~ b", "the formula can't be understood near '~'", "", 6, 7, ERR_INPUT},
        {"y ~ a, b", "a comma doesn't belong into a formula", "+", 5, 6, ERR_INPUT},
        {"y = a", "an equals sign doesn't belong into a formula", "~", 2, 3, ERR_INPUT},
    };
    struct table *t = table();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct formula f;
        assert_false(formula_parse(cases[i].text, t, &f, &e));
        if (strcmp(e.text, cases[i].what) != 0 || !strstr(e.hint, cases[i].hint) || e.from != cases[i].from ||
            e.to != cases[i].to || e.code != cases[i].code)
            fail_msg("%s: %s | %s | %d to %d", cases[i].text, e.text, e.hint, e.from, e.to);
    }
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_are_read),
        cmocka_unit_test(mistakes_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

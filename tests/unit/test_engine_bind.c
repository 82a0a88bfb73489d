/* bind: words to checked calls: positions, names, prefixes, aliases, formulas, raw lines, and what mistakes say. */
#include "tests/unit/engine_world.h"

struct bound {
    struct world w;
    struct call c;
    struct err e;
    bool good;
};

static void bind(struct bound *b, const char *text, bool prefixes)
{
    if (b->c.arena)
        call_done(&b->c);
    b->e = ERR_INIT;
    b->good = bind_call(b->w.en, text, prefixes, &b->c, &b->e);
}

static int setup(void **state)
{
    struct bound *b = mem_zero(1, sizeof *b);
    world_open(&b->w, (struct engine_options){0});
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bound *b = *state;
    if (b->c.arena)
        call_done(&b->c);
    world_close(&b->w);
    mem_free(b);
    return 0;
}

static void assert_line(struct bound *b, const char *text, const char *canonical)
{
    bind(b, text, true);
    if (!b->good)
        fprintf(stderr, "# %s: %s\n", text, b->e.text);
    assert_true(b->good);
    assert_string_equal(b->c.line, canonical);
}

/* The span's text is `under`; the hint or sentence holds `says`. */
static void assert_mistake(struct bound *b, const char *text, enum err_code code, const char *under,
                           const char *says)
{
    bind(b, text, true);
    assert_false(b->good);
    assert_int_equal(b->e.code, code);
    if (under) {
        char *span = mem_strndup(text + b->e.from, (size_t)(b->e.to - b->e.from));
        assert_string_equal(span, under);
        mem_free(span);
    }
    if (!strstr(b->e.text, says) && !strstr(b->e.hint, says))
        fprintf(stderr, "# %s: %s (%s)\n", text, b->e.text, b->e.hint);
    assert_true(strstr(b->e.text, says) || strstr(b->e.hint, says));
}

static void verbs_have_names_aliases_and_prefixes(void **state)
{
    struct bound *b = *state;
    assert_line(b, "say", "say");
    assert_line(b, "talk a", "say a");
    assert_line(b, "lea fake", "learn fake");
    bind(b, "lea fake", false);
    assert_false(b->good); /* scripts are written out */
    assert_mistake(b, "sa x", ERR_INPUT, "sa", "say, saw");
    assert_mistake(b, "  lern fake", ERR_INPUT, "lern", "learn");
    assert_mistake(b, "zzz", ERR_INPUT, "zzz", "there is no verb 'zzz'");
    assert_mistake(b, "sec", ERR_INPUT, "sec", "there is no verb"); /* hidden ones have no prefix */
    assert_line(b, "secret", "secret");
    assert_line(b, "say> x.txt", "say > x.txt");
}

static void values_are_checked_and_defaults_filled(void **state)
{
    struct bound *b = *state;
    bind(b, "say a 'b c' times=3 level=high", false);
    assert_true(b->good);
    assert_int_equal(b->c.n_rest, 2);
    assert_string_equal(b->c.rest[1], "b c");
    assert_int_equal(call_int(&b->c, "times"), 3);
    assert_string_equal(call_text(&b->c, "level"), "high");
    assert_false(call_bool(&b->c, "loud"));
    assert_true(call_given(&b->c, "times"));
    assert_false(call_given(&b->c, "loud"));
    assert_string_equal(b->c.line, "say a \"b c\" times=3 level=high");
    bind(b, "say", false);
    assert_int_equal(call_int(&b->c, "times"), 1);
    assert_mistake(b, "say times=10", ERR_RANGE, "times=10", "9");
    assert_mistake(b, "say times=x", ERR_INPUT, "times=x", "x");
    assert_mistake(b, "say level=hihg", ERR_INPUT, "level=hihg", "high");
}

static void named_values_have_aliases_and_prefixes(void **state)
{
    struct bound *b = *state;
    assert_line(b, "say count=2", "say times=2");
    assert_line(b, "say ti = 2", "say times=2");
    assert_mistake(b, "say a tmies=2", ERR_NOT_FOUND, "tmies=2", "times");
    assert_mistake(b, "say l=2", ERR_NOT_FOUND, "l=2", "no 'l='");  /* level or loud */
    assert_mistake(b, "task x=1", ERR_NOT_FOUND, NULL, "no table"); /* needs come first */
    bind(b, "say ti=2", false);
    assert_false(b->good);
}

static void what_is_required_is_asked_for(void **state)
{
    struct bound *b = *state;
    assert_mistake(b, "put", ERR_INPUT, NULL, "put needs name");
    assert_mistake(b, "put", ERR_INPUT, NULL, "for example: put a");
    assert_mistake(b, "put a b", ERR_INPUT, "b", "no use for 'b'");
    assert_mistake(b, "where", ERR_INPUT, NULL, "where needs condition");
}

static void names_of_the_session_are_checked(void **state)
{
    struct bound *b = *state;
    assert_mistake(b, "column x", ERR_NOT_FOUND, NULL, "no table is loaded");
    world_run(&b->w, "put people");
    assert_line(b, "column x", "column x");
    assert_line(b, "column \"odd name\"", "column \"odd name\"");
    assert_mistake(b, "column sexx", ERR_NOT_FOUND, "sexx", "sex");
    assert_mistake(b, "drop peopel", ERR_NOT_FOUND, "peopel", "people");
    assert_mistake(b, "column x of=peopel", ERR_NOT_FOUND, "of=peopel", "people");
    assert_mistake(b, "show people", ERR_TYPE, "people", "is a table");
    assert_mistake(b, "show m", ERR_NOT_FOUND, "m", "train");
    assert_mistake(b, "task", ERR_INPUT, NULL, "has no target");
    world_run(&b->w, "put people target=sex");
    assert_line(b, "task", "task");
}

static void results_are_named_and_written(void **state)
{
    struct bound *b = *state;
    bind(b, "say a as b > \"c d.txt\"", false);
    assert_true(b->good);
    assert_string_equal(b->c.as, "b");
    assert_string_equal(b->c.into, "c d.txt");
    assert_int_equal(b->c.n_rest, 1);
    assert_string_equal(b->c.line, "say a as b > \"c d.txt\"");
    assert_line(b, "say a \"as\" b", "say a \"as\" b"); /* a quoted `as` is a word … */
    bind(b, "say a \"as\" b", true);
    assert_int_equal(b->c.n_rest, 3);
    bind(b, "saw a as b", true); /* … and so it is where nothing can be named */
    assert_null(b->c.as);
    assert_mistake(b, "say a as", ERR_INPUT, "as", "a name is missing after 'as'");
    assert_mistake(b, "say a >", ERR_INPUT, ">", "a file name is missing after >");
}

static void algorithms_bring_their_parameters(void **state)
{
    struct bound *b = *state;
    bind(b, "learn fake n_steps=7 seed=3", false);
    assert_true(b->good);
    assert_string_equal(b->c.algo->d.id, "fake");
    assert_int_equal(b->c.algo_params[FAKE_STEPS].i, 7);
    assert_int_equal(b->c.algo_params[FAKE_STEPS].given, 1);
    assert_int_equal(b->c.algo_params[FAKE_FAIL_AT].given, 0);
    assert_int_equal(call_int(&b->c, "seed"), 3);
    assert_line(b, "learn n_steps=7 fake", "learn fake n_steps=7"); /* names may come first */
    assert_line(b, "learn fake steps=7", "learn fake n_steps=7");
    assert_line(b, "learn fake n_st=7", "learn fake n_steps=7");
    assert_mistake(b, "learn fake n_stpes=7", ERR_NOT_FOUND, "n_stpes=7", "n_steps");
    assert_mistake(b, "learn fake n_steps=0", ERR_RANGE, "n_steps=0", "1");
    assert_mistake(b, "learn fakee", ERR_NOT_FOUND, "fakee", "fake");
    assert_mistake(b, "learn", ERR_INPUT, NULL, "learn needs algo");
}

static void formulas_are_joined(void **state)
{
    struct bound *b = *state;
    bind(b, "learn fake y ~ a + b n_steps=2 as m", false);
    assert_true(b->good);
    assert_string_equal(call_text(&b->c, "formula"), "y ~ a + b");
    assert_string_equal(b->c.as, "m");
    assert_string_equal(b->c.line, "learn fake y ~ a + b n_steps=2 as m");
    bind(b, "learn fake y~a+b", false);
    assert_string_equal(call_text(&b->c, "formula"), "y~a+b");
    bind(b, "learn fake ~ a", false);
    assert_string_equal(call_text(&b->c, "formula"), "~ a");
    bind(b, "learn fake \"odd name\" ~ x > out.txt", false);
    assert_string_equal(call_text(&b->c, "formula"), "\"odd name\" ~ x");
    assert_string_equal(b->c.into, "out.txt");
    assert_mistake(b, "learn fake y", ERR_INPUT, "y", "no use for 'y'");
}

static void raw_lines_are_taken_as_they_are(void **state)
{
    struct bound *b = *state;
    static const struct {
        const char *text, *value, *as, *into;
    } cases[] = {
        {"where x > 3 and y = 'a  b'", "x > 3 and y = 'a  b'", NULL, NULL},
        {"where x > 3 as big", "x > 3", "big", NULL},
        {"where as big x > 3", "x > 3", "big", NULL},
        {"where x > 3 > out.csv", "x > 3", NULL, "out.csv"},
        {"where x > 3 as big > out.csv", "x > 3", "big", "out.csv"},
        {"where x > 3.5", "x > 3.5", NULL, NULL},
        {"where x >y.csv", "x", NULL, "y.csv"},
        {"query select a as b from t", "select a as b from t", NULL, NULL},
        {"query select a as b", "select a as b", NULL, NULL}, /* SQL has its own `as` */
        {"query as r select a as b > x.json", "select a as b", "r", "x.json"},
        {"query select * from t where a > b", "select * from t where a > b", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bind(b, cases[i].text, false);
        assert_true(b->good);
        assert_string_equal(b->c.v[0].s, cases[i].value);
        assert_true(str_eq(b->c.as, cases[i].as));
        assert_true(str_eq(b->c.into, cases[i].into));
        /* The canonical line means the same. */
        struct str line = STR_INIT;
        str_add(&line, b->c.line);
        bind(b, str_get(&line), false);
        assert_true(b->good);
        assert_string_equal(b->c.v[0].s, cases[i].value);
        assert_true(str_eq(b->c.as, cases[i].as));
        assert_true(str_eq(b->c.into, cases[i].into));
        assert_string_equal(b->c.line, str_get(&line));
        str_done(&line);
    }
    assert_mistake(b, "raw x > 3 as big", ERR_INPUT, NULL, "nothing that could be named");
}

/* What the log holds is read back to the same call. */
static void canonical_lines_are_stable(void **state)
{
    struct bound *b = *state;
    static const char *const lines[] = {
        "say a \"b c\" \"it's \\\"so\\\"\" times=2 as x > y.txt",
        "say \"\" \"#1\" \"a=b\" \">\" \"x;y\"",
        "say \"as\" b \"(x\" (x)",
        "learn fake \"odd name\" ~ x + \"a b\" n_steps=3",
        "learn fake by=none fail_at=2",
    };
    world_run(&b->w, "put people");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bind(b, lines[i], false);
        if (!b->good)
            fprintf(stderr, "# %s: %s\n", lines[i], b->e.text);
        assert_true(b->good);
        struct str first = STR_INIT;
        str_add(&first, b->c.line);
        size_t n_rest = b->c.n_rest;
        char *as = mem_strdup(b->c.as);
        bind(b, str_get(&first), false);
        assert_true(b->good);
        assert_string_equal(b->c.line, str_get(&first));
        assert_int_equal(b->c.n_rest, n_rest);
        assert_true(str_eq(b->c.as, as));
        mem_free(as);
        str_done(&first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verbs_have_names_aliases_and_prefixes, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_checked_and_defaults_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(named_values_have_aliases_and_prefixes, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_required_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(names_of_the_session_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(results_are_named_and_written, setup, teardown),
        cmocka_unit_test_setup_teardown(algorithms_bring_their_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(formulas_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(raw_lines_are_taken_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(canonical_lines_are_stable, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

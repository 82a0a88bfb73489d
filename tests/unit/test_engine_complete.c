/* complete: what could come next, and one line about what is under the cursor. */
#include "tests/unit/engine_world.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/complete.h"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_open(&world, (struct engine_options){.interactive = true});
    setting_set(world.en, "autosave", "no", "test", NULL);
    world_run(&world, "put people target=sex; put other");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* "from: text text …" for the cursor at the `|` in the line, or at its end. */
static const char *complete(const char *marked)
{
    static char out[2048];
    char *line = mem_strdup(marked), *bar = strchr(line, '|');
    int point = bar ? (int)(bar - line) : (int)strlen(line);
    if (bar)
        memmove(bar, bar + 1, strlen(bar));
    struct completions c;
    struct str s = STR_INIT;
    complete_line(world.en, line, point, &c);
    str_printf(&s, "%d:", c.from);
    for (size_t i = 0; i < c.n; i++)
        str_printf(&s, " %s", c.v[i].text);
    snprintf(out, sizeof out, "%s", str_get(&s));
    completions_done(&c);
    str_done(&s);
    mem_free(line);
    return out;
}

/* kind and detail of one completion of a line. */
static const char *detail(const char *line, const char *text)
{
    static char out[256];
    struct completions c;
    complete_line(world.en, line, (int)strlen(line), &c);
    snprintf(out, sizeof out, "not offered");
    for (size_t i = 0; i < c.n; i++)
        if (str_eq(c.v[i].text, text))
            snprintf(out, sizeof out, "%s: %s%s", c.v[i].kind, c.v[i].detail, c.v[i].no_space ? " …" : "");
    completions_done(&c);
    return out;
}

static void verbs_come_first(void **state)
{
    (void)state;
    assert_string_equal(complete("sa"), "0: say saw");
    assert_string_equal(complete("put x; sa"), "7: say saw");
    assert_string_equal(complete("say 'a;b'; lea"), "11: learn");
    assert_string_equal(complete("  lea"), "2: learn");
    assert_string_equal(complete("sec"), "0:"); /* hidden */
    assert_string_equal(complete("?lea"), "1: learn");
    assert_string_equal(detail("lea", "learn"), "verb: learn something");
    assert_string_equal(complete("arn"), "0: learn"); /* inside the word */
    assert_string_equal(complete("lea|rn fake"), "0: learn");
}

static void columns_are_of_the_current_table(void **state)
{
    (void)state;
    assert_string_equal(complete("column s"), "7: sex");
    assert_string_equal(complete("column "), "7: x \"odd name\" sex of=");
    assert_string_equal(complete("column o"), "7: \"odd name\" of=");
    assert_string_equal(complete("column \"o"), "7: \"odd name\"");
    assert_string_equal(complete("column \"odd n"), "7: \"odd name\"");
    assert_string_equal(complete("say bob's; column \"odd n"), "18: \"odd name\"");
    assert_string_equal(detail("column ", "sex"), "column: category, 2 levels");
    assert_string_equal(complete("where s"), "6: sex");
    assert_string_equal(complete("where x > 3 and s"), "16: sex");
}

static void formulas_take_columns(void **state)
{
    (void)state;
    assert_string_equal(complete("learn fake sex ~ x + od"), "21: \"odd name\"");
    assert_string_equal(complete("learn fake sex ~ n_s"), "17: n_steps=");
}

static void parameters_show_default_and_range(void **state)
{
    (void)state;
    assert_string_equal(complete("say ti"), "4: times=");
    assert_string_equal(detail("say ti", "times="), "parameter: default 1, 1 … 9 …");
    assert_string_equal(complete("say times=2 ti"), "12:"); /* given already */
    assert_string_equal(complete("learn fake n_"), "11: n_steps=");
    assert_string_equal(complete("learn fa"), "6: fake");
    assert_string_equal(complete("learn fake n_steps=5 se"), "21: sex seed=");
}

static void values_follow_the_equals_sign(void **state)
{
    (void)state;
    assert_string_equal(complete("say level=h"), "4: level=high");
    assert_string_equal(complete("say level="), "4: level=low level=high");
    assert_string_equal(complete("say loud="), "4: loud=yes loud=no");
    assert_string_equal(complete("column x of=p"), "9: of=people");
    assert_string_equal(detail("column x of=", "of=people"), "table: 4 rows, 3 columns");
}

static void names_of_objects_are_offered(void **state)
{
    (void)state;
    assert_string_equal(complete("drop "), "5: people other");
    assert_string_equal(complete("drop o"), "5: other");
    assert_string_equal(complete("drop th"), "5: other"); /* inside */
    assert_string_equal(complete("show "), "5:");
}

static void files_are_offered(void **state)
{
    char old[512], dir[] = "/tmp/lathe-complete.XXXXXX";
    (void)state;
    assert_non_null(getcwd(old, sizeof old));
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("data", 0700), 0);
    assert_true(file_write_atomic("data/a b.csv", "x", 1, NULL));
    assert_true(file_write_atomic("script.lathe", "x", 1, NULL));
    assert_true(file_write_atomic(".hidden", "x", 1, NULL));
    assert_string_equal(complete("source s"), "7: script.lathe");
    assert_string_equal(complete("source da"), "7: data/");
    assert_string_equal(detail("source da", "data/"), "folder:  …");
    assert_string_equal(complete("source data/"), "7: \"data/a b.csv\"");
    assert_string_equal(complete("source .h"), "7: .hidden");
    assert_string_equal(complete("say x > sc"), "8: script.lathe");
    unlink("data/a b.csv");
    unlink("script.lathe");
    unlink(".hidden");
    rmdir("data");
    assert_int_equal(chdir(old), 0);
    rmdir(dir);
}

static void hints_tell_about_what_is_under_the_cursor(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    assert_string_equal(complete_hint(world.en, "say", 3, a), "say: say words");
    assert_string_equal(complete_hint(world.en, "say times=3 x", 8, a), "times: how often (1 … 9)");
    assert_string_equal(complete_hint(world.en, "learn fake ", 11, a), "fake: predicts the mean");
    assert_string_equal(complete_hint(world.en, "learn fake n_steps=", 19, a),
                        "n_steps: steps to take (1 … 1000000000)");
    assert_null(complete_hint(world.en, "", 0, a));
    assert_null(complete_hint(world.en, "nonsense", 3, a));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_come_first),
        cmocka_unit_test(columns_are_of_the_current_table),
        cmocka_unit_test(formulas_take_columns),
        cmocka_unit_test(parameters_show_default_and_range),
        cmocka_unit_test(values_follow_the_equals_sign),
        cmocka_unit_test(names_of_objects_are_offered),
        cmocka_unit_test(files_are_offered),
        cmocka_unit_test(hints_tell_about_what_is_under_the_cursor),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

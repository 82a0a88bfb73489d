/* engine: the queue, what the front hears, failures, scripts in scripts, jobs on a worker and their end. */
#include "tests/unit/engine_world.h"

#include <poll.h>
#include <unistd.h>

#include "base/file.h"

static void commands_run_in_order(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    world_run(&w, "put a; say hello");
    assert_string_equal(str_get(&w.heard), "begin put a\nobjects\nend put a\n"
                                           "begin say hello\nnote <hello> times=1 level=low loud=0 as=- into=-\n"
                                           "end say hello\n");
    assert_int_equal(engine_status(w.en), 0);
    assert_int_equal(engine_history_count(w.en), 2);
    assert_string_equal(engine_history_at(w.en, 1), "say hello");
    world_close(&w);
}

static void a_script_stops_at_its_first_error(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    world_run(&w, "say a\n  fail; say b");
    assert_true(world_heard(&w, "failed test:2:3: it went wrong (try another way)\n"));
    assert_true(world_heard(&w, "note on the way\n")); /* what was found before is shown */
    assert_null(strstr(str_get(&w.heard), "<b>"));
    assert_int_equal(engine_status(w.en), 1);
    assert_int_equal(engine_history_count(w.en), 1);
    world_run(&w, "say c"); /* the session lives */
    assert_true(world_heard(&w, "<c>"));
    world_close(&w);
}

static void keep_going_keeps_going(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){.keep_going = true});
    world_run(&w, "fail; nonsense; say b");
    assert_true(world_heard(&w, "<b>"));
    assert_true(world_heard(&w, "there is no verb 'nonsense'"));
    assert_int_equal(engine_status(w.en), 1);
    world_close(&w);
}

static void failures_have_a_status(void **state)
{
    static const struct {
        const char *line;
        int status;
    } cases[] = {{"fail 1", 1}, {"fail 6", 1}, {"fail 7", 3}, {"fail 8", 4}, {"fail 10", 130}, {"say 'open", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        world_open(&w, (struct engine_options){0});
        world_run(&w, cases[i].line);
        assert_int_equal(engine_status(w.en), cases[i].status);
        assert_true(world_heard(&w, "failed test:1:1: "));
        world_close(&w);
    }
}

static void mistakes_are_placed_in_the_script(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    world_run(&w, "say a;  say times=99");
    assert_true(world_heard(&w, "failed test:1:13: "));
    world_run(&w, "\n\nsay 'x");
    assert_true(world_heard(&w, "failed test:3:"));
    world_close(&w);
}

static void changes_are_undone_and_failures_undo_themselves(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    struct session *s = engine_session(w.en);
    world_run(&w, "put a; put b; undo");
    assert_int_equal(session_count(s), 1);
    assert_true(world_heard(&w, "undone: put b"));
    world_run(&w, "drop a"); /* drops, then fails: as before */
    assert_int_equal(session_count(s), 1);
    world_run(&w, "redo");
    assert_true(world_heard(&w, "redone: put b")); /* a failed command does not cut what was undone */
    world_run(&w, "undo; put c; redo");
    assert_true(world_heard(&w, "nothing to redo"));
    world_close(&w);
}

static void quitting_forgets_the_rest(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    world_run(&w, "quit; say a");
    assert_null(strstr(str_get(&w.heard), "<a>"));
    assert_true(engine_wants_quit(w.en));
    assert_int_equal(engine_history_count(w.en), 0);
    world_close(&w);
}

static char *script_file(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "test-engine-%ld.lathe", (long)getpid());
    assert_true(file_write_atomic(path, text, strlen(text), NULL));
    return path;
}

static void files_are_sourced_in_place(void **state)
{
    struct world w;
    char line[128];
    (void)state;
    world_open(&w, (struct engine_options){0});
    char *path = script_file("say in # comment\nfail\nsay never\n");
    snprintf(line, sizeof line, "source %s; say after", path);
    world_run(&w, line);
    assert_true(world_heard(&w, "<in>"));
    char place[160];
    snprintf(place, sizeof place, "failed %s:2:1: it went wrong", path);
    assert_true(world_heard(&w, place));
    assert_null(strstr(str_get(&w.heard), "<after>"));
    world_run(&w, "source missing.lathe");
    assert_true(world_heard(&w, "missing.lathe"));
    world_close(&w);

    world_open(&w, (struct engine_options){0});
    script_file("say one; say two");
    world_run(&w, line);
    const char *two = strstr(str_get(&w.heard), "<two>"), *after = strstr(str_get(&w.heard), "<after>");
    assert_true(two && after && two < after); /* before what was queued already */
    script_file("say 'open");
    world_run(&w, line);
    snprintf(place, sizeof place, "%s:1: ", path);
    assert_true(world_heard(&w, place));
    struct err e = ERR_INIT;
    assert_true(file_write_atomic(path, "say a\0b", 7, &e));
    world_run(&w, line);
    assert_true(world_heard(&w, "is not a script"));
    world_close(&w);
    unlink(path);
}

static void endless_scripts_end(void **state)
{
    struct world w;
    char line[128];
    (void)state;
    world_open(&w, (struct engine_options){0});
    world_run(&w, "again");
    assert_true(world_heard(&w, "nested more than 16 deep"));
    char *path = script_file("");
    snprintf(line, sizeof line, "source %s", path);
    script_file(line);
    world_run(&w, line);
    assert_true(world_heard(&w, "source each other more than 16 deep"));
    assert_int_equal(engine_status(w.en), 1);
    unlink(path);
    world_close(&w);
}

static struct view *redirect(const struct view_list *views, const char *path, struct err *e)
{
    if (str_ends(path, ".bad")) {
        err_set(e, ERR_IO, "no room for %s", path);
        return NULL;
    }
    return view_note(VIEW_GOOD, "%zu to %s", views->n, path);
}

static void results_are_redirected(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){0});
    engine_set_redirect(w.en, redirect);
    world_run(&w, "say a > x.txt");
    assert_true(world_heard(&w, "note 1 to x.txt\n"));
    assert_null(strstr(str_get(&w.heard), "<a>"));
    world_run(&w, "say a > x.bad; say b");
    assert_true(world_heard(&w, "failed test:1:1: no room for x.bad"));
    assert_null(strstr(str_get(&w.heard), "<b>")); /* a failure like any other */
    assert_int_equal(engine_status(w.en), 1);
    world_close(&w);
}

static void jobs_commit_and_can_be_undone(void **state)
{
    for (int worker = 0; worker < 2; worker++) {
        struct world w;
        (void)state;
        world_open(&w, (struct engine_options){.worker = worker});
        world_run(&w, "work 2; say after");
        assert_true(world_heard(&w, "note worked 2 ms"));
        assert_true(world_heard(&w, "<after>"));
        assert_non_null(session_find(engine_session(w.en), "made"));
        world_run(&w, "undo");
        assert_true(world_heard(&w, "undone: work 2"));
        assert_null(session_find(engine_session(w.en), "made"));
        world_run(&w, "redo; work fails=yes");
        assert_true(world_heard(&w, "no finite answer"));
        assert_true(world_heard(&w, "note worked 1 ms"));
        world_close(&w);
    }
}

/* Runs until the job is under way. */
static void begin_work(struct world *w, const char *script)
{
    str_clear(&w->heard);
    assert_true(engine_submit(w->en, script, "test", NULL));
    assert_true(engine_pump(w->en));
    assert_true(engine_busy(w->en));
}

static void a_job_leaves_the_front_free(void **state)
{
    struct world w;
    struct err e = ERR_INIT;
    (void)state;
    world_open(&w, (struct engine_options){.worker = true});
    begin_work(&w, "work 30; say queued");
    assert_string_equal(engine_job_line(w.en), "work 30");
    assert_non_null(engine_progress(w.en));
    assert_true(engine_submit_now(w.en, "say now", &e)); /* past the queue */
    assert_true(world_heard(&w, "<now>"));
    assert_null(strstr(str_get(&w.heard), "<queued>"));
    struct pollfd p = {.fd = engine_fd(w.en), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
    while (engine_pump(w.en))
        ;
    assert_true(world_heard(&w, "note worked 30 ms"));
    assert_true(world_heard(&w, "<queued>"));
    assert_false(engine_busy(w.en));
    world_close(&w);
}

static void a_cancelled_job_leaves_the_session_as_it_was(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){.worker = true});
    world_run(&w, "put a");
    begin_work(&w, "work 100000; say never");
    assert_true(engine_cancel(w.en));
    while (engine_pump(w.en))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    assert_true(world_heard(&w, "failed test:1:1: stopped"));
    assert_null(strstr(str_get(&w.heard), "never"));
    assert_int_equal(session_count(engine_session(w.en)), 1);
    assert_int_equal(engine_status(w.en), 130);
    assert_false(engine_cancel(w.en)); /* nothing is left to cancel */

    begin_work(&w, "work 100000 keep=yes; say never");
    engine_interrupt_signal(w.en); /* what a signal handler does */
    while (engine_pump(w.en))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    assert_non_null(session_find(engine_session(w.en), "made")); /* what was whole is kept */
    assert_null(strstr(str_get(&w.heard), "never"));
    world_run(&w, "say after");
    assert_true(world_heard(&w, "<after>"));
    world_close(&w);
}

static void closing_waits_for_the_job(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, (struct engine_options){.worker = true});
    begin_work(&w, "work 100000");
    world_close(&w);
}

static void settings_take_checked_values(void **state)
{
    struct world w;
    struct err e = ERR_INIT;
    struct str value = STR_INIT;
    const char *origin;
    (void)state;
    world_open(&w, (struct engine_options){.seed = 9});
    assert_int_equal(settings_of(w.en)->seed, 9);
    assert_true(setting_set(w.en, "digits", "7", "set", &e));
    assert_int_equal(settings_of(w.en)->digits, 7);
    assert_false(setting_set(w.en, "digits", "70", "set", &e));
    assert_int_equal(e.code, ERR_RANGE);
    assert_int_equal(settings_of(w.en)->digits, 7);
    assert_false(setting_set(w.en, "digist", "7", "set", &e));
    assert_non_null(strstr(e.hint, "digits"));
    assert_true(setting_set(w.en, "theme", "light", "latherc:2", &e));
    for (uint32_t i = 0; i < setting_count; i++) {
        str_clear(&value);
        setting_get(w.en, i, &value, &origin);
        if (str_eq(setting_rows[i].name, "theme")) {
            assert_string_equal(str_get(&value), "light");
            assert_string_equal(origin, "latherc:2");
        }
        if (str_eq(setting_rows[i].name, "mouse"))
            assert_string_equal(origin, "default");
    }
    str_done(&value);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_run_in_order),
        cmocka_unit_test(a_script_stops_at_its_first_error),
        cmocka_unit_test(keep_going_keeps_going),
        cmocka_unit_test(failures_have_a_status),
        cmocka_unit_test(mistakes_are_placed_in_the_script),
        cmocka_unit_test(changes_are_undone_and_failures_undo_themselves),
        cmocka_unit_test(quitting_forgets_the_rest),
        cmocka_unit_test(files_are_sourced_in_place),
        cmocka_unit_test(endless_scripts_end),
        cmocka_unit_test(results_are_redirected),
        cmocka_unit_test(jobs_commit_and_can_be_undone),
        cmocka_unit_test(a_job_leaves_the_front_free),
        cmocka_unit_test(a_cancelled_job_leaves_the_session_as_it_was),
        cmocka_unit_test(closing_waits_for_the_job),
        cmocka_unit_test(settings_take_checked_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

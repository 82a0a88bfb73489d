/* session: objects, the current table, undo and redo, looks, results as tables. */
#include "tests/unit/engine_world.h"

#include "host/param.h"

static void put(struct session *s, const char *name, const char *target)
{
    struct table *t = world_table();
    struct task *task = target ? task_new(t, target, TASK_NONE, NULL, NULL, NULL) : NULL;
    session_put_table(s, name, t, task, true);
    table_unref(t);
    if (task)
        task_unref(task);
}

/* The names in order; the current table with a star. */
static const char *names(const struct session *s)
{
    static char text[256];
    struct str out = STR_INIT;
    for (size_t i = 0; i < session_count(s); i++)
        str_printf(&out, "%s%s%s", i ? " " : "", session_at(s, i)->name,
                   session_at(s, i) == session_current(s) ? "*" : "");
    snprintf(text, sizeof text, "%s", str_get(&out));
    str_done(&out);
    return text;
}

static void objects_are_named(void **state)
{
    struct session *s = session_new();
    struct err e = ERR_INIT;
    (void)state;
    assert_null(session_current(s));
    assert_null(session_need_table(s, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    put(s, "a", NULL);
    put(s, "b", NULL);
    assert_string_equal(names(s), "a b*");
    session_use(s, "a");
    assert_string_equal(names(s), "a* b");
    put(s, "b", NULL); /* in its old place */
    assert_string_equal(names(s), "a b*");
    assert_true(session_drop(s, "b"));
    assert_false(session_drop(s, "b"));
    assert_string_equal(names(s), "a*");
    assert_true(session_drop(s, "a"));
    assert_null(session_current(s));
    session_free(s);
}

static void free_names_are_counted(void **state)
{
    struct session *s = session_new();
    (void)state;
    char *one = session_free_name(s, "tree");
    put(s, "tree", NULL);
    char *two = session_free_name(s, "tree");
    put(s, "tree2", NULL);
    char *three = session_free_name(s, "tree");
    assert_string_equal(one, "tree");
    assert_string_equal(two, "tree2");
    assert_string_equal(three, "tree3");
    mem_free(one);
    mem_free(two);
    mem_free(three);
    session_free(s);
}

static struct model *train(const struct session *s, const char *table)
{
    const struct object *o = session_find(s, table);
    struct train_options t;
    struct arena *a = arena_new();
    train_options_init(&t);
    t.algo = algo_find("fake");
    t.task = LT_CLASSIFY;
    struct lt_value *v = arena_zero(a, t.algo->d.n_params, sizeof *v);
    assert_true(param_defaults(t.algo->d.params, t.algo->d.param_size, t.algo->d.n_params, v, a, NULL));
    t.params = v;
    struct model *m = model_train(&t, o->table, o->task, NULL, WORLD_ROWS, NULL, NULL);
    arena_free(a);
    assert_non_null(m);
    return m;
}

static void models_belong_to_the_task_of_their_table(void **state)
{
    struct session *s = session_new();
    const struct object *v[4];
    struct err e = ERR_INIT;
    (void)state;
    if (!algo_find("fake"))
        algo_register(&fake, "test", NULL);
    put(s, "a", "sex");
    struct model *m = train(s, "a");
    session_put_model(s, "m", m, "a", (struct task_split){0});
    session_put_model(s, "loaded", m, "", (struct task_split){0});
    model_unref(m);
    put(s, "b", "sex");
    assert_int_equal(session_models_of(s, session_find(s, "a"), v, 4), 2);
    assert_string_equal(v[0]->name, "m");
    assert_int_equal(session_models_of(s, session_find(s, "b"), v, 4), 1); /* the one from a file */
    put(s, "c", "x");
    assert_int_equal(session_models_of(s, session_find(s, "c"), v, 4), 0);

    session_rename(s, "a", "people");
    assert_string_equal(session_find(s, "m")->home, "people");
    assert_int_equal(session_models_of(s, session_find(s, "people"), v, 4), 2);
    session_use(s, "people");
    session_rename(s, "people", "a");
    assert_string_equal(session_current(s)->name, "a");

    assert_null(session_require(s, "m", OBJECT_TABLE, &e));
    assert_int_equal(e.code, ERR_TYPE);
    assert_null(session_require(s, "loadde", OBJECT_MODEL, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.hint, "loaded"));
    session_free(s);
}

static void undo_and_redo_go_through_the_states(void **state)
{
    struct session *s = session_new();
    (void)state;
    assert_null(session_undo(s));
    assert_null(session_redo(s));
    session_checkpoint(s, "put a");
    put(s, "a", NULL);
    session_checkpoint(s, "put b");
    put(s, "b", NULL);
    session_checkpoint(s, "drop a");
    session_drop(s, "a");
    assert_string_equal(names(s), "b*");
    assert_string_equal(session_undo(s), "drop a");
    assert_string_equal(names(s), "a b*");
    assert_string_equal(session_undo(s), "put b");
    assert_string_equal(names(s), "a*");
    assert_string_equal(session_redo(s), "put b");
    assert_string_equal(names(s), "a b*");
    assert_string_equal(session_undo(s), "put b");
    assert_string_equal(session_undo(s), "put a");
    assert_string_equal(names(s), "");
    assert_null(session_undo(s));
    assert_string_equal(session_redo(s), "put a");
    session_redo_forget(s);
    assert_null(session_redo(s));
    session_free(s);
}

static void a_failed_change_leaves_no_trace(void **state)
{
    struct session *s = session_new();
    (void)state;
    put(s, "a", NULL);
    session_checkpoint(s, "half done");
    session_drop(s, "a");
    put(s, "b", NULL);
    session_checkpoint_cancel(s);
    assert_string_equal(names(s), "a*");
    assert_null(session_undo(s));
    session_checkpoint(s, "nothing done");
    session_checkpoint_drop(s);
    assert_null(session_undo(s));
    session_free(s);
}

static void the_oldest_states_are_forgotten(void **state)
{
    struct session *s = session_new();
    int n = 0;
    (void)state;
    for (int i = 0; i < 250; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        session_checkpoint(s, name);
        session_drop(s, "t");
        put(s, "t", NULL);
    }
    while (session_undo(s))
        n++;
    assert_int_equal(n, 200);
    session_free(s);
}

static void looks_are_counted_past_undo(void **state)
{
    struct session *s = session_new();
    (void)state;
    session_checkpoint(s, "put a");
    put(s, "a", "sex");
    assert_int_equal(session_looks(s, "a"), 0);
    assert_int_equal(session_look(s, "a"), 1);
    assert_int_equal(session_look(s, "a"), 2);
    session_undo(s);
    session_redo(s);
    assert_int_equal(session_looks(s, "a"), 2);
    session_looks_reset(s, "a");
    assert_int_equal(session_looks(s, "a"), 0);
    session_free(s);
}

static void results_are_tables(void **state)
{
    struct world w;
    struct err e = ERR_INIT;
    const char *ids[4];
    (void)state;
    world_open(&w, (struct engine_options){0});
    struct session *s = engine_session(w.en);
    assert_null(session_view_table(s, "scores", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    world_run(&w, "scores; scores");
    assert_int_equal(session_view_ids(s, ids, 4), 1);
    assert_string_equal(ids[0], "scores");
    struct table *t = session_view_table(s, "scores", &e);
    assert_non_null(t);
    assert_int_equal(table_rows(t), 2);
    assert_int_equal(table_cols(t), 3);
    struct str cell = STR_INIT;
    column_print(table_column(t, 0), 0, &cell);
    assert_string_equal(str_get(&cell), "a");
    assert_int_equal(column_missing(table_column(t, 0)), 1);
    assert_int_equal(column_missing(table_column(t, 1)), 1);
    assert_int_equal(column_missing(table_column(t, 2)), 1);
    assert_int_equal(column_type(table_column(t, 1)), COLUMN_I64);
    str_done(&cell);
    table_unref(t);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_named),
        cmocka_unit_test(free_names_are_counted),
        cmocka_unit_test(models_belong_to_the_task_of_their_table),
        cmocka_unit_test(undo_and_redo_go_through_the_states),
        cmocka_unit_test(a_failed_change_leaves_no_trace),
        cmocka_unit_test(the_oldest_states_are_forgotten),
        cmocka_unit_test(looks_are_counted_past_undo),
        cmocka_unit_test(results_are_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

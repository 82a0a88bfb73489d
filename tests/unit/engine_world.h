/* engine_world: an engine with made-up verbs and a front end that writes down all it hears, for tests of src/engine. */
#ifndef LATHE_TESTS_ENGINE_WORLD_H
#define LATHE_TESTS_ENGINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_algo.h" /* before cmocka, whose macro `fail` a module's ctx->fail doesn't survive */

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/bind.h"
#include "engine/engine.h"

#define WORLD_ROWS 4

/* x: numbers, `odd name`: whole numbers, sex: a category of two levels. */
static inline struct table *world_table(void)
{
    static const char *const levels[] = {"f", "m"};
    struct table_builder *b = table_builder_new(WORLD_ROWS, "made");
    double *x = column_buffer(COLUMN_F64, WORLD_ROWS, NULL);
    int64_t *odd = column_buffer(COLUMN_I64, WORLD_ROWS, NULL);
    int32_t *sex = column_buffer(COLUMN_CATEGORY, WORLD_ROWS, NULL);
    for (int i = 0; i < WORLD_ROWS; i++) {
        x[i] = i;
        odd[i] = 10 * i;
        sex[i] = i % 2;
    }
    table_builder_add(b, "x", column_from_f64(x, WORLD_ROWS));
    table_builder_add(b, "odd name", column_from_i64(COLUMN_I64, odd, NULL, WORLD_ROWS));
    table_builder_add(b, "sex", column_from_codes(sex, WORLD_ROWS, dictionary_new(levels, 2, NULL)));
    return table_builder_done(b);
}

/* ---- verbs -------------------------------------------------------------------------------------------------- */

static bool verb_put(struct call *c, struct err *e)
{
    struct table *t = world_table();
    struct task *task =
        call_given(c, "target") ? task_new(t, call_text(c, "target"), TASK_NONE, NULL, NULL, e) : NULL;
    session_put_table(c->session, call_text(c, "name"), t, task, true);
    table_unref(t);
    if (task)
        task_unref(task);
    return true;
}

/* All that was bound, as one sentence. */
static bool verb_say(struct call *c, struct err *e)
{
    struct str s = STR_INIT;
    (void)e;
    for (size_t i = 0; i < c->n_rest; i++)
        str_printf(&s, "<%s>", c->rest[i]);
    str_printf(&s, " times=%lld level=%s loud=%d as=%s into=%s", (long long)call_int(c, "times"),
               call_text(c, "level"), call_bool(c, "loud"), c->as ? c->as : "-", c->into ? c->into : "-");
    call_note(c, VIEW_GOOD, "%s", str_get(&s));
    str_done(&s);
    return true;
}

static bool verb_text(struct call *c, struct err *e)
{
    (void)e;
    call_note(c, VIEW_GOOD, "<%s> as=%s into=%s", call_text(c, c->command->args[0].name), c->as ? c->as : "-",
              c->into ? c->into : "-");
    return true;
}

static bool verb_learn(struct call *c, struct err *e)
{
    const char *formula = call_text(c, "formula");
    (void)e;
    call_note(c, VIEW_GOOD, "%s formula=<%s> n_steps=%lld seed=%lld as=%s", c->algo->d.id, formula ? formula : "-",
              (long long)c->algo_params[FAKE_STEPS].i, (long long)call_int(c, "seed"), c->as ? c->as : "-");
    return true;
}

static bool verb_drop(struct call *c, struct err *e)
{
    session_drop(c->session, call_text(c, "table"));
    return session_count(c->session) > 0 || err_set(e, ERR_INPUT, "the last one must stay");
}

static bool verb_fail(struct call *c, struct err *e)
{
    call_note(c, VIEW_INFO, "on the way");
    err_set(e, (enum err_code)call_int(c, "code"), "it went wrong");
    return err_hint(e, "try another way");
}

static bool verb_table(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {
        {"name", NULL, CELL_TEXT, 0}, {"n", NULL, CELL_INT, 0}, {"score", NULL, CELL_SCORE, 0}};
    struct view *v = view_table_new("scores", "Scores", columns, 3);
    (void)e;
    size_t r = view_row(v);
    view_cell_text(v, r, 0, "a");
    view_cell_int(v, r, 1, 7);
    view_cell_real(v, r, 2, 0.5);
    view_row(v);
    call_view(c, v);
    return true;
}

static bool verb_undo(struct call *c, struct err *e)
{
    const char *label = session_undo(c->session);
    return label ? (call_note(c, VIEW_GOOD, "undone: %s", label), true) : err_set(e, ERR_INPUT, "nothing to undo");
}

static bool verb_redo(struct call *c, struct err *e)
{
    const char *label = session_redo(c->session);
    return label ? (call_note(c, VIEW_GOOD, "redone: %s", label), true) : err_set(e, ERR_INPUT, "nothing to redo");
}

static bool verb_source(struct call *c, struct err *e)
{
    return engine_source(c->engine, call_text(c, "file"), e);
}

static bool verb_again(struct call *c, struct err *e)
{
    return engine_submit_front(c->engine, "again", "again", e);
}

static bool verb_quit(struct call *c, struct err *e)
{
    (void)e;
    engine_quit(c->engine);
    return true;
}

/* A job of so many milliseconds. Cancelled: it fails, or, when `keep` was said, what is whole is kept. */
struct slow {
    int64_t ms;
    bool keep, fails;
};

static bool slow_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct slow *s = arg;
    progress_report(p, 0.5, "half of it");
    for (int64_t i = 0; i < s->ms; i++) {
        if (progress_cancelled(p))
            return s->keep || err_set(e, ERR_CANCELLED, "stopped");
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    view_list_add(views, view_note(VIEW_GOOD, "worked %lld ms", (long long)s->ms));
    return !s->fails || err_set(e, ERR_NUMERIC, "no finite answer");
}

static bool slow_commit(struct call *c, void *arg, struct err *e)
{
    struct table *t = world_table();
    (void)arg;
    (void)e;
    session_put_table(c->session, "made", t, NULL, true);
    table_unref(t);
    return true;
}

static bool verb_work(struct call *c, struct err *e)
{
    struct slow *s = mem_zero(1, sizeof *s);
    (void)e;
    *s = (struct slow){call_int(c, "ms"), call_bool(c, "keep"), call_bool(c, "fails")};
    return call_later(c, s, slow_work, slow_commit, mem_free);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

#define ROWS(array) .args = (array), .n_args = sizeof(array) / sizeof *(array)
#define PLACE LT_POSITIONAL
#define NEEDED (LT_POSITIONAL | LT_REQUIRED)

static const struct lt_param put_args[] = {
    {.name = "name", .type = PARAM_WORD, .flags = NEEDED, .doc = "what to call it"},
    {.name = "target", .type = PARAM_WORD, .doc = "its target"}};
static const struct lt_param say_args[] = {
    {.name = "words", .type = PARAM_WORD, .flags = PLACE | LT_REST, .doc = "what to say"},
    {.name = "times", .aliases = "n,count", .type = LT_INT, .def = "1", .min = 1, .max = 9, .doc = "how often"},
    {.name = "level", .type = LT_CHOICE, .def = "low", .choices = "low,high", .doc = "how high"},
    {.name = "loud", .type = LT_BOOL, .def = "no", .doc = "how loud"}};
static const struct lt_param learn_args[] = {
    {.name = "algo", .type = PARAM_ALGO, .flags = NEEDED, .doc = "which algorithm"},
    {.name = "formula", .type = PARAM_FORMULA, .flags = PLACE, .doc = "y ~ a + b"},
    {.name = "seed", .type = LT_INT, .def = "1", .min = 0, .max = 100, .doc = "where random numbers start"}};
static const struct lt_param where_args[] = {
    {.name = "condition", .type = PARAM_EXPR, .flags = NEEDED | LT_REST, .doc = "a condition"}};
static const struct lt_param query_args[] = {
    {.name = "query", .type = PARAM_SQL, .flags = NEEDED | LT_REST, .doc = "a query"}};
static const struct lt_param column_args[] = {
    {.name = "column", .type = PARAM_COLUMN, .flags = NEEDED, .doc = "which column"},
    {.name = "of", .type = PARAM_TABLE, .doc = "of which table"}};
static const struct lt_param table_args[] = {
    {.name = "table", .type = PARAM_TABLE, .flags = NEEDED, .doc = "which table"}};
static const struct lt_param model_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = NEEDED, .doc = "which model"}};
static const struct lt_param fail_args[] = {
    {.name = "code", .type = LT_INT, .flags = PLACE, .def = "1", .min = 1, .max = 11, .doc = "how it fails"}};
static const struct lt_param file_args[] = {
    {.name = "file", .type = PARAM_PATH, .flags = NEEDED, .doc = "which file"}};
static const struct lt_param work_args[] = {
    {.name = "ms", .type = LT_INT, .flags = PLACE, .def = "1", .min = 0, .max = 100000, .doc = "how long"},
    {.name = "keep", .type = LT_BOOL, .def = "no", .doc = "keep what is whole"},
    {.name = "fails", .type = LT_BOOL, .def = "no", .doc = "fail at the end"}};

static const struct command world_rows[] = {
    {.name = "put",
     .group = "data",
     .summary = "put a table",
     ROWS(put_args),
     .flags = COMMAND_MUTATES,
     .run = verb_put,
     .examples = (const struct command_example[]){{"put a", "a table", NULL}, {0}}},
    {.name = "say",
     .aliases = "speak,talk",
     .group = "data",
     .summary = "say words",
     ROWS(say_args),
     .flags = COMMAND_NAMES_RESULT | COMMAND_ANYTIME,
     .run = verb_say},
    {.name = "saw", .group = "data", .summary = "cut wood", ROWS(say_args), .run = verb_say},
    {.name = "learn",
     .group = "learn",
     .summary = "learn something",
     ROWS(learn_args),
     .flags = COMMAND_ALGO_PARAMS | COMMAND_NAMES_RESULT,
     .run = verb_learn},
    {.name = "where",
     .group = "data",
     .summary = "raw",
     ROWS(where_args),
     .flags = COMMAND_RAW | COMMAND_NAMES_RESULT,
     .run = verb_text},
    {.name = "query",
     .group = "data",
     .summary = "raw",
     ROWS(query_args),
     .flags = COMMAND_RAW | COMMAND_NAMES_RESULT,
     .run = verb_text},
    {.name = "raw", .group = "data", .summary = "raw", ROWS(where_args), .flags = COMMAND_RAW, .run = verb_text},
    {.name = "column",
     .group = "data",
     .summary = "a column",
     ROWS(column_args),
     .flags = COMMAND_NEEDS_TABLE,
     .run = verb_text},
    {.name = "task", .group = "data", .summary = "needs a task", .flags = COMMAND_NEEDS_TASK, .run = verb_table},
    {.name = "drop",
     .group = "data",
     .summary = "drop a table",
     ROWS(table_args),
     .flags = COMMAND_MUTATES,
     .run = verb_drop},
    {.name = "show", .group = "data", .summary = "show a model", ROWS(model_args), .run = verb_text},
    {.name = "fail",
     .group = "data",
     .summary = "go wrong",
     ROWS(fail_args),
     .flags = COMMAND_MUTATES,
     .run = verb_fail},
    {.name = "scores", .group = "data", .summary = "a table of results", .run = verb_table},
    {.name = "undo", .group = "session", .summary = "undo", .run = verb_undo},
    {.name = "redo", .group = "session", .summary = "redo", .run = verb_redo},
    {.name = "source",
     .group = "session",
     .summary = "run a file",
     ROWS(file_args),
     .flags = COMMAND_NO_JOURNAL,
     .run = verb_source},
    {.name = "again",
     .group = "session",
     .summary = "starts itself",
     .flags = COMMAND_NO_JOURNAL,
     .run = verb_again},
    {.name = "quit",
     .aliases = "q",
     .group = "session",
     .summary = "leave",
     .flags = COMMAND_NO_JOURNAL,
     .run = verb_quit},
    {.name = "work",
     .group = "data",
     .summary = "long work",
     ROWS(work_args),
     .flags = COMMAND_MUTATES,
     .run = verb_work},
    {.name = "secret", .group = "data", .summary = "not listed", .flags = COMMAND_HIDDEN, .run = verb_table},
};

/* ---- the front that listens --------------------------------------------------------------------------------- */

struct world {
    struct engine *en;
    struct str heard; /* a line for each thing */
};

static void hear_begin(void *arg, const char *line)
{
    str_printf(&((struct world *)arg)->heard, "begin %s\n", line);
}

static void hear_views(void *arg, const char *line, const struct view_list *views)
{
    struct world *w = arg;
    (void)line;
    for (size_t i = 0; i < views->n; i++)
        str_printf(&w->heard, "%s %s\n", view_kind_name(views->v[i]->kind),
                   views->v[i]->kind == VIEW_NOTE ? views->v[i]->text : views->v[i]->id);
}

static void hear_failed(void *arg, const char *line, const struct err *e, const char *origin)
{
    (void)line;
    str_printf(&((struct world *)arg)->heard, "failed %s: %s (%s)\n", origin, e->text, e->hint);
}

static void hear_end(void *arg, const char *line, double seconds)
{
    (void)seconds;
    str_printf(&((struct world *)arg)->heard, "end %s\n", line);
}

static void hear_objects(void *arg)
{
    str_add(&((struct world *)arg)->heard, "objects\n");
}

static inline void world_open(struct world *w, struct engine_options o)
{
    struct engine_front front = {.arg = w,
                                 .begin = hear_begin,
                                 .views = hear_views,
                                 .failed = hear_failed,
                                 .end = hear_end,
                                 .objects = hear_objects};
    *w = (struct world){.heard = STR_INIT};
    if (!algo_find("fake"))
        algo_register(&fake, "test", NULL);
    w->en = engine_new(&o, &front);
    engine_register(w->en, world_rows, sizeof world_rows / sizeof *world_rows);
}

static inline void world_close(struct world *w)
{
    engine_free(w->en);
    str_done(&w->heard);
}

/* Runs a script to its end; what was heard is new. */
static inline const char *world_run(struct world *w, const char *script)
{
    str_clear(&w->heard);
    engine_submit(w->en, script, "test", NULL);
    while (engine_pump(w->en))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    return str_get(&w->heard);
}

static inline bool world_heard(const struct world *w, const char *part)
{
    bool found = strstr(str_get(&w->heard), part) != NULL;
    if (!found)
        fprintf(stderr, "# not heard: %s\n# but:\n%s", part, str_get(&w->heard));
    return found;
}

#endif

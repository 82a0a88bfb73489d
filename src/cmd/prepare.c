/* prepare verbs: filter select mutate sort rename sample sql. Each makes a new table; the old one is kept by undo. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "data/sql.h"
#include "ops/reshape.h"
#include "ops/table_view.h"

/* All verbs here: work makes `result` from `table`; commit puts it under its name and keeps the task where it still
 * fits. */
struct prepare_job {
    struct table *table, *result;
    struct task *task;
    char *name, *text;
    const char *const *words; /* of the call's arena */
    size_t n_words;
    double share;
    size_t count;
    uint64_t seed;
    bool descending;
    struct table *(*make)(struct prepare_job *j, struct progress *p, struct err *e);
};

static void prepare_free(void *arg)
{
    struct prepare_job *j = arg;
    table_unref(j->table);
    if (j->result)
        table_unref(j->result);
    if (j->task)
        task_unref(j->task);
    mem_free(j->name);
    mem_free(j->text);
    mem_free(j);
}

static bool prepare_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct prepare_job *j = arg;
    j->result = j->make(j, p, e);
    if (!j->result)
        return false;
    size_t rows = table_rows(j->result), before = table_rows(j->table), cols = table_cols(j->result);
    if (rows != before)
        view_list_add(views, view_note(rows ? VIEW_GOOD : VIEW_WARNING, "%s: %zu of %zu rows, %zu columns",
                                       j->name, rows, before, cols));
    else
        view_list_add(views, view_note(VIEW_GOOD, "%s: %zu rows, %zu columns", j->name, rows, cols));
    return true;
}

static bool prepare_commit(struct call *c, void *arg, struct err *e)
{
    struct prepare_job *j = arg;
    struct str why = STR_INIT;
    (void)e;
    struct task *task = j->task ? task_rebase(j->task, j->result, &why) : NULL;
    session_put_table(c->session, j->name, j->result, task, true);
    if (why.len)
        call_note(c, VIEW_WARNING, "%s", str_get(&why));
    if (task)
        task_unref(task);
    str_done(&why);
    return true;
}

static struct prepare_job *
prepare_start(struct call *c, struct table *(*make)(struct prepare_job *, struct progress *, struct err *),
              struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    if (!t)
        return NULL;
    struct prepare_job *j = mem_zero(1, sizeof *j);
    j->table = table_ref(t->table);
    j->task = t->task ? task_ref(t->task) : NULL;
    j->name = mem_strdup(c->as ? c->as : t->name);
    j->words = c->rest;
    j->n_words = c->n_rest;
    j->make = make;
    return j;
}

static bool prepare_later(struct call *c, struct prepare_job *j)
{
    return call_later(c, j, prepare_work, prepare_commit, prepare_free);
}

/* ---- filter ------------------------------------------------------------------------------------------------ */

static struct table *make_filter(struct prepare_job *j, struct progress *p, struct err *e)
{
    uint32_t *rows;
    size_t n;
    if (!sql_filter(j->table, j->text, &rows, &n, p, e))
        return NULL;
    struct table *t = table_take(j->table, rows, n, e);
    mem_bulk_free(rows);
    return t;
}

static bool run_filter(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_filter, e);
    if (!j)
        return false;
    j->text = mem_strdup(call_text(c, "condition"));
    return prepare_later(c, j);
}

/* ---- mutate ------------------------------------------------------------------------------------------------ */

static struct table *make_mutate(struct prepare_job *j, struct progress *p, struct err *e)
{
    return reshape_mutate(j->table, j->text, p, e);
}

static bool run_mutate(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_mutate, e);
    if (!j)
        return false;
    j->text = mem_strdup(call_text(c, "assignments"));
    return prepare_later(c, j);
}

/* ---- select, sort, rename, sample -------------------------------------------------------------------------- */

static struct table *make_select(struct prepare_job *j, struct progress *p, struct err *e)
{
    (void)p;
    return reshape_select(j->table, j->words, j->n_words, e);
}

static bool run_select(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_select, e);
    return j && prepare_later(c, j);
}

static struct table *make_sort(struct prepare_job *j, struct progress *p, struct err *e)
{
    (void)p;
    return reshape_sort(j->table, j->words, j->n_words, j->descending, e);
}

static bool run_sort(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_sort, e);
    if (!j)
        return false;
    j->descending = call_bool(c, "desc");
    return prepare_later(c, j);
}

static struct table *make_rename(struct prepare_job *j, struct progress *p, struct err *e)
{
    (void)p;
    int col = table_require(j->table, j->words[0], e);
    if (col < 0)
        return NULL;
    if (table_find(j->table, j->words[1]) >= 0) {
        err_set(e, ERR_INPUT, "there is a column '%s' already", j->words[1]);
        return NULL;
    }
    return table_renamed(j->table, (size_t)col, j->words[1]);
}

static bool run_rename(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_rename, e);
    if (!j)
        return false;
    const char **words = arena_alloc(c->arena, 2 * sizeof *words);
    words[0] = call_text(c, "column");
    words[1] = call_text(c, "to");
    j->words = words;
    return prepare_later(c, j);
}

static struct table *make_sample(struct prepare_job *j, struct progress *p, struct err *e)
{
    (void)p;
    return reshape_sample(j->table, j->count, j->share, j->seed, e);
}

static bool run_sample(struct call *c, struct err *e)
{
    struct prepare_job *j = prepare_start(c, make_sample, e);
    if (!j)
        return false;
    j->count = call_given(c, "n") ? (size_t)call_int(c, "n") : 0;
    j->share = call_given(c, "share") ? call_real(c, "share") : 0;
    j->seed = bind_seed(c);
    if (!j->count && j->share <= 0) {
        prepare_free(j);
        err_set(e, ERR_INPUT, "sample needs to know how many rows");
        return err_hint(e, "sample 100, or sample share=0.1");
    }
    return prepare_later(c, j);
}

/* ---- sql --------------------------------------------------------------------------------------------------- */

struct sql_job {
    struct sql_source *source;
    size_t n;
    char *query, *name;
    struct table *result;
};

static void sql_free(void *arg)
{
    struct sql_job *j = arg;
    for (size_t i = 0; i < j->n; i++) {
        table_unref((struct table *)(uintptr_t)j->source[i].table);
        mem_free((char *)(uintptr_t)j->source[i].name);
    }
    if (j->result)
        table_unref(j->result);
    mem_free(j->source);
    mem_free(j->query);
    mem_free(j->name);
    mem_free(j);
}

static bool sql_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct sql_job *j = arg;
    j->result = sql_query(j->source, j->n, j->query, p, e);
    if (!j->result)
        return false;
    view_list_add(views, table_view(j->result, "sql", "", j->name));
    return true;
}

static bool sql_commit(struct call *c, void *arg, struct err *e)
{
    struct sql_job *j = arg;
    (void)e;
    if (j->name)
        session_put_table(c->session, j->name, j->result, NULL, true);
    return true;
}

static void add_source(struct sql_job *j, const char *name, struct table *t)
{
    for (size_t i = 0; i < j->n; i++)
        if (str_eq_nocase(j->source[i].name, name)) {
            table_unref(t);
            return;
        }
    j->source[j->n++] = (struct sql_source){mem_strdup(name), t};
}

static bool mentions_word(const char *query, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = query; (p = strcasestr(p, word)); p++) {
        bool left = p == query || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
        bool right = !(isalnum((unsigned char)p[n]) || p[n] == '_');
        if (left && right)
            return true;
    }
    return false;
}

/* Tables of the session by name, the current one also as `this`, and the newest results that the query speaks of. */
static bool run_sql(struct call *c, struct err *e)
{
    const char *ids[64];
    const char *query = call_text(c, "query");
    size_t n_ids = session_view_ids(c->session, ids, 64), count = session_count(c->session);
    struct sql_job *j = mem_zero(1, sizeof *j);
    const struct object *current = session_current(c->session);

    (void)e;
    j->source = mem_zero(count + n_ids + 2, sizeof *j->source);
    j->query = mem_strdup(query);
    j->name = mem_strdup(c->as);
    for (size_t i = 0; i < count; i++)
        if (session_at(c->session, i)->kind == OBJECT_TABLE)
            add_source(j, session_at(c->session, i)->name, table_ref(session_at(c->session, i)->table));
    if (current)
        add_source(j, "this", table_ref(current->table));
    for (size_t i = 0; i < n_ids; i++) {
        struct table *t = mentions_word(query, ids[i]) ? session_view_table(c->session, ids[i], NULL) : NULL;
        if (t)
            add_source(j, ids[i], t);
    }
    return call_later(c, j, sql_work, sql_commit, sql_free);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct lt_param filter_args[] = {{.name = "condition",
                                               .type = PARAM_EXPR,
                                               .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
                                               .doc = "an SQL condition on the columns"}};
static const struct lt_param mutate_args[] = {{.name = "assignments",
                                               .type = PARAM_EXPR,
                                               .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
                                               .doc = "column = expression, …"}};
static const struct lt_param select_args[] = {
    {.name = "columns",
     .type = PARAM_COLUMN,
     .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
     .doc = "columns to keep, in this order; -column leaves one out; a:b is a range; * matches"}};
static const struct lt_param sort_args[] = {
    {.name = "columns",
     .type = PARAM_COLUMN,
     .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
     .doc = "by which columns; -column goes down"},
    {.name = "desc", .type = LT_BOOL, .def = "no", .doc = "largest first"}};
static const struct lt_param rename_args[] = {
    {.name = "column", .type = PARAM_COLUMN, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "which column"},
    {.name = "to", .type = PARAM_WORD, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "its new name"}};
static const struct lt_param sample_args[] = {
    {.name = "n", .type = LT_INT, .flags = LT_POSITIONAL, .min = 1, .max = 4e9, .doc = "how many rows"},
    {.name = "share", .type = LT_REAL, .flags = LT_OPEN_MIN, .min = 0, .max = 1, .doc = "or which share of them"},
    {.name = "seed",
     .aliases = "random_state",
     .type = LT_INT,
     .min = 0,
     .max = 9007199254740991.0,
     .doc = "which rows; the setting `seed` when not said"}};
static const struct lt_param sql_args[] = {
    {.name = "query",
     .type = PARAM_SQL,
     .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
     .doc = "a SELECT over tables of the session, `this` (the current one), and newest results such as metrics"}};

#define PREPARE_FLAGS COMMAND_MUTATES | COMMAND_NEEDS_TABLE | COMMAND_NAMES_RESULT

static const struct command rows[] = {
    {.name = "filter",
     .aliases = "where",
     .group = "prepare",
     .summary = "keep the rows for which a condition holds",
     ARGS(filter_args),
     .doc = "The condition is SQLite's: `age > 30 and sex = 'male'`, `cabin is null`, `name like '%Mrs%'`. With "
            "`as NAME` the old table stays.",
     .flags = PREPARE_FLAGS | COMMAND_RAW,
     .examples =
         (const struct command_example[]){{"filter age > 30 and sex = 'male'", "two conditions", "load titanic"},
                                          {0}},
     .run = run_filter},
    {.name = "select",
     .aliases = "keep",
     .group = "prepare",
     .summary = "keep some of the columns",
     ARGS(select_args),
     .flags = PREPARE_FLAGS,
     .examples = (const struct command_example[]){{"select survived age sex fare", "four columns", "load titanic"},
                                                  {"select -name -ticket -cabin", "all but three", "load titanic"},
                                                  {0}},
     .run = run_select},
    {.name = "mutate",
     .aliases = "let",
     .group = "prepare",
     .summary = "compute columns",
     ARGS(mutate_args),
     .doc = "Expressions are SQLite's, with sqrt, exp, log, round, … and `case when … then … else … end`. "
            "Several, separated by commas; later "
            "ones may use earlier ones.",
     .flags = PREPARE_FLAGS | COMMAND_RAW,
     .examples = (const struct command_example[]){{"mutate family = sibsp + parch + 1, alone = family = 1",
                                                   "two columns, the second from the first", "load titanic"},
                                                  {0}},
     .run = run_mutate},
    {.name = "sort",
     .aliases = "arrange",
     .group = "prepare",
     .summary = "order the rows",
     ARGS(sort_args),
     .flags = PREPARE_FLAGS,
     .examples =
         (const struct command_example[]){{"sort pclass -fare", "by class, the dearest first", "load titanic"},
                                          {0}},
     .run = run_sort},
    {.name = "rename",
     .group = "prepare",
     .summary = "give a column another name",
     ARGS(rename_args),
     .flags = PREPARE_FLAGS,
     .examples = (const struct command_example[]){{"rename sibsp siblings", "the values stay", "load titanic"}, {0}},
     .run = run_rename},
    {.name = "sample",
     .group = "prepare",
     .summary = "keep some rows, drawn without replacement",
     ARGS(sample_args),
     .flags = PREPARE_FLAGS,
     .examples =
         (const struct command_example[]){{"sample 100 seed=3", "a hundred rows, always the same", "load titanic"},
                                          {0}},
     .run = run_sample},
    {.name = "sql",
     .group = "prepare",
     .summary = "query tables and results with SQL",
     ARGS(sql_args),
     .doc = "SQLite reads our columns in place. Tables go by their names, the current one also as `this`; the "
            "newest result of each kind is "
            "a table as well (metrics, describe, compare, …). `sql as NAME SELECT …` keeps the result as a table.",
     .flags = COMMAND_MUTATES | COMMAND_NAMES_RESULT | COMMAND_RAW,
     .examples =
         (const struct command_example[]){{"sql select sex, avg(survived) as rate from titanic group by sex",
                                           "a table of two rows", "load titanic"},
                                          {0}},
     .run = run_sql},
};
const struct command_rows cmd_prepare = COMMAND_ROWS(rows);

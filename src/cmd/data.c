/* data verbs: load save tables use drop datasets. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "data/catalog.h"
#include "data/read.h"
#include "ops/model_view.h"

/* ---- load -------------------------------------------------------------------------------------------------- */

struct load_job {
    char *path, *name;
    struct csv_options csv;
    struct arena *arena;
    struct table *table;
    struct model *model;
    const char *usual_target; /* of a bundled dataset; NULL or "": none */
    struct task *task;        /* with that target */
};

static void load_free(void *arg)
{
    struct load_job *j = arg;
    if (j->table)
        table_unref(j->table);
    if (j->model)
        model_unref(j->model);
    if (j->task)
        task_unref(j->task);
    mem_free(j->path);
    mem_free(j->name);
    arena_free(j->arena);
    mem_free(j);
}

static bool is_model_file(const char *path)
{
    return str_ends(path, ".lathe") || str_ends(path, ".safetensors");
}

static bool load_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct load_job *j = arg;
    struct str note = STR_INIT, size = STR_INIT;
    if (is_model_file(j->path)) {
        algo_load_all();
        j->model = model_load(j->path, e);
        if (!j->model) {
            if (e && (e->code == ERR_NOT_FOUND || e->code == ERR_IO))
                e->code = ERR_DATA;
            return false;
        }
        struct str title = STR_INIT;
        const char *target = model_target(j->model);
        model_title(j->model, &title);
        view_list_add(views, view_note(VIEW_GOOD, "loaded the model %s: %s%s%s", j->name, str_get(&title),
                                       target ? ", target " : "", target ? target : ""));
        str_done(&title);
        return true;
    }
    j->table = bind_read(j->path, &j->csv, p, &note, e);
    if (j->table) {
        number_bytes(&size, (double)table_bytes(j->table));
        struct view *v = view_note(VIEW_GOOD, "%s: %zu rows, %zu columns, %s", j->name, table_rows(j->table),
                                   table_cols(j->table), str_get(&size));
        if (note.len)
            view_add_note(v, VIEW_INFO, "%s", str_get(&note));
        if (j->usual_target && *j->usual_target)
            j->task = task_new(j->table, j->usual_target, TASK_NONE, NULL, NULL, NULL);
        if (j->task)
            view_add_note(v, VIEW_INFO,
                          "target: %s, the usual one of this dataset (%s); `target COLUMN` chooses another",
                          j->usual_target, j->task->kind == TASK_CLASSIFY ? "classification" : "regression");
        view_list_add(views, v);
    }
    str_done(&note);
    str_done(&size);
    return j->table != NULL;
}

static bool load_commit(struct call *c, void *arg, struct err *e)
{
    struct load_job *j = arg;
    (void)e;
    if (j->table)
        session_put_table(c->session, j->name, j->table, j->task, true);
    else
        session_put_model(c->session, j->name, j->model, "", (struct task_split){0});
    return true;
}

/* "a,b" cut at commas, in the arena. */
static const char *const *cut_words(struct arena *a, const char *text, size_t *n)
{
    VEC(const char *) v = {0};
    for (const char *p = text;; p++) {
        size_t len = strcspn(p, ",");
        vec_push(&v, arena_strndup(a, p, len));
        p += len;
        if (!*p)
            break;
    }
    const char **out = arena_alloc(a, (v.n + 1) * sizeof *out);
    memcpy(out, v.v, v.n * sizeof *out);
    out[v.n] = NULL;
    *n = v.n;
    vec_done(&v);
    return out;
}

/* types="zip:text,year:category" to pairs. */
static bool cut_types(struct load_job *j, const char *text, struct err *e)
{
    size_t n;
    const char *const *words = cut_words(j->arena, text, &n);
    const char **pairs = arena_alloc(j->arena, (2 * n + 1) * sizeof *pairs);
    for (size_t i = 0; i < n; i++) {
        const char *colon = strrchr(words[i], ':');
        enum column_type type;
        if (!colon || !column_type_from_name(colon + 1, &type)) {
            err_set(e, ERR_INPUT, "types= wants column:type, not '%s'", words[i]);
            return err_hint(
                e, "types=\"zip:text,year:category\"; types are real integer bool category text date time");
        }
        pairs[2 * i] = arena_strndup(j->arena, words[i], (size_t)(colon - words[i]));
        pairs[2 * i + 1] = colon + 1;
    }
    pairs[2 * n] = NULL;
    j->csv.type_names = pairs;
    return true;
}

static bool csv_options_bind(struct call *c, struct load_job *j, struct err *e)
{
    const char *sep = call_text(c, "sep"), *header = call_text(c, "header"), *na = call_text(c, "na");
    static const struct {
        const char *word;
        char sep;
    } named[] = {{"tab", '\t'}, {"\\t", '\t'}, {"comma", ','}, {"semicolon", ';'}, {"space", ' '}, {"pipe", '|'}};
    if (sep) {
        j->csv.sep = strlen(sep) == 1 ? sep[0] : 0;
        for (size_t i = 0; i < sizeof named / sizeof *named; i++)
            if (str_eq(sep, named[i].word))
                j->csv.sep = named[i].sep;
        if (!j->csv.sep)
            return err_hint((err_set(e, ERR_INPUT, "sep= wants one character, not '%s'", sep), e),
                            "sep=tab, comma, semicolon, space, pipe; other characters as they are: sep=:");
    }
    if (call_given(c, "quote") && strlen(call_text(c, "quote")) == 1)
        j->csv.quote = call_text(c, "quote")[0];
    j->csv.header = str_eq(header, "yes")  ? CSV_HEADER_YES
                    : str_eq(header, "no") ? CSV_HEADER_NO
                                           : CSV_HEADER_AUTO;
    if (na)
        j->csv.missing = cut_words(j->arena, na, &j->csv.n_missing);
    j->csv.comment = call_text(c, "comment") ? arena_strdup(j->arena, call_text(c, "comment")) : NULL;
    j->csv.skip = (size_t)call_int(c, "skip");
    j->csv.max_rows = call_given(c, "rows") ? (size_t)call_int(c, "rows") : 0;
    return !call_text(c, "types") || cut_types(j, call_text(c, "types"), e);
}

static bool run_load(struct call *c, struct err *e)
{
    const char *from = call_text(c, "from");
    struct load_job *j = mem_zero(1, sizeof *j);
    j->arena = arena_new();
    if (str_starts(from, "http://") || str_starts(from, "https://")) {
        load_free(j);
        err_set(e, ERR_INPUT, "files on the web are not read");
        return err_hint(e, "fetch it first: !curl -O %s", from);
    }
    bool bundled = catalog_find(from) != NULL;
    j->path = bundled ? mem_strdup(from) : file_expand(from);
    j->name = c->as ? mem_strdup(c->as) : table_name_from_path(j->path);
    j->usual_target = bundled ? catalog_find(from)->target : NULL;
    if (!csv_options_bind(c, j, e)) {
        load_free(j);
        return false;
    }
    return call_later(c, j, load_work, load_commit, load_free);
}

/* ---- save -------------------------------------------------------------------------------------------------- */

static bool run_save(struct call *c, struct err *e)
{
    const char *name = call_text(c, "object"), *path = call_text(c, "file");
    const struct object *o = session_find(c->session, name);
    if (!o && !path && (strchr(name, '.') || strchr(name, '/'))) { /* `save out.csv`: the current table */
        path = name;
        o = session_need_table(c->session, e);
        if (!o)
            return false;
    }
    struct table *result = o ? NULL : session_view_table(c->session, name, NULL);
    if (!o && !result) {
        err_set(e, ERR_NOT_FOUND, "there is no table or model '%s'", name);
        return err_hint(e, "`tables` and `models` list what there is");
    }
    char *where = path ? file_expand(path) : NULL;
    bool good = false;
    if (!where)
        err_hint((err_set(e, ERR_INPUT, "save needs a file name"), e), "save %s %s%s", name, name,
                 o && o->kind == OBJECT_MODEL ? ".lathe" : ".csv");
    else if (o && o->kind == OBJECT_MODEL)
        good = model_save(o->model, where, e);
    else
        good = table_write(o ? o->table : result, where, NULL, e);
    if (good)
        call_note(c, VIEW_GOOD, "wrote %s to %s", o ? o->name : name, where);
    if (result)
        table_unref(result);
    mem_free(where);
    return good;
}

/* ---- tables, use, drop, datasets --------------------------------------------------------------------------- */

static bool run_tables(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {{"name", NULL, CELL_TEXT, 0},
                                                 {"rows", NULL, CELL_INT, 0},
                                                 {"columns", NULL, CELL_INT, 0},
                                                 {"target", NULL, CELL_TEXT, 0},
                                                 {"current", NULL, CELL_BOOL, 0}};
    struct view *v = view_table_new("tables", "Tables", columns, 5);
    const struct object *current = session_current(c->session);
    (void)e;
    for (size_t i = 0; i < session_count(c->session); i++) {
        const struct object *o = session_at(c->session, i);
        if (o->kind != OBJECT_TABLE)
            continue;
        size_t r = view_row(v);
        view_cell_text(v, r, 0, o->name);
        view_cell_int(v, r, 1, (int64_t)table_rows(o->table));
        view_cell_int(v, r, 2, (int64_t)table_cols(o->table));
        view_cell_text(v, r, 3, o->task ? o->task->target : NULL);
        view_cell_int(v, r, 4, o == current);
        view_row_follow(v, r, "use %s", o->name);
        view_row_level(v, r, o == current);
    }
    if (v->table->n_rows == 0)
        view_set_caption(v, "no table yet: `load titanic`");
    call_view(c, v);
    return true;
}

static bool run_use(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "table"), OBJECT_TABLE, e);
    if (!o)
        return false;
    session_use(c->session, o->name);
    call_note(c, VIEW_GOOD, "%s is the current table: %zu rows, %zu columns", call_text(c, "table"),
              table_rows(o->table), table_cols(o->table));
    return true;
}

static bool run_drop(struct call *c, struct err *e)
{
    for (size_t i = 0; i < c->n_rest; i++) {
        VEC(const char *) names = {0};
        if (session_drop(c->session, c->rest[i])) {
            call_note(c, VIEW_GOOD, "dropped %s", c->rest[i]);
            continue;
        }
        for (size_t k = 0; k < session_count(c->session); k++)
            vec_push(&names, session_at(c->session, k)->name);
        err_set(e, ERR_NOT_FOUND, "there is no table or model '%s'", c->rest[i]);
        err_suggest(e, c->rest[i], names.v, (int)names.n);
        vec_done(&names);
        return false;
    }
    return true;
}

static bool run_datasets(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {{"name", NULL, CELL_TEXT, 0},   {"task", NULL, CELL_TEXT, 0},
                                                 {"rows", NULL, CELL_INT, 0},    {"columns", NULL, CELL_INT, 0},
                                                 {"target", NULL, CELL_TEXT, 0}, {"title", NULL, CELL_TEXT, 0}};
    const char *about = call_text(c, "about");
    size_t n;
    const struct catalog_entry *x = catalog_entries(&n, e);
    if (!x)
        return false;
    struct view *v = view_table_new("datasets", "Bundled datasets", columns, 6);
    for (size_t i = 0; i < n; i++) {
        if (about && !strcasestr(x[i].name, about) && !strcasestr(x[i].task, about) &&
            !strcasestr(x[i].title, about))
            continue;
        size_t r = view_row(v);
        view_cell_text(v, r, 0, x[i].name);
        view_cell_text(v, r, 1, x[i].task);
        view_cell_int(v, r, 2, x[i].rows);
        view_cell_int(v, r, 3, x[i].cols);
        view_cell_text(v, r, 4, x[i].target[0] ? x[i].target : NULL);
        view_cell_text(v, r, 5, x[i].title);
        view_row_follow(v, r, "load %s", x[i].name);
    }
    if (about && v->table->n_rows == 0)
        view_set_caption(v, "none of the %zu datasets is about '%s'", n, about);
    call_view(c, v);
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct lt_param load_args[] = {
    {.name = "from",
     .type = PARAM_DATASET,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "a bundled name, a file (.csv .tsv .csv.gz .json .ndjson, a saved model .lathe), or - for standard "
            "input"},
    {.name = "sep",
     .type = PARAM_WORD,
     .doc = "separator: a character, or tab, comma, semicolon, space, pipe; found by looking"},
    {.name = "quote", .type = PARAM_WORD, .flags = LT_ADVANCED, .doc = "quote character; \" when not said"},
    {.name = "header",
     .type = LT_CHOICE,
     .def = "auto",
     .choices = "auto,yes,no",
     .doc = "does the first line hold names?"},
    {.name = "na",
     .type = PARAM_WORD,
     .doc = "codes for missing, separated by commas; empty, NA, N/A, NaN, null when not said"},
    {.name = "types", .type = PARAM_WORD, .doc = "types of columns: zip:text,year:category"},
    {.name = "comment", .type = PARAM_WORD, .flags = LT_ADVANCED, .doc = "lines that start with this are skipped"},
    {.name = "skip",
     .type = LT_INT,
     .def = "0",
     .min = 0,
     .max = 1e9,
     .flags = LT_ADVANCED,
     .doc = "lines before the header"},
    {.name = "rows", .type = LT_INT, .min = 1, .max = 4e9, .doc = "read only so many rows"}};
static const struct lt_param save_args[] = {
    {.name = "object",
     .type = PARAM_NAME,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "a table, a model, or the id of a result (metrics)"},
    {.name = "file", .type = PARAM_PATH, .flags = LT_POSITIONAL, .doc = "where to"}};
static const struct lt_param use_args[] = {
    {.name = "table", .type = PARAM_TABLE, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "which table"}};
static const struct lt_param drop_args[] = {{.name = "objects",
                                             .type = PARAM_NAME,
                                             .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
                                             .doc = "tables and models"}};
static const struct lt_param datasets_args[] = {
    {.name = "about", .type = PARAM_WORD, .flags = LT_POSITIONAL, .doc = "only those that mention this word"}};

static const struct command rows[] = {
    {.name = "load",
     .aliases = "open,read",
     .group = "data",
     .summary = "read a table, and make it the current one",
     .doc = "Separator, quote, header and types are found by looking, and can be said. Bundled datasets bring "
            "their usual target with "
            "them. A file that ends in .lathe is a saved model.",
     ARGS(load_args),
     .flags = COMMAND_MUTATES | COMMAND_NAMES_RESULT,
     .examples = (const struct command_example[]){{"load titanic", "a bundled dataset", NULL},
                                                  {"load iris as flowers", "under another name", NULL},
                                                  {0}},
     .run = run_load},
    {.name = "save",
     .aliases = "write",
     .group = "data",
     .summary = "write a table or a model to a file",
     .doc = "Tables go to .csv, .tsv, .csv.gz, .json or .ndjson; models to one safetensors file (.lathe), which "
            "Python's safetensors "
            "opens. Files are written whole or not at all.",
     ARGS(save_args),
     .run = run_save},
    {.name = "tables",
     .group = "data",
     .summary = "the tables of the session",
     .flags = COMMAND_ANYTIME,
     .examples =
         (const struct command_example[]){{"tables", "names, sizes, targets", "load iris; load wine"}, {0}},
     .run = run_tables},
    {.name = "use",
     .group = "data",
     .summary = "make a table the current one",
     ARGS(use_args),
     .flags = COMMAND_MUTATES,
     .examples =
         (const struct command_example[]){{"use iris", "back to the first table", "load iris; load wine"}, {0}},
     .run = run_use},
    {.name = "drop",
     .aliases = "rm",
     .group = "data",
     .summary = "forget tables or models",
     ARGS(drop_args),
     .flags = COMMAND_MUTATES,
     .examples =
         (const struct command_example[]){{"drop wine", "`undo` brings it back", "load iris; load wine"}, {0}},
     .run = run_drop},
    {.name = "datasets",
     .group = "data",
     .summary = "the datasets that are bundled",
     ARGS(datasets_args),
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"datasets", "all of them", NULL},
                                                  {"datasets regression", "those for regression", NULL},
                                                  {0}},
     .run = run_datasets},
};
const struct command_rows cmd_data = COMMAND_ROWS(rows);

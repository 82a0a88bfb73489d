/* session verbs: history undo redo set source plugins doctor shell quit. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "cmd/cmd.h"
#include "render/gnuplot.h"

/* ---- history, undo ----------------------------------------------------------------------------------------- */

static bool run_history(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {{"n", NULL, CELL_INT, 0}, {"command", NULL, CELL_TEXT, 0}};
    const char *path = call_text(c, "save");
    size_t n = engine_history_count(c->engine);
    if (path) {
        struct str s = STR_INIT;
        for (size_t i = 0; i < n; i++)
            str_printf(&s, "%s\n", engine_history_at(c->engine, i));
        bool good = file_write_atomic(path, str_get(&s), s.len, e);
        str_done(&s);
        if (good)
            call_note(c, VIEW_GOOD, "wrote %zu commands to %s; `source %s` runs them again", n, path, path);
        return good;
    }
    struct view *v = view_table_new("history", "History", columns, 2);
    for (size_t i = 0; i < n; i++) {
        size_t r = view_row(v);
        view_cell_int(v, r, 0, (int64_t)i + 1);
        view_cell_text(v, r, 1, engine_history_at(c->engine, i));
        view_row_follow(v, r, "%s", engine_history_at(c->engine, i));
    }
    if (n == 0)
        view_set_caption(v, "nothing was done yet");
    call_view(c, v);
    return true;
}

static bool run_undo(struct call *c, struct err *e)
{
    const char *label = session_undo(c->session);
    if (!label)
        return err_set(e, ERR_INPUT, "there is nothing to undo");
    engine_objects_changed(c->engine);
    call_note(c, VIEW_GOOD, "undone: %s", label);
    return true;
}

static bool run_redo(struct call *c, struct err *e)
{
    const char *label = session_redo(c->session);
    if (!label)
        return err_set(e, ERR_INPUT, "there is nothing to redo");
    engine_objects_changed(c->engine);
    call_note(c, VIEW_GOOD, "done again: %s", label);
    return true;
}

/* ---- settings ---------------------------------------------------------------------------------------------- */

static void show_settings(struct call *c, const char *only)
{
    static const struct view_column columns[] = {{"name", NULL, CELL_TEXT, 0},
                                                 {"value", NULL, CELL_TEXT, 0},
                                                 {"origin", NULL, CELL_TEXT, 0},
                                                 {"meaning", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("settings", "Settings", columns, 4);
    for (uint32_t i = 0; i < setting_count; i++) {
        struct str value = STR_INIT;
        const char *origin;
        if (only && !str_eq(only, setting_rows[i].name))
            continue;
        setting_get(c->engine, i, &value, &origin);
        size_t r = view_row(v);
        view_cell_text(v, r, 0, setting_rows[i].name);
        view_cell_text(v, r, 1, str_get(&value));
        view_cell_text(v, r, 2, origin);
        view_cell_text(v, r, 3, setting_rows[i].doc);
        str_done(&value);
    }
    call_view(c, v);
}

static bool run_set(struct call *c, struct err *e)
{
    const char *name = call_text(c, "name"), *value = call_text(c, "value");
    if (!name) {
        show_settings(c, NULL);
        return true;
    }
    int i = param_find(setting_rows, sizeof *setting_rows, setting_count, name);
    if (i < 0)
        return param_unknown(setting_rows, sizeof *setting_rows, setting_count, name, "set", e);
    if (value && !setting_set(c->engine, name, value, "set", e))
        return false;
    show_settings(c, setting_rows[i].name);
    return true;
}

/* ---- scripts, modules, the machine ------------------------------------------------------------------------- */

static bool run_source(struct call *c, struct err *e)
{
    char *path = file_expand(call_text(c, "file"));
    bool good = engine_source(c->engine, path, e);
    mem_free(path);
    return good;
}

static bool run_plugins(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {
        {"module", NULL, CELL_TEXT, 0}, {"algos", NULL, CELL_TEXT, 0}, {"path", NULL, CELL_TEXT, 0}};
    const char *load = call_text(c, "load");
    algo_load_all();
    if (load && !algo_load_module(load, e))
        return false;
    struct view *v = view_table_new("plugins", "Modules", columns, 3);
    struct str ids = STR_INIT;
    for (size_t i = 0; i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = str_eq(algo_at(k)->module, a->module);
        if (seen)
            continue;
        str_clear(&ids);
        for (size_t k = i; k < algo_count(); k++)
            if (str_eq(algo_at(k)->module, a->module))
                str_printf(&ids, "%s%s", ids.len ? " " : "", algo_at(k)->d.id);
        size_t r = view_row(v);
        view_cell_text(v, r, 0, a->family);
        view_cell_text(v, r, 1, str_get(&ids));
        view_cell_text(v, r, 2, a->module);
    }
    str_done(&ids);
    const char *const *refused;
    size_t n = algo_refused(&refused);
    for (size_t i = 0; i < n; i++)
        view_add_note(v, VIEW_WARNING, "%s", refused[i]);
    call_view(c, v);
    return true;
}

static void doctor_row(struct view *v, const char *what, bool good, const char *text)
{
    size_t r = view_row(v);
    view_cell_text(v, r, 0, what);
    view_cell_text(v, r, 1, good ? "ok" : "missing");
    view_cell_text(v, r, 2, text);
}

static bool run_doctor(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {
        {"part", NULL, CELL_TEXT, 0}, {"state", NULL, CELL_TEXT, 0}, {"detail", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("doctor", "What there is to work with", columns, 3);
    struct str s = STR_INIT;
    const char *const *refused;
    (void)e;

    algo_load_all();
    str_printf(&s, "%u", pool_threads());
    doctor_row(v, "threads", true, str_get(&s));
    str_clear(&s);
    str_printf(&s, "%zu, %zu modules refused", algo_count(), algo_refused(&refused));
    doctor_row(v, "algorithms", algo_count() > 0, str_get(&s));
    char *index = file_locate("datasets/index.tsv");
    doctor_row(v, "datasets", index != NULL, index ? index : "not found");
    bool gnuplot = gnuplot_available();
    doctor_row(v, "gnuplot", gnuplot,
               gnuplot ? gnuplot_version() : "pictures are described in words; install gnuplot-nox");
    char *driver = file_locate("gnuplot/gnuplot-cells.lua");
    doctor_row(v, "pictures in cells", driver != NULL, driver ? driver : "gnuplot-cells.lua not found");
    const char *term = getenv("TERM");
    doctor_row(v, "terminal", term != NULL, term ? term : "TERM is not set");
    static const struct {
        enum file_xdg which;
        const char *what;
    } dirs[] = {
        {FILE_CONFIG, "configuration"}, {FILE_STATE, "history and sessions"}, {FILE_DATA, "own modules and data"}};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        char *dir = file_xdg_dir(dirs[i].which);
        doctor_row(v, dirs[i].what, true, dir);
        mem_free(dir);
    }
    mem_free(index);
    mem_free(driver);
    str_done(&s);
    call_view(c, v);
    return true;
}

static bool run_shell(struct call *c, struct err *e)
{
    return engine_shell(c->engine, call_text(c, "command"), e);
}

static bool run_quit(struct call *c, struct err *e)
{
    (void)e;
    engine_quit(c->engine);
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct lt_param history_args[] = {
    {.name = "save", .type = PARAM_PATH, .doc = "write the commands to this file, as a script"}};
static const struct lt_param set_args[] = {
    {.name = "name", .type = PARAM_SETTING, .flags = LT_POSITIONAL, .doc = "which setting"},
    {.name = "value", .type = PARAM_WORD, .flags = LT_POSITIONAL, .doc = "its new value"}};
static const struct lt_param source_args[] = {
    {.name = "file", .type = PARAM_PATH, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "a file with commands"}};
static const struct lt_param plugins_args[] = {
    {.name = "load", .type = PARAM_PATH, .doc = "load this module as well"}};

static const struct lt_param shell_args[] = {{.name = "command",
                                              .type = PARAM_SQL,
                                              .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
                                              .doc = "a command line for sh"}};

static const struct command rows[] = {
    {.name = "history",
     .group = "session",
     .summary = "the commands that were carried out; also as a script",
     .doc = "Only what succeeded is kept, in full form. `history save=analysis.lathe` writes a script that "
            "repeats the session.",
     ARGS(history_args),
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"history", "lists what was done", "load iris; head"}, {0}},
     .run = run_history},
    {.name = "undo",
     .group = "session",
     .summary = "take the last change back",
     .doc = "Tables, targets, splits and models are as before; up to 200 changes. How often the held-out rows "
            "were looked at is "
            "never undone.",
     .examples =
         (const struct command_example[]){{"undo", "the filter is gone", "load iris; filter sepal_length > 5"},
                                          {0}},
     .run = run_undo},
    {.name = "redo",
     .group = "session",
     .summary = "do again what was undone",
     .examples =
         (const struct command_example[]){
             {"redo", "the filter is back", "load iris; filter sepal_length > 5; undo"}, {0}},
     .run = run_redo},
    {.name = "set",
     .group = "session",
     .summary = "show or change settings",
     ARGS(set_args),
     .flags = COMMAND_ANYTIME,
     .examples =
         (const struct command_example[]){{"set", "all settings, their values and where they come from", NULL},
                                          {"set seed 7", "random numbers start at 7", NULL},
                                          {0}},
     .run = run_set},
    {.name = "source",
     .group = "session",
     .summary = "run the commands of a file",
     ARGS(source_args),
     .aliases = "run",
     .flags = COMMAND_NO_JOURNAL,
     .run = run_source},
    {.name = "plugins",
     .group = "session",
     .summary = "the modules that algorithms come from",
     ARGS(plugins_args),
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples =
         (const struct command_example[]){{"plugins", "what was loaded, and what was refused and why", NULL}, {0}},
     .run = run_plugins},
    {.name = "doctor",
     .group = "session",
     .summary = "what of the machine can be used, and what is missing",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"doctor", "threads, modules, gnuplot, folders", NULL}, {0}},
     .run = run_doctor},
    {.name = "shell",
     .group = "session",
     .summary = "run a command in the shell; `!command` for short",
     ARGS(shell_args),
     .doc = "At a prompt only: scripts can't.",
     .flags = COMMAND_RAW | COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_shell},
    {.name = "quit",
     .aliases = "exit,q",
     .group = "session",
     .summary = "leave",
     .flags = COMMAND_NO_JOURNAL | COMMAND_ANYTIME,
     .run = run_quit},
};
const struct command_rows cmd_session = COMMAND_ROWS(rows);

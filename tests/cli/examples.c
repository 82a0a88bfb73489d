/* examples: every example of every verb runs, with its set-up, in a session of its own; every view that it gives is
 * one that the schema rows document, with those columns; and every row has its sentences. Prints TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "engine/help.h"
#include "engine/schema.h"
#include "render/gnuplot.h"
#include "render/render.h"

static int count, bad;

static void tap(bool good, const char *what, const char *why)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, what);
    if (!good)
        printf("# %s\n", why);
    bad += !good;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* A summary or a meaning: there, no period at its end (whoever prints it puts one), no capital at its start. */
static const char *sentence_fault(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    if (n == 0)
        return "is missing";
    if (s[n - 1] == '.' || s[n - 1] == ' ')
        return "ends with a period or a blank";
    return s[0] == ' ' ? "begins with a blank" : NULL;
}

static void check_rows(const char *of, const struct lt_param *rows, size_t stride, uint32_t n, struct str *faults)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct lt_param *p = param_at(rows, stride, i);
        const char *fault = sentence_fault(p->doc);
        struct arena *a = arena_new();
        struct lt_value v;
        struct err e = ERR_INIT;
        if (fault)
            str_printf(faults, "%s %s: its meaning %s; ", of, p->name, fault);
        if (p->def && !param_parse(p, p->def, &v, a, &e))
            str_printf(faults, "%s %s: its default is refused: %s; ", of, p->name, e.text);
        if (p->type == LT_CHOICE && !p->choices)
            str_printf(faults, "%s %s: no choices; ", of, p->name);
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(param_at(rows, stride, k)->name, p->name))
                str_printf(faults, "%s %s: twice; ", of, p->name);
        arena_free(a);
    }
}

static void check_commands(struct engine *en)
{
    struct str faults = STR_INIT;
    for (size_t i = 0; i < engine_commands(en); i++) {
        const struct command *c = engine_command_at(en, i);
        const char *fault = sentence_fault(c->summary);
        if (fault)
            str_printf(&faults, "%s: its summary %s; ", c->name, fault);
        check_rows(c->name, c->args, sizeof *c->args, c->n_args, &faults);
        for (size_t k = 0; k < i; k++)
            if (str_eq(engine_command_at(en, k)->name, c->name))
                str_printf(&faults, "%s: twice; ", c->name);
        for (const struct command_example *x = c->examples; x && x->line; x++)
            if (!x->remark || !x->remark[0])
                str_printf(&faults, "%s: the example '%s' has no remark; ", c->name, x->line);
    }
    tap(faults.len == 0, "every verb and argument says what it is", str_get(&faults));
    str_clear(&faults);
    for (size_t i = 0; i < algo_count(); i++) {
        const struct lt_algo *d = &algo_at(i)->d;
        const char *fault = sentence_fault(d->summary);
        if (fault)
            str_printf(&faults, "%s: its summary %s; ", d->id, fault);
        if (!d->doc || strlen(d->doc) < 80)
            str_printf(&faults, "%s: a longer text is missing; ", d->id);
        check_rows(d->id, d->params, d->param_size, d->n_params, &faults);
    }
    check_rows("set", setting_rows, sizeof *setting_rows, setting_count, &faults);
    tap(algo_count() >= 8 && faults.len == 0, "every algorithm, parameter and setting says what it is",
        str_get(&faults));
    str_done(&faults);
}

/* ---- views against the schema ------------------------------------------------------------------------------- */

/* Does the list of column names fit "model, algo, METRIC…, p"? A name with … stands for any number of columns, one
 * in capitals for exactly one. */
static bool columns_fit(const struct view_table *t, size_t j, const char *pattern)
{
    if (!*pattern)
        return j == t->n_cols;
    size_t n = strcspn(pattern, ",");
    const char *rest = pattern + n + (pattern[n] ? strspn(pattern + n, ", ") : 0);
    bool any = n > 3 && memcmp(pattern + n - 3, "…", 3) == 0;
    if (any) {
        for (size_t k = j; k <= t->n_cols; k++)
            if (columns_fit(t, k, rest))
                return true;
        return false;
    }
    bool one = strspn(pattern, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 3;
    bool same =
        j < t->n_cols && (one || (strlen(t->column[j].name) == n && memcmp(t->column[j].name, pattern, n) == 0));
    return same && columns_fit(t, j + 1, rest);
}

/* METRIC_mean, METRIC_sd for several metrics: repeated as often as needed, so only the fixed names are compared. */
static bool view_fits(const struct view *v, const struct schema_row *r)
{
    if (!str_eq(r->kind, view_kind_name(v->kind)))
        return false;
    return v->kind != VIEW_TABLE || columns_fit(v->table, 0, r->columns);
}

/* of_model: it came out of `show`, and modules may name views of their own; those ids that are known must still fit. */
static void check_view(const struct view *v, bool of_model, struct str *faults)
{
    if (v->kind == VIEW_REPORT) {
        for (size_t i = 0; i < v->items->n; i++)
            check_view(v->items->v[i], of_model, faults);
        return;
    }
    if (v->kind != VIEW_TABLE && v->kind != VIEW_PLOT && v->kind != VIEW_TREE)
        return;
    bool known = false, fits = false;
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_row *r = schema_at(i);
        if (!str_eq(r->id, v->id) || !str_eq(r->kind, view_kind_name(v->kind)))
            continue;
        known = true;
        fits |= view_fits(v, r);
    }
    if (fits || (of_model && !known))
        return;
    str_printf(faults, "the %s '%s' %s:", view_kind_name(v->kind), v->id,
               known ? "has other columns" : "is not in the schema");
    for (size_t j = 0; v->kind == VIEW_TABLE && j < v->table->n_cols; j++)
        str_printf(faults, "%s %s", j ? "," : "", v->table->column[j].name);
    str_add(faults, "; ");
}

/* ---- examples ----------------------------------------------------------------------------------------------- */

struct listener {
    struct str faults;
    size_t views;
};

static void hear_views(void *arg, const char *line, const struct view_list *views)
{
    struct listener *l = arg;
    const struct renderer *all[] = {&render_plain, &render_json, &render_markdown, &render_html};
    bool of_model = str_starts(line, "show ");
    l->views += views->n;
    for (size_t i = 0; i < views->n; i++) {
        check_view(views->v[i], of_model, &l->faults);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) { /* every renderer takes every view */
            struct render_options o = {.width = 80, .max_rows = 20, .unicode = true};
            struct str out = STR_INIT;
            all[k]->put(&out, views->v[i], &o);
            if (out.len == 0)
                str_printf(&l->faults, "%s says nothing of '%s'; ", all[k]->name, views->v[i]->id);
            str_done(&out);
        }
    }
}

static void hear_failure(void *arg, const char *line, const struct err *e, const char *origin)
{
    str_printf(&((struct listener *)arg)->faults, "%s: %s: %s; ", origin, line, e->text);
}

static void run_example(const struct command *c, const struct command_example *x)
{
    struct listener l = {.faults = STR_INIT};
    struct engine_front front = {.arg = &l, .views = hear_views, .failed = hear_failure};
    struct engine_options o = {.interactive = false};
    struct engine *en = engine_new(&o, &front);
    struct str text = STR_INIT;
    cmd_register_all(en);
    if (x->setup)
        str_printf(&text, "%s\n", x->setup);
    str_add(&text, x->line);
    engine_submit(en, str_get(&text), "example", NULL);
    while (engine_pump(en))
        ;
    if (l.views == 0)
        str_add(&l.faults, "it shows nothing; ");
    str_clear(&text);
    str_printf(&text, "%s: %s", c->name, x->line);
    tap(l.faults.len == 0, str_get(&text), str_get(&l.faults));
    str_done(&text);
    str_done(&l.faults);
    engine_free(en);
}

/* Every algorithm is trained and shown, on a table that fits its task. */
static void run_algorithms(void)
{
    for (size_t i = 0; i < algo_count(); i++) {
        const struct lt_algo *d = &algo_at(i)->d;
        struct str line = STR_INIT;
        if (d->traits & LT_COMBINES)
            continue; /* `vote` trains it, and has examples */
        str_printf(&line, "train %s as m; show m", d->id);
        bool regress = !(d->tasks & LT_CLASSIFY) && (d->tasks & LT_REGRESS);
        struct command_example x = {.line = str_get(&line),
                                    .remark = "",
                                    .setup = regress ? "load mtcars; target mpg" : "load wine; target cultivar"};
        run_example(&(struct command){.name = d->id}, &x);
        str_done(&line);
    }
}

/* Verbs without an example need a file, leave, or belong to the terminal. */
static bool needs_no_example(const struct command *c)
{
    static const char *const without[] = {"quit", "save", "source"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (str_eq(c->name, without[i]))
            return true;
    return c->flags & (COMMAND_HIDDEN | COMMAND_TTY_ONLY);
}

int main(int argc, char **argv)
{
    char place[] = "/tmp/lathe-examples.XXXXXX";
    struct engine_options o = {.interactive = false};
    const char *top = getenv("top_builddir");
    struct str program = STR_INIT;

    str_printf(&program, "%s/lathe", top ? top : ".");
    file_locate_init(str_get(&program));
    setenv("XDG_STATE_HOME", mkdtemp(place), 1);
    struct engine *en = engine_new(&o, NULL);
    cmd_register_all(en);
    algo_load_all();
    check_commands(en);
    for (size_t i = 0; i < engine_commands(en); i++) {
        const struct command *c = engine_command_at(en, i);
        if (argc > 1 && !str_eq(argv[1], c->name))
            continue;
        if (!c->examples || !c->examples->line) {
            if (!needs_no_example(c))
                tap(false, c->name, "it has no example");
            continue;
        }
        for (const struct command_example *x = c->examples; x->line; x++)
            if (!(c->flags & COMMAND_TTY_ONLY))
                run_example(c, x);
    }
    if (argc == 1)
        run_algorithms();
    engine_free(en);
    gnuplot_stop();
    tap(rmdir(place) == 0, "nothing was written", place);
    str_done(&program);
    printf("1..%d\n", count);
    return bad > 0;
}

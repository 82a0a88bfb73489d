/* verbs: the commands that only a workbench has. */
#include "ui/tui/verbs.h"

#include "ui/tui/bench.h"

static struct bench *bench; /* handlers get the engine, not what stands around it */

static bool run_browse(struct call *c, struct err *e)
{
    const char *name = call_text(c, "table");
    const struct object *o =
        name ? session_require(c->session, name, OBJECT_TABLE, e) : session_need_table(c->session, e);
    if (!o || !browser_open(&bench->browser, c->engine, o->name, e))
        return false;
    bench_focus(bench, PANE_WORK);
    return true;
}

static bool run_log(struct call *c, struct err *e)
{
    struct str s = STR_INIT;
    (void)e;
    if (!bench->notices.line.n) {
        call_note(c, VIEW_INFO, "modules and libraries have said nothing");
        return true;
    }
    str_add(&s, "```\n");
    for (size_t i = 0; i < bench->notices.line.n; i++)
        str_printf(&s, "%s\n", bench->notices.line.v[i]);
    str_add(&s, "```\n");
    call_view(c, view_text("log", "What modules and libraries said", str_get(&s)));
    str_done(&s);
    return true;
}

static bool run_keys(struct call *c, struct err *e)
{
    (void)e;
    call_view(c, keys_view());
    return true;
}

static bool run_clear(struct call *c, struct err *e)
{
    (void)c;
    (void)e;
    work_clear(&bench->work);
    return true;
}

static const struct lt_param browse_args[] = {{.name = "table",
                                               .type = PARAM_TABLE,
                                               .flags = LT_POSITIONAL,
                                               .doc = "which table; the current one when not said"}};

static const struct command rows[] = {
    {.name = "browse",
     .aliases = "view",
     .group = "explore",
     .summary = "look through a table, cell by cell",
     .doc = "Arrows or hjkl move, g and G go to the ends, [ and ] sort, F counts, I describes, . plots, / "
            "searches, q closes.",
     .args = browse_args,
     .n_args = 1,
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_browse},
    {.name = "log",
     .group = "session",
     .summary = "what modules and libraries said beside their results",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_log},
    {.name = "keys",
     .group = "teach",
     .summary = "the keys of the workbench",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_keys},
    {.name = "clear",
     .group = "session",
     .summary = "empty the work pane; the session stays as it is",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL | COMMAND_TTY_ONLY,
     .run = run_clear},
};

void verbs_register(struct bench *b)
{
    bench = b;
    engine_register(b->en, rows, sizeof rows / sizeof *rows);
}

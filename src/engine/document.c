/* document: the reference pages, written from the rows. docs/ holds what this prints; a test compares. */
#include <ctype.h>
#include <string.h>

#include "engine/help.h"
#include "engine/help_text.h"
#include "engine/schema.h"

/* ---- Markdown ---------------------------------------------------------------------------------------------- */

/* Text inside a table cell: bars would end it. */
static void cell(struct str *out, const char *s)
{
    for (; s && *s; s++) {
        if (*s == '|')
            str_addc(out, '\\');
        str_addc(out, *s == '\n' ? ' ' : *s);
    }
}

void help_sentence(struct str *out, const char *s)
{
    if (!s || !*s)
        return;
    str_addc(out, (char)toupper((unsigned char)*s));
    str_add(out, s + 1);
    if (!str_ends(s, "."))
        str_addc(out, '.');
}

void help_words(struct str *out, const char *list)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        str_printf(out, "%s`%.*s`", p == list ? "" : ", ", (int)n, p);
        p += n + (p[n] == ',');
    }
}

static void rows_markdown(struct str *out, const struct lt_param *rows, size_t stride, uint32_t n)
{
    struct str range = STR_INIT;
    str_add(out, "| name | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < n; i++) {
        const struct lt_param *p = param_at(rows, stride, i);
        str_clear(&range);
        param_range(p, &range);
        str_printf(out, "| `%s`", p->name);
        if (p->aliases) {
            str_add(out, ", ");
            help_words(out, p->aliases);
        }
        str_printf(out, " | %s | %s%s%s | ", param_type_word(p), p->def ? "`" : "",
                   p->def                   ? p->def
                   : p->flags & LT_REQUIRED ? "needed"
                                            : "",
                   p->def ? "`" : "");
        cell(out, str_get(&range));
        str_add(out, " | ");
        cell(out, p->doc);
        str_add(out, " |\n");
    }
    str_done(&range);
}

static void commands_contents(struct engine *en, struct str *out)
{
    for (size_t g = 0; g < help_groups(); g++) {
        const char *title, *group = help_group(g, &title);
        bool any = false;
        for (size_t i = 0; i < engine_commands(en); i++) {
            const struct command *c = engine_command_at(en, i);
            if (!str_eq(c->group, group) || (c->flags & COMMAND_HIDDEN))
                continue;
            if (!any)
                str_printf(out, "\n%s:", title);
            any = true;
            str_printf(out, " [%s](#%s)", c->name, c->name);
        }
        if (any)
            str_add(out, "  ");
    }
    str_addc(out, '\n');
}

static void commands_markdown(struct engine *en, struct str *out)
{
    str_add(out,
            "# Commands\n\nMade from the rows of the program (`lathe --doc=commands`). One line is one action: "
            "`verb arguments… [name=value …] [as NAME] [> file]`; `;` separates commands, `#` starts a comment, a "
            "`\\` at the end of a line continues it.\n");
    commands_contents(en, out);
    for (size_t g = 0; g < help_groups(); g++) {
        const char *title, *group = help_group(g, &title);
        bool any = false;
        for (size_t i = 0; i < engine_commands(en); i++) {
            const struct command *c = engine_command_at(en, i);
            if (!str_eq(c->group, group) || (c->flags & COMMAND_HIDDEN))
                continue;
            if (!any)
                str_printf(out, "\n## %s\n", title);
            any = true;
            str_printf(out, "\n### %s\n\n", c->name);
            help_sentence(out, c->summary);
            str_add(out, "\n\n```\n");
            help_usage(out, c);
            str_add(out, "\n```\n");
            if (c->aliases) {
                str_add(out, "\nAlso called ");
                help_words(out, c->aliases);
                str_add(out, ".\n");
            }
            if (c->doc)
                str_printf(out, "\n%s\n", c->doc);
            if (c->n_args) {
                str_addc(out, '\n');
                rows_markdown(out, c->args, sizeof *c->args, c->n_args);
            }
            if (c->examples && c->examples->line)
                str_addc(out, '\n');
            for (const struct command_example *x = c->examples; x && x->line; x++)
                str_printf(out, "- `%s%s%s`: %s\n", x->setup ? x->setup : "", x->setup ? "; " : "", x->line,
                           x->remark);
        }
    }
    str_add(out, "\n## Settings\n\n`set NAME VALUE`; a file `latherc` in the configuration folder may hold such "
                 "lines.\n\n");
    rows_markdown(out, setting_rows, sizeof *setting_rows, setting_count);
}

static void parameters_markdown(struct str *out)
{
    str_add(
        out,
        "# Algorithms and their parameters\n\nMade from the rows of the modules (`lathe --doc=parameters`). "
        "Wrappers around other libraries, which are only there where those were found, tell theirs by `help`.\n");
    for (size_t i = 0; i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        if (a->d.traits & LT_FOREIGN)
            continue;
        struct str tasks = STR_INIT, traits = STR_INIT;
        algo_tasks(a, &tasks);
        algo_traits(a, &traits);
        str_printf(out, "\n## %s: %s\n\n", a->d.id, a->d.name);
        help_sentence(out, a->d.summary);
        str_printf(out, "\n\nFor %s. One step is one %s. ", str_get(&tasks), a->d.unit ? a->d.unit : "step");
        help_sentence(out, str_get(&traits));
        str_printf(out, "\n\n%s\n", a->d.doc);
        if (a->d.n_params) {
            str_addc(out, '\n');
            rows_markdown(out, a->d.params, a->d.param_size, a->d.n_params);
        }
        if (a->d.reference)
            str_printf(out, "\nReference: %s\n", a->d.reference);
        str_done(&tasks);
        str_done(&traits);
    }
}

static void json_markdown(struct str *out)
{
    str_add(out, "# JSON lines\n\nMade from the rows of the program (`lathe --doc=json`). With `--json` each view "
                 "is one line of "
                 "JSON on standard output. Numbers have full precision, missing values are `null`; ids and column "
                 "names are stable.\n\n"
                 "- table: `{\"view\":\"table\",\"id\":…,\"title\":…,\"columns\":[…],\"rows\":[[…],…]}`\n"
                 "- plot: "
                 "`{\"view\":\"plot\",\"id\":…,\"title\":…,\"x\":{…},\"y\":{…},\"series\":[{\"name\":…,\"x\":[…],"
                 "\"y\":[…]}],\"twin\":…}`\n"
                 "- tree, text, note (`level`, `text`), report (`items`)\n"
                 "- `show` also gives what the algorithm itself has to tell, under ids of its own\n"
                 "- a failure: `{\"view\":\"error\",\"code\":…,\"message\":…,\"hint\":…,\"line\":…}`\n\n"
                 "| id | view | columns | what it is |\n|---|---|---|---|\n");
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_row *r = schema_at(i);
        str_printf(out, "| `%s` | %s | ", r->id, r->kind);
        cell(out, r->columns);
        str_add(out, " | ");
        cell(out, r->doc);
        str_add(out, " |\n");
    }
}

/* ---- the manual page --------------------------------------------------------------------------------------- */

/* Roff: a backslash is \e, a line must not begin with a dot or quote. Backquotes of Markdown are dropped. */
static void roff(struct str *out, const char *s)
{
    bool start = true;
    for (; s && *s; s++) {
        if (start && (*s == '.' || *s == '\''))
            str_add(out, "\\&");
        start = *s == '\n';
        if (*s == '\\')
            str_add(out, "\\e");
        else if (*s == '-')
            str_add(out, "\\-");
        else if (*s != '`')
            str_addc(out, *s);
    }
}

static void man(struct engine *en, const char *options, struct str *out)
{
    struct str usage = STR_INIT;
    str_add(out,
            ".TH LATHE 1 \"\" \"lathe\" \"User Commands\"\n.SH NAME\nlathe \\- a terminal workbench for "
            "machine learning\n"
            ".SH SYNOPSIS\n.B lathe\n[\\fIOPTION\\fR]... [\\fIFILE.lathe\\fR|\\fIDATA.csv\\fR|\\-]\n.br\n"
            ".B lathe plugin check\n\\fIMODULE.so\\fR\n.br\n"
            ".B lathe plugin bench\n\\fIMODULE.so\\fR [\\fIID\\fR]... [rows=\\fIN,N\\fR] [columns=\\fIN,N\\fR] "
            "[seconds=\\fIN\\fR]\n.br\n"
            ".B lathe plugin new\n\\fINAME\\fR\n"
            ".SH DESCRIPTION\nLoads tables, explores them, trains models, compares them and draws what they "
            "do. Without a "
            "terminal, or with \\fB\\-e\\fR or \\fB\\-b\\fR, commands are run in batch and results go to "
            "standard output.\n.PP\nThe words after \\fBplugin\\fR are for people who write algorithms: the suite "
            "that "
            "lathe's own pass, how fast a module is on tables that grow, and a module to begin with.\n"
            ".SH OPTIONS\n");
    str_add(out, options);
    str_add(out, ".SH EXIT STATUS\n0 all well; 1 a command failed; 2 usage; 3 data unreadable; 4 a plugin failed "
                 "to load; 130 "
                 "interrupted.\n");
    for (size_t g = 0; g < help_groups(); g++) {
        const char *title, *group = help_group(g, &title);
        str_printf(out, ".SH COMMANDS: %s\n", title);
        for (size_t i = 0; i < engine_commands(en); i++) {
            const struct command *c = engine_command_at(en, i);
            if (!str_eq(c->group, group) || (c->flags & COMMAND_HIDDEN))
                continue;
            str_add(out, ".TP\n.B ");
            str_clear(&usage);
            help_usage(&usage, c);
            roff(out, str_get(&usage));
            str_addc(out, '\n');
            str_clear(&usage);
            help_sentence(&usage, c->summary);
            roff(out, str_get(&usage));
            str_addc(out, '\n');
        }
    }
    str_add(
        out,
        ".SH FILES\n$XDG_CONFIG_HOME/lathe/latherc: commands run at the start.\n.br\n$XDG_STATE_HOME/lathe: "
        "history and "
        "sessions.\n.SH ENVIRONMENT\nLATHE_PLUGIN_PATH: folders with modules, separated by colons. LATHE_GNUPLOT: "
        "the "
        "gnuplot program. NO_COLOR: no colours.\n.SH SEE ALSO\nThe guide and the references in the documentation "
        "folder.\n");
    str_done(&usage);
}

bool help_document(struct engine *en, const char *which, struct str *out)
{
    if (str_eq(which, "commands"))
        commands_markdown(en, out);
    else if (str_eq(which, "parameters"))
        parameters_markdown(out);
    else if (str_eq(which, "json"))
        json_markdown(out);
    else if (str_starts(which, "man:"))
        man(en, which + 4, out);
    else
        return false;
    return true;
}

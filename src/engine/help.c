/* help: views made from rows. */
#include "engine/help.h"

#include <string.h>

#include "base/str.h"
#include "engine/help_text.h"
#include "num/metrics.h"

struct view *help_overview(struct engine *en)
{
    static const struct view_column columns[] = {{"verb", "", CELL_TEXT, 0}, {"summary", "", CELL_TEXT, 0}};
    struct view_list items = {0};
    view_list_add(
        &items, view_text("help", "",
                          "`help VERB` tells more, `example VERB` shows it at work, Tab completes. A first tour: "
                          "`load titanic`, `describe`, `target survived`, `split test=0.25`, `train logistic`, "
                          "`train forest`, `eval`, `roc`."));
    for (size_t g = 0; g < help_groups(); g++) {
        const char *title, *group = help_group(g, &title);
        struct view *t = view_table_new("verbs", title, columns, 2);
        for (size_t i = 0; i < engine_commands(en); i++) {
            const struct command *c = engine_command_at(en, i);
            if (!str_eq(c->group, group) || (c->flags & COMMAND_HIDDEN))
                continue;
            size_t r = view_row(t);
            view_cell_text(t, r, 0, c->name);
            view_cell_text(t, r, 1, c->summary);
            view_row_follow(t, r, "help %s", c->name);
        }
        if (t->table->n_rows)
            view_list_add(&items, t);
        else
            view_unref(t);
    }
    return view_report("help", "lathe: verbs", &items);
}

/* ---- one thing --------------------------------------------------------------------------------------------- */

static struct view *rows_table(const char *title, const struct lt_param *rows, size_t stride, uint32_t n)
{
    static const struct view_column columns[] = {
        {"name", NULL, CELL_TEXT, 0},    {"type", NULL, CELL_TEXT, 0},    {"default", NULL, CELL_TEXT, 0},
        {"allowed", NULL, CELL_TEXT, 0}, {"meaning", NULL, CELL_TEXT, 0},
    };
    struct view *t = view_table_new("parameters", title, columns, 5);
    for (uint32_t i = 0; i < n; i++) {
        const struct lt_param *p = param_at(rows, stride, i);
        struct str s = STR_INIT;
        size_t r = view_row(t);
        view_cell_textf(t, r, 0, "%s%s%s%s", p->name, p->aliases ? " (" : "", p->aliases ? p->aliases : "",
                        p->aliases ? ")" : "");
        view_cell_text(t, r, 1, param_type_word(p));
        view_cell_text(t, r, 2, p->def ? p->def : p->flags & LT_REQUIRED ? "needed" : "");
        param_range(p, &s);
        view_cell_text(t, r, 3, str_get(&s));
        view_cell_text(t, r, 4, p->doc);
        str_done(&s);
    }
    return t;
}

static struct view *help_command(const struct command *c)
{
    struct view_list items = {0};
    struct str s = STR_INIT;
    str_add(&s, "`");
    help_usage(&s, c);
    str_add(&s, "`\n\n");
    help_sentence(&s, c->summary);
    if (c->aliases) {
        str_add(&s, " Also called ");
        help_words(&s, c->aliases);
        str_addc(&s, '.');
    }
    str_addc(&s, '\n');
    if (c->doc)
        str_printf(&s, "\n%s\n", c->doc);
    view_list_add(&items, view_text("help", "", str_get(&s)));
    if (c->n_args)
        view_list_add(&items, rows_table("What it takes", c->args, sizeof *c->args, c->n_args));
    str_clear(&s);
    for (const struct command_example *x = c->examples; x && x->line; x++)
        str_printf(&s, "    %s%s%s\n        %s\n", x->setup ? x->setup : "", x->setup ? "; " : "", x->line,
                   x->remark);
    if (s.len)
        view_list_add(&items, view_text("examples", "Examples", str_get(&s)));
    str_done(&s);
    return view_report("help", c->name, &items);
}

static struct view *help_algo(const struct algo *a)
{
    struct view_list items = {0};
    struct str s = STR_INIT, tasks = STR_INIT, traits = STR_INIT;
    algo_tasks(a, &tasks);
    algo_traits(a, &traits);
    str_printf(&s, "`train %s [y ~ a + b] [name=value …] [as NAME]`\n\n", a->d.id);
    help_sentence(&s, a->d.summary);
    str_printf(&s, "\n\nFor %s. One step is one %s. ", str_get(&tasks), a->d.unit ? a->d.unit : "step");
    help_sentence(&s, str_get(&traits));
    str_printf(&s, "\n\n%s\n", a->d.doc);
    if (a->d.reference)
        str_printf(&s, "\nReference: %s\n", a->d.reference);
    view_list_add(&items, view_text("help", "", str_get(&s)));
    if (a->d.n_params)
        view_list_add(&items, rows_table("Parameters", a->d.params, a->d.param_size, a->d.n_params));
    str_done(&s);
    str_done(&tasks);
    str_done(&traits);
    return view_report("help", a->d.name, &items);
}

static struct view *help_metric(int i)
{
    const struct metric *m = &metric_table[i];
    struct str s = STR_INIT;
    str_printf(&s, "**%s**: %s.\n\n%s\n\n%s %s is better.", m->name, m->title, m->formula, m->reading,
               m->higher_is_better ? "Higher" : "Lower");
    struct view *v = view_text("help", m->name, str_get(&s));
    str_done(&s);
    return v;
}

static struct view *help_row(const struct lt_param *p, const char *of)
{
    struct str s = STR_INIT, range = STR_INIT;
    param_range(p, &range);
    str_printf(&s, "**%s** of %s: %s.\n\n%s", p->name, of, p->doc, param_type_word(p));
    if (range.len)
        str_printf(&s, ", %s", str_get(&range));
    if (p->def)
        str_printf(&s, "; default %s", p->def);
    if (p->aliases)
        str_printf(&s, "; also %s", p->aliases);
    struct view *v = view_text("help", p->name, str_get(&s));
    str_done(&s);
    str_done(&range);
    return v;
}

static bool names_all(struct engine *en, const char *word, struct err *e)
{
    const char *names[512];
    int n = 0;
    for (size_t i = 0; i < engine_commands(en) && n < 512; i++)
        if (!(engine_command_at(en, i)->flags & COMMAND_HIDDEN))
            names[n++] = engine_command_at(en, i)->name;
    for (size_t i = 0; i < algo_count() && n < 512; i++)
        names[n++] = algo_at(i)->d.id;
    err_set(e, ERR_NOT_FOUND, "there is no help on '%s'", word);
    err_suggest(e, word, names, n);
    return false;
}

struct view *help_topic(struct engine *en, const char *topic, const char *second, struct err *e)
{
    const struct algo *a = algo_find(second ? second : topic);
    const struct command *c = engine_command_find(en, topic);
    if (second && c && a)
        return help_algo(a);
    if (second) {
        const struct algo *first = algo_find(topic);
        int i = first ? param_find(first->d.params, first->d.param_size, first->d.n_params, second) : -1;
        if (i >= 0)
            return help_row(algo_param(first, (uint32_t)i), first->d.id);
        names_all(en, second, e);
        return NULL;
    }
    if (c)
        return help_command(c);
    if (a)
        return help_algo(a);
    int m = metric_find(topic);
    if (m >= 0)
        return help_metric(m);
    int s = param_find(setting_rows, sizeof *setting_rows, setting_count, topic);
    if (s >= 0)
        return help_row(&setting_rows[s], "the settings");
    names_all(en, topic, e);
    return NULL;
}

/* ---- searching --------------------------------------------------------------------------------------------- */

static bool mentions(const char *text, const char *words)
{
    return text && strcasestr(text, words);
}

size_t help_search(struct engine *en, const char *words, struct view_list *out)
{
    static const struct view_column columns[] = {
        {"topic", NULL, CELL_TEXT, 0}, {"kind", NULL, CELL_TEXT, 0}, {"summary", NULL, CELL_TEXT, 0}};
    struct view *t = view_table_new("help", "Help that mentions it", columns, 3);
    for (size_t i = 0; i < engine_commands(en); i++) {
        const struct command *c = engine_command_at(en, i);
        if ((c->flags & COMMAND_HIDDEN) ||
            !(mentions(c->name, words) || mentions(c->summary, words) || mentions(c->doc, words)))
            continue;
        size_t r = view_row(t);
        view_cell_text(t, r, 0, c->name);
        view_cell_text(t, r, 1, "verb");
        view_cell_text(t, r, 2, c->summary);
        view_row_follow(t, r, "help %s", c->name);
    }
    for (size_t i = 0; i < algo_count(); i++) {
        const struct lt_algo *d = &algo_at(i)->d;
        if (!(mentions(d->id, words) || mentions(d->name, words) || mentions(d->summary, words) ||
              mentions(d->doc, words)))
            continue;
        size_t r = view_row(t);
        view_cell_text(t, r, 0, d->id);
        view_cell_text(t, r, 1, "algorithm");
        view_cell_text(t, r, 2, d->summary);
        view_row_follow(t, r, "help %s", d->id);
    }
    for (size_t i = 0; i < algo_count(); i++) {
        const struct lt_algo *d = &algo_at(i)->d;
        int k = param_find(d->params, d->param_size, d->n_params, words);
        if (k < 0)
            continue;
        const struct lt_param *p = algo_param(algo_at(i), (uint32_t)k);
        size_t r = view_row(t);
        view_cell_textf(t, r, 0, "%s %s", d->id, p->name);
        view_cell_text(t, r, 1, "parameter");
        view_cell_text(t, r, 2, p->doc);
        view_row_follow(t, r, "help %s %s", d->id, p->name);
    }
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric *m = &metric_table[i];
        if (!(mentions(m->name, words) || mentions(m->title, words) || mentions(m->reading, words)))
            continue;
        size_t r = view_row(t);
        view_cell_text(t, r, 0, m->name);
        view_cell_text(t, r, 1, "metric");
        view_cell_text(t, r, 2, m->title);
        view_row_follow(t, r, "help %s", m->name);
    }
    size_t n = t->table->n_rows;
    if (n)
        view_list_add(out, t);
    else
        view_unref(t);
    return n;
}

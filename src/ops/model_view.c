/* model_view: lists, summaries and loss curves of models. */
#include "ops/model_view.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/str.h"
#include "host/update.h"
#include "host/ensemble.h"

static const char *task_word(enum lt_task t)
{
    switch (t) {
    case LT_CLASSIFY:
        return "classification";
    case LT_REGRESS:
        return "regression";
    case LT_CLUSTER:
        return "clustering";
    case LT_TRANSFORM:
        return "transformation";
    case LT_ANOMALY:
        return "anomaly detection";
    default:
        return "other";
    }
}

/* "forest, knn": the members of an ensemble. */
static void members_text(const struct ensemble_options *s, struct str *out)
{
    for (size_t i = 0; i < s->n; i++)
        str_printf(out, "%s%s", i ? ", " : "", s->member[i].name);
}

void model_title(const struct model *m, struct str *out)
{
    const struct ensemble_options *s = model_ensemble(m);
    const char *name = model_algo(m)->d.name;
    if (!s) {
        str_add(out, name);
        return;
    }
    const char *kind = ensemble_kind_word(s->kind);
    str_printf(out, "%c%s of ", kind[0] - 'a' + 'A', kind + 1);
    members_text(s, out);
    if (s->kind != ENSEMBLE_VOTE)
        str_printf(out, " by %s", name);
}

/* The parameters that were given; of an ensemble its members first. */
static void parameters_text(const struct model *m, struct str *out)
{
    const struct ensemble_options *s = model_ensemble(m);
    if (s) {
        members_text(s, out);
        str_printf(out, s->kind == ENSEMBLE_VOTE ? " " : " by %s ", model_algo(m)->d.id);
    }
    model_params_text(m, false, out);
}

struct view *models_view(const struct model_row *rows, size_t n)
{
    static const struct view_column columns[] = {
        {"model", NULL, CELL_TEXT, 0},  {"algo", NULL, CELL_TEXT, 0},      {"task", NULL, CELL_TEXT, 0},
        {"target", NULL, CELL_TEXT, 0}, {"on", "table", CELL_TEXT, 0},     {"rows", NULL, CELL_INT, 0},
        {"steps", NULL, CELL_INT, 0},   {"fit_s", "fit", CELL_SECONDS, 0}, {"parameters", NULL, CELL_TEXT, 0},
    };
    struct view *v = view_table_new("models", "Models", columns, sizeof columns / sizeof *columns);
    struct str s = STR_INIT;
    for (size_t i = 0; i < n; i++) {
        const struct model *m = rows[i].model;
        size_t r = view_row(v);
        str_clear(&s);
        parameters_text(m, &s);
        view_cell_text(v, r, 0, rows[i].name);
        view_cell_text(v, r, 1, model_kind(m));
        view_cell_text(v, r, 2, task_word(model_task(m)));
        view_cell_text(v, r, 3, model_target(m));
        view_cell_text(v, r, 4, rows[i].home[0] ? rows[i].home : NULL);
        view_cell_int(v, r, 5, (int64_t)model_rows(m));
        view_cell_int(v, r, 6, (int64_t)model_units(m));
        view_cell_real(v, r, 7, model_fit_seconds(m));
        view_cell_text(v, r, 8, str_get(&s));
        view_row_follow(v, r, "show %s", rows[i].name);
    }
    if (n == 0)
        view_set_caption(v, "no model yet: `train logistic`");
    str_done(&s);
    return v;
}

static void fact(struct view *v, const char *name, const char *value)
{
    size_t r = view_row(v);
    view_cell_text(v, r, 0, name);
    view_cell_text(v, r, 1, value);
}

static void add_notes(struct view *v, const struct model *m)
{
    const char *const *notes;
    size_t n = model_notes(m, &notes);
    for (size_t i = 0; i < n; i++)
        view_add_note(v, VIEW_INFO, "%s", notes[i]);
}

/* What makes "trees", "passes" and "batches" of "tree", "pass" and "batch" (and "epochs"). */
static const char *plural(const char *unit)
{
    return unit && (str_ends(unit, "s") || str_ends(unit, "tch")) ? "es" : "s";
}

struct view *model_summary_view(const struct model *m, const char *name)
{
    static const struct view_column columns[] = {{"fact", "", CELL_TEXT, 0}, {"value", "", CELL_TEXT, 0}};
    const struct lt_algo *a = &model_algo(m)->d;
    struct view *v = view_table_new("model", "", columns, 2);
    struct str s = STR_INIT;

    model_title(m, &s);
    v->title = arena_printf(v->arena, "%s: %s", name, str_get(&s));
    str_clear(&s);
    fact(v, "task", task_word(model_task(m)));
    if (model_target(m))
        fact(v, "target", model_target(m));
    size_t more, updates = model_updates(m, &more);
    str_printf(&s, "%zu of %s", model_rows(m) - more, model_table(m));
    if (updates)
        str_printf(&s, ", and %zu more in %zu update%s", more, updates, updates == 1 ? "" : "s");
    fact(v, "rows", str_get(&s));
    str_clear(&s);
    str_printf(&s, "%llu%s", (unsigned long long)model_units(m),
               model_is_partial(m) ? " (stopped before the end)" : "");
    fact(v, arena_printf(v->arena, "%s%s", a->unit ? a->unit : "step", plural(a->unit)), str_get(&s));
    str_clear(&s);
    model_params_text(m, true, &s);
    if (s.len)
        fact(v, "parameters", str_get(&s));
    str_clear(&s);
    str_printf(&s, "%llu", (unsigned long long)model_seed(m));
    fact(v, "seed", str_get(&s));
    str_done(&s);
    add_notes(v, m);
    return v;
}

struct view *trained_view(const struct model *m, const char *name, size_t dropped, uint64_t max_units)
{
    const struct lt_algo *a = &model_algo(m)->d;
    struct str s = STR_INIT, time = STR_INIT;
    unsigned long long units = (unsigned long long)model_units(m);
    bool asked = max_units && model_units(m) >= max_units;
    const struct lt_column *columns;
    size_t p = model_ensemble(m) ? model_inputs(m) : recipe_outputs(model_recipe(m), &columns);

    if (!isnan(model_fit_seconds(m)))
        number_seconds(&time, model_fit_seconds(m));
    str_printf(&s, "%s %s: ", model_is_partial(m) && !asked ? "stopped" : "trained", name);
    model_title(m, &s);
    str_printf(&s, " on %zu row%s, %zu column%s", model_rows(m), model_rows(m) == 1 ? "" : "s", p,
               p == 1 ? "" : "s");
    if (a->unit && units > 1)
        str_printf(&s, ", %llu %s%s", units, a->unit, plural(a->unit));
    if (time.len)
        str_printf(&s, ", in %s", str_get(&time));
    if (model_is_partial(m) && !asked)
        str_add(&s, "; it can be used as it is");
    struct view *v = view_note(model_is_partial(m) && !asked ? VIEW_WARNING : VIEW_GOOD, "%s", str_get(&s));
    add_notes(v, m);
    if (dropped)
        view_add_note(v, VIEW_WARNING, "%zu row%s without %s %s left out", dropped, dropped == 1 ? "" : "s",
                      model_target(m), dropped == 1 ? "is" : "are");
    str_done(&s);
    str_done(&time);
    return v;
}

/* The metric that all share, preferring losses. */
static const struct model_curve *curve_named(const struct model *m, const char *name)
{
    const struct model_curve *c;
    size_t n = model_curves(m, &c);
    for (size_t i = 0; i < n; i++)
        if (str_eq(c[i].name, name))
            return &c[i];
    return NULL;
}

struct view *loss_view(const struct model *const *models, const char *const *names, size_t n, struct err *e)
{
    struct view *v = view_plot_new("loss", n == 1 ? "Loss" : "Loss of the models");
    struct str twin = STR_INIT;
    size_t drawn = 0;
    for (size_t i = 0; i < n; i++) {
        const struct model_curve *c;
        size_t k = model_curves(models[i], &c);
        for (size_t j = 0; j < k; j++) {
            if (c[j].n < 2 || str_starts(c[j].name, PREQUENTIAL))
                continue; /* those are over rows; `show` draws them */
            const char *label =
                n == 1 ? c[j].name
                       : arena_printf(v->arena, "%s%s%s", names[i], k > 1 ? " " : "", k > 1 ? c[j].name : "");
            view_plot_add(
                v,
                &(struct plot_series){
                    .mark = PLOT_LINE, .name = label, .n = c[j].n, .x = c[j].unit, .y = c[j].value, .style = -1});
            const char *unit = model_algo(models[i])->d.unit;
            str_printf(&twin, "%s%s %s from %.5g to %.5g over %.0f %s%s", drawn ? "; " : "", names[i], c[j].name,
                       c[j].value[0], c[j].value[c[j].n - 1], c[j].unit[c[j].n - 1], unit ? unit : "step",
                       plural(unit));
            drawn++;
        }
    }
    if (!drawn) {
        view_unref(v);
        str_done(&twin);
        err_set(e, ERR_INPUT, "no loss was reported while %s was trained",
                n == 1 ? names[0] : "these models were");
        err_hint(e, "learners that improve step by step have one: net, gbm, logistic");
        return NULL;
    }
    view_plot_axes(v, n == 1 && model_algo(models[0])->d.unit ? model_algo(models[0])->d.unit : "step",
                   n == 1 && curve_named(models[0], "loss") ? "loss" : "");
    view_plot_twin(v, "%s.", str_get(&twin));
    str_done(&twin);
    return v;
}

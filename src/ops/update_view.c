#include "ops/update_view.h"

#include <math.h>

#include "base/mem.h"
#include "base/str.h"

struct view *updated_view(const struct model *m, const char *name, const struct update_facts *f)
{
    struct str s = STR_INIT;
    size_t more;
    size_t updates = model_updates(m, &more);
    str_printf(&s, "%s %s: %zu row%s more of %s, %zu in all", f->stopped ? "stopped" : "updated", name, f->learned,
               f->learned == 1 ? "" : "s", f->from, model_rows(m));
    if (!isnan(f->score))
        str_printf(&s, "; %s %.4g on them before they were learned",
                   model_task(m) == LT_CLASSIFY ? "accuracy" : "rmse", f->score);
    struct view *v = view_note(f->stopped ? VIEW_WARNING : VIEW_GOOD, "%s", str_get(&s));
    view_add_note(v, VIEW_INFO,
                  "%zu row%s in %zu update%s since the training; what is filled in, levels and scales are "
                  "still those of the training",
                  more, more == 1 ? "" : "s", updates, updates == 1 ? "" : "s");
    if (f->dropped)
        view_add_note(v, VIEW_WARNING, "%zu rows without %s are left out", f->dropped, model_target(m));
    if (f->unseen)
        view_add_note(v, VIEW_WARNING, "%zu value%s never seen in training and counted as missing", f->unseen,
                      f->unseen == 1 ? " was" : "s were");
    str_done(&s);
    return v;
}

static const struct model_curve *curve_to_show(const struct model *m)
{
    const struct model_curve *c;
    size_t n = model_curves(m, &c);
    for (size_t i = 0; i < n; i++)
        if (str_eq(c[i].name, PREQUENTIAL "accuracy") || str_eq(c[i].name, PREQUENTIAL "rmse"))
            return &c[i];
    return NULL;
}

/* The mean over all rows up to each point; of squares for rmse. Batches lie between the rows they end at. */
static void running(const struct model_curve *c, bool squares, double *mean)
{
    double sum = 0, before = 0;
    for (size_t i = 0; i < c->n; i++) {
        double rows = c->unit[i] - before;
        sum += rows * (squares ? c->value[i] * c->value[i] : c->value[i]);
        before = c->unit[i];
        mean[i] = squares ? sqrt(sum / before) : sum / before;
    }
}

struct view *prequential_view(const struct model *m, const char *name)
{
    const struct model_curve *c = curve_to_show(m);
    if (!c || c->n < 2)
        return NULL;
    bool squares = str_eq(c->name, PREQUENTIAL "rmse");
    const char *metric = squares ? "rmse" : "accuracy";
    double *mean = mem_alloc(c->n * sizeof *mean);
    running(c, squares, mean);
    struct view *v = view_plot_new("prequential", "");
    v->title = arena_printf(v->arena, "%s: batches judged before they were learned", name);
    view_plot_add(v,
                  &(struct plot_series){
                      .mark = PLOT_POINTS, .name = "batch", .n = c->n, .x = c->unit, .y = c->value, .style = -1});
    view_plot_add(v,
                  &(struct plot_series){
                      .mark = PLOT_LINE, .name = "all so far", .n = c->n, .x = c->unit, .y = mean, .style = -1});
    view_plot_axes(v, "rows judged since the training", metric);
    view_plot_twin(v, "%s: prequential %s %.4g on the first batch, %.4g on the last, %.4g over %.0f rows.", name,
                   metric, c->value[0], c->value[c->n - 1], mean[c->n - 1], c->unit[c->n - 1]);
    mem_free(mean);
    return v;
}

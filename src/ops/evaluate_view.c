/* evaluate_view: what evaluations look like: metrics table, confusion matrix, curves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/curve.h"
#include "num/sort.h"
#include "ops/evaluate.h"

#define CURVE_POINTS 400

/* ---- metrics ----------------------------------------------------------------------------------------------- */

/* Order of evaluations, best first by the main metric; undefined values last, ties as they came. */
static void best_first(const struct evaluation *ev, size_t n, enum metric_id by, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        double v = ev[i].metric[by] * (metric_table[by].higher_is_better ? 1 : -1);
        size_t at = i;
        for (; at > 0; at--) {
            double w = ev[order[at - 1]].metric[by] * (metric_table[by].higher_is_better ? 1 : -1);
            if (!(v > w || (isnan(w) && !isnan(v))))
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

struct view *metrics_view(const struct evaluation *ev, size_t n)
{
    enum metric_id shown[METRIC_COUNT];
    enum lt_task task = model_task(ev[0].model);
    size_t k = evaluate_shown(task, shown);
    enum metric_id by = evaluate_main_metric(task, ev[0].pred.k);
    struct view_column columns[METRIC_COUNT + 6] = {{"model", NULL, CELL_TEXT, 0},
                                                    {"algo", NULL, CELL_TEXT, 0},
                                                    {"on", NULL, CELL_TEXT, 0},
                                                    {"n", NULL, CELL_INT, 0}};
    for (size_t j = 0; j < k; j++)
        columns[4 + j] = (struct view_column){metric_table[shown[j]].name, NULL,
                                              task == LT_REGRESS ? CELL_REAL : CELL_SCORE, 5};
    columns[4 + k] = (struct view_column){"fit_s", "fit", CELL_SECONDS, 0};
    columns[5 + k] = (struct view_column){"predict_s", "predict", CELL_SECONDS, 0};

    struct view *v = view_table_new("metrics", "Scores", columns, 6 + k);
    size_t *order = mem_zero(n, sizeof *order);
    best_first(ev, n, by, order);
    for (size_t i = 0; i < n; i++) {
        const struct evaluation *m = &ev[order[i]];
        size_t r = view_row(v);
        view_cell_text(v, r, 0, m->name);
        view_cell_text(v, r, 1, model_kind(m->model));
        view_cell_text(v, r, 2, m->on);
        view_cell_int(v, r, 3, (int64_t)m->n);
        for (size_t j = 0; j < k; j++)
            view_cell_real(v, r, 4 + j, m->metric[shown[j]]);
        view_cell_real(v, r, 4 + k, model_fit_seconds(m->model));
        view_cell_real(v, r, 5 + k, m->pred.seconds);
        view_row_follow(v, r, "show %s", m->name);
        if (i == 0 && n > 1)
            view_row_level(v, r, 1);
        if (m->dropped)
            view_add_note(v, VIEW_WARNING, "%s: %zu rows without a known %s are left out", m->name, m->dropped,
                          m->by ? m->by->target : model_target(m->model));
        if (m->pred.unseen)
            view_add_note(v, VIEW_WARNING, "%s: %zu value%s never seen in training and counted as missing",
                          m->name, m->pred.unseen, m->pred.unseen == 1 ? " was" : "s were");
    }
    if (ev[0].by)
        view_set_caption(v, "how well high scores find %s = %s", ev[0].by->target,
                         dictionary_word(ev[0].by->classes, ev[0].by->positive));
    mem_free(order);
    return v;
}

/* ---- confusion --------------------------------------------------------------------------------------------- */

void confusion_views(const struct evaluation *ev, struct view_list *out)
{
    const char *const *names;
    size_t k = model_classes(ev->model, &names);
    double *count = mem_zero(k * k, sizeof *count), *share = mem_zero(k * k, sizeof *share);
    confusion_counts(ev->n, (int)k, ev->truth, ev->pred.label, NULL, count);

    struct view_column *columns = mem_zero(k + 2, sizeof *columns);
    columns[0] = (struct view_column){"truth", "truth \\ predicted", CELL_TEXT, 0};
    for (size_t j = 0; j < k; j++)
        columns[j + 1] = (struct view_column){names[j], NULL, CELL_INT, 0};
    columns[k + 1] = (struct view_column){"recall", NULL, CELL_PERCENT, 0};
    struct view *t = view_table_new("confusion", "", columns, k + 2);
    t->title = arena_printf(t->arena, "Confusion of %s on %s", ev->name, ev->on);

    struct view *p = view_plot_new("confusion", t->title);
    const char **labels = mem_zero(k * k, sizeof *labels);
    double right = 0, total = 0;
    for (size_t i = 0; i < k; i++) {
        double row = 0;
        size_t r = view_row(t);
        for (size_t j = 0; j < k; j++)
            row += count[i * k + j];
        view_cell_text(t, r, 0, names[i]);
        for (size_t j = 0; j < k; j++) {
            view_cell_int(t, r, j + 1, (int64_t)count[i * k + j]);
            share[i * k + j] = row > 0 ? count[i * k + j] / row : (double)NAN;
            labels[i * k + j] = arena_printf(p->arena, "%.0f", count[i * k + j]);
        }
        view_cell_real(t, r, k + 1, row > 0 ? count[i * k + i] / row : (double)NAN);
        right += count[i * k + i];
        total += row;
    }
    view_set_caption(t, "rows are the truth, columns what was predicted; %.0f of %.0f are right", right, total);
    view_plot_axes(p, "predicted", "truth");
    view_plot_heat(p, &(struct plot_heat){.rows = k,
                                          .cols = k,
                                          .value = share,
                                          .row_labels = names,
                                          .col_labels = names,
                                          .cell_labels = labels,
                                          .low = 0,
                                          .high = 1});
    view_plot_twin(p, "Confusion matrix of %s: %.0f of %.0f rows are predicted right.", ev->name, right, total);
    view_set_caption(p, "shade: share of the row");
    view_list_add(out, t);
    view_list_add(out, p);
    mem_free(columns);
    mem_free(count);
    mem_free(share);
    mem_free(labels);
}

/* ---- curves ------------------------------------------------------------------------------------------------ */

struct curve_buffers {
    double *a, *b, *t, *score;
    uint8_t *truth;
    void *work;
};

static bool buffers_make(struct curve_buffers *c, size_t n, struct err *e)
{
    c->a = mem_bulk(n + 2, sizeof(double), e);
    c->b = mem_bulk(n + 2, sizeof(double), e);
    c->t = mem_bulk(n + 2, sizeof(double), e);
    c->score = mem_bulk(n + 2, sizeof(double), e);
    c->truth = mem_bulk(n + 2, 1, e);
    c->work = mem_bulk(sort_order_work(n) + 64, 1, e);
    return c->a && c->b && c->t && c->score && c->truth && c->work;
}

static void buffers_done(struct curve_buffers *c)
{
    mem_bulk_free(c->a);
    mem_bulk_free(c->b);
    mem_bulk_free(c->t);
    mem_bulk_free(c->score);
    mem_bulk_free(c->truth);
    mem_bulk_free(c->work);
}

/* Classes of the truth, and the one that curves of two classes are about. */
static size_t classes_of(const struct evaluation *ev, const char *const **names)
{
    if (!ev->by)
        return model_classes(ev->model, names);
    *names = dictionary_words(ev->by->classes);
    return dictionary_size(ev->by->classes);
}

static int positive_of(const struct evaluation *ev)
{
    return ev->by ? ev->by->positive : model_positive(ev->model);
}

static const char *target_of(const struct evaluation *ev)
{
    return ev->by ? ev->by->target : model_target(ev->model);
}

static void one_against_rest(const struct evaluation *ev, int32_t class, struct curve_buffers *c)
{
    for (size_t i = 0; i < ev->n; i++) {
        c->truth[i] = ev->truth[i] == class;
        c->score[i] = ev->pred.proba ? ev->pred.proba[i * ev->pred.k + (size_t) class] : ev->pred.value[i];
    }
}

static bool curves_apply(const struct evaluation *ev, size_t n, const char *what, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (model_task(ev[i].model) == LT_REGRESS) {
            err_set(e, ERR_INPUT, "%s is drawn of classifiers, and '%s' predicts numbers", what, ev[i].name);
            return err_hint(e, "for numbers there is: residuals");
        }
    return true;
}

/* Adds one curve, thinned; returns nothing. */
typedef size_t curve_fn(size_t n, const double *score, const uint8_t *truth, double *x, double *y,
                        double *threshold, void *work);

static bool add_curves(struct view *v, const struct evaluation *ev, size_t n, curve_fn *curve, enum plot_mark mark,
                       enum metric_id metric, bool swap, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        const char *const *names;
        size_t k = classes_of(&ev[i], &names);
        struct curve_buffers c = {0};
        if (!buffers_make(&c, ev[i].n, e)) {
            buffers_done(&c);
            return false;
        }
        /* Two classes: the positive one. More: each against the rest when one model is drawn, else their mean score. */
        bool each = k > 2 && n == 1;
        for (size_t j = 0; j < (each ? k : 1); j++) {
            int32_t class = k == 2 ? positive_of(&ev[i]) : (int32_t)j;
            if (k > 2 && !each)
                continue;
            one_against_rest(&ev[i], class, &c);
            size_t points = curve(ev[i].n, c.score, c.truth, c.a, c.b, c.t, c.work);
            double *x = swap ? c.b : c.a, *y = swap ? c.a : c.b;
            points = curve_thin(points, x, y, CURVE_POINTS);
            const char *label = each ? arena_printf(v->arena, "%s: %s", ev[i].name, names[j])
                                     : arena_printf(v->arena, "%s  %s %.3f", ev[i].name, metric_table[metric].name,
                                                    ev[i].metric[metric]);
            view_plot_add(
                v, &(struct plot_series){.mark = mark, .name = label, .n = points, .x = x, .y = y, .style = -1});
        }
        if (k > 2 && !each) { /* micro-average: every (row, class) pair is one decision */
            struct curve_buffers m = {0};
            size_t all = ev[i].n * k;
            if (!buffers_make(&m, all, e)) {
                buffers_done(&m);
                buffers_done(&c);
                return false;
            }
            for (size_t r = 0; r < ev[i].n; r++)
                for (size_t j = 0; j < k; j++) {
                    m.truth[r * k + j] = (size_t)ev[i].truth[r] == j;
                    m.score[r * k + j] = ev[i].pred.proba[r * k + j];
                }
            size_t points = curve(all, m.score, m.truth, m.a, m.b, m.t, m.work);
            double *x = swap ? m.b : m.a, *y = swap ? m.a : m.b;
            points = curve_thin(points, x, y, CURVE_POINTS);
            view_plot_add(v, &(struct plot_series){
                                 .mark = mark, .name = ev[i].name, .n = points, .x = x, .y = y, .style = -1});
            buffers_done(&m);
        }
        buffers_done(&c);
    }
    return true;
}

static void say_best(struct view *v, const struct evaluation *ev, size_t n, enum metric_id metric,
                     const char *what)
{
    struct str s = STR_INIT;
    for (size_t i = 0; i < n; i++)
        str_printf(&s, "%s%s %.4f", i ? ", " : "", ev[i].name, ev[i].metric[metric]);
    view_plot_twin(v, "%s: %s.", what, str_get(&s));
    str_done(&s);
}

static const char *positive_name(const struct evaluation *ev)
{
    const char *const *names;
    classes_of(ev, &names);
    return names[positive_of(ev)];
}

struct view *roc_view(const struct evaluation *ev, size_t n, struct err *e)
{
    static const double diagonal[] = {0, 1};
    if (!curves_apply(ev, n, "a ROC curve", e))
        return NULL;
    struct view *v = view_plot_new("roc", "ROC");
    view_plot_axes(v, "false positive rate", "true positive rate");
    v->plot->square = true;
    v->plot->key = PLOT_KEY_BOTTOM_RIGHT;
    v->plot->x.max = v->plot->y.max = 1;
    view_plot_add(
        v, &(struct plot_series){
               .mark = PLOT_RULE, .name = "", .n = 2, .x = diagonal, .y = diagonal, .style = PLOT_STYLE_GUIDE});
    if (!add_curves(v, ev, n, curve_roc, PLOT_LINE, METRIC_AUC, false, e)) {
        view_unref(v);
        return NULL;
    }
    if (ev->pred.k == 2)
        view_set_caption(v, "positive: %s = %s; on %s, %zu rows", target_of(ev), positive_name(ev), ev->on, ev->n);
    else
        view_set_caption(v,
                         n == 1 ? "each class against the rest; on %s, %zu rows"
                                : "micro-average over the classes; on %s, %zu rows",
                         ev->on, ev->n);
    say_best(v, ev, n, METRIC_AUC, "Area under the ROC curve");
    return v;
}

struct view *pr_view(const struct evaluation *ev, size_t n, struct err *e)
{
    if (!curves_apply(ev, n, "a precision-recall curve", e))
        return NULL;
    struct view *v = view_plot_new("pr", "Precision and recall");
    view_plot_axes(v, "recall", "precision");
    v->plot->x.max = v->plot->y.max = 1;
    v->plot->key = PLOT_KEY_AUTO;
    if (!add_curves(v, ev, n, curve_pr, PLOT_LINE, METRIC_AP, true, e)) {
        view_unref(v);
        return NULL;
    }
    if (ev->pred.k == 2)
        view_set_caption(v, "positive: %s = %s; on %s, %zu rows", target_of(ev), positive_name(ev), ev->on, ev->n);
    say_best(v, ev, n, METRIC_AP, "Average precision");
    return v;
}

struct view *calibration_view(const struct evaluation *ev, size_t n, struct err *e)
{
    static const double diagonal[] = {0, 1};
    if (!curves_apply(ev, n, "a calibration curve", e))
        return NULL;
    if (ev->pred.k != 2) {
        err_set(e, ERR_INPUT, "a calibration curve is drawn for two classes, and %s has %zu",
                model_target(ev->model), ev->pred.k);
        return NULL;
    }
    struct view *v = view_plot_new("calibration", "Calibration");
    view_plot_axes(v, "predicted probability", "share that came true");
    v->plot->square = true;
    v->plot->x.max = v->plot->y.max = 1;
    v->plot->key = PLOT_KEY_TOP_LEFT;
    view_plot_add(
        v, &(struct plot_series){
               .mark = PLOT_RULE, .name = "", .n = 2, .x = diagonal, .y = diagonal, .style = PLOT_STYLE_GUIDE});
    for (size_t i = 0; i < n; i++) {
        struct curve_buffers c = {0};
        double mean[10], share[10], count[10];
        if (!buffers_make(&c, ev[i].n, e)) {
            buffers_done(&c);
            view_unref(v);
            return NULL;
        }
        one_against_rest(&ev[i], model_positive(ev[i].model), &c);
        size_t bins = curve_calibration(ev[i].n, c.score, c.truth, 10, mean, share, count);
        const char *label = arena_printf(v->arena, "%s  brier %.3f", ev[i].name, ev[i].metric[METRIC_BRIER]);
        view_plot_add(v, &(struct plot_series){
                             .mark = PLOT_LINE, .name = label, .n = bins, .x = mean, .y = share, .style = -1});
        buffers_done(&c);
    }
    view_set_caption(v, "on the diagonal a 70 %% means 7 of 10; %s = %s on %s", model_target(ev->model),
                     positive_name(ev), ev->on);
    say_best(v, ev, n, METRIC_BRIER, "Brier score");
    return v;
}

struct view *residuals_view(const struct evaluation *ev, size_t n, struct err *e)
{
    static const double zero[] = {0};
    struct view *v;
    for (size_t i = 0; i < n; i++)
        if (model_task(ev[i].model) != LT_REGRESS) {
            err_set(e, ERR_INPUT, "residuals are drawn of regressions, and '%s' predicts classes", ev[i].name);
            err_hint(e, "for classes there are: confusion, roc, calibration");
            return NULL;
        }
    v = view_plot_new("residuals", "Residuals");
    view_plot_axes(v, "predicted", "truth minus predicted");
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_RULE, .name = "", .n = 1, .y = zero, .style = PLOT_STYLE_GUIDE});
    for (size_t i = 0; i < n; i++) {
        double *r = mem_bulk(ev[i].n + 1, sizeof *r, e);
        if (!r) {
            view_unref(v);
            return NULL;
        }
        for (size_t k = 0; k < ev[i].n; k++)
            r[k] = ev[i].y[k] - ev[i].pred.value[k];
        view_plot_add(v, &(struct plot_series){.mark = PLOT_POINTS,
                                               .name = ev[i].name,
                                               .n = ev[i].n,
                                               .x = ev[i].pred.value,
                                               .y = r,
                                               .style = -1});
        mem_bulk_free(r);
    }
    say_best(v, ev, n, METRIC_RMSE, "Root mean squared error");
    return v;
}

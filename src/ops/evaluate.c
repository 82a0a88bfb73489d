/* evaluate: predictions beside the truth, and the metrics of the task. */
#include "ops/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

size_t evaluate_shown(enum lt_task task, enum metric_id out[METRIC_COUNT])
{
    enum metric_task kind = task == LT_REGRESS ? METRIC_REGRESS : METRIC_CLASSIFY;
    size_t n = 0;
    if (task == LT_ANOMALY) { /* scores without a threshold */
        out[0] = METRIC_AUC;
        out[1] = METRIC_AP;
        return 2;
    }
    for (int i = 0; i < METRIC_COUNT; i++)
        if (metric_table[i].task == kind)
            out[n++] = (enum metric_id)i;
    return n;
}

enum metric_id evaluate_main_metric(enum lt_task task, size_t classes)
{
    if (task == LT_REGRESS)
        return METRIC_RMSE;
    return classes == 2 ? METRIC_AUC : METRIC_ACCURACY;
}

bool evaluate_truth(const struct model *m, const struct table *t, const uint32_t *rows, size_t n, int32_t *out,
                    struct err *e)
{
    const char *const *names;
    size_t k = model_classes(m, &names);
    char *target = mem_strdup(model_target(m));
    struct task task = {.kind = TASK_CLASSIFY, .target = target, .classes = dictionary_new(names, k, e)};
    bool good = task.classes && task_labels(&task, t, rows, n, out, e);
    if (task.classes)
        dictionary_unref(task.classes);
    mem_free(target);
    return good;
}

void evaluate_metrics(enum lt_task task, size_t n, int k, const int32_t *truth, const double *y,
                      const struct predictions *pred, int positive, double metric[METRIC_COUNT], struct err *e)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        metric[i] = (double)NAN;
    if (n == 0)
        return;
    if (task == LT_REGRESS) {
        metrics_regress(n, y, pred->value, NULL, metric);
        return;
    }
    void *work = mem_bulk(metrics_work(n, k), 1, e);
    if (work)
        metrics_classify(n, k, truth, pred->label, pred->proba, positive, NULL, metric, work);
    mem_bulk_free(work);
}

/* Keeps the rows whose truth is known; the order stays. */
static bool gather_truth(struct evaluation *ev, const struct table *t, const uint32_t *rows, size_t n,
                         struct err *e)
{
    bool classify = model_task(ev->model) == LT_CLASSIFY;
    int col = table_require(t, model_target(ev->model), e);
    if (col < 0)
        return false;
    ev->rows = mem_bulk(n + 1, sizeof *ev->rows, e);
    ev->truth = classify ? mem_bulk(n + 1, sizeof *ev->truth, e) : NULL;
    ev->y = classify ? NULL : mem_bulk(n + 1, sizeof *ev->y, e);
    if (!ev->rows || !(classify ? (void *)ev->truth : (void *)ev->y))
        return false;
    if (classify && !evaluate_truth(ev->model, t, rows, n, ev->truth, e))
        return false;
    if (!classify)
        column_numbers(table_column(t, (size_t)col), rows, n, ev->y);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (classify ? ev->truth[i] < 0 : isnan(ev->y[i]))
            continue;
        if (classify)
            ev->truth[kept] = ev->truth[i];
        else
            ev->y[kept] = ev->y[i];
        ev->rows[kept++] = rows ? rows[i] : (uint32_t)i;
    }
    ev->n = kept;
    ev->dropped = n - kept;
    if (kept)
        return true;
    err_set(e, ERR_INPUT, "no row here has a value of %s that '%s' knows", model_target(ev->model), ev->name);
    return false;
}

bool evaluate_run(const struct model *m, const char *name, const char *on, const struct table *t,
                  const uint32_t *rows, size_t n, struct progress *p, struct evaluation *out, struct err *e)
{
    *out = (struct evaluation){.name = mem_strdup(name), .model = model_ref(m), .on = on};
    if (!(model_task(m) & (LT_CLASSIFY | LT_REGRESS))) {
        err_set(e, ERR_INPUT, "'%s' has no target to be judged by", name);
        err_hint(e, "`show %s` tells what it found", name);
    } else if (gather_truth(out, t, rows, n, e) && model_predict(m, t, out->rows, out->n, &out->pred, p, e)) {
        evaluate_metrics(model_task(m), out->n, (int)out->pred.k, out->truth, out->y, &out->pred,
                         model_positive(m), out->metric, e);
        return true;
    }
    evaluation_done(out);
    return false;
}

/* Keeps the rows whose class is known. */
static bool gather_classes(struct evaluation *ev, const struct table *t, const uint32_t *rows, size_t n,
                           struct err *e)
{
    size_t kept = 0;
    ev->rows = mem_bulk(n + 1, sizeof *ev->rows, e);
    ev->truth = mem_bulk(n + 1, sizeof *ev->truth, e);
    if (!ev->rows || !ev->truth || table_require(t, ev->by->target, e) < 0 ||
        !task_labels(ev->by, t, rows, n, ev->truth, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (ev->truth[i] >= 0) {
            ev->truth[kept] = ev->truth[i];
            ev->rows[kept++] = rows ? rows[i] : (uint32_t)i;
        }
    ev->n = kept;
    ev->dropped = n - kept;
    return kept || err_set(e, ERR_INPUT, "no row here has a value of %s", ev->by->target);
}

static bool rank_scores(struct evaluation *ev, struct err *e)
{
    double *proba = mem_bulk(2 * ev->n + 1, sizeof *proba, e);
    int32_t *label = mem_bulk_zero(ev->n + 1, sizeof *label, e);
    struct predictions ranks = {.n = ev->n, .k = 2, .proba = proba, .label = label};
    int positive = ev->by->positive;
    for (size_t i = 0; proba && label && i < ev->n; i++) /* only their order counts */
        proba[2 * i] = proba[2 * i + 1] = ev->pred.value[i];
    if (proba && label)
        evaluate_metrics(LT_CLASSIFY, ev->n, 2, ev->truth, NULL, &ranks, positive, ev->metric, e);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (i != METRIC_AUC && i != METRIC_AP)
            ev->metric[i] = (double)NAN;
    mem_bulk_free(proba);
    mem_bulk_free(label);
    return proba && label;
}

bool evaluate_anomaly_run(const struct model *m, const char *name, const char *on, const struct table *t,
                          const uint32_t *rows, size_t n, const struct task *by, struct progress *p,
                          struct evaluation *out, struct err *e)
{
    *out = (struct evaluation){.name = mem_strdup(name), .model = model_ref(m), .on = on};
    if (!by || by->kind != TASK_CLASSIFY || dictionary_size(by->classes) != 2) {
        err_set(e, ERR_INPUT, "'%s' gives scores, and there is no target with two classes to judge them by", name);
        err_hint(e, "set one: target COLUMN; or look at the scores: predict %s", name);
    } else {
        out->by = task_ref(by);
        if (gather_classes(out, t, rows, n, e) && model_predict(m, t, out->rows, out->n, &out->pred, p, e) &&
            rank_scores(out, e)) {
            out->pred.k = 2;
            return true;
        }
    }
    evaluation_done(out);
    return false;
}

void evaluation_done(struct evaluation *ev)
{
    if (ev->by)
        task_unref(ev->by);
    mem_free(ev->name);
    if (ev->model)
        model_unref(ev->model);
    mem_bulk_free(ev->rows);
    mem_bulk_free(ev->truth);
    mem_bulk_free(ev->y);
    predictions_done(&ev->pred);
    *ev = (struct evaluation){0};
}

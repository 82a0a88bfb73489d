/* evaluate: how good a model is on some rows: predictions beside the truth, and all metrics of the task. */
#ifndef LATHE_OPS_EVALUATE_H
#define LATHE_OPS_EVALUATE_H

#include "host/model.h"
#include "num/metrics.h"

struct evaluation {
    char *name;              /* of the model; owned */
    struct model *model;     /* held */
    const char *on;          /* "test", "train", "new.csv": static or owned by the caller */
    size_t n;                /* rows that have a truth the model knows */
    uint32_t *rows;          /* of the table; n */
    int32_t *truth;          /* CLASSIFY: class indices of the model */
    double *y;               /* REGRESS */
    struct predictions pred;
    double metric[METRIC_COUNT]; /* NaN where undefined */
    struct task *by;         /* ANOMALY: held; whose two classes the scores are judged by */
    size_t dropped;          /* rows without a truth, or with a class that the model doesn't know */
};

/* rows (or NULL: all) of t. */
bool evaluate_run(const struct model *m, const char *name, const char *on, const struct table *t, const uint32_t *rows,
                  size_t n, struct progress *p, struct evaluation *out, struct err *e);
/* Scores of an anomaly detector (pred.value) against a target with two classes, the positive one of which is what it
 * should find: auc and ap. truth is a class of `by`; pred.k is 2. */
bool evaluate_anomaly_run(const struct model *m, const char *name, const char *on, const struct table *t,
                          const uint32_t *rows, size_t n, const struct task *by, struct progress *p,
                          struct evaluation *out, struct err *e);
void evaluation_done(struct evaluation *ev);

/* Metrics of predictions against the truth, both given. */
void evaluate_metrics(enum lt_task task, size_t n, int k, const int32_t *truth, const double *y,
                      const struct predictions *pred, int positive, double metric[METRIC_COUNT], struct err *e);

/* Which metrics are shown of a task, in order; returns how many. */
size_t evaluate_shown(enum lt_task task, enum metric_id out[METRIC_COUNT]);
/* The metric that models are ranked by: auc, f1 …: auc for two classes, accuracy for more, rmse for numbers. */
enum metric_id evaluate_main_metric(enum lt_task task, size_t classes);

/* The truth as class indices of the model (-1: missing or unknown). */
bool evaluate_truth(const struct model *m, const struct table *t, const uint32_t *rows, size_t n, int32_t *out,
                    struct err *e);

/* ---- views: of n evaluations ------------------------------------------------------------------------------------- */

struct view *metrics_view(const struct evaluation *ev, size_t n); /* id metrics; best first */
/* id confusion: the table, and a heat plot. */
void confusion_views(const struct evaluation *ev, struct view_list *out);
struct view *roc_view(const struct evaluation *ev, size_t n, struct err *e);
struct view *pr_view(const struct evaluation *ev, size_t n, struct err *e);
struct view *calibration_view(const struct evaluation *ev, size_t n, struct err *e);
struct view *residuals_view(const struct evaluation *ev, size_t n, struct err *e);

#endif

/* compare: several algorithms on the same folds, and whether the differences could be luck.
 *
 * Every contestant is trained and judged on exactly the same training and test rows; a baseline that looks at no
 * feature always takes part. Differences to the baseline contestant are tested with the corrected resampled t-test
 * (Nadeau and Bengio 2003); the practical question, are they equal within `rope`, by the Bayesian correlated t-test
 * (Benavoli, Corani, Demsar, Zaffalon 2017). Folds run in parallel; results do not depend on the threads. */
#ifndef LATHE_OPS_COMPARE_H
#define LATHE_OPS_COMPARE_H

#include "host/model.h"
#include "num/metrics.h"

struct contestant {
    char *name;                  /* owned */
    struct train_options train;  /* algo and params (of the caller's arena, or of the model) */
    struct model *model;         /* whose parameters these are; held, or NULL */
    char **features;             /* NULL: those of the task */
    size_t n_features;
    bool is_dummy;
};

struct compare_options {
    int folds, repeats;
    uint64_t seed;
    enum metric_id metric;       /* what is tested */
    double rope;                 /* differences smaller than this are practically none */
    int baseline;                /* contestant the others are measured against */
};

struct compare_score { /* of one contestant on one fold */
    double metric[METRIC_COUNT];
    double fit_s, predict_s;
    bool done;
};

struct compare_result {
    size_t n;                    /* contestants */
    struct contestant *who;      /* held, owned by the caller */
    int folds, repeats;
    struct compare_score *score; /* n x (folds*repeats) */
    enum lt_task task;
    size_t classes, rows;
    struct compare_options options;
    char **notes;                /* owned; what training had to say, once each */
    size_t n_notes;
};

bool compare_run(struct contestant *who, size_t n, const struct table *t, const struct task *task, const uint32_t *rows,
                 size_t n_rows, const struct compare_options *o, struct progress *p, struct compare_result *out,
                 struct err *e);
void compare_done(struct compare_result *r);

/* mean and sd over folds x repeats. */
double compare_mean(const struct compare_result *r, size_t who, enum metric_id m, double *sd);

/* id compare: the leaderboard; and the verdict in words (id verdict); and the scores as boxes (id compare, plot). */
void compare_views(const struct compare_result *r, struct view_list *out);
/* id cv: of one contestant (the dummy beside it). */
void cv_views(const struct compare_result *r, struct view_list *out);

#endif

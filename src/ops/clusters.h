/* clusters: how many clusters? One algorithm is trained for each number of clusters from … to, and what is known for
 * choosing one is put side by side: inertia and its elbow, silhouette, Davies-Bouldin, Calinski-Harabasz, the gap
 * statistic (Tibshirani, Walther and Hastie 2001), and the BIC of models that have one.
 *
 * All distances are in the prepared space of the model (its recipe: scaled, encoded). The trainings run in parallel;
 * results do not depend on the threads. What was whole when it was stopped is kept. */
#ifndef LATHE_OPS_CLUSTERS_H
#define LATHE_OPS_CLUSTERS_H

#include "host/model.h"
#include "num/metrics.h"

struct clusters_options {
    struct train_options train; /* algo, params, seed: LT_CLUSTER */
    uint32_t count_param;       /* which of its parameters is the number of clusters */
    int from, to;
    int refs;      /* reference samples of the gap statistic; 0: no gap statistic */
    bool pca_box;  /* they are drawn from the box along the principal components, not along the columns */
    size_t sample; /* of more rows so many are drawn for all of it */
};

/* Which sentence-makers choose a number. */
enum clusters_judge {
    BY_ELBOW,
    BY_SILHOUETTE,
    BY_GAP,
    BY_DAVIES_BOULDIN,
    BY_CALINSKI_HARABASZ,
    BY_BIC,
    CLUSTERS_JUDGES
};

struct clusters_score { /* of one k; NaN where undefined */
    int k;
    bool done;
    size_t found; /* clusters that hold rows */
    double metric[METRIC_COUNT];
    double log_within, gap, gap_se, bic, fit_s;
};

struct clusters_result {
    struct clusters_options options;
    size_t n;                     /* numbers of clusters that are done, ascending */
    struct clusters_score *score; /* n */
    size_t rows, all_rows;        /* looked at, of */
    int refs;                     /* reference samples that are whole */
    bool stopped;
    int choice[CLUSTERS_JUDGES]; /* a k; 0: it doesn't say */
    char **notes;                /* owned; from n_infos on they are warnings */
    size_t n_infos, n_notes;
};

/* The parameter that is the number of clusters; -1: this algorithm finds it by itself. */
int clusters_param(const struct algo *a);

bool clusters_run(const struct table *t, const struct task *task, const uint32_t *rows, size_t n_rows,
                  const struct clusters_options *o, struct progress *p, struct clusters_result *out,
                  struct err *e);
void clusters_done(struct clusters_result *r);

/* id clusters: the table; id verdict: what it says in words; ids elbow, silhouettes, gap: the pictures, of which
 * `picture` names one, or "all". also: what has to stand behind `train ALGO n_clusters=K` to train such a model again,
 * " n_init=5". */
void clusters_views(const struct clusters_result *r, const char *also, const char *picture, struct view_list *out);

#endif

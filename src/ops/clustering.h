/* clustering: how good the clusters of a model are on some rows: by their shape in the model's own prepared space (its
 * recipe: scaled, encoded), and against the classes of the table where it has any. Rows that the model calls noise
 * count as no cluster when shapes are measured, and as one more group beside the classes. */
#ifndef LATHE_OPS_CLUSTERING_H
#define LATHE_OPS_CLUSTERING_H

#include "host/model.h"
#include "num/metrics.h"

#define SILHOUETTE_ROWS 10000 /* of more rows so many are drawn: all their distances are computed */

struct clustering {
    char *name;          /* of the model; owned */
    struct model *model; /* held */
    const char *on;      /* "test", "train", "new.csv": static or owned by the caller */
    size_t n;            /* rows */
    int32_t *label;      /* n: 0 … k-1, -1 noise */
    size_t k, noise;
    int32_t *number; /* k: what the model calls them */
    size_t *size;    /* k: rows */
    size_t unseen;   /* values that training had not */
    double predict_s;
    double metric[METRIC_COUNT]; /* NaN where undefined */

    size_t drawn;         /* rows whose silhouettes are known: all, or a sample */
    int32_t *drawn_label; /* their clusters */
    double *silhouette;   /* 0 for noise */
    int32_t *next;        /* the nearest other cluster; -1 none */

    struct task *truth; /* held; NULL: the table has no classes */
    size_t classes;
    double *count;       /* classes x (k + 1); the last column is noise */
    size_t unknown;      /* rows without a class, which the comparison leaves out */
    bool truth_was_seen; /* the target was among the columns that the model was trained on */
};

/* rows (or NULL: all) of t. truth: the task whose classes the clusters are compared with; NULL, or no classes: none.
 * seed: of the sample. */
bool clustering_run(const struct model *m, const char *name, const char *on, const struct table *t,
                    const uint32_t *rows, size_t n, const struct task *truth, uint64_t seed, struct progress *p,
                    struct clustering *out, struct err *e);
void clustering_done(struct clustering *c);

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Numbers labels anew: 0 … k-1 in the order of the old numbers, negative ones -1. number (or NULL): the old numbers,
 * for mem_free. Returns k. */
size_t clusters_renumber(size_t n, int32_t *label, int32_t **number);
/* Silhouettes of all rows, in parallel; next may be NULL. False when it was cancelled, or without memory. */
bool clusters_silhouettes(size_t n, size_t p, const double *x, size_t ld, const int32_t *label, size_t k,
                          struct progress *progress, double *value, int32_t *next, struct err *e);
/* davies_bouldin, calinski_harabasz, inertia. */
bool clusters_measure(size_t n, size_t p, const double *x, size_t ld, const int32_t *label, size_t k,
                      double metric[METRIC_COUNT], struct err *e);
/* The prepared space of a model: a dense design without missing values or codes, or a sentence why not. */
bool clusters_space(struct design *d, const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                    size_t *unseen, struct err *e);
/* take of 0 … n-1, ascending, each set as likely as any other. Returns how many: the lesser of both. */
size_t rows_drawn(size_t n, size_t take, uint64_t seed, uint32_t *out);

/* "strong", "reasonable", "weak" or "no": what Kaufman and Rousseeuw (1990) call structure of that mean silhouette. */
const char *silhouette_word(double mean);

/* ---- views ------------------------------------------------------------------------------------------------------- */

struct view *clusterings_view(const struct clustering *c, size_t n); /* id metrics; best silhouette first */
/* id contingency: clusters against classes, a table and a heat map. The model must have been compared with classes. */
void contingency_views(const struct clustering *c, struct view_list *out);
/* id silhouette: the picture of all rows by cluster, and a table of the clusters. */
bool silhouette_views(const struct clustering *c, struct view_list *out, struct err *e);

#endif

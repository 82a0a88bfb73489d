/* task: what is to be learned from a table: target, features, kind, and which rows are held out. Immutable,
 * refcounted; belongs to the object in the session, not to the table. */
#ifndef LATHE_DATA_TASK_H
#define LATHE_DATA_TASK_H

#include "data/table.h"

enum task_kind { TASK_NONE, TASK_CLASSIFY, TASK_REGRESS };

struct task_split {
    bool set;
    double test;       /* share */
    uint64_t seed;
    bool stratified;
};

struct task {
    int refs; /* atomic, private */
    enum task_kind kind;
    char *target;                 /* column name; NULL: none */
    char **features;              /* column names in order; NULL: all but the target */
    size_t n_features;
    struct dictionary *classes;   /* CLASSIFY: the target's levels in sorted order */
    int positive;                 /* class index that binary metrics are about; the second by default */
    struct task_split split;
    char *weights;                /* column name, "balanced", or NULL */
};

struct task *task_ref(const struct task *t);
void task_unref(struct task *t);

/* Finds the kind by looking. Classification: category, bool, text with at most 50 levels, numbers that are 0/1
 * or 1/2, and integers that are labels: 0..k-1 or 1..k, k at most 10, each used twice on average. Other
 * numbers: regression. *why gets a sentence ("classification, because survived has 2 levels"). kind: TASK_NONE
 * lets it choose. A target with one level, only missing values, or more than 1000 levels for classification is
 * refused. */
struct task *task_new(const struct table *t, const char *target, enum task_kind kind, const char *positive,
                      struct str *why, struct err *e);
/* A task without a target, for learners that need none: all columns are features, all rows are used. */
struct task *task_without_target(void);
/* Copies with one thing changed. */
struct task *task_with_split(const struct task *t, struct task_split s);
struct task *task_with_features(const struct task *t, const char *const *names, size_t n); /* NULL: all */
struct task *task_with_weights(const struct task *t, const char *weights);                  /* NULL: none */
/* The same task for a changed table: NULL with *why said when the target is gone or its levels changed kind. */
struct task *task_rebase(const struct task *t, const struct table *table, struct str *why);

/* Rows that can be used (target not missing), and of those the training and test part. All three lists ascending,
 * owned by the caller via task_rows_done. */
struct task_rows {
    uint32_t *train, *test;
    size_t n_train, n_test;
    size_t dropped; /* rows whose target is missing */
};
bool task_rows(const struct task *t, const struct table *table, struct task_rows *out, struct err *e);
void task_rows_done(struct task_rows *r);

/* Class of each listed row (rows NULL: 0..n-1; -1: missing, or a level that the task doesn't know), or the
 * target as number. Numbers find their class by value, words by spelling. */
bool task_labels(const struct task *t, const struct table *table, const uint32_t *rows, size_t n, int32_t *label,
                 struct err *e);
bool task_targets(const struct task *t, const struct table *table, const uint32_t *rows, size_t n, double *y,
                  struct err *e);

#endif

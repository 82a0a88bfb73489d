/* ensemble: a model that learns from what other models predict.
 *
 * The members are trained first. What they predict for a row becomes a row of another table, the level: for classes
 * a column for each class ("forest.yes"; a stack of two classes has the second alone), for numbers one column
 * ("forest"); then, when they are passed through, the raw features. The final algorithm is trained on the level like
 * on any table, recipe and all. So the model of an ensemble is the final's model, with its members beside it.
 *
 * What the final learns from must be predicted by members that did not see the row:
 *
 *     vote   the final is the mean of the members, and learns nothing
 *     stack  each row is predicted by members trained on the other folds; then they are trained on all rows
 *            (Wolpert 1992, Stacked generalization; Ting and Witten 1999: for classes, by their probabilities)
 *     blend  some rows are held back from the members, and the final learns from these alone; the members stay as
 *            they are (Toescher, Jahrer and Bell 2009) */
#ifndef LATHE_HOST_ENSEMBLE_H
#define LATHE_HOST_ENSEMBLE_H

#include "host/model.h"

enum ensemble_kind { ENSEMBLE_VOTE, ENSEMBLE_STACK, ENSEMBLE_BLEND };
const char *ensemble_kind_word(enum ensemble_kind kind); /* "vote" */

struct ensemble_member {
    const char *name;           /* distinct; its columns of the level are called by it */
    struct train_options train; /* task: that of the ensemble */
    const char *const *features; /* raw columns; NULL: those of the task */
    size_t n_features;
    const struct model *fitted; /* trained on these very rows already, and taken as it is; or NULL */
};

/* What train_options.ensemble points to; the pointers are the caller's, or the model's it was taken from. */
struct ensemble_options {
    enum ensemble_kind kind;
    int folds;        /* STACK: 2 and more */
    double holdout;   /* BLEND: share of the rows that the final learns from, in (0, 1) */
    bool passthrough; /* the final gets the raw features as well */
    const struct ensemble_member *member;
    size_t n;
};

/* Trains the members, then the final algorithm (o->algo) on what they predict. */
struct model *ensemble_train(const struct train_options *o, const struct table *t, const struct task *task,
                             const uint32_t *rows, size_t n, struct progress *p, struct err *e);

/* ---- of a trained one; NULL and 0 when the model is no ensemble --------------------------------------------- */

const struct ensemble_options *model_ensemble(const struct model *m);
const struct model *model_member(const struct model *m, size_t i);

/* How good a member was on rows it had not seen, by the metric at 0 or 1: log loss and accuracy, or RMSE and R². NaN
 * in a vote, which has no such rows. */
double model_member_score(const struct model *m, size_t i, int which);

#endif

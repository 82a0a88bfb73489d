/* training: svm_train on a thread of its own. LIBSVM can't be asked to stop, so a training that is no longer wanted
 * is left alone with its copy of the rows, and ends by itself when it next has something to print. */
#ifndef LATHE_LIBSVM_TRAINING_H
#define LATHE_LIBSVM_TRAINING_H

#include "plugins/libsvm/library.h"

/* What it works on: all of it belongs to the training. */
struct training {
    const struct libsvm *lib;
    struct svm_problem problem;
    struct svm_parameter parameter;
    struct svm_node *nodes;  /* of all rows; a row ends with index -1 */
    struct svm_model *model; /* the answer; its vectors are rows of `nodes` */
    unsigned seed;           /* of the folds that calibrate probabilities */
    struct training_watch *watch;
};

/* A copy of the rows; parameter is still to be filled in. NULL: no memory (said). */
struct training *training_new(struct lt_ctx *ctx, const struct libsvm *lib, const struct lt_data *data);
void training_free(struct training *t);

/* LT_OK: *model is there. LT_CANCELLED: t is no longer the caller's (set to NULL). */
int training_run(struct lt_ctx *ctx, struct training **t);

#endif

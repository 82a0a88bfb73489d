/* machine: what LIBSVM learned, in arrays of our own, and as the struct that its predictions read.
 *
 * Classes are in LIBSVM's order, which is that of their first rows; `model.label` says which is which. Vectors lie
 * class after class; with k classes a vector has k - 1 coefficients, and an output belongs to each pair, positive
 * for the first of it. Without classes there is one coefficient and one output. */
#ifndef LATHE_LIBSVM_MACHINE_H
#define LATHE_LIBSVM_MACHINE_H

#include "plugins/libsvm/library.h"

struct machine {
    struct svm_model model; /* points into what follows */
    size_t p, k, n;         /* k: classes, 1: none; n: support vectors */
    size_t n_coef, n_outputs;
    double *vector;     /* n x p */
    int32_t *row;       /* n: which rows of the training table they were, from 0 */
    double *coef;       /* n_coef x n */
    double *rho;        /* n_outputs */
    double *sigmoid;    /* 2 x n_outputs: A and B of each pair; NULL: not calibrated */
    int *label, *count; /* k */
    struct svm_node *nodes;
    struct svm_node **node_of;
    double **coef_of;
};

/* Copies. LT_OK or LT_MEMORY (said; all is freed). */
int machine_take(struct lt_ctx *ctx, struct machine *m, const struct svm_model *from, size_t p);
void machine_free(struct machine *m);

int machine_save(struct lt_ctx *ctx, const struct machine *m);
/* m->model.param has what the parameters say; gamma comes from the file. k: classes of the target, 1: none. */
int machine_load(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t rows);

#endif

/* machine: a weighted sum of kernels, what every kernel method here ends up with.
 *
 *     f_o(x) = sum_v coef_o,v k(s_v, x) - rho_o
 *
 * over support vectors s_v. With one output that is all of it (regression, one class). With k > 2 classes there
 * is an output for each pair a < b of them, positive for b, over the support vectors of both; the vectors lie
 * class after class, and vector v of class c has k - 1 coefficients, against the other classes in their order.
 * Two classes are a single pair. */
#ifndef LATHE_SVM_MACHINE_H
#define LATHE_SVM_MACHINE_H

#include "api/lathe.h"
#include "plugins/svm/kernel.h"

struct machine {
    struct kernel kernel;
    size_t p, k;          /* k: classes; 1: no classes */
    size_t n_coef;        /* coefficients of a vector: k - 1, or 1 */
    size_t n_outputs;     /* k (k - 1) / 2, or 1 */
    size_t n;             /* support vectors */
    size_t *count;        /* k: of each class */
    uint32_t *row;        /* n: which rows of the training table they were */
    double *vector;       /* n x p */
    double *coef;         /* n_coef x n */
    double *rho;          /* n_outputs */
    struct points points; /* the vectors again, each class beginning a panel; the coefficients likewise */
    double *panel_coef;   /* n_coef x n_panels x 24 */
    uint32_t *panel_class;
};

/* Where in a list of all pairs a < b of k classes this one is. */
static inline size_t machine_pair(size_t k, size_t a, size_t b)
{
    return a * k - a * (a + 1) / 2 + b - a - 1;
}

/* Room for n vectors, to be filled by the caller, then machine_finish. LT_OK or LT_MEMORY (said; all is freed). */
int machine_new(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t n);
int machine_finish(struct lt_ctx *ctx, struct machine *m);
void machine_free(struct machine *m);

/* f of data->n rows: out[n x n_outputs]. LT_OK, LT_INVALID (said) or LT_CANCELLED. */
int machine_apply(struct lt_ctx *ctx, const struct machine *m, const struct lt_data *data, double *out);

int machine_save(struct lt_ctx *ctx, const struct machine *m);
/* m->kernel has what the parameters say; gamma comes from the file. */
int machine_load(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t rows);

/* Linear kernel, one output: the weights of the columns. w[p] */
void machine_weights(const struct machine *m, double *w);

#endif

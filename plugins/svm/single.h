/* single: kernel machines whose training is one problem with one output, whatever the problem: regression, and the
 * description of one class. The algorithms are in svr.c and ocsvm.c; here is all that they share. */
#ifndef LATHE_SVM_SINGLE_H
#define LATHE_SVM_SINGLE_H

#include "plugins/svm/machine.h"
#include "plugins/svm/smo.h"

#include <stdbool.h>

/* What the algorithm says of its problem. */
struct single_problem {
    size_t n_spans; /* 2: each point once with each sign */
    bool grouped;
    double c, nu, epsilon;
    /* Fills limit, b and g of the problem from its targets y[n] (NULL: none) and weights (NULL: all 1), and starts
     * it. */
    void (*fill)(const struct single_problem *problem, const double *y, const double *weight, struct smo *smo);
};

struct single_training;

struct single {
    struct machine machine;
    uint64_t steps, iterations;
    double gap, scale; /* scale: as smo_rho has it */
    char **name;
    struct single_training *training; /* NULL after load, and when training is over */
};

int single_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                 const struct single_problem *problem, void **model);
int single_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units);
int single_units(const void *model, uint64_t *taken, uint64_t *planned);
/* sign times the machine's output, into out->value. */
int single_predict(struct lt_ctx *ctx, const struct single *m, const struct lt_data *data, double sign,
                   double *value);
/* The summary; the caller may add rows. */
void single_summary(struct lt_ctx *ctx, const struct single *m);
/* The weights of the columns when the kernel is linear. */
int single_weights(struct lt_ctx *ctx, const struct single *m);
int single_save(struct lt_ctx *ctx, const void *model);
int single_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model);
void single_free(void *model);

#endif

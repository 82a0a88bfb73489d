/* regression: what regressions have in common that improve one row of coefficients, an iteration a step. Their
 * model begins with a struct regression. */
#ifndef LATHE_LINEAR_REGRESSION_H
#define LATHE_LINEAR_REGRESSION_H

#include "plugins/linear/coefficients.h"

struct regression {
    struct coefficients c; /* one row; its last statistic is the number of iterations */
    uint64_t max_iter;
    bool done;
};

static inline double *regression_iterations(struct regression *m)
{
    return &m->c.statistic[m->c.n_statistics - 1];
}

int regression_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out);
int regression_save(struct lt_ctx *ctx, const void *model);
/* m: a new model without coefficients, or NULL when there was no memory for it. It becomes *model, or is freed. */
int regression_load(struct lt_ctx *ctx, struct regression *m, void (*free_model)(void *), void **model);
int regression_units(const void *model, uint64_t *taken, uint64_t *planned);

/* After an iteration: LT_MORE, or LT_DONE when it was the last, with a sentence if the search hasn't converged.
 * slope: the largest gradient that was left; NaN: not known. */
int regression_continue(struct lt_ctx *ctx, struct regression *m, bool ended, bool converged, double slope);

/* The tables: coefficients, and a summary of one line a name. */
struct regression_line {
    const char *name;
    double value;
};
int regression_describe(struct lt_ctx *ctx, const struct regression *m, const struct regression_line *line,
                        size_t n);

#endif

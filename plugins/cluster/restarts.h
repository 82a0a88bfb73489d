/* restarts: methods that climb a hill from several starts and keep the best one (k-means, mixtures): what a step is,
 * when a run and when all of them end, which run is kept, and what of that is saved. The method itself says how to
 * start, how to climb and how to finish. */
#ifndef LATHE_CLUSTER_RESTARTS_H
#define LATHE_CLUSTER_RESTARTS_H

#include "api/lathe.h"

/* How far a run is. */
struct restarts_run {
    uint64_t number, iterations;
    double height; /* the higher the better; -INFINITY: no iteration yet */
};

struct restarts {
    uint64_t n_init, max_iter;
    uint64_t taken; /* steps of all runs */
    struct restarts_run now, best;
    enum restarts_phase { RESTARTS_START, RESTARTS_CLIMB, RESTARTS_FINISH, RESTARTS_OVER } phase;
};

/* Each callback returns LT_OK or a failure, after which it is called again. */
struct restarts_way {
    int (*start)(struct lt_ctx *, void *model, const struct lt_data *); /* of run number now.number */
    /* One iteration; sets now.height, and *settled when no further one is needed. */
    int (*climb)(struct lt_ctx *, void *model, const struct lt_data *, int *settled);
    int (*finish)(struct lt_ctx *, void *model, const struct lt_data *); /* the last word on now.height */
    /* After each step; is_best: what the run has is what the model now says. */
    void (*stepped)(struct lt_ctx *, void *model, const struct lt_data *, int is_best);
    void (*over)(struct lt_ctx *, void *model); /* nothing of the training is needed any more */
};

void restarts_init(struct restarts *r, uint64_t n_init, uint64_t max_iter);

/* What an lt_algo's step does: an iteration is a unit; the first one includes the start of its run, the last one its
 * end. */
int restarts_step(struct lt_ctx *ctx, struct restarts *r, const struct restarts_way *way, void *model,
                  const struct lt_data *data, uint64_t units);

/* Enough rows for k clusters, columns, weights that can be used. `method` and `count` name the algorithm and its
 * parameter k. */
int restarts_check(struct lt_ctx *ctx, const struct lt_data *data, const char *method, const char *count,
                   size_t k);

/* "iterations", "run" and "taken"; the height is the method's to save. */
int restarts_save(struct lt_ctx *ctx, const struct restarts *r);
int restarts_load(struct lt_ctx *ctx, struct restarts *r);

#endif

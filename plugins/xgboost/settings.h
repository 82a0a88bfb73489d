/* settings: what was asked for, in XGBoost's own words. */
#ifndef LATHE_XGBOOST_SETTINGS_H
#define LATHE_XGBOOST_SETTINGS_H

#include <stdbool.h>

#include "api/lathe.h"
#include "plugins/xgboost/library.h"

enum {
    ROUNDS,
    RATE,
    MAX_DEPTH,
    MAX_LEAVES,
    GROW_POLICY,
    MIN_WEIGHT,
    MIN_LOSS,
    SUBSAMPLE,
    COLSAMPLE_TREE,
    COLSAMPLE_LEVEL,
    COLSAMPLE_NODE,
    LAMBDA,
    ALPHA,
    DELTA_STEP,
    MAX_BIN,
    TREE_METHOD,
    OBJECTIVE,
    BASE_SCORE,
    POSITIVE_WEIGHT,
    PARALLEL_TREES,
    MONOTONE,
    INTERACTION,
    ONE_HOT,
    CATEGORIES,
    TWEEDIE,
    HUBER,
    JOBS,
    N_PARAMS
};
extern const struct lt_param settings_params[N_PARAMS];

/* What is made small, which targets it takes, and how many numbers it predicts for a row. */
struct objective {
    const char *name;
    uint32_t task;
    bool many;     /* an output for each class; otherwise one */
    double lowest; /* of the target; -INFINITY: anything */
    bool above;    /* … and the lowest itself isn't one */
};

/* That of the parameters, or what auto means for the task. */
const struct objective *settings_objective(const struct lt_params *params, uint32_t task, uint32_t n_classes);
const struct objective *settings_objective_named(const char *name); /* NULL: none */

/* Rules between parameters and data. */
int settings_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data);

/* A list of names and values, kept because a booster that is cut back has to be told again. */
struct settings {
    size_t n;
    struct setting {
        const char *name;
        char *value;
    } list[40];
};
int settings_make(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                  struct settings *settings);
int settings_apply(struct lt_ctx *ctx, const struct xgb *xgb, const struct settings *settings,
                   BoosterHandle booster);
void settings_free(struct settings *settings);

/* Threads for so many cells: small tables are done before a second one is awake. */
int settings_threads(const struct lt_ctx *ctx, const struct lt_params *params, size_t cells);

#endif

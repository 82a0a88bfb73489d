/* forest: what random forests and extra trees are asked and check alike; they differ in how a node finds its
 * threshold, and in two defaults. */
#ifndef LATHE_TREE_FOREST_H
#define LATHE_TREE_FOREST_H

#include "plugins/tree/ensemble.h"
#include "plugins/tree/options.h"

enum {
    FOREST_TREES,
    FOREST_CRITERION,
    FOREST_MAX_DEPTH,
    FOREST_MIN_SPLIT,
    FOREST_MIN_LEAF,
    FOREST_MIN_DECREASE,
    FOREST_MAX_FEATURES,
    FOREST_BOOTSTRAP,
    FOREST_MAX_SAMPLES,
    FOREST_OOB,
    FOREST_MAX_BINS,
    FOREST_PARAMS
};

/* The rows: bootstrap is "yes" or "no", and the last is the algorithm's own. */
#define FOREST_ROWS(bootstrap, max_bins)                                                                         \
    {                                                                                                             \
        [FOREST_TREES] = {.name = "n_estimators",                                                                 \
                          .aliases = "trees,ntree",                                                               \
                          .type = LT_INT,                                                                         \
                          .def = "100",                                                                           \
                          .min = 1,                                                                               \
                          .max = 1e6,                                                                             \
                          .flags = LT_TUNE | LT_LOG,                                                              \
                          .unit = "trees",                                                                        \
                          .doc = "How many trees the forest has"},                                                \
        [FOREST_CRITERION] = OPTION_CRITERION, [FOREST_MAX_DEPTH] = OPTION_MAX_DEPTH,                             \
        [FOREST_MIN_SPLIT] = OPTION_MIN_SPLIT, [FOREST_MIN_LEAF] = OPTION_MIN_LEAF,                               \
        [FOREST_MIN_DECREASE] = OPTION_MIN_DECREASE, [FOREST_MAX_FEATURES] = OPTION_NODE_FEATURES,                \
        [FOREST_BOOTSTRAP] =                                                                                      \
            {.name = "bootstrap",                                                                                 \
             .type = LT_BOOL,                                                                                     \
             .def = bootstrap,                                                                                    \
             .doc = "Each tree learns from rows drawn with replacement; no gives every tree all rows"},           \
        [FOREST_MAX_SAMPLES] = {.name = "max_samples",                                                            \
                                .type = LT_REAL,                                                                  \
                                .def = "none",                                                                    \
                                .min = 0,                                                                         \
                                .max = 1,                                                                         \
                                .flags = LT_NULLABLE | LT_OPEN_MIN,                                               \
                                .doc = "Rows drawn for a tree with bootstrap=yes, as a share of all"},            \
        [FOREST_OOB] = {.name = "oob_score",                                                                      \
                        .aliases = "oob",                                                                         \
                        .type = LT_BOOL,                                                                          \
                        .def = "no",                                                                              \
                        .doc = "Judge the forest on the rows that each tree did not draw"},                       \
        [FOREST_MAX_BINS] = max_bins                                                                              \
    }

/* What else the descriptors have alike. */
#define FOREST_DESCRIPTOR                                                                                         \
    .tasks = LT_CLASSIFY | LT_REGRESS, .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,                  \
    .layout = LT_COLUMNS, .n_params = FOREST_PARAMS, .unit = "tree", .check = forest_check,                       \
    .step = ensemble_step, .predict = ensemble_predict, .describe = ensemble_describe, .save = ensemble_save,     \
    .free = ensemble_free, .units = ensemble_units, .truncate = ensemble_truncate

int forest_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data);
/* title: of the summary. random: thresholds are drawn instead of searched. */
int forest_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, const char *title,
                 int random, uint32_t max_bins, void **model);

#endif

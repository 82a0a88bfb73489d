/* options: what the algorithms of this family ask and check alike. */
#ifndef LATHE_TREE_OPTIONS_H
#define LATHE_TREE_OPTIONS_H

#include "api/lathe.h"
#include "plugins/tree/samples.h"
#include "plugins/tree/split.h"

#define CRITERION_CHOICES "auto,gini,entropy,squared_error"

/* Rows that several algorithms have alike. */
#define OPTION_CRITERION                                                                                          \
    {                                                                                                             \
        .name = "criterion", .type = LT_CHOICE, .def = "auto", .choices = CRITERION_CHOICES,                      \
        .doc = "What a split reduces; auto takes gini for classes and squared_error for numbers"                  \
    }
#define OPTION_MAX_DEPTH                                                                                          \
    {                                                                                                             \
        .name = "max_depth", .aliases = "depth", .type = LT_INT, .def = "none", .min = 1, .max = 1e6,             \
        .flags = LT_NULLABLE | LT_TUNE, .unit = "levels", .doc = "How many questions lead to a leaf at most"      \
    }
#define OPTION_MIN_SPLIT                                                                                          \
    {                                                                                                             \
        .name = "min_samples_split", .type = LT_INT, .def = "2", .min = 2, .max = 1e9, .unit = "rows",            \
        .doc = "A node with fewer rows is not split"                                                              \
    }
#define OPTION_MIN_LEAF                                                                                           \
    {                                                                                                             \
        .name = "min_samples_leaf", .aliases = "min_leaf", .type = LT_INT, .def = "1", .min = 1, .max = 1e9,      \
        .flags = LT_TUNE | LT_LOG, .unit = "rows", .doc = "No leaf has fewer rows, counted as often as drawn"     \
    }
#define OPTION_MIN_DECREASE                                                                                       \
    {                                                                                                             \
        .name = "min_impurity_decrease", .type = LT_REAL, .def = "0", .min = 0, .max = 1e300,                     \
        .flags = LT_ADVANCED,                                                                                     \
        .doc = "A split must reduce the impurity, weighted by the node's share of the rows, by this much"         \
    }
#define OPTION_NODE_FEATURES                                                                                      \
    {                                                                                                             \
        .name = "max_features", .aliases = "mtry", .type = LT_STRING, .def = "auto",                              \
        .flags = LT_NULLABLE | LT_TUNE,                                                                           \
        .doc =                                                                                                    \
            "Columns that a node looks at: auto (sqrt for classes, all for numbers), sqrt, log2, a share such "   \
            "as 0.5, a number, or none (or all) for all"                                                          \
    }
#define OPTION_MAX_BINS                                                                                           \
    {                                                                                                             \
        .name = "max_bins", .type = LT_INT, .def = "255", .min = 2, .max = 65535, .flags = LT_ADVANCED,           \
        .unit = "bins", .doc = "Columns with more distinct values than this are cut at quantiles"                 \
    }

/* Can anything be learned from these rows? LT_OK or a failure that says why not. */
int options_check_data(struct lt_ctx *ctx, const struct lt_data *data);
/* A share of the whole like 0.5 (with a point), or a number; 1 … whole, or 0 when it is neither. */
size_t options_share(const char *text, size_t whole);
/* "sqrt", "log2", "all", a share like 0.5 or a number of columns, as a number of columns (1 … p); 0: none of
 * these. */
size_t options_max_features(const char *text, size_t p);
int options_check_max_features(struct lt_ctx *ctx, const struct lt_value *value);
/* The choice made, or what suits the task; LT_OK, or a failure when the two don't go together. */
int options_criterion(struct lt_ctx *ctx, const struct lt_value *value, uint32_t task, enum criterion *criterion);
/* What an ensemble asked by these rows wants of its trees. */
struct grow_rules;
struct options_rows {
    int criterion, max_depth, min_split, min_leaf, min_decrease, max_features; /* places; max_features -1: all */
};
int options_rules(struct lt_ctx *ctx, const struct lt_params *p, const struct options_rows *rows,
                  const struct lt_data *data, struct grow_rules *rules);
/* value.i, or `none` where the user said none. */
uint64_t options_count(const struct lt_value *value, uint64_t none);
/* What trees learn from, out of the host's data and its binned rows. */
void options_source(const struct lt_data *data, const struct bin_map *map, const struct bin_table *table,
                    struct sample_source *source);

#endif

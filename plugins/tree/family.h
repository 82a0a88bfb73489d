/* family: what the models of this module have in common: a map from values to codes, trees on codes, names. */
#ifndef LATHE_TREE_FAMILY_H
#define LATHE_TREE_FAMILY_H

#include "plugins/tree/names.h"
#include "plugins/tree/nodes.h"

struct tree_family {
    uint32_t task, n_classes;
    struct bin_map map;
    struct nodes trees;
    struct names names;
};

extern const struct lt_algo tree_algo, forest_algo, extratrees_algo, bagging_algo, gbm_algo, iforest_algo,
    adaboost_algo;

/* Names and an empty forest whose values are class shares or one number. LT_OK or a failure. */
int family_begin(struct lt_ctx *ctx, const struct lt_data *data, struct tree_family *f);
void family_free(struct tree_family *f);
int family_save(struct lt_ctx *ctx, const struct tree_family *f);
int family_load(struct lt_ctx *ctx, const struct lt_info *info, struct tree_family *f);
/* With values of `width` doubles. */
int family_load_width(struct lt_ctx *ctx, const struct lt_info *info, uint32_t width, struct tree_family *f);

/* The mean of what all trees say: class probabilities, or a number. */
int family_predict_mean(struct lt_ctx *ctx, const struct tree_family *f, const struct lt_data *data,
                        struct lt_out *out);
/* Are these the columns that the model has learned from? LT_OK or a failure. */
int family_check_columns(struct lt_ctx *ctx, const struct tree_family *f, const struct lt_data *data);

#endif

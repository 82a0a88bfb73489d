/* ensemble: many trees that know nothing of each other, and answer with their mean. What tells the algorithms of
 * this kind apart (random forest, extra trees, bagging) is a plan: which rows and columns a tree draws, and how
 * its nodes split. */
#ifndef LATHE_TREE_ENSEMBLE_H
#define LATHE_TREE_ENSEMBLE_H

#include "plugins/tree/grow.h"

struct ensemble_plan {
    const char *title; /* of the summary; lives as long as the module */
    uint64_t trees;
    struct grow_rules rules; /* the seed is filled in */
    uint32_t max_bins;
    size_t draws; /* rows a tree draws; 0: all rows, once */
    int replace;
    size_t columns; /* that a tree draws; 0: all */
    int replace_columns;
    int oob; /* judge the trees on the rows that they did not draw */
};

int ensemble_begin(struct lt_ctx *ctx, const struct ensemble_plan *plan, const struct lt_data *data, void **model);
int ensemble_load(struct lt_ctx *ctx, const char *title, uint64_t trees, const struct lt_info *info, void **model);

/* Callbacks as they are. */
int ensemble_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units);
int ensemble_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out);
int ensemble_describe(struct lt_ctx *ctx, const void *model);
int ensemble_save(struct lt_ctx *ctx, const void *model);
void ensemble_free(void *model);
int ensemble_units(const void *model, uint64_t *taken, uint64_t *planned);
int ensemble_truncate(struct lt_ctx *ctx, void *model, uint64_t units);

#endif

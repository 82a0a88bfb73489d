/* options: what the algorithms of this family ask and check alike. */
#ifndef LATHE_TREE_OPTIONS_H
#define LATHE_TREE_OPTIONS_H

#include "api/lathe.h"
#include "plugins/tree/samples.h"
#include "plugins/tree/split.h"

#define CRITERION_CHOICES "auto,gini,entropy,squared_error"

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
/* value.i, or `none` where the user said none. */
uint64_t options_count(const struct lt_value *value, uint64_t none);
/* What trees learn from, out of the host's data and its binned rows. */
void options_source(const struct lt_data *data, const struct bin_map *map, const struct bin_table *table,
                    struct sample_source *source);

#endif

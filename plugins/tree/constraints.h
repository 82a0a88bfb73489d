/* constraints: what the user says of columns by their names, as arrays by column. */
#ifndef LATHE_TREE_CONSTRAINTS_H
#define LATHE_TREE_CONSTRAINTS_H

#include "api/lathe.h"

enum { CONSTRAINT_GROUPS = 63 };

/* "age:+1,fare:-1": the prediction must not fall (+1) or rise (-1) as the column grows. sign[p]. LT_OK or a
 * failure. */
int constraints_monotone(struct lt_ctx *ctx, const char *text, size_t p, const struct lt_column *column,
                         int8_t *sign);
/* "a b;c d": columns of one group may meet on a path from the root to a leaf. member[p]: a bit for each group that
 * the column is in; columns that no group names are a group of their own. LT_OK or a failure. */
int constraints_interaction(struct lt_ctx *ctx, const char *text, size_t p, const struct lt_column *column,
                            uint64_t *member);

#endif

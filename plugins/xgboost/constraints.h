/* constraints: names of columns, as users write them, turned into the lists of numbers that XGBoost reads. */
#ifndef LATHE_XGBOOST_CONSTRAINTS_H
#define LATHE_XGBOOST_CONSTRAINTS_H

#include "api/lathe.h"

/* "age:+1,fare:-1" as "(1,0,-1)". The text is scratch; NULL after a failure (said). */
const char *constraints_monotone(struct lt_ctx *ctx, const char *text, const struct lt_data *data);

/* "a b;c d" as "[[0,1],[2,3]]". */
const char *constraints_interaction(struct lt_ctx *ctx, const char *text, const struct lt_data *data);

#endif

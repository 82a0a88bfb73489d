/* reshape: tables from tables. */
#ifndef LATHE_OPS_RESHAPE_H
#define LATHE_OPS_RESHAPE_H

#include "base/progress.h"
#include "data/table.h"

/* Words: "age", "-name" (leave out), "a:c" (range), "x*" (pattern). Only exclusions: all others stay. */
struct table *reshape_select(const struct table *t, const char *const *words, size_t n, struct err *e);
bool reshape_columns(const struct table *t, const char *const *words, size_t n, int **cols, size_t *n_cols,
                     struct err *e);

/* Words: "age", "-fare" (descending). */
struct table *reshape_sort(const struct table *t, const char *const *words, size_t n, bool descending, struct err *e);

/* "a = x + 1, b = a * 2": assignments one after another, commas and = inside parentheses and quotes belong to the
 * expression. */
struct table *reshape_mutate(const struct table *t, const char *assignments, struct progress *p, struct err *e);

/* n rows, or the share of all when n is 0; drawn without replacement, in their old order. */
struct table *reshape_sample(const struct table *t, size_t n, double share, uint64_t seed, struct err *e);

#endif

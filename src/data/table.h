/* table: named columns of equal length; immutable, refcounted. A new table shares the columns that did not change.
 * At most 2^32-1 rows. */
#ifndef LATHE_DATA_TABLE_H
#define LATHE_DATA_TABLE_H

#include "data/column.h"

struct table;

struct table *table_ref(const struct table *t);
void table_unref(struct table *t);

size_t table_rows(const struct table *t);
size_t table_cols(const struct table *t);
const char *table_name(const struct table *t, size_t j);
const struct column *table_column(const struct table *t, size_t j);
int table_find(const struct table *t, const char *name); /* -1: no such column */
size_t table_bytes(const struct table *t);
uint64_t table_hash(const struct table *t); /* of names, types and values; computed once, on demand, thread-safe */
const char *table_source(const struct table *t); /* where it came from: "titanic", "data/x.csv"; "" unknown */

/* The column or ERR_NOT_FOUND with "did you mean"; -1 on failure. */
int table_require(const struct table *t, const char *name, struct err *e);

/* Builder: takes references of the columns given. Names must be distinct and not empty (duplicates get _2, _3). */
struct table_builder;
struct table_builder *table_builder_new(size_t rows, const char *source);
void table_builder_add(struct table_builder *b, const char *name, struct column *c /* taken */);
struct table *table_builder_done(struct table_builder *b); /* frees b */
void table_builder_free(struct table_builder *b);

struct table *table_take(const struct table *t, const uint32_t *rows, size_t n, struct err *e); /* gathers */
struct table *table_select(const struct table *t, const int *cols, size_t n);
/* t with one column replaced or added (column taken). */
struct table *table_with(const struct table *t, const char *name, struct column *c);
struct table *table_renamed(const struct table *t, size_t j, const char *name);

/* Row order by keys: each col[k], descending[k]; stable; missing last. order: rows entries. */
bool table_order(const struct table *t, const int *col, const bool *descending, size_t n_keys, uint32_t *order,
                 struct err *e);

#endif

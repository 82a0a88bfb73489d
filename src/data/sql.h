/* sql: SQLite over our columns, in place. Each table is a virtual table that reads columns directly; no copy is
 * made. Expressions of filter and mutate are SQLite's. The connection is in-memory, may not touch files (ATTACH
 * and load_extension are refused by the authoriser), and lives for one call. random() is refused: results
 * repeat.
 *
 * Functions added: sqrt exp ln log (natural) log2 log10 log1p expm1 pow power floor ceil trunc sin cos tan asin
 * acos atan atan2 sinh cosh tanh cbrt hypot; year month day weekday (Monday 1 … Sunday 7) hour minute second of
 * dates and times; the aggregates median sd var quantile(x, p), also as window functions. abs, round, min, max
 * … are SQLite's.
 *
 * Types out: INTEGER -> i64 (bool when the column was a bool), REAL -> f64, TEXT -> what its source was;
 * computed text becomes dates when all of it is, category when it repeats (infer.h), else text. Category and
 * text columns compare as text; a bool is 0/1; dates compare as ISO text. rowid counts from 1. Column names
 * that differ in case alone get a number (SQLite ignores case). err.from and err.to are places in the query or
 * expression.
 *
 */
#ifndef LATHE_DATA_SQL_H
#define LATHE_DATA_SQL_H

#include "base/progress.h"
#include "data/table.h"

struct sql_source {
    const char *name;
    const struct table *table;
};

/* Runs one SELECT (or WITH … SELECT). Errors carry SQLite's words, made a sentence, with "did you mean" for
 * unknown columns and tables. */
struct table *sql_query(const struct sql_source *sources, size_t n, const char *query, struct progress *p,
                        struct err *e);
/* Rows for which the expression is true, ascending; *rows is owned by the caller (mem_bulk_free). */
bool sql_filter(const struct table *t, const char *expression, uint32_t **rows, size_t *n, struct progress *p,
                struct err *e);
/* One column computed per row. */
struct column *sql_compute(const struct table *t, const char *expression, struct progress *p, struct err *e);

#endif

/* sql_parts: what the files of sql share. */
#ifndef LATHE_DATA_SQL_PARTS_H
#define LATHE_DATA_SQL_PARTS_H

#include <sqlite3.h>

#include "data/sql.h"

/* sql_vtab: one of our tables as SQLite sees it. The names are made distinct regardless of case, as SQLite
 * wants. */
struct sql_view {
    const char *name;
    const struct table *table;
    int *column; /* declared column -> ours; NULL: all in order */
    size_t n;    /* declared columns */
};
bool sql_view_attach(sqlite3 *db, struct sql_view *v, struct err *e); /* v must outlive db */

/* sql_function: the functions that SQLite lacks. */
bool sql_functions_add(sqlite3 *db);
const char *const *sql_function_names(int *n); /* ours and the common ones of SQLite, for "did you mean" */

/* sql_result: rows of a statement into columns. */
struct sql_result;
struct sql_result *sql_result_new(size_t columns);
void sql_result_free(struct sql_result *r);
/* Value `from` of the statement's row goes to row `row` of column j; rows may come in any order, and those that
 * never come are missing. */
bool sql_result_put(struct sql_result *r, size_t j, size_t row, sqlite3_stmt *s, int from, struct err *e);
/* decltype: of the result column, NULL for an expression. */
struct column *sql_result_column(struct sql_result *r, size_t j, size_t rows, const char *decltype_name,
                                 struct err *e);

#endif

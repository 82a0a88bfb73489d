/* table_view: a table of data as a view: rows are read where they lie, when they are drawn. */
#ifndef LATHE_OPS_TABLE_VIEW_H
#define LATHE_OPS_TABLE_VIEW_H

#include "data/table.h"
#include "view/view.h"

/* All rows of t (held by the view). object: the session's name of it, or NULL. */
struct view *table_view(const struct table *t, const char *id, const char *title, const char *object);
/* Rows [from, from + n) of it. */
struct view *table_view_part(const struct table *t, const char *id, const char *title, const char *object, size_t from,
                             size_t n);

#endif

/* object_view: what front ends show of an object without a command: a table, cell by cell. */
#ifndef LATHE_CMD_OBJECT_VIEW_H
#define LATHE_CMD_OBJECT_VIEW_H

#include "engine/session.h"

struct view *object_table_view(const struct object *o); /* OBJECT_TABLE; reads the rows where they lie */

#endif

/* schema_rows: the ids of all views and their columns; see engine/schema.h. */
#ifndef LATHE_CMD_SCHEMA_ROWS_H
#define LATHE_CMD_SCHEMA_ROWS_H

#include "engine/schema.h"

extern const struct schema_row schema_rows[];
extern const size_t schema_rows_count;

#endif

/* json_table: tables from and to JSON. Read: an array of records, one record a line (NDJSON), {"column":
 * [values…]}, or an object with one array of records in it. Nested records become columns "outer.inner"; arrays
 * inside a record become their JSON text. Values of one column that are of several kinds become text. */
#ifndef LATHE_DATA_JSON_TABLE_H
#define LATHE_DATA_JSON_TABLE_H

#include "base/progress.h"
#include "data/table.h"

struct table *json_read_memory(const char *data, size_t size, const char *source, struct progress *p,
                               struct err *e);
/* An array of records, or with `lines` one record a line; numbers in full, missing is null. */
void json_print_table(const struct table *t, bool lines, struct str *out);

#endif

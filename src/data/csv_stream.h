/* csv_stream: a delimited file as tables of some megabytes of its text each, one after the other, for those who need
 * every row once. A plain file is mapped and never wholly in memory; a .gz is inflated first. */
#ifndef LATHE_DATA_CSV_STREAM_H
#define LATHE_DATA_CSV_STREAM_H

#include "data/csv.h"

struct csv_stream;

/* Is it a file that can be read so? Other things are for table_read. */
bool csv_stream_can(const char *path);
struct csv_stream *csv_stream_open(const char *path, struct progress *p, struct err *e);
/* The next table, of about so many bytes of text; NULL: the end, or an error. type_names (pairs, or NULL) are of
 * columns whose types are known; those of columns that aren't there are passed over. */
struct table *csv_stream_next(struct csv_stream *s, size_t bytes, const char *const *type_names,
                              struct progress *p, struct err *e);
double csv_stream_done(const struct csv_stream *s); /* share of the bytes that were handed out */
void csv_stream_close(struct csv_stream *s);

#endif

/* read: a table from anywhere: a bundled name, a path (.csv .tsv .csv.gz .txt .json .ndjson), or "-". */
#ifndef LATHE_DATA_READ_H
#define LATHE_DATA_READ_H

#include "data/csv.h"

/* note (or NULL) gets what was guessed. Of a bundled text each line is a row of the column 'text'. */
struct table *table_read(const char *name_or_path, const struct csv_options *o, struct progress *p,
                         struct str *note, struct err *e);
bool table_write(const struct table *t, const char *path, const struct csv_options *o, struct err *e);
/* "titanic" for "x/titanic.csv.gz": a name fit for an object. Owned. */
char *table_name_from_path(const char *path);

#endif

/* csv: delimited text in and out. Reading: chunks are scanned in parallel, by libcsv where quotes are odd;
 * separator, quote, header and types are found by looking, and can be said. Files ending in .gz (or its magic)
 * are inflated by zlib. "-" is standard input. (libcsv owns the names csv_parse and csv_write.) */
#ifndef LATHE_DATA_CSV_H
#define LATHE_DATA_CSV_H

#include "base/progress.h"
#include "data/table.h"

enum csv_header { CSV_HEADER_AUTO, CSV_HEADER_YES, CSV_HEADER_NO };

struct csv_options {
    char sep;                /* 0: found by looking among , ; tab | space */
    char quote;              /* 0: '"' */
    enum csv_header header;
    const char *const *missing; /* codes; NULL: "", NA, N/A, NaN, nan, null, NULL */
    size_t n_missing;
    const char *const *type_names; /* NULL, or pairs "column", "type" ended by NULL */
    const char *comment;     /* lines that start with it are skipped; NULL: none */
    size_t skip;             /* lines before the header */
    size_t max_rows;         /* 0: all */
};

/* Errors name the line (struct err.line) and say what to do: empty file, binary file, ragged rows, bad UTF-8 is
 * kept as it is and said in `note`. A non-NULL note gets sentences worth saying (what was guessed). Code
 * ERR_DATA for content, ERR_NOT_FOUND/ERR_IO for the file. Cancelled: ERR_CANCELLED. */
struct table *csv_read(const char *path, const struct csv_options *o, struct progress *p, struct str *note,
                       struct err *e);
struct table *csv_read_memory(const char *data, size_t size, const char *source, const struct csv_options *o,
                              struct progress *p, struct str *note, struct err *e);

/* sep by the extension (.tsv: tab), .gz compressed, "-" standard output; atomic. */
bool csv_write_file(const struct table *t, const char *path, const struct csv_options *o, struct err *e);
void csv_print(const struct table *t, const struct csv_options *o, struct str *out);

#endif

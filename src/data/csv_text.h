/* csv_text: what the parts of the CSV reader share: the text being read, its dialect, and the pieces it is cut
 * into. */
#ifndef LATHE_DATA_CSV_TEXT_H
#define LATHE_DATA_CSV_TEXT_H

#include "data/csv.h"
#include "data/infer.h"

#define CSV_CHUNK ((size_t)1 << 20)

struct csv_dialect {
    char sep, quote;
    bool header;
    size_t fields; /* in every row */
};

/* The text: from `data` to `end`. Lines are counted from `whole`, where the file begins. */
struct csv_text {
    const char *whole;
    const char *data, *end;
    const char *source;
    bool droppable; /* pages of a mapped file: may be given back once parsed */
    char *copy;     /* owned, when the text had to be rewritten */
};

/* Rows [begin, end) of the text, whole ones. */
struct csv_piece {
    const char *begin, *end;
    bool quoted;      /* has a quote byte */
    size_t first_row; /* where its rows go in the columns */
    size_t room;      /* rows that fit there */
    bool last;        /* ends with the text, where the last line need not */
};

/* ---- csv_source: bytes -------------------------------------------------------------------------------------- */
struct csv_bytes {
    const char *data;
    size_t size;
    bool mapped;
    void *owned; /* private */
    size_t map_size;
};
bool csv_open(const char *path, struct csv_bytes *out, struct progress *p, struct err *e);
void csv_close(struct csv_bytes *b);
struct table *csv_read_bytes(const struct csv_bytes *b, const char *source, const struct csv_options *o,
                             struct progress *p, struct str *note, struct err *e);
/* Is it text at all? Empty, UTF-16, pictures, archives, programs and bytes of zero are refused by name. */
bool csv_is_text(const char *data, size_t size, const char *source, struct err *e);

/* ---- csv_normal: a rewritten copy where the text has comments, runs of spaces, or carriage returns alone ---- */
bool csv_normalise(struct csv_text *t, const struct csv_dialect *d, const char *comment, struct err *e);

/* ---- csv_sniff ---------------------------------------------------------------------------------------------- */
/* The separator, then (csv_sniff_header) whether the first row is a header. The names (owned strings) are appended
 * to *names, d->fields of them. */
char csv_sniff_sep(const char *data, const char *end, char quote, const char *comment);
bool csv_sniff_header(const struct csv_text *t, struct csv_dialect *d, enum csv_header want,
                      const struct missing *m, char ***names, const char **rows_begin, struct str *note,
                      struct err *e);

/* ---- csv_walk: rows one after the other, by libcsv, knowing where each begins ------------------------------- */
struct csv_row {
    const char *begin, *end; /* with its line end */
    char **field;            /* NUL-terminated */
    size_t *length;
    size_t n;
};
/* Calls fn for each row (begin: a place between rows, where reading may start) until it returns false. False
 * from here: no memory, or a quote that is never closed (then *open gets where its row begins; NULL otherwise). */
bool csv_walk(const char *data, const char *end, char sep, char quote,
              bool (*fn)(void *arg, const struct csv_row *), void *arg, const char **open);
size_t csv_line(const struct csv_text *t, const char *at); /* 1-based */

/* ---- csv_cut ------------------------------------------------------------------------------------------------ */
struct csv_facts {
    const char *base; /* where the first chunk begins: at the rows or, with the header, before them */
    size_t chunks;    /* of CSV_CHUNK bytes, or more where rows are long: a function of the text alone */
    size_t chunk;     /* bytes */
    size_t *quotes;   /* per chunk; owned (mem_free) */
    bool zero_byte, high_byte, lone_cr;
};
void csv_facts_find(const struct csv_text *t, char quote, struct csv_facts *out);
void csv_chunk_bytes(size_t bytes); /* for tests: chunks of this size; 0: the usual ones. Not while reading */
/* Pieces that are right when quotes are only used to quote; csv_cut_walk finds them by reading every row.
 * Owned. */
struct csv_piece *csv_cut(const struct csv_text *t, const struct csv_dialect *d, const struct csv_facts *f,
                          size_t *n);
struct csv_piece *csv_cut_walk(const struct csv_text *t, const struct csv_dialect *d, size_t *n, struct err *e);

#endif

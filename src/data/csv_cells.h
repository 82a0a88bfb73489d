/* csv_cells: cells of text into columns. One csv_column per column of the file; one csv_seen per column and
 * piece.
 *
 * A column is parsed as the kind that a sample suggested. A cell that doesn't fit marks the column in this
 * piece; from there on the piece only looks what kinds the cells are of. After all pieces the kinds are joined,
 * and a column whose kind has changed is parsed again, it alone. The bytes of text are kept by the piece until
 * the pieces before it are read; then they are moved behind theirs (csv_gather). */
#ifndef LATHE_DATA_CSV_CELLS_H
#define LATHE_DATA_CSV_CELLS_H

#include <pthread.h>
#include <stdatomic.h>

#include "data/csv_text.h"

enum csv_work {
    WORK_NONE, /* not in this pass, or all missing so far */
    WORK_BOOL,
    WORK_I64,
    WORK_F64,
    WORK_DATE,
    WORK_TIME,
    WORK_WORDS, /* text as codes into a dictionary per piece */
    WORK_TEXT
};

struct csv_column {
    char *name;
    enum csv_work work;
    bool keep_text;      /* the user said text or category: spelling matters */
    void *data;          /* by kind; text: the bytes */
    size_t bytes, room;  /* text: how many there are in data, and how many fit */
    uint64_t *offsets;   /* lengths, until the piece is gathered */
    uint64_t *valid;     /* bits are cleared atomically: pieces share words */
    atomic_bool gave_up; /* some piece had too many different words */
    bool done;
};

struct word_table; /* the distinct words of a column in a piece */

struct csv_seen {
    unsigned kinds; /* bit per infer_kind of the cells that aren't missing */
    bool broken;    /* a cell did not fit */
    struct word_table *words;
    char *text; /* bytes of the piece's cells; owned */
    size_t bytes, room;
};

/* What one piece needs to store cells. */
struct csv_store {
    struct csv_column *column;
    struct csv_seen *seen;
    const struct missing *missing;
    size_t fields;
};

size_t words_size(const struct word_table *w);
const char *words_at(const struct word_table *w, size_t i);

void seen_free(struct csv_seen *s);

/* Cell j of row `row`: n bytes at s. Up to `limit` may be read (never beyond what a cell needs). */
void csv_store_cell(struct csv_store *k, size_t j, size_t row, const char *s, size_t n, const char *limit);

/* ---- csv_scan: reading a piece ------------------------------------------------------------------------------ */
enum csv_end {
    CSV_END_OK,
    CSV_END_RAGGED,
    CSV_END_INSIDE /* of a row */,
    CSV_END_FULL /* more rows than room */,
    CSV_END_MEMORY
};
struct csv_read_piece {
    size_t rows;
    enum csv_end end;
    size_t bad_row, bad_fields; /* RAGGED: row of the piece, and its number of cells */
};
/* By the mask scanner, and by libcsv from the row on that uses quotes for more than quoting whole cells. */
void csv_scan(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
              struct csv_read_piece *out);

/* ---- csv_gather: the text of the pieces, in their order ---------------------------------------------------- */
struct csv_gather {
    pthread_mutex_t lock;
    struct csv_column *column;
    size_t fields, pieces;
    const struct csv_piece *piece;
    const struct csv_read_piece *read; /* pieces */
    struct csv_seen *seen;             /* pieces x fields */
    bool *ready;                       /* per piece: read, and waiting for those before it; owned */
    size_t next;                       /* the first piece that isn't gathered */
    bool failed;                       /* no memory */
};
void csv_gather_start(struct csv_gather *g); /* everything above `ready` is set */
/* Piece i is read. Moves it, and what waited for it, to where the text stays. From any thread. */
void csv_gather_piece(struct csv_gather *g, size_t i);
bool csv_gather_done(struct csv_gather *g); /* false: no memory */

#endif

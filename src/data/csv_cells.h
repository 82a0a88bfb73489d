/* csv_cells: cells of text into columns. One csv_column per column of the file; one csv_seen per column and
 * piece.
 *
 * A column is parsed as the kind that a sample suggested. A cell that doesn't fit marks the column in this
 * piece; from there on the piece only looks what kinds the cells are of. After all pieces the kinds are joined,
 * and a column whose kind has changed is parsed again, it alone. Text takes two passes (lengths, then bytes),
 * so that its bytes go straight to where they stay. */
#ifndef LATHE_DATA_CSV_CELLS_H
#define LATHE_DATA_CSV_CELLS_H

#include <stdatomic.h>

#include "data/csv_text.h"

enum csv_work {
    WORK_NONE, /* not in this pass, or all missing so far */
    WORK_BOOL,
    WORK_I64,
    WORK_F64,
    WORK_DATE,
    WORK_TIME,
    WORK_WORDS,   /* text as codes into a dictionary per piece */
    WORK_LENGTHS, /* text, first pass */
    WORK_BYTES    /* text, second pass */
};

struct csv_column {
    char *name;
    enum csv_work work;
    bool keep_text; /* the user said text or category: spelling matters */
    void *data;     /* by kind; text: the bytes */
    uint64_t *offsets;
    uint64_t *valid;     /* bits are cleared atomically: pieces share words */
    atomic_bool gave_up; /* some piece had too many different words */
    bool done;
};

struct word_table; /* the distinct words of a column in a piece */

struct csv_seen {
    unsigned kinds; /* bit per infer_kind of the cells that aren't missing */
    bool broken;    /* a cell did not fit */
    struct word_table *words;
    uint64_t bytes; /* text: bytes of the piece; in the second pass where the next goes */
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
void words_free(struct word_table *w);

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
/* By the mask scanner (no quotes) or by libcsv. */
void csv_scan(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
              struct csv_read_piece *out);
void csv_tokenise(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
                  struct csv_read_piece *out);

#endif

/* csv_scan: the cells of one piece, by one of two readers that agree on every text without quotes: the mask
 * scanner finds separators and line ends 64 bytes at a time and hands out cells where they stand; libcsv knows
 * quotes. Both drop spaces and tabs around a cell and skip blank lines. */
#include "data/csv_cells.h"

#include <csv.h>
#include <string.h>

#include "data/csv_mask.h"

/* ---- the mask scanner --------------------------------------------------------------------------------------- */

struct scan {
    struct csv_store *store;
    const struct csv_piece *piece;
    struct csv_read_piece *out;
    const char *field; /* where the cell being read begins */
    size_t j;          /* its number */
    char sep;
};

static inline bool is_blank(char c, char sep)
{
    return (c == ' ' || c == '\t') && c != sep;
}

/* The cell ends at `stop`. */
static inline void scan_cell(struct scan *s, const char *stop)
{
    const char *from = s->field;
    size_t n = (size_t)(stop - from);
    while (n && is_blank(*from, s->sep))
        from++, n--;
    while (n && is_blank(from[n - 1], s->sep))
        n--;
    if (s->j < s->store->fields)
        csv_store_cell(s->store, s->j, s->piece->first_row + s->out->rows, from, n, s->piece->end);
}

static bool only_blanks(const char *from, const char *stop, char sep)
{
    while (from < stop && is_blank(*from, sep))
        from++;
    return from == stop;
}

/* The row ends at `stop`; false when it can't be used. */
static inline bool scan_row_end(struct scan *s, const char *stop)
{
    if (s->j == 0 && only_blanks(s->field, stop, s->sep))
        return true;
    if (s->out->rows == s->piece->room) {
        s->out->end = CSV_END_FULL;
        return false;
    }
    scan_cell(s, stop);
    if (s->j + 1 != s->store->fields) {
        s->out->end = CSV_END_RAGGED;
        s->out->bad_row = s->out->rows;
        s->out->bad_fields = s->j + 1;
        return false;
    }
    s->j = 0;
    s->out->rows++;
    return true;
}

void csv_scan(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
              struct csv_read_piece *out)
{
    *out = (struct csv_read_piece){0};
    struct scan s = {k, p, out, p->begin, 0, d->sep};
    char pad[64];
    for (const char *base = p->begin; base < p->end; base += 64) {
        const char *block = base;
        size_t n = (size_t)(p->end - base);
        if (n < 64) {
            memset(pad, 0, sizeof pad);
            memcpy(pad, base, n);
            block = pad;
        }
        for (uint64_t m = mask_three(block, d->sep, '\n', '\r'); m; m &= m - 1) {
            const char *stop = base + __builtin_ctzll(m);
            if (*stop == d->sep) {
                if (s.j == 0 && out->rows == p->room) {
                    out->end = CSV_END_FULL;
                    return;
                }
                scan_cell(&s, stop);
                s.j++;
            } else if (!scan_row_end(&s, stop)) {
                return;
            }
            s.field = stop + 1;
        }
    }
    if ((s.field < p->end || s.j) && scan_row_end(&s, p->end) && !p->last)
        out->end = CSV_END_INSIDE;
}

/* ---- libcsv ------------------------------------------------------------------------------------------------- */

struct tokens {
    struct csv_store *store;
    const struct csv_piece *piece;
    struct csv_read_piece *out;
    size_t j;
    bool stop;
};

static void token_cell(void *s, size_t n, void *arg)
{
    struct tokens *t = arg;
    if (t->stop)
        return;
    if (t->j == 0 && t->out->rows == t->piece->room) {
        t->out->end = CSV_END_FULL;
        t->stop = true;
        return;
    }
    const char *cell = n ? s : "";
    if (t->j < t->store->fields)
        csv_store_cell(t->store, t->j, t->piece->first_row + t->out->rows, cell, n, cell + n);
    t->j++;
}

static void token_row(int end, void *arg)
{
    (void)end;
    struct tokens *t = arg;
    if (t->stop)
        return;
    if (t->j != t->store->fields) {
        t->out->end = CSV_END_RAGGED;
        t->out->bad_row = t->out->rows;
        t->out->bad_fields = t->j;
        t->stop = true;
        return;
    }
    t->j = 0;
    t->out->rows++;
}

void csv_tokenise(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
                  struct csv_read_piece *out)
{
    *out = (struct csv_read_piece){0};
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0) {
        out->end = CSV_END_MEMORY;
        return;
    }
    csv_set_delim(&parser, (unsigned char)d->sep);
    csv_set_quote(&parser, (unsigned char)d->quote);
    struct tokens t = {k, p, out, 0, false};
    size_t n = (size_t)(p->end - p->begin);
    if (csv_parse(&parser, p->begin, n, token_cell, token_row, &t) != n) {
        out->end = CSV_END_MEMORY;
    } else if (!t.stop) {
        size_t rows = out->rows;
        csv_set_opts(&parser, CSV_STRICT | CSV_STRICT_FINI); /* an open quote is an error, stray ones weren't */
        bool open = csv_fini(&parser, token_cell, token_row, &t) != 0;
        if (open || (!p->last && (out->rows != rows || t.stop))) {
            out->rows = rows;
            out->end = CSV_END_INSIDE;
        }
    }
    csv_free(&parser);
}

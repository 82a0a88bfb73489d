/* csv_scan: the cells of one piece. The mask scanner finds separators and line ends 64 bytes at a time, those
 * inside quotes left out, and hands out cells where they stand. A row with a cell that has quotes but isn't
 * quoted as a whole is left to libcsv, and so is the rest of its piece: what such quotes mean is what libcsv says.
 * Both drop spaces and tabs around a cell and skip blank lines. */
#include "data/csv_cells.h"

#include <csv.h>
#include <string.h>

#include "base/str.h"
#include "data/csv_mask.h"

/* Where reading goes on: at a row, some cells of which are stored already. */
struct row_start {
    const char *at;
    size_t stored;
};
static void csv_tokenise(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
                         struct row_start from, struct csv_read_piece *out);

/* ---- the mask scanner --------------------------------------------------------------------------------------- */

struct scan {
    struct csv_store *store;
    const struct csv_piece *piece;
    struct csv_read_piece *out;
    const char *row;   /* where the row being read begins */
    const char *field; /* and its cell */
    size_t j;          /* number of the cell */
    char sep, quote;
    struct str plain; /* a cell without its doubled quotes */
};

/* What to do after a cell or a row. */
enum scan_next { SCAN_ON, SCAN_STOP, SCAN_ODD /* quotes */ };

NUM_INLINE bool is_blank(char c, char sep)
{
    return (c == ' ' || c == '\t') && c != sep;
}

/* n bytes with quotes in them, each twice. False: one stands alone. */
static bool undouble(struct str *out, const char *s, size_t n, char quote)
{
    str_clear(out);
    for (const char *end = s + n, *q; s < end; s = q + 2) {
        q = memchr(s, quote, (size_t)(end - s));
        if (!q) {
            str_addn(out, s, (size_t)(end - s));
            return true;
        }
        if (q + 1 == end || q[1] != quote)
            return false;
        str_addn(out, s, (size_t)(q - s) + 1);
    }
    return true;
}

/* The cell ends at `stop`; there are so many quotes in it, where 3 means more than 2. */
NUM_INLINE enum scan_next scan_cell(struct scan *s, const char *stop, unsigned quotes)
{
    const char *from = s->field, *limit = s->piece->end;
    size_t n = (size_t)(stop - from);
    while (n && is_blank(*from, s->sep))
        from++, n--;
    while (n && is_blank(from[n - 1], s->sep))
        n--;
    if (quotes) {
        if (quotes == 1 || *from != s->quote || from[n - 1] != s->quote)
            return SCAN_ODD;
        from++;
        n -= 2;
        if (quotes > 2) {
            if (!undouble(&s->plain, from, n, s->quote))
                return SCAN_ODD;
            from = str_get(&s->plain);
            n = s->plain.len;
            limit = from + n;
        }
    }
    if (s->j < s->store->fields)
        csv_store_cell(s->store, s->j, s->piece->first_row + s->out->rows, from, n, limit);
    return SCAN_ON;
}

static bool only_blanks(const char *from, const char *stop, char sep)
{
    while (from < stop && is_blank(*from, sep))
        from++;
    return from == stop;
}

/* The row ends at `stop`. */
NUM_INLINE enum scan_next scan_row_end(struct scan *s, const char *stop, unsigned quotes)
{
    if (s->j == 0 && only_blanks(s->field, stop, s->sep))
        return SCAN_ON;
    if (s->out->rows == s->piece->room) {
        s->out->end = CSV_END_FULL;
        return SCAN_STOP;
    }
    if (scan_cell(s, stop, quotes) == SCAN_ODD)
        return SCAN_ODD;
    if (s->j + 1 != s->store->fields) {
        s->out->end = CSV_END_RAGGED;
        s->out->bad_row = s->out->rows;
        s->out->bad_fields = s->j + 1;
        return SCAN_STOP;
    }
    s->j = 0;
    s->out->rows++;
    return SCAN_ON;
}

NUM_INLINE enum scan_next scan_separator(struct scan *s, const char *stop, unsigned quotes)
{
    if (s->j == 0 && s->out->rows == s->piece->room) {
        s->out->end = CSV_END_FULL;
        return SCAN_STOP;
    }
    if (scan_cell(s, stop, quotes) == SCAN_ODD)
        return SCAN_ODD;
    s->j++;
    return SCAN_ON;
}

/* How many bits, up to 3. */
NUM_INLINE unsigned count_few(uint64_t m)
{
    uint64_t second = m & (m - 1), third = second & (second - 1);
    return m ? 1 + (second != 0) + (second && third) : 0;
}

NUM_INLINE unsigned add_few(unsigned a, unsigned b)
{
    return a + b < 3 ? a + b : 3;
}

/* All cells of the piece; written once for pieces with quotes and once for those without. */
NUM_INLINE enum scan_next scan_piece(struct scan *s, bool quoted)
{
    const struct csv_piece *p = s->piece;
    uint64_t inside = 0; /* all ones inside quotes */
    unsigned before = 0; /* quotes of the cell in the blocks before */
    char pad[64];
    for (const char *base = p->begin; base < p->end; base += 64) {
        const char *block = base;
        size_t n = (size_t)(p->end - base);
        if (n < 64) {
            memset(pad, 0, sizeof pad);
            memcpy(pad, base, n);
            block = pad;
        }
        uint64_t m = mask_three(block, s->sep, '\n', '\r'), quotes = 0;
        if (quoted) {
            quotes = mask_byte(block, s->quote);
            uint64_t in = mask_parity(quotes) ^ inside;
            inside = (uint64_t)((int64_t)in >> 63);
            m &= ~in;
        }
        for (; m; m &= m - 1) {
            unsigned at = (unsigned)__builtin_ctzll(m), here = 0;
            const char *stop = base + at;
            if (quoted) {
                here = add_few(before, count_few(quotes & mask_below(at)));
                quotes &= ~mask_below(at);
                before = 0;
            }
            bool cell = *stop == s->sep;
            enum scan_next next = cell ? scan_separator(s, stop, here) : scan_row_end(s, stop, here);
            if (next != SCAN_ON)
                return next;
            s->field = stop + 1;
            if (!cell)
                s->row = s->field;
        }
        if (quoted)
            before = add_few(before, count_few(quotes));
    }
    if (inside)
        return SCAN_ODD;
    if (s->field == p->end && s->j == 0)
        return SCAN_ON;
    enum scan_next last = scan_row_end(s, p->end, before);
    if (last == SCAN_ON && !p->last)
        s->out->end = CSV_END_INSIDE;
    return last;
}

NUM_CLONES static enum scan_next scan_quoted(struct scan *s)
{
    return scan_piece(s, true);
}

NUM_CLONES static enum scan_next scan_plain(struct scan *s)
{
    return scan_piece(s, false);
}

void csv_scan(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
              struct csv_read_piece *out)
{
    *out = (struct csv_read_piece){0};
    struct scan s = {k, p, out, p->begin, p->begin, 0, d->sep, d->quote, STR_INIT};
    bool known = !is_blank(d->quote, d->sep) && d->quote != '\n' && d->quote != '\r';
    enum scan_next end = !p->quoted ? scan_plain(&s) : known ? scan_quoted(&s) : SCAN_ODD;
    if (end == SCAN_ODD)
        csv_tokenise(p, d, k, (struct row_start){s.row, s.j}, out);
    str_done(&s.plain);
}

/* ---- libcsv ------------------------------------------------------------------------------------------------- */

struct tokens {
    struct csv_store *store;
    const struct csv_piece *piece;
    struct csv_read_piece *out;
    size_t j;
    size_t stored; /* cells of the first row that are */
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
    if (t->stored)
        t->stored--;
    else if (t->j < t->store->fields)
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

static void csv_tokenise(const struct csv_piece *p, const struct csv_dialect *d, struct csv_store *k,
                         struct row_start from, struct csv_read_piece *out)
{
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0) {
        out->end = CSV_END_MEMORY;
        return;
    }
    csv_set_delim(&parser, (unsigned char)d->sep);
    csv_set_quote(&parser, (unsigned char)d->quote);
    struct tokens t = {k, p, out, 0, from.stored, false};
    size_t n = (size_t)(p->end - from.at);
    if (csv_parse(&parser, from.at, n, token_cell, token_row, &t) != n) {
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

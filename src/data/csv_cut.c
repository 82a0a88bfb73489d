/* csv_cut: a text into pieces of whole rows that can be read side by side.
 *
 * Quotes that come in pairs tell at any byte whether it is inside a cell: by whether the number of quotes
 * before it is odd (after Ge et al., "Speculative Distributed CSV Parsing for Big Data Analytics", SIGMOD
 * 2019). So the quotes of every chunk are counted, sums over the chunks give the state at each cut, and a piece
 * begins after the first newline outside quotes. A quote inside an unquoted cell breaks the rule: the reader of
 * a piece notices that it doesn't end where the next began, and the text is cut again by walking it row by row. */
#include "data/csv_text.h"

#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"
#include "data/csv_mask.h"

NUM_INLINE size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The 64 bytes at p, or what is left of them with zeros behind; *n gets how many are real. */
NUM_INLINE const char *block_at(const char *p, const char *end, char pad[64], size_t *n)
{
    *n = smaller((size_t)(end - p), 64);
    if (*n == 64)
        return p;
    memset(pad, 0, 64);
    memcpy(pad, p, *n);
    return pad;
}

/* ---- facts -------------------------------------------------------------------------------------------------- */

struct facts_job {
    const struct csv_text *t;
    char quote;
    struct csv_facts *out;
    unsigned char *flags; /* per chunk: 1 zero byte, 2 high byte, 4 carriage return alone */
};

NUM_CLONES static void chunk_facts(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    struct facts_job *job = arg;
    const char *p = job->t->data + i * job->out->chunk, *end = job->t->end;
    const char *stop = p + smaller(job->out->chunk, (size_t)(end - p));
    size_t quotes = 0;
    uint64_t zeros = 0, highs = 0, alone = 0;
    while (p < stop) {
        char pad[64];
        size_t n;
        const char *block = block_at(p, stop, pad, &n);
        uint64_t real = n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
        quotes += (size_t)__builtin_popcountll(mask_byte(block, job->quote) & real);
        zeros |= mask_byte(block, 0) & real;
        highs |= mask_high(block);
        uint64_t cr = mask_byte(block, '\r');
        if (cr) {
            uint64_t lf_after = mask_byte(block, '\n') >> 1;
            if (p + n < end && p[n] == '\n')
                lf_after |= UINT64_C(1) << (n - 1);
            alone |= cr & ~lf_after;
        }
        p += n;
    }
    job->out->quotes[i] = quotes;
    job->flags[i] = (unsigned char)((zeros != 0) | (highs != 0) << 1 | (alone != 0) << 2);
}

static size_t tested_chunk;

void csv_chunk_bytes(size_t bytes)
{
    tested_chunk = bytes;
}

void csv_facts_find(const struct csv_text *t, char quote, struct csv_facts *out)
{
    size_t size = (size_t)(t->end - t->data);
    const char *line = memchr(t->data, '\n', size);
    size_t row =
        line ? (size_t)(line - t->data) : size; /* very wide rows: bigger chunks, so that they hold some */
    out->base = t->data;
    out->chunk = row > CSV_CHUNK / 64 ? smaller(row, SIZE_MAX / 128) * 64 : CSV_CHUNK;
    if (tested_chunk)
        out->chunk = tested_chunk;
    out->chunks = size / out->chunk + (size % out->chunk != 0);
    out->quotes = mem_zero(out->chunks, sizeof *out->quotes);
    struct facts_job job = {t, quote, out, mem_zero(out->chunks, 1)};
    parallel_for(out->chunks, chunk_facts, &job);
    unsigned all = 0;
    for (size_t i = 0; i < out->chunks; i++)
        all |= job.flags[i];
    out->zero_byte = all & 1;
    out->high_byte = all & 2;
    out->lone_cr = all & 4;
    mem_free(job.flags);
}

/* ---- cutting by parity -------------------------------------------------------------------------------------- */

struct cut_job {
    const struct csv_text *t;
    const struct csv_dialect *d;
    const struct csv_facts *f;
    bool *inside;       /* state at the start of each chunk */
    const char **begin; /* first row that begins in the chunk; NULL: none */
    struct csv_piece *piece;
};

static void find_begin(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    struct cut_job *job = arg;
    const char *p = job->f->base + i * job->f->chunk, *end = job->t->end;
    const char *stop = p + smaller(job->f->chunk, (size_t)(end - p));
    job->begin[i] = NULL;
    if (i == 0) {
        job->begin[i] = job->t->data;
        return;
    }
    bool inside = job->inside[i];
    for (; p < stop; p++) {
        if (*p == job->d->quote)
            inside = !inside;
        else if (*p == '\n' && !inside) {
            job->begin[i] = p + 1;
            return;
        }
    }
}

/* Rows of a piece: line ends outside quotes that follow something. At least as many as the rows that libcsv will
 * see, unless quotes are used for more than quoting. */
NUM_CLONES static void count_rows(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    struct cut_job *job = arg;
    struct csv_piece *k = &job->piece[i];
    uint64_t inside = 0, before = 1; /* all ones inside quotes; whether the byte before ended a line */
    size_t rows = 0, quotes = 0;
    for (const char *p = k->begin; p < k->end;) {
        char pad[64];
        size_t n;
        const char *block = block_at(p, k->end, pad, &n);
        uint64_t ends = mask_byte(block, '\n') | mask_byte(block, '\r'), quote = mask_byte(block, job->d->quote);
        uint64_t in = mask_parity(quote) ^ inside;
        inside = (uint64_t)((int64_t)in >> 63);
        ends &= ~in;
        quotes |= quote;
        rows += (size_t)__builtin_popcountll(ends & ~(ends << 1 | before));
        before = ends >> 63;
        p += n;
    }
    k->quoted = quotes != 0;
    k->room = rows + 1; /* the last line may have no end */
    if (k->begin == k->end)
        k->room = 0;
    else if (k->end[-1] == '\n' && !inside)
        k->room--;
}

static void number_rows(struct csv_piece *piece, size_t n)
{
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        piece[i].first_row = row;
        row += piece[i].room;
        piece[i].last = i + 1 == n;
    }
}

struct csv_piece *csv_cut(const struct csv_text *t, const struct csv_dialect *d, const struct csv_facts *f,
                          size_t *n)
{
    struct cut_job job = {t,
                          d,
                          f,
                          mem_zero(f->chunks, sizeof(bool)),
                          mem_zero(f->chunks, sizeof(char *)),
                          mem_zero(f->chunks, sizeof(struct csv_piece))};
    bool inside = false;
    for (size_t i = 0; i < f->chunks; i++) {
        job.inside[i] = inside;
        inside ^= f->quotes[i] & 1;
    }
    parallel_for(f->chunks, find_begin, &job);
    size_t pieces = 0;
    for (size_t i = 0; i < f->chunks; i++) {
        if (!job.begin[i] || job.begin[i] == t->end || (i && job.begin[i] <= t->data)) /* none, or of the header */
            continue;
        if (pieces)
            job.piece[pieces - 1].end = job.begin[i];
        job.piece[pieces++] = (struct csv_piece){job.begin[i], t->end, false, 0, 0, false};
    }
    parallel_for(pieces, count_rows, &job);
    number_rows(job.piece, pieces);
    mem_free(job.inside);
    mem_free(job.begin);
    *n = pieces;
    return job.piece;
}

/* ---- cutting by walking ------------------------------------------------------------------------------------- */

struct walk_cut {
    VEC(struct csv_piece) piece;
    size_t rows;
};

/* A piece goes on until a row begins that it needn't have. */
static bool note_row(void *arg, const struct csv_row *row)
{
    struct walk_cut *w = arg;
    struct csv_piece *k = w->piece.n ? &w->piece.v[w->piece.n - 1] : NULL;
    if (!k || (size_t)(row->begin - k->begin) >= (tested_chunk ? tested_chunk : CSV_CHUNK)) {
        if (k)
            k->end = row->begin;
        vec_push(&w->piece, (struct csv_piece){row->begin, row->end, true, w->rows, 0, false});
        k = &w->piece.v[w->piece.n - 1];
    }
    k->room++;
    w->rows++;
    return true;
}

struct csv_piece *csv_cut_walk(const struct csv_text *t, const struct csv_dialect *d, size_t *n, struct err *e)
{
    struct walk_cut w = {0};
    const char *open;
    if (!csv_walk(t->data, t->end, d->sep, d->quote, note_row, &w, &open) && !open) {
        err_set(e, ERR_MEMORY, "not enough memory to read %s", t->source);
        vec_done(&w.piece);
        return NULL;
    }
    if (w.piece.n) {
        w.piece.v[w.piece.n - 1].last = true;
        w.piece.v[w.piece.n - 1].end = t->end; /* also what an open quote swallowed: its reader will say so */
    }
    *n = w.piece.n;
    return w.piece.v ? w.piece.v : mem_zero(1, sizeof(struct csv_piece));
}

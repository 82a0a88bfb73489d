/* csv_write: a table as delimited text that reads back equal: cells are quoted where they must be, numbers are the
 * shortest that keep their value, and a column of real numbers that happen to be whole keeps a ".0". */
#include "data/csv.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"

#define BLOCK_ROWS 2048 /* printed by one task */
#define BATCH 16        /* blocks printed before they are written */

struct writer {
    const struct table *t;
    char sep, quote;
    const char *missing;
    bool header;
    bool *whole; /* per column: f64 that holds whole numbers only */
};

static bool is_whole(const struct column *c)
{
    bool any = false;
    if (column_type(c) != COLUMN_F64)
        return false;
    const double *x = column_f64(c);
    for (size_t i = 0; i < column_size(c); i++) {
        if (isnan(x[i]))
            continue;
        if (x[i] != floor(x[i]))
            return false;
        any = true;
    }
    return any;
}

static struct writer writer_new(const struct table *t, const struct csv_options *o, char sep)
{
    struct writer w = {t, o && o->sep ? o->sep : sep, o && o->quote ? o->quote : '"', "", true, NULL};
    if (o && o->missing && o->n_missing)
        w.missing = o->missing[0];
    if (o && o->header == CSV_HEADER_NO)
        w.header = false;
    w.whole = mem_zero(table_cols(t) + 1, sizeof *w.whole);
    for (size_t j = 0; j < table_cols(t); j++)
        w.whole[j] = is_whole(table_column(t, j));
    return w;
}

/* A cell goes over as it is unless the reader would take it for something else. */
static bool needs_quotes(const struct writer *w, const char *s, size_t n)
{
    if (n == 0)
        return false;
    if (*s == ' ' || *s == '\t' || s[n - 1] == ' ' || s[n - 1] == '\t')
        return true;
    for (size_t i = 0; i < n; i++)
        if (s[i] == w->sep || s[i] == w->quote || s[i] == '\n' || s[i] == '\r')
            return true;
    return false;
}

static void put_cell(const struct writer *w, const char *s, size_t n, struct str *out)
{
    if (!needs_quotes(w, s, n)) {
        str_addn(out, s, n);
        return;
    }
    str_addc(out, w->quote);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == w->quote)
            str_addc(out, w->quote);
        str_addc(out, s[i]);
    }
    str_addc(out, w->quote);
}

/* A line that would be blank, and so skipped, is kept by a pair of quotes. */
static void end_line(const struct writer *w, size_t line_begin, struct str *out)
{
    if (out->len == line_begin) {
        str_addc(out, w->quote);
        str_addc(out, w->quote);
    }
    str_addc(out, '\n');
}

static void put_header(const struct writer *w, struct str *out)
{
    size_t begin = out->len;
    for (size_t j = 0; j < table_cols(w->t); j++) {
        if (j)
            str_addc(out, w->sep);
        put_cell(w, table_name(w->t, j), strlen(table_name(w->t, j)), out);
    }
    end_line(w, begin, out);
}

static void put_row(const struct writer *w, size_t i, struct str *out, struct str *cell)
{
    size_t begin = out->len;
    for (size_t j = 0; j < table_cols(w->t); j++) {
        const struct column *c = table_column(w->t, j);
        if (j)
            str_addc(out, w->sep);
        if (column_is_missing(c, i)) {
            str_add(out, w->missing);
            continue;
        }
        str_clear(cell);
        column_print(c, i, cell);
        if (w->whole[j] && !strpbrk(str_get(cell), ".en"))
            str_add(cell, ".0");
        put_cell(w, str_get(cell), cell->len, out);
    }
    end_line(w, begin, out);
}

void csv_print(const struct table *t, const struct csv_options *o, struct str *out)
{
    struct writer w = writer_new(t, o, ',');
    struct str cell = STR_INIT;
    if (w.header)
        put_header(&w, out);
    for (size_t i = 0; i < table_rows(t); i++)
        put_row(&w, i, out, &cell);
    str_done(&cell);
    mem_free(w.whole);
}

/* ---- to a file ---------------------------------------------------------------------------------------------- */

/* Where blocks go: a file, through deflate when its name ends in .gz. */
struct sink {
    struct file_writer *file;
    bool packed;
    z_stream z;
};

static bool sink_put(struct sink *k, const char *data, size_t n, bool last, struct err *e)
{
    if (!k->packed)
        return n == 0 || file_writer_put(k->file, data, n, e);
    char out[32768];
    k->z.next_in = (Bytef *)(uintptr_t)data;
    k->z.avail_in = (uInt)n;
    do {
        k->z.next_out = (Bytef *)out;
        k->z.avail_out = sizeof out;
        if (deflate(&k->z, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
            return err_set(e, ERR_INTERNAL, "the data can't be packed");
        size_t got = sizeof out - k->z.avail_out;
        if (got && !file_writer_put(k->file, out, got, e))
            return false;
    } while (k->z.avail_out == 0);
    return true;
}

/* Blocks of rows are printed side by side and written in their order. */
struct print_job {
    const struct writer *w;
    struct str block[BATCH];
    size_t first_row; /* of the first block */
};

static void print_block(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    struct print_job *job = arg;
    size_t from = job->first_row + i * BLOCK_ROWS, n = table_rows(job->w->t);
    size_t to = n - from < BLOCK_ROWS ? n : from + BLOCK_ROWS;
    struct str cell = STR_INIT;
    str_clear(&job->block[i]);
    for (size_t row = from; row < to; row++)
        put_row(job->w, row, &job->block[i], &cell);
    str_done(&cell);
}

static bool write_all(struct sink *k, const struct writer *w, struct err *e)
{
    struct print_job job = {.w = w};
    size_t n = table_rows(w->t);
    bool ok = true;
    if (w->header) {
        put_header(w, &job.block[0]);
        ok = sink_put(k, job.block[0].s, job.block[0].len, false, e);
    }
    for (; job.first_row < n && ok; job.first_row += BATCH * BLOCK_ROWS) {
        size_t blocks = (n - job.first_row + BLOCK_ROWS - 1) / BLOCK_ROWS;
        blocks = blocks < BATCH ? blocks : BATCH;
        parallel_for(blocks, print_block, &job);
        for (size_t i = 0; i < blocks && ok; i++)
            ok = sink_put(k, str_get(&job.block[i]), job.block[i].len, false, e);
    }
    ok = ok && sink_put(k, "", 0, true, e);
    for (size_t i = 0; i < BATCH; i++)
        str_done(&job.block[i]);
    return ok;
}

bool csv_write_file(const struct table *t, const char *path, const struct csv_options *o, struct err *e)
{
    struct sink k = {.packed = str_ends(path, ".gz")};
    bool tabs = str_ends(path, ".tsv") || str_ends(path, ".tsv.gz") || str_ends(path, ".tab");
    if (k.packed && deflateInit2(&k.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(e, ERR_MEMORY, "not enough memory to pack %s", path);
    struct writer w = writer_new(t, o, tabs ? '\t' : ',');
    k.file = file_writer_open(path, e);
    bool ok = k.file && write_all(&k, &w, e);
    if (ok)
        ok = file_writer_commit(k.file, e);
    else if (k.file)
        file_writer_abandon(k.file);
    if (k.packed)
        deflateEnd(&k.z);
    mem_free(w.whole);
    return ok;
}

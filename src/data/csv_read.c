/* csv_read: the reader's story: what the text is, how it is written, where its rows are, what its columns hold. */
#include "data/csv.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "data/csv_cells.h"
#include "data/csv_text.h"
#include "data/hash.h"

struct reader {
    const struct csv_options *o;
    struct csv_text text;
    struct csv_dialect dialect;
    struct csv_facts facts;
    struct missing missing;
    struct csv_column *column; /* dialect.fields */
    struct csv_piece *piece;
    struct csv_read_piece *read; /* per piece */
    struct csv_seen *seen;       /* pieces x fields */
    size_t pieces;
    size_t room, rows; /* rows there is room for, and rows read */
    struct csv_gather gather;
    struct progress *progress;
    double pass_from, pass_to;
    struct str *note;
    struct err *err;
};

/* ---- one pass over the pieces ------------------------------------------------------------------------------- */

/* Gives the pages of a parsed piece back; should they be needed again, they come from the page cache. */
static void drop_pages(const struct reader *r, const struct csv_piece *p)
{
    if (!r->text.droppable)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)p->begin + page - 1) / page * page, to = (uintptr_t)p->end / page * page;
    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
}

static void read_piece(void *arg, size_t i, unsigned worker)
{
    struct reader *r = arg;
    const struct csv_piece *p = &r->piece[i];
    if (progress_cancelled(r->progress))
        return;
    struct csv_store store = {r->column, r->seen + i * r->dialect.fields, &r->missing, r->dialect.fields};
    csv_scan(p, &r->dialect, &store, &r->read[i]);
    csv_gather_piece(&r->gather, i);
    drop_pages(r, p);
    if (worker == 0)
        progress_report(r->progress,
                        r->pass_from + (r->pass_to - r->pass_from) * (double)(i + 1) / (double)r->pieces, NULL);
}

/* What went wrong first, when the pieces are looked at in order. */
enum verdict { VERDICT_FINE, VERDICT_RECUT, VERDICT_FAILED };

struct find_row {
    size_t wanted, seen;
    const char *at;
};

static bool find_nth_row(void *arg, const struct csv_row *row)
{
    struct find_row *f = arg;
    f->at = row->begin;
    return f->seen++ != f->wanted;
}

static enum verdict ragged(struct reader *r, const struct csv_piece *p, const struct csv_read_piece *got)
{
    struct find_row f = {.wanted = got->bad_row, .at = p->begin};
    const char *open;
    csv_walk(p->begin, p->end, r->dialect.sep, r->dialect.quote, find_nth_row, &f, &open);
    size_t line = csv_line(&r->text, f.at);
    err_set(r->err, ERR_DATA, "%s: line %zu has %zu field%s, the %s has %zu", r->text.source, line,
            got->bad_fields, got->bad_fields == 1 ? "" : "s", r->dialect.header ? "header" : "first row",
            r->dialect.fields);
    if (r->err)
        r->err->line = line < INT_MAX ? (int)line : INT_MAX;
    err_hint(r->err, "a cell that holds the separator must be quoted; another separator can be said with sep=");
    return VERDICT_FAILED;
}

static enum verdict unclosed(struct reader *r, const struct csv_piece *p)
{
    struct find_row f = {.wanted = SIZE_MAX};
    const char *open = p->begin;
    csv_walk(p->begin, p->end, r->dialect.sep, r->dialect.quote, find_nth_row, &f, &open);
    size_t line = csv_line(&r->text, open ? open : p->begin);
    err_set(r->err, ERR_DATA, "%s: a quote that is opened in line %zu is never closed", r->text.source, line);
    if (r->err)
        r->err->line = line < INT_MAX ? (int)line : INT_MAX;
    err_hint(r->err, "a quote inside a quoted cell is written twice: \"say \"\"hi\"\"\"");
    return VERDICT_FAILED;
}

static enum verdict no_memory(struct reader *r)
{
    err_set(r->err, ERR_MEMORY, "not enough memory to read %s", r->text.source);
    return VERDICT_FAILED;
}

static enum verdict judge(struct reader *r)
{
    for (size_t i = 0; i < r->pieces; i++) {
        const struct csv_read_piece *got = &r->read[i];
        switch (got->end) {
        case CSV_END_OK:
            break;
        case CSV_END_RAGGED:
            return ragged(r, &r->piece[i], got);
        case CSV_END_INSIDE:
            return r->piece[i].last ? unclosed(r, &r->piece[i]) : VERDICT_RECUT;
        case CSV_END_FULL:
            return VERDICT_RECUT;
        case CSV_END_MEMORY:
            return no_memory(r);
        }
    }
    return VERDICT_FINE;
}

static enum verdict run_pass(struct reader *r)
{
    r->gather = (struct csv_gather){.column = r->column,
                                    .fields = r->dialect.fields,
                                    .pieces = r->pieces,
                                    .piece = r->piece,
                                    .read = r->read,
                                    .seen = r->seen};
    csv_gather_start(&r->gather);
    parallel_for(r->pieces, read_piece, r);
    bool gathered = csv_gather_done(&r->gather);
    if (progress_cancelled(r->progress)) {
        err_set(r->err, ERR_CANCELLED, "reading %s was cancelled", r->text.source);
        return VERDICT_FAILED;
    }
    enum verdict v = judge(r);
    if (v == VERDICT_FINE && !gathered)
        return no_memory(r);
    return v;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static enum csv_work work_for(enum infer_kind kind)
{
    static const enum csv_work works[] = {
        [INFER_BOOL] = WORK_BOOL, [INFER_I64] = WORK_I64,    [INFER_F64] = WORK_F64,  [INFER_DATE] = WORK_DATE,
        [INFER_TIME] = WORK_TIME, [INFER_TEXT] = WORK_WORDS, [INFER_NONE] = WORK_NONE};
    return works[kind];
}

static enum column_type type_of(enum csv_work work)
{
    static const enum column_type types[] = {
        [WORK_NONE] = COLUMN_F64,       [WORK_BOOL] = COLUMN_BOOL,    [WORK_I64] = COLUMN_I64,
        [WORK_F64] = COLUMN_F64,        [WORK_DATE] = COLUMN_DATE,    [WORK_TIME] = COLUMN_TIME,
        [WORK_WORDS] = COLUMN_CATEGORY, [WORK_TEXT] = COLUMN_TEXT};
    return types[work];
}

static void column_clear(struct csv_column *c)
{
    mem_bulk_free(c->data);
    mem_bulk_free(c->offsets);
    mem_bulk_free(c->valid);
    c->data = NULL;
    c->offsets = NULL;
    c->valid = NULL;
    c->bytes = c->room = 0;
}

static bool column_prepare(struct reader *r, size_t j, enum csv_work work)
{
    struct csv_column *c = &r->column[j];
    column_clear(c);
    c->work = work;
    c->done = false;
    atomic_store(&c->gave_up, false);
    for (size_t i = 0; i < r->pieces; i++) {
        struct csv_seen *s = &r->seen[i * r->dialect.fields + j];
        seen_free(s);
        *s = (struct csv_seen){0};
    }
    if (work == WORK_NONE)
        return true;
    if (work == WORK_TEXT)
        c->offsets = mem_bulk(r->room + 1, sizeof *c->offsets, r->err);
    else
        c->data = column_buffer(type_of(work), r->room, r->err);
    bool own_bitmap = work != WORK_F64 && work != WORK_WORDS;
    if (own_bitmap)
        c->valid = column_bitmap(r->room, true, r->err);
    return (c->data || c->offsets) && (c->valid || !own_bitmap);
}

/* Behind the last row of text stands where it ends. */
static bool close_text(struct reader *r, struct csv_column *c)
{
    if (!c->data && !(c->data = column_buffer(COLUMN_TEXT, 0, r->err)))
        return false;
    c->offsets[r->room] = c->bytes;
    c->done = true;
    return true;
}

/* After a pass: what is this column now, and what remains to be done? False: no memory. */
static bool column_next(struct reader *r, size_t j, bool *again)
{
    struct csv_column *c = &r->column[j];
    if (c->done)
        return true;
    if (c->work == WORK_TEXT)
        return close_text(r, c);
    unsigned kinds = 0;
    bool broken = false;
    for (size_t i = 0; i < r->pieces; i++) {
        kinds |= r->seen[i * r->dialect.fields + j].kinds;
        broken = broken || r->seen[i * r->dialect.fields + j].broken;
    }
    enum infer_kind kind = infer_join(kinds);
    if (atomic_load(&c->gave_up)) {
        *again = true;
        return column_prepare(r, j, WORK_TEXT);
    }
    if (broken) {
        *again = true;
        return column_prepare(r, j, work_for(kind));
    }
    c->done = true;
    return true;
}

/* ---- a first guess ------------------------------------------------------------------------------------------ */

#define SAMPLE_PIECES 16
#define SAMPLE_FIRST 1000
#define SAMPLE_OTHER 64

struct sample {
    struct reader *r;
    unsigned *kinds;
    struct sample_words {
        size_t n, distinct, bytes;
        uint16_t slot[1024]; /* hash fragments + 1 of what was seen: close enough to guess by */
    } * words;
    size_t rows, limit;
};

static void sample_word(struct sample_words *w, const char *s, size_t n)
{
    uint64_t h = hash_bytes(s, n, 11);
    uint16_t tag = (uint16_t)(h >> 40 | 1);
    size_t i = (size_t)h % 1024;
    w->n++;
    w->bytes += n;
    for (size_t probe = 0; probe < 8; probe++, i = (i + 1) % 1024) {
        if (w->slot[i] == tag)
            return;
        if (!w->slot[i]) {
            w->slot[i] = tag;
            break;
        }
    }
    w->distinct++;
}

static bool sample_row(void *arg, const struct csv_row *row)
{
    struct sample *s = arg;
    if (row->n != s->r->dialect.fields)
        return false;
    for (size_t j = 0; j < row->n; j++) {
        if (missing_is(&s->r->missing, row->field[j], row->length[j]))
            continue;
        if (!(s->kinds[j] & 1u << INFER_TEXT))
            s->kinds[j] |= 1u << infer_cell(row->field[j], row->length[j]);
        sample_word(&s->words[j], row->field[j], row->length[j]);
    }
    return ++s->rows < s->limit;
}

static bool guess_columns(struct reader *r)
{
    size_t fields = r->dialect.fields;
    struct sample s = {
        .r = r, .kinds = mem_zero(fields, sizeof *s.kinds), .words = mem_zero(fields, sizeof *s.words)};
    size_t step = r->pieces > SAMPLE_PIECES ? r->pieces / SAMPLE_PIECES : 1;
    for (size_t i = 0; i < r->pieces; i += step) {
        const char *open;
        s.rows = 0;
        s.limit = i ? SAMPLE_OTHER : SAMPLE_FIRST;
        csv_walk(r->piece[i].begin, r->piece[i].end, r->dialect.sep, r->dialect.quote, sample_row, &s, &open);
    }
    bool ok = true;
    for (size_t j = 0; j < fields && ok; j++) {
        const struct sample_words *w = &s.words[j];
        enum csv_work work = work_for(r->column[j].keep_text ? INFER_TEXT : infer_join(s.kinds[j]));
        bool unlike = w->n >= 100 && (w->distinct > w->n / 2 || w->bytes > w->n * 60);
        ok = column_prepare(r, j, work == WORK_WORDS && unlike ? WORK_TEXT : work);
    }
    mem_free(s.kinds);
    mem_free(s.words);
    return ok;
}

/* ---- rows that were counted but aren't there ---------------------------------------------------------------- */

static void move_bits(uint64_t *b, size_t to, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bitmap_set(b, to + i, bitmap_get(b, from + i));
}

/* Whole pieces move up to where the one before really ended. */
static void close_gaps(struct reader *r)
{
    size_t to = 0;
    for (size_t i = 0; i < r->pieces; i++) {
        size_t from = r->piece[i].first_row, n = r->read[i].rows;
        for (size_t j = 0; from != to && n && j < r->dialect.fields; j++) {
            struct csv_column *c = &r->column[j];
            size_t size = c->work == WORK_BOOL ? 1 : c->work == WORK_WORDS ? sizeof(int32_t) : sizeof(int64_t);
            char *data = c->offsets ? (char *)c->offsets : c->data;
            if (data)
                memmove(data + to * size, data + from * size, n * size);
            if (c->valid)
                move_bits(c->valid, to, from, n);
        }
        r->piece[i].first_row = to;
        to += n;
    }
    for (size_t j = 0; j < r->dialect.fields; j++)
        if (r->column[j].offsets)
            r->column[j].offsets[to] = r->column[j].offsets[r->room];
    r->rows = to;
}

/* ---- finished columns --------------------------------------------------------------------------------------- */

/* The words of all pieces, each once, in the order of pieces; code[i][k] is where word k of piece i went. */
struct merged {
    VEC(const char *) word;
    VEC(uint32_t) slot;
    size_t bytes;
    int32_t **code;
};

static void merged_grow(struct merged *m)
{
    size_t slots = m->slot.n ? m->slot.n * 2 : 4096;
    vec_reserve(&m->slot, slots);
    m->slot.n = slots;
    memset(m->slot.v, 0, slots * sizeof *m->slot.v);
    for (size_t k = 0; k < m->word.n; k++) {
        size_t i = (size_t)hash_bytes(m->word.v[k], strlen(m->word.v[k]), 0) & (slots - 1);
        while (m->slot.v[i])
            i = (i + 1) & (slots - 1);
        m->slot.v[i] = (uint32_t)k + 1;
    }
}

static int32_t merged_add(struct merged *m, const char *word)
{
    if (2 * m->word.n >= m->slot.n)
        merged_grow(m);
    size_t n = strlen(word), i = (size_t)hash_bytes(word, n, 0) & (m->slot.n - 1);
    for (; m->slot.v[i]; i = (i + 1) & (m->slot.n - 1))
        if (strcmp(m->word.v[m->slot.v[i] - 1], word) == 0)
            return (int32_t)m->slot.v[i] - 1;
    vec_push(&m->word, word);
    m->bytes += n;
    m->slot.v[i] = (uint32_t)m->word.n;
    return (int32_t)m->word.n - 1;
}

struct recode {
    const struct reader *r;
    int32_t *codes;
    int32_t **map; /* per piece */
};

static void recode_piece(void *arg, size_t i, unsigned worker)
{
    (void)worker;
    struct recode *k = arg;
    int32_t *code = k->codes + k->r->piece[i].first_row;
    for (size_t row = 0; row < k->r->read[i].rows; row++)
        code[row] = code[row] < 0 ? -1 : k->map[i][code[row]];
}

static struct column *text_from_words(const int32_t *codes, size_t n, const char *const *word, struct err *e)
{
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, e), total = 0;
    uint64_t *valid = offsets ? column_bitmap(n, true, e) : NULL;
    for (size_t i = 0; valid && i < n; i++) {
        offsets[i] = total;
        if (codes[i] < 0)
            bitmap_set(valid, i, false);
        else
            total += strlen(word[codes[i]]);
    }
    char *bytes = valid ? column_buffer(COLUMN_TEXT, total, e) : NULL;
    if (!bytes) {
        mem_bulk_free(offsets);
        mem_bulk_free(valid);
        return NULL;
    }
    offsets[n] = total;
    for (size_t i = 0; i < n; i++)
        if (codes[i] >= 0)
            memcpy(bytes + offsets[i], word[codes[i]], offsets[i + 1] - offsets[i]);
    return column_from_text(offsets, bytes, valid, n);
}

/* Codes of pieces to codes of one dictionary; or text, when the words turn out not to be categories. */
static struct column *finish_words(struct reader *r, size_t j)
{
    struct csv_column *c = &r->column[j];
    struct merged m = {.code = mem_zero(r->pieces, sizeof *m.code)};
    for (size_t i = 0; i < r->pieces; i++) {
        const struct word_table *w = r->seen[i * r->dialect.fields + j].words;
        m.code[i] = mem_alloc((words_size(w) + 1) * sizeof **m.code);
        for (size_t k = 0; k < words_size(w); k++)
            m.code[i][k] = merged_add(&m, words_at(w, k));
    }
    struct recode job = {r, c->data, m.code};
    parallel_for(r->pieces, recode_piece, &job);
    size_t n = 0;
    for (size_t i = 0; i < r->rows; i++)
        n += job.codes[i] >= 0;
    struct column *out = NULL;
    if (c->keep_text || !infer_is_category(m.word.n, n, m.bytes)) {
        out = text_from_words(job.codes, r->rows, m.word.v, r->err);
    } else {
        int32_t *rank = mem_alloc((m.word.n + 1) * sizeof *rank);
        struct dictionary *d = dictionary_sorted(m.word.v, m.word.n, rank, r->err);
        if (d) {
            for (size_t i = 0; i < r->rows; i++)
                job.codes[i] = job.codes[i] < 0 ? -1 : rank[job.codes[i]];
            out = column_from_codes(job.codes, r->rows, d);
            c->data = NULL;
        }
        mem_free(rank);
    }
    for (size_t i = 0; i < r->pieces; i++)
        mem_free(m.code[i]);
    mem_free(m.code);
    vec_done(&m.word);
    vec_done(&m.slot);
    return out;
}

static struct column *finish_column(struct reader *r, size_t j)
{
    struct csv_column *c = &r->column[j];
    struct column *out = NULL;
    switch (c->work) {
    case WORK_WORDS:
        return finish_words(r, j);
    case WORK_NONE: /* nothing but missing values */
        if (!(c->data = column_buffer(COLUMN_F64, r->rows, r->err)))
            return NULL;
        for (size_t i = 0; i < r->rows; i++)
            ((double *)c->data)[i] = NAN;
        out = column_from_f64(c->data, r->rows);
        break;
    case WORK_F64:
        out = column_from_f64(c->data, r->rows);
        break;
    case WORK_BOOL:
        out = column_from_bool(c->data, c->valid, r->rows);
        break;
    case WORK_TEXT:
        out = column_from_text(c->offsets, c->data, c->valid, r->rows);
        break;
    default:
        out = column_from_i64(type_of(c->work), c->data, c->valid, r->rows);
    }
    bool text = c->work == WORK_TEXT;
    c->data = NULL;
    c->offsets = NULL;
    c->valid = NULL;
    return text && !c->keep_text ? infer_text(out, r->err) : out;
}

/* ---- what the user said about types ------------------------------------------------------------------------- */

static const char *said_type(const struct csv_options *o, const char *name)
{
    for (const char *const *t = o ? o->type_names : NULL; t && t[0]; t += 2)
        if (strcmp(t[0], name) == 0)
            return t[1];
    return NULL;
}

static bool types_known(struct reader *r)
{
    for (const char *const *t = r->o ? r->o->type_names : NULL; t && t[0]; t += 2) {
        enum column_type type;
        bool found = false;
        for (size_t j = 0; j < r->dialect.fields && !found; j++)
            found = strcmp(r->column[j].name, t[0]) == 0;
        if (!found) {
            const char **names = mem_alloc(r->dialect.fields * sizeof *names);
            for (size_t j = 0; j < r->dialect.fields; j++)
                names[j] = r->column[j].name;
            err_set(r->err, ERR_NOT_FOUND, "no column '%s' in %s", t[0], r->text.source);
            err_suggest(r->err, t[0], names, (int)r->dialect.fields);
            mem_free(names);
            return false;
        }
        if (!column_type_from_name(t[1], &type)) {
            err_set(r->err, ERR_INPUT, "'%s' is not a type of column", t[1]);
            return err_hint(r->err, "the types are f64, i64, bool, category, text, date and time");
        }
    }
    return true;
}

static struct column *as_said(struct reader *r, size_t j, struct column *c)
{
    enum column_type to;
    const char *said = said_type(r->o, r->column[j].name);
    if (!said || !c || !column_type_from_name(said, &to))
        return c;
    size_t lost;
    struct column *out = column_cast(c, to, &lost, r->err);
    column_unref(c);
    if (out && lost && r->note)
        str_printf(r->note, "%zu value%s of %s can't be read as %s and %s missing now. ", lost,
                   lost == 1 ? "" : "s", r->column[j].name, column_type_name(to), lost == 1 ? "is" : "are");
    return out;
}

/* ---- the story ---------------------------------------------------------------------------------------------- */

static void note_bad_utf8(struct reader *r)
{
    for (const char *p = r->text.data; r->note && p < r->text.end;) {
        const char *lf = memchr(p, '\n', (size_t)(r->text.end - p)), *stop = lf ? lf : r->text.end;
        if (!utf8_valid(p, (size_t)(stop - p))) {
            str_printf(r->note, "Line %zu has bytes that aren't UTF-8; they are kept as they are. ",
                       csv_line(&r->text, p));
            return;
        }
        p = stop + 1;
    }
}

struct row_limit {
    size_t rows;
    const char *end;
};

static bool stop_after(void *arg, const struct csv_row *row)
{
    struct row_limit *l = arg;
    if (l->rows-- > 0)
        return true;
    l->end = row->begin;
    return false;
}

static void find_facts(struct reader *r)
{
    mem_free(r->facts.quotes);
    csv_facts_find(&r->text, r->dialect.quote, &r->facts);
}

/* The text ends after max_rows rows. */
static void limit_rows(struct reader *r)
{
    if (!r->o || !r->o->max_rows)
        return;
    struct row_limit l = {r->o->max_rows, NULL};
    const char *open;
    csv_walk(r->text.data, r->text.end, r->dialect.sep, r->dialect.quote, stop_after, &l, &open);
    if (l.end) {
        r->text.end = l.end;
        find_facts(r);
    }
}

static void skip_lines(struct csv_text *t, size_t lines)
{
    while (lines-- && t->data < t->end) {
        const char *lf = memchr(t->data, '\n', (size_t)(t->end - t->data));
        t->data = lf ? lf + 1 : t->end;
    }
}

/* Everything before the rows: separator, oddities, header. */
static bool find_dialect(struct reader *r)
{
    const struct csv_options *o = r->o;
    r->dialect.quote = o && o->quote ? o->quote : '"';
    find_facts(r);
    if (r->facts.zero_byte) {
        const char *zero = memchr(r->text.data, 0, (size_t)(r->text.end - r->text.data));
        size_t line = csv_line(&r->text, zero);
        err_set(r->err, ERR_DATA, "%s is binary or damaged: line %zu holds a zero byte", r->text.source, line);
        if (r->err)
            r->err->line = (int)line;
        return false;
    }
    if (r->facts.high_byte)
        note_bad_utf8(r);
    const char *comment = o && o->comment && *o->comment ? o->comment : NULL;
    r->dialect.sep = o && o->sep ? o->sep : csv_sniff_sep(r->text.data, r->text.end, r->dialect.quote, comment);
    if (r->dialect.sep == r->dialect.quote || r->dialect.sep == '\n' || r->dialect.sep == '\r') {
        err_set(r->err, ERR_INPUT, "this can't be a separator");
        return err_hint(r->err, "usual ones are , ; | tab and space");
    }
    if (r->note && r->dialect.sep != ',' && !(o && o->sep))
        str_printf(r->note, "Cells are separated by %s. ",
                   r->dialect.sep == '\t'  ? "tabs"
                   : r->dialect.sep == ' ' ? "spaces"
                   : r->dialect.sep == ';' ? "semicolons"
                                           : "'|'");
    if (comment || r->dialect.sep == ' ' || r->facts.lone_cr) {
        if (!csv_normalise(&r->text, &r->dialect, comment, r->err))
            return false;
        find_facts(r);
    }
    char **names = NULL;
    const char *rows = NULL;
    if (!csv_sniff_header(&r->text, &r->dialect, o ? o->header : CSV_HEADER_AUTO, &r->missing, &names, &rows,
                          r->note, r->err))
        return false;
    r->text.data = rows;
    r->column = mem_zero(r->dialect.fields, sizeof *r->column);
    for (size_t j = 0; j < r->dialect.fields; j++)
        r->column[j].name = names[j];
    mem_free(names);
    if (!types_known(r))
        return false;
    for (size_t j = 0; j < r->dialect.fields; j++) {
        enum column_type type;
        const char *said = said_type(o, r->column[j].name);
        r->column[j].keep_text =
            said && column_type_from_name(said, &type) && (type == COLUMN_TEXT || type == COLUMN_CATEGORY);
    }
    limit_rows(r);
    return true;
}

static void forget_pieces(struct reader *r)
{
    for (size_t i = 0; r->seen && i < r->pieces * r->dialect.fields; i++)
        seen_free(&r->seen[i]);
    mem_free(r->seen);
    mem_free(r->read);
    mem_free(r->piece);
    r->seen = NULL;
    r->read = NULL;
    r->piece = NULL;
}

static bool cut_text(struct reader *r, bool by_walking)
{
    forget_pieces(r);
    if (by_walking) {
        r->piece = csv_cut_walk(&r->text, &r->dialect, &r->pieces, r->err);
        if (!r->piece)
            return false;
    } else {
        r->piece = csv_cut(&r->text, &r->dialect, &r->facts, &r->pieces);
    }
    r->room = r->pieces ? r->piece[r->pieces - 1].first_row + r->piece[r->pieces - 1].room : 0;
    r->read = mem_zero(r->pieces, sizeof *r->read);
    r->seen = mem_zero(r->pieces * r->dialect.fields, sizeof *r->seen);
    if (r->room >= UINT32_MAX) {
        err_set(r->err, ERR_RANGE, "%s has more rows than a table can hold (4294967294)", r->text.source);
        return false;
    }
    return true;
}

static bool parse_columns(struct reader *r)
{
    bool again = true, walked = false;
    if (!cut_text(r, false) || !guess_columns(r))
        return false;
    for (r->pass_from = 0, r->pass_to = 0.8; again; r->pass_from = r->pass_to, r->pass_to = (1 + r->pass_to) / 2) {
        enum verdict v = run_pass(r);
        if (v == VERDICT_RECUT && !walked) {
            walked = true;
            if (!cut_text(r, true) || !guess_columns(r))
                return false;
            continue;
        }
        assert(v != VERDICT_RECUT);
        if (v != VERDICT_FINE)
            return false;
        again = false;
        for (size_t j = 0; j < r->dialect.fields; j++)
            if (!column_next(r, j, &again))
                return false;
    }
    close_gaps(r);
    return true;
}

static struct table *build_table(struct reader *r)
{
    struct table_builder *b = table_builder_new(r->rows, r->text.source);
    size_t renamed = 0;
    for (size_t j = 0; j < r->dialect.fields; j++) {
        struct column *c = as_said(r, j, finish_column(r, j));
        if (!c) {
            table_builder_free(b);
            return NULL;
        }
        table_builder_add(b, r->column[j].name, c);
    }
    struct table *t = table_builder_done(b);
    for (size_t j = 0; j < r->dialect.fields; j++)
        renamed += strcmp(table_name(t, j), r->column[j].name) != 0;
    if (renamed && r->note)
        str_printf(r->note, "%zu column%s had a name that was taken, and got a number behind it. ", renamed,
                   renamed > 1 ? "s" : "");
    return t;
}

static struct table *read_text(const char *data, size_t size, bool mapped, const char *source,
                               const struct csv_options *o, struct progress *p, struct str *note, struct err *e)
{
    if (!csv_is_text(data, size, source, e))
        return NULL;
    struct reader r = {.o = o, .progress = p, .note = note, .err = e};
    r.text =
        (struct csv_text){.whole = data, .data = data, .end = data + size, .source = source, .droppable = mapped};
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        r.text.data += 3;
    missing_init(&r.missing, o ? o->missing : NULL, o ? o->n_missing : 0);
    skip_lines(&r.text, o ? o->skip : 0);
    progress_report(p, -1, "reading");
    size_t said = note ? note->len : 0;
    struct table *t = NULL;
    if (find_dialect(&r) && parse_columns(&r))
        t = build_table(&r);
    if (note && note->len > said && note->s[note->len - 1] == ' ')
        note->s[--note->len] = 0;
    for (size_t j = 0; r.column && j < r.dialect.fields; j++) {
        mem_free(r.column[j].name);
        column_clear(&r.column[j]);
    }
    forget_pieces(&r);
    mem_free(r.column);
    mem_free(r.facts.quotes);
    mem_bulk_free(r.text.copy);
    missing_done(&r.missing);
    return t;
}

struct table *csv_read_memory(const char *data, size_t size, const char *source, const struct csv_options *o,
                              struct progress *p, struct str *note, struct err *e)
{
    return read_text(data, size, false, source && *source ? source : "the text", o, p, note, e);
}

struct table *csv_read_bytes(const struct csv_bytes *b, const char *source, const struct csv_options *o,
                             struct progress *p, struct str *note, struct err *e)
{
    return read_text(b->data, b->size, b->mapped, source, o, p, note, e);
}

struct table *csv_read(const char *path, const struct csv_options *o, struct progress *p, struct str *note,
                       struct err *e)
{
    struct csv_bytes b;
    if (!csv_open(path, &b, p, e))
        return NULL;
    struct table *t = csv_read_bytes(&b, strcmp(path, "-") == 0 ? "standard input" : path, o, p, note, e);
    csv_close(&b);
    return t;
}

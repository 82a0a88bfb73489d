/* csv_sniff: looks at the first rows and says how the file is written: what separates its cells, and whether its
 * first row names the columns. */
#include "data/csv_text.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"

#define SAMPLE_BYTES ((size_t)64 << 10)
#define SAMPLE_ROWS 200

/* ---- separator ---------------------------------------------------------------------------------------------- */

struct widths {
    size_t n[SAMPLE_ROWS];
    size_t rows;
    const char *comment;
};

static bool note_width(void *arg, const struct csv_row *row)
{
    struct widths *w = arg;
    if (w->comment && row->n && strncmp(row->field[0], w->comment, strlen(w->comment)) == 0)
        return true;
    w->n[w->rows++] = row->n;
    return w->rows < SAMPLE_ROWS;
}

/* How well `sep` explains the rows: the share of rows that have the commonest width, and that width. */
static double sep_score(const char *data, const char *end, bool cut, char sep, char quote, const char *comment,
                        size_t *width)
{
    struct widths w = {.comment = comment};
    const char *open;
    csv_walk(data, end, sep, quote, note_width, &w, &open);
    if (cut && w.rows > 1 && w.rows < SAMPLE_ROWS)
        w.rows--;                                               /* the sample ends in the middle of it */
    size_t best = 0, from = w.rows > 2 && w.n[0] + 1 == w.n[1]; /* a header may lack a name for the row names */
    *width = 0;
    for (size_t i = from; i < w.rows; i++) {
        size_t same = from;
        for (size_t j = from; j < w.rows; j++)
            same += w.n[j] == w.n[i];
        if (same > best || (same == best && w.n[i] > *width)) {
            best = same;
            *width = w.n[i];
        }
    }
    double score = w.rows ? (double)best / (double)w.rows : 0;
    return from ? 0.96 * score : score;
}

char csv_sniff_sep(const char *data, const char *end, char quote, const char *comment)
{
    static const char candidates[] = {',', ';', '\t', '|', ' '};
    bool cut = (size_t)(end - data) > SAMPLE_BYTES;
    if (cut)
        end = data + SAMPLE_BYTES;
    char best = ',';
    double best_score = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        size_t width;
        char sep = candidates[i];
        double score;
        if (sep == ' ') { /* columns may be lined up with several */
            if (best_score > 0)
                break;
            struct csv_text t = {.whole = data, .data = data, .end = end};
            struct csv_dialect d = {.sep = ' ', .quote = quote};
            if (!csv_normalise(&t, &d, comment, NULL))
                break;
            score = sep_score(t.data, t.end, cut, sep, quote, comment, &width);
            mem_bulk_free(t.copy);
            if (score < 0.95) /* words of a sentence are no columns */
                continue;
        } else {
            score = sep_score(data, end, cut, sep, quote, comment, &width);
        }
        if (width < 2)
            continue;
        score += 1e-3 * (double)(width < 100 ? width : 100) / 100; /* of equals, the one that finds more */
        if (score > best_score + 1e-9) {
            best = sep;
            best_score = score;
        }
    }
    return best;
}

/* ---- header ------------------------------------------------------------------------------------------------- */

struct first_rows {
    const struct missing *missing;
    VEC(char *) first; /* the cells of the first row */
    const char *second_begin;
    size_t second;               /* cells of the second row */
    unsigned *below;             /* kinds seen under each cell */
    size_t rows, same, one_more; /* rows as wide as the first, and one cell wider */
};

static bool note_first_rows(void *arg, const struct csv_row *row)
{
    struct first_rows *f = arg;
    if (f->rows++ == 0) {
        for (size_t j = 0; j < row->n; j++)
            vec_push(&f->first, mem_strndup(row->field[j], row->length[j]));
        f->below = mem_zero(row->n + 1, sizeof *f->below);
        return true;
    }
    if (f->rows == 2) {
        f->second_begin = row->begin;
        f->second = row->n;
    }
    f->same += row->n == f->first.n;
    f->one_more += row->n == f->first.n + 1;
    for (size_t j = 0; j < row->n && j < f->first.n; j++)
        if (!missing_is(f->missing, row->field[j], row->length[j]))
            f->below[j] |= 1u << infer_cell(row->field[j], row->length[j]);
    return f->rows < SAMPLE_ROWS;
}

static bool is_typed(enum infer_kind k)
{
    return k != INFER_TEXT && k != INFER_NONE;
}

/* Names are text: words over numbers speak for a header, numbers in the first row against it. A file of words
 * alone usually begins with names. */
static bool looks_like_header(const struct first_rows *f)
{
    size_t typed = 0, words_over_typed = 0;
    for (size_t j = 0; j < f->first.n; j++) {
        const char *s = f->first.v[j];
        size_t n = strlen(s);
        enum infer_kind own = missing_is(f->missing, s, n) ? INFER_NONE : infer_cell(s, n);
        typed += is_typed(own);
        words_over_typed += own == INFER_TEXT && is_typed(infer_join(f->below[j]));
    }
    return !typed || words_over_typed > typed;
}

static void name_columns(struct first_rows *f, struct csv_dialect *d, char ***names, struct str *note)
{
    bool row_names = d->header && f->rows > 1 && f->same == 0 && f->one_more == f->rows - 1;
    d->fields = f->first.n + row_names;
    char **name = mem_zero(d->fields + 1, sizeof *name);
    size_t k = 0, unnamed = 0;
    if (row_names) {
        name[k++] = mem_strdup("row");
        if (note)
            str_add(note,
                    "The header has one cell less than the rows, so the first column is taken as row names. ");
    }
    for (size_t j = 0; j < f->first.n; j++, k++) {
        const char *s = d->header ? f->first.v[j] : "";
        char numbered[32];
        snprintf(numbered, sizeof numbered, "V%zu", k + 1);
        unnamed += d->header && !*s;
        name[k] = mem_strdup(*s ? s : numbered);
    }
    if (note && unnamed)
        str_printf(note, "%zu column%s without a name got one (V…). ", unnamed, unnamed > 1 ? "s" : "");
    if (note && !d->header)
        str_printf(note, "No header was found, so the columns are called V1 to V%zu. ", d->fields);
    *names = name;
}

bool csv_sniff_header(const struct csv_text *t, struct csv_dialect *d, enum csv_header want,
                      const struct missing *m, char ***names, const char **rows_begin, struct str *note,
                      struct err *e)
{
    struct first_rows f = {.missing = m};
    const char *open;
    bool read = csv_walk(t->data, t->end, d->sep, d->quote, note_first_rows, &f, &open);
    if (!read && open)
        err_set(e, ERR_DATA, "%s: a quote that is opened in line %zu is never closed", t->source,
                csv_line(t, open));
    else if (!read)
        err_set(e, ERR_MEMORY, "not enough memory to read %s", t->source);
    if (!read && open && e) {
        e->line = (int)csv_line(t, open);
        err_hint(e, "a quote inside a quoted cell is written twice: \"say \"\"hi\"\"\"");
    }
    bool ok = read && f.rows > 0;
    if (read && !ok)
        err_set(e, ERR_DATA, "%s holds no rows", t->source);
    if (ok) {
        d->header = want == CSV_HEADER_YES || (want == CSV_HEADER_AUTO && looks_like_header(&f));
        if (d->header && f.rows == 1) {
            err_set(e, ERR_DATA, "%s has a header and no rows", t->source);
            err_hint(e, "if that line is data, say header=no");
            ok = false;
        }
    }
    if (ok) {
        name_columns(&f, d, names, want == CSV_HEADER_AUTO ? note : NULL);
        *rows_begin = d->header ? f.second_begin : t->data;
    }
    for (size_t j = 0; j < f.first.n; j++)
        mem_free(f.first.v[j]);
    vec_done(&f.first);
    mem_free(f.below);
    return ok;
}

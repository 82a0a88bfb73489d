/* csv_walk: libcsv fed line by line, so that it is known where each row begins and ends. For looking at the first
 * rows, for cutting files whose quotes can't be trusted, and for finding the line of an error. */
#include "data/csv_text.h"

#include <csv.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

struct walk {
    VEC(size_t) at; /* start of each field in bytes */
    VEC(char *) field;
    VEC(size_t) length;
    struct str bytes;
    const char *begin, *next; /* of the row being read, of the line after it */
    bool (*fn)(void *arg, const struct csv_row *);
    void *arg;
    bool stop;
};

static void walk_field(void *s, size_t n, void *arg)
{
    struct walk *w = arg;
    vec_push(&w->at, w->bytes.len);
    vec_push(&w->length, n);
    if (n)
        str_addn(&w->bytes, s, n);
    str_addc(&w->bytes, 0);
}

static void walk_row(int end, void *arg)
{
    (void)end;
    struct walk *w = arg;
    if (!w->stop) {
        w->field.n = 0;
        for (size_t i = 0; i < w->at.n; i++)
            vec_push(&w->field, w->bytes.s + w->at.v[i]);
        struct csv_row row = {w->begin, w->next, w->field.v, w->length.v, w->at.n};
        w->stop = !w->fn(w->arg, &row);
    }
    w->at.n = w->length.n = 0;
    w->bytes.len = 0;
}

bool csv_walk(const char *data, const char *end, char sep, char quote,
              bool (*fn)(void *arg, const struct csv_row *), void *arg, const char **open)
{
    struct csv_parser parser;
    struct walk w = {.begin = data, .fn = fn, .arg = arg};
    *open = NULL;
    if (csv_init(&parser, 0) != 0)
        return false;
    csv_set_delim(&parser, (unsigned char)sep);
    csv_set_quote(&parser, (unsigned char)quote);
    bool ok = true;
    const char *line = data;
    while (line < end && ok && !w.stop) {
        const char *lf = memchr(line, '\n', (size_t)(end - line));
        w.next = lf ? lf + 1 : end;
        size_t n = (size_t)(w.next - line);
        ok = csv_parse(&parser, line, n, walk_field, walk_row, &w) == n;
        line = w.next;
        /* Between rows: nothing of one is pending. Rows that share a line get its beginning. */
        if (parser.entry_pos == 0 && !parser.quoted && w.at.n == 0)
            w.begin = line;
    }
    csv_set_opts(&parser,
                 CSV_STRICT | CSV_STRICT_FINI); /* only now: an open quote is an error, stray ones aren't */
    if (ok && !w.stop && csv_fini(&parser, walk_field, walk_row, &w) != 0) {
        *open = w.begin;
        ok = false;
    }
    csv_free(&parser);
    vec_done(&w.at);
    vec_done(&w.field);
    vec_done(&w.length);
    str_done(&w.bytes);
    return ok;
}

size_t csv_line(const struct csv_text *t, const char *at)
{
    size_t line = 1;
    for (const char *p = t->whole; p < at && (p = memchr(p, '\n', (size_t)(at - p))); p++)
        line++;
    return line;
}

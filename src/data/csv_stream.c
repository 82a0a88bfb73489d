#include "data/csv_stream.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "data/csv_text.h"

struct csv_stream {
    char *path;
    struct csv_bytes bytes;
    size_t header; /* bytes of the line with the names, with its end */
    size_t at;
    struct table *first; /* its names tell which columns there are; NULL before it was read */
};

bool csv_stream_can(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".tab", ".txt", ".csv.gz", ".tsv.gz"};
    bool fits = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        fits = fits || str_ends(path, endings[i]);
    char *own = file_expand(path);
    fits = fits && file_exists(own) && !file_is_dir(own);
    mem_free(own);
    return fits;
}

/* The place behind the first line end at or after `from` that lies between rows: with an even number of quotes since
 * `start`, where a row begins. The end of the text when there is none. */
static size_t row_end(const struct csv_bytes *b, size_t start, size_t from)
{
    bool inside = false;
    size_t at = start;
    while (at < b->size) {
        const char *lf = memchr(b->data + at, '\n', b->size - at);
        size_t end = lf ? (size_t)(lf - b->data) + 1 : b->size;
        for (const char *q = b->data + at; (q = memchr(q, '"', (size_t)(b->data + end - q))); q++)
            inside = !inside;
        at = end;
        if (at > from && !inside)
            return at;
    }
    return b->size;
}

static bool is_blank(const char *s, size_t n)
{
    while (n && (*s == '\n' || *s == '\r' || *s == ' ' || *s == '\t'))
        s++, n--;
    return !n;
}

struct csv_stream *csv_stream_open(const char *path, struct progress *p, struct err *e)
{
    struct csv_stream *s = mem_zero(1, sizeof *s);
    s->path = file_expand(path);
    if (!csv_open(s->path, &s->bytes, p, e) || !csv_is_text(s->bytes.data, s->bytes.size, path, e)) {
        csv_stream_close(s);
        return NULL;
    }
    s->header = row_end(&s->bytes, 0, 0);
    return s;
}

/* Those of type_names whose columns are there. */
static const char **types_there(const struct csv_stream *s, const char *const *type_names)
{
    VEC(const char *) types = {0};
    for (const char *const *t = type_names; s->first && t && t[0]; t += 2)
        if (table_find(s->first, t[0]) >= 0) {
            vec_push(&types, t[0]);
            vec_push(&types, t[1]);
        }
    vec_push(&types, NULL);
    return types.v;
}

/* A line number within a piece says nothing, so the whole file is read for the sentence. */
static void say_where(struct csv_stream *s, const struct csv_options *o, struct err *e)
{
    struct err whole = ERR_INIT;
    struct str note = STR_INIT;
    if (!e || e->code != ERR_DATA || !s->first)
        return;
    struct table *t = csv_read_bytes(&s->bytes, s->path, o, NULL, &note, &whole);
    if (!t && whole.code == ERR_DATA)
        *e = whole;
    table_unref(t);
    str_done(&note);
}

struct table *csv_stream_next(struct csv_stream *s, size_t bytes, const char *const *type_names,
                              struct progress *p, struct err *e)
{
    size_t from = s->first ? s->at : 0;
    if (s->first && from >= s->bytes.size)
        return NULL;
    size_t least = s->first ? from + bytes : s->header + bytes;
    size_t end = row_end(&s->bytes, from, least < s->bytes.size ? least : s->bytes.size);
    if (s->first && is_blank(s->bytes.data + from, end - from)) {
        s->at = s->bytes.size;
        return NULL;
    }
    const char **types = types_there(s, type_names);
    struct csv_options o = {.header = s->first ? CSV_HEADER_YES : CSV_HEADER_AUTO, .type_names = types};
    struct str text = STR_INIT, note = STR_INIT;
    if (s->first)
        str_addn(&text, s->bytes.data, s->header);
    str_addn(&text, s->bytes.data + from, end - from);
    struct table *t = csv_read_memory(str_get(&text), text.len, s->path, &o, p, &note, e);
    if (t && !s->first)
        s->first = table_ref(t);
    if (!t)
        say_where(s, &o, e);
    s->at = end;
    str_done(&text);
    str_done(&note);
    mem_free(types);
    return t;
}

double csv_stream_done(const struct csv_stream *s)
{
    return s->bytes.size ? (double)s->at / (double)s->bytes.size : 1;
}

void csv_stream_close(struct csv_stream *s)
{
    if (!s)
        return;
    csv_close(&s->bytes);
    table_unref(s->first);
    mem_free(s->path);
    mem_free(s);
}

/* json_read: records to columns, by jansson. Cells are gathered per column with the row they belong to; when all
 * records are read each column's type follows from the kinds of its cells. */
#include "data/json_table.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"
#include "data/infer.h"

enum { KIND_BOOL = 1, KIND_INT = 2, KIND_REAL = 4, KIND_TEXT = 8 };

struct cell {
    uint32_t row;
    uint32_t kind;
    union {
        int64_t i;
        double f;
        size_t at; /* of the text in the column's bytes */
    } v;
    size_t length;
};

struct gathered {
    char *name;
    VEC(struct cell) cell;
    struct str bytes;
    unsigned kinds;
};

struct gather {
    struct map *index; /* name -> struct gathered, in order of appearance */
    size_t rows;
    struct str path; /* name of the nested member being read */
};

static struct gathered *gather_column(struct gather *g, const char *name)
{
    struct gathered *c = map_get(g->index, name);
    if (!c) {
        c = mem_zero(1, sizeof *c);
        c->name = mem_strdup(name);
        map_set(g->index, name, c);
    }
    return c;
}

static void gather_text(struct gathered *c, uint32_t row, const char *s, size_t n)
{
    c->kinds |= KIND_TEXT;
    vec_push(&c->cell, (struct cell){.row = row, .kind = KIND_TEXT, .v.at = c->bytes.len, .length = n});
    str_addn(&c->bytes, s, n);
}

static void gather_value(struct gather *g, const char *name, const json_t *v)
{
    uint32_t row = (uint32_t)g->rows;
    struct gathered *c = gather_column(g, name);
    if (json_is_boolean(v)) {
        c->kinds |= KIND_BOOL;
        vec_push(&c->cell, (struct cell){.row = row, .kind = KIND_BOOL, .v.i = json_is_true(v)});
    } else if (json_is_integer(v)) {
        c->kinds |= KIND_INT;
        vec_push(&c->cell, (struct cell){.row = row, .kind = KIND_INT, .v.i = json_integer_value(v)});
    } else if (json_is_real(v)) {
        c->kinds |= KIND_REAL;
        vec_push(&c->cell, (struct cell){.row = row, .kind = KIND_REAL, .v.f = json_real_value(v)});
    } else if (json_is_string(v)) {
        if (json_string_length(v))
            gather_text(c, row, json_string_value(v), json_string_length(v));
    } else if (json_is_array(v)) {
        char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
        if (text)
            gather_text(c, row, text, strlen(text));
        free(text);
    }
}

/* jansson refuses nesting deeper than 2048, which bounds this recursion. */
static void gather_record(struct gather *g, json_t *record)
{
    const char *key;
    json_t *v;
    json_object_foreach (record, key, v) {
        size_t outer = g->path.len;
        if (outer)
            str_addc(&g->path, '.');
        str_add(&g->path, key);
        if (json_is_object(v) && json_object_size(v))
            gather_record(g, v);
        else
            gather_value(g, str_get(&g->path), v);
        g->path.len = outer;
        if (g->path.s)
            g->path.s[outer] = 0;
    }
}

static void gather_row(struct gather *g, json_t *v)
{
    str_clear(&g->path);
    if (json_is_object(v))
        gather_record(g, v);
    else
        gather_value(g, "value", v);
    g->rows++;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static void cell_text(const struct gathered *c, const struct cell *k, struct str *out)
{
    char text[NUMBER_MAX];
    if (k->kind == KIND_TEXT)
        str_addn(out, c->bytes.s + k->v.at, k->length);
    else if (k->kind == KIND_BOOL)
        str_add(out, k->v.i ? "true" : "false");
    else if (k->kind == KIND_INT)
        str_printf(out, "%lld", (long long)k->v.i);
    else
        str_addn(out, text, number_print(k->v.f, text));
}

static struct column *text_column(const struct gathered *c, size_t n, struct err *e)
{
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, e);
    uint64_t *valid = offsets ? column_bitmap(n, false, e) : NULL;
    struct str all = STR_INIT;
    size_t k = 0;
    for (size_t i = 0; valid && i < n; i++) {
        offsets[i] = all.len;
        while (k < c->cell.n && c->cell.v[k].row == i) { /* a key given twice: the last one counts */
            all.len = offsets[i];
            cell_text(c, &c->cell.v[k++], &all);
            bitmap_set(valid, i, true);
        }
    }
    char *bytes = valid ? column_buffer(COLUMN_TEXT, all.len, e) : NULL;
    if (bytes) {
        offsets[n] = all.len;
        if (all.len)
            memcpy(bytes, all.s, all.len);
    }
    str_done(&all);
    if (bytes)
        return infer_text_or_date(column_from_text(offsets, bytes, valid, n), e);
    mem_bulk_free(offsets);
    mem_bulk_free(valid);
    return NULL;
}

static struct column *real_column(const struct gathered *c, size_t n, struct err *e)
{
    double *x = column_buffer(COLUMN_F64, n, e);
    if (!x)
        return NULL;
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
    for (size_t k = 0; k < c->cell.n; k++)
        x[c->cell.v[k].row] = c->cell.v[k].kind == KIND_INT ? (double)c->cell.v[k].v.i : c->cell.v[k].v.f;
    return column_from_f64(x, n);
}

static struct column *whole_column(const struct gathered *c, size_t n, struct err *e)
{
    bool bools = c->kinds == KIND_BOOL;
    void *x = column_buffer(bools ? COLUMN_BOOL : COLUMN_I64, n, e);
    uint64_t *valid = x ? column_bitmap(n, false, e) : NULL;
    if (!valid) {
        mem_bulk_free(x);
        return NULL;
    }
    memset(x, 0, n * (bools ? 1 : sizeof(int64_t)));
    for (size_t k = 0; k < c->cell.n; k++) {
        size_t row = c->cell.v[k].row;
        bitmap_set(valid, row, true);
        if (bools)
            ((uint8_t *)x)[row] = (uint8_t)c->cell.v[k].v.i;
        else
            ((int64_t *)x)[row] = c->cell.v[k].v.i;
    }
    return bools ? column_from_bool(x, valid, n) : column_from_i64(COLUMN_I64, x, valid, n);
}

static struct column *gathered_column(const struct gathered *c, size_t n, struct err *e)
{
    if (c->kinds == KIND_BOOL || c->kinds == KIND_INT)
        return whole_column(c, n, e);
    if (!(c->kinds & ~(unsigned)(KIND_INT | KIND_REAL)))
        return real_column(c, n, e);
    return text_column(c, n, e);
}

static struct table *gather_table(struct gather *g, const char *source, struct err *e)
{
    if (g->rows == 0 || map_size(g->index) == 0) {
        err_set(e, ERR_DATA, "%s holds no records", source);
        err_hint(e, "expected is an array of records [{…}, …], or one record a line");
        return NULL;
    }
    struct table_builder *b = table_builder_new(g->rows, source);
    for (size_t j = 0; j < map_size(g->index); j++) {
        struct gathered *c = map_value_at(g->index, j);
        struct column *column = gathered_column(c, g->rows, e);
        if (!column) {
            table_builder_free(b);
            return NULL;
        }
        table_builder_add(b, c->name, column);
    }
    return table_builder_done(b);
}

static void gather_done(struct gather *g)
{
    for (size_t j = 0; j < map_size(g->index); j++) {
        struct gathered *c = map_value_at(g->index, j);
        mem_free(c->name);
        vec_done(&c->cell);
        str_done(&c->bytes);
        mem_free(c);
    }
    map_free(g->index);
    str_done(&g->path);
}

/* ---- documents ---------------------------------------------------------------------------------------------- */

/* {"a": [1, 2], "b": [3, 4]}: every member an array, none holding records. */
static bool is_columns(json_t *v)
{
    const char *key;
    json_t *member;
    size_t n = SIZE_MAX;
    json_object_foreach (v, key, member) {
        if (!json_is_array(member) || (n != SIZE_MAX && json_array_size(member) != n))
            return false;
        n = json_array_size(member);
        for (size_t i = 0; i < n; i++)
            if (json_is_object(json_array_get(member, i)))
                return false;
    }
    return n != SIZE_MAX && n > 0;
}

/* {"meta": …, "data": [{…}, …]}: the only array of records among the members, or NULL. */
static json_t *only_records(json_t *v)
{
    const char *key;
    json_t *member, *found = NULL;
    json_object_foreach (v, key, member) {
        if (!json_is_array(member) || !json_is_object(json_array_get(member, 0)))
            continue;
        if (found)
            return NULL;
        found = member;
    }
    return found;
}

static void gather_columns(struct gather *g, json_t *v)
{
    const char *key;
    json_t *member;
    size_t n = 0;
    json_object_foreach (v, key, member) {
        n = json_array_size(member);
        for (g->rows = 0; g->rows < n; g->rows++)
            gather_value(g, key, json_array_get(member, g->rows));
    }
    g->rows = n;
}

static void gather_document(struct gather *g, json_t *v)
{
    json_t *records = json_is_array(v) ? v : json_is_object(v) ? only_records(v) : NULL;
    if (json_is_object(v) && !records && is_columns(v)) {
        gather_columns(g, v);
        return;
    }
    if (!records) {
        gather_row(g, v);
        return;
    }
    for (size_t i = 0; i < json_array_size(records); i++)
        gather_row(g, json_array_get(records, i));
}

static bool json_broken(const char *source, const char *data, const char *at, const json_error_t *je,
                        struct err *e)
{
    int line = je->line > 0 ? je->line : 1;
    for (const char *p = data; p < at && (p = memchr(p, '\n', (size_t)(at - p))); p++)
        line++;
    err_set(e, ERR_DATA, "%s: line %d is not valid JSON: %s", source, line, je->text);
    if (e)
        e->line = line;
    return err_hint(e, "expected is an array of records [{…}, …], or one record a line");
}

struct table *json_read_memory(const char *data, size_t size, const char *source, struct progress *p,
                               struct err *e)
{
    struct gather g = {.index = map_new()};
    const char *at = data, *end = data + size;
    bool ok = true;
    if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (size_t documents = 0; ok; documents++) {
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
            at++;
        if (at == end)
            break;
        json_error_t je;
        json_t *v = json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &je);
        if (!v) {
            ok = json_broken(source, data, at, &je, e);
            break;
        }
        at += je.position;
        if (documents == 0 && !json_is_object(v) && !json_is_array(v)) {
            err_set(e, ERR_DATA, "%s holds a JSON value, but no records", source);
            ok = err_hint(e, "expected is an array of records [{…}, …], or one record a line");
        } else {
            gather_document(&g, v);
        }
        json_decref(v);
        if (ok && g.rows >= UINT32_MAX)
            ok = err_set(e, ERR_RANGE, "%s has more rows than a table can hold", source);
        if (ok && progress_cancelled(p))
            ok = err_set(e, ERR_CANCELLED, "reading %s was cancelled", source);
        if (documents % 4096 == 0)
            progress_report(p, (double)(at - data) / (double)size, "reading");
    }
    struct table *t = ok ? gather_table(&g, source, e) : NULL;
    gather_done(&g);
    return t;
}

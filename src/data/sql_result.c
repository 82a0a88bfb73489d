/* sql_result: values of SQL rows into typed columns. A column begins as nothing, takes the kind of its first
 * value, and widens when it must: whole numbers to reals, anything to text. */
#include "data/sql_parts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/infer.h"

enum kind { KIND_NONE, KIND_INT, KIND_REAL, KIND_TEXT };

struct slot {
    enum kind kind;
    size_t cap; /* rows */
    union {
        int64_t i;
        double f;
        uint64_t n; /* TEXT: its length */
    } * value;
    uint64_t *at; /* TEXT: where in bytes */
    uint64_t *valid;
    char *bytes;
    size_t n_bytes, cap_bytes;
};

struct sql_result {
    size_t columns;
    struct slot slot[];
};

struct sql_result *sql_result_new(size_t columns)
{
    struct sql_result *r = mem_zero(1, sizeof *r + columns * sizeof *r->slot);
    r->columns = columns;
    return r;
}

static void slot_done(struct slot *s)
{
    mem_bulk_free(s->value);
    mem_bulk_free(s->at);
    mem_bulk_free(s->valid);
    mem_bulk_free(s->bytes);
    *s = (struct slot){0};
}

void sql_result_free(struct sql_result *r)
{
    for (size_t j = 0; r && j < r->columns; j++)
        slot_done(&r->slot[j]);
    mem_free(r);
}

/* A bigger block with the old content. */
static bool regrow(void *pp, size_t used, size_t bytes, struct err *e)
{
    void *old, *new = mem_bulk(bytes, 1, e);
    memcpy(&old, pp, sizeof old);
    if (!new)
        return false;
    if (used)
        memcpy(new, old, used);
    mem_bulk_free(old);
    memcpy(pp, &new, sizeof new);
    return true;
}

static bool slot_rows(struct slot *s, size_t rows, struct err *e)
{
    if (rows <= s->cap)
        return true;
    size_t cap = s->cap ? s->cap : 64;
    while (cap < rows)
        cap *= 2;
    size_t words = s->cap / 64, more = cap / 64;
    if (!regrow(&s->value, s->cap * sizeof *s->value, cap * sizeof *s->value, e) ||
        !regrow(&s->valid, words * sizeof *s->valid, more * sizeof *s->valid, e))
        return false;
    memset(s->valid + words, 0, (more - words) * sizeof *s->valid);
    if (s->kind == KIND_TEXT && !regrow(&s->at, s->cap * sizeof *s->at, cap * sizeof *s->at, e))
        return false;
    s->cap = cap;
    return true;
}

static bool put_text(struct slot *s, size_t row, const char *text, size_t n, struct err *e)
{
    if (s->n_bytes + n > s->cap_bytes) {
        size_t cap = s->cap_bytes ? s->cap_bytes : 1024;
        while (cap < s->n_bytes + n)
            cap *= 2;
        if (!regrow(&s->bytes, s->n_bytes, cap, e))
            return false;
        s->cap_bytes = cap;
    }
    if (n)
        memcpy(s->bytes + s->n_bytes, text, n);
    s->at[row] = s->n_bytes;
    s->value[row].n = n;
    s->n_bytes += n;
    return true;
}

static bool widen(struct slot *s, enum kind to, struct err *e)
{
    enum kind from = s->kind;
    s->kind = to;
    if (to == KIND_REAL && from == KIND_INT)
        for (size_t i = 0; i < s->cap; i++)
            s->value[i].f = bitmap_get(s->valid, i) ? (double)s->value[i].i : 0;
    if (to != KIND_TEXT)
        return true;
    if (!regrow(&s->at, 0, (s->cap ? s->cap : 1) * sizeof *s->at, e))
        return false;
    for (size_t i = 0; from != KIND_NONE && i < s->cap; i++) {
        char text[NUMBER_MAX];
        struct str whole = STR_INIT;
        if (!bitmap_get(s->valid, i))
            continue;
        if (from == KIND_INT)
            str_printf(&whole, "%lld", (long long)s->value[i].i);
        else
            str_addn(&whole, text, number_print(s->value[i].f, text));
        bool ok = put_text(s, i, whole.s, whole.len, e);
        str_done(&whole);
        if (!ok)
            return false;
    }
    return true;
}

bool sql_result_put(struct sql_result *r, size_t j, size_t row, sqlite3_stmt *st, int from, struct err *e)
{
    struct slot *s = &r->slot[j];
    static const enum kind kinds[] = {[SQLITE_INTEGER] = KIND_INT,
                                      [SQLITE_FLOAT] = KIND_REAL,
                                      [SQLITE_TEXT] = KIND_TEXT,
                                      [SQLITE_BLOB] = KIND_TEXT};
    int type = sqlite3_column_type(st, from);
    if (!slot_rows(s, row + 1, e))
        return false;
    if (type == SQLITE_NULL)
        return true;
    enum kind own = kinds[type];
    if (own > s->kind && !widen(s, own, e))
        return false;
    bitmap_set(s->valid, row, true);
    if (s->kind == KIND_INT) {
        s->value[row].i = sqlite3_column_int64(st, from);
    } else if (s->kind == KIND_REAL) {
        s->value[row].f = sqlite3_column_double(st, from);
    } else {
        const char *text = (const char *)sqlite3_column_text(st, from);
        return put_text(s, row, text ? text : "", (size_t)sqlite3_column_bytes(st, from), e);
    }
    return true;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static bool is_valid(const struct slot *s, size_t i)
{
    return i < s->cap && bitmap_get(s->valid, i);
}

static uint64_t *valid_bits(const struct slot *s, size_t rows, struct err *e)
{
    uint64_t *valid = column_bitmap(rows, false, e);
    for (size_t i = 0; valid && i < rows; i++)
        if (is_valid(s, i))
            bitmap_set(valid, i, true);
    return valid;
}

static struct column *number_column(const struct slot *s, size_t rows, enum column_type type, struct err *e)
{
    void *data = column_buffer(type, rows, e);
    uint64_t *valid = data && type != COLUMN_F64 ? valid_bits(s, rows, e) : NULL;
    if (!data || (type != COLUMN_F64 && !valid)) {
        mem_bulk_free(data);
        return NULL;
    }
    for (size_t i = 0; i < rows; i++) {
        bool there = is_valid(s, i);
        if (type == COLUMN_F64)
            ((double *)data)[i] = there ? s->value[i].f : NAN;
        else if (type == COLUMN_BOOL)
            ((uint8_t *)data)[i] = there && s->value[i].i;
        else
            ((int64_t *)data)[i] = there ? s->value[i].i : 0;
    }
    if (type == COLUMN_F64)
        return column_from_f64(data, rows);
    return type == COLUMN_BOOL ? column_from_bool(data, valid, rows) : column_from_i64(type, data, valid, rows);
}

static struct column *text_column(const struct slot *s, size_t rows, struct err *e)
{
    uint64_t *offsets = mem_bulk(rows + 1, sizeof *offsets, e);
    uint64_t *valid = offsets ? valid_bits(s, rows, e) : NULL;
    char *bytes = valid ? column_buffer(COLUMN_TEXT, s->n_bytes, e) : NULL;
    if (!bytes) {
        mem_bulk_free(offsets);
        mem_bulk_free(valid);
        return NULL;
    }
    uint64_t at = 0;
    for (size_t i = 0; i < rows; i++) {
        offsets[i] = at;
        size_t n = s->kind == KIND_TEXT && is_valid(s, i) ? s->value[i].n : 0;
        if (n)
            memcpy(bytes + at, s->bytes + s->at[i], n);
        at += n;
    }
    offsets[rows] = at;
    return column_from_text(offsets, bytes, valid, rows);
}

static bool all_bits(const struct slot *s, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (is_valid(s, i) && (s->value[i].i & ~INT64_C(1)))
            return false;
    return true;
}

static struct column *text_as(struct column *text, const char *declared, struct err *e)
{
    struct column *out;
    if (!text)
        return NULL;
    if (!declared)
        return infer_text_or_date(text, e);
    if (str_eq(declared, "TEXT"))
        return text;
    if (str_starts(declared, "CATEGORY"))
        out = column_to_category(text, NULL); /* fails for zero bytes: then it is text */
    else
        out = column_cast(text, str_starts(declared, "DATE") ? COLUMN_DATE : COLUMN_TIME, NULL, e);
    if (!out)
        return text;
    column_unref(text);
    return out;
}

struct column *sql_result_column(struct sql_result *r, size_t j, size_t rows, const char *declared, struct err *e)
{
    struct slot *s = &r->slot[j];
    struct column *c = NULL;
    enum kind kind = s->kind;
    if (kind == KIND_NONE && declared) /* nothing but NULL: of the type of its source */
        kind = str_ends(declared, "TEXT") ? KIND_TEXT : str_ends(declared, "REAL") ? KIND_REAL : KIND_INT;
    switch (kind) {
    case KIND_NONE:
    case KIND_REAL:
        c = number_column(s, rows, COLUMN_F64, e);
        break;
    case KIND_INT:
        c = number_column(
            s, rows, declared && str_starts(declared, "BOOL") && all_bits(s, rows) ? COLUMN_BOOL : COLUMN_I64, e);
        break;
    case KIND_TEXT:
        c = text_as(text_column(s, rows, e), declared, e);
        break;
    }
    slot_done(s);
    return c;
}

/* table: names over shared columns. */
#include "data/table.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"
#include "data/hash.h"

struct table {
    atomic_int refs;
    size_t rows, cols;
    struct column **column;
    char **name;
    char *source;
    struct map *index;     /* name -> position + 1 */
    _Atomic uint64_t hash; /* 0: not computed yet */
};

/* ---- building ----------------------------------------------------------------------------------------------- */

struct table_builder {
    size_t rows;
    char *source;
    VEC(struct column *) column;
    VEC(char *) name;
    struct map *index;
};

struct table_builder *table_builder_new(size_t rows, const char *source)
{
    assert(rows < UINT32_MAX);
    struct table_builder *b = mem_zero(1, sizeof *b);
    b->rows = rows;
    b->source = mem_strdup(source ? source : "");
    b->index = map_new();
    return b;
}

/* `name`, "V3" for the third column without one, or name_2, name_3, … when it is taken. */
static char *free_name(const struct table_builder *b, const char *name)
{
    struct str s = STR_INIT;
    if (name && *name)
        str_add(&s, name);
    else
        str_printf(&s, "V%zu", b->name.n + 1);
    size_t stem = s.len;
    for (size_t k = 2; map_get(b->index, s.s); k++) {
        s.len = stem;
        str_printf(&s, "_%zu", k);
    }
    return str_steal(&s);
}

void table_builder_add(struct table_builder *b, const char *name, struct column *c)
{
    assert(c && column_size(c) == b->rows);
    char *own = free_name(b, name);
    vec_push(&b->name, own);
    vec_push(&b->column, c);
    map_set(b->index, own, (void *)(uintptr_t)b->name.n);
}

struct table *table_builder_done(struct table_builder *b)
{
    struct table *t = mem_zero(1, sizeof *t);
    atomic_init(&t->refs, 1);
    atomic_init(&t->hash, 0);
    t->rows = b->rows;
    t->cols = b->column.n;
    t->column = b->column.v;
    t->name = b->name.v;
    t->source = b->source;
    t->index = b->index;
    mem_free(b);
    return t;
}

void table_builder_free(struct table_builder *b)
{
    if (b)
        table_unref(table_builder_done(b));
}

struct table *table_ref(const struct table *t)
{
    struct table *own = (struct table *)(uintptr_t)t; /* the count is all that a reference changes */
    atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
    return own;
}

void table_unref(struct table *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t j = 0; j < t->cols; j++) {
        column_unref(t->column[j]);
        mem_free(t->name[j]);
    }
    mem_free(t->column);
    mem_free(t->name);
    mem_free(t->source);
    map_free(t->index);
    mem_free(t);
}

/* ---- looking ------------------------------------------------------------------------------------------------ */

size_t table_rows(const struct table *t)
{
    return t->rows;
}

size_t table_cols(const struct table *t)
{
    return t->cols;
}

const char *table_name(const struct table *t, size_t j)
{
    assert(j < t->cols);
    return t->name[j];
}

const struct column *table_column(const struct table *t, size_t j)
{
    assert(j < t->cols);
    return t->column[j];
}

int table_find(const struct table *t, const char *name)
{
    return (int)(uintptr_t)map_get(t->index, name) - 1;
}

const char *table_source(const struct table *t)
{
    return t->source;
}

size_t table_bytes(const struct table *t)
{
    size_t bytes = sizeof *t;
    for (size_t j = 0; j < t->cols; j++)
        bytes += column_bytes(t->column[j]) + strlen(t->name[j]) + 1;
    return bytes;
}

uint64_t table_hash(const struct table *t)
{
    struct table *own = (struct table *)(uintptr_t)t; /* a cache: every writer stores the same */
    uint64_t h = atomic_load_explicit(&own->hash, memory_order_relaxed);
    if (h)
        return h;
    h = hash_mix(t->rows, t->cols);
    for (size_t j = 0; j < t->cols; j++) {
        h = hash_mix(h, hash_bytes(t->name[j], strlen(t->name[j]), 5));
        h = hash_mix(h, column_hash(t->column[j]));
    }
    h = h ? h : 1;
    atomic_store_explicit(&own->hash, h, memory_order_relaxed);
    return h;
}

int table_require(const struct table *t, const char *name, struct err *e)
{
    int j = table_find(t, name);
    if (j >= 0)
        return j;
    if (t->source[0])
        err_set(e, ERR_NOT_FOUND, "no column '%s' in %s", name, t->source);
    else
        err_set(e, ERR_NOT_FOUND, "no column '%s' in the table", name);
    err_suggest(e, name, (const char *const *)t->name, (int)t->cols);
    return -1;
}

/* ---- tables from tables ------------------------------------------------------------------------------------- */

struct take {
    const struct table *t;
    const uint32_t *rows;
    size_t n;
    struct column **out;
    struct err *err; /* per column */
};

static void take_column(void *arg, size_t j, unsigned worker)
{
    (void)worker;
    struct take *k = arg;
    k->out[j] = column_take(k->t->column[j], k->rows, k->n, &k->err[j]);
}

struct table *table_take(const struct table *t, const uint32_t *rows, size_t n, struct err *e)
{
    struct take k = {t, rows, n, mem_zero(t->cols, sizeof *k.out), mem_zero(t->cols, sizeof *k.err)};
    parallel_for(t->cols, take_column, &k);
    struct table_builder *b = table_builder_new(n, t->source);
    bool ok = true;
    for (size_t j = 0; j < t->cols; j++) {
        if (k.out[j])
            table_builder_add(b, t->name[j], k.out[j]);
        else if (ok) {
            ok = false;
            if (e)
                *e = k.err[j];
        }
    }
    mem_free(k.out);
    mem_free(k.err);
    if (ok)
        return table_builder_done(b);
    table_builder_free(b);
    return NULL;
}

struct table *table_select(const struct table *t, const int *cols, size_t n)
{
    struct table_builder *b = table_builder_new(t->rows, t->source);
    for (size_t k = 0; k < n; k++) {
        assert(cols[k] >= 0 && (size_t)cols[k] < t->cols);
        table_builder_add(b, t->name[cols[k]], column_ref(t->column[cols[k]]));
    }
    return table_builder_done(b);
}

struct table *table_with(const struct table *t, const char *name, struct column *c)
{
    struct table_builder *b = table_builder_new(t->cols ? t->rows : column_size(c), t->source);
    int at = table_find(t, name);
    for (size_t j = 0; j < t->cols; j++)
        table_builder_add(b, t->name[j], (int)j == at ? c : column_ref(t->column[j]));
    if (at < 0)
        table_builder_add(b, name, c);
    return table_builder_done(b);
}

struct table *table_renamed(const struct table *t, size_t j, const char *name)
{
    assert(j < t->cols);
    struct table_builder *b = table_builder_new(t->rows, t->source);
    for (size_t k = 0; k < t->cols; k++)
        table_builder_add(b, k == j ? name : t->name[k], column_ref(t->column[k]));
    return table_builder_done(b);
}

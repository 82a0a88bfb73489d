/* column: the struct, what it owns, and reading single values. */
#include "data/column.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "data/hash.h"

#define TAIL 64                 /* readable bytes after the last element */
#define BLOCK ((size_t)1 << 16) /* elements a task when counting and hashing */

struct column {
    atomic_int refs;
    enum column_type type;
    size_t n, missing;
    void *data;              /* by type; TEXT: the bytes */
    uint64_t *offsets;       /* TEXT: n + 1 */
    uint64_t *valid;         /* bitmap or NULL */
    struct dictionary *dict; /* CATEGORY */
    _Atomic uint64_t hash;   /* 0: not computed yet */
};

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [COLUMN_F64] = {"real", sizeof(double)},
    [COLUMN_I64] = {"integer", sizeof(int64_t)},
    [COLUMN_BOOL] = {"bool", 1},
    [COLUMN_CATEGORY] = {"category", sizeof(int32_t)},
    [COLUMN_TEXT] = {"text", 1},
    [COLUMN_DATE] = {"date", sizeof(int64_t)},
    [COLUMN_TIME] = {"time", sizeof(int64_t)},
};

const char *column_type_name(enum column_type t)
{
    return types[t].name;
}

bool column_type_from_name(const char *name, enum column_type *out)
{
    static const struct {
        const char *name;
        enum column_type type;
    } aliases[] = {
        {"f64", COLUMN_F64},        {"number", COLUMN_F64},    {"double", COLUMN_F64},
        {"float", COLUMN_F64},      {"numeric", COLUMN_F64},   {"int", COLUMN_I64},
        {"i64", COLUMN_I64},        {"int64", COLUMN_I64},     {"float64", COLUMN_F64},
        {"boolean", COLUMN_BOOL},   {"logical", COLUMN_BOOL},  {"factor", COLUMN_CATEGORY},
        {"cat", COLUMN_CATEGORY},   {"string", COLUMN_TEXT},   {"str", COLUMN_TEXT},
        {"character", COLUMN_TEXT}, {"datetime", COLUMN_TIME}, {"timestamp", COLUMN_TIME},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq_nocase(name, types[i].name))
            return *out = (enum column_type)i, true;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (str_eq_nocase(name, aliases[i].name))
            return *out = aliases[i].type, true;
    return false;
}

/* ---- building ----------------------------------------------------------------------------------------------- */

void *column_buffer(enum column_type t, size_t n, struct err *e)
{
    size_t bytes;
    if (!mem_mul(n, types[t].size, &bytes) || bytes > SIZE_MAX - TAIL)
        return mem_bulk(n, types[t].size, e); /* fails with the right sentence */
    char *p = mem_bulk(bytes + TAIL, 1, e);
    if (p)
        memset(p + bytes, 0, TAIL);
    return p;
}

uint64_t *column_bitmap(size_t n, bool all_valid, struct err *e)
{
    size_t words = n / 64 + 1;
    uint64_t *b = mem_bulk(words, sizeof *b, e);
    if (b)
        memset(b, all_valid ? 0xff : 0, words * sizeof *b);
    return b;
}

struct count {
    const struct column *c;
    size_t *missing; /* per block */
};

static void count_block(void *arg, size_t block, unsigned worker)
{
    (void)worker;
    struct count *k = arg;
    const struct column *c = k->c;
    size_t from = block * BLOCK, to = from + BLOCK < c->n ? from + BLOCK : c->n, missing = 0;
    if (c->type == COLUMN_F64) {
        const double *x = c->data;
        for (size_t i = from; i < to; i++)
            missing += x[i] != x[i];
    } else if (c->type == COLUMN_CATEGORY) {
        const int32_t *x = c->data;
        for (size_t i = from; i < to; i++)
            missing += x[i] < 0;
    } else if (c->valid) {
        for (size_t i = from; i < to; i += 64) {
            uint64_t m = ~c->valid[i / 64];
            if (to - i < 64)
                m &= ((uint64_t)1 << (to - i)) - 1;
            missing += (size_t)__builtin_popcountll(m);
        }
    }
    k->missing[block] = missing;
}

static struct column *column_new(enum column_type type, void *data, uint64_t *valid, size_t n)
{
    struct column *c = mem_zero(1, sizeof *c);
    atomic_init(&c->refs, 1);
    atomic_init(&c->hash, 0);
    c->type = type;
    c->n = n;
    c->data = data;
    c->valid = valid;
    size_t blocks = (n + BLOCK - 1) / BLOCK;
    struct count k = {c, mem_zero(blocks + 1, sizeof(size_t))};
    if (blocks <= 4)
        for (size_t b = 0; b < blocks; b++)
            count_block(&k, b, 0);
    else
        parallel_for(blocks, count_block, &k);
    for (size_t b = 0; b < blocks; b++)
        c->missing += k.missing[b];
    mem_free(k.missing);
    if (!c->missing && c->valid) {
        mem_bulk_free(c->valid);
        c->valid = NULL;
    }
    return c;
}

struct column *column_from_f64(double *data, size_t n)
{
    return column_new(COLUMN_F64, data, NULL, n);
}

struct column *column_from_i64(enum column_type type, int64_t *data, uint64_t *valid, size_t n)
{
    assert(type == COLUMN_I64 || type == COLUMN_DATE || type == COLUMN_TIME);
    return column_new(type, data, valid, n);
}

struct column *column_from_bool(uint8_t *data, uint64_t *valid, size_t n)
{
    return column_new(COLUMN_BOOL, data, valid, n);
}

struct column *column_from_codes(int32_t *codes, size_t n, struct dictionary *d)
{
    struct column *c = column_new(COLUMN_CATEGORY, codes, NULL, n);
    c->dict = d;
    return c;
}

struct column *column_from_text(uint64_t *offsets, char *bytes, uint64_t *valid, size_t n)
{
    struct column *c = column_new(COLUMN_TEXT, bytes, valid, n);
    c->offsets = offsets;
    return c;
}

struct column *column_ref(const struct column *c)
{
    struct column *own = (struct column *)(uintptr_t)c; /* the count is all that a reference changes */
    atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
    return own;
}

void column_unref(struct column *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    mem_bulk_free(c->data);
    mem_bulk_free(c->offsets);
    mem_bulk_free(c->valid);
    dictionary_unref(c->dict);
    mem_free(c);
}

/* ---- looking ------------------------------------------------------------------------------------------------ */

enum column_type column_type(const struct column *c)
{
    return c->type;
}

size_t column_size(const struct column *c)
{
    return c->n;
}

size_t column_missing(const struct column *c)
{
    return c->missing;
}

size_t column_bytes(const struct column *c)
{
    size_t bytes = sizeof *c + TAIL;
    if (c->type == COLUMN_TEXT)
        bytes += c->offsets[c->n] + (c->n + 1) * sizeof *c->offsets;
    else
        bytes += c->n * types[c->type].size;
    return bytes + (c->valid ? c->n / 8 : 0);
}

bool column_is_numeric(const struct column *c)
{
    return c->type == COLUMN_F64 || c->type == COLUMN_I64 || c->type == COLUMN_BOOL;
}

const double *column_f64(const struct column *c)
{
    assert(c->type == COLUMN_F64);
    return c->data;
}

const int64_t *column_i64(const struct column *c)
{
    assert(c->type == COLUMN_I64 || c->type == COLUMN_DATE || c->type == COLUMN_TIME);
    return c->data;
}

const uint8_t *column_bool(const struct column *c)
{
    assert(c->type == COLUMN_BOOL);
    return c->data;
}

const int32_t *column_codes(const struct column *c)
{
    assert(c->type == COLUMN_CATEGORY);
    return c->data;
}

const struct dictionary *column_dictionary(const struct column *c)
{
    assert(c->type == COLUMN_CATEGORY);
    return c->dict;
}

const uint64_t *column_valid(const struct column *c)
{
    return c->valid;
}

bool column_is_missing(const struct column *c, size_t i)
{
    assert(i < c->n);
    if (c->missing == 0)
        return false;
    if (c->type == COLUMN_F64)
        return isnan(((const double *)c->data)[i]);
    if (c->type == COLUMN_CATEGORY)
        return ((const int32_t *)c->data)[i] < 0;
    return !bitmap_get(c->valid, i);
}

static inline double number_at(const struct column *c, size_t i)
{
    if (c->valid && !bitmap_get(c->valid, i))
        return NAN;
    switch (c->type) {
    case COLUMN_F64:
        return ((const double *)c->data)[i];
    case COLUMN_I64:
    case COLUMN_DATE:
        return (double)((const int64_t *)c->data)[i];
    case COLUMN_BOOL:
        return ((const uint8_t *)c->data)[i];
    case COLUMN_TIME:
        return (double)((const int64_t *)c->data)[i] / 1e6;
    case COLUMN_CATEGORY: {
        int32_t code = ((const int32_t *)c->data)[i];
        return code < 0 ? NAN : code;
    }
    case COLUMN_TEXT:
        break;
    }
    return NAN;
}

double column_number(const struct column *c, size_t i)
{
    assert(i < c->n);
    return number_at(c, i);
}

void column_numbers(const struct column *c, const uint32_t *rows, size_t n, double *out)
{
    if (!rows && c->type == COLUMN_F64) {
        if (n)
            memcpy(out, c->data, n * sizeof *out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = number_at(c, rows ? rows[i] : i);
}

const char *column_text(const struct column *c, size_t i, size_t *len)
{
    assert(c->type == COLUMN_TEXT && i < c->n);
    if (c->valid && !bitmap_get(c->valid, i))
        return *len = 0, NULL;
    *len = c->offsets[i + 1] - c->offsets[i];
    return (const char *)c->data + c->offsets[i];
}

void column_print(const struct column *c, size_t i, struct str *out)
{
    char text[NUMBER_MAX];
    size_t n;
    if (column_is_missing(c, i))
        return;
    switch (c->type) {
    case COLUMN_F64:
        n = number_print(((const double *)c->data)[i], text);
        str_addn(out, text, n);
        break;
    case COLUMN_I64:
        n = (size_t)snprintf(text, sizeof text, "%" PRId64, ((const int64_t *)c->data)[i]);
        str_addn(out, text, n);
        break;
    case COLUMN_BOOL:
        str_add(out, ((const uint8_t *)c->data)[i] ? "true" : "false");
        break;
    case COLUMN_CATEGORY:
        str_add(out, dictionary_word(c->dict, ((const int32_t *)c->data)[i]));
        break;
    case COLUMN_TEXT: {
        const char *s = column_text(c, i, &n);
        str_addn(out, s, n);
        break;
    }
    case COLUMN_DATE:
        date_print(((const int64_t *)c->data)[i], out);
        break;
    case COLUMN_TIME:
        time_print(((const int64_t *)c->data)[i], out);
        break;
    }
}

/* ---- fingerprint -------------------------------------------------------------------------------------------- */

struct fingerprint {
    const struct column *c;
    const uint64_t *word; /* CATEGORY: hash of each word, so that equal words hash equal whatever their codes */
    uint64_t *part;       /* per block */
};

static void hash_block(void *arg, size_t block, unsigned worker)
{
    (void)worker;
    struct fingerprint *f = arg;
    const struct column *c = f->c;
    size_t from = block * BLOCK, to = from + BLOCK < c->n ? from + BLOCK : c->n;
    uint64_t h = hash_mix(block, 1);
    for (size_t i = from; i < to; i++) {
        uint64_t v = 0;
        if (column_is_missing(c, i))
            v = 0xdeadbeefcafef00dull;
        else if (c->type == COLUMN_CATEGORY)
            v = f->word[((const int32_t *)c->data)[i]];
        else if (c->type == COLUMN_BOOL)
            v = ((const uint8_t *)c->data)[i];
        else if (c->type == COLUMN_TEXT)
            v = hash_bytes((const char *)c->data + c->offsets[i], c->offsets[i + 1] - c->offsets[i], 3);
        else
            memcpy(&v, (const char *)c->data + i * sizeof v, sizeof v); /* F64 by its bits */
        h = hash_mix(h, v);
    }
    f->part[block] = h;
}

uint64_t column_hash(const struct column *c)
{
    struct column *own = (struct column *)(uintptr_t)c; /* a cache of what c says: the same for every writer */
    uint64_t h = atomic_load_explicit(&own->hash, memory_order_relaxed);
    if (h)
        return h;
    size_t blocks = (c->n + BLOCK - 1) / BLOCK, words = c->dict ? dictionary_size(c->dict) : 0;
    uint64_t *word = mem_zero(words + 1, sizeof *word);
    for (size_t i = 0; i < words; i++) {
        const char *w = dictionary_word(c->dict, (int32_t)i);
        word[i] = hash_bytes(w, strlen(w), 3);
    }
    struct fingerprint f = {c, word, mem_zero(blocks + 1, sizeof(uint64_t))};
    parallel_for(blocks, hash_block, &f);
    h = hash_mix(hash_mix((uint64_t)c->type, c->n), 2);
    for (size_t b = 0; b < blocks; b++)
        h = hash_mix(h, f.part[b]);
    mem_free(f.part);
    mem_free(word);
    h = h ? h : 1;
    atomic_store_explicit(&own->hash, h, memory_order_relaxed);
    return h;
}

/* column_convert: a column from a column: chosen rows, as categories, as another type; and counting its values. */
#include "data/column.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/hash.h"

#define US_PER_DAY INT64_C(86400000000)

/* ---- chosen rows -------------------------------------------------------------------------------------------- */

static bool take_bitmap(const struct column *c, const uint32_t *rows, size_t n, uint64_t **out, struct err *e)
{
    const uint64_t *valid = column_valid(c);
    *out = NULL;
    if (!valid)
        return true;
    if (!(*out = column_bitmap(n, true, e)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!bitmap_get(valid, rows[i]))
            bitmap_set(*out, i, false);
    return true;
}

static struct column *take_text(const struct column *c, const uint32_t *rows, size_t n, uint64_t *valid,
                                struct err *e)
{
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, e);
    if (!offsets)
        return NULL;
    size_t total = 0, length;
    for (size_t i = 0; i < n; i++) {
        offsets[i] = total;
        column_text(c, rows[i], &length);
        total += length;
    }
    offsets[n] = total;
    char *bytes = column_buffer(COLUMN_TEXT, total, e);
    if (!bytes) {
        mem_bulk_free(offsets);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const char *s = column_text(c, rows[i], &length);
        if (length)
            memcpy(bytes + offsets[i], s, length);
    }
    return column_from_text(offsets, bytes, valid, n);
}

struct column *column_take(const struct column *c, const uint32_t *rows, size_t n, struct err *e)
{
    enum column_type type = column_type(c);
    uint64_t *valid;
    if (!take_bitmap(c, rows, n, &valid, e))
        return NULL;
    if (type == COLUMN_TEXT) {
        struct column *text = take_text(c, rows, n, valid, e);
        if (!text)
            mem_bulk_free(valid);
        return text;
    }
    void *data = column_buffer(type, n, e);
    if (!data) {
        mem_bulk_free(valid);
        return NULL;
    }
    switch (type) {
    case COLUMN_F64: {
        const double *from = column_f64(c);
        double *to = data;
        for (size_t i = 0; i < n; i++)
            to[i] = from[rows[i]];
        return column_from_f64(to, n);
    }
    case COLUMN_BOOL: {
        const uint8_t *from = column_bool(c);
        uint8_t *to = data;
        for (size_t i = 0; i < n; i++)
            to[i] = from[rows[i]];
        return column_from_bool(to, valid, n);
    }
    case COLUMN_CATEGORY: {
        const int32_t *from = column_codes(c);
        int32_t *to = data;
        for (size_t i = 0; i < n; i++)
            to[i] = from[rows[i]];
        return column_from_codes(to, n, dictionary_ref((struct dictionary *)(uintptr_t)column_dictionary(c)));
    }
    default: {
        const int64_t *from = column_i64(c);
        int64_t *to = data;
        for (size_t i = 0; i < n; i++)
            to[i] = from[rows[i]];
        return column_from_i64(type, to, valid, n);
    }
    }
}

/* ---- distinct values ---------------------------------------------------------------------------------------- */

/* Numbers the distinct values of a column in order of first appearance. */
struct distinct {
    const struct column *c;
    uint32_t *slot; /* id + 1 */
    size_t mask;
    uint32_t *first; /* row of first appearance, by id */
    uint64_t *hash;  /* by id */
    size_t n, cap;
};

static uint64_t value_bits(const struct column *c, size_t i)
{
    switch (column_type(c)) {
    case COLUMN_F64: {
        double x = column_f64(c)[i] + 0.0; /* -0 is 0 */
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        return bits;
    }
    case COLUMN_BOOL:
        return column_bool(c)[i];
    case COLUMN_CATEGORY:
        return (uint64_t)column_codes(c)[i];
    default:
        return (uint64_t)column_i64(c)[i];
    }
}

static uint64_t value_hash(const struct column *c, size_t i)
{
    if (column_type(c) != COLUMN_TEXT)
        return hash_mix(value_bits(c, i), 7);
    size_t n;
    const char *s = column_text(c, i, &n);
    return hash_bytes(s, n, 7);
}

static bool value_equal(const struct column *c, size_t i, size_t j)
{
    if (column_type(c) != COLUMN_TEXT)
        return value_bits(c, i) == value_bits(c, j);
    size_t n, m;
    const char *s = column_text(c, i, &n), *t = column_text(c, j, &m);
    return n == m && memcmp(s, t, n) == 0;
}

static void distinct_done(struct distinct *d)
{
    mem_bulk_free(d->slot);
    mem_bulk_free(d->first);
    mem_bulk_free(d->hash);
}

static bool distinct_grow(struct distinct *d, struct err *e)
{
    size_t cap = d->cap ? d->cap * 2 : 64;
    uint32_t *slot = mem_bulk_zero(cap * 2, sizeof *slot, e);
    uint32_t *first = slot ? mem_bulk(cap, sizeof *first, e) : NULL;
    uint64_t *hash = first ? mem_bulk(cap, sizeof *hash, e) : NULL;
    if (!hash) {
        mem_bulk_free(slot);
        mem_bulk_free(first);
        return false;
    }
    if (d->n) {
        memcpy(first, d->first, d->n * sizeof *first);
        memcpy(hash, d->hash, d->n * sizeof *hash);
    }
    distinct_done(d);
    d->slot = slot;
    d->first = first;
    d->hash = hash;
    d->cap = cap;
    d->mask = cap * 2 - 1;
    for (size_t id = 0; id < d->n; id++) {
        size_t s = (size_t)hash[id] & d->mask;
        while (slot[s])
            s = (s + 1) & d->mask;
        slot[s] = (uint32_t)id + 1;
    }
    return true;
}

/* The id of row i's value, or UINT32_MAX when memory ran out. */
static uint32_t distinct_id(struct distinct *d, size_t i, struct err *e)
{
    if (d->n == d->cap && !distinct_grow(d, e))
        return UINT32_MAX;
    uint64_t h = value_hash(d->c, i);
    size_t s = (size_t)h & d->mask;
    for (; d->slot[s]; s = (s + 1) & d->mask) {
        uint32_t id = d->slot[s] - 1;
        if (d->hash[id] == h && value_equal(d->c, d->first[id], i))
            return id;
    }
    d->slot[s] = (uint32_t)d->n + 1;
    d->first[d->n] = (uint32_t)i;
    d->hash[d->n] = h;
    return (uint32_t)d->n++;
}

static size_t distinct_codes(const struct column *c, size_t limit)
{
    const int32_t *code = column_codes(c);
    size_t words = dictionary_size(column_dictionary(c)), found = 0;
    unsigned char *seen = mem_zero(words + 1, 1);
    for (size_t i = 0; i < column_size(c) && found < words && found <= limit; i++)
        if (code[i] >= 0 && !seen[code[i]]) {
            seen[code[i]] = 1;
            found++;
        }
    mem_free(seen);
    return found;
}

size_t column_distinct_upto(const struct column *c, size_t limit, struct err *e)
{
    if (column_type(c) == COLUMN_CATEGORY) {
        size_t found = distinct_codes(c, limit);
        return found > limit ? limit + 1 : found;
    }
    struct distinct d = {.c = c};
    size_t n = column_size(c);
    for (size_t i = 0; i < n && d.n <= limit; i++)
        if (!column_is_missing(c, i) && distinct_id(&d, i, e) == UINT32_MAX) {
            distinct_done(&d);
            return SIZE_MAX;
        }
    size_t found = d.n;
    distinct_done(&d);
    return found;
}

size_t column_distinct(const struct column *c, struct err *e)
{
    return column_distinct_upto(c, SIZE_MAX - 1, e);
}

/* ---- as categories ------------------------------------------------------------------------------------------ */

static bool text_has_zero_byte(const struct column *c)
{
    for (size_t i = 0; i < column_size(c); i++) {
        size_t n;
        const char *s = column_text(c, i, &n);
        if (s && n && memchr(s, 0, n))
            return true;
    }
    return false;
}

/* The dictionary of the distinct values' printed forms; rank[id] is the code of value id. */
static struct dictionary *distinct_dictionary(const struct distinct *d, int32_t *rank, struct err *e)
{
    struct str bytes = STR_INIT;
    const char **word = mem_bulk(d->n + 1, sizeof *word, e);
    size_t *at = word ? mem_bulk(d->n + 1, sizeof *at, e) : NULL;
    struct dictionary *dict = NULL;
    if (at) {
        str_addc(&bytes, 0);
        for (size_t id = 0; id < d->n; id++) {
            at[id] = bytes.len;
            if (column_type(d->c) == COLUMN_F64 && column_f64(d->c)[d->first[id]] == 0)
                str_add(&bytes, "0");
            else
                column_print(d->c, d->first[id], &bytes);
            str_addc(&bytes, 0);
        }
        for (size_t id = 0; id < d->n; id++)
            word[id] = bytes.s + at[id];
        dict = dictionary_sorted(word, d->n, rank, e);
    }
    str_done(&bytes);
    mem_bulk_free(word);
    mem_bulk_free(at);
    return dict;
}

struct column *column_to_category(const struct column *c, struct err *e)
{
    if (column_type(c) == COLUMN_CATEGORY)
        return column_ref(c);
    if (column_type(c) == COLUMN_TEXT && text_has_zero_byte(c)) {
        err_set(e, ERR_TYPE, "text with zero bytes can't be a category");
        return NULL;
    }
    size_t n = column_size(c);
    struct distinct d = {.c = c};
    int32_t *codes = column_buffer(COLUMN_CATEGORY, n, e);
    int32_t *rank = NULL;
    struct dictionary *dict = NULL;
    for (size_t i = 0; codes && i < n; i++) {
        uint32_t id = column_is_missing(c, i) ? 0 : distinct_id(&d, i, e);
        if (id >= INT32_MAX / 2) {
            if (id != UINT32_MAX)
                err_set(e, ERR_RANGE, "the column has too many different values for a category");
            mem_bulk_free(codes);
            codes = NULL;
            break;
        }
        codes[i] = column_is_missing(c, i) ? -1 : (int32_t)id;
    }
    if (codes && (rank = mem_bulk(d.n + 1, sizeof *rank, e)))
        dict = distinct_dictionary(&d, rank, e);
    for (size_t i = 0; dict && i < n; i++)
        codes[i] = codes[i] < 0 ? -1 : rank[codes[i]];
    mem_bulk_free(rank);
    distinct_done(&d);
    if (!dict) {
        mem_bulk_free(codes);
        return NULL;
    }
    return column_from_codes(codes, n, dict);
}

/* ---- as another type ---------------------------------------------------------------------------------------- */

/* One value on its way from type to type. */
union scalar {
    double f;
    int64_t i;
    bool b;
};

static bool word_to_bool(const char *s, size_t n, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"t", true},
                 {"f", false},   {"y", true},      {"n", false},  {"1", true},   {"0", false}};
    char copy[8];
    if (n >= sizeof copy)
        return false;
    memcpy(copy, s, n);
    copy[n] = 0;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (str_eq_nocase(copy, words[k].word))
            return *out = words[k].value, true;
    return false;
}

static bool scalar_from_word(const char *s, size_t n, enum column_type to, union scalar *out)
{
    double f;
    switch (to) {
    case COLUMN_F64:
        return number_parse(s, n, &out->f);
    case COLUMN_I64:
        if (number_parse_int(s, n, &out->i))
            return true;
        if (!number_parse(s, n, &f) || f != floor(f) || fabs(f) > 0x1p53)
            return false;
        return out->i = (int64_t)f, true;
    case COLUMN_BOOL:
        return word_to_bool(s, n, &out->b);
    case COLUMN_DATE:
        if (date_parse(s, n, &out->i))
            return true;
        if (!time_parse(s, n, &out->i))
            return false;
        out->i = out->i >= 0 ? out->i / US_PER_DAY : -((US_PER_DAY - 1 - out->i) / US_PER_DAY);
        return true;
    case COLUMN_TIME:
        return time_parse(s, n, &out->i);
    default:
        return false;
    }
}

static bool scalar_from_i64(enum column_type from, int64_t x, enum column_type to, union scalar *out)
{
    switch (to) {
    case COLUMN_F64:
        return out->f = from == COLUMN_TIME ? (double)x / 1e6 : (double)x, true;
    case COLUMN_I64:
        return out->i = x, true;
    case COLUMN_BOOL:
        return out->b = x == 1, x == 0 || x == 1;
    case COLUMN_DATE:
        out->i = from != COLUMN_TIME ? x : x >= 0 ? x / US_PER_DAY : -((US_PER_DAY - 1 - x) / US_PER_DAY);
        return out->i >= DATE_MIN && out->i <= DATE_MAX;
    case COLUMN_TIME: /* numbers are seconds, as column_number says */
        if (from == COLUMN_TIME)
            return out->i = x, true;
        if (__builtin_mul_overflow(x, from == COLUMN_DATE ? US_PER_DAY : INT64_C(1000000), &out->i))
            return false;
        return out->i >= TIME_MIN && out->i <= TIME_MAX;
    default:
        return false;
    }
}

static bool scalar_from_f64(double x, enum column_type to, union scalar *out)
{
    if (to == COLUMN_F64)
        return out->f = x, true;
    if (to == COLUMN_TIME) {
        if (!(fabs(x) < 1e15))
            return false;
        out->i = (int64_t)llround(x * 1e6);
        return out->i >= TIME_MIN && out->i <= TIME_MAX;
    }
    if (!(x == floor(x)) || fabs(x) >= 0x1p63)
        return false;
    return scalar_from_i64(COLUMN_I64, (int64_t)x, to, out);
}

static bool scalar_at(const struct column *c, size_t i, enum column_type to, union scalar *out)
{
    size_t n;
    const char *s;
    switch (column_type(c)) {
    case COLUMN_F64:
        return scalar_from_f64(column_f64(c)[i], to, out);
    case COLUMN_BOOL:
        return scalar_from_i64(COLUMN_I64, column_bool(c)[i], to, out);
    case COLUMN_CATEGORY:
        s = dictionary_word(column_dictionary(c), column_codes(c)[i]);
        return scalar_from_word(s, strlen(s), to, out);
    case COLUMN_TEXT:
        s = column_text(c, i, &n);
        return scalar_from_word(s, n, to, out);
    default:
        return scalar_from_i64(column_type(c), column_i64(c)[i], to, out);
    }
}

static struct column *cast_to_text(const struct column *c, struct err *e)
{
    size_t n = column_size(c);
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, e);
    uint64_t *valid = offsets ? column_bitmap(n, true, e) : NULL;
    struct str all = STR_INIT;
    for (size_t i = 0; valid && i < n; i++) {
        offsets[i] = all.len;
        if (column_is_missing(c, i))
            bitmap_set(valid, i, false);
        else
            column_print(c, i, &all);
    }
    char *bytes = valid ? column_buffer(COLUMN_TEXT, all.len, e) : NULL;
    if (!bytes) {
        mem_bulk_free(offsets);
        mem_bulk_free(valid);
        str_done(&all);
        return NULL;
    }
    offsets[n] = all.len;
    if (all.len)
        memcpy(bytes, all.s, all.len);
    str_done(&all);
    return column_from_text(offsets, bytes, valid, n);
}

struct column *column_cast(const struct column *c, enum column_type to, size_t *lost, struct err *e)
{
    size_t none;
    lost = lost ? lost : &none;
    *lost = 0;
    if (column_type(c) == to)
        return column_ref(c);
    if (to == COLUMN_CATEGORY)
        return column_to_category(c, e);
    if (to == COLUMN_TEXT)
        return cast_to_text(c, e);
    size_t n = column_size(c);
    void *data = column_buffer(to, n, e);
    uint64_t *valid = data ? column_bitmap(n, true, e) : NULL;
    if (!valid) {
        mem_bulk_free(data);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        union scalar v = {0};
        bool missing = column_is_missing(c, i), fits = !missing && scalar_at(c, i, to, &v);
        *lost += !missing && !fits;
        if (!fits)
            bitmap_set(valid, i, false);
        if (to == COLUMN_F64)
            ((double *)data)[i] = fits ? v.f : NAN;
        else if (to == COLUMN_BOOL)
            ((uint8_t *)data)[i] = fits && v.b;
        else
            ((int64_t *)data)[i] = fits ? v.i : 0;
    }
    if (to == COLUMN_F64) {
        mem_bulk_free(valid);
        return column_from_f64(data, n);
    }
    if (to == COLUMN_BOOL)
        return column_from_bool(data, valid, n);
    return column_from_i64(to, data, valid, n);
}

/* csv_cells: see csv_cells.h. */
#include "data/csv_cells.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"
#include "data/hash.h"
#include "num/simd.h"

/* ---- words -------------------------------------------------------------------------------------------------- */

struct word {
    uint64_t first, second; /* its first sixteen bytes, zeros behind it */
    uint64_t hash;
    size_t at;
    uint32_t length;
};

struct word_table {
    VEC(struct word) word;
    uint32_t slot[2048]; /* index + 1; enough for INFER_MOST_CATEGORIES at half load */
    struct str bytes;    /* each word ended by a zero */
};

size_t words_size(const struct word_table *w)
{
    return w ? w->word.n : 0;
}

const char *words_at(const struct word_table *w, size_t i)
{
    return w->bytes.s + w->word.v[i].at;
}

static void words_free(struct word_table *w)
{
    if (!w)
        return;
    vec_done(&w->word);
    str_done(&w->bytes);
    mem_free(w);
}

void seen_free(struct csv_seen *s)
{
    words_free(s->words);
    mem_free(s->text);
    s->words = NULL;
    s->text = NULL;
    s->bytes = s->room = 0;
}

/* The first sixteen bytes of the word and its hash. n > 0. */
NUM_INLINE struct word word_key(const char *s, size_t n, const char *limit)
{
    struct word k = {.length = (uint32_t)n};
    char pad[16] = {0};
    const char *from = s;
    if ((size_t)(limit - s) < 16) {
        memcpy(pad, s, n < 16 ? n : 16);
        from = pad;
    }
    k.first = hash_load(from);
    k.second = hash_load(from + 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (n < 8)
        k.first &= ~UINT64_C(0) >> (64 - 8 * n);
    if (n <= 8)
        k.second = 0;
    else if (n < 16)
        k.second &= ~UINT64_C(0) >> (128 - 8 * n);
#else
    memset(pad, 0, sizeof pad);
    memcpy(pad, s, n < 16 ? n : 16);
    k.first = hash_load(pad);
    k.second = hash_load(pad + 8);
#endif
    k.hash = n <= 16 ? hash_mix(k.first ^ n, k.second) : hash_bytes(s, n, 0);
    return k;
}

NUM_INLINE bool word_is(const struct word_table *w, const struct word *known, const struct word *k, const char *s)
{
    return known->first == k->first && known->second == k->second && known->length == k->length &&
           (k->length <= 16 || memcmp(w->bytes.s + known->at + 16, s + 16, k->length - 16) == 0);
}

/* The code of the word, or -1 when there are too many different ones. */
NUM_INLINE int32_t word_code(struct word_table *w, const char *s, size_t n, const char *limit)
{
    if (n > UINT32_MAX)
        return -1;
    struct word k = word_key(s, n, limit);
    size_t i = (size_t)k.hash % (sizeof w->slot / sizeof *w->slot);
    for (; w->slot[i]; i = (i + 1) % (sizeof w->slot / sizeof *w->slot))
        if (word_is(w, &w->word.v[w->slot[i] - 1], &k, s))
            return (int32_t)w->slot[i] - 1;
    if (w->word.n == INFER_MOST_CATEGORIES)
        return -1;
    k.at = w->bytes.len;
    vec_push(&w->word, k);
    str_addn(&w->bytes, s, n);
    str_addc(&w->bytes, 0);
    w->slot[i] = (uint32_t)w->word.n;
    return (int32_t)w->word.n - 1;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

/* The piece's cells one behind the other. Short ones are copied at a fixed size, past their end. */
NUM_INLINE void text_add(struct csv_seen *seen, const char *s, size_t n, const char *limit)
{
    enum { FIXED = 32 };
    if (n + FIXED > seen->room - seen->bytes) {
        size_t room = 2 * seen->room + n + 16384;
        seen->text = mem_resize(seen->text, room, 1);
        seen->room = room;
    }
    char *to = seen->text + seen->bytes;
    if (n <= FIXED && limit - s >= FIXED)
        memcpy(to, s, FIXED);
    else
        memcpy(to, s, n);
    seen->bytes += n;
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Eight digits, the first in the lowest byte, as a number: pairs, then fours, then eights. */
NUM_INLINE uint64_t eight_digits(uint64_t w)
{
    w = (w * 10 + (w >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    w = (w * 100 + (w >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (w * 10000 + (w >> 32)) & UINT64_C(0xffffffff);
}

/* Appends the digits at s to *m and returns where they end. May wrap; the caller counts them. */
NUM_INLINE const char *take_digits(const char *s, const char *end, const char *limit, uint64_t *m)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    static const uint64_t scale[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    while (limit - s >= 8) {
        uint64_t w = hash_load(s) ^ UINT64_C(0x3030303030303030);
        uint64_t other = (w | (w + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
        size_t n = other ? (size_t)__builtin_ctzll(other) / 8 : 8; /* digits before the first byte that is none */
        n = n < (size_t)(end - s) ? n : (size_t)(end - s);
        if (n == 0)
            return s;
        *m = *m * scale[n] + eight_digits(w << (8 * (8 - n)));
        s += n;
        if (n < 8)
            return s;
    }
#endif
    while (s < end && (unsigned char)(*s - '0') < 10)
        *m = *m * 10 + (unsigned char)(*s++ - '0');
    return s;
}

/* "-12.5" in one walk: mantissa -125 and 1 digit after the point (-1: no point). False: written another way, or
 * more than 18 digits, or a leading zero; then the slow way decides. */
NUM_INLINE bool plain_decimal(const char *s, size_t n, const char *limit, int64_t *mantissa, int *after_point)
{
    const char *end = s + n, *first;
    bool negative = *s == '-';
    s += negative;
    if (end - s > 19)
        return false;
    uint64_t m = 0;
    first = s;
    s = take_digits(s, end, limit, &m);
    size_t whole = (size_t)(s - first), part = 0;
    if (whole == 0 || (whole > 1 && *first == '0'))
        return false;
    *after_point = -1;
    if (s < end && *s == '.') {
        const char *point = ++s;
        s = take_digits(s, end, limit, &m);
        part = (size_t)(s - point);
        *after_point = (int)part;
    }
    if (s != end || whole + part > 18)
        return false;
    *mantissa = negative ? -(int64_t)m : (int64_t)m;
    return true;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* The top bit of each byte that isn't 0 to 9; behind the first such byte others may be marked too. */
NUM_INLINE uint64_t no_digits(uint64_t w)
{
    return (w | (w + EACH_BYTE(0x76))) & EACH_BYTE(0x80);
}

/* Up to eight characters of digits and a point: they are moved to the end of eight bytes and the point is taken
 * out. False: something else is among them. *after: digits behind the point, or -1. */
NUM_INLINE bool decimal_8(const char *s, size_t n, uint64_t *m, int *after)
{
    uint64_t x = (hash_load(s) ^ EACH_BYTE('0')) << 8 * (8 - n), other = no_digits(x);
    *after = -1;
    if (other) {
        int at = __builtin_ctzll(other) & ~7;
        if (other & (other - 1) || (uint8_t)(x >> at) != ('.' ^ '0'))
            return false;
        *after = 7 - at / 8;
        uint64_t behind = ~UINT64_C(0) << at << 8;
        x = (x & behind) | (x & ~(~UINT64_C(0) << at)) << 8;
    }
    *m = eight_digits(x);
    return true;
}

/* The same for up to sixteen. */
NUM_INLINE bool decimal_16(const char *s, size_t n, uint64_t *m, int *after)
{
    const unsigned __int128 all = ~(unsigned __int128)0;
    uint64_t first = hash_load(s) ^ EACH_BYTE('0'), second = hash_load(s + 8) ^ EACH_BYTE('0');
    unsigned __int128 x = ((unsigned __int128)second << 64 | first) << 8 * (16 - n);
    uint64_t lo = no_digits((uint64_t)x), hi = no_digits((uint64_t)(x >> 64));
    *after = -1;
    if (lo | hi) {
        int at = lo ? __builtin_ctzll(lo) & ~7 : 64 + (__builtin_ctzll(hi) & ~7);
        if ((lo && hi) || (lo & (lo - 1)) || (hi & (hi - 1)) || (uint8_t)(x >> at) != ('.' ^ '0'))
            return false;
        *after = 15 - at / 8;
        x = (x & all << at << 8) | (x & ~(all << at)) << 8;
    }
    *m = eight_digits((uint64_t)x) * 100000000 + eight_digits((uint64_t)(x >> 64));
    return true;
}
#endif

/* plain_decimal for up to sixteen characters, without a loop. False: another way must decide. */
NUM_INLINE bool short_decimal(const char *s, size_t n, const char *limit, int64_t *mantissa, int *after_point)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    bool negative = *s == '-';
    s += negative;
    n -= negative;
    uint64_t m;
    if (n - 1 > 15 || limit - s < 16 ||
        !(n <= 8 ? decimal_8(s, n, &m, after_point) : decimal_16(s, n, &m, after_point)))
        return false;
    size_t whole = n - (size_t)(*after_point + 1);
    if (whole == 0 || (whole > 1 && *s == '0'))
        return false;
    *mantissa = negative ? -(int64_t)m : (int64_t)m;
    return true;
#else
    return (void)s, (void)n, (void)limit, (void)mantissa, (void)after_point, false;
#endif
}

NUM_INLINE bool decimal(const char *s, size_t n, const char *limit, int64_t *mantissa, int *after_point)
{
    return short_decimal(s, n, limit, mantissa, after_point) || plain_decimal(s, n, limit, mantissa, after_point);
}

NUM_INLINE bool cell_to_f64(const char *s, size_t n, const char *limit, double *out)
{
    int64_t m;
    int after;
    if (decimal(s, n, limit, &m, &after) && m <= (INT64_C(1) << 53) && m >= -(INT64_C(1) << 53)) {
        double x = (double)m;
        *out = after > 0 ? x / power_of_ten[after] : x;
        if (m == 0 && *s == '-')
            *out = -0.0;
        return true;
    }
    return !infer_leading_zero(s, n) && number_parse(s, n, out);
}

NUM_INLINE bool cell_to_i64(const char *s, size_t n, const char *limit, int64_t *out)
{
    int after;
    if (decimal(s, n, limit, out, &after))
        return after < 0;
    return !infer_leading_zero(s, n) && number_parse_int(s, n, out);
}

NUM_INLINE bool cell_to_bool(const char *s, size_t n, bool *out)
{
    if (n != 4 && n != 5)
        return false;
    *out = n == 4;
    if (memcmp(s, n == 4 ? "true" : "false", n) == 0)
        return true;
    return infer_cell(s, n) == INFER_BOOL;
}

/* ---- storing ------------------------------------------------------------------------------------------------ */

NUM_INLINE void clear_valid(struct csv_column *c, size_t row)
{
    __atomic_fetch_and(&c->valid[row >> 6], ~(UINT64_C(1) << (row & 63)), __ATOMIC_RELAXED);
}

static void store_missing(struct csv_column *c, size_t row)
{
    switch (c->work) {
    case WORK_F64:
        ((double *)c->data)[row] = NAN;
        return;
    case WORK_WORDS:
        ((int32_t *)c->data)[row] = -1;
        return;
    case WORK_BOOL:
        ((uint8_t *)c->data)[row] = 0;
        break;
    case WORK_TEXT:
        c->offsets[row] = 0;
        break;
    case WORK_NONE:
        return;
    default:
        ((int64_t *)c->data)[row] = 0;
    }
    clear_valid(c, row);
}

/* Whether the cell could be stored as what the column is taken for. */
NUM_INLINE bool store_value(struct csv_column *c, struct csv_seen *seen, size_t row, const char *s, size_t n,
                            const char *limit)
{
    switch (c->work) {
    case WORK_NONE:
        return false;
    case WORK_BOOL: {
        bool b;
        if (!cell_to_bool(s, n, &b))
            return false;
        ((uint8_t *)c->data)[row] = b;
        seen->kinds |= 1u << INFER_BOOL;
        return true;
    }
    case WORK_I64:
        if (!cell_to_i64(s, n, limit, (int64_t *)c->data + row))
            return false;
        seen->kinds |= 1u << INFER_I64;
        return true;
    case WORK_F64:
        if (!cell_to_f64(s, n, limit, (double *)c->data + row))
            return false;
        seen->kinds |= 1u << INFER_F64;
        return true;
    case WORK_DATE:
        if (!date_parse(s, n, (int64_t *)c->data + row))
            return false;
        seen->kinds |= 1u << INFER_DATE;
        return true;
    case WORK_TIME:
        if (!time_parse(s, n, (int64_t *)c->data + row))
            return false;
        seen->kinds |= 1u << INFER_TIME;
        return true;
    case WORK_WORDS: {
        seen->kinds |= 1u << INFER_TEXT;
        if (!seen->words)
            seen->words = mem_zero(1, sizeof *seen->words);
        int32_t code = word_code(seen->words, s, n, limit);
        if (code < 0) {
            atomic_store_explicit(&c->gave_up, true, memory_order_relaxed);
            return false;
        }
        ((int32_t *)c->data)[row] = code;
        return true;
    }
    case WORK_TEXT:
        seen->kinds |= 1u << INFER_TEXT;
        c->offsets[row] = n;
        text_add(seen, s, n, limit);
        return true;
    }
    return false;
}

NUM_CLONES void csv_store_cell(struct csv_store *k, size_t j, size_t row, const char *s, size_t n,
                               const char *limit)
{
    struct csv_column *c = &k->column[j];
    struct csv_seen *seen = &k->seen[j];
    if (c->done || seen->kinds & (unsigned)seen->broken << INFER_TEXT)
        return;
    bool number = c->work == WORK_I64 || c->work == WORK_F64;
    if (n == 0 || ((!number || k->missing->numeric) && missing_is(k->missing, s, n))) {
        if (!seen->broken)
            store_missing(c, row);
        return;
    }
    if (!seen->broken && store_value(c, seen, row, s, n, limit))
        return;
    if (number && missing_is(k->missing, s, n)) {
        if (!seen->broken)
            store_missing(c, row);
        return;
    }
    seen->broken = true;
    seen->kinds |= 1u << infer_cell(s, n);
}

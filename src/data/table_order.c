/* table_order: the row order that sorts a table by some columns.
 *
 * Every key column becomes unsigned 64-bit keys whose order is the wanted one; rows are then sorted by a stable
 * radix sort from the last key column to the first. Bytes that all keys share cost nothing. Missing values go
 * to the end by a stable partition, whichever the direction. */
#include "data/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define RADIX_BITS 11
#define RADIX ((size_t)1 << RADIX_BITS)

static uint64_t key_of_double(double x)
{
    uint64_t bits;
    x += 0.0; /* -0 sorts as 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

struct text_key {
    const char *s;
    size_t n;
    uint32_t row;
};

static int text_compare(const struct text_key *a, const struct text_key *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    int c = n ? memcmp(a->s, b->s, n) : 0;
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

static int text_key_order(const void *a, const void *b)
{
    return text_compare(a, b);
}

/* Rank of each text among the distinct ones. */
static bool text_ranks(const struct column *c, uint64_t *key, struct err *e)
{
    size_t n = column_size(c);
    struct text_key *t = mem_bulk(n, sizeof *t, e);
    if (!t)
        return false;
    for (size_t i = 0; i < n; i++) {
        t[i].s = column_text(c, i, &t[i].n);
        t[i].row = (uint32_t)i;
    }
    if (n)
        qsort(t, n, sizeof *t, text_key_order);
    uint64_t rank = 0;
    for (size_t i = 0; i < n; i++) {
        rank += i && text_compare(&t[i - 1], &t[i]) != 0;
        key[t[i].row] = rank;
    }
    mem_bulk_free(t);
    return true;
}

static bool column_keys(const struct column *c, bool descending, uint64_t *key, struct err *e)
{
    size_t n = column_size(c);
    switch (column_type(c)) {
    case COLUMN_F64:
        for (size_t i = 0; i < n; i++)
            key[i] = key_of_double(column_f64(c)[i]);
        break;
    case COLUMN_BOOL:
        for (size_t i = 0; i < n; i++)
            key[i] = column_bool(c)[i];
        break;
    case COLUMN_CATEGORY:
        for (size_t i = 0; i < n; i++)
            key[i] = (uint64_t)(column_codes(c)[i] + (int64_t)1);
        break;
    case COLUMN_TEXT:
        if (!text_ranks(c, key, e))
            return false;
        break;
    default:
        for (size_t i = 0; i < n; i++)
            key[i] = (uint64_t)column_i64(c)[i] ^ (uint64_t)1 << 63;
    }
    for (size_t i = 0; descending && i < n; i++)
        key[i] = ~key[i];
    return true;
}

/* Stable: order is put in ascending order of key[order[i]]; other is room for n. */
static void radix_order(const uint64_t *key, uint32_t *order, uint32_t *other, size_t n)
{
    uint64_t differ = 0;
    for (size_t i = 1; i < n; i++)
        differ |= key[i] ^ key[0];
    uint32_t *from = order, *to = other;
    size_t *count = mem_alloc(RADIX * sizeof *count);
    for (int shift = 0; shift < 64; shift += RADIX_BITS) {
        if (!((differ >> shift) & (RADIX - 1)))
            continue;
        memset(count, 0, RADIX * sizeof *count);
        for (size_t i = 0; i < n; i++)
            count[(key[i] >> shift) & (RADIX - 1)]++;
        size_t sum = 0;
        for (size_t r = 0; r < RADIX; r++) {
            size_t k = count[r];
            count[r] = sum;
            sum += k;
        }
        for (size_t i = 0; i < n; i++)
            to[count[(key[from[i]] >> shift) & (RADIX - 1)]++] = from[i];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    mem_free(count);
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}

static void missing_last(const struct column *c, uint32_t *order, uint32_t *other, size_t n)
{
    size_t kept = 0, moved = 0;
    if (!column_missing(c))
        return;
    for (size_t i = 0; i < n; i++)
        if (column_is_missing(c, order[i]))
            other[moved++] = order[i];
        else
            order[kept++] = order[i];
    memcpy(order + kept, other, moved * sizeof *order);
}

bool table_order(const struct table *t, const int *col, const bool *descending, size_t n_keys, uint32_t *order,
                 struct err *e)
{
    size_t n = table_rows(t);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    uint64_t *key = mem_bulk(n, sizeof *key, e);
    uint32_t *other = key ? mem_bulk(n, sizeof *other, e) : NULL;
    bool ok = other != NULL;
    for (size_t k = n_keys; ok && n && k-- > 0;) {
        const struct column *c = table_column(t, (size_t)col[k]);
        ok = column_keys(c, descending && descending[k], key, e);
        if (ok) {
            radix_order(key, order, other, n);
            missing_last(c, order, other, n);
        }
    }
    mem_bulk_free(key);
    mem_bulk_free(other);
    return ok;
}

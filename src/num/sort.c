/* sort: least significant digit radix sort on 64-bit keys that order like the doubles they come from. Digits are 8
 * bits (8 passes), or 11 (6 passes) for arrays of middle size: below them large counters cost more than the passes
 * that they save, above them 2048 places to write to are more pages than the processor keeps addresses of. All
 * digits are counted in one reading; a pass in which all keys share the digit is skipped, so that small integers
 * and values read with few digits cost half. */
#include "num/sort.h"

#include "num/simd.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { INSERTION_MAX = 32, MIDDLE_MIN = 4096, MIDDLE_MAX = 1 << 18 };

struct counters {
    uint32_t at[6 << 11];
};

static bool middle_size(size_t n)
{
    return n >= MIDDLE_MIN && n <= MIDDLE_MAX;
}

/* Larger double, larger key: the sign bit is flipped, and all others too when it was set. */
static inline uint64_t key_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    uint64_t negative = -(u >> 63);
    u ^= negative | UINT64_C(1) << 63;
    return x == x ? u : UINT64_MAX;
}

static inline double of_key(uint64_t key)
{
    uint64_t u = key >> 63 ? key ^ UINT64_C(1) << 63 : ~key;
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Keys kept in memory that belongs to doubles. */
static inline uint64_t key_get(const double *at)
{
    uint64_t u;
    memcpy(&u, at, sizeof u);
    return u;
}

static inline void key_put(double *at, uint64_t key)
{
    memcpy(at, &key, sizeof key);
}

/* Turns counts of one digit into first positions; false when one value has all n, and the pass is needless. */
static bool digit_starts(size_t n, uint32_t *at, size_t values)
{
    uint32_t start = 0;
    for (size_t v = 0; v < values; v++) {
        uint32_t count = at[v];
        if (count == n)
            return false;
        at[v] = start;
        start += count;
    }
    return true;
}

NUM_INLINE void sort_keys(size_t n, double *x, double *work, int bits, int passes)
{
    struct counters counters;
    const uint64_t mask = (UINT64_C(1) << bits) - 1;
    memset(counters.at, 0, (sizeof counters.at[0] * (size_t)passes) << bits);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = key_of(x[i]);
        key_put(x + i, key);
        for (int p = 0; p < passes; p++)
            counters.at[((size_t)p << bits) + (key >> (p * bits) & mask)]++;
    }
    double *from = x, *to = work;
    for (int p = 0; p < passes; p++) {
        uint32_t *at = counters.at + ((size_t)p << bits);
        if (!digit_starts(n, at, mask + 1))
            continue;
        for (size_t i = 0; i < n; i++) {
            uint64_t key = key_get(from + i);
            key_put(to + at[key >> (p * bits) & mask]++, key);
        }
        double *done = to;
        to = from;
        from = done;
    }
    for (size_t i = 0; i < n; i++)
        x[i] = of_key(key_get(from + i));
}

static void sort_insertion(size_t n, double *x)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        uint64_t key = key_of(v);
        size_t j = i;
        for (; j > 0 && key_of(x[j - 1]) > key; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

void sort_f64(size_t n, double *x, double *work)
{
    if (n <= INSERTION_MAX)
        sort_insertion(n, x);
    else if (middle_size(n))
        sort_keys(n, x, work, 11, 6);
    else
        sort_keys(n, x, work, 8, 8);
}

/* keys, spare: n keys each; order, spare_order: n indices each. The order ends in `order`; returns the sorted
 * keys, which are in keys or spare. */
NUM_INLINE uint64_t *order_keys(size_t n, uint64_t *keys, uint64_t *spare, uint32_t *order, uint32_t *spare_order,
                                int bits, int passes)
{
    struct counters counters;
    const uint64_t mask = (UINT64_C(1) << bits) - 1;
    memset(counters.at, 0, (sizeof counters.at[0] * (size_t)passes) << bits);
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < passes; p++)
            counters.at[((size_t)p << bits) + (keys[i] >> (p * bits) & mask)]++;
    bool needed[8];
    int moves = 0;
    for (int p = 0; p < passes; p++) {
        needed[p] = digit_starts(n, counters.at + ((size_t)p << bits), mask + 1);
        moves += needed[p];
    }
    /* The last move must write to `order`. */
    uint32_t *from = moves % 2 ? spare_order : order, *to = moves % 2 ? order : spare_order;
    for (size_t i = 0; i < n; i++)
        from[i] = (uint32_t)i;
    for (int p = 0; p < passes; p++) {
        if (!needed[p])
            continue;
        uint32_t *at = counters.at + ((size_t)p << bits);
        for (size_t i = 0; i < n; i++) {
            uint64_t key = keys[i];
            uint32_t place = at[key >> (p * bits) & mask]++;
            spare[place] = key;
            to[place] = from[i];
        }
        uint64_t *sorted = spare;
        spare = keys;
        keys = sorted;
        uint32_t *moved = to;
        to = from;
        from = moved;
    }
    return keys;
}

static uint64_t *order_insertion(size_t n, uint64_t *keys, uint32_t *order)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
            order[j] = order[j - 1];
        }
        keys[j] = key;
        order[j] = (uint32_t)i;
    }
    return keys;
}

/* work: 2 n keys, then n indices. */
static uint64_t *order_of(size_t n, const double *x, uint32_t *order, void *work)
{
    uint64_t *keys = work, *spare = keys + n;
    uint32_t *spare_order = (uint32_t *)(spare + n);
    for (size_t i = 0; i < n; i++)
        keys[i] = key_of(x[i] + 0.0); /* -0 becomes +0 */
    if (n <= INSERTION_MAX)
        return order_insertion(n, keys, order);
    if (middle_size(n))
        return order_keys(n, keys, spare, order, spare_order, 11, 6);
    return order_keys(n, keys, spare, order, spare_order, 8, 8);
}

void sort_order_f64(size_t n, const double *x, uint32_t *order, void *work)
{
    order_of(n, x, order, work);
}

size_t sort_order_work(size_t n)
{
    return n * (2 * sizeof(uint64_t) + 2 * sizeof(uint32_t)) + sizeof(uint64_t);
}

double sort_ranks(size_t n, const double *x, double *ranks, void *work)
{
    uint32_t *order = (uint32_t *)((uint64_t *)work + 2 * n) + n;
    const uint64_t *sorted = order_of(n, x, order, work);
    double ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] == sorted[i];)
            end++;
        double t = (double)(end - i);
        double rank = sorted[i] == UINT64_MAX ? (double)NAN : (double)i + (t + 1) / 2;
        if (sorted[i] != UINT64_MAX)
            ties += t * t * t - t;
        for (size_t j = i; j < end; j++)
            ranks[order[j]] = rank;
    }
    return ties;
}

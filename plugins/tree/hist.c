#include "plugins/tree/hist.h"

#include <math.h>
#include <string.h>

enum { AHEAD = 32 };

/* ---- packing ------------------------------------------------------------------------------------------------ */

struct hist_form hist_form_make(size_t n, int constant_h, int precise)
{
    struct hist_form f = {0};
    uint32_t log2_flush = precise && !constant_h ? 11 : 15, n_bits = log2_flush + 1;
    uint32_t h_bits = constant_h ? 0 : (64 - n_bits) / 2, g_bits = 64 - n_bits - h_bits;
    f.flush = 1u << log2_flush;
    f.h_shift = n_bits;
    f.g_shift = n_bits + h_bits;
    f.n_mask = ((uint64_t)1 << n_bits) - 1;
    f.h_mask = ((uint64_t)1 << h_bits) - 1;
    f.constant_h = constant_h;
    uint64_t h_most = f.h_mask >> log2_flush, wide_most = (UINT64_C(1) << 32) / (n ? n : 1);
    f.h_most = (int32_t)(h_most < wide_most ? h_most : wide_most); /* wide cells have 32 bits for h */
    uint64_t g_most = (UINT64_C(1) << (g_bits - 1 - log2_flush)) - 1;
    f.g_most = (int32_t)(g_most < (1u << 30) ? g_most : 1u << 30);
    return f;
}

/* 32 bits that look random, of a row and a key (the finaliser of MurmurHash3, Appleby). */
NUM_INLINE uint32_t noise(uint32_t row, uint32_t key)
{
    uint32_t x = row * 0x9e3779b1u + key;
    x = (x ^ x >> 16) * 0x85ebca6bu;
    x = (x ^ x >> 13) * 0xc2b2ae35u;
    return x ^ x >> 16;
}

/* An integer at or next to x, of a mean of x: `up` is in [0, 1). */
NUM_INLINE int32_t round_at_random(double x, uint32_t up)
{
    return (int32_t)floor(x + (double)(int32_t)up * 0x1p-16);
}

NUM_CLONES static void pack_pairs(const struct hist_form *form, uint32_t key, uint32_t begin, size_t n,
                                  const float *g, const float *h, uint32_t *word)
{
    double g_scale = 1 / form->g_unit, h_scale = 1 / form->h_unit;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = noise(begin + (uint32_t)i, key);
        int32_t gi = round_at_random((double)g[i] * g_scale, r >> 16);
        int32_t hi = round_at_random((double)h[i] * h_scale, r & 0xffff);
        word[i] = (uint32_t)gi << 16 | (uint32_t)hi;
    }
}

NUM_CLONES static void pack_slopes(const struct hist_form *form, uint32_t key, uint32_t begin, size_t n,
                                   const float *g, uint32_t *word)
{
    double g_scale = 1 / form->g_unit;
    for (size_t i = 0; i < n; i++)
        word[i] = (uint32_t)round_at_random((double)g[i] * g_scale, noise(begin + (uint32_t)i, key) >> 16);
}

void hist_pack(const struct hist_form *form, uint32_t key, size_t begin, size_t n, const float *g, const float *h,
               uint32_t *word)
{
    if (form->constant_h)
        pack_slopes(form, key, (uint32_t)begin, n, g, word);
    else
        pack_pairs(form, key, (uint32_t)begin, n, g, h, word);
}

/* ---- summing ------------------------------------------------------------------------------------------------ */

/* What a row adds to a cell. */
NUM_INLINE uint64_t addend(const struct hist_form *form, int constant_h, uint32_t word)
{
    if (constant_h)
        return ((uint64_t)(int32_t)word << form->g_shift) + 1;
    return ((uint64_t)((int32_t)word >> 16) << form->g_shift) + ((uint64_t)(word & 0xffff) << form->h_shift) + 1;
}

NUM_INLINE void fetch(struct hist_tile tile, uint32_t row)
{
    __builtin_prefetch(tile.code + (size_t)row * tile.step);
}

/* `quads` groups of four columns; a constant, so that the inner loop unrolls to additions at fixed places. */
NUM_INLINE void add_rows(const struct hist_form *form, int constant_h, struct hist_tile tile, uint32_t quads,
                         const uint32_t *rows, size_t n, const uint32_t *next, size_t n_next, const uint32_t *word,
                         uint64_t *cell)
{
    struct hist_form f = *form;
    size_t fetched = 0;
    for (size_t i = 0; i < n; i++) {
        if (fetched + 2 <= n_next) {
            fetch(tile, next[fetched]);
            fetch(tile, next[fetched + 1]);
            fetched += 2;
        }
        __builtin_prefetch(word + rows[i + AHEAD < n ? i + AHEAD : i]);
        const uint8_t *code = tile.code + (size_t)rows[i] * tile.step;
        uint64_t w = addend(&f, constant_h, word[rows[i]]);
        for (uint32_t q = 0; q + 1 < quads; q += 2) {
            uint64_t eight;
            memcpy(&eight, code + 4 * q, sizeof eight);
            uint64_t *c = cell + (size_t)(4 * q) * HIST_STRIDE;
            c[eight & 255] += w;
            c[HIST_STRIDE + (eight >> 8 & 255)] += w;
            c[2 * HIST_STRIDE + (eight >> 16 & 255)] += w;
            c[3 * HIST_STRIDE + (eight >> 24 & 255)] += w;
            c[4 * HIST_STRIDE + (eight >> 32 & 255)] += w;
            c[5 * HIST_STRIDE + (eight >> 40 & 255)] += w;
            c[6 * HIST_STRIDE + (eight >> 48 & 255)] += w;
            c[7 * HIST_STRIDE + (eight >> 56)] += w;
        }
        if (quads % 2) {
            uint32_t four;
            memcpy(&four, code + 4 * (quads - 1), sizeof four);
            uint64_t *c = cell + (size_t)(4 * (quads - 1)) * HIST_STRIDE;
            c[four & 255] += w;
            c[HIST_STRIDE + (four >> 8 & 255)] += w;
            c[2 * HIST_STRIDE + (four >> 16 & 255)] += w;
            c[3 * HIST_STRIDE + (four >> 24)] += w;
        }
    }
    for (; fetched < n_next; fetched++)
        fetch(tile, next[fetched]);
}

#define QUADS_CASE(quads)                                                                                         \
    case quads:                                                                                                   \
        if (form->constant_h)                                                                                     \
            add_rows(form, 1, tile, quads, rows, n, next, n_next, word, cell);                                    \
        else                                                                                                      \
            add_rows(form, 0, tile, quads, rows, n, next, n_next, word, cell);                                    \
        break;

void hist_add_rows(const struct hist_form *form, struct hist_tile tile, const uint32_t *rows, size_t n,
                   const uint32_t *next, size_t n_next, const uint32_t *word, uint64_t *cell)
{
    switch ((tile.columns + 3) / 4) {
        QUADS_CASE(1)
        QUADS_CASE(2)
        QUADS_CASE(3)
        QUADS_CASE(4)
        QUADS_CASE(5)
        QUADS_CASE(6)
        QUADS_CASE(7)
        QUADS_CASE(8)
    }
}

NUM_CLONES static void flush_cells(size_t n, uint32_t g_shift, uint32_t h_shift, uint64_t h_mask, uint64_t n_mask,
                                   const uint64_t *from, struct hist_cell *to)
{
    for (size_t k = 0; k < n; k++) {
        to[k].g += (int64_t)from[k] >> g_shift;
        to[k].h_n += (from[k] >> h_shift & h_mask) << 32 | (from[k] & n_mask);
    }
}

void hist_flush(const struct hist_form *form, uint32_t columns, uint64_t *from, struct hist_cell *to)
{
    flush_cells(hist_used(columns), form->g_shift, form->h_shift, form->h_mask, form->n_mask, from, to);
    memset(from, 0, hist_used(columns) * sizeof *from);
}

NUM_CLONES static void add_words(size_t n, const uint64_t *from, uint64_t *to)
{
    for (size_t k = 0; k < n; k++)
        to[k] += from[k];
}

/* A wide cell is two words. */
void hist_add_tile(uint32_t columns, const void *from, int packed, void *to)
{
    add_words(hist_used(columns) * (packed ? 1 : 2), from, to);
}

NUM_CLONES static void subtract_words(size_t n, uint64_t *parent, const uint64_t *child)
{
    for (size_t k = 0; k < n; k++)
        parent[k] -= child[k];
}

NUM_INLINE void subtract_cells(const struct hist_form *form, size_t n, struct hist_cell *parent, const void *child,
                               int child_packed, int packed)
{
    uint64_t *word = (uint64_t *)parent; /* word k overwrites cells that have been read */
    for (size_t k = 0; k < n; k++) {
        struct hist_cell c = parent[k];
        struct hist_sum s = hist_sum_of(form, child, child_packed, k);
        c.g -= s.g;
        c.h_n -= s.h << 32 | s.n;
        if (packed)
            word[k] = ((uint64_t)c.g << form->g_shift) + ((c.h_n >> 32) << form->h_shift) + (c.h_n & 0xffffffffu);
        else
            parent[k] = c;
    }
}

void hist_subtract(const struct hist_form *form, size_t n, void *parent, int parent_packed, const void *child,
                   int child_packed, int packed)
{
    if (parent_packed)
        subtract_words(n, parent, child);
    else if (child_packed && packed)
        subtract_cells(form, n, parent, child, 1, 1);
    else if (child_packed)
        subtract_cells(form, n, parent, child, 1, 0);
    else if (packed)
        subtract_cells(form, n, parent, child, 0, 1);
    else
        subtract_cells(form, n, parent, child, 0, 0);
}

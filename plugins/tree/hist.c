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

NUM_CLONES static void pack_rows(const struct hist_form *form, uint32_t key, uint32_t begin, size_t n,
                                 const float *g, const float *h, uint64_t *word)
{
    double g_scale = 1 / form->g_unit, h_scale = form->constant_h ? 0 : 1 / form->h_unit;
    uint32_t g_shift = form->g_shift, h_shift = form->h_shift;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = noise(begin + (uint32_t)i, key);
        double up_g = (double)(int32_t)(r >> 16) * 0x1p-16, up_h = (double)(int32_t)(r & 0xffff) * 0x1p-16;
        int32_t gi = (int32_t)floor((double)g[i] * g_scale + up_g), hi = (int32_t)((double)h[i] * h_scale + up_h);
        word[i] = ((uint64_t)(int64_t)gi << g_shift) + ((uint64_t)(uint32_t)hi << h_shift) + 1;
    }
}

void hist_pack(const struct hist_form *form, uint32_t key, size_t begin, size_t n, const float *g, const float *h,
               uint64_t *word)
{
    pack_rows(form, key, (uint32_t)begin, n, g, h, word);
}

/* ---- summing ------------------------------------------------------------------------------------------------ */

/* `quads` groups of four columns; a constant, so that the inner loop unrolls to additions at fixed places. */
NUM_INLINE void add_rows(const uint8_t *tile, uint32_t quads, const uint32_t *rows, size_t n, const uint64_t *word,
                         uint64_t *cell)
{
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            __builtin_prefetch(tile + (size_t)rows[i + AHEAD] * BIN_TILE);
            __builtin_prefetch(word + rows[i + AHEAD]);
        }
        const uint8_t *code = tile + (size_t)rows[i] * BIN_TILE;
        uint64_t w = word[rows[i]];
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
}

void hist_add_rows(const uint8_t *tile, uint32_t columns, const uint32_t *rows, size_t n, const uint64_t *word,
                   uint64_t *cell)
{
    switch ((columns + 3) / 4) {
    case 1:
        add_rows(tile, 1, rows, n, word, cell);
        break;
    case 2:
        add_rows(tile, 2, rows, n, word, cell);
        break;
    case 3:
        add_rows(tile, 3, rows, n, word, cell);
        break;
    case 4:
        add_rows(tile, 4, rows, n, word, cell);
        break;
    case 5:
        add_rows(tile, 5, rows, n, word, cell);
        break;
    case 6:
        add_rows(tile, 6, rows, n, word, cell);
        break;
    case 7:
        add_rows(tile, 7, rows, n, word, cell);
        break;
    default:
        add_rows(tile, 8, rows, n, word, cell);
        break;
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

void hist_add_many(const struct hist_form *form, const uint8_t *tile, uint32_t columns, const uint32_t *rows,
                   size_t n, const uint64_t *word, uint64_t *scratch, struct hist_cell *cell)
{
    size_t used = (size_t)((columns + 3) / 4 * 4) * HIST_STRIDE;
    for (size_t done = 0; done < n; done += form->flush) {
        memset(scratch, 0, used * sizeof *scratch);
        hist_add_rows(tile, columns, rows + done, n - done < form->flush ? n - done : form->flush, word, scratch);
        flush_cells(used, form->g_shift, form->h_shift, form->h_mask, form->n_mask, scratch, cell);
    }
}

void hist_add_cells(size_t n, const struct hist_cell *from, struct hist_cell *to)
{
    for (size_t k = 0; k < n; k++) {
        to[k].g += from[k].g;
        to[k].h_n += from[k].h_n;
    }
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

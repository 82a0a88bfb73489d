#include "plugins/cluster/within.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cluster/centres.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { PANELS_BETWEEN_POLLS = 64 };

/* What an upper bound lies above the lower one, as a share of the sizes: twice the slack, and some for the
 * rounding of the thresholds themselves. */
static double doubt_share(size_t p)
{
    return 2.5 * panel_slack(p);
}

int within_build(struct lt_ctx *ctx, struct within *w, const double *x, size_t n, size_t p, double eps)
{
    *w = (struct within){.n = n, .p = p, .words = kit_block_count(n, 64), .x = x, .eps = eps};
    int status = panel_set_build(ctx, &w->points, PANEL_SQUARED, x, n, p, p);
    if (status != LT_OK)
        return status;
    const size_t lanes = w->points.n_panels * PANEL_LANES;
    w->doubt = kit_alloc_f32(ctx, lanes);
    if (!w->doubt)
        return LT_MEMORY;
    for (size_t l = 0; l < lanes; l++)
        w->doubt[l] = (float)(doubt_share(p) * w->points.size[l]);
    panel_lower(PANEL_SQUARED, p, lanes, w->points.size);
    return LT_OK;
}

void within_free(struct within *w)
{
    panel_set_free(&w->points);
    free(w->doubt);
    w->doubt = 0;
}

/* Lanes that may be within reach, and those among them that are for sure. */
typedef void compare_fn(const float *lower, const float *doubt, float limit, float sure, uint64_t *maybe,
                        uint64_t *certain);

static void compare_plain(const float *lower, const float *doubt, float limit, float sure, uint64_t *maybe,
                          uint64_t *certain)
{
    uint64_t possible = 0, proven = 0;
    for (size_t l = 0; l < PANEL_LANES; l++) {
        possible |= (uint64_t)(lower[l] <= limit) << l;
        proven |= (uint64_t)(lower[l] <= sure - doubt[l]) << l;
    }
    *maybe = possible;
    *certain = proven & possible;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
#include <immintrin.h>

__attribute__((target("arch=x86-64-v4"))) static void
compare_v4(const float *lower, const float *doubt, float limit, float sure, uint64_t *maybe, uint64_t *certain)
{
    const __m512 limits = _mm512_set1_ps(limit), sures = _mm512_set1_ps(sure);
    uint64_t possible = 0, proven = 0;
    for (unsigned l = 0; l < PANEL_LANES; l += 16) {
        const __m512 at = _mm512_loadu_ps(lower + l), most = _mm512_sub_ps(sures, _mm512_loadu_ps(doubt + l));
        possible |= (uint64_t)_mm512_cmp_ps_mask(at, limits, _CMP_LE_OQ) << l;
        proven |= (uint64_t)_mm512_cmp_ps_mask(at, most, _CMP_LE_OQ) << l;
    }
    *maybe = possible;
    *certain = proven & possible;
}

static compare_fn *compare_of_this_machine(void)
{
    const int has_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl");
    return has_v4 ? compare_v4 : compare_plain;
}
#else
static compare_fn *compare_of_this_machine(void)
{
    return compare_plain;
}
#endif

/* What one worker needs. */
struct desk {
    double *x;  /* WITHIN_ROWS x p */
    float *row; /* the same in the frame of the points */
};

struct search {
    struct lt_ctx *ctx;
    const struct within *w;
    const uint32_t *list;
    uint64_t *bits;
    struct desk *desk;
};

static void set_bits(uint64_t *row, size_t panel, uint64_t mask)
{
    const size_t at = panel * PANEL_LANES / 64, shift = panel * PANEL_LANES % 64;
    row[at] |= mask << shift;
    if (shift > 64 - PANEL_LANES && mask >> (64 - shift))
        row[at + 1] |= mask >> (64 - shift);
}

/* Up to 64 rows against all panels from `from` on. */
static void search_rows(const struct search *s, size_t first, size_t m, size_t from, const struct desk *desk)
{
    const struct within *w = s->w;
    const size_t p = w->p, padded = kit_block_count(m, PANEL_ROWS) * PANEL_ROWS;
    const double scale = w->points.frame.scale, eps2 = w->eps * w->eps;
    const float limit = panel_limit(&w->points.frame, PANEL_SQUARED, eps2);
    float base[WITHIN_ROWS], sure[WITHIN_ROWS], limits[WITHIN_ROWS];
    _Alignas(64) float distance[WITHIN_ROWS * PANEL_LANES];
    uint8_t near[WITHIN_ROWS / PANEL_ROWS];
    compare_fn *compare = compare_of_this_machine();

    for (size_t i = 0; i < m; i++)
        memcpy(desk->x + i * p, w->x + (s->list ? s->list[first + i] : first + i) * p, p * sizeof *desk->x);
    panel_rows(&w->points.frame, PANEL_SQUARED, desk->x, m, p, desk->row, base);
    for (size_t i = 0; i < padded; i++) {
        limits[i] = limit;
        sure[i] = (float)(eps2 * scale * scale * (1 - 0x1p-18) - doubt_share(p) * base[i]);
    }
    panel_lower(PANEL_SQUARED, p, padded, base);

    for (size_t b = from; b < w->points.n_panels; b++) {
        if (b % PANELS_BETWEEN_POLLS == 0 && s->ctx->cancelled(s->ctx))
            return;
        panel_distances(PANEL_SQUARED, p, w->points.x + b * PANEL_LANES * p, w->points.size + b * PANEL_LANES,
                        desk->row, base, padded, limits, distance, near);
        for (size_t i = 0; i < m; i++) {
            if (!near[i / PANEL_ROWS]) {
                i |= PANEL_ROWS - 1;
                continue;
            }
            uint64_t maybe, mask;
            compare(distance + i * PANEL_LANES, w->doubt + b * PANEL_LANES, limit, sure[i], &maybe, &mask);
            for (uint64_t open = maybe & ~mask; open; open &= open - 1) {
                const size_t lane = (size_t)__builtin_ctzll(open);
                const double *x = w->x + (b * PANEL_LANES + lane) * p;
                if (squared_distance(p, desk->x + i * p, x) <= eps2)
                    mask |= 1ull << lane;
            }
            if (mask)
                set_bits(s->bits + (first + i) * w->words, b, mask);
        }
    }
}

static void search_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct search *s = arg;
    memset(s->bits + begin * s->w->words, 0, (end - begin) * s->w->words * sizeof *s->bits);
    search_rows(s, begin, end - begin, 0, &s->desk[worker]);
}

static int desks_ready(struct lt_ctx *ctx, struct search *s)
{
    s->desk = kit_scratch(ctx, ctx->threads, sizeof *s->desk);
    for (uint32_t k = 0; s->desk && k < ctx->threads; k++) {
        s->desk[k].x = kit_scratch(ctx, WITHIN_ROWS * sizeof(double), s->w->p);
        s->desk[k].row = kit_scratch(ctx, WITHIN_ROWS * sizeof(float), s->w->p);
        if (!s->desk[k].x || !s->desk[k].row)
            return LT_MEMORY;
    }
    return s->desk ? LT_OK : LT_MEMORY;
}

int within_find(struct lt_ctx *ctx, const struct within *w, const uint32_t *list, size_t m, uint64_t *bits)
{
    struct search s = {.ctx = ctx, .w = w, .list = list, .bits = bits};
    const int status = desks_ready(ctx, &s);
    return status == LT_OK ? kit_blocks(ctx, m, WITHIN_ROWS, search_block, &s) : status;
}

/* ---- all pairs once: the upper half is measured, and mirrored ----------------------------------------------- */

enum { TILE = 192 }; /* rows: whole panels and whole words */

/* 64 x 64 bits, rows become columns: halves are exchanged, then halves of halves. */
static void transpose_bits(uint64_t *a)
{
    uint64_t mask = 0x00000000ffffffffull;
    for (unsigned j = 32; j; j >>= 1, mask ^= mask << j)
        for (unsigned k = 0; k < 64; k = ((k | j) + 1) & ~j) {
            const uint64_t t = (a[k] >> j ^ a[k | j]) & mask;
            a[k] ^= t << j;
            a[k | j] ^= t;
        }
}

/* What rows [begin, end) know of later tiles becomes what those know of them. */
static void mirror(const struct search *s, size_t begin, size_t end)
{
    const size_t words = s->w->words, n = s->w->n;
    for (size_t first = begin; first < end; first += 64)
        for (size_t word = (begin + TILE) / 64; word < words; word++) {
            uint64_t tile[64] = {0}, any = 0;
            const size_t rows = end - first < 64 ? end - first : 64;
            for (size_t i = 0; i < rows; i++)
                any |= tile[i] = s->bits[(first + i) * words + word];
            if (!any)
                continue;
            transpose_bits(tile);
            for (size_t i = 0; i < 64 && word * 64 + i < n; i++)
                if (tile[i])
                    s->bits[(word * 64 + i) * words + first / 64] = tile[i];
        }
}

static void matrix_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct search *s = arg;
    for (size_t first = begin; first < end; first += WITHIN_ROWS)
        search_rows(s, first, end - first < WITHIN_ROWS ? end - first : WITHIN_ROWS, begin / PANEL_LANES,
                    &s->desk[worker]);
    mirror(s, begin, end);
}

int within_matrix(struct lt_ctx *ctx, const struct within *w, uint64_t *bits)
{
    struct search s = {.ctx = ctx, .w = w, .bits = bits};
    const int status = desks_ready(ctx, &s);
    return status == LT_OK ? kit_blocks(ctx, w->n, TILE, matrix_block, &s) : status;
}

#include "plugins/kit/coarse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { MOST_STEPS = 127, MIDDLE = 128, NOWHERE = -(1 << 30), FARTHEST = -(1 << 28) };

/* ---- eight rows against a panel ----------------------------------------------------------------------------- */

static int32_t score_of(const struct coarse_set *set, size_t panel, const int8_t *q, size_t lane)
{
    const uint8_t *x = set->x + (panel * set->groups * PANEL_LANES + lane) * 4;
    int32_t score = set->base[panel * PANEL_LANES + lane];
    for (size_t g = 0; g < set->groups; g++)
        for (size_t j = 0; j < 4; j++)
            score += x[g * PANEL_LANES * 4 + j] * q[g * 4 + j];
    return score;
}

int coarse_scores_plain(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                        uint64_t *near, int32_t *over)
{
    uint64_t any = 0;
    for (size_t r = 0; r < COARSE_ROWS; r++) {
        near[r] = 0;
        for (size_t l = 0; l < PANEL_LANES; l++) {
            over[r * PANEL_LANES + l] = score_of(set, panel, q + r * set->groups * 4, l) - least[r];
            near[r] |= (uint64_t)(over[r * PANEL_LANES + l] >= 0) << l;
        }
        any |= near[r];
    }
    return any != 0;
}

void coarse_peaks_plain(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak)
{
    for (size_t r = 0; r < COARSE_ROWS; r++)
        for (size_t l = 0; l < PANEL_LANES; l++) {
            const int32_t score = score_of(set, panel, q + r * set->groups * 4, l);
            int32_t *most = peak + r * PANEL_LANES + l;
            *most = score > *most ? score : *most;
        }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
#include <immintrin.h>

#define VNNI __attribute__((target("arch=x86-64-v4,avx512vnni")))
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

/* acc[lane] += the four products of bytes. Written as an instruction, since GCC 12 keeps accumulators of the
 * intrinsic in memory. */
#define ADD_PRODUCTS(acc, x, q) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(q))

/* The scores of eight rows stay in 24 registers; least NULL: all 0. */
VNNI NUM_INLINE void scores_in_registers(const struct coarse_set *set, size_t panel, const int8_t *q,
                                         const int32_t *least, __m512i acc[COARSE_ROWS][3])
{
    const uint8_t *from = set->x + panel * set->groups * PANEL_LANES * 4;
    const int32_t *base = set->base + panel * PANEL_LANES;
    __m512i x[3];
    EACH (v, 3)
        x[v] = _mm512_load_si512(base + 16 * v);
    EACH (r, COARSE_ROWS)
        EACH (v, 3)
            acc[r][v] = least ? _mm512_sub_epi32(x[v], _mm512_set1_epi32(least[r])) : x[v];
    for (size_t g = 0; g < set->groups; g++) {
        EACH (v, 3)
            x[v] = _mm512_load_si512(from + (g * 3 + (size_t)v) * 64);
        EACH (r, COARSE_ROWS) {
            int32_t four;
            memcpy(&four, q + ((size_t)r * set->groups + g) * 4, sizeof four);
            const __m512i all = _mm512_set1_epi32(four);
            EACH (v, 3)
                ADD_PRODUCTS(acc[r][v], x[v], all);
        }
    }
}

VNNI static void peaks_vnni(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak)
{
    __m512i acc[COARSE_ROWS][3];
    scores_in_registers(set, panel, q, 0, acc);
    EACH (r, COARSE_ROWS)
        EACH (v, 3) {
            int32_t *most = peak + r * PANEL_LANES + 16 * v;
            _mm512_store_si512(most, _mm512_max_epi32(_mm512_load_si512(most), acc[r][v]));
        }
}

VNNI static int scores_vnni(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                            uint64_t *near, int32_t *over)
{
    __m512i acc[COARSE_ROWS][3];
    scores_in_registers(set, panel, q, least, acc);
    __m512i all = acc[0][0]; /* negative where all scores are too low */
    EACH (r, COARSE_ROWS)
        EACH (v, 3)
            all = _mm512_and_si512(all, acc[r][v]);
    if (_mm512_movepi32_mask(all) == 0xffff)
        return 0;
    EACH (r, COARSE_ROWS) {
        const uint64_t far = (uint64_t)_mm512_movepi32_mask(acc[r][0]) |
                             (uint64_t)_mm512_movepi32_mask(acc[r][1]) << 16 |
                             (uint64_t)_mm512_movepi32_mask(acc[r][2]) << 32;
        near[r] = ~far & ((1ull << PANEL_LANES) - 1);
        if (near[r])
            EACH (v, 3)
                _mm512_storeu_si512(over + r * PANEL_LANES + 16 * v, acc[r][v]);
    }
    return 1;
}

int coarse_is_fast(void)
{
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

int coarse_scores(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                  uint64_t *near, int32_t *over)
{
    return coarse_is_fast() ? scores_vnni(set, panel, q, least, near, over)
                            : coarse_scores_plain(set, panel, q, least, near, over);
}

void coarse_peaks(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak)
{
    if (coarse_is_fast())
        peaks_vnni(set, panel, q, peak);
    else
        coarse_peaks_plain(set, panel, q, peak);
}
#else
int coarse_is_fast(void)
{
    return 0;
}

int coarse_scores(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                  uint64_t *near, int32_t *over)
{
    return coarse_scores_plain(set, panel, q, least, near, over);
}

void coarse_peaks(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak)
{
    coarse_peaks_plain(set, panel, q, peak);
}
#endif

/* Copies within reach have |x|^2 + |q|^2 - 2 x.q <= reach^2; halves are rounded so that more is kept. */
int32_t coarse_least(const struct coarse_row *row, double reach)
{
    const double least = floor((row->size - reach * reach) / 2) - 1;
    return (least > FARTHEST ? (int32_t)least : FARTHEST) + row->offset;
}

double coarse_reach(const struct coarse_row *row, int32_t score)
{
    const double squared = row->size - 2.0 * (score - row->offset) + 1;
    return squared > 0 ? sqrt(squared) : 0;
}

/* ---- copies ------------------------------------------------------------------------------------------------- */

/* Nearly all numbers of the column that spreads the widest are inside: of a normal one, 99.9 %. Any clip would be
 * right; a narrow one makes small steps, a wide one cuts little. */
static double clip_of(const struct panel_set *points)
{
    enum { SAMPLE = 32 };
    const size_t p = points->frame.p, stride = points->n_panels / SAMPLE + 1;
    double widest = 0;
    for (size_t j = 0; j < p; j++) {
        double sum = 0, n = 0;
        for (size_t b = 0; b < points->n_panels; b += stride) {
            const size_t left = points->n - b * PANEL_LANES, lanes = left < PANEL_LANES ? left : PANEL_LANES;
            for (size_t l = 0; l < lanes; l++)
                sum += fabsf(points->x[(b * p + j) * PANEL_LANES + l]);
            n += (double)lanes;
        }
        widest = fmax(widest, sum / n);
    }
    return widest > 0 && widest < 0.25 ? 4 * widest : 1;
}

NUM_INLINE float steps_of(float z, float clip, float per_step)
{
    const float cut = z > clip ? clip : z < -clip ? -clip : z;
    return cut * per_step;
}

/* Of one column of a panel: bytes to[4 lane], squared lengths, squared errors in steps. */
NUM_CLONES static void copy_column(const float *z, float clip, float per_step, uint8_t *to, int32_t *size,
                                   float *error)
{
    for (size_t l = 0; l < PANEL_LANES; l++) {
        const float steps = steps_of(z[l], clip, per_step);
        const int32_t whole = (int32_t)(steps + (MIDDLE + 0.5f)) - MIDDLE;
        const float off = steps - (float)whole;
        to[4 * l] = (uint8_t)(whole + MIDDLE);
        size[l] += whole * whole;
        error[l] += off * off;
    }
}

/* What single precision may have lost, in the numbers and in the sum of p squares. */
static double error_of(const struct coarse_set *set, float squared)
{
    return sqrt((double)squared) * (1 + (double)set->p * 0x1p-23) + sqrt((double)set->p) * 0x1p-14;
}

struct copy_job {
    struct coarse_set *set;
    const struct panel_set *points;
    double *error; /* a block each */
};

static void copy_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct copy_job *job = arg;
    struct coarse_set *set = job->set;
    const float clip = (float)set->clip, per_step = (float)(1 / set->step);
    float largest = 0;
    for (size_t b = begin; b < end; b++) {
        const size_t left = job->points->n - b * PANEL_LANES;
        uint8_t *to = set->x + b * set->groups * PANEL_LANES * 4;
        int32_t size[PANEL_LANES] = {0};
        float error[PANEL_LANES] = {0};
        for (size_t j = 0; j < set->groups * 4; j++) {
            uint8_t *bytes = to + j / 4 * PANEL_LANES * 4 + j % 4;
            if (j < set->p)
                copy_column(job->points->x + (b * set->p + j) * PANEL_LANES, clip, per_step, bytes, size, error);
            for (size_t l = 0; j >= set->p && l < PANEL_LANES; l++)
                bytes[4 * l] = MIDDLE;
        }
        for (size_t l = 0; l < PANEL_LANES; l++) {
            set->base[b * PANEL_LANES + l] = l < left ? -(size[l] / 2) : NOWHERE;
            largest = error[l] > largest ? error[l] : largest;
        }
    }
    job->error[block] = error_of(set, largest);
}

int coarse_build(struct lt_ctx *ctx, struct coarse_set *set, const struct panel_set *points)
{
    enum { PANELS = 64 };
    const size_t p = points->frame.p, groups = kit_block_count(p, 4), n = points->n_panels;
    const size_t blocks = kit_block_count(n, PANELS);
    *set = (struct coarse_set){.p = p, .groups = groups, .n_panels = n, .clip = clip_of(points)};
    set->step = set->clip / MOST_STEPS;
    struct copy_job job = {set, points, kit_scratch_f64(ctx, blocks)};
    set->x = kit_alloc_raw(ctx, n * PANEL_LANES, groups * 4);
    set->base = kit_alloc_raw(ctx, n * PANEL_LANES, sizeof *set->base);
    const int status = job.error && set->x && set->base ? kit_blocks(ctx, n, PANELS, copy_block, &job) : LT_MEMORY;
    if (status != LT_OK) {
        coarse_free(set);
        return status;
    }
    for (size_t b = 0; b < blocks; b++)
        set->error = fmax(set->error, job.error[b] * set->step);
    return LT_OK;
}

void coarse_free(struct coarse_set *set)
{
    free(set->x);
    free(set->base);
    *set = (struct coarse_set){0};
}

void coarse_rows(const struct coarse_set *set, const float *row, size_t n, int8_t *q, struct coarse_row *out)
{
    const float clip = (float)set->clip, per_step = (float)(1 / set->step);
    memset(q, 0, n * set->groups * 4);
    for (size_t i = 0; i < n; i++) {
        int32_t size = 0, sum = 0;
        float error = 0;
        for (size_t j = 0; j < set->p; j++) {
            const float steps = steps_of(row[i * set->p + j] / -2, clip, per_step);
            const int32_t whole = (int32_t)(steps + (MIDDLE + 0.5f)) - MIDDLE;
            q[i * set->groups * 4 + j] = (int8_t)whole;
            size += whole * whole;
            sum += whole;
            error += (steps - (float)whole) * (steps - (float)whole);
        }
        out[i] = (struct coarse_row){size, MIDDLE * sum, error_of(set, error) + set->error / set->step};
    }
}

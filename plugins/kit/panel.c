#include "plugins/kit/panel.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

/* ---- the tile ----------------------------------------------------------------------------------------------- */

/* One body, built once for each register width. The accumulators are 3 vectors a row: 8 rows of 64 bytes fill the
 * 32 registers of x86-64-v4, 4 rows those of the narrower machines. The caller's loop covers the 48 lanes in
 * strips of three vectors. */
#define VECTOR(element, bytes) element __attribute__((vector_size(bytes)))
#define FLOATS(bytes, vector) ((VECTOR(float, bytes))(vector))
#define INTS(bytes, vector) ((VECTOR(int32_t, bytes))(vector))
#define LOAD(vector, from) memcpy(&(vector), (from), sizeof(vector))

/* Accumulators are registers only when the loops over them are gone, at any level of optimisation. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

#define ADD_SQUARED(bytes) acc[r][v] += x[v] * q
#define ADD_ABSOLUTE(bytes) acc[r][v] += FLOATS(bytes, INTS(bytes, x[v] - q) & 0x7fffffff)

#define DEFINE_TILE(name, target_attribute, bytes, rows, ADD)                                                     \
    target_attribute static int name(size_t p, const float *panel, const float *lane_base, const float *row,      \
                                     const float *row_base, const float *limit, float *out)                       \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(float), STRIP = 3 * WIDTH };                                              \
        uint64_t any = 0;                                                                                         \
        for (size_t s = 0; s < PANEL_LANES; s += STRIP) {                                                         \
            VECTOR(float, bytes) acc[rows][3], x[3];                                                              \
            EACH (v, 3)                                                                                           \
                LOAD(x[v], lane_base + s + v * WIDTH);                                                            \
            EACH (r, rows)                                                                                        \
                EACH (v, 3)                                                                                       \
                    acc[r][v] = x[v] + row_base[r];                                                               \
            for (size_t k = 0; k < p; k++) {                                                                      \
                EACH (v, 3)                                                                                       \
                    LOAD(x[v], panel + k * PANEL_LANES + s + v * WIDTH);                                          \
                EACH (r, rows) {                                                                                  \
                    const float q = row[(size_t)r * p + k];                                                       \
                    EACH (v, 3)                                                                                   \
                        ADD(bytes);                                                                               \
                }                                                                                                 \
            }                                                                                                     \
            VECTOR(int32_t, bytes) hit = {0};                                                                     \
            if (limit)                                                                                            \
                EACH (r, rows)                                                                                    \
                    EACH (v, 3)                                                                                   \
                        hit |= INTS(bytes, acc[r][v] <= limit[r]);                                                \
            EACH (r, rows)                                                                                        \
                EACH (v, 3) {                                                                                     \
                    const VECTOR(float, bytes) distance = acc[r][v];                                              \
                    memcpy(out + (size_t)r * PANEL_LANES + s + v * WIDTH, &distance, bytes);                      \
                }                                                                                                 \
            uint64_t words[(bytes) / 8];                                                                          \
            memcpy(words, &hit, bytes);                                                                           \
            for (size_t i = 0; i < (bytes) / 8; i++)                                                              \
                any |= words[i];                                                                                  \
        }                                                                                                         \
        return any != 0;                                                                                          \
    }

#define DEFINE_TILES(suffix, target_attribute, bytes, rows)                                                       \
    DEFINE_TILE(squared_##suffix, target_attribute, bytes, rows, ADD_SQUARED)                                     \
    DEFINE_TILE(absolute_##suffix, target_attribute, bytes, rows, ADD_ABSOLUTE)

/* Whole vectors of the leaders in registers while the rows pass by. Masks are all ones or all zeros. */
#define CHOOSE(mask, a, b) (((mask) & (a)) | (~(mask) & (b)))
#define DEFINE_FOLLOW(name, target_attribute, bytes)                                                              \
    target_attribute static void name(struct panel_leaders *leaders, const float *distance, size_t rows,          \
                                      int32_t first)                                                              \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(float) };                                                                 \
        for (size_t s = 0; s < PANEL_LANES; s += WIDTH) {                                                         \
            VECTOR(float, bytes) best, second, d, loser;                                                          \
            VECTOR(int32_t, bytes) number, less;                                                                  \
            LOAD(best, leaders->best + s);                                                                        \
            LOAD(second, leaders->second + s);                                                                    \
            LOAD(number, leaders->number + s);                                                                    \
            for (size_t r = 0; r < rows; r++) {                                                                   \
                LOAD(d, distance + r * PANEL_LANES + s);                                                          \
                less = INTS(bytes, d < best);                                                                     \
                loser = FLOATS(bytes, CHOOSE(less, INTS(bytes, best), INTS(bytes, d)));                           \
                best = FLOATS(bytes, CHOOSE(less, INTS(bytes, d), INTS(bytes, best)));                            \
                number = CHOOSE(less, first + (int32_t)r - (VECTOR(int32_t, bytes)){0}, number);                  \
                less = INTS(bytes, loser < second);                                                               \
                second = FLOATS(bytes, CHOOSE(less, INTS(bytes, loser), INTS(bytes, second)));                    \
            }                                                                                                     \
            memcpy(leaders->best + s, &best, bytes);                                                              \
            memcpy(leaders->second + s, &second, bytes);                                                          \
            memcpy(leaders->number + s, &number, bytes);                                                          \
        }                                                                                                         \
    }

typedef int tile_fn(size_t p, const float *panel, const float *lane_base, const float *row, const float *row_base,
                    const float *limit, float *out);

typedef void follow_fn(struct panel_leaders *leaders, const float *distance, size_t rows, int32_t first);

typedef void lead_fn(size_t p, const float *panel, const float *lane_base, const float *row, const float *row_base,
                     size_t n_rows, struct panel_leaders *leaders);

/* The kernels of one machine: tiles by metric, of four rows, and of eight where the registers allow it. */
struct kernels {
    tile_fn *four[2], *eight[2];
    follow_fn *follow;
    lead_fn *lead; /* NULL: tiles that are followed */
};

DEFINE_TILES(plain, , 16, 4)
DEFINE_FOLLOW(follow_plain, , 16)
static const struct kernels plain_kernels = {{squared_plain, absolute_plain}, {0, 0}, follow_plain, 0};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(LATHE_NO_CLONES)
#include <immintrin.h>
DEFINE_TILES(v3, __attribute__((target("arch=x86-64-v3"))), 32, 4)
DEFINE_TILES(v4, __attribute__((target("arch=x86-64-v4"))), 64, 4)
DEFINE_TILES(v4_8, __attribute__((target("arch=x86-64-v4"))), 64, 8)
DEFINE_FOLLOW(follow_v3, __attribute__((target("arch=x86-64-v3"))), 32)
DEFINE_FOLLOW(follow_v4, __attribute__((target("arch=x86-64-v4"))), 64)

/* Tile and leaders in one, of squared distances: nothing leaves the registers. The same values, bit by bit. */
__attribute__((target("arch=x86-64-v4"))) static void lead_v4(size_t p, const float *panel, const float *lane_base,
                                                              const float *row, const float *row_base,
                                                              size_t n_rows, struct panel_leaders *leaders)
{
    enum { ROWS = 4 };
    __m512 best[3], second[3], x[3], acc[ROWS][3];
    __m512i number[3];
    EACH (v, 3) {
        best[v] = second[v] = _mm512_set1_ps(INFINITY);
        number[v] = _mm512_setzero_si512();
    }
    for (size_t first = 0; first < n_rows; first += ROWS) {
        EACH (v, 3)
            x[v] = _mm512_load_ps(lane_base + 16 * v);
        EACH (r, ROWS)
            EACH (v, 3)
                acc[r][v] = _mm512_add_ps(x[v], _mm512_set1_ps(row_base[first + (size_t)r]));
        for (size_t k = 0; k < p; k++) {
            EACH (v, 3)
                x[v] = _mm512_load_ps(panel + k * PANEL_LANES + 16 * v);
            EACH (r, ROWS) {
                const __m512 q = _mm512_set1_ps(row[(first + (size_t)r) * p + k]);
                EACH (v, 3)
                    acc[r][v] = _mm512_fmadd_ps(x[v], q, acc[r][v]);
            }
        }
        EACH (r, ROWS)
            EACH (v, 3) {
                const __mmask16 less = _mm512_cmp_ps_mask(acc[r][v], best[v], _CMP_LT_OQ);
                second[v] = _mm512_min_ps(second[v], _mm512_max_ps(best[v], acc[r][v]));
                best[v] = _mm512_min_ps(best[v], acc[r][v]);
                number[v] = _mm512_mask_mov_epi32(number[v], less, _mm512_set1_epi32((int32_t)first + r));
            }
    }
    EACH (v, 3) {
        _mm512_store_ps(leaders->best + 16 * v, best[v]);
        _mm512_store_ps(leaders->second + 16 * v, second[v]);
        _mm512_store_si512(leaders->number + 16 * v, number[v]);
    }
}
static const struct kernels v3_kernels = {{squared_v3, absolute_v3}, {0, 0}, follow_v3, 0};
static const struct kernels v4_kernels = {
    {squared_v4, absolute_v4}, {squared_v4_8, absolute_v4_8}, follow_v4, lead_v4};

static const struct kernels *kernels_of_this_machine(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &v4_kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return &v3_kernels;
    return &plain_kernels;
}
#else
static const struct kernels *kernels_of_this_machine(void)
{
    return &plain_kernels;
}
#endif

void panel_distances(enum panel_metric metric, size_t p, const float *panel, const float *lane_base,
                     const float *row, const float *row_base, size_t n_rows, const float *limit, float *out,
                     uint8_t *near)
{
    const struct kernels *kernels = kernels_of_this_machine();
    for (size_t r = 0; r < n_rows;) {
        const size_t rows = kernels->eight[metric] && r + 8 <= n_rows ? 8 : 4;
        tile_fn *tile = rows == 8 ? kernels->eight[metric] : kernels->four[metric];
        int any =
            tile(p, panel, lane_base, row + r * p, row_base + r, limit ? limit + r : 0, out + r * PANEL_LANES);
        if (limit)
            memset(near + r / PANEL_ROWS, any, rows / PANEL_ROWS);
        r += rows;
    }
}

enum { LEAD_ROWS = 64 }; /* rows at a time: their distances stay in the first-level cache */

void panel_lead_plain(size_t p, const float *panel, const float *lane_base, const float *row,
                      const float *row_base, size_t n_rows, struct panel_leaders *leaders)
{
    _Alignas(64) float distance[LEAD_ROWS * PANEL_LANES];
    for (size_t l = 0; l < PANEL_LANES; l++) {
        leaders->best[l] = leaders->second[l] = INFINITY;
        leaders->number[l] = 0;
    }
    for (size_t r = 0; r < n_rows; r += LEAD_ROWS) {
        const size_t rows = n_rows - r < LEAD_ROWS ? n_rows - r : LEAD_ROWS;
        panel_distances(PANEL_SQUARED, p, panel, lane_base, row + r * p, row_base + r, rows, 0, distance, 0);
        kernels_of_this_machine()->follow(leaders, distance, rows, (int32_t)r);
    }
}

void panel_lead(size_t p, const float *panel, const float *lane_base, const float *row, const float *row_base,
                size_t n_rows, struct panel_leaders *leaders)
{
    lead_fn *lead = kernels_of_this_machine()->lead;
    (lead ? lead : panel_lead_plain)(p, panel, lane_base, row, row_base, n_rows, leaders);
}

/* ---- from doubles to panels --------------------------------------------------------------------------------- */

/* A difference of two rounded coordinates, p products and p + 3 sums, each with half a unit of 2^-23. */
double panel_slack(size_t p)
{
    return (2.0 * (double)p + 16.0) * 0x1p-24;
}

void panel_lower(enum panel_metric metric, size_t p, size_t n, float *size)
{
    const float factor = (float)(metric == PANEL_SQUARED ? 1 - panel_slack(p) : -panel_slack(p));
    for (size_t i = 0; i < n; i++)
        size[i] = isfinite(size[i]) ? size[i] * factor : INFINITY;
}

float panel_limit(const struct panel_frame *frame, enum panel_metric metric, double distance)
{
    double z = distance * frame->scale;
    if (metric == PANEL_SQUARED)
        z *= frame->scale;
    return z < FLT_MAX / 2 ? (float)(z * (1 + 0x1p-20)) + FLT_MIN * 0x1p20f : FLT_MAX;
}

enum { FRAME_SAMPLE = 1024, FRAME_ROWS = 4096 };

struct frame_job {
    const struct panel_frame *frame;
    const double *x;
    size_t ld;
    double *largest; /* a block each */
};

static void frame_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct frame_job *job = arg;
    double largest = 0;
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j < job->frame->p; j++) {
            const double z = fabs(job->x[i * job->ld + j] - job->frame->shift[j]);
            largest = z > largest ? z : largest;
        }
    job->largest[block] = largest;
}

/* Any shift near the points will do: the mean of a sample of rows at even distances. */
int panel_frame_fit(struct lt_ctx *ctx, struct panel_frame *frame, const double *x, size_t n, size_t p, size_t ld)
{
    const size_t blocks = kit_block_count(n, FRAME_ROWS), stride = n / FRAME_SAMPLE + 1;
    struct frame_job job = {frame, x, ld, kit_scratch_f64(ctx, blocks)};
    frame->p = p;
    frame->scale = 1;
    frame->shift = kit_alloc_f64(ctx, p);
    if (!frame->shift || !job.largest)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i += stride)
        for (size_t j = 0; j < p; j++)
            frame->shift[j] += x[i * ld + j] / (double)kit_block_count(n, stride);
    const int status = kit_blocks(ctx, n, FRAME_ROWS, frame_block, &job);
    if (status != LT_OK)
        return status;
    double largest = 0;
    for (size_t b = 0; b < blocks; b++)
        largest = fmax(largest, job.largest[b]);
    if (!isfinite(largest))
        return ctx->fail(ctx, LT_NUMERIC, "the values span more than a double can hold; scale the columns");
    if (largest > 0 && isfinite(1 / largest))
        frame->scale = 1 / largest;
    return LT_OK;
}

void panel_frame_free(struct panel_frame *frame)
{
    free(frame->shift);
    frame->shift = 0;
}

static double term_of(enum panel_metric metric, double z)
{
    return metric == PANEL_SQUARED ? z * z : fabs(z);
}

void panel_fill(const struct panel_frame *frame, enum panel_metric metric, const double *x, size_t n, size_t ld,
                float *panel, float *size)
{
    double total[PANEL_LANES] = {0};
    for (size_t j = 0; j < frame->p; j++) {
        float *to = panel + j * PANEL_LANES;
        for (size_t i = 0; i < n; i++) {
            const double z = (x[i * ld + j] - frame->shift[j]) * frame->scale;
            to[i] = (float)z;
            total[i] += term_of(metric, z);
        }
        for (size_t i = n; i < PANEL_LANES; i++)
            to[i] = 0;
    }
    for (size_t i = 0; i < PANEL_LANES; i++)
        size[i] = i < n ? (float)total[i] : INFINITY;
}

void panel_rows(const struct panel_frame *frame, enum panel_metric metric, const double *x, size_t n, size_t ld,
                float *row, float *size)
{
    const double factor = metric == PANEL_SQUARED ? -2 : 1;
    const size_t p = frame->p, padded = (n + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
    for (size_t i = 0; i < n; i++) {
        double total = 0;
        for (size_t j = 0; j < p; j++) {
            const double z = (x[i * ld + j] - frame->shift[j]) * frame->scale;
            row[i * p + j] = (float)(factor * z);
            total += term_of(metric, z);
        }
        size[i] = (float)total;
    }
    memset(row + n * p, 0, (padded - n) * p * sizeof *row);
    for (size_t i = n; i < padded; i++)
        size[i] = INFINITY;
}

struct fill_job {
    struct panel_set *set;
    const double *x;
    size_t ld;
};

static void fill_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    (void)block;
    const struct fill_job *job = arg;
    struct panel_set *set = job->set;
    for (size_t i = begin; i < end; i += PANEL_LANES) {
        const size_t n = end - i < PANEL_LANES ? end - i : PANEL_LANES;
        panel_fill(&set->frame, set->metric, job->x + i * job->ld, n, job->ld, set->x + i * set->frame.p,
                   set->size + i);
    }
}

int panel_set_build(struct lt_ctx *ctx, struct panel_set *set, enum panel_metric metric, const double *x, size_t n,
                    size_t p, size_t ld)
{
    memset(set, 0, sizeof *set);
    set->metric = metric;
    set->n = n;
    set->n_panels = kit_block_count(n, PANEL_LANES);
    struct fill_job job = {set, x, ld};
    int status = panel_frame_fit(ctx, &set->frame, x, n, p, ld);
    if (status == LT_OK) {
        set->x = kit_alloc_raw(ctx, set->n_panels * PANEL_LANES, p * sizeof *set->x);
        set->size = kit_alloc_raw(ctx, set->n_panels * PANEL_LANES, sizeof *set->size);
        status = set->x && set->size ? kit_blocks(ctx, n, PANEL_LANES * 64, fill_block, &job) : LT_MEMORY;
    }
    if (status != LT_OK)
        panel_set_free(set);
    return status;
}

void panel_set_free(struct panel_set *set)
{
    free(set->x);
    free(set->size);
    panel_frame_free(&set->frame);
    memset(set, 0, sizeof *set);
}

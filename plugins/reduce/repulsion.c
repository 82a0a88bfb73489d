#include "plugins/reduce/repulsion.h"

#include <math.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/kit.h"

enum { GROUP = REPULSION_GROUP, PAD = REPULSION_PAD, DIMS = REPULSION_DIMS, LEAF = 8, LEVELS = 16 };

/* ---- a list against a few points ------------------------------------------------------------------------------- */

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

/* One body for each register width and dimension. Two points share a division: 1/a = b/(ab), 1/b = a/(ab). */
#define DEFINE_REPEL(name, target_attribute, bytes, D, POINTS)                                                    \
    target_attribute static void name(size_t n, const float *const *list, const float *mass, const float *point,  \
                                      float *force, double *z)                                                    \
    {                                                                                                             \
        enum { WIDTH = (bytes) / sizeof(float) };                                                                 \
        typedef float vector __attribute__((vector_size(bytes)));                                                 \
        vector f[POINTS][D], s[POINTS];                                                                           \
        memset(f, 0, sizeof f);                                                                                   \
        memset(s, 0, sizeof s);                                                                                   \
        for (size_t i = 0; i < n; i += WIDTH) {                                                                   \
            vector m, x[D], d[POINTS][D], r[POINTS];                                                              \
            memcpy(&m, mass + i, bytes);                                                                          \
            EACH (c, D)                                                                                           \
                memcpy(&x[c], list[c] + i, bytes);                                                                \
            EACH (t, POINTS) {                                                                                    \
                r[t] = (vector){0} + 1.0f;                                                                        \
                EACH (c, D) {                                                                                     \
                    d[t][c] = point[t * D + c] - x[c];                                                            \
                    r[t] += d[t][c] * d[t][c];                                                                    \
                }                                                                                                 \
            }                                                                                                     \
            EACH (t, POINTS / 2) {                                                                                \
                const vector both = 1.0f / (r[2 * t] * r[2 * t + 1]), first = r[2 * t + 1] * both;                \
                r[2 * t + 1] = r[2 * t] * both;                                                                   \
                r[2 * t] = first;                                                                                 \
            }                                                                                                     \
            EACH (t, POINTS) {                                                                                    \
                vector w = m * r[t];                                                                              \
                s[t] += w;                                                                                        \
                w *= r[t];                                                                                        \
                EACH (c, D)                                                                                       \
                    f[t][c] += w * d[t][c];                                                                       \
            }                                                                                                     \
        }                                                                                                         \
        for (int t = 0; t < POINTS; t++) {                                                                        \
            for (size_t l = 0; l < WIDTH; l++)                                                                    \
                z[t] += (double)s[t][l];                                                                          \
            for (int c = 0; c < D; c++) {                                                                         \
                double sum = 0;                                                                                   \
                for (size_t l = 0; l < WIDTH; l++)                                                                \
                    sum += (double)f[t][c][l];                                                                    \
                force[t * D + c] = (float)sum;                                                                    \
            }                                                                                                     \
        }                                                                                                         \
    }

#define DEFINE_REPELS(suffix, target_attribute, bytes, POINTS)                                                    \
    DEFINE_REPEL(repel_1_##suffix, target_attribute, bytes, 1, POINTS)                                            \
    DEFINE_REPEL(repel_2_##suffix, target_attribute, bytes, 2, POINTS)                                            \
    DEFINE_REPEL(repel_3_##suffix, target_attribute, bytes, 3, POINTS)

typedef void repel_fn(size_t n, const float *const *list, const float *mass, const float *point, float *force,
                      double *z);
struct kernels {
    size_t points;
    repel_fn *repel[DIMS];
};

DEFINE_REPELS(narrow, , 16, 2)
static const struct kernels narrow_kernels = {2, {repel_1_narrow, repel_2_narrow, repel_3_narrow}};

#if defined(NUM_HAVE_CLONES)
DEFINE_REPELS(v3, __attribute__((target("arch=x86-64-v3"))), 32, 2)
DEFINE_REPELS(v4, __attribute__((target("arch=x86-64-v4"))), 64, 4)
static const struct kernels v3_kernels = {2, {repel_1_v3, repel_2_v3, repel_3_v3}};
static const struct kernels v4_kernels = {4, {repel_1_v4, repel_2_v4, repel_3_v4}};
#endif

static const struct kernels *kernels_of_this_machine(void)
{
#if defined(NUM_HAVE_CLONES)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return &v4_kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &v3_kernels;
#endif
    return &narrow_kernels;
}

double repulsion_plain(size_t n, size_t d, const float *const *list, const float *mass, const float *point,
                       float *force)
{
    double z = 0;
    for (size_t i = 0; i < n; i++) {
        double square = 1;
        for (size_t c = 0; c < d; c++)
            square += ((double)point[c] - (double)list[c][i]) * ((double)point[c] - (double)list[c][i]);
        z += (double)mass[i] / square;
        for (size_t c = 0; c < d; c++)
            force[c] += (float)((double)mass[i] / (square * square) * ((double)point[c] - (double)list[c][i]));
    }
    return z;
}

/* ---- the tree -------------------------------------------------------------------------------------------------- */

/* Cells in the order of a walk that goes down first; what is below a cell ends where `next` says. */
struct cell {
    float x, y, mass; /* centre of mass */
    float width2;     /* squared width */
    uint32_t begin, end, next;
    uint32_t leaf;
};

int repulsion_room(struct lt_ctx *ctx, struct repulsion *r, size_t n, size_t d, double angle)
{
    const size_t padded = kit_block_count(n, PAD) * PAD + PAD;
    *r = (struct repulsion){.n = n, .d = d, .angle = d == 2 ? angle : 0, .ctx = ctx};
    for (size_t c = 0; c < d; c++)
        if (!(r->at[c] = kit_scratch_f32(ctx, padded)))
            return LT_MEMORY;
    r->mass = kit_scratch_f32(ctx, padded);
    r->order = kit_scratch(ctx, n, sizeof *r->order);
    r->code = kit_scratch(ctx, n, sizeof *r->code);
    r->sum = kit_scratch_f64(ctx, kit_block_count(n, GROUP));
    if (!r->mass || !r->order || !r->code || !r->sum)
        return LT_MEMORY;
    for (size_t i = 0; i < padded; i++)
        r->mass[i] = i < n ? 1 : 0;
    for (size_t i = 0; i < n; i++)
        r->order[i] = (uint32_t)i;
    for (size_t c = 0; c < d; c++)
        memset(r->at[c], 0, padded * sizeof *r->at[c]);
    if (!(r->angle > 0))
        return LT_OK;
    r->sort_room = kit_scratch(ctx, 2 * n, sizeof *r->sort_room);
    r->cell = kit_scratch(ctx, 2 * n + 1, sizeof *r->cell);
    r->list = kit_scratch(ctx, (size_t)ctx->threads * padded, (d + 1) * sizeof *r->list);
    return r->sort_room && r->cell && r->list ? LT_OK : LT_MEMORY;
}

/* Puts a zero between the bits of a 16-bit number. */
static uint32_t spread_bits(uint32_t x)
{
    x = (x | x << 8) & 0x00ff00ff;
    x = (x | x << 4) & 0x0f0f0f0f;
    x = (x | x << 2) & 0x33333333;
    return (x | x << 1) & 0x55555555;
}

struct frame {
    float low[2], span;
};

static struct frame frame_of(size_t n, const float *y)
{
    float low[2] = {y[0], y[1]}, high[2] = {y[0], y[1]};
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 2; c++) {
            low[c] = y[2 * i + c] < low[c] ? y[2 * i + c] : low[c];
            high[c] = y[2 * i + c] > high[c] ? y[2 * i + c] : high[c];
        }
    const float width = high[0] - low[0], height = high[1] - low[1];
    return (struct frame){{low[0], low[1]}, width > height ? width : height};
}

/* Order by code: four passes of radix sort, of which those where all bytes are equal are skipped. */
static void sort_codes(struct repulsion *r)
{
    uint32_t *code = r->code, *order = r->order, *to_code = r->sort_room, *to_order = r->sort_room + r->n;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        size_t at[256] = {0};
        for (size_t i = 0; i < r->n; i++)
            at[code[i] >> shift & 255]++;
        if (at[code[0] >> shift & 255] == r->n)
            continue;
        for (size_t b = 0, before = 0; b < 256; b++) {
            const size_t here = at[b];
            at[b] = before;
            before += here;
        }
        for (size_t i = 0; i < r->n; i++) {
            const size_t to = at[code[i] >> shift & 255]++;
            to_code[to] = code[i];
            to_order[to] = order[i];
        }
        uint32_t *swap = code;
        code = to_code;
        to_code = swap;
        swap = order;
        order = to_order;
        to_order = swap;
    }
    if (code != r->code) {
        memcpy(r->code, code, r->n * sizeof *code);
        memcpy(r->order, order, r->n * sizeof *order);
    }
}

/* The cell of points [begin, end), whose codes agree in the first `level` pairs of bits. */
static void build_cell(struct repulsion *r, uint32_t begin, uint32_t end, unsigned level, float span)
{
    const size_t number = r->n_cells++;
    struct cell *cell = &r->cell[number];
    unsigned shift = 0;
    while (level < LEVELS) { /* levels where all are in one quarter are passed over */
        shift = 2 * (LEVELS - 1 - level);
        if (end - begin <= LEAF || (r->code[begin] ^ r->code[end - 1]) >> shift)
            break;
        level++;
    }
    const float width = ldexpf(span, -(int)level);
    *cell = (struct cell){.width2 = width * width, .begin = begin, .end = end};
    double x = 0, y = 0;
    if (end - begin <= LEAF || level == LEVELS) {
        cell->leaf = 1;
        for (uint32_t i = begin; i < end; i++) {
            x += (double)r->at[0][i];
            y += (double)r->at[1][i];
        }
    } else {
        for (uint32_t from = begin, to; from < end; from = to) {
            const uint32_t quarter = r->code[from] >> shift;
            for (to = from + 1; to < end && r->code[to] >> shift == quarter;) {
                const uint32_t far = to + (end - to) / 2; /* by halves while a half fits */
                to = r->code[far] >> shift == quarter ? far + 1 : to + 1;
            }
            const size_t child = r->n_cells;
            build_cell(r, from, to, level + 1, span);
            x += (double)r->cell[child].x * (double)r->cell[child].mass;
            y += (double)r->cell[child].y * (double)r->cell[child].mass;
        }
    }
    const double mass = end - begin;
    cell->x = (float)(x / mass);
    cell->y = (float)(y / mass);
    cell->mass = (float)mass;
    cell->next = (uint32_t)r->n_cells;
}

static void build_tree(struct repulsion *r, const float *y)
{
    const struct frame frame = frame_of(r->n, y);
    const float scale = frame.span > 1e-30f ? 65535.0f / frame.span : 0;
    for (size_t i = 0; i < r->n; i++) {
        const float *at = y + 2 * i;
        r->order[i] = (uint32_t)i;
        const uint32_t a = (uint32_t)((at[0] - frame.low[0]) * scale),
                       b = (uint32_t)((at[1] - frame.low[1]) * scale);
        r->code[i] = spread_bits(a < 65535 ? a : 65535) | spread_bits(b < 65535 ? b : 65535) << 1;
    }
    sort_codes(r);
    for (size_t i = 0; i < r->n; i++)
        for (size_t c = 0; c < 2; c++)
            r->at[c][i] = y[2 * (size_t)r->order[i] + c];
    r->n_cells = 0;
    build_cell(r, 0, (uint32_t)r->n, 0, frame.span);
}

/* ---- a group of points ----------------------------------------------------------------------------------------- */

/* Squared distance of a cell's centre from the box of the group. */
static float outside(const float *low, const float *high, float x, float y)
{
    const float dx = x < low[0] ? low[0] - x : x > high[0] ? x - high[0] : 0;
    const float dy = y < low[1] ? low[1] - y : y > high[1] ? y - high[1] : 0;
    return dx * dx + dy * dy;
}

/* What acts on the points [begin, end): list holds x, y and mass, `room` each; returns how many, padded. */
static size_t gather(const struct repulsion *r, size_t begin, size_t end, float *list, size_t room)
{
    float low[2] = {r->at[0][begin], r->at[1][begin]}, high[2] = {low[0], low[1]};
    const float angle2 = (float)(r->angle * r->angle);
    float *x = list, *y = list + room, *mass = list + 2 * room;
    size_t n = 0;
    for (size_t i = begin; i < end; i++)
        for (size_t c = 0; c < 2; c++) {
            low[c] = r->at[c][i] < low[c] ? r->at[c][i] : low[c];
            high[c] = r->at[c][i] > high[c] ? r->at[c][i] : high[c];
        }
    for (size_t at = 0; at < r->n_cells;) {
        const struct cell *cell = &r->cell[at];
        if (cell->width2 < angle2 * outside(low, high, cell->x, cell->y)) {
            x[n] = cell->x;
            y[n] = cell->y;
            mass[n++] = cell->mass;
            at = cell->next;
        } else if (cell->leaf) {
            for (uint32_t i = cell->begin; i < cell->end; i++, n++) {
                x[n] = r->at[0][i];
                y[n] = r->at[1][i];
                mass[n] = 1;
            }
            at = cell->next;
        } else {
            at++;
        }
    }
    for (; n % PAD; n++)
        x[n] = y[n] = mass[n] = 0;
    return n;
}

struct sum_job {
    struct repulsion *r;
    float *force;
};

static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct sum_job *job = arg;
    struct repulsion *r = job->r;
    const struct kernels *kernels = kernels_of_this_machine();
    const size_t d = r->d, padded = kit_block_count(r->n, PAD) * PAD, room = padded + PAD;
    const float *list[DIMS] = {r->at[0], r->at[1], r->at[2]}, *mass = r->mass;
    size_t n = padded;
    if (r->angle > 0) {
        float *own = r->list + worker * (d + 1) * room;
        n = gather(r, begin, end, own, room);
        list[0] = own;
        list[1] = own + room;
        mass = own + 2 * room;
    }
    double total = 0;
    for (size_t i = begin; i < end; i += kernels->points) {
        float point[4 * DIMS] = {0}, force[4 * DIMS];
        double z[4] = {0};
        const size_t points = end - i < kernels->points ? end - i : kernels->points;
        for (size_t t = 0; t < points; t++)
            for (size_t c = 0; c < d; c++)
                point[t * d + c] = r->at[c][i + t];
        kernels->repel[d - 1](n, list, mass, point, force, z);
        for (size_t t = 0; t < points; t++) {
            memcpy(job->force + r->order[i + t] * d, force + t * d, d * sizeof *force);
            total += z[t] - 1; /* without itself */
        }
    }
    r->sum[block] = total;
}

int repulsion_of(struct repulsion *r, const float *y, float *force, double *z)
{
    struct sum_job job = {r, force};
    if (r->angle > 0) {
        build_tree(r, y);
    } else {
        for (size_t i = 0; i < r->n; i++)
            for (size_t c = 0; c < r->d; c++)
                r->at[c][i] = y[i * r->d + c];
    }
    const int status = kit_blocks(r->ctx, r->n, GROUP, sum_block, &job);
    kit_add_slots(r->sum, kit_block_count(r->n, GROUP), 1);
    *z = r->sum[0];
    return status;
}

#include "plugins/svm/rows.h"

#include <float.h>
#include <math.h>
#include <sys/mman.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { CHUNK = 2 << 20 }; /* bytes: a huge page */
enum { PANELS_A_BLOCK = 16 };
enum { LEAST_SLOTS = 2 * ROWS_AT_ONCE };

int rows_new(struct lt_ctx *ctx, struct rows *rows, const struct kernel *kernel, const struct points *points,
             double megabytes)
{
    const size_t n = points->n;
    *rows = (struct rows){.kernel = kernel, .points = points, .stride = points->n_panels * KERNEL_LANES};
    const double affordable = megabytes * 0x1p20 / ((double)rows->stride * sizeof(float));
    rows->limit = affordable < LEAST_SLOTS ? LEAST_SLOTS : affordable < (double)n ? (size_t)affordable : n;
    rows->limit = rows->limit < n ? rows->limit : n;
    rows->base = rows->limit;
    rows->diagonal = kit_alloc_f32(ctx, n);
    rows->row = kit_alloc(ctx, n, sizeof *rows->row);
    rows->home = kit_alloc(ctx, n, sizeof *rows->home);
    rows->seen = kit_alloc(ctx, n, 1);
    rows->used = kit_alloc(ctx, n, sizeof *rows->used);
    rows->slot = kit_alloc(ctx, rows->limit, sizeof *rows->slot);
    rows->owner = kit_alloc(ctx, rows->limit, sizeof *rows->owner);
    rows->old = kit_alloc(ctx, rows->limit, sizeof *rows->old);
    rows->old_used = kit_alloc(ctx, rows->limit, sizeof *rows->old_used);
    rows->chunk = kit_alloc(ctx, rows->limit, sizeof *rows->chunk);
    if (!rows->diagonal || !rows->row || !rows->home || !rows->seen || !rows->used || !rows->slot ||
        !rows->owner || !rows->old || !rows->old_used || !rows->chunk) {
        rows_free(rows);
        return LT_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        rows->diagonal[i] = (float)kernel_self(kernel, points->norm[i]);
    return LT_OK;
}

void rows_free(struct rows *rows)
{
    for (size_t i = 0; i < rows->n_chunks; i++)
        free(rows->chunk[i]);
    free(rows->diagonal);
    free(rows->row);
    free(rows->home);
    free(rows->seen);
    free(rows->used);
    free(rows->slot);
    free(rows->owner);
    free(rows->old);
    free(rows->old_used);
    free(rows->chunk);
    *rows = (struct rows){0};
}

/* ---- which memory a row gets -------------------------------------------------------------------------------- */

/* A few more slots, in whole huge pages: fresh memory is expensive when it comes in small pages. */
static int more_slots(struct lt_ctx *ctx, struct rows *rows)
{
    const size_t bytes = rows->stride * sizeof(float), left = rows->limit - rows->n_slots;
    size_t n = bytes < CHUNK ? CHUNK / bytes : 1;
    n = n < left ? n : left;
    const size_t align = n * bytes < CHUNK / 2 ? KIT_ALIGN : CHUNK, size = (n * bytes + align - 1) / align * align;
    char *memory = aligned_alloc(align, size);
    if (!memory)
        return kit_no_memory(ctx, n, bytes), LT_MEMORY;
#ifdef MADV_HUGEPAGE
    if (align == CHUNK)
        madvise(memory, size, MADV_HUGEPAGE); /* a hint: without it all is only slower */
#endif
    rows->chunk[rows->n_chunks++] = memory;
    for (size_t i = 0; i < n; i++)
        rows->slot[rows->n_slots++] = (float *)(void *)(memory + i * bytes);
    return LT_OK;
}

/* Beyond what is needed at once, memory is taken for as many rows as have been computed again eight times over. */
static bool may_grow(const struct rows *rows)
{
    return rows->n_slots < rows->limit &&
           (rows->n_slots < rows->base || rows->again / 8 > rows->n_slots - rows->base);
}

static uint32_t age_of(const struct rows *rows, size_t slot)
{
    return rows->now - rows->used[rows->owner[slot]];
}

/* Fills `old` with the quarter of the slots that were used longest ago, the oldest last. Ages are counted up to a
 * limit, which is enough to tell old from new. */
static void find_old(struct rows *rows)
{
    enum { AGES = 4096 };
    uint32_t count[AGES] = {0}, wanted = (uint32_t)(rows->n_slots / 4 + 1), oldest = AGES - 1, sum = 0;
    rows->n_old = 0;
    for (size_t s = 0; s < rows->n_slots; s++)
        count[age_of(rows, s) < AGES ? age_of(rows, s) : AGES - 1]++;
    while (oldest > 1 && (sum += count[oldest]) < wanted)
        oldest--;
    for (uint32_t age = oldest; age < AGES; age++) { /* a counting sort: `count` becomes places */
        const uint32_t here = count[age];
        count[age] = (uint32_t)rows->n_old;
        rows->n_old += here;
    }
    for (size_t s = 0; s < rows->n_slots; s++) {
        const uint32_t age = age_of(rows, s) < AGES ? age_of(rows, s) : AGES - 1;
        if (age < oldest)
            continue;
        rows->old_used[count[age]] = rows->used[rows->owner[s]];
        rows->old[count[age]++] = (uint32_t)s;
    }
}

/* A slot for row i: the one it has, a free one, or one whose row nobody has asked for lately; never one that was
 * used now. */
static int place(struct lt_ctx *ctx, struct rows *rows, uint32_t i)
{
    if (rows->home[i])
        return LT_OK;
    if (rows->n_free == rows->n_slots && may_grow(rows) && more_slots(ctx, rows) != LT_OK)
        return LT_MEMORY;
    uint32_t slot = (uint32_t)rows->n_free;
    if (rows->n_free < rows->n_slots)
        rows->n_free++;
    else {
        do {
            if (!rows->n_old)
                find_old(rows);
            slot = rows->old[--rows->n_old];
        } while (rows->used[rows->owner[slot]] != rows->old_used[rows->n_old]); /* used since */
        rows->row[rows->owner[slot]] = NULL;
        rows->home[rows->owner[slot]] = 0;
    }
    rows->again += rows->seen[i];
    rows->seen[i] = 1;
    rows->owner[slot] = i;
    rows->home[i] = slot + 1;
    return LT_OK;
}

/* ---- what is in it ------------------------------------------------------------------------------------------ */

struct fill_job {
    struct rows *rows;
    size_t n;
    double *x, *norm; /* of the rows asked for, padded to whole tiles */
    float *to[ROWS_AT_ONCE];
    unsigned char *bad; /* a block each */
};

/* Numbers too small for a float become 0, not denormal ones, which are slow. */
NUM_CLONES static int round_row(const double *from, float *to)
{
    int bad = 0;
    for (size_t l = 0; l < KERNEL_LANES; l++) {
        bad |= !(fabs(from[l]) <= FLT_MAX);
        to[l] = fabs(from[l]) < FLT_MIN ? 0 : (float)from[l];
    }
    return bad;
}

static void fill_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct fill_job *job = arg;
    const struct points *points = job->rows->points;
    _Alignas(64) double tile[KERNEL_TILE];
    int bad = 0;
    (void)worker;
    for (size_t panel = begin; panel < end; panel++)
        for (size_t first = 0; first < job->n; first += KERNEL_ROWS) {
            kernel_tile(job->rows->kernel, points, panel, job->x + first * points->p, job->norm + first, tile);
            for (size_t r = 0; r < KERNEL_ROWS && first + r < job->n; r++)
                bad |= round_row(tile + r * KERNEL_LANES, job->to[first + r] + panel * KERNEL_LANES);
        }
    job->bad[block] = (unsigned char)bad;
}

static int compute(struct lt_ctx *ctx, struct rows *rows, const uint32_t *which, size_t n)
{
    const size_t p = rows->points->p, padded = kit_block_count(n, KERNEL_ROWS) * KERNEL_ROWS;
    const size_t blocks = kit_block_count(rows->points->n_panels, PANELS_A_BLOCK);
    struct fill_job job = {.rows = rows, .n = n};
    job.x = malloc(padded * (p + 1) * sizeof *job.x + blocks); /* scratch would pile up over the calls of a step */
    if (!job.x)
        return kit_no_memory(ctx, padded, (p + 1) * sizeof *job.x), LT_MEMORY;
    job.norm = job.x + padded * p;
    job.bad = (unsigned char *)(job.norm + padded);
    memset(job.x, 0, padded * (p + 1) * sizeof *job.x + blocks);
    for (size_t i = 0; i < n; i++) {
        points_get(rows->points, which[i], job.x + i * p);
        job.norm[i] = rows->points->norm[which[i]];
        job.to[i] = rows->slot[rows->home[which[i]] - 1];
    }
    int status = kit_blocks(ctx, rows->points->n_panels, PANELS_A_BLOCK, fill_block, &job);
    for (size_t b = 0; status == LT_OK && b < blocks; b++)
        if (job.bad[b])
            status =
                ctx->fail(ctx, LT_NUMERIC,
                          "the kernel has values beyond single precision; scale the columns, or take a smaller "
                          "gamma or degree");
    for (size_t i = 0; i < n && status == LT_OK; i++) {
        job.to[i][which[i]] = rows->diagonal[which[i]];
        rows->row[which[i]] = job.to[i];
    }
    free(job.x);
    return status;
}

int rows_fill(struct lt_ctx *ctx, struct rows *rows, const uint32_t *which, size_t n)
{
    uint32_t missing[ROWS_AT_ONCE];
    size_t n_missing = 0;
    int status = LT_OK;
    rows->now++;
    for (size_t i = 0; i < n; i++)
        rows->used[which[i]] = rows->now;
    for (size_t i = 0; i < n && status == LT_OK; i++)
        if (!rows->row[which[i]]) {
            status = place(ctx, rows, which[i]);
            missing[n_missing++] = which[i];
        }
    return status == LT_OK && n_missing ? compute(ctx, rows, missing, n_missing) : status;
}

#include "plugins/cluster/seeding.h"

#include <math.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

/* Floyd's sample without replacement: the j-th draw is among the first n - k + j + 1 rows; one that is taken
 * already stands for the last of these. */
int seed_random(struct lt_ctx *ctx, size_t n, size_t k, uint64_t stream, size_t *chosen)
{
    uint8_t *taken = kit_scratch(ctx, n, 1);
    if (!taken)
        return LT_MEMORY;
    memset(taken, 0, n);
    for (size_t j = 0; j < k; j++) {
        const size_t last = n - k + j;
        const size_t draw = lt_below(ctx->seed, stream, j, (uint32_t)(last + 1));
        chosen[j] = taken[draw] ? last : draw;
        taken[chosen[j]] = 1;
    }
    return LT_OK;
}

enum { BLOCK = 64 * PANEL_LANES, MOST_CANDIDATES = 64 };

/* The rows that a round measures: candidates, and behind them the row chosen last, which `nearest` doesn't know
 * yet. */
struct plus_plus {
    const struct panel_set *points;
    const double *weight;
    size_t n_candidates, padded, n_blocks;
    float *row, *row_size;  /* as panel_rows makes them; row n_candidates is the one chosen last */
    float *last, last_size; /* the same row by itself, padded */
    float doubt;            /* distances below doubt * (sizes) are rounding: they count as 0 */
    float *nearest;         /* n: squared distance to the nearest of the rows chosen before the last */
    size_t n_chosen;
    double *sum; /* n_candidates x n_blocks: sums of weight * min(nearest, distance to the candidate) */
};

NUM_INLINE float clean_distance(const struct plus_plus *s, float distance, float size, float row_size)
{
    return distance > s->doubt * (size + row_size) ? distance : 0;
}

/* nearest[48] = min(nearest, distance). */
NUM_CLONES static void join_row(const struct plus_plus *s, const float *distance, const float *size,
                                float row_size, float *nearest)
{
    for (size_t l = 0; l < PANEL_LANES; l++) {
        const float d = clean_distance(s, distance[l], size[l], row_size);
        nearest[l] = nearest[l] < d ? nearest[l] : d;
    }
}

/* One panel and one candidate: sum[48] grows by weight * min(nearest, distance). */
NUM_CLONES static void add_candidate(const struct plus_plus *s, const float *distance, const float *size,
                                     float row_size, const float *nearest, double *sum, const double *weight)
{
    for (size_t l = 0; l < PANEL_LANES; l++) {
        const float d = clean_distance(s, distance[l], size[l], row_size);
        sum[l] += weight[l] * (double)(nearest[l] < d ? nearest[l] : d);
    }
}

/* The n lanes of a panel as they were before the last row was chosen. */
static void load_nearest(const struct plus_plus *s, size_t at, size_t n, float *nearest)
{
    for (size_t l = 0; l < n; l++)
        nearest[l] = s->n_chosen > 1 ? s->nearest[at + l] : INFINITY;
    for (size_t l = n; l < PANEL_LANES; l++)
        nearest[l] = 0;
}

static void candidates_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct plus_plus *s = arg;
    const size_t p = s->points->frame.p, last = s->n_candidates;
    _Alignas(64) float distance[(MOST_CANDIDATES + PANEL_ROWS) * PANEL_LANES], nearest[PANEL_LANES];
    double sum[MOST_CANDIDATES][PANEL_LANES], weight[PANEL_LANES];
    memset(sum, 0, s->n_candidates * sizeof sum[0]);
    for (size_t at = begin; at < end; at += PANEL_LANES) {
        const size_t n = end - at < PANEL_LANES ? end - at : PANEL_LANES;
        const float *size = s->points->size + at;
        for (size_t l = 0; l < PANEL_LANES; l++)
            weight[l] = l >= n ? 0 : s->weight ? s->weight[at + l] : 1;
        load_nearest(s, at, n, nearest);
        panel_distances(PANEL_SQUARED, p, s->points->x + at * p, size, s->row, s->row_size, s->padded, 0, distance,
                        0);
        if (s->n_chosen) {
            join_row(s, distance + last * PANEL_LANES, size, s->row_size[last], nearest);
            memcpy(s->nearest + at, nearest, n * sizeof *nearest);
        }
        for (size_t a = 0; a < s->n_candidates; a++)
            add_candidate(s, distance + a * PANEL_LANES, size, s->row_size[a], nearest, sum[a], weight);
    }
    for (size_t a = 0; a < s->n_candidates; a++) {
        double total = 0;
        for (size_t l = 0; l < PANEL_LANES; l++)
            total += sum[a][l];
        s->sum[a * s->n_blocks + block] = total;
    }
}

static double total_of(size_t n, const double *sum)
{
    double total = 0;
    for (size_t b = 0; b < n; b++)
        total += sum[b];
    return total;
}

/* What the rows of a block count in a draw: weight * squared distance to the nearest row chosen so far. */
static void shares_of(const struct plus_plus *s, size_t begin, size_t end, double *share)
{
    const size_t p = s->points->frame.p;
    _Alignas(64) float distance[PANEL_ROWS * PANEL_LANES], nearest[PANEL_LANES];
    const float sizes[PANEL_ROWS] = {s->last_size, INFINITY, INFINITY, INFINITY};
    for (size_t at = begin; at < end; at += PANEL_LANES) {
        const size_t n = end - at < PANEL_LANES ? end - at : PANEL_LANES;
        const float *size = s->points->size + at;
        load_nearest(s, at, n, nearest);
        if (s->n_chosen) {
            panel_distances(PANEL_SQUARED, p, s->points->x + at * p, size, s->last, sizes, PANEL_ROWS, 0, distance,
                            0);
            join_row(s, distance, size, s->last_size, nearest);
        }
        for (size_t l = 0; l < n; l++)
            share[at - begin + l] = (s->weight ? s->weight[at + l] : 1) * (s->n_chosen ? (double)nearest[l] : 1);
    }
}

/* The row where the running sum of shares passes `goal`; the last with any share when rounding overshoots. */
static size_t row_at(const struct plus_plus *s, const double *sum, double goal)
{
    double share[BLOCK];
    size_t block = 0, row = 0;
    while (block + 1 < s->n_blocks && goal >= sum[block])
        goal -= sum[block++];
    while (block > 0 && !(sum[block] > 0))
        block--;
    const size_t begin = block * BLOCK, end = begin + BLOCK < s->points->n ? begin + BLOCK : s->points->n;
    shares_of(s, begin, end, share);
    for (size_t i = row = begin; i < end; i++) {
        if (!(share[i - begin] > 0))
            continue;
        row = i;
        if (goal < share[i - begin])
            break;
        goal -= share[i - begin];
    }
    return row;
}

/* Measures the candidates list[n_candidates], of which `best` leaves the smallest sum; `nearest` learns of the row
 * chosen last. */
static int best_candidate(struct lt_ctx *ctx, struct plus_plus *s, const double *x, size_t ld, const size_t *list,
                          double *gathered, size_t *best)
{
    const size_t p = s->points->frame.p, rows = s->n_candidates + (s->n_chosen > 0);
    for (size_t a = 0; a < s->n_candidates; a++)
        memcpy(gathered + a * p, x + list[a] * ld, p * sizeof *x);
    s->padded = kit_block_count(rows, PANEL_ROWS) * PANEL_ROWS;
    panel_rows(&s->points->frame, PANEL_SQUARED, gathered, s->n_candidates, p, s->row, s->row_size);
    memcpy(s->row + s->n_candidates * p, s->last, p * sizeof *s->row);
    s->row_size[s->n_candidates] = s->last_size;
    for (size_t r = rows; r < s->padded; r++)
        s->row_size[r] = INFINITY;
    const int status = kit_blocks(ctx, s->points->n, BLOCK, candidates_block, s);
    double least = INFINITY;
    *best = 0;
    for (size_t a = 0; status == LT_OK && a < s->n_candidates; a++) {
        const double total = total_of(s->n_blocks, s->sum + a * s->n_blocks);
        if (total < least) {
            least = total;
            *best = a;
        }
    }
    return status;
}

/* The first row is drawn by weight alone. */
static size_t first_row(struct lt_ctx *ctx, struct plus_plus *s, uint64_t stream)
{
    for (size_t b = 0; b < s->n_blocks; b++) {
        const size_t end = (b + 1) * BLOCK < s->points->n ? (b + 1) * BLOCK : s->points->n;
        s->sum[b] = 0;
        for (size_t i = b * BLOCK; i < end; i++)
            s->sum[b] += s->weight ? s->weight[i] : 1;
    }
    return row_at(s, s->sum, lt_uniform(ctx->seed, stream, 0) * total_of(s->n_blocks, s->sum));
}

int seed_plus_plus(struct lt_ctx *ctx, const struct panel_set *points, const double *x, size_t ld,
                   const double *weight, size_t k, uint64_t stream, size_t *chosen)
{
    const size_t n = points->n, p = points->frame.p, wanted = 2 + (size_t)log((double)k);
    const size_t candidates = wanted < MOST_CANDIDATES ? wanted : MOST_CANDIDATES;
    size_t list[MOST_CANDIDATES], best;
    struct plus_plus s = {
        .points = points, .weight = weight, .doubt = (float)panel_slack(p), .n_blocks = kit_block_count(n, BLOCK)};
    double *gathered = kit_scratch(ctx, candidates, p * sizeof *gathered);
    s.nearest = kit_scratch_f32(ctx, n);
    s.row = kit_alloc(ctx, candidates + 2 * PANEL_ROWS, p * sizeof *s.row);
    s.last = s.row ? s.row + (candidates + PANEL_ROWS) * p : 0;
    s.row_size = kit_scratch_f32(ctx, candidates + PANEL_ROWS);
    s.sum = kit_scratch(ctx, s.n_blocks, candidates * sizeof *s.sum);
    int status = gathered && s.nearest && s.row && s.row_size && s.sum ? LT_OK : LT_MEMORY;

    s.n_candidates = 1;
    for (size_t c = 0; status == LT_OK; c++) {
        if (c == 0)
            list[0] = first_row(ctx, &s, stream);
        status = best_candidate(ctx, &s, x, ld, list, gathered, &best);
        if (status != LT_OK)
            break;
        chosen[c] = list[best];
        if (c + 1 == k)
            break;
        memcpy(s.last, s.row + best * p, p * sizeof *s.last);
        s.last_size = s.row_size[best];
        s.n_chosen++;

        const double *sum = s.sum + best * s.n_blocks, total = total_of(s.n_blocks, sum);
        for (size_t a = 0; a < candidates; a++) {
            const uint64_t draw = 1 + c * candidates + a;
            list[a] = total > 0 ? row_at(&s, sum, lt_uniform(ctx->seed, stream, draw) * total)
                                : lt_below(ctx->seed, stream, draw, (uint32_t)n);
        }
        s.n_candidates = candidates;
    }
    free(s.row);
    return status;
}

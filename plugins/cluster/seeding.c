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

struct plus_plus {
    const struct panel_set *points;
    const double *weight;
    size_t n_candidates, padded, n_blocks;
    float *row, *row_size;             /* the candidates, as panel_rows makes them */
    float doubt;                       /* distances below doubt * (sizes) are rounding: they count as 0 */
    const float *nearest;              /* n: squared distance to the nearest chosen row; NULL before the first */
    float *candidate[MOST_CANDIDATES]; /* n each: what `nearest` would become */
    double *sum;                       /* n_candidates x n_blocks: sums of weight * candidate */
};

/* One panel and one candidate: sum[48] grows by weight * min(nearest, distance). */
NUM_CLONES static void join_candidate(const float *distance, const float *size, float row_size, float doubt,
                                      const float *nearest, float *out, double *sum, const double *weight)
{
    for (size_t l = 0; l < PANEL_LANES; l++) {
        float d = distance[l] > doubt * (size[l] + row_size) ? distance[l] : 0;
        d = nearest[l] < d ? nearest[l] : d;
        out[l] = d;
        sum[l] += weight[l] * (double)d;
    }
}

static void candidates_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct plus_plus *s = arg;
    const size_t p = s->points->frame.p;
    _Alignas(64) float distance[MOST_CANDIDATES * PANEL_LANES], far[PANEL_LANES], next[PANEL_LANES];
    double sum[MOST_CANDIDATES][PANEL_LANES], weight[PANEL_LANES];
    memset(sum, 0, s->n_candidates * sizeof sum[0]);
    for (size_t at = begin; at < end; at += PANEL_LANES) {
        const size_t n = end - at < PANEL_LANES ? end - at : PANEL_LANES;
        for (size_t l = 0; l < PANEL_LANES; l++) {
            weight[l] = l >= n ? 0 : s->weight ? s->weight[at + l] : 1;
            far[l] = l >= n ? 0 : s->nearest ? s->nearest[at + l] : INFINITY;
        }
        panel_distances(PANEL_SQUARED, p, s->points->x + at * p, s->points->size + at, s->row, s->row_size,
                        s->padded, 0, distance, 0);
        for (size_t a = 0; a < s->n_candidates; a++) {
            join_candidate(distance + a * PANEL_LANES, s->points->size + at, s->row_size[a], s->doubt, far, next,
                           sum[a], weight);
            memcpy(s->candidate[a] + at, next, n * sizeof *next);
        }
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

/* The row where the running sum of weight * nearest passes `goal`; the last with any share when rounding
 * overshoots. */
static size_t row_at(const struct plus_plus *s, const double *sum, double goal)
{
    size_t block = 0, row = 0;
    while (block + 1 < s->n_blocks && goal >= sum[block])
        goal -= sum[block++];
    while (block > 0 && !(sum[block] > 0))
        block--;
    const size_t end = (block + 1) * BLOCK < s->points->n ? (block + 1) * BLOCK : s->points->n;
    for (size_t i = row = block * BLOCK; i < end; i++) {
        const double share = (s->weight ? s->weight[i] : 1) * (s->nearest ? s->nearest[i] : 1);
        if (!(share > 0))
            continue;
        row = i;
        if (goal < share)
            break;
        goal -= share;
    }
    return row;
}

/* Measures the rows list[n_candidates] and returns which of them leaves the smallest sum. */
static int best_candidate(struct lt_ctx *ctx, struct plus_plus *s, const double *x, size_t ld, const size_t *list,
                          double *gathered, size_t *best)
{
    const size_t p = s->points->frame.p;
    for (size_t a = 0; a < s->n_candidates; a++)
        memcpy(gathered + a * p, x + list[a] * ld, p * sizeof *x);
    panel_rows(&s->points->frame, PANEL_SQUARED, gathered, s->n_candidates, p, s->row, s->row_size);
    s->padded = kit_block_count(s->n_candidates, PANEL_ROWS) * PANEL_ROWS;
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
    float *nearest = kit_scratch_f32(ctx, n);
    s.row = kit_scratch(ctx, candidates + PANEL_ROWS, p * sizeof *s.row);
    s.row_size = kit_scratch_f32(ctx, candidates + PANEL_ROWS);
    s.sum = kit_scratch(ctx, s.n_blocks, candidates * sizeof *s.sum);
    if (!gathered || !nearest || !s.row || !s.row_size || !s.sum)
        return LT_MEMORY;
    for (size_t a = 0; a < candidates; a++)
        if (!(s.candidate[a] = kit_scratch_f32(ctx, n)))
            return LT_MEMORY;

    list[0] = first_row(ctx, &s, stream);
    s.n_candidates = 1;
    for (size_t c = 0;; c++) {
        const int status = best_candidate(ctx, &s, x, ld, list, gathered, &best);
        if (status != LT_OK)
            return status;
        chosen[c] = list[best];
        if (c + 1 == k)
            return LT_OK;

        float *spare = nearest;
        nearest = s.candidate[best];
        s.candidate[best] = spare;
        s.nearest = nearest;
        const double *sum = s.sum + best * s.n_blocks, total = total_of(s.n_blocks, sum);
        for (size_t a = 0; a < candidates; a++) {
            const uint64_t draw = 1 + c * candidates + a;
            list[a] = total > 0 ? row_at(&s, sum, lt_uniform(ctx->seed, stream, draw) * total)
                                : lt_below(ctx->seed, stream, draw, (uint32_t)n);
        }
        s.n_candidates = candidates;
    }
}

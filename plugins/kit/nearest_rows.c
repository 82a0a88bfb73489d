#include "plugins/kit/nearest_rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/simd.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"
#include "plugins/kit/nearest_heap.h"

enum { QUERIES = 64, PANELS_BETWEEN_POLLS = 64 };
enum { COARSE_PAYS = 4096, COARSE_MOST = 256 }; /* the fewest rows and the most neighbours for copies of 8 bits */
enum { PEAK_STRIDE = 8 };

int nearest_rows_build_by(struct lt_ctx *ctx, struct nearest_rows *rows, enum nearest_way way,
                          enum panel_metric metric, const double *x, size_t n, size_t p)
{
    *rows = (struct nearest_rows){.n = n, .p = p, .x = x};
    int status = panel_set_build(ctx, &rows->points, metric, x, n, p, p);
    if (status == LT_OK && way == NEAREST_COARSE && metric == PANEL_SQUARED && p <= COARSE_COLUMNS)
        status = coarse_build(ctx, &rows->coarse, &rows->points);
    if (status == LT_OK)
        panel_lower(metric, p, rows->points.n_panels * PANEL_LANES, rows->points.size);
    else
        nearest_rows_free(rows);
    return status;
}

int nearest_rows_build(struct lt_ctx *ctx, struct nearest_rows *rows, enum panel_metric metric, const double *x,
                       size_t n, size_t p)
{
    const int many = n >= COARSE_PAYS && p > 2 && coarse_is_fast();
    return nearest_rows_build_by(ctx, rows, many ? NEAREST_COARSE : NEAREST_PANELS, metric, x, n, p);
}

void nearest_rows_free(struct nearest_rows *rows)
{
    panel_set_free(&rows->points);
    coarse_free(&rows->coarse);
}

/* ---- the true distance -------------------------------------------------------------------------------------- */

enum { LANES = 8 };

NUM_INLINE double add_lanes(const double *s)
{
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

NUM_CLONES static double squared_distance(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    for (size_t l = 0; j + l < p; l++)
        s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    return add_lanes(s);
}

NUM_CLONES static double absolute_distance(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += fabs(a[j + l] - b[j + l]);
    for (size_t l = 0; j + l < p; l++)
        s[l] += fabs(a[j + l] - b[j + l]);
    return add_lanes(s);
}

static double true_distance(const struct nearest_rows *rows, const double *q, size_t row)
{
    const double *x = rows->x + row * rows->p;
    return rows->points.metric == PANEL_SQUARED ? squared_distance(rows->p, x, q)
                                                : absolute_distance(rows->p, x, q);
}

/* ---- a block of queries ------------------------------------------------------------------------------------- */

/* A row that may be among the k, by its copy of 8 bits. */
struct spot {
    int32_t score;
    uint32_t row;
};

/* What one worker needs, reused from block to block. */
struct desk {
    float *row;             /* QUERIES x p */
    float base[QUERIES];    /* their sizes, lowered */
    struct neighbour *heap; /* QUERIES x k */
    size_t held[QUERIES];

    int8_t *copy; /* QUERIES x 4 groups, and the rest for the coarse search alone */
    struct coarse_row coarse[QUERIES];
    struct spot *spot; /* QUERIES x most_spots */
    size_t n_spots[QUERIES];
    int32_t least[QUERIES]; /* scores below don't matter */
};

struct search {
    struct lt_ctx *ctx;
    const struct nearest_rows *rows;
    const double *q;
    size_t ld, k, most_spots;
    struct desk *desk; /* a worker each */
    neighbours_fn *found;
    void *arg;
};

/* The queries of a block that are still looked for, as numbers within the block. */
struct open {
    size_t n;
    uint8_t query[QUERIES];
};

/* ---- by copies of 8 bits: few rows may be among the k, and are measured in the end -------------------------- */

/* Brings the k largest scores to the front and returns the least of them: Hoare's selection. */
static int32_t kth_score(struct spot *spot, size_t n, size_t k)
{
    size_t begin = 0, end = n;
    while (end - begin > 1) {
        const int32_t pivot = spot[begin + (end - begin) / 2].score;
        size_t i = begin, j = end - 1;
        while (i <= j) {
            while (spot[i].score > pivot)
                i++;
            while (spot[j].score < pivot)
                j--;
            if (i > j)
                break;
            const struct spot kept = spot[i];
            spot[i++] = spot[j];
            spot[j] = kept;
            if (j == 0)
                break;
            j--;
        }
        if (k - 1 <= j && j + 1 < end)
            end = j + 1;
        else if (k - 1 >= i && i > begin)
            begin = i;
        else
            break;
    }
    return spot[k - 1].score;
}

/* Scores below `least` are forgotten, and not asked for again. */
static void raise_least(struct desk *desk, struct spot *spot, size_t r, int32_t least)
{
    size_t n = 0;
    desk->least[r] = least;
    for (size_t i = 0; i < desk->n_spots[r]; i++)
        if (spot[i].score >= least)
            spot[n++] = spot[i];
    desk->n_spots[r] = n;
}

/* Where the k-th nearest copy is, the k-th nearest row is at most two errors farther, unless some of them were cut:
 * proven_least sees to that. */
static int32_t least_by_kth(const struct coarse_row *row, int32_t kth)
{
    return coarse_least(row, coarse_reach(row, kth) + 2 * row->error);
}

static void raise_by_kth(const struct search *s, struct desk *desk, size_t r)
{
    struct spot *spot = desk->spot + r * s->most_spots;
    if (desk->n_spots[r] < s->k)
        return;
    const int32_t least = least_by_kth(&desk->coarse[r], kth_score(spot, desk->n_spots[r], s->k));
    if (least > desk->least[r])
        raise_least(desk, spot, r, least);
}

/* A first idea of the least scores, from an eighth of the panels: in several parts, so that there are at least four
 * times k lanes, the largest score of each lane of a part; and the k-th of these. */
static void start_from_peaks(const struct search *s, struct desk *desk, size_t n)
{
    const struct coarse_set *set = &s->rows->coarse;
    const size_t parts = kit_block_count(4 * s->k, PANEL_LANES), lanes = parts * PANEL_LANES;
    _Alignas(64) int32_t peak[COARSE_ROWS * PANEL_LANES];
    if (set->n_panels < 4 * parts * PEAK_STRIDE)
        return;
    for (size_t first = 0; first < n; first += COARSE_ROWS) {
        const size_t rows = n - first < COARSE_ROWS ? n - first : COARSE_ROWS;
        for (size_t part = 0; part < parts; part++) {
            for (size_t i = 0; i < COARSE_ROWS * PANEL_LANES; i++)
                peak[i] = INT32_MIN;
            for (size_t b = part * PEAK_STRIDE; b < set->n_panels; b += parts * PEAK_STRIDE)
                coarse_peaks(set, b, desk->copy + first * set->groups * 4, peak);
            for (size_t r = 0; r < rows; r++)
                for (size_t l = 0; l < PANEL_LANES; l++)
                    desk->spot[(first + r) * s->most_spots + part * PANEL_LANES + l].score =
                        peak[r * PANEL_LANES + l];
        }
        for (size_t r = first; r < first + rows; r++) {
            const int32_t kth = kth_score(desk->spot + r * s->most_spots, lanes, s->k);
            const int32_t least = least_by_kth(&desk->coarse[r], kth);
            desk->least[r] = least > desk->least[r] ? least : desk->least[r];
        }
    }
}

/* All panels by rows [0, n) of the desk's copies, n a multiple of COARSE_ROWS. A row with more spots than fit even
 * after raising its least score is given up: NEVER. */
enum { NEVER = 1 << 30 };

static void spot_rows(const struct search *s, struct desk *desk, size_t n, int by_kth)
{
    const struct coarse_set *set = &s->rows->coarse;
    uint64_t near[COARSE_ROWS];
    _Alignas(64) int32_t over[COARSE_ROWS * PANEL_LANES];
    for (size_t b = 0; b < set->n_panels; b++) {
        if (b % PANELS_BETWEEN_POLLS == 0 && s->ctx->cancelled(s->ctx))
            return;
        for (size_t first = 0; first < n; first += COARSE_ROWS) {
            if (!coarse_scores(set, b, desk->copy + first * set->groups * 4, desk->least + first, near, over))
                continue;
            for (size_t i = 0; i < COARSE_ROWS; i++) {
                const size_t r = first + i;
                const int32_t least = desk->least[r];
                for (uint64_t open = near[i]; open && desk->least[r] < NEVER; open &= open - 1) {
                    const size_t lane = (size_t)__builtin_ctzll(open);
                    desk->spot[r * s->most_spots + desk->n_spots[r]++] =
                        (struct spot){over[i * PANEL_LANES + lane] + least, (uint32_t)(b * PANEL_LANES + lane)};
                    if (desk->n_spots[r] < s->most_spots)
                        continue;
                    if (by_kth)
                        raise_by_kth(s, desk, r);
                    if (desk->n_spots[r] > s->most_spots / 4 * 3)
                        desk->least[r] = NEVER;
                }
            }
        }
    }
}

enum { AHEAD = 8, LINE = 64 / sizeof(double) };

/* Rows are all over the table: the first lines of one are asked for before it is needed. */
static void fetch(const struct nearest_rows *rows, size_t row)
{
    const double *x = rows->x + row * rows->p;
    for (size_t j = 0; j < rows->p && j < 8 * LINE; j += LINE)
        __builtin_prefetch(x + j);
}

/* The true distances of a query's spots. */
static void measure_spots(const struct search *s, struct desk *desk, size_t r, size_t query, size_t in_block)
{
    const struct spot *spot = desk->spot + r * s->most_spots;
    const size_t n = desk->n_spots[r];
    desk->held[in_block] = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(s->rows, spot[i + AHEAD].row);
        keep_best(desk->heap + in_block * s->k, &desk->held[in_block], s->k,
                  (struct neighbour){true_distance(s->rows, s->q + query * s->ld, spot[i].row), spot[i].row});
    }
}

/* A score that every row as near as the k-th measured one attains. */
static int32_t proven_least(const struct search *s, const struct desk *desk, size_t r, size_t in_block)
{
    const struct nearest_rows *rows = s->rows;
    const double kth = sqrt(desk->heap[in_block * s->k].distance) * rows->points.frame.scale;
    const double reach = kth / rows->coarse.step + desk->coarse[r].error;
    return isfinite(reach) ? coarse_least(&desk->coarse[r], reach * (1 + 0x1p-30)) : INT32_MIN;
}

/* Looks for the open queries and leaves those open that this way is no good for. */
static void search_copies(const struct search *s, struct desk *desk, size_t begin, struct open *open)
{
    const struct coarse_set *set = &s->rows->coarse;
    struct open next;
    uint8_t given_up[QUERIES] = {0};
    int32_t least[QUERIES];
    for (int again = 0; again < 2 && open->n; again++) {
        const size_t padded = kit_block_count(open->n, COARSE_ROWS) * COARSE_ROWS;
        for (size_t r = 0; r < open->n; r++) {
            coarse_rows(set, desk->row + open->query[r] * set->p, 1, desk->copy + r * set->groups * 4,
                        &desk->coarse[r]);
            desk->least[r] = again ? least[r] : coarse_least(&desk->coarse[r], INFINITY);
            desk->n_spots[r] = 0;
        }
        for (size_t r = open->n; r < padded; r++)
            desk->least[r] = NEVER;
        if (!again)
            start_from_peaks(s, desk, open->n);
        spot_rows(s, desk, padded, !again);
        next.n = 0;
        for (size_t r = 0; r < open->n; r++) {
            const uint8_t query = open->query[r];
            if (!again && desk->least[r] < NEVER)
                raise_by_kth(s, desk, r);
            if (desk->least[r] == NEVER || desk->n_spots[r] < s->k) {
                given_up[query] = 1;
                continue;
            }
            measure_spots(s, desk, r, begin + query, query);
            const int32_t proven = proven_least(s, desk, r, query);
            if (!again && desk->least[r] > proven) {
                least[next.n] = proven;
                next.query[next.n++] = query;
            }
        }
        *open = next;
    }
    open->n = 0;
    for (size_t query = 0; query < QUERIES; query++)
        if (given_up[query])
            open->query[open->n++] = (uint8_t)query;
}

/* ---- by panels: whatever a panel doesn't rule out is measured at once --------------------------------------- */

/* A query so far out that single precision can't hold it. */
static void search_in_double(const struct search *s, const double *q, struct neighbour *heap, size_t *held)
{
    for (size_t i = 0; i < s->rows->n; i++)
        keep_best(heap, held, s->k, (struct neighbour){true_distance(s->rows, q, i), (uint32_t)i});
}

static void search_panels(const struct search *s, struct desk *desk, size_t begin, const struct open *open)
{
    const struct nearest_rows *rows = s->rows;
    const struct panel_set *points = &rows->points;
    const size_t p = rows->p, n = open->n, padded = kit_block_count(n, PANEL_ROWS) * PANEL_ROWS;
    float base[QUERIES], limit[QUERIES];
    _Alignas(64) float distance[QUERIES * PANEL_LANES];
    uint8_t near[QUERIES / PANEL_ROWS];

    for (size_t r = 0; r < padded; r++) {
        const size_t query = r < n ? open->query[r] : 0;
        const int in_range = r < n && desk->base[query] < FLT_MAX * 0x1p-10f;
        if (r < n)
            desk->held[query] = 0;
        if (in_range)
            memmove(desk->row + r * p, desk->row + query * p, p * sizeof *desk->row);
        else
            memset(desk->row + r * p, 0, p * sizeof *desk->row);
        base[r] = in_range ? desk->base[query] : INFINITY;
        limit[r] = in_range ? FLT_MAX : -FLT_MAX;
        if (!in_range && r < n)
            search_in_double(s, s->q + (begin + query) * s->ld, desk->heap + query * s->k, &desk->held[query]);
    }

    for (size_t b = 0; b < points->n_panels; b++) {
        if (b % PANELS_BETWEEN_POLLS == 0 && s->ctx->cancelled(s->ctx))
            return;
        panel_distances(points->metric, p, points->x + b * PANEL_LANES * p, points->size + b * PANEL_LANES,
                        desk->row, base, padded, limit, distance, near);
        for (size_t r = 0; r < n; r++) {
            if (!near[r / PANEL_ROWS]) {
                r |= PANEL_ROWS - 1;
                continue;
            }
            const size_t query = open->query[r];
            const float *d = distance + r * PANEL_LANES;
            for (size_t l = 0; l < PANEL_LANES; l++) {
                if (d[l] > limit[r])
                    continue;
                const size_t row = b * PANEL_LANES + l;
                struct neighbour *heap = desk->heap + query * s->k;
                const double exact = true_distance(rows, s->q + (begin + query) * s->ld, row);
                if (keep_best(heap, &desk->held[query], s->k, (struct neighbour){exact, (uint32_t)row}))
                    limit[r] = panel_limit(&points->frame, points->metric, heap[0].distance);
            }
        }
    }
}

/* ---- all queries -------------------------------------------------------------------------------------------- */

static void search_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct search *s = arg;
    const struct nearest_rows *rows = s->rows;
    struct desk *desk = &s->desk[worker];
    struct open open = {.n = end - begin};
    for (size_t r = 0; r < open.n; r++)
        open.query[r] = (uint8_t)r;
    panel_rows(&rows->points.frame, rows->points.metric, s->q + begin * s->ld, open.n, s->ld, desk->row,
               desk->base);
    panel_lower(rows->points.metric, rows->p, open.n, desk->base);
    if (desk->copy)
        search_copies(s, desk, begin, &open);
    if (open.n)
        search_panels(s, desk, begin, &open);
    if (s->ctx->cancelled(s->ctx))
        return;
    for (size_t r = 0; r < end - begin; r++) {
        struct neighbour *list = desk->heap + r * s->k;
        heap_to_order(list, s->k);
        for (size_t i = 0; i < s->k && rows->points.metric == PANEL_SQUARED; i++)
            list[i].distance = sqrt(list[i].distance);
        s->found(s->arg, begin + r, list, s->k);
    }
}

static int desk_ready(const struct search *s, struct desk *desk)
{
    const struct nearest_rows *rows = s->rows;
    memset(desk, 0, sizeof *desk);
    desk->row = kit_scratch(s->ctx, QUERIES * sizeof(float), rows->p);
    desk->heap = kit_scratch(s->ctx, QUERIES * sizeof(struct neighbour), s->k);
    if (!desk->row || !desk->heap)
        return LT_MEMORY;
    if (!rows->coarse.x || s->k > COARSE_MOST)
        return LT_OK;
    desk->copy = kit_scratch(s->ctx, QUERIES * 4, rows->coarse.groups);
    desk->spot = kit_scratch(s->ctx, QUERIES * sizeof(struct spot), s->most_spots);
    return desk->copy && desk->spot ? LT_OK : LT_MEMORY;
}

int nearest_rows_find(struct lt_ctx *ctx, const struct nearest_rows *rows, const double *q, size_t m, size_t ld,
                      size_t k, neighbours_fn *found, void *arg)
{
    struct search s = {.ctx = ctx, .rows = rows, .q = q, .ld = ld, .k = k, .found = found, .arg = arg};
    s.most_spots = 12 * k + 64;
    s.desk = kit_scratch(ctx, ctx->threads, sizeof *s.desk);
    if (!s.desk)
        return LT_MEMORY;
    for (uint32_t w = 0; w < ctx->threads; w++)
        if (desk_ready(&s, &s.desk[w]) != LT_OK)
            return LT_MEMORY;
    return kit_blocks(ctx, m, QUERIES, search_block, &s);
}

/* ---- all within a radius ------------------------------------------------------------------------------------ */

/* What one worker needs. */
struct ring {
    float *row;             /* QUERIES x p */
    uint64_t *maybe;        /* QUERIES x words: a bit for each row that the panels don't rule out */
    struct neighbour *list; /* n */
};

struct rings {
    struct lt_ctx *ctx;
    const struct nearest_rows *rows;
    const double *q;
    size_t ld, words;
    double radius;
    struct ring *ring; /* a worker each */
    neighbours_fn *found;
    void *arg;
};

/* Bits of the n queries of a block. Those that single precision can't hold may be near to anything. */
static void rule_out(const struct rings *s, struct ring *ring, size_t begin, size_t n)
{
    const struct panel_set *points = &s->rows->points;
    const size_t p = s->rows->p, padded = kit_block_count(n, PANEL_ROWS) * PANEL_ROWS;
    const double reduced = points->metric == PANEL_SQUARED ? s->radius * s->radius : s->radius;
    const float most = panel_limit(&points->frame, points->metric, reduced * (1 + 1e-12));
    float base[QUERIES], limit[QUERIES];
    _Alignas(64) float distance[QUERIES * PANEL_LANES];
    uint8_t near[QUERIES / PANEL_ROWS];

    panel_rows(&points->frame, points->metric, s->q + begin * s->ld, n, s->ld, ring->row, base);
    panel_lower(points->metric, p, padded, base);
    for (size_t r = 0; r < padded; r++) {
        const int in_range = base[r] < FLT_MAX * 0x1p-10f;
        limit[r] = in_range ? most : -FLT_MAX;
        if (!in_range)
            memset(ring->row + r * p, 0, p * sizeof *ring->row);
        if (r < n)
            memset(ring->maybe + r * s->words, in_range ? 0 : 0xff, s->words * sizeof *ring->maybe);
    }
    for (size_t b = 0; b < points->n_panels; b++) {
        if (b % PANELS_BETWEEN_POLLS == 0 && s->ctx->cancelled(s->ctx))
            return;
        panel_distances(points->metric, p, points->x + b * PANEL_LANES * p, points->size + b * PANEL_LANES,
                        ring->row, base, padded, limit, distance, near);
        for (size_t r = 0; r < n; r++) {
            if (!near[r / PANEL_ROWS])
                continue;
            for (size_t l = 0; l < PANEL_LANES; l++) {
                const size_t row = b * PANEL_LANES + l;
                if (distance[r * PANEL_LANES + l] <= limit[r])
                    ring->maybe[r * s->words + row / 64] |= 1ull << row % 64;
            }
        }
    }
}

static void ring_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct rings *s = arg;
    const struct nearest_rows *rows = s->rows;
    struct ring *ring = &s->ring[worker];
    (void)block;
    rule_out(s, ring, begin, end - begin);
    for (size_t i = begin; i < end; i++) {
        size_t held = 0;
        if (s->ctx->cancelled(s->ctx))
            return;
        for (size_t w = 0; w < s->words; w++)
            for (uint64_t open = ring->maybe[(i - begin) * s->words + w]; open; open &= open - 1) {
                const size_t row = w * 64 + (size_t)__builtin_ctzll(open);
                if (row >= rows->n)
                    break;
                double d = true_distance(rows, s->q + i * s->ld, row);
                d = rows->points.metric == PANEL_SQUARED ? sqrt(d) : d;
                if (d <= s->radius)
                    ring->list[held++] = (struct neighbour){d, (uint32_t)row};
            }
        s->found(s->arg, i, ring->list, held);
    }
}

int nearest_rows_within(struct lt_ctx *ctx, const struct nearest_rows *rows, const double *q, size_t m, size_t ld,
                        double radius, neighbours_fn *found, void *arg)
{
    struct rings s = {.ctx = ctx, .rows = rows, .q = q, .ld = ld, .radius = radius, .found = found, .arg = arg};
    s.words = kit_block_count(rows->points.n_panels * PANEL_LANES, 64);
    s.ring = kit_scratch(ctx, ctx->threads, sizeof *s.ring);
    for (uint32_t w = 0; s.ring && w < ctx->threads; w++) {
        struct ring *ring = &s.ring[w];
        ring->row = kit_scratch(ctx, QUERIES * sizeof(float), rows->p);
        ring->maybe = kit_scratch(ctx, QUERIES * sizeof *ring->maybe, s.words);
        ring->list = kit_scratch(ctx, rows->n, sizeof *ring->list);
        if (!ring->row || !ring->maybe || !ring->list)
            return LT_MEMORY;
    }
    return s.ring ? kit_blocks(ctx, m, QUERIES, ring_block, &s) : LT_MEMORY;
}

/* umap: uniform manifold approximation and projection. A step is one epoch: every edge of the neighbour graph pulls
 * as often as it is strong, and each pull comes with a few pushes from points drawn at random. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/graph.h"
#include "plugins/reduce/placed.h"
#include "plugins/reduce/start.h"

enum {
    N_NEIGHBORS,
    N_COMPONENTS,
    MIN_DIST,
    SPREAD,
    N_EPOCHS,
    LEARNING_RATE,
    NEGATIVE_SAMPLE_RATE,
    REPULSION_STRENGTH,
    INIT,
    N_PARAMS
};
enum { BLOCK = 1024, ROWS = 64, LANES = 16, MOST_DIMS = 10, MOST_NEGATIVE = 31, SMALL = 10000 };

static const struct lt_param umap_params[N_PARAMS] = {
    [N_NEIGHBORS] =
        {.name = "n_neighbors",
         .aliases = "k,neighbors",
         .type = LT_INT,
         .flags = LT_TUNE,
         .def = "15",
         .min = 2,
         .max = 1000,
         .unit = "rows",
         .doc = "How many neighbours of each row count, itself included: few show detail, many the whole"},
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "components,dimensions",
                      .type = LT_INT,
                      .def = "2",
                      .min = 1,
                      .max = MOST_DIMS,
                      .unit = "dimensions",
                      .doc = "Of the map: 2 for a picture"},
    [MIN_DIST] = {.name = "min_dist",
                  .type = LT_REAL,
                  .flags = LT_TUNE,
                  .def = "0.1",
                  .min = 0,
                  .max = 10,
                  .doc = "How near points may come to each other on the map"},
    [SPREAD] = {.name = "spread",
                .type = LT_REAL,
                .flags = LT_ADVANCED | LT_OPEN_MIN,
                .def = "1",
                .min = 0,
                .max = 10,
                .doc = "The scale of the map; at least min_dist"},
    [N_EPOCHS] = {.name = "n_epochs",
                  .aliases = "epochs",
                  .type = LT_INT,
                  .flags = LT_NULLABLE,
                  .def = "none",
                  .min = 1,
                  .max = 1000000,
                  .unit = "epochs",
                  .doc = "How often all edges are visited; none: 500 up to 10000 rows, else 200"},
    [LEARNING_RATE] = {.name = "learning_rate",
                       .aliases = "lr",
                       .type = LT_REAL,
                       .flags = LT_ADVANCED | LT_LOG | LT_OPEN_MIN,
                       .def = "1",
                       .min = 0,
                       .max = 1000,
                       .doc = "How far points move at first; it falls to 0 in a line"},
    [NEGATIVE_SAMPLE_RATE] = {.name = "negative_sample_rate",
                              .type = LT_INT,
                              .flags = LT_ADVANCED,
                              .def = "5",
                              .min = 1,
                              .max = MOST_NEGATIVE,
                              .unit = "points",
                              .doc = "How many random points push for each neighbour that pulls"},
    [REPULSION_STRENGTH] = {.name = "repulsion_strength",
                            .type = LT_REAL,
                            .flags = LT_ADVANCED,
                            .def = "1",
                            .min = 0,
                            .max = 100,
                            .doc = "How much a push counts"},
    [INIT] = {.name = "init",
              .type = LT_CHOICE,
              .def = "pca",
              .choices = "pca,random",
              .doc = "Where points start: by the first principal components, or anywhere"},
};

/* What is needed while steps are taken. */
struct training {
    struct graph w; /* strengths of the edges, of which the largest is 1 */
    double a, b;    /* of the curve 1 / (1 + a d^2b) */
    double rate, strength;
    size_t negatives;
    uint64_t epochs, seed;
    double *next; /* n x d: positions after the epoch that is under way */
};

struct umap {
    struct placed map;
    uint64_t taken;
    double a, b;
    struct training *training; /* NULL when done, or loaded */
};

static void umap_free(void *model)
{
    struct umap *m = model;
    if (!m)
        return;
    if (m->training) {
        graph_free(&m->training->w);
        free(m->training->next);
        free(m->training);
    }
    placed_free(&m->map);
    free(m);
}

/* ---- the curve of the map -------------------------------------------------------------------------------------- */

/* a and b such that 1 / (1 + a d^2b) is 1 up to min_dist and exp(-(d - min_dist) / spread) beyond, by least squares
 * at 300 distances up to 3 spread (Gauss and Newton, damped). */
static void fit_curve(double min_dist, double spread, double *a, double *b)
{
    enum { POINTS = 300 };
    double damping = 1e-3, best = INFINITY, at[2] = {0, 0}; /* log a, log b */
    for (int round = 0; round < 200; round++) {
        double h[3] = {0}, g[2] = {0};
        for (int i = 0; i < POINTS; i++) {
            const double d = 3 * spread * i / (POINTS - 1),
                         want = d < min_dist ? 1 : exp(-(d - min_dist) / spread);
            const double power = d > 0 ? exp(at[0] + 2 * exp(at[1]) * log(d)) : 0, y = 1 / (1 + power);
            const double da = -y * y * power, db = d > 0 ? da * 2 * exp(at[1]) * log(d) : 0, off = want - y;
            h[0] += da * da;
            h[1] += da * db;
            h[2] += db * db;
            g[0] += da * off;
            g[1] += db * off;
        }
        const double p = h[0] * (1 + damping), q = h[2] * (1 + damping), det = p * q - h[1] * h[1];
        if (!(fabs(det) > 1e-300))
            break;
        const double step[2] = {(q * g[0] - h[1] * g[1]) / det, (p * g[1] - h[1] * g[0]) / det};
        double error = 0;
        for (int i = 0; i < POINTS; i++) {
            const double d = 3 * spread * i / (POINTS - 1),
                         want = d < min_dist ? 1 : exp(-(d - min_dist) / spread);
            const double power = d > 0 ? exp(at[0] + step[0] + 2 * exp(at[1] + step[1]) * log(d)) : 0;
            error += (want - 1 / (1 + power)) * (want - 1 / (1 + power));
        }
        if (error <= best) {
            best = error;
            at[0] += step[0];
            at[1] += step[1];
            damping *= 0.3;
        } else {
            damping *= 10;
        }
        if (fabs(step[0]) + fabs(step[1]) < 1e-13)
            break;
    }
    *a = exp(at[0]);
    *b = exp(at[1]);
}

/* ---- the graph ------------------------------------------------------------------------------------------------- */

struct strengths {
    size_t k;
    double wanted;  /* log2 of n_neighbors: what a row's strengths add up to */
    double overall; /* mean distance to neighbours */
    double *distance;
};

/* exp(-(d - nearest) / sigma), with sigma such that the row's strengths add up to `wanted`. */
static void strengths_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct strengths *s = arg;
    (void)block, (void)worker;
    for (size_t i = begin; i < end; i++) {
        double *d = s->distance + i * s->k, nearest = 0, mean = 0, low = 0, high = INFINITY, sigma = 1;
        for (size_t j = 0; j < s->k; j++) {
            nearest = nearest > 0 ? nearest : d[j]; /* the first that is not a twin */
            mean += d[j] / (double)s->k;
        }
        const double scale = mean > 0 ? mean : 1;
        for (int round = 0; round < 64; round++) {
            double sum = 0;
            for (size_t j = 0; j < s->k; j++)
                sum += d[j] > nearest ? exp(-(d[j] - nearest) / (sigma * scale)) : 1;
            if (fabs(sum - s->wanted) < 1e-5)
                break;
            if (sum > s->wanted) {
                high = sigma;
                sigma = (low + high) / 2;
            } else {
                low = sigma;
                sigma = isinf(high) ? sigma * 2 : (low + high) / 2;
            }
        }
        const double least = 1e-3 * (nearest > 0 ? mean : s->overall);
        sigma = fmax(sigma * scale, least > 0 ? least : 1e-300);
        for (size_t j = 0; j < s->k; j++)
            d[j] = d[j] > nearest ? exp(-(d[j] - nearest) / sigma) : 1;
    }
}

/* Either of two says so: the probabilistic sum. */
static double join(double there, double back)
{
    return there + back - there * back;
}

static int build_graph(struct lt_ctx *ctx, struct umap *m, size_t neighbours)
{
    struct training *t = m->training;
    const size_t n = m->map.n, k = neighbours - 1 < n - 1 ? neighbours - 1 : n - 1;
    uint32_t *index = kit_scratch(ctx, n, k * sizeof *index);
    double *value = kit_scratch(ctx, n, k * sizeof *value);
    if (!index || !value)
        return LT_MEMORY;
    int status = graph_nearest(ctx, &m->map.rows, k, index, value);
    if (status != LT_OK)
        return status;
    struct strengths s = {k, log2((double)(k + 1)), 0, value};
    for (size_t e = 0; e < n * k; e++)
        s.overall += value[e] / (double)(n * k);
    status = kit_blocks(ctx, n, ROWS, strengths_block, &s);
    if (status == LT_OK)
        status = graph_symmetric(ctx, n, k, index, value, join, &t->w);
    float largest = 0;
    for (size_t e = 0; status == LT_OK && e < t->w.start[n]; e++)
        largest = fmaxf(largest, t->w.value[e]);
    for (size_t e = 0; status == LT_OK && e < t->w.start[n]; e++)
        t->w.value[e] /= largest;
    return status;
}

static int umap_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK && (size_t)kit_int(params, N_NEIGHBORS) > data->n)
        return ctx->fail(ctx, LT_INVALID, "n_neighbors=%zu is more than there are rows (%zu); use %zu or less",
                         (size_t)kit_int(params, N_NEIGHBORS), data->n, data->n);
    if (status == LT_OK && kit_real(params, MIN_DIST) > kit_real(params, SPREAD))
        return ctx->fail(ctx, LT_INVALID, "min_dist=%g must not be more than spread=%g",
                         kit_real(params, MIN_DIST), kit_real(params, SPREAD));
    if (status == LT_OK && data->n >= UINT32_MAX / 4)
        return ctx->fail(ctx, LT_INVALID, "umap can take at most %u rows; train on a sample", UINT32_MAX / 4 - 1);
    return status;
}

static int umap_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    const size_t d = (size_t)kit_int(params, N_COMPONENTS);
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct umap *m = kit_alloc(ctx, 1, sizeof *m);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        free(m);
        return LT_MEMORY;
    }
    m->training = t;
    fit_curve(kit_real(params, MIN_DIST), kit_real(params, SPREAD), &t->a, &t->b);
    m->a = t->a;
    m->b = t->b;
    t->rate = kit_real(params, LEARNING_RATE);
    t->strength = kit_real(params, REPULSION_STRENGTH);
    t->negatives = (size_t)kit_int(params, NEGATIVE_SAMPLE_RATE);
    t->epochs = kit_none(params, N_EPOCHS) ? (data->n <= SMALL ? 500 : 200) : (uint64_t)kit_int(params, N_EPOCHS);
    t->seed = ctx->seed;
    t->next = kit_alloc(ctx, data->n, d * sizeof *t->next);
    status = t->next ? placed_begin(ctx, &m->map, data, d) : LT_MEMORY;
    if (status == LT_OK)
        status = start_points(ctx, data, kit_choice(params, INIT) ? START_RANDOM : START_PCA, d, 5, m->map.y);
    if (status == LT_OK)
        status = build_graph(ctx, m, (size_t)kit_int(params, N_NEIGHBORS));
    if (status != LT_OK) {
        umap_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- one epoch ------------------------------------------------------------------------------------------------- */

/* Whether an edge of this strength is due: after t epochs it has pulled floor(t * strength) times. */
static int is_due(uint64_t epoch, double strength)
{
    return (int64_t)((double)(epoch + 1) * strength) > (int64_t)((double)epoch * strength);
}

/* Points of a block don't see each other move, so a few of them go side by side. In a round each meets its next
 * neighbour that is due, which pulls, and then `negatives` points that push; what all of these do is found at once. */
struct mover {
    size_t point, edge; /* the next one to look at */
    size_t first;       /* of what it meets in this round: the neighbour */
    double own[MOST_DIMS];
};

enum { MOST_MET = LANES * (MOST_NEGATIVE + 1) };
struct meetings {
    size_t n;
    double delta[MOST_DIMS][MOST_MET]; /* from the other to the point that moves; then how far it moves */
    double square[MOST_MET], power[MOST_MET];
};

NUM_INLINE void meet(struct meetings *m, size_t d, const double *own, const double *other)
{
    double square = 0;
    for (size_t c = 0; c < d; c++) {
        const double delta = own[c] - other[c];
        m->delta[c][m->n] = delta;
        square += delta * delta;
    }
    m->square[m->n++] = square;
}

NUM_INLINE double clip(double x)
{
    return x > 4 ? 4 : x < -4 ? -4 : x;
}

NUM_CLONES static void times(size_t n, double by, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
}

/* d^2b becomes the length of a push, the gradient of log(1 - v), v = 1 / (1 + a d^2b), by the distance. */
NUM_CLONES static void push(size_t n, const double *square, double a, double strength, double *power)
{
    for (size_t i = 0; i < n; i++) {
        const double length = strength / ((0.001 + square[i]) * (1 + a * power[i]));
        power[i] = square[i] > 0 ? length : 0;
    }
}

NUM_CLONES static void scale_and_clip(size_t n, const double *factor, double *delta)
{
    for (size_t i = 0; i < n; i++)
        delta[i] = clip(factor[i] * delta[i]);
}

/* All meetings of a round become moves by the gradients of log v (of the first that a mover meets) and log(1 - v). */
static void find_moves(struct meetings *m, const struct training *t, size_t d, size_t movers,
                       const struct mover *mover)
{
    double pull[LANES];
    for (size_t i = 0; i < m->n; i++)
        m->power[i] = m->square[i] > 1e-300 ? m->square[i] : 1e-300;
    vmath_log(m->n, m->power, m->power);
    times(m->n, t->b, m->power);
    vmath_exp(m->n, m->power, m->power); /* d^2b */
    for (size_t l = 0; l < movers; l++) {
        const double square = m->square[mover[l].first], power = m->power[mover[l].first];
        pull[l] = square > 0 ? -2 * t->a * t->b * power / square / (1 + t->a * power) : 0;
    }
    push(m->n, m->square, t->a, 2 * t->strength * t->b, m->power);
    for (size_t l = 0; l < movers; l++)
        m->power[mover[l].first] = pull[l];
    for (size_t c = 0; c < d; c++)
        scale_and_clip(m->n, m->power, m->delta[c]);
}

struct epoch {
    const struct umap *m;
    size_t first;           /* of the block whose points move */
    const double *place[2]; /* n x d: where they were, and where those of earlier blocks are now */
    double rate;
};

/* Where a point is seen. It is drawn at random: nobody could foresee a branch. */
NUM_INLINE const double *place_of(const struct epoch *e, size_t d, size_t point)
{
    return e->place[point < e->first] + point * d;
}

/* The mover's next neighbour that is due, and what else it meets with it; 0 when there is none. */
NUM_INLINE int meet_next(const struct epoch *e, size_t d, struct mover *mover, struct meetings *meetings)
{
    const struct umap *m = e->m;
    const struct training *t = m->training;
    const size_t n = m->map.n, end = t->w.start[mover->point + 1];
    const uint64_t draw = m->taken * t->negatives;
    size_t edge = mover->edge;
    while (edge < end && !is_due(m->taken, (double)t->w.value[edge]))
        edge++;
    mover->edge = edge + 1;
    mover->first = meetings->n;
    if (edge == end)
        return 0;
    meet(meetings, d, mover->own, place_of(e, d, t->w.to[edge]));
    for (size_t s = 0; s < t->negatives; s++) {
        const size_t other = lt_below(t->seed, (uint64_t)edge + 1, draw + s, (uint32_t)n);
        if (other != mover->point)
            meet(meetings, d, mover->own, place_of(e, d, other));
    }
    return 1;
}

static void move_rows(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct epoch *e = arg;
    const struct training *t = e->m->training;
    const size_t d = e->m->map.d;
    struct meetings meetings;
    struct mover mover[LANES];
    size_t movers = 0, next = e->first + begin;
    (void)block, (void)worker;
    do {
        for (; movers < LANES && next < e->first + end; next++) {
            mover[movers] = (struct mover){.point = next, .edge = t->w.start[next]};
            memcpy(mover[movers++].own, e->m->map.y + next * d, d * sizeof(double));
        }
        meetings.n = 0;
        for (size_t l = 0; l < movers;) {
            if (d == 2 ? meet_next(e, 2, &mover[l], &meetings) : meet_next(e, d, &mover[l], &meetings)) {
                l++;
            } else { /* it has met all, and makes room */
                memcpy(t->next + mover[l].point * d, mover[l].own, d * sizeof(double));
                mover[l] = mover[--movers];
            }
        }
        find_moves(&meetings, t, d, movers, mover);
        for (size_t l = 0; l < movers; l++) {
            const size_t last = l + 1 < movers ? mover[l + 1].first : meetings.n;
            for (size_t c = 0; c < d; c++) {
                double sum = 0;
                for (size_t i = mover[l].first; i < last; i++)
                    sum += meetings.delta[c][i];
                mover[l].own[c] += e->rate * sum;
            }
        }
    } while (movers || next < e->first + end);
}

static int epoch(struct lt_ctx *ctx, struct umap *m)
{
    struct training *t = m->training;
    struct epoch e = {m, 0, {m->map.y, t->next}, t->rate * (1 - (double)m->taken / (double)t->epochs)};
    const size_t n = m->map.n, d = m->map.d;
    for (; e.first < n; e.first += BLOCK) {
        const size_t rows = n - e.first < BLOCK ? n - e.first : BLOCK;
        const int status = kit_blocks(ctx, rows, ROWS, move_rows, &e);
        if (status != LT_OK)
            return status;
    }
    for (size_t i = 0; i < n * d; i++)
        if (!isfinite(t->next[i]))
            return ctx->fail(ctx, LT_NUMERIC, "the points fly apart; try a smaller learning_rate than %g",
                             t->rate);
    double *before = m->map.y;
    m->map.y = t->next;
    t->next = before;
    m->taken++;
    return m->taken == t->epochs ? LT_DONE : LT_MORE;
}

static int umap_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct umap *m = model;
    int status = m->training ? LT_MORE : LT_DONE;
    (void)data;
    for (uint64_t u = 0; u < units && status == LT_MORE; u++) {
        status = epoch(ctx, m);
        if (status >= 0 && ctx->want_trace) {
            const struct lt_tensor y = {LT_T_F64, 2, {m->map.n, m->map.d}, m->map.y};
            ctx->trace(ctx, "embedding", &y);
        }
    }
    if (status == LT_DONE && m->training) {
        graph_free(&m->training->w);
        free(m->training->next);
        free(m->training);
        m->training = 0;
    }
    return status;
}

static int umap_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct umap *m = model;
    *taken = m->taken;
    *planned = m->training ? m->training->epochs : m->taken;
    return LT_OK;
}

static size_t umap_width(const void *model)
{
    return ((const struct umap *)model)->map.d;
}

static int umap_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return placed_predict(ctx, &((const struct umap *)model)->map, data, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int umap_describe(struct lt_ctx *ctx, const void *model)
{
    const struct umap *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "rows", (double)m->map.n);
    kit_statistic(ctx, "dimensions", (double)m->map.d);
    kit_statistic(ctx, "epochs", (double)m->taken);
    kit_statistic(ctx, "a", m->a);
    kit_statistic(ctx, "b", m->b);
    return placed_view(ctx, &m->map, "Rows on the map");
}

static int umap_save(struct lt_ctx *ctx, const void *model)
{
    const struct umap *m = model;
    int status = placed_save(ctx, &m->map);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "a", m->a);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "b", m->b);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int umap_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct umap *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return LT_MEMORY;
    int status = placed_load(ctx, &m->map, info->p, (size_t)kit_int(params, N_COMPONENTS));
    if (status == LT_OK)
        status = kit_get_real(ctx, "a", &m->a);
    if (status == LT_OK)
        status = kit_get_real(ctx, "b", &m->b);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 1, 1ull << 53, &m->taken);
    if (status == LT_OK && !(m->a > 0 && m->b > 0 && isfinite(m->a) && isfinite(m->b)))
        status = ctx->fail(ctx, LT_INVALID, "the model's curve is damaged; so is the file");
    if (status != LT_OK) {
        umap_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_umap = {
    LT_HEADER(1),
    .id = "umap",
    .name = "UMAP",
    .version = "1",
    .summary = "A map that keeps neighbours together, and more of the whole than t-SNE",
    .doc =
        "UMAP joins every row to its nearest ones and draws the graph so that joined points are near each other. "
        "The strength of an edge falls with the distance beyond the nearest neighbour, at a pace s_i that makes "
        "each row's strengths add up to log2 k, and either end's word is enough:\n\n"
        "    w(j|i) = exp(-(d_ij - d_i1) / s_i),   w_ij = w(j|i) + w(i|j) - w(j|i) w(i|j)\n"
        "    v_ij = 1 / (1 + a |y_i - y_j|^2b)\n"
        "    C = - sum_ij w_ij log v_ij + (1 - w_ij) log(1 - v_ij)\n\n"
        "a and b follow from `min_dist` and `spread`. The cross-entropy C falls by stochastic gradient descent: "
        "in "
        "an epoch each edge pulls with a chance in proportion to its strength, and with each pull come "
        "`negative_sample_rate` pushes from random points. All points of a block of 1024 move at the same time, "
        "each looking at where the others were, so the map is the same at any number of threads.\n\n"
        "Small `n_neighbors` shows detail, large the whole; small `min_dist` packs groups tightly. As with t-SNE, "
        "read who is near whom; sizes and the axes mean little. The map starts from the first principal "
        "components. It is no formula: the training rows get their points, and a new row is placed between the "
        "ten training rows most like it, at their mean weighted by 1/distance^2.",
    .reference = "McInnes, Healy and Melville, UMAP: uniform manifold approximation and projection for dimension "
                 "reduction, arXiv:1802.03426 (2018)",
    .tasks = LT_TRANSFORM,
    .traits = LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = umap_params,
    .unit = "epoch",
    .check = umap_check,
    .begin = umap_begin,
    .step = umap_step,
    .predict = umap_predict,
    .describe = umap_describe,
    .save = umap_save,
    .load = umap_load,
    .free = umap_free,
    .units = umap_units,
    .width = umap_width,
};

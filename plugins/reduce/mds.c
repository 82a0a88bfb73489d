/* mds: metric multidimensional scaling by SMACOF. A step is one Guttman transform: every point goes to the mean of
 * where the others want it. Distances are computed as they are needed; no n x n matrix is kept. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "num/simd.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/placed.h"
#include "plugins/reduce/start.h"

enum { N_COMPONENTS, INIT, MAX_ITER, EPS, N_PARAMS };
enum { MOST_DIMS = 10, PIECE = 256, ROWS = 16, LANES = 8 };

static const struct lt_param mds_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "components,dimensions",
                      .type = LT_INT,
                      .def = "2",
                      .min = 1,
                      .max = MOST_DIMS,
                      .unit = "dimensions",
                      .doc = "Of the map: 2 for a picture"},
    [INIT] = {.name = "init",
              .type = LT_CHOICE,
              .def = "classical_mds",
              .choices = "classical_mds,random",
              .doc = "Where points start: by classical scaling, or anywhere"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "300",
                  .min = 0,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations; 0: classical scaling alone"},
    [EPS] = {.name = "eps",
             .aliases = "tol",
             .type = LT_REAL,
             .flags = LT_LOG,
             .def = "1e-6",
             .min = 0,
             .max = 1,
             .doc = "Ends when the stress falls by less than this share of all squared distances"},
};

/* What is needed while steps are taken. */
struct training {
    double *x;    /* p x padded n: the rows, column by column */
    double *y;    /* d x padded n: the points, likewise */
    double *next; /* n x d: where they go */
    size_t padded;
    double eps;
    uint64_t max_iter;
};

struct mds {
    struct placed map;
    uint64_t taken;
    double stress;             /* sum over pairs of (distance of the rows - of the points)^2 */
    double squares;            /* sum over pairs of the rows' squared distances */
    struct training *training; /* NULL when done, or loaded */
};

static void training_free(struct training *t)
{
    if (!t)
        return;
    free(t->x);
    free(t->y);
    free(t->next);
    free(t);
}

static void mds_free(void *model)
{
    struct mds *m = model;
    if (!m)
        return;
    training_free(m->training);
    placed_free(&m->map);
    free(m);
}

/* ---- a row against a piece of all others ----------------------------------------------------------------------- */

/* Adds (x[j] - own)^2 of each column to square[PIECE]. */
NUM_INLINE void add_squares(size_t columns, size_t stride, const double *x, const double *own, double *square)
{
    for (size_t c = 0; c < columns; c++)
        for (size_t j = 0; j < PIECE; j++) {
            const double delta = x[c * stride + j] - own[c];
            square[j] += delta * delta;
        }
}

/* What a row says of its point: sums over the others of (delta - d)^2, of delta^2, of delta/d, and of delta/d times
 * their place. */
struct pull {
    double stress, squares, ratio, place[MOST_DIMS];
};

NUM_INLINE double sum_of(const double *x)
{
    double s[LANES] = {0};
    for (size_t j = 0; j < PIECE; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += x[j + l];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

NUM_CLONES static void pull_of(const struct training *t, size_t n, size_t p, size_t d, const double *row,
                               const double *point, struct pull *out)
{
    double wanted[PIECE], had[PIECE], ratio[PIECE], term[PIECE];
    for (size_t at = 0; at < n; at += PIECE) {
        const size_t here = n - at < PIECE ? n - at : PIECE;
        memset(wanted, 0, sizeof wanted);
        memset(had, 0, sizeof had);
        add_squares(p, t->padded, t->x + at, row, wanted);
        add_squares(d, t->padded, t->y + at, point, had);
        for (size_t j = here; j < PIECE; j++) /* padding */
            wanted[j] = had[j] = 0;
        out->squares += sum_of(wanted);
        for (size_t j = 0; j < PIECE; j++) {
            const double delta = sqrt(wanted[j]), distance = sqrt(had[j]);
            ratio[j] = distance > 0 ? delta / distance : 0;
            term[j] = (delta - distance) * (delta - distance);
        }
        out->stress += sum_of(term);
        out->ratio += sum_of(ratio);
        for (size_t c = 0; c < d; c++) {
            for (size_t j = 0; j < PIECE; j++)
                term[j] = ratio[j] * t->y[c * t->padded + at + j];
            out->place[c] += sum_of(term);
        }
    }
}

struct transform {
    struct lt_ctx *ctx;
    const struct mds *m;
    double *sum; /* a block each: stress and squares, of ordered pairs */
};

static void transform_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct transform *job = arg;
    const struct placed *map = &job->m->map;
    const struct training *t = job->m->training;
    double stress = 0, squares = 0;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        struct pull pull = {0};
        double point[MOST_DIMS];
        if (job->ctx->cancelled(job->ctx))
            return;
        for (size_t c = 0; c < map->d; c++)
            point[c] = t->y[c * t->padded + i];
        pull_of(t, map->n, map->p, map->d, map->x + i * map->p, point, &pull);
        for (size_t c = 0; c < map->d; c++)
            t->next[i * map->d + c] = (pull.ratio * point[c] - pull.place[c]) / (double)map->n;
        stress += pull.stress;
        squares += pull.squares;
    }
    job->sum[2 * block] = stress;
    job->sum[2 * block + 1] = squares;
}

/* From y: its stress, and where the points go next. */
static int transform(struct lt_ctx *ctx, struct mds *m, double *stress)
{
    const size_t blocks = kit_block_count(m->map.n, ROWS);
    struct transform job = {ctx, m, kit_scratch_f64(ctx, 2 * blocks)};
    if (!job.sum)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, m->map.n, ROWS, transform_block, &job);
    if (status != LT_OK)
        return status;
    kit_add_slots(job.sum, blocks, 2);
    *stress = job.sum[0] / 2;
    m->squares = job.sum[1] / 2;
    return isfinite(*stress + m->squares)
               ? LT_OK
               : ctx->fail(ctx, LT_NUMERIC, "the distances are more than a double can hold; scale the columns");
}

static void turn_columns(size_t n, size_t p, const double *rows, size_t padded, double *columns)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            columns[j * padded + i] = rows[i * p + j];
}

/* ---- begin and steps ------------------------------------------------------------------------------------------- */

static int mds_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const int status = kit_need_columns(ctx, data);
    (void)params;
    return status == LT_OK ? kit_need_rows(ctx, data, 2) : status;
}

static int mds_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    const size_t n = data->n, p = data->p, d = (size_t)kit_int(params, N_COMPONENTS);
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct mds *m = kit_alloc(ctx, 1, sizeof *m);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        free(m);
        return LT_MEMORY;
    }
    m->training = t;
    t->padded = kit_block_count(n, PIECE) * PIECE;
    t->eps = kit_real(params, EPS);
    t->max_iter = (uint64_t)kit_int(params, MAX_ITER);
    t->x = kit_alloc(ctx, p, t->padded * sizeof *t->x);
    t->y = kit_alloc(ctx, d, t->padded * sizeof *t->y);
    t->next = kit_alloc(ctx, n, d * sizeof *t->next);
    status = t->x && t->y && t->next ? placed_begin(ctx, &m->map, data, d) : LT_MEMORY;
    if (status == LT_OK) { /* of Euclidean distances, classical scaling gives the principal components */
        turn_columns(n, p, m->map.x, t->padded, t->x);
        status = kit_choice(params, INIT) ? start_points(ctx, data, START_RANDOM, d, 1, m->map.y)
                                          : start_components(ctx, data, d, m->map.y);
    }
    if (status == LT_OK) {
        turn_columns(n, d, m->map.y, t->padded, t->y);
        status = transform(ctx, m, &m->stress);
    }
    if (status == LT_OK && !(m->squares > 0))
        status = ctx->fail(ctx, LT_INVALID, "all rows are the same; there are no distances to draw");
    if (status != LT_OK) {
        mds_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* The points go where the last look at them said; then they are looked at again. */
static int iterate(struct lt_ctx *ctx, struct mds *m)
{
    struct training *t = m->training;
    const size_t n = m->map.n, d = m->map.d;
    double stress = 0, *before = kit_scratch(ctx, n, d * sizeof *before);
    if (!before)
        return LT_MEMORY;
    memcpy(before, t->next, n * d * sizeof *before);
    turn_columns(n, d, before, t->padded, t->y);
    const int status = transform(ctx, m, &stress);
    if (status != LT_OK) { /* as if nothing had happened */
        memcpy(t->next, before, n * d * sizeof *before);
        turn_columns(n, d, m->map.y, t->padded, t->y);
        return status;
    }
    const double fall = m->stress - stress;
    memcpy(m->map.y, before, n * d * sizeof *before);
    m->stress = stress;
    m->taken++;
    ctx->metric(ctx, "stress", m->taken, m->stress);
    return fall < t->eps * m->squares || m->taken >= t->max_iter ? LT_DONE : LT_MORE;
}

static int mds_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct mds *m = model;
    int status = m->training && m->training->max_iter ? LT_MORE : LT_DONE;
    (void)data;
    for (uint64_t u = 0; u < units && status == LT_MORE; u++)
        status = iterate(ctx, m);
    if (status == LT_DONE) {
        training_free(m->training);
        m->training = 0;
    }
    return status;
}

static int mds_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct mds *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static size_t mds_width(const void *model)
{
    return ((const struct mds *)model)->map.d;
}

static int mds_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return placed_predict(ctx, &((const struct mds *)model)->map, data, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int mds_describe(struct lt_ctx *ctx, const void *model)
{
    const struct mds *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "rows", (double)m->map.n);
    kit_statistic(ctx, "dimensions", (double)m->map.d);
    kit_statistic(ctx, "iterations", (double)m->taken);
    kit_statistic(ctx, "stress", m->stress);
    kit_statistic(ctx, "stress-1", sqrt(m->stress / m->squares));
    return placed_view(ctx, &m->map, "Rows by their distances");
}

static int mds_save(struct lt_ctx *ctx, const void *model)
{
    const struct mds *m = model;
    int status = placed_save(ctx, &m->map);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "stress", m->stress);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "squares", m->squares);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int mds_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct mds *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return LT_MEMORY;
    int status = placed_load(ctx, &m->map, info->p, (size_t)kit_int(params, N_COMPONENTS));
    if (status == LT_OK)
        status = kit_get_real(ctx, "stress", &m->stress);
    if (status == LT_OK)
        status = kit_get_real(ctx, "squares", &m->squares);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, 1ull << 53, &m->taken);
    if (status == LT_OK && !(m->squares > 0 && m->stress >= 0 && isfinite(m->squares) && isfinite(m->stress)))
        status = ctx->fail(ctx, LT_INVALID, "the model's stress is damaged; so is the file");
    if (status != LT_OK) {
        mds_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_mds = {
    LT_HEADER(1),
    .id = "mds",
    .name = "Multidimensional scaling",
    .version = "1",
    .summary = "A map whose distances are those between the rows, as nearly as can be",
    .doc =
        "Given the distances between towns, MDS draws the map. It looks for points whose distances d are near the "
        "rows' distances delta:\n\n"
        "    stress = sum_(i<j) (delta_ij - d_ij)^2\n\n"
        "Every other point tells point i how far away it should be, on the line between them; SMACOF moves i to "
        "the "
        "mean of these wishes (the Guttman transform),\n\n"
        "    y_i <- 1/n sum_j (delta_ij / d_ij) (y_i - y_j)\n\n"
        "which can never raise the stress. It starts from classical scaling, which for distances between rows is "
        "the same as their first principal components; `max_iter=0` stays there.\n\n"
        "Unlike t-SNE and UMAP, which care for neighbours alone, MDS gives every pair the same say, so large "
        "distances rule and the whole is true rather than the detail. stress-1, the root of the stress as a share "
        "of all squared distances, says how far to trust the map: below 0.05 is good, above 0.2 poor. Every "
        "iteration looks at all pairs, so the time grows with the square of the rows. The training rows get their "
        "points; a new row is placed between the ten training rows most like it, at their mean weighted by "
        "1/distance^2.",
    .reference =
        "Borg and Groenen, Modern multidimensional scaling, Springer (2005); de Leeuw, Applications of convex "
        "analysis to multidimensional scaling (1977)",
    .tasks = LT_TRANSFORM,
    .traits = LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = mds_params,
    .unit = "iteration",
    .check = mds_check,
    .begin = mds_begin,
    .step = mds_step,
    .predict = mds_predict,
    .describe = mds_describe,
    .save = mds_save,
    .load = mds_load,
    .free = mds_free,
    .units = mds_units,
    .width = mds_width,
};

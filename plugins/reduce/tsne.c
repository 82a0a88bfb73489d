/* tsne: t-distributed stochastic neighbour embedding. A step is one iteration of gradient descent with momentum:
 * neighbours attract (attraction.c), all points repel (repulsion.c). */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "plugins/kit/kit.h"
#include "plugins/reduce/attraction.h"
#include "plugins/reduce/graph.h"
#include "plugins/reduce/perplexity.h"
#include "plugins/reduce/placed.h"
#include "plugins/reduce/repulsion.h"
#include "plugins/reduce/start.h"

enum {
    N_COMPONENTS,
    PERPLEXITY,
    EARLY_EXAGGERATION,
    LEARNING_RATE,
    MAX_ITER,
    N_ITER_WITHOUT_PROGRESS,
    MIN_GRAD_NORM,
    INIT,
    METHOD,
    ANGLE,
    N_PARAMS
};
enum { METHOD_AUTO, METHOD_BARNES_HUT, METHOD_EXACT };
enum {
    EXPLORATION = 250,
    DOUBT_AT = 50,
    CHECK_EVERY = 50,
    STRETCH_EVERY = 10,
    EXACT_BELOW = 3000,
    MOST_PAIRS = 20000
};

static const double START_SPREAD = 1e-4;

static const struct lt_param tsne_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "components,dimensions",
                      .type = LT_INT,
                      .def = "2",
                      .min = 1,
                      .max = 3,
                      .unit = "dimensions",
                      .doc = "Of the map: 2 for a picture"},
    [PERPLEXITY] = {.name = "perplexity",
                    .type = LT_REAL,
                    .flags = LT_TUNE,
                    .def = "30",
                    .min = 1,
                    .max = 10000,
                    .unit = "rows",
                    .doc = "How many neighbours count for each row, about; less than the rows"},
    [EARLY_EXAGGERATION] = {.name = "early_exaggeration",
                            .type = LT_REAL,
                            .def = "12",
                            .min = 1,
                            .max = 1000,
                            .doc = "How much stronger neighbours attract in the first 250 iterations"},
    [LEARNING_RATE] = {.name = "learning_rate",
                       .aliases = "lr",
                       .type = LT_REAL,
                       .flags = LT_NULLABLE | LT_LOG | LT_OPEN_MIN,
                       .def = "none",
                       .min = 0,
                       .max = 1e6,
                       .doc = "How far a step goes; none: rows / early_exaggeration / 4, at least 50"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "n_iter,iterations",
                  .type = LT_INT,
                  .def = "1000",
                  .min = 1,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations"},
    [N_ITER_WITHOUT_PROGRESS] = {.name = "n_iter_without_progress",
                                 .type = LT_INT,
                                 .flags = LT_ADVANCED,
                                 .def = "300",
                                 .min = 50,
                                 .max = 1000000,
                                 .unit = "iterations",
                                 .doc = "Ends when the divergence hasn't fallen for so long"},
    [MIN_GRAD_NORM] = {.name = "min_grad_norm",
                       .type = LT_REAL,
                       .flags = LT_ADVANCED | LT_LOG,
                       .def = "1e-7",
                       .min = 0,
                       .max = INFINITY,
                       .doc = "Ends when the gradient is no longer than this"},
    [INIT] = {.name = "init",
              .type = LT_CHOICE,
              .def = "pca",
              .choices = "pca,random",
              .doc = "Where points start: by the first principal components, or anywhere"},
    [METHOD] = {.name = "method",
                .type = LT_CHOICE,
                .flags = LT_ADVANCED,
                .def = "auto",
                .choices = "auto,barnes_hut,exact",
                .doc = "auto: far points are summed exactly below 3000 rows, else as cells of a tree; exact: all "
                       "pairs are neighbours, too"},
    [ANGLE] = {.name = "angle",
               .aliases = "theta",
               .type = LT_REAL,
               .flags = LT_ADVANCED,
               .def = "0.5",
               .min = 0.1,
               .max = 1,
               .doc = "barnes_hut: a cell acts as one point when it is seen under less than this"},
};

/* What is needed while steps are taken. */
struct training {
    struct graph p; /* P: adds up to 1 */
    double p_log_p; /* sum of p log p */
    float *y;       /* n x d */
    float *move;    /* n x d: the last step */
    float *gain;    /* n x d */
    float *start;   /* n x d */
    double angle;   /* of the tree; 0: exact sums */
    double rate, early, least_gradient;
    uint64_t max_iter, patience;
    double best;
    uint64_t best_at;
};

struct tsne {
    struct placed map;
    uint64_t taken;
    double kl;                 /* of the last check */
    struct training *training; /* NULL when done, or loaded */
};

static void training_free(struct training *t)
{
    if (!t)
        return;
    graph_free(&t->p);
    free(t->y);
    free(t->move);
    free(t->gain);
    free(t->start);
    free(t);
}

static void tsne_free(void *model)
{
    struct tsne *m = model;
    if (!m)
        return;
    training_free(m->training);
    placed_free(&m->map);
    free(m);
}

/* ---- begin ----------------------------------------------------------------------------------------------------- */

static int tsne_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const double perplexity = kit_real(params, PERPLEXITY);
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK && !(perplexity < (double)data->n))
        return ctx->fail(ctx, LT_INVALID,
                         "perplexity=%g must be less than the number of rows (%zu); a third of it at most is "
                         "sensible",
                         perplexity, data->n);
    if (status == LT_OK && kit_choice(params, METHOD) == METHOD_EXACT && data->n > MOST_PAIRS)
        return ctx->fail(ctx, LT_INVALID,
                         "method=exact joins all pairs of rows, so %d rows are the most; use "
                         "method=barnes_hut",
                         MOST_PAIRS);
    if (status == LT_OK && data->n >= UINT32_MAX / 4)
        return ctx->fail(ctx, LT_INVALID, "tsne can take at most %u rows; train on a sample", UINT32_MAX / 4 - 1);
    return status;
}

/* P = (P(j|i) + P(i|j)) / 2n; the division follows when all are summed. */
static double join(double there, double back)
{
    return there + back;
}

static int build_affinities(struct lt_ctx *ctx, struct tsne *m, const struct lt_params *params)
{
    struct training *t = m->training;
    const size_t n = m->map.n, wanted = (size_t)(3 * kit_real(params, PERPLEXITY) + 1);
    const size_t k = kit_choice(params, METHOD) == METHOD_EXACT || wanted > n - 1 ? n - 1 : wanted;
    uint32_t *index = kit_scratch(ctx, n, k * sizeof *index);
    double *value = kit_scratch(ctx, n, k * sizeof *value);
    if (!index || !value)
        return LT_MEMORY;
    int status = graph_nearest(ctx, &m->map.rows, k, index, value);
    if (status == LT_OK)
        status = perplexity_weights(ctx, n, k, kit_real(params, PERPLEXITY), value);
    if (status == LT_OK)
        status = graph_symmetric(ctx, n, k, index, value, join, &t->p);
    if (status != LT_OK)
        return status;
    for (size_t e = 0; e < t->p.start[n]; e++) {
        const double p = (double)t->p.value[e] / (2 * (double)n);
        t->p.value[e] = (float)p;
        t->p_log_p += p > 0 ? p * log(p) : 0;
    }
    return LT_OK;
}

static int tsne_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    const size_t n = data->n, d = (size_t)kit_int(params, N_COMPONENTS);
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct tsne *m = kit_alloc(ctx, 1, sizeof *m);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        free(m);
        return LT_MEMORY;
    }
    m->training = t;
    m->kl = t->best = INFINITY;
    const int method = kit_choice(params, METHOD);
    t->angle = method == METHOD_EXACT || (method == METHOD_AUTO && n < EXACT_BELOW) ? 0 : kit_real(params, ANGLE);
    t->early = kit_real(params, EARLY_EXAGGERATION);
    t->rate =
        kit_none(params, LEARNING_RATE) ? fmax((double)n / t->early / 4, 50) : kit_real(params, LEARNING_RATE);
    t->least_gradient = kit_real(params, MIN_GRAD_NORM);
    t->max_iter = (uint64_t)kit_int(params, MAX_ITER);
    t->patience = (uint64_t)kit_int(params, N_ITER_WITHOUT_PROGRESS);
    t->y = kit_alloc(ctx, n, d * sizeof *t->y);
    t->move = kit_alloc(ctx, n, d * sizeof *t->move);
    t->gain = kit_alloc(ctx, n, d * sizeof *t->gain);
    t->start = kit_alloc(ctx, n, d * sizeof *t->start);
    status = t->y && t->move && t->gain && t->start ? placed_begin(ctx, &m->map, data, d) : LT_MEMORY;
    if (status == LT_OK)
        status = start_points(ctx, data, kit_choice(params, INIT) ? START_RANDOM : START_PCA, d, START_SPREAD,
                              m->map.y);
    if (status == LT_OK)
        status = build_affinities(ctx, m, params);
    if (status != LT_OK) {
        tsne_free(m);
        return status;
    }
    for (size_t i = 0; i < n * d; i++) {
        t->y[i] = t->start[i] = (float)m->map.y[i];
        t->gain[i] = 1;
    }
    *model = m;
    return LT_OK;
}

/* ---- one iteration --------------------------------------------------------------------------------------------- */

/* The exaggerated attraction draws rows without clear groups together, more and more, until single precision can't
 * tell them apart. While they are so near each other only directions matter, so the points are stretched back to the
 * spread of the start: what is left is the shape that shrinks least, as in the power method. Returns whether they had
 * to be. */
static int keep_apart(struct training *t, size_t n, size_t d)
{
    double mean[REPULSION_DIMS] = {0}, square = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < d; c++)
            mean[c] += (double)t->y[i * d + c] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < d; c++)
            square += ((double)t->y[i * d + c] - mean[c]) * ((double)t->y[i * d + c] - mean[c]) / (double)n;
    const double stretch = START_SPREAD / sqrt(square);
    for (size_t i = 0; i < n && square > 0 && stretch > 1; i++)
        for (size_t c = 0; c < d; c++) {
            t->y[i * d + c] = (float)(((double)t->y[i * d + c] - mean[c]) * stretch);
            t->move[i * d + c] = (float)((double)t->move[i * d + c] * stretch);
        }
    return square > 0 && stretch > 1;
}

static void lose_momentum(struct training *t, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        t->move[i] = 0;
        t->gain[i] = 1;
    }
}

/* After some iterations with exaggerated attraction. If they still only shrink the map there are no groups that it
 * could form, and the points go back to where they started: folds that the collapse made would never open again. */
static void explored(struct lt_ctx *ctx, struct tsne *m)
{
    struct training *t = m->training;
    const size_t count = m->map.n * m->map.d;
    if (!keep_apart(t, m->map.n, m->map.d) || m->taken != DOUBT_AT)
        return;
    ctx->note(ctx, LT_NOTE, "the rows have no clear groups; early_exaggeration ended after %d iterations",
              DOUBT_AT);
    memcpy(t->y, t->start, count * sizeof *t->y);
    lose_momentum(t, count);
    t->early = 1;
}

/* What the iterations of one call share. */
struct room {
    struct repulsion repulsion;
    float *pull, *push;
};

static int make_room(struct lt_ctx *ctx, const struct tsne *m, struct room *room)
{
    const size_t n = m->map.n, d = m->map.d;
    room->pull = kit_scratch(ctx, n, d * sizeof *room->pull);
    room->push = kit_scratch(ctx, n, d * sizeof *room->push);
    return room->pull && room->push ? repulsion_room(ctx, &room->repulsion, n, d, m->training->angle) : LT_MEMORY;
}

/* Gradient 4 (early * pull - push / z), a gain for each coordinate that grows while its sign stays (Jacobs 1988), and
 * momentum. Returns the squared length of the gradient. */
static double move_points(struct training *t, size_t count, double early, double momentum, double z,
                          const struct room *room)
{
    const float a = (float)(4 * early), b = (float)(4 / z), rate = (float)t->rate, keep = (float)momentum;
    double square = 0;
    for (size_t i = 0; i < count; i++) {
        const float gradient = a * room->pull[i] - b * room->push[i];
        const float gain = t->move[i] * gradient < 0 ? t->gain[i] + 0.2f : t->gain[i] * 0.8f;
        t->gain[i] = gain < 0.01f ? 0.01f : gain;
        t->move[i] = keep * t->move[i] - rate * t->gain[i] * gradient;
        t->y[i] += t->move[i];
        square += (double)gradient * (double)gradient;
    }
    return square;
}

static int publish(struct lt_ctx *ctx, struct tsne *m)
{
    const size_t count = m->map.n * m->map.d;
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        m->map.y[i] = (double)m->training->y[i];
        bad |= !isfinite(m->map.y[i]);
    }
    return bad ? ctx->fail(ctx, LT_NUMERIC, "the points fly apart; try a smaller learning_rate than %g",
                           m->training->rate)
               : LT_OK;
}

/* LT_MORE, LT_DONE or a failure. */
static int iterate(struct lt_ctx *ctx, struct tsne *m, struct room *room)
{
    struct training *t = m->training;
    const size_t count = m->map.n * m->map.d;
    const int exploring = m->taken < EXPLORATION, check = (m->taken + 1) % CHECK_EVERY == 0;
    const int last = m->taken + 1 == t->max_iter;
    double z = 0, spread = 0;
    int status = attraction_of(ctx, &t->p, m->map.d, t->y, room->pull, check || last ? &spread : 0);
    if (status == LT_OK)
        status = repulsion_of(&room->repulsion, t->y, room->push, &z);
    if (status != LT_OK)
        return status;
    z = fmax(z, 1e-12);
    const double square = move_points(t, count, exploring ? t->early : 1, exploring ? 0.5 : 0.8, z, room);
    m->taken++;
    if (exploring && t->early > 1 && m->taken % STRETCH_EVERY == 0)
        explored(ctx, m);
    if (m->taken == EXPLORATION)
        lose_momentum(t, count);
    if (check || last) {
        m->kl = t->p_log_p + log(z) + spread;
        ctx->metric(ctx, "kl", m->taken, m->kl);
    }
    if (check && !exploring) {
        if (m->kl < t->best) {
            t->best = m->kl;
            t->best_at = m->taken;
        }
        if (m->taken - t->best_at > t->patience || sqrt(square) <= t->least_gradient)
            return LT_DONE;
    }
    return last ? LT_DONE : LT_MORE;
}

static int tsne_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct tsne *m = model;
    struct room room;
    (void)data;
    if (!m->training)
        return LT_DONE;
    int status = make_room(ctx, m, &room);
    if (status != LT_OK)
        return status;
    status = LT_MORE;
    for (uint64_t u = 0; u < units && status == LT_MORE; u++) {
        status = iterate(ctx, m, &room);
        if (status >= 0 && ctx->want_trace) {
            const struct lt_tensor y = {LT_T_F32, 2, {m->map.n, m->map.d}, m->training->y};
            ctx->trace(ctx, "embedding", &y);
        }
    }
    const int published = publish(ctx, m);
    if (published != LT_OK)
        return published;
    if (status == LT_DONE) {
        training_free(m->training);
        m->training = 0;
    }
    return status;
}

static int tsne_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct tsne *m = model;
    *taken = m->taken;
    *planned = m->training ? m->training->max_iter : m->taken;
    return LT_OK;
}

static size_t tsne_width(const void *model)
{
    return ((const struct tsne *)model)->map.d;
}

static int tsne_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return placed_predict(ctx, &((const struct tsne *)model)->map, data, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int tsne_describe(struct lt_ctx *ctx, const void *model)
{
    const struct tsne *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "rows", (double)m->map.n);
    kit_statistic(ctx, "dimensions", (double)m->map.d);
    kit_statistic(ctx, "iterations", (double)m->taken);
    kit_statistic(ctx, "kl divergence", isfinite(m->kl) ? m->kl : NAN);
    return placed_view(ctx, &m->map, "Rows on the map");
}

static int tsne_save(struct lt_ctx *ctx, const void *model)
{
    const struct tsne *m = model;
    int status = placed_save(ctx, &m->map);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "kl", isfinite(m->kl) ? m->kl : -1);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int tsne_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct tsne *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return LT_MEMORY;
    int status = placed_load(ctx, &m->map, info->p, (size_t)kit_int(params, N_COMPONENTS));
    if (status == LT_OK)
        status = kit_get_real(ctx, "kl", &m->kl);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 1, 1ull << 53, &m->taken);
    if (status != LT_OK) {
        tsne_free(m);
        return status;
    }
    if (!(m->kl >= 0))
        m->kl = INFINITY;
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_tsne = {
    LT_HEADER(1),
    .id = "tsne",
    .name = "t-SNE",
    .version = "1",
    .summary = "A map on which rows that are near each other stay neighbours",
    .doc =
        "t-SNE asks of every row which others are its neighbours, and looks for points in the plane whose "
        "neighbours are the same. Neighbourhood is a probability, of rows x and of points y:\n\n"
        "    p(j|i) ~ exp(-|x_i - x_j|^2 / 2 s_i^2),   p_ij = (p(j|i) + p(i|j)) / 2n\n"
        "    q_ij ~ 1 / (1 + |y_i - y_j|^2)\n"
        "    KL = sum_ij p_ij log(p_ij / q_ij)\n\n"
        "and the points move so that the divergence KL falls. Each s_i is such that `perplexity` neighbours "
        "count. The heavy tail of q lets rows that are moderately far be very far on the map, so groups come "
        "apart. The gradient is a sum of springs and charges: neighbours attract, all points repel,\n\n"
        "    dKL/dy_i = 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2)\n\n"
        "In the first 250 iterations attraction is `early_exaggeration` times stronger: groups form before they "
        "settle. Where all rows only fall together, because there are no groups, this ends after 50 iterations "
        "and "
        "the points begin again from their start. The repulsion of far points is summed exactly below 3000 rows, "
        "above after Barnes and Hut, where a far cell of a tree acts as one point.\n\n"
        "Read the map for who is near whom. The size of a group, the distance between groups, and the axes mean "
        "nothing; try other perplexities before believing in a shape. The map is no formula: the training rows "
        "get their points, and a new row is placed between the ten training rows most like it, at their mean "
        "weighted by 1/distance^2, which is interpolation and cannot show new groups.",
    .reference =
        "van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9 (2008); van der Maaten, Accelerating "
        "t-SNE using tree-based algorithms, JMLR 15 (2014)",
    .tasks = LT_TRANSFORM,
    .traits = LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = tsne_params,
    .unit = "iteration",
    .check = tsne_check,
    .begin = tsne_begin,
    .step = tsne_step,
    .predict = tsne_predict,
    .describe = tsne_describe,
    .save = tsne_save,
    .load = tsne_load,
    .free = tsne_free,
    .units = tsne_units,
    .width = tsne_width,
};

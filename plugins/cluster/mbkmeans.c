/* mbkmeans: k-means from small batches of rows. A step draws a batch, gives its rows to their nearest centres, and
 * moves each centre to the mean of all rows that it was ever given. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "plugins/cluster/centres.h"
#include "plugins/cluster/restarts.h"
#include "plugins/cluster/seeding.h"
#include "plugins/cluster/show.h"
#include "plugins/kit/kit.h"

enum { N_CLUSTERS, BATCH_SIZE, MAX_ITER, MAX_NO_IMPROVEMENT, INIT_SIZE, N_PARAMS };
enum { STREAM_SAMPLE = 1, STREAM_SEED, STREAM_BATCH };

static const struct lt_param mbkmeans_params[N_PARAMS] = {
    [N_CLUSTERS] = {.name = "n_clusters",
                    .aliases = "k,clusters",
                    .type = LT_INT,
                    .flags = LT_TUNE,
                    .def = "8",
                    .min = 1,
                    .max = 10000,
                    .unit = "clusters",
                    .doc = "How many clusters are sought"},
    [BATCH_SIZE] = {.name = "batch_size",
                    .aliases = "batch",
                    .type = LT_INT,
                    .flags = LT_LOG,
                    .def = "1024",
                    .min = 1,
                    .max = 10000000,
                    .unit = "rows",
                    .doc = "How many rows a step looks at"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations,epochs",
                  .type = LT_INT,
                  .def = "100",
                  .min = 1,
                  .max = 1000000,
                  .unit = "passes",
                  .doc = "The most passes: as many batches as so many tables would fill"},
    [MAX_NO_IMPROVEMENT] =
        {.name = "max_no_improvement",
         .aliases = "patience",
         .type = LT_INT,
         .flags = LT_NULLABLE | LT_ADVANCED,
         .def = "10",
         .min = 1,
         .max = 1000000,
         .unit = "batches",
         .doc = "Training ends when the smoothed inertia has not fallen for so many batches; none: "
                "never"},
    [INIT_SIZE] = {.name = "init_size",
                   .type = LT_INT,
                   .flags = LT_NULLABLE | LT_ADVANCED,
                   .def = "none",
                   .min = 1,
                   .max = 100000000,
                   .unit = "rows",
                   .doc =
                       "The sample in which k-means++ seeks the first centres; none: three batches, and at least "
                       "three rows a cluster"},
};

struct training {
    double *x;      /* batch x p */
    double *weight; /* batch */
    int32_t *label; /* batch */
    size_t batch;
    double smooth, least; /* inertia of a row: smoothed over batches, and the least so far */
    uint64_t waited;
};

struct mbkmeans {
    size_t k, p, batch_size, init_size; /* init_size 0: chosen */
    uint64_t max_iter, patience;        /* patience 0: without end */
    uint64_t taken, planned;
    double *centre; /* k x p */
    double *weight; /* k: of all rows that the centre was given */
    double *rows;   /* k: rows of the training in each cluster; known when done */
    double inertia; /* of all rows; NaN until known */
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    free(t->x);
    free(t->weight);
    free(t->label);
    free(t);
}

static void mbkmeans_free(void *model)
{
    struct mbkmeans *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->centre);
    free(m->weight);
    free(m->rows);
    free(m->column_name);
    free(m);
}

static struct mbkmeans *mbkmeans_new(struct lt_ctx *ctx, const struct lt_params *params,
                                     const struct lt_column *column, size_t p)
{
    struct mbkmeans *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->k = (size_t)kit_int(params, N_CLUSTERS);
    m->p = p;
    m->batch_size = (size_t)kit_int(params, BATCH_SIZE);
    m->init_size = kit_none(params, INIT_SIZE) ? 0 : (size_t)kit_int(params, INIT_SIZE);
    m->max_iter = (uint64_t)kit_int(params, MAX_ITER);
    m->patience = kit_none(params, MAX_NO_IMPROVEMENT) ? 0 : (uint64_t)kit_int(params, MAX_NO_IMPROVEMENT);
    m->inertia = NAN;
    m->centre = kit_alloc(ctx, m->k, p * sizeof *m->centre);
    m->weight = kit_alloc_f64(ctx, m->k);
    m->rows = kit_alloc_f64(ctx, m->k);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->centre && m->weight && m->rows && m->column_name)
        return m;
    mbkmeans_free(m);
    return 0;
}

static struct training *training_new(struct lt_ctx *ctx, const struct mbkmeans *m, size_t n)
{
    struct training *t = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return 0;
    t->batch = m->batch_size < n ? m->batch_size : n;
    t->smooth = t->least = INFINITY;
    t->x = kit_alloc(ctx, t->batch, m->p * sizeof *t->x);
    t->weight = kit_alloc_f64(ctx, t->batch);
    t->label = kit_alloc(ctx, t->batch, sizeof *t->label);
    if (t->x && t->weight && t->label)
        return t;
    training_free(t);
    return 0;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int mbkmeans_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t k = (size_t)kit_int(params, N_CLUSTERS);
    const int status = restarts_check(ctx, data, "mbkmeans", "n_clusters", k);
    if (status == LT_OK && !kit_none(params, INIT_SIZE) && (size_t)kit_int(params, INIT_SIZE) < k)
        return ctx->fail(ctx, LT_INVALID, "init_size=%lld is less than n_clusters=%zu; give it at least that",
                         (long long)kit_int(params, INIT_SIZE), k);
    return status;
}

/* The first centres: k-means++ within a sample of different rows. */
static int seed(struct lt_ctx *ctx, struct mbkmeans *m, const struct lt_data *data)
{
    const size_t three = 3 * (m->batch_size > m->k ? m->batch_size : m->k),
                 wanted = m->init_size ? m->init_size : three;
    const size_t sample = wanted < data->n ? wanted : data->n, p = m->p;
    size_t *row = kit_scratch(ctx, sample, sizeof *row), *chosen = kit_scratch(ctx, m->k, sizeof *chosen);
    double *x = kit_scratch(ctx, sample, p * sizeof *x);
    double *weight = data->weight ? kit_scratch_f64(ctx, sample) : 0, total = 0;
    struct panel_set points;
    if (!row || !chosen || !x || (data->weight && !weight))
        return LT_MEMORY;
    int status = seed_random(ctx, data->n, sample, STREAM_SAMPLE, row);
    for (size_t i = 0; i < sample && status == LT_OK; i++) {
        memcpy(x + i * p, data->x64 + row[i] * data->ld, p * sizeof *x);
        if (weight)
            total += weight[i] = data->weight[row[i]];
    }
    if (status == LT_OK)
        status = panel_set_build(ctx, &points, PANEL_SQUARED, x, sample, p, p);
    if (status != LT_OK)
        return status;
    status = seed_plus_plus(ctx, &points, x, p, total > 0 ? weight : 0, m->k, STREAM_SEED, chosen);
    panel_set_free(&points);
    for (size_t c = 0; c < m->k && status == LT_OK; c++)
        memcpy(m->centre + c * p, x + chosen[c] * p, p * sizeof *x);
    return status;
}

static int mbkmeans_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                          void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct mbkmeans *m = mbkmeans_new(ctx, params, data->column, data->p);
    if (!m)
        return LT_MEMORY;
    m->training = training_new(ctx, m, data->n);
    status = m->training ? seed(ctx, m, data) : LT_MEMORY;
    if (status != LT_OK) {
        mbkmeans_free(m);
        return status;
    }
    m->planned = m->max_iter * kit_block_count(data->n, m->training->batch);
    *model = m;
    return LT_OK;
}

/* ---- one batch ---------------------------------------------------------------------------------------------- */

/* Gives n rows to their nearest centres and moves these: each is the mean of all rows that it was given. inertia:
 * of these rows, before. Nothing has changed when it is cancelled. */
static int learn(struct lt_ctx *ctx, struct mbkmeans *m, const double *x, const double *weight, size_t n,
                 int32_t *label, double *inertia)
{
    const struct lt_data batch = {.size = sizeof batch, .n = n, .p = m->p, .x64 = x, .ld = m->p};
    const int status = centres_label(ctx, m->centre, m->k, m->p, &batch, label);
    double total = 0;
    *inertia = 0;
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        *inertia += weight[i] * squared_distance(m->p, x + i * m->p, m->centre + (size_t)label[i] * m->p);
        total += weight[i];
    }
    *inertia /= total > 0 ? total : 1;
    for (size_t i = 0; i < n; i++) {
        double *centre = m->centre + (size_t)label[i] * m->p, *all = &m->weight[label[i]];
        if (!(weight[i] > 0))
            continue;
        *all += weight[i];
        for (size_t j = 0; j < m->p; j++)
            centre[j] += (x[i * m->p + j] - centre[j]) * weight[i] / *all;
    }
    return LT_OK;
}

static void draw_batch(struct lt_ctx *ctx, const struct mbkmeans *m, const struct lt_data *data)
{
    struct training *t = m->training;
    for (size_t i = 0; i < t->batch; i++) {
        const size_t row = lt_below(ctx->seed, STREAM_BATCH, m->taken * t->batch + i, (uint32_t)data->n);
        memcpy(t->x + i * m->p, data->x64 + row * data->ld, m->p * sizeof *t->x);
        t->weight[i] = data->weight ? data->weight[row] : 1;
    }
}

/* The inertia, smoothed over batches, and for how many it has not fallen. */
static void follow(struct training *t, double inertia, size_t n)
{
    const double share = fmin(1, 2 * (double)t->batch / ((double)n + 1));
    t->smooth = isinf(t->smooth) ? inertia : t->smooth * (1 - share) + inertia * share;
    t->waited = t->smooth < t->least ? 0 : t->waited + 1;
    t->least = fmin(t->least, t->smooth);
}

/* Sizes and inertia of the clusters of all rows. */
static int measure(struct lt_ctx *ctx, struct mbkmeans *m, const struct lt_data *data)
{
    int32_t *label = kit_scratch(ctx, data->n, sizeof *label);
    const int status = label ? centres_label(ctx, m->centre, m->k, m->p, data, label) : LT_MEMORY;
    if (status != LT_OK)
        return status;
    memset(m->rows, 0, m->k * sizeof *m->rows);
    m->inertia = 0;
    for (size_t i = 0; i < data->n; i++) {
        const double *centre = m->centre + (size_t)label[i] * m->p;
        m->rows[label[i]]++;
        m->inertia +=
            (data->weight ? data->weight[i] : 1) * squared_distance(m->p, data->x64 + i * data->ld, centre);
    }
    return LT_OK;
}

static int one_batch(struct lt_ctx *ctx, struct mbkmeans *m, const struct lt_data *data)
{
    struct training *t = m->training;
    double inertia;
    draw_batch(ctx, m, data);
    const int status = learn(ctx, m, t->x, t->weight, t->batch, t->label, &inertia);
    if (status != LT_OK)
        return status;
    m->taken++;
    follow(t, inertia, data->n);
    ctx->metric(ctx, "inertia", m->taken, inertia);
    return LT_OK;
}

/* Batches; and at the end a look at all rows, which moves nothing. */
static int mbkmeans_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct mbkmeans *m = model;
    for (uint64_t u = 0; u < units && m->training; u++) {
        const int settled = m->patience && m->training->waited >= m->patience;
        const int is_over = settled || m->taken >= m->planned;
        const int status = is_over ? measure(ctx, m, data) : one_batch(ctx, m, data);
        if (status != LT_OK)
            return status;
        if (is_over) {
            training_free(m->training);
            m->training = 0;
        }
    }
    return m->training ? LT_MORE : LT_DONE;
}

/* More rows, in their order, a batch at a time; sizes and inertia are then those of the new rows. When it is
 * cancelled the centres are as they were. */
static int mbkmeans_update(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct mbkmeans *m = model;
    int status = kit_check_finite(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status != LT_OK || !data->n)
        return status;
    struct training *t = training_new(ctx, m, data->n);
    double *centre = kit_scratch(ctx, m->k, m->p * sizeof *centre), *before = kit_scratch_f64(ctx, m->k);
    if (!t || !centre || !before) {
        training_free(t);
        return LT_MEMORY;
    }
    memcpy(centre, m->centre, m->k * m->p * sizeof *centre);
    memcpy(before, m->weight, m->k * sizeof *before);
    for (size_t at = 0; at < data->n && status == LT_OK; at += t->batch) {
        const size_t n = data->n - at < t->batch ? data->n - at : t->batch;
        double inertia;
        for (size_t i = 0; i < n; i++) {
            memcpy(t->x + i * m->p, data->x64 + (at + i) * data->ld, m->p * sizeof *t->x);
            t->weight[i] = data->weight ? data->weight[at + i] : 1;
        }
        status = learn(ctx, m, t->x, t->weight, n, t->label, &inertia);
    }
    training_free(t);
    if (status == LT_OK)
        status = measure(ctx, m, data);
    if (status != LT_OK) {
        memcpy(m->centre, centre, m->k * m->p * sizeof *centre);
        memcpy(m->weight, before, m->k * sizeof *before);
    }
    return status;
}

static int mbkmeans_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct mbkmeans *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static int mbkmeans_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct mbkmeans *m = model;
    const int status = kit_check_finite(ctx, data);
    return status == LT_OK ? centres_label(ctx, m->centre, m->k, m->p, data, out->label) : status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int mbkmeans_describe(struct lt_ctx *ctx, const void *model)
{
    const struct mbkmeans *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "inertia", m->inertia);
    kit_statistic(ctx, "batches", (double)m->taken);
    return show_centres(ctx, "Centres of the clusters", m->k, m->p, m->column_name, m->rows, m->centre);
}

static int mbkmeans_save(struct lt_ctx *ctx, const void *model)
{
    const struct mbkmeans *m = model;
    int status = kit_put_f64(ctx, "centres", m->centre, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "weights", m->weight, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "rows", m->rows, m->k, 0);
    if (status == LT_OK && isfinite(m->inertia))
        status = ctx->put_number(ctx, "inertia", m->inertia);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int check_loaded(struct lt_ctx *ctx, const struct mbkmeans *m)
{
    int good = 1;
    for (size_t c = 0; c < m->k; c++)
        good = good && m->rows[c] >= 0 && m->rows[c] <= 0x1p53 && m->weight[c] >= 0 && isfinite(m->weight[c]);
    for (size_t i = 0; i < m->k * m->p; i++)
        good = good && isfinite(m->centre[i]);
    return good
               ? LT_OK
               : ctx->fail(ctx, LT_INVALID, "the model's centres have numbers that can't be; the file is damaged");
}

static int mbkmeans_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                         void **model)
{
    struct mbkmeans *m = mbkmeans_new(ctx, params, info->column, info->p);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "centres", m->centre, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "weights", m->weight, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rows", m->rows, m->k, 0);
    if (status == LT_OK && ctx->get_number(ctx, "inertia", &m->inertia) != LT_OK)
        m->inertia = NAN;
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, 1ull << 53, &m->taken);
    if (status == LT_OK)
        status = check_loaded(ctx, m);
    if (status != LT_OK) {
        mbkmeans_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_mbkmeans = {
    LT_HEADER(1),
    .id = "mbkmeans",
    .name = "Mini-batch k-means",
    .version = "1",
    .summary = "k-means from small batches of rows: for tables too long to look at often",
    .doc = "k-means looks at all rows before it moves a centre once. Mini-batch k-means draws `batch_size` rows, "
           "gives "
           "each to its nearest centre, and moves the centre towards it at once:\n\n"
           "    n_c <- n_c + w,   m_c <- m_c + (w / n_c) (x - m_c)\n\n"
           "so that a centre is the mean of all rows that it was ever given, and moves less and less. Centres are "
           "about as good as those of k-means after a small share of the work. The first centres are sought by "
           "k-means++ in a sample. Training ends when the inertia of the batches, smoothed, has not fallen for "
           "`max_no_improvement` batches. More rows can be learned later (`update`): they move the centres in the "
           "same "
           "way.",
    .reference = "Sculley, Web-scale k-means clustering, WWW 2010",
    .tasks = LT_CLUSTER,
    .traits = LT_WEIGHTS_OK | LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = mbkmeans_params,
    .unit = "batch",
    .check = mbkmeans_check,
    .begin = mbkmeans_begin,
    .step = mbkmeans_step,
    .predict = mbkmeans_predict,
    .describe = mbkmeans_describe,
    .save = mbkmeans_save,
    .load = mbkmeans_load,
    .free = mbkmeans_free,
    .units = mbkmeans_units,
    .update = mbkmeans_update,
};

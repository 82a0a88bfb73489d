/* kmeans: Lloyd's algorithm. A step assigns every row to its nearest centre and moves the centres to the means of
 * their rows. Sums per cluster are kept up to date by the rows that changed sides; they are taken of x - shift,
 * where shift is near the mean of all rows, so that little is lost to rounding. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "plugins/cluster/centres.h"
#include "plugins/cluster/kmeans.h"
#include "plugins/cluster/restarts.h"
#include "plugins/cluster/seeding.h"
#include "plugins/cluster/show.h"
#include "plugins/kit/kit.h"
#include "plugins/kit/panel.h"

enum { N_CLUSTERS, INIT, N_INIT, MAX_ITER, TOL, N_PARAMS };
enum { INIT_PLUS_PLUS, INIT_RANDOM };

static const struct lt_param kmeans_params[N_PARAMS] = {
    [N_CLUSTERS] = {.name = "n_clusters",
                    .aliases = "k,clusters",
                    .type = LT_INT,
                    .flags = LT_TUNE,
                    .def = "8",
                    .min = 1,
                    .max = 10000,
                    .unit = "clusters",
                    .doc = "How many clusters are sought"},
    [INIT] = {.name = "init",
              .type = LT_CHOICE,
              .def = "k-means++",
              .choices = "k-means++,random",
              .doc = "Where the centres start: rows far from each other, or any rows"},
    [N_INIT] = {.name = "n_init",
                .aliases = "restarts",
                .type = LT_INT,
                .flags = LT_NULLABLE,
                .def = "none",
                .min = 1,
                .max = 10000,
                .unit = "runs",
                .doc =
                    "How many times to start anew; the best run is kept. none: 1 with k-means++, 10 with random"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "300",
                  .min = 1,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations of one run"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_ADVANCED | LT_LOG,
             .def = "1e-4",
             .min = 0,
             .max = INFINITY,
             .doc = "A run ends when the centres move less: squared, as a share of the columns' mean variance"},
};

struct solution {
    double *centre; /* k x p */
    double *rows;   /* k: rows in each cluster */
};

/* What is needed while steps are taken. */
struct training {
    struct panel_set points;
    int32_t *label, *next_label; /* n; -1 before the first assignment */
    double *sum;                 /* k x (p + 2): sum of weight * (x - shift), weight, rows */
    struct solution now;
    double spread;      /* sum of weight * |x - shift|^2 */
    double least_shift; /* tol in the squared units of the columns */
    size_t changed;     /* rows that changed sides since the centres last moved */
};

struct kmeans {
    size_t k, p;
    int init;
    double tol;
    struct restarts runs; /* height: - inertia, the sum of weight * squared distance to the nearest centre */
    struct solution best;
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static int solution_alloc(struct lt_ctx *ctx, struct solution *s, size_t k, size_t p)
{
    s->centre = kit_alloc(ctx, k, p * sizeof *s->centre);
    s->rows = kit_alloc_f64(ctx, k);
    return s->centre && s->rows ? LT_OK : LT_MEMORY;
}

static void solution_free(struct solution *s)
{
    free(s->centre);
    free(s->rows);
}

static void solution_copy(struct solution *to, const struct solution *from, size_t k, size_t p)
{
    memcpy(to->centre, from->centre, k * p * sizeof *to->centre);
    memcpy(to->rows, from->rows, k * sizeof *to->rows);
}

static void training_free(struct training *t)
{
    if (!t)
        return;
    panel_set_free(&t->points);
    free(t->label);
    free(t->next_label);
    free(t->sum);
    solution_free(&t->now);
    free(t);
}

static void kmeans_free(void *model)
{
    struct kmeans *m = model;
    if (!m)
        return;
    training_free(m->training);
    solution_free(&m->best);
    free(m->column_name);
    free(m);
}

static struct kmeans *kmeans_new(struct lt_ctx *ctx, const struct lt_params *params,
                                 const struct lt_column *column, size_t p)
{
    struct kmeans *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->k = (size_t)kit_int(params, N_CLUSTERS);
    m->p = p;
    m->init = kit_choice(params, INIT);
    const uint64_t n_init = m->init == INIT_RANDOM ? 10 : 1;
    restarts_init(&m->runs, kit_none(params, N_INIT) ? n_init : (uint64_t)kit_int(params, N_INIT),
                  (uint64_t)kit_int(params, MAX_ITER));
    m->tol = kit_real(params, TOL);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->column_name && solution_alloc(ctx, &m->best, m->k, p) == LT_OK)
        return m;
    kmeans_free(m);
    return 0;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int kmeans_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    return restarts_check(ctx, data, "kmeans", "n_clusters", (size_t)kit_int(params, N_CLUSTERS));
}

enum { BLOCK = 64 * PANEL_LANES, MOST_SLOTS = 64 };

struct spread_job {
    const struct lt_data *data;
    const double *shift;
    double *slot; /* blocks x (2 p + 1): sums of d and d^2 by column, sum of weight * |d|^2 */
};

static void spread_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct spread_job *job = arg;
    const size_t p = job->data->p;
    double *sum = job->slot + block * (2 * p + 1), *square = sum + p, total = 0;
    memset(sum, 0, (2 * p + 1) * sizeof *sum);
    for (size_t i = begin; i < end; i++) {
        const double *x = job->data->x64 + i * job->data->ld;
        double length = 0;
        for (size_t j = 0; j < p; j++) {
            const double d = x[j] - job->shift[j];
            sum[j] += d;
            square[j] += d * d;
            length += d * d;
        }
        total += (job->data->weight ? job->data->weight[i] : 1) * length;
    }
    sum[2 * p] = total;
}

/* The spread about the shift, and tol in squared units: tol times the mean variance of the columns. */
static int measure_spread(struct lt_ctx *ctx, const struct kmeans *m, struct training *t,
                          const struct lt_data *data)
{
    const size_t n = data->n, p = data->p, width = 2 * p + 1;
    const size_t rows = kit_block_rows(n, BLOCK, MOST_SLOTS), blocks = kit_block_count(n, rows);
    struct spread_job job = {data, t->points.frame.shift, kit_scratch(ctx, blocks, width * sizeof(double))};
    if (!job.slot)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, n, rows, spread_block, &job);
    if (status != LT_OK)
        return status;
    kit_add_slots(job.slot, blocks, width);
    double variance = 0;
    for (size_t j = 0; j < p; j++) {
        const double mean = job.slot[j] / (double)n;
        variance += fmax(0, job.slot[p + j] / (double)n - mean * mean) / (double)p;
    }
    t->least_shift = m->tol * variance;
    t->spread = job.slot[2 * p];
    return LT_OK;
}

static int kmeans_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                        void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct kmeans *m = kmeans_new(ctx, params, data->column, data->p);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        kmeans_free(m);
        return LT_MEMORY;
    }
    m->training = t;
    t->label = kit_alloc(ctx, data->n, sizeof *t->label);
    t->next_label = kit_alloc(ctx, data->n, sizeof *t->next_label);
    t->sum = kit_alloc(ctx, m->k, (m->p + 2) * sizeof *t->sum);
    status = t->label && t->next_label && t->sum ? solution_alloc(ctx, &t->now, m->k, m->p) : LT_MEMORY;
    if (status == LT_OK)
        status = panel_set_build(ctx, &t->points, PANEL_SQUARED, data->x64, data->n, data->p, data->ld);
    if (status == LT_OK)
        status = measure_spread(ctx, m, t, data);
    if (status != LT_OK) {
        kmeans_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- one iteration ------------------------------------------------------------------------------------------ */

/* First centres, and no row assigned. */
static int start_run(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct kmeans *m = model;
    struct training *t = m->training;
    size_t *chosen = kit_scratch(ctx, m->k, sizeof *chosen);
    if (!chosen)
        return LT_MEMORY;
    const uint64_t stream = m->runs.now.number;
    const int status = m->init == INIT_RANDOM ? seed_random(ctx, data->n, m->k, stream, chosen)
                                              : seed_plus_plus(ctx, &t->points, data->x64, data->ld, data->weight,
                                                               m->k, stream, chosen);
    if (status != LT_OK)
        return status;
    for (size_t c = 0; c < m->k; c++)
        memcpy(t->now.centre + c * m->p, data->x64 + chosen[c] * data->ld, m->p * sizeof *t->now.centre);
    for (size_t i = 0; i < data->n; i++)
        t->label[i] = -1;
    memset(t->sum, 0, m->k * (m->p + 2) * sizeof *t->sum);
    t->changed = 0;
    return LT_OK;
}

struct assignment {
    const struct training *t;
    const struct lt_data *data;
    const struct centres *centres;
    size_t width;
    double *slot;    /* slots x k x width: what the rows that changed sides add to the sums, and take away */
    size_t *changed; /* slots */
};

static void move_row(const struct assignment *a, double *slot, size_t i, int32_t cluster, double sign)
{
    const size_t p = a->data->p;
    const double weight = sign * (a->data->weight ? a->data->weight[i] : 1);
    const double *x = a->data->x64 + i * a->data->ld, *shift = a->t->points.frame.shift;
    double *to = slot + (size_t)cluster * a->width;
    for (size_t j = 0; j < p; j++)
        to[j] += weight * (x[j] - shift[j]);
    to[p] += weight;
    to[p + 1] += sign;
}

static void assign_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct assignment *a = arg;
    const struct training *t = a->t;
    const size_t p = a->data->p, k = a->centres->k;
    double *slot = a->slot + block * k * a->width;
    size_t changed = 0;
    memset(slot, 0, k * a->width * sizeof *slot);
    for (size_t at = begin; at < end; at += PANEL_LANES) {
        const size_t n = end - at < PANEL_LANES ? end - at : PANEL_LANES;
        centres_nearest(a->centres, t->points.x + at * p, t->points.size + at, a->data->x64 + at * a->data->ld, n,
                        a->data->ld, t->next_label + at);
        for (size_t i = at; i < at + n; i++) {
            if (t->next_label[i] == t->label[i])
                continue;
            move_row(a, slot, i, t->next_label[i], 1);
            if (t->label[i] >= 0)
                move_row(a, slot, i, t->label[i], -1);
            changed++;
        }
    }
    a->changed[block] = changed;
}

/* Assigns all rows to the centres of `now`; the sums follow. Nothing is changed when it is cancelled. */
static int assign(struct lt_ctx *ctx, struct kmeans *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t width = m->p + 2, room = (64u << 20) / sizeof(double) / (m->k * width) + 1;
    const size_t rows = kit_block_rows(data->n, BLOCK, room < MOST_SLOTS ? room : MOST_SLOTS);
    const size_t slots = kit_block_count(data->n, rows);
    struct centres centres;
    struct assignment a = {t,
                           data,
                           &centres,
                           width,
                           kit_scratch(ctx, slots * m->k, width * sizeof(double)),
                           kit_scratch(ctx, slots, sizeof(size_t))};
    if (!a.slot || !a.changed ||
        centres_ready(ctx, &centres, &t->points.frame, t->now.centre, m->k, m->p) != LT_OK)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, data->n, rows, assign_block, &a);
    if (status != LT_OK)
        return status;
    kit_add_slots(a.slot, slots, m->k * width);
    for (size_t i = 0; i < m->k * width; i++)
        t->sum[i] += a.slot[i];
    for (size_t s = 0; s < slots; s++)
        t->changed += a.changed[s];
    int32_t *old = t->label;
    t->label = t->next_label;
    t->next_label = old;
    return LT_OK;
}

/* Squared distance of each row to the centre it is assigned to. */
struct distances {
    const struct kmeans *m;
    const struct lt_data *data;
    double *distance; /* n, or NULL */
    double *sum;      /* a block each: weighted */
};

static void distances_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct distances *d = arg;
    const struct training *t = d->m->training;
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        const double *centre = t->now.centre + (size_t)t->label[i] * d->m->p;
        const double distance = squared_distance(d->m->p, d->data->x64 + i * d->data->ld, centre);
        if (d->distance)
            d->distance[i] = distance;
        sum += (d->data->weight ? d->data->weight[i] : 1) * distance;
    }
    d->sum[block] = sum;
}

/* A cluster without rows takes the row that is farthest from its centre, unless that row is alone already. */
static int fill_empty(struct lt_ctx *ctx, struct kmeans *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t width = m->p + 2;
    struct assignment a = {.t = t, .data = data, .width = width};
    struct distances d = {m, data, 0, 0};
    for (size_t c = 0; c < m->k; c++) {
        if (t->sum[c * width + m->p + 1] > 0)
            continue;
        if (!d.distance) {
            d.distance = kit_scratch_f64(ctx, data->n);
            d.sum = kit_scratch_f64(ctx, kit_block_count(data->n, BLOCK));
            if (!d.distance || !d.sum)
                return LT_MEMORY;
            const int status = kit_blocks(ctx, data->n, BLOCK, distances_block, &d);
            if (status != LT_OK)
                return status;
        }
        size_t farthest = data->n;
        double most = 0;
        for (size_t i = 0; i < data->n; i++)
            if (d.distance[i] > most && t->sum[(size_t)t->label[i] * width + m->p + 1] > 1 &&
                !(data->weight && !(data->weight[i] > 0))) {
                most = d.distance[i];
                farthest = i;
            }
        if (farthest == data->n)
            break;
        move_row(&a, t->sum, farthest, t->label[farthest], -1);
        move_row(&a, t->sum, farthest, (int32_t)c, 1);
        t->label[farthest] = (int32_t)c;
        d.distance[farthest] = 0;
    }
    return LT_OK;
}

/* Centres to the means of their rows; one without weight stays. Returns the sum of squared moves. */
static double move_centres(struct kmeans *m)
{
    struct training *t = m->training;
    const size_t width = m->p + 2;
    const double *shift = t->points.frame.shift;
    double moved = 0, explained = 0;
    for (size_t c = 0; c < m->k; c++) {
        const double *sum = t->sum + c * width, weight = sum[m->p];
        double *centre = t->now.centre + c * m->p;
        t->now.rows[c] = sum[m->p + 1];
        if (!(t->now.rows[c] > 0) || !(weight > 0))
            continue;
        for (size_t j = 0; j < m->p; j++) {
            const double mean = sum[j] / weight, to = shift[j] + mean;
            moved += (to - centre[j]) * (to - centre[j]);
            explained += weight * mean * mean;
            centre[j] = to;
        }
    }
    m->runs.now.height = -fmax(0, t->spread - explained);
    return moved;
}

/* The last word of a run: rows go to the centres as they now are, and the inertia is measured by differences. */
static int finish_run(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct kmeans *m = model;
    struct training *t = m->training;
    const size_t blocks = kit_block_count(data->n, BLOCK), width = m->p + 2;
    struct distances d = {m, data, 0, kit_scratch_f64(ctx, blocks)};
    int status = d.sum ? LT_OK : LT_MEMORY;
    if (status == LT_OK && t->changed > 0)
        status = assign(ctx, m, data);
    if (status == LT_OK)
        status = kit_blocks(ctx, data->n, BLOCK, distances_block, &d);
    if (status != LT_OK)
        return status;
    kit_add_slots(d.sum, blocks, 1);
    m->runs.now.height = -d.sum[0];
    for (size_t c = 0; c < m->k; c++)
        t->now.rows[c] = t->sum[c * width + m->p + 1];
    return LT_OK;
}

static void trace_iteration(struct lt_ctx *ctx, const struct kmeans *m, const struct lt_data *data)
{
    const struct lt_tensor centres = {LT_T_F64, 2, {m->k, m->p}, m->training->now.centre};
    const struct lt_tensor label = {LT_T_I32, 1, {data->n}, m->training->label};
    ctx->trace(ctx, "centres", &centres);
    ctx->trace(ctx, "label", &label);
}

static void note_empty(struct lt_ctx *ctx, const struct kmeans *m)
{
    size_t empty = 0;
    for (size_t c = 0; c < m->k; c++)
        empty += !(m->best.rows[c] > 0);
    if (empty)
        ctx->note(ctx, LT_WARNING,
                  "%zu of the %zu clusters %s no rows: the table has fewer different rows than clusters", empty,
                  m->k, empty == 1 ? "has" : "have");
}

/* Assigns, moves, and sees whether the run has come to its end. */
static int lloyd_iteration(struct lt_ctx *ctx, void *model, const struct lt_data *data, int *settled)
{
    struct kmeans *m = model;
    struct training *t = m->training;
    int status = assign(ctx, m, data);
    if (status == LT_OK)
        status = fill_empty(ctx, m, data);
    if (status != LT_OK)
        return status;
    const double moved = move_centres(m);
    *settled = t->changed == 0 || moved <= t->least_shift;
    if (!*settled && m->runs.now.iterations + 1 < m->runs.max_iter)
        t->changed = 0;
    return LT_OK;
}

static void stepped(struct lt_ctx *ctx, void *model, const struct lt_data *data, int is_best)
{
    struct kmeans *m = model;
    if (is_best)
        solution_copy(&m->best, &m->training->now, m->k, m->p);
    ctx->metric(ctx, "inertia", m->runs.taken, -m->runs.now.height);
    if (ctx->want_trace)
        trace_iteration(ctx, m, data);
}

static void training_over(struct lt_ctx *ctx, void *model)
{
    struct kmeans *m = model;
    note_empty(ctx, m);
    training_free(m->training);
    m->training = 0;
}

static int kmeans_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    static const struct restarts_way way = {start_run, lloyd_iteration, finish_run, stepped, training_over};
    return restarts_step(ctx, &((struct kmeans *)model)->runs, &way, model, data, units);
}

static int kmeans_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct kmeans *)model)->runs.taken;
    *planned = 0;
    return LT_OK;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

static int kmeans_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct kmeans *m = model;
    const int status = kit_check_finite(ctx, data);
    return status == LT_OK ? centres_label(ctx, m->best.centre, m->k, m->p, data, out->label) : status;
}

/* ---- for other methods -------------------------------------------------------------------------------------- */

static void say_nothing(struct lt_ctx *ctx, const char *name, uint64_t unit, double value)
{
    (void)ctx;
    (void)name;
    (void)unit;
    (void)value;
}

int kmeans_labels(struct lt_ctx *ctx, const struct lt_data *data, size_t k, size_t n_init, uint64_t run,
                  int32_t *label)
{
    const struct lt_value value[N_PARAMS] = {
        [N_CLUSTERS] = {.i = (int64_t)k},
        [INIT] = {.i = INIT_PLUS_PLUS},
        [N_INIT] = {.i = (int64_t)n_init},
        [MAX_ITER] = {.i = 300},
        [TOL] = {.r = 1e-4},
    };
    const struct lt_params params = {sizeof params, N_PARAMS, value};
    struct lt_ctx quiet = *ctx;
    struct lt_out out = {.size = sizeof out, .label = label};
    void *model = 0;
    quiet.metric = say_nothing;
    quiet.want_trace = 0;
    quiet.seed = ctx->seed + run;
    int status = kmeans_begin(&quiet, &params, data, &model);
    while (status == LT_OK || status == LT_MORE)
        status = kmeans_step(&quiet, model, data, 1);
    if (status == LT_DONE)
        status = kmeans_predict(&quiet, model, data, &out);
    kmeans_free(model);
    return status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int kmeans_describe(struct lt_ctx *ctx, const void *model)
{
    const struct kmeans *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "inertia", -m->runs.best.height);
    kit_statistic(ctx, "iterations", (double)m->runs.best.iterations);
    kit_statistic(ctx, "best run", (double)m->runs.best.number + 1);
    return show_centres(ctx, "Centres of the clusters", m->k, m->p, m->column_name, m->best.rows, m->best.centre);
}

static int kmeans_save(struct lt_ctx *ctx, const void *model)
{
    const struct kmeans *m = model;
    int status = kit_put_f64(ctx, "centres", m->best.centre, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "rows", m->best.rows, m->k, 0);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "inertia", -m->runs.best.height);
    return status == LT_OK ? restarts_save(ctx, &m->runs) : status;
}

static int kmeans_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                       void **model)
{
    double inertia = INFINITY;
    struct kmeans *m = kmeans_new(ctx, params, info->column, info->p);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "centres", m->best.centre, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rows", m->best.rows, m->k, 0);
    if (status == LT_OK)
        status = kit_get_real(ctx, "inertia", &inertia);
    if (status == LT_OK)
        status = restarts_load(ctx, &m->runs);
    for (size_t c = 0; status == LT_OK && c < m->k; c++)
        if (!(m->best.rows[c] >= 0 && m->best.rows[c] <= 0x1p53))
            status = ctx->fail(ctx, LT_INVALID, "cluster %zu has %g rows, which can't be; the file is damaged",
                               c + 1, m->best.rows[c]);
    if (status != LT_OK) {
        kmeans_free(m);
        return status;
    }
    m->runs.best.height = -inertia;
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_kmeans = {
    LT_HEADER(1),
    .id = "kmeans",
    .name = "k-means",
    .version = "1",
    .summary = "Finds k centres so that rows are near to theirs",
    .doc =
        "k-means looks for k centres that make the inertia small, the sum of squared distances from each row to "
        "its "
        "nearest centre:\n\n"
        "    inertia = sum_i w_i min_c |x_i - m_c|^2\n\n"
        "Lloyd's algorithm takes turns: give each row to its nearest centre; move each centre to the mean of its "
        "rows. Neither can raise the inertia, so it settles, though in a valley that depends on the start. "
        "`init=k-means++` starts from rows that are far apart; `n_init` starts several times and keeps the best. "
        "A "
        "cluster that loses all its rows takes the row farthest from its centre.\n\n"
        "The number of clusters is yours to choose: draw the inertia against k and look for the bend. Clusters "
        "come "
        "out round and of similar width, because only distances count; columns with large units would decide "
        "alone, "
        "so columns are scaled first. A run ends when no row changes sides, or when the centres' squared moves "
        "add up to less than `tol` times the mean variance of the columns.",
    .reference = "Lloyd, Least squares quantization in PCM, IEEE Trans. Information Theory 28 (1982); Arthur and "
                 "Vassilvitskii, k-means++: the advantages of careful seeding, SODA 2007",
    .tasks = LT_CLUSTER,
    .traits = LT_WEIGHTS_OK | LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = kmeans_params,
    .unit = "iteration",
    .check = kmeans_check,
    .begin = kmeans_begin,
    .step = kmeans_step,
    .predict = kmeans_predict,
    .describe = kmeans_describe,
    .save = kmeans_save,
    .load = kmeans_load,
    .free = kmeans_free,
    .units = kmeans_units,
};

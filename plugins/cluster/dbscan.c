/* dbscan: clusters are where rows lie close together. Which rows have how many neighbours is found once, as rows
 * of bits; then a step grows one cluster from its first core row. Where the bits of all rows would take too much
 * memory, those of the rows just reached are found again. With few columns a tree of boxes links the rows of all
 * clusters at once (linking.h), and a step hands out one of them. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "num/simd.h"
#include "num/sort.h"
#include "plugins/cluster/linking.h"
#include "plugins/cluster/remembered.h"
#include "plugins/cluster/within.h"
#include "plugins/kit/kit.h"
#include "plugins/kit/nearest_rows.h"

enum { EPS, MIN_SAMPLES, N_PARAMS };

static const struct lt_param dbscan_params[N_PARAMS] = {
    [EPS] = {.name = "eps",
             .aliases = "epsilon,radius",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
             .def = "0.5",
             .min = 0,
             .max = 1e150,
             .doc = "How near rows have to be to be neighbours, in the units of the prepared columns"},
    [MIN_SAMPLES] = {.name = "min_samples",
                     .aliases = "minpts,min_points",
                     .type = LT_INT,
                     .flags = LT_TUNE,
                     .def = "5",
                     .min = 1,
                     .max = 1000000000,
                     .unit = "rows",
                     .doc =
                         "How many rows (or how much weight) within eps make a row a core row, itself included"},
};

enum { CURVE = 256, STRIP = 1024 }; /* rows that the picture samples; rows of bits at a time */
enum { FEW_COLUMNS = 5, MOST_COLUMNS = 8, LINK_ROWS = 64 };
static const size_t most_matrix_bytes = 256u << 20; /* above this, neighbours are found twice */

struct training {
    /* by the tree: all that steps hand out; linked NULL: by bits */
    int32_t *linked;    /* n: the cluster of a row; -1 none */
    uint32_t *in_order; /* n: rows, cluster by cluster */
    size_t handed_out, n_linked;

    struct within within;
    uint64_t *bits;      /* n x words, or STRIP x words */
    int is_matrix;       /* bits hold all rows */
    uint8_t *core;       /* n */
    uint64_t *open;      /* words: rows in no cluster yet */
    uint64_t *open_next; /* the same, while a cluster grows */
    uint32_t *reached;   /* n: rows of the growing cluster; core rows are a queue */
    size_t first;        /* no core row before this is open */
};

struct dbscan {
    double eps;
    size_t min_samples;
    struct remembered rows;
    uint64_t taken, n_core;
    double curve[CURVE]; /* ascending: distance to the min_samples-th nearest row of a sample of rows */
    size_t n_curve;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    within_free(&t->within);
    free(t->bits);
    free(t->linked);
    free(t->in_order);
    free(t->core);
    free(t->open);
    free(t->open_next);
    free(t->reached);
    free(t);
}

static void dbscan_free(void *model)
{
    struct dbscan *m = model;
    if (!m)
        return;
    training_free(m->training);
    remembered_free(&m->rows);
    free(m);
}

static struct dbscan *dbscan_new(struct lt_ctx *ctx, const struct lt_params *params)
{
    struct dbscan *m = kit_alloc(ctx, 1, sizeof *m);
    if (m) {
        m->eps = kit_real(params, EPS);
        m->min_samples = (size_t)kit_int(params, MIN_SAMPLES);
    }
    return m;
}

/* ---- begin: who is a core row ------------------------------------------------------------------------------- */

static int dbscan_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    (void)params;
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n >= INT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "dbscan can take at most %d rows; train on a sample", INT32_MAX - 1);
    return status == LT_OK ? kit_check_weights(ctx, data) : status;
}

NUM_CLONES static double share_within(const uint64_t *row, size_t words, const double *weight)
{
    double sum = 0;
    uint64_t count = 0;
    for (size_t w = 0; w < words && !weight; w++)
        count += (uint64_t)__builtin_popcountll(row[w]);
    for (size_t w = 0; w < words && weight; w++)
        for (uint64_t open = row[w]; open; open &= open - 1)
            sum += weight[w * 64 + (size_t)__builtin_ctzll(open)];
    return weight ? sum : (double)count;
}

struct counting {
    const struct dbscan *m;
    const struct lt_data *data;
    size_t first;
};

static void count_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    (void)worker;
    const struct counting *job = arg;
    struct training *t = job->m->training;
    for (size_t i = begin; i < end; i++) {
        const uint64_t *row = t->bits + i * t->within.words;
        t->core[job->first + i] =
            share_within(row, t->within.words, job->data->weight) >= (double)job->m->min_samples;
    }
}

/* All rows in one strip when their bits fit. */
static int find_core(struct lt_ctx *ctx, struct dbscan *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t n = data->n, strip = t->is_matrix ? n : STRIP;
    uint32_t *list = t->reached;
    int status = LT_OK;
    for (size_t i = 0; i < n; i++)
        list[i] = (uint32_t)i;
    for (size_t first = 0; first < n && status == LT_OK; first += strip) {
        const size_t rows = n - first < strip ? n - first : strip;
        struct counting job = {m, data, first};
        status = t->is_matrix ? within_matrix(ctx, &t->within, t->bits)
                              : within_find(ctx, &t->within, list + first, rows, t->bits);
        if (status == LT_OK)
            status = kit_blocks(ctx, rows, WITHIN_ROWS, count_block, &job);
        ctx->progress(ctx, (double)(first + rows) / (double)n, "neighbours");
    }
    for (size_t i = 0; i < n && status == LT_OK; i++)
        m->n_core += t->core[i];
    return status;
}

static void keep_last(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    ((double *)arg)[query] = list[k - 1].distance;
}

/* The curve by which eps is chosen, from rows at even distances. */
static int measure_curve(struct lt_ctx *ctx, struct dbscan *m)
{
    const struct remembered *r = &m->rows;
    const size_t k = m->min_samples, sample = r->n < CURVE ? r->n : CURVE;
    if (k > r->n || k > 1000)
        return LT_OK;
    double *q = kit_scratch(ctx, sample, r->p * sizeof *q), work[CURVE];
    if (!q)
        return LT_MEMORY;
    for (size_t i = 0; i < sample; i++)
        memcpy(q + i * r->p, r->x + i * r->n / sample * r->p, r->p * sizeof *q);
    struct nearest_rows rows;
    int status = nearest_rows_build(ctx, &rows, PANEL_SQUARED, r->x, r->n, r->p);
    if (status == LT_OK)
        status = nearest_rows_find(ctx, &rows, q, sample, r->p, k, keep_last, m->curve);
    nearest_rows_free(&rows);
    if (status != LT_OK)
        return status;
    m->n_curve = sample;
    sort_f64(sample, m->curve, work);
    return LT_OK;
}

/* The rows of each cluster together, in the order of the table. */
static int sort_by_cluster(struct lt_ctx *ctx, struct training *t, size_t n)
{
    int32_t most = -1;
    for (size_t i = 0; i < n; i++)
        most = t->linked[i] > most ? t->linked[i] : most;
    size_t *at = kit_scratch(ctx, (size_t)(most + 2), sizeof *at);
    if (!at)
        return LT_MEMORY;
    memset(at, 0, (size_t)(most + 2) * sizeof *at);
    for (size_t i = 0; i < n; i++)
        at[t->linked[i] + 1] += t->linked[i] >= 0;
    for (int32_t c = 0; c <= most; c++)
        at[c + 1] += at[c];
    t->n_linked = at[most + 1];
    for (size_t i = 0; i < n; i++)
        if (t->linked[i] >= 0)
            t->in_order[at[t->linked[i]]++] = (uint32_t)i;
    return LT_OK;
}

/* Where the tree is faster: few columns, or some more and more rows than bits are kept for. */
static int tree_pays(size_t n, size_t p)
{
    const int bits_fit = kit_block_count(n, 64) <= most_matrix_bytes / sizeof(uint64_t) / n;
    return n >= LINK_ROWS && (p <= FEW_COLUMNS || (p <= MOST_COLUMNS && !bits_fit));
}

static int link_begin(struct lt_ctx *ctx, struct dbscan *m, const struct lt_data *data)
{
    const size_t n = m->rows.n;
    struct training *t = m->training = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return LT_MEMORY;
    t->core = kit_alloc(ctx, n, 1);
    t->linked = kit_alloc(ctx, n, sizeof *t->linked);
    t->in_order = kit_alloc(ctx, n, sizeof *t->in_order);
    if (!t->core || !t->linked || !t->in_order)
        return LT_MEMORY;
    const int status =
        link_rows(ctx, m->rows.x, n, m->rows.p, data->weight, m->eps, (double)m->min_samples, t->core, t->linked);
    for (size_t i = 0; i < n; i++)
        m->n_core += t->core[i];
    return status == LT_OK ? sort_by_cluster(ctx, t, n) : status;
}

static int bits_begin(struct lt_ctx *ctx, struct dbscan *m)
{
    const size_t n = m->rows.n, words = kit_block_count(n, 64);
    struct training *t = m->training = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return LT_MEMORY;
    t->is_matrix = words <= most_matrix_bytes / sizeof *t->bits / n;
    t->bits = calloc((t->is_matrix ? n : STRIP) * words, sizeof *t->bits); /* mostly never touched */
    t->core = kit_alloc(ctx, n, 1);
    t->open = kit_alloc(ctx, words, sizeof *t->open);
    t->open_next = kit_alloc(ctx, words, sizeof *t->open_next);
    t->reached = kit_alloc(ctx, n, sizeof *t->reached);
    if (!t->bits)
        kit_no_memory(ctx, n, words * sizeof *t->bits);
    if (!t->bits || !t->core || !t->open || !t->open_next || !t->reached)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++)
        t->open[i / 64] |= 1ull << i % 64;
    return within_build(ctx, &t->within, m->rows.x, n, m->rows.p, m->eps);
}

static int dbscan_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                        void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct dbscan *m = dbscan_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    status = remembered_begin(ctx, &m->rows, data);
    if (status == LT_OK)
        status = measure_curve(ctx, m);
    if (status == LT_OK && tree_pays(data->n, data->p)) {
        status = link_begin(ctx, m, data);
    } else if (status == LT_OK) {
        status = bits_begin(ctx, m);
        if (status == LT_OK)
            status = find_core(ctx, m, data);
    }
    if (status != LT_OK) {
        dbscan_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- a step: one cluster ------------------------------------------------------------------------------------ */

static int is_open(const uint64_t *open, size_t i)
{
    return (int)(open[i / 64] >> i % 64 & 1);
}

/* The rows of bits of list[m], which are of the matrix or found now. */
static int neighbours_of(struct lt_ctx *ctx, struct training *t, const uint32_t *list, size_t m,
                         const uint64_t **row)
{
    const size_t words = t->within.words;
    for (size_t i = 0; i < m; i++)
        row[i] = t->bits + (t->is_matrix ? list[i] : i) * words;
    if (!t->is_matrix)
        return within_find(ctx, &t->within, list, m, t->bits);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

/* Takes the open neighbours of a core row into the cluster. Core rows among them come next in the queue, from the
 * front; border rows are put down from the back. */
static void take_neighbours(struct training *t, const uint64_t *row, size_t *queued, size_t *border)
{
    for (size_t w = 0; w < t->within.words; w++) {
        uint64_t fresh = row[w] & t->open_next[w];
        t->open_next[w] ^= fresh;
        for (; fresh; fresh &= fresh - 1) {
            const size_t i = w * 64 + (size_t)__builtin_ctzll(fresh);
            t->reached[t->core[i] ? (*queued)++ : --*border] = (uint32_t)i;
        }
    }
}

/* The cluster of core row `seed` becomes number `label`. Nothing has changed when it is cancelled. */
static int grow(struct lt_ctx *ctx, struct dbscan *m, size_t seed, int32_t label)
{
    enum { BATCH = 256 };
    struct training *t = m->training;
    const size_t n = m->rows.n;
    const uint64_t *row[BATCH];
    size_t done = 0, queued = 1, border = n;
    memcpy(t->open_next, t->open, t->within.words * sizeof *t->open);
    t->open_next[seed / 64] ^= 1ull << seed % 64;
    t->reached[0] = (uint32_t)seed;
    while (done < queued) {
        const size_t batch = queued - done < BATCH ? queued - done : BATCH;
        const int status = neighbours_of(ctx, t, t->reached + done, batch, row);
        if (status != LT_OK)
            return status;
        for (size_t i = 0; i < batch; i++)
            take_neighbours(t, row[i], &queued, &border);
        done += batch;
    }
    for (size_t i = 0; i < queued; i++) {
        m->rows.label[t->reached[i]] = label;
        m->rows.speaks[t->reached[i]] = 1;
    }
    for (size_t i = border; i < n; i++)
        m->rows.label[t->reached[i]] = label;
    uint64_t *before = t->open;
    t->open = t->open_next;
    t->open_next = before;
    return LT_OK;
}

static void note_result(struct lt_ctx *ctx, const struct dbscan *m)
{
    if (!m->n_core)
        ctx->note(ctx, LT_WARNING,
                  "no row has %zu rows within %g of it, so all rows are noise: use a larger eps or a smaller "
                  "min_samples",
                  m->min_samples, m->eps);
    else if (m->taken == 1 && m->n_core == m->rows.n)
        ctx->note(ctx, LT_WARNING, "all rows are in one cluster: use a smaller eps");
}

static size_t next_seed(const struct dbscan *m)
{
    const struct training *t = m->training;
    size_t i = t->first;
    while (i < m->rows.n && !(t->core[i] && is_open(t->open, i)))
        i++;
    return i;
}

/* The next cluster of those that are linked. */
static int hand_out(struct lt_ctx *ctx, struct dbscan *m)
{
    struct training *t = m->training;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    for (; t->handed_out < t->n_linked; t->handed_out++) {
        const uint32_t row = t->in_order[t->handed_out];
        if (t->linked[row] != (int32_t)m->taken)
            break;
        m->rows.label[row] = t->linked[row];
        m->rows.speaks[row] = t->core[row];
    }
    m->taken += t->n_linked > 0;
    return t->handed_out < t->n_linked ? LT_MORE : LT_DONE;
}

/* Grows the cluster of the first core row that is in none. */
static int grow_next(struct lt_ctx *ctx, struct dbscan *m)
{
    struct training *t = m->training;
    t->first = next_seed(m);
    if (t->first < m->rows.n) {
        const int status = grow(ctx, m, t->first, (int32_t)m->taken);
        if (status != LT_OK)
            return status;
        m->taken++;
    }
    t->first = next_seed(m);
    return t->first < m->rows.n ? LT_MORE : LT_DONE;
}

static int dbscan_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct dbscan *m = model;
    (void)data;
    for (uint64_t u = 0; u < units && m->training; u++) {
        const int status = m->training->linked ? hand_out(ctx, m) : grow_next(ctx, m);
        if (status < 0)
            return status;
        if (status == LT_MORE)
            continue;
        note_result(ctx, m);
        training_free(m->training);
        m->training = 0;
    }
    return m->training ? LT_MORE : LT_DONE;
}

static int dbscan_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct dbscan *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static int dbscan_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct dbscan *m = model;
    const size_t k = remembered_clusters(&m->rows);
    double *reach = kit_scratch_f64(ctx, k);
    if (!reach)
        return LT_MEMORY;
    for (size_t c = 0; c < k; c++)
        reach[c] = m->eps;
    return remembered_predict(ctx, &m->rows, data, reach, out->label);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int dbscan_describe(struct lt_ctx *ctx, const void *model)
{
    const struct dbscan *m = model;
    size_t core = 0, inside = 0;
    double eps[2] = {m->eps, m->eps}, span[2] = {1, (double)m->n_curve}, share[CURVE];
    for (size_t i = 0; i < m->rows.n; i++) {
        core += m->rows.speaks[i];
        inside += m->rows.label[i] >= 0;
    }
    kit_summary(ctx);
    kit_statistic(ctx, "clusters", (double)remembered_clusters(&m->rows));
    kit_statistic(ctx, "core rows", (double)core);
    kit_statistic(ctx, "border rows", (double)(inside - core));
    kit_statistic(ctx, "noise rows", (double)(m->rows.n - inside));
    const int status = remembered_describe(ctx, &m->rows);
    if (status != LT_OK || m->n_curve < 2)
        return status;
    for (size_t i = 0; i < m->n_curve; i++)
        share[i] = 100 * (double)(i + 1) / (double)m->n_curve;
    span[0] = share[0];
    span[1] = 100;
    const struct lt_series series[] = {
        {.mark = LT_LINE, .name = "distance", .n = m->n_curve, .x = share, .y = m->curve},
        {.mark = LT_LINE, .name = "eps", .n = 2, .x = span, .y = eps},
    };
    ctx->emit_plot(ctx, "reach", "How far the min_samples-th nearest row is: eps is well chosen at the bend",
                   "percent of rows", "distance", series, 2);
    return LT_OK;
}

static int dbscan_save(struct lt_ctx *ctx, const void *model)
{
    const struct dbscan *m = model;
    int status = remembered_save(ctx, &m->rows);
    if (status == LT_OK)
        status = kit_put_count(ctx, "taken", m->taken);
    if (status == LT_OK)
        status = kit_put_count(ctx, "points", m->n_curve);
    return status == LT_OK ? kit_put_f64(ctx, "curve", m->curve, m->n_curve, 0) : status;
}

static int dbscan_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                       void **model)
{
    struct dbscan *m = dbscan_new(ctx, params);
    uint64_t points = 0;
    if (!m)
        return LT_MEMORY;
    int status = remembered_load(ctx, &m->rows, info);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 0, INT32_MAX, &m->taken);
    if (status == LT_OK)
        status = kit_get_count(ctx, "points", 0, CURVE, &points);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "curve", m->curve, points, 0);
    for (size_t i = 0; i < points && status == LT_OK; i++)
        if (!isfinite(m->curve[i]))
            status = ctx->fail(ctx, LT_INVALID, "'curve' of the model is not finite; the file is damaged");
    if (status != LT_OK) {
        dbscan_free(m);
        return status;
    }
    m->n_curve = points;
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_dbscan = {
    LT_HEADER(1),
    .id = "dbscan",
    .name = "DBSCAN",
    .version = "1",
    .summary = "Finds clusters of any shape where rows lie close together; the rest is noise",
    .doc =
        "A row is a **core row** when at least `min_samples` rows (itself included) are within `eps` of it:\n\n"
        "    |{ j : |x_i - x_j| <= eps }| >= min_samples\n\n"
        "Core rows within eps of each other are in one cluster, and so on from neighbour to neighbour: a cluster "
        "is all that can be reached that way, and may have any shape. A row that isn't core but is within eps of "
        "a "
        "core row is a **border row**: it joins the first cluster that reaches it. All others are **noise** "
        "(-1).\n\n"
        "Nobody has to say how many clusters there are; instead there is one density for all of them. Look at the "
        "picture of the distance to the `min_samples`-th nearest row: it is flat inside clusters and bends "
        "upwards "
        "where noise begins, and eps belongs at the bend. Clusters are numbered by their first core row. A step "
        "grows one cluster.\n\n"
        "Rows of the training get their cluster back; a new row gets the cluster of the nearest core row within "
        "eps, else -1.",
    .reference =
        "Ester, Kriegel, Sander and Xu, A density-based algorithm for discovering clusters in large spatial "
        "databases with noise, KDD 1996",
    .tasks = LT_CLUSTER,
    .traits = LT_WEIGHTS_OK | LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = dbscan_params,
    .unit = "cluster",
    .check = dbscan_check,
    .begin = dbscan_begin,
    .step = dbscan_step,
    .predict = dbscan_predict,
    .describe = dbscan_describe,
    .save = dbscan_save,
    .load = dbscan_load,
    .free = dbscan_free,
    .units = dbscan_units,
};

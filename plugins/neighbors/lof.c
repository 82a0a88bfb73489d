/* lof: the local outlier factor: how much thinner the rows lie around a row than around its neighbours. */
#include "plugins/neighbors/neighbors.h"

#include "plugins/kit/kit.h"
#include "plugins/neighbors/index.h"

enum { N_NEIGHBORS, METRIC, POWER, ALGORITHM, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [N_NEIGHBORS] = {.name = "n_neighbors",
                     .aliases = "k,neighbors",
                     .type = LT_INT,
                     .flags = LT_TUNE | LT_LOG,
                     .def = "20",
                     .min = 1,
                     .max = 10000,
                     .unit = "rows",
                     .doc = "How many nearest rows tell the density around a row; at most all others"},
    INDEX_PARAMS(METRIC, POWER, ALGORITHM),
};

struct lof {
    size_t n, p, k;
    double *x;       /* n x p */
    double *reach;   /* n: distance to the k-th neighbour */
    double *density; /* n: local reachability density */
    double *factor;  /* n: the local outlier factor of the training rows */
    struct index index;
    bool done;
};

static void lof_free(void *model)
{
    struct lof *m = model;
    if (!m)
        return;
    index_free(&m->index);
    free(m->x);
    free(m->reach);
    free(m->density);
    free(m->factor);
    free(m);
}

static struct lof *lof_new(struct lt_ctx *ctx, const struct lt_params *given, size_t n, size_t p)
{
    struct lof *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->n = n;
    m->p = p;
    m->k = (size_t)kit_int(given, N_NEIGHBORS) < n - 1 ? (size_t)kit_int(given, N_NEIGHBORS) : n - 1;
    m->x = kit_alloc(ctx, n, p * sizeof(double));
    m->reach = kit_alloc_f64(ctx, n);
    m->density = kit_alloc_f64(ctx, n);
    m->factor = kit_alloc_f64(ctx, n);
    if (m->x && m->reach && m->density && m->factor)
        return m;
    lof_free(m);
    return NULL;
}

static int build(struct lt_ctx *ctx, const struct lt_params *given, struct lof *m)
{
    return index_build(ctx, &m->index, (enum index_way)kit_choice(given, ALGORITHM),
                       (enum index_metric)kit_choice(given, METRIC), kit_real(given, POWER), m->x, m->n, m->p);
}

static int lof_begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    int status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n > UINT32_MAX)
        status = ctx->fail(ctx, LT_INVALID, "lof can hold at most %u rows; train on a sample", UINT32_MAX);
    if (status == LT_OK)
        status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct lof *m = lof_new(ctx, given, data->n, data->p);
    if (!m)
        return LT_MEMORY;
    for (size_t i = 0; i < m->n; i++) {
        memcpy(m->x + i * m->p, data->x64 + i * data->ld, m->p * sizeof *m->x);
        m->factor[i] = m->density[i] = 1; /* all alike until they are measured */
    }
    status = build(ctx, given, m);
    if (status != LT_OK)
        lof_free(m);
    else
        *model = m;
    return status;
}

/* ---- training: neighbours, densities, factors --------------------------------------------------------------- */

struct survey {
    const struct lof *m;
    uint32_t *row;    /* n x k: the neighbours of each row, without itself */
    double *distance; /* n x k */
};

static void note_neighbours(void *arg, size_t i, const struct neighbour *list, size_t k)
{
    const struct survey *s = arg;
    size_t held = 0;
    for (size_t j = 0; j < k && held < s->m->k; j++) {
        if (list[j].row == i)
            continue;
        s->row[i * s->m->k + held] = list[j].row;
        s->distance[i * s->m->k + held++] = list[j].distance;
    }
}

/* 1 over the mean reachability distance: neighbours count as at least as far as their own k-th neighbour. */
static double density_of(size_t k, const uint32_t *row, const double *distance, const double *reach)
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += fmax(distance[j], reach[row[j]]);
    return 1 / (sum / (double)k + 1e-10);
}

static double factor_of(size_t k, const uint32_t *row, const double *density, double own)
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += density[row[j]];
    return sum / (double)k / own;
}

static int lof_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct lof *m = model;
    size_t n = m->n, k = m->k;
    struct survey s = {m, kit_scratch(ctx, n, k * sizeof *s.row), kit_scratch(ctx, n, k * sizeof *s.distance)};
    (void)data;
    (void)units;
    if (!s.row || !s.distance)
        return LT_MEMORY;
    int status = index_find(ctx, &m->index, m->x, n, m->p, k + 1, note_neighbours, &s);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        m->reach[i] = s.distance[i * k + k - 1];
    for (size_t i = 0; i < n; i++)
        m->density[i] = density_of(k, s.row + i * k, s.distance + i * k, m->reach);
    for (size_t i = 0; i < n; i++)
        m->factor[i] = factor_of(k, s.row + i * k, m->density, m->density[i]);
    m->done = true;
    return LT_DONE;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct answer {
    const struct lof *m;
    double *value;
};

static void judge(void *arg, size_t i, const struct neighbour *list, size_t k)
{
    const struct answer *a = arg;
    const struct lof *m = a->m;
    double sum = 0, densities = 0;
    if (list[0].distance == 0) { /* a row of the training table is judged without itself */
        a->value[i] = m->factor[list[0].row];
        return;
    }
    for (size_t j = 0; j < k; j++) {
        sum += fmax(list[j].distance, m->reach[list[j].row]);
        densities += m->density[list[j].row];
    }
    a->value[i] = densities / (double)k * (sum / (double)k + 1e-10);
}

static int lof_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct lof *m = model;
    struct answer answer = {m, out->value};
    const int status = kit_check_finite(ctx, data);
    return status == LT_OK ? index_find(ctx, &m->index, data->x64, data->n, data->ld, m->k, judge, &answer)
                           : status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int lof_describe(struct lt_ctx *ctx, const void *model)
{
    const struct lof *m = model;
    double most = 0;
    size_t strange = 0;
    for (size_t i = 0; i < m->n; i++) {
        most = fmax(most, m->factor[i]);
        strange += m->factor[i] > 1.5;
    }
    kit_summary(ctx);
    kit_statistic(ctx, "rows kept", (double)m->n);
    kit_statistic(ctx, "neighbours asked", (double)m->k);
    kit_statistic(ctx, "largest factor", most);
    kit_statistic(ctx, "rows above 1.5", (double)strange);
    return LT_OK;
}

static int lof_save(struct lt_ctx *ctx, const void *model)
{
    const struct lof *m = model;
    int status = kit_put_f64(ctx, "rows", m->x, m->n, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "reach", m->reach, m->n, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "density", m->density, m->n, 0);
    return status == LT_OK ? kit_put_f64(ctx, "factor", m->factor, m->n, 0) : status;
}

static int load_into(struct lt_ctx *ctx, const struct lt_params *given, struct lof *m)
{
    int status = kit_get_f64(ctx, "rows", m->x, m->n, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "reach", m->reach, m->n, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "density", m->density, m->n, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "factor", m->factor, m->n, 0);
    for (size_t i = 0; status == LT_OK && i < m->n * m->p; i++)
        if (!isfinite(m->x[i]))
            status = ctx->fail(ctx, LT_INVALID, "the model has a row that isn't finite; the file is damaged");
    return status == LT_OK ? build(ctx, given, m) : status;
}

static int lof_load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    struct lt_tensor rows;
    int status = kit_find(ctx, "rows", LT_T_F64, 2, &rows);
    if (status != LT_OK)
        return status;
    if (rows.shape[1] != info->p || rows.shape[0] < 2 || rows.shape[0] > UINT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "the model's rows are %zu x %zu; the file is damaged", rows.shape[0],
                         rows.shape[1]);
    struct lof *m = lof_new(ctx, given, rows.shape[0], rows.shape[1]);
    status = m ? load_into(ctx, given, m) : LT_MEMORY;
    if (status != LT_OK) {
        lof_free(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

static int lof_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct lof *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo neighbors_lof = {
    LT_HEADER(1),
    .id = "lof",
    .name = "Local outlier factor",
    .version = "1",
    .summary = "How much thinner the rows lie around a row than around its neighbours",
    .doc = "A row is strange when its surroundings are emptier than those of its neighbours. With `d_k(o)` the "
           "distance from o to its k-th neighbour,\n\n"
           "    reach(a, o) = max(d_k(o), d(a, o))\n"
           "    density(a)  = 1 / mean over the k neighbours o of reach(a, o)\n"
           "    LOF(a)      = mean over the k neighbours o of density(o) / density(a)\n\n"
           "Inside a cluster the factor is near 1 whatever the cluster's density; 2 means half as dense as around "
           "the neighbours. So it finds rows that are odd for their neighbourhood, where a global distance would "
           "only find the sparse regions.\n\n"
           "`n_neighbors` is the size of the smallest group that isn't itself an anomaly. A row of the training "
           "table is judged without itself, as when it was learnt; new rows are judged by the training rows.",
    .reference = "Breunig, Kriegel, Ng and Sander (2000), LOF: identifying density-based local outliers, SIGMOD",
    .tasks = LT_ANOMALY,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "pass",
    .begin = lof_begin,
    .step = lof_step,
    .predict = lof_predict,
    .describe = lof_describe,
    .save = lof_save,
    .load = lof_load,
    .free = lof_free,
    .units = lof_units,
};

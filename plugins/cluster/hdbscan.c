/* hdbscan: DBSCAN at all densities at once. Rows are joined by the shortest tree of mutual reachability, one edge a
 * step; the last step condenses the tree and keeps its most stable clusters. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "plugins/cluster/condensed.h"
#include "plugins/cluster/remembered.h"
#include "plugins/kit/kit.h"
#include "plugins/kit/nearest_rows.h"

enum { MIN_CLUSTER_SIZE, MIN_SAMPLES, EPSILON, METHOD, ALLOW_SINGLE, N_PARAMS };

static const struct lt_param hdbscan_params[N_PARAMS] = {
    [MIN_CLUSTER_SIZE] = {.name = "min_cluster_size",
                          .aliases = "min_size",
                          .type = LT_INT,
                          .flags = LT_TUNE,
                          .def = "5",
                          .min = 2,
                          .max = 1000000000,
                          .unit = "rows",
                          .doc = "The fewest rows that are a cluster"},
    [MIN_SAMPLES] = {.name = "min_samples",
                     .aliases = "minpts",
                     .type = LT_INT,
                     .flags = LT_NULLABLE | LT_TUNE,
                     .def = "none",
                     .min = 1,
                     .max = 1000000000,
                     .unit = "rows",
                     .doc =
                         "The core distance of a row reaches so many rows, itself included: more means smoother. "
                         "none: as min_cluster_size"},
    [EPSILON] = {.name = "cluster_selection_epsilon",
                 .aliases = "epsilon",
                 .type = LT_REAL,
                 .def = "0",
                 .min = 0,
                 .max = INFINITY,
                 .doc = "Clusters that part at less than this distance are not told apart"},
    [METHOD] = {.name = "cluster_selection_method",
                .aliases = "selection",
                .type = LT_CHOICE,
                .def = "eom",
                .choices = "eom,leaf",
                .doc = "Keep the clusters with the greatest excess of mass, or the smallest of the tree"},
    [ALLOW_SINGLE] = {.name = "allow_single_cluster",
                      .type = LT_BOOL,
                      .flags = LT_ADVANCED,
                      .def = "no",
                      .doc = "Whether all rows together may be the only cluster"},
};

struct hdbscan {
    size_t min_size, min_samples;
    double eps;
    enum selection method;
    int allow_single;
    struct remembered rows;
    struct edge *edge; /* n - 1; sorted when done */
    size_t taken;
    double *reach, *stability; /* n each, by cluster: the distance at which it parts from its parent */
    struct spanning *spanning; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void hdbscan_free(void *model)
{
    struct hdbscan *m = model;
    if (!m)
        return;
    if (m->spanning)
        spanning_free(m->spanning);
    free(m->spanning);
    remembered_free(&m->rows);
    free(m->edge);
    free(m->reach);
    free(m->stability);
    free(m);
}

static struct hdbscan *hdbscan_new(struct lt_ctx *ctx, const struct lt_params *params)
{
    struct hdbscan *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->min_size = (size_t)kit_int(params, MIN_CLUSTER_SIZE);
    m->min_samples = kit_none(params, MIN_SAMPLES) ? m->min_size : (size_t)kit_int(params, MIN_SAMPLES);
    m->eps = kit_real(params, EPSILON);
    m->method = (enum selection)kit_choice(params, METHOD);
    m->allow_single = kit_bool(params, ALLOW_SINGLE);
    return m;
}

static int clusters_alloc(struct lt_ctx *ctx, struct hdbscan *m)
{
    m->reach = kit_alloc_f64(ctx, m->rows.n);
    m->stability = kit_alloc_f64(ctx, m->rows.n);
    return m->reach && m->stability ? LT_OK : LT_MEMORY;
}

/* ---- begin: core distances ---------------------------------------------------------------------------------- */

static int hdbscan_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t samples = kit_none(params, MIN_SAMPLES) ? (size_t)kit_int(params, MIN_CLUSTER_SIZE)
                                                         : (size_t)kit_int(params, MIN_SAMPLES);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && samples > data->n)
        return ctx->fail(ctx, LT_INVALID, "min_samples=%zu is more than there are rows (%zu); use %zu or less",
                         samples, data->n, data->n);
    if (status == LT_OK && data->n >= INT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "hdbscan can take at most %d rows; train on a sample", INT32_MAX - 1);
    return status;
}

struct cores {
    const struct remembered *r;
    double *distance;
};

/* Measured as the tree's edges are: an edge that is as long as a core distance ties with it exactly. */
static void keep_last(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    const struct cores *job = arg;
    const double *x = job->r->x;
    const size_t p = job->r->p;
    job->distance[query] = spanning_distance(p, x + query * p, x + list[k - 1].row * p);
}

static int training_begin(struct lt_ctx *ctx, struct hdbscan *m)
{
    const struct remembered *r = &m->rows;
    double *core = kit_scratch_f64(ctx, r->n);
    struct cores cores = {r, core};
    struct nearest_rows rows;
    m->edge = kit_alloc(ctx, r->n, sizeof *m->edge);
    m->spanning = kit_alloc(ctx, 1, sizeof *m->spanning);
    if (!core || !m->edge || !m->spanning || clusters_alloc(ctx, m) != LT_OK)
        return LT_MEMORY;
    int status = lanes_check(ctx, r->x, r->n, r->p);
    if (status == LT_OK)
        status = nearest_rows_build(ctx, &rows, PANEL_SQUARED, r->x, r->n, r->p);
    if (status != LT_OK)
        return status;
    status = nearest_rows_find(ctx, &rows, r->x, r->n, r->p, m->min_samples, keep_last, &cores);
    nearest_rows_free(&rows);
    return status == LT_OK ? spanning_begin(ctx, m->spanning, r->x, r->n, r->p, core) : status;
}

static int hdbscan_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                         void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct hdbscan *m = hdbscan_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    status = remembered_begin(ctx, &m->rows, data);
    if (status == LT_OK)
        status = training_begin(ctx, m);
    if (status != LT_OK) {
        hdbscan_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- from the tree to clusters ------------------------------------------------------------------------------ */

static int tree_of(struct lt_ctx *ctx, const struct hdbscan *m, struct join **join)
{
    *join = kit_scratch(ctx, m->taken, sizeof **join);
    return *join ? dendrogram_build(ctx, m->edge, m->taken, m->rows.n, *join) : LT_MEMORY;
}

/* Clusters are numbered by their first rows. */
static int find_clusters(struct lt_ctx *ctx, struct hdbscan *m)
{
    struct join *join;
    struct condensed c;
    int status = tree_of(ctx, m, &join);
    if (status == LT_OK)
        status = condensed_build(ctx, join, m->rows.n, m->min_size, &c);
    if (status != LT_OK)
        return status;
    uint8_t *chosen = kit_scratch(ctx, c.k, 1);
    int32_t *number = kit_scratch(ctx, c.k, sizeof *number), next = 0;
    if (!chosen || !number)
        return LT_MEMORY;
    status = condensed_select(ctx, &c, m->method, m->allow_single, m->eps, chosen);
    if (status != LT_OK)
        return status;
    for (size_t k = 0; k < c.k; k++)
        number[k] = -1;
    for (size_t i = 0; i < m->rows.n; i++) {
        const int32_t cluster = condensed_cluster_of(&c, chosen, i);
        if (cluster >= 0 && number[cluster] < 0) {
            m->reach[next] = c.birth[cluster] > 0 ? 1 / c.birth[cluster] : INFINITY;
            m->stability[next] = c.stability[cluster];
            number[cluster] = next++;
        }
        m->rows.label[i] = cluster >= 0 ? number[cluster] : -1;
        m->rows.speaks[i] = cluster >= 0;
    }
    return LT_OK;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static int hdbscan_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct hdbscan *m = model;
    (void)data;
    if (!m->spanning)
        return LT_DONE;
    for (uint64_t u = 0; u < units && m->taken + 1 < m->rows.n; u++) {
        if (ctx->cancelled(ctx))
            return LT_CANCELLED;
        m->edge[m->taken++] = spanning_next(ctx, m->spanning);
    }
    if (m->taken + 1 < m->rows.n)
        return LT_MORE;
    int status = edges_sort(ctx, m->edge, m->taken);
    if (status == LT_OK)
        status = find_clusters(ctx, m);
    if (status != LT_OK)
        return status;
    if (!remembered_clusters(&m->rows))
        ctx->note(ctx, LT_WARNING,
                  "no cluster stands out, so all rows are noise: use a smaller min_cluster_size or min_samples");
    spanning_free(m->spanning);
    free(m->spanning);
    m->spanning = 0;
    return LT_DONE;
}

static int hdbscan_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct hdbscan *m = model;
    *taken = m->taken;
    *planned = m->rows.n - 1;
    return LT_OK;
}

static int hdbscan_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct hdbscan *m = model;
    return remembered_predict(ctx, &m->rows, data, m->reach, out->label);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static void describe_stability(struct lt_ctx *ctx, const struct hdbscan *m, size_t k)
{
    static const char *const columns[] = {"cluster:int", "stability:real", "parts_at:real"};
    ctx->emit_table(ctx, "stability", "How long each cluster lasts", columns, 3);
    for (size_t c = 0; c < k; c++) {
        const struct lt_cell cells[] = {LT_CINT(c), LT_CREAL(m->stability[c]),
                                        isfinite(m->reach[c]) ? LT_CREAL(m->reach[c]) : LT_CNONE};
        ctx->emit_row(ctx, cells);
    }
}

static int hdbscan_describe(struct lt_ctx *ctx, const void *model)
{
    const struct hdbscan *m = model;
    const size_t k = remembered_clusters(&m->rows);
    size_t noise = 0;
    for (size_t i = 0; i < m->rows.n; i++)
        noise += m->rows.label[i] < 0;
    kit_summary(ctx);
    kit_statistic(ctx, "clusters", (double)k);
    kit_statistic(ctx, "noise rows", (double)noise);
    int status = remembered_describe(ctx, &m->rows);
    if (status != LT_OK)
        return status;
    describe_stability(ctx, m, k);
    if (m->taken + 1 < m->rows.n)
        return LT_OK;
    struct join *join;
    status = tree_of(ctx, m, &join);
    return status == LT_OK ? dendrogram_draw(ctx, join, m->taken, m->rows.n, NAN) : status;
}

static int hdbscan_save(struct lt_ctx *ctx, const void *model)
{
    const struct hdbscan *m = model;
    const int status = remembered_save(ctx, &m->rows);
    return status == LT_OK ? edges_save(ctx, m->edge, m->taken) : status;
}

/* Clusters follow from the tree. */
static int hdbscan_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                        void **model)
{
    struct hdbscan *m = hdbscan_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    int status = remembered_load(ctx, &m->rows, info);
    if (status == LT_OK)
        status = clusters_alloc(ctx, m);
    if (status == LT_OK)
        status = edges_load(ctx, m->rows.n, &m->edge, &m->taken);
    if (status == LT_OK && m->rows.n && m->taken + 1 == m->rows.n)
        status = find_clusters(ctx, m);
    if (status != LT_OK) {
        hdbscan_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_hdbscan = {
    LT_HEADER(1),
    .id = "hdbscan",
    .name = "HDBSCAN",
    .version = "1",
    .summary = "Finds clusters of different densities, and how stable each is; the rest is noise",
    .doc =
        "DBSCAN has one density for all clusters; HDBSCAN looks at all densities and keeps the clusters that last "
        "longest. The **core distance** of a row reaches `min_samples` rows; two rows reach each other at\n\n"
        "    d(a, b) = max(core(a), core(b), |a - b|)\n\n"
        "so that rows in thin places are far from everything. The shortest tree that joins all rows by this "
        "distance is a dendrogram. Walking down from its root, with lambda = 1/d growing, a split counts only "
        "when "
        "both sides have `min_cluster_size` rows; otherwise rows merely fall out of the cluster. The "
        "**stability** "
        "of a cluster is the sum over its rows of how long they stay,\n\n"
        "    sum_i (lambda_i - lambda_birth)\n\n"
        "and a cluster is kept (`eom`, excess of mass) when it is at least as stable as the clusters within it "
        "together. `leaf` keeps the smallest clusters of the tree. Rows in no kept cluster are noise (-1). A step "
        "adds one edge to the tree; the last finds the clusters, which are numbered by their first rows.\n\n"
        "A new row gets the cluster of the nearest clustered row, when it is nearer than the distance at which "
        "that cluster parts from the rest.",
    .reference = "Campello, Moulavi and Sander, Density-based clustering based on hierarchical density estimates, "
                 "PAKDD 2013",
    .tasks = LT_CLUSTER,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = hdbscan_params,
    .unit = "edge",
    .check = hdbscan_check,
    .begin = hdbscan_begin,
    .step = hdbscan_step,
    .predict = hdbscan_predict,
    .describe = hdbscan_describe,
    .save = hdbscan_save,
    .load = hdbscan_load,
    .free = hdbscan_free,
    .units = hdbscan_units,
};

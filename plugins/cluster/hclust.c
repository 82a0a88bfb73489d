/* hclust: agglomerative clustering. Every row begins as a cluster; a step joins two clusters, until one is left.
 * The tree of all merges is kept, and cut where it is asked for. */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "plugins/cluster/dendrogram.h"
#include "plugins/cluster/merging.h"
#include "plugins/cluster/remembered.h"
#include "plugins/kit/kit.h"

enum { N_CLUSTERS, LINKAGE, DISTANCE_THRESHOLD, N_PARAMS };
enum { MOST_PAIRED_ROWS = 40000, MOST_SHOWN = 1000 };

static const struct lt_param hclust_params[N_PARAMS] = {
    [N_CLUSTERS] = {.name = "n_clusters",
                    .aliases = "k,clusters",
                    .type = LT_INT,
                    .flags = LT_TUNE,
                    .def = "2",
                    .min = 1,
                    .max = 1000000000,
                    .unit = "clusters",
                    .doc = "How many clusters the tree is cut into, unless distance_threshold is given"},
    [LINKAGE] = {.name = "linkage",
                 .aliases = "method",
                 .type = LT_CHOICE,
                 .flags = LT_TUNE,
                 .def = "ward",
                 .choices = "ward,complete,average,single",
                 .doc = "How far apart clusters are: the growth of their spread, or the farthest, mean or nearest "
                        "pair of rows"},
    [DISTANCE_THRESHOLD] = {.name = "distance_threshold",
                            .aliases = "height,h",
                            .type = LT_REAL,
                            .flags = LT_NULLABLE,
                            .def = "none",
                            .min = 0,
                            .max = INFINITY,
                            .doc = "Clusters at this distance or farther stay apart; none: cut by n_clusters"},
};

struct training {
    struct merging merging;   /* ward, complete, average */
    struct spanning spanning; /* single: the merges are the edges of the shortest tree */
};

struct hclust {
    size_t k;
    enum linkage linkage;
    double threshold; /* NaN: cut by k */
    struct remembered rows;
    struct edge *merge; /* n - 1, in the order of finding; sorted when done */
    size_t taken;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    merging_free(&t->merging);
    spanning_free(&t->spanning);
    free(t);
}

static void hclust_free(void *model)
{
    struct hclust *m = model;
    if (!m)
        return;
    training_free(m->training);
    remembered_free(&m->rows);
    free(m->merge);
    free(m);
}

static struct hclust *hclust_new(struct lt_ctx *ctx, const struct lt_params *params)
{
    struct hclust *m = kit_alloc(ctx, 1, sizeof *m);
    if (m) {
        m->k = (size_t)kit_int(params, N_CLUSTERS);
        m->linkage = (enum linkage)kit_choice(params, LINKAGE);
        m->threshold = kit_none(params, DISTANCE_THRESHOLD) ? NAN : kit_real(params, DISTANCE_THRESHOLD);
    }
    return m;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int hclust_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t k = (size_t)kit_int(params, N_CLUSTERS);
    const int linkage = kit_choice(params, LINKAGE), cut_by_height = !kit_none(params, DISTANCE_THRESHOLD);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status != LT_OK)
        return status;
    if (cut_by_height && kit_given(params, N_CLUSTERS))
        return ctx->fail(ctx, LT_INVALID, "n_clusters and distance_threshold can't both be given; leave one out");
    if (!cut_by_height && k > data->n)
        return ctx->fail(ctx, LT_INVALID, "n_clusters=%zu is more than there are rows (%zu); use %zu or less", k,
                         data->n, data->n);
    if ((linkage == LINKAGE_COMPLETE || linkage == LINKAGE_AVERAGE) && data->n > MOST_PAIRED_ROWS)
        return ctx->fail(ctx, LT_INVALID,
                         "complete and average linkage keep the distances of all pairs, at most of %d rows; use "
                         "linkage=ward or single, or a sample",
                         MOST_PAIRED_ROWS);
    if (data->n >= INT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "hclust can take at most %d rows; train on a sample", INT32_MAX - 1);
    return LT_OK;
}

static int training_begin(struct lt_ctx *ctx, struct hclust *m)
{
    const struct remembered *r = &m->rows;
    int status = lanes_check(ctx, r->x, r->n, r->p);
    m->training = kit_alloc(ctx, 1, sizeof *m->training);
    m->merge = kit_alloc(ctx, r->n, sizeof *m->merge);
    if (!m->training || !m->merge)
        return LT_MEMORY;
    if (status == LT_OK)
        status = m->linkage == LINKAGE_SINGLE
                     ? spanning_begin(ctx, &m->training->spanning, r->x, r->n, r->p, 0)
                     : merging_begin(ctx, &m->training->merging, m->linkage, r->x, r->n, r->p);
    return status;
}

static int hclust_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                        void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct hclust *m = hclust_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    status = remembered_begin(ctx, &m->rows, data);
    if (status == LT_OK)
        status = training_begin(ctx, m);
    if (status != LT_OK) {
        hclust_free(m);
        return status;
    }
    memset(m->rows.speaks, 1, m->rows.n);
    *model = m;
    return LT_OK;
}

/* ---- the tree and its cut ----------------------------------------------------------------------------------- */

/* The merges so far as a tree; scratch memory of this call. */
static int tree_of(struct lt_ctx *ctx, const struct hclust *m, struct join **join)
{
    struct edge *sorted = kit_scratch(ctx, m->taken, sizeof *sorted);
    *join = kit_scratch(ctx, m->taken, sizeof **join);
    if (!sorted || !*join)
        return LT_MEMORY;
    memcpy(sorted, m->merge, m->taken * sizeof *sorted);
    const int status = edges_sort(ctx, sorted, m->taken);
    return status == LT_OK ? dendrogram_build(ctx, sorted, m->taken, m->rows.n, *join) : status;
}

/* How many of the merges are below the cut. */
static size_t merges_below(const struct hclust *m, const struct join *join)
{
    const size_t wanted = m->k < m->rows.n ? m->rows.n - m->k : 0;
    size_t below = 0;
    if (isnan(m->threshold))
        return wanted < m->taken ? wanted : m->taken;
    while (below < m->taken && join[below].height < m->threshold)
        below++;
    return below;
}

static int label_rows(struct lt_ctx *ctx, struct hclust *m)
{
    struct join *join;
    const int status = tree_of(ctx, m, &join);
    return status == LT_OK ? dendrogram_cut(ctx, join, merges_below(m, join), m->rows.n, m->rows.label) : status;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static int next_merge(struct lt_ctx *ctx, struct hclust *m, struct edge *merge)
{
    if (m->linkage != LINKAGE_SINGLE)
        return merging_next(ctx, &m->training->merging, merge);
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    *merge = spanning_next(ctx, &m->training->spanning);
    return LT_OK;
}

static int hclust_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct hclust *m = model;
    int status = LT_OK;
    (void)data;
    if (!m->training)
        return LT_DONE;
    for (uint64_t u = 0; u < units && m->taken + 1 < m->rows.n && status == LT_OK; u++) {
        status = next_merge(ctx, m, &m->merge[m->taken]);
        m->taken += status == LT_OK;
    }
    if (status != LT_OK && status != LT_CANCELLED)
        return status;
    const int labelled = label_rows(ctx, m);
    if (labelled != LT_OK || status != LT_OK)
        return labelled != LT_OK ? labelled : status;
    if (m->taken + 1 < m->rows.n)
        return LT_MORE;
    training_free(m->training);
    m->training = 0;
    return LT_DONE;
}

static int hclust_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct hclust *m = model;
    *taken = m->taken;
    *planned = m->rows.n - 1;
    return LT_OK;
}

static int hclust_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct hclust *m = model;
    return remembered_predict(ctx, &m->rows, data, 0, out->label);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static void describe_merges(struct lt_ctx *ctx, const struct hclust *m, const struct join *join)
{
    static const char *const columns[] = {"merge:int", "left:int", "right:int", "height:real", "size:int"};
    const size_t first = m->taken > MOST_SHOWN ? m->taken - MOST_SHOWN : 0;
    ctx->emit_table(ctx, "merges", "Merges by height", columns, 5);
    for (size_t i = first; i < m->taken; i++) {
        const struct lt_cell cells[] = {LT_CINT(i + 1), LT_CINT(join[i].left), LT_CINT(join[i].right),
                                        LT_CREAL(join[i].height), LT_CINT(join[i].size)};
        ctx->emit_row(ctx, cells);
    }
    if (first)
        ctx->note(ctx, LT_NOTE, "the first %zu merges, the lowest, are left out", first);
    ctx->note(ctx, LT_NOTE, "left and right: below %zu a row, counted from 0; merge i makes node %zu + i",
              m->rows.n, m->rows.n - 1);
}

static int hclust_describe(struct lt_ctx *ctx, const void *model)
{
    const struct hclust *m = model;
    struct join *join;
    int status = tree_of(ctx, m, &join);
    if (status != LT_OK)
        return status;
    const size_t below = merges_below(m, join);
    const double low = below ? join[below - 1].height : 0, high = below < m->taken ? join[below].height : NAN;
    kit_summary(ctx);
    kit_statistic(ctx, "clusters", (double)remembered_clusters(&m->rows));
    kit_statistic(ctx, "rows", (double)m->rows.n);
    kit_statistic(ctx, "highest merge below the cut", low);
    kit_statistic(ctx, "lowest merge above the cut", high);
    status = remembered_describe(ctx, &m->rows);
    if (status != LT_OK)
        return status;
    describe_merges(ctx, m, join);
    return dendrogram_draw(ctx, join, m->taken, m->rows.n, isnan(m->threshold) ? (low + high) / 2 : m->threshold);
}

static int hclust_save(struct lt_ctx *ctx, const void *model)
{
    const struct hclust *m = model;
    const int status = remembered_save(ctx, &m->rows);
    return status == LT_OK ? edges_save(ctx, m->merge, m->taken) : status;
}

static int load_merges(struct lt_ctx *ctx, struct hclust *m)
{
    struct join *join;
    const int status = edges_load(ctx, m->rows.n, &m->merge, &m->taken);
    return status == LT_OK ? tree_of(ctx, m, &join) : status;
}

static int hclust_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                       void **model)
{
    struct hclust *m = hclust_new(ctx, params);
    if (!m)
        return LT_MEMORY;
    int status = remembered_load(ctx, &m->rows, info);
    if (status == LT_OK)
        status = load_merges(ctx, m);
    if (status != LT_OK) {
        hclust_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_hclust = {
    LT_HEADER(1),
    .id = "hclust",
    .name = "Hierarchical clustering",
    .version = "1",
    .summary = "Joins the two nearest clusters again and again, and shows the tree of merges",
    .doc =
        "At first every row is a cluster. Again and again the two clusters that are nearest to each other are "
        "joined, until one is left. The tree of these merges is the **dendrogram**; its heights are the distances "
        "at which clusters were joined, and cutting it at a height, or into `n_clusters`, gives clusters.\n\n"
        "What is near is the `linkage`:\n\n"
        "- `ward`: sqrt(2 |A| |B| / (|A| + |B|)) |m_A - m_B|, the growth of the sum of squares about the means: "
        "round clusters of similar size\n"
        "- `complete`: the farthest pair of rows: clusters of similar width\n"
        "- `average`: the mean over all pairs: between the two\n"
        "- `single`: the nearest pair: clusters of any shape, but chains of rows join what is apart\n\n"
        "A long stem is a cluster that stands alone: cut where stems are long. Ward follows chains of nearest "
        "neighbours over the centres of the clusters and single linkage grows the shortest tree, both without the "
        "distances of all pairs; complete and average keep these. Clusters are numbered by their first row; a new "
        "row gets the cluster of the nearest row of the training.",
    .reference =
        "Ward, Hierarchical grouping to optimize an objective function, J. American Statistical Association "
        "58 (1963); Muellner, Modern hierarchical, agglomerative clustering algorithms, arXiv:1109.2378",
    .tasks = LT_CLUSTER,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = hclust_params,
    .unit = "merge",
    .check = hclust_check,
    .begin = hclust_begin,
    .step = hclust_step,
    .predict = hclust_predict,
    .describe = hclust_describe,
    .save = hclust_save,
    .load = hclust_load,
    .free = hclust_free,
    .units = hclust_units,
};

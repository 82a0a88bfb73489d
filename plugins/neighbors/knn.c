/* knn: nearest neighbours, for classes and for numbers: the k nearest (knn), or all within a radius (radius).
 * Training keeps the rows; all the work is in predict. The model owns its copies of the rows and targets. */
#include "plugins/neighbors/neighbors.h"

#include "plugins/kit/kit.h"
#include "plugins/neighbors/index.h"

enum { HOW_MANY, WEIGHTS, METRIC, POWER, ALGORITHM, N_PARAMS }; /* HOW_MANY: k, or the radius */
enum { UNIFORM, DISTANCE };

#define WEIGHTS_ROW                                                                                               \
    [WEIGHTS] = {.name = "weights",                                                                               \
                 .type = LT_CHOICE,                                                                               \
                 .flags = LT_TUNE,                                                                                \
                 .def = "uniform",                                                                                \
                 .choices = "uniform,distance",                                                                   \
                 .doc = "Whether all neighbours count the same, or each by 1/distance"}

static const struct lt_param knn_params[N_PARAMS] = {
    [HOW_MANY] = {.name = "n_neighbors",
                  .aliases = "k,neighbors",
                  .type = LT_INT,
                  .flags = LT_TUNE | LT_LOG,
                  .def = "5",
                  .min = 1,
                  .max = 10000,
                  .unit = "rows",
                  .doc = "How many nearest rows are asked"},
    WEIGHTS_ROW,
    INDEX_PARAMS(METRIC, POWER, ALGORITHM),
};

static const struct lt_param radius_params[N_PARAMS] = {
    [HOW_MANY] = {.name = "radius",
                  .type = LT_REAL,
                  .flags = LT_TUNE | LT_LOG,
                  .def = "1",
                  .min = 0,
                  .max = INFINITY,
                  .doc = "Rows at most so far away are asked"},
    WEIGHTS_ROW,
    INDEX_PARAMS(METRIC, POWER, ALGORITHM),
};

struct knn {
    size_t n, p, k; /* k 0: all within the radius */
    double radius;
    int by_distance;
    uint32_t task, n_classes;
    double *x;      /* n x p */
    int32_t *label; /* n, LT_CLASSIFY */
    double *y;      /* n, LT_REGRESS */
    double *common; /* n_classes shares, or the mean: what is said where nobody is near */
    struct index rows;
};

static void knn_free(void *model)
{
    struct knn *m = model;
    if (!m)
        return;
    index_free(&m->rows);
    free(m->common);
    free(m->x);
    free(m->label);
    free(m->y);
    free(m);
}

/* An empty model of the right size, or NULL (said). */
static struct knn *knn_new(struct lt_ctx *ctx, const struct lt_params *params, bool within, size_t n, size_t p,
                           uint32_t task, uint32_t n_classes)
{
    struct knn *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->n = n;
    m->p = p;
    m->k = within ? 0 : (size_t)kit_int(params, HOW_MANY);
    m->radius = within ? kit_real(params, HOW_MANY) : 0;
    m->by_distance = kit_choice(params, WEIGHTS) == DISTANCE;
    m->task = task;
    m->n_classes = n_classes;
    m->x = kit_alloc_raw(ctx, n, p * sizeof *m->x);
    if (task == LT_CLASSIFY)
        m->label = kit_alloc(ctx, n, sizeof *m->label);
    else
        m->y = kit_alloc_f64(ctx, n);
    m->common = kit_alloc_f64(ctx, n_classes + 1);
    if (!m->x || !m->common || (!m->label && !m->y)) {
        knn_free(m);
        return 0;
    }
    return m;
}

static int check_rows(struct lt_ctx *ctx, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n > UINT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "a model of neighbours can hold at most %u rows; train on a sample",
                         UINT32_MAX);
    if (status != LT_OK)
        return status;
    return data->task == LT_CLASSIFY ? kit_need_classes(ctx, data) : kit_need_target(ctx, data);
}

static int knn_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const int64_t k = kit_int(params, HOW_MANY);
    if (data->n && (size_t)k > data->n)
        return ctx->fail(ctx, LT_INVALID,
                         "n_neighbors=%lld is more than there are rows to learn from (%zu); use %zu or less",
                         (long long)k, data->n, data->n);
    return check_rows(ctx, data);
}

static int radius_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    (void)params;
    return check_rows(ctx, data);
}

/* The index, and what all rows together say. */
static int settle(struct lt_ctx *ctx, const struct lt_params *params, struct knn *m)
{
    memset(m->common, 0, (m->n_classes + 1) * sizeof *m->common);
    for (size_t i = 0; i < m->n; i++)
        if (m->label)
            m->common[m->label[i]] += 1 / (double)m->n;
        else
            m->common[0] += m->y[i] / (double)m->n;
    return index_build(ctx, &m->rows, (enum index_way)kit_choice(params, ALGORITHM),
                       (enum index_metric)kit_choice(params, METRIC), kit_real(params, POWER), m->x, m->n, m->p);
}

struct copying {
    const struct lt_data *data;
    double *x;
};

static void copy_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct copying *job = arg;
    const size_t p = job->data->p;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        memcpy(job->x + i * p, job->data->x64 + i * job->data->ld, p * sizeof *job->x);
}

static int remember(struct lt_ctx *ctx, const struct lt_params *params, bool within, const struct lt_data *data,
                    void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct knn *m = knn_new(ctx, params, within, data->n, data->p, data->task, data->n_classes);
    if (!m)
        return LT_MEMORY;
    struct copying copying = {data, m->x};
    if (m->label)
        memcpy(m->label, data->label, m->n * sizeof *m->label);
    else
        memcpy(m->y, data->y, m->n * sizeof *m->y);
    status = kit_blocks(ctx, m->n, 1024, copy_block, &copying);
    if (status == LT_OK)
        status = settle(ctx, params, m);
    if (status != LT_OK) {
        knn_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int knn_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    return remember(ctx, params, false, data, model);
}

static int radius_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                        void **model)
{
    return remember(ctx, params, true, data, model);
}

/* The rows are all there is to know: begin has them. */
static int knn_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)model;
    (void)data;
    (void)units;
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_DONE;
}

static int knn_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    (void)model;
    *taken = *planned = 1;
    return LT_OK;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

/* The distance that weights are measured in: that of the nearest. */
static double nearest_of(const struct neighbour *list, size_t k)
{
    double nearest = INFINITY;
    for (size_t i = 0; i < k; i++)
        nearest = list[i].distance < nearest ? list[i].distance : nearest;
    return nearest;
}

/* What a neighbour counts: 1, or 1/distance in units of the nearest; those at distance 0 count alone. */
static double neighbour_weight(const struct knn *m, double nearest, double distance)
{
    if (!m->by_distance)
        return 1;
    if (nearest == 0)
        return distance == 0;
    return nearest / distance;
}

struct answer {
    const struct knn *model;
    struct lt_out *out;
    unsigned char *alone; /* a query each: nobody is near */
};

static void vote(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    const struct answer *answer = arg;
    const struct knn *m = answer->model;
    double *proba = answer->out->proba + query * m->n_classes, total = 0, nearest = nearest_of(list, k);
    if (!k) {
        memcpy(proba, m->common, m->n_classes * sizeof *proba);
        answer->alone[query] = 1;
        return;
    }
    memset(proba, 0, m->n_classes * sizeof *proba);
    for (size_t i = 0; i < k; i++) {
        const double weight = neighbour_weight(m, nearest, list[i].distance);
        proba[m->label[list[i].row]] += weight;
        total += weight;
    }
    for (uint32_t c = 0; c < m->n_classes; c++)
        proba[c] /= total;
}

static void average(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    const struct answer *answer = arg;
    const struct knn *m = answer->model;
    double sum = 0, total = 0, nearest = nearest_of(list, k);
    if (!k) {
        answer->out->value[query] = m->common[0];
        answer->alone[query] = 1;
        return;
    }
    for (size_t i = 0; i < k; i++) {
        const double weight = neighbour_weight(m, nearest, list[i].distance);
        sum += weight * m->y[list[i].row];
        total += weight;
    }
    answer->out->value[query] = sum / total;
}

static int knn_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct knn *m = model;
    struct answer answer = {m, out, kit_scratch(ctx, data->n, 1)};
    neighbours_fn *found = m->label ? vote : average;
    size_t alone = 0;
    int status = answer.alone ? kit_check_finite(ctx, data) : LT_MEMORY;
    if (status != LT_OK)
        return status;
    if (m->k)
        return index_find(ctx, &m->rows, data->x64, data->n, data->ld, m->k, found, &answer);
    memset(answer.alone, 0, data->n);
    const enum index_wish wish = m->label && !m->by_distance ? INDEX_SET : INDEX_LIST; /* sums have an order */
    status = index_within(ctx, &m->rows, data->x64, data->n, data->ld, m->radius, wish, found, &answer);
    for (size_t i = 0; status == LT_OK && i < data->n; i++)
        alone += answer.alone[i];
    if (alone)
        ctx->note(ctx, LT_WARNING,
                  "%zu of %zu rows have no training row within radius=%g; they get %s of all training rows", alone,
                  data->n, m->radius, m->label ? "the shares" : "the mean");
    return status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int knn_describe(struct lt_ctx *ctx, const void *model)
{
    const struct knn *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "rows kept", (double)m->n);
    kit_statistic(ctx, "columns", (double)m->p);
    if (m->k)
        kit_statistic(ctx, "neighbours asked", (double)m->k);
    else
        kit_statistic(ctx, "radius", m->radius);
    return LT_OK;
}

static int knn_save(struct lt_ctx *ctx, const void *model)
{
    const struct knn *m = model;
    int status = kit_put_f64(ctx, "rows", m->x, m->n, m->p);
    if (status == LT_OK)
        status =
            m->label ? kit_put_i32(ctx, "label", m->label, m->n, 0) : kit_put_f64(ctx, "target", m->y, m->n, 0);
    return status;
}

static int labels_in_range(struct lt_ctx *ctx, const struct knn *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->label[i] < 0 || (uint32_t)m->label[i] >= m->n_classes)
            return ctx->fail(ctx, LT_INVALID, "the model has a row of class %d; the file is damaged",
                             (int)m->label[i]);
    return LT_OK;
}

static int rows_are_finite(struct lt_ctx *ctx, const struct knn *m)
{
    for (size_t i = 0; i < m->n * m->p; i++)
        if (!isfinite(m->x[i]))
            return ctx->fail(ctx, LT_INVALID, "the model has a row that isn't finite; the file is damaged");
    return LT_OK;
}

static int recall(struct lt_ctx *ctx, const struct lt_params *params, bool within, const struct lt_info *info,
                  void **model)
{
    struct lt_tensor rows;
    int status = kit_find(ctx, "rows", LT_T_F64, 2, &rows);
    if (status != LT_OK)
        return status;
    if (rows.shape[1] != info->p || rows.shape[0] < (within ? 1 : (size_t)kit_int(params, HOW_MANY)))
        return ctx->fail(ctx, LT_INVALID, "the model's rows are %zu x %zu; the file is damaged", rows.shape[0],
                         rows.shape[1]);
    struct knn *m = knn_new(ctx, params, within, rows.shape[0], rows.shape[1], info->task, info->n_classes);
    if (!m)
        return LT_MEMORY;
    status = kit_get_f64(ctx, "rows", m->x, m->n, m->p);
    if (status == LT_OK && m->label)
        status = kit_get_i32(ctx, "label", m->label, m->n, 0);
    if (status == LT_OK && m->label)
        status = labels_in_range(ctx, m);
    if (status == LT_OK && m->y)
        status = kit_get_f64(ctx, "target", m->y, m->n, 0);
    if (status == LT_OK)
        status = rows_are_finite(ctx, m);
    if (status == LT_OK)
        status = settle(ctx, params, m);
    if (status != LT_OK) {
        knn_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int knn_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    return recall(ctx, params, false, info, model);
}

static int radius_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                       void **model)
{
    return recall(ctx, params, true, info, model);
}

const struct lt_algo neighbors_radius = {
    LT_HEADER(1),
    .id = "radius",
    .name = "Radius neighbours",
    .version = "1",
    .summary = "Asks all rows within a distance",
    .doc =
        "A new row gets the answer of all training rows that are at most `radius` away: the share of each class "
        "among them, or the mean of their targets. Where rows lie thick many are asked and the answer is "
        "smooth; where they lie thin few are, and none if nobody is near: such a row gets the shares (or the "
        "mean) of all training rows, with a warning.\n\n"
        "With `weights=distance` a neighbour counts 1/d; rows at distance 0 then decide alone. Columns are "
        "scaled to the same spread first, so the radius is in standard deviations. For up to 8 columns a "
        "KD-tree finds the rows.",
    .reference = "Bentley, Stanat and Williams (1977), The complexity of finding fixed-radius near neighbors",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = radius_params,
    .unit = "pass",
    .check = radius_check,
    .begin = radius_begin,
    .step = knn_step,
    .predict = knn_predict,
    .describe = knn_describe,
    .save = knn_save,
    .load = radius_load,
    .free = knn_free,
    .units = knn_units,
};

const struct lt_algo neighbors_knn = {
    LT_HEADER(1),
    .id = "knn",
    .name = "k-nearest neighbours",
    .version = "1",
    .summary = "Asks the k most similar rows seen in training",
    .doc =
        "A new row gets the answer of the `k` training rows nearest to it: the share of each class among them, or "
        "the mean of their targets.\n\n"
        "    d(x, q) = sqrt(sum_j (x_j - q_j)^2)      euclidean\n"
        "    d(x, q) = sum_j |x_j - q_j|              manhattan\n"
        "    d(x, q) = max_j |x_j - q_j|              chebyshev\n"
        "    d(x, q) = (sum_j |x_j - q_j|^p)^(1/p)    minkowski\n\n"
        "With `weights=distance` a neighbour counts 1/d; rows at distance 0 then decide alone. Rows at equal "
        "distance are taken in the order of the table.\n\n"
        "Nothing is assumed about the shape of the data, so with enough rows any shape can be learned. The price: "
        "the model is the whole training set, each prediction looks at all of it, and columns that say nothing "
        "blur the distances. A small k follows every row (low bias, high variance), a large k smooths. Distances "
        "compare columns, so these are scaled to the same spread first.",
    .reference =
        "Cover and Hart, Nearest neighbor pattern classification, IEEE Trans. Information Theory 13 (1967)",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = knn_params,
    .unit = "pass",
    .check = knn_check,
    .begin = knn_begin,
    .step = knn_step,
    .predict = knn_predict,
    .describe = knn_describe,
    .save = knn_save,
    .load = knn_load,
    .free = knn_free,
    .units = knn_units,
};

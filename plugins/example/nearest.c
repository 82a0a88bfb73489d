/* nearest: k-nearest neighbours in one file, written to be read. docs/plugin-guide.md builds it step by step. */
#include <lathe.h>
#include <stdlib.h>
#include <string.h>

enum { K, N_PARAMS };
static const struct lt_param params[N_PARAMS] = {
    [K] = {.name = "n_neighbors", .aliases = "k", .type = LT_INT, .def = "5", .min = 1, .max = 1000,
           .flags = LT_TUNE, .unit = "rows", .doc = "How many of the nearest rows vote"},
};

struct nearest {
    size_t n, p, k;
    uint32_t n_classes;
    double *x;      /* n x p: the rows seen in training */
    int32_t *label; /* n: their classes */
};

static void nearest_free(void *model)
{
    struct nearest *m = model;
    if (m) {
        free(m->x);
        free(m->label);
        free(m);
    }
}

static struct nearest *nearest_new(size_t n, size_t p, size_t k, uint32_t n_classes)
{
    struct nearest *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct nearest){n, p, k, n_classes, calloc(n, p * sizeof(double)), calloc(n, sizeof(int32_t))};
    if (m->x && m->label)
        return m;
    nearest_free(m);
    return NULL;
}

static int check(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data)
{
    const size_t k = (size_t)given->v[K].i;
    if (data->p == 0)
        return ctx->fail(ctx, LT_INVALID, "there are no columns to measure distances by");
    if (k > data->n)
        return ctx->fail(ctx, LT_INVALID, "n_neighbors=%zu, but there are only %zu rows", k, data->n);
    return LT_OK;
}

static int begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    struct nearest *m = nearest_new(data->n, data->p, (size_t)given->v[K].i, data->n_classes);
    if (!m)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory to keep %zu rows", data->n);
    for (size_t i = 0; i < m->n; i++)
        memcpy(m->x + i * m->p, data->x64 + i * data->ld, m->p * sizeof(double));
    memcpy(m->label, data->label, m->n * sizeof *m->label);
    *model = m;
    return LT_OK;
}

static int step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)ctx, (void)model, (void)data, (void)units;
    return LT_DONE; /* to remember the rows is all there is to learn */
}

/* ---- predict: blocks of rows, any block on any thread --------------------------------------------------------- */

enum { BLOCK = 64 };
struct near {
    double distance;
    size_t row;
};
struct job {
    struct lt_ctx *ctx;
    const struct nearest *m;
    const struct lt_data *data;
    struct near *list; /* k for each thread */
    double *proba;
};

/* Fills list[k] with the rows nearest to q, nearest first; of equal distances the earlier row. */
static void find_nearest(const struct nearest *m, const double *q, struct near *list)
{
    size_t held = 0;
    for (size_t i = 0; i < m->n; i++) {
        double d = 0;
        for (size_t j = 0; j < m->p; j++)
            d += (m->x[i * m->p + j] - q[j]) * (m->x[i * m->p + j] - q[j]);
        if (held == m->k && d >= list[held - 1].distance)
            continue;
        size_t at = held < m->k ? held++ : held - 1;
        for (; at > 0 && list[at - 1].distance > d; at--)
            list[at] = list[at - 1];
        list[at] = (struct near){d, i};
    }
}

static void predict_block(void *arg, size_t block, unsigned worker)
{
    const struct job *job = arg;
    const struct nearest *m = job->m;
    struct near *list = job->list + worker * m->k;
    for (size_t i = block * BLOCK; i < job->data->n && i < (block + 1) * BLOCK; i++) {
        if (job->ctx->cancelled(job->ctx))
            return;
        double *proba = job->proba + i * m->n_classes;
        find_nearest(m, job->data->x64 + i * job->data->ld, list);
        memset(proba, 0, m->n_classes * sizeof *proba);
        for (size_t v = 0; v < m->k; v++)
            proba[m->label[list[v].row]] += 1.0 / (double)m->k;
    }
}

static int predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct nearest *m = model;
    struct job job = {ctx, m, data, ctx->scratch(ctx, ctx->threads * m->k * sizeof(struct near)), out->proba};
    if (!job.list)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory for the %zu nearest rows", m->k);
    ctx->parallel(ctx, (data->n + BLOCK - 1) / BLOCK, predict_block, &job);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

/* ---- describe, save, load --------------------------------------------------------------------------------------- */

static int describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"rows:int", "columns:int", "neighbours:int"};
    const struct nearest *m = model;
    const struct lt_cell row[] = {LT_CINT(m->n), LT_CINT(m->p), LT_CINT(m->k)};
    ctx->emit_table(ctx, "summary", "What the model keeps", columns, 3);
    ctx->emit_row(ctx, row);
    return LT_OK;
}

static int save(struct lt_ctx *ctx, const void *model)
{
    const struct nearest *m = model;
    const struct lt_tensor x = {LT_T_F64, 2, {m->n, m->p}, m->x}, label = {LT_T_I32, 1, {m->n}, m->label};
    int status = ctx->put_tensor(ctx, "rows", &x);
    return status == LT_OK ? ctx->put_tensor(ctx, "label", &label) : status;
}

static int load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    const size_t k = (size_t)given->v[K].i;
    struct lt_tensor x, label;
    if (ctx->get_tensor(ctx, "rows", LT_T_F64, 2, &x) != LT_OK ||
        ctx->get_tensor(ctx, "label", LT_T_I32, 1, &label) != LT_OK || x.shape[1] != info->p || x.shape[0] < k ||
        x.shape[0] != label.shape[0])
        return ctx->fail(ctx, LT_INVALID, "the model's rows or labels are missing, or of another size");
    for (size_t i = 0; i < label.shape[0]; i++)
        if ((uint32_t)((const int32_t *)label.data)[i] >= info->n_classes)
            return ctx->fail(ctx, LT_INVALID, "the model has a row of a class that does not exist");
    struct nearest *m = nearest_new(x.shape[0], info->p, k, info->n_classes);
    if (!m)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory to keep %zu rows", x.shape[0]);
    memcpy(m->x, x.data, m->n * m->p * sizeof *m->x);
    memcpy(m->label, label.data, m->n * sizeof *m->label);
    *model = m;
    return LT_OK;
}

static const struct lt_algo nearest = {
    LT_HEADER(1),
    .id = "nearest",
    .name = "Nearest rows",
    .version = "1",
    .summary = "The tutorial's k-nearest neighbours",
    .doc = "Each class gets the share it has among the `k` training rows that are nearest to the row asked:\n\n"
           "    d(x, q)^2 = sum_j (x_j - q_j)^2",
    .reference = "Cover and Hart, Nearest neighbor pattern classification, IEEE Trans. Information Theory 13 (1967)",
    .tasks = LT_CLASSIFY,
    .traits = LT_WANTS_SCALED,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "pass",
    .check = check,
    .begin = begin,
    .step = step,
    .predict = predict,
    .describe = describe,
    .save = save,
    .load = load,
    .free = nearest_free,
};

LATHE_ALGOS(&nearest)

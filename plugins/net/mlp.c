/* mlp: the multilayer perceptron. A step is an epoch: all rows once, in batches that are drawn anew. A batch is
 * cut into fixed groups of rows; where a batch is much work the groups run side by side, each with a gradient of
 * its own, added in order by the optimiser: the loss is the same at any number of threads. */
#include "plugins/net/net.h"

#include "plugins/kit/kit.h"
#include "plugins/net/adam.h"
#include "plugins/net/denormal.h"
#include "plugins/net/network.h"

enum {
    HIDDEN,
    ACTIVATION,
    ALPHA,
    RATE,
    BATCH,
    MAX_ITER,
    DROPOUT,
    TOL,
    NO_CHANGE,
    SHUFFLE,
    BETA_1,
    BETA_2,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [HIDDEN] = {.name = "hidden_layer_sizes",
                .aliases = "layers,hidden",
                .type = LT_INT_LIST,
                .def = "100",
                .min = 1,
                .max = 1e6,
                .unit = "units",
                .doc = "Units of each hidden layer, such as 64,32"},
    [ACTIVATION] = {.name = "activation",
                    .type = LT_CHOICE,
                    .def = "relu",
                    .choices = "relu,tanh,logistic,identity",
                    .doc = "What a hidden unit makes of its weighted sum"},
    [ALPHA] = {.name = "alpha",
               .aliases = "l2",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "0.0001",
               .min = 0,
               .max = 1e6,
               .doc = "Strength of the penalty on the squares of the weights"},
    [RATE] = {.name = "learning_rate_init",
              .aliases = "lr,learning_rate",
              .type = LT_REAL,
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
              .def = "0.001",
              .min = 0,
              .max = 10,
              .doc = "Size of a step of the optimiser"},
    [BATCH] = {.name = "batch_size",
               .aliases = "batch",
               .type = LT_INT,
               .flags = LT_NULLABLE | LT_LOG,
               .def = "none",
               .min = 1,
               .max = 1e9,
               .unit = "rows",
               .doc = "Rows whose mean gradient makes one step; none is 200, or all when there are fewer"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "epochs",
                  .type = LT_INT,
                  .def = "200",
                  .min = 1,
                  .max = 1e6,
                  .unit = "epochs",
                  .doc = "Most epochs: how often all rows are seen"},
    [DROPOUT] = {.name = "dropout",
                 .type = LT_REAL,
                 .flags = LT_OPEN_MAX | LT_TUNE,
                 .def = "0",
                 .min = 0,
                 .max = 1,
                 .doc = "Share of the hidden units that are left out at random in training"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_ADVANCED,
             .def = "0.0001",
             .min = 0,
             .max = 1e6,
             .doc = "The training loss must fall by this much to count as better"},
    [NO_CHANGE] = {.name = "n_iter_no_change",
                   .aliases = "patience",
                   .type = LT_INT,
                   .flags = LT_ADVANCED,
                   .def = "10",
                   .min = 1,
                   .max = 1e6,
                   .unit = "epochs",
                   .doc = "Stop when the training loss was not better by tol for this many epochs"},
    [SHUFFLE] = {.name = "shuffle",
                 .type = LT_BOOL,
                 .flags = LT_ADVANCED,
                 .def = "yes",
                 .doc = "Whether each epoch sees the rows in a new order"},
    [BETA_1] = {.name = "beta_1",
                .type = LT_REAL,
                .flags = LT_ADVANCED | LT_OPEN_MAX,
                .def = "0.9",
                .min = 0,
                .max = 1,
                .doc = "Decay of the mean of the gradients (Adam)"},
    [BETA_2] = {.name = "beta_2",
                .type = LT_REAL,
                .flags = LT_ADVANCED | LT_OPEN_MAX,
                .def = "0.999",
                .min = 0,
                .max = 1,
                .doc = "Decay of the mean of their squares (Adam)"},
};

enum { MOST_SLOTS = 8 };
enum { PREDICT_ROWS = 1024 };
/* Streams of random numbers: network_random takes the first ones. */
enum { SHUFFLE_STREAM = 1 << 20, DROPOUT_STREAM = 1 << 21 };
/* Multiplications of a batch from which its groups run side by side. */
static const double PARALLEL_FROM = 3e7;

/* What training needs and prediction doesn't. */
struct training {
    size_t n, batch, slots;
    uint64_t max_iter, patience, unchanged;
    double alpha, dropout, tol, best;
    bool shuffle, done;
    struct adam adam;
    float *moments;  /* 2 x n_params */
    float *before;   /* 3 x n_params: parameters and moments as the epoch began */
    float *gradient; /* slots x stride */
    size_t stride;
    float *target, *weight; /* n */
    uint32_t *order;        /* n */
    float *work;            /* slots x work_floats */
    size_t work_floats;
    double slot_loss[MOST_SLOTS];
};

struct mlp {
    struct network net;
    uint32_t task;
    size_t n_classes;
    uint64_t seed, epochs;
    double loss; /* of the last epoch */
    struct training *training;
};

/* ---- memory ------------------------------------------------------------------------------------------------ */

static void training_free(struct training *t)
{
    if (!t)
        return;
    free(t->moments);
    free(t->before);
    free(t->gradient);
    free(t->target);
    free(t->weight);
    free(t->order);
    free(t->work);
    free(t);
}

static void mlp_free(void *model)
{
    struct mlp *m = model;
    if (!m)
        return;
    network_free(&m->net);
    training_free(m->training);
    free(m);
}

/* Two classes share one output, as its complement is the other's. */
static size_t outputs_of(uint32_t task, size_t n_classes)
{
    return task == LT_CLASSIFY && n_classes > 2 ? n_classes : 1;
}

static enum output output_of(uint32_t task, size_t n_classes)
{
    return task != LT_CLASSIFY ? LINEAR : n_classes > 2 ? SOFTMAX : SIGMOID;
}

static struct mlp *mlp_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns, uint32_t task,
                           size_t n_classes, bool learns)
{
    const struct lt_value *hidden = &p->v[HIDDEN];
    struct mlp *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->task = task;
    m->n_classes = n_classes;
    if (network_init(ctx, &m->net, columns, hidden->list, hidden->n, outputs_of(task, n_classes), learns) !=
        LT_OK) {
        mlp_free(m);
        return NULL;
    }
    m->net.activation = (enum activation)kit_choice(p, ACTIVATION);
    m->net.output = output_of(task, n_classes);
    return m;
}

static int training_memory(struct lt_ctx *ctx, const struct network *net, struct training *t)
{
    size_t groups = kit_block_count(t->batch, NETWORK_ROWS);
    bool heavy = (double)t->batch * (double)net->n_weights * 3 >= PARALLEL_FROM;
    t->slots = !heavy ? 1 : groups < MOST_SLOTS ? groups : MOST_SLOTS;
    t->stride = kit_block_count(net->n_params, 16) * 16 + 16;
    t->work_floats = network_work(net) + NETWORK_ROWS * (net->width[0] + 2);
    t->work_floats = kit_block_count(t->work_floats, 16) * 16;
    t->moments = kit_alloc(ctx, net->n_params, 2 * sizeof(float));
    t->before = kit_alloc(ctx, net->n_params, 3 * sizeof(float));
    t->gradient = kit_alloc(ctx, t->slots, t->stride * sizeof(float));
    t->target = kit_alloc_f32(ctx, t->n);
    t->weight = kit_alloc_f32(ctx, t->n);
    t->order = kit_alloc(ctx, t->n, sizeof *t->order);
    t->work = kit_alloc(ctx, t->slots, t->work_floats * sizeof(float));
    return t->moments && t->before && t->gradient && t->target && t->weight && t->order && t->work ? LT_OK
                                                                                                   : LT_MEMORY;
}

/* ---- begin ------------------------------------------------------------------------------------------------- */

static int mlp_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    const struct lt_value *hidden = &p->v[HIDDEN];
    for (uint32_t l = 0; l < hidden->n; l++)
        if (!(hidden->list[l] >= 1))
            return ctx->fail(ctx, LT_INVALID, "hidden_layer_sizes has a layer of %g units; each needs at least 1",
                             hidden->list[l]);
    if (data->n > UINT32_MAX)
        return ctx->fail(ctx, LT_INVALID, "%zu rows are too many for a net; sample them", data->n);
    return LT_OK;
}

static int data_check(struct lt_ctx *ctx, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = data->task == LT_CLASSIFY ? kit_need_classes(ctx, data) : kit_need_target(ctx, data);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

/* Targets as floats; weights with mean 1. */
static void read_targets(const struct lt_data *data, struct training *t)
{
    double total = 0;
    for (size_t i = 0; i < data->n; i++)
        total += data->weight ? data->weight[i] : 1;
    for (size_t i = 0; i < data->n; i++) {
        t->target[i] = data->task == LT_CLASSIFY ? (float)data->label[i] : (float)data->y[i];
        t->weight[i] = data->weight ? (float)(data->weight[i] * (double)data->n / total) : 1;
        t->order[i] = (uint32_t)i;
    }
}

static int mlp_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = data_check(ctx, data);
    if (status != LT_OK)
        return status;
    struct mlp *m = mlp_new(ctx, p, data->p, data->task, data->n_classes, true);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : NULL;
    if (!t) {
        mlp_free(m);
        return LT_MEMORY;
    }
    m->training = t;
    m->seed = ctx->seed;
    m->loss = NAN;
    t->n = data->n;
    t->batch = kit_none(p, BATCH) ? 200 : (size_t)kit_int(p, BATCH);
    t->batch = t->batch < t->n ? t->batch : t->n;
    t->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    t->patience = (uint64_t)kit_int(p, NO_CHANGE);
    t->alpha = kit_real(p, ALPHA);
    t->dropout = kit_real(p, DROPOUT);
    t->tol = kit_real(p, TOL);
    t->best = INFINITY;
    t->shuffle = kit_bool(p, SHUFFLE);
    t->adam = (struct adam){kit_real(p, RATE), kit_real(p, BETA_1), kit_real(p, BETA_2), 0};
    if (training_memory(ctx, &m->net, t) != LT_OK) {
        mlp_free(m);
        return LT_MEMORY;
    }
    read_targets(data, t);
    network_random(&m->net, m->seed);
    network_transpose(&m->net);
    *model = m;
    return LT_OK;
}

/* ---- one batch --------------------------------------------------------------------------------------------- */

struct batch_job {
    struct mlp *model;
    const struct lt_data *data;
    size_t begin, rows, groups; /* of the order; groups of NETWORK_ROWS rows */
    uint64_t number;            /* of the batch, since training began */
};

/* Collects NETWORK_ROWS rows and learns from them; the next ones are on their way meanwhile. */
static double learn_group(const struct batch_job *job, size_t group, float *gradient, float *work)
{
    const struct training *t = job->model->training;
    const struct lt_data *d = job->data;
    size_t p = d->p, from = group * NETWORK_ROWS;
    size_t rows = job->rows - from < NETWORK_ROWS ? job->rows - from : NETWORK_ROWS;
    const uint32_t *order = t->order + job->begin + from;
    float *x = work, *y = x + NETWORK_ROWS * p, *weight = y + NETWORK_ROWS, *rest = weight + NETWORK_ROWS;
    for (size_t i = 0; i < rows; i++) {
        const float *row = d->x32 + (size_t)order[i] * d->ld;
        if (job->begin + from + i + NETWORK_ROWS < t->n)
            for (size_t j = 0; j < p; j += 16)
                __builtin_prefetch(d->x32 + (size_t)order[i + NETWORK_ROWS] * d->ld + j);
        memcpy(x + i * p, row, p * sizeof *x);
        y[i] = t->target[order[i]];
        weight[i] = t->weight[order[i]];
    }
    struct lesson lesson = {
        rows, x, p, y, weight, (float)t->dropout, job->model->seed, DROPOUT_STREAM + job->number, group};
    return network_learn(&job->model->net, &lesson, gradient, rest);
}

/* Slot s takes a run of consecutive groups. */
static void learn_slot(void *arg, size_t slot, unsigned worker)
{
    const struct batch_job *job = arg;
    struct training *t = job->model->training;
    size_t run = kit_block_count(job->groups, t->slots);
    denormal_mode mode = denormal_off();
    double loss = 0;
    (void)worker;
    for (size_t g = slot * run; g < job->groups && g < (slot + 1) * run; g++)
        loss += learn_group(job, g, t->gradient + slot * t->stride, t->work + slot * t->work_floats);
    t->slot_loss[slot] = loss;
    denormal_restore(mode);
}

static double squares(size_t n, const float *x)
{
    double lane[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lane[j] += (double)x[i + j] * x[i + j];
    for (; i < n; i++)
        lane[0] += (double)x[i] * x[i];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* Sum of the losses of the batch's rows, with the penalty. */
static double learn_batch(struct lt_ctx *ctx, struct batch_job *job)
{
    struct mlp *m = job->model;
    struct training *t = m->training;
    struct network *net = &m->net;
    double loss = t->alpha > 0 ? 0.5 * t->alpha * squares(net->n_weights, net->param) : 0;
    float rate = adam_rate(&t->adam), scale = 1.0f / (float)job->rows;
    if (t->slots == 1)
        learn_slot(job, 0, 0);
    else
        ctx->parallel(ctx, t->slots, learn_slot, job);
    for (size_t s = 0; s < t->slots; s++)
        loss += t->slot_loss[s];
    size_t weights = net->n_weights, biases = net->n_params - weights;
    float *first = t->moments, *second = t->moments + net->n_params;
    denormal_mode mode = denormal_off();
    adam_apply(weights, net->param, first, second, t->gradient, t->slots, t->stride, &t->adam, rate,
               (float)t->alpha, scale);
    adam_apply(biases, net->param + weights, first + weights, second + weights, t->gradient + weights, t->slots,
               t->stride, &t->adam, rate, 0, scale);
    denormal_restore(mode);
    network_transpose(net);
    return loss;
}

/* ---- one epoch --------------------------------------------------------------------------------------------- */

/* Fisher and Yates, from the rows' own order: an epoch's order doesn't depend on the ones before. */
static void draw_order(const struct mlp *m, struct training *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->order[i] = (uint32_t)i;
    for (size_t i = t->n; t->shuffle && i > 1; i--) {
        uint32_t j = lt_below(m->seed, SHUFFLE_STREAM + m->epochs, i, (uint32_t)i), kept = t->order[i - 1];
        t->order[i - 1] = t->order[j];
        t->order[j] = kept;
    }
}

static void remember(const struct mlp *m, struct training *t)
{
    size_t n = m->net.n_params;
    memcpy(t->before, m->net.param, n * sizeof(float));
    memcpy(t->before + n, t->moments, 2 * n * sizeof(float));
}

static void go_back(struct mlp *m, struct training *t, struct adam adam)
{
    size_t n = m->net.n_params;
    memcpy(m->net.param, t->before, n * sizeof(float));
    memcpy(t->moments, t->before + n, 2 * n * sizeof(float));
    network_transpose(&m->net);
    t->adam = adam;
}

/* Whether the loss has not fallen by tol for too long, counted as scikit-learn does. */
static bool stalled(struct training *t, double loss)
{
    t->unchanged = loss > t->best - t->tol ? t->unchanged + 1 : 0;
    t->best = loss < t->best ? loss : t->best;
    return t->unchanged > t->patience;
}

static int run_epoch(struct lt_ctx *ctx, struct mlp *m, const struct lt_data *data)
{
    struct training *t = m->training;
    struct adam adam = t->adam;
    double loss = 0;
    remember(m, t);
    draw_order(m, t);
    for (size_t at = 0; at < t->n; at += t->batch) {
        size_t rows = t->n - at < t->batch ? t->n - at : t->batch;
        struct batch_job job = {m, data, at, rows, kit_block_count(rows, NETWORK_ROWS), t->adam.step};
        if (ctx->cancelled(ctx)) {
            go_back(m, t, adam);
            return LT_CANCELLED;
        }
        loss += learn_batch(ctx, &job);
        ctx->progress(ctx, (double)(at + rows) / (double)t->n, "batches");
    }
    loss /= (double)t->n;
    if (!isfinite(loss)) {
        go_back(m, t, adam);
        return ctx->fail(ctx, LT_NUMERIC,
                         "the loss became infinite in epoch %llu; use a smaller learning_rate_init, or "
                         "rescale a target of very large numbers",
                         (unsigned long long)m->epochs + 1);
    }
    m->loss = loss;
    m->epochs++;
    ctx->metric(ctx, "loss", m->epochs, loss);
    t->done = stalled(t, loss) || m->epochs >= t->max_iter;
    return LT_OK;
}

static int mlp_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct mlp *m = model;
    for (uint64_t u = 0; u < units && !m->training->done; u++) {
        int status = run_epoch(ctx, m, data);
        if (status != LT_OK)
            return status;
    }
    return m->training->done ? LT_DONE : LT_MORE;
}

/* ---- predict ----------------------------------------------------------------------------------------------- */

struct predict_job {
    const struct mlp *model;
    const struct lt_data *data;
    struct lt_out *out;
    float *work; /* a worker */
    size_t work_floats;
};

static void write_outputs(const struct mlp *m, size_t rows, const float *from, size_t at, struct lt_out *out)
{
    size_t k = m->n_classes;
    for (size_t i = 0; i < rows; i++) {
        if (m->net.output == LINEAR) {
            out->value[at + i] = (double)from[i];
            continue;
        }
        double *proba = out->proba + (at + i) * k, sum = 0;
        if (m->net.output == SIGMOID) {
            proba[0] = 1 - (double)from[i];
            proba[k - 1] = (double)from[i];
            continue;
        }
        for (size_t c = 0; c < k; c++)
            sum += proba[c] = (double)from[i * k + c];
        for (size_t c = 0; c < k; c++)
            proba[c] /= sum;
    }
}

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct predict_job *job = arg;
    const struct lt_data *d = job->data;
    (void)block;
    for (size_t at = begin; at < end; at += NETWORK_ROWS) {
        size_t rows = end - at < NETWORK_ROWS ? end - at : NETWORK_ROWS;
        const float *result = network_forward(&job->model->net, rows, d->x32 + at * d->ld, d->ld,
                                              job->work + worker * job->work_floats);
        write_outputs(job->model, rows, result, at, job->out);
    }
}

static int mlp_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct mlp *m = model;
    struct predict_job job = {m, data, out, NULL, network_work(&m->net) + 16};
    job.work = kit_scratch(ctx, ctx->threads, job.work_floats * sizeof(float));
    return job.work ? kit_blocks(ctx, data->n, PREDICT_ROWS, predict_block, &job) : LT_MEMORY;
}

/* ---- describe ---------------------------------------------------------------------------------------------- */

static const char *layer_function(const struct network *net, size_t l)
{
    static const char *const hidden[] = {"relu", "tanh", "logistic", "identity"};
    static const char *const output[] = {"softmax", "logistic", "identity"};
    return l + 1 < net->layers ? hidden[net->activation] : output[net->output];
}

static int mlp_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"layer:text", "units:int", "activation:text", "parameters:int"};
    const struct mlp *m = model;
    const struct network *net = &m->net;
    ctx->emit_table(ctx, "layers", "Layers", columns, 4);
    struct lt_cell input[] = {LT_CTEXT("input"), LT_CINT(net->width[0]), LT_CNONE, LT_CINT(0)};
    ctx->emit_row(ctx, input);
    for (size_t l = 0; l < net->layers; l++) {
        char name[32];
        snprintf(name, sizeof name, "hidden %zu", l + 1);
        struct lt_cell cells[] = {LT_CTEXT(l + 1 < net->layers ? name : "output"), LT_CINT(net->width[l + 1]),
                                  LT_CTEXT(layer_function(net, l)),
                                  LT_CINT((net->width[l] + 1) * net->width[l + 1])};
        ctx->emit_row(ctx, cells);
    }
    kit_summary(ctx);
    kit_statistic(ctx, "parameters", (double)net->n_params);
    kit_statistic(ctx, "epochs", (double)m->epochs);
    kit_statistic(ctx, "loss", m->loss);
    return LT_OK;
}

/* ---- save and load ----------------------------------------------------------------------------------------- */

/* calls fn for the weights and biases of each layer, under names "weight.1", "bias.1", … */
static int each_layer(struct lt_ctx *ctx, struct network *net,
                      int (*weight)(struct lt_ctx *, const char *, float *, size_t, size_t))
{
    for (size_t l = 0; l < net->layers; l++) {
        char name[32];
        snprintf(name, sizeof name, "weight.%zu", l + 1);
        int status = weight(ctx, name, net->param + net->weight_at[l], net->width[l], net->width[l + 1]);
        snprintf(name, sizeof name, "bias.%zu", l + 1);
        if (status == LT_OK)
            status = weight(ctx, name, net->param + net->bias_at[l], net->width[l + 1], 0);
        if (status != LT_OK)
            return status;
    }
    return LT_OK;
}

static int put_layer(struct lt_ctx *ctx, const char *name, float *data, size_t rows, size_t cols)
{
    return kit_put_f32(ctx, name, data, rows, cols);
}

static int get_layer(struct lt_ctx *ctx, const char *name, float *data, size_t rows, size_t cols)
{
    return kit_get_f32(ctx, name, data, rows, cols);
}

static int mlp_save(struct lt_ctx *ctx, const void *model)
{
    const struct mlp *m = model;
    struct network net = m->net;
    int status = each_layer(ctx, &net, put_layer);
    if (status == LT_OK)
        status = kit_put_count(ctx, "epochs", m->epochs);
    return status == LT_OK ? ctx->put_number(ctx, "loss", m->loss) : status;
}

static int mlp_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct mlp *m = mlp_new(ctx, p, info->p, info->task, info->n_classes, false);
    if (!m)
        return LT_MEMORY;
    int status = each_layer(ctx, &m->net, get_layer);
    if (status == LT_OK)
        status = kit_get_count(ctx, "epochs", 0, (uint64_t)1 << 53, &m->epochs);
    if (status == LT_OK)
        status = kit_get_real(ctx, "loss", &m->loss);
    if (status != LT_OK)
        mlp_free(m);
    else
        *model = m;
    return status;
}

static int mlp_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct mlp *m = model;
    *taken = m->epochs;
    *planned = m->training ? m->training->max_iter : m->epochs;
    return LT_OK;
}

const struct lt_algo net_mlp = {
    LT_HEADER(1),
    .id = "net",
    .name = "Neural network",
    .version = "1",
    .summary = "A multilayer perceptron, trained by Adam",
    .doc =
        "Layers of units: each takes a weighted sum of all outputs of the layer before and passes it through a "
        "bent "
        "function (`activation`). The last layer gives the probabilities of the classes, or the number. Training "
        "follows the gradient of the loss, batch by batch, with the Adam rule; one epoch shows all rows once.\n\n"
        "The loss is the mean log loss, or half the mean squared error, plus `alpha / 2` times the squares of the "
        "weights over the rows of a batch, as in scikit-learn. Training stops after `max_iter` epochs, or when "
        "the loss "
        "has not fallen by `tol` for `n_iter_no_change` epochs.",
    .reference = "Kingma and Ba (2015), Adam: a method for stochastic optimization, ICLR; Glorot and Bengio "
                 "(2010), AISTATS",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_ITERATIVE | LT_WANTS_SCALED | LT_TARGET_SCALED | LT_WEIGHTS_OK,
    .layout = LT_ROWS_F32,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "epoch",
    .check = mlp_check,
    .begin = mlp_begin,
    .step = mlp_step,
    .predict = mlp_predict,
    .describe = mlp_describe,
    .save = mlp_save,
    .load = mlp_load,
    .free = mlp_free,
    .units = mlp_units,
};

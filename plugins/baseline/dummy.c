/* dummy: the same prediction for every row, or a random one. The model is a vector: the share of each class, or
 * the one number. Training is one pass, so there is one step. */
#include "plugins/baseline/baseline.h"

#include "plugins/kit/kit.h"

#include <errno.h>

enum { STRATEGY, QUANTILE, CONSTANT, N_PARAMS };

enum strategy {
    AUTO,
    MOST_FREQUENT,
    PRIOR,
    STRATIFIED,
    UNIFORM,
    MEAN,
    MEDIAN,
    AT_QUANTILE,
    A_CONSTANT,
    N_STRATEGIES
};

static const struct {
    const char *name;
    uint32_t tasks;
} strategy_table[N_STRATEGIES] = {
    [AUTO] = {"auto", LT_CLASSIFY | LT_REGRESS},
    [MOST_FREQUENT] = {"most_frequent", LT_CLASSIFY},
    [PRIOR] = {"prior", LT_CLASSIFY},
    [STRATIFIED] = {"stratified", LT_CLASSIFY},
    [UNIFORM] = {"uniform", LT_CLASSIFY},
    [MEAN] = {"mean", LT_REGRESS},
    [MEDIAN] = {"median", LT_REGRESS},
    [AT_QUANTILE] = {"quantile", LT_REGRESS},
    [A_CONSTANT] = {"constant", LT_CLASSIFY | LT_REGRESS},
};

static const struct lt_param params[N_PARAMS] = {
    [STRATEGY] = {.name = "strategy",
                  .type = LT_CHOICE,
                  .def = "auto",
                  .choices = "auto,most_frequent,prior,stratified,uniform,mean,median,quantile,constant",
                  .doc = "What to predict; auto is prior for classes and mean for numbers"},
    [QUANTILE] = {.name = "quantile",
                  .aliases = "q",
                  .type = LT_REAL,
                  .def = "0.5",
                  .min = 0,
                  .max = 1,
                  .doc = "Which quantile of the target strategy=quantile predicts"},
    [CONSTANT] = {.name = "constant",
                  .aliases = "value",
                  .type = LT_STRING,
                  .flags = LT_NULLABLE,
                  .def = "none",
                  .doc = "The class or the number that strategy=constant predicts"},
};

struct dummy {
    enum strategy strategy; /* never AUTO */
    uint32_t task;
    size_t k;      /* length of value: the classes, or 1 */
    double *value; /* LT_CLASSIFY: shares that sum to 1; LT_REGRESS: the prediction */
    char **names;  /* LT_CLASSIFY: k */
    uint64_t seed;
    size_t n;
    bool done;
};

static enum strategy strategy_of(const struct lt_params *p, uint32_t task)
{
    enum strategy strategy = (enum strategy)kit_choice(p, STRATEGY);
    return strategy != AUTO ? strategy : task == LT_CLASSIFY ? PRIOR : MEAN;
}

/* ---- the constant */

static int constant_number(struct lt_ctx *ctx, const char *text, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (end == text || *end || errno || !isfinite(*value))
        return ctx->fail(ctx, LT_INVALID, "constant=%s is not a number", text);
    return LT_OK;
}

static int constant_class(struct lt_ctx *ctx, const char *text, const struct lt_data *data, size_t *class)
{
    for (size_t k = 0; k < data->n_classes; k++)
        if (!strcmp(data->class_names[k], text)) {
            *class = k;
            return LT_OK;
        }
    return ctx->fail(ctx, LT_INVALID, "constant=%s is not one of the %u classes of the target", text,
                     data->n_classes);
}

static int dummy_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    enum strategy strategy = strategy_of(p, data->task);
    double number;
    size_t class;
    if (!(strategy_table[strategy].tasks & data->task))
        return ctx->fail(ctx, LT_INVALID, "strategy=%s does not predict %s; use %s", strategy_table[strategy].name,
                         data->task == LT_CLASSIFY ? "classes" : "numbers",
                         data->task == LT_CLASSIFY ? "prior, most_frequent, stratified, uniform or constant"
                                                   : "mean, median, quantile or constant");
    if (strategy != A_CONSTANT)
        return LT_OK;
    if (kit_none(p, CONSTANT))
        return ctx->fail(ctx, LT_INVALID, "strategy=constant needs the value: constant=…");
    return data->task == LT_CLASSIFY ? constant_class(ctx, kit_word(p, CONSTANT), data, &class)
                                     : constant_number(ctx, kit_word(p, CONSTANT), &number);
}

/* ---- numbers */

struct weighted {
    double y, w;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct weighted *)a)->y, y = ((const struct weighted *)b)->y;
    return (x > y) - (x < y);
}

/* Quantile q of the sorted rows: type 7 of Hyndman and Fan without weights (as numpy), with weights the smallest
 * value at which the cumulated weight reaches its share (as scikit-learn). */
static double quantile_of(const struct weighted *row, size_t n, double q, bool weights)
{
    double total = 0, sum = 0;
    if (!weights) {
        double at = q * (double)(n - 1);
        size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;
        return row[low].y + (at - (double)low) * (row[high].y - row[low].y);
    }
    for (size_t i = 0; i < n; i++)
        total += row[i].w;
    for (size_t i = 0; i < n; i++) {
        sum += row[i].w;
        if (row[i].w > 0 && sum >= q * total)
            return row[i].y;
    }
    return row[n - 1].y;
}

static double mean_of(const struct lt_data *data)
{
    double sum = 0, total = 0, mean, rest = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        sum += w * data->y[i];
        total += w;
    }
    mean = sum / total;
    for (size_t i = 0; i < data->n; i++) /* what rounding lost */
        rest += (data->weight ? data->weight[i] : 1) * (data->y[i] - mean);
    return mean + rest / total;
}

static int learn_number(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                        struct dummy *model)
{
    struct weighted *row;
    if (model->strategy == A_CONSTANT)
        return constant_number(ctx, kit_word(p, CONSTANT), model->value);
    if (model->strategy == MEAN) {
        model->value[0] = mean_of(data);
        return LT_OK;
    }
    row = (struct weighted *)kit_scratch(ctx, data->n, sizeof *row);
    if (!row)
        return LT_MEMORY;
    for (size_t i = 0; i < data->n; i++)
        row[i] = (struct weighted){data->y[i], data->weight ? data->weight[i] : 1};
    qsort(row, data->n, sizeof *row, by_value);
    model->value[0] =
        quantile_of(row, data->n, model->strategy == MEDIAN ? 0.5 : kit_real(p, QUANTILE), data->weight != NULL);
    return LT_OK;
}

/* ---- classes */

static int learn_classes(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                         struct dummy *model)
{
    double total = 0;
    size_t best = 0;
    for (size_t i = 0; i < data->n; i++)
        model->value[data->label[i]] += data->weight ? data->weight[i] : 1;
    for (size_t k = 0; k < model->k; k++) {
        total += model->value[k];
        best = model->value[k] > model->value[best] ? k : best;
    }
    if (model->strategy == A_CONSTANT) {
        int status = constant_class(ctx, kit_word(p, CONSTANT), data, &best);
        if (status != LT_OK)
            return status;
    }
    for (size_t k = 0; k < model->k; k++)
        if (model->strategy == UNIFORM)
            model->value[k] = 1.0 / (double)model->k;
        else if (model->strategy == MOST_FREQUENT || model->strategy == A_CONSTANT)
            model->value[k] = k == best;
        else
            model->value[k] /= total;
    return LT_OK;
}

/* ---- the life of a model */

static void dummy_free(void *model)
{
    struct dummy *m = model;
    if (!m)
        return;
    free(m->value);
    free(m->names);
    free(m);
}

static struct dummy *dummy_new(struct lt_ctx *ctx, uint32_t task, size_t k, const char *const *class_names)
{
    struct dummy *m = (struct dummy *)kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->task = task;
    m->k = task == LT_CLASSIFY ? k : 1;
    m->value = kit_alloc_f64(ctx, m->k);
    m->names = task == LT_CLASSIFY ? kit_class_names(ctx, class_names, m->k) : NULL;
    if (m->value && (m->names || task != LT_CLASSIFY))
        return m;
    dummy_free(m);
    return NULL;
}

/* Unlike learners, a baseline can serve a target with one class: its score is what is asked for. */
static int labels_check(struct lt_ctx *ctx, const struct lt_data *data)
{
    if (!data->label)
        return ctx->fail(ctx, LT_INVALID, "there are no classes to learn; set a target that has them");
    for (size_t i = 0; i < data->n; i++)
        if (data->label[i] < 0 || (uint32_t)data->label[i] >= data->n_classes)
            return ctx->fail(ctx, LT_INVALID, "row %zu has no class; drop rows whose target is missing", i + 1);
    return LT_OK;
}

static int dummy_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = data->task == LT_CLASSIFY ? labels_check(ctx, data) : kit_need_target(ctx, data);
    if (status != LT_OK)
        return status;
    struct dummy *m = dummy_new(ctx, data->task, data->n_classes, data->class_names);
    if (!m)
        return LT_MEMORY;
    m->strategy = strategy_of(p, data->task);
    m->seed = ctx->seed;
    m->n = data->n;
    status = data->task == LT_CLASSIFY ? learn_classes(ctx, p, data, m) : learn_number(ctx, p, data, m);
    if (status != LT_OK) {
        dummy_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int dummy_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)ctx;
    (void)data;
    (void)units;
    ((struct dummy *)model)->done = true;
    return LT_DONE;
}

/* A class drawn by its share. */
static size_t draw(const struct dummy *m, size_t row)
{
    double u = lt_uniform(m->seed, 1, row), sum = 0;
    for (size_t k = 0; k < m->k; k++) {
        sum += m->value[k];
        if (u < sum)
            return k;
    }
    return m->k - 1;
}

static int dummy_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct dummy *m = model;
    (void)ctx;
    for (size_t i = 0; i < data->n; i++) {
        if (m->task != LT_CLASSIFY) {
            out->value[i] = m->value[0];
            continue;
        }
        double *proba = out->proba + i * m->k;
        memcpy(proba, m->value, m->k * sizeof *proba);
        if (m->strategy == STRATIFIED) {
            memset(proba, 0, m->k * sizeof *proba);
            proba[draw(m, i)] = 1;
        }
    }
    return LT_OK;
}

static int dummy_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"class:text", "share:percent"};
    const struct dummy *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "n", (double)m->n);
    if (m->task != LT_CLASSIFY) {
        kit_statistic(ctx, "prediction", m->value[0]);
        return LT_OK;
    }
    kit_statistic(ctx, "classes", (double)m->k);
    ctx->emit_table(ctx, "classes",
                    m->strategy == STRATIFIED ? "Chance of each class" : "Probability of each class", columns, 2);
    for (size_t k = 0; k < m->k; k++) {
        struct lt_cell cells[] = {LT_CTEXT(m->names[k]), LT_CREAL(m->value[k])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int dummy_save(struct lt_ctx *ctx, const void *model)
{
    const struct dummy *m = model;
    uint32_t seed[2] = {(uint32_t)m->seed, (uint32_t)(m->seed >> 32)};
    int status = kit_put_f64(ctx, "value", m->value, m->k, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "strategy", m->strategy);
    if (status == LT_OK)
        status = kit_put_count(ctx, "rows", m->n);
    return status == LT_OK ? kit_put(ctx, "seed", LT_T_U32, seed, 2, 0) : status;
}

static int dummy_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    uint64_t strategy = 0, rows = 0;
    uint32_t seed[2] = {0, 0};
    struct dummy *m = dummy_new(ctx, info->task, info->n_classes, info->class_names);
    (void)p;
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "value", m->value, m->k, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "strategy", MOST_FREQUENT, A_CONSTANT, &strategy);
    if (status == LT_OK)
        status = kit_get_count(ctx, "rows", 1, (uint64_t)1 << 53, &rows);
    if (status == LT_OK)
        status = kit_get(ctx, "seed", LT_T_U32, sizeof seed[0], seed, 2, 0);
    if (status != LT_OK) {
        dummy_free(m);
        return status;
    }
    m->strategy = (enum strategy)strategy;
    m->n = (size_t)rows;
    m->seed = seed[0] | (uint64_t)seed[1] << 32;
    m->done = true;
    *model = m;
    return LT_OK;
}

static int dummy_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct dummy *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo baseline_dummy = {
    LT_HEADER(1),
    .id = "dummy",
    .name = "Baseline",
    .version = "1",
    .summary = "Predicts without looking at any feature: what a model must beat",
    .doc =
        "Predicts the same for every row, whatever its features are.\n\n"
        "For classes: `prior` gives each class its share in training, `most_frequent` is sure of the largest one, "
        "`stratified` draws a class by the shares, `uniform` treats all classes alike. For numbers: `mean`, "
        "`median` or a `quantile` of the target. `constant` predicts the given value.\n\n"
        "A model that is no better than this has learnt nothing. A classifier with 90 % accuracy is worthless "
        "when "
        "90 % of the rows are of one class.",
    .reference =
        "Hyndman and Fan (1996), Sample quantiles in statistical packages, The American Statistician 50(4)",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK | LT_NO_FEATURES_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "pass",
    .check = dummy_check,
    .begin = dummy_begin,
    .step = dummy_step,
    .predict = dummy_predict,
    .describe = dummy_describe,
    .save = dummy_save,
    .load = dummy_load,
    .free = dummy_free,
    .units = dummy_units,
};

/* xgboost: the XGBoost library, asked to learn and to predict; nothing is learned here. A step is one of its rounds.
 * What it keeps of a model are its own bytes (format UBJSON), which its other languages can read. */
#include "plugins/xgboost/settings.h"

#include <math.h>
#include <stdio.h>

#include "plugins/kit/kit.h"
#include "plugins/xgboost/rows.h"

enum { PREDICT_ROWS = 8192 };

struct model {
    const struct xgb *xgb;
    BoosterHandle booster;
    DMatrixHandle rows; /* NULL once training is over */
    struct settings settings;
    const struct objective *objective;
    size_t p;
    uint32_t n_classes; /* 0: numbers */
    uint64_t taken, planned;
    double loss; /* of the last round; NaN */
    char **name;
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void forget_rows(struct model *m)
{
    if (m->rows)
        m->xgb->XGDMatrixFree(m->rows);
    m->rows = NULL;
}

static void xgboost_free(void *model)
{
    struct model *m = model;
    if (!m)
        return;
    if (m->booster)
        m->xgb->XGBoosterFree(m->booster);
    forget_rows(m);
    settings_free(&m->settings);
    free(m->name);
    free(m);
}

static struct model *model_new(struct lt_ctx *ctx, const struct xgb *xgb, const struct lt_params *params,
                               const struct lt_column *column, size_t p, uint32_t n_classes)
{
    struct model *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->xgb = xgb;
    m->p = p;
    m->n_classes = n_classes;
    m->planned = (uint64_t)kit_int(params, ROUNDS);
    m->loss = NAN;
    m->name = kit_column_names(ctx, column, p);
    if (m->name)
        return m;
    xgboost_free(m);
    return NULL;
}

/* ---- check and begin ---------------------------------------------------------------------------------------- */

static int xgboost_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    return settings_check(ctx, params, data);
}

static int put_floats(struct lt_ctx *ctx, struct model *m, const char *field, size_t n, const float *value)
{
    return library_status(ctx, m->xgb, m->xgb->XGDMatrixSetFloatInfo(m->rows, field, value, n), field);
}

/* Targets, classes and weights, in single precision. */
static int describe_rows(struct lt_ctx *ctx, struct model *m, const struct lt_data *data)
{
    const char **type = kit_scratch(ctx, data->p, sizeof *type);
    float *value = kit_scratch_f32(ctx, data->n);
    if (!type || !value)
        return LT_MEMORY;
    for (size_t j = 0; j < data->p; j++)
        type[j] = data->column[j].kind == LT_CATEGORY ? "c" : "float";
    int status =
        library_status(ctx, m->xgb, m->xgb->XGDMatrixSetStrFeatureInfo(m->rows, "feature_type", type, data->p),
                       "hearing of the columns");
    for (size_t i = 0; i < data->n; i++)
        value[i] = m->n_classes ? (float)data->label[i] : (float)data->y[i];
    if (status == LT_OK)
        status = put_floats(ctx, m, "label", data->n, value);
    for (size_t i = 0; data->weight && i < data->n; i++)
        value[i] = (float)data->weight[i];
    if (status == LT_OK && data->weight)
        status = put_floats(ctx, m, "weight", data->n, value);
    return status;
}

static int make_rows(struct lt_ctx *ctx, struct model *m, const struct lt_params *params,
                     const struct lt_data *data)
{
    int status = rows_check(ctx, data);
    if (status != LT_OK)
        return status;
    if (data->n > SIZE_MAX / sizeof(float) / data->p)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory for %zu x %zu cells; try fewer rows", data->n,
                         data->p);
    float *x = malloc(data->n * data->p * sizeof *x); /* XGBoost makes its own copy, so this one goes at once */
    if (!x)
        return ctx->fail(ctx, LT_MEMORY, "not enough memory for %zu x %zu cells; try fewer rows", data->n,
                         data->p);
    status = rows_copy(ctx, data, 0, data->n, x);
    if (status == LT_OK)
        status =
            library_status(ctx, m->xgb,
                           m->xgb->XGDMatrixCreateFromMat_omp(x, data->n, data->p, NAN, &m->rows,
                                                              settings_threads(ctx, params, data->n * data->p)),
                           "reading the rows");
    free(x);
    return status == LT_OK ? describe_rows(ctx, m, data) : status;
}

static int xgboost_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                         void **model)
{
    const struct xgb *xgb = library_open(ctx);
    struct model *m =
        xgb ? model_new(ctx, xgb, params, data->column, data->p, data->task == LT_CLASSIFY ? data->n_classes : 0)
            : NULL;
    if (!m)
        return xgb ? LT_MEMORY : LT_INVALID;
    m->objective = settings_objective(params, data->task, data->n_classes);
    int status = settings_make(ctx, params, data, &m->settings);
    if (status == LT_OK)
        status = make_rows(ctx, m, params, data);
    if (status == LT_OK)
        status = library_status(ctx, m->xgb, m->xgb->XGBoosterCreate(&m->rows, 1, &m->booster), "beginning");
    if (status == LT_OK)
        status = settings_apply(ctx, m->xgb, &m->settings, m->booster);
    if (status != LT_OK) {
        xgboost_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- step --------------------------------------------------------------------------------------------------- */

/* To six digits: each of XGBoost's threads adds up losses of its own, so the last ones tell how many there were. */
static double rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", x);
    return strtod(text, NULL);
}

/* "[3]\ttrain-logloss:0.41": the loss of the training rows, in the measure that goes with the objective. */
static int read_loss(struct lt_ctx *ctx, struct model *m)
{
    const char *name = "train", *text = NULL;
    const int status = library_status(
        ctx, m->xgb, m->xgb->XGBoosterEvalOneIter(m->booster, (int)m->taken, &m->rows, &name, 1, &text),
        "judging");
    const char *colon = status == LT_OK ? strrchr(text, ':') : NULL;
    m->loss = colon ? rounded(strtod(colon + 1, NULL)) : NAN;
    if (!isfinite(m->loss) && status == LT_OK)
        return ctx->fail(ctx, LT_NUMERIC, "the loss is no longer finite; lower learning_rate or scale the target");
    return status;
}

/* A round can't be interrupted from outside, so a stop takes effect between two. */
static int xgboost_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct model *m = model;
    (void)data;
    if (!library_open(ctx))
        return LT_INVALID;
    for (; m->rows && m->taken < m->planned && units; units--) {
        if (ctx->cancelled(ctx))
            return LT_CANCELLED;
        int status = library_status(
            ctx, m->xgb, m->xgb->XGBoosterUpdateOneIter(m->booster, (int)m->taken, m->rows), "learning");
        if (status != LT_OK)
            return status;
        m->taken++;
        status = read_loss(ctx, m);
        if (status != LT_OK)
            return status;
        ctx->metric(ctx, "loss", m->taken, m->loss);
    }
    if (m->rows && m->taken < m->planned)
        return LT_MORE;
    forget_rows(m);
    return LT_DONE;
}

static int xgboost_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct model *m = model;
    *taken = m->taken;
    *planned = m->planned;
    return LT_OK;
}

/* ---- predict ------------------------------------------------------------------------------------------------ */

static size_t outputs_of(const struct model *m)
{
    return m->objective->many ? m->n_classes : 1;
}

/* What the library says of n rows x: outputs of a row after each other, in its own memory, until it is called
 * again from this thread. */
static int ask(struct lt_ctx *ctx, const struct model *m, const float *x, size_t n, const float **out)
{
    static const char how[] = "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
                              "\"strict_shape\": true, \"cache_id\": 0, \"missing\": NaN}";
    char where[160];
    const bst_ulong *shape = NULL;
    bst_ulong dimensions = 0;
    snprintf(where, sizeof where,
             "{\"data\": [%llu, true], \"shape\": [%zu, %zu], \"typestr\": \"<f4\", \"version\": 3}",
             (unsigned long long)(uintptr_t)x, n, m->p);
    const int status = library_status(
        ctx, m->xgb, m->xgb->XGBoosterPredictFromDense(m->booster, where, how, NULL, &shape, &dimensions, out),
        "predicting");
    if (status == LT_OK && (dimensions != 2 || shape[0] != n || shape[1] != outputs_of(m)))
        return ctx->fail(ctx, LT_INVALID, "the model predicts another number of classes than the file says");
    return status;
}

/* A booster that was told something finds its form when it is next asked: here, before several threads ask it at
 * once. */
static int make_ready(struct lt_ctx *ctx, const struct model *m)
{
    const float *said = NULL;
    float *row = kit_scratch_f32(ctx, m->p);
    if (!row)
        return LT_MEMORY;
    for (size_t j = 0; j < m->p; j++)
        row[j] = NAN;
    return ask(ctx, m, row, 1, &said);
}

/* Shares that add up to 1 in double as well. */
static void take_classes(const struct model *m, const float *said, double *proba)
{
    double total = 0;
    if (!m->objective->many) {
        proba[1] = (double)said[0];
        proba[0] = 1 - proba[1];
        return;
    }
    for (size_t c = 0; c < m->n_classes; c++)
        total += (double)said[c];
    for (size_t c = 0; c < m->n_classes; c++)
        proba[c] = (double)said[c] / total;
}

static int xgboost_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct model *m = model;
    const size_t most = data->n < PREDICT_ROWS ? data->n : PREDICT_ROWS, outputs = outputs_of(m);
    float *x = kit_scratch(ctx, most, m->p * sizeof *x);
    const float *said = NULL;
    if (!x)
        return LT_MEMORY;
    if (!library_open(ctx))
        return LT_INVALID;
    for (size_t begin = 0; begin < data->n; begin += most) {
        const size_t n = data->n - begin < most ? data->n - begin : most;
        int status = rows_copy(ctx, data, begin, n, x);
        if (status == LT_OK)
            status = ask(ctx, m, x, n, &said);
        if (status != LT_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            if (m->n_classes)
                take_classes(m, said + i * outputs, out->proba + (begin + i) * m->n_classes);
            else
                out->value[begin + i] = (double)said[i];
    }
    return LT_OK;
}

/* A booster of the first rounds takes the place of the whole one. */
static int xgboost_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct model *m = model;
    BoosterHandle cut = NULL;
    if (units >= m->taken)
        return LT_OK;
    if (!library_open(ctx))
        return LT_INVALID;
    int status = units ? m->xgb->XGBoosterSlice(m->booster, 0, (int)units, 1, &cut)
                       : m->xgb->XGBoosterCreate(&m->rows, m->rows != NULL, &cut);
    status = library_status(ctx, m->xgb, status, "forgetting rounds");
    if (status == LT_OK)
        status = settings_apply(ctx, m->xgb, &m->settings, cut);
    if (status != LT_OK) {
        if (cut)
            m->xgb->XGBoosterFree(cut);
        return status;
    }
    m->xgb->XGBoosterFree(m->booster);
    m->booster = cut;
    m->taken = units;
    m->loss = NAN;
    return units ? make_ready(ctx, m) : LT_OK;
}

/* ---- what there is to see ----------------------------------------------------------------------------------- */

struct score {
    size_t column;
    double share, gain, splits;
};

/* Scores come for columns that are used, which are called f0, f1, …; `offset` says where they go. */
static int add_scores(struct lt_ctx *ctx, const struct model *m, const char *kind, struct score *score,
                      size_t offset)
{
    char how[64];
    bst_ulong n = 0, dimensions = 0;
    const bst_ulong *shape = NULL;
    const char **name = NULL;
    const float *value = NULL;
    snprintf(how, sizeof how, "{\"importance_type\": \"%s\"}", kind);
    const int status = library_status(
        ctx, m->xgb,
        m->xgb->XGBoosterFeatureScore(m->booster, how, &n, (char const ***)&name, &dimensions, &shape, &value),
        "weighing the columns");
    for (size_t i = 0; status == LT_OK && i < n; i++) {
        char *end;
        const unsigned long j = name[i][0] == 'f' ? strtoul(name[i] + 1, &end, 10) : m->p;
        if (j < m->p)
            *(double *)(void *)((char *)&score[j] + offset) = (double)value[i];
    }
    return status;
}

static int by_share(const void *a, const void *b)
{
    const struct score *x = a, *y = b;
    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    return x->column < y->column ? -1 : 1;
}

static int show_importance(struct lt_ctx *ctx, const struct model *m)
{
    static const char *const shares[] = {"feature:text", "importance:real"};
    static const char *const splits[] = {"feature:text", "splits:int", "gain:real"};
    struct score *score = kit_scratch(ctx, m->p, sizeof *score);
    double total = 0;
    if (!score)
        return LT_MEMORY;
    for (size_t j = 0; j < m->p; j++)
        score[j] = (struct score){.column = j};
    int status = add_scores(ctx, m, "total_gain", score, offsetof(struct score, share));
    if (status == LT_OK)
        status = add_scores(ctx, m, "gain", score, offsetof(struct score, gain));
    if (status == LT_OK)
        status = add_scores(ctx, m, "weight", score, offsetof(struct score, splits));
    if (status != LT_OK)
        return status;
    for (size_t j = 0; j < m->p; j++)
        total += score[j].share;
    for (size_t j = 0; j < m->p; j++)
        score[j].share = total > 0 ? score[j].share / total : 0;
    qsort(score, m->p, sizeof *score, by_share);
    ctx->emit_table(ctx, "importance", "Importance: share of the gain", shares, 2);
    for (size_t j = 0; j < m->p; j++) {
        const struct lt_cell row[] = {LT_CTEXT(m->name[score[j].column]), LT_CREAL(score[j].share)};
        ctx->emit_row(ctx, row);
    }
    ctx->emit_table(ctx, "splits", "Splits of each column, and what one gains on average", splits, 3);
    for (size_t j = 0; j < m->p; j++) {
        const struct lt_cell row[] = {LT_CTEXT(m->name[score[j].column]), LT_CINT(score[j].splits),
                                      LT_CREAL(score[j].gain)};
        ctx->emit_row(ctx, row);
    }
    return LT_OK;
}

static int xgboost_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"library:text", "rounds:int", "objective:text", "training_loss:real"};
    const struct model *m = model;
    char version[64];
    int major = 0, minor = 0, patch = 0;
    if (!library_open(ctx))
        return LT_INVALID;
    m->xgb->XGBoostVersion(&major, &minor, &patch);
    snprintf(version, sizeof version, "XGBoost %d.%d.%d", major, minor, patch);
    const struct lt_cell row[] = {LT_CTEXT(version), LT_CINT(m->taken), LT_CTEXT(m->objective->name),
                                  kit_cell(m->loss)};
    ctx->emit_table(ctx, "summary", "Boosted trees of XGBoost", columns, 4);
    ctx->emit_row(ctx, row);
    return show_importance(ctx, m);
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

/* Of the bytes, in 53 bits (a number holds no more). XGBoost trusts what it reads, so a damaged file must not get
 * as far. (Fowler, Noll and Vo's hash, variant 1a.) */
static double checksum(const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * 0x100000001b3ull;
    return (double)(hash >> 11);
}

static int xgboost_save(struct lt_ctx *ctx, const void *model)
{
    const struct model *m = model;
    const char *bytes = NULL;
    bst_ulong n = 0;
    if (!library_open(ctx))
        return LT_INVALID;
    int status = library_status(
        ctx, m->xgb, m->xgb->XGBoosterSaveModelToBuffer(m->booster, "{\"format\": \"ubj\"}", &n, &bytes),
        "saving");
    if (status == LT_OK)
        status = ctx->put_number(ctx, "checksum", checksum(bytes, n));
    if (status == LT_OK)
        status = kit_put(ctx, "booster", LT_T_U8, bytes, n, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "rounds", m->taken);
    if (status == LT_OK)
        status = ctx->put_text(ctx, "objective", m->objective->name);
    if (status == LT_OK && isfinite(m->loss))
        status = ctx->put_number(ctx, "loss", m->loss);
    return status;
}

static int load_booster(struct lt_ctx *ctx, struct model *m)
{
    struct lt_tensor bytes;
    double sum = 0;
    char threads[16];
    int status = kit_find(ctx, "booster", LT_T_U8, 1, &bytes);
    if (status == LT_OK)
        status = kit_get_real(ctx, "checksum", &sum);
    if (status == LT_OK && sum != checksum(bytes.data, bytes.shape[0]))
        status = ctx->fail(ctx, LT_INVALID,
                           "the bytes of the trees are not those that were saved; the file is "
                           "damaged");
    if (status == LT_OK)
        status = library_status(ctx, m->xgb, m->xgb->XGBoosterCreate(NULL, 0, &m->booster), "beginning");
    snprintf(threads, sizeof threads, "%u", ctx->threads);
    if (status == LT_OK)
        status =
            library_status(ctx, m->xgb, m->xgb->XGBoosterSetParam(m->booster, "nthread", threads), "beginning");
    if (status == LT_OK)
        status = library_status(
            ctx, m->xgb, m->xgb->XGBoosterLoadModelFromBuffer(m->booster, bytes.data, bytes.shape[0]), "loading");
    return status;
}

/* The trees are of this table, and predict what they should. */
static int check_booster(struct lt_ctx *ctx, const struct model *m)
{
    int rounds = 0;
    bst_ulong features = 0;
    int status = library_status(ctx, m->xgb, m->xgb->XGBoosterGetNumFeature(m->booster, &features), "loading");
    if (status == LT_OK)
        status = library_status(ctx, m->xgb, m->xgb->XGBoosterBoostedRounds(m->booster, &rounds), "loading");
    if (status == LT_OK && (features != m->p || (uint64_t)rounds != m->taken))
        status = ctx->fail(ctx, LT_INVALID,
                           "the model has %d rounds on %llu columns, not %llu on %zu; the file is damaged", rounds,
                           (unsigned long long)features, (unsigned long long)m->taken, m->p);
    return status == LT_OK ? make_ready(ctx, m) : status;
}

static int xgboost_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info,
                        void **model)
{
    const struct xgb *xgb = library_open(ctx);
    struct model *m =
        xgb ? model_new(ctx, xgb, params, info->column, info->p, info->task == LT_CLASSIFY ? info->n_classes : 0)
            : NULL;
    if (!m)
        return xgb ? LT_MEMORY : LT_INVALID;
    m->objective = settings_objective_named(ctx->get_text(ctx, "objective"));
    int status = m->objective && (m->objective->task & info->task) && (m->objective->many || m->n_classes <= 2)
                     ? LT_OK
                     : ctx->fail(ctx, LT_INVALID,
                                 "the model's objective is missing, or of another task; the file "
                                 "is damaged");
    if (status == LT_OK)
        status = kit_get_count(ctx, "rounds", 1, 1000000, &m->taken);
    if (status == LT_OK)
        status = load_booster(ctx, m);
    if (status == LT_OK)
        status = check_booster(ctx, m);
    if (status != LT_OK) {
        xgboost_free(m);
        return status;
    }
    if (ctx->get_number(ctx, "loss", &m->loss) != LT_OK)
        m->loss = NAN;
    *model = m;
    return LT_OK;
}

/* ---- the descriptor ----------------------------------------------------------------------------------------- */

static const struct lt_algo xgboost = {
    LT_HEADER(1),
    .id = "xgboost",
    .name = "XGBoost",
    .version = XGBOOST_VERSION,
    .summary = "The XGBoost library's boosted trees, beside lathe's own (gbm)",
    .doc =
        "A wrapper: the learning is done by libxgboost (version " XGBOOST_VERSION
        " when this was built), which is the "
        "work of the XGBoost authors and comes under the Apache licence 2.0. lathe hands it the rows, takes its "
        "rounds "
        "one by one and shows what it says; parameters have XGBoost's names, meanings and defaults, but for "
        "tree_method, which is hist as in newer versions.\n\n"
        "The model is that of `gbm`: scores are a sum of trees, $F_m(x) = F_{m-1}(x) + \\eta f_m(x)$; a leaf with "
        "gradient $G$ and curvature $H$ in sum takes $-G / (H + \\lambda)$, and a split is worth\n\n"
        "$$\\frac{1}{2}\\left[\\frac{G_l^2}{H_l+\\lambda} + \\frac{G_r^2}{H_r+\\lambda} - "
        "\\frac{G^2}{H+\\lambda}\\right] - \\gamma$$\n\n"
        "`compare gbm xgboost` puts both before the same folds. Their defaults differ: here eta is 0.3 and "
        "min_child_weight 1, there 0.1 and leaves of 20 rows.\n\n"
        "Missing values and categories are handled by XGBoost itself. It learns in single precision. Stopping "
        "takes "
        "effect between two rounds. Its threads add up histograms side by side; this gave the same bytes at any "
        "number of them whenever it was tried, but XGBoost doesn't promise it as lathe does for its own "
        "algorithms: n_jobs=1 makes sure. Draws (subsample, colsample) are seeded anew each round.",
    .reference = "Chen and Guestrin, XGBoost: a scalable tree boosting system, KDD (2016)",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK | LT_ITERATIVE | LT_FOREIGN,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = settings_params,
    .unit = "round",
    .check = xgboost_check,
    .begin = xgboost_begin,
    .step = xgboost_step,
    .predict = xgboost_predict,
    .describe = xgboost_describe,
    .save = xgboost_save,
    .load = xgboost_load,
    .free = xgboost_free,
    .units = xgboost_units,
    .truncate = xgboost_truncate,
};

LATHE_ALGOS(&xgboost)

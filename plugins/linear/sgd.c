/* sgd: linear models by stochastic gradient descent, one row at a time, and the perceptron, which is its oldest
 * form. A step is an epoch: all rows once, in an order drawn anew. New rows can be learnt later (update). */
#include "plugins/linear/linear.h"

#include "num/simd.h"
#include "plugins/kit/ahead.h"
#include "plugins/linear/coefficients.h"
#include "plugins/linear/predictor.h"
#include "plugins/linear/scores.h"

/* The rows that both have come first. */
enum { PENALTY, ALPHA, L1_RATIO, FIT_INTERCEPT, MAX_ITER, TOL, SHUFFLE, ETA0, NO_CHANGE, N_SHARED };
enum { LOSS = N_SHARED, EPSILON, LEARNING_RATE, POWER_T, N_PARAMS };
enum { NO_PENALTY, L2, L1, ELASTIC_NET };
enum { AUTO_LOSS, HINGE, LOG_LOSS, PERCEPTRON, SQUARED_ERROR, HUBER, EPSILON_INSENSITIVE };
enum { AUTO_RATE, CONSTANT, OPTIMAL, INVSCALING, ADAPTIVE };
enum { POLL_ROWS = 512 };

#define SHARED_ROWS(penalty, eta0)                                                                                \
    [PENALTY] = {.name = "penalty",                                                                               \
                 .type = LT_CHOICE,                                                                               \
                 .def = penalty,                                                                                  \
                 .choices = "none,l2,l1,elasticnet",                                                              \
                 .doc = "Penalty on the squares of the coefficients, their absolute values, both, or none"},      \
    [ALPHA] = {.name = "alpha",                                                                                   \
               .aliases = "lambda",                                                                               \
               .type = LT_REAL,                                                                                   \
               .flags = LT_LOG | LT_TUNE,                                                                         \
               .def = "1e-4",                                                                                     \
               .min = 0,                                                                                          \
               .max = INFINITY,                                                                                   \
               .doc = "Strength of the penalty; the optimal learning rate depends on it as well"},                \
    [L1_RATIO] = {.name = "l1_ratio",                                                                             \
                  .type = LT_REAL,                                                                                \
                  .def = "0.15",                                                                                  \
                  .min = 0,                                                                                       \
                  .max = 1,                                                                                       \
                  .doc = "With penalty=elasticnet: the share of absolute values in the penalty"},                 \
    [FIT_INTERCEPT] = {.name = "fit_intercept",                                                                   \
                       .aliases = "intercept",                                                                    \
                       .type = LT_BOOL,                                                                           \
                       .def = "yes",                                                                              \
                       .doc = "Whether the model has a constant; it is not penalised"},                           \
    [MAX_ITER] = {.name = "max_iter",                                                                             \
                  .aliases = "epochs",                                                                            \
                  .type = LT_INT,                                                                                 \
                  .def = "1000",                                                                                  \
                  .min = 1,                                                                                       \
                  .max = 1e6,                                                                                     \
                  .unit = "epochs",                                                                               \
                  .doc = "Most epochs"},                                                                          \
    [TOL] = {.name = "tol",                                                                                       \
             .type = LT_REAL,                                                                                     \
             .flags = LT_NULLABLE,                                                                                \
             .def = "1e-3",                                                                                       \
             .min = 0,                                                                                            \
             .max = INFINITY,                                                                                     \
             .doc =                                                                                               \
                 "Stop when the mean loss has not fallen by so much for n_iter_no_change epochs; none: never"},   \
    [SHUFFLE] = {.name = "shuffle",                                                                               \
                 .type = LT_BOOL,                                                                                 \
                 .def = "yes",                                                                                    \
                 .doc = "Whether the rows come in a new order in each epoch"},                                    \
    [ETA0] = {.name = "eta0",                                                                                     \
              .type = LT_REAL,                                                                                    \
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,                                                            \
              .def = eta0,                                                                                        \
              .min = 0,                                                                                           \
              .max = INFINITY,                                                                                    \
              .doc = "Learning rate at the start"},                                                               \
    [NO_CHANGE] = {.name = "n_iter_no_change",                                                                    \
                   .type = LT_INT,                                                                                \
                   .def = "5",                                                                                    \
                   .min = 1,                                                                                      \
                   .max = 1e6,                                                                                    \
                   .unit = "epochs",                                                                              \
                   .doc = "How many epochs without an improvement end the training"}

static const struct lt_param perceptron_params[N_SHARED] = {SHARED_ROWS("none", "1")};
static const struct lt_param sgd_params[N_PARAMS] = {
    SHARED_ROWS("l2", "0.01"),
    [LOSS] = {.name = "loss",
              .type = LT_CHOICE,
              .flags = LT_TUNE,
              .def = "auto",
              .choices = "auto,hinge,log_loss,perceptron,squared_error,huber,epsilon_insensitive",
              .doc = "What an error costs; auto: hinge for classes (a linear support vector machine), "
                     "squared_error for numbers"},
    [EPSILON] = {.name = "epsilon",
                 .type = LT_REAL,
                 .def = "0.1",
                 .min = 0,
                 .max = INFINITY,
                 .doc =
                     "With huber: errors beyond count by their size; with epsilon_insensitive: errors below cost "
                     "nothing"},
    [LEARNING_RATE] = {.name = "learning_rate",
                       .type = LT_CHOICE,
                       .def = "auto",
                       .choices = "auto,constant,optimal,invscaling,adaptive",
                       .doc = "How the rate falls with the rows seen; auto: optimal for classes, invscaling for "
                              "numbers"},
    [POWER_T] = {.name = "power_t",
                 .type = LT_REAL,
                 .flags = LT_ADVANCED,
                 .def = "0.25",
                 .min = 0,
                 .max = 10,
                 .doc = "With invscaling: the rate is eta0 / rows^power_t"},
};

/* How one problem (a class against the rest, or the numbers) stands. */
struct progress {
    double seen;   /* rows, and 1 */
    double rate;   /* with constant and adaptive */
    double best;   /* least mean loss of an epoch */
    double waited; /* epochs without an improvement */
    double ended;
};
enum { PROGRESS_NUMBERS = sizeof(struct progress) / sizeof(double) };

struct sgd {
    struct coefficients c;
    uint32_t n_classes; /* 0: numbers */
    int loss, schedule, shuffle;
    double alpha, l1, l2, eta0, power, epsilon, tol, patience; /* l1, l2: shares of the penalty */
    double start;                                              /* of the optimal rate */
    double *owed;  /* rows x p: the absolute penalty that each coefficient has taken (Tsuruoka et al. 2009) */
    double *total; /* rows: what it should have taken */
    struct progress *progress; /* rows */
    int32_t *present;
    char **class_name;
    uint64_t max_iter, epochs;
    double last_loss;
};

static void sgd_free(void *model)
{
    struct sgd *m = model;
    if (!m)
        return;
    coefficients_free(&m->c);
    free(m->owed);
    free(m->total);
    free(m->progress);
    free(m->present);
    free(m->class_name);
    free(m);
}

/* ---- losses ------------------------------------------------------------------------------------------------ */

/* Of a prediction f where y is right; y is -1 or 1 for classes. *slope: the derivative in f. */
static double loss_of(const struct sgd *m, double f, double y, double *slope)
{
    double margin = f * y, left = f - y;
    switch (m->loss) {
    case HINGE:
        *slope = margin < 1 ? -y : 0;
        return margin < 1 ? 1 - margin : 0;
    case LOG_LOSS:
        *slope = margin > 0 ? -y * exp(-margin) / (1 + exp(-margin)) : -y / (1 + exp(margin));
        return margin > 0 ? log1p(exp(-margin)) : -margin + log1p(exp(margin));
    case PERCEPTRON:
        *slope = margin <= 0 ? -y : 0;
        return margin <= 0 ? -margin : 0;
    case SQUARED_ERROR:
        *slope = left;
        return 0.5 * left * left;
    case HUBER:
        *slope = fabs(left) <= m->epsilon ? left : copysign(m->epsilon, left);
        return fabs(left) <= m->epsilon ? 0.5 * left * left : m->epsilon * (fabs(left) - 0.5 * m->epsilon);
    default: /* EPSILON_INSENSITIVE */
        *slope = fabs(left) > m->epsilon ? copysign(1, left) : 0;
        return fabs(left) > m->epsilon ? fabs(left) - m->epsilon : 0;
    }
}

/* ---- begin ------------------------------------------------------------------------------------------------- */

static struct sgd *sgd_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns, uint32_t n_classes,
                           const struct lt_column *column, const char *const *class_names)
{
    struct sgd *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    bool classic = p->n == N_SHARED;
    int penalty = kit_choice(p, PENALTY), rate = classic ? CONSTANT : kit_choice(p, LEARNING_RATE);
    size_t rows = n_classes > 2 ? n_classes : 1;
    m->n_classes = n_classes;
    m->loss = classic ? PERCEPTRON : kit_choice(p, LOSS);
    m->loss = m->loss != AUTO_LOSS ? m->loss : n_classes ? HINGE : SQUARED_ERROR;
    m->schedule = rate != AUTO_RATE ? rate : n_classes ? OPTIMAL : INVSCALING;
    m->shuffle = kit_bool(p, SHUFFLE);
    m->alpha = kit_real(p, ALPHA);
    m->l1 = penalty == L1 ? 1 : penalty == ELASTIC_NET ? kit_real(p, L1_RATIO) : 0;
    m->l2 = penalty == NO_PENALTY ? 0 : 1 - m->l1;
    m->eta0 = kit_real(p, ETA0);
    m->power = classic ? 0 : kit_real(p, POWER_T);
    m->epsilon = classic ? 0 : kit_real(p, EPSILON);
    m->tol = kit_none(p, TOL) ? -INFINITY : kit_real(p, TOL);
    m->patience = (double)kit_int(p, NO_CHANGE);
    m->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    if (m->schedule == OPTIMAL) { /* Bottou's: the first step is about as long as the coefficients will be */
        double slope, typical = sqrt(1 / sqrt(m->alpha));
        loss_of(m, -typical, 1, &slope);
        m->start = fmax(1, fabs(slope)) / (typical * m->alpha);
    }
    int status = coefficients_new(ctx, &m->c, columns, rows, 1, kit_bool(p, FIT_INTERCEPT), column);
    m->owed = kit_alloc(ctx, rows, columns * sizeof(double));
    m->total = kit_alloc_f64(ctx, rows);
    m->progress = kit_alloc(ctx, rows, sizeof *m->progress);
    m->present = kit_alloc(ctx, n_classes, sizeof *m->present);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (status != LT_OK || !m->owed || !m->total || !m->progress || !m->present || !m->class_name) {
        sgd_free(m);
        return NULL;
    }
    for (size_t r = 0; r < rows; r++)
        m->progress[r] = (struct progress){1, m->eta0, INFINITY, 0, 0};
    for (uint32_t c = 0; c < n_classes; c++)
        m->present[c] = (int32_t)c;
    return m;
}

static int check_rows(struct lt_ctx *ctx, const struct lt_data *data, bool classes)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK && !classes)
        status = kit_need_target(ctx, data);
    if (status == LT_OK && data->n > UINT32_MAX)
        status = ctx->fail(ctx, LT_INVALID, "sgd takes at most %u rows at a time", UINT32_MAX);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

static int sgd_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    bool classes = data->task == LT_CLASSIFY;
    int rate = p->n == N_SHARED ? CONSTANT : kit_choice(p, LEARNING_RATE);
    int loss = p->n == N_SHARED ? PERCEPTRON : kit_choice(p, LOSS);
    if ((rate == OPTIMAL || (rate == AUTO_RATE && classes)) && kit_real(p, ALPHA) == 0)
        return ctx->fail(ctx, LT_INVALID,
                         "learning_rate=optimal depends on alpha, so alpha must be above 0; set alpha or another "
                         "learning_rate");
    if (!classes && (loss == HINGE || loss == LOG_LOSS || loss == PERCEPTRON))
        return ctx->fail(ctx, LT_INVALID,
                         "loss=%s is for classes; take squared_error, huber or epsilon_insensitive",
                         kit_word(p, LOSS));
    int status = check_rows(ctx, data, classes);
    return status == LT_OK && classes ? kit_need_classes(ctx, data) : status;
}

static int sgd_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = sgd_check(ctx, p, data);
    uint32_t k = data->task == LT_CLASSIFY ? data->n_classes : 0;
    if (status == LT_OK && !(*model = sgd_new(ctx, p, data->p, k, data->column, data->class_names)))
        status = LT_MEMORY;
    return status;
}

/* ---- an epoch ---------------------------------------------------------------------------------------------- */

/* What an epoch changes; kept apart until all of it is done. The coefficients are factor * b. */
struct lap {
    double *b, *owed;
    double factor, constant, total, loss;
    struct progress at;
    bool diverged;
};

struct epoch {
    struct lt_ctx *ctx;
    const struct sgd *m;
    const struct lt_data *data;
    const uint32_t *order;
    struct lap *lap; /* rows of coefficients */
};

static double rate_of(const struct sgd *m, const struct progress *at)
{
    if (m->schedule == OPTIMAL)
        return 1 / (m->alpha * (m->start + at->seen - 1));
    return m->schedule == INVSCALING ? m->eta0 / pow(at->seen, m->power) : at->rate;
}

/* Each coefficient is pulled towards 0 by what it owes, but not beyond (Tsuruoka, Tsujii and Ananiadou 2009). */
static void pull(struct lap *lap, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        double w = lap->b[j] * lap->factor, z = w;
        if (z > 0)
            w = fmax(0, z - (lap->total + lap->owed[j]));
        else if (z < 0)
            w = fmin(0, z + (lap->total - lap->owed[j]));
        lap->owed[j] += w - z;
        lap->b[j] = w / lap->factor;
    }
}

enum { LANES = 8, AHEAD = 16 }; /* rows */

NUM_CLONES static double dot(size_t p, const double *a, const double *b)
{
    double s[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= p; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += a[j + l] * b[j + l];
    for (size_t l = 0; j + l < p; l++)
        s[l] += a[j + l] * b[j + l];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

NUM_CLONES static void add_scaled(size_t p, double by, const double *x, double *b)
{
    for (size_t j = 0; j < p; j++)
        b[j] += by * x[j];
}

static void learn_row(const struct sgd *m, struct lap *lap, const double *x, double y, double weight)
{
    size_t p = m->c.p;
    double f = lap->constant + lap->factor * dot(p, lap->b, x), slope, rate = rate_of(m, &lap->at);
    lap->loss += weight * loss_of(m, f, y, &slope);
    slope = slope > 1e12 ? 1e12 : slope < -1e12 ? -1e12 : slope;
    lap->factor *= fmax(0, 1 - m->l2 * rate * m->alpha);
    if (lap->factor < 1e-9) {
        for (size_t j = 0; j < p; j++)
            lap->b[j] *= lap->factor;
        lap->factor = 1;
    }
    double by = -rate * slope * weight;
    if (by != 0) {
        add_scaled(p, by / lap->factor, x, lap->b);
        lap->constant += m->c.intercept ? by : 0;
    }
    if (m->l1 > 0) {
        lap->total += m->l1 * rate * m->alpha;
        pull(lap, p);
    }
    lap->at.seen += 1;
}

static void run_lap(void *arg, size_t r, unsigned worker)
{
    const struct epoch *epoch = arg;
    const struct sgd *m = epoch->m;
    const struct lt_data *d = epoch->data;
    struct lap *lap = &epoch->lap[r];
    size_t p = m->c.p;
    (void)worker;
    if (lap->at.ended != 0)
        return;
    for (size_t k = 0; k < d->n; k++) {
        if (k % POLL_ROWS == 0 && epoch->ctx->cancelled(epoch->ctx))
            return;
        size_t i = epoch->order ? epoch->order[k] : k;
        if (epoch->order && k + AHEAD < d->n)
            kit_ask_row(d->x64 + (size_t)epoch->order[k + AHEAD] * d->ld, p);
        double y = !m->n_classes ? d->y[i] : d->label[i] == (int32_t)(m->n_classes > 2 ? r : 1) ? 1 : -1;
        learn_row(m, lap, d->x64 + i * d->ld, y, d->weight ? d->weight[i] : 1);
    }
    double check = lap->constant + lap->loss;
    for (size_t j = 0; j < p; j++) {
        lap->b[j] *= lap->factor;
        check += fabs(lap->b[j]);
    }
    lap->factor = 1;
    lap->diverged = !isfinite(check);
    lap->loss /= (double)d->n;
}

/* As scikit-learn: an epoch whose loss isn't tol below the best so far is one without an improvement. */
static void judge_lap(const struct sgd *m, struct lap *lap)
{
    struct progress *at = &lap->at;
    at->waited = lap->loss > at->best - m->tol ? at->waited + 1 : 0;
    at->best = fmin(at->best, lap->loss);
    if (at->waited < m->patience)
        return;
    if (m->schedule == ADAPTIVE && at->rate > 1e-6) {
        at->rate /= 5;
        at->waited = 0;
    } else {
        at->ended = 1;
    }
}

static uint32_t *draw_order(struct lt_ctx *ctx, const struct sgd *m, size_t n)
{
    uint32_t *order = kit_scratch(ctx, n, sizeof *order);
    for (size_t i = 0; order && i < n; i++) { /* Fisher and Yates, from the inside out */
        uint32_t j = lt_below(ctx->seed, 0x5d0 + m->epochs, i, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    return order;
}

static int run_epoch(struct lt_ctx *ctx, struct sgd *m, const struct lt_data *data, bool judge)
{
    size_t p = m->c.p, rows = m->c.rows;
    struct epoch epoch = {ctx, m, data, NULL, kit_scratch(ctx, rows, sizeof *epoch.lap)};
    double *b = kit_scratch(ctx, rows, p * sizeof *b), *owed = kit_scratch(ctx, rows, p * sizeof *b);
    if (!epoch.lap || !b || !owed || (m->shuffle && !(epoch.order = draw_order(ctx, m, data->n))))
        return LT_MEMORY;
    memcpy(b, m->c.b, rows * p * sizeof *b);
    memcpy(owed, m->owed, rows * p * sizeof *b);
    for (size_t r = 0; r < rows; r++) {
        epoch.lap[r] =
            (struct lap){b + r * p, owed + r * p, 1, m->c.constant[r], m->total[r], 0, m->progress[r], false};
        epoch.lap[r].at.ended = judge ? m->progress[r].ended : 0;
    }
    ctx->parallel(ctx, rows, run_lap, &epoch);
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    double loss = 0;
    for (size_t r = 0; r < rows; r++) {
        struct lap *lap = &epoch.lap[r];
        if (lap->diverged)
            return ctx->fail(ctx, LT_NUMERIC,
                             "the coefficients grew beyond all bounds; scale the columns, lower eta0, or "
                             "rescale a target of very large numbers");
        if (judge && lap->at.ended == 0)
            judge_lap(m, lap);
        else
            lap->loss = lap->at.ended != 0 ? lap->at.best : lap->loss;
        m->c.constant[r] = lap->constant;
        m->total[r] = lap->total;
        m->progress[r] = lap->at;
        loss += lap->loss / (double)rows;
    }
    memcpy(m->c.b, b, rows * p * sizeof *b);
    memcpy(m->owed, owed, rows * p * sizeof *b);
    m->last_loss = loss;
    m->epochs++;
    return LT_OK;
}

static bool all_ended(const struct sgd *m)
{
    bool ended = true;
    for (size_t r = 0; r < m->c.rows; r++)
        ended = ended && m->progress[r].ended != 0;
    return ended || m->epochs >= m->max_iter;
}

/* One epoch a call, however many are asked for: the memory of each is then given back. */
static int sgd_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct sgd *m = model;
    (void)units;
    if (all_ended(m))
        return LT_DONE;
    int status = run_epoch(ctx, m, data, true);
    if (status != LT_OK)
        return status;
    m->c.statistic[0] = (double)data->n;
    ctx->metric(ctx, "loss", m->epochs, m->last_loss);
    if (!all_ended(m))
        return LT_MORE;
    if (m->epochs >= m->max_iter && m->tol >= 0)
        ctx->note(ctx, LT_WARNING, "stopped after %llu epochs while the loss was still falling; raise max_iter",
                  (unsigned long long)m->epochs);
    return LT_DONE;
}

/* New rows, once each. */
static int sgd_update(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct sgd *m = model;
    int status = check_rows(ctx, data, m->n_classes > 0);
    if (status == LT_OK && data->p != m->c.p)
        status = ctx->fail(ctx, LT_INVALID, "the new rows have %zu columns, the model %zu", data->p, m->c.p);
    for (size_t i = 0; status == LT_OK && m->n_classes && i < data->n; i++)
        if (!data->label || data->label[i] < 0 || (uint32_t)data->label[i] >= m->n_classes)
            status = ctx->fail(ctx, LT_INVALID, "row %zu is of no class that the model knows", i + 1);
    if (status == LT_OK)
        status = run_epoch(ctx, m, data, false);
    if (status == LT_OK)
        m->c.statistic[0] += (double)data->n;
    return status;
}

static int sgd_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct sgd *m = model;
    if (!m->n_classes)
        return predictor_apply(ctx, data, m->c.b, m->c.constant[0], out->value);
    return scores_predict(ctx, data, &m->c, SCORES_RIVALS, m->present, m->n_classes, out->proba);
}

/* ---- describe, save and load ------------------------------------------------------------------------------- */

static int sgd_describe(struct lt_ctx *ctx, const void *model)
{
    const struct sgd *m = model;
    char title[512] = "Coefficients";
    if (m->n_classes == 2)
        snprintf(title, sizeof title, "Coefficients: %s against %s", m->class_name[1], m->class_name[0]);
    coefficients_describe(ctx, &m->c, title, m->class_name);
    kit_summary(ctx);
    kit_statistic(ctx, "rows", m->c.statistic[0]);
    kit_statistic(ctx, "epochs", (double)m->epochs);
    kit_statistic(ctx, "loss", m->last_loss);
    return LT_OK;
}

static int sgd_save(struct lt_ctx *ctx, const void *model)
{
    const struct sgd *m = model;
    int status = coefficients_save(ctx, &m->c);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "owed", m->owed, m->c.rows, m->c.p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "total", m->total, m->c.rows, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "progress", (const double *)m->progress, m->c.rows, PROGRESS_NUMBERS);
    if (status == LT_OK)
        status = kit_put_count(ctx, "epochs", m->epochs);
    return status == LT_OK ? ctx->put_number(ctx, "loss", m->last_loss) : status;
}

static int load_into(struct lt_ctx *ctx, struct sgd *m)
{
    int status = coefficients_load(ctx, &m->c);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "owed", m->owed, m->c.rows, m->c.p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "total", m->total, m->c.rows, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "progress", (double *)m->progress, m->c.rows, PROGRESS_NUMBERS);
    if (status == LT_OK)
        status = kit_get_count(ctx, "epochs", 0, UINT64_C(1) << 53, &m->epochs);
    return status == LT_OK ? kit_get_real(ctx, "loss", &m->last_loss) : status;
}

static int sgd_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    uint32_t k = info->task == LT_CLASSIFY ? info->n_classes : 0;
    struct sgd *m = sgd_new(ctx, p, info->p, k, info->column, info->class_names);
    int status = m ? load_into(ctx, m) : LT_MEMORY;
    if (status != LT_OK)
        sgd_free(m);
    else
        *model = m;
    return status;
}

static int sgd_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct sgd *)model)->epochs;
    *planned = 0;
    return LT_OK;
}

#define SHARED_CALLS                                                                                              \
    .version = "1", .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST | LT_WANTS_SCALED,                     \
    .layout = LT_ROWS_F64, .unit = "epoch", .check = sgd_check, .begin = sgd_begin, .step = sgd_step,             \
    .predict = sgd_predict, .describe = sgd_describe, .save = sgd_save, .load = sgd_load, .free = sgd_free,       \
    .units = sgd_units, .update = sgd_update

const struct lt_algo linear_sgd = {
    LT_HEADER(1),
    .id = "sgd",
    .name = "Stochastic gradient descent",
    .summary = "Linear models learnt row by row, also from streams",
    .doc =
        "Looks at one row at a time and moves the coefficients a little against the slope of its loss:\n\n"
        "    b <- b - rate (loss'(f(x), y) x + alpha penalty'(b)),   f(x) = b0 + x b\n\n"
        "For classes: `hinge` (a linear support vector machine), `log_loss` (logistic regression), "
        "`perceptron`; each class against the rest when there are more than two. For numbers: "
        "`squared_error`, `huber`, `epsilon_insensitive`. The rate falls as rows go by: `optimal` is Bottou's "
        "`1 / (alpha (t0 + t))`, `invscaling` is `eta0 / t^power_t`, `adaptive` is `eta0` divided by 5 whenever "
        "the loss stops falling.\n\n"
        "One pass costs one look at the table, so a few epochs do for millions of rows; and rows that come "
        "later can be learnt later, without the old ones (`update`). Steps are noisy: expect the first digits "
        "of the optimum, not the last. Columns must be on one scale, so these are standardised first. Only "
        "with `log_loss` are the probabilities meant as such; otherwise they just rise with `f`.",
    .reference = "Bottou (2012), Stochastic gradient descent tricks; Tsuruoka, Tsujii and Ananiadou (2009), "
                 "Stochastic gradient descent training for L1-regularized log-linear models",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .n_params = N_PARAMS,
    .params = sgd_params,
    SHARED_CALLS,
};

const struct lt_algo linear_perceptron = {
    LT_HEADER(1),
    .id = "perceptron",
    .name = "Perceptron",
    .summary = "Rosenblatt's rule: learn from mistakes only",
    .doc = "Goes through the rows one by one. Where the sign of `f(x) = b0 + x b` is right nothing happens; where "
           "it is wrong the row is added to the coefficients, or taken from them:\n\n"
           "    b <- b + eta0 y x,   b0 <- b0 + eta0 y     if y f(x) <= 0,  y = -1 or 1\n\n"
           "If a plane separates the classes it is found after at most `(R / margin)^2` mistakes, R being the "
           "length of the longest row; if none does, the coefficients never come to rest, and the last ones are "
           "kept. More than two classes: each against the rest. The probabilities only rise with `f`.",
    .reference = "Rosenblatt (1958), The perceptron, Psychological Review 65; Novikoff (1962), On convergence "
                 "proofs for perceptrons",
    .tasks = LT_CLASSIFY,
    .n_params = N_SHARED,
    .params = perceptron_params,
    SHARED_CALLS,
};

/* logistic: logistic regression for two and more classes. Minimises scikit-learn's objective,
 *     C sum_i w_i loss_i + l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2,
 * the constants unpenalised, the penalty in the units of the columns; or the loss alone. Newton's method while the
 * Hessian is small, L-BFGS beyond; proximal ones with absolute values in the penalty. Large tables start from the
 * answer for a sample of their rows. */
#include "plugins/linear/linear.h"

#include "num/dist.h"
#include "num/la.h"
#include "num/vmath.h"
#include "plugins/kit/kit.h"
#include "plugins/linear/descent.h"
#include "plugins/linear/lsq.h"
#include "plugins/linear/predictor.h"
#include "plugins/linear/proximal.h"
#include "plugins/linear/sample.h"
#include "plugins/linear/spread.h"

enum { PENALTY, C_PARAM, FIT_INTERCEPT, MAX_ITER, TOL, L1_RATIO, N_PARAMS };
enum { L2, NONE, L1, ELASTIC_NET };
enum { NEWTON_MOST = 1000 }; /* unknowns */
enum { SAMPLE_ITERATIONS = 8 };
enum { MANY_ROWS = 20000 }; /* from here the last digits aren't worth another look at all rows */

static const struct lt_param params[N_PARAMS] = {
    [PENALTY] = {.name = "penalty",
                 .type = LT_CHOICE,
                 .def = "l2",
                 .choices = "l2,none,l1,elasticnet",
                 .doc =
                     "Penalty on the squares of the coefficients (l2), their absolute values (l1: many become 0), "
                     "both, or none (then two classes get standard errors)"},
    [C_PARAM] = {.name = "C",
                 .aliases = "c",
                 .type = LT_REAL,
                 .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
                 .def = "1",
                 .min = 0,
                 .max = INFINITY,
                 .doc = "Inverse strength of the penalty: smaller shrinks more"},
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether each class has a constant; it is not penalised"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "100",
                  .min = 1,
                  .max = 1e6,
                  .doc = "Most iterations"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-6",
             .min = 0,
             .max = 1,
             .doc = "Stop when no component of the gradient of the mean loss is larger, columns being on a "
                    "standard scale"},
    [L1_RATIO] = {.name = "l1_ratio",
                  .type = LT_REAL,
                  .def = "0.5",
                  .min = 0,
                  .max = 1,
                  .doc = "With penalty=elasticnet: the share of absolute values in the penalty"},
};

enum statistic { N_ROWS, WEIGHT, LOG_LIKELIHOOD, NULL_LOG_LIKELIHOOD, DF_MODEL, ITERATIONS, N_STATISTICS };

/* What training needs and prediction doesn't. */
struct training {
    struct logloss f;
    struct descent descent;
    bool newton;
    uint32_t *active;
    double *centre, *scale, *ridge, *basis;
    double *lasso; /* weights of absolute values in the penalty, an unknown each; NULL: none */
    struct proximal proximal;
    int32_t *class_of;
    uint64_t max_iter;
    bool done;
};

struct logistic {
    size_t p, n_classes, k; /* k: the classes that occur */
    size_t rows;            /* of coefficients: 1 for two classes, else k */
    bool intercept, penalised, has_errors;
    double l1_share;        /* of the penalty */
    int32_t *present;       /* k: their labels */
    double *coef;           /* rows x p; of the second class against the first when there are two */
    double *constant;       /* rows */
    double *error;          /* p + 1: standard errors, the constant's first */
    unsigned char *aliased; /* p: has no coefficient of its own */
    double statistic[N_STATISTICS];
    char **name, **class_name;
    struct training *training; /* NULL after load */
};

/* ---- memory ------------------------------------------------------------------------------------------------ */

static void training_free(struct training *t)
{
    if (!t)
        return;
    descent_free(&t->descent);
    proximal_free(&t->proximal);
    free(t->lasso);
    free(t->active);
    free(t->centre);
    free(t->scale);
    free(t->ridge);
    free(t->basis);
    free(t->class_of);
    free(t);
}

static void logistic_free(void *model)
{
    struct logistic *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->present);
    free(m->coef);
    free(m->constant);
    free(m->error);
    free(m->aliased);
    free(m->name);
    free(m->class_name);
    free(m);
}

static struct logistic *logistic_new(struct lt_ctx *ctx, const struct lt_params *p, size_t columns,
                                     size_t n_classes, size_t k, const struct lt_column *column,
                                     const char *const *class_names)
{
    struct logistic *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = columns;
    m->n_classes = n_classes;
    m->k = k;
    m->rows = k == 2 ? 1 : k;
    m->intercept = kit_bool(p, FIT_INTERCEPT);
    int penalty = kit_choice(p, PENALTY);
    m->penalised = penalty != NONE;
    m->l1_share = penalty == L1 ? 1 : penalty == ELASTIC_NET ? kit_real(p, L1_RATIO) : 0;
    m->present = kit_alloc(ctx, k, sizeof *m->present);
    m->coef = kit_alloc(ctx, m->rows, (columns + 1) * sizeof(double));
    m->constant = kit_alloc_f64(ctx, m->rows);
    m->error = kit_alloc_f64(ctx, columns + 1);
    m->aliased = kit_alloc(ctx, columns, 1);
    m->name = kit_column_names(ctx, column, columns);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (m->present && m->coef && m->constant && m->error && m->aliased && m->name && m->class_name)
        return m;
    logistic_free(m);
    return NULL;
}

/* ---- begin ------------------------------------------------------------------------------------------------- */

/* The classes that occur, and the weight of each. */
static int find_classes(struct lt_ctx *ctx, const struct lt_data *data, double *weight, int32_t *class_of,
                        size_t *k)
{
    memset(weight, 0, data->n_classes * sizeof *weight);
    for (size_t i = 0; i < data->n; i++)
        weight[data->label[i]] += data->weight ? data->weight[i] : 1;
    *k = 0;
    for (size_t c = 0; c < data->n_classes; c++)
        class_of[c] = weight[c] > 0 ? (int32_t)(*k)++ : 0; /* rows of the others have no weight */
    return *k >= 2 ? LT_OK : ctx->fail(ctx, LT_INVALID, "at least two classes with some weight are needed");
}

/* Which columns are combinations of others. Those that aren't in a sample aren't in the whole table. */
static int find_rank(struct lt_ctx *ctx, const struct logistic *m, const struct lt_data *data,
                     const struct lt_data *sample, struct lsq *lsq)
{
    if (sample->n) {
        struct lt_data rows = *sample;
        rows.weight = NULL;
        int status = lsq_reduce(ctx, &rows, NULL, m->intercept, lsq);
        if (status != LT_OK || lsq->rank == lsq->q)
            return status;
    }
    return lsq_reduce(ctx, data, NULL, m->intercept, lsq);
}

/* Without a penalty, columns that are combinations of earlier ones have no coefficient of their own. */
static int drop_aliased(struct lt_ctx *ctx, struct logistic *m, const struct lt_data *data,
                        const struct lt_data *sample)
{
    struct lsq lsq;
    size_t aliased = 0, last = 0;
    int status = find_rank(ctx, m, data, sample, &lsq);
    for (size_t i = lsq.rank; status == LT_OK && i < lsq.q; i++) {
        last = (size_t)lsq.pivot[i] - m->intercept;
        m->aliased[last] = 1;
        aliased++;
    }
    if (aliased)
        ctx->note(ctx, LT_WARNING,
                  "%zu coefficient%s can't be estimated, because the column is an exact combination of "
                  "others ('%s'%s); predictions leave it out",
                  aliased, aliased == 1 ? "" : "s", m->name[last], aliased == 1 ? "" : " and others");
    return status;
}

/* Which columns take part, how they are scaled, and what the penalty is on that scale. The scale makes the
 * curvature of loss and penalty together alike in all columns, as far as it is known before the start. */
static int prepare_columns(struct lt_ctx *ctx, struct logistic *m, const struct lt_data *data,
                           const struct lt_data *sample, double lambda)
{
    struct training *t = m->training;
    double *centre = kit_scratch_f64(ctx, m->p + 1), *scale = kit_scratch_f64(ctx, m->p + 1);
    double share = 1 / (double)m->k, curvature = share * (1 - share);
    size_t active = 0;
    if (!centre || !scale)
        return LT_MEMORY;
    int status = spread_measure(ctx, data, sample, m->intercept, centre, scale);
    if (status == LT_OK && !m->penalised)
        status = drop_aliased(ctx, m, data, sample);
    if (status != LT_OK)
        return status;
    for (size_t j = 0; j < m->p; j++) {
        if (m->aliased[j] || scale[j] == 0) /* constant: beside a free constant its best coefficient is 0 */
            continue;
        t->active[active] = (uint32_t)j;
        t->centre[active] = centre[j];
        t->scale[active] = 1 / sqrt(1 / (scale[j] * scale[j]) + lambda / curvature);
        t->ridge[active] = lambda * t->scale[active] * t->scale[active];
        active++;
    }
    t->f.z.n_active = active;
    t->f.z.q = active + m->intercept;
    return LT_OK;
}

static struct training *training_new(struct lt_ctx *ctx, size_t p, size_t n_classes)
{
    struct training *t = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return NULL;
    t->active = kit_alloc(ctx, p + 1, sizeof *t->active);
    t->centre = kit_alloc_f64(ctx, p + 1);
    t->scale = kit_alloc_f64(ctx, p + 1);
    t->ridge = kit_alloc_f64(ctx, p + 1);
    t->basis = kit_alloc(ctx, n_classes, n_classes * sizeof(double));
    t->class_of = kit_alloc(ctx, n_classes, sizeof *t->class_of);
    if (t->active && t->centre && t->scale && t->ridge && t->basis && t->class_of)
        return t;
    training_free(t);
    return NULL;
}

/* The unknowns' weights in the sum of absolute values: those of constants are 0. With more than two classes each
 * has a vector of its own, because absolute values, unlike squares, don't keep their form in other coordinates. */
static int prepare_lasso(struct lt_ctx *ctx, struct logistic *m, double lambda)
{
    struct training *t = m->training;
    struct logloss *f = &t->f;
    if (m->k > 2) {
        f->d = m->k;
        memset(t->basis, 0, m->k * m->k * sizeof *t->basis);
        for (size_t c = 0; c < m->k; c++)
            t->basis[c * m->k + c] = 1;
    }
    t->lasso = kit_alloc_f64(ctx, f->d * f->z.q);
    if (!t->lasso)
        return LT_MEMORY;
    for (size_t a = 0; a < f->d; a++)
        for (size_t j = 0; j < f->z.n_active; j++)
            t->lasso[a * f->z.q + j] = lambda * t->scale[j];
    return proximal_new(ctx, f->d * f->z.q, t->lasso, &t->proximal);
}

/* Some iterations on the sample: full ones then start near the answer. */
static int warm_start(struct lt_ctx *ctx, const struct lt_data *sample, struct training *t)
{
    struct logloss f = t->f;
    struct logloss_work work;
    f.z.data = sample;
    f.z.weight = 0;
    for (size_t i = 0; i < sample->n; i++)
        f.z.weight += sample->weight ? sample->weight[i] : 1;
    int status = logloss_work_new(ctx, &f, t->newton, &work);
    if (status == LT_OK)
        status = descent_start(ctx, &f, &work, false, &t->descent);
    double tol = t->descent.tol;
    t->descent.tol = 1e-4;
    for (int i = 0; i < SAMPLE_ITERATIONS && status == LT_OK && t->descent.state == DESCENT_GOES_ON; i++)
        status = descent_advance(ctx, &f, &work, &t->descent);
    t->descent.tol = tol;
    return status;
}

/* The value where all coefficients are 0 is known: log k. A start that is worse than that is forgotten. A value
 * that is no number is due to a cell that isn't one. */
static int start_descent(struct lt_ctx *ctx, const struct lt_data *data, const struct lt_data *sample,
                         struct training *t)
{
    struct logloss_work work;
    bool warm = t->newton && sample->n > 0 && !t->lasso;
    int status = warm ? warm_start(ctx, sample, t) : LT_OK;
    if (status == LT_OK)
        status = logloss_work_new(ctx, &t->f, t->newton, &work);
    if (status == LT_OK)
        status = descent_start(ctx, &t->f, &work, warm, &t->descent);
    if (status == LT_OK && !(t->descent.at.value <= log((double)t->f.k))) {
        memset(t->descent.at.v, 0, t->descent.size * sizeof(double));
        status = descent_start(ctx, &t->f, &work, false, &t->descent);
    }
    if (status == LT_OK && !isfinite(t->descent.at.value + descent_gradient(&t->descent))) {
        status = kit_check_finite(ctx, data);
        if (status == LT_OK)
            status = ctx->fail(ctx, LT_NUMERIC,
                               "the numbers are too large for logistic regression; rescale the columns");
    }
    return status;
}

static void publish(struct logistic *m);

static int logistic_setup(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                          struct logistic *m, const double *class_weight)
{
    struct training *t = m->training;
    double total = 0, null_value = 0;
    for (size_t c = 0; c < data->n_classes; c++)
        total += class_weight[c];
    for (size_t c = 0; c < data->n_classes; c++)
        null_value += class_weight[c] > 0 ? class_weight[c] * log(class_weight[c] / total) : 0;
    m->statistic[N_ROWS] = (double)data->n;
    m->statistic[WEIGHT] = total;
    m->statistic[NULL_LOG_LIKELIHOOD] = m->intercept ? null_value : -total * log((double)m->k);
    t->max_iter = (uint64_t)kit_int(p, MAX_ITER);
    t->f = (struct logloss){.z = {.data = data,
                                  .intercept = m->intercept,
                                  .weight = total,
                                  .active = t->active,
                                  .centre = t->centre,
                                  .scale = t->scale},
                            .class_of = t->class_of,
                            .ridge = t->ridge,
                            .k = m->k,
                            .d = m->k - 1,
                            .basis = t->basis};
    logloss_basis(m->k, t->basis);
    struct lt_data sample;
    int status = sample_draw(ctx, data, (m->k - 1) * (m->p + 1), &sample);
    double lambda = m->penalised ? 1 / (kit_real(p, C_PARAM) * total) : 0;
    if (status == LT_OK)
        status = prepare_columns(ctx, m, data, &sample, lambda * (1 - m->l1_share));
    if (status == LT_OK && !t->f.z.q)
        status =
            ctx->fail(ctx, LT_INVALID, "all columns are 0 and there is no constant, so nothing can be learnt");
    if (status != LT_OK)
        return status;
    m->statistic[DF_MODEL] = (double)(t->f.d * t->f.z.q);
    if (m->l1_share > 0)
        status = prepare_lasso(ctx, m, lambda * m->l1_share);
    if (status != LT_OK)
        return status;
    t->newton = t->f.d * t->f.z.q <= NEWTON_MOST;
    status = descent_new(ctx, &t->f, t->newton, kit_real(p, TOL), &t->descent);
    if (status == LT_OK)
        status = start_descent(ctx, data, &sample, t);
    if (status == LT_OK)
        publish(m);
    return status;
}

static int logistic_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    size_t k = 0;
    int status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK && !kit_bool(p, FIT_INTERCEPT))
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    if (status != LT_OK)
        return status;
    struct training *t = training_new(ctx, data->p, data->n_classes);
    double *class_weight = kit_scratch_f64(ctx, data->n_classes);
    status = t && class_weight ? find_classes(ctx, data, class_weight, t->class_of, &k) : LT_MEMORY;
    struct logistic *m = NULL;
    if (status == LT_OK &&
        !(m = logistic_new(ctx, p, data->p, data->n_classes, k, data->column, data->class_names)))
        status = LT_MEMORY;
    if (status != LT_OK) {
        training_free(t);
        return status;
    }
    m->training = t;
    for (size_t c = 0; c < data->n_classes; c++)
        if (class_weight[c] > 0)
            m->present[t->class_of[c]] = (int32_t)c;
    status = logistic_setup(ctx, p, data, m, class_weight);
    if (status != LT_OK)
        logistic_free(m);
    else
        *model = m;
    return status;
}

/* ---- steps ------------------------------------------------------------------------------------------------- */

/* The coefficients in the columns' own units. */
static void publish(struct logistic *m)
{
    const struct training *t = m->training;
    const struct logloss *f = &t->f;
    double penalty = 0;
    for (size_t a = 0; a < f->d; a++)
        for (size_t j = 0; j < f->z.q; j++)
            penalty += 0.5 * f->ridge[j] * t->descent.at.v[a * f->z.q + j] * t->descent.at.v[a * f->z.q + j];
    m->statistic[LOG_LIKELIHOOD] = -f->z.weight * (t->descent.at.value - penalty);
    for (size_t r = 0; r < m->rows; r++) {
        double constant = 0;
        for (size_t j = 0; j < f->z.q; j++) {
            double w = 0;
            if (f->k == 2)
                w = t->descent.at.v[j];
            for (size_t a = 0; f->k > 2 && a < f->d; a++)
                w += f->basis[r * f->d + a] * t->descent.at.v[a * f->z.q + j];
            if (j == f->z.n_active) {
                constant += w;
                continue;
            }
            m->coef[r * m->p + f->z.active[j]] = w * f->z.scale[j];
            constant -= f->z.centre[j] * f->z.scale[j] * w;
        }
        m->constant[r] = constant;
    }
}

/* Two classes, no penalty: the inverse of the Hessian at the optimum holds the variances. The
 * last digits of the coefficients come from two more steps. */
static int standard_errors(struct lt_ctx *ctx, struct logistic *m, const struct logloss_work *work)
{
    struct training *t = m->training;
    const struct logloss *f = &t->f;
    struct logloss_point at = {kit_scratch_f64(ctx, f->z.q), 0, kit_scratch_f64(ctx, f->z.q), NULL};
    size_t q = f->z.q, n = f->z.n_active;
    double variance = 0, *cov = kit_scratch(ctx, q, q * sizeof *cov);
    at.hessian = kit_scratch(ctx, q, q * sizeof *cov);
    if (!at.v || !at.gradient || !at.hessian || !cov)
        return LT_MEMORY;
    memcpy(at.v, t->descent.at.v, q * sizeof *at.v);
    for (int turn = f->z.data->n < MANY_ROWS ? 0 : 1; turn < 2; turn++) {
        int status = logloss_evaluate(ctx, f, work, true, &at);
        if (status != LT_OK)
            return status;
        memcpy(cov, at.hessian, q * q * sizeof *cov);
        if (la_cholesky(q, cov, q) || la_cholesky_inverse(q, cov, q))
            return LT_OK;
        if (t->descent.state != DESCENT_CONVERGED)
            break;
        la_gemv(0, q, q, -1.0, cov, q, at.gradient, 1.0, at.v);
    }
    memcpy(t->descent.at.v, at.v, q * sizeof *at.v);
    t->descent.at.value = at.value;
    for (size_t i = 0; i < n; i++) {
        m->error[f->z.active[i] + 1] = sqrt(cov[i * q + i] / f->z.weight) * f->z.scale[i];
        for (size_t j = 0; j < n; j++)
            variance += f->z.centre[i] * f->z.scale[i] * cov[i * q + j] * f->z.centre[j] * f->z.scale[j];
        variance -= m->intercept ? 2 * f->z.centre[i] * f->z.scale[i] * cov[i * q + n] : 0;
    }
    variance += m->intercept ? cov[n * q + n] : 0;
    m->error[0] = m->intercept ? sqrt(variance / f->z.weight) : NAN;
    m->has_errors = true;
    return LT_OK;
}

static double slope(const struct training *t)
{
    return t->lasso ? proximal_slope(&t->proximal, &t->descent) : descent_gradient(&t->descent);
}

static void note_end(struct lt_ctx *ctx, const struct logistic *m)
{
    const struct training *t = m->training;
    if (t->descent.state == DESCENT_SEPARATED)
        ctx->note(ctx, LT_WARNING,
                  "the columns separate some classes perfectly, so the best coefficients are infinite; "
                  "those shown are where the search stopped: use penalty=l2");
    else if (t->descent.state != DESCENT_CONVERGED)
        ctx->note(ctx, LT_WARNING,
                  "stopped after %.0f iterations, before tol was reached (largest gradient %.2g); raise "
                  "max_iter or standardise the columns",
                  m->statistic[ITERATIONS], slope(t));
}

/* One iteration a call, however many are asked for: the memory of each is then given back. */
static int logistic_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct logistic *m = model;
    struct training *t = m->training;
    struct logloss_work work;
    (void)data;
    (void)units;
    if (t->done)
        return LT_DONE;
    int status = logloss_work_new(ctx, &t->f, t->newton, &work);
    if (status == LT_OK && t->descent.state == DESCENT_GOES_ON && m->statistic[ITERATIONS] < (double)t->max_iter) {
        status = t->lasso ? proximal_advance(ctx, &t->f, &work, &t->proximal, &t->descent)
                          : descent_advance(ctx, &t->f, &work, &t->descent);
        if (status == LT_OK)
            m->statistic[ITERATIONS] += 1;
    }
    if (status != LT_OK)
        return status;
    publish(m);
    bool last = t->descent.state != DESCENT_GOES_ON || m->statistic[ITERATIONS] >= (double)t->max_iter;
    if (last && m->k == 2 && !m->penalised && t->newton) {
        status = standard_errors(ctx, m, &work);
        if (status != LT_OK)
            return status;
        publish(m);
    }
    ctx->metric(ctx, "loss", (uint64_t)m->statistic[ITERATIONS],
                t->descent.at.value +
                    (t->lasso ? proximal_penalty(&t->proximal, t->descent.size, t->descent.at.v) : 0));
    if (!last)
        return LT_MORE;
    note_end(ctx, m);
    t->done = true;
    return LT_DONE;
}

/* ---- predict ----------------------------------------------------------------------------------------------- */

struct predict_job {
    const struct logistic *model;
    const struct lt_data *data;
    double *proba;
    double *work; /* a worker: twice rows x PREDICTOR_ROWS */
};

/* The probabilities of the classes that occur, from the sums of each: eta[rows x PREDICTOR_ROWS]. */
static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct predict_job *job = arg;
    const struct logistic *m = job->model;
    size_t n = end - begin, rows = m->rows;
    double *eta = job->work + worker * 2 * rows * PREDICTOR_ROWS, *by_row = eta + rows * PREDICTOR_ROWS;
    double *out = job->proba + begin * m->n_classes;
    (void)block;
    predictor_sums(job->data, begin, n, rows, m->coef, m->constant, eta);
    memset(out, 0, n * m->n_classes * sizeof *out);
    if (rows == 1) {
        vmath_sigmoid(n, eta, eta);
        for (size_t i = 0; i < n; i++, out += m->n_classes) {
            out[m->present[0]] = 1 - eta[i];
            out[m->present[1]] = eta[i];
        }
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < rows; r++)
            by_row[i * rows + r] = eta[r * PREDICTOR_ROWS + i];
    vmath_softmax(n, rows, by_row, rows);
    for (size_t i = 0; i < n; i++, out += m->n_classes)
        for (size_t r = 0; r < rows; r++)
            out[m->present[r]] = by_row[i * rows + r];
}

static int logistic_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct logistic *m = model;
    struct predict_job job = {m, data, out->proba,
                              kit_scratch(ctx, ctx->threads, 2 * PREDICTOR_ROWS * m->rows * sizeof(double))};
    return job.work ? kit_blocks(ctx, data->n, PREDICTOR_ROWS, predict_block, &job) : LT_MEMORY;
}

/* ---- describe ---------------------------------------------------------------------------------------------- */

static const char *term(const struct logistic *m, size_t j)
{
    return j ? m->name[j - 1] : "(Intercept)";
}

static double estimate(const struct logistic *m, size_t row, size_t j)
{
    if (!j)
        return m->constant[row];
    return m->aliased[j - 1] ? NAN : m->coef[row * m->p + j - 1];
}

static void emit_two(struct lt_ctx *ctx, const struct logistic *m)
{
    static const char *const columns[] = {"term:text", "estimate:real", "std_error:real", "statistic:real",
                                          "p:p",       "ci_low:real",   "ci_high:real"};
    char title[512];
    snprintf(title, sizeof title, "Coefficients: log odds of %s against %s", m->class_name[m->present[1]],
             m->class_name[m->present[0]]);
    if (!m->has_errors) {
        ctx->emit_table(ctx, "coefficients", title, columns, 2);
    } else {
        ctx->emit_table(ctx, "coefficients", title, columns, 7);
    }
    for (size_t j = m->intercept ? 0 : 1; j <= m->p; j++) {
        double b = estimate(m, 0, j), se = m->error[j] > 0 ? m->error[j] : NAN, z = b / se, width = norm_q(0.975);
        struct lt_cell cells[] = {LT_CTEXT(term(m, j)),
                                  kit_cell(b),
                                  kit_cell(se),
                                  kit_cell(z),
                                  kit_cell(isnan(z) ? NAN : 2 * norm_upper(fabs(z))),
                                  kit_cell(b - width * se),
                                  kit_cell(b + width * se)};
        ctx->emit_row(ctx, cells);
    }
}

static void emit_many(struct lt_ctx *ctx, const struct logistic *m)
{
    static const char *const columns[] = {"class:text", "term:text", "estimate:real"};
    ctx->emit_table(ctx, "coefficients", "Coefficients of each class", columns, 3);
    for (size_t r = 0; r < m->rows; r++)
        for (size_t j = m->intercept ? 0 : 1; j <= m->p; j++) {
            struct lt_cell cells[] = {LT_CTEXT(m->class_name[m->present[r]]), LT_CTEXT(term(m, j)),
                                      kit_cell(estimate(m, r, j))};
            ctx->emit_row(ctx, cells);
        }
}

static int logistic_describe(struct lt_ctx *ctx, const void *model)
{
    const struct logistic *m = model;
    double fit = m->statistic[LOG_LIKELIHOOD], null = m->statistic[NULL_LOG_LIKELIHOOD];
    double df = m->statistic[DF_MODEL], n = m->statistic[N_ROWS];
    if (m->rows == 1)
        emit_two(ctx, m);
    else
        emit_many(ctx, m);
    kit_summary(ctx);
    kit_statistic(ctx, "n", n);
    kit_statistic(ctx, "classes", (double)m->k);
    kit_statistic(ctx, "iterations", m->statistic[ITERATIONS]);
    if (m->l1_share > 0) {
        size_t nonzero = 0;
        for (size_t i = 0; i < m->rows * m->p; i++)
            nonzero += m->coef[i] != 0;
        kit_statistic(ctx, "nonzero", (double)nonzero);
    }
    kit_statistic(ctx, "log_loss", -fit / m->statistic[WEIGHT]);
    kit_statistic(ctx, "log_likelihood", fit);
    kit_statistic(ctx, "null_deviance", -2 * null);
    kit_statistic(ctx, "deviance", -2 * fit);
    kit_statistic(ctx, "mcfadden_r2", null < 0 ? 1 - fit / null : NAN);
    if (!m->penalised) {
        kit_statistic(ctx, "df_residual", n - df);
        kit_statistic(ctx, "aic", -2 * fit + 2 * df);
        kit_statistic(ctx, "bic", -2 * fit + log(n) * df);
    }
    return LT_OK;
}

/* ---- save and load ----------------------------------------------------------------------------------------- */

static int logistic_save(struct lt_ctx *ctx, const void *model)
{
    const struct logistic *m = model;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK && m->p)
        status = kit_put_f64(ctx, "coef", m->coef, m->rows, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "constant", m->constant, m->rows, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0);
    if (status == LT_OK)
        status = kit_put(ctx, "aliased", LT_T_U8, m->aliased, m->p, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "has_errors", m->has_errors);
    return status == LT_OK && m->has_errors ? kit_put_f64(ctx, "error", m->error, m->p + 1, 0) : status;
}

static int load_into(struct lt_ctx *ctx, struct logistic *m)
{
    uint64_t has_errors = 0;
    int status = kit_get_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK && m->p)
        status = kit_get_f64(ctx, "coef", m->coef, m->rows, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "constant", m->constant, m->rows, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "statistic", m->statistic, N_STATISTICS, 0);
    if (status == LT_OK)
        status = kit_get(ctx, "aliased", LT_T_U8, 1, m->aliased, m->p, 0);
    if (status == LT_OK)
        status = kit_get_count(ctx, "has_errors", 0, 1, &has_errors);
    if (status == LT_OK && has_errors)
        status = kit_get_f64(ctx, "error", m->error, m->p + 1, 0);
    m->has_errors = has_errors;
    for (size_t c = 0; status == LT_OK && c < m->k; c++)
        if (m->present[c] < 0 || (size_t)m->present[c] >= m->n_classes)
            status = ctx->fail(ctx, LT_INVALID, "the model speaks of class %d of %zu; the file is damaged",
                               m->present[c] + 1, m->n_classes);
    return status;
}

static int logistic_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct lt_tensor present;
    int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
    if (status != LT_OK)
        return status;
    if (present.shape[0] < 2 || present.shape[0] > info->n_classes)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu classes, the target %u; the file is damaged",
                         present.shape[0], info->n_classes);
    struct logistic *m =
        logistic_new(ctx, p, info->p, info->n_classes, present.shape[0], info->column, info->class_names);
    if (!m)
        return LT_MEMORY;
    status = load_into(ctx, m);
    if (status != LT_OK)
        logistic_free(m);
    else
        *model = m;
    return status;
}

static int logistic_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = (uint64_t)((const struct logistic *)model)->statistic[ITERATIONS];
    *planned = 0;
    return LT_OK;
}

const struct lt_algo linear_logistic = {
    LT_HEADER(1),
    .id = "logistic",
    .name = "Logistic regression",
    .version = "1",
    .summary = "A linear model of the log odds of each class",
    .doc = "Models the log odds of a class as a weighted sum of the columns: `log(p / (1 - p)) = b0 + x b`; for "
           "more than "
           "two classes each has its own sum and `p_k` is proportional to `exp(b0_k + x b_k)`. A coefficient says "
           "how the "
           "log odds change when its column grows by one; `exp` of it is the odds ratio.\n\n"
           "Minimises `C sum loss + |b|^2 / 2` (penalty=l2) or the loss alone (penalty=none; then two classes get "
           "standard errors, z statistics, p values and 95 % Wald intervals, as R's glm). With penalty=l1 it is "
           "`C sum loss + |b|_1`, whose corner at 0 leaves columns out altogether; penalty=elasticnet mixes both "
           "by `l1_ratio`. Newton's method, for absolute values with coordinate descent inside; L-BFGS or "
           "accelerated proximal steps when there are more than 1000 unknowns.\n\n"
           "The penalty counts in the units of the columns: standardise columns of very different units first.",
    .reference = "McCullagh and Nelder, Generalized Linear Models, 2nd edition, chapters 4 and 5",
    .tasks = LT_CLASSIFY,
    .traits = LT_ITERATIVE | LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "iteration",
    .begin = logistic_begin,
    .step = logistic_step,
    .predict = logistic_predict,
    .describe = logistic_describe,
    .save = logistic_save,
    .load = logistic_load,
    .free = logistic_free,
    .units = logistic_units,
};

/* qda: quadratic discriminant analysis. Each class is a normal cloud with a mean and a covariance of its own, so
 * the borders between classes are conic sections. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "num/vmath.h"
#include "plugins/linear/scatter.h"
#include "plugins/linear/scores.h"

enum { REG_PARAM, PRIORS, N_PARAMS };
enum { ROWS = 256 };

static const struct lt_param params[N_PARAMS] = {
    [REG_PARAM] = {.name = "reg_param",
                   .aliases = "shrinkage",
                   .type = LT_REAL,
                   .flags = LT_TUNE,
                   .def = "0",
                   .min = 0,
                   .max = 1,
                   .doc = "How far each class's covariance is pulled to the identity: 0 not at all"},
    [PRIORS] = {.name = "priors",
                .type = LT_REAL_LIST,
                .flags = LT_NULLABLE,
                .def = "none",
                .min = 0,
                .max = 1,
                .doc = "Probabilities of the classes in their order; none: their shares of the training rows"},
};

struct qda {
    size_t p, k, n_classes;
    int32_t *present; /* k */
    double *mean;     /* k x p */
    double *prior;    /* k */
    double *white;    /* k x p x p: (x - mean) times it has the identity as covariance in the class */
    double *log_det;  /* k: of the covariances */
    double *sd;       /* k x p */
    double weight;
    char **name, **class_name;
    bool done;
};

static void qda_free(void *model)
{
    struct qda *m = model;
    if (!m)
        return;
    free(m->present);
    free(m->mean);
    free(m->prior);
    free(m->white);
    free(m->log_det);
    free(m->sd);
    free(m->name);
    free(m->class_name);
    free(m);
}

static struct qda *qda_new(struct lt_ctx *ctx, size_t p, size_t k, size_t n_classes,
                           const struct lt_column *column, const char *const *class_names)
{
    struct qda *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = p;
    m->k = k;
    m->n_classes = n_classes;
    m->present = kit_alloc(ctx, k, sizeof *m->present);
    m->mean = kit_alloc(ctx, k, p * sizeof(double));
    m->prior = kit_alloc_f64(ctx, k);
    m->white = p > SIZE_MAX / 8 / p ? NULL : kit_alloc(ctx, k, p * p * sizeof(double));
    m->log_det = kit_alloc_f64(ctx, k);
    m->sd = kit_alloc(ctx, k, p * sizeof(double));
    m->name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (m->present && m->mean && m->prior && m->white && m->log_det && m->sd && m->name && m->class_name)
        return m;
    qda_free(m);
    return NULL;
}

static int qda_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 2);
    (void)p;
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

/* The covariance of class c, pulled by `share` to the variances that the classes have in common, scaled by its
 * standard deviations and factorised. Whether that can be inverted; sd and log_det of the class are then set. */
static bool factorise(struct qda *m, const struct scatter *s, size_t c, double reg, double share,
                      const double *common, double *factor)
{
    size_t p = m->p;
    double n = s->weight[c], *sd = m->sd + c * p, flat = 1;
    const double *within = s->within + c * p * p, *mean = m->mean + c * p;
    m->log_det[c] = 0;
    for (size_t j = 0; j < p; j++) {
        double variance = (1 - share) * ((1 - reg) * within[j * p + j] / n + reg) + share * common[j];
        sd[j] = sqrt(variance);
        flat = sd[j] > 1e-13 * fabs(mean[j]) ? flat : 0; /* what rounding leaves of a constant */
        m->log_det[c] += log(variance);
    }
    if (flat == 0)
        return false;
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++)
            factor[i * p + j] = (1 - share) * (1 - reg) * within[i * p + j] / n / sd[i] / sd[j];
        factor[i * p + i] = 1;
    }
    if (la_cholesky(p, factor, p))
        return false;
    for (size_t j = 0; j < p; j++) {
        flat = factor[j * p + j] < flat ? factor[j * p + j] : flat;
        m->log_det[c] += 2 * log(factor[j * p + j]);
    }
    return flat > 1e-6;
}

/* white = D^-1 L^-T. A class that doesn't vary in all directions borrows some spread from the others. */
static int settle_class(struct lt_ctx *ctx, struct qda *m, const struct scatter *s, size_t c, double reg,
                        const double *common, double *factor)
{
    static const double shares[] = {0, 0.01, 0.1, 0.5};
    size_t p = m->p, turn = 0;
    double *white = m->white + c * p * p;
    while (turn < 4 && !factorise(m, s, c, reg, shares[turn], common, factor))
        turn++;
    if (turn == 4)
        return ctx->fail(
            ctx, LT_NUMERIC,
            "the rows of class '%s' do not vary in all directions of the %zu columns, so its "
            "covariance has no inverse; set reg_param above 0, or drop columns that are constant in it",
            m->class_name[m->present[c]], p);
    if (turn > 0)
        ctx->note(ctx, LT_WARNING,
                  "the rows of class '%s' do not vary in all directions of the %zu columns; its covariance was "
                  "pulled by %g %% to the variances that the classes have in common",
                  m->class_name[m->present[c]], p, 100 * shares[turn]);
    memset(white, 0, p * p * sizeof *white);
    for (size_t i = 0; i < p; i++) { /* row i of L^-T is column i of L^-1: forward substitution of a unit vector */
        double *row = white + i * p;
        row[i] = 1 / factor[i * p + i];
        for (size_t j = i + 1; j < p; j++)
            row[j] = -la_dot(j - i, factor + j * p + i, row + i) / factor[j * p + j];
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            white[i * p + j] /= m->sd[c * p + i];
    return LT_OK;
}

/* Does column j have one value in all rows? */
static bool same_everywhere(const struct lt_data *data, size_t j)
{
    for (size_t i = 1; i < data->n; i++)
        if (data->x64[i * data->ld + j] != data->x64[j])
            return false;
    return true;
}

/* A column with one value v in all rows says nothing of the classes. It gets the variance 1 + v^2 in each: then it
 * adds the same to all of their scores. constant[p] says which; the number of the others. */
static size_t settle_constants(struct lt_ctx *ctx, const struct qda *m, const struct lt_data *data,
                               struct scatter *s, bool *constant)
{
    size_t p = s->p, varying = 0;
    for (size_t j = 0; j < p; j++) {
        constant[j] = same_everywhere(data, j);
        varying += !constant[j];
        for (size_t c = 0; constant[j] && c < s->k; c++) {
            double *within = s->within + c * p * p, v = data->x64[j];
            for (size_t i = 0; i < p; i++)
                within[i * p + j] = within[j * p + i] = 0;
            within[j * p + j] = s->weight[c] * (1 + v * v);
            m->mean[c * p + j] = v;
        }
    }
    for (size_t j = 0; varying && j < p; j++)
        if (constant[j])
            ctx->note(ctx, LT_NOTE, "'%s' has the same value in all rows and is left out", m->name[j]);
    return varying;
}

/* What is shown of the constant columns: that they don't vary. */
static void forget_constants(struct qda *m, const bool *constant)
{
    for (size_t i = 0; i < m->k * m->p; i++)
        m->sd[i] = constant[i % m->p] ? 0 : m->sd[i];
}

/* Variances within the classes, taken together. */
static void common_variances(const struct scatter *s, double *common)
{
    double df = s->total > (double)s->k ? s->total - (double)s->k : 1;
    for (size_t j = 0; j < s->p; j++) {
        common[j] = 0;
        for (size_t c = 0; c < s->k; c++)
            common[j] += s->within[(c * s->p + j) * s->p + j] / df;
    }
}

static int qda_begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    struct scatter s;
    size_t p = data->p;
    int status = qda_check(ctx, given, data);
    if (status == LT_OK)
        status = scatter_measure(ctx, data, true, &s);
    double *factor = status == LT_OK ? kit_scratch(ctx, p, p * sizeof *factor) : NULL;
    double *common = status == LT_OK ? kit_scratch_f64(ctx, p) : NULL;
    bool *constant = status == LT_OK ? kit_scratch(ctx, p, sizeof *constant) : NULL;
    if (status != LT_OK)
        return status;
    struct qda *m = qda_new(ctx, p, s.k, data->n_classes, data->column, data->class_names);
    if (!m || !factor || !common || !constant) {
        qda_free(m);
        return LT_MEMORY;
    }
    memcpy(m->present, s.present, s.k * sizeof *s.present);
    memcpy(m->mean, s.mean, s.k * p * sizeof *s.mean);
    m->weight = s.total;
    if (!settle_constants(ctx, m, data, &s, constant)) {
        qda_free(m);
        return ctx->fail(ctx, LT_NUMERIC,
                         "all columns are constant; there is nothing to tell the classes apart by");
    }
    common_variances(&s, common);
    status = scatter_priors(ctx, &given->v[PRIORS], data, &s, m->prior);
    for (size_t c = 0; status == LT_OK && c < s.k; c++)
        status = settle_class(ctx, m, &s, c, kit_real(given, REG_PARAM), common, factor);
    if (status != LT_OK) {
        qda_free(m);
        return status;
    }
    forget_constants(m, constant);
    *model = m;
    return status;
}

/* begin has looked at the rows: there is nothing left to learn. */
static int qda_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)data;
    (void)units;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    ((struct qda *)model)->done = true;
    return LT_DONE;
}

/* ---- predict ----------------------------------------------------------------------------------------------- */

struct predict_job {
    struct lt_ctx *ctx;
    const struct qda *model;
    const struct lt_data *data;
    double *proba, *work; /* a worker: ROWS x (2 p + k) */
};

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct predict_job *job = arg;
    const struct qda *m = job->model;
    const struct lt_data *d = job->data;
    size_t n = end - begin, p = m->p, k = m->k;
    double *x = job->work + worker * ROWS * (2 * p + k), *z = x + ROWS * p, *score = z + ROWS * p;
    (void)block;
    for (size_t c = 0; c < k; c++) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < p; j++)
                x[i * p + j] = d->x64[(begin + i) * d->ld + j] - m->mean[c * p + j];
        la_gemm(0, 0, n, p, p, 1.0, x, p, m->white + c * p * p, p, 0.0, z, p);
        for (size_t i = 0; i < n; i++) {
            double far = la_dot(p, z + i * p, z + i * p);
            score[i * k + c] = log(m->prior[c]) - 0.5 * ((far < 1e300 ? far : 1e300) + m->log_det[c]);
        }
    }
    vmath_softmax(n, k, score, k);
    memset(job->proba + begin * m->n_classes, 0, n * m->n_classes * sizeof *score);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++)
            job->proba[(begin + i) * m->n_classes + (size_t)m->present[c]] = score[i * k + c];
}

static int qda_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct qda *m = model;
    struct predict_job job = {ctx, m, data, out->proba,
                              kit_scratch(ctx, ctx->threads * ROWS, (2 * m->p + m->k) * sizeof(double))};
    return job.work ? kit_blocks(ctx, data->n, ROWS, predict_block, &job) : LT_MEMORY;
}

/* ---- describe, save and load ------------------------------------------------------------------------------- */

static int qda_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"class:text", "prior:percent", "term:text", "mean:real", "sd:real"};
    const struct qda *m = model;
    ctx->emit_table(ctx, "centres", "Means and spreads of the classes", columns, 5);
    for (size_t c = 0; c < m->k; c++)
        for (size_t j = 0; j < m->p; j++) {
            struct lt_cell cells[] = {LT_CTEXT(m->class_name[m->present[c]]), LT_CREAL(m->prior[c]),
                                      LT_CTEXT(m->name[j]), kit_cell(m->mean[c * m->p + j]),
                                      kit_cell(m->sd[c * m->p + j])};
            ctx->emit_row(ctx, cells);
        }
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->weight);
    kit_statistic(ctx, "classes", (double)m->k);
    return LT_OK;
}

static int qda_save(struct lt_ctx *ctx, const void *model)
{
    const struct qda *m = model;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "mean", m->mean, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "prior", m->prior, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "white", m->white, m->k, m->p * m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "log_det", m->log_det, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "sd", m->sd, m->k, m->p);
    return status == LT_OK ? ctx->put_number(ctx, "weight", m->weight) : status;
}

static int load_into(struct lt_ctx *ctx, struct qda *m)
{
    int status = kit_get_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = scores_check_present(ctx, m->present, m->k, m->n_classes);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mean", m->mean, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "prior", m->prior, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "white", m->white, m->k, m->p * m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "log_det", m->log_det, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "sd", m->sd, m->k, m->p);
    return status == LT_OK ? kit_get_real(ctx, "weight", &m->weight) : status;
}

static int qda_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct lt_tensor present;
    int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
    (void)p;
    if (status != LT_OK)
        return status;
    if (present.shape[0] < 2 || present.shape[0] > info->n_classes || !info->p)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu classes, the target %u; the file is damaged",
                         present.shape[0], info->n_classes);
    struct qda *m = qda_new(ctx, info->p, present.shape[0], info->n_classes, info->column, info->class_names);
    if (!m)
        return LT_MEMORY;
    status = load_into(ctx, m);
    m->done = true;
    if (status != LT_OK)
        qda_free(m);
    else
        *model = m;
    return status;
}

static int qda_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct qda *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo linear_qda = {
    LT_HEADER(1),
    .id = "qda",
    .name = "Quadratic discriminant analysis",
    .version = "1",
    .summary = "Classes as normal clouds, each of its own shape: curved borders between them",
    .doc =
        "Takes each class as a normal distribution with a mean `m_k` and a covariance `S_k` of its own. Bayes' "
        "rule gives the scores\n\n"
        "    score_k(x) = log prior_k - log det S_k / 2 - (x - m_k)' S_k^-1 (x - m_k) / 2\n\n"
        "and probabilities proportional to `exp(score_k)`. The last term is the squared distance from the mean "
        "in units of the class's own spread, the middle one makes up for the size of the cloud.\n\n"
        "Each class has `p (p + 1) / 2` variances and covariances to learn, so it needs many more rows than "
        "columns; otherwise `lda`, whose classes share one covariance, is the better guess. `reg_param` pulls "
        "each covariance to the identity: `(1 - reg_param) S_k + reg_param I`. A class that doesn't vary in all "
        "directions borrows spread from the others, with a warning.",
    .reference = "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, section 4.3",
    .tasks = LT_CLASSIFY,
    .traits = LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "solution",
    .check = qda_check,
    .begin = qda_begin,
    .step = qda_step,
    .predict = qda_predict,
    .describe = qda_describe,
    .save = qda_save,
    .load = qda_load,
    .free = qda_free,
    .units = qda_units,
};

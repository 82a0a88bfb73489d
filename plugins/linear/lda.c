/* lda: linear discriminant analysis. Each class is a normal cloud with a mean of its own and a covariance that all
 * share; by Bayes' rule the log odds of two classes are then linear in the columns. */
#include "plugins/linear/linear.h"

#include "num/la.h"
#include "plugins/linear/coefficients.h"
#include "plugins/linear/scatter.h"
#include "plugins/linear/scores.h"
#include "plugins/linear/shrinkage.h"

enum { SHRINKAGE, PRIORS, TOL, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [SHRINKAGE] = {.name = "shrinkage",
                   .type = LT_STRING,
                   .flags = LT_NULLABLE,
                   .def = "none",
                   .doc = "How far the covariance is pulled to a multiple of the identity: none, auto (Ledoit and "
                          "Wolf's estimate of the best) or a number from 0 to 1"},
    [PRIORS] = {.name = "priors",
                .type = LT_REAL_LIST,
                .flags = LT_NULLABLE,
                .def = "none",
                .min = 0,
                .max = 1,
                .doc = "Probabilities of the classes in their order; none: their shares of the training rows"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc = "Directions in which the standardised columns spread less within the classes are left out"},
};

enum statistic { N_ROWS, RANK, SHRUNK, N_STATISTICS };

struct lda {
    struct coefficients c;
    size_t k, n_classes, axes;
    int32_t *present; /* k */
    double *mean;     /* k x p */
    double *prior;    /* k */
    double *scaling;  /* axes x p: the discriminants */
    double *share;    /* axes: of the spread between the classes */
    double *centre;   /* k x axes: the class means on the discriminants */
    char **class_name;
    bool done;
};

static void lda_free(void *model)
{
    struct lda *m = model;
    if (!m)
        return;
    coefficients_free(&m->c);
    free(m->present);
    free(m->mean);
    free(m->prior);
    free(m->scaling);
    free(m->share);
    free(m->centre);
    free(m->class_name);
    free(m);
}

static struct lda *lda_new(struct lt_ctx *ctx, size_t p, size_t k, size_t n_classes,
                           const struct lt_column *column, const char *const *class_names)
{
    struct lda *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->k = k;
    m->n_classes = n_classes;
    m->axes = k - 1 < p ? k - 1 : p;
    int status = coefficients_new(ctx, &m->c, p, k == 2 ? 1 : k, N_STATISTICS, true, column);
    m->present = kit_alloc(ctx, k, sizeof *m->present);
    m->mean = kit_alloc(ctx, k, p * sizeof(double));
    m->prior = kit_alloc_f64(ctx, k);
    m->scaling = kit_alloc(ctx, m->axes, p * sizeof(double));
    m->share = kit_alloc_f64(ctx, m->axes);
    m->centre = kit_alloc(ctx, k, m->axes * sizeof(double));
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (status == LT_OK && m->present && m->mean && m->prior && m->scaling && m->share && m->centre &&
        m->class_name)
        return m;
    lda_free(m);
    return NULL;
}

static int lda_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    double shrinkage;
    int status = shrinkage_read(ctx, &p->v[SHRINKAGE], &shrinkage);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

/* ---- the covariance that the classes share ------------------------------------------------------------------ */

/* Divided by the rows, as maximum likelihood (and scikit-learn) has it. */
static int pooled_covariance(struct lt_ctx *ctx, const struct scatter *s, double *cov)
{
    if (!(s->total > (double)s->k))
        return ctx->fail(ctx, LT_INVALID,
                         "%g rows in %zu classes leave nothing to estimate the spread within classes from; take "
                         "more rows",
                         s->total, s->k);
    for (size_t i = 0; i < s->p * s->p; i++)
        cov[i] = s->within[i] / s->total;
    return LT_OK;
}

/* ---- from the covariance to the coefficients ---------------------------------------------------------------- */

/* The directions in which the whitened class means spread most, and how much of that spread each takes. */
static int discriminate(struct lt_ctx *ctx, struct lda *m, const double *white, size_t rank, const double *spread)
{
    size_t k = m->k, p = m->c.p, few = k < rank ? k : rank;
    double *a = kit_scratch(ctx, k, rank * sizeof *a), *s = kit_scratch_f64(ctx, few), total = 0;
    double *u = kit_scratch(ctx, k, few * sizeof *u), *vt = kit_scratch(ctx, few, rank * sizeof *vt);
    if (!a || !s || !u || !vt)
        return LT_MEMORY;
    for (size_t c = 0; c < k; c++)
        for (size_t r = 0; r < rank; r++)
            a[c * rank + r] = sqrt(m->prior[c]) * spread[c * rank + r];
    if (la_svd(k, rank, a, rank, s, u, few, vt, rank))
        return ctx->fail(ctx, LT_NUMERIC, "the class means can't be decomposed; rescale the columns");
    for (size_t i = 0; i < few; i++)
        total += s[i] * s[i];
    for (size_t i = 0; i < m->axes && i < few; i++) {
        m->share[i] = total > 0 ? s[i] * s[i] / total : 0;
        la_gemm(0, 0, 1, p, rank, 1.0, vt + i * rank, rank, white, p, 0.0, m->scaling + i * p, p);
        for (size_t c = 0; c < k; c++)
            m->centre[c * m->axes + i] = la_dot(rank, spread + c * rank, vt + i * rank);
    }
    return LT_OK;
}

/* Row r: (mean_r - centre)' cov^-1, and the constant that belongs to it. */
static int settle(struct lt_ctx *ctx, struct lda *m, const double *white, size_t rank)
{
    size_t k = m->k, p = m->c.p;
    double *centre = kit_scratch_f64(ctx, p), *from = kit_scratch(ctx, k, p * sizeof *from);
    double *spread = kit_scratch(ctx, k, (rank + 1) * sizeof *spread), *b = kit_scratch(ctx, k, p * sizeof *b);
    double *constant = kit_scratch_f64(ctx, k);
    if (!centre || !from || !spread || !b || !constant)
        return LT_MEMORY;
    memset(centre, 0, p * sizeof *centre);
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++)
            centre[j] += m->prior[c] * m->mean[c * p + j];
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++)
            from[c * p + j] = m->mean[c * p + j] - centre[j];
    la_gemm(0, 1, k, rank, p, 1.0, from, p, white, p, 0.0, spread, rank);
    la_gemm(0, 0, k, p, rank, 1.0, spread, rank, white, p, 0.0, b, p);
    for (size_t c = 0; c < k; c++)
        constant[c] = log(m->prior[c]) - 0.5 * la_dot(rank, spread + c * rank, spread + c * rank) -
                      la_dot(p, b + c * p, centre);
    for (size_t r = 0; r < m->c.rows; r++) {
        size_t c = m->c.rows == 1 ? 1 : r;
        for (size_t j = 0; j < p; j++)
            m->c.b[r * p + j] = b[c * p + j] - (m->c.rows == 1 ? b[j] : 0);
        m->c.constant[r] = constant[c] - (m->c.rows == 1 ? constant[0] : 0);
        if (!isfinite(m->c.constant[r]))
            return ctx->fail(ctx, LT_NUMERIC, "the numbers are too large or too small; rescale the columns");
    }
    return discriminate(ctx, m, white, rank, spread);
}

static int lda_learn(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data,
                     double shrinkage, struct lda **model)
{
    bool each = shrinkage != 0;
    struct scatter s;
    size_t p = data->p, rank = 0;
    double *cov = kit_scratch(ctx, p, p * sizeof *cov), *white = kit_scratch(ctx, p, p * sizeof *white);
    int status = cov && white ? scatter_measure(ctx, data, each, &s) : LT_MEMORY;
    if (status != LT_OK)
        return status;
    struct lda *m = *model = lda_new(ctx, p, s.k, data->n_classes, data->column, data->class_names);
    if (!m)
        return LT_MEMORY;
    memcpy(m->present, s.present, s.k * sizeof *s.present);
    memcpy(m->mean, s.mean, s.k * p * sizeof *s.mean);
    status = scatter_priors(ctx, &given->v[PRIORS], data, &s, m->prior);
    if (status == LT_OK)
        status = each ? shrinkage_covariance(ctx, data, &s, m->prior, shrinkage, cov, &m->c.statistic[SHRUNK])
                      : pooled_covariance(ctx, &s, cov);
    if (status == LT_OK)
        status = shrinkage_whiten(ctx, p, cov, m->mean, m->k, kit_real(given, TOL), white, &rank);
    if (status == LT_OK && !rank)
        status = ctx->fail(ctx, LT_INVALID,
                           "no column varies within a class, so there is no spread to measure distances by; set "
                           "shrinkage=auto or drop constant columns");
    if (status == LT_OK)
        status = settle(ctx, m, white, rank);
    if (status == LT_OK && rank < p)
        ctx->note(ctx, LT_WARNING,
                  "within the classes the %zu columns vary in %zu directions only; the others are left out", p,
                  rank);
    m->c.statistic[N_ROWS] = s.total;
    m->c.statistic[RANK] = (double)rank;
    return status;
}

/* The whole analysis is one look at the rows: begin takes it, so that the one step has nothing left to do. */
static int lda_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    double shrinkage = 0;
    struct lda *m = NULL;
    int status = lda_check(ctx, p, data);
    if (status == LT_OK)
        status = shrinkage_read(ctx, &p->v[SHRINKAGE], &shrinkage);
    if (status == LT_OK)
        status = lda_learn(ctx, p, data, shrinkage, &m);
    if (status != LT_OK)
        lda_free(m);
    else
        *model = m;
    return status;
}

static int lda_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    (void)data;
    (void)units;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    ((struct lda *)model)->done = true;
    return LT_DONE;
}

static int lda_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct lda *m = model;
    return scores_predict(ctx, data, &m->c, SCORES_SOFTMAX, m->present, m->n_classes, out->proba);
}

/* ---- describe ---------------------------------------------------------------------------------------------- */

static void emit_means(struct lt_ctx *ctx, const struct lda *m)
{
    static const char *const columns[] = {"class:text", "prior:percent", "term:text", "mean:real"};
    ctx->emit_table(ctx, "centres", "Means of the classes", columns, 4);
    for (size_t c = 0; c < m->k; c++)
        for (size_t j = 0; j < m->c.p; j++) {
            struct lt_cell cells[] = {LT_CTEXT(m->class_name[m->present[c]]), LT_CREAL(m->prior[c]),
                                      LT_CTEXT(m->c.name[j]), kit_cell(m->mean[c * m->c.p + j])};
            ctx->emit_row(ctx, cells);
        }
}

static void emit_discriminants(struct lt_ctx *ctx, const struct lda *m)
{
    static const char *const columns[] = {"discriminant:int", "share:percent", "term:text", "weight:real"};
    ctx->emit_table(ctx, "discriminants", "Directions that tell the classes apart", columns, 4);
    for (size_t a = 0; a < m->axes; a++)
        for (size_t j = 0; j < m->c.p; j++) {
            struct lt_cell cells[] = {LT_CINT(a + 1), LT_CREAL(m->share[a]), LT_CTEXT(m->c.name[j]),
                                      kit_cell(m->scaling[a * m->c.p + j])};
            ctx->emit_row(ctx, cells);
        }
}

static int plot_centres(struct lt_ctx *ctx, const struct lda *m)
{
    double *x = kit_scratch_f64(ctx, m->k), *y = kit_scratch_f64(ctx, m->k);
    const char **label = kit_scratch(ctx, m->k, sizeof *label);
    if (!x || !y || !label)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++) {
        x[c] = m->centre[c * m->axes];
        y[c] = m->axes > 1 ? m->centre[c * m->axes + 1] : 0;
        label[c] = m->class_name[m->present[c]];
    }
    struct lt_series series = {LT_POINTS, "class means", m->k, x, y, label};
    if (m->axes > 1 && ctx->emit_plot)
        ctx->emit_plot(ctx, "discriminant_plane", "Class means on the discriminants", "discriminant 1",
                       "discriminant 2", &series, 1);
    return LT_OK;
}

static int lda_describe(struct lt_ctx *ctx, const void *model)
{
    const struct lda *m = model;
    char **row = kit_scratch(ctx, m->k, sizeof *row);
    char title[512] = "Coefficients of each class";
    if (!row)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++)
        row[c] = m->class_name[m->present[c]];
    if (m->c.rows == 1)
        snprintf(title, sizeof title, "Coefficients: log odds of %s against %s", row[1], row[0]);
    coefficients_describe(ctx, &m->c, title, row);
    emit_means(ctx, m);
    emit_discriminants(ctx, m);
    kit_summary(ctx);
    kit_statistic(ctx, "n", m->c.statistic[N_ROWS]);
    kit_statistic(ctx, "classes", (double)m->k);
    kit_statistic(ctx, "rank", m->c.statistic[RANK]);
    kit_statistic(ctx, "shrinkage", m->c.statistic[SHRUNK]);
    return plot_centres(ctx, m);
}

/* ---- save and load ----------------------------------------------------------------------------------------- */

static int lda_save(struct lt_ctx *ctx, const void *model)
{
    const struct lda *m = model;
    size_t p = m->c.p;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = coefficients_save(ctx, &m->c);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "mean", m->mean, m->k, p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "prior", m->prior, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "scaling", m->scaling, m->axes, p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "share", m->share, m->axes, 0);
    return status == LT_OK ? kit_put_f64(ctx, "centre", m->centre, m->k, m->axes) : status;
}

static int load_into(struct lt_ctx *ctx, struct lda *m)
{
    size_t p = m->c.p;
    int status = kit_get_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = scores_check_present(ctx, m->present, m->k, m->n_classes);
    if (status == LT_OK)
        status = coefficients_load(ctx, &m->c);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mean", m->mean, m->k, p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "prior", m->prior, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "scaling", m->scaling, m->axes, p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "share", m->share, m->axes, 0);
    return status == LT_OK ? kit_get_f64(ctx, "centre", m->centre, m->k, m->axes) : status;
}

static int lda_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct lt_tensor present;
    int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
    (void)p;
    if (status != LT_OK)
        return status;
    if (present.shape[0] < 2 || present.shape[0] > info->n_classes || !info->p)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu classes, the target %u; the file is damaged",
                         present.shape[0], info->n_classes);
    struct lda *m = lda_new(ctx, info->p, present.shape[0], info->n_classes, info->column, info->class_names);
    if (!m)
        return LT_MEMORY;
    status = load_into(ctx, m);
    m->done = true;
    if (status != LT_OK)
        lda_free(m);
    else
        *model = m;
    return status;
}

static int lda_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct lda *)model)->done;
    *planned = 1;
    return LT_OK;
}

const struct lt_algo linear_lda = {
    LT_HEADER(1),
    .id = "lda",
    .name = "Linear discriminant analysis",
    .version = "1",
    .summary = "Classes as normal clouds of one common shape: straight borders between them",
    .doc =
        "Takes each class as a normal distribution with its own mean `m_k` and a covariance `S` that all share. "
        "Bayes' rule then gives scores that are linear in the columns,\n\n"
        "    score_k(x) = x' S^-1 m_k - m_k' S^-1 m_k / 2 + log prior_k,\n\n"
        "and probabilities proportional to `exp(score_k)`. In other words: a row belongs to the class whose "
        "mean is nearest, once distances are measured in units of the spread within classes and the rarer "
        "class is given a little less room.\n\n"
        "The discriminants are the directions in which the class means differ most compared to the spread "
        "within; there are at most one fewer than classes. With few rows for the number of columns the "
        "covariance is poorly known: `shrinkage=auto` pulls it towards a diagonal by as much as is best on "
        "average.",
    .reference = "Fisher (1936), The use of multiple measurements in taxonomic problems, Annals of Eugenics 7; "
                 "Ledoit and Wolf (2004), Honey, I shrunk the sample covariance matrix",
    .tasks = LT_CLASSIFY,
    .traits = LT_WEIGHTS_OK | LT_DROP_FIRST,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "solution",
    .check = lda_check,
    .begin = lda_begin,
    .step = lda_step,
    .predict = lda_predict,
    .describe = lda_describe,
    .save = lda_save,
    .load = lda_load,
    .free = lda_free,
    .units = lda_units,
};

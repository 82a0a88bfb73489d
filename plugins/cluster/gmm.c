/* gmm: a mixture of Gaussians by expectation and maximisation. A step is one visit of all rows: shares by the
 * mixture as it is (E), and the mixture that fits these shares best (M). */
#include "plugins/cluster/cluster.h"

#include <math.h>

#include "plugins/cluster/kmeans.h"
#include "plugins/cluster/mixture.h"
#include "plugins/cluster/restarts.h"
#include "plugins/cluster/show.h"
#include "plugins/kit/kit.h"

enum { N_COMPONENTS, COVARIANCE_TYPE, TOL, REG_COVAR, MAX_ITER, N_INIT, INIT_PARAMS, N_PARAMS };
enum { START_KMEANS, START_RANDOM };

static const struct lt_param gmm_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,n_clusters,components",
                      .type = LT_INT,
                      .flags = LT_TUNE,
                      .def = "1",
                      .min = 1,
                      .max = 10000,
                      .unit = "components",
                      .doc = "How many Gaussians are mixed"},
    [COVARIANCE_TYPE] = {.name = "covariance_type",
                         .aliases = "covariance",
                         .type = LT_CHOICE,
                         .flags = LT_TUNE,
                         .def = "full",
                         .choices = "full,tied,diag,spherical",
                         .doc =
                             "The shape of a component: any ellipsoid, one ellipsoid for all, an ellipsoid along "
                             "the columns, or a ball"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_ADVANCED | LT_LOG,
             .def = "1e-3",
             .min = 0,
             .max = INFINITY,
             .doc = "A run ends when the mean log-likelihood of a row changes less"},
    [REG_COVAR] = {.name = "reg_covar",
                   .type = LT_REAL,
                   .flags = LT_ADVANCED | LT_LOG,
                   .def = "1e-6",
                   .min = 0,
                   .max = INFINITY,
                   .doc = "Added to all variances, so that no component shrinks to a point"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "100",
                  .min = 1,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations of one run"},
    [N_INIT] = {.name = "n_init",
                .aliases = "restarts",
                .type = LT_INT,
                .def = "1",
                .min = 1,
                .max = 10000,
                .unit = "runs",
                .doc = "How many times to start anew; the most likely run is kept"},
    [INIT_PARAMS] = {.name = "init_params",
                     .aliases = "init",
                     .type = LT_CHOICE,
                     .def = "kmeans",
                     .choices = "kmeans,random",
                     .doc = "How rows are shared out at the start: by k-means, or at random"},
};

struct solution {
    struct mixture mixture;
    double *count; /* k: rows of which the component has the greatest share */
    int converged;
};

struct training {
    struct solution now;
    int32_t *label;  /* n: where k-means starts the run */
    double previous; /* likelihood at the last iteration */
};

struct gmm {
    size_t k, p;
    enum covariance type;
    double tol, reg_covar;
    int init;
    struct restarts runs; /* height: mean log density of a row */
    double n;             /* rows, or weight */
    struct solution best;
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static int solution_alloc(struct lt_ctx *ctx, struct solution *s, size_t k, size_t p, enum covariance type)
{
    s->count = kit_alloc_f64(ctx, k);
    const int status = mixture_alloc(ctx, &s->mixture, k, p, type);
    return s->count ? status : LT_MEMORY;
}

static void solution_free(struct solution *s)
{
    mixture_free(&s->mixture);
    free(s->count);
}

static void solution_copy(struct solution *to, const struct solution *from)
{
    mixture_copy(&to->mixture, &from->mixture);
    memcpy(to->count, from->count, from->mixture.k * sizeof *from->count);
    to->converged = from->converged;
}

static void training_free(struct training *t)
{
    if (!t)
        return;
    solution_free(&t->now);
    free(t->label);
    free(t);
}

static void gmm_free(void *model)
{
    struct gmm *m = model;
    if (!m)
        return;
    training_free(m->training);
    solution_free(&m->best);
    free(m->column_name);
    free(m);
}

static struct gmm *gmm_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                           size_t p)
{
    struct gmm *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->k = (size_t)kit_int(params, N_COMPONENTS);
    m->p = p;
    m->type = (enum covariance)kit_choice(params, COVARIANCE_TYPE);
    m->tol = kit_real(params, TOL);
    m->reg_covar = kit_real(params, REG_COVAR);
    restarts_init(&m->runs, (uint64_t)kit_int(params, N_INIT), (uint64_t)kit_int(params, MAX_ITER));
    m->init = kit_choice(params, INIT_PARAMS);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->column_name && solution_alloc(ctx, &m->best, m->k, p, m->type) == LT_OK)
        return m;
    gmm_free(m);
    return 0;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int gmm_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    return restarts_check(ctx, data, "gmm", "n_components", (size_t)kit_int(params, N_COMPONENTS));
}

static int gmm_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct gmm *m = gmm_new(ctx, params, data->column, data->p);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        gmm_free(m);
        return LT_MEMORY;
    }
    m->training = t;
    t->label = kit_alloc(ctx, data->n, sizeof *t->label);
    status = t->label ? solution_alloc(ctx, &t->now, m->k, m->p, m->type) : LT_MEMORY;
    if (status != LT_OK) {
        gmm_free(m);
        return status;
    }
    for (size_t i = 0; i < data->n; i++)
        m->n += data->weight ? data->weight[i] : 1;
    *model = m;
    return LT_OK;
}

/* ---- one iteration ------------------------------------------------------------------------------------------ */

/* The M step, and what densities need. */
static int maximise(struct lt_ctx *ctx, struct gmm *m, const struct mixture_sums *sums)
{
    struct mixture *mixture = &m->training->now.mixture;
    mixture_update(mixture, sums, m->reg_covar);
    const size_t bad = mixture_prepare(mixture);
    if (bad)
        return ctx->fail(ctx, LT_NUMERIC,
                         "the covariance of component %zu is singular: it holds too few different rows; use fewer "
                         "components, a larger reg_covar, or covariance_type=diag",
                         bad);
    return LT_OK;
}

/* No weights yet; all means at that of the rows, about which the first sums are taken. */
static void start_at_the_middle(struct mixture *m, const struct lt_data *data)
{
    memset(m->weight, 0, m->k * sizeof *m->weight);
    memset(m->mean, 0, m->k * m->p * sizeof *m->mean);
    for (size_t i = 0; i < data->n; i++)
        for (size_t j = 0; j < m->p; j++)
            m->mean[j] += (data->x64[i * data->ld + j] - m->mean[j]) / (double)(i + 1);
    for (size_t c = 1; c < m->k; c++)
        memcpy(m->mean + c * m->p, m->mean, m->p * sizeof *m->mean);
}

/* The mixture that the first sharing out gives. */
static int start_run(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct gmm *m = model;
    struct training *t = m->training;
    struct mixture *mixture = &t->now.mixture;
    struct mixture_sums sums;
    int status = LT_OK;
    if (m->init == START_KMEANS)
        status = kmeans_labels(ctx, data, m->k, 1, m->runs.now.number, t->label);
    if (status == LT_OK)
        start_at_the_middle(mixture, data);
    if (status == LT_OK)
        status = mixture_visit(ctx, mixture, data, m->init == START_KMEANS ? SHARE_BY_LABEL : SHARE_AT_RANDOM,
                               t->label, m->runs.now.number, &sums);
    if (status == LT_OK)
        status = maximise(ctx, m, &sums);
    if (status != LT_OK)
        return status;
    memcpy(t->now.count, sums.count, m->k * sizeof *sums.count);
    t->now.converged = 0;
    t->previous = -INFINITY;
    return LT_OK;
}

/* Shares by the mixture as it is, and the next mixture. */
static int climb(struct lt_ctx *ctx, void *model, const struct lt_data *data, int *settled)
{
    struct gmm *m = model;
    struct training *t = m->training;
    struct mixture_sums sums;
    int status = mixture_visit(ctx, &t->now.mixture, data, SHARE_BY_DENSITY, 0, 0, &sums);
    if (status == LT_OK)
        status = maximise(ctx, m, &sums);
    if (status != LT_OK)
        return status;
    const double likelihood = sums.total[1] / sums.total[0];
    memcpy(t->now.count, sums.count, m->k * sizeof *sums.count);
    m->runs.now.height = likelihood;
    if (!isfinite(likelihood))
        return ctx->fail(ctx, LT_NUMERIC,
                         "the likelihood is not finite: values are too extreme; scale the columns");
    *settled = t->now.converged = fabs(likelihood - t->previous) < m->tol;
    t->previous = likelihood;
    return LT_OK;
}

/* How well the last mixture of the run fits. */
static int finish_run(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct gmm *m = model;
    struct training *t = m->training;
    struct mixture_sums sums;
    const int status = mixture_visit(ctx, &t->now.mixture, data, SHARE_BY_DENSITY, 0, 0, &sums);
    if (status != LT_OK)
        return status;
    memcpy(t->now.count, sums.count, m->k * sizeof *sums.count);
    m->runs.now.height = sums.total[1] / sums.total[0];
    return LT_OK;
}

static void note_result(struct lt_ctx *ctx, const struct gmm *m)
{
    size_t dead = 0;
    for (size_t c = 0; c < m->k; c++)
        dead += m->best.mixture.weight[c] * m->n < 0.5;
    if (dead)
        ctx->note(ctx, LT_WARNING, "%zu of the %zu components %s lost their rows: use fewer components", dead,
                  m->k, dead == 1 ? "has" : "have");
    if (!m->best.converged)
        ctx->note(ctx, LT_WARNING, "the best run did not converge in %llu iterations: use a larger max_iter",
                  (unsigned long long)m->runs.best.iterations);
}

static void stepped(struct lt_ctx *ctx, void *model, const struct lt_data *data, int is_best)
{
    struct gmm *m = model;
    (void)data;
    if (is_best)
        solution_copy(&m->best, &m->training->now);
    ctx->metric(ctx, "log_likelihood", m->runs.taken, m->runs.now.height);
}

static void training_over(struct lt_ctx *ctx, void *model)
{
    struct gmm *m = model;
    note_result(ctx, m);
    training_free(m->training);
    m->training = 0;
}

static int gmm_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    static const struct restarts_way way = {start_run, climb, finish_run, stepped, training_over};
    return restarts_step(ctx, &((struct gmm *)model)->runs, &way, model, data, units);
}

static int gmm_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct gmm *)model)->runs.taken;
    *planned = 0;
    return LT_OK;
}

static int gmm_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct gmm *m = model;
    const int status = kit_check_finite(ctx, data);
    return status == LT_OK ? mixture_labels(ctx, &m->best.mixture, data, out->label) : status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

/* Means, covariances, and shares that add up to 1. */
static double free_parameters(const struct gmm *m)
{
    const double k = (double)m->k, p = (double)m->p;
    const double spread[] = {k * p * (p + 1) / 2, p * (p + 1) / 2, k * p, k};
    return spread[m->type] + k * p + k - 1;
}

/* The block of the covariance that belongs to the first two columns. */
static void first_two(const struct gmm *m, size_t c, double *a, double *b, double *d)
{
    const struct mixture *x = &m->best.mixture;
    const int is_matrix = m->type == COVARIANCE_FULL || m->type == COVARIANCE_TIED;
    const double *s = x->spread + (m->type == COVARIANCE_TIED ? 0 : c * m->p * (is_matrix ? m->p : 1));
    *a = s[0];
    *b = is_matrix ? s[1] : 0;
    *d = is_matrix ? s[m->p + 1] : s[1];
}

/* Components seen along the first two columns: the ellipse at two standard deviations. */
static int draw_ellipses(struct lt_ctx *ctx, const struct gmm *m)
{
    enum { POINTS = 61, MOST = 20 };
    static const double turn = 6.283185307179586;
    if (m->p < 2 || m->k > MOST)
        return LT_OK;
    double *x = kit_scratch_f64(ctx, m->k * POINTS), *y = kit_scratch_f64(ctx, m->k * POINTS);
    struct lt_series *series = kit_scratch(ctx, m->k, sizeof *series);
    char(*name)[32] = kit_scratch(ctx, m->k, sizeof *name);
    if (!x || !y || !series || !name)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++) {
        const double *mean = m->best.mixture.mean + c * m->p;
        double a, b, d;
        first_two(m, c, &a, &b, &d);
        const double l11 = sqrt(a), l21 = a > 0 ? b / l11 : 0, l22 = sqrt(fmax(0, d - l21 * l21));
        for (size_t i = 0; i < POINTS; i++) {
            const double angle = turn * (double)i / (POINTS - 1), u = 2 * cos(angle), v = 2 * sin(angle);
            x[c * POINTS + i] = mean[0] + l11 * u;
            y[c * POINTS + i] = mean[1] + l21 * u + l22 * v;
        }
        snprintf(name[c], sizeof name[c], "component %zu", c);
        series[c] = (struct lt_series){
            .mark = LT_LINE, .name = name[c], .n = POINTS, .x = x + c * POINTS, .y = y + c * POINTS};
    }
    ctx->emit_plot(ctx, "ellipses", "Components at two standard deviations", m->column_name[0], m->column_name[1],
                   series, m->k);
    return LT_OK;
}

static int gmm_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"component:int", "weight:percent", "rows:int"};
    const struct gmm *m = model;
    const double total = m->runs.best.height * m->n, parameters = free_parameters(m);
    kit_summary(ctx);
    kit_statistic(ctx, "log-likelihood", total);
    kit_statistic(ctx, "log-likelihood of a row", m->runs.best.height);
    kit_statistic(ctx, "parameters", parameters);
    kit_statistic(ctx, "BIC", parameters * log(m->n) - 2 * total);
    kit_statistic(ctx, "AIC", 2 * parameters - 2 * total);
    kit_statistic(ctx, "iterations", (double)m->runs.best.iterations);
    kit_statistic(ctx, "best run", (double)m->runs.best.number + 1);
    ctx->emit_table(ctx, "components", "How much each component holds", columns, 3);
    for (size_t c = 0; c < m->k; c++) {
        const struct lt_cell cells[] = {LT_CINT(c), LT_CREAL(m->best.mixture.weight[c]),
                                        LT_CINT(m->best.count[c])};
        ctx->emit_row(ctx, cells);
    }
    const int status = show_centres(ctx, "Means of the components", m->k, m->p, m->column_name, m->best.count,
                                    m->best.mixture.mean);
    return status == LT_OK ? draw_ellipses(ctx, m) : status;
}

static int gmm_save(struct lt_ctx *ctx, const void *model)
{
    const struct gmm *m = model;
    const struct mixture *x = &m->best.mixture;
    int status = kit_put_f64(ctx, "weights", x->weight, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "means", x->mean, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "covariances", x->spread, mixture_spread_size(x) / m->p, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "rows", m->best.count, m->k, 0);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "n", m->n);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "log_likelihood", m->runs.best.height);
    if (status == LT_OK)
        status = kit_put_count(ctx, "converged", (uint64_t)m->best.converged);
    return status == LT_OK ? restarts_save(ctx, &m->runs) : status;
}

static int damaged(struct lt_ctx *ctx)
{
    return ctx->fail(ctx, LT_INVALID, "the model's mixture has numbers that can't be; the file is damaged");
}

static int check_loaded(struct lt_ctx *ctx, struct gmm *m)
{
    struct mixture *x = &m->best.mixture;
    const double most = 0x1p53;
    for (size_t c = 0; c < m->k; c++)
        if (!(x->weight[c] >= 0 && x->weight[c] <= 1 + 1e-9) ||
            !(m->best.count[c] >= 0 && m->best.count[c] <= most))
            return damaged(ctx);
    for (size_t i = 0; i < m->k * m->p; i++)
        if (!isfinite(x->mean[i]))
            return damaged(ctx);
    for (size_t i = 0; i < mixture_spread_size(x); i++)
        if (!isfinite(x->spread[i]))
            return damaged(ctx);
    return m->runs.best.iterations && mixture_prepare(x) ? damaged(ctx) : LT_OK;
}

static int gmm_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    uint64_t converged = 0;
    struct gmm *m = gmm_new(ctx, params, info->column, info->p);
    if (!m)
        return LT_MEMORY;
    struct mixture *x = &m->best.mixture;
    int status = kit_get_f64(ctx, "weights", x->weight, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "means", x->mean, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "covariances", x->spread, mixture_spread_size(x) / m->p, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rows", m->best.count, m->k, 0);
    if (status == LT_OK)
        status = kit_get_real(ctx, "n", &m->n);
    if (status == LT_OK)
        status = kit_get_real(ctx, "log_likelihood", &m->runs.best.height);
    if (status == LT_OK)
        status = kit_get_count(ctx, "converged", 0, 1, &converged);
    if (status == LT_OK)
        status = restarts_load(ctx, &m->runs);
    if (status == LT_OK)
        status = check_loaded(ctx, m);
    if (status != LT_OK) {
        gmm_free(m);
        return status;
    }
    m->best.converged = (int)converged;
    *model = m;
    return LT_OK;
}

const struct lt_algo cluster_gmm = {
    LT_HEADER(1),
    .id = "gmm",
    .name = "Gaussian mixture",
    .version = "1",
    .summary = "Finds overlapping clusters as a mixture of Gaussian densities",
    .doc =
        "The rows are taken as drawn from k Gaussians, each chosen with its own probability:\n\n"
        "    p(x) = sum_c w_c N(x; m_c, S_c)\n\n"
        "Expectation-maximisation takes turns. **E**: how much of each row belongs to each component, "
        "r_ic = w_c N(x_i; m_c, S_c) / p(x_i). **M**: weights, means and covariances of the rows so shared out. "
        "Neither lowers the likelihood, so it climbs to a hill, though not always the highest: `n_init` starts "
        "several times. It is k-means with soft borders and clusters of different width and direction.\n\n"
        "`covariance_type` says what shape a component may have: `full` any ellipsoid, `tied` one ellipsoid for "
        "all, `diag` ellipsoids along the columns, `spherical` balls. Compare numbers of components and shapes by "
        "**BIC** or **AIC**, which charge for parameters: less is better. A row's label is the component with the "
        "greatest share of it. `reg_covar` keeps a component from shrinking to a point, where the likelihood "
        "would "
        "have no bound.",
    .reference =
        "Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, J. Royal "
        "Statistical Society B 39 (1977); McLachlan and Peel, Finite mixture models (2000)",
    .tasks = LT_CLUSTER,
    .traits = LT_WEIGHTS_OK | LT_WANTS_SCALED | LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = gmm_params,
    .unit = "iteration",
    .check = gmm_check,
    .begin = gmm_begin,
    .step = gmm_step,
    .predict = gmm_predict,
    .describe = gmm_describe,
    .save = gmm_save,
    .load = gmm_load,
    .free = gmm_free,
    .units = gmm_units,
};

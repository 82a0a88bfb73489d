/* pca: principal component analysis. The axes of greatest variance are eigenvectors of the covariance; how they are
 * found is in principal.c. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "plugins/kit/kit.h"
#include "plugins/reduce/component_view.h"
#include "plugins/reduce/principal.h"
#include "plugins/reduce/rows.h"

enum { N_COMPONENTS, WHITEN, SVD_SOLVER, ITERATED_POWER, N_OVERSAMPLES, N_PARAMS };
enum { SAMPLE = 512 }; /* rows that are kept for the picture */

static const struct lt_param pca_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,components",
                      .type = LT_REAL,
                      .flags = LT_NULLABLE | LT_OPEN_MIN,
                      .def = "none",
                      .min = 0,
                      .max = 1e9,
                      .unit = "components",
                      .doc =
                          "How many components to keep; below 1: as many as explain this share of the variance; "
                          "none: all"},
    [WHITEN] = {.name = "whiten",
                .type = LT_BOOL,
                .def = "no",
                .doc = "Divide each component by its standard deviation"},
    [SVD_SOLVER] = {.name = "svd_solver",
                    .aliases = "solver",
                    .type = LT_CHOICE,
                    .flags = LT_ADVANCED,
                    .def = "auto",
                    .choices = "auto,full,covariance_eigh,randomized",
                    .doc =
                        "How the axes are found: the rows' singular vectors, the covariance's eigenvectors, or a "
                        "few random directions made better"},
    [ITERATED_POWER] = {.name = "iterated_power",
                        .type = LT_INT,
                        .flags = LT_ADVANCED | LT_NULLABLE,
                        .def = "none",
                        .min = 1,
                        .max = 1000,
                        .unit = "passes",
                        .doc = "randomized: how often the directions are made better; none: 7 for few components, "
                               "else 4"},
    [N_OVERSAMPLES] = {.name = "n_oversamples",
                       .type = LT_INT,
                       .flags = LT_ADVANCED,
                       .def = "10",
                       .min = 0,
                       .max = 10000,
                       .unit = "directions",
                       .doc = "randomized: how many directions more than components"},
};

struct pca {
    size_t n, p;
    double asked; /* n_components; 0: all */
    int whiten;
    struct principal_options options;
    struct principal axes; /* k is 0 before the step */
    double *scale;         /* k: standard deviations, or NULL */
    size_t n_sample;
    double *sample; /* n_sample x 2: some rows in the plane of the first two components */
    char **column_name;
};

static void pca_free(void *model)
{
    struct pca *m = model;
    if (!m)
        return;
    principal_free(&m->axes);
    free(m->scale);
    free(m->sample);
    free(m->column_name);
    free(m);
}

static struct pca *pca_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                           size_t n, size_t p)
{
    static const enum principal_method methods[] = {BY_AUTO, BY_FULL, BY_COVARIANCE, BY_RANDOM};
    struct pca *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->n = n;
    m->p = p;
    m->asked = kit_none(params, N_COMPONENTS) ? 0 : kit_real(params, N_COMPONENTS);
    m->whiten = kit_bool(params, WHITEN);
    m->options.method = methods[kit_choice(params, SVD_SOLVER)];
    m->options.iterations = kit_none(params, ITERATED_POWER) ? 0 : (size_t)kit_int(params, ITERATED_POWER);
    m->options.oversamples = (size_t)kit_int(params, N_OVERSAMPLES);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->column_name)
        return m;
    pca_free(m);
    return 0;
}

/* ---- fitting --------------------------------------------------------------------------------------------------- */

static int pca_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const double asked = kit_none(params, N_COMPONENTS) ? 0 : kit_real(params, N_COMPONENTS);
    const size_t most = data->n < data->p ? data->n : data->p;
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status != LT_OK)
        return status;
    if (asked >= 1 && asked != floor(asked))
        return ctx->fail(ctx, LT_INVALID, "n_components=%g is neither a whole number nor a share below 1", asked);
    if (asked > (double)most)
        return ctx->fail(ctx, LT_INVALID,
                         "n_components=%.0f is more than a table of %zu by %zu has; use %zu or less", asked,
                         data->n, data->p, most);
    if (asked > 0 && asked < 1 && kit_choice(params, SVD_SOLVER) == 3)
        return ctx->fail(ctx, LT_INVALID,
                         "a share of the variance needs all components, which svd_solver=randomized doesn't find; "
                         "use svd_solver=auto");
    return LT_OK;
}

static int pca_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    struct pca *m = pca_new(ctx, params, data->column, data->n, data->p);
    if (!m)
        return LT_MEMORY;
    const size_t most = data->n < data->p ? data->n : data->p;
    m->options.k = m->asked >= 1 ? (size_t)m->asked : most;
    *model = m;
    return LT_OK;
}

/* The fewest components that explain the share asked for. */
static size_t components_for(const struct principal *a, double share)
{
    double sum = 0;
    for (size_t i = 0; i < a->k; i++)
        if ((sum += a->variance[i]) > share * a->total)
            return i + 1;
    return a->k;
}

/* Directions that rounding alone has given a variance. */
static size_t components_with_variance(const struct principal *a, size_t n)
{
    const double least = a->variance[0] * 0x1p-104 * (double)(n > a->p ? n : a->p);
    size_t k = a->k;
    while (k > 0 && !(a->variance[k - 1] > least))
        k--;
    return k;
}

static int settle_components(struct lt_ctx *ctx, struct pca *m, struct principal *a)
{
    if (!(a->total > 0))
        return ctx->fail(ctx, LT_INVALID, "all columns are constant; there is no variance to explain");
    if (m->asked > 0 && m->asked < 1)
        a->k = components_for(a, m->asked);
    const size_t real = components_with_variance(a, m->n);
    if (m->whiten && real < a->k && m->asked >= 1)
        return ctx->fail(ctx, LT_NUMERIC,
                         "component %zu has no variance, so it can't be whitened; use n_components=%zu or less",
                         real + 1, real);
    if (m->whiten && real < a->k) {
        ctx->note(ctx, LT_NOTE, "%zu component%s without variance %s left out, because they can't be whitened",
                  a->k - real, a->k - real == 1 ? "" : "s", a->k - real == 1 ? "is" : "are");
        a->k = real;
    }
    return LT_OK;
}

static double *standard_deviations(struct lt_ctx *ctx, const struct principal *a)
{
    double *sd = kit_alloc_f64(ctx, a->k);
    for (size_t i = 0; sd && i < a->k; i++)
        sd[i] = sqrt(a->variance[i]);
    return sd;
}

/* Some rows, projected, for the picture. */
static int keep_sample(struct lt_ctx *ctx, const struct principal *a, const struct lt_data *data, size_t *m,
                       double **sample)
{
    const size_t p = a->p, k = a->k < 2 ? a->k : 2;
    double *row = kit_scratch_f64(ctx, p);
    *m = data->n < SAMPLE ? data->n : SAMPLE;
    *sample = kit_alloc(ctx, *m, 2 * sizeof **sample);
    if (!row || !*sample)
        return LT_MEMORY;
    for (size_t i = 0; i < *m; i++) {
        const size_t at = rows_sample(data->n, SAMPLE, i);
        rows_read(data, at, at + 1, a->mean, row);
        for (size_t c = 0; c < k; c++)
            for (size_t j = 0; j < p; j++)
                (*sample)[2 * i + c] += row[j] * a->axis[c * p + j];
    }
    return LT_OK;
}

static int pca_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct pca *m = model;
    struct principal axes = {0};
    double *scale = 0, *sample = 0;
    size_t n_sample = 0;
    (void)units;
    if (m->axes.k)
        return LT_DONE;
    int status = principal_fit(ctx, data, &m->options, &axes);
    if (status == LT_OK)
        status = settle_components(ctx, m, &axes);
    if (status == LT_OK)
        status = keep_sample(ctx, &axes, data, &n_sample, &sample);
    if (status == LT_OK && m->whiten && !(scale = standard_deviations(ctx, &axes)))
        status = LT_MEMORY;
    if (status != LT_OK) {
        principal_free(&axes);
        free(sample);
        return status;
    }
    m->axes = axes;
    m->scale = scale;
    m->sample = sample;
    m->n_sample = n_sample;
    return LT_DONE;
}

static int pca_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct pca *)model)->axes.k > 0;
    *planned = 1;
    return LT_OK;
}

static size_t pca_width(const void *model)
{
    return ((const struct pca *)model)->axes.k;
}

static int pca_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct pca *m = model;
    return principal_project(ctx, data, m->axes.k, m->axes.axis, m->axes.mean, m->scale, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

/* The mean variance of what was left out: the noise of probabilistic PCA. */
static double noise_variance(const struct pca *m)
{
    const size_t most = m->n < m->p ? m->n : m->p;
    double left = m->axes.total;
    for (size_t i = 0; i < m->axes.k; i++)
        left -= m->axes.variance[i];
    return m->axes.k < most ? fmax(0, left) / (double)(most - m->axes.k) : 0;
}

static int pca_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const methods[] = {"", "full", "covariance_eigh", "randomized"};
    const struct pca *m = model;
    const struct principal *a = &m->axes;
    double explained = 0;
    if (!a->k)
        return LT_OK;
    for (size_t i = 0; i < a->k; i++)
        explained += a->variance[i];
    kit_summary(ctx);
    kit_statistic(ctx, "components", (double)a->k);
    kit_statistic(ctx, "columns", (double)a->p);
    kit_statistic(ctx, "total variance", a->total);
    kit_statistic(ctx, "share explained", explained / a->total);
    kit_statistic(ctx, "noise variance", noise_variance(m));
    int status = view_explained(ctx, a->k, a->variance, a->total);
    if (status == LT_OK)
        status = view_loadings(ctx, "components", "What the components are made of", "pc", a->k, a->p, a->axis,
                               m->column_name);
    if (status == LT_OK && a->k > 1)
        status = view_biplot(ctx, m->n_sample, m->sample, a->p, a->axis, m->column_name);
    ctx->note(ctx, LT_NOTE, "found by svd_solver=%s", methods[a->method]);
    return status;
}

static int pca_save(struct lt_ctx *ctx, const void *model)
{
    const struct pca *m = model;
    const struct principal *a = &m->axes;
    int status = kit_put_f64(ctx, "mean", a->mean, a->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "components", a->axis, a->k, a->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "variance", a->variance, a->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "sample", m->sample, m->n_sample, 2);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "total", a->total);
    return status == LT_OK ? kit_put_count(ctx, "method", a->method) : status;
}

static int check_variances(struct lt_ctx *ctx, const struct pca *m)
{
    const struct principal *a = &m->axes;
    int bad = !(a->total > 0) || isinf(a->total);
    for (size_t i = 0; i < a->k; i++)
        bad |= !(a->variance[i] >= (m->whiten ? 0x1p-1022 : 0)) || isinf(a->variance[i]);
    return bad ? ctx->fail(ctx, LT_INVALID, "the model's variances are not all positive; the file is damaged")
               : LT_OK;
}

static int pca_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct lt_tensor components, sample;
    uint64_t method = 0;
    int status = kit_find(ctx, "components", LT_T_F64, 2, &components);
    if (status == LT_OK)
        status = kit_find(ctx, "sample", LT_T_F64, 2, &sample);
    if (status != LT_OK)
        return status;
    if (components.shape[0] < 1 || components.shape[0] > info->p)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu components of %zu columns; the file is damaged",
                         components.shape[0], info->p);
    struct pca *m = pca_new(ctx, params, info->column, info->n, info->p);
    if (!m)
        return LT_MEMORY;
    struct principal *a = &m->axes;
    a->k = components.shape[0];
    a->p = info->p;
    m->n_sample = sample.shape[0];
    a->mean = kit_alloc_f64(ctx, a->p);
    a->axis = kit_alloc(ctx, a->k, a->p * sizeof *a->axis);
    a->variance = kit_alloc_f64(ctx, a->k);
    m->sample = kit_alloc(ctx, m->n_sample, 2 * sizeof *m->sample);
    status = a->mean && a->axis && a->variance && m->sample ? LT_OK : LT_MEMORY;
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mean", a->mean, a->p, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "components", a->axis, a->k, a->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "variance", a->variance, a->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "sample", m->sample, m->n_sample, 2);
    if (status == LT_OK)
        status = kit_get_real(ctx, "total", &a->total);
    if (status == LT_OK)
        status = kit_get_count(ctx, "method", BY_FULL, BY_RANDOM, &method);
    if (status == LT_OK)
        status = check_variances(ctx, m);
    if (status == LT_OK && m->whiten && !(m->scale = standard_deviations(ctx, a)))
        status = LT_MEMORY;
    if (status != LT_OK) {
        pca_free(m);
        return status;
    }
    a->method = (enum principal_method)method;
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_pca = {
    LT_HEADER(1),
    .id = "pca",
    .name = "Principal component analysis",
    .version = "1",
    .summary = "Turns columns into few components that keep most of the variance",
    .doc =
        "PCA looks for the direction along which the rows vary most, then for the one that varies most among "
        "those "
        "at a right angle to it, and so on:\n\n"
        "    w_1 = argmax |w|=1 of var(X w),   C = (X - m)'(X - m) / (n - 1),   C w_i = lambda_i w_i\n\n"
        "The directions are the eigenvectors of the covariance C, and a component's variance is its eigenvalue. "
        "A row becomes (x - m) W': a rotation, of which the last coordinates, that hardly vary, are dropped. No "
        "other linear map to k columns lets the rows be rebuilt with a smaller squared error.\n\n"
        "The scree picture shows each component's share of the variance; keep those before the bend, or say "
        "`n_components=0.95` for as many as explain 95 %. The components table says what each is made of; its "
        "signs are free, here the largest loading is positive. In the biplot rows are points and columns arrows: "
        "columns that point the same way say the same thing.\n\n"
        "Variance depends on units, so columns are scaled first; `scale=no` takes them as they are, which is "
        "right when all have the same unit. `whiten` gives every component variance 1. The axes come from the "
        "covariance (one pass over the rows), from the rows' own singular vectors when digits would be lost, or, "
        "with few components of many columns, from random directions that are drawn through the data until they "
        "turn to the principal ones.",
    .reference =
        "Pearson, On lines and planes of closest fit to systems of points in space, Philosophical Magazine "
        "2 (1901); Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 53 (2011)",
    .tasks = LT_TRANSFORM,
    .traits = LT_WANTS_SCALED,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = pca_params,
    .unit = "solution",
    .check = pca_check,
    .begin = pca_begin,
    .step = pca_step,
    .predict = pca_predict,
    .describe = pca_describe,
    .save = pca_save,
    .load = pca_load,
    .free = pca_free,
    .units = pca_units,
    .width = pca_width,
};

/* ica: independent component analysis by FastICA, all components side by side. A step is one fixed-point iteration
 * on the whitened rows. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "num/la.h"
#include "num/vmath.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/component_view.h"
#include "plugins/reduce/principal.h"

enum { N_COMPONENTS, FUN, ALPHA, MAX_ITER, TOL, N_PARAMS };
enum { LOGCOSH, EXPONENTIAL, CUBE };
enum { ROWS = 256, MOST_SLOTS = 64 };

static const struct lt_param ica_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,components",
                      .type = LT_INT,
                      .flags = LT_NULLABLE,
                      .def = "none",
                      .min = 1,
                      .max = 10000,
                      .unit = "components",
                      .doc = "How many sources; none: all there are"},
    [FUN] = {.name = "fun",
             .type = LT_CHOICE,
             .def = "logcosh",
             .choices = "logcosh,exp,cube",
             .doc =
                 "What measures how far from normal a source is: logcosh for most, exp when there are outliers, "
                 "cube for sources of light tails"},
    [ALPHA] = {.name = "alpha",
               .type = LT_REAL,
               .flags = LT_ADVANCED,
               .def = "1",
               .min = 1,
               .max = 2,
               .doc = "logcosh: g(u) = tanh(alpha u)"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "200",
                  .min = 1,
                  .max = 1000000,
                  .unit = "iterations",
                  .doc = "The most iterations"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_LOG,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc = "Ends when no direction turns by more: 1 - |cosine| of before and after"},
};

/* What is needed while steps are taken. */
struct training {
    struct principal axes;
    double *scale; /* k: standard deviations along the axes, with the divisor n */
    double *z;     /* n x k: whitened rows */
    double *w;     /* k x k, orthonormal rows */
    double alpha, tol;
    int fun;
    uint64_t max_iter;
};

struct ica {
    size_t p, k;
    uint64_t taken;
    double change;    /* of the last step */
    double *mean;     /* p */
    double *unmixing; /* k x p: a source is (row - mean) times its row of this */
    double *mixing;   /* k x p: what one unit of a source adds to each column */
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

static void training_free(struct training *t)
{
    if (!t)
        return;
    principal_free(&t->axes);
    free(t->scale);
    free(t->z);
    free(t->w);
    free(t);
}

static void ica_free(void *model)
{
    struct ica *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->mean);
    free(m->unmixing);
    free(m->mixing);
    free(m->column_name);
    free(m);
}

static struct ica *ica_new(struct lt_ctx *ctx, const struct lt_column *column, size_t p, size_t k)
{
    struct ica *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->p = p;
    m->k = k;
    m->mean = kit_alloc_f64(ctx, p);
    m->unmixing = kit_alloc(ctx, k, p * sizeof *m->unmixing);
    m->mixing = kit_alloc(ctx, k, p * sizeof *m->mixing);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->mean && m->unmixing && m->mixing && m->column_name)
        return m;
    ica_free(m);
    return 0;
}

/* ---- rotations ------------------------------------------------------------------------------------------------- */

/* w <- (w w')^-1/2 w: the nearest matrix with orthonormal rows. */
static int decorrelate(struct lt_ctx *ctx, size_t k, double *w)
{
    double *s = kit_scratch(ctx, 3 * k, k * sizeof *s), *value = kit_scratch_f64(ctx, k);
    if (!s || !value)
        return LT_MEMORY;
    double *scaled = s + k * k, *turned = scaled + k * k;
    la_gemm(0, 1, k, k, k, 1, w, k, w, k, 0, s, k);
    for (size_t i = 0; i < k * k; i++)
        if (!isfinite(s[i]))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the sources are no longer finite; look for columns of extreme values");
    if (la_eigen_sym(k, s, k, value) != 0)
        return ctx->fail(ctx, LT_NUMERIC, "the eigenvalues of a small matrix could not be found");
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            scaled[i * k + j] = s[i * k + j] / sqrt(fmax(value[i], 1e-300));
    la_gemm(0, 0, k, k, k, 1, scaled, k, w, k, 0, turned, k); /* D^-1/2 E' w */
    la_gemm(1, 0, k, k, k, 1, s, k, turned, k, 0, w, k);      /* E of that */
    return LT_OK;
}

static double normal(uint64_t seed, uint64_t index)
{
    const double u = 1 - lt_uniform(seed, 5, 2 * index), v = lt_uniform(seed, 5, 2 * index + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* ---- begin ----------------------------------------------------------------------------------------------------- */

static int ica_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t most = data->n < data->p ? data->n : data->p;
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 2);
    if (status == LT_OK && !kit_none(params, N_COMPONENTS) && (size_t)kit_int(params, N_COMPONENTS) > most)
        return ctx->fail(ctx, LT_INVALID,
                         "n_components=%zu is more than a table of %zu by %zu has; use %zu or less",
                         (size_t)kit_int(params, N_COMPONENTS), data->n, data->p, most);
    return status;
}

/* The principal axes that have a variance; *k of them. */
static int find_axes(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                     struct principal *axes, size_t *k)
{
    const size_t most = data->n < data->p ? data->n : data->p;
    const struct principal_options o = {
        BY_AUTO, kit_none(params, N_COMPONENTS) ? most : (size_t)kit_int(params, N_COMPONENTS), 10, 0, 6};
    const int status = principal_fit(ctx, data, &o, axes);
    if (status != LT_OK)
        return status;
    const double least = axes->variance[0] * 0x1p-104 * (double)(data->n > data->p ? data->n : data->p);
    for (*k = 0; *k < axes->k && axes->variance[*k] > least;)
        ++*k;
    if (*k == 0)
        return ctx->fail(ctx, LT_INVALID, "all columns are constant; there are no sources to find");
    if (*k < axes->k && !kit_none(params, N_COMPONENTS))
        return ctx->fail(ctx, LT_NUMERIC, "the columns vary in %zu directions only; use n_components=%zu or less",
                         *k, *k);
    if (*k < axes->k)
        ctx->note(ctx, LT_NOTE, "the columns vary in %zu of %zu directions; there are as many sources", *k,
                  axes->k);
    return LT_OK;
}

static int ica_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    struct principal axes = {0};
    size_t k = 0;
    int status = kit_check_finite(ctx, data);
    if (status == LT_OK)
        status = find_axes(ctx, params, data, &axes, &k);
    struct ica *m = status == LT_OK ? ica_new(ctx, data->column, data->p, k) : 0;
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        principal_free(&axes);
        ica_free(m);
        return status == LT_OK ? LT_MEMORY : status;
    }
    m->training = t;
    t->axes = axes;
    t->fun = kit_choice(params, FUN);
    t->alpha = kit_real(params, ALPHA);
    t->tol = kit_real(params, TOL);
    t->max_iter = (uint64_t)kit_int(params, MAX_ITER);
    t->scale = kit_alloc_f64(ctx, k);
    t->z = kit_alloc(ctx, data->n, k * sizeof *t->z);
    t->w = kit_alloc(ctx, k, k * sizeof *t->w);
    status = t->scale && t->z && t->w ? LT_OK : LT_MEMORY;
    if (status == LT_OK) {
        const double n = (double)data->n;
        for (size_t c = 0; c < k; c++)
            t->scale[c] = sqrt(axes.variance[c] * (n - 1) / n);
        for (size_t i = 0; i < k * k; i++)
            t->w[i] = normal(ctx->seed, i);
        memcpy(m->mean, axes.mean, m->p * sizeof *m->mean);
        status = decorrelate(ctx, k, t->w);
    }
    if (status == LT_OK)
        status = principal_project(ctx, data, k, axes.axis, axes.mean, t->scale, t->z, k);
    if (status != LT_OK) {
        ica_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- one iteration --------------------------------------------------------------------------------------------- */

struct pass {
    const struct training *t;
    size_t k;
    double *slot; /* blocks x (k x k + k): g(w z) z', and sums of g' */
    double *room; /* a worker each: 2 x ROWS x k */
};

/* u becomes g(u), slope g'(u). */
static void contrast(const struct training *t, size_t n, double *u, double *slope)
{
    if (t->fun == LOGCOSH) {
        for (size_t i = 0; i < n; i++)
            u[i] *= t->alpha;
        vmath_tanh(n, u, u);
        for (size_t i = 0; i < n; i++)
            slope[i] = t->alpha * (1 - u[i] * u[i]);
    } else if (t->fun == EXPONENTIAL) {
        for (size_t i = 0; i < n; i++)
            slope[i] = -u[i] * u[i] / 2;
        vmath_exp(n, slope, slope);
        for (size_t i = 0; i < n; i++) {
            const double e = slope[i];
            slope[i] = (1 - u[i] * u[i]) * e;
            u[i] *= e;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            slope[i] = 3 * u[i] * u[i];
            u[i] *= u[i] * u[i];
        }
    }
}

static void pass_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const size_t k = pass->k;
    double *product = pass->slot + block * (k * k + k), *slopes = product + k * k;
    double *u = pass->room + worker * 2 * ROWS * k, *slope = u + ROWS * k;
    memset(product, 0, (k * k + k) * sizeof *product);
    for (size_t at = begin; at < end; at += ROWS) {
        const size_t n = end - at < ROWS ? end - at : ROWS;
        const double *z = pass->t->z + at * k;
        la_gemm(0, 1, n, k, k, 1, z, k, pass->t->w, k, 0, u, k);
        contrast(pass->t, n * k, u, slope);
        la_gemm(1, 0, k, k, n, 1, u, k, z, k, 1, product, k);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < k; c++)
                slopes[c] += slope[i * k + c];
    }
}

/* w <- E g(w z) z' - E g'(w z) w, made orthonormal again; *change is 1 - the least |cosine| with what it was. */
static int turn(struct lt_ctx *ctx, struct ica *m, size_t n, double *change)
{
    struct training *t = m->training;
    const size_t k = m->k, width = k * k + k, rows = kit_block_rows(n, ROWS, MOST_SLOTS);
    const size_t blocks = kit_block_count(n, rows);
    struct pass pass = {t, k, kit_scratch(ctx, blocks, width * sizeof(double)),
                        kit_scratch(ctx, (size_t)ctx->threads * 2 * ROWS, k * sizeof(double))};
    if (!pass.slot || !pass.room)
        return LT_MEMORY;
    int status = kit_blocks(ctx, n, rows, pass_block, &pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, width);
    double *next = pass.slot, *slopes = next + k * k;
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < k; j++)
            next[c * k + j] = (next[c * k + j] - slopes[c] * t->w[c * k + j]) / (double)n;
    status = decorrelate(ctx, k, next);
    if (status != LT_OK)
        return status;
    *change = 0;
    for (size_t c = 0; c < k; c++)
        *change = fmax(*change, fabs(fabs(la_dot(k, next + c * k, t->w + c * k)) - 1));
    memcpy(t->w, next, k * k * sizeof *next);
    return LT_OK;
}

/* From the rotation to the columns; the source that moves them most comes first, its largest weight is positive. */
static int publish(struct lt_ctx *ctx, struct ica *m)
{
    const struct training *t = m->training;
    const size_t k = m->k, p = m->p;
    double *scaled = kit_scratch(ctx, 2 * k, p * sizeof *scaled), *size = kit_scratch_f64(ctx, k);
    double *there = kit_scratch(ctx, 2 * k, p * sizeof *there), *back = there ? there + k * p : 0;
    if (!scaled || !size || !there)
        return LT_MEMORY;
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++) {
            scaled[c * p + j] = t->axes.axis[c * p + j] / t->scale[c];
            scaled[(k + c) * p + j] = t->axes.axis[c * p + j] * t->scale[c];
        }
    la_gemm(0, 0, k, p, k, 1, t->w, k, scaled, p, 0, there, p);
    la_gemm(0, 0, k, p, k, 1, t->w, k, scaled + k * p, p, 0, back, p);
    for (size_t c = 0; c < k; c++)
        size[c] = la_dot(p, back + c * p, back + c * p);
    for (size_t to = 0; to < k; to++) {
        size_t from = 0;
        for (size_t c = 1; c < k; c++)
            from = size[c] > size[from] ? c : from;
        double largest = 0;
        for (size_t j = 0; j < p; j++)
            largest = fabs(back[from * p + j]) > fabs(largest) ? back[from * p + j] : largest;
        for (size_t j = 0; j < p; j++) {
            m->unmixing[to * p + j] = largest < 0 ? -there[from * p + j] : there[from * p + j];
            m->mixing[to * p + j] = largest < 0 ? -back[from * p + j] : back[from * p + j];
        }
        size[from] = -1;
    }
    return LT_OK;
}

static int ica_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct ica *m = model;
    struct training *t = m->training;
    int status = t ? LT_MORE : LT_DONE;
    uint64_t u = 0;
    for (; u < units && status == LT_MORE; u++) {
        const int turned = turn(ctx, m, data->n, &m->change);
        if (turned != LT_OK) {
            status = turned;
            break;
        }
        m->taken++;
        ctx->metric(ctx, "change", m->taken, m->change);
        status = m->change < t->tol || m->taken == t->max_iter ? LT_DONE : LT_MORE;
    }
    if (u > 0 && (status >= 0 || status == LT_CANCELLED)) {
        const int published = publish(ctx, m);
        if (published != LT_OK)
            return published;
    }
    if (status == LT_DONE && t) {
        if (m->change >= t->tol)
            ctx->note(ctx, LT_WARNING, "the sources had not settled after %llu iterations; raise max_iter or tol",
                      (unsigned long long)m->taken);
        training_free(t);
        m->training = 0;
    }
    return status;
}

static int ica_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct ica *)model)->taken;
    *planned = 0;
    return LT_OK;
}

static size_t ica_width(const void *model)
{
    return ((const struct ica *)model)->k;
}

static int ica_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct ica *m = model;
    return principal_project(ctx, data, m->k, m->unmixing, m->mean, 0, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int ica_describe(struct lt_ctx *ctx, const void *model)
{
    const struct ica *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "sources", (double)m->k);
    kit_statistic(ctx, "columns", (double)m->p);
    kit_statistic(ctx, "iterations", (double)m->taken);
    kit_statistic(ctx, "last change", m->change);
    const int status = view_loadings(ctx, "mixing", "What one unit of each source adds to the columns", "source",
                                     m->k, m->p, m->mixing, m->column_name);
    return status == LT_OK ? view_loadings(ctx, "components", "How the columns make each source", "source", m->k,
                                           m->p, m->unmixing, m->column_name)
                           : status;
}

static int ica_save(struct lt_ctx *ctx, const void *model)
{
    const struct ica *m = model;
    int status = kit_put_f64(ctx, "mean", m->mean, m->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "components", m->unmixing, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "mixing", m->mixing, m->k, m->p);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "change", m->change);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int ica_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct lt_tensor components;
    (void)params;
    int status = kit_find(ctx, "components", LT_T_F64, 2, &components);
    if (status != LT_OK)
        return status;
    if (components.shape[0] < 1 || components.shape[0] > info->p)
        return ctx->fail(ctx, LT_INVALID, "the model has %zu sources of %zu columns; the file is damaged",
                         components.shape[0], info->p);
    struct ica *m = ica_new(ctx, info->column, info->p, components.shape[0]);
    if (!m)
        return LT_MEMORY;
    status = kit_get_f64(ctx, "mean", m->mean, m->p, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "components", m->unmixing, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mixing", m->mixing, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_real(ctx, "change", &m->change);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 1, 1ull << 53, &m->taken);
    if (status != LT_OK) {
        ica_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_ica = {
    LT_HEADER(1),
    .id = "ica",
    .name = "Independent component analysis",
    .version = "1",
    .summary = "Finds the independent sources that columns are mixtures of",
    .doc =
        "Several microphones hear several speakers, each microphone another mixture. ICA finds the speakers "
        "again: "
        "it takes the columns for mixtures of sources that are independent of each other,\n\n"
        "    x = m + A s,   s = W (x - m)\n\n"
        "and looks for the W whose outputs are as far from normal as can be, because a mixture of independent "
        "things is always nearer to normal than they are. FastICA first whitens the rows (principal components "
        "of variance 1), after which W is a rotation, and then repeats for all rows of W at once\n\n"
        "    w <- E[z g(w'z)] - E[g'(w'z)] w,   W <- (W W')^-1/2 W,   g = tanh\n\n"
        "until no direction turns by more than `tol`. That is Newton's method on the expectation of log cosh.\n\n"
        "Sources have variance 1; their order and sign can't be known. Here the source that moves the columns "
        "most "
        "comes first, and its largest weight is positive. The mixing table says what one unit of a source adds to "
        "each column. Sources that are normal themselves can't be told apart: at most one may be.",
    .reference =
        "Hyvarinen and Oja, Independent component analysis: algorithms and applications, Neural Networks 13 "
        "(2000)",
    .tasks = LT_TRANSFORM,
    .traits = LT_ITERATIVE,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = ica_params,
    .unit = "iteration",
    .check = ica_check,
    .begin = ica_begin,
    .step = ica_step,
    .predict = ica_predict,
    .describe = ica_describe,
    .save = ica_save,
    .load = ica_load,
    .free = ica_free,
    .units = ica_units,
    .width = ica_width,
};

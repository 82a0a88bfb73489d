/* tsvd: truncated singular value decomposition of the table as it is, without taking the means off, so that zeros
 * stay zeros. The axes come from random directions by subspace iteration (subspace.c); a step is one iteration. */
#include "plugins/reduce/reduce.h"

#include <math.h>

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/component_view.h"
#include "plugins/reduce/principal.h"
#include "plugins/reduce/rows.h"
#include "plugins/reduce/subspace.h"

enum { N_COMPONENTS, ALGORITHM, N_ITER, N_OVERSAMPLES, N_PARAMS };
enum { RANDOMIZED, EXACT };
enum { MOST_ITERATIONS = 1000 };
static const double SETTLED = 1e-14; /* relative change of the singular values' squares */

static const struct lt_param tsvd_params[N_PARAMS] = {
    [N_COMPONENTS] = {.name = "n_components",
                      .aliases = "k,components",
                      .type = LT_INT,
                      .flags = LT_TUNE,
                      .def = "2",
                      .min = 1,
                      .max = 1e6,
                      .unit = "components",
                      .doc = "How many components to keep"},
    [ALGORITHM] = {.name = "algorithm",
                   .type = LT_CHOICE,
                   .def = "randomized",
                   .choices = "randomized,exact",
                   .doc = "randomized: n_iter iterations; exact: until the singular values have settled"},
    [N_ITER] = {.name = "n_iter",
                .aliases = "iterations",
                .type = LT_INT,
                .def = "5",
                .min = 1,
                .max = 1000,
                .unit = "iterations",
                .doc = "randomized: how often the directions are made better"},
    [N_OVERSAMPLES] = {.name = "n_oversamples",
                       .type = LT_INT,
                       .flags = LT_ADVANCED,
                       .def = "10",
                       .min = 0,
                       .max = 10000,
                       .unit = "directions",
                       .doc = "How many random directions more than components"},
};

/* What is needed while steps are taken. */
struct training {
    struct subspace space;
    double *mean;       /* p */
    uint64_t last;      /* iterations at most */
    double sum, before; /* of the squares that the components had at the last iteration, and at the one before */
    int iterated;       /* an iteration is done whose finish was cancelled; the step goes on from there */
};

struct tsvd {
    size_t n, p, k;
    uint64_t taken;
    double *axis;     /* k x p */
    double *square;   /* k: squared singular values */
    double *variance; /* k: of the projected rows, with the divisor n */
    double total;     /* variance of all columns */
    double squares;   /* sum of all squared cells */
    char **column_name;
    struct training *training; /* NULL when done, or loaded */
};

static void training_free(struct training *t)
{
    if (!t)
        return;
    subspace_free(&t->space);
    free(t->mean);
    free(t);
}

static void tsvd_free(void *model)
{
    struct tsvd *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->axis);
    free(m->square);
    free(m->variance);
    free(m->column_name);
    free(m);
}

static struct tsvd *tsvd_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                             size_t n, size_t p)
{
    struct tsvd *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->n = n;
    m->p = p;
    m->k = (size_t)kit_int(params, N_COMPONENTS);
    m->axis = kit_alloc(ctx, m->k, p * sizeof *m->axis);
    m->square = kit_alloc_f64(ctx, m->k);
    m->variance = kit_alloc_f64(ctx, m->k);
    m->column_name = kit_column_names(ctx, column, p);
    if (m->axis && m->square && m->variance && m->column_name)
        return m;
    tsvd_free(m);
    return 0;
}

/* ---- fitting --------------------------------------------------------------------------------------------------- */

static int tsvd_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const size_t k = (size_t)kit_int(params, N_COMPONENTS), most = data->n < data->p ? data->n : data->p;
    int status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK && k > most)
        return ctx->fail(ctx, LT_INVALID,
                         "n_components=%zu is more than a table of %zu by %zu has; use %zu or less", k, data->n,
                         data->p, most);
    return status;
}

/* Means of the columns, the variance of all of them, and the sum of the squared cells. */
static int measure(struct lt_ctx *ctx, struct tsvd *m, const struct lt_data *data)
{
    double *mean = m->training->mean, *square = kit_scratch_f64(ctx, m->p);
    const double n = (double)data->n;
    if (!square)
        return LT_MEMORY;
    memset(square, 0, m->p * sizeof *square);
    for (size_t e = 0; e < data->indptr[data->n]; e++) {
        const double x = (double)data->values[e];
        mean[data->indices[e]] += x;
        square[data->indices[e]] += x * x;
    }
    for (size_t j = 0; j < m->p; j++) {
        mean[j] /= n;
        m->squares += square[j];
        m->total += fmax(0, square[j] / n - mean[j] * mean[j]);
    }
    return LT_OK;
}

static int tsvd_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    const size_t most = data->n < data->p ? data->n : data->p;
    int status = rows_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct tsvd *m = tsvd_new(ctx, params, data->column, data->n, data->p);
    struct training *t = m ? kit_alloc(ctx, 1, sizeof *t) : 0;
    if (!t) {
        tsvd_free(m);
        return LT_MEMORY;
    }
    const size_t wanted = m->k + (size_t)kit_int(params, N_OVERSAMPLES);
    m->training = t;
    t->last = kit_choice(params, ALGORITHM) == EXACT ? MOST_ITERATIONS : (uint64_t)kit_int(params, N_ITER) + 1;
    t->mean = kit_alloc_f64(ctx, m->p);
    status = t->mean ? measure(ctx, m, data) : LT_MEMORY;
    if (status == LT_OK && !(m->squares > 0))
        status = ctx->fail(ctx, LT_INVALID, "all cells are 0; there is nothing to decompose");
    if (status == LT_OK)
        status = subspace_begin(ctx, &t->space, data, 0, wanted < most ? wanted : most, 0);
    if (status != LT_OK) {
        tsvd_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* What the first k directions are worth, as they are now. */
static void take_axes(struct tsvd *m)
{
    const struct training *t = m->training;
    memcpy(m->axis, t->space.axis, m->k * m->p * sizeof *m->axis);
    memcpy(m->square, t->space.square, m->k * sizeof *m->square);
    principal_signs(m->k, m->p, m->axis);
    for (size_t c = 0; c < m->k; c++) {
        const double mean = la_dot(m->p, t->mean, m->axis + c * m->p);
        m->variance[c] = fmax(0, m->square[c] / (double)m->n - mean * mean);
    }
}

static double captured(const struct tsvd *m)
{
    double sum = 0;
    for (size_t c = 0; c < m->k; c++)
        sum += m->training->space.square[c];
    return sum;
}

/* The last step turns the directions once more, so that values and directions belong together. */
static int iterate(struct lt_ctx *ctx, struct tsvd *m)
{
    struct training *t = m->training;
    int status = t->iterated ? LT_OK : subspace_step(ctx, &t->space);
    if (status != LT_OK)
        return status;
    if (!t->iterated) {
        t->before = t->sum;
        t->sum = captured(m);
        t->iterated = 1;
    }
    const int done = m->taken + 1 >= t->last || fabs(t->sum - t->before) <= SETTLED * t->sum;
    if (done)
        status = subspace_finish(ctx, &t->space);
    if (status != LT_OK)
        return status;
    t->iterated = 0;
    m->taken++;
    take_axes(m);
    ctx->metric(ctx, "captured", m->taken, captured(m) / m->squares);
    if (!done)
        return LT_MORE;
    training_free(t);
    m->training = 0;
    return LT_DONE;
}

static int tsvd_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct tsvd *m = model;
    int status = m->training ? LT_MORE : LT_DONE;
    for (uint64_t u = 0; u < units && status == LT_MORE; u++) {
        m->training->space.data = data;
        status = iterate(ctx, m);
    }
    return status;
}

static int tsvd_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct tsvd *m = model;
    *taken = m->taken;
    *planned = m->training && m->training->last < MOST_ITERATIONS ? m->training->last : 0;
    return LT_OK;
}

static size_t tsvd_width(const void *model)
{
    return ((const struct tsvd *)model)->k;
}

static int tsvd_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct tsvd *m = model;
    return principal_project(ctx, data, m->k, m->axis, 0, 0, out->rows, out->width);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static int tsvd_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"component:int", "singular_value:real"};
    const struct tsvd *m = model;
    double sum = 0;
    for (size_t c = 0; c < m->k; c++)
        sum += m->square[c];
    kit_summary(ctx);
    kit_statistic(ctx, "components", (double)m->k);
    kit_statistic(ctx, "columns", (double)m->p);
    kit_statistic(ctx, "iterations", (double)m->taken);
    kit_statistic(ctx, "share of squares", sum / m->squares);
    ctx->emit_table(ctx, "singular_values", "Singular values", columns, 2);
    for (size_t c = 0; c < m->k; c++) {
        const struct lt_cell cells[] = {LT_CINT(c + 1), LT_CREAL(sqrt(m->square[c]))};
        ctx->emit_row(ctx, cells);
    }
    const int status = view_explained(ctx, m->k, m->variance, m->total);
    return status == LT_OK ? view_loadings(ctx, "components", "What the components are made of", "sv", m->k, m->p,
                                           m->axis, m->column_name)
                           : status;
}

static int tsvd_save(struct lt_ctx *ctx, const void *model)
{
    const struct tsvd *m = model;
    int status = kit_put_f64(ctx, "components", m->axis, m->k, m->p);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "square", m->square, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "variance", m->variance, m->k, 0);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "total", m->total);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "squares", m->squares);
    return status == LT_OK ? kit_put_count(ctx, "taken", m->taken) : status;
}

static int check_state(struct lt_ctx *ctx, const struct tsvd *m)
{
    int bad = !(m->total >= 0) || !(m->squares > 0) || isinf(m->total) || isinf(m->squares);
    for (size_t c = 0; c < m->k; c++)
        bad |= !(m->square[c] >= 0 && m->variance[c] >= 0) || isinf(m->square[c]) || isinf(m->variance[c]);
    return bad ? ctx->fail(ctx, LT_INVALID, "the model's singular values are damaged; so is the file") : LT_OK;
}

static int tsvd_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct tsvd *m = tsvd_new(ctx, params, info->column, info->n, info->p);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "components", m->axis, m->k, m->p);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "square", m->square, m->k, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "variance", m->variance, m->k, 0);
    if (status == LT_OK)
        status = kit_get_real(ctx, "total", &m->total);
    if (status == LT_OK)
        status = kit_get_real(ctx, "squares", &m->squares);
    if (status == LT_OK)
        status = kit_get_count(ctx, "taken", 1, 1ull << 53, &m->taken);
    if (status == LT_OK)
        status = check_state(ctx, m);
    if (status != LT_OK) {
        tsvd_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo reduce_tsvd = {
    LT_HEADER(1),
    .id = "tsvd",
    .name = "Truncated singular value decomposition",
    .version = "1",
    .summary = "Few components of a table of counts or zeros, without centring",
    .doc =
        "Any table is a sum of simple ones, each a column of scores times a row of loadings, and the k largest of "
        "these are the best k there are:\n\n"
        "    X ~ U_k S_k V_k'       the least sum_ij (X - U_k S_k V_k')_ij^2 of all tables of rank k\n\n"
        "A row becomes x V_k. That is what PCA does, except that the means stay where they are: a table that is "
        "mostly zeros (counts of words, of purchases) would have none left after centring. Of texts this is "
        "called latent semantic analysis: words that occur in the same documents end up in the same component. "
        "The first component often says little more than how large a row is.\n\n"
        "The axes are found by randomised subspace iteration: k + `n_oversamples` random directions are drawn "
        "through X'X, turned to the principal ones and made orthogonal, again and again. An iteration shrinks "
        "the error of direction i by (s_(l+1) / s_i)^2, where l is the number of directions; five are plenty "
        "unless the singular values are close together. Numbers are kept in single precision.",
    .reference =
        "Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 53 (2011); Deerwester "
        "et al., Indexing by latent semantic analysis, J. Am. Soc. Information Science 41 (1990)",
    .tasks = LT_TRANSFORM,
    .traits = LT_SPARSE_OK,
    .layout = LT_SPARSE,
    .n_params = N_PARAMS,
    .params = tsvd_params,
    .unit = "iteration",
    .check = tsvd_check,
    .begin = tsvd_begin,
    .step = tsvd_step,
    .predict = tsvd_predict,
    .describe = tsvd_describe,
    .save = tsvd_save,
    .load = tsvd_load,
    .free = tsvd_free,
    .units = tsvd_units,
    .width = tsvd_width,
};

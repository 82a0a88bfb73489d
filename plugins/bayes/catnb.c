/* catnb: naive Bayes on levels: every column is a table of frequencies within each class. Category columns bring
 * their levels; a numeric column is cut: between its values when they are few, else at quantiles. */
#include "plugins/bayes/bayes.h"

#include "num/simd.h"
#include "num/sort.h"
#include "num/vmath.h"
#include "plugins/bayes/prior.h"
#include "plugins/kit/column.h"
#include "plugins/kit/kit.h"

enum { ALPHA, FIT_PRIOR, N_BINS, CLASS_PRIOR, N_PARAMS };
enum { ROWS = 512, FEW_CUTS = 32 };

static const struct lt_param params[N_PARAMS] = {
    [ALPHA] = {.name = "alpha",
               .aliases = "laplace",
               .type = LT_REAL,
               .flags = LT_LOG | LT_TUNE,
               .def = "1",
               .min = 0,
               .max = INFINITY,
               .doc = "So many imagined rows are added to each level in each class; at least 1e-10"},
    [FIT_PRIOR] = {.name = "fit_prior",
                   .type = LT_BOOL,
                   .def = "yes",
                   .doc = "Whether frequent classes are more likely beforehand; no: all alike"},
    [N_BINS] = {.name = "n_bins",
                .type = LT_INT,
                .flags = LT_TUNE,
                .def = "10",
                .min = 2,
                .max = 1000,
                .doc =
                    "A numeric column gets at most so many levels: its values, or parts with equally many rows"},
    [CLASS_PRIOR] = PRIOR_ROW,
};

struct catnb {
    size_t p;
    uint32_t n_classes, n_bins;
    double alpha;
    bool fit_prior;
    int32_t *n_cuts;    /* p: of numeric columns; -1: a category */
    double *cut;        /* p x (n_bins - 1): ascending; a value's level is how many cuts lie below it */
    size_t *first;      /* p + 1: where the levels of a column begin */
    double *prior;      /* n_classes: given; all 0: none */
    double *rows;       /* n_classes */
    double *count;      /* levels x n_classes */
    double *log_share;  /* levels x n_classes: derived */
    double *log_prior;  /* n_classes: derived */
    uint32_t *n_levels; /* p: of category columns */
    char **column_name, **class_name;
    char **level_name; /* of the category columns, one after another */
    uint64_t taken;
};

static void catnb_free(void *model)
{
    struct catnb *m = model;
    if (!m)
        return;
    free(m->n_cuts);
    free(m->cut);
    free(m->first);
    free(m->prior);
    free(m->rows);
    free(m->count);
    free(m->log_share);
    free(m->log_prior);
    free(m->n_levels);
    free(m->column_name);
    free(m->class_name);
    free(m->level_name);
    free(m);
}

static char **level_names(struct lt_ctx *ctx, size_t p, const struct lt_column *column)
{
    size_t levels = 0, to = 0;
    for (size_t j = 0; j < p; j++)
        levels += column[j].kind == LT_CATEGORY ? column[j].n_levels : 0;
    const char **all = kit_alloc(ctx, levels, sizeof *all);
    for (size_t j = 0; all && j < p; j++)
        for (size_t l = 0; column[j].kind == LT_CATEGORY && l < column[j].n_levels; l++)
            all[to++] = column[j].levels ? column[j].levels[l] : NULL;
    char **names = all ? kit_names(ctx, levels, all, NULL) : NULL;
    free(all);
    return names;
}

static struct catnb *catnb_new(struct lt_ctx *ctx, const struct lt_params *given, size_t p,
                               const struct lt_column *column, uint32_t n_classes, const char *const *class_names)
{
    struct catnb *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->p = p;
    m->n_classes = n_classes;
    m->n_bins = (uint32_t)kit_int(given, N_BINS);
    m->alpha = fmax(kit_real(given, ALPHA), 1e-10);
    m->fit_prior = kit_bool(given, FIT_PRIOR);
    m->n_cuts = kit_alloc(ctx, p, sizeof *m->n_cuts);
    m->cut = kit_alloc(ctx, p, (m->n_bins - 1) * sizeof(double));
    m->first = kit_alloc(ctx, p + 1, sizeof *m->first);
    m->prior = kit_alloc_f64(ctx, n_classes);
    m->rows = kit_alloc_f64(ctx, n_classes);
    m->log_prior = kit_alloc_f64(ctx, n_classes);
    m->n_levels = kit_alloc(ctx, p, sizeof *m->n_levels);
    m->column_name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    m->level_name = level_names(ctx, p, column);
    if (!m->n_cuts || !m->cut || !m->first || !m->prior || !m->rows || !m->log_prior || !m->n_levels ||
        !m->column_name || !m->class_name || !m->level_name) {
        catnb_free(m);
        return NULL;
    }
    prior_read(&given->v[CLASS_PRIOR], n_classes, m->prior);
    for (size_t j = 0; j < p; j++) {
        m->n_levels[j] = column[j].kind == LT_CATEGORY ? column[j].n_levels : 0;
        m->n_cuts[j] = column[j].kind == LT_CATEGORY ? -1 : 0;
    }
    return m;
}

/* Once the cuts are known: where each column's levels lie, and room for their counts. */
static int make_tables(struct lt_ctx *ctx, struct catnb *m)
{
    for (size_t j = 0; j < m->p; j++)
        m->first[j + 1] = m->first[j] + (m->n_cuts[j] < 0 ? m->n_levels[j] : (size_t)m->n_cuts[j] + 1);
    const size_t levels = m->first[m->p];
    m->count = kit_alloc(ctx, levels, m->n_classes * sizeof(double));
    m->log_share = kit_alloc(ctx, levels, m->n_classes * sizeof(double));
    return m->count && m->log_share ? LT_OK : LT_MEMORY;
}

static void catnb_prepare(struct catnb *m)
{
    const size_t C = m->n_classes;
    prior_log(m->n_classes, m->prior, m->rows, m->fit_prior, m->log_prior);
    for (size_t c = 0; c < C; c++)
        for (size_t j = 0; j < m->p; j++) {
            double total = m->alpha * (double)(m->first[j + 1] - m->first[j]);
            for (size_t l = m->first[j]; l < m->first[j + 1]; l++)
                total += m->count[l * C + c];
            for (size_t l = m->first[j]; l < m->first[j + 1]; l++)
                m->log_share[l * C + c] = log((m->count[l * C + c] + m->alpha) / total);
        }
}

/* ---- training ---------------------------------------------------------------------------------------------- */

static int catnb_check(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data)
{
    return prior_check(ctx, &given->v[CLASS_PRIOR], data);
}

/* x[n] is sorted, without missing values. Cuts lie halfway between neighbouring values. */
static int32_t find_cuts(size_t n, const double *x, uint32_t n_bins, double *cut)
{
    size_t different = n > 0;
    int32_t cuts = 0;
    for (size_t i = 1; i < n; i++)
        different += x[i] > x[i - 1];
    for (size_t i = 1, b = 1; i < n; i++) {
        if (!(x[i] > x[i - 1]))
            continue;
        if (different > n_bins && i < b * n / n_bins)
            continue;
        cut[cuts++] = x[i - 1] + (x[i] / 2 - x[i - 1] / 2);
        while (b < n_bins && b * n / n_bins <= i)
            b++;
        if (cuts == (int32_t)n_bins - 1)
            break;
    }
    return cuts;
}

struct cutting {
    struct lt_ctx *ctx;
    struct catnb *m;
    const struct lt_data *data;
    double *room; /* a worker: 2 n */
};

static void cut_column(void *arg, size_t j, unsigned worker)
{
    const struct cutting *job = arg;
    struct catnb *m = job->m;
    size_t rows = job->data->n, n = 0;
    double *x = job->room + worker * 2 * rows;
    if (m->n_cuts[j] < 0 || job->ctx->cancelled(job->ctx))
        return;
    kit_read_column(&job->data->column[j], job->data->rows, 0, rows, x);
    sort_f64(rows, x, x + rows); /* NaN last */
    while (n < rows && !isnan(x[n]))
        n++;
    m->n_cuts[j] = find_cuts(n, x, m->n_bins, m->cut + j * (m->n_bins - 1));
}

static int cut_columns(struct lt_ctx *ctx, struct catnb *m, const struct lt_data *data)
{
    struct cutting job = {ctx, m, data, kit_scratch(ctx, ctx->threads * data->n, 2 * sizeof(double))};
    if (!job.room)
        return LT_MEMORY;
    ctx->parallel(ctx, m->p, cut_column, &job);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

static int catnb_begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    int status = catnb_check(ctx, given, data);
    if (status != LT_OK)
        return status;
    struct catnb *m = catnb_new(ctx, given, data->p, data->column, data->n_classes, data->class_names);
    status = m ? cut_columns(ctx, m, data) : LT_MEMORY;
    if (status == LT_OK)
        status = make_tables(ctx, m);
    if (status != LT_OK)
        catnb_free(m);
    else
        *model = m;
    return status;
}

/* How many of cut[cuts] lie below x; -1 for a missing x. */
NUM_CLONES static void count_cuts(size_t n, const double *x, size_t cuts, const double *cut, int32_t *code)
{
    for (size_t i = 0; i < n; i++)
        code[i] = x[i] == x[i] ? 0 : -1;
    for (size_t k = 0; k < cuts; k++)
        for (size_t i = 0; i < n; i++)
            code[i] += x[i] > cut[k];
}

/* The same by halving the interval, without a branch that could be mistaken. */
static void search_cuts(size_t n, const double *x, size_t cuts, const double *cut, int32_t *code)
{
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, left = cuts;
        while (left > 0) {
            const size_t half = left / 2, above = x[i] > cut[low + half];
            low += above * (half + 1);
            left = above ? left - half - 1 : half;
        }
        code[i] = isnan(x[i]) ? -1 : (int32_t)low;
    }
}

/* code[n]: levels of the rows from `begin`; -1 is missing or unknown. n <= ROWS. */
static void read_levels(const struct catnb *m, const struct lt_data *d, size_t j, size_t begin, size_t n,
                        int32_t *code)
{
    double buffer[ROWS];
    if (m->n_cuts[j] < 0) {
        kit_read_codes(&d->column[j], m->n_levels[j], d->rows ? d->rows + begin : NULL, begin, n, code);
        return;
    }
    const double *x = kit_piece(d, j, begin, n, buffer), *cut = m->cut + j * (m->n_bins - 1);
    const size_t cuts = (size_t)m->n_cuts[j];
    if (cuts <= FEW_CUTS)
        count_cuts(n, x, cuts, cut, code);
    else
        search_cuts(n, x, cuts, cut, code);
}

/* Blocks of rows; a slot is the counts of levels by class, then the weights of the classes. */
struct counting {
    struct lt_ctx *ctx;
    const struct catnb *m;
    const struct lt_data *data;
    size_t width;
    double *slot;
};

static void count_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct counting *job = arg;
    const struct catnb *m = job->m;
    const struct lt_data *d = job->data;
    const size_t C = m->n_classes;
    double *count = job->slot + block * job->width, *rows = count + m->first[m->p] * C, w[ROWS];
    int32_t code[ROWS];
    (void)worker;
    memset(count, 0, job->width * sizeof *count);
    for (size_t at = begin; at < end && !job->ctx->cancelled(job->ctx); at += ROWS) {
        const size_t n = end - at < ROWS ? end - at : ROWS;
        const int32_t *label = d->label + at;
        for (size_t i = 0; i < n; i++) {
            w[i] = d->weight ? d->weight[at + i] : 1;
            rows[label[i]] += w[i];
        }
        for (size_t j = 0; j < m->p; j++) {
            double *of_column = count + m->first[j] * C;
            read_levels(m, d, j, at, n, code);
            for (size_t i = 0; i < n; i++)
                if (code[i] >= 0)
                    of_column[(size_t)code[i] * C + (size_t)label[i]] += w[i];
        }
    }
}

/* Adds the rows of data to what was counted so far. */
static int count_rows(struct lt_ctx *ctx, struct catnb *m, const struct lt_data *data)
{
    const size_t cells = m->first[m->p] * m->n_classes;
    struct counting job = {ctx, m, data, cells + m->n_classes, NULL};
    const size_t most = ((size_t)1 << 23) / job.width;
    const size_t each = kit_block_rows(data->n, ROWS, most < 2 ? 2 : most > 64 ? 64 : most);
    const size_t blocks = kit_block_count(data->n, each);
    if (!(job.slot = kit_scratch(ctx, blocks, job.width * sizeof(double))))
        return LT_MEMORY;
    const int status = kit_blocks(ctx, data->n, each, count_block, &job);
    if (status != LT_OK || !blocks)
        return status;
    kit_add_slots(job.slot, blocks, job.width);
    for (size_t i = 0; i < cells; i++)
        m->count[i] += job.slot[i];
    for (size_t c = 0; c < m->n_classes; c++)
        m->rows[c] += job.slot[cells + c];
    catnb_prepare(m);
    return LT_OK;
}

static int catnb_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct catnb *m = model;
    (void)units;
    const int status = m->taken ? LT_OK : count_rows(ctx, m, data);
    if (status != LT_OK)
        return status;
    m->taken = 1;
    return LT_DONE;
}

/* The levels stay as the first rows made them. */
static int catnb_update(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct catnb *m = model;
    const int status = prior_check_more(ctx, data, m->p, m->n_classes);
    return status == LT_OK ? count_rows(ctx, m, data) : status;
}

static int catnb_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct catnb *)model)->taken;
    *planned = 1;
    return LT_OK;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct prediction {
    const struct catnb *m;
    const struct lt_data *data;
    double *proba;
};

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct prediction *job = arg;
    const struct catnb *m = job->m;
    const size_t C = m->n_classes, n = end - begin;
    double *score = job->proba + begin * C;
    int32_t code[ROWS];
    (void)block;
    (void)worker;
    for (size_t i = 0; i < n; i++)
        memcpy(score + i * C, m->log_prior, C * sizeof *score);
    for (size_t j = 0; j < m->p; j++) {
        read_levels(m, job->data, j, begin, n, code);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < C && code[i] >= 0; c++)
                score[i * C + c] += m->log_share[(m->first[j] + (size_t)code[i]) * C + c];
    }
    vmath_softmax(n, C, score, C);
}

static int catnb_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    struct prediction job = {model, data, out->proba};
    return kit_blocks(ctx, data->n, ROWS, predict_block, &job);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static void name_level(const struct catnb *m, size_t j, size_t l, char *text, size_t size)
{
    const double *cut = m->cut + j * (m->n_bins - 1);
    const size_t last = (size_t)(m->n_cuts[j] < 0 ? 0 : m->n_cuts[j]);
    size_t before = 0;
    for (size_t i = 0; i < j; i++)
        before += m->n_levels[i];
    if (m->n_cuts[j] < 0)
        snprintf(text, size, "%s", m->level_name[before + l]);
    else if (!last)
        snprintf(text, size, "all");
    else if (l == 0)
        snprintf(text, size, "<= %g", cut[0]);
    else if (l == last)
        snprintf(text, size, "> %g", cut[last - 1]);
    else
        snprintf(text, size, "%g to %g", cut[l - 1], cut[l]);
}

static int catnb_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const priors[] = {"class:text", "rows:real"};
    static const char *const columns[] = {"class:text", "feature:text", "level:text", "share:percent"};
    const struct catnb *m = model;
    char text[200];
    ctx->emit_table(ctx, "class_rows", "Rows of each class", priors, 2);
    for (uint32_t c = 0; c < m->n_classes; c++) {
        const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CREAL(m->rows[c])};
        ctx->emit_row(ctx, row);
    }
    ctx->emit_table(ctx, "levels", "Levels of the columns within each class", columns, 4);
    for (uint32_t c = 0; c < m->n_classes; c++)
        for (size_t j = 0; j < m->p; j++)
            for (size_t l = m->first[j]; l < m->first[j + 1]; l++) {
                name_level(m, j, l - m->first[j], text, sizeof text);
                const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CTEXT(m->column_name[j]),
                                              LT_CTEXT(text), kit_cell(exp(m->log_share[l * m->n_classes + c]))};
                ctx->emit_row(ctx, row);
            }
    return LT_OK;
}

static int catnb_save(struct lt_ctx *ctx, const void *model)
{
    const struct catnb *m = model;
    int status = kit_put_i32(ctx, "n_cuts", m->n_cuts, m->p, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "cut", m->cut, m->p, m->n_bins - 1);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "rows", m->rows, m->n_classes, 0);
    return status == LT_OK ? kit_put_f64(ctx, "count", m->count, m->first[m->p], m->n_classes) : status;
}

static int load_into(struct lt_ctx *ctx, struct catnb *m)
{
    int32_t *n_cuts = kit_scratch(ctx, m->p, sizeof *n_cuts);
    int status = n_cuts ? kit_get_i32(ctx, "n_cuts", n_cuts, m->p, 0) : LT_MEMORY;
    for (size_t j = 0; status == LT_OK && j < m->p; j++) {
        if ((m->n_cuts[j] < 0) != (n_cuts[j] < 0) || n_cuts[j] >= (int32_t)m->n_bins || n_cuts[j] < -1)
            status = ctx->fail(ctx, LT_INVALID, "the model cuts '%s' %d times; the file is damaged",
                               m->column_name[j], (int)n_cuts[j]);
        m->n_cuts[j] = n_cuts[j];
    }
    if (status == LT_OK)
        status = kit_get_f64(ctx, "cut", m->cut, m->p, m->n_bins - 1);
    if (status == LT_OK)
        status = make_tables(ctx, m);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rows", m->rows, m->n_classes, 0);
    return status == LT_OK ? kit_get_f64(ctx, "count", m->count, m->first[m->p], m->n_classes) : status;
}

static int catnb_load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    struct catnb *m = catnb_new(ctx, given, info->p, info->column, info->n_classes, info->class_names);
    int status = m ? load_into(ctx, m) : LT_MEMORY;
    if (status != LT_OK) {
        catnb_free(m);
        return status;
    }
    catnb_prepare(m);
    m->taken = 1;
    *model = m;
    return LT_OK;
}

const struct lt_algo bayes_categorical = {
    LT_HEADER(1),
    .id = "catnb",
    .name = "Categorical naive Bayes",
    .version = "1",
    .summary = "Classes by how frequent the levels of each column are in them",
    .doc = "Every column is a table of levels, and within a class the columns are taken as independent:\n\n"
           "    P(level | c) = (rows of c with the level + alpha) / (rows of c + alpha L)\n"
           "    P(c | x) = P(c) prod_j P(level of x_j | c) / sum over all classes\n\n"
           "A numeric column with at most `n_bins` different values has these as levels; another is cut into "
           "`n_bins` parts with equally many rows, which assumes nothing about the shape of its distribution "
           "(`nb` takes a normal one). Missing values are left out, in training and in prediction. New rows are "
           "counted without the old ones (`update`); levels and cuts stay as they are.",
    .reference =
        "Hand and Yu (2001), Idiot's Bayes: not so stupid after all?, International Statistical Review 69",
    .tasks = LT_CLASSIFY,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "pass",
    .check = catnb_check,
    .begin = catnb_begin,
    .step = catnb_step,
    .predict = catnb_predict,
    .describe = catnb_describe,
    .save = catnb_save,
    .load = catnb_load,
    .free = catnb_free,
    .units = catnb_units,
    .update = catnb_update,
};

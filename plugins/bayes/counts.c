/* counts: naive Bayes on frequencies, such as of words: multinomial (mnb), complement (cnb) and Bernoulli (bnb).
 * Each keeps how much of every column there is in every class, from which the weights follow:
 *     score_c(x) = constant_c + sum_j x_j weight_jc.
 * Rows come compressed, so a text costs its words, not the dictionary. More rows can be counted later (update). */
#include "plugins/bayes/bayes.h"

#include "num/vmath.h"
#include "plugins/bayes/prior.h"
#include "plugins/kit/kit.h"

enum { ALPHA, FIT_PRIOR, CLASS_PRIOR, EXTRA, N_PARAMS };
enum kind { MULTINOMIAL, COMPLEMENT, BERNOULLI };
enum { ROWS = 512, SHOWN = 20 };

#define SHARED_ROWS                                                                                               \
    [ALPHA] = {.name = "alpha",                                                                                   \
               .aliases = "laplace",                                                                              \
               .type = LT_REAL,                                                                                   \
               .flags = LT_LOG | LT_TUNE,                                                                         \
               .def = "1",                                                                                        \
               .min = 0,                                                                                          \
               .max = INFINITY,                                                                                   \
               .doc = "So much is imagined of each column in each class; at least 1e-10"},                        \
    [FIT_PRIOR] = {.name = "fit_prior",                                                                           \
                   .type = LT_BOOL,                                                                               \
                   .def = "yes",                                                                                  \
                   .doc = "Whether frequent classes are more likely beforehand; no: all alike"},                  \
    [CLASS_PRIOR] = PRIOR_ROW

static const struct lt_param multinomial_params[EXTRA] = {SHARED_ROWS};
static const struct lt_param complement_params[N_PARAMS] = {
    SHARED_ROWS,
    [EXTRA] = {.name = "norm",
               .type = LT_BOOL,
               .def = "no",
               .doc = "Whether the weights of a class are divided by their sum"},
};
static const struct lt_param bernoulli_params[N_PARAMS] = {
    SHARED_ROWS,
    [EXTRA] = {.name = "binarize",
               .type = LT_REAL,
               .def = "0",
               .min = 0,
               .max = INFINITY,
               .doc = "A column is there in a row when its value is greater"},
};

struct counts {
    enum kind kind;
    size_t p;
    uint32_t n_classes;
    double alpha, threshold;
    bool fit_prior, normalised;
    double *prior;  /* n_classes: given; all 0: none */
    double *rows;   /* n_classes: weight of the rows */
    double *amount; /* p x n_classes */
    uint64_t taken;
    char **column_name, **class_name;

    double *weight, *constant; /* p x n_classes, n_classes: derived */
};

static void counts_free(void *model)
{
    struct counts *m = model;
    if (!m)
        return;
    free(m->prior);
    free(m->rows);
    free(m->amount);
    free(m->weight);
    free(m->constant);
    free(m->column_name);
    free(m->class_name);
    free(m);
}

static struct counts *counts_new(struct lt_ctx *ctx, enum kind kind, const struct lt_params *params, size_t p,
                                 const struct lt_column *column, uint32_t n_classes,
                                 const char *const *class_names)
{
    struct counts *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->kind = kind;
    m->p = p;
    m->n_classes = n_classes;
    m->alpha = fmax(kit_real(params, ALPHA), 1e-10);
    m->fit_prior = kit_bool(params, FIT_PRIOR);
    m->normalised = kind == COMPLEMENT && kit_bool(params, EXTRA);
    m->threshold = kind == BERNOULLI ? kit_real(params, EXTRA) : 0;
    m->prior = kit_alloc_f64(ctx, n_classes);
    m->rows = kit_alloc_f64(ctx, n_classes);
    m->amount = kit_alloc(ctx, p, n_classes * sizeof(double));
    m->weight = kit_alloc(ctx, p, n_classes * sizeof(double));
    m->constant = kit_alloc_f64(ctx, n_classes);
    m->column_name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (!m->prior || !m->rows || !m->amount || !m->weight || !m->constant || !m->column_name || !m->class_name) {
        counts_free(m);
        return NULL;
    }
    prior_read(&params->v[CLASS_PRIOR], n_classes, m->prior);
    return m;
}

/* ---- the weights that follow from the counts ---------------------------------------------------------------- */

/* P(column | class) is the column's share of all there is in the class. */
static void weigh_multinomial(struct counts *m, size_t c)
{
    const size_t C = m->n_classes;
    double total = m->alpha * (double)m->p;
    for (size_t j = 0; j < m->p; j++)
        total += m->amount[j * C + c];
    for (size_t j = 0; j < m->p; j++)
        m->weight[j * C + c] = log(m->amount[j * C + c] + m->alpha) - log(total);
}

/* The column's share in all other classes speaks against this one. */
static void weigh_complement(struct counts *m, size_t c)
{
    const size_t C = m->n_classes;
    double total = 0, sum = 0;
    for (int turn = 0; turn < 2; turn++)
        for (size_t j = 0; j < m->p; j++) {
            double others = m->alpha;
            for (size_t k = 0; k < C; k++)
                others += k == c ? 0 : m->amount[j * C + k];
            if (!turn)
                total += others;
            else
                sum += m->weight[j * C + c] = log(others / total);
        }
    for (size_t j = 0; j < m->p; j++)
        m->weight[j * C + c] = m->normalised && sum != 0 ? m->weight[j * C + c] / sum : -m->weight[j * C + c];
}

/* Each column is there or not; that it isn't counts as well. */
static void weigh_bernoulli(struct counts *m, size_t c)
{
    const size_t C = m->n_classes;
    for (size_t j = 0; j < m->p; j++) {
        double there = m->amount[j * C + c] + m->alpha, all = m->rows[c] + 2 * m->alpha;
        m->weight[j * C + c] = log(there) - log(all - there);
        m->constant[c] += log(all - there) - log(all);
    }
}

static void counts_prepare(struct counts *m)
{
    prior_log(m->n_classes, m->prior, m->rows, m->fit_prior, m->constant);
    for (uint32_t c = 0; c < m->n_classes; c++) {
        if (m->kind == COMPLEMENT && m->rows[c] > 0)
            m->constant[c] = 0;
        if (m->kind == MULTINOMIAL)
            weigh_multinomial(m, c);
        else if (m->kind == COMPLEMENT)
            weigh_complement(m, c);
        else
            weigh_bernoulli(m, c);
    }
}

/* ---- counting ---------------------------------------------------------------------------------------------- */

struct pass {
    const struct counts *m;
    const struct lt_data *data;
    size_t width;
    double *slot; /* a block: p x n_classes, then n_classes */
    size_t *bad;  /* a block: the first value that can't be counted, and 1; 0: none */
};

static void count_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct counts *m = pass->m;
    const struct lt_data *d = pass->data;
    const size_t C = m->n_classes;
    double *amount = pass->slot + block * pass->width, *rows = amount + m->p * C;
    (void)worker;
    memset(amount, 0, pass->width * sizeof *amount);
    pass->bad[block] = 0;
    for (size_t i = begin; i < end; i++) {
        const double w = d->weight ? d->weight[i] : 1;
        const size_t c = (size_t)d->label[i];
        rows[c] += w;
        for (size_t k = d->indptr[i]; k < d->indptr[i + 1]; k++) {
            const double x = (double)d->values[k];
            if (!(x >= 0 && x <= 3e38) && !pass->bad[block])
                pass->bad[block] = i + 1;
            amount[d->indices[k] * C + c] += m->kind == BERNOULLI ? (x > m->threshold ? w : 0) : w * x;
        }
    }
}

static int refuse_row(struct lt_ctx *ctx, const struct counts *m, const struct lt_data *d, size_t i)
{
    for (size_t k = d->indptr[i]; k < d->indptr[i + 1]; k++)
        if (!(d->values[k] >= 0 && d->values[k] <= 3e38f))
            return isinf(d->values[k]) && d->values[k] > 0
                       ? ctx->fail(
                             ctx, LT_INVALID,
                             "'%s' of row %zu is infinite or too large to count with; rescale the column, or "
                             "drop the row",
                             m->column_name[d->indices[k]], i + 1)
                       : ctx->fail(ctx, LT_INVALID,
                                   "'%s' of row %zu is %g; counts and shares are not negative (for other numbers "
                                   "use nb)",
                                   m->column_name[d->indices[k]], i + 1, (double)d->values[k]);
    return LT_INVALID;
}

/* Adds the rows of data to what was counted so far. */
static int count_rows(struct lt_ctx *ctx, struct counts *m, const struct lt_data *data)
{
    struct pass pass = {.m = m, .data = data, .width = (m->p + 1) * m->n_classes};
    const size_t most = ((size_t)1 << 23) / pass.width;
    const size_t each = kit_block_rows(data->n, ROWS, most < 2 ? 2 : most > 64 ? 64 : most);
    const size_t blocks = kit_block_count(data->n, each), cells = m->p * m->n_classes;
    pass.slot = kit_scratch(ctx, blocks, pass.width * sizeof(double));
    pass.bad = kit_scratch(ctx, blocks, sizeof *pass.bad);
    if (!pass.slot || !pass.bad)
        return LT_MEMORY;
    int status = kit_blocks(ctx, data->n, each, count_block, &pass);
    for (size_t b = 0; status == LT_OK && b < blocks; b++)
        if (pass.bad[b])
            status = refuse_row(ctx, m, data, pass.bad[b] - 1);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass.slot, blocks, pass.width);
    for (size_t i = 0; i < cells; i++)
        m->amount[i] += pass.slot[i];
    for (uint32_t c = 0; c < m->n_classes; c++)
        m->rows[c] += pass.slot[cells + c];
    counts_prepare(m);
    return LT_OK;
}

static int counts_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    return prior_check(ctx, &params->v[CLASS_PRIOR], data);
}

static int counts_begin(struct lt_ctx *ctx, enum kind kind, const struct lt_params *params,
                        const struct lt_data *data, void **model)
{
    int status = counts_check(ctx, params, data);
    if (status == LT_OK &&
        !(*model = counts_new(ctx, kind, params, data->p, data->column, data->n_classes, data->class_names)))
        status = LT_MEMORY;
    return status;
}

static int counts_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct counts *m = model;
    (void)units;
    if (m->taken)
        return LT_DONE;
    const int status = count_rows(ctx, m, data);
    if (status != LT_OK)
        return status;
    m->taken = 1;
    return LT_DONE;
}

static int counts_update(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct counts *m = model;
    const int status = prior_check_more(ctx, data, m->p, m->n_classes);
    return status == LT_OK ? count_rows(ctx, m, data) : status;
}

static int counts_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct counts *)model)->taken;
    *planned = 1;
    return LT_OK;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct prediction {
    const struct counts *m;
    const struct lt_data *data;
    double *proba;
};

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct prediction *job = arg;
    const struct counts *m = job->m;
    const struct lt_data *d = job->data;
    const size_t C = m->n_classes;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        double *score = job->proba + i * C;
        memcpy(score, m->constant, C * sizeof *score);
        for (size_t k = d->indptr[i]; k < d->indptr[i + 1]; k++) {
            const double *weight = m->weight + d->indices[k] * C;
            double x = (double)d->values[k];
            x = m->kind == BERNOULLI ? x > m->threshold : x;
            for (size_t c = 0; c < C; c++)
                score[c] += x * weight[c];
        }
    }
    vmath_softmax(end - begin, C, job->proba + begin * C, C);
}

static int counts_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    struct prediction job = {model, data, out->proba};
    return kit_blocks(ctx, data->n, ROWS, predict_block, &job);
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

/* How much more the column speaks for c than for the other classes on average. */
static double lift(const struct counts *m, size_t j, size_t c)
{
    double others = 0;
    for (size_t k = 0; k < m->n_classes; k++)
        others += k == c ? 0 : m->weight[j * m->n_classes + k] / (double)(m->n_classes - 1);
    return m->weight[j * m->n_classes + c] - others;
}

static int counts_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const priors[] = {"class:text", "rows:real"};
    static const char *const columns[] = {"class:text", "feature:text", "amount:real", "weight:real", "lift:real"};
    const struct counts *m = model;
    double *size = kit_scratch_f64(ctx, m->p);
    if (!size)
        return LT_MEMORY;
    ctx->emit_table(ctx, "class_rows", "Rows of each class", priors, 2);
    for (uint32_t c = 0; c < m->n_classes; c++) {
        const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CREAL(m->rows[c])};
        ctx->emit_row(ctx, row);
    }
    ctx->emit_table(ctx, "weights", "Columns that speak most for each class", columns, 5);
    for (uint32_t c = 0; m->n_classes > 1 && c < m->n_classes; c++) {
        for (size_t j = 0; j < m->p; j++)
            size[j] = lift(m, j, c);
        for (size_t turn = 0; turn < SHOWN && turn < m->p; turn++) {
            size_t best = 0;
            for (size_t j = 1; j < m->p; j++)
                best = size[j] > size[best] ? j : best;
            const size_t at = best * m->n_classes + c;
            const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CTEXT(m->column_name[best]),
                                          kit_cell(m->amount[at]), kit_cell(m->weight[at]), kit_cell(size[best])};
            ctx->emit_row(ctx, row);
            size[best] = -INFINITY;
        }
    }
    return LT_OK;
}

static int counts_save(struct lt_ctx *ctx, const void *model)
{
    const struct counts *m = model;
    int status = kit_put_f64(ctx, "rows", m->rows, m->n_classes, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "amount", m->amount, m->p, m->n_classes);
    return status;
}

static int counts_load(struct lt_ctx *ctx, enum kind kind, const struct lt_params *params,
                       const struct lt_info *info, void **model)
{
    struct counts *m = counts_new(ctx, kind, params, info->p, info->column, info->n_classes, info->class_names);
    int status = m ? kit_get_f64(ctx, "rows", m->rows, m->n_classes, 0) : LT_MEMORY;
    if (status == LT_OK)
        status = kit_get_f64(ctx, "amount", m->amount, m->p, m->n_classes);
    for (size_t i = 0; status == LT_OK && i < m->p * m->n_classes; i++)
        if (!(m->amount[i] >= 0))
            status = ctx->fail(ctx, LT_INVALID, "the model has a count of %g; the file is damaged", m->amount[i]);
    if (status != LT_OK) {
        counts_free(m);
        return status;
    }
    counts_prepare(m);
    m->taken = 1;
    *model = m;
    return LT_OK;
}

static int multinomial_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **model)
{
    return counts_begin(ctx, MULTINOMIAL, p, d, model);
}

static int complement_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **model)
{
    return counts_begin(ctx, COMPLEMENT, p, d, model);
}

static int bernoulli_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **model)
{
    return counts_begin(ctx, BERNOULLI, p, d, model);
}

static int multinomial_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *i, void **model)
{
    return counts_load(ctx, MULTINOMIAL, p, i, model);
}

static int complement_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *i, void **model)
{
    return counts_load(ctx, COMPLEMENT, p, i, model);
}

static int bernoulli_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *i, void **model)
{
    return counts_load(ctx, BERNOULLI, p, i, model);
}

#define SHARED_CALLS                                                                                              \
    .version = "1", .tasks = LT_CLASSIFY, .traits = LT_SPARSE_OK | LT_WEIGHTS_OK, .layout = LT_SPARSE,            \
    .unit = "pass", .check = counts_check, .step = counts_step, .predict = counts_predict,                        \
    .describe = counts_describe, .save = counts_save, .free = counts_free, .units = counts_units,                 \
    .update = counts_update

const struct lt_algo bayes_multinomial = {
    LT_HEADER(1),
    .id = "mnb",
    .name = "Multinomial naive Bayes",
    .summary = "Classes of texts by how often each word occurs",
    .doc =
        "For counts, such as of words: a text of class c is drawn word by word with probabilities `P(j | c)`,\n\n"
        "    P(j | c) = (N_jc + alpha) / (sum_j N_jc + alpha p),   log P(c | x) = log P(c) + sum_j x_j log P(j | "
        "c) "
        "+ constant\n\n"
        "where `N_jc` is how often column j was counted in class c. `alpha` imagines that often each, so that a "
        "word that was never seen in a class doesn't rule it out. Shares (tf-idf) work as well as counts. The "
        "probabilities come out too sure, the order of the classes is often right. One pass over the table; "
        "new rows are counted without the old ones (`update`).",
    .reference = "Manning, Raghavan and Schütze, Introduction to Information Retrieval, chapter 13",
    .n_params = EXTRA,
    .params = multinomial_params,
    .begin = multinomial_begin,
    .load = multinomial_load,
    SHARED_CALLS,
};

const struct lt_algo bayes_complement = {
    LT_HEADER(1),
    .id = "cnb",
    .name = "Complement naive Bayes",
    .summary = "Multinomial naive Bayes for classes of very different size",
    .doc = "Like multinomial naive Bayes, but the words of a class are judged by all texts that are *not* of it: "
           "\n\n"
           "    weight_jc = -log((N_j - N_jc + alpha) / sum_j (N_j - N_jc + alpha)),   score_c = sum_j x_j "
           "weight_jc\n\n"
           "The rest is always large, so a small class is described as reliably as a large one. The priors are "
           "left out, as in the paper.",
    .reference = "Rennie, Shih, Teevan and Karger (2003), Tackling the poor assumptions of naive Bayes text "
                 "classifiers, ICML",
    .n_params = N_PARAMS,
    .params = complement_params,
    .begin = complement_begin,
    .load = complement_load,
    SHARED_CALLS,
};

const struct lt_algo bayes_bernoulli = {
    LT_HEADER(1),
    .id = "bnb",
    .name = "Bernoulli naive Bayes",
    .summary = "Classes by which columns are there at all",
    .doc = "Each column is there in a row (its value is above `binarize`) or it isn't:\n\n"
           "    P(j | c) = (rows of c with j + alpha) / (rows of c + 2 alpha)\n"
           "    log P(c | x) = log P(c) + sum over j there of log P(j | c) + sum over the others of log(1 - P(j | "
           "c)) "
           "+ constant\n\n"
           "Unlike the multinomial model it counts it as evidence that a word is missing, and doesn't care how "
           "often one occurs: good for short texts and for 0/1 columns.",
    .reference = "McCallum and Nigam (1998), A comparison of event models for naive Bayes text classification",
    .n_params = N_PARAMS,
    .params = bernoulli_params,
    .begin = bernoulli_begin,
    .load = bernoulli_load,
    SHARED_CALLS,
};

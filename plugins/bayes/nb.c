/* nb: naive Bayes on mixed columns: a normal density for each numeric column and a smoothed table of frequencies
 * for each category column, within each class. Missing values are left out, in training and in prediction.
 *
 * Arrays by feature and class are [feature * n_classes + class]; tables of levels are stacked one feature after
 * another, [(first_level[feature] + level) * n_classes + class]. */
#include "plugins/bayes/bayes.h"

#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/bayes/prior.h"
#include "plugins/kit/column.h"
#include "plugins/kit/kit.h"

enum { VAR_SMOOTHING, PRIORS, ALPHA, N_PARAMS };

static const struct lt_param nb_params[N_PARAMS] = {
    [VAR_SMOOTHING] = {.name = "var_smoothing",
                       .type = LT_REAL,
                       .flags = LT_LOG | LT_TUNE,
                       .def = "1e-9",
                       .min = 0,
                       .max = 1,
                       .doc = "This share of the largest variance of a column is added to all variances"},
    [PRIORS] = {.name = "priors",
                .type = LT_REAL_LIST,
                .flags = LT_NULLABLE,
                .def = "none",
                .min = 0,
                .max = 1,
                .doc = "Probabilities of the classes in their order; none: the shares in the training rows"},
    [ALPHA] = {.name = "alpha",
               .aliases = "laplace",
               .type = LT_REAL,
               .flags = LT_OPEN_MIN | LT_LOG,
               .def = "1",
               .min = 0,
               .max = INFINITY,
               .doc = "Category columns: so many imagined rows are added to each level"},
};

struct nb {
    size_t p;
    uint32_t n_classes;
    int priors_given;
    double var_smoothing, alpha;
    double *prior;       /* n_classes */
    double *mean, *var;  /* p x n_classes; NaN for categories, and for columns with no value at all */
    size_t *first_level; /* p + 1 */
    double *share;       /* levels x n_classes: P(level | class) */
    double *sums;        /* a tally of what was learned, for update; NULL: the file of an older version has none */
    char **column_name, **class_name, **level_name;
    uint64_t taken;

    /* Derived by nb_prepare: log density is constant - half_precision * (x - mean)^2. */
    double *log_prior, *constant, *half_precision, *log_share;
};

static void nb_free(void *model)
{
    struct nb *m = model;
    if (!m)
        return;
    free(m->prior);
    free(m->mean);
    free(m->var);
    free(m->first_level);
    free(m->share);
    free(m->sums);
    free(m->column_name);
    free(m->class_name);
    free(m->level_name);
    free(m->log_prior);
    free(m->constant);
    free(m->half_precision);
    free(m->log_share);
    free(m);
}

static int is_category(const struct nb *m, size_t j)
{
    return m->first_level[j + 1] > m->first_level[j];
}

static char **level_names(struct lt_ctx *ctx, const struct nb *m, const struct lt_column *column)
{
    const size_t levels = m->first_level[m->p];
    const char **all = kit_alloc(ctx, levels, sizeof *all);
    for (size_t j = 0; all && j < m->p; j++)
        for (size_t l = m->first_level[j]; l < m->first_level[j + 1]; l++)
            all[l] = column[j].levels ? column[j].levels[l - m->first_level[j]] : 0;
    char **names = all ? kit_names(ctx, levels, all, 0) : 0;
    free(all);
    return names;
}

static struct nb *nb_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                         size_t p, uint32_t n_classes, const char *const *class_names)
{
    struct nb *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return 0;
    m->p = p;
    m->n_classes = n_classes;
    m->var_smoothing = kit_real(params, VAR_SMOOTHING);
    m->alpha = kit_real(params, ALPHA);
    m->first_level = kit_alloc(ctx, p + 1, sizeof *m->first_level);
    for (size_t j = 0; m->first_level && j < p; j++)
        m->first_level[j + 1] = m->first_level[j] + (column[j].kind == LT_CATEGORY ? column[j].n_levels : 0);
    const size_t levels = m->first_level ? m->first_level[p] : 0, row = n_classes * sizeof(double);
    m->prior = kit_alloc(ctx, 1, row);
    m->log_prior = kit_alloc(ctx, 1, row);
    m->mean = kit_alloc(ctx, p, row);
    m->var = kit_alloc(ctx, p, row);
    m->constant = kit_alloc(ctx, p, row);
    m->half_precision = kit_alloc(ctx, p, row);
    m->share = kit_alloc(ctx, levels, row);
    m->log_share = kit_alloc(ctx, levels, row);
    m->column_name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    m->level_name = m->first_level ? level_names(ctx, m, column) : 0;
    if (m->first_level && m->prior && m->log_prior && m->mean && m->var && m->constant && m->half_precision &&
        m->share && m->log_share && m->column_name && m->class_name && m->level_name)
        return m;
    nb_free(m);
    return 0;
}

/* What prediction needs, from what is stored. */
static void nb_prepare(struct nb *m)
{
    for (uint32_t c = 0; c < m->n_classes; c++)
        m->log_prior[c] = log(m->prior[c]);
    for (size_t i = 0; i < m->p * m->n_classes; i++) {
        m->constant[i] = -0.5 * log(2 * 3.14159265358979323846 * m->var[i]);
        m->half_precision[i] = 0.5 / m->var[i];
    }
    for (size_t i = 0; i < m->first_level[m->p] * m->n_classes; i++)
        m->log_share[i] = log(m->share[i]);
}

static int check_priors(struct lt_ctx *ctx, const struct lt_value *priors, uint32_t n_classes)
{
    double total = 0;
    if (priors->is_none)
        return LT_OK;
    if (priors->n != n_classes)
        return ctx->fail(ctx, LT_INVALID, "priors has %u numbers, but there are %u classes; give one for each",
                         priors->n, n_classes);
    for (uint32_t c = 0; c < n_classes; c++) {
        if (!(priors->list[c] >= 0))
            return ctx->fail(ctx, LT_INVALID, "priors has %g; probabilities can't be negative", priors->list[c]);
        total += priors->list[c];
    }
    if (!(fabs(total - 1) <= 1e-8))
        return ctx->fail(ctx, LT_INVALID, "priors add up to %g; they must add up to 1", total);
    return LT_OK;
}

static int nb_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    return status == LT_OK ? check_priors(ctx, &params->v[PRIORS], data->n_classes) : status;
}

static int nb_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    struct nb *m = nb_new(ctx, params, data->column, data->p, data->n_classes, data->class_names);
    if (!m)
        return LT_MEMORY;
    const struct lt_value *priors = &params->v[PRIORS];
    m->priors_given = !priors->is_none;
    if (m->priors_given)
        memcpy(m->prior, priors->list, m->n_classes * sizeof *m->prior);
    *model = m;
    return LT_OK;
}

/* ---- training: one pass over blocks of rows, the rows of a class together within a chunk --------------------- */

/* Weight, mean and sum of squared deviations of the values seen so far. */
struct spread {
    double weight, mean, m2;
};

/* Chan, Golub and LeVeque (1979). */
static struct spread spread_merge(struct spread a, struct spread b)
{
    const double weight = a.weight + b.weight, delta = b.mean - a.mean;
    if (!(b.weight > 0))
        return a;
    return (struct spread){weight, a.mean + delta * (b.weight / weight),
                           a.m2 + b.m2 + delta * delta * (a.weight * b.weight / weight)};
}

static double spread_var(struct spread s)
{
    return s.m2 / s.weight;
}

enum { LANES = 32, LINE = 8 };

/* The sum of `term`, an expression in i, over [0, n): one sum a loop, which is the form that compilers turn into
 * vectors. */
#define DEFINE_SUM(name, term, ...)                                                                               \
    NUM_INLINE double name(size_t n, __VA_ARGS__)                                                                 \
    {                                                                                                             \
        double lane[LANES] = {0}, sum = 0;                                                                        \
        size_t at = 0;                                                                                            \
        for (; at + LANES <= n; at += LANES)                                                                      \
            for (size_t l = 0, i = at; l < LANES; l++, i++)                                                       \
                lane[l] += (term);                                                                                \
        for (size_t l = 0, i = at; i < n; l++, i++)                                                               \
            lane[l] += (term);                                                                                    \
        for (size_t l = 0; l < LANES; l++)                                                                        \
            sum += lane[l];                                                                                       \
        return sum;                                                                                               \
    }

DEFINE_SUM(sum_of, x[i], const double *x)
DEFINE_SUM(sum_about, x[i] - mean, const double *x, double mean)
DEFINE_SUM(squares_about, (x[i] - mean) * (x[i] - mean), const double *x, double mean)
DEFINE_SUM(weighted_about, w[i] * (x[i] - mean), const double *x, const double *w, double mean)
DEFINE_SUM(weighted_squares, w[i] * (x[i] - mean) * (x[i] - mean), const double *x, const double *w, double mean)

/* The second look at the values takes away what rounding did to the mean. */
NUM_CLONES static struct spread spread_of(size_t n, const double *x)
{
    const double mean = sum_of(n, x) / (double)n, correction = sum_about(n, x, mean) / (double)n;
    return (struct spread){(double)n, mean + correction,
                           squares_about(n, x, mean) - correction * correction * (double)n};
}

NUM_CLONES static struct spread weighted_spread(size_t n, const double *x, const double *w)
{
    struct spread s = {sum_of(n, w), 0, 0};
    if (!(s.weight > 0))
        return s;
    const double mean = weighted_about(n, x, w, 0) / s.weight;
    const double correction = weighted_about(n, x, w, mean) / s.weight;
    s.mean = mean + correction;
    s.m2 = weighted_squares(n, x, w, mean) - correction * correction * s.weight;
    return s;
}

/* What a block of rows, or all of them, have told: doubles, so that one array can hold it. */
struct tally {
    double *class_weight;    /* n_classes */
    double *level;           /* levels x n_classes: weights */
    struct spread *in_class; /* p x n_classes; of category columns unused */
    struct spread *overall;  /* p, without weights */
};

struct training {
    struct lt_ctx *ctx;
    const struct nb *model;
    const struct lt_data *data;
    size_t chunk; /* rows that are sorted by class together: their values stay in the first-level cache */
    size_t width; /* doubles a tally */
    double *tallies;
    double *room; /* a worker each, ROOM x chunk */
};

enum { ROOM = 6 };

/* The rows of a chunk, class by class: those of class c are [first[c], first[c + 1]). */
struct chunk {
    size_t begin, n;
    double *x, *read, *weight, *kept;
    uint32_t *order, *first;
    int32_t *code;
};

static size_t tally_width(const struct nb *m)
{
    const size_t C = m->n_classes, levels = m->first_level[m->p];
    return C + levels * C + 3 * m->p * C + 3 * m->p;
}

static struct tally tally_of(const struct nb *m, double *at)
{
    const size_t C = m->n_classes, p = m->p;
    double *level = at + C, *spreads = level + m->first_level[p] * C;
    return (struct tally){at, level, (struct spread *)spreads, (struct spread *)(spreads + 3 * p * C)};
}

static struct tally tally_at(const struct training *t, size_t block)
{
    return tally_of(t->model, t->tallies + block * t->width);
}

static void tally_add(const struct nb *m, struct tally to, struct tally more)
{
    const size_t C = m->n_classes, p = m->p;
    for (size_t i = 0; i < C + m->first_level[p] * C; i++)
        to.class_weight[i] += more.class_weight[i]; /* the levels come right after */
    for (size_t i = 0; i < p * C + p; i++)
        to.in_class[i] = spread_merge(to.in_class[i], more.in_class[i]); /* likewise overall */
}

/* A counting sort. */
static void sort_chunk(const struct training *t, struct chunk *k, struct tally *tally)
{
    const struct lt_data *data = t->data;
    const int32_t *label = data->label + k->begin;
    const size_t C = t->model->n_classes;
    memset(k->first, 0, (C + 1) * sizeof *k->first);
    for (size_t i = 0; i < k->n; i++)
        k->first[label[i] + 1]++;
    for (size_t c = 0; c < C; c++)
        k->first[c + 1] += k->first[c];
    for (size_t i = 0; i < k->n; i++)
        k->order[k->first[label[i]]++] = (uint32_t)i;
    for (size_t c = C; c > 0; c--)
        k->first[c] = k->first[c - 1];
    k->first[0] = 0;
    for (size_t i = 0; data->weight && i < k->n; i++)
        k->weight[i] = data->weight[k->begin + k->order[i]];
    for (size_t c = 0; c < C; c++)
        for (size_t i = k->first[c]; i < k->first[c + 1]; i++)
            tally->class_weight[c] += data->weight ? k->weight[i] : 1;
}

/* Leaves out what is missing; returns how many are left. w may be NULL. */
static size_t drop_missing(size_t n, double *x, const double *w, double *kept)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        x[left] = x[i];
        if (w)
            kept[left] = w[i];
        left += x[left] == x[left];
    }
    return left;
}

static void learn_numbers(const struct training *t, size_t j, struct chunk *k, struct tally *tally)
{
    const size_t C = t->model->n_classes;
    const double *read = kit_piece(t->data, j, k->begin, k->n, k->read);
    for (size_t i = 0; i < k->n; i++) {
        if (i % LINE == 0) /* the next chunk: where columns lie in place it follows */
            __builtin_prefetch(read + k->n + i);
        k->x[i] = read[k->order[i]];
    }
    for (size_t c = 0; c < C; c++) {
        size_t n = k->first[c + 1] - k->first[c];
        double *x = k->x + k->first[c], *w = t->data->weight ? k->weight + k->first[c] : 0;
        struct spread *in_class = &tally->in_class[j * C + c], spread = {0};
        if (n)
            spread = spread_of(n, x);
        if (isnan(spread.m2)) { /* something is missing, or infinite */
            n = drop_missing(n, x, w, k->kept);
            spread = n ? spread_of(n, x) : (struct spread){0};
            w = w ? k->kept : 0;
        }
        tally->overall[j] = spread_merge(tally->overall[j], spread);
        *in_class = spread_merge(*in_class, w ? weighted_spread(n, x, w) : spread);
    }
}

static void learn_levels(const struct training *t, size_t j, struct chunk *k, struct tally *tally)
{
    const struct nb *m = t->model;
    const struct lt_data *data = t->data;
    const size_t C = m->n_classes, levels = m->first_level[j + 1] - m->first_level[j];
    double *level = tally->level + m->first_level[j] * C;
    kit_read_codes(&data->column[j], (uint32_t)levels, data->rows ? data->rows + k->begin : 0, k->begin, k->n,
                   k->code);
    for (size_t i = 0; i < k->n; i++)
        if (k->code[i] >= 0)
            level[(size_t)k->code[i] * C + (size_t)data->label[k->begin + i]] +=
                data->weight ? data->weight[k->begin + i] : 1;
}

static void learn_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct training *t = arg;
    const size_t size = t->chunk;
    double *room = t->room + worker * ROOM * size;
    struct chunk k = {.x = room,
                      .read = room + size,
                      .weight = room + 2 * size,
                      .kept = room + 3 * size,
                      .order = (uint32_t *)(room + 4 * size),
                      .code = (int32_t *)(room + 4 * size) + size,
                      .first = (uint32_t *)(room + 5 * size)};
    struct tally tally = tally_at(t, block);
    memset(tally.class_weight, 0, t->width * sizeof(double));
    for (k.begin = begin; k.begin < end && !t->ctx->cancelled(t->ctx); k.begin += size) {
        k.n = end - k.begin < size ? end - k.begin : size;
        sort_chunk(t, &k, &tally);
        for (size_t j = 0; j < t->model->p; j++)
            if (is_category(t->model, j))
                learn_levels(t, j, &k, &tally);
            else if (t->data->column[j].kind != LT_CATEGORY)
                learn_numbers(t, j, &k, &tally);
    }
}

/* All rows, in tally number 0. */
static int learn(struct lt_ctx *ctx, struct training *t)
{
    const size_t n = t->data->n, C = t->model->n_classes;
    t->chunk = C <= 16 ? 1024 : 64 * (C + 1);
    t->width = tally_width(t->model);
    const size_t most = ((size_t)1 << 23) / t->width; /* tallies of 64 MB together, but enough for some threads */
    const size_t rows = kit_block_rows(n, t->chunk, most < 4 ? 4 : most > 64 ? 64 : most);
    const size_t blocks = kit_block_count(n, rows);
    t->tallies = kit_scratch(ctx, blocks, t->width * sizeof *t->tallies);
    t->room = kit_scratch(ctx, ctx->threads * t->chunk, ROOM * sizeof *t->room);
    if (!t->tallies || !t->room)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, n, rows, learn_block, t);
    if (status != LT_OK)
        return status;
    for (size_t b = 1; b < blocks; b++)
        tally_add(t->model, tally_at(t, 0), tally_at(t, b));
    return LT_OK;
}

/* The shares of the classes, unless they were given. */
static void settle_priors(struct nb *m, const struct tally *all)
{
    double total = 0;
    for (uint32_t c = 0; c < m->n_classes; c++)
        total += all->class_weight[c];
    for (uint32_t c = 0; c < m->n_classes && !m->priors_given; c++)
        m->prior[c] = all->class_weight[c] / total;
}

static void settle_levels(struct nb *m, const struct tally *all)
{
    const size_t C = m->n_classes;
    for (size_t j = 0; j < m->p; j++)
        for (size_t c = 0; c < C; c++) {
            const size_t first = m->first_level[j], end = m->first_level[j + 1];
            double weight = 0;
            for (size_t l = first; l < end; l++)
                weight += all->level[l * C + c];
            for (size_t l = first; l < end; l++)
                m->share[l * C + c] =
                    (all->level[l * C + c] + m->alpha) / (weight + m->alpha * (double)(end - first));
        }
}

/* Means and variances from the spreads. A class without a value in a column takes those of the whole column. */
static int settle_numbers(struct lt_ctx *ctx, struct nb *m, const struct lt_column *column,
                          const struct tally *all)
{
    double largest = 0;
    for (size_t j = 0; j < m->p; j++) {
        if (column[j].kind == LT_CATEGORY || !(all->overall[j].weight > 0))
            continue;
        const double var = spread_var(all->overall[j]);
        if (!isfinite(var))
            return ctx->fail(ctx, LT_INVALID, "'%s' has values that are infinite or too large to square; scale it",
                             m->column_name[j]);
        largest = fmax(largest, var);
    }
    const double extra = m->var_smoothing * (largest > 0 ? largest : 1);
    for (size_t j = 0; j < m->p; j++) {
        const int empty = column[j].kind == LT_CATEGORY || !(all->overall[j].weight > 0);
        for (uint32_t c = 0; c < m->n_classes; c++) {
            const size_t at = j * m->n_classes + c;
            const struct spread s = all->in_class[at].weight > 0 ? all->in_class[at] : all->overall[j];
            m->mean[at] = empty ? NAN : s.mean;
            m->var[at] = empty ? NAN : spread_var(s) + extra;
            if (m->var[at] <= 0)
                return ctx->fail(ctx, LT_NUMERIC,
                                 "'%s' is constant in class '%s', so its density has no width; set var_smoothing "
                                 "above 0",
                                 m->column_name[j], m->class_name[c]);
        }
    }
    return LT_OK;
}

/* Of these rows, and of those before: sums that were kept, or NULL. Cancelled, nothing of the model has changed. */
static int learn_rows(struct lt_ctx *ctx, struct nb *m, const struct lt_data *data)
{
    struct training t = {.ctx = ctx, .model = m, .data = data};
    int status = learn(ctx, &t);
    if (status != LT_OK)
        return status;
    const struct tally all = tally_at(&t, 0);
    if (m->sums)
        tally_add(m, all, tally_of(m, m->sums));
    for (size_t i = 0; i < m->p * m->n_classes + m->p; i++) /* rounding; overall comes right after */
        all.in_class[i].m2 = all.in_class[i].m2 < 0 ? 0 : all.in_class[i].m2;
    double *sums = m->sums ? m->sums : kit_alloc_f64(ctx, t.width);
    if (!sums)
        return LT_MEMORY;
    m->sums = sums;
    memcpy(sums, all.class_weight, t.width * sizeof *sums);
    status = settle_numbers(ctx, m, data->column, &all);
    if (status != LT_OK)
        return status;
    settle_levels(m, &all);
    settle_priors(m, &all);
    nb_prepare(m);
    return LT_OK;
}

static int nb_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct nb *m = model;
    (void)units;
    if (m->taken)
        return LT_DONE;
    const int status = learn_rows(ctx, m, data);
    if (status != LT_OK)
        return status;
    m->taken = 1;
    return LT_DONE;
}

/* The sums of more rows are added to those of the rows before: the model is that of all of them. */
static int nb_update(struct lt_ctx *ctx, void *model, const struct lt_data *data)
{
    struct nb *m = model;
    int status = prior_check_more(ctx, data, m->p, m->n_classes);
    if (status == LT_OK && !m->sums)
        status = ctx->fail(ctx, LT_INVALID,
                           "the model is of an older version, without the sums that rows are added "
                           "to; train it again");
    return status == LT_OK && data->n ? learn_rows(ctx, m, data) : status;
}

static int nb_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct nb *)model)->taken;
    *planned = 1;
    return LT_OK;
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

enum { BLOCK = 256 };

struct prediction {
    const struct nb *model;
    const struct lt_data *data;
    struct lt_out *out;
    double *room; /* a worker each: (n_classes + 2) x BLOCK */
};

/* score[c * BLOCK + i] grows by the log density of x[i] in class c; a missing x says nothing. */
NUM_CLONES static void add_numbers(size_t n, const double *x, size_t n_classes, const double *mean,
                                   const double *constant, const double *half_precision, double *score)
{
    for (size_t c = 0; c < n_classes; c++)
        for (size_t i = 0; i < n; i++) {
            const double d = x[i] - mean[c], log_density = constant[c] - half_precision[c] * d * d;
            score[c * BLOCK + i] += x[i] == x[i] ? log_density : 0;
        }
}

static void add_levels(size_t n, const int32_t *code, size_t n_classes, const double *log_share, double *score)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < n_classes && code[i] >= 0; c++)
            score[c * BLOCK + i] += log_share[(size_t)code[i] * n_classes + c];
}

/* exp(score) over its sum, with the largest score taken out first. Where no class has any density left (a value
 * beyond all reach) the priors are all that is known. */
static void scores_to_proba(const struct nb *m, size_t n, double *score, double *most, double *proba)
{
    const size_t C = m->n_classes;
    for (size_t i = 0; i < n; i++)
        most[i] = -INFINITY;
    for (size_t c = 0; c < C; c++)
        for (size_t i = 0; i < n; i++)
            most[i] = score[c * BLOCK + i] > most[i] ? score[c * BLOCK + i] : most[i];
    for (size_t i = 0; i < n; i++)
        if (most[i] == -INFINITY) {
            for (size_t c = 0; c < C; c++)
                score[c * BLOCK + i] = m->log_prior[c];
            most[i] = 0;
        }
    for (size_t c = 0; c < C; c++) {
        for (size_t i = 0; i < n; i++)
            score[c * BLOCK + i] -= most[i];
        vmath_exp(n, score + c * BLOCK, score + c * BLOCK);
    }
    for (size_t i = 0; i < n; i++) {
        double total = 0;
        for (size_t c = 0; c < C; c++)
            total += score[c * BLOCK + i];
        for (size_t c = 0; c < C; c++)
            proba[i * C + c] = score[c * BLOCK + i] / total;
    }
}

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct prediction *job = arg;
    const struct nb *m = job->model;
    const size_t C = m->n_classes, n = end - begin;
    const uint32_t *index = job->data->rows ? job->data->rows + begin : 0;
    double *score = job->room + worker * (C + 2) * BLOCK, *x = score + C * BLOCK, *most = x + BLOCK;
    int32_t code[BLOCK];
    for (size_t c = 0; c < C; c++)
        for (size_t i = 0; i < n; i++)
            score[c * BLOCK + i] = m->log_prior[c];
    for (size_t j = 0; j < m->p; j++) {
        const struct lt_column *column = &job->data->column[j];
        if (is_category(m, j)) {
            kit_read_codes(column, (uint32_t)(m->first_level[j + 1] - m->first_level[j]), index, begin, n, code);
            add_levels(n, code, C, m->log_share + m->first_level[j] * C, score);
        } else if (!isnan(m->mean[j * C])) {
            kit_read_column(column, index, begin, n, x);
            add_numbers(n, x, C, m->mean + j * C, m->constant + j * C, m->half_precision + j * C, score);
        }
    }
    scores_to_proba(m, n, score, most, job->out->proba + begin * C);
}

static int nb_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct nb *m = model;
    struct prediction job = {m, data, out,
                             kit_scratch(ctx, ctx->threads, (m->n_classes + 2) * BLOCK * sizeof(double))};
    return job.room ? kit_blocks(ctx, data->n, BLOCK, predict_block, &job) : LT_MEMORY;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

static void describe_numbers(struct lt_ctx *ctx, const struct nb *m)
{
    static const char *const columns[] = {"class:text", "feature:text", "mean:real", "sd:real"};
    ctx->emit_table(ctx, "centres", "Numeric columns within each class", columns, 4);
    for (uint32_t c = 0; c < m->n_classes; c++)
        for (size_t j = 0; j < m->p; j++) {
            const size_t at = j * m->n_classes + c;
            const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CTEXT(m->column_name[j]),
                                          kit_cell(m->mean[at]), kit_cell(sqrt(m->var[at]))};
            if (!is_category(m, j))
                ctx->emit_row(ctx, row);
        }
}

static void describe_levels(struct lt_ctx *ctx, const struct nb *m)
{
    static const char *const columns[] = {"class:text", "feature:text", "level:text", "share:percent"};
    ctx->emit_table(ctx, "levels", "Levels of the category columns within each class", columns, 4);
    for (uint32_t c = 0; c < m->n_classes; c++)
        for (size_t j = 0; j < m->p; j++)
            for (size_t l = m->first_level[j]; l < m->first_level[j + 1]; l++) {
                const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CTEXT(m->column_name[j]),
                                              LT_CTEXT(m->level_name[l]),
                                              LT_CREAL(m->share[l * m->n_classes + c])};
                ctx->emit_row(ctx, row);
            }
}

static int nb_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"class:text", "prior:percent"};
    const struct nb *m = model;
    ctx->emit_table(ctx, "priors", "Probabilities of the classes before anything is seen", columns, 2);
    for (uint32_t c = 0; c < m->n_classes; c++) {
        const struct lt_cell row[] = {LT_CTEXT(m->class_name[c]), LT_CREAL(m->prior[c])};
        ctx->emit_row(ctx, row);
    }
    size_t categories = 0;
    for (size_t j = 0; j < m->p; j++)
        categories += is_category(m, j) != 0;
    if (categories < m->p)
        describe_numbers(ctx, m);
    if (categories)
        describe_levels(ctx, m);
    return LT_OK;
}

static int nb_save(struct lt_ctx *ctx, const void *model)
{
    const struct nb *m = model;
    int status = kit_put_f64(ctx, "prior", m->prior, m->n_classes, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "mean", m->mean, m->p, m->n_classes);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "variance", m->var, m->p, m->n_classes);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "share", m->share, m->first_level[m->p], m->n_classes);
    if (status == LT_OK && m->sums)
        status = kit_put_f64(ctx, "sums", m->sums, tally_width(m), 0);
    return status;
}

/* Sums are finite; weights and sums of squares are not negative. Older files have none. */
static int load_sums(struct lt_ctx *ctx, struct nb *m)
{
    struct lt_tensor tensor = {0};
    const size_t width = tally_width(m), weights = m->n_classes * (1 + m->first_level[m->p]);
    if (ctx->get_tensor(ctx, "sums", LT_T_F64, 1, &tensor) != LT_OK)
        return LT_OK;
    m->sums = kit_alloc_f64(ctx, width);
    if (!m->sums)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "sums", m->sums, width, 0);
    for (size_t i = 0; status == LT_OK && i < width; i++) {
        const int is_mean = i >= weights && (i - weights) % 3 == 1;
        if (!isfinite(m->sums[i]) || (!is_mean && m->sums[i] < 0))
            status = ctx->fail(ctx, LT_INVALID, "the model's sums are no sums; the file is damaged");
    }
    return status;
}

static int nb_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct nb *m = nb_new(ctx, params, info->column, info->p, info->n_classes, info->class_names);
    if (!m)
        return LT_MEMORY;
    int status = kit_get_f64(ctx, "prior", m->prior, m->n_classes, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "mean", m->mean, m->p, m->n_classes);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "variance", m->var, m->p, m->n_classes);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "share", m->share, m->first_level[m->p], m->n_classes);
    if (status == LT_OK)
        status = load_sums(ctx, m);
    if (status != LT_OK) {
        nb_free(m);
        return status;
    }
    m->priors_given = !params->v[PRIORS].is_none;
    nb_prepare(m);
    m->taken = 1;
    *model = m;
    return LT_OK;
}

const struct lt_algo bayes_nb = {
    LT_HEADER(1),
    .id = "nb",
    .name = "Naive Bayes",
    .version = "1",
    .summary = "Weighs each column's evidence as if columns were independent within a class",
    .doc =
        "Bayes' rule turns how likely a row is in each class into how likely each class is for the row:\n\n"
        "    P(class | x) = P(class) * prod_j P(x_j | class) / sum over all classes\n\n"
        "The naive part is the product: within a class the columns are taken as independent. They seldom are; the "
        "order of the classes is often right all the same, while the probabilities come out too sure.\n\n"
        "Numeric columns have a normal density, with the class's own mean and variance:\n\n"
        "    P(x_j | c) = exp(-(x_j - m_jc)^2 / (2 s_jc^2)) / sqrt(2 pi s_jc^2)\n\n"
        "where s^2 is the variance plus `var_smoothing` times the largest variance of all numeric columns. "
        "Category "
        "columns have a table of smoothed shares, over the column's L levels:\n\n"
        "    P(level | c) = (rows of c with the level + alpha) / (rows of c + alpha L)\n\n"
        "Both kinds mix freely, because each column only contributes one factor. A missing value contributes "
        "none: "
        "it is left out of the sums in training and of the product in prediction, so nothing has to be imputed. A "
        "class that has no value at all in a column takes the mean and variance of the whole column. Training is "
        "one pass over the table, and more rows can be learned later (`update`): the model is then that of all of "
        "them.",
    .reference =
        "Hand and Yu, Idiot's Bayes: not so stupid after all?, International Statistical Review 69 (2001)",
    .tasks = LT_CLASSIFY,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = nb_params,
    .unit = "pass",
    .check = nb_check,
    .begin = nb_begin,
    .step = nb_step,
    .predict = nb_predict,
    .describe = nb_describe,
    .save = nb_save,
    .load = nb_load,
    .free = nb_free,
    .units = nb_units,
    .update = nb_update,
};

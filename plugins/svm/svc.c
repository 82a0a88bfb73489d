/* svc: support vector classification, with C (svm) and with nu (nusvm). Each pair of classes is a problem of its
 * own; all share the kernel rows of one set of points, which lie class after class. */
#include "plugins/svm/svm.h"

#include "plugins/kit/kit.h"
#include "plugins/svm/machine.h"
#include "plugins/svm/options.h"
#include "plugins/svm/platt.h"
#include "plugins/svm/solve.h"

enum { STRENGTH = N_KERNEL_PARAMS, PROBABILITY, N_PARAMS }; /* STRENGTH: C or nu */
enum { FOLDS = 5, CHUNK_VALUES = 1 << 18 };

#define PROBABILITY_PARAM                                                                                         \
    {                                                                                                             \
        .name = "probability", .type = LT_BOOL, .def = "no",                                                      \
        .doc =                                                                                                    \
            "Whether probabilities are calibrated by five more fits (Platt); otherwise they only rank, by the "   \
            "decision value"                                                                                      \
    }

static const struct lt_param svc_params[N_PARAMS] = {
    KERNEL_PARAMS,
    [STRENGTH] = {.name = "C",
                  .aliases = "c,cost",
                  .type = LT_REAL,
                  .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
                  .def = "1",
                  .min = 0,
                  .max = 1e9,
                  .doc = "What a row on the wrong side costs: small is smooth, large follows the rows"},
    [PROBABILITY] = PROBABILITY_PARAM,
};

static const struct lt_param nusvc_params[N_PARAMS] = {
    KERNEL_PARAMS,
    [STRENGTH] = {.name = "nu",
                  .type = LT_REAL,
                  .flags = LT_OPEN_MIN | LT_TUNE,
                  .def = "0.5",
                  .min = 0,
                  .max = 1,
                  .doc = "At most this share of the rows lies inside the margin, at least this share are support "
                         "vectors"},
    [PROBABILITY] = PROBABILITY_PARAM,
};

/* What training needs and prediction doesn't. A row of class c has k - 1 places in coef and held_out, as in the
 * machine. */
struct training {
    struct points points; /* rows with a weight, class after class */
    struct rows rows;
    struct solve solve;
    size_t n, *start; /* n points; where each class begins, and where the last ends */
    uint32_t *order;  /* n: which rows of the table they are */
    double *limit;    /* n: C times the weight */
    double tol, nu;   /* nu: 0 for C */
    double *coef;     /* (k - 1) x n */
    double *rho;      /* pairs */
    bool folds, done; /* folds: the problems now are those of cross-validation */
    uint8_t *fold;    /* n, with probability */
    double *held_out; /* (k - 1) x n: decision values of rows that weren't trained on */
    uint64_t max_iter;
};

struct svc {
    size_t n_classes, k; /* k: the classes that occur */
    int32_t *present;    /* k */
    bool calibrate;      /* sigmoids are wanted; they are there once sigmoid isn't NULL */
    struct sigmoid *sigmoid;
    struct machine machine;
    uint64_t steps, iterations;
    double gap;
    char **name, **class_name;
    struct training *training; /* NULL after load */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    solve_free(&t->solve);
    rows_free(&t->rows);
    points_free(&t->points);
    free(t->start);
    free(t->order);
    free(t->limit);
    free(t->coef);
    free(t->rho);
    free(t->fold);
    free(t->held_out);
    free(t);
}

static void svc_free(void *model)
{
    struct svc *m = model;
    if (!m)
        return;
    training_free(m->training);
    machine_free(&m->machine);
    free(m->present);
    free(m->sigmoid);
    free(m->name);
    free(m->class_name);
    free(m);
}

static struct svc *svc_new(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_column *column,
                           size_t p, const char *const *class_names, size_t n_classes)
{
    struct svc *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->n_classes = n_classes;
    m->calibrate = kit_bool(params, PROBABILITY);
    m->present = kit_alloc(ctx, n_classes, sizeof *m->present);
    m->name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (m->present && m->name && m->class_name)
        return m;
    svc_free(m);
    return NULL;
}

static struct training *training_new(struct lt_ctx *ctx, size_t n, size_t k, bool calibrate)
{
    struct training *t = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return NULL;
    t->n = n;
    t->start = kit_alloc(ctx, k + 1, sizeof *t->start);
    t->order = kit_alloc(ctx, n, sizeof *t->order);
    t->limit = kit_alloc_f64(ctx, n);
    t->coef = kit_alloc(ctx, k - 1, n * sizeof *t->coef);
    t->rho = kit_alloc_f64(ctx, k * (k - 1) / 2);
    t->fold = kit_alloc(ctx, n, 1);
    t->held_out = calibrate ? kit_alloc(ctx, k - 1, n * sizeof *t->held_out) : NULL;
    if (t->start && t->order && t->limit && t->coef && t->rho && t->fold && (t->held_out || !calibrate))
        return t;
    training_free(t);
    return NULL;
}

/* ---- problems: pairs of classes, of all rows or without a fold ---------------------------------------------- */

struct pair {
    size_t a, b;   /* classes, a < b; b is the positive one */
    size_t out[2]; /* where a's rows have their coefficient against b, and b's against a */
    size_t number;
    int fold; /* which is held out; -1: none */
};

static struct pair pair_of(const struct svc *m, size_t index)
{
    struct pair q = {.fold = -1};
    if (m->training->folds) {
        q.fold = (int)(index % FOLDS);
        index /= FOLDS;
    }
    q.number = index;
    for (q.a = 0; index >= m->k - 1 - q.a; q.a++)
        index -= m->k - 1 - q.a;
    q.b = q.a + 1 + index;
    q.out[0] = q.b - 1;
    q.out[1] = q.a;
    return q;
}

static size_t count_pairs(const struct svc *m)
{
    return m->k * (m->k - 1) / 2;
}

static size_t count_problems(const struct svc *m)
{
    return count_pairs(m) * (m->training->folds ? FOLDS : 1);
}

/* nu machines start with their sums in the first rows of each class. */
static void spread_sum(struct smo *smo, double nu)
{
    const size_t n[2] = {smo->span[0].n, smo->span[1].n};
    double weight[2] = {0, 0};
    for (size_t t = 0; t < smo->n; t++)
        weight[t >= n[0]] += smo->limit[t];
    const double total = fmin(nu * (weight[0] + weight[1]) / 2, fmin(weight[0], weight[1]));
    for (size_t s = 0, t = 0; s < 2; s++) {
        double left = total;
        for (const size_t end = t + n[s]; t < end; t++) {
            smo->b[t] = smo->span[s].sign * fmin(left, smo->limit[t]);
            left -= fmin(left, smo->limit[t]);
        }
    }
}

static int make_pair(struct lt_ctx *ctx, void *arg, size_t index, struct smo *smo)
{
    const struct svc *m = arg;
    const struct training *t = m->training;
    const struct pair q = pair_of(m, index);
    const struct smo_span span[2] = {{t->start[q.a], t->start[q.a + 1] - t->start[q.a], -1},
                                     {t->start[q.b], t->start[q.b + 1] - t->start[q.b], 1}};
    const int status = smo_new(ctx, smo, span, 2, solve_room(&t->rows, count_problems(m)));
    if (status != LT_OK)
        return status;
    smo->tol = t->tol;
    smo->grouped = t->nu > 0;
    for (size_t s = 0, v = 0; s < 2; s++)
        for (size_t i = span[s].first; i < span[s].first + span[s].n; i++, v++) {
            smo->limit[v] = t->fold[i] == q.fold ? 0 : t->limit[i];
            smo->g[v] = t->nu > 0 ? 0 : span[s].sign;
        }
    if (t->nu > 0)
        spread_sum(smo, t->nu);
    smo_start(smo, t->nu == 0);
    return LT_OK;
}

/* Decision values of the fold that was held out: f = target - g - rho. */
static void take_held_out(struct training *t, const struct pair *q, const struct smo *smo, double rho,
                          double scale)
{
    for (size_t s = 0, v = 0; s < 2; s++)
        for (size_t i = smo->span[s].first; i < smo->span[s].first + smo->span[s].n; i++, v++)
            if (t->fold[i] == q->fold)
                t->held_out[q->out[s] * t->n + i] =
                    ((t->nu > 0 ? 0 : smo->span[s].sign) - smo->g[v] - rho) / scale;
}

static int look_at_pair(struct lt_ctx *ctx, void *arg, size_t index, const struct smo *smo, bool done)
{
    struct svc *m = arg;
    struct training *t = m->training;
    const struct pair q = pair_of(m, index);
    double scale, rho = smo_rho(smo, &scale);
    (void)ctx;
    scale = scale > 0 && t->nu > 0 ? scale : 1;
    if (q.fold >= 0) {
        if (done)
            take_held_out(t, &q, smo, rho, scale);
        return LT_OK;
    }
    t->rho[q.number] = rho / scale;
    for (size_t s = 0, v = 0; s < 2; s++)
        for (size_t i = smo->span[s].first; i < smo->span[s].first + smo->span[s].n; i++, v++)
            t->coef[q.out[s] * t->n + i] = smo->b[v] / scale;
    return LT_OK;
}

static void begin_problems(struct svc *m)
{
    struct training *t = m->training;
    const struct solve_list list = {count_problems(m), make_pair, look_at_pair, m};
    solve_begin(&t->solve, &t->rows, &list, t->max_iter);
}

/* ---- check and begin ---------------------------------------------------------------------------------------- */

static int svc_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const int status = options_check(ctx, params, data);
    return status == LT_OK ? kit_need_classes(ctx, data) : status;
}

/* The classes that occur with a weight, and the points in their order. Rows of a class are dealt to the folds like
 * cards, after shuffling. */
static int sort_rows(struct lt_ctx *ctx, struct svc *m, const struct lt_data *data)
{
    uint32_t *count = kit_scratch(ctx, data->n_classes, sizeof *count);
    int32_t *class_of = kit_scratch(ctx, data->n_classes, sizeof *class_of);
    size_t n = 0;
    if (!count || !class_of)
        return LT_MEMORY;
    memset(count, 0, data->n_classes * sizeof *count);
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0) {
            count[data->label[i]]++;
            n++;
        }
    for (uint32_t c = 0; c < data->n_classes; c++) {
        class_of[c] = (int32_t)m->k;
        if (count[c])
            m->present[m->k++] = (int32_t)c;
    }
    if (m->k < 2)
        return ctx->fail(ctx, LT_INVALID, "at least two classes with some weight are needed");
    struct training *t = m->training = training_new(ctx, n, m->k, m->calibrate);
    if (!t)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++)
        t->start[c + 1] = t->start[c] + count[m->present[c]];
    memset(count, 0, data->n_classes * sizeof *count);
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0)
            t->order[t->start[class_of[data->label[i]]] + count[data->label[i]]++] = (uint32_t)i;
    return LT_OK;
}

static int deal_folds(struct lt_ctx *ctx, struct svc *m)
{
    struct training *t = m->training;
    uint32_t *deck = kit_scratch(ctx, t->n, sizeof *deck);
    if (!deck)
        return LT_MEMORY;
    for (size_t i = 0; i < t->n; i++)
        deck[i] = (uint32_t)i;
    for (size_t c = 0; c < m->k; c++) {
        uint32_t *hand = deck + t->start[c];
        const uint32_t n = (uint32_t)(t->start[c + 1] - t->start[c]);
        for (uint32_t i = n; i > 1; i--) {
            const uint32_t j = lt_below(ctx->seed, 0x5f01d + c, i, i), card = hand[i - 1];
            hand[i - 1] = hand[j];
            hand[j] = card;
        }
        for (uint32_t i = 0; i < n; i++)
            t->fold[hand[i]] = (uint8_t)(i % FOLDS);
    }
    return LT_OK;
}

/* nu may not ask for more support vectors of a class than it has rows. */
static int check_nu(struct lt_ctx *ctx, const struct svc *m)
{
    const struct training *t = m->training;
    double *weight = kit_scratch_f64(ctx, m->k);
    if (!weight)
        return LT_MEMORY;
    for (size_t c = 0; c < m->k; c++) {
        weight[c] = 0;
        for (size_t i = t->start[c]; i < t->start[c + 1]; i++)
            weight[c] += t->limit[i];
    }
    for (size_t a = 0; a < m->k; a++)
        for (size_t b = a + 1; b < m->k; b++) {
            const double most = 2 * fmin(weight[a], weight[b]) / (weight[a] + weight[b]);
            if (t->nu > most * (1 + 1e-12))
                return ctx->fail(
                    ctx, LT_INVALID,
                    "nu=%g is more than the classes '%s' and '%s' allow, which are of different size; "
                    "take %.3g or less",
                    t->nu, m->class_name[m->present[a]], m->class_name[m->present[b]], floor(most * 1000) / 1000);
        }
    return LT_OK;
}

static int start_training(struct lt_ctx *ctx, struct svc *m, const struct lt_params *params,
                          const struct lt_data *data, bool nu)
{
    int status = sort_rows(ctx, m, data);
    if (status != LT_OK)
        return status;
    struct training *t = m->training;
    const double strength = kit_real(params, STRENGTH);
    t->nu = nu ? strength : 0;
    t->tol = kit_real(params, TOL);
    t->max_iter = options_max_iter(params, t->n);
    memset(t->fold, FOLDS, t->n);
    for (size_t i = 0; i < t->n; i++)
        t->limit[i] = (nu ? 1 : strength) * (data->weight ? data->weight[t->order[i]] : 1);
    status = nu ? check_nu(ctx, m) : LT_OK;
    if (status == LT_OK)
        status = points_new(ctx, &t->points, t->n, data->p);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < t->n; i++)
        points_put(&t->points, i, data->x64 + t->order[i] * data->ld);
    status = rows_new(ctx, &t->rows, &m->machine.kernel, &t->points, kit_real(params, CACHE_SIZE));
    if (status == LT_OK)
        begin_problems(m);
    return status;
}

static int publish(struct lt_ctx *ctx, struct svc *m);

static int begin_any(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model,
                     bool nu)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct svc *m = svc_new(ctx, params, data->column, data->p, data->class_names, data->n_classes);
    if (!m)
        return LT_MEMORY;
    options_kernel(params, data, &m->machine.kernel);
    status = start_training(ctx, m, params, data, nu);
    if (status == LT_OK)
        status = publish(ctx, m);
    if (status != LT_OK) {
        svc_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int svc_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data, void **model)
{
    return begin_any(ctx, params, data, model, false);
}

static int nusvc_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                       void **model)
{
    return begin_any(ctx, params, data, model, true);
}

/* ---- step --------------------------------------------------------------------------------------------------- */

/* The points that have a coefficient become the support vectors of the machine. */
static int publish(struct lt_ctx *ctx, struct svc *m)
{
    const struct training *t = m->training;
    uint8_t *support = kit_scratch(ctx, t->n, 1);
    struct machine machine = {.kernel = m->machine.kernel};
    size_t n = 0, v = 0;
    if (!support)
        return LT_MEMORY;
    for (size_t i = 0; i < t->n; i++) {
        support[i] = 0;
        for (size_t o = 0; o < m->k - 1; o++)
            support[i] |= t->coef[o * t->n + i] != 0;
        n += support[i];
    }
    int status = machine_new(ctx, &machine, t->points.p, m->k, n);
    if (status != LT_OK)
        return status;
    for (size_t c = 0; c < m->k; c++)
        for (size_t i = t->start[c]; i < t->start[c + 1]; i++) {
            if (!support[i])
                continue;
            for (size_t o = 0; o < m->k - 1; o++)
                machine.coef[o * n + v] = t->coef[o * t->n + i];
            points_get(&t->points, i, machine.vector + v * machine.p);
            machine.row[v++] = t->order[i];
            machine.count[c]++;
        }
    memcpy(machine.rho, t->rho, machine.n_outputs * sizeof *t->rho);
    status = machine_finish(ctx, &machine);
    if (status != LT_OK)
        return status;
    machine_free(&m->machine);
    m->machine = machine;
    return LT_OK;
}

/* A sigmoid for each pair, from what was held out. */
static int calibrate(struct lt_ctx *ctx, struct svc *m, const double *weight)
{
    const struct training *t = m->training;
    struct sigmoid *sigmoid = kit_alloc(ctx, count_pairs(m), sizeof *sigmoid);
    double *f = kit_scratch_f64(ctx, t->n), *w = kit_scratch_f64(ctx, t->n);
    uint8_t *positive = kit_scratch(ctx, t->n, 1);
    if (!sigmoid || !f || !w || !positive) {
        free(sigmoid);
        return LT_MEMORY;
    }
    m->training->folds = false; /* pair_of counts whole pairs again */
    for (size_t index = 0; index < count_pairs(m); index++) {
        const struct pair q = pair_of(m, index);
        const size_t class[2] = {q.a, q.b};
        size_t n = 0;
        for (size_t s = 0; s < 2; s++)
            for (size_t i = t->start[class[s]]; i < t->start[class[s] + 1]; i++, n++) {
                f[n] = t->held_out[q.out[s] * t->n + i];
                w[n] = weight ? weight[t->order[i]] : 1;
                positive[n] = (uint8_t)s;
            }
        sigmoid[index] = platt_fit(n, f, positive, weight ? w : NULL);
    }
    m->sigmoid = sigmoid;
    return LT_OK;
}

/* After the last problem of a list: the folds, or the end. LT_MORE or LT_DONE, or a failure. */
static int next_list(struct lt_ctx *ctx, struct svc *m, const struct lt_data *data)
{
    struct training *t = m->training;
    int status = LT_OK;
    if (!t->folds) {
        m->iterations = t->solve.iterations;
        m->gap = t->solve.worst_gap;
        if (t->solve.cut_short)
            ctx->note(
                ctx, LT_WARNING,
                "the optimum was not reached in %llu iterations; raise max_iter, or lower C or scale the columns",
                (unsigned long long)t->max_iter);
    }
    solve_free(&t->solve);
    if (m->calibrate && !t->folds) {
        status = deal_folds(ctx, m);
        t->folds = true;
        begin_problems(m);
        return status == LT_OK ? LT_MORE : status;
    }
    if (m->calibrate)
        status = calibrate(ctx, m, data->weight);
    t->done = status == LT_OK;
    return status == LT_OK ? LT_DONE : status;
}

static int svc_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct svc *m = model;
    struct training *t = m->training;
    const uint64_t before = m->steps;
    int status = !t || t->done ? LT_DONE : LT_MORE;
    while (status == LT_MORE && m->steps - before < units) {
        double gap = 0;
        const bool folds = t->folds;
        status = solve_step(ctx, &t->solve, &gap);
        if (status < 0)
            break;
        if (!folds)
            m->gap = gap;
        m->steps++;
        ctx->metric(ctx, folds ? "gap_folds" : "gap", m->steps, gap);
        if (status == LT_DONE)
            status = next_list(ctx, m, data);
    }
    if ((status >= 0 || status == LT_CANCELLED) && m->steps > before) {
        const int published = publish(ctx, m);
        if (published != LT_OK)
            return published;
    }
    if (status == LT_DONE && t) { /* predictions need none of it */
        training_free(t);
        m->training = NULL;
    }
    return status;
}

static int svc_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct svc *m = model;
    *taken = m->steps;
    *planned = m->training ? 0 : m->steps;
    return LT_OK;
}

/* ---- predict ------------------------------------------------------------------------------------------------ */

/* Votes of the pairs, each class's and, to tell equal ones apart, its mean distance; as shares that add up to
 * 1. */
static void vote(const struct svc *m, const double *f, double *p)
{
    const size_t k = m->k;
    double *votes = p, total = 0, most = -INFINITY;
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        votes[c] = 0;
        for (size_t other = 0; other < k; other++)
            if (other != c) {
                const double for_c = c > other ? f[machine_pair(k, other, c)] : -f[machine_pair(k, c, other)];
                sum += for_c;
                votes[c] += for_c > 0 || (for_c == 0 && c < other);
            }
        votes[c] += sum / (3 * (fabs(sum) + 1));
        most = fmax(most, votes[c]);
    }
    for (size_t c = 0; c < k; c++)
        total += p[c] = exp(votes[c] - most);
    for (size_t c = 0; c < k; c++)
        p[c] /= total;
}

static double clipped(double p)
{
    return p < 1e-7 ? 1e-7 : p > 1 - 1e-7 ? 1 - 1e-7 : p;
}

/* f of the pairs becomes p of the classes that occur; work has room for 2 k^2 + k. */
static void probabilities(const struct svc *m, const double *f, double *p, double *work)
{
    const size_t k = m->k;
    if (k == 2) {
        const struct sigmoid plain = {-2, 0};
        p[1] = platt_probability(m->sigmoid ? m->sigmoid[0] : plain, f[0]);
        p[0] = 1 - p[1];
    } else if (!m->sigmoid)
        vote(m, f, p);
    else {
        for (size_t a = 0; a < k; a++)
            for (size_t b = a + 1; b < k; b++) {
                const size_t i = machine_pair(k, a, b);
                work[b * k + a] = clipped(platt_probability(m->sigmoid[i], f[i]));
                work[a * k + b] = 1 - work[b * k + a];
            }
        platt_couple(k, work, p, work + k * k);
    }
}

static int svc_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct svc *m = model;
    const size_t outputs = m->machine.n_outputs, rows = CHUNK_VALUES / outputs / 64 * 64 + 64;
    double *f = kit_scratch(ctx, rows < data->n ? rows : data->n, outputs * sizeof *f);
    double *p = kit_scratch_f64(ctx, m->k), *work = kit_scratch_f64(ctx, 2 * m->k * m->k + m->k);
    if (!f || !p || !work)
        return LT_MEMORY;
    memset(out->proba, 0, data->n * m->n_classes * sizeof *out->proba);
    for (size_t begin = 0; begin < data->n; begin += rows) {
        struct lt_data chunk = *data;
        chunk.x64 += begin * data->ld;
        chunk.n = data->n - begin < rows ? data->n - begin : rows;
        const int status = machine_apply(ctx, &m->machine, &chunk, f);
        if (status != LT_OK)
            return status;
        for (size_t i = 0; i < chunk.n; i++) {
            probabilities(m, f + i * outputs, p, work);
            for (size_t c = 0; c < m->k; c++)
                out->proba[(begin + i) * m->n_classes + (size_t)m->present[c]] = p[c];
        }
    }
    return LT_OK;
}

/* ---- what there is to see ----------------------------------------------------------------------------------- */

static void show_classes(struct lt_ctx *ctx, const struct svc *m)
{
    static const char *const columns[] = {"class:text", "support vectors:int", "share:percent"};
    ctx->emit_table(ctx, "support", "Support vectors", columns, 3);
    for (size_t c = 0; c < m->k; c++) {
        struct lt_cell cells[] = {
            LT_CTEXT(m->class_name[m->present[c]]), LT_CINT(m->machine.count[c]),
            LT_CREAL((double)m->machine.count[c] / (double)(m->machine.n ? m->machine.n : 1))};
        ctx->emit_row(ctx, cells);
    }
}

/* A linear kernel's two classes are told apart by a plain weighted sum. */
static int show_weights(struct lt_ctx *ctx, const struct svc *m)
{
    static const char *const columns[] = {"term:text", "estimate:real"};
    double *w = kit_scratch_f64(ctx, m->machine.p);
    if (!w)
        return LT_MEMORY;
    machine_weights(&m->machine, w);
    ctx->emit_table(ctx, "coefficients", "Weights of the columns", columns, 2);
    struct lt_cell constant[] = {LT_CTEXT("(Intercept)"), LT_CREAL(-m->machine.rho[0])};
    ctx->emit_row(ctx, constant);
    for (size_t j = 0; j < m->machine.p; j++) {
        struct lt_cell cells[] = {LT_CTEXT(m->name[j]), LT_CREAL(w[j])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int svc_describe(struct lt_ctx *ctx, const void *model)
{
    const struct svc *m = model;
    kit_summary(ctx);
    kit_statistic(ctx, "support vectors", (double)m->machine.n);
    kit_statistic(ctx, "pairs of classes", (double)count_pairs(m));
    kit_statistic(ctx, "gamma", m->machine.kernel.shape == KERNEL_LINEAR ? NAN : m->machine.kernel.gamma);
    kit_statistic(ctx, "iterations", (double)m->iterations);
    kit_statistic(ctx, "gap", m->gap);
    if (m->k == 2) {
        kit_statistic(ctx, "rho", m->machine.rho[0]);
        kit_statistic(ctx, "slope of the probability", m->sigmoid ? -m->sigmoid[0].slope : NAN);
        kit_statistic(ctx, "offset of the probability", m->sigmoid ? -m->sigmoid[0].offset : NAN);
    }
    show_classes(ctx, m);
    return m->k == 2 && m->machine.kernel.shape == KERNEL_LINEAR ? show_weights(ctx, m) : LT_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static int svc_save(struct lt_ctx *ctx, const void *model)
{
    const struct svc *m = model;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "steps", m->steps);
    if (status == LT_OK)
        status = kit_put_count(ctx, "iterations", m->iterations);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "gap", isfinite(m->gap) ? m->gap : -1);
    if (status == LT_OK && m->sigmoid)
        status = kit_put_f64(ctx, "sigmoid", &m->sigmoid->slope, count_pairs(m), 2);
    return status == LT_OK ? machine_save(ctx, &m->machine) : status;
}

static int load_classes(struct lt_ctx *ctx, struct svc *m)
{
    struct lt_tensor present;
    int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
    if (status != LT_OK)
        return status;
    m->k = present.shape[0];
    if (m->k < 2 || m->k > m->n_classes)
        return ctx->fail(ctx, LT_INVALID, "the model tells %zu classes apart, not %zu; the file is damaged", m->k,
                         m->n_classes);
    memcpy(m->present, present.data, m->k * sizeof *m->present);
    for (size_t c = 0; c < m->k; c++)
        if (m->present[c] < (c ? m->present[c - 1] + 1 : 0) || (size_t)m->present[c] >= m->n_classes)
            return ctx->fail(ctx, LT_INVALID, "the model has a class %d; the file is damaged", (int)m->present[c]);
    return LT_OK;
}

static int load_sigmoids(struct lt_ctx *ctx, struct svc *m)
{
    struct lt_tensor found;
    if (!m->calibrate || ctx->get_tensor(ctx, "sigmoid", LT_T_F64, 2, &found) != LT_OK)
        return LT_OK; /* saved before the end of its training */
    m->sigmoid = kit_alloc(ctx, count_pairs(m), sizeof *m->sigmoid);
    int status = m->sigmoid ? kit_get_f64(ctx, "sigmoid", &m->sigmoid->slope, count_pairs(m), 2) : LT_MEMORY;
    for (size_t i = 0; status == LT_OK && i < count_pairs(m); i++)
        if (!isfinite(m->sigmoid[i].slope) || !isfinite(m->sigmoid[i].offset))
            status = ctx->fail(ctx, LT_INVALID, "a sigmoid of the model is no number; the file is damaged");
    return status;
}

static int svc_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct svc *m = svc_new(ctx, params, info->column, info->p, info->class_names, info->n_classes);
    if (!m)
        return LT_MEMORY;
    options_shape(params, &m->machine.kernel);
    int status = load_classes(ctx, m);
    if (status == LT_OK)
        status = kit_get_count(ctx, "steps", 0, 1ull << 53, &m->steps);
    if (status == LT_OK)
        status = kit_get_count(ctx, "iterations", 0, 1ull << 53, &m->iterations);
    if (status == LT_OK)
        status = kit_get_real(ctx, "gap", &m->gap);
    if (status == LT_OK)
        status = load_sigmoids(ctx, m);
    if (status == LT_OK)
        status = machine_load(ctx, &m->machine, info->p, m->k, info->n);
    if (status != LT_OK) {
        svc_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- descriptors -------------------------------------------------------------------------------------------- */

#define SVC_REST                                                                                                  \
    .tasks = LT_CLASSIFY, .traits = LT_WANTS_SCALED | LT_WEIGHTS_OK, .layout = LT_ROWS_F64, .n_params = N_PARAMS, \
    .unit = "round", .check = svc_check, .step = svc_step, .predict = svc_predict, .describe = svc_describe,      \
    .save = svc_save, .load = svc_load, .free = svc_free, .units = svc_units

const struct lt_algo svm_svc = {
    LT_HEADER(1),
    .id = "svm",
    .name = "Support vector machine",
    .version = "1",
    .summary = "The widest margin between classes, in the space of a kernel",
    .doc =
        "Two classes, y = -1 and +1, are told apart by the sign of\n\n"
        "    f(x) = sum_i b_i k(x_i, x) - rho\n\n"
        "which is a plane in a space that the kernel k spans and nobody has to write down. Of all planes it is "
        "the "
        "one with the widest margin between the classes, where rows may lie inside at a price:\n\n"
        "    minimise  1/2 |w|^2 + C sum_i w_i max(0, 1 - y_i f(x_i))\n\n"
        "Its dual has one variable a row (b_i = y_i a_i between 0 and C), and most of them are 0 in the end: only "
        "rows "
        "on the margin or beyond, the support vectors, matter. Sequential minimal optimisation changes two of "
        "them at "
        "a time, the pair that gains most; a step here, a round, is 100 such iterations of each open problem (or "
        "what a "
        "working set takes: from 2500 rows on, pairs come from a few hundred rows at a time). `gap` is by "
        "how "
        "much the optimality conditions are violated; training ends below `tol`.\n\n"
        "`rbf` makes rows alike that are near, `gamma` says how near: too large, and every row is alone; too "
        "small, "
        "and it is almost a plane. Tune C and gamma together, on a logarithmic grid. `linear` gives weights of "
        "columns. "
        "With more than two classes there is a machine for each pair, and they vote. Columns are scaled first.\n\n"
        "An SVM says a side, not a probability. With `probability=yes` five further fits give decision values of "
        "rows "
        "that were held out, and a sigmoid turns them into probabilities (pairs are coupled). With "
        "`probability=no` "
        "(the default, as in scikit-learn) what stands in their place is 1 / (1 + exp(-2 f)), and the softmax of "
        "the "
        "votes with more classes: it ranks rows by f, so ROC curves are right and classes are those of f, but it "
        "is "
        "not calibrated.",
    .reference =
        "Cortes and Vapnik, Support-vector networks, Machine Learning 20 (1995); Fan, Chen and Lin, Working "
        "set selection using second order information, JMLR 6 (2005); Platt, Probabilities for SV machines "
        "(2000); Wu, Lin and Weng, Probability estimates for multi-class classification by pairwise "
        "coupling, JMLR 5 (2004)",
    .params = svc_params,
    .begin = svc_begin,
    SVC_REST,
};

const struct lt_algo svm_nusvc = {
    LT_HEADER(1),
    .id = "nusvm",
    .name = "Nu support vector machine",
    .version = "1",
    .summary = "A support vector machine whose share of support vectors is asked for",
    .doc =
        "The support vector machine (see `svm`) in other units: instead of the price C one says nu, a share of "
        "rows. "
        "At most nu of the rows end inside the margin or on the wrong side, and at least nu of them are support "
        "vectors. The margin r becomes a variable:\n\n"
        "    minimise  1/2 |w|^2 - nu r + 1/n sum_i max(0, r - y_i f(x_i))\n\n"
        "and f is divided by r in the end. For each nu there is a C with the same answer. nu can't be more than "
        "twice "
        "the share of the smaller class. Steps, gap and probabilities are those of `svm`.",
    .reference =
        "Schoelkopf, Smola, Williamson and Bartlett, New support vector algorithms, Neural Computation 12 "
        "(2000)",
    .params = nusvc_params,
    .begin = nusvc_begin,
    SVC_REST,
};

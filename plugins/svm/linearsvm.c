/* linearsvm: support vector machines without kernels, for many rows: two classes, or one class against the others
 * for each of them. */
#include "plugins/svm/svm.h"

#include "num/vmath.h"
#include "plugins/kit/kit.h"
#include "plugins/svm/hinge.h"
#include "plugins/svm/platt.h"

enum { C_PARAM, LOSS, FIT_INTERCEPT, TOL, MAX_ITER, PROBABILITY, N_PARAMS };
enum { SQUARED_HINGE, HINGE };
enum { FOLDS = 5, WHOLE = FOLDS }; /* no row is in fold WHOLE */
enum { STEPS_A_CALL = 16 };        /* scratch memory is given back between calls */

static const struct lt_param params[N_PARAMS] = {
    [C_PARAM] = {.name = "C",
                 .aliases = "c,cost",
                 .type = LT_REAL,
                 .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
                 .def = "1",
                 .min = 0,
                 .max = 1e9,
                 .doc = "What a row on the wrong side costs: small is smooth, large follows the rows"},
    [LOSS] = {.name = "loss",
              .type = LT_CHOICE,
              .def = "squared_hinge",
              .choices = "squared_hinge,hinge",
              .doc = "What a row inside the margin costs: the square of its distance to it, or the distance"},
    [FIT_INTERCEPT] = {.name = "fit_intercept",
                       .aliases = "intercept",
                       .type = LT_BOOL,
                       .def = "yes",
                       .doc = "Whether there is a constant; it is penalised like the weights"},
    [TOL] = {.name = "tol",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-4",
             .min = 0,
             .max = 1,
             .doc =
                 "Stop when the gradient is smaller than this share of what it was at the start (hinge: when the "
                 "projected gradients of all rows lie this close together)"},
    [MAX_ITER] = {.name = "max_iter",
                  .aliases = "iterations",
                  .type = LT_INT,
                  .def = "1000",
                  .min = 1,
                  .max = 1e9,
                  .doc = "Most iterations of a class"},
    [PROBABILITY] = {.name = "probability",
                     .type = LT_BOOL,
                     .def = "no",
                     .doc = "Whether probabilities are calibrated by five more fits (Platt); otherwise they only "
                            "rank, by the decision value"},
};

/* What training needs and prediction doesn't. Problem t is class t / FOLDS without fold t % FOLDS, once all
 * classes of all rows are done. */
struct training {
    struct hinge_problem problem;
    struct hinge now;
    bool open, folds;
    size_t next; /* problem */
    uint8_t *fold;
    double *held_out; /* outputs x n */
    uint64_t max_iter;
    size_t cut_short;
};

struct linear {
    size_t n_classes, p, k, n_outputs; /* k: the classes that occur; outputs: 1 for two, else k */
    int32_t *present;                  /* k */
    double *w;                         /* n_outputs x (p + 1), the constant last; two classes: of the second */
    struct sigmoid *sigmoid;           /* n_outputs, or NULL */
    bool calibrate;
    uint64_t steps, iterations;
    char **name, **class_name;
    struct training *training; /* NULL after load, and when training is over */
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct training *t)
{
    if (!t)
        return;
    hinge_free(&t->now);
    free(t->fold);
    free(t->held_out);
    free(t);
}

static void linear_free(void *model)
{
    struct linear *m = model;
    if (!m)
        return;
    training_free(m->training);
    free(m->present);
    free(m->w);
    free(m->sigmoid);
    free(m->name);
    free(m->class_name);
    free(m);
}

static struct linear *linear_new(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_column *column,
                                 size_t p, const char *const *class_names, size_t n_classes)
{
    struct linear *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->n_classes = n_classes;
    m->p = p;
    m->calibrate = kit_bool(given, PROBABILITY);
    m->present = kit_alloc(ctx, n_classes, sizeof *m->present);
    m->w = kit_alloc(ctx, n_classes, (p + 1) * sizeof *m->w);
    m->name = kit_column_names(ctx, column, p);
    m->class_name = kit_class_names(ctx, class_names, n_classes);
    if (m->present && m->w && m->name && m->class_name)
        return m;
    linear_free(m);
    return NULL;
}

/* ---- begin -------------------------------------------------------------------------------------------------- */

static int check(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    (void)given;
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n > UINT32_MAX)
        status =
            ctx->fail(ctx, LT_INVALID, "linearsvm can learn from at most %u rows; train on a sample", UINT32_MAX);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    return status == LT_OK ? kit_need_classes(ctx, data) : status;
}

static int find_classes(struct lt_ctx *ctx, struct linear *m, const struct lt_data *data)
{
    double *weight = kit_scratch_f64(ctx, data->n_classes);
    if (!weight)
        return LT_MEMORY;
    memset(weight, 0, data->n_classes * sizeof *weight);
    for (size_t i = 0; i < data->n; i++)
        weight[data->label[i]] += data->weight ? data->weight[i] : 1;
    for (size_t c = 0; c < data->n_classes; c++)
        if (weight[c] > 0)
            m->present[m->k++] = (int32_t)c;
    m->n_outputs = m->k == 2 ? 1 : m->k;
    return m->k >= 2 ? LT_OK : ctx->fail(ctx, LT_INVALID, "at least two classes with some weight are needed");
}

/* Rows of each class are dealt to the folds in turn, from an order by hash. */
static int deal_folds(struct lt_ctx *ctx, const struct linear *m, const struct lt_data *data, uint8_t *fold)
{
    uint32_t *hand = kit_scratch(ctx, data->n, sizeof *hand);
    if (!hand)
        return LT_MEMORY;
    for (size_t c = 0; c < m->n_classes; c++) {
        uint32_t n = 0;
        for (size_t i = 0; i < data->n; i++)
            if (data->label[i] == (int32_t)c)
                hand[n++] = (uint32_t)i;
        for (uint32_t i = n; i > 1; i--) {
            const uint32_t j = lt_below(ctx->seed, 0x11fea + c, i, i), card = hand[i - 1];
            hand[i - 1] = hand[j];
            hand[j] = card;
        }
        for (uint32_t i = 0; i < n; i++)
            fold[hand[i]] = (uint8_t)(i % FOLDS);
    }
    return LT_OK;
}

static int begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct linear *m = linear_new(ctx, given, data->column, data->p, data->class_names, data->n_classes);
    if (!m)
        return LT_MEMORY;
    status = find_classes(ctx, m, data);
    struct training *t = m->training = status == LT_OK ? kit_alloc(ctx, 1, sizeof *t) : NULL;
    if (t) {
        t->problem = (struct hinge_problem){.intercept = kit_bool(given, FIT_INTERCEPT),
                                            .squared = kit_choice(given, LOSS) == SQUARED_HINGE,
                                            .c = kit_real(given, C_PARAM),
                                            .tol = kit_real(given, TOL),
                                            .held_out = WHOLE};
        t->max_iter = (uint64_t)kit_int(given, MAX_ITER);
        t->fold = m->calibrate ? kit_alloc(ctx, data->n, 1) : NULL;
        t->held_out = m->calibrate ? kit_alloc(ctx, m->n_outputs, data->n * sizeof *t->held_out) : NULL;
        t->problem.fold = t->fold;
        if (m->calibrate)
            status = t->fold && t->held_out ? deal_folds(ctx, m, data, t->fold) : LT_MEMORY;
    } else if (status == LT_OK)
        status = LT_MEMORY;
    if (status != LT_OK) {
        linear_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- step --------------------------------------------------------------------------------------------------- */

/* The output that the open problem is about. */
static size_t output_of(const struct training *t)
{
    return t->folds ? t->next / FOLDS : t->next;
}

static int calibrate(struct lt_ctx *ctx, struct linear *m, const struct lt_data *data)
{
    uint8_t *positive = kit_scratch(ctx, data->n, 1);
    m->sigmoid = kit_alloc(ctx, m->n_outputs, sizeof *m->sigmoid);
    if (!positive || !m->sigmoid)
        return LT_MEMORY;
    for (size_t o = 0; o < m->n_outputs; o++) {
        for (size_t i = 0; i < data->n; i++)
            positive[i] = data->label[i] == m->present[m->k == 2 ? 1 : o];
        m->sigmoid[o] = platt_fit(data->n, m->training->held_out + o * data->n, positive, data->weight);
    }
    return LT_OK;
}

/* A problem is done: its answer is kept, the next is chosen. LT_MORE, LT_DONE or a failure. */
static int next_problem(struct lt_ctx *ctx, struct linear *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t o = output_of(t);
    if (t->folds) {
        double *f = kit_scratch_f64(ctx, data->n);
        const int status = f ? hinge_apply(ctx, data, t->now.w, f) : LT_MEMORY;
        if (status != LT_OK)
            return status;
        for (size_t i = 0; i < data->n; i++)
            if (t->fold[i] == t->problem.held_out)
                t->held_out[o * data->n + i] = f[i];
    } else {
        m->iterations += t->now.iterations;
        t->cut_short += !t->now.solved;
    }
    hinge_free(&t->now);
    t->open = false;
    t->next++;
    if (t->next < m->n_outputs * (t->folds ? FOLDS : 1))
        return LT_MORE;
    if (m->calibrate && !t->folds) {
        t->folds = true;
        t->next = 0;
        return LT_MORE;
    }
    if (t->cut_short)
        ctx->note(ctx, LT_WARNING, "the optimum was not reached in %llu iterations; raise max_iter, or lower C",
                  (unsigned long long)t->max_iter);
    const int status = m->calibrate ? calibrate(ctx, m, data) : LT_OK;
    return status == LT_OK ? LT_DONE : status;
}

static int one_step(struct lt_ctx *ctx, struct linear *m, const struct lt_data *data)
{
    struct training *t = m->training;
    const size_t o = output_of(t);
    int status = LT_OK;
    t->problem.data = data;
    if (!t->open) {
        t->problem.positive = m->present[m->k == 2 ? 1 : o];
        t->problem.held_out = t->folds ? (int)(t->next % FOLDS) : WHOLE;
        status = hinge_new(ctx, &t->now, &t->problem);
        t->open = status == LT_OK;
    }
    if (status == LT_OK)
        status = hinge_advance(ctx, &t->now, &t->problem);
    if (status != LT_OK)
        return status;
    if (!t->folds)
        memcpy(m->w + o * (m->p + 1), t->now.w, (m->p + 1) * sizeof *m->w);
    m->steps++;
    ctx->metric(ctx, t->folds ? "gap_folds" : "gap", m->steps, t->now.violation);
    return t->now.solved || t->now.iterations >= t->max_iter ? next_problem(ctx, m, data) : LT_MORE;
}

static int step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct linear *m = model;
    int status = m->training ? LT_MORE : LT_DONE;
    for (uint64_t i = 0; i < units && i < STEPS_A_CALL && status == LT_MORE; i++)
        status = one_step(ctx, m, data);
    if (status == LT_DONE) {
        training_free(m->training);
        m->training = NULL;
    }
    return status;
}

static int units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct linear *m = model;
    *taken = m->steps;
    *planned = m->training ? 0 : m->steps;
    return LT_OK;
}

/* ---- predict ------------------------------------------------------------------------------------------------ */

static void probabilities(const struct linear *m, const double *f, size_t n, size_t i, double *p)
{
    const struct sigmoid plain = {-2, 0};
    double total = 0;
    if (m->k == 2) {
        p[1] = platt_probability(m->sigmoid ? m->sigmoid[0] : plain, f[i]);
        p[0] = 1 - p[1];
        return;
    }
    if (!m->sigmoid) {
        for (size_t c = 0; c < m->k; c++)
            p[c] = 2 * f[c * n + i];
        vmath_softmax(1, m->k, p, m->k);
        return;
    }
    for (size_t c = 0; c < m->k; c++)
        total += p[c] = platt_probability(m->sigmoid[c], f[c * n + i]);
    for (size_t c = 0; c < m->k; c++)
        p[c] = total > 0 ? p[c] / total : 1 / (double)m->k;
}

static int predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct linear *m = model;
    double *f = kit_scratch(ctx, data->n, m->n_outputs * sizeof *f), *p = kit_scratch_f64(ctx, m->k);
    int status = f && p ? kit_check_finite(ctx, data) : LT_MEMORY;
    for (size_t o = 0; o < m->n_outputs && status == LT_OK; o++)
        status = hinge_apply(ctx, data, m->w + o * (m->p + 1), f + o * data->n);
    if (status != LT_OK)
        return status;
    memset(out->proba, 0, data->n * m->n_classes * sizeof *out->proba);
    for (size_t i = 0; i < data->n; i++) {
        for (size_t o = 0; o < m->n_outputs; o++)
            if (!isfinite(f[o * data->n + i]))
                return ctx->fail(ctx, LT_NUMERIC, "the numbers of row %zu are too large", i + 1);
        probabilities(m, f, data->n, i, p);
        for (size_t c = 0; c < m->k; c++)
            out->proba[i * m->n_classes + (size_t)m->present[c]] = p[c];
    }
    return LT_OK;
}

/* ---- what there is to see ----------------------------------------------------------------------------------- */

static int describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"class:text", "term:text", "estimate:real"};
    const struct linear *m = model;
    const uint32_t first = m->k == 2; /* two classes: no column says which */
    kit_summary(ctx);
    kit_statistic(ctx, "iterations", (double)m->iterations);
    kit_statistic(ctx, "planes", (double)m->n_outputs);
    ctx->emit_table(ctx, "coefficients", "Weights of the columns", columns + first, 3 - first);
    for (size_t o = 0; o < m->n_outputs; o++)
        for (size_t j = 0; j <= m->p; j++) {
            const double w = m->w[o * (m->p + 1) + (j ? j - 1 : m->p)];
            struct lt_cell cells[] = {LT_CTEXT(m->class_name[m->present[m->k == 2 ? 1 : o]]),
                                      LT_CTEXT(j ? m->name[j - 1] : "(Intercept)"), LT_CREAL(w)};
            ctx->emit_row(ctx, cells + first);
        }
    return LT_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static int save(struct lt_ctx *ctx, const void *model)
{
    const struct linear *m = model;
    int status = kit_put_i32(ctx, "present", m->present, m->k, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "weights", m->w, m->n_outputs, m->p + 1);
    if (status == LT_OK)
        status = kit_put_count(ctx, "steps", m->steps);
    if (status == LT_OK)
        status = kit_put_count(ctx, "iterations", m->iterations);
    if (status == LT_OK && m->sigmoid)
        status = kit_put_f64(ctx, "sigmoid", &m->sigmoid->slope, m->n_outputs, 2);
    return status;
}

static int load_classes(struct lt_ctx *ctx, struct linear *m)
{
    struct lt_tensor present;
    const int status = kit_find(ctx, "present", LT_T_I32, 1, &present);
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
    m->n_outputs = m->k == 2 ? 1 : m->k;
    return LT_OK;
}

static int load_numbers(struct lt_ctx *ctx, struct linear *m)
{
    struct lt_tensor found;
    const size_t n = m->n_outputs * (m->p + 1);
    int status = kit_get_f64(ctx, "weights", m->w, m->n_outputs, m->p + 1);
    bool good = true;
    if (status == LT_OK && m->calibrate && ctx->get_tensor(ctx, "sigmoid", LT_T_F64, 2, &found) == LT_OK) {
        m->sigmoid = kit_alloc(ctx, m->n_outputs, sizeof *m->sigmoid);
        status = m->sigmoid ? kit_get_f64(ctx, "sigmoid", &m->sigmoid->slope, m->n_outputs, 2) : LT_MEMORY;
    }
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        good = good && isfinite(m->w[i]);
    for (size_t o = 0; m->sigmoid && o < m->n_outputs; o++)
        good = good && isfinite(m->sigmoid[o].slope) && isfinite(m->sigmoid[o].offset);
    return good ? LT_OK : ctx->fail(ctx, LT_INVALID, "a weight of the model is no number; the file is damaged");
}

static int load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    struct linear *m = linear_new(ctx, given, info->column, info->p, info->class_names, info->n_classes);
    if (!m)
        return LT_MEMORY;
    int status = load_classes(ctx, m);
    if (status == LT_OK)
        status = load_numbers(ctx, m);
    if (status == LT_OK)
        status = kit_get_count(ctx, "steps", 0, 1ull << 53, &m->steps);
    if (status == LT_OK)
        status = kit_get_count(ctx, "iterations", 0, 1ull << 53, &m->iterations);
    if (status != LT_OK) {
        linear_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

const struct lt_algo svm_linear = {
    LT_HEADER(1),
    .id = "linearsvm",
    .name = "Linear support vector machine",
    .version = "1",
    .summary = "The widest margin between classes in the columns themselves, for many rows",
    .doc =
        "Two classes, y = -1 and +1, are told apart by the sign of f(x) = w'x + b, where\n\n"
        "    minimise  1/2 (|w|^2 + b^2) + C sum_i w_i max(0, 1 - y_i f(x_i))^2\n\n"
        "or the same without the square (`loss=hinge`). Rows beyond the margin cost nothing and don't matter, "
        "which "
        "makes it robust where logistic regression looks at all rows. No kernel matrix is needed, so the work "
        "grows "
        "with the rows, not their square.\n\n"
        "The squared hinge is smooth enough for Newton's method: the Hessian is 1 + 2C X'X of the rows inside the "
        "margin, and a handful of iterations reach the optimum (with more than 1200 columns the equations are "
        "solved by conjugate gradients). The hinge is solved in its dual, a row at a time, in random order; a "
        "step "
        "is then a pass over all rows. As in LIBLINEAR, the constant is penalised like the weights; `svm "
        "kernel=linear` doesn't do that. With more than two classes each is told apart from all others. "
        "Probabilities are as in `svm`: calibrated with `probability=yes`, else they only rank.",
    .reference =
        "Keerthi and DeCoste, A modified finite Newton method for fast solution of large scale linear SVMs, "
        "JMLR 6 (2005); Hsieh, Chang, Lin, Keerthi and Sundararajan, A dual coordinate descent method for "
        "large-scale linear SVM, ICML (2008)",
    .tasks = LT_CLASSIFY,
    .traits = LT_WANTS_SCALED | LT_WEIGHTS_OK,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "iteration",
    .check = check,
    .begin = begin,
    .step = step,
    .predict = predict,
    .describe = describe,
    .save = save,
    .load = load,
    .free = linear_free,
    .units = units,
};

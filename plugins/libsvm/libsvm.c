/* libsvm: the LIBSVM library, asked to learn and to predict; nothing is learned here. A step is its whole training,
 * which it doesn't divide. Predictions are shared out to the threads. */
#include <math.h>
#include <stdio.h>

#include "plugins/kit/kit.h"
#include "plugins/libsvm/machine.h"
#include "plugins/libsvm/training.h"

enum {
    TYPE,
    KERNEL,
    COST,
    NU,
    EPSILON,
    GAMMA,
    DEGREE,
    COEF0,
    PROBABILITY,
    CLASS_WEIGHT,
    SHRINKING,
    TOL,
    CACHE_SIZE,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [TYPE] = {.name = "svm_type",
              .aliases = "type",
              .type = LT_CHOICE,
              .def = "auto",
              .choices = "auto,c_svc,nu_svc,one_class,epsilon_svr,nu_svr",
              .doc =
                  "Which machine; auto takes c_svc for classes, epsilon_svr for numbers and one_class for strange "
                  "rows"},
    [KERNEL] = {.name = "kernel",
                .type = LT_CHOICE,
                .flags = LT_TUNE,
                .def = "rbf",
                .choices = "linear,poly,rbf,sigmoid",
                .doc = "rbf: exp(-gamma |x - z|^2); linear: x'z; poly: (gamma x'z + coef0)^degree; sigmoid: "
                       "tanh(gamma x'z + coef0)"},
    [COST] = {.name = "C",
              .aliases = "c,cost",
              .type = LT_REAL,
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
              .def = "1",
              .min = 0,
              .max = 1e9,
              .doc = "What a row on the wrong side costs: small is smooth, large follows the rows"},
    [NU] = {.name = "nu",
            .type = LT_REAL,
            .flags = LT_OPEN_MIN,
            .def = "0.5",
            .min = 0,
            .max = 1,
            .doc = "nu_svc, nu_svr, one_class: at most this share of the rows is on the wrong side, at least this "
                   "share are support vectors"},
    [EPSILON] = {.name = "epsilon",
                 .type = LT_REAL,
                 .def = "0.1",
                 .min = 0,
                 .max = 1e300,
                 .doc = "epsilon_svr: errors up to this cost nothing (in standard deviations of the target, which "
                        "is scaled)"},
    [GAMMA] = {.name = "gamma",
               .type = LT_STRING,
               .def = "scale",
               .doc =
                   "How near rows must be to be alike: scale (1 / (columns x variance)), auto (1 / columns), or a "
                   "number"},
    [DEGREE] =
        {.name = "degree", .type = LT_INT, .def = "3", .min = 1, .max = 30, .doc = "The power of kernel=poly"},
    [COEF0] = {.name = "coef0",
               .type = LT_REAL,
               .def = "0",
               .min = -1e6,
               .max = 1e6,
               .doc = "The constant in kernel=poly and sigmoid"},
    [PROBABILITY] = {.name = "probability",
                     .type = LT_BOOL,
                     .def = "no",
                     .doc = "Whether probabilities are calibrated by five more fits (Platt); otherwise they only "
                            "rank, by the decision value"},
    [CLASS_WEIGHT] = {.name = "class_weight",
                      .type = LT_CHOICE,
                      .def = "none",
                      .choices = "none,balanced",
                      .doc = "c_svc: balanced makes the mistakes of a class cost the more the rarer it is"},
    [SHRINKING] = {.name = "shrinking",
                   .type = LT_BOOL,
                   .def = "yes",
                   .flags = LT_ADVANCED,
                   .doc = "Whether rows that seem settled are left alone for a while"},
    [TOL] = {.name = "tol",
             .aliases = "eps",
             .type = LT_REAL,
             .flags = LT_OPEN_MIN | LT_LOG | LT_ADVANCED,
             .def = "1e-3",
             .min = 0,
             .max = 1,
             .doc = "Stop when the optimality conditions are violated by no more than this"},
    [CACHE_SIZE] = {.name = "cache_size",
                    .aliases = "cache",
                    .type = LT_REAL,
                    .flags = LT_OPEN_MIN | LT_ADVANCED,
                    .def = "200",
                    .min = 0,
                    .max = 1e6,
                    .unit = "MB",
                    .doc = "Memory for rows of the kernel matrix"},
};

struct model {
    const struct libsvm *lib;
    struct svm_parameter parameter; /* without class weights */
    bool balanced;
    uint32_t task, n_classes;
    size_t p;
    bool trained;
    struct machine machine;
    char **name, **class_name;
};

/* ---- what was asked for ------------------------------------------------------------------------------------- */

/* In the order of the choices after auto; LIBSVM's own numbers. */
static const struct {
    int type;
    uint32_t task;
    const char *name;
} TYPES[] = {{C_SVC, LT_CLASSIFY, "c_svc"},
             {NU_SVC, LT_CLASSIFY, "nu_svc"},
             {ONE_CLASS, LT_ANOMALY, "one_class"},
             {EPSILON_SVR, LT_REGRESS, "epsilon_svr"},
             {NU_SVR, LT_REGRESS, "nu_svr"}};
enum { N_TYPES = sizeof TYPES / sizeof TYPES[0] };
static const char *const KERNELS[] = {"linear", "poly", "rbf", "sigmoid"};

static int type_of(const struct lt_params *given, uint32_t task)
{
    const int choice = kit_choice(given, TYPE);
    if (choice > 0)
        return TYPES[choice - 1].type;
    return task == LT_CLASSIFY ? C_SVC : task == LT_ANOMALY ? ONE_CLASS : EPSILON_SVR;
}

static const char *type_name(int type)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (TYPES[i].type == type)
            return TYPES[i].name;
    return "?";
}

/* The number that the text is, or NaN. */
static double number_of(const char *text)
{
    char *end;
    const double x = strtod(text, &end);
    return end == text || *end ? NAN : x;
}

/* Of all numbers of the table together, as scikit-learn has it. */
static double variance_of(const struct lt_data *data)
{
    const double cells = (double)data->n * (double)data->p;
    double mean = 0, square = 0;
    for (size_t i = 0; i < data->n; i++)
        for (size_t j = 0; j < data->p; j++)
            mean += data->x64[i * data->ld + j] / cells;
    for (size_t i = 0; i < data->n; i++)
        for (size_t j = 0; j < data->p; j++) {
            const double d = data->x64[i * data->ld + j] - mean;
            square += d * d / cells;
        }
    return square;
}

static double gamma_of(const struct lt_params *given, const struct lt_data *data)
{
    const char *text = kit_word(given, GAMMA);
    if (!strcmp(text, "auto"))
        return 1 / (double)data->p;
    if (strcmp(text, "scale") != 0)
        return number_of(text);
    const double variance = variance_of(data);
    return 1 / (double)data->p / (variance > 0 ? variance : 1);
}

static struct svm_parameter parameter_of(const struct lt_params *given, uint32_t task)
{
    return (struct svm_parameter){
        .svm_type = type_of(given, task),
        .kernel_type = kit_choice(given, KERNEL),
        .degree = (int)kit_int(given, DEGREE),
        .coef0 = kit_real(given, COEF0),
        .cache_size = kit_real(given, CACHE_SIZE),
        .eps = kit_real(given, TOL),
        .C = kit_real(given, COST),
        .nu = kit_real(given, NU),
        .p = kit_real(given, EPSILON),
        .shrinking = kit_bool(given, SHRINKING),
        .probability = task == LT_CLASSIFY && kit_bool(given, PROBABILITY),
    };
}

static int check(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data)
{
    const char *gamma = kit_word(given, GAMMA);
    const double number = number_of(gamma);
    const int choice = kit_choice(given, TYPE);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && (data->n > INT32_MAX / 2 || data->p > INT32_MAX / 2))
        status =
            ctx->fail(ctx, LT_INVALID, "LIBSVM counts rows and columns to %d; train on a sample", INT32_MAX / 2);
    if (status == LT_OK && strcmp(gamma, "scale") && strcmp(gamma, "auto") && !(number >= 0 && isfinite(number)))
        status = ctx->fail(ctx, LT_INVALID, "gamma=%s is not scale, auto or a number of 0 or more", gamma);
    if (status == LT_OK && choice > 0 && !(TYPES[choice - 1].task & data->task))
        status = ctx->fail(ctx, LT_INVALID, "svm_type=%s is for another task; leave it at auto",
                           TYPES[choice - 1].name);
    if (status == LT_OK && data->task == LT_CLASSIFY)
        status = kit_need_classes(ctx, data);
    if (status == LT_OK && data->task == LT_REGRESS)
        status = kit_need_target(ctx, data);
    return status == LT_OK ? kit_check_finite(ctx, data) : status;
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void libsvm_free(void *model)
{
    struct model *m = model;
    if (!m)
        return;
    machine_free(&m->machine);
    free(m->name);
    free(m->class_name);
    free(m);
}

static struct model *model_new(struct lt_ctx *ctx, const struct libsvm *lib, const struct lt_params *given,
                               const struct lt_info *info)
{
    struct model *m = kit_alloc(ctx, 1, sizeof *m);
    if (!m)
        return NULL;
    m->lib = lib;
    m->parameter = parameter_of(given, info->task);
    m->balanced = kit_choice(given, CLASS_WEIGHT) == 1;
    m->task = info->task;
    m->n_classes = info->task == LT_CLASSIFY ? info->n_classes : 0;
    m->p = info->p;
    m->name = kit_column_names(ctx, info->column, info->p);
    m->class_name = kit_class_names(ctx, info->class_names, m->n_classes);
    if (m->name && m->class_name)
        return m;
    libsvm_free(m);
    return NULL;
}

static int begin(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_data *data, void **model)
{
    const struct lt_info info = {sizeof info,  data->task,      data->n,          data->p,
                                 data->column, data->n_classes, data->class_names};
    const struct libsvm *lib = library_open(ctx);
    struct model *m = lib ? model_new(ctx, lib, given, &info) : NULL;
    if (!m)
        return lib ? LT_MEMORY : LT_INVALID;
    m->parameter.gamma = gamma_of(given, data);
    *model = m;
    return LT_OK;
}

/* ---- step --------------------------------------------------------------------------------------------------- */

/* n / (classes x rows of the class), as scikit-learn has it. */
static int balance(struct lt_ctx *ctx, const struct model *m, struct training *t)
{
    struct svm_parameter *p = &t->parameter;
    p->weight_label = kit_alloc(ctx, m->n_classes, sizeof *p->weight_label);
    p->weight = kit_alloc_f64(ctx, m->n_classes);
    if (!p->weight_label || !p->weight)
        return LT_MEMORY;
    size_t present = 0;
    for (int i = 0; i < t->problem.l; i++)
        present += p->weight[(size_t)t->problem.y[i]]++ == 0;
    for (uint32_t c = 0; c < m->n_classes; c++)
        if (p->weight[c] > 0) {
            p->weight_label[p->nr_weight] = (int)c;
            p->weight[p->nr_weight++] = (double)t->problem.l / (double)present / p->weight[c];
        }
    return LT_OK;
}

static int prepare(struct lt_ctx *ctx, const struct model *m, struct training *t)
{
    t->parameter = m->parameter;
    t->seed = (unsigned)lt_random(ctx->seed, 0, 0);
    const int status = m->balanced && m->parameter.svm_type == C_SVC ? balance(ctx, m, t) : LT_OK;
    const char *complaint = status == LT_OK ? m->lib->svm_check_parameter(&t->problem, &t->parameter) : NULL;
    if (complaint && strstr(complaint, "infeasible"))
        return ctx->fail(ctx, LT_INVALID,
                         "nu=%g is more than two of the classes allow, which are of different size; "
                         "take a smaller one",
                         m->parameter.nu);
    return complaint ? ctx->fail(ctx, LT_INVALID, "LIBSVM says: %s", complaint) : status;
}

static int step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct model *m = model;
    if (m->trained || !units)
        return m->trained ? LT_DONE : LT_MORE;
    struct training *t = training_new(ctx, m->lib, data);
    int status = t ? prepare(ctx, m, t) : LT_MEMORY;
    if (status == LT_OK)
        status = training_run(ctx, &t);
    if (status == LT_OK)
        status = machine_take(ctx, &m->machine, t->model, m->p);
    training_free(t);
    m->trained = status == LT_OK;
    return m->trained ? LT_DONE : status;
}

static int units(const void *model, uint64_t *taken, uint64_t *planned)
{
    *taken = ((const struct model *)model)->trained;
    *planned = 1;
    return LT_OK;
}

/* ---- predict ------------------------------------------------------------------------------------------------ */

enum { PREDICT_ROWS = 8 };

struct predict_job {
    const struct model *m;
    const struct lt_data *data;
    struct lt_out *out;
    struct svm_node *nodes; /* a worker: p + 1 */
    double *work;           /* a worker: outputs and classes */
};

/* Votes of the pairs, each class's and, to tell equal ones apart, its mean distance; as shares that add up to 1, as
 * svm makes them. */
static void vote(size_t k, const double *f, double *p)
{
    double sum[2], most = -INFINITY, total = 0;
    for (size_t c = 0; c < k; c++) {
        sum[0] = sum[1] = 0;
        for (size_t a = 0, o = 0; a < k; a++)
            for (size_t b = a + 1; b < k; b++, o++)
                if (a == c || b == c) {
                    const double for_c = a == c ? f[o] : -f[o];
                    sum[0] += for_c > 0 || (for_c == 0 && a == c);
                    sum[1] += for_c;
                }
        p[c] = sum[0] + sum[1] / (3 * (fabs(sum[1]) + 1));
        most = fmax(most, p[c]);
    }
    for (size_t c = 0; c < k; c++)
        total += p[c] = exp(p[c] - most);
    for (size_t c = 0; c < k; c++)
        p[c] /= total;
}

static void predict_classes(const struct predict_job *job, const struct svm_node *x, double *work, double *proba)
{
    const struct machine *machine = &job->m->machine;
    double *p = work + machine->n_outputs, total = 0;
    memset(proba, 0, job->m->n_classes * sizeof *proba);
    if (machine->sigmoid)
        job->m->lib->svm_predict_probability(&machine->model, x, p);
    else {
        job->m->lib->svm_predict_values(&machine->model, x, work);
        if (machine->k == 2) {
            p[0] = 1 / (1 + exp(-2 * work[0]));
            p[1] = 1 / (1 + exp(2 * work[0]));
        } else
            vote(machine->k, work, p);
    }
    for (size_t c = 0; c < machine->k; c++)
        total += p[c];
    for (size_t c = 0; c < machine->k; c++)
        proba[machine->label[c]] = p[c] / total;
}

static void predict_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct predict_job *job = arg;
    const struct model *m = job->m;
    struct svm_node *x = job->nodes + worker * (m->p + 1);
    double *work = job->work + worker * (m->machine.n_outputs + m->machine.k), f;
    (void)block;
    for (size_t i = begin; i < end; i++) {
        const double *row = job->data->x64 + i * job->data->ld;
        struct svm_node *node = x;
        for (size_t j = 0; j < m->p; j++)
            if (row[j] != 0)
                *node++ = (struct svm_node){(int)j + 1, row[j]};
        *node = (struct svm_node){-1, 0};
        if (m->task == LT_CLASSIFY) {
            predict_classes(job, x, work, job->out->proba + i * m->n_classes);
            continue;
        }
        m->lib->svm_predict_values(&m->machine.model, x, &f);
        job->out->value[i] = m->task == LT_ANOMALY ? -f : f;
    }
}

static int predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct model *m = model;
    struct predict_job job = {.m = m, .data = data, .out = out};
    if (!m->trained)
        return ctx->fail(ctx, LT_INVALID, "the model has learned nothing yet");
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    job.nodes = kit_scratch(ctx, ctx->threads, (m->p + 1) * sizeof *job.nodes);
    job.work = kit_scratch(ctx, ctx->threads, (m->machine.n_outputs + m->machine.k) * sizeof *job.work);
    if (!job.nodes || !job.work)
        return LT_MEMORY;
    status = kit_blocks(ctx, data->n, PREDICT_ROWS, predict_block, &job);
    const double *value = m->task == LT_CLASSIFY ? out->proba : out->value;
    const size_t width = m->task == LT_CLASSIFY ? m->n_classes : 1;
    for (size_t i = 0; status == LT_OK && i < data->n * width; i++)
        if (!isfinite(value[i]))
            status = ctx->fail(ctx, LT_NUMERIC, "the kernel of row %zu is beyond what a number can hold",
                               i / width + 1);
    return status;
}

/* ---- what there is to see ----------------------------------------------------------------------------------- */

static void show_classes(struct lt_ctx *ctx, const struct model *m)
{
    static const char *const columns[] = {"class:text", "support vectors:int", "share:percent"};
    const struct machine *machine = &m->machine;
    ctx->emit_table(ctx, "support", "Support vectors", columns, 3);
    for (uint32_t label = 0; label < m->n_classes; label++)
        for (size_t c = 0; c < machine->k; c++)
            if (machine->label[c] == (int)label) {
                const struct lt_cell cells[] = {
                    LT_CTEXT(m->class_name[label]), LT_CINT(machine->count[c]),
                    LT_CREAL((double)machine->count[c] / (double)(machine->n ? machine->n : 1))};
                ctx->emit_row(ctx, cells);
            }
}

/* A linear kernel's one output is a plain weighted sum; positive for the second class, whichever came first. */
static int show_weights(struct lt_ctx *ctx, const struct model *m)
{
    static const char *const columns[] = {"term:text", "estimate:real"};
    const struct machine *machine = &m->machine;
    const double sign =
        (machine->k > 1 && machine->label[0] < machine->label[1]) || m->task == LT_ANOMALY ? -1 : 1;
    double *w = kit_scratch_f64(ctx, m->p);
    if (!w)
        return LT_MEMORY;
    memset(w, 0, m->p * sizeof *w);
    for (size_t v = 0; v < machine->n; v++)
        for (size_t j = 0; j < m->p; j++)
            w[j] += sign * machine->coef[v] * machine->vector[v * m->p + j];
    ctx->emit_table(ctx, "coefficients", "Weights of the columns", columns, 2);
    const struct lt_cell constant[] = {LT_CTEXT("(Intercept)"), LT_CREAL(-sign * machine->rho[0])};
    ctx->emit_row(ctx, constant);
    for (size_t j = 0; j < m->p; j++) {
        const struct lt_cell cells[] = {LT_CTEXT(m->name[j]), LT_CREAL(w[j])};
        ctx->emit_row(ctx, cells);
    }
    return LT_OK;
}

static int describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"library:text", "machine:text",        "kernel:text",
                                          "gamma:real",   "support vectors:int", "rho:real"};
    const struct model *m = model;
    const int version = *m->lib->libsvm_version;
    char library[64];
    snprintf(library, sizeof library, "LIBSVM %d.%02d", version / 100, version % 100);
    const struct lt_cell row[] = {
        LT_CTEXT(library),
        LT_CTEXT(type_name(m->parameter.svm_type)),
        LT_CTEXT(KERNELS[m->parameter.kernel_type]),
        m->parameter.kernel_type == LINEAR ? LT_CNONE : LT_CREAL(m->machine.model.param.gamma),
        LT_CINT(m->machine.n),
        m->trained && m->machine.n_outputs == 1 ? LT_CREAL(m->machine.rho[0]) : LT_CNONE};
    ctx->emit_table(ctx, "summary", "Support vector machine of LIBSVM", columns, 6);
    ctx->emit_row(ctx, row);
    if (m->trained && m->task == LT_CLASSIFY)
        show_classes(ctx, m);
    return m->trained && m->parameter.kernel_type == LINEAR && m->machine.n_outputs == 1 ? show_weights(ctx, m)
                                                                                         : LT_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static int save(struct lt_ctx *ctx, const void *model)
{
    return machine_save(ctx, &((const struct model *)model)->machine);
}

static int load(struct lt_ctx *ctx, const struct lt_params *given, const struct lt_info *info, void **model)
{
    const struct libsvm *lib = library_open(ctx);
    struct model *m = lib ? model_new(ctx, lib, given, info) : NULL;
    if (!m)
        return lib ? LT_MEMORY : LT_INVALID;
    m->machine.model.param = m->parameter;
    const int status = machine_load(ctx, &m->machine, info->p, m->n_classes ? m->n_classes : 1, info->n);
    if (status != LT_OK) {
        libsvm_free(m);
        return status;
    }
    m->parameter.gamma = m->machine.model.param.gamma;
    m->trained = true;
    *model = m;
    return LT_OK;
}

/* ---- the descriptor ----------------------------------------------------------------------------------------- */

static const struct lt_algo libsvm = {
    LT_HEADER(1),
    .id = "libsvm",
    .name = "LIBSVM",
    .version = "1.0",
    .summary = "The LIBSVM library's support vector machines, beside lathe's own (svm, svr, ocsvm)",
    .doc =
        "A wrapper: the learning is done by LIBSVM, which is the work of Chih-Chung Chang and Chih-Jen Lin and "
        "comes "
        "under the modified BSD licence; `show` says which version answers. It is what scikit-learn's SVC, NuSVC, "
        "SVR, NuSVR and OneClassSVM are made of, and the parameters have their names and defaults.\n\n"
        "The problems are those of `svm`, `nusvm`, `svr`, `nusvr` and `ocsvm`: for two classes\n\n"
        "    minimise  1/2 |w|^2 + C sum_i max(0, 1 - y_i f(x_i)),   f(x) = sum_v a_v k(s_v, x) - rho\n\n"
        "and each pair of more classes. `compare svm libsvm` puts both before the same folds; with a small tol "
        "both have the same support vectors.\n\n"
        "Its training is one step, on one thread. Stopping it keeps nothing. It takes no weights of rows; "
        "class_weight=balanced weighs classes. Without probability=yes what stands in the place of probabilities "
        "is made from decision values as `svm` does, and only ranks.",
    .reference = "Chang and Lin, LIBSVM: a library for support vector machines, ACM Transactions on Intelligent "
                 "Systems and Technology 2 (2011)",
    .tasks = LT_CLASSIFY | LT_REGRESS | LT_ANOMALY,
    .traits = LT_WANTS_SCALED | LT_TARGET_SCALED | LT_FOREIGN,
    .layout = LT_ROWS_F64,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "training",
    .check = check,
    .begin = begin,
    .step = step,
    .predict = predict,
    .describe = describe,
    .save = save,
    .load = load,
    .free = libsvm_free,
    .units = units,
};

LATHE_ALGOS(&libsvm)

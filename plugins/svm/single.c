#include "plugins/svm/single.h"

#include "plugins/kit/kit.h"
#include "plugins/svm/options.h"
#include "plugins/svm/solve.h"

struct single_training {
    struct single_problem problem;
    struct points points; /* rows that have a weight */
    struct rows rows;
    struct solve solve;
    size_t n;
    uint32_t *order;    /* n: which rows of the table they are */
    double *y, *weight; /* n, or NULL */
    double *coef;       /* n */
    double rho, tol;
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void training_free(struct single_training *t)
{
    if (!t)
        return;
    solve_free(&t->solve);
    rows_free(&t->rows);
    points_free(&t->points);
    free(t->order);
    free(t->y);
    free(t->weight);
    free(t->coef);
    free(t);
}

void single_free(void *model)
{
    struct single *m = model;
    if (!m)
        return;
    training_free(m->training);
    machine_free(&m->machine);
    free(m->name);
    free(m);
}

static struct single *single_new(struct lt_ctx *ctx, const struct lt_column *column, size_t p)
{
    struct single *m = kit_alloc(ctx, 1, sizeof *m);
    if (m && (m->name = kit_column_names(ctx, column, p)))
        return m;
    single_free(m);
    return NULL;
}

static struct single_training *training_new(struct lt_ctx *ctx, size_t n, const struct lt_data *data)
{
    struct single_training *t = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return NULL;
    t->order = kit_alloc(ctx, n, sizeof *t->order);
    t->coef = kit_alloc_f64(ctx, n);
    t->y = data->y ? kit_alloc_f64(ctx, n) : NULL;
    t->weight = data->weight ? kit_alloc_f64(ctx, n) : NULL;
    if (t->order && t->coef && (t->y || !data->y) && (t->weight || !data->weight))
        return t;
    training_free(t);
    return NULL;
}

/* ---- the problem -------------------------------------------------------------------------------------------- */

static int make_problem(struct lt_ctx *ctx, void *arg, size_t index, struct smo *smo)
{
    const struct single *m = arg;
    const struct single_training *t = m->training;
    const struct smo_span span[2] = {{0, t->n, 1}, {0, t->n, -1}};
    (void)index;
    const int status = smo_new(ctx, smo, span, t->problem.n_spans, solve_room(&t->rows, 1));
    if (status != LT_OK)
        return status;
    smo->tol = t->tol;
    smo->grouped = t->problem.grouped;
    t->problem.fill(&t->problem, t->y, t->weight, smo);
    return LT_OK;
}

static int look_at_problem(struct lt_ctx *ctx, void *arg, size_t index, const struct smo *smo, bool done)
{
    struct single *m = arg;
    struct single_training *t = m->training;
    (void)ctx;
    (void)index;
    (void)done;
    t->rho = smo_rho(smo, &m->scale);
    for (size_t i = 0; i < t->n; i++)
        t->coef[i] = smo->b[i] + (smo->n_spans == 2 ? smo->b[t->n + i] : 0);
    return LT_OK;
}

/* The points that have a coefficient become the support vectors of the machine. */
static int publish(struct lt_ctx *ctx, struct single *m)
{
    const struct single_training *t = m->training;
    struct machine machine = {.kernel = m->machine.kernel};
    size_t n = 0, v = 0;
    for (size_t i = 0; i < t->n; i++)
        n += t->coef[i] != 0;
    int status = machine_new(ctx, &machine, t->points.p, 1, n);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < t->n; i++)
        if (t->coef[i] != 0) {
            points_get(&t->points, i, machine.vector + v * machine.p);
            machine.coef[v] = t->coef[i];
            machine.row[v++] = t->order[i];
        }
    machine.count[0] = n;
    machine.rho[0] = t->rho;
    status = machine_finish(ctx, &machine);
    if (status != LT_OK)
        return status;
    machine_free(&m->machine);
    m->machine = machine;
    return LT_OK;
}

/* ---- begin and step ----------------------------------------------------------------------------------------- */

static int start_training(struct lt_ctx *ctx, struct single *m, const struct lt_params *params,
                          const struct lt_data *data, const struct single_problem *problem)
{
    const struct solve_list list = {1, make_problem, look_at_problem, m};
    struct single_training *t = m->training = training_new(ctx, data->n, data);
    if (!t)
        return LT_MEMORY;
    t->problem = *problem;
    t->tol = kit_real(params, TOL);
    for (size_t i = 0; i < data->n; i++) {
        if (data->weight && !(data->weight[i] > 0))
            continue;
        if (t->y)
            t->y[t->n] = data->y[i];
        if (t->weight)
            t->weight[t->n] = data->weight[i];
        t->order[t->n++] = (uint32_t)i;
    }
    int status = points_new(ctx, &t->points, t->n, data->p);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < t->n; i++)
        points_put(&t->points, i, data->x64 + t->order[i] * data->ld);
    status = rows_new(ctx, &t->rows, &m->machine.kernel, &t->points, kit_real(params, CACHE_SIZE));
    if (status == LT_OK)
        solve_begin(&t->solve, &t->rows, &list, options_max_iter(params, problem->n_spans * t->n));
    return status;
}

int single_begin(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                 const struct single_problem *problem, void **model)
{
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    struct single *m = single_new(ctx, data->column, data->p);
    if (!m)
        return LT_MEMORY;
    m->scale = 1;
    options_kernel(params, data, &m->machine.kernel);
    status = start_training(ctx, m, params, data, problem);
    if (status == LT_OK)
        status = publish(ctx, m);
    if (status != LT_OK) {
        single_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

int single_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct single *m = model;
    struct single_training *t = m->training;
    const uint64_t before = m->steps;
    int status = t ? LT_MORE : LT_DONE;
    (void)data;
    while (status == LT_MORE && m->steps - before < units) {
        double gap = 0;
        status = solve_step(ctx, &t->solve, &gap);
        if (status < 0)
            break;
        m->gap = gap;
        m->iterations = t->solve.iterations;
        ctx->metric(ctx, "gap", ++m->steps, gap);
    }
    if ((status >= 0 || status == LT_CANCELLED) && m->steps > before) {
        const int published = publish(ctx, m);
        if (published != LT_OK)
            return published;
    }
    if (status == LT_DONE && t) {
        if (t->solve.cut_short)
            ctx->note(
                ctx, LT_WARNING,
                "the optimum was not reached in %llu iterations; raise max_iter, or lower C or scale the columns",
                (unsigned long long)t->solve.limit);
        training_free(t); /* predictions need none of it */
        m->training = NULL;
    }
    return status;
}

int single_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct single *m = model;
    *taken = m->steps;
    *planned = m->training ? 0 : m->steps;
    return LT_OK;
}

int single_predict(struct lt_ctx *ctx, const struct single *m, const struct lt_data *data, double sign,
                   double *value)
{
    const int status = machine_apply(ctx, &m->machine, data, value);
    for (size_t i = 0; status == LT_OK && i < data->n; i++)
        value[i] *= sign;
    return status;
}

/* ---- what there is to see ----------------------------------------------------------------------------------- */

void single_summary(struct lt_ctx *ctx, const struct single *m)
{
    kit_summary(ctx);
    kit_statistic(ctx, "support vectors", (double)m->machine.n);
    kit_statistic(ctx, "gamma", m->machine.kernel.shape == KERNEL_LINEAR ? NAN : m->machine.kernel.gamma);
    kit_statistic(ctx, "rho", m->machine.rho[0]);
    kit_statistic(ctx, "iterations", (double)m->iterations);
    kit_statistic(ctx, "gap", m->gap);
}

int single_weights(struct lt_ctx *ctx, const struct single *m)
{
    static const char *const columns[] = {"term:text", "estimate:real"};
    double *w = m->machine.kernel.shape == KERNEL_LINEAR ? kit_scratch_f64(ctx, m->machine.p) : NULL;
    if (m->machine.kernel.shape != KERNEL_LINEAR)
        return LT_OK;
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

/* ---- the file ----------------------------------------------------------------------------------------------- */

int single_save(struct lt_ctx *ctx, const void *model)
{
    const struct single *m = model;
    int status = kit_put_count(ctx, "steps", m->steps);
    if (status == LT_OK)
        status = kit_put_count(ctx, "iterations", m->iterations);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "gap", isfinite(m->gap) ? m->gap : -1);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "scale", m->scale);
    return status == LT_OK ? machine_save(ctx, &m->machine) : status;
}

int single_load(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_info *info, void **model)
{
    struct single *m = single_new(ctx, info->column, info->p);
    if (!m)
        return LT_MEMORY;
    options_shape(params, &m->machine.kernel);
    int status = kit_get_count(ctx, "steps", 0, 1ull << 53, &m->steps);
    if (status == LT_OK)
        status = kit_get_count(ctx, "iterations", 0, 1ull << 53, &m->iterations);
    if (status == LT_OK)
        status = kit_get_real(ctx, "gap", &m->gap);
    if (status == LT_OK)
        status = kit_get_real(ctx, "scale", &m->scale);
    if (status == LT_OK)
        status = machine_load(ctx, &m->machine, info->p, 1, info->n);
    if (status != LT_OK) {
        single_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

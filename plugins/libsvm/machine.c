#include "plugins/libsvm/machine.h"

#include "plugins/kit/kit.h"

/* ---- memory ------------------------------------------------------------------------------------------------- */

static int machine_new(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t n, int calibrated)
{
    m->p = p;
    m->k = k;
    m->n = n;
    m->n_coef = k > 1 ? k - 1 : 1;
    m->n_outputs = k > 1 ? k * (k - 1) / 2 : 1;
    m->vector = kit_alloc(ctx, n, (p + 1) * sizeof *m->vector);
    m->row = kit_alloc(ctx, n, sizeof *m->row);
    m->coef = kit_alloc(ctx, m->n_coef, (n + 1) * sizeof *m->coef);
    m->rho = kit_alloc_f64(ctx, m->n_outputs);
    m->sigmoid = calibrated ? kit_alloc_f64(ctx, 2 * m->n_outputs) : NULL;
    m->label = kit_alloc(ctx, k, sizeof *m->label);
    m->count = kit_alloc(ctx, k, sizeof *m->count);
    if (m->vector && m->row && m->coef && m->rho && m->label && m->count && (m->sigmoid || !calibrated))
        return LT_OK;
    machine_free(m);
    return LT_MEMORY;
}

void machine_free(struct machine *m)
{
    const struct svm_parameter param = m->model.param;
    free(m->vector);
    free(m->row);
    free(m->coef);
    free(m->rho);
    free(m->sigmoid);
    free(m->label);
    free(m->count);
    free(m->nodes);
    free(m->node_of);
    free(m->coef_of);
    *m = (struct machine){.model = {.param = param}};
}

/* The struct over the arrays. */
static int machine_finish(struct lt_ctx *ctx, struct machine *m)
{
    size_t n_nodes = m->n;
    for (size_t i = 0; i < m->n * m->p; i++)
        n_nodes += m->vector[i] != 0;
    m->nodes = kit_alloc(ctx, n_nodes, sizeof *m->nodes);
    m->node_of = kit_alloc(ctx, m->n, sizeof *m->node_of);
    m->coef_of = kit_alloc(ctx, m->n_coef, sizeof *m->coef_of);
    if (!m->nodes || !m->node_of || !m->coef_of) {
        machine_free(m);
        return LT_MEMORY;
    }
    struct svm_node *node = m->nodes;
    for (size_t v = 0; v < m->n; v++) {
        m->node_of[v] = node;
        for (size_t j = 0; j < m->p; j++)
            if (m->vector[v * m->p + j] != 0)
                *node++ = (struct svm_node){(int)j + 1, m->vector[v * m->p + j]};
        *node++ = (struct svm_node){-1, 0};
    }
    for (size_t o = 0; o < m->n_coef; o++)
        m->coef_of[o] = m->coef + o * m->n;
    m->model = (struct svm_model){
        .param = m->model.param,
        .nr_class = m->k > 1 ? (int)m->k : 2,
        .l = (int)m->n,
        .SV = m->node_of,
        .sv_coef = m->coef_of,
        .rho = m->rho,
        .probA = m->sigmoid,
        .probB = m->sigmoid ? m->sigmoid + m->n_outputs : NULL,
        .label = m->k > 1 ? m->label : NULL,
        .nSV = m->k > 1 ? m->count : NULL,
    };
    return LT_OK;
}

int machine_take(struct lt_ctx *ctx, struct machine *m, const struct svm_model *from, size_t p)
{
    const size_t n = (size_t)from->l;
    const int calibrated = from->label && from->probA && from->probB;
    int status = machine_new(ctx, m, p, from->label ? (size_t)from->nr_class : 1, n, calibrated);
    if (status != LT_OK)
        return status;
    m->model.param = from->param;
    m->model.param.nr_weight = 0;
    m->model.param.weight_label = NULL;
    m->model.param.weight = NULL;
    for (size_t v = 0; v < n; v++) {
        for (const struct svm_node *node = from->SV[v]; node->index > 0; node++)
            m->vector[v * p + (size_t)node->index - 1] = node->value;
        for (size_t o = 0; o < m->n_coef; o++)
            m->coef[o * n + v] = from->sv_coef[o][v];
        m->row[v] = from->sv_indices[v] - 1;
    }
    memcpy(m->rho, from->rho, m->n_outputs * sizeof *m->rho);
    if (calibrated) {
        memcpy(m->sigmoid, from->probA, m->n_outputs * sizeof *m->sigmoid);
        memcpy(m->sigmoid + m->n_outputs, from->probB, m->n_outputs * sizeof *m->sigmoid);
    }
    for (size_t c = 0; from->label && c < m->k; c++) {
        m->label[c] = from->label[c];
        m->count[c] = from->nSV[c];
    }
    return machine_finish(ctx, m);
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

int machine_save(struct lt_ctx *ctx, const struct machine *m)
{
    int status = ctx->put_number(ctx, "gamma", m->model.param.gamma);
    if (status == LT_OK && m->k > 1)
        status = kit_put_i32(ctx, "label", m->label, m->k, 0);
    if (status == LT_OK && m->k > 1)
        status = kit_put_i32(ctx, "count", m->count, m->k, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "vectors", m->n);
    if (status == LT_OK)
        status = kit_put_i32(ctx, "row", m->row, m->n, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "support", m->vector, m->n, m->p);
    if (status == LT_OK && m->n)
        status = kit_put_f64(ctx, "coef", m->coef, m->n_coef, m->n);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "rho", m->rho, m->n_outputs, 0);
    if (status == LT_OK && m->sigmoid)
        status = kit_put_f64(ctx, "sigmoid", m->sigmoid, 2, m->n_outputs);
    return status;
}

static int damaged(struct lt_ctx *ctx, const char *what)
{
    return ctx->fail(ctx, LT_INVALID, "%s of the model can't be; the file is damaged", what);
}

static int check_finite(struct lt_ctx *ctx, const char *name, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return damaged(ctx, name);
    return LT_OK;
}

/* Classes that exist, each once; counts that add up. */
static int check_classes(struct lt_ctx *ctx, const struct machine *m, size_t n_classes)
{
    size_t total = 0;
    for (size_t c = 0; c < m->k; c++) {
        if (m->label[c] < 0 || (size_t)m->label[c] >= n_classes || m->count[c] < 0 ||
            (size_t)m->count[c] > m->n - total)
            return damaged(ctx, "a class or a count");
        total += (size_t)m->count[c];
        for (size_t other = 0; other < c; other++)
            if (m->label[other] == m->label[c])
                return damaged(ctx, "a class");
    }
    return total == m->n ? LT_OK : damaged(ctx, "a count");
}

static int load_arrays(struct lt_ctx *ctx, struct machine *m, size_t n_classes, size_t rows)
{
    int status = n_classes > 1 ? kit_get_i32(ctx, "label", m->label, m->k, 0) : LT_OK;
    if (status == LT_OK && n_classes > 1)
        status = kit_get_i32(ctx, "count", m->count, m->k, 0);
    if (status == LT_OK && n_classes > 1)
        status = check_classes(ctx, m, n_classes);
    if (status == LT_OK)
        status = kit_get_i32(ctx, "row", m->row, m->n, 0);
    for (size_t v = 0; status == LT_OK && v < m->n; v++)
        if (m->row[v] < 0 || (size_t)m->row[v] >= rows)
            status = damaged(ctx, "a row");
    if (status == LT_OK)
        status = kit_get_f64(ctx, "support", m->vector, m->n, m->p);
    if (status == LT_OK)
        status = check_finite(ctx, "support", m->vector, m->n * m->p);
    if (status == LT_OK && m->n)
        status = kit_get_f64(ctx, "coef", m->coef, m->n_coef, m->n);
    if (status == LT_OK)
        status = check_finite(ctx, "coef", m->coef, m->n_coef * m->n);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rho", m->rho, m->n_outputs, 0);
    if (status == LT_OK)
        status = check_finite(ctx, "rho", m->rho, m->n_outputs);
    if (status == LT_OK && m->sigmoid)
        status = kit_get_f64(ctx, "sigmoid", m->sigmoid, 2, m->n_outputs);
    return status == LT_OK && m->sigmoid ? check_finite(ctx, "sigmoid", m->sigmoid, 2 * m->n_outputs) : status;
}

int machine_load(struct lt_ctx *ctx, struct machine *m, size_t p, size_t n_classes, size_t rows)
{
    struct lt_tensor classes = {.shape = {1}}, sigmoid;
    uint64_t n = 0;
    int status = kit_get_count(ctx, "vectors", 0, rows, &n);
    if (status == LT_OK)
        status = kit_get_real(ctx, "gamma", &m->model.param.gamma);
    if (status == LT_OK && !(m->model.param.gamma >= 0 && isfinite(m->model.param.gamma)))
        status = damaged(ctx, "gamma");
    if (status == LT_OK && n_classes > 1)
        status = kit_find(ctx, "label", LT_T_I32, 1, &classes);
    if (status == LT_OK && n_classes > 1 && (classes.shape[0] < 2 || classes.shape[0] > n_classes))
        status = damaged(ctx, "a class");
    if (status != LT_OK)
        return status;
    const int calibrated = ctx->get_tensor(ctx, "sigmoid", LT_T_F64, 2, &sigmoid) == LT_OK;
    status = machine_new(ctx, m, p, classes.shape[0], n, calibrated);
    if (status != LT_OK)
        return status;
    status = load_arrays(ctx, m, n_classes, rows);
    if (status == LT_OK)
        return machine_finish(ctx, m);
    machine_free(m);
    return status;
}

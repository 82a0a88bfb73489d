#include "plugins/svm/machine.h"

#include <math.h>

#include "num/simd.h"
#include "plugins/kit/kit.h"

enum { PREDICT_ROWS = 64, LANES = 8 };

int machine_new(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t n)
{
    m->p = p;
    m->k = k;
    m->n = n;
    m->n_coef = k > 1 ? k - 1 : 1;
    m->n_outputs = k > 1 ? k * (k - 1) / 2 : 1;
    m->count = kit_alloc(ctx, k, sizeof *m->count);
    m->row = kit_alloc(ctx, n, sizeof *m->row);
    m->vector = kit_alloc(ctx, n, (p + 1) * sizeof *m->vector);
    m->coef = kit_alloc(ctx, m->n_coef, (n + 1) * sizeof *m->coef);
    m->rho = kit_alloc_f64(ctx, m->n_outputs);
    if (m->count && m->row && m->vector && m->coef && m->rho)
        return LT_OK;
    machine_free(m);
    return LT_MEMORY;
}

void machine_free(struct machine *m)
{
    const struct kernel kernel = m->kernel;
    free(m->count);
    free(m->row);
    free(m->vector);
    free(m->coef);
    free(m->rho);
    free(m->panel_coef);
    free(m->panel_class);
    points_free(&m->points);
    *m = (struct machine){.kernel = kernel};
}

int machine_finish(struct lt_ctx *ctx, struct machine *m)
{
    size_t panels = 0, v = 0;
    for (size_t c = 0; c < m->k; c++)
        panels += kit_block_count(m->count[c], KERNEL_LANES);
    const size_t lanes = panels * KERNEL_LANES;
    int status = points_new(ctx, &m->points, lanes, m->p);
    if (status == LT_OK) {
        m->panel_coef = kit_alloc(ctx, m->n_coef, (lanes + 1) * sizeof(double));
        m->panel_class = kit_alloc(ctx, panels, sizeof *m->panel_class);
        status = m->panel_coef && m->panel_class ? LT_OK : LT_MEMORY;
    }
    if (status != LT_OK) {
        machine_free(m);
        return status;
    }
    for (size_t c = 0, panel = 0; c < m->k; panel += kit_block_count(m->count[c], KERNEL_LANES), c++) {
        for (size_t i = 0; i < m->count[c]; i++, v++) {
            const size_t at = panel * KERNEL_LANES + i;
            points_put(&m->points, at, m->vector + v * m->p);
            for (size_t o = 0; o < m->n_coef; o++)
                m->panel_coef[o * lanes + at] = m->coef[o * m->n + v];
            m->panel_class[at / KERNEL_LANES] = (uint32_t)c;
        }
    }
    return LT_OK;
}

/* ---- f ------------------------------------------------------------------------------------------------------ */

NUM_CLONES static void weigh_tile(const double *tile, const double *coef, double *sum)
{
    for (size_t r = 0; r < KERNEL_ROWS; r++) {
        double lane[LANES] = {0};
        for (size_t t = 0; t < KERNEL_LANES; t += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += tile[r * KERNEL_LANES + t + l] * coef[t + l];
        sum[r] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
    }
}

struct apply_job {
    const struct machine *m;
    const struct lt_data *data;
    double *rows; /* a worker: PREDICT_ROWS x (p + 1), the rows and then their squared lengths */
    double *out;
};

/* Adds a tile's kernels to the outputs that its panel's class takes part in. */
static void add_tile(const struct machine *m, size_t panel, const double *tile, size_t rows, double *out)
{
    const size_t c = m->panel_class[panel], lanes = m->points.n;
    double sum[KERNEL_ROWS];
    for (size_t o = 0; o < m->n_coef; o++) {
        const size_t other = o < c ? o : o + 1;
        const size_t pair = m->k < 2 ? 0 : c < other ? machine_pair(m->k, c, other) : machine_pair(m->k, other, c);
        weigh_tile(tile, m->panel_coef + o * lanes + panel * KERNEL_LANES, sum);
        for (size_t r = 0; r < rows; r++)
            out[r * m->n_outputs + pair] += sum[r];
    }
}

static void apply_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct apply_job *job = arg;
    const struct machine *m = job->m;
    const size_t p = m->p, n = end - begin;
    double *x = job->rows + worker * PREDICT_ROWS * (p + 1), *norm = x + PREDICT_ROWS * p;
    _Alignas(64) double tile[KERNEL_TILE];
    (void)block;
    memset(x, 0, PREDICT_ROWS * (p + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        memcpy(x + i * p, job->data->x64 + (begin + i) * job->data->ld, p * sizeof *x);
        for (size_t j = 0; j < p; j++)
            norm[i] += x[i * p + j] * x[i * p + j];
        for (size_t o = 0; o < m->n_outputs; o++)
            job->out[(begin + i) * m->n_outputs + o] = -m->rho[o];
    }
    for (size_t panel = 0; panel < m->points.n_panels; panel++)
        for (size_t first = 0; first < n; first += KERNEL_ROWS) {
            kernel_tile(&m->kernel, &m->points, panel, x + first * p, norm + first, tile);
            add_tile(m, panel, tile, n - first < KERNEL_ROWS ? n - first : KERNEL_ROWS,
                     job->out + (begin + first) * m->n_outputs);
        }
}

int machine_apply(struct lt_ctx *ctx, const struct machine *m, const struct lt_data *data, double *out)
{
    struct apply_job job = {m, data, NULL, out};
    int status = kit_check_finite(ctx, data);
    if (status != LT_OK)
        return status;
    job.rows = kit_scratch(ctx, ctx->threads * PREDICT_ROWS, (m->p + 1) * sizeof(double));
    status = job.rows ? kit_blocks(ctx, data->n, PREDICT_ROWS, apply_block, &job) : LT_MEMORY;
    for (size_t i = 0; status == LT_OK && i < data->n * m->n_outputs; i++)
        if (!isfinite(out[i]))
            status = ctx->fail(ctx, LT_NUMERIC, "the kernel of row %zu is beyond what a number can hold",
                               i / m->n_outputs + 1);
    return status;
}

void machine_weights(const struct machine *m, double *w)
{
    memset(w, 0, m->p * sizeof *w);
    for (size_t v = 0; v < m->n; v++)
        for (size_t j = 0; j < m->p; j++)
            w[j] += m->coef[v] * m->vector[v * m->p + j];
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

int machine_save(struct lt_ctx *ctx, const struct machine *m)
{
    int32_t *count = kit_scratch(ctx, m->k, sizeof *count);
    int status = count ? ctx->put_number(ctx, "gamma", m->kernel.gamma) : LT_MEMORY;
    for (size_t c = 0; count && c < m->k; c++)
        count[c] = (int32_t)m->count[c];
    if (status == LT_OK)
        status = kit_put_i32(ctx, "count", count, m->k, 0);
    if (status == LT_OK)
        status = kit_put(ctx, "row", LT_T_U32, m->row, m->n, 0);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "support", m->vector, m->n, m->p);
    if (status == LT_OK && m->n)
        status = kit_put_f64(ctx, "coef", m->coef, m->n_coef, m->n);
    return status == LT_OK ? kit_put_f64(ctx, "rho", m->rho, m->n_outputs, 0) : status;
}

static int all_finite(struct lt_ctx *ctx, const char *name, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return ctx->fail(ctx, LT_INVALID,
                             "'%s' of the model has values that aren't numbers; the file is damaged", name);
    return LT_OK;
}

/* How many vectors there are of each class, and in all. */
static int load_counts(struct lt_ctx *ctx, size_t k, size_t rows, int32_t *count, size_t *n)
{
    int status = kit_get_i32(ctx, "count", count, k, 0);
    *n = 0;
    for (size_t c = 0; c < k && status == LT_OK; c++) {
        if (count[c] < 0 || (size_t)count[c] > rows - *n)
            return ctx->fail(ctx, LT_INVALID, "the model has %d support vectors of class %zu; the file is damaged",
                             (int)count[c], c + 1);
        *n += (size_t)count[c];
    }
    return status;
}

int machine_load(struct lt_ctx *ctx, struct machine *m, size_t p, size_t k, size_t rows)
{
    int32_t *count = kit_scratch(ctx, k, sizeof *count);
    size_t n = 0;
    int status = count ? load_counts(ctx, k, rows, count, &n) : LT_MEMORY;
    if (status == LT_OK)
        status = kit_get_real(ctx, "gamma", &m->kernel.gamma);
    if (status == LT_OK && !(m->kernel.gamma >= 0 && isfinite(m->kernel.gamma)))
        status = ctx->fail(ctx, LT_INVALID, "gamma of the model is %g; the file is damaged", m->kernel.gamma);
    if (status == LT_OK)
        status = machine_new(ctx, m, p, k, n);
    if (status != LT_OK)
        return status;
    for (size_t c = 0; c < k; c++)
        m->count[c] = (size_t)count[c];
    status = kit_get(ctx, "row", LT_T_U32, sizeof *m->row, m->row, n, 0);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "support", m->vector, n, p);
    if (status == LT_OK && n)
        status = kit_get_f64(ctx, "coef", m->coef, m->n_coef, n);
    if (status == LT_OK)
        status = kit_get_f64(ctx, "rho", m->rho, m->n_outputs, 0);
    if (status == LT_OK)
        status = all_finite(ctx, "support", m->vector, n * p);
    if (status == LT_OK)
        status = all_finite(ctx, "coef", m->coef, m->n_coef * n);
    if (status == LT_OK)
        status = all_finite(ctx, "rho", m->rho, m->n_outputs);
    if (status == LT_OK)
        return machine_finish(ctx, m);
    machine_free(m);
    return status;
}

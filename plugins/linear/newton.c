#include "plugins/linear/newton.h"

#include "num/la.h"

enum { HALVINGS = 50 };

int newton_new(struct lt_ctx *ctx, struct newton *m, const struct lt_data *data, bool intercept,
               const unsigned char *omit, double alpha, double tol)
{
    int status = scaled_new(ctx, &m->z, data, intercept, omit);
    m->tol = tol;
    m->ridge = kit_alloc_f64(ctx, m->z.q);
    m->v = kit_alloc_f64(ctx, m->z.q);
    m->eta = kit_alloc_f64(ctx, data->n);
    if (status == LT_OK && (!m->ridge || !m->v || !m->eta))
        status = LT_MEMORY;
    for (size_t j = 0; status == LT_OK && j < m->z.n_active; j++)
        m->ridge[j] = alpha * m->z.scale[j] * m->z.scale[j];
    return status;
}

void newton_free(struct newton *m)
{
    scaled_free(&m->z);
    free(m->ridge);
    free(m->v);
    free(m->eta);
    *m = (struct newton){0};
}

static double value_at(const struct newton *m, const double *v, const double *eta, double s)
{
    double sums[3], value;
    m->rows(m->arg, m->z.data, eta, s, NULL, NULL, NULL, sums);
    value = sums[0] / m->z.weight;
    for (size_t j = 0; j < m->z.q; j++)
        value += 0.5 * m->ridge[j] * v[j] * v[j];
    return value;
}

int newton_start(struct lt_ctx *ctx, struct newton *m)
{
    int status = scaled_values(ctx, &m->z, m->v, m->eta);
    if (status == LT_OK)
        m->value = value_at(m, m->v, m->eta, m->s);
    if (status == LT_OK && !isfinite(m->value))
        status = ctx->fail(ctx, LT_NUMERIC,
                           "the numbers are too large or too small; rescale the columns or "
                           "the target");
    return status;
}

struct derivatives {
    size_t size;                    /* q, and 1 for s */
    double *first, *second, *cross; /* n */
    double *gradient, *hessian;     /* size, size x size */
};

static int derive(struct lt_ctx *ctx, const struct newton *m, struct derivatives *at)
{
    size_t n = m->z.data->n, q = m->z.q, size = q + m->has_s;
    double sums[3], inverse = 1 / m->z.weight;
    double *h = kit_scratch(ctx, q, q * sizeof *h), *mixed = kit_scratch_f64(ctx, q);
    *at = (struct derivatives){size,
                               kit_scratch_f64(ctx, n),
                               kit_scratch_f64(ctx, n),
                               kit_scratch_f64(ctx, n),
                               kit_scratch_f64(ctx, size),
                               kit_scratch(ctx, size, size * sizeof(double))};
    if (!h || !mixed || !at->first || !at->second || !at->cross || !at->gradient || !at->hessian)
        return LT_MEMORY;
    m->rows(m->arg, m->z.data, m->eta, m->s, at->first, at->second, at->cross, sums);
    int status = scaled_products(ctx, &m->z, at->second, at->first, h, at->gradient);
    if (status == LT_OK && m->has_s)
        status = scaled_products(ctx, &m->z, NULL, at->cross, NULL, mixed);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < q; i++) {
        at->gradient[i] = at->gradient[i] * inverse + m->ridge[i] * m->v[i];
        for (size_t j = 0; j < q; j++)
            at->hessian[i * size + j] = h[i * q + j] * inverse + (i == j ? m->ridge[i] : 0);
        if (m->has_s)
            at->hessian[i * size + q] = at->hessian[q * size + i] = mixed[i] * inverse;
    }
    if (m->has_s) {
        at->gradient[q] = sums[1] * inverse;
        at->hessian[q * size + q] = sums[2] * inverse;
    }
    return LT_OK;
}

/* The first of 1, 1/2, 1/4, … times direction that lowers the value enough. */
static void search(struct newton *m, const double *direction, const double *along, double slope, double *v,
                   double *eta)
{
    size_t n = m->z.data->n, q = m->z.q;
    double length = 1;
    if (m->has_s && m->s + direction[q] < 0.1 * m->s)
        length = -0.9 * m->s / direction[q];
    for (int halving = 0; halving < HALVINGS; halving++, length /= 2) {
        double s = m->has_s ? fmax(m->s + length * direction[q], m->least_s) : 0;
        for (size_t j = 0; j < q; j++)
            v[j] = m->v[j] + length * direction[j];
        for (size_t i = 0; i < n; i++)
            eta[i] = m->eta[i] + length * along[i];
        double value = value_at(m, v, eta, s);
        if (!(value <= m->value + 1e-4 * length * slope + 1e-13 * fabs(m->value)))
            continue;
        memcpy(m->v, v, q * sizeof *v);
        memcpy(m->eta, eta, n * sizeof *eta);
        m->value = value;
        m->s = s;
        return;
    }
    m->state = m->slope <= m->tol ? NEWTON_CONVERGED : NEWTON_STUCK;
}

int newton_advance(struct lt_ctx *ctx, struct newton *m)
{
    struct derivatives at;
    size_t n = m->z.data->n, q = m->z.q;
    int status = derive(ctx, m, &at);
    if (status != LT_OK)
        return status;
    double *direction = kit_scratch_f64(ctx, at.size), *v = kit_scratch_f64(ctx, q);
    double *along = kit_scratch_f64(ctx, n), *eta = kit_scratch_f64(ctx, n), steepest = 0;
    if (!direction || !v || !along || !eta)
        return LT_MEMORY;
    for (size_t i = 0; i < at.size; i++) {
        direction[i] = -at.gradient[i];
        steepest = fmax(steepest, fabs(at.gradient[i]));
    }
    status = scaled_factorise(ctx, at.size, at.hessian);
    if (status != LT_OK)
        return status;
    la_cholesky_solve(at.size, at.hessian, at.size, direction);
    status = scaled_values(ctx, &m->z, direction, along);
    if (status != LT_OK)
        return status;
    m->slope = steepest;
    search(m, direction, along, la_dot(at.size, at.gradient, direction), v, eta);
    if (steepest <= 1e-6 * m->tol && m->state == NEWTON_GOES_ON) /* the step that it still took is tiny */
        m->state = NEWTON_CONVERGED;
    return LT_OK;
}

#include "plugins/linear/shrinkage.h"

#include "num/la.h"

int shrinkage_read(struct lt_ctx *ctx, const struct lt_value *given, double *shrinkage)
{
    const char *text = given->s ? given->s : "none";
    char *end;
    *shrinkage = 0;
    if (given->is_none || !strcmp(text, "none"))
        return LT_OK;
    if (!strcmp(text, "auto")) {
        *shrinkage = NAN;
        return LT_OK;
    }
    *shrinkage = strtod(text, &end);
    if (end == text || *end || !(*shrinkage >= 0 && *shrinkage <= 1))
        return ctx->fail(ctx, LT_INVALID, "shrinkage=%s is not none, auto or a number from 0 to 1", text);
    return LT_OK;
}

/* Ledoit and Wolf's (2004) shrinkage of the correlations of class c, from their products and fourth moments. */
static double best_shrinkage(const struct scatter *s, size_t c, const double *sd, double fourth)
{
    size_t p = s->p;
    double n = s->weight[c], trace = 0, squares = 0;
    const double *within = s->within + c * p * p;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double r = sd[i] > 0 && sd[j] > 0 ? within[i * p + j] / n / (sd[i] * sd[j]) : 0;
            squares += r * r;
            trace += i == j ? r : 0;
        }
    double mu = trace / (double)p;
    double beta = (fourth / n - squares) / ((double)p * n);
    double delta = (squares - 2 * mu * trace + (double)p * mu * mu) / (double)p;
    beta = beta < delta ? beta : delta;
    return p == 1 || beta <= 0 ? 0 : beta / delta;
}

int shrinkage_covariance(struct lt_ctx *ctx, const struct lt_data *data, const struct scatter *s,
                         const double *prior, double shrinkage, double *cov, double *used)
{
    size_t p = s->p, k = s->k;
    double *sd = kit_scratch(ctx, k, p * sizeof *sd), *fourth = kit_scratch_f64(ctx, k);
    bool automatic = isnan(shrinkage);
    if (!sd || !fourth)
        return LT_MEMORY;
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++)
            sd[c * p + j] = sqrt(s->within[(c * p + j) * p + j] / s->weight[c]);
    int status = automatic ? scatter_fourth(ctx, data, s, sd, fourth) : LT_OK;
    memset(cov, 0, p * p * sizeof *cov);
    *used = 0;
    for (size_t c = 0; status == LT_OK && c < k; c++) {
        double by = automatic ? best_shrinkage(s, c, sd + c * p, fourth[c]) : shrinkage, trace = 0, varying = 0;
        const double *within = s->within + c * p * p;
        for (size_t j = 0; j < p; j++) {
            trace += within[j * p + j] / s->weight[c];
            varying += sd[c * p + j] > 0;
        }
        for (size_t i = 0; i < p; i++)
            for (size_t j = 0; j < p; j++)
                cov[i * p + j] += prior[c] * (1 - by) * within[i * p + j] / s->weight[c];
        for (size_t j = 0; j < p; j++) { /* a constant column keeps the standard scale of 1 */
            double scale = sd[c * p + j] > 0 ? sd[c * p + j] : 1;
            double to = automatic ? varying / (double)p * scale * scale : trace / (double)p;
            cov[j * p + j] += prior[c] * by * to;
        }
        *used += prior[c] * by;
    }
    return status;
}

int shrinkage_whiten(struct lt_ctx *ctx, size_t p, double *cov, const double *mean, size_t k, double tol,
                     double *white, size_t *rank)
{
    double *sd = kit_scratch_f64(ctx, p), *value = kit_scratch_f64(ctx, p);
    if (!sd || !value)
        return LT_MEMORY;
    for (size_t j = 0; j < p; j++) {
        double size = 0;
        for (size_t c = 0; c < k; c++)
            size = fmax(size, fabs(mean[c * p + j]));
        sd[j] = sqrt(cov[j * p + j]);
        sd[j] = sd[j] > 1e-13 * size ? sd[j] : 0; /* what rounding leaves of a constant */
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            cov[i * p + j] = sd[i] > 0 && sd[j] > 0 ? cov[i * p + j] / sd[i] / sd[j] : 0;
    if (la_eigen_sym(p, cov, p, value))
        return ctx->fail(ctx, LT_NUMERIC, "the covariance of the columns can't be decomposed; rescale them");
    *rank = 0;
    for (size_t i = p; i-- > 0;) {
        if (!(value[i] > tol * tol))
            continue;
        for (size_t j = 0; j < p; j++)
            white[*rank * p + j] = sd[j] > 0 ? cov[i * p + j] / sd[j] / sqrt(value[i]) : 0;
        (*rank)++;
    }
    return LT_OK;
}

#include "plugins/linear/regression.h"

#include "plugins/linear/predictor.h"

int regression_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct coefficients *c = &((const struct regression *)model)->c;
    return predictor_apply(ctx, data, c->b, c->constant[0], out->value);
}

int regression_save(struct lt_ctx *ctx, const void *model)
{
    return coefficients_save(ctx, &((const struct regression *)model)->c);
}

int regression_load(struct lt_ctx *ctx, struct regression *m, void (*free_model)(void *), void **model)
{
    int status = m ? coefficients_load(ctx, &m->c) : LT_MEMORY;
    if (status != LT_OK) {
        free_model(m);
        return status;
    }
    m->done = true;
    *model = m;
    return LT_OK;
}

int regression_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct coefficients *c = &((const struct regression *)model)->c;
    *taken = (uint64_t)c->statistic[c->n_statistics - 1];
    *planned = 0;
    return LT_OK;
}

int regression_continue(struct lt_ctx *ctx, struct regression *m, bool ended, bool converged, double slope)
{
    double iterations = *regression_iterations(m);
    char left[64] = "";
    if (!ended && iterations < (double)m->max_iter)
        return LT_MORE;
    if (!isnan(slope))
        snprintf(left, sizeof left, " (largest gradient %.2g)", slope);
    if (!converged)
        ctx->note(ctx, LT_WARNING, "stopped after %.0f iterations, before tol was reached%s; raise max_iter",
                  iterations, left);
    m->done = true;
    return LT_DONE;
}

int regression_describe(struct lt_ctx *ctx, const struct regression *m, const struct regression_line *line,
                        size_t n)
{
    coefficients_describe(ctx, &m->c, "Coefficients", NULL);
    kit_summary(ctx);
    for (size_t i = 0; i < n; i++)
        kit_statistic(ctx, line[i].name, line[i].value);
    return LT_OK;
}

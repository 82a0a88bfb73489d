#include "plugins/bayes/prior.h"

int prior_check(struct lt_ctx *ctx, const struct lt_value *given, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_classes(ctx, data);
    if (status == LT_OK)
        status = kit_check_weights(ctx, data);
    if (status == LT_OK && !given->is_none && given->n != data->n_classes)
        return ctx->fail(ctx, LT_INVALID,
                         "class_prior has %u numbers, but there are %u classes; give one for each", given->n,
                         data->n_classes);
    for (uint32_t c = 0; status == LT_OK && !given->is_none && c < given->n; c++)
        if (!(given->list[c] > 0))
            return ctx->fail(ctx, LT_INVALID, "class_prior has %g; probabilities must be above 0", given->list[c]);
    return status;
}

int prior_check_more(struct lt_ctx *ctx, const struct lt_data *data, size_t p, uint32_t n_classes)
{
    int status = kit_check_weights(ctx, data);
    if (status == LT_OK && data->p != p)
        status = ctx->fail(ctx, LT_INVALID, "the new rows have %zu columns, the model %zu", data->p, p);
    for (size_t i = 0; status == LT_OK && i < data->n; i++)
        if (!data->label || data->label[i] < 0 || (uint32_t)data->label[i] >= n_classes)
            status = ctx->fail(ctx, LT_INVALID, "row %zu is of no class that the model knows", i + 1);
    return status;
}

void prior_read(const struct lt_value *given, uint32_t n_classes, double *prior)
{
    for (uint32_t c = 0; c < n_classes && !given->is_none && c < given->n; c++)
        prior[c] = given->list[c];
}

void prior_log(uint32_t n_classes, const double *prior, const double *rows, bool fit, double *log_prior)
{
    double given = 0, total = 0, present = 0;
    for (uint32_t c = 0; c < n_classes; c++) {
        given += prior[c];
        total += rows[c];
        present += rows[c] > 0;
    }
    for (uint32_t c = 0; c < n_classes; c++) {
        double share = given > 0 ? prior[c] / given : fit ? rows[c] / total : 1 / present;
        log_prior[c] = rows[c] > 0 ? log(share) : -INFINITY;
    }
}

#include "plugins/linear/coefficients.h"

int coefficients_new(struct lt_ctx *ctx, struct coefficients *c, size_t p, size_t rows, size_t n_statistics,
                     bool intercept, const struct lt_column *column)
{
    *c = (struct coefficients){.p = p, .rows = rows, .n_statistics = n_statistics, .intercept = intercept};
    c->b = kit_alloc(ctx, rows, p * sizeof(double));
    c->constant = kit_alloc_f64(ctx, rows);
    c->statistic = kit_alloc_f64(ctx, n_statistics);
    c->name = kit_column_names(ctx, column, p);
    return c->b && c->constant && c->statistic && c->name ? LT_OK : LT_MEMORY;
}

void coefficients_free(struct coefficients *c)
{
    free(c->b);
    free(c->constant);
    free(c->statistic);
    free(c->name);
    *c = (struct coefficients){0};
}

void coefficients_describe(struct lt_ctx *ctx, const struct coefficients *c, const char *title,
                           char *const *row_name)
{
    static const char *const one[] = {"term:text", "estimate:real"};
    static const char *const many[] = {"class:text", "term:text", "estimate:real"};
    ctx->emit_table(ctx, "coefficients", title, c->rows > 1 ? many : one, c->rows > 1 ? 3 : 2);
    for (size_t r = 0; r < c->rows; r++)
        for (size_t j = c->intercept ? 0 : 1; j <= c->p; j++) {
            struct lt_cell cells[] = {LT_CTEXT(row_name ? row_name[r] : ""),
                                      LT_CTEXT(j ? c->name[j - 1] : "(Intercept)"),
                                      kit_cell(j ? c->b[r * c->p + j - 1] : c->constant[r])};
            ctx->emit_row(ctx, c->rows > 1 ? cells : cells + 1);
        }
}

int coefficients_save(struct lt_ctx *ctx, const struct coefficients *c)
{
    int status = c->p ? kit_put_f64(ctx, "coef", c->b, c->rows, c->p) : LT_OK;
    if (status == LT_OK)
        status = kit_put_f64(ctx, "constant", c->constant, c->rows, 0);
    return status == LT_OK ? kit_put_f64(ctx, "statistic", c->statistic, c->n_statistics, 0) : status;
}

int coefficients_load(struct lt_ctx *ctx, struct coefficients *c)
{
    int status = c->p ? kit_get_f64(ctx, "coef", c->b, c->rows, c->p) : LT_OK;
    if (status == LT_OK)
        status = kit_get_f64(ctx, "constant", c->constant, c->rows, 0);
    return status == LT_OK ? kit_get_f64(ctx, "statistic", c->statistic, c->n_statistics, 0) : status;
}

int coefficients_check_regression(struct lt_ctx *ctx, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = kit_need_target(ctx, data);
    return status == LT_OK ? kit_check_weights(ctx, data) : status;
}

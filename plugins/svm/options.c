#include "plugins/svm/options.h"

#include "plugins/kit/kit.h"

/* The number that the text is, or NaN. */
static double number_of(const char *text)
{
    char *end;
    const double x = strtod(text, &end);
    return end == text || *end ? NAN : x;
}

int options_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    const char *gamma = kit_word(params, GAMMA);
    const double number = number_of(gamma);
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK && data->n > INT32_MAX)
        status = ctx->fail(ctx, LT_INVALID, "a kernel machine can learn from at most %d rows; train on a sample",
                           INT32_MAX);
    if (status == LT_OK && strcmp(gamma, "scale") && strcmp(gamma, "auto") && !(number >= 0 && isfinite(number)))
        status = ctx->fail(ctx, LT_INVALID, "gamma=%s is not scale, auto or a number of 0 or more", gamma);
    return status == LT_OK ? kit_check_weights(ctx, data) : status;
}

/* Of all numbers of the table together, as scikit-learn has it. */
static double variance_of(const struct lt_data *data)
{
    const double cells = (double)data->n * (double)data->p;
    double mean = 0, square = 0;
    for (size_t i = 0; i < data->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < data->p; j++)
            sum += data->x64[i * data->ld + j];
        mean += sum / cells;
    }
    for (size_t i = 0; i < data->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < data->p; j++) {
            const double d = data->x64[i * data->ld + j] - mean;
            sum += d * d;
        }
        square += sum / cells;
    }
    return square;
}

void options_shape(const struct lt_params *params, struct kernel *kernel)
{
    *kernel = (struct kernel){(enum kernel_shape)kit_choice(params, KERNEL), 0, kit_real(params, COEF0),
                              (unsigned)kit_int(params, DEGREE)};
}

void options_kernel(const struct lt_params *params, const struct lt_data *data, struct kernel *kernel)
{
    const char *gamma = kit_word(params, GAMMA);
    options_shape(params, kernel);
    if (!strcmp(gamma, "scale")) {
        const double variance = variance_of(data);
        kernel->gamma = 1 / (double)data->p / (variance > 0 ? variance : 1);
    } else
        kernel->gamma = !strcmp(gamma, "auto") ? 1 / (double)data->p : number_of(gamma);
}

uint64_t options_max_iter(const struct lt_params *params, size_t variables)
{
    const int64_t given = kit_int(params, MAX_ITER);
    const uint64_t usual = (uint64_t)variables * 100;
    return given >= 0 ? (uint64_t)given : usual > 10000000 ? usual : 10000000;
}

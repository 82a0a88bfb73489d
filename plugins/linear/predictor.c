#include "plugins/linear/predictor.h"

#include "num/la.h"

enum { ROWS = 4096 };

struct job {
    const struct lt_data *data;
    const double *coef;
    double intercept, *value;
};

static void apply_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const struct lt_data *d = job->data;
    (void)block;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        job->value[i] = job->intercept;
    if (d->p)
        la_gemv(0, end - begin, d->p, 1.0, d->x64 + begin * d->ld, d->ld, job->coef, 1.0, job->value + begin);
}

int predictor_apply(struct lt_ctx *ctx, const struct lt_data *data, const double *coef, double intercept,
                    double *value)
{
    struct job job = {data, coef, intercept, value};
    return kit_blocks(ctx, data->n, ROWS, apply_block, &job);
}

double predictor_rss(const struct lt_data *data, const double *value, bool centred, double *total)
{
    double weights = 0, mean = 0, rss = 0;
    *total = 0;
    for (size_t i = 0; centred && i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        weights += w;
        mean += w * data->y[i];
    }
    mean = centred ? mean / weights : 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        double left = data->y[i] - value[i], spread = data->y[i] - mean;
        rss += w * left * left;
        *total += w * spread * spread;
    }
    return rss;
}

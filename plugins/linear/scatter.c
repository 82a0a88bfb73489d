#include "plugins/linear/scatter.h"

#include "num/la.h"

enum { PANEL = 256 };

struct pass {
    const struct lt_data *data;
    const struct scatter *s;
    bool each;
    size_t width;
    double *slot;  /* a block */
    double *panel; /* a worker: PANEL x p */
    const double *sd;
};

static double weight_of(const struct lt_data *d, size_t i)
{
    return d->weight ? d->weight[i] : 1.0;
}

/* slot: sums of the columns in each class. */
static void sum_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    double *slot = pass->slot + block * pass->width;
    (void)worker;
    memset(slot, 0, pass->width * sizeof *slot);
    for (size_t i = begin; i < end; i++) {
        const double *x = d->x64 + i * d->ld, w = weight_of(d, i);
        double *sum = slot + (size_t)pass->s->class_of[d->label[i]] * d->p;
        for (size_t j = 0; w > 0 && j < d->p; j++)
            sum[j] += w * x[j];
    }
}

/* slot: products of the rows about the mean of their class, class after class. */
static void product_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    const struct scatter *s = pass->s;
    size_t p = d->p, held = 0;
    double *slot = pass->slot + block * pass->width, *panel = pass->panel + worker * PANEL * p;
    memset(slot, 0, pass->width * sizeof *slot);
    for (size_t c = 0; c < (pass->each ? s->k : 1); c++) {
        for (size_t i = begin; i < end; i++) {
            size_t of = (size_t)s->class_of[d->label[i]];
            if ((pass->each && of != c) || !(weight_of(d, i) > 0))
                continue;
            const double *x = d->x64 + i * d->ld, *mean = s->mean + of * p;
            double root = d->weight ? sqrt(d->weight[i]) : 1, *to = panel + held * p;
            for (size_t j = 0; j < p; j++)
                to[j] = root * (x[j] - mean[j]);
            if (++held == PANEL) {
                la_gram(held, p, 1.0, panel, p, slot + c * p * p, p);
                held = 0;
            }
        }
        if (held)
            la_gram(held, p, 1.0, panel, p, slot + c * p * p, p);
        held = 0;
    }
}

static void fourth_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct lt_data *d = pass->data;
    const struct scatter *s = pass->s;
    double *slot = pass->slot + block * pass->width;
    (void)worker;
    memset(slot, 0, pass->width * sizeof *slot);
    for (size_t i = begin; i < end; i++) {
        size_t c = (size_t)s->class_of[d->label[i]];
        const double *x = d->x64 + i * d->ld, *mean = s->mean + c * d->p, *sd = pass->sd + c * d->p;
        double square = 0;
        for (size_t j = 0; j < d->p; j++) {
            double z = sd[j] > 0 ? (x[j] - mean[j]) / sd[j] : 0;
            square += z * z;
        }
        slot[c] += weight_of(d, i) * square * square;
    }
}

static int run(struct lt_ctx *ctx, struct pass *pass, kit_block_fn *fn)
{
    size_t most = ((size_t)1 << 23) / pass->width; /* slots of 64 MB together, but enough for some threads */
    size_t rows = kit_block_rows(pass->data->n, 1024, most < 2 ? 2 : most > 64 ? 64 : most);
    size_t blocks = kit_block_count(pass->data->n, rows);
    pass->slot = kit_scratch(ctx, blocks, pass->width * sizeof(double));
    if (!pass->slot)
        return LT_MEMORY;
    int status = kit_blocks(ctx, pass->data->n, rows, fn, pass);
    kit_add_slots(pass->slot, blocks, pass->width);
    return status;
}

static int find_classes(struct lt_ctx *ctx, const struct lt_data *data, struct scatter *s)
{
    double *weight = kit_scratch_f64(ctx, data->n_classes);
    s->class_of = kit_scratch(ctx, data->n_classes, sizeof *s->class_of);
    s->present = kit_scratch(ctx, data->n_classes, sizeof *s->present);
    s->weight = kit_scratch_f64(ctx, data->n_classes);
    if (!weight || !s->class_of || !s->present || !s->weight)
        return LT_MEMORY;
    memset(weight, 0, data->n_classes * sizeof *weight);
    for (size_t i = 0; i < data->n; i++)
        weight[data->label[i]] += weight_of(data, i);
    for (size_t c = 0; c < data->n_classes; c++) {
        s->class_of[c] = weight[c] > 0 ? (int32_t)s->k : 0; /* rows of the others have no weight */
        if (!(weight[c] > 0))
            continue;
        s->present[s->k] = (int32_t)c;
        s->weight[s->k++] = weight[c];
        s->total += weight[c];
    }
    return LT_OK;
}

int scatter_measure(struct lt_ctx *ctx, const struct lt_data *data, bool each, struct scatter *s)
{
    size_t p = data->p;
    *s = (struct scatter){.p = p};
    int status = find_classes(ctx, data, s);
    if (status != LT_OK)
        return status;
    struct pass pass = {.data = data, .s = s, .each = each, .width = s->k * p};
    status = run(ctx, &pass, sum_block);
    if (status != LT_OK)
        return status;
    s->mean = pass.slot;
    for (size_t c = 0; c < s->k; c++)
        for (size_t j = 0; j < p; j++)
            s->mean[c * p + j] /= s->weight[c];
    pass.width = (each ? s->k : 1) * p * p;
    pass.panel = kit_scratch(ctx, ctx->threads * PANEL, p * sizeof(double));
    if (!pass.panel)
        return LT_MEMORY;
    status = run(ctx, &pass, product_block);
    s->within = pass.slot;
    for (size_t i = 0; status == LT_OK && i < pass.width; i++)
        if (!isfinite(s->within[i]))
            return ctx->fail(ctx, LT_NUMERIC, "the numbers are too large to square; rescale the columns");
    return status;
}

int scatter_fourth(struct lt_ctx *ctx, const struct lt_data *data, const struct scatter *s, const double *sd,
                   double *fourth)
{
    struct pass pass = {.data = data, .s = s, .width = s->k, .sd = sd};
    int status = run(ctx, &pass, fourth_block);
    if (status == LT_OK)
        memcpy(fourth, pass.slot, s->k * sizeof *fourth);
    return status;
}

int scatter_priors(struct lt_ctx *ctx, const struct lt_value *given, const struct lt_data *data,
                   const struct scatter *s, double *prior)
{
    double total = 0;
    if (!given->is_none && given->n != data->n_classes)
        return ctx->fail(ctx, LT_INVALID, "priors has %u numbers, but there are %u classes; give one for each",
                         given->n, data->n_classes);
    for (size_t c = 0; c < s->k; c++) {
        prior[c] = given->is_none ? s->weight[c] : given->list[s->present[c]];
        if (!(prior[c] > 0))
            return ctx->fail(ctx, LT_INVALID, "the prior of a class that occurs is %g; it must be above 0",
                             prior[c]);
        total += prior[c];
    }
    for (size_t c = 0; c < s->k; c++)
        prior[c] /= total;
    return LT_OK;
}

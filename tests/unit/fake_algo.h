/* fake_algo: a learner for tests of the host, simple enough to know its answers: it predicts the mean of y, or the
 * shares of the classes, and closes in on them by half of the way at each step. */
#ifndef LATHE_TEST_FAKE_ALGO_H
#define LATHE_TEST_FAKE_ALGO_H

#include <stdatomic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/lathe.h"

enum { FAKE_STEPS, FAKE_DELAY, FAKE_FAIL_AT, FAKE_OVERFIT_AT, FAKE_COLUMN };

static const struct lt_param fake_params[] = {
    {.name = "n_steps",
     .aliases = "steps",
     .type = LT_INT,
     .def = "20",
     .min = 1,
     .max = 1e9,
     .doc = "steps to take"},
    {.name = "delay",
     .type = LT_REAL,
     .def = "0",
     .min = 0,
     .max = 1000,
     .unit = "milliseconds",
     .doc = "time of a step"},
    {.name = "fail_at", .type = LT_INT, .def = "0", .doc = "the step that fails"},
    {.name = "overfit_at", .type = LT_INT, .def = "0", .doc = "the step from which predictions become worse"},
    {.name = "by", .type = LT_COLUMN, .flags = LT_NULLABLE, .def = "none", .doc = "a column that is looked at"},
};

struct fake {
    uint32_t k;
    uint64_t taken, planned;
    double share[16], target[16];
    double column;
    struct lt_value v[5];
};

static atomic_int fake_alive; /* models not yet freed */

static int fake_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *d, void **out)
{
    if (d->n == 0 || (!d->y && !d->label))
        return ctx->fail(ctx, LT_INVALID, "there is nothing to learn");
    struct fake *m = calloc(1, sizeof *m);
    m->k = d->label ? d->n_classes : 1;
    m->planned = (uint64_t)p->v[FAKE_STEPS].i;
    m->column = (double)p->v[FAKE_COLUMN].i;
    memcpy(m->v, p->v, sizeof m->v);
    double total = 0;
    for (size_t i = 0; i < d->n; i++) {
        double w = d->weight ? d->weight[i] : 1;
        m->target[d->label ? d->label[i] : 0] += d->label ? w : w * d->y[i];
        total += w;
    }
    for (uint32_t c = 0; c < m->k; c++) {
        m->target[c] /= total;
        m->share[c] = d->label ? 1.0 / m->k : 0;
    }
    ctx->note(ctx, LT_NOTE, "learned from %zu rows", d->n);
    fake_alive++;
    *out = m;
    return LT_OK;
}

static int fake_step(struct lt_ctx *ctx, void *model, const struct lt_data *d, uint64_t units)
{
    struct fake *m = model;
    (void)d;
    for (; units && m->taken < m->planned; units--) {
        double left = m->v[FAKE_DELAY].r;
        for (; left > 0; left -= 1) {
            struct timespec ms = {0, left < 1 ? (long)(left * 1e6) : 1000000};
            nanosleep(&ms, 0);
            if (ctx->cancelled(ctx))
                return LT_CANCELLED;
        }
        if (m->v[FAKE_FAIL_AT].i == (int64_t)m->taken + 1)
            return ctx->fail(ctx, LT_NUMERIC, "step %llu diverged", (unsigned long long)m->taken + 1);
        double loss = 0, *work = ctx->scratch(ctx, 1000);
        if (!work)
            return ctx->fail(ctx, LT_MEMORY, "no scratch");
        m->taken++;
        int worse = m->v[FAKE_OVERFIT_AT].i && (int64_t)m->taken >= m->v[FAKE_OVERFIT_AT].i;
        for (uint32_t c = 0; c < m->k; c++) {
            work[c] = m->target[c] - m->share[c];
            m->share[c] += worse ? -work[c] : work[c] / 2;
            loss += fabs(m->target[c] - m->share[c]);
        }
        ctx->metric(ctx, "loss", m->taken, loss);
        if (ctx->want_trace)
            ctx->trace(ctx, "share", &(struct lt_tensor){LT_T_F64, 1, {m->k}, m->share});
    }
    return m->taken == m->planned ? LT_DONE : LT_MORE;
}

static int fake_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *d, struct lt_out *out)
{
    const struct fake *m = model;
    (void)ctx;
    for (size_t i = 0; i < d->n; i++)
        for (uint32_t c = 0; c < m->k; c++)
            (out->proba ? out->proba : out->value)[i * m->k + c] = m->share[c];
    return LT_OK;
}

static int fake_describe(struct lt_ctx *ctx, const void *model)
{
    const struct fake *m = model;
    static const char *const columns[] = {"class:int", "share:real", "note:text"};
    ctx->emit_table(ctx, "summary", "Summary", columns, 3);
    for (uint32_t c = 0; c < m->k; c++) {
        struct lt_cell cells[] = {LT_CINT(c), LT_CREAL(m->share[c]), LT_CNONE};
        ctx->emit_row(ctx, cells);
    }
    ctx->emit_text(ctx, "text", "Words", "that is all");
    return LT_OK;
}

static int fake_save(struct lt_ctx *ctx, const void *model)
{
    const struct fake *m = model;
    struct lt_tensor share = {LT_T_F64, 1, {m->k}, m->share};
    uint8_t odd[3] = {1, 2, 3};
    struct lt_tensor bytes = {LT_T_U8, 1, {3}, odd};
    if (ctx->put_tensor(ctx, "odd", &bytes) || ctx->put_tensor(ctx, "share", &share) ||
        ctx->put_number(ctx, "column", m->column) || ctx->put_text(ctx, "motto", "halves \"and\" halves"))
        return LT_INTERNAL;
    return ctx->put_number(ctx, "taken", (double)m->taken);
}

static int fake_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **out)
{
    struct lt_tensor share, odd;
    double taken, column;
    uint32_t k = info->task == LT_CLASSIFY ? info->n_classes : 1;
    (void)p;
    if (ctx->get_tensor(ctx, "share", LT_T_F64, 1, &share) || share.shape[0] != k || k > 16)
        return ctx->fail(ctx, LT_INVALID, "the shares are missing or too many");
    if (ctx->get_tensor(ctx, "odd", LT_T_U8, 1, &odd) || odd.shape[0] != 3 || ((const uint8_t *)odd.data)[2] != 3)
        return ctx->fail(ctx, LT_INVALID, "the odd bytes are wrong");
    if (ctx->get_number(ctx, "taken", &taken) || ctx->get_number(ctx, "column", &column) ||
        !ctx->get_text(ctx, "motto"))
        return ctx->fail(ctx, LT_INVALID, "a number is missing");
    if (!(taken >= 0 && taken <= 1e15))
        return ctx->fail(ctx, LT_INVALID, "%g steps can't be", taken);
    struct fake *m = calloc(1, sizeof *m);
    m->k = k;
    memcpy(m->share, share.data, k * sizeof(double));
    m->taken = m->planned = (uint64_t)taken;
    m->column = column;
    fake_alive++;
    *out = m;
    return LT_OK;
}

static void fake_free(void *model)
{
    fake_alive--;
    free(model);
}

static int fake_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct fake *m = model;
    *taken = m->taken;
    *planned = m->planned;
    return LT_OK;
}

#define FAKE_BASE(ID)                                                                                             \
    LT_HEADER(1), .id = (ID), .name = "Fake", .version = "1", .summary = "predicts the mean",                     \
                  .doc = "The mean of the target.", .tasks = LT_CLASSIFY | LT_REGRESS, .unit = "step",            \
                  .params = fake_params, .n_params = 5, .begin = fake_begin, .step = fake_step,                   \
                  .predict = fake_predict, .describe = fake_describe, .save = fake_save, .load = fake_load,       \
                  .free = fake_free

static const struct lt_algo fake = {FAKE_BASE("fake"), .traits = LT_ITERATIVE | LT_WEIGHTS_OK,
                                    .units = fake_units};
static const struct lt_algo fake_plain = {FAKE_BASE("fake_plain"), .traits = LT_TARGET_SCALED | LT_WANTS_SCALED,
                                          .layout = LT_ROWS_F32};

#endif

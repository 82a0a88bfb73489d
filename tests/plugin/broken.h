/* broken: an algorithm that is whole, for modules that break one thing of it and must be refused. */
#ifndef LATHE_TEST_BROKEN_H
#define LATHE_TEST_BROKEN_H

#include "api/lathe.h"

static inline int broken_begin(struct lt_ctx *c, const struct lt_params *p, const struct lt_data *d, void **m)
{
    static int state;
    (void)c, (void)p, (void)d;
    *m = &state;
    return LT_OK;
}

static inline int broken_step(struct lt_ctx *c, void *m, const struct lt_data *d, uint64_t units)
{
    (void)c, (void)m, (void)d, (void)units;
    return LT_DONE;
}

static inline int broken_predict(struct lt_ctx *c, const void *m, const struct lt_data *d, struct lt_out *out)
{
    (void)c, (void)m;
    for (size_t i = 0; i < d->n; i++)
        out->value[i] = 0;
    return LT_OK;
}

static inline int broken_describe(struct lt_ctx *c, const void *m)
{
    (void)m;
    c->emit_text(c, "summary", "Summary", "nothing");
    return LT_OK;
}

static inline int broken_save(struct lt_ctx *c, const void *m)
{
    (void)c, (void)m;
    return LT_OK;
}

static inline int broken_load(struct lt_ctx *c, const struct lt_params *p, const struct lt_info *i, void **m)
{
    (void)i;
    return broken_begin(c, p, 0, m);
}

static inline void broken_free(void *m)
{
    (void)m;
}

#define BROKEN_BASE(ID)                                                                                           \
    LT_HEADER(1), .id = (ID), .name = "Broken", .version = "1", .summary = "a test", .doc = "A test.",            \
                  .tasks = LT_REGRESS, .layout = LT_ROWS_F64, .unit = "step", .step = broken_step,                \
                  .predict = broken_predict, .describe = broken_describe, .save = broken_save,                    \
                  .load = broken_load, .free = broken_free

#endif

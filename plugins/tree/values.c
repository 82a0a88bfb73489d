#include "plugins/tree/values.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "plugins/tree/room.h"

enum { BLOCK = 4096 };

/* What stands for a bin of several values: its middle, or the end that it has. */
static double code_value(const struct bin_column *c, uint32_t code)
{
    if (c->value)
        return c->value[code];
    if (code == 1)
        return c->edge[0];
    return code + 1 == c->n_codes ? c->edge[code - 2] : c->edge[code - 1] / 2 + c->edge[code - 2] / 2;
}

/* Values of the codes of one column in [0, 1]. 1 when nearly all are different, 0 when not. */
static int scale_codes(const struct bin_column *c, float *of_code)
{
    of_code[0] = 0;
    if (c->n_codes < 3) {
        for (uint32_t k = 0; k < c->n_codes; k++)
            of_code[k] = 0;
        return 1;
    }
    uint32_t same = 0;
    double least = code_value(c, 1), span = code_value(c, c->n_codes - 1) - least;
    if (!isfinite(least) || !isfinite(span) || !(span > 0))
        return 0;
    for (uint32_t k = 1; k < c->n_codes; k++) {
        of_code[k] = (float)((code_value(c, k) - least) / span);
        same += k > 1 && !(of_code[k] > of_code[k - 1]);
    }
    return same <= c->n_codes / 100;
}

/* Where the search for a value begins: of_code[1] is 0, so that every step has a code. */
static void find_steps(const float *of_code, uint32_t n_codes, uint32_t *first)
{
    uint32_t code = n_codes > 1;
    for (size_t k = 0; k <= VALUES_STEPS; k++) {
        while (code + 1 < n_codes && of_code[code + 1] <= (float)k / VALUES_STEPS)
            code++;
        first[k] = code;
    }
    first[VALUES_STEPS + 1] = code;
}

struct filling {
    struct lt_ctx *ctx;
    const struct bin_table *codes;
    struct value_table *table;
    atomic_int missing;
};

static void fill_block(void *arg, size_t b, unsigned worker)
{
    struct filling *f = arg;
    struct value_table *t = f->table;
    size_t begin = b * BLOCK, end = begin + BLOCK < t->n ? begin + BLOCK : t->n;
    int missing = 0;
    (void)worker;
    if (f->ctx->cancelled(f->ctx))
        return;
    for (size_t i = begin; i < end; i++) {
        float *row = t->rows + i * t->step;
        for (size_t j = 0; j < t->p; j++) {
            uint32_t code = bin_code(f->codes, f->codes->wide, bin_place(f->codes, i, j));
            missing |= code == 0;
            row[j] = t->of_code[j][code];
        }
        for (size_t j = t->p; j < t->step; j++)
            row[j] = 0;
    }
    if (missing)
        atomic_store(&f->missing, 1);
}

int value_table_make(struct lt_ctx *ctx, const struct bin_map *map, const struct bin_table *codes,
                     struct value_table *t, int *made)
{
    *made = 0;
    *t = (struct value_table){.n = codes->n,
                              .p = map->p,
                              .step = (map->p + VALUES_LANE - 1) / VALUES_LANE * VALUES_LANE,
                              .of_code = room_zero(map->p, sizeof *t->of_code),
                              .first = room_zero(map->p, sizeof *t->first)};
    int status = t->of_code && t->first ? LT_OK : LT_MEMORY, apart = 1;
    for (size_t j = 0; j < map->p && apart && status == LT_OK; j++) {
        const struct bin_column *c = &map->column[j];
        apart = !c->category;
        if (!apart)
            break;
        t->of_code[j] = room_new(c->n_codes + 1, sizeof **t->of_code);
        t->first[j] = room_new(VALUES_STEPS + 2, sizeof **t->first);
        if (t->of_code[j] == NULL || t->first[j] == NULL)
            status = LT_MEMORY;
        else if ((apart = scale_codes(c, t->of_code[j])) != 0)
            find_steps(t->of_code[j], c->n_codes, t->first[j]);
    }
    if (status == LT_OK && apart && (t->rows = room_new(t->n, t->step * sizeof *t->rows)) == NULL)
        status = LT_MEMORY;
    if (status == LT_OK && apart) {
        struct filling f = {ctx, codes, t, 0};
        ctx->parallel(ctx, (t->n + BLOCK - 1) / BLOCK, fill_block, &f);
        *made = !atomic_load(&f.missing);
        status = ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
    }
    if (status != LT_OK || !*made)
        value_table_free(t);
    return status;
}

void value_table_free(struct value_table *t)
{
    for (size_t j = 0; t->of_code && j < t->p; j++)
        room_free(t->of_code[j]);
    for (size_t j = 0; t->first && j < t->p; j++)
        room_free(t->first[j]);
    room_free(t->of_code);
    room_free(t->first);
    room_free(t->rows);
    *t = (struct value_table){0};
}

uint32_t value_code(const struct value_table *t, size_t j, float x)
{
    size_t k = (size_t)(x * VALUES_STEPS);
    uint32_t low = t->first[j][k], high = t->first[j][k + 1] + 1;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (t->of_code[j][middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

#include "plugins/tree/bins.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/sort.h"
#include "plugins/tree/column.h"
#include "plugins/tree/room.h"

enum {
    SAMPLE = 65536, /* values that the edges of a long column are drawn from */
    SLOTS = 1024,   /* of the table that finds columns of few distinct values */
    READ_BLOCK = 2048,
    CODE_BLOCK = 256
};

/* ---- learning the edges ------------------------------------------------------------------------------------- */

/* What one thread needs to learn one column. */
struct sampler {
    double *sample, *work; /* `room` each */
    double slot[SLOTS], block[READ_BLOCK];
    uint8_t used[SLOTS];
};

struct learning {
    struct lt_ctx *ctx;
    const struct lt_data *data;
    uint32_t max_bins;
    size_t room;
    struct bin_map *map;
    struct sampler *sampler; /* one a worker */
    double *memory;
    uint8_t *failed; /* one a column */
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint64_t value_hash(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return lt_mix(bits);
}

/* Adds x to the table of distinct values; the new number of them. */
static uint32_t distinct_add(struct sampler *s, double x, uint32_t n)
{
    size_t i = value_hash(x) % SLOTS;
    while (s->used[i] && s->slot[i] != x)
        i = (i + 1) % SLOTS;
    if (s->used[i])
        return n;
    s->used[i] = 1;
    s->slot[i] = x;
    return n + 1;
}

/* The distinct values of column j, sorted, if there are at most `limit` of them (limit < SLOTS/2); their
 * number, or limit + 1. */
static uint32_t distinct_values(const struct lt_data *data, size_t j, uint32_t limit, struct sampler *s)
{
    uint32_t n = 0;
    double last = NAN;
    memset(s->used, 0, sizeof s->used);
    for (size_t begin = 0; begin < data->n; begin += READ_BLOCK) {
        size_t m = data->n - begin < READ_BLOCK ? data->n - begin : READ_BLOCK;
        column_values(data, j, begin, m, s->block);
        for (size_t i = 0; i < m; i++) {
            double x = s->block[i] + 0.0; /* -0 is 0 */
            if (x == last || isnan(x))
                continue;
            n = distinct_add(s, x, n);
            if (n > limit)
                return n;
            last = x;
        }
    }
    uint32_t k = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (s->used[i])
            s->sample[k++] = s->slot[i];
    qsort(s->sample, k, sizeof *s->sample, ascending);
    return k;
}

/* A sorted sample of column j: all present values when they fit, else one from each of `room` equal stretches. */
static size_t sorted_sample(const struct learning *l, size_t j, struct sampler *s)
{
    size_t n = l->data->n, m = 0;
    if (n <= l->room) {
        column_values(l->data, j, 0, n, s->sample);
        for (size_t i = 0; i < n; i++)
            if (!isnan(s->sample[i]))
                s->sample[m++] = s->sample[i] + 0.0;
    } else
        for (size_t k = 0; k < l->room; k++) {
            double at = ((double)k + lt_uniform(l->ctx->seed, 0x62696e73, k)) * (double)n / (double)l->room;
            size_t row = (size_t)at < n ? (size_t)at : n - 1;
            double x = column_value(l->data, j, row);
            if (!isnan(x))
                s->sample[m++] = x + 0.0;
        }
    sort_f64(m, s->sample, s->work);
    return m;
}

/* Between a < b, in [a, b), even where they are neighbours or infinite. */
static double halfway(double a, double b)
{
    double middle = a / 2 + b / 2;
    return middle >= a && middle < b ? middle : a;
}

/* Cuts m sorted values into at most max_bins bins of nearly equal counts; a value that fills a bin alone gets one.
 * edge may be the sample itself. The number of edges. */
static uint32_t quantile_edges(size_t m, double *x, uint32_t max_bins, double *edge)
{
    uint32_t n = 0;
    size_t rest = m, filled = 0, group;
    for (size_t i = 0; i < m && n + 1 < max_bins; i += group) {
        for (group = 1; i + group < m && x[i + group] == x[i]; group++)
            ;
        filled += group;
        size_t next = i + group, following = 0;
        if (next == m)
            break;
        size_t target = (rest + max_bins - n - 1) / (max_bins - n);
        while (next + following < m && following <= target && x[next + following] == x[next])
            following++;
        if (filled >= target || following >= target) {
            edge[n++] = halfway(x[i], x[next]);
            rest -= filled;
            filled = 0;
        }
    }
    return n;
}

static int set_distinct(struct bin_map *map, size_t j, uint32_t n, const double *value)
{
    double *edge = room_new(n + 1, sizeof *edge), *keep = room_new(n + 2, sizeof *keep);
    if (edge == NULL || keep == NULL) {
        room_free(edge);
        room_free(keep);
        return -1;
    }
    keep[0] = NAN;
    for (uint32_t k = 0; k < n; k++)
        keep[k + 1] = value[k];
    for (uint32_t k = 0; k + 1 < n; k++)
        edge[k] = halfway(value[k], value[k + 1]);
    int status = bin_map_set_edges(map, j, n ? n - 1 : 0, edge);
    room_free(edge);
    map->column[j].value = keep;
    if (n == 0)
        map->column[j].n_codes = 1;
    return status;
}

static int learn_numbers(const struct learning *l, size_t j, struct sampler *s)
{
    if (l->max_bins < BIN_NARROW) {
        uint32_t n = distinct_values(l->data, j, l->max_bins, s);
        if (n <= l->max_bins)
            return set_distinct(l->map, j, n, s->sample);
    }
    size_t m = sorted_sample(l, j, s), distinct = m > 0;
    for (size_t i = 1; i < m && m == l->data->n; i++)
        distinct += s->sample[i] != s->sample[i - 1];
    if (l->data->n <= l->room && distinct <= l->max_bins) {
        size_t k = 0;
        for (size_t i = 0; i < m; i++)
            if (i == 0 || s->sample[i] != s->sample[k - 1])
                s->sample[k++] = s->sample[i];
        if (k <= l->max_bins)
            return set_distinct(l->map, j, (uint32_t)k, s->sample);
    }
    return bin_map_set_edges(l->map, j, quantile_edges(m, s->sample, l->max_bins, s->work), s->work);
}

struct level_count {
    uint32_t level;
    size_t n;
};

static int more_frequent(const void *a, const void *b)
{
    const struct level_count *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return x->level < y->level ? -1 : 1;
}

/* One code a level; when there are too many, the rarest share the last code. */
static int learn_levels(const struct learning *l, size_t j)
{
    uint32_t n = l->data->column[j].n_levels, limit = BIN_NARROW - 1;
    struct level_count *count = room_new(n + 1, sizeof *count);
    uint16_t *code_of = room_new(n + 1, sizeof *code_of);
    int status = -1;
    if (count == NULL || code_of == NULL)
        goto end;
    for (uint32_t k = 0; k < n; k++) {
        count[k] = (struct level_count){k, 0};
        code_of[k] = (uint16_t)(k + 1);
    }
    if (n > limit) {
        int32_t block[READ_BLOCK];
        for (size_t begin = 0; begin < l->data->n; begin += READ_BLOCK) {
            size_t m = l->data->n - begin < READ_BLOCK ? l->data->n - begin : READ_BLOCK;
            column_levels(l->data, j, begin, m, block);
            for (size_t i = 0; i < m; i++)
                if (block[i] >= 0 && (uint32_t)block[i] < n)
                    count[block[i]].n++;
        }
        qsort(count, n, sizeof *count, more_frequent);
        for (uint32_t k = 0; k < n; k++)
            code_of[count[k].level] = (uint16_t)(k < limit - 1 ? k + 1 : limit);
    }
    status = bin_map_set_levels(l->map, j, n, code_of, (n < limit ? n : limit) + 1);
end:
    room_free(count);
    room_free(code_of);
    return status;
}

static void learn_column(void *arg, size_t j, unsigned worker)
{
    struct learning *l = arg;
    if (l->ctx->cancelled(l->ctx))
        return;
    int status =
        l->data->column[j].kind == LT_CATEGORY ? learn_levels(l, j) : learn_numbers(l, j, &l->sampler[worker]);
    l->failed[j] = status != 0;
}

int bin_map_learn(struct lt_ctx *ctx, const struct lt_data *data, uint32_t max_bins, struct bin_map *map)
{
    size_t room = data->n > SAMPLE && max_bins < BIN_NARROW ? SAMPLE : data->n;
    room = room < SLOTS ? SLOTS : room;
    uint32_t workers = ctx->threads ? ctx->threads : 1;
    struct learning l = {ctx, data, max_bins, room, map, NULL, NULL, NULL};
    int status = LT_MEMORY;
    if (bin_map_new(map, data->p) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the bins of %zu columns", data->p);
    l.sampler = room_new(workers, sizeof *l.sampler);
    l.memory = room_new(workers, 2 * room * sizeof(double));
    l.failed = room_zero(data->p, 1);
    if (l.sampler && l.memory && l.failed) {
        for (uint32_t w = 0; w < workers; w++) {
            l.sampler[w].sample = l.memory + 2 * room * w;
            l.sampler[w].work = l.memory + 2 * room * w + room;
        }
        ctx->parallel(ctx, data->p, learn_column, &l);
        status = ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
        for (size_t j = 0; j < data->p; j++)
            if (l.failed[j])
                status = LT_MEMORY;
    }
    room_free(l.sampler);
    room_free(l.memory);
    room_free(l.failed);
    if (status != LT_OK)
        bin_map_free(map);
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory for the bins of %zu columns", data->p)
                               : status;
}

/* ---- the map ------------------------------------------------------------------------------------------------ */

int bin_map_new(struct bin_map *map, size_t p)
{
    map->p = p;
    map->column = room_zero(p, sizeof *map->column);
    return map->column ? 0 : -1;
}

void bin_map_free(struct bin_map *map)
{
    for (size_t j = 0; map->column && j < map->p; j++) {
        room_free(map->column[j].edge);
        room_free(map->column[j].value);
        room_free(map->column[j].code_of);
    }
    room_free(map->column);
    map->column = NULL;
}

int bin_map_set_edges(struct bin_map *map, size_t j, size_t n, const double *edge)
{
    struct bin_column *c = &map->column[j];
    uint32_t steps = 0;
    while (((size_t)1 << steps) - 1 < n)
        steps++;
    size_t padded = (size_t)1 << steps;
    c->edge = room_new(padded, sizeof *c->edge);
    if (c->edge == NULL)
        return -1;
    for (size_t k = 0; k < padded; k++)
        c->edge[k] = k < n ? edge[k] : INFINITY;
    c->steps = steps;
    c->n_codes = (uint32_t)n + 2;
    return 0;
}

int bin_map_set_levels(struct bin_map *map, size_t j, uint32_t n_levels, const uint16_t *code_of, uint32_t n_codes)
{
    struct bin_column *c = &map->column[j];
    c->category = 1;
    c->n_levels = n_levels;
    c->n_codes = n_codes;
    c->code_of = room_new(n_levels + 1, sizeof *c->code_of);
    if (c->code_of == NULL)
        return -1;
    memcpy(c->code_of, code_of, n_levels * sizeof *code_of);
    return 0;
}

int bin_map_wide(const struct bin_map *map)
{
    for (size_t j = 0; j < map->p; j++)
        if (map->column[j].n_codes > BIN_NARROW)
            return 1;
    return 0;
}

double bin_threshold(const struct bin_column *c, uint32_t a, uint32_t b)
{
    if (b >= c->n_codes)
        return INFINITY;
    return c->value ? halfway(c->value[a], c->value[b]) : c->edge[(a + b) / 2 - 1];
}

int bin_map_save(struct lt_ctx *ctx, const struct bin_map *map)
{
    size_t n = 0;
    for (size_t j = 0; j < map->p; j++)
        n += map->column[j].category ? map->column[j].n_levels : map->column[j].n_codes;
    int32_t *shape = ctx->scratch(ctx, (map->p * 3 + 1) * sizeof *shape);
    double *values = ctx->scratch(ctx, (n + 1) * sizeof *values);
    if (shape == NULL || values == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to save the bins");
    size_t at = 0;
    for (size_t j = 0; j < map->p; j++) {
        const struct bin_column *c = &map->column[j];
        size_t begin = at;
        for (uint32_t k = 0; c->category && k < c->n_levels; k++)
            values[at++] = c->code_of[k];
        for (uint32_t k = 2; !c->category && k < c->n_codes; k++)
            values[at++] = c->edge[k - 2];
        shape[3 * j] = (int32_t)c->category;
        shape[3 * j + 1] = (int32_t)c->n_codes;
        shape[3 * j + 2] = (int32_t)(at - begin);
    }
    struct lt_tensor columns = {LT_T_I32, 2, {map->p, 3}, shape}, edges = {LT_T_F64, 1, {at}, values};
    int status = ctx->put_tensor(ctx, "bins.columns", &columns);
    return status ? status : ctx->put_tensor(ctx, "bins.edges", &edges);
}

/* One column of a saved map, checked. */
static int column_load(struct bin_map *map, size_t j, const int32_t *shape, const double *v)
{
    size_t n = (size_t)shape[2];
    if (shape[0] == 0) {
        if (shape[1] < 1 || shape[1] > BIN_WIDE || n != (size_t)(shape[1] < 2 ? 0 : shape[1] - 2))
            return LT_INVALID;
        for (size_t k = 0; k < n; k++)
            if (isnan(v[k]) || (k && !(v[k - 1] < v[k])))
                return LT_INVALID;
        if (bin_map_set_edges(map, j, n, v) != 0)
            return LT_MEMORY;
        map->column[j].n_codes = (uint32_t)shape[1];
        return LT_OK;
    }
    if (shape[1] < 1 || shape[1] > BIN_NARROW)
        return LT_INVALID;
    uint16_t *code_of = room_new(n + 1, sizeof *code_of);
    if (code_of == NULL)
        return LT_MEMORY;
    int status = LT_OK;
    for (size_t k = 0; k < n && status == LT_OK; k++)
        if (v[k] >= 0 && v[k] < shape[1])
            code_of[k] = (uint16_t)v[k];
        else
            status = LT_INVALID;
    if (status == LT_OK && bin_map_set_levels(map, j, (uint32_t)n, code_of, (uint32_t)shape[1]) != 0)
        status = LT_MEMORY;
    room_free(code_of);
    return status;
}

int bin_map_load(struct lt_ctx *ctx, const struct lt_info *info, struct bin_map *map)
{
    struct lt_tensor columns, edges;
    int status = ctx->get_tensor(ctx, "bins.columns", LT_T_I32, 2, &columns);
    if (status == LT_OK)
        status = ctx->get_tensor(ctx, "bins.edges", LT_T_F64, 1, &edges);
    if (status != LT_OK || columns.shape[0] != info->p || columns.shape[1] != 3)
        return ctx->fail(ctx, LT_INVALID, "the saved model has no bins for its %zu columns", info->p);
    if (bin_map_new(map, info->p) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the bins of %zu columns", info->p);
    const int32_t *shape = columns.data;
    size_t at = 0;
    for (size_t j = 0; j < map->p && status == LT_OK; j++) {
        int32_t n = shape[3 * j + 2];
        if (n < 0 || (size_t)n > edges.shape[0] - at)
            status = LT_INVALID;
        else
            status = column_load(map, j, shape + 3 * j, (const double *)edges.data + at);
        at += (size_t)(n < 0 ? 0 : n);
    }
    if (status == LT_OK)
        return LT_OK;
    bin_map_free(map);
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory for the bins of %zu columns", info->p)
                               : ctx->fail(ctx, LT_INVALID, "the bins of the saved model are damaged");
}

/* ---- values to codes ---------------------------------------------------------------------------------------- */

/* code = 1 + the number of edges below x, by halving; a missing x compares false all the way and gets 0. The loop
 * over values is inside, so that many searches run side by side. */
NUM_CLONES static void search_codes(size_t n, const double *x, const double *edge, uint32_t steps, uint32_t *code)
{
    for (size_t i = 0; i < n; i++)
        code[i] = 0;
    for (uint32_t half = steps ? 1u << (steps - 1) : 0; half; half >>= 1)
        for (size_t i = 0; i < n; i++) {
            uint32_t at = code[i] + half;
            code[i] = edge[at - 1] < x[i] ? at : code[i];
        }
    for (size_t i = 0; i < n; i++)
        code[i] += x[i] == x[i];
}

static void level_codes(size_t n, const int32_t *level, const struct bin_column *c, uint32_t *code)
{
    for (size_t i = 0; i < n; i++)
        code[i] = level[i] >= 0 && (uint32_t)level[i] < c->n_levels ? c->code_of[level[i]] : 0;
}

static void store_codes(struct bin_table *table, size_t row, size_t j, size_t n, const uint32_t *code)
{
    size_t place = bin_place(table, row, j), step = table->step;
    if (table->wide)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)table->rows)[place + i * step] = (uint16_t)code[i];
    else
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)table->rows)[place + i * step] = (uint8_t)code[i];
}

void bin_table_fill(const struct lt_data *data, const struct bin_map *map, size_t begin, size_t n,
                    struct bin_table *table, size_t at)
{
    double x[CODE_BLOCK];
    int32_t level[CODE_BLOCK];
    uint32_t code[CODE_BLOCK];
    for (size_t done = 0; done < n; done += CODE_BLOCK) {
        size_t m = n - done < CODE_BLOCK ? n - done : CODE_BLOCK;
        for (size_t j = 0; j < map->p; j++) {
            const struct bin_column *c = &map->column[j];
            if (c->n_codes == 1) {
                memset(code, 0, m * sizeof *code);
            } else if (c->category) {
                column_levels(data, j, begin + done, m, level);
                level_codes(m, level, c, code);
            } else {
                column_values(data, j, begin + done, m, x);
                search_codes(m, x, c->edge, c->steps, code);
            }
            store_codes(table, at + done, j, m, code);
        }
        memset(code, 0, sizeof code);
        for (size_t j = map->p; j % 4; j++)
            store_codes(table, at + done, j, m, code);
    }
}

size_t bin_table_bytes(const struct bin_map *map, size_t n)
{
    return (map->p + BIN_TILE - 1) / BIN_TILE * BIN_TILE * n * (bin_map_wide(map) ? 2 : 1);
}

void bin_table_place(struct bin_table *table, const struct bin_map *map, size_t n, void *memory)
{
    *table =
        (struct bin_table){n, map->p, (map->p + BIN_TILE - 1) / BIN_TILE, BIN_TILE, bin_map_wide(map), memory};
}

struct filling {
    struct lt_ctx *ctx;
    const struct lt_data *data;
    const struct bin_map *map;
    struct bin_table *table;
};

enum { FILL_BLOCK = 4096 };

static void fill_block(void *arg, size_t i, unsigned worker)
{
    struct filling *f = arg;
    (void)worker;
    if (f->ctx->cancelled(f->ctx))
        return;
    size_t begin = i * FILL_BLOCK, n = f->data->n - begin < FILL_BLOCK ? f->data->n - begin : FILL_BLOCK;
    bin_table_fill(f->data, f->map, begin, n, f->table, begin);
}

int bin_table_make(struct lt_ctx *ctx, const struct lt_data *data, const struct bin_map *map, int tight,
                   struct bin_table *table)
{
    bin_table_place(table, map, data->n, NULL);
    if (tight && table->tiles == 1)
        table->step = (data->p + 3) / 4 * 4;
    table->rows = room_new(data->n * table->tiles, table->step * (table->wide ? 2 : 1));
    if (table->rows == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu binned rows", data->n);
    struct filling filling = {ctx, data, map, table};
    ctx->parallel(ctx, (data->n + FILL_BLOCK - 1) / FILL_BLOCK, fill_block, &filling);
    if (ctx->cancelled(ctx)) {
        bin_table_free(table);
        return LT_CANCELLED;
    }
    return LT_OK;
}

void bin_table_free(struct bin_table *table)
{
    room_free(table->rows);
    table->rows = NULL;
}

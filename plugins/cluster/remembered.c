#include "plugins/cluster/remembered.h"

#include <math.h>

#include "plugins/cluster/show.h"
#include "plugins/kit/kit.h"
#include "plugins/kit/nearest_rows.h"

/* ---- finding a row again ------------------------------------------------------------------------------------ */

/* Equal values, equal bits: the one exception is the sign of zero. */
static uint64_t hash_of(const double *x, size_t p)
{
    uint64_t hash = p;
    for (size_t j = 0; j < p; j++) {
        const double value = x[j] + 0.0;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = lt_mix(hash ^ bits) + 0x9e3779b97f4a7c15ull;
    }
    return lt_mix(hash);
}

static int same_row(const double *a, const double *b, size_t p)
{
    for (size_t j = 0; j < p; j++)
        if (!(a[j] <= b[j] && a[j] >= b[j]))
            return 0;
    return 1;
}

/* The place of the row in the table: where it is, or where it belongs. */
static size_t place_of(const struct remembered *r, const double *x)
{
    size_t at = hash_of(x, r->p) & r->mask;
    while (r->slot[at] && !same_row(r->x + (size_t)(r->slot[at] - 1) * r->p, x, r->p))
        at = (at + 1) & r->mask;
    return at;
}

static int table_build(struct lt_ctx *ctx, struct remembered *r)
{
    size_t places = 16;
    while (places < 2 * r->n)
        places *= 2;
    r->mask = places - 1;
    r->slot = kit_alloc(ctx, places, sizeof *r->slot);
    if (!r->slot)
        return LT_MEMORY;
    for (size_t i = 0; i < r->n; i++) {
        const size_t at = place_of(r, r->x + i * r->p);
        if (!r->slot[at])
            r->slot[at] = (uint32_t)i + 1;
    }
    return LT_OK;
}

/* ---- life --------------------------------------------------------------------------------------------------- */

static int alloc(struct lt_ctx *ctx, struct remembered *r, size_t n, size_t p, const struct lt_column *column)
{
    *r = (struct remembered){.n = n, .p = p};
    r->x = kit_alloc(ctx, n, p * sizeof *r->x);
    r->label = kit_alloc(ctx, n, sizeof *r->label);
    r->speaks = kit_alloc(ctx, n, sizeof *r->speaks);
    r->column_name = kit_column_names(ctx, column, p);
    return r->x && r->label && r->speaks && r->column_name ? LT_OK : LT_MEMORY;
}

int remembered_begin(struct lt_ctx *ctx, struct remembered *r, const struct lt_data *data)
{
    const int status = alloc(ctx, r, data->n, data->p, data->column);
    if (status != LT_OK)
        return status;
    for (size_t i = 0; i < r->n; i++) {
        memcpy(r->x + i * r->p, data->x64 + i * data->ld, r->p * sizeof *r->x);
        r->label[i] = -1;
    }
    return table_build(ctx, r);
}

void remembered_free(struct remembered *r)
{
    free(r->x);
    free(r->label);
    free(r->speaks);
    free(r->slot);
    free(r->column_name);
    *r = (struct remembered){0};
}

/* ---- prediction --------------------------------------------------------------------------------------------- */

struct recall {
    const struct remembered *r;
    const struct lt_data *data;
    int32_t *label;
    uint8_t *is_new;
};

static void recall_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    (void)worker;
    const struct recall *job = arg;
    for (size_t i = begin; i < end; i++) {
        const uint32_t known = job->r->slot[place_of(job->r, job->data->x64 + i * job->data->ld)];
        job->label[i] = known ? job->r->label[known - 1] : -1;
        job->is_new[i] = !known;
    }
}

/* The rows of x[n x p] for which `wanted` is set, one after the other, and their numbers. */
static size_t gather(size_t n, size_t p, const double *x, size_t ld, const uint8_t *wanted, double *rows,
                     uint32_t *number)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (wanted[i]) {
            memcpy(rows + m * p, x + i * ld, p * sizeof *x);
            number[m++] = (uint32_t)i;
        }
    return m;
}

static size_t count_set(size_t n, const uint8_t *flag)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += flag[i] != 0;
    return count;
}

struct lending {
    const struct remembered *r;
    const uint32_t *speaker, *newcomer; /* row numbers */
    const double *reach;                /* by cluster, or NULL */
    int32_t *label;
};

static void lend_label(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    (void)k;
    const struct lending *job = arg;
    const int32_t label = job->r->label[job->speaker[list[0].row]];
    if (!job->reach || label < 0 || list[0].distance <= job->reach[label])
        job->label[job->newcomer[query]] = label;
}

/* Labels of the rows that were not in training. */
static int ask_nearest(struct lt_ctx *ctx, const struct remembered *r, const struct lt_data *data,
                       const uint8_t *is_new, const double *reach, int32_t *label)
{
    const size_t m = count_set(data->n, is_new), speakers = count_set(r->n, r->speaks);
    if (!m || !speakers)
        return LT_OK;
    double *x = kit_scratch(ctx, speakers, r->p * sizeof *x), *q = kit_scratch(ctx, m, r->p * sizeof *q);
    uint32_t *speaker = kit_scratch(ctx, speakers, sizeof *speaker);
    uint32_t *newcomer = kit_scratch(ctx, m, sizeof *newcomer);
    if (!x || !q || !speaker || !newcomer)
        return LT_MEMORY;
    gather(r->n, r->p, r->x, r->p, r->speaks, x, speaker);
    gather(data->n, data->p, data->x64, data->ld, is_new, q, newcomer);
    struct nearest_rows rows;
    struct lending lending = {r, speaker, newcomer, reach, label};
    int status = nearest_rows_build(ctx, &rows, PANEL_SQUARED, x, speakers, r->p);
    if (status == LT_OK)
        status = nearest_rows_find(ctx, &rows, q, m, r->p, 1, lend_label, &lending);
    nearest_rows_free(&rows);
    return status;
}

int remembered_predict(struct lt_ctx *ctx, const struct remembered *r, const struct lt_data *data,
                       const double *reach, int32_t *label)
{
    uint8_t *is_new = kit_scratch(ctx, data->n, 1);
    if (!is_new)
        return LT_MEMORY;
    int status = kit_check_finite(ctx, data);
    struct recall job = {r, data, label, is_new};
    if (status == LT_OK)
        status = kit_blocks(ctx, data->n, 4096, recall_block, &job);
    return status == LT_OK ? ask_nearest(ctx, r, data, is_new, reach, label) : status;
}

/* ---- what there is to see, and the file --------------------------------------------------------------------- */

size_t remembered_clusters(const struct remembered *r)
{
    int32_t most = -1;
    for (size_t i = 0; i < r->n; i++)
        most = r->label[i] > most ? r->label[i] : most;
    return (size_t)(most + 1);
}

int remembered_describe(struct lt_ctx *ctx, const struct remembered *r)
{
    const size_t k = remembered_clusters(r);
    double *size = kit_scratch_f64(ctx, k), *mean = kit_scratch(ctx, k, r->p * sizeof *mean);
    if (!size || !mean)
        return LT_MEMORY;
    memset(size, 0, k * sizeof *size);
    memset(mean, 0, k * r->p * sizeof *mean);
    for (size_t i = 0; i < r->n; i++) {
        if (r->label[i] < 0)
            continue;
        const size_t c = (size_t)r->label[i];
        size[c]++;
        for (size_t j = 0; j < r->p; j++)
            mean[c * r->p + j] += (r->x[i * r->p + j] - mean[c * r->p + j]) / size[c];
    }
    return show_centres(ctx, "Means of the clusters", k, r->p, r->column_name, size, mean);
}

int remembered_save(struct lt_ctx *ctx, const struct remembered *r)
{
    int status = kit_put_f64(ctx, "rows", r->x, r->n, r->p);
    if (status == LT_OK)
        status = kit_put_i32(ctx, "label", r->label, r->n, 0);
    return status == LT_OK ? kit_put(ctx, "speaks", LT_T_U8, r->speaks, r->n, 0) : status;
}

static int check_loaded(struct lt_ctx *ctx, const struct remembered *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->label[i] < -1 || (r->label[i] >= 0 && (size_t)r->label[i] >= r->n) || r->speaks[i] > 1)
            return ctx->fail(ctx, LT_INVALID,
                             "row %zu of the model is in cluster %d, which can't be; the file is "
                             "damaged",
                             i + 1, r->label[i]);
        for (size_t j = 0; j < r->p; j++)
            if (!isfinite(r->x[i * r->p + j]))
                return ctx->fail(ctx, LT_INVALID, "row %zu of the model is not finite; the file is damaged",
                                 i + 1);
    }
    return LT_OK;
}

int remembered_load(struct lt_ctx *ctx, struct remembered *r, const struct lt_info *info)
{
    struct lt_tensor rows = {0};
    *r = (struct remembered){0};
    int status = kit_find(ctx, "rows", LT_T_F64, 2, &rows);
    if (status == LT_OK && (rows.shape[1] != info->p || !info->p || rows.shape[0] >= INT32_MAX))
        status = ctx->fail(ctx, LT_INVALID,
                           "the model has %zu x %zu remembered rows for %zu columns; the file is "
                           "damaged",
                           rows.shape[0], rows.shape[1], info->p);
    if (status == LT_OK)
        status = alloc(ctx, r, rows.shape[0], info->p, info->column);
    if (status != LT_OK)
        return status;
    memcpy(r->x, rows.data, r->n * r->p * sizeof *r->x);
    status = kit_get_i32(ctx, "label", r->label, r->n, 0);
    if (status == LT_OK)
        status = kit_get(ctx, "speaks", LT_T_U8, sizeof *r->speaks, r->speaks, r->n, 0);
    if (status == LT_OK)
        status = check_loaded(ctx, r);
    return status == LT_OK ? table_build(ctx, r) : status;
}

/* predict: raw rows of any table through a model: recipe, module, and the checks of what comes back. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "host/ensemble_parts.h"
#include "host/model_parts.h"

/* Rows of a dense design at a time, so that its memory stays small beside the table. */
enum { BLOCK = 65536 };

bool state_predict(const struct model *m, const void *state, struct plugin_call *call, const struct lt_data *data,
                   struct lt_out *out, struct err *e)
{
    out->size = sizeof *out;
    int status = m->algo->d.predict(plugin_call_reset(call), state, data, out);
    return status == LT_OK || plugin_call_error(call, status, m->algo, "predict", e);
}

void predictions_done(struct predictions *p)
{
    mem_bulk_free(p->value);
    mem_bulk_free(p->proba);
    mem_bulk_free(p->label);
    mem_bulk_free(p->rows);
    memset(p, 0, sizeof *p);
}

static bool array(void *slot, size_t n, size_t width, size_t size, struct err *e)
{
    size_t count;
    if (!mem_mul(n, width, &count))
        return err_set(e, ERR_MEMORY, "%zu rows of %zu predictions are too many", n, width);
    void *p = mem_bulk(count ? count : 1, size, e);
    memcpy(slot, &p, sizeof p);
    return p != NULL;
}

/* The arrays that the task needs. */
static bool predictions_begin(const struct model *m, size_t n, struct predictions *out, struct err *e)
{
    *out = (struct predictions){.n = n};
    switch (m->task) {
    case LT_CLASSIFY:
        out->k = m->n_classes;
        return array(&out->proba, n, out->k, sizeof(double), e) && array(&out->label, n, 1, sizeof(int32_t), e);
    case LT_REGRESS:
    case LT_ANOMALY:
        return array(&out->value, n, 1, sizeof(double), e);
    case LT_CLUSTER:
        return array(&out->label, n, 1, sizeof(int32_t), e);
    case LT_TRANSFORM:
    case LT_EMBED:
        out->width = m->algo->d.width(m->state);
        return array(&out->rows, n, out->width, sizeof(double), e);
    default:
        return err_set(e, ERR_TYPE, "%s makes no predictions for rows", m->algo->d.id);
    }
}

static struct lt_out out_from(const struct predictions *p, size_t first)
{
    struct lt_out out = {.size = sizeof out, .width = p->width};
    out.value = p->value ? p->value + first : NULL;
    out.proba = p->proba ? p->proba + first * p->k : NULL;
    out.label = p->label && !p->proba ? p->label + first : NULL;
    out.rows = p->rows ? p->rows + first * p->width : NULL;
    return out;
}

static bool not_finite(const struct model *m, size_t row, struct err *e)
{
    err_set(e, ERR_NUMERIC, "%s: the prediction of row %zu is not a finite number", m->algo->d.id, row + 1);
    return err_hint(e, "extreme values in the data are the usual reason: see describe and outliers");
}

/* The most probable class, the lowest on ties; and no number that isn't one. */
static bool finish(const struct model *m, struct predictions *p, struct err *e)
{
    for (size_t i = 0; p->proba && i < p->n; i++) {
        const double *row = p->proba + i * p->k;
        int32_t best = 0;
        double sum = 0;
        for (size_t c = 0; c < p->k; c++) {
            sum += row[c];
            best = row[c] > row[best] ? (int32_t)c : best;
        }
        if (!isfinite(sum))
            return not_finite(m, i, e);
        p->label[i] = best;
    }
    for (size_t i = 0; p->value && i < p->n; i++) {
        p->value[i] = p->value[i] * m->target_sd + m->target_mean;
        if (!isfinite(p->value[i]))
            return not_finite(m, i, e);
    }
    for (size_t i = 0; p->rows && i < p->n * p->width; i++)
        if (!isfinite(p->rows[i]))
            return not_finite(m, i / p->width, e);
    return true;
}

/* rows[n] (NULL: the first n of the table) are the predictions from `first` on. */
static bool predict_columns(const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                          size_t first, struct plugin_call *call, struct predictions *p, struct err *e)
{
    struct design d;
    size_t unseen;
    if (!design_build(&d, m->recipe, t, rows, n, m->algo->d.layout, &unseen, e))
        return false;
    d.data.task = m->task;
    d.data.n_classes = (uint32_t)m->n_classes;
    d.data.class_names = m->class_names;
    p->unseen += unseen;
    struct lt_out out = out_from(p, first);
    bool good = state_predict(m, m->state, call, &d.data, &out, e);
    design_done(&d);
    return good;
}

/* The same of raw rows; an ensemble's columns are what its members predict for them. */
static bool predict_block(const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                          size_t first, struct plugin_call *call, struct predictions *p, struct err *e)
{
    if (!m->ensemble)
        return predict_columns(m, t, rows, n, first, call, p, e);
    size_t unseen;
    struct progress *ear = progress_listener(call->progress);
    struct table *level = ensemble_level(m->ensemble, t, rows, n, &unseen, ear, e);
    bool good = level && predict_columns(m, level, NULL, n, first, call, p, e);
    p->unseen += level ? unseen : 0;
    table_unref(level);
    progress_free(ear);
    return good;
}

/* The row numbers of a block, when the caller listed none. */
static void number_rows(uint32_t *rows, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)(first + i);
}

bool model_predict(const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                   struct predictions *out, struct progress *p, struct err *e)
{
    double start = clock_seconds();
    struct plugin_call call;
    uint32_t *numbers = NULL;
    bool good = predictions_begin(m, n, out, e);
    bool in_place = m->algo->d.layout == LT_COLUMNS && !m->ensemble;
    size_t block = in_place || n <= BLOCK ? n : BLOCK;
    if (good && block < n && !rows) {
        numbers = mem_bulk(block, sizeof *numbers, e);
        good = numbers != NULL;
    }
    plugin_call_init(&call, m->seed, p);
    for (size_t at = 0; good && at < n; at += block) {
        size_t k = n - at < block ? n - at : block;
        call.from = (double)at / (double)n;
        call.to = (double)(at + k) / (double)n;
        if (numbers)
            number_rows(numbers, at, k);
        const uint32_t *listed = numbers ? numbers : rows ? rows + at : NULL;
        good = progress_cancelled(p) ? err_set(e, ERR_CANCELLED, "stopped")
                                     : predict_block(m, t, listed, k, at, &call, out, e);
    }
    plugin_call_done(&call);
    mem_bulk_free(numbers);
    good = good && finish(m, out, e);
    if (!good)
        predictions_done(out);
    out->seconds = clock_seconds() - start;
    return good;
}

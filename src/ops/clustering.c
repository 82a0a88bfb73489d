#include "ops/clustering.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "num/cluster.h"

/* ---- parts -------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int32_t place_of(int32_t label, const int32_t *number, size_t k)
{
    size_t low = 0;
    for (size_t high = k; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (number[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

size_t clusters_renumber(size_t n, int32_t *label, int32_t **number)
{
    int32_t *old = mem_alloc((n + 1) * sizeof *old);
    size_t k = 0, used = 0;
    for (size_t i = 0; i < n; i++)
        if (label[i] >= 0 && (k == 0 || old[k - 1] != label[i])) /* runs of one label count once */
            old[k++] = label[i];
    qsort(old, k, sizeof *old, ascending);
    for (size_t i = 0; i < k; i++)
        if (used == 0 || old[used - 1] != old[i])
            old[used++] = old[i];
    for (size_t i = 0; i < n; i++)
        label[i] = label[i] < 0 ? -1 : place_of(label[i], old, used);
    if (number)
        *number = old;
    else
        mem_free(old);
    return used;
}

size_t rows_drawn(size_t n, size_t take, uint64_t seed, uint32_t *out)
{
    size_t drawn = 0;
    take = take < n ? take : n;
    for (size_t i = 0; drawn < take; i++) /* each row by its chance given what is still wanted */
        if (lt_uniform(seed, 4711, i) * (double)(n - i) < (double)(take - drawn))
            out[drawn++] = (uint32_t)i;
    return take;
}

bool clusters_space(struct design *d, const struct model *m, const struct table *t, const uint32_t *rows, size_t n,
                    size_t *unseen, struct err *e)
{
    const struct lt_column *columns;
    size_t p = recipe_outputs(model_recipe(m), &columns);
    for (size_t j = 0; j < p; j++)
        if (columns[j].kind == LT_CATEGORY)
            return err_set(e, ERR_TYPE, "%s takes %s as a category, between whose levels there is no distance",
                           model_algo(m)->d.id, columns[j].name);
    if (!design_build(d, model_recipe(m), t, rows, n, LT_ROWS_F64, unseen, e))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            if (!isfinite(d->data.x64[i * d->data.ld + j])) {
                err_set(e, ERR_DATA, "%s of row %zu is missing or infinite: it has no distance to other rows",
                        columns[j].name, (rows ? rows[i] : i) + (size_t)1);
                design_done(d);
                return err_hint(e, "leave such rows out: filter %s is not null", columns[j].name);
            }
    return true;
}

/* ---- silhouettes -------------------------------------------------------------------------------------------- */

enum { ROWS_AT_ONCE = 64 };

struct silhouettes {
    struct silhouette s;
    struct progress *progress;
    double *value, *scratch; /* scratch: 4 k for each worker */
    int32_t *next;
    atomic_size_t finished;
    atomic_bool stopped;
};

static void silhouettes_block(void *arg, size_t block, unsigned worker)
{
    struct silhouettes *g = arg;
    size_t begin = block * ROWS_AT_ONCE, end = begin + ROWS_AT_ONCE < g->s.n ? begin + ROWS_AT_ONCE : g->s.n;
    if (atomic_load(&g->stopped))
        return;
    if (progress_cancelled(g->progress)) {
        atomic_store(&g->stopped, true);
        return;
    }
    silhouette_rows(&g->s, begin, end, g->value, g->next, g->scratch + worker * 4 * g->s.k);
    size_t done = atomic_fetch_add(&g->finished, end - begin) + end - begin;
    progress_report(g->progress, (double)done / (double)g->s.n, "silhouettes");
}

bool clusters_silhouettes(size_t n, size_t p, const double *x, size_t ld, const int32_t *label, size_t k,
                          struct progress *progress, double *value, int32_t *next, struct err *e)
{
    struct silhouettes g = {.progress = progress, .value = value, .next = next};
    void *work = mem_bulk(silhouette_work(n, p, k), 1, e);
    g.scratch = mem_bulk(4 * (k + 1) * pool_threads(), sizeof *g.scratch, e);
    bool good = work && g.scratch;
    for (size_t i = 0; i < n; i++) {
        value[i] = 0;
        if (next)
            next[i] = -1;
    }
    if (good && k) {
        silhouette_begin(&g.s, n, p, x, ld, label, k, work);
        parallel_for((g.s.n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, silhouettes_block, &g);
        if (atomic_load(&g.stopped))
            good = err_set(e, ERR_CANCELLED, "stopped while silhouettes were computed");
    }
    mem_bulk_free(work);
    mem_bulk_free(g.scratch);
    return good;
}

bool clusters_measure(size_t n, size_t p, const double *x, size_t ld, const int32_t *label, size_t k,
                      double metric[METRIC_COUNT], struct err *e)
{
    void *work = mem_bulk(cluster_spread_work(p, k), 1, e);
    if (!work)
        return false;
    struct cluster_spread s = cluster_spread(n, p, x, ld, label, k, work);
    metric[METRIC_DAVIES_BOULDIN] = s.davies_bouldin;
    metric[METRIC_CALINSKI_HARABASZ] = s.calinski_harabasz;
    metric[METRIC_INERTIA] = s.inertia;
    mem_bulk_free(work);
    return true;
}

/* ---- one model ---------------------------------------------------------------------------------------------- */

/* The rows whose silhouettes are computed, side by side. */
static bool draw_silhouettes(struct clustering *c, const struct design *d, uint64_t seed, struct progress *p,
                             struct err *e)
{
    size_t width = d->data.p, ld = d->data.ld;
    c->drawn = c->n < SILHOUETTE_ROWS ? c->n : SILHOUETTE_ROWS;
    c->silhouette = mem_bulk(c->drawn + 1, sizeof *c->silhouette, e);
    c->drawn_label = mem_bulk(c->drawn + 1, sizeof *c->drawn_label, e);
    c->next = mem_bulk(c->drawn + 1, sizeof *c->next, e);
    if (!c->silhouette || !c->drawn_label || !c->next)
        return false;
    if (c->drawn == c->n) {
        memcpy(c->drawn_label, c->label, c->n * sizeof *c->label);
        bool good =
            clusters_silhouettes(c->n, width, d->data.x64, ld, c->label, c->k, p, c->silhouette, c->next, e);
        c->metric[METRIC_SILHOUETTE] = silhouette_mean(c->n, c->label, c->k, c->silhouette);
        return good;
    }
    uint32_t *row = mem_bulk(c->drawn + 1, sizeof *row, e);
    double *x = mem_bulk(c->drawn * width + 1, sizeof *x, e);
    int32_t *label = mem_bulk(c->drawn + 1, sizeof *label, e), *number = NULL;
    bool good = row && x && label;
    if (good) {
        rows_drawn(c->n, c->drawn, seed, row);
        for (size_t i = 0; i < c->drawn; i++) {
            memcpy(x + i * width, d->data.x64 + row[i] * ld, width * sizeof *x);
            label[i] = c->drawn_label[i] = c->label[row[i]];
        }
        size_t k = clusters_renumber(c->drawn, label, &number); /* small clusters may have no row here */
        good = clusters_silhouettes(c->drawn, width, x, width, label, k, p, c->silhouette, c->next, e);
        c->metric[METRIC_SILHOUETTE] = silhouette_mean(c->drawn, label, k, c->silhouette);
        for (size_t i = 0; good && i < c->drawn; i++)
            c->next[i] = c->next[i] < 0 ? -1 : number[c->next[i]];
    }
    mem_free(number);
    mem_bulk_free(label);
    mem_bulk_free(x);
    mem_bulk_free(row);
    return good;
}

static bool measure_shape(struct clustering *c, const struct table *t, const uint32_t *rows, uint64_t seed,
                          struct progress *p, struct err *e)
{
    struct design d;
    if (!clusters_space(&d, c->model, t, rows, c->n, NULL, e))
        return false;
    bool good = clusters_measure(c->n, d.data.p, d.data.x64, d.data.ld, c->label, c->k, c->metric, e) &&
                draw_silhouettes(c, &d, seed, p, e);
    design_done(&d);
    return good;
}

/* ---- against classes ---------------------------------------------------------------------------------------- */

static bool was_an_input(const struct model *m, const char *column)
{
    const struct recipe *r = model_recipe(m);
    for (size_t i = 0; i < recipe_inputs(r); i++)
        if (str_eq(recipe_input_name(r, i), column))
            return true;
    return false;
}

static bool compare_with_classes(struct clustering *c, const struct table *t, const uint32_t *rows,
                                 const struct task *truth, struct err *e)
{
    size_t classes = dictionary_size(truth->classes), width = c->k + 1;
    int32_t *class = mem_bulk(c->n + 1, sizeof *class, e);
    c->count = mem_bulk_zero(classes * width, sizeof *c->count, e);
    bool good = class && c->count && task_labels(truth, t, rows, c->n, class, e);
    for (size_t i = 0; good && i < c->n; i++) {
        if (class[i] < 0)
            c->unknown++;
        else
            c->count[(size_t) class[i] * width + (c->label[i] < 0 ? c->k : (size_t)c->label[i])]++;
    }
    mem_bulk_free(class);
    if (!good)
        return false;
    struct cluster_agreement a = cluster_agreement(classes, width, c->count);
    c->truth = task_ref(truth);
    c->classes = classes;
    c->truth_was_seen = was_an_input(c->model, truth->target);
    c->metric[METRIC_ARI] = a.ari;
    c->metric[METRIC_NMI] = a.nmi;
    c->metric[METRIC_HOMOGENEITY] = a.homogeneity;
    c->metric[METRIC_COMPLETENESS] = a.completeness;
    return true;
}

static void count_clusters(struct clustering *c)
{
    c->k = clusters_renumber(c->n, c->label, &c->number);
    c->size = mem_zero(c->k + 1, sizeof *c->size);
    for (size_t i = 0; i < c->n; i++)
        if (c->label[i] < 0)
            c->noise++;
        else
            c->size[c->label[i]]++;
}

bool clustering_run(const struct model *m, const char *name, const char *on, const struct table *t,
                    const uint32_t *rows, size_t n, const struct task *truth, uint64_t seed, struct progress *p,
                    struct clustering *out, struct err *e)
{
    struct predictions said = {0};
    *out = (struct clustering){.name = mem_strdup(name), .model = model_ref(m), .on = on, .n = n};
    for (int i = 0; i < METRIC_COUNT; i++)
        out->metric[i] = (double)NAN;
    bool good = n > 0 || err_set(e, ERR_INPUT, "there are no rows to judge '%s' by", name);
    good = good && model_predict(m, t, rows, n, &said, p, e);
    if (good) {
        out->label = said.label;
        out->unseen = said.unseen;
        out->predict_s = said.seconds;
        said.label = NULL;
        count_clusters(out);
        good = measure_shape(out, t, rows, seed, p, e);
    }
    bool classes = truth && truth->kind == TASK_CLASSIFY && table_find(t, truth->target) >= 0;
    if (good && classes)
        good = compare_with_classes(out, t, rows, truth, e);
    predictions_done(&said);
    if (!good)
        clustering_done(out);
    return good;
}

void clustering_done(struct clustering *c)
{
    mem_free(c->name);
    if (c->model)
        model_unref(c->model);
    if (c->truth)
        task_unref(c->truth);
    mem_bulk_free(c->label);
    mem_free(c->number);
    mem_free(c->size);
    mem_bulk_free(c->drawn_label);
    mem_bulk_free(c->silhouette);
    mem_bulk_free(c->next);
    mem_bulk_free(c->count);
    *c = (struct clustering){0};
}

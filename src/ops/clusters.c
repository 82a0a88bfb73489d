/* clusters: one training for each number of clusters, and for each reference sample. */
#include "ops/clusters.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "host/param.h"
#include "num/choose.h"
#include "num/cluster.h"
#include "ops/clustering.h"
#include "ops/gap.h"

int clusters_param(const struct algo *a)
{
    static const char *const names[] = {"n_clusters", "n_components"};
    for (size_t i = 0; i < sizeof names / sizeof *names && (a->d.tasks & LT_CLUSTER); i++) {
        int at = param_find(a->d.params, a->d.param_size, a->d.n_params, names[i]);
        if (at >= 0 && algo_param(a, (uint32_t)at)->type == LT_INT)
            return at;
    }
    return -1;
}

/* ---- one training ------------------------------------------------------------------------------------------- */

struct search {
    struct clusters_result *r;
    const struct table *table;
    const struct task *task;
    const uint32_t *rows; /* n_rows */
    size_t n_rows, n_k;
    struct clusters_score *score; /* n_k */
    struct err *errs;             /* n_k; then one for each reference */
    struct model **model;         /* n_k; NULL: not done */
    const struct model *first;    /* of the smallest k that is done: its recipe is everyone's */
    struct reference_box box;
    double *log_within; /* refs x n_k, of the references */
    bool *whole;        /* refs */
    struct progress *progress;
    atomic_size_t finished;
    size_t planned;
};

/* A whole model with k clusters, or NULL: an error, or it was stopped. */
static struct model *train_k(const struct search *g, const struct train_options *like, int k,
                             const struct table *t, const struct task *task, const uint32_t *rows, size_t n,
                             struct err *e)
{
    const struct algo *a = like->algo;
    struct lt_value *v = mem_zero(a->d.n_params, sizeof *v);
    struct train_options o = *like;
    struct progress *p = progress_listener(g->progress);
    memcpy(v, like->params, a->d.n_params * sizeof *v);
    v[g->r->options.count_param] = (struct lt_value){.given = 1, .i = k, .r = k};
    o.params = v;
    o.task = LT_CLUSTER;
    struct model *m = progress_cancelled(p) ? NULL : model_train(&o, t, task, rows, n, p, e);
    if (m && model_is_partial(m) && progress_cancelled(p)) {
        model_unref(m);
        m = NULL;
    }
    progress_free(p);
    mem_free(v);
    return m;
}

static void count_one(struct search *g, const char *stage)
{
    size_t done = atomic_fetch_add(&g->finished, 1) + 1;
    progress_report(g->progress, (double)done / (double)g->planned, stage);
}

/* Clusters of the rows, numbered anew; NULL when it fails. */
static int32_t *labels_of(const struct model *m, const struct table *t, const uint32_t *rows, size_t n, size_t *k,
                          struct err *e)
{
    struct predictions said;
    if (!model_predict(m, t, rows, n, &said, NULL, e))
        return NULL;
    int32_t *label = said.label;
    said.label = NULL;
    predictions_done(&said);
    *k = clusters_renumber(n, label, NULL);
    return label;
}

/* ---- the data ----------------------------------------------------------------------------------------------- */

/* A number of the model's own summary, NaN when it has none. */
static double summary_number(const struct model *m, const char *statistic)
{
    struct view_list views = {0};
    double found = (double)NAN;
    model_describe(m, &views, NULL);
    for (size_t i = 0; i < views.n; i++) {
        const struct view *v = views.v[i];
        struct cell name, value;
        if (v->kind != VIEW_TABLE || !str_eq(v->id, "summary") || v->table->n_cols != 2)
            continue;
        for (size_t r = 0; r < v->table->n_rows; r++) {
            view_table_cell(v, r, 0, &name, v->arena);
            view_table_cell(v, r, 1, &value, v->arena);
            if (v->table->column[0].type == CELL_TEXT && !name.missing && str_eq(name.text, statistic) &&
                v->table->column[1].type == CELL_REAL && !value.missing)
                found = value.r;
        }
    }
    view_list_done(&views);
    return found;
}

static bool measure(const struct search *g, const struct model *m, struct clusters_score *s, struct err *e)
{
    struct design d;
    size_t n = g->n_rows;
    int32_t *label = labels_of(m, g->table, g->rows, n, &s->found, e);
    if (!label || !clusters_space(&d, m, g->table, g->rows, n, NULL, e)) {
        mem_bulk_free(label);
        return false;
    }
    struct progress *quiet = progress_listener(g->progress);
    double *value = mem_bulk(n + 1, sizeof *value, e);
    bool good = value && clusters_measure(n, d.data.p, d.data.x64, d.data.ld, label, s->found, s->metric, e) &&
                clusters_silhouettes(n, d.data.p, d.data.x64, d.data.ld, label, s->found, quiet, value, NULL, e);
    if (good)
        s->metric[METRIC_SILHOUETTE] = silhouette_mean(n, label, s->found, value);
    progress_free(quiet);
    mem_bulk_free(value);
    mem_bulk_free(label);
    design_done(&d);
    return good;
}

static void try_k(void *arg, size_t i, unsigned worker)
{
    struct search *g = arg;
    struct clusters_score *s = &g->score[i];
    char stage[64];
    (void)worker;
    struct model *m = train_k(g, &g->r->options.train, s->k, g->table, g->task, g->rows, g->n_rows, &g->errs[i]);
    if (m && measure(g, m, s, &g->errs[i])) {
        s->log_within = s->metric[METRIC_INERTIA] > 0 ? log(s->metric[METRIC_INERTIA]) : (double)NAN;
        s->bic = summary_number(m, "BIC");
        s->fit_s = model_fit_seconds(m);
        s->done = true;
        g->model[i] = model_ref(m);
    }
    if (m)
        model_unref(m);
    snprintf(stage, sizeof stage, "%s, %d cluster%s", g->r->options.train.algo->d.id, s->k, s->k == 1 ? "" : "s");
    count_one(g, stage);
}

/* ---- the references ----------------------------------------------------------------------------------------- */

/* The columns of x[n x p] as a table. */
static struct table *table_of(size_t n, size_t p, const double *x, struct err *e)
{
    struct table_builder *b = table_builder_new(n, "reference");
    for (size_t j = 0; j < p; j++) {
        char name[32];
        double *data = column_buffer(COLUMN_F64, n, e);
        if (!data) {
            table_builder_free(b);
            return NULL;
        }
        for (size_t i = 0; i < n; i++)
            data[i] = x[i * p + j];
        snprintf(name, sizeof name, "x%zu", j + 1);
        table_builder_add(b, name, column_from_f64(data, n));
    }
    return table_builder_done(b);
}

/* log W of one reference sample with k clusters; NaN: it was stopped, or failed. */
static double reference_within(const struct search *g, const struct table *t, const struct task *task,
                               const double *x, int k, struct err *e)
{
    struct train_options like = g->r->options.train;
    double metric[METRIC_COUNT], within = (double)NAN;
    size_t found;
    like.scale = like.impute = like.encode = false; /* the sample lies in the prepared space */
    struct model *m = train_k(g, &like, k, t, task, NULL, g->n_rows, e);
    int32_t *label = m ? labels_of(m, t, NULL, g->n_rows, &found, e) : NULL;
    if (label && clusters_measure(g->n_rows, g->box.p, x, g->box.p, label, found, metric, e))
        within = metric[METRIC_INERTIA] > 0 ? log(metric[METRIC_INERTIA]) : -INFINITY;
    mem_bulk_free(label);
    if (m)
        model_unref(m);
    return within;
}

static void try_reference(void *arg, size_t b, unsigned worker)
{
    struct search *g = arg;
    struct err *e = &g->errs[g->n_k + b];
    char stage[64];
    (void)worker;
    if (progress_cancelled(g->progress))
        return;
    double *x = mem_bulk(g->n_rows * g->box.p + 1, sizeof *x, e);
    if (x)
        reference_box_draw(&g->box, g->n_rows, g->r->options.train.seed, b, x);
    struct table *t = x ? table_of(g->n_rows, g->box.p, x, e) : NULL;
    struct task *task = task_without_target();
    bool good = t != NULL;
    snprintf(stage, sizeof stage, "gap: reference %zu of %d", b + 1, g->r->options.refs);
    for (size_t i = 0; good && i < g->n_k; i++) {
        if (g->score[i].done) {
            double within = reference_within(g, t, task, x, g->score[i].k, e);
            g->log_within[b * g->n_k + i] = within;
            good = !isnan(within);
        }
        count_one(g, stage);
    }
    g->whole[b] = good;
    task_unref(task);
    if (t)
        table_unref(t);
    mem_bulk_free(x);
}

static bool fit_box(struct search *g, struct err *e)
{
    struct design d;
    if (!clusters_space(&d, g->first, g->table, g->rows, g->n_rows, NULL, e))
        return false;
    bool good = reference_box_fit(&g->box, g->n_rows, d.data.p, d.data.x64, d.data.ld, g->r->options.pca_box, e);
    design_done(&d);
    return good;
}

/* What the whole references say of each k. */
static void gather_gaps(struct search *g)
{
    size_t refs = (size_t)g->r->options.refs, whole = 0;
    double *one = mem_zero(refs + 1, sizeof *one);
    for (size_t b = 0; b < refs; b++)
        whole += g->whole[b];
    for (size_t i = 0; i < g->n_k && whole > 1; i++) {
        size_t used = 0;
        for (size_t b = 0; b < refs; b++)
            if (g->whole[b])
                one[used++] = g->log_within[b * g->n_k + i];
        struct clusters_score *s = &g->score[i];
        if (!s->done || isnan(s->log_within))
            continue;
        gap_of(s->log_within, used, one, &s->gap, &s->gap_se);
        if (!isfinite(s->gap))
            s->gap = s->gap_se = (double)NAN;
    }
    g->r->refs = whole > 1 ? (int)whole : 0;
    mem_free(one);
}

/* ---- choices ------------------------------------------------------------------------------------------------ */

static double score_of(const struct clusters_score *s, enum clusters_judge j)
{
    switch (j) {
    case BY_ELBOW:
        return s->metric[METRIC_INERTIA];
    case BY_SILHOUETTE:
        return s->metric[METRIC_SILHOUETTE];
    case BY_DAVIES_BOULDIN:
        return s->metric[METRIC_DAVIES_BOULDIN];
    case BY_CALINSKI_HARABASZ: /* clusters of equal rows: the index has no bound there, and is called 1 */
        return s->found > 1 && s->metric[METRIC_INERTIA] <= 0 ? INFINITY : s->metric[METRIC_CALINSKI_HARABASZ];
    case BY_BIC:
        return s->bic;
    default:
        return s->gap;
    }
}

static int best_by(const struct clusters_result *r, enum clusters_judge j, double sign)
{
    double best = (double)NAN;
    int k = 0;
    for (size_t i = 0; i < r->n; i++) {
        double x = sign * score_of(&r->score[i], j);
        if (!isnan(x) && !(x <= best)) {
            best = x;
            k = r->score[i].k;
        }
    }
    return k;
}

/* The rule compares each k with the next one: it reads the numbers that follow each other from the first on. */
static int by_gap(const struct clusters_result *r, const double *gap, const double *se)
{
    size_t n = 0;
    while (n < r->n && !isnan(gap[n]) && (n == 0 || r->score[n].k == r->score[n - 1].k + 1))
        n++;
    return n > 1 ? r->score[gap_choice(n, gap, se)].k : 0;
}

static void choose(struct clusters_result *r)
{
    double *x = mem_zero(r->n + 1, sizeof *x), *y = mem_zero(r->n + 1, sizeof *y);
    double *gap = mem_zero(r->n + 1, sizeof *gap), *se = mem_zero(r->n + 1, sizeof *se);
    for (size_t i = 0; i < r->n; i++) {
        x[i] = r->score[i].k;
        y[i] = r->score[i].metric[METRIC_INERTIA];
        gap[i] = r->score[i].gap;
        se[i] = r->score[i].gap_se;
    }
    size_t elbow = curve_elbow(r->n, x, y);
    r->choice[BY_ELBOW] = elbow < r->n ? r->score[elbow].k : 0;
    r->choice[BY_GAP] = by_gap(r, gap, se);
    r->choice[BY_SILHOUETTE] = best_by(r, BY_SILHOUETTE, 1);
    r->choice[BY_DAVIES_BOULDIN] = best_by(r, BY_DAVIES_BOULDIN, -1);
    r->choice[BY_CALINSKI_HARABASZ] = best_by(r, BY_CALINSKI_HARABASZ, 1);
    r->choice[BY_BIC] = best_by(r, BY_BIC, -1);
    mem_free(x);
    mem_free(y);
    mem_free(gap);
    mem_free(se);
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

typedef VEC(char *) sentence_list;

static void say(sentence_list *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(sentence_list *notes, const char *format, ...)
{
    struct str s = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    vec_push(notes, str_steal(&s));
}

/* The notes of the first model, and of what went wrong. */
static void collect_notes(struct search *g)
{
    sentence_list notes = {0};
    const char *const *sentences;
    size_t n = g->first ? model_notes(g->first, &sentences) : 0;
    for (size_t i = 0; i < n; i++)
        say(&notes, "%s", sentences[i]);
    if (g->r->rows < g->r->all_rows)
        say(&notes, "all of it is of %zu rows drawn from the %zu; sample= takes more", g->r->rows, g->r->all_rows);
    g->r->n_infos = notes.n;
    for (size_t i = 0; i < g->n_k; i++) {
        const struct clusters_score *s = &g->score[i];
        if (!s->done && g->errs[i].code && g->errs[i].code != ERR_CANCELLED)
            say(&notes, "%d clusters are left out: %s", s->k, g->errs[i].text);
        else if (s->done && s->found < (size_t)s->k)
            say(&notes, "of %d clusters %zu hold rows", s->k, s->found);
    }
    for (int b = 0; b < g->r->options.refs; b++) {
        const struct err *e = &g->errs[g->n_k + (size_t)b];
        if (e->code && e->code != ERR_CANCELLED) {
            say(&notes, "the gap statistic misses reference sample %d: %s", b + 1, e->text);
            break;
        }
    }
    if (g->r->stopped && g->r->options.refs)
        say(&notes, "stopped: %zu of %zu numbers of clusters and %d of %d reference samples are whole", g->r->n,
            g->n_k, g->r->refs, g->r->options.refs);
    else if (g->r->stopped)
        say(&notes, "stopped: %zu of %zu numbers of clusters are whole", g->r->n, g->n_k);
    g->r->notes = notes.v;
    g->r->n_notes = notes.n;
}

/* Those that are done stay, in order; false when there are none. */
static bool keep_done(struct search *g, struct err *e)
{
    struct clusters_result *r = g->r;
    r->stopped = progress_cancelled(g->progress);
    r->score = mem_zero(g->n_k, sizeof *r->score);
    for (size_t i = 0; i < g->n_k; i++)
        if (g->score[i].done)
            r->score[r->n++] = g->score[i];
    if (r->n)
        return true;
    if (r->stopped)
        return err_set(e, ERR_CANCELLED, "stopped before the first number of clusters was whole");
    if (e)
        *e = g->errs[0];
    return false;
}

static bool search_begin(struct search *g, const uint32_t *rows, struct err *e)
{
    const struct clusters_options *o = &g->r->options;
    size_t refs = (size_t)o->refs;
    uint32_t *drawn = mem_bulk(g->n_rows + 1, sizeof *drawn, e);
    g->score = mem_zero(g->n_k, sizeof *g->score);
    g->model = mem_zero(g->n_k, sizeof *g->model);
    g->errs = mem_zero(g->n_k + refs + 1, sizeof *g->errs);
    g->log_within = mem_zero(refs * g->n_k + 1, sizeof *g->log_within);
    g->whole = mem_zero(refs + 1, sizeof *g->whole);
    g->planned = g->n_k * (refs + 1);
    for (size_t i = 0; i < g->n_k; i++) {
        struct clusters_score *s = &g->score[i];
        s->k = o->from + (int)i;
        s->log_within = s->gap = s->gap_se = s->bic = s->fit_s = (double)NAN;
        for (int m = 0; m < METRIC_COUNT; m++)
            s->metric[m] = (double)NAN;
    }
    g->rows = drawn;
    if (!drawn)
        return false;
    rows_drawn(g->r->all_rows, g->n_rows, o->train.seed, drawn);
    for (size_t i = 0; rows && i < g->n_rows; i++)
        drawn[i] = rows[drawn[i]];
    return true;
}

static void search_done(struct search *g)
{
    for (size_t i = 0; i < g->n_k; i++)
        if (g->model[i])
            model_unref(g->model[i]);
    mem_free(g->model);
    mem_bulk_free((void *)(uintptr_t)g->rows);
    mem_free(g->score);
    mem_free(g->errs);
    mem_free(g->log_within);
    mem_free(g->whole);
    reference_box_done(&g->box);
}

bool clusters_run(const struct table *t, const struct task *task, const uint32_t *rows, size_t n_rows,
                  const struct clusters_options *o, struct progress *p, struct clusters_result *out, struct err *e)
{
    *out = (struct clusters_result){
        .options = *o, .all_rows = n_rows, .rows = n_rows < o->sample ? n_rows : o->sample};
    if ((size_t)o->to > out->rows) {
        err_set(e, ERR_RANGE, "%d clusters of %zu rows: there are more clusters than rows", o->to, out->rows);
        return err_hint(e, "to=%zu is the most", out->rows);
    }
    struct search g = {.r = out,
                       .table = t,
                       .task = task,
                       .n_rows = out->rows,
                       .n_k = (size_t)(o->to - o->from + 1),
                       .progress = p};
    bool good = search_begin(&g, rows, e);
    if (good) {
        parallel_for(g.n_k, try_k, &g);
        for (size_t i = g.n_k; i-- > 0;)
            g.first = g.model[i] ? g.model[i] : g.first;
        if (o->refs && g.first && fit_box(&g, &g.errs[g.n_k])) {
            parallel_for((size_t)o->refs, try_reference, &g);
            gather_gaps(&g);
        }
        good = keep_done(&g, e);
    }
    if (good) {
        choose(out);
        collect_notes(&g);
    } else {
        clusters_done(out);
    }
    search_done(&g);
    return good;
}

void clusters_done(struct clusters_result *r)
{
    for (size_t i = 0; i < r->n_notes; i++)
        mem_free(r->notes[i]);
    mem_free(r->notes);
    mem_free(r->score);
    *r = (struct clusters_result){0};
}

#include "host/update.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "host/model_parts.h"
#include "host/recipe_parts.h"

enum { CHUNK = 65536, MOST_POINTS = 2000 }; /* rows that are prepared at a time; points of a curve */

struct updating {
    const struct model *before; /* held */
    struct model *model;        /* grows; its state is a copy */
    struct update_options o;
    struct plugin_call call;
    size_t learned, dropped, unseen;
    double hits, log_loss, squares; /* sums over the rows that were judged */
    size_t judged;
    double seen; /* rows judged in this update and those before: where the curves are */
};

/* ---- may it, and the copy ----------------------------------------------------------------------------------- */

static bool cannot(const struct model *m, struct err *e)
{
    struct str can = STR_INIT;
    algo_load_all();
    for (size_t i = 0; i < algo_count(); i++)
        if (algo_at(i)->d.update)
            str_printf(&can, "%s%s", can.len ? ", " : "", algo_at(i)->d.id);
    err_set(e, ERR_INPUT, "%s can't learn from more rows", model_kind(m));
    err_hint(e, "what can: %s; or train again on all rows", str_get(&can));
    str_done(&can);
    return false;
}

static bool may_update(const struct model *m, struct err *e)
{
    if (m->ensemble || !m->algo->d.update)
        return cannot(m, e);
    if (m->weights && str_eq(m->weights, "balanced")) {
        err_set(e, ERR_INPUT, "the model was trained with weights=balanced, which needs all rows at once");
        return err_hint(e, "train it without weights, or with a column of weights");
    }
    if (m->partial) {
        err_set(e, ERR_INPUT, "the training of the model was stopped, so it has not learned its first rows yet");
        return err_hint(e, "finish it first: step MODEL BY");
    }
    return true;
}

static void copy_curves(struct curves *to, const struct curves *from)
{
    for (size_t i = 0; i < from->n; i++)
        for (size_t k = 0; k < from->v[i].n; k++)
            curves_add(to, from->v[i].name, from->v[i].unit[k], from->v[i].value[k]);
}

/* Everything but the state. */
static struct model *copy_of(const struct model *m)
{
    struct model *c = model_new(m->algo);
    c->values = values_copy(c->arena, m->values, m->algo->d.n_params);
    c->task = m->task;
    c->target = arena_strdup(c->arena, m->target);
    c->recipe = recipe_ref(m->recipe);
    c->n_classes = m->n_classes;
    c->positive = m->positive;
    c->class_names = m->class_names ? arena_zero(c->arena, m->n_classes + 1, sizeof *c->class_names) : NULL;
    for (size_t k = 0; k < m->n_classes; k++)
        c->class_names[k] = arena_strdup(c->arena, m->class_names[k]);
    c->target_mean = m->target_mean;
    c->target_sd = m->target_sd;
    c->weights = arena_strdup(c->arena, m->weights);
    c->asked = m->asked;
    c->seed = m->seed;
    c->units = m->units;
    c->rows = m->rows;
    c->updates = m->updates;
    c->updated_rows = m->updated_rows;
    c->fit_seconds = m->fit_seconds;
    c->created = arena_strdup(c->arena, m->created);
    c->table_source = arena_strdup(c->arena, m->table_source);
    c->table = m->table ? table_ref(m->table) : NULL;
    c->data_hash = m->data_hash;
    copy_curves(&c->curves, &m->curves);
    for (size_t i = 0; i < m->notes.n; i++)
        sentences_add(&c->notes, "%s", m->notes.v[i]);
    return c;
}

struct updating *updating_new(const struct model *m, const struct update_options *o, struct err *e)
{
    struct state s = {0};
    if (!may_update(m, e))
        return NULL;
    struct updating *u = mem_zero(1, sizeof *u);
    u->before = model_ref(m);
    u->o = *o;
    u->o.batch = o->batch ? o->batch : 1;
    u->o.judge = o->judge && m->task & (LT_CLASSIFY | LT_REGRESS);
    u->model = copy_of(m);
    for (size_t i = 0; i < m->curves.n; i++)
        if (str_starts(m->curves.v[i].name, PREQUENTIAL) && m->curves.v[i].n)
            u->seen = fmax(u->seen, m->curves.v[i].unit[m->curves.v[i].n - 1]);
    plugin_call_init(&u->call, m->seed, NULL);
    u->call.notes = &u->model->notes;
    u->model->state = model_state_save(m, m->state, &s, e) ? model_state_load(u->model, &s, e) : NULL;
    state_done(&s);
    if (u->model->state)
        return u;
    updating_free(u);
    return NULL;
}

void updating_free(struct updating *u)
{
    if (!u)
        return;
    plugin_call_done(&u->call);
    model_unref(u->model);
    model_unref((struct model *)(uintptr_t)u->before);
    mem_free(u);
}

/* ---- rows with their targets -------------------------------------------------------------------------------- */

/* Some rows of a table, ready to be learned. */
struct piece {
    uint32_t *rows;
    size_t n;
    int32_t *label;
    double *y, *weight; /* y as it is in the table */
    struct design design;
};

static void piece_done(struct piece *p)
{
    if (p->design.table)
        design_done(&p->design);
    mem_bulk_free(p->rows);
    mem_bulk_free(p->label);
    mem_bulk_free(p->y);
    mem_bulk_free(p->weight);
}

static bool unknown_class(const struct model *m, const struct column *c, size_t row, struct err *e)
{
    struct str word = STR_INIT, known = STR_INIT;
    column_print(c, row, &word);
    for (size_t k = 0; k < m->n_classes && k < 8; k++)
        str_printf(&known, "%s%s", k ? ", " : "", m->class_names[k]);
    err_set(e, ERR_DATA, "row %zu has the class '%s' of %s, which the model never saw", row + 1, str_get(&word),
            m->target);
    err_hint(e, "it knows %s%s; train anew on all rows", str_get(&known), m->n_classes > 8 ? ", …" : "");
    str_done(&word);
    str_done(&known);
    return false;
}

/* The classes of the rows; -1: none is said. */
static bool read_labels(const struct model *m, const struct table *t, struct piece *p, struct err *e)
{
    char *target = mem_strdup(m->target);
    struct task task = {.kind = TASK_CLASSIFY, .target = target};
    p->label = mem_bulk(p->n + 1, sizeof *p->label, e);
    task.classes = p->label ? dictionary_new(m->class_names, m->n_classes, e) : NULL;
    bool good = task.classes && task_labels(&task, t, p->rows, p->n, p->label, e);
    if (task.classes)
        dictionary_unref(task.classes);
    mem_free(target);
    const struct column *c = good ? table_column(t, (size_t)table_find(t, m->target)) : NULL;
    for (size_t i = 0; good && i < p->n; i++)
        if (p->label[i] < 0 && !column_is_missing(c, p->rows[i]))
            good = unknown_class(m, c, p->rows[i], e);
    return good;
}

static bool read_targets(const struct model *m, const struct table *t, struct piece *p, struct err *e)
{
    struct task task = {.kind = TASK_REGRESS, .target = (char *)(uintptr_t)m->target};
    p->y = mem_bulk(p->n + 1, sizeof *p->y, e);
    return p->y && task_targets(&task, t, p->rows, p->n, p->y, e);
}

/* Rows without a target are left out. */
static void keep_known(struct piece *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++) {
        if ((p->label && p->label[i] < 0) || (p->y && isnan(p->y[i])))
            continue;
        p->rows[kept] = p->rows[i];
        if (p->label)
            p->label[kept] = p->label[i];
        if (p->y)
            p->y[kept] = p->y[i];
        kept++;
    }
    p->n = kept;
}

static bool prepare(struct updating *u, const struct table *t, struct piece *p, struct err *e)
{
    const struct model *m = u->model;
    size_t unseen, n = p->n;
    bool good = algo_learns_classes(&m->algo->d, m->task) ? read_labels(m, t, p, e)
                : m->task == LT_REGRESS                   ? read_targets(m, t, p, e)
                                                          : true;
    if (!good)
        return false;
    keep_known(p);
    u->dropped += n - p->n;
    if (m->weights) {
        p->weight = mem_bulk(p->n + 1, sizeof *p->weight, e);
        if (!p->weight || !weights_read(m->weights, m->task == LT_CLASSIFY, t, p->rows, p->n, p->weight, e))
            return false;
    }
    if (!design_build(&p->design, m->recipe, t, p->rows, p->n, m->algo->d.layout, &unseen, e))
        return false;
    u->unseen += unseen;
    return true;
}

/* ---- a batch ------------------------------------------------------------------------------------------------ */

/* Rows [at, at+n) of the piece, without targets. */
static struct lt_data slice(const struct model *m, const struct piece *p, size_t at, size_t n)
{
    struct lt_data d = p->design.data;
    d.n = n;
    d.task = m->task;
    d.n_classes = (uint32_t)m->n_classes;
    d.class_names = m->class_names;
    d.x64 = d.x64 ? d.x64 + at * d.ld : NULL;
    d.x32 = d.x32 ? d.x32 + at * d.ld : NULL;
    d.rows = d.rows ? d.rows + at : NULL; /* LT_COLUMNS: they are always listed here */
    d.indptr = d.indptr ? d.indptr + at : NULL;
    return d;
}

/* Long streams: two points of a curve become one, for the rows of both. */
static void thin(struct curves *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct curve *c = &all->v[i];
        bool squares = str_eq(c->name, PREQUENTIAL "rmse");
        size_t to = 0;
        double begin = 0;
        if (!str_starts(c->name, PREQUENTIAL) || c->n < MOST_POINTS)
            continue;
        for (size_t k = 0; k + 1 < c->n; k += 2) {
            double a = c->unit[k] - begin, b = c->unit[k + 1] - c->unit[k], x = c->value[k], y = c->value[k + 1];
            c->value[to] = squares ? sqrt((a * x * x + b * y * y) / (a + b)) : (a * x + b * y) / (a + b);
            begin = c->unit[to++] = c->unit[k + 1];
        }
        if (c->n % 2) {
            c->unit[to] = c->unit[c->n - 1];
            c->value[to++] = c->value[c->n - 1];
        }
        c->n = to;
    }
}

static void add_score(struct updating *u, const struct piece *p, size_t at, size_t n, const double *out)
{
    struct model *m = u->model;
    size_t k = m->n_classes;
    double hits = 0, loss = 0, squares = 0, seen = u->seen + (double)n;
    for (size_t i = 0; i < n; i++) {
        if (p->label) {
            const double *row = out + i * k;
            size_t best = 0;
            for (size_t c = 1; c < k; c++)
                best = row[c] > row[best] ? c : best;
            hits += (int32_t)best == p->label[at + i];
            loss -= log(fmax(row[p->label[at + i]], 0x1p-52));
        } else {
            double miss = out[i] * m->target_sd + m->target_mean - p->y[at + i];
            squares += miss * miss;
        }
    }
    u->judged += n;
    u->seen = seen;
    u->hits += hits;
    u->log_loss += loss;
    u->squares += squares;
    if (p->label) {
        curves_add(&m->curves, PREQUENTIAL "accuracy", seen, hits / (double)n);
        curves_add(&m->curves, PREQUENTIAL "logloss", seen, loss / (double)n);
        progress_metric(u->call.progress, PREQUENTIAL "accuracy", seen, hits / (double)n);
    } else {
        curves_add(&m->curves, PREQUENTIAL "rmse", seen, sqrt(squares / (double)n));
        progress_metric(u->call.progress, PREQUENTIAL "rmse", seen, sqrt(squares / (double)n));
    }
    thin(&m->curves);
}

static bool judge(struct updating *u, const struct piece *p, size_t at, size_t n, struct err *e)
{
    const struct model *m = u->model;
    struct lt_data d = slice(m, p, at, n);
    double *values = mem_bulk(n * (p->label ? m->n_classes : 1) + 1, sizeof *values, e);
    if (!values)
        return false;
    struct lt_out out = {.size = sizeof out};
    if (p->label)
        out.proba = values;
    else
        out.value = values;
    bool good = state_predict(m, m->state, &u->call, &d, &out, e);
    if (good)
        add_score(u, p, at, n, values);
    mem_bulk_free(values);
    return good;
}

static bool learn(struct updating *u, const struct piece *p, size_t at, size_t n, double *y, struct err *e)
{
    const struct model *m = u->model;
    struct lt_data d = slice(m, p, at, n);
    for (size_t i = 0; p->y && i < n; i++)
        y[i] = (p->y[at + i] - m->target_mean) / m->target_sd;
    d.y = p->y ? y : NULL;
    d.label = p->label ? p->label + at : NULL;
    d.weight = p->weight ? p->weight + at : NULL;
    int status = m->algo->d.update(plugin_call_reset(&u->call), m->state, &d);
    if (status == LT_CANCELLED)
        return err_set(e, ERR_CANCELLED, "stopped");
    if (status != LT_OK)
        return plugin_call_error(&u->call, status, m->algo, "update", e);
    u->learned += n;
    return true;
}

static bool learn_piece(struct updating *u, const struct piece *p, struct err *e)
{
    bool good = true;
    size_t most = u->o.batch < p->n ? u->o.batch : p->n;
    double *y = mem_bulk(most + 1, sizeof *y, e);
    if (!y)
        return false;
    for (size_t at = 0; good && at < p->n; at += most) {
        size_t n = p->n - at < most ? p->n - at : most;
        if (progress_cancelled(u->call.progress))
            good = err_set(e, ERR_CANCELLED, "stopped");
        good = good && (!u->o.judge || judge(u, p, at, n, e)) && learn(u, p, at, n, y, e);
    }
    mem_bulk_free(y);
    return good;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

bool updating_learn(struct updating *u, const struct table *t, const uint32_t *rows, size_t n, struct progress *p,
                    struct err *e)
{
    bool good = true;
    size_t whole = CHUNK / u->o.batch * u->o.batch, step = whole ? whole : u->o.batch;
    u->call.progress = p;
    u->call.to = -1;
    for (size_t at = 0; good && at < n; at += step) {
        struct piece k = {.n = n - at < step ? n - at : step};
        k.rows = mem_bulk(k.n + 1, sizeof *k.rows, e);
        for (size_t i = 0; k.rows && i < k.n; i++)
            k.rows[i] = rows ? rows[at + i] : (uint32_t)(at + i);
        good = k.rows && prepare(u, t, &k, e) && learn_piece(u, &k, e);
        piece_done(&k);
    }
    u->call.progress = NULL;
    return good;
}

size_t updating_rows(const struct updating *u)
{
    return u->learned;
}

size_t updating_dropped(const struct updating *u)
{
    return u->dropped;
}

size_t updating_unseen(const struct updating *u)
{
    return u->unseen;
}

double updating_score(const struct updating *u)
{
    if (!u->judged)
        return NAN;
    return u->model->task == LT_CLASSIFY ? u->hits / (double)u->judged : sqrt(u->squares / (double)u->judged);
}

struct model *updating_model(struct updating *u, struct err *e)
{
    struct model *m = u->model;
    uint64_t taken, planned;
    if (!u->learned) {
        err_set(e, ERR_DATA, "there are no rows to learn from");
        return NULL;
    }
    m->rows += u->learned;
    m->updated_rows += u->learned;
    m->updates++;
    if (m->algo->d.units && m->algo->d.units(m->state, &taken, &planned) == LT_OK)
        m->units = taken;
    curves_view(&m->curves);
    u->model = NULL;
    return m;
}

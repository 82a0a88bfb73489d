/* learner: training, which is driving steps. The module only begins and steps; how many at a time, when to stop,
 * what to hold back, and what to keep of a training that was stopped is decided here. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "data/split.h"
#include "host/ensemble.h"
#include "host/model_parts.h"
#include "num/moments.h"

/* In batch a call lasts about so long: often enough to be stopped, seldom enough to cost nothing. */
static const double CALL_SECONDS = 0.075;
/* Units that are grown side by side must be as many as keep all threads busy, if that takes no longer than this. */
static const double CALL_SECONDS_MOST = 1.0;
/* Weights above this, or below one over it, would have squares and sums that a double can't hold. */
static const double MOST_WEIGHT = 1e50;

void train_options_init(struct train_options *o)
{
    *o = (struct train_options){.validation_fraction = 0.1,
                                .n_iter_no_change = 10,
                                .tol = 1e-4,
                                .scale = true,
                                .impute = true,
                                .encode = true,
                                .degree = 1,
                                .balance = {.neighbours = 5}};
}

/* What is learned from: a design with its targets. */
struct part {
    struct table *table; /* held */
    struct design design;
    uint32_t *rows; /* NULL: all of the table, in order */
    size_t n;
    double *y;
    int32_t *label;
    double *weight;
};

struct learner {
    const struct train_options *o;
    const struct table *table;
    const struct task *task;
    struct progress *progress;
    struct model *model;
    struct plugin_call call;
    void *state;

    struct part train, held; /* held: for early stopping; n 0: none */
    VEC(const char *) features;
    struct lt_params params;

    uint64_t units;   /* steps taken */
    uint64_t planned; /* 0: unknown */
    bool done;

    double best;         /* early stopping: lowest validation loss so far … */
    uint64_t best_units; /* … and when */
    bool has_snapshot;
    struct state snapshot; /* for modules that can't forget steps */
};

static void part_done(struct part *p)
{
    if (p->design.table)
        design_done(&p->design);
    table_unref(p->table);
    mem_bulk_free(p->rows);
    mem_bulk_free(p->y);
    mem_bulk_free(p->label);
    mem_bulk_free(p->weight);
}

/* ---- may this be trained at all ----------------------------------------------------------------------------- */

static bool check_task(const struct train_options *o, const struct task *task, struct err *e)
{
    const struct lt_algo *d = &o->algo->d;
    if (!(d->tasks & o->task)) {
        struct str can = STR_INIT;
        algo_tasks(o->algo, &can);
        err_set(e, ERR_TYPE, "%s can't %s; it does %s", d->id, task_word(o->task), str_get(&can));
        str_done(&can);
        return err_hint(e, "see `algos` for those that can");
    }
    bool judged = o->task & (LT_CLASSIFY | LT_REGRESS), classes = algo_learns_classes(d, o->task);
    if (algo_learns_target(d, o->task) && (!task || !task->target)) {
        err_set(e, ERR_INPUT, "%s needs to know what to learn", d->id);
        return err_hint(e, classes ? "set a target that has classes first: target COLUMN"
                                   : "set a target first: target COLUMN");
    }
    if (classes && !task->classes) {
        err_set(e, ERR_TYPE, "%s is a number; %s can't learn classes from it", task->target, d->id);
        return err_hint(e, "name a column that has classes: train %s COLUMN ~ .", d->id);
    }
    if (o->early_stopping && !(d->traits & LT_ITERATIVE)) {
        err_set(e, ERR_INPUT, "%s can't stop early: its steps don't improve one model", d->id);
        return err_hint(e, "train without early_stopping; gbm, net and adaboost can");
    }
    if (o->early_stopping && !judged) {
        err_set(e, ERR_INPUT, "early stopping needs a target to judge by, and %s has none", d->id);
        return err_hint(e, "train without early_stopping");
    }
    if (o->early_stopping && !(o->validation_fraction > 0 && o->validation_fraction < 1))
        return err_set(e, ERR_RANGE, "validation_fraction must be between 0 and 1, both excluded");
    if (o->weights && !(d->traits & LT_WEIGHTS_OK)) {
        err_set(e, ERR_INPUT, "%s can't take weights", d->id);
        return err_hint(e, "train without weights, or take an algorithm whose help says that it takes them");
    }
    if (o->weights && str_eq(o->weights, "balanced") && !classes) {
        err_set(e, ERR_INPUT, "weights=balanced is for classes");
        return err_hint(e, "name a column of weights: weights=COLUMN");
    }
    return true;
}

/* The features: the task's, or all columns; never the target, and never the column of weights. */
static bool choose_features(struct learner *l, struct err *e)
{
    const struct task *task = l->task;
    const char *target = task ? task->target : NULL;
    bool listed = task && task->features;
    size_t n = listed ? task->n_features : table_cols(l->table);
    for (size_t j = 0; j < n; j++) {
        const char *name = listed ? task->features[j] : table_name(l->table, j);
        if (!str_eq(name, l->o->weights) && !(target && str_eq(name, target)))
            vec_push(&l->features, name);
    }
    return !algo_learns_target(&l->o->algo->d, l->o->task) || table_require(l->table, target, e) >= 0;
}

/* ---- rows and targets --------------------------------------------------------------------------------------- */

static bool copy_rows(struct part *p, const struct table *t, const uint32_t *rows, size_t n, struct err *e)
{
    bool all = n == table_rows(t);
    for (size_t i = 0; rows && i < n && all; i++)
        all = rows[i] == i;
    p->table = table_ref(t);
    p->n = n;
    if (all || !rows)
        return true; /* no index: the columns are read straight through */
    p->rows = mem_bulk(n + 1, sizeof *p->rows, e);
    if (p->rows)
        memcpy(p->rows, rows, n * sizeof *rows);
    return p->rows != NULL;
}

static size_t row_of(const struct part *p, size_t i)
{
    return p->rows ? p->rows[i] : i;
}

static bool targets(struct learner *l, struct part *p, struct err *e)
{
    bool good = true;
    if (algo_learns_classes(&l->o->algo->d, l->o->task)) {
        p->label = mem_bulk(p->n + 1, sizeof *p->label, e);
        good = p->label && task_labels(l->task, p->table, p->rows, p->n, p->label, e);
    } else if (l->o->task == LT_REGRESS) {
        p->y = mem_bulk(p->n + 1, sizeof *p->y, e);
        good = p->y && task_targets(l->task, p->table, p->rows, p->n, p->y, e);
    }
    if (!good)
        return false;
    size_t missing = 0;
    for (size_t i = 0; i < p->n; i++)
        missing += (p->label && p->label[i] < 0) || (p->y && isnan(p->y[i]));
    if (!missing)
        return true;
    err_set(e, ERR_INPUT, "%s is missing in %zu of the rows to learn from", l->task->target, missing);
    return err_hint(e, "drop them: filter %s is not null", l->task->target);
}

/* Balanced: every class weighs the same in all, n / (k * its rows), as in scikit-learn. */
static bool balanced_weights(const struct learner *l, struct part *p)
{
    size_t k = l->model->n_classes, present = 0;
    size_t *count = mem_zero(k ? k : 1, sizeof *count);
    for (size_t i = 0; i < p->n; i++)
        count[p->label[i]]++;
    for (size_t c = 0; c < k; c++)
        present += count[c] > 0;
    for (size_t i = 0; i < p->n; i++)
        p->weight[i] = (double)p->n / ((double)present * (double)count[p->label[i]]);
    mem_free(count);
    return true;
}

bool weights_read(const char *column, bool classes, const struct table *t, const uint32_t *rows, size_t n,
                  double *out, struct err *e)
{
    int at = table_require(t, column, e);
    if (at < 0)
        return err_wrap(e, "weights");
    const struct column *c = table_column(t, (size_t)at);
    if (!column_is_numeric(c)) {
        err_set(e, ERR_TYPE, "weights: %s is no column of numbers", column);
        return err_hint(e, "name a column of numbers of 0 or more%s", classes ? ", or say weights=balanced" : "");
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = rows ? rows[i] : i;
        double w = column_number(c, row);
        if (!(w >= 0) || isinf(w)) {
            err_set(e, ERR_INPUT, "the weight in %s of row %zu is %s; weights are numbers of 0 or more", column,
                    row + 1,
                    isnan(w) ? "missing"
                    : w < 0  ? "negative"
                             : "infinite");
            return err_hint(e, "repair it, or drop the row");
        }
        if (w > MOST_WEIGHT || (w > 0 && w < 1 / MOST_WEIGHT)) {
            err_set(e, ERR_INPUT, "the weight in %s of row %zu is %.6g, too %s to count with", column, row + 1, w,
                    w > 1 ? "large" : "small");
            return err_hint(e, "weights are 0, or from %g to %g: scale the column", 1 / MOST_WEIGHT, MOST_WEIGHT);
        }
        out[i] = w;
    }
    return true;
}

static bool weights(struct learner *l, struct part *p, struct err *e)
{
    if (!l->o->weights)
        return true;
    p->weight = mem_bulk(p->n + 1, sizeof *p->weight, e);
    if (!p->weight)
        return false;
    if (str_eq(l->o->weights, "balanced"))
        sentences_add(&l->model->notes, "rows are weighted so that all classes count the same");
    else
        sentences_add(&l->model->notes, "rows are weighted by %s", l->o->weights);
    return str_eq(l->o->weights, "balanced")
               ? balanced_weights(l, p)
               : weights_read(l->o->weights, l->o->task == LT_CLASSIFY, p->table, p->rows, p->n, p->weight, e);
}

/* Moves a part of the training rows to `held`, stratified by class. */
static bool hold_back(struct learner *l, struct err *e)
{
    size_t n = l->train.n, held = 0;
    uint8_t *in_test = mem_alloc(n + 1);
    int32_t *label = mem_bulk(n + 1, sizeof *label, e);
    struct part all = l->train;
    bool good = label != NULL;
    if (good && l->o->task == LT_CLASSIFY) {
        good = targets(l, &all, e);
        if (good)
            memcpy(label, all.label, n * sizeof *label);
        mem_bulk_free(all.label);
    }
    good = good && split_holdout(n, l->o->task == LT_CLASSIFY ? label : NULL, l->o->validation_fraction,
                                 l->o->seed, in_test, e);
    for (size_t i = 0; good && i < n; i++)
        held += in_test[i];
    uint32_t *train = good ? mem_bulk(n - held + 1, sizeof *train, e) : NULL;
    uint32_t *test = train ? mem_bulk(held + 1, sizeof *test, e) : NULL;
    good = test != NULL;
    for (size_t i = 0, a = 0, b = 0; good && i < n; i++) {
        uint32_t row = (uint32_t)row_of(&l->train, i);
        if (in_test[i])
            test[b++] = row;
        else
            train[a++] = row;
    }
    if (good && (!held || held == n)) {
        err_set(e, ERR_INPUT, "%zu row%s too few to hold a part back for early stopping", n,
                n == 1 ? " is" : "s are");
        good = err_hint(e, "train without early_stopping, or learn from more rows");
    }
    if (good) {
        mem_bulk_free(l->train.rows);
        l->train.rows = train;
        l->train.n = n - held;
        l->held.table = table_ref(l->table);
        l->held.rows = test;
        l->held.n = held;
    } else {
        mem_bulk_free(train);
        mem_bulk_free(test);
    }
    mem_bulk_free(label);
    mem_free(in_test);
    return good;
}

/* ---- the design --------------------------------------------------------------------------------------------- */

static bool fit_recipe(struct learner *l, struct err *e)
{
    struct recipe_options ro = {l->o->impute, l->o->encode, l->o->scale, l->o->degree, l->o->interaction_only};
    struct model *m = l->model;
    m->recipe = recipe_fit(l->train.table, l->features.v, l->features.n, l->train.rows, l->train.n, &l->o->algo->d,
                           &ro, e);
    if (!m->recipe)
        return false;
    const char *const *notes;
    size_t n = recipe_notes(m->recipe, &notes);
    for (size_t i = 0; i < n; i++)
        sentences_add(&m->notes, "%s", notes[i]);
    const struct lt_column *columns;
    if (recipe_outputs(m->recipe, &columns) || l->o->algo->d.traits & LT_NO_FEATURES_OK)
        return true;
    err_set(e, ERR_INPUT, "no column is left to learn from");
    return n ? err_hint(e, "%s", notes[0]) : err_hint(e, "add features to the formula");
}

/* y with mean 0 and sd 1, for algorithms that want it so; predictions are put back. */
static void scale_target(struct learner *l)
{
    struct model *m = l->model;
    struct moments mo = moments_of(l->train.n, l->train.y);
    double sd = sqrt(mo.m2 / (double)mo.n);
    if (!isfinite(mo.mean) || !isfinite(sd))
        return; /* the module will say what is wrong with it */
    m->target_mean = mo.mean;
    m->target_sd = sd > 0 ? sd : 1;
    for (size_t i = 0; i < l->train.n; i++)
        l->train.y[i] = (l->train.y[i] - m->target_mean) / m->target_sd;
    for (size_t i = 0; i < l->held.n; i++)
        l->held.y[i] = (l->held.y[i] - m->target_mean) / m->target_sd;
}

static bool build(struct learner *l, struct part *p, struct err *e)
{
    struct model *m = l->model;
    if (!design_build(&p->design, m->recipe, p->table, p->rows, p->n, l->o->algo->d.layout, NULL, e))
        return false;
    struct lt_data *d = &p->design.data;
    d->task = m->task;
    d->y = p->y;
    d->label = p->label;
    d->weight = p->weight;
    d->n_classes = (uint32_t)m->n_classes;
    d->class_names = m->class_names;
    return true;
}

/* From here on the training part is a table of its own; what is held back stays as it is. */
static bool balance(struct learner *l, struct err *e)
{
    struct part *p = &l->train;
    struct str note = STR_INIT;
    struct balance_options o = l->o->balance;
    if (!l->task || !algo_learns_classes(&l->o->algo->d, l->o->task))
        return err_set(e, ERR_TYPE, "only classes can be balanced, and %s learns none here", l->o->algo->d.id);
    o.seed = l->o->seed;
    if (!p->rows) {
        p->rows = mem_bulk(p->n + 1, sizeof *p->rows, e);
        for (size_t i = 0; p->rows && i < p->n; i++)
            p->rows[i] = (uint32_t)i;
        if (!p->rows)
            return false;
    }
    struct table *t =
        balance_rows(p->table, l->task, l->features.v, l->features.n, p->rows, p->n, &o, l->progress, &note, e);
    if (t) {
        sentences_add(&l->model->notes, "%s", str_get(&note));
        part_done(p);
        *p = (struct part){.table = t, .n = table_rows(t)};
    }
    str_done(&note);
    return t != NULL;
}

static bool prepare(struct learner *l, const uint32_t *rows, size_t n, struct err *e)
{
    if (!check_task(l->o, l->task, e) || !choose_features(l, e))
        return false;
    if (!n)
        return err_set(e, ERR_INPUT, "there are no rows to learn from");
    if (!copy_rows(&l->train, l->table, rows, n, e) || (l->o->early_stopping && !hold_back(l, e)) ||
        (l->o->balance.method != BALANCE_NONE && !balance(l, e)) || !targets(l, &l->train, e) ||
        !weights(l, &l->train, e) || !fit_recipe(l, e))
        return false;
    if (l->held.n && (!targets(l, &l->held, e) || !weights(l, &l->held, e)))
        return false;
    if (l->o->task == LT_REGRESS && l->o->algo->d.traits & LT_TARGET_SCALED)
        scale_target(l);
    if (!model_bind_columns(l->model, e) || !build(l, &l->train, e) || (l->held.n && !build(l, &l->held, e)))
        return false;
    l->params = model_lt_params(l->model);
    return true;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static bool begin(struct learner *l, struct err *e)
{
    const struct lt_algo *d = &l->o->algo->d;
    int status = d->check ? d->check(plugin_call_reset(&l->call), &l->params, &l->train.design.data) : LT_OK;
    if (status != LT_OK)
        return plugin_call_error(&l->call, status, l->o->algo, "check", e);
    status = d->begin(plugin_call_reset(&l->call), &l->params, &l->train.design.data, &l->state);
    if (status == LT_OK && l->state)
        return true;
    l->state = NULL;
    return plugin_call_error(&l->call, status == LT_OK ? LT_INTERNAL : status, l->o->algo, "begin", e);
}

/* What the module says of its steps, or what can be told from outside. */
static void count_units(struct learner *l, uint64_t asked, int status)
{
    const struct lt_algo *d = &l->o->algo->d;
    uint64_t taken = 0, planned = 0;
    if (d->units && d->units(l->state, &taken, &planned) == LT_OK) {
        l->units = taken;
        l->planned = planned;
        return;
    }
    if (status < 0)
        return;
    uint64_t last = (uint64_t)curves_last_unit(&l->model->curves);
    l->units = status == LT_DONE && last > l->units && last <= l->units + asked ? last : l->units + asked;
}

static void report(struct learner *l)
{
    char stage[64];
    const struct lt_algo *d = &l->o->algo->d;
    double done = l->planned ? (double)l->units / (double)l->planned : -1;
    if (l->planned)
        snprintf(stage, sizeof stage, "%s: %s %llu of %llu", d->id, d->unit, (unsigned long long)l->units,
                 (unsigned long long)l->planned);
    else
        snprintf(stage, sizeof stage, "%s: %s %llu", d->id, d->unit, (unsigned long long)l->units);
    progress_report(l->progress, done > 1 ? 1 : done, stage);
}

/* Takes up to `units` steps; the share of the bar that the call may fill is theirs. */
static int step(struct learner *l, uint64_t units)
{
    if (l->planned) {
        double planned = (double)l->planned;
        l->call.from = fmin((double)l->units / planned, 1);
        l->call.to = fmin((double)(l->units + units) / planned, 1);
    } else {
        l->call.to = -1;
    }
    int status = l->o->algo->d.step(plugin_call_reset(&l->call), l->state, &l->train.design.data, units);
    count_units(l, units, status);
    l->done = status == LT_DONE;
    report(l);
    return status;
}

/* As many units as fill the time of a call, from how long the last ones took. */
static uint64_t next_units(uint64_t last, double seconds)
{
    uint64_t threads = pool_threads();
    double each = seconds / (double)last;
    double want = each > 0 ? CALL_SECONDS / each : 1e6;
    uint64_t units = want < 1 ? 1 : want > 1e6 ? 1000000 : (uint64_t)want;
    units = units > 16 * last ? 16 * last : units;
    if (units < 4 * threads && each * (double)(4 * threads) < CALL_SECONDS_MOST)
        units = 4 * threads;
    else if (units < threads)
        units = threads;
    if (units > threads)
        units -= units % threads;
    return units;
}

static bool out_of_time(const struct learner *l)
{
    return l->call.deadline > 0 && clock_seconds() >= l->call.deadline;
}

/* ---- early stopping ----------------------------------------------------------------------------------------- */

/* Mean log loss or mean squared error of the held rows, weighted. */
static bool held_loss(struct learner *l, double *loss, struct err *e)
{
    struct model *m = l->model;
    size_t n = l->held.n, k = m->n_classes ? m->n_classes : 1;
    double *values = mem_bulk(n * k + 1, sizeof *values, e), sum = 0, total = 0;
    struct lt_data data = l->held.design.data;
    struct lt_out out = {.size = sizeof out};
    if (!values)
        return false;
    data.y = NULL;
    data.label = NULL;
    data.weight = NULL;
    if (m->task == LT_CLASSIFY)
        out.proba = values;
    else
        out.value = values;
    bool good = state_predict(m, l->state, &l->call, &data, &out, e);
    for (size_t i = 0; good && i < n; i++) {
        double w = l->held.weight ? l->held.weight[i] : 1, d;
        if (m->task == LT_CLASSIFY) {
            d = -log(fmax(values[i * k + (size_t)l->held.label[i]], 0x1p-52));
        } else {
            d = values[i] - l->held.y[i];
            d *= d;
        }
        sum += w * d;
        total += w;
    }
    mem_bulk_free(values);
    *loss = sum / total;
    return good;
}

/* Keeps what would be needed to return here. */
static bool snapshot(struct learner *l, struct err *e)
{
    l->best_units = l->units;
    if (l->o->algo->d.truncate)
        return true;
    state_done(&l->snapshot);
    l->has_snapshot = model_state_save(l->model, l->state, &l->snapshot, e);
    return l->has_snapshot;
}

static bool roll_back(struct learner *l, struct err *e)
{
    const struct lt_algo *d = &l->o->algo->d;
    if (l->best_units == l->units)
        return true;
    if (d->truncate) {
        int status = d->truncate(plugin_call_reset(&l->call), l->state, l->best_units);
        if (status != LT_OK)
            return plugin_call_error(&l->call, status, l->o->algo, "truncate", e);
    } else {
        void *best = l->has_snapshot ? model_state_load(l->model, &l->snapshot, e) : NULL;
        if (!best)
            return err_wrap(e, "returning to the best %s", d->unit);
        d->free(l->state);
        l->state = best;
    }
    l->units = l->best_units;
    return true;
}

/* One step at a time, each judged on the held rows. */
static int run_watched_by_held(struct learner *l, struct err *e)
{
    const struct lt_algo *d = &l->o->algo->d;
    int status = LT_MORE, waited = 0;
    l->best = INFINITY;
    while (status == LT_MORE && (waited < l->o->n_iter_no_change || l->o->watch_only) && !out_of_time(l) &&
           !progress_cancelled(l->progress) && !(l->o->max_units && l->units >= l->o->max_units)) {
        double loss;
        status = step(l, 1);
        if (status < 0)
            break;
        if (!held_loss(l, &loss, e))
            return LT_INTERNAL;
        curves_add(&l->model->curves, "validation_loss", (double)l->units, loss);
        progress_metric(l->progress, "validation_loss", (double)l->units, loss);
        bool better = loss < l->best - l->o->tol || !l->best_units;
        if (better) {
            l->best = loss;
            if (!l->o->watch_only && !snapshot(l, e))
                return LT_INTERNAL;
        }
        waited = better ? 0 : waited + 1;
    }
    if (status < 0 && status != LT_CANCELLED)
        return status;
    if (l->o->watch_only)
        return status;
    if (l->best_units && l->best_units < l->units) {
        sentences_add(
            &l->model->notes,
            "%s at %s %llu, because the loss on the %zu row%s held back was lowest at %s %llu; returned to that",
            waited >= l->o->n_iter_no_change ? "stopped early" : "ended", d->unit, (unsigned long long)l->units,
            l->held.n, l->held.n == 1 ? "" : "s", d->unit, (unsigned long long)l->best_units);
        if (!roll_back(l, e))
            return LT_INTERNAL;
    }
    l->done = l->done || waited >= l->o->n_iter_no_change;
    return status < 0 ? status : LT_DONE;
}

/* Many units a call keep all threads busy. But one at a time where the module doesn't say how many it took: else a
 * last call that took fewer would be counted, and kept in the model, by how many were asked for. */
static int run_plain(struct learner *l)
{
    const bool one_by_one = l->o->step_mode || !l->o->algo->d.units;
    uint64_t units = one_by_one ? 1 : pool_threads();
    int status = LT_MORE;
    while (status == LT_MORE && !out_of_time(l) && !progress_cancelled(l->progress)) {
        if (l->o->max_units && l->units >= l->o->max_units)
            break;
        if (l->o->max_units && units > l->o->max_units - l->units)
            units = l->o->max_units - l->units;
        double start = clock_seconds();
        status = step(l, units);
        if (!one_by_one && status == LT_MORE)
            units = next_units(units, clock_seconds() - start);
    }
    return status;
}

/* ---- training ----------------------------------------------------------------------------------------------- */

/* True: there is something to keep. Stopped means: keep what is whole. */
static bool settle(struct learner *l, int status, struct err *e)
{
    if (status < 0 && status != LT_CANCELLED)
        return plugin_call_error(&l->call, status, l->o->algo, "step", e);
    if (!l->done && !l->units) {
        if (progress_cancelled(l->progress) || !l->o->max_seconds)
            return err_set(e, ERR_CANCELLED, "stopped before the first %s was done", l->o->algo->d.unit);
        return err_set(e, ERR_CANCELLED, "no %s was done within %g seconds", l->o->algo->d.unit,
                       l->o->max_seconds);
    }
    l->model->partial = !l->done;
    if (l->model->partial)
        sentences_add(&l->model->notes, "stopped after %s %llu: the model is partial", l->o->algo->d.unit,
                      (unsigned long long)l->units);
    return true;
}

static bool drive(struct learner *l, struct err *e)
{
    struct err inner = ERR_INIT;
    if (progress_cancelled(l->progress))
        return err_set(e, ERR_CANCELLED, "stopped before the first %s was done", l->o->algo->d.unit);
    progress_report(l->progress, -1, l->o->algo->d.id);
    if (!begin(l, e))
        return false;
    count_units(l, 0, LT_MORE);
    int status = l->held.n ? run_watched_by_held(l, &inner) : run_plain(l);
    if (inner.code) {
        if (e)
            *e = inner;
        return false;
    }
    return settle(l, status, e);
}

static void describe_origin(struct learner *l, size_t n)
{
    struct model *m = l->model;
    char text[40] = "";
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    m->created = arena_strdup(m->arena, text);
    m->table_source = arena_strdup(m->arena, table_source(l->table));
    m->table = table_ref(l->table);
    m->rows = n;
    m->seed = l->o->seed;
    m->asked = *l->o;
    m->asked.algo = NULL;
    m->asked.params = NULL;
    m->asked.weights = NULL;
    m->asked.trace = NULL;
    m->asked.trace_arg = NULL;
    m->asked.ensemble = NULL;
    m->asked.max_seconds = 0; /* steps say how long, and they can be repeated */
    m->asked.step_mode = m->asked.watch_only = false;
    m->task = l->o->task;
    m->weights = arena_strdup(m->arena, l->o->weights);
    m->values = values_copy(m->arena, l->o->params, l->o->algo->d.n_params);
    if (!l->task || !algo_learns_target(&l->o->algo->d, l->o->task))
        return;
    m->target = arena_strdup(m->arena, l->task->target);
    if (!algo_learns_classes(&l->o->algo->d, l->o->task) || !l->task->classes)
        return;
    m->n_classes = dictionary_size(l->task->classes);
    m->positive = l->task->positive;
    m->class_names = arena_zero(m->arena, m->n_classes + 1, sizeof *m->class_names);
    for (size_t c = 0; c < m->n_classes; c++)
        m->class_names[c] = arena_strdup(m->arena, dictionary_word(l->task->classes, (int32_t)c));
}

struct model *learner_train(const struct train_options *o, const struct table *t, const struct task *task,
                            const uint32_t *rows, size_t n, struct progress *p, struct err *e)
{
    double start = clock_seconds();
    struct learner l = {.o = o, .table = t, .task = task, .progress = p, .model = model_new(o->algo)};
    describe_origin(&l, n);
    plugin_call_init(&l.call, o->seed, p);
    l.call.notes = &l.model->notes;
    l.call.curves = &l.model->curves;
    l.call.trace = o->trace;
    l.call.trace_arg = o->trace_arg;
    l.call.deadline = o->max_seconds > 0 ? start + o->max_seconds : 0;

    bool good = prepare(&l, rows, n, e) && drive(&l, e);
    struct model *m = l.model;
    if (good) {
        m->state = l.state;
        m->units = l.units;
        m->fit_seconds = clock_seconds() - start;
        curves_view(&m->curves);
    } else {
        if (l.state)
            o->algo->d.free(l.state);
        model_unref(m);
        m = NULL;
    }
    part_done(&l.train);
    part_done(&l.held);
    state_done(&l.snapshot);
    vec_done(&l.features);
    plugin_call_done(&l.call);
    return m;
}

struct model *model_train(const struct train_options *o, const struct table *t, const struct task *task,
                          const uint32_t *rows, size_t n, struct progress *p, struct err *e)
{
    if (o->ensemble)
        return ensemble_train(o, t, task, rows, n, p, e);
    if (o->algo->d.traits & LT_COMBINES) {
        err_set(e, ERR_INPUT, "%s combines what other models predict; it can't learn from columns", o->algo->d.id);
        err_hint(e, "name the models: vote forest logistic");
        return NULL;
    }
    return learner_train(o, t, task, rows, n, p, e);
}

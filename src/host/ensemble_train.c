/* ensemble_train: members first, side by side; then the final algorithm on what they predict for rows that they had
 * not seen. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "data/split.h"
#include "host/ensemble_parts.h"
#include "num/metrics.h"

/* A vote's final learns nothing from rows; so many are enough to show it the columns. */
enum { VOTE_ROWS = 100 };

/* One training: of a member on all rows but those of a part, which it predicts afterwards. */
struct cast {
    const struct train_options *o;
    const struct ensemble_options *s;
    const struct table *table;
    const struct task *task;
    struct task **tasks; /* per member */
    const uint32_t *rows;
    size_t n, k; /* k: numbers that a prediction has */

    int32_t *part;    /* STACK: the fold of each row; BLEND: 1 held back; VOTE: NULL */
    int parts;        /* trainings of a member: folds and the whole, or one */
    uint32_t *level;  /* STACK: all rows; BLEND: the rows held back; VOTE: the first few */
    size_t n_level;
    size_t *place;    /* per row: its place in the level; SIZE_MAX: not in it */
    double **is;      /* per member: n_level x k */
    struct model **member;

    struct progress *progress;
    atomic_size_t finished;
    atomic_bool stop;
    struct err *errs; /* per training */
};

/* ---- one training ------------------------------------------------------------------------------------------- */

/* The rows of a part, or all others; at: their places in the level, or NULL. */
static size_t pick(const struct cast *c, int part, bool in, uint32_t *rows, size_t *at)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if ((c->part && c->part[i] == part) == in) {
            if (at)
                at[n] = c->place[i];
            rows[n++] = c->rows ? c->rows[i] : (uint32_t)i;
        }
    return n;
}

static size_t pick_level(const struct cast *c, uint32_t *rows, size_t *at)
{
    for (size_t i = 0; i < c->n_level; i++) {
        rows[i] = c->level[i];
        at[i] = i;
    }
    return c->n_level;
}

static bool predict_part(struct cast *c, size_t who, const struct model *m, const uint32_t *rows, const size_t *place,
                         size_t n, struct progress *ear, struct err *e)
{
    struct predictions is;
    if (!model_predict(m, c->table, rows, n, &is, ear, e))
        return false;
    const double *from = is.proba ? is.proba : is.value;
    for (size_t i = 0; i < n; i++)
        memcpy(c->is[who] + place[i] * c->k, from + i * c->k, c->k * sizeof *from);
    predictions_done(&is);
    return true;
}

/* Of a stack the last training is the one on all rows, which is kept and predicts nothing. */
static bool train_part(struct cast *c, size_t who, int part, struct progress *ear, struct err *e)
{
    const struct ensemble_member *x = &c->s->member[who];
    bool whole = part == c->parts - 1, judged = c->s->kind != ENSEMBLE_STACK || !whole;
    int out = c->s->kind == ENSEMBLE_BLEND ? 1 : whole ? -1 : part;
    uint32_t *rows = mem_bulk(c->n + 1, sizeof *rows, e), *seen = mem_bulk(c->n + 1, sizeof *seen, e);
    size_t *at = mem_bulk(c->n + 1, sizeof *at, e), n, n_out = 0;
    struct model *m = NULL;
    bool good = rows && seen && at;
    if (good) {
        n = pick(c, out, false, rows, NULL);
        m = whole && x->fitted && c->s->kind != ENSEMBLE_BLEND
                ? model_ref(x->fitted)
                : model_train(&x->train, c->table, c->tasks[who], rows, n, ear, e);
        good = m && !progress_cancelled(ear);
    }
    if (good && judged) {
        n_out = c->s->kind == ENSEMBLE_VOTE ? pick_level(c, seen, at) : pick(c, out, true, seen, at);
        good = predict_part(c, who, m, seen, at, n_out, ear, e);
    }
    if (good && whole)
        c->member[who] = m;
    else
        model_unref(m);
    mem_bulk_free(rows);
    mem_bulk_free(seen);
    mem_bulk_free(at);
    return good;
}

static void train_one(void *arg, size_t i, unsigned worker)
{
    struct cast *c = arg;
    size_t who = i / (size_t)c->parts, all = c->s->n * (size_t)c->parts;
    (void)worker;
    if (atomic_load(&c->stop) || progress_cancelled(c->progress))
        return;
    struct progress *ear = progress_listener(c->progress);
    if (!train_part(c, who, (int)(i % (size_t)c->parts), ear, &c->errs[i]))
        atomic_store(&c->stop, true);
    progress_free(ear);
    size_t done = atomic_fetch_add(&c->finished, 1) + 1;
    struct str stage = STR_INIT;
    str_printf(&stage, "%s: %zu of %zu trainings", ensemble_kind_word(c->s->kind), done, all);
    progress_report(c->progress, (double)done / (double)(all + 1), str_get(&stage));
    str_done(&stage);
}

/* ---- which rows --------------------------------------------------------------------------------------------- */

static bool choose_rows(struct cast *c, struct err *e)
{
    const struct ensemble_options *s = c->s;
    c->level = mem_bulk(c->n + 1, sizeof *c->level, e);
    c->place = mem_bulk(c->n + 1, sizeof *c->place, e);
    if (!c->level || !c->place)
        return false;
    c->parts = s->kind == ENSEMBLE_STACK ? s->folds + 1 : 1;
    if (s->kind != ENSEMBLE_VOTE) {
        int32_t *label = NULL;
        uint8_t *held = NULL;
        bool good = (c->part = mem_bulk(c->n + 1, sizeof *c->part, e)) != NULL;
        if (good && c->o->task == LT_CLASSIFY) {
            label = mem_bulk(c->n + 1, sizeof *label, e);
            good = label && task_labels(c->task, c->table, c->rows, c->n, label, e);
        }
        if (good && s->kind == ENSEMBLE_STACK) {
            good = split_folds(c->n, label, NULL, s->folds, lt_random(c->o->seed, 81, 0), c->part, e);
        } else if (good) {
            held = mem_bulk(c->n + 1, sizeof *held, e);
            good = held && split_holdout(c->n, label, s->holdout, lt_random(c->o->seed, 82, 0), held, e);
            for (size_t i = 0; good && i < c->n; i++)
                c->part[i] = held[i];
        }
        mem_bulk_free(label);
        mem_bulk_free(held);
        if (!good)
            return false;
    }
    for (size_t i = 0; i < c->n; i++) {
        bool in = s->kind == ENSEMBLE_STACK || (s->kind == ENSEMBLE_BLEND ? c->part[i] : i < VOTE_ROWS);
        c->place[i] = in ? c->n_level : SIZE_MAX;
        if (in)
            c->level[c->n_level++] = c->rows ? c->rows[i] : (uint32_t)i;
    }
    return true;
}

static bool cast_begin(struct cast *c, struct err *e)
{
    const struct ensemble_options *s = c->s;
    size_t count;
    c->tasks = mem_zero(s->n, sizeof(struct task *));
    c->is = mem_zero(s->n, sizeof *c->is);
    c->member = mem_zero(s->n, sizeof(struct model *));
    if (!choose_rows(c, e))
        return false;
    c->errs = mem_zero(s->n * (size_t)c->parts, sizeof *c->errs);
    c->k = c->o->task == LT_CLASSIFY ? dictionary_size(c->task->classes) : 1;
    if (!mem_mul(c->n_level, c->k, &count))
        return err_set(e, ERR_MEMORY, "%zu rows of %zu predictions are too many", c->n_level, c->k);
    for (size_t i = 0; i < s->n; i++) {
        const struct ensemble_member *x = &s->member[i];
        c->tasks[i] = x->features ? task_with_features(c->task, x->features, x->n_features) : task_ref(c->task);
        c->is[i] = mem_bulk(count + 1, sizeof(double), e);
        if (!c->is[i])
            return false;
    }
    return true;
}

static void cast_done(struct cast *c)
{
    for (size_t i = 0; i < c->s->n; i++) {
        task_unref(c->tasks[i]);
        mem_bulk_free(c->is[i]);
        model_unref(c->member[i]);
    }
    mem_free(c->tasks);
    mem_free(c->is);
    mem_free(c->member);
    mem_free(c->errs);
    mem_bulk_free(c->part);
    mem_bulk_free(c->level);
    mem_bulk_free(c->place);
}

static bool train_members(struct cast *c, struct err *e)
{
    size_t all = c->s->n * (size_t)c->parts;
    parallel_for(all, train_one, c);
    if (progress_cancelled(c->progress))
        return err_set(e, ERR_CANCELLED, "stopped before all members were trained");
    for (size_t i = 0; i < all; i++)
        if (c->errs[i].code) {
            if (e)
                *e = c->errs[i];
            return err_wrap(e, "%s", c->s->member[i / (size_t)c->parts].name);
        }
    return true;
}

/* ---- the final ---------------------------------------------------------------------------------------------- */

/* The raw features that are passed through: those of the task, or all columns but target and weights. */
static struct task *all_features(const struct cast *c)
{
    if (c->task->features)
        return task_ref(c->task);
    const char **names = mem_zero(table_cols(c->table) + 1, sizeof *names);
    size_t n = 0;
    for (size_t j = 0; j < table_cols(c->table); j++)
        if (!str_eq(table_name(c->table, j), c->task->target))
            names[n++] = table_name(c->table, j);
    struct task *task = task_with_features(c->task, names, n);
    mem_free(names);
    return task;
}

/* What the final learns from: the members' columns, raw features, and the target behind them. */
static struct table *make_level(const struct cast *c, const struct task *raw, struct err *e)
{
    struct table_builder *b = table_builder_new(c->n_level, table_source(c->table));
    const struct ensemble_options *s = c->s;
    bool good = true;
    for (size_t i = 0; good && i < s->n; i++)
        good = c->o->task == LT_CLASSIFY
                   ? level_add_classes(b, s->member[i].name, c->is[i], c->n_level, c->k,
                                       dictionary_words(c->task->classes), s->kind == ENSEMBLE_VOTE, e)
                   : level_add_numbers(b, s->member[i].name, c->is[i], c->n_level, e);
    if (raw)
        good = good && level_add_raw(b, c->table, (const char *const *)raw->features, raw->n_features, c->level,
                                     c->n_level, e);
    good = good && level_add_raw(b, c->table, &(const char *){c->task->target}, 1, c->level, c->n_level, e);
    struct table *t = good ? table_builder_done(b) : NULL;
    if (!good)
        table_builder_free(b);
    if (t && !str_eq(table_name(t, table_cols(t) - 1), c->task->target)) {
        err_set(e, ERR_INPUT, "the column '%s' of the members' predictions is called like the target", c->task->target);
        err_hint(e, "give the model another name");
        table_unref(t);
        t = NULL;
    }
    return t;
}

static struct task *level_task(const struct cast *c, const struct table *level)
{
    size_t n = table_cols(level) - 1;
    const char **names = mem_zero(n + 1, sizeof *names);
    for (size_t j = 0; j < n; j++)
        names[j] = table_name(level, j);
    struct task *task = task_with_features(c->task, names, n);
    mem_free(names);
    return task;
}

/* The members' scores on the level, whose rows they had not seen. */
static bool judge_members(const struct cast *c, const struct table *level, const struct task *task, struct ensemble *s,
                          struct err *e)
{
    double score[METRIC_COUNT], *y = NULL;
    int32_t *label = NULL, *most = NULL;
    char *work = NULL;
    bool classify = c->o->task == LT_CLASSIFY, good = true;
    if (classify) {
        label = mem_bulk(c->n_level + 1, sizeof *label, e);
        most = mem_bulk(c->n_level + 1, sizeof *most, e);
        work = mem_bulk(metrics_work(c->n_level, (int)c->k) + 1, 1, e);
        good = label && most && work && task_labels(task, level, NULL, c->n_level, label, e);
    } else {
        y = mem_bulk(c->n_level + 1, sizeof *y, e);
        good = y && task_targets(task, level, NULL, c->n_level, y, e);
    }
    for (size_t i = 0; good && i < c->s->n; i++) {
        if (!classify) {
            metrics_regress(c->n_level, y, c->is[i], NULL, score);
            s->score[i][0] = score[METRIC_RMSE];
            s->score[i][1] = score[METRIC_R2];
            continue;
        }
        for (size_t r = 0; r < c->n_level; r++) {
            most[r] = 0;
            for (size_t k = 1; k < c->k; k++)
                if (c->is[i][r * c->k + k] > c->is[i][r * c->k + (size_t)most[r]])
                    most[r] = (int32_t)k;
        }
        metrics_classify(c->n_level, (int)c->k, label, most, c->is[i], c->task->positive, NULL, score, work);
        s->score[i][0] = score[METRIC_LOGLOSS];
        s->score[i][1] = score[METRIC_ACCURACY];
    }
    mem_bulk_free(y);
    mem_bulk_free(label);
    mem_bulk_free(most);
    mem_bulk_free(work);
    return good;
}

static bool said_by(const struct model *m, const char *sentence)
{
    const char *const *v;
    size_t n = model_notes(m, &v);
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], sentence))
            return true;
    return false;
}

/* Each sentence once, with the names of all who said it: "knn, logistic: age: 139 missing filled with …". */
static void take_notes(const struct cast *c, struct model *m)
{
    for (size_t i = 0; i < c->s->n; i++) {
        const char *const *sentences;
        size_t n = model_notes(c->member[i], &sentences);
        for (size_t k = 0; k < n; k++) {
            struct str who = STR_INIT;
            bool before = false;
            for (size_t j = 0; j < i; j++)
                before = before || said_by(c->member[j], sentences[k]);
            for (size_t j = i; j < c->s->n; j++)
                if (said_by(c->member[j], sentences[k]))
                    str_printf(&who, "%s%s", who.len ? ", " : "", c->s->member[j].name);
            if (!before)
                sentences_add(&m->notes, "%s: %s", str_get(&who), sentences[k]);
            str_done(&who);
        }
    }
}

/* The final's model speaks of the raw table from here on. */
static bool adopt(struct cast *c, struct model *m, const struct task *raw, const struct table *level,
                  const struct task *task, struct err *e)
{
    m->ensemble = ensemble_new(c->s, c->member, raw ? (const char *const *)raw->features : NULL,
                               raw ? raw->n_features : 0);
    memset(c->member, 0, c->s->n * sizeof *c->member); /* the ensemble's now */
    for (size_t i = 0; i < c->s->n; i++)
        c->member[i] = model_ref(m->ensemble->member[i]);
    table_unref(m->table);
    m->table = table_ref(c->table);
    m->rows = c->n;
    take_notes(c, m);
    return c->s->kind == ENSEMBLE_VOTE || judge_members(c, level, task, m->ensemble, e);
}

static struct model *train_final(struct cast *c, struct err *e)
{
    struct train_options o = *c->o;
    struct task *raw = c->s->passthrough ? all_features(c) : NULL;
    struct table *level = make_level(c, raw, e);
    struct task *task = level ? level_task(c, level) : NULL;
    struct progress *rest = progress_part(c->progress, 0.95, 1);
    o.ensemble = NULL;
    struct model *m = level ? learner_train(&o, level, task, NULL, c->n_level, rest, e) : NULL;
    if (level && !m)
        err_wrap(e, "the final %s", o.algo->d.id);
    if (m && !adopt(c, m, raw, level, task, e)) {
        model_unref(m);
        m = NULL;
    }
    progress_free(rest);
    task_unref(task);
    task_unref(raw);
    table_unref(level);
    return m;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

static bool check_members(const struct train_options *o, size_t n, struct err *e)
{
    const struct ensemble_options *s = o->ensemble;
    if (s->n < 2) {
        err_set(e, ERR_INPUT, "a %s needs two models at least", ensemble_kind_word(s->kind));
        return err_hint(e, "%s forest logistic", ensemble_kind_word(s->kind));
    }
    if (o->task != LT_CLASSIFY && o->task != LT_REGRESS)
        return err_set(e, ERR_INPUT, "a %s needs a target", ensemble_kind_word(s->kind));
    if (s->kind == ENSEMBLE_STACK && (s->folds < 2 || (size_t)s->folds > n))
        return err_set(e, ERR_RANGE, "%d folds of %zu rows: take 2 to %zu", s->folds, n, n);
    if (s->kind == ENSEMBLE_BLEND && !(s->holdout > 0 && s->holdout < 1))
        return err_set(e, ERR_RANGE, "holdout must be between 0 and 1, both excluded");
    return true;
}

struct model *ensemble_train(const struct train_options *o, const struct table *t, const struct task *task,
                             const uint32_t *rows, size_t n, struct progress *p, struct err *e)
{
    double start = clock_seconds();
    struct model *m = NULL;
    if (!check_members(o, n, e))
        return NULL;
    if (!task || !task->target) {
        err_set(e, ERR_INPUT, "a %s needs a target", ensemble_kind_word(o->ensemble->kind));
        return NULL;
    }
    struct cast c = {.o = o, .s = o->ensemble, .table = t, .task = task, .rows = rows, .n = n, .progress = p};
    if (cast_begin(&c, e) && train_members(&c, e))
        m = train_final(&c, e);
    cast_done(&c);
    if (m)
        m->fit_seconds = clock_seconds() - start;
    return m;
}

/* compare: the same folds for all, in parallel. */
#include "ops/compare.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "data/split.h"
#include "ops/evaluate.h"

struct fold_rows {
    uint32_t *train, *test;
    size_t n_train, n_test;
};

typedef VEC(char *) sentence_list;

struct tournament {
    struct compare_result *r;
    const struct table *table;
    const struct task *task;
    const struct task **tasks; /* per contestant */
    struct fold_rows *fold;    /* folds x repeats */
    size_t n_folds;
    struct progress *progress;
    atomic_size_t finished;
    atomic_bool stop;
    struct err *errs; /* per (contestant, fold) */
    sentence_list *said;  /* per contestant, by its model of the first fold */
};

static void keep_notes(struct tournament *g, size_t who, const struct model *m);

/* ---- one round --------------------------------------------------------------------------------------------- */

static void play(void *arg, size_t i, unsigned worker)
{
    struct tournament *g = arg;
    size_t who = i / g->n_folds, fold = i % g->n_folds;
    struct contestant *c = &g->r->who[who];
    struct compare_score *s = &g->r->score[i];
    struct fold_rows *f = &g->fold[fold];
    struct err *e = &g->errs[i];
    struct train_options train = c->train;
    struct evaluation ev;

    (void)worker;
    if (atomic_load(&g->stop) || progress_cancelled(g->progress))
        return;
    train.seed = lt_random(g->r->options.seed, 77, fold);
    struct progress *ear = progress_listener(g->progress);
    struct model *m = model_train(&train, g->table, g->tasks[who], f->train, f->n_train, ear, e);
    if (m && !progress_cancelled(ear) &&
        evaluate_run(m, c->name, "test", g->table, f->test, f->n_test, ear, &ev, e)) {
        memcpy(s->metric, ev.metric, sizeof s->metric);
        s->fit_s = model_fit_seconds(m);
        s->predict_s = ev.pred.seconds;
        s->done = true;
        if (fold == 0 && !c->is_dummy)
            keep_notes(g, who, m);
        evaluation_done(&ev);
    } else {
        atomic_store(&g->stop, true);
    }
    progress_free(ear);
    model_unref(m);
    size_t done = atomic_fetch_add(&g->finished, 1) + 1, all = g->r->n * g->n_folds;
    struct str stage = STR_INIT;
    str_printf(&stage, "%s, fold %zu of %zu", c->name, fold + 1, g->n_folds);
    progress_report(g->progress, (double)done / (double)all, str_get(&stage));
    str_done(&stage);
}

/* ---- the folds --------------------------------------------------------------------------------------------- */

static bool make_folds(struct tournament *g, const uint32_t *rows, size_t n, const struct compare_options *o,
                       struct err *e)
{
    int32_t *label = NULL, *fold = mem_bulk(n, sizeof *fold, e);
    bool good = fold != NULL;
    if (good && g->task && g->task->kind == TASK_CLASSIFY) {
        label = mem_bulk(n, sizeof *label, e);
        good = label && task_labels(g->task, g->table, rows, n, label, e);
    }
    for (int r = 0; good && r < o->repeats; r++) {
        good = split_folds(n, label, NULL, o->folds, lt_random(o->seed, 7, (uint64_t)r), fold, e);
        for (int k = 0; good && k < o->folds; k++) {
            struct fold_rows *f = &g->fold[r * o->folds + k];
            f->train = mem_bulk(n, sizeof *f->train, e);
            f->test = mem_bulk(n, sizeof *f->test, e);
            good = f->train && f->test;
            for (size_t i = 0; good && i < n; i++)
                if (fold[i] == k)
                    f->test[f->n_test++] = rows[i];
                else
                    f->train[f->n_train++] = rows[i];
        }
    }
    mem_bulk_free(label);
    mem_bulk_free(fold);
    return good;
}

/* ---- notes: what the first fold's models had to say ----------------------------------------------------------- */

static void keep_notes(struct tournament *g, size_t who, const struct model *m)
{
    const char *const *sentences;
    size_t n = model_notes(m, &sentences);
    for (size_t i = 0; i < n; i++)
        vec_push(&g->said[who], mem_strdup(sentences[i]));
}

static bool said_before(const struct tournament *g, size_t who, const char *sentence)
{
    for (size_t k = 0; k < who; k++)
        for (size_t i = 0; i < g->said[k].n; i++)
            if (str_eq(g->said[k].v[i], sentence))
                return true;
    return false;
}

static bool says(const struct tournament *g, size_t who, const char *sentence)
{
    for (size_t i = 0; i < g->said[who].n; i++)
        if (str_eq(g->said[who].v[i], sentence))
            return true;
    return false;
}

/* Each sentence once, with the names of all who said it: "logistic, knn: age: 140 missing filled with …". */
static void collect_notes(struct tournament *g)
{
    VEC(char *) notes = {0};
    for (size_t who = 0; who < g->r->n; who++)
        for (size_t i = 0; i < g->said[who].n; i++) {
            const char *sentence = g->said[who].v[i];
            struct str s = STR_INIT;
            if (said_before(g, who, sentence))
                continue;
            for (size_t k = who; k < g->r->n; k++)
                if (says(g, k, sentence))
                    str_printf(&s, "%s%s", s.len ? ", " : "", g->r->who[k].name);
            str_printf(&s, ": %s", sentence);
            vec_push(&notes, str_steal(&s));
        }
    g->r->notes = notes.v;
    g->r->n_notes = notes.n;
}

static void forget_notes(struct tournament *g)
{
    for (size_t who = 0; who < g->r->n; who++) {
        for (size_t i = 0; i < g->said[who].n; i++)
            mem_free(g->said[who].v[i]);
        vec_done(&g->said[who]);
    }
    mem_free(g->said);
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static bool first_failure(const struct tournament *g, struct err *e)
{
    for (size_t i = 0; i < g->r->n * g->n_folds; i++)
        if (g->errs[i].code) {
            if (e)
                *e = g->errs[i];
            if (e && !e->hint[0] && e->code == ERR_INPUT && g->task && g->task->kind == TASK_CLASSIFY)
                err_hint(
                    e, "when a class has too few rows for so many folds: join rare classes, or take fewer folds");
            return err_wrap(e, "%s, fold %zu", g->r->who[i / g->n_folds].name, i % g->n_folds + 1);
        }
    return true;
}

bool compare_run(struct contestant *who, size_t n, const struct table *t, const struct task *task,
                 const uint32_t *rows, size_t n_rows, const struct compare_options *o, struct progress *p,
                 struct compare_result *out, struct err *e)
{
    size_t n_folds = (size_t)o->folds * (size_t)o->repeats;
    if ((size_t)o->folds > n_rows) {
        err_set(e, ERR_RANGE, "%d folds of %zu rows: there are more folds than rows", o->folds, n_rows);
        return err_hint(e, "folds=%zu is the most (leave one out)", n_rows);
    }
    *out = (struct compare_result){.n = n,
                                   .who = who,
                                   .folds = o->folds,
                                   .repeats = o->repeats,
                                   .options = *o,
                                   .task = task->kind == TASK_REGRESS ? LT_REGRESS : LT_CLASSIFY,
                                   .rows = n_rows,
                                   .classes = task->classes ? dictionary_size(task->classes) : 0};
    out->score = mem_zero(n * n_folds, sizeof *out->score);
    struct tournament g = {.r = out, .table = t, .task = task, .n_folds = n_folds, .progress = p};
    g.fold = mem_zero(n_folds, sizeof *g.fold);
    g.errs = mem_zero(n * n_folds, sizeof *g.errs);
    g.tasks = mem_zero(n, sizeof *g.tasks);
    g.said = mem_zero(n, sizeof *g.said);
    for (size_t i = 0; i < n; i++)
        g.tasks[i] = who[i].features
                         ? task_with_features(task, (const char *const *)who[i].features, who[i].n_features)
                         : task_ref(task);

    bool good = make_folds(&g, rows, n_rows, o, e);
    if (good) {
        parallel_for(n * n_folds, play, &g);
        good = progress_cancelled(p) ? err_set(e, ERR_CANCELLED, "the comparison was interrupted")
                                     : first_failure(&g, e);
    }
    if (good)
        collect_notes(&g);
    forget_notes(&g);
    for (size_t i = 0; i < n_folds; i++) {
        mem_bulk_free(g.fold[i].train);
        mem_bulk_free(g.fold[i].test);
    }
    for (size_t i = 0; i < n; i++)
        task_unref((struct task *)(uintptr_t)g.tasks[i]);
    mem_free(g.tasks);
    mem_free(g.fold);
    mem_free(g.errs);
    if (!good)
        compare_done(out);
    return good;
}

void compare_done(struct compare_result *r)
{
    for (size_t i = 0; i < r->n_notes; i++)
        mem_free(r->notes[i]);
    mem_free(r->notes);
    mem_free(r->score);
    *r = (struct compare_result){0};
}

double compare_mean(const struct compare_result *r, size_t who, enum metric_id m, double *sd)
{
    size_t n = (size_t)r->folds * (size_t)r->repeats, used = 0;
    double sum = 0, squares = 0;
    const struct compare_score *s = r->score + who * n;
    for (size_t i = 0; i < n; i++)
        if (!isnan(s[i].metric[m])) {
            sum += s[i].metric[m];
            used++;
        }
    double mean = used ? sum / (double)used : (double)NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(s[i].metric[m]))
            squares += (s[i].metric[m] - mean) * (s[i].metric[m] - mean);
    if (sd)
        *sd = used > 1 ? sqrt(squares / (double)(used - 1)) : (double)NAN;
    return mean;
}

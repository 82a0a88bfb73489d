/* conform: what every algorithm must do, tried on small tables that are made up by counting. A check that ends
 * in a refusal is passed where a refusal is an answer: then it has to be a sentence, not a crash, a hang or a
 * NaN. */
#include "host/conform.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/pool.h"
#include "host/conform_table.h"
#include "host/ensemble_parts.h"
#include "host/model_parts.h"
#include "host/param.h"
#include "host/update.h"

struct conform {
    const struct algo *a;
    enum lt_task task;
    struct arena *arena;
    struct lt_value *params;
    struct ensemble_member member[2]; /* LT_COMBINES: what it combines */
    struct ensemble_options ensemble;
    char detail[240];
    bool skipped;
};

/* ---- trying ------------------------------------------------------------------------------------------------- */

/* The task whose target the made-up tables get: that of classes, for all that learn from them. */
static enum lt_task learns(const struct conform *c)
{
    return algo_learns_classes(&c->a->d, c->task) ? LT_CLASSIFY : c->task;
}

/* One class only is refused when a target is set, so the task is of a table that has them all. */
static struct task *make_task(const struct conform *c, struct err *e)
{
    enum lt_task task_bit = learns(c);
    if (!(task_bit & (LT_CLASSIFY | LT_REGRESS)))
        return NULL;
    struct table *whole = conform_table(60, task_bit, 0);
    struct task *task = task_new(whole, task_bit == LT_CLASSIFY ? "label" : "y",
                                 task_bit == LT_CLASSIFY ? TASK_CLASSIFY : TASK_REGRESS, NULL, NULL, e);
    table_unref(whole);
    return task;
}

static bool wrong(struct conform *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(struct conform *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(c->detail, sizeof c->detail, format, args);
    va_end(args);
    return false;
}

static bool skip(struct conform *c, const char *why)
{
    c->skipped = true;
    return wrong(c, "%s", why);
}

static struct train_options options_of(const struct conform *c)
{
    struct train_options o;
    train_options_init(&o);
    o.algo = c->a;
    o.params = c->params;
    o.task = c->task;
    o.seed = 42;
    o.ensemble = c->ensemble.n ? &c->ensemble : NULL;
    return o;
}

/* What combines models gets two baselines. */
static bool find_members(struct conform *c, struct err *e)
{
    const struct algo *dummy = algo_find("dummy");
    c->ensemble.n = 0;
    if (!(c->a->d.traits & LT_COMBINES))
        return true;
    if (!dummy)
        return skip(c, "it combines models, and the module of `dummy` isn't here");
    struct lt_value *v = arena_zero(c->arena, dummy->d.n_params + 1, sizeof *v);
    if (!param_defaults(dummy->d.params, dummy->d.param_size, dummy->d.n_params, v, c->arena, e))
        return wrong(c, "%s", e->text);
    for (int i = 0; i < 2; i++) {
        c->member[i] = (struct ensemble_member){.name = i ? "second" : "first"};
        train_options_init(&c->member[i].train);
        c->member[i].train.algo = dummy;
        c->member[i].train.params = v;
        c->member[i].train.task = c->task;
    }
    c->ensemble = (struct ensemble_options){.kind = ENSEMBLE_VOTE, .member = c->member, .n = 2};
    return true;
}

static struct model *train_on(const struct conform *c, const struct train_options *o, const struct table *t,
                              size_t n, struct progress *p, struct err *e)
{
    struct task *task = make_task(c, e);
    bool needs = algo_learns_target(&c->a->d, c->task);
    struct model *m = needs && !task ? NULL : model_train(o, t, task, NULL, n, p, e);
    task_unref(task);
    return m;
}

/* Trains on a made-up table; NULL and detail when it failed. */
static struct model *train_small(struct conform *c, struct table **t, unsigned what, const struct train_options *o)
{
    struct err e = ERR_INIT;
    struct train_options plain = options_of(c);
    *t = conform_table(60, learns(c), what);
    struct model *m = train_on(c, o ? o : &plain, *t, 60, NULL, &e);
    if (!m)
        wrong(c, "training failed: %s", e.text);
    return m;
}

static bool check_probabilities(struct conform *c, const struct predictions *p)
{
    for (size_t i = 0; i < p->n; i++) {
        double sum = 0;
        for (size_t k = 0; k < p->k; k++) {
            double x = p->proba[i * p->k + k];
            if (!(x >= 0 && x <= 1 + 1e-9))
                return wrong(c, "row %zu has the probability %g", i + 1, x);
            sum += x;
        }
        if (!(fabs(sum - 1) < 1e-6))
            return wrong(c, "the probabilities of row %zu add up to %.9g", i + 1, sum);
    }
    return true;
}

/* What came out is what the task promises. */
static bool check_predictions(struct conform *c, const struct predictions *p)
{
    if (p->proba && !check_probabilities(c, p))
        return false;
    for (size_t i = 0; p->value && i < p->n; i++)
        if (!isfinite(p->value[i]))
            return wrong(c, "the prediction of row %zu is not finite", i + 1);
    for (size_t i = 0; c->task == LT_CLUSTER && i < p->n; i++)
        if (p->label[i] < -1)
            return wrong(c, "row %zu is in cluster %d", i + 1, p->label[i]);
    if (p->rows && !p->width)
        return wrong(c, "its output has no columns");
    for (size_t i = 0; p->rows && i < p->n * p->width; i++)
        if (!isfinite(p->rows[i]))
            return wrong(c, "the output for row %zu is not finite", i / p->width + 1);
    return true;
}

static bool predict_all(struct conform *c, const struct model *m, const struct table *t, struct predictions *p)
{
    struct err e = ERR_INIT;
    if (!model_predict(m, t, NULL, table_rows(t), p, NULL, &e))
        return wrong(c, "prediction failed: %s", e.text);
    if (check_predictions(c, p))
        return true;
    predictions_done(p);
    return false;
}

static bool predicts(struct conform *c, const struct model *m, const struct table *t)
{
    struct predictions p;
    bool good = predict_all(c, m, t, &p);
    if (good)
        predictions_done(&p);
    return good;
}

static bool same_array(const void *a, const void *b, size_t bytes)
{
    return !a == !b && (!a || !memcmp(a, b, bytes));
}

static bool same_predictions(const struct predictions *a, const struct predictions *b)
{
    return a->n == b->n && a->k == b->k && a->width == b->width &&
           same_array(a->value, b->value, a->n * sizeof(double)) &&
           same_array(a->proba, b->proba, a->n * a->k * sizeof(double)) &&
           same_array(a->label, b->label, a->n * sizeof(int32_t)) &&
           same_array(a->rows, b->rows, a->n * a->width * sizeof(double));
}

/* The bytes of a training with these options. */
static bool bytes_of(struct conform *c, const struct train_options *o, struct str *out)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct model *m = train_small(c, &t, 0, o);
    bool good = m != NULL && (model_bytes(m, out, &e) || wrong(c, "it can't be saved: %s", e.text));
    model_unref(m);
    table_unref(t);
    return good;
}

static bool same_bytes(struct conform *c, const struct str *a, const struct str *b)
{
    if (a->len != b->len)
        return wrong(c, "the files have %zu and %zu bytes", a->len, b->len);
    for (size_t i = 0; i < a->len; i++)
        if (a->s[i] != b->s[i])
            return wrong(c, "the files differ at byte %zu of %zu", i, a->len);
    return true;
}

/* A refusal must say why, in the module's own words. */
static bool refused_well(struct conform *c, const struct err *e)
{
    if (e->code == ERR_PLUGIN || e->code == ERR_INTERNAL || !e->text[0])
        return wrong(c, "refused without a proper reason: %s", e->text);
    snprintf(c->detail, sizeof c->detail, "refused: %.200s", e->text);
    return true;
}

/* Trains and predicts, or refuses well. */
static bool answers(struct conform *c, const struct table *t, size_t n, const struct train_options *o)
{
    struct err e = ERR_INIT;
    struct model *m = train_on(c, o, t, n, NULL, &e);
    if (!m)
        return refused_well(c, &e);
    struct predictions p;
    bool good = model_predict(m, t, NULL, table_rows(t), &p, NULL, &e);
    if (!good)
        good = e.code == ERR_NUMERIC && strstr(e.text, "not a finite number") ? wrong(c, "%s", e.text)
                                                                              : refused_well(c, &e);
    else {
        good = check_predictions(c, &p);
        predictions_done(&p);
    }
    model_unref(m);
    return good;
}

static bool answers_to(struct conform *c, size_t n, unsigned what)
{
    struct train_options o = options_of(c);
    struct table *t = conform_table(n, learns(c), what);
    bool good = answers(c, t, n, &o);
    table_unref(t);
    return good;
}

/* ---- the checks --------------------------------------------------------------------------------------------- */

static bool check_fits(struct conform *c)
{
    struct table *t;
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && predicts(c, m, t);
    if (good && model_is_partial(m))
        good = wrong(c, "its training ended, but not with LT_DONE");
    model_unref(m);
    table_unref(t);
    return good;
}

static bool check_describes(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct view_list views = {0};
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && (model_describe(m, &views, &e) || wrong(c, "describe failed: %s", e.text));
    if (good && !views.n)
        good = wrong(c, "describe shows nothing");
    for (size_t i = 0; good && i < views.n; i++)
        if (!views.v[i]->id || !views.v[i]->id[0])
            good = wrong(c, "a view has no id");
    view_list_done(&views);
    model_unref(m);
    table_unref(t);
    return good;
}

static bool check_one_step(struct conform *c)
{
    struct table *t;
    struct train_options o = options_of(c);
    o.max_units = 1;
    struct model *m = train_small(c, &t, 0, &o);
    bool good = m && predicts(c, m, t);
    model_unref(m);
    table_unref(t);
    return good;
}

static bool check_round_trip(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct str bytes = STR_INIT, again = STR_INIT;
    struct predictions a, b;
    struct model *m = train_small(c, &t, 0, NULL), *back = NULL;
    bool good = m && (model_bytes(m, &bytes, &e) || wrong(c, "it can't be saved: %s", e.text));
    if (good) {
        back = model_load_bytes(bytes.s, bytes.len, &e);
        good = back || wrong(c, "it can't be loaded: %s", e.text);
    }
    good = good && (model_bytes(back, &again, &e) || wrong(c, "the loaded one can't be saved: %s", e.text));
    good = good && same_bytes(c, &bytes, &again);
    if (good && predict_all(c, m, t, &a)) {
        good = predict_all(c, back, t, &b);
        if (good) {
            good = same_predictions(&a, &b) || wrong(c, "the loaded model predicts otherwise");
            predictions_done(&b);
        }
        predictions_done(&a);
    } else {
        good = false;
    }
    model_unref(m);
    model_unref(back);
    table_unref(t);
    str_done(&bytes);
    str_done(&again);
    return good;
}

/* Every tensor in turn is taken away, cut, or made another type: load refuses, or makes a model that can
 * predict. */
static bool load_damaged(struct conform *c, const struct model *m, struct state *s, const struct table *t,
                         const char *what)
{
    struct err e = ERR_INIT;
    struct model *broken = model_new(m->algo);
    broken->task = m->task;
    broken->values = m->values;
    broken->recipe = recipe_ref(m->recipe);
    broken->ensemble = ensemble_ref(m->ensemble);
    broken->class_names = m->class_names;
    broken->n_classes = m->n_classes;
    broken->rows = m->rows;
    broken->state = model_state_load(broken, s, &e);
    bool good = true;
    if (!broken->state) {
        good = e.code != ERR_PLUGIN || wrong(c, "%s: refused without a reason", what);
    } else {
        struct predictions p;
        struct view_list views = {0};
        if (model_predict(broken, t, NULL, table_rows(t), &p, NULL, &e))
            predictions_done(&p);
        model_describe(broken, &views, &e);
        view_list_done(&views);
    }
    model_unref(broken);
    return good;
}

/* The same shape, other bytes: all ones (NaN, -1), and numbers beyond all counts. */
static bool load_scribbled(struct conform *c, const struct model *m, struct state *s, size_t i,
                           const struct table *t)
{
    struct state_tensor *it = &s->tensors.v[i];
    size_t bytes;
    bool good = true;
    tensor_bytes(&it->t, &bytes);
    char *copy = mem_alloc(bytes + 8);
    memcpy(copy, it->owned, bytes);
    for (int k = 0; k < 2 && good; k++) {
        static const double huge = 1e300;
        memset(it->owned, k ? 0x7f : 0xff, bytes);
        for (size_t at = 0; k && it->t.dtype == LT_T_F64 && at + sizeof huge <= bytes; at += sizeof huge)
            memcpy((char *)it->owned + at, &huge, sizeof huge);
        good = load_damaged(c, m, s, t, it->name);
    }
    memcpy(it->owned, copy, bytes);
    mem_free(copy);
    return good;
}

static bool check_damage(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct state s = {0};
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && (model_state_save(m, m->state, &s, &e) || wrong(c, "it can't be saved: %s", e.text));
    for (size_t i = 0; good && i < s.tensors.n; i++) {
        struct state_tensor whole = s.tensors.v[i], *it = &s.tensors.v[i];
        it->name = (char *)(uintptr_t) "not.there";
        good = load_damaged(c, m, &s, t, whole.name);
        it->name = whole.name;
        if (whole.t.ndim && whole.t.shape[0]) {
            it->t.shape[0]--;
            good = good && load_damaged(c, m, &s, t, whole.name);
            it->t = whole.t;
        }
        it->t.dtype = whole.t.dtype == LT_T_F64 ? LT_T_I64 : LT_T_U8;
        good = good && load_damaged(c, m, &s, t, whole.name);
        it->t = whole.t;
        good = good && load_scribbled(c, m, &s, i, t);
    }
    for (size_t i = 0; good && i < s.numbers.n; i++) {
        static const double odd[] = {-1, 1e18, NAN, 0.5, 1e300};
        double whole = s.numbers.v[i].value;
        for (size_t k = 0; good && k < 5; k++) {
            s.numbers.v[i].value = odd[k];
            good = load_damaged(c, m, &s, t, s.numbers.v[i].name);
        }
        s.numbers.v[i].value = whole;
    }
    state_done(&s);
    model_unref(m);
    table_unref(t);
    return good;
}

static bool twice(struct conform *c, unsigned threads, bool step_mode)
{
    struct str a = STR_INIT, b = STR_INIT;
    struct train_options o = options_of(c);
    unsigned before = pool_threads();
    pool_set_threads(threads ? 1 : before);
    bool good = bytes_of(c, &o, &a);
    pool_set_threads(threads ? threads : before);
    o.step_mode = step_mode;
    good = good && bytes_of(c, &o, &b) && same_bytes(c, &a, &b);
    pool_set_threads(before);
    str_done(&a);
    str_done(&b);
    return good;
}

static bool check_again(struct conform *c)
{
    return twice(c, 0, false);
}

static bool check_threads(struct conform *c)
{
    return twice(c, 2, false);
}

static bool check_cuts(struct conform *c)
{
    return twice(c, 0, true);
}

/* Predictions one row at a time, and all at once, with one thread and with two. */
static bool check_predict_threads(struct conform *c)
{
    struct table *t;
    struct predictions a, b;
    unsigned before = pool_threads();
    struct model *m = train_small(c, &t, 0, NULL);
    pool_set_threads(1);
    bool good = m && predict_all(c, m, t, &a);
    pool_set_threads(2);
    if (good) {
        good = predict_all(c, m, t, &b);
        if (good) {
            good = same_predictions(&a, &b) || wrong(c, "two threads predict otherwise than one");
            predictions_done(&b);
        }
        predictions_done(&a);
    }
    pool_set_threads(before);
    model_unref(m);
    table_unref(t);
    return good;
}

struct stopper {
    struct progress *progress;
    double at; /* when it was asked to stop */
};

static void *stop_soon(void *arg)
{
    struct stopper *s = arg;
    struct timespec wait = {0, 30 * 1000 * 1000};
    nanosleep(&wait, NULL);
    s->at = clock_seconds();
    progress_cancel(s->progress);
    return NULL;
}

/* What was stopped after some steps is what those steps alone give. */
static bool same_as_so_many_steps(struct conform *c, const struct model *m, const struct table *t, size_t n)
{
    struct train_options o = options_of(c);
    struct str a = STR_INIT, b = STR_INIT;
    struct err e = ERR_INIT;
    o.max_units = model_units(m);
    struct model *again = train_on(c, &o, t, n, NULL, &e);
    bool good = again || wrong(c, "training for %llu steps failed: %s", (unsigned long long)o.max_units, e.text);
    good = good && ((model_bytes(m, &a, &e) && model_bytes(again, &b, &e)) || wrong(c, "%s", e.text));
    good = good && (same_bytes(c, &a, &b) || wrong(c, "stopped after %llu steps it is not what these steps give",
                                                   (unsigned long long)o.max_units));
    model_unref(again);
    str_done(&a);
    str_done(&b);
    return good;
}

/* On a table that takes a while: what is asked to stop stops soon, with a partial model or with none. */
static bool check_stops(struct conform *c)
{
    enum { ROWS = 20000 };
    static const double patience = 3; /* much, for machines that are slow or busy */
    struct table *t = conform_table(ROWS, learns(c), CONFORM_NUMBERS);
    struct train_options o = options_of(c);
    struct stopper s = {progress_new(), 0};
    struct err e = ERR_INIT;
    pthread_t thread;
    if (pthread_create(&thread, NULL, stop_soon, &s)) {
        progress_free(s.progress);
        table_unref(t);
        return skip(c, "no thread could be started");
    }
    struct model *m = train_on(c, &o, t, ROWS, s.progress, &e);
    double now = clock_seconds();
    pthread_join(thread, NULL);
    bool good = m || e.code == ERR_CANCELLED || wrong(c, "stopped with: %s", e.text);
    if (good && s.at > 0 && now - s.at > patience)
        good = wrong(c, "it took %.1f s to stop", now - s.at);
    if (good && m && model_is_partial(m)) {
        static const uint32_t few[] = {0, 1, 2};
        struct predictions p;
        good =
            model_predict(m, t, few, 3, &p, NULL, &e) || wrong(c, "the partial model can't predict: %s", e.text);
        if (good)
            predictions_done(&p);
        good = good && same_as_so_many_steps(c, m, t, ROWS);
    }
    model_unref(m);
    progress_free(s.progress);
    table_unref(t);
    return good;
}

/* The host never trains on nothing, so the module is called as the host would. */
static bool check_no_rows(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct design d;
    if (c->ensemble.n)
        return skip(c, "its columns are made by models");
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && (design_build(&d, m->recipe, t, NULL, 0, c->a->d.layout, NULL, &e) || wrong(c, "%s", e.text));
    if (good) {
        struct plugin_call call;
        struct lt_params params = model_lt_params(m);
        static const double no_target = 0;
        static const int32_t no_label = 0;
        void *state = NULL;
        d.data.task = c->task;
        d.data.y = c->task == LT_REGRESS ? &no_target : NULL;
        d.data.label = learns(c) == LT_CLASSIFY ? &no_label : NULL;
        d.data.n_classes = (uint32_t)m->n_classes;
        d.data.class_names = m->class_names;
        plugin_call_init(&call, 1, NULL);
        struct lt_ctx *ctx = plugin_call_reset(&call);
        int status = c->a->d.check ? c->a->d.check(ctx, &params, &d.data) : LT_OK;
        status = status == LT_OK ? c->a->d.begin(ctx, &params, &d.data, &state) : status;
        if (status == LT_OK)
            good = wrong(c, "it began to learn from no rows");
        else
            good = plugin_call_error(&call, status, c->a, "begin", &e) || refused_well(c, &e);
        if (status == LT_OK && state)
            c->a->d.free(state);
        plugin_call_done(&call);
        design_done(&d);
    }
    model_unref(m);
    table_unref(t);
    return good;
}

static bool check_predict_none(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct predictions p;
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && (model_predict(m, t, NULL, 0, &p, NULL, &e) || wrong(c, "%s", e.text));
    if (good)
        predictions_done(&p);
    model_unref(m);
    table_unref(t);
    return good;
}

/* Steps that are forgotten leave no trace. */
static bool check_truncate(struct conform *c)
{
    struct table *t, *unused;
    struct predictions a, b;
    struct plugin_call call;
    struct err e = ERR_INIT;
    struct train_options o = options_of(c);
    if (!c->a->d.truncate)
        return skip(c, "it has no truncate");
    o.max_units = 2;
    struct model *few = train_small(c, &t, 0, &o), *whole = few ? train_small(c, &unused, 0, NULL) : NULL;
    plugin_call_init(&call, 42, NULL);
    int status = whole ? c->a->d.truncate(plugin_call_reset(&call), whole->state, model_units(few)) : LT_OK;
    bool good = whole && (status == LT_OK || plugin_call_error(&call, status, c->a, "truncate", &e) ||
                          wrong(c, "truncate failed: %s", e.text));
    plugin_call_done(&call);
    if (good && predict_all(c, few, t, &a)) {
        good = predict_all(c, whole, t, &b);
        if (good) {
            good = same_predictions(&a, &b) ||
                   wrong(c, "cut back to 2 steps it predicts otherwise than after 2 steps");
            predictions_done(&b);
        }
        predictions_done(&a);
    } else {
        good = false;
    }
    if (few) /* else it was never made */
        table_unref(unused);
    model_unref(few);
    model_unref(whole);
    table_unref(t);
    return good;
}

/* The table once more, in batches of 25; a model that has learned it too. Stopped at once when asked to. */
static struct model *updated(struct conform *c, const struct model *m, const struct table *t, struct progress *p)
{
    struct err e = ERR_INIT;
    struct update_options o = {.batch = 25, .judge = true};
    struct updating *u = updating_new(m, &o, &e);
    struct model *more = NULL;
    if (u && updating_learn(u, t, NULL, table_rows(t), p, &e))
        more = updating_model(u, &e);
    if (!more)
        wrong(c, "update failed: %s", e.text);
    updating_free(u);
    return more;
}

static bool updated_bytes(struct conform *c, const struct model *m, const struct table *t, unsigned threads,
                          struct str *out)
{
    struct err e = ERR_INIT;
    unsigned before = pool_threads();
    pool_set_threads(threads);
    struct model *more = updated(c, m, t, NULL);
    bool good = more && (model_bytes(more, out, &e) || wrong(c, "the updated model can't be saved: %s", e.text));
    good = good && predicts(c, more, t);
    pool_set_threads(before);
    model_unref(more);
    return good;
}

/* A model is as it was when others have learned from it, and when that was stopped. */
static bool update_leaves_alone(struct conform *c, const struct model *m, const struct table *t,
                                const struct str *before)
{
    struct str after = STR_INIT;
    struct err e = ERR_INIT;
    struct update_options o = {.batch = 25};
    struct progress *p = progress_new();
    struct updating *u = updating_new(m, &o, &e);
    progress_cancel(p);
    bool good = u || wrong(c, "update can't begin: %s", e.text);
    if (good && (updating_learn(u, t, NULL, table_rows(t), p, &e) || e.code != ERR_CANCELLED))
        good = wrong(c, "an update that was stopped says: %s", e.text);
    updating_free(u);
    progress_free(p);
    good = good && (model_bytes(m, &after, &e) || wrong(c, "%s", e.text)) && same_bytes(c, before, &after);
    str_done(&after);
    return good;
}

static bool check_update(struct conform *c)
{
    struct table *t;
    struct err e = ERR_INIT;
    struct str before = STR_INIT, one = STR_INIT, two = STR_INIT, again = STR_INIT;
    if (!c->a->d.update)
        return skip(c, "it can't learn from more rows");
    struct model *m = train_small(c, &t, 0, NULL), *back = NULL;
    bool good = m && (model_bytes(m, &before, &e) || wrong(c, "%s", e.text)) && updated_bytes(c, m, t, 1, &one) &&
                updated_bytes(c, m, t, 2, &two) && same_bytes(c, &one, &two) &&
                update_leaves_alone(c, m, t, &before);
    if (good) {
        back = model_load_bytes(before.s, before.len, &e);
        good = (back || wrong(c, "%s", e.text)) && updated_bytes(c, back, t, 1, &again) &&
               same_bytes(c, &one, &again);
    }
    model_unref(m);
    model_unref(back);
    table_unref(t);
    str_done(&before);
    str_done(&one);
    str_done(&two);
    str_done(&again);
    return good;
}

static bool check_early_stopping(struct conform *c)
{
    struct table *t;
    struct train_options o = options_of(c);
    if (!(c->a->d.traits & LT_ITERATIVE) || !(c->task & (LT_CLASSIFY | LT_REGRESS)))
        return skip(c, "it has nothing to stop early");
    o.early_stopping = true;
    o.validation_fraction = 0.25;
    o.n_iter_no_change = 3;
    struct model *m = train_small(c, &t, 0, &o);
    bool good = m && predicts(c, m, t);
    model_unref(m);
    table_unref(t);
    return good;
}

static bool check_one_row(struct conform *c)
{
    return answers_to(c, 1, 0);
}

static bool check_two_rows(struct conform *c)
{
    return answers_to(c, 2, 0);
}

static bool check_constant(struct conform *c)
{
    return answers_to(c, 60, CONFORM_CONSTANT);
}

static bool check_missing(struct conform *c)
{
    struct table *t;
    struct model *m = train_small(c, &t, CONFORM_MISSING, NULL);
    bool good = m && predicts(c, m, t);
    model_unref(m);
    table_unref(t);
    return good;
}

/* Rows to come may lack what no training row lacked, and have levels that were never seen. */
static bool check_missing_later(struct conform *c)
{
    struct table *t, *later = conform_table(60, learns(c), CONFORM_MISSING);
    struct model *m = train_small(c, &t, 0, NULL);
    bool good = m && predicts(c, m, later);
    model_unref(m);
    table_unref(t);
    table_unref(later);
    return good;
}

static bool check_all_missing(struct conform *c)
{
    return answers_to(c, 60, CONFORM_ALL_MISSING);
}

static bool check_extreme(struct conform *c)
{
    return answers_to(c, 60, CONFORM_EXTREME);
}

static bool check_wide(struct conform *c)
{
    return answers_to(c, 20, CONFORM_WIDE);
}

static bool check_one_class(struct conform *c)
{
    return learns(c) == LT_CLASSIFY ? answers_to(c, 60, CONFORM_ONE_CLASS) : skip(c, "only for classes");
}

static bool check_weights(struct conform *c)
{
    struct table *t;
    struct train_options o = options_of(c);
    if (!(c->a->d.traits & LT_WEIGHTS_OK))
        return skip(c, "it takes no weights");
    o.weights = "w";
    struct model *m = train_small(c, &t, CONFORM_WEIGHTED, &o);
    bool good = m && predicts(c, m, t);
    model_unref(m);
    table_unref(t);
    return good;
}

static const struct {
    const char *name;
    bool (*run)(struct conform *c);
} checks[] = {
    {"fits and predicts", check_fits},
    {"describes itself", check_describes},
    {"predicts after one step", check_one_step},
    {"saved and loaded it is the same", check_round_trip},
    {"damaged state is refused", check_damage},
    {"same seed, same bytes", check_again},
    {"same bytes at 1 and 2 threads", check_threads},
    {"same predictions at 1 and 2 threads", check_predict_threads},
    {"same bytes however the steps are cut", check_cuts},
    {"stops when asked to", check_stops},
    {"stops early", check_early_stopping},
    {"forgets steps", check_truncate},
    {"learns from more rows", check_update},
    {"no rows are refused", check_no_rows},
    {"no rows to predict", check_predict_none},
    {"one row", check_one_row},
    {"two rows", check_two_rows},
    {"one class only", check_one_class},
    {"a constant column", check_constant},
    {"missing values", check_missing},
    {"missing values in rows to come", check_missing_later},
    {"a column of nothing", check_all_missing},
    {"extreme values", check_extreme},
    {"more columns than rows", check_wide},
    {"weights", check_weights},
};

/* ---- running ------------------------------------------------------------------------------------------------ */

static void report_one(struct conform *c, const char *name, bool passed,
                       void (*report)(void *, const struct conform_result *), void *arg, int *failed)
{
    struct conform_result r = {.check = name, .passed = passed, .skipped = !passed && c->skipped};
    memcpy(r.detail, c->detail, sizeof r.detail);
    *failed += !passed && !r.skipped;
    report(arg, &r);
}

int conform_run(const struct algo *a, void (*report)(void *arg, const struct conform_result *r), void *arg)
{
    int failed = 0;
    struct err e = ERR_INIT;
    struct conform c = {.a = a, .arena = arena_new()};
    bool good = algo_check_descriptor(&a->d, &e) || wrong(&c, "%s", e.text);
    report_one(&c, "the descriptor is complete and documented", good, report, arg, &failed);
    c.params = arena_zero(c.arena, a->d.n_params ? a->d.n_params : 1, sizeof *c.params);
    c.detail[0] = 0;
    good = good && (param_defaults(a->d.params, a->d.param_size, a->d.n_params, c.params, c.arena, &e) ||
                    wrong(&c, "%s", e.text));
    report_one(&c, "the defaults are good values", good, report, arg, &failed);

    static const enum lt_task tasks[] = {LT_CLASSIFY, LT_REGRESS, LT_CLUSTER, LT_TRANSFORM, LT_ANOMALY, LT_EMBED};
    for (size_t k = 0; good && k < sizeof tasks / sizeof tasks[0]; k++) {
        if (!(a->d.tasks & tasks[k]))
            continue;
        c.task = tasks[k];
        for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
            char name[120];
            snprintf(name, sizeof name, "%s: %s", task_word(c.task), checks[i].name);
            c.detail[0] = 0;
            c.skipped = false;
            bool passed = find_members(&c, &e) && checks[i].run(&c);
            report_one(&c, name, passed, report, arg, &failed);
        }
    }
    arena_free(c.arena);
    return failed;
}

/* bindings: arguments to seeds, tasks and rows. */
#include "cmd/bindings.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "data/formula.h"
#include "data/read.h"

struct table *bind_read(const char *name_or_path, const struct csv_options *o, struct progress *p,
                        struct str *note, struct err *e)
{
    struct table *t = table_read(name_or_path, o, p, note, e);
    if (!t && e && (e->code == ERR_NOT_FOUND || e->code == ERR_IO))
        e->code = ERR_DATA;
    return t;
}

uint64_t bind_seed(const struct call *c)
{
    return call_given(c, "seed") ? (uint64_t)call_int(c, "seed") : settings_of(c->engine)->seed;
}

void bind_products(const struct call *c, struct train_options *o)
{
    o->degree = (int)call_int(c, "poly_degree");
    o->interaction_only = call_bool(c, "interaction_only");
}

static struct task *with_split_of(struct task *task, const struct object *table)
{
    if (!table->task || !table->task->split.set)
        return task;
    struct task_split split = table->task->split;
    split.stratified = split.stratified && task->kind == TASK_CLASSIFY;
    struct task *with = task_with_split(task, split);
    task_unref(task);
    return with;
}

/* The table's own target keeps its kind and positive class. */
static struct task *task_of_formula(const struct object *table, bool supervised, const char *text, struct err *e)
{
    struct formula f;
    struct task *task = NULL;
    VEC(const char *) names = {0};
    if (!formula_parse(text, table->table, &f, e))
        return NULL;
    const char *target = f.target >= 0 ? table_name(table->table, (size_t)f.target) : NULL;
    bool own = table->task && table->task->target && (!target || str_eq(target, table->task->target));
    if (own)
        task = task_ref(table->task);
    else if (target)
        task = task_new(table->table, target, TASK_NONE, NULL, NULL, e);
    else if (!supervised)
        task = task_without_target();
    else
        err_hint((err_set(e, ERR_INPUT, "the formula '%s' names no target", text), e), "write y ~ a + b");
    for (size_t i = 0; i < f.n_features; i++)
        vec_push(&names, table_name(table->table, (size_t)f.feature[i]));
    if (task) {
        struct task *narrow = task_with_features(task, names.v, names.n);
        task_unref(task);
        task = narrow;
    }
    vec_done(&names);
    formula_done(&f);
    return task;
}

struct task *bind_task(const struct object *table, bool supervised, const char *formula, struct err *e)
{
    struct task *task;
    if (formula)
        task = task_of_formula(table, supervised, formula, e);
    else if (supervised || (table->task && table->task->target))
        task = task_ref(table->task);
    else
        task = task_without_target();
    return task ? with_split_of(task, table) : NULL;
}

enum lt_task bind_task_of(const struct algo *a, const struct task *task)
{
    enum lt_task own = task->kind == TASK_CLASSIFY ? LT_CLASSIFY : task->kind == TASK_REGRESS ? LT_REGRESS : 0;
    static const enum lt_task others[] = {LT_CLUSTER, LT_TRANSFORM, LT_ANOMALY, LT_EMBED};
    if (own && (a->d.tasks & own))
        return own;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (a->d.tasks & others[i])
            return others[i];
    return 0;
}

bool bind_wrong_task(const struct algo *a, const struct task *task, struct err *e)
{
    const char *verb = task->kind == TASK_CLASSIFY ? "classes" : "numbers";
    struct str fits = STR_INIT;
    algo_load_all();
    enum lt_task want = task->kind == TASK_CLASSIFY ? LT_CLASSIFY : LT_REGRESS;
    for (size_t i = 0; i < algo_count(); i++)
        if (algo_at(i)->d.tasks & want && !(algo_at(i)->d.traits & LT_COMBINES))
            str_printf(&fits, "%s%s", fits.len ? ", " : "", algo_at(i)->d.id);
    err_set(e, ERR_TYPE, "%s can't predict %s, and %s has %s", a->d.id, verb, task->target, verb);
    err_hint(e, "what can: %s", str_get(&fits));
    str_done(&fits);
    return false;
}

bool bind_constant(struct call *c, const struct object *table, const char *formula, struct err *e)
{
    struct formula f;
    const struct lt_algo *d = &c->algo->d;
    if (!formula || !formula_parse(formula, table->table, &f, e))
        return !formula;
    bool constant = f.intercept;
    formula_done(&f);
    if (constant)
        return true;
    int at = param_find(d->params, d->param_size, d->n_params, "fit_intercept");
    if (at < 0) {
        err_set(e, ERR_INPUT, "%s has no constant that a formula could leave out", d->id);
        return err_hint(e, "leave the 0 + away");
    }
    struct lt_value *v = arena_alloc(c->arena, d->n_params * sizeof *v);
    memcpy(v, c->algo_params, d->n_params * sizeof *v);
    c->algo_params = v;
    return param_parse(algo_param(c->algo, (uint32_t)at), "no", &v[at], c->arena, e);
}

struct task *bind_task_of_model(const struct object *model, const struct object *table)
{
    VEC(const char *) names = {0};
    const struct model *m = model->model;
    struct task *base = table->task ? task_ref(table->task) : task_without_target();
    if (model_target(model->model) && !str_eq(base->target, model_target(model->model))) {
        enum task_kind kind = model_task(model->model) == LT_REGRESS ? TASK_REGRESS : TASK_CLASSIFY;
        struct task *fresh = task_new(table->table, model_target(model->model), kind, NULL, NULL, NULL);
        if (fresh) {
            task_unref(base);
            base = fresh;
        }
    }
    for (size_t i = 0; i < model_inputs(m); i++)
        vec_push(&names, model_input_name(m, i));
    struct task *narrow = task_with_features(base, names.v, names.n);
    struct task *task = task_with_split(narrow, model->split);
    task_unref(narrow);
    task_unref(base);
    vec_done(&names);
    return task;
}

static bool fits_task(struct bound_learner *b, const struct task *task, struct err *e)
{
    b->train.task = bind_task_of(b->train.algo, task);
    bool learns = b->train.task == LT_CLASSIFY || b->train.task == LT_REGRESS;
    return learns || bind_wrong_task(b->train.algo, task, e);
}

bool bind_algo_learner(struct call *c, const struct algo *a, const struct lt_value *params, const struct task *task,
                       struct bound_learner *out, struct err *e)
{
    *out = (struct bound_learner){0};
    train_options_init(&out->train);
    out->train.algo = a;
    out->train.seed = bind_seed(c);
    out->train.params = params;
    if (!params) {
        struct lt_value *v = arena_zero(c->arena, a->d.n_params + 1, sizeof *v);
        if (!param_defaults(a->d.params, a->d.param_size, a->d.n_params, v, c->arena, e))
            return false;
        out->train.params = v;
    }
    return fits_task(out, task, e);
}

bool bind_learner(struct call *c, const char *word, const struct task *task, struct bound_learner *out, struct err *e)
{
    const struct object *o = session_find(c->session, word);
    if (!o || o->kind != OBJECT_MODEL) {
        const struct algo *a = algo_require(word, e);
        if (!a && e && !strstr(e->hint, "did you mean"))
            err_hint(e, "%s takes algorithms (`algos`) and models of the session (`models`)", c->command->name);
        return a && bind_algo_learner(c, a, NULL, task, out, e);
    }
    *out = (struct bound_learner){.model = o->model, .n_features = model_inputs(o->model)};
    train_options_of(o->model, &out->train);
    out->features = out->n_features ? arena_zero(c->arena, out->n_features, sizeof *out->features) : NULL;
    for (size_t i = 0; i < out->n_features; i++)
        out->features[i] = model_input_name(o->model, i);
    return fits_task(out, task, e);
}

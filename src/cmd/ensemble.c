/* ensemble verbs: vote stack blend. */
#include <string.h>

#include "base/mem.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "cmd/training.h"
#include "host/ensemble.h"

/* ---- members ------------------------------------------------------------------------------------------------ */

/* A model that learned from these very rows needn't be trained on them again. */
static bool learned_these_rows(const struct object *o, const struct object *t, const struct task *task)
{
    const struct task_split *a = &o->split, *b = &task->split;
    return str_eq(o->home, t->name) && model_learned_from(o->model, t->table) &&
           str_eq(model_target(o->model), task->target) && a->set == b->set &&
           (!a->set || (a->test == b->test && a->seed == b->seed && a->stratified == b->stratified));
}

/* All models that learned the table's target, when none is named. */
static size_t members_of_table(struct call *c, const struct object *t, const struct task *task, const char **names)
{
    size_t n = 0;
    for (size_t i = 0; i < session_count(c->session); i++) {
        const struct object *o = session_at(c->session, i);
        if (o->kind == OBJECT_MODEL && str_eq(o->home, t->name) && str_eq(model_target(o->model), task->target) &&
            !model_ensemble(o->model))
            names[n++] = o->name;
    }
    return n;
}

static const char *distinct_name(struct call *c, const struct ensemble_member *member, size_t n, const char *word)
{
    const char *name = word;
    int copy = 2;
    for (size_t i = 0; i < n; i++)
        if (str_eq(member[i].name, name)) {
            name = arena_printf(c->arena, "%s#%d", word, copy++);
            i = (size_t)-1;
        }
    return name;
}

static bool bind_members(struct call *c, struct train_job *j, const struct object *t, struct ensemble_options *s,
                         struct err *e)
{
    const char *const *word = c->rest;
    size_t n = c->n_rest;
    if (!n) {
        const char **all = arena_zero(c->arena, session_count(c->session) + 1, sizeof *all);
        n = members_of_table(c, t, j->task, all);
        word = all;
    }
    if (n < 2) {
        err_set(e, ERR_INPUT, "%s needs two models at least%s", c->command->name,
                c->n_rest ? "" : ", and this table has fewer");
        return err_hint(e, "%s forest logistic", c->command->name);
    }
    struct ensemble_member *member = arena_zero(c->arena, n, sizeof *member);
    for (size_t i = 0; i < n; i++) {
        struct bound_learner b;
        if (!bind_learner(c, word[i], j->task, &b, e))
            return false;
        const struct object *o = b.model ? session_find(c->session, word[i]) : NULL;
        member[i] = (struct ensemble_member){.name = distinct_name(c, member, i, word[i]),
                                             .train = b.train,
                                             .features = b.features,
                                             .n_features = b.n_features,
                                             .fitted = o && learned_these_rows(o, t, j->task) ? b.model : NULL};
        if (b.model)
            train_job_hold(j, b.model);
    }
    s->member = member;
    s->n = n;
    return true;
}

/* ---- the final ---------------------------------------------------------------------------------------------- */

/* The vote's own algorithm, with what the verb was told. */
static const struct lt_value *voting_values(struct call *c, const struct algo *a, struct err *e)
{
    static const char *const names[] = {"voting", "weights"};
    struct lt_value *v = arena_zero(c->arena, a->d.n_params + 1, sizeof *v);
    if (!param_defaults(a->d.params, a->d.param_size, a->d.n_params, v, c->arena, e))
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int at = param_find(a->d.params, a->d.param_size, a->d.n_params, names[i]);
        if (call_given(c, names[i]))
            v[at] = *call_arg(c, names[i]);
    }
    return v;
}

static bool bind_final(struct call *c, enum ensemble_kind kind, const struct task *task, struct bound_learner *out,
                       struct err *e)
{
    if (kind != ENSEMBLE_VOTE && c->algo)
        return bind_algo_learner(c, c->algo, c->algo_params, task, out, e);
    const char *id = kind == ENSEMBLE_VOTE ? "voting" : task->kind == TASK_CLASSIFY ? "logistic" : "ridge";
    const struct algo *a = algo_require(id, e);
    const struct lt_value *values = NULL;
    if (!a || (kind == ENSEMBLE_VOTE && !(values = voting_values(c, a, e))))
        return false;
    return bind_algo_learner(c, a, values, task, out, e);
}

/* ---- the verbs ---------------------------------------------------------------------------------------------- */

static bool prepare(struct call *c, struct train_job *j, const struct object *t, enum ensemble_kind kind, struct err *e)
{
    struct ensemble_options *s = arena_zero(c->arena, 1, sizeof *s);
    struct bound_learner final;
    s->kind = kind;
    s->folds = kind == ENSEMBLE_STACK ? (int)call_int(c, "folds") : 0;
    s->holdout = kind == ENSEMBLE_BLEND ? call_real(c, "holdout") : 0;
    s->passthrough = kind != ENSEMBLE_VOTE && call_bool(c, "passthrough");
    if (!bind_members(c, j, t, s, e) || !bind_final(c, kind, j->task, &final, e))
        return false;
    j->options = final.train;
    j->options.ensemble = s;
    j->name = c->as ? mem_strdup(c->as) : session_free_name(c->session, ensemble_kind_word(kind));
    return task_rows(j->task, t->table, &j->rows, e);
}

static bool run_ensemble(struct call *c, enum ensemble_kind kind, struct err *e)
{
    const struct object *t = session_need_task(c->session, e);
    if (!t)
        return false;
    algo_load_all();
    struct train_job *j = train_job_new(t, bind_task(t, true, NULL, e));
    if (!j->task || !prepare(c, j, t, kind, e)) {
        train_job_free(j);
        return false;
    }
    return train_job_later(c, j);
}

static bool run_vote(struct call *c, struct err *e)
{
    return run_ensemble(c, ENSEMBLE_VOTE, e);
}

static bool run_stack(struct call *c, struct err *e)
{
    return run_ensemble(c, ENSEMBLE_STACK, e);
}

static bool run_blend(struct call *c, struct err *e)
{
    return run_ensemble(c, ENSEMBLE_BLEND, e);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

#define MEMBERS                                                                                                   \
    {.name = "models",                                                                                            \
     .aliases = "estimators",                                                                                     \
     .type = PARAM_ALGO_OR_MODEL,                                                                                 \
     .flags = LT_POSITIONAL | LT_REST,                                                                            \
     .doc = "models of the session, and algorithms with their defaults; all models of the table when not said"}

#define FINAL                                                                                                     \
    {.name = "final",                                                                                             \
     .aliases = "final_estimator",                                                                                \
     .type = PARAM_ALGO,                                                                                          \
     .doc = "what learns from their predictions; logistic for classes, ridge for numbers when not said. Its "       \
            "parameters follow as name=value"},                                                                   \
    {                                                                                                             \
        .name = "passthrough", .type = LT_BOOL, .def = "no", .doc = "let it see the raw features as well"         \
    }

#define SEED                                                                                                      \
    {                                                                                                             \
        .name = "seed", .aliases = "random_state", .type = LT_INT, .min = 0, .max = 9007199254740991.0,           \
        .doc = "of what is drawn; the setting `seed` when not said"                                               \
    }

static const struct lt_param vote_args[] = {
    MEMBERS,
    {.name = "voting",
     .type = LT_CHOICE,
     .def = "soft",
     .choices = "soft,hard",
     .doc = "classes: soft is the mean of the probabilities, hard counts the models that choose a class"},
    {.name = "weights",
     .type = LT_REAL_LIST,
     .doc = "how much each model counts, in their order: 2,1,1; all the same when not said"},
    SEED};
static const struct lt_param stack_args[] = {
    MEMBERS,
    FINAL,
    {.name = "folds",
     .aliases = "cv",
     .type = LT_INT,
     .def = "5",
     .min = 2,
     .max = 100000,
     .doc = "parts; the rows of one are predicted by models that were trained on the others"},
    SEED};
static const struct lt_param blend_args[] = {
    MEMBERS,
    FINAL,
    {.name = "holdout",
     .type = LT_REAL,
     .flags = LT_OPEN_MIN | LT_OPEN_MAX,
     .def = "0.2",
     .min = 0,
     .max = 1,
     .doc = "share of the training rows that are kept from the models and that the final learns from"},
    SEED};

#define READY "load titanic; target survived; split test=0.25 seed=1"
#define FLAGS COMMAND_MUTATES | COMMAND_NEEDS_TASK | COMMAND_NAMES_RESULT

static const struct command rows[] = {
    {.name = "vote",
     .group = "learn",
     .summary = "a model that is the mean of several",
     .doc = "Models that learned from the same rows are taken as they are, others are trained. The vote is a model "
            "like any other: `eval`, `compare`, `predict`, `save` take it.",
     ARGS(vote_args),
     .flags = FLAGS,
     .examples =
         (const struct command_example[]){
             {"vote forest logistic knn", "the mean of three", READY},
             {"vote rf gbm weights=2,1 as team", "a model of the session counts twice",
              READY "; train forest n_estimators=200 as rf"},
             {0}},
     .run = run_vote},
    {.name = "stack",
     .group = "learn",
     .summary = "a model that learns from what several models predict",
     .doc = "The rows are cut into folds. What the final learns from are predictions for rows that the predicting "
            "model had not seen, so it learns whom to trust, and not who remembers best; then the models are trained "
            "on all rows. `show` tells how good each was.",
     ARGS(stack_args),
     .flags = FLAGS | COMMAND_ALGO_PARAMS,
     .examples =
         (const struct command_example[]){
             {"stack forest logistic knn", "by logistic regression", READY},
             {"stack forest knn final=tree max_depth=3 as team", "by a small tree", READY},
             {0}},
     .run = run_stack},
    {.name = "blend",
     .group = "learn",
     .summary = "as `stack`, by rows held back instead of folds",
     .doc = "Each model is trained once, on the rows that are not held back; the final learns from the others. Faster "
            "than `stack`, and worse where rows are few.",
     ARGS(blend_args),
     .flags = FLAGS | COMMAND_ALGO_PARAMS,
     .examples =
         (const struct command_example[]){{"blend forest logistic holdout=0.3", "three tenths held back", READY}, {0}},
     .run = run_blend},
};
const struct command_rows cmd_ensemble = COMMAND_ROWS(rows);

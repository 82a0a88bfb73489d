/* compare verbs: cv compare. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "ops/compare.h"
#include "ops/evaluate.h"

struct compare_job {
    struct contestant *who;
    size_t n;
    struct table *table;
    struct task *task;
    struct task_rows rows;
    struct compare_options options;
    bool cv;
    bool locked; /* the test part stays out of it */
};

static void compare_free(void *arg)
{
    struct compare_job *j = arg;
    for (size_t i = 0; i < j->n; i++) {
        mem_free(j->who[i].name);
        if (j->who[i].model)
            model_unref(j->who[i].model);
        for (size_t k = 0; k < j->who[i].n_features; k++)
            mem_free(j->who[i].features[k]);
        mem_free(j->who[i].features);
    }
    mem_free(j->who);
    if (j->table)
        table_unref(j->table);
    if (j->task)
        task_unref(j->task);
    task_rows_done(&j->rows);
    mem_free(j);
}

static bool compare_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct compare_job *j = arg;
    struct compare_result r;
    if (!compare_run(j->who, j->n, j->table, j->task, j->rows.train, j->rows.n_train, &j->options, p, &r, e))
        return false;
    size_t first = views->n;
    if (j->cv)
        cv_views(&r, views);
    else
        compare_views(&r, views);
    if (j->locked)
        view_add_note(views->v[first], VIEW_INFO, "on the training part alone; the %zu held-out rows stay locked",
                      j->rows.n_test);
    compare_done(&r);
    return true;
}

/* A contestant is an algorithm with the parameters given in the call (cv) or its defaults, or a model of the session,
 * trained anew with its parameters. */
static bool add_contestant(struct call *c, struct compare_job *j, const char *word, const struct algo *a,
                           const struct lt_value *params, struct err *e)
{
    struct contestant *k = &j->who[j->n];
    struct bound_learner b;
    *k = (struct contestant){0};
    if (!(a ? bind_algo_learner(c, a, params, j->task, &b, e) : bind_learner(c, word, j->task, &b, e)))
        return false;
    k->train = b.train;
    k->model = model_ref(b.model);
    k->n_features = b.n_features;
    k->features = b.n_features ? mem_zero(b.n_features, sizeof *k->features) : NULL;
    for (size_t i = 0; i < b.n_features; i++)
        k->features[i] = mem_strdup(b.features[i]);
    k->is_dummy = str_eq(k->train.algo->d.id, "dummy");
    struct str name = STR_INIT;
    str_add(&name, word);
    for (size_t i = 0, copy = 2; i < j->n; i++)
        if (str_eq(j->who[i].name, str_get(&name))) {
            str_clear(&name);
            str_printf(&name, "%s#%zu", word, copy++);
            i = (size_t)-1;
        }
    k->name = str_steal(&name);
    j->n++;
    return true;
}

static bool find_metric(struct call *c, struct compare_job *j, struct err *e)
{
    const char *name = call_text(c, "metric");
    enum lt_task task = j->task->kind == TASK_REGRESS ? LT_REGRESS : LT_CLASSIFY;
    if (!name) {
        j->options.metric = evaluate_main_metric(task, j->task->classes ? dictionary_size(j->task->classes) : 0);
        return true;
    }
    enum metric_id shown[METRIC_COUNT];
    const char *names[METRIC_COUNT];
    size_t k = evaluate_shown(task, shown);
    for (size_t i = 0; i < k; i++) {
        names[i] = metric_table[shown[i]].name;
        if (str_eq(names[i], name)) {
            j->options.metric = shown[i];
            return true;
        }
    }
    err_set(e, ERR_INPUT, "'%s' is no metric of this task", name);
    return err_suggest(e, name, names, (int)k);
}

/* The one that the others are measured against: baseline=NAME, else the dummy. */
static bool find_baseline(struct call *c, struct compare_job *j, struct err *e)
{
    const char *name = j->cv ? NULL : call_text(c, "baseline");
    for (size_t i = 0; i < j->n; i++)
        if (name ? str_eq(j->who[i].name, name) : j->who[i].is_dummy) {
            j->options.baseline = (int)i;
            return true;
        }
    return err_set(e, ERR_NOT_FOUND, "the baseline '%s' is not among the contestants", name ? name : "dummy");
}

static bool compare_prepare(struct call *c, struct compare_job *j, struct err *e)
{
    const struct object *t = session_need_task(c->session, e);
    if (!t)
        return false;
    const char *formula = j->cv ? call_text(c, "formula") : NULL;
    j->table = table_ref(t->table);
    if (c->algo && !bind_constant(c, t, formula, e))
        return false;
    j->task = bind_task(t, true, formula, e);
    if (!j->task || !task_rows(j->task, j->table, &j->rows, e))
        return false;
    j->locked = j->task->split.set;
    j->options.folds = (int)call_int(c, "folds");
    j->options.repeats = (int)call_int(c, "repeats");
    j->options.seed = bind_seed(c);
    j->options.rope = j->cv ? 0.01 : call_real(c, "rope");
    j->who = mem_zero(c->n_rest + 3, sizeof *j->who);
    if (!find_metric(c, j, e))
        return false;
    if (j->cv) {
        if (!add_contestant(c, j, call_text(c, "algo"), c->algo, c->algo_params, e))
            return false;
    }
    if (j->cv && (call_given(c, "poly_degree") || call_given(c, "interaction_only")))
        bind_products(c, &j->who[0].train);
    for (size_t i = 0; !j->cv && i < c->n_rest; i++)
        if (!add_contestant(c, j, c->rest[i], NULL, NULL, e))
            return false;
    bool has_dummy = false;
    for (size_t i = 0; i < j->n; i++)
        has_dummy |= j->who[i].is_dummy;
    if (!has_dummy && !add_contestant(c, j, "dummy", NULL, NULL, e))
        return false;
    return find_baseline(c, j, e);
}

static bool compare_start(struct call *c, bool cv, struct err *e)
{
    struct compare_job *j = mem_zero(1, sizeof *j);
    j->cv = cv;
    algo_load_all();
    if (!compare_prepare(c, j, e)) {
        compare_free(j);
        return false;
    }
    return call_later(c, j, compare_work, NULL, compare_free);
}

static bool run_cv(struct call *c, struct err *e)
{
    return compare_start(c, true, e);
}

static bool run_compare(struct call *c, struct err *e)
{
    return compare_start(c, false, e);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

#define FOLDS                                                                                                     \
    {.name = "folds",                                                                                             \
     .aliases = "k",                                                                                              \
     .type = LT_INT,                                                                                              \
     .def = "10",                                                                                                 \
     .min = 2,                                                                                                    \
     .max = 100000,                                                                                               \
     .doc = "parts that the rows are cut into"},                                                                  \
        {.name = "repeats",                                                                                       \
         .type = LT_INT,                                                                                          \
         .def = "1",                                                                                              \
         .min = 1,                                                                                                \
         .max = 1000,                                                                                             \
         .doc = "how often the rows are cut anew"},                                                               \
        {.name = "metric",                                                                                        \
         .type = PARAM_METRIC,                                                                                    \
         .doc = "what is ranked and tested; auc for two classes, accuracy for more, rmse for numbers"},           \
    {                                                                                                             \
        .name = "seed", .aliases = "random_state", .type = LT_INT, .min = 0, .max = 9007199254740991.0,           \
        .doc = "of the folds and the trainings; the setting `seed` when not said"                                 \
    }

static const struct lt_param cv_args[] = {
    {.name = "algo",
     .type = PARAM_ALGO_OR_MODEL,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "an algorithm, or a model of the session (trained anew with its parameters)"},
    {.name = "formula",
     .type = PARAM_FORMULA,
     .flags = LT_POSITIONAL,
     .doc = "y ~ a + b; the table's target and features when not said"},
    BIND_PRODUCTS,
    FOLDS};
static const struct lt_param compare_args[] = {
    {.name = "contestants",
     .type = PARAM_ALGO_OR_MODEL,
     .flags = LT_POSITIONAL | LT_REST | LT_REQUIRED,
     .doc = "algorithms, and models of the session (trained anew with their parameters)"},
    FOLDS,
    {.name = "baseline",
     .type = PARAM_ALGO_OR_MODEL,
     .doc =
         "the contestant that the others are measured against; dummy, which looks at no feature, when not said"},
    {.name = "rope",
     .type = LT_REAL,
     .def = "0.01",
     .min = 0,
     .max = 1e9,
     .doc = "differences smaller than this count as practically none"}};

static const struct command rows[] = {
    {.name = "cv",
     .group = "judge",
     .summary = "cross-validate one algorithm, the baseline beside it",
     ARGS(cv_args),
     .flags = COMMAND_NEEDS_TABLE | COMMAND_NEEDS_TASK | COMMAND_ALGO_PARAMS,
     .examples =
         (const struct command_example[]){
             {"cv tree folds=5 max_depth=4", "five folds", "load iris; target species"}, {0}},
     .run = run_cv},
    {.name = "compare",
     .group = "judge",
     .summary = "several algorithms on the same folds, and whether differences could be luck",
     .doc = "Every contestant is trained and judged on the same folds; `dummy`, which looks at no feature, always "
            "takes part. `delta` is the "
            "mean difference to the baseline (positive: better), `p` the corrected resampled t-test of Nadeau and "
            "Bengio (2003), `p_equivalent` "
            "the chance that the difference is smaller than `rope` (Bayesian correlated t-test). When rows are "
            "held out by `split`, they stay "
            "out of it.",
     ARGS(compare_args),
     .flags = COMMAND_NEEDS_TABLE | COMMAND_NEEDS_TASK,
     .examples =
         (const struct command_example[]){{"compare logistic tree knn folds=5", "a leaderboard with a verdict",
                                           "load titanic; target survived"},
                                          {0}},
     .run = run_compare},
};
const struct command_rows cmd_compare = COMMAND_ROWS(rows);

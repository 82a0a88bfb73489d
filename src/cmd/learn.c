/* learn verbs: target split algos train step models show importance predict. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "cmd/training.h"
#include "cmd/update.h"
#include "data/formula.h"
#include "ops/importance.h"
#include "ops/model_view.h"
#include "ops/predict.h"
#include "ops/update_view.h"

/* ---- target, split ----------------------------------------------------------------------------------------- */

static bool run_target(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    const char *column = call_text(c, "column"), *kind = call_text(c, "task");
    struct str why = STR_INIT;
    if (!t)
        return false;
    if (!column)
        return t->task && t->task->target
                   ? (call_note(c, VIEW_INFO, "the target of %s is %s", t->name, t->task->target), true)
                   : err_set(e, ERR_INPUT, "target needs a column: target COLUMN");
    enum task_kind want = str_eq(kind, "classification") ? TASK_CLASSIFY
                          : str_eq(kind, "regression")   ? TASK_REGRESS
                                                         : TASK_NONE;
    struct task *task = task_new(t->table, column, want, call_text(c, "positive"), &why, e);
    if (!task) {
        str_done(&why);
        return false;
    }
    if (c->n_rest) {
        struct task *narrow = task_with_features(task, c->rest, c->n_rest);
        task_unref(task);
        task = narrow;
    }
    if (t->task && t->task->split.set) {
        struct task_split split = t->task->split;
        split.stratified = task->kind == TASK_CLASSIFY;
        struct task *with = task_with_split(task, split);
        task_unref(task);
        task = with;
    }
    session_put_task(c->session, t->name, task);
    call_note(c, VIEW_GOOD, "%s", str_get(&why));
    if (task->kind == TASK_CLASSIFY && dictionary_size(task->classes) == 2)
        call_note(c, VIEW_INFO, "positive class: %s = %s (change it with positive=%s)", column,
                  dictionary_word(task->classes, task->positive),
                  dictionary_word(task->classes, 1 - task->positive));
    task_unref(task);
    str_done(&why);
    return true;
}

static bool run_split(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    if (!t)
        return false;
    struct task *base = t->task ? task_ref(t->task) : task_without_target();
    struct task_split split = {.set = true,
                               .test = call_real(c, "test"),
                               .seed = bind_seed(c),
                               .stratified = call_bool(c, "stratify") && base->kind == TASK_CLASSIFY};
    struct task *task = task_with_split(base, split);
    struct task_rows rows;
    bool good = task_rows(task, t->table, &rows, e);
    if (good) {
        char *name = mem_strdup(t->name);
        session_put_task(c->session, name, task);
        session_looks_reset(c->session, name);
        call_note(
            c, VIEW_GOOD,
            "%zu rows to train, %zu rows to test%s (seed %llu); the test rows are locked: every look is counted",
            rows.n_train, rows.n_test,
            split.stratified ? arena_printf(c->arena, ", stratified by %s", task->target) : "",
            (unsigned long long)split.seed);
        if (rows.dropped)
            call_note(c, VIEW_WARNING, "%zu rows without %s are left out", rows.dropped, task->target);
        task_rows_done(&rows);
        mem_free(name);
    }
    task_unref(task);
    task_unref(base);
    return good;
}

/* ---- algos ------------------------------------------------------------------------------------------------- */

static bool run_algos(struct call *c, struct err *e)
{
    static const struct view_column columns[] = {{"algo", NULL, CELL_TEXT, 0},
                                                 {"name", NULL, CELL_TEXT, 0},
                                                 {"tasks", NULL, CELL_TEXT, 0},
                                                 {"summary", NULL, CELL_TEXT, 0}};
    struct view *v = view_table_new("algos", "Algorithms", columns, 4);
    struct str tasks = STR_INIT;
    const char *const *refused;
    (void)e;
    algo_load_all();
    for (size_t i = 0; i < algo_count(); i++) {
        const struct algo *a = algo_at(i);
        if (a->d.traits & LT_COMBINES)
            continue; /* `vote` trains it, `train` can't */
        str_clear(&tasks);
        algo_tasks(a, &tasks);
        size_t r = view_row(v);
        view_cell_text(v, r, 0, a->d.id);
        view_cell_text(v, r, 1, a->d.name);
        view_cell_text(v, r, 2, str_get(&tasks));
        view_cell_text(v, r, 3, a->d.summary);
        view_row_follow(v, r, "help %s", a->d.id);
    }
    size_t n = algo_refused(&refused);
    for (size_t i = 0; i < n; i++)
        view_add_note(v, VIEW_WARNING, "%s", refused[i]);
    str_done(&tasks);
    call_view(c, v);
    return true;
}

/* ---- train ------------------------------------------------------------------------------------------------- */

/* Options that `train` and `step` share; values live in the call's arena, which outlives the job. */
static void train_options_bind(struct call *c, const struct task *task, struct train_options *o)
{
    train_options_init(o);
    o->algo = c->algo;
    o->params = c->algo_params;
    o->task = bind_task_of(c->algo, task);
    o->seed = bind_seed(c);
    o->scale = call_bool(c, "scale");
    o->impute = call_bool(c, "impute");
    o->encode = call_bool(c, "encode");
    bind_products(c, o);
    o->weights = call_text(c, "weights");
    o->balance.method = (enum balance_method)call_int(c, "balance");
    o->balance.neighbours = (int)call_int(c, "balance_k");
    o->early_stopping = call_bool(c, "early_stopping");
    o->validation_fraction = call_real(c, "validation_fraction");
    o->n_iter_no_change = (int)call_int(c, "patience");
    o->tol = call_real(c, "min_gain");
    o->max_seconds = call_given(c, "max_seconds") ? call_real(c, "max_seconds") : 0;
    o->max_units = call_given(c, "steps") ? (uint64_t)call_int(c, "steps") : 0;
}

static bool run_train(struct call *c, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    const char *formula = call_text(c, "formula");
    if (!t)
        return false;
    bool supervised = algo_needs_target(&c->algo->d);
    if (supervised && !formula && !session_need_task(c->session, e))
        return false;
    if (!bind_constant(c, t, formula, e))
        return false;
    struct task *task = bind_task(t, supervised, formula, e);
    if (!task)
        return false;
    struct train_job *j = train_job_new(t, task);
    j->set_task = supervised && formula && !(t->task && t->task->target);
    train_options_bind(c, task, &j->options);
    j->name = c->as ? mem_strdup(c->as) : session_free_name(c->session, c->algo->d.id);
    if (!j->options.task || !task_rows(task, t->table, &j->rows, e)) {
        if (!j->options.task)
            bind_wrong_task(c->algo, task, e);
        train_job_free(j);
        return false;
    }
    return train_job_later(c, j);
}

/* ---- step: the same training, so many steps further -------------------------------------------------------- */

static bool run_step(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "model"), OBJECT_MODEL, e);
    if (!o)
        return false;
    const struct object *t = session_find(c->session, o->home);
    if (!t || t->kind != OBJECT_TABLE) {
        err_set(e, ERR_NOT_FOUND, "the table that '%s' was trained on is not here any more", o->name);
        return err_hint(e, "load it again and train anew");
    }
    if (model_updates(o->model, NULL)) {
        err_set(e, ERR_INPUT, "'%s' has learned from more rows since its training; steps would forget them",
                o->name);
        return err_hint(e, "`undo` takes the update back; or update it with yet more rows");
    }
    int64_t units = (int64_t)model_units(o->model) + call_int(c, "by");
    if (units < 1)
        return err_set(e, ERR_RANGE, "'%s' has taken %llu steps; it can't go back by %lld", o->name,
                       (unsigned long long)model_units(o->model), (long long)-call_int(c, "by"));
    struct train_job *j = train_job_new(t, bind_task_of_model(o, t));
    train_job_hold(j, o->model); /* its parameters are those of the new training */
    j->name = mem_strdup(o->name);
    train_options_of(o->model, &j->options);
    j->options.step_mode = j->options.watch_only = true;
    j->options.max_units = (uint64_t)units;
    if (!task_rows(j->task, t->table, &j->rows, e)) {
        train_job_free(j);
        return false;
    }
    return train_job_later(c, j);
}

/* ---- models, show, importance ------------------------------------------------------------------------------ */

static bool run_models(struct call *c, struct err *e)
{
    VEC(struct model_row) rows = {0};
    (void)e;
    for (size_t i = 0; i < session_count(c->session); i++) {
        const struct object *o = session_at(c->session, i);
        if (o->kind == OBJECT_MODEL)
            vec_push(&rows, (struct model_row){o->model, o->name, o->home});
    }
    call_view(c, models_view(rows.v, rows.n));
    vec_done(&rows);
    return true;
}

static bool run_show(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "model"), OBJECT_MODEL, e);
    if (!o)
        return false;
    call_view(c, model_summary_view(o->model, o->name));
    struct view *curve = prequential_view(o->model, o->name);
    if (curve)
        call_view(c, curve);
    return model_describe(o->model, &c->views, e);
}

struct importance_job {
    struct model *model;
    struct table *table;
    struct task_rows rows;
    bool on_test;
    struct importance_options options;
    char *name;
};

static void importance_free(void *arg)
{
    struct importance_job *j = arg;
    model_unref(j->model);
    if (j->table)
        table_unref(j->table);
    task_rows_done(&j->rows);
    mem_free(j->name);
    mem_free(j);
}

static bool importance_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct importance_job *j = arg;
    const uint32_t *rows = j->on_test ? j->rows.test : j->rows.train;
    size_t n = j->on_test ? j->rows.n_test : j->rows.n_train;
    return importance_run(j->model, j->name, j->table, rows, n, &j->options, p, views, e);
}

static bool run_importance(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "model"), OBJECT_MODEL, e);
    if (!o)
        return false;
    const struct object *t = session_find(c->session, o->home);
    if (!str_eq(call_text(c, "method"), "permutation")) {
        struct view_list views = {0};
        bool good = model_describe(o->model, &views, e);
        bool found = good && importance_of_model(&views, o->name, (int)call_int(c, "n"), &c->views);
        view_list_done(&views);
        if (!good || found)
            return good;
        if (str_eq(call_text(c, "method"), "model")) {
            err_set(e, ERR_INPUT, "%s has no importance of its own", model_algo(o->model)->d.name);
            return err_hint(e, "importance %s method=permutation", o->name);
        }
    }
    if (!(model_task(o->model) & (LT_CLASSIFY | LT_REGRESS))) {
        err_set(e, ERR_INPUT, "'%s' makes no predictions whose score could fall", o->name);
        return err_hint(e, "`show %s` tells what it found", o->name);
    }
    if (!t || t->kind != OBJECT_TABLE) {
        err_set(e, ERR_NOT_FOUND, "permutation importance needs the table that '%s' was trained on", o->name);
        return err_hint(e, "load it and train again");
    }
    struct importance_job *j = mem_zero(1, sizeof *j);
    struct task *task = bind_task_of_model(o, t);
    j->model = model_ref(o->model);
    j->table = table_ref(t->table);
    j->name = mem_strdup(o->name);
    j->options = (struct importance_options){
        .repeats = (int)call_int(c, "repeats"), .seed = bind_seed(c), .top = (int)call_int(c, "n")};
    bool good = task_rows(task, t->table, &j->rows, e);
    j->on_test = task->split.set;
    task_unref(task);
    if (!good) {
        importance_free(j);
        return false;
    }
    return call_later(c, j, importance_work, NULL, importance_free);
}

/* ---- predict ----------------------------------------------------------------------------------------------- */

struct predict_job {
    struct model *model;
    struct table *table; /* NULL: read from path */
    char *path, *name;
    struct table *result;
};

static void predict_free(void *arg)
{
    struct predict_job *j = arg;
    model_unref(j->model);
    if (j->table)
        table_unref(j->table);
    if (j->result)
        table_unref(j->result);
    mem_free(j->path);
    mem_free(j->name);
    mem_free(j);
}

static bool predict_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct predict_job *j = arg;
    struct str note = STR_INIT;
    size_t unseen = 0;
    if (!j->table) {
        j->table = bind_read(j->path, NULL, p, &note, e);
        str_done(&note);
        if (!j->table)
            return false;
    }
    j->result = predict_table(j->model, j->table, p, &unseen, e);
    if (!j->result)
        return false;
    struct view *v = predictions_view(j->result, j->name);
    if (unseen)
        view_add_note(v, VIEW_WARNING, "%zu value%s never seen in training and counted as missing", unseen,
                      unseen == 1 ? " was" : "s were");
    view_list_add(views, v);
    return true;
}

static bool predict_commit(struct call *c, void *arg, struct err *e)
{
    struct predict_job *j = arg;
    (void)e;
    if (j->name)
        session_put_table(c->session, j->name, j->result, NULL, false);
    return true;
}

static bool run_predict(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "model"), OBJECT_MODEL, e);
    const char *on = call_text(c, "on");
    if (!o)
        return false;
    const struct object *t = on ? session_find(c->session, on) : session_need_table(c->session, e);
    if (!on && !t)
        return false;
    struct predict_job *j = mem_zero(1, sizeof *j);
    j->model = model_ref(o->model);
    j->table = t && t->kind == OBJECT_TABLE ? table_ref(t->table) : NULL;
    j->path = j->table ? NULL : mem_strdup(on);
    j->name = mem_strdup(c->as);
    return call_later(c, j, predict_work, predict_commit, predict_free);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct lt_param target_args[] = {
    {.name = "column", .type = PARAM_COLUMN, .flags = LT_POSITIONAL, .doc = "what is to be predicted"},
    {.name = "features",
     .type = PARAM_COLUMN,
     .flags = LT_POSITIONAL | LT_REST,
     .doc = "what it is predicted from; all other columns when not said"},
    {.name = "task",
     .type = LT_CHOICE,
     .def = "auto",
     .choices = "auto,classification,regression",
     .doc = "which kind of task; found by looking"},
    {.name = "positive",
     .type = PARAM_WORD,
     .doc = "the class that precision, recall and ROC are about; the second in sorted order when not said"}};
static const struct lt_param split_args[] = {{.name = "test",
                                              .aliases = "test_size",
                                              .type = LT_REAL,
                                              .flags = LT_OPEN_MIN | LT_OPEN_MAX,
                                              .def = "0.25",
                                              .min = 0,
                                              .max = 1,
                                              .doc = "share of the rows that is held out"},
                                             {.name = "seed",
                                              .aliases = "random_state",
                                              .type = LT_INT,
                                              .min = 0,
                                              .max = 9007199254740991.0,
                                              .doc = "which rows; the setting `seed` when not said"},
                                             {.name = "stratify",
                                              .type = LT_BOOL,
                                              .def = "yes",
                                              .doc = "keep the shares of the classes equal in both parts"}};

static const struct lt_param train_args[] = {
    {.name = "algo",
     .type = PARAM_ALGO,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "which algorithm (`algos` lists them)"},
    {.name = "formula",
     .type = PARAM_FORMULA,
     .flags = LT_POSITIONAL,
     .doc = "y ~ a + b, y ~ . - id; without it the table's target and all other columns"},
    PREPARING,
    BIND_PRODUCTS,
    {.name = "weights",
     .aliases = "class_weight,sample_weight",
     .type = PARAM_WORD,
     .doc = "a column of row weights, or `balanced`: rare classes count more"},
    {.name = "balance",
     .type = LT_CHOICE,
     .def = "none",
     .choices = BALANCE_CHOICES,
     .doc = "rare classes: draw their rows again, leave others out, or make rows up between neighbours (SMOTE …); "
            "of the "
            "training rows alone"},
    {.name = "balance_k",
     .type = LT_INT,
     .flags = LT_ADVANCED,
     .def = "5",
     .min = 1,
     .max = 255,
     .doc = "neighbours for smote, borderline, adasyn"},
    {.name = "early_stopping",
     .type = LT_BOOL,
     .def = "no",
     .doc = "hold rows back and stop when the score on them no longer gets better"},
    {.name = "validation_fraction",
     .type = LT_REAL,
     .flags = LT_ADVANCED | LT_OPEN_MIN | LT_OPEN_MAX,
     .def = "0.1",
     .min = 0,
     .max = 1,
     .doc = "share of the training rows held back for early stopping"},
    {.name = "patience",
     .aliases = "n_iter_no_change",
     .type = LT_INT,
     .flags = LT_ADVANCED,
     .def = "10",
     .min = 1,
     .max = 100000,
     .doc = "steps without a gain before early stopping stops"},
    {.name = "min_gain",
     .type = LT_REAL,
     .flags = LT_ADVANCED,
     .def = "0.0001",
     .min = 0,
     .max = 1e9,
     .doc = "what counts as a gain for early stopping"},
    {.name = "max_seconds",
     .type = LT_REAL,
     .flags = LT_OPEN_MIN,
     .min = 0,
     .max = 1e9,
     .unit = "seconds",
     .doc = "stop after so long and keep what is learned"},
    {.name = "steps", .type = LT_INT, .min = 1, .max = 1e9, .doc = "stop after so many steps"}};
static const struct lt_param step_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "a model of this session"},
    {.name = "by",
     .type = LT_INT,
     .flags = LT_POSITIONAL,
     .def = "1",
     .min = -1e9,
     .max = 1e9,
     .doc = "how many steps further; negative: back"}};
static const struct lt_param update_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "a model of this session"},
    {.name = "on",
     .type = PARAM_DATASET,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "a table of the session or a file with more rows; a .csv is read piece by piece, whatever its size"},
    {.name = "batch",
     .type = LT_INT,
     .def = "100",
     .min = 1,
     .max = 1e9,
     .unit = "rows",
     .doc = "rows that are learned at a time"},
    {.name = "judge",
     .type = LT_BOOL,
     .def = "yes",
     .doc = "predict each batch before it is learned, and draw the score (test, then train)"}};
static const struct lt_param show_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "which model"}};
static const struct lt_param importance_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "which model"},
    {.name = "method",
     .type = LT_CHOICE,
     .def = "auto",
     .choices = "auto,model,permutation",
     .doc = "the model's own measure, or how much the score falls when a column is shuffled"},
    {.name = "n", .type = LT_INT, .def = "20", .min = 1, .max = 100000, .doc = "how many features to show"},
    {.name = "repeats",
     .type = LT_INT,
     .def = "5",
     .min = 1,
     .max = 1000,
     .doc = "shuffles of each column (permutation)"},
    {.name = "seed",
     .aliases = "random_state",
     .type = LT_INT,
     .min = 0,
     .max = 9007199254740991.0,
     .doc = "of the shuffles"}};
static const struct lt_param predict_args[] = {
    {.name = "model", .type = PARAM_MODEL, .flags = LT_POSITIONAL | LT_REQUIRED, .doc = "which model"},
    {.name = "on",
     .type = PARAM_DATASET,
     .doc = "a table of the session or a file; the current table when not said"}};

#define READY "load titanic; target survived; split test=0.25 seed=1"

static const struct command rows[] = {
    {.name = "target",
     .group = "learn",
     .summary = "say what is to be predicted",
     .doc = "The kind of task is found by looking (and said): categories and numbers with few different values "
            "are classes, other numbers "
            "are predicted as numbers. All other columns are features unless some are named.",
     ARGS(target_args),
     .flags = COMMAND_MUTATES | COMMAND_NEEDS_TABLE,
     .examples =
         (const struct command_example[]){
             {"target survived", "classification, because it has 2 levels", "load titanic"},
             {"target mpg weight horsepower", "regression from two columns", "load auto_mpg"},
             {0}},
     .run = run_target},
    {.name = "split",
     .group = "learn",
     .summary = "hold rows out for an honest test",
     .doc = "The rows held out are the same for every model. They are locked: training never sees them, and how "
            "often they were looked at is "
            "counted and told.",
     ARGS(split_args),
     .flags = COMMAND_MUTATES | COMMAND_NEEDS_TABLE,
     .examples =
         (const struct command_example[]){
             {"split test=0.25 seed=1", "a quarter is held out", "load titanic; target survived"}, {0}},
     .run = run_split},
    {.name = "algos",
     .group = "learn",
     .summary = "the algorithms there are",
     .flags = COMMAND_ANYTIME | COMMAND_NO_JOURNAL,
     .examples = (const struct command_example[]){{"algos", "what `train` takes", NULL}, {0}},
     .run = run_algos},
    {.name = "train",
     .aliases = "fit",
     .group = "learn",
     .summary = "train a model",
     .doc = "Trains on the training part when there is a split, else on all rows. What the algorithm can't take "
            "is prepared (missing values, "
            "categories, scales), fitted on the training rows alone, kept in the model, and told. Ctrl-C stops "
            "and keeps the half-trained "
            "model. Parameters of the algorithm follow as name=value: `help forest` lists them.",
     ARGS(train_args),
     .flags = COMMAND_MUTATES | COMMAND_NEEDS_TABLE | COMMAND_ALGO_PARAMS | COMMAND_NAMES_RESULT,
     .examples =
         (const struct command_example[]){
             {"train logistic", "a model called logistic", READY},
             {"train forest n_estimators=200 as rf", "200 trees, called rf", READY},
             {"train linear mpg ~ weight + horsepower", "by a formula", "load auto_mpg"},
             {0}},
     .run = run_train},
    {.name = "step",
     .group = "learn",
     .summary = "train a model one step further, or back",
     .doc = "A step is a tree, a round, an epoch, an iteration: `help ALGORITHM` says which. Training is "
            "repeatable, so a step back is exact.",
     ARGS(step_args),
     .flags = COMMAND_MUTATES,
     .examples =
         (const struct command_example[]){{"step gbm 5", "five rounds more", READY "; train gbm steps=1"}, {0}},
     .run = run_step},
    {.name = "update",
     .aliases = "partial_fit",
     .group = "learn",
     .summary = "a model learns from more rows, without the old ones",
     .doc =
         "For algorithms that can go on: naive Bayes, stochastic gradient descent, mini-batch k-means and others. "
         "What is filled in, levels and scales stay those of the first training; levels that it had not count as "
         "missing, a class that it had not is refused. Each batch is predicted before it is learned, which is how "
         "streams are judged. The new model takes the name of the old one, or another with `as`.",
     ARGS(update_args),
     .flags = COMMAND_MUTATES | COMMAND_NAMES_RESULT,
     .examples =
         (const struct command_example[]){
             {"update nb later", "rows that came later",
              "load titanic; sql as early select * from titanic limit 400; sql as later select * from titanic "
              "limit 500 offset 400; use early; target survived; train nb"},
             {0}},
     .run = run_update},
    {.name = "models",
     .group = "learn",
     .summary = "the models of the session",
     .flags = COMMAND_ANYTIME,
     .examples = (const struct command_example[]){{"models", "what was trained", READY "; train tree"}, {0}},
     .run = run_models},
    {.name = "show",
     .group = "learn",
     .summary = "what a model has learned: coefficients, trees, centres",
     ARGS(show_args),
     .flags = COMMAND_ANYTIME,
     .examples =
         (const struct command_example[]){
             {"show tree", "the tree, drawn", "load iris; target species; train tree"},
             {"show linear", "coefficients with their errors", "load mtcars; target mpg; train linear"},
             {0}},
     .run = run_show},
    {.name = "importance",
     .group = "learn",
     .summary = "which features matter to a model",
     ARGS(importance_args),
     .examples =
         (const struct command_example[]){
             {"importance forest", "the forest's own measure", READY "; train forest"},
             {"importance knn method=permutation", "by shuffling columns of the test rows", READY "; train knn"},
             {0}},
     .run = run_importance},
    {.name = "predict",
     .group = "learn",
     .summary = "predictions for the rows of a table or file",
     .doc = "Takes raw rows: the model prepares them as it learned to. The result is the table with `prediction` "
            "beside it and, for classes, "
            "`p_LEVEL` for each level. `as NAME` keeps it as a table, `> file.csv` writes it.",
     ARGS(predict_args),
     .flags = COMMAND_MUTATES | COMMAND_NAMES_RESULT,
     .examples =
         (const struct command_example[]){
             {"predict tree as scored", "a table called scored", "load iris; target species; train tree"}, {0}},
     .run = run_predict},
};
const struct command_rows cmd_learn = COMMAND_ROWS(rows);

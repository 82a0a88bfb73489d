/* judge verbs: eval confusion roc pr calibration residuals silhouette loss. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "ops/clustering.h"
#include "ops/compare.h"
#include "ops/evaluate.h"
#include "ops/model_view.h"

/* ---- models on rows: what most verbs here begin with ------------------------------------------------------- */

enum judge_what {
    JUDGE_EVAL,
    JUDGE_CONFUSION,
    JUDGE_ROC,
    JUDGE_PR,
    JUDGE_CALIBRATION,
    JUDGE_RESIDUALS,
    JUDGE_SILHOUETTE,
    JUDGE_COUNT
};

struct judge_job {
    enum judge_what what;
    size_t n;
    struct model **model;
    char **name;
    struct table *table; /* NULL: read from `path` */
    char *path;
    struct task_rows rows;
    const uint32_t *on_rows; /* into rows, or NULL: all */
    size_t n_rows;
    const char *on;    /* "test", "train", or the path */
    char *looked;      /* table whose held-out rows are looked at, or NULL */
    char *warning;     /* a sentence that goes with the result, or NULL */
    char *left_out;    /* models that nobody named and that are not of the task, or NULL */
    struct task *task; /* of the table that the models come from; held, or NULL */
    uint64_t seed;     /* of the rows drawn for silhouettes */
};

static void judge_free(void *arg)
{
    struct judge_job *j = arg;
    for (size_t i = 0; i < j->n; i++) {
        model_unref(j->model[i]);
        mem_free(j->name[i]);
    }
    mem_free(j->model);
    mem_free(j->name);
    if (j->table)
        table_unref(j->table);
    if (j->task)
        task_unref(j->task);
    task_rows_done(&j->rows);
    mem_free(j->path);
    mem_free(j->looked);
    mem_free(j->warning);
    mem_free(j->left_out);
    mem_free(j);
}

static struct view *draw(const struct judge_job *j, const struct evaluation *ev, struct view_list *views,
                         struct err *e)
{
    switch (j->what) {
    case JUDGE_EVAL:
        return metrics_view(ev, j->n);
    case JUDGE_ROC:
        return roc_view(ev, j->n, e);
    case JUDGE_PR:
        return pr_view(ev, j->n, e);
    case JUDGE_CALIBRATION:
        return calibration_view(ev, j->n, e);
    case JUDGE_RESIDUALS:
        return residuals_view(ev, j->n, e);
    default:
        break;
    }
    for (size_t i = 0; i < j->n; i++) {
        if (model_task(ev[i].model) != LT_CLASSIFY) {
            bool scores = model_task(ev[i].model) == LT_ANOMALY;
            err_set(e, ERR_INPUT, "a confusion matrix is of classes, and '%s' %s", ev[i].name,
                    scores ? "gives scores" : "predicts numbers");
            err_hint(e, scores ? "for scores there are: eval, roc, pr" : "for numbers there is: residuals");
            return NULL;
        }
    }
    for (size_t i = 0; i + 1 < j->n; i++)
        confusion_views(&ev[i], views);
    struct view_list last = {0};
    confusion_views(&ev[j->n - 1], &last);
    view_list_add(views, view_ref(last.v[0]));
    struct view *plot = view_ref(last.v[1]);
    view_list_done(&last);
    return plot;
}

static bool read_rows(struct judge_job *j, struct progress *p, struct err *e)
{
    struct str note = STR_INIT;
    if (j->table)
        return true;
    j->table = bind_read(j->path, NULL, p, &note, e);
    str_done(&note);
    j->n_rows = j->table ? table_rows(j->table) : 0;
    return j->table != NULL;
}

static bool evaluate_one(const struct judge_job *j, size_t i, struct progress *p, struct evaluation *ev,
                         struct err *e)
{
    if (model_task(j->model[i]) == LT_ANOMALY)
        return evaluate_anomaly_run(j->model[i], j->name[i], j->on, j->table, j->on_rows, j->n_rows, j->task, p,
                                    ev, e);
    return evaluate_run(j->model[i], j->name[i], j->on, j->table, j->on_rows, j->n_rows, p, ev, e);
}

static bool judge_predictions(struct judge_job *j, struct progress *p, struct view_list *views, struct err *e)
{
    struct evaluation *ev = mem_zero(j->n, sizeof *ev);
    bool good = true;
    size_t done = 0;
    for (; good && done < j->n; done++) {
        progress_report(p, (double)done / (double)j->n, j->name[done]);
        good = evaluate_one(j, done, p, &ev[done], e);
        if (!good)
            break;
    }
    struct view *v = good ? draw(j, ev, views, e) : NULL;
    if (v)
        view_list_add(views, v);
    for (size_t i = 0; i < done; i++)
        evaluation_done(&ev[i]);
    mem_free(ev);
    return v != NULL;
}

static bool draw_clusterings(const struct judge_job *j, const struct clustering *c, struct view_list *views,
                             struct err *e)
{
    if (j->what == JUDGE_EVAL)
        view_list_add(views, clusterings_view(c, j->n));
    for (size_t i = 0; i < j->n; i++) {
        if (j->what == JUDGE_SILHOUETTE) {
            if (!silhouette_views(&c[i], views, e))
                return false;
        } else if (c[i].truth && (j->n == 1 || j->what == JUDGE_CONFUSION)) {
            contingency_views(&c[i], views);
        } else if (j->what == JUDGE_CONFUSION) {
            err_set(e, ERR_INPUT, "there are no classes to set the clusters of '%s' against", c[i].name);
            return err_hint(e, "set a target that is a category: target COLUMN");
        }
    }
    return true;
}

static bool judge_clusterings(struct judge_job *j, struct progress *p, struct view_list *views, struct err *e)
{
    struct clustering *c = mem_zero(j->n, sizeof *c);
    bool good = true;
    size_t done = 0;
    for (; good && done < j->n; done++) {
        struct progress *part = progress_part(p, (double)done / (double)j->n, (double)(done + 1) / (double)j->n);
        good = clustering_run(j->model[done], j->name[done], j->on, j->table, j->on_rows, j->n_rows, j->task,
                              j->seed, part, &c[done], e);
        progress_free(part);
        if (!good)
            break;
    }
    good = good && draw_clusterings(j, c, views, e);
    for (size_t i = 0; i < done; i++)
        clustering_done(&c[i]);
    mem_free(c);
    return good;
}

static bool judge_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct judge_job *j = arg;
    size_t first = views->n;
    if (!read_rows(j, p, e))
        return false;
    bool clusters = model_task(j->model[0]) == LT_CLUSTER;
    if (!(clusters ? judge_clusterings(j, p, views, e) : judge_predictions(j, p, views, e)))
        return false;
    struct view *v = views->v[clusters ? first : views->n - 1];
    if (j->warning)
        view_add_note(v, VIEW_WARNING, "%s", j->warning);
    if (j->left_out)
        view_add_note(v, VIEW_INFO, "%s", j->left_out);
    return true;
}

static bool judge_commit(struct call *c, void *arg, struct err *e)
{
    struct judge_job *j = arg;
    (void)e;
    if (!j->looked)
        return true;
    int looks = session_look(c->session, j->looked);
    if (j->what == JUDGE_EVAL && looks > 1)
        call_note(c, looks > 10 ? VIEW_WARNING : VIEW_INFO,
                  "the held-out rows of %s were looked at %d times; choosing by them makes their scores too good",
                  j->looked, looks);
    return true;
}

enum { MODELS_MOST = 256 };

/* Models without a target that were trained on the table, of one kind. */
static size_t models_without_target(const struct session *s, const struct object *table, enum lt_task kind,
                                    const struct object **v)
{
    size_t n = 0;
    for (size_t i = 0; i < session_count(s) && n < MODELS_MOST; i++) {
        const struct object *o = session_at(s, i);
        if (o->kind == OBJECT_MODEL && model_task(o->model) == kind &&
            (str_eq(o->home, table->name) || str_eq(o->home, "")))
            v[n++] = o;
    }
    return n;
}

/* "kmeans finds clusters: eval kmeans" */
static void say_left_out(struct judge_job *j, const struct object *const *v, size_t n)
{
    struct str s = STR_INIT;
    str_printf(&s, "%s, without a target, %s judged by %s: eval", n == 1 ? v[0]->name : "models",
               n == 1 ? "is" : "are", n == 1 ? "name" : "their names");
    for (size_t i = 0; i < n && i < 5; i++)
        str_printf(&s, " %s", v[i]->name);
    j->left_out = str_steal(&s);
}

/* All of the table's task; if there are none, its clusterings, or its anomaly detectors. */
static size_t models_of_table(struct call *c, struct judge_job *j, const struct object **v, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    const struct object *others[MODELS_MOST];
    bool curve = j->what == JUDGE_ROC || j->what == JUDGE_PR;
    if (!t)
        return 0;
    size_t n = j->what == JUDGE_SILHOUETTE ? 0 : session_models_of(c->session, t, v, MODELS_MOST);
    size_t clusters = models_without_target(c->session, t, LT_CLUSTER, others);
    if (n) {
        if (clusters && j->what == JUDGE_EVAL)
            say_left_out(j, others, clusters);
        return n;
    }
    bool of_clusters = j->what == JUDGE_EVAL || j->what == JUDGE_CONFUSION || j->what == JUDGE_SILHOUETTE;
    if (of_clusters && clusters) {
        memcpy(v, others, clusters * sizeof *others);
        return clusters;
    }
    if (j->what == JUDGE_SILHOUETTE) {
        err_set(e, ERR_NOT_FOUND, "no clustering of %s was trained yet", t->name);
        err_hint(e, "train kmeans n_clusters=3; or look how many clusters there are: clusters kmeans");
        return 0;
    }
    n = curve || j->what == JUDGE_EVAL ? models_without_target(c->session, t, LT_ANOMALY, v) : 0;
    if (n || !session_need_task(c->session, e))
        return n;
    err_set(e, ERR_NOT_FOUND, "no model of %s was trained yet", t->task->target);
    err_hint(e, "train logistic");
    return 0;
}

/* What this verb can't be asked of that kind of model. */
static bool check_kind(const struct judge_job *j, struct err *e)
{
    static const char *const drawn[JUDGE_COUNT] = {[JUDGE_ROC] = "a ROC curve is drawn of scores for classes",
                                                   [JUDGE_PR] =
                                                       "a precision-recall curve is drawn of scores for classes",
                                                   [JUDGE_CALIBRATION] = "calibration is of probabilities",
                                                   [JUDGE_RESIDUALS] = "residuals are of numbers"};
    enum lt_task kind = model_task(j->model[0]);
    if (j->what == JUDGE_SILHOUETTE && kind != LT_CLUSTER) {
        err_set(e, ERR_INPUT, "silhouettes are of clusters, and '%s' finds none", j->name[0]);
        return err_hint(e, "train kmeans n_clusters=3, then: silhouette kmeans");
    }
    if (kind == LT_CLUSTER && drawn[j->what]) {
        err_set(e, ERR_INPUT, "%s, and '%s' finds clusters", drawn[j->what], j->name[0]);
        return err_hint(e, "for clusters there are: eval, silhouette, clusters");
    }
    if (kind == LT_ANOMALY && (j->what == JUDGE_CALIBRATION || j->what == JUDGE_RESIDUALS)) {
        err_set(e, ERR_INPUT, "%s, and '%s' gives scores of strangeness", drawn[j->what], j->name[0]);
        return err_hint(e, "for scores there are: eval, roc, pr");
    }
    return true;
}

/* Models named in the call, or those of the current table. */
static bool pick_models(struct call *c, struct judge_job *j, const struct object **first, struct err *e)
{
    const struct object *o[MODELS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < c->n_rest && n < MODELS_MOST; i++) {
        o[n] = session_require(c->session, c->rest[i], OBJECT_MODEL, e);
        if (!o[n++])
            return false;
    }
    if (!c->n_rest && (n = models_of_table(c, j, o, e)) == 0)
        return false;
    if ((j->what == JUDGE_CONFUSION || j->what == JUDGE_SILHOUETTE) && !c->n_rest && n > 1) {
        o[0] = o[n - 1]; /* one picture: the newest model's */
        n = 1;
    }
    j->model = mem_zero(n, sizeof *j->model);
    j->name = mem_zero(n, sizeof *j->name);
    for (size_t i = 0; i < n; i++) {
        j->model[i] = model_ref(o[i]->model);
        j->name[i] = mem_strdup(o[i]->name);
        j->n = i + 1;
        if (i && model_task(j->model[i]) != model_task(j->model[0]))
            return err_set(e, ERR_TYPE, "%s and %s do not predict the same kind of thing", j->name[0], j->name[i]);
        if (i && !str_eq(model_target(j->model[i]), model_target(j->model[0])))
            return err_set(e, ERR_TYPE, "%s predicts %s, and %s predicts %s", j->name[0],
                           model_target(j->model[0]), j->name[i], model_target(j->model[i]));
    }
    *first = o[0];
    return check_kind(j, e);
}

static bool same_split(struct task_split a, struct task_split b)
{
    return a.set == b.set && (!a.set || (a.test == b.test && a.seed == b.seed && a.stratified == b.stratified));
}

/* Which rows: on=test (when there is a split), on=train, or all rows of another table or file. */
static bool pick_rows(struct call *c, struct judge_job *j, const struct object *first, struct err *e)
{
    const char *on = call_text(c, "on");
    bool part = !on || str_eq(on, "test") || str_eq(on, "train");
    const struct object *t =
        part ? session_find(c->session, first->home[0] ? first->home : "") : session_find(c->session, on);
    if (part && !t)
        t = session_current(c->session);
    if (!part) {
        const struct object *home = session_find(c->session, first->home[0] ? first->home : "");
        home = home && home->kind == OBJECT_TABLE ? home : session_current(c->session);
        j->task = home && home->task ? task_ref(home->task) : NULL;
        j->on = j->path = mem_strdup(on);
        if (t && t->kind == OBJECT_TABLE) {
            j->table = table_ref(t->table);
            j->n_rows = table_rows(t->table);
        }
        return true;
    }
    if (!t || t->kind != OBJECT_TABLE) {
        err_set(e, ERR_NOT_FOUND, "the table that '%s' was trained on is not here any more", first->name);
        return err_hint(e, "say which rows to judge by: on=TABLE or on=FILE.csv");
    }
    j->table = table_ref(t->table);
    j->task = t->task ? task_ref(t->task) : task_without_target();
    if (!task_rows(j->task, j->table, &j->rows, e))
        return false;
    bool split = j->task->split.set, train = str_eq(on, "train");
    if (!split && str_eq(on, "test")) {
        err_set(e, ERR_INPUT, "no rows of %s are held out", t->name);
        return err_hint(e, "split test=0.25, then train again");
    }
    j->on = !split || train ? "train" : "test";
    j->on_rows = !split || train ? j->rows.train : j->rows.test;
    j->n_rows = !split || train ? j->rows.n_train : j->rows.n_test;
    if (!split || train) {
        if (model_target(first->model)) /* clusters and scores were not fitted to what they are judged by */
            j->warning = mem_strdup("judged on the rows it was trained on: such scores are too good; `split "
                                    "test=0.25` holds rows out");
        return true;
    }
    j->looked = mem_strdup(t->name);
    for (size_t i = 0; i < j->n; i++) {
        const struct object *o = session_find(c->session, j->name[i]);
        if (o->home[0] && !same_split(o->split, j->task->split)) {
            struct str s = STR_INIT;
            str_printf(
                &s,
                "%s was trained under another split: some of its training rows are among these; train it again",
                o->name);
            j->warning = str_steal(&s);
            break;
        }
    }
    return true;
}

static bool judge(struct call *c, enum judge_what what, struct err *e)
{
    struct judge_job *j = mem_zero(1, sizeof *j);
    const struct object *first = NULL;
    j->what = what;
    j->seed = settings_of(c->engine)->seed;
    if (!pick_models(c, j, &first, e) || !pick_rows(c, j, first, e)) {
        judge_free(j);
        return false;
    }
    return call_later(c, j, judge_work, judge_commit, judge_free);
}

static bool run_eval(struct call *c, struct err *e)
{
    return judge(c, JUDGE_EVAL, e);
}
static bool run_confusion(struct call *c, struct err *e)
{
    return judge(c, JUDGE_CONFUSION, e);
}
static bool run_roc(struct call *c, struct err *e)
{
    return judge(c, JUDGE_ROC, e);
}
static bool run_pr(struct call *c, struct err *e)
{
    return judge(c, JUDGE_PR, e);
}
static bool run_calibration(struct call *c, struct err *e)
{
    return judge(c, JUDGE_CALIBRATION, e);
}
static bool run_residuals(struct call *c, struct err *e)
{
    return judge(c, JUDGE_RESIDUALS, e);
}

static bool run_silhouette(struct call *c, struct err *e)
{
    return judge(c, JUDGE_SILHOUETTE, e);
}

static bool run_loss(struct call *c, struct err *e)
{
    VEC(const struct model *) models = {0};
    VEC(const char *) names = {0};
    bool good = true;
    for (size_t i = 0; good && i < c->n_rest; i++) {
        const struct object *o = session_require(c->session, c->rest[i], OBJECT_MODEL, e);
        good = o != NULL;
        if (good) {
            vec_push(&models, o->model);
            vec_push(&names, o->name);
        }
    }
    for (size_t i = 0; !c->n_rest && i < session_count(c->session); i++) {
        const struct object *o = session_at(c->session, i);
        const struct model_curve *curve;
        if (o->kind == OBJECT_MODEL && model_curves(o->model, &curve)) {
            vec_push(&models, o->model);
            vec_push(&names, o->name);
        }
    }
    if (good && models.n == 0)
        good = err_hint((err_set(e, ERR_NOT_FOUND, "no model with a loss was trained yet"), e),
                        "train net, train gbm");
    struct view *v = good ? loss_view(models.v, names.v, models.n, e) : NULL;
    if (v)
        call_view(c, v);
    vec_done(&models);
    vec_done(&names);
    return v != NULL;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct lt_param judge_args[] = {
    {.name = "models",
     .type = PARAM_MODEL,
     .flags = LT_POSITIONAL | LT_REST,
     .doc = "which models; all of the table's task when not said"},
    {.name = "on",
     .type = PARAM_DATASET,
     .doc = "test, train, another table, or a file; the held-out rows when not said"}};
static const struct lt_param loss_args[] = {{.name = "models",
                                             .type = PARAM_MODEL,
                                             .flags = LT_POSITIONAL | LT_REST,
                                             .doc = "which models; all that have a loss when not said"}};

#define READY "load titanic; target survived; split test=0.25 seed=1; train logistic; train tree"
#define JUDGE_FLAGS COMMAND_NEEDS_TABLE

static const struct command rows[] = {
    {.name = "eval",
     .aliases = "evaluate,score",
     .group = "judge",
     .summary = "how good models are on the held-out rows",
     .doc = "All models of the current table's task, or those named, best first. The rows are those that `split` "
            "held out; how often they "
            "were looked at is counted.\n\n"
            "Clusterings are judged by their shape, in the columns that they saw (silhouette, Davies-Bouldin, "
            "Calinski-Harabasz), and beside the classes of the target where there is one; anomaly scores by how "
            "well they "
            "find the positive class of a target with two classes.",
     ARGS(judge_args),
     .examples =
         (const struct command_example[]){{"eval", "all models", READY},
                                          {"eval kmeans", "a clustering, and its clusters beside the species",
                                           "load iris; train kmeans n_clusters=3"},
                                          {"eval tree on=train", "on what it was trained on: too good", READY},
                                          {0}},
     .run = run_eval},
    {.name = "confusion",
     .group = "judge",
     .summary = "which classes are taken for which",
     ARGS(judge_args),
     .examples = (const struct command_example[]){{"confusion tree", "a table and a heat map", READY}, {0}},
     .run = run_confusion},
    {.name = "roc",
     .group = "judge",
     .summary = "ROC curves of models in one picture",
     ARGS(judge_args),
     .examples = (const struct command_example[]){{"roc", "all models", READY}, {0}},
     .run = run_roc},
    {.name = "pr",
     .group = "judge",
     .summary = "precision-recall curves",
     ARGS(judge_args),
     .examples = (const struct command_example[]){{"pr", "all models", READY}, {0}},
     .run = run_pr},
    {.name = "calibration",
     .group = "judge",
     .summary = "do probabilities mean what they say?",
     ARGS(judge_args),
     .examples =
         (const struct command_example[]){{"calibration logistic", "ten bins of the predicted probability", READY},
                                          {0}},
     .run = run_calibration},
    {.name = "residuals",
     .group = "judge",
     .summary = "errors of a regression against its predictions",
     ARGS(judge_args),
     .examples = (const struct command_example[]){{"residuals", "a cloud without a shape is good",
                                                   "load auto_mpg; target mpg; split; train linear"},
                                                  {0}},
     .run = run_residuals},
    {.name = "silhouette",
     .group = "judge",
     .summary = "the silhouette plot of a clustering: which rows lie well in their clusters",
     .doc = "For each row (b - a) / max(a, b), where a is the mean distance to the other rows of its cluster and "
            "b to those "
            "of the nearest other cluster (Rousseeuw 1987), in the columns as the model saw them: scaled and "
            "encoded. Rows "
            "stand sorted within their clusters; the dotted line is the mean. Of more than 10000 rows so many are "
            "drawn.",
     ARGS(judge_args),
     .examples = (const struct command_example[]){{"silhouette kmeans", "three clusters, two of which touch",
                                                   "load iris; train kmeans n_clusters=3"},
                                                  {0}},
     .run = run_silhouette},
    {.name = "loss",
     .group = "judge",
     .summary = "the loss over the steps of a training",
     ARGS(loss_args),
     .flags = COMMAND_ANYTIME,
     .examples =
         (const struct command_example[]){
             {"loss", "of all models that have one", "load iris; target species; train net max_iter=30"}, {0}},
     .run = run_loss},
};
const struct command_rows cmd_judge = COMMAND_ROWS(rows);

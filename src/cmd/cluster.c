/* cluster verbs: clusters, which looks for their number. Judging one clustering is in judge.c: eval, silhouette. */
#include <string.h>

#include "base/mem.h"
#include "cmd/bindings.h"
#include "cmd/cmd.h"
#include "ops/clusters.h"

struct clusters_job {
    struct table *table;
    struct task *task;
    struct task_rows rows;
    struct clusters_options options; /* params: in the call's arena, which outlives the job */
    const char *also, *picture;      /* likewise */
};

static void clusters_free(void *arg)
{
    struct clusters_job *j = arg;
    if (j->table)
        table_unref(j->table);
    if (j->task)
        task_unref(j->task);
    task_rows_done(&j->rows);
    mem_free(j);
}

static bool clusters_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct clusters_job *j = arg;
    struct clusters_result r;
    if (!clusters_run(j->table, j->task, j->rows.train, j->rows.n_train, &j->options, p, &r, e))
        return false;
    size_t first = views->n;
    clusters_views(&r, j->also, j->picture, views);
    if (j->task->target && !j->task->features)
        view_add_note(views->v[first], VIEW_INFO, "%s is the target: the clusters don't see it", j->task->target);
    if (j->task->split.set)
        view_add_note(views->v[first], VIEW_INFO, "on the training part alone; the %zu held-out rows stay locked",
                      j->rows.n_test);
    clusters_done(&r);
    return true;
}

static bool wrong_algorithm(const struct algo *a, struct err *e)
{
    struct str fits = STR_INIT;
    algo_load_all();
    for (size_t i = 0; i < algo_count(); i++)
        if (clusters_param(algo_at(i)) >= 0)
            str_printf(&fits, "%s%s", fits.len ? ", " : "", algo_at(i)->d.id);
    if (a->d.tasks & LT_CLUSTER)
        err_set(e, ERR_TYPE, "%s is not told how many clusters there are: it finds them by itself", a->d.id);
    else
        err_set(e, ERR_TYPE, "%s does not look for clusters", a->d.id);
    err_hint(e, "what is told a number: %s", str_get(&fits));
    str_done(&fits);
    return false;
}

/* One start may end in a bad corner, which bends the curves. */
enum { STARTS = 5 };

/* The algorithm's parameters; starts are raised to STARTS unless the user said how many. `also` gets what a `train`
 * needs to make the same models: those that were given, and the starts. */
static void bind_params(struct call *c, struct clusters_job *j)
{
    const struct lt_algo *d = &c->algo->d;
    struct lt_value *v = arena_zero(c->arena, d->n_params + 1, sizeof *v);
    struct str also = STR_INIT;
    memcpy(v, c->algo_params, d->n_params * sizeof *v);
    int starts = param_find(d->params, d->param_size, d->n_params, "n_init");
    if (starts >= 0 && !v[starts].given && (v[starts].is_none || v[starts].i < STARTS))
        v[starts] = (struct lt_value){.given = 1, .i = STARTS, .r = STARTS};
    for (uint32_t i = 0; i < d->n_params; i++)
        if (v[i].given) {
            str_printf(&also, " %s=", algo_param(c->algo, i)->name);
            param_print(algo_param(c->algo, i), &v[i], &also);
        }
    if (call_given(c, "seed"))
        str_printf(&also, " seed=%lld", (long long)call_int(c, "seed"));
    for (const char *const *w = (const char *const[]){"scale", "impute", "encode", NULL}; *w; w++)
        if (!call_bool(c, *w))
            str_printf(&also, " %s=no", *w);
    if (call_text(c, "formula"))
        str_printf(&also, " %s", call_text(c, "formula"));
    j->also = arena_strdup(c->arena, str_get(&also));
    j->options.train.params = v;
    str_done(&also);
}

/* from … to, narrowed to what the parameter and the rows allow where the user did not say. */
static bool bind_range(struct call *c, struct clusters_job *j, struct err *e)
{
    struct clusters_options *o = &j->options;
    const struct lt_param *count = algo_param(c->algo, o->count_param);
    size_t rows = j->rows.n_train < o->sample ? j->rows.n_train : o->sample;
    if (rows < 2) {
        err_set(e, ERR_RANGE, "%zu row%s: there is nothing to cluster", rows, rows == 1 ? "" : "s");
        return err_hint(e, "clusters need two rows or more");
    }
    o->from = (int)call_int(c, "from");
    o->to = (int)call_int(c, "to");
    if (!call_given(c, "from") && o->from < count->min)
        o->from = (int)count->min;
    if (!call_given(c, "to") && rows > (size_t)o->from && (size_t)o->to > rows)
        o->to = (int)rows;
    if (o->from < count->min)
        return err_set(e, ERR_RANGE, "from=%d: %s needs %g clusters or more", o->from, c->algo->d.id, count->min);
    if (o->to > count->max)
        return err_set(e, ERR_RANGE, "to=%d: %s can take %g clusters at most", o->to, c->algo->d.id, count->max);
    if (o->from < o->to)
        return true;
    err_set(e, ERR_RANGE, "from=%d to=%d leaves nothing to choose from", o->from, o->to);
    return err_hint(e, "from has to be below to: from=1 to=10");
}

static bool clusters_prepare(struct call *c, struct clusters_job *j, struct err *e)
{
    const struct object *t = session_need_table(c->session, e);
    int param = clusters_param(c->algo);
    if (!t)
        return false;
    if (param < 0)
        return wrong_algorithm(c->algo, e);
    if (c->algo_params[param].given) {
        err_set(e, ERR_INPUT, "%s is what is looked for here", algo_param(c->algo, (uint32_t)param)->name);
        return err_hint(e, "say the numbers to try: from=2 to=%lld", (long long)c->algo_params[param].i + 2);
    }
    j->table = table_ref(t->table);
    j->task = bind_task(t, false, call_text(c, "formula"), e);
    if (!j->task || !task_rows(j->task, j->table, &j->rows, e))
        return false;
    train_options_init(&j->options.train);
    j->options.train.algo = c->algo;
    j->options.train.task = LT_CLUSTER;
    j->options.train.seed = bind_seed(c);
    j->options.train.scale = call_bool(c, "scale");
    j->options.train.impute = call_bool(c, "impute");
    j->options.train.encode = call_bool(c, "encode");
    j->options.count_param = (uint32_t)param;
    j->options.refs = (int)call_int(c, "refs");
    j->options.pca_box = str_eq(call_text(c, "reference"), "pca");
    j->options.sample = (size_t)call_int(c, "sample");
    j->picture = call_text(c, "picture");
    bind_params(c, j);
    return bind_range(c, j, e);
}

static bool run_clusters(struct call *c, struct err *e)
{
    struct clusters_job *j = mem_zero(1, sizeof *j);
    if (clusters_prepare(c, j, e))
        return call_later(c, j, clusters_work, NULL, clusters_free);
    clusters_free(j);
    return false;
}

static const struct lt_param clusters_args[] = {
    {.name = "algo",
     .type = PARAM_ALGO,
     .flags = LT_POSITIONAL | LT_REQUIRED,
     .doc = "which algorithm: kmeans, mbkmeans, gmm, hclust, spectral, or another that is told the number of "
            "clusters"},
    {.name = "formula",
     .type = PARAM_FORMULA,
     .flags = LT_POSITIONAL,
     .doc = "~ a + b: by these columns; all but the target when not said"},
    {.name = "from",
     .aliases = "k_min",
     .type = LT_INT,
     .def = "1",
     .min = 1,
     .max = 10000,
     .doc = "the least number"},
    {.name = "to",
     .aliases = "k_max",
     .type = LT_INT,
     .def = "10",
     .min = 1,
     .max = 10000,
     .doc = "the greatest number"},
    {.name = "refs",
     .aliases = "b",
     .type = LT_INT,
     .def = "20",
     .min = 0,
     .max = 1000,
     .doc = "reference samples of the gap statistic; 0: no gap statistic"},
    {.name = "reference",
     .type = LT_CHOICE,
     .def = "pca",
     .choices = "pca,box",
     .doc = "reference samples fill the box along the principal components, or along the columns"},
    {.name = "sample",
     .type = LT_INT,
     .def = "5000",
     .min = 2,
     .max = 4294967295.0,
     .unit = "rows",
     .doc = "of more rows so many are drawn"},
    {.name = "picture",
     .type = LT_CHOICE,
     .def = "all",
     .choices = "all,elbow,silhouette,gap",
     .doc = "which pictures are drawn"},
    PREPARING};

static const struct command rows[] = {
    {.name = "clusters",
     .aliases = "elbow,gap",
     .group = "judge",
     .summary = "how many clusters? elbow, silhouette and gap statistic side by side",
     .doc =
         "Trains the algorithm once for each number of clusters and shows what speaks for each. The **elbow** is "
         "the point of the inertia (sum of squares within clusters) farthest below the line from its first to its "
         "last point, so it moves with `from` and `to`. The mean **silhouette** is highest where clusters are "
         "narrow "
         "and far apart; it can't speak for one cluster. The **gap statistic** (Tibshirani, Walther and Hastie "
         "2001) "
         "is mean(log W of reference samples) - log W, with W the inertia and samples drawn uniformly from the "
         "box "
         "around the rows; it chooses the least k whose gap is no more than one standard error below that of k + "
         "1, "
         "and may choose 1: no clusters. Davies-Bouldin, Calinski-Harabasz and, of mixtures, BIC stand beside "
         "them.\n\n"
         "Distances are those that the algorithm sees: scaled and encoded as in `train`. Parameters of the "
         "algorithm "
         "may be given; algorithms with `n_init` start 5 times unless said otherwise. Rows held out by `split` "
         "stay out "
         "of it. Ctrl-C keeps what is whole. Enter on a row trains that model.",
     ARGS(clusters_args),
     .flags = COMMAND_NEEDS_TABLE | COMMAND_ALGO_PARAMS,
     .examples = (const struct command_example[]){{"clusters kmeans to=6", "a table, a verdict and three pictures",
                                                   "load iris"},
                                                  {"clusters gmm from=1 to=5 refs=0 covariance_type=full",
                                                   "mixtures by BIC, without the gap statistic", "load faithful"},
                                                  {"clusters hclust linkage=average picture=gap",
                                                   "only the picture of the gap statistic", "load us_arrests"},
                                                  {0}},
     .run = run_clusters},
};
const struct command_rows cmd_cluster = COMMAND_ROWS(rows);

/* adaboost: small trees that vote, each grown with more weight on the rows that those before it got wrong. Classes
 * by SAMME (Zhu et al., 2009; with two classes it is Freund and Schapire's AdaBoost), numbers by R2 (Drucker,
 * 1997). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/vmath.h"
#include "plugins/kit/state.h"
#include "plugins/tree/family.h"
#include "plugins/tree/grow.h"
#include "plugins/tree/importance.h"
#include "plugins/tree/options.h"
#include "plugins/tree/room.h"

enum { TREES, RATE, LOSS, MAX_DEPTH, MIN_LEAF, MAX_BINS, N_PARAMS };
enum error_kind { ERROR_LINEAR, ERROR_SQUARE, ERROR_EXPONENTIAL };

static const struct lt_param params[N_PARAMS] = {
    [TREES] = {.name = "n_estimators",
               .aliases = "trees,rounds",
               .type = LT_INT,
               .def = "50",
               .min = 1,
               .max = 1e6,
               .flags = LT_TUNE | LT_LOG,
               .unit = "trees",
               .doc = "Trees at most; fewer when one makes no mistake, or is no better than chance"},
    [RATE] = {.name = "learning_rate",
              .aliases = "lr,eta",
              .type = LT_REAL,
              .def = "1",
              .min = 0,
              .max = 100,
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
              .doc = "How fast weights move to the rows that were wrong"},
    [LOSS] = {.name = "loss",
              .type = LT_CHOICE,
              .def = "linear",
              .choices = "linear,square,exponential",
              .doc = "Numbers: how the size of an error, as a share of the greatest one, counts"},
    [MAX_DEPTH] = {.name = "max_depth",
                   .aliases = "depth",
                   .type = LT_INT,
                   .def = "none",
                   .min = 1,
                   .max = 1e6,
                   .flags = LT_NULLABLE | LT_TUNE,
                   .unit = "levels",
                   .doc = "How many questions lead to a leaf at most; none takes 1 for classes and 3 for numbers"},
    [MIN_LEAF] = OPTION_MIN_LEAF,
    [MAX_BINS] = {.name = "max_bins",
                  .type = LT_INT,
                  .def = "none",
                  .min = 2,
                  .max = 65535,
                  .flags = LT_NULLABLE | LT_ADVANCED,
                  .unit = "bins",
                  .doc =
                      "Columns with more distinct values are cut at quantiles; none is exact up to 20000 rows and "
                      "takes 255 above"},
};

enum { EXACT_ROWS = 20000, USUAL_BINS = 255, STUMP = 1, SMALL_TREE = 3 };

struct adaboost_training {
    struct bin_table table;
    struct sample_source source;
    struct grow_rules rules;
    struct samples samples;
    struct split_work work;
    double *weight; /* of the rows, sum 1 */
    double *drawn;  /* numbers: how often each row was drawn */
    double *below;  /* numbers: running sums of the weights */
    double *error;  /* of the last tree, by row */
    uint32_t *leaf;
    double *votes; /* classes: n x n_classes, what the trees said so far */
    int behind;    /* trees were forgotten: weights are to be found anew */
};

struct adaboost {
    struct tree_family family;
    double *vote; /* by tree */
    size_t vote_cap;
    uint64_t planned, seed;
    double rate;
    enum error_kind kind;
    struct adaboost_training *training;
};

static int adaboost_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    if (data->task == LT_CLASSIFY && p->v[LOSS].given && p->v[LOSS].i != ERROR_LINEAR)
        return ctx->fail(ctx, LT_INVALID, "loss=%s is for numbers; a class is right or wrong", p->v[LOSS].s);
    return LT_OK;
}

static void training_free(struct adaboost *m)
{
    struct adaboost_training *t = m->training;
    if (t == NULL)
        return;
    bin_table_free(&t->table);
    samples_free(&t->samples);
    split_work_free(&t->work);
    room_free(t->weight);
    room_free(t->drawn);
    room_free(t->below);
    room_free(t->error);
    room_free(t->leaf);
    room_free(t->votes);
    room_free(t);
    m->training = NULL;
}

static void adaboost_free(void *model)
{
    struct adaboost *m = model;
    if (m == NULL)
        return;
    training_free(m);
    family_free(&m->family);
    room_free(m->vote);
    room_free(m);
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static void first_weights(const struct adaboost *m, const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    double sum = 0;
    for (size_t i = 0; i < data->n; i++)
        sum += data->weight ? data->weight[i] : 1;
    for (size_t i = 0; i < data->n; i++)
        t->weight[i] = (data->weight ? data->weight[i] : 1) / sum;
    if (t->votes)
        memset(t->votes, 0, data->n * m->family.n_classes * sizeof *t->votes);
}

static int training_room(struct lt_ctx *ctx, struct adaboost *m, const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    size_t n = data->n, k = m->family.n_classes;
    t->weight = room_new(n, sizeof *t->weight);
    t->error = room_new(n, sizeof *t->error);
    t->leaf = room_new(n, sizeof *t->leaf);
    t->votes = k ? room_new(n, k * sizeof *t->votes) : NULL;
    t->drawn = k ? NULL : room_new(n, sizeof *t->drawn);
    t->below = k ? NULL : room_new(n, sizeof *t->below);
    if (t->weight && t->error && t->leaf && (k ? t->votes != NULL : t->drawn && t->below) &&
        samples_new(&t->samples, &t->source, n) == 0 && split_work_new(&t->work, &t->source) == 0)
        return LT_OK;
    return ctx->fail(ctx, LT_MEMORY, "no memory to boost %zu rows", n);
}

static int adaboost_start(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                          struct adaboost *m)
{
    struct adaboost_training *t = m->training = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to boost");
    uint64_t bins = options_count(&p->v[MAX_BINS], data->n <= EXACT_ROWS ? EXACT_ROWS : USUAL_BINS);
    int status = bin_map_learn(ctx, data, (uint32_t)bins, &m->family.map);
    if (status == LT_OK)
        status = bin_table_make(ctx, data, &m->family.map, 0, &t->table);
    if (status != LT_OK)
        return status;
    options_source(data, &m->family.map, &t->table, &t->source);
    t->source.words = 0; /* every row has a weight of its own */
    t->rules =
        (struct grow_rules){.split = {.criterion = m->family.n_classes ? CRITERION_GINI : CRITERION_SQUARED,
                                      .min_leaf = (double)p->v[MIN_LEAF].i,
                                      .max_features = data->p,
                                      .seed = ctx->seed},
                            .max_depth = options_count(&p->v[MAX_DEPTH], m->family.n_classes ? STUMP : SMALL_TREE),
                            .min_split = 2};
    status = training_room(ctx, m, data);
    if (status == LT_OK)
        first_weights(m, data);
    t->source.weight = m->family.n_classes ? t->weight : t->drawn;
    return status;
}

static int adaboost_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = options_check_data(ctx, data);
    if (status != LT_OK)
        return status;
    struct adaboost *m = room_zero(1, sizeof *m);
    if (m == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to boost");
    m->planned = (uint64_t)p->v[TREES].i;
    m->seed = ctx->seed;
    m->rate = p->v[RATE].r;
    m->kind = (enum error_kind)p->v[LOSS].i;
    status = family_begin(ctx, data, &m->family);
    if (status == LT_OK)
        status = adaboost_start(ctx, p, data, m);
    if (status != LT_OK) {
        adaboost_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- one tree ----------------------------------------------------------------------------------------------- */

/* How a tree did: its error, weighted, and what its vote is worth. */
struct verdict {
    double error, vote;
    int last; /* boosting ends with this tree */
    int drop; /* and without it */
};

static uint32_t leaf_class(const struct nodes *f, const struct node *leaf)
{
    const double *share = f->value + (size_t)leaf->value * f->width;
    uint32_t best = 0;
    for (uint32_t k = 1; k < f->width; k++)
        if (share[k] > share[best])
            best = k;
    return best;
}

/* Classes: error is 1 where the tree is wrong. A tree must beat a guess among K classes. */
static struct verdict judge_classes(const struct adaboost *m, const struct nodes *f, size_t tree,
                                    const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    const struct node *node = f->node + f->start[tree];
    double k = m->family.n_classes, error = 0;
    for (size_t i = 0; i < data->n; i++) {
        t->error[i] = leaf_class(f, &node[t->leaf[i]]) != (uint32_t)data->label[i];
        error += t->weight[i] * t->error[i];
    }
    if (error <= 0 || error >= 1 - 1 / k)
        return (struct verdict){error, 1, 1, error > 0 && tree > 0};
    return (struct verdict){error, m->rate * (log((1 - error) / error) + log(k - 1)), 0, 0};
}

/* Numbers: error is the size of the residual, as a share of the greatest. */
static struct verdict judge_numbers(const struct adaboost *m, const struct nodes *f, size_t tree,
                                    const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    const struct node *node = f->node + f->start[tree];
    double most = 0, error = 0;
    for (size_t i = 0; i < data->n; i++) {
        t->error[i] = fabs(data->y[i] - f->value[node[t->leaf[i]].value]);
        most = t->weight[i] > 0 && t->error[i] > most ? t->error[i] : most;
    }
    for (size_t i = 0; i < data->n; i++) {
        double e = most > 0 ? t->error[i] / most : t->error[i];
        t->error[i] = m->kind == ERROR_SQUARE ? e * e : m->kind == ERROR_EXPONENTIAL ? 1 - exp(-e) : e;
        error += t->weight[i] > 0 ? t->weight[i] * t->error[i] : 0;
    }
    if (error <= 0 || error >= 0.5)
        return (struct verdict){error, 1, 1, error > 0 && tree > 0};
    return (struct verdict){error, m->rate * log((1 - error) / error), 0, 0};
}

/* What the last tree is worth, and the weights for the next one: rows that it got right lose weight. */
static struct verdict judge(struct adaboost *m, const struct nodes *f, size_t tree, const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    double sum = 0;
    nodes_walk(f, tree, &t->table, data->n, NULL, t->leaf);
    struct verdict v = m->family.n_classes ? judge_classes(m, f, tree, data) : judge_numbers(m, f, tree, data);
    if (v.last)
        return v;
    for (size_t i = 0; i < data->n; i++)
        sum += t->weight[i] *= exp(-v.vote * (1 - t->error[i]));
    for (size_t i = 0; i < data->n; i++)
        t->weight[i] /= sum;
    return v;
}

/* The exponential loss of all trees so far: exp(A/K - a), where a of all votes A are for the row's class. Its
 * terms are in proportion to the weights. */
static double exponential_loss(const struct adaboost *m, const struct nodes *f, size_t tree, double vote,
                               const struct lt_data *data)
{
    struct adaboost_training *t = m->training;
    const struct node *node = f->node + f->start[tree];
    uint32_t k = m->family.n_classes;
    double sum = 0, whole = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1, all = 0, *votes = t->votes + i * k;
        votes[leaf_class(f, &node[t->leaf[i]])] += vote;
        for (uint32_t c = 0; c < k; c++)
            all += votes[c];
        sum += w * exp(all / k - votes[data->label[i]]);
        whole += w;
    }
    return sum / whole;
}

/* Draws n rows with replacement, by weight. */
static void draw_rows(const struct adaboost *m, size_t n, uint64_t tree)
{
    struct adaboost_training *t = m->training;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        t->below[i] = sum += t->weight[i];
    memset(t->drawn, 0, n * sizeof *t->drawn);
    for (size_t k = 0; k < n; k++) {
        double at = lt_uniform(m->seed, tree + 1, k) * sum;
        size_t low = 0, high = n - 1;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (t->below[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }
        t->drawn[low]++;
    }
}

static int grow_tree(struct lt_ctx *ctx, struct adaboost *m, size_t n, uint64_t tree, struct nodes *out)
{
    struct adaboost_training *t = m->training;
    struct growth g = {.rules = &t->rules, .samples = &t->samples, .nodes = out};
    if (m->family.n_classes == 0)
        draw_rows(m, n, tree);
    samples_fill(&t->samples, NULL);
    nodes_init(out, m->family.trees.width);
    return grow_whole(ctx, &g, &t->work, lt_mix(tree + 1));
}

/* The weights after the trees that there are. */
static void catch_up(struct adaboost *m, const struct lt_data *data)
{
    const struct nodes *f = &m->family.trees;
    first_weights(m, data);
    for (size_t tree = 0; tree < f->n_trees; tree++) {
        struct verdict v = judge(m, f, tree, data);
        if (m->family.n_classes)
            exponential_loss(m, f, tree, v.vote, data);
    }
    m->training->behind = 0;
}

static int keep_tree(struct adaboost *m, const struct nodes *one, double vote)
{
    struct nodes *f = &m->family.trees;
    if (room_grow((void **)&m->vote, &m->vote_cap, f->n_trees + 1, sizeof *m->vote) != 0)
        return -1;
    m->vote[f->n_trees] = vote;
    return nodes_append(f, one);
}

/* One round; *last: there will be no other. */
static int boost(struct lt_ctx *ctx, struct adaboost *m, const struct lt_data *data, int *last)
{
    struct nodes one;
    uint64_t tree = m->family.trees.n_trees;
    int status = grow_tree(ctx, m, data->n, tree, &one);
    if (status == LT_OK && keep_tree(m, &one, 1) != 0)
        status = LT_MEMORY;
    if (status == LT_OK) {
        struct nodes *f = &m->family.trees;
        struct verdict v = judge(m, f, tree, data);
        m->vote[tree] = v.vote;
        *last = v.last;
        if (v.last && v.error > 0)
            ctx->note(ctx, LT_NOTE, "tree %llu is no better than chance: boosting ends",
                      (unsigned long long)tree + 1);
        if (v.drop)
            nodes_truncate(f, tree);
        else {
            ctx->metric(ctx, "loss", tree + 1,
                        m->family.n_classes ? exponential_loss(m, f, tree, v.vote, data) : v.error);
            ctx->metric(ctx, "error", tree + 1, v.error);
        }
    }
    nodes_free(&one);
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory for another tree") : status;
}

static int adaboost_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct adaboost *m = model;
    uint64_t first = m->family.trees.n_trees, target = m->planned - first < units ? m->planned : first + units;
    int last = 0;
    if (m->training == NULL)
        return LT_DONE;
    if (m->training->behind)
        catch_up(m, data);
    for (uint64_t tree = first; tree < target && !last; tree++) {
        int status = ctx->cancelled(ctx) ? LT_CANCELLED : boost(ctx, m, data, &last);
        if (status != LT_OK)
            return status;
        ctx->progress(ctx, (double)(tree + 1 - first) / (double)(target - first), "boosting");
    }
    if (target < m->planned && !last)
        return LT_MORE;
    training_free(m);
    return LT_DONE;
}

/* ---- predicting --------------------------------------------------------------------------------------------- */

struct voting {
    const struct adaboost *m;
    double *out;
};

/* A vote of its weight for the class of the leaf, and of -1/(K-1) of it for the others; the probabilities are
 * the softmax of the mean vote over K-1, as Zhu et al. derive it. */
static void vote_classes(void *arg, const struct bin_table *codes, size_t begin, size_t n)
{
    const struct voting *v = arg;
    const struct nodes *f = &v->m->family.trees;
    uint32_t leaf[NODES_BLOCK], k = f->width;
    double *out = v->out + begin * k, all = 0;
    memset(out, 0, n * k * sizeof *out);
    for (size_t t = 0; t < f->n_trees; t++) {
        const struct node *node = f->node + f->start[t];
        nodes_walk(f, t, codes, n, NULL, leaf);
        for (size_t i = 0; i < n; i++)
            out[i * k + leaf_class(f, &node[leaf[i]])] += v->m->vote[t];
        all += v->m->vote[t];
    }
    for (size_t i = 0; i < n * k && k > 1; i++) {
        double share = out[i] / all;
        out[i] = (share - (1 - share) / (k - 1.0)) / (k - 1.0);
    }
    for (size_t i = 0; i < n; i++)
        vmath_softmax(1, k, out + i * k, k);
}

struct opinion {
    double value, vote;
};

static int ascending(const void *a, const void *b)
{
    const struct opinion *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* The least answer at or below which half of the votes lie. */
static double weighted_median(struct opinion *o, size_t n)
{
    double all = 0, below = 0;
    qsort(o, n, sizeof *o, ascending);
    for (size_t i = 0; i < n; i++)
        all += o[i].vote;
    size_t i = 0;
    for (; i + 1 < n && (below += o[i].vote) < 0.5 * all; i++)
        ;
    return o[i].value;
}

enum { MEDIAN_ROWS = 64 };

static void vote_numbers(void *arg, const struct bin_table *codes, size_t begin, size_t n)
{
    const struct voting *v = arg;
    const struct nodes *f = &v->m->family.trees;
    struct opinion *o = room_new(MEDIAN_ROWS, f->n_trees * sizeof *o);
    uint32_t leaf[MEDIAN_ROWS], rows[MEDIAN_ROWS] = {0};
    for (size_t done = 0; done < n; done += MEDIAN_ROWS) {
        size_t m = n - done < MEDIAN_ROWS ? n - done : MEDIAN_ROWS;
        for (size_t i = 0; i < m; i++) {
            rows[i] = (uint32_t)(done + i);
            v->out[begin + done + i] = NAN;
        }
        for (size_t t = 0; t < f->n_trees && o; t++) {
            nodes_walk(f, t, codes, m, rows, leaf);
            for (size_t i = 0; i < m; i++)
                o[i * f->n_trees + t] =
                    (struct opinion){f->value[f->node[f->start[t] + leaf[i]].value], v->m->vote[t]};
        }
        for (size_t i = 0; i < m && o; i++)
            v->out[begin + done + i] = weighted_median(o + i * f->n_trees, f->n_trees);
    }
    room_free(o);
}

static int adaboost_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct adaboost *m = model;
    struct voting v = {m, m->family.n_classes ? out->proba : out->value};
    int status = family_check_columns(ctx, &m->family, data);
    if (status != LT_OK || data->n == 0)
        return status;
    if (m->family.trees.n_trees == 0)
        return ctx->fail(ctx, LT_INVALID, "the model has no tree yet");
    return nodes_each_block(ctx, &m->family.map, data, m->family.n_classes ? vote_classes : vote_numbers, &v);
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static int adaboost_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"trees:int", "leaves:real", "greatest_vote:real", "least_vote:real"};
    const struct adaboost *m = model;
    const struct nodes *f = &m->family.trees;
    double leaves = 0, most = -INFINITY, least = INFINITY;
    for (size_t t = 0; t < f->n_trees; t++) {
        leaves += (double)nodes_leaves(f, t);
        most = fmax(most, m->vote[t]);
        least = fmin(least, m->vote[t]);
    }
    ctx->emit_table(ctx, "summary", "AdaBoost", columns, 4);
    ctx->emit_row(
        ctx, (struct lt_cell[]){LT_CINT(f->n_trees), LT_CREAL(f->n_trees ? leaves / (double)f->n_trees : 0),
                                f->n_trees ? LT_CREAL(most) : LT_CNONE, f->n_trees ? LT_CREAL(least) : LT_CNONE});
    const struct lt_series series = {LT_BARS, NULL, f->n_trees, NULL, m->vote, NULL};
    if (f->n_trees > 1)
        ctx->emit_plot(ctx, "votes", "What each tree's vote is worth", "tree", "vote", &series, 1);
    return importance_emit(ctx, &m->family.names, f, 1, m->vote, "Importance: decrease of impurity, by vote");
}

static int adaboost_save(struct lt_ctx *ctx, const void *model)
{
    const struct adaboost *m = model;
    int status = family_save(ctx, &m->family);
    return status == LT_OK ? kit_put_f64(ctx, "adaboost.votes", m->vote, m->family.trees.n_trees, 0) : status;
}

static int load_votes(struct lt_ctx *ctx, struct adaboost *m)
{
    size_t n = m->family.trees.n_trees;
    m->vote = room_new(n, sizeof *m->vote);
    m->vote_cap = n;
    if (m->vote == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu votes", n);
    int status = kit_get_f64(ctx, "adaboost.votes", m->vote, n, 0);
    for (size_t t = 0; t < n && status == LT_OK; t++)
        if (!(m->vote[t] > 0 && isfinite(m->vote[t])))
            status = ctx->fail(ctx, LT_INVALID, "the votes of the saved model are damaged");
    return status;
}

static int adaboost_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct adaboost *m = room_zero(1, sizeof *m);
    if (m == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a model");
    m->planned = (uint64_t)p->v[TREES].i;
    int status = family_load(ctx, info, &m->family);
    if (status == LT_OK)
        status = load_votes(ctx, m);
    if (status != LT_OK) {
        adaboost_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int adaboost_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct adaboost *m = model;
    *taken = m->family.trees.n_trees;
    *planned = m->planned;
    return LT_OK;
}

static int adaboost_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct adaboost *m = model;
    (void)ctx;
    if (units >= m->family.trees.n_trees)
        return LT_OK;
    nodes_truncate(&m->family.trees, units);
    if (m->training)
        m->training->behind = 1;
    return LT_OK;
}

const struct lt_algo adaboost_algo = {
    LT_HEADER(1),
    .id = "adaboost",
    .name = "AdaBoost",
    .version = "1.0",
    .summary = "Small trees that vote, each looking harder at what was wrong before",
    .doc =
        "Every row has a weight, at first the same. Each round grows a small tree on the weighted rows; with $e$ "
        "the weight of the rows that it gets wrong, its vote is worth\n\n"
        "$$\\alpha = \\eta\\left(\\ln\\frac{1-e}{e} + \\ln(K-1)\\right)$$\n\n"
        "and the weights of the wrong rows grow by the factor $e^\\alpha$. The class with the most votes wins. "
        "With "
        "two classes this is the original AdaBoost; it lowers the exponential loss, step by step, which is the "
        "curve that training shows.\n\n"
        "Numbers (AdaBoost.R2): each tree grows on rows drawn by weight; $e$ is the mean error as a share of the "
        "greatest one, the factor of a row with error $e_i$ is $\\beta^{\\eta(1-e_i)}$ with "
        "$\\beta = e/(1-e)$, and the answer is the median of the trees, weighted by $\\eta\\ln(1/\\beta)$.\n\n"
        "Stumps, trees of one question, are the usual choice for classes: none of them is any good alone. Rows "
        "with "
        "wrong labels gather weight for ever, so noisy labels do harm; a lower `learning_rate` or `gbm` with its "
        "milder loss bear them better.",
    .reference =
        "Freund, Schapire (1997), A decision-theoretic generalization of on-line learning, JCSS 55; Zhu, "
        "Zou, Rosset, Hastie (2009), Multi-class AdaBoost, Statistics and Its Interface 2; Drucker (1997), "
        "Improving regressors using boosting techniques, ICML",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK | LT_ITERATIVE,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "tree",
    .check = adaboost_check,
    .begin = adaboost_begin,
    .step = adaboost_step,
    .predict = adaboost_predict,
    .describe = adaboost_describe,
    .save = adaboost_save,
    .load = adaboost_load,
    .free = adaboost_free,
    .units = adaboost_units,
    .truncate = adaboost_truncate,
};

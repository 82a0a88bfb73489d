/* tree: one decision tree (Breiman et al., 1984). It grows a level at a time; or, when the number of leaves is
 * limited, one split at a time, always where the impurity falls most.
 *
 * While it grows, the tree works on codes. The model that others see is made from it after each call: the real
 * thresholds, halfway between the two values of the node that they part, become the edges of a map of their
 * own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/tree/draw.h"
#include "plugins/tree/grow.h"
#include "plugins/tree/importance.h"
#include "plugins/tree/options.h"
#include "plugins/tree/prune.h"
#include "plugins/tree/room.h"

enum {
    CRITERION,
    MAX_DEPTH,
    MIN_SPLIT,
    MIN_LEAF,
    MIN_DECREASE,
    MAX_FEATURES,
    MAX_LEAVES,
    MAX_BINS,
    CCP_ALPHA,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [CRITERION] = {.name = "criterion",
                   .type = LT_CHOICE,
                   .def = "auto",
                   .choices = CRITERION_CHOICES,
                   .doc = "What a split reduces; auto takes gini for classes and squared_error for numbers"},
    [MAX_DEPTH] = {.name = "max_depth",
                   .aliases = "depth",
                   .type = LT_INT,
                   .def = "none",
                   .min = 1,
                   .max = 1e6,
                   .flags = LT_NULLABLE | LT_TUNE,
                   .unit = "levels",
                   .doc = "How many questions lead to a leaf at most"},
    [MIN_SPLIT] = {.name = "min_samples_split",
                   .type = LT_INT,
                   .def = "2",
                   .min = 2,
                   .max = 1e9,
                   .unit = "rows",
                   .doc = "A node with fewer rows is not split"},
    [MIN_LEAF] = {.name = "min_samples_leaf",
                  .aliases = "min_leaf",
                  .type = LT_INT,
                  .def = "1",
                  .min = 1,
                  .max = 1e9,
                  .flags = LT_TUNE | LT_LOG,
                  .unit = "rows",
                  .doc = "No leaf has fewer rows"},
    [MIN_DECREASE] =
        {.name = "min_impurity_decrease",
         .type = LT_REAL,
         .def = "0",
         .min = 0,
         .max = 1e300,
         .doc = "A split must reduce the impurity, weighted by the node's share of the rows, by this much"},
    [MAX_FEATURES] =
        {.name = "max_features",
         .type = LT_STRING,
         .def = "none",
         .flags = LT_NULLABLE | LT_ADVANCED,
         .doc = "Columns that a node looks at, drawn anew for each: sqrt, log2, all, a share such as 0.5 "
                "or a number; none takes all"},
    [MAX_LEAVES] = {.name = "max_leaf_nodes",
                    .aliases = "leaves",
                    .type = LT_INT,
                    .def = "none",
                    .min = 2,
                    .max = 1e7,
                    .flags = LT_NULLABLE,
                    .unit = "leaves",
                    .doc = "Grow this many leaves, best split first"},
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
    [CCP_ALPHA] = {.name = "ccp_alpha",
                   .aliases = "cp",
                   .type = LT_REAL,
                   .def = "0",
                   .min = 0,
                   .max = 1e300,
                   .flags = LT_TUNE,
                   .doc =
                       "When the tree has grown, cut the branches that reduce the impurity by less than this for "
                       "each of their leaves"},
};

enum { EXACT_ROWS = 20000, USUAL_BINS = 255 };

struct tree_training {
    struct bin_map map;
    struct bin_table table;
    struct sample_source source;
    struct grow_rules rules;
    struct samples samples;
    struct growth growth;
    struct nodes nodes;     /* the growing tree */
    struct grow_node *open; /* a level's nodes in order, or a heap with the greatest gain first */
    size_t n_open, open_cap;
    struct grow_node pending[2]; /* best first: new leaves whose best split is not known yet */
    size_t n_pending;
    struct split_work *work; /* one a worker */
    double *total;
    uint32_t workers;
    uint64_t max_leaves; /* 0: by levels */
};

struct tree {
    struct tree_family family;
    enum criterion criterion;
    uint64_t steps, planned;
    double *impurity, *rows; /* by node */
    uint8_t *missing;        /* by column */
    double ccp_alpha;
    struct prune_path path; /* of the tree in full, once it has grown */
    struct tree_training *training;
};

static int tree_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    enum criterion criterion;
    int status = options_criterion(ctx, &p->v[CRITERION], data->task, &criterion);
    return status == LT_OK ? options_check_max_features(ctx, &p->v[MAX_FEATURES]) : status;
}

static void training_free(struct tree *t)
{
    struct tree_training *g = t->training;
    if (g == NULL)
        return;
    bin_table_free(&g->table);
    bin_map_free(&g->map);
    samples_free(&g->samples);
    nodes_free(&g->nodes);
    room_free(g->growth.threshold);
    room_free(g->growth.score);
    room_free(g->growth.draws);
    room_free(g->growth.rows_weight);
    room_free(g->open);
    for (uint32_t k = 0; g->work && k < g->workers; k++)
        split_work_free(&g->work[k]);
    room_free(g->work);
    room_free(g->total);
    room_free(g);
    t->training = NULL;
}

static void tree_free(void *model)
{
    struct tree *t = model;
    if (t == NULL)
        return;
    training_free(t);
    family_free(&t->family);
    room_free(t->impurity);
    room_free(t->rows);
    room_free(t->missing);
    prune_free(&t->path);
    room_free(t);
}

/* ---- what grows becomes what predicts ----------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The thresholds that the tree uses on column j, ascending, each once. Between -inf and a number it is -inf; none is
 * +inf, which stands for a split between present and missing. */
static size_t column_thresholds(const struct tree_training *g, size_t j, double *edge)
{
    size_t n = 0, distinct = 0;
    for (size_t i = 0; i < g->nodes.n; i++)
        if (g->nodes.node[i].child != i && (g->nodes.node[i].feature & NODE_FEATURE) == j &&
            g->growth.threshold[i] < INFINITY)
            edge[n++] = g->growth.threshold[i];
    qsort(edge, n, sizeof *edge, ascending);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || edge[i] != edge[distinct - 1])
            edge[distinct++] = edge[i];
    return distinct;
}

static uint32_t rank_of(double x, size_t n, const double *edge)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (edge[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Column j of the model's map, and the splits on it in the model's codes. */
static int publish_column(const struct tree_training *g, size_t j, struct bin_map *map, struct node *node,
                          double *edge)
{
    const struct bin_column *c = &g->map.column[j];
    if (c->category)
        return bin_map_set_levels(map, j, c->n_levels, c->code_of, c->n_codes);
    size_t n = column_thresholds(g, j, edge);
    for (size_t i = 0; i < g->nodes.n; i++)
        if (node[i].child != i && (node[i].feature & NODE_FEATURE) == j)
            node[i].split =
                1 + (g->growth.threshold[i] < INFINITY ? rank_of(g->growth.threshold[i], n, edge) : (uint32_t)n);
    return bin_map_set_edges(map, j, n, edge);
}

static int publish(struct tree *t)
{
    const struct tree_training *g = t->training;
    struct bin_map map = {0};
    struct nodes trees;
    nodes_init(&trees, t->family.trees.width);
    double *edge = room_new(g->nodes.n + 1, sizeof *edge), *impurity = room_new(g->nodes.n, sizeof *impurity);
    double *rows = room_new(g->nodes.n, sizeof *rows);
    struct nodes grown = g->nodes;
    size_t whole[2] = {0, g->nodes.n};
    grown.start = whole;
    grown.n_trees = 1;
    int status =
        edge && impurity && rows && nodes_append(&trees, &grown) == 0 && bin_map_new(&map, g->map.p) == 0 ? 0 : -1;
    for (size_t j = 0; j < g->map.p && status == 0; j++)
        status = publish_column(g, j, &map, trees.node, edge);
    room_free(edge);
    if (status != 0) {
        nodes_free(&trees);
        bin_map_free(&map);
        room_free(impurity);
        room_free(rows);
        return -1;
    }
    memcpy(impurity, g->growth.score, g->nodes.n * sizeof *impurity);
    memcpy(rows, g->growth.draws, g->nodes.n * sizeof *rows);
    nodes_free(&t->family.trees);
    bin_map_free(&t->family.map);
    room_free(t->impurity);
    room_free(t->rows);
    t->family.trees = trees;
    t->family.map = map;
    t->impurity = impurity;
    t->rows = rows;
    return 0;
}

/* ---- growing ------------------------------------------------------------------------------------------------ */

struct search_task {
    struct grow_node *node;
    size_t first, n; /* features; n 0: as the rules say */
    struct split best;
};

struct search {
    struct lt_ctx *ctx;
    struct tree_training *training;
    struct search_task *task;
};

enum { TASK_FEATURES = 6, LARGE_NODE = 8192 };

static void search_task(void *arg, size_t i, unsigned worker)
{
    struct search *s = arg;
    struct tree_training *g = s->training;
    struct search_task *task = &s->task[i];
    double *total = g->total + worker * (size_t)samples_width(&g->source);
    if (s->ctx->cancelled(s->ctx))
        return;
    if (task->n)
        grow_search_some(&g->growth, &g->work[worker], task->node, task->first, task->n, total, &task->best);
    else {
        grow_search(&g->growth, &g->work[worker], task->node, total);
        task->best = task->node->best;
    }
}

/* Finds the best splits of n nodes: large ones with their features side by side, small ones whole. */
static int search_nodes(struct lt_ctx *ctx, struct tree_training *g, struct grow_node *node, size_t n)
{
    size_t p = g->map.p, parts = (p + TASK_FEATURES - 1) / TASK_FEATURES, m = 0;
    int drawn = g->rules.split.max_features < p;
    struct search s = {ctx, g, room_zero(n * (drawn ? 1 : parts) + 1, sizeof *s.task)};
    if (s.task == NULL)
        return LT_MEMORY;
    for (size_t i = 0; i < n; i++) {
        node[i].best = (struct split){0};
        if (drawn || node[i].end - node[i].begin < LARGE_NODE) {
            s.task[m++] = (struct search_task){.node = &node[i]};
            continue;
        }
        for (size_t first = 0; first < p; first += TASK_FEATURES)
            s.task[m++] =
                (struct search_task){&node[i], first, p - first < TASK_FEATURES ? p - first : TASK_FEATURES, {0}};
    }
    ctx->parallel(ctx, m, search_task, &s);
    int status = ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
    for (size_t k = 0; k < m && status == LT_OK; k++) {
        struct split *best = &s.task[k].node->best;
        if (s.task[k].best.found && (!best->found || s.task[k].best.gain > best->gain))
            *best = s.task[k].best;
    }
    room_free(s.task);
    return status;
}

static int open_add(struct tree_training *g, const struct grow_node *node)
{
    if (room_grow((void **)&g->open, &g->open_cap, g->n_open + 1, sizeof *g->open) != 0)
        return -1;
    g->open[g->n_open++] = *node;
    return 0;
}

/* Splits all open nodes; their children are the next level. */
static int grow_level(struct lt_ctx *ctx, struct tree_training *g)
{
    int status = search_nodes(ctx, g, g->open, g->n_open);
    size_t n = g->n_open;
    struct grow_node *level = g->open, left, right;
    if (status != LT_OK)
        return status;
    g->open = NULL;
    g->n_open = g->open_cap = 0;
    for (size_t i = 0; i < n && status == LT_OK; i++) {
        if (!grow_accepts(&g->growth, &level[i]))
            continue;
        if (grow_split(&g->growth, g->work, &level[i], &left, &right) != 0 ||
            (left.open && open_add(g, &left) != 0) || (right.open && open_add(g, &right) != 0))
            status = LT_MEMORY;
    }
    room_free(level);
    return status;
}

/* a goes before b: the greater gain, then the older node. */
static int before(const struct grow_node *a, const struct grow_node *b)
{
    return a->best.gain != b->best.gain ? a->best.gain > b->best.gain : a->at < b->at;
}

static int heap_push(struct tree_training *g, const struct grow_node *node)
{
    if (open_add(g, node) != 0)
        return -1;
    size_t i = g->n_open - 1;
    for (; i > 0 && before(node, &g->open[(i - 1) / 2]); i = (i - 1) / 2)
        g->open[i] = g->open[(i - 1) / 2];
    g->open[i] = *node;
    return 0;
}

static struct grow_node heap_pop(struct tree_training *g)
{
    struct grow_node top = g->open[0], last = g->open[--g->n_open];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < g->n_open && before(&g->open[child + 1], &g->open[child]))
            child++;
        if (child >= g->n_open || before(&last, &g->open[child]))
            break;
        g->open[i] = g->open[child];
        i = child;
    }
    if (g->n_open)
        g->open[i] = last;
    return top;
}

/* Finds the splits of the new leaves and queues the good ones. Cancelled, it may be called again. */
static int queue_pending(struct lt_ctx *ctx, struct tree_training *g)
{
    int status = search_nodes(ctx, g, g->pending, g->n_pending);
    for (size_t i = 0; i < g->n_pending && status == LT_OK; i++)
        if (grow_accepts(&g->growth, &g->pending[i]) && heap_push(g, &g->pending[i]) != 0)
            status = LT_MEMORY;
    if (status == LT_OK)
        g->n_pending = 0;
    return status;
}

static void pending_add(struct tree_training *g, const struct grow_node *node)
{
    if (node->open)
        g->pending[g->n_pending++] = *node;
}

/* Splits the open node with the greatest gain, and looks at the two new leaves. *whole: the split was made. */
static int grow_best(struct lt_ctx *ctx, struct tree_training *g, int *whole)
{
    struct grow_node left, right;
    int status = queue_pending(ctx, g);
    if (status != LT_OK || g->n_open == 0)
        return status;
    struct grow_node node = heap_pop(g);
    if (grow_split(&g->growth, g->work, &node, &left, &right) != 0)
        return LT_MEMORY;
    *whole = 1;
    if (g->nodes.n / 2 + 1 >= g->max_leaves) {
        g->n_open = 0;
        return LT_OK;
    }
    pending_add(g, &left);
    pending_add(g, &right);
    return queue_pending(ctx, g);
}

/* ---- pruning ------------------------------------------------------------------------------------------------ */

/* Node `from` with its value and facts joins the end of the pruned tree; a leaf, until its children come. */
static int keep_node(struct growth *g, const struct nodes *all, size_t from, struct nodes *kept)
{
    const struct node *nd = &all->node[from];
    uint32_t at, value;
    if (nodes_add(kept, (double)all->cover[from], &at) != 0 ||
        nodes_add_value(kept, all->value + (size_t)nd->value * all->width, &value) != 0)
        return -1;
    kept->node[at].value = value;
    g->threshold[at] = g->threshold[from];
    g->score[at] = g->score[from];
    g->draws[at] = g->draws[from];
    return 0;
}

/* The tree without what is below its cuts. Nodes keep their order, so facts only move forward. */
static int cut_tree(struct tree_training *g, const uint8_t *is_leaf)
{
    struct nodes kept;
    const struct nodes *all = &g->nodes;
    uint32_t *place = room_new(all->n, sizeof *place); /* of the parent, in the pruned tree; UINT32_MAX: cut off */
    int status = place ? 0 : -1;
    nodes_init(&kept, all->width);
    for (size_t i = 0; i < all->n && status == 0; i++) {
        struct node nd = all->node[i];
        int gone = i > 0 && place[i] == UINT32_MAX, inner = nd.child != i && !gone && !is_leaf[i];
        uint32_t at = (uint32_t)kept.n;
        if (nd.child != i)
            place[nd.child] = place[nd.child + 1] = inner ? at : UINT32_MAX;
        if (gone)
            continue;
        status = keep_node(&g->growth, all, i, &kept);
        if (status == 0 && i > 0 && kept.node[place[i]].child == place[i])
            kept.node[place[i]].child = at;
        if (status == 0 && inner) {
            kept.node[at].feature = nd.feature;
            kept.node[at].split = nd.split;
            kept.gain[at] = all->gain[i];
            if (nd.feature & NODE_CATEGORY)
                status = nodes_add_set(&kept, &all->set[nd.split], &kept.node[at].split);
        } else if (status == 0)
            g->growth.threshold[at] = NAN;
    }
    room_free(place);
    if (status != 0) {
        nodes_free(&kept);
        return -1;
    }
    nodes_free(&g->nodes);
    g->nodes = kept;
    return 0;
}

/* The path of the grown tree, and the tree that ccp_alpha leaves of it. */
static int prune(struct tree *t)
{
    struct tree_training *g = t->training;
    uint8_t *is_leaf = room_new(g->nodes.n, 1);
    int status = is_leaf ? prune_find(g->nodes.n, g->nodes.node, g->growth.score, g->growth.rows_weight,
                                      t->ccp_alpha, &t->path, is_leaf)
                         : -1;
    if (status == 0 && t->ccp_alpha > 0)
        status = cut_tree(g, is_leaf);
    room_free(is_leaf);
    return status;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static int tree_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct tree *t = model;
    struct tree_training *g = t->training;
    int status = LT_OK;
    uint64_t before_call = t->steps;
    (void)data;
    if (g == NULL)
        return LT_DONE;
    while (status == LT_OK && t->steps - before_call < units && g->n_open + g->n_pending > 0) {
        int whole = 0;
        if (g->max_leaves)
            status = grow_best(ctx, g, &whole);
        else {
            status = grow_level(ctx, g);
            whole = status == LT_OK;
        }
        t->steps += (uint64_t)whole;
    }
    int grown = status == LT_OK && g->n_open + g->n_pending == 0;
    if (grown && prune(t) != 0)
        status = LT_MEMORY;
    if ((grown || t->steps != before_call) && status != LT_MEMORY && publish(t) != 0)
        status = LT_MEMORY;
    if (status == LT_MEMORY)
        return ctx->fail(ctx, LT_MEMORY, "no memory to grow the tree further");
    if (status != LT_OK || g->n_open + g->n_pending > 0)
        return status == LT_OK ? LT_MORE : status;
    training_free(t);
    return LT_DONE;
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static int training_room(struct lt_ctx *ctx, struct tree_training *g, size_t n)
{
    g->workers = ctx->threads ? ctx->threads : 1;
    g->work = room_zero(g->workers, sizeof *g->work);
    g->total = room_new(g->workers, samples_width(&g->source) * sizeof *g->total);
    int whole = g->work && g->total && samples_new(&g->samples, &g->source, n) == 0;
    for (uint32_t k = 0; whole && k < g->workers; k++)
        whole = split_work_new(&g->work[k], &g->source) == 0;
    return whole ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory to grow a tree from %zu rows", n);
}

/* Which columns have missing values: what a drawing wants to say. */
static void find_missing(const struct bin_table *table, uint8_t *missing)
{
    for (size_t j = 0; j < table->p; j++) {
        missing[j] = 0;
        for (size_t i = 0; i < table->n && !missing[j]; i++)
            missing[j] = bin_code(table, table->wide, bin_place(table, i, j)) == 0;
    }
}

static int tree_start(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, struct tree *t)
{
    struct tree_training *g = t->training = room_zero(1, sizeof *g);
    if (g == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to grow a tree");
    uint64_t bins = options_count(&p->v[MAX_BINS], data->n <= EXACT_ROWS ? EXACT_ROWS : USUAL_BINS);
    int status = options_criterion(ctx, &p->v[CRITERION], data->task, &t->criterion);
    if (status == LT_OK)
        status = bin_map_learn(ctx, data, (uint32_t)bins, &g->map);
    if (status == LT_OK)
        status = bin_table_make(ctx, data, &g->map, 0, &g->table);
    if (status != LT_OK)
        return status;
    options_source(data, &g->map, &g->table, &g->source);
    g->source.words = g->source.words && data->n < WORD_MAX_ROWS;
    const struct lt_value *features = &p->v[MAX_FEATURES];
    g->rules = (struct grow_rules){
        .split = {t->criterion, (double)p->v[MIN_LEAF].i, data->p, ctx->seed},
        .max_depth = options_count(&p->v[MAX_DEPTH], UINT64_MAX),
        .min_split = (double)p->v[MIN_SPLIT].i,
        .min_decrease = p->v[MIN_DECREASE].r,
        .all_values = 1,
    };
    if (!features->is_none && features->s)
        g->rules.split.max_features = options_max_features(features->s, data->p);
    g->max_leaves = options_count(&p->v[MAX_LEAVES], 0);
    t->ccp_alpha = p->v[CCP_ALPHA].r;
    t->planned = g->max_leaves ? g->max_leaves - 1 : options_count(&p->v[MAX_DEPTH], 0);
    status = training_room(ctx, g, data->n);
    t->missing = room_new(data->p, 1);
    if (status == LT_OK && t->missing == NULL)
        status = ctx->fail(ctx, LT_MEMORY, "no memory to grow a tree");
    if (status == LT_OK)
        find_missing(&g->table, t->missing);
    return status;
}

static int tree_plant(struct lt_ctx *ctx, struct tree *t)
{
    struct tree_training *g = t->training;
    struct grow_node root;
    nodes_init(&g->nodes, t->family.trees.width);
    samples_fill(&g->samples, NULL);
    g->growth =
        (struct growth){.rules = &g->rules, .samples = &g->samples, .nodes = &g->nodes, .keep_thresholds = 1};
    int status = grow_root(&g->growth, g->work, 1, &root) == 0 ? LT_OK : LT_MEMORY;
    if (status == LT_OK && g->max_leaves) {
        pending_add(g, &root);
        status = queue_pending(ctx, g);
    } else if (status == LT_OK && root.open && open_add(g, &root) != 0)
        status = LT_MEMORY;
    if (status == LT_OK && publish(t) != 0)
        status = LT_MEMORY;
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory to grow a tree") : status;
}

static int tree_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = options_check_data(ctx, data);
    if (status != LT_OK)
        return status;
    struct tree *t = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to grow a tree");
    status = family_begin(ctx, data, &t->family);
    if (status == LT_OK)
        status = tree_start(ctx, p, data, t);
    if (status == LT_OK)
        status = tree_plant(ctx, t);
    if (status != LT_OK) {
        tree_free(t);
        return status;
    }
    *model = t;
    return LT_OK;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static int tree_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return family_predict_mean(ctx, &((const struct tree *)model)->family, data, out);
}

static const char *impurity_name(enum criterion criterion)
{
    return criterion == CRITERION_ENTROPY ? "entropy" : criterion == CRITERION_GINI ? "gini" : "variance";
}

static int tree_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"leaves:int", "depth:int", "nodes:int"};
    const struct tree *t = model;
    const struct nodes *trees = &t->family.trees;
    struct draw_facts facts = {t->impurity, t->rows, impurity_name(t->criterion), t->missing};
    ctx->emit_table(ctx, "summary", "Tree", columns, 3);
    ctx->emit_row(ctx, (struct lt_cell[]){LT_CINT(nodes_leaves(trees, 0)), LT_CINT(nodes_depth(trees, 0)),
                                          LT_CINT(trees->n)});
    int status = draw_tree(ctx, &t->family, 0, &facts, "Decision tree");
    prune_emit(ctx, &t->path, t->ccp_alpha);
    return status == LT_OK ? importance_emit(ctx, &t->family.names, trees, 0, NULL,
                                             "Importance: share of the fall of impurity")
                           : status;
}

static int tree_save(struct lt_ctx *ctx, const void *model)
{
    const struct tree *t = model;
    struct lt_tensor impurity = {LT_T_F64, 1, {t->family.trees.n}, t->impurity};
    struct lt_tensor rows = {LT_T_F64, 1, {t->family.trees.n}, t->rows};
    struct lt_tensor missing = {LT_T_U8, 1, {t->family.map.p}, t->missing};
    int status = family_save(ctx, &t->family);
    if (status == LT_OK)
        status = ctx->put_tensor(ctx, "tree.impurity", &impurity);
    if (status == LT_OK)
        status = ctx->put_tensor(ctx, "tree.rows", &rows);
    if (status == LT_OK)
        status = ctx->put_tensor(ctx, "tree.missing", &missing);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "tree.steps", (double)t->steps);
    if (status == LT_OK)
        status = prune_save(ctx, &t->path);
    return status;
}

static int tree_load_facts(struct lt_ctx *ctx, struct tree *t)
{
    struct lt_tensor impurity, rows, missing;
    double steps = 0;
    size_t n = t->family.trees.n, p = t->family.map.p;
    if (t->family.trees.n_trees != 1 || ctx->get_tensor(ctx, "tree.impurity", LT_T_F64, 1, &impurity) ||
        impurity.shape[0] != n || ctx->get_tensor(ctx, "tree.rows", LT_T_F64, 1, &rows) || rows.shape[0] != n ||
        ctx->get_tensor(ctx, "tree.missing", LT_T_U8, 1, &missing) || missing.shape[0] != p ||
        ctx->get_number(ctx, "tree.steps", &steps) || !(steps >= 0 && steps < 1e15))
        return ctx->fail(ctx, LT_INVALID, "the saved tree is damaged");
    t->impurity = room_new(n, sizeof *t->impurity);
    t->rows = room_new(n, sizeof *t->rows);
    t->missing = room_new(p, 1);
    if (!t->impurity || !t->rows || !t->missing)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a tree of %zu nodes", n);
    memcpy(t->impurity, impurity.data, n * sizeof *t->impurity);
    memcpy(t->rows, rows.data, n * sizeof *t->rows);
    memcpy(t->missing, missing.data, p);
    t->steps = (uint64_t)steps;
    return LT_OK;
}

static int tree_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct tree *t = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a tree");
    int status = options_criterion(ctx, &p->v[CRITERION], info->task, &t->criterion);
    if (status == LT_OK)
        status = family_load(ctx, info, &t->family);
    if (status == LT_OK)
        status = tree_load_facts(ctx, t);
    if (status == LT_OK)
        status = prune_load(ctx, &t->path);
    t->ccp_alpha = p->v[CCP_ALPHA].r;
    if (status != LT_OK) {
        tree_free(t);
        return status;
    }
    *model = t;
    return LT_OK;
}

static int tree_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct tree *t = model;
    *taken = t->steps;
    *planned = t->planned;
    return LT_OK;
}

const struct lt_algo tree_algo = {
    LT_HEADER(1),
    .id = "tree",
    .name = "Decision tree",
    .version = "1.0",
    .summary = "Questions that part the rows in two, again and again",
    .doc =
        "Each node asks one question, `x_j <= t` or `x_j in {a, b}`, and each leaf answers with the class shares "
        "or "
        "the mean of its training rows. The question is the one that makes the two sides purest: it maximises\n\n"
        "$$\\Delta = w\\,I(S) - w_l\\,I(S_l) - w_r\\,I(S_r)$$\n\n"
        "where $w$ is the weight of the rows and $I$ their impurity: Gini $1 - \\sum p_k^2$, entropy $-\\sum p_k "
        "\\log_2 p_k$, or the variance. Thresholds lie halfway between neighbouring values. Missing values go to "
        "the side where they fit better.\n\n"
        "A deep tree learns its rows by heart. Limit `max_depth`, `min_samples_leaf` or `max_leaf_nodes`, or "
        "grow a forest.\n\n"
        "Or grow it in full and prune it: `ccp_alpha` is the price of a leaf. With $R(T)$ the impurity of the "
        "leaves, "
        "weighted by their share of the rows, the subtree with the least $R(T) + \\alpha |T|$ stays. The view "
        "`pruning` shows what is left for every price.\n\n"
        "A step is one level; with `max_leaf_nodes` it is one split, the best of all open ones. Ties go to the "
        "first column and the lowest threshold.",
    .reference = "Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "level",
    .check = tree_check,
    .begin = tree_begin,
    .step = tree_step,
    .predict = tree_predict,
    .describe = tree_describe,
    .save = tree_save,
    .load = tree_load,
    .free = tree_free,
    .units = tree_units,
};

/* forest: Breiman's random forest. Each tree grows on a bootstrap sample, and each of its nodes looks at a few
 * columns drawn anew; the forest's answer is the mean of the trees' answers. Trees know nothing of each other, so
 * they grow side by side, one a thread, on codes that are made once for all. */
#include <math.h>
#include <string.h>

#include "plugins/tree/family.h"
#include "plugins/tree/grow.h"
#include "plugins/tree/importance.h"
#include "plugins/tree/options.h"
#include "plugins/tree/room.h"

enum {
    TREES,
    CRITERION,
    MAX_DEPTH,
    MIN_SPLIT,
    MIN_LEAF,
    MIN_DECREASE,
    MAX_FEATURES,
    BOOTSTRAP,
    MAX_SAMPLES,
    OOB,
    MAX_BINS,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [TREES] = {.name = "n_estimators",
               .aliases = "trees,ntree",
               .type = LT_INT,
               .def = "100",
               .min = 1,
               .max = 1e6,
               .flags = LT_TUNE | LT_LOG,
               .unit = "trees",
               .doc = "How many trees the forest has"},
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
                  .doc = "No leaf has fewer rows, counted as often as they were drawn"},
    [MIN_DECREASE] = {.name = "min_impurity_decrease",
                      .type = LT_REAL,
                      .def = "0",
                      .min = 0,
                      .max = 1e300,
                      .flags = LT_ADVANCED,
                      .doc = "A split must reduce the impurity, weighted by the node's share of "
                             "the rows, by this much"},
    [MAX_FEATURES] = {.name = "max_features",
                      .aliases = "mtry",
                      .type = LT_STRING,
                      .def = "none",
                      .flags = LT_NULLABLE | LT_TUNE,
                      .doc =
                          "Columns that a node looks at: sqrt, log2, all, a share such as 0.5 or a number; none "
                          "takes sqrt for classes and all for numbers"},
    [BOOTSTRAP] = {.name = "bootstrap",
                   .type = LT_BOOL,
                   .def = "yes",
                   .doc = "Each tree learns from rows drawn with replacement; no gives every tree all rows"},
    [MAX_SAMPLES] = {.name = "max_samples",
                     .type = LT_REAL,
                     .def = "none",
                     .min = 0,
                     .max = 1,
                     .flags = LT_NULLABLE | LT_OPEN_MIN,
                     .doc = "Rows drawn for a tree, as a share of all"},
    [OOB] = {.name = "oob_score",
             .aliases = "oob",
             .type = LT_BOOL,
             .def = "no",
             .doc = "Judge the forest on the rows that each tree did not draw"},
    [MAX_BINS] = {.name = "max_bins",
                  .type = LT_INT,
                  .def = "255",
                  .min = 2,
                  .max = 65535,
                  .flags = LT_ADVANCED,
                  .unit = "bins",
                  .doc = "Columns with more distinct values than this are cut at quantiles"},
};

/* What only training needs. */
struct forest_training {
    struct bin_table table;
    struct sample_source source;
    struct grow_rules rules;
    size_t draws; /* rows a tree draws; 0: all rows, once */
    double *oob;  /* n x width: sums of what trees said of rows that they did not draw */
    uint32_t *oob_trees;
};

struct forest {
    struct tree_family family;
    uint64_t planned, seed;
    int want_oob;
    double oob_score; /* NaN: none */
    struct forest_training *training;
};

static int forest_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    enum criterion criterion;
    int status = options_criterion(ctx, &p->v[CRITERION], data->task, &criterion);
    if (status == LT_OK)
        status = options_check_max_features(ctx, &p->v[MAX_FEATURES]);
    if (status == LT_OK && p->v[OOB].i && !p->v[BOOTSTRAP].i)
        return ctx->fail(ctx, LT_INVALID,
                         "oob_score=yes needs bootstrap=yes: without it each tree sees every row");
    return status;
}

static void training_free(struct forest *f)
{
    if (f->training == NULL)
        return;
    bin_table_free(&f->training->table);
    room_free(f->training->oob);
    room_free(f->training->oob_trees);
    room_free(f->training);
    f->training = NULL;
}

static void forest_free(void *model)
{
    struct forest *f = model;
    if (f == NULL)
        return;
    training_free(f);
    family_free(&f->family);
    room_free(f);
}

static void forest_rules(const struct lt_params *p, const struct lt_data *data, uint64_t seed,
                         struct grow_rules *r)
{
    const struct lt_value *features = &p->v[MAX_FEATURES];
    const char *usual = data->task == LT_CLASSIFY ? "sqrt" : "all";
    r->split.min_leaf = (double)p->v[MIN_LEAF].i;
    r->split.max_features = options_max_features(features->is_none || !features->s ? usual : features->s, data->p);
    r->split.seed = seed;
    r->max_depth = options_count(&p->v[MAX_DEPTH], UINT64_MAX);
    r->min_split = (double)p->v[MIN_SPLIT].i;
    r->min_decrease = p->v[MIN_DECREASE].r;
}

/* The shares of pure leaves, which most leaves are, stand once at the front of the values. */
static int add_pure_values(struct nodes *f)
{
    double *shares = room_zero(f->width, sizeof *shares);
    int status = shares ? 0 : -1;
    for (uint32_t k = 0, at; k < f->width && status == 0; k++) {
        shares[k] = 1;
        status = nodes_add_value(f, shares, &at);
        shares[k] = 0;
    }
    room_free(shares);
    return status;
}

static int forest_start(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                        struct forest *f)
{
    struct forest_training *t = f->training = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to train a forest");
    int status = options_criterion(ctx, &p->v[CRITERION], data->task, &t->rules.split.criterion);
    if (status == LT_OK)
        status = bin_map_learn(ctx, data, (uint32_t)p->v[MAX_BINS].i, &f->family.map);
    if (status == LT_OK)
        status = bin_table_make(ctx, data, &f->family.map, 0, &t->table);
    if (status != LT_OK)
        return status;
    options_source(data, &f->family.map, &t->table, &t->source);
    forest_rules(p, data, f->seed, &t->rules);
    double share = p->v[MAX_SAMPLES].is_none ? 1 : p->v[MAX_SAMPLES].r;
    t->draws = p->v[BOOTSTRAP].i ? (size_t)fmax(1, floor(share * (double)data->n + 0.5)) : 0;
    if (f->want_oob) {
        t->oob = room_zero(data->n, f->family.trees.width * sizeof *t->oob);
        t->oob_trees = room_zero(data->n, sizeof *t->oob_trees);
        if (t->oob == NULL || t->oob_trees == NULL)
            return ctx->fail(ctx, LT_MEMORY, "no memory for the out-of-bag score of %zu rows", data->n);
    }
    return LT_OK;
}

static int forest_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = options_check_data(ctx, data);
    if (status != LT_OK)
        return status;
    struct forest *f = room_zero(1, sizeof *f);
    if (f == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a forest");
    f->planned = (uint64_t)p->v[TREES].i;
    f->seed = ctx->seed;
    f->want_oob = p->v[OOB].i != 0;
    f->oob_score = NAN;
    status = family_begin(ctx, data, &f->family);
    if (status == LT_OK)
        status = forest_start(ctx, p, data, f);
    if (status != LT_OK) {
        forest_free(f);
        return status;
    }
    *model = f;
    return LT_OK;
}

/* ---- growing ------------------------------------------------------------------------------------------------ */

enum { BATCH = 32, OOB_BLOCK = 4096 };

/* Some trees that grow side by side. */
struct batch {
    struct lt_ctx *ctx;
    struct forest *forest;
    const struct lt_data *data;
    size_t n;
    struct nodes tree[BATCH];
    int status[BATCH];
    struct samples *samples; /* one a worker, as the next two */
    struct split_work *work;
    uint8_t *drawn;   /* workers x n; with an out-of-bag score BATCH x n */
    double *error;    /* blocks x BATCH: squared errors, or wrong answers */
    uint32_t *judged; /* the rows that these are of */
};

static void draw_rows(const struct forest *f, uint64_t tree, size_t n, uint8_t *drawn)
{
    memset(drawn, 0, n);
    for (size_t i = 0; i < f->training->draws; i++) {
        uint8_t *count = &drawn[lt_below(f->seed, tree + 1, i, (uint32_t)n)];
        *count = (uint8_t)(*count + (*count < UINT8_MAX));
    }
}

static void grow_tree(void *arg, size_t i, unsigned worker)
{
    struct batch *b = arg;
    struct forest_training *t = b->forest->training;
    uint64_t tree = b->forest->family.trees.n_trees + i;
    size_t n = b->data->n;
    uint8_t *drawn = t->draws ? b->drawn + (b->forest->want_oob ? i : worker) * n : NULL;
    struct growth g = {.rules = &t->rules, .samples = &b->samples[worker], .nodes = &b->tree[i]};
    if (b->ctx->cancelled(b->ctx)) {
        b->status[i] = LT_CANCELLED;
        return;
    }
    if (drawn)
        draw_rows(b->forest, tree, n, drawn);
    samples_fill(g.samples, drawn);
    if (g.samples->n == 0) /* only rows of weight 0 were drawn: this tree learns from all */
        samples_fill(g.samples, NULL);
    nodes_init(g.nodes, b->forest->family.trees.width);
    if (t->source.n_classes) {
        g.pure_values = t->source.n_classes;
        if (add_pure_values(g.nodes) != 0) {
            b->status[i] = LT_MEMORY;
            return;
        }
    }
    b->status[i] = grow_whole(b->ctx, &g, &b->work[worker], lt_mix(tree + 1));
}

static int batch_new(struct lt_ctx *ctx, struct forest *f, const struct lt_data *data, struct batch *b)
{
    uint32_t workers = ctx->threads ? ctx->threads : 1;
    size_t blocks = (data->n + OOB_BLOCK - 1) / OOB_BLOCK;
    memset(b, 0, sizeof *b);
    b->ctx = ctx;
    b->forest = f;
    b->data = data;
    b->samples = room_zero(workers, sizeof *b->samples);
    b->work = room_zero(workers, sizeof *b->work);
    b->drawn = room_new(f->want_oob ? BATCH : workers, data->n);
    b->error = room_new(f->want_oob ? blocks * BATCH : 1, sizeof *b->error);
    b->judged = room_new(f->want_oob ? blocks * BATCH : 1, sizeof *b->judged);
    int whole = b->samples && b->work && b->drawn && b->error && b->judged;
    for (uint32_t k = 0; whole && k < workers; k++)
        whole = samples_new(&b->samples[k], &f->training->source, data->n) == 0 &&
                split_work_new(&b->work[k], &f->training->source) == 0;
    return whole ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory to grow trees from %zu rows", data->n);
}

static void batch_free(struct batch *b)
{
    uint32_t workers = b->ctx->threads ? b->ctx->threads : 1;
    for (uint32_t k = 0; k < workers; k++) {
        if (b->samples)
            samples_free(&b->samples[k]);
        if (b->work)
            split_work_free(&b->work[k]);
    }
    room_free(b->samples);
    room_free(b->work);
    room_free(b->drawn);
    room_free(b->error);
    room_free(b->judged);
}

/* How wrong the sums of the trees so far are about row i: its squared error, or 1 for the wrong class. */
static double oob_error(const struct batch *b, size_t i)
{
    const struct forest_training *t = b->forest->training;
    uint32_t width = b->forest->family.trees.width, best = 0;
    const double *sum = t->oob + i * width;
    if (t->source.n_classes == 0) {
        double e = b->data->y[i] - sum[0] / t->oob_trees[i];
        return e * e;
    }
    for (uint32_t k = 1; k < width; k++)
        if (sum[k] > sum[best])
            best = k;
    return best != (uint32_t)b->data->label[i];
}

/* One block of rows hears each tree of the batch in turn, where it didn't draw the row. */
static void judge_block(void *arg, size_t block, unsigned worker)
{
    struct batch *b = arg;
    struct forest_training *t = b->forest->training;
    uint32_t width = b->forest->family.trees.width, rows[OOB_BLOCK], leaf[OOB_BLOCK];
    size_t n = b->data->n, begin = block * OOB_BLOCK, end = begin + OOB_BLOCK < n ? begin + OOB_BLOCK : n;
    (void)worker;
    for (size_t k = 0; k < b->n; k++) {
        const struct nodes *tree = &b->tree[k];
        size_t m = 0;
        for (size_t i = begin; i < end; i++)
            if (b->drawn[k * n + i] == 0)
                rows[m++] = (uint32_t)i;
        nodes_walk(tree, 0, &t->table, m, rows, leaf);
        for (size_t i = 0; i < m; i++) {
            const double *value = tree->value + (size_t)tree->node[leaf[i]].value * width;
            for (uint32_t c = 0; c < width; c++)
                t->oob[(size_t)rows[i] * width + c] += value[c];
            t->oob_trees[rows[i]]++;
        }
        double error = 0;
        uint32_t judged = 0;
        for (size_t i = begin; i < end; i++)
            if (t->oob_trees[i]) {
                judged++;
                error += oob_error(b, i);
            }
        b->error[block * BATCH + k] = error;
        b->judged[block * BATCH + k] = judged;
    }
}

/* Variance of the target over the rows that have been judged, times their number: what R^2 compares with. */
static double spread_of_judged(const struct batch *b)
{
    const struct forest_training *t = b->forest->training;
    double n = 0, mean = 0, spread = 0;
    for (size_t i = 0; i < b->data->n; i++)
        if (t->oob_trees[i]) {
            double d = b->data->y[i] - mean;
            mean += d / ++n;
            spread += d * (b->data->y[i] - mean);
        }
    return spread;
}

static void judge_batch(struct batch *b)
{
    size_t blocks = (b->data->n + OOB_BLOCK - 1) / OOB_BLOCK;
    struct lt_ctx *ctx = b->ctx;
    ctx->parallel(ctx, blocks, judge_block, b);
    double spread = b->forest->training->source.n_classes ? 0 : spread_of_judged(b);
    for (size_t k = 0; k < b->n; k++) {
        double error = 0, judged = 0;
        for (size_t i = 0; i < blocks; i++) {
            error += b->error[i * BATCH + k];
            judged += b->judged[i * BATCH + k];
        }
        int classes = b->forest->training->source.n_classes != 0;
        double score = classes ? 1 - error / judged : error / judged;
        if (judged > 0)
            ctx->metric(ctx, classes ? "oob_accuracy" : "oob_mse", b->forest->family.trees.n_trees + k + 1, score);
        if (judged > 0 && k + 1 == b->n)
            b->forest->oob_score = classes ? score : spread > 0 ? 1 - error / spread : NAN;
    }
}

/* A batch counts when all of its trees are whole. */
static int batch_grow(struct batch *b, size_t n)
{
    struct lt_ctx *ctx = b->ctx;
    struct nodes *trees = &b->forest->family.trees;
    b->n = n;
    for (size_t k = 0; k < n; k++)
        nodes_init(&b->tree[k], trees->width);
    ctx->parallel(ctx, n, grow_tree, b);
    int status = LT_OK;
    for (size_t k = 0; k < n && status == LT_OK; k++)
        status = b->status[k];
    if (status == LT_OK && b->forest->want_oob)
        judge_batch(b);
    size_t whole = trees->n_trees;
    for (size_t k = 0; k < n; k++) {
        if (status == LT_OK && nodes_append(trees, &b->tree[k]) != 0)
            status = LT_MEMORY;
        nodes_free(&b->tree[k]);
    }
    if (status != LT_OK)
        nodes_truncate(trees, whole);
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory for more trees") : status;
}

static int forest_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct forest *f = model;
    struct nodes *trees = &f->family.trees;
    uint64_t first = trees->n_trees, target = f->planned - first < units ? f->planned : first + units;
    struct batch *b = room_new(1, sizeof *b);
    if (b == NULL || f->training == NULL) {
        room_free(b);
        return f->training == NULL ? LT_DONE : ctx->fail(ctx, LT_MEMORY, "no memory to grow trees");
    }
    int status = batch_new(ctx, f, data, b);
    while (status == LT_OK && trees->n_trees < target) {
        uint64_t left = target - trees->n_trees;
        status = batch_grow(b, left < BATCH ? left : BATCH);
        ctx->progress(ctx, (double)(trees->n_trees - first) / (double)(target - first), "growing trees");
    }
    batch_free(b);
    room_free(b);
    if (status != LT_OK || trees->n_trees < f->planned)
        return status == LT_OK ? LT_MORE : status;
    training_free(f);
    return LT_DONE;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static int forest_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return family_predict_mean(ctx, &((const struct forest *)model)->family, data, out);
}

static int forest_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"trees:int", "leaves:real", "depth:real", "oob_score:real"};
    const struct forest *f = model;
    const struct nodes *trees = &f->family.trees;
    double leaves = 0, depth = 0, n = trees->n_trees ? (double)trees->n_trees : 1;
    for (size_t t = 0; t < trees->n_trees; t++) {
        leaves += (double)nodes_leaves(trees, t);
        depth += (double)nodes_depth(trees, t);
    }
    ctx->emit_table(ctx, "summary", "Forest", columns, isnan(f->oob_score) ? 3 : 4);
    ctx->emit_row(ctx, (struct lt_cell[]){LT_CINT(trees->n_trees), LT_CREAL(leaves / n), LT_CREAL(depth / n),
                                          LT_CREAL(f->oob_score)});
    return importance_emit(ctx, &f->family.names, trees, 1, "Importance: mean decrease of impurity");
}

static int forest_save(struct lt_ctx *ctx, const void *model)
{
    const struct forest *f = model;
    int status = family_save(ctx, &f->family);
    if (status == LT_OK && !isnan(f->oob_score))
        status = ctx->put_number(ctx, "oob_score", f->oob_score);
    return status;
}

static int forest_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct forest *f = room_zero(1, sizeof *f);
    if (f == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a forest");
    f->planned = (uint64_t)p->v[TREES].i;
    int status = family_load(ctx, info, &f->family);
    if (status != LT_OK) {
        forest_free(f);
        return status;
    }
    if (ctx->get_number(ctx, "oob_score", &f->oob_score) != LT_OK)
        f->oob_score = NAN;
    *model = f;
    return LT_OK;
}

static int forest_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct forest *f = model;
    *taken = f->family.trees.n_trees;
    *planned = f->planned;
    return LT_OK;
}

static int forest_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct forest *f = model;
    (void)ctx;
    if (units < f->family.trees.n_trees) {
        nodes_truncate(&f->family.trees, units);
        f->oob_score = NAN;
    }
    return LT_OK;
}

const struct lt_algo forest_algo = {
    LT_HEADER(1),
    .id = "forest",
    .name = "Random forest",
    .version = "1.0",
    .summary = "Many trees on random samples of rows and columns; their mean answer",
    .doc =
        "Each of the B trees $f_b$ grows on a bootstrap sample of the rows, and each of its nodes chooses the "
        "best "
        "split among a few columns drawn at random. The forest answers with the mean, "
        "$\\hat f(x) = \\frac1B \\sum_b f_b(x)$.\n\n"
        "One deep tree fits its sample closely and changes much when the sample does. Trees that see different "
        "rows "
        "and columns err in different ways, so their mean errs less. More trees never overfit; they only cost "
        "time.\n\n"
        "Columns with more than `max_bins` distinct values are split at quantiles; missing values go to the side "
        "that suits the training rows better; the levels of a category are split into two groups. Importance is "
        "the "
        "mean decrease of impurity; it favours columns with many values.",
    .reference = "Breiman (2001), Random forests, Machine Learning 45",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "tree",
    .check = forest_check,
    .begin = forest_begin,
    .step = forest_step,
    .predict = forest_predict,
    .describe = forest_describe,
    .save = forest_save,
    .load = forest_load,
    .free = forest_free,
    .units = forest_units,
    .truncate = forest_truncate,
};

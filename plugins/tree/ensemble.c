/* Each tree is grown by one thread, on codes that are made once for all of them; a batch of trees counts when all
 * of it is whole. With an out-of-bag score, blocks of rows hear each tree of the batch that didn't draw them. */
#include "plugins/tree/ensemble.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/family.h"
#include "plugins/tree/importance.h"
#include "plugins/tree/options.h"
#include "plugins/tree/room.h"

/* What only training needs. */
struct ensemble_training {
    struct bin_table table;
    struct value_table values;
    struct sample_source source;
    struct ensemble_plan plan;
    double *oob; /* n x width: sums of what trees said of rows that they did not draw */
    uint32_t *oob_trees;
};

struct ensemble {
    struct tree_family family;
    uint64_t planned, seed;
    const char *title;
    double oob_score; /* NaN: none */
    struct ensemble_training *training;
};

static void training_free(struct ensemble *f)
{
    if (f->training == NULL)
        return;
    bin_table_free(&f->training->table);
    value_table_free(&f->training->values);
    room_free(f->training->oob);
    room_free(f->training->oob_trees);
    room_free(f->training);
    f->training = NULL;
}

void ensemble_free(void *model)
{
    struct ensemble *f = model;
    if (f == NULL)
        return;
    training_free(f);
    family_free(&f->family);
    room_free(f);
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

static int ensemble_start(struct lt_ctx *ctx, const struct lt_data *data, struct ensemble *f)
{
    struct ensemble_training *t = f->training;
    int status = bin_map_learn(ctx, data, f->training->plan.max_bins, &f->family.map);
    if (status == LT_OK)
        status = bin_table_make(ctx, data, &f->family.map, 0, &t->table);
    if (status != LT_OK)
        return status;
    options_source(data, &f->family.map, &t->table, &t->source);
    /* where few columns are asked about, their codes are visited faster */
    if (t->plan.rules.split.random && 2 * t->plan.rules.split.max_features >= data->p) {
        int made;
        status = value_table_make(ctx, &f->family.map, &t->table, &t->values, &made);
        if (status != LT_OK)
            return status == LT_MEMORY ? ctx->fail(ctx, status, "no memory for the values of %zu rows", data->n)
                                       : status;
        t->source.values = made ? &t->values : NULL;
    }
    if (t->plan.oob) {
        t->oob = room_zero(data->n, f->family.trees.width * sizeof *t->oob);
        t->oob_trees = room_zero(data->n, sizeof *t->oob_trees);
        if (t->oob == NULL || t->oob_trees == NULL)
            return ctx->fail(ctx, LT_MEMORY, "no memory for the out-of-bag score of %zu rows", data->n);
    }
    return LT_OK;
}

int ensemble_begin(struct lt_ctx *ctx, const struct ensemble_plan *plan, const struct lt_data *data, void **model)
{
    int status = options_check_data(ctx, data);
    if (status != LT_OK)
        return status;
    struct ensemble *f = room_zero(1, sizeof *f);
    if (f == NULL || (f->training = room_zero(1, sizeof *f->training)) == NULL) {
        ensemble_free(f);
        return ctx->fail(ctx, LT_MEMORY, "no memory for an ensemble of trees");
    }
    f->title = plan->title;
    f->planned = plan->trees;
    f->seed = ctx->seed;
    f->oob_score = NAN;
    f->training->plan = *plan;
    f->training->plan.rules.split.seed = ctx->seed;
    status = family_begin(ctx, data, &f->family);
    if (status == LT_OK)
        status = ensemble_start(ctx, data, f);
    if (status != LT_OK) {
        ensemble_free(f);
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
    struct ensemble *ensemble;
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

/* With replacement; or each row at most once, walking the rows and taking each with the chance that leaves just
 * enough of them (Knuth's algorithm S). */
static void draw_rows(const struct ensemble *f, uint64_t tree, size_t n, uint8_t *drawn)
{
    const struct ensemble_plan *plan = &f->training->plan;
    size_t left = plan->draws;
    memset(drawn, 0, n);
    for (size_t i = 0; i < n && !plan->replace; i++) {
        drawn[i] = left == n - i || lt_below(f->seed, tree + 1, i, (uint32_t)(n - i)) < left;
        left -= drawn[i];
    }
    for (size_t i = 0; i < plan->draws && plan->replace; i++) {
        uint8_t *count = &drawn[lt_below(f->seed, tree + 1, i, (uint32_t)n)];
        *count = (uint8_t)(*count + (*count < UINT8_MAX));
    }
}

enum { STREAM_COLUMNS = 0x636f6c };

/* The columns that a tree may use, in ascending order; one drawn twice counts once. */
static void draw_columns(const struct ensemble *f, uint64_t tree, struct split_work *w)
{
    const struct ensemble_plan *plan = &f->training->plan;
    size_t p = f->family.map.p, left = plan->columns;
    uint64_t stream = lt_mix(tree + 1) ^ STREAM_COLUMNS;
    w->n_features = 0;
    for (size_t j = 0; j < p && !plan->replace_columns; j++)
        if (left == p - j || lt_below(f->seed, stream, j, (uint32_t)(p - j)) < left) {
            w->feature[w->n_features++] = (uint32_t)j;
            left--;
        }
    if (!plan->replace_columns)
        return;
    memset(w->swapped, 0, p * sizeof *w->swapped);
    for (size_t i = 0; i < plan->columns; i++)
        w->swapped[lt_below(f->seed, stream, i, (uint32_t)p)] = 1;
    for (size_t j = 0; j < p; j++)
        if (w->swapped[j])
            w->feature[w->n_features++] = (uint32_t)j;
}

static void grow_tree(void *arg, size_t i, unsigned worker)
{
    struct batch *b = arg;
    struct ensemble_training *t = b->ensemble->training;
    uint64_t tree = b->ensemble->family.trees.n_trees + i;
    size_t n = b->data->n;
    uint8_t *drawn = t->plan.draws ? b->drawn + (b->ensemble->training->plan.oob ? i : worker) * n : NULL;
    struct growth g = {.rules = &t->plan.rules, .samples = &b->samples[worker], .nodes = &b->tree[i]};
    if (b->ctx->cancelled(b->ctx)) {
        b->status[i] = LT_CANCELLED;
        return;
    }
    if (drawn)
        draw_rows(b->ensemble, tree, n, drawn);
    samples_fill(g.samples, drawn);
    if (g.samples->n == 0) /* only rows of weight 0 were drawn: this tree learns from all */
        samples_fill(g.samples, NULL);
    if (t->plan.columns)
        draw_columns(b->ensemble, tree, &b->work[worker]);
    nodes_init(g.nodes, b->ensemble->family.trees.width);
    if (t->source.n_classes) {
        g.pure_values = t->source.n_classes;
        if (add_pure_values(g.nodes) != 0) {
            b->status[i] = LT_MEMORY;
            return;
        }
    }
    b->status[i] = grow_whole(b->ctx, &g, &b->work[worker], lt_mix(tree + 1));
}

static int batch_new(struct lt_ctx *ctx, struct ensemble *f, const struct lt_data *data, struct batch *b)
{
    uint32_t workers = ctx->threads ? ctx->threads : 1;
    size_t blocks = (data->n + OOB_BLOCK - 1) / OOB_BLOCK;
    memset(b, 0, sizeof *b);
    b->ctx = ctx;
    b->ensemble = f;
    b->data = data;
    b->samples = room_zero(workers, sizeof *b->samples);
    b->work = room_zero(workers, sizeof *b->work);
    b->drawn = room_new(f->training->plan.oob ? BATCH : workers, data->n);
    b->error = room_new(f->training->plan.oob ? blocks * BATCH : 1, sizeof *b->error);
    b->judged = room_new(f->training->plan.oob ? blocks * BATCH : 1, sizeof *b->judged);
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
    const struct ensemble_training *t = b->ensemble->training;
    uint32_t width = b->ensemble->family.trees.width, best = 0;
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
    struct ensemble_training *t = b->ensemble->training;
    uint32_t width = b->ensemble->family.trees.width, rows[OOB_BLOCK], leaf[OOB_BLOCK];
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
    const struct ensemble_training *t = b->ensemble->training;
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
    double spread = b->ensemble->training->source.n_classes ? 0 : spread_of_judged(b);
    for (size_t k = 0; k < b->n; k++) {
        double error = 0, judged = 0;
        for (size_t i = 0; i < blocks; i++) {
            error += b->error[i * BATCH + k];
            judged += b->judged[i * BATCH + k];
        }
        int classes = b->ensemble->training->source.n_classes != 0;
        double score = classes ? 1 - error / judged : error / judged;
        if (judged > 0)
            ctx->metric(ctx, classes ? "oob_accuracy" : "oob_mse", b->ensemble->family.trees.n_trees + k + 1,
                        score);
        if (judged > 0 && k + 1 == b->n)
            b->ensemble->oob_score = classes ? score : spread > 0 ? 1 - error / spread : NAN;
    }
}

/* A batch counts when all of its trees are whole. */
static int batch_grow(struct batch *b, size_t n)
{
    struct lt_ctx *ctx = b->ctx;
    struct nodes *trees = &b->ensemble->family.trees;
    b->n = n;
    for (size_t k = 0; k < n; k++)
        nodes_init(&b->tree[k], trees->width);
    ctx->parallel(ctx, n, grow_tree, b);
    int status = LT_OK;
    for (size_t k = 0; k < n && status == LT_OK; k++)
        status = b->status[k];
    if (status == LT_OK && b->ensemble->training->plan.oob)
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

int ensemble_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct ensemble *f = model;
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

int ensemble_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    return family_predict_mean(ctx, &((const struct ensemble *)model)->family, data, out);
}

int ensemble_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"trees:int", "leaves:real", "depth:real", "oob_score:real"};
    const struct ensemble *f = model;
    const struct nodes *trees = &f->family.trees;
    double leaves = 0, depth = 0, n = trees->n_trees ? (double)trees->n_trees : 1;
    for (size_t t = 0; t < trees->n_trees; t++) {
        leaves += (double)nodes_leaves(trees, t);
        depth += (double)nodes_depth(trees, t);
    }
    ctx->emit_table(ctx, "summary", f->title, columns, isnan(f->oob_score) ? 3 : 4);
    ctx->emit_row(ctx, (struct lt_cell[]){LT_CINT(trees->n_trees), LT_CREAL(leaves / n), LT_CREAL(depth / n),
                                          LT_CREAL(f->oob_score)});
    return importance_emit(ctx, &f->family.names, trees, 1, NULL, "Importance: mean decrease of impurity");
}

int ensemble_save(struct lt_ctx *ctx, const void *model)
{
    const struct ensemble *f = model;
    int status = family_save(ctx, &f->family);
    if (status == LT_OK && !isnan(f->oob_score))
        status = ctx->put_number(ctx, "oob_score", f->oob_score);
    return status;
}

int ensemble_load(struct lt_ctx *ctx, const char *title, uint64_t trees, const struct lt_info *info, void **model)
{
    struct ensemble *f = room_zero(1, sizeof *f);
    if (f == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for an ensemble of trees");
    f->title = title;
    f->planned = trees;
    int status = family_load(ctx, info, &f->family);
    if (status != LT_OK) {
        ensemble_free(f);
        return status;
    }
    if (ctx->get_number(ctx, "oob_score", &f->oob_score) != LT_OK)
        f->oob_score = NAN;
    *model = f;
    return LT_OK;
}

int ensemble_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct ensemble *f = model;
    *taken = f->family.trees.n_trees;
    *planned = f->planned;
    return LT_OK;
}

int ensemble_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct ensemble *f = model;
    (void)ctx;
    if (units < f->family.trees.n_trees) {
        nodes_truncate(&f->family.trees, units);
        f->oob_score = NAN;
    }
    return LT_OK;
}

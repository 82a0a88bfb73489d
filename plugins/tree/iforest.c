/* iforest: isolation forest (Liu, Ting and Zhou, 2008). A tree takes a few rows and parts them by questions drawn
 * at random until each row stands alone. A row that is unlike the others stands alone after few questions, so a
 * short mean path over many trees marks it as strange.
 *
 * A fork is 16 bytes, and a leaf is its own left child with a test that always answers "left", so that many rows
 * walk down side by side without a branch. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/vmath.h"
#include "plugins/kit/column.h"
#include "plugins/kit/state.h"
#include "plugins/tree/column.h"
#include "plugins/tree/family.h"
#include "plugins/tree/loss.h"
#include "plugins/tree/options.h"
#include "plugins/tree/room.h"

enum { TREES, MAX_SAMPLES, CONTAMINATION, MAX_FEATURES, BOOTSTRAP, N_PARAMS };

static const struct lt_param params[N_PARAMS] = {
    [TREES] = {.name = "n_estimators",
               .aliases = "trees,ntrees",
               .type = LT_INT,
               .def = "100",
               .min = 1,
               .max = 1e6,
               .flags = LT_TUNE | LT_LOG,
               .unit = "trees",
               .doc = "How many trees the forest has"},
    [MAX_SAMPLES] = {.name = "max_samples",
                     .aliases = "sample_size",
                     .type = LT_STRING,
                     .def = "auto",
                     .flags = LT_TUNE,
                     .doc =
                         "Rows that a tree draws: a number, a share such as 0.5, or auto for 256 (all rows when "
                         "there are fewer)"},
    [CONTAMINATION] = {.name = "contamination",
                       .type = LT_STRING,
                       .def = "auto",
                       .doc = "The share of strange rows, up to 0.5, which sets the threshold that the summary "
                              "shows; auto takes the score 0.5"},
    [MAX_FEATURES] = {.name = "max_features",
                      .type = LT_STRING,
                      .def = "1.0",
                      .doc =
                          "Columns that a tree may ask about, drawn anew for each: a number, or a share such as "
                          "0.5"},
    [BOOTSTRAP] = {.name = "bootstrap",
                   .type = LT_BOOL,
                   .def = "no",
                   .flags = LT_ADVANCED,
                   .doc = "Draw a tree's rows with replacement"},
};

/* A question: numbers go left if x <= threshold, each level of a category by a coin of its own, and missing values
 * right with NODE_MISSING_RIGHT. */
struct fork {
    union {
        double threshold;
        uint64_t coins; /* NODE_CATEGORY: what the coin of a level is tossed from */
    };
    uint32_t feature; /* and flags, as in nodes.h */
    uint32_t child;   /* within the tree; the right one is its neighbour */
};

struct grove {
    size_t n, n_trees, fork_cap, path_cap, start_cap, depth_cap;
    struct fork *fork;
    double *path; /* by fork: at a leaf, the length of the path to it and beyond */
    size_t *start;
    uint32_t *depth; /* by tree */
};

struct iforest_training {
    size_t n_columns; /* that a tree draws */
    int replace;
    double *sum; /* by row: what the first `summed` trees say; NULL: not needed */
    size_t summed;
};

struct iforest {
    size_t p, sample; /* rows a tree draws */
    uint8_t *category;
    uint32_t *n_levels;
    int categories;
    struct grove trees;
    uint64_t planned, seed;
    double contamination; /* NaN: auto */
    double threshold;     /* rows that score more are strange */
    struct iforest_training *training;
};

static const double EULER = 0.57721566490153286061;
static const double USUAL_THRESHOLD = 0.5;

/* The mean length of an unsuccessful search in a binary search tree of n keys: how long a path would be that goes
 * on with n rows. */
static double usual_path(size_t n)
{
    double x = (double)n;
    return n < 2 ? 0 : n == 2 ? 1 : 2 * (log(x - 1) + EULER) - 2 * (x - 1) / x;
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

static size_t sample_size(const char *text, size_t n)
{
    enum { USUAL = 256 };
    if (text == NULL || strcmp(text, "auto") == 0)
        return n < USUAL ? n : USUAL;
    return options_share(text, n);
}

static double contamination(const char *text)
{
    char *end;
    if (text == NULL || strcmp(text, "auto") == 0)
        return NAN;
    double share = strtod(text, &end);
    return end != text && *end == '\0' && share > 0 && share <= 0.5 ? share : -1;
}

static int iforest_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    const char *sample = p->v[MAX_SAMPLES].s, *features = p->v[MAX_FEATURES].s, *share = p->v[CONTAMINATION].s;
    (void)data;
    if (sample_size(sample, 100) == 0)
        return ctx->fail(ctx, LT_INVALID, "max_samples=%s is not auto, a share such as 0.5 or a number of rows",
                         sample);
    if (features && options_share(features, 100) == 0)
        return ctx->fail(ctx, LT_INVALID, "max_features=%s is not a share such as 0.5 or a number of columns",
                         features);
    if (contamination(share) < 0)
        return ctx->fail(ctx, LT_INVALID, "contamination=%s is not auto or a share above 0 and up to 0.5", share);
    return LT_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

#define GROW(g, array, cap, need) room_grow((void **)&(g)->array, &(g)->cap, need, sizeof *(g)->array)

static void grove_free(struct grove *g)
{
    room_free(g->fork);
    room_free(g->path);
    room_free(g->start);
    room_free(g->depth);
    *g = (struct grove){0};
}

static int grove_room(struct grove *g, size_t n, size_t n_trees)
{
    return GROW(g, fork, fork_cap, n) || GROW(g, path, path_cap, n) || GROW(g, start, start_cap, n_trees + 1) ||
                   GROW(g, depth, depth_cap, n_trees + 1)
               ? -1
               : 0;
}

static int grove_append(struct grove *g, const struct grove *tree)
{
    if (grove_room(g, g->n + tree->n, g->n_trees + 1) != 0)
        return -1;
    memcpy(g->fork + g->n, tree->fork, tree->n * sizeof *g->fork);
    memcpy(g->path + g->n, tree->path, tree->n * sizeof *g->path);
    g->start[g->n_trees] = g->n;
    g->depth[g->n_trees++] = tree->depth[0];
    g->start[g->n_trees] = g->n += tree->n;
    return 0;
}

static void grove_truncate(struct grove *g, size_t n_trees)
{
    if (n_trees < g->n_trees) {
        g->n_trees = n_trees;
        g->n = g->start[n_trees];
    }
}

static void training_free(struct iforest *f)
{
    if (f->training)
        room_free(f->training->sum);
    room_free(f->training);
    f->training = NULL;
}

static void iforest_free(void *model)
{
    struct iforest *f = model;
    if (f == NULL)
        return;
    training_free(f);
    grove_free(&f->trees);
    room_free(f->category);
    room_free(f->n_levels);
    room_free(f);
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static int keep_columns(struct lt_ctx *ctx, size_t p, const struct lt_column *column, struct iforest *f)
{
    f->p = p;
    f->category = room_new(p, 1);
    f->n_levels = room_new(p, sizeof *f->n_levels);
    if (f->category == NULL || f->n_levels == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu columns", p);
    for (size_t j = 0; j < p; j++) {
        f->category[j] = column[j].kind == LT_CATEGORY;
        f->n_levels[j] = column[j].n_levels;
        f->categories |= f->category[j];
    }
    return LT_OK;
}

static int iforest_start(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                         struct iforest *f)
{
    struct iforest_training *t = f->training = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to train a forest");
    const char *features = p->v[MAX_FEATURES].s;
    t->n_columns = features ? options_share(features, data->p) : data->p;
    t->replace = p->v[BOOTSTRAP].i != 0;
    if (!isnan(f->contamination) && (t->sum = room_zero(data->n, sizeof *t->sum)) == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the scores of %zu rows", data->n);
    return keep_columns(ctx, data->p, data->column, f);
}

static int iforest_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    int status = options_check_data(ctx, data);
    if (status != LT_OK)
        return status;
    struct iforest *f = room_zero(1, sizeof *f);
    if (f == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a forest");
    f->planned = (uint64_t)p->v[TREES].i;
    f->seed = ctx->seed;
    f->sample = sample_size(p->v[MAX_SAMPLES].s, data->n);
    f->contamination = contamination(p->v[CONTAMINATION].s);
    f->threshold = USUAL_THRESHOLD;
    status = iforest_start(ctx, p, data, f);
    if (status != LT_OK) {
        iforest_free(f);
        return status;
    }
    *model = f;
    return LT_OK;
}

/* ---- growing ------------------------------------------------------------------------------------------------ */

/* Some rows of a tree that are still together. */
struct group {
    size_t begin, end;
    uint32_t at, depth;
};

/* What one thread grows trees with. */
struct grower {
    const struct iforest *forest;
    const struct lt_data *data;
    uint64_t tree, drawn; /* random numbers are drawn one after another, in a stream of the tree's own */
    uint32_t *element;    /* the rows of the sample, as places in the columns */
    uint32_t *spare;
    double *value; /* of one column, for the group at hand */
    int32_t *level;
    uint32_t *column; /* all; those drawn are swapped to the front */
    uint64_t *taken;  /* a bit a row; all 0 between draws */
    struct group *stack;
    size_t n_stack, stack_cap;
    struct grove *out;
};

static uint32_t draw_below(struct grower *g, size_t n)
{
    return lt_below(g->forest->seed, g->tree + 1, g->drawn++, (uint32_t)n);
}

static double draw_share(struct grower *g)
{
    return lt_uniform(g->forest->seed, g->tree + 1, g->drawn++);
}

/* Every level has its own coin, those that no training row had as well. 1: right. */
NUM_INLINE uint32_t toss(uint64_t coins, double level)
{
    return (uint32_t)(lt_mix(coins + (uint64_t)level * 0x9e3779b97f4a7c15ull) >> 63);
}

NUM_INLINE uint32_t goes_right(const struct fork *f, double x)
{
    uint32_t missing_right = f->feature >> 31;
    if (f->feature & NODE_CATEGORY)
        return x == x ? toss(f->coins, x) : missing_right;
    return (uint32_t)(x > f->threshold) | ((uint32_t)(x != x) & missing_right);
}

/* m of n rows, each once (Floyd's algorithm) or with replacement. */
static void draw_rows(struct grower *g)
{
    size_t n = g->data->n, m = g->forest->sample;
    for (size_t i = 0; i < m; i++) {
        size_t last = n - m + i;
        uint32_t row = draw_below(g, g->forest->training->replace ? n : last + 1);
        if (!g->forest->training->replace) {
            if (g->taken[row / 64] >> row % 64 & 1)
                row = (uint32_t)last;
            g->taken[row / 64] |= (uint64_t)1 << row % 64;
        }
        g->spare[i] = row;
        g->element[i] = g->data->rows ? g->data->rows[row] : row;
    }
    for (size_t i = 0; i < m; i++)
        g->taken[g->spare[i] / 64] = 0;
}

/* Swaps a column drawn from [k, n) to place k. */
static uint32_t draw_column(struct grower *g, size_t k, size_t n)
{
    size_t at = k + draw_below(g, n - k);
    uint32_t column = g->column[at];
    g->column[at] = g->column[k];
    return g->column[k] = column;
}

static void read_values(struct grower *g, uint32_t column, const struct group *at)
{
    const struct lt_column *c = &g->data->column[column];
    size_t n = at->end - at->begin;
    if (!g->forest->category[column]) {
        kit_read_column(c, g->element + at->begin, 0, n, g->value);
        return;
    }
    kit_read_codes(c, c->n_levels, g->element + at->begin, 0, n, g->level);
    for (size_t i = 0; i < n; i++)
        g->value[i] = g->level[i] < 0 ? NAN : g->level[i];
}

/* Uniform between two different values, infinite ones included; from low on, and below high. */
static double draw_between(struct grower *g, double low, double high)
{
    double u = draw_share(g), from = fmax(low, -DBL_MAX), to = fmin(high, DBL_MAX), x = from * (1 - u) + to * u;
    return x >= low && x < high ? x : low;
}

/* Coins that part the levels of the group; 0 when they haven't after many tosses. */
static uint64_t draw_coins(struct grower *g, size_t n, double low)
{
    enum { TOSSES = 64 };
    for (int k = 0; k < TOSSES; k++) {
        uint64_t coins = lt_random(g->forest->seed, g->tree + 1, g->drawn++);
        uint32_t first = toss(coins, low);
        for (size_t i = 0; i < n; i++)
            if (g->value[i] == g->value[i] && toss(coins, g->value[i]) != first)
                return coins;
    }
    return 0;
}

/* A random question about one column. 0 when its values are all alike. */
static int ask_column(struct grower *g, uint32_t column, size_t n, struct fork *f)
{
    double low = INFINITY, high = -INFINITY;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        low = g->value[i] < low ? g->value[i] : low;
        high = g->value[i] > high ? g->value[i] : high;
        known += g->value[i] == g->value[i];
    }
    *f = (struct fork){.threshold = INFINITY, .feature = column};
    if (known == 0 || (low == high && known == n))
        return 0;
    if (low == high) { /* known from missing */
        f->feature |= NODE_MISSING_RIGHT;
        return 1;
    }
    if (draw_share(g) < 0.5)
        f->feature |= NODE_MISSING_RIGHT;
    if (!g->forest->category[column]) {
        f->threshold = draw_between(g, low, high);
        return 1;
    }
    f->feature |= NODE_CATEGORY;
    f->coins = draw_coins(g, n, low);
    return f->coins != 0;
}

/* A question that parts the group, about one of the tree's columns, which stand in front. */
static int ask(struct grower *g, const struct group *at, struct fork *f)
{
    size_t n = g->forest->training->n_columns;
    for (size_t k = 0; k < n; k++) {
        uint32_t column = draw_column(g, k, n);
        read_values(g, column, at);
        if (ask_column(g, column, at->end - at->begin, f))
            return 1;
    }
    return 0;
}

/* Left rows close up, right rows wait. The number of those on the left. */
static size_t part_rows(struct grower *g, const struct group *at, const struct fork *f)
{
    uint32_t *element = g->element + at->begin;
    size_t n = at->end - at->begin, left = 0, right = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t to_right = goes_right(f, g->value[i]);
        g->spare[right] = element[i];
        element[left] = element[i];
        right += to_right;
        left += 1 - to_right;
    }
    memcpy(element + left, g->spare, right * sizeof *element);
    return left;
}

static int add_group(struct grower *g, struct group group)
{
    struct grove *out = g->out;
    group.at = (uint32_t)out->n;
    if (grove_room(out, out->n + 1, 1) != 0 || GROW(g, stack, stack_cap, g->n_stack + 1) != 0)
        return -1;
    out->fork[out->n] = (struct fork){.threshold = INFINITY, .child = group.at};
    out->path[out->n++] = group.depth + usual_path(group.end - group.begin);
    out->depth[0] = group.depth > out->depth[0] ? group.depth : out->depth[0];
    g->stack[g->n_stack++] = group;
    return 0;
}

static int part_group(struct grower *g, const struct group *at)
{
    struct fork f;
    if (!ask(g, at, &f))
        return 0;
    size_t middle = at->begin + part_rows(g, at, &f);
    f.child = (uint32_t)g->out->n;
    g->out->fork[at->at] = f;
    g->out->path[at->at] = 0;
    return add_group(g, (struct group){at->begin, middle, 0, at->depth + 1}) ||
                   add_group(g, (struct group){middle, at->end, 0, at->depth + 1})
               ? -1
               : 0;
}

static uint32_t depth_limit(size_t sample)
{
    uint32_t depth = 1;
    while (((size_t)1 << depth) < sample)
        depth++;
    return depth;
}

static int grow_tree(struct lt_ctx *ctx, struct grower *g, uint64_t tree, struct grove *out)
{
    size_t work = 0, m = g->forest->sample;
    uint32_t limit = depth_limit(m);
    g->tree = tree;
    g->drawn = 0;
    g->out = out;
    g->n_stack = 0;
    for (size_t j = 0; j < g->forest->p; j++)
        g->column[j] = (uint32_t)j;
    for (size_t j = 0; j < g->forest->training->n_columns && g->forest->training->n_columns < g->forest->p; j++)
        draw_column(g, j, g->forest->p);
    draw_rows(g);
    if (grove_room(out, m < 512 ? 2 * m : 1024, 1) != 0)
        return LT_MEMORY;
    out->depth[0] = 0;
    if (add_group(g, (struct group){0, m, 0, 0}) != 0)
        return LT_MEMORY;
    while (g->n_stack > 0) {
        struct group at = g->stack[--g->n_stack];
        work += at.end - at.begin;
        if (work > 100000) {
            work = 0;
            if (ctx->cancelled(ctx))
                return LT_CANCELLED;
        }
        if (at.end - at.begin > 1 && at.depth < limit && part_group(g, &at) != 0)
            return LT_MEMORY;
    }
    return LT_OK;
}

static int grower_new(struct grower *g, const struct iforest *f, const struct lt_data *data)
{
    *g = (struct grower){.forest = f, .data = data};
    g->element = room_new(f->sample, sizeof *g->element);
    g->spare = room_new(f->sample, sizeof *g->spare);
    g->value = room_new(f->sample, sizeof *g->value);
    g->level = room_new(f->categories ? f->sample : 1, sizeof *g->level);
    g->column = room_new(f->p, sizeof *g->column);
    g->taken = room_zero(data->n / 64 + 1, sizeof *g->taken);
    return g->element && g->spare && g->value && g->level && g->column && g->taken ? 0 : -1;
}

static void grower_free(struct grower *g)
{
    room_free(g->element);
    room_free(g->spare);
    room_free(g->value);
    room_free(g->level);
    room_free(g->column);
    room_free(g->taken);
    room_free(g->stack);
}

/* ---- walking ------------------------------------------------------------------------------------------------ */

enum { ABREAST = 16, BLOCK = 128 };

/* Rows [begin, begin + n) of a table, side by side, meet trees [first, n_trees): sum[i] += path of row i. */
struct walk {
    struct lt_ctx *ctx;
    const struct iforest *forest;
    const struct lt_data *data;
    size_t first;
    double *panel; /* workers x BLOCK x p */
    double *sum;   /* by row */
};

/* ABREAST rows go down a tree together. plain: no value is missing, and no column is a category. */
NUM_INLINE void walk_abreast(const struct fork *fork, const double *path, uint32_t depth, int plain,
                             const double *row, double *sum)
{
    uint32_t at[ABREAST] = {0};
    for (uint32_t d = 0; d < depth; d++)
        for (size_t i = 0; i < ABREAST; i++) {
            const struct fork *f = &fork[at[i]];
            double x = row[(size_t)(f->feature & NODE_FEATURE) * ABREAST + i];
            at[i] = f->child + (plain ? (uint32_t)(x > f->threshold) : goes_right(f, x));
        }
    for (size_t i = 0; i < ABREAST; i++)
        sum[i] += path[at[i]];
}

/* Rows [begin, begin + n), and rows of zeros after them: ABREAST rows together, column by column. 1 when the block
 * is plain. */
static int fill_panel(const struct walk *w, size_t begin, size_t n, double *panel)
{
    const struct iforest *f = w->forest;
    double value[BLOCK];
    int32_t level[BLOCK];
    int missing = 0;
    for (size_t j = 0; j < f->p; j++) {
        if (!f->category[j])
            column_values(w->data, j, begin, n, value);
        else {
            column_levels(w->data, j, begin, n, level);
            for (size_t i = 0; i < n; i++)
                value[i] = level[i] < 0 || (uint32_t)level[i] >= f->n_levels[j] ? NAN : level[i];
        }
        for (size_t i = n; i < BLOCK; i++)
            value[i] = 0;
        for (size_t i = 0; i < BLOCK; i++) {
            panel[(i / ABREAST * f->p + j) * ABREAST + i % ABREAST] = value[i];
            missing |= value[i] != value[i];
        }
    }
    return !missing && !f->categories;
}

static void walk_block(void *arg, size_t block, unsigned worker)
{
    const struct walk *w = arg;
    const struct iforest *f = w->forest;
    const struct grove *g = &f->trees;
    size_t begin = block * BLOCK, n = w->data->n - begin < BLOCK ? w->data->n - begin : BLOCK;
    double *panel = w->panel + worker * BLOCK * f->p, sum[BLOCK];
    if (w->ctx->cancelled(w->ctx))
        return;
    int plain = fill_panel(w, begin, n, panel);
    for (size_t i = 0; i < BLOCK; i++)
        sum[i] = i < n ? w->sum[begin + i] : 0;
    for (size_t t = w->first; t < g->n_trees; t++) {
        const struct fork *fork = g->fork + g->start[t];
        const double *path = g->path + g->start[t];
        for (size_t i = 0; i < n; i += ABREAST)
            if (plain)
                walk_abreast(fork, path, g->depth[t], 1, panel + i * f->p, sum + i);
            else
                walk_abreast(fork, path, g->depth[t], 0, panel + i * f->p, sum + i);
    }
    memcpy(w->sum + begin, sum, n * sizeof *sum);
}

static int walk_rows(struct lt_ctx *ctx, const struct iforest *f, const struct lt_data *data, size_t first,
                     double *sum)
{
    struct walk w = {ctx, f, data, first, NULL, sum};
    w.panel = room_new(ctx->threads ? ctx->threads : 1, BLOCK * f->p * sizeof *w.panel);
    if (w.panel == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to walk rows of %zu columns", f->p);
    ctx->parallel(ctx, (data->n + BLOCK - 1) / BLOCK, walk_block, &w);
    room_free(w.panel);
    return ctx->cancelled(ctx) ? LT_CANCELLED : LT_OK;
}

/* Sums of path lengths become scores, 2^(-mean / usual); where a tree has one row only, nothing is strange. */
static void score_sums(const struct iforest *f, size_t n, double *sum)
{
    double usual = usual_path(f->sample), scale = -M_LN2 / ((double)f->trees.n_trees * usual);
    for (size_t i = 0; i < n; i++)
        sum[i] = usual > 0 ? sum[i] * scale : -M_LN2;
    vmath_exp(n, sum, sum);
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

enum { BATCH = 64 };

/* Some trees that grow side by side. */
struct batch {
    struct lt_ctx *ctx;
    struct iforest *forest;
    struct grower *grower; /* one a worker */
    struct grove tree[BATCH];
    int status[BATCH];
};

static void batch_tree(void *arg, size_t i, unsigned worker)
{
    struct batch *b = arg;
    b->status[i] = b->ctx->cancelled(b->ctx)
                       ? LT_CANCELLED
                       : grow_tree(b->ctx, &b->grower[worker], b->forest->trees.n_trees + i, &b->tree[i]);
}

/* A batch counts when all of its trees are whole. */
static int batch_grow(struct batch *b, size_t n)
{
    struct grove *trees = &b->forest->trees;
    size_t whole = trees->n_trees;
    int status = LT_OK;
    memset(b->tree, 0, sizeof b->tree);
    b->ctx->parallel(b->ctx, n, batch_tree, b);
    for (size_t k = 0; k < n && status == LT_OK; k++)
        status = b->status[k];
    for (size_t k = 0; k < n; k++) {
        if (status == LT_OK && grove_append(trees, &b->tree[k]) != 0)
            status = LT_MEMORY;
        grove_free(&b->tree[k]);
    }
    if (status != LT_OK)
        grove_truncate(trees, whole);
    return status;
}

static int grow_trees(struct lt_ctx *ctx, struct iforest *f, const struct lt_data *data, uint64_t target)
{
    uint32_t workers = ctx->threads ? ctx->threads : 1;
    struct batch *b = room_zero(1, sizeof *b);
    int status = b ? LT_OK : LT_MEMORY;
    if (b) {
        b->ctx = ctx;
        b->forest = f;
        b->grower = room_zero(workers, sizeof *b->grower);
        status = b->grower ? LT_OK : LT_MEMORY;
        for (uint32_t k = 0; k < workers && status == LT_OK; k++)
            status = grower_new(&b->grower[k], f, data) == 0 ? LT_OK : LT_MEMORY;
    }
    uint64_t first = f->trees.n_trees;
    while (status == LT_OK && f->trees.n_trees < target) {
        uint64_t left = target - f->trees.n_trees;
        status = batch_grow(b, left < BATCH ? left : BATCH);
        ctx->progress(ctx, (double)(f->trees.n_trees - first) / (double)(target - first), "growing trees");
    }
    for (uint32_t k = 0; b && b->grower && k < workers; k++)
        grower_free(&b->grower[k]);
    if (b)
        room_free(b->grower);
    room_free(b);
    return status == LT_MEMORY ? ctx->fail(ctx, LT_MEMORY, "no memory for more trees") : status;
}

/* The score that the wanted share of the training rows exceeds; trees from `first` on are new. */
static int find_threshold(struct lt_ctx *ctx, struct iforest *f, const struct lt_data *data, uint64_t first)
{
    struct iforest_training *t = f->training;
    if (t->sum == NULL)
        return LT_OK;
    double *score = room_new(data->n, sizeof *score), *work = room_new(data->n, sizeof *work);
    int status = score && work ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory for %zu scores", data->n);
    if (t->summed > first) { /* trees were forgotten since */
        memset(t->sum, 0, data->n * sizeof *t->sum);
        t->summed = 0;
    }
    if (status == LT_OK) {
        memcpy(score, t->sum, data->n * sizeof *score);
        status = walk_rows(ctx, f, data, t->summed, score);
    }
    if (status == LT_OK) {
        memcpy(t->sum, score, data->n * sizeof *score);
        t->summed = f->trees.n_trees;
        score_sums(f, data->n, score);
        f->threshold = loss_quantile(data->n, score, NULL, 1 - f->contamination, work);
    }
    room_free(score);
    room_free(work);
    return status;
}

static int iforest_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct iforest *f = model;
    if (f->training == NULL)
        return LT_DONE;
    uint64_t first = f->trees.n_trees, target = f->planned - first < units ? f->planned : first + units;
    int status = grow_trees(ctx, f, data, target);
    if (status == LT_OK)
        status = find_threshold(ctx, f, data, first);
    if (status != LT_OK) {
        grove_truncate(&f->trees, first);
        return status;
    }
    if (target < f->planned)
        return LT_MORE;
    training_free(f);
    return LT_DONE;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static int iforest_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct iforest *f = model;
    if (data->p != f->p)
        return ctx->fail(ctx, LT_INVALID, "the model knows %zu columns; these data have %zu", f->p, data->p);
    for (size_t j = 0; j < f->p; j++)
        if ((data->column[j].kind == LT_CATEGORY) != (f->category[j] != 0))
            return ctx->fail(ctx, LT_INVALID, "column %s is a %s; the model learned from a %s",
                             data->column[j].name ? data->column[j].name : "?",
                             f->category[j] ? "number" : "category", f->category[j] ? "category" : "number");
    if (f->trees.n_trees == 0)
        return ctx->fail(ctx, LT_INVALID, "the model has no tree yet");
    if (data->n == 0)
        return LT_OK;
    memset(out->value, 0, data->n * sizeof *out->value);
    int status = walk_rows(ctx, f, data, 0, out->value);
    if (status == LT_OK)
        score_sums(f, data->n, out->value);
    return status;
}

/* The score as a curve over the mean path, and where the threshold lies on it. */
static void draw_score(struct lt_ctx *ctx, const struct iforest *f)
{
    enum { POINTS = 101 };
    double path[POINTS], score[POINTS], usual = usual_path(f->sample);
    if (!(usual > 0))
        return;
    for (size_t i = 0; i < POINTS; i++) {
        path[i] = 2 * usual * (double)i / (POINTS - 1);
        score[i] = exp2(-path[i] / usual);
    }
    double at = -usual * log2(f->threshold);
    const struct lt_series series[] = {{LT_LINE, "score", POINTS, path, score, NULL},
                                       {LT_POINTS, "threshold", 1, &at, &f->threshold, NULL}};
    ctx->emit_plot(ctx, "score", "What a mean path is worth", "questions until a row stands alone", "score",
                   series, 2);
}

static int iforest_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"trees:int",  "rows_a_tree:int",    "leaves:real",
                                          "depth:real", "expected_path:real", "threshold:real"};
    const struct iforest *f = model;
    double depth = 0, n = f->trees.n_trees ? (double)f->trees.n_trees : 1;
    for (size_t t = 0; t < f->trees.n_trees; t++)
        depth += f->trees.depth[t];
    ctx->emit_table(ctx, "summary", "Isolation forest", columns, 6);
    ctx->emit_row(ctx, (struct lt_cell[]){LT_CINT(f->trees.n_trees), LT_CINT(f->sample),
                                          LT_CREAL(((double)f->trees.n + n) / 2 / n), LT_CREAL(depth / n),
                                          LT_CREAL(usual_path(f->sample)), LT_CREAL(f->threshold)});
    draw_score(ctx, f);
    return LT_OK;
}

static int iforest_save(struct lt_ctx *ctx, const void *model)
{
    const struct iforest *f = model;
    const struct grove *g = &f->trees;
    int64_t *start = ctx->scratch(ctx, (g->n_trees + 1) * sizeof *start);
    if (start == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to save %zu trees", g->n_trees);
    for (size_t t = 0; t <= g->n_trees; t++)
        start[t] = g->n_trees ? (int64_t)g->start[t] : 0;
    int status = kit_put(ctx, "iforest.start", LT_T_I64, start, g->n_trees + 1, 0);
    if (status == LT_OK)
        status = kit_put(ctx, "iforest.forks", LT_T_U32, g->fork, g->n, 4);
    if (status == LT_OK)
        status = kit_put_f64(ctx, "iforest.paths", g->path, g->n, 0);
    if (status == LT_OK)
        status = kit_put_count(ctx, "iforest.sample", f->sample);
    return status == LT_OK ? ctx->put_number(ctx, "iforest.threshold", f->threshold) : status;
}

/* Every index of a tree leads where it may, forward and inside; its depth, or -1. */
static int64_t sound_depth(const struct iforest *f, const struct grove *g, size_t tree, uint32_t *level)
{
    const struct fork *fork = g->fork + g->start[tree];
    size_t n = g->start[tree + 1] - g->start[tree];
    uint32_t deepest = 0;
    memset(level, 0, n * sizeof *level);
    for (size_t i = 0; i < n; i++) {
        uint32_t child = fork[i].child, feature = fork[i].feature & NODE_FEATURE;
        int category = (fork[i].feature & NODE_CATEGORY) != 0;
        if (!isfinite(g->path[g->start[tree] + i]) || g->path[g->start[tree] + i] < 0)
            return -1;
        deepest = level[i] > deepest ? level[i] : deepest;
        if (child == i) {
            if (fork[i].feature != 0 || fork[i].threshold != INFINITY)
                return -1;
            continue;
        }
        if (child < i || n < 2 || child > n - 2 || feature >= f->p || (category && !f->category[feature]) ||
            (!category && isnan(fork[i].threshold)))
            return -1;
        level[child] = level[child + 1] = level[i] + 1;
    }
    return deepest;
}

static int load_trees(struct lt_ctx *ctx, struct iforest *f)
{
    struct lt_tensor start, fork, path;
    struct grove *g = &f->trees;
    int status = kit_find(ctx, "iforest.start", LT_T_I64, 1, &start);
    if (status == LT_OK && start.shape[0] == 1)
        return LT_OK; /* saved before the first tree */
    if (status == LT_OK)
        status = kit_find(ctx, "iforest.forks", LT_T_U32, 2, &fork);
    if (status == LT_OK)
        status = kit_find(ctx, "iforest.paths", LT_T_F64, 1, &path);
    if (status != LT_OK)
        return status;
    size_t n = path.shape[0], n_trees = start.shape[0] - 1;
    const int64_t *at = start.data;
    if (start.shape[0] == 0 || fork.shape[0] != n || fork.shape[1] != 4 || n == 0)
        return ctx->fail(ctx, LT_INVALID, "the saved forest is damaged");
    uint32_t *level = ctx->scratch(ctx, n * sizeof *level);
    if (level == NULL || grove_room(g, n, n_trees) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for %zu trees", n_trees);
    memcpy(g->fork, fork.data, n * sizeof *g->fork);
    memcpy(g->path, path.data, n * sizeof *g->path);
    for (size_t t = 0; t <= n_trees; t++) {
        if (at[t] < 0 || (uint64_t)at[t] > n || (t ? at[t] <= at[t - 1] : at[t] != 0))
            return ctx->fail(ctx, LT_INVALID, "the saved forest is damaged");
        g->start[t] = (size_t)at[t];
    }
    if (g->start[n_trees] != n)
        return ctx->fail(ctx, LT_INVALID, "the saved forest is damaged");
    for (size_t t = 0; t < n_trees; t++) {
        int64_t depth = sound_depth(f, g, t, level);
        if (depth < 0)
            return ctx->fail(ctx, LT_INVALID, "tree %zu of the saved forest is damaged", t + 1);
        g->depth[t] = (uint32_t)depth;
    }
    g->n = n;
    g->n_trees = n_trees;
    return LT_OK;
}

static int iforest_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct iforest *f = room_zero(1, sizeof *f);
    uint64_t sample = 0;
    if (f == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a forest");
    f->planned = (uint64_t)p->v[TREES].i;
    f->contamination = contamination(p->v[CONTAMINATION].s);
    int status = keep_columns(ctx, info->p, info->column, f);
    if (status == LT_OK)
        status = kit_get_count(ctx, "iforest.sample", 1, UINT32_MAX, &sample);
    if (status == LT_OK)
        status = kit_get_real(ctx, "iforest.threshold", &f->threshold);
    if (status == LT_OK && !(f->threshold > 0 && f->threshold <= 1))
        status = ctx->fail(ctx, LT_INVALID, "the threshold of the saved forest is %g", f->threshold);
    if (status == LT_OK) {
        f->sample = (size_t)sample;
        status = load_trees(ctx, f);
    }
    if (status != LT_OK) {
        iforest_free(f);
        return status;
    }
    *model = f;
    return LT_OK;
}

static int iforest_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct iforest *f = model;
    *taken = f->trees.n_trees;
    *planned = f->planned;
    return LT_OK;
}

static int iforest_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct iforest *f = model;
    (void)ctx;
    if (units >= f->trees.n_trees)
        return LT_OK;
    grove_truncate(&f->trees, units);
    return LT_OK;
}

const struct lt_algo iforest_algo = {
    LT_HEADER(1),
    .id = "iforest",
    .name = "Isolation forest",
    .version = "1.0",
    .summary = "Strange rows stand alone after few random questions",
    .doc =
        "Each tree draws `max_samples` rows and parts them at random: a column, then a threshold between its "
        "least and greatest value there, until every row stands alone or $\\lceil\\log_2 n\\rceil$ questions "
        "were asked. With $h(x)$ the number of questions that row $x$ answers, plus $c(m)$ where $m$ rows stay "
        "together, the score is\n\n"
        "$$s(x) = 2^{-\\mathrm E\\,h(x)/c(n)}, \\qquad c(n) = 2\\,(\\ln(n-1) + \\gamma) - 2\\,\\frac{n-1}{n}$$\n\n"
        "where $c(n)$ is the path of an ordinary row: the mean depth of a search in a random binary tree.\n\n"
        "Few and different: a row far from the others is cut off early, because most thresholds fall into the gap "
        "beside it. A score near 1 is strange, 0.5 is as usual, and below is deep inside the crowd. No distance "
        "is measured, so columns need no scaling. Small samples are a virtue: in them strange rows don't hide "
        "each "
        "other.\n\n"
        "The levels of a category go to either side by a coin each; missing values go to a side drawn for each "
        "question. `contamination` sets the threshold that the summary shows.",
    .reference = "Liu, Ting, Zhou (2008), Isolation forest, ICDM",
    .tasks = LT_ANOMALY,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "tree",
    .check = iforest_check,
    .begin = iforest_begin,
    .step = iforest_step,
    .predict = iforest_predict,
    .describe = iforest_describe,
    .save = iforest_save,
    .load = iforest_load,
    .free = iforest_free,
    .units = iforest_units,
    .truncate = iforest_truncate,
};

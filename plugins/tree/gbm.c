/* gbm: gradient boosting on histograms (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017). Each round asks
 * of every training row in which direction, and how strongly, its score should move, and grows a small tree
 * that says so for regions of the table.
 *
 * The scores of the training rows are kept, so that a round costs one tree and not one prediction. Splits are
 * chosen on whole numbers (hist.h); the values of leaves come from the gradients themselves. */
#include <math.h>
#include <string.h>

#include "num/sort.h"
#include "plugins/tree/boost.h"
#include "plugins/tree/constraints.h"
#include "plugins/tree/family.h"
#include "plugins/tree/importance.h"
#include "plugins/tree/loss.h"
#include "plugins/tree/options.h"
#include "plugins/tree/room.h"

enum {
    ROUNDS,
    RATE,
    MAX_DEPTH,
    MAX_LEAVES,
    MIN_LEAF,
    LAMBDA,
    MIN_WEIGHT,
    MIN_GAIN,
    SUBSAMPLE,
    COLSAMPLE,
    MAX_BINS,
    LOSS,
    ALPHA,
    MONOTONE,
    INTERACTION,
    TOP_RATE,
    OTHER_RATE,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [ROUNDS] = {.name = "n_estimators",
                .aliases = "rounds,n_rounds,max_iter,trees",
                .type = LT_INT,
                .def = "100",
                .min = 1,
                .max = 1e6,
                .flags = LT_TUNE | LT_LOG,
                .unit = "rounds",
                .doc = "Rounds of boosting"},
    [RATE] = {.name = "learning_rate",
              .aliases = "lr,eta",
              .type = LT_REAL,
              .def = "0.1",
              .min = 0,
              .max = 10,
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
              .doc = "How much of each tree's advice is taken"},
    [MAX_DEPTH] = {.name = "max_depth",
                   .aliases = "depth",
                   .type = LT_INT,
                   .def = "6",
                   .min = 1,
                   .max = 1e6,
                   .flags = LT_NULLABLE | LT_TUNE,
                   .unit = "levels",
                   .doc = "How many questions lead to a leaf at most"},
    [MAX_LEAVES] = {.name = "max_leaf_nodes",
                    .aliases = "num_leaves,leaves",
                    .type = LT_INT,
                    .def = "none",
                    .min = 2,
                    .max = BOOST_MOST_LEAVES,
                    .flags = LT_NULLABLE,
                    .unit = "leaves",
                    .doc = "Grow this many leaves a tree, best split first; none grows level by level"},
    [MIN_LEAF] = {.name = "min_samples_leaf",
                  .aliases = "min_leaf",
                  .type = LT_INT,
                  .def = "20",
                  .min = 1,
                  .max = 1e9,
                  .flags = LT_TUNE | LT_LOG,
                  .unit = "rows",
                  .doc = "No leaf has fewer rows"},
    [LAMBDA] = {.name = "reg_lambda",
                .aliases = "l2_regularization,lambda",
                .type = LT_REAL,
                .def = "1",
                .min = 0,
                .max = 1e300,
                .flags = LT_TUNE,
                .doc = "Shrinks the values of leaves with little curvature"},
    [MIN_WEIGHT] = {.name = "min_child_weight",
                    .type = LT_REAL,
                    .def = "0.001",
                    .min = 0,
                    .max = 1e300,
                    .flags = LT_ADVANCED,
                    .doc = "No leaf has less curvature in sum"},
    [MIN_GAIN] = {.name = "min_split_gain",
                  .aliases = "gamma",
                  .type = LT_REAL,
                  .def = "0",
                  .min = 0,
                  .max = 1e300,
                  .flags = LT_ADVANCED,
                  .doc = "A split must gain this much"},
    [SUBSAMPLE] = {.name = "subsample",
                   .type = LT_REAL,
                   .def = "1",
                   .min = 0,
                   .max = 1,
                   .flags = LT_OPEN_MIN | LT_TUNE,
                   .doc = "Share of the rows that a round learns from, drawn anew"},
    [COLSAMPLE] = {.name = "colsample_bytree",
                   .type = LT_REAL,
                   .def = "1",
                   .min = 0,
                   .max = 1,
                   .flags = LT_OPEN_MIN | LT_TUNE,
                   .doc = "Share of the columns that a tree may use, drawn anew"},
    [MAX_BINS] = {.name = "max_bins",
                  .aliases = "max_bin",
                  .type = LT_INT,
                  .def = "255",
                  .min = 2,
                  .max = 255,
                  .flags = LT_ADVANCED,
                  .unit = "bins",
                  .doc = "Columns with more distinct values than this are cut at quantiles"},
    [LOSS] = {.name = "loss",
              .aliases = "objective",
              .type = LT_CHOICE,
              .def = "auto",
              .choices = LOSS_CHOICES,
              .doc = "What to reduce; auto takes log_loss for classes and squared_error for numbers"},
    [ALPHA] = {.name = "alpha",
               .aliases = "quantile",
               .type = LT_REAL,
               .def = "0.9",
               .min = 0,
               .max = 1,
               .flags = LT_OPEN_MIN | LT_OPEN_MAX,
               .doc =
                   "loss=quantile: which one; loss=huber: the quantile of the residuals beyond which the loss is "
                   "straight"},
    [MONOTONE] =
        {.name = "monotone",
         .aliases = "monotonic_cst,monotone_constraints",
         .type = LT_STRING,
         .def = "none",
         .flags = LT_NULLABLE,
         .doc = "Columns in whose direction predictions must not fall (+1) or rise (-1), as in age:+1,fare:-1; "
                "of two classes it is the probability of the second"},
    [INTERACTION] = {.name = "interaction",
                     .aliases = "interaction_cst,interaction_constraints",
                     .type = LT_STRING,
                     .def = "none",
                     .flags = LT_NULLABLE,
                     .doc =
                         "Groups of columns that may act together, as in \"a b;c d\": on the way to a leaf, all "
                         "columns are of one group; those in none form another"},
    [TOP_RATE] = {.name = "top_rate",
                  .type = LT_REAL,
                  .def = "none",
                  .min = 0,
                  .max = 1,
                  .flags = LT_NULLABLE | LT_OPEN_MIN | LT_OPEN_MAX,
                  .doc =
                      "Learn from this share of the rows, those with the greatest gradients (0.2 is usual), and "
                      "from other_rate of them out of the others; none takes all rows"},
    [OTHER_RATE] = {.name = "other_rate",
                    .type = LT_REAL,
                    .def = "0.1",
                    .min = 0,
                    .max = 1,
                    .flags = LT_OPEN_MIN | LT_OPEN_MAX | LT_ADVANCED,
                    .doc = "With top_rate: share of the rows drawn from the others, which count for all of them"},
};

struct gbm_training {
    struct bin_table table;
    struct boost_rules rules;
    struct booster *booster;
    struct hist_form form;
    double rate, subsample, colsample;
    int started;         /* gradients belong to the scores, and the scores to the trees */
    double *score;       /* n x width; of NARROW_FROM rows and more NULL, and half the memory holds them: */
    float *narrow;       /* n x width, less the base; trees cut at bins don't feel the seventh digit */
    double *full;        /* workers x LOSS_BLOCK x width: the narrow scores of the rows at hand, in full */
    float *g, *h;        /* width x n; h NULL: the gradients say it */
    uint32_t *word;      /* n, of the class at hand */
    uint16_t *leaf_of;   /* width x n: the leaf, by number, of each row in this round's trees; one class needs its
                          * words no more by then, and the leaves lie in their place */
    double **leaf_value; /* width */
    double *work;        /* 2 n: sorting, where the loss asks for it */
    uint32_t *rows;      /* drawn this round, when `drawn` */
    size_t n_rows;
    int drawn;
    double top_rate, other_rate; /* top_rate 0: rows are not drawn by gradient */
    int8_t *monotone;
    uint64_t *member;
    uint8_t *use; /* by column */
    double *block_loss;
    float *block_most; /* blocks x width x 2: greatest |g| and h */
    double weight;     /* of all rows */
};

struct gbm {
    struct tree_family family;
    struct loss loss;
    double *base;
    double training_loss;
    uint64_t planned, seed;
    struct gbm_training *training;
};

enum { BLOCK = 4 * LOSS_BLOCK, STREAM_ROWS = 1, STREAM_COLUMNS = 2, NARROW_FROM = 200000 };

static uint64_t stream_of(uint64_t kind, uint64_t round, uint64_t k)
{
    return lt_mix(kind << 56 ^ round << 24 ^ k);
}

static const char *text_of(const struct lt_value *value)
{
    return value->is_none ? NULL : value->s;
}

/* The constraints, as they are said. */
static int check_constraints(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    const char *monotone = text_of(&p->v[MONOTONE]), *interaction = text_of(&p->v[INTERACTION]);
    int8_t *sign = ctx->scratch(ctx, data->p + 1);
    uint64_t *member = ctx->scratch(ctx, (data->p + 1) * sizeof *member);
    if (sign == NULL || member == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the constraints of %zu columns", data->p);
    if (monotone && data->task == LT_CLASSIFY && data->n_classes > 2)
        return ctx->fail(ctx, LT_INVALID, "monotone is for numbers and two classes; here are %u classes",
                         data->n_classes);
    int status = monotone ? constraints_monotone(ctx, monotone, data->p, data->column, sign) : LT_OK;
    return status == LT_OK && interaction
               ? constraints_interaction(ctx, interaction, data->p, data->column, member)
               : status;
}

static int gbm_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    int status = loss_check(ctx, loss_for((enum loss_kind)p->v[LOSS].i, data->task), data->task);
    if (status != LT_OK)
        return status;
    if (!p->v[TOP_RATE].is_none && p->v[SUBSAMPLE].r < 1)
        return ctx->fail(ctx, LT_INVALID, "top_rate and subsample both choose rows; give one of them");
    if (!p->v[TOP_RATE].is_none && p->v[TOP_RATE].r + p->v[OTHER_RATE].r > 1)
        return ctx->fail(ctx, LT_INVALID,
                         "top_rate and other_rate are shares of the rows; %g and %g are more than all",
                         p->v[TOP_RATE].r, p->v[OTHER_RATE].r);
    return check_constraints(ctx, p, data);
}

static void training_free(struct gbm *m)
{
    struct gbm_training *t = m->training;
    if (t == NULL)
        return;
    bin_table_free(&t->table);
    booster_free(t->booster);
    room_free(t->score);
    room_free(t->narrow);
    room_free(t->full);
    room_free(t->g);
    room_free(t->h);
    if (t->leaf_of != (uint16_t *)t->word)
        room_free(t->leaf_of);
    room_free(t->word);
    for (uint32_t k = 0; t->leaf_value && k < m->loss.width; k++)
        room_free(t->leaf_value[k]);
    room_free(t->leaf_value);
    room_free(t->work);
    room_free(t->rows);
    room_free(t->monotone);
    room_free(t->member);
    room_free(t->use);
    room_free(t->block_loss);
    room_free(t->block_most);
    room_free(t);
    m->training = NULL;
}

static void gbm_free(void *model)
{
    struct gbm *m = model;
    if (m == NULL)
        return;
    training_free(m);
    family_free(&m->family);
    room_free(m->base);
    room_free(m);
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static int training_room(struct lt_ctx *ctx, struct gbm *m, size_t n, size_t p, int uneven)
{
    struct gbm_training *t = m->training;
    size_t width = m->loss.width, blocks = (n + BLOCK - 1) / BLOCK;
    int sorts = loss_renews(m->loss.kind) || m->loss.kind == LOSS_HUBER;
    int keeps_h = uneven || !loss_curvature_is_known(m->loss.kind);
    int narrow = n >= NARROW_FROM;
    t->score = narrow ? NULL : room_new(n, width * sizeof *t->score);
    t->narrow = narrow ? room_new(n, width * sizeof *t->narrow) : NULL;
    t->full = narrow ? room_new((ctx->threads ? ctx->threads : 1) * LOSS_BLOCK, width * sizeof *t->full) : NULL;
    t->g = room_new(n, width * sizeof *t->g);
    t->h = keeps_h ? room_new(n, width * sizeof *t->h) : NULL;
    t->word = room_new(n, sizeof *t->word);
    t->leaf_of = width == 1 ? (uint16_t *)t->word : room_new(n, width * sizeof *t->leaf_of);
    t->leaf_value = room_zero(width, sizeof *t->leaf_value);
    t->work = room_new(sorts ? 2 * n : 1, sizeof *t->work);
    int draws = t->subsample < 1 || t->top_rate > 0;
    t->rows = draws ? room_new(n, sizeof *t->rows) : NULL;
    t->use = room_new(p, 1);
    t->block_loss = room_new(blocks, sizeof *t->block_loss);
    t->block_most = room_new(blocks, 2 * width * sizeof *t->block_most);
    int scores = narrow ? t->narrow && t->full : t->score != NULL;
    int whole = scores && t->g && (t->h || !keeps_h) && t->word && t->leaf_of && t->leaf_value && t->work &&
                t->use && t->block_loss && t->block_most && (t->rows || !draws);
    for (size_t k = 0; whole && k < width; k++)
        whole = (t->leaf_value[k] = room_new(BOOST_MOST_LEAVES, sizeof **t->leaf_value)) != NULL;
    return whole ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory to boost %zu rows", n);
}

static int find_base(struct lt_ctx *ctx, struct gbm *m, const struct lt_data *data)
{
    double *sorted = room_new(data->n, sizeof *sorted), *work = room_new(data->n, sizeof *work);
    m->base = room_new(m->loss.width, sizeof *m->base);
    int whole = sorted && work && m->base;
    if (whole)
        loss_base(&m->loss, data, sorted, work, m->base);
    room_free(sorted);
    room_free(work);
    return whole ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory to boost %zu rows", data->n);
}

static void gbm_rules(const struct lt_params *p, struct boost_rules *r)
{
    *r = (struct boost_rules){
        .cut = {p->v[LAMBDA].r, p->v[MIN_GAIN].r, p->v[MIN_WEIGHT].r, (uint64_t)p->v[MIN_LEAF].i, NULL},
        .max_depth = options_count(&p->v[MAX_DEPTH], UINT32_MAX),
        .max_leaves = options_count(&p->v[MAX_LEAVES], 0),
    };
}

static int learn_constraints(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                             struct gbm_training *t)
{
    const char *monotone = text_of(&p->v[MONOTONE]), *interaction = text_of(&p->v[INTERACTION]);
    int status = LT_OK;
    t->monotone = monotone ? room_new(data->p, sizeof *t->monotone) : NULL;
    t->member = interaction ? room_new(data->p, sizeof *t->member) : NULL;
    if ((monotone && t->monotone == NULL) || (interaction && t->member == NULL))
        return ctx->fail(ctx, LT_MEMORY, "no memory for the constraints of %zu columns", data->p);
    if (monotone)
        status = constraints_monotone(ctx, monotone, data->p, data->column, t->monotone);
    if (status == LT_OK && interaction)
        status = constraints_interaction(ctx, interaction, data->p, data->column, t->member);
    t->rules.cut.monotone = t->monotone;
    t->rules.member = t->member;
    return status;
}

static int gbm_start(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, struct gbm *m)
{
    struct gbm_training *t = m->training = room_zero(1, sizeof *t);
    if (t == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to boost");
    gbm_rules(p, &t->rules);
    t->rate = p->v[RATE].r;
    t->subsample = p->v[SUBSAMPLE].r;
    t->colsample = p->v[COLSAMPLE].r;
    t->top_rate = p->v[TOP_RATE].is_none ? 0 : p->v[TOP_RATE].r;
    t->other_rate = p->v[OTHER_RATE].r;
    for (size_t i = 0; i < data->n; i++)
        t->weight += data->weight ? data->weight[i] : 1;
    int uneven = data->weight != NULL || t->top_rate > 0, precise = m->loss.kind != LOSS_LOGISTIC || uneven;
    t->form = hist_form_make(data->n, loss_constant_h(m->loss.kind) && !uneven, precise);
    int status = learn_constraints(ctx, p, data, t);
    if (status == LT_OK)
        status = find_base(ctx, m, data);
    if (status == LT_OK)
        status = bin_map_learn(ctx, data, (uint32_t)p->v[MAX_BINS].i, &m->family.map);
    if (status == LT_OK)
        status = bin_table_make(ctx, data, &m->family.map, 1, &t->table);
    if (status == LT_OK)
        status = training_room(ctx, m, data->n, data->p, uneven);
    if (status != LT_OK)
        return status;
    t->booster = booster_new(ctx, &t->table, &m->family.map, &t->rules);
    return t->booster ? LT_OK : ctx->fail(ctx, LT_MEMORY, "no memory to boost %zu rows", data->n);
}

static int gbm_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    enum loss_kind kind = loss_for((enum loss_kind)p->v[LOSS].i, data->task);
    int status = options_check_data(ctx, data);
    if (status == LT_OK)
        status = loss_check_targets(ctx, kind, data);
    if (status != LT_OK)
        return status;
    struct gbm *m = room_zero(1, sizeof *m);
    if (m == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory to boost");
    m->seed = ctx->seed;
    m->training_loss = NAN;
    status = family_begin(ctx, data, &m->family);
    m->loss = (struct loss){kind, m->family.n_classes > 2 ? m->family.n_classes : 1, p->v[ALPHA].r, 0};
    m->family.trees.width = 1;
    m->planned = m->family.n_classes == 1 ? 0 : (uint64_t)p->v[ROUNDS].i; /* one class: nothing to learn */
    if (status == LT_OK)
        status = gbm_start(ctx, p, data, m);
    if (status != LT_OK) {
        gbm_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

/* ---- scores, losses and gradients --------------------------------------------------------------------------- */

struct round {
    struct lt_ctx *ctx;
    struct gbm *m;
    struct gbm_training *t;
    const struct lt_data *data;
    uint64_t number;
    uint32_t k;   /* the class at hand */
    uint32_t key; /* of the rounding */
    int add;      /* the leaves' values join the scores */
    const struct boost_leaf *leaf;
    size_t n_leaves;
    struct leaf_part *part;
    size_t n_parts;
    uint32_t *number_of; /* by node: the number of its leaf */
};

static size_t blocks_of(size_t n)
{
    return (n + BLOCK - 1) / BLOCK;
}

static inline void add_value(struct gbm_training *t, size_t at, double value)
{
    if (t->narrow)
        t->narrow[at] = (float)(t->narrow[at] + value);
    else
        t->score[at] += value;
}

/* The scores of rows [begin, begin + n), base and all: where they are, or in `full`. */
static const double *full_scores(const struct round *r, size_t begin, size_t n, double *full)
{
    size_t width = r->m->loss.width;
    const double *base = r->m->base;
    if (!r->t->narrow)
        return r->t->score + begin * width;
    const float *narrow = r->t->narrow + begin * width;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < width; k++)
            full[i * width + k] = base[k] + narrow[i * width + k];
    return full;
}

static void add_values(const struct round *r, size_t begin, size_t end)
{
    struct gbm_training *t = r->t;
    uint32_t width = r->m->loss.width;
    for (uint32_t k = 0; k < width; k++) {
        const uint16_t *leaf = t->leaf_of + k * r->data->n;
        const double *value = t->leaf_value[k];
        for (size_t i = begin; i < end; i++)
            add_value(t, i * width + k, value[leaf[i]]);
    }
}

/* Curvatures of rows [begin, begin + n) of class k: those that are kept, or as their gradients say, in `room`. */
static const float *curvatures(const struct round *r, uint32_t k, size_t begin, size_t n, float *room)
{
    const struct gbm_training *t = r->t;
    size_t at = k * r->data->n + begin;
    if (t->h)
        return t->h + at;
    loss_curvature(&r->m->loss, n, t->g + at, room);
    return room;
}

NUM_INLINE float greatest(size_t n, const float *x)
{
    float lane[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lane[j] = fabsf(x[i + j]) > lane[j] ? fabsf(x[i + j]) : lane[j];
    for (; i < n; i++)
        lane[0] = fabsf(x[i]) > lane[0] ? fabsf(x[i]) : lane[0];
    for (size_t j = 1; j < 8; j++)
        lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    return lane[0];
}

/* One visit of a block: the last trees' values join the scores, which give the loss and the next gradients. */
static void score_block(void *arg, size_t b, unsigned worker)
{
    struct round *r = arg;
    struct gbm_training *t = r->t;
    size_t n = r->data->n, begin = b * BLOCK, end = begin + BLOCK < n ? begin + BLOCK : n;
    uint32_t width = r->m->loss.width;
    float room[BLOCK];
    double *full = t->full ? t->full + (size_t)worker * LOSS_BLOCK * width : NULL;
    if (r->add)
        add_values(r, begin, end);
    t->block_loss[b] = 0;
    for (size_t at = begin; at < end; at += LOSS_BLOCK) {
        size_t some = end - at < LOSS_BLOCK ? end - at : LOSS_BLOCK;
        t->block_loss[b] += loss_gradients(&r->m->loss, r->data, at, some, full_scores(r, at, some, full), n, t->g + at,
                                           t->h ? t->h + at : NULL);
    }
    for (uint32_t k = 0; k < width; k++) {
        t->block_most[2 * (b * width + k)] = greatest(end - begin, t->g + k * n + begin);
        if (!t->form.constant_h)
            t->block_most[2 * (b * width + k) + 1] =
                greatest(end - begin, curvatures(r, k, begin, end - begin, room));
    }
}

/* Of numbers: the target, less what the model says. */
static double residual(const struct round *r, size_t i)
{
    double full;
    return r->data->y[i] - *full_scores(r, i, 1, &full);
}

/* Huber: the loss is straight beyond the alpha-quantile of the residuals' sizes. */
static void find_delta(struct round *r)
{
    struct gbm_training *t = r->t;
    size_t n = r->data->n;
    for (size_t i = 0; i < n; i++)
        t->work[i] = fabs(residual(r, i));
    r->m->loss.delta = loss_quantile(n, t->work, NULL, r->m->loss.alpha, t->work + n);
}

static void score_rows(struct round *r)
{
    size_t blocks = blocks_of(r->data->n);
    double sum = 0;
    if (r->m->loss.kind == LOSS_HUBER) {
        for (size_t b = 0; b < blocks && r->add; b++)
            add_values(r, b * BLOCK, (b + 1) * BLOCK < r->data->n ? (b + 1) * BLOCK : r->data->n);
        r->add = 0;
        find_delta(r);
    }
    r->ctx->parallel(r->ctx, blocks, score_block, r);
    for (size_t b = 0; b < blocks; b++)
        sum += r->t->block_loss[b];
    r->m->training_loss = sum / r->t->weight;
}

/* From the beginning: the base, and what the trees that there are say. */
static int score_anew(struct round *r)
{
    struct gbm_training *t = r->t;
    const struct nodes *trees = &r->m->family.trees;
    size_t n = r->data->n, width = r->m->loss.width;
    uint32_t *leaf = trees->n_trees ? room_new(n, sizeof *leaf) : NULL;
    if (trees->n_trees && leaf == NULL)
        return -1;
    for (size_t i = 0; i < n * width; i++)
        if (t->narrow)
            t->narrow[i] = 0;
        else
            t->score[i] = r->m->base[i % width];
    for (size_t tree = 0; tree < trees->n_trees; tree++) {
        const struct node *node = trees->node + trees->start[tree];
        nodes_walk(trees, tree, &t->table, n, NULL, leaf);
        for (size_t i = 0; i < n; i++)
            add_value(t, i * width + tree % width, trees->value[node[leaf[i]].value]);
    }
    room_free(leaf);
    r->add = 0;
    score_rows(r);
    t->started = 1;
    return 0;
}

/* ---- one tree ----------------------------------------------------------------------------------------------- */

static void pack_block(void *arg, size_t b, unsigned worker)
{
    struct round *r = arg;
    struct gbm_training *t = r->t;
    size_t n = r->data->n, begin = b * BLOCK, m = n - begin < BLOCK ? n - begin : BLOCK;
    float room[BLOCK];
    (void)worker;
    hist_pack(&t->form, r->key, begin, m, t->g + r->k * n + begin,
              t->form.constant_h ? NULL : curvatures(r, r->k, begin, m, room), t->word + begin);
}

static void pack_gradients(struct round *r)
{
    struct gbm_training *t = r->t;
    size_t width = r->m->loss.width, blocks = blocks_of(r->data->n);
    float g = 0, h = 0;
    for (size_t b = 0; b < blocks; b++) {
        const float *most = t->block_most + 2 * (b * width + r->k);
        g = most[0] > g ? most[0] : g;
        h = !t->form.constant_h && most[1] > h ? most[1] : h;
    }
    /* one less than fits: rounding may go up */
    t->form.g_unit = g > 0 ? (double)g / (t->form.g_most - 1) : 1;
    t->form.h_unit = h > 0 && !t->form.constant_h ? (double)h / (t->form.h_most - 1) : 1;
    r->key = (uint32_t)lt_random(r->m->seed, r->number, r->k);
    r->ctx->parallel(r->ctx, blocks, pack_block, r);
}

static void draw_rows(struct round *r)
{
    struct gbm_training *t = r->t;
    uint64_t stream = stream_of(STREAM_ROWS, r->number, 0);
    t->drawn = 1;
    t->n_rows = 0;
    for (size_t i = 0; i < r->data->n; i++)
        if (lt_uniform(r->m->seed, stream, i) < t->subsample)
            t->rows[t->n_rows++] = (uint32_t)i;
    if (t->n_rows == 0)
        t->rows[t->n_rows++] = lt_below(r->m->seed, stream, r->data->n, (uint32_t)r->data->n);
}

/* ---- rows by gradient --------------------------------------------------------------------------------------- */

/* How much a row has to say, as bits that order like the (positive) number. */
static uint32_t say_of(const struct round *r, size_t i)
{
    float say = 0;
    uint32_t bits;
    for (uint32_t k = 0; k < r->m->loss.width; k++)
        say += fabsf(r->t->g[k * r->data->n + i] * r->t->h[k * r->data->n + i]);
    memcpy(&bits, &say, sizeof bits);
    return bits;
}

/* The bits of the row that `top` rows reach or exceed, half a word at a time, and how many of those that are equal
 * belong to them. */
static int find_top(const struct round *r, size_t top, uint32_t *bits, size_t *equal)
{
    enum { HALF = 1 << 16 };
    size_t *count = room_new(HALF, sizeof *count), left = top;
    uint32_t high = HALF - 1, low = HALF - 1;
    if (count == NULL)
        return -1;
    memset(count, 0, HALF * sizeof *count);
    for (size_t i = 0; i < r->data->n; i++)
        count[say_of(r, i) >> 16]++;
    for (; high > 0 && count[high] < left; high--)
        left -= count[high];
    memset(count, 0, HALF * sizeof *count);
    for (size_t i = 0; i < r->data->n; i++) {
        uint32_t say = say_of(r, i);
        if (say >> 16 == high)
            count[say & (HALF - 1)]++;
    }
    for (; low > 0 && count[low] < left; low--)
        left -= count[low];
    room_free(count);
    *bits = high << 16 | low;
    *equal = left;
    return 0;
}

/* The row's gradients count `times` as much. */
static void raise_row(struct round *r, size_t i, float times)
{
    struct gbm_training *t = r->t;
    size_t width = r->m->loss.width;
    for (size_t k = 0; k < width; k++) {
        float *most = t->block_most + 2 * (i / BLOCK * width + k);
        float g = t->g[k * r->data->n + i] *= times, h = t->h[k * r->data->n + i] *= times;
        most[0] = fabsf(g) > most[0] ? fabsf(g) : most[0];
        most[1] = h > most[1] ? h : most[1];
    }
}

/* The rows with the greatest gradients, and a draw of the others, which speak for the rest of them (one-side
 * sampling, Ke et al., 2017). In the first rounds all gradients are great, so all rows are taken. */
static int draw_by_gradient(struct round *r)
{
    struct gbm_training *t = r->t;
    size_t n = r->data->n, top = (size_t)fmax(1, floor(t->top_rate * (double)n));
    size_t other = (size_t)fmax(1, floor(t->other_rate * (double)n)), rest = n - top, equal;
    uint32_t bits;
    t->drawn = (double)r->number >= 1 / t->rate && top + other < n;
    if (!t->drawn)
        return 0;
    if (find_top(r, top, &bits, &equal) != 0)
        return -1;
    float times = (float)((double)rest / (double)other);
    uint64_t stream = stream_of(STREAM_ROWS, r->number, 0);
    t->n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t say = say_of(r, i);
        if (say > bits || (say == bits && equal > 0)) {
            equal -= say == bits;
            t->rows[t->n_rows++] = (uint32_t)i;
            continue;
        }
        if (lt_below(r->m->seed, stream, i, (uint32_t)rest) < other) {
            raise_row(r, i, times);
            t->rows[t->n_rows++] = (uint32_t)i;
            other--;
        }
        rest--;
    }
    return 0;
}

/* Walks the columns and takes each with the chance that leaves just enough of them (Knuth's algorithm S). */
static void draw_columns(struct round *r)
{
    struct gbm_training *t = r->t;
    size_t p = r->data->p, left = (size_t)fmax(1, ceil(t->colsample * (double)p));
    uint64_t stream = stream_of(STREAM_COLUMNS, r->number, r->k);
    for (size_t j = 0; j < p; j++) {
        t->use[j] = left == p - j || lt_below(r->m->seed, stream, j, (uint32_t)(p - j)) < left;
        left -= t->use[j];
    }
}

/* Rows [begin, end) of a leaf, and the sums of their gradients. */
struct leaf_part {
    size_t leaf, begin, end;
    double g, h;
};

static void leaf_part(void *arg, size_t i, unsigned worker)
{
    enum { FEW = 256 };
    struct round *r = arg;
    struct leaf_part *part = &r->part[i];
    size_t n = r->data->n;
    const uint32_t *rows = r->leaf[part->leaf].rows;
    const float *g = r->t->g + r->k * n, *h = r->t->h ? r->t->h + r->k * n : NULL;
    uint16_t *leaf_of = r->t->leaf_of + r->k * n;
    float few_g[FEW], few_h[FEW];
    (void)worker;
    part->g = part->h = 0;
    for (size_t at = part->begin; at < part->end; at += FEW) {
        size_t m = part->end - at < FEW ? part->end - at : FEW;
        for (size_t e = 0; e < m; e++) {
            few_g[e] = g[rows[at + e]];
            leaf_of[rows[at + e]] = (uint16_t)part->leaf;
        }
        for (size_t e = 0; h && e < m; e++)
            few_h[e] = h[rows[at + e]];
        if (!h)
            loss_curvature(&r->m->loss, m, few_g, few_h);
        for (size_t e = 0; e < m; e++) {
            part->g += (double)few_g[e];
            part->h += (double)few_h[e];
        }
    }
}

static int sum_leaves(struct round *r)
{
    size_t parts = 0;
    for (size_t k = 0; k < r->n_leaves; k++)
        parts += (r->leaf[k].end - r->leaf[k].begin + BLOCK - 1) / BLOCK;
    r->part = room_new(parts, sizeof *r->part);
    if (r->part == NULL)
        return -1;
    r->n_parts = 0;
    for (size_t k = 0; k < r->n_leaves; k++)
        for (size_t at = r->leaf[k].begin; at < r->leaf[k].end; at += BLOCK)
            r->part[r->n_parts++] =
                (struct leaf_part){k, at, at + BLOCK < r->leaf[k].end ? at + BLOCK : r->leaf[k].end, 0, 0};
    r->ctx->parallel(r->ctx, r->n_parts, leaf_part, r);
    return 0;
}

/* The quantile of a leaf's residuals that the loss asks for. */
static void renew_leaf(void *arg, size_t k, unsigned worker)
{
    struct round *r = arg;
    struct gbm_training *t = r->t;
    const struct boost_leaf *leaf = &r->leaf[k];
    double *x = t->work + leaf->begin, *other = t->work + r->data->n + leaf->begin;
    double alpha = r->m->loss.kind == LOSS_QUANTILE ? r->m->loss.alpha : 0.5;
    size_t m = 0;
    int uneven = r->data->weight != NULL || t->top_rate > 0;
    (void)worker;
    for (size_t at = leaf->begin; at < leaf->end; at++) {
        size_t row = leaf->rows[at];
        if (uneven && !(t->h[row] > 0))
            continue;
        if (uneven) /* the curvature of these losses is the weight */
            other[m] = (double)t->h[row];
        x[m++] = residual(r, row);
    }
    t->leaf_value[0][k] = m ? loss_quantile(m, x, uneven ? other : NULL, alpha, other) : 0;
}

/* Newton's step of each leaf, -G / (H + lambda), or the quantile that the loss asks for. */
static void find_values(struct round *r)
{
    struct gbm_training *t = r->t;
    double *value = t->leaf_value[r->k], lambda = t->rules.cut.lambda;
    size_t i = 0;
    for (size_t k = 0; k < r->n_leaves; k++) {
        double g = 0, h = 0;
        for (; i < r->n_parts && r->part[i].leaf == k; i++) {
            g += r->part[i].g;
            h += r->part[i].h;
        }
        value[k] = h + lambda > 0 ? -g / (h + lambda) : 0;
    }
    if (loss_renews(r->m->loss.kind))
        r->ctx->parallel(r->ctx, r->n_leaves, renew_leaf, r);
    struct nodes *trees = &r->m->family.trees;
    size_t root = trees->start[trees->n_trees - 1];
    for (size_t k = 0; k < r->n_leaves; k++) {
        value[k] = fmin(fmax(value[k], r->leaf[k].lower), r->leaf[k].upper) * t->rate;
        trees->value[trees->node[root + r->leaf[k].at].value] = value[k];
    }
}

/* Rows that the tree did not learn from find their leaves by walking. */
static void walk_block(void *arg, size_t b, unsigned worker)
{
    struct round *r = arg;
    const struct nodes *trees = &r->m->family.trees;
    size_t n = r->data->n, begin = b * LOSS_BLOCK, m = n - begin < LOSS_BLOCK ? n - begin : LOSS_BLOCK;
    uint32_t rows[LOSS_BLOCK] = {0}, leaf[LOSS_BLOCK];
    (void)worker;
    for (size_t i = 0; i < m; i++)
        rows[i] = (uint32_t)(begin + i);
    nodes_walk(trees, trees->n_trees - 1, &r->t->table, m, rows, leaf);
    for (size_t i = 0; i < m; i++)
        r->t->leaf_of[r->k * n + begin + i] = (uint16_t)r->number_of[leaf[i]];
}

static int walk_rows(struct round *r)
{
    const struct nodes *trees = &r->m->family.trees;
    size_t nodes = trees->n - trees->start[trees->n_trees - 1];
    r->number_of = room_zero(nodes, sizeof *r->number_of);
    if (r->number_of == NULL)
        return -1;
    for (size_t k = 0; k < r->n_leaves; k++)
        r->number_of[r->leaf[k].at] = (uint32_t)k;
    r->ctx->parallel(r->ctx, (r->data->n + LOSS_BLOCK - 1) / LOSS_BLOCK, walk_block, r);
    room_free(r->number_of);
    return 0;
}

static int boost_class(struct round *r)
{
    struct gbm_training *t = r->t;
    pack_gradients(r);
    draw_columns(r);
    int status = booster_grow(r->ctx, t->booster, &t->form, t->word, t->drawn ? t->rows : NULL,
                              t->drawn ? t->n_rows : r->data->n, t->use, &r->m->family.trees);
    if (status != LT_OK)
        return status;
    r->n_leaves = booster_leaves(t->booster, &r->leaf);
    if (sum_leaves(r) != 0)
        return LT_MEMORY;
    find_values(r);
    room_free(r->part);
    return t->drawn && walk_rows(r) != 0 ? LT_MEMORY : LT_OK;
}

/* A tree for each score. */
static int boost_round(struct round *r)
{
    int status = LT_OK;
    size_t whole = r->m->family.trees.n_trees;
    if (!r->t->started && score_anew(r) != 0)
        return LT_MEMORY;
    if (r->t->subsample < 1)
        draw_rows(r);
    if (r->t->top_rate > 0 && draw_by_gradient(r) != 0)
        return LT_MEMORY;
    for (r->k = 0; r->k < r->m->loss.width && status == LT_OK; r->k++)
        status = r->ctx->cancelled(r->ctx) ? LT_CANCELLED : boost_class(r);
    if (status != LT_OK) {
        nodes_truncate(&r->m->family.trees, whole);
        r->t->started &= !(r->t->top_rate > 0); /* some gradients were raised */
        return status;
    }
    r->add = 1;
    score_rows(r);
    return LT_OK;
}

static int gbm_step(struct lt_ctx *ctx, void *model, const struct lt_data *data, uint64_t units)
{
    struct gbm *m = model;
    const struct nodes *trees = &m->family.trees;
    uint64_t width = m->loss.width, first = trees->n_trees / width;
    uint64_t target = m->planned - first < units ? m->planned : first + units;
    if (m->training == NULL)
        return LT_DONE;
    for (uint64_t number = first; number < target; number++) {
        struct round r = {.ctx = ctx, .m = m, .t = m->training, .data = data, .number = number};
        int status = boost_round(&r);
        if (status == LT_MEMORY)
            return ctx->fail(ctx, LT_MEMORY, "no memory for another round");
        if (status != LT_OK)
            return status;
        ctx->metric(ctx, "loss", number + 1, m->training_loss);
        ctx->progress(ctx, (double)(number + 1 - first) / (double)(target - first), "boosting");
        if (!isfinite(m->training_loss))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the loss is no longer finite after round %llu; lower learning_rate, "
                             "or rescale a target of very large numbers",
                             (unsigned long long)number + 1);
    }
    if (target < m->planned)
        return LT_MORE;
    training_free(m);
    return LT_DONE;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

struct scoring {
    const struct gbm *m;
    double *out;
};

static void predict_block(void *arg, const struct bin_table *codes, size_t begin, size_t n)
{
    const struct scoring *s = arg;
    const struct nodes *f = &s->m->family.trees;
    uint32_t leaf[NODES_BLOCK], width = s->m->loss.width, columns = s->m->family.n_classes == 2 ? 2 : width;
    double one[NODES_BLOCK], *out = s->out + begin * columns, *score = width == 1 ? one : out;
    for (size_t i = 0; i < n * width; i++)
        score[i] = s->m->base[width == 1 ? 0 : i % width];
    for (size_t t = 0; t < f->n_trees; t++) {
        const struct node *node = f->node + f->start[t];
        nodes_walk(f, t, codes, n, NULL, leaf);
        for (size_t i = 0; i < n; i++)
            score[i * width + t % width] += f->value[node[leaf[i]].value];
    }
    if (s->m->family.n_classes == 1)
        for (size_t i = 0; i < n; i++)
            out[i] = 1;
    else
        loss_predictions(&s->m->loss, n, score, out);
}

static int gbm_predict(struct lt_ctx *ctx, const void *model, const struct lt_data *data, struct lt_out *out)
{
    const struct gbm *m = model;
    struct scoring s = {m, m->family.n_classes ? out->proba : out->value};
    int status = family_check_columns(ctx, &m->family, data);
    return status != LT_OK || data->n == 0 ? status
                                           : nodes_each_block(ctx, &m->family.map, data, predict_block, &s);
}

static int gbm_describe(struct lt_ctx *ctx, const void *model)
{
    static const char *const columns[] = {"rounds:int", "trees:int", "leaves:real", "loss:text",
                                          "training_loss:real"};
    static const char *const losses[] = {"auto",  "log_loss", "squared_error", "absolute_error",
                                         "huber", "quantile", "poisson"};
    const struct gbm *m = model;
    const struct nodes *trees = &m->family.trees;
    double leaves = 0;
    for (size_t t = 0; t < trees->n_trees; t++)
        leaves += (double)nodes_leaves(trees, t);
    ctx->emit_table(ctx, "summary", "Boosted trees", columns, 5);
    ctx->emit_row(ctx, (struct lt_cell[]){LT_CINT(trees->n_trees / m->loss.width), LT_CINT(trees->n_trees),
                                          LT_CREAL(trees->n_trees ? leaves / (double)trees->n_trees : 0),
                                          LT_CTEXT(losses[m->loss.kind]),
                                          isnan(m->training_loss) ? LT_CNONE : LT_CREAL(m->training_loss)});
    return importance_emit(ctx, &m->family.names, trees, 0, NULL, "Importance: share of the gain");
}

static int gbm_save(struct lt_ctx *ctx, const void *model)
{
    const struct gbm *m = model;
    struct lt_tensor base = {LT_T_F64, 1, {m->loss.width}, m->base};
    int status = family_save(ctx, &m->family);
    if (status == LT_OK)
        status = ctx->put_tensor(ctx, "gbm.base", &base);
    if (status == LT_OK)
        status = ctx->put_number(ctx, "gbm.loss", (double)m->loss.kind);
    if (status == LT_OK && !isnan(m->training_loss))
        status = ctx->put_number(ctx, "gbm.training_loss", m->training_loss);
    return status;
}

static int gbm_load_base(struct lt_ctx *ctx, struct gbm *m)
{
    struct lt_tensor base;
    double kind;
    if (ctx->get_number(ctx, "gbm.loss", &kind) || !(kind >= LOSS_LOGISTIC && kind <= LOSS_POISSON) ||
        ctx->get_tensor(ctx, "gbm.base", LT_T_F64, 1, &base) || base.shape[0] != m->loss.width ||
        m->family.trees.n_trees % m->loss.width != 0)
        return ctx->fail(ctx, LT_INVALID,
                         "the saved model is damaged: its trees, base and loss don't fit together");
    m->loss.kind = (enum loss_kind)kind;
    if (loss_check(ctx, m->loss.kind, m->family.task) != LT_OK)
        return LT_INVALID;
    m->base = room_new(m->loss.width, sizeof *m->base);
    if (m->base == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a model");
    memcpy(m->base, base.data, m->loss.width * sizeof *m->base);
    if (ctx->get_number(ctx, "gbm.training_loss", &m->training_loss) != LT_OK)
        m->training_loss = NAN;
    return LT_OK;
}

static int gbm_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    struct gbm *m = room_zero(1, sizeof *m);
    if (m == NULL)
        return ctx->fail(ctx, LT_MEMORY, "no memory for a model");
    m->planned = (uint64_t)p->v[ROUNDS].i;
    m->loss.width = info->task == LT_CLASSIFY && info->n_classes > 2 ? info->n_classes : 1;
    m->loss.alpha = p->v[ALPHA].r;
    int status = family_load_width(ctx, info, 1, &m->family);
    if (status == LT_OK)
        status = gbm_load_base(ctx, m);
    if (status != LT_OK) {
        gbm_free(m);
        return status;
    }
    *model = m;
    return LT_OK;
}

static int gbm_units(const void *model, uint64_t *taken, uint64_t *planned)
{
    const struct gbm *m = model;
    *taken = m->family.trees.n_trees / m->loss.width;
    *planned = m->planned;
    return LT_OK;
}

static int gbm_truncate(struct lt_ctx *ctx, void *model, uint64_t units)
{
    struct gbm *m = model;
    (void)ctx;
    if (units * m->loss.width >= m->family.trees.n_trees)
        return LT_OK;
    nodes_truncate(&m->family.trees, units * m->loss.width);
    m->training_loss = NAN;
    if (m->training)
        m->training->started = 0;
    return LT_OK;
}

const struct lt_algo gbm_algo = {
    LT_HEADER(1),
    .id = "gbm",
    .name = "Gradient boosting",
    .version = "1.0",
    .summary = "Small trees one after another, each correcting those before it",
    .doc =
        "The score of a row is a sum of trees, $F_m(x) = F_{m-1}(x) + \\eta f_m(x)$. With $g_i$ and $h_i$ the "
        "first "
        "and second derivative of the loss at row $i$'s score, a leaf with sums $G$ and $H$ takes the Newton "
        "step\n\n"
        "$$v = -\\frac{G}{H + \\lambda}$$\n\n"
        "and a split is worth $\\frac{G_l^2}{H_l+\\lambda} + \\frac{G_r^2}{H_r+\\lambda} - "
        "\\frac{G^2}{H+\\lambda}$. Classes use the log loss (a tree a class and round when there are more than "
        "two), "
        "numbers the squared error unless another loss is asked for.\n\n"
        "Each tree is a small step towards a lower loss; `learning_rate` says how small. Too many rounds "
        "overfit: watch the loss on rows that were held out.\n\n"
        "`monotone` keeps predictions from falling (or rising) along a column: a split on it must put the values "
        "of "
        "its sides in order, and everything below stays on its side of their middle. `interaction` says which "
        "columns may act together. `top_rate` saves time on large tables: rows with small gradients are sampled, "
        "and count for those left out.\n\n"
        "Columns are cut into at most 255 bins. Missing values go to the side that gains more. The levels of a "
        "category are ordered by $G/H$ and parted in two. Splits are chosen on gradients rounded to whole "
        "numbers, "
        "without bias, which makes the trees the same at any number of threads.",
    .reference =
        "Friedman (2001), Greedy function approximation, Annals of Statistics 29; Chen and Guestrin (2016), "
        "XGBoost, KDD; Ke et al. (2017), LightGBM, NeurIPS; Shi et al. (2022), Quantized training, NeurIPS",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK | LT_ITERATIVE,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "round",
    .check = gbm_check,
    .begin = gbm_begin,
    .step = gbm_step,
    .predict = gbm_predict,
    .describe = gbm_describe,
    .save = gbm_save,
    .load = gbm_load,
    .free = gbm_free,
    .units = gbm_units,
    .truncate = gbm_truncate,
};

/* bagging: Breiman's bootstrap aggregating (1996) of trees. Each tree grows in full on rows drawn at random, and
 * on columns drawn at random when that is asked for: one draw a tree, not one a node as in a forest. */
#include <math.h>

#include "plugins/tree/ensemble.h"
#include "plugins/tree/family.h"
#include "plugins/tree/options.h"

enum {
    TREES,
    MAX_SAMPLES,
    MAX_FEATURES,
    BOOTSTRAP,
    BOOTSTRAP_FEATURES,
    OOB,
    CRITERION,
    MAX_DEPTH,
    MIN_SPLIT,
    MIN_LEAF,
    MIN_DECREASE,
    MAX_BINS,
    N_PARAMS
};

static const struct lt_param params[N_PARAMS] = {
    [TREES] = {.name = "n_estimators",
               .aliases = "trees,ntree",
               .type = LT_INT,
               .def = "10",
               .min = 1,
               .max = 1e6,
               .flags = LT_TUNE | LT_LOG,
               .unit = "trees",
               .doc = "How many trees vote"},
    [MAX_SAMPLES] = {.name = "max_samples",
                     .type = LT_STRING,
                     .def = "1.0",
                     .flags = LT_TUNE,
                     .doc = "Rows that a tree draws: a share such as 0.5 or a number"},
    [MAX_FEATURES] = {.name = "max_features",
                      .type = LT_STRING,
                      .def = "1.0",
                      .flags = LT_TUNE,
                      .doc = "Columns that a tree draws: a share such as 0.5 or a number"},
    [BOOTSTRAP] = {.name = "bootstrap", .type = LT_BOOL, .def = "yes", .doc = "Draw rows with replacement"},
    [BOOTSTRAP_FEATURES] = {.name = "bootstrap_features",
                            .type = LT_BOOL,
                            .def = "no",
                            .flags = LT_ADVANCED,
                            .doc = "Draw columns with replacement: a tree then has fewer different ones"},
    [OOB] = {.name = "oob_score",
             .aliases = "oob",
             .type = LT_BOOL,
             .def = "no",
             .doc = "Judge the trees on the rows that each did not draw"},
    [CRITERION] = OPTION_CRITERION,
    [MAX_DEPTH] = OPTION_MAX_DEPTH,
    [MIN_SPLIT] = OPTION_MIN_SPLIT,
    [MIN_LEAF] = OPTION_MIN_LEAF,
    [MIN_DECREASE] = OPTION_MIN_DECREASE,
    [MAX_BINS] = OPTION_MAX_BINS,
};

static const char title[] = "Bagged trees";

/* A share or a number of `whole`; what is not given is all. */
static size_t part_of(const struct lt_value *value, size_t whole)
{
    return value->s ? options_share(value->s, whole) : whole;
}

static int bagging_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    enum criterion criterion;
    int status = options_criterion(ctx, &p->v[CRITERION], data->task, &criterion);
    if (status != LT_OK)
        return status;
    if (part_of(&p->v[MAX_SAMPLES], 100) == 0)
        return ctx->fail(ctx, LT_INVALID, "max_samples=%s is not a share such as 0.5 or a number of rows",
                         p->v[MAX_SAMPLES].s);
    if (part_of(&p->v[MAX_FEATURES], 100) == 0)
        return ctx->fail(ctx, LT_INVALID, "max_features=%s is not a share such as 0.5 or a number of columns",
                         p->v[MAX_FEATURES].s);
    if (p->v[OOB].i && !p->v[BOOTSTRAP].i && part_of(&p->v[MAX_SAMPLES], data->n) == data->n)
        return ctx->fail(
            ctx, LT_INVALID,
            "oob_score=yes needs bootstrap=yes or a smaller max_samples: here each tree sees every row");
    return LT_OK;
}

static int bagging_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    static const struct options_rows rows = {CRITERION, MAX_DEPTH, MIN_SPLIT, MIN_LEAF, MIN_DECREASE, -1};
    struct ensemble_plan plan = {
        .title = title,
        .trees = (uint64_t)p->v[TREES].i,
        .max_bins = (uint32_t)p->v[MAX_BINS].i,
        .draws = part_of(&p->v[MAX_SAMPLES], data->n),
        .replace = p->v[BOOTSTRAP].i != 0,
        .columns = part_of(&p->v[MAX_FEATURES], data->p),
        .replace_columns = p->v[BOOTSTRAP_FEATURES].i != 0,
        .oob = p->v[OOB].i != 0,
    };
    int status = options_rules(ctx, p, &rows, data, &plan.rules);
    return status == LT_OK ? ensemble_begin(ctx, &plan, data, model) : status;
}

static int bagging_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return ensemble_load(ctx, title, (uint64_t)p->v[TREES].i, info, model);
}

const struct lt_algo bagging_algo = {
    LT_HEADER(1),
    .id = "bagging",
    .name = "Bagged trees",
    .version = "1.0",
    .summary = "Trees on random samples of the rows; their mean answer",
    .doc =
        "Draw a sample of the rows with replacement, grow a tree on it, and do so B times; the answer is the mean "
        "of the trees, $\\hat f(x) = \\frac1B \\sum_b f_b(x)$.\n\n"
        "The mean of B answers of variance $\\sigma^2$ and correlation $\\rho$ has the variance "
        "$\\rho\\sigma^2 + \\frac{1-\\rho}{B}\\sigma^2$: many trees wear the second part down, and different "
        "rows make $\\rho$ smaller. A deep tree has a small bias and a large variance, which is just what this "
        "mends.\n\n"
        "`max_samples` with `bootstrap=no` is pasting (Breiman, 1999), `max_features` below 1.0 draws columns for "
        "each tree: random subspaces (Ho, 1998), and both together random patches. A random forest draws columns "
        "for each node instead.",
    .reference = "Breiman (1996), Bagging predictors, Machine Learning 24; Ho (1998), The random subspace method, "
                 "IEEE PAMI 20",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "tree",
    .check = bagging_check,
    .begin = bagging_begin,
    .step = ensemble_step,
    .predict = ensemble_predict,
    .describe = ensemble_describe,
    .save = ensemble_save,
    .load = bagging_load,
    .free = ensemble_free,
    .units = ensemble_units,
    .truncate = ensemble_truncate,
};

/* forest: Breiman's random forest. Each tree grows on a bootstrap sample, and each of its nodes looks at a few
 * columns drawn anew; the forest's answer is the mean of the trees' answers. */
#include <math.h>

#include "plugins/tree/ensemble.h"
#include "plugins/tree/family.h"
#include "plugins/tree/options.h"

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
    [CRITERION] = OPTION_CRITERION,
    [MAX_DEPTH] = OPTION_MAX_DEPTH,
    [MIN_SPLIT] = OPTION_MIN_SPLIT,
    [MIN_LEAF] = OPTION_MIN_LEAF,
    [MIN_DECREASE] = OPTION_MIN_DECREASE,
    [MAX_FEATURES] = OPTION_NODE_FEATURES,
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
                     .doc = "Rows drawn for a tree with bootstrap=yes, as a share of all"},
    [OOB] = {.name = "oob_score",
             .aliases = "oob",
             .type = LT_BOOL,
             .def = "no",
             .doc = "Judge the forest on the rows that each tree did not draw"},
    [MAX_BINS] = OPTION_MAX_BINS,
};

static const char title[] = "Forest";

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

static int forest_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    static const struct options_rows rows = {CRITERION, MAX_DEPTH,    MIN_SPLIT,
                                             MIN_LEAF,  MIN_DECREASE, MAX_FEATURES};
    double share = p->v[MAX_SAMPLES].is_none ? 1 : p->v[MAX_SAMPLES].r;
    struct ensemble_plan plan = {
        .title = title,
        .trees = (uint64_t)p->v[TREES].i,
        .max_bins = (uint32_t)p->v[MAX_BINS].i,
        .draws = p->v[BOOTSTRAP].i ? (size_t)fmax(1, floor(share * (double)data->n + 0.5)) : 0,
        .replace = 1,
        .oob = p->v[OOB].i != 0,
    };
    int status = options_rules(ctx, p, &rows, data, &plan.rules);
    return status == LT_OK ? ensemble_begin(ctx, &plan, data, model) : status;
}

static int forest_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return ensemble_load(ctx, title, (uint64_t)p->v[TREES].i, info, model);
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
    .step = ensemble_step,
    .predict = ensemble_predict,
    .describe = ensemble_describe,
    .save = ensemble_save,
    .load = forest_load,
    .free = ensemble_free,
    .units = ensemble_units,
    .truncate = ensemble_truncate,
};

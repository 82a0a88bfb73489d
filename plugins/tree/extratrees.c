/* extratrees: extremely randomised trees (Geurts, Ernst and Wehenkel, 2006): a forest whose nodes draw thresholds
 * instead of searching for them, so that trees are less alike and their mean varies less. */
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
                   .def = "no",
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

enum { EXACT_ROWS = 20000, USUAL_BINS = 255 };

static const char title[] = "Extra trees";

static int extratrees_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
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

static int extratrees_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                            void **model)
{
    static const struct options_rows rows = {CRITERION, MAX_DEPTH,    MIN_SPLIT,
                                             MIN_LEAF,  MIN_DECREASE, MAX_FEATURES};
    double share = p->v[MAX_SAMPLES].is_none ? 1 : p->v[MAX_SAMPLES].r;
    struct ensemble_plan plan = {
        .title = title,
        .trees = (uint64_t)p->v[TREES].i,
        .max_bins = (uint32_t)options_count(&p->v[MAX_BINS], data->n <= EXACT_ROWS ? EXACT_ROWS : USUAL_BINS),
        .draws = p->v[BOOTSTRAP].i ? (size_t)fmax(1, floor(share * (double)data->n + 0.5)) : 0,
        .replace = 1,
        .oob = p->v[OOB].i != 0,
    };
    int status = options_rules(ctx, p, &rows, data, &plan.rules);
    plan.rules.split.random = 1;
    return status == LT_OK ? ensemble_begin(ctx, &plan, data, model) : status;
}

static int extratrees_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return ensemble_load(ctx, title, (uint64_t)p->v[TREES].i, info, model);
}

const struct lt_algo extratrees_algo = {
    LT_HEADER(1),
    .id = "extratrees",
    .name = "Extremely randomised trees",
    .version = "1.0",
    .summary = "A forest whose nodes draw their thresholds at random",
    .doc =
        "As in a random forest, each node looks at a few columns drawn at random, and the answer is the mean of "
        "all "
        "trees, $\\hat f(x) = \\frac1B \\sum_b f_b(x)$. But a node doesn't search for the best threshold: for "
        "each "
        "column it draws one, uniformly between the least and the greatest value of its rows, and takes the "
        "column "
        "whose draw parts the rows best. Each tree learns from all rows.\n\n"
        "A searched threshold follows the noise of the rows at hand; a drawn one can't. Single trees are worse, "
        "but "
        "they are less alike, so their mean varies less, and as a function of a number it is smoother. Where many "
        "columns say nothing, raise `max_features`.\n\n"
        "In tables of more than 20000 rows, columns with more than 255 distinct values are split at quantiles. "
        "Missing values go to a side "
        "drawn for each question, and so does each level of a category. Importance is the mean decrease of "
        "impurity.",
    .reference = "Geurts, Ernst, Wehenkel (2006), Extremely randomized trees, Machine Learning 63",
    .tasks = LT_CLASSIFY | LT_REGRESS,
    .traits = LT_MISSING_OK | LT_CATEGORY_OK | LT_WEIGHTS_OK,
    .layout = LT_COLUMNS,
    .n_params = N_PARAMS,
    .params = params,
    .unit = "tree",
    .check = extratrees_check,
    .begin = extratrees_begin,
    .step = ensemble_step,
    .predict = ensemble_predict,
    .describe = ensemble_describe,
    .save = ensemble_save,
    .load = extratrees_load,
    .free = ensemble_free,
    .units = ensemble_units,
    .truncate = ensemble_truncate,
};

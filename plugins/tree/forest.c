/* forest: Breiman's random forest. Each tree grows on a bootstrap sample, and each of its nodes looks at a few
 * columns drawn anew; the forest's answer is the mean of the trees' answers. */
#include "plugins/tree/forest.h"

#include <math.h>
#include <string.h>

#include "plugins/tree/family.h"

static const struct lt_param params[FOREST_PARAMS] = FOREST_ROWS("yes", OPTION_MAX_BINS);

static const char forest_title[] = "Forest";

int forest_check(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data)
{
    enum criterion criterion;
    int status = options_criterion(ctx, &p->v[FOREST_CRITERION], data->task, &criterion);
    const struct lt_value *columns = &p->v[FOREST_MAX_FEATURES];
    if (status == LT_OK && (!columns->s || strcmp(columns->s, "auto") != 0))
        status = options_check_max_features(ctx, columns);
    if (status == LT_OK && p->v[FOREST_OOB].i && !p->v[FOREST_BOOTSTRAP].i)
        return ctx->fail(ctx, LT_INVALID,
                         "oob_score=yes needs bootstrap=yes: without it each tree sees every row");
    return status;
}

int forest_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, const char *title,
                 int random, uint32_t max_bins, void **model)
{
    static const struct options_rows rows = {FOREST_CRITERION, FOREST_MAX_DEPTH,    FOREST_MIN_SPLIT,
                                             FOREST_MIN_LEAF,  FOREST_MIN_DECREASE, FOREST_MAX_FEATURES};
    double share = p->v[FOREST_MAX_SAMPLES].is_none ? 1 : p->v[FOREST_MAX_SAMPLES].r;
    struct ensemble_plan plan = {
        .title = title,
        .trees = (uint64_t)p->v[FOREST_TREES].i,
        .max_bins = max_bins,
        .draws = p->v[FOREST_BOOTSTRAP].i ? (size_t)fmax(1, floor(share * (double)data->n + 0.5)) : 0,
        .replace = 1,
        .oob = p->v[FOREST_OOB].i != 0,
    };
    int status = options_rules(ctx, p, &rows, data, &plan.rules);
    plan.rules.split.random = random;
    return status == LT_OK ? ensemble_begin(ctx, &plan, data, model) : status;
}

static int searching_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data, void **model)
{
    return forest_begin(ctx, p, data, forest_title, 0, (uint32_t)p->v[FOREST_MAX_BINS].i, model);
}

static int searching_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return ensemble_load(ctx, forest_title, (uint64_t)p->v[FOREST_TREES].i, info, model);
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
    .params = params,
    .begin = searching_begin,
    .load = searching_load,
    FOREST_DESCRIPTOR,
};

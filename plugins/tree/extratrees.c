/* extratrees: extremely randomised trees (Geurts, Ernst and Wehenkel, 2006): a forest whose nodes draw thresholds
 * instead of searching for them, so that trees are less alike and their mean varies less. */
#include "plugins/tree/family.h"
#include "plugins/tree/forest.h"

enum { EXACT_ROWS = 20000, USUAL_BINS = 255 };

#define MAX_BINS                                                                                                  \
    {                                                                                                             \
        .name = "max_bins", .type = LT_INT, .def = "none", .min = 2, .max = 65535,                                \
        .flags = LT_NULLABLE | LT_ADVANCED, .unit = "bins",                                                       \
        .doc = "Columns with more distinct values are cut at quantiles; none is exact up to 20000 rows and "      \
               "takes 255 above"                                                                                  \
    }

static const struct lt_param params[FOREST_PARAMS] = FOREST_ROWS("no", MAX_BINS);

static const char title[] = "Extra trees";

static int extratrees_begin(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_data *data,
                            void **model)
{
    uint64_t bins = options_count(&p->v[FOREST_MAX_BINS], data->n <= EXACT_ROWS ? EXACT_ROWS : USUAL_BINS);
    return forest_begin(ctx, p, data, title, 1, (uint32_t)bins, model);
}

static int extratrees_load(struct lt_ctx *ctx, const struct lt_params *p, const struct lt_info *info, void **model)
{
    return ensemble_load(ctx, title, (uint64_t)p->v[FOREST_TREES].i, info, model);
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
    .params = params,
    .begin = extratrees_begin,
    .load = extratrees_load,
    FOREST_DESCRIPTOR,
};

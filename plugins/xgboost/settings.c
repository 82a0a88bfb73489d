#include "plugins/xgboost/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "plugins/kit/kit.h"
#include "plugins/xgboost/constraints.h"

#define SHARE(words)                                                                                              \
    .type = LT_REAL, .def = "1", .min = 0, .max = 1, .flags = LT_OPEN_MIN | LT_TUNE, .doc = "Share of the " words

const struct lt_param settings_params[N_PARAMS] = {
    [ROUNDS] = {.name = "n_estimators",
                .aliases = "rounds,n_rounds,num_boost_round,trees",
                .type = LT_INT,
                .def = "100",
                .min = 1,
                .max = 1e6,
                .flags = LT_TUNE | LT_LOG,
                .unit = "rounds",
                .doc = "Rounds of boosting"},
    [RATE] = {.name = "learning_rate",
              .aliases = "eta,lr",
              .type = LT_REAL,
              .def = "0.3",
              .min = 0,
              .max = 10,
              .flags = LT_OPEN_MIN | LT_LOG | LT_TUNE,
              .doc = "How much of each tree's advice is taken"},
    [MAX_DEPTH] = {.name = "max_depth",
                   .aliases = "depth",
                   .type = LT_INT,
                   .def = "6",
                   .min = 0,
                   .max = 1000,
                   .flags = LT_TUNE,
                   .unit = "levels",
                   .doc = "How many questions lead to a leaf at most; 0: as many as it takes (not with "
                          "tree_method=exact)"},
    [MAX_LEAVES] = {.name = "max_leaves",
                    .aliases = "leaves",
                    .type = LT_INT,
                    .def = "0",
                    .min = 0,
                    .max = 1e9,
                    .unit = "leaves",
                    .doc = "Leaves of a tree at most; 0: any number"},
    [GROW_POLICY] = {.name = "grow_policy",
                     .type = LT_CHOICE,
                     .def = "depthwise",
                     .choices = "depthwise,lossguide",
                     .flags = LT_ADVANCED,
                     .doc = "Which leaf is split next: the one nearest to the root, or the one that gains most"},
    [MIN_WEIGHT] = {.name = "min_child_weight",
                    .type = LT_REAL,
                    .def = "1",
                    .min = 0,
                    .max = 1e300,
                    .flags = LT_TUNE,
                    .doc = "No leaf has less curvature (for squared error: weight of rows) in sum"},
    [MIN_LOSS] = {.name = "gamma",
                  .aliases = "min_split_loss",
                  .type = LT_REAL,
                  .def = "0",
                  .min = 0,
                  .max = 1e300,
                  .flags = LT_TUNE,
                  .doc = "A split must lower the loss by this much"},
    [SUBSAMPLE] = {.name = "subsample", SHARE("rows that a round learns from, drawn anew")},
    [COLSAMPLE_TREE] = {.name = "colsample_bytree", SHARE("columns that a tree may use, drawn anew")},
    [COLSAMPLE_LEVEL] = {.name = "colsample_bylevel", SHARE("tree's columns that a level may use")},
    [COLSAMPLE_NODE] = {.name = "colsample_bynode", SHARE("level's columns that a split may use")},
    [LAMBDA] = {.name = "reg_lambda",
                .aliases = "lambda",
                .type = LT_REAL,
                .def = "1",
                .min = 0,
                .max = 1e300,
                .flags = LT_TUNE,
                .doc = "Shrinks the values of leaves with little curvature"},
    [ALPHA] = {.name = "reg_alpha",
               .aliases = "alpha",
               .type = LT_REAL,
               .def = "0",
               .min = 0,
               .max = 1e300,
               .flags = LT_TUNE,
               .doc = "Moves the values of leaves towards 0 by a fixed amount"},
    [DELTA_STEP] = {.name = "max_delta_step",
                    .type = LT_REAL,
                    .def = "none",
                    .min = 0,
                    .max = 1e300,
                    .flags = LT_NULLABLE | LT_ADVANCED,
                    .doc = "No leaf moves a score by more; 0: no limit; none: 0.7 for counts, else 0"},
    [MAX_BIN] = {.name = "max_bin",
                 .aliases = "max_bins",
                 .type = LT_INT,
                 .def = "256",
                 .min = 2,
                 .max = 65535,
                 .flags = LT_ADVANCED,
                 .unit = "bins",
                 .doc = "Columns with more distinct values than this are cut at quantiles"},
    [TREE_METHOD] = {.name = "tree_method",
                     .type = LT_CHOICE,
                     .def = "hist",
                     .choices = "hist,approx,exact",
                     .doc = "hist: bins made once; approx: bins made anew each round; exact: every value is tried "
                            "(takes no categories)"},
    [OBJECTIVE] = {.name = "objective",
                   .type = LT_CHOICE,
                   .def = "auto",
                   .choices = "auto,binary:logistic,multi:softprob,reg:squarederror,reg:absoluteerror,"
                              "reg:pseudohubererror,reg:squaredlogerror,count:poisson,reg:gamma,reg:tweedie",
                   .doc =
                       "What to reduce; auto takes binary:logistic for two classes, multi:softprob for more and "
                       "reg:squarederror for numbers"},
    [BASE_SCORE] = {.name = "base_score",
                    .type = LT_REAL,
                    .def = "none",
                    .flags = LT_NULLABLE | LT_ADVANCED,
                    .doc = "What is predicted before the first tree; none: XGBoost's own choice"},
    [POSITIVE_WEIGHT] = {.name = "scale_pos_weight",
                         .type = LT_REAL,
                         .def = "1",
                         .min = 0,
                         .max = 1e300,
                         .flags = LT_OPEN_MIN,
                         .doc = "Two classes: how many times a row of the second counts"},
    [PARALLEL_TREES] = {.name = "num_parallel_tree",
                        .type = LT_INT,
                        .def = "1",
                        .min = 1,
                        .max = 10000,
                        .flags = LT_ADVANCED,
                        .unit = "trees",
                        .doc = "Trees of a round (of each class), whose mean is taken; worth it with subsample"},
    [MONOTONE] =
        {.name = "monotone_constraints",
         .aliases = "monotone",
         .type = LT_STRING,
         .def = "none",
         .flags = LT_NULLABLE,
         .doc = "Columns in whose direction predictions must not fall (+1) or rise (-1), as in age:+1,fare:-1"},
    [INTERACTION] = {.name = "interaction_constraints",
                     .aliases = "interaction",
                     .type = LT_STRING,
                     .def = "none",
                     .flags = LT_NULLABLE,
                     .doc = "Groups of columns that may act together, as in \"a b;c d\""},
    [ONE_HOT] = {.name = "max_cat_to_onehot",
                 .type = LT_INT,
                 .def = "4",
                 .min = 1,
                 .max = 1e9,
                 .flags = LT_ADVANCED,
                 .unit = "levels",
                 .doc = "A category of fewer levels is split one against the others, of more into two groups"},
    [CATEGORIES] = {.name = "max_cat_threshold",
                    .type = LT_INT,
                    .def = "64",
                    .min = 1,
                    .max = 1e9,
                    .flags = LT_ADVANCED,
                    .unit = "levels",
                    .doc = "Levels that a split looks at to put them on one side, at most"},
    [TWEEDIE] = {.name = "tweedie_variance_power",
                 .type = LT_REAL,
                 .def = "1.5",
                 .min = 1,
                 .max = 2,
                 .flags = LT_OPEN_MIN | LT_OPEN_MAX,
                 .doc = "objective=reg:tweedie: the variance is the mean to this power"},
    [HUBER] = {.name = "huber_slope",
               .type = LT_REAL,
               .def = "1",
               .min = 0,
               .max = 1e300,
               .flags = LT_OPEN_MIN,
               .doc = "objective=reg:pseudohubererror: beyond such a residual the loss is nearly straight"},
    [JOBS] = {.name = "n_jobs",
              .aliases = "nthread",
              .type = LT_INT,
              .def = "none",
              .min = -1,
              .max = 4096,
              .flags = LT_NULLABLE | LT_ADVANCED,
              .unit = "threads",
              .doc = "XGBoost's threads; none or -1: those of the session, and one for small tables"},
};

/* ---- what to reduce ----------------------------------------------------------------------------------------- */

static const struct objective OBJECTIVES[] = {
    {"binary:logistic", LT_CLASSIFY, false, -INFINITY, false},
    {"multi:softprob", LT_CLASSIFY, true, -INFINITY, false},
    {"reg:squarederror", LT_REGRESS, false, -INFINITY, false},
    {"reg:absoluteerror", LT_REGRESS, false, -INFINITY, false},
    {"reg:pseudohubererror", LT_REGRESS, false, -INFINITY, false},
    {"reg:squaredlogerror", LT_REGRESS, false, -1, true},
    {"count:poisson", LT_REGRESS, false, 0, false},
    {"reg:gamma", LT_REGRESS, false, 0, true},
    {"reg:tweedie", LT_REGRESS, false, 0, false},
};

const struct objective *settings_objective_named(const char *name)
{
    for (size_t i = 0; name && i < sizeof OBJECTIVES / sizeof OBJECTIVES[0]; i++)
        if (!strcmp(OBJECTIVES[i].name, name))
            return &OBJECTIVES[i];
    return NULL;
}

const struct objective *settings_objective(const struct lt_params *params, uint32_t task, uint32_t n_classes)
{
    const struct objective *asked = settings_objective_named(kit_word(params, OBJECTIVE));
    if (asked)
        return asked;
    return settings_objective_named(task != LT_CLASSIFY ? "reg:squarederror"
                                    : n_classes > 2     ? "multi:softprob"
                                                        : "binary:logistic");
}

/* ---- rules -------------------------------------------------------------------------------------------------- */

static int check_target(struct lt_ctx *ctx, const struct objective *o, const struct lt_data *data)
{
    if (!(o->task & data->task))
        return ctx->fail(ctx, LT_INVALID, "objective=%s is for %s; leave it at auto", o->name,
                         o->task == LT_CLASSIFY ? "classes" : "numbers");
    if (data->task == LT_CLASSIFY) {
        if (!o->many && data->n_classes > 2)
            return ctx->fail(ctx, LT_INVALID,
                             "objective=%s tells two classes apart, and there are %u; take "
                             "multi:softprob",
                             o->name, data->n_classes);
        return kit_need_classes(ctx, data);
    }
    const int status = kit_need_target(ctx, data);
    for (size_t i = 0; status == LT_OK && i < data->n; i++)
        if (data->y[i] < o->lowest || (o->above && data->y[i] <= o->lowest))
            return ctx->fail(ctx, LT_INVALID, "objective=%s takes targets %s %g; that of row %zu is %g", o->name,
                             o->above ? "above" : "from", o->lowest, i + 1, data->y[i]);
        else if (fabs(data->y[i]) > 3e38)
            return ctx->fail(ctx, LT_INVALID,
                             "the target of row %zu is %g, which XGBoost can't hold: it learns in single "
                             "precision; scale the target",
                             i + 1, data->y[i]);
    return status;
}

static int check_method(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    if (strcmp(kit_word(params, TREE_METHOD), "exact") != 0)
        return LT_OK;
    for (size_t j = 0; j < data->p; j++)
        if (data->column[j].kind == LT_CATEGORY)
            return ctx->fail(ctx, LT_INVALID,
                             "tree_method=exact takes no categories, and '%s' is one; take hist, or leave it out",
                             data->column[j].name);
    if (!kit_int(params, MAX_DEPTH))
        return ctx->fail(ctx, LT_INVALID, "tree_method=exact needs a max_depth above 0");
    return LT_OK;
}

int settings_check(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data)
{
    int status = kit_need_rows(ctx, data, 1);
    if (status == LT_OK)
        status = kit_need_columns(ctx, data);
    if (status == LT_OK)
        status = check_target(ctx, settings_objective(params, data->task, data->n_classes), data);
    if (status == LT_OK)
        status = check_method(ctx, params, data);
    if (status == LT_OK && !kit_int(params, MAX_DEPTH) && !kit_int(params, MAX_LEAVES) &&
        !strcmp(kit_word(params, GROW_POLICY), "lossguide"))
        status = ctx->fail(ctx, LT_INVALID, "grow_policy=lossguide wants an end: set max_leaves or max_depth");
    return status == LT_OK ? kit_check_weights(ctx, data) : status;
}

/* ---- names and values --------------------------------------------------------------------------------------- */

int settings_threads(const struct lt_ctx *ctx, const struct lt_params *params, size_t cells)
{
    enum { SMALL = 1 << 17 };
    const int64_t asked = kit_none(params, JOBS) ? -1 : kit_int(params, JOBS);
    if (asked > 0)
        return (int)(asked < ctx->threads ? asked : ctx->threads);
    return cells < SMALL ? 1 : (int)ctx->threads;
}

static int add(struct lt_ctx *ctx, struct settings *s, const char *name, const char *value)
{
    char *copy = kit_strdup(ctx, value);
    if (!copy)
        return LT_MEMORY;
    s->list[s->n++] = (struct setting){name, copy};
    return LT_OK;
}

static int add_int(struct lt_ctx *ctx, struct settings *s, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    return add(ctx, s, name, text);
}

static int add_real(struct lt_ctx *ctx, struct settings *s, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.9g", value); /* single precision is all that arrives */
    return add(ctx, s, name, text);
}

/* Parameters that have the same name there and here. */
static int add_rows(struct lt_ctx *ctx, const struct lt_params *params, struct settings *s)
{
    static const int rows[] = {RATE,       MAX_DEPTH,      MAX_LEAVES,     GROW_POLICY,     MIN_WEIGHT,
                               MIN_LOSS,   SUBSAMPLE,      COLSAMPLE_TREE, COLSAMPLE_LEVEL, COLSAMPLE_NODE,
                               LAMBDA,     ALPHA,          DELTA_STEP,     MAX_BIN,         TREE_METHOD,
                               BASE_SCORE, PARALLEL_TREES, ONE_HOT,        CATEGORIES};
    int status = LT_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == LT_OK; i++) {
        const struct lt_param *row = &settings_params[rows[i]];
        const unsigned at = (unsigned)rows[i];
        if (kit_none(params, at))
            continue;
        status = row->type == LT_INT      ? add_int(ctx, s, row->name, kit_int(params, at))
                 : row->type == LT_CHOICE ? add(ctx, s, row->name, kit_word(params, at))
                                          : add_real(ctx, s, row->name, kit_real(params, at));
    }
    return status;
}

/* Those that an objective of its own has. */
static int add_objective(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                         struct settings *s)
{
    const struct objective *o = settings_objective(params, data->task, data->n_classes);
    int status = add(ctx, s, "objective", o->name);
    if (status == LT_OK && o->many)
        status = add_int(ctx, s, "num_class", data->n_classes);
    if (status == LT_OK && !strcmp(o->name, "binary:logistic"))
        status = add_real(ctx, s, "scale_pos_weight", kit_real(params, POSITIVE_WEIGHT));
    if (status == LT_OK && !strcmp(o->name, "reg:tweedie"))
        status = add_real(ctx, s, "tweedie_variance_power", kit_real(params, TWEEDIE));
    if (status == LT_OK && !strcmp(o->name, "reg:pseudohubererror"))
        status = add_real(ctx, s, "huber_slope", kit_real(params, HUBER));
    return status;
}

static int add_constraints(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                           struct settings *s)
{
    static const struct {
        unsigned row;
        const char *(*make)(struct lt_ctx *, const char *, const struct lt_data *);
    } rows[] = {{MONOTONE, constraints_monotone}, {INTERACTION, constraints_interaction}};
    int status = LT_OK;
    for (size_t i = 0; i < 2 && status == LT_OK; i++) {
        if (kit_none(params, rows[i].row))
            continue;
        const char *text = rows[i].make(ctx, kit_word(params, rows[i].row), data);
        status = text ? add(ctx, s, settings_params[rows[i].row].name, text) : LT_INVALID;
    }
    return status;
}

/* With a seed for each round, a round's draws depend on its number alone, not on what this thread drew before. */
int settings_make(struct lt_ctx *ctx, const struct lt_params *params, const struct lt_data *data,
                  struct settings *s)
{
    *s = (struct settings){0};
    int status = add(ctx, s, "booster", "gbtree");
    if (status == LT_OK)
        status = add_int(ctx, s, "nthread", settings_threads(ctx, params, data->n * data->p));
    if (status == LT_OK)
        status = add_int(ctx, s, "seed", (int64_t)(lt_mix(ctx->seed) & 0x7fffffff));
    if (status == LT_OK)
        status = add(ctx, s, "seed_per_iteration", "true");
    if (status == LT_OK)
        status = add_rows(ctx, params, s);
    if (status == LT_OK)
        status = add_objective(ctx, params, data, s);
    if (status == LT_OK)
        status = add_constraints(ctx, params, data, s);
    if (status != LT_OK)
        settings_free(s);
    return status;
}

int settings_apply(struct lt_ctx *ctx, const struct xgb *xgb, const struct settings *s, BoosterHandle booster)
{
    int status = LT_OK;
    for (size_t i = 0; i < s->n && status == LT_OK; i++)
        status = library_status(ctx, xgb, xgb->XGBoosterSetParam(booster, s->list[i].name, s->list[i].value),
                                s->list[i].name);
    return status;
}

void settings_free(struct settings *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->list[i].value);
    s->n = 0;
}

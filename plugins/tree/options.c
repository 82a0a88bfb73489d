#include "plugins/tree/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/tree/grow.h"

int options_check_data(struct lt_ctx *ctx, const struct lt_data *data)
{
    if (data->n == 0)
        return ctx->fail(ctx, LT_INVALID, "there are no rows to learn from");
    if (data->p == 0)
        return ctx->fail(ctx, LT_INVALID, "there are no columns to learn from");
    if (data->n >= UINT32_MAX || data->p > NODE_FEATURE)
        return ctx->fail(ctx, LT_INVALID, "%zu rows by %zu columns are more than trees can number", data->n,
                         data->p);
    if (data->task == LT_CLASSIFY && data->n_classes > 0xffffff)
        return ctx->fail(ctx, LT_INVALID, "%u classes are too many", data->n_classes);
    double sum = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        if (!(w >= 0) || isinf(w))
            return ctx->fail(ctx, LT_INVALID, "row %zu has the weight %g; weights are finite and not negative",
                             i + 1, w);
        sum += w;
    }
    if (!(sum > 0))
        return ctx->fail(ctx, LT_INVALID, "all rows have weight 0: there is nothing to learn from");
    for (size_t i = 0; data->task == LT_REGRESS && i < data->n; i++)
        if (!isfinite(data->y[i]))
            return ctx->fail(ctx, LT_INVALID, "the target of row %zu is %g; drop that row or give it a number",
                             i + 1, data->y[i]);
    return LT_OK;
}

size_t options_share(const char *text, size_t whole)
{
    char *end;
    double k = strtod(text, &end), x = (double)whole;
    if (end == text || *end != '\0' || !(k > 0))
        return 0;
    if (strpbrk(text, ".eE") != NULL) {
        if (k > 1)
            return 0;
        k = floor(k * x);
    } else if (k != floor(k))
        return 0;
    return k < 1 ? 1 : k > x ? whole : (size_t)k;
}

size_t options_max_features(const char *text, size_t p)
{
    double k, x = (double)p;
    if (strcmp(text, "sqrt") == 0)
        k = floor(sqrt(x));
    else if (strcmp(text, "log2") == 0)
        k = floor(log2(x));
    else if (strcmp(text, "all") == 0)
        k = x;
    else
        return options_share(text, p);
    return k < 1 ? 1 : (size_t)k;
}

int options_check_max_features(struct lt_ctx *ctx, const struct lt_value *value)
{
    if (value->is_none || value->s == NULL || options_max_features(value->s, 100) > 0)
        return LT_OK;
    return ctx->fail(ctx, LT_INVALID,
                     "max_features=%s is not sqrt, log2, all, a share such as 0.5 or a number of columns",
                     value->s);
}

int options_criterion(struct lt_ctx *ctx, const struct lt_value *value, uint32_t task, enum criterion *criterion)
{
    *criterion = (enum criterion)value->i;
    if (*criterion == CRITERION_AUTO)
        *criterion = task == LT_REGRESS ? CRITERION_SQUARED : CRITERION_GINI;
    if ((task == LT_REGRESS) != (*criterion == CRITERION_SQUARED))
        return ctx->fail(ctx, LT_INVALID,
                         task == LT_REGRESS ? "criterion=%s is for classes; numbers take squared_error"
                                            : "criterion=%s is for numbers; classes take gini or entropy",
                         value->s ? value->s : "?");
    return LT_OK;
}

int options_rules(struct lt_ctx *ctx, const struct lt_params *p, const struct options_rows *rows,
                  const struct lt_data *data, struct grow_rules *r)
{
    const struct lt_value *features = rows->max_features < 0 ? NULL : &p->v[rows->max_features];
    const char *usual = data->task == LT_CLASSIFY && features ? "sqrt" : "all";
    const char *text = !features || !features->s || strcmp(features->s, "auto") == 0 ? usual : features->s;
    if (features && features->is_none)
        text = "all";
    *r = (struct grow_rules){.split = {.min_leaf = (double)p->v[rows->min_leaf].i,
                                       .max_features = options_max_features(text, data->p),
                                       .shuffle = 1},
                             .max_depth = options_count(&p->v[rows->max_depth], UINT64_MAX),
                             .min_split = (double)p->v[rows->min_split].i,
                             .min_decrease = p->v[rows->min_decrease].r};
    return options_criterion(ctx, &p->v[rows->criterion], data->task, &r->split.criterion);
}

uint64_t options_count(const struct lt_value *value, uint64_t none)
{
    return value->is_none ? none : (uint64_t)value->i;
}

void options_source(const struct lt_data *data, const struct bin_map *map, const struct bin_table *table,
                    struct sample_source *source)
{
    int classes = data->task == LT_CLASSIFY;
    *source = (struct sample_source){.table = table, .map = map, .weight = data->weight};
    if (classes) {
        source->n_classes = data->n_classes ? data->n_classes : 1;
        source->label = data->label;
        source->words = source->n_classes == 2 && data->weight == NULL && data->n < WORD_MAX_ROWS;
        return;
    }
    source->y = data->y;
    for (size_t i = 0; i < data->n; i++)
        source->centre += (data->y[i] - source->centre) / (double)(i + 1);
}

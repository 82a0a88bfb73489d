#include "plugins/tree/family.h"

#include <string.h>

int family_begin(struct lt_ctx *ctx, const struct lt_data *data, struct tree_family *f)
{
    f->task = data->task;
    f->n_classes = data->task == LT_CLASSIFY ? (data->n_classes ? data->n_classes : 1) : 0;
    nodes_init(&f->trees, f->n_classes ? f->n_classes : 1);
    if (names_copy(&f->names, data->p, data->column, f->n_classes, data->class_names) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the names of %zu columns", data->p);
    return LT_OK;
}

void family_free(struct tree_family *f)
{
    bin_map_free(&f->map);
    nodes_free(&f->trees);
    names_free(&f->names);
}

int family_save(struct lt_ctx *ctx, const struct tree_family *f)
{
    int status = bin_map_save(ctx, &f->map);
    return status == LT_OK ? nodes_save(ctx, &f->trees) : status;
}

int family_load_width(struct lt_ctx *ctx, const struct lt_info *info, uint32_t width, struct tree_family *f)
{
    f->task = info->task;
    f->n_classes = info->task == LT_CLASSIFY ? (info->n_classes ? info->n_classes : 1) : 0;
    nodes_init(&f->trees, width ? width : f->n_classes ? f->n_classes : 1);
    if (names_copy(&f->names, info->p, info->column, f->n_classes, info->class_names) != 0)
        return ctx->fail(ctx, LT_MEMORY, "no memory for the names of %zu columns", info->p);
    int status = bin_map_load(ctx, info, &f->map);
    return status == LT_OK ? nodes_load(ctx, &f->map, &f->trees) : status;
}

int family_load(struct lt_ctx *ctx, const struct lt_info *info, struct tree_family *f)
{
    return family_load_width(ctx, info, 0, f);
}

int family_check_columns(struct lt_ctx *ctx, const struct tree_family *f, const struct lt_data *data)
{
    if (data->p != f->map.p)
        return ctx->fail(ctx, LT_INVALID, "the model knows %zu columns; these data have %zu", f->map.p, data->p);
    for (size_t j = 0; j < data->p; j++)
        if ((data->column[j].kind == LT_CATEGORY) != (f->map.column[j].category != 0))
            return ctx->fail(ctx, LT_INVALID, "column %s is a %s; the model learned from a %s",
                             data->column[j].name ? data->column[j].name : "?",
                             f->map.column[j].category ? "number" : "category",
                             f->map.column[j].category ? "category" : "number");
    return LT_OK;
}

struct averaging {
    const struct nodes *trees;
    double *out;
};

static void average_block(void *arg, const struct bin_table *codes, size_t begin, size_t n)
{
    const struct averaging *a = arg;
    const struct nodes *f = a->trees;
    uint32_t leaf[NODES_BLOCK], width = f->width;
    double *out = a->out + begin * width, count = f->n_trees ? (double)f->n_trees : 1;
    memset(out, 0, n * width * sizeof *out);
    for (size_t t = 0; t < f->n_trees; t++) {
        nodes_walk(f, t, codes, n, NULL, leaf);
        const struct node *node = f->node + f->start[t];
        for (size_t i = 0; i < n; i++) {
            const double *value = f->value + (size_t)node[leaf[i]].value * width;
            for (uint32_t k = 0; k < width; k++)
                out[i * width + k] += value[k];
        }
    }
    for (size_t i = 0; i < n * width; i++)
        out[i] /= count;
}

int family_predict_mean(struct lt_ctx *ctx, const struct tree_family *f, const struct lt_data *data,
                        struct lt_out *out)
{
    int status = family_check_columns(ctx, f, data);
    struct averaging a = {&f->trees, f->n_classes ? out->proba : out->value};
    if (status != LT_OK || data->n == 0)
        return status;
    if (f->trees.n_trees == 0)
        return ctx->fail(ctx, LT_INVALID, "the model has no tree yet");
    return nodes_each_block(ctx, &f->map, data, average_block, &a);
}

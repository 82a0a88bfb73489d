/* write_models FOLDER: trains every algorithm of every module on a dozen rows and writes FOLDER/ID-TASK.lathe.
 * For tests that look at the files from outside, and for the corpus of fuzz_model. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "host/model.h"
#include "host/param.h"

enum { N = 12 };

static struct table *small_table(bool with_targets)
{
    static const char *const colours[] = {"blue", "red"}, *const kinds[] = {"a", "b"};
    struct table_builder *b = table_builder_new(N, "small");
    double *x = column_buffer(COLUMN_F64, N, NULL), *y = column_buffer(COLUMN_F64, N, NULL);
    int32_t *colour = column_buffer(COLUMN_CATEGORY, N, NULL), *kind = column_buffer(COLUMN_CATEGORY, N, NULL);
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = 2 * i + (i % 3);
        colour[i] = i % 2;
        kind[i] = i % 3 == 0 || i > 8;
    }
    table_builder_add(b, "x", column_from_f64(x, N));
    table_builder_add(b, "colour", column_from_codes(colour, N, dictionary_new(colours, 2, NULL)));
    struct column *target = column_from_f64(y, N);
    struct column *label = column_from_codes(kind, N, dictionary_new(kinds, 2, NULL));
    if (with_targets) {
        table_builder_add(b, "y", target);
        table_builder_add(b, "kind", label);
    } else {
        column_unref(target);
        column_unref(label);
    }
    return table_builder_done(b);
}

static bool write_one(const char *folder, const struct algo *a, enum lt_task task, const char *word)
{
    struct err e = ERR_INIT;
    struct arena *arena = arena_new();
    struct train_options o;
    train_options_init(&o);
    struct lt_value *values = arena_zero(arena, a->d.n_params ? a->d.n_params : 1, sizeof *values);
    bool good = param_defaults(a->d.params, a->d.param_size, a->d.n_params, values, arena, &e);
    /* Small files: few trees, narrow layers, few clusters. */
    static const char *const less[][2] = {{"n_estimators", "3"}, {"hidden_layer_sizes", "3"}, {"n_clusters", "2"}};
    for (size_t i = 0; i < sizeof less / sizeof less[0]; i++) {
        int at = param_find(a->d.params, a->d.param_size, a->d.n_params, less[i][0]);
        if (at >= 0)
            param_parse(algo_param(a, (uint32_t)at), less[i][1], &values[at], arena, &e);
    }
    o.algo = a;
    o.params = values;
    o.task = task;
    o.max_units = 20;
    bool needs = task == LT_CLASSIFY || task == LT_REGRESS;
    struct table *t = small_table(needs);
    struct task *what = needs ? task_new(t, task == LT_CLASSIFY ? "kind" : "y",
                                         task == LT_CLASSIFY ? TASK_CLASSIFY : TASK_REGRESS, NULL, NULL, &e)
                              : NULL;
    struct model *m = good ? model_train(&o, t, what, NULL, N, NULL, &e) : NULL;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s-%s.lathe", folder, a->d.id, word);
    good = m && model_save(m, path, &e);
    if (!good)
        fprintf(stderr, "%s: %s\n", a->d.id, e.text);
    model_unref(m);
    task_unref(what);
    table_unref(t);
    arena_free(arena);
    return good;
}

int main(int argc, char **argv)
{
    static const struct {
        enum lt_task task;
        const char *word;
    } tasks[] = {{LT_CLASSIFY, "classify"},
                 {LT_REGRESS, "regress"},
                 {LT_CLUSTER, "cluster"},
                 {LT_TRANSFORM, "transform"},
                 {LT_ANOMALY, "anomaly"}};
    bool good = argc == 2;
    algo_load_all();
    for (size_t i = 0; good && i < algo_count(); i++)
        for (size_t k = 0; k < sizeof tasks / sizeof tasks[0]; k++)
            if (algo_at(i)->d.tasks & tasks[k].task)
                good = write_one(argv[1], algo_at(i), tasks[k].task, tasks[k].word) && good;
    return good ? 0 : 1;
}

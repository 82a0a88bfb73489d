/* tree_fit: a model of plugins/tree, trained, asked about its own rows, described and saved. Included after
 * cmocka.h. */
#ifndef LATHE_TESTS_TREE_FIT_H
#define LATHE_TESTS_TREE_FIT_H

#include "dataset.h"

struct fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_data *data;
    void *model;
    double *out;
};

static inline struct fit fit_data(const char *id, const char *text, struct mini_data *data)
{
    struct fit f = {mini_algo("tree", id), mini_host_new(2, 7), data, NULL, NULL};
    struct mini_params *params = mini_params_new(f.algo, text);
    if (mini_train(f.host, f.algo, params, data, 1000, &f.model) != LT_DONE)
        fail_msg("%s %s: %s", id, text, f.host->error);
    f.out = mini_predict(f.host, f.algo, f.model, data, &data->data);
    assert_int_equal(f.algo->describe(&f.host->ctx, f.model), LT_OK);
    assert_int_equal(f.algo->save(&f.host->ctx, f.model), LT_OK);
    mini_params_free(params);
    return f;
}

static inline void unfit(struct fit *f)
{
    f->algo->free(f->model);
    mini_host_free(f->host);
    free(f->out);
}

/* Share of rows whose most probable class is theirs. */
static inline double accuracy(const struct fit *f)
{
    const struct lt_data *d = &f->data->data;
    double right = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < d->n_classes; k++)
            if (f->out[i * d->n_classes + k] > f->out[i * d->n_classes + best])
                best = k;
        right += best == (uint32_t)d->label[i];
    }
    return right / (double)d->n;
}

#endif

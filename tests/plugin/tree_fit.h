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

/* Every third row is for testing; the references were computed with the same split. */
struct halves {
    struct mini_csv *csv;
    struct mini_data *train, *test;
};

static inline struct mini_data *take_rows(const struct mini_csv *csv, uint32_t task, int test)
{
    double *x = malloc(csv->n * csv->p * sizeof *x), *y = malloc(csv->n * sizeof *y);
    int32_t *label = malloc(csv->n * sizeof *label);
    size_t n = 0;
    for (size_t i = 0; i < csv->n; i++)
        if ((i % 3 == 0) == test) {
            memcpy(x + n * csv->p, csv->x + i * csv->p, csv->p * sizeof *x);
            y[n] = csv->y[i];
            label[n++] = task == LT_CLASSIFY ? csv->label[i] : 0;
        }
    struct mini_data *data = mini_data_new(mini_algo("tree", "gbm"), n, csv->p, x);
    if (task == LT_CLASSIFY)
        mini_data_classes(data, label, csv->n_classes);
    else
        mini_data_target(data, y);
    free(x);
    free(y);
    free(label);
    return data;
}

static inline int halves_load(struct halves *h, const char *file, const char *target, uint32_t task)
{
    h->csv = dataset_load(file, target);
    if (h->csv == NULL)
        return -1;
    h->train = take_rows(h->csv, task, 0);
    h->test = take_rows(h->csv, task, 1);
    return 0;
}

static inline void halves_free(struct halves *h)
{
    mini_data_free(h->train);
    mini_data_free(h->test);
    mini_csv_free(h->csv);
}

__attribute__((noinline, unused)) static double log_loss(const struct lt_data *d, const double *p)
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++)
        sum -= log(fmax(p[i * d->n_classes + (size_t)d->label[i]], 1e-15));
    return sum / (double)d->n;
}

__attribute__((noinline, unused)) static double absolute_error(const struct lt_data *d, const double *p,
                                                               double power)
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++)
        sum += pow(fabs(d->y[i] - p[i]), power);
    return pow(sum / (double)d->n, 1 / power);
}

#endif

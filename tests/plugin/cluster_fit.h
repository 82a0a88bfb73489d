/* cluster_fit: train, describe and label in one call, for the tests of clusterings. Included after cmocka.h. */
#ifndef LATHE_TESTS_CLUSTER_FIT_H
#define LATHE_TESTS_CLUSTER_FIT_H

#include "dataset.h"

/* A trained and described model, and what it was trained on. */
struct cluster_fit {
    const struct lt_algo *algo;
    struct mini_host *host;
    struct mini_data *data;
    void *model;
    double *label; /* n */
};

static inline struct cluster_fit cluster_fit(const char *id, const char *text, size_t n, size_t p, const double *x,
                                             const double *weight)
{
    const struct lt_algo *algo = mini_algo("cluster", id);
    struct cluster_fit f = {algo, mini_host_new(2, 7), mini_data_new(algo, n, p, x), NULL, NULL};
    struct mini_params *params = mini_params_new(algo, text);
    f.data->data.task = LT_CLUSTER;
    if (weight)
        mini_data_weights(f.data, weight);
    if (mini_train(f.host, algo, params, f.data, 1, &f.model) != LT_DONE)
        fail_msg("'%s': %s", text, f.host->error);
    f.label = mini_predict(f.host, algo, f.model, f.data, &f.data->data);
    assert_non_null(f.label);
    assert_int_equal(algo->describe(&f.host->ctx, f.model), LT_OK);
    mini_params_free(params);
    return f;
}

static inline void cluster_unfit(struct cluster_fit *f)
{
    f->algo->free(f->model);
    mini_data_free(f->data);
    mini_host_free(f->host);
    free(f->label);
}

static inline double cluster_summary(const struct cluster_fit *f, const char *statistic)
{
    return mini_cell(f->host, "summary", statistic, "value");
}

/* Labels of rows that come later; free() them. */
static inline double *cluster_predict(const struct cluster_fit *f, size_t n, size_t p, const double *x)
{
    struct mini_data *data = mini_data_new(f->algo, n, p, x);
    data->data.task = LT_CLUSTER;
    double *label = mini_predict(f->host, f->algo, f->model, data, &f->data->data);
    assert_non_null(label);
    mini_data_free(data);
    return label;
}

/* sum of (label + 2) * row number, rows from 1: tells labelings apart in one number. */
static inline double cluster_checksum(const struct cluster_fit *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->data->data.n; i++)
        sum += (f->label[i] + 2) * (double)(i + 1);
    return sum;
}

static inline size_t cluster_size(const struct cluster_fit *f, int label)
{
    size_t size = 0;
    for (size_t i = 0; i < f->data->data.n; i++)
        size += (int)f->label[i] == label;
    return size;
}

/* Labels 0, 1, … in the order in which the clusters occur, noise left alone: what two numberings have in common. */
static inline void cluster_renumber(const struct cluster_fit *f)
{
    const size_t n = f->data->data.n;
    int next = 0, *number = malloc((n + 1) * sizeof *number);
    assert_non_null(number);
    for (size_t i = 0; i <= n; i++)
        number[i] = -1;
    for (size_t i = 0; i < n; i++) {
        if (f->label[i] < 0)
            continue;
        int *to = &number[(size_t)f->label[i]];
        if (*to < 0)
            *to = next++;
        f->label[i] = *to;
    }
    free(number);
}

/* check or begin says no, with a sentence that contains `part`. */
static inline void cluster_refused(const char *id, const char *text, size_t n, size_t p, const double *x,
                                   const char *part)
{
    const struct lt_algo *algo = mini_algo("cluster", id);
    struct mini_host *host = mini_host_new(1, 1);
    struct mini_params *params = mini_params_new(algo, text);
    struct mini_data *data = mini_data_new(algo, n, p, x);
    void *model;
    data->data.task = LT_CLUSTER;
    assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_INVALID);
    if (!strstr(host->error, part))
        fail_msg("'%s' says: %s", text, host->error);
    mini_data_free(data);
    mini_params_free(params);
    mini_host_free(host);
}

/* A bundled table without its target, NULL when it isn't there. */
static inline struct mini_csv *cluster_table(const char *path, const char *target, int scaled)
{
    struct mini_csv *csv = strstr(path, "faithful")
                               ? mini_csv_load(path, "waiting", "eruptions,waiting") /* both are features */
                               : dataset_load(path, target);
    if (csv && scaled)
        dataset_scale(csv);
    return csv;
}

/* n points in `groups` round groups, the same for everyone. */
static inline void cluster_blobs(size_t n, size_t p, uint32_t groups, double width, double *x)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++) {
            double z = -6; /* nearly normal: the sum of twelve */
            for (size_t k = 0; k < 12; k++)
                z += lt_uniform(5, j, i * 12 + k);
            x[i * p + j] = width * z + 10 * lt_uniform(6, j, lt_below(7, 0, i, groups));
        }
}

#endif

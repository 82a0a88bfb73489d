/* mini_host: the smallest host that algorithms can be tested in: threads, a store of tensors in memory, and the
 * tables, notes and metrics that were emitted. Modules are loaded from the build tree as the program loads them.
 *
 * A test's usual path:
 *     struct mini_host *host = mini_host_new(2, 7);
 *     const struct lt_algo *algo = mini_algo("linear", "ridge");
 *     struct mini_params *params = mini_params_new(algo, "alpha=0.5");
 *     struct mini_data *data = mini_data_new(algo, n, p, x);
 *     mini_data_target(data, y);
 *     void *model = NULL;
 *     assert_int_equal(mini_train(host, algo, params, data, 1, &model), LT_DONE);
 *
 * Wrong use (unknown module, bad parameter text) ends the test program with a sentence. */
#ifndef LATHE_TESTS_MINI_HOST_H
#define LATHE_TESTS_MINI_HOST_H

#include "api/lathe.h"

#include <stdatomic.h>
#include <stdbool.h>

/* ---- the host: every field may be read; `ctx` is what modules see */

struct mini_table {
    char *id, *title;
    uint32_t n_columns;
    char **column; /* "estimate", without the type */
    size_t n_rows;
    struct lt_cell *cell; /* n_rows x n_columns; texts are copies */
};

struct mini_metric {
    char *name;
    uint64_t unit;
    double value;
};

struct mini_item { /* a stored tensor, number or text */
    char *name;
    int what; /* 't', 'n' or 's' */
    struct lt_tensor tensor;
    size_t bytes;
    void *data; /* tensor's bytes, or the text */
    double number;
};

struct mini_host {
    struct lt_ctx ctx;
    int code; /* of the last fail, and its sentence */
    char error[1024];
    size_t n_notes, n_tables, n_metrics, n_items, n_texts, n_trees;
    char **note;
    struct mini_table *table;
    struct mini_metric *metric;
    struct mini_item *item;
    void **scratch;
    size_t n_scratch;
    atomic_long cancel_after; /* polls until cancelled() says yes; negative: never */
};

struct mini_host *mini_host_new(unsigned threads, uint64_t seed);
void mini_host_free(struct mini_host *host);
void mini_host_forget(struct mini_host *host); /* notes, tables, metrics, error; the store stays */
void mini_host_clear_store(struct mini_host *host);
void mini_host_drop(struct mini_host *host, const char *name); /* one item of the store */
bool mini_store_equal(const struct mini_host *a, const struct mini_host *b, const char **name);

const struct mini_table *mini_table(const struct mini_host *host, const char *id); /* NULL when not emitted */
/* The cell of the row whose first cell is `row`; NaN for an empty cell or none. */
double mini_cell(const struct mini_host *host, const char *id, const char *row, const char *column);
double mini_metric(const struct mini_host *host, const char *name, uint64_t unit);
bool mini_noted(const struct mini_host *host, const char *part); /* some note contains it */

/* ---- algorithms, parameters, data */

/* A family of plugins/, or a module by its path in the build tree without extension
 * ("tests/plugin/example/nearest"). */
const struct lt_algo *mini_algo(const char *family, const char *id);

struct mini_params {
    struct lt_params params;
    char *text;
};
/* "alpha=0.5 fit_intercept=no": names or aliases, checked against the rows; all others get their default. */
struct mini_params *mini_params_new(const struct lt_algo *algo, const char *text);
void mini_params_free(struct mini_params *params);

struct mini_data {
    struct lt_data data;
    const struct lt_algo *algo;
    double *x; /* n x p, whatever the layout */
    void *own[8];
};
/* Rows in the layout that the algorithm wants; columns are called x1, x2, …. NaN is missing. */
struct mini_data *mini_data_new(const struct lt_algo *algo, size_t n, size_t p, const double *x);
void mini_data_target(struct mini_data *data, const double *y);                   /* copies; task REGRESS */
void mini_data_classes(struct mini_data *data, const int32_t *label, uint32_t k); /* c0, c1, …; CLASSIFY */
void mini_data_weights(struct mini_data *data, const double *weight);
void mini_data_names(struct mini_data *data, const char *const *names);                 /* not copied */
struct mini_data *mini_data_rows(const struct mini_data *data, size_t begin, size_t n); /* without target */
void mini_data_free(struct mini_data *data);

/* A bundled dataset. Columns of text become 0/1 columns, one a level but the first, in sorted order; rows with a
 * missing value among those asked for are left out. NULL when the file isn't there. */
struct mini_csv {
    size_t n, p;
    double *x; /* n x p */
    char **name;
    double *y; /* the target as a number, or its class */
    int32_t *label;
    uint32_t n_classes;
    char **class_name;
};
struct mini_csv *mini_csv_load(const char *path, const char *target, const char *columns);
void mini_csv_free(struct mini_csv *csv);
struct mini_data *mini_csv_data(const struct lt_algo *algo, const struct mini_csv *csv, uint32_t task);

/* ---- the life of a model */

/* check, begin, and steps of `units` until done. LT_DONE, or the failure (then *model is freed and NULL). */
int mini_train(struct mini_host *host, const struct lt_algo *algo, const struct mini_params *params,
               const struct mini_data *data, uint64_t units, void **model);
/* n values, n x n_classes probabilities, or n x width rows, by task; free() them. */
double *mini_predict(struct mini_host *host, const struct lt_algo *algo, const void *model,
                     const struct mini_data *data, const struct lt_data *trained);
int mini_load(struct mini_host *host, const struct lt_algo *algo, const struct mini_params *params,
              const struct mini_data *data, void **model);

/* What every algorithm owes: same bytes at 1, 2 and 3 threads and however steps are cut, a saved and loaded model
 * predicts the same, cancelling leaves the model as it was, one row and no rows can be predicted, damaged files
 * are refused. Fails the running cmocka test with the reason. */
void mini_conform(const struct lt_algo *algo, const char *params, const struct mini_data *data);

#endif

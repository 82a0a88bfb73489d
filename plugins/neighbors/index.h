/* index: the nearest of n rows under any of the metrics, exactly. Few columns: a KD-tree, whose boxes say which rows
 * cannot matter. Many: all rows are looked at, for sums of squares or absolutes in single-precision panels first.
 * Rows at equal distance come in the order of the table, whichever way was taken. */
#ifndef LATHE_NEIGHBORS_INDEX_H
#define LATHE_NEIGHBORS_INDEX_H

#include "plugins/kit/boxes.h"
#include "plugins/kit/nearest_rows.h"

enum index_metric { INDEX_EUCLIDEAN, INDEX_MANHATTAN, INDEX_CHEBYSHEV, INDEX_MINKOWSKI };
enum index_way { INDEX_AUTO, INDEX_BRUTE, INDEX_TREE };

struct index {
    size_t n, p;
    const double *x; /* n x p, dense; the caller's */
    enum index_metric metric;
    double power;               /* of minkowski */
    struct nearest_rows panels; /* brute, euclidean and manhattan */
    struct boxes tree;          /* node NULL: none */
};

/* The rows of parameters that every method here has, in this order. */
#define INDEX_PARAMS(metric_row, power_row, way_row)                                                              \
    [metric_row] = {.name = "metric",                                                                             \
                    .type = LT_CHOICE,                                                                            \
                    .def = "euclidean",                                                                           \
                    .choices = "euclidean,manhattan,chebyshev,minkowski",                                         \
                    .doc =                                                                                        \
                        "Euclidean: root of the summed squares; manhattan: sum of the absolute differences; "     \
                        "chebyshev: the largest of them; minkowski: the p-th root of their summed p-th powers"},  \
    [power_row] = {.name = "p",                                                                                   \
                   .type = LT_REAL,                                                                               \
                   .def = "2",                                                                                    \
                   .min = 1,                                                                                      \
                   .max = 100,                                                                                    \
                   .doc = "The power of metric=minkowski: 1 is manhattan, 2 euclidean"},                          \
    [way_row] = {.name = "algorithm",                                                                             \
                 .type = LT_CHOICE,                                                                               \
                 .flags = LT_ADVANCED,                                                                            \
                 .def = "auto",                                                                                   \
                 .choices = "auto,brute,kd_tree",                                                                 \
                 .doc = "How the nearest rows are found, with the same answer: auto takes a tree for up to 8 "    \
                        "columns"}

/* LT_OK or a failure that was said. */
int index_build(struct lt_ctx *ctx, struct index *index, enum index_way way, enum index_metric metric,
                double power, const double *x, size_t n, size_t p);
void index_free(struct index *index);

/* The k nearest of each query (1 <= k <= n), nearest first. q[m x p] with leading dimension ld, finite. */
int index_find(struct lt_ctx *ctx, const struct index *index, const double *q, size_t m, size_t ld, size_t k,
               neighbours_fn *found, void *arg);
/* All rows at most `radius` away: as a list, in the order of the table; or as a set, in any order and with distances
 * that are only about right. */
enum index_wish { INDEX_LIST, INDEX_SET };
int index_within(struct lt_ctx *ctx, const struct index *index, const double *q, size_t m, size_t ld,
                 double radius, enum index_wish wish, neighbours_fn *found, void *arg);

#endif

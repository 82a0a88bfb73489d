/* split: the best question for one node of a tree. For each feature the samples are summed by code (a histogram),
 * the codes that occur are walked in order, and every place between two of them is a candidate. Cost: the rows of
 * the node plus the codes that occur in it, so small nodes are cheap.
 *
 * A node's score is
 *     gini            sum of w_k^2 / w           (w minus w times the impurity)
 *     entropy         sum of w_k log2 w_k - w log2 w
 *     squared_error   (sum of w y)^2 / w
 * and a split's gain is score(left) + score(right) - score(node): the fall of the weighted impurity. */
#ifndef LATHE_TREE_SPLIT_H
#define LATHE_TREE_SPLIT_H

#include "plugins/tree/nodes.h"
#include "plugins/tree/samples.h"

enum criterion { CRITERION_AUTO, CRITERION_GINI, CRITERION_ENTROPY, CRITERION_SQUARED };

struct split {
    int found;
    uint32_t feature;
    uint32_t low, high; /* numbers: neighbouring codes in the node that part here; high may be n_codes */
    uint32_t code;      /* numbers: left if code <= this */
    int category, missing_right;
    int missing_seen;           /* the node has missing values; else `missing_right` is for the grower to say */
    struct level_set set, seen; /* categories: the levels on the left, and all that occur in the node */
    double gain;
};

struct split_rules {
    enum criterion criterion;
    double min_leaf; /* draws */
    size_t max_features;
    uint64_t seed;
    int shuffle; /* look at the features in a random order, for the first of equal splits wins */
    int random;  /* one threshold a column, drawn between its least and greatest value in the node */
};

/* Scratch of one thread; all sums are zero between calls. */
struct split_work {
    size_t stride;     /* codes from one feature's histogram to the next */
    uint32_t width;    /* doubles a code (words: one 64-bit number) */
    uint32_t group;    /* features summed in one visit of the rows */
    uint64_t *cell;    /* group x stride x width */
    uint64_t *mark;    /* group x BIN_WIDE/64: which codes occur */
    uint64_t *summary; /* group x BIN_WIDE/4096: which words of `mark` are not 0 */
    uint32_t *code;    /* the codes that occur, ascending */
    double *sum;       /* their sums: codes x width */
    double *left, *right;
    uint32_t *order; /* categories */
    double *key;
    uint32_t *feature; /* those that a tree may use, at first all; a draw swaps the chosen ones to the front,
                        * and back */
    size_t n_features;
    uint32_t *swapped;
    float *least, *greatest, *threshold; /* by column, with a table of values */
    double *lane;                        /* sums on the left: width x columns, in blocks */
    double *gain;                        /* by column */
    uint8_t *wanted;                     /* by block of columns */
};

int split_work_new(struct split_work *w, const struct sample_source *source);
void split_work_free(struct split_work *w);

double split_score(enum criterion criterion, uint32_t n_classes, const double *sum);
/* The weight in a sum. */
double split_weight(uint32_t n_classes, const double *sum);

/* Best over the given features. total[width]: the node's sums; key: its name, where random numbers come from. */
void split_among(struct split_work *w, const struct split_rules *rules, const struct samples *s, size_t begin,
                 size_t end, const double *total, uint64_t key, const uint32_t *feature, size_t n_features,
                 struct split *best, size_t *varying);
/* Best over rules->max_features features drawn for the node; constant ones don't count. */
void split_drawn(struct split_work *w, const struct split_rules *rules, const struct samples *s, size_t begin,
                 size_t end, const double *total, uint64_t key, struct split *best);

#endif

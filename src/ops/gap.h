/* gap: the gap statistic of Tibshirani, Walther and Hastie (2001): the reference distribution, and the statistic. */
#ifndef LATHE_OPS_GAP_H
#define LATHE_OPS_GAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A sample of the reference distribution: x[n x p] is drawn from the box around data[n x p] (leading dimension ld). */
struct reference_box {
    size_t p;
    double *mean, *axis, *low, *high; /* p, p x p (a row each), p, p */
};
bool reference_box_fit(struct reference_box *b, size_t n, size_t p, const double *data, size_t ld, bool pca,
                       struct err *e);
void reference_box_draw(const struct reference_box *b, size_t n, uint64_t seed, uint64_t number, double *x);
void reference_box_done(struct reference_box *b);

/* Gap and its standard error from log W of the data and of b reference samples: mean(ref) - log_within, and the sd
 * (divisor b - 1, as R's clusGap has it) times sqrt(1 + 1/b). */
void gap_of(double log_within, size_t b, const double *ref, double *gap, double *se);

#endif

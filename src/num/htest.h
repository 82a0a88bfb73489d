/* htest: tests of hypotheses on the caller's arrays. Names are R's. p-values to 1e-12. */
#ifndef LATHE_NUM_HTEST_H
#define LATHE_NUM_HTEST_H

#include <stddef.h>

struct htest {
    double statistic, df, p; /* two-sided */
    double effect;           /* the difference that was tested */
    double ci_low, ci_high;  /* 95 % */
};

/* Paired t-test on the differences d[n]. */
struct htest htest_t_paired(size_t n, const double *d);
/* Corrected resampled t-test of Nadeau and Bengio (2003), section 5: for d[n] differences over n resamples (folds
 * x repeats) whose test/training size ratio is `ratio` (1/(folds-1) in k-fold), the variance gets 1/n + ratio. */
struct htest htest_corrected_t(size_t n, const double *d, double ratio);
/* Probability that the true difference lies within +-rope, and above it, by the Bayesian correlated t-test
 * (Corani and Benavoli 2015; Benavoli et al. 2017): posterior t with n-1 df, mean d, variance as above. */
void htest_rope(size_t n, const double *d, double ratio, double rope, double *p_equivalent, double *p_better);

#endif

/* moments: what one pass and one sort can say of a column. Missing is NaN and is skipped, counted. Sums run in
 * shifted blocks that are merged pairwise (Chan, Golub, LeVeque 1979), so NIST's NumAcc cases pass. */
#ifndef LATHE_NUM_MOMENTS_H
#define LATHE_NUM_MOMENTS_H

#include <stddef.h>

struct moments {
    size_t n, missing;
    double sum, mean;
    double m2, m3, m4; /* central sums: sum of (x-mean)^k */
    double min, max;
};

/* Without values mean, min and max are NaN and the sums 0. An infinite value makes the mean infinite, m2 on NaN.
 * */
struct moments moments_of(size_t n, const double *x);
struct moments moments_merge(struct moments a, struct moments b);
double moments_var(const struct moments *m);      /* n-1; NaN below 2 values */
double moments_sd(const struct moments *m);
double moments_skewness(const struct moments *m); /* adjusted Fisher-Pearson (type 2, as SAS and SPSS); NaN below 3 */
double moments_kurtosis(const struct moments *m); /* excess, adjusted (type 2); NaN below 4 */

/* Quantile of sorted[n] without missing, p clamped to [0, 1], type 7 of Hyndman and Fan (R's and numpy's default).
 * */
double quantile_sorted(size_t n, const double *sorted, double p);

/* Pearson, pairwise complete; NaN when either is constant or fewer than 2 pairs. *used (may be NULL) gets the
 * pairs. */
double cor_pearson(size_t n, const double *x, const double *y, size_t *used);
/* Spearman (ranks again for each pair), Kendall's tau-b in O(n log n). work: cor_work(n) bytes. */
double cor_spearman(size_t n, const double *x, const double *y, size_t *used, void *work);
double cor_kendall(size_t n, const double *x, const double *y, size_t *used, void *work);
size_t cor_work(size_t n); /* bytes */

#endif

/* curve: ROC, precision-recall, calibration and lift, as points. Positive rows have truth[i] != 0. */
#ifndef LATHE_NUM_CURVE_H
#define LATHE_NUM_CURVE_H

#include <stddef.h>
#include <stdint.h>

/* Points at each distinct score, from (0,0) at threshold +inf to (1,1). fpr, tpr, threshold: n+1 each; returns the
 * number of points. Equal to sklearn.metrics.roc_curve(drop_intermediate=False). work: sort_order_work(n). */
size_t curve_roc(size_t n, const double *score, const uint8_t *truth, double *fpr, double *tpr, double *threshold,
                 void *work);
/* precision, recall: n+1 each, recall ascending from 0 (precision 1 there). */
size_t curve_pr(size_t n, const double *score, const uint8_t *truth, double *precision, double *recall,
                double *threshold, void *work);
/* Equal-width bins of the probability: mean prediction, share of positives and count of each non-empty bin. */
size_t curve_calibration(size_t n, const double *proba, const uint8_t *truth, size_t bins, double *mean_pred,
                         double *share, double *count);
/* Drops points that lie on the line between their neighbours, and thins to about `max` keeping the ends. Returns
 * the new count; x and y are changed in place. */
size_t curve_thin(size_t n, double *x, double *y, size_t max);

#endif

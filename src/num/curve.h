/* curve: ROC, precision-recall and calibration as points. Positive rows have truth[i] != 0; rows whose score is
 * NaN are left out. work: sort_order_work(n) bytes. */
#ifndef LATHE_NUM_CURVE_H
#define LATHE_NUM_CURVE_H

#include <stddef.h>
#include <stdint.h>

/* Points at each distinct score, from (0,0) at threshold +inf to (1,1). fpr, tpr, threshold: n+1 each; returns the
 * number of points. Equal to sklearn.metrics.roc_curve(drop_intermediate=False); a rate is NaN without such rows.
 * */
size_t curve_roc(size_t n, const double *score, const uint8_t *truth, double *fpr, double *tpr, double *threshold,
                 void *work);
/* precision, recall, threshold: n+1 each, recall ascending from 0 (precision 1 and threshold +inf there); returns
 * the number of points. Equal to sklearn.metrics.precision_recall_curve in reverse. */
size_t curve_pr(size_t n, const double *score, const uint8_t *truth, double *precision, double *recall,
                double *threshold, void *work);
/* Equal-width bins of the probability: mean prediction, share of positives and count of each non-empty bin, whose
 * number is returned; the arrays hold `bins`. Equal to sklearn.calibration.calibration_curve(strategy="uniform").
 * */
size_t curve_calibration(size_t n, const double *proba, const uint8_t *truth, size_t bins, double *mean_pred,
                         double *share, double *count);
/* Drops points that lie on the line between their neighbours, and thins to about `max` keeping the ends. Returns
 * the new count; x and y are changed in place. */
size_t curve_thin(size_t n, double *x, double *y, size_t max);

#endif

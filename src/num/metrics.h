/* metrics: scores of predictions, equal to scikit-learn's. One row of the table describes each: name, range,
 * direction, formula, how to read it. Weights may be NULL. Undefined values (one class, no positive prediction)
 * are 0 where scikit-learn's zero_division=0 says so, NaN where it refuses. */
#ifndef LATHE_NUM_METRICS_H
#define LATHE_NUM_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_task { METRIC_CLASSIFY, METRIC_REGRESS, METRIC_CLUSTER };

enum metric_id {
    METRIC_ACCURACY, METRIC_BALANCED_ACCURACY, METRIC_PRECISION, METRIC_RECALL, METRIC_F1, METRIC_AUC, METRIC_AP,
    METRIC_LOGLOSS, METRIC_BRIER, METRIC_MCC, METRIC_KAPPA,
    METRIC_RMSE, METRIC_MAE, METRIC_R2, METRIC_MAPE,
    METRIC_SILHOUETTE, METRIC_DAVIES_BOULDIN, METRIC_CALINSKI_HARABASZ, METRIC_INERTIA, /* see num/cluster.h */
    METRIC_ARI, METRIC_NMI, METRIC_HOMOGENEITY, METRIC_COMPLETENESS,                    /* against classes */
    METRIC_COUNT
};

struct metric {
    const char *name; /* "auc" */
    const char *title; /* "area under the ROC curve" */
    enum metric_task task;
    double worst, best; /* best tells the direction; infinite where unbounded */
    bool higher_is_better;
    const char *formula;
    const char *reading; /* one sentence: how to read a value */
};

extern const struct metric metric_table[METRIC_COUNT];
int metric_find(const char *name); /* metric_id, or -1 */

/* n rows: truth and prediction are classes in [0, k), proba[n x k] row-major (NULL: those that need it are NaN).
 * positive: the class that binary metrics are about (k == 2), else ignored: precision, recall, f1 are then macro
 * means over the classes that occur in truth or prediction; auc and ap are means of one class against the rest,
 * NaN unless every class occurs in truth. Brier is the binary one (mean (p - y)^2); for k > 2 the sum over
 * classes, as scikit-learn since 1.7. logloss clips at double epsilon; both are NaN when a probability leaves [0,
 * 1] by more than rounding. out[METRIC_COUNT], those of other tasks untouched. work: metrics_work(n, k) bytes,
 * aligned as malloc's. */
void metrics_classify(size_t n, int k, const int32_t *truth, const int32_t *pred, const double *proba, int positive,
                      const double *weight, double *out, void *work);
size_t metrics_work(size_t n, int k);
void metrics_regress(size_t n, const double *truth, const double *pred, const double *weight, double *out);

/* counts[k x k], row truth, column prediction; weighted when weight is given. */
void confusion_counts(size_t n, int k, const int32_t *truth, const int32_t *pred, const double *weight,
                      double *counts);

/* Area under the ROC curve by ranks, ties counted half; truth[i] != 0 is positive. NaN with one class only or a
 * score that is NaN. work: sort_order_work(n) bytes. */
double auc_of(size_t n, const double *score, const uint8_t *truth, const double *weight, void *work);

#endif

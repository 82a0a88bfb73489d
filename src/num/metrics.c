/* metrics: the confusion counts serve all metrics of labels; one sort of the scores serves both metrics of
 * ranking; one visit of the probabilities serves log loss and Brier. */
#include "num/metrics.h"

#include "num/simd.h"
#include "num/sort.h"
#include "num/sum.h"

#include <float.h>
#include <math.h>
#include <string.h>

const struct metric metric_table[METRIC_COUNT] = {
    [METRIC_ACCURACY] = {"accuracy", "accuracy", METRIC_CLASSIFY, 0, 1, true, "correct / n",
                         "The share of rows whose class is right; compare it with the share of the largest class, "
                         "which a constant answer reaches."},
    [METRIC_BALANCED_ACCURACY] = {"balanced_accuracy", "balanced accuracy", METRIC_CLASSIFY, 0, 1, true,
                                  "mean over classes of correct in class / rows of class",
                                  "Accuracy as if all classes were equally frequent; guessing gives 1 / classes."},
    [METRIC_PRECISION] = {"precision", "precision", METRIC_CLASSIFY, 0, 1, true, "TP / (TP + FP)",
                          "Of the rows called positive, the share that is; low means false alarms. With more than "
                          "two classes the plain mean over them."},
    [METRIC_RECALL] =
        {"recall", "recall (sensitivity)", METRIC_CLASSIFY, 0, 1, true, "TP / (TP + FN)",
         "Of the positive rows, the share that was found; low means misses. With more than two classes "
         "the plain mean over them."},
    [METRIC_F1] =
        {"f1", "F1 score", METRIC_CLASSIFY, 0, 1, true, "2 TP / (2 TP + FP + FN)",
         "The harmonic mean of precision and recall: high only when both are; it ignores true negatives."},
    [METRIC_AUC] =
        {"auc", "area under the ROC curve", METRIC_CLASSIFY, 0, 1, true,
         "P(score of a positive > score of a negative) + P(equal) / 2",
         "The chance that a random positive row is scored above a random negative one; 0.5 is guessing, "
         "and no threshold is involved. With more than two classes the mean of one against the rest."},
    [METRIC_AP] =
        {"ap", "average precision", METRIC_CLASSIFY, 0, 1, true,
         "sum over thresholds of (recall - previous recall) * precision",
         "The area under the precision-recall curve; guessing gives the share of positives, so it tells more "
         "than auc when they are rare."},
    [METRIC_LOGLOSS] =
        {"logloss", "log loss (cross-entropy)", METRIC_CLASSIFY, INFINITY, 0, false, "-mean(ln p(true class))",
         "The surprise of the truth under the predicted probabilities; one confident mistake costs "
         "much. Always answering the class shares gives their entropy (0.693 for two equal classes)."},
    [METRIC_BRIER] =
        {"brier", "Brier score", METRIC_CLASSIFY, 2, 0, false,
         "mean((p - y)^2); sum over classes when there are more than two",
         "The mean squared error of the probabilities; 0.25 is what answering 1/2 gives with two classes. "
         "Two classes reach 1 at worst, more classes 2."},
    [METRIC_MCC] =
        {"mcc", "Matthews correlation", METRIC_CLASSIFY, -1, 1, true,
         "(c n - sum t_k p_k) / sqrt((n^2 - sum p_k^2)(n^2 - sum t_k^2))",
         "The correlation of predicted and true class; 0 is no better than chance, and unlike accuracy it "
         "cannot be high by favouring the larger class."},
    [METRIC_KAPPA] =
        {"kappa", "Cohen's kappa", METRIC_CLASSIFY, -1, 1, true,
         "(agreement - expected agreement) / (1 - expected agreement)",
         "Agreement beyond what the class frequencies alone would give; 0 is chance, above 0.6 is usually "
         "called substantial."},
    [METRIC_RMSE] =
        {"rmse", "root mean squared error", METRIC_REGRESS, INFINITY, 0, false, "sqrt(mean((y - f)^2))",
         "The typical size of an error in the target's own unit; large errors weigh most. Compare it with "
         "the target's standard deviation, which predicting the mean gives."},
    [METRIC_MAE] = {"mae", "mean absolute error", METRIC_REGRESS, INFINITY, 0, false, "mean(|y - f|)",
                    "The average size of an error in the target's own unit; every unit of error weighs the same."},
    [METRIC_R2] =
        {"r2", "coefficient of determination", METRIC_REGRESS, -INFINITY, 1, true,
         "1 - sum((y - f)^2) / sum((y - mean y)^2)",
         "The share of the target's variance that is explained; 0 is what the mean gives, below 0 is worse "
         "than that."},
    [METRIC_MAPE] =
        {"mape", "mean absolute percentage error", METRIC_REGRESS, INFINITY, 0, false,
         "mean(|y - f| / max(|y|, 2.2e-16))",
         "The average error relative to the true value, as a fraction (0.1 is 10 %); useless when true "
         "values come near 0, where it explodes."},
    [METRIC_SILHOUETTE] =
        {"silhouette", "mean silhouette", METRIC_CLUSTER, -1, 1, true,
         "mean((b - a) / max(a, b)); a: mean distance to the own cluster, b: to the nearest other one",
         "How much nearer rows are to their own cluster than to the next one. Above 0.7 the structure is strong, "
         "above 0.5 reasonable, above 0.25 weak, below there is none (Kaufman and Rousseeuw 1990); negative rows "
         "lie "
         "nearer to another cluster."},
    [METRIC_DAVIES_BOULDIN] =
        {"davies_bouldin", "Davies-Bouldin index", METRIC_CLUSTER, INFINITY, 0, false,
         "mean over clusters of max over others of (spread + other spread) / distance of the centres",
         "How wide clusters are beside their distance to the most similar one; below 1 they are farther apart "
         "than "
         "wide. Compare it on the same columns only."},
    [METRIC_CALINSKI_HARABASZ] = {"calinski_harabasz", "Calinski-Harabasz index", METRIC_CLUSTER, 0, INFINITY,
                                  true, "(between / (k - 1)) / (within / (n - k)), sums of squares",
                                  "The variance between clusters over the variance within, an F statistic: its "
                                  "height means nothing by itself, "
                                  "only beside that of another clustering of the same rows and columns."},
    [METRIC_INERTIA] =
        {"inertia", "sum of squares within clusters", METRIC_CLUSTER, INFINITY, 0, false,
         "sum(|x - mean of its cluster|^2)",
         "What k-means makes small. It falls with every further cluster, so it compares clusterings with as many "
         "clusters, on the same rows and columns."},
    [METRIC_ARI] = {"ari", "adjusted Rand index", METRIC_CLUSTER, -0.5, 1, true,
                    "(pairs that agree - expected) / (possible - expected)",
                    "How far clusters and classes agree on which pairs of rows belong together, beyond chance: 0 "
                    "is chance, 1 the "
                    "same partition whatever the clusters are called."},
    [METRIC_NMI] = {"nmi", "normalised mutual information", METRIC_CLUSTER, 0, 1, true,
                    "2 I(class; cluster) / (H(class) + H(cluster))",
                    "The share of what classes and clusters tell that they tell of each other, the V-measure; not "
                    "adjusted for "
                    "chance, so many small clusters raise it."},
    [METRIC_HOMOGENEITY] = {"homogeneity", "homogeneity", METRIC_CLUSTER, 0, 1, true,
                            "1 - H(class | cluster) / H(class)",
                            "Whether each cluster holds rows of one class; as many clusters as rows reach 1."},
    [METRIC_COMPLETENESS] = {"completeness", "completeness", METRIC_CLUSTER, 0, 1, true,
                             "1 - H(cluster | class) / H(cluster)",
                             "Whether all rows of a class lie in one cluster; a single cluster reaches 1."},
};

int metric_find(const char *name)
{
    for (int id = 0; id < METRIC_COUNT; id++)
        if (strcmp(metric_table[id].name, name) == 0)
            return id;
    return -1;
}

void confusion_counts(size_t n, int k, const int32_t *truth, const int32_t *pred, const double *weight,
                      double *counts)
{
    size_t classes = (size_t)k;
    memset(counts, 0, classes * classes * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[(size_t)truth[i] * classes + (size_t)pred[i]] += weight ? weight[i] : 1;
}

/* ---- ranking ---- */

struct ranking {
    double auc, ap;
};

/* Walks the scores from the highest down, one group of equal scores at a time. work: sort_order_work(n). */
static struct ranking rank_scores(size_t n, const double *score, const uint8_t *truth, const double *weight,
                                  void *work)
{
    uint32_t *order = (uint32_t *)((uint64_t *)work + 2 * n) + n;
    sort_order_f64(n, score, order, work);
    if (n == 0 || isnan(score[order[n - 1]])) /* NaN sorts last */
        return (struct ranking){NAN, NAN};
    size_t positives = 0;
    double tp = 0, fp = 0, area = 0, precision = 0;
    for (size_t i = n; i > 0;) {
        double value = score[order[i - 1]], more_tp = 0, more_fp = 0;
        for (; i > 0 && score[order[i - 1]] == value; i--) {
            uint32_t row = order[i - 1];
            double w = weight ? weight[row] : 1;
            positives += truth[row] != 0;
            more_tp += truth[row] ? w : 0;
            more_fp += truth[row] ? 0 : w;
        }
        area += more_fp * (tp + more_tp / 2);
        tp += more_tp;
        fp += more_fp;
        precision += more_tp > 0 ? more_tp * (tp / (tp + fp)) : 0;
    }
    return (struct ranking){
        .auc = positives == 0 || positives == n ? (double)NAN : area / (tp * fp),
        .ap = tp > 0 ? precision / tp : 0, /* scikit-learn: no positive row, recall 1 everywhere, precision 0 */
    };
}

double auc_of(size_t n, const double *score, const uint8_t *truth, const double *weight, void *work)
{
    return rank_scores(n, score, truth, weight, work).auc;
}

/* ---- labels ---- */

static double ratio(double part, double whole) /* zero_division=0 */
{
    return whole == 0 ? 0 : part / whole;
}

/* Row (truth) and column (prediction) sums of a class. */
static double row_sum(int k, const double *counts, int c)
{
    double sum = 0;
    for (int j = 0; j < k; j++)
        sum += counts[c * (size_t)k + (size_t)j];
    return sum;
}

static double column_sum(int k, const double *counts, int c)
{
    double sum = 0;
    for (int i = 0; i < k; i++)
        sum += counts[(size_t)i * (size_t)k + (size_t)c];
    return sum;
}

/* Everything that the confusion counts tell. occurs[c]: class c is in truth or prediction. */
static void metrics_labels(int k, const double *counts, const uint8_t *occurs, int positive, double *out)
{
    double n = 0, correct = 0, recalls = 0, true_classes = 0, by_chance = 0, truth2 = 0, pred2 = 0;
    double precision = 0, recall = 0, f1 = 0, classes = 0;
    bool binary = k == 2 && positive >= 0 && positive < 2;
    for (int c = 0; c < k; c++) {
        double hit = counts[(size_t)c * (size_t)k + (size_t)c];
        double in_truth = row_sum(k, counts, c), in_pred = column_sum(k, counts, c);
        n += in_truth;
        correct += hit;
        by_chance += in_truth * in_pred;
        truth2 += in_truth * in_truth;
        pred2 += in_pred * in_pred;
        if (in_truth != 0) {
            recalls += hit / in_truth;
            true_classes++;
        }
        if (binary ? c == positive : occurs[c]) {
            precision += ratio(hit, in_pred);
            recall += ratio(hit, in_truth);
            f1 += ratio(2 * hit, in_truth + in_pred);
            classes++;
        }
    }
    double spread = (n * n - pred2) * (n * n - truth2);
    out[METRIC_ACCURACY] = correct / n;
    out[METRIC_BALANCED_ACCURACY] = recalls / true_classes;
    out[METRIC_PRECISION] = precision / classes;
    out[METRIC_RECALL] = recall / classes;
    out[METRIC_F1] = f1 / classes;
    out[METRIC_MCC] = spread == 0 ? 0 : (correct * n - by_chance) / sqrt(spread);
    out[METRIC_KAPPA] = n * n == by_chance ? (double)NAN : 1 - (n - correct) / (n - by_chance / n);
}

/* ---- probabilities ---- */

/* Probabilities may leave [0, 1] by rounding, no further. */
#define PROBA_SLACK 1e-9

/* Log loss and Brier. */
static void metrics_probabilities(size_t n, int k, const int32_t *truth, const double *proba, int positive,
                                  const double *weight, double *out)
{
    struct sum_tree weights = {0}, losses = {0}, squares = {0};
    double w[NUM_BLOCK], loss[NUM_BLOCK], square[NUM_BLOCK];
    bool valid = true;
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        size_t m = n - start < NUM_BLOCK ? n - start : NUM_BLOCK;
        for (size_t i = 0; i < m; i++) {
            const double *p = proba + (start + i) * (size_t)k;
            int32_t c = truth[start + i];
            double sum = 0;
            for (int j = 0; j < k; j++) {
                double d = p[j] - (j == c);
                sum += d * d;
                valid &= p[j] >= -PROBA_SLACK && p[j] <= 1 + PROBA_SLACK; /* false for NaN */
            }
            if (k == 2) {
                double d = p[positive] - (c == positive);
                sum = d * d;
            }
            w[i] = weight ? weight[start + i] : 1;
            square[i] = w[i] * sum;
            loss[i] = w[i] * -log(fmin(fmax(p[c], DBL_EPSILON), 1 - DBL_EPSILON));
        }
        sum_tree_add(&weights, block_sum(m, w));
        sum_tree_add(&losses, block_sum(m, loss));
        sum_tree_add(&squares, block_sum(m, square));
    }
    double total = sum_tree_total(&weights);
    out[METRIC_LOGLOSS] = valid ? sum_tree_total(&losses) / total : (double)NAN;
    out[METRIC_BRIER] = valid ? sum_tree_total(&squares) / total : (double)NAN;
}

/* ---- all of classification ---- */

/* The pieces of `work`. */
struct desk {
    double *counts;  /* k x k */
    double *score;   /* n */
    void *sorting;   /* sort_order_work(n) */
    uint8_t *truth;  /* n */
    uint8_t *occurs; /* k: 1 in truth, 2 in prediction, 3 both */
};

static struct desk desk_of(size_t n, int k, void *work)
{
    size_t classes = (size_t)k;
    struct desk d = {.counts = work};
    d.score = d.counts + classes * classes;
    d.sorting = d.score + n;
    d.truth = (uint8_t *)d.sorting + sort_order_work(n);
    d.occurs = d.truth + n;
    return d;
}

size_t metrics_work(size_t n, int k)
{
    size_t classes = (size_t)k;
    return (classes * classes + n) * sizeof(double) + sort_order_work(n) + n + classes;
}

static struct ranking rank_class(size_t n, int k, const int32_t *truth, const double *proba, const double *weight,
                                 int c, const struct desk *d)
{
    for (size_t i = 0; i < n; i++) {
        d->score[i] = proba[i * (size_t)k + (size_t)c];
        d->truth[i] = truth[i] == c;
    }
    return rank_scores(n, d->score, d->truth, weight, d->sorting);
}

/* Mean of one class against the rest; NaN unless all classes occur in truth, as scikit-learn refuses. */
static struct ranking rank_all_classes(size_t n, int k, const int32_t *truth, const double *proba,
                                       const double *weight, const struct desk *d)
{
    struct ranking mean = {0, 0};
    for (int c = 0; c < k; c++)
        if (!(d->occurs[c] & 1))
            return (struct ranking){NAN, NAN};
    for (int c = 0; c < k; c++) {
        struct ranking one = rank_class(n, k, truth, proba, weight, c, d);
        mean.auc += one.auc / k;
        mean.ap += one.ap / k;
    }
    return mean;
}

void metrics_classify(size_t n, int k, const int32_t *truth, const int32_t *pred, const double *proba,
                      int positive, const double *weight, double *out, void *work)
{
    for (int id = 0; id < METRIC_COUNT; id++)
        if (metric_table[id].task == METRIC_CLASSIFY)
            out[id] = NAN;
    if (n == 0 || k < 1)
        return;
    struct desk d = desk_of(n, k, work);
    memset(d.occurs, 0, (size_t)k);
    for (size_t i = 0; i < n; i++) {
        d.occurs[truth[i]] |= 1;
        d.occurs[pred[i]] |= 2;
    }
    confusion_counts(n, k, truth, pred, weight, d.counts);
    metrics_labels(k, d.counts, d.occurs, positive, out);
    if (!proba || k < 2)
        return;
    int of_interest = k == 2 && positive == 0 ? 0 : 1;
    metrics_probabilities(n, k, truth, proba, of_interest, weight, out);
    struct ranking r = k == 2 ? rank_class(n, k, truth, proba, weight, of_interest, &d)
                              : rank_all_classes(n, k, truth, proba, weight, &d);
    out[METRIC_AUC] = r.auc;
    out[METRIC_AP] = r.ap;
}

/* ---- regression ---- */

struct regress_sums {
    double weight, square, absolute, relative, truth;
};

/* Sums of a block of at most NUM_BLOCK rows. */
NUM_CLONES static struct regress_sums regress_block(size_t n, const double *truth, const double *pred,
                                                    const double *weight)
{
    double w[NUM_BLOCK], square[NUM_BLOCK], absolute[NUM_BLOCK], relative[NUM_BLOCK], value[NUM_BLOCK];
    for (size_t i = 0; i < n; i++)
        w[i] = weight ? weight[i] : 1;
    for (size_t i = 0; i < n; i++) {
        double e = fabs(truth[i] - pred[i]), size = fabs(truth[i]);
        square[i] = w[i] * (e * e);
        absolute[i] = w[i] * e;
        relative[i] = w[i] * (e / (size < DBL_EPSILON ? DBL_EPSILON : size));
        value[i] = w[i] * truth[i];
    }
    return (struct regress_sums){block_sum(n, w), block_sum(n, square), block_sum(n, absolute),
                                 block_sum(n, relative), block_sum(n, value)};
}

NUM_CLONES static double deviation_block(size_t n, const double *truth, const double *weight, double mean)
{
    double square[NUM_BLOCK];
    for (size_t i = 0; i < n; i++) {
        double d = truth[i] - mean;
        square[i] = (weight ? weight[i] : 1) * (d * d);
    }
    return block_sum(n, square);
}

/* Weighted sum of (truth - mean)^2: 0 when all values are equal, whatever rounding did to their mean. */
static double deviation_of(size_t n, const double *truth, const double *weight, double mean)
{
    struct sum_tree total = {0};
    bool constant = true;
    for (size_t i = 1; i < n && constant; i++)
        constant = truth[i] == truth[0];
    for (size_t start = 0; start < n && !constant; start += NUM_BLOCK)
        sum_tree_add(&total, deviation_block(n - start < NUM_BLOCK ? n - start : NUM_BLOCK, truth + start,
                                             weight ? weight + start : NULL, mean));
    return sum_tree_total(&total);
}

void metrics_regress(size_t n, const double *truth, const double *pred, const double *weight, double *out)
{
    struct sum_tree w = {0}, square = {0}, absolute = {0}, relative = {0}, value = {0};
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        struct regress_sums s = regress_block(n - start < NUM_BLOCK ? n - start : NUM_BLOCK, truth + start,
                                              pred + start, weight ? weight + start : NULL);
        sum_tree_add(&w, s.weight);
        sum_tree_add(&square, s.square);
        sum_tree_add(&absolute, s.absolute);
        sum_tree_add(&relative, s.relative);
        sum_tree_add(&value, s.truth);
    }
    double total = sum_tree_total(&w), error = sum_tree_total(&square);
    double spread = deviation_of(n, truth, weight, sum_tree_total(&value) / total);
    out[METRIC_RMSE] = sqrt(error / total);
    out[METRIC_MAE] = sum_tree_total(&absolute) / total;
    out[METRIC_MAPE] = sum_tree_total(&relative) / total;
    /* A constant target: scikit-learn's force_finite. */
    out[METRIC_R2] = n < 2 ? (double)NAN : spread != 0 ? 1 - error / spread : error == 0 ? 1 : 0;
}

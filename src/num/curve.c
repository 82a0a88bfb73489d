/* curve: ROC and precision-recall are one walk over the scores from the highest down. */
#include "num/curve.h"

#include "num/sort.h"

#include <math.h>
#include <stdbool.h>

/* The scores in order, and how many rows of each kind stand at or above the place that the walk has reached. */
struct walk {
    const double *score;
    const uint8_t *truth;
    const uint32_t *order;
    size_t left; /* rows below */
    double tp, fp;
};

static struct walk walk_start(size_t n, const double *score, const uint8_t *truth, void *work)
{
    uint32_t *order = (uint32_t *)((uint64_t *)work + 2 * n) + n;
    sort_order_f64(n, score, order, work);
    struct walk w = {.score = score, .truth = truth, .order = order, .left = n};
    while (w.left > 0 && isnan(score[order[w.left - 1]])) /* rows without a score are left out */
        w.left--;
    return w;
}

/* Takes all rows of the next lower score; returns it. */
static double walk_next(struct walk *w)
{
    double value = w->score[w->order[w->left - 1]];
    for (; w->left > 0 && w->score[w->order[w->left - 1]] == value; w->left--) {
        bool positive = w->truth[w->order[w->left - 1]] != 0;
        w->tp += positive;
        w->fp += !positive;
    }
    return value;
}

size_t curve_roc(size_t n, const double *score, const uint8_t *truth, double *fpr, double *tpr, double *threshold,
                 void *work)
{
    struct walk w = walk_start(n, score, truth, work);
    size_t points = 1;
    fpr[0] = tpr[0] = 0;
    threshold[0] = INFINITY;
    for (; w.left > 0; points++) {
        threshold[points] = walk_next(&w);
        fpr[points] = w.fp;
        tpr[points] = w.tp;
    }
    for (size_t i = 0; i < points; i++) { /* without any row of a kind its rate is 0/0: NaN */
        fpr[i] /= w.fp;
        tpr[i] /= w.tp;
    }
    return points;
}

size_t curve_pr(size_t n, const double *score, const uint8_t *truth, double *precision, double *recall,
                double *threshold, void *work)
{
    struct walk w = walk_start(n, score, truth, work);
    size_t points = 1;
    precision[0] = 1;
    recall[0] = 0;
    threshold[0] = INFINITY;
    for (; w.left > 0; points++) {
        threshold[points] = walk_next(&w);
        precision[points] = w.tp / (w.tp + w.fp);
        recall[points] = w.tp;
    }
    for (size_t i = 1; i < points; i++)
        recall[i] = w.tp > 0 ? recall[i] / w.tp : 1; /* no positive row: 1, as scikit-learn */
    return points;
}

/* Bin i holds edge(i) < p <= edge(i + 1), the first one 0 too. */
static size_t bin_of(double p, size_t bins)
{
    double width = 1 / (double)bins;
    size_t i = p > 0 ? (size_t)fmin(ceil(p * (double)bins) - 1, (double)(bins - 1)) : 0;
    while (i > 0 && p <= (double)i * width)
        i--;
    while (i + 1 < bins && p > (double)(i + 1) * width)
        i++;
    return i;
}

size_t curve_calibration(size_t n, const double *proba, const uint8_t *truth, size_t bins, double *mean_pred,
                         double *share, double *count)
{
    for (size_t b = 0; b < bins; b++)
        mean_pred[b] = share[b] = count[b] = 0;
    for (size_t i = 0; i < n && bins > 0; i++) {
        if (isnan(proba[i]))
            continue;
        size_t b = bin_of(proba[i], bins);
        mean_pred[b] += proba[i];
        share[b] += truth[i] != 0;
        count[b]++;
    }
    size_t used = 0;
    for (size_t b = 0; b < bins; b++) {
        if (count[b] == 0)
            continue;
        mean_pred[used] = mean_pred[b] / count[b];
        share[used] = share[b] / count[b];
        count[used++] = count[b];
    }
    return used;
}

/* b lies between a and c, on their line but for rounding. */
static bool between(double ax, double ay, double bx, double by, double cx, double cy)
{
    double ux = bx - ax, uy = by - ay, vx = cx - bx, vy = cy - by;
    return fabs(ux * vy - uy * vx) <= 1e-12 * (fabs(ux * vy) + fabs(uy * vx)) && ux * vx + uy * vy >= 0;
}

static size_t drop_straight(size_t n, double *x, double *y)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && i + 1 < n && between(x[kept - 1], y[kept - 1], x[i], y[i], x[i + 1], y[i + 1]))
            continue;
        x[kept] = x[i];
        y[kept++] = y[i];
    }
    return kept;
}

static double range_of(size_t n, const double *x)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return high > low && high - low < INFINITY ? high - low : 1;
}

static double step_length(const double *x, const double *y, size_t i, double range_x, double range_y)
{
    double length = hypot((x[i] - x[i - 1]) / range_x, (y[i] - y[i - 1]) / range_y);
    return length < INFINITY ? length : 0; /* gaps and infinite steps have none */
}

/* Keeps the points at which the path's length, both axes scaled to 1, passes the next of max - 1 equal marks. */
static size_t thin_by_length(size_t n, double *x, double *y, size_t max)
{
    double range_x = range_of(n, x), range_y = range_of(n, y), total = 0, walked = 0;
    for (size_t i = 1; i < n; i++)
        total += step_length(x, y, i, range_x, range_y);
    double mark = total / (double)(max - 1), next = mark;
    size_t kept = 1;
    double last_x = x[0], last_y = y[0];
    for (size_t i = 1; i < n; i++) {
        double dx = (x[i] - last_x) / range_x, dy = (y[i] - last_y) / range_y, step = hypot(dx, dy);
        last_x = x[i];
        last_y = y[i];
        walked += step < INFINITY ? step : 0;
        if (walked < next && i + 1 < n)
            continue;
        while (next <= walked && mark > 0)
            next += mark;
        x[kept] = x[i];
        y[kept++] = y[i];
    }
    return kept;
}

size_t curve_thin(size_t n, double *x, double *y, size_t max)
{
    if (n < 3)
        return n;
    n = drop_straight(n, x, y);
    return n > max && max >= 2 ? thin_by_length(n, x, y, max) : n;
}

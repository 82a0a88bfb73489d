#include "plugins/tree/loss.h"

#include <math.h>
#include <string.h>

#include "num/sort.h"
#include "num/vmath.h"

static const double LEAST_SHARE = 1e-15; /* of a class: keeps its log odds finite */

int loss_constant_h(enum loss_kind kind)
{
    return kind != LOSS_LOGISTIC && kind != LOSS_POISSON;
}

int loss_renews(enum loss_kind kind)
{
    return kind == LOSS_ABSOLUTE || kind == LOSS_QUANTILE;
}

enum loss_kind loss_for(enum loss_kind chosen, uint32_t task)
{
    return chosen != LOSS_AUTO ? chosen : task == LT_CLASSIFY ? LOSS_LOGISTIC : LOSS_SQUARED;
}

int loss_check(struct lt_ctx *ctx, enum loss_kind kind, uint32_t task)
{
    if ((kind == LOSS_LOGISTIC) == (task == LT_CLASSIFY))
        return LT_OK;
    return ctx->fail(ctx, LT_INVALID,
                     task == LT_CLASSIFY ? "classes take loss=log_loss; the others are for numbers"
                                         : "loss=log_loss is for classes; numbers take squared_error, "
                                           "absolute_error, huber, quantile or poisson");
}

int loss_check_targets(struct lt_ctx *ctx, enum loss_kind kind, const struct lt_data *data)
{
    double sum = 0;
    for (size_t i = 0; kind == LOSS_POISSON && i < data->n; i++) {
        if (data->y[i] < 0)
            return ctx->fail(ctx, LT_INVALID, "loss=poisson takes counts; the target of row %zu is %g", i + 1,
                             data->y[i]);
        sum += data->y[i];
    }
    if (kind == LOSS_POISSON && !(sum > 0))
        return ctx->fail(ctx, LT_INVALID, "loss=poisson needs a target above 0 in some row");
    return LT_OK;
}

static double weight_of(const struct lt_data *data, size_t i)
{
    return data->weight ? data->weight[i] : 1;
}

/* ---- where boosting starts ---------------------------------------------------------------------------------- */

/* Value `root` of a heap of n sinks to its place, its weight with it. */
static void sink(size_t root, size_t n, double *x, double *weight)
{
    double value = x[root], w = weight[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        child += child + 1 < n && x[child + 1] > x[child];
        if (x[child] <= value)
            break;
        x[root] = x[child];
        weight[root] = weight[child];
    }
    x[root] = value;
    weight[root] = w;
}

/* Sorts values with their weights, in place. */
static void sort_weighted(size_t n, double *x, double *weight)
{
    for (size_t i = n / 2; i-- > 0;)
        sink(i, n, x, weight);
    for (size_t end = n; end-- > 1;) {
        double value = x[0], w = weight[0];
        x[0] = x[end];
        weight[0] = weight[end];
        x[end] = value;
        weight[end] = w;
        sink(0, end, x, weight);
    }
}

/* Between two neighbours in proportion, as R and numpy; with weights the least value at or below which a share
 * alpha of the weight lies. */
double loss_quantile(size_t n, double *x, double *weight, double alpha, double *work)
{
    double whole = 0, below = 0;
    if (weight == NULL) {
        sort_f64(n, x, work);
        double at = alpha * (double)(n - 1);
        size_t low = (size_t)at;
        return low + 1 < n ? x[low] + (at - (double)low) * (x[low + 1] - x[low]) : x[n - 1];
    }
    sort_weighted(n, x, weight);
    for (size_t i = 0; i < n; i++)
        whole += weight[i];
    size_t k = 0;
    for (; k + 1 < n && below + weight[k] < alpha * whole; k++)
        below += weight[k];
    return x[k];
}

static double mean_target(const struct lt_data *data)
{
    double sum = 0, whole = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = weight_of(data, i);
        whole += w;
        sum += w > 0 ? (data->y[i] - sum) * w / whole : 0;
    }
    return sum;
}

static double share_of_class(const struct lt_data *data, int32_t label)
{
    double sum = 0, whole = 0;
    for (size_t i = 0; i < data->n; i++) {
        whole += weight_of(data, i);
        sum += data->label[i] == label ? weight_of(data, i) : 0;
    }
    double share = sum / whole;
    return share < LEAST_SHARE ? LEAST_SHARE : share > 1 - LEAST_SHARE ? 1 - LEAST_SHARE : share;
}

void loss_base(const struct loss *loss, const struct lt_data *data, double *sorted, double *work, double *base)
{
    double alpha = loss->kind == LOSS_QUANTILE ? loss->alpha : 0.5;
    switch (loss->kind) {
    case LOSS_LOGISTIC:
        if (loss->width == 1) {
            double p = data->n_classes < 2 ? 1 - LEAST_SHARE : share_of_class(data, 1);
            base[0] = log(p / (1 - p));
        }
        for (uint32_t k = 0; loss->width > 1 && k < loss->width; k++)
            base[k] = log(share_of_class(data, (int32_t)k));
        break;
    case LOSS_POISSON:
        base[0] = log(mean_target(data));
        break;
    case LOSS_ABSOLUTE:
    case LOSS_HUBER:
    case LOSS_QUANTILE: {
        size_t m = 0;
        double *weight = data->weight ? work : NULL;
        for (size_t i = 0; i < data->n; i++)
            if (weight_of(data, i) > 0) {
                if (weight)
                    weight[m] = data->weight[i];
                sorted[m++] = data->y[i];
            }
        base[0] = loss_quantile(m, sorted, weight, alpha, work);
        break;
    }
    default:
        base[0] = mean_target(data);
        break;
    }
}

/* ---- gradients ---------------------------------------------------------------------------------------------- */

static double two_classes(const struct lt_data *data, size_t begin, size_t n, const double *score, float *g,
                          float *h)
{
    double p[LOSS_BLOCK], cost[LOSS_BLOCK], sum = 0;
    const int32_t *label = data->label + begin;
    for (size_t i = 0; i < n; i++)
        cost[i] = label[i] == 1 ? -score[i] : score[i];
    vmath_sigmoid(n, score, p);
    vmath_log1p_exp(n, cost, cost);
    for (size_t i = 0; i < n; i++)
        g[i] = (float)(p[i] - (label[i] == 1));
    for (size_t i = 0; h && i < n; i++)
        h[i] = (float)(p[i] * (1 - p[i]));
    for (size_t i = 0; data->weight && i < n; i++) {
        g[i] *= (float)data->weight[begin + i];
        cost[i] *= data->weight[begin + i];
    }
    for (size_t i = 0; data->weight && h && i < n; i++)
        h[i] *= (float)data->weight[begin + i];
    for (size_t i = 0; i < n; i++)
        sum += cost[i];
    return sum;
}

/* Friedman (2001) counts the curvature of many classes K/(K-1) times, for the scores of a row may all be shifted. */
static double curvature_factor(const struct loss *loss)
{
    return loss->width > 1 ? (double)loss->width / (loss->width - 1.0) : 1;
}

/* p[width] = the softmax of a row's scores. */
static void class_shares(uint32_t width, const double *score, double *p)
{
    memcpy(p, score, width * sizeof *p);
    vmath_softmax(1, width, p, width);
}

/* Softmax. */
static double many_classes(const struct loss *loss, const struct lt_data *data, size_t begin, size_t n,
                           const double *score, size_t stride, float *g, float *h)
{
    enum { FEW = 64 };
    uint32_t width = loss->width;
    double sum = 0, factor = curvature_factor(loss), p[FEW];
    for (size_t i = 0; i < n; i++) {
        const double *row = score + i * width;
        double weight = weight_of(data, begin + i);
        uint32_t label = (uint32_t)data->label[begin + i];
        if (width <= FEW)
            class_shares(width, row, p);
        double log_sum = width <= FEW ? 0 : vmath_log_sum_exp(width, row);
        for (uint32_t k = 0; k < width; k++) {
            double share = width <= FEW ? p[k] : exp(row[k] - log_sum);
            g[k * stride + i] = (float)(weight * (share - (k == label)));
            if (h)
                h[k * stride + i] = (float)(weight * factor * share * (1 - share));
            if (k == label)
                sum -= weight * log(share > 1e-300 ? share : 1e-300);
        }
    }
    return sum;
}

/* One number: the loss of residual r = score - y, its slope; the curvature is 1. */
static double one_number(const struct loss *loss, double r, double *slope)
{
    double size = fabs(r), sign = (r > 0) - (r < 0);
    switch (loss->kind) {
    case LOSS_ABSOLUTE:
        *slope = sign;
        return size;
    case LOSS_HUBER:
        *slope = size <= loss->delta ? r : sign * loss->delta;
        return size <= loss->delta ? r * r / 2 : loss->delta * (size - loss->delta / 2);
    case LOSS_QUANTILE: /* alpha of the rows should lie below the score */
        *slope = r > 0 ? 1 - loss->alpha : r < 0 ? -loss->alpha : 0;
        return r > 0 ? (1 - loss->alpha) * r : -loss->alpha * r;
    default:
        *slope = r;
        return r * r;
    }
}

static double numbers(const struct loss *loss, const struct lt_data *data, size_t begin, size_t n,
                      const double *score, float *g, float *h)
{
    double sum = 0, slope;
    for (size_t i = 0; i < n; i++) {
        double weight = weight_of(data, begin + i);
        sum += weight * one_number(loss, score[i] - data->y[begin + i], &slope);
        g[i] = (float)(weight * slope);
        if (h)
            h[i] = (float)weight;
    }
    return sum;
}

/* y log(y / m) - (y - m) for the mean m = exp(score): half the deviance. */
static double counts(const struct lt_data *data, size_t begin, size_t n, const double *score, float *g, float *h)
{
    double mean[LOSS_BLOCK], sum = 0;
    vmath_exp(n, score, mean);
    for (size_t i = 0; i < n; i++) {
        double weight = weight_of(data, begin + i), y = data->y[begin + i];
        sum += weight * ((y > 0 ? y * (log(y) - score[i]) : 0) - y + mean[i]);
        g[i] = (float)(weight * (mean[i] - y));
        if (h)
            h[i] = (float)(weight * mean[i]);
    }
    return sum;
}

double loss_gradients(const struct loss *loss, const struct lt_data *data, size_t begin, size_t n,
                      const double *score, size_t stride, float *g, float *h)
{
    if (loss->kind == LOSS_POISSON)
        return counts(data, begin, n, score, g, h);
    if (loss->kind != LOSS_LOGISTIC)
        return numbers(loss, data, begin, n, score, g, h);
    return loss->width == 1 ? two_classes(data, begin, n, score, g, h)
                            : many_classes(loss, data, begin, n, score, stride, g, h);
}

int loss_curvature_is_known(enum loss_kind kind)
{
    return kind != LOSS_POISSON;
}

/* The gradient p - y of a class, y 0 or 1, says p (1 - p) whatever y is. */
void loss_curvature(const struct loss *loss, size_t n, const float *g, float *h)
{
    double factor = curvature_factor(loss);
    if (loss->kind != LOSS_LOGISTIC)
        for (size_t i = 0; i < n; i++)
            h[i] = 1;
    else
        for (size_t i = 0; i < n; i++) {
            double size = fabs((double)g[i]);
            h[i] = (float)(factor * size * (1 - size));
        }
}

void loss_predictions(const struct loss *loss, size_t n, const double *score, double *out)
{
    if (loss->kind == LOSS_LOGISTIC && loss->width == 1) {
        double p[LOSS_BLOCK];
        vmath_sigmoid(n, score, p);
        for (size_t i = 0; i < n; i++) {
            out[2 * i] = 1 - p[i];
            out[2 * i + 1] = p[i];
        }
        return;
    }
    memcpy(out, score, n * loss->width * sizeof *out);
    if (loss->kind == LOSS_LOGISTIC)
        vmath_softmax(n, loss->width, out, loss->width);
    else if (loss->kind == LOSS_POISSON)
        vmath_exp(n, out, out);
}

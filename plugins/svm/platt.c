#include "plugins/svm/platt.h"

#include <math.h>

enum { MOST_ITERATIONS = 100 };

double platt_probability(struct sigmoid sigmoid, double f)
{
    const double z = sigmoid.slope * f + sigmoid.offset;
    return z >= 0 ? exp(-z) / (1 + exp(-z)) : 1 / (1 + exp(z));
}

struct sample {
    size_t n;
    const double *f, *weight;
    const uint8_t *positive;
    double high, low; /* targets */
};

static double target_of(const struct sample *s, size_t i)
{
    return s->positive[i] ? s->high : s->low;
}

static double weight_of(const struct sample *s, size_t i)
{
    return s->weight ? s->weight[i] : 1;
}

/* Minus the log likelihood, written so that nothing overflows. */
static double loss_of(const struct sample *s, struct sigmoid at)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double z = at.slope * s->f[i] + at.offset, t = target_of(s, i);
        sum += weight_of(s, i) * (z >= 0 ? t * z + log1p(exp(-z)) : (t - 1) * z + log1p(exp(z)));
    }
    return sum;
}

/* The gradient, and Newton's step from it. */
static void slopes_of(const struct sample *s, struct sigmoid at, double gradient[2], double step[2])
{
    double h11 = 1e-12, h22 = 1e-12, h21 = 0;
    gradient[0] = gradient[1] = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double p = platt_probability(at, s->f[i]), w = weight_of(s, i), d = w * (target_of(s, i) - p);
        const double curvature = w * p * (1 - p);
        h11 += s->f[i] * s->f[i] * curvature;
        h22 += curvature;
        h21 += s->f[i] * curvature;
        gradient[0] += s->f[i] * d;
        gradient[1] += d;
    }
    const double determinant = h11 * h22 - h21 * h21;
    step[0] = -(h22 * gradient[0] - h21 * gradient[1]) / determinant;
    step[1] = -(h11 * gradient[1] - h21 * gradient[0]) / determinant;
}

/* Along the step until the loss falls; 0 when it doesn't. */
static int descend(const struct sample *s, const double gradient[2], const double step[2], struct sigmoid *at,
                   double *loss)
{
    const double slope = gradient[0] * step[0] + gradient[1] * step[1];
    for (double length = 1; length >= 1e-10; length /= 2) {
        const struct sigmoid next = {at->slope + length * step[0], at->offset + length * step[1]};
        const double value = loss_of(s, next);
        if (value < *loss + 1e-4 * length * slope) {
            *at = next;
            *loss = value;
            return 1;
        }
    }
    return 0;
}

struct sigmoid platt_fit(size_t n, const double *f, const uint8_t *positive, const double *weight)
{
    struct sample s = {n, f, weight, positive, 0, 0};
    double count[2] = {0, 0}, gradient[2], step[2];
    for (size_t i = 0; i < n; i++)
        count[positive[i] != 0] += weight_of(&s, i);
    s.high = (count[1] + 1) / (count[1] + 2);
    s.low = 1 / (count[0] + 2);
    struct sigmoid at = {0, log((count[0] + 1) / (count[1] + 1))};
    double loss = loss_of(&s, at);
    for (int i = 0; i < MOST_ITERATIONS; i++) {
        slopes_of(&s, at, gradient, step);
        if (fabs(gradient[0]) < 1e-7 && fabs(gradient[1]) < 1e-7)
            break;
        if (!descend(&s, gradient, step, &at, &loss))
            break;
    }
    return at;
}

void platt_couple(size_t k, const double *pair, double *p, double *work)
{
    double *q = work, *qp = work + k * k; /* minimise p' Q p on the simplex */
    for (size_t a = 0; a < k; a++) {
        p[a] = 1 / (double)k;
        q[a * k + a] = 0;
        for (size_t b = 0; b < k; b++)
            if (b != a) {
                q[a * k + a] += pair[b * k + a] * pair[b * k + a];
                q[a * k + b] = -pair[b * k + a] * pair[a * k + b];
            }
    }
    for (size_t round = 0; round < (k > 100 ? k : 100); round++) {
        double pqp = 0, worst = 0;
        for (size_t a = 0; a < k; a++) {
            qp[a] = 0;
            for (size_t b = 0; b < k; b++)
                qp[a] += q[a * k + b] * p[b];
            pqp += p[a] * qp[a];
        }
        for (size_t a = 0; a < k; a++)
            worst = fmax(worst, fabs(qp[a] - pqp));
        if (worst < 1e-12)
            break;
        for (size_t a = 0; a < k; a++) { /* a coordinate, and the sum back to 1 */
            const double d = (pqp - qp[a]) / q[a * k + a];
            p[a] += d;
            pqp = (pqp + d * (d * q[a * k + a] + 2 * qp[a])) / ((1 + d) * (1 + d));
            for (size_t b = 0; b < k; b++) {
                qp[b] = (qp[b] + d * q[a * k + b]) / (1 + d);
                p[b] /= 1 + d;
            }
        }
    }
}

#include "plugins/net/adam.h"

#include "num/simd.h"

#include <math.h>

float adam_rate(struct adam *adam)
{
    double t = (double)++adam->step;
    return (float)(adam->rate * sqrt(1 - pow(adam->beta2, t)) / (1 - pow(adam->beta1, t)));
}

NUM_CLONES static void add_slots(size_t n, float *gradient, size_t n_slots, size_t stride)
{
    for (size_t s = 1; s < n_slots; s++) {
        float *from = gradient + s * stride;
        for (size_t i = 0; i < n; i++) {
            gradient[i] += from[i];
            from[i] = 0;
        }
    }
}

NUM_CLONES static void update(size_t n, float *restrict param, float *restrict first, float *restrict second,
                              float *restrict gradient, float beta1, float beta2, float rest1, float rest2,
                              float rate, float alpha, float scale)
{
    for (size_t i = 0; i < n; i++) {
        float g = (gradient[i] + alpha * param[i]) * scale;
        gradient[i] = 0;
        first[i] = beta1 * first[i] + rest1 * g;
        second[i] = beta2 * second[i] + rest2 * g * g;
        param[i] -= rate * first[i] / (sqrtf(second[i]) + 1e-8f);
    }
}

void adam_apply(size_t n, float *param, float *first, float *second, float *gradient, size_t n_slots,
                size_t stride, const struct adam *adam, float rate, float alpha, float scale)
{
    /* 1 - beta2 in double: as a float it would be 5e-5 off. */
    float rest1 = (float)(1 - adam->beta1), rest2 = (float)(1 - adam->beta2);
    enum { PART = 2048 }; /* floats: all that belongs to a part stays in the first cache */
    for (size_t at = 0; at < n; at += PART) {
        size_t m = n - at < PART ? n - at : PART;
        add_slots(m, gradient + at, n_slots, stride);
        update(m, param + at, first + at, second + at, gradient + at, (float)adam->beta1, (float)adam->beta2,
               rest1, rest2, rate, alpha, scale);
    }
}

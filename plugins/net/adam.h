/* adam: the optimiser of Kingma and Ba (2015), in the form at the end of its section 2: the bias corrections are
 * folded into the rate, as in scikit-learn. */
#ifndef LATHE_NET_ADAM_H
#define LATHE_NET_ADAM_H

#include <stddef.h>
#include <stdint.h>

struct adam {
    double rate, beta1, beta2;
    uint64_t step; /* taken */
};

/* The rate of the next step, which is counted. */
float adam_rate(struct adam *adam);
/* param, first and second moment of n parameters, from n_slots partial gradients that lie `stride` apart and are
 * added in order: gradient = (sum + alpha param) * scale. The partial gradients are zeroed for the next batch. */
void adam_apply(size_t n, float *param, float *first, float *second, float *gradient, size_t n_slots,
                size_t stride, const struct adam *adam, float rate, float alpha, float scale);

#endif

/* platt: from decision values to probabilities. */
#ifndef LATHE_SVM_PLATT_H
#define LATHE_SVM_PLATT_H

#include <stddef.h>
#include <stdint.h>

/* P(positive | f) = 1 / (1 + exp(slope f + offset)) */
struct sigmoid {
    double slope, offset;
};

/* The most likely sigmoid for n decision values; positive[i] != 0. Targets are drawn in from 0 and 1 as if one
 * more row of each class had been seen (Platt 2000), and found by Newton's method (Lin, Lin and Weng 2007).
 * weight may be NULL. */
struct sigmoid platt_fit(size_t n, const double *f, const uint8_t *positive, const double *weight);
double platt_probability(struct sigmoid sigmoid, double f);

/* Probabilities of k classes from those of all pairs: pair[a*k + b] = P(a | a or b), strictly between 0 and 1.
 * Minimises sum over a, b of (pair_ba p_a - pair_ab p_b)^2 (Wu, Lin and Weng 2004, their second method). work has
 * room for k*k + k. */
void platt_couple(size_t k, const double *pair, double *p, double *work);

#endif

/* network: layers of a multilayer perceptron, forward and backward for a few rows at a time.
 *
 * All parameters lie in one array, the weights of every layer first, then the biases, so that the optimiser, the
 * penalty and the norms are one loop each. Weights are stored inputs x outputs: the forward product then needs no
 * transposition; for the way back there is a transposed copy. Gradients have the same layout. */
#ifndef LATHE_NET_NETWORK_H
#define LATHE_NET_NETWORK_H

#include "plugins/kit/kit.h"

/* Rows that go through the network together: few enough for the first cache, enough for a fast product. */
enum { NETWORK_ROWS = 32 };

enum activation { RELU, TANH, LOGISTIC, IDENTITY };
enum output { SOFTMAX, SIGMOID, LINEAR };

struct network {
    size_t layers;               /* of weights: hidden ones and the output */
    size_t *width;               /* layers + 1: of the input, the hidden layers, the output */
    size_t *weight_at, *bias_at; /* layers: where they begin in `param` */
    size_t n_weights, n_params;
    enum activation activation;
    enum output output;
    float *param;
    float *transposed; /* n_weights, or NULL in a network that doesn't learn */
};

int network_init(struct lt_ctx *ctx, struct network *net, size_t inputs, const double *hidden, size_t n_hidden,
                 size_t outputs, bool learns);
void network_free(struct network *net);
/* Uniform weights and biases after Glorot and Bengio (2010), as in scikit-learn. */
void network_random(struct network *net, uint64_t seed);
void network_transpose(struct network *net); /* after `param` changed */

/* A worker's memory for NETWORK_ROWS rows. */
size_t network_work(const struct network *net); /* floats */

/* Outputs of rows x[rows x ld] into work; returned, rows x (outputs), probabilities or values. */
const float *network_forward(const struct network *net, size_t rows, const float *x, size_t ld, float *work);

/* What a few rows should give. */
struct lesson {
    size_t rows;
    const float *x; /* rows x ld */
    size_t ld;
    const float *y;      /* LINEAR: rows; SIGMOID: 0 or 1; SOFTMAX: the class */
    const float *weight; /* rows */
    float dropout;
    uint64_t seed, stream, index; /* of the dropout masks */
};
/* Adds the gradient of sum weight * loss to gradient[n_params]; returns that sum. */
double network_learn(const struct network *net, const struct lesson *lesson, float *gradient, float *work);

#endif

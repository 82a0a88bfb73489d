/* perplexity: how far each row looks. Row i gives its neighbours the weights exp(-beta_i d^2), and beta_i is such that
 * these, as probabilities, are as uncertain as a choice among `perplexity` equal ones. */
#ifndef LATHE_REDUCE_PERPLEXITY_H
#define LATHE_REDUCE_PERPLEXITY_H

#include "api/lathe.h"

/* distance[n x k], nearest first, becomes probability[n x k]; each row adds up to 1. LT_OK, LT_MEMORY, LT_CANCELLED. */
int perplexity_weights(struct lt_ctx *ctx, size_t n, size_t k, double perplexity, double *distance);

#endif

#include "plugins/reduce/perplexity.h"

#include <math.h>

#include "num/vmath.h"
#include "plugins/kit/kit.h"

enum { ROWS = 64, MOST_HALVINGS = 100 };
static const double CLOSE = 1e-6; /* of the entropy, in nats */

struct job {
    size_t k;
    double entropy;
    double *distance;
    double *room; /* a worker each: 2 k */
};

/* The entropy of weights exp(-beta square), which are left in weight; *total is their sum. */
static double entropy_at(size_t k, double beta, const double *square, double *weight, double *total)
{
    double sum = 0, moment = 0;
    for (size_t j = 0; j < k; j++)
        weight[j] = -beta * square[j];
    vmath_exp(k, weight, weight);
    for (size_t j = 0; j < k; j++) {
        sum += weight[j];
        moment += weight[j] * square[j];
    }
    *total = sum;
    return log(sum) + beta * moment / sum;
}

static void weigh_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct job *job = arg;
    const size_t k = job->k;
    double *square = job->room + worker * 2 * k, *weight = square + k;
    (void)block;
    for (size_t i = begin; i < end; i++) {
        double *row = job->distance + i * k, low = 0, high = INFINITY, beta = 1, total = 1, mean = 0;
        for (size_t j = 0; j < k; j++) { /* the nearest one's is taken off all: probabilities stay as they are */
            square[j] = row[j] * row[j] - row[0] * row[0];
            mean += square[j] / (double)k;
        }
        for (size_t j = 0; j < k && mean > 0; j++)
            square[j] /= mean;
        for (int halvings = 0; halvings < MOST_HALVINGS; halvings++) {
            const double off = entropy_at(k, beta, square, weight, &total) - job->entropy;
            if (fabs(off) <= CLOSE)
                break;
            if (off > 0) { /* too uncertain: look less far */
                low = beta;
                beta = isinf(high) ? beta * 2 : (beta + high) / 2;
            } else {
                high = beta;
                beta = (beta + low) / 2;
            }
        }
        for (size_t j = 0; j < k; j++)
            row[j] = weight[j] / total;
    }
}

int perplexity_weights(struct lt_ctx *ctx, size_t n, size_t k, double perplexity, double *distance)
{
    struct job job = {k, log(perplexity), distance,
                      kit_scratch(ctx, (size_t)ctx->threads * 2, k * sizeof(double))};
    return job.room ? kit_blocks(ctx, n, ROWS, weigh_block, &job) : LT_MEMORY;
}

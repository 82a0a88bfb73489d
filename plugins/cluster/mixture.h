/* mixture: a weighted sum of Gaussian densities, its densities at rows (the E step), and the sums over rows from
 * which the next mixture follows (the M step). */
#ifndef LATHE_CLUSTER_MIXTURE_H
#define LATHE_CLUSTER_MIXTURE_H

#include "api/lathe.h"

enum covariance { COVARIANCE_FULL, COVARIANCE_TIED, COVARIANCE_DIAG, COVARIANCE_SPHERICAL };

struct mixture {
    size_t k, p;
    enum covariance type;
    double *weight; /* k, adds up to 1 */
    double *mean;   /* k x p */
    double *spread; /* full k x p x p, tied p x p, diag and spherical k x p: covariances, or variances */

    /* What follows from these: y = x root has covariance 1; |root| enters the density. */
    double *root;    /* like spread: upper triangles, or 1 / sd */
    double *log_det; /* k: of root */
};

/* How rows are shared out: by the densities, or by labels[n] given, or at random. */
enum sharing { SHARE_BY_DENSITY, SHARE_BY_LABEL, SHARE_AT_RANDOM };

/* Sums over rows. */
struct mixture_sums {
    size_t width;
    double *slot;   /* the first `width` numbers are the totals */
    double *rows;   /* k: sum of weight * share */
    double *first;  /* k x p: of x - mean */
    double *second; /* like spread: of its square */
    double *count;  /* k: rows of which the component has the greatest share */
    double *total;  /* sum of weights; sum of weight * log density */
};

size_t mixture_spread_size(const struct mixture *m);
int mixture_alloc(struct lt_ctx *ctx, struct mixture *m, size_t k, size_t p, enum covariance type);
void mixture_free(struct mixture *m);
void mixture_copy(struct mixture *to, const struct mixture *from);

/* root and log_det. 0, or c > 0 when the covariance of component c - 1 isn't positive definite. */
size_t mixture_prepare(struct mixture *m);

/* All rows; scratch memory of this call. LT_OK, LT_MEMORY or LT_CANCELLED. `run` numbers random sharings. */
int mixture_visit(struct lt_ctx *ctx, const struct mixture *m, const struct lt_data *data, enum sharing sharing,
                  const int32_t *label, uint64_t run, struct mixture_sums *sums);

/* The mixture that fits the shares best. */
void mixture_update(struct mixture *m, const struct mixture_sums *sums, double reg_covar);

/* label[n]: the component with the greatest share. LT_OK, LT_MEMORY or LT_CANCELLED. */
int mixture_labels(struct lt_ctx *ctx, const struct mixture *m, const struct lt_data *data, int32_t *label);

#endif

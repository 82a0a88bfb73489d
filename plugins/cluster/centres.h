/* centres: which of k centres is nearest to a row, exactly. Single-precision panels decide where the nearest leads
 * the second by more than rounding can change; the rest is measured in double, and a tie goes to the lower
 * number. */
#ifndef LATHE_CLUSTER_CENTRES_H
#define LATHE_CLUSTER_CENTRES_H

#include "api/lathe.h"
#include "plugins/kit/panel.h"

struct centres {
    size_t k, p;
    const double *x; /* k x p; the caller's */
    float *row;      /* padded k x p, in the frame of the points */
    float *size;     /* padded k */
    double largest;  /* the largest of the sizes */
};

/* Scratch memory of this call. LT_OK or LT_MEMORY (said). */
int centres_ready(struct lt_ctx *ctx, struct centres *centres, const struct panel_frame *frame, const double *x,
                  size_t k, size_t p);

/* label[n] for the n <= 48 rows x[n x p] (leading dimension ld) that panel and size hold. */
void centres_nearest(const struct centres *centres, const float *panel, const float *size, const double *x,
                     size_t n, size_t ld, int32_t *label);

/* label[data->n]: the nearest of the k centres x[k x p]; finite data. LT_OK, LT_MEMORY or LT_CANCELLED. */
int centres_label(struct lt_ctx *ctx, const double *x, size_t k, size_t p, const struct lt_data *data,
                  int32_t *label);

/* Squared Euclidean distance in double. */
double squared_distance(size_t p, const double *a, const double *b);

#endif

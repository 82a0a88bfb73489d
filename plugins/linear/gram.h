/* gram: products of centred columns with one another and with the target, in one pass over blocks of rows. */
#ifndef LATHE_LINEAR_GRAM_H
#define LATHE_LINEAR_GRAM_H

#include "plugins/kit/kit.h"

struct gram {
    size_t p;
    double *mean;  /* p + 1: weighted, of the columns and of y; zeros when not centred */
    double weight; /* of all rows */
    double *xx;    /* p x p: x'wx of the centred values */
    double *xy;    /* p: x'wy */
    double yy;     /* y'wy */
};

/* The means and yy alone, for tables of so many columns that nobody wants their products. LT_OK, or a failure that
 * was said; all in scratch memory. */
int gram_means(struct lt_ctx *ctx, const struct lt_data *data, bool centred, struct gram *g);
/* All of it. Both refuse cells that aren't finite numbers. */
int gram_products(struct lt_ctx *ctx, const struct lt_data *data, bool centred, struct gram *g);
/* Rows [begin, begin + n) less mean[p + 1] and times the root of their weight: column after column in
 * panel[(p + 1) x ld], n <= ld, y the last. root[n] gets the roots. */
void gram_fill(const struct lt_data *data, const double *mean, size_t begin, size_t n, double *panel, size_t ld,
               double *root);

#endif

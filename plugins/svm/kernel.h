/* kernel: k(x, z), the inner product of two rows in a space where they need not be written down, for many pairs
 * at a time.
 *
 * Points lie in panels of 24, column by column (x[k*24 + lane]), so that one vector register holds one
 * coordinate of several points; a tile of 8 rows meets a panel in registers. Each product is a sum over the
 * columns in their order, so k(x, z) == k(z, x) to the last bit, wherever the two lie. */
#ifndef LATHE_SVM_KERNEL_H
#define LATHE_SVM_KERNEL_H

#include "api/lathe.h"

enum kernel_shape { KERNEL_RBF, KERNEL_LINEAR, KERNEL_POLY, KERNEL_SIGMOID };

struct kernel {
    enum kernel_shape shape;
    double gamma, coef0;
    unsigned degree;
};

enum { KERNEL_LANES = 24, KERNEL_ROWS = 8, KERNEL_TILE = KERNEL_LANES * KERNEL_ROWS };

/* n points as ceil(n/24) panels; lanes without a point are 0. */
struct points {
    size_t n, p, n_panels;
    double *x;    /* n_panels x p x 24 */
    double *norm; /* n_panels x 24: squared lengths */
};

/* Room for n points, all 0; LT_OK or LT_MEMORY (said). points_put copies a row into place i, points_get out of
 * it. */
int points_new(struct lt_ctx *ctx, struct points *points, size_t n, size_t p);
void points_put(struct points *points, size_t i, const double *row);
void points_get(const struct points *points, size_t i, double *row);
void points_free(struct points *points);

/* k of 8 rows (rows[8 x p] and their squared lengths) with the 24 points of a panel: out[8 x 24], aligned to
 * 64. */
void kernel_tile(const struct kernel *kernel, const struct points *points, size_t panel, const double *rows,
                 const double *norms, double *out);
/* k(x, x) of a row with that squared length. */
double kernel_self(const struct kernel *kernel, double norm);

/* The products alone, by plain loops: what tests compare with. */
void kernel_products_plain(size_t p, const double *panel, const double *rows, double *out);
void kernel_products(size_t p, const double *panel, const double *rows, double *out);

#endif

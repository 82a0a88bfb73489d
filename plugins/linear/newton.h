/* newton: Newton's method on a convex loss of a weighted sum of the columns, summed over the rows,
 *     f(v, s) = sum_i loss_i(z_i v, s) / W + 1/2 sum_j ridge_j v_j^2,
 * with, if the loss wants it, one more unknown s > 0. An iteration looks at the table twice: for the derivatives,
 * and for the sums z d along the direction d; a line search then moves along known sums. All of it goes by fixed
 * blocks of rows, side by side. */
#ifndef LATHE_LINEAR_NEWTON_H
#define LATHE_LINEAR_NEWTON_H

#include "plugins/linear/scaled.h"

/* The derivatives of n rows from `begin` on in eta at eta[n] and s, weights included: first, second (>= 0), and
 * that of the first in s (`cross`, when there is an s). sums: value, its derivative in s, and the second. first
 * NULL: the value alone. At most NEWTON_ROWS rows. */
typedef void newton_rows_fn(const void *arg, const struct lt_data *data, size_t begin, size_t n, const double *eta,
                            double s, double *first, double *second, double *cross, double sums[3]);

enum { NEWTON_ROWS = 512 };
enum newton_state { NEWTON_GOES_ON, NEWTON_CONVERGED, NEWTON_STUCK };

struct newton {
    struct scaled z;
    newton_rows_fn *rows;
    const void *arg;
    double *ridge; /* q */
    double *v;     /* q; the caller may set a start */
    double *eta;   /* n: z v */
    bool has_s;
    double s, least_s; /* s never falls below */
    double tol;
    double value, slope; /* at v; slope: the gradient's largest component at the point before */
    enum newton_state state;
};

/* alpha: the penalty alpha/2 |b|^2 in the columns' own units. */
int newton_new(struct lt_ctx *ctx, struct newton *m, const struct lt_data *data, bool intercept,
               const unsigned char *omit, double alpha, double tol);
void newton_free(struct newton *m);
/* After v and s were set. */
int newton_start(struct lt_ctx *ctx, struct newton *m);
/* One iteration; a failure or LT_CANCELLED leaves everything as it was. */
int newton_advance(struct lt_ctx *ctx, struct newton *m);

/* A sum over the rows, of up to NEWTON_SUMS numbers: sum adds those of n rows from `begin` on to `to`. */
enum { NEWTON_SUMS = 4 };
typedef void newton_sum_fn(const void *arg, const struct newton *m, size_t begin, size_t n, double *to);
int newton_sum(struct lt_ctx *ctx, const struct newton *m, newton_sum_fn *fn, const void *arg,
               double total[NEWTON_SUMS]);

#endif

#include "num/jacobi.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 60 }; /* quadratic convergence ends long before */

static double off_diagonal(size_t p, const double *a)
{
    double sum = 0;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++)
            sum += a[i * p + j] * a[i * p + j];
    return sum;
}

/* Rows i and j of x become c row_i - s row_j and s row_i + c row_j. */
static void turn_rows(size_t p, double *x, size_t i, size_t j, double c, double s)
{
    double *xi = x + i * p, *xj = x + j * p;
    for (size_t k = 0; k < p; k++) {
        double u = xi[k], w = xj[k];
        xi[k] = c * u - s * w;
        xj[k] = s * u + c * w;
    }
}

/* The rotation in the plane of i and j that makes a_ij 0 (algorithm 8.5.1). */
static void rotate(size_t p, double *a, double *v, size_t i, size_t j)
{
    double off = a[i * p + j];
    if (off == 0)
        return;
    double tau = (a[j * p + j] - a[i * p + i]) / (2 * off);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + hypot(1, tau));
    double c = 1 / hypot(1, t), s = t * c;
    turn_rows(p, a, i, j, c, s);
    for (size_t k = 0; k < p; k++) { /* and the columns */
        double u = a[k * p + i], w = a[k * p + j];
        a[k * p + i] = c * u - s * w;
        a[k * p + j] = s * u + c * w;
    }
    a[i * p + j] = a[j * p + i] = 0;
    turn_rows(p, v, i, j, c, s);
}

void jacobi_eigen(size_t p, double *a, double *v)
{
    double size = 0;
    memset(v, 0, p * p * sizeof *v);
    for (size_t i = 0; i < p; i++)
        v[i * p + i] = 1;
    for (size_t k = 0; k < p * p; k++)
        size += a[k] * a[k];
    for (int sweep = 0; sweep < SWEEPS && off_diagonal(p, a) > 1e-30 * size; sweep++)
        for (size_t i = 1; i < p; i++)
            for (size_t j = 0; j < i; j++)
                rotate(p, a, v, i, j);
}

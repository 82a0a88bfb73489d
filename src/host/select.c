#include "host/select.h"

#include <math.h>
#include <stdbool.h>

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Floyd and Rivest, "Algorithm 489: select", CACM 18 (1975): the k-th smallest of a sample of x[left..right]
 * narrows the bounds, so that the partition that follows leaves little. */
static void narrow(double *x, ptrdiff_t left, ptrdiff_t right, ptrdiff_t k)
{
    while (right > left) {
        if (right - left > 600) {
            double n = (double)(right - left + 1), i = (double)(k - left + 1), z = log(n);
            double s = 0.5 * exp(2 * z / 3), sd = 0.5 * sqrt(z * s * (n - s) / n) * (i < n / 2 ? -1 : 1);
            double low = (double)k - i * s / n + sd, high = (double)k + (n - i) * s / n + sd;
            narrow(x, low > (double)left ? (ptrdiff_t)low : left, high < (double)right ? (ptrdiff_t)high : right,
                   k);
        }
        double pivot = x[k];
        ptrdiff_t i = left, j = right;
        swap(&x[left], &x[k]);
        bool swapped = x[right] > pivot;
        if (swapped)
            swap(&x[right], &x[left]);
        while (i < j) {
            swap(&x[i], &x[j]);
            i++;
            j--;
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
        }
        if (x[left] == pivot) {
            swap(&x[left], &x[j]);
        } else {
            j++;
            swap(&x[j], &x[right]);
        }
        if (j <= k)
            left = j + 1;
        if (k <= j)
            right = j - 1;
    }
}

double select_nth(double *x, size_t n, size_t k)
{
    narrow(x, 0, (ptrdiff_t)n - 1, (ptrdiff_t)k);
    return x[k];
}

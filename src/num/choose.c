#include "num/choose.h"

size_t curve_elbow(size_t n, const double *x, const double *y)
{
    size_t best = n;
    if (n < 3 || !(y[0] > y[n - 1]))
        return n;
    double most = 0.1; /* what bends less is as good as straight */
    for (size_t i = 1; i + 1 < n; i++) {
        const double across = (x[i] - x[0]) / (x[n - 1] - x[0]), up = (y[i] - y[n - 1]) / (y[0] - y[n - 1]);
        const double below = 1 - across - up;
        if (below >= most) {
            most = below;
            best = i;
        }
    }
    return best;
}

size_t gap_choice(size_t n, const double *gap, const double *se)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (gap[i] >= gap[i + 1] - se[i + 1])
            return i;
    return n - 1;
}

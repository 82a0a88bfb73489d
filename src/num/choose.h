/* choose: a number read off a curve: where it bends, and where the gap statistic stops growing. */
#ifndef LATHE_NUM_CHOOSE_H
#define LATHE_NUM_CHOOSE_H

#include <stddef.h>

/* The elbow of a falling curve y over ascending x: its point farthest below the straight line from the first point to
 * the last, the curve being scaled to the unit square: Kneedle's point (Satopaa, Albrecht, Irwin and Raghavan 2011).
 * Returns its index, or n when no point is a tenth of the square's side below the line. */
size_t curve_elbow(size_t n, const double *x, const double *y);

/* The least k whose gap is no more than one standard error below that of the next k (Tibshirani, Walther and Hastie
 * 2001); the last when there is none. Index into gap[n], se[n]; n >= 1. */
size_t gap_choice(size_t n, const double *gap, const double *se);

#endif

/* coarse: which of many points may be near a row, told by copies of 8 bits a number. A vector register multiplies
 * four times as many of these as of single-precision numbers.
 *
 * Points and rows come in the frame of their panels (panel.h). Each number is cut to [-clip, clip] and rounded to a
 * multiple of `step`. Cutting moves two points nearer to each other, never apart (it is a projection on a box), and
 * rounding moves a point by its error, so
 *     distance of the copies <= true distance + error of the point + error of the row,
 * and a point whose copy is farther than that needs no second look. Distances are compared as scores, whole numbers
 * without rounding: score = x . q - |x|^2/2, greater is nearer. */
#ifndef LATHE_KIT_COARSE_H
#define LATHE_KIT_COARSE_H

#include "plugins/kit/panel.h"

enum { COARSE_ROWS = 8, COARSE_COLUMNS = 4096 }; /* rows come in multiples of COARSE_ROWS; the most columns */

struct coarse_set {
    size_t p, groups; /* columns, and groups of four of them */
    size_t n_panels;
    double step, clip, error; /* in the frame's units; error: the most of any point */
    uint8_t *x;               /* n_panels x groups x 48 x 4: 128 + steps */
    int32_t *base;            /* n_panels x 48: - half the squared length; far below for a lane without a point */
};

/* What is known of a row beside its numbers. */
struct coarse_row {
    int32_t size;   /* squared length, in steps */
    int32_t offset; /* what the 128 add to its scores */
    double error;   /* in steps, its own and that of the points */
};

/* A score (with the row's offset) that all points within `reach` steps of the row attain. */
int32_t coarse_least(const struct coarse_row *row, double reach);
/* The distance in steps of a point's copy with that score, rounded up. */
double coarse_reach(const struct coarse_row *row, int32_t score);

/* Is there a kernel for this machine that is faster than panels? */
int coarse_is_fast(void);

/* LT_OK, LT_MEMORY (said) or LT_CANCELLED; points of the squared metric with at most COARSE_COLUMNS columns. */
int coarse_build(struct lt_ctx *ctx, struct coarse_set *set, const struct panel_set *points);
void coarse_free(struct coarse_set *set);

/* Rows as panel_rows makes them; q[n x 4 groups]. */
void coarse_rows(const struct coarse_set *set, const float *row, size_t n, int8_t *q, struct coarse_row *out);

/* Scores of eight rows against a panel. Returns nonzero when some score is >= least[r]; then near[r] has the bits of
 * those lanes, and over[r*48 + lane] = score - least[r] in the rows that have any. plain: as written in C. */
int coarse_scores(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                  uint64_t *near, int32_t *over);
int coarse_scores_plain(const struct coarse_set *set, size_t panel, const int8_t *q, const int32_t *least,
                        uint64_t *near, int32_t *over);

/* The largest scores so far of eight rows in each lane: peak[8 x 48], aligned to 64. */
void coarse_peaks(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak);
void coarse_peaks_plain(const struct coarse_set *set, size_t panel, const int8_t *q, int32_t *peak);

#endif

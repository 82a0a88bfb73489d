/* panel: distances from a few rows to many points, a panel of 48 points at a time, without ever storing a matrix.
 *
 * A panel holds 48 points column by column (x[k*48 + lane]), so that one vector register holds one coordinate of
 * many points. A tile of rows (queries, or centres) meets a panel in registers; the distances land in a small
 * buffer that stays in the first-level cache, where the caller looks at them and forgets them.
 *
 * Panels are single precision, shifted to the mean of the points and scaled so that no coordinate exceeds 1. They
 * filter; what is near enough to matter is computed again in double from the original rows. The bound that makes
 * this exact: a single-precision value and the true one differ by less than panel_slack(p) * (size of the point +
 * size of the row), where size is the squared length (squared metric) or the sum of absolutes (absolute
 * metric). */
#ifndef LATHE_KIT_PANEL_H
#define LATHE_KIT_PANEL_H

#include <stddef.h>
#include <stdint.h>

#include "api/lathe.h"

enum { PANEL_LANES = 48, PANEL_ROWS = 4 }; /* rows come in multiples of PANEL_ROWS, the rest is padding */

enum panel_metric {
    PANEL_SQUARED = 0, /* sum of (x - q)^2 */
    PANEL_ABSOLUTE = 1 /* sum of |x - q| */
};

/* How points become single precision: z = (x - shift) * scale. */
struct panel_frame {
    size_t p;
    double *shift; /* p */
    double scale;
};

/* n points as ceil(n/48) panels; x and size are 64-byte aligned and padded: the size of a lane without a point is
 * infinite. */
struct panel_set {
    enum panel_metric metric;
    size_t n, n_panels;
    struct panel_frame frame;
    float *x;    /* n_panels x p x 48 */
    float *size; /* n_panels x 48 */
};

/* LT_OK, LT_MEMORY (said) or LT_CANCELLED. x[n x p] with leading dimension ld is finite. */
int panel_set_build(struct lt_ctx *ctx, struct panel_set *set, enum panel_metric metric, const double *x, size_t n,
                    size_t p, size_t ld);
void panel_set_free(struct panel_set *set);

/* The frame alone, for points that come later. */
int panel_frame_fit(struct lt_ctx *ctx, struct panel_frame *frame, const double *x, size_t n, size_t p, size_t ld);
void panel_frame_free(struct panel_frame *frame);

/* One panel from up to 48 rows. panel[p x 48], size[48]; both aligned to 64. */
void panel_fill(const struct panel_frame *frame, enum panel_metric metric, const double *x, size_t n, size_t ld,
                float *panel, float *size);
/* n rows in the form that panel_distances wants (the squared metric stores -2z), padded to a multiple of
 * PANEL_ROWS with rows at infinity. row[padded x p], size[padded]. */
void panel_rows(const struct panel_frame *frame, enum panel_metric metric, const double *x, size_t n, size_t ld,
                float *row, float *size);

/* Relative error of a single-precision distance, as said above. */
double panel_slack(size_t p);
/* Turns sizes into bases that make panel_distances give lower bounds of the true distances (in the frame's
 * units). */
void panel_lower(enum panel_metric metric, size_t p, size_t n, float *size);
/* A true distance (squared, or absolute) in the frame's units, rounded up: nothing nearer has a greater lower
 * bound. */
float panel_limit(const struct panel_frame *frame, enum panel_metric metric, double distance);

/* out[r*48 + lane] = lane_base[lane] + row_base[r] + what the metric adds of panel and row. With bases equal to
 * the sizes that is the squared distance, with bases from panel_lower a lower bound of either metric. limit, when
 * given: near[r / PANEL_ROWS] becomes nonzero for a group of rows that may hold a value <= limit[r]. */
void panel_distances(enum panel_metric metric, size_t p, const float *panel, const float *lane_base,
                     const float *row, const float *row_base, size_t n_rows, const float *limit, float *out,
                     uint8_t *near);

/* The two smallest values of each lane, and the row number of the smallest (of equals, the first). */
struct panel_leaders {
    _Alignas(64) float best[PANEL_LANES];
    _Alignas(64) float second[PANEL_LANES];
    _Alignas(64) int32_t number[PANEL_LANES];
};

/* Which of n_rows (a multiple of PANEL_ROWS) are nearest to each lane, by the squared metric. plain: tile by
 * tile. */
void panel_lead(size_t p, const float *panel, const float *lane_base, const float *row, const float *row_base,
                size_t n_rows, struct panel_leaders *leaders);
void panel_lead_plain(size_t p, const float *panel, const float *lane_base, const float *row,
                      const float *row_base, size_t n_rows, struct panel_leaders *leaders);

#endif

/* gnuplot_parts: what the files that write a script share. gp_x(out, …) appends to the script. */
#ifndef LATHE_RENDER_GNUPLOT_PARTS_H
#define LATHE_RENDER_GNUPLOT_PARTS_H

#include "render/gnuplot_paint.h"
#include "render/palette.h"

#define GP_CURVE_MOST 4000 /* points of one curve that are drawn */

/* ---- words (gnuplot_words.c) */
void gp_number(struct str *out, double x);                   /* NaN and infinities: NaN */
void gp_numbers(struct str *out, const double *x, size_t n); /* a line of them */
/* 'text'; is_format: percent signs are doubled, as tic labels are formats. */
void gp_text(struct str *out, const char *s, bool is_format);
enum palette_theme gp_palette(const struct paint *p);
/* A colour as gnuplot takes it: 0xRRGGBB; in cells 0xff00NN, where NN is the style. */
long gp_colour(const struct paint *p, enum grid_style style);
long gp_series_colour(const struct paint *p, int k); /* k < 0: a guide */

/* ---- axes (gnuplot_axes.c) */
struct gp_range {
    double low, high;
};

void gp_range_cover(struct gp_range *r, double x); /* start from {NAN, NAN} */
void gp_range_cover_all(struct gp_range *r, const double *x, size_t n, bool positive_only);

struct gp_frame { /* the axes as they will be drawn, before a turn */
    struct gp_range x, y;
    bool categories; /* x is a list of names */
};

struct gp_frame gp_frame_of(const struct view_plot *p);
bool gp_is_category(const struct plot_series *s);
double gp_position(const struct plot_series *s, size_t i);               /* of its i-th bar or box */
double gp_least_gap(const struct plot_series *s);                        /* between two neighbours */
const struct plot_series *gp_category_series(const struct view_plot *p); /* NULL: there are no categories */
size_t gp_longest(const char *const *labels, size_t n);                  /* columns */

void gp_start(struct str *out, const struct view *v, const struct paint *p); /* reset, frame, grid, title */
void gp_axis(struct str *out, const char *name, const struct plot_axis *axis, struct gp_range r, bool reverse,
             const struct paint *p);
void gp_range_line(struct str *out, const char *axis, struct gp_range r, bool time, bool reverse);
/* Labels longer than `cut` columns are cut (0: none); at the positions of s, or 0, 1, … */
void gp_category_tics(struct str *out, const char *axis, const char *const *labels, size_t n, size_t cut,
                      const struct plot_series *s);

/* ---- data (gnuplot_data.c) */
/* How bars of several series share their category. */
struct gp_group {
    int n, index;
};

struct gp_group gp_group_of(const struct view_plot *p, size_t k);
/* Data block $dK of series k. */
void gp_block(struct str *out, const struct view_plot *p, size_t k, const struct gp_frame *f, bool turned,
              bool cells);

/* ---- heat maps (gnuplot_heat.c) */
void gp_heat(struct str *out, const struct view_plot *p, const struct paint *paint);

#endif

/* gnuplot_paint: what the script writer and the process share: which surface a script is for. On paper and screens
 * colours are colours; in cells a colour is the number of a grid style, which gnuplot-cells.lua hands back. */
#ifndef LATHE_RENDER_GNUPLOT_PAINT_H
#define LATHE_RENDER_GNUPLOT_PAINT_H

#include "base/str.h"
#include "render/gnuplot.h"

struct paint {
    enum gnuplot_theme theme;
    bool cells;        /* for gnuplot-cells.lua */
    int columns, rows; /* of cells */
    bool
        no_dashes; /* the terminal draws all lines solid: curves get marks instead, to differ in more than colour */
};

void gnuplot_write(struct str *out, const struct view *v, const struct paint *p);

/* Is the picture turned, so that categories run down the left side (cells only)? */
bool gnuplot_is_turned(const struct view_plot *p, const struct paint *paint);

/* Are the values of a heat map's cells written into them? */
bool gnuplot_heat_has_numbers(const struct plot_heat *h, const struct paint *p);
/* The range of its colours. */
void gnuplot_heat_range(const struct plot_heat *h, double *low, double *high);

/* How many rows and columns of a heat map are drawn. */
void gnuplot_heat_size(const struct plot_heat *h, size_t *rows, size_t *cols);

/* "5000 of 53940 points are drawn", or "" when all are. */
void gnuplot_thinned(struct str *out, const struct view_plot *p);

#endif

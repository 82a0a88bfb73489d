/* grid_plot: a picture in cells, or in words. */
#include <string.h>

#include "base/str.h"
#include "render/cell_format.h"
#include "render/gnuplot_paint.h"
#include "render/layout.h"
#include "render/palette.h"

#define ROWS_LEAST 8
#define ROWS_MOST 30
#define HEAT_ROWS_MOST 60 /* larger ones are an overview */
#define CATEGORY_ROWS_MOST 40

static void put_words(struct grid *g, const struct view *v, const struct render_options *o)
{
    const char *twin = v->plot->twin;
    if (*twin)
        layout_wrap(g, twin, strlen(twin), NULL, GRID_PLAIN, layout_prose_width(o), "", GRID_PLAIN);
}

/* What the colours of a heat map mean, where the numbers are not written into its cells. */
static void put_scale(struct grid *g, const struct plot_heat *h)
{
    struct str low = STR_INIT, high = STR_INIT;
    double from, to;
    gnuplot_heat_range(h, &from, &to);
    decimal_fixed(&low, from, from == (double)(long)from ? 0 : 2);
    decimal_fixed(&high, to, to == (double)(long)to ? 0 : 2);
    grid_add_line(g);
    grid_addf(g, GRID_AXIS, "%s ", str_get(&low));
    for (int k = 0; k < PALETTE_STEPS; k++)
        grid_add(g, (h->diverging ? GRID_DIVERGE_0 : GRID_HEAT_0) + (enum grid_style)k, " ");
    grid_addf(g, GRID_AXIS, " %s", str_get(&high));
    str_done(&low);
    str_done(&high);
}

static int clamped(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

/* A line for each row of a heat map (lines can be scrolled); in colour more, so that its cells are no slits. */
static int heat_rows_for(const struct plot_heat *h, const struct render_options *o, int columns)
{
    int rows = (int)(h->rows <= HEAT_ROWS_MOST ? h->rows : ROWS_MOST);
    int most = o->plot_rows > 0 ? o->plot_rows : ROWS_MOST;
    bool wide = o->colour && h->cols > 0 && (size_t)columns / h->cols > 8;
    return wide && 3 * rows + 3 <= most ? 3 * rows + 3 : wide && 2 * rows + 3 <= most ? 2 * rows + 3 : rows + 3;
}

/* Rows for a picture: as asked for, else by its width; names at the side get as many as they need, and no more. */
static int rows_for(const struct view_plot *p, const struct render_options *o, int columns)
{
    int rows = o->plot_rows > 0 ? o->plot_rows : clamped(columns / 4 + 2, ROWS_LEAST, ROWS_MOST);
    if (p->heat)
        return heat_rows_for(p->heat, o, columns);
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        if (!s->labels || s->n > CATEGORY_ROWS_MOST || (s->mark != PLOT_BARS && s->mark != PLOT_BOX))
            continue;
        int n = (int)s->n, each = s->mark == PLOT_BARS ? 2 : 4;
        struct paint p_lying = {.cells = true, .columns = columns, .rows = each * n + 4};
        if (!gnuplot_is_turned(p, &p_lying))
            continue;
        return each * n + 4 <= rows ? each * n + 4 : 2 * n + 4 <= rows ? 2 * n + 4 : n + 4;
    }
    return rows;
}

void layout_plot(struct grid *g, const struct view *v, const struct render_options *o)
{
    struct err e = ERR_INIT;
    int columns = layout_prose_width(o), rows = rows_for(v->plot, o, columns);
    struct paint p = {.cells = true, .columns = columns, .rows = rows};
    if (!o->draw_plots) {
        put_words(g, v, o);
        return;
    }
    size_t before = g->n;
    if (!gnuplot_to_grid(v, g, columns, rows, o->unicode, GNUPLOT_DARK, &e)) {
        put_words(g, v, o);
        layout_wrap(g, e.text, strlen(e.text), NULL, GRID_NOTE, columns, "note: ", GRID_NOTE);
        return;
    }
    while (g->n > before && g->line[g->n - 1].n == 0) /* rows that the picture had no use for */
        g->n--;
    if (v->plot->heat && !gnuplot_heat_has_numbers(v->plot->heat, &p))
        put_scale(g, v->plot->heat);
    struct str thinned = STR_INIT;
    gnuplot_thinned(&thinned, v->plot);
    if (thinned.len) {
        grid_add_line(g);
        grid_add(g, GRID_FAINT, str_get(&thinned));
    }
    str_done(&thinned);
}

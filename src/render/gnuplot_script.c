/* gnuplot_script: a plot view as gnuplot commands: its series as clauses of one plot command, the key, texts beside
 * points. */
#include <math.h>
#include <string.h>

#include "render/gnuplot_parts.h"

#define LABELS_MOST 300 /* texts beside points */

/* ---- series ------------------------------------------------------------------------------------------------- */

static const char *const dashes[] = {"solid",  "(12,4)", "(4,4)",          "(12,4,3,4)",
                                     "(20,5)", "(3,5)",  "(12,4,3,4,3,4)", "(7,7)"};
static const int points[] = {7,  2, 9, 5,
                             13, 1, 4, 11}; /* filled circle, cross, triangle, square, diamond, plus … */
static const int cell_points[] = {1, 2, 3, 4, 5, 6, 7, 8}; /* numbers of glyphs in gnuplot-cells.lua */

struct entry { /* one clause of the plot command */
    struct str *out;
    const struct paint *p;
    bool any;
};

static void clause(struct entry *e, size_t k)
{
    str_add(e->out, e->any ? ", \\\n     " : "plot ");
    str_printf(e->out, "$d%zu", k);
    e->any = true;
}

static void put_title(struct entry *e, const char *name)
{
    if (name && *name) {
        str_add(e->out, " title ");
        gp_text(e->out, name, false);
    } else {
        str_add(e->out, " notitle");
    }
}

/* lc, lw and dt of a curve. */
static void put_stroke(struct entry *e, int style, double width)
{
    str_printf(e->out, " lc rgb 0x%06lx lw ", gp_series_colour(e->p, style));
    gp_number(e->out, width);
    str_printf(e->out, " dt %s", style < 0 ? "(4,5)" : dashes[style % PALETTE_SERIES]);
}

static void put_marks(struct entry *e, const char *columns, int style, double size)
{
    int slot = style < 0 ? 0 : style % PALETTE_SERIES;
    str_printf(e->out, "%s with points lc rgb 0x%06lx pt %d ps ", columns, gp_series_colour(e->p, style),
               e->p->cells ? cell_points[slot] : points[slot]);
    gp_number(e->out, size);
}

/* Some dozen marks on a curve, also in the key. */
static void put_marked_curve(struct entry *e, size_t k, const struct plot_series *s, const char *columns,
                             int style)
{
    size_t drawn = s->n < GP_CURVE_MOST ? s->n : GP_CURVE_MOST;
    str_add(e->out, " notitle");
    clause(e, k);
    str_printf(e->out, " every %zu", drawn / 12 + 1);
    put_marks(e, columns, style, 0.9);
    str_add(e->out, " notitle, \\\n     keyentry with linespoints");
    put_stroke(e, style, 2);
    str_printf(e->out, " pt %d ps 0.9", points[style < 0 ? 0 : style % PALETTE_SERIES]);
    put_title(e, s->name);
}

/* One histogram is solid with thin gaps, several are seen through each other; in cells they are outlines. */
static void put_hist_style(struct entry *e, bool many, int style, long colour)
{
    if (e->p->cells && many) {
        str_add(e->out, " with lines");
        put_stroke(e, style, 2);
        return;
    }
    str_printf(e->out, " with boxxyerror lc rgb 0x%06lx", colour);
    if (e->p->cells)
        str_add(e->out, " fs solid noborder");
    else if (many)
        str_printf(e->out, " fs transparent solid 0.45 border rgb 0x%06lx", colour);
    else
        str_printf(e->out, " fs solid 0.9 border rgb 0x%06x", e->p->theme == GNUPLOT_DARK ? 0x14181cu : 0xffffffu);
}

static void put_series(struct entry *e, const struct view_plot *p, size_t k, int style, bool turned)
{
    const struct plot_series *s = &p->series[k];
    long colour = gp_series_colour(e->p, style);
    bool many = gp_group_of(p, k).n > 1;
    const char *time_x = p->x.time ? " using 1:2" : "";
    clause(e, k);
    switch (s->mark) {
    case PLOT_LINE:
    case PLOT_STEP:
        if (s->n == 1) { /* a curve that has just begun */
            put_marks(e, time_x, style, 0.8);
        } else {
            str_printf(e->out, "%s with %s", time_x, s->mark == PLOT_STEP ? turned ? "fsteps" : "steps" : "lines");
            put_stroke(e, style, 2);
        }
        if (e->p->no_dashes && many && s->n > 1)
            put_marked_curve(e, k, s, time_x, style);
        else
            put_title(e, s->name);
        break;
    case PLOT_POINTS:
        put_marks(e, time_x, style, s->n > 1000 ? 0.5 : 0.8);
        put_title(e, s->name);
        break;
    case PLOT_BARS:
        str_printf(e->out, " with boxxyerror lc rgb 0x%06lx fs solid 0.9 noborder", colour);
        put_title(e, s->name);
        break;
    case PLOT_HIST:
        put_hist_style(e, many, style, colour);
        put_title(e, s->name);
        break;
    case PLOT_BOX:
        str_printf(e->out, " index 0 with boxxyerror lc rgb 0x%06lx fs solid ", colour);
        if (e->p->cells)
            str_add(e->out, "noborder");
        else
            str_printf(e->out, "0.35 border rgb 0x%06lx", colour);
        put_title(e, s->name);
        clause(e, k);
        str_printf(e->out, " index 2 with lines lc rgb 0x%06lx lw 1.5 notitle", colour);
        clause(e, k);
        str_printf(e->out, " index 1 with lines lc rgb 0x%06lx lw 3 notitle", gp_colour(e->p, GRID_STRONG));
        break;
    case PLOT_BAND:
        str_printf(e->out, " using 1:2:3 with filledcurves lc rgb 0x%06lx fs transparent solid 0.25 noborder",
                   colour);
        put_title(e, s->name);
        break;
    case PLOT_RULE:
        str_add(e->out, " with lines");
        put_stroke(e, style, 1.2);
        put_title(e, s->name);
        break;
    case PLOT_HEAT:
        break;
    }
}

/* ---- the key ------------------------------------------------------------------------------------------------ */

struct corners {
    double top_left, top_right, bottom_left, bottom_right; /* how many points lie there */
};

static void corners_count(struct corners *c, double x, double y)
{
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1))
        return;
    c->top_left += x < 0.45 && y > 0.6;
    c->top_right += x > 0.55 && y > 0.6;
    c->bottom_left += x < 0.45 && y < 0.4;
    c->bottom_right += x > 0.55 && y < 0.4;
}

static double along(double x, struct gp_range r, bool log_scale)
{
    return log_scale ? (log(x) - log(r.low)) / (log(r.high) - log(r.low)) : (x - r.low) / (r.high - r.low);
}

/* Walks along every series, also between its points, so that a curve of two points fills what it crosses. */
static struct corners corners_of(const struct view_plot *p, const struct gp_frame *f)
{
    struct corners c = {0, 0, 0, 0};
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        double weight = s->mark == PLOT_RULE ? 0 : 1, px = NAN, py = NAN;
        size_t stride = s->n / 2000 + 1;
        for (size_t i = 0; weight > 0 && s->y && i < s->n; i += stride) {
            double x = along(s->mark == PLOT_BARS ? gp_position(s, i)
                             : s->x               ? s->x[i]
                                                  : (double)i,
                             f->x, p->x.log);
            double y = along(s->y[i], f->y, p->y.log);
            bool joined = s->mark != PLOT_POINTS && i > 0;
            for (int step = joined ? 0 : 8; step <= 8; step++)
                corners_count(&c, joined ? px + (x - px) * step / 8 : x, joined ? py + (y - py) * step / 8 : y);
            for (double h = 0.1; (s->mark == PLOT_BARS || s->mark == PLOT_HIST) && h < y; h += 0.1)
                corners_count(&c, x, h); /* bars fill what is below them */
            px = x;
            py = y;
        }
    }
    return c;
}

static size_t named_series(const struct view_plot *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->n_series; k++)
        n += p->series[k].name && *p->series[k].name;
    return n;
}

static void put_key(struct str *out, const struct view_plot *p, const struct gp_frame *f,
                    const struct paint *paint)
{
    static const char *const places[] = {[PLOT_KEY_TOP_LEFT] = "top left",
                                         [PLOT_KEY_BOTTOM_RIGHT] = "bottom right",
                                         [PLOT_KEY_TOP_RIGHT] = "top right"};
    if (p->key == PLOT_KEY_NONE || named_series(p) == 0 || (named_series(p) == 1 && p->n_series == 1)) {
        str_add(out, "unset key\n");
        return;
    }
    if (paint->cells) { /* gnuplot-cells.lua puts it beside or above, where it hides nothing */
        str_add(out, "set key inside\n");
        return;
    }
    if (p->key != PLOT_KEY_AUTO) {
        str_printf(out, "set key inside %s\n", places[p->key]);
        return;
    }
    struct corners c = corners_of(p, f);
    double least = fmin(fmin(c.top_left, c.top_right), fmin(c.bottom_left, c.bottom_right));
    const char *place = c.top_right <= least      ? "top right"
                        : c.bottom_right <= least ? "bottom right"
                        : c.top_left <= least     ? "top left"
                                                  : "bottom left";
    if (p->square && c.bottom_right <= least)
        place = "bottom right";
    if (least > 4 || named_series(p) > 8)
        str_add(out, "set key outside right top Left reverse\n");
    else
        str_printf(out, "set key inside %s%s\n", place, strstr(place, "left") ? " Left reverse" : "");
}

/* ---- the script --------------------------------------------------------------------------------------------- */

/* Texts beside points; of many points only the first so many. */
static void put_point_labels(struct str *out, const struct view_plot *p, const struct paint *paint, bool turned)
{
    size_t put = 0;
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        for (size_t i = 0; s->mark == PLOT_POINTS && s->labels && i < s->n && put < LABELS_MOST; i++) {
            double x = s->x ? s->x[i] : (double)i;
            if (!*s->labels[i] || !isfinite(x) || !isfinite(s->y[i]))
                continue;
            str_add(out, "set label ");
            gp_text(out, s->labels[i], false);
            str_add(out, " at ");
            gp_number(out, turned ? s->y[i] : x);
            str_addc(out, ',');
            gp_number(out, turned ? x : s->y[i]);
            str_printf(out, " left offset char 1,0 tc rgb 0x%06lx\n", gp_colour(paint, GRID_PLAIN));
            put++;
        }
    }
}

static void put_plot(struct str *out, const struct view_plot *p, const struct paint *paint)
{
    struct gp_frame f = gp_frame_of(p);
    bool turned = gnuplot_is_turned(p, paint);
    const struct plot_series *names = gp_category_series(p);
    gp_axis(out, turned ? "y" : "x", &p->x, f.x, turned, paint);
    gp_axis(out, turned ? "x" : "y", &p->y, f.y, false, paint);
    if (names) {
        size_t cut = paint->cells ? (size_t)paint->columns / 3 : 30;
        gp_category_tics(out, turned ? "y" : "x", names->labels, names->n, cut, names);
        str_printf(out, "unset grid\nset grid %s\n", turned ? "xtics" : "ytics");
        if (!paint->cells && (gp_longest(names->labels, names->n) + 2) * names->n > 90)
            str_add(out, "set xtics rotate by 40 right\n");
        if (paint->cells)
            str_add(out, "unset grid\n");
    }
    if (p->square && !paint->cells)
        str_add(out, "set size ratio 1\n");
    put_key(out, p, &f, paint);
    put_point_labels(out, p, paint, turned);
    struct str thinned = STR_INIT;
    gnuplot_thinned(&thinned, p);
    if (thinned.len && !paint->cells)
        str_printf(out, "set label '%s' at graph 1,1 right offset char 0,0.6 tc rgb 0x%06lx\n", str_get(&thinned),
                   gp_colour(paint, GRID_AXIS));
    str_done(&thinned);
    for (size_t k = 0; k < p->n_series; k++)
        gp_block(out, p, k, &f, turned, paint->cells);
    struct entry e = {.out = out, .p = paint};
    int next = 0;
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        int style = s->style >= 0 ? s->style : s->style == PLOT_STYLE_GUIDE || s->mark == PLOT_RULE ? -1 : next;
        if (s->style == -1 && style >= 0 && s->mark != PLOT_BAND)
            next++; /* a band has the colour of the curve that follows it */
        if (s->n > 0)
            put_series(&e, p, k, style, turned);
    }
    if (!e.any)
        str_add(out, "plot NaN notitle");
    str_addc(out, '\n');
}

void gnuplot_write(struct str *out, const struct view *v, const struct paint *p)
{
    gp_start(out, v, p);
    if (v->plot->heat && v->plot->heat->rows && v->plot->heat->cols)
        gp_heat(out, v->plot, p);
    else
        put_plot(out, v->plot, p);
}

void gnuplot_script(struct str *out, const struct view *v, enum gnuplot_theme theme)
{
    struct paint p = {.theme = theme};
    gnuplot_write(out, v, &p);
}

/* gnuplot_script: a plot view as gnuplot commands. Numbers go into inline data blocks, texts into single-quoted
 * strings (a quote is doubled there, nothing else means anything), so nothing of the user's is ever read as
 * code. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"
#include "render/cell_format.h"
#include "render/gnuplot_paint.h"
#include "render/palette.h"

#define POINTS_MOST 5000 /* of a scatter plot */
#define LINE_MOST 4000   /* points of one curve */
#define LABELS_MOST 300  /* texts beside points */
#define HEAT_LABELS_MOST 2500

/* ---- small words -------------------------------------------------------------------------------------------- */

static void put_number(struct str *out, double x)
{
    char text[NUMBER_MAX];
    if (!isfinite(x)) {
        str_add(out, "NaN");
        return;
    }
    size_t n = number_print(x, text);
    str_addn(out, text, n);
}

/* Numbers in a row, spaces between. */
static void put_numbers(struct str *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ' ');
        put_number(out, x[i]);
    }
    str_addc(out, '\n');
}

/* 'text' with quotes doubled and line ends taken out; where texts are formats, percent signs are doubled too. */
static void put_text(struct str *out, const char *s, bool is_format)
{
    str_addc(out, '\'');
    for (size_t i = 0, n = s ? strlen(s) : 0; i < n;) {
        uint32_t cp;
        size_t bytes = utf8_decode(s + i, n - i, &cp);
        if (cp < 0x20 || cp == 0x7f || (cp >= 0x80 && cp < 0xa0))
            str_addc(out, ' ');
        else if (cp == 0xfffd && bytes == 1)
            str_addc(out, '?');
        else
            str_addn(out, s + i, bytes);
        if (cp == '\'' || (cp == '%' && is_format))
            str_addc(out, (char)cp);
        i += bytes;
    }
    str_addc(out, '\'');
}

static enum palette_theme palette_of(const struct paint *p)
{
    return p->theme == GNUPLOT_DARK ? PALETTE_DARK : p->theme == GNUPLOT_LIGHT ? PALETTE_LIGHT : PALETTE_PAPER;
}

/* A colour as gnuplot takes it: 0xRRGGBB; in cells 0xff00NN, where NN is the style. */
static long colour_of_style(const struct paint *p, enum grid_style style)
{
    if (p->cells)
        return 0xff0000 + (long)style;
    struct palette_ink ink = palette_ink(style, palette_of(p));
    bool dark = p->theme == GNUPLOT_DARK;
    if (style == GRID_AXIS)
        return dark ? 0x8a96a3 : 0x5a6068;
    if (style == GRID_FAINT)
        return dark ? 0x333b44 : 0xe3e6ea;
    if (ink.bg != PALETTE_DEFAULT)
        return ink.bg;
    return ink.fg != PALETTE_DEFAULT ? ink.fg : dark ? 0xdfe5ec : 0x1c2024;
}

static long series_colour(const struct paint *p, int k)
{
    return k < 0 ? colour_of_style(p, GRID_AXIS)
                 : colour_of_style(p, GRID_SERIES_0 + (enum grid_style)(k % PALETTE_SERIES));
}

static double heat_share(double x, double low, double high)
{
    return high > low ? (x - low) / (high - low) : 0.5;
}

static long heat_colour(const struct paint *p, const struct plot_heat *h, double share)
{
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    if (p->cells)
        return 0xff0000 + (h->diverging ? GRID_DIVERGE_0 : GRID_HEAT_0) +
               (long)(share * (PALETTE_STEPS - 1) + 0.5);
    return h->diverging ? palette_diverging(share, palette_of(p)) : palette_heat(share, palette_of(p));
}

/* ---- extents ------------------------------------------------------------------------------------------------ */

struct range {
    double low, high;
};

static void cover(struct range *r, double x)
{
    if (!isfinite(x))
        return;
    if (!(r->low <= x))
        r->low = x;
    if (!(r->high >= x))
        r->high = x;
}

static void cover_all(struct range *r, const double *x, size_t n, bool positive_only)
{
    for (size_t i = 0; x && i < n; i++)
        if (!positive_only || x[i] > 0)
            cover(r, x[i]);
}

static bool is_category(const struct plot_series *s)
{
    return s->labels && (s->mark == PLOT_BARS || s->mark == PLOT_BOX);
}

/* Position of the i-th bar or box: its x, or 1, 2, … for categories. */
static double position_of(const struct plot_series *s, size_t i)
{
    return s->x && !is_category(s) ? s->x[i] : (double)i + 1;
}

/* Room for what stands beyond the data: `share` of the span at both ends, also on a logarithmic axis. */
static void pad(struct range *r, double share, bool log_scale)
{
    if (!(r->low <= r->high)) { /* nothing was seen */
        r->low = log_scale ? 1 : 0;
        r->high = log_scale ? 10 : 1;
        return;
    }
    if (log_scale) {
        double factor = r->high > r->low ? exp(share * (log(r->high) - log(r->low))) : 2;
        r->low = fmax(r->low / factor, 1e-300); /* gnuplot's own arithmetic needs some room to infinity */
        r->high = fmin(r->high * factor, 1e300);
        return;
    }
    double more = r->high > r->low ? share * (r->high - r->low) : r->low != 0 ? 0.05 * fabs(r->low) : 0.5;
    r->low -= more;
    r->high += more;
}

static double least_gap(const struct plot_series *s)
{
    double gap = INFINITY;
    for (size_t i = 1; i < s->n; i++) {
        double d = fabs(position_of(s, i) - position_of(s, i - 1));
        if (d > 0 && d < gap)
            gap = d;
    }
    return isfinite(gap) ? gap : 1;
}

struct frame { /* the axes as they will be drawn, before a turn */
    struct range x, y;
    bool categories; /* x is a list of names */
};

static struct frame frame_of(const struct view_plot *p)
{
    struct frame f = {.x = {NAN, NAN}, .y = {NAN, NAN}};
    bool tight_x = true, from_zero = false, touches = false;
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        bool solid = s->mark == PLOT_BARS || s->mark == PLOT_HIST;
        f.categories = f.categories || is_category(s);
        if (s->mark == PLOT_RULE && (!s->x || !s->y)) {
            cover_all(&f.x, s->x, s->n, p->x.log);
            cover_all(&f.y, s->y, s->n, p->y.log);
            continue;
        }
        if (s->mark == PLOT_BARS || s->mark == PLOT_BOX) {
            double half = s->n && !is_category(s) ? least_gap(s) / 2 : 0.5;
            for (size_t i = 0; i < s->n; i++) {
                cover(&f.x, position_of(s, i) - half);
                cover(&f.x, position_of(s, i) + half);
            }
        } else {
            cover_all(&f.x, s->x, s->n, p->x.log);
            cover_all(&f.x, s->x2, s->n, p->x.log);
        }
        cover_all(&f.y, s->y, s->n, p->y.log);
        cover_all(&f.y, s->y2, s->n, p->y.log);
        cover_all(&f.y, s->box, 5 * s->n, p->y.log);
        from_zero = from_zero || solid;
        touches = touches || s->mark == PLOT_POINTS || s->mark == PLOT_BOX;
        tight_x = tight_x && s->mark != PLOT_POINTS;
    }
    if (from_zero && !p->y.log)
        cover(&f.y, 0);
    bool zero_below = from_zero && f.y.low >= 0, zero_above = from_zero && f.y.high <= 0;
    if (f.categories && f.x.high > f.x.low)
        tight_x = true;
    if (!tight_x || !(f.x.high > f.x.low))
        pad(&f.x, 0.03, p->x.log);
    pad(&f.y, touches ? 0.05 : 0.04, p->y.log);
    if (zero_below && !p->y.log)
        f.y.low = 0;
    if (zero_above && !p->y.log)
        f.y.high = 0;
    if (p->x.min != 0 || p->x.max != 0)
        f.x = (struct range){p->x.min, p->x.max};
    if (p->y.min != 0 || p->y.max != 0)
        f.y = (struct range){p->y.min, p->y.max};
    return f;
}

/* ---- thinning ----------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t all_points(const struct view_plot *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->n_series; k++)
        n += p->series[k].mark == PLOT_POINTS ? p->series[k].n : 0;
    return n;
}

/* Is point i of series k drawn? Each has the same chance, decided by its number alone: the same picture every
 * time. */
static bool point_stays(size_t total, size_t k, size_t i)
{
    return total <= POINTS_MOST ||
           mix(((uint64_t)k << 40) + i) / 18446744073709551616.0 < (double)POINTS_MOST / (double)total;
}

void gnuplot_thinned(struct str *out, const struct view_plot *p)
{
    size_t total = all_points(p), stay = 0;
    if (total <= POINTS_MOST)
        return;
    for (size_t k = 0; k < p->n_series; k++)
        for (size_t i = 0; p->series[k].mark == PLOT_POINTS && i < p->series[k].n; i++)
            stay += point_stays(total, k, i);
    str_printf(out, "%zu of %zu points are drawn", stay, total);
}

/* ---- data blocks -------------------------------------------------------------------------------------------- */

static void block_begin(struct str *out, size_t k)
{
    str_printf(out, "$d%zu << EOD\n", k);
}

static void block_end(struct str *out)
{
    str_add(out, "EOD\n");
}

/* x and y change places when the picture is turned. */
static void put_pair(struct str *out, bool turned, double x, double y)
{
    double pair[2] = {turned ? y : x, turned ? x : y};
    put_numbers(out, pair, 2);
}

/* Centre and corners, as "boxxyerror" takes them. */
static void put_rect(struct str *out, bool turned, double x1, double x2, double y1, double y2)
{
    double upright[6] = {(x1 + x2) / 2, (y1 + y2) / 2, x1, x2, y1, y2};
    double lying[6] = {upright[1], upright[0], y1, y2, x1, x2};
    put_numbers(out, turned ? lying : upright, 6);
}

/* A curve of more points than a picture can show: of each stretch its first, lowest, highest and last. */
static void put_curve(struct str *out, const struct plot_series *s, bool turned)
{
    size_t stretch = s->n > LINE_MOST ? (s->n + LINE_MOST / 4 - 1) / (LINE_MOST / 4) : 0;
    if (!stretch) {
        for (size_t i = 0; i < s->n; i++)
            put_pair(out, turned, s->x ? s->x[i] : (double)i, s->y[i]);
        return;
    }
    for (size_t from = 0; from < s->n; from += stretch) {
        size_t end = from + stretch < s->n ? from + stretch : s->n, low = from, high = from;
        for (size_t i = from; i < end; i++) {
            if (s->y[i] < s->y[low] || isnan(s->y[low]))
                low = i;
            if (s->y[i] > s->y[high] || isnan(s->y[high]))
                high = i;
        }
        size_t keep[4] = {from, low < high ? low : high, low < high ? high : low, end - 1};
        for (int j = 0; j < 4; j++)
            if (j == 0 || keep[j] != keep[j - 1])
                put_pair(out, turned, s->x ? s->x[keep[j]] : (double)keep[j], s->y[keep[j]]);
    }
}

/* How bars of several series share their category. */
struct group {
    int n, index;
};

static struct group group_of(const struct view_plot *p, size_t k)
{
    struct group g = {0, 0};
    for (size_t j = 0; j < p->n_series; j++) {
        if (p->series[j].mark != p->series[k].mark)
            continue;
        if (j == k)
            g.index = g.n;
        g.n++;
    }
    return g;
}

static void put_bars(struct str *out, const struct view_plot *p, size_t k, bool turned)
{
    const struct plot_series *s = &p->series[k];
    struct group g = group_of(p, k);
    double width = 0.8 * (is_category(s) ? 1 : least_gap(s)), each = width / g.n;
    for (size_t i = 0; i < s->n; i++) {
        double left = position_of(s, i) - width / 2 + each * g.index;
        if (isfinite(s->y[i]))
            put_rect(out, turned, left, left + each, p->y.log ? 1e-300 : 0, s->y[i]);
    }
}

static void put_hist(struct str *out, const struct plot_series *s, bool outline)
{
    double last = s->n > 1 ? s->x[s->n - 1] - s->x[s->n - 2] : 1;
    for (size_t i = 0; i < s->n; i++) {
        double right = s->x2 ? s->x2[i] : i + 1 < s->n ? s->x[i + 1] : s->x[i] + last;
        double height = isfinite(s->y[i]) ? s->y[i] : 0;
        if (outline) {
            if (i == 0)
                put_pair(out, false, s->x[i], 0);
            put_pair(out, false, s->x[i], height);
            put_pair(out, false, right, height);
            if (i + 1 == s->n)
                put_pair(out, false, right, 0);
        } else {
            put_rect(out, false, s->x[i], right, 0, height);
        }
    }
}

/* Three blocks in one (indexes): boxes, medians, whiskers. */
static void put_boxes(struct str *out, const struct view_plot *p, size_t k, bool turned)
{
    const struct plot_series *s = &p->series[k];
    struct group g = group_of(p, k);
    double width = 0.6 / g.n;
    for (int part = 0; part < 3; part++) {
        for (size_t i = 0; i < s->n; i++) {
            const double *b = s->box + 5 * i;
            double at = position_of(s, i) + width * (g.index - (g.n - 1) / 2.0), half = 0.42 * width;
            if (!isfinite(b[0] + b[1] + b[2] + b[3] + b[4]))
                continue;
            if (part == 0)
                put_rect(out, turned, at - half, at + half, b[1], b[3]);
            if (part == 1) {
                put_pair(out, turned, at - half, b[2]);
                put_pair(out, turned, at + half, b[2]);
                str_addc(out, '\n');
            }
            for (int side = 0; part == 2 && side < 2; side++) {
                double from = side ? b[3] : b[1], to = side ? b[4] : b[0];
                put_pair(out, turned, at, from);
                put_pair(out, turned, at, to);
                str_addc(out, '\n');
                put_pair(out, turned, at - half / 2, to);
                put_pair(out, turned, at + half / 2, to);
                str_addc(out, '\n');
            }
        }
        str_add(out, part < 2 ? "\n\n" : "");
    }
}

static void put_rule(struct str *out, const struct plot_series *s, const struct frame *f, bool turned)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->x && s->y) {
            put_pair(out, turned, s->x[i], s->y[i]);
            continue;
        }
        put_pair(out, turned, s->x ? s->x[i] : f->x.low, s->x ? f->y.low : s->y[i]);
        put_pair(out, turned, s->x ? s->x[i] : f->x.high, s->x ? f->y.high : s->y[i]);
        str_addc(out, '\n');
    }
}

static void put_block(struct str *out, const struct view_plot *p, size_t k, const struct frame *f, bool turned,
                      bool cells)
{
    const struct plot_series *s = &p->series[k];
    size_t total = all_points(p);
    block_begin(out, k);
    switch (s->mark) {
    case PLOT_LINE:
    case PLOT_STEP:
        put_curve(out, s, turned);
        break;
    case PLOT_POINTS:
        for (size_t i = 0; i < s->n; i++)
            if (point_stays(total, k, i))
                put_pair(out, turned, s->x ? s->x[i] : (double)i, s->y[i]);
        break;
    case PLOT_BARS:
        put_bars(out, p, k, turned);
        break;
    case PLOT_HIST:
        put_hist(out, s, cells && group_of(p, k).n > 1);
        break;
    case PLOT_BOX:
        put_boxes(out, p, k, turned);
        break;
    case PLOT_BAND:
        for (size_t i = 0; i < s->n; i++)
            put_numbers(out, (double[]){s->x ? s->x[i] : (double)i, s->y[i], s->y2 ? s->y2[i] : s->y[i]}, 3);
        break;
    case PLOT_RULE:
        put_rule(out, s, f, turned);
        break;
    case PLOT_HEAT:
        break;
    }
    block_end(out);
}

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
        put_text(e->out, name, false);
    } else {
        str_add(e->out, " notitle");
    }
}

/* lc, lw and dt of a curve. */
static void put_stroke(struct entry *e, int style, double width)
{
    str_printf(e->out, " lc rgb 0x%06lx lw ", series_colour(e->p, style));
    put_number(e->out, width);
    str_printf(e->out, " dt %s", style < 0 ? "(4,5)" : dashes[style % PALETTE_SERIES]);
}

static void put_marks(struct entry *e, const char *columns, int style, double size)
{
    int slot = style < 0 ? 0 : style % PALETTE_SERIES;
    str_printf(e->out, "%s with points lc rgb 0x%06lx pt %d ps ", columns, series_colour(e->p, style),
               e->p->cells ? cell_points[slot] : points[slot]);
    put_number(e->out, size);
}

/* Some dozen marks on a curve, also in the key. */
static void put_marked_curve(struct entry *e, size_t k, const struct plot_series *s, const char *columns,
                             int style)
{
    size_t drawn = s->n < LINE_MOST ? s->n : LINE_MOST;
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
    long colour = series_colour(e->p, style);
    bool many = group_of(p, k).n > 1;
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
        str_printf(e->out, " index 1 with lines lc rgb 0x%06lx lw 3 notitle", colour_of_style(e->p, GRID_STRONG));
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

/* ---- axes --------------------------------------------------------------------------------------------------- */

/* Longest of some labels, in columns. */
static size_t longest(const char *const *labels, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = utf8_width(labels[i]) > most ? utf8_width(labels[i]) : most;
    return most;
}

static const struct plot_series *category_series(const struct view_plot *p)
{
    for (size_t k = 0; k < p->n_series; k++)
        if (is_category(&p->series[k]))
            return &p->series[k];
    return NULL;
}

/* Boxes and single bars lie, because names read well at the side; groups of bars stand while their names fit below. */
bool gnuplot_is_turned(const struct view_plot *p, const struct paint *paint)
{
    const struct plot_series *s = category_series(p);
    size_t bars = 0;
    if (!paint->cells || !s || s->n == 0)
        return false;
    for (size_t k = 0; k < p->n_series; k++) {
        enum plot_mark mark = p->series[k].mark;
        if (mark == PLOT_BAND || mark == PLOT_HIST) /* they stand upright only */
            return false;
        bars += mark == PLOT_BARS;
    }
    size_t room = (size_t)(paint->columns > 10 ? paint->columns - 8 : 2) / s->n;
    bool fits_down = s->n * (bars > 1 ? bars : 1) + 3 <= (size_t)paint->rows;
    return fits_down && (bars < 2 || longest(s->labels, s->n) + 1 > room);
}

static void put_category_tics(struct str *out, const char *axis, const char *const *labels, size_t n, size_t cut,
                              const struct plot_series *s)
{
    struct str text = STR_INIT;
    str_printf(out, "set %stics (", axis);
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ',');
        str_clear(&text);
        if (cut && utf8_width(labels[i]) > cut) {
            str_addn(&text, labels[i], utf8_cut(labels[i], cut - 1, NULL));
            str_add(&text, "…");
        } else {
            str_add(&text, labels[i]);
        }
        put_text(out, str_get(&text), true);
        str_addc(out, ' ');
        put_number(out, s ? position_of(s, i) : (double)i);
    }
    str_add(out, ")\n");
    str_done(&text);
}

static void put_range(struct str *out, const char *axis, struct range r, bool time, bool reverse)
{
    str_printf(out, "set %srange [", axis);
    for (int end = 0; end < 2; end++) {
        str_add(out, time ? "'" : "");
        put_number(out, (end == 0) != reverse ? r.low : r.high);
        str_add(out, time ? "'" : "");
        str_add(out, end == 0 ? ":" : "]\n");
    }
}

static const char *time_format(struct range r)
{
    double days = (r.high - r.low) / 86400;
    return days > 1100 ? "%Y" : days > 100 ? "%Y-%m" : days > 3 ? "%m-%d" : "%H:%M";
}

/* A round step (1, 2 or 5 times a power of ten) that gives at most `most` tics. */
static double round_step(struct range r, int most)
{
    double rough = (r.high - r.low) / (most > 1 ? most : 1), unit = pow(10, floor(log10(rough)));
    double share = rough / unit;
    return unit * (share <= 1.001 ? 1 : share <= 2.001 ? 2 : share <= 5.001 ? 5 : 10);
}

/* In cells: as many tics as read well, a label every second row or every eighth column at most. */
static void put_cell_tics(struct str *out, const char *name, const struct plot_axis *axis, struct range r,
                          const struct paint *p)
{
    int most = *name == 'y' ? (p->rows - 3) / 2 : (p->columns - 6) / 8;
    if (axis->log || axis->time || !(r.high > r.low))
        return;
    double step = round_step(r, most);
    str_printf(out, "set %stics ", name);
    put_number(out, axis->integer && step < 1 ? 1 : step);
    str_addc(out, '\n');
}

/* Range, scale, label and format of one axis. */
static void put_axis(struct str *out, const char *name, const struct plot_axis *axis, struct range r, bool reverse,
                     const struct paint *p)
{
    if (axis->time) {
        str_printf(out, "set %sdata time\nset timefmt '%%s'\nset format %s '%s'\n", name, name, time_format(r));
    } else {
        str_printf(out, "set format %s '%%g'\n", name);
    }
    if (axis->log)
        str_printf(out, "set logscale %s\n", name);
    if (p->cells)
        put_cell_tics(out, name, axis, r, p);
    else if (axis->integer && !axis->log && r.high - r.low < 8)
        str_printf(out, "set %stics 1\n", name);
    put_range(out, name, r, axis->time, reverse);
    if (axis->label && *axis->label) {
        str_printf(out, "set %slabel ", name);
        put_text(out, axis->label, false);
        str_addc(out, '\n');
    }
}

/* What every picture starts with: quiet frame, light grid, colours of the theme. */
static void put_frame(struct str *out, const struct view *v, const struct paint *p)
{
    long ink = colour_of_style(p, GRID_PLAIN), axis = colour_of_style(p, GRID_AXIS);
    str_add(out, "reset\nset encoding utf8\nset termoption noenhanced\n");
    if (p->cells) {
        str_printf(out, "set border 0\nset tics scale 0 nomirror tc rgb 0x%06lx\nunset grid\n", axis);
        str_printf(out, "set key tc rgb 0x%06lx samplen 2 noautotitle\n", colour_of_style(p, GRID_LINK));
        str_printf(out, "set xlabel tc rgb 0x%06lx\nset ylabel tc rgb 0x%06lx\n", colour_of_style(p, GRID_NOTE),
                   colour_of_style(p, GRID_NOTE));
        return;
    }
    str_printf(out, "set border 3 lw 1 lc rgb 0x%06lx\n", axis);
    str_printf(out, "set tics nomirror out scale 0.6 tc rgb 0x%06lx\n", ink);
    str_printf(out, "set grid lt 1 lw 0.6 lc rgb 0x%06lx\n", colour_of_style(p, GRID_FAINT));
    str_printf(out, "set key tc rgb 0x%06lx samplen 2.5 spacing 1.15 noautotitle\n", ink);
    str_printf(out, "set title tc rgb 0x%06lx\nset xlabel tc rgb 0x%06lx\nset ylabel tc rgb 0x%06lx\n", ink, ink,
               ink);
    if (v->title && *v->title) {
        str_add(out, "set title ");
        put_text(out, v->title, false);
        str_addc(out, '\n');
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

static double along(double x, struct range r, bool log_scale)
{
    return log_scale ? (log(x) - log(r.low)) / (log(r.high) - log(r.low)) : (x - r.low) / (r.high - r.low);
}

/* Walks along every series, also between its points, so that a curve of two points fills what it crosses. */
static struct corners corners_of(const struct view_plot *p, const struct frame *f)
{
    struct corners c = {0, 0, 0, 0};
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        double weight = s->mark == PLOT_RULE ? 0 : 1, px = NAN, py = NAN;
        size_t stride = s->n / 2000 + 1;
        for (size_t i = 0; weight > 0 && s->y && i < s->n; i += stride) {
            double x = along(s->mark == PLOT_BARS ? position_of(s, i)
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

static void put_key(struct str *out, const struct view_plot *p, const struct frame *f, const struct paint *paint)
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

/* ---- heat maps ---------------------------------------------------------------------------------------------- */

void gnuplot_heat_range(const struct plot_heat *h, double *low, double *high)
{
    struct range r = {NAN, NAN};
    if (h->low != 0 || h->high != 0) {
        *low = h->low;
        *high = h->high;
        return;
    }
    cover_all(&r, h->value, h->rows * h->cols, false);
    if (!(r.low <= r.high))
        r = (struct range){0, 1};
    if (h->diverging) {
        double most = fmax(fabs(r.low), fabs(r.high));
        r = (struct range){-most, most};
    } else if (r.low > 0 && r.low < r.high) {
        r.low = 0; /* counts: nothing is the background */
    }
    *low = r.low;
    *high = r.high;
}

/* A cell's number. In text cells room is dear: -.31 for a correlation. */
static void heat_text(struct str *out, const struct plot_heat *h, size_t cell, bool brief)
{
    if (h->cell_labels) {
        str_add(out, h->cell_labels[cell]);
        return;
    }
    double x = h->value[cell];
    if (!isfinite(x))
        return;
    size_t start = out->len;
    if (h->diverging)
        decimal_fixed(out, x, 2);
    else
        number_nice(out, x, 3);
    char *zero = brief && h->diverging ? strstr(out->s + start, "0.") : NULL;
    if (zero && (zero == out->s + start || zero[-1] == '-')) {
        memmove(zero, zero + 1, strlen(zero));
        out->len--;
    }
}

static size_t heat_text_width(const struct plot_heat *h, bool brief)
{
    struct str text = STR_INIT;
    size_t most = 1;
    for (size_t i = 0; i < h->rows * h->cols; i++) {
        str_clear(&text);
        heat_text(&text, h, i, brief);
        most = utf8_width(str_get(&text)) > most ? utf8_width(str_get(&text)) : most;
    }
    str_done(&text);
    return most;
}

bool gnuplot_heat_has_numbers(const struct plot_heat *h, const struct paint *p)
{
    if (h->rows == 0 || h->cols == 0 || h->rows > HEAT_LABELS_MOST / h->cols)
        return false;
    if (!p->cells)
        return h->rows <= 30 && h->cols <= 20;
    size_t left = h->row_labels ? longest(h->row_labels, h->rows) : 2;
    size_t margin = (left < (size_t)p->columns / 3 ? left : (size_t)p->columns / 3) + 2;
    return h->rows + 2 <= (size_t)p->rows &&
           (heat_text_width(h, true) + 1) * h->cols + margin <= (size_t)p->columns;
}

static void put_heat_labels(struct str *out, const struct view_plot *p, const struct paint *paint, double low,
                            double high)
{
    const struct plot_heat *h = p->heat;
    struct str text = STR_INIT;
    for (size_t i = 0; i < h->rows * h->cols; i++) {
        str_clear(&text);
        heat_text(&text, h, i, paint->cells);
        if (!text.len)
            continue;
        long under = heat_colour(paint, h, isfinite(h->value[i]) ? heat_share(h->value[i], low, high) : 0);
        str_printf(out, "set label ");
        put_text(out, str_get(&text), false);
        str_printf(out, " at %zu,%zu center front tc rgb 0x%06lx\n", i % h->cols, i / h->cols,
                   paint->cells ? under : (long)palette_text_on((int32_t)under));
    }
    str_done(&text);
}

/* Are the names below too long for their columns, and the same as those at the side (a correlation matrix)?
 * Then both get numbers. */
static bool needs_numbers(const struct plot_heat *h, const struct paint *p)
{
    if (!p->cells || !h->row_labels || !h->col_labels || h->rows != h->cols || h->rows == 0)
        return false;
    for (size_t i = 0; i < h->rows; i++)
        if (strcmp(h->row_labels[i], h->col_labels[i]) != 0)
            return false;
    size_t left = longest(h->row_labels, h->rows);
    left = left < (size_t)p->columns / 3 ? left : (size_t)p->columns / 3;
    return longest(h->col_labels, h->cols) >= ((size_t)p->columns - left - 1) / h->cols;
}

/* "alcohol  1" at the side, "1" below. */
static void put_numbered_tics(struct str *out, const struct plot_heat *h, size_t cut)
{
    struct str row = STR_INIT, col = STR_INIT, text = STR_INIT;
    for (size_t i = 0; i < h->rows; i++) {
        const char *name = h->row_labels[i];
        size_t width, bytes = utf8_cut(name, cut > 6 ? cut - 4 : 2, &width);
        str_clear(&text);
        str_addn(&text, name, bytes);
        str_printf(&text, "%s %2zu", name[bytes] ? "…" : "", i + 1);
        str_add(&row, i ? "," : "");
        put_text(&row, str_get(&text), true);
        str_printf(&row, " %zu", i);
        str_printf(&col, "%s'%zu' %zu", i ? "," : "", i + 1, i);
    }
    str_printf(out, "set ytics (%s)\nset xtics (%s)\n", str_get(&row), str_get(&col));
    str_done(&row);
    str_done(&col);
    str_done(&text);
}

static void put_heat(struct str *out, const struct view_plot *p, const struct paint *paint)
{
    const struct plot_heat *h = p->heat;
    double low, high;
    gnuplot_heat_range(h, &low, &high);
    str_add(out, "unset key\nunset grid\nset border 0\nset tics scale 0\n");
    struct range x = {-0.5, (double)h->cols - 0.5}, y = {-0.5, (double)h->rows - 0.5};
    put_axis(out, "x", &p->x, x, false, paint);
    put_axis(out, "y", &p->y, y, true, paint);
    size_t cut = paint->cells ? (size_t)paint->columns / 3 : 28;
    if (needs_numbers(h, paint)) {
        put_numbered_tics(out, h, cut);
    } else if (h->row_labels) {
        put_category_tics(out, "y", h->row_labels, h->rows, cut, NULL);
    }
    if (h->col_labels && !needs_numbers(h, paint)) {
        put_category_tics(out, "x", h->col_labels, h->cols, cut, NULL);
        if (!paint->cells && longest(h->col_labels, h->cols) * h->cols > 80)
            str_printf(out, "set xtics rotate by %d right\n", h->cols > 20 ? 90 : 40);
    }
    if (!paint->cells && h->rows == h->cols)
        str_add(out, "set size ratio 1\n");
    bool numbers = gnuplot_heat_has_numbers(h, paint);
    if (numbers)
        put_heat_labels(out, p, paint, low, high);
    str_add(out, "$h << EOD\n");
    for (size_t i = 0; i < h->rows * h->cols; i++) {
        if (!isfinite(h->value[i]))
            continue;
        double c = (double)(i % h->cols), r = (double)(i / h->cols);
        put_numbers(out,
                    (double[]){c, r, c - 0.5, c + 0.5, r - 0.5, r + 0.5,
                               (double)heat_colour(paint, h, heat_share(h->value[i], low, high))},
                    7);
    }
    str_add(out, "EOD\n");
    bool lines = !paint->cells && h->rows * h->cols <= 900;
    if (!paint->cells && !numbers) { /* the scale beside it */
        str_add(out, "set palette defined (");
        for (int k = 0; k <= 8; k++)
            str_printf(out, "%s%d '#%06lx'", k ? "," : "", k, heat_colour(paint, h, k / 8.0));
        str_add(out, ")\nset colorbox\n");
        put_range(out, "cb", (struct range){low, high > low ? high : low + 1}, false, false);
    }
    str_printf(out, "plot $h using 1:2:3:4:5:6:7 with boxxyerror fs solid %s lc rgb variable notitle",
               lines ? p->heat->cols > 20 ? "border rgb 0xffffff" : "border rgb 0xffffff lw 2" : "noborder");
    if (!paint->cells && !numbers)
        str_add(out, ", NaN with points palette notitle");
    str_addc(out, '\n');
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
            put_text(out, s->labels[i], false);
            str_add(out, " at ");
            put_number(out, turned ? s->y[i] : x);
            str_addc(out, ',');
            put_number(out, turned ? x : s->y[i]);
            str_printf(out, " left offset char 1,0 tc rgb 0x%06lx\n", colour_of_style(paint, GRID_PLAIN));
            put++;
        }
    }
}

static void put_plot(struct str *out, const struct view_plot *p, const struct paint *paint)
{
    struct frame f = frame_of(p);
    bool turned = gnuplot_is_turned(p, paint);
    const struct plot_series *names = category_series(p);
    put_axis(out, turned ? "y" : "x", &p->x, f.x, turned, paint);
    put_axis(out, turned ? "x" : "y", &p->y, f.y, false, paint);
    if (names) {
        size_t cut = paint->cells ? (size_t)paint->columns / 3 : 30;
        put_category_tics(out, turned ? "y" : "x", names->labels, names->n, cut, names);
        str_printf(out, "unset grid\nset grid %s\n", turned ? "xtics" : "ytics");
        if (!paint->cells && (longest(names->labels, names->n) + 2) * names->n > 90)
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
                   colour_of_style(paint, GRID_AXIS));
    str_done(&thinned);
    for (size_t k = 0; k < p->n_series; k++)
        put_block(out, p, k, &f, turned, paint->cells);
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
    put_frame(out, v, p);
    if (v->plot->heat && v->plot->heat->rows && v->plot->heat->cols)
        put_heat(out, v->plot, p);
    else
        put_plot(out, v->plot, p);
}

void gnuplot_script(struct str *out, const struct view *v, enum gnuplot_theme theme)
{
    struct paint p = {.theme = theme};
    gnuplot_write(out, v, &p);
}

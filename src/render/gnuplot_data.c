/* gnuplot_data: series as inline data blocks, thinned where there are more points than a picture can show. */
#include <math.h>

#include "render/gnuplot_parts.h"

#define POINTS_MOST 5000 /* of a scatter plot */

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
    size_t total = all_points(p), stay = 0, rows, cols;
    if (p->heat) {
        gnuplot_heat_size(p->heat, &rows, &cols);
        if (rows < p->heat->rows || cols < p->heat->cols)
            str_printf(out, "%zu x %zu cells are averaged in %zu x %zu", p->heat->rows, p->heat->cols, rows, cols);
        return;
    }
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
    gp_numbers(out, pair, 2);
}

/* Centre and corners, as "boxxyerror" takes them. */
static void put_rect(struct str *out, bool turned, double x1, double x2, double y1, double y2)
{
    double upright[6] = {(x1 + x2) / 2, (y1 + y2) / 2, x1, x2, y1, y2};
    double lying[6] = {upright[1], upright[0], y1, y2, x1, x2};
    gp_numbers(out, turned ? lying : upright, 6);
}

/* A curve of more points than a picture can show: of each stretch its first, lowest, highest and last. */
static void put_curve(struct str *out, const struct plot_series *s, bool turned)
{
    size_t stretch = s->n > GP_CURVE_MOST ? (s->n + GP_CURVE_MOST / 4 - 1) / (GP_CURVE_MOST / 4) : 0;
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

struct gp_group gp_group_of(const struct view_plot *p, size_t k)
{
    struct gp_group g = {0, 0};
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
    struct gp_group g = gp_group_of(p, k);
    double width = 0.8 * (gp_is_category(s) ? 1 : gp_least_gap(s)), each = width / g.n;
    for (size_t i = 0; i < s->n; i++) {
        double left = gp_position(s, i) - width / 2 + each * g.index;
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
    struct gp_group g = gp_group_of(p, k);
    double width = 0.6 / g.n;
    for (int part = 0; part < 3; part++) {
        for (size_t i = 0; i < s->n; i++) {
            const double *b = s->box + 5 * i;
            double at = gp_position(s, i) + width * (g.index - (g.n - 1) / 2.0), half = 0.42 * width;
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

static void put_rule(struct str *out, const struct plot_series *s, const struct gp_frame *f, bool turned)
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

void gp_block(struct str *out, const struct view_plot *p, size_t k, const struct gp_frame *f, bool turned,
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
        put_hist(out, s, cells && gp_group_of(p, k).n > 1);
        break;
    case PLOT_BOX:
        put_boxes(out, p, k, turned);
        break;
    case PLOT_BAND:
        for (size_t i = 0; i < s->n; i++)
            gp_numbers(out, (double[]){s->x ? s->x[i] : (double)i, s->y[i], s->y2 ? s->y2[i] : s->y[i]}, 3);
        break;
    case PLOT_RULE:
        put_rule(out, s, f, turned);
        break;
    case PLOT_HEAT:
        break;
    }
    block_end(out);
}

/* gnuplot_axes: what range a picture covers, and the commands of its axes and frame. */
#include <math.h>

#include "base/utf8.h"
#include "render/gnuplot_parts.h"

/* ---- extents ------------------------------------------------------------------------------------------------ */

void gp_range_cover(struct gp_range *r, double x)
{
    if (!isfinite(x))
        return;
    if (!(r->low <= x))
        r->low = x;
    if (!(r->high >= x))
        r->high = x;
}

void gp_range_cover_all(struct gp_range *r, const double *x, size_t n, bool positive_only)
{
    for (size_t i = 0; x && i < n; i++)
        if (!positive_only || x[i] > 0)
            gp_range_cover(r, x[i]);
}

bool gp_is_category(const struct plot_series *s)
{
    return s->labels && (s->mark == PLOT_BARS || s->mark == PLOT_BOX);
}

/* Position of the i-th bar or box: its x, or 1, 2, … for categories. */
double gp_position(const struct plot_series *s, size_t i)
{
    return s->x && !gp_is_category(s) ? s->x[i] : (double)i + 1;
}

/* Room for what stands beyond the data: `share` of the span at both ends, also on a logarithmic axis. */
static void pad(struct gp_range *r, double share, bool log_scale)
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

double gp_least_gap(const struct plot_series *s)
{
    double gap = INFINITY;
    for (size_t i = 1; i < s->n; i++) {
        double d = fabs(gp_position(s, i) - gp_position(s, i - 1));
        if (d > 0 && d < gap)
            gap = d;
    }
    return isfinite(gap) ? gap : 1;
}

struct gp_frame gp_frame_of(const struct view_plot *p)
{
    struct gp_frame f = {.x = {NAN, NAN}, .y = {NAN, NAN}};
    bool tight_x = true, from_zero = false, touches = false;
    for (size_t k = 0; k < p->n_series; k++) {
        const struct plot_series *s = &p->series[k];
        bool solid = s->mark == PLOT_BARS || s->mark == PLOT_HIST;
        f.categories = f.categories || gp_is_category(s);
        if (s->mark == PLOT_RULE && (!s->x || !s->y)) {
            gp_range_cover_all(&f.x, s->x, s->n, p->x.log);
            gp_range_cover_all(&f.y, s->y, s->n, p->y.log);
            continue;
        }
        if (s->mark == PLOT_BARS || s->mark == PLOT_BOX) {
            double half = s->n && !gp_is_category(s) ? gp_least_gap(s) / 2 : 0.5;
            for (size_t i = 0; i < s->n; i++) {
                gp_range_cover(&f.x, gp_position(s, i) - half);
                gp_range_cover(&f.x, gp_position(s, i) + half);
            }
        } else {
            gp_range_cover_all(&f.x, s->x, s->n, p->x.log);
            gp_range_cover_all(&f.x, s->x2, s->n, p->x.log);
        }
        gp_range_cover_all(&f.y, s->y, s->n, p->y.log);
        gp_range_cover_all(&f.y, s->y2, s->n, p->y.log);
        gp_range_cover_all(&f.y, s->box, 5 * s->n, p->y.log);
        from_zero = from_zero || solid;
        touches = touches || s->mark == PLOT_POINTS || s->mark == PLOT_BOX;
        tight_x = tight_x && s->mark != PLOT_POINTS;
    }
    if (from_zero && !p->y.log)
        gp_range_cover(&f.y, 0);
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
        f.x = (struct gp_range){p->x.min, p->x.max};
    if (p->y.min != 0 || p->y.max != 0)
        f.y = (struct gp_range){p->y.min, p->y.max};
    return f;
}

/* ---- axes --------------------------------------------------------------------------------------------------- */

/* Longest of some labels, in columns. */
size_t gp_longest(const char *const *labels, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = utf8_width(labels[i]) > most ? utf8_width(labels[i]) : most;
    return most;
}

const struct plot_series *gp_category_series(const struct view_plot *p)
{
    for (size_t k = 0; k < p->n_series; k++)
        if (gp_is_category(&p->series[k]))
            return &p->series[k];
    return NULL;
}

/* Boxes and single bars lie, because names read well at the side; groups of bars stand while their names fit below. */
bool gnuplot_is_turned(const struct view_plot *p, const struct paint *paint)
{
    const struct plot_series *s = gp_category_series(p);
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
    return fits_down && (bars < 2 || gp_longest(s->labels, s->n) + 1 > room);
}

void gp_category_tics(struct str *out, const char *axis, const char *const *labels, size_t n, size_t cut,
                      const struct plot_series *s)
{
    struct str text = STR_INIT;
    const char *comma = "";
    str_printf(out, "set %stics (", axis);
    for (size_t i = 0; i < n; i++) {
        if (!*labels[i])
            continue;
        str_add(out, comma);
        comma = ",";
        str_clear(&text);
        if (cut && utf8_width(labels[i]) > cut) {
            str_addn(&text, labels[i], utf8_cut(labels[i], cut - 1, NULL));
            str_add(&text, "…");
        } else {
            str_add(&text, labels[i]);
        }
        gp_text(out, str_get(&text), true);
        str_addc(out, ' ');
        gp_number(out, s ? gp_position(s, i) : (double)i);
    }
    str_add(out, ")\n");
    str_done(&text);
}

void gp_range_line(struct str *out, const char *axis, struct gp_range r, bool time, bool reverse)
{
    str_printf(out, "set %srange [", axis);
    for (int end = 0; end < 2; end++) {
        str_add(out, time ? "'" : "");
        gp_number(out, (end == 0) != reverse ? r.low : r.high);
        str_add(out, time ? "'" : "");
        str_add(out, end == 0 ? ":" : "]\n");
    }
}

static const char *time_format(struct gp_range r)
{
    double days = (r.high - r.low) / 86400;
    return days > 1100 ? "%Y" : days > 100 ? "%Y-%m" : days > 3 ? "%m-%d" : "%H:%M";
}

/* A round step (1, 2 or 5 times a power of ten) that gives at most `most` tics. */
static double round_step(struct gp_range r, int most)
{
    double rough = (r.high - r.low) / (most > 1 ? most : 1), unit = pow(10, floor(log10(rough)));
    double share = rough / unit;
    return unit * (share <= 1.001 ? 1 : share <= 2.001 ? 2 : share <= 5.001 ? 5 : 10);
}

/* In cells: as many tics as read well, a label every second row or every eighth column at most. */
static void put_cell_tics(struct str *out, const char *name, const struct plot_axis *axis, struct gp_range r,
                          const struct paint *p)
{
    int most = *name == 'y' ? (p->rows - 3) / 2 : (p->columns - 6) / 8;
    if (axis->log || axis->time || !(r.high > r.low))
        return;
    double step = round_step(r, most);
    str_printf(out, "set %stics ", name);
    gp_number(out, axis->integer && step < 1 ? 1 : step);
    str_addc(out, '\n');
}

/* Range, scale, label and format of one axis. */
void gp_axis(struct str *out, const char *name, const struct plot_axis *axis, struct gp_range r, bool reverse,
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
    gp_range_line(out, name, r, axis->time, reverse);
    if (axis->label && *axis->label) {
        str_printf(out, "set %slabel ", name);
        gp_text(out, axis->label, false);
        str_addc(out, '\n');
    }
}

/* What every picture starts with: quiet frame, light grid, colours of the theme. */
void gp_start(struct str *out, const struct view *v, const struct paint *p)
{
    long ink = gp_colour(p, GRID_PLAIN), axis = gp_colour(p, GRID_AXIS);
    str_add(out, "reset\nset encoding utf8\nset termoption noenhanced\n");
    if (p->cells) {
        str_printf(out, "set border 0\nset tics scale 0 nomirror tc rgb 0x%06lx\nunset grid\n", axis);
        str_printf(out, "set key tc rgb 0x%06lx samplen 2 noautotitle\n", gp_colour(p, GRID_LINK));
        str_printf(out, "set xlabel tc rgb 0x%06lx\nset ylabel tc rgb 0x%06lx\n", gp_colour(p, GRID_NOTE),
                   gp_colour(p, GRID_NOTE));
        return;
    }
    str_printf(out, "set border 3 lw 1 lc rgb 0x%06lx\n", axis);
    str_printf(out, "set tics nomirror out scale 0.6 tc rgb 0x%06lx\n", ink);
    str_printf(out, "set grid lt 1 lw 0.6 lc rgb 0x%06lx\n", gp_colour(p, GRID_FAINT));
    str_printf(out, "set key tc rgb 0x%06lx samplen 2.5 spacing 1.15 noautotitle\n", ink);
    str_printf(out, "set title tc rgb 0x%06lx\nset xlabel tc rgb 0x%06lx\nset ylabel tc rgb 0x%06lx\n", ink, ink,
               ink);
    if (v->title && *v->title) {
        str_add(out, "set title ");
        gp_text(out, v->title, false);
        str_addc(out, '\n');
    }
}

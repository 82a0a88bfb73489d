/* gnuplot_heat: heat maps: cells of a colour scale, with their numbers where there is room. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/utf8.h"
#include "render/cell_format.h"
#include "render/gnuplot_parts.h"

#define HEAT_LABELS_MOST 2500
#define HEAT_SIDE_MOST 200 /* rows and columns that are drawn; larger maps are averaged in blocks */

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
    return h->diverging ? palette_diverging(share, gp_palette(p)) : palette_heat(share, gp_palette(p));
}

void gnuplot_heat_range(const struct plot_heat *h, double *low, double *high)
{
    struct gp_range r = {NAN, NAN};
    if (h->low != 0 || h->high != 0) {
        *low = h->low;
        *high = h->high;
        return;
    }
    gp_range_cover_all(&r, h->value, h->rows * h->cols, false);
    if (!(r.low <= r.high))
        r = (struct gp_range){0, 1};
    if (h->diverging) {
        double most = fmax(fabs(r.low), fabs(r.high));
        r = (struct gp_range){-most, most};
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
    size_t left = h->row_labels ? gp_longest(h->row_labels, h->rows) : 2;
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
        gp_text(out, str_get(&text), false);
        str_printf(out, " at %zu,%zu center front tc rgb 0x%06lx\n", i % h->cols, i / h->cols,
                   paint->cells ? under : (long)palette_text_on((int32_t)under));
    }
    str_done(&text);
}

/* Are the names below too long for their columns, and the same as those at the side (a correlation matrix)?
 * Then both get numbers. */
static bool needs_numbers(const struct plot_heat *h, const struct paint *p)
{
    if (!p->cells || !h->row_labels || !h->col_labels || h->rows != h->cols || h->rows == 0 || h->rows > 99)
        return false;
    for (size_t i = 0; i < h->rows; i++)
        if (strcmp(h->row_labels[i], h->col_labels[i]) != 0)
            return false;
    size_t left = gp_longest(h->row_labels, h->rows);
    left = left < (size_t)p->columns / 3 ? left : (size_t)p->columns / 3;
    return gp_longest(h->col_labels, h->cols) >= ((size_t)p->columns - left - 1) / h->cols;
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
        gp_text(&row, str_get(&text), true);
        str_printf(&row, " %zu", i);
        str_printf(&col, "%s'%zu' %zu", i ? "," : "", i + 1, i);
    }
    str_printf(out, "set ytics (%s)\nset xtics (%s)\n", str_get(&row), str_get(&col));
    str_done(&row);
    str_done(&col);
    str_done(&text);
}

void gnuplot_heat_size(const struct plot_heat *h, size_t *rows, size_t *cols)
{
    *rows = h->rows < HEAT_SIDE_MOST ? h->rows : HEAT_SIDE_MOST;
    *cols = h->cols < HEAT_SIDE_MOST ? h->cols : HEAT_SIDE_MOST;
}

/* Mean of the numbers in a block of cells; NaN when there are none. */
static double block_mean(const struct plot_heat *h, size_t row, size_t row_end, size_t col, size_t col_end)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = row; i < row_end; i++)
        for (size_t j = col; j < col_end; j++)
            if (isfinite(h->value[i * h->cols + j])) {
                sum += h->value[i * h->cols + j];
                n++;
            }
    return n ? sum / (double)n : NAN;
}

/* Every twentieth block is called after its first row or column (its number, when they have no names). */
static const char *block_name(struct arena *a, const char *const *names, size_t block, size_t n, size_t blocks)
{
    size_t first = block * n / blocks;
    if (block % 20)
        return "";
    return names ? names[first] : arena_printf(a, "%zu", first + 1);
}

/* A map too large to be drawn cell by cell, averaged in blocks. */
static void put_averaged(struct str *out, const struct view_plot *p, const struct paint *paint)
{
    const struct plot_heat *h = p->heat;
    struct plot_heat small = *h;
    struct view_plot plot = *p;
    struct arena *a = arena_new();
    gnuplot_heat_size(h, &small.rows, &small.cols);
    double *value = arena_zero(a, small.rows * small.cols, sizeof *value);
    const char **row_names = arena_zero(a, small.rows, sizeof *row_names);
    const char **col_names = arena_zero(a, small.cols, sizeof *col_names);
    for (size_t i = 0; i < small.rows; i++)
        for (size_t j = 0; j < small.cols; j++)
            value[i * small.cols + j] = block_mean(h, i * h->rows / small.rows, (i + 1) * h->rows / small.rows,
                                                   j * h->cols / small.cols, (j + 1) * h->cols / small.cols);
    for (size_t i = 0; i < small.rows; i++)
        row_names[i] = block_name(a, h->row_labels, i, h->rows, small.rows);
    for (size_t j = 0; j < small.cols; j++)
        col_names[j] = block_name(a, h->col_labels, j, h->cols, small.cols);
    small.value = value;
    small.row_labels = row_names;
    small.col_labels = col_names;
    small.cell_labels = NULL;
    gnuplot_heat_range(h, &small.low, &small.high);
    plot.heat = &small;
    gp_heat(out, &plot, paint);
    arena_free(a);
}

void gp_heat(struct str *out, const struct view_plot *p, const struct paint *paint)
{
    const struct plot_heat *h = p->heat;
    double low, high;
    if (h->rows > HEAT_SIDE_MOST || h->cols > HEAT_SIDE_MOST) {
        put_averaged(out, p, paint);
        return;
    }
    gnuplot_heat_range(h, &low, &high);
    str_add(out, "unset key\nunset grid\nset border 0\nset tics scale 0\n");
    struct gp_range x = {-0.5, (double)h->cols - 0.5}, y = {-0.5, (double)h->rows - 0.5};
    gp_axis(out, "x", &p->x, x, false, paint);
    gp_axis(out, "y", &p->y, y, true, paint);
    size_t cut = paint->cells ? (size_t)paint->columns / 3 : 28;
    if (needs_numbers(h, paint)) {
        put_numbered_tics(out, h, cut);
    } else if (h->row_labels) {
        gp_category_tics(out, "y", h->row_labels, h->rows, cut, NULL);
    }
    if (h->col_labels && !needs_numbers(h, paint)) {
        gp_category_tics(out, "x", h->col_labels, h->cols, cut, NULL);
        if (!paint->cells && gp_longest(h->col_labels, h->cols) * h->cols > 80)
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
        gp_numbers(out,
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
        gp_range_line(out, "cb", (struct gp_range){low, high > low ? high : low + 1}, false, false);
    }
    str_printf(out, "plot $h using 1:2:3:4:5:6:7 with boxxyerror fs solid %s lc rgb variable notitle",
               lines ? p->heat->cols > 20 ? "border rgb 0xffffff" : "border rgb 0xffffff lw 2" : "noborder");
    if (!paint->cells && !numbers)
        str_add(out, ", NaN with points palette notitle");
    str_addc(out, '\n');
}

#include "plugins/reduce/component_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plugins/kit/kit.h"

enum { MOST_LOADINGS = 32, MOST_ARROWS = 16, MOST_SCREE = 100 };
enum { LETTERS = 80, LINES = 12 }; /* that fit into a biplot side by side, one above the other */

int view_explained(struct lt_ctx *ctx, size_t k, const double *variance, double total)
{
    static const char *const columns[] = {"component:int", "variance:real", "share:percent", "cumulative:percent"};
    double sum = 0, *share = kit_scratch_f64(ctx, k), *cumulative = kit_scratch_f64(ctx, k);
    if (!share || !cumulative)
        return LT_MEMORY;
    ctx->emit_table(ctx, "explained", "Variance explained", columns, 4);
    for (size_t i = 0; i < k; i++) {
        share[i] = total > 0 ? variance[i] / total : 0;
        cumulative[i] = sum += share[i];
        const struct lt_cell cells[] = {LT_CINT(i + 1), LT_CREAL(variance[i]), LT_CREAL(share[i]), LT_CREAL(sum)};
        ctx->emit_row(ctx, cells);
    }
    const size_t shown = k < MOST_SCREE ? k : MOST_SCREE;
    const struct lt_series series[] = {{LT_BARS, "share", shown, 0, share, 0},
                                       {LT_LINE, "cumulative", shown, 0, cumulative, 0}};
    ctx->emit_plot(ctx, "scree", "Share of the variance by component", "component", "share of variance", series,
                   2);
    return LT_OK;
}

int view_loadings(struct lt_ctx *ctx, const char *id, const char *title, const char *prefix, size_t k, size_t p,
                  const double *axis, char *const *name)
{
    const size_t shown = k < MOST_LOADINGS ? k : MOST_LOADINGS;
    char text[MOST_LOADINGS][32];
    const char *columns[MOST_LOADINGS + 1] = {"term:text"};
    struct lt_cell cell[MOST_LOADINGS + 1];
    for (size_t c = 0; c < shown; c++) {
        snprintf(text[c], sizeof text[c], "%s%zu:real", prefix, c + 1);
        columns[c + 1] = text[c];
    }
    ctx->emit_table(ctx, id, title, columns, (uint32_t)shown + 1);
    for (size_t j = 0; j < p; j++) {
        cell[0] = LT_CTEXT(name[j]);
        for (size_t c = 0; c < shown; c++)
            cell[c + 1] = LT_CREAL(axis[c * p + j]);
        ctx->emit_row(ctx, cell);
    }
    if (shown < k)
        ctx->note(ctx, LT_NOTE, "the table shows the first %zu of %zu components", shown, k);
    return LT_OK;
}

/* The longest arrows, longest first; of equals the earlier column. Returns how many. */
static size_t choose_arrows(size_t p, const double *axis, size_t *chosen)
{
    size_t n = 0;
    for (size_t j = 0; j < p; j++) {
        const double length = hypot(axis[j], axis[p + j]);
        size_t at = n < MOST_ARROWS ? n : MOST_ARROWS;
        while (at > 0 && hypot(axis[chosen[at - 1]], axis[p + chosen[at - 1]]) < length)
            at--;
        if (at == MOST_ARROWS)
            continue;
        n += n < MOST_ARROWS;
        memmove(chosen + at + 1, chosen + at, (n - 1 - at) * sizeof *chosen);
        chosen[at] = j;
    }
    return n;
}

static double farthest(size_t n, const double *x, const double *y)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, hypot(x[i], y[i]));
    return most;
}

/* points[m x 2] as two arrays. */
static void part(size_t m, const double *points, double *x, double *y)
{
    for (size_t i = 0; i < m; i++) {
        x[i] = points[2 * i];
        y[i] = points[2 * i + 1];
    }
}

static double extent(size_t n, const double *x)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    return high - low;
}

/* Moves labels down a line where they would be written over others. letter and line: the size of one. */
static void part_labels(size_t n, const char *const *label, double letter, double line, const double *x, double *y)
{
    size_t order[MOST_ARROWS];
    for (size_t i = 0; i < n; i++) { /* from the top */
        size_t at = i;
        for (; at > 0 && y[order[at - 1]] < y[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t above = 0; above < i; above++) {
            const size_t a = order[above], b = order[i], left = x[a] < x[b] ? a : b;
            const double length = letter * (double)(strlen(label[left]) + 2);
            if (fabs(x[a] - x[b]) < length && y[a] - y[b] < line)
                y[b] = y[a] - line;
        }
}

int view_biplot(struct lt_ctx *ctx, size_t m, const double *scores, size_t p, const double *axis,
                char *const *name)
{
    size_t chosen[MOST_ARROWS];
    const size_t arrows = choose_arrows(p, axis, chosen);
    double *x = kit_scratch_f64(ctx, 2 * m + 2), *y = x ? x + m : 0;
    double tip_x[MOST_ARROWS], tip_y[MOST_ARROWS], line_x[2 * MOST_ARROWS + 1] = {0},
                                                                            line_y[2 * MOST_ARROWS + 1] = {0};
    const char *label[MOST_ARROWS];
    if (!x)
        return LT_MEMORY;
    part(m, scores, x, y);
    for (size_t i = 0; i < arrows; i++) {
        tip_x[i] = axis[chosen[i]];
        tip_y[i] = axis[p + chosen[i]];
        label[i] = name[chosen[i]];
    }
    const double longest = farthest(arrows, tip_x, tip_y), stretch = longest > 0 ? farthest(m, x, y) / longest : 0;
    for (size_t i = 0; i < arrows; i++) { /* out from the middle and back */
        line_x[2 * i + 1] = tip_x[i] *= 0.9 * stretch;
        line_y[2 * i + 1] = tip_y[i] *= 0.9 * stretch;
    }
    const double wide = fmax(extent(m, x), extent(arrows, tip_x)),
                 high = fmax(extent(m, y), extent(arrows, tip_y));
    part_labels(arrows, label, wide / LETTERS, high / LINES, tip_x, tip_y);
    const struct lt_series series[] = {{LT_POINTS, "rows", m, x, y, 0},
                                       {LT_LINE, "columns", 2 * arrows + 1, line_x, line_y, 0},
                                       {LT_POINTS, 0, arrows, tip_x, tip_y, label}};
    ctx->emit_plot(ctx, "biplot", "Rows and columns by the first two components", "component 1", "component 2",
                   series, 3);
    return LT_OK;
}

int view_points(struct lt_ctx *ctx, const char *id, const char *title, const char *x_label, const char *y_label,
                size_t m, const double *points)
{
    double *x = kit_scratch_f64(ctx, 2 * m + 2), *y = x ? x + m : 0;
    if (!x)
        return LT_MEMORY;
    part(m, points, x, y);
    const struct lt_series series = {LT_POINTS, 0, m, x, y, 0};
    ctx->emit_plot(ctx, id, title, x_label, y_label, &series, 1);
    return LT_OK;
}

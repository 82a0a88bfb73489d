/* charts: pictures of columns. */
#include "ops/charts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/moments.h"
#include "num/sort.h"
#include "ops/freq.h"

#define MOST_SERIES 8
#define MOST_BINS 60

/* ---- rows by the levels of a column ------------------------------------------------------------------------ */

struct groups {
    size_t k;
    const char **name;
    int32_t *of;        /* group of each row, -1: none */
    struct column *cat; /* held; NULL without `by` */
};

static bool groups_make(const struct table *t, int by, struct groups *g, struct err *e)
{
    size_t n = table_rows(t);
    *g = (struct groups){.k = 1};
    g->of = mem_bulk_zero(n + 1, sizeof *g->of, e);
    if (!g->of)
        return false;
    if (by < 0) {
        g->name = mem_zero(1, sizeof *g->name);
        g->name[0] = "";
        return true;
    }
    g->cat = column_to_category(table_column(t, (size_t)by), e);
    if (!g->cat)
        return false;
    g->k = dictionary_size(column_dictionary(g->cat));
    if (g->k > MOST_SERIES * 4) {
        err_set(e, ERR_RANGE, "%s has %zu values, too many to tell apart in a picture", table_name(t, (size_t)by),
                g->k);
        return err_hint(e, "choose a column with at most %d, or filter first", MOST_SERIES * 4);
    }
    g->name = mem_zero(g->k + 1, sizeof *g->name);
    for (size_t i = 0; i < g->k; i++)
        g->name[i] = dictionary_word(column_dictionary(g->cat), (int32_t)i);
    memcpy(g->of, column_codes(g->cat), n * sizeof *g->of);
    return true;
}

static void groups_done(struct groups *g)
{
    mem_bulk_free(g->of);
    mem_free(g->name);
    if (g->cat)
        column_unref(g->cat);
}

static bool needs_numbers(const struct table *t, int col, struct err *e)
{
    const struct column *c = table_column(t, (size_t)col);
    enum column_type type = column_type(c);
    if (column_is_numeric(c) || type == COLUMN_DATE || type == COLUMN_TIME)
        return true;
    err_set(e, ERR_TYPE, "%s is a %s column, and numbers are drawn here", table_name(t, (size_t)col),
            column_type_name(type));
    return err_hint(e, "count its values: freq %s, or bar %s", table_name(t, (size_t)col),
                    table_name(t, (size_t)col));
}

/* The column as numbers (dates in seconds, so that an axis of time is right); owned. */
static double *numbers_of(const struct table *t, int col, struct err *e)
{
    const struct column *c = table_column(t, (size_t)col);
    double *x = mem_bulk(column_size(c) + 1, sizeof *x, e);
    if (x)
        column_numbers(c, NULL, column_size(c), x);
    if (x && column_type(c) == COLUMN_DATE)
        for (size_t i = 0; i < column_size(c); i++)
            x[i] *= 86400;
    return x;
}

static bool is_time(const struct table *t, int col)
{
    enum column_type type = column_type(table_column(t, (size_t)col));
    return type == COLUMN_DATE || type == COLUMN_TIME;
}

/* The values of one group, without missing, into out; returns how many. */
static size_t gather(const double *x, const int32_t *of, size_t n, int32_t group, double *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (of[i] == group && !isnan(x[i]))
            out[k++] = x[i];
    return k;
}

/* ---- histogram --------------------------------------------------------------------------------------------- */

/* Width 2 IQR n^(-1/3); whole numbers get bins of whole width. */
static int bins_by_rule(const double *sorted, size_t n, bool whole)
{
    double range = sorted[n - 1] - sorted[0];
    double iqr = quantile_sorted(n, sorted, 0.75) - quantile_sorted(n, sorted, 0.25);
    double width = 2 * iqr / cbrt((double)n);
    double bins = width > 0 ? ceil(range / width) : ceil(log2((double)n) + 1);
    if (whole && range + 1 <= MOST_BINS / 2.0)
        bins = range + 1;
    return (int)fmin(fmax(bins, 1), MOST_BINS);
}

struct view *chart_hist(const struct table *t, int x, int by, int bins, struct err *e)
{
    size_t n = table_rows(t);
    struct groups g = {0};
    struct view *v = NULL;
    double *data = NULL, *sorted = NULL, *work = NULL;

    if (!needs_numbers(t, x, e) || !groups_make(t, by, &g, e) || !(data = numbers_of(t, x, e)) ||
        !(sorted = mem_bulk(n + 1, sizeof *sorted, e)) || !(work = mem_bulk(n + 1, sizeof *work, e)))
        goto out;
    memcpy(sorted, data, n * sizeof *sorted);
    sort_f64(n, sorted, work);
    size_t valid = n;
    while (valid && isnan(sorted[valid - 1]))
        valid--;
    if (valid == 0 || isinf(sorted[0]) || isinf(sorted[valid - 1])) {
        err_set(e, ERR_INPUT, valid ? "%s holds infinite values" : "%s holds no values at all",
                table_name(t, (size_t)x));
        goto out;
    }
    bool whole = column_type(table_column(t, (size_t)x)) != COLUMN_F64 && !is_time(t, x);
    double low = sorted[0], high = sorted[valid - 1];
    if (bins <= 0)
        bins = bins_by_rule(sorted, valid, whole);
    if (whole && high - low + 1 <= bins) { /* a bar for each number, centred on it */
        low -= 0.5;
        high += 0.5;
    } else if (high == low) {
        low -= 0.5;
        high += 0.5;
    }
    double width = (high - low) / bins;
    double *left = mem_zero((size_t)bins, sizeof *left), *right = mem_zero((size_t)bins, sizeof *right);
    double *count = mem_zero((size_t)bins, sizeof *count);
    v = view_plot_new("hist", "");
    v->title = by < 0 ? arena_strdup(v->arena, table_name(t, (size_t)x))
                      : arena_printf(v->arena, "%s by %s", table_name(t, (size_t)x), table_name(t, (size_t)by));
    view_plot_axes(v, table_name(t, (size_t)x), "rows");
    v->plot->x.time = is_time(t, x);
    for (size_t k = 0; k < g.k; k++) {
        size_t m = gather(data, g.of, n, (int32_t)k, work);
        memset(count, 0, (size_t)bins * sizeof *count);
        for (int b = 0; b < bins; b++) {
            left[b] = low + b * width;
            right[b] = low + (b + 1) * width;
        }
        for (size_t i = 0; i < m; i++) {
            int b = (int)((work[i] - low) / width);
            count[b < 0 ? 0 : b >= bins ? bins - 1 : b]++;
        }
        view_plot_add(v, &(struct plot_series){.mark = PLOT_HIST,
                                               .name = g.name[k],
                                               .n = (size_t)bins,
                                               .x = left,
                                               .x2 = right,
                                               .y = count,
                                               .style = -1});
    }
    view_plot_twin(v, "%s of %zu rows lies between %.6g and %.6g, half of it between %.6g and %.6g; median %.6g.",
                   table_name(t, (size_t)x), valid, sorted[0], sorted[valid - 1],
                   quantile_sorted(valid, sorted, 0.25), quantile_sorted(valid, sorted, 0.75),
                   quantile_sorted(valid, sorted, 0.5));
    if (valid < n)
        view_set_caption(v, "%zu rows; %zu missing are left out", valid, n - valid);
    mem_free(left);
    mem_free(right);
    mem_free(count);
out:
    groups_done(&g);
    mem_bulk_free(data);
    mem_bulk_free(sorted);
    mem_bulk_free(work);
    return v;
}

/* ---- scatter and line -------------------------------------------------------------------------------------- */

static struct view *points(const struct table *t, int x, int y, int by, enum plot_mark mark, const char *id,
                           struct err *e)
{
    size_t n = table_rows(t), total = 0;
    struct groups g = {0};
    struct view *v = NULL;
    double *xs = NULL, *ys = NULL, *gx = NULL, *gy = NULL;

    if ((x >= 0 && !needs_numbers(t, x, e)) || !needs_numbers(t, y, e) || !groups_make(t, by, &g, e) ||
        !(ys = numbers_of(t, y, e)) || !(gx = mem_bulk(n + 1, sizeof *gx, e)) ||
        !(gy = mem_bulk(n + 1, sizeof *gy, e)) ||
        !(xs = x >= 0 ? numbers_of(t, x, e) : mem_bulk(n + 1, sizeof *xs, e)))
        goto out;
    for (size_t i = 0; x < 0 && i < n; i++)
        xs[i] = (double)i + 1;
    v = view_plot_new(id, "");
    const char *x_name = x >= 0 ? table_name(t, (size_t)x) : "row";
    v->title = by < 0 ? arena_printf(v->arena, "%s against %s", table_name(t, (size_t)y), x_name)
                      : arena_printf(v->arena, "%s against %s by %s", table_name(t, (size_t)y), x_name,
                                     table_name(t, (size_t)by));
    view_plot_axes(v, x_name, table_name(t, (size_t)y));
    v->plot->x.time = x >= 0 && is_time(t, x);
    v->plot->y.time = is_time(t, y);
    for (size_t k = 0; k < g.k; k++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
            if (g.of[i] == (int32_t)k && !isnan(xs[i]) && !isnan(ys[i])) {
                gx[m] = xs[i];
                gy[m++] = ys[i];
            }
        total += m;
        view_plot_add(
            v, &(struct plot_series){.mark = mark, .name = g.name[k], .n = m, .x = gx, .y = gy, .style = -1});
    }
    size_t used;
    double r = cor_pearson(n, xs, ys, &used);
    view_plot_twin(v, "%s against %s, %zu points; correlation %.3f.", table_name(t, (size_t)y), x_name, total, r);
    if (total < n)
        view_set_caption(v, "%zu rows; %zu with missing values are left out", total, n - total);
out:
    groups_done(&g);
    mem_bulk_free(xs);
    mem_bulk_free(ys);
    mem_bulk_free(gx);
    mem_bulk_free(gy);
    return v;
}

struct view *chart_scatter(const struct table *t, int x, int y, int by, struct err *e)
{
    return points(t, x, y, by, PLOT_POINTS, "scatter", e);
}

struct view *chart_line(const struct table *t, int x, int y, int by, struct err *e)
{
    return points(t, x, y, by, PLOT_LINE, "line", e);
}

/* ---- bars -------------------------------------------------------------------------------------------------- */

static double statistic(const char *stat, double *x, size_t n, double *work)
{
    double sum = 0;
    if (n == 0)
        return (double)NAN;
    sort_f64(n, x, work);
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    if (strcmp(stat, "sum") == 0)
        return sum;
    if (strcmp(stat, "median") == 0)
        return quantile_sorted(n, x, 0.5);
    if (strcmp(stat, "min") == 0)
        return x[0];
    if (strcmp(stat, "max") == 0)
        return x[n - 1];
    return sum / (double)n;
}

static struct view *bars(const struct table *t, int x, const char *title, const char *y_label, size_t n,
                         const char *const *labels, const double *value)
{
    struct view *v = view_plot_new("bar", title);
    view_plot_axes(v, table_name(t, (size_t)x), y_label);
    view_plot_add(
        v, &(struct plot_series){.mark = PLOT_BARS, .name = "", .n = n, .y = value, .labels = labels, .style = 0});
    struct str s = STR_INIT;
    for (size_t i = 0; i < n && i < 8; i++)
        str_printf(&s, "%s%s %.5g", i ? ", " : "", labels[i], value[i]);
    view_plot_twin(v, "%s: %s%s.", title, str_get(&s), n > 8 ? ", …" : "");
    str_done(&s);
    return v;
}

struct view *chart_bar(const struct table *t, int x, int y, const char *stat, size_t top, struct err *e)
{
    struct view *v = NULL;
    if (y < 0) {
        struct freq_table f;
        if (!freq_run(table_column(t, (size_t)x), &f, e))
            return NULL;
        v = bars(t, x, table_name(t, (size_t)x), "rows", f.n < top ? f.n : top, (const char *const *)f.value,
                 f.count);
        if (f.n > top)
            view_set_caption(v, "the %zu most frequent of %zu values", top, f.n);
        freq_done(&f);
        return v;
    }
    size_t n = table_rows(t);
    struct groups g = {0};
    double *ys = NULL, *part = NULL, *work = NULL;
    if (needs_numbers(t, y, e) && groups_make(t, x, &g, e) && (ys = numbers_of(t, y, e)) &&
        (part = mem_bulk(n + 1, sizeof *part, e)) && (work = mem_bulk(n + 1, sizeof *work, e))) {
        double *value = mem_zero(g.k + 1, sizeof *value);
        for (size_t k = 0; k < g.k; k++)
            value[k] = statistic(stat, part, gather(ys, g.of, n, (int32_t)k, part), work);
        struct arena *a = arena_new();
        v = bars(t, x, arena_printf(a, "%s of %s by %s", stat, table_name(t, (size_t)y), table_name(t, (size_t)x)),
                 arena_printf(a, "%s of %s", stat, table_name(t, (size_t)y)), g.k, g.name, value);
        arena_free(a);
        mem_free(value);
    }
    groups_done(&g);
    mem_bulk_free(ys);
    mem_bulk_free(part);
    mem_bulk_free(work);
    return v;
}

/* ---- boxes ------------------------------------------------------------------------------------------------- */

/* Tukey: whiskers reach the last value within 1.5 IQR of the box. */
static void tukey(const double *sorted, size_t n, double box[5])
{
    double q1 = quantile_sorted(n, sorted, 0.25), q3 = quantile_sorted(n, sorted, 0.75), reach = 1.5 * (q3 - q1);
    size_t low = 0, high = n - 1;
    while (low < n && sorted[low] < q1 - reach)
        low++;
    while (high > 0 && sorted[high] > q3 + reach)
        high--;
    box[0] = sorted[low];
    box[1] = q1;
    box[2] = quantile_sorted(n, sorted, 0.5);
    box[3] = q3;
    box[4] = sorted[high];
}

struct view *chart_box(const struct table *t, int y, int by, struct err *e)
{
    size_t n = table_rows(t), outliers = 0;
    struct groups g = {0};
    struct view *v = NULL;
    double *ys = NULL, *part = NULL, *work = NULL, *ox = NULL, *oy = NULL;

    if (!needs_numbers(t, y, e) || !groups_make(t, by, &g, e) || !(ys = numbers_of(t, y, e)) ||
        !(part = mem_bulk(n + 1, sizeof *part, e)) || !(work = mem_bulk(n + 1, sizeof *work, e)) ||
        !(ox = mem_bulk(n + 1, sizeof *ox, e)) || !(oy = mem_bulk(n + 1, sizeof *oy, e)))
        goto out;
    double *box = mem_zero(5 * g.k + 1, sizeof *box);
    const char **labels = mem_zero(g.k + 1, sizeof *labels);
    size_t kept = 0;
    struct str twin = STR_INIT;
    for (size_t k = 0; k < g.k; k++) {
        size_t m = gather(ys, g.of, n, (int32_t)k, part);
        if (m == 0)
            continue;
        sort_f64(m, part, work);
        tukey(part, m, box + 5 * kept);
        labels[kept] = by < 0 ? table_name(t, (size_t)y) : g.name[k];
        for (size_t i = 0; i < m; i++)
            if (part[i] < box[5 * kept] || part[i] > box[5 * kept + 4]) {
                ox[outliers] = (double)kept + 1;
                oy[outliers++] = part[i];
            }
        str_printf(&twin, "%s%s median %.5g", kept ? "; " : "", labels[kept], box[5 * kept + 2]);
        kept++;
    }
    v = view_plot_new("box", "");
    v->title = by < 0 ? arena_strdup(v->arena, table_name(t, (size_t)y))
                      : arena_printf(v->arena, "%s by %s", table_name(t, (size_t)y), table_name(t, (size_t)by));
    view_plot_axes(v, by < 0 ? "" : table_name(t, (size_t)by), table_name(t, (size_t)y));
    view_plot_add(v, &(struct plot_series){
                         .mark = PLOT_BOX, .name = "", .n = kept, .box = box, .labels = labels, .style = 0});
    if (outliers)
        view_plot_add(v, &(struct plot_series){
                             .mark = PLOT_POINTS, .name = "", .n = outliers, .x = ox, .y = oy, .style = 0});
    view_plot_twin(v, "%s: %s; %zu values lie outside the whiskers.", table_name(t, (size_t)y), str_get(&twin),
                   outliers);
    str_done(&twin);
    mem_free(box);
    mem_free(labels);
out:
    groups_done(&g);
    mem_bulk_free(ys);
    mem_bulk_free(part);
    mem_bulk_free(work);
    mem_bulk_free(ox);
    mem_bulk_free(oy);
    return v;
}

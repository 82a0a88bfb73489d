/* charts: pictures of columns. `by`: a column whose levels become series, or -1. */
#ifndef LATHE_OPS_CHARTS_H
#define LATHE_OPS_CHARTS_H

#include "data/table.h"
#include "view/view.h"

/* bins 0: by the rule of Freedman and Diaconis (1981), at most 60. */
struct view *chart_hist(const struct table *t, int x, int by, int bins, struct err *e);
struct view *chart_scatter(const struct table *t, int x, int y, int by, struct err *e);
struct view *chart_line(const struct table *t, int x /* -1: row number */, int y, int by, struct err *e);
/* Counts of x's values; with y: a statistic of y within each value of x: mean, sum, median, min, max. */
struct view *chart_bar(const struct table *t, int x, int y, const char *stat, size_t top, struct err *e);
/* Tukey's boxes of y, one per level of by (or one). */
struct view *chart_box(const struct table *t, int y, int by, struct err *e);

#endif

/* freq: how often each value of a column occurs. */
#ifndef LATHE_OPS_FREQ_H
#define LATHE_OPS_FREQ_H

#include "data/table.h"
#include "view/view.h"

struct freq_table {
    size_t n;           /* distinct values */
    char **value;       /* most frequent first, ties in the order of values; owned */
    double *count;
    size_t rows, missing;
};

bool freq_run(const struct column *c, struct freq_table *out, struct err *e);
void freq_done(struct freq_table *f);

/* id freq: a table (first column named after the column) and a bar chart; at most `top` values, the rest summed up. */
void freq_views(const struct freq_table *f, const char *table, const char *column, size_t top, struct view_list *out);

/* Two columns crossed (id freq): counts of by's levels within each level of a. */
bool freq_cross(const struct table *t, int a, int by, struct view_list *out, struct err *e);

#endif

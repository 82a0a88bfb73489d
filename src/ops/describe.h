/* describe: what each column of a table is and holds. */
#ifndef LATHE_OPS_DESCRIBE_H
#define LATHE_OPS_DESCRIBE_H

#include "base/progress.h"
#include "data/table.h"
#include "view/view.h"

struct column_summary {
    const char *name;          /* of the table */
    enum column_type type;
    size_t n, missing, distinct;
    double mean, sd, min, q1, median, q3, max, skewness, kurtosis; /* NaN where they make no sense */
    char *top;                 /* most frequent value of categories, text, bool; owned, or NULL */
    double top_share;
};

/* cols[n]: columns of t. out: n summaries, freed with describe_done. Columns run in parallel. */
bool describe_run(const struct table *t, const int *cols, size_t n, struct progress *p, struct column_summary *out,
                  struct err *e);
void describe_done(struct column_summary *s, size_t n);
struct view *describe_view(const struct column_summary *s, size_t n, const char *title, size_t rows);

struct view *schema_view(const struct table *t, const char *name, const char *target);   /* id schema */
struct view *missing_view(const struct table *t, const char *name);                       /* id missing */

#endif

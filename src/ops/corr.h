/* corr: correlations of numeric columns, pairwise complete. */
#ifndef LATHE_OPS_CORR_H
#define LATHE_OPS_CORR_H

#include "base/progress.h"
#include "data/table.h"
#include "view/view.h"

enum corr_method { CORR_PEARSON, CORR_SPEARMAN, CORR_KENDALL };

/* r[n x n] of the columns, NaN where undefined; pairs run in parallel. */
bool corr_run(const struct table *t, const int *cols, size_t n, enum corr_method method, struct progress *p, double *r,
              struct err *e);
/* id corr: the matrix as a table, and as a heat map with numbers. */
void corr_views(const struct table *t, const int *cols, size_t n, enum corr_method method, const double *r,
                struct view_list *out);

#endif

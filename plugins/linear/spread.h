/* spread: where the columns lie and how far they spread. */
#ifndef LATHE_LINEAR_SPREAD_H
#define LATHE_LINEAR_SPREAD_H

#include "plugins/kit/kit.h"

/* centre and scale [p]: with a constant mean and 1/sd, without 0 and 1/root mean square; scale 0: a constant
 * column. As a sample of the rows sees it, if there is one (NULL, or n 0: there isn't); all rows are looked at as
 * well when a column doesn't vary in the sample. A cell that is no finite number is refused if it is seen. */
int spread_measure(struct lt_ctx *ctx, const struct lt_data *data, const struct lt_data *sample, bool intercept,
                   double *centre, double *scale);

#endif

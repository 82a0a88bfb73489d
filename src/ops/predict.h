/* predict: predictions as a table. */
#ifndef LATHE_OPS_PREDICT_H
#define LATHE_OPS_PREDICT_H

#include "host/model.h"

/* t with what the model says beside it: `prediction` (class or number), `p_LEVEL` for each class, `cluster`, or the
 * columns of a transformation. */
struct table *predict_table(const struct model *m, const struct table *t, struct progress *p, size_t *unseen,
                            struct err *e);

/* A look at it (id predictions): all rows, the predicted columns first in sight. name: what the table is called, or
 * NULL. */
struct view *predictions_view(const struct table *t, const char *name);

#endif

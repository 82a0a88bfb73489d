/* model_view: what models look like: a list, a summary, what training said, loss curves. */
#ifndef LATHE_OPS_MODEL_VIEW_H
#define LATHE_OPS_MODEL_VIEW_H

#include "host/model.h"

struct model_row {
    const struct model *model;
    const char *name, *home;
};
/* "Random forest", "Stack of forest, knn by Logistic regression". */
void model_title(const struct model *m, struct str *out);

struct view *models_view(const struct model_row *rows, size_t n);           /* id models */
struct view *model_summary_view(const struct model *m, const char *name);   /* id model: facts as rows */

/* One sentence on a finished training with its notes; max_units: where the user wanted it to stop, 0: not said. */
struct view *trained_view(const struct model *m, const char *name, size_t dropped, uint64_t max_units);

/* Curves of a metric over the steps, one per model; NULL and an error (e may be NULL) when none has one. */
struct view *loss_view(const struct model *const *models, const char *const *names, size_t n, struct err *e);

#endif

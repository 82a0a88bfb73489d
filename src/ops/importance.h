/* importance: which features matter: the model's own measure, or by permutation: how much the score falls when one
 * column is shuffled (Breiman 2001; the model is not trained again). */
#ifndef LATHE_OPS_IMPORTANCE_H
#define LATHE_OPS_IMPORTANCE_H

#include "host/model.h"

struct importance_options {
    int repeats;
    uint64_t seed;
    int top; /* how many to show */
};

/* From the views of model_describe: its table `importance`, sorted, and a picture. false: the model has none. */
bool importance_of_model(const struct view_list *described, const char *name, int top, struct view_list *out);

/* By permutation on the rows given; the table has importance and sd over the repeats. */
bool importance_run(const struct model *m, const char *name, const struct table *t, const uint32_t *rows, size_t n,
                    const struct importance_options *o, struct progress *p, struct view_list *out, struct err *e);

#endif

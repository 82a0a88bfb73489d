/* formula: R's `y ~ a + b`, `y ~ . - id`, `y ~ 0 + x`, resolved against a table. Column names with odd
 * characters in backquotes or double quotes. a:b and a*b (interactions) are refused with a sentence that names
 * `mutate`. */
#ifndef LATHE_DATA_FORMULA_H
#define LATHE_DATA_FORMULA_H

#include "data/table.h"

struct formula {
    int target;       /* column, -1: none was given ("~ a + b") */
    int *feature;     /* owned; columns in the order written; "." is all but the target */
    size_t n_features;
    bool intercept;
};

bool formula_parse(const char *text, const struct table *t, struct formula *out, struct err *e);
void formula_done(struct formula *f);

#endif

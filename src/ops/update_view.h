/* update_view: what a model that learned from more rows shows of it. */
#ifndef LATHE_OPS_UPDATE_VIEW_H
#define LATHE_OPS_UPDATE_VIEW_H

#include "host/update.h"

struct update_facts {
    const char *from; /* the table or file */
    size_t learned, dropped, unseen;
    double score; /* NaN: not judged */
    bool stopped; /* before all rows were learned */
};
/* One sentence, with notes. */
struct view *updated_view(const struct model *m, const char *name, const struct update_facts *f);
/* id prequential: the score of each batch before it was learned, and the mean of all so far; NULL: there are fewer than
 * two. */
struct view *prequential_view(const struct model *m, const char *name);

#endif

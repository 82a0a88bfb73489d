/* neighbors: methods that ask the rows nearby. */
#ifndef LATHE_NEIGHBORS_NEIGHBORS_H
#define LATHE_NEIGHBORS_NEIGHBORS_H

#include "api/lathe.h"

extern const struct lt_algo neighbors_knn;
extern const struct lt_algo neighbors_radius;
extern const struct lt_algo neighbors_lof;

#endif

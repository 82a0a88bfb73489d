#include "plugins/neighbors/neighbors.h"

LATHE_ALGOS(&neighbors_knn, &neighbors_radius, &neighbors_lof)

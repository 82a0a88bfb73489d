/* The module of trees: one tree, many trees, trees that correct each other. */
#include "plugins/tree/family.h"

LATHE_ALGOS(&tree_algo, &forest_algo, &extratrees_algo, &bagging_algo, &adaboost_algo, &gbm_algo,
             &iforest_algo)

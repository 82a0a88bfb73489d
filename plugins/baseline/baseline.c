#include "plugins/baseline/baseline.h"

LATHE_ALGOS(&baseline_dummy)

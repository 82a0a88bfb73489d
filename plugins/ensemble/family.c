#include "plugins/ensemble/ensemble.h"

LATHE_ALGOS(&ensemble_voting)

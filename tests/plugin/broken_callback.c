/* `begin` is missing. */
#include "tests/plugin/broken.h"

static const struct lt_algo algo = {BROKEN_BASE("broken_callback")};

LATHE_ALGOS(&algo)

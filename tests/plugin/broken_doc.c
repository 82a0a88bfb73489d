/* A row without a word about it. */
#include "tests/plugin/broken.h"

static const struct lt_param rows[] = {{.name = "depth", .type = LT_INT, .def = "1"}};
static const struct lt_algo algo = {BROKEN_BASE("broken_doc"), .begin = broken_begin, .params = rows,
                                    .n_params = 1};

LATHE_ALGOS(&algo)

/* A default outside its own range, in the second algorithm of a family whose first is whole. */
#include "tests/plugin/broken.h"

static const struct lt_param rows[] = {
    {.name = "depth", .type = LT_INT, .def = "0", .min = 1, .max = 9, .doc = "how deep"}};
static const struct lt_algo whole = {BROKEN_BASE("broken_but_one"), .begin = broken_begin};
static const struct lt_algo algo = {BROKEN_BASE("broken_default"), .begin = broken_begin, .params = rows,
                                    .n_params = 1};

LATHE_ALGOS(&whole, &algo)

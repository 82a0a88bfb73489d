/* Two rows of one name, by way of an alias. */
#include "tests/plugin/broken.h"

static const struct lt_param rows[] = {
    {.name = "depth", .aliases = "d,deep", .type = LT_INT, .def = "1", .doc = "how deep"},
    {.name = "deep", .type = LT_BOOL, .def = "no", .doc = "whether it is deep"}};
static const struct lt_algo algo = {BROKEN_BASE("broken_twice"), .begin = broken_begin, .params = rows,
                                    .n_params = 2};

LATHE_ALGOS(&algo)

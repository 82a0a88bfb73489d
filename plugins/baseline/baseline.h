/* baseline: predictions that look at no feature. What a model must beat. */
#ifndef LATHE_BASELINE_BASELINE_H
#define LATHE_BASELINE_BASELINE_H

#include "api/lathe.h"

extern const struct lt_algo baseline_dummy;

#endif

/* conform: the conformance suite over algorithms: what `lathe plugin check x.so` and tests/plugin run. */
#ifndef LATHE_HOST_CONFORM_H
#define LATHE_HOST_CONFORM_H

#include "host/algo.h"
#include "view/view.h"

struct conform_result {
    const char *check;   /* "same bytes at 1 and 2 threads" */
    bool passed, skipped;
    char detail[240];    /* why it failed, or why it doesn't apply */
};

/* Runs every check on one algorithm; calls `report` for each. Returns the number that failed. */
int conform_run(const struct algo *a, void (*report)(void *arg, const struct conform_result *r), void *arg);

#endif

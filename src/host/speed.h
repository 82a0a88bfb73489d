/* speed: how fast an algorithm is, on tables of growing size that are made up by counting: what `lathe plugin bench`
 * runs. Defaults of the parameters throughout. */
#ifndef LATHE_HOST_SPEED_H
#define LATHE_HOST_SPEED_H

#include "base/progress.h"
#include "host/algo.h"

struct speed_plan {
    const size_t *rows, *columns; /* of the tables, each ascending */
    size_t n_rows, n_columns;
    double patience;  /* seconds: no larger table after a training that took longer */
    unsigned threads; /* what one thread is compared with */
    struct progress *progress;
};

/* One table. NaN: not measured. Times are the best of a few runs when they are short. */
struct speed_row {
    enum lt_task task;
    size_t rows, columns;
    double fit, fit_one; /* seconds, with all threads and with one */
    double predict;      /* seconds for as many rows, all threads */
    double memory;       /* bytes: how far training went above what was resident before */
    double growth;       /* e when time grows like rows^e, since the table before; of fit_one */
    double stop;         /* seconds from the wish to stop to the return, the longest of a few */
    char why[240];       /* "": measured; else why there are no times */
};

/* Tries the algorithm in all its tasks; `report` gets a row a table. False: interrupted, or out of memory. */
bool speed_run(const struct algo *a, const struct speed_plan *plan,
               void (*report)(void *arg, const struct speed_row *row), void *arg, struct err *e);

#endif

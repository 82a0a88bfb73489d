/* conform_table: the small tables that the conformance suite tries algorithms on, made up by counting. */
#ifndef LATHE_HOST_CONFORM_TABLE_H
#define LATHE_HOST_CONFORM_TABLE_H

#include "api/lathe.h"
#include "data/table.h"

/* What the made-up tables have in them beside two or more plain numbers. */
enum {
    CONFORM_CONSTANT = 1 << 0,    /* a column that is the same everywhere */
    CONFORM_MISSING = 1 << 1,     /* a tenth of the cells */
    CONFORM_ALL_MISSING = 1 << 2, /* a column of nothing */
    CONFORM_EXTREME = 1 << 3,     /* +-1e300 and 1e-300 */
    CONFORM_ONE_CLASS = 1 << 4,
    CONFORM_WIDE = 1 << 5,     /* 60 columns */
    CONFORM_WEIGHTED = 1 << 6, /* a column "w" */
    CONFORM_NUMBERS = 1 << 7   /* nothing but numbers */
};

/* n rows: numbers "x1"…, a category "colour", and the target of the task: "label" with the classes a, b and c,
 * or the number "y"; both follow from x1 and x2, mostly. what: CONFORM_ flags. */
struct table *conform_table(size_t n, enum lt_task task, unsigned what);

#endif

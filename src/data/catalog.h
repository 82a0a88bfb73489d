/* catalog: the datasets that come with the program (datasets/index.tsv). */
#ifndef LATHE_DATA_CATALOG_H
#define LATHE_DATA_CATALOG_H

#include <stddef.h>

#include "base/err.h"

struct catalog_entry {
    const char *name;    /* "titanic" */
    const char *file;    /* below datasets/ */
    const char *task;    /* "classification", "regression", "clustering", "time series", … */
    const char *target;  /* "" none */
    long rows, cols;
    const char *title;   /* one line */
    const char *licence;
    const char *source;
};

/* The entries, sorted by name, read once; NULL and an error when the index is missing or broken. */
const struct catalog_entry *catalog_entries(size_t *n, struct err *e);
const struct catalog_entry *catalog_find(const char *name); /* NULL: none */
char *catalog_path(const struct catalog_entry *entry);      /* owned; NULL: the file isn't installed */

#endif

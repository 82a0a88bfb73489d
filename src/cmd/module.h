/* module: modules under test and modules begun. */
#ifndef LATHE_CMD_MODULE_H
#define LATHE_CMD_MODULE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/progress.h"
#include "view/view.h"

/* Loads one module and runs the conformance suite over each of its algorithms: `say` hears a line a check and a
 * summary. false: the module can't be loaded (ERR_PLUGIN). *failed: checks that failed. */
bool module_check(const char *path, void (*say)(void *arg, const char *line), void *arg, int *failed, struct err *e);

/* Measures the algorithms of a module on made-up tables: `show` gets a table for each (and its reference), also for
 * one that was interrupted. Words: ids of algorithms (none: all), rows=1000,10000 columns=10,28 seconds=2 (no larger
 * table after a training that took longer). false: ERR_RANGE, ERR_PLUGIN, ERR_NOT_FOUND, ERR_CANCELLED. */
bool module_bench(const char *path, const char *const *words, size_t n_words, struct progress *progress,
                  void (*show)(void *arg, struct view *v), void *arg, struct err *e);

/* Writes NAME.c in the working directory, an algorithm that compiles and passes the suite, and says how to build it.
 * A file that exists is left alone. */
bool module_new(const char *name, void (*say)(void *arg, const char *line), void *arg, struct err *e);

#endif

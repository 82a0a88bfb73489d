/* module: modules under test and modules begun. */
#ifndef LATHE_CMD_MODULE_H
#define LATHE_CMD_MODULE_H

#include <stdbool.h>

#include "base/err.h"

/* Loads one module and runs the conformance suite over each of its algorithms: `say` hears a line a check and a
 * summary. false: the module can't be loaded (ERR_PLUGIN). *failed: checks that failed. */
bool module_check(const char *path, void (*say)(void *arg, const char *line), void *arg, int *failed, struct err *e);

/* Writes NAME.c in the working directory, an algorithm that compiles and passes the suite, and says how to build it.
 * A file that exists is left alone. */
bool module_new(const char *name, void (*say)(void *arg, const char *line), void *arg, struct err *e);

#endif

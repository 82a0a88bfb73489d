/* algo: modules, loaded and checked; the list of algorithms. Modules stay loaded until the program ends. */
#ifndef LATHE_HOST_ALGO_H
#define LATHE_HOST_ALGO_H

#include "api/lathe.h"
#include "base/err.h"
#include "base/str.h"

struct algo {
    struct lt_algo d;        /* the descriptor, copied into our size; what an older module lacks is zero */
    const char *module;      /* path of the shared object */
    const char *family;      /* file name without extension: "tree" */
};

/* Loads every module of file_plugin_dirs() once (later calls do nothing). A module that is refused is left out,
 * and its sentence is kept for `plugins` and `doctor`. An id that is taken already is refused. */
void algo_load_all(void);
size_t algo_refused(const char *const **sentences);

/* Loads one module now; refuses with a sentence (not a shared object, no lathe_algo, wrong ABI, missing mandatory
 * callback, malformed rows). ERR_PLUGIN. */
bool algo_load_module(const char *path, struct err *e);

/* An algorithm that comes with the program or a test instead of a module; `module` says where from. The
 * descriptor is checked and copied as a module's is. */
bool algo_register(const struct lt_algo *d, const char *module, struct err *e);

size_t algo_count(void);
const struct algo *algo_at(size_t i);             /* sorted by id */
const struct algo *algo_find(const char *id);     /* exact; also the aliases below; NULL: none */
/* Opens the module that has it, if it isn't open; else "did you mean" and the list. */
const struct algo *algo_require(const char *id, struct err *e);
const struct lt_param *algo_param(const struct algo *a, uint32_t i);

/* "tree" is also a verb argument for CLASSIFY and REGRESS: the task words of an algorithm, "classification,
 * regression". */
void algo_tasks(const struct algo *a, struct str *out);
void algo_traits(const struct algo *a, struct str *out);

/* Does it learn from classes, or from a target at all, when it does this task? */
bool algo_learns_classes(const struct lt_algo *d, enum lt_task task);
bool algo_learns_target(const struct lt_algo *d, enum lt_task task);
/* Is there anything it can do without a target? */
bool algo_needs_target(const struct lt_algo *d);

/* What is wrong with a descriptor, as a sentence; false and ERR_PLUGIN. */
bool algo_check_descriptor(const struct lt_algo *d, struct err *e);

#endif

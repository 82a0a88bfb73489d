/* bindings: what several verbs do with their arguments before work begins. */
#ifndef LATHE_CMD_BINDINGS_H
#define LATHE_CMD_BINDINGS_H

#include "engine/engine.h"

/* table_read, where all that keeps data from being read is ERR_DATA (exit status 3), a missing file too. */
struct csv_options;
struct table *bind_read(const char *name_or_path, const struct csv_options *o, struct progress *p, struct str *note,
                        struct err *e);

/* seed= of the call, or the setting. */
uint64_t bind_seed(const struct call *c);

/* The task to train on: the table's own, narrowed or replaced by a formula; without a target for learners that need
 * none. New reference. */
struct task *bind_task(const struct object *table, bool supervised, const char *formula, struct err *e);
/* Which of the algorithm's tasks that is; 0: none of them (say so with bind_wrong_task). */
enum lt_task bind_task_of(const struct algo *a, const struct task *task);
bool bind_wrong_task(const struct algo *a, const struct task *task, struct err *e);

/* `y ~ 0 + x`: the call's algorithm is to have no constant. Refused when it has none that could be left out. */
bool bind_constant(struct call *c, const struct object *table, const char *formula, struct err *e);

/* The task as it was when the model was trained: its target, features and split. New reference. */
struct task *bind_task_of_model(const struct object *model, const struct object *table);

#endif

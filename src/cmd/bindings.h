/* bindings: what several verbs do with their arguments before work begins. */
#ifndef LATHE_CMD_BINDINGS_H
#define LATHE_CMD_BINDINGS_H

#include "engine/engine.h"

/* table_read, where all that keeps data from being read is ERR_DATA (exit status 3), a missing file too. */
struct csv_options;
struct table *bind_read(const char *name_or_path, const struct csv_options *o, struct progress *p,
                        struct str *note, struct err *e);

/* seed= of the call, or the setting. */
uint64_t bind_seed(const struct call *c);

/* Rows for products of numbers, and what they say. Algorithms with a `degree` of their own keep it. */
#define BIND_PRODUCTS                                                                                             \
    {.name = "poly_degree",                                                                                       \
     .aliases = "degree",                                                                                         \
     .type = LT_INT,                                                                                              \
     .def = "1",                                                                                                  \
     .min = 1,                                                                                                    \
     .max = 10,                                                                                                   \
     .doc = "multiply numbers with each other, up to so many factors: 2 adds x^2 and x z; filled before, scaled " \
            "after"},                                                                                             \
    {                                                                                                             \
        .name = "interaction_only", .type = LT_BOOL, .def = "no", .flags = LT_ADVANCED,                           \
        .doc = "products of different numbers alone: x z, but not x^2"                                            \
    }
void bind_products(const struct call *c, struct train_options *o);

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

/* A learner that a word names: an algorithm with its defaults, or a model of the session, which is then trained anew
 * with its parameters on its own columns. */
struct bound_learner {
    struct train_options train; /* values in the call's arena, or the model's */
    const struct model *model;  /* NULL: an algorithm */
    const char **features;      /* in the call's arena; NULL: those of the task */
    size_t n_features;
};
bool bind_learner(struct call *c, const char *word, const struct task *task, struct bound_learner *out, struct err *e);
/* params NULL: the defaults. */
bool bind_algo_learner(struct call *c, const struct algo *a, const struct lt_value *params, const struct task *task,
                       struct bound_learner *out, struct err *e);

#endif

/* training: the job behind every verb that trains: what is trained, on what, and under which name it is kept. */
#ifndef LATHE_CMD_TRAINING_H
#define LATHE_CMD_TRAINING_H

#include "base/vec.h"
#include "engine/engine.h"

struct train_job {
    struct train_options options; /* values live in the call's arena, or in a model that is held */
    struct table *table;          /* held */
    struct task *task;            /* held */
    struct task_rows rows;
    char *name, *home;            /* of the model and of the table in the session; owned */
    bool set_task;                /* the table had no target: the formula's becomes its own */
    struct model *model;          /* the result */
    VEC(struct model *) held;     /* whose parameters these are */
};

struct train_job *train_job_new(const struct object *table, struct task *task /* taken; NULL is passed on */);
void train_job_hold(struct train_job *j, const struct model *m);
void train_job_free(void *job);

/* Trains on the worker, shows it, and puts the model into the session. Takes the job. */
bool train_job_later(struct call *c, struct train_job *j);

#endif

/* job: one piece of work on a thread of its own, and the pipe on which it says that it is done. */
#ifndef LATHE_ENGINE_JOB_H
#define LATHE_ENGINE_JOB_H

#include "engine/command.h"

struct job {
    struct call call;          /* owned */
    struct progress *progress;
    struct err err;
    bool good;                 /* what work returned */
    double started;
    bool threaded;
    void *thread;              /* private */
};

/* Starts call->work on a thread; fd gets one byte when it has ended. Without a thread to be had: runs here. */
void job_start(struct job *j, int fd);
void job_run_here(struct job *j);
void job_join(struct job *j); /* waits for the end */

#endif

/* job: work on a thread of its own. */
#include "engine/job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"

struct job_thread {
    pthread_t id;
    int fd;
};

static void work(struct job *j)
{
    j->good = j->call.work(j->call.job, j->progress, &j->call.views, &j->err);
}

static void *thread_main(void *arg)
{
    struct job *j = arg;
    int fd = ((struct job_thread *)j->thread)->fd;
    char done = 1;
    work(j);
    while (write(fd, &done, 1) < 0 && errno == EINTR)
        ;
    return NULL;
}

void job_run_here(struct job *j)
{
    j->threaded = false;
    work(j);
}

void job_start(struct job *j, int fd)
{
    struct job_thread *t = mem_zero(1, sizeof *t);
    sigset_t old;
    t->fd = fd;
    j->thread = t;
    j->threaded = true;
    thread_block_signals(&old);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 8u << 20);
    int failed = pthread_create(&t->id, &attr, thread_main, j);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!failed)
        return;
    char done = 1;
    job_run_here(j);
    while (write(fd, &done, 1) < 0 && errno == EINTR)
        ;
}

void job_join(struct job *j)
{
    struct job_thread *t = j->thread;
    if (t && j->threaded)
        pthread_join(t->id, NULL);
    mem_free(t);
    j->thread = NULL;
}

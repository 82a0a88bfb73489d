/* pool: the process's threads. All parallelism is parallel_for over fixed blocks; a block's work never depends on
 * which thread does it, and results are combined in block order by the caller, so any thread count gives the same
 * bytes. Workers spin shortly before they sleep, because a wake costs as much as a training step. */
#ifndef LATHE_BASE_POOL_H
#define LATHE_BASE_POOL_H

#include <signal.h>
#include <stddef.h>

/* Once at start (or in tests, between uses). 0 = as many as the machine has processors for us. */
void pool_set_threads(unsigned n);
unsigned pool_threads(void); /* workers a parallel_for may see: `worker` is below this */

/* Calls fn(arg, i, worker) for each i in [0, n), in any order, and returns when all are done. worker in
 * [0, pool_threads()) is distinct among calls that run at the same time, so it may index scratch memory.
 * Nested calls, and calls while another thread uses the pool, run inline with worker 0 of their own caller:
 * scratch must therefore belong to the call that starts the loop. */
void parallel_for(size_t n, void (*fn)(void *arg, size_t i, unsigned worker), void *arg);

/* For who starts a thread: it inherits the mask, and signals belong to the front's thread, except those of faults,
 * which whoever made them must get (a blocked one kills without a word). Put *before back with pthread_sigmask. */
void thread_block_signals(sigset_t *before);

#endif

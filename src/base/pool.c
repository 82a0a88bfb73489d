/* pool: fork-join over one set of workers.
 *
 * One word, the gate, says all: which loop it is (epoch), whether workers may still enter (OPEN), whether the caller
 * sleeps until they have left (WAITED), and how many are inside. A worker enters by compare-and-swap, so one that
 * wakes late finds the gate shut and touches nothing; the caller only waits for those who came in. Blocks are handed
 * out by an atomic counter. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/mem.h"

#define INSIDE ((uint64_t)0xFFFF)
#define OPEN ((uint64_t)1 << 16)
#define WAITED ((uint64_t)1 << 17)
#define EPOCH ((uint64_t)1 << 18)
#define EPOCH_BITS (~(EPOCH - 1))

#define MOST_THREADS 1024
#define SPIN_SECONDS 80e-6

struct loop {
    void (*fn)(void *arg, size_t i, unsigned worker);
    void *arg;
    size_t n;
};

static struct {
    struct loop loop; /* written while the gate is shut and nobody is inside */
    _Alignas(64) atomic_size_t next;
    _Alignas(64) _Atomic uint64_t gate;
    _Alignas(64) atomic_uint sleepers;
    atomic_bool taken; /* by the thread whose loop it is */
    atomic_bool stop;
    atomic_uint threads; /* 0: not chosen yet */
    bool spin;           /* false when there are more threads than processors: spinning would steal from work */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t *workers;
    unsigned worker_count;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static _Thread_local bool inside_loop;

static void relax(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static unsigned processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}

static void run_blocks(unsigned worker)
{
    struct loop loop = pool.loop;
    inside_loop = true;
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
        if (i >= loop.n)
            break;
        loop.fn(loop.arg, i, worker);
    }
    inside_loop = false;
}

static bool has_news(uint64_t gate, uint64_t seen)
{
    return (gate & OPEN) && (gate & EPOCH_BITS) != seen;
}

/* Until a loop opens that this worker has not seen, or the pool stops: spins shortly, then sleeps. */
static void await_loop(uint64_t seen)
{
    if (pool.spin) {
        double until = now() + SPIN_SECONDS;
        do
            for (int i = 0; i < 64; i++) {
                if (has_news(atomic_load_explicit(&pool.gate, memory_order_relaxed), seen) ||
                    atomic_load_explicit(&pool.stop, memory_order_relaxed))
                    return;
                relax();
            }
        while (now() < until);
    }
    /* The opener stores the gate and then reads `sleepers`; here it is the other way round, so one sees the other. */
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!has_news(atomic_load(&pool.gate), seen) && !atomic_load(&pool.stop))
        pthread_cond_wait(&pool.work, &pool.lock);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.lock);
}

static void leave_gate(void)
{
    uint64_t before = atomic_fetch_sub(&pool.gate, 1);
    if ((before & INSIDE) == 1 && (before & WAITED)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
}

static void *worker_main(void *arg)
{
    unsigned worker = (unsigned)(uintptr_t)arg;
    uint64_t seen = atomic_load(&pool.gate) & EPOCH_BITS;
    if (atomic_load(&pool.gate) & OPEN)
        seen -= EPOCH; /* may still help with the loop that it was started for */
    while (!atomic_load(&pool.stop)) {
        uint64_t gate = atomic_load(&pool.gate);
        if (!has_news(gate, seen)) {
            await_loop(seen);
            continue;
        }
        if (!atomic_compare_exchange_weak(&pool.gate, &gate, gate + 1))
            continue;
        seen = gate & EPOCH_BITS;
        run_blocks(worker);
        leave_gate();
    }
    return NULL;
}

void thread_block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t most;
    sigfillset(&most);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&most, faults[i]);
    pthread_sigmask(SIG_SETMASK, &most, before);
}

static void start_workers(unsigned count)
{
    sigset_t old;
    thread_block_signals(&old);
    pool.workers = mem_zero(count, sizeof *pool.workers);
    pool.spin = count < processors();
    while (pool.worker_count < count) {
        void *number = (void *)(uintptr_t)(pool.worker_count + 1);
        if (pthread_create(&pool.workers[pool.worker_count], NULL, worker_main, number) != 0)
            break; /* fewer helpers: slower, not wrong */
        pool.worker_count++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void stop_workers(void)
{
    if (!pool.workers)
        return;
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.stop, true);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (unsigned i = 0; i < pool.worker_count; i++)
        pthread_join(pool.workers[i], NULL);
    atomic_store(&pool.stop, false);
    mem_free(pool.workers);
    pool.workers = NULL;
    pool.worker_count = 0;
}

unsigned pool_threads(void)
{
    unsigned n = atomic_load_explicit(&pool.threads, memory_order_relaxed);
    if (n)
        return n;
    unsigned wanted = processors();
    return atomic_compare_exchange_strong(&pool.threads, &n, wanted) ? wanted : n;
}

void pool_set_threads(unsigned n)
{
    if (inside_loop)
        return; /* a block cannot stop the thread that it runs on */
    while (atomic_exchange(&pool.taken, true))
        sched_yield();
    stop_workers();
    atomic_store(&pool.threads, n == 0 ? processors() : n < MOST_THREADS ? n : MOST_THREADS);
    atomic_store(&pool.taken, false);
}

static void run_inline(size_t n, void (*fn)(void *arg, size_t i, unsigned worker), void *arg)
{
    for (size_t i = 0; i < n; i++)
        fn(arg, i, 0);
}

static void shut_gate(void)
{
    uint64_t gate = atomic_fetch_and(&pool.gate, ~OPEN);
    if (pool.spin && (gate & INSIDE)) {
        double until = now() + SPIN_SECONDS;
        do
            for (int i = 0; i < 64 && (gate & INSIDE); i++) {
                relax();
                gate = atomic_load(&pool.gate);
            }
        while ((gate & INSIDE) && now() < until);
    }
    if (!(atomic_load(&pool.gate) & INSIDE))
        return;
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_or(&pool.gate, WAITED);
    while (atomic_load(&pool.gate) & INSIDE)
        pthread_cond_wait(&pool.done, &pool.lock);
    atomic_fetch_and(&pool.gate, ~WAITED);
    pthread_mutex_unlock(&pool.lock);
}

void parallel_for(size_t n, void (*fn)(void *arg, size_t i, unsigned worker), void *arg)
{
    if (n <= 1 || inside_loop || pool_threads() == 1 || atomic_exchange(&pool.taken, true)) {
        run_inline(n, fn, arg);
        return;
    }
    if (!pool.workers)
        start_workers(pool_threads() - 1);
    pool.loop = (struct loop){fn, arg, n};
    atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
    uint64_t epoch = (atomic_load(&pool.gate) & EPOCH_BITS) + EPOCH;
    atomic_store(&pool.gate, epoch | OPEN);
    if (atomic_load(&pool.sleepers)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_broadcast(&pool.work);
        pthread_mutex_unlock(&pool.lock);
    }
    run_blocks(0);
    shut_gate();
    atomic_store(&pool.taken, false);
}

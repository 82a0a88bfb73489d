#include "plugins/libsvm/training.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "plugins/kit/kit.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED_FOR_LEAKS
#endif
#elif defined __SANITIZE_ADDRESS__
#define WATCHED_FOR_LEAKS
#endif
#ifdef WATCHED_FOR_LEAKS
#include <sanitizer/lsan_interface.h>
#endif

enum { PATIENCE_MS = 5 }; /* between two looks at whether to stop */

/* What the caller and the thread share. Whoever comes last frees the training. */
struct training_watch {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int done, unwanted;
};

/* ---- memory ------------------------------------------------------------------------------------------------- */

static size_t count_nodes(const struct lt_data *data)
{
    size_t n = data->n;
    for (size_t i = 0; i < data->n; i++)
        for (size_t j = 0; j < data->p; j++)
            n += data->x64[i * data->ld + j] != 0;
    return n;
}

static void fill_problem(struct training *t, const struct lt_data *data)
{
    struct svm_node *node = t->nodes;
    t->problem.l = (int)data->n;
    for (size_t i = 0; i < data->n; i++) {
        t->problem.y[i] = data->label ? (double)data->label[i] : data->y ? data->y[i] : 1;
        t->problem.x[i] = node;
        for (size_t j = 0; j < data->p; j++)
            if (data->x64[i * data->ld + j] != 0)
                *node++ = (struct svm_node){(int)j + 1, data->x64[i * data->ld + j]};
        *node++ = (struct svm_node){-1, 0};
    }
}

struct training *training_new(struct lt_ctx *ctx, const struct libsvm *lib, const struct lt_data *data)
{
    struct training *t = kit_alloc(ctx, 1, sizeof *t);
    if (!t)
        return NULL;
    t->lib = lib;
    t->problem.y = kit_alloc(ctx, data->n, sizeof *t->problem.y);
    t->problem.x = kit_alloc(ctx, data->n, sizeof *t->problem.x);
    t->nodes = kit_alloc(ctx, count_nodes(data), sizeof *t->nodes);
    t->watch = kit_alloc(ctx, 1, sizeof *t->watch);
    if (t->watch) {
        pthread_mutex_init(&t->watch->lock, NULL);
        pthread_cond_init(&t->watch->ended, NULL);
    }
    if (!t->problem.y || !t->problem.x || !t->nodes || !t->watch) {
        training_free(t);
        return NULL;
    }
    fill_problem(t, data);
    return t;
}

void training_free(struct training *t)
{
    if (!t)
        return;
    if (t->model)
        t->lib->svm_free_and_destroy_model(&t->model);
    if (t->watch) {
        pthread_mutex_destroy(&t->watch->lock);
        pthread_cond_destroy(&t->watch->ended);
    }
    free(t->watch);
    free(t->problem.y);
    free(t->problem.x);
    free(t->nodes);
    free(t->parameter.weight_label);
    free(t->parameter.weight);
    free(t);
}

/* ---- the thread --------------------------------------------------------------------------------------------- */

static _Thread_local struct training *current;

/* LIBSVM prints a dot at least every thousand iterations. When nobody waits for the answer, that is the place to
 * leave: pthread_exit unwinds its frames, so its objects (the kernel cache) are destroyed. Its plain arrays, some
 * dozen bytes a row, are lost. */
static void listen(const char *text)
{
    (void)text;
    if (!current)
        return;
    pthread_mutex_lock(&current->watch->lock);
    const int unwanted = current->watch->unwanted;
    pthread_mutex_unlock(&current->watch->lock);
    if (unwanted)
        pthread_exit(NULL);
}

static void leave(void *arg)
{
    struct training *t = arg;
    current = NULL;
    pthread_mutex_lock(&t->watch->lock);
    const int unwanted = t->watch->unwanted;
    t->watch->done = 1;
    pthread_cond_signal(&t->watch->ended);
    pthread_mutex_unlock(&t->watch->lock);
    if (unwanted)
        training_free(t);
}

/* Calibration deals its folds by the C library's hidden random numbers: one training at a time may, and from a
 * state of our own. */
static pthread_mutex_t dealing = PTHREAD_MUTEX_INITIALIZER;
static char cards[128], *before;

static void stop_dealing(void *arg)
{
    (void)arg;
    setstate(before);
    pthread_mutex_unlock(&dealing);
}

static void *work(void *arg)
{
    struct training *t = arg;
    pthread_cleanup_push(leave, t);
    current = t;
#ifdef WATCHED_FOR_LEAKS
    __lsan_disable(); /* what LIBSVM loses when it is left (see listen) is known */
#endif
    if (t->parameter.probability) {
        pthread_mutex_lock(&dealing);
        before = initstate(t->seed, cards, sizeof cards);
        pthread_cleanup_push(stop_dealing, NULL);
        listen("");
        t->model = t->lib->svm_train(&t->problem, &t->parameter);
        pthread_cleanup_pop(1);
    } else
        t->model = t->lib->svm_train(&t->problem, &t->parameter);
    pthread_cleanup_pop(1);
    return NULL;
}

/* Signals are for the program's own threads, but for those of faults. */
static int start(pthread_t *thread, struct training *t)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t all, kept;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    const int failed = pthread_create(thread, NULL, work, t);
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    return failed;
}

/* Whether it ended before somebody wanted it to stop. */
static int wait_for(struct lt_ctx *ctx, struct training_watch *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->done && !ctx->cancelled(ctx)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PATIENCE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&w->ended, &w->lock, &until);
    }
    const int done = w->done;
    w->unwanted = !done;
    pthread_mutex_unlock(&w->lock);
    return done;
}

int training_run(struct lt_ctx *ctx, struct training **whole)
{
    struct training *t = *whole;
    pthread_t thread;
    if (ctx->cancelled(ctx))
        return LT_CANCELLED;
    t->lib->svm_set_print_string_function(listen);
    if (start(&thread, t))
        return ctx->fail(ctx, LT_MEMORY, "no thread could be started for LIBSVM");
    if (wait_for(ctx, t->watch)) {
        pthread_join(thread, NULL);
        return t->model ? LT_OK : ctx->fail(ctx, LT_INTERNAL, "LIBSVM gave no model");
    }
    *whole = NULL;
    pthread_detach(thread);
    return LT_CANCELLED;
}

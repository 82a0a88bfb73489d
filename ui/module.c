/* module: commands of the shell for people who write algorithms. */
#include "ui/module.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/pool.h"
#include "base/str.h"
#include "cmd/module.h"
#include "ui/print.h"

static int complain(const struct err *e)
{
    fprintf(stderr, "lathe: %s\n", e->text);
    if (e->hint[0])
        fprintf(stderr, "  hint: %s\n", e->hint);
    return e->code == ERR_PLUGIN ? 4 : e->code == ERR_RANGE ? 2 : e->code == ERR_CANCELLED ? 130 : 1;
}

/* ---- check and new ------------------------------------------------------------------------------------------ */

static void say(void *arg, const char *line)
{
    (void)arg;
    puts(line);
    fflush(stdout);
}

static int check(const struct options *o)
{
    struct err e = ERR_INIT;
    int failed;
    if (!module_check(o->words[1], say, NULL, &failed, &e))
        return complain(&e);
    return failed ? 1 : 0;
}

static int begin_new(const struct options *o)
{
    struct err e = ERR_INIT;
    return module_new(o->words[1], say, NULL, &e) ? 0 : complain(&e);
}

/* ---- bench -------------------------------------------------------------------------------------------------- */

static struct progress *bench_progress; /* for the signal's handler */

static void on_interrupt(int sig)
{
    (void)sig;
    progress_cancel(bench_progress);
}

/* A line on standard error while it runs, where somebody looks at that. */
struct watcher {
    const struct progress *progress;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
};

static void *watch(void *arg)
{
    struct watcher *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->done) {
        struct timespec until;
        struct str line = STR_INIT;
        char stage[64];
        progress_stage(w->progress, stage);
        number_seconds(&line, progress_elapsed(w->progress));
        fprintf(stderr, "\r\033[K%s, %s", stage, str_get(&line));
        str_done(&line);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&w->ended, &w->lock, &until);
    }
    fputs("\r\033[K", stderr);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void show(void *arg, struct view *v)
{
    struct view_list list = {0};
    view_list_add(&list, v);
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    printer_views(arg, &list);
    fflush(stdout);
    view_list_done(&list);
}

static int bench(const struct options *o)
{
    struct err e = ERR_INIT;
    struct printer p;
    struct watcher w = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    if (o->threads)
        pool_set_threads((unsigned)strtoul(o->threads, NULL, 10));
    printer_init(&p, o->json, false);
    w.progress = bench_progress = progress_new();
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigset_t before;
    thread_block_signals(&before);
    const bool watched = isatty(STDERR_FILENO) && pthread_create(&thread, NULL, watch, &w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    bool good = module_bench(o->words[1], (const char *const *)o->words + 2, (size_t)o->n_words - 2,
                             bench_progress, show, &p, &e);
    if (watched) {
        pthread_mutex_lock(&w.lock);
        w.done = true;
        pthread_cond_signal(&w.ended);
        pthread_mutex_unlock(&w.lock);
        pthread_join(thread, NULL);
    }
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    progress_free(bench_progress);
    return good ? p.failed : complain(&e);
}

/* ---- which of them ------------------------------------------------------------------------------------------ */

int module_main(const struct options *o)
{
    static const struct {
        const char *word, *usage;
        int least, most; /* words after it */
        int (*run)(const struct options *o);
    } table[] = {{"check", "MODULE.so", 1, 1, check},
                 {"bench", "MODULE.so [ID]... [rows=N,N] [columns=N,N] [seconds=N]", 1, 1000, bench},
                 {"new", "NAME", 1, 1, begin_new}};
    enum { N = sizeof table / sizeof table[0] };
    for (size_t i = 0; i < N; i++)
        if (o->n_words && str_eq(table[i].word, o->words[0])) {
            if (o->n_words - 1 >= table[i].least && o->n_words - 1 <= table[i].most)
                return table[i].run(o);
            fprintf(stderr, "lathe: usage: lathe plugin %s %s\n", table[i].word, table[i].usage);
            return 2;
        }
    fprintf(stderr, "lathe: plugin has no '%s'; there are", o->n_words ? o->words[0] : "");
    for (size_t i = 0; i < N; i++)
        fprintf(stderr, "%s `plugin %s %s`", i ? "," : "", table[i].word, table[i].usage);
    fputs("\n", stderr);
    return 2;
}

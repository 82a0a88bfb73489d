#include "host/speed.h"

#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/pool.h"
#include "host/model.h"
#include "host/param.h"

#define SHORT 0.25   /* seconds: what took less is run again, so often that it comes to that */
#define NOTICED 0.02 /* seconds: a training must last so long that it can be stopped in its middle */

enum { RUNS_MOST = 5, ASKED_LONGER = 5 /* times the patience: then a training is given up */ };

struct speed {
    const struct algo *a;
    const struct speed_plan *plan;
    struct train_options options;
    struct table *table;
    struct task *task;
    const char *target; /* NULL: none */
};

/* ---- a table ------------------------------------------------------------------------------------------------ */

/* Numbers in four clouds, the first of which lie apart by their first columns. */
static double *make_numbers(size_t j, size_t n, struct err *e)
{
    double *x = column_buffer(COLUMN_F64, n, e);
    for (size_t i = 0; x && i < n; i++) {
        x[i] = j < 3 ? 2.0 * (double)(i >> j & 1) : 0;
        for (uint64_t k = 0; k < 4; k++)
            x[i] += lt_uniform(21, j, 4 * i + k);
    }
    return x;
}

/* What the target follows from: a third of the columns, some of them bent. */
static void add_signal(double *signal, const double *x, size_t j, size_t n)
{
    for (size_t i = 0; j % 3 == 0 && i < n; i++)
        signal[i] += (x[i] - 2) * (j % 2 ? 1 : x[i] - 1.5);
}

static bool add_target(struct table_builder *b, const char *target, bool classes, const double *signal, size_t n,
                       struct err *e)
{
    static const char *const words[] = {"no", "yes"};
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += signal[i] / (double)n;
    if (classes) {
        int32_t *code = column_buffer(COLUMN_CATEGORY, n, e);
        for (size_t i = 0; code && i < n; i++)
            code[i] = signal[i] + 2 * lt_uniform(22, 0, i) - 1 > mean;
        return code &&
               (table_builder_add(b, target, column_from_codes(code, n, dictionary_new(words, 2, NULL))), true);
    }
    double *y = column_buffer(COLUMN_F64, n, e);
    for (size_t i = 0; y && i < n; i++) /* above 0, as models of counts and amounts want it */
        y[i] = 1 + log1p(exp(signal[i] - mean)) + 0.5 * lt_uniform(22, 0, i);
    return y && (table_builder_add(b, target, column_from_f64(y, n)), true);
}

static struct table *make_table(const struct speed *s, size_t n, size_t p, struct err *e)
{
    struct table_builder *b = table_builder_new(n, "bench");
    double *signal = mem_bulk(n, sizeof *signal, e);
    bool good = signal != NULL;
    for (size_t i = 0; good && i < n; i++)
        signal[i] = 0;
    for (size_t j = 0; good && j < p; j++) {
        char name[24];
        double *x = make_numbers(j, n, e);
        good = x != NULL;
        if (!good)
            break;
        add_signal(signal, x, j, n);
        snprintf(name, sizeof name, "x%zu", j + 1);
        table_builder_add(b, name, column_from_f64(x, n));
    }
    if (good && s->target)
        good = add_target(b, s->target, algo_learns_classes(&s->a->d, s->options.task), signal, n, e);
    mem_bulk_free(signal);
    struct table *t = table_builder_done(b);
    if (good)
        return t;
    table_unref(t);
    return NULL;
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* A line of /proc/self/status in bytes, or NaN. */
static double status_bytes(const char *name)
{
    char line[256];
    double kilobytes = NAN;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            kilobytes = (double)strtoull(line + strlen(name) + 1, NULL, 10);
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

/* Forgets the peak so far; what is resident now, or NaN where that can't be had. */
static double begin_peak(void)
{
    malloc_trim(0);
    FILE *f = fopen("/proc/self/clear_refs", "we");
    bool good = f && fputs("5\n", f) >= 0;
    if (f && fclose(f) != 0)
        good = false;
    return good ? status_bytes("VmRSS") : NAN;
}

/* ---- a training that may be stopped ------------------------------------------------------------------------- */

struct stopper {
    struct progress *progress;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
    double delay, at; /* at: when it asked; 0: not yet */
};

static void *stop_later(void *arg)
{
    struct stopper *s = arg;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    const double nanoseconds = (double)until.tv_nsec + fmod(s->delay, 1) * 1e9;
    until.tv_sec += (time_t)s->delay + (time_t)(nanoseconds / 1e9);
    until.tv_nsec = (long)fmod(nanoseconds, 1e9);
    pthread_mutex_lock(&s->lock);
    int status = 0;
    while (!s->done && status == 0)
        status = pthread_cond_timedwait(&s->ended, &s->lock, &until);
    if (!s->done) {
        s->at = clock_seconds();
        progress_cancel(s->progress);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

struct run {
    struct model *model; /* NULL: stopped, or failed with e */
    double seconds;
    double stop; /* from the wish to the return; NaN: it ended before */
};

/* Trains, but asks to stop after `delay` seconds. */
static struct run train(const struct speed *s, double delay, struct err *e)
{
    struct stopper stopper = {.progress = progress_listener(s->plan->progress),
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .ended = PTHREAD_COND_INITIALIZER,
                              .delay = delay};
    struct run run = {.stop = NAN};
    pthread_t thread;
    sigset_t before;
    thread_block_signals(&before);
    const bool watched = pthread_create(&thread, NULL, stop_later, &stopper) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    const double start = clock_seconds();
    run.model = model_train(&s->options, s->table, s->task, NULL, table_rows(s->table), stopper.progress, e);
    const double end = clock_seconds();
    if (watched) {
        pthread_mutex_lock(&stopper.lock);
        stopper.done = true;
        pthread_cond_signal(&stopper.ended);
        pthread_mutex_unlock(&stopper.lock);
        pthread_join(thread, NULL);
    }
    run.seconds = end - start;
    if (stopper.at > 0 && stopper.at < end)
        run.stop = end - stopper.at;
    progress_free(stopper.progress);
    return run;
}

/* ---- one table ---------------------------------------------------------------------------------------------- */

static bool interrupted(const struct speed *s, struct err *e)
{
    return progress_cancelled(s->plan->progress) && !err_set(e, ERR_CANCELLED, "stopped");
}

static double predict_seconds(const struct speed *s, const struct model *m, struct speed_row *row)
{
    double best = NAN, total = 0;
    for (int i = 0; i < RUNS_MOST && total < SHORT && !row->why[0]; i++) {
        struct predictions p;
        struct err e = ERR_INIT;
        const double start = clock_seconds();
        if (!model_predict(m, s->table, NULL, table_rows(s->table), &p, s->plan->progress, &e)) {
            snprintf(row->why, sizeof row->why, "%.230s", e.text);
            break;
        }
        const double seconds = clock_seconds() - start;
        predictions_done(&p);
        best = fmin(best, seconds);
        total += seconds;
    }
    return best;
}

/* Best of a few trainings with so many threads; predicts with the first when asked. False: *row says why not. */
static bool measure(struct speed *s, unsigned threads, double *seconds, struct speed_row *row, bool whole)
{
    const double limit = s->plan->patience * ASKED_LONGER;
    double total = 0, resident = NAN;
    pool_set_threads(threads);
    for (int i = 0; i < RUNS_MOST && total < SHORT && !row->why[0]; i++) {
        struct err e = ERR_INIT;
        if (whole && i == 0)
            resident = begin_peak();
        struct run run = train(s, limit, &e);
        if (!isnan(run.stop)) {
            row->stop = fmax(row->stop, run.stop);
            snprintf(row->why, sizeof row->why, "given up after %.3g s%s", limit,
                     threads == 1 ? " on one thread" : "");
        } else if (!run.model)
            snprintf(row->why, sizeof row->why, "%.230s", e.text);
        else {
            *seconds = fmin(*seconds, run.seconds);
            total += run.seconds;
            if (whole && i == 0) {
                row->memory = fmax(status_bytes("VmHWM") - resident, isnan(resident) ? NAN : 0);
                row->predict = predict_seconds(s, run.model, row);
            }
        }
        model_unref(run.model);
    }
    return !row->why[0];
}

/* Asks to stop early, in the middle and late. */
static void measure_stop(struct speed *s, struct speed_row *row)
{
    static const double parts[] = {0.2, 0.5, 0.8};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && row->fit >= NOTICED; i++) {
        struct err e = ERR_INIT;
        struct run run = train(s, parts[i] * row->fit, &e);
        model_unref(run.model);
        row->stop = fmax(row->stop, run.stop);
    }
}

static bool try_table(struct speed *s, struct speed_row *row, struct err *e)
{
    char stage[64];
    snprintf(stage, sizeof stage, "%s: %zu x %zu", s->a->d.id, row->rows, row->columns);
    progress_report(s->plan->progress, -1, stage);
    s->table = make_table(s, row->rows, row->columns, e);
    if (!s->table)
        return false;
    struct err why = ERR_INIT;
    s->task = s->target ? task_new(s->table, s->target,
                                   algo_learns_classes(&s->a->d, s->options.task) ? TASK_CLASSIFY : TASK_REGRESS,
                                   NULL, NULL, &why)
                        : NULL;
    if (s->target && !s->task)
        snprintf(row->why, sizeof row->why, "%.230s", why.text);
    else if (measure(s, s->plan->threads, &row->fit, row, true)) {
        if (row->fit <= s->plan->patience)
            measure_stop(s, row);
        if (s->plan->threads > 1 && !progress_cancelled(s->plan->progress))
            measure(s, 1, &row->fit_one, row, false);
        else
            row->fit_one = row->fit;
    }
    task_unref(s->task);
    table_unref(s->table);
    return !interrupted(s, e);
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

/* Tables of one width, until one takes too long. */
static bool try_sizes(struct speed *s, size_t columns, void (*report)(void *, const struct speed_row *), void *arg,
                      struct err *e)
{
    struct speed_row before = {.fit_one = NAN};
    for (size_t i = 0; i < s->plan->n_rows; i++) {
        struct speed_row row = {.task = s->options.task,
                                .rows = s->plan->rows[i],
                                .columns = columns,
                                .fit = NAN,
                                .fit_one = NAN,
                                .predict = NAN,
                                .memory = NAN,
                                .growth = NAN,
                                .stop = NAN};
        if (!try_table(s, &row, e))
            return false;
        if (i && row.fit_one > 0 && before.fit_one > 0)
            row.growth = log(row.fit_one / before.fit_one) / log((double)row.rows / (double)before.rows);
        report(arg, &row);
        if (row.why[0] || fmax(row.fit, row.predict) > s->plan->patience)
            return true;
        before = row;
    }
    return true;
}

bool speed_run(const struct algo *a, const struct speed_plan *plan,
               void (*report)(void *arg, const struct speed_row *row), void *arg, struct err *e)
{
    static const enum lt_task tasks[] = {LT_CLASSIFY, LT_REGRESS, LT_CLUSTER, LT_TRANSFORM, LT_ANOMALY, LT_EMBED};
    const unsigned threads = pool_threads();
    struct arena *arena = arena_new();
    struct lt_value *values = arena_zero(arena, a->d.n_params ? a->d.n_params : 1, sizeof *values);
    bool good = param_defaults(a->d.params, a->d.param_size, a->d.n_params, values, arena, e);
    for (size_t k = 0; good && k < sizeof tasks / sizeof tasks[0]; k++) {
        struct speed s = {.a = a, .plan = plan};
        if (!(a->d.tasks & tasks[k]))
            continue;
        train_options_init(&s.options);
        s.options.algo = a;
        s.options.params = values;
        s.options.task = tasks[k];
        s.options.seed = 42;
        s.target = algo_learns_target(&a->d, tasks[k]) ? "target" : NULL;
        for (size_t j = 0; good && j < plan->n_columns; j++)
            good = try_sizes(&s, plan->columns[j], report, arg, e);
    }
    pool_set_threads(threads);
    arena_free(arena);
    return good;
}

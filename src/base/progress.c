/* progress: atomics for what is asked all the time (cancel, done), a lock for the rest. */
#include "base/progress.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define METRICS_MOST 16
#define NAME_SIZE 48

struct metric {
    char name[NAME_SIZE];
    uint64_t reported; /* values so far, those thinned out included */
};

struct progress {
    struct progress *parent; /* or NULL; outlives its parts */
    bool quiet;              /* tells the parent nothing */
    double from, to;         /* the stretch of the parent that this one covers */
    double started;
    atomic_bool cancelled;
    _Atomic double done;

    pthread_mutex_t *lock; /* for all below; behind a pointer, as readers hold a const struct */
    char stage[64];
    double speed; /* of `done`, per second, smoothed; 0: unknown */
    double last_done, last_time;
    struct metric metrics[METRICS_MOST];
    int metric_count;
    uint64_t stride; /* of each metric's values every stride-th is kept */
    unsigned generation;
    size_t point_count;
    struct progress_point *points; /* PROGRESS_POINTS, allocated with the first */
};

double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct progress *progress_new(void)
{
    struct progress *p = mem_zero(1, sizeof *p);
    p->lock = mem_alloc(sizeof *p->lock);
    pthread_mutex_init(p->lock, NULL);
    atomic_init(&p->cancelled, false);
    atomic_init(&p->done, -1.0);
    p->started = p->last_time = clock_seconds();
    p->stride = 1;
    return p;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    pthread_mutex_destroy(p->lock);
    mem_free(p->lock);
    mem_free(p->points);
    mem_free(p);
}

struct progress *progress_part(struct progress *parent, double from, double to)
{
    if (!parent)
        return NULL;
    struct progress *p = progress_new();
    p->parent = parent;
    p->from = from;
    p->to = to;
    return p;
}

struct progress *progress_listener(struct progress *parent)
{
    struct progress *p = progress_part(parent, 0, 0);
    if (p)
        p->quiet = true;
    return p;
}

void progress_cancel(struct progress *p)
{
    if (p)
        atomic_store_explicit(&p->cancelled, true, memory_order_relaxed);
}

bool progress_cancelled(const struct progress *p)
{
    for (; p; p = p->parent)
        if (atomic_load_explicit(&p->cancelled, memory_order_relaxed))
            return true;
    return false;
}

/* The speed of the last stretch, weighed by its length against a memory of about a third of the time so far: jumps
 * between stages die out, a lasting change is followed. Call with the lock held. */
static void follow_speed(struct progress *p, double done)
{
    double t = clock_seconds(), dt = t - p->last_time;
    if (done <= p->last_done || dt < 1e-3)
        return;
    double recent = (done - p->last_done) / dt;
    double memory = 0.3 * (t - p->started) + 1e-3;
    double weight = dt / (dt + memory);
    p->speed = p->speed > 0 ? p->speed + weight * (recent - p->speed) : recent;
    p->last_done = done;
    p->last_time = t;
}

static double clamp01(double x)
{
    return x > 1 ? 1 : x;
}

void progress_report(struct progress *p, double done, const char *stage)
{
    if (!p)
        return;
    done = clamp01(done);
    atomic_store_explicit(&p->done, done, memory_order_relaxed);
    pthread_mutex_lock(p->lock);
    if (done >= 0)
        follow_speed(p, done);
    if (stage) {
        size_t n = strnlen(stage, sizeof p->stage - 1);
        while (n > 0 && stage[n] != '\0' && ((unsigned char)stage[n] & 0xC0) == 0x80)
            n--; /* not inside a character */
        memcpy(p->stage, stage, n);
        p->stage[n] = '\0';
    }
    pthread_mutex_unlock(p->lock);
    if (p->parent && !p->quiet)
        progress_report(p->parent, done < 0 ? p->from : p->from + done * (p->to - p->from), stage);
}

static int metric_index(struct progress *p, const char *name)
{
    for (int i = 0; i < p->metric_count; i++)
        if (strncmp(p->metrics[i].name, name, NAME_SIZE - 1) == 0)
            return i;
    if (p->metric_count == METRICS_MOST)
        return -1;
    struct metric *m = &p->metrics[p->metric_count];
    size_t n = strnlen(name, NAME_SIZE - 1);
    memcpy(m->name, name, n);
    m->name[n] = '\0';
    m->reported = 0;
    return p->metric_count++;
}

/* Drops every second point of each metric (not every second point of all: two metrics may take turns). */
static void thin_points(struct progress *p)
{
    size_t seen[METRICS_MOST] = {0}, kept = 0;
    for (size_t i = 0; i < p->point_count; i++)
        if (seen[p->points[i].metric]++ % 2 == 0)
            p->points[kept++] = p->points[i];
    p->point_count = kept;
    p->stride *= 2;
    p->generation++;
}

void progress_metric(struct progress *p, const char *name, double step, double value)
{
    if (!p || !name)
        return;
    pthread_mutex_lock(p->lock);
    int m = metric_index(p, name);
    if (m >= 0) {
        if (!p->points)
            p->points = mem_zero(PROGRESS_POINTS, sizeof *p->points);
        if (p->point_count == PROGRESS_POINTS)
            thin_points(p);
        if (p->metrics[m].reported++ % p->stride == 0)
            p->points[p->point_count++] = (struct progress_point){m, step, value};
    }
    pthread_mutex_unlock(p->lock);
    if (!p->quiet)
        progress_metric(p->parent, name, step, value);
}

double progress_done(const struct progress *p)
{
    return p ? atomic_load_explicit(&p->done, memory_order_relaxed) : -1;
}

void progress_stage(const struct progress *p, char out[64])
{
    out[0] = '\0';
    if (!p)
        return;
    pthread_mutex_lock(p->lock);
    memcpy(out, p->stage, sizeof p->stage);
    pthread_mutex_unlock(p->lock);
}

double progress_elapsed(const struct progress *p)
{
    return p ? clock_seconds() - p->started : 0;
}

double progress_remaining(const struct progress *p)
{
    if (!p)
        return -1;
    pthread_mutex_lock(p->lock);
    double speed = p->speed, done = p->last_done, since = clock_seconds() - p->last_time;
    pthread_mutex_unlock(p->lock);
    if (progress_done(p) < 0 || speed <= 0)
        return -1;
    double left = (1 - done) / speed - since;
    return left > 0 ? left : 0;
}

size_t progress_points(const struct progress *p, size_t from, struct progress_point *out, size_t max,
                       unsigned *generation)
{
    if (!p) {
        if (generation)
            *generation = 0;
        return 0;
    }
    pthread_mutex_lock(p->lock);
    size_t n = from < p->point_count ? p->point_count - from : 0;
    if (n > max)
        n = max;
    if (n)
        memcpy(out, p->points + from, n * sizeof *out);
    if (generation)
        *generation = p->generation;
    pthread_mutex_unlock(p->lock);
    return n;
}

const char *progress_metric_name(const struct progress *p, int metric)
{
    if (!p)
        return "";
    pthread_mutex_lock(p->lock);
    const char *name = metric >= 0 && metric < p->metric_count ? p->metrics[metric].name : "";
    pthread_mutex_unlock(p->lock);
    return name; /* never written again */
}

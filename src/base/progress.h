/* progress: the one struct between a job and whoever watches it: cancel flag, how far, what it is doing, and the
 * metrics it reports. The job's thread writes, any thread reads. A NULL progress means never cancelled, nobody
 * watching; every function accepts it. */
#ifndef LATHE_BASE_PROGRESS_H
#define LATHE_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_POINTS 4096

/* One reported value: metric `name` (a short string copied into a table of at most 16 names) at a step. */
struct progress_point {
    int metric; /* index for progress_metric_name */
    double step, value;
};

struct progress;

struct progress *progress_new(void);
void progress_free(struct progress *p);

void progress_cancel(struct progress *p); /* async-signal-safe */
bool progress_cancelled(const struct progress *p);

/* done in [0, 1]; a negative value: unknown. stage is copied (cut at 63 bytes); NULL leaves it. */
void progress_report(struct progress *p, double done, const char *stage);
void progress_metric(struct progress *p, const char *name, double step, double value);

double progress_done(const struct progress *p);
void progress_stage(const struct progress *p, char out[64]);
double progress_elapsed(const struct progress *p);  /* seconds since progress_new */
double progress_remaining(const struct progress *p); /* smoothed estimate in seconds; negative: unknown */

/* Points so far, oldest first, from index `from` on; copies at most `max`, returns how many. When more than
 * PROGRESS_POINTS were reported, every second one was dropped (evenly), and *generation has changed: start again
 * from 0. */
size_t progress_points(const struct progress *p, size_t from, struct progress_point *out, size_t max,
                       unsigned *generation);
const char *progress_metric_name(const struct progress *p, int metric);

/* A child for a part of the work: cancelling the parent cancels it, its report covers [from, to] of the parent. */
struct progress *progress_part(struct progress *parent, double from, double to);
/* A child that only listens: cancelling the parent cancels it, and what it reports goes nowhere. For pieces of work
 * that run side by side. */
struct progress *progress_listener(struct progress *parent);

double clock_seconds(void); /* monotonic */

#endif

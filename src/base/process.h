/* process: child programs without a shell. Started by posix_spawn (never fork: the program has threads), pipes
 * close-on-exec, SIGPIPE ignored by the program. */
#ifndef LATHE_BASE_PROCESS_H
#define LATHE_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct process {
    pid_t pid;
    int in;  /* we write: its standard input; -1 when closed */
    int out; /* we read: its standard output */
    int err; /* we read: its standard error */
};

/* argv[0] is searched in PATH; env_extra: NULL or "NAME=value" strings ended by NULL, put over our environment. */
bool process_start(struct process *p, const char *const *argv, const char *const *env_extra, struct err *e);
void process_kill(struct process *p); /* kills, reaps and closes; fine when already dead */
bool process_alive(struct process *p);
/* Writes all within `seconds`, or fails. */
bool process_write(struct process *p, const char *data, size_t n, double seconds, struct err *e);
/* Runs to its end with `input`, gathering out and err; false when it can't be started, was stopped by the time
 * limit, or exits non-zero (*status gets that). */
bool process_run(const char *const *argv, const char *const *env_extra, const char *input, size_t n, double seconds,
                 struct str *out, struct str *err_text, int *status, struct err *e);
bool process_find(const char *program); /* is it in PATH? */

#endif

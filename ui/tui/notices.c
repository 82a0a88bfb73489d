/* notices: standard error as a list of lines. */
#include "ui/tui/notices.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

#define KEEP_LINES 1000

/* Any thread: one write of less than PIPE_BUF bytes arrives whole. */
static void hear(void *arg, enum log_level level, const char *line)
{
    const struct notices *n = arg;
    char text[1024];
    if (level < LOG_INFO)
        return;
    int k = snprintf(text, sizeof text, "%s\n", line);
    ssize_t ignored = write(n->pipe[1], text, (size_t)k < sizeof text ? (size_t)k : sizeof text - 1);
    (void)ignored;
}

bool notices_start(struct notices *n)
{
    *n = (struct notices){.standard_error = -1, .pipe = {-1, -1}};
    if (pipe2(n->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    fflush(stderr);
    n->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(n->pipe[1], STDERR_FILENO);
    log_set_sink(hear, n);
    return true;
}

static void add_line(struct notices *n, const char *text, size_t length)
{
    if (n->line.n == KEEP_LINES) {
        mem_free(n->line.v[0]);
        memmove(n->line.v, n->line.v + 1, (KEEP_LINES - 1) * sizeof *n->line.v);
        n->line.n--;
    }
    vec_push(&n->line, mem_strndup(text, length));
}

bool notices_read(struct notices *n)
{
    char buffer[4096];
    ssize_t k;
    size_t before = n->line.n;
    struct str all = STR_INIT;
    if (n->pipe[0] < 0)
        return false;
    if (n->half)
        str_add(&all, n->half);
    mem_free(n->half);
    n->half = NULL;
    while ((k = read(n->pipe[0], buffer, sizeof buffer)) > 0)
        str_addn(&all, buffer, (size_t)k);
    const char *p = str_get(&all);
    for (const char *end; (end = strchr(p, '\n')); p = end + 1)
        if (end > p)
            add_line(n, p, (size_t)(end - p));
    if (*p)
        n->half = mem_strdup(p);
    str_done(&all);
    return n->line.n != before;
}

void notices_stop(struct notices *n)
{
    if (n->standard_error < 0)
        return;
    notices_read(n);
    log_set_sink(NULL, NULL);
    dup2(n->standard_error, STDERR_FILENO);
    close(n->standard_error);
    close(n->pipe[0]);
    close(n->pipe[1]);
    for (size_t i = 0; i < n->line.n; i++)
        mem_free(n->line.v[i]);
    vec_done(&n->line);
    mem_free(n->half);
    *n = (struct notices){.standard_error = -1, .pipe = {-1, -1}};
}

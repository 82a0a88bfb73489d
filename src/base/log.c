/* log: one line to wherever the front end wants it. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*current_sink)(void *arg, enum log_level level, const char *line);
static void *current_arg;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static void print_line(enum log_level level, const char *line)
{
    if (level >= LOG_WARNING)
        fprintf(stderr, "lathe: %s: %s\n", level_names[level], line);
}

void log_line(enum log_level level, const char *format, ...)
{
    struct str text = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&text, format, args);
    va_end(args);
    while (text.len && text.s[text.len - 1] == '\n')
        text.s[--text.len] = '\0';
    pthread_mutex_lock(&lock);
    if (current_sink)
        current_sink(current_arg, level, str_get(&text));
    else
        print_line(level, str_get(&text));
    pthread_mutex_unlock(&lock);
    str_done(&text);
}

void log_set_sink(void (*sink)(void *arg, enum log_level level, const char *line), void *arg)
{
    pthread_mutex_lock(&lock);
    current_sink = sink;
    current_arg = arg;
    pthread_mutex_unlock(&lock);
}

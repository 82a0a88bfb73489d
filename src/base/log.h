/* log: what the program has to say beside results. Nothing here reaches standard output. The front end decides
 * where lines go (stderr in batch, the log of the workbench). Safe from any thread. */
#ifndef LATHE_BASE_LOG_H
#define LATHE_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NULL: standard error, warnings and errors only. The sink is called by one thread at a time. */
void log_set_sink(void (*sink)(void *arg, enum log_level level, const char *line), void *arg);

#endif

/* journal: nothing typed is lost. Each interactive session has a file under $XDG_STATE_HOME/lathe/sessions; a line is
 * written before its command runs. A session that ended well says so at its end; one that did not is offered at the
 * next start. Journals older than 30 days, and all but the newest 100, are removed. */
#ifndef LATHE_ENGINE_JOURNAL_H
#define LATHE_ENGINE_JOURNAL_H

#include <stdbool.h>

#include "base/err.h"

struct journal;
struct journal *journal_open(struct err *e);
void journal_write(struct journal *j, const char *line);  /* before it runs */
void journal_failed(struct journal *j);                   /* the last line failed: marked, not replayed */
void journal_close(struct journal *j, bool ended_well);   /* an empty journal is removed */
const char *journal_path(const struct journal *j);

/* The newest journal whose session died (its process is gone, no end mark, at least one line). Owned path, or NULL.
 * lines: how many commands it holds; age in seconds. */
char *journal_find_lost(int *lines, double *age);
void journal_dismiss(const char *path);                   /* don't offer it again */
char *journal_script(const char *path, struct err *e);    /* its commands without those that failed; owned */

#endif

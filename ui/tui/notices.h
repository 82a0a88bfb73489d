/* notices: what libraries and modules write to standard error, and the program's own log. On a drawn screen it would
 * spoil the picture, so it goes through a pipe into a list of lines. */
#ifndef LATHE_UI_TUI_NOTICES_H
#define LATHE_UI_TUI_NOTICES_H

#include <stdbool.h>

#include "base/vec.h"

struct notices {
    VEC(char *) line;  /* newest last, at most 1000 */
    int pipe[2];
    int standard_error; /* the real one */
    char *half;         /* a line without its end yet, or NULL */
};

bool notices_start(struct notices *n);
void notices_stop(struct notices *n);   /* standard error is what it was */
bool notices_read(struct notices *n);   /* true: there is a new line */

#endif

/* loop: waits for keys, jobs, pictures, notices and signals, and gives each to whom it concerns. */
#ifndef LATHE_UI_TUI_LOOP_H
#define LATHE_UI_TUI_LOOP_H

#include "ui/tui/bench.h"

bool loop_start(struct bench *b, struct err *e); /* signal handlers, the prompt */
void loop_run(struct bench *b);                  /* until the session ends */
void loop_stop(void);

#endif

/* history: the lines typed, kept across sessions in $XDG_STATE_HOME/lathe/history; for both prompts. */
#ifndef LATHE_UI_HISTORY_H
#define LATHE_UI_HISTORY_H

void history_start(void);               /* reads the file, once Readline is there */
void history_keep(const char *line);    /* adds and appends at once; a line that starts with a blank is not kept */

#endif

/* remember: how the panes stood, from one session to the next ($XDG_STATE_HOME/lathe/layout). */
#ifndef LATHE_UI_TUI_REMEMBER_H
#define LATHE_UI_TUI_REMEMBER_H

struct bench;
void remember_load(struct bench *b); /* without the file: the defaults */
void remember_save(const struct bench *b);

#endif

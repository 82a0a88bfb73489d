/* frame: the thin lines between panes and the titles in them. Lines meet in the right junction; those of the pane that
 * has the keys are heavy, so that focus shows without colour. */
#ifndef LATHE_UI_TUI_FRAME_H
#define LATHE_UI_TUI_FRAME_H

#include "ui/tui/layout.h"

struct frame_title {
    const char *text;  /* "work"; NULL: none */
    const char *right; /* at the right end of the line, or NULL */
    bool news;         /* as a tab: it holds something that was not seen yet */
};

/* focus: PANE_NONE: the prompt. titles: one per pane. */
void frame_draw(const struct layout *l, int cols, int focus, const struct frame_title *titles);

#endif

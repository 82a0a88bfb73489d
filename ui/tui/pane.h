/* pane: a window onto lines: where it stands, which line is chosen, and how one styled line is drawn. What the lines
 * are belongs to the pane's owner. */
#ifndef LATHE_UI_TUI_PANE_H
#define LATHE_UI_TUI_PANE_H

#include <stdbool.h>

#include "render/grid.h"
#include "ui/tui/layout.h"

struct pane {
    long top, cursor, count; /* first line shown, line chosen, lines there are */
    int height;              /* lines shown at once */
    int left;                /* columns scrolled off to the left */
};

void pane_fit(struct pane *p, long count, int height); /* after a change: all within bounds */
void pane_move(struct pane *p, long by);               /* the chosen line, and the window after it */
void pane_scroll(struct pane *p, long by);             /* the window, and the chosen line with it */
void pane_to(struct pane *p, long line);
/* The keys that all panes have: arrows, hjkl, PgUp PgDn, g G. false: not one of them. */
bool pane_key(struct pane *p, int key);

/* One line from column `left` on; find: words to mark, or NULL. */
void pane_draw_line(int y, int x, int width, int left, const struct grid_line *line, int surface, const char *find);
/* A bar at the right edge that shows where the window stands, when not all is shown. */
void pane_draw_bar(const struct pane *p, const struct rect *r);
bool pane_line_has(const struct grid_line *line, const char *find);

#endif

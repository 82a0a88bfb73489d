/* layout: which pane is where, by the size of the terminal. Pure arithmetic; nothing is drawn here. */
#ifndef LATHE_UI_TUI_LAYOUT_H
#define LATHE_UI_TUI_LAYOUT_H

#include <stdbool.h>

enum pane_id { PANE_WORK, PANE_PICTURE, PANE_SHELF, PANE_COUNT, PANE_NONE = -1 };
const char *pane_name(int id);

struct rect {
    int y, x, height, width;
};

struct layout_wish {
    int cols, rows;
    int panes;       /* 0: by the size; 1, 2 or 3 */
    int main;        /* pane that has the place when there is one */
    int zoomed;      /* PANE_NONE, or the pane that has all the place */
    unsigned hidden; /* bit per pane: closed by the user */
    int prompt_rows; /* wanted, 1 … 3 */
};

struct layout {
    struct rect box[PANE_COUNT]; /* with its title line as first row; height 0: not shown */
    bool tabs;                   /* one pane is shown, the others are tabs in its title line */
    struct rect prompt;          /* without its rule */
    int rule;                    /* row of the line over the prompt; -1: none */
    int status;                  /* row of the status line; -1: none */
};

void layout_make(const struct layout_wish *w, struct layout *out);
int layout_pane_at(const struct layout *l, int y, int x); /* PANE_NONE: none */

#endif

/* work: what was run, block by block: the command line, its views laid to the pane's width, how long it took. */
#ifndef LATHE_UI_TUI_WORK_H
#define LATHE_UI_TUI_WORK_H

#include "base/vec.h"
#include "render/grid.h"
#include "ui/tui/pane.h"
#include "view/view.h"

struct block {
    char *line;              /* the command; NULL: something the workbench says by itself */
    struct view_list views;
    struct err err;
    bool failed, running;
    double started, seconds; /* seconds < 0: not worth saying */
    struct grid *grid;       /* laid out; NULL: to be done */
    long first;              /* line of the whole pane where it starts */
};

struct work {
    VEC(struct block *) block;
    struct pane pane;
    int width;               /* that the blocks are laid for */
    int max_rows, digits;
    bool unicode;
    bool stale;              /* something has to be laid out again */
    bool follow;             /* keep the newest block in sight */
    char *find;              /* what is searched for, or NULL */
};

void work_init(struct work *w);
void work_done(struct work *w);

/* The life of a block. `line` finds it again: jobs and quick commands may overlap. */
void work_begin(struct work *w, const char *line);
void work_views(struct work *w, const char *line, const struct view_list *views);
void work_failed(struct work *w, const char *line, const struct err *e);
void work_end(struct work *w, const char *line, double seconds);
void work_say(struct work *w, const char *line, struct view *v /* taken */); /* a whole block at once */
void work_clear(struct work *w);

void work_lay(struct work *w, int width, int height); /* before drawing or moving */
void work_draw(struct work *w, const struct rect *box, bool focused);
/* The line at a place of the pane, and the block it belongs to. NULL: none. */
const struct grid_line *work_line(struct work *w, long i, struct block **of);
const struct view *work_plot(const struct block *b, const struct grid_line *line); /* that a line speaks of, or NULL */
void work_top(struct work *w);  /* the chosen line to one that is in sight */
bool work_find(struct work *w, int direction); /* the next line that holds w->find */

#endif

/* shelf: the tables and models of the session and the running job, a line each; Enter opens one. */
#ifndef LATHE_UI_TUI_SHELF_H
#define LATHE_UI_TUI_SHELF_H

#include "engine/engine.h"
#include "ui/tui/pane.h"

struct shelf {
    struct pane pane;
    struct grid *grid; /* NULL: to be made */
    int width;
};

void shelf_done(struct shelf *s);
void shelf_changed(struct shelf *s);
void shelf_lay(struct shelf *s, struct engine *en, int width, int height, bool unicode);
void shelf_draw(struct shelf *s, const struct rect *box, bool focused);
const char *shelf_follow(const struct shelf *s); /* what Enter does, or NULL */

#endif

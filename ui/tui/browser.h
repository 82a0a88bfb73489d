/* browser: a table of the session, cell by cell. Rows are read when they are drawn, so that ten million scroll as ten
 * do. It changes nothing itself: keys run commands, and the browser follows the session. */
#ifndef LATHE_UI_TUI_BROWSER_H
#define LATHE_UI_TUI_BROWSER_H

#include "base/vec.h"
#include "engine/engine.h"
#include "ui/tui/layout.h"

/* One table that is looked through: of the session, or a result that a key made (then there is no name). */
struct sheet {
    char *name;            /* of the session's table; NULL: a result */
    const struct table *table; /* which state of it `view` shows; only compared */
    struct view *view;
    long row, top;         /* the row chosen, the first one shown */
    size_t col, first_col; /* the column chosen, the first one after those that stay */
    int frozen;
};

/* Sheets lie on each other; the last is seen. */
struct browser {
    VEC(struct sheet) sheets;
    struct sheet *now;     /* the last; NULL: closed */
    int height, width;     /* of the rows, as last drawn */
    char *find;
};

bool browser_open(struct browser *b, struct engine *en, const char *name, struct err *e);
void browser_push(struct browser *b, const struct view *table); /* a result over what is seen */
void browser_pop(struct browser *b);                            /* the one below, or closed */
void browser_close(struct browser *b);
bool browser_is_open(const struct browser *b);
void browser_follow(struct browser *b, struct engine *en); /* the session changed */
const char *browser_table(const struct browser *b);        /* the session's table below all; "" when closed */
bool browser_is_result(const struct browser *b);
const char *browser_column(const struct browser *b);       /* the chosen one's name */
void browser_cell_text(const struct browser *b, struct str *out);
const char *browser_row_follow(const struct browser *b);   /* what Enter does, or NULL */
bool browser_column_is_number(const struct browser *b);

bool browser_key(struct browser *b, int key); /* moving; false: not such a key */
void browser_freeze(struct browser *b, int columns); /* of a table; results stay as they are */
void browser_click(struct browser *b, const struct rect *box, int y, int x);
/* The next row whose cell of the chosen column holds b->find; says what was done. */
bool browser_find(struct browser *b, int direction, struct str *said);

void browser_draw(struct browser *b, const struct rect *box, bool focused);
void browser_title(const struct browser *b, struct str *left, struct str *right);

#endif

/* grid: a screenful of styled cells, and how tables, trees, texts and pictures are laid into lines of it. The
 * one layout shared by panes and plain text: a pane draws the same lines with curses that the plain renderer
 * prints. */
#ifndef LATHE_RENDER_GRID_H
#define LATHE_RENDER_GRID_H

#include "base/str.h"
#include "render/render.h"
#include "view/view.h"

/* Meaning, not colour: the front end chooses the attribute. SERIES_0 + k is the k-th colour of a picture. */
enum grid_style {
    GRID_PLAIN, GRID_TITLE, GRID_HEAD, GRID_FAINT, GRID_STRONG, GRID_NUMBER, GRID_MISSING, GRID_NOTE, GRID_WARNING,
    GRID_ERROR, GRID_GOOD, GRID_BAR, GRID_LINK, GRID_CODE, GRID_AXIS, GRID_BEST,
    GRID_SERIES_0 = 32 /* … GRID_SERIES_0 + 7 */, GRID_HEAT_0 = 48 /* … + 15: background steps, low to high */,
    GRID_DIVERGE_0 = 64 /* … + 15 */
};

struct grid_run { /* text of one style, UTF-8 */
    const char *text;
    enum grid_style style;
};
struct grid_line {
    struct grid_run *run;
    size_t n;
    const char *follow; /* what Enter does on this line, or NULL */
    long row;           /* table row of this line, or -1 */
};
struct grid {
    struct arena *arena;
    struct grid_line *line;
    size_t n, cap;
};

struct grid *grid_new(void);
void grid_free(struct grid *g);
void grid_add_line(struct grid *g);
void grid_add(struct grid *g, enum grid_style style, const char *text); /* to the last line; copied */
void grid_addf(struct grid *g, enum grid_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Lays a view out in `width` columns (o->width). */
void grid_view(struct grid *g, const struct view *v, const struct render_options *o);

/* The layout of a table for `width` columns from column `first_col` on: which columns fit and how wide. Used by
 * the table browser, which draws rows itself. widths: n_cols entries, 0: not shown. Looks at rows [row, row +
 * height). */
size_t grid_table_widths(const struct view *v, size_t row, size_t height, size_t first_col, int width, int *widths);

/* Prints lines as text; colour: SGR codes. */
void grid_print(const struct grid *g, struct str *out, bool colour);

#endif

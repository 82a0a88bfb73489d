/* layout: what the files that lay views into a grid share. Each kind of view has its own file. */
#ifndef LATHE_RENDER_LAYOUT_H
#define LATHE_RENDER_LAYOUT_H

#include "render/grid.h"

#define LAYOUT_PROSE 80 /* columns for sentences when there is no limit */

void layout_table(struct grid *g, const struct view *v, const struct render_options *o);
void layout_tree(struct grid *g, const struct view *v, const struct render_options *o);
void layout_plot(struct grid *g, const struct view *v, const struct render_options *o);
void layout_text(struct grid *g, const char *text, const struct render_options *o); /* light Markdown */

/* A paragraph wrapped at spaces to `width` columns: `first` stands before its first line (in style first_style),
 * later lines are indented as far. style: one per byte of text, or NULL for base throughout. */
void layout_wrap(struct grid *g, const char *text, size_t n, const unsigned char *style, enum grid_style base,
                 int width, const char *first, enum grid_style first_style);
int layout_prose_width(const struct render_options *o);

/* One bar of `columns` cells for share in [0,1], in eighths of a cell; ASCII: '#'. Appends, padded with
 * nothing. */
void layout_bar(struct str *out, double share, int columns, bool unicode);

/* Text cut to `columns` with an ellipsis when it is longer; appends, returns its width. Control characters become
 * visible substitutes, so that nothing in the data can command the terminal. */
size_t layout_cut(struct str *out, const char *text, size_t columns, bool unicode);

#endif

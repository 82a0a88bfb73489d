/* gnuplot: plot views to gnuplot scripts, and the one kept-open gnuplot that draws them.
 *
 * The writer is pure: a script with inline data blocks, strings in single quotes, no enhanced text; nothing of
 * the user's reaches code position. The process is one per program, started at first use, restarted when it
 * dies or hangs (2 s without an answer, 5 s to start, 20 s for files). It writes and reads no files itself. All
 * calls may come from any thread; one is served at a time. */
#ifndef LATHE_RENDER_GNUPLOT_H
#define LATHE_RENDER_GNUPLOT_H

#include "base/err.h"
#include "base/str.h"
#include "render/grid.h"
#include "view/view.h"

enum gnuplot_theme { GNUPLOT_PAPER, GNUPLOT_DARK, GNUPLOT_LIGHT }; /* paper: white, for files */

/* The plot commands alone, for any terminal ("set terminal" and "set output" are the caller's). */
void gnuplot_script(struct str *out, const struct view *v, enum gnuplot_theme theme);

bool gnuplot_available(void); /* is there a program gnuplot (LATHE_GNUPLOT or in PATH)? */
const char *gnuplot_version(void); /* "5.4.4", or NULL */

/* By extension: .png .svg .pdf (drawn), .gp (the script itself with its terminal line). Atomic. Width and
 * height in pixels (0: 900 x 600, PNGs then with twice as many in both directions). */
bool gnuplot_to_file(const struct view *v, const char *path, int width, int height, struct err *e);
bool gnuplot_can_write(const char *path); /* is it one of those extensions? */

/* A picture in cells through gnuplot-cells.lua: braille lines, real text, block fills. Lines are appended to g.
 * Without gnuplot: false, e says so; the caller shows the twin. Not for the UI thread unless it may take 2 s. */
bool gnuplot_to_grid(const struct view *v, struct grid *g, int columns, int rows, bool unicode,
                     enum gnuplot_theme theme, struct err *e);
/* Sixel bytes for a terminal that has them; pixels. */
bool gnuplot_to_sixel(const struct view *v, struct str *out, int width, int height, enum gnuplot_theme theme,
                      struct err *e);
/* An SVG document (paper theme), for pages. */
bool gnuplot_to_svg(const struct view *v, struct str *out, int width, int height, struct err *e);
void gnuplot_stop(void); /* ends the process; at exit */

#endif

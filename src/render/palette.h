/* palette: the colours of styles, in one place for panes, plain text, pages and pictures. Okabe-Ito's eight,
 * adapted to dark and light backgrounds; sequential and two-sided scales of 16 steps from "like the background"
 * to strong. Nothing is said by colour alone: series also differ in glyph and dash, emphasised rows in a mark. */
#ifndef LATHE_RENDER_PALETTE_H
#define LATHE_RENDER_PALETTE_H

#include <stdbool.h>
#include <stdint.h>

#include "render/grid.h"

enum palette_theme { PALETTE_ANY, PALETTE_DARK, PALETTE_LIGHT, PALETTE_PAPER }; /* ANY: background unknown */

#define PALETTE_SERIES 8
#define PALETTE_STEPS 16
#define PALETTE_DEFAULT (-1) /* the terminal's own colour */

struct palette_ink {
    int32_t fg, bg; /* 0xRRGGBB or PALETTE_DEFAULT */
    bool bold, faint, underline;
};

struct palette_ink palette_ink(enum grid_style style, enum palette_theme theme);
int32_t palette_series(int k, enum palette_theme theme);
int32_t palette_heat(double share, enum palette_theme theme);      /* share in [0,1] */
int32_t palette_diverging(double share, enum palette_theme theme); /* 0: lowest, 0.5: neutral, 1: highest */
int32_t palette_text_on(int32_t background);                       /* black or white, whichever reads better */
int palette_256(int32_t rgb);                                      /* nearest of xterm's 256 */
/* The same for a style whose background is a step of a scale: chosen by eye, as the nearest ones make no scale. */
int palette_256_step(enum grid_style style); /* -1: not such a style */

#endif

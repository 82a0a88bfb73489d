/* theme: what a style looks like on this terminal. Colours come from render/palette; here they become attributes and
 * pairs, for 256 colours, for 8, or for none. */
#ifndef LATHE_UI_TUI_THEME_H
#define LATHE_UI_TUI_THEME_H

#include <stdbool.h>

#include "render/gnuplot.h"
#include "render/grid.h"

/* Roles of the workbench itself, beside the grid's styles. */
enum theme_role {
    UI_RULE = 96,  /* thin lines */
    UI_FOCUS,      /* line and title of the pane that has the keys */
    UI_TITLE,      /* title of another pane */
    UI_COMMAND,    /* the command line over its results */
    UI_PROMPT,     /* the sign before the prompt */
    UI_HINT,       /* what a key does */
    UI_KEY,        /* a key's name */
    UI_ALERT,      /* a message that wants to be seen */
    UI_METER,      /* the filled part of a bar */
    THEME_ROLES = 112
};

enum theme_surface { SURFACE_PAGE, SURFACE_SELECTED, SURFACE_POPUP, SURFACE_POPUP_SELECTED, SURFACE_COLUMN, SURFACES };

/* setting: "auto", "dark", "light" or "mono"; colour: does the user want any? */
void theme_choose(const char *setting, bool colour);
void theme_background(int red, int green, int blue); /* the terminal's answer, 0 … 255 */
bool theme_is_light(void);
enum gnuplot_theme theme_of_pictures(void);

void theme_use(int style, int surface); /* what is drawn next looks so */

#endif

/* screen: the terminal as a sheet of cells: taken over and given back whole, also on suspend and when the program dies.
 * The one place that switches modes. Nothing here knows what is drawn. */
#ifndef LATHE_UI_TUI_SCREEN_H
#define LATHE_UI_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

bool screen_start(struct err *e); /* false: this terminal can't be drawn on */
void screen_stop(void);
void screen_suspend(void);        /* gives the terminal back until screen_resume */
void screen_resume(void);
void screen_emergency(void);      /* async-signal-safe: the terminal as it was */

int screen_tty(void);             /* the terminal's file descriptor */
int screen_rows(void);
int screen_cols(void);
bool screen_unicode(void);
void screen_resized(void);        /* reads the new size */
void screen_pixels(int *width, int *height); /* of the whole window; 0: the terminal doesn't say */
void screen_mouse(bool on);
void screen_raw(const char *bytes, size_t n); /* straight to the terminal, past the sheet */
void screen_copy(const char *text, size_t n); /* to the terminal's clipboard, where it allows that (OSC 52) */
void screen_ask(void);            /* asks for background colour and abilities; replies come as input */
bool screen_is_asking(void);      /* a reply is outstanding */
void screen_answered(void);

/* Drawing on the sheet. Styles are grid styles or roles of the theme; surface is what lies under the text. */
void screen_clear(void);
/* Puts text of at most `width` columns, returns the columns used. */
int screen_text(int y, int x, int width, int style, int surface, const char *text);
int screen_textn(int y, int x, int width, int style, int surface, const char *text, size_t n);
void screen_fill(int y, int x, int width, int style, int surface);
void screen_cursor(int y, int x); /* where the hardware cursor rests; y < 0: hidden */
void screen_show(void);           /* the sheet to the terminal */
void screen_repaint(void);        /* everything is sent again with the next screen_show */

#endif

/* prompt: GNU Readline in a rectangle of the screen. Readline edits, searches its history and knows the user's inputrc;
 * it never sees the terminal: bytes are fed to it, and its line is drawn here. */
#ifndef LATHE_UI_TUI_PROMPT_H
#define LATHE_UI_TUI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/tui/layout.h"

/* What Readline needs of the loop while it reads more bytes inside one of its commands. */
struct prompt_owner {
    void *arg;
    int (*next_byte)(void *arg);             /* -1: none has come yet */
    bool (*wait)(void *arg, double seconds); /* lets everything else go on; false: interrupted */
    void (*tab)(void *arg);
    void (*act)(void *arg, const char *name); /* a key bound to one of our functions */
};

void prompt_start(const struct prompt_owner *owner);
void prompt_stop(void);
/* Makes `name` a function for inputrc to bind, and binds `keys` ("\\C-xo") to it unless they are taken. 16 at most. */
void prompt_bind(const char *name, const char *keys);

void prompt_feed(const char *bytes, size_t n);
char *prompt_take_line(void);             /* a line that was entered; owned (mem_free); NULL: none */
const char *prompt_text(int *point);
void prompt_set(const char *text);
void prompt_insert(const char *text);
void prompt_replace(int from, const char *text); /* bytes [from, point) */
void prompt_clear(void);                  /* forgets line, search and count: Ctrl-C */
bool prompt_is_plain(void);               /* neither searching nor reading a count */
bool prompt_is_vi(void);
void prompt_sign(const char *sign);       /* "› " or "… " */

int prompt_rows(int cols);                /* it would like to have, 1 … 3 */
void prompt_draw(const struct rect *box, int *cursor_y, int *cursor_x);
int prompt_column(int byte);              /* screen column of a byte of the line, as last drawn */

#endif

/* input: bytes of the terminal to keys, mouse, pastes and replies. Pure: bytes are put in, events come out; the time
 * that an unfinished sequence may take is the caller's to watch. */
#ifndef LATHE_UI_TUI_INPUT_H
#define LATHE_UI_TUI_INPUT_H

#include "base/str.h"

/* A key is a code point, a control character (1 … 31, 127), or one of these. */
enum input_key {
    IN_UP = 0x110000, IN_DOWN, IN_LEFT, IN_RIGHT, IN_HOME, IN_END, IN_PAGE_UP, IN_PAGE_DOWN, IN_INSERT, IN_DELETE,
    IN_SHIFT_TAB, IN_ESCAPE, IN_F1, IN_F2, IN_F3, IN_F4, IN_F5, IN_F6, IN_F7, IN_F8, IN_F9, IN_F10, IN_F11, IN_F12,
    IN_SHIFT_F6, IN_OTHER /* a sequence that has no name here: only its bytes matter */
};

enum input_kind { INPUT_KEY, INPUT_MOUSE, INPUT_PASTE, INPUT_REPLY };
enum input_mouse { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct input_event {
    enum input_kind kind;
    int key;              /* KEY */
    bool alt;             /* KEY: with Escape before it */
    const char *raw;      /* the bytes, valid until the next call */
    size_t n_raw;
    enum input_mouse mouse;
    int button, x, y;     /* MOUSE: 0-based cells */
    const char *text;     /* PASTE: what was pasted; REPLY: the whole sequence */
    bool cut;             /* PASTE: its end never came */
};

struct input {
    struct str buffer;    /* not yet understood */
    size_t at;
    struct str piece;     /* memory of the event handed out */
};

#define INPUT_WAIT_ESCAPE 0.040 /* seconds until a lone Escape is the key */
#define INPUT_WAIT_PASTE 1.5    /* … until a paste without end is taken as it is */

void input_put(struct input *in, const char *bytes, size_t n);
/* The next event; false: nothing, or nothing whole yet. late: what is unfinished is taken as it stands. */
bool input_next(struct input *in, bool late, struct input_event *ev);
bool input_waiting(const struct input *in, double *seconds); /* something is unfinished; how long to wait for more */
int input_take_byte(struct input *in);                       /* the next raw byte, -1: none */
void input_done(struct input *in);

#endif

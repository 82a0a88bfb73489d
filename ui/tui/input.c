/* input: bytes of the terminal to events. */
#include "ui/tui/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define PASTE_BEGIN "\033[200~"
#define PASTE_END "\033[201~"

void input_put(struct input *in, const char *bytes, size_t n)
{
    if (in->at == in->buffer.len) {
        str_clear(&in->buffer);
        in->at = 0;
    }
    str_addn(&in->buffer, bytes, n);
}

void input_done(struct input *in)
{
    str_done(&in->buffer);
    str_done(&in->piece);
}

static const char *rest(const struct input *in, size_t *n)
{
    *n = in->buffer.len - in->at;
    return *n ? in->buffer.s + in->at : "";
}

int input_take_byte(struct input *in)
{
    size_t n;
    const char *p = rest(in, &n);
    if (!n)
        return -1;
    in->at++;
    return (unsigned char)*p;
}

bool input_waiting(const struct input *in, double *seconds)
{
    size_t n;
    const char *p = rest(in, &n);
    if (!n)
        return false;
    *seconds = n >= strlen(PASTE_BEGIN) && memcmp(p, PASTE_BEGIN, strlen(PASTE_BEGIN)) == 0 ? INPUT_WAIT_PASTE
                                                                                            : INPUT_WAIT_ESCAPE;
    return true;
}

/* ---- escape sequences --------------------------------------------------------------------------------------- */

/* Sequences by their last byte (CSI and SS3) and by their number (CSI n ~). */
static const struct {
    char last;
    int key;
} by_letter[] = {{'A', IN_UP}, {'B', IN_DOWN}, {'C', IN_RIGHT}, {'D', IN_LEFT}, {'H', IN_HOME},     {'F', IN_END},
                 {'P', IN_F1}, {'Q', IN_F2},   {'R', IN_F3},    {'S', IN_F4},   {'Z', IN_SHIFT_TAB}};
static const struct {
    int number, key;
} by_number[] = {{1, IN_HOME}, {2, IN_INSERT}, {3, IN_DELETE},   {4, IN_END}, {5, IN_PAGE_UP}, {6, IN_PAGE_DOWN},
                 {7, IN_HOME}, {8, IN_END},    {11, IN_F1},      {12, IN_F2}, {13, IN_F3},     {14, IN_F4},
                 {15, IN_F5},  {17, IN_F6},    {18, IN_F7},      {19, IN_F8}, {20, IN_F9},     {21, IN_F10},
                 {23, IN_F11}, {24, IN_F12},   {29, IN_SHIFT_F6}};

static int key_of_sequence(const char *args, char last)
{
    int number = (int)strtol(args, NULL, 10);
    const char *semicolon = strchr(args, ';');
    int modifier = semicolon ? (int)strtol(semicolon + 1, NULL, 10) : 1;
    if (last == '~') {
        if (number == 17 && modifier == 2)
            return IN_SHIFT_F6;
        for (size_t i = 0; i < sizeof by_number / sizeof *by_number; i++)
            if (by_number[i].number == number && modifier == 1)
                return by_number[i].key;
        return IN_OTHER;
    }
    for (size_t i = 0; i < sizeof by_letter / sizeof *by_letter; i++)
        if (by_letter[i].last == last && modifier == 1)
            return by_letter[i].key;
    return IN_OTHER;
}

/* "<b;x;yM" */
static void read_mouse(const char *args, char last, struct input_event *ev)
{
    int b = 0, x = 1, y = 1;
    char *end;
    b = (int)strtol(args + 1, &end, 10);
    x = *end == ';' ? (int)strtol(end + 1, &end, 10) : 1;
    y = *end == ';' ? (int)strtol(end + 1, &end, 10) : 1;
    ev->kind = INPUT_MOUSE;
    ev->button = b & 3;
    ev->x = x - 1;
    ev->y = y - 1;
    if (b & 64)
        ev->mouse = b & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
    else
        ev->mouse = last == 'm' ? MOUSE_RELEASE : MOUSE_PRESS;
}

/* Bytes of the CSI sequence at p (ESC [ … final); 0: unfinished. */
static size_t csi_length(const char *p, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c >= 0x40 && c <= 0x7e)
            return i + 1;
        if (c < 0x20 || c > 0x7e)
            return i; /* broken: what came so far is the sequence */
    }
    return 0;
}

/* Strings: OSC, DCS, APC; ended by BEL or ESC \. 0: unfinished. */
static size_t string_length(const char *p, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        if (p[i] == '\a')
            return i + 1;
        if (p[i] == '\033' && i + 1 < n)
            return p[i + 1] == '\\' ? i + 2 : i;
    }
    return n > 4096 ? n : 0;
}

static size_t take_paste(struct input *in, const char *p, size_t n, bool late, struct input_event *ev)
{
    size_t skip = strlen(PASTE_BEGIN);
    const char *end = memmem(p + skip, n - skip, PASTE_END, strlen(PASTE_END));
    if (!end && !late)
        return 0;
    size_t length = (end ? (size_t)(end - p) : n) - skip;
    str_clear(&in->piece);
    for (size_t i = 0; i < length; i++) { /* terminals send \r for line ends; other controls can't be text */
        char c = p[skip + i];
        if (c == '\r')
            c = '\n';
        if ((unsigned char)c >= 0x20 || c == '\n' || c == '\t')
            str_addc(&in->piece, c);
    }
    str_add(&in->piece, "");
    ev->kind = INPUT_PASTE;
    ev->text = str_get(&in->piece);
    ev->cut = !end;
    return skip + length + (end ? strlen(PASTE_END) : 0);
}

static size_t take_csi(struct input *in, const char *p, size_t n, bool late, struct input_event *ev)
{
    size_t length = csi_length(p, n);
    if (length >= 6 && memcmp(p, PASTE_BEGIN, 6) == 0)
        return take_paste(in, p, n, late, ev);
    if (!length)
        return late ? n : 0;
    char args[64], last = p[length - 1];
    size_t k = length - 3 < sizeof args - 1 ? length - 3 : sizeof args - 1;
    if (length < 3)
        return length;
    memcpy(args, p + 2, k);
    args[k] = '\0';
    if (args[0] == '<' && (last == 'M' || last == 'm')) {
        read_mouse(args, last, ev);
    } else if (args[0] == '?' || args[0] == '>' || last == 't' || last == 'y' ||
               (last == 'R' && strchr(args, ';') && k > 3)) {
        ev->kind = INPUT_REPLY;
    } else {
        ev->key = key_of_sequence(args, last);
    }
    return length;
}

/* What begins with Escape. 0: unfinished. */
static size_t take_escape(struct input *in, const char *p, size_t n, bool late, struct input_event *ev)
{
    ev->key = IN_OTHER;
    if (n == 1) {
        ev->key = IN_ESCAPE;
        return late ? 1 : 0;
    }
    switch (p[1]) {
    case '[':
        if (n == 2 && late) {
            ev->key = '[';
            ev->alt = true;
            return 2;
        }
        return take_csi(in, p, n, late, ev);
    case 'O':
        if (n == 2) {
            ev->key = 'O';
            ev->alt = true;
            return late ? 2 : 0;
        }
        ev->key = key_of_sequence("", p[2]);
        return 3;
    case ']':
    case 'P':
    case '_': {
        size_t length = string_length(p, n);
        if (!length && late && n == 2) {
            ev->key = (unsigned char)p[1];
            ev->alt = true;
            return 2;
        }
        ev->kind = INPUT_REPLY;
        return length ? length : late ? n : 0;
    }
    case '\033':
        ev->key = IN_ESCAPE;
        return 1;
    default: {
        uint32_t cp;
        size_t bytes = utf8_decode(p + 1, n - 1, &cp);
        ev->key = (int)cp;
        ev->alt = true;
        return 1 + bytes;
    }
    }
}

/* ---- the next event ----------------------------------------------------------------------------------------- */

static size_t bytes_of_lead(unsigned char c)
{
    return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
}

bool input_next(struct input *in, bool late, struct input_event *ev)
{
    size_t n, used;
    const char *p = rest(in, &n);
    *ev = (struct input_event){.kind = INPUT_KEY};
    if (!n)
        return false;
    if (*p == '\033') {
        used = take_escape(in, p, n, late, ev);
    } else if (bytes_of_lead((unsigned char)*p) > n && !late) {
        used = 0;
    } else {
        uint32_t cp;
        used = utf8_decode(p, n, &cp);
        ev->key = (int)cp;
    }
    if (!used)
        return false;
    ev->raw = p;
    ev->n_raw = used;
    if (ev->kind == INPUT_REPLY) {
        str_clear(&in->piece);
        str_addn(&in->piece, p, used);
        ev->text = str_get(&in->piece);
    }
    in->at += used;
    return true;
}

/* screen: the terminal as a sheet of cells. */
#include "ui/tui/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "base/str.h"
#include "base/utf8.h"
#include "ui/tui/theme.h"

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

static struct {
    FILE *in, *out;
    SCREEN *handle;
    int tty;
    struct termios before, during;
    volatile bool on;
    bool unicode, has_mouse, mouse, asking;
    char leave[256]; /* what gives the terminal back, for a dying program */
    size_t n_leave;
    int cursor_y, cursor_x;
} screen = {.tty = -1};

void screen_raw(const char *bytes, size_t n)
{
    fflush(screen.out);
    while (n > 0) {
        ssize_t k = write(screen.tty, bytes, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return;
        bytes += k;
        n -= (size_t)k;
    }
}

static void send(const char *text)
{
    screen_raw(text, strlen(text));
}

/* A string ability of the terminal, without its padding; "" when it has none. */
static void append_ability(char *to, size_t size, const char *name)
{
    const char *s = tigetstr(name);
    size_t n = strlen(to);
    if (!s || s == (const char *)-1)
        return;
    for (; *s && n + 1 < size; s++) {
        if (s[0] == '$' && s[1] == '<') {
            while (*s && *s != '>')
                s++;
            if (!*s)
                break;
            continue;
        }
        to[n++] = *s;
    }
    to[n] = '\0';
}

/* Flow control and literal-next would eat keys that the prompt wants. Ctrl-C and Ctrl-Z come as keys too: in order with
 * what was typed before them, and not to gnuplot. */
static void take_keys(void)
{
    struct termios t;
    if (tcgetattr(screen.tty, &t) != 0)
        return;
    t.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | IGNCR);
    static const int keys[] = {VINTR, VSUSP, VLNEXT, VDISCARD};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        t.c_cc[keys[i]] = _POSIX_VDISABLE;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    tcsetattr(screen.tty, TCSANOW, &t);
    screen.during = t;
    def_prog_mode();
}

static bool term_is_plain(void)
{
    const char *term = getenv("TERM");
    return !term || strncmp(term, "linux", 5) == 0 || strncmp(term, "vt", 2) == 0 ||
           strncmp(term, "ansi", 4) == 0 || strncmp(term, "cons", 4) == 0;
}

static void modes_on(void)
{
    send(PASTE_ON);
    if (screen.mouse && screen.has_mouse)
        send(MOUSE_ON);
}

static void modes_off(void)
{
    if (screen.has_mouse)
        send(MOUSE_OFF);
    send(PASTE_OFF);
}

bool screen_start(struct err *e)
{
    screen.tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (screen.tty < 0)
        return err_errno(e, ERR_IO, "cannot open the terminal");
    screen.in = fdopen(fcntl(screen.tty, F_DUPFD_CLOEXEC, 3), "r");
    screen.out = fdopen(fcntl(screen.tty, F_DUPFD_CLOEXEC, 3), "w");
    tcgetattr(screen.tty, &screen.before);
    screen.handle = screen.in && screen.out ? newterm(NULL, screen.out, screen.in) : NULL;
    if (!screen.handle) {
        err_set(e, ERR_IO, "the terminal type '%s' is not known", getenv("TERM") ? getenv("TERM") : "");
        close(screen.tty);
        return false;
    }
    cbreak();
    noecho();
    nonl();
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    take_keys();
    screen.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    const char *mouse = tigetstr("kmous");
    screen.has_mouse = mouse && mouse != (const char *)-1;
    screen.mouse = true;
    snprintf(screen.leave, sizeof screen.leave, "%s%s", screen.has_mouse ? MOUSE_OFF : "", PASTE_OFF);
    static const char *const last[] = {"rmkx", "cnorm", "sgr0", "rmcup"};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        append_ability(screen.leave, sizeof screen.leave - 4, last[i]);
    screen.n_leave = strlen(screen.leave);
    screen.leave[screen.n_leave++] = '\r';
    screen.on = true;
    screen_resized();
    refresh();
    modes_on();
    return true;
}

void screen_stop(void)
{
    if (!screen.on)
        return;
    modes_off();
    curs_set(1);
    endwin();
    screen.on = false;
    tcsetattr(screen.tty, TCSADRAIN, &screen.before);
    delscreen(screen.handle);
    fclose(screen.in);
    fclose(screen.out);
    close(screen.tty);
    screen.tty = -1;
}

void screen_suspend(void)
{
    modes_off();
    curs_set(1);
    endwin();
    fflush(screen.out);
    tcsetattr(screen.tty, TCSADRAIN, &screen.before);
}

void screen_resume(void)
{
    tcsetattr(screen.tty, TCSADRAIN, &screen.during);
    reset_prog_mode();
    clearok(curscr, TRUE);
    refresh();
    modes_on();
    screen_resized();
}

void screen_emergency(void)
{
    if (!screen.on)
        return;
    screen.on = false;
    ssize_t ignored = write(screen.tty, screen.leave, screen.n_leave);
    (void)ignored;
    tcsetattr(screen.tty, TCSANOW, &screen.before);
}

int screen_tty(void)
{
    return screen.tty;
}

int screen_rows(void)
{
    return LINES;
}

int screen_cols(void)
{
    return COLS;
}

bool screen_unicode(void)
{
    return screen.unicode;
}

void screen_resized(void)
{
    struct winsize w;
    if (ioctl(screen.tty, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0 &&
        (w.ws_row != LINES || w.ws_col != COLS)) {
        resizeterm(w.ws_row, w.ws_col);
        clearok(curscr, TRUE);
    }
}

void screen_pixels(int *width, int *height)
{
    struct winsize w;
    *width = *height = 0;
    if (ioctl(screen.tty, TIOCGWINSZ, &w) == 0) {
        *width = w.ws_xpixel;
        *height = w.ws_ypixel;
    }
}

void screen_mouse(bool on)
{
    if (on == screen.mouse)
        return;
    screen.mouse = on;
    if (screen.has_mouse)
        send(on ? MOUSE_ON : MOUSE_OFF);
}

void screen_copy(const char *text, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct str s = STR_INIT;
    if (term_is_plain())
        return;
    str_add(&s, "\033]52;c;");
    for (size_t i = 0; i < n; i += 3) { /* base64 */
        unsigned x = 0;
        for (size_t k = 0; k < 3; k++)
            x = x << 8 | (i + k < n ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            str_addc(&s, i + k > n ? '=' : digit[x >> (18 - 6 * k) & 63]);
    }
    str_add(&s, "\a");
    screen_raw(s.s, s.len);
    str_done(&s);
}

void screen_ask(void)
{
    if (term_is_plain())
        return;
    screen.asking = true;
    send("\033]11;?\033\\\033[c"); /* the second is answered by all, so that its answer ends the wait */
}

bool screen_is_asking(void)
{
    return screen.asking;
}

void screen_answered(void)
{
    screen.asking = false;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

void screen_clear(void)
{
    erase();
}

/* What stands in for a character that this locale cannot show. */
static wchar_t plain_of(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
        char plain;
    } stand_in[] = {{0x2500, 0x2501, '-'},  {0x2502, 0x2503, '|'}, {0x2504, 0x250b, '-'}, {0x250c, 0x257f, '+'},
                    {0x2580, 0x259f, '#'},  {0x25b8, 0x25b8, '>'}, {0x25cf, 0x25cf, '*'}, {0x203a, 0x203a, '>'},
                    {0x2026, 0x2026, '~'},  {0x00b7, 0x00b7, '.'}, {0x2013, 0x2014, '-'}, {0x00d7, 0x00d7, 'x'},
                    {0x2018, 0x2019, '\''}, {0x201c, 0x201d, '"'}, {0x2190, 0x2190, '<'}, {0x2192, 0x2192, '>'},
                    {0x2191, 0x2191, '^'},  {0x2193, 0x2193, 'v'}, {0x2022, 0x2022, '*'}};
    if (cp < 0x80)
        return (wchar_t)cp;
    for (size_t i = 0; i < sizeof stand_in / sizeof *stand_in; i++)
        if (cp >= stand_in[i].from && cp <= stand_in[i].to)
            return (wchar_t)(unsigned char)stand_in[i].plain;
    return L'?';
}

int screen_textn(int y, int x, int width, int style, int surface, const char *text, size_t n)
{
    wchar_t buffer[512];
    size_t k = 0;
    int used = 0, start = x;

    if (y < 0 || y >= LINES || x >= COLS || width <= 0)
        return 0;
    if (width > COLS - x)
        width = COLS - x;
    theme_use(style, surface);
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(text + i, n - i, &cp);
        int w = utf8_cp_width(cp);
        wchar_t c = screen.unicode ? (wchar_t)cp : plain_of(cp);
        if (cp < 0x20 || cp == 0x7f) {
            c = cp == '\t' || cp == '\n' ? L' ' : L'?';
            w = 1;
        }
        if (!screen.unicode)
            w = 1;
        if (used + w > width)
            break;
        if (k == sizeof buffer / sizeof *buffer) {
            mvaddnwstr(y, start, buffer, (int)k);
            start = x + used;
            k = 0;
        }
        buffer[k++] = c;
        used += w;
    }
    if (k)
        mvaddnwstr(y, start, buffer, (int)k);
    return used;
}

int screen_text(int y, int x, int width, int style, int surface, const char *text)
{
    return screen_textn(y, x, width, style, surface, text, strlen(text));
}

void screen_fill(int y, int x, int width, int style, int surface)
{
    if (y < 0 || y >= LINES || x >= COLS || width <= 0)
        return;
    theme_use(style, surface);
    mvhline(y, x, ' ', width < COLS - x ? width : COLS - x);
    move(y, x);
    for (int i = 0; i < width && x + i < COLS; i++)
        addch(' ');
}

void screen_cursor(int y, int x)
{
    screen.cursor_y = y;
    screen.cursor_x = x;
}

void screen_show(void)
{
    theme_use(GRID_PLAIN, SURFACE_PAGE);
    curs_set(screen.cursor_y >= 0 ? 1 : 0);
    if (screen.cursor_y >= 0)
        move(screen.cursor_y, screen.cursor_x < COLS ? screen.cursor_x : COLS - 1);
    refresh();
}

void screen_repaint(void)
{
    clearok(curscr, TRUE);
}

/* gnuplot_process: the one gnuplot that draws everything. It is started at first use, spoken to under a lock,
 * and started again when it died or hung. All it draws comes back through its standard output, ended by a
 * marker line that it prints; its complaints come through standard error. It writes no file and reads none. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/progress.h"
#include "render/gnuplot_paint.h"
#include "render/palette.h"

#define START_SECONDS 5.0  /* until a new gnuplot says its version */
#define SCREEN_SECONDS 2.0 /* pictures for a screen */
#define FILE_SECONDS 20.0  /* pictures for a file or a page */
#define REST_SECONDS 20.0  /* after it hung twice in a row, it isn't asked for so long */
#define OUTPUT_MOST (256u << 20)

static struct {
    pthread_mutex_t lock;
    struct process p;
    bool running;
    char program[512]; /* what runs */
    char version[32];
    unsigned turn;  /* makes each marker another one */
    int hangs;      /* in a row */
    double resting; /* until this time */
} plotter = {.lock = PTHREAD_MUTEX_INITIALIZER, .p = {-1, -1, -1, -1}};

static const char *program_name(void)
{
    const char *named = getenv("LATHE_GNUPLOT");
    return named && *named ? named : "gnuplot";
}

bool gnuplot_available(void)
{
    return process_find(program_name());
}

/* ---- talking, under the lock -------------------------------------------------------------------------------- */

static void stop_plotter(void)
{
    if (plotter.running)
        process_kill(&plotter.p);
    plotter.running = false;
}

/* Reads what is there. False at the end of the stream. */
static bool read_some(int fd, struct str *into)
{
    char buffer[16384];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0) {
        str_addn(into, buffer, (size_t)n);
        return into->len < OUTPUT_MOST;
    }
    return n < 0 && (errno == EINTR || errno == EAGAIN);
}

static bool has_ended(struct err *e)
{
    err_set(e, ERR_IO, "gnuplot ended before its picture was done");
    return err_hint(e, "try again: the next picture starts it anew");
}

/* Gathers standard output until it ends with `marker`, which is taken off, and standard error beside it. */
static bool read_answer(struct str *out, struct str *complaints, const char *marker, double seconds, struct err *e)
{
    double end = clock_seconds() + seconds;
    size_t m = strlen(marker);
    while (out->len < m || memcmp(out->s + out->len - m, marker, m) != 0) {
        double left = end - clock_seconds();
        struct pollfd from[2] = {{plotter.p.out, POLLIN, 0}, {plotter.p.err, POLLIN, 0}};
        if (left <= 0) {
            plotter.hangs++;
            err_set(e, ERR_IO, "gnuplot gave no answer within %.3g s", seconds);
            return err_hint(e, "try again; `doctor` shows which gnuplot runs, and `set graphics off` has pictures "
                               "described in words");
        }
        if (poll(from, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
            return err_errno(e, ERR_IO, "cannot wait for gnuplot");
        if ((from[1].revents & (POLLIN | POLLHUP)) && !read_some(plotter.p.err, complaints))
            from[1].revents = 0;
        if ((from[0].revents & (POLLIN | POLLHUP)) && !read_some(plotter.p.out, out))
            return has_ended(e);
    }
    out->len -= m;
    out->s[out->len] = '\0';
    plotter.hangs = 0;
    return true;
}

/* Sends a script and gathers what it draws. */
static bool converse(const char *script, size_t n, double seconds, struct str *out, struct str *complaints,
                     struct err *e)
{
    char marker[64], last[128];
    snprintf(marker, sizeof marker, "lathe picture %u done\n", ++plotter.turn);
    int m = snprintf(last, sizeof last, "\nset print '-'\nprint 'lathe picture %u done'\n", plotter.turn);
    errno = 0;
    if (!process_write(&plotter.p, script, n, seconds, e) || !process_write(&plotter.p, last, (size_t)m, seconds, e))
        return errno == EPIPE ? has_ended(e) : false;
    return read_answer(out, complaints, marker, seconds, e);
}

static bool start_plotter(struct err *e)
{
    const char *program = program_name();
    const char *const argv[] = {program, "-d", NULL}, *const env[] = {"GNUTERM=unknown", "LC_NUMERIC=C", NULL};
    if (plotter.running && strcmp(plotter.program, program) == 0 && process_alive(&plotter.p))
        return true;
    stop_plotter();
    if (strlen(program) >= sizeof plotter.program)
        return err_set(e, ERR_INPUT, "the name of the program in LATHE_GNUPLOT is too long");
    if (strcmp(plotter.program, program) != 0)
        plotter.resting = 0;
    if (clock_seconds() < plotter.resting) {
        err_set(e, ERR_IO, "gnuplot hung twice; it is left alone for %.0f s",
                plotter.resting - clock_seconds() + 0.5);
        return err_hint(e, "run `%s` by hand to see what is wrong", program);
    }
    memcpy(plotter.program, program, strlen(program) + 1);
    if (!process_find(program)) {
        err_set(e, ERR_NOT_FOUND, "pictures are drawn by gnuplot, which is not installed (Debian: gnuplot-nox)");
        return err_hint(e, "install it, or set LATHE_GNUPLOT to the program's path");
    }
    if (!process_start(&plotter.p, argv, env, e))
        return false;
    plotter.running = true;
    struct str version = STR_INIT, complaints = STR_INIT;
    static const char ask[] = "set print '-'\nprint sprintf('%.1f.%s', GPVAL_VERSION, GPVAL_PATCHLEVEL)\n";
    bool ok = converse(ask, strlen(ask), START_SECONDS, &version, &complaints, e);
    if (ok) {
        size_t n = strcspn(str_get(&version), "\r\n");
        snprintf(plotter.version, sizeof plotter.version, "%.*s", (int)(n < 31 ? n : 31), str_get(&version));
    } else {
        stop_plotter();
    }
    str_done(&version);
    str_done(&complaints);
    return ok;
}

/* The first complaint that says something: gnuplot shows the line, a caret and then the message. */
static void first_complaint(const char *text, char out[200])
{
    out[0] = '\0';
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n"), skip = strspn(line, " \t^");
        const char *message = strstr(line, ": ");
        if (skip < n && strncmp(line, "gnuplot>", 8) != 0 &&
            !(message && message < line + n && strstr(message, "warning")))
            snprintf(out, 200, "%.*s", (int)(n - skip), line + skip);
        line += n + (line[n] == '\n');
    }
}

/* Draws: terminal line, script, back to no terminal (which ends the document). What failed to be drawn is an
 * error. */
static bool draw(const struct str *script, double seconds, struct str *out, struct err *e)
{
    struct str complaints = STR_INIT;
    struct err own = ERR_INIT;
    pthread_mutex_lock(&plotter.lock);
    bool ok = false;
    for (int attempt = 0; attempt < 2 && !ok; attempt++) { /* it may have died since the last picture */
        bool was_running = plotter.running;
        str_clear(out);
        str_clear(&complaints);
        own = ERR_INIT;
        int hangs = plotter.hangs;
        ok = start_plotter(&own) && converse(str_get(script), script->len, seconds, out, &complaints, &own);
        if (!ok || out->len == 0) /* after a failure its state isn't to be trusted */
            stop_plotter();
        if (!ok && (!was_running || plotter.hangs > hangs))
            break;
    }
    if (plotter.hangs >= 2) {
        plotter.resting = clock_seconds() + REST_SECONDS;
        plotter.hangs = 0;
    }
    pthread_mutex_unlock(&plotter.lock);
    if (ok && out->len == 0) {
        char message[200];
        first_complaint(str_get(&complaints), message);
        ok = err_set(&own, ERR_INTERNAL, "gnuplot drew nothing: %s", *message ? message : "it gave no reason");
    }
    if (!ok && e)
        *e = own;
    str_done(&complaints);
    return ok;
}

const char *gnuplot_version(void)
{
    pthread_mutex_lock(&plotter.lock);
    bool ok = start_plotter(NULL);
    pthread_mutex_unlock(&plotter.lock);
    return ok ? plotter.version : NULL;
}

void gnuplot_stop(void)
{
    pthread_mutex_lock(&plotter.lock);
    stop_plotter();
    pthread_mutex_unlock(&plotter.lock);
}

/* ---- documents ---------------------------------------------------------------------------------------------- */

static void quoted(struct str *out, const char *s)
{
    str_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            str_addc(out, '\'');
        str_addc(out, *s);
    }
    str_addc(out, '\'');
}

static const char *background(enum gnuplot_theme theme)
{
    return theme == GNUPLOT_DARK ? "#14181c" : "#ffffff";
}

enum format { FORMAT_NONE, FORMAT_PNG, FORMAT_SVG, FORMAT_PDF, FORMAT_SCRIPT };

static enum format format_of(const char *path)
{
    static const char *const endings[] = {
        [FORMAT_PNG] = ".png", [FORMAT_SVG] = ".svg", [FORMAT_PDF] = ".pdf", [FORMAT_SCRIPT] = ".gp"};
    for (int f = FORMAT_PNG; f <= FORMAT_SCRIPT; f++)
        if (str_ends(path, endings[f]))
            return (enum format)f;
    return FORMAT_NONE;
}

bool gnuplot_can_write(const char *path)
{
    return format_of(path) != FORMAT_NONE;
}

/* PNGs have twice the pixels of the nominal 900 x 600 unless a size was asked for, and everything in them
 * scales. */
static void terminal_line(struct str *out, enum format f, int width, int height, enum gnuplot_theme theme)
{
    bool chosen = width > 0 || height > 0;
    width = width > 0 ? width : 900;
    height = height > 0 ? height : 600;
    int pixels_x = chosen ? width : 2 * width, pixels_y = chosen ? height : 2 * height;
    double scale = (pixels_x < pixels_y * 1.5 ? pixels_x : pixels_y * 1.5) / 900.0;
    scale = scale < 0.5 ? 0.5 : scale;
    switch (f) {
    case FORMAT_PNG:
        str_printf(
            out,
            "set terminal pngcairo noenhanced size %d,%d font 'sans,11' fontscale %d.%02d linewidth %d.%02d "
            "pointscale %d.%02d background '%s'\n",
            pixels_x, pixels_y, (int)scale, (int)(scale * 100) % 100, (int)scale, (int)(scale * 100) % 100,
            (int)scale, (int)(scale * 100) % 100, background(theme));
        break;
    case FORMAT_SVG:
        str_printf(out, "set terminal svg noenhanced size %d,%d dynamic font 'sans-serif,13' background '%s'\n",
                   width, height, background(theme));
        break;
    case FORMAT_PDF:
        str_printf(out,
                   "set terminal pdfcairo noenhanced size %d.%02din,%d.%02din font 'sans,11' background '%s'\n",
                   width / 100, width % 100, height / 100, height % 100, background(theme));
        break;
    default:
        break;
    }
}

static void document_script(struct str *out, const struct view *v, enum format f, int width, int height,
                            enum gnuplot_theme theme)
{
    terminal_line(out, f, width, height, theme);
    str_add(out, "set output\n");
    gnuplot_script(out, v, theme);
    str_add(out, "set terminal unknown\nreset\nundefine $*\n");
}

bool gnuplot_to_svg(const struct view *v, struct str *out, int width, int height, struct err *e)
{
    struct str script = STR_INIT;
    document_script(&script, v, FORMAT_SVG, width, height, GNUPLOT_PAPER);
    bool ok = draw(&script, FILE_SECONDS, out, e);
    str_done(&script);
    return ok;
}

bool gnuplot_to_file(const struct view *v, const char *path, int width, int height, struct err *e)
{
    enum format f = format_of(path);
    struct str script = STR_INIT, out = STR_INIT;
    bool ok = true;
    if (f == FORMAT_NONE) {
        err_set(e, ERR_INPUT, "cannot draw into %s: its ending says no kind of picture", path);
        return err_hint(e, "use .png, .svg, .pdf, or .gp for the gnuplot script");
    }
    if (width < 0 || height < 0 || width > 20000 || height > 20000)
        return err_set(e, ERR_RANGE, "a picture of %d x %d pixels can't be drawn: at most 20000 x 20000", width,
                       height);
    if (f == FORMAT_SCRIPT) {
        str_add(&out, "# Draw with: gnuplot -d THIS_FILE > picture.png\n");
        terminal_line(&out, FORMAT_PNG, width, height, GNUPLOT_PAPER);
        gnuplot_script(&out, v, GNUPLOT_PAPER);
    } else {
        document_script(&script, v, f, width, height, GNUPLOT_PAPER);
        ok = draw(&script, FILE_SECONDS, &out, e);
    }
    ok = ok && file_write_atomic(path, str_get(&out), out.len, e);
    str_done(&script);
    str_done(&out);
    return ok;
}

bool gnuplot_to_sixel(const struct view *v, struct str *out, int width, int height, enum gnuplot_theme theme,
                      struct err *e)
{
    if (width < 40 || height < 40 || width > 8000 || height > 8000)
        return err_set(e, ERR_RANGE, "a sixel picture of %d x %d pixels can't be drawn", width, height);
    struct str script = STR_INIT;
    struct paint p = {.theme = theme, .no_dashes = true};
    str_printf(&script, "set terminal sixelgd noenhanced truecolor size %d,%d font 'sans,%d' background '%s'\n",
               width, height, height < 300 ? 9 : 11, background(theme));
    str_add(&script, "set output\n");
    gnuplot_write(&script, v, &p);
    str_add(&script, "set terminal unknown\nreset\nundefine $*\n");
    bool ok = draw(&script, SCREEN_SECONDS, out, e);
    str_done(&script);
    return ok;
}

/* ---- cells -------------------------------------------------------------------------------------------------- */

/* "style US text RS style US text RS …" for each line of the picture, between a head and a tail line. */
static bool read_cells(struct grid *g, const char *text, struct err *e)
{
    const char *line = strstr(text, "cells begin\n");
    if (!line)
        return err_set(e, ERR_INTERNAL, "gnuplot-cells.lua drew nothing that can be read");
    struct str run = STR_INIT;
    for (line = strchr(line, '\n') + 1; *line && strncmp(line, "cells end", 9) != 0;) {
        size_t n = strcspn(line, "\n");
        grid_add_line(g);
        for (const char *p = line; p < line + n;) {
            char *after;
            long style = strtol(p, &after, 10);
            size_t text_bytes = *after == '\037' ? strcspn(after + 1, "\036\n") : 0;
            if (*after != '\037' || style < 0 || style >= GRID_DIVERGE_0 + PALETTE_STEPS)
                break;
            str_clear(&run);
            str_addn(&run, after + 1, text_bytes);
            grid_add(g, (enum grid_style)style, str_get(&run));
            p = after + 1 + text_bytes + 1;
        }
        line += n + (line[n] == '\n');
    }
    str_done(&run);
    return true;
}

bool gnuplot_to_grid(const struct view *v, struct grid *g, int columns, int rows, bool unicode,
                     enum gnuplot_theme theme, struct err *e)
{
    if (columns < 12 || rows < 5 || columns > 1000 || rows > 500)
        return err_set(e, ERR_RANGE, "there is no room for a picture in %d x %d cells", columns, rows);
    char *driver = file_locate("gnuplot/gnuplot-cells.lua");
    if (!driver) {
        err_set(e, ERR_NOT_FOUND, "gnuplot-cells.lua is missing, so pictures can't be drawn in the terminal");
        return err_hint(e, "set LATHE_DATA_DIR to the folder of lathe's data, or install lathe again");
    }
    struct paint p = {.theme = theme, .cells = true, .columns = columns, .rows = rows};
    const struct view_plot *plot = v->plot;
    struct str script = STR_INIT, out = STR_INIT;
    str_add(&script, "set terminal lua ");
    quoted(&script, driver);
    str_printf(&script, " size %d %d%s%s%s", columns, rows, unicode ? " unicode" : "",
               plot->square ? " square" : "", gnuplot_is_turned(plot, &p) ? " turned" : "");
    if (plot->heat && plot->heat->rows && plot->heat->cols) {
        size_t heat_rows, heat_cols;
        gnuplot_heat_size(plot->heat, &heat_rows, &heat_cols);
        str_printf(&script, " heat %zu %zu", heat_rows, heat_cols);
    }
    str_add(&script, "\nset output\n");
    gnuplot_write(&script, v, &p);
    str_add(&script, "set terminal unknown\nreset\nundefine $*\n");
    bool ok = draw(&script, SCREEN_SECONDS, &out, e) && read_cells(g, str_get(&out), e);
    mem_free(driver);
    str_done(&script);
    str_done(&out);
    return ok;
}

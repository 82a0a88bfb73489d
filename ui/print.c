/* print: views and errors on standard streams. */
#include "ui/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/number.h"
#include "base/utf8.h"

static int terminal_width(void)
{
    struct winsize w;
    const char *columns = getenv("COLUMNS");
    int64_t n;
    if (columns && number_parse_int(columns, strlen(columns), &n) && n >= 20 && n <= 1000)
        return (int)n;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20)
        return w.ws_col;
    return 100;
}

static bool locale_is_utf8(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *v = getenv(names[i]);
        if (v && *v)
            return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
    }
    return false;
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

void printer_init(struct printer *p, bool json, bool interactive)
{
    *p = (struct printer){.renderer = json ? &render_json : &render_plain, .json = json};
    p->options.width = terminal_width();
    p->options.unicode = locale_is_utf8() || !isatty(STDOUT_FILENO);
    p->options.colour = wants_colour();
    p->options.draw_plots = true;
    p->options.plot_rows = interactive ? 18 : 20;
}

void printer_settings(struct printer *p, const struct settings *s)
{
    p->options.max_rows = p->json ? 0 : s->max_rows;
    p->options.digits = s->digits == 5 ? 0 : s->digits; /* 5: as each column wants */
    p->options.draw_plots = strcmp(s->graphics, "off") != 0;
    p->options.colour = wants_colour() && s->colour;
}

static void put(struct printer *p, const char *s, size_t n)
{
    while (n > 0 && !p->gone) {
        ssize_t k = write(STDOUT_FILENO, s, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0) {
            p->gone = true;
            p->failed = errno != EPIPE;
            if (p->failed)
                fprintf(stderr, "lathe: error: cannot write to standard output: %s\n", strerror(errno));
            break;
        }
        s += k;
        n -= (size_t)k;
    }
}

void printer_views(struct printer *p, const struct view_list *views)
{
    struct str out = STR_INIT;
    for (size_t i = 0; i < views->n; i++)
        p->renderer->put(&out, views->v[i], &p->options);
    put(p, str_get(&out), out.len);
    str_done(&out);
}

/* The command with the span under it marked. */
static void print_caret(const char *line, const struct err *e)
{
    if (e->to <= e->from || (size_t)e->to > strlen(line) || strchr(line, '\n'))
        return;
    size_t before = utf8_width_n(line, (size_t)e->from);
    size_t under = utf8_width_n(line + e->from, (size_t)(e->to - e->from));
    fprintf(stderr, "    %s\n    %*s", line, (int)before, "");
    for (size_t i = 0; i < (under ? under : 1); i++)
        fputc('^', stderr);
    fputc('\n', stderr);
}

void printer_error(struct printer *p, const char *line, const struct err *e, const char *origin)
{
    fflush(stdout);
    if (p->json) {
        struct str out = STR_INIT;
        render_json_error(&out, e);
        put(p, str_get(&out), out.len);
        str_done(&out);
    }
    fprintf(stderr, "%s: error: %s\n", origin && *origin ? origin : "lathe", e->text);
    print_caret(line, e);
    if (e->hint[0])
        fprintf(stderr, "  hint: %s\n", e->hint);
}

/* pane: a window onto lines. */
#include "ui/tui/pane.h"

#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "ui/tui/input.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

static long within(long x, long low, long high)
{
    return x < low ? low : x > high ? (high < low ? low : high) : x;
}

void pane_fit(struct pane *p, long count, int height)
{
    p->count = count;
    p->height = height > 0 ? height : 1;
    p->cursor = within(p->cursor, 0, count - 1);
    p->top = within(p->top, 0, count - p->height);
}

static void follow_cursor(struct pane *p)
{
    if (p->cursor < p->top)
        p->top = p->cursor;
    if (p->cursor >= p->top + p->height)
        p->top = p->cursor - p->height + 1;
    p->top = within(p->top, 0, p->count - p->height);
}

void pane_move(struct pane *p, long by)
{
    pane_to(p, p->cursor + by);
}

void pane_to(struct pane *p, long line)
{
    p->cursor = within(line, 0, p->count - 1);
    follow_cursor(p);
}

void pane_scroll(struct pane *p, long by)
{
    p->top = within(p->top + by, 0, p->count - p->height);
    p->cursor = within(p->cursor, p->top, p->top + p->height - 1);
    p->cursor = within(p->cursor, 0, p->count - 1);
}

static void pane_page(struct pane *p, int direction)
{
    long page = p->height > 1 ? p->height - 1 : 1;
    pane_scroll(p, direction * page);
    pane_move(p, direction * page);
}

bool pane_key(struct pane *p, int key)
{
    switch (key) {
    case IN_UP:
    case 'k':
        pane_move(p, -1);
        return true;
    case IN_DOWN:
    case 'j':
        pane_move(p, 1);
        return true;
    case IN_LEFT:
    case 'h':
        p->left = p->left > 8 ? p->left - 8 : 0;
        return true;
    case IN_RIGHT:
    case 'l':
        p->left = p->left < 1000 ? p->left + 8 : p->left;
        return true;
    case IN_PAGE_UP:
        pane_page(p, -1);
        return true;
    case IN_PAGE_DOWN:
    case ' ':
        pane_page(p, 1);
        return true;
    case IN_HOME:
    case 'g':
        p->left = 0;
        pane_to(p, 0);
        return true;
    case IN_END:
    case 'G':
        pane_to(p, p->count - 1);
        return true;
    default:
        return false;
    }
}

/* Draws a run cut at the left by `skip` columns; returns the columns it takes on the screen. */
static int draw_run(int y, int x, int width, int *skip, int style, int surface, const char *text)
{
    if (*skip > 0) {
        size_t w = utf8_width(text);
        if (w <= (size_t)*skip) {
            *skip -= (int)w;
            return 0;
        }
        text += utf8_cut(text, (size_t)*skip, NULL);
        *skip = 0;
    }
    return screen_text(y, x, width, style, surface, text);
}

void pane_draw_line(int y, int x, int width, int left, const struct grid_line *line, int surface, const char *find)
{
    int skip = left, end = x + width;
    if (surface != SURFACE_PAGE)
        screen_fill(y, x, width, GRID_PLAIN, surface);
    for (size_t i = 0; i < line->n && x < end; i++) {
        const struct grid_run *r = &line->run[i];
        const char *hit = find && *find ? strcasestr(r->text, find) : NULL;
        if (!hit) {
            x += draw_run(y, x, end - x, &skip, (int)r->style, surface, r->text);
            continue;
        }
        struct str part = STR_INIT;
        const char *at = r->text;
        for (; hit; hit = strcasestr(at, find)) {
            str_clear(&part);
            str_addn(&part, at, (size_t)(hit - at));
            x += draw_run(y, x, end - x, &skip, (int)r->style, surface, str_get(&part));
            str_clear(&part);
            str_addn(&part, hit, strlen(find));
            x += draw_run(y, x, end - x, &skip, (int)r->style, SURFACE_POPUP_SELECTED, str_get(&part));
            at = hit + strlen(find);
        }
        x += draw_run(y, x, end - x, &skip, (int)r->style, surface, at);
        str_done(&part);
    }
}

void pane_draw_bar(const struct pane *p, const struct rect *r)
{
    if (p->count <= p->height || r->height < 4)
        return;
    int rows = r->height - 1;
    long size = (long)rows * p->height / p->count, at;
    if (size < 1)
        size = 1;
    at = (rows - size) * p->top / (p->count - p->height);
    for (int i = 0; i < size; i++)
        screen_text(r->y + 1 + (int)at + i, r->x + r->width - 1, 1, UI_RULE, SURFACE_PAGE,
                    screen_unicode() ? "▐" : "|");
}

bool pane_line_has(const struct grid_line *line, const char *find)
{
    for (size_t i = 0; i < line->n; i++)
        if (strcasestr(line->run[i].text, find))
            return true;
    return false;
}

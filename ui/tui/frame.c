/* frame: lines and titles. */
#include "ui/tui/frame.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

/* Four arms a cell, two bits each: how heavy the line is that leaves it upwards, to the right, down, to the left. */
enum { UP = 0, RIGHT = 2, DOWN = 4, LEFT = 6 };

struct canvas {
    int rows, cols;
    unsigned char *cell;
};

static void arm(struct canvas *c, int y, int x, int direction, unsigned weight)
{
    if (y < 0 || y >= c->rows || x < 0 || x >= c->cols)
        return;
    unsigned char *p = &c->cell[y * c->cols + x];
    if (((*p >> direction) & 3u) < weight)
        *p = (unsigned char)((*p & ~(3u << direction)) | (weight << direction));
}

/* Begins in the middle of the cell (y, x0) and ends in that of (y, x1), but goes through at the screen's edges. */
static void horizontal(struct canvas *c, int y, int x0, int x1, unsigned weight)
{
    for (int x = x0; x <= x1; x++) {
        if (x > x0 || x0 == 0)
            arm(c, y, x, LEFT, weight);
        if (x < x1 || x1 == c->cols - 1)
            arm(c, y, x, RIGHT, weight);
    }
}

/* Begins in the middle of the cell (y0, x) and ends in that of (y1, x). */
static void vertical(struct canvas *c, int x, int y0, int y1, unsigned weight)
{
    for (int y = y0; y <= y1; y++) {
        if (y > y0)
            arm(c, y, x, UP, weight);
        if (y < y1)
            arm(c, y, x, DOWN, weight);
    }
}

/* Box-drawing characters from U+250C on: the weights of their arms up, right, down, left. */
static const char junction[][5] = {
    "0110", "0210", "0120", "0220", "0011", "0012", "0021", "0022", "1100", "1200", "2100", "2200", "1001",
    "1002", "2001", "2002", "1110", "1210", "2110", "1120", "2120", "2210", "1220", "2220", "1011", "1012",
    "2011", "1021", "2021", "2012", "1022", "2022", "0111", "0112", "0211", "0212", "0121", "0122", "0221",
    "0222", "1101", "1102", "1201", "1202", "2101", "2102", "2201", "2202", "1111", "1112", "1211", "1212",
    "2111", "1121", "2121", "2112", "2211", "1122", "1221", "2212", "1222", "2122", "2221", "2222"};

static uint32_t glyph_of(unsigned cell)
{
    unsigned w[4] = {cell & 3, (cell >> RIGHT) & 3, (cell >> DOWN) & 3, (cell >> LEFT) & 3};
    bool across = w[1] || w[3], upright = w[0] || w[2];
    if (!upright)
        return w[1] == 2 || w[3] == 2 ? 0x2501 : 0x2500;
    if (!across)
        return w[0] == 2 || w[2] == 2 ? 0x2503 : 0x2502;
    for (size_t i = 0; i < sizeof junction / sizeof *junction; i++) {
        const char *j = junction[i];
        if (j[0] - '0' == (int)w[0] && j[1] - '0' == (int)w[1] && j[2] - '0' == (int)w[2] &&
            j[3] - '0' == (int)w[3])
            return 0x250c + (uint32_t)i;
    }
    return 0x253c;
}

static bool is_heavy(unsigned cell)
{
    return (cell & 3) == 2 || ((cell >> RIGHT) & 3) == 2 || ((cell >> DOWN) & 3) == 2 || ((cell >> LEFT) & 3) == 2;
}

static void draw_canvas(const struct canvas *c)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++) {
            unsigned cell = c->cell[y * c->cols + x];
            char text[4];
            if (!cell)
                continue;
            size_t n = utf8_encode(glyph_of(cell), text);
            bool heavy = is_heavy(cell);
            if (!screen_unicode() && heavy && glyph_of(cell) == 0x2501) {
                text[0] = '=';
                n = 1;
            }
            screen_textn(y, x, 1, heavy ? UI_FOCUS : UI_RULE, SURFACE_PAGE, text, n);
        }
}

/* The lines that bound one pane: over it, at its side, under it. */
static void bound(struct canvas *c, const struct layout *l, const struct rect *r, unsigned weight, int cols)
{
    int bottom = r->y + r->height;
    horizontal(c, r->y, r->x > 0 ? r->x - 1 : 0, r->x + r->width < cols ? r->x + r->width : cols - 1, weight);
    if (weight == 2 && (bottom <= l->rule || l->rule < 0))
        horizontal(c, bottom, r->x > 0 ? r->x - 1 : 0, r->x + r->width < cols ? r->x + r->width : cols - 1,
                   weight);
    if (r->x > 0)
        vertical(c, r->x - 1, r->y, bottom, weight);
    if (r->x + r->width < cols)
        vertical(c, r->x + r->width, r->y, bottom, weight);
}

static void draw_title(const struct rect *r, const struct frame_title *t, bool focused)
{
    int style = focused ? UI_FOCUS : UI_TITLE, right = 0;
    if (t->right && *t->right) {
        right = (int)utf8_width(t->right) + 2;
        if (right + 12 < r->width) {
            int x = r->x + r->width - right - 1;
            screen_text(r->y, x, 1, style, SURFACE_PAGE, " ");
            screen_text(r->y, x + 1, right - 2, UI_HINT, SURFACE_PAGE, t->right);
            screen_text(r->y, x + right - 1, 1, style, SURFACE_PAGE, " ");
        } else {
            right = 0;
        }
    }
    if (!t->text || !*t->text || r->width < 6)
        return;
    int most = r->width - 4 - right, x = r->x + 1;
    screen_text(r->y, x, 1, style, SURFACE_PAGE, " ");
    int used = screen_text(r->y, x + 1, most, style, SURFACE_PAGE, t->text);
    screen_text(r->y, x + 1 + used, 1, style, SURFACE_PAGE, " ");
}

static void draw_tabs(const struct rect *r, int shown, bool focused, const struct frame_title *titles)
{
    int x = r->x + 1, end = r->x + r->width - 1;
    for (int i = 0; i < PANE_COUNT && x < end; i++) {
        bool news = titles[i].news && i != shown;
        x += screen_text(r->y, x, end - x, news ? UI_PROMPT : UI_HINT, SURFACE_PAGE, !i ? " " : news ? " ● " : " · ");
        x += screen_text(r->y, x, end - x, i == shown ? (focused ? UI_FOCUS : UI_COMMAND) : UI_HINT, SURFACE_PAGE,
                         pane_name(i));
    }
    screen_text(r->y, x, end - x, UI_HINT, SURFACE_PAGE, " ");
}

void frame_draw(const struct layout *l, int cols, int focus, const struct frame_title *titles)
{
    struct canvas c = {.rows = l->status >= 0 ? l->status : l->prompt.y + l->prompt.height, .cols = cols};
    c.cell = mem_zero((size_t)c.rows, (size_t)cols);
    for (int i = 0; i < PANE_COUNT; i++)
        if (l->box[i].height > 0)
            bound(&c, l, &l->box[i], 1, cols);
    if (l->rule >= 0)
        horizontal(&c, l->rule, 0, cols - 1, 1);
    if (focus != PANE_NONE && l->box[focus].height > 0)
        bound(&c, l, &l->box[focus], 2, cols);
    draw_canvas(&c);
    mem_free(c.cell);
    for (int i = 0; i < PANE_COUNT; i++) {
        const struct rect *r = &l->box[i];
        if (r->height <= 0)
            continue;
        struct frame_title t = titles[i];
        if (l->tabs) { /* what the title would say goes to the right, where there is room */
            struct str both = STR_INIT;
            if (t.text && !str_eq(t.text, pane_name(i)))
                str_printf(&both, "%s%s", t.text, t.right && *t.right ? "  " : "");
            str_add(&both, t.right ? t.right : "");
            if (utf8_width(str_get(&both)) + 34 > (size_t)r->width)
                str_clear(&both);
            draw_title(r, &(struct frame_title){.right = str_get(&both)}, i == focus);
            draw_tabs(r, i, i == focus, titles);
            str_done(&both);
        } else {
            draw_title(r, &t, i == focus);
        }
    }
}

/* popup: a list over the panes. */
#include "ui/tui/popup.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "render/layout.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

void popup_open(struct popup *p, enum popup_kind kind, const char *title)
{
    popup_close(p);
    p->kind = kind;
    p->arena = arena_new();
    p->title = arena_strdup(p->arena, title);
    p->cursor = kind == POPUP_MENU ? 0 : -1;
}

void popup_close(struct popup *p)
{
    arena_free(p->arena);
    vec_done(&p->item);
    vec_done(&p->match);
    str_done(&p->filter);
    *p = (struct popup){.cursor = -1};
}

void popup_add(struct popup *p, const char *text, const char *kind, const char *detail, int tag, bool no_space)
{
    vec_push(&p->item, (struct popup_item){arena_strdup(p->arena, text), arena_strdup(p->arena, kind),
                                           arena_strdup(p->arena, detail ? detail : ""), tag, no_space});
}

static bool has_words(const struct popup_item *i, const char *filter)
{
    return !*filter || strcasestr(i->text, filter) || strcasestr(i->detail, filter) || strcasestr(i->kind, filter);
}

void popup_ready(struct popup *p)
{
    p->match.n = 0;
    for (size_t i = 0; i < p->item.n; i++)
        if (has_words(&p->item.v[i], str_get(&p->filter)))
            vec_push(&p->match, i);
    if (p->cursor >= (long)p->match.n)
        p->cursor = (long)p->match.n - 1;
    if (p->cursor < 0 && p->kind == POPUP_MENU && p->match.n)
        p->cursor = 0;
    p->top = 0;
}

void popup_move(struct popup *p, long by)
{
    long n = (long)p->match.n;
    if (!n)
        return;
    p->cursor += by;
    if (p->cursor < 0)
        p->cursor = by == -1 ? n - 1 : 0;
    if (p->cursor >= n)
        p->cursor = by == 1 ? 0 : n - 1;
}

const struct popup_item *popup_chosen(const struct popup *p)
{
    if (p->cursor < 0 || p->cursor >= (long)p->match.n)
        return NULL;
    return &p->item.v[p->match.v[p->cursor]];
}

void popup_type(struct popup *p, const char *utf8, size_t n)
{
    str_addn(&p->filter, utf8, n);
    p->cursor = 0;
    popup_ready(p);
}

void popup_rub(struct popup *p)
{
    size_t n = p->filter.len;
    if (!n)
        return;
    do
        n--;
    while (n > 0 && ((unsigned char)p->filter.s[n] & 0xc0) == 0x80);
    p->filter.s[n] = '\0';
    p->filter.len = n;
    popup_ready(p);
}

bool popup_click(struct popup *p, int y, int x)
{
    const struct rect *r = &p->box;
    if (y <= r->y || y >= r->y + r->height - 1 || x < r->x || x >= r->x + r->width)
        return false;
    p->cursor = p->top + (y - r->y - 1);
    return p->cursor < (long)p->match.n;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

struct widths {
    int text, kind, detail;
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static struct widths measure(const struct popup *p)
{
    struct widths w = {0, 0, 0};
    bool one_kind = true;
    for (size_t i = 0; i < p->item.n; i++) {
        one_kind = one_kind && str_eq(p->item.v[i].kind, p->item.v[0].kind);
        w.text = larger(w.text, (int)utf8_width(p->item.v[i].text));
        w.kind = larger(w.kind, (int)utf8_width(p->item.v[i].kind));
        w.detail = larger(w.detail, (int)utf8_width(p->item.v[i].detail));
    }
    if (one_kind && p->kind == POPUP_MENU)
        w.kind = 0;
    return w;
}

/* Narrows the columns until they fit: details first, then the text. */
static int fit(struct widths *w, int room)
{
    if (w->text > room / 2 && w->detail)
        w->text = room / 2;
    if (w->text > room - 2)
        w->text = room - 2;
    int left = room - w->text - 2;
    if (w->kind > left)
        w->kind = 0;
    left -= w->kind ? w->kind + 2 : 0;
    w->detail = w->detail < left ? w->detail : left > 8 ? left : 0;
    return w->text + (w->kind ? w->kind + 2 : 0) + (w->detail ? w->detail + 2 : 0);
}

static void draw_edge(int y, int x, int width, const char *left, const char *right, const char *title)
{
    screen_text(y, x, 1, UI_RULE, SURFACE_POPUP, left);
    for (int i = 1; i < width - 1; i++)
        screen_text(y, x + i, 1, UI_RULE, SURFACE_POPUP, "─");
    screen_text(y, x + width - 1, 1, UI_RULE, SURFACE_POPUP, right);
    if (title && *title && width > 8) {
        screen_text(y, x + 2, 1, UI_RULE, SURFACE_POPUP, " ");
        int used = screen_text(y, x + 3, width - 6, UI_TITLE, SURFACE_POPUP, title);
        screen_text(y, x + 3 + used, 1, UI_RULE, SURFACE_POPUP, " ");
    }
}

static void draw_item(const struct popup_item *i, int y, int x, int width, const struct widths *w, bool chosen)
{
    int surface = chosen ? SURFACE_POPUP_SELECTED : SURFACE_POPUP;
    struct str cut = STR_INIT;
    screen_text(y, x, 1, UI_RULE, SURFACE_POPUP, "│");
    screen_fill(y, x + 1, width - 2, GRID_PLAIN, surface);
    screen_text(y, x + width - 1, 1, UI_RULE, SURFACE_POPUP, "│");
    layout_cut(&cut, i->text, (size_t)w->text, screen_unicode());
    screen_text(y, x + 2, w->text, chosen ? UI_COMMAND : GRID_PLAIN, surface, str_get(&cut));
    int at = x + 2 + w->text + 2;
    if (w->kind) {
        screen_text(y, at, w->kind, GRID_CODE, surface, i->kind);
        at += w->kind + 2;
    }
    if (w->detail) {
        str_clear(&cut);
        layout_cut(&cut, i->detail, (size_t)w->detail, screen_unicode());
        screen_text(y, at, w->detail, UI_HINT, surface, str_get(&cut));
    }
    str_done(&cut);
}

void popup_draw(struct popup *p, int bottom, int x)
{
    struct widths w = measure(p);
    int cols = screen_cols(), most = p->kind == POPUP_MENU ? bottom - 3 : bottom / 2 + 1;
    int width = fit(&w, cols - 6) + 4;
    struct str title = STR_INIT, foot = STR_INIT;
    str_add(&title, p->title ? p->title : "");
    if (p->kind == POPUP_MENU)
        str_printf(&title, "%s%s", p->filter.len ? ": " : "", str_get(&p->filter));
    if (width < (int)utf8_width(str_get(&title)) + 8)
        width = (int)utf8_width(str_get(&title)) + 8;
    if (width > cols)
        width = cols;
    /* A menu keeps its size while it is searched; a list of completions is as long as it has to be. */
    int wanted = (int)(p->kind == POPUP_MENU ? p->item.n : p->match.n);
    p->rows = wanted < most ? wanted : most;
    if (p->kind == POPUP_COMPLETE && p->rows > 14)
        p->rows = 14;
    if (p->rows < 1)
        p->rows = 1;
    if (p->cursor >= 0 && p->cursor < p->top)
        p->top = p->cursor;
    if (p->cursor >= p->top + p->rows)
        p->top = p->cursor - p->rows + 1;
    if (p->kind == POPUP_MENU)
        x = (cols - width) / 2;
    if (x + width > cols)
        x = cols - width;
    if (x < 0)
        x = 0;
    p->box = (struct rect){bottom - p->rows - 2, x, p->rows + 2, width};
    if (p->box.y < 0)
        p->box.y = 0;
    if (p->kind == POPUP_MENU && p->box.y > 1)
        p->box.y = (bottom - p->rows - 2) / 2;
    int y = p->box.y;
    bool u = screen_unicode();
    draw_edge(y++, x, width, u ? "╭" : "+", u ? "╮" : "+", str_get(&title));
    for (int i = 0; i < p->rows; i++, y++) {
        size_t k = (size_t)(p->top + i);
        if (k < p->match.n) {
            draw_item(&p->item.v[p->match.v[k]], y, x, width, &w, (long)k == p->cursor);
        } else {
            const struct popup_item none = {p->match.n || i ? "" : "nothing matches", "", "", 0, false};
            struct widths wide = {width - 4, 0, 0};
            draw_item(&none, y, x, width, &wide, false);
        }
    }
    if ((int)p->match.n > p->rows)
        str_printf(&foot, "%ld of %zu", p->cursor >= 0 ? p->cursor + 1 : p->top + p->rows, p->match.n);
    draw_edge(y, x, width, u ? "╰" : "+", u ? "╯" : "+", str_get(&foot));
    str_done(&title);
    str_done(&foot);
}

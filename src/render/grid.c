/* grid: lines of styled runs, how a view's parts follow each other in them, and how they are printed. */
#include "render/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "render/layout.h"
#include "render/palette.h"

struct grid *grid_new(void)
{
    struct grid *g = mem_zero(1, sizeof *g);
    g->arena = arena_new();
    return g;
}

void grid_free(struct grid *g)
{
    if (!g)
        return;
    arena_free(g->arena);
    mem_free(g->line);
    mem_free(g);
}

void grid_add_line(struct grid *g)
{
    if (g->n == g->cap) {
        g->cap = g->cap ? g->cap * 2 : 32;
        g->line = mem_resize(g->line, g->cap, sizeof *g->line);
    }
    g->line[g->n++] = (struct grid_line){.run = NULL, .row = -1};
}

/* Does a code point command a terminal rather than show? */
static bool is_control(uint32_t cp)
{
    return cp < 0x20 || cp == 0x7f || (cp >= 0x80 && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/* The text without control characters: tabs and line ends become spaces, others '?'. NULL when it is clean. */
static char *cleaned(struct arena *a, const char *text, size_t n)
{
    bool clean = true;
    for (size_t i = 0; i < n && clean; i++)
        clean = (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f;
    if (clean)
        return NULL;
    char *own = arena_alloc(a, 3 * n + 1), *to = own;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t bytes = utf8_decode(text + i, n - i, &cp);
        if (cp == '\t' || cp == '\n')
            *to++ = ' ';
        else if (is_control(cp) || (cp == 0xfffd && bytes == 1))
            *to++ = '?';
        else
            for (size_t b = 0; b < bytes; b++)
                *to++ = text[i + b];
        i += bytes;
    }
    *to = '\0';
    return own;
}

void grid_add(struct grid *g, enum grid_style style, const char *text)
{
    if (!text || !*text)
        return;
    if (g->n == 0)
        grid_add_line(g);
    struct grid_line *l = &g->line[g->n - 1];
    if ((l->n & (l->n - 1)) == 0) { /* full at every power of two */
        struct grid_run *more = arena_alloc(g->arena, (l->n ? 2 * l->n : 1) * sizeof *more);
        if (l->n)
            memcpy(more, l->run, l->n * sizeof *more);
        l->run = more;
    }
    size_t n = strlen(text);
    char *clean = cleaned(g->arena, text, n);
    l->run[l->n++] = (struct grid_run){.text = clean ? clean : arena_strndup(g->arena, text, n), .style = style};
}

void grid_addf(struct grid *g, enum grid_style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(g->arena, format, args);
    va_end(args);
    grid_add(g, style, text);
}

/* ---- views -------------------------------------------------------------------------------------------------- */

int layout_prose_width(const struct render_options *o)
{
    return o->width > 0 ? o->width : LAYOUT_PROSE;
}

static void layout_note(struct grid *g, enum view_level level, const char *text, const struct render_options *o)
{
    static const struct {
        const char *mark;
        enum grid_style mark_style, text_style;
    } looks[] = {
        [VIEW_INFO] = {"note: ", GRID_NOTE, GRID_NOTE},
        [VIEW_GOOD] = {"", GRID_GOOD, GRID_GOOD},
        [VIEW_WARNING] = {"warning: ", GRID_WARNING, GRID_PLAIN},
        [VIEW_ERROR] = {"error: ", GRID_ERROR, GRID_PLAIN},
    };
    layout_wrap(g, text, strlen(text), NULL, looks[level].text_style, layout_prose_width(o), looks[level].mark,
                looks[level].mark_style);
}

static void layout_title(struct grid *g, const struct view *v, const struct render_options *o)
{
    if (v->title && *v->title)
        layout_wrap(g, v->title, strlen(v->title), NULL, GRID_TITLE, layout_prose_width(o), "", GRID_PLAIN);
}

static void layout_tail(struct grid *g, const struct view *v, const struct render_options *o)
{
    if (v->caption && *v->caption)
        layout_wrap(g, v->caption, strlen(v->caption), NULL, GRID_PLAIN, layout_prose_width(o), "", GRID_PLAIN);
    for (size_t i = 0; i < v->n_notes; i++)
        layout_note(g, v->note_levels[i], v->notes[i], o);
}

static void layout_report(struct grid *g, const struct view_list *items, const struct render_options *o)
{
    for (size_t i = 0; i < items->n; i++) {
        bool both_notes = i > 0 && items->v[i]->kind == VIEW_NOTE && items->v[i - 1]->kind == VIEW_NOTE;
        if (g->n && g->line[g->n - 1].n && !both_notes)
            grid_add_line(g);
        grid_view(g, items->v[i], o);
    }
}

static void layout_brief_table(struct grid *g, const struct view *v, const struct render_options *o)
{
    struct view *brief = view_table_brief(v);
    layout_table(g, brief, o);
    view_unref(brief);
}

void grid_view(struct grid *g, const struct view *v, const struct render_options *o)
{
    layout_title(g, v, o);
    switch (v->kind) {
    case VIEW_TABLE:
        layout_brief_table(g, v, o);
        break;
    case VIEW_PLOT:
        layout_plot(g, v, o);
        break;
    case VIEW_TREE:
        layout_tree(g, v, o);
        break;
    case VIEW_TEXT:
        layout_text(g, v->text, o);
        break;
    case VIEW_NOTE:
        layout_note(g, v->level, v->text, o);
        break;
    case VIEW_REPORT:
        layout_report(g, v->items, o);
        break;
    }
    layout_tail(g, v, o);
}

/* ---- printing ----------------------------------------------------------------------------------------------- */

static void sgr_colour(struct str *out, int base, int32_t rgb, bool many_colours)
{
    if (many_colours)
        str_printf(out, ";%d;2;%d;%d;%d", base, (int)(rgb >> 16) & 255, (int)(rgb >> 8) & 255, (int)rgb & 255);
    else
        str_printf(out, ";%d;5;%d", base, palette_256(rgb));
}

/* Appends the codes that turn a style on and says whether there are any; plain text needs none. */
static bool sgr_on(struct str *out, enum grid_style style, bool many_colours)
{
    struct palette_ink ink = palette_ink(style, PALETTE_ANY);
    int step = palette_256_step(style);
    bool any = ink.bold || ink.faint || ink.underline || ink.fg != PALETTE_DEFAULT || ink.bg != PALETTE_DEFAULT;
    if (!any)
        return false;
    str_add(out, "\033[0");
    if (ink.bold)
        str_add(out, ";1");
    if (ink.faint)
        str_add(out, ";2");
    if (ink.underline)
        str_add(out, ";4");
    if (ink.fg != PALETTE_DEFAULT)
        sgr_colour(out, 38, ink.fg, many_colours);
    if (step >= 0 && !many_colours)
        str_printf(out, ";48;5;%d", step);
    else if (ink.bg != PALETTE_DEFAULT)
        sgr_colour(out, 48, ink.bg, many_colours);
    str_addc(out, 'm');
    return true;
}

/* Without colour, blank cells of a scale are shaded: more ink for more, and minus signs for what is below zero. */
static const char *shade_of(enum grid_style style)
{
    static const char heat[] = "  ...:::==++**##", diverging[] = "==---..  ..++***";
    static const char text[][2] = {" ", ".", ":", "=", "+", "*", "#", "-"};
    char shade = ' ';
    if (style >= GRID_HEAT_0 && style < GRID_HEAT_0 + PALETTE_STEPS)
        shade = heat[style - GRID_HEAT_0];
    else if (style >= GRID_DIVERGE_0 && style < GRID_DIVERGE_0 + PALETTE_STEPS)
        shade = diverging[style - GRID_DIVERGE_0];
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (text[i][0] == shade)
            return text[i];
    return text[0];
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

/* Are there cells of a scale with their numbers written in? They need no shades. */
static bool has_numbers(const struct grid *g)
{
    for (size_t i = 0; i < g->n; i++)
        for (size_t r = 0; r < g->line[i].n; r++)
            if (g->line[i].run[r].style >= GRID_HEAT_0 && !is_blank(g->line[i].run[r].text))
                return true;
    return false;
}

static void print_colourless(struct str *out, const struct grid_run *run, bool shades)
{
    if (!shades || run->style < GRID_HEAT_0 || !is_blank(run->text)) {
        str_add(out, run->text);
        return;
    }
    for (const char *p = run->text; *p; p++)
        str_add(out, shade_of(run->style));
}

void grid_print(const struct grid *g, struct str *out, bool colour)
{
    const char *depth = getenv("COLORTERM");
    bool many_colours = depth && (str_eq(depth, "truecolor") || str_eq(depth, "24bit"));
    bool shades = !colour && !has_numbers(g);
    for (size_t i = 0; i < g->n; i++) {
        const struct grid_line *l = &g->line[i];
        size_t start = out->len;
        for (size_t r = 0; r < l->n; r++) {
            if (!colour) {
                print_colourless(out, &l->run[r], shades);
                continue;
            }
            bool on = sgr_on(out, l->run[r].style, many_colours);
            str_add(out, l->run[r].text);
            if (on)
                str_add(out, "\033[0m");
        }
        while (!colour && out->len > start && out->s[out->len - 1] == ' ')
            out->s[--out->len] = '\0';
        str_addc(out, '\n');
    }
}

/* ---- small pieces that all layouts use ---------------------------------------------------------------------- */

void layout_bar(struct str *out, double share, int columns, bool unicode)
{
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(share > 0))
        return;
    if (share > 1)
        share = 1;
    int parts = (int)(share * columns * 8 + 0.5);
    if (parts == 0)
        parts = 1; /* something is there */
    if (!unicode) {
        str_pad(out, '#', (size_t)((parts + 4) / 8 > 0 ? (parts + 4) / 8 : 1));
        return;
    }
    for (int i = 0; i < parts / 8; i++)
        str_add(out, "█");
    str_add(out, eighth[parts % 8]);
}

size_t layout_cut(struct str *out, const char *text, size_t columns, bool unicode)
{
    size_t width = utf8_width(text);
    if (width <= columns) {
        str_add(out, text);
        return width;
    }
    const char *mark = unicode ? "…" : "~";
    if (columns == 0)
        return 0;
    size_t bytes = utf8_cut(text, columns - 1, &width);
    str_addn(out, text, bytes);
    str_add(out, mark);
    return width + 1;
}

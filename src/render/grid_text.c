/* grid_text: prose. Wrapping of styled paragraphs, and text views as lines. */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "render/layout.h"
#include "render/light.h"

/* ---- wrapping ----------------------------------------------------------------------------------------------- */

/* Adds text[0..n) as runs of equal style. */
static void add_styled(struct grid *g, const char *text, size_t n, const unsigned char *style,
                       enum grid_style base)
{
    struct str piece = STR_INIT;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        if (style)
            while (end < n && style[end] == style[i])
                end++;
        else
            end = n;
        str_clear(&piece);
        str_addn(&piece, text + i, end - i);
        grid_add(g, style ? (enum grid_style)style[i] : base, str_get(&piece));
        i = end;
    }
    str_done(&piece);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* How many bytes of text fit on a line of `room` columns, broken at a space if there is one; at least one
 * character. */
static size_t line_length(const char *text, size_t n, size_t room)
{
    if (utf8_width_n(text, n) <= room)
        return n;
    size_t fit = 0, width = 0, at_space = 0;
    while (fit < n) {
        uint32_t cp;
        size_t bytes = utf8_decode(text + fit, n - fit, &cp);
        width += (size_t)utf8_cp_width(cp);
        if (is_space(text[fit]))
            at_space = fit;
        else if (width > room && fit > 0)
            break;
        fit += bytes;
    }
    return at_space ? at_space : fit;
}

void layout_wrap(struct grid *g, const char *text, size_t n, const unsigned char *style, enum grid_style base,
                 int width, const char *first, enum grid_style first_style)
{
    size_t indent = utf8_width(first);
    size_t room = (size_t)width > indent + 8 ? (size_t)width - indent : 8;
    struct str spaces = STR_INIT;
    str_pad(&spaces, ' ', indent);
    grid_add_line(g);
    grid_add(g, first_style, first);
    while (n && is_space(*text)) {
        text++;
        n--;
        style += style != NULL;
    }
    while (n) {
        size_t take = line_length(text, n, room), end = take;
        while (end && is_space(text[end - 1]))
            end--;
        add_styled(g, text, end, style, base);
        while (take < n && is_space(text[take]))
            take++;
        text += take;
        n -= take;
        style = style ? style + take : NULL;
        if (n) {
            grid_add_line(g);
            grid_add(g, GRID_PLAIN, str_get(&spaces));
        }
    }
    str_done(&spaces);
}

/* ---- light Markdown ----------------------------------------------------------------------------------------- */

struct prose { /* text and the style of each byte */
    struct str text;
    VEC(unsigned char) style;
    enum grid_style base;
};

static void prose_add(struct prose *p, enum grid_style style, const char *s, size_t n)
{
    str_addn(&p->text, s, n);
    for (size_t i = 0; i < n; i++)
        vec_push(&p->style, (unsigned char)style);
}

static void prose_piece(void *arg, enum light_style style, const char *s, size_t n)
{
    struct prose *p = arg;
    switch (style) {
    case LIGHT_PLAIN:
        prose_add(p, p->base, s, n);
        break;
    case LIGHT_BOLD:
        prose_add(p, GRID_STRONG, s, n);
        break;
    case LIGHT_MONO:
        prose_add(p, GRID_CODE, s, n);
        break;
    case LIGHT_LINK:
        prose_add(p, GRID_LINK, s, n);
        break;
    case LIGHT_ADDRESS:
        prose_add(p, GRID_FAINT, " (", 2);
        prose_add(p, GRID_FAINT, s, n);
        prose_add(p, GRID_FAINT, ")", 1);
        break;
    }
}

static void put_prose(struct grid *g, const struct str *text, enum grid_style base, const char *first, int width)
{
    struct prose p = {.text = STR_INIT, .base = base};
    light_inline(str_get(text), text->len, prose_piece, &p);
    layout_wrap(g, str_get(&p.text), p.text.len, p.style.v, base, width, first, GRID_FAINT);
    str_done(&p.text);
    vec_done(&p.style);
}

static void put_item(struct grid *g, const struct light_block *b, int width, bool unicode)
{
    struct str first = STR_INIT;
    str_pad(&first, ' ', (size_t)b->level);
    str_add(&first, b->mark[0] ? b->mark : unicode ? "• " : "- ");
    put_prose(g, &b->text, GRID_PLAIN, str_get(&first), width);
    str_done(&first);
}

static void put_code(struct grid *g, const char *text)
{
    struct str line = STR_INIT;
    while (*text) {
        size_t n = strcspn(text, "\n");
        str_clear(&line);
        str_add(&line, "  ");
        str_addn(&line, text, n);
        grid_add_line(g);
        grid_add(g, GRID_CODE, str_get(&line));
        text += n + (text[n] == '\n');
    }
    str_done(&line);
}

static void put_rule(struct grid *g, int width, bool unicode)
{
    struct str rule = STR_INIT;
    for (int i = 0; i < width; i++)
        str_add(&rule, unicode ? "─" : "-");
    grid_add_line(g);
    grid_add(g, GRID_FAINT, str_get(&rule));
    str_done(&rule);
}

static void put_table(struct grid *g, const struct light_block *b, const struct render_options *o)
{
    struct view *table = light_table(b);
    layout_table(g, table, o);
    view_unref(table);
}

void layout_text(struct grid *g, const char *text, const struct render_options *o)
{
    int width = layout_prose_width(o);
    struct light_reader in = {text};
    struct light_block b = {.text = STR_INIT};
    bool any = false;
    while (light_next(&in, &b)) {
        switch (b.kind) {
        case LIGHT_PARAGRAPH:
            put_prose(g, &b.text, GRID_PLAIN, "", width);
            break;
        case LIGHT_HEADING:
            put_prose(g, &b.text, b.level == 1 ? GRID_TITLE : GRID_HEAD, "", width);
            break;
        case LIGHT_ITEM:
            put_item(g, &b, width, o->unicode);
            break;
        case LIGHT_QUOTE:
            put_prose(g, &b.text, GRID_FAINT, o->unicode ? "│ " : "| ", width);
            break;
        case LIGHT_CODE:
            put_code(g, str_get(&b.text));
            break;
        case LIGHT_RULE:
            put_rule(g, width, o->unicode);
            break;
        case LIGHT_TABLE:
            put_table(g, &b, o);
            break;
        case LIGHT_BLANK:
            if (any)
                grid_add_line(g);
            break;
        }
        any = true;
    }
    str_done(&b.text);
}

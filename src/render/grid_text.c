/* grid_text: prose. Wrapping of styled paragraphs, and the light Markdown of text views: headings, lists, quotes, code,
 * pipe tables, **bold**, `code` and [links](…). */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "render/layout.h"

/* ---- wrapping --------------------------------------------------------------------------------------------------- */

/* Adds text[0..n) as runs of equal style. */
static void add_styled(struct grid *g, const char *text, size_t n, const unsigned char *style, enum grid_style base)
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

/* How many bytes of text fit on a line of `room` columns, broken at a space if there is one; at least one character. */
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

void layout_wrap(struct grid *g, const char *text, size_t n, const unsigned char *style, enum grid_style base, int width,
                 const char *first, enum grid_style first_style)
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

/* ---- inline marks ----------------------------------------------------------------------------------------------- */

struct prose { /* text and the style of each byte */
    struct str text;
    VEC(unsigned char) style;
};

static void prose_done(struct prose *p)
{
    str_done(&p->text);
    vec_done(&p->style);
}

static void prose_add(struct prose *p, const char *s, size_t n, enum grid_style style)
{
    str_addn(&p->text, s, n);
    for (size_t i = 0; i < n; i++)
        vec_push(&p->style, (unsigned char)style);
}

/* Position of `mark` in s[from..n), or n. */
static size_t find_mark(const char *s, size_t n, size_t from, const char *mark)
{
    size_t m = strlen(mark);
    for (size_t i = from; i + m <= n; i++)
        if (memcmp(s + i, mark, m) == 0)
            return i;
    return n;
}

/* Appends s with its inline marks turned into styles. */
static void prose_inline(struct prose *p, const char *s, size_t n, enum grid_style base)
{
    size_t i = 0;
    while (i < n) {
        size_t end;
        if (s[i] == '\\' && i + 1 < n && strchr("`*[]\\|_#", s[i + 1])) {
            prose_add(p, s + i + 1, 1, base);
            i += 2;
        } else if (s[i] == '`' && (end = find_mark(s, n, i + 1, "`")) < n) {
            prose_add(p, s + i + 1, end - i - 1, GRID_CODE);
            i = end + 1;
        } else if (s[i] == '*' && i + 2 < n && s[i + 1] == '*' && !is_space(s[i + 2]) &&
                   (end = find_mark(s, n, i + 2, "**")) < n) {
            prose_inline(p, s + i + 2, end - i - 2, GRID_STRONG);
            i = end + 2;
        } else if (s[i] == '[' && (end = find_mark(s, n, i + 1, "](")) < n && find_mark(s, n, end, ")") < n) {
            size_t close = find_mark(s, n, end, ")");
            prose_inline(p, s + i + 1, end - i - 1, GRID_LINK);
            prose_add(p, " (", 2, GRID_FAINT);
            prose_add(p, s + end + 2, close - end - 2, GRID_FAINT);
            prose_add(p, ")", 1, GRID_FAINT);
            i = close + 1;
        } else {
            prose_add(p, s + i, 1, base);
            i++;
        }
    }
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

struct lines { /* the text being read, line by line */
    const char *at;
};

struct line {
    const char *s;
    size_t n;
};

static bool peek(const struct lines *in, struct line *l)
{
    if (!*in->at)
        return false;
    l->s = in->at;
    l->n = strcspn(in->at, "\n");
    if (l->n && l->s[l->n - 1] == '\r')
        l->n--;
    return true;
}

static void skip(struct lines *in)
{
    in->at += strcspn(in->at, "\n");
    in->at += *in->at == '\n';
}

static size_t indent_of(struct line l)
{
    size_t i = 0;
    while (i < l.n && l.s[i] == ' ')
        i++;
    return i;
}

static bool is_blank(struct line l)
{
    return indent_of(l) == l.n;
}

static bool starts(struct line l, const char *mark)
{
    size_t n = strlen(mark);
    return l.n >= n && memcmp(l.s, mark, n) == 0;
}

/* "- x", "* x", "3. x": bytes up to the text, else 0. */
static size_t list_mark(struct line l)
{
    size_t i = indent_of(l), digits = i;
    if (i + 1 < l.n && (l.s[i] == '-' || l.s[i] == '*' || l.s[i] == '+') && l.s[i + 1] == ' ')
        return i + 2;
    while (digits < l.n && isdigit((unsigned char)l.s[digits]))
        digits++;
    if (digits > i && digits - i <= 3 && digits + 1 < l.n && (l.s[digits] == '.' || l.s[digits] == ')') &&
        l.s[digits + 1] == ' ')
        return digits + 2;
    return 0;
}

static bool is_rule(struct line l)
{
    size_t marks = 0;
    for (size_t i = 0; i < l.n; i++) {
        if (l.s[i] == '-' || l.s[i] == '=')
            marks++;
        else if (l.s[i] != ' ')
            return false;
    }
    return marks >= 3;
}

static bool is_table_row(struct line l)
{
    size_t i = indent_of(l);
    return i < l.n && l.s[i] == '|';
}

static bool starts_block(struct line l)
{
    return is_blank(l) || starts(l, "#") || starts(l, "```") || starts(l, "> ") || list_mark(l) || is_table_row(l) ||
           is_rule(l);
}

static void add_rule(struct grid *g, int width, bool unicode)
{
    struct str rule = STR_INIT;
    for (int i = 0; i < width; i++)
        str_add(&rule, unicode ? "─" : "-");
    grid_add_line(g);
    grid_add(g, GRID_FAINT, str_get(&rule));
    str_done(&rule);
}

static void code_line(struct grid *g, struct line l)
{
    struct str text = STR_INIT;
    str_add(&text, "  ");
    str_addn(&text, l.s, l.n);
    grid_add_line(g);
    grid_add(g, GRID_CODE, str_get(&text));
    str_done(&text);
}

static void fenced_code(struct grid *g, struct lines *in)
{
    struct line l;
    skip(in);
    while (peek(in, &l) && !starts(l, "```")) {
        code_line(g, l);
        skip(in);
    }
    skip(in);
}

static void heading(struct grid *g, struct line l, int width)
{
    size_t marks = 0;
    while (marks < l.n && l.s[marks] == '#')
        marks++;
    struct prose p = {.text = STR_INIT};
    prose_inline(&p, l.s + marks, l.n - marks, marks == 1 ? GRID_TITLE : GRID_HEAD);
    layout_wrap(g, str_get(&p.text), p.text.len, p.style.v, GRID_HEAD, width, "", GRID_PLAIN);
    prose_done(&p);
}

/* A paragraph, a list item or a quote: its first line from byte `from` on and the lines that continue it. */
static void paragraph(struct grid *g, struct lines *in, size_t from, const char *first, enum grid_style base, int width)
{
    struct line l;
    struct prose p = {.text = STR_INIT};
    struct str raw = STR_INIT;
    peek(in, &l);
    str_addn(&raw, l.s + from, l.n - from);
    skip(in);
    while (peek(in, &l) && !starts_block(l)) {
        size_t indent = indent_of(l);
        str_addc(&raw, ' ');
        str_addn(&raw, l.s + indent, l.n - indent);
        skip(in);
    }
    prose_inline(&p, str_get(&raw), raw.len, base);
    layout_wrap(g, str_get(&p.text), p.text.len, p.style.v, base, width, first, GRID_PLAIN);
    prose_done(&p);
    str_done(&raw);
}

static void list_item(struct grid *g, struct lines *in, struct line l, int width, bool unicode)
{
    size_t mark = list_mark(l), indent = indent_of(l);
    struct str first = STR_INIT;
    str_pad(&first, ' ', indent);
    if (isdigit((unsigned char)l.s[indent]))
        str_addn(&first, l.s + indent, mark - indent);
    else
        str_add(&first, unicode ? "• " : "- ");
    paragraph(g, in, mark, str_get(&first), GRID_PLAIN, width);
    str_done(&first);
}

/* ---- pipe tables ------------------------------------------------------------------------------------------------ */

#define TABLE_COLUMNS 64

/* The cells of "| a | b |", inline marks taken out; returns how many (at most TABLE_COLUMNS). */
static size_t split_row(struct line l, struct str cells[TABLE_COLUMNS])
{
    size_t i = indent_of(l) + 1, n = 0;
    while (i < l.n && n < TABLE_COLUMNS) {
        size_t end = i;
        while (end < l.n && l.s[end] != '|')
            end += l.s[end] == '\\' && end + 1 < l.n ? 2 : 1;
        if (end > l.n)
            end = l.n;
        size_t from = i, to = end;
        while (from < to && is_space(l.s[from]))
            from++;
        while (to > from && is_space(l.s[to - 1]))
            to--;
        if (end >= l.n && from == to)
            break; /* what follows the last bar */
        struct prose p = {.text = STR_INIT};
        prose_inline(&p, l.s + from, to - from, GRID_PLAIN);
        str_clear(&cells[n]);
        str_add(&cells[n++], str_get(&p.text));
        prose_done(&p);
        i = end + 1;
    }
    return n;
}

static bool is_table_rule(struct line l)
{
    for (size_t i = 0; i < l.n; i++)
        if (!strchr("|-: ", l.s[i]))
            return false;
    return true;
}

/* A pipe table becomes a table view, so that it is laid out as all tables are. */
static void pipe_table(struct grid *g, struct lines *in, const struct render_options *o)
{
    struct line l;
    struct str cells[TABLE_COLUMNS] = {{0, 0, 0}};
    struct view_column columns[TABLE_COLUMNS];
    peek(in, &l);
    size_t n = split_row(l, cells);
    for (size_t j = 0; j < n; j++)
        columns[j] = (struct view_column){.name = str_get(&cells[j]), .type = CELL_TEXT};
    struct view *table = view_table_new("table", "", columns, n);
    for (skip(in); peek(in, &l) && is_table_row(l); skip(in)) {
        if (is_table_rule(l))
            continue;
        size_t row = view_row(table), m = split_row(l, cells);
        for (size_t j = 0; j < n; j++)
            view_cell_text(table, row, j, j < m ? str_get(&cells[j]) : "");
    }
    layout_table(g, table, o);
    view_unref(table);
    for (size_t j = 0; j < TABLE_COLUMNS; j++)
        str_done(&cells[j]);
}

/* ---- the text --------------------------------------------------------------------------------------------------- */

void layout_text(struct grid *g, const char *text, const struct render_options *o)
{
    int width = layout_prose_width(o);
    struct lines in = {text};
    struct line l;
    bool blank = true; /* no blank lines at the start, never two */
    while (peek(&in, &l)) {
        if (is_blank(l)) {
            skip(&in);
            struct line next;
            if (!blank && peek(&in, &next) && !is_blank(next))
                grid_add_line(g);
            blank = blank || peek(&in, &next);
            continue;
        }
        blank = false;
        if (starts(l, "```")) {
            fenced_code(g, &in);
        } else if (starts(l, "#")) {
            heading(g, l, width);
            skip(&in);
        } else if (is_rule(l)) {
            add_rule(g, width, o->unicode);
            skip(&in);
        } else if (is_table_row(l)) {
            pipe_table(g, &in, o);
        } else if (list_mark(l)) {
            list_item(g, &in, l, width, o->unicode);
        } else if (starts(l, "> ")) {
            paragraph(g, &in, 2, o->unicode ? "│ " : "| ", GRID_FAINT, width);
        } else if (indent_of(l) >= 4) {
            code_line(g, (struct line){l.s + 2, l.n - 2});
            skip(&in);
        } else {
            paragraph(g, &in, indent_of(l), "", GRID_PLAIN, width);
        }
    }
}

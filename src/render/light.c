/* light: see light.h. */
#include "render/light.h"

#include <ctype.h>
#include <string.h>

/* ---- lines -------------------------------------------------------------------------------------------------- */

struct line {
    const char *s;
    size_t n;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The line at hand, without its end; false at the end of the text. */
static bool peek(const struct light_reader *in, struct line *l)
{
    l->s = in->at;
    l->n = strcspn(in->at, "\n");
    if (l->n && l->s[l->n - 1] == '\r')
        l->n--;
    return *in->at != '\0';
}

static void skip(struct light_reader *in)
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

static bool is_heading(struct line l)
{
    size_t marks = 0;
    while (marks < l.n && l.s[marks] == '#')
        marks++;
    return marks > 0 && marks <= 6 && marks < l.n && l.s[marks] == ' ';
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
    return is_blank(l) || is_heading(l) || starts(l, "```") || starts(l, "> ") || list_mark(l) ||
           is_table_row(l) || is_rule(l);
}

/* ---- blocks ------------------------------------------------------------------------------------------------- */

/* This line from byte `from` on and the lines that continue its paragraph, joined. */
static void read_paragraph(struct light_reader *in, struct light_block *b, size_t from)
{
    struct line l;
    peek(in, &l);
    str_addn(&b->text, l.s + from, l.n - from);
    skip(in);
    while (peek(in, &l) && !starts_block(l)) {
        size_t indent = indent_of(l);
        str_addc(&b->text, ' ');
        str_addn(&b->text, l.s + indent, l.n - indent);
        skip(in);
    }
}

static void read_fenced(struct light_reader *in, struct light_block *b)
{
    struct line l;
    for (skip(in); peek(in, &l) && !starts(l, "```"); skip(in)) {
        str_addn(&b->text, l.s, l.n);
        str_addc(&b->text, '\n');
    }
    skip(in);
}

/* Lines indented by four and more. */
static void read_indented(struct light_reader *in, struct light_block *b)
{
    struct line l;
    for (; peek(in, &l) && indent_of(l) >= 4 && !is_blank(l); skip(in)) {
        str_addn(&b->text, l.s + 4, l.n - 4);
        str_addc(&b->text, '\n');
    }
}

static void read_item(struct light_reader *in, struct light_block *b, struct line l)
{
    size_t mark = list_mark(l), indent = indent_of(l);
    b->level = (int)indent;
    if (isdigit((unsigned char)l.s[indent]) && mark - indent < sizeof b->mark) {
        memcpy(b->mark, l.s + indent, mark - indent);
        b->mark[mark - indent] = '\0';
    }
    read_paragraph(in, b, mark);
}

static void read_heading(struct light_reader *in, struct light_block *b, struct line l)
{
    while (l.n && *l.s == '#') {
        b->level++;
        l.s++;
        l.n--;
    }
    while (l.n && is_space(*l.s)) {
        l.s++;
        l.n--;
    }
    str_addn(&b->text, l.s, l.n);
    skip(in);
}

static void read_table(struct light_reader *in, struct light_block *b)
{
    struct line l;
    for (; peek(in, &l) && is_table_row(l); skip(in)) {
        str_addn(&b->text, l.s, l.n);
        str_addc(&b->text, '\n');
    }
}

bool light_next(struct light_reader *r, struct light_block *b)
{
    struct line l;
    bool any = peek(r, &l);
    str_clear(&b->text);
    b->level = 0;
    b->mark[0] = '\0';
    if (any && is_blank(l)) {
        while (peek(r, &l) && is_blank(l))
            skip(r);
        b->kind = LIGHT_BLANK;
        return *r->at != '\0';
    }
    if (!any)
        return false;
    if (starts(l, "```")) {
        b->kind = LIGHT_CODE;
        read_fenced(r, b);
    } else if (is_heading(l)) {
        b->kind = LIGHT_HEADING;
        read_heading(r, b, l);
    } else if (is_rule(l)) {
        b->kind = LIGHT_RULE;
        skip(r);
    } else if (is_table_row(l)) {
        b->kind = LIGHT_TABLE;
        read_table(r, b);
    } else if (list_mark(l)) {
        b->kind = LIGHT_ITEM;
        read_item(r, b, l);
    } else if (starts(l, "> ")) {
        b->kind = LIGHT_QUOTE;
        read_paragraph(r, b, 2);
    } else if (indent_of(l) >= 4) {
        b->kind = LIGHT_CODE;
        read_indented(r, b);
    } else {
        b->kind = LIGHT_PARAGRAPH;
        read_paragraph(r, b, indent_of(l));
    }
    return true;
}

/* ---- inline ------------------------------------------------------------------------------------------------- */

/* Position of `mark` in s[from..n), or n. */
static size_t find_mark(const char *s, size_t n, size_t from, const char *mark)
{
    size_t m = strlen(mark);
    for (size_t i = from; i + m <= n; i++)
        if (memcmp(s + i, mark, m) == 0)
            return i;
    return n;
}

static void inline_in(const char *s, size_t n, enum light_style base,
                      void (*piece)(void *arg, enum light_style style, const char *s, size_t n), void *arg)
{
    size_t plain = 0, i = 0; /* s[plain..i) waits to be given out */
    while (i < n) {
        size_t end, close;
        if (s[i] == '\\' && i + 1 < n && strchr("`*[]\\|_#<>", s[i + 1])) {
            piece(arg, base, s + plain, i - plain);
            plain = i + 1;
            i += 2;
        } else if (s[i] == '`' && (end = find_mark(s, n, i + 1, "`")) < n) {
            piece(arg, base, s + plain, i - plain);
            piece(arg, LIGHT_MONO, s + i + 1, end - i - 1);
            plain = i = end + 1;
        } else if (base == LIGHT_PLAIN && s[i] == '*' && i + 2 < n && s[i + 1] == '*' && !is_space(s[i + 2]) &&
                   (end = find_mark(s, n, i + 2, "**")) < n) {
            piece(arg, base, s + plain, i - plain);
            inline_in(s + i + 2, end - i - 2, LIGHT_BOLD, piece, arg);
            plain = i = end + 2;
        } else if (base == LIGHT_PLAIN && s[i] == '[' && (end = find_mark(s, n, i + 1, "](")) < n &&
                   (close = find_mark(s, n, end, ")")) < n && find_mark(s, end, i, "\n") == end) {
            piece(arg, base, s + plain, i - plain);
            inline_in(s + i + 1, end - i - 1, LIGHT_LINK, piece, arg);
            piece(arg, LIGHT_ADDRESS, s + end + 2, close - end - 2);
            plain = i = close + 1;
        } else {
            i++;
        }
    }
    piece(arg, base, s + plain, n - plain);
}

void light_inline(const char *s, size_t n,
                  void (*piece)(void *arg, enum light_style style, const char *s, size_t n), void *arg)
{
    inline_in(s, n, LIGHT_PLAIN, piece, arg);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

#define TABLE_COLUMNS 64

static void add_piece(void *arg, enum light_style style, const char *s, size_t n)
{
    (void)style;
    str_addn(arg, s, n);
}

/* The cells of "| a | b |", marks taken out; returns how many (at most TABLE_COLUMNS). */
static size_t split_row(struct line l, struct str cells[TABLE_COLUMNS])
{
    size_t i = indent_of(l) + 1, n = 0;
    while (i < l.n && n < TABLE_COLUMNS) {
        size_t end = i;
        while (end < l.n && l.s[end] != '|')
            end += l.s[end] == '\\' && end + 1 < l.n ? 2 : 1;
        size_t from = i, to = end;
        while (from < to && is_space(l.s[from]))
            from++;
        while (to > from && is_space(l.s[to - 1]))
            to--;
        if (end >= l.n && from == to)
            break; /* what follows the last bar */
        str_clear(&cells[n]);
        light_inline(l.s + from, to - from, add_piece, &cells[n++]);
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

struct view *light_table(const struct light_block *b)
{
    struct str cells[TABLE_COLUMNS] = {{0, 0, 0}};
    struct view_column columns[TABLE_COLUMNS];
    struct light_reader in = {str_get(&b->text)};
    struct line l;
    size_t n = peek(&in, &l) ? split_row(l, cells) : 0;
    for (size_t j = 0; j < n; j++)
        columns[j] = (struct view_column){.name = str_get(&cells[j]), .type = CELL_TEXT};
    struct view *table = view_table_new("table", "", columns, n);
    for (skip(&in); peek(&in, &l); skip(&in)) {
        if (is_table_rule(l))
            continue;
        size_t row = view_row(table), m = split_row(l, cells);
        for (size_t j = 0; j < n; j++)
            view_cell_text(table, row, j, j < m ? str_get(&cells[j]) : "");
    }
    for (size_t j = 0; j < TABLE_COLUMNS; j++)
        str_done(&cells[j]);
    return table;
}

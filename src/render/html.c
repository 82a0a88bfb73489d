/* html: one self-contained page: its own small style (light and dark), tables, trees, pictures drawn inline as
 * SVG or, without gnuplot, told in words. Nothing is fetched from anywhere. */
#include <string.h>

#include "base/arena.h"
#include "render/cell_format.h"
#include "render/gnuplot.h"
#include "render/grid.h"
#include "render/light.h"
#include "render/render.h"

static const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1c2024;--faint:#6a737d;--line:#d8dde3;--paper:#fff;--tint:#f2f6fa;"
    "--blue:#0072b2;--orange:#b35900}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#dfe5ec;--faint:#93a0ad;--line:#36404a;--paper:#14181c;"
    "--tint:#1d242b;--blue:#56b4e9;--orange:#e69f00}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}\n"
    "h1,h2,h3{line-height:1.2;margin:1.6em 0 .5em}h1{font-size:1.7rem}h2{font-size:1.25rem}h3{font-size:1.05rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.4em 0}\n"
    "caption,.caption,.faint{color:var(--faint)}th{text-align:left;border-bottom:1px solid var(--faint)}\n"
    "th,td{padding:.2em .8em .2em 0;vertical-align:top}td{border-bottom:1px solid var(--line)}\n"
    ".n{text-align:right}tr.best td{font-weight:600}tr.base td{color:var(--faint)}\n"
    ".bar{display:inline-block;height:.7em;background:var(--blue);margin-left:.5em;border-radius:1px}\n"
    "pre,code{font:14px/1.4 ui-monospace,monospace}pre{overflow-x:auto;background:var(--tint);padding:.7em 1em}\n"
    "blockquote,.note{border-left:3px solid var(--line);margin:.6em 0;padding:.1em 0 .1em "
    ".8em;color:var(--faint)}\n"
    ".warning,.error{border-color:var(--orange);color:var(--ink)}.warning b,.error b{color:var(--orange)}\n"
    "figure{margin:.6em 0}figure svg{max-width:100%;height:auto;background:#fff;border-radius:4px}\n"
    ".source{font:13px ui-monospace,monospace;color:var(--faint)}\n";

static void escape_n(struct str *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
        case '&':
            str_add(out, "&amp;");
            break;
        case '<':
            str_add(out, "&lt;");
            break;
        case '>':
            str_add(out, "&gt;");
            break;
        case '"':
            str_add(out, "&quot;");
            break;
        default:
            if ((unsigned char)s[i] >= 0x20 || s[i] == '\n' || s[i] == '\t')
                str_addc(out, s[i]);
            else
                str_addc(out, '?');
        }
    }
}

static void escape(struct str *out, const char *s)
{
    escape_n(out, s, strlen(s));
}

static void element(struct str *out, const char *tag, const char *text)
{
    str_printf(out, "<%s>", tag);
    escape(out, text);
    str_printf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

static void html_row(struct str *out, const struct view *v, size_t row, const struct cell_format *formats,
                     struct arena *scratch)
{
    static const char *const classes[] = {"<tr>", "<tr class=\"best\">", "<tr class=\"base\">"};
    const struct view_table *t = v->table;
    int level = t->row_level ? t->row_level[row] : 0;
    struct str text = STR_INIT;
    str_add(out, classes[level >= 0 && level <= 2 ? level : 0]);
    for (size_t j = 0; j < t->n_cols; j++) {
        struct cell c;
        enum cell_type type = t->column[j].type;
        view_table_cell(v, row, j, &c, scratch);
        str_clear(&text);
        cell_text(&text, &c, &t->column[j], &formats[j], true);
        str_add(out, render_cell_is_right_aligned(type) && type != CELL_BAR ? "<td class=\"n\">" : "<td>");
        escape(out, str_get(&text));
        if (type == CELL_BAR && !cell_is_missing(&c, type) && formats[j].top > 0) {
            str_add(out, "<span class=\"bar\" style=\"width:");
            decimal_fixed(out, 6 * c.r / formats[j].top, 2);
            str_add(out, "em\"></span>");
        }
        str_add(out, "</td>");
    }
    str_add(out, "</tr>\n");
    str_done(&text);
}

static void html_table(struct str *out, const struct view *whole, const struct render_options *o)
{
    struct view *v = view_table_brief(whole);
    const struct view_table *t = v->table;
    size_t rows = o->max_rows > 0 && (size_t)o->max_rows < t->n_rows ? (size_t)o->max_rows : t->n_rows;
    struct arena *own = arena_new(), *scratch = arena_new();
    struct cell_format *formats = arena_zero(own, t->n_cols ? t->n_cols : 1, sizeof *formats);
    str_add(out, "<div class=\"scroll\"><table>\n<thead><tr>");
    for (size_t j = 0; j < t->n_cols; j++) {
        const struct view_column *column = &t->column[j];
        formats[j] = cell_format_of(v, j, 0, rows, o->digits, scratch);
        bool right = render_cell_is_right_aligned(column->type) && column->type != CELL_BAR;
        str_add(out, right ? "<th class=\"n\">" : "<th>");
        escape(out, column->head ? column->head : column->name);
        str_add(out, "</th>");
    }
    str_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < rows; i++) {
        if (i % 4096 == 4095) {
            arena_free(scratch);
            scratch = arena_new();
        }
        html_row(out, v, i, formats, scratch);
    }
    str_add(out, "</tbody></table></div>\n");
    size_t total = t->total_rows > t->n_rows ? t->total_rows : t->n_rows;
    if (rows < total)
        str_printf(out, "<p class=\"faint\">… %zu of %zu rows</p>\n", rows, total);
    arena_free(scratch);
    arena_free(own);
    view_unref(v);
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

static bool is_web_address(const char *s, size_t n)
{
    return (n > 8 && memcmp(s, "https://", 8) == 0) || (n > 7 && memcmp(s, "http://", 7) == 0) ||
           (n > 0 && *s == '#');
}

static void inline_piece(void *arg, enum light_style style, const char *s, size_t n)
{
    static const struct {
        const char *before, *after;
    } tags[] = {
        [LIGHT_PLAIN] = {"", ""},
        [LIGHT_BOLD] = {"<strong>", "</strong>"},
        [LIGHT_MONO] = {"<code>", "</code>"},
        [LIGHT_LINK] = {"", ""},
    };
    struct str *out = arg;
    if (n == 0)
        return;
    if (style == LIGHT_ADDRESS) {
        if (is_web_address(s, n)) {
            str_add(out, " (<a href=\"");
            escape_n(out, s, n);
            str_add(out, "\">");
            escape_n(out, s, n);
            str_add(out, "</a>)");
        } else {
            str_add(out, " (");
            escape_n(out, s, n);
            str_addc(out, ')');
        }
        return;
    }
    str_add(out, tags[style].before);
    escape_n(out, s, n);
    str_add(out, tags[style].after);
}

static void html_inline(struct str *out, const char *tag, const struct str *text)
{
    str_printf(out, "<%s>", tag);
    light_inline(str_get(text), text->len, inline_piece, out);
    str_printf(out, "</%s>\n", tag);
}

static void html_text(struct str *out, const char *text, const struct render_options *o)
{
    struct light_reader in = {text};
    struct light_block b = {.text = STR_INIT};
    const char *list = NULL; /* the list that is open */
    while (light_next(&in, &b)) {
        const char *wanted = b.kind != LIGHT_ITEM ? NULL : b.mark[0] ? "ol" : "ul";
        if (b.kind == LIGHT_BLANK)
            continue;
        if (list && (!wanted || strcmp(list, wanted) != 0)) {
            str_printf(out, "</%s>\n", list);
            list = NULL;
        }
        if (wanted && !list) {
            str_printf(out, "<%s>\n", wanted);
            list = wanted;
        }
        struct view *table;
        switch (b.kind) {
        case LIGHT_PARAGRAPH:
            html_inline(out, "p", &b.text);
            break;
        case LIGHT_HEADING:
            html_inline(out, b.level == 1 ? "h2" : "h3", &b.text);
            break;
        case LIGHT_ITEM:
            html_inline(out, "li", &b.text);
            break;
        case LIGHT_QUOTE:
            html_inline(out, "blockquote", &b.text);
            break;
        case LIGHT_CODE:
            element(out, "pre", str_get(&b.text));
            break;
        case LIGHT_RULE:
            str_add(out, "<hr>\n");
            break;
        case LIGHT_TABLE:
            table = light_table(&b);
            html_table(out, table, o);
            view_unref(table);
            break;
        case LIGHT_BLANK:
            break;
        }
    }
    if (list)
        str_printf(out, "</%s>\n", list);
    str_done(&b.text);
}

static void html_note(struct str *out, enum view_level level, const char *text)
{
    static const struct {
        const char *class, *name;
    } looks[] = {{"note", "Note:"}, {"note", ""}, {"note warning", "Warning:"}, {"note error", "Error:"}};
    str_printf(out, "<p class=\"%s\">", looks[level].class);
    if (*looks[level].name)
        str_printf(out, "<b>%s</b> ", looks[level].name);
    escape(out, text);
    str_add(out, "</p>\n");
}

/* ---- trees and pictures ------------------------------------------------------------------------------------- */

static void html_tree(struct str *out, const struct view *v, const struct render_options *o)
{
    struct view bare = *v;
    struct render_options wide = *o;
    struct str text = STR_INIT;
    bare.title = "";
    bare.caption = NULL;
    bare.n_notes = 0;
    wide.width = 0;
    wide.unicode = true;
    struct grid *g = grid_new();
    grid_view(g, &bare, &wide);
    grid_print(g, &text, false);
    element(out, "pre", str_get(&text));
    grid_free(g);
    str_done(&text);
}

static void html_plot(struct str *out, const struct view *v)
{
    struct str svg = STR_INIT;
    if (gnuplot_available() && gnuplot_to_svg(v, &svg, 900, 560, NULL)) {
        const char *start = strstr(str_get(&svg), "<svg"); /* without the XML head */
        str_add(out, "<figure>\n");
        str_add(out, start ? start : str_get(&svg));
        str_add(out, "<figcaption class=\"caption\">");
        escape(out, v->plot->twin);
        str_add(out, "</figcaption></figure>\n");
    } else {
        element(out, "p", v->plot->twin);
    }
    str_done(&svg);
}

/* ---- the page ----------------------------------------------------------------------------------------------- */

static void html_view(struct str *out, const struct view *v, const struct render_options *o, int level)
{
    if (v->kind != VIEW_NOTE) {
        str_add(out, "<section id=\"");
        escape(out, v->id);
        str_add(out, "\">\n");
    }
    if (v->title && *v->title)
        element(out, level <= 2 ? "h2" : "h3", v->title);
    if (v->source && *v->source)
        element(out, "p class=\"source\"", v->source);
    switch (v->kind) {
    case VIEW_TABLE:
        html_table(out, v, o);
        break;
    case VIEW_PLOT:
        html_plot(out, v);
        break;
    case VIEW_TREE:
        html_tree(out, v, o);
        break;
    case VIEW_TEXT:
        html_text(out, v->text, o);
        break;
    case VIEW_NOTE:
        html_note(out, v->level, v->text);
        break;
    case VIEW_REPORT:
        for (size_t i = 0; i < v->items->n; i++)
            html_view(out, v->items->v[i], o, level + 1);
        break;
    }
    if (v->caption && *v->caption)
        element(out, "p class=\"caption\"", v->caption);
    for (size_t i = 0; i < v->n_notes; i++)
        html_note(out, v->note_levels[i], v->notes[i]);
    if (v->kind != VIEW_NOTE)
        str_add(out, "</section>\n");
}

static void begin(struct str *out, const struct render_options *o)
{
    const char *title = o->title && *o->title ? o->title : "lathe";
    str_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    element(out, "title", title);
    str_printf(out, "<style>\n%s</style>\n</head>\n<body>\n", page_style);
    if (o->title && *o->title)
        element(out, "h1", title);
}

static void put(struct str *out, const struct view *v, const struct render_options *o)
{
    html_view(out, v, o, 2);
}

static void end(struct str *out, const struct render_options *o)
{
    (void)o;
    str_add(out, "</body>\n</html>\n");
}

const struct renderer render_html = {"html", ".html", begin, put, end};

/* markdown: pipe tables, trees as code, pictures in words. */
#include <string.h>

#include "base/arena.h"
#include "render/cell_format.h"
#include "render/grid.h"
#include "render/render.h"

/* Text that means itself: marks escaped, line ends to spaces. Underscores within words are safe as they are. */
static void literal(struct str *out, const char *s)
{
    for (const char *p = s; *p; p++) {
        bool inner = *p == '_' && p > s && p[-1] != ' ' && p[1] && p[1] != ' ';
        if (*p == '\n' || *p == '\r' || *p == '\t') {
            str_addc(out, ' ');
            continue;
        }
        bool tag = *p == '<' && (p[1] == '/' || p[1] == '!' || (p[1] | 32) >= 'a');
        if (tag || (strchr("\\`*_[]|", *p) && !inner))
            str_addc(out, '\\');
        str_addc(out, *p);
    }
}

static void heading(struct str *out, int level, const char *text)
{
    str_pad(out, '#', (size_t)level);
    str_addc(out, ' ');
    literal(out, text);
    str_add(out, "\n\n");
}

static const char *head_of(const struct view_column *c)
{
    return c->head ? c->head : c->name;
}

static void markdown_row(struct str *out, const struct view *v, size_t row, const struct cell_format *formats,
                         struct arena *scratch)
{
    const struct view_table *t = v->table;
    bool best = t->row_level && t->row_level[row] == 1;
    struct str text = STR_INIT;
    str_addc(out, '|');
    for (size_t j = 0; j < t->n_cols; j++) {
        struct cell c;
        view_table_cell(v, row, j, &c, scratch);
        str_clear(&text);
        cell_text(&text, &c, &t->column[j], &formats[j], true);
        str_add(out, best && text.len ? " **" : " ");
        literal(out, str_get(&text));
        str_add(out, best && text.len ? "** |" : " |");
    }
    str_addc(out, '\n');
    str_done(&text);
}

static void markdown_table(struct str *out, const struct view *whole, const struct render_options *o)
{
    struct view *v = view_table_brief(whole);
    const struct view_table *t = v->table;
    if (t->n_cols == 0) {
        view_unref(v);
        return;
    }
    size_t rows = o->max_rows > 0 && (size_t)o->max_rows < t->n_rows ? (size_t)o->max_rows : t->n_rows;
    struct arena *own = arena_new(), *scratch = arena_new();
    struct cell_format *formats = arena_zero(own, t->n_cols, sizeof *formats);
    str_addc(out, '|');
    for (size_t j = 0; j < t->n_cols; j++) {
        formats[j] = cell_format_of(v, j, 0, rows, o->digits, scratch);
        str_addc(out, ' ');
        literal(out, head_of(&t->column[j]));
        str_add(out, " |");
    }
    str_add(out, "\n|");
    for (size_t j = 0; j < t->n_cols; j++)
        str_add(out, render_cell_is_right_aligned(t->column[j].type) ? " ---: |" : " --- |");
    str_addc(out, '\n');
    for (size_t i = 0; i < rows; i++) {
        if (i % 4096 == 4095) {
            arena_free(scratch);
            scratch = arena_new();
        }
        markdown_row(out, v, i, formats, scratch);
    }
    str_addc(out, '\n');
    size_t total = t->total_rows > t->n_rows ? t->total_rows : t->n_rows;
    if (rows < total)
        str_printf(out, "… %zu of %zu rows\n\n", rows, total);
    arena_free(scratch);
    arena_free(own);
    view_unref(v);
}

static void markdown_tree(struct str *out, const struct view *v, const struct render_options *o)
{
    struct view bare = *v; /* the title and the notes stand outside of the code */
    struct render_options wide = *o;
    bare.title = "";
    bare.caption = NULL;
    bare.n_notes = 0;
    wide.width = 0;
    struct grid *g = grid_new();
    grid_view(g, &bare, &wide);
    str_add(out, "```text\n");
    grid_print(g, out, false);
    str_add(out, "```\n\n");
    grid_free(g);
}

static void markdown_note(struct str *out, enum view_level level, const char *text)
{
    static const char *const names[] = {"Note", "Good", "Warning", "Error"};
    str_printf(out, "> **%s:** ", names[level]);
    literal(out, text);
    str_add(out, "\n\n");
}

static void paragraph(struct str *out, const char *text)
{
    if (!text || !*text)
        return;
    literal(out, text);
    str_add(out, "\n\n");
}

static void markdown_view(struct str *out, const struct view *v, const struct render_options *o, int level)
{
    if (v->title && *v->title)
        heading(out, level, v->title);
    switch (v->kind) {
    case VIEW_TABLE:
        markdown_table(out, v, o);
        break;
    case VIEW_PLOT:
        paragraph(out, v->plot->twin);
        break;
    case VIEW_TREE:
        markdown_tree(out, v, o);
        break;
    case VIEW_TEXT:
        str_add(out, v->text);
        str_add(out, str_ends(v->text, "\n") ? "\n" : "\n\n");
        break;
    case VIEW_NOTE:
        markdown_note(out, v->level, v->text);
        break;
    case VIEW_REPORT:
        for (size_t i = 0; i < v->items->n; i++)
            markdown_view(out, v->items->v[i], o, level < 5 ? level + 1 : level);
        break;
    }
    paragraph(out, v->caption);
    for (size_t i = 0; i < v->n_notes; i++)
        markdown_note(out, v->note_levels[i], v->notes[i]);
}

static void begin(struct str *out, const struct render_options *o)
{
    if (o->title && *o->title)
        heading(out, 1, o->title);
}

static void put(struct str *out, const struct view *v, const struct render_options *o)
{
    markdown_view(out, v, o, 2);
}

static void end(struct str *out, const struct render_options *o)
{
    (void)out;
    (void)o;
}

const struct renderer render_markdown = {"markdown", ".md", begin, put, end};

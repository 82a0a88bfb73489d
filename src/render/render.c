/* render: the table of renderers, and a cell's text for people. */
#include "render/render.h"

#include "base/arena.h"
#include "render/cell_format.h"

static const struct renderer *const render_table[] = {
    &render_plain, &render_json, &render_markdown, &render_html, &render_csv,
};
#define N_RENDERERS (sizeof render_table / sizeof *render_table)

/* Other endings by which the same renderers are asked for. */
static const struct {
    const char *extension;
    const struct renderer *renderer;
} more_extensions[] = {
    {".markdown", &render_markdown}, {".htm", &render_html}, {".jsonl", &render_json}, {".ndjson", &render_json}};

const struct renderer *renderer_find(const char *name)
{
    for (size_t i = 0; i < N_RENDERERS; i++)
        if (str_eq(render_table[i]->name, name))
            return render_table[i];
    return NULL;
}

const struct renderer *renderer_for_path(const char *path)
{
    for (size_t i = 0; i < N_RENDERERS; i++)
        if (render_table[i]->extension && str_ends(path, render_table[i]->extension))
            return render_table[i];
    for (size_t i = 0; i < sizeof more_extensions / sizeof *more_extensions; i++)
        if (str_ends(path, more_extensions[i].extension))
            return more_extensions[i].renderer;
    return NULL;
}

void render_cell(struct str *out, const struct cell *c, const struct view_column *col)
{
    struct cell_format f = cell_format_alone(c, col);
    cell_text(out, c, col, &f, true);
}

bool render_cell_is_right_aligned(enum cell_type t)
{
    return t != CELL_TEXT && t != CELL_BOOL;
}

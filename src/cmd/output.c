/* output: what `> file` does. */
#include <string.h>

#include "base/file.h"
#include "cmd/cmd.h"
#include "render/gnuplot.h"
#include "render/render.h"

static const struct view *first_of(const struct view_list *views, enum view_kind kind)
{
    for (size_t i = 0; i < views->n; i++) {
        const struct view *v = views->v[i];
        if (v->kind == kind)
            return v;
        const struct view *inside = v->kind == VIEW_REPORT ? first_of(v->items, kind) : NULL;
        if (inside)
            return inside;
    }
    return NULL;
}

static struct view *picture(const struct view_list *views, const char *path, struct err *e)
{
    const struct view *plot = first_of(views, VIEW_PLOT);
    if (!plot) {
        err_set(e, ERR_INPUT, "%s is a picture, and this command draws none", path);
        err_hint(e, "write the result to a .csv, .json, .md, .html or .txt file");
        return NULL;
    }
    if (!gnuplot_to_file(plot, path, 0, 0, e))
        return NULL;
    return view_note(VIEW_GOOD, "wrote %s", path);
}

struct view *output_redirect(const struct view_list *views, const char *path, struct err *e)
{
    if (gnuplot_can_write(path))
        return picture(views, path, e);
    const struct renderer *r = renderer_for_path(path);
    if (!r) {
        err_set(e, ERR_INPUT, "%s: what kind of file is that?", path);
        err_hint(e, "end the name in .csv .tsv .json .md .html .txt, or for pictures .png .svg .pdf .gp");
        return NULL;
    }
    if (r == &render_csv && !first_of(views, VIEW_TABLE)) {
        err_set(e, ERR_INPUT, "%s is a table, and this command makes none", path);
        return NULL;
    }
    struct render_options o = {.unicode = true, .width = r == &render_plain ? 120 : 0};
    struct str out = STR_INIT;
    struct view *note = NULL;
    if (r->begin)
        r->begin(&out, &o);
    for (size_t i = 0; i < views->n; i++)
        r->put(&out, views->v[i], &o);
    if (r->end)
        r->end(&out, &o);
    if (file_write_atomic(path, str_get(&out), out.len, e))
        note = view_note(VIEW_GOOD, "wrote %s", path);
    str_done(&out);
    return note;
}

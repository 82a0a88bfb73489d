/* shelf: what the session holds. */
#include "ui/tui/shelf.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "render/layout.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

void shelf_done(struct shelf *s)
{
    grid_free(s->grid);
    s->grid = NULL;
}

void shelf_changed(struct shelf *s)
{
    shelf_done(s);
}

/* "891 x 12", thin spaces for thousands left out: shelves are narrow. */
static void size_text(struct str *out, const struct table *t, bool unicode)
{
    str_printf(out, "%zu %s %zu", table_rows(t), unicode ? "×" : "x", table_cols(t));
}

struct shape {
    int width, name; /* columns there are, and those of the longest name */
};

/* A line of name, fact and detail; what doesn't fit is cut from the right. */
static void add_row(struct grid *g, struct shape shape, bool strong, const char *mark, const char *name,
                    const char *fact, const char *detail, const char *follow, bool unicode)
{
    struct str cut = STR_INIT;
    int name_width = *fact ? shape.name : shape.width - 3, left;
    grid_add_line(g);
    grid_addf(g, strong ? GRID_GOOD : GRID_FAINT, "%s ", mark);
    int used = (int)layout_cut(&cut, name, (size_t)name_width, unicode);
    grid_add(g, strong ? GRID_STRONG : GRID_PLAIN, str_get(&cut));
    grid_addf(g, GRID_PLAIN, "%*s", name_width - used + 1, "");
    left = shape.width - 2 - name_width - 1;
    str_clear(&cut);
    used = left > 0 ? (int)layout_cut(&cut, fact, (size_t)left, unicode) : 0;
    grid_add(g, GRID_NUMBER, str_get(&cut));
    left -= used + 2;
    str_clear(&cut);
    if (left > 6 && *detail) {
        layout_cut(&cut, detail, (size_t)left, unicode);
        grid_addf(g, GRID_FAINT, "  %s", str_get(&cut));
    }
    if (follow)
        g->line[g->n - 1].follow = arena_strdup(g->arena, follow);
    str_done(&cut);
}

static void add_head(struct grid *g, const char *text)
{
    if (g->n)
        grid_add_line(g);
    grid_add_line(g);
    grid_add(g, GRID_FAINT, text);
}

static void add_table(struct grid *g, const struct object *o, bool current, struct shape shape, bool unicode)
{
    struct str fact = STR_INIT, detail = STR_INIT, follow = STR_INIT;
    size_text(&fact, o->table, unicode);
    if (o->task && o->task->target)
        str_printf(&detail, "%s %s", unicode ? "→" : "->", o->task->target);
    str_add(&follow, "browse ");
    line_quote(&follow, o->name);
    add_row(g, shape, current, current ? (unicode ? "●" : "*") : " ", o->name, str_get(&fact), str_get(&detail),
            str_get(&follow), unicode);
    str_done(&fact);
    str_done(&detail);
    str_done(&follow);
}

static void add_model(struct grid *g, const struct object *o, struct shape shape, bool unicode)
{
    struct str detail = STR_INIT, follow = STR_INIT;
    const char *target = model_target(o->model);
    if (target)
        str_printf(&detail, "%s %s", unicode ? "→" : "->", target);
    str_printf(&detail, "%s%zu rows, ", detail.len ? ", " : "", model_rows(o->model));
    double s = model_fit_seconds(o->model);
    str_printf(&detail, s < 1 ? "%.0f ms" : "%.1f s", s < 1 ? s * 1000 : s);
    if (model_is_partial(o->model))
        str_add(&detail, ", stopped early");
    str_add(&follow, "show ");
    line_quote(&follow, o->name);
    add_row(g, shape, false, " ", o->name, model_kind(o->model), str_get(&detail), str_get(&follow),
            unicode);
    str_done(&detail);
    str_done(&follow);
}

static struct shape shape_of(const struct session *s, int width)
{
    struct shape shape = {width, 8};
    for (size_t i = 0; i < session_count(s); i++) {
        int w = (int)utf8_width(session_at(s, i)->name);
        shape.name = w > shape.name ? w : shape.name;
    }
    int most = width * 2 / 5 > 12 ? width * 2 / 5 : 12;
    shape.name = (shape.name < most ? shape.name : most) + 1;
    return shape;
}

static size_t count_of(const struct session *s, enum object_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < session_count(s); i++)
        n += session_at(s, i)->kind == kind;
    return n;
}

static void make(struct shelf *s, struct engine *en, bool unicode)
{
    const struct session *session = engine_session(en);
    const struct object *current = session_current(session);
    struct grid *g = s->grid = grid_new();
    struct shape shape = shape_of(session, s->width - 3);
    if (engine_busy(en)) {
        add_head(g, "running");
        const char *fact = "";
        double done = progress_done(engine_progress(en));
        if (done >= 0)
            fact = arena_printf(g->arena, "%3.0f %%", done * 100);
        struct shape wide = {shape.width, *fact ? shape.width - 10 : shape.width};
        add_row(g, wide, true, unicode ? "▸" : ">", engine_job_line(en), fact, "", NULL, unicode);
    }
    if (count_of(session, OBJECT_TABLE)) {
        add_head(g, "tables");
        for (size_t i = 0; i < session_count(session); i++)
            if (session_at(session, i)->kind == OBJECT_TABLE)
                add_table(g, session_at(session, i), session_at(session, i) == current, shape, unicode);
    }
    if (count_of(session, OBJECT_MODEL)) {
        add_head(g, "models");
        for (size_t i = 0; i < session_count(session); i++)
            if (session_at(session, i)->kind == OBJECT_MODEL)
                add_model(g, session_at(session, i), shape, unicode);
    }
    if (!g->n) {
        grid_add_line(g);
        grid_add(g, GRID_FAINT, "Tables and models stand here.");
    }
}

void shelf_lay(struct shelf *s, struct engine *en, int width, int height, bool unicode)
{
    if (s->grid && s->width != width)
        shelf_done(s);
    s->width = width;
    if (!s->grid)
        make(s, en, unicode);
    pane_fit(&s->pane, (long)s->grid->n, height);
}

void shelf_draw(struct shelf *s, const struct rect *box, bool focused)
{
    for (int i = 0; i < box->height - 1 && s->pane.top + i < (long)s->grid->n; i++) {
        long k = s->pane.top + i;
        int surface = focused && k == s->pane.cursor ? SURFACE_SELECTED : SURFACE_PAGE;
        if (surface != SURFACE_PAGE)
            screen_fill(box->y + 1 + i, box->x, box->width - 1, GRID_PLAIN, surface);
        pane_draw_line(box->y + 1 + i, box->x + 1, box->width - 2, s->pane.left, &s->grid->line[k], surface, NULL);
    }
    pane_draw_bar(&s->pane, box);
}

const char *shelf_follow(const struct shelf *s)
{
    if (!s->grid || s->pane.cursor < 0 || s->pane.cursor >= (long)s->grid->n)
        return NULL;
    return s->grid->line[s->pane.cursor].follow;
}

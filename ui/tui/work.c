/* work: blocks of commands and their results. */
#include "ui/tui/work.h"

#include <string.h>

#include "base/mem.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "render/layout.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define KEEP_BLOCKS 400
#define INDENT 2

void work_init(struct work *w)
{
    *w = (struct work){.follow = true, .max_rows = 60};
}

static void block_free(struct block *b)
{
    mem_free(b->line);
    view_list_done(&b->views);
    grid_free(b->grid);
    mem_free(b);
}

void work_clear(struct work *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->block.n; i++) {
        if (w->block.v[i]->running)
            w->block.v[kept++] = w->block.v[i];
        else
            block_free(w->block.v[i]);
    }
    w->block.n = kept;
    w->stale = w->follow = true;
    w->pane.top = w->pane.cursor = 0;
}

void work_done(struct work *w)
{
    for (size_t i = 0; i < w->block.n; i++)
        block_free(w->block.v[i]);
    vec_done(&w->block);
    mem_free(w->find);
    w->find = NULL;
}

static struct block *add_block(struct work *w, const char *line)
{
    struct block *b = mem_zero(1, sizeof *b);
    if (w->block.n == KEEP_BLOCKS) {
        block_free(w->block.v[0]);
        memmove(w->block.v, w->block.v + 1, (KEEP_BLOCKS - 1) * sizeof *w->block.v);
        w->block.n--;
    }
    b->line = mem_strdup(line);
    b->seconds = -1;
    b->started = clock_seconds();
    vec_push(&w->block, b);
    w->stale = w->follow = true;
    return b;
}

void work_begin(struct work *w, const char *line)
{
    add_block(w, line)->running = true;
}

static struct block *find_open(struct work *w, const char *line)
{
    for (size_t i = w->block.n; i-- > 0;)
        if (w->block.v[i]->running && str_eq(w->block.v[i]->line, line))
            return w->block.v[i];
    return NULL;
}

/* The newest open block of this line; a line that never began (it could not be read) gets a closed one. */
static struct block *open_block(struct work *w, const char *line)
{
    struct block *b = find_open(w, line);
    return b ? b : add_block(w, line);
}

static void touched(struct work *w, struct block *b)
{
    grid_free(b->grid);
    b->grid = NULL;
    w->stale = true;
}

void work_views(struct work *w, const char *line, const struct view_list *views)
{
    struct block *b = open_block(w, line);
    for (size_t i = 0; i < views->n; i++)
        view_list_add(&b->views, view_ref(views->v[i]));
    touched(w, b);
}

void work_failed(struct work *w, const char *line, const struct err *e)
{
    struct block *b = open_block(w, line);
    b->err = *e;
    b->failed = true;
    touched(w, b);
}

void work_end(struct work *w, const char *line, double seconds)
{
    struct block *b = find_open(w, line);
    if (!b)
        return;
    b->running = false;
    b->seconds = seconds;
    touched(w, b);
}

void work_say(struct work *w, const char *line, struct view *v)
{
    struct block *b = add_block(w, line);
    view_list_add(&b->views, v);
}

/* ---- layout ------------------------------------------------------------------------------------------------- */

static void lay_error(struct grid *g, const struct block *b, int width)
{
    const struct err *e = &b->err;
    size_t length = b->line ? strlen(b->line) : 0;
    bool is_cancel = e->code == ERR_CANCELLED;
    layout_wrap(g, e->text, strlen(e->text), NULL, GRID_PLAIN, width,
                is_cancel ? "stopped: " : "error: ", is_cancel ? GRID_WARNING : GRID_ERROR);
    if (e->to > e->from && e->from >= 0 && (size_t)e->to <= length && !strchr(b->line, '\n')) {
        size_t before = utf8_width_n(b->line, (size_t)e->from);
        size_t under = utf8_width_n(b->line + e->from, (size_t)(e->to - e->from));
        if ((int)(before + under) + 2 <= width) {
            struct str mark = STR_INIT;
            grid_add_line(g);
            grid_addf(g, GRID_PLAIN, "  %.*s", e->from, b->line);
            grid_addf(g, GRID_ERROR, "%.*s", e->to - e->from, b->line + e->from);
            grid_add(g, GRID_PLAIN, b->line + e->to);
            str_pad(&mark, '^', under ? under : 1);
            grid_add_line(g);
            grid_addf(g, GRID_PLAIN, "  %*s", (int)before, "");
            grid_add(g, GRID_ERROR, str_get(&mark));
            str_done(&mark);
        }
    }
    if (e->hint[0])
        layout_wrap(g, e->hint, strlen(e->hint), NULL, GRID_FAINT, width, "hint: ", GRID_FAINT);
}

/* Lines that speak of the k-th plot of a block have this row number. */
#define ROW_OF_PLOT(k) (-100 - (long)(k))

/* The picture itself is in its own pane; here stands what one sees on it, quietly. */
static void lay_plot(struct grid *g, const struct view *v, const struct render_options *o, size_t k)
{
    size_t from = g->n;
    layout_wrap(g, v->plot->twin, strlen(v->plot->twin), NULL, GRID_FAINT, o->width, "picture: ", GRID_FAINT);
    if (v->caption && *v->caption)
        layout_wrap(g, v->caption, strlen(v->caption), NULL, GRID_FAINT, o->width, "         ", GRID_FAINT);
    for (size_t i = 0; i < v->n_notes; i++) {
        struct view *note = view_note(v->note_levels[i], "%s", v->notes[i]);
        grid_view(g, note, o);
        view_unref(note);
    }
    for (size_t i = from; i < g->n; i++)
        g->line[i].row = ROW_OF_PLOT(k);
}

static const struct view *nth_plot(const struct view_list *views, size_t *n)
{
    for (size_t i = 0; i < views->n; i++) {
        const struct view *v = views->v[i], *inside = NULL;
        if (v->kind == VIEW_PLOT && (*n)-- == 0)
            return v;
        if (v->kind == VIEW_REPORT && (inside = nth_plot(v->items, n)))
            return inside;
    }
    return NULL;
}

const struct view *work_plot(const struct block *b, const struct grid_line *line)
{
    size_t n;
    if (line->row > ROW_OF_PLOT(0))
        return NULL;
    n = (size_t)(ROW_OF_PLOT(0) - line->row);
    return nth_plot(&b->views, &n);
}

struct place {
    const struct view *before; /* the view laid last */
    size_t plots;              /* so far */
};

static void lay_views(struct grid *g, const struct view_list *views, const struct render_options *o,
                      struct place *at)
{
    for (size_t i = 0; i < views->n; i++) {
        const struct view *v = views->v[i];
        if (v->kind == VIEW_REPORT) {
            if (v->title && *v->title) {
                grid_add_line(g);
                grid_add(g, GRID_TITLE, v->title);
            }
            lay_views(g, v->items, o, at);
            continue;
        }
        bool both_notes = at->before && at->before->kind == VIEW_NOTE && v->kind == VIEW_NOTE;
        if (at->before && !both_notes)
            grid_add_line(g);
        at->before = v;
        if (v->kind == VIEW_PLOT)
            lay_plot(g, v, o, at->plots++);
        else
            grid_view(g, v, o);
    }
}

static void lay_block(struct work *w, struct block *b)
{
    int width = w->width - INDENT - 2;
    struct render_options o = {
        .width = width > 10 ? width : 10, .max_rows = w->max_rows, .digits = w->digits, .unicode = w->unicode};
    b->grid = grid_new();
    if (b->line) {
        grid_add_line(b->grid);
        grid_add(b->grid, GRID_PLAIN, "");
    }
    lay_views(b->grid, &b->views, &o, &(struct place){0});
    if (b->failed)
        lay_error(b->grid, b, o.width);
    grid_add_line(b->grid); /* air */
}

void work_lay(struct work *w, int width, int height)
{
    if (width != w->width)
        for (size_t i = 0; i < w->block.n; i++)
            touched(w, w->block.v[i]);
    long old_height = w->pane.height;
    if (!w->stale && width == w->width && old_height == height)
        return;
    w->width = width;
    long lines = 0;
    for (size_t i = 0; i < w->block.n; i++) {
        struct block *b = w->block.v[i];
        if (!b->grid)
            lay_block(w, b);
        b->first = lines;
        lines += (long)b->grid->n;
    }
    w->stale = false;
    pane_fit(&w->pane, lines, height);
    if (!w->follow || !w->block.n)
        return;
    /* The newest result from its start when it is longer than the pane, else as far down as there is something. */
    struct block *last = w->block.v[w->block.n - 1];
    long top = lines - height;
    w->pane.top = last->first < top ? last->first : top;
    w->pane.cursor = last->first;
    pane_fit(&w->pane, lines, height);
}

const struct grid_line *work_line(struct work *w, long i, struct block **of)
{
    size_t low = 0, high = w->block.n;
    while (low + 1 < high) { /* the last block that starts at or before i */
        size_t middle = (low + high) / 2;
        if (w->block.v[middle]->first <= i)
            low = middle;
        else
            high = middle;
    }
    if (!w->block.n || i < 0)
        return NULL;
    struct block *b = w->block.v[low];
    if (!b->grid || i - b->first >= (long)b->grid->n)
        return NULL;
    if (of)
        *of = b;
    return &b->grid->line[i - b->first];
}

void work_top(struct work *w)
{
    if (w->pane.cursor < w->pane.top || w->pane.cursor >= w->pane.top + w->pane.height)
        w->pane.cursor = w->pane.top;
}

bool work_find(struct work *w, int direction)
{
    for (long k = 1; w->find && k <= w->pane.count; k++) {
        long i = (w->pane.cursor + direction * k % w->pane.count + w->pane.count) % w->pane.count;
        struct block *b;
        const struct grid_line *l = work_line(w, i, &b);
        bool in_head = l && b->line && i == b->first && strcasestr(b->line, w->find);
        if (l && (in_head || pane_line_has(l, w->find))) {
            w->follow = false;
            pane_to(&w->pane, i);
            return true;
        }
    }
    return false;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

static void elapsed_text(struct str *out, double s)
{
    if (s < 0.0005)
        return;
    if (s < 1)
        str_printf(out, "%.0f ms", s * 1000);
    else if (s < 60)
        str_printf(out, "%.1f s", s);
    else
        str_printf(out, "%d min %02d s", (int)(s / 60), (int)s % 60);
}

static void draw_head(const struct block *b, int y, int x, int width, int surface)
{
    struct str right = STR_INIT;
    if (b->running)
        str_add(&right, "running");
    else
        elapsed_text(&right, b->seconds);
    int r = (int)utf8_width(str_get(&right));
    if (surface != SURFACE_PAGE)
        screen_fill(y, x, width, GRID_PLAIN, surface);
    screen_text(y, x, 2, b->failed ? UI_ALERT : UI_PROMPT, surface, screen_unicode() ? "›" : ">");
    int used = screen_text(y, x + INDENT, width - INDENT - (width > 30 ? r + 2 : 0), UI_COMMAND, surface, b->line);
    if (r && used + INDENT + r + 2 <= width)
        screen_text(y, x + width - r - 1, r, GRID_FAINT, surface, str_get(&right));
    str_done(&right);
}

void work_draw(struct work *w, const struct rect *box, bool focused)
{
    for (int row = 0; row < box->height - 1; row++) {
        long i = w->pane.top + row;
        struct block *b = NULL;
        const struct grid_line *l = work_line(w, i, &b);
        if (!l)
            break;
        int y = box->y + 1 + row;
        int surface = focused && i == w->pane.cursor ? SURFACE_SELECTED : SURFACE_PAGE;
        if (b->line && i == b->first) {
            draw_head(b, y, box->x, box->width - 1, surface);
            continue;
        }
        if (surface != SURFACE_PAGE)
            screen_fill(y, box->x, box->width - 1, GRID_PLAIN, surface);
        pane_draw_line(y, box->x + INDENT, box->width - INDENT - 1, w->pane.left, l, surface, w->find);
        if (focused && (l->follow || work_plot(b, l)) && i == w->pane.cursor)
            screen_text(y, box->x, 1, UI_PROMPT, surface, screen_unicode() ? "▸" : ">");
    }
    pane_draw_bar(&w->pane, box);
}

/* browser: a table, cell by cell. */
#include "ui/tui/browser.h"

#include <string.h>

#include "base/mem.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "cmd/object_view.h"
#include "render/cell_format.h"
#include "render/layout.h"
#include "ui/tui/input.h"
#include "ui/tui/screen.h"
#include "ui/tui/theme.h"

#define GAP 2
#define BAR 8 /* columns of a bar in a cell */
#define FIND_SECONDS 2.0

static const struct view_table *table_of(const struct browser *b)
{
    return b->now->view->table;
}

static long rows_of(const struct browser *b)
{
    return (long)table_of(b)->n_rows;
}

static size_t cols_of(const struct browser *b)
{
    return table_of(b)->n_cols;
}

static void settle(struct browser *b)
{
    struct sheet *s = b->now;
    long rows = rows_of(b);
    if (s->row >= rows)
        s->row = rows - 1;
    if (s->row < 0)
        s->row = 0;
    if (s->col >= cols_of(b))
        s->col = cols_of(b) ? cols_of(b) - 1 : 0;
    if (s->row < s->top)
        s->top = s->row;
    if (b->height > 0 && s->row >= s->top + b->height)
        s->top = s->row - b->height + 1;
    if (s->top > rows - b->height)
        s->top = rows - b->height;
    if (s->top < 0)
        s->top = 0;
}

/* ---- sheets ------------------------------------------------------------------------------------------------- */

static void on_top(struct browser *b)
{
    b->now = b->sheets.n ? &b->sheets.v[b->sheets.n - 1] : NULL;
}

static void take_view(struct browser *b, struct sheet *s, const struct object *o)
{
    if (s->view)
        view_unref(s->view);
    s->view = object_table_view(o);
    s->table = o->table;
    if (s->frozen > (int)s->view->table->n_cols)
        s->frozen = 0;
    s->view->table->frozen = s->frozen;
    on_top(b);
    settle(b);
}

bool browser_open(struct browser *b, struct engine *en, const char *name, struct err *e)
{
    const struct object *o = session_require(engine_session(en), name, OBJECT_TABLE, e);
    if (!o)
        return false;
    if (!b->now || b->sheets.n > 1 || !str_eq(b->now->name, name)) {
        browser_close(b);
        vec_push(&b->sheets, (struct sheet){.name = mem_strdup(name)});
    }
    take_view(b, &b->sheets.v[0], o);
    return true;
}

void browser_push(struct browser *b, const struct view *table)
{
    vec_push(&b->sheets, (struct sheet){.view = view_ref(table)});
    on_top(b);
}

void browser_pop(struct browser *b)
{
    struct sheet *s = b->now;
    if (!s)
        return;
    if (s->view)
        view_unref(s->view);
    mem_free(s->name);
    b->sheets.n--;
    on_top(b);
    if (!b->now)
        browser_close(b);
}

void browser_close(struct browser *b)
{
    while (b->now)
        browser_pop(b);
    vec_done(&b->sheets);
    mem_free(b->find);
    b->find = NULL;
}

bool browser_is_open(const struct browser *b)
{
    return b->now != NULL;
}

void browser_follow(struct browser *b, struct engine *en)
{
    if (!b->now)
        return;
    struct sheet *s = &b->sheets.v[0];
    const struct object *o = session_find(engine_session(en), s->name);
    if (!o || o->kind != OBJECT_TABLE)
        browser_close(b);
    else if (o->table != s->table)
        take_view(b, s, o);
}

const char *browser_table(const struct browser *b)
{
    return b->now ? b->sheets.v[0].name : "";
}

bool browser_is_result(const struct browser *b)
{
    return b->now && !b->now->name;
}

const char *browser_column(const struct browser *b)
{
    return b->now && b->now->col < cols_of(b) ? table_of(b)->column[b->now->col].name : "";
}

bool browser_column_is_number(const struct browser *b)
{
    return b->now && b->now->col < cols_of(b) && cell_is_number(table_of(b)->column[b->now->col].type);
}

void browser_cell_text(const struct browser *b, struct str *out)
{
    struct arena *scratch = arena_new();
    struct cell_format f = {.decimals = -1};
    struct cell c;
    if (b->now->row < rows_of(b) && b->now->col < cols_of(b)) {
        view_table_cell(b->now->view, (size_t)b->now->row, b->now->col, &c, scratch);
        cell_text(out, &c, &table_of(b)->column[b->now->col], &f, true);
    }
    arena_free(scratch);
}

const char *browser_row_follow(const struct browser *b)
{
    if (!b->now || !table_of(b)->follow || b->now->row >= rows_of(b))
        return NULL;
    return table_of(b)->follow[b->now->row];
}

/* ---- moving ------------------------------------------------------------------------------------------------- */

static void to_column(struct browser *b, long col)
{
    long most = (long)cols_of(b) - 1;
    b->now->col = (size_t)(col < 0 ? 0 : col > most ? (most < 0 ? 0 : most) : col);
}

static void move_page(struct browser *b, long by)
{
    b->now->row += by;
    b->now->top += by;
    settle(b);
}

bool browser_key(struct browser *b, int key)
{
    long page = b->height > 1 ? b->height - 1 : 1;
    switch (key) {
    case IN_UP:
    case 'k':
        b->now->row--;
        break;
    case IN_DOWN:
    case 'j':
        b->now->row++;
        break;
    case IN_LEFT:
    case 'h':
        to_column(b, (long)b->now->col - 1);
        break;
    case IN_RIGHT:
    case 'l':
        to_column(b, (long)b->now->col + 1);
        break;
    case IN_PAGE_UP:
        move_page(b, -page);
        break;
    case IN_PAGE_DOWN:
    case ' ':
        move_page(b, page);
        break;
    case 'g':
        b->now->row = 0;
        break;
    case 'G':
        b->now->row = rows_of(b) - 1;
        break;
    case IN_HOME:
    case '0':
        to_column(b, 0);
        break;
    case IN_END:
    case '$':
        to_column(b, (long)cols_of(b) - 1);
        break;
    default:
        return false;
    }
    settle(b);
    return true;
}

void browser_freeze(struct browser *b, int columns)
{
    if (browser_is_result(b)) /* its view belongs to others too */
        return;
    b->now->frozen = columns > (int)cols_of(b) ? (int)cols_of(b) : columns;
    b->now->view->table->frozen = b->now->frozen;
    if (b->now->first_col < (size_t)b->now->frozen)
        b->now->first_col = (size_t)b->now->frozen;
}

bool browser_find(struct browser *b, int direction, struct str *said)
{
    struct arena *scratch = arena_new();
    const struct view_column *column = &b->now->view->table->column[b->now->col];
    struct cell_format f = {.decimals = -1};
    struct str text = STR_INIT;
    long rows = rows_of(b), k;
    double until = clock_seconds() + FIND_SECONDS;
    bool found = false;

    for (k = 1; k <= rows && !found; k++) {
        long row = ((b->now->row + direction * k) % rows + rows) % rows;
        struct cell c;
        view_table_cell(b->now->view, (size_t)row, b->now->col, &c, scratch);
        if (cell_is_missing(&c, column->type))
            continue;
        str_clear(&text);
        if (column->type == CELL_TEXT)
            str_add(&text, c.text);
        else
            cell_text(&text, &c, column, &f, true);
        if (strcasestr(str_get(&text), b->find)) {
            b->now->row = row;
            found = true;
        }
        if (k % 8192 == 0) {
            arena_free(scratch);
            scratch = arena_new();
            if (clock_seconds() > until)
                break;
        }
    }
    if (!found && k <= rows)
        str_printf(said, "'%s' is not in the next %ld rows of %s", b->find, k, column->name);
    else if (!found)
        str_printf(said, "'%s' is not in %s", b->find, column->name);
    settle(b);
    str_done(&text);
    arena_free(scratch);
    return found;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

static int gutter_width(const struct browser *b)
{
    int n = 1;
    for (long k = rows_of(b); k >= 10; k /= 10)
        n++;
    return n + 3;
}

/* The window sideways: the chosen column must be in sight. */
static void choose_columns(struct browser *b, int width, int *widths)
{
    size_t height = (size_t)(b->height > 0 ? b->height : 1);
    if (b->now->first_col < (size_t)b->now->frozen)
        b->now->first_col = (size_t)b->now->frozen;
    if (b->now->col >= (size_t)b->now->frozen && b->now->col < b->now->first_col)
        b->now->first_col = b->now->col;
    for (;;) {
        grid_table_widths(b->now->view, (size_t)b->now->top, height, b->now->first_col, width, widths);
        bool cut = b->now->col + 1 < cols_of(b) && widths[b->now->col] > 0 && widths[b->now->col] < 6;
        if (b->now->col < (size_t)b->now->frozen || (widths[b->now->col] > 0 && !cut) ||
            b->now->first_col >= b->now->col)
            return;
        b->now->first_col++;
    }
}

static void draw_cell(const struct browser *b, int y, int x, int width, size_t row, size_t col,
                      const struct cell_format *f, int surface, struct arena *scratch)
{
    const struct view_column *column = &b->now->view->table->column[col];
    struct str text = STR_INIT, cut = STR_INIT;
    struct cell c;
    view_table_cell(b->now->view, row, col, &c, scratch);
    bool missing = cell_is_missing(&c, column->type);
    cell_text(&text, &c, column, f, screen_unicode());
    if (column->type == CELL_BAR && width > 2 * BAR && !missing) {
        struct str bar = STR_INIT;
        layout_bar(&bar, f->top > 0 ? c.r / f->top : 0, BAR, screen_unicode());
        screen_text(y, x + width - BAR, BAR, GRID_BAR, surface, str_get(&bar));
        str_done(&bar);
        width -= BAR + 1;
    }
    int used = (int)layout_cut(&cut, str_get(&text), (size_t)width, screen_unicode());
    bool right = render_cell_is_right_aligned(column->type);
    screen_text(y, right ? x + width - used : x, width, missing ? GRID_MISSING : GRID_PLAIN, surface,
                str_get(&cut));
    str_done(&text);
    str_done(&cut);
}

static void draw_head(const struct browser *b, int y, int x, int width, size_t col, int surface)
{
    const struct view_column *column = &b->now->view->table->column[col];
    struct str cut = STR_INIT;
    int used = (int)layout_cut(&cut, column->head ? column->head : column->name, (size_t)width, screen_unicode());
    bool right = render_cell_is_right_aligned(column->type);
    screen_text(y, right ? x + width - used : x, width, GRID_HEAD, surface, str_get(&cut));
    str_done(&cut);
}

/* What one frame of the browser has in common. */
struct sight {
    const struct rect *box;
    struct arena *scratch;
    int head, end; /* row of the names, column after the last */
    long shown;    /* rows */
    bool focused;
};

static int surface_of(const struct browser *b, const struct sight *s, long row, size_t col)
{
    bool on_row = s->focused && row == b->now->row, on_col = s->focused && col == b->now->col;
    return on_row && on_col ? SURFACE_POPUP_SELECTED
           : on_row         ? SURFACE_SELECTED
           : on_col         ? SURFACE_COLUMN
                            : SURFACE_PAGE;
}

static void draw_gutter(const struct browser *b, const struct sight *s, int gutter)
{
    for (int x = s->box->x; x < s->end; x++)
        screen_text(s->head + 1, x, 1, UI_RULE, SURFACE_PAGE, "─");
    for (long i = 0; i < s->shown; i++) {
        int y = s->head + 2 + (int)i;
        bool chosen = s->focused && b->now->top + i == b->now->row;
        int surface = chosen ? SURFACE_SELECTED : SURFACE_PAGE;
        const char *number = arena_printf(s->scratch, "%*ld", gutter - 3, b->now->top + i + 1);
        if (chosen)
            screen_fill(y, s->box->x, s->box->width - 1, GRID_PLAIN, surface);
        screen_text(y, s->box->x + 1, gutter - 3, GRID_FAINT, surface, number);
    }
}

static void draw_column(const struct browser *b, const struct sight *s, size_t col, int x, int width)
{
    struct cell_format f = cell_format_of(b->now->view, col, (size_t)b->now->top, (size_t)s->shown, 0, s->scratch);
    bool chosen = s->focused && col == b->now->col;
    if (chosen)
        screen_fill(s->head, x - 1, width + 2, GRID_PLAIN, SURFACE_POPUP_SELECTED);
    draw_head(b, s->head, x, width, col, chosen ? SURFACE_POPUP_SELECTED : SURFACE_PAGE);
    for (long i = 0; i < s->shown; i++) {
        int y = s->head + 2 + (int)i, surface = surface_of(b, s, b->now->top + i, col);
        if (chosen)
            screen_fill(y, x - 1, width + 2, GRID_PLAIN, surface);
        draw_cell(b, y, x, width, (size_t)(b->now->top + i), col, &f, surface, s->scratch);
    }
}

void browser_draw(struct browser *b, const struct rect *box, bool focused)
{
    struct sight s = {.box = box, .head = box->y + 1, .end = box->x + box->width - 1, .focused = focused};
    int gutter = gutter_width(b);

    b->height = box->height - 3;
    b->width = box->width;
    settle(b);
    if (b->height < 1 || box->width < gutter + 4)
        return;
    s.scratch = arena_new();
    s.shown = rows_of(b) - b->now->top < b->height ? rows_of(b) - b->now->top : b->height;
    int *widths = arena_zero(s.scratch, cols_of(b) + 1, sizeof *widths);
    choose_columns(b, box->width - gutter - 1, widths);
    draw_gutter(b, &s, gutter);
    int x = box->x + gutter;
    for (size_t j = 0; j < cols_of(b) && x < s.end; j++) {
        if (!widths[j])
            continue;
        draw_column(b, &s, j, x, x + widths[j] > s.end ? s.end - x : widths[j]);
        x += widths[j] + GAP;
        if (b->now->frozen && j + 1 == (size_t)b->now->frozen) /* a line after the columns that stay */
            for (long i = -2; i < s.shown; i++)
                screen_text(s.head + 2 + (int)i, x - 1, 1, UI_RULE, SURFACE_PAGE, i == -1 ? "┼" : "│");
    }
    arena_free(s.scratch);
}

void browser_title(const struct browser *b, struct str *left, struct str *right)
{
    if (b->now->name)
        str_printf(left, "%s %ld %s %zu", b->now->name, rows_of(b), screen_unicode() ? "×" : "x", cols_of(b));
    else
        str_printf(left, "%s %s %s", browser_table(b), screen_unicode() ? "›" : ">",
                   b->now->view->source ? b->now->view->source : b->now->view->title);
    str_printf(right, "row %ld, %s", rows_of(b) ? b->now->row + 1 : 0, browser_column(b));
}

void browser_click(struct browser *b, const struct rect *box, int y, int x)
{
    struct arena *scratch = arena_new();
    int *widths = arena_zero(scratch, cols_of(b) + 1, sizeof *widths);
    int at = box->x + gutter_width(b);
    if (y >= box->y + 3)
        b->now->row = b->now->top + (y - box->y - 3);
    choose_columns(b, box->width - gutter_width(b) - 1, widths);
    for (size_t j = 0; j < cols_of(b); j++) {
        if (!widths[j])
            continue;
        if (x >= at - 1 && x < at + widths[j] + 1)
            b->now->col = j;
        at += widths[j] + GAP;
    }
    settle(b);
    arena_free(scratch);
}

/* grid_table: tables as lines. Columns are as wide as their content; where that is wider than the screen, long
 * texts are wrapped inside their column, and what still doesn't fit follows in further bands that repeat the
 * first column. What is left out is said. */
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "render/cell_format.h"
#include "render/layout.h"

#define GAP 2         /* spaces between columns */
#define TEXT_MIN 20   /* a text column is not made narrower than this (or its content) */
#define WRAP_LINES 6  /* lines of a wrapped cell before it is cut */
#define WRAP_ROWS 400 /* longer tables cut their texts instead of wrapping them */
#define BAR_COLUMNS 10
#define BAND_LINES 160 /* about so many lines of further bands before columns are left out */

/* How one column is drawn. */
struct look {
    struct cell_format format;
    int natural;  /* columns of its widest cell or head (bars: with bar) */
    int least;    /* it can be made so narrow */
    int number;   /* CELL_BAR: width of the number */
    int fraction; /* numbers written one by one: most characters from the decimal point on */
    int width;    /* chosen; 0: not in this band */
};

struct sheet { /* a table being laid out */
    const struct view *v;
    const struct view_table *t;
    const struct render_options *o;
    struct look *look;  /* n_cols */
    size_t row, height; /* rows that are shown */
    bool marks;         /* a gutter for row marks */
    bool wraps;
    struct str text; /* scratch */
    struct arena *scratch;
    size_t scratch_cells;
};

/* ---- measuring ---------------------------------------------------------------------------------------------- */

static const char *head_of(const struct view_column *c)
{
    return c->head ? c->head : c->name;
}

/* The text of a cell in s->text. */
static void read_cell(struct sheet *s, size_t row, size_t col, struct cell *c)
{
    if (s->t->source.cell && ++s->scratch_cells % 4096 == 0) { /* texts of a source pile up in the scratch arena */
        arena_free(s->scratch);
        s->scratch = arena_new();
    }
    view_table_cell(s->v, row, col, c, s->scratch);
    str_clear(&s->text);
    cell_text(&s->text, c, &s->t->column[col], &s->look[col].format, s->o->unicode);
}

/* Characters from the decimal point on. */
static int fraction_width(const char *text)
{
    const char *point = strchr(text, '.');
    return point && !strchr(text, 'e') ? (int)strlen(point) : 0;
}

/* Spaces after a number so that the points of a column stand below each other; exponents stand at the right
 * edge. */
static int fraction_pad(const char *text, int most)
{
    return strchr(text, 'e') || strchr(text, 'I') ? 0 : most - fraction_width(text);
}

static bool is_aligned_on_point(const struct look *l, enum cell_type type)
{
    return type == CELL_REAL && l->format.decimals < 0;
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static void measure(struct sheet *s, size_t col)
{
    struct look *l = &s->look[col];
    const struct view_column *column = &s->t->column[col];
    l->format = cell_format_of(s->v, col, s->row, s->height, s->o->digits, s->scratch);
    int head = (int)utf8_width(head_of(column)), widest = 0, whole = 0;
    struct cell c;
    for (size_t i = 0; i < s->height; i++) {
        read_cell(s, s->row + i, col, &c);
        const char *text = str_get(&s->text);
        int width = at_most((int)utf8_width(text), 4000);
        widest = at_least(widest, width);
        if (is_aligned_on_point(l, column->type) && !cell_is_missing(&c, column->type) && !strchr(text, 'e')) {
            l->fraction = at_least(l->fraction, fraction_width(text));
            whole = at_least(whole, width - fraction_width(text));
        }
    }
    if (is_aligned_on_point(l, column->type))
        widest = at_least(widest, whole + l->fraction);
    l->number = at_least(widest, column->type == CELL_BAR ? at_most(head, widest) : 0);
    l->natural = at_least(head, widest);
    l->least = l->natural;
    if (column->type == CELL_TEXT)
        l->least = at_least(at_most(l->natural, TEXT_MIN), at_most(head, 2 * TEXT_MIN));
    if (column->type == CELL_BAR)
        l->natural = at_least(head, l->number + 1 + BAR_COLUMNS);
}

/* ---- choosing columns --------------------------------------------------------------------------------------- */

static int used_width(const struct sheet *s)
{
    int sum = s->marks ? 2 : 0, n = 0;
    for (size_t j = 0; j < s->t->n_cols; j++)
        if (s->look[j].width) {
            sum += s->look[j].width;
            n++;
        }
    return sum + (n ? (n - 1) * GAP : 0);
}

/* Gives what is left of the line to the columns that were made narrower, the narrowest first. */
static void widen(struct sheet *s, int left)
{
    while (left > 0) {
        struct look *poorest = NULL;
        for (size_t j = 0; j < s->t->n_cols; j++) {
            struct look *l = &s->look[j];
            if (l->width && l->width < l->natural && (!poorest || l->width < poorest->width))
                poorest = l;
        }
        if (!poorest)
            return;
        poorest->width++;
        left--;
    }
}

static size_t frozen_columns(const struct sheet *s)
{
    size_t frozen = s->t->frozen > 0 ? (size_t)s->t->frozen : 1;
    return frozen < s->t->n_cols ? frozen : s->t->n_cols;
}

/* Chooses the columns of a band that starts with column `from`: sets widths, returns the first column not
 * shown. */
static size_t choose(struct sheet *s, size_t from)
{
    size_t n = s->t->n_cols, next = from;
    int limit = s->o->width > 0 ? s->o->width : 0;
    for (size_t j = 0; j < n; j++)
        s->look[j].width = 0;
    if (from > 0) { /* the first columns again, if they leave room for others */
        for (size_t j = 0; j < frozen_columns(s) && j < from; j++)
            s->look[j].width = s->look[j].least;
        if (limit && used_width(s) > limit / 2)
            for (size_t j = 0; j < n; j++)
                s->look[j].width = 0;
    }
    while (next < n) {
        struct look *l = &s->look[next];
        l->width = limit ? l->least : l->natural;
        if (limit && used_width(s) > limit && next > from) {
            l->width = 0;
            break;
        }
        if (limit && used_width(s) > limit) /* alone and still too wide: cut to the line */
            l->width = at_least(1, l->width - (used_width(s) - limit));
        next++;
    }
    if (limit)
        widen(s, limit - used_width(s));
    return next;
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/* Spaces are held back until something follows them, so that lines have no tail. */
struct pen {
    struct grid *g;
    int pending;
};

static void pen_space(struct pen *p, int n)
{
    p->pending += n > 0 ? n : 0;
}

static void pen_text(struct pen *p, enum grid_style style, const char *text)
{
    if (!*text)
        return;
    if (p->pending)
        grid_addf(p->g, GRID_PLAIN, "%*s", p->pending, "");
    p->pending = 0;
    grid_add(p->g, style, text);
}

static void pen_field(struct pen *p, enum grid_style style, const char *text, int width, bool right, bool unicode)
{
    struct str cut = STR_INIT;
    int used = (int)layout_cut(&cut, text, (size_t)width, unicode);
    if (right)
        pen_space(p, width - used);
    pen_text(p, style, str_get(&cut));
    if (!right)
        pen_space(p, width - used);
    str_done(&cut);
}

static bool is_right(enum cell_type t)
{
    return render_cell_is_right_aligned(t) && t != CELL_BAR;
}

/* Lists whose columns need no names have none. */
static bool has_head(const struct sheet *s)
{
    for (size_t j = 0; j < s->t->n_cols; j++)
        if (s->look[j].width && *head_of(&s->t->column[j]))
            return true;
    return false;
}

static void draw_head(struct sheet *s, struct grid *g)
{
    struct pen p = {.g = g};
    if (!has_head(s))
        return;
    grid_add_line(g);
    pen_space(&p, s->marks ? 2 : 0);
    bool first = true;
    for (size_t j = 0; j < s->t->n_cols; j++) {
        const struct look *l = &s->look[j];
        if (!l->width)
            continue;
        pen_space(&p, first ? 0 : GAP);
        first = false;
        pen_field(&p, GRID_HEAD, head_of(&s->t->column[j]), l->width, is_right(s->t->column[j].type),
                  s->o->unicode);
    }
    struct str rule = STR_INIT;
    for (int i = 0, width = used_width(s); i < width; i++)
        str_add(&rule, s->o->unicode ? "─" : "-");
    grid_add_line(g);
    grid_add(g, GRID_FAINT, str_get(&rule));
    str_done(&rule);
}

static void draw_bar(struct sheet *s, struct pen *p, const struct look *l, const struct cell *c, bool missing,
                     enum grid_style style)
{
    int room = l->width - l->number - 1;
    pen_field(p, style, str_get(&s->text), at_most(l->number, l->width), true, s->o->unicode);
    if (room < 3 || missing) {
        pen_space(p, l->width - l->number);
        return;
    }
    struct str bar = STR_INIT;
    layout_bar(&bar, l->format.top > 0 ? c->r / l->format.top : 0, at_most(room, BAR_COLUMNS), s->o->unicode);
    pen_space(p, 1);
    pen_text(p, GRID_BAR, str_get(&bar));
    pen_space(p, room - (int)utf8_width(str_get(&bar)));
    str_done(&bar);
}

static enum grid_style style_of(int level, bool missing, enum cell_type type)
{
    if (missing)
        return GRID_MISSING;
    if (level == 1)
        return GRID_BEST;
    if (level == 2)
        return GRID_FAINT;
    return type == CELL_TEXT || type == CELL_BOOL ? GRID_PLAIN : GRID_NUMBER;
}

/* What is left of wrapped cells, one per column; NULL: nothing more. */
struct rest {
    char *text;
    const char *at;
};

/* The next piece of a text that fits into `width`; the last line takes what it can and says so by an ellipsis. */
static void draw_piece(struct sheet *s, struct pen *p, enum grid_style style, struct rest *r, int width,
                       bool last_line)
{
    size_t n = strlen(r->at), take = utf8_width(r->at) <= (size_t)width ? n : utf8_cut(r->at, (size_t)width, NULL);
    if (take < n && last_line) {
        pen_field(p, style, r->at, width, false, s->o->unicode);
        r->at = NULL;
        return;
    }
    if (take < n) { /* break at a space, if there is one in the later half */
        size_t space = take;
        while (space > take / 2 && r->at[space] != ' ')
            space--;
        take = space > take / 2 ? space : take;
    }
    if (take == 0)
        take = utf8_decode(r->at, n, &(uint32_t){0});
    struct str piece = STR_INIT;
    str_addn(&piece, r->at, take);
    pen_field(p, style, str_get(&piece), width, false, s->o->unicode);
    str_done(&piece);
    r->at += take;
    while (*r->at == ' ')
        r->at++;
    if (!*r->at)
        r->at = NULL;
}

static void draw_row(struct sheet *s, struct grid *g, size_t row, struct rest *rest)
{
    int level = s->t->row_level ? s->t->row_level[row] : 0;
    bool more = true;
    for (int line = 0; more && line < WRAP_LINES; line++) {
        struct pen p = {.g = g};
        bool first = true;
        more = false;
        grid_add_line(g);
        g->line[g->n - 1].row = (long)row;
        g->line[g->n - 1].follow =
            s->t->follow && s->t->follow[row] ? arena_strdup(g->arena, s->t->follow[row]) : NULL;
        if (s->marks && level == 1 && line == 0)
            pen_text(&p, GRID_BEST, s->o->unicode ? "▸ " : "* ");
        else
            pen_space(&p, s->marks ? 2 : 0);
        for (size_t j = 0; j < s->t->n_cols; j++) {
            struct look *l = &s->look[j];
            enum cell_type type = s->t->column[j].type;
            if (!l->width)
                continue;
            pen_space(&p, first ? 0 : GAP);
            first = false;
            if (line > 0) {
                if (rest[j].at) {
                    draw_piece(s, &p, style_of(level, false, type), &rest[j], l->width, line == WRAP_LINES - 1);
                    more = more || rest[j].at;
                } else {
                    pen_space(&p, l->width);
                }
                continue;
            }
            struct cell c;
            read_cell(s, row, j, &c);
            bool missing = cell_is_missing(&c, type);
            enum grid_style style = style_of(level, missing, type);
            if (type == CELL_BAR) {
                draw_bar(s, &p, l, &c, missing, style);
            } else if (type == CELL_TEXT && s->wraps && utf8_width(str_get(&s->text)) > (size_t)l->width) {
                mem_free(rest[j].text);
                rest[j].text = mem_strdup(str_get(&s->text));
                rest[j].at = rest[j].text;
                draw_piece(s, &p, style, &rest[j], l->width, WRAP_LINES == 1);
                more = more || rest[j].at;
            } else {
                if (is_aligned_on_point(l, type) && !missing) /* as if all had the longest fraction */
                    str_pad(&s->text, ' ', (size_t)fraction_pad(str_get(&s->text), l->fraction));
                pen_field(&p, style, str_get(&s->text), l->width, is_right(type), s->o->unicode);
            }
        }
    }
}

static void draw_band(struct sheet *s, struct grid *g, struct rest *rest)
{
    draw_head(s, g);
    for (size_t i = 0; i < s->height; i++)
        draw_row(s, g, s->row + i, rest);
    if (s->height == 0) {
        grid_add_line(g);
        grid_add(g, GRID_FAINT, "(no rows)");
    }
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static bool any_mark(const struct view_table *t)
{
    for (size_t i = 0; t->row_level && i < t->n_rows; i++)
        if (t->row_level[i] == 1)
            return true;
    return false;
}

static struct sheet sheet_open(const struct view *v, const struct render_options *o, size_t row, size_t height)
{
    struct sheet s = {.v = v, .t = v->table, .o = o, .text = STR_INIT};
    s.row = row < s.t->n_rows ? row : s.t->n_rows;
    s.height = height < s.t->n_rows - s.row ? height : s.t->n_rows - s.row;
    s.look = mem_zero(s.t->n_cols ? s.t->n_cols : 1, sizeof *s.look);
    s.scratch = arena_new();
    s.marks = any_mark(s.t);
    s.wraps = s.height <= WRAP_ROWS;
    for (size_t j = 0; j < s.t->n_cols; j++)
        measure(&s, j);
    return s;
}

static void sheet_done(struct sheet *s)
{
    mem_free(s->look);
    str_done(&s->text);
    arena_free(s->scratch);
}

static void say_left_out(struct sheet *s, struct grid *g, size_t next)
{
    const char *dots = s->o->unicode ? "…" : "...";
    size_t total = s->t->total_rows > s->t->n_rows ? s->t->total_rows : s->t->n_rows;
    if (s->height < total && s->height > 0) {
        grid_add_line(g);
        grid_addf(g, GRID_FAINT, "%s %zu of %zu rows", dots, s->height, total);
    }
    if (next < s->t->n_cols) {
        struct str line = STR_INIT;
        str_printf(&line, "+%zu columns: ", s->t->n_cols - next);
        for (size_t j = next; j < s->t->n_cols && j < next + 12; j++)
            str_printf(&line, "%s%s", j > next ? ", " : "", head_of(&s->t->column[j]));
        if (next + 12 < s->t->n_cols)
            str_printf(&line, ", %s", dots);
        layout_wrap(g, str_get(&line), line.len, NULL, GRID_FAINT, layout_prose_width(s->o), "", GRID_PLAIN);
        str_done(&line);
    }
}

void layout_table(struct grid *g, const struct view *v, const struct render_options *o)
{
    size_t rows = v->table->n_rows;
    if (o->max_rows > 0 && rows > (size_t)o->max_rows)
        rows = (size_t)o->max_rows;
    struct sheet s = sheet_open(v, o, 0, rows);
    size_t n = s.t->n_cols, next = 0, bands = BAND_LINES / (rows + 3);
    if (n == 0) {
        grid_add_line(g);
        grid_add(g, GRID_FAINT, "(no columns)");
        sheet_done(&s);
        return;
    }
    struct rest *rest = mem_zero(n, sizeof *rest);
    for (size_t band = 0; next < n && band < (bands > 3 ? bands : 3); band++) {
        if (band)
            grid_add_line(g);
        next = choose(&s, next);
        draw_band(&s, g, rest);
        if (rows == 0) { /* one band shows that there is nothing */
            next = n;
            break;
        }
    }
    say_left_out(&s, g, next);
    for (size_t j = 0; j < n; j++)
        mem_free(rest[j].text);
    mem_free(rest);
    sheet_done(&s);
}

size_t grid_table_widths(const struct view *v, size_t row, size_t height, size_t first_col, int width, int *widths)
{
    struct render_options o = {.width = width, .unicode = true};
    struct sheet s = sheet_open(v, &o, row, height);
    size_t frozen = s.t->frozen > 0 ? frozen_columns(&s) : 0, shown = 0;
    size_t n = s.t->n_cols;
    s.marks = false; /* the browser has its own margin */
    if (first_col < frozen)
        first_col = frozen < n ? frozen : 0;
    size_t saved = first_col;
    for (size_t j = 0; j < n; j++)
        s.look[j].width = j < frozen && j < saved ? s.look[j].least : 0;
    for (size_t j = first_col; j < n; j++) {
        struct look *l = &s.look[j];
        l->width = l->least;
        int over = used_width(&s) - width;
        if (over <= 0)
            continue;
        bool is_first = j == first_col;
        l->width = is_first ? at_least(1, l->width - over) : l->width - over >= 6 ? l->width - over : 0;
        break; /* the last one may be cut at the edge of the screen */
    }
    widen(&s, width - used_width(&s));
    for (size_t j = 0; j < n; j++) {
        widths[j] = s.look[j].width;
        shown += widths[j] > 0;
    }
    sheet_done(&s);
    return shown;
}

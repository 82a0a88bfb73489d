/* view_table: tables of cells, built row by row or read from a source when they are drawn. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "view/build.h"

struct table_build { /* the public part first, so that one pointer is both */
    struct view_table t;
    size_t cap_rows, cap_follow, cap_level;
};

static void table_free(void *p)
{
    struct table_build *b = p;
    if (b->t.source.release)
        b->t.source.release(b->t.source.data);
    mem_free(b->t.cells);
    mem_free(b->t.follow);
    mem_free(b->t.row_level);
}

struct view *view_table_new(const char *id, const char *title, const struct view_column *columns, size_t n)
{
    struct view *v = view_new(VIEW_TABLE, id, title);
    struct table_build *b = arena_zero(v->arena, 1, sizeof *b);
    struct view_column *own = arena_zero(v->arena, n ? n : 1, sizeof *own);
    for (size_t j = 0; j < n; j++) {
        own[j] = columns[j];
        own[j].name = arena_strdup(v->arena, columns[j].name ? columns[j].name : "");
        own[j].head = arena_strdup(v->arena, columns[j].head);
    }
    b->t.n_cols = n;
    b->t.column = own;
    v->table = &b->t;
    arena_attach(v->arena, b, table_free);
    return v;
}

struct view *view_table_from_source(const char *id, const char *title, const struct view_column *columns, size_t n,
                                    size_t n_rows, struct table_source source)
{
    struct view *v = view_table_new(id, title, columns, n);
    v->table->n_rows = v->table->total_rows = n_rows;
    v->table->source = source;
    return v;
}

/* ---- building ----------------------------------------------------------------------------------------------- */

static struct table_build *building(struct view *v)
{
    assert(v->kind == VIEW_TABLE && !v->table->source.cell);
    return (struct table_build *)v->table;
}

size_t view_row(struct view *v)
{
    struct table_build *b = building(v);
    struct view_table *t = &b->t;
    size_t width = t->n_cols ? t->n_cols : 1, row = t->n_rows;
    if (row == b->cap_rows) {
        size_t row_bytes;
        b->cap_rows = b->cap_rows ? b->cap_rows * 2 : 8;
        bool fits = mem_mul(width, sizeof *t->cells, &row_bytes);
        assert(fits);
        (void)fits;
        t->cells = mem_resize(t->cells, b->cap_rows, row_bytes);
    }
    for (size_t j = 0; j < t->n_cols; j++)
        t->cells[row * width + j] = (struct cell){.missing = true};
    if (t->follow) { /* the optional arrays grow with the rows once they are there */
        t->follow = view_grow(t->follow, row, &b->cap_follow, sizeof *t->follow);
        t->follow[row] = NULL;
    }
    if (t->row_level) {
        t->row_level = view_grow(t->row_level, row, &b->cap_level, sizeof *t->row_level);
        t->row_level[row] = 0;
    }
    if (t->total_rows == row) /* not set otherwise: all rows are here */
        t->total_rows++;
    return t->n_rows++;
}

static struct cell *cell_at(struct view *v, size_t row, size_t col)
{
    struct view_table *t = &building(v)->t;
    assert(row < t->n_rows && col < t->n_cols);
    return &t->cells[row * t->n_cols + col];
}

void view_cell_text(struct view *v, size_t row, size_t col, const char *text)
{
    struct cell *c = cell_at(v, row, col);
    c->missing = text == NULL;
    c->text = arena_strdup(v->arena, text);
}

void view_cell_textf(struct view *v, size_t row, size_t col, const char *format, ...)
{
    struct cell *c = cell_at(v, row, col);
    va_list args;
    va_start(args, format);
    c->missing = false;
    c->text = arena_vprintf(v->arena, format, args);
    va_end(args);
}

void view_cell_int(struct view *v, size_t row, size_t col, int64_t i)
{
    struct cell *c = cell_at(v, row, col);
    c->missing = false;
    c->i = i;
}

void view_cell_real(struct view *v, size_t row, size_t col, double r)
{
    struct cell *c = cell_at(v, row, col);
    c->missing = isnan(r);
    c->r = r;
}

void view_row_follow(struct view *v, size_t row, const char *format, ...)
{
    struct table_build *b = building(v);
    struct view_table *t = &b->t;
    assert(row < t->n_rows);
    if (!t->follow) {
        b->cap_follow = b->cap_rows;
        t->follow = mem_zero(b->cap_follow, sizeof *t->follow);
    }
    va_list args;
    va_start(args, format);
    t->follow[row] = arena_vprintf(v->arena, format, args);
    va_end(args);
}

void view_row_level(struct view *v, size_t row, int level)
{
    struct table_build *b = building(v);
    struct view_table *t = &b->t;
    assert(row < t->n_rows);
    if (!t->row_level) {
        b->cap_level = b->cap_rows;
        t->row_level = mem_zero(b->cap_level, sizeof *t->row_level);
    }
    t->row_level[row] = level;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

void view_table_cell(const struct view *v, size_t row, size_t col, struct cell *out, struct arena *scratch)
{
    const struct view_table *t = v->table;
    if (t->source.cell) {
        *out = (struct cell){.missing = true};
        t->source.cell(t->source.data, row, col, out, scratch);
    } else {
        *out = t->cells[row * t->n_cols + col];
    }
}

int view_table_column(const struct view *v, const char *name)
{
    for (size_t j = 0; j < v->table->n_cols; j++)
        if (str_eq(v->table->column[j].name, name))
            return (int)j;
    return -1;
}

/* ---- without details ------------------------------------------------------------------------------------------ */

/* A table that reads the columns of another. */
struct brief {
    struct view *whole;
    size_t *column; /* of the whole, for each of ours */
};

static void brief_cell(void *data, size_t row, size_t col, struct cell *out, struct arena *scratch)
{
    const struct brief *b = data;
    view_table_cell(b->whole, row, b->column[col], out, scratch);
}

static void brief_release(void *data)
{
    struct brief *b = data;
    view_unref(b->whole);
    mem_free(b->column);
    mem_free(b);
}

struct view *view_table_brief(const struct view *v)
{
    const struct view_table *t = v->table;
    size_t n = 0;
    for (size_t j = 0; j < t->n_cols; j++)
        n += !t->column[j].detail;
    if (n == t->n_cols || n == 0)
        return view_ref(v);

    struct brief *b = mem_zero(1, sizeof *b);
    struct view_column *columns = mem_zero(n, sizeof *columns);
    b->whole = view_ref(v);
    b->column = mem_zero(n, sizeof *b->column);
    n = 0;
    for (size_t j = 0; j < t->n_cols; j++)
        if (!t->column[j].detail) {
            b->column[n] = j;
            columns[n++] = t->column[j];
        }
    struct view *brief = view_table_from_source(v->id, v->title, columns, n, t->n_rows,
                                                (struct table_source){b, brief_cell, brief_release});
    mem_free(columns);
    /* The arrays are freed with their view; the texts are the whole's, which lives as long as this. */
    if (t->follow) {
        brief->table->follow = mem_zero(t->n_rows, sizeof *t->follow);
        memcpy(brief->table->follow, t->follow, t->n_rows * sizeof *t->follow);
    }
    if (t->row_level) {
        brief->table->row_level = mem_zero(t->n_rows, sizeof *t->row_level);
        memcpy(brief->table->row_level, t->row_level, t->n_rows * sizeof *t->row_level);
    }
    brief->table->total_rows = t->total_rows;
    brief->table->object = t->object;
    return brief;
}

/* table_view: a table of data as a view. */
#include "ops/table_view.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

struct window {
    struct table *table;
    size_t from;
};

static enum cell_type cell_type_of(enum column_type t)
{
    switch (t) {
    case COLUMN_F64:
        return CELL_REAL;
    case COLUMN_I64:
        return CELL_INT;
    case COLUMN_BOOL:
        return CELL_BOOL;
    default:
        return CELL_TEXT;
    }
}

static void window_cell(void *data, size_t row, size_t col, struct cell *out, struct arena *scratch)
{
    const struct window *w = data;
    const struct column *c = table_column(w->table, col);
    size_t i = w->from + row;
    struct str s = STR_INIT;
    *out = (struct cell){.missing = column_is_missing(c, i)};
    if (out->missing)
        return;
    switch (column_type(c)) {
    case COLUMN_F64:
        out->r = column_f64(c)[i];
        break;
    case COLUMN_I64:
        out->i = column_i64(c)[i];
        break;
    case COLUMN_BOOL:
        out->i = column_bool(c)[i];
        break;
    case COLUMN_CATEGORY:
        out->text = dictionary_word(column_dictionary(c), column_codes(c)[i]);
        break;
    default:
        column_print(c, i, &s);
        out->text = arena_strndup(scratch, str_get(&s), s.len);
        str_done(&s);
    }
}

static void window_release(void *data)
{
    struct window *w = data;
    table_unref(w->table);
    mem_free(w);
}

struct view *table_view_part(const struct table *t, const char *id, const char *title, const char *object,
                             size_t from, size_t n)
{
    size_t rows = table_rows(t), cols = table_cols(t);
    struct view_column *columns = mem_zero(cols + 1, sizeof *columns);
    struct window *w = mem_zero(1, sizeof *w);
    from = from < rows ? from : rows;
    n = n < rows - from ? n : rows - from;
    w->table = table_ref(t);
    w->from = from;
    for (size_t j = 0; j < cols; j++)
        columns[j] =
            (struct view_column){table_name(t, j), NULL, cell_type_of(column_type(table_column(t, j))), 6};
    struct view *v =
        view_table_from_source(id, title, columns, cols, n, (struct table_source){w, window_cell, window_release});
    v->table->total_rows = rows;
    v->table->object = object ? arena_strdup(v->arena, object) : NULL;
    mem_free(columns);
    return v;
}

struct view *table_view(const struct table *t, const char *id, const char *title, const char *object)
{
    return table_view_part(t, id, title, object, 0, table_rows(t));
}

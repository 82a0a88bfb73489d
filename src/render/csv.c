/* csv: tables as comma-separated values (RFC 4180, line feeds), full precision, missing empty. Other kinds of
 * view are left out: a file of values holds values. Of several tables each has its own head, with a blank line
 * between. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "render/cell_format.h"
#include "render/render.h"

static void field(struct str *out, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")] && *text != ' ' && *text) {
        str_add(out, text);
        return;
    }
    if (!*text) { /* an empty text is not a missing one */
        str_add(out, "\"\"");
        return;
    }
    str_addc(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            str_addc(out, '"');
        str_addc(out, *p);
    }
    str_addc(out, '"');
}

static void csv_cell(struct str *out, const struct cell *c, enum cell_type type)
{
    char text[NUMBER_MAX];
    if (cell_is_missing(c, type))
        return;
    if (type == CELL_TEXT) {
        field(out, c->text);
    } else if (type == CELL_BOOL) {
        str_add(out, c->i ? "true" : "false");
    } else if (type == CELL_INT) {
        str_printf(out, "%" PRId64, c->i);
    } else {
        size_t n = number_print(c->r, text);
        str_addn(out, text, n);
    }
}

static void csv_table(struct str *out, const struct view *v, const struct render_options *o)
{
    const struct view_table *t = v->table;
    if (out->len)
        str_addc(out, '\n');
    for (size_t j = 0; j < t->n_cols; j++) {
        if (j)
            str_addc(out, ',');
        field(out, t->column[j].name);
    }
    str_addc(out, '\n');
    size_t rows = o->max_rows > 0 && (size_t)o->max_rows < t->n_rows ? (size_t)o->max_rows : t->n_rows;
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < rows; i++) {
        if (i % 4096 == 4095) {
            arena_free(scratch);
            scratch = arena_new();
        }
        for (size_t j = 0; j < t->n_cols; j++) {
            struct cell c;
            view_table_cell(v, i, j, &c, scratch);
            if (j)
                str_addc(out, ',');
            csv_cell(out, &c, t->column[j].type);
        }
        str_addc(out, '\n');
    }
    arena_free(scratch);
}

static void put(struct str *out, const struct view *v, const struct render_options *o)
{
    if (v->kind == VIEW_TABLE)
        csv_table(out, v, o);
    if (v->kind == VIEW_REPORT)
        for (size_t i = 0; i < v->items->n; i++)
            put(out, v->items->v[i], o);
}

static void nothing(struct str *out, const struct render_options *o)
{
    (void)out;
    (void)o;
}

const struct renderer render_csv = {"csv", ".csv", nothing, put, nothing};

/* json: one line of JSON for each view. Full precision, missing is null; ids and column names are stable. */
#include "base/json.h"

#include <math.h>

#include "base/arena.h"
#include "render/cell_format.h"
#include "render/render.h"

/* ,"key":  (no comma after an opening brace) */
static void key(struct str *out, const char *name)
{
    if (out->len && out->s[out->len - 1] != '{')
        str_addc(out, ',');
    json_string(out, name);
    str_addc(out, ':');
}

static void key_text(struct str *out, const char *name, const char *text)
{
    key(out, name);
    json_string(out, text);
}

static void texts(struct str *out, const char *const *s, size_t n)
{
    str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ',');
        json_string(out, s[i]);
    }
    str_addc(out, ']');
}

static void numbers(struct str *out, const double *x, size_t n)
{
    str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ',');
        json_number(out, x[i]);
    }
    str_addc(out, ']');
}

static void key_numbers(struct str *out, const char *name, const double *x, size_t n)
{
    if (x) {
        key(out, name);
        numbers(out, x, n);
    }
}

static const char *level_name(enum view_level level)
{
    static const char *const names[] = {"info", "good", "warning", "error"};
    return names[level];
}

/* ---- kinds -------------------------------------------------------------------------------------------------- */

static void json_cell(struct str *out, const struct cell *c, enum cell_type type)
{
    if (cell_is_missing(c, type))
        str_add(out, "null");
    else if (type == CELL_TEXT)
        json_string(out, c->text);
    else if (type == CELL_INT)
        json_int(out, c->i);
    else if (type == CELL_BOOL)
        str_add(out, c->i ? "true" : "false");
    else
        json_number(out, c->r);
}

#define SCRATCH_ROWS 4096 /* rows read from a source before their memory is given back */

static void json_table(struct str *out, const struct view *v, size_t max_rows)
{
    const struct view_table *t = v->table;
    key(out, "columns");
    str_addc(out, '[');
    for (size_t j = 0; j < t->n_cols; j++) {
        if (j)
            str_addc(out, ',');
        json_string(out, t->column[j].name);
    }
    str_addc(out, ']');
    key(out, "rows");
    str_addc(out, '[');
    struct arena *scratch = arena_new();
    size_t shown = max_rows && max_rows < t->n_rows ? max_rows : t->n_rows;
    for (size_t i = 0; i < shown; i++) {
        if (i && i % SCRATCH_ROWS == 0) {
            arena_free(scratch);
            scratch = arena_new();
        }
        str_add(out, i ? ",[" : "[");
        for (size_t j = 0; j < t->n_cols; j++) {
            struct cell c;
            view_table_cell(v, i, j, &c, scratch);
            if (j)
                str_addc(out, ',');
            json_cell(out, &c, t->column[j].type);
        }
        str_addc(out, ']');
    }
    arena_free(scratch);
    str_addc(out, ']');
    size_t total = t->total_rows > t->n_rows ? t->total_rows : t->n_rows;
    if (total > shown) { /* what is left out is said */
        key(out, "total_rows");
        json_int(out, (int64_t)total);
    }
}

static void json_axis(struct str *out, const char *name, const struct plot_axis *axis)
{
    key(out, name);
    str_addc(out, '{');
    key_text(out, "label", axis->label);
    if (axis->log) {
        key(out, "log");
        str_add(out, "true");
    }
    if (axis->time) {
        key(out, "time");
        str_add(out, "true");
    }
    str_addc(out, '}');
}

static void json_series(struct str *out, const struct plot_series *s)
{
    static const char *const marks[] = {"line", "step", "points", "bars", "hist", "box", "heat", "band", "rule"};
    str_addc(out, '{');
    key_text(out, "name", s->name ? s->name : "");
    key_text(out, "mark", marks[s->mark]);
    if (s->labels) {
        key(out, "labels");
        texts(out, s->labels, s->n);
    }
    key_numbers(out, "x", s->x, s->n);
    key_numbers(out, "x2", s->x2, s->n);
    key_numbers(out, "y", s->y, s->n);
    key_numbers(out, "y2", s->y2, s->n);
    if (s->box) {
        key(out, "box");
        str_addc(out, '[');
        for (size_t i = 0; i < s->n; i++) {
            if (i)
                str_addc(out, ',');
            numbers(out, s->box + 5 * i, 5);
        }
        str_addc(out, ']');
    }
    str_addc(out, '}');
}

static void json_heat(struct str *out, const struct plot_heat *h)
{
    key(out, "heat");
    str_addc(out, '{');
    key(out, "rows");
    json_int(out, (int64_t)h->rows);
    key(out, "cols");
    json_int(out, (int64_t)h->cols);
    if (h->row_labels) {
        key(out, "row_labels");
        texts(out, h->row_labels, h->rows);
    }
    if (h->col_labels) {
        key(out, "col_labels");
        texts(out, h->col_labels, h->cols);
    }
    key(out, "values");
    str_addc(out, '[');
    for (size_t i = 0; i < h->rows; i++) {
        if (i)
            str_addc(out, ',');
        numbers(out, h->value + i * h->cols, h->cols);
    }
    str_add(out, "]}");
}

static void json_plot(struct str *out, const struct view_plot *p)
{
    json_axis(out, "x", &p->x);
    json_axis(out, "y", &p->y);
    key(out, "series");
    str_addc(out, '[');
    for (size_t i = 0; i < p->n_series; i++) {
        if (i)
            str_addc(out, ',');
        json_series(out, &p->series[i]);
    }
    str_addc(out, ']');
    if (p->heat)
        json_heat(out, p->heat);
    key_text(out, "twin", p->twin);
}

/* Flat: nodes in the order they were made, each with the number of its parent. */
static void json_tree(struct str *out, const struct view_tree *t)
{
    key(out, "nodes");
    str_addc(out, '[');
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_node *node = &t->node[i];
        if (i)
            str_addc(out, ',');
        str_addc(out, '{');
        key(out, "id");
        json_int(out, (int64_t)i);
        key(out, "parent");
        if (node->parent < 0)
            str_add(out, "null");
        else
            json_int(out, node->parent);
        key_text(out, "edge", node->edge);
        key_text(out, "label", node->label);
        if (node->detail)
            key_text(out, "detail", node->detail);
        key(out, "weight");
        json_number(out, node->weight < 0 ? NAN : node->weight);
        str_addc(out, '}');
    }
    str_addc(out, ']');
}

static void json_notes(struct str *out, const struct view *v)
{
    if (v->caption)
        key_text(out, "caption", v->caption);
    if (v->n_notes) {
        key(out, "notes");
        texts(out, v->notes, v->n_notes);
    }
}

static void json_view(struct str *out, const struct view *v, size_t max_rows)
{
    str_addc(out, '{');
    key_text(out, "view", view_kind_name(v->kind));
    if (v->kind != VIEW_NOTE) {
        key_text(out, "id", v->id);
        key_text(out, "title", v->title);
    }
    switch (v->kind) {
    case VIEW_TABLE:
        json_table(out, v, max_rows);
        break;
    case VIEW_PLOT:
        json_plot(out, v->plot);
        break;
    case VIEW_TREE:
        json_tree(out, v->tree);
        break;
    case VIEW_TEXT:
        key_text(out, "text", v->text);
        break;
    case VIEW_NOTE:
        key_text(out, "level", level_name(v->level));
        key_text(out, "text", v->text);
        break;
    case VIEW_REPORT:
        key(out, "items");
        str_addc(out, '[');
        for (size_t i = 0; i < v->items->n; i++) {
            if (i)
                str_addc(out, ',');
            json_view(out, v->items->v[i], max_rows);
        }
        str_addc(out, ']');
        break;
    }
    json_notes(out, v);
    str_addc(out, '}');
}

/* ---- the renderer ------------------------------------------------------------------------------------------- */

static void nothing(struct str *out, const struct render_options *o)
{
    (void)out;
    (void)o;
}

static void put(struct str *out, const struct view *v, const struct render_options *o)
{
    json_view(out, v, o->max_rows > 0 ? (size_t)o->max_rows : 0);
    str_addc(out, '\n');
}

void render_json_error(struct str *out, const struct err *e)
{
    str_addc(out, '{');
    key_text(out, "view", "error");
    key_text(out, "code", err_code_name(e->code));
    key_text(out, "message", e->text);
    key(out, "hint");
    json_string(out, e->hint[0] ? e->hint : NULL);
    key(out, "line");
    if (e->line > 0)
        json_int(out, e->line);
    else
        str_add(out, "null");
    str_add(out, "}\n");
}

const struct renderer render_json = {"json", ".json", nothing, put, nothing};

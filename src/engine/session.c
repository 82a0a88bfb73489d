/* session: named objects, undo by snapshots of references, newest views. */
#include "engine/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

#define MAX_UNDO 200

struct state {
    VEC(struct object) objects;
    char *current;
};

struct checkpoint {
    struct state state;
    char *label;
};

struct session {
    struct state now;
    VEC(struct checkpoint) undo, redo;
    struct map *looks;       /* table name -> count, as a pointer-sized number */
    struct map *views;       /* id -> newest table view */
    const struct view *plot; /* newest */
    unsigned long generation;
};

/* ---- states ------------------------------------------------------------------------------------------------ */

static void object_done(struct object *o)
{
    mem_free(o->name);
    mem_free(o->home);
    if (o->table)
        table_unref(o->table);
    if (o->task)
        task_unref(o->task);
    if (o->model)
        model_unref(o->model);
}

static struct object object_copy(const struct object *o)
{
    struct object c = *o;
    c.name = mem_strdup(o->name);
    c.home = mem_strdup(o->home);
    if (c.table)
        table_ref(c.table);
    if (c.task)
        task_ref(c.task);
    if (c.model)
        model_ref(c.model);
    return c;
}

static void state_done(struct state *s)
{
    for (size_t i = 0; i < s->objects.n; i++)
        object_done(&s->objects.v[i]);
    vec_done(&s->objects);
    mem_free(s->current);
    s->current = NULL;
}

static struct state state_copy(const struct state *s)
{
    struct state c = {.current = mem_strdup(s->current)};
    for (size_t i = 0; i < s->objects.n; i++)
        vec_push(&c.objects, object_copy(&s->objects.v[i]));
    return c;
}

static void checkpoint_done(struct checkpoint *c)
{
    state_done(&c->state);
    mem_free(c->label);
}

struct session *session_new(void)
{
    struct session *s = mem_zero(1, sizeof *s);
    s->looks = map_new();
    s->views = map_new();
    return s;
}

static void forget_redo(struct session *s)
{
    for (size_t i = 0; i < s->redo.n; i++)
        checkpoint_done(&s->redo.v[i]);
    s->redo.n = 0;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    state_done(&s->now);
    for (size_t i = 0; i < s->undo.n; i++)
        checkpoint_done(&s->undo.v[i]);
    forget_redo(s);
    vec_done(&s->undo);
    vec_done(&s->redo);
    for (size_t i = 0; i < map_size(s->views); i++)
        view_unref(map_value_at(s->views, i));
    map_free(s->views);
    map_free(s->looks);
    if (s->plot)
        view_unref((struct view *)(uintptr_t)s->plot);
    mem_free(s);
}

/* ---- looking ----------------------------------------------------------------------------------------------- */

size_t session_count(const struct session *s)
{
    return s->now.objects.n;
}

const struct object *session_at(const struct session *s, size_t i)
{
    return &s->now.objects.v[i];
}

static struct object *find(const struct session *s, const char *name)
{
    for (size_t i = 0; i < s->now.objects.n; i++)
        if (str_eq(s->now.objects.v[i].name, name))
            return &s->now.objects.v[i];
    return NULL;
}

const struct object *session_find(const struct session *s, const char *name)
{
    return find(s, name);
}

const struct object *session_current(const struct session *s)
{
    return s->now.current ? find(s, s->now.current) : NULL;
}

const struct object *session_require(const struct session *s, const char *name, enum object_kind kind,
                                     struct err *e)
{
    const struct object *o = find(s, name);
    const char *what = kind == OBJECT_TABLE ? "table" : "model";
    if (o && o->kind == kind)
        return o;
    if (o) {
        err_set(e, ERR_TYPE, "'%s' is a %s, and a %s is wanted here", name,
                kind == OBJECT_TABLE ? "model" : "table", what);
        return NULL;
    }
    VEC(const char *) names = {0};
    for (size_t i = 0; i < s->now.objects.n; i++)
        if (s->now.objects.v[i].kind == kind)
            vec_push(&names, s->now.objects.v[i].name);
    err_set(e, ERR_NOT_FOUND, "there is no %s '%s'", what, name);
    if (names.n)
        err_suggest(e, name, names.v, (int)names.n);
    else
        err_hint(e, kind == OBJECT_TABLE ? "load one: load titanic" : "train one: train logistic");
    vec_done(&names);
    return NULL;
}

const struct object *session_need_table(const struct session *s, struct err *e)
{
    const struct object *o = session_current(s);
    if (!o) {
        err_set(e, ERR_NOT_FOUND, "no table is loaded");
        err_hint(e, "load one, for example: load titanic (`datasets` lists what is bundled)");
    }
    return o;
}

const struct object *session_need_task(const struct session *s, struct err *e)
{
    const struct object *o = session_need_table(s, e);
    if (!o || (o->task && o->task->target))
        return o;
    err_set(e, ERR_INPUT, "table '%s' has no target yet", o->name);
    err_hint(e, "say what is to be predicted: target COLUMN");
    return NULL;
}

size_t session_models_of(const struct session *s, const struct object *table, const struct object **v, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < s->now.objects.n; i++) {
        const struct object *o = &s->now.objects.v[i];
        if (o->kind != OBJECT_MODEL || !table->task || !table->task->target)
            continue;
        const char *target = model_target(o->model);
        bool same_home = str_eq(o->home, table->name) || str_eq(o->home, "");
        bool same_task = model_task(o->model) == (table->task->kind == TASK_CLASSIFY ? LT_CLASSIFY : LT_REGRESS);
        if (same_home && same_task && target && str_eq(target, table->task->target) && n < max)
            v[n++] = o;
    }
    return n;
}

/* ---- changing ---------------------------------------------------------------------------------------------- */

static struct object *slot(struct session *s, const char *name)
{
    s->generation++;
    struct object *o = find(s, name);
    struct object fresh = {.name = mem_strdup(name)};
    if (o) {
        object_done(o);
        *o = fresh;
        return o;
    }
    vec_push(&s->now.objects, fresh);
    return &s->now.objects.v[s->now.objects.n - 1];
}

void session_use(struct session *s, const char *table_name)
{
    char *name = mem_strdup(table_name);
    s->generation++;
    mem_free(s->now.current);
    s->now.current = name;
}

void session_put_table(struct session *s, const char *name, const struct table *t, const struct task *task,
                       bool make_current)
{
    struct table *table = table_ref(t);
    struct task *held = task ? task_ref(task) : NULL;
    char *copy = mem_strdup(name); /* `name` may point into the object that is replaced */
    struct object *o = slot(s, copy);
    o->kind = OBJECT_TABLE;
    o->table = table;
    o->task = held;
    if (make_current)
        session_use(s, copy);
    mem_free(copy);
}

void session_put_task(struct session *s, const char *table_name, const struct task *task)
{
    struct object *o = find(s, table_name);
    if (!o)
        return;
    s->generation++;
    struct task *held = task ? task_ref(task) : NULL;
    if (o->task)
        task_unref(o->task);
    o->task = held;
}

void session_put_model(struct session *s, const char *name, const struct model *m, const char *home,
                       struct task_split split)
{
    struct model *model = model_ref(m);
    char *copy = mem_strdup(name), *from = mem_strdup(home);
    struct object *o = slot(s, copy);
    o->kind = OBJECT_MODEL;
    o->model = model;
    o->home = from;
    o->split = split;
    mem_free(copy);
}

bool session_drop(struct session *s, const char *name)
{
    struct object *o = find(s, name);
    if (!o)
        return false;
    s->generation++;
    size_t i = (size_t)(o - s->now.objects.v);
    bool current = str_eq(s->now.current, name);
    object_done(o);
    memmove(o, o + 1, (s->now.objects.n - i - 1) * sizeof *o);
    s->now.objects.n--;
    if (!current)
        return true;
    mem_free(s->now.current);
    s->now.current = NULL;
    for (size_t k = s->now.objects.n; k-- > 0 && !s->now.current;)
        if (s->now.objects.v[k].kind == OBJECT_TABLE)
            s->now.current = mem_strdup(s->now.objects.v[k].name);
    return true;
}

void session_rename(struct session *s, const char *name, const char *to)
{
    struct object *o = find(s, name);
    if (!o)
        return;
    s->generation++;
    bool current = str_eq(s->now.current, name);
    char *fresh = mem_strdup(to);
    if (o->kind == OBJECT_TABLE)
        for (size_t i = 0; i < s->now.objects.n; i++) {
            struct object *m = &s->now.objects.v[i];
            if (m->kind == OBJECT_MODEL && str_eq(m->home, o->name)) {
                mem_free(m->home);
                m->home = mem_strdup(to);
            }
        }
    mem_free(o->name);
    o->name = fresh;
    if (current)
        session_use(s, to);
}

char *session_free_name(const struct session *s, const char *base)
{
    struct str name = STR_INIT;
    str_add(&name, base);
    for (int k = 2; find(s, str_get(&name)); k++) {
        str_clear(&name);
        str_printf(&name, "%s%d", base, k);
    }
    return str_steal(&name);
}

/* ---- undo -------------------------------------------------------------------------------------------------- */

void session_checkpoint(struct session *s, const char *label)
{
    if (s->undo.n == MAX_UNDO) {
        checkpoint_done(&s->undo.v[0]);
        memmove(s->undo.v, s->undo.v + 1, (MAX_UNDO - 1) * sizeof *s->undo.v);
        s->undo.n--;
    }
    vec_push(&s->undo, (struct checkpoint){state_copy(&s->now), mem_strdup(label)});
}

void session_checkpoint_cancel(struct session *s)
{
    struct checkpoint c = s->undo.v[--s->undo.n];
    state_done(&s->now);
    s->now = c.state;
    mem_free(c.label);
}

void session_checkpoint_drop(struct session *s)
{
    checkpoint_done(&s->undo.v[--s->undo.n]);
}

unsigned long session_generation(const struct session *s)
{
    return s->generation;
}

/* The newest of `from` becomes the present; the present goes on top of `to`, under the same label. */
static const char *swap_state(struct session *s, bool undo)
{
    struct checkpoint c = undo ? s->undo.v[--s->undo.n] : s->redo.v[--s->redo.n];
    struct checkpoint present = {s->now, c.label};
    s->generation++;
    s->now = c.state;
    if (undo)
        vec_push(&s->redo, present);
    else
        vec_push(&s->undo, present);
    return present.label;
}

const char *session_undo(struct session *s)
{
    return s->undo.n ? swap_state(s, true) : NULL;
}

const char *session_redo(struct session *s)
{
    return s->redo.n ? swap_state(s, false) : NULL;
}

void session_redo_forget(struct session *s)
{
    forget_redo(s);
}

/* ---- looks at the held-out rows ---------------------------------------------------------------------------- */

int session_looks(const struct session *s, const char *table_name)
{
    return (int)(intptr_t)map_get(s->looks, table_name);
}

int session_look(struct session *s, const char *table_name)
{
    int n = session_looks(s, table_name) + 1;
    map_set(s->looks, table_name, (void *)(intptr_t)n);
    return n;
}

void session_looks_reset(struct session *s, const char *table_name)
{
    map_remove(s->looks, table_name);
}

/* ---- views ------------------------------------------------------------------------------------------------- */

void session_keep_view(struct session *s, const struct view *v)
{
    if (v->kind == VIEW_REPORT)
        for (size_t i = 0; i < v->items->n; i++)
            session_keep_view(s, v->items->v[i]);
    if (v->kind == VIEW_PLOT) {
        if (s->plot)
            view_unref((struct view *)(uintptr_t)s->plot);
        s->plot = view_ref(v);
    }
    if (v->kind == VIEW_TABLE && v->id && v->id[0]) {
        struct view *old = map_set(s->views, v->id, view_ref(v));
        if (old)
            view_unref(old);
    }
}

const struct view *session_last_plot(const struct session *s)
{
    return s->plot;
}

size_t session_view_ids(const struct session *s, const char **ids, size_t max)
{
    size_t n = map_size(s->views);
    for (size_t i = 0; i < n && i < max; i++)
        ids[i] = map_key_at(s->views, i);
    return n < max ? n : max;
}

/* One column of a table view as a column of data. */
static struct column *column_of_view(const struct view *v, size_t j, struct err *e)
{
    const struct view_table *t = v->table;
    enum cell_type type = t->column[j].type;
    struct arena *scratch = arena_new();
    struct column *out = NULL;
    struct cell c;

    if (type == CELL_TEXT) {
        struct str bytes = STR_INIT;
        uint64_t *offset = mem_bulk(t->n_rows + 1, sizeof *offset, e);
        uint64_t *valid = offset ? column_bitmap(t->n_rows, true, e) : NULL;
        if (offset && valid) {
            for (size_t i = 0; i < t->n_rows; i++) {
                view_table_cell(v, i, j, &c, scratch);
                offset[i] = bytes.len;
                bitmap_set(valid, i, !c.missing);
                if (!c.missing)
                    str_add(&bytes, c.text);
            }
            offset[t->n_rows] = bytes.len;
            char *kept = mem_bulk(bytes.len + 64, 1, e);
            if (kept) {
                memcpy(kept, str_get(&bytes), bytes.len);
                memset(kept + bytes.len, 0, 64);
                out = column_from_text(offset, kept, valid, t->n_rows);
            }
        }
        str_done(&bytes);
    } else if (type == CELL_INT || type == CELL_BOOL) {
        int64_t *data = column_buffer(COLUMN_I64, t->n_rows, e);
        uint64_t *valid = data ? column_bitmap(t->n_rows, true, e) : NULL;
        if (data && valid) {
            for (size_t i = 0; i < t->n_rows; i++) {
                view_table_cell(v, i, j, &c, scratch);
                data[i] = c.missing ? 0 : c.i;
                bitmap_set(valid, i, !c.missing);
            }
            out = column_from_i64(COLUMN_I64, data, valid, t->n_rows);
        }
    } else {
        double *data = column_buffer(COLUMN_F64, t->n_rows, e);
        if (data) {
            for (size_t i = 0; i < t->n_rows; i++) {
                view_table_cell(v, i, j, &c, scratch);
                data[i] = c.missing ? (double)NAN : c.r;
            }
            out = column_from_f64(data, t->n_rows);
        }
    }
    arena_free(scratch);
    return out;
}

struct table *session_view_table(const struct session *s, const char *id, struct err *e)
{
    const struct view *v = map_get(s->views, id);
    if (!v) {
        err_set(e, ERR_NOT_FOUND, "there is no result '%s' yet", id);
        return NULL;
    }
    struct table_builder *b = table_builder_new(v->table->n_rows, id);
    for (size_t j = 0; j < v->table->n_cols; j++) {
        struct column *c = column_of_view(v, j, e);
        if (!c) {
            table_builder_free(b);
            return NULL;
        }
        table_builder_add(b, v->table->column[j].name, c);
    }
    return table_builder_done(b);
}

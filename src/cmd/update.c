#include "cmd/update.h"

#include <math.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cmd/bindings.h"
#include "data/csv_stream.h"
#include "ops/update_view.h"

enum { STREAM_BYTES = 16 << 20 }; /* of a file's text at a time */

struct update_job {
    struct model *before, *model;
    struct update_options options;
    struct table *table; /* NULL: read from path */
    struct task_rows rows;
    const uint32_t *some; /* into rows; NULL: all */
    size_t n;
    char *path, *from; /* from: as the user said it */
    char *name, *home;
    struct task_split split;
};

static void update_free(void *arg)
{
    struct update_job *j = arg;
    model_unref(j->before);
    model_unref(j->model);
    table_unref(j->table);
    task_rows_done(&j->rows);
    mem_free(j->path);
    mem_free(j->from);
    mem_free(j->name);
    mem_free(j->home);
    mem_free(j);
}

/* The types that the model's columns had: a piece of a file may look like another. Pairs, ended by NULL. */
static const char **types_of(const struct model *m)
{
    VEC(const char *) types = {0};
    const struct recipe *r = model_recipe(m);
    for (size_t i = 0; i < recipe_inputs(r); i++) {
        enum column_type type = recipe_input_type(r, i);
        if (type != COLUMN_CATEGORY && type != COLUMN_I64 && type != COLUMN_F64)
            continue;
        vec_push(&types, recipe_input_name(r, i));
        vec_push(&types, column_type_name(type == COLUMN_I64 ? COLUMN_F64 : type));
    }
    vec_push(&types, NULL);
    return types.v;
}

static bool learn_stream(struct update_job *j, struct updating *u, struct progress *p, struct err *e)
{
    struct csv_stream *s = csv_stream_open(j->path, p, e);
    if (!s)
        return false;
    struct err inner = ERR_INIT;
    const char **types = types_of(j->before);
    struct table *t;
    bool good = true;
    while (good && (t = csv_stream_next(s, STREAM_BYTES, types, NULL, &inner))) {
        good = updating_learn(u, t, NULL, table_rows(t), p, &inner);
        progress_report(p, csv_stream_done(s), j->name);
        table_unref(t);
    }
    mem_free(types);
    csv_stream_close(s);
    if (inner.code && e)
        *e = inner;
    return !inner.code;
}

static bool learn_table(struct update_job *j, struct updating *u, struct progress *p, struct err *e)
{
    if (!j->table) {
        struct str note = STR_INIT;
        j->table = bind_read(j->path, NULL, p, &note, e);
        str_done(&note);
        if (!j->table)
            return false;
    }
    return updating_learn(u, j->table, j->some, j->some ? j->n : table_rows(j->table), p, e);
}

static bool update_work(void *arg, struct progress *p, struct view_list *views, struct err *e)
{
    struct update_job *j = arg;
    struct err inner = ERR_INIT;
    struct updating *u = updating_new(j->before, &j->options, e);
    if (!u)
        return false;
    bool good =
        !j->table && csv_stream_can(j->path) ? learn_stream(j, u, p, &inner) : learn_table(j, u, p, &inner);
    bool stopped = !good && inner.code == ERR_CANCELLED && updating_rows(u);
    struct update_facts facts = {j->from,           updating_rows(u), updating_dropped(u), updating_unseen(u),
                                 updating_score(u), stopped};
    if (good || stopped)
        j->model = updating_model(u, e);
    else if (e)
        *e = inner;
    updating_free(u);
    if (!j->model)
        return false;
    view_list_add(views, updated_view(j->model, j->name, &facts));
    struct view *curve = j->options.judge ? prequential_view(j->model, j->name) : NULL;
    if (curve)
        view_list_add(views, curve);
    return true;
}

static bool update_commit(struct call *c, void *arg, struct err *e)
{
    struct update_job *j = arg;
    (void)e;
    session_put_model(c->session, j->name, j->model, j->home, j->split);
    return true;
}

/* Rows that a split holds out stay out. */
static bool pick_rows(struct call *c, struct update_job *j, const struct object *t, struct err *e)
{
    j->table = table_ref(t->table);
    if (!t->task || !t->task->split.set)
        return true;
    if (!task_rows(t->task, t->table, &j->rows, e))
        return false;
    j->some = j->rows.train;
    j->n = j->rows.n_train;
    call_note(c, VIEW_INFO, "on the training part alone; the %zu held-out rows of %s stay locked", j->rows.n_test,
              t->name);
    return true;
}

bool run_update(struct call *c, struct err *e)
{
    const struct object *o = session_require(c->session, call_text(c, "model"), OBJECT_MODEL, e);
    const char *on = call_text(c, "on");
    if (!o)
        return false;
    const struct object *t = session_find(c->session, on);
    struct update_job *j = mem_zero(1, sizeof *j);
    j->before = model_ref(o->model);
    j->options = (struct update_options){.batch = (size_t)call_int(c, "batch"), .judge = call_bool(c, "judge")};
    j->from = mem_strdup(on);
    j->name = mem_strdup(c->as ? c->as : o->name);
    j->home = mem_strdup(o->home);
    j->split = o->split;
    bool is_table = t && t->kind == OBJECT_TABLE;
    j->path = is_table ? NULL : mem_strdup(on);
    if (is_table && !pick_rows(c, j, t, e)) {
        update_free(j);
        return false;
    }
    return call_later(c, j, update_work, update_commit, update_free);
}

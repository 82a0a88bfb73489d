/* session: the objects that the user has named: tables (each with its task) and models. Values are immutable and
 * shared, so a snapshot for undo is a list of references. The session belongs to the front end's thread; jobs get
 * references of what they need and never see it. */
#ifndef LATHE_ENGINE_SESSION_H
#define LATHE_ENGINE_SESSION_H

#include "data/table.h"
#include "data/task.h"
#include "host/model.h"
#include "view/view.h"

enum object_kind { OBJECT_TABLE, OBJECT_MODEL };

struct object {
    char *name;
    enum object_kind kind;
    struct table *table;     /* OBJECT_TABLE */
    struct task *task;       /* OBJECT_TABLE: NULL until `target` */
    struct model *model;     /* OBJECT_MODEL */
    char *home;              /* OBJECT_MODEL: name of the table it was trained on; "" when it was loaded */
    struct task_split split; /* OBJECT_MODEL: the split it was trained under */
};

struct session;

struct session *session_new(void);
void session_free(struct session *s);

/* Looking. Pointers are valid until the session changes. */
size_t session_count(const struct session *s);
const struct object *session_at(const struct session *s, size_t i); /* in order of creation */
const struct object *session_find(const struct session *s, const char *name);
const struct object *session_current(const struct session *s); /* the current table, NULL: none */
/* The object or a sentence: ERR_NOT_FOUND with "did you mean", ERR_TYPE when it is the other kind. */
const struct object *session_require(const struct session *s, const char *name, enum object_kind kind, struct err *e);
/* The current table, or "no table is loaded" with the hint `load titanic`; with its target, or the hint
 * `target COLUMN`. */
const struct object *session_need_table(const struct session *s, struct err *e);
const struct object *session_need_task(const struct session *s, struct err *e);
/* Models of a table's task: trained on that object with the same target. Returns how many; v: references not taken. */
size_t session_models_of(const struct session *s, const struct object *table, const struct object **v, size_t max);

/* Changing. Each takes its own references. A name that exists is replaced. */
void session_put_table(struct session *s, const char *name, const struct table *t, const struct task *task,
                       bool make_current);
void session_put_task(struct session *s, const char *table_name, const struct task *task);
void session_put_model(struct session *s, const char *name, const struct model *m, const char *home,
                       struct task_split split);
bool session_drop(struct session *s, const char *name);
void session_use(struct session *s, const char *table_name);
void session_rename(struct session *s, const char *name, const char *to);
/* A free name: "logistic", then "logistic2", …. Owned. */
char *session_free_name(const struct session *s, const char *base);

/* Undo: session_checkpoint keeps the state before a command; `label` is its line. Undo and redo return the label, or
 * NULL when there is nothing. At most 200 states. */
void session_checkpoint(struct session *s, const char *label);
void session_checkpoint_cancel(struct session *s); /* the command failed: forget the newest checkpoint */
void session_checkpoint_drop(struct session *s);   /* … and nothing was changed after all: there is nothing to undo */
unsigned long session_generation(const struct session *s); /* another number after each change */
const char *session_undo(struct session *s);
const char *session_redo(struct session *s);
void session_redo_forget(struct session *s); /* something new was done: what was undone is gone */

/* How often the held-out rows of a table were looked at; kept through undo. */
int session_look(struct session *s, const char *table_name); /* counts one, returns the new number */
int session_looks(const struct session *s, const char *table_name);
void session_looks_reset(struct session *s, const char *table_name); /* a new split */

/* The newest table view of each id, as tables for `sql` and others: "metrics", "describe", …. */
void session_keep_view(struct session *s, const struct view *v);
struct table *session_view_table(const struct session *s, const char *id, struct err *e); /* new reference or NULL */
size_t session_view_ids(const struct session *s, const char **ids, size_t max);
/* The newest plot view; NULL: none. */
const struct view *session_last_plot(const struct session *s);

#endif

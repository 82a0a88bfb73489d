/* view: the life of a view and what all kinds have in common: text, notes, captions, lists and reports. */
#include "view/view.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "view/build.h"

/* The view's own memory beside the public fields: how much the growing note arrays can hold. */
struct view_notes {
    struct view *v;
    size_t cap_text, cap_level;
};

struct view_box { /* the view and its private part lie together */
    struct view v;
    struct view_notes notes;
};

static void notes_free(void *p)
{
    struct view_notes *n = p;
    mem_free(n->v->notes);
    mem_free(n->v->note_levels);
}

struct view *view_new(enum view_kind kind, const char *id, const char *title)
{
    struct arena *a = arena_new();
    struct view_box *box = arena_zero(a, 1, sizeof *box);
    struct view *v = &box->v;
    v->refs = 1;
    v->kind = kind;
    v->arena = a;
    v->id = arena_strdup(a, id ? id : "");
    v->title = arena_strdup(a, title ? title : "");
    box->notes.v = v;
    arena_attach(a, &box->notes, notes_free);
    return v;
}

void *view_grow(void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 8;
    return mem_resize(array, *cap, size);
}

struct view *view_ref(const struct view *v)
{
    struct view *mine = (struct view *)(uintptr_t)v; /* the count is the one part that may change */
    __atomic_add_fetch(&mine->refs, 1, __ATOMIC_RELAXED);
    return mine;
}

void view_unref(struct view *v)
{
    if (v && __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) == 0)
        arena_free(v->arena); /* the view itself lies in it */
}

const char *view_kind_name(enum view_kind k)
{
    static const char *const names[] = {"table", "plot", "tree", "text", "note", "report"};
    return (size_t)k < sizeof names / sizeof *names ? names[k] : "view";
}

struct view *view_text(const char *id, const char *title, const char *text)
{
    struct view *v = view_new(VIEW_TEXT, id, title);
    v->text = arena_strdup(v->arena, text ? text : "");
    return v;
}

struct view *view_note(enum view_level level, const char *format, ...)
{
    struct view *v = view_new(VIEW_NOTE, "note", "");
    va_list args;
    va_start(args, format);
    v->text = arena_vprintf(v->arena, format, args);
    va_end(args);
    v->level = level;
    return v;
}

void view_add_note(struct view *v, enum view_level level, const char *format, ...)
{
    struct view_notes *n = &((struct view_box *)v)->notes;
    v->notes = view_grow(v->notes, v->n_notes, &n->cap_text, sizeof *v->notes);
    v->note_levels = view_grow(v->note_levels, v->n_notes, &n->cap_level, sizeof *v->note_levels);
    va_list args;
    va_start(args, format);
    v->notes[v->n_notes] = arena_vprintf(v->arena, format, args);
    va_end(args);
    v->note_levels[v->n_notes++] = level;
}

void view_set_caption(struct view *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    v->caption = arena_vprintf(v->arena, format, args);
    va_end(args);
}

void view_set_source(struct view *v, const char *line)
{
    v->source = arena_strdup(v->arena, line);
}

/* ---- lists and reports -------------------------------------------------------------------------------------- */

void view_list_add(struct view_list *l, struct view *v)
{
    l->v = view_grow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = v;
}

void view_list_done(struct view_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        view_unref(l->v[i]);
    mem_free(l->v);
    *l = (struct view_list){0};
}

static void list_free(void *p)
{
    view_list_done(p);
}

struct view *view_report(const char *id, const char *title, struct view_list *items)
{
    struct view *v = view_new(VIEW_REPORT, id, title);
    v->items = arena_alloc(v->arena, sizeof *v->items);
    *v->items = *items;
    *items = (struct view_list){0};
    arena_attach(v->arena, v->items, list_free);
    return v;
}

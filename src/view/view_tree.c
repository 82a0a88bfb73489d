/* view_tree: nodes in the order they were added, each below an earlier one. */
#include <assert.h>

#include "base/mem.h"
#include "view/build.h"

static void tree_free(void *p)
{
    struct view_tree *t = p;
    mem_free(t->node);
}

struct view *view_tree_new(const char *id, const char *title)
{
    struct view *v = view_new(VIEW_TREE, id, title);
    v->tree = arena_zero(v->arena, 1, sizeof *v->tree);
    arena_attach(v->arena, v->tree, tree_free);
    return v;
}

size_t view_tree_add(struct view *v, int parent, const char *edge, const char *label, const char *detail,
                     double weight)
{
    struct view_tree *t = v->tree;
    assert(parent < 0 || (size_t)parent < t->n);
    t->node = view_grow(t->node, t->n, &t->cap, sizeof *t->node);
    t->node[t->n] = (struct tree_node){
        .parent = parent < 0 ? -1 : parent,
        .edge = arena_strdup(v->arena, edge ? edge : ""),
        .label = arena_strdup(v->arena, label ? label : ""),
        .detail = arena_strdup(v->arena, detail),
        .weight = weight,
    };
    return t->n++;
}

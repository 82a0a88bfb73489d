/* grid_tree: trees as lines: branches, the condition on the edge, the node, what is known of it and its share. */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "render/cell_format.h"
#include "render/layout.h"

#define BAR_COLUMNS 8

/* The order of drawing: children of each node in the order they were added. */
struct walk {
    const struct view_tree *t;
    int *first, *next, *last; /* child, sibling, last child; -1: none */
    int *order;               /* nodes as they are drawn */
    size_t n;
    int first_root;
};

static void walk_make(struct walk *w, const struct view_tree *t)
{
    size_t n = t->n ? t->n : 1;
    *w = (struct walk){.t = t, .first_root = -1};
    w->first = mem_zero(n, sizeof(int));
    w->next = mem_zero(n, sizeof(int));
    w->last = mem_zero(n, sizeof(int));
    w->order = mem_zero(n, sizeof(int));
    int last_root = -1;
    for (size_t i = 0; i < t->n; i++) {
        w->first[i] = w->next[i] = w->last[i] = -1;
        int parent = t->node[i].parent;
        int *last = parent < 0 ? &last_root : &w->last[parent];
        int *first = parent < 0 ? &w->first_root : &w->first[parent];
        if (*last < 0)
            *first = (int)i;
        else
            w->next[*last] = (int)i;
        *last = (int)i;
    }
    for (int i = w->first_root; i >= 0;) {
        w->order[w->n++] = i;
        if (w->first[i] >= 0) {
            i = w->first[i];
            continue;
        }
        while (i >= 0 && w->next[i] < 0)
            i = t->node[i].parent;
        if (i >= 0)
            i = w->next[i];
    }
}

static void walk_done(struct walk *w)
{
    mem_free(w->first);
    mem_free(w->next);
    mem_free(w->last);
    mem_free(w->order);
}

/* "│  ├─ ": a column for each ancestor that has more to come. Roots stand at the margin. */
static void branches(struct str *out, const struct walk *w, int i, bool unicode)
{
    const struct tree_node *node = w->t->node;
    if (node[i].parent < 0)
        return;
    int depth = 0, up = i;
    while (node[up].parent >= 0) {
        depth++;
        up = node[up].parent;
    }
    unsigned char *more = mem_alloc((size_t)depth);
    up = i;
    for (int d = depth - 1; d >= 0; d--) {
        more[d] = w->next[up] >= 0;
        up = node[up].parent;
    }
    for (int d = 0; d < depth - 1; d++)
        str_add(out, !more[d] ? "   " : unicode ? "│  " : "|  ");
    if (unicode)
        str_add(out, more[depth - 1] ? "├─ " : "└─ ");
    else
        str_add(out, more[depth - 1] ? "|- " : "`- ");
    mem_free(more);
}

static size_t words_width(const struct tree_node *node)
{
    size_t edge = utf8_width(node->edge), label = utf8_width(node->label);
    return edge + label + (edge && label ? 3 : 0); /* " → " */
}

static void put_words(struct grid *g, const struct tree_node *node, size_t room, bool unicode)
{
    const char *arrow = unicode ? " → " : " : ";
    struct str text = STR_INIT;
    size_t used = layout_cut(&text, node->edge, room, unicode);
    grid_add(g, GRID_PLAIN, str_get(&text));
    if (*node->edge && *node->label && used + 4 <= room) {
        grid_add(g, GRID_FAINT, arrow);
        used += 3;
    }
    str_clear(&text);
    layout_cut(&text, node->label, room > used ? room - used : 0, unicode);
    grid_add(g, GRID_STRONG, str_get(&text));
    str_done(&text);
}

static void put_share(struct grid *g, double weight, bool unicode)
{
    struct str text = STR_INIT, bar = STR_INIT;
    decimal_fixed(&text, 100 * weight, 0);
    grid_addf(g, GRID_FAINT, "%5s %%  ", str_get(&text));
    layout_bar(&bar, weight, BAR_COLUMNS, unicode);
    grid_add(g, GRID_BAR, str_get(&bar));
    str_done(&text);
    str_done(&bar);
}

void layout_tree(struct grid *g, const struct view *v, const struct render_options *o)
{
    const struct view_tree *t = v->tree;
    struct walk w;
    walk_make(&w, t);
    size_t shown = o->max_rows > 0 && (size_t)o->max_rows < w.n ? (size_t)o->max_rows : w.n;
    struct str branch = STR_INIT;
    size_t widest = 0, share = 0;
    for (size_t k = 0; k < shown; k++) {
        const struct tree_node *node = &t->node[w.order[k]];
        str_clear(&branch);
        branches(&branch, &w, w.order[k], o->unicode);
        size_t detail = node->detail && *node->detail ? 2 + utf8_width(node->detail) : 0;
        size_t width = utf8_width(str_get(&branch)) + words_width(node) + detail;
        widest = width > widest ? width : widest;
        if (node->weight >= 0)
            share = 9 + BAR_COLUMNS;
    }
    size_t limit = o->width > 0 ? (size_t)o->width : widest + share;
    if (limit < widest + share) /* the share goes first, then details, then words are cut */
        share = 0;
    for (size_t k = 0; k < shown; k++) {
        const struct tree_node *node = &t->node[w.order[k]];
        str_clear(&branch);
        branches(&branch, &w, w.order[k], o->unicode);
        grid_add_line(g);
        size_t used = utf8_width(str_get(&branch)), words = words_width(node);
        if (used + 8 > limit) { /* too deep for this width: the branch is shortened from the left */
            size_t keep = limit > 12 ? limit - 12 : 0, width;
            while (used > keep && branch.len) {
                size_t bytes = utf8_cut(str_get(&branch), 1, &width);
                memmove(branch.s, branch.s + bytes, branch.len - bytes + 1);
                branch.len -= bytes;
                used = utf8_width(str_get(&branch));
            }
            grid_add(g, GRID_FAINT, o->unicode ? "…" : "~");
            used++;
        }
        grid_add(g, GRID_FAINT, str_get(&branch));
        put_words(g, node, limit > used ? limit - used : 0, o->unicode);
        used += words;
        size_t detail = node->detail && *node->detail ? 2 + utf8_width(node->detail) : 0;
        if (detail && used + detail <= limit) {
            grid_addf(g, GRID_FAINT, "  %s", node->detail);
            used += detail;
        }
        if (share && node->weight >= 0) {
            grid_addf(g, GRID_PLAIN, "%*s", (int)(widest - used), "");
            put_share(g, node->weight, o->unicode);
        }
    }
    if (shown < w.n) {
        grid_add_line(g);
        grid_addf(g, GRID_FAINT, "%s %zu more of %zu nodes", o->unicode ? "…" : "...", w.n - shown, w.n);
    }
    str_done(&branch);
    walk_done(&w);
}

/* plain: the grid as text, a blank line after each block. */
#include "render/grid.h"

static void nothing(struct str *out, const struct render_options *o)
{
    (void)out;
    (void)o;
}

static void put(struct str *out, const struct view *v, const struct render_options *o)
{
    struct grid *g = grid_new();
    grid_view(g, v, o);
    grid_print(g, out, o->colour);
    if (v->kind != VIEW_NOTE)
        str_addc(out, '\n');
    grid_free(g);
}

const struct renderer render_plain = {"plain", ".txt", nothing, put, nothing};

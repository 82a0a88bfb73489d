/* grid_plot: a picture in cells, or in words. */
#include <string.h>

#include "render/layout.h"

void layout_plot(struct grid *g, const struct view *v, const struct render_options *o)
{
    layout_wrap(g, v->plot->twin, strlen(v->plot->twin), NULL, GRID_PLAIN, layout_prose_width(o), "", GRID_PLAIN);
}

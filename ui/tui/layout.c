/* layout: panes by size. */
#include "ui/tui/layout.h"

#include <string.h>

const char *pane_name(int id)
{
    static const char *const names[] = {"work", "picture", "shelf"};
    return id >= 0 && id < PANE_COUNT ? names[id] : "prompt";
}

static int shown_by_size(const struct layout_wish *w)
{
    if (w->cols >= 120 && w->rows >= 30)
        return 3;
    if (w->cols >= 64 && w->rows >= 44) /* tall and narrow: stacked */
        return 2;
    return 1;
}

static bool is_hidden(const struct layout_wish *w, int pane)
{
    return w->hidden & (1u << pane);
}

static void one(struct rect area, int pane, struct layout *out)
{
    out->box[pane] = area;
    out->tabs = true;
}

/* Two panes beside or over each other; one that is closed leaves its place to the other. */
static void split(struct rect area, bool beside, int share, struct rect *a, struct rect *b)
{
    *a = *b = area;
    if (beside) {
        a->width = (area.width - 1) * share / 100;
        b->x = area.x + a->width + 1; /* a column between them for the line */
        b->width = area.width - a->width - 1;
    } else {
        a->height = area.height * share / 100;
        b->y = area.y + a->height;
        b->height = area.height - a->height;
    }
}

static void several(const struct layout_wish *w, struct rect area, int n, struct layout *out)
{
    bool beside = w->cols >= 100;
    bool picture = !is_hidden(w, PANE_PICTURE), shelf = n == 3 && !is_hidden(w, PANE_SHELF),
         work = !is_hidden(w, PANE_WORK);
    struct rect left = area, right = area;

    if (work && (picture || shelf))
        split(area, beside, beside ? 54 : 58, &left, &right);
    if (work)
        out->box[PANE_WORK] = left;
    if (picture && shelf)
        split(right, false, 66, &out->box[PANE_PICTURE], &out->box[PANE_SHELF]);
    else if (picture)
        out->box[PANE_PICTURE] = right;
    else if (shelf)
        out->box[PANE_SHELF] = right;
}

void layout_make(const struct layout_wish *w, struct layout *out)
{
    int bottom = w->rows;
    *out = (struct layout){.rule = -1, .status = -1};
    if (w->rows >= 4)
        out->status = --bottom;
    int prompt = w->rows >= 14 ? w->prompt_rows : 1;
    bottom -= prompt;
    out->prompt = (struct rect){bottom, 0, prompt, w->cols};
    if (w->rows >= 6)
        out->rule = --bottom;

    struct rect area = {0, 0, bottom, w->cols};
    int n = w->panes ? w->panes : shown_by_size(w);
    if (w->cols < 64 || w->rows < 12)
        n = 1;
    if (w->zoomed != PANE_NONE)
        one(area, w->zoomed, out);
    else if (n == 1 || (w->hidden & 7) == 7 || (n == 2 && (w->hidden & 3) == 3))
        one(area, w->main, out);
    else
        several(w, area, n, out);
}

int layout_pane_at(const struct layout *l, int y, int x)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        const struct rect *r = &l->box[i];
        if (r->height > 0 && y >= r->y && y < r->y + r->height && x >= r->x && x < r->x + r->width)
            return i;
    }
    return PANE_NONE;
}

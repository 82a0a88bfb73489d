/* view_plot: what a picture shows (series, axes, heat map) and the same in words. */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "view/build.h"

struct plot_build {
    struct view_plot p;
    size_t cap;
};

static void plot_free(void *p)
{
    struct plot_build *b = p;
    mem_free(b->p.series);
}

struct view *view_plot_new(const char *id, const char *title)
{
    struct view *v = view_new(VIEW_PLOT, id, title);
    struct plot_build *b = arena_zero(v->arena, 1, sizeof *b);
    b->p.x.label = b->p.y.label = "";
    b->p.twin = "";
    v->plot = &b->p;
    arena_attach(v->arena, b, plot_free);
    return v;
}

void view_plot_axes(struct view *v, const char *x_label, const char *y_label)
{
    v->plot->x.label = arena_strdup(v->arena, x_label ? x_label : "");
    v->plot->y.label = arena_strdup(v->arena, y_label ? y_label : "");
}

static const double *numbers_copy(struct arena *a, const double *x, size_t n)
{
    if (!x)
        return NULL;
    double *own = arena_zero(a, n ? n : 1, sizeof *own);
    if (n)
        memcpy(own, x, n * sizeof *x);
    return own;
}

static const char *const *texts_copy(struct arena *a, const char *const *s, size_t n)
{
    if (!s)
        return NULL;
    const char **own = arena_zero(a, n ? n : 1, sizeof *own);
    for (size_t i = 0; i < n; i++)
        own[i] = arena_strdup(a, s[i] ? s[i] : "");
    return own;
}

size_t view_plot_add(struct view *v, const struct plot_series *s)
{
    struct plot_build *b = (struct plot_build *)v->plot;
    struct arena *a = v->arena;
    size_t five_n;
    bool fits = mem_mul(s->n, 5, &five_n);
    assert(fits);
    (void)fits;
    b->p.series = view_grow(b->p.series, b->p.n_series, &b->cap, sizeof *b->p.series);
    struct plot_series *own = &b->p.series[b->p.n_series];
    *own = *s;
    own->name = arena_strdup(a, s->name);
    own->x = numbers_copy(a, s->x, s->n);
    own->y = numbers_copy(a, s->y, s->n);
    own->y2 = numbers_copy(a, s->y2, s->n);
    own->x2 = numbers_copy(a, s->x2, s->n);
    own->box = numbers_copy(a, s->box, five_n);
    own->labels = texts_copy(a, s->labels, s->n);
    return b->p.n_series++;
}

void view_plot_heat(struct view *v, const struct plot_heat *h)
{
    struct arena *a = v->arena;
    size_t cells;
    bool fits = mem_mul(h->rows, h->cols, &cells);
    assert(fits);
    (void)fits;
    struct plot_heat *own = arena_alloc(a, sizeof *own);
    *own = *h;
    own->value = numbers_copy(a, h->value, cells);
    own->row_labels = texts_copy(a, h->row_labels, h->rows);
    own->col_labels = texts_copy(a, h->col_labels, h->cols);
    own->cell_labels = texts_copy(a, h->cell_labels, cells);
    v->plot->heat = own;
}

void view_plot_twin(struct view *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    v->plot->twin = arena_vprintf(v->arena, format, args);
    va_end(args);
}

#include "host/record.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

void sentences_vadd(struct sentences *s, const char *format, va_list args)
{
    struct str text = STR_INIT;
    str_vprintf(&text, format, args);
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->v[i], str_get(&text))) {
            str_done(&text);
            return;
        }
    vec_push(s, text.s ? str_steal(&text) : mem_strdup(""));
}

void sentences_add(struct sentences *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sentences_vadd(s, format, args);
    va_end(args);
}

void sentences_done(struct sentences *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free((char *)(uintptr_t)s->v[i]);
    vec_done(s);
}

static struct curve *curve_of(struct curves *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->v[i].name, name))
            return &c->v[i];
    vec_push(c, (struct curve){.name = mem_strdup(name)});
    return &c->v[c->n - 1];
}

void curves_add(struct curves *c, const char *name, double unit, double value)
{
    struct curve *curve = curve_of(c, name);
    if (curve->n && curve->unit[curve->n - 1] == unit) {
        curve->value[curve->n - 1] = value;
        return;
    }
    if (curve->n == curve->cap) {
        curve->cap = curve->cap ? 2 * curve->cap : 16;
        curve->unit = mem_resize(curve->unit, curve->cap, sizeof *curve->unit);
        curve->value = mem_resize(curve->value, curve->cap, sizeof *curve->value);
    }
    curve->unit[curve->n] = unit;
    curve->value[curve->n++] = value;
}

void curves_cut(struct curves *c, double last_unit)
{
    for (size_t i = 0; i < c->n; i++)
        while (c->v[i].n && c->v[i].unit[c->v[i].n - 1] > last_unit)
            c->v[i].n--;
}

double curves_last_unit(const struct curves *c)
{
    double last = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->v[i].n && c->v[i].unit[c->v[i].n - 1] > last)
            last = c->v[i].unit[c->v[i].n - 1];
    return last;
}

void curves_view(struct curves *c)
{
    mem_free(c->view);
    c->view = mem_zero(c->n ? c->n : 1, sizeof *c->view);
    for (size_t i = 0; i < c->n; i++)
        c->view[i] = (struct model_curve){c->v[i].name, c->v[i].n, c->v[i].unit, c->v[i].value};
}

void curves_done(struct curves *c)
{
    for (size_t i = 0; i < c->n; i++) {
        mem_free(c->v[i].name);
        mem_free(c->v[i].unit);
        mem_free(c->v[i].value);
    }
    mem_free(c->view);
    vec_done(c);
    c->view = NULL;
}

/* record: what a training has to say beside its model: sentences, and the metrics that were reported step by
 * step. */
#ifndef LATHE_HOST_RECORD_H
#define LATHE_HOST_RECORD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "host/model.h"

struct sentences {
    const char **v; /* each owned */
    size_t n, cap;
};
void sentences_add(struct sentences *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One that is there already is not added. */
void sentences_vadd(struct sentences *s, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void sentences_done(struct sentences *s);

/* Curves by name, in the order of their first point. `view` is what model_curves hands out; finished by
 * curves_view. */
struct curve {
    char *name;
    double *unit, *value;
    size_t n, cap;
};
struct curves {
    struct curve *v;
    size_t n, cap;
    struct model_curve *view;
};
void curves_add(struct curves *c, const char *name, double unit, double value); /* a unit seen again is replaced */
void curves_cut(struct curves *c, double last_unit);                            /* forgets what came after */
double curves_last_unit(const struct curves *c);                                /* 0: none */
void curves_view(struct curves *c);
void curves_done(struct curves *c);

#endif

/* names: what columns, levels and classes are called, copied, so that a model can describe itself later. */
#ifndef LATHE_TREE_NAMES_H
#define LATHE_TREE_NAMES_H

#include "api/lathe.h"

struct names {
    size_t p;
    char **column;
    uint32_t *n_levels;
    char ***level;
    uint32_t n_classes;
    char **class_name;
};

/* 0, or -1 without memory (then nothing is kept). */
int names_copy(struct names *names, size_t p, const struct lt_column *column, uint32_t n_classes,
               const char *const *class_names);
void names_free(struct names *names);

#endif

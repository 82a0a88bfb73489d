#include "plugins/tree/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list_free(char **list, size_t n)
{
    for (size_t i = 0; list && i < n; i++)
        free(list[i]);
    free(list);
}

/* Copies of n texts; a missing one is its number. */
static char **list_copy(const char *const *texts, size_t n)
{
    char **list = calloc(n + 1, sizeof *list), number[24];
    for (size_t i = 0; list && i < n; i++) {
        snprintf(number, sizeof number, "%zu", i);
        list[i] = strdup(texts && texts[i] ? texts[i] : number);
        if (list[i] == NULL) {
            list_free(list, n);
            return NULL;
        }
    }
    return list;
}

int names_copy(struct names *names, size_t p, const struct lt_column *column, uint32_t n_classes,
               const char *const *class_names)
{
    *names = (struct names){.p = p, .n_classes = n_classes};
    names->column = calloc(p + 1, sizeof *names->column);
    names->n_levels = calloc(p + 1, sizeof *names->n_levels);
    names->level = calloc(p + 1, sizeof *names->level);
    names->class_name = list_copy(class_names, n_classes);
    int whole = names->column && names->n_levels && names->level && names->class_name;
    for (size_t j = 0; whole && j < p; j++) {
        names->column[j] = strdup(column && column[j].name ? column[j].name : "?");
        if (column && column[j].kind == LT_CATEGORY) {
            names->n_levels[j] = column[j].n_levels;
            names->level[j] = list_copy(column[j].levels, column[j].n_levels);
            whole = names->level[j] != NULL;
        }
        whole = whole && names->column[j];
    }
    if (!whole)
        names_free(names);
    return whole ? 0 : -1;
}

void names_free(struct names *names)
{
    for (size_t j = 0; names->level && names->n_levels && j < names->p; j++)
        list_free(names->level[j], names->n_levels[j]);
    free(names->level);
    free(names->n_levels);
    list_free(names->column, names->p);
    list_free(names->class_name, names->n_classes);
    *names = (struct names){0};
}

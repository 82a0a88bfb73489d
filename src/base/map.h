/* map: strings to pointers, in insertion order, with hashed look-up. Keys are copied; values belong to the caller. */
#ifndef LATHE_BASE_MAP_H
#define LATHE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void);
void map_free(struct map *m); /* not the values */
size_t map_size(const struct map *m);
void *map_get(const struct map *m, const char *key);          /* NULL when absent */
void *map_set(struct map *m, const char *key, void *value);   /* returns the value replaced, or NULL */
void *map_remove(struct map *m, const char *key);             /* returns the value removed, or NULL */
const char *map_key_at(const struct map *m, size_t i);        /* i in [0, size), insertion order */
void *map_value_at(const struct map *m, size_t i);

#endif

/* room: memory that outlives a call. Sizes are checked before they are multiplied, blocks are aligned to a cache
 * line, and large ones ask for large pages, because the first touch of many small pages costs more than the work
 * that is done in them. Contents are undefined unless said otherwise; NULL when there is no memory. */
#ifndef LATHE_TREE_ROOM_H
#define LATHE_TREE_ROOM_H

#include <stddef.h>

void *room_new(size_t count, size_t size);
void *room_zero(size_t count, size_t size);
void room_free(void *block);

/* Makes *block, which holds *cap elements of `size` bytes, hold at least `need`; growth is geometric. 0 or -1. */
int room_grow(void **block, size_t *cap, size_t need, size_t size);

#endif

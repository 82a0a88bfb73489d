/* build: what the files of this room share. A view being built keeps its growing arrays in malloc'd memory that
 * its arena releases; everything else lies in the arena itself. */
#ifndef LATHE_VIEW_BUILD_H
#define LATHE_VIEW_BUILD_H

#include "view/view.h"

struct view *view_new(enum view_kind kind, const char *id, const char *title);

/* Room for one more element in an array of n: the (possibly moved) array. *cap and the array belong together. */
void *view_grow(void *array, size_t n, size_t *cap, size_t size);

#endif

#include "plugins/tree/room.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, LARGE = 2 << 20 };

void *room_new(size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - LARGE) / size)
        return NULL;
    size_t bytes = count * size + CACHE_LINE; /* a line to spare, so that wide loads may read past the end */
    size_t align = bytes >= 2 * (size_t)LARGE ? LARGE : CACHE_LINE;
    void *block;
    if (posix_memalign(&block, align, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (align == LARGE) /* the last page is a small part of a large one, or none */
        madvise(block, bytes / LARGE * LARGE, MADV_HUGEPAGE);
#endif
    return block;
}

void *room_zero(size_t count, size_t size)
{
    void *block = room_new(count, size);
    if (block != NULL)
        memset(block, 0, count * size + CACHE_LINE);
    return block;
}

void room_free(void *block)
{
    free(block);
}

int room_grow(void **block, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return 0;
    size_t grown = *cap + *cap / 2 + 64;
    if (grown < need)
        grown = need;
    if (grown > SIZE_MAX / size)
        return -1;
    void *moved = realloc(*block, grown * size);
    if (moved == NULL)
        return -1;
    *block = moved;
    *cap = grown;
    return 0;
}

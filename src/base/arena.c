/* arena: a chain of chunks that only grows, and a list of destructors. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define ALIGN ((size_t)16)
#define FIRST_CHUNK ((size_t)1024)
#define LARGEST_CHUNK ((size_t)256 << 10)

struct chunk {
    struct chunk *older;
    size_t used, cap; /* of the bytes after the header */
};

struct attached {
    struct attached *older;
    void *p;
    void (*free_fn)(void *);
};

struct arena {
    struct chunk *chunks; /* the newest is the one being filled */
    struct attached *attached;
    size_t next_cap;
};

#define HEADER ((sizeof(struct chunk) + ALIGN - 1) & ~(ALIGN - 1))

struct arena *arena_new(void)
{
    struct arena *a = mem_zero(1, sizeof *a);
    a->next_cap = FIRST_CHUNK;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    /* A destructor may still read what lies in the chunks, even attach more: hence destructors first. */
    while (a->attached) {
        struct attached *it = a->attached;
        a->attached = it->older;
        it->free_fn(it->p);
    }
    while (a->chunks) {
        struct chunk *c = a->chunks;
        a->chunks = c->older;
        mem_free(c);
    }
    mem_free(a);
}

static struct chunk *chunk_new(size_t cap)
{
    struct chunk *c = mem_resize(NULL, cap <= SIZE_MAX - HEADER ? cap + HEADER : SIZE_MAX, 1);
    c->older = NULL;
    c->used = 0;
    c->cap = cap;
    return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    size_t want = bytes <= SIZE_MAX - HEADER - ALIGN ? (bytes + ALIGN - 1) & ~(ALIGN - 1) : SIZE_MAX - HEADER;
    if (want == 0)
        want = ALIGN;
    struct chunk *c = a->chunks;
    if (!c || want > c->cap - c->used) {
        bool alone = want > a->next_cap / 2;
        struct chunk *fresh = chunk_new(alone ? want : a->next_cap);
        if (alone && c) { /* a large block goes behind, so that the chunk in use keeps being filled */
            fresh->older = c->older;
            c->older = fresh;
        } else {
            fresh->older = c;
            a->chunks = fresh;
        }
        if (!alone && a->next_cap < LARGEST_CHUNK)
            a->next_cap *= 2;
        c = fresh;
    }
    void *p = (char *)c + HEADER + c->used;
    c->used += want;
    return p;
}

void *arena_zero(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (!mem_mul(n, size, &bytes))
        bytes = SIZE_MAX; /* which cannot be had, and says so */
    void *p = arena_alloc(a, bytes);
    return memset(p, 0, bytes);
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    if (!s)
        return NULL;
    n = strnlen(s, n);
    char *copy = arena_alloc(a, n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        return arena_strdup(a, "");
    char *s = arena_alloc(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, format, args);
    return s;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *s = arena_vprintf(a, format, args);
    va_end(args);
    return s;
}

void arena_attach(struct arena *a, void *p, void (*free_fn)(void *))
{
    struct attached *it = arena_alloc(a, sizeof *it);
    *it = (struct attached){a->attached, p, free_fn};
    a->attached = it;
}

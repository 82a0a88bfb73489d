/* arena: memory of one lifetime. Everything inside a view, a parsed line or a report lives in its arena and
 * dies with it. Not thread-safe; one owner. */
#ifndef LATHE_BASE_ARENA_H
#define LATHE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* runs the attached destructors, newest first; NULL is fine */

void *arena_alloc(struct arena *a, size_t bytes);         /* 16-byte aligned, uninitialised */
void *arena_zero(struct arena *a, size_t n, size_t size); /* zeroed, n*size checked */
char *arena_strdup(struct arena *a, const char *s);       /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Calls free_fn(p) when the arena goes. */
void arena_attach(struct arena *a, void *p, void (*free_fn)(void *));

#endif

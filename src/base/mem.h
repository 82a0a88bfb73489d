/* mem: memory. Small allocations cannot fail (the program ends with a sentence, as there is nothing left to do);
 * data-sized ones go through mem_bulk and can. Every size is checked before it is multiplied. */
#ifndef LATHE_BASE_MEM_H
#define LATHE_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

void *mem_alloc(size_t bytes);            /* uninitialised; free with mem_free */
void *mem_zero(size_t n, size_t size);    /* n elements of size bytes, zeroed */
void *mem_resize(void *p, size_t n, size_t size);
char *mem_strdup(const char *s);          /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
void mem_free(void *p); /* NULL is fine */

/* n elements of size bytes for data: 64-byte aligned, uninitialised, big pages asked for from 4 MB up.
 * NULL and ERR_MEMORY when it can't be had. Free with mem_bulk_free. */
void *mem_bulk(size_t n, size_t size, struct err *e);
void *mem_bulk_zero(size_t n, size_t size, struct err *e);
void mem_bulk_free(void *p);

/* a*b into *out; false on overflow. */
bool mem_mul(size_t a, size_t b, size_t *out);

/* Called once at start: thresholds that keep freed blocks for reuse instead of faulting them in again. */
void mem_tune(void);

/* After much work: gives pages back to the system that hold nothing any more. Takes about a millisecond. */
void mem_settle(void);

/* What to do just before the program ends for want of memory (restore the terminal). Must not allocate. */
void mem_on_exhaustion(void (*hook)(void));

#endif

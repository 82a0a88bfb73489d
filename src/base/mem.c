/* mem: checked allocation. Failure of a small allocation ends the program; failure of a bulk one is an error. */
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CACHE_LINE ((size_t)64)
#define BIG_PAGE ((size_t)2 << 20)
#define BIG_PAGE_FROM ((size_t)4 << 20)

static void (*exhausted_hook)(void);

void mem_on_exhaustion(void (*hook)(void))
{
    exhausted_hook = hook;
}

/* Nothing here may allocate, and other threads may hold any lock: hence no stdio and no exit(). */
_Noreturn static void mem_exhausted(void)
{
    static const char text[] = "lathe: error: out of memory\n";
    if (exhausted_hook)
        exhausted_hook();
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(1);
}

bool mem_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

void *mem_alloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_zero(size_t n, size_t size)
{
    void *p = n && size ? calloc(n, size) : calloc(1, 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
    size_t bytes;
    if (!mem_mul(n, size, &bytes))
        mem_exhausted();
    void *q = realloc(p, bytes ? bytes : 1);
    if (!q)
        mem_exhausted();
    return q;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
    if (!s)
        return NULL;
    n = strnlen(s, n);
    char *copy = mem_alloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

static void describe_bytes(double bytes, char *out, size_t n)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t u = 0;
    while (bytes >= 1000 && u + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        u++;
    }
    snprintf(out, n, "%.3g %s", bytes, units[u]);
}

void *mem_bulk(size_t n, size_t size, struct err *e)
{
    size_t bytes;
    void *p = NULL;
    char text[48];
    if (!mem_mul(n, size, &bytes) || bytes > PTRDIFF_MAX) {
        describe_bytes((double)n * (double)size, text, sizeof text);
        err_set(e, ERR_MEMORY, "%s of memory is more than this machine can address", text);
        return NULL;
    }
    bool big = bytes >= BIG_PAGE_FROM;
    if (posix_memalign(&p, big ? BIG_PAGE : CACHE_LINE, bytes ? bytes : 1) != 0) {
        describe_bytes((double)bytes, text, sizeof text);
        err_set(e, ERR_MEMORY, "not enough memory for %s", text);
        err_hint(e, "work on fewer rows or columns (sample, select), or free tables and models with drop");
        return NULL;
    }
#ifdef MADV_HUGEPAGE
    if (big)
        madvise(p, bytes & ~(BIG_PAGE - 1), MADV_HUGEPAGE); /* advice only: failing changes nothing */
#endif
    return p;
}

void *mem_bulk_zero(size_t n, size_t size, struct err *e)
{
    void *p = mem_bulk(n, size, e);
    if (p)
        memset(p, 0, n * size);
    return p;
}

void mem_bulk_free(void *p)
{
    free(p);
}

void mem_tune(void)
{
    /* 32 MB is the largest threshold that glibc takes; above it blocks are mapped one by one. */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 4 << 20);
}

void mem_settle(void)
{
    malloc_trim(0);
}

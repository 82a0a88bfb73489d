/* memory: arrays of `count` elements of `size` bytes. Each says so through ctx->fail when there is no room, so the
 * caller only has to return LT_MEMORY. */
#ifndef LATHE_KIT_MEMORY_H
#define LATHE_KIT_MEMORY_H

#include "api/lathe.h"

#include <stdlib.h>
#include <string.h>

#define KIT_ALIGN ((size_t)64)

/* count * size rounded up to whole cache lines, or 0 when it doesn't fit. Never 0 otherwise. */
static inline size_t kit_bytes(size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - KIT_ALIGN) / size)
        return 0;
    size_t bytes = (count * size + KIT_ALIGN - 1) / KIT_ALIGN * KIT_ALIGN;
    return bytes ? bytes : KIT_ALIGN;
}

static inline void *kit_no_memory(struct lt_ctx *ctx, size_t count, size_t size)
{
    ctx->fail(ctx, LT_MEMORY, "not enough memory for %zu x %zu bytes; try fewer rows or columns", count, size);
    return NULL;
}

/* Uninitialised, aligned to 64, freed by the host when the call returns. From the calling thread alone. */
static inline void *kit_scratch(struct lt_ctx *ctx, size_t count, size_t size)
{
    size_t bytes = kit_bytes(count, size);
    void *memory = bytes ? ctx->scratch(ctx, bytes) : NULL;
    return memory ? memory : kit_no_memory(ctx, count, size);
}

/* Zeroed, aligned to 64, the module's own: give it back with free(). */
static inline void *kit_alloc(struct lt_ctx *ctx, size_t count, size_t size)
{
    size_t bytes = kit_bytes(count, size);
    void *memory = bytes ? aligned_alloc(KIT_ALIGN, bytes) : NULL;
    return memory ? memset(memory, 0, bytes) : kit_no_memory(ctx, count, size);
}

/* As kit_alloc, but not zeroed: for arrays that are filled at once, by several threads, which then share the work of
 * touching the memory first. */
static inline void *kit_alloc_raw(struct lt_ctx *ctx, size_t count, size_t size)
{
    size_t bytes = kit_bytes(count, size);
    void *memory = bytes ? aligned_alloc(KIT_ALIGN, bytes) : NULL;
    return memory ? memory : kit_no_memory(ctx, count, size);
}

/* Shorthands for the types that most arrays have. */
static inline double *kit_scratch_f64(struct lt_ctx *ctx, size_t count)
{
    return (double *)kit_scratch(ctx, count, sizeof(double));
}

static inline float *kit_scratch_f32(struct lt_ctx *ctx, size_t count)
{
    return (float *)kit_scratch(ctx, count, sizeof(float));
}

static inline double *kit_alloc_f64(struct lt_ctx *ctx, size_t count)
{
    return (double *)kit_alloc(ctx, count, sizeof(double));
}

static inline float *kit_alloc_f32(struct lt_ctx *ctx, size_t count)
{
    return (float *)kit_alloc(ctx, count, sizeof(float));
}

static inline char *kit_strdup(struct lt_ctx *ctx, const char *text)
{
    size_t bytes = strlen(text ? text : "") + 1;
    char *copy = (char *)malloc(bytes);
    return copy ? (char *)memcpy(copy, text ? text : "", bytes) : (char *)kit_no_memory(ctx, bytes, 1);
}

#endif

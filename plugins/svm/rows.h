/* rows: rows of the kernel matrix of n points, computed when somebody asks and kept while there is room.
 *
 * A row is single precision, which halves the memory and what an iteration reads; its entries are computed in
 * double and rounded once, so the matrix is symmetric and what is solved is exactly the problem of the rounded
 * matrix. Rows are computed many at a time, in parallel; entries don't depend on which rows are asked for
 * together, or on which were forgotten meanwhile.
 *
 * Looking is free of locks: any number of workers may read between two calls of rows_fill. */
#ifndef LATHE_SVM_ROWS_H
#define LATHE_SVM_ROWS_H

#include "api/lathe.h"
#include "plugins/svm/kernel.h"

#include <stdbool.h>

enum { ROWS_AT_ONCE = 64 }; /* the most that one call of rows_fill is given */

struct rows {
    const struct kernel *kernel; /* the caller's, as are the points */
    const struct points *points;
    size_t stride;                       /* floats of a row, a whole number of panels */
    float *diagonal;                     /* n: k(x, x) */
    float **row;                         /* n: NULL when it isn't here */
    uint32_t *home;                      /* n: the slot that is its own, from 1; 0: none */
    uint32_t *used;                      /* n: the time when it was last read or filled */
    uint32_t now;                        /* counts calls of rows_fill */
    uint8_t *seen;                       /* n: it was computed before */
    size_t again;                        /* rows computed more than once */
    size_t base, limit, n_slots, n_free; /* base: slots that are given without asking whether they pay */
    float **slot;                        /* limit: memory of a row each */
    uint32_t *owner;                     /* limit: whose row it is */
    uint32_t *old; /* slots whose rows were used longest ago, to be given away from the end */
    uint32_t *old_used;
    size_t n_old;
    void **chunk;
    size_t n_chunks;
};

int rows_new(struct lt_ctx *ctx, struct rows *rows, const struct kernel *kernel, const struct points *points,
             double megabytes);
void rows_free(struct rows *rows);

/* Row i, or NULL. */
static inline const float *rows_look(const struct rows *rows, size_t i)
{
    if (rows->row[i])
        __atomic_store_n(&rows->used[i], rows->now, __ATOMIC_RELAXED); /* all workers write the same */
    return rows->row[i];
}

/* Makes sure that the rows which[n] are all here at once, n <= ROWS_AT_ONCE. LT_OK, or a failure that was said:
 * LT_MEMORY, LT_CANCELLED, LT_NUMERIC when an entry isn't a finite number. */
int rows_fill(struct lt_ctx *ctx, struct rows *rows, const uint32_t *which, size_t n);

#endif

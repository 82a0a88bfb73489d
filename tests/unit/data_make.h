/* data_make: small columns and tables for the tests of src/data. */
#ifndef LATHE_TESTS_DATA_MAKE_H
#define LATHE_TESTS_DATA_MAKE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/column.h"
#include "data/table.h"

static inline struct column *make_f64(const double *x, size_t n)
{
    double *data = column_buffer(COLUMN_F64, n, NULL);
    memcpy(data, x, n * sizeof *x);
    return column_from_f64(data, n);
}

/* INT64_MIN stands for missing. */
static inline struct column *make_i64(enum column_type type, const int64_t *x, size_t n)
{
    int64_t *data = column_buffer(type, n, NULL);
    uint64_t *valid = column_bitmap(n, true, NULL);
    for (size_t i = 0; i < n; i++) {
        data[i] = x[i] == INT64_MIN ? 0 : x[i];
        bitmap_set(valid, i, x[i] != INT64_MIN);
    }
    return column_from_i64(type, data, valid, n);
}

/* NULL stands for missing. */
static inline struct column *make_text(const char *const *x, size_t n)
{
    uint64_t *offsets = mem_bulk(n + 1, sizeof *offsets, NULL);
    uint64_t *valid = column_bitmap(n, true, NULL);
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        offsets[i] = total;
        total += x[i] ? strlen(x[i]) : 0;
        bitmap_set(valid, i, x[i] != NULL);
    }
    offsets[n] = total;
    char *bytes = column_buffer(COLUMN_TEXT, total, NULL);
    for (size_t i = 0; i < n; i++)
        if (x[i])
            memcpy(bytes + offsets[i], x[i], strlen(x[i]));
    return column_from_text(offsets, bytes, valid, n);
}

static inline struct column *make_category(const char *const *x, size_t n)
{
    struct column *text = make_text(x, n), *c = column_to_category(text, NULL);
    column_unref(text);
    return c;
}

/* The printed value, in one of a few buffers that the caller need not free. */
static inline const char *printed(const struct column *c, size_t i)
{
    static char ring[8][256];
    static int at;
    struct str s = STR_INIT;
    column_print(c, i, &s);
    char *out = ring[at++ % 8];
    strncpy(out, str_get(&s), 255);
    str_done(&s);
    return out;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

#endif

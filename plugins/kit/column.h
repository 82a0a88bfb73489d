/* column: pieces of zero-copy columns (layout LT_COLUMNS) as plain doubles or category codes. A piece is n
 * elements: element index[i], or first + i without an index; so data->rows + begin serves as well as an order of
 * one's own. */
#ifndef LATHE_KIT_COLUMN_H
#define LATHE_KIT_COLUMN_H

#include "api/lathe.h"

#include <math.h>

#define KIT_READ_ELEMENTS(type)                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                                \
    out[i] = (double)((const type *)column->data)[index ? index[i] : first + i]

/* Missing is NaN. */
static inline void kit_read_column(const struct lt_column *column, const uint32_t *index, size_t first, size_t n,
                                   double *out)
{
    switch (column->storage) {
    case LT_F64:
        KIT_READ_ELEMENTS(double);
        break;
    case LT_F32:
        KIT_READ_ELEMENTS(float);
        break;
    case LT_I64:
        KIT_READ_ELEMENTS(int64_t);
        break;
    case LT_I32:
        KIT_READ_ELEMENTS(int32_t);
        break;
    default:
        KIT_READ_ELEMENTS(uint8_t);
    }
    for (size_t i = 0; column->valid && i < n; i++) {
        const size_t at = index ? index[i] : first + i;
        if (!(column->valid[at / 64] >> (at % 64) & 1))
            out[i] = NAN;
    }
}

#undef KIT_READ_ELEMENTS

/* The same, lying together: where they are if they are such doubles already, else read into buffer[n]. */
static inline const double *kit_column_piece(const struct lt_column *column, const uint32_t *index, size_t first,
                                             size_t n, double *buffer)
{
    if (column->storage == LT_F64 && !column->valid && !index)
        return (const double *)column->data + first;
    kit_read_column(column, index, first, n, buffer);
    return buffer;
}

/* Column j of rows [begin, begin + n). */
static inline const double *kit_piece(const struct lt_data *data, size_t j, size_t begin, size_t n, double *buffer)
{
    return kit_column_piece(&data->column[j], data->rows ? data->rows + begin : NULL, begin, n, buffer);
}

static inline double kit_element(const struct lt_data *data, size_t i, size_t j)
{
    double buffer;
    return *kit_piece(data, j, i, 1, &buffer);
}

/* Codes of a category column; -1 is missing, unknown, or a level that training did not have. */
static inline void kit_read_codes(const struct lt_column *column, uint32_t n_levels, const uint32_t *index,
                                  size_t first, size_t n, int32_t *out)
{
    const int32_t *codes = (const int32_t *)column->data;
    for (size_t i = 0; i < n; i++) {
        const size_t at = index ? index[i] : first + i;
        const int present = !column->valid || (column->valid[at / 64] >> (at % 64) & 1);
        out[i] = present && codes[at] >= 0 && (uint32_t)codes[at] < n_levels ? codes[at] : -1;
    }
}

#endif

#include "plugins/tree/column.h"

#include <math.h>

#include "num/simd.h"

/* Element e of the column that row i shows. */
NUM_INLINE size_t element(const struct lt_data *data, size_t i)
{
    return data->rows ? data->rows[i] : i;
}

NUM_INLINE int present(const struct lt_column *c, size_t e)
{
    return (int)(c->valid[e >> 6] >> (e & 63) & 1);
}

#define READ(type)                                                                                                \
    do {                                                                                                          \
        const type *v = c->data;                                                                                  \
        if (data->rows)                                                                                           \
            for (size_t i = 0; i < n; i++)                                                                        \
                out[i] = (double)v[data->rows[begin + i]];                                                        \
        else                                                                                                      \
            for (size_t i = 0; i < n; i++)                                                                        \
                out[i] = (double)v[begin + i];                                                                    \
    } while (0)

void column_values(const struct lt_data *data, size_t j, size_t begin, size_t n, double *out)
{
    const struct lt_column *c = &data->column[j];
    switch (c->storage) {
    case LT_F64:
        READ(double);
        break;
    case LT_F32:
        READ(float);
        break;
    case LT_I64:
        READ(int64_t);
        break;
    case LT_I32:
        READ(int32_t);
        break;
    default:
        READ(uint8_t);
        break;
    }
    if (c->valid)
        for (size_t i = 0; i < n; i++)
            if (!present(c, element(data, begin + i)))
                out[i] = NAN;
}

void column_levels(const struct lt_data *data, size_t j, size_t begin, size_t n, int32_t *out)
{
    const struct lt_column *c = &data->column[j];
    const int32_t *codes = c->data;
    for (size_t i = 0; i < n; i++) {
        size_t e = element(data, begin + i);
        out[i] = c->valid && !present(c, e) ? -1 : codes[e];
    }
}

double column_value(const struct lt_data *data, size_t j, size_t row)
{
    double value;
    column_values(data, j, row, 1, &value);
    return value;
}

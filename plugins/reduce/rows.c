#include "plugins/reduce/rows.h"

#include <math.h>
#include <string.h>

#include "plugins/kit/column.h"
#include "plugins/kit/kit.h"

enum { TILE = 64, SAMPLES = 64, NEIGHBOURS = 8 };

/* A tile of rows stays in the first-level cache while the columns pass by. */
static void read_columns(const struct lt_data *data, size_t begin, size_t n, const double *shift, double *panel)
{
    const size_t p = data->p;
    double piece[TILE];
    for (size_t at = 0; at < n; at += TILE) {
        const size_t rows = n - at < TILE ? n - at : TILE, first = begin + at;
        double *to = panel + at * p;
        for (size_t j = 0; j < p; j++) {
            const double less = shift ? shift[j] : 0;
            const uint32_t *index = data->rows ? data->rows + first : 0;
            kit_read_column(&data->column[j], index, first, rows, piece);
            for (size_t i = 0; i < rows; i++)
                to[i * p + j] = piece[i] - less;
        }
    }
}

static void read_sparse(const struct lt_data *data, size_t begin, size_t n, const double *shift, double *panel)
{
    const size_t p = data->p;
    for (size_t i = 0; i < n; i++) {
        double *to = panel + i * p;
        for (size_t j = 0; j < p; j++)
            to[j] = shift ? -shift[j] : 0;
        for (size_t e = data->indptr[begin + i]; e < data->indptr[begin + i + 1]; e++)
            to[data->indices[e]] += (double)data->values[e];
    }
}

int rows_are_sparse(const struct lt_data *data)
{
    return data->layout == LT_SPARSE && data->indptr[data->n] / data->p < data->n / 8;
}

void rows_read(const struct lt_data *data, size_t begin, size_t end, const double *shift, double *panel)
{
    if (data->layout == LT_COLUMNS) {
        read_columns(data, begin, end - begin, shift, panel);
    } else if (data->layout == LT_SPARSE) {
        read_sparse(data, begin, end - begin, shift, panel);
    } else {
        for (size_t i = begin; i < end; i++, panel += data->p)
            for (size_t j = 0; j < data->p; j++) {
                const double x = data->x64 ? data->x64[i * data->ld + j] : (double)data->x32[i * data->ld + j];
                panel[j] = x - (shift ? shift[j] : 0);
            }
    }
}

size_t rows_sample(size_t n, size_t most, size_t i)
{
    const size_t groups = most / NEIGHBOURS, group = i / NEIGHBOURS;
    return n <= most ? i : group * ((n - NEIGHBOURS) / (groups - 1)) + i % NEIGHBOURS;
}

void rows_typical(const struct lt_data *data, double *shift, double *work)
{
    const size_t most = SAMPLES * NEIGHBOURS, count = data->n < most ? data->n : most;
    memset(shift, 0, data->p * sizeof *shift);
    for (size_t i = 0; i < count; i++) {
        const size_t row = rows_sample(data->n, most, i);
        rows_read(data, row, row + 1, 0, work);
        for (size_t j = 0; j < data->p; j++)
            shift[j] += work[j] / (double)count;
    }
    for (size_t j = 0; j < data->p; j++)
        if (!isfinite(shift[j]))
            shift[j] = 0;
}

struct check {
    const struct lt_data *data;
    double *panel;      /* a worker each */
    unsigned char *bad; /* a block each */
};

static void check_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct check *c = arg;
    const size_t p = c->data->p;
    double *panel = c->panel + worker * ROWS_PANEL * p;
    int bad = 0;
    rows_read(c->data, begin, end, 0, panel);
    for (size_t i = 0; i < (end - begin) * p; i++)
        bad |= !isfinite(panel[i]);
    c->bad[block] = (unsigned char)bad;
}

static int all_finite(size_t n, const float *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

int rows_check_finite(struct lt_ctx *ctx, const struct lt_data *data)
{
    const size_t p = data->p, blocks = kit_block_count(data->n, ROWS_PANEL);
    if (data->layout == LT_SPARSE && all_finite(data->indptr[data->n], data->values))
        return LT_OK;
    struct check c = {data, kit_scratch(ctx, (size_t)ctx->threads * ROWS_PANEL, p * sizeof(double)),
                      kit_scratch(ctx, blocks, 1)};
    if (!c.panel || !c.bad)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, data->n, ROWS_PANEL, check_block, &c);
    if (status != LT_OK)
        return status;
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = b * ROWS_PANEL; c.bad[b] && i < data->n; i++) {
            rows_read(data, i, i + 1, 0, c.panel);
            for (size_t j = 0; j < p; j++) {
                char name[32];
                if (!isfinite(c.panel[j]))
                    return ctx->fail(
                        ctx, LT_INVALID,
                        data->layout == LT_SPARSE
                            ? "'%s' of row %zu is infinite or above 3e38; rescale the column, or drop "
                              "the row"
                            : "'%s' of row %zu is not a finite number; repair or drop the row",
                        kit_column_name(data->column, j, name, sizeof name), i + 1);
            }
        }
    return LT_OK;
}

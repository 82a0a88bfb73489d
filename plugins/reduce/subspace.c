#include "plugins/reduce/subspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/la.h"
#include "plugins/kit/kit.h"
#include "plugins/reduce/rows.h"

enum { MOST_SLOTS = 16 };

/* Two uniform numbers make a normal one (Box and Muller). */
static double normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    const double u = 1 - lt_uniform(seed, stream, 2 * index), v = lt_uniform(seed, stream, 2 * index + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Gram and Schmidt, twice over, in the order of the rows; what is left of nothing becomes zero. */
static void make_orthonormal(size_t l, size_t p, double *z)
{
    for (size_t a = 0; a < l; a++) {
        double *row = z + a * p;
        const double before = sqrt(la_dot(p, row, row));
        double length = before;
        for (int twice = 0; twice < 2 && length > 0; twice++) {
            for (size_t b = 0; b < a; b++) {
                const double *other = z + b * p, along = la_dot(p, row, other);
                for (size_t j = 0; j < p; j++)
                    row[j] -= along * other[j];
            }
            length = sqrt(la_dot(p, row, row));
        }
        const double scale = length > before * 1e-13 && isfinite(1 / length) ? 1 / length : 0;
        for (size_t j = 0; j < p; j++)
            row[j] *= scale;
    }
}

int subspace_begin(struct lt_ctx *ctx, struct subspace *s, const struct lt_data *data, const double *mean,
                   size_t l, uint64_t stream)
{
    const size_t p = data->p;
    *s = (struct subspace){data, mean, l, kit_alloc(ctx, l, p * sizeof(double)), kit_alloc_f64(ctx, l)};
    if (!s->axis || !s->square) {
        subspace_free(s);
        return LT_MEMORY;
    }
    for (size_t i = 0; i < l * p; i++)
        s->axis[i] = normal(ctx->seed, stream, i);
    make_orthonormal(l, p, s->axis);
    return LT_OK;
}

void subspace_free(struct subspace *s)
{
    free(s->axis);
    free(s->square);
    s->axis = s->square = 0;
}

/* ---- A'A z and (A z)'(A z) in one pass over the rows --------------------------------------------------------- */

struct pass {
    struct lt_ctx *ctx;
    const struct subspace *s;
    const double *mean_along; /* l: mean' axis, for compressed rows */
    double *slot;             /* blocks x width: l x p of A'A z, l x l of (A z)'(A z), l sums of A z */
    double *panel;            /* a worker each: ROWS_PANEL x (p + l), or of l alone for compressed rows */
    size_t width, panel_width;
    int sparse;   /* rows_are_sparse */
    int products; /* whether A'A z is wanted */
};

/* y[rows x l] = A z for rows that are centred as they are read. */
static void dense_piece(const struct pass *pass, size_t begin, size_t n, double *panel, double *y, double *sum)
{
    const struct subspace *s = pass->s;
    const size_t l = s->l, p = s->data->p;
    rows_read(s->data, begin, begin + n, s->mean, panel);
    la_gemm(0, 1, n, l, p, 1, panel, p, s->axis, p, 0, y, l);
    if (pass->products)
        la_gemm(1, 0, l, p, n, 1, y, l, panel, p, 1, sum, p);
}

/* Compressed rows stay so: the mean is taken off y, and off the products when all rows are in (see finish_sums). */
static void sparse_piece(const struct pass *pass, size_t begin, size_t n, double *y, double *sum)
{
    const struct subspace *s = pass->s;
    const struct lt_data *d = s->data;
    const size_t l = s->l, p = d->p;
    for (size_t i = 0; i < n; i++) {
        double *yi = y + i * l;
        for (size_t a = 0; a < l; a++) {
            const double *axis = s->axis + a * p;
            double dot = pass->mean_along ? -pass->mean_along[a] : 0;
            for (size_t e = d->indptr[begin + i]; e < d->indptr[begin + i + 1]; e++)
                dot += (double)d->values[e] * axis[d->indices[e]];
            yi[a] = dot;
        }
        for (size_t a = 0; pass->products && a < l; a++)
            for (size_t e = d->indptr[begin + i]; e < d->indptr[begin + i + 1]; e++)
                sum[a * p + d->indices[e]] += yi[a] * (double)d->values[e];
    }
}

static void pass_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct pass *pass = arg;
    const struct subspace *s = pass->s;
    const size_t l = s->l, p = s->data->p;
    double *panel = pass->panel + worker * ROWS_PANEL * pass->panel_width;
    double *y = panel + ROWS_PANEL * (pass->panel_width - l);
    double *sum = pass->slot + block * pass->width, *gram = sum + l * p, *total = gram + l * l;
    memset(sum, 0, pass->width * sizeof *sum);
    for (size_t at = begin; at < end; at += ROWS_PANEL) {
        const size_t n = end - at < ROWS_PANEL ? end - at : ROWS_PANEL;
        if (pass->ctx->cancelled(pass->ctx))
            return;
        if (pass->sparse)
            sparse_piece(pass, at, n, y, sum);
        else
            dense_piece(pass, at, n, panel, y, sum);
        la_gram(n, l, 1, y, l, gram, l);
        for (size_t i = 0; i < n; i++)
            for (size_t a = 0; a < l; a++)
                total[a] += y[i * l + a];
    }
}

/* After this pass->slot holds the sums over all rows. */
static int run(struct lt_ctx *ctx, struct pass *pass)
{
    const struct subspace *s = pass->s;
    const size_t n = s->data->n, l = s->l, p = s->data->p;
    const int sparse = rows_are_sparse(s->data);
    double *along = sparse && s->mean ? kit_scratch_f64(ctx, l) : 0;
    pass->ctx = ctx;
    pass->sparse = sparse;
    pass->width = l * p + l * l + l;
    pass->panel_width = sparse ? l : p + l;
    const size_t room = ((size_t)256 << 20) / sizeof(double) / pass->width + 1;
    const size_t rows = kit_block_rows(n, ROWS_PANEL, room < MOST_SLOTS ? room : MOST_SLOTS);
    const size_t blocks = kit_block_count(n, rows);
    pass->slot = kit_scratch(ctx, blocks, pass->width * sizeof(double));
    pass->panel = kit_scratch(ctx, (size_t)ctx->threads * ROWS_PANEL, pass->panel_width * sizeof(double));
    if (!pass->slot || !pass->panel || (sparse && s->mean && !along))
        return LT_MEMORY;
    for (size_t a = 0; along && a < l; a++)
        along[a] = la_dot(p, s->mean, s->axis + a * p);
    pass->mean_along = along;
    const int status = kit_blocks(ctx, n, rows, pass_block, pass);
    if (status != LT_OK)
        return status;
    kit_add_slots(pass->slot, blocks, pass->width);
    const double *total = pass->slot + l * p + l * l;
    for (size_t a = 0; along && pass->products && a < l; a++)
        for (size_t j = 0; j < p; j++)
            pass->slot[a * p + j] -= total[a] * s->mean[j];
    return LT_OK;
}

/* Eigenvectors of (A z)'(A z) say how the axes have to be turned; z gets turned[l x p]. */
static int turn(struct lt_ctx *ctx, struct subspace *s, double *gram, const double *z)
{
    const size_t l = s->l, p = s->data->p;
    double *value = kit_scratch_f64(ctx, l), *turned = kit_scratch(ctx, l, p * sizeof *turned);
    if (!value || !turned)
        return LT_MEMORY;
    for (size_t i = 0; i < l * l; i++)
        if (!isfinite(gram[i]))
            return ctx->fail(ctx, LT_NUMERIC,
                             "the columns' squares are more than a double can hold; scale the columns");
    if (la_eigen_sym(l, gram, l, value) != 0)
        return ctx->fail(ctx, LT_NUMERIC, "the eigenvalues of a small matrix could not be found");
    la_gemm(0, 0, l, p, l, 1, gram, l, z, p, 0, turned, p);
    for (size_t a = 0; a < l; a++) { /* ascending becomes descending */
        s->square[a] = fmax(0, value[l - 1 - a]);
        memcpy(s->axis + a * p, turned + (l - 1 - a) * p, p * sizeof *s->axis);
    }
    return LT_OK;
}

int subspace_step(struct lt_ctx *ctx, struct subspace *s)
{
    struct pass pass = {.s = s, .products = 1};
    int status = run(ctx, &pass);
    if (status == LT_OK)
        status = turn(ctx, s, pass.slot + s->l * s->data->p, pass.slot);
    if (status == LT_OK)
        make_orthonormal(s->l, s->data->p, s->axis);
    return status;
}

int subspace_finish(struct lt_ctx *ctx, struct subspace *s)
{
    struct pass pass = {.s = s};
    const int status = run(ctx, &pass);
    return status == LT_OK ? turn(ctx, s, pass.slot + s->l * s->data->p, s->axis) : status;
}

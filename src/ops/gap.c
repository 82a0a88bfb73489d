#include "ops/gap.h"

#include <math.h>
#include <string.h>

#include "api/lathe.h"
#include "base/mem.h"
#include "num/jacobi.h"

static void rotate(const struct reference_box *b, const double *x, double *out)
{
    for (size_t a = 0; a < b->p; a++) {
        out[a] = 0;
        for (size_t j = 0; j < b->p; j++)
            out[a] += b->axis[a * b->p + j] * (x[j] - b->mean[j]);
    }
}

/* sum += (row - mean) (row - mean)' / n; x: room for a row. */
static void add_product(size_t p, const double *row, const double *mean, double n, double *x, double *sum)
{
    for (size_t j = 0; j < p; j++)
        x[j] = row[j] - mean[j];
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            sum[j * p + k] += x[j] * x[k] / n;
}

/* The principal axes of the centred rows, or those of the columns. */
static bool find_axes(struct reference_box *b, size_t n, const double *data, size_t ld, bool pca, struct err *e)
{
    size_t p = b->p;
    memset(b->axis, 0, p * p * sizeof *b->axis);
    if (!pca || n < 2) {
        for (size_t j = 0; j < p; j++)
            b->axis[j * p + j] = 1;
        return true;
    }
    double *covariance = mem_bulk(p * p, sizeof *covariance, e), *x = mem_zero(p, sizeof *x);
    if (covariance) {
        memset(covariance, 0, p * p * sizeof *covariance);
        for (size_t i = 0; i < n; i++)
            add_product(p, data + i * ld, b->mean, (double)n, x, covariance);
        jacobi_eigen(p, covariance, b->axis);
    }
    bool good = covariance != NULL;
    mem_free(x);
    mem_bulk_free(covariance);
    return good;
}

bool reference_box_fit(struct reference_box *b, size_t n, size_t p, const double *data, size_t ld, bool pca,
                       struct err *e)
{
    *b = (struct reference_box){.p = p,
                                .mean = mem_zero(p + 1, sizeof *b->mean),
                                .axis = mem_bulk(p * p + 1, sizeof *b->axis, e),
                                .low = mem_zero(p + 1, sizeof *b->low),
                                .high = mem_zero(p + 1, sizeof *b->high)};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            b->mean[j] += data[i * ld + j] / (double)n;
    if (!b->axis || !find_axes(b, n, data, ld, pca, e)) {
        reference_box_done(b);
        return false;
    }
    double *turned = mem_zero(p + 1, sizeof *turned);
    for (size_t i = 0; i < n; i++) {
        rotate(b, data + i * ld, turned);
        for (size_t a = 0; a < p; a++) {
            b->low[a] = i ? fmin(b->low[a], turned[a]) : turned[a];
            b->high[a] = i ? fmax(b->high[a], turned[a]) : turned[a];
        }
    }
    mem_free(turned);
    return true;
}

void reference_box_draw(const struct reference_box *b, size_t n, uint64_t seed, uint64_t number, double *x)
{
    size_t p = b->p;
    for (size_t i = 0; i < n; i++) {
        memcpy(x + i * p, b->mean, p * sizeof *x);
        for (size_t a = 0; a < p; a++) {
            double u = lt_uniform(seed, 9000 + number, i * p + a);
            u = b->low[a] + u * (b->high[a] - b->low[a]);
            for (size_t j = 0; j < p; j++)
                x[i * p + j] += u * b->axis[a * p + j];
        }
    }
}

void reference_box_done(struct reference_box *b)
{
    mem_free(b->mean);
    mem_bulk_free(b->axis);
    mem_free(b->low);
    mem_free(b->high);
    *b = (struct reference_box){0};
}

void gap_of(double log_within, size_t b, const double *ref, double *gap, double *se)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < b; i++)
        mean += ref[i] / (double)b;
    for (size_t i = 0; i < b; i++)
        squares += (ref[i] - mean) * (ref[i] - mean);
    *gap = mean - log_within;
    *se = b > 1 ? sqrt(squares / (double)(b - 1)) * sqrt(1 + 1 / (double)b) : (double)NAN;
}

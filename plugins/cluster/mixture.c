#include "plugins/cluster/mixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/la.h"
#include "num/simd.h"
#include "num/vmath.h"
#include "plugins/kit/block.h"
#include "plugins/kit/memory.h"

enum { ROWS = 256, MOST_SLOTS = 64 };
static const double log_2_pi = 1.8378770664093453;
static const double least_share = 1e-30; /* smaller shares of a row don't count */

static int is_matrix(const struct mixture *m)
{
    return m->type == COVARIANCE_FULL || m->type == COVARIANCE_TIED;
}

/* Matrices, or rows of variances. */
static size_t spread_count(const struct mixture *m)
{
    return m->type == COVARIANCE_TIED ? 1 : m->k;
}

static size_t spread_each(const struct mixture *m)
{
    return is_matrix(m) ? m->p * m->p : m->p;
}

size_t mixture_spread_size(const struct mixture *m)
{
    return spread_count(m) * spread_each(m);
}

/* Where component c finds its part of an array like spread. */
static size_t part_of(const struct mixture *m, size_t c)
{
    return m->type == COVARIANCE_TIED ? 0 : c * spread_each(m);
}

int mixture_alloc(struct lt_ctx *ctx, struct mixture *m, size_t k, size_t p, enum covariance type)
{
    *m = (struct mixture){.k = k, .p = p, .type = type};
    m->weight = kit_alloc_f64(ctx, k);
    m->mean = kit_alloc(ctx, k, p * sizeof *m->mean);
    m->spread = kit_alloc(ctx, spread_count(m), spread_each(m) * sizeof *m->spread);
    m->root = kit_alloc(ctx, spread_count(m), spread_each(m) * sizeof *m->root);
    m->log_det = kit_alloc_f64(ctx, k);
    return m->weight && m->mean && m->spread && m->root && m->log_det ? LT_OK : LT_MEMORY;
}

void mixture_free(struct mixture *m)
{
    free(m->weight);
    free(m->mean);
    free(m->spread);
    free(m->root);
    free(m->log_det);
}

void mixture_copy(struct mixture *to, const struct mixture *from)
{
    const size_t spread = mixture_spread_size(from) * sizeof *from->spread;
    memcpy(to->weight, from->weight, from->k * sizeof *from->weight);
    memcpy(to->mean, from->mean, from->k * from->p * sizeof *from->mean);
    memcpy(to->spread, from->spread, spread);
    memcpy(to->root, from->root, spread);
    memcpy(to->log_det, from->log_det, from->k * sizeof *from->log_det);
}

/* ---- from covariances to densities -------------------------------------------------------------------------- */

/* covariance = L L', root = L'^-1. */
static int root_of_matrix(size_t p, const double *covariance, double *root, double *log_det)
{
    memcpy(root, covariance, p * p * sizeof *root);
    if (la_cholesky(p, root, p) != 0)
        return 0;
    for (size_t i = 0; i < p; i++)
        for (size_t j = i + 1; j < p; j++) {
            root[i * p + j] = root[j * p + i];
            root[j * p + i] = 0;
        }
    if (la_upper_inverse(p, root, p, root, p) != 0)
        return 0;
    *log_det = 0;
    for (size_t j = 0; j < p; j++)
        *log_det += log(root[j * p + j]);
    return isfinite(*log_det);
}

static int root_of_variances(size_t p, const double *variance, double *root, double *log_det)
{
    *log_det = 0;
    for (size_t j = 0; j < p; j++) {
        if (!(variance[j] > 0) || !isfinite(variance[j]))
            return 0;
        root[j] = 1 / sqrt(variance[j]);
        *log_det += log(root[j]);
    }
    return isfinite(*log_det);
}

size_t mixture_prepare(struct mixture *m)
{
    for (size_t c = 0; c < m->k; c++) {
        const size_t at = part_of(m, c);
        const int good = is_matrix(m) ? root_of_matrix(m->p, m->spread + at, m->root + at, &m->log_det[c])
                                      : root_of_variances(m->p, m->spread + at, m->root + at, &m->log_det[c]);
        if (!good)
            return c + 1;
    }
    return 0;
}

/* ---- a block of rows ---------------------------------------------------------------------------------------- */

/* What one worker needs. */
struct desk {
    double *x;     /* ROWS x p: rows less the shift, or less a mean and times the root of a share */
    double *y;     /* ROWS x p */
    double *share; /* ROWS x k: first log densities */
};

struct visit {
    const struct mixture *m;
    const struct lt_data *data;
    const double *shift;  /* p: near the means, so that little is lost to rounding */
    const double *offset; /* k x p: (mean - shift) root */
    struct desk *desk;
    enum sharing sharing;
    const int32_t *given;
    uint64_t seed, run;
    struct mixture_sums *sums;
    int32_t *label;
};

NUM_CLONES static void add_lengths(size_t n, size_t p, const double *y, const double *offset, double start,
                                   double *out, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < p; j++) {
            const double d = y[i * p + j] - offset[j];
            sum += d * d;
        }
        out[i * stride] = start - 0.5 * sum;
    }
}

NUM_CLONES static void scale_columns(size_t n, size_t p, const double *x, const double *factor, double *y)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            y[i * p + j] = x[i * p + j] * factor[j];
}

/* share[n x k] = log weight + log density. */
static void log_densities(const struct visit *v, size_t n, const struct desk *desk)
{
    const struct mixture *m = v->m;
    const size_t p = m->p;
    for (size_t c = 0; c < m->k; c++) {
        const double *root = m->root + part_of(m, c);
        if (!is_matrix(m))
            scale_columns(n, p, desk->x, root, desk->y);
        else if (c == 0 || m->type == COVARIANCE_FULL)
            la_gemm(0, 0, n, p, p, 1, desk->x, p, root, p, 0, desk->y, p);
        const double start = log(m->weight[c]) + m->log_det[c] - 0.5 * (double)p * log_2_pi;
        add_lengths(n, p, desk->y, v->offset + c * p, start, desk->share + c, m->k);
    }
}

static void read_rows(const struct visit *v, size_t begin, size_t n, double *x)
{
    const size_t p = v->m->p;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            x[i * p + j] = v->data->x64[(begin + i) * v->data->ld + j] - v->shift[j];
}

static size_t greatest(size_t k, const double *x)
{
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        best = x[c] > x[best] ? c : best;
    return best;
}

/* Log densities become shares, and their sum is the likelihood. */
static double share_by_density(const struct visit *v, size_t begin, size_t n, const struct desk *desk)
{
    const size_t k = v->m->k;
    double likelihood = 0;
    log_densities(v, n, desk);
    for (size_t i = 0; i < n; i++) {
        double *row = desk->share + i * k;
        const double sum = vmath_log_sum_exp(k, row);
        likelihood += (v->data->weight ? v->data->weight[begin + i] : 1) * sum;
        for (size_t c = 0; c < k; c++)
            row[c] -= sum;
    }
    vmath_exp(n * k, desk->share, desk->share);
    return likelihood;
}

static void share_otherwise(const struct visit *v, size_t begin, size_t n, double *share)
{
    const size_t k = v->m->k;
    for (size_t i = 0; i < n; i++) {
        double *row = share + i * k, sum = 0;
        for (size_t c = 0; c < k; c++)
            sum += row[c] = v->sharing == SHARE_BY_LABEL ? (double)(v->given[begin + i] == (int32_t)c)
                                                         : 1 - lt_uniform(v->seed, v->run, (begin + i) * k + c);
        for (size_t c = 0; c < k; c++)
            row[c] /= sum;
    }
}

/* ---- the sums ----------------------------------------------------------------------------------------------- */

/* Where in a slot the sums begin, in this order: rows, first, second, count, total. */
struct parts {
    double *rows, *first, *second, *count, *total;
};

static struct parts parts_of(const struct mixture *m, double *slot)
{
    struct parts s;
    s.rows = slot;
    s.first = s.rows + m->k;
    s.second = s.first + m->k * m->p;
    s.count = s.second + mixture_spread_size(m);
    s.total = s.count + m->k;
    return s;
}

static size_t parts_width(const struct mixture *m)
{
    return m->k + m->k * m->p + mixture_spread_size(m) + m->k + 2;
}

/* The rows that have a share in component c, less its mean and times the root of the share, one after the
 * other; adds to the sums of order 0 and 1. Returns how many. */
NUM_CLONES static size_t take_shares(size_t n, size_t p, const double *x, size_t ld, const double *mean,
                                     const double *share, size_t stride, const double *weight, double *rows,
                                     double *first, double *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const double r = share[i * stride] * (weight ? weight[i] : 1);
        if (!(r > least_share))
            continue;
        const double root = sqrt(r);
        double *to = out + kept++ * p;
        *rows += r;
        for (size_t j = 0; j < p; j++) {
            to[j] = root * (x[i * ld + j] - mean[j]);
            first[j] += root * to[j];
        }
    }
    return kept;
}

NUM_CLONES static void add_squares(size_t n, size_t p, const double *x, double *sum)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            sum[j] += x[i * p + j] * x[i * p + j];
}

static void add_shares(const struct visit *v, size_t begin, size_t n, const struct desk *desk, struct parts s)
{
    const struct mixture *m = v->m;
    const size_t p = m->p, ld = v->data->ld;
    const double *weight = v->data->weight ? v->data->weight + begin : 0;
    for (size_t c = 0; c < m->k; c++) {
        const size_t kept = take_shares(n, p, v->data->x64 + begin * ld, ld, m->mean + c * p, desk->share + c,
                                        m->k, weight, &s.rows[c], s.first + c * p, desk->x);
        double *second = s.second + part_of(m, c);
        if (kept && is_matrix(m))
            la_gram(kept, p, 1, desk->x, p, second, p);
        else if (kept)
            add_squares(kept, p, desk->x, second);
    }
}

static void visit_rows(const struct visit *v, size_t begin, size_t n, const struct desk *desk, struct parts s)
{
    if (v->sharing == SHARE_BY_DENSITY) {
        read_rows(v, begin, n, desk->x);
        s.total[1] += share_by_density(v, begin, n, desk);
    } else {
        share_otherwise(v, begin, n, desk->share);
    }
    for (size_t i = 0; i < n; i++) {
        s.total[0] += v->data->weight ? v->data->weight[begin + i] : 1;
        s.count[greatest(v->m->k, desk->share + i * v->m->k)]++;
    }
    add_shares(v, begin, n, desk, s);
}

static void visit_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    const struct visit *v = arg;
    double *slot = v->sums->slot + block * v->sums->width;
    memset(slot, 0, v->sums->width * sizeof *slot);
    for (size_t at = begin; at < end; at += ROWS)
        visit_rows(v, at, end - at < ROWS ? end - at : ROWS, &v->desk[worker], parts_of(v->m, slot));
}

static void label_block(void *arg, size_t block, size_t begin, size_t end, unsigned worker)
{
    (void)block;
    const struct visit *v = arg;
    const struct desk *desk = &v->desk[worker];
    read_rows(v, begin, end - begin, desk->x);
    log_densities(v, end - begin, desk);
    for (size_t i = begin; i < end; i++)
        v->label[i] = (int32_t)greatest(v->m->k, desk->share + (i - begin) * v->m->k);
}

/* ---- visits of all rows ------------------------------------------------------------------------------------- */

static int visit_ready(struct lt_ctx *ctx, struct visit *v)
{
    const struct mixture *m = v->m;
    const size_t p = m->p;
    double *shift = kit_scratch_f64(ctx, p), *offset = kit_scratch(ctx, m->k, p * sizeof *offset);
    v->desk = kit_scratch(ctx, ctx->threads, sizeof *v->desk);
    if (!shift || !offset || !v->desk)
        return LT_MEMORY;
    for (uint32_t w = 0; w < ctx->threads; w++) {
        v->desk[w] =
            (struct desk){kit_scratch(ctx, ROWS * sizeof(double), p), kit_scratch(ctx, ROWS * sizeof(double), p),
                          kit_scratch(ctx, ROWS * sizeof(double), m->k)};
        if (!v->desk[w].x || !v->desk[w].y || !v->desk[w].share)
            return LT_MEMORY;
    }
    memset(shift, 0, p * sizeof *shift);
    for (size_t c = 0; c < m->k; c++)
        for (size_t j = 0; j < p; j++)
            shift[j] += m->weight[c] * m->mean[c * p + j];
    memset(offset, 0, m->k * p * sizeof *offset);
    for (size_t c = 0; c < m->k; c++) {
        const double *root = m->root + part_of(m, c);
        for (size_t i = 0; i < p; i++) {
            const double d = m->mean[c * p + i] - shift[i];
            for (size_t j = 0; j < p && is_matrix(m); j++)
                offset[c * p + j] += d * root[i * p + j];
            if (!is_matrix(m))
                offset[c * p + i] = d * root[i];
        }
    }
    v->shift = shift;
    v->offset = offset;
    return LT_OK;
}

int mixture_visit(struct lt_ctx *ctx, const struct mixture *m, const struct lt_data *data, enum sharing sharing,
                  const int32_t *label, uint64_t run, struct mixture_sums *sums)
{
    const size_t width = parts_width(m), room = (64u << 20) / sizeof(double) / width + 1;
    const size_t rows = kit_block_rows(data->n, ROWS, room < MOST_SLOTS ? room : MOST_SLOTS);
    const size_t slots = kit_block_count(data->n, rows);
    struct visit v = {
        .m = m, .data = data, .sharing = sharing, .given = label, .seed = ctx->seed, .run = run, .sums = sums};
    *sums = (struct mixture_sums){.width = width, .slot = kit_scratch(ctx, slots, width * sizeof(double))};
    if (!sums->slot || visit_ready(ctx, &v) != LT_OK)
        return LT_MEMORY;
    const int status = kit_blocks(ctx, data->n, rows, visit_block, &v);
    if (status != LT_OK)
        return status;
    kit_add_slots(sums->slot, slots, width);
    const struct parts s = parts_of(m, sums->slot);
    sums->rows = s.rows;
    sums->first = s.first;
    sums->second = s.second;
    sums->count = s.count;
    sums->total = s.total;
    return LT_OK;
}

int mixture_labels(struct lt_ctx *ctx, const struct mixture *m, const struct lt_data *data, int32_t *label)
{
    struct visit v = {.m = m, .data = data, .label = label};
    const int status = visit_ready(ctx, &v);
    return status == LT_OK ? kit_blocks(ctx, data->n, ROWS, label_block, &v) : status;
}

/* ---- the M step --------------------------------------------------------------------------------------------- */

/* second about the new mean, which lies d from the old one. */
static void centre_second(const struct mixture *m, double rows, const double *d, double *second)
{
    const size_t p = m->p;
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p && is_matrix(m); j++)
            second[i * p + j] -= rows * d[i] * d[j];
        if (!is_matrix(m))
            second[i] = fmax(0, second[i] - rows * d[i] * d[i]);
    }
}

/* Sums to (co)variances. */
static void finish_spread(const struct mixture *m, double rows, const double *second, double reg_covar,
                          double *out)
{
    const size_t p = m->p, each = spread_each(m);
    double mean = 0;
    for (size_t i = 0; i < each; i++) {
        out[i] = second[i] / rows;
        mean += out[i] / (double)p;
    }
    for (size_t j = 0; j < p; j++) {
        double *variance = is_matrix(m) ? &out[j * p + j] : &out[j];
        *variance = (m->type == COVARIANCE_SPHERICAL ? mean : *variance) + reg_covar;
    }
}

void mixture_update(struct mixture *m, const struct mixture_sums *sums, double reg_covar)
{
    const size_t p = m->p;
    double all = 0;
    for (size_t c = 0; c < m->k; c++) {
        const double rows = sums->rows[c] + 10 * DBL_EPSILON; /* a component may have lost all its rows */
        double *d = sums->first + c * p, *second = sums->second + part_of(m, c);
        for (size_t j = 0; j < p; j++) {
            d[j] /= rows;
            m->mean[c * p + j] += d[j];
        }
        centre_second(m, sums->rows[c], d, second);
        m->weight[c] = rows;
        all += rows;
        if (m->type != COVARIANCE_TIED)
            finish_spread(m, rows, second, reg_covar, m->spread + part_of(m, c));
    }
    if (m->type == COVARIANCE_TIED)
        finish_spread(m, all, sums->second, reg_covar, m->spread);
    for (size_t c = 0; c < m->k; c++)
        m->weight[c] /= all;
}

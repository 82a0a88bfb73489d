/* moments: each block of 1024 values is read twice, once for its mean and once for the powers of the distances
 * from it; what rounding left in the mean is then corrected, and blocks are merged pairwise. */
#include "num/moments.h"

#include "num/simd.h"
#include "num/sort.h"
#include "num/sum.h"

#include <math.h>
#include <stdint.h>

static const struct moments moments_none = {.mean = NAN, .min = NAN, .max = NAN};

/* n <= NUM_BLOCK values. */
NUM_CLONES static struct moments block_moments(size_t n, const double *x)
{
    double a[NUM_BLOCK], b[NUM_BLOCK], c[NUM_BLOCK], d[NUM_BLOCK];
    struct moments m = moments_none;
    for (size_t i = 0; i < n; i++) {
        a[i] = x[i] == x[i] ? x[i] : 0;
        b[i] = x[i] == x[i] ? 1 : 0;
    }
    double count = block_sum(n, b);
    m.n = (size_t)count;
    m.missing = n - m.n;
    if (m.n == 0)
        return m;
    m.sum = block_sum(n, a);
    block_range(n, x, &m.min, &m.max);
    m.mean = m.min == m.max ? m.min : m.sum / count;
    if (m.min == m.max && fabs(m.min) < (double)INFINITY)
        return m;
    double mean = m.mean;
    for (size_t i = 0; i < n; i++) {
        double e = x[i] == x[i] ? x[i] - mean : 0, square = e * e;
        a[i] = e;
        b[i] = square;
        c[i] = square * e;
        d[i] = square * square;
    }
    double s1 = block_sum(n, a), s2 = block_sum(n, b), s3 = block_sum(n, c), s4 = block_sum(n, d);
    double e = s1 / count;
    m.m2 = s2 - s1 * e;
    m.m3 = s3 - 3 * e * s2 + 2 * count * e * e * e;
    m.m4 = s4 - 4 * e * s3 + 6 * e * e * s2 - 3 * count * (e * e) * (e * e);
    if (fabs(mean) < (double)INFINITY)
        m.mean = mean + e;
    return m;
}

struct moments moments_merge(struct moments a, struct moments b)
{
    if (a.n == 0 || b.n == 0) {
        struct moments m = a.n ? a : b;
        m.missing = a.missing + b.missing;
        return m;
    }
    double na = (double)a.n, nb = (double)b.n, n = na + nb;
    double d = b.mean - a.mean, share = na * nb / n;
    struct moments m = {
        .n = a.n + b.n,
        .missing = a.missing + b.missing,
        .sum = a.sum + b.sum,
        .mean = na == nb ? a.mean + d / 2 : a.mean + d * (nb / n),
        .m2 = a.m2 + b.m2 + d * d * share,
        .m3 = a.m3 + b.m3 + d * d * d * share * (na - nb) / n + 3 * d * (na * b.m2 - nb * a.m2) / n,
        .m4 = a.m4 + b.m4 + d * d * (d * d) * share * (na * na - na * nb + nb * nb) / (n * n) +
              6 * d * d * (na * na * b.m2 + nb * nb * a.m2) / (n * n) + 4 * d * (na * b.m3 - nb * a.m3) / n,
        .min = a.min < b.min ? a.min : b.min,
        .max = a.max > b.max ? a.max : b.max,
    };
    if (!(fabs(m.mean) < INFINITY)) /* an infinite value: the sum knows its sign */
        m.mean = m.sum;
    return m;
}

struct moments moments_of(size_t n, const double *x)
{
    struct moments level[54]; /* pairwise: level i holds 2^i blocks when bit i of `blocks` is set */
    uint64_t blocks = 0;
    for (size_t start = 0; start < n; start += NUM_BLOCK, blocks++) {
        struct moments m = block_moments(n - start < NUM_BLOCK ? n - start : NUM_BLOCK, x + start);
        int i = 0;
        for (; blocks >> i & 1; i++)
            m = moments_merge(level[i], m);
        level[i] = m;
    }
    struct moments total = moments_none;
    for (int i = 0; blocks >> i; i++)
        if (blocks >> i & 1)
            total = moments_merge(level[i], total);
    return total;
}

double moments_var(const struct moments *m)
{
    return m->n < 2 ? NAN : (m->m2 < 0 ? 0 : m->m2) / (double)(m->n - 1);
}

double moments_sd(const struct moments *m)
{
    return sqrt(moments_var(m));
}

double moments_skewness(const struct moments *m)
{
    double n = (double)m->n;
    if (m->n < 3 || !(m->m2 > 0))
        return NAN;
    double s2 = m->m2 / n;
    return m->m3 / n / (s2 * sqrt(s2)) * sqrt(n * (n - 1)) / (n - 2);
}

double moments_kurtosis(const struct moments *m)
{
    double n = (double)m->n;
    if (m->n < 4 || !(m->m2 > 0))
        return NAN;
    double excess = n * m->m4 / (m->m2 * m->m2) - 3;
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6);
}

double quantile_sorted(size_t n, const double *sorted, double p)
{
    if (n == 0 || isnan(p))
        return NAN;
    double at = (double)(n - 1) * fmin(fmax(p, 0), 1);
    size_t low = (size_t)at;
    double part = at - (double)low;
    if (low + 1 >= n || part == 0 || sorted[low] == sorted[low + 1])
        return sorted[low];
    return (1 - part) * sorted[low] + part * sorted[low + 1];
}

/* Sums of two columns over their complete pairs. */
struct co_moments {
    double n, mean_x, mean_y, xx, yy, xy;
    double min_x, max_x, min_y, max_y;
};

NUM_CLONES static struct co_moments block_co_moments(size_t n, const double *x, const double *y)
{
    double u[NUM_BLOCK], v[NUM_BLOCK], a[NUM_BLOCK], b[NUM_BLOCK], c[NUM_BLOCK];
    struct co_moments m = {0};
    for (size_t i = 0; i < n; i++) {
        int complete = (x[i] == x[i]) & (y[i] == y[i]);
        u[i] = complete ? x[i] : (double)NAN;
        v[i] = complete ? y[i] : (double)NAN;
        a[i] = complete ? x[i] : 0;
        b[i] = complete ? y[i] : 0;
        c[i] = complete ? 1 : 0;
    }
    m.n = block_sum(n, c);
    if (m.n == 0)
        return m;
    block_range(n, u, &m.min_x, &m.max_x);
    block_range(n, v, &m.min_y, &m.max_y);
    double mean_x = block_sum(n, a) / m.n, mean_y = block_sum(n, b) / m.n;
    for (size_t i = 0; i < n; i++) {
        u[i] = u[i] == u[i] ? u[i] - mean_x : 0;
        v[i] = v[i] == v[i] ? v[i] - mean_y : 0;
        a[i] = u[i] * u[i];
        b[i] = v[i] * v[i];
        c[i] = u[i] * v[i];
    }
    double ex = block_sum(n, u) / m.n, ey = block_sum(n, v) / m.n;
    m.mean_x = mean_x + ex;
    m.mean_y = mean_y + ey;
    m.xx = block_sum(n, a) - m.n * ex * ex;
    m.yy = block_sum(n, b) - m.n * ey * ey;
    m.xy = block_sum(n, c) - m.n * ex * ey;
    return m;
}

static struct co_moments co_moments_merge(struct co_moments a, struct co_moments b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    double n = a.n + b.n, dx = b.mean_x - a.mean_x, dy = b.mean_y - a.mean_y, share = a.n * b.n / n;
    return (struct co_moments){
        .n = n,
        .mean_x = a.mean_x + dx * (b.n / n),
        .mean_y = a.mean_y + dy * (b.n / n),
        .xx = a.xx + b.xx + dx * dx * share,
        .yy = a.yy + b.yy + dy * dy * share,
        .xy = a.xy + b.xy + dx * dy * share,
        .min_x = fmin(a.min_x, b.min_x),
        .max_x = fmax(a.max_x, b.max_x),
        .min_y = fmin(a.min_y, b.min_y),
        .max_y = fmax(a.max_y, b.max_y),
    };
}

double cor_pearson(size_t n, const double *x, const double *y, size_t *used)
{
    struct co_moments level[54], m = {0};
    uint64_t blocks = 0;
    for (size_t start = 0; start < n; start += NUM_BLOCK, blocks++) {
        size_t length = n - start < NUM_BLOCK ? n - start : NUM_BLOCK;
        struct co_moments block = block_co_moments(length, x + start, y + start);
        int i = 0;
        for (; blocks >> i & 1; i++)
            block = co_moments_merge(level[i], block);
        level[i] = block;
    }
    for (int i = 0; blocks >> i; i++)
        if (blocks >> i & 1)
            m = co_moments_merge(level[i], m);
    if (used)
        *used = (size_t)m.n;
    if (m.n < 2 || m.min_x == m.max_x || m.min_y == m.max_y)
        return NAN;
    double product = m.xx * m.yy; /* one root is exact where x and y are alike; two keep extreme scales in range */
    double r = m.xy / (product > 1e-290 && product < 1e290 ? sqrt(product) : sqrt(m.xx) * sqrt(m.yy));
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

/* Copies the pairs without missing to u and v; returns their number. */
static size_t complete_pairs(size_t n, const double *x, const double *y, double *u, double *v)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] == x[i] && y[i] == y[i]) {
            u[m] = x[i];
            v[m++] = y[i];
        }
    return m;
}

/* work: n doubles four times, then what sorting needs. */
double cor_spearman(size_t n, const double *x, const double *y, size_t *used, void *work)
{
    double *u = work, *v = u + n, *rank_u = v + n, *rank_v = rank_u + n;
    void *sorting = rank_v + n;
    size_t m = complete_pairs(n, x, y, u, v);
    sort_ranks(m, u, rank_u, sorting);
    sort_ranks(m, v, rank_v, sorting);
    return cor_pearson(m, rank_u, rank_v, used);
}

/* Sorts v[n] by merging, spare holds n; returns how many pairs stood in the wrong order (ties don't count). */
static uint64_t count_inversions(size_t n, double *v, double *spare)
{
    uint64_t inversions = 0;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = n - start < width ? n : start + width, end = n - middle < width ? n : middle + width;
            for (size_t i = start, j = middle, k = start; k < end; k++) {
                if (i < middle && (j == end || v[i] <= v[j])) {
                    spare[k] = v[i++];
                } else {
                    inversions += middle - i;
                    spare[k] = v[j++];
                }
            }
        }
        for (size_t k = 0; k < n; k++)
            v[k] = spare[k];
    }
    return inversions;
}

/* Pairs of equal neighbours in groups: sum of t (t - 1) / 2 over runs where both u and v (or u alone) repeat. */
static uint64_t tied_pairs(size_t n, const double *u, const double *v)
{
    uint64_t pairs = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && u[end] == u[i] && (!v || v[end] == v[i]);)
            end++;
        uint64_t t = end - i;
        pairs += t * (t - 1) / 2;
    }
    return pairs;
}

/* Knight (1966): pairs sorted by x, then y; discordant pairs are the exchanges that sorting by y needs. */
double cor_kendall(size_t n, const double *x, const double *y, size_t *used, void *work)
{
    double *a = work, *b = a + n, *c = b + n, *d = c + n;
    void *sorting = d + n;
    size_t m = complete_pairs(n, x, y, a, b);
    uint32_t *order = (uint32_t *)((uint64_t *)sorting + 2 * m) + m;
    if (used)
        *used = m;
    if (m < 2)
        return NAN;
    sort_order_f64(m, b, order, sorting);
    for (size_t i = 0; i < m; i++) {
        c[i] = a[order[i]];
        d[i] = b[order[i]];
    }
    sort_order_f64(m, c, order, sorting);
    for (size_t i = 0; i < m; i++) {
        a[i] = c[order[i]];
        b[i] = d[order[i]];
    }
    uint64_t all = (uint64_t)m * (m - 1) / 2;
    uint64_t tied_x = tied_pairs(m, a, NULL), tied_both = tied_pairs(m, a, b);
    uint64_t discordant = count_inversions(m, b, c);
    uint64_t tied_y = tied_pairs(m, b, NULL);
    if (tied_x == all || tied_y == all)
        return NAN;
    double excess = (double)(int64_t)(all - tied_x - tied_y + tied_both - 2 * discordant);
    return excess / sqrt((double)(all - tied_x) * (double)(all - tied_y));
}

size_t cor_work(size_t n)
{
    return 4 * n * sizeof(double) + sort_order_work(n);
}

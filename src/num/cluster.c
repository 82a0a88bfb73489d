/* cluster: silhouettes in panels of eight rows, the measures of spread from the means, the measures of agreement from
 * the table of counts. */
#include "num/cluster.h"

#include "num/simd.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LANES = 8, TOGETHER = 4 };

static size_t aligned(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

static void *carve(char **at, size_t bytes)
{
    void *p = *at;
    *at += aligned(bytes);
    return p;
}

static size_t count_rows(size_t n, const int32_t *label, size_t k, size_t *size)
{
    size_t rows = 0;
    memset(size, 0, k * sizeof *size);
    for (size_t i = 0; i < n; i++)
        if (label[i] >= 0) {
            size[label[i]]++;
            rows++;
        }
    return rows;
}

/* ---- spread ------------------------------------------------------------------------------------------------- */

struct means {
    size_t *size;    /* k */
    double *centre;  /* k x p, and behind them the mean of all */
    double *spread;  /* k: mean distance to the centre */
    double *squares; /* k: sum of squared distances */
};

size_t cluster_spread_work(size_t p, size_t k)
{
    return aligned(k * sizeof(size_t)) + aligned((k + 1) * p * sizeof(double)) + 2 * aligned(k * sizeof(double)) +
           64;
}

static double squared(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Sums are taken of the differences to one row, so that little is lost where values lie far from 0. */
static void find_centres(size_t n, size_t p, const double *x, size_t ld, const int32_t *label, size_t k,
                         size_t rows, struct means *m)
{
    double *all = m->centre + k * p;
    const double *origin = NULL;
    memset(m->centre, 0, (k + 1) * p * sizeof *m->centre);
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        const double *row = x + i * ld;
        double *sum = m->centre + (size_t)label[i] * p;
        origin = origin ? origin : row;
        for (size_t j = 0; j < p; j++)
            sum[j] += row[j] - origin[j];
    }
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < p; j++) {
            all[j] += m->centre[c * p + j] / (double)rows;
            m->centre[c * p + j] = origin[j] + m->centre[c * p + j] / (double)m->size[c];
        }
    for (size_t j = 0; j < p; j++)
        all[j] += origin[j];
}

/* Means of distances that are all near 0 are taken for 0, as numpy's allclose does. */
static int nearly_zero(size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (fabs(x[i]) > 1e-8)
            return 0;
    return 1;
}

static double davies_bouldin(size_t p, size_t k, const struct means *m)
{
    double sum = 0, farthest = 0;
    for (size_t a = 0; a < k; a++) {
        double worst = 0;
        for (size_t b = 0; b < k; b++) {
            const double apart = a == b ? 0 : sqrt(squared(p, m->centre + a * p, m->centre + b * p));
            farthest = fmax(farthest, apart);
            if (apart > 0)
                worst = fmax(worst, (m->spread[a] + m->spread[b]) / apart);
        }
        sum += worst;
    }
    return farthest <= 1e-8 || nearly_zero(k, m->spread) ? 0 : sum / (double)k;
}

struct cluster_spread cluster_spread(size_t n, size_t p, const double *x, size_t ld, const int32_t *label,
                                     size_t k, void *work)
{
    char *at = work;
    struct means m = {carve(&at, k * sizeof(size_t)), carve(&at, (k + 1) * p * sizeof(double)),
                      carve(&at, k * sizeof(double)), carve(&at, k * sizeof(double))};
    struct cluster_spread out = {0, (double)NAN, (double)NAN};
    const size_t rows = count_rows(n, label, k, m.size);
    double between = 0;
    if (!rows)
        return (struct cluster_spread){(double)NAN, (double)NAN, (double)NAN};
    find_centres(n, p, x, ld, label, k, rows, &m);
    memset(m.spread, 0, k * sizeof *m.spread);
    memset(m.squares, 0, k * sizeof *m.squares);
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        const size_t c = (size_t)label[i];
        const double d = squared(p, x + i * ld, m.centre + c * p);
        m.squares[c] += d;
        m.spread[c] += sqrt(d);
    }
    for (size_t c = 0; c < k; c++) {
        m.spread[c] /= (double)m.size[c];
        out.inertia += m.squares[c];
        between += (double)m.size[c] * squared(p, m.centre + c * p, m.centre + k * p);
    }
    if (k < 2 || k >= rows)
        return out;
    out.davies_bouldin = davies_bouldin(p, k, &m);
    out.calinski_harabasz = out.inertia > 0 ? between * (double)(rows - k) / (out.inertia * (double)(k - 1)) : 1;
    return out;
}

/* ---- silhouettes -------------------------------------------------------------------------------------------- */

/* Every cluster may leave a panel unfilled. */
static size_t panels_most(size_t n, size_t k)
{
    return n / LANES + k + 1;
}

size_t silhouette_work(size_t n, size_t p, size_t k)
{
    const size_t lanes = panels_most(n, k) * LANES;
    return aligned(lanes * p * sizeof(double)) + aligned(lanes * sizeof(double)) +
           aligned((k + 1) * sizeof(size_t)) + aligned(k * sizeof(size_t)) + aligned(lanes * sizeof(uint32_t)) +
           aligned(n * sizeof(size_t)) + aligned(k * sizeof(size_t)) + 64;
}

void silhouette_begin(struct silhouette *s, size_t n, size_t p, const double *x, size_t ld, const int32_t *label,
                      size_t k, void *work)
{
    const size_t lanes = panels_most(n, k) * LANES;
    char *at = work;
    s->p = p;
    s->k = k;
    s->x = carve(&at, lanes * p * sizeof *s->x);
    s->weight = carve(&at, lanes * sizeof *s->weight);
    s->first = carve(&at, (k + 1) * sizeof *s->first);
    s->size = carve(&at, k * sizeof *s->size);
    s->row = carve(&at, lanes * sizeof *s->row);
    s->place = carve(&at, n * sizeof *s->place);
    size_t *next = carve(&at, k * sizeof *next); /* the lane where a cluster's next row goes */

    s->n = count_rows(n, label, k, s->size);
    s->first[0] = 0;
    for (size_t c = 0; c < k; c++) {
        s->first[c + 1] = s->first[c] + (s->size[c] + LANES - 1) / LANES;
        next[c] = s->first[c] * LANES;
    }
    s->panels = s->first[k];
    memset(s->x, 0, s->panels * LANES * p * sizeof *s->x);
    memset(s->weight, 0, s->panels * LANES * sizeof *s->weight);
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        const size_t lane = next[label[i]]++;
        s->row[lane] = (uint32_t)i;
        s->weight[lane] = 1;
        for (size_t j = 0; j < p; j++)
            s->x[(lane / LANES * p + j) * LANES + lane % LANES] = x[i * ld + j];
    }
    for (size_t lane = 0, i = 0; lane < s->panels * LANES; lane++)
        if (s->weight[lane] > 0)
            s->place[i++] = lane;
}

/* Sums of the distances of four rows to the rows of some panels. */
NUM_CLONES static void add_distances(size_t p, size_t panels, const double *x, const double *weight,
                                     const double *row[TOGETHER], double sum[TOGETHER])
{
    double total[TOGETHER][LANES] = {{0}};
    for (size_t q = 0; q < panels; q++, x += p * LANES, weight += LANES) {
        double d[TOGETHER][LANES] = {{0}};
        for (size_t j = 0; j < p; j++)
            for (size_t r = 0; r < TOGETHER; r++) {
                const double a = row[r][j * LANES];
                for (size_t l = 0; l < LANES; l++)
                    d[r][l] += (a - x[j * LANES + l]) * (a - x[j * LANES + l]);
            }
        for (size_t r = 0; r < TOGETHER; r++)
            for (size_t l = 0; l < LANES; l++)
                total[r][l] += weight[l] * sqrt(d[r][l]);
    }
    for (size_t r = 0; r < TOGETHER; r++)
        sum[r] = ((total[r][0] + total[r][4]) + (total[r][2] + total[r][6])) +
                 ((total[r][1] + total[r][5]) + (total[r][3] + total[r][7]));
}

/* sum[c * TOGETHER]: of the distances to cluster c. */
static double silhouette_of(const struct silhouette *s, size_t own, const double *sum, int32_t *next)
{
    double b = INFINITY;
    *next = -1;
    for (size_t c = 0; c < s->k; c++) {
        const double mean = sum[c * TOGETHER] / (double)s->size[c];
        if (c != own && mean < b) {
            b = mean;
            *next = (int32_t)c;
        }
    }
    if (s->size[own] < 2 || *next < 0)
        return 0;
    const double a = sum[own * TOGETHER] / (double)(s->size[own] - 1);
    return a > 0 || b > 0 ? (b - a) / fmax(a, b) : 0;
}

void silhouette_rows(const struct silhouette *s, size_t begin, size_t end, double *value, int32_t *next,
                     double *scratch)
{
    size_t own = 0;
    for (size_t i = begin; i < end; i += TOGETHER) {
        const double *row[TOGETHER];
        size_t lane[TOGETHER];
        for (size_t r = 0; r < TOGETHER; r++) { /* past the end: the last row again, for nothing */
            lane[r] = s->place[i + r < end ? i + r : end - 1];
            row[r] = s->x + lane[r] / LANES * s->p * LANES + lane[r] % LANES;
        }
        for (size_t c = 0; c < s->k; c++)
            add_distances(s->p, s->first[c + 1] - s->first[c], s->x + s->first[c] * s->p * LANES,
                          s->weight + s->first[c] * LANES, row, scratch + c * TOGETHER);
        for (size_t r = 0; r < TOGETHER && i + r < end; r++) {
            int32_t nearest;
            while (lane[r] >= s->first[own + 1] * LANES)
                own++;
            value[s->row[lane[r]]] = silhouette_of(s, own, scratch + r, &nearest);
            if (next)
                next[s->row[lane[r]]] = nearest;
        }
    }
}

double silhouette_mean(size_t n, const int32_t *label, size_t k, const double *value)
{
    double sum = 0, lost = 0; /* Kahan's sum */
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        const double y = value[i] - lost, t = sum + y;
        lost = (t - sum) - y;
        sum = t;
        rows++;
    }
    return k >= 2 && k < rows ? sum / (double)rows : (double)NAN;
}

/* ---- agreement ---------------------------------------------------------------------------------------------- */

static double row_total(size_t i, size_t cols, const double *count)
{
    double sum = 0;
    for (size_t j = 0; j < cols; j++)
        sum += count[i * cols + j];
    return sum;
}

static double col_total(size_t j, size_t rows, size_t cols, const double *count)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += count[i * cols + j];
    return sum;
}

static double entropy_part(double part, double all)
{
    return part > 0 ? -part / all * log(part / all) : 0;
}

struct cluster_agreement cluster_agreement(size_t rows, size_t cols, const double *count)
{
    double n = 0, squares = 0, row_squares = 0, col_squares = 0, of_rows = 0, of_cols = 0, both = 0;
    size_t used_rows = 0, used_cols = 0;
    for (size_t i = 0; i < rows; i++)
        n += row_total(i, cols, count);
    if (!(n > 0))
        return (struct cluster_agreement){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < rows; i++) {
        const double t = row_total(i, cols, count);
        row_squares += t * t;
        of_rows += entropy_part(t, n);
        used_rows += t > 0;
    }
    for (size_t j = 0; j < cols; j++) {
        const double t = col_total(j, rows, cols, count);
        col_squares += t * t;
        of_cols += entropy_part(t, n);
        used_cols += t > 0;
        for (size_t i = 0; i < rows; i++) {
            const double c = count[i * cols + j];
            squares += c * c;
            both += entropy_part(c, n);
        }
    }
    /* Pairs of rows, each counted twice: together in both, in the classes only, in the clusters only, in neither. */
    const double together = squares - n, classes = row_squares - squares, clusters = col_squares - squares;
    const double apart = n * n - row_squares - col_squares + squares;
    const double down = (together + classes) * (classes + apart) + (together + clusters) * (clusters + apart);
    struct cluster_agreement a = {.ari = 1};
    if (classes > 0 || clusters > 0)
        a.ari = 2 * (together * apart - classes * clusters) / down;
    double shared = of_rows + of_cols - both; /* mutual information */
    shared = shared > DBL_EPSILON ? shared : 0;
    a.homogeneity = of_rows > 0 ? fmin(1, shared / of_rows) : 1;
    a.completeness = of_cols > 0 ? fmin(1, shared / of_cols) : 1;
    a.nmi = used_rows == 1 && used_cols == 1 ? 1 : fmin(1, 2 * shared / (of_rows + of_cols));
    return a;
}

/* The k nearest rows: by copies of 8 bits, by panels, and by looking at all of them in double. The kernels of this
 * machine against those written in C. */
#include "mini_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/kit/nearest_rows.h"

enum { STREAM_X = 1, STREAM_COPY, STREAM_KIND };

static double normal(uint64_t stream, uint64_t i)
{
    const double u = 1 - lt_uniform(5, stream, 2 * i), v = lt_uniform(5, stream, 2 * i + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* ---- tables of all sorts ------------------------------------------------------------------------------------ */

enum kind { NORMAL, HEAVY_TAILS, CLUSTERS, WHOLE, ONE_FAR, UNEVEN, CONSTANT, TWICE, N_KINDS };

static double cell(enum kind kind, size_t i, size_t j, size_t p)
{
    const double z = normal(STREAM_X, i * p + j);
    switch (kind) {
    case HEAVY_TAILS:
        return z * z * z * z * z;
    case CLUSTERS:
        return 1e-4 * z + normal(STREAM_KIND, lt_below(5, STREAM_KIND, i, 20) * p + j);
    case WHOLE:
        return lt_below(5, STREAM_X, i * p + j, 4);
    case ONE_FAR:
        return i == 17 ? 1e9 + z : z;
    case UNEVEN:
        return z * pow(10, (double)j) - 1e5;
    case CONSTANT:
        return 3;
    case TWICE:
        return normal(STREAM_X, i / 2 * p + j);
    default:
        return z;
    }
}

static double *table(enum kind kind, size_t n, size_t p)
{
    double *x = calloc(n * p, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            x[i * p + j] = cell(kind, i, j, p);
    return x;
}

/* ---- one table, several ways -------------------------------------------------------------------------------- */

struct answer {
    struct neighbour *list; /* m x k */
};

static void keep(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    memcpy(((struct answer *)arg)->list + query * k, list, k * sizeof *list);
}

static struct answer by(enum nearest_way way, const double *x, size_t n, size_t p, const double *q, size_t m,
                        size_t k)
{
    struct mini_host *host = mini_host_new(2, 1);
    struct answer answer = {calloc(m * k, sizeof *answer.list)};
    struct nearest_rows rows;
    assert_non_null(answer.list);
    assert_int_equal(nearest_rows_build_by(&host->ctx, &rows, way, PANEL_SQUARED, x, n, p), LT_OK);
    assert_int_equal(nearest_rows_find(&host->ctx, &rows, q, m, p, k, keep, &answer), LT_OK);
    nearest_rows_free(&rows);
    mini_host_free(host);
    return answer;
}

static double distance(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

static int by_distance(const void *a, const void *b)
{
    const struct neighbour *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Distances to the last digits, and rows wherever distances leave no doubt. */
static void compare_with_all(const struct neighbour *list, size_t k, const double *x, size_t n, size_t p,
                             const double *q, int exact)
{
    struct neighbour *all = calloc(n, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct neighbour){distance(p, x + i * p, q), (uint32_t)i};
    qsort(all, n, sizeof *all, by_distance);
    for (size_t i = 0; i < k; i++) {
        assert_true(fabs(list[i].distance - all[i].distance) <= 1e-14 * all[i].distance);
        if (exact)
            assert_int_equal(list[i].row, all[i].row);
    }
    free(all);
}

static void all_ways(enum kind kind, size_t n, size_t p, size_t k)
{
    enum { QUERIES = 150 };
    double *x = table(kind, n, p), *q = table(kind, QUERIES, p);
    for (size_t i = 0; i < QUERIES; i++) /* near a row, on a row, far outside, very far outside */
        for (size_t j = 0; j < p; j++)
            q[i * p + j] = i % 4 == 0   ? x[i * 7 % n * p + j] + 0.01 * q[i * p + j]
                           : i % 4 == 1 ? x[i * 7 % n * p + j]
                           : i == 2     ? 40 * q[i * p + j]
                           : i == 6     ? 1e30 * q[i * p + j]
                                        : q[i * p + j] * 1.1;
    struct answer panels = by(NEAREST_PANELS, x, n, p, q, QUERIES, k);
    struct answer copies = by(NEAREST_COARSE, x, n, p, q, QUERIES, k);
    for (size_t i = 0; i < QUERIES * k; i++) {
        assert_int_equal(copies.list[i].row, panels.list[i].row);
        assert_true(copies.list[i].distance == panels.list[i].distance);
    }
    for (size_t i = 0; i < QUERIES; i += 7)
        compare_with_all(panels.list + i * k, k, x, n, p, q + i * p, kind == WHOLE && i % 4 == 1);
    free(panels.list);
    free(copies.list);
    free(x);
    free(q);
}

static void test_same_answer(void **state)
{
    static const size_t columns[] = {1, 3, 8, 13, 28}, asked[] = {1, 5, 13, 40, 256};
    (void)state;
    for (enum kind kind = 0; kind < N_KINDS; kind++)
        for (size_t i = 0; i < 5; i++) {
            all_ways(kind, 3001, columns[i], asked[(i + kind) % 5]);
            all_ways(kind, 777, columns[i], asked[(i + kind + 2) % 5]);
        }
    all_ways(NORMAL, 20000, 10, 40);
    all_ways(CLUSTERS, 20000, 10, 13);
    all_ways(NORMAL, 40, 5, 40);
    all_ways(WHOLE, 1, 4, 1);
}

/* ---- all within a radius ------------------------------------------------------------------------------------ */

struct ring {
    const double *x, *q;
    size_t n, p;
    double radius;
    size_t n_found;
};

/* Neither too many nor too few, in the order of the table; rounding may decide what lies on the border. */
static void check_ring(void *arg, size_t query, const struct neighbour *list, size_t k)
{
    struct ring *ring = arg;
    size_t at = 0;
    for (size_t i = 0; i < ring->n; i++) {
        const double d = distance(ring->p, ring->x + i * ring->p, ring->q + query * ring->p);
        const int listed = at < k && list[at].row == i;
        if (listed)
            assert_true(fabs(list[at].distance - d) <= 1e-14 * d);
        if (fabs(d - ring->radius) > 1e-14 * d)
            assert_int_equal(listed, d <= ring->radius);
        at += listed;
    }
    assert_int_equal(at, k);
    ring->n_found += k;
}

static void test_within(void **state)
{
    enum { ROWS = 1500, ASKED = 70 };
    static const size_t columns[] = {1, 9, 28};
    (void)state;
    for (enum kind kind = 0; kind < N_KINDS; kind++)
        for (size_t c = 0; c < 3; c++) {
            const size_t p = columns[c];
            struct mini_host *host = mini_host_new(1, 1);
            double *x = table(kind, ROWS, p), *q = calloc(ASKED * p, sizeof *q);
            struct nearest_rows rows;
            assert_non_null(q);
            memcpy(q, x + 100 * p, ASKED * p * sizeof *q);
            q[0] += 1e30;
            assert_int_equal(nearest_rows_build(&host->ctx, &rows, PANEL_SQUARED, x, ROWS, p), LT_OK);
            struct ring ring = {x, q, ROWS, p, distance(p, x + 3 * p, x + 100 * p), 0};
            assert_int_equal(nearest_rows_within(&host->ctx, &rows, q, ASKED, p, ring.radius, check_ring, &ring),
                             LT_OK);
            assert_true(ring.n_found >= ASKED - 1); /* themselves */
            nearest_rows_free(&rows);
            mini_host_free(host);
            free(x);
            free(q);
        }
}

/* ---- kernels ------------------------------------------------------------------------------------------------ */

static void test_kernels(void **state)
{
    enum { N = 1000 };
    (void)state;
    for (size_t p = 1; p < 30; p += 3) {
        struct mini_host *host = mini_host_new(1, 1);
        double *x = table(HEAVY_TAILS, N, p);
        struct nearest_rows rows;
        assert_int_equal(nearest_rows_build_by(&host->ctx, &rows, NEAREST_COARSE, PANEL_SQUARED, x, N, p), LT_OK);
        const struct coarse_set *set = &rows.coarse;
        int8_t *q = calloc(COARSE_ROWS * set->groups, 4);
        assert_non_null(q);
        for (size_t i = 0; i < COARSE_ROWS * set->groups * 4; i++)
            q[i] = (int8_t)((int)lt_below(5, STREAM_COPY, i, 255) - 127);
        _Alignas(64) int32_t peak[2][COARSE_ROWS * PANEL_LANES], over[2][COARSE_ROWS * PANEL_LANES];
        uint64_t near[2][COARSE_ROWS];
        int32_t least[COARSE_ROWS];
        for (size_t i = 0; i < COARSE_ROWS * PANEL_LANES; i++)
            peak[0][i] = peak[1][i] = INT32_MIN;
        size_t hits = 0, none = 0;
        for (size_t b = 0; b < set->n_panels; b++) {
            for (size_t r = 0; r < COARSE_ROWS; r++)
                least[r] = b % 3 == 0 ? 1 << 30 : (int32_t)lt_below(5, STREAM_KIND, b * 8 + r, 200000) - 1000;
            coarse_peaks(set, b, q, peak[0]);
            coarse_peaks_plain(set, b, q, peak[1]);
            assert_memory_equal(peak[0], peak[1], sizeof peak[0]);
            const int any = coarse_scores(set, b, q, least, near[0], over[0]);
            assert_int_equal(any != 0, coarse_scores_plain(set, b, q, least, near[1], over[1]) != 0);
            none += !any;
            for (size_t r = 0; any && r < COARSE_ROWS; r++) {
                assert_true(near[0][r] == near[1][r]);
                hits += near[0][r] != 0;
                if (near[0][r])
                    assert_memory_equal(over[0] + r * PANEL_LANES, over[1] + r * PANEL_LANES,
                                        PANEL_LANES * sizeof(int32_t));
            }
        }
        assert_true(hits > 0 && none > 0);
        free(q);
        free(x);
        nearest_rows_free(&rows);
        mini_host_free(host);
    }
}

/* Tile and leaders in one give the bits of a tile that is followed. */
static void test_leaders(void **state)
{
    enum { N = 200, MOST = 80 };
    (void)state;
    for (size_t p = 1; p < 40; p += 5) {
        struct mini_host *host = mini_host_new(1, 1);
        double *x = table(WHOLE, N, p); /* many equal distances */
        struct panel_set points;
        float row[MOST * 40], size[MOST];
        assert_int_equal(panel_set_build(&host->ctx, &points, PANEL_SQUARED, x, N, p, p), LT_OK);
        for (size_t n = 1; n <= MOST - PANEL_ROWS; n += 25) {
            const size_t padded = (n + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
            panel_rows(&points.frame, PANEL_SQUARED, x, n, p, row, size);
            for (size_t b = 0; b < points.n_panels; b++) {
                struct panel_leaders a, c;
                const float *panel = points.x + b * p * PANEL_LANES, *lanes = points.size + b * PANEL_LANES;
                panel_lead(p, panel, lanes, row, size, padded, &a);
                panel_lead_plain(p, panel, lanes, row, size, padded, &c);
                assert_memory_equal(&a, &c, sizeof a);
                for (size_t l = 0; l < PANEL_LANES && b * PANEL_LANES + l < n; l++)
                    assert_true(a.number[l] >= 0 && (size_t)a.number[l] <= b * PANEL_LANES + l);
            }
        }
        panel_set_free(&points);
        free(x);
        mini_host_free(host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answer),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_leaders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

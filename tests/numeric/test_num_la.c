/* Linear algebra: NIST Longley (certified, StRD linear regression), R's qr() for the order of pivots, identities.
 * */
#include "num/jacobi.h"
#include "num/la.h"

#include "near.h"

#include <stdlib.h>

/* A few digits of a sine: full rank, no structure. */
static double entry(size_t i, size_t j)
{
    return sin(1.7 * (double)i + 3.1 * (double)j * (double)j + 0.3) * (1 + (double)(i % 5));
}

static void fill(size_t m, size_t n, double *a, size_t ld)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < ld; j++)
            a[i * ld + j] = j < n ? entry(i, j) : -77;
}

static double at(int trans, const double *a, size_t ld, size_t i, size_t j)
{
    return trans ? a[j * ld + i] : a[i * ld + j];
}

static void test_gemm(void **state)
{
    (void)state;
    enum { M = 5, N = 7, K = 4, LD = 9 };
    double a[LD * LD], b[LD * LD], c[M * LD], y[N];
    float af[LD * LD], bf[LD * LD], cf[M * LD];
    for (int trans = 0; trans < 4; trans++) {
        int ta = trans & 1, tb = trans >> 1;
        fill(LD, LD, a, LD);
        fill(LD, LD, b, LD);
        fill(M, N, c, LD);
        for (int i = 0; i < LD * LD; i++) {
            af[i] = (float)a[i];
            bf[i] = (float)b[i];
        }
        for (int i = 0; i < M * LD; i++)
            cf[i] = (float)c[i];
        la_gemm(ta, tb, M, N, K, 2, a, LD, b, LD, 0.5, c, LD);
        la_gemm_f32(ta, tb, M, N, K, 2, af, LD, bf, LD, 0.5f, cf, LD);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < LD; j++) {
                double want = j < N ? 0.5 * entry(i, j) : -77;
                for (size_t k = 0; k < K && j < N; k++)
                    want += 2 * at(ta, a, LD, i, k) * at(tb, b, LD, k, j);
                assert_true(fabs(c[i * LD + j] - want) < 1e-13);
                assert_true(fabs((double)cf[i * LD + j] - want) < 1e-4);
            }
    }
    fill(M, N, a, LD);
    fill(1, N, b, N);
    for (int trans = 0; trans < 2; trans++) {
        size_t out = trans ? N : M, in = trans ? M : N;
        for (size_t i = 0; i < out; i++)
            y[i] = (double)i;
        la_gemv(trans, M, N, 3, a, LD, b, 2, y);
        for (size_t i = 0; i < out; i++) {
            double want = 2 * (double)i;
            for (size_t k = 0; k < in; k++)
                want += 3 * at(trans, a, LD, i, k) * b[k];
            assert_true(fabs(y[i] - want) < 1e-13);
        }
    }
    y[0] = 4;
    la_gemv(0, 1, 0, 1, a, 1, b, 0.5, y);
    assert_near(y[0], 2, 0);
    la_gemm(0, 0, 1, 1, 0, 1, a, 0, b, 1, 0.5, y, 1);
    assert_near(y[0], 1, 0);
    assert_near(la_dot(3, (double[]){1, 2, 3}, (double[]){4, 5, 6}), 32, 0);
}

static void test_gram_and_cholesky(void **state)
{
    (void)state;
    enum { N = 40, P = 6, LD = 8 };
    double x[N * LD], c[P * LD], l[P * LD], inverse[P * LD], b[P];
    fill(N, P, x, LD);
    memset(c, 0, sizeof c);
    for (int i = 0; i < P; i++)
        c[i * LD + i] = 1;
    la_gram(N, P, 2, x, LD, c, LD);
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++) {
            double want = i == j;
            for (size_t k = 0; k < N; k++)
                want += 2 * x[k * LD + i] * x[k * LD + j];
            assert_true(fabs(c[i * LD + j] - want) < 1e-11);
        }
    memcpy(l, c, sizeof l);
    assert_int_equal(la_cholesky(P, l, LD), 0);
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++) {
            double product = 0;
            for (size_t k = 0; k <= (i < j ? i : j); k++)
                product += l[i * LD + k] * l[j * LD + k];
            assert_true(fabs(product - c[i * LD + j]) < 1e-11);
            if (j > i)
                assert_true(l[i * LD + j] == c[i * LD + j]); /* the upper triangle is left alone */
        }
    for (size_t i = 0; i < P; i++)
        b[i] = la_dot(P, c + i * LD, (double[]){1, -2, 3, 4, -5, 6});
    la_cholesky_solve(P, l, LD, b);
    for (size_t i = 0; i < P; i++)
        assert_near(b[i], ((double[]){1, -2, 3, 4, -5, 6})[i], 1e-12);
    memcpy(inverse, l, sizeof l);
    assert_int_equal(la_cholesky_inverse(P, inverse, LD), 0);
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++)
            assert_true(fabs(la_dot(P, inverse + i * LD, c + j * LD) - (i == j)) < 1e-12);
    double indefinite[] = {1, 2, 0, 2, 1, 0, 0, 0, 1}, missing[] = {1, 0, NAN, 1};
    assert_int_equal(la_cholesky(3, indefinite, 3), 2);
    assert_int_equal(la_cholesky(2, missing, 2), 2);
}

/* Panels of few columns go through our own kernel, of many through BLAS. */
static void test_gram_of_panels(void **state)
{
    (void)state;
    enum { MOST = 100, LD = 70, LDC = MOST + 3 };
    static const size_t rows[] = {1, 7, 16, 61}, columns[] = {1, 2, 4, 5, 29, MOST};
    double *x = malloc(MOST * LD * sizeof *x), *c = malloc(MOST * LDC * sizeof *c);
    fill(MOST, LD, x, LD);
    for (size_t r = 0; r < 4; r++)
        for (size_t k = 0; k < 6; k++) {
            size_t n = rows[r], p = columns[k];
            for (size_t i = 0; i < MOST * LDC; i++)
                c[i] = 1;
            la_gram_t(n, p, x, LD, c, LDC);
            for (size_t i = 0; i < MOST; i++)
                for (size_t j = 0; j < LDC; j++) {
                    double want = 1;
                    for (size_t l = 0; i < p && j < p && l < n; l++)
                        want += x[i * LD + l] * x[j * LD + l];
                    assert_near(c[i * LDC + j], want, 1e-12);
                }
        }
    free(x);
    free(c);
}

/* Coefficients, in the order of the columns, of y on x[m x n] by la_qr_pivot; those not estimated are NaN. */
static int fit(size_t m, size_t n, double *x, const double *y, double *coef, int *jpvt, double *left)
{
    double *tau = malloc(n * sizeof *tau), *b = malloc(m * sizeof *b);
    memcpy(b, y, m * sizeof *b);
    int rank = la_qr_pivot(m, n, x, n, jpvt, tau, 0);
    la_qr_apply_qt(m, n, x, n, tau, b);
    *left = 0;
    for (size_t i = (size_t)rank; i < m; i++)
        *left += b[i] * b[i];
    la_upper_solve((size_t)rank, x, n, b);
    for (size_t j = 0; j < n; j++)
        coef[jpvt[j]] = (int)j < rank ? b[j] : (double)NAN;
    free(tau);
    free(b);
    return rank;
}

/* https://www.itl.nist.gov/div898/strd/lls/data/Longley.shtml */
static void test_longley(void **state)
{
    (void)state;
    static const double data[16][7] = {
        {60323, 83.0, 234289, 2356, 1590, 107608, 1947},  {61122, 88.5, 259426, 2325, 1456, 108632, 1948},
        {60171, 88.2, 258054, 3682, 1616, 109773, 1949},  {61187, 89.5, 284599, 3351, 1650, 110929, 1950},
        {63221, 96.2, 328975, 2099, 3099, 112075, 1951},  {63639, 98.1, 346999, 1932, 3594, 113270, 1952},
        {64989, 99.0, 365385, 1870, 3547, 115094, 1953},  {63761, 100.0, 363112, 3578, 3350, 116219, 1954},
        {66019, 101.2, 397469, 2904, 3048, 117388, 1955}, {67857, 104.6, 419180, 2822, 2857, 118734, 1956},
        {68169, 108.4, 442769, 2936, 2798, 120445, 1957}, {66513, 110.8, 444546, 4681, 2637, 121950, 1958},
        {68655, 112.6, 482704, 3813, 2552, 123366, 1959}, {69564, 114.2, 502601, 3931, 2514, 125368, 1960},
        {69331, 115.7, 518173, 4806, 2572, 127852, 1961}, {70551, 116.9, 554894, 4007, 2827, 130081, 1962}};
    static const double certified[7] = {-3482258.63459582, 15.0618722713733,  -0.358191792925910E-01,
                                        -2.02022980381683, -1.03322686717359, -0.511041056535807E-01,
                                        1829.15146461355};
    static const double certified_error[7] = {890420.383607373,  84.9149257747669,  0.334910077722432E-01,
                                              0.488399681651699, 0.214274163161675, 0.226073200069370,
                                              455.478499142212};
    double x[16 * 7], y[16], coef[7], inverse[49], left;
    int jpvt[7];
    for (int i = 0; i < 16; i++) {
        y[i] = data[i][0];
        x[i * 7] = 1;
        memcpy(x + i * 7 + 1, data[i] + 1, 6 * sizeof *x);
    }
    assert_int_equal(fit(16, 7, x, y, coef, jpvt, &left), 7);
    assert_int_equal(la_upper_inverse(7, x, 7, inverse, 7), 0);
    assert_near(sqrt(left / 9), 304.854073561965, 1e-9);
    for (int j = 0; j < 7; j++) {
        assert_int_equal(jpvt[j], j);
        assert_near(coef[j], certified[j], 1e-9);
        assert_near(sqrt(la_dot(7, inverse + j * 7, inverse + j * 7) * left / 9), certified_error[j], 1e-9);
    }
}

/* R 4.2.2: n <- 12; a <- (1:n)^1.5; b <- sin(1:n); c <- cos(2*(1:n)); X <- cbind(1,a,b,a+b,c,2*a-1,b+1e-9*c);
 * q <- qr(X); q$rank; q$pivot; qr.coef(q, (1:n) %% 5) */
static void test_aliased(void **state)
{
    (void)state;
    double x[12 * 7], y[12], coef[7], left;
    int jpvt[7];
    static const double want[7] = {
        1.9125415854512133, 0.001754695219641017, 0.6407769413668567, NAN, 0.4449475592454238, NAN, NAN};
    static const int pivot[7] = {0, 1, 2, 4, 3, 5, 6};
    for (int i = 0; i < 12; i++) {
        double a = pow(i + 1, 1.5), b = sin(i + 1), c = cos(2 * (i + 1));
        memcpy(x + i * 7, (double[]){1, a, b, a + b, c, 2 * a - 1, b + 1e-9 * c}, 7 * sizeof *x);
        y[i] = (i + 1) % 5;
    }
    assert_int_equal(fit(12, 7, x, y, coef, jpvt, &left), 4);
    for (int j = 0; j < 7; j++) {
        assert_int_equal(jpvt[j], pivot[j]);
        assert_near(coef[j], want[j], 1e-11);
    }
}

/* R 4.2.2: qr(cbind(0, 1, 2, 1:12))$pivot is 2 4 1 3, rank 2; wide: t(cbind(1:5, c(2,1,5,3,3), c(0,1,0,2,7))). */
static void test_pivots(void **state)
{
    (void)state;
    double x[12 * 4], tau[4], wide[] = {1, 2, 3, 4, 5, 2, 1, 5, 3, 3, 0, 1, 0, 2, 7};
    static const int pivot[4] = {1, 3, 0, 2};
    static const double r[3][5] = {
        {-2.2360679774997898, -1.7888543819998315, -5.8137767414994528, -4.4721359549995796, -4.9193495504995379},
        {0, 1.6733200530681509, 0.35856858280031834, 2.988071523335984, 6.6932802122726045},
        {0, 0, -0.26726124191242462, 0.26726124191242406, 3.7416573867739404}};
    int jpvt[5];
    for (int i = 0; i < 12; i++)
        memcpy(x + i * 4, (double[]){0, 1, 2, i + 1}, 4 * sizeof *x);
    assert_int_equal(la_qr_pivot(12, 4, x, 4, jpvt, tau, 0), 2);
    for (int j = 0; j < 4; j++)
        assert_int_equal(jpvt[j], pivot[j]);
    assert_int_equal(la_qr_pivot(3, 5, wide, 5, jpvt, tau, 0), 3);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 5; j++) {
            assert_int_equal(jpvt[j], j);
            if (j >= i) /* rows of R may differ by their sign */
                assert_near(fabs(wide[i * 5 + j]), fabs(r[i][j]), 2e-13);
        }
    double zero[] = {0, 0, 0, 0}, one[] = {3};
    assert_int_equal(la_qr_pivot(2, 2, zero, 2, jpvt, tau, 0), 0);
    assert_int_equal(la_qr_pivot(1, 1, one, 1, jpvt, tau, 0), 1);
}

/* Q' applied to the columns of A is R, over more reflectors and rows than one block holds. */
static void test_qr_blocks(void **state)
{
    (void)state;
    enum { M = 700, N = 21 };
    static double a[M * N], factors[M * N], tau[N], b[M];
    int jpvt[N];
    fill(M, N, a, N);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            a[i * N + j] += i % N == j ? 3 : 0;
    memcpy(factors, a, sizeof a);
    assert_int_equal(la_qr_pivot(M, N, factors, N, jpvt, tau, 0), N);
    for (int j = 0; j < N; j++) {
        for (int i = 0; i < M; i++)
            b[i] = a[i * N + j];
        assert_int_equal(la_qr_apply_qt(M, N, factors, N, tau, b), 0);
        for (int i = 0; i < M; i++)
            assert_true(fabs(b[i] - (i <= j ? factors[i * N + j] : 0)) < 1e-11);
    }
}

static void test_upper_inverse(void **state)
{
    (void)state;
    double r[] = {2, 1, 3, 9, 4, 5, 9, 9, 8}, inverse[9], singular[] = {1, 2, 0, 0};
    assert_int_equal(la_upper_inverse(3, r, 3, inverse, 3), 0);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int k = i; k < 3; k++)
                sum += (k >= i ? r[i * 3 + k] : 0) * inverse[k * 3 + j];
            assert_true(fabs(sum - (i == j)) < 1e-15);
            if (j < i)
                assert_true(inverse[i * 3 + j] == 0);
        }
    assert_int_equal(la_upper_inverse(2, singular, 2, inverse, 2), 2);
}

static void test_eigen(void **state)
{
    (void)state;
    enum { N = 6, LD = 8 };
    double a[N * LD], v[N * LD], w[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * LD + j] = entry(i, j) + entry(j, i);
    memcpy(v, a, sizeof a);
    assert_int_equal(la_eigen_sym(N, v, LD, w), 0);
    for (size_t e = 0; e < N; e++) {
        assert_true(e == 0 || w[e] >= w[e - 1]);
        for (size_t i = 0; i < N; i++) {
            assert_true(fabs(la_dot(N, a + i * LD, v + e * LD) - w[e] * v[e * LD + i]) < 1e-12);
            assert_true(fabs(la_dot(N, v + e * LD, v + i * LD) - (e == i)) < 1e-13);
        }
    }
    double hilbert[] = {1, 0.5, 0.5, 1.0 / 3}; /* eigenvalues (4 -+ sqrt 13) / 6 */
    assert_int_equal(la_eigen_sym(2, hilbert, 2, w), 0);
    assert_near(w[0], (4 - sqrt(13)) / 6, 1e-14);
    assert_near(w[1], (4 + sqrt(13)) / 6, 1e-15);
    double missing[] = {1, NAN, NAN, 1};
    assert_true(la_eigen_sym(2, missing, 2, w) > 0);
}

/* The same without LAPACK. */
static void test_jacobi(void **state)
{
    (void)state;
    enum { N = 6 };
    double a[N * N], d[N * N], v[N * N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            d[i * N + j] = a[i * N + j] = entry(i, j) + entry(j, i);
    jacobi_eigen(N, d, v);
    for (size_t e = 0; e < N; e++)
        for (size_t i = 0; i < N; i++) {
            assert_true(fabs(la_dot(N, a + i * N, v + e * N) - d[e * N + e] * v[e * N + i]) < 1e-12);
            assert_true(fabs(la_dot(N, v + e * N, v + i * N) - (e == i)) < 1e-13);
        }
    double hilbert[] = {1, 0.5, 0.5, 1.0 / 3}, none[] = {0, 0, 0, 0}; /* eigenvalues (4 -+ sqrt 13) / 6 */
    jacobi_eigen(2, hilbert, v);
    assert_near(fmin(hilbert[0], hilbert[3]), (4 - sqrt(13)) / 6, 1e-14);
    assert_near(fmax(hilbert[0], hilbert[3]), (4 + sqrt(13)) / 6, 1e-15);
    jacobi_eigen(2, none, v);
    assert_true(none[0] == 0 && none[3] == 0 && v[0] == 1 && v[3] == 1);
}

static void check_svd(size_t m, size_t n)
{
    enum { LD = 12 };
    double a[LD * LD], copy[LD * LD], s[LD], u[LD * LD], vt[LD * LD];
    size_t k = m < n ? m : n;
    fill(m, n, a, LD);
    memcpy(copy, a, sizeof a);
    assert_int_equal(la_svd(m, n, a, LD, s, u, LD, vt, LD), 0);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t e = 0; e < k; e++)
                sum += u[i * LD + e] * s[e] * vt[e * LD + j];
            assert_true(fabs(sum - copy[i * LD + j]) < 1e-12);
        }
    for (size_t e = 0; e < k; e++) {
        assert_true(s[e] >= 0 && (e == 0 || s[e] <= s[e - 1]));
        assert_near(la_dot(n, vt + e * LD, vt + e * LD), 1, 1e-13);
    }
}

static void test_svd(void **state)
{
    (void)state;
    check_svd(10, 4);
    check_svd(4, 10);
    check_svd(5, 5);
    check_svd(1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),           cmocka_unit_test(test_gram_and_cholesky),
        cmocka_unit_test(test_gram_of_panels), cmocka_unit_test(test_longley),
        cmocka_unit_test(test_aliased),        cmocka_unit_test(test_pivots),
        cmocka_unit_test(test_qr_blocks),      cmocka_unit_test(test_upper_inverse),
        cmocka_unit_test(test_jacobi),
        cmocka_unit_test(test_eigen),          cmocka_unit_test(test_svd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* la: BLAS and LAPACK behind row-major calls. A row-major matrix is the transpose of a column-major one in the
 * same memory, so no copies are made: a lower triangle becomes an upper one, u and v of an SVD change places.
 * LAPACKE allocates the workspaces of the eigen- and SVD drivers itself; la_qr_pivot allocates a few rows. Nothing
 * else here allocates. */
#include "num/la.h"

#include "num/gram.h"
#include "num/simd.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
extern void openblas_set_num_threads(int) __attribute__((weak)); /* absent in other BLAS */
#pragma GCC diagnostic pop
#endif

enum { GRAM_MOST = 96 }; /* columns whose products fit the caches without the blocking of BLAS */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void one_thread(void)
{
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}

void la_init(void)
{
    pthread_once(&once, one_thread);
}

static size_t at_least_1(size_t n)
{
    return n ? n : 1;
}

void la_gemm(int trans_a, int trans_b, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
             const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
    la_init();
    if (m && n)
        cblas_dgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans,
                    (int)m, (int)n, (int)k, alpha, a, (int)at_least_1(lda), b, (int)at_least_1(ldb), beta, c,
                    (int)ldc);
}

void la_gemm_f32(int trans_a, int trans_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                 const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    la_init();
    if (m && n)
        cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans,
                    (int)m, (int)n, (int)k, alpha, a, (int)at_least_1(lda), b, (int)at_least_1(ldb), beta, c,
                    (int)ldc);
}

void la_gemv(int trans, size_t m, size_t n, double alpha, const double *a, size_t lda, const double *x,
             double beta, double *y)
{
    la_init();
    size_t inner = trans ? m : n, outer = trans ? n : m;
    if (!inner) /* BLAS would leave y as it is */
        for (size_t i = 0; i < outer; i++)
            y[i] = beta ? beta * y[i] : 0;
    else if (outer)
        cblas_dgemv(CblasRowMajor, trans ? CblasTrans : CblasNoTrans, (int)m, (int)n, alpha, a, (int)lda, x, 1,
                    beta, y, 1);
}

static void mirror_lower(size_t p, double *c, size_t ldc)
{
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++)
            c[j * ldc + i] = c[i * ldc + j];
}

void la_gram(size_t n, size_t p, double alpha, const double *x, size_t ldx, double *c, size_t ldc)
{
    la_init();
    if (!p || !n)
        return;
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)p, (int)n, alpha, x, (int)ldx, 1, c, (int)ldc);
    mirror_lower(p, c, ldc);
}

void la_gram_t(size_t n, size_t p, const double *x, size_t ldx, double *c, size_t ldc)
{
    la_init();
    if (!p || !n)
        return;
    if (p <= GRAM_MOST)
        gram_lower(n, p, x, ldx, c, ldc);
    else
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)p, (int)n, 1.0, x, (int)ldx, 1, c, (int)ldc);
    mirror_lower(p, c, ldc);
}

double la_dot(size_t n, const double *x, const double *y)
{
    la_init();
    return cblas_ddot((int)n, x, 1, y, 1);
}

int la_cholesky(size_t n, double *a, size_t lda)
{
    la_init();
    if (!n)
        return 0;
    int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (int)n, a, (int)lda);
    for (size_t i = 0; i < n && info == 0; i++) /* a NaN slips through some kernels */
        if (!(a[i * lda + i] > 0 && a[i * lda + i] <= DBL_MAX))
            info = (int)i + 1;
    return info;
}

void la_cholesky_solve(size_t n, const double *l, size_t lda, double *b)
{
    la_init();
    if (!n)
        return;
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, l, (int)lda, b, 1);
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, (int)n, l, (int)lda, b, 1);
}

int la_cholesky_inverse(size_t n, double *l, size_t lda)
{
    la_init();
    if (!n)
        return 0;
    int info = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (int)n, l, (int)lda);
    for (size_t i = 0; i < n && info == 0; i++)
        for (size_t j = 0; j < i; j++)
            l[j * lda + i] = l[i * lda + j];
    return info;
}

/* dots[c] = sum over rows [first, m) of a[., j] a[., c] for c in [j, n), in blocks of rows. `block` holds n. */
NUM_CLONES static void column_dots(size_t first, size_t m, size_t j, size_t n, const double *a, size_t lda,
                                   double *block, double *dots)
{
    memset(dots + j, 0, (n - j) * sizeof *dots);
    for (size_t start = first; start < m; start += 256) {
        size_t end = m - start < 256 ? m : start + 256;
        memset(block + j, 0, (n - j) * sizeof *block);
        for (size_t i = start; i < end; i++) {
            const double *row = a + i * lda;
            for (size_t c = j; c < n; c++)
                block[c] += row[j] * row[c];
        }
        for (size_t c = j; c < n; c++)
            dots[c] += block[c];
    }
}

/* Applies a reflector to rows (j, m): a[i, j] *= scale makes its vector v, a[i, c] -= v_i w[c] for c in (j, n). In
 * the same visit the products of the next column with all to its right are summed, as column_dots would. */
NUM_CLONES static void reflect_rows(size_t j, size_t m, size_t n, double *a, size_t lda, double scale,
                                    const double *w, double *block, double *dots)
{
    memset(dots + j + 1, 0, (n - j - 1) * sizeof *dots);
    for (size_t start = j + 1; start < m; start += 256) {
        size_t end = m - start < 256 ? m : start + 256;
        memset(block + j + 1, 0, (n - j - 1) * sizeof *block);
        for (size_t i = start; i < end; i++) {
            double *row = a + i * lda, v = row[j] * scale;
            row[j] = v;
            for (size_t c = j + 1; c < n; c++)
                row[c] -= v * w[c];
            if (i > j + 1 && j + 1 < n) {
                double next = row[j + 1];
                for (size_t c = j + 1; c < n; c++)
                    block[c] += next * row[c];
            }
        }
        for (size_t c = j + 1; c < n; c++)
            dots[c] += block[c];
    }
}

/* Moves column j behind the last one; those between move up. */
static void column_to_end(size_t j, size_t m, size_t n, double *a, size_t lda, int *jpvt, double *norm)
{
    for (size_t i = 0; i < m; i++) {
        double *row = a + i * lda, moved = row[j];
        memmove(row + j, row + j + 1, (n - 1 - j) * sizeof *row);
        row[n - 1] = moved;
    }
    int column = jpvt[j];
    memmove(jpvt + j, jpvt + j + 1, (n - 1 - j) * sizeof *jpvt);
    jpvt[n - 1] = column;
    double moved = norm[j];
    memmove(norm + j, norm + j + 1, (n - 1 - j) * sizeof *norm);
    norm[n - 1] = moved;
}

/* Euclidean norms of the columns. */
static void column_norms(size_t m, size_t n, const double *a, size_t lda, double *norm)
{
    memset(norm, 0, n * sizeof *norm);
    for (size_t i = 0; i < m; i++)
        for (size_t c = 0; c < n; c++)
            norm[c] += a[i * lda + c] * a[i * lda + c];
    for (size_t c = 0; c < n; c++)
        norm[c] = sqrt(norm[c]);
}

int la_qr_pivot(size_t m, size_t n, double *a, size_t lda, int *jpvt, double *tau, double tol)
{
    if (!(tol > 0))
        tol = 1e-7;
    if (!n)
        return 0;
    double *work = calloc(4 * n, sizeof *work);
    if (!work)
        return -1;
    double *norm = work, *w = work + n, *block = work + 2 * n, *dots = work + 3 * n;
    size_t steps = m < n ? m : n, rank = n, j = 0;
    for (size_t c = 0; c < n; c++)
        jpvt[c] = (int)c;
    memset(tau, 0, steps * sizeof *tau);
    column_norms(m, n, a, lda, norm);
    column_dots(1, m, 0, n, a, lda, block, dots);
    for (; j < steps && j < rank; j++) {
        double *pivot = a + j * lda;
        double length = sqrt(pivot[j] * pivot[j] + dots[j]);
        while (!(length >= tol * norm[j] && length > 0)) { /* what is left of it is nothing: others first */
            column_to_end(j, m, n, a, lda, jpvt, norm);
            if (--rank <= j)
                goto done;
            column_dots(j + 1, m, j, n, a, lda, block, dots);
            length = sqrt(pivot[j] * pivot[j] + dots[j]);
        }
        if (j + 1 == m) /* one row is left: nothing below it to eliminate */
            continue;
        double beta = -copysign(length, pivot[j]);
        double scale = 1 / (pivot[j] - beta);
        tau[j] = (beta - pivot[j]) / beta;
        for (size_t c = j + 1; c < n; c++) {
            w[c] = tau[j] * (pivot[c] + dots[c] * scale);
            pivot[c] -= w[c];
        }
        pivot[j] = beta;
        reflect_rows(j, m, n, a, lda, scale, w, block, dots);
    }
done:
    free(work);
    return (int)(rank < steps ? rank : steps);
}

/* The rows of a are the columns of its transpose, whose LQ factorisation is the transposed QR: no copy is made. */
int la_qr_triangle(size_t m, size_t n, double *a, size_t lda)
{
    la_init();
    if (!n)
        return 0;
    double *tau = malloc((m < n ? m : n) * sizeof *tau);
    lapack_int rows = (lapack_int)n, cols = (lapack_int)m; /* of the transpose */
    int status = tau ? LAPACKE_dgelqf(LAPACK_COL_MAJOR, rows, cols, a, (lapack_int)lda, tau) : -1;
    free(tau);
    return status == 0 ? 0 : -1;
}

/* Up to 8 reflectors j0.. at a time: their products with b and with each other in one reading, then
 * w_j = tau_j (v_j' b - sum over i < j of (v_j' v_i) w_i), and b -= V w in a second. */
enum { REFLECTORS = 8 };

static void apply_panel(size_t m, size_t j0, size_t count, const double *a, size_t lda, const double *tau,
                        double *b)
{
    double vb[REFLECTORS] = {0}, vv[REFLECTORS][REFLECTORS] = {{0}}, w[REFLECTORS], v[REFLECTORS];
    for (size_t i = j0; i < m; i++) {
        for (size_t j = 0; j < count; j++)
            v[j] = i > j0 + j ? a[i * lda + j0 + j] : i == j0 + j;
        for (size_t j = 0; j < count; j++) {
            vb[j] += v[j] * b[i];
            for (size_t k = 0; k < j; k++)
                vv[j][k] += v[j] * v[k];
        }
    }
    for (size_t j = 0; j < count; j++) {
        double left = vb[j];
        for (size_t k = 0; k < j; k++)
            left -= vv[j][k] * w[k];
        w[j] = tau[j0 + j] * left;
    }
    for (size_t i = j0; i < m; i++)
        for (size_t j = 0; j < count; j++)
            b[i] -= (i > j0 + j ? a[i * lda + j0 + j] : i == j0 + j) * w[j];
}

int la_qr_apply_qt(size_t m, size_t n, const double *a, size_t lda, const double *tau, double *b)
{
    size_t steps = m < n ? m : n;
    for (size_t j = 0; j < steps; j += REFLECTORS)
        apply_panel(m, j, steps - j < REFLECTORS ? steps - j : REFLECTORS, a, lda, tau, b);
    return 0;
}

void la_upper_solve(size_t k, const double *r, size_t ldr, double *b)
{
    la_init();
    if (k)
        cblas_dtrsv(CblasRowMajor, CblasUpper, CblasNoTrans, CblasNonUnit, (int)k, r, (int)ldr, b, 1);
}

int la_upper_inverse(size_t k, const double *r, size_t ldr, double *inv, size_t ldinv)
{
    la_init();
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            inv[i * ldinv + j] = j < i ? 0 : r[i * ldr + j];
    return k ? LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'L', 'N', (int)k, inv, (int)ldinv) : 0;
}

/* What LAPACKE returns, in this room's terms: a NaN in the input counts as "did not converge". */
static int outcome(int info)
{
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return -1;
    return info < 0 ? 1 : info;
}

int la_eigen_sym(size_t n, double *a, size_t lda, double *w)
{
    la_init();
    return n ? outcome(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (int)n, a, (int)lda, w)) : 0;
}

int la_svd(size_t m, size_t n, double *a, size_t lda, double *s, double *u, size_t ldu, double *vt, size_t ldvt)
{
    la_init();
    return m && n ? outcome(LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', (int)n, (int)m, a, (int)lda, s, vt, (int)ldvt, u,
                                           (int)ldu))
                  : 0;
}

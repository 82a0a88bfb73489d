/* la: linear algebra on the caller's arrays, over BLAS and LAPACK. Matrices are row-major with a leading
 * dimension. OpenBLAS runs on one thread (la_init says so before its first call); parallelism is the caller's.
 * Every dimension is below 2^31. Results are the caller's memory; la_qr_pivot, la_eigen_sym and la_svd allocate a
 * workspace for the time of the call. */
#ifndef LATHE_NUM_LA_H
#define LATHE_NUM_LA_H

#include <stddef.h>

void la_init(void); /* idempotent; every entry below calls it */

/* c[m x n] = alpha * op(a) * op(b) + beta * c. */
void la_gemm(int trans_a, int trans_b, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
             const double *b, size_t ldb, double beta, double *c, size_t ldc);
void la_gemm_f32(int trans_a, int trans_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                 const float *b, size_t ldb, float beta, float *c, size_t ldc);
/* y = alpha * op(a[m x n]) x + beta * y. */
void la_gemv(int trans, size_t m, size_t n, double alpha, const double *a, size_t lda, const double *x,
             double beta, double *y);
/* c[p x p] += alpha * x' x for x[n x p]; c is symmetric, both triangles are filled. */
void la_gram(size_t n, size_t p, double alpha, const double *x, size_t ldx, double *c, size_t ldc);
/* The same for a panel x[p x n] that holds column after column: c += x x'. */
void la_gram_t(size_t n, size_t p, const double *x, size_t ldx, double *c, size_t ldc);

double la_dot(size_t n, const double *x, const double *y);

/* In-place Cholesky a = l l' (lower triangle, the upper is left as it was). 0, or k > 0 when the k-th leading
 * minor is not positive definite. */
int la_cholesky(size_t n, double *a, size_t lda);
void la_cholesky_solve(size_t n, const double *l, size_t lda, double *b); /* one right-hand side */
int la_cholesky_inverse(size_t n, double *l, size_t lda);                 /* of a, into the full matrix; 0 or k */

/* Householder QR of a[m x n], m >= 1, with R's limited pivoting (LINPACK's dqrdc2): columns keep their order, but
 * one of whose norm less than tol is left when its turn comes is moved behind the last. So the coefficients that a
 * linear model leaves out are those that R leaves out. a is overwritten: R above and on the diagonal (of the first
 * `rank` columns), reflectors below; jpvt[n] gets 0-based columns, tau[min(m,n)], zero beyond the rank. Returns
 * the rank at relative tolerance tol (R's 1e-7 when tol <= 0), or -1 without memory. */
int la_qr_pivot(size_t m, size_t n, double *a, size_t lda, int *jpvt, double *tau, double tol);
/* The triangle of an unpivoted QR of a[m x n], m >= 1: its min(m,n) rows take the upper triangle of a, what is
 * below is the factorisation's own. By blocks, at the speed of products. 0, or -1 without memory. */
int la_qr_triangle(size_t m, size_t n, double *a, size_t lda);
/* b[m] = Q' b with the factors of la_qr_pivot. 0 or -1. */
int la_qr_apply_qt(size_t m, size_t n, const double *a, size_t lda, const double *tau, double *b);
/* Solves r x = b for the leading k x k upper triangle. */
void la_upper_solve(size_t k, const double *r, size_t ldr, double *b);
/* Inverse of the leading k x k upper triangle into inv[k x k] (upper, zeros below). 0 or the zero pivot + 1. */
int la_upper_inverse(size_t k, const double *r, size_t ldr, double *inv, size_t ldinv);

/* Eigenvalues ascending in w[n] and vectors in the rows of a (a[i*lda..] is the vector of w[i]) of the symmetric
 * a. 0, >0 when it did not converge, -1 without memory. */
int la_eigen_sym(size_t n, double *a, size_t lda, double *w);

/* Thin SVD a[m x n] = u diag(s) vt; a is destroyed; u[m x k], s[k] descending, vt[k x n], k = min(m, n). */
int la_svd(size_t m, size_t n, double *a, size_t lda, double *s, double *u, size_t ldu, double *vt, size_t ldvt);

#endif

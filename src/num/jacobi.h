/* jacobi: eigenvectors of a small symmetric matrix without LAPACK, for those who shouldn't have to load it: the program
 * itself opens no BLAS until a module does. */
#ifndef LATHE_NUM_JACOBI_H
#define LATHE_NUM_JACOBI_H

#include <stddef.h>

/* a[p x p], symmetric and finite, becomes diagonal: its eigenvalues, in no order; the rows of v[p x p] become the
 * eigenvectors that belong to them, of length 1. Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations,
 * section 8.5). Takes about 10 p³ operations a sweep and some 8 sweeps: for hundreds of columns. */
void jacobi_eigen(size_t p, double *a, double *v);

#endif

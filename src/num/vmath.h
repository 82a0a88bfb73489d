/* vmath: exp, log, logistic and softmax over arrays, at the speed of the vector unit: plain C that the compiler
 * vectorises, relative error below 4e-16 (double) and 2e-7 (float). Exact at 0, -inf, NaN; underflow goes to 0. */
#ifndef LATHE_NUM_VMATH_H
#define LATHE_NUM_VMATH_H

#include <stddef.h>

void vmath_exp(size_t n, const double *x, double *y);      /* y may be x in all of these */
void vmath_exp_f32(size_t n, const float *x, float *y);
void vmath_log(size_t n, const double *x, double *y);      /* -inf at 0, NaN below */
void vmath_sigmoid(size_t n, const double *x, double *y);  /* 1 / (1 + exp(-x)) */
void vmath_sigmoid_f32(size_t n, const float *x, float *y);
void vmath_log1p_exp(size_t n, const double *x, double *y); /* log(1 + exp(x)) without overflow */
void vmath_tanh(size_t n, const double *x, double *y);
void vmath_tanh_f32(size_t n, const float *x, float *y);
/* Each row of x[n x k] (leading dimension ld) becomes its softmax, in place. A row with a NaN or +inf becomes NaN.
 * */
void vmath_softmax(size_t n, size_t k, double *x, size_t ld);
void vmath_softmax_f32(size_t n, size_t k, float *x, size_t ld);
double vmath_log_sum_exp(size_t n, const double *x); /* -inf when n is 0 */

#endif

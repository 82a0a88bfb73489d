/* linear: models whose prediction is a weighted sum of the columns. */
#ifndef LATHE_LINEAR_LINEAR_H
#define LATHE_LINEAR_LINEAR_H

#include "api/lathe.h"

extern const struct lt_algo linear_ols;
extern const struct lt_algo linear_ridge;
extern const struct lt_algo linear_logistic;
extern const struct lt_algo linear_lasso;
extern const struct lt_algo linear_enet;
extern const struct lt_algo linear_lda;
extern const struct lt_algo linear_ldaproj;
extern const struct lt_algo linear_qda;
extern const struct lt_algo linear_huber;
extern const struct lt_algo linear_quantile;
extern const struct lt_algo linear_poisson;
extern const struct lt_algo linear_gamma;
extern const struct lt_algo linear_sgd;
extern const struct lt_algo linear_perceptron;

#endif

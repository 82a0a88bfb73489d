#include "plugins/linear/linear.h"

LATHE_ALGOS(&linear_ols, &linear_ridge, &linear_logistic, &linear_lasso, &linear_enet, &linear_lda,
            &linear_ldaproj, &linear_qda, &linear_huber, &linear_quantile, &linear_poisson, &linear_gamma,
            &linear_sgd, &linear_perceptron)

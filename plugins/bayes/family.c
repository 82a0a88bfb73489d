#include "plugins/bayes/bayes.h"

LATHE_ALGOS(&bayes_nb, &bayes_multinomial, &bayes_complement, &bayes_bernoulli, &bayes_categorical)

/* bayes: classes by Bayes' rule, columns taken as independent within a class. */
#ifndef LATHE_BAYES_BAYES_H
#define LATHE_BAYES_BAYES_H

#include "api/lathe.h"

extern const struct lt_algo bayes_nb;
extern const struct lt_algo bayes_multinomial;
extern const struct lt_algo bayes_complement;
extern const struct lt_algo bayes_bernoulli;
extern const struct lt_algo bayes_categorical;

#endif

/* prior: what naive Bayes models by counting have in common: how likely the classes are beforehand, and what rows
 * to count must be like. */
#ifndef LATHE_BAYES_PRIOR_H
#define LATHE_BAYES_PRIOR_H

#include "plugins/kit/kit.h"

#define PRIOR_ROW                                                                                                 \
    {                                                                                                             \
        .name = "class_prior", .aliases = "priors", .type = LT_REAL_LIST, .flags = LT_NULLABLE, .def = "none",    \
        .min = 0, .max = 1, .doc = "Probabilities of the classes in their order; none: learnt"                    \
    }

/* Rows, columns, classes and weights to begin with, and a class_prior that fits them. */
int prior_check(struct lt_ctx *ctx, const struct lt_value *given, const struct lt_data *data);
/* Rows to count later, of a model of p columns. */
int prior_check_more(struct lt_ctx *ctx, const struct lt_data *data, size_t p, uint32_t n_classes);
/* prior[n_classes], zeroed: stays so when none is given. */
void prior_read(const struct lt_value *given, uint32_t n_classes, double *prior);
/* log_prior[n_classes] from what was given (prior, all 0: nothing), else from the weights of the rows of each class,
 * or alike for all that occur; -inf for those that don't. */
void prior_log(uint32_t n_classes, const double *prior, const double *rows, bool fit, double *log_prior);

#endif

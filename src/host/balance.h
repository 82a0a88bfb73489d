/* balance: training rows of which no class is rare: drawn again, left out, or made up between neighbours. Only ever on
 * the rows a model is trained on, inside each fold; rows that are judged are never touched.
 *
 * Sources: SMOTE and its form for mixed columns, SMOTE-NC (Chawla, Bowyer, Hall, Kegelmeyer 2002, sections 4.2 and
 * 6.1); Borderline-SMOTE 1 (Han, Wang, Mao 2005); ADASYN (He, Bai, Garcia, Li 2008). */
#ifndef LATHE_HOST_BALANCE_H
#define LATHE_HOST_BALANCE_H

#include "base/progress.h"
#include "data/table.h"
#include "data/task.h"

/* The words of a parameter row, in the order of the enum. */
#define BALANCE_CHOICES "none,over,under,smote,borderline,adasyn"
enum balance_method {
    BALANCE_NONE,
    BALANCE_OVER,       /* rows of smaller classes drawn again, until all classes are as large as the largest */
    BALANCE_UNDER,      /* rows of larger classes left out, until all are as small as the smallest */
    BALANCE_SMOTE,      /* between a row and one of its k nearest of the same class */
    BALANCE_BORDERLINE, /* the same, from rows most of whose neighbours belong to another class */
    BALANCE_ADASYN,     /* the same, the more from a row the more of its neighbours belong to another class */
    BALANCE_METHODS
};
extern const char *const balance_words[BALANCE_METHODS]; /* one each */

struct balance_options {
    enum balance_method method;
    int neighbours; /* k, 5 */
    uint64_t seed;
};

/* A new table of the balanced rows (those kept in their order, new ones behind them). Distances are of the features'
 * numbers, each in units of its standard deviation; a category that differs counts as the median of these deviations,
 * which is 1. Numbers are interpolated (whole-number columns become real ones), categories are the most frequent among
 * the neighbours, other columns are the first row's. *note gets a sentence. */
struct table *balance_rows(const struct table *t, const struct task *task, const char *const *features,
                           size_t n_features, const uint32_t *rows, size_t n, const struct balance_options *o,
                           struct progress *p, struct str *note, struct err *e);

#endif
